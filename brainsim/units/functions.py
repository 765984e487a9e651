"""NumPy functions that look at units, under their NumPy names.

The star import puts them in place of NumPy's own; `UNIT_AWARE_FUNCTIONS` lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from brainsim.units.check_units import check_units
from brainsim.units.checks import excerpt_of, get_dimensions, is_zero
from brainsim.units.dimensions import DIMENSIONLESS, Dimension, DimensionMismatchError
from brainsim.units.quantity import Quantity, quantity_with_dimensions

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "arange",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "cos",
    "cosh",
    "diagonal",
    "dot",
    "exp",
    "expm1",
    "exprel",
    "linspace",
    "log",
    "log1p",
    "log10",
    "ones_like",
    "ptp",
    "ravel",
    "sin",
    "sinh",
    "tan",
    "tanh",
    "trace",
    "where",
    "zeros_like",
]
UNIT_AWARE_FUNCTIONS: Final[tuple[str, ...]] = tuple(__all__)


def _of_pure_numbers(ufunc: np.ufunc) -> Callable[..., Any]:
    """Return a function that refuses arguments with a dimension, also in lists."""
    name = ufunc.__name__

    def function(x: Any, *args: Any, **kwds: Any) -> Any:
        dim = get_dimensions(x)
        if dim is not DIMENSIONLESS:
            raise DimensionMismatchError(
                f"{name} expects a dimensionless argument but got {excerpt_of(x)}", dim
            )
        return ufunc(np.asarray(x) if isinstance(x, Quantity) else x, *args, **kwds)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return `numpy.{name}` of a number or array without dimension."
    return function


sin = _of_pure_numbers(np.sin)
cos = _of_pure_numbers(np.cos)
tan = _of_pure_numbers(np.tan)
sinh = _of_pure_numbers(np.sinh)
cosh = _of_pure_numbers(np.cosh)
tanh = _of_pure_numbers(np.tanh)
arcsin = _of_pure_numbers(np.arcsin)
arccos = _of_pure_numbers(np.arccos)
arctan = _of_pure_numbers(np.arctan)
arcsinh = _of_pure_numbers(np.arcsinh)
arccosh = _of_pure_numbers(np.arccosh)
arctanh = _of_pure_numbers(np.arctanh)
exp = _of_pure_numbers(np.exp)
expm1 = _of_pure_numbers(np.expm1)
log = _of_pure_numbers(np.log)
log10 = _of_pure_numbers(np.log10)
log1p = _of_pure_numbers(np.log1p)


@check_units(x=1, result=1)
def exprel(x: Any) -> Any:
    """Return (exp(x) - 1)/x, and 1 at 0, without loss of digits near 0.

    Args:
        x: Number or array without dimension.
    """
    values = np.asarray(x, dtype=np.float64)
    with np.errstate(all="ignore"):  # infinity is the right answer
        quotient = np.expm1(values) / values
    result = np.where(values == 0, 1.0, np.where(values == np.inf, np.inf, quotient))
    return result if result.ndim else np.float64(result)


def ravel(a: Any, *args: Any, **kwds: Any) -> Any:
    """Return `numpy.ravel`, with the same dimension."""
    return quantity_with_dimensions(np.ravel(np.asarray(a), *args, **kwds), get_dimensions(a))


def diagonal(a: Any, *args: Any, **kwds: Any) -> Any:
    """Return `numpy.diagonal`, with the same dimension."""
    return quantity_with_dimensions(np.diagonal(np.asarray(a), *args, **kwds), get_dimensions(a))


def trace(a: Any, *args: Any, **kwds: Any) -> Any:
    """Return `numpy.trace`, with the same dimension."""
    values = np.trace(np.asarray(a), *args, **kwds)
    return _with_dimension(values, get_dimensions(a))


def ptp(a: Any, *args: Any, **kwds: Any) -> Any:
    """Return `numpy.ptp`, maximum minus minimum, with the same dimension."""
    return _with_dimension(np.ptp(np.asarray(a), *args, **kwds), get_dimensions(a))


def dot(a: Any, b: Any, **kwds: Any) -> Any:
    """Return `numpy.dot`, in the product of the dimensions."""
    values = np.dot(np.asarray(a), np.asarray(b), **kwds)
    return _with_dimension(values, get_dimensions(a) * get_dimensions(b))


def _with_dimension(values: Any, dim: Dimension) -> Any:
    """Return values with a dimension; NumPy numbers stay what they are without one."""
    return values if dim is DIMENSIONLESS else quantity_with_dimensions(values, dim)


def ones_like(a: Any, *args: Any, **kwds: Any) -> Any:
    """Return `numpy.ones_like`, pure numbers even for a quantity."""
    return np.ones_like(np.asarray(a), *args, **kwds)


def zeros_like(a: Any, *args: Any, **kwds: Any) -> Any:
    """Return `numpy.zeros_like`, pure numbers even for a quantity."""
    return np.zeros_like(np.asarray(a), *args, **kwds)


def where(condition: Any, *args: Any, **kwds: Any) -> Any:
    """Return `numpy.where`; both alternatives have one dimension, or one of them is zero.

    Raises:
        DimensionMismatchError: The alternatives have different dimensions.
    """
    if len(args) != 2:
        return np.where(condition, *args, **kwds)
    x, y = args
    dim, other = get_dimensions(x), get_dimensions(y)
    if dim is not other:
        if other is DIMENSIONLESS and is_zero(y):
            pass
        elif dim is DIMENSIONLESS and is_zero(x):
            dim = other
        else:
            raise DimensionMismatchError("x and y need to have the same dimensions", dim, other)
    values = np.where(condition, np.asarray(x), np.asarray(y), **kwds)
    return _with_dimension(values, dim)


def arange(*args: Any, **kwds: Any) -> Any:
    """Return `numpy.arange([start,] stop[, step])`, all of one dimension.

    A start that is left out or zero fits every dimension; the step then has to have a unit.

    Raises:
        TypeError: No stop value, an argument given twice, or too many.
        DimensionMismatchError: Different dimensions.
    """
    start, stop, step = _range_arguments(args, kwds)
    dim = get_dimensions(stop)
    for name, value in (("step", step), ("start", start)):
        if get_dimensions(value) is not dim and not (name == "start" and is_zero(value)):
            raise DimensionMismatchError(
                f"The stop value {excerpt_of(stop)} and the {name} value {excerpt_of(value)} of "
                "arange have to have the same units",
                dim,
                get_dimensions(value),
            )
    bounds: list[Any] = [np.asarray(x)[()] for x in (start, stop, step)]
    values = np.arange(*bounds, **kwds)
    return _with_dimension(values, dim)


def _range_arguments(args: tuple[Any, ...], kwds: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return start, stop and step of arange, and take them out of the keywords."""
    if len(args) > 3:
        raise TypeError("arange takes start, stop and step, and nothing else by position")
    names = ("stop",) if len(args) == 1 else ("start", "stop", "step")
    given = dict(zip(names, args, strict=False))
    for name in ("start", "stop", "step"):
        if name in kwds:
            if name in given:
                raise TypeError(f"arange got two values for '{name}'")
            given[name] = kwds.pop(name)
    if "stop" not in given:
        raise TypeError("arange needs a stop value")
    return given.get("start", 0), given["stop"], given.get("step", 1)


def linspace(start: Any, stop: Any, num: int = 50, *args: Any, **kwds: Any) -> Any:
    """Return `numpy.linspace`, in the dimension of `start`.

    As in the tradition, a start of plain zero gives plain numbers, in base units of `stop`.

    Raises:
        DimensionMismatchError: Start and stop have different dimensions.
    """
    dim, other = get_dimensions(start), get_dimensions(stop)
    if dim is not other and not (dim is DIMENSIONLESS and is_zero(start)):
        raise DimensionMismatchError(
            f"The start value {excerpt_of(start)} and the stop value {excerpt_of(stop)} of "
            "linspace have to have the same units",
            dim,
            other,
        )
    result = np.linspace(np.asarray(start), np.asarray(stop), num, *args, **kwds)
    if isinstance(result, tuple):
        return tuple(_with_dimension(part, dim) for part in result)
    return _with_dimension(result, dim)
