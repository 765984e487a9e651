"""White noise: additive in every stochastic method, multiplicative where it is defined."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, seed: int) -> dict[str, Any]:
    """Moments of Ornstein-Uhlenbeck processes and of a geometric Brownian motion."""
    b.seed(seed)
    b.defaultclock.dt = 0.1 * b.ms
    results: dict[str, Any] = {}
    for method in ("euler", "heun", "milstein"):
        process = b.NeuronGroup(
            2000,
            "dx/dt = -x/tau + sigma*sqrt(2/tau)*xi : 1",
            method=method,
            namespace={"tau": 2 * b.ms, "sigma": 0.5},
        )
        traces = b.StateMonitor(process, "x", record=range(200))
        b.Network(process, traces).run(15 * b.ms)
        x = np.asarray(process.x[:])
        paths = np.asarray(traces.x)[:, 50:]
        results |= {
            f"{method}_mean": np.mean(x),
            f"{method}_std": np.std(x),
            f"{method}_after_one_tau": np.mean(paths[:, :-20] * paths[:, 20:]),
        }
    for method in ("heun", "milstein"):
        growth = b.NeuronGroup(
            2000,
            "dx/dt = 0.1*x/ms + 0.3*x*xi/sqrt(ms) : 1",
            method=method,
        )
        growth.x = 1
        b.Network(growth).run(2 * b.ms)
        logarithms = np.log(np.asarray(growth.x[:]))
        results |= {
            f"geometric_{method}_mean": np.mean(logarithms),
            f"geometric_{method}_std": np.std(logarithms),
        }
    common = b.NeuronGroup(
        1000,
        """dx/dt = -x/(2*ms) + xi_common/sqrt(ms) : 1
           dy/dt = -y/(2*ms) + xi_common/sqrt(ms) : 1
           dz/dt = -z/(2*ms) + xi_own/sqrt(ms) : 1""",
        method="euler",
    )
    b.Network(common).run(5 * b.ms)
    x, y, z = (np.asarray(getattr(common, name)[:]) for name in "xyz")
    return results | {
        "same": np.allclose(x, y, rtol=1e-9),
        "across": np.mean(x * z),
        "xx": np.mean(x * x),
    }
