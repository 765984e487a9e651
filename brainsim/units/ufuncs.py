"""The dimension of what a NumPy universal function gives, one rule per family of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from brainsim.units.checks import excerpt_of, get_dimensions, is_zero, is_zero_or_infinite
from brainsim.units.dimensions import DIMENSIONLESS, Dimension, DimensionMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable

# None: the result is not a quantity, as for comparisons
Rule: TypeAlias = "Callable[[np.ufunc, tuple[Any, ...]], Dimension | None]"

_SYMBOLS: Final = {
    "add": "+",
    "subtract": "-",
    "remainder": "%",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}


def _mismatch(ufunc: np.ufunc, left: Any, right: Any) -> DimensionMismatchError:
    name = ufunc.__name__
    first, second = excerpt_of(left), excerpt_of(right)
    symbol = _SYMBOLS.get(name)
    what = f"{first} {symbol} {second}" if symbol else f"{name} of {first} and {second}"
    return DimensionMismatchError(
        f"Cannot calculate {what}, the units do not match",
        get_dimensions(left),
        get_dimensions(right),
    )


def same(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Dimension:
    """Both of one dimension, which the result has; zero fits everything."""
    left, right = inputs
    first, second = get_dimensions(left), get_dimensions(right)
    if first is second or (second is DIMENSIONLESS and is_zero(right)):
        return first
    if first is DIMENSIONLESS and is_zero(left):
        return second
    raise _mismatch(ufunc, left, right)


def compared(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> None:
    """Both of one dimension; zero and infinity fit everything."""
    left, right = inputs
    first, second = get_dimensions(left), get_dimensions(right)
    if (
        first is not second
        and not (second is DIMENSIONLESS and is_zero_or_infinite(right))
        and not (first is DIMENSIONLESS and is_zero_or_infinite(left))
    ):
        raise _mismatch(ufunc, left, right)


def kept(_: np.ufunc, inputs: tuple[Any, ...]) -> Dimension:
    """Of the dimension of the first argument."""
    return get_dimensions(inputs[0])


def dimensionless(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> None:
    """All arguments have to be dimensionless."""
    for value in inputs:
        dim = get_dimensions(value)
        if dim is not DIMENSIONLESS:
            raise DimensionMismatchError(
                f"{ufunc.__name__} expects a dimensionless argument but got {excerpt_of(value)}",
                dim,
            )


def plain(_: np.ufunc, inputs: tuple[Any, ...]) -> None:
    """Any dimensions; the result is a plain number."""


def multiplied(_: np.ufunc, inputs: tuple[Any, ...]) -> Dimension:
    """The product of the dimensions."""
    return get_dimensions(inputs[0]) * get_dimensions(inputs[1])


def divided(_: np.ufunc, inputs: tuple[Any, ...]) -> Dimension:
    """The quotient of the dimensions."""
    return get_dimensions(inputs[0]) / get_dimensions(inputs[1])


def raised_to(exponent: float) -> Rule:
    """Return the rule of a function that is a fixed power."""

    def rule(_: np.ufunc, inputs: tuple[Any, ...]) -> Dimension:
        return get_dimensions(inputs[0]) ** exponent

    return rule


def raised(_: np.ufunc, inputs: tuple[Any, ...]) -> Dimension:
    """The dimension to the power of the second argument, one dimensionless number."""
    base, exponent = inputs
    exponent_dim = get_dimensions(exponent)
    if exponent_dim is not DIMENSIONLESS:
        raise DimensionMismatchError(
            "The exponent for a power operation has to be dimensionless but was "
            f"{excerpt_of(exponent)}",
            exponent_dim,
        )
    dim = get_dimensions(base)
    if dim is DIMENSIONLESS:
        return dim
    if np.ndim(exponent) != 0:
        raise TypeError(
            "The exponent for a quantity with a unit has to be a single number, not "
            f"{excerpt_of(exponent)}: every element would have a different unit"
        )
    power: float = np.asarray(exponent).item()
    return dim**power


_FAMILIES: Final[tuple[tuple[Rule, str], ...]] = (
    (same, "add subtract maximum minimum fmax fmin remainder fmod"),
    (compared, "less less_equal greater greater_equal equal not_equal"),
    (kept, "absolute fabs rint negative positive conjugate floor ceil trunc"),
    (
        dimensionless,
        (
            "sin sinh arcsin arcsinh cos cosh arccos arccosh tan tanh arctan arctanh "
            "log log2 log10 log1p logaddexp logaddexp2 exp exp2 expm1 "
            "arctan2 hypot deg2rad rad2deg degrees radians"
        ),
    ),
    (
        plain,
        "sign signbit isfinite isinf isnan logical_and logical_or logical_xor logical_not",
    ),
    (multiplied, "multiply matmul vecdot matvec vecmat"),
    (divided, "divide floor_divide"),
    (raised, "power float_power"),
    (raised_to(0.5), "sqrt"),
    (raised_to(1 / 3), "cbrt"),
    (raised_to(2), "square"),
    (raised_to(-1), "reciprocal"),
)
# older NumPy lacks some
RULES: Final[dict[np.ufunc, Rule]] = {
    getattr(np, name): rule
    for rule, names in _FAMILIES
    for name in names.split()
    if hasattr(np, name)
}


def result_dimension(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...]) -> Dimension | None:
    """Return the dimension of the result of `getattr(ufunc, method)(*inputs)`, None if plain.

    Args:
        ufunc: The function.
        method: "__call__", "outer", "at", "reduce", "reduceat" or "accumulate".
        inputs: Its arguments.

    Raises:
        DimensionMismatchError: The dimensions of the arguments do not fit.
        TypeError: The function has no meaning for quantities.
    """
    rule = RULES.get(ufunc)
    if rule is None:
        raise TypeError(
            f"{ufunc.__name__} cannot be used on quantities; "
            "divide by a unit first, or use np.asarray(...) for the values in base units"
        )
    if method in {"__call__", "outer"}:
        return rule(ufunc, inputs)
    if method == "at":
        return rule(ufunc, (inputs[0], *inputs[2:]))
    dim = get_dimensions(inputs[0])
    if rule is plain or rule is compared:
        return None
    if rule is same or dim is DIMENSIONLESS:
        return dim
    raise TypeError(
        f"{ufunc.__name__}.{method} has a unit that depends on the number of elements; "
        "for a product of elements use the method prod()"
    )
