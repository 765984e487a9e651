"""Section 14.1: event-driven, clock-driven and summed variables of synapses."""

from __future__ import annotations

import importlib
import logging
from typing import Any

from probing import probe, raised


def spikes(b: Any, n: int, indices: list[int], times: list[float], **options: Any) -> Any:
    return b.SpikeGeneratorGroup(n, indices, times * b.ms, **options)


def attempt(b: Any, model: str, *, on_pre: str = "", **options: Any) -> Any:
    """Return what making and running synapses with these equations raises."""

    def go() -> None:
        source = b.NeuronGroup(2, "v : 1\ng : 1\nh : volt", threshold="v > 1", reset="v = 0")
        synapses = b.Synapses(source, source, model, on_pre=on_pre or None, **options)
        synapses.connect()
        b.Network(source, synapses).run(0.1 * b.ms)

    return raised(go)


@probe("14.1 (event-driven)")
def exact_between_events(b: Any) -> dict[str, Any]:
    source = spikes(b, 2, [0, 0, 1, 0, 1], [0.2, 0.7, 1.1, 2.3, 2.3])
    target = b.NeuronGroup(1, "x : 1")
    synapses = b.Synapses(
        source,
        target,
        """dy/dt = (y0 - y)/(3*ms) : 1 (event-driven)
           y0 : 1
           seen : 1""",
        on_pre="seen = y; y += 1; x += y",
    )
    synapses.connect()
    synapses.y0 = [0.5, 0]
    values = b.StateMonitor(synapses, ["y", "lastupdate", "seen"], record=True, when="end")
    b.run(3 * b.ms)
    return {
        "y": values.y[:, ::4],
        "lastupdate": values.lastupdate[:, ::4],
        "seen": values.seen[:, ::4],
        "now": synapses.y[:],
        "x": target.x[:],
    }


@probe("14.1 (event-driven)")
def stdp(b: Any) -> dict[str, Any]:
    before = spikes(b, 2, [0, 1, 0, 1, 0], [0.5, 0.5, 2.0, 3.1, 4.0])
    after = spikes(b, 2, [0, 1, 0, 1], [1.0, 0.5, 2.0, 3.5])
    synapses = b.Synapses(
        before,
        after,
        """w : 1
           dapre/dt = -apre/(2*ms) : 1 (event-driven)
           dapost/dt = -apost/(3*ms) : 1 (event-driven)""",
        on_pre="apre += 0.1; w = clip(w + apost, 0, 1)",
        on_post="apost -= 0.105; w = clip(w + apre, 0, 1)",
    )
    synapses.connect()
    synapses.w = "0.3 + 0.1*i"
    weights = b.StateMonitor(synapses, "w", record=True)
    b.run(5 * b.ms)
    return {
        "w": weights.w[:, ::7],
        "apre": synapses.apre[:],
        "apost": synapses.apost[:],
        "lastupdate": synapses.lastupdate[:],
    }


@probe("14.1 (event-driven)")
def with_delays(b: Any) -> dict[str, Any]:
    before = spikes(b, 1, [0, 0, 0], [0.1, 1.0, 2.2])
    after = spikes(b, 1, [0, 0], [0.7, 2.0])
    synapses = b.Synapses(
        before,
        after,
        "w : 1\ndp/dt = -p/ms : 1 (event-driven)\ndq/dt = -q/(2*ms) : 1 (event-driven)",
        on_pre={"pre": "p += 1", "late": "w += q"},
        on_post="q += 1; w += p",
        delay={"pre": 0.2 * b.ms, "late": 0.5 * b.ms, "post": 0.1 * b.ms},
    )
    synapses.connect()
    b.run(3 * b.ms)
    return {name: getattr(synapses, name)[:] for name in ("w", "p", "q", "lastupdate")}


