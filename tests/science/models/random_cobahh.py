"""A network of Hodgkin-Huxley neurons with conductance synapses (COBAHH)."""

from __future__ import annotations

from typing import Any

import numpy as np

EQUATIONS = """
dv/dt = (gl*(El - v) + ge*(Ee - v) + gi*(Ei - v)
         - gna*m**3*h*(v - ENa) - gk*n**4*(v - EK))/Cm : volt
dm/dt = am*(1 - m) - bm*m : 1
dn/dt = an*(1 - n) - bn*n : 1
dh/dt = ah*(1 - h) - bh*h : 1
dge/dt = -ge/taue : siemens
dgi/dt = -gi/taui : siemens
u = (v - VT)/mV : 1
am = 0.32*(13 - u)/(exp((13 - u)/4) - 1)/ms : Hz
bm = 0.28*(u - 40)/(exp((u - 40)/5) - 1)/ms : Hz
an = 0.032*(15 - u)/(exp((15 - u)/5) - 1)/ms : Hz
bn = 0.5*exp((10 - u)/40)/ms : Hz
ah = 0.128*exp((17 - u)/18)/ms : Hz
bh = 4/(1 + exp((40 - u)/5))/ms : Hz
"""


def run(b: Any, seed: int) -> dict[str, Any]:
    """A quarter of the usual size with the usual number of inputs per neuron."""
    b.seed(seed)
    b.defaultclock.dt = 0.1 * b.ms
    area = 20000 * b.um**2
    size = 1000
    constants = {
        "Cm": 1 * b.uF * b.cm**-2 * area,
        "gl": 5e-5 * b.siemens * b.cm**-2 * area,
        "gna": 100 * b.msiemens * b.cm**-2 * area,
        "gk": 30 * b.msiemens * b.cm**-2 * area,
        "El": -60 * b.mV,
        "EK": -90 * b.mV,
        "ENa": 50 * b.mV,
        "VT": -63 * b.mV,
        "Ee": 0 * b.mV,
        "Ei": -80 * b.mV,
        "taue": 5 * b.ms,
        "taui": 10 * b.ms,
    }
    neurons = b.NeuronGroup(
        size,
        EQUATIONS,
        threshold="v > -20*mV",
        refractory=3 * b.ms,
        method="exponential_euler",
        namespace=constants,
    )
    excitation = b.Synapses(neurons[: size * 4 // 5], neurons, on_pre="ge += 6*nS")
    inhibition = b.Synapses(neurons[size * 4 // 5 :], neurons, on_pre="gi += 67*nS")
    excitation.connect(p=80 / size)
    inhibition.connect(p=80 / size)
    neurons.v = "El + (randn()*5 - 5)*mV"
    neurons.ge = "(randn()*1.5 + 4)*10*nS"
    neurons.gi = "(randn()*12 + 20)*10*nS"
    spikes = b.SpikeMonitor(neurons)
    b.Network(neurons, excitation, inhibition, spikes).run(200 * b.ms)
    late = np.asarray(spikes.t) > 0.05  # the first 50 ms start from synchrony
    return {
        "rate": np.count_nonzero(late) / size / 0.15,
        "mean_v": np.mean(neurons.v_[:]),
        "mean_n": np.mean(neurons.n_[:]),
        "mean_ge": np.mean(neurons.ge_[:]),
        "mean_gi": np.mean(neurons.gi_[:]),
    }
