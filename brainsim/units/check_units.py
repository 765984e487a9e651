"""The decorator that gives a Python function units for its arguments and its result."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from brainsim.errors import suggest
from brainsim.units.checks import excerpt_of, get_dimensions
from brainsim.units.dimensions import Dimension, DimensionMismatchError
from brainsim.units.registry import get_unit_for_display

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    F = TypeVar("F", bound="Callable[..., Any]")

_POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
)


def check_units(**au: Any) -> Callable[[F], F]:
    """Return a decorator which checks the units of arguments and of the result.

    Args:
        **au: Argument names, and for each one of: a unit (or a dimension); `1` for a pure
            number; `bool` or `str` for these types; None for anything; the name of another
            argument, as text, for the same unit as that one has. `result` is what the function
            returns: a unit, `1`, `bool`, or a function from the dimensions of the arguments to
            that of the result. Text and None are accepted for every argument.

    Raises:
        TypeError: When decorating, something else instead of a unit, or a reference to an
            argument that the function does not have; when calling, a value of the wrong type.
        DimensionMismatchError: When calling, a value with another unit.
    """

    def decorate(function: F) -> F:
        arguments = tuple(
            name
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.kind in _POSITIONAL
        )
        check_result = "result" in au
        result = au.get("result")
        units = {name: unit for name, unit in au.items() if name != "result"}
        _check_specification(function.__name__, arguments, units)
        checked = {name: unit for name, unit in units.items() if unit is not None}

        @functools.wraps(function)
        def wrapper(*args: Any, **kwds: Any) -> Any:
            values = dict(zip(arguments, args, strict=False)) | kwds
            for name, unit in checked.items():
                value = values.get(name)
                if value is not None and not isinstance(value, str):
                    _check_argument(function.__name__, name, value, unit, values)
            returned = function(*args, **kwds)
            if check_result:
                given = [values[name] for name in arguments if name in values]
                _check_result(function.__name__, returned, result, given)
            return returned

        # what equations need to know about the function
        wrapper.__dict__.update(
            _orig_func=function,
            _arg_names=arguments,
            _arg_units=[units.get(name) for name in arguments],
            _return_unit=result,
            _returns_bool=result is bool,
        )
        return wrapper  # type: ignore[return-value]

    return decorate


def _check_specification(
    function: str, arguments: tuple[str, ...], units: Mapping[str, Any]
) -> None:
    """Raise if a unit in `check_units(...)` is no unit."""
    for name, unit in units.items():
        if isinstance(unit, str):
            if unit not in arguments:
                raise TypeError(
                    f"check_units of '{function}': '{name}' should have the same unit as '{unit}', "
                    f"but there is no argument of that name. {suggest(unit, arguments)}".rstrip()
                )
        elif unit is not None and unit is not bool and unit is not str:
            try:
                get_dimensions(unit)
            except TypeError:
                raise TypeError(
                    f"check_units of '{function}': '{name}' should be a unit, 1, bool, str, None "
                    f"or the name of another argument, not {unit!r}"
                ) from None


def _check_argument(
    function: str, name: str, value: Any, unit: Any, values: Mapping[str, Any]
) -> None:
    """Raise if the value of one argument does not have its unit."""
    if unit is bool:
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(
                f"Function '{function}' expected a boolean value for argument '{name}' but got "
                f"'{excerpt_of(value)}'"
            )
        return
    if unit is str:
        raise TypeError(
            f"Function '{function}' expected text for argument '{name}' but got "
            f"'{excerpt_of(value)}'"
        )
    try:
        dim = get_dimensions(value)
    except TypeError:
        raise TypeError(
            f"Argument '{name}' of function '{function}' is not a quantity: {value!r}"
        ) from None
    if isinstance(unit, str):
        _check_same(function, name, dim, unit, values)
    elif dim is not get_dimensions(unit):
        raise DimensionMismatchError(
            f"Function '{function}' expected a quantity with unit {unit!r} for argument '{name}' "
            f"but got '{excerpt_of(value)}'",
            dim,
        )


def _check_same(
    function: str, name: str, dim: Dimension, other: str, values: Mapping[str, Any]
) -> None:
    """Raise if an argument does not have the unit of another one."""
    value = values.get(other)
    if value is None or isinstance(value, str):
        return
    expected = get_dimensions(value)
    if dim is not expected:
        raise DimensionMismatchError(
            f"Function '{function}' expected the argument '{name}' to have the same units as "
            f"argument '{other}'",
            dim,
            expected,
        )


def _check_result(function: str, returned: Any, result: Any, given: list[Any]) -> None:
    """Raise if the value which a function returned does not have its unit."""
    if result is bool:
        if not isinstance(returned, (bool, np.bool_)):
            raise TypeError(
                f"The return value of function '{function}' was expected to be a boolean value, "
                f"but was of type {type(returned)}"
            )
        return
    if result is None:
        return
    if callable(result):
        if any(value is None or isinstance(value, str) for value in given):
            return  # an expression as text has no dimension to compute with
        expected = get_dimensions(result(*(get_dimensions(value) for value in given)))
    else:
        expected = get_dimensions(result)
    dim = get_dimensions(returned)
    if dim is not expected:
        raise DimensionMismatchError(
            f"The return value of function '{function}' was expected to have unit "
            f"{get_unit_for_display(expected)} but was '{excerpt_of(returned)}'",
            dim,
        )
