"""Depressing and facilitating synapses (Tsodyks, Pawelzik and Markram 1998).

Each spike uses a fraction u of the resources x that are left; x recovers, u decays to its rest U. A
train of 20 Hz and one late spike go through two synapses that differ only in their constants.
"""

from brainsim import *

taum, taus = 20 * ms, 3 * ms
train = concatenate([50 + 50 * arange(10), [1200]]) * ms
source = SpikeGeneratorGroup(1, zeros(len(train), dtype=int), train)
membrane = NeuronGroup(
    2,
    """dv/dt = (R*I - v)/taum : volt
       dI/dt = -I/taus : amp
       R : ohm (constant)""",
    method="exact",
)
membrane.R = 100 * Mohm
synapses = Synapses(
    source,
    membrane,
    """dx/dt = (1 - x)/tau_rec : 1 (event-driven)
       du/dt = (U - u)/tau_facil : 1 (event-driven)
       U : 1 (constant)
       tau_rec : second (constant)
       tau_facil : second (constant)
       A : amp (constant)""",
    on_pre="""u += U*(1 - u)
              released = u*x
              x -= released
              I_post += A*released""",
)
synapses.connect()
synapses.U = [0.5, 0.05]
synapses.tau_rec = [800, 100] * ms
synapses.tau_facil = [1, 1000] * ms
synapses.A = [250, 1500] * pA
synapses.x = 1
trace = StateMonitor(membrane, "v", record=True)
run(1.4 * second)

fig, axes = plt.subplots(2, 1, sharex=True, figsize=(8, 5), layout="constrained")
for k, kind in enumerate(["depressing", "facilitating"]):
    axes[k].plot(trace.t / ms, trace[k].v / mV)
    axes[k].set(ylabel="v (mV)", title=kind)
axes[1].set_xlabel("time (ms)")
plt.show()
