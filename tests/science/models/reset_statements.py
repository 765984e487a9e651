"""Blocks of statements: temporaries, in-place operators, several lines and comments."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Statements run in the order written, each seeing what the former did."""
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        4,
        """dv/dt = (2.013 + 0.107*i)/ms : 1
           dw/dt = -w/(3*ms) : 1
           last : second
           gap : second""",
        threshold="v > 1 + w",
        reset="""excess = v - 1 - w  # how far it overshot
                 v = 0.5*excess
                 w += 0.2
                 w *= 1 + excess; w -= 0.01
                 gap = t - last
                 last = t""",
        method="euler",
    )
    traces = b.StateMonitor(neurons, ["v", "w", "last", "gap"], record=True)
    spikes = b.SpikeMonitor(neurons, variables=["w", "gap"])
    b.Network(neurons, traces, spikes).run(20 * b.ms)
    return {
        "v": traces.v,
        "w": traces.w,
        "last": traces.last,
        "gap": traces.gap,
        "spikes": spikes,
        "w_at_spike": spikes.w,
    }
