"""Operations that every group offers: statements run regularly, or at given times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..equations import parse_statements
from .arguments import checked_code
from .base import BrianObject, CodeRunner
from .clock import Clock, EventClock
from .group import Group
from .rules import FOR_ALL_ELEMENTS, check_code
from .variables import ArrayVariable


class RunRegularly(CodeRunner):
    """Runs statements for all elements of a group in every step of a clock.

    Args:
        group: The group, or a subgroup.
        code: Statements.
        when: Slot of the schedule.
        order: Place within the slot.
        clock: Clock; the group's when not given.
        name: Name; by default that of the group with `_run_regularly*` or `_run_at*`.
    """

    def __init__(
        self,
        group: Group,
        code: str,
        when: str,
        order: int,
        clock: Clock | None = None,
        name: str | None = None,
    ) -> None:
        given = isinstance(clock, EventClock)
        when_run, method = ("at times", "run_at") if given else ("regularly", "run_regularly")
        super().__init__(group, f"{method}*", when, order, clock, name)
        # the group holds the operation; a subgroup that it is for must live as long
        self._part = None if group is owner_of(group) else group
        self.code = code
        text = checked_code(code, f"code to run {when_run}")
        self.statements = parse_statements(text, f"{method} of '{group.name}'")

    @property
    def elements(self) -> Group:
        """The group or subgroup for whose elements the statements run."""
        return self.group if self._part is None else self._part


def owner_of(group: Group) -> Group:
    """Return what is part of the network: the group itself, or the source of a subgroup."""
    return getattr(group, "event_source", group)


class Operations(Group):
    """A group with operations."""

    runs_by_parts = True

    def run_regularly(
        self,
        code: str,
        dt: Any = None,
        clock: Clock | None = None,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
        codeobj_class: Any = None,
    ) -> RunRegularly:
        """Run statements for all elements in every step of a clock, first at t = 0.

        Args:
            code: Statements.
            dt: Step size of a clock of its own.
            clock: Clock; the group's when neither is given.
            when: Slot of the schedule.
            order: Place within the slot.
            name: Name of the object; by default `<group>_run_regularly*`.
            codeobj_class: Ignored.

        Returns:
            The object; its `active` switches it on and off.
        """
        del codeobj_class
        if dt is not None:
            if clock is not None:
                raise ValueError("give either a clock or dt, not both")
            clock = Clock(dt, name=f"{self.name}_clock*")
        return self._run(RunRegularly(self, code, when, order, clock, name))

    def run_at(
        self,
        code: str,
        times: Any,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
        codeobj_class: Any = None,
    ) -> RunRegularly:
        """Run statements for all elements at given times, see `EventClock`.

        Args:
            code: Statements.
            times: Times from the start of the simulation, in any order.
            when: Slot of the schedule.
            order: Place within the slot.
            name: Name of the object; by default `<group>_run_at*`.
            codeobj_class: Ignored.

        Returns:
            The object; its `active` switches it on and off.

        Raises:
            DimensionMismatchError: `times` are no times.
            ValueError: A time is given twice, or is negative or not finite.
        """
        del codeobj_class
        clock = EventClock(times, name=f"{self.name}_eventclock*")
        return self._run(RunRegularly(self, code, when, order, clock, name))

    def _run(self, part: RunRegularly) -> RunRegularly:
        """Make an operation a part of the group."""
        owner = owner_of(self)
        check_code(part.statements, self, FOR_ALL_ELEMENTS)
        owner.contained_objects.append(part)
        owner.code_changed()
        return part


def written_variables(objects: Iterable[BrianObject]) -> Iterator[ArrayVariable]:
    """Yield the variables with memory that statements of these objects write."""
    for obj in objects:
        if not isinstance(obj, CodeRunner):
            continue
        group: Any = obj.elements if isinstance(obj, RunRegularly) else obj.owner
        for statement in obj.statements:
            found = group.find(statement.target)
            if found is not None and isinstance(found[1], ArrayVariable):
                yield found[1]
