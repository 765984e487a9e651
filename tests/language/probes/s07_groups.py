"""Section 7: groups of neurons, their parts, names, types and attributes."""

from __future__ import annotations

import gc
import time
from typing import Any

import numpy as np
from probing import logged, probe, raised


@probe("7 N, model")
def size_and_model(b: Any) -> dict[str, Any]:
    equations = b.Equations("dv/dt = -v/(10*ms) : volt")
    given = b.NeuronGroup(3, equations)
    return {
        "N": int(given.N),
        "len": len(given),
        "names": sorted(given.equations.names),
        "float": len(b.NeuronGroup(4.0, "v : 1")),
        "numpy": len(b.NeuronGroup(np.int64(5), "v : 1")),
        "zero": raised(lambda: b.NeuronGroup(0, "v : 1")),
        "negative": raised(lambda: b.NeuronGroup(-3, "v : 1")),
        "text": raised(lambda: b.NeuronGroup("v : 1", 3)),
        "swapped": raised(lambda: b.NeuronGroup("dv/dt = -v/ms : 1", "x")),
        "no model": raised(lambda: b.NeuronGroup(3, 5)),
        "wrong flag": raised(lambda: b.NeuronGroup(3, "v : 1 (summed)")),
        "event-driven": raised(lambda: b.NeuronGroup(3, "dv/dt = -v/ms : 1 (event-driven)")),
        "flag on parameter": raised(lambda: b.NeuronGroup(3, "v : 1 (unless refractory)")),
        "unknown argument": raised(lambda: b.NeuronGroup(3, "v : 1", treshold="v > 1")),
    }


@probe("7 N, model")
def model_of_any_kind(b: Any) -> dict[str, Any]:
    """Parameters only, subexpressions only, and nothing at all."""
    parameters = b.NeuronGroup(2, "x : 1\ny : volt (shared)")
    subexpressions = b.NeuronGroup(2, "x = i*2.0 : 1\ny = x + 1 : 1")
    nothing = b.NeuronGroup(2, "")
    b.run(1 * b.ms)
    return {
        "x": parameters.x[:],
        "y": parameters.y[:],
        "computed": subexpressions.y[:],
        "nothing": nothing.i[:],
        "variables": sorted(name for name in nothing.variables if not name.startswith("_")),
    }


@probe("7 N, model")
def missing_names(b: Any) -> dict[str, Any]:
    """Names of the outside are asked for at the run, not before."""
    group = b.NeuronGroup(2, "dv/dt = (v_rest - v)/tau_m : volt", method="exact")
    early = raised(lambda: b.Network(group).run(0.1 * b.ms, namespace={"tau_m": 1 * b.ms}))
    wrong = {"tau_m": 1 * b.ms, "v_rest": 3}
    mismatch = raised(lambda: b.Network(group).run(0.1 * b.ms, namespace=wrong))
    net = b.Network(group)
    net.run(0.5 * b.ms, namespace={"tau_m": 1 * b.ms, "v_rest": 10 * b.mV})
    return {"early": early, "mismatch": mismatch, "v": group.v[:]}


@probe("7 contained objects")
def parts(b: Any) -> dict[str, Any]:
    gc.collect()
    group = b.NeuronGroup(
        2,
        """dv/dt = (s - v)/(10*ms) : 1 (unless refractory)
        s = 1 + i : 1 (constant over dt)""",
        threshold="v > 0.5",
        reset="v = 0",
        refractory=2 * b.ms,
        events={"high": "v > 0.4"},
        name="cells",
        order=2,
    )
    group.run_on_event("high", "v += 0.01")
    group.run_regularly("v += 0.001", dt=1 * b.ms)
    group.run_regularly("v += 0.001", name="named_operation")
    return {
        "parts": sorted([o.name, o.when, int(o.order)] for o in group.contained_objects),
        "group": [group.name, group.when, int(group.order)],
    }


@probe("7 contained objects")
def parts_of_simple_groups(b: Any) -> dict[str, Any]:
    plain = b.NeuronGroup(1, "x : 1", name="plain")
    refractory = b.NeuronGroup(1, "x : 1", threshold="x > 1", refractory=1 * b.ms, name="still")
    both = b.NeuronGroup(1, "dv/dt = -v/ms : 1", threshold="v > 1", reset="", name="both")
    net = b.Network(plain, refractory, both)
    return {
        "plain": sorted(o.name for o in plain.contained_objects),
        "refractory": sorted(o.name for o in refractory.contained_objects),
        "both": sorted(o.name for o in both.contained_objects),
        "in network": [name in net for name in ("both", "both_spike_thresholder", "nobody")],
    }


