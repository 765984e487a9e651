"""Section 26: states in and out, representations, notebooks, pickling."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import numpy as np
from probing import probe, raised


def _group(b: Any) -> Any:
    group = b.NeuronGroup(
        3,
        """dv/dt = (a - v)/tau : volt
           a : volt
           n : integer
           flag : boolean
           s : 1 (shared)
           c : 1 (constant)
           y = 2*v : volt""",
        threshold="v > 10*mV",
        reset="v = 0*mV",
        refractory=1 * b.ms,
        method="euler",
        namespace={"tau": 10 * b.ms},
        name="cells",
    )
    group.v = [1, 2, 3] * b.mV
    group.a = "i*mV"
    group.n = [4, 5, 6]
    group.flag = [True, False, True]
    group.s = 0.5
    return group


def _shown(states: dict[str, Any]) -> dict[str, Any]:
    return {name: states[name] for name in sorted(states) if name not in ("t", "dt", "lastspike")}


@probe("26 group.get_states")
def getting(b: Any) -> dict[str, Any]:
    group = _group(b)
    return {
        "keys": sorted(group.get_states()),
        "all": _shown(group.get_states()),
        "some": group.get_states(["v", "n"]),
        "plain": _shown(group.get_states(units=False)),
        "subexpressions": sorted(group.get_states(subexpressions=True)),
        "subexpression": group.get_states(["y"]),
        "writable": sorted(group.get_states(read_only_variables=False)),
        "both": sorted(group.get_states(subexpressions=True, read_only_variables=False)),
        "part": _shown(group[1:].get_states(["v", "a", "s"])),
        "dt": group.get_states()["dt"],
        "unknown": raised(lambda: group.get_states(["what"])),
        "format": raised(lambda: group.get_states(format="what")),
        "types": [type(group.get_states()["v"]).__name__, isinstance(group.get_states(), dict)],
    }


@probe("26 group.get_states")
def getting_copies(b: Any) -> dict[str, Any]:
    group = _group(b)
    states = group.get_states()
    plain = group.get_states(units=False)
    group.v = 9 * b.mV
    states["n"][:] = 0
    return {"v": states["v"], "plain": plain["v"], "n": group.n[:]}


@probe("26 group.get_states")
def getting_from_synapses(b: Any) -> dict[str, Any]:
    group = _group(b)
    model = "w : siemens\nplastic : boolean (shared)"
    synapses = b.Synapses(group, group, model, on_pre="v += 1*mV", delay=2 * b.ms, name="syn")
    synapses.connect(i=[0, 1], j=[2, 0])
    synapses.w = [1, 2] * b.nS
    states = synapses.get_states(["w", "i", "j", "plastic", "N"])
    return {
        "states": states,
        "plain": synapses.get_states(["w"], units=False),
        "some keys": [n in synapses.get_states() for n in ("w", "i", "j", "N", "t")],
    }


@probe("26 group.get_states")
def getting_from_monitors(b: Any) -> dict[str, Any]:
    group = _group(b)
    trace = b.StateMonitor(group, ["v", "n"], record=[0, 2], name="trace")
    spikes = b.SpikeMonitor(group, "v", name="spikes")
    rate = b.PopulationRateMonitor(group, name="rate")
    poisson = b.PoissonGroup(2, 10 * b.Hz, name="poisson")
    net = b.Network(group, trace, spikes, rate, poisson)
    group.v = [11, 2, 3] * b.mV
    net.run(0.3 * b.ms)
    return {
        "trace": sorted(trace.get_states()),
        "v": trace.get_states(["v"])["v"],
        "t": trace.get_states(["t"])["t"],
        "spikes": sorted(spikes.get_states()),
        "i": spikes.get_states(["i", "t", "v", "count"]),
        "rate": sorted(rate.get_states()),
        "values": rate.get_states(["rate"]),
        "poisson": sorted(poisson.get_states()),
        "rates": poisson.get_states(["rates"]),
        "after": group.get_states(["lastspike", "not_refractory", "t"]),
    }


@probe("26 group.set_states")
def setting(b: Any) -> dict[str, Any]:
    group = _group(b)
    group.set_states({"v": [7, 8, 9] * b.mV, "n": 1, "s": 2.5, "flag": [False, False, True]})
    found = {"v": group.v[:], "n": group.n[:], "s": group.s[:], "flag": group.flag[:]}
    group.set_states({"v": [1e-3, 2e-3, 3e-3]}, units=False)
    found["plain"] = group.v[:].copy()
    group[1:].set_states({"v": 5 * b.mV})
    found["part"] = group.v[:].copy()
    group.set_states({"v": "i*mV"})
    found["text"] = group.v[:].copy()
    group.set_states({})
    return found | {
        "read-only": raised(lambda: group.set_states({"i": [0, 1, 2]})),
        "N": raised(lambda: group.set_states({"N": 3})),
        "t": raised(lambda: group.set_states({"t": 3 * b.ms})),
        "subexpression": raised(lambda: group.set_states({"y": 3 * b.mV})),
        "unknown": raised(lambda: group.set_states({"what": 3})),
        "units": raised(lambda: group.set_states({"v": 3})),
        "length": raised(lambda: group.set_states({"v": [1, 2] * b.mV})),
        "format": raised(lambda: group.set_states({}, format="what")),
        "everything": raised(lambda: group.set_states(group.get_states())),
    }


@probe("26 group.set_states")
def there_and_back(b: Any) -> dict[str, Any]:
    group = _group(b)
    states = group.get_states(read_only_variables=False)
    group.v = 0 * b.mV
    group.n = 0
    group.set_states(states)
    plain = group.get_states(units=False, read_only_variables=False)
    group.v = 0 * b.mV
    group.set_states(plain, units=False)
    return {"v": group.v[:], "n": group.n[:], "keys": sorted(states)}


@probe("26 group.get_states", "26 group.set_states")
def own_formats(b: Any) -> dict[str, Any]:
    name = "probe_lines"

    class Lines(b.ImportExport):
        @property
        def name(self) -> str:
            return name

        @staticmethod
        def export_data(group: Any, variables: Any, units: bool = True, level: int = 0) -> str:
            parts = []
            for variable in sorted(variables):
                values = np.atleast_1d(group.state(variable, use_units=units, level=level + 1)[:])
                parts.append(f"{variable}: {[float(value) for value in values]}")
            return "; ".join(parts)

        @staticmethod
        def import_data(group: Any, data: Any, units: bool = True, level: int = 0) -> None:
            for line in data.split(";"):
                key, value = line.split(":")
                group.state(key.strip(), use_units=units, level=level + 1)[:] = float(value)

    group = _group(b)
    if name in b.ImportExport.methods:
        del b.ImportExport.methods[name]
    b.ImportExport.register(Lines())
    exported = group.get_states(["v", "n"], units=False, format=name)
    group.set_states("v: 0.25; n: 3", units=False, format=name)
    again = raised(lambda: b.ImportExport.register(Lines()))
    del b.ImportExport.methods[name]
    return {
        "exported": exported,
        "v": group.v[:],
        "n": group.n[:],
        "again": again,
        "no instance": raised(lambda: b.ImportExport.register(Lines)),
        "gone": raised(lambda: group.get_states(format=name)),
        "known": [known in b.ImportExport.methods for known in ("dict", "pandas", "what")],
    }


@probe("26 reprs")
def views(b: Any) -> dict[str, Any]:
    group = _group(b)
    part = group[1:]
    return {
        "v": repr(group.v),
        "v_": repr(group.v_),
        "n": repr(group.n),
        "flag": repr(group.flag),
        "shared": repr(group.s),
        "subexpression": repr(group.y),
        "part": repr(part.v),
        "i": repr(group.i),
        "N": repr(group.N),
    }


@probe("26 reprs")
def objects(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "v : 1\nw : volt", threshold="v > 1", reset="", name="cells")
    synapses = b.Synapses(group, group, "g : 1", on_pre="v += g", name="syn")
    poisson = b.PoissonGroup(2, 10 * b.Hz, name="poisson")
    generator = b.SpikeGeneratorGroup(2, [0], [1] * b.ms, name="generator")
    return {
        "group": repr(group),
        "part": repr(group[:1]),
        "named part": repr(b.Subgroup(group, 0, 1, name="a")),
        "state": repr(b.StateMonitor(group, "v", record=True, name="trace")),
        "states": repr(b.StateMonitor(group, ["v", "w"], record=[0], name="trace")),
        "rate": repr(b.PopulationRateMonitor(group, name="rate")),
        "poisson": repr(poisson).split("(")[0],
        "generator": repr(generator).split("(")[0],
        "clock": repr(b.Clock(0.1 * b.ms, name="ticks")),
        "own clock": repr(b.NeuronGroup(1, "v : 1", dt=1 * b.ms, name="slow")),
        "magic": "MagicNetwork" in repr(b.magic_network),
        "synapses": repr(synapses).split(",")[0],
        "thresholder": repr(group.thresholder["spike"]).split("(")[0],
        "str": str(group) == repr(group),
    }


def _without_space(text: str) -> str:
    return re.sub(r"\s+", "", text)


@probe("26 reprs")
def equations(b: Any) -> dict[str, Any]:
    eqs = b.Equations("dv/dt = (a - v)/tau : volt (unless refractory)\na = 3*volt : volt\nb : 1 "
                      "(constant, shared)")  # fmt: skip
    return {
        "str": _without_space(str(eqs)),
        "single": [_without_space(str(eqs[name])) for name in ("v", "a", "b")],
        "statements": str(b.Statements("v = 3")),
        "expression": str(b.Expression("v + 3")),
        "quantity": [repr(3 * b.mV), str(3 * b.mV), repr([1, 2] * b.mV), str([1, 2] * b.mV)],
        "unit": [repr(b.mV), str(b.mV), repr(b.volt / b.second), str(b.volt / b.second)],
    }


@probe("26 notebooks")
def notebooks(b: Any) -> dict[str, Any]:
    eqs = b.Equations("dv/dt = (a - v)/tau : volt\na : volt")
    group = b.NeuronGroup(2, eqs, threshold="v > 1*mV", reset="v = 0*mV", name="cells",
                          method="euler")  # fmt: skip
    html = group._repr_html_()
    net = b.Network(group)
    net.run(0.1 * b.ms, namespace={"tau": 1 * b.ms}, profile=True)
    return {
        "quantity": [(3 * b.mV)._repr_latex_(), ([1, 2] * b.mV)._repr_latex_()],
        "unit": [b.mV._repr_latex_(), (b.volt / b.second)._repr_latex_()],
        "equations": [part in eqs._repr_latex_() for part in ("frac", "tau", "v")],
        "single": [part in eqs["v"]._repr_latex_() for part in ("frac", "tau", "v")],
        "group": [part in html for part in ("tau", "v", "1")],
        "html of profiling": "<table" in b.profiling_summary(net)._repr_html_(),
        "html of schedule": "<table" in b.scheduling_summary(net)._repr_html_(),
        "view": hasattr(group.v, "_repr_latex_") or hasattr(group.v, "__repr__"),
        "pretty": [hasattr(obj, "_repr_pretty_") for obj in (3 * b.mV, eqs)],
    }


@probe("26 pickling")
def pickles(b: Any) -> dict[str, Any]:
    eqs = b.Equations("dv/dt = (a - v)/tau : volt (unless refractory)\na : volt")
    things = {
        "quantity": 3 * b.mV,
        "array": np.arange(3) * b.nS,
        "unit": b.mV,
        "compound": b.uA / b.cm**2,
        "dimension": (3 * b.mV).dim,
        "equations": eqs,
        "dimensionless": b.Quantity(3.5),
    }
    found = {}
    for name, thing in things.items():
        again = [
            pickle.loads(pickle.dumps(thing, protocol))  # noqa: S301 - our own bytes
            for protocol in (2, pickle.HIGHEST_PROTOCOL)
        ]
        again += [copy.copy(thing), copy.deepcopy(thing)]
        found[name] = [bool(np.all(one == thing)) for one in again]
    unit = pickle.loads(pickle.dumps(b.mV))  # noqa: S301 - our own bytes
    dimension = pickle.loads(pickle.dumps((1 * b.volt).dim))  # noqa: S301 - our own bytes
    return found | {
        "works": 3 * unit + 1 * b.mV,
        "identical": dimension is (1 * b.volt).dim,
        "equal": bool(pickle.loads(pickle.dumps(eqs)) == eqs),  # noqa: S301 - our own bytes
    }
