"""Exponential Euler on equations that are linear in their own variable, given the others."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """All right-hand sides read the old values; a vanishing rate falls back to forward Euler."""
    b.defaultclock.dt = 0.2 * b.ms
    neurons = b.NeuronGroup(
        3,
        """dv/dt = (1 - v)*g - v*w*0.3/ms : 1
           dw/dt = (v - w)/(4*ms) : 1
           dz/dt = 0.2*v/ms : 1
           g = 0.5*(1 + 0.5*sin(t/(3*ms)))/ms : Hz""",
        threshold="v > 0.8",
        reset="w += 2",
        method="exponential_euler",
    )
    neurons.v = "0.3*i"
    traces = b.StateMonitor(neurons, ["v", "w", "z"], record=True)
    spikes = b.SpikeMonitor(neurons)
    b.Network(neurons, traces, spikes).run(40 * b.ms)
    return {"v": traces.v, "w": traces.w, "z": traces.z, "spikes": spikes}
