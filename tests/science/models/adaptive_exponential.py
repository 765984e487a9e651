"""Adaptive exponential integrate-and-fire neurons, by forward Euler and by Runge-Kutta."""

from __future__ import annotations

from typing import Any

EQUATIONS = """
dv/dt = (gL*(EL - v) + gL*DeltaT*exp((v - VT)/DeltaT) + drive - w)/C : volt
dw/dt = (a*(v - EL) - w)/tauw : amp
drive : amp
"""


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Five drives for each of two integration methods."""
    b.defaultclock.dt = 0.1 * b.ms
    constants = {
        "C": 281 * b.pF,
        "gL": 30 * b.nS,
        "EL": -70.6 * b.mV,
        "VT": -50.4 * b.mV,
        "DeltaT": 2 * b.mV,
        "tauw": 144 * b.ms,
        "a": 4 * b.nS,
        "jump": 80.5 * b.pA,
    }
    results: dict[str, Any] = {}
    for method in ("euler", "rk4"):
        neurons = b.NeuronGroup(
            5,
            EQUATIONS,
            threshold="v > VT + 5*DeltaT",
            reset="v = EL; w += jump",
            refractory=2 * b.ms,
            method=method,
            namespace=constants,
        )
        neurons.v = constants["EL"]
        neurons.drive = "(0.5 + 0.25*i)*nA"
        traces = b.StateMonitor(neurons, ["v", "w"], record=True)
        spikes = b.SpikeMonitor(neurons)
        b.Network(neurons, traces, spikes).run(120 * b.ms)
        results |= {f"{method}_v": traces.v, f"{method}_w": traces.w, f"{method}_spikes": spikes}
    return results
