"""Leaky integrate-and-fire neurons, clamped during an absolute refractory time."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Eight neurons with drives below and above threshold, integrated exactly."""
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        8,
        """dv/dt = (drive - v)/tau : volt (unless refractory)
           drive : volt""",
        threshold="v > 20*mV",
        reset="v = 0*mV",
        refractory=3 * b.ms,
        method="exact",
        namespace={"tau": 10 * b.ms},
    )
    neurons.drive = "(15 + 2*i)*mV"
    neurons.v = "i*mV"
    traces = b.StateMonitor(neurons, "v", record=True)
    spikes = b.SpikeMonitor(neurons)
    b.Network(neurons, traces, spikes).run(100 * b.ms)
    return {
        "t": traces.t,
        "v": traces.v,
        "spikes": spikes,
        "count": spikes.count,
        "final_v": neurons.v,
    }
