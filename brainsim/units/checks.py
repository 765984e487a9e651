"""Questions about dimensions: of numbers, quantities, lists, and whether they fit together."""

from __future__ import annotations

import numbers
from typing import Any, TypeGuard

import numpy as np

from brainsim.units.dimensions import DIMENSIONLESS, Dimension, DimensionMismatchError

_PLAIN = (int, float, np.ndarray, np.generic, numbers.Number)


def get_dimensions(obj: Any) -> Dimension:
    """Return the dimension of a quantity, unit, number, array or (nested) list of these.

    Raises:
        TypeError: Something else, such as a string, or a list of numbers and quantities.
        DimensionMismatchError: A list of quantities with different dimensions.
    """
    dim = getattr(obj, "dim", None)
    if isinstance(dim, Dimension):
        return dim
    if isinstance(obj, _PLAIN):
        return DIMENSIONLESS
    if isinstance(obj, (list, tuple)):
        return _dimension_of_elements(obj)
    if isinstance(obj, range) or hasattr(obj, "__array__"):
        return DIMENSIONLESS
    raise TypeError(f"Object of type {type(obj)} does not have dimensions")


def _dimension_of_elements(elements: list[Any] | tuple[Any, ...]) -> Dimension:
    found: Dimension | None = None
    for element in elements:
        dim = DIMENSIONLESS if type(element) in {float, int} else get_dimensions(element)
        if found is None:
            found = dim
        elif dim is not found:
            if DIMENSIONLESS in (dim, found):
                raise TypeError("Mixing quantities and non-quantities is not allowed.")
            raise DimensionMismatchError(
                "Mixing quantities with different dimensions is not allowed", found, dim
            )
    return DIMENSIONLESS if found is None else found


def is_dimensionless(obj: Any) -> bool:
    """Return whether a value has no dimension; errors as `get_dimensions`."""
    return get_dimensions(obj) is DIMENSIONLESS


def have_same_dimensions(obj1: Any, obj2: Any) -> bool:
    """Return whether two values have the same dimension; errors as `get_dimensions`.

    Strict: zero has no dimension here, although it may be added to anything.
    """
    return get_dimensions(obj1) is get_dimensions(obj2)


def is_scalar_type(obj: Any) -> bool:
    """Return whether a value is a single number without a dimension."""
    return (
        not isinstance(obj, (str, bytes))
        and np.ndim(obj) == 0
        and (isinstance(obj, _PLAIN))
        and is_dimensionless(obj)
    )


def is_zero(obj: Any) -> TypeGuard[Any]:
    """Return whether a number, or every element of an array, is zero: it fits any dimension."""
    return isinstance(obj, _PLAIN) and not np.any(np.asarray(obj))


def is_zero_or_infinite(obj: Any) -> bool:
    """Return whether a value may be compared with any dimension: only zeros and infinities."""
    if not isinstance(obj, _PLAIN):
        return False
    values = np.asarray(obj)
    if values.dtype.kind not in "fiub":
        return is_zero(obj)
    return bool(np.all((values == 0) | np.isinf(values)))


def excerpt_of(obj: Any) -> str:
    """Return the text of a value for an error message, short even for large arrays."""
    with np.printoptions(threshold=6, edgeitems=2):
        return str(np.asarray(obj) if isinstance(obj, (list, tuple)) else obj)


def fail_for_dimension_mismatch(
    obj1: Any, obj2: Any = None, error_message: str | None = None, **error_quantities: Any
) -> tuple[Dimension, Dimension]:
    """Return the dimensions of two values, or raise if they do not fit together.

    Args:
        obj1: The first value.
        obj2: The second value; without it the first has to be dimensionless.
        error_message: Text of the error, in which `{name}` stands for one of the
            `error_quantities`.
        **error_quantities: Values mentioned in the text.

    Raises:
        DimensionMismatchError: The dimensions differ and neither value is zero.
    """
    dim1 = get_dimensions(obj1)
    dim2 = DIMENSIONLESS if obj2 is None else get_dimensions(obj2)
    if dim1 is dim2:
        return dim1, dim2
    if (dim1 is DIMENSIONLESS and is_zero(obj1)) or (
        dim2 is DIMENSIONLESS and obj2 is not None and is_zero(obj2)
    ):
        return dim1, dim2
    message = "Dimension mismatch" if error_message is None else error_message
    if error_quantities:
        texts = {name: excerpt_of(value) for name, value in error_quantities.items()}
        message = message.format(**texts)
    raise DimensionMismatchError(message, *((dim1,) if obj2 is None else (dim1, dim2)))
