"""Section 9: custom events."""

from __future__ import annotations

from typing import Any

from probing import probe, raised

CLIMB = "dv/dt = 1/ms : 1\nn : integer\nx : 1"


def climbing(b: Any, n: int = 2, **more: Any) -> Any:
    """Return neurons whose `v` climbs, with an event in the steps in which it is above 0.5."""
    given = {"events": {"high": "v > 0.55"}, "method": "euler"} | more
    return b.NeuronGroup(n, CLIMB, **given)


@probe("9 events={'name': 'condition'}")
def names_and_conditions(b: Any) -> dict[str, Any]:
    group = climbing(b, threshold="v > 1.05", reset="v = 0", name="cells")

    def make(**keywords: Any) -> dict[str, Any]:
        def action() -> None:
            made = b.NeuronGroup(1, CLIMB, method="euler", **keywords)
            b.Network(made).run(0.1 * b.ms, namespace={})

        return raised(action)

    return {
        "events": dict(group.events),
        "thresholder": sorted(group.thresholder),
        "resetter": sorted(group.resetter),
        "parts": sorted([o.name.partition("_")[2], o.when] for o in group.contained_objects),
        "twice": make(threshold="v > 1", reset="", events={"spike": "v > 1"}),
        "spike alone": make(events={"spike": "v > 1"}),
        "spike and reset": make(events={"spike": "v > 1"}, reset="v = 0"),
        "name": make(events={"not a name": "v > 1"}),
        "number": make(events={1: "v > 1"}),
        "no text": make(events={"high": 5}),
        "no condition": make(events={"high": "v"}),
        "unknown": make(events={"high": "v > nobody"}),
        "several": make(events={"high": "v > 1", "low": "v < 1"}),
    }


@probe("9 events={'name': 'condition'}")
def events_as_spikes(b: Any) -> dict[str, Any]:
    """The event 'spike' may be given with the others; it is then what threshold= would be."""
    group = climbing(b, events={"spike": "v > 0.95", "high": "v > 0.55"}, reset="v = 0")
    spikes, events = b.SpikeMonitor(group), b.EventMonitor(group, "high")
    b.run(2.5 * b.ms)
    return {
        "spikes": spikes.t[:],
        "events": events.t[:],
        "i": events.i[:],
        "N": int(events.num_events),
    }


@probe("9 events={'name': 'condition'}", "8 per step")
def events_while_refractory(b: Any) -> dict[str, Any]:
    """Conditions of events are not combined with `not_refractory`, and events do not start it."""
    group = climbing(
        b,
        threshold="v > 0.95",
        reset="v = 0.6",
        refractory=1 * b.ms,
        events={"high": "v > 0.85", "still": "not not_refractory"},
    )
    monitors = [b.EventMonitor(group, event) for event in ("spike", "high", "still")]
    states = b.StateMonitor(group, "lastspike", record=0)
    b.run(2.5 * b.ms)
    return {"t": [monitor.t[:] for monitor in monitors], "lastspike": states.lastspike[:]}


@probe("9 group.run_on_event")
def code_of_events(b: Any) -> dict[str, Any]:
    group = climbing(b, threshold="v > 0.95", reset="x = v; v = 0", order=1, name="cells")
    group.v = [0, 0.35]
    part = group.run_on_event("high", "n += 1; tmp = v*2; x += tmp")
    states = b.StateMonitor(group, ["n", "x"], record=True)
    b.run(2 * b.ms)
    return {
        "n": states.n[:],
        "x": states.x[:],
        "place": [part.when, int(part.order), part.name.partition("_")[2]],
        "codes": dict(group.event_codes),
        "resetters": sorted(group.resetter),
        "again": raised(lambda: group.run_on_event("high", "n += 1")),
        "unknown": raised(lambda: group.run_on_event("low", "n += 1")),
        "reset": raised(lambda: group.run_on_event("spike", "n += 1")),
    }


@probe("9 group.run_on_event")
def code_in_other_slots(b: Any) -> dict[str, Any]:
    """The slot and the order of the code decide what it sees."""

    def run(**place: Any) -> Any:
        group = climbing(b, threshold="v > 0.55", reset="v = 0", events={"high": "v > 0.55"})
        part = group.run_on_event("high", "x = 2*v; v += 0.1", **place)
        b.Network(group).run(3 * b.ms)
        return [group.v[:], group.x[:], part.when, int(part.order)]

    spiking = b.NeuronGroup(1, CLIMB, threshold="v > 0.95", method="euler")
    spiking.run_on_event("spike", "v = 0; n += 1", when="resets")
    b.Network(spiking).run(3 * b.ms)
    return {
        "usual": run(),
        "before": run(when="before_resets"),
        "same slot, earlier": run(when="resets", order=-1),
        "same slot, later": run(when="resets", order=1),
        "start": run(when="start"),
        "spike": [spiking.v[:], spiking.n[:]],
        "no slot": raised(lambda: run(when="nowhere")),
    }


