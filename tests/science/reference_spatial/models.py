"""Models with a morphology that run with Brian2 as well as with brainsim.

Each function takes the package (`brian2` or `brainsim`) and returns arrays by name. All are
deterministic.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Arrays = dict[str, Any]


def tree(b: Any) -> Any:
    """Return a soma with an unbranched axon and a dendrite that branches twice."""
    um = b.um
    morpho = b.Soma(diameter=30 * um)
    morpho.axon = b.Cylinder(diameter=1 * um, n=10, length=200 * um)
    morpho.dend = b.Section(
        diameter=np.linspace(4, 2, 6) * um, n=5, length=[20, 30, 20, 10, 40] * um
    )
    morpho.dend.L = b.Cylinder(diameter=1.5 * um, n=4, length=80 * um)
    morpho.dend.R = b.Cylinder(diameter=1 * um, n=3, length=60 * um)
    morpho.dend.R.L = b.Cylinder(diameter=0.7 * um, n=2, length=30 * um)
    morpho.dend.R.R = b.Section(diameter=[1, 0.8, 0.5] * um, n=2, length=[10, 30] * um)
    morpho.dend.R.c = b.Cylinder(diameter=0.5 * um, n=2, length=25 * um)
    return morpho


def passive_tree(b: Any) -> Arrays:
    """A passive tree with a current into one dendrite, and a soma of another capacitance."""
    morpho = tree(b)
    neuron = b.SpatialNeuron(
        morpho,
        """Im = gL*(EL - v) : amp/meter**2
           gL : siemens/meter**2
           I : amp (point current)""",
        Cm=1 * b.uF / b.cm**2,
        Ri=100 * b.ohm * b.cm,
        namespace={"EL": -70 * b.mV},
    )
    neuron.v = -70 * b.mV
    neuron.gL = 1e-4 * b.siemens / b.cm**2
    neuron.axon.gL = 3e-4 * b.siemens / b.cm**2
    neuron.dend.main.gL = 5e-5 * b.siemens / b.cm**2
    neuron.main.Cm = 2 * b.uF / b.cm**2
    neuron.I[morpho.dend.R.L[1]] = 0.1 * b.nA
    trace = b.StateMonitor(neuron, ["v", "Im", "Ic"], record=True)
    net = b.Network(neuron, trace)
    net.run(5 * b.ms)
    neuron.I = 0 * b.nA
    net.run(5 * b.ms)
    return {name: np.asarray(getattr(trace, name))[:, ::5] for name in ("v", "Im", "Ic")}


def hodgkin_huxley(b: Any) -> Arrays:
    """A squid axon: the action potential that a current at one end starts."""
    morpho = b.Cylinder(length=10 * b.cm, diameter=238 * b.um, n=100, type="axon")
    neuron = b.SpatialNeuron(
        morpho,
        """Im = gl*(El - v) + gNa*m**3*h*(ENa - v) + gK*n**4*(EK - v) : amp/meter**2
           I : amp (point current)
           dm/dt = alpham*(1 - m) - betam*m : 1
           dn/dt = alphan*(1 - n) - betan*n : 1
           dh/dt = alphah*(1 - h) - betah*h : 1
           alpham = 1/exprel((-v + 25*mV)/(10*mV))/ms : Hz
           betam = 4*exp(-v/(18*mV))/ms : Hz
           alphah = 0.07*exp(-v/(20*mV))/ms : Hz
           betah = 1/(exp((-v + 30*mV)/(10*mV)) + 1)/ms : Hz
           alphan = 0.1/exprel((-v + 10*mV)/(10*mV))/ms : Hz
           betan = 0.125*exp(-v/(80*mV))/ms : Hz
           gNa : siemens/meter**2""",
        method="exponential_euler",
        refractory="m > 0.4",
        threshold="m > 0.5",
        Cm=1 * b.uF / b.cm**2,
        Ri=35.4 * b.ohm * b.cm,
        dt=0.02 * b.ms,
        namespace={
            "El": 10.613 * b.mV,
            "ENa": 115 * b.mV,
            "EK": -12 * b.mV,
            "gl": 0.3 * b.mS / b.cm**2,
            "gK": 36 * b.mS / b.cm**2,
        },
    )
    neuron.v = 0 * b.mV
    neuron.h = 1
    neuron.m = 0
    neuron.n = 0.5
    neuron.gNa = 120 * b.mS / b.cm**2
    trace = b.StateMonitor(neuron, ["v", "m"], record=[0, 30, 99], dt=0.2 * b.ms)
    spikes = b.SpikeMonitor(neuron)
    net = b.Network(neuron, trace, spikes)
    net.run(5 * b.ms)
    neuron.I[0] = 1 * b.uA
    net.run(3 * b.ms)
    neuron.I = 0 * b.amp
    net.run(10 * b.ms)
    return {
        "v": np.asarray(trace.v),
        "m": np.asarray(trace.m),
        "spike_i": np.asarray(spikes.i),
        "spike_t": np.asarray(spikes.t),
    }


def synaptic_dendrite(b: Any) -> Arrays:
    """Conductances that spikes open in two branches, and a threshold in the soma."""
    morpho = tree(b)
    stimulation = b.SpikeGeneratorGroup(2, [0, 1, 0], np.array([2.0, 5.0, 9.0]) * b.ms)
    neuron = b.SpatialNeuron(
        morpho,
        """Im = gL*(EL - v) : amp/meter**2
           Is = gs*(Es - v) : amp (point current)
           dgs/dt = -gs/(2*ms) : siemens""",
        threshold="v > -62*mV",
        reset="v = EL",
        refractory=3 * b.ms,
        threshold_location=0,
        method="exact",
        Cm=1 * b.uF / b.cm**2,
        Ri=150 * b.ohm * b.cm,
        namespace={"gL": 1e-4 * b.siemens / b.cm**2, "EL": -70 * b.mV, "Es": 0 * b.mV},
    )
    neuron.v = -70 * b.mV
    synapses = b.Synapses(stimulation, neuron, on_pre="gs += w", namespace={"w": 30 * b.nS})
    synapses.connect(i=0, j=morpho.dend.L[70 * b.um])
    synapses.connect(i=1, j=morpho.dend.R.c[1])
    trace = b.StateMonitor(neuron, "v", record=True)
    spikes = b.SpikeMonitor(neuron)
    b.Network(stimulation, neuron, synapses, trace, spikes).run(15 * b.ms)
    return {"v": np.asarray(trace.v)[:, ::5], "spike_t": np.asarray(spikes.t)}


def nonlinear_current(b: Any) -> Arrays:
    """A current with an exponential, a power and a quotient of v: linearised in each step."""
    neuron = b.SpatialNeuron(
        tree(b),
        """Im = gL*(EL - v) + gL*DT*exp((v - VT)/DT) + k*v**2/volt + I : amp/meter**2
           I = J/(1 + exp(-v/(20*mV)))*(1 + sin(2*pi*200*Hz*t)) : amp/meter**2""",
        Cm=1 * b.uF / b.cm**2,
        Ri=100 * b.ohm * b.cm,
        namespace={
            "gL": 1 * b.siemens / b.meter**2,
            "EL": -70 * b.mV,
            "VT": -50 * b.mV,
            "DT": 2 * b.mV,
            "k": 0.1 * b.siemens / b.meter**2,
            "J": 0.2 * b.amp / b.meter**2,
        },
    )
    neuron.v = "-70*mV + 10*mV*exp(-distance/(50*um))"
    trace = b.StateMonitor(neuron, "v", record=True)
    b.Network(neuron, trace).run(10 * b.ms)
    return {"v": np.asarray(trace.v)[:, ::5]}


def no_soma(b: Any) -> Arrays:
    """A root that is a cylinder with three children and no soma; only one cell type of node."""
    morpho = b.Cylinder(diameter=2 * b.um, n=3, length=60 * b.um)
    morpho.L = b.Cylinder(diameter=1 * b.um, n=2, length=40 * b.um)
    morpho.R = b.Section(diameter=[1, 2] * b.um, n=1, length=[30] * b.um)
    morpho.m = b.Cylinder(diameter=0.5 * b.um, n=4, length=80 * b.um)
    morpho.m.L = b.Cylinder(diameter=0.5 * b.um, n=2, length=20 * b.um)
    neuron = b.SpatialNeuron(
        morpho, "Im = -v*siemens/meter**2 : amp/meter**2", Ri=80 * b.ohm * b.cm
    )
    neuron.v = "i*mV"
    trace = b.StateMonitor(neuron, "v", record=True)
    b.Network(neuron, trace).run(2 * b.ms)
    return {"v": np.asarray(trace.v)}


MODELS = {
    function.__name__: function
    for function in (passive_tree, hodgkin_huxley, synaptic_dendrite, nonlinear_current, no_soma)
}
