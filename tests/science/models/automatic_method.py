"""The integration method that is chosen when none is named."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """A linear system is solved exactly, a quadratic one by forward Euler."""
    b.defaultclock.dt = 0.5 * b.ms
    linear = b.NeuronGroup(2, "dx/dt = (1 + i - x)/(4*ms) : 1")
    quadratic = b.NeuronGroup(2, "dx/dt = (1 + i - x**2)/(4*ms) : 1")
    constant = b.NeuronGroup(2, "dx/dt = (0.5 + i)/ms : 1")
    groups = {"linear": linear, "quadratic": quadratic, "constant": constant}
    monitors = {name: b.StateMonitor(group, "x", record=True) for name, group in groups.items()}
    b.Network(groups.values(), monitors.values()).run(20 * b.ms)
    return {name: monitor.x for name, monitor in monitors.items()}
