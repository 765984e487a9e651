"""Section 10: setting state variables."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe, raised

MODEL = """
v : volt
x : 1
n : integer
on : boolean
c : 1 (constant)
total : amp (shared)
s = 2*v : volt
"""


@probe("10 writing")
def values(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(4, MODEL)

    def after(name: str, value: Any) -> Any:
        setattr(group, name, value)
        found = getattr(group, name)[:]
        return found.copy() if hasattr(found, "copy") else found

    return {
        "scalar": after("v", 3 * b.mV),
        "array": after("v", [1, 2, 3, 4] * b.mV),
        "list of quantities": after("v", [1 * b.mV, 2 * b.volt, 3 * b.mV, 4 * b.mV]),
        "text": after("v", "i*mV + 1*uvolt"),
        "number": after("x", 3),
        "numpy": after("x", np.arange(4)),
        "tuple": after("x", (4, 3, 2, 1)),
        "range": after("x", range(4)),
        "one in a list": after("x", [7]),
        "view": after("x", group.n),
        "i": after("x", group.i),
        "integers": after("n", [2.7, -2.7, 1, 0]),
        "text integers": after("n", "i*0.8"),
        "booleans": after("on", [True, False, 1, 0]),
        "text boolean": after("on", "i > 1"),
        "boolean number": after("x", True),
        "constant": after("c", 2),
        "shared": after("total", 3 * b.nA),
        "shared text": after("total", "2*N*nA"),
        "shared list": after("total", [4] * b.nA),
        "zero": after("v", 0),
        "without unit": after("v_", 3),
        "without unit array": after("v_", [1, 2, 3, 4]),
        "without unit text": after("v_", "i*1.0"),
        "slice": after("v", group.v[::-1]),
        "text zero": after("x", "0"),
    }


@probe("10 writing")
def items(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(5, MODEL, namespace={"limit": 2.5, "new": 30.0})
    group.x = np.arange(5)
    group.on = "i % 2 == 0"
    group.n = [0, 0, 3, 3, 1]

    def put(index: Any, value: Any) -> Any:
        group.x = np.arange(5)
        group.x[index] = value
        return group.x[:].copy()

    part = group[1:3]
    return {
        "one": put(2, 10),
        "negative": put(-1, 10),
        "slice": put(slice(1, 3), 10),
        "slice array": put(slice(1, 3), [10, 20]),
        "list": put([4, 0], [10, 20]),
        "repeated": put([0, 0], [10, 20]),
        "mask": put(np.array([True, False, True, False, True]), [10, 20, 30]),
        "comparison": put(group.x > 2.5, 10),
        "text": put("x > limit", 10),
        "text text": put("x > limit", "new + i"),
        "list text": put([1, 3], "x*10"),
        "slice text": put(slice(None, 2), "x + N"),
        "one text": put(2, "i*7"),
        "subgroup": put(part, 10),
        "view index": put(group.n, 10),
        "boolean text": put("on", 10),
        "not": put("not on", "new"),
        "all": put(slice(None), "new"),
        "one in list": put("x > limit", [10]),
        "reversed": put(slice(0, 5), np.arange(5)[::-1]),
    }


@probe("10 writing")
def items_and_the_frame(b: Any) -> dict[str, Any]:
    """Names of strings are those of the frame of the assignment."""
    group = b.NeuronGroup(5, MODEL)
    limit, new = 2.5, 30.0
    group.x = "i*2"
    group.x["x > limit"] = "new + x"
    found = [group.x[:].copy()]
    limit, new = 33, -1.0
    group.x["x > limit and i > 1"] = new
    found.append(group.x["x < limit"])
    del limit
    return {"x": found, "missing": raised(lambda: group.x["x > limit"])}


@probe("10 writing")
def in_place(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(4, MODEL)
    group.v = np.arange(4) * b.mV
    group.v += 1 * b.mV
    first = group.v[:].copy()
    group.v *= 2
    group.v[1:3] += 1 * b.mV
    group.v[0] -= 1 * b.mV
    group.v["i == 3"] += 5 * b.mV
    group.v /= 2
    group.x = 3
    group.x **= 2
    group.x //= 2
    group.x %= 3
    group.n += 2
    group.total += 1 * b.nA
    group.total *= 3
    group.v_ += 1
    return {
        "first": first,
        "v": group.v[:],
        "x": group.x[:],
        "n": group.n[:],
        "total": group.total[:],
        "units": raised(lambda: group.v.__iadd__(1)),
        "scale": raised(lambda: group.v.__imul__(1 * b.mV)),
    }


@probe("10 writing")
def strings(b: Any) -> dict[str, Any]:
    """Everything that an expression may use, with the names of the calling frame."""
    base, scale = -70 * b.mV, 0.5
    group = b.NeuronGroup(4, MODEL, namespace={"own": 5 * b.mV})
    group.x = "i/N"
    group.v = "base + own*scale*i + 0*v"
    first = group.v[:].copy()
    group.v = "v + 1*mV"
    group.n = "i % 2"
    group.x = "exp(-i/2.0) + clip(i, 1, 2) + int(i > 1) + sqrt(N)"
    group.on = "n == 1 or i == 0"
    group.total = "1*nA*N"
    second = group.x[:].copy()
    group.x = "dt/ms"
    array = b.TimedArray([1, 2, 3], dt=1 * b.ms)
    third = group.x[:].copy()
    group.x = "array(i*ms)"
    assert base is not None
    assert scale
    return {
        "v": [first, group.v[:]],
        "n": group.n[:],
        "x": [second, third, group.x[:]],
        "on": group.on[:],
        "total": group.total[:],
    }


@probe("10 writing")
def random_strings(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(200, MODEL)
    group.x = "rand()"
    inside = bool(np.all((group.x[:] >= 0) & (group.x[:] < 1)))
    different = len(np.unique(group.x[:]))
    group.x = "2 + randn()*0"
    group.n = "int(rand()*3)"
    return {
        "inside": inside,
        "different": different,
        "x": bool(np.all(group.x[:] == 2)),
        "n": sorted({int(value) for value in group.n[:]}),
    }


@probe("10 writing")
def wrong_values(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(4, MODEL)

    def put(name: str, value: Any) -> dict[str, Any]:
        return raised(lambda: setattr(group, name, value))

    def put_item(name: str, index: Any, value: Any) -> dict[str, Any]:
        return raised(lambda: getattr(group, name).__setitem__(index, value))

    return {
        "too short": put("x", [1, 2]),
        "too long": put("x", np.arange(5)),
        "two dimensions": put("x", np.ones((2, 2))),
        "item length": put_item("x", [0, 1], [1, 2, 3]),
        "text array": put_item("x", "i > 1", [1, 2]),
        "out of range": put_item("x", 4, 1),
        "text unknown": put("x", "nobody"),
        "text syntax": put("x", "1 +"),
        "text statement": put("x", "x = 3"),
        "text condition": put("x", "i > 2"),
        "index unknown": put_item("x", "nobody > 1", 1),
        "shared from each": put("total", "i*nA"),
        "shared item": put_item("total", 0, 1 * b.nA),
        "None": put("x", None),
        "object": put("x", object()),
        "dictionary": put("x", {}),
    }


@probe("10 unit check")
def units(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(3, MODEL)

    def put(name: str, value: Any) -> dict[str, Any]:
        return raised(lambda: setattr(group, name, value))

    def put_item(index: Any, value: Any) -> dict[str, Any]:
        return raised(lambda: group.v.__setitem__(index, value))

    return {
        "number": put("v", 3),
        "wrong unit": put("v", 3 * b.nA),
        "right unit": put("v", 3 * b.mV),
        "zero": put("v", 0),
        "zero float": put("v", 0.0),
        "zeros": put("v", np.zeros(3)),
        "zero list": put("v", [0, 0, 0]),
        "text zero": put("v", "0"),
        "text": put("v", "i"),
        "text right": put("v", "i*volt"),
        "unit for number": put("x", 3 * b.mV),
        "text unit for number": put("x", "3*mV"),
        "cancelled": put("x", 3 * b.mV / b.volt),
        "without check": put("v_", 3),
        "without check unit": put("v_", 3 * b.nA),
        "item": put_item(0, 1),
        "item right": put_item(0, 1 * b.mV),
        "item zero": put_item(0, 0),
        "item text": put_item(0, "1"),
        "item by text": put_item("i > 0", 1),
        "item by text text": put_item("i > 0", "1*amp"),
        "shared": put("total", 1),
        "shared text": put("total", "1*mV"),
        "integer": put("n", 1 * b.mV),
        "boolean": put("on", 1 * b.mV),
        "inf": put("v", float("inf")),
        "text inf": put("v", "inf*volt"),
        "NaN": put("v", float("nan")),
    }


@probe("10 unknown name")
def unknown(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(3, MODEL)
    group.add_attribute("note")
    group.note = [1, 2]
    poisson = b.PoissonGroup(2, 1 * b.Hz)
    monitor = b.StateMonitor(group, "v", record=True)
    return {
        "get": raised(lambda: group.w),
        "get_": raised(lambda: group.w_),
        "set": raised(lambda: setattr(group, "w", 1)),
        "set_": raised(lambda: setattr(group, "w_", 1)),
        "typo": raised(lambda: setattr(group, "totale", 1)),
        "note": group.note,
        "has": [hasattr(group, name) for name in ("v", "v_", "w", "note")],
        "default": getattr(group, "w", "default"),
        "subgroup": raised(lambda: setattr(group[0:2], "w", 1)),
        "poisson": raised(lambda: setattr(poisson, "w", 1)),
        "monitor": raised(lambda: setattr(monitor, "w", 1)),
        "monitor get": raised(lambda: monitor.w),
    }


@probe("10 read-only")
def read_only(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        3, MODEL + "fixed = 3 : 1 (constant over dt)\n", threshold="x > 1", reset=""
    )
    spikes = b.SpikeMonitor(group)
    states = b.StateMonitor(group, "v", record=True)
    poisson = b.PoissonGroup(2, 1 * b.Hz)
    b.run(0.2 * b.ms)

    def put(obj: Any, name: str, value: Any) -> dict[str, Any]:
        return raised(lambda: setattr(obj, name, value))

    def put_item(view: Any, index: Any, value: Any) -> dict[str, Any]:
        return raised(lambda: view.__setitem__(index, value))

    return {
        "i": put(group, "i", 1),
        "i item": put_item(group.i, 0, 1),
        "N": put(group, "N", 1),
        "t": put(group, "t", 1 * b.ms),
        "dt": put(group, "dt", 1 * b.ms),
        "steps": put(group, "t_in_timesteps", 3),
        "s": put(group, "s", 1 * b.mV),
        "s item": put_item(group.s, 0, 1 * b.mV),
        "s text": put(group, "s", "1*mV"),
        "monitor t": put(spikes, "t", 1 * b.ms),
        "monitor i": put(spikes, "i", 1),
        "monitor count": put(spikes, "count", 1),
        "monitor v": put(states, "v", 1 * b.mV),
        "monitor N": put(spikes, "N", 1),
        "poisson i": put(poisson, "i", 1),
        "subgroup i": put(group[1:], "i", 1),
    }


@probe("10 writing")
def set_by_network_operations(b: Any) -> dict[str, Any]:
    """Whatever a network operation sets counts from that moment on, whatever it is."""
    group = b.NeuronGroup(
        2,
        """dv/dt = (drive - v)/tau : 1
        dw/dt = -w/own : 1
        drive : 1
        tau : second (shared)
        own : second (constant)
        limit : 1 (shared, constant)
        on : boolean
        n : integer""",
        threshold="v > limit and on",
        reset="v = 0; n += 1",
        method="exact",
    )
    group.drive, group.tau, group.own, group.limit, group.on = 1, 2 * b.ms, 5 * b.ms, 0.5, True
    group.w = 1

    @b.network_operation(dt=1 * b.ms)
    def change(t: Any) -> None:
        step = round(float(np.asarray(t)) * 1e3)
        if step == 1:
            group.tau = 1 * b.ms
        if step == 2:
            group.drive = [2, 3]
        if step == 3:
            group.on[0] = False
            group.own = [1, 20] * b.ms
        if step == 4:
            group.limit = 1.5
            group.n[:] = 100
        if step == 5:
            group.v = "0.1*i"

    states = b.StateMonitor(group, ["v", "w"], record=True, dt=0.5 * b.ms)
    spikes = b.SpikeMonitor(group)
    b.run(7 * b.ms)
    return {"v": states.v[:], "w": states.w[:], "n": group.n[:], "t": spikes.t[:], "i": spikes.i[:]}


@probe("10 writing")
def shared_constants_set_while_running(b: Any) -> dict[str, Any]:
    """Also what is (constant, shared), of which exact steps are made."""

    def run(method: str, flags: str) -> Any:
        model = f"dv/dt = (goal - v)/tau : 1\ntau : second {flags}\ngoal : 1 {flags}"
        group = b.NeuronGroup(2, model, method=method)
        group.tau, group.goal = 2 * b.ms, 1

        @b.network_operation(dt=1 * b.ms)
        def change() -> None:
            group.tau = group.tau[:] * 0.5
            group.goal = group.goal[:] + 1

        states = b.StateMonitor(group, "v", record=0, dt=0.5 * b.ms)
        b.Network(group, change, states).run(4 * b.ms)
        return states.v[0]

    methods = ("exact", "exponential_euler", "euler", "rk4")
    return {
        f"{method} {flags}": run(method, flags)
        for method in methods
        for flags in ("(shared)", "(constant, shared)")
    }
