"""Compartments of a section: their numbers in the tree, and in a `SpatialNeuron`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .morphology_geometry import MEASURES, in_metres
from .morphology_index import compartments_at
from .variables import Array

COORDINATES = tuple(
    f"{prefix}{axis}{suffix}"
    for axis in "xyz"
    for prefix in ("start_", "", "end_")
    for suffix in ("", "_")
)
_PARTS = frozenset({*MEASURES, *COORDINATES, "distance"})


def node_values(nodes: Array | None, name: str) -> Array | None:
    """Return what `start_x`, `x`, `end_x` and so on mean; None without coordinates.

    Args:
        nodes: Coordinates, shape (n + 1, 3).
        name: The name, without an underscore at its end.
    """
    if nodes is None:
        return None
    where, _, axis = name.rpartition("_")
    values = nodes[:, "xyz".index(axis)]
    if where:
        return values[:-1] if where == "start" else values[1:]
    middle: Array = (values[:-1] + values[1:]) / 2
    return middle


class NodeCoordinate:
    """The attributes `x`, `start_x_` and so on of a section: coordinates of its compartments."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name.removesuffix("_")
        self._with_units = not name.endswith("_")

    def __get__(self, section: Any, owner: type) -> Any:
        """Return a coordinate of each compartment, (n,), metre; None without coordinates."""
        if section is None:
            return self
        values = node_values(section.coordinates_, self._name)
        return values if values is None or not self._with_units else in_metres(values)


class SectionIndices:
    """`section.indices`: numbers of its compartments in the whole tree."""

    def __init__(self, section: Any) -> None:
        self._section = section

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, str):
            raise NotImplementedError("a morphology has no conditions as indices; use numbers")
        section = self._section
        start, stop = compartments_at(item, section.geometry.length)
        first = section.first_index
        return np.arange(first + start, first + stop) if isinstance(item, slice) else first + start


class SubMorphology:
    """Some compartments of a section, in a row.

    Args:
        section: The section.
        start: First compartment within the section.
        stop: One after the last.
    """

    def __init__(self, section: Any, start: int, stop: int) -> None:
        self._section, self._start, self._stop = section, start, stop

    @property
    def n(self) -> int:
        """Number of compartments."""
        return self._stop - self._start

    @property
    def n_sections(self) -> int:
        """Always 1: the compartments are of one section."""
        return 1

    def __len__(self) -> int:
        return self.n

    @property
    def indices(self) -> _AllIndices:
        """Numbers of the compartments in the whole tree: `indices[:]`."""
        first = self._section.first_index
        return _AllIndices(np.arange(first + self._start, first + self._stop))

    def indices_in(self, group: Any) -> Any:
        """Return the elements of these compartments in a `SpatialNeuron`."""
        return elements_in(group, self._section, self._start, self._stop)

    def __getattr__(self, name: str) -> Any:
        if name in _PARTS:
            whole = getattr(self._section, name)
            return None if whole is None else whole[self._start : self._stop]
        raise AttributeError(f"a part of a section has no '{name}'")

    def __repr__(self) -> str:
        return f"<compartments {self._start} to {self._stop} of {self._section!r}>"


class _AllIndices:
    def __init__(self, numbers: Array) -> None:
        self._numbers = numbers

    def __getitem__(self, item: Any) -> Array:
        if item != slice(None):
            raise IndexError("a part of a section has only indices[:]")
        return self._numbers


def elements_in(group: Any, section: Any, start: int, stop: int) -> Any:
    """Return the elements of compartments in a group, or part of a group, made from a morphology.

    Args:
        group: A `SpatialNeuron` or a subgroup of one.
        section: A section of its morphology.
        start: First compartment within the section.
        stop: One after the last.

    Returns:
        An int for a single element, otherwise an array.

    Raises:
        TypeError: The group has no morphology.
        IndexError: The compartments are no part of it.
    """
    source = getattr(group, "event_source", group)
    if not hasattr(source, "elements_of"):
        raise TypeError(f"'{group.name}' is not made from a morphology")
    elements = source.elements_of(section, start, stop)
    if group is not source:
        elements = group.numbers()[elements]
        if (elements < 0).any():
            raise IndexError(f"these compartments are no part of '{group.name}'")
    return int(elements[0]) if len(elements) == 1 else elements
