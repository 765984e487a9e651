"""Event-driven equations beyond plain decay: with a target value, and in a pair of variables."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Short-term depression and facilitation, solved between the spikes of a generator."""
    b.defaultclock.dt = 0.1 * b.ms
    times = [1.0, 3.2, 4.0, 9.7, 10.1, 10.5, 30.0, 31.0] * b.ms
    source = b.SpikeGeneratorGroup(2, [0, 1, 0, 0, 1, 0, 1, 0], times)
    target = b.NeuronGroup(2, "dv/dt = -v/(8*ms) : 1", method="exact")
    synapses = b.Synapses(
        source,
        target,
        """dx/dt = (1 - x)/taud : 1 (event-driven)
           du/dt = -u/tauf : 1 (event-driven)
           taud : second (constant)
           tauf : second (constant)
           used : 1""",
        on_pre="""u += 0.3*(1 - u)
                  used = u*x
                  x -= used
                  v_post += used""",
    )
    synapses.connect()
    synapses.x = 1
    synapses.taud = "(10 + 5*i + 3*j)*ms"
    synapses.tauf = "(40 - 5*j)*ms"
    states = b.StateMonitor(synapses, ["x", "u", "used"], record=True)
    traces = b.StateMonitor(target, "v", record=True)
    b.Network(source, target, synapses, states, traces).run(40 * b.ms)
    return {"x": states.x, "u": states.u, "used": states.used, "v": traces.v}
