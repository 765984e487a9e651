"""External names: where a name that is no variable of a group gets its value.

The only place that looks into the caller's frame.
"""

from __future__ import annotations

import sys
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from ..equations import (
    DEFAULT_CONSTANTS,
    DEFAULT_FUNCTIONS,
    Function,
    NameInfo,
    kind_of_value,
)
from ..equations.unittext import unit_name
from ..errors import Diagnostic, ModelTextError, UnknownNameError, suggest
from ..logger import get_logger
from ..records import dataclass
from ..units import DEFAULT_UNITS, Quantity, get_dimensions
from ..units.dimensions import DIMENSIONLESS, Dimension

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class External:
    """A number from outside the model.

    Args:
        name: Its name in the model.
        value: In base units.
        dimensions: Its dimensions.
    """

    name: str
    value: float | int | bool
    dimensions: Dimension

    @property
    def info(self) -> NameInfo:
        """What unit checks know about it."""
        return NameInfo(self.dimensions, kind_of_value(self.value), float(self.value))


def caller_namespace(level: int = 0) -> Mapping[str, Any]:
    """Return the names visible in the user's frame: locals before globals.

    Args:
        level: How many more frames up to look, for callers that wrap this package.
    """
    frame = caller_frame(level)
    if frame is None:
        return {}
    return ChainMap(dict(frame.f_locals), frame.f_globals)


def caller_frame(level: int = 0) -> FrameType | None:
    """Return the innermost frame outside this package, or one further up."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to the caller
    while frame is not None and _is_own(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    while frame is not None and level > 0:
        frame, level = frame.f_back, level - 1
    return frame


def caller_place() -> str:
    """Return where the user's code is at present, such as "line 5 of model.py"; "" if unknown."""
    frame = caller_frame()
    if frame is None:
        return ""
    file = Path(frame.f_code.co_filename)
    # the kernel of a notebook gives each cell a file with a meaningless number
    where = "a notebook cell" if "ipykernel" in file.parent.name else file.name
    return f"line {frame.f_lineno} of {where}"


def _is_own(module: str) -> bool:
    return module == "brainsim" or module.startswith("brainsim.")


def resolve_default(name: str) -> External | Function | None:
    """Return the constant, unit or function that the language itself defines."""
    if name in DEFAULT_CONSTANTS:
        return External(name, float(DEFAULT_CONSTANTS[name]), DIMENSIONLESS)
    if name in DEFAULT_FUNCTIONS:
        return DEFAULT_FUNCTIONS[name]
    if name in DEFAULT_UNITS:
        unit = DEFAULT_UNITS[name]
        return External(name, float(unit), unit.dim)
    return None


def resolve(name: str, *namespaces: Mapping[str, Any]) -> External | Function | None:
    """Return what an external name means, or None.

    Args:
        name: The name.
        namespaces: In order of precedence, after the language's own names.

    Raises:
        UnknownNameError: The name stands for an array where a number is needed.
    """
    found = resolve_default(name)
    if found is not None:
        return found
    for namespace in namespaces:
        if name in namespace:
            meaning = _meaning(name, namespace[name])
            if meaning is not None:
                return meaning
    return None


def another_meaning(
    name: str, found: External | Function, *namespaces: Mapping[str, Any]
) -> External | Function | None:
    """Return a number or function of the same name that is hidden by the one found, or None."""
    for namespace in namespaces:
        try:
            other = _meaning(name, namespace.get(name))
        except UnknownNameError:
            continue  # an array, which nobody can have meant
        if other is not None and other != found and _python(other) is not _python(found):
            return other
    return None


def _python(meaning: External | Function) -> Any:
    return getattr(meaning, "pyfunc", meaning)


def _meaning(name: str, value: Any) -> External | Function | None:
    """Return a number or function; other things of that name are ignored."""
    if isinstance(value, Function):
        return value
    if isinstance(value, bool | int | float | np.number | np.bool_ | Quantity | np.ndarray):
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            return None
        if array.ndim:
            raise UnknownNameError(_no_number(name, value))
        return External(name, array.item(), get_dimensions(value))
    if callable(value) and hasattr(value, "_arg_units"):
        return _function_of(value)
    return None


def _function_of(value: Any) -> Function:
    """Return the function of a Python function with units, the same one each time.

    What is prepared for a run is used again only as long as names mean the same things.
    """
    known = getattr(value, "_function", None)
    if not isinstance(known, Function) or known.pyfunc is not value:
        known = Function(value)
        value._function = known  # noqa: SLF001 - beside the attributes that the units are in
    return known


# ----------------------------------------------------------------- what an undefined name may mean


def explain_names(
    error: ModelTextError, known: Iterable[str], *namespaces: Mapping[str, Any]
) -> None:
    """Say of each undefined name in an error what it is, or which name may have been meant.

    Args:
        error: An error of the unit checks, which know no more than that a name means nothing;
            its diagnostics are replaced.
        known: Names of the model.
        namespaces: External names.
    """
    candidates = [*known, *(n for space in namespaces for n in _usable(space)), *DEFAULT_FUNCTIONS]

    def explained(diagnostic: Diagnostic) -> Diagnostic:
        span = diagnostic.span
        name = "" if span is None else span.source.text[span.start : span.stop]
        if diagnostic.message != f"'{name}' is not defined":
            return diagnostic
        for namespace in namespaces:
            if name in namespace:
                return replace(_no_number(name, namespace[name]), span=span)
        return replace(diagnostic, help=suggest(name, candidates) or diagnostic.help)

    error.diagnostics = tuple(explained(diagnostic) for diagnostic in error.diagnostics)


def _usable(namespace: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that stand for numbers or functions of the user."""
    for name, value in list(namespace.items()):
        if name.startswith("_") or resolve_default(name) is not None:
            continue
        try:
            if _meaning(name, value) is not None:
                yield name
        except UnknownNameError:
            continue


def _no_number(name: str, value: Any) -> Diagnostic:
    """Return what a name stands for that cannot be used in a model, and what to do."""
    kind = type(value).__name__
    if isinstance(value, np.ndarray):
        dimensions = get_dimensions(value)
        unit = "1" if dimensions is DIMENSIONLESS else unit_name(dimensions)
        return Diagnostic(
            f"'{name}' is an array of shape {value.shape}, but a number is needed",
            help=f"add '{name} : {unit}' to the equations and set its values, or use a TimedArray "
            "if it changes with time",
        )
    if callable(value):
        return Diagnostic(
            f"'{name}' is a Python function without units",
            help=f"decorate it with @check_units(..., result=...), or rename it if the model means "
            f"another '{name}'",
        )
    return Diagnostic(
        f"'{name}' is of type {kind}, but a number is needed",
        help=f"give it a number or a quantity, such as {name} = 10*ms",
    )
