"""What all monitors share: a recording, and the variables through which it is read."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import Diagnostic, UnknownNameError, suggest
from ..units import Quantity
from ..units.dimensions import DIMENSIONLESS, Dimension
from .base import BrianObject
from .clock import Clock
from .group import Group
from .recording import Recording
from .representation import Description, counted
from .spikes import SpikeSource
from .variables import Array, ArrayVariable, ClockVariable, SizeVariable


class Monitor(Group):
    """A group whose variables are recordings; see `BrianObject` for the arguments."""

    invalidates_magic_network = False
    takes_event_clock = True
    recording: Recording

    def __init__(
        self, source: Any, name: str, dt: Any, clock: Clock | None, when: str, order: int
    ) -> None:
        if not isinstance(source, Group):
            kind = type(source).__name__
            raise TypeError(f"a monitor records a group such as NeuronGroup, not {kind}")
        super().__init__(name, dt, clock or (source.clock if dt is None else None), when, order)
        self._source = weakref.ref(source)
        # a subgroup lives only as long as somebody holds it
        self._subgroup = source if source.add_to_magic_network is False else None
        self.namespace = {}

    @property
    def source(self) -> Any:
        """The group that is recorded.

        Raises:
            ReferenceError: The group has been deleted.
        """
        source = self._source()
        if source is None:
            raise ReferenceError(f"the group recorded by '{self.name}' has been deleted")
        return source

    @property
    def size(self) -> int:
        """Number of rows recorded."""
        return len(self.recording)

    def size_value(self, name: str) -> int:
        """Return N, the number of rows."""
        del name
        return self.size

    def whole_array(self, variable: ArrayVariable) -> Array:
        """Return all rows of a column, as they are now."""
        rows: Array = self.recording.column(variable.name).view()
        rows.flags.writeable = False
        return rows

    def describe(self) -> Description:
        """Return what is shown in a notebook: what is recorded, and how much there is."""
        size = counted(self.size, "row")
        return Description(f"{type(self).__name__} '{self.name}' of '{self.source.name}', {size}")

    def bytes_until(self, until: float) -> int:
        """Return the memory needed to record until a time in seconds, where that is known."""
        steps = max(self.clock.steps_before(until) - self.clock.step, 0)
        return self.recording.bytes_for(self.recording.rows_in(steps))

    def after_run(self) -> None:
        """Bring what was recorded to where it belongs."""
        self.recording.flush()

    def element_values(self, name: str, indices: Array, context: Any) -> Any:
        """Return rows of a column."""
        if isinstance(self.variables[name], ArrayVariable):
            return self.recording.column(name)[indices]
        return super().element_values(name, indices, context)

    def dependencies(self) -> Iterator[BrianObject]:
        """Yield the group that is recorded."""
        yield self.source.event_source if isinstance(self.source, SpikeSource) else self.source

    def reinit(self) -> None:
        """Refuse: a monitor is not emptied.

        Raises:
            NotImplementedError: Always; make a new monitor, or use store and restore.
        """
        raise NotImplementedError("make a new monitor, or use store() and restore()")


def column(name: str, dimensions: Dimension) -> ArrayVariable:
    """Return the variable of a column."""
    # the rows are kept by the recording; the variable only says what they are
    return ArrayVariable(name, dimensions, np.zeros(0), read_only=True)


class UnknownVariableError(UnknownNameError, ValueError):
    """A variable to record that the group does not have."""


def require_event(source: Any, event: str) -> None:
    """Refuse to record events of something that has none.

    Raises:
        TypeError: It is no group that can have events.
        ValueError: It has no such event.
    """
    if not isinstance(source, SpikeSource):
        kind = type(source).__name__
        raise TypeError(f"only groups such as NeuronGroup have events to record, not {kind}")
    if not source.has_event(event):
        hint = "; did you forget to give it a threshold?" if event == "spike" else ""
        raise ValueError(f"'{source.name}' has no event '{event}'{hint}")


def variable_names(variables: Any) -> list[str]:
    """Return the names of the variables to record.

    Raises:
        TypeError: They are no names.
    """
    names = [variables] if isinstance(variables, str) else variables
    if not isinstance(names, list | tuple | set) or not all(isinstance(n, str) for n in names):
        raise TypeError(f"the variables to record must be names, not {variables!r}")
    return list(names)


def with_dimensions(values: Array, dimensions: Dimension) -> Any:
    """Return recorded values as a quantity, or as they are where they have no unit."""
    return values if dimensions is DIMENSIONLESS else Quantity(values, dim=dimensions, copy=False)


def recorded_type(source: Any, name: str) -> tuple[Any, Dimension]:
    """Return the element type and dimensions of a variable to record.

    Raises:
        UnknownVariableError: The source has no such variable.
    """
    found = source.find(name)
    if found is None:
        hint = suggest(name, source.known_names())
        raise UnknownVariableError(
            Diagnostic(f"'{source.name}' has no variable '{name}' to record", help=hint)
        )
    variable = found[1]
    if isinstance(variable, ClockVariable):
        return (np.int64 if name == "t_in_timesteps" else np.float64), variable.dimensions
    if isinstance(variable, SizeVariable):
        return np.int64, variable.dimensions
    return np.dtype(str(variable.dtype)), variable.dimensions