@probe("14.1 (event-driven)")
def coupled_and_with_parameters(b: Any) -> dict[str, Any]:
    source = spikes(b, 1, [0, 0, 0], [0.1, 1.0, 2.2])
    target = b.NeuronGroup(2, "level : 1\nrate : hertz")
    target.level, target.rate = [1, 3], [100, 700] * b.Hz
    synapses = b.Synapses(
        source,
        target,
        """dp/dt = -p/tau : 1 (event-driven)
           dq/dt = -q/(2*tau) : 1 (event-driven)
           du/dt = -u*rate_post + level_post*100*Hz : 1 (event-driven)
           tau : second
           twice = 2*p : 1""",
        on_pre="p += 1; q += p",
    )
    synapses.connect()
    synapses.tau = [1, 2] * b.ms
    b.run(3 * b.ms)
    return {name: getattr(synapses, name)[:] for name in ("p", "q", "u", "twice")}


@probe("14.1 (event-driven)")
def what_is_refused(b: Any) -> dict[str, Any]:
    return {
        "not linear": attempt(b, "dx/dt = -x**2/ms : 1 (event-driven)", on_pre="x += 1"),
        "noise": attempt(b, "dx/dt = xi*ms**-0.5 : 1 (event-driven)", on_pre="x += 1"),
        "clock-driven depends": attempt(
            b,
            "dx/dt = -x/ms : 1 (event-driven)\ndy/dt = (x - y)/ms : 1 (clock-driven)",
            on_pre="x += 1",
        ),
        "summed depends": attempt(
            b, "dx/dt = -x/ms : 1 (event-driven)\ng_post = x : 1 (summed)", on_pre="x += 1"
        ),
        "summed through subexpression": attempt(
            b,
            "dx/dt = -x/ms : 1 (event-driven)\ny = 2*x : 1\ng_post = y : 1 (summed)",
            on_pre="x += 1",
        ),
        "depends on clock-driven": attempt(
            b,
            "dx/dt = (y - x)/ms : 1 (event-driven)\ndy/dt = -y/ms : 1 (clock-driven)",
            on_pre="x += 1",
        ),
        "both": attempt(b, "dx/dt = -x/ms : 1 (event-driven, clock-driven)", on_pre="x += 1"),
        "other flag": attempt(b, "dx/dt = -x/ms : 1 (unless refractory)", on_pre="x += 1"),
        "on parameter": attempt(b, "x : 1 (event-driven)", on_pre="x += 1"),
        "lastupdate": attempt(b, "w : 1", on_pre="w += lastupdate/ms"),
    }


@probe("14.1 (event-driven)")
def lastupdate_is_a_variable(b: Any) -> dict[str, Any]:
    source = spikes(b, 1, [0, 0], [0.3, 1.0])
    target = b.NeuronGroup(2, "x : 1")
    synapses = b.Synapses(
        source,
        target,
        "dy/dt = -y/ms : 1 (event-driven)\nsince : second",
        on_pre="since = t - lastupdate; y += 1",
    )
    synapses.connect()
    synapses.y = 1
    synapses.lastupdate[1] = 0.2 * b.ms
    b.run(0.5 * b.ms)
    first = [synapses.y[:].copy(), synapses.since[:].copy()]
    b.run(1 * b.ms)
    plain = b.Synapses(source, target, "w : 1", on_pre="w += 1")
    return {
        "first": first,
        "y": synapses.y[:],
        "since": synapses.since[:],
        "last": synapses.lastupdate[:],
        "without": raised(lambda: plain.lastupdate),
    }


@probe("14.1 (clock-driven)")
def integrated_every_step(b: Any) -> dict[str, Any]:
    source = spikes(b, 2, [0, 1, 0], [0.2, 0.4, 0.9])
    target = b.NeuronGroup(2, "x : 1")
    synapses = b.Synapses(
        source,
        target,
        """dy/dt = -y/tau : 1 (clock-driven)
           dz/dt = (y - z**2)/tau : 1 (clock-driven)
           tau : second (constant)""",
        on_pre="y += 1",
        method="euler",
    )
    synapses.connect()
    synapses.tau = "(1 + i + j)*ms"
    values = b.StateMonitor(synapses, ["y", "z"], record=True)
    b.run(2 * b.ms)
    return {"y": values.y[:, ::3], "z": values.z[:, ::3], "now": synapses.z[:]}


