"""Section 17: the magic network, what the plain run() sees."""

from __future__ import annotations

import gc
from typing import Any

from probing import logged, probe, raised


def _counter(b: Any, name: str) -> Any:
    """Return a group whose x counts its steps."""
    group = b.NeuronGroup(1, "x : 1", name=name)
    group.run_regularly("x += 1")
    return group


@probe("17 magic run(...)", "17 collect(level=0), start_scope(), magic_network")
def what_is_visible(b: Any) -> dict[str, Any]:
    seen = _counter(b, "seen")
    hidden = [_counter(b, "in_list")]
    table = {"x": _counter(b, "in_dict")}

    class Holder:
        group = _counter(b, "in_attribute")

    holder = Holder()
    b.run(0.3 * b.ms)
    return {
        "seen": seen.x[:],
        "hidden": [hidden[0].x[:], table["x"].x[:], holder.group.x[:]],
        "collected": sorted(obj.name for obj in b.collect()),
        "type": isinstance(b.collect(), set),
        "t": b.magic_network.t,
    }


def _inner(b: Any) -> Any:
    inner = _counter(b, "inner")
    b.run(0.2 * b.ms)
    return inner


def _collect_above(b: Any, level: int) -> list[str]:
    mine = b.NeuronGroup(1, "x : 1", name="mine")
    found = sorted(obj.name for obj in b.collect(level))
    del mine
    return found


def _run_above(b: Any) -> None:
    mine = _counter(b, "mine_too")
    b.run(0.2 * b.ms, level=1)
    assert float(mine.x[0]) == 0


@probe("17 magic run(...)", "17 collect(level=0), start_scope(), magic_network")
def functions_and_levels(b: Any) -> dict[str, Any]:
    outer = _counter(b, "outer")
    inner = _inner(b)
    found = {"outer": outer.x[:], "inner": inner.x[:]}
    del inner
    gc.collect()
    found["here"] = _collect_above(b, 0)
    found["above"] = _collect_above(b, 1)
    _run_above(b)
    return found | {"after": outer.x[:], "t": b.magic_network.t}


@probe("17 magic run(...)")
def going_on_and_starting_anew(b: Any) -> dict[str, Any]:
    first = _counter(b, "first")
    b.run(0.2 * b.ms)
    b.run(0.2 * b.ms)
    times = [b.magic_network.t_]
    trace = b.StateMonitor(first, "x", record=0, name="trace")
    b.run(0.2 * b.ms)
    times.append(b.magic_network.t_)
    recorded = trace.t[:]
    del trace
    gc.collect()
    b.run(0.2 * b.ms)
    times.append(b.magic_network.t_)
    del first
    gc.collect()
    second = _counter(b, "second")
    b.run(0.1 * b.ms)
    times.append(b.magic_network.t_)
    return {"times": times, "recorded": recorded, "x": second.x[:], "t": second.t}


@probe("17 magic run(...)", "25 mixed old/new objects in magic run, adding to the magic network")
def mixtures(b: Any) -> dict[str, Any]:
    first = _counter(b, "first")
    b.run(0.2 * b.ms)
    second = _counter(b, "second")
    mixture = raised(lambda: (first, second) and b.run(0.1 * b.ms))
    x = [float(first.x[0]), float(second.x[0])]
    b.start_scope()
    third = _counter(b, "third")
    b.run(0.1 * b.ms)
    return {
        "mixture": mixture,
        "x": x,
        "after start_scope": [float(first.x[0]), float(second.x[0]), float(third.x[0])],
        "t": b.magic_network.t,
        "add": raised(lambda: b.magic_network.add(first)),
        "add nothing": raised(lambda: b.magic_network.add()),
        "remove": raised(lambda: b.magic_network.remove(third)),
    }


@probe("17 magic run(...)")
def parts_that_leave(b: Any) -> dict[str, Any]:
    """Fewer objects than before are no mixture."""
    first, second = _counter(b, "first"), _counter(b, "second")
    b.run(0.2 * b.ms)
    copy = second
    holder = [copy]
    del second, copy
    b.run(0.2 * b.ms)
    return {"x": [float(first.x[0]), float(holder[0].x[0])], "t": b.magic_network.t}


@probe("17 magic run(...)")
def coming_back(b: Any) -> dict[str, Any]:
    first, second = _counter(b, "first"), _counter(b, "second")
    b.run(0.2 * b.ms)
    holder = [second]
    del second
    b.run(0.2 * b.ms)
    second = holder[0]
    again = raised(lambda: (first, second) and b.run(0.2 * b.ms))
    return {"again": again, "x": [float(first.x[0]), float(second.x[0])]}


