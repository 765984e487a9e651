"""Section 5: operators, default functions, constants, special names and types."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe, raised


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


def seen(action: Any) -> Any:
    """Return a result as floating-point numbers, or "refused"."""
    try:
        result = action()
    except Exception:  # noqa: BLE001
        return "refused"
    dim = getattr(result, "dim", None)
    plain = np.asarray(result, float)
    return [plain, repr(dim)] if dim is not None else plain


def values(b: Any, text: str, unit: str = "1", **given: Any) -> Any:
    """Return the values of an expression as a subexpression of a group with x, y, k and n."""
    group = b.NeuronGroup(
        6, f"x : 1\ny : 1\nk : integer\nn : integer\nv : volt\nok : boolean\nz = {text} : {unit}"
    )
    group.x, group.y = [-2.5, -1, 0, 0.5, 2, 3.7], [2, 0.5, 1, -1, 3, 2.25]
    group.k, group.n = [-7, -1, 0, 1, 5, 9], [2, 3, -2, 4, 2, -4]
    group.v, group.ok = [-2, -1, 0, 1, 2, 3] * b.mV, [True, False, True, True, False, False]
    group.namespace.update(given)
    return group.z[:]


def stored(b: Any, text: str, unit: str = "1") -> Any:
    """Return what a simulation stores for an expression."""
    group = b.NeuronGroup(
        6, f"x : 1\ny : 1\nk : integer\nn : integer\nv : volt\nok : boolean\nr : {unit}"
    )
    group.x, group.y = [-2.5, -1, 0, 0.5, 2, 3.7], [2, 0.5, 1, -1, 3, 2.25]
    group.k, group.n = [-7, -1, 0, 1, 5, 9], [2, 3, -2, 4, 2, -4]
    group.v, group.ok = [-2, -1, 0, 1, 2, 3] * b.mV, [True, False, True, True, False, False]
    group.run_regularly(f"r = {text}")
    b.Network(group).run(0.1 * b.ms)
    return group.r[:]


ARITHMETIC = [
    "x + y",
    "x - y",
    "x*y",
    "x/y",
    "x//y",
    "x % y",
    "x**2",
    "y**-1",
    "2**x",
    "-x",
    "+x",
    "-x**2",
    "k + n",
    "k*n",
    "k/n",
    "k//n",
    "k % n",
    "k - n",
    "k**2",
    "k/2",
    "k//2",
    "7//2",
    "-7//2",
    "7/2",
    "7 % 3",
    "-7 % 3",
    "k % 3",
    "x % 0.75",
    "x//0.75",
    "2*(x + 3)*y",
    "x - y - 1",
    "x/y/2",
    "2**3**2",
    "1e3*x",
    ".5*x",
    "1.*x",
    "5.e-1*x",
    "x*-1",
    "2 - -x",
    "(x)",
    "x/4*2",
    "k/4*2",
    "1/3",
    "k + 0.5",
    "abs(k)*1.5",
    "2**-1",
    "1_000.5_0*x",
    "1e1_0*x",
    "(x + 0)",
    "1_000*x",
]


@probe("5 operators")
def arithmetic(b: Any) -> dict[str, Any]:
    return {text: seen(lambda t=text: stored(b, t)) for text in ARITHMETIC}


@probe("5 operators")
def arithmetic_of_subexpressions(b: Any) -> dict[str, Any]:
    texts = [text for text in ARITHMETIC if any(name in text for name in "xykn")]
    return {text: seen(lambda t=text: values(b, t)) for text in texts}


@probe("5 operators")
def comparisons(b: Any) -> dict[str, Any]:
    texts = [
        "x < y",
        "x <= y",
        "x > y",
        "x >= y",
        "k == n",
        "k != n",
        "x == x",
        "not ok",
        "ok",
        "x < 0 or y > 1",
        "x < 0 and y > 1",
        "not x < 0",
        "ok and x > 0",
        "not (ok or x > 0)",
        "ok == True",
        "ok != (x > 0)",
        "v > 0*mV",
        "v > -1.5*mV and v <= 2*mV",
        "True",
        "False or ok",
        "i % 2 == 0",
        "not ok and x < 0 or y == 3",
        "ok or False",
    ]
    return {text: seen(lambda t=text: stored(b, t, "boolean")) for text in texts}


@probe("5 operators")
def integers(b: Any) -> dict[str, Any]:
    texts = [
        "k + n",
        "k*n",
        "k//n",
        "k % n",
        "k - n",
        "k**2",
        "-k",
        "abs(k)",
        "int(x)",
        "int(ok)",
        "k//2*2",
        "sign(k)",
        "clip(k, -2, 2)",
        "int(k/2)",
        "int(x < 0)",
        "i",
        "i//2",
        "N - i",
        "int(x)*2 + k",
        "int(ceil(x))",
        "k*int(ok)",
        "int(floor(x))",
        "int(round_)",
    ]
    return {
        text: [str(np.asarray(found := stored(b, text, "integer")).dtype), found]
        for text in texts
        if text != "int(round_)"
    }


@probe("5 operators")
def not_in_the_language(b: Any) -> dict[str, Any]:
    texts = [
        "x if ok else y",
        "x[0]",
        "x.real",
        "'text'",
        "k & n",
        "k | n",
        "~k",
        "k << 1",
        "k ^ n",
        "lambda: 3",
        "[1, 2]",
        "(1, 2)",
        "x = 3",
        "x := 3",
        "f'x'",
        "1 < x < 2",
        "x is y",
        "x in y",
        "{1: 2}",
        "x; y",
        "sin",
        "sin(x, y)",
        "clip(x)",
        "x y",
        "3x",
        "x!",
        "x..y",
        "x +",
        "* x",
        "()",
        "(x",
        "x)",
        "x ? y : z",
        "x && y",
        "not",
        "1j*x",
        "x and",
        "@x",
        "sum(x)",
        "max(x, y)",
        "x->y",
        "print(x)",
        "__import__('os')",
        "exp",
        "exp()",
    ]
    return {text: bool(raised(lambda t=text: values(b, t))["raised"]) for text in texts}


@probe("5 operators")
def types_of_mistakes(b: Any) -> dict[str, Any]:
    texts = ["x if ok else y", "x[0]", "x.real", "[1, 2]", "x y", "x +", "(x"]
    return {
        text: raised(
            lambda t=text: b.NeuronGroup(1, f"x:1\ny:1\nk:integer\nok:boolean\nz = {t} : 1").z[:]
        )
        for text in texts
    }


@probe("5 operators")
def units_of_operators(b: Any) -> dict[str, Any]:
    right = {
        "v + 1*mV": "volt",
        "v*v": "volt**2",
        "v/ms": "volt/second",
        "v**2": "volt**2",
        "-v": "volt",
        "abs(v)": "volt",
        "v*x": "volt",
        "(v**2)**0.5": "volt",
        "v % (2*mV)": "volt",
        "v/mV": "1",
        "v//(2*mV)": "1",
        "sqrt(v**2)": "volt",
        "floor(v/mV)*mV": "volt",
        "clip(v, -1*mV, 1*mV)": "volt",
        "sign(v)": "1",
        "exp(v/mV)": "1",
        "0*mV + v": "volt",
        "v + 0": "volt",
        "0 + v": "volt",
        "v*int(ok)": "volt",
        "v*k": "volt",
        "v - 0.0": "volt",
    }
    wrong = {
        "v + 1": "volt",
        "v + x": "volt",
        "v": "1",
        "exp(v)": "1",
        "sin(v)": "1",
        "v**x": "volt",
        "v < 3": "boolean",
        "int(v)": "1",
        "v**v": "1",
        "v % 3": "volt",
        "clip(v, 0, 1)": "volt",
        "log(v)": "1",
        "v - 1*ms": "volt",
        "2**v": "1",
        "v and ok": "boolean",
        "v == 1*ms": "boolean",
    }
    return {
        **{text: seen(lambda t=text, u=unit: values(b, t, u)) for text, unit in right.items()},
        **{
            f"wrong {text}": bool(raised(lambda t=text, u=unit: stored(b, t, u))["raised"])
            for text, unit in wrong.items()
        },
        "type": raised(lambda: stored(b, "v + 1", "volt")),
        "function": raised(lambda: stored(b, "exp(v)", "1")),
    }


FUNCTIONS = words("""
    sin cos tan sinh cosh tanh arctan exp expm1 exprel abs sign ceil floor int
