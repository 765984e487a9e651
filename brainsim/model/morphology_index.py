"""What an index of a section means: compartments by number, or by distance from its start."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..units import get_dimensions, meter
from ..units.dimensions import DimensionMismatchError
from .variables import Array

# a place closer to a border of compartments than this part of the section's length lies on it
_ON_BORDER = 1e-9


def is_length(item: Any) -> bool:
    """Return whether something is a quantity in metres."""
    try:
        return get_dimensions(item) is meter.dim
    except (TypeError, DimensionMismatchError):
        return False


def compartments_at(item: Any, lengths: Array) -> tuple[int, int]:
    """Return the first of some compartments and one after the last of them.

    Args:
        item: An integer, a length, or a slice of either.
        lengths: Lengths of the compartments in metres, shape (n,).

    Raises:
        IndexError: There is no such place.
        TypeError: The index has another kind, or a step.
    """
    n = len(lengths)
    if isinstance(item, slice):
        return _slice(item, lengths)
    if is_length(item) and np.ndim(item) == 0:
        number = _compartment(float(item), lengths)
    elif isinstance(item, int | np.integer) and not isinstance(item, bool):
        number = int(item) + n if item < 0 else int(item)
        if not 0 <= number < n:
            raise IndexError(f"there is no compartment {item}: the section has {n}, from 0")
    else:
        raise TypeError(
            f"a section is indexed by integers, by lengths such as 10*um, or by slices of them, "
            f"not by {item!r}"
        )
    return number, number + 1


def _slice(item: slice, lengths: Array) -> tuple[int, int]:
    n = len(lengths)
    if item.step is not None:
        raise TypeError("a slice of a section has no step: its compartments are contiguous")
    ends = [end for end in (item.start, item.stop) if end is not None]
    if all(isinstance(end, int | np.integer) for end in ends):
        start, stop, _ = item.indices(n)
        return start, max(start, stop)
    if not all(is_length(end) for end in ends):
        raise TypeError("a slice of a section has two integers or two lengths as its ends")
    # like any slice, one that goes beyond an end stops there
    whole = float(lengths.sum())
    first = 0.0 if item.start is None else max(float(item.start), 0.0)
    last = whole if item.stop is None else min(float(item.stop), whole)
    if first >= last:
        return 0, 0
    return _compartment(first, lengths), _compartment(last, lengths, ends_here=True) + 1


def _compartment(place: float, lengths: Array, *, ends_here: bool = False) -> int:
    """Return the compartment at a place; on a border the one behind it, or before it."""
    borders = np.cumsum(lengths)
    slack = _ON_BORDER * float(borders[-1])
    if not -slack <= place <= borders[-1] + slack:
        raise IndexError(
            f"{place * meter} lies outside the section, which is {borders[-1] * meter} long"
        )
    found = int(np.searchsorted(borders, place - slack if ends_here else place + slack, "right"))
    return min(found, len(lengths) - 1)
