"""Gap junctions make neurons fire together (Lewis and Rinzel 2003).

T. J. Lewis and J. Rinzel, Journal of Computational Neuroscience 14:283-309. A current flows through
each contact, summed over all contacts of a neuron, and a spike adds a small kick. Ten
integrate-and-fire neurons start out of phase. Each is pulled towards the others; after some periods
they fire together. Asserted are that they do, and bounds of their period.
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

# the last ten spikes are those of ten neurons, while the first ten were spread over a period
volley = spikes.t[-n:]
assert set(spikes.i[-n:]) == set(range(n))
assert ptp(volley) < 0.03 * ptp(spikes.t[:n])
# from 0 to 1 towards 1.3 without any kick, or from the kicks of all others that come a step later
slow, fast = (tau * log((1.3 - start) / (1.3 - 1)) for start in (0, (n - 1) * kick))
period = spikes.t[-1] - spikes.t[-n - 1]
print(f"period {period}, with contacts only between {fast} and {slow}")
assert fast < period < slow

fig, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(8, 5), layout="constrained")
top.plot(trace.t / ms, trace.v.T, linewidth=0.6)
top.set(ylabel="v", title="Ten neurons with gap junctions")
bottom.plot(spikes.t / ms, spikes.i, "|k")
bottom.set(xlabel="time (ms)", ylabel="neuron")
plt.show()
