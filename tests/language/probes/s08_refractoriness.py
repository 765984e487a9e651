"""Section 8: refractoriness."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import logged, probe, raised

RAMP = "dv/dt = 1/ms : 1 (unless refractory)"


def spiking(b: Any, n: int, model: str = RAMP, **more: Any) -> Any:
    """Return neurons that climb to a threshold."""
    given = {"threshold": "v > 0.95", "reset": "v = 0", "method": "euler"} | more
    return b.NeuronGroup(n, model, **given)


@probe("8 refractory=")
def forms(b: Any) -> dict[str, Any]:
    """A time, a text that is a time, a text that is a condition, False, and nothing."""

    def spikes(refractory: Any, model: str = RAMP, **start: Any) -> Any:
        group = spiking(b, 2, model, refractory=refractory)
        for name, value in start.items():
            setattr(group, name, value)
        monitor = b.SpikeMonitor(group)
        b.Network(group, monitor).run(6 * b.ms, namespace={"period": 1.3 * b.ms})
        return [monitor.i[:], monitor.t[:]]

    own = RAMP + "\nref : second"
    return {
        "time": spikes(1.5 * b.ms),
        "zero": spikes(0 * b.ms),
        "text": spikes("2*ms"),
        "external": spikes("period"),
        "variable": spikes("ref", own, ref=[0.5, 2] * b.ms),
        "expression": spikes("ref*(1 + i)", own, ref=0.7 * b.ms),
        "condition": spikes("t - lastspike < 1.55*ms"),
        "boolean": spikes("on", RAMP + "\non : boolean", on=[True, False]),
        "false": spikes(False),
    }


@probe("8 refractory=")
def wrong_periods(b: Any) -> dict[str, Any]:
    def run(refractory: Any) -> dict[str, Any]:
        def action() -> None:
            group = spiking(b, 2, RAMP + "\nx : 1\nu : volt", refractory=refractory)
            b.Network(group).run(0.1 * b.ms, namespace={"number": 3, "voltage": 3 * b.mV})

        return raised(action)

    return {
        "number": run(3),
        "voltage": run(3 * b.mV),
        "text number": run("3"),
        "variable": run("x"),
        "variable of wrong unit": run("u"),
        "external number": run("number"),
        "external voltage": run("voltage"),
        "mixed": run("1*ms + x"),
        "unknown": run("nobody"),
        "time": run("2*ms"),
        "without threshold": raised(
            lambda: b.NeuronGroup(1, "dv/dt = -v/ms : 1", refractory=1 * b.ms)
        ),
    }


@probe("8 extra variables")
def extra_variables(b: Any) -> dict[str, Any]:
    group = spiking(
        b,
        2,
        """dv/dt = int(not_refractory)/ms : 1
        since = t - lastspike : second
        dw/dt = int(not not_refractory)/ms : 1""",
        refractory=1 * b.ms,
    )
    group.v = [0, 0.5]
    start = [group.not_refractory[:].copy(), group.lastspike[:] * 1]
    states = b.StateMonitor(group, ["not_refractory", "lastspike", "w", "since"], record=True)
    b.run(3 * b.ms)
    return {
        "start": start,
        "not_refractory": states.not_refractory[:],
        "lastspike": states.lastspike[:],
        "w": states.w[:],
        "since": states.since[:],
        "kinds": [group.not_refractory[:].dtype.name, group.lastspike_[:].dtype.name],
        "condition": group.indices["not_refractory"],
        "recent": group.v["lastspike > 2*ms"],
    }


@probe("8 extra variables")
def names_without_refractoriness(b: Any) -> dict[str, Any]:
    """Without `refractory=` there are no such variables, and `lastspike` is a free name."""
    plain = b.NeuronGroup(1, "dv/dt = -v/ms : 1", threshold="v > 1", reset="v = 0")
    own = b.NeuronGroup(1, "lastspike : second", threshold="lastspike > 1*second", reset="")
    return {
        "lastspike": raised(lambda: plain.lastspike),
        "not_refractory": raised(lambda: plain.not_refractory),
        "own": own.lastspike[:],
        "both": raised(
            lambda: b.NeuronGroup(
                1, "lastspike : second", threshold="lastspike > 1*ms", refractory=1 * b.ms
            )
        ),
        "reserved": raised(lambda: b.NeuronGroup(1, "not_refractory : boolean")),
        "reserved too": raised(lambda: b.NeuronGroup(1, "refractory : second")),
        "until": raised(lambda: b.NeuronGroup(1, "refractory_until : second")),
    }


@probe("8 per step")
def within_a_step(b: Any) -> dict[str, Any]:
    """What is seen of `not_refractory` and `lastspike` in each slot of a step."""
    seen: dict[str, list[Any]] = {}

    def watch(group: Any, slot: str) -> Any:
        rows = seen.setdefault(slot, [])

        @b.network_operation(when=slot)
        def look() -> None:
            rows.append([bool(group.not_refractory[0]), float(group.lastspike_[0])])

        return look

    group = spiking(b, 1, refractory=0.5 * b.ms)
    group.v = 0.75
    slots = ("before_groups", "after_groups", "after_thresholds", "after_resets")
    net = b.Network(group, [watch(group, slot) for slot in slots])
    net.run(1.2 * b.ms)
    return {slot: np.array(rows) for slot, rows in seen.items()}


@probe("8 per step")
def threshold_while_refractory(b: Any) -> dict[str, Any]:
    """A variable that goes on may stay above threshold: the spike comes when the period is over."""
    group = b.NeuronGroup(
        3, "dv/dt = 1/ms : 1", threshold="v > 0.95", reset="", refractory="i*0.5*ms", method="euler"
    )
    spikes = b.SpikeMonitor(group)
    b.run(3 * b.ms)
    return {"i": spikes.i[:], "t": spikes.t[:]}


@probe("8 per step")
def periods_and_steps(b: Any) -> dict[str, Any]:
    """Periods are rounded down to whole steps, with a tolerance of a thousandth of a step."""
    periods = np.array([0.1, 0.15, 0.19989, 0.19995, 0.2, 0.25, 0.3, 0.7, 1.0, 1.1])
    group = b.NeuronGroup(
        len(periods), "ref : second", threshold="True", reset="", refractory="ref"
    )
    group.ref = periods * b.ms
    spikes = b.SpikeMonitor(group)
    fixed = [
        b.NeuronGroup(1, "", threshold="True", reset="", refractory=period * b.ms)
        for period in periods
    ]
    counts = [b.SpikeMonitor(one) for one in fixed]
    b.Network(group, spikes, fixed, counts).run(20 * b.ms)
    return {"variable": spikes.count[:], "fixed": [int(one.count[0]) for one in counts]}


@probe("8 per step")
def a_condition_can_only_end_it(b: Any) -> dict[str, Any]:
    group = spiking(
        b, 2, "dv/dt = 1/ms : 1\ndu/dt = 1/ms : 1", refractory="u < 1.55", reset="u = 0"
    )
    group.u = [0, 3]  # neuron 0 fulfils the condition before its first spike
    states = b.StateMonitor(group, "not_refractory", record=True)
    spikes = b.SpikeMonitor(group)
    b.run(5 * b.ms)
    return {"not": states.not_refractory[:], "i": spikes.i[:], "t": spikes.t[:]}


@probe("8 time form evaluated when")
def changing_periods(b: Any) -> dict[str, Any]:
    """A period is what its expression is now: it may get shorter while it lasts."""
    group = spiking(b, 2, RAMP + "\nref : second", refractory="ref", reset="v = 0; ref += 0.5*ms")
    group.ref = [0.5, 1] * b.ms
    group.run_regularly("ref = clip(ref, 0*ms, 1.2*ms)", dt=2 * b.ms)
    spikes = b.SpikeMonitor(group)
    b.run(10 * b.ms)
    return {"i": spikes.i[:], "t": spikes.t[:]}


@probe("8 time form evaluated when")
def period_of_the_outside(b: Any) -> dict[str, Any]:
    """An external period may differ from run to run, and so may dt."""
    group = spiking(b, 1, refractory="period")
    spikes = b.SpikeMonitor(group)
    net = b.Network(group, spikes)
    net.run(4.1 * b.ms, namespace={"period": 1 * b.ms})
    net.run(4 * b.ms, namespace={"period": 0.5 * b.ms})
    b.defaultclock.dt = 0.05 * b.ms
    net.run(4 * b.ms, namespace={"period": 0.55 * b.ms})
    return {"t": spikes.t[:]}


@probe("8 time form evaluated when")
def period_shared_and_timed(b: Any) -> dict[str, Any]:
    array = b.TimedArray([0.5, 1.5, 0.2] * b.ms, dt=4 * b.ms)
    shared = spiking(b, 1, RAMP + "\nref : second (shared)", refractory="ref")
    shared.ref = 1 * b.ms
    timed = spiking(b, 1, refractory="array(t)")
    subexpression = spiking(b, 1, RAMP + "\nref = 0.4*ms + 0.1*t : second", refractory="ref")
    groups = [shared, timed, subexpression]
    spikes = [b.SpikeMonitor(group) for group in groups]
    net = b.Network(groups, spikes)
    net.run(12 * b.ms)
    shared.ref = 0.3 * b.ms
    net.run(4 * b.ms)
    return {"t": [monitor.t[:] for monitor in spikes]}


@probe("8 (unless refractory)")
def who_may_write(b: Any) -> dict[str, Any]:
    """Synapses, operations and events cannot change it while refractory; reset and Python can."""
    group = spiking(
        b,
        3,
        """dv/dt = 1/ms : 1 (unless refractory)
        dw/dt = -w/(10*ms) : 1 (unless refractory)
        x : 1""",
        reset="v = -0.2",
        refractory=1 * b.ms,
        events={"early": "t < 0.5*ms"},
    )
    group.v = [0.9, 0.2, 0.9]
    group.run_regularly("w += 1; x += 1", dt=0.2 * b.ms)
    group.run_on_event("early", "w += 100; x += 100")
    generator = b.SpikeGeneratorGroup(1, [0] * 6, np.arange(6) * 0.3 * b.ms)
    synapses = b.Synapses(
        generator, group, on_pre="v_post += 0.01; w_post += 10000; x_post += 10000"
    )
    synapses.connect()

    @b.network_operation(dt=0.5 * b.ms)
    def poke() -> None:
        group.w[:] = group.w[:] + 1e6
        group.v[2] = 0.1

    states = b.StateMonitor(group, ["v", "w", "x"], record=True)
    b.run(2.5 * b.ms)
    return {"v": states.v[:], "w": states.w[:], "x": states.x[:]}


@probe("8 (unless refractory)")
def strings_while_refractory(b: Any) -> dict[str, Any]:
    """Numbers set from Python always count, and so do strings, or not: as Brian2 has it."""
    group = spiking(b, 3, RAMP + "\nx : 1", refractory=5 * b.ms)
    group.v = [0.9, 0.1, 0.9]
    net = b.Network(group)
    net.run(0.3 * b.ms)
    refractory = group.not_refractory[:].copy()
    group.v = "0.5"
    text = group.v[:].copy()
    group.v["i == 2"] = 0.25
    chosen = group.v[:].copy()
    group.v = 0.75
    number = group.v[:].copy()
    group.x = "v + 1"
    return {
        "refractory": refractory,
        "text": text,
        "chosen": chosen,
        "number": number,
        "x": group.x[:],
    }


@probe("8 (unless refractory)")
def methods(b: Any) -> dict[str, Any]:
    """Every method lets the variable stand still, and the others go on."""

    def run(method: str) -> Any:
        group = b.NeuronGroup(
            2,
            """dv/dt = (1.5 + u - v)/(2*ms) : 1 (unless refractory)
            du/dt = -u/(3*ms) : 1""",
            threshold="v > 1",
            reset="v = 0; u += 0.1",
            refractory=1.2 * b.ms,
            method=method,
        )
        group.v = [0, 0.5]
        states = b.StateMonitor(group, ["v", "u"], record=True, dt=0.5 * b.ms)
        b.Network(group, states).run(6 * b.ms)
        return [states.v[:], states.u[:]]

    names = ("exact", "exponential_euler", "euler", "rk2", "rk4", "heun")
    return {name: run(name) for name in names}


@probe("8 consequence, time line")
def time_line(b: Any) -> dict[str, Any]:
    group = spiking(b, 1, refractory=1 * b.ms)
    states = b.StateMonitor(group, "v", record=0)
    spikes = b.SpikeMonitor(group)
    b.run(4 * b.ms)
    return {"v": states.v[0], "t": spikes.t[:]}


@probe("8 flag without refractory=")
def flag_alone(b: Any) -> dict[str, Any]:
    with logged(b) as names:
        group = spiking(b, 1)
    group.v = 0.9
    b.run(3 * b.ms)
    return {"warned": "no_refractory" in names, "v": group.v[:]}


@probe("8 preference legacy.refractory_timing")
def legacy_timing(b: Any) -> dict[str, Any]:
    """Floating-point comparison of times, as it was before steps were counted."""
    found = {}
    for legacy in (True, False):
        b.prefs.legacy.refractory_timing = legacy
        group = spiking(b, 2, refractory=0.5 * b.ms)
        group.v = [0, 0.3]
        condition = spiking(b, 1, refractory="t - lastspike < 0.65*ms")
        spikes = [b.SpikeMonitor(one) for one in (group, condition)]
        b.Network(group, condition, spikes).run(8 * b.ms)
        found[str(legacy)] = [monitor.t[:] for monitor in spikes]
    return found


@probe("8 Poisson groups")
def poisson_groups(b: Any) -> dict[str, Any]:
    return {
        "refractory": raised(lambda: b.PoissonGroup(2, 10 * b.Hz, refractory=1 * b.ms)),
        "lastspike": raised(lambda: b.PoissonGroup(2, 10 * b.Hz).lastspike),
    }


@probe("8 extra variables", "10 writing")
def set_while_running(b: Any) -> dict[str, Any]:
    """What a network operation sets counts at once."""
    group = spiking(b, 4, refractory=1 * b.ms)
    group.v = 0.9

    @b.network_operation(dt=0.4 * b.ms)
    def change(t: Any) -> None:
        if t > 0.3 * b.ms:
            group.lastspike[1] = -1 * b.second  # ends the period
            group.lastspike[2] = group.t_[:] * b.second  # starts another one
            group.not_refractory[3] = True  # computed anew in this step

    states = b.StateMonitor(group, ["v", "not_refractory"], record=True)
    spikes = b.SpikeMonitor(group)
    b.run(3 * b.ms)
    return {
        "v": states.v[:],
        "not": states.not_refractory[:],
        "i": spikes.i[:],
        "t": spikes.t[:],
    }


@probe("8 extra variables")
def set_by_code(b: Any) -> dict[str, Any]:
    """Synapses, resets and operations may write `lastspike` and `not_refractory`."""
    group = spiking(b, 3, refractory=1 * b.ms)
    group.v = [0.9, 0.5, 0.0]
    generator = b.SpikeGeneratorGroup(1, [0, 0], [0.3, 1.6] * b.ms)
    silence = b.Synapses(generator, group, on_pre="lastspike_post = t")
    silence.connect(j="2")
    held = spiking(b, 2, refractory="v < 3", reset="v = 0")
    held.v = [0.9, 0.5]
    held.run_regularly("not_refractory = True", dt=1 * b.ms)
    longer = spiking(b, 2, refractory=1 * b.ms, reset="v = 0; lastspike = t + 0.5*ms")
    longer.v = [0.9, 0.5]
    groups = (group, held, longer)
    spikes = [b.SpikeMonitor(one) for one in groups]
    b.run(6 * b.ms)
    return {"i": [one.i[:] for one in spikes], "t": [one.t[:] for one in spikes]}


@probe("8 extra variables", "10 writing")
def set_before_and_between_runs(b: Any) -> dict[str, Any]:
    group = spiking(b, 3, refractory=2 * b.ms)
    group.lastspike = [-1, -0.5, -10] * b.ms
    group.not_refractory = [True, False, True]
    condition = spiking(b, 2, refractory="v < 0.5")
    condition.not_refractory = [False, True]
    spikes = b.SpikeMonitor(group)
    net = b.Network(group, spikes, condition)
    net.run(3 * b.ms)
    group.lastspike = "t + 1*ms*i"
    net.run(6 * b.ms)
    return {
        "i": spikes.i[:],
        "t": spikes.t[:],
        "v": condition.v[:],
        "not": condition.not_refractory[:],
    }
