"""Section 17: networks, what runs together and for how long."""

from __future__ import annotations

import gc
from typing import Any

from probing import logged, printed, probe, raised


def _counter(b: Any, name: str, **options: Any) -> Any:
    """Return a group whose x counts its steps."""
    group = b.NeuronGroup(1, "x : 1", name=name, **options)
    group.run_regularly("x += 1")
    return group


@probe("17 Network(*objs, name='network*'), add, remove")
def containers(b: Any) -> dict[str, Any]:
    one, two, three, four = (_counter(b, name) for name in ("one", "two", "three", "four"))
    net = b.Network(one, [two, (three,)], {"key": {"inner": four}})
    net.run(0.3 * b.ms)
    return {
        "x": [float(group.x[0]) for group in (one, two, three, four)],
        "names": sorted(obj.name for obj in net.objects),
        "text": raised(lambda: b.Network("one")),
        "number": raised(lambda: b.Network(3)),
        "none": raised(lambda: b.Network(None)),
        "function": raised(lambda: b.Network(len)),
        "inside": raised(lambda: b.Network([_counter(b, "five"), 3])),
        "inside dict": raised(lambda: b.Network({"a": 3})),
        "clock": raised(lambda: b.Network(b.defaultclock)),
        "network in network": raised(lambda: b.Network(b.Network())),
        "generator": sorted(o.name for o in b.Network(_counter(b, n) for n in "ab").objects),
        "set": sorted(o.name for o in b.Network({_counter(b, "c")}).objects),
        "empty": len(b.Network()),
        "empty list": len(b.Network([])),
        "name": b.Network(name="mine").name,
        "starred": [b.Network(name="yours*").name, b.Network().name.startswith("network")],
        "bad name": raised(lambda: b.Network(name="no name")),
    }


@probe("17 Network(*objs, name='network*'), add, remove")
def add_and_remove(b: Any) -> dict[str, Any]:
    one, two, three = (_counter(b, name) for name in ("one", "two", "three"))
    net = b.Network(one)
    net.add(one, [two])
    net.run(0.2 * b.ms)
    net.remove(two)
    net.add({"x": three})
    net.run(0.2 * b.ms)
    found = {"x": [float(group.x[0]) for group in (one, two, three)], "t": net.t}
    net.remove([one, three])
    net.run(0.1 * b.ms)
    found |= {
        "later": [float(group.x[0]) for group in (one, two, three)],
        "wrong": raised(lambda: net.add(3)),
        "wrong removal": raised(lambda: net.remove(3)),
        "names": sorted(obj.name for obj in net.objects),
        "result": net.add(_counter(b, "more")),
    }
    return found


