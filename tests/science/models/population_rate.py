"""The rate of a population, step by step and smoothed."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Twenty unsynchronised neurons, Gaussian, flat and given windows."""
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        20, "dv/dt = (1.3 - v)/(8*ms) : 1", threshold="v > 1", reset="v = 0", method="exact"
    )
    neurons.v = "0.97*i/N"
    rate = b.PopulationRateMonitor(neurons)
    b.Network(neurons, rate).run(50 * b.ms)
    triangle = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9
    return {
        "t": rate.t,
        "rate": rate.rate,
        "gaussian": rate.smooth_rate(window="gaussian", width=1.3 * b.ms),
        "flat": rate.smooth_rate(window="flat", width=2.1 * b.ms),
        "triangle": rate.smooth_rate(window=triangle),
    }
