"""Given spike times: unsorted, between grid points, periodic, and replaced between two runs."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Three generators and what a neuron makes of one of them."""
    b.defaultclock.dt = 0.1 * b.ms
    once = b.SpikeGeneratorGroup(4, [3, 0, 1, 1, 2], [5.0, 1.23, 0.0, 4.96, 5.0] * b.ms)
    periodic = b.SpikeGeneratorGroup(3, [0, 1, 2], [0.2, 0.5, 2.9] * b.ms, period=3 * b.ms)
    changing = b.SpikeGeneratorGroup(2, [0, 1], [1, 2] * b.ms)
    target = b.NeuronGroup(3, "dv/dt = -v/(4*ms) : 1", method="exact")
    synapses = b.Synapses(periodic, target, on_pre="v_post += 1")
    synapses.connect(j="i")
    traces = b.StateMonitor(target, "v", record=True)
    monitors = {
        "once": b.SpikeMonitor(once),
        "periodic": b.SpikeMonitor(periodic),
        "changing": b.SpikeMonitor(changing),
    }
    network = b.Network(once, periodic, changing, target, synapses, traces)
    network.add(monitors.values())
    network.run(8 * b.ms)
    changing.set_spikes([1, 0, 1], [9.5, 11.0, 12.34] * b.ms)
    network.run(7 * b.ms)
    trains = monitors["periodic"].spike_trains()
    return monitors | {"v": traces.v, "train_0": trains[0], "train_2": trains[2]}
