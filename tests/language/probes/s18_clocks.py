"""Section 18: clocks and the slots of a step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from probing import logged, probe, raised


def _tracer(b: Any, order: list[str]) -> Any:
    """Return a function that makes an operation which notes when it runs."""

    def make(when: str, place: int = 0, name: str = "", **options: Any) -> Any:
        name = name or f"op_{when}_{place}".replace("-", "minus")
        return b.NetworkOperation(
            lambda: order.append(name), when=when, order=place, name=name, **options
        )

    return make


def _slots(b: Any, *objects: Any) -> list[list[Any]]:
    """Return name, slot and order of all objects that run by themselves."""
    net = b.Network(*objects)
    return sorted([obj.name, obj.when, int(obj.order)] for obj in net.sorted_objects)


@probe("18 before_start")
def constant_over_dt(b: Any) -> dict[str, Any]:
    """The subexpression is evaluated before the monitors of the same step."""
    group = b.NeuronGroup(
        1,
        """dx/dt = 1/ms : 1
           y = 10*x : 1 (constant over dt)
           z = 10*x : 1""",
        method="euler",
        name="group",
    )
    group.run_regularly("x += 100*y*0", when="start", name="nothing")
    monitor = b.StateMonitor(group, ["x", "y", "z"], record=0, name="mon")
    late = b.StateMonitor(group, ["x", "y", "z"], record=0, when="end", name="late")
    net = b.Network(group, monitor, late)
    net.run(0.5 * b.ms)
    return {
        "start": [monitor.x[0], monitor.y[0], monitor.z[0]],
        "end": [late.x[0], late.y[0], late.z[0]],
    }


@probe("18 before_start")
def operations_before_start(b: Any) -> dict[str, Any]:
    """Operations of before_start share the slot with (constant over dt)."""
    group = b.NeuronGroup(1, "x : 1\ny = x : 1 (constant over dt)", name="group")
    seen = []

    def change(value: float) -> Any:
        def function() -> None:
            group.x = value

        return function

    early = b.NetworkOperation(change(1), when="before_start", order=-10, name="early")
    middle = b.NetworkOperation(change(2), when="start", order=-10, name="middle")
    look = b.NetworkOperation(lambda: seen.append(float(group.y[0])), when="end", name="look")
    net = b.Network(group, early, middle, look)
    net.run(0.2 * b.ms)
    return {"y": seen, "x": group.x[:]}


@probe("18 start", "18 groups", "18 thresholds", "18 resets")
def slots_of_groups(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        2,
        "dx/dt = -x/(1*ms) : 1\ny : 1",
        threshold="x>1",
        reset="x=0",
        refractory=1 * b.ms,
        method="euler",
        name="group",
    )
    group.run_regularly("y += 1", name="group_regularly")
    poisson = b.PoissonGroup(2, 10 * b.Hz, name="poisson")
    generator = b.SpikeGeneratorGroup(2, [0], [1] * b.ms, name="generator")
    state = b.StateMonitor(group, "x", record=True, name="state")
    spikes = b.SpikeMonitor(group, name="spikes")
    rate = b.PopulationRateMonitor(group, name="rate")
    operation = b.NetworkOperation(lambda: None, name="operation")
    return {
        "slots": _slots(b, group, state, spikes, rate, operation),
        "inputs": [s for s in _slots(b, poisson, generator) if "_" not in s[0]],
    }


@probe("18 after_thresholds", "18 after_resets")
def slots_of_events(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        1,
        "dx/dt = 1/ms : 1\ny : 1",
        threshold="x>3",
        events={"high": "x>2"},
        method="euler",
        name="group",
    )
    group.run_on_event("high", "y += 1")
    monitor = b.EventMonitor(group, "high", name="events")
    return {"slots": _slots(b, group, monitor)}


@probe("18 synapses")
def slots_of_synapses(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        2, "dx/dt = -x/(1*ms) : 1\ns : 1", threshold="x>1", method="euler", name="group"
    )
    synapses = b.Synapses(
        group,
        group,
        """dw/dt = -w/(1*ms) : 1 (clock-driven)
           dp/dt = -p/(1*ms) : 1 (event-driven)
           s_post = w : 1 (summed)""",
        on_pre={"up": "w += 1", "down": "w -= 1"},
        on_post="p += 1",
        method="euler",
        name="syn",
    )
    synapses.connect()
    inputs = b.PoissonInput(group, "x", 3, 10 * b.Hz, 0.1)
    found = _slots(b, group, synapses, inputs)
    return {"slots": [slot for slot in found if "poissoninput" not in slot[0]],
            "input": [inputs.when, int(inputs.order)]}  # fmt: skip


@probe("18 groups")
def refractoriness_comes_first(b: Any) -> dict[str, Any]:
    """At its end the integration of the same step moves the variable."""
    group = b.NeuronGroup(
        1,
        "dx/dt = 1/ms : 1 (unless refractory)",
        threshold="x >= 0.45",
        reset="x = 0",
        refractory=0.3 * b.ms,
        method="euler",
        name="group",
    )
    trace = b.StateMonitor(group, ["x", "not_refractory"], record=0, name="trace")
    net = b.Network(group, trace)
    net.run(1.5 * b.ms)
    return {"x": trace.x[0], "active": trace.not_refractory[0]}


@probe("18 groups", "28 8. summed variables are recomputed before integration")
def summed_before_integration(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="a_source")
    target = b.NeuronGroup(1, "dy/dt = s/ms : 1\ns : 1", method="euler", name="z_target")
    synapses = b.Synapses(source, target, "s_post = x_pre : 1 (summed)", name="m_syn")
    synapses.connect()
    trace = b.StateMonitor(target, ["s", "y"], record=0, name="trace")
    late = b.StateMonitor(target, "s", record=0, when="end", name="late")
    net = b.Network(source, target, synapses, trace, late)
    net.run(0.5 * b.ms)
    return {"s": trace.s[0], "y": trace.y[0], "end": late.s[0]}


@probe("18 groups")
def cable_after_gates(b: Any) -> dict[str, Any]:
    morphology = b.Cylinder(diameter=1 * b.um, length=10 * b.um, n=2)
    neuron = b.SpatialNeuron(
        morphology,
        "Im = -v*(1*siemens/meter**2) : amp/meter**2\ndn/dt = -n/(1*ms) : 1",
        method="euler",
        name="neuron",
    )
    slots = [s for s in _slots(b, neuron) if "stateupdater" in s[0] or "diff" in s[0]]
    return {"slots": [slot[1:] for slot in slots]}


@probe("18 start")
def recorded_before_the_step(b: Any) -> dict[str, Any]:
    """Ties within the slot are broken by the names of the objects."""
    group = b.NeuronGroup(1, "x : 1", name="group")
    group.run_regularly("x += 1", name="m_regular")
    before = b.StateMonitor(group, "x", record=0, name="a_mon")
    after = b.StateMonitor(group, "x", record=0, name="z_mon")
    lower = b.StateMonitor(group, "x", record=0, order=-1, name="zz_mon")
    net = b.Network(group, before, after, lower)
    net.run(0.3 * b.ms)
    return {"before": before.x[0], "after": after.x[0], "order": lower.x[0]}


@probe("18 thresholds")
def monitors_after_thresholds(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        1, "dx/dt = 1/ms : 1", threshold="x>0.15", reset="x=0", method="euler", name="zz"
    )
    spikes = b.SpikeMonitor(group, "x", name="aa")
    early = b.SpikeMonitor(group, name="early", when="thresholds", order=-1)
    net = b.Network(group, spikes, early)
    net.run(1 * b.ms)
    return {"t": spikes.t[:], "x": spikes.x[:], "early": early.t[:],
            "order alone": raised(lambda: b.SpikeMonitor(group, order=-1))}  # fmt: skip


@probe("18 end")
def rates_at_the_end(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "x : 1", threshold="t > 0.15*ms and i == 0", name="group")
    rate = b.PopulationRateMonitor(group, name="rate")
    net = b.Network(group, rate)
    net.run(0.4 * b.ms)
    return {"slots": [rate.when, int(rate.order)], "rate": rate.rate[:], "t": rate.t[:]}


@probe("18 resets", "18 synapses")
def input_of_the_step_is_wiped(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "x : 1", threshold="x > 0.9", reset="x = 0", name="group")
    group.x = 1
    synapses = b.Synapses(group, group, on_pre="x += 0.25", on_post="x += 0.125", name="syn")
    synapses.connect(condition="i != j")
    seen = []
    look = b.NetworkOperation(lambda: seen.append(group.x[:].copy()), when="before_resets",
                              name="look")  # fmt: skip
    net = b.Network(group, synapses, look)
    net.run(0.1 * b.ms)
    return {"before": seen[0], "after": group.x[:]}


@probe("18 after_thresholds", "18 after_resets")
def events_between(b: Any) -> dict[str, Any]:
    """Conditions of events see what is before the reset; their code runs after it."""
    group = b.NeuronGroup(
        1,
        "x : 1\ny : 1",
        threshold="x > 0.5",
        reset="x = 0",
        events={"high": "x > 0.25"},
        name="group",
    )
    group.run_on_event("high", "y = x + 10")
    group.x = 1
    events = b.EventMonitor(group, "high", "x", name="events")
    net = b.Network(group, events)
    net.run(0.2 * b.ms)
    return {"y": group.y[:], "x": events.x[:], "t": events.t[:]}


@probe("18 after_thresholds")
def events_elsewhere(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        1, "x : 1", threshold="x > 0.5", reset="x = 0", events={"high": "x > 0.25"}, name="group"
    )
    group.x = 1
    group.set_event_schedule("high", when="after_resets")
    events = b.EventMonitor(group, "high", when="end", name="events")
    net = b.Network(group, events)
    net.run(0.2 * b.ms)
    return {"t": events.t[:], "unknown": raised(lambda: group.set_event_schedule("low"))}


@probe("18 defaultclock.dt")
def default_clock(b: Any) -> dict[str, Any]:
    clock = b.defaultclock
    found = {"dt": clock.dt, "dt_": clock.dt_, "name": clock.name}
    group = b.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="group")
    net = b.Network(group)
    clock.dt = 0.5 * b.ms
    net.run(2 * b.ms)
    return found | {
        "x": group.x[:],
        "dt of group": [group.dt[:], float(group.dt_[:])],
        "t": [float(clock.t / b.ms), float(clock.t_[:] * 1e3), int(clock.timestep[:])],
        "arithmetic": clock.t + 1 * b.ms,
        "steps": int(round(float(clock.t / clock.dt))),
        "number": raised(lambda: setattr(clock, "dt", 0.1)),
        "volt": raised(lambda: setattr(clock, "dt", 1 * b.mV)),
        "array": raised(lambda: setattr(clock, "dt", [1, 2] * b.ms)),
        "comparison": [bool(clock.t > 1 * b.ms), bool(clock.t == 2 * b.ms)],
    }


@probe("18 defaultclock.dt")
def default_dt_after_groups(b: Any) -> dict[str, Any]:
    """Setting the step later affects all objects without one of their own."""
    group = b.NeuronGroup(1, "x : 1", name="group")
    own = b.NeuronGroup(1, "x : 1", dt=0.2 * b.ms, name="own")
    group.run_regularly("x += 1")
    own.run_regularly("x += 1")
    slow = group.run_regularly("x += 100", dt=1 * b.ms)
    trace = b.StateMonitor(group, "x", record=0, name="trace")
    b.defaultclock.dt = 0.4 * b.ms
    net = b.Network(group, own, trace)
    net.run(2 * b.ms)
    return {
        "x": [float(group.x[0]), float(own.x[0])],
        "dt": [group.dt[:], own.dt[:], trace.clock.dt, slow.clock.dt],
        "t": trace.t[:],
    }


@probe("18 Clock(dt, name='clock*')")
def clocks(b: Any) -> dict[str, Any]:
    clock = b.Clock(0.2 * b.ms)
    named = b.Clock(dt=1 * b.ms, name="mine")
    group = b.NeuronGroup(1, "x : 1", clock=clock, name="group")
    group.run_regularly("x += 1")
    net = b.Network(group)
    net.run(1 * b.ms)
    return {
        "names": [clock.name.startswith("clock"), named.name],
        "dt": [clock.dt, named.dt_],
        "t": clock.t[:],
        "t_": float(clock.t_[:]),
        "timestep": int(clock.timestep[:]),
        "x": group.x[:],
        "exact": float(clock.t_[:]) == 5 * 0.2e-3,
        "str": [str(b.Clock(1 * b.ms, name="texts")), repr(named)],
        "number": raised(lambda: b.Clock(0.1)),
        "missing": raised(lambda: b.Clock()),
        "volt": raised(lambda: b.Clock(1 * b.volt)),
        "both": raised(lambda: b.NeuronGroup(1, "x : 1", clock=clock, dt=1 * b.ms)),
        "bad dt": raised(lambda: b.NeuronGroup(1, "x : 1", dt=1)),
        "unused": [named.t[:], int(named.timestep[:])],
    }


@probe("18 Clock(dt, name='clock*')")
def times_do_not_accumulate(b: Any) -> dict[str, Any]:
    clock = b.Clock(0.1 * b.ms)
    group = b.NeuronGroup(1, "x : second", clock=clock, name="group")
    trace = b.StateMonitor(group, "x", record=0, name="trace")
    net = b.Network(group, trace)
    net.run(100 * b.ms)
    products = np.arange(1000) * float(clock.dt_)
    return {"exact": bool(np.array_equal(np.asarray(trace.t_), products)), "t": net.t,
            "clock": float(clock.t_[:]) == 1000 * float(clock.dt_)}  # fmt: skip


@probe("18 Clock(dt, name='clock*')")
def one_clock_for_several(b: Any) -> dict[str, Any]:
    clock = b.Clock(0.3 * b.ms, name="shared")
    one = b.NeuronGroup(1, "x : 1", clock=clock, name="one")
    two = b.NeuronGroup(1, "x : 1", clock=clock, name="two")
    one.run_regularly("x += 1")
    two.run_regularly("x += 1")
    net = b.Network(one, two)
    net.run(1 * b.ms)
    clock.dt = 0.1 * b.ms
    return {"x": [float(one.x[0]), float(two.x[0])], "t": net.t, "dt": [one.dt[:], two.clock.dt]}


@probe("18 several dts", "28 17. clocks of different steps are merged in the order of the schedule")
def merged_in_order(b: Any) -> dict[str, Any]:
    order: list[str] = []
    make = _tracer(b, order)
    operations = [
        make("start", 0, "c_fine", dt=0.1 * b.ms),
        make("start", 0, "a_coarse", dt=0.2 * b.ms),
        make("end", 0, "b_coarse", dt=0.2 * b.ms),
        make("end", -1, "d_fine", dt=0.1 * b.ms),
        make("groups", 0, "z_third", dt=0.3 * b.ms),
    ]
    net = b.Network(operations)
    net.run(0.7 * b.ms)
    return {"order": order, "t": net.t}


@probe("18 several dts")
def clocks_without_common_grid(b: Any) -> dict[str, Any]:
    order: list[str] = []
    make = _tracer(b, order)
    operations = [make("start", 0, f"dt_{k}", dt=k / 10 * b.ms) for k in (2, 3, 5, 7)]
    net = b.Network(operations)
    net.run(1 * b.ms)
    first = len(order)
    net.run(1.1 * b.ms)
    return {"order": order, "first": first, "t": net.t}


@probe("18 several dts")
def nearly_equal_times(b: Any) -> dict[str, Any]:
    """Times that rounding has separated are the same."""
    order: list[str] = []
    make = _tracer(b, order)
    fine = make("end", 0, "fine", dt=0.1 * b.ms)
    third = make("start", 0, "third", dt=(0.1 * 3) * b.ms)
    tenth = make("start", -1, "tenth", dt=0.01 * b.ms)
    net = b.Network(fine, third)
    net.run(3 * b.ms)
    pairs = "".join("T" if name == "third" else "f" for name in order)
    other = b.Network(tenth)
    other.run(1 * b.ms)
    return {"pairs": pairs, "tenth": order.count("tenth")}


@probe("18 several dts")
def coarse_object_with_fine_groups(b: Any) -> dict[str, Any]:
    """A coarse object runs at the beginning of its interval."""
    group = b.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="group")
    coarse = b.NeuronGroup(1, "dy/dt = x/ms : 1\nx : 1 (linked)", method="euler",
                           dt=0.4 * b.ms, name="coarse")  # fmt: skip
    coarse.x = b.linked_var(group, "x")
    trace = b.StateMonitor(group, "x", record=0, dt=0.3 * b.ms, name="trace")
    fine = b.StateMonitor(coarse, "y", record=0, dt=0.1 * b.ms, name="fine")
    net = b.Network(group, coarse, trace, fine)
    net.run(1.5 * b.ms)
    return {"t": trace.t[:], "x": trace.x[0], "y": fine.y[0], "fine": fine.t[:]}


@probe("18 several dts")
def synapses_between_clocks(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(1, "x : 1", threshold="True", dt=0.5 * b.ms, name="source")
    target = b.NeuronGroup(1, "y : 1", dt=0.1 * b.ms, name="target")
    synapses = b.Synapses(source, target, on_pre="y += 1", delay=0.2 * b.ms, name="syn")
    synapses.connect()
    trace = b.StateMonitor(target, "y", record=0, dt=0.1 * b.ms, name="trace")
    net = b.Network(source, target, synapses, trace)
    net.run(2 * b.ms)
    return {"y": trace.y[0], "dt": synapses.pre.clock.dt}


@probe("18 changing dt between runs")
def changing_dt(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "x : 1", name="group")
    group.run_regularly("x += 1")
    trace = b.StateMonitor(group, "x", record=0, name="trace")
    net = b.Network(group, trace)
    net.run(0.5 * b.ms)
    b.defaultclock.dt = 0.25 * b.ms
    net.run(1 * b.ms)
    b.defaultclock.dt = 0.05 * b.ms
    net.run(0.2 * b.ms)
    b.defaultclock.dt = 0.1 * b.ms
    net.run(0.1 * b.ms)
    found = {"x": group.x[:], "t": trace.t[:], "net": net.t}
    b.defaultclock.dt = 0.7 * b.ms
    return found | {"refused": raised(lambda: net.run(1 * b.ms)), "x then": group.x[:]}


@probe("18 changing dt between runs")
def changing_dt_within_tolerance(b: Any) -> dict[str, Any]:
    results = []
    for dt in (0.1, 0.1 * (1 + 1e-7), 0.1001, 1 / 3, 0.3, 0.2):
        group = b.NeuronGroup(1, "x : 1", name="group", clock=b.Clock(0.1 * b.ms))
        group.run_regularly("x += 1")
        net = b.Network(group)
        net.run(1 * b.ms)
        group.clock.dt = dt * b.ms
        results.append(bool(raised(lambda net=net: net.run(1 * b.ms))["raised"]))
    return {"refused": results}


@probe("18 changing dt between runs")
def changing_dt_changes_delays(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(1, "x : 1", threshold="t >= 0.95*ms and t < 1.05*ms", name="source")
    target = b.NeuronGroup(1, "y : 1", name="target")
    synapses = b.Synapses(source, target, on_pre="y += 1", delay=0.5 * b.ms, name="syn")
    synapses.connect()
    trace = b.StateMonitor(target, "y", record=0, name="trace")
    net = b.Network(source, target, synapses, trace)
    net.run(0.5 * b.ms)
    b.defaultclock.dt = 0.05 * b.ms
    net.run(1.5 * b.ms)
    return {"t": trace.t[:], "y": trace.y[0]}


@probe("18 time out of a step", "28 16. steps are counted, the network's time is exact")
def durations_in_steps(b: Any) -> dict[str, Any]:
    counts = []
    for duration in (0.1, 0.10001, 0.1000001, 0.100011, 0.19999999, 0.99999, 1.00002, 0.3 - 1e-9):
        group = b.NeuronGroup(1, "x : 1", name="group")
        group.run_regularly("x += 1")
        net = b.Network(group)
        net.run(duration * b.ms)
        counts.append([float(group.x[0]), float(net.t_) == float(duration * b.ms)])
        del net, group
    return {"counts": counts}


@probe("18 time out of a step")
def many_short_runs(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "x : 1", name="group")
    group.run_regularly("x += 1")
    trace = b.StateMonitor(group, "x", record=0, name="trace")
    net = b.Network(group, trace)
    for _ in range(10):
        net.run(0.15 * b.ms)
    return {"x": group.x[:], "t": trace.t[:], "net": net.t, "steps": len(set(map(float, trace.t)))}


@probe("18 time out of a step")
def long_times(b: Any) -> dict[str, Any]:
    with logged(b) as warnings:
        group = b.NeuronGroup(1, "x : 1", name="group", dt=1 * b.second)
        group.run_regularly("x += 1")
        net = b.Network(group)
        net.run(1000.5 * b.second)
        net.run(0.5 * b.second)
    return {"x": group.x[:], "t": net.t, "warnings": warnings}


@probe("18 obj.when, obj.order")
def slot_and_place(b: Any) -> dict[str, Any]:
    order: list[str] = []
    make = _tracer(b, order)
    first, second, third = make("start", 0, "a"), make("start", 0, "b"), make("end", 5, "c")
    found = [[obj.when, int(obj.order), obj.name] for obj in (first, second, third)]
    second.order = -1
    third.when = "before_start"
    net = b.Network(first, second, third)
    net.run(0.1 * b.ms)
    first.order = -2
    net.run(0.1 * b.ms)
    return {
        "found": found,
        "order": order,
        "made with a number": raised(lambda: b.NetworkOperation(lambda: None, when=3)),
        "monitor": raised(lambda: b.SpikeMonitor(_spiking(b), when=1)),
    }


def _spiking(b: Any) -> Any:
    return b.NeuronGroup(1, "x : 1", threshold="x > 1", name="spiking")


@probe("18 obj.when, obj.order")
def moving_parts_of_groups(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        1, "dx/dt = 1/ms : 1", threshold="x > 0.25", reset="x = 0", method="euler", name="group"
    )
    trace = b.StateMonitor(group, "x", record=0, when="end", name="trace")
    found = [
        [obj.when, int(obj.order)]
        for obj in (group.state_updater, group.thresholder["spike"], group.resetter["spike"])
    ]
    group.state_updater.when = "end"
    group.state_updater.order = 1
    group.resetter["spike"].when = "after_end"
    net = b.Network(group, trace)
    net.run(0.6 * b.ms)
    return {"found": found, "x": trace.x[0]}


@probe("18 obj.when, obj.order", "28 7. order within a slot: order, then name as a string")
def ties_by_name(b: Any) -> dict[str, Any]:
    order: list[str] = []
    make = _tracer(b, order)
    names = ["op_10", "op_2", "Op", "op", "opa", "op_1"]
    net = b.Network([make("start", 0, name) for name in names])
    net.run(0.1 * b.ms)
    return {"order": order}


@probe("18 obj.when, obj.order", "28 7. order within a slot: order, then name as a string")
def synapses_by_name(b: Any) -> dict[str, Any]:
    """The name decides which of two Synapses acts first."""
    source = b.NeuronGroup(1, "x : 1", threshold="True", name="source")
    target = b.NeuronGroup(1, "y : 1", name="target")
    parts = []
    for name, code in (("syn_10", "y += 1"), ("syn_2", "y *= 2"), ("syn_b", "y += 100")):
        synapses = b.Synapses(source, target, on_pre=code, name=name)
        synapses.connect()
        parts.append(synapses)
    parts[2].pre.order = -5
    net = b.Network(source, target, parts)
    net.run(0.2 * b.ms)
    names = [obj.name for obj in net.sorted_objects if obj.when == "synapses"]
    return {"y": target.y[:], "names": names, "finite": math.isfinite(float(target.y[0]))}


@probe("18 obj.when, obj.order")
def order_of_groups(b: Any) -> dict[str, Any]:
    """`order` of a group is that of its integration."""
    first = b.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="b_first", order=-1)
    second = b.NeuronGroup(1, "dy/dt = x/ms : 1\nx : 1 (linked)", method="euler", name="a_second")
    second.x = b.linked_var(first, "x")
    net = b.Network(first, second)
    net.run(0.3 * b.ms)
    return {"y": second.y[:], "orders": [int(first.order), int(first.state_updater.order)],
            "sorted": [o.name for o in net.sorted_objects if "stateupdater" in o.name]}  # fmt: skip
