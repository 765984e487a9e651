"""Poisson inputs onto a few integrate-and-fire neurons through additive plastic synapses."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, seed: int) -> dict[str, Any]:
    """Rates and the distribution of the weights after two seconds."""
    b.seed(seed)
    b.defaultclock.dt = 0.1 * b.ms
    inputs = b.PoissonGroup(600, 15 * b.Hz)
    neurons = b.NeuronGroup(
        10,
        """dv/dt = (ge - (v + 74*mV))/(10*ms) : volt
           dge/dt = -ge/(5*ms) : volt""",
        threshold="v > -54*mV",
        reset="v = -60*mV",
        method="exact",
    )
    neurons.v = -74 * b.mV
    synapses = b.Synapses(
        inputs,
        neurons,
        """w : 1
           dapre/dt = -apre/(20*ms) : 1 (event-driven)
           dapost/dt = -apost/(20*ms) : 1 (event-driven)""",
        on_pre="""ge += w*0.8*mV
                  apre += 0.03
                  w = clip(w + apost, 0, 1)""",
        on_post="""apost -= 0.0315
                   w = clip(w + apre, 0, 1)""",
    )
    synapses.connect()
    synapses.w = "rand()"
    spikes = b.SpikeMonitor(neurons)
    sent = b.SpikeMonitor(inputs, record=False)
    b.Network(inputs, neurons, synapses, spikes, sent).run(2 * b.second)
    weights = np.asarray(synapses.w[:])
    return {
        "rate": spikes.num_spikes / 10 / 2,
        "input_rate": sent.num_spikes / 600 / 2,
        "mean_w": np.mean(weights),
        "std_w": np.std(weights),
        "low": np.mean(weights < 0.05),
        "high": np.mean(weights > 0.95),
    }
