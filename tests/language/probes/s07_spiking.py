"""Section 7: threshold, reset, spikes, and the methods of groups."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
from probing import logged, probe, raised

RAMP = "dv/dt = 1/ms : 1"


@probe("7 threshold")
def thresholds(b: Any) -> dict[str, Any]:
    """A condition may use any names; it is evaluated after the integration."""
    group = b.NeuronGroup(
        3,
        """dv/dt = 1/ms : 1
        limit : 1
        on : boolean""",
        threshold="v > limit and on",
        reset="v = 0",
        method="euler",
    )
    group.limit = [0.55, 0.95, 0.55]
    group.on = [True, True, False]
    spikes = b.SpikeMonitor(group)
    b.run(3 * b.ms)
    return {"i": spikes.i[:], "t": spikes.t[:], "v": group.v[:]}


@probe("7 threshold")
def wrong_thresholds(b: Any) -> dict[str, Any]:
    def run(threshold: Any, reset: Any = "") -> dict[str, Any]:
        def action() -> None:
            group = b.NeuronGroup(1, "dv/dt = -v/ms : volt", threshold=threshold, reset=reset)
            b.Network(group).run(0.1 * b.ms, namespace={"limit": 3})

        return raised(action)

    return {
        "no condition": run("v"),
        "number": run("1"),
        "units": run("v > 1"),
        "external": run("v > limit"),
        "unknown": run("v > nobody"),
        "quantity": run(-50 * b.mV),
        "statement": run("v = 1*mV"),
        "true": run("True"),
        "not": run("not (v < 1*mV)"),
    }


@probe("7 threshold")
def threshold_warnings(b: Any) -> dict[str, Any]:
    def warned(**keywords: Any) -> bool:
        with logged(b) as names:
            b.NeuronGroup(1, "dv/dt = -v/ms : 1", **keywords)
        return "only_threshold" in names

    return {
        "only": warned(threshold="v > 1"),
        "reset": warned(threshold="v > 1", reset="v = 0"),
        "empty reset": warned(threshold="v > 1", reset=""),
        "refractory": warned(threshold="v > 1", refractory=1 * b.ms),
        "random": warned(threshold="rand() < 0.1"),
        "neither": warned(),
    }


@probe("7 threshold")
def spike_in_every_step(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "v : 1", threshold="v > 0.5")
    group.v = [0, 1]
    spikes = b.SpikeMonitor(group)
    b.run(0.5 * b.ms)
    return {"i": spikes.i[:], "t": spikes.t[:]}


@probe("7 reset")
def resets(b: Any) -> dict[str, Any]:
    """Several statements, temporaries, and reading what an earlier statement set."""
    group = b.NeuronGroup(
        3,
        """dv/dt = 1/ms : 1
        w : 1
        n : integer
        seen : second""",
        threshold="v > 0.95",
        reset="""
        double = 2*v  # a temporary
        v -= 0.9; w += double
        n += 1
        w = clip(w, 0, 5)
        seen = t
        """,
        method="euler",
    )
    group.v = "0.3*i"
    b.run(5 * b.ms)
    return {"v": group.v[:], "w": group.w[:], "n": group.n[:], "seen": group.seen[:]}


@probe("7 reset")
def wrong_resets(b: Any) -> dict[str, Any]:
    def run(reset: Any, threshold: Any = "v > 1*volt") -> dict[str, Any]:
        def action() -> None:
            model = "dv/dt = -v/ms : volt\ns = 2*v : volt\ntotal : 1 (shared)\nc : 1 (constant)"
            group = b.NeuronGroup(1, model, threshold=threshold, reset=reset)
            b.Network(group).run(0.1 * b.ms, namespace={"v_reset": -1 * b.mV})

        return raised(action)

    return {
        "no threshold": run("v = 0*mV", None),
        "units": run("v = 1"),
        "subexpression": run("s = 0*mV"),
        "unknown": run("v = nobody"),
        "external": run("v = v_reset"),
        "shared": run("total += 1"),
        "constant": run("c += 1"),
        "number": run(0),
        "in place": run("v *= 1*mV"),
    }


@probe("7 reset")
def reset_after_synapses(b: Any) -> dict[str, Any]:
    """Input that arrives in the step of a spike is wiped out by the reset."""
    group = b.NeuronGroup(2, RAMP, threshold="v > 0.95", reset="v = 0", method="euler")
    synapses = b.Synapses(group, group, on_pre="v_post += 0.25")
    synapses.connect(i=[0, 1], j=[1, 0])
    group.v = [0.0, 0.0]
    states = b.StateMonitor(group, "v", record=True)
    spikes = b.SpikeMonitor(group)
    b.run(3 * b.ms)
    return {"v": states.v[:], "i": spikes.i[:], "t": spikes.t[:]}


@probe("7 spike time")
def spike_times(b: Any) -> dict[str, Any]:
    """The spike has the time at the start of its step, the state is that of its end."""
    group = b.NeuronGroup(
        1, RAMP, threshold="v > 0.55", reset="", refractory=10 * b.ms, method="euler"
    )
    spikes = b.SpikeMonitor(group, variables="v")
    states = b.StateMonitor(group, "v", record=0)
    late = b.StateMonitor(group, "v", record=0, when="end")
    b.run(1 * b.ms)
    return {
        "t": spikes.t[:],
        "v": spikes.v[:],
        "lastspike": group.lastspike[:],
        "before": states.v[0],
        "after": late.v[0],
    }


@probe("7 spike time")
def spike_times_with_own_clock(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        2, RAMP, threshold="v > 0.95", reset="v = 0", method="euler", dt=0.25 * b.ms
    )
    group.v = [0, 0.5]
    spikes = b.SpikeMonitor(group)
    b.run(2.6 * b.ms)
    return {"t": spikes.t[:], "i": spikes.i[:], "time": group.t[:]}


@probe("7 group.spikes")
def latest_spikes(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        4, RAMP, threshold="v > 0.95", reset="v = 0", method="euler", events={"high": "v > 0.5"}
    )
    group.v = [0.85, 0.0, 0.85, 0.75]
    seen: list[Any] = []

    @b.network_operation(when="end")
    def look() -> None:
        seen.append(np.array(group.spikes))

    before = np.array(group.spikes)
    b.run(0.3 * b.ms)
    return {"before": before, "seen": seen, "after": np.array(group.spikes)}


@probe("7 group.run_regularly, run_on_event, set_event_schedule, get_states, set_states, state")
def regular_operations(b: Any) -> dict[str, Any]:
    gc.collect()
    group = b.NeuronGroup(3, "x : 1\ny : 1\nshared : 1 (shared)\nn : integer", name="cells")
    every = group.run_regularly("x += 1; tmp = x*2; y = tmp + i", dt=0.3 * b.ms)
    late = group.run_regularly("n += 1", when="end", order=3, name="late")
    group.run_regularly("shared += 1\nx += shared*0.01")
    off = group.run_regularly("y = -1")
    off.active = False
    b.Network(group).run(1 * b.ms)
    return {
        "x": group.x[:],
        "y": group.y[:],
        "n": group.n[:],
        "shared": group.shared[:],
        "names": [every.name, late.name],
        "place": [late.when, int(late.order), every.when, int(every.order)],
    }


@probe("7 group.run_regularly, run_on_event, set_event_schedule, get_states, set_states, state")
def wrong_operations(b: Any) -> dict[str, Any]:
    def run(code: Any) -> dict[str, Any]:
        def action() -> None:
            group = b.NeuronGroup(2, "x : volt\ns = x : volt\ntotal : 1 (shared)")
            group.run_regularly(code)
            b.Network(group).run(0.1 * b.ms, namespace={"k": 2 * b.mV})

        return raised(action)

    return {
        "external": run("x = k"),
        "units": run("x = 1"),
        "unknown": run("x = nobody"),
        "subexpression": run("s = 1*mV"),
        "mixed": run("x = 1*mV; total = 1"),
        "shared from element": run("total = x/mV"),
    }


@probe("7 group.run_regularly, run_on_event, set_event_schedule, get_states, set_states, state")
def states(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "v : volt\nw : 1 (shared)\nn : integer\ns = 2*v : volt", name="cells")
    group.v = [1, 2] * b.mV
    group.w = 3
    got = group.get_states(["v", "w"])
    got["v"][0] = 50 * b.mV
    plain = group.get_states(["v"], units=False)
    group.set_states({"v": [5, 6] * b.mV, "n": [1, 2]})
    after = group.v[:] + 0 * b.mV
    group.set_states({"v": 7.0, "w": 4}, units=False)
    return {
        "names": sorted(group.get_states()),
        "with subexpressions": sorted(group.get_states(subexpressions=True)),
        "without read-only": sorted(group.get_states(read_only_variables=False)),
        "got": got["w"],
        "plain": plain["v"],
        "after": after,
        "v": group.v[:],
        "w": group.w[:],
        "n": group.n[:],
        "state": group.state("v")[:],
        "state without": group.state("v", use_units=False)[:],
        "unknown state": raised(lambda: group.state("nobody")),
        "unknown get": raised(lambda: group.get_states(["nobody"])),
        "unknown set": raised(lambda: group.set_states({"nobody": 1})),
        "units": raised(lambda: group.set_states({"v": 1.0})),
        "read-only": raised(lambda: group.set_states({"i": [3, 4]})),
        "format": raised(lambda: group.get_states(format="nothing")),
    }
