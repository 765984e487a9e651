"""What all objects of a simulation share: a name, a clock, a place in the schedule."""

from __future__ import annotations

import itertools
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..equations import Statement
from ..errors import BrainsimError, BrianObjectException, ModelTextError
from ..logger import get_logger
from .clock import Clock, EventClock, defaultclock
from .namespace import caller_place
from .naming import Nameable
from .scope import current_scope

logger = get_logger(__name__)

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
    # whether its constructor has come to its end
    _complete = True

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
        self._version = 0
        self._scope = current_scope()
        # for messages about this object
        self.made_at = caller_place()
        self._network: weakref.ref[Any] | None = None
        # whether it was ever prepared for a run
        self._used = False
        self.serial = next(_serials)
        # what a device has prepared for a run of the magic network; it may refer to this object
        self._companion: dict[str, Any] | None = None

    def __del__(self) -> None:
        """Say that the object was never used: it may be missing in a network by mistake."""
        unused = not self.__dict__.get("_used", True) and self._complete
        matters = self.add_to_magic_network and self.invalidates_magic_network
        # objects that live to the end of the program were at least not forgotten
        if unused and matters and not sys.is_finalizing():
            logger.warn(
                f"'{self.name}' ({self.made_at}) is deleted, and has never been part of a network "
                "that ran: keep it in a variable that run() can see, or add it to the network",
                "unused_brian_object",
            )

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

    @property
    def network(self) -> Any:
        """The network that it has run in; None when it is free, or that network is gone."""
        return None if self._network is None else self._network()

    def join(self, network: Any) -> None:
        """Belong to a network from now on; None frees the object."""
        if self.network is not network:
            self._network = None if network is None else weakref.ref(network)
        self._used = True

    def code_changed(self) -> None:
        """Note that the code of the object would now be generated differently."""
        self._version += 1

    def before_run(self) -> None:
        """Prepare for a run; called once per run, before code is generated."""

    def after_run(self) -> None:
        """Tidy up; called when a run has ended, also when it ended by an error."""

    def structure(self) -> Any:
        """Return what the object's generated code depends on; equal values mean equal code."""
        return (id(self), self._version, self._when, self._order, self._active, id(self.clock))

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
        suffix: Its name is the group's name and this, unless `name` is given.
        when: Slot of the schedule.
        order: Place within the slot.
        clock: Clock; the group's when not given.
        name: Name.
    """

    add_to_magic_network = False
    # the code that it runs, where that was given as statements
    statements: tuple[Statement, ...] = ()

    def __init__(
        self,
        group: Any,
        suffix: str,
        when: str,
        order: int = 0,
        clock: Clock | None = None,
        name: str | None = None,
    ) -> None:
        full = f"{group.name}_{suffix}" if name is None else name
        super().__init__(full, None, clock or group.clock, when, order)
        self._group = weakref.ref(group)

    @property
    def owner(self) -> BrianObject:
        """The group, as long as it lives."""
        group = self._group()
        return self if group is None else group  # which is false when it has no elements

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
