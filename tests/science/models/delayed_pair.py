"""Two neurons exciting each other, once with one delay for both and once with one delay each."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Homogeneous and heterogeneous delays, exponential synaptic currents."""
    b.defaultclock.dt = 0.1 * b.ms
    results: dict[str, Any] = {}
    for kind in ("homogeneous", "heterogeneous"):
        pair = b.NeuronGroup(
            2,
            """dv/dt = (drive + g - v)/(10*ms) : volt (unless refractory)
               dg/dt = -g/(4*ms) : volt
               drive : volt""",
            threshold="v > 15*mV",
            reset="v = 0*mV",
            refractory=2 * b.ms,
            method="exact",
        )
        pair.drive = [18, 14] * b.mV
        if kind == "homogeneous":
            synapses = b.Synapses(pair, pair, on_pre="g_post += 9*mV", delay=2.3 * b.ms)
            synapses.connect(i=[0, 1], j=[1, 0])
        else:
            synapses = b.Synapses(pair, pair, on_pre="g_post += 9*mV")
            synapses.connect(i=[0, 1], j=[1, 0])
            synapses.delay = [1.7, 4.4] * b.ms
        traces = b.StateMonitor(pair, ["v", "g"], record=True)
        spikes = b.SpikeMonitor(pair)
        b.Network(pair, synapses, traces, spikes).run(120 * b.ms)
        results |= {
            f"{kind}_v": traces.v,
            f"{kind}_g": traces.g,
            f"{kind}_spikes": spikes,
        }
    return results