@probe("14.1 (clock-driven)")
def flag_is_the_default(b: Any) -> dict[str, Any]:
    source = spikes(b, 1, [0], [0.2])
    target = b.NeuronGroup(1, "x : 1")
    equations = "dy/dt = -y/(1*ms) : 1"
    first = b.Synapses(source, target, equations, on_pre="y += 1", method="exact", name="first")
    second = b.Synapses(source, target, equations, on_pre="y += 1", method="rk4", dt=0.05 * b.ms)
    nonlinear = "dy/dt = -y*x_post*y/(1*ms) : 1 (clock-driven)"
    third = b.Synapses(source, target, nonlinear, method="rk2")
    for synapses in (first, second, third):
        synapses.connect()
    third.y = 3
    target.x = 2
    b.run(1 * b.ms)
    return {
        "first": first.y[:],
        "second": second.y[:],
        "third": third.y[:],
        "names": [one.name for one in first.contained_objects],
        "when": [one.when for one in first.contained_objects],
    }


@probe("14.1 (clock-driven)")
def uses_both_sides(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(2, "dv/dt = 1/ms : 1", method="euler")
    target = b.NeuronGroup(2, "dv/dt = -v/ms : 1", method="euler")
    target.v = [1, 2]
    synapses = b.Synapses(
        source,
        target,
        """ds/dt = (v_pre - s*v_post)/ms : 1 (clock-driven)
           both = v_pre + v_post : 1
           half = both/2 : 1""",
        method="euler",
    )
    synapses.connect()
    values = b.StateMonitor(synapses, "s", record=[1, 2])
    b.run(0.6 * b.ms)
    return {"s": values.s, "both": synapses.both[:], "half": synapses.half["i == 1"]}


@probe("14.1 (clock-driven)")
def shared_and_constant_over_dt(b: Any) -> dict[str, Any]:
    source = spikes(b, 2, [0, 1], [0.2, 0.4])
    target = b.NeuronGroup(2, "x : 1")
    synapses = b.Synapses(
        source,
        target,
        """w : 1
           gain : 1 (shared)
           twice = 2*gain : 1 (shared)
           step = int(t/dt) : 1 (constant over dt)
           total = w*twice : 1""",
        on_pre="x += total + step",
    )
    synapses.connect()
    synapses.w, synapses.gain = "i + 1", 3
    values = b.StateMonitor(synapses, ["step", "total"], record=[0])
    b.run(0.6 * b.ms)
    return {
        "x": target.x[:],
        "step": values.step[0],
        "total": values.total[0],
        "gain": synapses.gain[:],
        "twice": synapses.twice[:],
    }


@probe("14.1 (summed)")
def just_before_integration(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(3, "dv/dt = (total - v)/ms : 1\ntotal : 1", method="euler")
    group.v = [1, 2, 4]
    equations = "w : 1\ntotal_post = w*(v_pre - v_post) : 1 (summed)"
    synapses = b.Synapses(group, group, equations, name="sums")
    synapses.connect("i < j or i == 2")
    synapses.w = "0.1*(i + 1)"
    group.total = 100
    values = b.StateMonitor(group, ["v", "total"], record=True)
    b.run(0.6 * b.ms)
    return {
        "v": values.v,
        "total": values.total,
        "order": [one.order for one in synapses.contained_objects],
        "when": [one.when for one in synapses.contained_objects],
        "names": [one.name for one in synapses.contained_objects],
    }


@probe("14.1 (summed)")
def onto_the_source(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(3, "total : volt\ncount : 1")
    target = b.NeuronGroup(2, "v : volt")
    target.v = [1, 2] * b.mV
    source.total, source.count = 5 * b.mV, 7
    synapses = b.Synapses(
        source,
        target,
        """total_pre = v_post : volt (summed)
           count_pre = 1 : 1 (summed)""",
    )
    synapses.connect(i=[0, 0, 2], j=[0, 1, 1])
    b.run(0.1 * b.ms)
    return {"total": source.total[:], "count": source.count[:]}


@probe("14.1 (summed)")
def subgroups_and_multiple_objects(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(6, "a : 1\nc : 1\nv : 1")
    group.a, group.c, group.v = 10, 10, "i"
    first = b.Synapses(group[:3], group[1:4], "a_post = v_pre : 1 (summed)")
    second = b.Synapses(group[3:], group[4:], "a_post = v_pre : 1 (summed)")
    third = b.Synapses(group, group, "c_post = 1 : 1 (summed)")
    first.connect()
    second.connect(j="0", skip_if_invalid=True)
    third.connect("i > j")
    b.run(0.1 * b.ms)
    return {"a": group.a[:], "c": group.c[:]}


@probe("14.1 (summed)")
def what_sums_need(b: Any) -> dict[str, Any]:
    def twice() -> None:
        source = b.NeuronGroup(2, "g : 1")
        objects = [b.Synapses(source, source, "g_post = 1 : 1 (summed)") for _ in range(2)]
        for synapses in objects:
            synapses.connect()
        b.Network(source, objects).run(0.1 * b.ms)

    return {
        "no variable": attempt(b, "nothing_post = 1 : 1 (summed)"),
        "no ending": attempt(b, "g = 1 : 1 (summed)"),
        "unit": attempt(b, "h_post = 1 : 1 (summed)"),
        "unit of sum": attempt(b, "h_post = 1*mV : 1 (summed)"),
        "parameter": attempt(b, "g_post : 1 (summed)"),
        "other flag": attempt(b, "g_post = 1 : 1 (summed, shared)"),
        "twice": raised(twice),
        "fine": attempt(b, "h_post = 1*mV : volt (summed)"),
    }


@probe("14.1 (summed)")
def sum_of_differential_equation(b: Any) -> dict[str, Any]:
    def onto(model: str) -> Any:
        def go() -> None:
            source = b.NeuronGroup(2, model, method="euler")
            synapses = b.Synapses(source, source, "g_post = 1 : 1 (summed)")
            synapses.connect()
            b.Network(source, synapses).run(0.1 * b.ms)

        return raised(go)

    return {
        "differential": onto("dg/dt = -g/ms : 1"),
        "subexpression": onto("g = 3 : 1"),
        "shared": onto("g : 1 (shared)"),
    }


@probe("14.1 (summed)")
def synaptic_currents(b: Any) -> dict[str, Any]:
    """The usual form of conductances that are integrated at the synapses."""
    source = spikes(b, 2, [0, 1, 0], [0.1, 0.4, 0.6])
    target = b.NeuronGroup(
        2, "dv/dt = (-v + g_total*(1 - v))/(5*ms) : 1\ng_total : 1", method="euler"
    )
    synapses = b.Synapses(
        source,
        target,
        """g_total_post = w*g : 1 (summed)
           dg/dt = -g/(2*ms) : 1 (clock-driven)
           w : 1""",
        on_pre="g += 1",
        delay=0.2 * b.ms,
        method="exact",
    )
    synapses.connect()
    synapses.w = "0.5*(i + 1)*(j + 1)"
    values = b.StateMonitor(target, ["v", "g_total"], record=True)
    b.run(2 * b.ms)
    return {"v": values.v[:, ::2], "g_total": values.g_total[:, ::2], "g": synapses.g[:]}


@probe("14.1 (summed)")
def clock_of_the_target(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(1, "dv/dt = 1/ms : 1", method="euler")
    target = b.NeuronGroup(1, "total : 1", dt=0.3 * b.ms)
    synapses = b.Synapses(source, target, "total_post = v_pre : 1 (summed)")
    synapses.connect()
    values = b.StateMonitor(target, "total", record=0, dt=0.1 * b.ms, when="end")
    b.run(1 * b.ms)
    return {"total": values.total[0]}


@probe("14.1 (event-driven)", "14.1 (clock-driven)")
def messages(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0")
    logger = importlib.import_module(f"{b.__name__}.utils.logger")
    found: dict[str, Any] = {}
    made = []
    for flags in ("(clock-driven)", "(event-driven)", ""):
        with logger.catch_logs(log_level=logging.INFO) as caught:
            equation = f"dx/dt = -x/ms : 1 {flags}"
            made.append(b.Synapses(source, source, equation, on_pre="x += 1"))
        found[flags] = [name.rpartition(".")[2] for _, name, _ in caught]
    return found
