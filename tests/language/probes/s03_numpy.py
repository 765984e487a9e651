"""Section 3: NumPy's functions and the methods of arrays, on quantities."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe

ONE = """
    abs absolute amax amin angle argmax argmin argsort around array_repr array_str asanyarray
    asarray atleast_1d atleast_2d average ceil conj copy count_nonzero cumsum
    diff ediff1d exp2 fix flatnonzero flip floor gradient imag iscomplex isfinite isinf isnan
    isreal max mean median min nanargmax nancumsum nanmax nanmean nanmin nansum
    negative nonzero positive ptp ravel real reciprocal rint rot90 round sign
     size sort spacing sqrt square squeeze std sum transpose trunc unique var
""".split()  # noqa: SIM905
METHODS = """
    all any argmax argmin argsort conj copy cumsum diagonal dot flatten max mean min nonzero
    ravel repeat reshape round sort squeeze std sum take tolist trace transpose var cumprod
""".split()  # noqa: SIM905
TWO = """
    add subtract multiply divide true_divide floor_divide remainder mod fmod power maximum minimum
    less greater equal not_equal less_equal greater_equal hypot arctan2 copysign dot
    inner outer cross convolve correlate kron logical_and logical_or logical_xor heaviside
    append isin digitize searchsorted allclose isclose array_equal union1d intersect1d
""".split()  # noqa: SIM905


def seen(action: Any) -> Any:
    """Return a result with its unit, or the type of the error."""
    try:
        result = action()
    except Exception as error:  # noqa: BLE001
        return type(error).__name__
    if isinstance(result, tuple | list):
        return [seen(lambda part=part: part) for part in result]
    return result


@probe("3 functions")
def functions_of_one(b: Any) -> dict[str, Any]:
    q = np.array([3.0, -1.25, 2.5, 0.0]) * b.mV
    with np.errstate(all="ignore"):
        return {name: seen(lambda n=name: getattr(np, n)(q)) for name in ONE}


@probe("3 functions")
def functions_of_one_scalar(b: Any) -> dict[str, Any]:
    q = 2.5 * b.mV
    return {name: seen(lambda n=name: getattr(np, n)(q)) for name in ONE}


@probe("3 functions", "3 Quantity")
def methods(b: Any) -> dict[str, Any]:
    q = np.array([[3.0, -1.25], [2.5, 0.5]]) * b.mV
    given = {"dot": (q,), "repeat": (2,), "reshape": (4,), "take": ([0, 3],)}
    return {name: seen(lambda n=name: getattr(q, n)(*given.get(n, ()))) for name in METHODS}


@probe("3 functions", "3 arithmetic")
def functions_of_two(b: Any) -> dict[str, Any]:
    q, r = np.array([3.0, -1.25, 2.5]) * b.mV, np.array([1.0, 2.0, -4.0]) * b.mV
    with np.errstate(all="ignore"):
        return {name: seen(lambda n=name: getattr(np, n)(q, r)) for name in TWO}


@probe("3 functions", "3 arithmetic")
def functions_of_two_units(b: Any) -> dict[str, Any]:
    q, r = np.array([3.0, -1.25, 2.5]) * b.mV, np.array([1.0, 2.0, -4.0]) * b.nA
    with np.errstate(all="ignore"):
        return {name: seen(lambda n=name: getattr(np, n)(q, r)) for name in TWO}


@probe("3 functions", "3 arithmetic")
def functions_of_quantity_and_number(b: Any) -> dict[str, Any]:
    q, r = np.array([3.0, 1.25, 2.5]) * b.mV, np.array([1.0, 2.0, 4.0])
    with np.errstate(all="ignore"):
        found = {name: seen(lambda n=name: getattr(np, n)(q, r)) for name in TWO}
        found |= {f"{name} swapped": seen(lambda n=name: getattr(np, n)(r, q)) for name in TWO}
    return found


@probe("3 functions", "3 in-place")
def reduction_methods_of_ufuncs(b: Any) -> dict[str, Any]:
    q = np.array([3.0, -1.25, 2.5]) * b.mV
    out = np.zeros(3) * b.mV
    plain = np.zeros(3)
    return {
        "reduce": seen(lambda: np.add.reduce(q)),
        "maximum reduce": seen(lambda: np.maximum.reduce(q)),
        "logical": seen(lambda: np.logical_or.reduce(q)),
        "out": seen(lambda: np.add(q, q, out=out)),
        "plain out": seen(lambda: np.add(q, q, out=plain)),
        "where": seen(lambda: np.add(q, q, out=np.zeros(3) * b.mV, where=[True, False, True])),
        "modf": seen(lambda: np.modf(q)),
    }
