"""Many synapses between the same two neurons, each with its own state."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """All contributions of one step add up; a numbering variable tells the synapses apart."""
    b.defaultclock.dt = 0.1 * b.ms
    source = b.SpikeGeneratorGroup(2, [0, 1, 0, 1, 0], [0.3, 0.3, 2.0, 4.0, 4.1] * b.ms)
    neurons = b.NeuronGroup(3, "dv/dt = -v/(5*ms) : 1", method="exact")
    synapses = b.Synapses(
        source,
        neurons,
        """w : 1
           uses : 1""",
        on_pre="v_post += w; uses += 1",
        multisynaptic_index="k",
    )
    synapses.connect("i <= j", n=3)
    synapses.connect(i=[0, 0, 1], j=[2, 2, 0])
    synapses.w = "0.1*(1 + k) + 0.01*i + 0.001*j"
    synapses.delay = "0.1*ms*k"
    traces = b.StateMonitor(neurons, "v", record=True)
    b.Network(source, neurons, synapses, traces).run(8 * b.ms)
    return {
        "i": synapses.i,
        "j": synapses.j,
        "k": synapses.k,
        "v": traces.v,
        "uses": synapses.uses,
        "pair": synapses.w[0, 2],
    }
