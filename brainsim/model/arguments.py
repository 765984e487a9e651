"""Checks of arguments that several kinds of objects take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..equations import Equations
from ..equations.unittext import unit_name
from ..units import get_dimensions, second
from ..units.checks import excerpt_of
from ..units.dimensions import Dimension, DimensionMismatchError


def checked_size(n: Any, what: str = "neurons", least: int = 1) -> int:
    """Return a number of elements.

    Raises:
        TypeError: It is no number.
        ValueError: It is no integer, or less than `least`.
    """
    if isinstance(n, str):
        raise TypeError(f"the number of {what} must be an integer, not the text {n!r}")
    try:
        size = int(n)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"the number of {what} must be an integer, not {n!r}") from None
    if size < least or size != n:
        raise ValueError(f"the number of {what} must be an integer of at least {least}, not {n!r}")
    return size


def require_dimensions(value: Any, wanted: Dimension, what: str, example: str) -> None:
    """Refuse a value that is no quantity of the given dimensions.

    Args:
        value: Anything.
        wanted: Its dimensions.
        what: What it is to the user, such as "the duration of a run".
        example: A right value, such as "0.1*ms".

    Raises:
        TypeError: It is no number.
        DimensionMismatchError: It has other dimensions.
    """
    try:
        found = get_dimensions(value)
    except TypeError:
        raise TypeError(f"{what} must be a quantity such as {example}, not {value!r}") from None
    if found is not wanted:
        unit = unit_name(wanted)
        raise DimensionMismatchError(
            f"{what} must have the unit {unit}, such as {example}, not {excerpt_of(value)}", found
        )


def seconds_of(value: Any, what: str) -> float:
    """Return a single time as a number of seconds.

    Args:
        value: A quantity.
        what: What it is to the user, such as "the duration of a run".

    Raises:
        TypeError: It is no number, or there are several.
        DimensionMismatchError: It is not a time.
    """
    require_dimensions(value, second.dim, what, "0.1*ms")
    if np.ndim(value):
        raise TypeError(f"{what} must be a single time, not {np.size(value)} of them")
    return float(value)


def checked_equations(model: Any, name: str) -> Equations:
    """Return the equations of an object of this name.

    Raises:
        TypeError: They are neither a string nor `Equations`.
    """
    if isinstance(model, Equations):
        return model
    if not isinstance(model, str):
        raise TypeError(
            f"the model of '{name}' must be a string or Equations, not {type(model).__name__}"
        )
    return Equations(model, source_name=f"equations of '{name}'")


def checked_namespace(namespace: Any) -> dict[str, Any]:
    """Return a copy of a namespace.

    Raises:
        TypeError: It is no dictionary.
        ValueError: A name in it begins with an underscore.
    """
    if namespace is None:
        return {}
    if not isinstance(namespace, Mapping):
        raise TypeError(f"the namespace must be a dictionary, not {type(namespace).__name__}")
    for key in namespace:
        if str(key).startswith("_"):
            raise ValueError(f"'{key}' cannot be used in a namespace: it starts with an underscore")
    return dict(namespace)


def checked_code(code: Any, what: str) -> str:
    """Return code.

    Raises:
        TypeError: It is no string.
    """
    if not isinstance(code, str):
        raise TypeError(f"the {what} must be a string such as 'v = 0*mV', not {code!r}")
    return code
