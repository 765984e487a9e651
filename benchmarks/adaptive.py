"""Adaptive methods and rk4 on Hodgkin-Huxley neurons: run time against error.

Run as `python benchmarks/adaptive.py`; prints a table. The error is the largest one of the membrane
potential at the end, against rk4 with steps of 1 us.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from brainsim import Network, NeuronGroup, mV, nA, nS, pF, second, uS, volt

EQUATIONS = """
dv/dt = (gl*(El - v) - gna*m**3*h*(v - ENa) - gk*n**4*(v - EK) + I)/C : volt
dm/dt = 1.28/ms/exprel((13*mV - v + VT)/(4*mV))*(1 - m)
        - 1.4/ms/exprel((v - VT - 40*mV)/(5*mV))*m : 1
dn/dt = 0.16/ms/exprel((15*mV - v + VT)/(5*mV))*(1 - n)
        - 0.5/ms*exp((10*mV - v + VT)/(40*mV))*n : 1
dh/dt = 0.128/ms*exp((17*mV - v + VT)/(18*mV))*(1 - h)
        - 4/ms/(1 + exp((40*mV - v + VT)/(5*mV)))*h : 1
I : amp
"""
CONSTANTS = {
    "C": 200 * pF,
    "gl": 10 * nS,
    "El": -65 * mV,
    "ENa": 50 * mV,
    "EK": -90 * mV,
    "gna": 20 * uS,
    "gk": 6 * uS,
    "VT": -63 * mV,
}
NEURONS = 1000
DURATION = 0.05
FIXED = (50e-6, 20e-6, 10e-6, 5e-6)
ADAPTIVE = ("gsl_rk2", "gsl_rk4", "gsl_rkf45", "gsl_rkck", "gsl_rk8pd")
ERRORS = (1e-4, 1e-6, 1e-8)


def measure(method: str, dt: float, error: float | None = None) -> tuple[float, Any]:
    """Return the seconds that a run takes, compiling left out, and the potentials at its end."""
    options: dict[str, Any] = {}
    if error is not None:
        bounds = {"v": 0.1 * error * volt, "m": error, "n": error, "h": error}
        options = {"absolute_error_per_variable": bounds, "max_steps": 0}
    group = NeuronGroup(NEURONS, EQUATIONS, method=method, method_options=options, dt=dt * second)
    group.v = -65 * mV
    group.I = np.arange(NEURONS) / NEURONS * nA
    network = Network(group)
    network.run(dt * second, namespace=CONSTANTS)
    start = time.perf_counter()
    network.run((DURATION - dt) * second, namespace=CONSTANTS)
    return time.perf_counter() - start, np.array(group.v[:])


def main() -> None:
    """Print the table."""
    _, truth = measure("rk4", 1e-6)
    print(f"{NEURONS} neurons, {DURATION * 1e3:g} ms\n")
    print("method      dt/us    bound   seconds   error/V")
    cases: list[tuple[str, float, float | None]] = [("rk4", dt, None) for dt in FIXED]
    cases += [(m, dt, error) for m in ADAPTIVE for dt in (1e-4, 1e-3) for error in ERRORS]
    for method, dt, error in cases:
        seconds, found = measure(method, dt, error)
        bound = "" if error is None else f"{error:.0e}"
        worst = np.abs(found - truth).max()
        print(f"{method:10s} {dt * 1e6:6.0f} {bound:>8s} {seconds:9.3f}   {worst:.1e}")


if __name__ == "__main__":
    main()
