"""One value for a whole group, values constant in a run, and values held during a step."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Shared parameters and subexpressions, and subexpressions evaluated once per step."""
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        4,
        """dv/dt = (wave + held + offset - v)/tau : 1
           wave = amplitude*sin(2*pi*100*Hz*t) : 1 (shared)
           held = 0.3*v : 1 (constant over dt)
           amplitude : 1 (shared)
           tau : second (shared, constant)
           offset : 1 (constant)""",
        threshold="v > 1",
        reset="v -= 0.7",
        method="rk2",
    )
    neurons.amplitude = 0.8
    neurons.tau = 4 * b.ms
    neurons.offset = "0.6 + 0.1*i"
    traces = b.StateMonitor(neurons, ["v", "held"], record=True)
    spikes = b.SpikeMonitor(neurons)
    network = b.Network(neurons, traces, spikes)
    network.run(20 * b.ms)
    neurons.amplitude = 1.5
    neurons.tau = 2 * b.ms
    network.run(18.3 * b.ms)
    return {
        "v": traces.v,
        "held": traces.held,
        "spikes": spikes,
        "amplitude": neurons.amplitude[:],
        "wave": neurons.wave[:],
    }
