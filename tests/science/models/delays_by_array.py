"""Delays per synapse from arrays and strings, of both directions, changed between runs."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Events of different delays arrive in the right steps, also those under way at a change."""
    b.defaultclock.dt = 0.1 * b.ms
    source = b.SpikeGeneratorGroup(3, [0, 1, 2, 0, 1], [0.0, 0.5, 0.5, 2.0, 4.0] * b.ms)
    neurons = b.NeuronGroup(
        4,
        "dv/dt = -v/(3*ms) : 1",
        threshold="v > 1.9",
        reset="v = 0",
        method="exact",
    )
    synapses = b.Synapses(
        source, neurons, "w : 1\n hits : 1", on_pre="v_post += w", on_post="hits += 1"
    )
    synapses.connect()
    synapses.w = "1 + 0.1*i + 0.2*j"
    delays = np.array([0.0, 0.1, 0.13, 0.16, 1.0, 1.04, 2.71, 0.0, 0.49, 3.0, 0.3, 0.07])
    synapses.delay = delays * b.ms
    synapses.post.delay = "0.2*ms*(i + 1) + 0.1*ms*j"
    traces = b.StateMonitor(neurons, "v", record=True)
    hits = b.StateMonitor(synapses, "hits", record=True)
    spikes = b.SpikeMonitor(neurons)
    network = b.Network(source, neurons, synapses, traces, hits, spikes)
    network.run(2.2 * b.ms)
    synapses.delay["j == 1"] = "(0.9 + i)*ms"
    network.run(7 * b.ms)
    return {
        "v": traces.v,
        "hits": hits.hits,
        "spikes": spikes,
        "delay": synapses.delay,
        "post_delay": synapses.post.delay,
    }
