"""Exact integration of coupled linear equations whose coefficients differ from neuron to neuron."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """A cascade with time constants per neuron, and one with common constants."""
    b.defaultclock.dt = 0.1 * b.ms
    own = b.NeuronGroup(
        5,
        """dv/dt = (g + drive - v)/tau : volt
           dg/dt = -g/taug : volt
           tau : second (constant)
           taug : second
           drive : volt""",
        threshold="v > 8*mV",
        reset="v = 0*mV; g += 6*mV",
        method="exact",
    )
    own.tau = "(8 + 3*i)*ms"
    own.taug = "(3 + 0.5*i)*ms"
    own.drive = "(6 + i)*mV"
    own.g = 5 * b.mV
    common = b.NeuronGroup(
        4,
        """dv/dt = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
           dge/dt = -ge/(5*ms) : volt
           dgi/dt = -gi/(10*ms) : volt""",
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=5 * b.ms,
        method="exact",
    )
    common.v = "-60*mV + 2*i*mV"
    common.ge = "(3 + 2*i)*mV"
    common.gi = "-2*i*mV"
    traces = b.StateMonitor(own, ["v", "g"], record=True)
    common_traces = b.StateMonitor(common, ["v", "ge", "gi"], record=True)
    spikes = b.SpikeMonitor(own)
    common_spikes = b.SpikeMonitor(common)
    network = b.Network(own, common, traces, common_traces, spikes, common_spikes)
    network.run(40 * b.ms)
    own.tau = "(12 - i)*ms"
    network.run(40 * b.ms)
    return {
        "v": traces.v,
        "g": traces.g,
        "spikes": spikes,
        "common_v": common_traces.v,
        "common_ge": common_traces.ge,
        "common_gi": common_traces.gi,
        "common_spikes": common_spikes,
    }
