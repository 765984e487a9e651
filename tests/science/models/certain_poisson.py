"""Poisson groups at rates where chance has no say: never, or in every step."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Rates as an array and as a string of the time and the index."""
    b.defaultclock.dt = 0.1 * b.ms
    array = b.PoissonGroup(3, [0, 20, 0] * b.kHz)
    string = b.PoissonGroup(4, rates="30*kHz*int(t >= 0.93*ms*i)*int(i < 3)")
    target = b.NeuronGroup(4, "dv/dt = -v/(5*ms) : 1", method="exact")
    synapses = b.Synapses(string, target, on_pre="v_post += 1", delay=0.3 * b.ms)
    synapses.connect(j="i")
    traces = b.StateMonitor(target, "v", record=True)
    array_spikes = b.SpikeMonitor(array)
    string_spikes = b.SpikeMonitor(string)
    network = b.Network(array, string, target, synapses, traces, array_spikes, string_spikes)
    network.run(2 * b.ms)
    array.rates = [50, 0, 0] * b.kHz
    network.run(2 * b.ms)
    return {"array": array_spikes, "string": string_spikes, "v": traces.v}
