"""Subgroups: parts of a group, seen as groups of their own."""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import Any

import numpy as np

from .group import Group
from .members import Members, members_of, members_within, numbers_within
from .operations import Operations
from .representation import Description
from .spikes import SpikeSource
from .variables import Array, ArrayVariable, SpikeRing, Variable


class Subgroup(Operations, SpikeSource):
    """Some elements of a group; indices are relative: 0 is the first of them.

    Args:
        source: The group, held weakly.
        start: First element.
        stop: One after the last element.
        name: Name; by default the group's with `_subgroup`.
        members: Its elements, ascending; all from `start` to `stop` when not given.

    Raises:
        ValueError: There are no such elements.
    """

    add_to_magic_network = False

    def __init__(
        self,
        source: Any,
        start: int,
        stop: int,
        name: str | None = None,
        *,
        members: Members | None = None,
    ) -> None:
        if not 0 <= start < stop <= len(source):
            raise ValueError(
                f"'{source.name}' has {len(source)} elements, none of them from {start} to {stop}"
            )
        super().__init__(name or f"{source.name}_subgroup*", None, source.clock, "start", 0)
        self._source = weakref.ref(source)
        self._members = range(start, stop) if members is None else members
        self._numbers: Array | None = None
        self._complete = True

    @classmethod
    def of(cls, source: Any, members: Members) -> Subgroup:
        """Return the subgroup of a group with these members."""
        return Subgroup(source, int(members[0]), int(members[-1]) + 1, members=members)

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
    def members(self) -> Members:
        """The elements, in the source."""
        return self._members

    @property
    def contiguous(self) -> bool:
        """Whether all elements from `start` to `stop` belong to it."""
        return isinstance(self._members, range)

    def numbers(self) -> Array:
        """Return the number of each element of the source in this subgroup; -1: it is outside."""
        if self._numbers is None:
            self._numbers = numbers_within(self._members, len(self.source))
        return self._numbers

    @property
    def size(self) -> int:
        """Number of elements."""
        return len(self._members)

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

    def shown_equations(self) -> Any:
        """Return the equations of the source, as the user knows them."""
        return self.source.shown_equations()

    def describe(self) -> Description:
        """Return what is shown in a notebook: which part of which group, and its equations."""
        between = f"{self.start} to {self.stop - 1}"
        which = f"elements {between}" if self.contiguous else f"{self.size} elements from {between}"
        part = f"{which} of '{self.source.name}'"
        return replace(super().describe(), title=f"{type(self).__name__} '{self.name}', {part}")

    def positions(self, indices: Array) -> Any:
        """Return where the elements stand in the memory of the source."""
        if isinstance(self._members, range):
            return np.asarray(indices) + self.start
        return self._members[indices]

    def whole_array(self, variable: ArrayVariable) -> Array:
        """Return the values of this subgroup; a copy: only a whole group gives its memory away."""
        if variable.name == "i":
            return np.arange(self.size, dtype=variable.values.dtype)
        values: Array = variable.values[self.positions(np.arange(self.size))]
        return values

    def element_values(self, name: str, indices: Array, context: Any) -> Any:
        """Return values; `i` counts from the start, other names mean what they do in the source."""
        if name == "i":
            return np.asarray(indices, dtype=np.int32)
        if name == "N":
            return self.size
        places = self.positions(indices)
        return self.source.element_values(name, places, context.within(self.source, places))

    def indices_in(self, group: Group) -> Array:
        """Return the indices of this subgroup's elements in `group`, for `group.v[subgroup]`.

        Raises:
            TypeError: The subgroup is part of another group.
        """
        parent = group.event_source if isinstance(group, SpikeSource) else group
        if parent is not self.source:
            raise TypeError(f"'{self.name}' is no part of '{group.name}'")
        elements = np.asarray(self._members)
        if isinstance(group, Subgroup):
            elements = group.numbers()[elements]
            if (elements < 0).any():
                raise IndexError(f"'{self.name}' has elements outside of '{group.name}'")
        return elements

    def __getitem__(self, item: Any) -> Subgroup:
        """Return a part of this part, which is a subgroup of the same source."""
        return Subgroup.of(self.source, members_within(self._members, members_of(self, item)))

    def __repr__(self) -> str:
        which = f"from {self.start} to {self.stop}"
        if not self.contiguous:
            which = f"with {self.size} elements {which}"
        return f"<Subgroup {self.name!r} of {self.source.name!r} {which}>"


def whole_of(group: Any) -> Any:
    """Return the group that has the memory: the source of a subgroup, any other group itself."""
    return group.source if isinstance(group, Subgroup) else group
