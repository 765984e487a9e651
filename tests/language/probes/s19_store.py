"""Section 19: store and restore; section 20 as far as it is deterministic."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from probing import logged, probe, raised


def _network(b: Any) -> Any:
    """Return a network with delayed spikes, plastic synapses and monitors of all kinds."""
    source = b.SpikeGeneratorGroup(2, [0, 1, 0], [0.2, 0.7, 1.3] * b.ms, name="source")
    group = b.NeuronGroup(
        2,
        "dx/dt = -x/(5*ms) : 1 (unless refractory)\nk : integer\nflag : boolean",
        threshold="x > 1.5",
        reset="x = 0",
        refractory=0.3 * b.ms,
        method="euler",
        name="group",
    )
    synapses = b.Synapses(source, group, "w : 1\nlast : second", on_pre="x_post += w; last = t",
                          name="syn")  # fmt: skip
    synapses.connect()
    synapses.w = [1, 2, 1, 2]
    synapses.delay = [0.1, 0.5, 0.2, 0.9] * b.ms
    monitors = [
        b.StateMonitor(group, "x", record=True, name="trace"),
        b.SpikeMonitor(group, name="spikes"),
        b.PopulationRateMonitor(group, name="rate"),
        b.SpikeMonitor(source, name="inputs"),
    ]
    return b.Network(source, group, synapses, monitors)


def _look(net: Any) -> dict[str, Any]:
    trace, spikes, rate = net["trace"], net["spikes"], net["rate"]
    return {
        "t": net.t,
        "x": net["group"].x[:].copy(),
        "w": net["syn"].w[:].copy(),
        "last": net["syn"].last[:].copy(),
        "trace": trace.x[:].copy(),
        "times": trace.t[:].copy(),
        "spikes": [spikes.i[:].copy(), spikes.t[:].copy(), spikes.count[:].copy()],
        "rate": rate.rate[:].copy(),
        "inputs": net["inputs"].t[:].copy(),
    }


@probe("19 store", "19 after restore", "28 27. store and restore: queued spikes, monitors, "
       "synapses, by name")  # fmt: skip
def back_and_again(b: Any) -> dict[str, Any]:
    net = _network(b)
    net.run(0.9 * b.ms)
    net.store()
    before = _look(net)
    net.run(1.5 * b.ms)
    after = _look(net)
    net["group"].x = 7
    net["syn"].w = 0
    net.restore()
    restored = _look(net)
    net.run(1.5 * b.ms)
    return {
        "before": before,
        "after": after,
        "restored": restored,
        "again": _look(net),
    }


@probe("19 usable before the first run")
def trials_from_zero(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dx/dt = k/ms : 1\nk : 1", method="euler", name="group")
    trace = b.StateMonitor(group, "x", record=0, name="trace")
    group.x = 1
    b.store()
    results = []
    for k in range(3):
        b.restore()
        group.k = k
        b.run(0.3 * b.ms)
        results.append([float(group.x[0]), len(trace.t), float(b.magic_network.t / b.ms)])
    b.restore()
    return {"results": results, "x": group.x[:], "t": trace.t[:], "k": group.k[:]}


@probe("19 store")
def several_names(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="group")
    net = b.Network(group)
    net.store("zero")
    net.run(0.5 * b.ms)
    net.store("half")
    net.run(0.5 * b.ms)
    net.store()
    seen = []
    for name in ("half", "zero", "default", "half"):
        net.restore(name)
        seen.append([float(net.t / b.ms), float(group.x[0])])
    net.run(0.1 * b.ms)
    net.store("half")
    net.restore("zero")
    net.restore("half")
    return {
        "seen": seen,
        "overwritten": [float(net.t / b.ms), float(group.x[0])],
        "unknown": raised(lambda: net.restore("nothing")),
        "never stored": raised(lambda: b.Network(group).restore()),
        "number": raised(lambda: net.restore(3)),
    }


@probe("19 store")
def in_files(b: Any) -> dict[str, Any]:
    def build() -> Any:
        group = b.NeuronGroup(2, "dx/dt = k/ms : 1\nk : 1", method="euler", name="group")
        return b.Network(group, b.StateMonitor(group, "x", record=True, name="trace"))

    net = build()
    net["group"].k = [1, 2]
    net.run(0.3 * b.ms)
    net.store("first", filename="probe_store")
    net.run(0.3 * b.ms)
    net.store("second", filename="probe_store")
    files = os.path.exists("probe_store")
    other = build()
    found = {"exists": files}
    for name in ("first", "second"):
        other.restore(name, filename="probe_store")
        found[name] = [other["group"].x[:].copy(), other["trace"].x[:].copy(), other.t]
    other.restore("first", filename="probe_store")
    other.run(0.2 * b.ms)
    found |= {
        "after": [other["group"].x[:], other["trace"].t[:]],
        "not in memory": raised(lambda: other.restore("first")),
        "unknown": raised(lambda: other.restore("third", filename="probe_store")),
        "no file": raised(lambda: other.restore("first", filename="probe_no_file")),
        "path": raised(lambda: net.store("third", filename=Path("probe_store"))),
    }
    os.remove("probe_store")
    return found


@probe("19 store")
def magic_in_files(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="group")
    b.run(0.2 * b.ms)
    b.store(filename="probe_magic")
    b.run(0.2 * b.ms)
    b.restore(filename="probe_magic")
    found = [float(group.x[0]), float(b.magic_network.t / b.ms)]
    b.run(0.1 * b.ms)
    os.remove("probe_magic")
    return {"found": found, "x": group.x[:], "t": b.magic_network.t}


@probe("19 store")
def other_networks(b: Any) -> dict[str, Any]:
    one = b.NeuronGroup(1, "x : 1", name="one")
    two = b.NeuronGroup(1, "x : 1", name="two")
    net = b.Network(one)
    net.store("alone")
    net.add(two)
    more = raised(lambda: net.restore("alone"))
    net.store("both")
    net.remove(two)
    return {"more": more, "fewer": raised(lambda: net.restore("both")),
            "same": raised(lambda: net.restore("alone"))}  # fmt: skip


@probe("19 store")
def matched_by_name(b: Any) -> dict[str, Any]:
    """A new network whose objects have the same names takes the state from a file."""

    def build(value: float) -> Any:
        group = b.NeuronGroup(2, "x : volt\ny : 1 (shared)", name="cells")
        group.x = value * b.mV
        group.y = value
        return b.Network(group)

    first, second = build(1), build(2)
    first.store(filename="probe_names")
    second.restore(filename="probe_names")
    os.remove("probe_names")
    return {"x": second["cells"].x[:], "y": second["cells"].y[:]}


@probe("19 store")
def synapses_made_later(b: Any) -> dict[str, Any]:
    """Synapses are part of the state: their number goes back."""
    group = b.NeuronGroup(3, "x : 1", threshold="True", name="group")
    synapses = b.Synapses(group, group, "w : 1", on_pre="x_post += w", name="syn")
    synapses.connect(i=[0, 1], j=[1, 2])
    synapses.w = [1, 2]
    net = b.Network(group, synapses)
    net.run(0.1 * b.ms)
    net.store()
    synapses.connect(i=[2, 2], j=[0, 1])
    synapses.w = 5
    net.run(0.1 * b.ms)
    later = group.x[:].copy()
    net.restore()
    found = {
        "later": later,
        "n": len(synapses),
        "w": synapses.w[:],
        "i": synapses.i[:],
        "j": synapses.j[:],
        "N_outgoing": synapses.N_outgoing_pre[:],
    }
    net.run(0.1 * b.ms)
    return found | {"x": group.x[:]}


@probe("19 after restore")
def queued_spikes(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(1, "x : 1", threshold="t < 0.05*ms", name="source")
    target = b.NeuronGroup(1, "y : 1", name="target")
    fast = b.Synapses(source, target, on_pre="y += 1", delay=0.3 * b.ms, name="fast")
    fast.connect()
    slow = b.Synapses(source, target, on_pre="y += 10", name="slow")
    slow.connect(n=2)
    slow.delay = [0.6, 0.9] * b.ms
    trace = b.StateMonitor(target, "y", record=0, name="trace")
    net = b.Network(source, target, fast, slow, trace)
    net.run(0.2 * b.ms)
    net.store()
    seen = []
    for duration in (0.2, 0.5, 1.0):
        net.restore()
        net.run(duration * b.ms)
        seen.append(trace.y[0].copy())
    net.restore()
    return {"seen": seen, "t": trace.t[:], "y": target.y[:]}


@probe("19 after restore")
def equations_and_namespaces_stay(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dx/dt = k/ms : 1", method="euler", name="group")
    net = b.Network(group)
    k = 1
    net.store()
    net.run(0.2 * b.ms)
    k = 5
    net.restore()
    net.run(0.2 * b.ms)
    return {"x": group.x[:]}


@probe("19 after restore")
def clocks_go_back(b: Any) -> dict[str, Any]:
    fine = b.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", dt=0.05 * b.ms, name="fine")
    coarse = b.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", dt=0.3 * b.ms, name="coarse")
    net = b.Network(fine, coarse)
    net.run(0.4 * b.ms)
    net.store()
    net.run(1 * b.ms)
    net.restore()
    found = {"t": net.t, "steps": [int(fine.clock.timestep[:]), int(coarse.clock.timestep[:])]}
    net.run(0.5 * b.ms)
    return found | {"x": [float(fine.x[0]), float(coarse.x[0])], "then": net.t}


@probe("19 after restore")
def changed_dt_goes_back(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="group")
    count = group.run_regularly("x += 0")
    net = b.Network(group)
    net.run(0.4 * b.ms)
    net.store()
    b.defaultclock.dt = 0.2 * b.ms
    net.run(0.4 * b.ms)
    net.restore()
    return {"dt": b.defaultclock.dt, "t": net.t, "x": group.x[:], "when": count.when}


@probe("19 store")
def poisson_and_inputs(b: Any) -> dict[str, Any]:
    """Groups without state of their own take part."""
    poisson = b.PoissonGroup(3, 100 * b.Hz, name="poisson")
    target = b.NeuronGroup(1, "x : 1", name="target")
    inputs = b.PoissonInput(target, "x", 5, 100 * b.Hz, 1)
    generator = b.SpikeGeneratorGroup(1, [0, 0], [0.1, 0.5] * b.ms, period=0.8 * b.ms,
                                      name="generator")  # fmt: skip
    spikes = b.SpikeMonitor(generator, name="spikes")
    net = b.Network(poisson, target, inputs, generator, spikes)
    net.run(0.3 * b.ms)
    net.store()
    net.run(2 * b.ms)
    first = spikes.t[:].copy()
    net.restore()
    net.run(2 * b.ms)
    poisson.rates = 5 * b.Hz
    net.restore()
    return {"first": first, "rates": poisson.rates[:], "spikes": spikes.t[:]}


@probe("19 restore_random_state=True")
def random_numbers_come_back(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(5, "dx/dt = xi*ms**-0.5 : 1", method="euler", name="group")
    net = b.Network(group)
    net.run(0.5 * b.ms)
    net.store()
    runs = []
    for again in (True, True, False, False, True):
        net.restore(restore_random_state=again)
        net.run(0.5 * b.ms)
        runs.append(group.x[:].copy())
    net.restore("default", None, True)
    net.run(0.5 * b.ms)
    return {
        "same": [bool((runs[0] == other).all()) for other in (runs[1], runs[4], group.x[:])],
        "new": [bool((runs[a] == runs[c]).any()) for a, c in ((0, 2), (2, 3))],
    }


@probe("19 restore_random_state=True")
def numpys_random_numbers_come_back(b: Any) -> dict[str, Any]:
    """Those that the script draws with NumPy are part of the state."""
    net = b.Network(b.NeuronGroup(1, "x : 1", name="group"))
    net.store()
    first = np.random.rand(3)
    net.restore(restore_random_state=True)
    second = np.random.rand(3)
    net.restore()
    third = np.random.rand(3)
    return {"second": bool((first == second).all()), "third": bool((first == third).any())}


@probe("20 seed(n=None)")
def seeds(b: Any) -> dict[str, Any]:
    def draw(n: Any) -> Any:
        b.seed(n)
        group = b.NeuronGroup(4, "dx/dt = xi*ms**-0.5 : 1\ny : 1", method="euler", name="group")
        group.y = "rand()"
        synapses = b.Synapses(group, group, name="syn")
        synapses.connect(p=0.5)
        poisson = b.PoissonGroup(50, 1000 * b.Hz, name="poisson")
        spikes = b.SpikeMonitor(poisson, name="spikes")
        net = b.Network(group, poisson, spikes)
        net.run(1 * b.ms)
        return [group.x[:].copy(), group.y[:].copy(), np.array(synapses.i[:]), spikes.i[:].copy()]

    def same(one: Any, two: Any) -> list[bool]:
        return [bool(np.array_equal(a, c)) for a, c in zip(one, two, strict=True)]

    first, second, other, free, again = draw(7), draw(7), draw(8), draw(None), draw(None)
    return {
        "same": same(first, second),
        "other": same(first, other)[:2],
        "free": same(free, again)[:2],
        "numpy integer": same(first, draw(np.int64(7))),
        "float": raised(lambda: b.seed(1.5)),
        "text": raised(lambda: b.seed("1")),
        "zero": b.seed(0),
        "keyword": b.seed(seed=3),
    }


@probe("20 seed(n=None)")
def seed_of_numpy(b: Any) -> dict[str, Any]:
    b.seed(11)
    first = np.random.rand(3)
    b.seed(11)
    second = np.random.rand(3)
    np.random.seed(11)
    third = np.random.rand(3)
    b.seed()
    return {"same": bool((first == second).all()), "as numpy": bool((first == third).all()),
            "numbers": first, "other": bool((np.random.rand(3) == first).any())}  # fmt: skip


@probe("20 independence")
def draws_follow_each_other(b: Any) -> dict[str, Any]:
    b.seed(5)
    group = b.NeuronGroup(3, "x : 1\ny : 1", name="group")
    group.x = "rand()"
    group.y = "rand()"
    x = group.x[:].copy()
    group.x = "rand()"
    synapses = [b.Synapses(group, group, "w : 1", name=f"syn_{k}") for k in range(2)]
    for one in synapses:
        one.connect()
        one.w = "randn()"
    return {
        "x and y": bool((x == group.y[:]).any()),
        "again": bool((x == group.x[:]).any()),
        "synapses": bool((synapses[0].w[:] == synapses[1].w[:]).any()),
        "different": len(set(map(float, synapses[0].w))) == 9,
    }


@probe("20 independence")
def runs_follow_each_other(b: Any) -> dict[str, Any]:
    b.seed(5)
    group = b.NeuronGroup(3, "dx/dt = xi*ms**-0.5 : 1", method="euler", name="group")
    twin = b.NeuronGroup(3, "dx/dt = xi*ms**-0.5 : 1", method="euler", name="twin")
    net = b.Network(group, twin)
    net.run(0.1 * b.ms)
    first, twins = group.x[:].copy(), twin.x[:].copy()
    group.x = 0
    net.run(0.1 * b.ms)
    with logged(b) as warnings:
        b.seed(5)
    return {
        "steps": bool((first == group.x[:]).any()),
        "groups": bool((first == twins).any()),
        "warnings": warnings,
    }
