"""Section 10: state variables as attributes: views, reading, arithmetic."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
from probing import probe, raised

MODEL = """
v : volt
x : 1
n : integer
on : boolean
total : amp (shared)
s = 2*v + offset : volt
double = 2*x : 1
"""


def cells(b: Any, n: int = 5) -> Any:
    """Return neurons with some values."""
    group = b.NeuronGroup(n, MODEL, name="cells", namespace={"offset": 1 * b.mV})
    group.v = np.arange(n) * b.mV
    group.x = np.arange(n) * 0.5
    group.n = [k % 3 for k in range(n)]
    group.on = [k % 2 == 0 for k in range(n)]
    group.total = 3 * b.nA
    return group


@probe("10 G.v, G.v_")
def views(b: Any) -> dict[str, Any]:
    group = cells(b)
    return {
        "repr": repr(group.v),
        "repr_": repr(group.v_),
        "scalar": repr(group.total),
        "integers": repr(group.n),
        "no unit": repr(group.x),
        "subexpression": repr(group.double),
        "str": str(group.v),
        "type": type(group.v).__name__,
        "array": isinstance(group.v, np.ndarray),
        "v": group.v[:],
        "v_": group.v_[:],
        "kinds": [type(group.v[:]).__name__, type(group.v_[:]).__name__, type(group.x[:]).__name__],
        "names": [group.v.name, group.v_.name],
        "unit": repr(group.v.unit),
        "dim": repr(group.v.dim),
        "shape": list(group.v.shape),
        "ndim": group.v.ndim,
        "dtype": [np.dtype(view.dtype).name for view in (group.v, group.n, group.on)],
        "len": len(group.v),
    }


@probe("10 G.v, G.v_")
def memory(b: Any) -> dict[str, Any]:
    """The full slice is the memory itself; all else is a copy."""
    group = b.NeuronGroup(4, "dx/dt = 1/ms : 1\ny : volt\nc : 1 (shared)", method="euler")
    alias, alias_, single = group.x[:], group.y_[:], group.c[:]
    part, mask, text = group.x[1:], group.x[[True] * 4], group.x["i >= 0"]
    array, listed = np.array(group.x), group.x[[0, 1, 2, 3]]
    everything, dots = group.x[0:4], group.x[:4]
    group.y[:][group.y[:] < 1 * b.volt] = 3 * b.mV
    alias_[1] = 7
    b.run(1 * b.ms)
    group.c = 5
    return {
        "alias": alias,
        "copies": [part, mask, text, array, listed],
        "bounds": [everything, dots],
        "y": group.y[:],
        "single": single,
    }


@probe("10 reading")
def indices(b: Any) -> dict[str, Any]:
    group = cells(b)
    other = b.NeuronGroup(3, "k : integer")
    other.k = [4, 0, 0]
    return {
        "one": group.v[2],
        "negative": group.v[-1],
        "numpy": group.v[np.int32(3)],
        "slice": group.v[1:4],
        "step": group.v[::2],
        "backwards": group.v[::-1],
        "list": group.v[[3, 1, 1]],
        "array": group.v[np.array([0, -1])],
        "mask": group.v[np.array([True, False, False, True, False])],
        "comparison": group.v[group.v > 1.5 * b.mV],
        "view": group.x[other.k],
        "text": group.v["v > 1*mV and i < 4"],
        "boolean": group.v["on"],
        "nothing": group.v["v > 1*volt"],
        "subgroup": group.v[group[1:3]],
        "empty slice": group.v[3:2],
        "single kinds": [type(group.x[2]).__name__, type(group.n[1]).__name__],
        "integer": group.n[2],
        "truth": bool(group.on[2]),
        "scalar": group.total[:],
        "N": group.N,
        "dt": group.dt[:],
    }


@probe("10 reading")
def wrong_indices(b: Any) -> dict[str, Any]:
    group = cells(b)
    return {
        "beyond": raised(lambda: group.v[5]),
        "before": raised(lambda: group.v[-6]),
        "list": raised(lambda: group.v[[0, 7]]),
        "two": raised(lambda: group.v[1, 2]),
        "float": raised(lambda: group.v[1.5]),
        "quantity": raised(lambda: group.v[1 * b.mV]),
        "shared": raised(lambda: group.total[0]),
        "shared slice": raised(lambda: group.total[0:1]),
        "shared text": raised(lambda: group.total["i > 1"]),
        "t": raised(lambda: group.t[0]),
        "unknown": raised(lambda: group.v["nobody > 1"]),
        "no condition": raised(lambda: group.v["v"]),
        "units": raised(lambda: group.v["v > 1"]),
        "statement": raised(lambda: group.v["v = 1*mV"]),
    }


@probe("10 reading")
def subexpressions(b: Any) -> dict[str, Any]:
    factor = 3
    group = b.NeuronGroup(
        4,
        """v : volt
        x = factor*v + i*mV : volt
        y = x*2 : volt
        z = rand() : 1 (constant over dt)
        flag = v > 1*mV : boolean
        k = i*2 : integer
        one = 7.0*i : 1""",
    )
    group.v = [0, 1, 2, 3] * b.mV
    found = {
        "x": group.x[:],
        "y": group.y[1:3],
        "one": group.x[2],
        "other": group.one[:],
        "text": group.y["x > 5*mV"],
        "flag": group.flag[:],
        "k": group.k[:],
        "z": group.z[:],
        "x_": group.x_[:],
    }
    factor = 10
    found["later"] = group.x[:]
    found["set"] = raised(lambda: setattr(group, "x", 1 * b.mV))
    found["set item"] = raised(lambda: group.x.__setitem__(0, 1 * b.mV))
    del factor
    found["unknown"] = raised(lambda: group.x[:])
    return found


@probe("10 arithmetic")
def arithmetic(b: Any) -> dict[str, Any]:
    group = cells(b, 3)
    v, x, n = group.v, group.x, group.n
    return {
        "add": v + 1 * b.mV,
        "radd": 1 * b.mV + v,
        "sub": v - v,
        "rsub": 2 * b.mV - v,
        "mul": v * 3,
        "rmul": x * v,
        "div": v / (2 * b.mV),
        "rdiv": 1 / (v + 1 * b.mV),
        "floor": x // 0.4,
        "mod": n % 2,
        "pow": v**2,
        "neg": -v,
        "pos": +v,
        "abs": abs(-v),
        "rpow": 2**x,
        "less": v < 1.5 * b.mV,
        "equal": v == 1 * b.mV,
        "different": x != 0.5,
        "greater": x >= 0.5,
        "zero": v > 0,
        "and": group.on & (x > 0.6),
        "or": group.on | (n == 1),
        "not": ~group.on[:],
        "two views": group.v * group.x + group.v,
        "plain": group.v_ + 1,
        "wrong units": raised(lambda: v + 1),
        "wrong comparison": raised(lambda: v > 1),
        "scalar": group.total * 2,
        "scalars": group.N * 2,
        "time": group.dt * 3,
        "integers": n + 1,
        "true division": n / 2,
    }


@probe("10 arithmetic")
def numpy_functions(b: Any) -> dict[str, Any]:
    group = cells(b, 4)
    v, x = group.v, group.x
    return {
        "mean": np.mean(v),
        "array": np.array(v),
        "asarray": np.asarray(x),
        "sum x": np.sum(x),
        "std": np.std(x),
        "max x": np.max(x),
        "min x": np.min(x),
        "argmax": np.argmax(v),
        "sort": np.sort(x),
        "cumsum": np.cumsum(x),
        "exp": np.exp(x),
        "sqrt": np.sqrt(x),
        "sin": np.sin(x),
        "abs": np.abs(x),
        "clip": np.clip(x, 0.4, 1.1),
        "where": np.where(x > 0.6)[0],
        "unique": np.unique(group.n),
        "concatenate": np.concatenate([x, x]),
        "bincount": np.bincount(group.n),
        "histogram": np.histogram(x, bins=3)[0],
        "isnan": np.isnan(x),
        "any": np.any(x > 1),
        "all": np.all(group.on),
        "dot": np.dot(x, x),
        "diff": np.diff(x),
        "nonzero": np.nonzero(group.on)[0],
        "list": list(x),
        "iterated": [float(value / b.mV) for value in v[:]],
        "python max": float(max(x)),
        "python sum": float(sum(x)),
        "as index": np.arange(10)[group.n],
        "round": np.round(x),
        "allclose": bool(np.allclose(x, x)),
        "own exp": b.exp(x),
    }


@probe("10 arithmetic")
def what_views_lack(b: Any) -> dict[str, Any]:
    group = cells(b, 3)
    return {
        "mean": raised(lambda: group.v.mean),
        "max": raised(lambda: group.v.max),
        "sum": raised(lambda: group.x.sum),
        "reshape": raised(lambda: group.v.reshape(3, 1)),
        "size": raised(lambda: group.v.size),
        "T": raised(lambda: group.v.T),
        "in_unit": raised(lambda: group.v.in_unit(b.mV)),
        "copy": raised(lambda: group.v.copy),
        "hash": raised(lambda: hash(group.v)),
    }


@probe("10 G.indices['cond'], G.indices[2:5]")
def index_expressions(b: Any) -> dict[str, Any]:
    group = cells(b, 6)
    limit = 2.5 * b.mV
    part = group[2:5]
    return {
        "text": group.indices["v > limit"].astype(int),
        "slice": group.indices[2:5],
        "step": group.indices[::2],
        "all": group.indices[:],
        "array": group.indices[[0, 3]],
        "one": np.asarray(group.indices[3]),
        "mask": group.indices[np.array([True, False] * 3)],
        "boolean": group.indices["on"].astype(int),
        "nothing": group.indices["v > 1*volt"],
        "subgroup": part.indices["v > limit"].astype(int),
        "unknown": raised(lambda: group.indices["nobody"]),
    }


@probe("10 life time")
def life_time(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(3, "x : 1\ns = 2*x : 1")
    group.x = [1, 2, 3]
    view, array, computed = group.x, group.x[:], group.s
    del group
    gc.collect()
    return {
        "array": array,
        "slice": view[:],
        "one": view[1],
        "list": view[[0, 2]],
        "text": raised(lambda: view["i > 1"]),
        "subexpression": raised(lambda: computed[:]),
    }
