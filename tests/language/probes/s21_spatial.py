"""Section 21: neurons with a morphology."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import cables, probe, raised

_PASSIVE = "Im = gL*(EL - v) : amp/meter**2"


def _space(b: Any) -> dict[str, Any]:
    return {"gL": 1e-4 * b.siemens / b.cm**2, "EL": -70 * b.mV}


def _tree(b: Any, *, soma: bool = True) -> Any:
    """Return a tree; without a soma, whose stand-in for no resistance costs seven digits of v."""
    morphology = b.Soma(30 * b.um) if soma else b.Cylinder(30 * b.um, length=30 * b.um)
    morphology.axon = b.Cylinder(diameter=1 * b.um, n=5, length=100 * b.um)
    morphology.dend = b.Section(diameter=[3, 2, 1] * b.um, n=2, length=[20, 30] * b.um)
    morphology.dend.L = b.Cylinder(diameter=1 * b.um, n=3, length=60 * b.um)
    morphology.dend.R = b.Cylinder(diameter=1 * b.um, n=2, length=40 * b.um)
    return morphology


def _passive(b: Any, morphology: Any = None, model: str = _PASSIVE, **options: Any) -> Any:
    options = {"Cm": 1 * b.uF / b.cm**2, "Ri": 100 * b.ohm * b.cm, "namespace": _space(b),
               "method": "exponential_euler", "name": "neuron", **options}  # fmt: skip
    neuron = b.SpatialNeuron(
        _tree(b, soma=False) if morphology is None else morphology, model, **options
    )
    neuron.v = -70 * b.mV
    return neuron


@probe("21 SpatialNeuron")
def making(b: Any) -> dict[str, Any]:
    morphology = _tree(b)
    neuron = b.SpatialNeuron(morphology, _PASSIVE, namespace=_space(b), name="neuron")
    return {
        "N": [int(neuron.N), len(neuron)],
        "v": neuron.v[:],
        "Cm": neuron.Cm[:],
        "Ri": neuron.Ri[:],
        "diff": sorted(neuron.equations.diff_eq_names),
        "no Im": raised(lambda: b.SpatialNeuron(morphology, "x : 1")),
        "own v": raised(
            lambda: b.SpatialNeuron(morphology, f"{_PASSIVE}\nv : volt", namespace=_space(b))
        ),
        "wrong Cm": raised(lambda: b.SpatialNeuron(morphology, _PASSIVE, Cm=1)),
        "wrong Ri": raised(lambda: b.SpatialNeuron(morphology, _PASSIVE, Ri=1)),
        "point current of a wrong unit": raised(
            lambda: b.SpatialNeuron(morphology, f"{_PASSIVE}\nI : 1 (point current)")
        ),
        "keeps": neuron.morphology is not None,
    }


@probe("21 SpatialNeuron")
def point_currents(b: Any) -> dict[str, Any]:
    neuron = _passive(
        b,
        model=f"""{_PASSIVE}
        I : amp (point current)
        Is = g*(0*mV - v) : amp (point current)
        g : siemens""",
    )
    neuron.I[0] = 0.1 * b.nA
    neuron.g[3] = 1 * b.nS
    trace = b.StateMonitor(neuron, "v", record=True, dt=0.5 * b.ms, name="trace")
    net = b.Network(neuron, trace)
    with cables(b):
        net.run(3 * b.ms)
    return {"v": trace.v}


@probe("21 SpatialNeuron")
def shared_and_parameters(b: Any) -> dict[str, Any]:
    neuron = _passive(
        b,
        model="""Im = g*(EL - v) + k*gs*(E - v) : amp/meter**2
        g : siemens/meter**2 (constant)
        gs : siemens/meter**2
        E : volt (shared)
        k : 1 (shared, constant)""",
        Cm=2 * b.uF / b.cm**2,
        Ri=50 * b.ohm * b.cm,
    )
    neuron.g = 1 * b.siemens / b.meter**2
    neuron.axon.gs = 2 * b.siemens / b.meter**2
    neuron.E = 10 * b.mV
    neuron.k = 0.5
    neuron.Cm[3] = 5 * b.uF / b.cm**2
    net = b.Network(neuron)
    with cables(b):
        net.run(2 * b.ms)
    return {"v": neuron.v[:], "Cm": neuron.Cm[:], "Ri": neuron.Ri[:]}


@probe("21 variables")
def variables(b: Any) -> dict[str, Any]:
    neuron = _passive(b)
    names = ("area", "length", "diameter", "volume", "distance", "r_length_1", "r_length_2",
             "time_constant", "space_constant", "Im", "Ic")  # fmt: skip
    space = _space(b)
    gL, EL = space["gL"], space["EL"]
    found = {name: getattr(neuron, name)[:] for name in names}
    placed = _tree(b).generate_coordinates()
    other = b.SpatialNeuron(placed, _PASSIVE, namespace=space, name="placed")
    return found | {
        "x": raised(lambda: neuron.x),
        "with coordinates": [other.x[:].shape, other.y[:].shape, other.z[:].shape],
        "dims": [repr(neuron.x.dim) if hasattr(neuron, "x") else "", repr(other.x.dim)],
        "read-only": [
            raised(lambda name=name: setattr(neuron, name, 1))["raised"] != []
            for name in ("area", "length", "diameter", "Im", "time_constant")
        ],
        "by text": neuron.v["distance > 50*um"].shape,
        "assigned": _assigned(b, neuron),
        "names": [gL is not None, EL is not None],
    }


def _assigned(b: Any, neuron: Any) -> Any:
    neuron.v = "-60*mV + distance/um*0.1*mV"
    return neuron.v[:].copy()


@probe("21 integration")
def active(b: Any) -> dict[str, Any]:
    """Hodgkin and Huxley's membrane on a tree."""
    model = """
    Im = gl*(El - v) + gNa*m**3*h*(ENa - v) + gK*n**4*(EK - v) : amp/meter**2
    dm/dt = alpham*(1 - m) - betam*m : 1
    dn/dt = alphan*(1 - n) - betan*n : 1
    dh/dt = alphah*(1 - h) - betah*h : 1
    alpham = 0.1/mV*10*mV/exprel((-v + 25*mV)/(10*mV))/ms : Hz
    betam = 4*exp(-v/(18*mV))/ms : Hz
    alphah = 0.07*exp(-v/(20*mV))/ms : Hz
    betah = 1/(exp((-v + 30*mV)/(10*mV)) + 1)/ms : Hz
    alphan = 0.01/mV*10*mV/exprel((-v + 10*mV)/(10*mV))/ms : Hz
    betan = 0.125*exp(-v/(80*mV))/ms : Hz
    gNa : siemens/meter**2
    I : amp (point current)
    """
    space = {
        "gl": 0.3e-3 * b.siemens / b.cm**2,
        "gK": 36e-3 * b.siemens / b.cm**2,
        "El": 10.6 * b.mV,
        "ENa": 115 * b.mV,
        "EK": -12 * b.mV,
    }
    neuron = b.SpatialNeuron(
        _tree(b, soma=False),
        model,
        method="exponential_euler",
        namespace=space,
        Cm=1 * b.uF / b.cm**2,
        Ri=35.4 * b.ohm * b.cm,
        threshold="m > 0.5",
        threshold_location=0,
        refractory="m > 0.4",
        name="neuron",
    )
    neuron.v = 0 * b.mV
    neuron.h = 1
    neuron.m = 0
    neuron.n = 0.5
    neuron.gNa = 120e-3 * b.siemens / b.cm**2
    neuron.dend.gNa = 20e-3 * b.siemens / b.cm**2
    neuron.I[0] = 1 * b.nA
    trace = b.StateMonitor(neuron, ["v", "m"], record=[0, 3, 8], dt=0.5 * b.ms, name="trace")
    spikes = b.SpikeMonitor(neuron, name="spikes")
    net = b.Network(neuron, trace, spikes)
    b.defaultclock.dt = 0.02 * b.ms
    with cables(b):
        net.run(8 * b.ms)
    return {"v": trace.v, "i": spikes.i[:], "t": spikes.t[:]}


