"""Spike-timing dependent plasticity with traces that are advanced at events only."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Ten regular inputs of incommensurable periods onto three neurons, clipped additive rule."""
    b.defaultclock.dt = 0.1 * b.ms
    periods = 3.0 + 1.7 * np.arange(10)
    indices = np.concatenate([np.full(int(90 // p), k) for k, p in enumerate(periods)])
    times = np.concatenate([0.3 * k + p * np.arange(int(90 // p)) for k, p in enumerate(periods)])
    source = b.SpikeGeneratorGroup(10, indices, np.round(times, 1) * b.ms)
    neurons = b.NeuronGroup(
        3,
        """dv/dt = (g - v)/(10*ms) : volt
           dg/dt = -g/(5*ms) : volt""",
        threshold="v > 12*mV",
        reset="v = 0*mV",
        method="exact",
    )
    neurons.v = "4*i*mV"
    synapses = b.Synapses(
        source,
        neurons,
        """w : 1
           dapre/dt = -apre/taupre : 1 (event-driven)
           dapost/dt = -apost/taupost : 1 (event-driven)""",
        on_pre="""g_post += w*6*mV
                  apre += 0.06
                  w = clip(w + apost, 0, 1)""",
        on_post="""apost -= 0.063
                   w = clip(w + apre, 0, 1)""",
        namespace={"taupre": 20 * b.ms, "taupost": 15 * b.ms},
    )
    synapses.connect()
    synapses.w = "0.4 + 0.05*i + 0.02*j"
    plasticity = b.StateMonitor(synapses, ["w", "apre", "apost"], record=[0, 7, 29])
    traces = b.StateMonitor(neurons, "v", record=True)
    spikes = b.SpikeMonitor(neurons)
    b.Network(source, neurons, synapses, plasticity, traces, spikes).run(100 * b.ms)
    return {
        "w": plasticity.w,
        "apre": plasticity.apre,
        "apost": plasticity.apost,
        "v": traces.v,
        "spikes": spikes,
        "final_w": synapses.w,
        "final_apre": synapses.apre,
        "lastupdate": synapses.lastupdate,
    }
