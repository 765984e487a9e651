"""Section 6: names in functions, classes and closures, as real scripts have them."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe, raised

tau = 7.0


class Model:
    """A model in a class, whose methods give the names."""

    tau = 100.0

    def __init__(self, b: Any) -> None:
        self.b = b
        self.group = b.NeuronGroup(2, "dv/dt = a/(tau*ms) : 1", method="euler")
        self.net = b.Network(self.group)

    def run(self) -> Any:
        """Run with local names; those of the class are not seen."""
        a = 3
        self.net.run(0.7 * self.b.ms)
        return self.group.v[:]


@probe("6 resolution order for an external name")
def methods_of_classes(b: Any) -> dict[str, Any]:
    model = Model(b)
    return {"v": model.run()}


@probe("6 resolution order for an external name", "6 when looked up")
def closures(b: Any) -> dict[str, Any]:
    a, hidden = 2.0, 5.0
    group = b.NeuronGroup(1, "dv/dt = a/ms : 1", method="euler")
    other = b.NeuronGroup(1, "dv/dt = hidden/ms : 1", method="euler")

    def used() -> Any:
        _ = a  # the name belongs to the closure
        b.Network(group).run(0.1 * b.ms)
        return group.v[:]

    def not_used() -> Any:
        return raised(lambda: b.Network(other).run(0.1 * b.ms))

    assert hidden
    return {"used": used(), "not used": not_used()}


def make_group(b: Any) -> Any:
    """Return a group made where there are names that the run does not see."""
    tau, limit = 1.0, 0.3
    return b.NeuronGroup(
        1, "dv/dt = 1/(tau*ms) : 1", threshold="v > limit", reset="v = 0", method="euler"
    )


@probe("6 when looked up")
def made_elsewhere(b: Any) -> dict[str, Any]:
    group = make_group(b)
    net = b.Network(group)
    unknown = raised(lambda: net.run(0.1 * b.ms))
    limit = 0.05
    net.run(0.7 * b.ms)
    return {"unknown": unknown, "v": group.v[:]}


@probe("6 when looked up")
def loops(b: Any) -> dict[str, Any]:
    found = []
    group = b.NeuronGroup(1, "dv/dt = (a - v)/(5*ms) : 1", method="exact")
    net = b.Network(group)
    net.store()
    for a in (1, 2.5, -3):
        net.restore()
        net.run(1 * b.ms)
        found.append(float(group.v[0]))
    for _ in range(2):
        for tau in (5 * b.ms, 10 * b.ms):
            fresh = b.NeuronGroup(1, "dv/dt = (1 - v)/tau : 1", method="exact")
            b.Network(fresh).run(1 * b.ms)
            found.append(float(fresh.v[0]))
            del fresh
    return {"found": found}


@probe("6 what is accepted", "6 explicit run(namespace={...})")
def kinds_may_change(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dv/dt = a/ms : 1\nx : 1", method="euler")
    net = b.Network(group)
    values = [1, 2.5, True, np.float32(0.5), np.int64(3), np.array(2.0), 1e6, -4]
    steps = []
    for a in values:
        group.v = 0
        kind = raised(lambda given=a: net.run(0.1 * b.ms, namespace={"a": given}))["raised"]
        steps.append(float(group.v[0]) if not kind else "refused")
    wrong = raised(lambda: net.run(0.1 * b.ms, namespace={"a": 3 * b.mV}))
    net.run(0.1 * b.ms, namespace={"a": 3})
    return {"steps": steps, "wrong unit": wrong, "after": group.v[:]}


@probe("6 resolution order for an external name")
def strings_of_all_kinds(b: Any) -> dict[str, Any]:
    """Names in every string that a group takes."""
    vth, vr, ref, w0, p0, far, rate, amp_ = 1.0, 0.25, 0.3 * b.ms, 0.125, 1, 1, 0 * b.Hz, 0.5
    group = b.NeuronGroup(
        3,
        "dv/dt = (amp_*i + 1)/ms : 1\nx : 1",
        threshold="v > vth",
        reset="v = vr",
        refractory="ref",
        events={"near": "v > 0.8*vth"},
        method="euler",
    )
    group.run_on_event("near", "x += w0")
    group.run_regularly("x += 10*w0*p0", dt=0.5 * b.ms)
    synapses = b.Synapses(group, group, "w : 1", on_pre="x_post += w*w0")
    synapses.connect(condition="abs(i - j) <= far and i != j", p="p0")
    synapses.w = "w0*(i + 1)"
    synapses.delay = "0.1*ms*p0 + j*0.1*ms*far"
    poisson = b.PoissonGroup(2, rates="rate*(i + 1)")
    spikes = b.SpikeMonitor(group)
    none = b.SpikeMonitor(poisson)
    b.run(3 * b.ms)
    assert vth + vr + amp_ > 0, [ref, rate]
    return {
        "v": group.v[:],
        "x": group.x[:],
        "w": synapses.w[:],
        "delay": synapses.delay[:],
        "t": spikes.t[:],
        "i": spikes.i[:],
        "none": int(none.num_spikes),
    }