@probe("9 group.set_event_schedule")
def check_of_events(b: Any) -> dict[str, Any]:
    """Moving the check moves what it sees, and when the code can act."""

    def run(when: str, **order: Any) -> Any:
        group = climbing(b, threshold="v > 0.55", reset="v = 0", events={"high": "v > 0.55"})
        group.run_on_event("high", "n += 1")
        group.set_event_schedule("high", when=when, **order)
        monitor = b.EventMonitor(group, "high")
        b.Network(group, monitor).run(2 * b.ms)
        part = group.thresholder["high"]
        return [group.n[:], monitor.t[:], part.when, int(part.order), monitor.when]

    group = climbing(b)
    return {
        "usual": run("after_thresholds"),
        "start": run("start"),
        "end": run("end"),
        "order": run("before_resets", order=3),
        "spike": raised(lambda: climbing(b).set_event_schedule("spike", "end")),
        "unknown": raised(lambda: group.set_event_schedule("low", "end")),
        "default": (group.set_event_schedule("high"), group.thresholder["high"].when)[1],
    }


@probe("9 EventMonitor(source, event, ...)")
def monitors(b: Any) -> dict[str, Any]:
    group = climbing(b, 3, threshold="v > 0.95", reset="v = 0")
    group.v = [0, 0.3, 0]
    group.run_on_event("high", "v += 0.05")
    events = b.EventMonitor(group, "high", variables=["v", "x"])
    part = b.EventMonitor(group[1:], "high", when="after_thresholds", order=1)
    counting = b.EventMonitor(group, "high", record=False)
    b.run(1.5 * b.ms)
    return {
        "i": events.i[:],
        "t": events.t[:],
        "v": events.v[:],
        "count": [events.count[:], counting.count[:], part.count[:]],
        "num": [int(events.num_events), int(part.num_events)],
        "trains": [train * 1 for train in events.event_trains().values()],
        "values": list(events.values("v").values()),
        "place": [events.when, int(events.order), events.event],
        "part": part.i[:],
        "unknown": raised(lambda: b.EventMonitor(group, "low")),
        "no spikes": raised(lambda: b.SpikeMonitor(climbing(b))),
        "spikes": raised(lambda: b.SpikeMonitor(climbing(b), "x")),
    }


@probe("9 Synapses")
def synapses(b: Any) -> dict[str, Any]:
    """Pathways triggered by events, all of them or those named, with delays."""
    source = climbing(b, 2, threshold="v > 1.05", reset="v = 0", name="source")
    target = b.NeuronGroup(2, "a : 1\nb : 1\nc : 1", name="target")
    source.v = [0, 0.25]
    everything = b.Synapses(source, target, on_pre="a_post += 1", on_event="high")
    everything.connect(j="i")
    named = b.Synapses(
        source,
        target,
        on_pre={"event": "b_post += 1", "spiking": "c_post += 1"},
        on_event={"event": "high"},
        delay={"event": 0.3 * b.ms},
    )
    named.connect(j="i")
    back = b.Synapses(target, source, "w : 1", on_post="w += 1", on_event={"post": "high"})
    back.connect(j="i")
    states = b.StateMonitor(target, ["a", "b", "c"], record=True)
    b.run(2.5 * b.ms)
    return {"a": states.a[:], "b": states.b[:], "c": states.c[:], "w": back.w[:]}


@probe("9 Synapses")
def wrong_events_of_synapses(b: Any) -> dict[str, Any]:
    source, target = climbing(b), b.NeuronGroup(2, "a : 1")
    both = b.NeuronGroup(2, CLIMB, threshold="v > 1", reset="", events={"high": "v > 0.5"})

    def make(**more: Any) -> dict[str, Any]:
        return raised(lambda: b.Synapses(source, target, **more))

    return {
        "no spikes": make(on_pre="a_post += 1"),
        "unknown": make(on_pre="a_post += 1", on_event="low"),
        "right": make(on_pre="a_post += 1", on_event="high"),
        "post": make(on_pre="a_post += 1", on_post="a_post += 1", on_event="high"),
        "post spikes": make(on_post="a_post += 1"),
        "both": raised(
            lambda: b.Synapses(both, both, on_pre="x_post += 1", on_event={"pre": "high"})
        ),
    }
