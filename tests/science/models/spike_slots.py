"""The order of events within a step, seen from both ends of a synapse."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, _seed: int) -> dict[str, Any]:
    """A chain without delays advances one neuron per step; simultaneous input is lost."""
    b.defaultclock.dt = 0.1 * b.ms
    chain = b.NeuronGroup(6, "v : 1", threshold="v > 1", reset="v = 0")
    chain.v = [2, 0, 0, 0, 0, 0]
    links = b.Synapses(chain, chain, on_pre="v_post += 1.5")
    links.connect(j="i + 1", skip_if_invalid=True)
    chain_traces = b.StateMonitor(chain, "v", record=True)
    chain_spikes = b.SpikeMonitor(chain)
    # both neurons of `pair` cross in the same step, so each one's input falls to its own reset
    pair = b.NeuronGroup(3, "dv/dt = 0.23/ms : 1", threshold="v > 1", reset="v = 0", method="euler")
    pair.v = [0, 0, 0.5]
    cross = b.Synapses(pair, pair, on_pre="v_post += 0.3")
    cross.connect("i != j")
    pair_traces = b.StateMonitor(pair, "v", record=True)
    pair_spikes = b.SpikeMonitor(pair, variables="v")
    late = b.SpikeMonitor(pair, variables="v", when="after_resets", order=0)
    network = b.Network(chain, links, chain_traces, chain_spikes, pair, cross)
    network.add(pair_traces, pair_spikes, late)
    network.run(15 * b.ms)
    latest = np.array(pair.spikes)
    return {
        "chain_v": chain_traces.v,
        "chain": chain_spikes,
        "pair_v": pair_traces.v,
        "pair": pair_spikes,
        "v_before_reset": pair_spikes.v,
        "v_after_reset": late.v,
        "spike_count": pair_spikes.num_spikes,
        "latest": latest,
    }
