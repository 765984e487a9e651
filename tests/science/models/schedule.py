"""Slots, orders and names decide who sees whose result within a step."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Pathways moved to other slots, objects switched off for one run, groups out of phase."""
    b.defaultclock.dt = 0.1 * b.ms
    source = b.SpikeGeneratorGroup(1, [0] * 6, [0.2, 0.9, 1.6, 2.3, 3.0, 3.7] * b.ms)
    names = ("plain", "in_start", "in_groups", "at_end", "after_resets")
    targets = [
        b.NeuronGroup(
            1,
            "dv/dt = -v/(2*ms) : 1",
            threshold="v > 1.1",
            reset="v = 0.1",
            method="exact",
            name=name,
        )
        for name in names
    ]
    synapses = [b.Synapses(source, target, on_pre="v_post += 0.6") for target in targets]
    for projection in synapses:
        projection.connect()
    synapses[1].pre.when = "start"
    synapses[2].pre.when = "before_groups"
    synapses[3].pre.when = "end"
    synapses[4].pre.when = "after_resets"
    monitors = [b.StateMonitor(target, "v", record=0) for target in targets]
    ends = [b.StateMonitor(target, "v", record=0, when="end", order=5) for target in targets]
    spikes = [b.SpikeMonitor(target) for target in targets]
    network = b.Network(source, targets, synapses, monitors, ends, spikes)
    network.run(2 * b.ms)
    synapses[0].active = False
    monitors[0].active = False
    network.run(1 * b.ms)
    synapses[0].active = True
    monitors[0].active = True
    network.run(1.5 * b.ms)
    results: dict[str, Any] = {}
    for name, monitor, end, spike in zip(names, monitors, ends, spikes, strict=True):
        results |= {name: monitor.v, f"{name}_t": monitor.t, f"{name}_end": end.v}
        results[f"{name}_spikes"] = spike
    return results
