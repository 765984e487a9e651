"""Operations that every group offers: statements run regularly."""

from __future__ import annotations

from typing import Any

from ..equations import parse_statements
from .arguments import checked_code
from .base import CodeRunner
from .clock import Clock
from .group import Group
from .rules import FOR_ALL_ELEMENTS, check_code


class RunRegularly(CodeRunner):
    """Runs statements for all elements of a group in every step of its clock.

    Args:
        group: The group, or a subgroup.
        code: Statements.
        when: Slot of the schedule.
        order: Place within the slot.
        clock: Clock; the group's when not given.
        name: Name.
    """

    def __init__(
        self, group: Group, code: str, when: str, order: int, clock: Clock | None, name: str
    ) -> None:
        super().__init__(group, name, when, order, clock)
        # keeps a subgroup alive as long as its operation
        self.elements = group
        self.code = code
        source = f"run_regularly of '{group.name}'"
        self.statements = parse_statements(checked_code(code, "code to run regularly"), source)


class Operations(Group):
    """A group with operations."""

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
        # a subgroup is not part of the network, its source is
        owner = getattr(self, "event_source", self)
        part = RunRegularly(self, code, when, order, clock, name or "run_regularly*")
        check_code(part.statements, self, FOR_ALL_ELEMENTS)
        owner.contained_objects.append(part)
        owner.version += 1
        return part
