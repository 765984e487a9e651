"""Checks of the arguments that sections are made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..units import meter
from .arguments import require_dimensions
from .variables import Array

AXES = ("x", "y", "z")


def checked_count(n: Any) -> int:
    """Return a number of compartments.

    Raises:
        TypeError: It is no integer.
        ValueError: It is less than 1.
    """
    if isinstance(n, bool) or not isinstance(n, int | float | np.number) or n != int(n):
        raise TypeError(f"the number of compartments must be an integer, not {n!r}")
    if n < 1:
        raise ValueError(f"a section has at least one compartment, not {n}")
    return int(n)


def single_length(value: Any, name: str) -> float:
    """Return a positive length in metres.

    Raises:
        TypeError: It is no single value.
        DimensionMismatchError: It is no length.
        ValueError: It is not positive.
    """
    require_dimensions(value, meter.dim, f"the {name}", "10*um")
    if np.ndim(value):
        raise TypeError(f"the {name} must be a single value, not {np.size(value)} of them")
    return float(positive(np.array([float(value)]), name)[0])


def single_coordinate(value: Any, name: str) -> float:
    """Return a coordinate in metres.

    Raises:
        TypeError: It is no single value.
        DimensionMismatchError: It is no length.
    """
    require_dimensions(value, meter.dim, f"the coordinate {name}", "10*um")
    if np.ndim(value):
        raise TypeError(f"the coordinate {name} must be a single value")
    return float(value)


def several_lengths(value: Any, name: str, n: int) -> Array:
    """Return n lengths in metres.

    Raises:
        TypeError: There is another number of them.
        DimensionMismatchError: They are no lengths.
    """
    require_dimensions(value, meter.dim, f"the {name}", "[1, 2]*um")
    array = np.array(value, dtype=float)
    if array.shape != (n,):
        raise TypeError(
            f"the {name} must be an array of {n} values, not of shape {array.shape}: a section has "
            "one more node than compartments"
        )
    return array


def positive(values: Array, name: str) -> Array:
    """Return the values unchanged.

    Raises:
        ValueError: One of them is not positive or not finite.
    """
    if not (np.isfinite(values).all() and (values > 0).all()):
        worst = values[~(np.isfinite(values) & (values > 0))][0]
        raise ValueError(f"the {name} must be positive and finite, not {worst * meter}")
    return values


def relative_nodes(given: Sequence[Any], n: int) -> Array | None:
    """Return coordinates as (n, 3) in metres; axes not given are 0."""
    if all(value is None for value in given):
        return None
    nodes = np.zeros((n, 3))
    for column, (name, value) in enumerate(zip(AXES, given, strict=True)):
        if value is None:
            continue
        require_dimensions(value, meter.dim, f"the coordinate {name}", "[0, 10]*um")
        array = np.array(value, dtype=float)
        if array.shape != (n,):
            raise TypeError(f"{name} must be an array of {n} values, not of shape {array.shape}")
        nodes[:, column] = array
    return nodes


def either_length_or_coordinates(length: Any) -> TypeError:
    """Return the error for a section with neither of them, or with both."""
    if length is None:
        return TypeError("give the length, or coordinates: at least one of x, y and z")
    return TypeError("give either the length or coordinates, not both")


def node_distances(nodes: Array) -> Array:
    """Return the distance from each node to the next, for nodes of the shape (n + 1, 3)."""
    distances: Array = np.sqrt((np.diff(nodes, axis=0) ** 2).sum(axis=1))
    return distances
