"""Operations that every group offers: statements run regularly."""

from __future__ import annotations

from typing import Any

from ..equations import check_statement_units, parse_statements
from .base import CodeRunner
from .clock import Clock
from .group import Group


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
        self.statements = parse_statements(code, f"run_regularly of '{group.name}'")


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
        owner = getattr(self, "source", None) or self
        part = RunRegularly(self, code, when, order, clock, name or "run_regularly*")
        check_statement_units(part.statements, self.meaning, self.is_variable)
        owner.contained_objects.append(part)
        owner.version += 1
        return part
