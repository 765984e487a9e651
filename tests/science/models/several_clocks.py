"""Groups on clocks of different steps, connected both ways."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Steps of 0.1, 0.25 and 0.5 ms merge into one schedule where they coincide."""
    b.defaultclock.dt = 0.1 * b.ms
    equations = "dv/dt = (1.4 - v)/(5*ms) : 1"
    options = {"threshold": "v > 1", "reset": "v = 0", "method": "exact"}
    fine = b.NeuronGroup(2, equations, name="fine", **options)
    middle = b.NeuronGroup(2, equations, name="middle", dt=0.25 * b.ms, **options)
    coarse = b.NeuronGroup(2, equations, name="coarse", clock=b.Clock(0.5 * b.ms), **options)
    fine.v, middle.v, coarse.v = "0.3*i", "0.1 + 0.3*i", "0.2 + 0.3*i"
    objects = [fine, middle, coarse]
    for source, target in ((fine, middle), (middle, coarse), (coarse, fine)):
        synapses = b.Synapses(source, target, on_pre="v_post += 0.07", delay=1 * b.ms)
        synapses.connect()
        objects.append(synapses)
    traces = [b.StateMonitor(group, "v", record=True) for group in (fine, middle, coarse)]
    spikes = [b.SpikeMonitor(group) for group in (fine, middle, coarse)]
    slow = b.StateMonitor(fine, "v", record=True, dt=1 * b.ms)
    network = b.Network(objects, traces, spikes, slow)
    network.run(40 * b.ms)
    results: dict[str, Any] = {"slow_v": slow.v, "slow_t": slow.t}
    for name, trace, spike in zip(("fine", "middle", "coarse"), traces, spikes, strict=True):
        results |= {f"{name}_v": trace.v, f"{name}_t": trace.t, f"{name}_spikes": spike}
    return results
