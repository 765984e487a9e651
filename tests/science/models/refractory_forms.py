"""Every way to say how long a neuron stays refractory."""

from __future__ import annotations

from typing import Any

EQUATIONS = """
dv/dt = 1.03/ms : 1{flag}
dw/dt = -w/(5*ms) : 1
pause : second
"""


def run(b: Any, _seed: int) -> dict[str, Any]:
    """None, a time, a variable, an expression, a changing expression and a condition."""
    b.defaultclock.dt = 0.1 * b.ms
    forms = {
        "none": False,
        "time": 1 * b.ms,
        "variable": "pause",
        "expression": "0.7*ms + 1.3*ms*i/N",
        "changing": "1*ms + w*ms",
        "condition": "w > 0.62",
        "since_spike": "t - lastspike < 1.55*ms",
    }
    results: dict[str, Any] = {}
    for name, refractory in forms.items():
        neurons = b.NeuronGroup(
            4,
            EQUATIONS.format(flag="" if name == "none" else " (unless refractory)"),
            threshold="v > 0.95",
            reset="v = 0.05*i; w += 1",
            refractory=refractory,
            method="euler",
        )
        neurons.pause = "(i + 1)*0.6*ms"
        recorded = ["v", "w"] if name == "none" else ["v", "w", "not_refractory", "lastspike"]
        traces = b.StateMonitor(neurons, recorded, record=[0, 3])
        spikes = b.SpikeMonitor(neurons)
        b.Network(neurons, traces, spikes).run(25 * b.ms)
        results |= {f"{name}_{variable}": getattr(traces, variable) for variable in recorded}
        results[f"{name}_spikes"] = spikes
    return results
