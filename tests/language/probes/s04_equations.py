"""Section 4: flags, noise, replacement and the attributes of equations."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from probing import logged, probe, raised


@probe("4 flags")
def flags_of_groups(b: Any) -> dict[str, Any]:
    def group(text: str) -> Any:
        return raised(lambda: b.NeuronGroup(1, text))

    differential, parameter, sub = "dx/dt = -x/second : 1 ({})", "x : 1 ({})", "x = 3 : 1 ({})"
    every = [
        "constant",
        "shared",
        "linked",
        "unless refractory",
        "constant over dt",
        "summed",
        "event-driven",
        "clock-driven",
        "scalar",
        "nonsense",
        "point current",
    ]
    return {
        **{f"differential {f}": group(differential.format(f)) for f in every},
        **{f"parameter {f}": group(parameter.format(f)) for f in every},
        **{f"subexpression {f}": group(sub.format(f)) for f in every},
        "two": group("x : 1 (constant, shared)"),
        "linked and constant": group("x : 1 (linked, constant)"),
        "linked and shared": group("x : 1 (linked, shared)"),
        "shared and over dt": group("x = 3 : 1 (shared, constant over dt)"),
        "twice": group("x : 1 (constant, constant)"),
        "spaces": group("x : 1 (constant,  shared)"),
        "upper case": group("x : 1 (Constant)"),
        "of Equations": raised(lambda: b.Equations("x : 1 (nonsense)")),
    }


@probe("4 flags")
def flags_of_synapses(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(1, "v : 1\ny : 1", threshold="v > 1", reset="")

    def synapses(text: str) -> Any:
        return raised(lambda: b.Synapses(source, source, text))

    differential, parameter, sub = "dx/dt = -x/second : 1 ({})", "x : 1 ({})", "y_post = 3 : 1 ({})"
    every = [
        "constant",
        "shared",
        "linked",
        "unless refractory",
        "constant over dt",
        "summed",
        "event-driven",
        "clock-driven",
        "scalar",
    ]
    return {
        **{f"differential {f}": synapses(differential.format(f)) for f in every},
        **{f"parameter {f}": synapses(parameter.format(f)) for f in every},
        **{f"subexpression {f}": synapses(sub.format(f)) for f in every if f != "constant over dt"},
        "both": synapses("dx/dt = -x/second : 1 (event-driven, clock-driven)"),
        "summed and shared": synapses("y_post = 3 : 1 (summed, shared)"),
        "constant over dt": synapses("x = 3 : 1 (constant over dt)"),
    }


@probe("4 (constant)")
def constant(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        2,
        "dv/dt = (v0 - v)/tau : 1\ntau : second (constant)\nv0 : 1 (constant)",
        method="exact",
        threshold="v > 0.5",
        reset="v = 0; v0 = 0.25",
    )
    group.tau, group.v0 = [5, 10] * b.ms, [1, 0.4]
    net = b.Network(group)
    net.run(5 * b.ms)
    first = group.v[:].copy()
    group.tau = 20 * b.ms
    net.run(5 * b.ms)
    return {
        "first": first,
        "second": group.v[:],
        "v0": group.v0[:],
        "flags": list(group.equations["tau"].flags),
        "constant": bool(group.variables["tau"].constant),
        "not constant": bool(group.variables["v"].constant),
    }


@probe("4 (shared)")
def shared_parameters(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        3, "x : volt (shared)\ny : volt\nz = 2*x : volt (shared)\nn : integer (shared)"
    )
    group.x = 3 * b.mV
    group.y = "x*(i + 1)"
    group.n = 7
    found = {
        "x": group.x,
        "x[:]": group.x[:],
        "z": group.z[:],
        "y": group.y[:],
        "n": int(group.n[:]),
        "x_": float(group.x_[:]),
        "index": raised(lambda: group.x[0]),
        "several": raised(lambda: group.x[[0, 1]]),
        "assign index": raised(lambda: group.x.__setitem__(0, 1 * b.mV)),
        "array": raised(lambda: setattr(group, "x", [1, 2, 3] * b.mV))["raised"][0][0],
        "one-element array": raised(lambda: setattr(group, "x", [1] * b.mV)),
        "text of y": raised(lambda: setattr(group, "x", "y")),
        "text of i": raised(lambda: setattr(group, "x", "i*mV")),
    }
    group.x = "2*x + 1*mV"
    found["text"] = group.x[:]
    group.x[:] = "N*mV"
    found["text of N"] = group.x[:]
    return found


@probe("4 (shared)")
def shared_equations(b: Any) -> dict[str, Any]:
    def reset_of_shared() -> None:
        group = b.NeuronGroup(2, "v : 1\nx : 1 (shared)", threshold="v > 1", reset="x = 1\nv = 0")
        b.Network(group).run(0.1 * b.ms)

    def on_pre_of_shared() -> None:
        group = b.NeuronGroup(2, "v : 1\nx : 1 (shared)", threshold="v > 1", reset="v = 0")
        synapses = b.Synapses(group, group, "w : 1 (shared)", on_pre="w += 1")
        synapses.connect()
        b.Network(group, synapses).run(0.1 * b.ms)

    group = b.NeuronGroup(
        3,
        "dv/dt = (x - v)/tau : 1\nx : 1 (shared)\ntau = 10*ms + x*ms : second (shared)",
        method="euler",
    )
    group.x = 2
    group.run_regularly("x = x + 0.5", dt=1 * b.ms)
    b.run(3 * b.ms)
    return {
        "v": group.v[:],
        "x": group.x[:],
        "tau": group.tau[:],
        "refers to vector": raised(lambda: b.NeuronGroup(2, "x = y : 1 (shared)\ny : 1")),
        "refers to i": raised(lambda: b.NeuronGroup(2, "x = i : 1 (shared)")),
        "indirectly": raised(lambda: b.NeuronGroup(2, "x = z : 1 (shared)\nz = y : 1\ny : 1")),
        "reset": raised(reset_of_shared),
        "on_pre": raised(on_pre_of_shared),
    }


@probe("4 (constant over dt)")
def constant_over_dt(b: Any) -> dict[str, Any]:
    text = "dv/dt = x/ms : 1\nx = v + 1 : 1 (constant over dt)\ny = v + 1 : 1"
    group = b.NeuronGroup(2, text, method="rk4", name="stored")
    seen = b.StateMonitor(group, ["x", "y", "v"], record=True, when="end")
    b.run(0.4 * b.ms)
    return {
        "v": group.v[:],
        "x": seen.x,
        "y": seen.y,
        "recorded v": seen.v,
        "objects": sorted(obj.name for obj in group.contained_objects),
        "when": [o.when for o in group.contained_objects if "subexpression" in o.name],
    }


@probe("4 (constant over dt)")
def stateful_subexpressions(b: Any) -> dict[str, Any]:
    def run(text: str) -> Any:
        return raised(lambda: b.Network(b.NeuronGroup(3, text, method="euler")).run(0.2 * b.ms))

    same = b.NeuronGroup(
        20, "x = rand() : 1 (constant over dt)\ny = x : 1\ndv/dt = (x - y)/ms : 1", method="euler"
    )
    record = b.StateMonitor(same, ["x", "y"], record=True, when="end")
    b.run(1 * b.ms)
    return {
        "without": run("x = rand() : 1\ndv/dt = x/ms : 1"),
        "with": run("x = rand() : 1 (constant over dt)\ndv/dt = x/ms : 1"),
        "not used": run("x = rand() : 1\ndv/dt = 1/ms : 1"),
        "indirect": run("x = y : 1\ny = rand() : 1\ndv/dt = x/ms : 1"),
        "differential": run("dv/dt = rand()/ms : 1"),
        "same": bool((record.x == record.y).all()),
        "v": same.v[:],
        "changes": bool((record.x[:, 0] != record.x[:, 1]).all()),
        "initially": b.NeuronGroup(2, "x = rand() : 1 (constant over dt)").x[:],
    }


@probe("4 xi, xi_name")
def noise(b: Any) -> dict[str, Any]:
    def run(text: str, method: str = "euler") -> Any:
        return raised(lambda: b.Network(b.NeuronGroup(5, text, method=method)).run(0.2 * b.ms))

    group = b.NeuronGroup(
        100,
        "dv/dt = xi_1*second**-0.5 : 1\ndw/dt = xi_1*second**-0.5 : 1\n"
        "du/dt = xi_2*second**-0.5 : 1",
        method="euler",
    )
    b.run(1 * b.ms)
    v, u = group.v[:], group.u[:]
    return {
        "shared": bool((group.v[:] == group.w[:]).all()),
        "independent names": bool((v != u).all()),
        "independent neurons": len(set(v.tolist())) == 100,
        "bounded": bool(abs(v).max() < 0.5),  # 16 standard deviations of sqrt(1 ms)
        "twice in one": run("dv/dt = xi*second**-0.5 + xi*second**-0.5 : 1"),
        "in two": raised(
            lambda: b.Equations("dv/dt = xi*second**-0.5 : 1\ndw/dt = xi*second**-0.5 : 1")
        ),
        "plain and named": raised(
            lambda: b.Equations("dv/dt = xi*second**-0.5 : 1\ndw/dt = xi_a*second**-0.5 : 1")
        ),
        "wrong unit": run("dv/dt = xi/second : 1"),
        "right unit": run("dv/dt = -v/tau + sigma*xi*tau**-0.5 : volt\ntau : second\nsigma : volt"),
        "in subexpression": raised(lambda: b.Equations("x = xi : second**-0.5")),
        "in subexpression, used": raised(
            lambda: b.NeuronGroup(1, "x = xi*ms**-0.5 : Hz\ndv/dt = x : 1", method="euler")
        ),
        "nonlinear": bool(run("dv/dt = xi**2 : 1")["raised"]),
        "in reset": raised(
            lambda: b.Network(b.NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = xi")).run(
                0.1 * b.ms
            )
        ),
        "multiplicative": run("dv/dt = -v/ms + v*xi*ms**-0.5 : 1", "milstein"),
        "multiplicative, euler": run("dv/dt = -v/ms + v*xi*ms**-0.5 : 1", "euler"),
    }


def evaluated(b: Any, equations: Any) -> Any:
    """Return the values of x."""
    return np.broadcast_to(np.asarray(b.NeuronGroup(2, equations).x[:]), 2)


@probe("4 Equations(text, replacements)")
def replacements(b: Any) -> dict[str, Any]:
    text = "dv/dt = (E - v)/tau : volt\nE : volt"
    group = b.NeuronGroup(
        1, b.Equations(text, E="E_L", tau=10 * b.ms, v="vm"), method="euler", name="replaced"
    )
    group.E_L = -70 * b.mV
    b.run(1 * b.ms)

    def names(**kwds: Any) -> Any:
        return sorted(b.Equations(text, **kwds).names)

    both = b.Equations("a : 1", a="x") + b.Equations("a : 1", a="y")
    return {
        "vm": group.vm[:],
        "names": sorted(group.equations.names),
        "text": str(b.Equations(text, tau="tau_m", E="E0")["v"]),
        "number": evaluated(b, b.Equations("x = 3*a : 1", a=2)),
        "float": evaluated(b, b.Equations("x = 3*a : 1", a=-2.5)),
        "quantity": evaluated(b, b.Equations("x = 3*a : volt", a=-2.5 * b.mV)),
        "power": evaluated(b, b.Equations("x = a**2 : 1", a=-3)),
        "unknown keyword": names(nothing=3),
        "renamed": names(v="w"),
        "clash": raised(lambda: names(v="E")),
        "to a bad name": raised(lambda: names(v="_w")),
        "to an expression": raised(lambda: names(tau="2*tau0")),
        "bool": evaluated(b, b.Equations("x = a : boolean", a=True)),
        "both": sorted(both.names),
        "wildcard": sorted(b.Equations("dx/dt = -x/tau : 1", x="x_1", tau="tau_1").identifiers),
        "substitute": sorted(b.Equations(text).substitute(v="w").names),
        "original": sorted(b.Equations(text).names),
        "word boundaries": str(b.Equations("x = aa+a : 1\naa : 1", a="c")["x"]),
    }


@probe("4 Equations(text, replacements)")
def sums(b: Any) -> dict[str, Any]:
    one, two = b.Equations("dv/dt = I/C : volt"), b.Equations("I : amp\nC : farad")
    three = one + "x : 1"
    four = one
    four += two
    return {
        "sum": list(one + two),
        "text": list(three),
        "in-place": list(four),
        "unchanged": list(one),
        "text first": raised(lambda: "x : 1" + one),
        "duplicate": raised(lambda: one + "v : volt"),
        "duplicate text": raised(lambda: one + one),
        "number": raised(lambda: one + 3),
        "group": b.NeuronGroup(1, one + two, method="euler").equations.names
        == frozenset({"v", "I", "C"}),
        "equal": [b.Equations("x : 1") == b.Equations("x : 1"), one == two],
        "pickle": str(pickle.loads(pickle.dumps(one))) == str(one),  # noqa: S301
    }


@probe("4 attributes")
def attributes(b: Any) -> dict[str, Any]:
    eqs = b.Equations("""
        dv/dt = (g*(E - v) + I)/C + sigma*xi*second**-0.5 : volt (unless refractory)
        I = I0*sin(2*pi*f*t) : amp
        I0 : amp (constant)
        dg/dt = -g/tau : siemens
        E = E1 + E0 : volt (constant over dt)
        E0 : volt (shared)
    """)
    plain = b.Equations("dv/dt = -v/tau : 1")
    several = b.Equations("dv/dt = xi_1*ms**-0.5 + v*xi_2*ms**-0.5 : 1")
    return {
        "names": sorted(eqs.names),
        "diff_eq_names": sorted(eqs.diff_eq_names),
        "subexpr_names": sorted(eqs.subexpr_names),
        "parameter_names": sorted(eqs.parameter_names),
        "eq_names": sorted(eqs.eq_names),
        "dimensions": {name: repr(dim) for name, dim in eqs.dimensions.items()},
        "identifiers": sorted(eqs.identifiers),
        "is_stochastic": [eqs.is_stochastic, plain.is_stochastic],
        "stochastic_type": [eqs.stochastic_type, plain.stochastic_type, several.stochastic_type],
        "stochastic_variables": [
            sorted(eqs.stochastic_variables),
            sorted(several.stochastic_variables),
        ],
        "ordered": [eq.varname for eq in eqs.ordered],
        "dependencies": {
            name: sorted(d.equation.varname for d in found)
            for name, found in eqs.dependencies.items()
        },
        "diff_eq_expressions": [name for name, _ in eqs.diff_eq_expressions],
        "eq_expressions": [name for name, _ in eqs.eq_expressions],
        "substituted": [name for name, _ in eqs.get_substituted_expressions()],
    }


@probe("4 attributes")
def printed(b: Any) -> dict[str, Any]:
    eqs = b.Equations("""
        x : 1 (constant)
        dv/dt = -v/tau : volt (unless refractory)
        I = 3*nA : amp
        n : 1 (shared)
        dg/dt = -g/tau : siemens
        rate : Hz
        density = g/area : siemens/meter**2
        area : meter**2
    """)
    return {
        "str": str(eqs).splitlines(),
        "one": [str(eqs["v"]), str(eqs["x"]), str(eqs["I"])],
        "repr of one": [repr(eqs["x"]).startswith("<")],
        "simple": [str(b.Equations("dv/dt = (1-v)/(10*ms) : 1"))],
    }


@probe("4 when things are checked")
def moments(b: Any) -> dict[str, Any]:
    unit_later = b.NeuronGroup(1, "dv/dt = -v/tau : volt", name="later", method="euler")
    net = b.Network(unit_later)
    unknown = raised(lambda: net.run(0.1 * b.ms))
    wrong = raised(lambda: net.run(0.1 * b.ms, namespace={"tau": 3 * b.mV}))
    tau = 10 * b.ms
    unit_later.v = 1 * b.mV
    net.run(0.1 * b.ms)
    sub = b.NeuronGroup(1, "x = 3*unknown_name + i : 1")
    return {
        "unknown": unknown,
        "wrong": wrong,
        "v": unit_later.v[:],
        "syntax": raised(lambda: b.NeuronGroup(1, "dv/dt = -v/ : volt")),
        "flag": raised(lambda: b.NeuronGroup(1, "v : volt (nonsense)")),
        "subexpression": raised(lambda: sub.x[:]),
        "subexpression given": [sub.namespace.update(unknown_name=2.0), sub.x[:]],
        "units of subexpression": raised(
            lambda: b.Network(
                b.NeuronGroup(1, "x = 3*mV : amp\ndv/dt = x/nA/ms : 1", method="euler")
            ).run(0.1 * b.ms)
        ),
        "units of threshold": raised(
            lambda: b.Network(b.NeuronGroup(1, "v : volt", threshold="v > 3", reset="")).run(
                0.1 * b.ms
            )
        ),
        "units of reset": raised(
            lambda: b.Network(
                b.NeuronGroup(1, "v : volt", threshold="v > 3*mV", reset="v = 3")
            ).run(0.1 * b.ms)
        ),
    }


@probe("4 when things are checked")
def definitions_after_the_group(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dv/dt = f(v)/tau : 1\nw = k*v : 1", method="euler")

    @b.implementation("cpp", "double f(double x) { return 1 - x; }")
    @b.implementation("cython", "cdef double f(double x):\n    return 1 - x\n")
    @b.check_units(x=1, result=1)
    def f(x: Any) -> Any:
        return 1 - x

    tau, k = 5 * b.ms, 3
    b.run(1 * b.ms)
    first = group.w[:].copy()
    tau, k = 1 * b.ms, 4
    b.run(1 * b.ms)
    with logged(b) as names:
        b.run(0.1 * b.ms)
    return {"first": first, "second": group.w[:], "v": group.v[:], "warnings": names}
