"""Random functions in assignments, equations, thresholds, resets, synapses and connections."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, seed: int) -> dict[str, Any]:
    """Moments of what each place draws."""
    b.seed(seed)
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        1000,
        """draw = randn() : 1 (constant over dt)
           few = poisson(2.5) : 1 (constant over dt)
           dv/dt = (1 + 0.5*draw)/(5*ms) : 1
           u : 1
           p : integer
           many : 1""",
        threshold="rand() < 0.004 + 0.002*v",
        reset="v = 0.2*rand(); u += randn()",
        method="euler",
    )
    neurons.v = "rand()"
    neurons.p = "poisson(3.5)"
    neurons.many = "poisson(40) + 0*randn()"
    results: dict[str, Any] = {
        "rand_mean": np.mean(neurons.v_[:]),
        "rand_square": np.mean(neurons.v_[:] ** 2),
        "poisson_mean": np.mean(neurons.p[:]),
        "poisson_var": np.var(np.asarray(neurons.p[:])),
        "many_mean": np.mean(neurons.many[:]),
        "many_var": np.var(np.asarray(neurons.many[:])),
    }
    target = b.NeuronGroup(50, "x : 1")
    synapses = b.Synapses(neurons, target, "hits : 1", on_pre="x_post += rand(); hits += 1")
    synapses.connect("i % 50 != j", p="0.02 + 0.02*(i < 500)")
    pairs = b.Synapses(neurons, target, on_pre="x_post += 0")
    pairs.connect("rand() < 0.1")
    traces = b.StateMonitor(neurons, ["draw", "few"], record=range(100))
    spikes = b.SpikeMonitor(neurons)
    b.Network(neurons, target, synapses, pairs, traces, spikes).run(30 * b.ms)
    draws, few = np.asarray(traces.draw), np.asarray(traces.few)
    return results | {
        "draw_mean": np.mean(draws),
        "draw_var": np.var(draws),
        "draw_in_time": np.mean(draws[:, 1:] * draws[:, :-1]),
        "few_mean": np.mean(few),
        "few_var": np.var(few),
        "spikes": spikes.num_spikes,
        "u_var": np.var(np.asarray(neurons.u[:])),
        "synapses": len(synapses),
        "pairs": len(pairs),
        "received": np.sum(target.x_[:]) / np.sum(synapses.hits_[:]),
    }
