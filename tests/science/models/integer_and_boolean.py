"""Whole numbers and truth values as states: division, remainder, truncation and logic."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Counters and flags changed by resets and by synapses, negative operands included."""
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        4,
        """dv/dt = (1.1 + 0.3*i + 0.5*int(odd) - v)/(2*ms) : 1
           count : integer
           odd : boolean
           low = (count - 5)//3 : integer
           rest = (count - 5) % 3 : integer
           ratio = (count - 5)/3 : 1
           either = odd or count > 4 : boolean""",
        threshold="v > 1",
        reset="v = 0; count += 1; odd = not odd",
        method="euler",
    )
    received = b.NeuronGroup(1, "total : integer")
    synapses = b.Synapses(
        neurons,
        received,
        "k : integer\n even : boolean",
        on_pre="total_post += k; k += 1; even = k % 2 == 0",
    )
    synapses.connect()
    synapses.k = "i - 2"
    traces = b.StateMonitor(
        neurons, ["v", "count", "odd", "low", "rest", "ratio", "either"], record=True
    )
    sums = b.StateMonitor(received, "total", record=True)
    b.Network(neurons, received, synapses, traces, sums).run(30 * b.ms)
    neurons.count = "-7 // (i + 2)"
    return {
        "v": traces.v,
        "count": traces.count,
        "odd": traces.odd,
        "low": traces.low,
        "rest": traces.rest,
        "ratio": traces.ratio,
        "either": traces.either,
        "total": sums.total,
        "even": synapses.even,
        "k": synapses.k,
        "floor": neurons.count,
    }
