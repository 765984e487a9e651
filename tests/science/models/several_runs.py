"""Runs in sequence, with parameters, constants and states changed in between."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Durations which are no multiple of the step, and none at all, keep the time right."""
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        3,
        """dv/dt = (drive - v)/tau : 1
           drive : 1""",
        threshold="v > level",
        reset="v = 0",
        method="exact",
    )
    neurons.drive = "1 + 0.3*i"
    traces = b.StateMonitor(neurons, "v", record=True)
    spikes = b.SpikeMonitor(neurons)
    network = b.Network(neurons, traces, spikes)
    times = []
    network.run(5 * b.ms, namespace={"tau": 5 * b.ms, "level": 0.8})
    times.append(float(network.t / b.second))
    neurons.drive = 2
    network.run(0.25 * b.ms, namespace={"tau": 5 * b.ms, "level": 0.8})
    times.append(float(network.t / b.second))
    network.run(4 * b.ms, namespace={"tau": 2 * b.ms, "level": 0.8})
    times.append(float(network.t / b.second))
    network.run(0 * b.ms, namespace={"tau": 2 * b.ms, "level": 0.8})
    neurons.v["i == 1"] = 0.31
    network.run(5 * b.ms, namespace={"tau": 3 * b.ms, "level": 1.9})
    times.append(float(network.t / b.second))
    return {"t": traces.t, "v": traces.v, "spikes": spikes, "times": times}
