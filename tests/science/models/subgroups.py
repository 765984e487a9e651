"""Slices of a group as sources, targets and monitored objects, with indices of their own."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Connections between overlapping subgroups, and monitors on them."""
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        12,
        """dv/dt = (drive - v)/(10*ms) : 1
           drive : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="exact",
    )
    left, middle, right = neurons[:4], neurons[3:9], neurons[8:]
    nested = middle[1:3]
    left.drive = "1.2 + 0.1*i"
    right.drive = 0.9
    middle.v = "i/N"
    nested.drive = "1.05 + 0.2*i"
    neurons.drive["i == 11"] = 1.5
    forward = b.Synapses(left, right, "w : 1", on_pre="v_post += w")
    forward.connect("i != j")
    forward.w = "0.05*(1 + i) + 0.01*j"
    back = b.Synapses(right, middle, on_pre="v_post += 0.3", delay=0.7 * b.ms)
    back.connect(i=[3, 3, 0], j=[0, 5, 2])
    traces = b.StateMonitor(middle, "v", record=[0, 2, 5])
    spikes = b.SpikeMonitor(neurons)
    left_spikes = b.SpikeMonitor(left)
    right_spikes = b.SpikeMonitor(right)
    rate = b.PopulationRateMonitor(middle)
    network = b.Network(neurons, forward, back, traces, spikes, left_spikes, right_spikes, rate)
    network.run(60 * b.ms)
    return {
        "i": forward.i,
        "j": forward.j,
        "back_j": back.j,
        "v": traces.v,
        "spikes": spikes,
        "left": left_spikes,
        "right": right_spikes,
        "right_count": right_spikes.count,
        "rate": rate.rate,
        "part_of_v": middle.v[1:4],
        "sizes": [len(left), len(middle), len(right), len(nested), nested.start, nested.stop],
    }
