"""The network of Vogels and Abbott with exponential current synapses (CUBA)."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, seed: int) -> dict[str, Any]:
    """Population rate, irregularity, and the mean and spread of the states at the end."""
    b.seed(seed)
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        4000,
        """dv/dt = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
           dge/dt = -ge/(5*ms) : volt
           dgi/dt = -gi/(10*ms) : volt""",
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=5 * b.ms,
        method="exact",
    )
    neurons.v = "-60*mV + 10*mV*rand()"
    excitation = b.Synapses(neurons[:3200], neurons, on_pre="ge += 1.62*mV")
    inhibition = b.Synapses(neurons[3200:], neurons, on_pre="gi -= 9*mV")
    excitation.connect(p=0.02)
    inhibition.connect(p=0.02)
    spikes = b.SpikeMonitor(neurons)
    b.Network(neurons, excitation, inhibition, spikes).run(300 * b.ms)
    late = np.asarray(spikes.t) > 0.1  # the first 100 ms start from synchrony
    return {
        "rate": np.count_nonzero(late) / 4000 / 0.2,
        "silent": np.mean(np.asarray(spikes.count) == 0),
        "mean_v": np.mean(neurons.v_[:]),
        "mean_ge": np.mean(neurons.ge_[:]),
        "mean_gi": np.mean(neurons.gi_[:]),
        "synapses": len(excitation) + len(inhibition),
    }
