"""What all objects of a simulation share: a name, a clock, a place in the schedule."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import BrainsimError, BrianObjectException, ModelTextError
from .clock import Clock, EventClock, defaultclock
from .namespace import caller_place
from .naming import Nameable
from .scope import current_scope

# numbers objects in the order in which they are made
_serials = itertools.count()


class BrianObject(Nameable):
    """An object that can be part of a network.

    Args:
        name: Name, see `Nameable`.
        dt: Step size of a clock of its own.
        clock: Clock; the default clock when neither is given.
        when: Slot of the schedule.
        order: Place within the slot.

    Raises:
        ValueError: Both `dt` and `clock` are given.
        TypeError: `clock` is no clock, `when` is no string, or `order` is no integer.
    """

    add_to_magic_network = True
    # monitors may come and go between runs of the magic network
    invalidates_magic_network = True
    # whether its contained objects do all that is done in a step
    runs_by_parts = False
    # whether it may have a clock that ticks at given times only
    takes_event_clock = True
    # objects with equations have them here
    equations: Any = None

    def __init__(
        self,
        name: str,
        dt: Any = None,
        clock: Clock | None = None,
        when: str = "start",
        order: int = 0,
    ) -> None:
        if dt is not None and clock is not None:
            raise ValueError("give either a clock or dt, not both")
        if clock is not None and not isinstance(clock, Clock):
            raise TypeError(f"clock must be a Clock, not {type(clock).__name__}")
        if isinstance(clock, EventClock) and not self.takes_event_clock:
            kind = type(self).__name__
            raise TypeError(f"a {kind} advances in steps of one size: give it dt, or a Clock")
        if not isinstance(when, str):
            raise TypeError(f"when must be the name of a slot, not {type(when).__name__}")
        super().__init__(name)
        self._clock = clock or (
            defaultclock if dt is None else Clock(dt, name=f"{self.name}_clock*")
        )
        self._when = when
        self._order = _checked_order(order)
        self._active = True
        self._contained: list[BrianObject] = []
        # raised by one whenever the code of the object would be generated differently
        self.version = 0
        self._scope = current_scope()
        # for messages about this object
        self.made_at = caller_place()
        self.network: weakref.ref[Any] | None = None
        self.serial = next(_serials)

    @property
    def clock(self) -> Clock:
        """The clock that drives this object."""
        return self._clock

    @property
    def when(self) -> str:
        """Slot of the schedule."""
        return self._when

    @when.setter
    def when(self, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"when must be the name of a slot, not {type(value).__name__}")
        self._when = value

    @property
    def order(self) -> int:
        """Place within the slot: lower comes first."""
        return self._order

    @order.setter
    def order(self, value: int) -> None:
        self._order = _checked_order(value)

    @property
    def active(self) -> bool:
        """Whether it runs; setting it sets all contained objects too."""
        return self._active

    @active.setter
    def active(self, value: bool) -> None:
        self._active = bool(value)
        for contained in self._contained:
            contained.active = value

    @property
    def owner(self) -> BrianObject:
        """The object that the user made, of which this is a part."""
        return self

    @property
    def contained_objects(self) -> list[BrianObject]:
        """Objects that belong to this one and come along into a network."""
        return self._contained

    def before_run(self) -> None:
        """Prepare for a run; called once per run, before code is generated."""

    def structure(self) -> Any:
        """Return what the object's generated code depends on; equal values mean equal code."""
        return (id(self), self.version, self._when, self._order, self._active, id(self.clock))

    def dependencies(self) -> Iterator[BrianObject]:
        """Yield the objects that must be in the same network."""
        yield from ()

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(clock={self.clock!r}, when={self.when}, order={self.order}, "
            f"name={self.name!r})"
        )


# what may be found wrong with an object while it is prepared for a run
PREPARATION_ERRORS = (
    BrainsimError,
    IndexError,
    KeyError,
    NotImplementedError,
    SyntaxError,
    TypeError,
    ValueError,
)


def cannot_run(obj: BrianObject, error: Exception) -> BrianObjectException:
    """Return the error which says what object cannot be run, where it was made, and why."""
    # the text of a bare KeyError is in quotation marks
    bare = isinstance(error, KeyError) and not isinstance(error, ModelTextError)
    reason = error.args[0] if bare and error.args else error
    place = f" ({obj.made_at})" if obj.made_at else ""
    return BrianObjectException(f"'{obj.owner.name}'{place} cannot be run:\n{reason}", obj.name)


def _checked_order(order: Any) -> int:
    if not isinstance(order, int | np.integer):
        raise TypeError(f"the order must be an integer, not {order!r}")
    return int(order)


class CodeRunner(BrianObject):
    """A part of a group that runs by itself in the schedule, such as its state update.

    Args:
        group: The group it belongs to; held weakly.
        suffix: Its name is the group's name and this.
        when: Slot of the schedule.
        order: Place within the slot.
        clock: Clock; the group's when not given.
    """

    add_to_magic_network = False

    def __init__(
        self, group: Any, suffix: str, when: str, order: int = 0, clock: Clock | None = None
    ) -> None:
        super().__init__(f"{group.name}_{suffix}", None, clock or group.clock, when, order)
        self._group = weakref.ref(group)

    @property
    def owner(self) -> BrianObject:
        """The group, as long as it lives."""
        return self._group() or self

    @property
    def group(self) -> Any:
        """The group.

        Raises:
            ReferenceError: The group has been deleted.
        """
        group = self._group()
        if group is None:
            raise ReferenceError(f"the group of '{self.name}' has been deleted")
        return group
