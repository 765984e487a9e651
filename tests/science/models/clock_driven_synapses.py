"""Synaptic variables integrated in every step, linear and non-linear."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Exact integration of a linear pair of traces, Euler and rk2 for a saturating one."""
    b.defaultclock.dt = 0.1 * b.ms
    source = b.SpikeGeneratorGroup(
        3, np.tile([0, 1, 2], 8), (np.arange(24) * 1.9 + 0.4).round(1) * b.ms
    )
    target = b.NeuronGroup(2, "dv/dt = -v/(10*ms) : volt", method="exact")
    linear = b.Synapses(
        source,
        target,
        """dx/dt = -x/(6*ms) : 1 (clock-driven)
           dy/dt = (x - y)/(12*ms) : 1 (clock-driven)
           w : volt""",
        on_pre="x += 1; v_post += w*(1 + y)",
        method="exact",
    )
    linear.connect()
    linear.w = "(1 + i + 2*j)*mV"
    results: dict[str, Any] = {}
    network = b.Network(source, target, linear)
    monitors = {"linear": b.StateMonitor(linear, ["x", "y"], record=True)}
    saturating = []
    for method in ("euler", "rk2"):
        synapses = b.Synapses(
            source,
            target,
            """dx/dt = -x/(2*ms) : 1 (clock-driven)
               dy/dt = -y/(30*ms) + 0.5/ms*x*(1 - y) : 1 (clock-driven)""",
            on_pre="x += 1",
            method=method,
        )
        synapses.connect(j="i", skip_if_invalid=True)
        saturating.append(synapses)
        monitors[method] = b.StateMonitor(synapses, ["x", "y"], record=True)
    traces = b.StateMonitor(target, "v", record=True)
    network.add(saturating, list(monitors.values()), traces)
    network.run(50 * b.ms)
    for name, monitor in monitors.items():
        results |= {f"{name}_x": monitor.x, f"{name}_y": monitor.y}
    return results | {"v": traces.v}
