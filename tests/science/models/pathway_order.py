"""What happens first when several pathways act in one step: order, then name, pre before post."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Non-commuting updates show the order in which they were applied."""
    b.defaultclock.dt = 0.1 * b.ms
    times = [0.5, 1.5, 2.5, 3.5] * b.ms
    source = b.SpikeGeneratorGroup(1, [0, 0, 0, 0], times)
    target = b.NeuronGroup(1, "x : 1\n y : 1")
    # as strings, "doubles_10" sorts before "doubles_2"
    first = b.Synapses(source, target, on_pre="x_post = 2*x_post", name="doubles_10")
    second = b.Synapses(source, target, on_pre="x_post += 1", name="doubles_2")
    later = b.Synapses(source, target, on_pre="y_post = 2*y_post", name="a_later")
    sooner = b.Synapses(source, target, on_pre="y_post += 1", name="b_sooner")
    for synapses in (first, second, later, sooner):
        synapses.connect()
    later.pre.order = 3
    # the neuron crosses its threshold at the steps in which the generator fires, and at others
    neuron = b.NeuronGroup(
        1, "dv/dt = 1/ms : 1", threshold="v > 0.53", reset="v = -0.45", method="euler"
    )
    both = b.Synapses(source, neuron, "w : 1", on_pre="w = 2*w", on_post="w = w + 1")
    both.connect()
    both.w = 1
    swapped = b.Synapses(source, neuron, "w : 1", on_pre="w = 2*w", on_post="w = w + 1")
    swapped.connect()
    swapped.w = 1
    swapped.pre.order = 2
    counts = b.StateMonitor(target, ["x", "y"], record=0)
    weights = b.StateMonitor(both, "w", record=True)
    weights_swapped = b.StateMonitor(swapped, "w", record=True)
    spikes = b.SpikeMonitor(neuron)
    network = b.Network(source, target, first, second, later, sooner, neuron, both, swapped)
    network.add(counts, weights, weights_swapped, spikes)
    network.run(5 * b.ms)
    return {
        "x": counts.x,
        "y": counts.y,
        "w": weights.w,
        "w_swapped": weights_swapped.w,
        "spikes": spikes,
    }