@probe("7 contained objects")
def parts_switched_off(b: Any) -> dict[str, Any]:
    """Each part has its own `active` and its own place in the schedule."""

    def spikes(change: Any) -> Any:
        group = b.NeuronGroup(
            2, "dv/dt = 1.05/ms : 1", threshold="v > 0.95", reset="v = 0", method="euler"
        )
        group.v = [0.0, 0.25]
        monitor = b.SpikeMonitor(group)
        change(group, {o.name.partition("_spike_")[2]: o for o in group.contained_objects})
        net = b.Network(group, monitor)
        net.run(3 * b.ms)
        return [group.v[:], monitor.count[:]]

    def no_reset(_group: Any, parts: Any) -> None:
        parts["resetter"].active = False

    def no_threshold(_group: Any, parts: Any) -> None:
        parts["thresholder"].active = False

    def nothing(group: Any, _parts: Any) -> None:
        group.active = False

    def early_reset(_group: Any, parts: Any) -> None:
        parts["resetter"].when = "before_groups"

    def early_threshold(_group: Any, parts: Any) -> None:
        parts["thresholder"].when = "before_groups"

    changes = (no_reset, no_threshold, nothing, early_reset, early_threshold)
    return {change.__name__: spikes(change) for change in changes}


@probe("7 initial values")
def initial_values(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        2,
        """dv/dt = (v_rest - v)/(10*ms) : volt
        v_rest : volt
        n : integer
        flag : boolean
        tau : second (constant)
        total : 1 (shared)
        count : integer (shared)
        on : boolean (shared)
        s = v + 1*mV : volt (constant over dt)""",
        threshold="v > 1*volt",
        reset="",
        refractory=1 * b.ms,
    )
    names = ("v", "v_rest", "n", "flag", "tau", "total", "count", "on", "s")
    return {
        **{name: getattr(group, name)[:] for name in names},
        "lastspike": group.lastspike[:],
        "not_refractory": group.not_refractory[:],
    }


@probe("7 dt=/clock=")
def own_clock(b: Any) -> dict[str, Any]:
    gc.collect()
    equations = "dv/dt = 1/ms : 1"
    fine = b.NeuronGroup(1, equations, dt=0.05 * b.ms, name="fine", threshold="v > 10", reset="")
    clock = b.Clock(dt=0.25 * b.ms, name="coarse_clock")
    coarse = b.NeuronGroup(1, equations, clock=clock, name="coarse")
    default = b.NeuronGroup(1, equations, name="usual")
    shared = [part.clock.name for part in fine.contained_objects]
    operation = fine.run_regularly("v += 0")
    own = fine.run_regularly("v += 0", dt=1 * b.ms)
    monitors = [b.StateMonitor(group, "v", record=0) for group in (fine, coarse, default)]
    net = b.Network(fine, coarse, default, monitors)
    net.run(1 * b.ms)
    return {
        "names": [fine.clock.name, coarse.clock.name],
        "dt": [fine.dt[:], coarse.dt[:], default.dt[:]],
        "parts": shared,
        "operations": [operation.clock.name, own.clock.dt],
        "recorded": [len(monitor.t) for monitor in monitors],
        "v": [fine.v[:], coarse.v[:], default.v[:]],
        "steps": [int(group.t_in_timesteps[:]) for group in (fine, coarse, default)],
        "both": raised(lambda: b.NeuronGroup(1, equations, dt=1 * b.ms, clock=clock)),
        "no time": raised(lambda: b.NeuronGroup(1, equations, dt=1 * b.mV)),
        "no unit": raised(lambda: b.NeuronGroup(1, equations, dt=0.1)),
    }


@probe("7 dt=/clock=")
def operation_with_both(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "x : 1")
    clock = b.Clock(1 * b.ms)
    return {
        "both": raised(lambda: group.run_regularly("x = 1", dt=1 * b.ms, clock=clock)),
        "clock": group.run_regularly("x += 1", clock=clock).clock.dt,
    }


@probe("7 dtype")
def types_of_variables(b: Any) -> dict[str, Any]:
    equations = "dv/dt = -v/(10*ms) : 1\nn : integer\non : boolean\ns = 2*v : 1\nx : volt"

    def kinds(**keywords: Any) -> dict[str, Any]:
        group = b.NeuronGroup(2, equations, **keywords)
        names = ("v", "n", "on", "x", "t", "i")
        return {name: np.asarray(getattr(group, name + "_")[:]).dtype.name for name in names}

    return {
        "usual": kinds(),
        "all": kinds(dtype=np.float32),
        "some": kinds(dtype={"v": np.float32}),
        "text": kinds(dtype="float32"),
        "integer for float": raised(lambda: b.NeuronGroup(2, "v : 1", dtype={"v": np.int32})),
        "float for integer": raised(
            lambda: b.NeuronGroup(2, "n : integer", dtype={"n": np.float64})
        ),
        "integers for all": raised(lambda: b.NeuronGroup(2, "v : 1", dtype=np.int32)),
        "long": np.asarray(b.NeuronGroup(2, "n : integer", dtype={"n": np.int64}).n[:]).dtype.name,
        "unknown": raised(lambda: b.NeuronGroup(2, "v : 1", dtype={"w": np.float32})),
    }