@probe("21 integration")
def cable_by_hand(b: Any) -> dict[str, Any]:
    """Backward Euler of the cable equation with sealed ends, solved with dense matrices."""
    morphology = b.Cylinder(diameter=2 * b.um, n=4, length=400 * b.um)
    neuron = _passive(b, morphology, f"{_PASSIVE}\nI : amp (point current)")
    neuron.I[1] = 0.05 * b.nA
    net = b.Network(neuron)
    with cables(b):
        net.run(1 * b.ms)
    area, r1 = (np.asarray(getattr(neuron, name)[:]) for name in ("area", "r_length_1"))
    r2 = np.asarray(neuron.r_length_2[:])
    axial = 1 / (1.0 * (1 / r2[:-1] + 1 / r1[1:]))
    gL, EL = 1.0, -0.07
    v, dt, current = np.full(4, EL), 1e-4, np.zeros(4)
    current[1] = 0.05e-9 / area[1]
    for _ in range(10):
        matrix = np.diag(np.full(4, 0.01 / dt + gL))
        for k, g in enumerate(axial):
            for one, two in ((k, k + 1), (k + 1, k)):
                matrix[one, one] += g / area[one]
                matrix[one, two] -= g / area[one]
        v = np.linalg.solve(matrix, 0.01 / dt * v + gL * EL + current)
    found = np.asarray(neuron.v[:])
    return {"v": neuron.v[:], "by hand": bool(np.allclose(found, v, rtol=1e-9, atol=0))}


