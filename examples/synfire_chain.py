"""A volley of spikes travels along a chain of groups (Diesmann, Gewaltig and Aertsen 1999).

M. Diesmann, M.-O. Gewaltig and A. Aertsen, Nature 402:529-533. Ten groups of a hundred noisy
neurons, each connected to all of the next with scattered delays. A strong volley grows sharper on
its way; a weak one, 150 ms later, dies out. Asserted are these two fates, which the paper separates
by the number and the spread of the first spikes.
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

# the volleys in each group; they take some 7 ms from one to the next
group, time = spikes.i // size, spikes.t / ms
volleys = [time[(group == g) & (time > 50) & (time < 190)] for g in range(n_groups)]
weak_end = sum((group >= n_groups // 2) & (time > 200))
print(", ".join(f"{len(v)} spikes within {std(v):.2f} ms" for v in volleys))
# the attractor of the paper: nearly all neurons, within half a millisecond; the stimulus had 2 ms
assert all(len(v) > 0.95 * size and std(v) < 0.5 for v in volleys)
assert weak_end == 0

plot(spikes.t / ms, spikes.i / size, ".k", markersize=1)
yticks(range(n_groups + 1))
grid(axis="y", linewidth=0.5)
xlabel("time (ms)")
ylabel("group")
title(f"Volleys of {strong} spikes at 50 ms and of {weak} at 200 ms")
show()