@probe("7 dtype")
def single_precision_runs(b: Any) -> dict[str, Any]:
    """float32 has 24 bits: the result is compared after rounding to 5 digits."""
    group = b.NeuronGroup(
        2, "dv/dt = (2 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact",
        dtype=np.float32,
    )  # fmt: skip
    group.v = [0, 0.5]
    spikes = b.SpikeMonitor(group)
    b.run(10 * b.ms)
    return {"v": np.round(np.asarray(group.v[:], dtype=float), 5), "i": spikes.i[:]}


@probe("7 attributes")
def attributes(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        3,
        "dv/dt = -v/(10*ms) : 1",
        threshold="v > 1",
        reset="v = 0",
        events={"low": "v < -1"},
        namespace={"k": 3},
        order=1,
        name="cells",
    )
    group.run_on_event("low", "v = 0")
    b.run(1 * b.ms)
    return {
        "N": int(group.N),
        "N_": int(group.N_),
        "len": len(group),
        "i": group.i[:],
        "t": group.t,
        "t[:]": group.t[:],
        "t_": group.t_[:],
        "dt": group.dt,
        "steps": group.t_in_timesteps[:],
        "name": group.name,
        "when": group.when,
        "order": int(group.order),
        "active": group.active,
        "events": dict(group.events),
        "codes": dict(group.event_codes),
        "namespace": dict(group.namespace),
        "bounds": [int(group.start), int(group.stop)],
        "clock dt": group.clock.dt,
        "equations": sorted(group.equations),
        "thresholders": sorted(group.thresholder),
        "resetters": sorted(group.resetter),
    }


@probe("7 attributes")
def attributes_that_are_set(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "x : 1", name="cells")
    group.add_attribute("my_note")
    group.my_note = "kept"
    group._private = 3

    def set_attribute(name: str, value: Any) -> dict[str, Any]:
        return raised(lambda: setattr(group, name, value))

    return {
        "own": group.my_note,
        "unknown": set_attribute("y", 1),
        "i": set_attribute("i", 1),
        "N": set_attribute("N", 1),
        "t": set_attribute("t", 1 * b.ms),
        "dt": set_attribute("dt", 1 * b.ms),
        "name": set_attribute("name", "other"),
        "clock": set_attribute("clock", b.Clock(1 * b.ms)),
        "order": set_attribute("order", 2),
    }


@probe("7 names")
def default_names(b: Any) -> dict[str, Any]:
    gc.collect()
    first = b.NeuronGroup(1, "x : 1")
    second = b.NeuronGroup(1, "x : 1")
    start = first.name
    del first
    gc.collect()
    again = b.NeuronGroup(1, "x : 1")
    starred = [b.NeuronGroup(1, "x : 1", name="cells*") for _ in range(3)]
    return {
        "again": again.name == start,
        "different": again.name != second.name,
        "prefix": start.startswith("neurongroup"),
        "starred": [group.name for group in starred],
        "plain": [b.NeuronGroup(1, "x : 1", name="solo").name, "solo"],
    }


@probe("7 names")
def wrong_names(b: Any) -> dict[str, Any]:
    def named(name: Any) -> Any:
        return raised(lambda: b.NeuronGroup(1, "x : 1", name=name))

    one = b.NeuronGroup(1, "x : 1", name="twin")
    two = b.NeuronGroup(1, "x : 1", name="twin")
    return {
        "space": named("my cells"),
        "digit": named("1cells"),
        "dash": named("my-cells"),
        "empty": named(""),
        "number": named(3),
        "underscore": named("_cells"),
        "twins": raised(lambda: b.Network(one, two).run(0.1 * b.ms)),
        "one": raised(lambda: b.Network(one).run(0.1 * b.ms)),
    }


@probe("7 NaN check")
def invalid_values(b: Any) -> dict[str, Any]:
    def warned(equations: str, start: float, duration: float = 1.0) -> bool:
        # each message is shown once, and other runs of this probe show theirs
        name = f"cells{time.time_ns()}"
        group = b.NeuronGroup(1, equations, method="euler", name=name)
        if "dv" in equations:
            group.v = start
        with logged(b) as names:
            b.Network(group).run(duration * b.ms)
        return "invalid_values" in names

    nan = float("nan")
    return {
        "fine": warned("dv/dt = -v/ms : 1", 1.0),
        "nan": warned("dv/dt = -v/ms : 1", nan),
        "huge": warned("dv/dt = -v/ms : 1", 1e52),
        "infinite": warned("dv/dt = 0*v/ms : 1", float("inf")),
        "negative": warned("dv/dt = -v/ms : 1", -1e52),
        "grows": warned("dv/dt = 100*v/ms : 1", 1.0, 10.0),
        "parameter": warned("x = 0/zero : 1\nzero : 1", 0.0),
    }


@probe("7 unused objects")
def unused(b: Any) -> dict[str, Any]:
    def dropped(used: bool) -> bool:
        group = b.NeuronGroup(1, "x : 1", name="used" if used else "unused")
        if used:
            net = b.Network(group)
            net.run(0.1 * b.ms)
            del net
        with logged(b) as names:
            del group
            gc.collect()
        return "unused_brian_object" in names

    return {"unused": dropped(False), "used": dropped(True)}