""")


@probe("5 default functions")
def functions(b: Any) -> dict[str, Any]:
    texts = [f"{name}(x)" for name in FUNCTIONS]
    texts += [
        "log(y + 2)",
        "log10(y + 2)",
        "log1p(y + 2)",
        "sqrt(y + 1)",
        "arcsin(x/4)",
        "arccos(x/4)",
        "clip(x, -1, 1)",
        "clip(x, y - 5, y)",
        "exprel(x*1e-9)",
        "int(ok)",
        "timestep(x*ms, 0.1*ms)",
        "sqrt(x**2)",
        "exp(-x)*sin(y)**2",
        "sign(k)",
        "abs(k)",
    ]
    return {text: np.asarray(stored(b, text), float) for text in texts}


@probe("5 default functions")
def functions_in_subexpressions(b: Any) -> dict[str, Any]:
    texts = [f"{name}(x)" for name in FUNCTIONS] + ["clip(x, -1, 1)", "sqrt(y + 1)"]
    return {
        **{text: np.asarray(values(b, text), float) for text in texts},
        "with units": [
            values(b, text, unit)
            for text, unit in (
                ("sqrt(v*v)", "volt"),
                ("abs(v)", "volt"),
                ("ceil(v/mV)*mV", "volt"),
                ("clip(v, -1*mV, 1*mV)", "volt"),
                ("sqrt(abs(v)*volt)", "volt"),
            )
        ],
        "ceil of volts": seen(lambda: values(b, "ceil(v)", "volt")),
        "floor of volts": seen(lambda: values(b, "floor(v)", "volt")),
    }


@probe("5 default functions")
def random_functions(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1000, "r : 1\ng : 1\np : integer\nq : 1")
    group.r, group.g, group.p, group.q = "rand()", "randn()", "poisson(3)", "poisson(0.5)"
    group.run_regularly("q = poisson(5)*rand()")
    before = group.r[:].copy()
    b.Network(group).run(0.1 * b.ms)
    # the standard error of the mean of 1000 is 0.01 (rand), 0.03 (randn) and 0.055 (poisson)
    return {
        "rand": bool((before >= 0).all() and (before < 1).all()),
        "mean of rand": abs(float(before.mean()) - 0.5) < 0.06,
        "mean of randn": abs(float(group.g[:].mean())) < 0.2,
        "mean of poisson": abs(float(group.p[:].mean()) - 3) < 0.35,
        "whole": bool((group.p[:] == np.floor(group.p[:])).all()),
        "different": len(set(before.tolist())) > 990,
        "kind": str(group.p[:].dtype),
        "argument": raised(lambda: setattr(group, "r", "rand(3)")),
        "no argument": raised(lambda: setattr(group, "r", "poisson()")),
        "without brackets": bool(raised(lambda: setattr(group, "r", "rand"))["raised"]),
        "q": bool((group.q[:] >= 0).all()),
        "twice": bool(
            (b.NeuronGroup(9, "a = rand() - rand() : 1 (constant over dt)").a[:] != 0).all()
        ),
    }


@probe("5 constants")
def constants(b: Any) -> dict[str, Any]:
    return {
        "pi": stored(b, "pi*x"),
        "e": stored(b, "e**x"),
        "inf": stored(b, "1/inf + x"),
        "infinite": stored(b, "inf + 0*x"),
        "minus": stored(b, "-inf*y**2"),
        "compared": stored(b, "x < inf", "boolean"),
        "compared volts": stored(b, "v < inf*mV", "boolean"),
        "name": raised(lambda: b.Equations("pi : 1")),
        "replaced": stored(b, "2*pi"),
        "hidden": local_pi(b),
        "nan": bool(raised(lambda: values(b, "nan*x"))["raised"]),
        "default": [name in b.DEFAULT_CONSTANTS for name in ("pi", "e", "inf", "x")],
        "functions": [name in b.DEFAULT_FUNCTIONS for name in ("sin", "rand", "timestep", "max")],
        "units": [name in b.DEFAULT_UNITS for name in ("mV", "volt", "second", "nothing")],
    }


def local_pi(b: Any) -> Any:
    """Return what a constant means where a namespace has another value for it."""
    group = b.NeuronGroup(1, "r : 1", namespace={"pi": 3.0})
    group.r = "pi"
    return group.r[:]


@probe("5 special names")
def special_names(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        4,
        "a : second\nc : second\nk : integer\nn : integer\nm : integer\nl : second\nr : boolean\n"
        "dv/dt = 1/ms : 1 (unless refractory)",
        threshold="v > 0.45",
        reset="v = 0",
        refractory=0.3 * b.ms,
        method="euler",
    )
    group.run_regularly(
        "a = t; c = dt; k = t_in_timesteps; n = N; m = i; l = lastspike; r = not_refractory",
        when="end",
    )
    b.run(0.9 * b.ms)
    source = b.NeuronGroup(2, "w : 1")
    names = words("code pre_size post_size incoming outgoing size target moment")
    text = "\n".join(f"{name}x : {'second' if name == 'moment' else 'integer'}" for name in names)
    synapses = b.Synapses(source, group, text)
    synapses.connect(condition="i <= j")
    synapses.codex, synapses.pre_sizex, synapses.post_sizex = "10*i + j", "N_pre", "N_post"
    synapses.incomingx, synapses.outgoingx = "N_incoming", "N_outgoing"
    synapses.sizex, synapses.targetx, synapses.momentx = "N", "j", "t + dt"
    found = {name: getattr(group, name)[:] for name in ("a", "c", "k", "n", "m", "l", "r", "v")}
    return {
        **found,
        "N": int(group.N),
        "i": group.i[:],
        "t": group.t[:],
        "dt": group.dt[:],
        "t_in_timesteps": int(group.t_in_timesteps[:]),
        **{f"synapses {n}": getattr(synapses, f"{n}x")[:] for n in names},
        "N_incoming": synapses.N_incoming[:],
        "N_outgoing": synapses.N_outgoing[:],
        "t of kin": raised(lambda: group.t.__setitem__(slice(None), 3 * b.ms)),
    }


@probe("5 types")
def types(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        4,
        "x : 1\nk : integer\nok : boolean\nhalf = k//2 : integer\nratio = k/2 : 1\n"
        "both = ok and k > 1 : boolean\nv : volt",
    )
    group.k = [2.7, -2.7, 3, 0.99]
    group.ok = [True, False, True, True]
    group.x = [1, 2, 3, 4]
    dtypes = {
        name: str(np.asarray(getattr(group, name)[:]).dtype)
        for name in ("x", "k", "ok", "half", "ratio", "both", "v", "i")
    }
    truncated = group.k[:].copy()
    group.k = "x*1.6"
    by_text = group.k[:].copy()
    group.k[1] = 7.9
    group.run_regularly("k = x*2.4; ok = x > 2")
    b.run(0.1 * b.ms)
    return {
        "dtypes": dtypes,
        "truncated": truncated,
        "by text": by_text,
        "run": group.k[:],
        "ok": group.ok[:],
        "half": group.half[:],
        "ratio": group.ratio[:],
        "both": group.both[:],
        "text to boolean": bool(raised(lambda: setattr(group, "ok", "x"))["raised"]),
        "number to boolean": raised(lambda: setattr(group, "ok", 1)),
        "boolean": group.ok[:],
        "wrong subexpression": bool(raised(lambda: stored(b, "x + 0.5", "boolean"))["raised"]),
    }
