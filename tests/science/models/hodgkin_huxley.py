"""Hodgkin-Huxley neurons of the Traub-Miles kind, integrated by exponential Euler."""

from __future__ import annotations

from typing import Any

EQUATIONS = """
dv/dt = (gl*(El - v) - gna*m**3*h*(v - ENa) - gk*n**4*(v - EK) + drive)/Cm : volt
dm/dt = am*(1 - m) - bm*m : 1
dn/dt = an*(1 - n) - bn*n : 1
dh/dt = ah*(1 - h) - bh*h : 1
u = (v - VT)/mV : 1
am = 1.28/exprel((13 - u)/4)/ms : Hz
bm = 1.4/exprel((u - 40)/5)/ms : Hz
an = 0.16/exprel((15 - u)/5)/ms : Hz
bn = 0.5*exp((10 - u)/40)/ms : Hz
ah = 0.128*exp((17 - u)/18)/ms : Hz
bh = 4/(1 + exp((40 - u)/5))/ms : Hz
drive : amp
"""


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Four constant currents, from silence to regular firing."""
    b.defaultclock.dt = 0.05 * b.ms
    area = 20000 * b.um**2
    constants = {
        "Cm": 1 * b.uF * b.cm**-2 * area,
        "gl": 5e-5 * b.siemens * b.cm**-2 * area,
        "gna": 100 * b.msiemens * b.cm**-2 * area,
        "gk": 30 * b.msiemens * b.cm**-2 * area,
        "El": -60 * b.mV,
        "EK": -90 * b.mV,
        "ENa": 50 * b.mV,
        "VT": -63 * b.mV,
    }
    neurons = b.NeuronGroup(
        4,
        EQUATIONS,
        threshold="v > -20*mV",
        refractory="v > -20*mV",
        method="exponential_euler",
        namespace=constants,
    )
    neurons.v = "El - i*mV"
    neurons.h = 0.9
    neurons.drive = [0.0, 0.2, 0.5, 1.0] * b.nA
    traces = b.StateMonitor(neurons, ["v", "m", "n", "h"], record=True)
    spikes = b.SpikeMonitor(neurons)
    b.Network(neurons, traces, spikes).run(60 * b.ms)
    return {"v": traces.v, "m": traces.m, "n": traces.n, "h": traces.h, "spikes": spikes}