@probe("17 magic run(...)")
def nothing_there(b: Any) -> dict[str, Any]:
    with logged(b) as warnings:
        error = raised(lambda: b.run(0.1 * b.ms))
    return {
        "error": error,
        "warnings": warnings,
        "negative": raised(lambda: b.run(-1 * b.ms)),
        "no time": raised(lambda: b.run(1)),
    }


@probe("17 magic run(...)", "24 message names scripts suppress")
def invisible_dependencies(b: Any) -> dict[str, Any]:
    def build() -> Any:
        group = b.NeuronGroup(1, "x : 1", threshold="False", name="group")
        group.run_regularly("x += 1")
        synapses = b.Synapses(group, group, "w : 1", on_pre="w += 1", name="syn")
        synapses.connect()
        return [group], synapses

    groups, synapses = build()
    other = _counter(b, "other")
    with logged(b) as warnings:
        b.run(0.2 * b.ms)
    return {
        "warnings": warnings,
        "x": [float(groups[0].x[0]), float(other.x[0])],
        "active": synapses.active,
    }


@probe("17 magic run(...)")
def explicit_dependencies(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "x : 1", threshold="False", name="group")
    makers = {
        "StateMonitor": lambda: b.StateMonitor(group, "x", record=0),
        "SpikeMonitor": lambda: b.SpikeMonitor(group),
        "PopulationRateMonitor": lambda: b.PopulationRateMonitor(group),
        "PoissonInput": lambda: b.PoissonInput(group, "x", 1, 1 * b.Hz, 1),
        "Synapses": lambda: b.Synapses(group, group, "w:1"),
        "Subgroup monitor": lambda: b.SpikeMonitor(group[:1]),
    }
    found = {}
    for name, make in makers.items():
        lone = make()
        found[name] = raised(lambda lone=lone: b.Network(lone).run(0.1 * b.ms))
    return found


@probe("17 magic run(...)")
def dependency_that_becomes_visible(b: Any) -> dict[str, Any]:
    holder = [_counter(b, "group")]
    trace = b.StateMonitor(holder[0], "x", record=0, name="trace")
    with logged(b) as warnings:
        b.run(0.2 * b.ms)
    group = holder[0]
    with logged(b) as later:
        error = raised(lambda: (group, trace) and b.run(0.2 * b.ms))
    return {"warnings": warnings, "later": later, "error": error, "t": trace.t[:]}


@probe("17 collect(level=0), start_scope(), magic_network")
def scopes(b: Any) -> dict[str, Any]:
    old = _counter(b, "old")
    b.start_scope()
    new = _counter(b, "new")
    operation = b.NetworkOperation(lambda: None, name="op")
    part = new[:1]
    b.run(0.2 * b.ms)
    return {
        "x": [float(old.x[0]), float(new.x[0])],
        "collected": sorted(obj.name for obj in b.collect()),
        "kind": type(b.magic_network).__name__,
        "instance": isinstance(b.magic_network, b.Network),
        "operation": operation.name,
        "part": len(part),
        "still in its own network": raised(lambda: b.Network(old).run(0.1 * b.ms)),
    }


@probe("17 collect(level=0), start_scope(), magic_network")
def names_of_the_magic_network(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    b.run(0.1 * b.ms)
    return {
        "in": [hasattr(group, "x"), "other" in b.magic_network],
        "name": b.magic_network.name,
        "second": raised(lambda: b.MagicNetwork()),
        "run": raised(lambda: b.magic_network.run(0.1 * b.ms)),
    }


@probe("17 magic run(...)")
def loops_of_simulations(b: Any) -> dict[str, Any]:
    """The daily idiom: the same names bound anew in a loop."""
    results = []
    for k in range(3):
        group = b.NeuronGroup(1, "dx/dt = k/ms : 1", name="group", method="euler")
        trace = b.StateMonitor(group, "x", record=0, name="trace")
        b.run(0.3 * b.ms)
        results.append([float(group.x[0]), *map(float, trace.t / b.ms)])
    return {"results": results, "k": k}


@probe("17 magic run(...)")
def two_magic_runs_with_one_object(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    net = b.Network(group)
    net.run(0.1 * b.ms)
    return {"error": raised(lambda: group and b.run(0.1 * b.ms)), "x": group.x[:]}