@probe("21 integration")
def with_a_soma(b: Any) -> dict[str, Any]:
    """A soma has no resistance to speak of: what is beside it has nearly its potential."""
    neuron = _passive(b, _tree(b), f"{_PASSIVE}\nI : amp (point current)")
    neuron.I[0] = 0.1 * b.nA
    net = b.Network(neuron)
    with cables(b):
        net.run(2 * b.ms)
    return {"mV": np.round(np.asarray(neuron.v / b.mV), 2)}


@probe("21 integration")
def not_differentiable(b: Any) -> dict[str, Any]:
    texts = {
        "floor": "Im = gL*mV*floor(v/mV) : amp/meter**2",
        "quadratic": "Im = gL*(EL - v)*(EL - v)/mV : amp/meter**2",
        "exponential": "Im = gL*mV*exp(-v/mV/10) : amp/meter**2",
    }
    found = {}
    for name, text in texts.items():

        def run(text: str = text) -> Any:
            neuron = _passive(b, b.Cylinder(1 * b.um, 2, length=10 * b.um), text)
            net = b.Network(neuron)
            with cables(b):
                net.run(0.2 * b.ms)
            return neuron.v[:].copy()

        outcome = raised(run)
        found[name] = outcome if outcome["raised"] else run()
    return found


@probe("21 integration")
def methods(b: Any) -> dict[str, Any]:
    found = {}
    for method in ("euler", "rk2", "exponential_euler", "heun", "rk4"):
        neuron = _passive(
            b,
            model=f"{_PASSIVE}\ndm/dt = ((v + 70*mV)/mV - m)/(2*ms) : 1\nI : amp (point current)",
            method=method,
        )
        neuron.I[0] = 0.1 * b.nA
        net = b.Network(neuron)
        with cables(b):
            net.run(1 * b.ms)
        found[method] = neuron.m[:].copy()
    return found


