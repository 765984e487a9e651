"""A variable that is frozen in refractoriness refuses synaptic input there, but not the user's."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Regular input into a protected and an unprotected variable, and a write between two runs."""
    b.defaultclock.dt = 0.1 * b.ms
    source = b.SpikeGeneratorGroup(1, np.zeros(40, int), np.arange(40) * 1.1 * b.ms)
    neurons = b.NeuronGroup(
        3,
        """dv/dt = -v/(20*ms) : volt (unless refractory)
           du/dt = -u/(20*ms) : volt
           total : volt""",
        threshold="v > 10*mV",
        reset="v = 1*mV; total += u",
        refractory="(4 + 3*i)*ms",
        method="exact",
    )
    synapses = b.Synapses(source, neurons, on_pre="v_post += 3*mV; u_post += 3*mV")
    synapses.connect()
    traces = b.StateMonitor(neurons, ["v", "u", "total"], record=True)
    spikes = b.SpikeMonitor(neurons)
    network = b.Network(source, neurons, synapses, traces, spikes)
    network.run(8 * b.ms)
    frozen = np.array(neurons.not_refractory[:])
    neurons.v = "5*mV + i*mV"  # some of the neurons are refractory now
    network.run(32 * b.ms)
    return {
        "v": traces.v,
        "u": traces.u,
        "total": traces.total,
        "spikes": spikes,
        "not_refractory": frozen,
    }
