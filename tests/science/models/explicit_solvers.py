"""The explicit methods on a forced non-linear oscillator."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """The driving term sees the time inside the step: start, middle or end of it."""
    b.defaultclock.dt = 0.1 * b.ms
    results: dict[str, Any] = {}
    for method in ("euler", "rk2", "rk4", "heun"):
        neurons = b.NeuronGroup(
            3,
            """dx/dt = y/ms : 1
               dy/dt = (mu*(1 - x**2)*y - x + 0.6*sin(2*pi*f*t))/ms : 1
               mu : 1 (constant)
               f : Hz""",
            method=method,
        )
        neurons.mu = "0.2 + 0.6*i"
        neurons.f = "(80 + 20*i)*Hz"
        neurons.x = 1
        traces = b.StateMonitor(neurons, ["x", "y"], record=True)
        b.Network(neurons, traces).run(25 * b.ms)
        results |= {f"{method}_x": traces.x, f"{method}_y": traces.y}
    return results
