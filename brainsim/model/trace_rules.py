"""Which event-driven variables all synapses of a neuron have in common, told from code alone.

Input: equations and code of a Synapses object. Output: the side of every event-driven variable,
and which post code can wait. Does not: look at values or delays, which may change before a run.

A variable has a side when only code of that side's pathways writes it, its new value and its
equation depend on nothing but variables of the same side, numbers that are the same for all
synapses, and constants of that neuron. All synapses of the neuron then do the same with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..equations import DEFAULT_FUNCTIONS
from ..equations.parse import Statement
from ..equations.tree import Tree, functions_in, names_in
from ..records import dataclass
from .evaluate import RANDOM_FUNCTIONS
from .spikes import SpikeSource
from .variables import ArrayVariable, ClockVariable, SizeVariable, Subexpression, Variable


@dataclass(frozen=True, slots=True)
class TracePlan:
    """What the code of synapses does with event-driven variables.

    Args:
        sides: Name -> "pre" or "post".
        statements: Label of a pathway -> those of its statements that change traces, with the
            temporary variables these need.
        lazy: Label of the pathway whose code may be applied to a row of synapses later, when its
            source next has an event; "" for none.
        waiting: The variables of synapses which that code reads or writes.
        constants: The variables which all this relies on to stay as they are while running.
    """

    sides: Mapping[str, str]
    statements: Mapping[str, tuple[Statement, ...]]
    lazy: str = ""
    waiting: tuple[str, ...] = ()
    constants: tuple[ArrayVariable, ...] = ()


def plan_traces(synapses: Any) -> TracePlan | None:
    """Return the plan, or None when an event-driven variable has no side."""
    names = synapses.event_driven
    ends = (synapses.source, synapses.target)
    if not names or not all(isinstance(end, SpikeSource) for end in ends):
        return None
    sides: dict[str, str] = {}
    for pathway in synapses.pathways.values():
        for statement in pathway.statements:
            side = pathway.side
            if statement.target in names and sides.setdefault(statement.target, side) != side:
                return None
    expanded = synapses.equations.substituted()
    sides = {name: _side_of(name, sides, expanded, ()) for name in names}
    reader = _Reader(synapses, sides)
    if not all(reader.is_common(expanded[name], sides[name], {}) for name in names):
        return None
    statements = {}
    for label, pathway in synapses.pathways.items():
        common = _common_statements(reader, pathway)
        if common is None:
            return None
        statements[label] = common
    lazy, waiting = _waiting(reader, synapses, expanded)
    return TracePlan(sides, statements, lazy, waiting, tuple(reader.constants))


def _side_of(
    name: str, written: Mapping[str, str], expanded: Mapping[str, Tree], asked: tuple[str, ...]
) -> str:
    """Return the side whose code writes a variable, or one on which its equation depends."""
    if name in written:
        return written[name]
    others = sorted(names_in(expanded[name]) & set(expanded) - {name, *asked})
    if not others:
        return "pre"
    return _side_of(others[0], written, expanded, (*asked, name))


class _Reader:
    """Tells what trees read; collects the constants among it."""

    def __init__(self, synapses: Any, sides: Mapping[str, str]) -> None:
        self.synapses, self.sides = synapses, sides
        self.constants: dict[ArrayVariable, None] = {}

    def is_common(
        self, tree: Tree, side: str, temporaries: Mapping[str, bool], *, now: bool = False
    ) -> bool:
        """Whether a value is the same for all synapses of a neuron.

        Args:
            tree: The expression.
            side: The side of the neuron.
            temporaries: Name of a temporary variable -> whether it is.
            now: Whether the time may be read.
        """

        def fits(name: str) -> bool:
            if name in self.sides:
                return self.sides[name] == side
            if name in temporaries:
                return temporaries[name]
            return self.is_constant(name, (side,)) or (now and name == "t")

        return self.reads_only(tree, fits)

    def reads_only(self, tree: Tree, fits: Callable[[str], bool]) -> bool:
        """Whether all names fit, those in subexpressions too, and nothing is drawn at random."""
        known = DEFAULT_FUNCTIONS.keys() - RANDOM_FUNCTIONS
        if not functions_in(tree) <= known:
            return False
        for name in names_in(tree):
            if fits(name):
                continue
            variable = self.found(name)
            inner = self.synapses.variables.get(name) is variable
            if not (inner and isinstance(variable, Subexpression)):
                return False
            if not self.reads_only(variable.tree, fits):
                return False
        return True

    def found(self, name: str) -> Variable | None:
        """Return the variable that a name means; None where it is external."""
        found = self.synapses.find(name)
        return None if found is None else found[1]

    def is_constant(self, name: str, sides: Iterable[str]) -> bool:
        """Whether a name is a number for all synapses, or a constant of neurons on these sides."""
        variable = self.found(name)
        match variable:
            case None | SizeVariable():
                return True
            case ClockVariable():
                return name == "dt"
            case ArrayVariable(constant=True):
                side = self.synapses.side_of(name)
                if side == "synaptic" and not variable.scalar:
                    return False
                if side != "synaptic" and side not in sides:
                    return False
                self.constants[variable] = None
                return True
            case _:
                return False

    def is_shared(self, name: str) -> bool:
        """Whether a name is one number for all synapses."""
        variable = self.found(name)
        return self.is_constant(name, ()) and (variable is None or variable.scalar)


def _common_statements(reader: _Reader, pathway: Any) -> tuple[Statement, ...] | None:
    """Return the statements about traces and what they need; None where synapses may differ."""
    temporaries: dict[str, bool] = {}
    found = []
    for statement in pathway.statements:
        name = statement.target
        temporary = reader.found(name) is None
        common = reader.is_common(statement.value, pathway.side, temporaries, now=True)
        if temporary and statement.op != "=":
            common = common and temporaries.get(name, False)
        if name in reader.sides and not common:
            return None
        if temporary:
            temporaries[name] = common
        if common and (temporary or name in reader.sides):
            found.append(statement)
    return tuple(found)


def _waiting(
    reader: _Reader, synapses: Any, expanded: Mapping[str, Tree]
) -> tuple[str, tuple[str, ...]]:
    """Return the post pathway that can wait, and the variables of synapses that it touches.

    Its code may touch one synapse, traces and constants alone. The traces of the source must decay
    alike for all neurons, so that one table serves all.
    """
    post = [pathway for pathway in synapses.pathways.values() if pathway.side == "post"]
    if len(post) != 1:
        return "", ()
    (pathway,) = post
    decays = [expanded[name] for name, side in reader.sides.items() if side == "pre"]

    def alike(name: str) -> bool:
        return name in reader.sides or reader.is_shared(name)

    if not all(reader.reads_only(tree, alike) for tree in decays):
        return "", ()
    temporaries: set[str] = set()
    touched: dict[str, None] = {}

    def fits(name: str) -> bool:
        if name in temporaries or name in reader.sides or reader.is_constant(name, ("pre", "post")):
            return True
        own = synapses.variables.get(name)
        delays = {each.delay_name for each in synapses.pathways.values()}
        if not isinstance(own, ArrayVariable) or own.scalar or own.read_only or name in delays:
            return False
        if name == "lastupdate":
            return False
        touched[name] = None
        return True

    for statement in pathway.statements:
        name = statement.target
        if reader.found(name) is None:
            if statement.op != "=" and name not in temporaries:
                return "", ()
            temporaries.add(name)
        elif not (name in reader.sides or (fits(name) and name in touched)):
            return "", ()
        if not reader.reads_only(statement.value, fits):
            return "", ()
    return (pathway.label, tuple(touched)) if touched else ("", ())
