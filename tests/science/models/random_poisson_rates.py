"""Poisson groups with one rate, a rate per neuron, and a rate that changes in time."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, seed: int) -> dict[str, Any]:
    """Counts and their variance, which for few spikes per step equals the mean."""
    b.seed(seed)
    b.defaultclock.dt = 0.1 * b.ms
    constant = b.PoissonGroup(500, 40 * b.Hz)
    graded = b.PoissonGroup(500, np.linspace(0, 100, 500) * b.Hz)
    wave = b.PoissonGroup(500, rates="50*Hz*(1 + sin(2*pi*5*Hz*t))*(1 + i/N)")
    monitors = [b.SpikeMonitor(group) for group in (constant, graded, wave)]
    b.Network(constant, graded, wave, monitors).run(0.4 * b.second)
    counts = [np.asarray(monitor.count) for monitor in monitors]
    times = np.asarray(monitors[2].t)
    return {
        "constant_mean": np.mean(counts[0]),
        "constant_var": np.var(counts[0]),
        "graded_low": np.sum(counts[1][:250]),
        "graded_high": np.sum(counts[1][250:]),
        "wave_mean": np.mean(counts[2]),
        "wave_up": np.mean((times % 0.2) < 0.1),
        "wave_upper_half": np.sum(counts[2][250:]) / np.sum(counts[2]),
    }
