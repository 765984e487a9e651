"""Several named pathways of one synapse, each with its own code and delay."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """A fast and a slow pathway forward, and one backward that writes the presynaptic side."""
    b.defaultclock.dt = 0.1 * b.ms
    source = b.NeuronGroup(
        2,
        """dv/dt = (1.5 - v)/(4*ms) : 1
           got : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="exact",
    )
    source.v = "0.4*i"
    target = b.NeuronGroup(
        3, "dv/dt = -v/(6*ms) : 1", threshold="v > 1.2", reset="v = 0", method="exact"
    )
    synapses = b.Synapses(
        source,
        target,
        """w : 1
           n : 1""",
        on_pre={"fast": "v_post += w", "slow": "v_post += 0.5*w; n += v_pre"},
        on_post={"back": "got_pre += 0.25*w*N_outgoing + 0.01*j"},
        delay={"slow": 1.8 * b.ms, "back": 0.4 * b.ms},
    )
    synapses.connect("i <= j")
    synapses.w = "0.5 + 0.1*i + 0.2*j"
    synapses.fast.delay = "0.3*ms*j"
    source_traces = b.StateMonitor(source, ["v", "got"], record=True)
    target_traces = b.StateMonitor(target, "v", record=True)
    spikes = b.SpikeMonitor(target)
    network = b.Network(source, target, synapses, source_traces, target_traces, spikes)
    network.run(40 * b.ms)
    return {
        "source_v": source_traces.v,
        "got": source_traces.got,
        "target_v": target_traces.v,
        "spikes": spikes,
        "n": synapses.n,
    }
