"""Section 11: subgroups."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
from probing import probe, raised


def whole(b: Any, n: int = 10, **more: Any) -> Any:
    """Return a group of spiking neurons."""
    model = "dv/dt = 1/ms : 1\nx : 1\nu : volt\ns = 2*x + i : 1\nshared : 1 (shared)"
    given = {"threshold": "v > 0.95", "reset": "v = 0", "method": "euler", "name": "whole"}
    group = b.NeuronGroup(n, model, **(given | more))
    group.v = "0.09*i"
    group.x = "i*i"
    group.u = "i*mV"
    return group


@probe("11 semantics")
def relative_indices(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(10, "x : 1", name="whole")
    group.x = "i*i"
    part = group[3:7]
    part.x[1] = 100
    part.x["i == 2"] = -1
    return {
        "i": part.i[:],
        "N": int(part.N),
        "x": part.x[:],
        "all": group.x[:],
        "start": int(part.start),
        "stop": int(part.stop),
        "source": part.source.name,
    }


@probe("11 G[a:b], G[3], G[[3,4,5]]")
def forms(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(10, "x : 1", name="whole")
    group.x = "i"
    return {
        "negative": group[-4:-1].x[:],
        "one": group[3].x[:],
        "several": group[[3, 4, 5]].x[:],
        "clipped": len(group[8:50]),
        "empty": raised(lambda: group[5:5]),
        "outside": raised(lambda: group[10]),
    }


@probe("11 G[a:b], G[3], G[[3,4,5]]")
def more_forms(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(10, "x : 1", name="whole")
    group.x = "i"
    poisson = b.PoissonGroup(5, 10 * b.Hz)
    part = group[2:8]
    return {
        "all": len(group[:]),
        "from": group[7:].x[:],
        "to": group[:3].x[:],
        "array": group[np.array([1, 2])].x[:],
        "numpy": group[np.int64(4)].x[:],
        "range": group[range(2, 5)].x[:],
        "step one": group[2:6:1].x[:],
        "backwards": raised(lambda: group[5:2]),
        "beyond": raised(lambda: group[10:12]),
        "descending": raised(lambda: group[[4, 3]]),
        "float": raised(lambda: group[1.5]),
        "twice": raised(lambda: group[[3, 3]]),
        "empty list": raised(lambda: group[[]]),
        "list beyond": raised(lambda: group[[9, 10]]),
        "part": part[1:3].x[:],
        "part source": part[1:3].source.name,
        "part bounds": [int(part[1:3].start), int(part[1:3].stop)],
        "part clipped": len(part[4:99]),
        "part negative": part[-2:].x[:],
        "poisson": len(poisson[1:3]),
    }


@probe("11 semantics")
def variables(b: Any) -> dict[str, Any]:
    group = whole(b)
    part = group[3:7]
    found = {
        "x": part.x[1:3],
        "text": part.x["i >= 2"],
        "mask": part.x[part.x > 20],
        "s": part.s[:],
        "s one": part.s[2],
        "s text": part.s["x > 20"],
        "u": part.u[:],
        "u_": part.u_[:],
        "N": int(part.N),
        "len": len(part),
        "dt": part.dt[:],
        "shared": part.shared[:],
        "i": part.i[1:],
        "i text": part.i["x > 20"],
        "repr": repr(part.u).partition(".u")[2],
        "beyond": raised(lambda: part.x[4]),
        "negative": part.x[-1],
        "of the whole": group.x[part],
        "name": part.name.partition("_")[2][:8],
    }
    part.x = [5, 6, 7, 8]
    part.u = "i*volt + N*mV"
    part.x[[0, -1]] = [100, 103]
    part.shared = 4
    alias = part.u[:]
    group.u[4] = 50 * b.volt
    part.v += 0.01
    return {
        **found,
        "x after": group.x[:],
        "u after": group.u[:],
        "alias": alias,
        "shared after": group.shared[:],
        "v": group.v[:],
        "units": raised(lambda: setattr(part, "u", 1)),
        "length": raised(lambda: setattr(part, "x", [1, 2])),
        "unknown": raised(lambda: part.nobody),
        "set unknown": raised(lambda: setattr(part, "nobody", 1)),
        "read-only": raised(lambda: setattr(part, "i", 1)),
    }


@probe("11 semantics")
def subexpressions(b: Any) -> dict[str, Any]:
    """A subexpression means what it does in the whole group, wherever it is used."""
    group = b.NeuronGroup(
        6, "x : 1\ns = 2*x + i + 100*N : 1\nv : 1\nr : 1", threshold="v > 0.5", reset="v = 0"
    )
    group.x, group.v = "i*i", 1
    part = group[2:5]
    part.run_regularly("r = s + 1000*i + 100000*N")
    states = b.StateMonitor(part, "s", record=True)
    spikes = b.SpikeMonitor(part, variables="s")
    target = b.NeuronGroup(3, "y : 1\nz : 1")
    there = b.Synapses(part, target, on_pre="y_post = s_pre + 1000*i + 100000*N_pre")
    there.connect(j="i")
    back = b.Synapses(target, part, "z_pre = s_post*1 + 1000*j : 1 (summed)")
    back.connect(j="i")
    chosen = b.Synapses(part, target)
    chosen.connect("s_pre > 610")
    b.run(0.2 * b.ms)
    set_by_code = group.r[:].copy()
    part.r = "s + i"
    return {
        "r": [set_by_code, group.r[:]],
        "recorded": [states.s[:], spikes.s[:]],
        "y": target.y[:],
        "z": target.z[:],
        "chosen": [chosen.i[:], chosen.j[:]],
        "s": [part.s[:], part.s[1], part.s["s > 610"], part.s["i >= 1"], group.s[part]],
    }


@probe("11 semantics")
def names_and_life(b: Any) -> dict[str, Any]:
    gc.collect()
    group = whole(b)
    one, two = group[1:3], group[1:3]
    named = b.Subgroup(group, 2, 4, name="mine")
    return {
        "names": [one.name, two.name, named.name],
        "repr": [repr(one), repr(named)],
        "named x": named.x[:],
        "clock": one.clock.dt,
        "equations": sorted(one.equations) if hasattr(one, "equations") else [],
        "wrong bounds": raised(lambda: b.Subgroup(group, 4, 2)),
    }


@probe("11 semantics")
def in_synapses(b: Any) -> dict[str, Any]:
    """Subgroups as source and target, with relative indices in conditions and arrays."""
    group = whole(b)
    target = b.NeuronGroup(6, "y : 1\nz : 1", name="target")
    first, last = group[:4], group[6:]
    synapses = b.Synapses(last, target[2:5], "w : 1", on_pre="y_post += w")
    synapses.connect(condition="i == j or i == 3")
    synapses.w = "i + 10*j + 100*x_pre"
    back = b.Synapses(target[1:3], first, "q = z_pre : 1\nx_post = q : 1 (summed)")
    back.connect(i=[0, 1], j=[3, 0])
    within = b.Synapses(first, last, on_pre="v_post += 0.001", on_post="v_pre += 0.002")
    within.connect(j="i")
    target.z = "i + 1"
    b.run(2 * b.ms)
    return {
        "i": synapses.i[:],
        "j": synapses.j[:],
        "w": synapses.w[:],
        "y": target.y[:],
        "x": group.x[:],
        "v": group.v[:],
        "N": [int(synapses.N_pre), int(synapses.N_post)],
        "incoming": synapses.N_incoming[:],
        "back": [back.i[:], back.j[:]],
        "by index": synapses.w[3, :],
        "beyond": raised(lambda: back.connect(i=2, j=0)),
    }


@probe("11 semantics")
def in_monitors(b: Any) -> dict[str, Any]:
    group = whole(b)
    part = group[2:6]
    states = b.StateMonitor(part, ["v", "s"], record=[0, 2])
    every = b.StateMonitor(part, "x", record=True)
    spikes = b.SpikeMonitor(part, variables="x")
    rate = b.PopulationRateMonitor(part)
    b.run(2 * b.ms)
    return {
        "v": states.v[:],
        "s": states.s[:],
        "indices": states.record,
        "shape": list(every.x.shape),
        "i": spikes.i[:],
        "t": spikes.t[:],
        "x": spikes.x[:],
        "count": spikes.count[:],
        "trains": [train * 1 for train in spikes.spike_trains().values()],
        "rate": rate.rate[:],
        "beyond": raised(lambda: b.StateMonitor(part, "v", record=[4])),
    }


@probe("11 semantics")
def in_inputs_and_operations(b: Any) -> dict[str, Any]:
    group = whole(b, threshold="v > 100")
    group.v = 0
    part = group[4:7]
    poisson = b.PoissonInput(part, "x", N=10, rate=0 * b.Hz, weight=1)
    operation = part.run_regularly("v += i*10 + N", dt=0.5 * b.ms)
    named = part.run_regularly("x = i", name="setting")
    b.run(1 * b.ms)
    return {
        "v": group.v[:],
        "x": group.x[:],
        "names": [operation.name.endswith("_run_regularly"), named.name],
        "poisson": poisson.name.startswith("poissoninput"),
        "missing": raised(lambda: part.run_on_event("spike", "v = 0")),
    }


@probe("11 spikes")
def latest_spikes(b: Any) -> dict[str, Any]:
    group = whole(b)
    part = group[5:]
    seen: list[Any] = []

    @b.network_operation(when="end")
    def look() -> None:
        seen.append(np.array(part.spikes))

    b.run(0.5 * b.ms)
    return {"seen": seen}


@probe("11 in a Network")
def networks(b: Any) -> dict[str, Any]:
    """A subgroup comes with its source, and adds nothing of its own."""
    group = whole(b)
    part = group[2:4]
    part.run_regularly("x += 1")
    spikes = b.SpikeMonitor(part)
    net = b.Network(group, spikes)
    net.run(0.5 * b.ms)
    names = [obj.name for obj in net.objects]
    other = whole(b, name="other")
    other_part = other[1:3]
    b.Network(other, other_part).run(0.1 * b.ms)
    third = whole(b, name="third")
    alone = b.Network(b.SpikeMonitor(third))
    return {
        "operation": "whole_subgroup" in names,
        "x": group.x[:],
        "other": other.v[:],
        "count": spikes.count[:],
        "without source": raised(lambda: alone.run(0.1 * b.ms)),
    }
