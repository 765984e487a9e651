"""A first script: Poisson input onto leaky neurons, found by `run` itself."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, seed: int) -> dict[str, Any]:
    """Rate of the neurons, of the inputs, and the number of synapses."""
    b.start_scope()
    b.seed(seed)
    b.defaultclock.dt = 0.1 * b.ms
    tau = 10 * b.ms
    v_rest = -70 * b.mV
    v_thresh = -55 * b.mV
    v_reset = -75 * b.mV
    neurons = b.NeuronGroup(
        100,
        "dv/dt = (v_rest - v) / tau : volt",
        threshold="v > v_thresh",
        reset="v = v_reset",
        method="exact",
    )
    neurons.v = v_rest
    input_group = b.PoissonGroup(100, rates=15 * b.Hz)
    synapses = b.Synapses(input_group, neurons, on_pre="v += 3*mV")
    synapses.connect(p=0.1)
    spikes = b.SpikeMonitor(neurons)
    sent = b.SpikeMonitor(input_group)
    b.run(1 * b.second)
    del tau, v_thresh, v_reset  # the strings above used them
    return {
        "spikes": spikes.num_spikes,
        "sent": sent.num_spikes,
        "synapses": len(synapses),
        "mean_v": np.mean(neurons.v_[:]),
    }
