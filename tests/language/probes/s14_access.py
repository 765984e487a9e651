"""Section 14.3: reading and writing values of synapses."""

from __future__ import annotations

from typing import Any

from probing import probe, raised


def connected(b: Any, **options: Any) -> Any:
    """Return synapses 0..8 from 4 to 3 neurons, with w = 10 i + j."""
    source = b.NeuronGroup(4, "v : volt\nu : 1\nm = 2*u : 1", threshold="u > 100", reset="")
    target = b.NeuronGroup(3, "v : volt\ny : 1", name="access_target*")
    source.v, source.u = "i*mV", "i + 0.5"
    target.v, target.y = "-i*mV", "i*i"
    model = "w : 1\nq : volt\nn : integer\nflag : boolean\ntwice = 2*w : 1\ng : 1 (shared)"
    synapses = b.Synapses(source, target, model, on_pre="w += 1", **options)
    synapses.connect("i != j")
    synapses.w = "10*i + j"
    synapses.add_attribute("kept")
    synapses.kept = (source, target)
    return synapses


@probe("14.3 S.w[k], S.w[a:b], S.w[array]")
def by_number(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    w = synapses.w
    return {
        "all": w[:],
        "one": w[3],
        "last": w[-1],
        "slice": w[2:6],
        "step": w[::3],
        "list": w[[0, 4, 8]],
        "array": w[b.array([7, 1, 1])],
        "out": raised(lambda: w[9]),
        "out negative": raised(lambda: w[-10]),
        "out in list": raised(lambda: w[[0, 9]]),
        "empty slice": w[5:5],
        "empty list": w[b.arange(0)],
    }


@probe("14.3 S.w[k], S.w[a:b], S.w[array]")
def writing_by_number(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    synapses.w[3] = -1
    synapses.w[4:6] = [-2, -3]
    synapses.w[[0, 8]] = -4
    synapses.w[6:8] = "100*i + k0"
    synapses.q = 3 * b.mV
    synapses.q[1:3] = [1, 2] * b.mV
    synapses.q_[3] = 0.5
    synapses.n = "i*2.9"
    synapses.n[2] = 7
    synapses.flag = "i > j"
    synapses.flag[8] = True
    synapses.g = 4
    synapses.w += 1
    synapses.q[5] += 1 * b.mV
    return {name: getattr(synapses, name)[:] for name in ("w", "q", "n", "flag", "g", "twice")} | {
        "length": raised(lambda: setattr(synapses, "w", [1, 2, 3])),
        "unit": raised(lambda: setattr(synapses, "q", 3)),
        "slice length": raised(lambda: synapses.w.__setitem__(slice(0, 2), [1, 2, 3])),
        "subexpression": raised(lambda: setattr(synapses, "twice", 3)),
        "i": raised(lambda: setattr(synapses, "i", 3)),
        "j": raised(lambda: setattr(synapses, "j", [0] * 9)),
        "N": raised(lambda: setattr(synapses, "N", 3)),
        "new name": raised(lambda: setattr(synapses, "weight", 3)),
        "shared by index": raised(lambda: synapses.g.__setitem__(0, 3)),
    }


writing_by_number.__globals__["k0"] = 0.25


@probe("14.3 S.w[i, j], slices, arrays, subgroups, ints")
def by_pair(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    source, target = synapses.kept
    w = synapses.w
    return {
        "one": w[1, 2],
        "none": w[1, 1],
        "row": w[1, :],
        "column": w[:, 2],
        "all": w[:, :],
        "slices": w[1:3, 0:2],
        "step": w[::2, :],
        "lists": w[[0, 3], [0, 2]],
        "list and slice": w[[3, 1], 1:],
        "array": w[b.array([1, 2]), b.array([0])],
        "subgroups": w[source[1:3], target[0:2]],
        "subgroup and int": w[source[2:], 1],
        "mask": w[source.u[:] > 2, :],
        "three": raised(lambda: w[0, 1, 0]),
        "four": raised(lambda: w[0, 1, 0, 0]),
    }


@probe("14.3 S.w[i, j], slices, arrays, subgroups, ints")
def writing_by_pair(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    source, target = synapses.kept
    synapses.w[0, 1] = -1
    synapses.w[1, :] = [-2, -3]
    synapses.w[:, 2] = "w*1000 + i"
    synapses.w[3, 3 - 3] = -5
    synapses.w[source[2:3], target[:2]] = -6
    synapses.q[1:3, 0] = 2 * b.mV
    synapses.delay[0, :] = 3 * b.ms
    synapses.w[1, 1] = 99
    return {
        "w": synapses.w[:],
        "q": synapses.q[:],
        "delay": synapses.delay[:],
        "length": raised(lambda: synapses.w.__setitem__((slice(None), 0), [1, 2])),
    }


@probe("14.3 S.w[i, j], slices, arrays, subgroups, ints")
def pairs_of_subgroups(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(8, "x : 1")
    synapses = b.Synapses(group[2:5], group[4:8], "w : 1")
    synapses.connect()
    synapses.w = "10*i + j"
    more = b.Synapses(group, group, "w : 1")
    more.connect("abs(i - j) == 1")
    more.w = "10*i + j"
    return {
        "one": synapses.w[1, 3],
        "row": synapses.w[2, :],
        "of the whole": synapses.w[group[3:5], :],
        "of the target": synapses.w[:, group[5:7]],
        "more": more.w[group[2:5], group[1:4]],
        "single": more.w[group[3:4], :],
    }


@probe("14.3 S.w['cond']")
def by_condition(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    limit = 12
    w = synapses.w
    found = {
        "used": limit,
        "own": w["w > limit"],
        "pair": w["i == 1 and j != 0"],
        "pre": w["v_pre > 1.5*mV"],
        "post": w["y_post == 4"],
        "bare": w["y == 4"],
        "numbers": w["N_incoming == 3 and N_outgoing == 2"],
        "none": w["w > 1000"],
        "subexpression": w["twice > 50"],
        "indices": [int(k) for k in synapses.indices["w > limit"]],
        "delay": synapses.delay["i == 3"],
    }
    synapses.w["j == 2"] = -1
    synapses.w["i == 3"] = "w/2 + u_pre"
    synapses.w["m_pre > 4 and j == 0"] = "i*limit"
    return found | {
        "w": synapses.w[:],
        "array": raised(lambda: synapses.w.__setitem__("i == 1", [1, 2])),
        "unknown": raised(lambda: synapses.w["nowhere == 1"]),
        "unit": raised(lambda: synapses.w["v_pre > 3"]),
    }


@probe("14.3 S.w['cond']")
def string_values(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    scale = 2
    synapses.w = "scale*abs(i - j) + y_post*u_pre"
    first = synapses.w[:].copy()
    synapses.q = "v_pre - v_post"
    synapses.w = "w/N_incoming + N_pre + N_post*10 + N*100"
    synapses.delay = "abs(i - j)*ms + 0.1*ms"
    synapses.n = "i + j"
    return {
        "first": first,
        "w": synapses.w[:],
        "q": synapses.q[:],
        "delay": synapses.delay[:],
        "n": synapses.n[:],
        "unit": raised(lambda: setattr(synapses, "q", "w")),
        "unknown": raised(lambda: setattr(synapses, "w", "nowhere")),
        "shared": raised(lambda: setattr(synapses, "g", "i")),
        "scale": scale,
    }


@probe("14.3 write before connect")
def before_connect(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(3, "v : 1", threshold="v > 1", reset="v = 0")
    synapses = b.Synapses(group, group, "w : 1\ng : 1 (shared)", on_pre="v += w")

    def index() -> None:
        synapses.w[0] = 1

    def pair() -> None:
        synapses.w[0, 1] = 1

    return {
        "value": raised(lambda: setattr(synapses, "w", 1)),
        "string": raised(lambda: setattr(synapses, "w", "i")),
        "array": raised(lambda: setattr(synapses, "w", [1, 2])),
        "index": raised(index),
        "pair": raised(pair),
        "delay": raised(lambda: setattr(synapses, "delay", "1*ms")),
        "read": synapses.w[:],
        "N": len(synapses),
    }


@probe("14.3 S[...]")
def subgroups_of_synapses(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    source, _ = synapses.kept
    row = synapses[1, :]
    monitor = b.StateMonitor(synapses, "w", record=synapses[3, :])
    numbered = b.StateMonitor(synapses, ["w", "twice"], record=[0, 5])
    source.u[3] = 101
    b.run(0.2 * b.ms)
    return {
        "read": synapses.w[row],
        "by number": synapses.w[synapses[2:4]],
        "by string": synapses.w[synapses["i == 2"]],
        "monitor": monitor.w,
        "found": monitor[synapses[3, 2]].w,
        "by its number": monitor[7].w,
        "record": [monitor.record, numbered.record],
        "numbered": [numbered.w, numbered.twice, numbered[5].w],
        "not recorded": raised(lambda: monitor[synapses[0, 1]]),
    }


@probe("14.3 S[...]")
def subgroups_are_for_now(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    row = synapses[1, :]
    synapses.w[row] = [5, 6]
    synapses.connect(i=[1], j=[1])
    return {
        "w": synapses.w[:],
        "read": raised(lambda: synapses.w[row]),
        "monitor": raised(lambda: b.StateMonitor(synapses, "w", record=row)),
        "fresh": synapses.w[synapses[1, :]],
    }


@probe("14.3 S.i, S.j")
def numbers(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    return {
        "i": synapses.i[:],
        "j": synapses.j[:],
        "kinds": [str(synapses.i[:].dtype), str(synapses.j[:].dtype)],
        "N": synapses.N[:],
        "len": len(synapses),
        "sizes": [synapses.N_pre, synapses.N_post],
        "N_incoming": synapses.N_incoming[:],
        "N_outgoing": synapses.N_outgoing[:],
        "N_outgoing_pre": synapses.N_outgoing_pre,
        "N_incoming_post": synapses.N_incoming_post,
        "some": synapses.i["w > 20"],
        "pair": [synapses.j[2, :], synapses.i[:, 1], synapses.i[3]],
        "mask": [(synapses.i == synapses.j), synapses.i > 1],
        "arithmetic": [synapses.i + 2 * synapses.j, synapses.i[:] % 2],
        "written": raised(lambda: synapses.i.__setitem__(0, 2)),
    }


@probe("14.3 S.i, S.j")
def numbers_for_plotting(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    weights = b.zeros((4, 3))
    weights[synapses.i[:], synapses.j[:]] = synapses.w[:]
    other = b.zeros((4, 3))
    other[synapses.i, synapses.j] = synapses.w
    count = b.zeros(3)
    b.np.add.at(count, synapses.j[:], 1)
    return {
        "weights": weights,
        "other": other,
        "count": count,
        "sum": b.sum(synapses.w[:]),
        "mean": float(b.mean(synapses.w)),
        "distinct": b.unique(synapses.i[:]),
        "zipped": [[int(i), int(j)] for i, j in zip(synapses.i, synapses.j, strict=True)],
        "bincount": b.bincount(synapses.j[:], weights=synapses.w[:]),
    }


@probe("14.3 S.i, S.j")
def source_and_target(b: Any) -> dict[str, Any]:
    synapses = connected(b, name="named")
    return {
        "source": synapses.source is synapses.kept[0],
        "target": synapses.target is synapses.kept[1],
        "names": [synapses.name, synapses.pre.name],
        "variables": [name in synapses.variables for name in ("w", "i", "j", "delay", "N", "x")],
        "equations": sorted(synapses.equations.names),
    }


@probe("14.3 S.v_pre, S.v_post")
def variables_of_neurons(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    return {
        "v_pre": synapses.v_pre[:],
        "v_post": synapses.v_post[:],
        "one": synapses.u_pre[4],
        "some": synapses.u_pre[2:5],
        "condition": synapses.y_post["w > 20"],
        "pair": synapses.u_pre[2, :],
        "subexpression": synapses.m_pre[:],
        "bare": synapses.y[:],
        "unknown": raised(lambda: synapses.z_pre),
        "on the other side": raised(lambda: synapses.y_pre),
    }


@probe("14.3 S.v_pre, S.v_post")
def writing_to_neurons(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    source, target = synapses.kept
    synapses.u_pre = 7
    synapses.y_post["i == 3"] = "w"
    synapses.v_post[0] = 5 * b.mV
    return {"u": source.u[:], "y": target.y[:], "v": target.v[:]}


@probe("14.3 multisynaptic_index='k'")
def numbered_synapses(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(3, "v : 1")
    synapses = b.Synapses(group, group, "w : 1", multisynaptic_index="k")
    synapses.connect("i <= j and j < 2", n=2)
    first = synapses.k[:].copy()
    synapses.connect(i=[0, 2, 0], j=[1, 2, 0])
    synapses.w = "100*k + 10*i + j"
    synapses.w["k == 1"] = "w + 1000"
    return {
        "first": first,
        "k": synapses.k[:],
        "w": synapses.w[:],
        "i": synapses.i[:],
        "j": synapses.j[:],
        "pair": synapses.w[0, 1],
        "condition": synapses.w["k > 0"],
        "kind": str(synapses.k[:].dtype),
    }


@probe("14.3 multisynaptic_index='k'")
def index_in_code(b: Any) -> dict[str, Any]:
    source = b.SpikeGeneratorGroup(1, [0], [0] * b.ms)
    target = b.NeuronGroup(2, "x : 1")
    synapses = b.Synapses(
        source, target, "w : 1", on_pre="x += 10**k; w = k", multisynaptic_index="k"
    )
    synapses.connect(n=3)
    synapses.delay = "k*0.1*ms"
    b.run(0.2 * b.ms)
    return {
        "x": target.x[:],
        "w": synapses.w[:],
        "name": synapses.multisynaptic_index,
        "clash": raised(lambda: b.Synapses(target, target, "w : 1", multisynaptic_index="w")),
    }


@probe("14.3 S.i, S.j")
def states(b: Any) -> dict[str, Any]:
    synapses = connected(b)
    found = synapses.get_states(["w", "q", "i"])
    synapses.set_states({"w": found["w"] * 2})
    return {"found": found, "w": synapses.w[:], "names": sorted(synapses.get_states())}