@probe("17 Network(*objs, name='network*'), add, remove", "25 object used in a second network")
def second_network(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    idle = _counter(b, "idle")
    first, second = b.Network(group), b.Network(idle)
    before = raised(lambda: b.Network(group, idle))
    first.run(0.1 * b.ms)
    late = b.Network()
    return {
        "not yet run": before,
        "new": raised(lambda: b.Network(group)),
        "add": raised(lambda: second.add(group)),
        "add to an empty one": raised(lambda: late.add([group])),
        "magic": raised(lambda: b.run(0.1 * b.ms, namespace={"group": group})),
        "idle": raised(lambda: second.run(0.1 * b.ms)),
    }


@probe("17 Network(*objs, name='network*'), add, remove", "25 object used in a second network")
def second_network_that_waited(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    first, second = b.Network(group), b.Network(group)
    first.run(0.1 * b.ms)
    return {"run": raised(lambda: second.run(0.1 * b.ms)), "x": group.x[:]}


@probe("17 net[name], name in net, len")
def by_name(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dx/dt = -x/(1*ms) : 1", threshold="x>2", reset="x=0", name="group",
                          method="euler")  # fmt: skip
    synapses = b.Synapses(group, group, on_pre="x += 1", name="syn")
    synapses.connect()
    monitor = b.SpikeMonitor(group, name="mon")
    net = b.Network(group, synapses, monitor)
    found = {
        "group": net["group"] is group,
        "contained": [net["group_spike_thresholder"].name, net["syn_pre"] is synapses.pre],
        "in": ["group" in net, "group_spike_resetter" in net, "nothing" in net, "" in net],
        "object in": raised(lambda: group in net),
        "len": len(net),
        "iteration": sorted(obj.name for obj in net),
        "objects": sorted(obj.name for obj in net.objects),
        "sorted": [obj.name for obj in net.sorted_objects],
        "types": [isinstance(net.t, b.Quantity), isinstance(net.t_, float)],
        "missing": raised(lambda: net["nothing"]),
        "number": raised(lambda: net[0]),
        "object": raised(lambda: net[group]),
        "slice": raised(lambda: net[:]),
    }
    net.run(1 * b.ms)
    del net["mon"]
    return found | {
        "t": net.t,
        "t_": net.t_,
        "after": sorted(obj.name for obj in net),
        "again": raised(lambda: net.__delitem__("mon")),
        "delete by number": raised(lambda: net.__delitem__(0)),
        "truth": bool(net),
        "empty": bool(b.Network()),
    }


@probe("17 net.run")
def durations(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    monitor = b.StateMonitor(group, "x", record=True, name="mon")
    net = b.Network(group, monitor)
    counts = []
    for duration in (0.25, 0.05, 0.0, 0.1, 0.33, 0.001, 1e-6, 0.069):
        net.run(duration * b.ms)
        counts.append([float(group.x[0]), float(net.t_), int(group.clock.timestep[:])])
    return {
        "counts": counts,
        "t": monitor.t[:],
        "negative": raised(lambda: net.run(-1 * b.ms)),
        "number": raised(lambda: net.run(1)),
        "volt": raised(lambda: net.run(1 * b.mV)),
        "zero": raised(lambda: net.run(0)),
        "text": raised(lambda: net.run("1*ms")),
        "none": raised(lambda: net.run(None)),
        "missing": raised(lambda: net.run()),
        "period": raised(lambda: net.run(0.1 * b.ms, report_period=1)),
    }


@probe("17 net.run")
def result_and_positions(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dx/dt = k/ms : 1", name="group", method="euler")
    net = b.Network(group)
    result = net.run(1 * b.ms, None, 10 * b.second, {"k": 2})
    found = {"result": result, "x": group.x[:], "empty network": b.Network().run(1 * b.ms)}
    alone = b.Network()
    alone.run(0.25 * b.ms)
    return found | {"time passes": alone.t}


@probe("17 net.run")
def nothing_but_preparation(b: Any) -> dict[str, Any]:
    calls = []
    group = b.NeuronGroup(1, "dx/dt = unknown/ms : 1", name="group", method="euler")
    operation = b.NetworkOperation(lambda: calls.append(1), name="op")
    net = b.Network(group, operation)
    error = raised(lambda: net.run(0 * b.ms))
    unknown = 1
    net.run(0 * b.ms)
    return {"error": error, "t": net.t, "calls": len(calls), "x": group.x[:]}


def _level_two(b: Any, net: Any) -> None:
    k = 1000
    net.run(0.1 * b.ms, level=1)


@probe("17 net.run")
def namespaces_and_levels(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "x : 1", name="group")
    group.run_regularly("x = k", name="set")
    net = b.Network(group)
    seen = []
    k = 1
    net.run(0.1 * b.ms)
    seen.append(float(group.x[0]))
    net.run(0.1 * b.ms, namespace={"k": 10})
    seen.append(float(group.x[0]))
    k = 2
    _level_two(b, net)
    seen.append(float(group.x[0]))
    k = 3 * b.mV
    units = raised(lambda: net.run(0.1 * b.ms, namespace={"k": k}))
    return {"seen": seen, "units": units, "missing": raised(lambda: net.run(b.ms, namespace={}))}


@probe("17 report")
def report_functions(b: Any) -> dict[str, Any]:
    calls: list[Any] = []
    group = _counter(b, "group")
    net = b.Network(group)

    def report(elapsed: Any, completed: float, start: Any, duration: Any) -> None:
        calls.append((elapsed, completed, start, duration))

    net.run(1 * b.ms)
    net.run(2 * b.ms, report=report, report_period=100 * b.second)
    elapsed = [call[0] for call in calls]
    return {
        "completed": [float(call[1]) for call in calls],
        "start": [float(call[2] / b.ms) for call in calls],
        "duration": [float(call[3] / b.ms) for call in calls],
        "elapsed": [isinstance(e, b.Quantity) and b.have_same_dimensions(e, b.ms) for e in elapsed],
        "string": raised(lambda: net.run(b.ms, report="nonsense")),
        "number": raised(lambda: net.run(b.ms, report=3)),
        "bytes": raised(lambda: net.run(b.ms, report=b"text")),
        "empty": raised(lambda: net.run(b.ms, report="")),
        "t": net.t,
    }


@probe("17 report")
def reports_as_text(b: Any) -> dict[str, Any]:
    """A line at the start and one at the end, with the same words."""
    script = """
group = b.NeuronGroup(1, "x : 1", name="group")
net = b.Network(group)
for report in (None, "text", "stdout", "stderr"):
    print("-", report, flush=True)
    net.run(1*b.ms, report=report)
    net.run(0.5*b.second, report=report, report_period=100*b.second)
"""
    lines = printed(b, script)
    return {
        "out": [line.partition(" (")[0].rstrip() for line in lines["out"]],
        "err": [line.partition(" (")[0].rstrip() for line in lines["err"]
                if "imulat" in line],
    }  # fmt: skip


@probe("17 report")
def report_often(b: Any) -> dict[str, Any]:
    """With a period of zero a report comes now and then; the numbers go up."""
    calls: list[float] = []
    group = _counter(b, "group")
    net = b.Network(group, b.NetworkOperation(lambda: None, name="op"))
    net.run(20 * b.ms, report=lambda e, c, s, d: calls.append(float(c)), report_period=0 * b.second)
    return {
        "first": calls[0],
        "last": calls[-1],
        "ascending": calls == sorted(calls),
        "zero duration": raised(lambda: net.run(0 * b.ms, report=lambda e, c, s, d: None)),
        "text": raised(lambda: net.run(0 * b.ms, report="text")),
    }


@probe("17 report")
def errors_in_reports(b: Any) -> dict[str, Any]:
    net = b.Network(_counter(b, "group"))

    def broken(elapsed: Any, completed: float, start: Any, duration: Any) -> None:
        raise LookupError("mine")

    return {
        "raises": raised(lambda: net.run(b.ms, report=broken)),
        "too few arguments": raised(lambda: net.run(b.ms, report=lambda a, c: None)),
    }


@probe("17 report")
def reports_of_objects_with_call(b: Any) -> dict[str, Any]:
    seen: list[float] = []

    class Progress:
        def __call__(self, elapsed: Any, completed: float, start: Any, duration: Any) -> None:
            seen.append(completed)

    group = _counter(b, "group")
    b.run(b.ms, report=Progress(), report_period=5 * b.second)
    return {"seen": [float(x) for x in seen], "x": group.x[:]}


@probe("17 stop(), net.stop()")
def stopping(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    late = b.NeuronGroup(1, "x : 1", name="late")
    late.run_regularly("x += 1", when="end", name="late_count")
    monitor = b.StateMonitor(group, "x", record=True, name="mon")

    @b.network_operation(when="groups", name="op")
    def halt(t: Any) -> None:
        if abs(t - 0.5 * b.ms) < 0.01 * b.ms:
            b.stop()

    net = b.Network(group, late, monitor, halt)
    net.run(2 * b.ms)
    found = {"t": net.t, "x": group.x[:], "late": late.x[:], "recorded": monitor.t[:]}
    net.run(0.3 * b.ms)
    return found | {"then": net.t, "x then": group.x[:]}


@probe("17 stop(), net.stop()")
def stopping_one_network(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    coarse = _counter(b, "coarse", dt=0.4 * b.ms)
    net = b.Network(group, coarse)

    @b.network_operation(name="op")
    def halt(t: Any) -> None:
        if t > 0.55 * b.ms:
            net.stop()

    net.add(halt)
    net.run(2 * b.ms)
    found = {"t": net.t, "x": [float(group.x[0]), float(coarse.x[0])]}
    net.remove(halt)
    net.run(0.5 * b.ms)
    outside = b.Network(_counter(b, "other"))
    outside.stop()
    outside.run(0.3 * b.ms)
    return found | {
        "x then": [float(group.x[0]), float(coarse.x[0])],
        "t then": net.t,
        "a stop before a run": outside.t,
    }


@probe("17 stop(), net.stop()")
def stopping_from_a_report(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    net = b.Network(group)
    calls: list[float] = []

    def report(elapsed: Any, completed: float, start: Any, duration: Any) -> None:
        calls.append(float(completed))
        if completed == 0:
            b.stop()

    net.run(1 * b.ms, report=report)
    return {"less than all": float(group.x[0]) <= 1, "first": calls[0]}


@probe("17 stop(), net.stop()")
def stopping_the_magic_network(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")

    @b.network_operation(name="op")
    def halt() -> None:
        if float(group.x[0]) >= 3:
            b.stop()

    b.run(1 * b.ms)
    first = [float(group.x[0]), float(b.magic_network.t / b.ms)]
    b.run(1 * b.ms)
    return {"first": first, "second": [float(group.x[0]), float(b.magic_network.t / b.ms)]}


@probe("17 duplicate names")
def duplicates(b: Any) -> dict[str, Any]:
    one, two = (b.NeuronGroup(1, "x : 1", name="same") for _ in range(2))
    part = b.NeuronGroup(1, "x : 1", threshold="x > 1", name="part")
    other = b.NeuronGroup(1, "x : 1", name="part_spike_thresholder")
    return {
        "two": raised(lambda: b.Network(one, two).run(b.ms)),
        "made": raised(lambda: b.Network(one, two)),
        "of a part": raised(lambda: b.Network(part, other).run(b.ms)),
        "separate": raised(lambda: b.Network(two).run(b.ms)),
        "magic": raised(lambda: _run_visible(b)),
    }


def _run_visible(b: Any) -> None:
    one = b.NeuronGroup(1, "x : 1", name="twice")
    two = b.NeuronGroup(1, "x : 1", name="twice")
    b.run(b.ms)
    del one, two


@probe("17 net.schedule")
def schedule(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    net = b.Network(group)
    default = list(net.schedule)
    net.schedule = ["groups", "start", "thresholds", "synapses", "resets", "end"]
    changed = list(net.schedule)
    net.schedule = None
    again = list(net.schedule)
    return {
        "default": default,
        "changed": changed,
        "again": again,
        "number": raised(lambda: setattr(net, "schedule", 3)),
        "numbers": raised(lambda: setattr(net, "schedule", [1, 2])),
        "before": raised(lambda: setattr(net, "schedule", ["start", "before_groups"])),
        "after": raised(lambda: setattr(net, "schedule", ["after_x"])),
        "tuple": raised(lambda: setattr(net, "schedule", ("start", "groups"))),
    }


@probe("17 net.schedule")
def order_of_a_changed_schedule(b: Any) -> dict[str, Any]:
    order: list[str] = []

    def note(text: str) -> Any:
        return lambda: order.append(text)

    slots = ("start", "before_groups", "mine", "after_mine", "end", "before_end")
    operations = [b.NetworkOperation(note(s), when=s, name=f"op_{s}") for s in slots]
    net = b.Network(operations)
    unknown = raised(lambda: net.run(0.1 * b.ms))
    net.schedule = ["end", "mine", "groups", "start"]
    net.run(0.1 * b.ms)
    found = {"unknown": unknown, "order": order, "sorted": [obj.name for obj in net.sorted_objects]}
    lone = b.NetworkOperation(lambda: None, when="nowhere", name="lone")
    made = b.Network(lone)
    return found | {"run": raised(lambda: made.run(0.1 * b.ms))}


@probe("17 net.schedule")
def effect_of_a_schedule(b: Any) -> dict[str, Any]:
    """Resets before synapses: the input of the step of the spike survives."""
    values = []
    for slots in (None, ["start", "groups", "thresholds", "resets", "synapses", "end"]):
        group = b.NeuronGroup(1, "x : 1", threshold="x > 0.5", reset="x = 0", name="group")
        group.x = 1
        synapses = b.Synapses(group, group, on_pre="x += 0.25", name="syn")
        synapses.connect()
        net = b.Network(group, synapses)
        net.schedule = slots
        net.run(0.1 * b.ms)
        values.append(float(group.x[0]))
        del group, synapses, net
        gc.collect()
    return {"values": values}


@probe("17 net.schedule")
def preference_of_the_schedule(b: Any) -> dict[str, Any]:
    net = b.Network()
    old = b.prefs["core.network.default_schedule"]
    b.prefs["core.network.default_schedule"] = ["end", "start"]
    try:
        found = list(net.schedule)
        magic = list(b.magic_network.schedule)
        wrong = raised(lambda: b.prefs.__setitem__("core.network.default_schedule", "start"))
    finally:
        b.prefs["core.network.default_schedule"] = old
    return {"found": found, "magic": magic, "wrong": wrong}


@probe("17 profile=True, net.profiling_info, profiling_summary")
def profiling(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(5, "dx/dt = -x/(1*ms) : 1", threshold="x>2", reset="x=0", name="group",
                          method="euler")  # fmt: skip
    monitor = b.SpikeMonitor(group, name="mon")
    net = b.Network(group, monitor)
    before = raised(lambda: net.profiling_info)
    summary_before = raised(lambda: b.profiling_summary(net))
    net.run(1 * b.ms)
    unprofiled = raised(lambda: net.profiling_info)
    net.run(1 * b.ms, profile=True)
    info = net.profiling_info
    times = [float(time) for _, time in info]
    text = str(b.profiling_summary(net))
    found = {
        "before": before,
        "summary before": summary_before,
        "unprofiled": unprofiled,
        "names": sorted(name for name, _ in info if name != "group"),
        "units": all(b.have_same_dimensions(time, b.second) for _, time in info),
        "descending": times == sorted(times, reverse=True),
        "text": "Profiling summary" in text and "group_stateupdater" in text and "%" in text,
        "lines": len(text.splitlines()) - len(info),
        "shown": len(str(b.profiling_summary(net, 2)).splitlines()),
        "keyword": len(str(b.profiling_summary(net=net, show=1)).splitlines()),
        "html": "group_stateupdater" in b.profiling_summary(net)._repr_html_(),
    }
    net.run(1 * b.ms)
    return found | {"later": raised(lambda: net.profiling_info)}


@probe("17 profile=True, net.profiling_info, profiling_summary")
def profiling_the_magic_network(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    b.run(0.5 * b.ms, profile=True)
    return {
        "names": any("group_run_regularly" in name for name, _ in b.magic_network.profiling_info),
        "text": "group_run_regularly" in str(b.profiling_summary()),
        "x": group.x[:],
    }


@probe("17 scheduling_summary")
def summary_of_the_schedule(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dx/dt = -x/(1*ms) : 1", threshold="x>2", reset="x=0", name="group",
                          method="euler")  # fmt: skip
    monitor = b.StateMonitor(group, "x", record=True, dt=1 * b.ms, name="mon")
    idle = b.NeuronGroup(1, "dx/dt = 1/ms : 1", name="idle", method="euler")
    count = idle.run_regularly("x += 1", order=3)
    count.active = False
    net = b.Network(monitor, group, idle)
    summary = net.scheduling_summary()
    text = str(summary).lower()
    lines = [
        [cell.strip() for cell in line.split("|")] for line in text.splitlines() if "|" in line
    ]
    html = summary._repr_html_()
    return {
        "rows": [[cell.split(" ")[0] for cell in line] for line in lines],
        "function": str(b.scheduling_summary(net)).lower() == text,
        "html": [word in html for word in ("<table", "group_spike_thresholder", "mon")],
        "magic": raised(lambda: str(b.scheduling_summary())),
    }


@probe("17 net.get_states(...), set_states")
def states_of_a_network(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "x : volt\ny = 2*x : volt\nk : 1 (constant)", name="group")
    other = b.NeuronGroup(1, "z : 1", name="other")
    synapses = b.Synapses(group, other, "w : 1", name="syn")
    synapses.connect()
    net = b.Network(group, other, synapses)
    group.x = [1, 2] * b.mV
    synapses.w = [0.5, 0.25]
    states = net.get_states()
    plain = net.get_states(units=False, read_only_variables=False)
    net.set_states({"group": {"x": [3, 4] * b.mV, "k": 7}, "other": {"z": 5}})
    found = {
        "keys": sorted(states),
        "group": sorted(states["group"]),
        "x": states["group"]["x"],
        "w": states["syn"]["w"],
        "plain": {name: sorted(plain[name]) for name in ("group", "other")},
        "plain x": plain["group"]["x"],
        "subexpressions": sorted(net.get_states(subexpressions=True)["group"]),
        "set x": group.x[:],
        "set": [float(group.k[1]), float(other.z[0])],
    }
    net.set_states({"group": {"x": [8, 9]}}, units=False)
    return found | {
        "units=False": group.x[:],
        "unknown object": raised(lambda: net.set_states({"nothing": {"x": 1}})),
        "unknown variable": raised(lambda: net.set_states({"other": {"x": 1}})),
        "format": raised(lambda: net.get_states(format="none")),
    }


@probe("17 active")
def active(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dx/dt = 1/ms : 1", threshold="x>0.35", reset="x=0", name="group",
                          method="euler")  # fmt: skip
    spikes = b.SpikeMonitor(group, name="spikes")
    trace = b.StateMonitor(group, "x", record=0, name="trace")
    count = group.run_regularly("x += 0", name="count")
    net = b.Network(group, spikes, trace)
    initial = [obj.active for obj in net.objects]
    group.active = False
    contained = [group.active, group.thresholder["spike"].active, count.active]
    net.run(0.5 * b.ms)
    found = {"initial": initial, "contained": contained, "x": group.x[:], "spikes": len(spikes.i)}
    group.active = True
    net.run(0.5 * b.ms)
    group.thresholder["spike"].active = False
    trace.active = False
    net.run(0.5 * b.ms)
    return found | {
        "x then": group.x[:],
        "spikes then": spikes.t[:],
        "trace": trace.t[:],
        "still": [group.active, group.thresholder["spike"].active],
    }


@probe("17 active")
def inactive_monitors_and_inputs(b: Any) -> dict[str, Any]:
    source = b.SpikeGeneratorGroup(1, [0, 0, 0], [0.1, 0.6, 1.1] * b.ms, name="source")
    target = b.NeuronGroup(1, "x : 1", name="target")
    synapses = b.Synapses(source, target, on_pre="x += 1", name="syn")
    synapses.connect()
    spikes = b.SpikeMonitor(source, name="spikes")
    net = b.Network(source, target, synapses, spikes)
    net.run(0.5 * b.ms)
    spikes.active = False
    synapses.pre.active = False
    net.run(0.5 * b.ms)
    first = [float(target.x[0]), len(spikes.t)]
    spikes.active = True
    synapses.pre.active = True
    net.run(0.5 * b.ms)
    with logged(b) as warnings:
        net.run(0.1 * b.ms)
    return {"first": first, "x": target.x[:], "spikes": spikes.t[:], "warnings": warnings}


@probe("17 stop(), net.stop()")
def stopping_between_clocks(b: Any) -> dict[str, Any]:
    """The time is that of the first step which has not been run, whatever its clock."""
    three, four = (_counter(b, f"dt_{k}", dt=k / 10 * b.ms) for k in (3, 4))

    def halt(t: Any) -> None:
        if abs(t - 0.3 * b.ms) < 0.01 * b.ms:
            net.stop()

    net = b.Network(three, four, b.NetworkOperation(halt, dt=0.3 * b.ms, name="op"))
    net.run(2 * b.ms)
    found = {"t": net.t, "x": [float(three.x[0]), float(four.x[0])]}
    net.run(1 * b.ms)
    return found | {"then": net.t, "x then": [float(three.x[0]), float(four.x[0])]}


@probe("17 stop(), net.stop()")
def stopping_in_the_last_step(b: Any) -> dict[str, Any]:
    group = _counter(b, "group")
    net = b.Network(group, b.NetworkOperation(lambda t: t > 0.15 * b.ms and b.stop(), name="op"))
    net.run(0.25 * b.ms)
    return {"t": net.t, "x": group.x[:]}