@probe("21 access")
def access(b: Any) -> dict[str, Any]:
    morphology = _tree(b)
    neuron = _passive(b, morphology, f"{_PASSIVE}\nx : 1\nI : amp (point current)")
    neuron.x = "i"
    found = {
        "axon": neuron.axon.x[:],
        "subtree": neuron.dend.x[:],
        "main": neuron.dend.main.x[:],
        "root": neuron.main.x[:],
        "child": neuron.dend.L.x[:],
        "chain": neuron.dend.L.main.x[:],
        "number": neuron[3].x[:],
        "slice": neuron[2:5].x[:],
        "morphology": neuron[morphology.axon].x[:],
        "sub-morphology": neuron[morphology.dend.L[1:]].x[:],
        "distance": neuron.axon[30 * b.um : 70 * b.um].x[:],
        "relative i": neuron.dend.i[:],
        "names": [type(neuron.axon).__name__, len(neuron.dend), len(neuron.dend.main)],
        "unknown": raised(lambda: neuron.what),
        "unknown below": raised(lambda: neuron.dend.what),
        "index of a variable": neuron.x[morphology.dend.R],
        "one element": neuron.x[morphology.axon[2]],
    }
    neuron.axon.x = 100
    neuron.dend.main.x[0] = 200
    neuron.x[morphology.dend.R] = 300
    neuron.dend.L.x = "1000 + i"
    neuron.I[morphology.axon[30 * b.um]] = 1 * b.nA
    neuron.main.I = 2 * b.nA
    return found | {"x": neuron.x[:], "I": neuron.I[:]}


@probe("21 access")
def synapses_to_places(b: Any) -> dict[str, Any]:
    morphology = _tree(b)
    neuron = _passive(b, morphology, f"{_PASSIVE}\nx : 1")
    source = b.SpikeGeneratorGroup(2, [0, 1], [0.1, 0.2] * b.ms, name="source")
    synapses = b.Synapses(source, neuron, on_pre="x_post += 1", name="syn")
    synapses.connect(i=0, j=morphology.axon[50 * b.um])
    synapses.connect(i=1, j=morphology.dend.L)
    part = b.Synapses(source, neuron.dend.main, on_pre="x_post += 10", name="part")
    part.connect(i=0, j=1)
    net = b.Network(source, neuron, synapses, part)
    with cables(b):
        net.run(0.5 * b.ms)
    return {"i": synapses.i[:], "j": synapses.j[:], "x": neuron.x[:]}


@probe("21 threshold_location")
def thresholds(b: Any) -> dict[str, Any]:
    found = {}
    morphology = _tree(b)
    places = {"number": 3, "element": morphology.axon[2], "distance": morphology.dend.L[50 * b.um],
              "everywhere": None}  # fmt: skip
    for name, place in places.items():
        neuron = _passive(
            b, morphology, f"{_PASSIVE}\nx : 1", threshold="x > 0", reset="x = 0",
            threshold_location=place,
        )  # fmt: skip
        neuron.x = 1
        spikes = b.SpikeMonitor(neuron, name="spikes")
        net = b.Network(neuron, spikes)
        with cables(b):
            net.run(0.1 * b.ms)
        found[name] = [spikes.i[:].copy(), neuron.x[:].copy()]
        del neuron, spikes, net
    return found


@probe("21 StateMonitor")
def monitors(b: Any) -> dict[str, Any]:
    morphology = _tree(b, soma=False)
    neuron = _passive(b, morphology, f"{_PASSIVE}\nI : amp (point current)")
    neuron.I[0] = 0.1 * b.nA
    options: dict[str, Any] = {"dt": 0.5 * b.ms}
    axon = b.StateMonitor(neuron, "v", record=morphology.axon, name="axon", **options)
    numbers = b.StateMonitor(neuron, ["v", "Im"], record=[0, 7], name="numbers", **options)
    everything = b.StateMonitor(neuron, "v", record=True, name="everything", **options)
    part = b.StateMonitor(neuron.dend, "v", record=[1], name="part", **options)
    one = b.StateMonitor(neuron, "v", record=morphology.dend.L[1], name="one", **options)
    net = b.Network(neuron, axon, numbers, everything, part, one)
    with cables(b):
        net.run(2 * b.ms)
    return {
        "axon": axon.v,
        "record": np.asarray(axon.record),
        "element": axon[morphology.axon[2]].v,
        "of everything": everything[morphology.dend.L[1]].v,
        "several": everything[morphology.dend.R].v,
        "numbers": numbers.Im,
        "part": part.v,
        "one": one.v,
        "unrecorded": raised(lambda: axon[morphology.dend.L[1]]),
    }
