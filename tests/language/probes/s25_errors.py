"""Section 25: the type of every error."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from probing import probe, raised


def _run(b: Any, *objects: Any, **names: Any) -> None:
    """Run objects for a step."""
    b.Network(*objects).run(0.1 * b.ms, namespace=names)


def _group(b: Any, model: str = "v : volt\nn : integer\nx : 1", **options: Any) -> Any:
    return b.NeuronGroup(3, model, **options)


@probe("25 incompatible dimensions anywhere")
def dimensions_in_python(b: Any) -> dict[str, Any]:
    group = _group(b)
    error = None
    try:
        b.mV + b.ms
    except b.DimensionMismatchError as caught:
        error = caught
    return {
        "add": raised(lambda: b.mV + b.ms),
        "number": raised(lambda: b.mV + 1),
        "compare": raised(lambda: b.mV < b.ms),
        "function": raised(lambda: b.exp(b.mV)),
        "power": raised(lambda: 2 ** (3 * b.mV)),
        "assign": raised(lambda: setattr(group, "v", 3)),
        "assign element": raised(lambda: group.v.__setitem__(0, 3 * b.ms)),
        "assign string": raised(lambda: setattr(group, "v", "3*ms")),
        "in-place": raised(lambda: group.v.__iadd__(1 * b.ms)),
        "clock": raised(lambda: b.Clock(1 * b.mV)),
        "run": raised(lambda: b.run(3 * b.mV)),
        "concatenate": raised(lambda: np.concatenate([[1] * b.mV, [1] * b.ms])),
        "check_units": raised(lambda: b.check_units(x=b.volt)(lambda x: x)(1 * b.ms)),
        "result": raised(lambda: b.check_units(result=b.volt)(lambda: 1 * b.ms)()),
        "in_unit": raised(lambda: (3 * b.mV).in_unit(b.ms)),
        "desc": isinstance(error.desc, str),
        "dims": repr(error.dims[0]),
        "is exception": [issubclass(b.DimensionMismatchError, Exception)],
    }


@probe("25 incompatible dimensions anywhere")
def dimensions_in_models(b: Any) -> dict[str, Any]:
    group = _group(b, threshold="v > 1*mV", reset="v = 0*mV")
    target = _group(b)
    synapses = b.Synapses(group, target, "w : volt", on_pre="v += w")
    synapses.connect()
    spatial = b.Cylinder(diameter=1 * b.um, length=10 * b.um)
    return {
        "equation": raised(lambda: _run(b, _group(b, "dv/dt = v : volt", method="euler"))),
        "sum": raised(lambda: _run(b, _group(b, "dv/dt = (v + 1*ms)/ms : volt", method="euler"))),
        "external": raised(
            lambda: _run(b, _group(b, "dv/dt = k : volt", method="euler"), k=3 * b.mV)
        ),
        "subexpression": raised(lambda: _run(b, _group(b, "y = v*v : volt\nv : volt"))),
        "threshold": raised(lambda: _run(b, _group(b, threshold="v > 3", reset=""))),
        "reset": raised(lambda: _run(b, _group(b, threshold="x > 3", reset="v = 3"))),
        "refractory": raised(
            lambda: _run(b, _group(b, threshold="x > 3", reset="", refractory="3*mV"))
        ),
        "on_pre": raised(lambda: _run(b, *_bad_synapses(b, group, target))),
        "weight": raised(lambda: setattr(synapses, "w", 3)),
        "weight string": raised(lambda: setattr(synapses, "w", "3*ms")),
        "delay": raised(lambda: setattr(synapses, "delay", 3)),
        "delay string": raised(lambda: setattr(synapses, "delay", "3*mV")),
        "delay argument": raised(lambda: b.Synapses(group, target, delay=3 * b.mV)),
        "condition": raised(lambda: synapses.connect(condition="v_pre > 3")),
        "probability": raised(lambda: synapses.connect(p="v_pre")),
        "rate": raised(lambda: b.PoissonGroup(1, 3)),
        "rate string": raised(lambda: _run(b, b.PoissonGroup(1, "3*ms"))),
        "poisson input": raised(lambda: b.PoissonInput(group, "v", 1, 1 * b.Hz, 3)),
        "poisson rate": raised(lambda: b.PoissonInput(group, "v", 1, 1 * b.ms, 1 * b.mV)),
        "spike times": raised(lambda: b.SpikeGeneratorGroup(1, [0], [1])),
        "timed array dt": raised(lambda: b.TimedArray([1], dt=1)),
        "timed array time": raised(lambda: b.TimedArray([1], dt=1 * b.ms)(1)),
        "monitor dt": raised(lambda: b.StateMonitor(group, "v", record=True, dt=1)),
        "run_regularly code": raised(lambda: _regular(b)),
        "linked": raised(lambda: setattr(_group(b, "w : 1 (linked)"), "w",
                                         b.linked_var(group, "v"))),
        "diameter": raised(lambda: b.Soma(3)),
        "Cm": raised(lambda: b.SpatialNeuron(spatial, "Im = 0*amp/meter**2 : amp/meter**2",
                                             Cm=3 * b.uF)),
        "states": raised(lambda: group.set_states({"v": 3})),
        "smooth": raised(lambda: b.PopulationRateMonitor(group).smooth_rate(width=3)),
    }  # fmt: skip


def _bad_synapses(b: Any, group: Any, target: Any) -> list[Any]:
    synapses = b.Synapses(group, target, on_pre="v += 3")
    synapses.connect()
    return [group, target, synapses]


def _regular(b: Any) -> None:
    group = _group(b)
    group.run_regularly("v = 3")
    b.Network(group).run(0.1 * b.ms)


@probe(
    "25 error while preparing a run, in connect, in a string assignment",
    "25 unknown external identifier",
)
def errors_with_objects(b: Any) -> dict[str, Any]:
    group = _group(b, threshold="x > 0", reset="")
    synapses = b.Synapses(group, group, "w : 1")
    synapses.connect()
    error = None
    try:
        _run(b, _group(b, "dx/dt = unknown/ms : 1", method="euler", name="the_group"))
    except b.BrianObjectException as caught:
        error = caught
    unconnected = b.Synapses(group, group, "w : 1")
    return {
        "type": type(error).__name__,
        "cause": isinstance(error.__cause__, KeyError),
        "names the object": "the_group" in str(error),
        "names the file": "s25_errors" in str(error),
        "threshold": raised(lambda: _run(b, _group(b, threshold="x > unknown", reset=""))),
        "reset": raised(lambda: _run(b, _group(b, threshold="x > 1", reset="x = unknown"))),
        "subexpression": raised(lambda: _run(b, _group(b, "y = unknown : 1"))),
        "assignment": raised(lambda: setattr(group, "x", "unknown")),
        "index": raised(lambda: group.x["unknown > 1"]),
        "condition": raised(lambda: unconnected.connect(condition="unknown > 1")),
        "generator": raised(lambda: unconnected.connect(j="k for k in range(unknown)")),
        "probability": raised(lambda: unconnected.connect(p="unknown")),
        "weights": raised(lambda: setattr(synapses, "w", "unknown")),
        "delays": raised(lambda: setattr(synapses, "delay", "unknown*ms")),
        "rates": raised(lambda: _run(b, b.PoissonGroup(1, "unknown*Hz"))),
        "run_regularly": raised(lambda: _unknown_operation(b)),
        "condition on wrong groups": raised(lambda: unconnected.connect(condition="v_pre > k")),
        "syntax": raised(lambda: setattr(group, "x", "1 +")),
        "syntax of a condition": raised(lambda: unconnected.connect(condition="i ==")),
    }


def _unknown_operation(b: Any) -> None:
    group = _group(b)
    group.run_regularly("x = unknown")
    b.Network(group).run(0.1 * b.ms)


def _outer(action: Any) -> str:
    """Return the outermost type, which is all that counts where a parser raises the inner ones."""
    chain = raised(action)["raised"]
    return chain[0][0] if chain else ""


@probe(
    "25 equation syntax, unit text, duplicate names, xi misuse, event/clock-driven mixing",
)
def equation_errors(b: Any) -> dict[str, Any]:
    texts = {
        "no unit": "dv/dt = -v",
        "no colon": "v volt",
        "unknown unit": "v : what",
        "prefix": "v : ms",
        "expression as unit": "v : volt + volt",
        "twice": "v : 1\nv : 1",
        "twice as expression": "v : 1\nv = 3 : 1",
        "flags": "v : 1 constant",
        "open bracket": "v : 1 (constant",
        "xi in subexpression": "y = xi : second**-0.5",
        "second derivative": "d2v/dt2 = v : 1",
        "not dt": "dv/dx = v : 1",
        "number": "3 : 1",
        "bad name": "1v : 1",
        "empty left": "= 3 : 1",
    }
    found = {name: _outer(lambda text=text: b.Equations(text)) for name, text in texts.items()}
    equation_error = importlib.import_module(f"{b.__name__}.equations.equations").EquationError
    group = _group(b, threshold="x > 1", reset="")
    return found | {
        "in a group": _outer(lambda: _group(b, "dv/dt = ")),
        "type": [k.__name__ for k in (equation_error,)],
        "not a ValueError": issubclass(equation_error, ValueError),
        "xi in synapses": raised(
            lambda: b.Synapses(group, group, "dw/dt = xi*ms**-0.5 : 1 (event-driven)")
        ),
        "clock-driven after event-driven": raised(
            lambda: b.Synapses(
                group,
                group,
                "da/dt = -a/ms : 1 (event-driven)\ndw/dt = a/ms : 1 (clock-driven)",
                method="euler",
            )
        ),
    }


@probe(
    "25 forbidden variable names, expression syntax, stateful subexpression without flag, "
    "shared referring to non-shared",
)
def syntax_errors(b: Any) -> dict[str, Any]:
    names = ("t", "dt", "i", "xi", "xi_2", "_v", "v__", "sin", "pi", "volt", "N", "lambda",
             "v_post", "not_refractory", "lastspike", "x_pre")  # fmt: skip
    texts = {
        "operator": "dv/dt = v ++* 2 : 1",
        "incomplete": "dv/dt = (v : 1",
        "statement": "y = a = 3 : 1",
        "comprehension": "y = [x for x in a] : 1",
        "attribute": "y = a.b : 1",
        "index": "y = a[3] : 1",
        "rand": "y = rand() : 1",
        "randn": "y = 2*randn() : 1",
        "stateful shared": "y = rand() : 1 (shared)",
        "shared of not shared": "v : 1\ny = v : 1 (shared)",
        "shared ode": "v : 1\ndy/dt = v/ms : 1 (shared)",
    }
    found = {
        f"name {name}": raised(lambda name=name: _group(b, f"{name} : 1")) for name in names
    } | {
        f"equation name {name}": raised(lambda name=name: b.Equations(f"{name} : 1"))
        for name in ("t", "_v", "sin", "pi", "volt")
    }
    for name, text in texts.items():
        found[name] = raised(lambda text=text: _run(b, _group(b, text, method="euler"), a=1))
    group = _group(b)
    return found | {
        "threshold": raised(_run_made(b, threshold="x >", reset="")),
        "multiple": raised(_run_made(b, threshold="x > 1", reset="x = n = 3")),
        "assigning a function": raised(lambda: setattr(group, "x", "lambda: 3")),
    }


def _run_made(b: Any, **options: Any) -> Any:
    return lambda: _run(b, _group(b, **options))


@probe("25 unsuitable integrator")
def integrators(b: Any) -> dict[str, Any]:
    def make(model: str, method: Any) -> Any:
        return raised(lambda: _run(b, _group(b, model, method=method)))

    return {
        "exact": make("dv/dt = -v**2/ms : 1", "exact"),
        "linear": make("dv/dt = -v**2/ms : 1", "linear"),
        "noise with rk4": make("dv/dt = -v/ms + xi*ms**-0.5 : 1", "rk4"),
        "noise with rk2": make("dv/dt = -v/ms + xi*ms**-0.5 : 1", "rk2"),
        "noise with exponential_euler": make("dv/dt = -v/ms + xi*ms**-0.5 : 1",
                                             "exponential_euler"),
        "multiplicative noise with euler": make("dv/dt = -v/ms + v*xi*ms**-0.5 : 1", "euler"),
        "not conditionally linear": make("dv/dt = -v**2/ms : 1", "exponential_euler"),
        "unknown": make("dv/dt = -v/ms : 1", "what"),
        "number": make("dv/dt = -v/ms : 1", 3),
        "list of unknown": make("dv/dt = -v/ms : 1", ["what"]),
        "list of unsuitable": make("dv/dt = -v**2/ms : 1", ["exact", "linear"]),
        "empty list": make("dv/dt = -v/ms : 1", []),
        "milstein": make("dv/dt = -v/ms + xi_1*ms**-0.5*v + w*xi_2*ms**-0.5 : 1\n"
                         "dw/dt = -w/ms + v*xi_1*ms**-0.5 : 1", "milstein"),
        "synapses": raised(lambda: _synapses_with(b, "exact")),
    }  # fmt: skip


def _synapses_with(b: Any, method: str) -> None:
    group = _group(b, threshold="x > 1", reset="")
    synapses = b.Synapses(group, group, "dw/dt = -w**2/ms : 1 (clock-driven)", method=method)
    synapses.connect()
    b.Network(group, synapses).run(0.1 * b.ms)


@probe(
    "25 wrong flag, N < 1, dt and clock together, duplicate names in a network, negative run "
    "time, bad period",
)
def value_errors(b: Any) -> dict[str, Any]:
    group = _group(b, threshold="x > 1", reset="")
    clock = b.Clock(1 * b.ms)
    twin = [b.NeuronGroup(1, "x : 1", name="twin") for _ in range(2)]
    other = _group(b, threshold="x > 1", reset="", name="other")
    return {
        "flag": raised(lambda: _group(b, "v : 1 (what)")),
        "flag of another kind": raised(lambda: _group(b, "dv/dt = v/ms : 1 (constant)")),
        "summed in a group": raised(lambda: _group(b, "v = x : 1 (summed)\nx : 1")),
        "event-driven in a group": raised(lambda: _group(b, "dv/dt = v/ms : 1 (event-driven)")),
        "linked with equation": raised(lambda: _group(b, "v = 3 : 1 (linked)")),
        "point current": raised(lambda: _group(b, "I : amp (point current)")),
        "N 0": raised(lambda: b.NeuronGroup(0, "x : 1")),
        "N negative": raised(lambda: b.NeuronGroup(-1, "x : 1")),
        "PoissonGroup 0": raised(lambda: b.PoissonGroup(0, 1 * b.Hz)),
        "dt and clock": raised(lambda: b.NeuronGroup(1, "x : 1", dt=1 * b.ms, clock=clock)),
        "duplicates": raised(lambda: _run(b, twin)),
        "negative time": raised(lambda: b.Network(other).run(-1 * b.ms)),
        "negative period": raised(
            lambda: b.SpikeGeneratorGroup(1, [0], [0] * b.ms, period=-1 * b.ms)
        ),
        "short period": raised(lambda: b.SpikeGeneratorGroup(1, [0], [3] * b.ms, period=2 * b.ms)),
        "period off the grid": raised(
            lambda: _run(b, b.SpikeGeneratorGroup(1, [0], [0] * b.ms, period=0.25 * b.ms))
        ),
        "spike twice": raised(
            lambda: _run(b, b.SpikeGeneratorGroup(1, [0, 0], [0.01, 0.02] * b.ms))
        ),
        "lengths": raised(lambda: b.SpikeGeneratorGroup(1, [0, 0], [1] * b.ms)),
        "assigned length": raised(lambda: setattr(group, "x", [1, 2])),
        "multisynaptic": raised(lambda: b.Synapses(group, group, "i : 1")),
        "connect p": raised(lambda: b.Synapses(group, group).connect(p=1.5)),
        "name": raised(lambda: b.NeuronGroup(1, "x : 1", name="a b")),
        "missing event": raised(lambda: b.EventMonitor(group, "what")),
        "run_on_event": raised(lambda: group.run_on_event("what", "x = 1")),
        "monitor without threshold": raised(lambda: b.SpikeMonitor(_group(b))),
        "synapses without threshold": raised(lambda: b.Synapses(_group(b), group, on_pre="x += 1")),
        "event name": raised(lambda: _group(b, events={"spike": "x > 1"}, threshold="x > 2")),
        "reset without threshold": raised(lambda: _group(b, reset="x = 0")),
        "refractory without threshold": raised(lambda: _group(b, refractory=1 * b.ms)),
    }


@probe(
    "25 wrong argument type, read-only variable, non-boolean threshold, non-string code, "
    "writing before connect",
)
def type_errors(b: Any) -> dict[str, Any]:
    group = _group(b, "v : volt\nn : integer\nx : 1\ny = 2*x : 1", threshold="x > 1", reset="")
    synapses = b.Synapses(group, group, "w : 1")
    return {
        "N": raised(lambda: b.NeuronGroup("three", "x : 1")),
        "model": raised(lambda: b.NeuronGroup(1, 3)),
        "model of synapses": raised(lambda: b.Synapses(group, group, 3)),
        "equations": raised(lambda: b.Equations(3)),
        "threshold": raised(lambda: _group(b, threshold=3)),
        "threshold that is no condition": raised(_run_made(b, threshold="x", reset="")),
        "condition": raised(lambda: synapses.connect(condition="i + 1")),
        "read-only": raised(lambda: setattr(group, "i", 3)),
        "read-only N": raised(lambda: setattr(group, "N", 3)),
        "read-only t": raised(lambda: setattr(group, "t", 3 * b.ms)),
        "subexpression": raised(lambda: setattr(group, "y", 3)),
        "synaptic i": raised(lambda: setattr(synapses, "i", 3)),
        "delay before connect": raised(lambda: setattr(synapses, "delay", "3*ms*rand()")),
        "too many arguments": raised(lambda: b.NetworkOperation(lambda t, u: None)),
        "connect": raised(lambda: synapses.connect(i="i", j=3, p=1, n=1, condition="i==j")),
        "connect indices of a wrong kind": raised(lambda: synapses.connect(i=1.5, j=0)),
        "connect mixture": raised(lambda: synapses.connect(condition="i == j", i=0)),
        "source": raised(lambda: b.SpikeMonitor(3)),
        "name": raised(lambda: b.NeuronGroup(1, "x : 1", name=3)),
        "no Im": raised(lambda: b.SpatialNeuron(b.Soma(3 * b.um), "x : 1")),
        "seed": raised(lambda: b.seed("x")),
        "array to a condition": raised(lambda: group.x.__setitem__("i > 0", [1, 2])),
        "linked": raised(lambda: setattr(_group(b, "w : 1 (linked)"), "w", 3)),
        "float index": raised(lambda: group.x[1.5]),
        "dtype": raised(lambda: _group(b, dtype=3)),
    }


@probe(
    "25 wrong argument type, read-only variable, non-boolean threshold, non-string code, "
    "writing before connect",
)
def writing_before_connect(b: Any) -> dict[str, Any]:
    group = _group(b, threshold="x > 1", reset="")
    synapses = b.Synapses(group, group, "w : 1", on_pre="x += w", name="syn")
    return {
        "number": raised(lambda: setattr(synapses, "w", 3)),
        "text": raised(lambda: setattr(synapses, "w", "3")),
        "element": raised(lambda: synapses.w.__setitem__(0, 3)),
        "delays": raised(lambda: setattr(synapses, "delay", "3*ms*rand()")),
        "run": raised(lambda: _run(b, group, synapses)),
        "reading": synapses.w[:].shape,
        "i": raised(lambda: synapses.i[:]),
    }


@probe("25 unknown attribute of a group")
def attributes(b: Any) -> dict[str, Any]:
    group = _group(b, threshold="x > 1", reset="", name="group")
    synapses = b.Synapses(group, group, "w : 1")
    synapses.connect()
    monitor = b.StateMonitor(group, "x", record=True)
    spikes = b.SpikeMonitor(group)
    poisson = b.PoissonGroup(1, 1 * b.Hz)
    objects = {"group": group, "synapses": synapses, "monitor": monitor, "spikes": spikes,
               "poisson": poisson, "subgroup": group[:2]}  # fmt: skip
    group.add_attribute("mine")
    group.mine = 3
    return {
        **{f"read {n}": raised(lambda o=o: o.what) for n, o in objects.items()},
        **{f"set {n}": raised(lambda o=o: setattr(o, "what", 3)) for n, o in objects.items()},
        "hasattr": [hasattr(o, "what") for o in objects.values()],
        "mine": group.mine,
        "private": raised(lambda: setattr(group, "_private", 3)),
        "unrecorded": raised(lambda: monitor.v),
        "state": raised(lambda: group.state("what")),
        "get_states": raised(lambda: group.get_states(["what"])),
        "monitor of unknown": raised(lambda: b.StateMonitor(group, "what", record=True)),
        "spike monitor of unknown": raised(lambda: b.SpikeMonitor(group, "what")),
        "input to unknown": raised(lambda: b.PoissonInput(group, "what", 1, 1 * b.Hz, 1)),
    }


@probe(
    "25 index out of range, non-contiguous subgroup, index of unrecorded neuron, synapse indices",
)
def index_errors(b: Any) -> dict[str, Any]:
    group = _group(b, threshold="x > 1", reset="")
    shared = _group(b, "s : 1 (shared)")
    synapses = b.Synapses(group, group, "w : 1")
    synapses.connect(i=[0, 1], j=[1, 2])
    monitor = b.StateMonitor(group, "x", record=[0, 2])
    other = b.Synapses(group, group)
    return {
        "read": raised(lambda: group.x[3]),
        "read negative": raised(lambda: group.x[-4]),
        "read array": raised(lambda: group.x[[0, 5]]),
        "write": raised(lambda: group.x.__setitem__(7, 1)),
        "two indices": raised(lambda: group.x[0, 1]),
        "shared": raised(lambda: shared.s[0]),
        "subgroup": raised(lambda: group[5]),
        "empty subgroup": raised(lambda: group[2:2]),
        "unrecorded": raised(lambda: monitor[1]),
        "unrecorded far": raised(lambda: monitor[10]),
        "record": raised(lambda: b.StateMonitor(group, "x", record=[5])),
        "synapse": raised(lambda: synapses.w[2]),
        "pair of nothing": synapses.w[2, 2].shape,
        "four": raised(lambda: synapses.w[0, 0, 0, 0]),
        "third without index": raised(lambda: synapses.w[0, 1, 0]),
        "connect": raised(lambda: other.connect(i=5, j=0)),
        "connect negative": raised(lambda: other.connect(i=-1, j=0)),
        "connect generator": raised(lambda: other.connect(j="i + 1")),
        "generators": raised(lambda: b.SpikeGeneratorGroup(1, [1], [0] * b.ms)),
        "negative generator": raised(lambda: b.SpikeGeneratorGroup(1, [-1], [0] * b.ms)),
    }


@probe("25 mixed old/new objects in magic run, adding to the magic network")
def magic_errors(b: Any) -> dict[str, Any]:
    group = _group(b)
    return {
        "type": [k.__name__ for k in (b.MagicError,)],
        "exception": issubclass(b.MagicError, Exception),
        "add": raised(lambda: b.magic_network.add(group)),
        "remove": raised(lambda: b.magic_network.remove(group)),
    }


@probe("25 not possible in standalone, unknown export format, two summed variables on one target")
def not_implemented(b: Any) -> dict[str, Any]:
    group = _group(b, "s : 1\nx : 1", threshold="x > 1", reset="", name="group")
    one = b.Synapses(group, group, "w : 1\ns_post = w : 1 (summed)", name="one")
    two = b.Synapses(group, group, "w : 1\ns_post = w : 1 (summed)", name="two")
    one.connect()
    two.connect()
    part = b.Synapses(group, group[:2], "w : 1\ns_post = w : 1 (summed)", name="part")
    part.connect()
    return {
        "export": raised(lambda: group.get_states(format="what")),
        "import": raised(lambda: group.set_states({}, format="what")),
        "summed": raised(lambda: _run(b, group, one, two)),
        "summed on a part": raised(lambda: _run(b, group, one, part)),
    }
