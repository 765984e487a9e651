"""Gap junctions: a current through each contact, summed over all contacts of a neuron.

Ten integrate-and-fire neurons start out of phase. Each is pulled towards the others, and a spike
adds a small kick through the contact; after some periods they fire together.
"""

from brainsim import *

n = 10
tau = 10 * ms
g, kick = 0.15, 0.02

neurons = NeuronGroup(
    n,
    """dv/dt = (drive - v + I_gap)/tau : 1
       I_gap : 1
       drive : 1 (constant)""",
    threshold="v > 1",
    reset="v = 0",
    method="euler",
)
neurons.drive = 1.3
neurons.v = "0.9*i/(n - 1)"
contacts = Synapses(
    neurons,
    neurons,
    "I_gap_post = g*(v_pre - v_post)/(N_pre - 1) : 1 (summed)",
    on_pre="v_post += kick",
)
contacts.connect("i != j")
trace = StateMonitor(neurons, "v", record=True)
spikes = SpikeMonitor(neurons)
run(300 * ms)

fig, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(8, 5), layout="constrained")
top.plot(trace.t / ms, trace.v.T, linewidth=0.6)
top.set(ylabel="v", title="Ten neurons with gap junctions")
bottom.plot(spikes.t / ms, spikes.i, "|k")
bottom.set(xlabel="time (ms)", ylabel="neuron")
plt.show()
