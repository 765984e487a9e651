"""Section 3: functions of quantities, and the decorator that checks units."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe, raised

PURE = """
    sin cos tan sinh cosh tanh arcsin arctan arcsinh arctanh exp log log10 log1p expm1 exprel
""".split()  # noqa: SIM905


@probe("3 functions", "2 numpy functions replaced by unit-aware ones")
def functions_of_numbers(b: Any) -> dict[str, Any]:
    x = np.array([0.25, 0.5])
    return {
        **{name: getattr(b, name)(x) for name in PURE},
        **{f"{name} of a number": float(getattr(b, name)(0.5)) for name in PURE},
        **{f"{name} of volts": raised(lambda n=name: getattr(b, n)(x * b.volt)) for name in PURE},
        "of a list": b.exp([1.0, 2.0]),
        "of a ratio": b.sin(3 * b.mV / b.mV),
        "of a quantity without unit": b.cos(b.Quantity([0.0, 1.0])),
        "arccosh": b.arccosh(2.0),
        "arccos": b.arccos(x),
        "of zero": b.exprel(0.0),
        "exprel": b.exprel(np.array([-1e-9, 0, 1e-9, 3.0])),
        "numpy": [float(np.sin(1.0)), float(np.exp(2))],
        "numpy of volts": raised(lambda: np.sin(3 * b.mV)),
        "numpy log of volts": raised(lambda: np.log([1, 2] * b.mV)),
        "log2": raised(lambda: np.log2(3 * b.mV)),
        "arctan2": raised(lambda: np.arctan2(3 * b.mV, 2 * b.mV)),
    }


@probe("3 functions")
def reductions(b: Any) -> dict[str, Any]:
    q = np.array([[3.0, -1.0, 2.0], [0.5, 4.0, -2.5]]) * b.mV
    return {
        "mean": np.mean(q),
        "std": np.std(q),
        "min": np.min(q),
        "max": np.max(q),
        "sum": np.sum(q),
        "cumsum": np.cumsum(q),
        "var": np.var(q),
        "prod": np.prod(q[0]),
        "methods": [q.mean(), q.std(), q.min(), q.max(), q.sum()],
        "var method": q.var(),
        "prod method": q[0].prod(),
        "axis": q.mean(axis=1),
        "sum axis": q.sum(axis=0),
        "clip": np.clip(q, 0 * b.mV, 2 * b.mV),
        "clip method": q.clip(-1 * b.mV, 1 * b.mV),
        "round": (q * 1.26).round(3),
        "sort": np.sort(q),
        "diff": np.diff(q),
        "median": np.median(q),
        "ptp": b.ptp(q),
        "argmin": np.argmin(q),
        "argmax": q.argmax(),
        "argsort": np.argsort(q[0]),
        "sign": np.sign(q),
        "isnan": np.isnan(q),
        "nonzero": np.nonzero(q[0] > 0)[0],
        "any": bool(np.any(q > 3 * b.mV)),
        "all": bool(np.all(q > 3 * b.mV)),
        "logical": np.logical_and(q > 0, q < 3 * b.mV),
        "searchsorted": raised(lambda: np.searchsorted([1, 2, 3] * b.mV, 2 * b.mV)),
        "cumprod": raised(lambda: np.cumprod(q)),
        "clip other": raised(lambda: np.clip(q, 0 * b.nS, 2 * b.nS)),
        "clip number": raised(lambda: np.clip(q, 0, 2)),
        "python round": raised(lambda: round(3.14159 * b.mV, 3)),
    }


@probe("3 functions", "2 numpy functions replaced by unit-aware ones")
def array_makers(b: Any) -> dict[str, Any]:
    mV = b.mV
    q = np.array([[1.0, 2.0], [3.0, 4.0]]) * mV
    return {
        "ravel": b.ravel(q),
        "diagonal": b.diagonal(q),
        "trace": b.trace(q),
        "dot": b.dot(q, q),
        "where": b.where(q > 2 * mV, q, 0 * mV),
        "where zero": raised(lambda: b.where(q > 2 * mV, q, 0)),
        "where indices": b.where(q > 2 * mV)[0],
        "where others": raised(lambda: b.where(q > 2 * mV, q, 1 * b.nS)),
        "where numbers": raised(lambda: b.where(q > 2 * mV, q, 1.0)),
        "ones_like": b.ones_like(q),
        "zeros_like": b.zeros_like(q),
        "arange": b.arange(0 * mV, 1 * mV, 0.5 * mV),
        "arange stop": b.arange(5),
        "arange step": b.arange(1, 10, 3),
        "arange zero": b.arange(0, 1 * mV, 0.25 * mV),
        "arange stop, step": b.arange(stop=2 * mV, step=1 * mV),
        "arange others": raised(lambda: b.arange(0 * mV, 1 * b.nS, 1 * mV)),
        "arange without step": raised(lambda: b.arange(3 * mV)),
        "linspace": b.linspace(0 * mV, 1 * mV, 3),
        "linspace zero": raised(lambda: b.linspace(0, 1 * mV, 3)),
        "linspace others": raised(lambda: b.linspace(1 * b.nS, 1 * mV, 3)),
        "linspace endpoint": b.linspace(0 * mV, 1 * mV, 4, endpoint=False),
        "linspace default": len(b.linspace(0, 1)),
        "concatenate": np.concatenate([q[0], q[1]]),
        "array of quantities": np.array([1 * mV, 2 * mV]),
        "hstack": np.hstack([q[0], q[1]]),
        "vstack": list(np.vstack([q, q]).shape),
        "np linspace": np.linspace(0 * mV, 1 * mV, 3),
        "append": np.append(q[0], q[1]),
        "zeros times unit": np.zeros(3) * mV,
        "full": np.full(3, 2.0) * mV,
        "interp": np.interp(0.5, [0, 1], [1, 2]),
        "histogram": np.histogram(np.asarray(q), bins=2)[0],
        "tile": np.tile(q[0], 2),
        "unique": np.unique([1, 1, 2] * mV),
        "meshgrid": [x.shape for x in np.meshgrid([1, 2], [3, 4, 5])],
    }


@probe("3 check_units(args, result=...)")
def check_units_of_arguments(b: Any) -> dict[str, Any]:
    @b.check_units(wheight=b.metre, factor=1, flag=bool, name=str, other=None, same="wheight")
    def f(
        wheight: Any,
        factor: Any = 2,
        flag: Any = True,
        name: Any = "x",
        other: Any = 0,
        same: Any = None,
    ) -> Any:
        del flag, name, other, same
        return wheight * factor

    return {
        "right": f(3 * b.cm),
        "keyword": f(wheight=3 * b.cm, factor=3),
        "name": f.__name__,
        "wrong": raised(lambda: f(3 * b.second)),
        "number": raised(lambda: f(3)),
        "zero": raised(lambda: f(0)),
        "factor with unit": raised(lambda: f(3 * b.cm, 2 * b.mV)),
        "none": raised(lambda: f(3 * b.cm, same=None)),
        "text": raised(lambda: f("3", 2)),
        "flag": raised(lambda: f(3 * b.cm, flag=1)),
        "text flag": raised(lambda: f(3 * b.cm, flag="yes")),
        "text as name": raised(lambda: f(3 * b.cm, name="abc")),
        "number as name": raised(lambda: f(3 * b.cm, name=3)),
        "anything": f(3 * b.cm, other=5 * b.volt),
        "same": f(3 * b.cm, same=2 * b.metre),
        "not same": raised(lambda: f(3 * b.cm, same=2 * b.volt)),
        "bool as factor": raised(lambda: f(3 * b.cm, True)),
        "array": f([1, 2] * b.cm),
        "list": raised(lambda: f([1, 2])),
    }


@probe("3 check_units(args, result=...)")
def check_units_of_result(b: Any) -> dict[str, Any]:
    @b.check_units(result=b.second)
    def seconds(x: Any) -> Any:
        return x

    @b.check_units(a=None, n=1, result=lambda a, _n: a**2)
    def square(a: Any, n: Any) -> Any:
        return a * a * n

    @b.check_units(a=None, c=None, result=lambda a, c: a * c)
    def wrong(a: Any, c: Any) -> Any:
        return a + c

    @b.check_units(x=1, result=bool)
    def positive(x: Any) -> Any:
        return x > 0

    @b.check_units(x=b.volt, y=b.volt)
    def difference(x: Any, y: Any) -> Any:
        return x - y

    return {
        "right": seconds(3 * b.ms),
        "wrong": raised(lambda: seconds(3 * b.mV)),
        "number": raised(lambda: seconds(3)),
        "zero": raised(lambda: seconds(0)),
        "square": square(3 * b.mV, 2),
        "square of number": square(3, 2),
        "wrong product": raised(lambda: wrong(1 * b.mV, 2 * b.mV)),
        "positive": bool(positive(3)),
        "not positive": raised(lambda: positive(3 * b.mV)),
        "difference": difference(3 * b.mV, 1 * b.mV),
        "difference of others": raised(lambda: difference(3 * b.mV, 1 * b.nA)),
        "too many": raised(lambda: difference(1 * b.mV, 2 * b.mV, 3)),
        "message names both": named(lambda: difference(1 * b.mV, 2 * b.nA), "difference", "y"),
    }


def named(action: Any, *words: str) -> list[bool]:
    """Return which words stand in the text of an error."""
    try:
        action()
    except Exception as error:  # noqa: BLE001
        return [word in str(error) for word in words]
    return []


@probe("3 helpers")
def mismatch_error(b: Any) -> dict[str, Any]:
    try:
        3 * b.mV + 2 * b.nA
    except b.DimensionMismatchError as error:
        text, dims, desc = str(error), [repr(d) for d in error.dims], bool(error.desc)
    made = b.DimensionMismatchError("Text", b.volt.dim, b.amp.dim)
    return {
        "units in text": [unit in text for unit in ("V", "A")],
        "dims": dims,
        "desc": desc,
        "made": [made.desc, len(made.dims), str(made).startswith("Text")],
        "type": issubclass(b.DimensionMismatchError, Exception),
    }
