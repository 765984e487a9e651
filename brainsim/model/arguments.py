"""Checks of arguments that several kinds of objects take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..equations import Equations


def checked_size(n: Any, what: str = "neurons") -> int:
    """Return a number of elements.

    Raises:
        TypeError: It is no number.
        ValueError: It is no integer, or less than 1.
    """
    if isinstance(n, str):
        raise TypeError(f"the number of {what} must be an integer, not the text {n!r}")
    try:
        size = int(n)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"the number of {what} must be an integer, not {n!r}") from None
    if size < 1 or size != n:
        raise ValueError(f"the number of {what} must be an integer of at least 1, not {n!r}")
    return size


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
