"""A volley of spikes travels along a chain of groups (after Diesmann, Gewaltig and Aertsen 1999).

Ten groups of a hundred noisy neurons, each connected to all of the next with scattered delays. A
strong volley grows sharper on its way; a weak one, 150 ms later, dies out.
"""

from brainsim import *

seed(3)
size, n_groups = 100, 10
taum, taus = 10 * ms, 1.5 * ms
v_rest, v_threshold = -70 * mV, -55 * mV
weight = 2 * mV

neurons = NeuronGroup(
    size * n_groups,
    """dv/dt = (v_rest + x - v)/taum : volt (unless refractory)
       dx/dt = -x/taus : volt""",
    threshold="v > v_threshold",
    reset="v = v_rest",
    refractory=2 * ms,
    method="exact",
)
neurons.v = "v_rest + 6*mV + 2*mV*randn()"
background = PoissonInput(neurons, "x", N=1000, rate=5 * Hz, weight=0.8 * mV)

chain = Synapses(neurons, neurons, on_pre="x += weight")
chain.connect("j // size == i // size + 1")
chain.delay = "5*ms + 0.5*ms*rand()"

# volleys: many spikes close together, then few
strong, weak = 80, 45
when = concatenate([50 + 2 * randn(strong), 200 + 2 * randn(weak)]) * ms
stimulus = SpikeGeneratorGroup(strong + weak, arange(strong + weak), when)
start = Synapses(stimulus, neurons, on_pre="x += weight")
start.connect("j < size")

spikes = SpikeMonitor(neurons)
run(300 * ms)

plot(spikes.t / ms, spikes.i / size, ".k", markersize=1)
yticks(range(n_groups + 1))
grid(axis="y", linewidth=0.5)
xlabel("time (ms)")
ylabel("group")
title(f"Volleys of {strong} spikes at 50 ms and of {weak} at 200 ms")
show()
