"""Subgroups: contiguous parts of a group, seen as groups of their own."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from .group import Group
from .operations import Operations
from .spikes import SpikeSource
from .variables import Array, ArrayVariable, SpikeRing, Variable


class Subgroup(Operations, SpikeSource):
    """Elements `start` to `stop` of a group; indices are relative to `start`.

    Args:
        source: The group, held weakly.
        start: First element.
        stop: One after the last element.
        name: Name; by default the group's with `_subgroup`.
    """

    add_to_magic_network = False

    def __init__(self, source: Any, start: int, stop: int, name: str | None = None) -> None:
        super().__init__(name or f"{source.name}_subgroup*", None, source.clock, "start", 0)
        self._source = weakref.ref(source)
        self._start, self._stop = start, stop
        self._complete = True

    @property
    def source(self) -> Any:
        """The group.

        Raises:
            ReferenceError: The group has been deleted.
        """
        source = self._source()
        if source is None:
            raise ReferenceError(f"the group of '{self.name}' has been deleted")
        return source

    @property
    def event_source(self) -> SpikeSource:
        """The group that holds the rings."""
        return self.source  # type: ignore[no-any-return]

    @property
    def start(self) -> int:
        """First element, in the source."""
        return self._start

    @property
    def stop(self) -> int:
        """One after the last element, in the source."""
        return self._stop

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._stop - self._start

    @property
    def N(self) -> int:
        """Number of elements."""
        return self.size

    @property
    def clock(self) -> Any:
        """The clock of the source."""
        return self.source.clock

    @property
    def rings(self) -> dict[str, SpikeRing]:  # type: ignore[override]
        """The rings of the source."""
        return self.source.rings  # type: ignore[no-any-return]

    @property
    def variables(self) -> dict[str, Variable]:  # type: ignore[override]
        """The variables of the source."""
        return self.source.variables  # type: ignore[no-any-return]

    def own_variables(self) -> dict[str, Variable]:
        """Return the variables of the source."""
        return self.variables if "_source" in self.__dict__ else {}

    @property
    def namespace(self) -> dict[str, Any]:  # type: ignore[override]
        """The namespace of the source."""
        return self.source.namespace  # type: ignore[no-any-return]

    @property
    def equations(self) -> Any:
        """The equations of the source."""
        return self.source.equations

    @property
    def events(self) -> Any:
        """The events of the source."""
        return self.source.events

    def positions(self, indices: Array) -> Any:
        """Return where the elements stand in the memory of the source."""
        return np.asarray(indices) + self._start

    def whole_array(self, variable: ArrayVariable) -> Array:
        """Return all values; a copy, since only a whole group gives its memory away."""
        if variable.name == "i":
            return np.arange(self.size, dtype=variable.values.dtype)
        return variable.values[self._start : self._stop].copy()

    def element_values(self, name: str, indices: Array, context: Any) -> Any:
        """Return values; `i` counts from the start of the subgroup."""
        if name == "i":
            return np.asarray(indices, dtype=np.int32)
        return super().element_values(name, indices, context)

    def indices_in(self, group: Group) -> Array:
        """Return the indices of this subgroup's elements in `group`, for `group.v[subgroup]`.

        Raises:
            TypeError: The subgroup is part of another group.
        """
        parent = group.event_source if isinstance(group, SpikeSource) else group
        if parent is not self.source:
            raise TypeError(f"'{self.name}' is no part of '{group.name}'")
        first = group.start if isinstance(group, SpikeSource) else 0
        return np.arange(self._start - first, self._stop - first)

    def __getitem__(self, item: Any) -> Subgroup:
        """Return a part of this part, which is a subgroup of the same source."""
        if not isinstance(item, slice):
            raise TypeError("a subgroup of a subgroup is made by a slice")
        start, stop = self.slice_bounds(item)
        return Subgroup(self.source, self._start + start, self._start + stop)

    def __repr__(self) -> str:
        return (
            f"<Subgroup {self.name!r} of {self.source.name!r} from {self._start} to {self._stop}>"
        )
