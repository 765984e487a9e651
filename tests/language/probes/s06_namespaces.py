"""Section 6: where names that a group does not define come from."""

from __future__ import annotations

import itertools
import time
from typing import Any

import numpy as np
from probing import logged, probe, raised

k = 2.0  # a global name of this module
_number = itertools.count()


def unique(name: str) -> str:
    """Return a name that no object had before: a warning that names an object comes once."""
    return f"{name}_{next(_number)}_{time.monotonic_ns()}"


def ran(b: Any, group: Any, **kwds: Any) -> Any:
    """Return what happens when a group runs for one step."""
    return raised(lambda: b.Network(group).run(0.1 * b.ms, **kwds))


@probe("6 resolution order for an external name")
def order(b: Any) -> dict[str, Any]:
    text = "dv/dt = (k + a)/ms : 1\na : 1"
    globally = b.NeuronGroup(1, text, method="euler", name="globally")
    b.Network(globally).run(0.1 * b.ms)
    by_global = globally.v[:].copy()
    k = 3
    locally = b.NeuronGroup(1, text, method="euler", name="locally")
    b.Network(locally).run(0.1 * b.ms)
    grouped = b.NeuronGroup(1, text, method="euler", name="grouped", namespace={"k": 5})
    b.Network(grouped).run(0.1 * b.ms)
    given = b.NeuronGroup(1, text, method="euler", name="given")
    b.Network(given).run(0.1 * b.ms, namespace={"k": 7})
    both = b.NeuronGroup(1, text, method="euler", name="both", namespace={"k": 5})
    b.Network(both).run(0.1 * b.ms, namespace={"k": 7})
    a = 100
    internal = b.NeuronGroup(1, text, method="euler", name="internal")
    b.Network(internal).run(0.1 * b.ms)
    return {
        "global": by_global,
        "local": locally.v[:],
        "group": grouped.v[:],
        "given": given.v[:],
        "group and given": both.v[:],
        "internal": internal.v[:],
    }


@probe("6 resolution order for an external name")
def defaults_win(b: Any) -> dict[str, Any]:
    def value(text: str, **namespace: Any) -> Any:
        group = b.NeuronGroup(1, "x : 1", namespace=namespace)
        group.run_regularly(f"x = {text}")
        b.Network(group).run(0.1 * b.ms)
        return group.x[:]

    mV, pi, exp = 5, 3, 4
    return {
        "unit": value("1*mV/volt"),
        "unit of group": value("1*mV/volt", mV=7.0),
        "constant": value("pi"),
        "constant of group": value("pi", pi=7.0),
        "function": value("exp(1)"),
        "function of group": value("exp(1)", exp=lambda x: x),
        "i": value("i + 1", i=7.0),
        "other unit": raised(lambda: value("2*parsec/parsec", parsec=3.0 * b.metre)),
    }


