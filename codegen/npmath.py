"""What generated NumPy code calls besides NumPy: the meaning of bs_math.h and bs_abi.h in NumPy.

Everything has the bits of the C functions; only where brainsim was installed without a compiler are
the elementary ones NumPy's, which agree to a few units in the last place. Warnings are the caller's
business: generated kernels switch them off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    from .. import elementary as native  # type: ignore[attr-defined]
except ImportError:  # installed without a C compiler
    native = None

Lanes = NDArray[np.int64]
_STEP_LIMIT = 2.0**51  # bs_timestep saturates here
_EXPONENT_LIMIT = 1500.0  # exp of half of it is infinite


def _exprel(x: Any) -> Any:
    """Return (exp(x) - 1) / x, and 1 at 0; finite also where exp(x) alone is not."""
    power, capped = np.expm1(x), np.minimum(x, _EXPONENT_LIMIT)
    root = np.exp(capped * 0.5)
    large = root / capped * root
    return np.where(x == 0, 1, np.where(np.isinf(power), large, power / x))[()]


def _bernoulli(x: Any) -> Any:
    """Return x / (exp(x) - 1), and 1 at 0; not 0 where only exp(x) is infinite."""
    power, capped = np.expm1(x), np.minimum(x, _EXPONENT_LIMIT)
    root = np.exp(capped * -0.5)
    large = root * capped * root
    return np.where(x == 0, 1, np.where(np.isinf(power), large, x / power))[()]


PLAIN: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(np, name) for name in ("exp", "expm1", "log", "log10", "log1p")},
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: getattr(np, name) for name in ("arcsin", "arccos", "arctan")},
    "exprel": _exprel,
    "bernoulli": _bernoulli,
}
"""The elementary functions made of NumPy's."""

_CHOSEN: dict[str, Callable[[Any], Any]] = native.functions() if native else PLAIN
_power: Callable[[Any, Any], Any] = native.power if native else np.power
exp, expm1, exprel, bernoulli = (_CHOSEN[n] for n in ("exp", "expm1", "exprel", "bernoulli"))
log, log10, log1p = (_CHOSEN[name] for name in ("log", "log10", "log1p"))
sin, cos, tan = (_CHOSEN[name] for name in ("sin", "cos", "tan"))
sinh, cosh, tanh = (_CHOSEN[name] for name in ("sinh", "cosh", "tanh"))
arcsin, arccos, arctan = (_CHOSEN[name] for name in ("arcsin", "arccos", "arctan"))


def clip(x: Any, low: Any, high: Any) -> Any:
    """Return x limited to [low, high]; `high` wins where low > high; NaN stays NaN."""
    raised = np.where(x < low, low, x)
    return np.where(raised > high, high, raised)[()]


def timestep(t: Any, dt: Any) -> Any:
    """Return the number of whole steps dt in the time t (seconds), int64.

    A time that is a rounding error short of a step counts as that step.
    """
    steps = np.trunc((t + 1e-3 * dt) / dt)
    return np.clip(np.nan_to_num(steps, nan=-_STEP_LIMIT), -_STEP_LIMIT, _STEP_LIMIT).astype(
        np.int64
    )


def mod(a: Any, b: Any) -> Any:
    """Return a % b with the sign of b; of floats NaN where |a / b| >= 2**53."""
    remainder = np.remainder(a, b)
    if remainder.dtype.kind != "f":
        return remainder
    meaningless = np.abs(a / b) >= 2.0**53
    return np.where(meaningless, np.nan, remainder).astype(remainder.dtype)[()]


def power(base: Any, exponent: Any, dtype: type[np.number[Any]]) -> Any:
    """Return base**exponent as `dtype`; of integers computed in float64, its fraction cut off."""
    wide = np.float32 if dtype is np.float32 else np.float64
    return _power(np.asarray(base, wide), np.asarray(exponent, wide)).astype(dtype)


def call(function: Callable[..., Any], dtype: type[np.generic], *args: Any) -> Any:
    """Return the values of a user's function for arguments which are numbers or lanes.

    A function that gives one number for all lanes is given as many of them.
    """
    value = np.asarray(function(*args)).astype(dtype)
    shape = np.broadcast_shapes(*(np.shape(arg) for arg in args))
    return np.broadcast_to(value if shape else value.reshape(()), shape)[()]


def call_per_element(function: Callable[..., Any], dtype: type[np.generic], *args: Any) -> Any:
    """Return the values of a user's function whose last argument is an array of elements."""
    *others, elements = args
    value = np.asarray(function(*others, np.atleast_1d(elements))).astype(dtype)
    return np.broadcast_to(value, np.shape(np.atleast_1d(elements))).reshape(np.shape(elements))[()]


def nested(lanes: NDArray[Any], start: Any, stop: Any) -> tuple[Lanes, Lanes]:
    """Return the iterations of a loop within each lane: the lane's number, and the inner index.

    Args:
        lanes: Any array with one element per lane, of which only the length matters.
        start: First inner index, one for all lanes or one per lane.
        stop: End of the inner index, likewise.
    """
    first = np.broadcast_to(np.asarray(start, np.int64), lanes.shape)
    length = np.maximum(np.broadcast_to(np.asarray(stop, np.int64), lanes.shape) - first, 0)
    parent = np.repeat(np.arange(len(lanes), dtype=np.int64), length)
    before = np.cumsum(length) - length
    return parent, first[parent] + np.arange(len(parent), dtype=np.int64) - before[parent]


def compact(
    flags: NDArray[np.uint8], start: Any, stop: Any, out: NDArray[np.int32], at: Any
) -> np.int64:
    """Write the indices of the set flags among flags[start:stop] to out[at:]; return how many."""
    found = np.flatnonzero(flags[start:stop]) + start
    out[at : at + len(found)] = found
    return np.int64(len(found))


def join(
    pieces: NDArray[np.int32],
    lengths: NDArray[np.int64],
    size: Any,
    out: NDArray[np.int32],
    at: Any,
) -> np.int64:
    """Copy what the only share of `size` elements has listed to out[at:]; return how many."""
    del size
    count = lengths[0]
    out[at : at + count] = pieces[:count]
    return np.int64(count)


def search(ascending: NDArray[Any], start: Any, stop: Any, value: Any) -> Any:
    """Return the first places start .. stop - 1 with at least `value`, `stop` where none has."""
    wanted, first, last = np.broadcast_arrays(value, start, stop)
    found = [
        low + np.searchsorted(ascending[low:high], bound)
        for bound, low, high in zip(wanted.flat, first.flat, last.flat, strict=True)
    ]
    return np.array(found, np.int64).reshape(wanted.shape)[()]
