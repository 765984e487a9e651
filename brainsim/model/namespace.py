"""External names: where a name that is no variable of a group gets its value.

The only place that looks into the caller's frame.
"""

from __future__ import annotations

import sys
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from ..equations import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS, Function, Kind, NameInfo
from ..logger import get_logger
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
        kind: Kind = "boolean" if isinstance(self.value, bool) else "float"
        return NameInfo(self.dimensions, kind, float(self.value))


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
        KeyError: The name stands for an array where a number is needed.
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


def _meaning(name: str, value: Any) -> External | Function | None:
    """Return a number or function; other things of that name are ignored."""
    if isinstance(value, Function):
        return value
    if isinstance(value, bool | int | float | np.number | np.bool_ | Quantity | np.ndarray):
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            return None
        if array.ndim:
            raise KeyError(
                f"the name '{name}' stands for an array of shape {array.shape}, not for a number; "
                "use a variable of the group, or a TimedArray"
            )
        return External(name, array.item(), get_dimensions(value))
    if callable(value) and hasattr(value, "_arg_units"):
        return Function(value)
    return None
