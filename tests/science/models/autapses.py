"""Neurons connected to themselves: the own spike comes back before, at or after the reset."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Without a delay the contribution is wiped by the reset of the same step."""
    b.defaultclock.dt = 0.1 * b.ms
    results: dict[str, Any] = {}
    for name, delay in {"immediate": 0.0, "next": 0.1, "later": 1.3}.items():
        neurons = b.NeuronGroup(
            3,
            "dv/dt = (1.3 - v)/(6*ms) : 1",
            threshold="v > 1",
            reset="v = 0.03*i",
            method="exact",
        )
        synapses = b.Synapses(neurons, neurons, on_pre="v_post += 0.2", delay=delay * b.ms)
        synapses.connect()
        traces = b.StateMonitor(neurons, "v", record=True)
        spikes = b.SpikeMonitor(neurons, variables="v")
        b.Network(neurons, synapses, traces, spikes).run(30 * b.ms)
        results |= {f"{name}_v": traces.v, name: spikes, f"{name}_at_spike": spikes.v}
    return results