@probe("6 resolution order for an external name")
def names_of_synapses(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(2, "x : 1\ny : 1", threshold="x > 0", reset="x = 0")
    target = b.NeuronGroup(2, "x : 1\nz : 1", name="targets")
    source.x, source.y, target.x = 1, [3, 4], 10
    x_pre, factor, z = 100, 2, 50
    synapses = b.Synapses(source, target, "w : 1", on_pre="w += factor*y_pre + x_post; z += 1")
    synapses.connect(condition="i == j")
    b.run(0.1 * b.ms)
    return {"w": synapses.w[:], "z": target.z[:]}


@probe("6 explicit run(namespace={...})")
def explicit(b: Any) -> dict[str, Any]:
    tau = 5 * b.ms
    group = b.NeuronGroup(1, "dv/dt = (1 - v)/tau : 1", method="euler")
    net = b.Network(group)
    empty = raised(lambda: net.run(0.1 * b.ms, namespace={}))
    other = raised(lambda: net.run(0.1 * b.ms, namespace={"taux": 1 * b.ms}))
    net.run(0.1 * b.ms, namespace={"tau": 1 * b.ms, "unused": object()})
    first = group.v[:].copy()
    net.run(0.1 * b.ms)
    second = group.v[:].copy()
    net.run(0.1 * b.ms, namespace={"tau": 2 * b.ms})
    return {"empty": empty, "other": other, "first": first, "second": second, "third": group.v[:]}


@probe("6 explicit run(namespace={...})")
def explicit_magic(b: Any) -> dict[str, Any]:
    tau = 5 * b.ms
    group = b.NeuronGroup(1, "dv/dt = (1 - v)/tau : 1", method="euler")
    b.run(0.1 * b.ms, namespace={"tau": 1 * b.ms})
    first = group.v[:].copy()
    empty = raised(lambda: b.run(0.1 * b.ms, namespace={}) if group else None)
    b.run(0.1 * b.ms)
    return {"first": first, "empty": empty, "second": group.v[:]}


@probe("6 when looked up")
def at_the_run(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        2, "dv/dt = a/ms : 1\nw = v*a : 1", threshold="v > limit", reset="v = a/10", method="euler"
    )
    a, limit = 1, 10
    b.run(1 * b.ms)
    first = group.v[:].copy()
    a = 2
    b.run(1 * b.ms)
    second = group.v[:].copy()
    seen = group.w[:].copy()
    limit = 0.5
    b.run(0.2 * b.ms)
    a = 5
    return {"first": first, "second": second, "w": seen, "third": group.v[:], "later": group.w[:]}


@probe("6 when looked up")
def at_the_statement(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(5, "x : 1\nv : volt")
    scale = 2
    group.x = "scale*i"
    scale = 3
    group.x["i > scale"] = "scale*100"
    E = -70 * b.mV
    group.v["x > 3*scale"] = "E + i*mV"
    found = group.v["x > scale"]
    p, limit = 1, 2
    synapses = b.Synapses(group, group, "w : 1")
    synapses.connect(condition="abs(i - j) < limit", p="p*0.5 + 0.5")
    weight = 7
    synapses.w = "weight*(i + 1)"
    weight = 9
    synapses.w["i == scale"] = "weight"
    return {
        "x": group.x[:],
        "v": group.v[:],
        "found": found,
        "i": synapses.i[:],
        "w": synapses.w[:],
        "unknown": raised(lambda: setattr(group, "x", "nothing*2")),
        "unknown index": raised(lambda: group.x["i > nothing"]),
        "unknown in connect": raised(lambda: b.Synapses(group, group).connect("i > nothing")),
        "unknown p": raised(lambda: b.Synapses(group, group).connect(p="nothing")),
    }


@probe("6 when looked up")
def fixed_during_the_run(b: Any) -> dict[str, Any]:
    values = {"a": 1.0}
    group = b.NeuronGroup(1, "dv/dt = a/ms : 1", method="euler")

    @b.network_operation(dt=0.2 * b.ms)
    def change() -> None:
        values["a"] = 5.0

    net = b.Network(group, change)
    net.run(1 * b.ms, namespace=values)
    first = group.v[:].copy()
    net.run(1 * b.ms, namespace=values)
    return {"first": first, "second": group.v[:]}


@probe("6 what is accepted")
def accepted(b: Any) -> dict[str, Any]:
    def value(text: str, given: Any) -> Any:
        group = b.NeuronGroup(2, "x : 1")
        group.run_regularly(f"x = {text}")
        error = raised(lambda: b.Network(group).run(0.1 * b.ms, namespace={"a": given}))
        return group.x[:] if not error["raised"] else error["raised"][-1][-4:]

    return {
        "int": value("a", 3),
        "float": value("a", 2.5),
        "numpy float": value("a", np.float64(2.5)),
        "numpy int": value("a", np.int32(2)),
        "numpy float32": value("a", np.float32(2.5)),
        "bool": value("int(a)", True),
        "quantity": value("a/mV", 3 * b.mV),
        "unit": value("3*a/mV", b.volt),
        "0-d": value("a", np.array(3.5)),
        "0-d quantity": value("a/mV", b.Quantity(np.array(0.25), dim=b.volt.dim)),
        "array": value("a", np.array([1, 2])),
        "array of one": value("a", np.array([1.5])),
        "quantities": value("a/mV", [1, 2] * b.mV),
        "list": value("a", [1, 2]),
        "text": value("a", "3"),
        "none": value("a", None),
        "object": value("a", object()),
        "timed array": value("a(t)", b.TimedArray([3, 4], dt=1 * b.ms)),
        "inf": value("1/a", np.inf),
        "large": value("a/1e10", 10**12),
        "negative": value("a**2", -3),
        "infinite": value("int(x < a)", float("inf")),
    }


@probe("6 what is accepted")
def others_are_ignored(b: Any) -> dict[str, Any]:
    v, w = "text", [1, 2]
    group = b.NeuronGroup(2, "dv/dt = (w + c)/ms : 1\nw : 1", method="euler")
    c = 3
    with logged(b) as names:
        b.run(0.1 * b.ms)
    return {"v": group.v[:], "warnings": names}


def one_level(b: Any, group: Any, **kwds: Any) -> None:
    tau = 1 * b.ms
    b.Network(group).run(0.1 * b.ms, **kwds)


def two_levels(b: Any, group: Any, **kwds: Any) -> None:
    tau = 2 * b.ms
    one_level(b, group, **kwds)


@probe("6 level=")
def levels(b: Any) -> dict[str, Any]:
    tau = 4 * b.ms

    def run(function: Any, **kwds: Any) -> Any:
        group = b.NeuronGroup(1, "dv/dt = 1/tau : 1", method="euler")
        function(b, group, **kwds)
        return group.v[:]

    found = {
        "own": run(one_level),
        "own of two": run(two_levels),
        "one up of two": run(two_levels, level=1),
    }
    group = b.NeuronGroup(1, "dv/dt = 1/tau : 1", method="euler")
    two_levels(b, group, level=2)
    return {**found, "two up": group.v[:]}


@probe("6 level=")
def levels_of_others(b: Any) -> dict[str, Any]:
    factor = 3

    def connect(synapses: Any, level: int) -> None:
        limit = 1
        synapses.connect(condition="i < limit", level=level)

    def magic(level: int) -> None:
        factor = 5
        b.run(0.1 * b.ms, level=level)

    group = b.NeuronGroup(3, "y = factor*x : 1\nx : 1\ndv/dt = factor/ms : 1", method="euler")
    group.x = 1
    limit = 2
    one, two = b.Synapses(group, group), b.Synapses(group, group)
    connect(one, 0)
    connect(two, 1)
    magic(1)
    local = b.get_local_namespace(level=0)
    return {
        "connect": [len(one), len(two)],
        "v": group.v[:],
        "local": [local["factor"] == factor, "group" in local, "levels" in local],
    }


@probe("6 warnings")
def conflicts(b: Any) -> dict[str, Any]:
    def warnings(group: Any, **kwds: Any) -> list[str]:
        with logged(b) as names:
            b.Network(group).run(0.1 * b.ms, **kwds)
        return names

    inside = b.NeuronGroup(1, "dv/dt = a/ms : 1\na : 1", method="euler", name=unique("inside"))
    text = "dv/dt = 1*mV/volt/ms : 1"
    unit = b.NeuronGroup(1, text, method="euler", name=unique("unit"))
    same_unit = b.NeuronGroup(1, text, method="euler", name=unique("same_unit"))
    both = b.NeuronGroup(
        1, "dv/dt = q/ms : 1", method="euler", name=unique("both"), namespace={"q": 1}
    )
    same = b.NeuronGroup(
        1, "dv/dt = q/ms : 1", method="euler", name=unique("same"), namespace={"q": 2}
    )
    function = b.NeuronGroup(1, "dv/dt = sin(v)/ms : 1", method="euler", name=unique("function"))
    constant = b.NeuronGroup(1, "dv/dt = pi/ms : 1", method="euler", name=unique("constant"))
    other = b.NeuronGroup(1, "dv/dt = pi/ms : 1", method="euler", name=unique("other"))
    found = {
        "internal and external": warnings(inside, namespace={"a": 3}),
        "unit": warnings(unit, namespace={"mV": 3.0}),
        "same unit": warnings(same_unit, namespace={"mV": b.mV}),
        "group and run": warnings(both, namespace={"q": 2}),
        "the same value": warnings(same, namespace={"q": 2}),
        "function": warnings(function, namespace={"sin": np.sin}),
        "constant": warnings(constant, namespace={"pi": np.pi}),
        "other constant": warnings(other, namespace={"pi": 3}),
    }
    return {**found, "values": [both.v[:], inside.v[:]]}


@probe("6 warnings")
def hidden_by_variables(b: Any) -> dict[str, Any]:
    def warnings(namespace: dict[str, Any], **code: str) -> list[str]:
        source = b.NeuronGroup(
            2,
            "v : 1\na : 1",
            threshold=code.get("threshold", "v > 1"),
            reset=code.get("reset", "v = 0"),
            name=unique("hiding"),
        )
        if "regularly" in code:
            source.run_regularly(code["regularly"])
        net = b.Network(source)
        if "on_pre" in code:
            synapses = b.Synapses(
                source, source, "w : 1", on_pre=code["on_pre"], name=unique("connecting")
            )
            synapses.connect()
            net.add(synapses)
        with logged(b) as names:
            net.run(0.1 * b.ms, namespace=namespace)
        return names

    return {
        "threshold": warnings({"a": 1}, threshold="v > 1 + a"),
        "reset": warnings({"a": 1}, reset="v = a"),
        "target only": warnings({"a": 1}, reset="a = 3; v = 0"),
        "run_regularly": warnings({"a": 1}, regularly="v = a"),
        "on_pre": warnings({"w": 1}, on_pre="v_post += w"),
        "on_pre, of target": warnings({"a": 1}, on_pre="a += w"),
        "suffix": warnings({"v_post": 1}, on_pre="v_post += w"),
        "N": warnings({"N": 2}, reset="v = 1/N"),
        "other N": warnings({"N": 3}, reset="v = 1/N"),
        "t": warnings({"t": 3.0}, reset="v = t/ms"),
        "i": warnings({"i": 3}, reset="v = i"),
        "not used": warnings({"a": 1}),
        "text": warnings({"a": "1"}, reset="v = a"),
        "array": warnings({"a": np.array([1, 2])}, reset="v = a"),
        "other dt": warnings({"dt": 1 * b.ms}, reset="v = dt/ms"),
        "generated only": warnings({"t": 1.0, "i": 2, "dt": 1 * b.second, "N": 7}),
    }


@probe("6 group.namespace")
def namespace_of_group(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dv/dt = a/ms : 1", method="euler", namespace={"a": 1})
    net = b.Network(group)
    net.run(0.1 * b.ms)
    first = group.v[:].copy()
    group.namespace["a"] = 3
    group.namespace["c"] = 4.0
    net.run(0.1 * b.ms)
    empty = b.NeuronGroup(1, "dv/dt = 1/ms : 1", method="euler")
    shared = {"a": 10.0}
    other = b.NeuronGroup(1, "dv/dt = a/ms : 1", method="euler", namespace=shared)
    shared["a"] = 20.0
    b.Network(other).run(0.1 * b.ms)
    return {
        "first": first,
        "second": group.v[:],
        "keys": sorted(group.namespace),
        "get": group.namespace["a"],
        "empty": [dict(empty.namespace), isinstance(empty.namespace, dict)],
        "underscore": raised(lambda: b.NeuronGroup(1, "v : 1", namespace={"_a": 1})),
        "later underscore": raised(lambda: ran(b, other) or other.namespace.update(_a=1)),
        "not a dictionary": bool(
            raised(lambda: b.NeuronGroup(1, "v : 1", namespace=[1]))["raised"]
        ),
        "of synapses": b.Synapses(group, group, "w = a : 1", namespace={"a": 2}).namespace["a"],
        "of part": raised(lambda: group[0:1].namespace),
        "copied": other.v[:],
        "of poisson": b.PoissonGroup(1, rates="rate", namespace={"rate": 3 * b.Hz}).namespace[
            "rate"
        ],
    }
