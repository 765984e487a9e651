"""Section 12: linked variables."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe, raised

TAKES = "y : 1 (linked)\nz = 2*y : 1\nk : integer"


def source(b: Any, n: int = 4, **more: Any) -> Any:
    """Return a group with a variable that moves."""
    given = {"name": "a_source", "method": "euler"} | more
    group = b.NeuronGroup(n, "dx/dt = 1/ms : 1\nu : volt\nc : 1 (shared)\ns = x + 1 : 1", **given)
    group.x = "i*10"
    group.u = "i*mV"
    group.c = 7
    return group


@probe("12 x : unit")
def one_to_one(b: Any) -> dict[str, Any]:
    group = source(b)
    linked = b.NeuronGroup(4, TAKES + "\ndv/dt = y/ms : 1", method="euler", name="linked")
    linked.y = b.linked_var(group, "x")
    other = b.NeuronGroup(4, TAKES, name="other")
    other.y = b.linked_var(group.x)
    before = [linked.y[:], linked.y[2], linked.z[:], linked.y["i > 1"], linked.z["y > 15"]]
    group.x[1] = 99
    b.run(1 * b.ms)
    return {
        "before": before,
        "y": linked.y[:],
        "other": other.y[:],
        "v": linked.v[:],
        "z": linked.z[:],
        "repr": repr(other.y),
        "unit": b.NeuronGroup(1, "y : volt (linked)").equations["y"].unit == b.volt,
    }


@probe("12 x : unit")
def one_to_all(b: Any) -> dict[str, Any]:
    """A group of one, a shared variable, a subexpression, and variables of the clock."""
    single, group = source(b, 1, name="single"), source(b)
    single.x = 5

    def linked(variable: Any, unit: str = "1", n: int = 3) -> Any:
        one = b.NeuronGroup(n, f"y : {unit} (linked)\nz = 2*y : {unit}")
        one.y = variable
        return [one.y[:], one.z[:]]

    first = b.NeuronGroup(3, "y : 1 (linked)")
    first.y = b.linked_var(group, "c")
    second = b.NeuronGroup(3, "y : 1 (linked)")
    second.y = b.linked_var(single, "x", index=[0, 0, 0])
    return {
        "shared": [first.y[:], repr(first.y).rpartition(".")[2], raised(lambda: first.y[0])],
        "single": second.y[:],
        "each": linked(b.linked_var(group, "s"), n=4),
        "i": linked(b.linked_var(group, "i"), n=4),
        "unit": linked(b.linked_var(group, "u"), "volt", 4),
    }


@probe("12 x : unit")
def one_value_in_code(b: Any) -> dict[str, Any]:
    single, group = source(b, 1, name="single"), source(b)
    linked = b.NeuronGroup(
        3,
        "dv/dt = (y + z)/ms : 1\ny : 1 (linked)\nz : 1 (linked)\nw : 1",
        method="euler",
        name="z_linked",
    )
    linked.y, linked.z = b.linked_var(single, "x"), b.linked_var(group, "c")
    linked.run_regularly("w += y + z")
    states = b.StateMonitor(linked, ["y", "z"], record=True)
    b.run(0.5 * b.ms)
    return {"v": linked.v[:], "w": linked.w[:], "y": states.y[:], "z": states.z[:]}


@probe("12 x : unit")
def by_index(b: Any) -> dict[str, Any]:
    group = source(b)
    linked = b.NeuronGroup(6, TAKES, name="linked")
    linked.y = b.linked_var(group, "x", index=np.array([0, 0, 1, 1, 3, 2]))
    listed = b.NeuronGroup(2, TAKES, name="listed")
    listed.y = b.linked_var(group, "x", index=[3, 1])
    named = b.NeuronGroup(5, TAKES, name="named")
    named.k = [3, 2, 1, 0, 0]
    named.y = b.linked_var(group, "x", index="k")
    first = named.y[:]
    named.k[0] = 1
    return {
        "array": linked.y[:],
        "part": linked.y[2:5],
        "list": listed.y[:],
        "first": first,
        "later": named.y[:],
        "z": named.z[:],
        "same size": [linked.y["y > 5"], linked.z[[0, -1]]],
    }


@probe("12 x : unit")
def wrong_links(b: Any) -> dict[str, Any]:
    group = source(b)

    def link(variable: Any, n: int = 4, model: str = TAKES) -> dict[str, Any]:
        def action() -> None:
            linked = b.NeuronGroup(n, model)
            linked.y = variable()
            b.Network(group, linked).run(0 * b.ms)

        return raised(action)

    free = b.NeuronGroup(4, TAKES)
    return {
        "size": link(lambda: b.linked_var(group, "x"), 3),
        "unit": link(lambda: b.linked_var(group, "u")),
        "no flag": link(lambda: b.linked_var(group, "x"), model="y : 1"),
        "a value": link(lambda: 3),
        "an array": link(lambda: np.arange(4)),
        "text": link(lambda: "i"),
        "unknown": link(lambda: b.linked_var(group, "nobody")),
        "no name": link(lambda: b.linked_var(group)),
        "index length": link(lambda: b.linked_var(group, "x", index=[0, 1])),
        "index type": link(lambda: b.linked_var(group, "x", index=[0.5, 1, 2, 3])),
        "index beyond": link(lambda: b.linked_var(group, "x", index=[0, 1, 2, 4])),
        "index negative": link(lambda: b.linked_var(group, "x", index=[0, 1, 2, -1])),
        "index two": link(lambda: b.linked_var(group, "x", index=[[0, 1], [2, 3]])),
        "index name": link(lambda: b.linked_var(group, "x", index="nobody")),
        "index variable": link(lambda: b.linked_var(group, "x", index="k")),
        "read": raised(lambda: free.y[:]),
        "run": raised(lambda: b.Network(free).run(0 * b.ms)),
        "item": raised(lambda: free.y.__setitem__(0, 1)),
        "linked equation": raised(lambda: b.NeuronGroup(2, "dy/dt = 1/ms : 1 (linked)")),
    }


@probe("12 x : unit")
def set_after_linking(b: Any) -> dict[str, Any]:
    group = source(b)
    linked = b.NeuronGroup(4, TAKES + "\nw : 1", threshold="w > 1", reset="w = 0")
    linked.y = b.linked_var(group, "x")
    found = [
        raised(lambda: setattr(linked, "y", 1)),
        raised(lambda: setattr(linked, "y", "i")),
        raised(lambda: setattr(linked, "y", [1, 2, 3, 4])),
        raised(lambda: setattr(linked, "y_", 1)),
    ]
    return {"errors": found, "in strings": _set(linked, "y + z")}


def _set(group: Any, text: str) -> Any:
    group.w = text
    return group.w[:]


@probe("12 x : unit")
def written_through(b: Any) -> dict[str, Any]:
    """Elements that are set, and code, write to the source."""
    group = source(b, name="origin")
    found = []

    def note() -> None:
        found.append(group.x[:].copy())

    linked = b.NeuronGroup(4, TAKES + "\nv : 1", threshold="v > 1", reset="y += 3", name="linked")
    linked.y = b.linked_var(group, "x")
    linked.y[0] = 7
    note()
    linked.y[:] = "i + 0.5"
    note()
    linked.y["i > 1"] = "y*10"
    note()
    linked.y[:] = [4, 3, 2, 1]
    note()
    linked.y[:][1] = 33  # the memory itself
    note()
    linked.set_states({"y": [1, 2, 3, 4]})
    note()
    part = linked[1:3]
    part.y[0] = 55
    note()
    indexed = b.NeuronGroup(3, TAKES, name="indexed")
    indexed.y = b.linked_var(group, "x", index=[3, 0, 0])
    indexed.y[:] = [10, 20, 20]
    note()
    computed = b.NeuronGroup(4, TAKES, name="computed")
    computed.y = b.linked_var(group, "s")
    return {
        "x": found,
        "computed": raised(lambda: computed.y.__setitem__(0, 1)),
        "unit": raised(lambda: linked.y.__setitem__(0, 1 * b.mV)),
        "length": raised(lambda: linked.y.__setitem__([0, 1], [1, 2, 3])),
    }


@probe("12 x : unit")
def written_by_code(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(4, "x : 1\ns = x : 1\nc : 1 (shared)", name="origin")
    group.x = "i + 1"
    linked = b.NeuronGroup(
        4, "y : 1 (linked)\nv : 1", threshold="v > -1", reset="y += 3", name="linked"
    )
    linked.y = b.linked_var(group, "x")
    linked.run_regularly("y = y*2", dt=0.2 * b.ms)
    indexed = b.NeuronGroup(
        3, "y : 1 (linked)\nv : 1", threshold="v > -1", reset="y += 100", name="other"
    )
    indexed.y = b.linked_var(group, "x", index=[3, 0, 0])
    generator = b.SpikeGeneratorGroup(2, [0, 1], [0.3, 0.3] * b.ms)
    synapses = b.Synapses(generator, linked, on_pre="y_post += 1000")
    synapses.connect()
    b.run(0.5 * b.ms)

    def refused(name: str) -> dict[str, Any]:
        wrong = b.NeuronGroup(4, "y : 1 (linked)\nv : 1", threshold="v > -1", reset="y += 3")
        wrong.y = b.linked_var(b_source, name)
        return raised(lambda: b.Network(b_source, wrong).run(0 * b.ms))

    b_source = b.NeuronGroup(4, "x : 1\ns = x : 1\nc : 1 (shared)")
    return {"x": group.x[:], "subexpression": refused("s"), "shared": refused("c")}


@probe("12 targets")
def in_code(b: Any) -> dict[str, Any]:
    """Linked variables in thresholds, resets, operations, monitors and other links."""
    group = source(b)
    linked = b.NeuronGroup(
        4,
        TAKES + "\nv : 1\ntotal : 1",
        threshold="y > 10.35",
        reset="v += y; total += z",
        events={"low": "y < 0.25"},
        name="b_linked",
    )
    linked.y = b.linked_var(group, "x")
    linked.run_on_event("low", "total += 1000*y")
    linked.run_regularly("v += 0.001*y", dt=0.2 * b.ms)
    third = b.NeuronGroup(4, TAKES, name="third")
    third.y = b.linked_var(linked, "y")
    states = b.StateMonitor(linked, ["y", "z"], record=True)
    chained = b.StateMonitor(third, ["y", "z"], record=[1])
    spikes = b.SpikeMonitor(linked, variables="y")
    b.run(0.6 * b.ms)
    return {
        "v": linked.v[:],
        "total": linked.total[:],
        "y": states.y[:],
        "z": states.z[:],
        "chained": [chained.y[:], chained.z[:]],
        "t": spikes.t[:],
        "recorded": spikes.y[:],
    }


@probe("12 targets")
def in_synapses(b: Any) -> dict[str, Any]:
    group, single = source(b), source(b, 1, name="single")
    target = b.NeuronGroup(3, "r : 1\nt2 : 1", threshold="r > 100", reset="")
    spiking = b.SpikeGeneratorGroup(3, [0, 1, 2], [0.1, 0.2, 0.3] * b.ms)
    shared = b.Synapses(spiking, target, "y : 1 (linked)", on_pre="r_post += y")
    shared.connect(j="i")
    shared.y = b.linked_var(group, "c")
    one = b.Synapses(spiking, target, "y : 1 (linked)\nq = y*2 : 1", on_pre="t2_post += q")
    one.connect()
    one.y = b.linked_var(single, "x")
    indexed = b.Synapses(spiking, target, "y : 1 (linked)\nk : integer", on_pre="t2_post += 1000*y")
    indexed.connect(j="i")
    indexed.k = [3, 2, 1]
    indexed.y = b.linked_var(group, "x", index="k")
    b.run(0.5 * b.ms)
    plain = b.Synapses(spiking, target, "y : 1 (linked)\nw : 1")
    plain.connect(j="i")
    return {
        "r": target.r[:],
        "t2": target.t2[:],
        "read": indexed.y[:],
        "no index": raised(lambda: setattr(plain, "y", b.linked_var(group, "x"))),
        "to synapses": raised(lambda: setattr(plain, "y", b.linked_var(indexed, "k"))),
        "group to synapses": raised(
            lambda: setattr(b.NeuronGroup(3, "y : 1 (linked)"), "y", b.linked_var(plain, "w"))
        ),
    }


@probe("12 targets")
def to_subgroups(b: Any) -> dict[str, Any]:
    group = source(b, 6)
    part = group[2:5]
    linked = b.NeuronGroup(3, TAKES)
    linked.y = b.linked_var(part, "x")
    whole = b.NeuronGroup(6, TAKES)
    whole.y = b.linked_var(group, "x")
    b.run(0.3 * b.ms)
    return {"y": linked.y[:], "part of linked": whole[1:3].y[:], "z": whole[1:3].z[:]}


@probe("12 timing")
def order_of_updates(b: Any) -> dict[str, Any]:
    """Which update runs first in the slot decides what the other sees: order, then name."""

    def run(name: str, order: int) -> Any:
        group = source(b, 1, name="mmm")
        linked = b.NeuronGroup(
            1, "dv/dt = y/ms : 1\ny : 1 (linked)", method="euler", name=name, order=order
        )
        linked.y = b.linked_var(group, "x")
        states = b.StateMonitor(linked, ["v", "y"], record=0)
        b.Network(group, linked, states).run(0.5 * b.ms)
        return [states.v[0], states.y[0], linked.v[:]]

    return {
        "before": run("aaa", 0),
        "after": run("zzz", 0),
        "ordered": run("aaa", 1),
        "ordered before": run("zzz", -1),
    }


@probe("12 timing")
def other_clocks(b: Any) -> dict[str, Any]:
    slow = source(b, 1, dt=0.5 * b.ms)
    linked = b.NeuronGroup(1, "dv/dt = y/ms : 1\ny : 1 (linked)", method="euler", name="linked")
    linked.y = b.linked_var(slow, "x")
    states = b.StateMonitor(linked, ["v", "y"], record=0)
    b.run(2 * b.ms)
    return {"v": states.v[0], "y": states.y[0]}


@probe("12 timing")
def methods(b: Any) -> dict[str, Any]:
    """A linked variable stands still within a step, for every method."""

    def run(method: str) -> Any:
        group = source(b, 2)
        linked = b.NeuronGroup(
            2, "dv/dt = (y - v)/(2*ms) : 1\ny : 1 (linked)", method=method, name="z_linked"
        )
        linked.y = b.linked_var(group, "x")
        b.Network(group, linked).run(2 * b.ms)
        return linked.v[:]

    return {name: run(name) for name in ("exact", "exponential_euler", "euler", "rk2", "rk4")}


@probe("12 x : unit")
def shared_subexpressions_of_links(b: Any) -> dict[str, Any]:
    """A shared subexpression may read what all elements are linked to."""
    group = source(b, 1)
    linked = b.NeuronGroup(3, "both = 2*y : 1 (shared)\ny : 1 (linked)", name="z_linked")
    linked.y = b.linked_var(group, "x")
    states = b.StateMonitor(linked, "both", record=0)
    b.Network(group, linked, states).run(1 * b.ms)
    return {"both": states.both}
