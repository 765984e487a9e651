"""One step of integration, as assignments over trees.

A `Step` is what every solver makes: temporaries in order, then updates of which all right-hand
sides are read before any is stored. Does not: know about equations, devices or loops.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from brainsim.equations import Statement, parse_statements
from brainsim.equations.tree import (
    Binary,
    Call,
    Name,
    Number,
    Tree,
    Unary,
    children,
    map_children,
    names_in,
    substitute,
    to_text,
)
from brainsim.errors import InternalError

from ..records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["float", "integer", "boolean"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A temporary of one element within one step.

    Args:
        name: Its name; begins with an underscore where a solver chose it.
        value: Its value.
        kind: What sort of number it holds.
    """

    name: str
    value: Tree
    kind: Kind = "float"


class Constants(Protocol):
    """Numbers that a step reads and that are computed when a run is prepared."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the numbers, as they stand in the trees."""

    @property
    def reads(self) -> frozenset[str]:
        """The names whose values are needed (never `dt`)."""

    def compute(self, values: Mapping[str, float], dt: float) -> dict[str, float]:
        """Return the numbers for a step of `dt` seconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """How all variables of a group advance by one step `dt`.

    Args:
        temporaries: Assigned in this order, per element.
        updates: New values; all are read before any is stored.
        noise: Names that mean one standard normal number per element and step each.
        propagators: Numbers in the trees that are computed when a run is prepared.
    """

    temporaries: tuple[Assignment, ...] = ()
    updates: tuple[tuple[str, Tree], ...] = ()
    noise: tuple[str, ...] = ()
    propagators: tuple[Constants, ...] = field(default=(), compare=False)

    def trees(self) -> Iterable[Tree]:
        """Yield all right-hand sides, in the order in which they are evaluated."""
        yield from (temporary.value for temporary in self.temporaries)
        yield from (value for _, value in self.updates)

    def constants(self, values: Mapping[str, Any], dt: float) -> dict[str, float]:
        """Return the numbers of all propagators for a step of `dt` seconds."""
        return {
            name: number
            for propagator in self.propagators
            for name, number in propagator.compute(values, dt).items()
        }


def merged(steps: Iterable[Step]) -> Step:
    """Return several steps of independent variables as one."""
    steps = tuple(steps)
    return Step(
        temporaries=tuple(t for step in steps for t in step.temporaries),
        updates=tuple(u for step in steps for u in step.updates),
        noise=tuple(dict.fromkeys(n for step in steps for n in step.noise)),
        propagators=tuple(p for step in steps for p in step.propagators),
    )


def to_code(step: Step) -> str:
    """Return a step as statements that can be read, changed and used as code of a method.

    Raises:
        InternalError: The step needs numbers from propagators, which statements cannot say.
    """
    if step.propagators:
        raise InternalError("a step with propagators has no text of its own")
    lines = [f"{name} = randn()" for name in step.noise]
    lines += [f"{t.name} = {to_text(t.value)}" for t in step.temporaries]
    lines += [f"_{name} = {to_text(value)}" for name, value in step.updates]
    lines += [f"{name} = _{name}" for name, _ in step.updates]
    return "\n".join(lines)


def from_code(code: str, variables: Iterable[str], source_name: str = "") -> Step:
    """Return statements, executed one after the other, as a step.

    Args:
        code: Statements as in a reset; what they assign and is no variable is a temporary.
        variables: The names of the differential variables.
        source_name: What the code is, for messages.

    Raises:
        ExpressionSyntaxError: The code cannot be read.
    """
    variables = frozenset(variables)
    current: dict[str, Tree] = {}
    temporaries: list[Assignment] = []
    taken: set[str] = set()
    for statement in parse_statements(code, source_name):
        value = substitute(_assigned(statement), current)
        # a new name per assignment, so that the order of statements no longer matters
        base = f"_new_{statement.target}" if statement.target in variables else statement.target
        name = fresh(base, taken)
        temporaries.append(Assignment(name, value))
        current[statement.target] = Name(name)
    updates = tuple((name, current[name]) for name in current if name in variables)
    return Step(tuple(temporaries), updates)


def _assigned(statement: Statement) -> Tree:
    match statement.op:
        case "=":
            return statement.value
        case "+=" | "-=" | "*=" | "/=" | "//=" | "%=" | "**=":
            operator: Any = statement.op[:-1]
            return Binary(operator, Name(statement.target), statement.value, statement.span)
        case _:
            raise InternalError(f"unknown assignment '{statement.op}'")


def fresh(base: str, taken: set[str]) -> str:
    """Return `base`, with underscores added until it is not taken, and take it."""
    while base in taken:
        base += "_"
    taken.add(base)
    return base


# functions with a floating-point result which are worth remembering instead of calling twice
_COSTLY = frozenset(
    {"sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "sqrt"}
    | {"exp", "log", "log10", "log1p", "expm1", "exprel"}
)


def share_calls(step: Step) -> Step:
    """Return the step with repeated calls of elementary functions computed once.

    Only what is pure and floating-point is shared; `rand()` and user functions stay where they are.
    """
    counts: Counter[Tree] = Counter()
    for tree in step.trees():
        _count(tree, counts)
    repeated = {tree for tree, count in counts.items() if count > 1 and _is_costly(tree)}
    if not repeated:
        return step
    taken = {t.name for t in step.temporaries}.union(*(names_in(tree) for tree in step.trees()))
    names: dict[Tree, str] = {}
    temporaries: list[Assignment] = []

    def shared(tree: Tree) -> Tree:
        if tree not in repeated:
            return map_children(tree, shared)
        if tree not in names:
            value = map_children(tree, shared)
            names[tree] = fresh(f"_s{len(names) + 1}", taken)
            temporaries.append(Assignment(names[tree], value))
        return Name(names[tree])

    for temporary in step.temporaries:
        value = shared(temporary.value)
        temporaries.append(replace(temporary, value=value))
    updates = tuple((name, shared(value)) for name, value in step.updates)
    return replace(step, temporaries=tuple(temporaries), updates=updates)


def _count(tree: Tree, counts: Counter[Tree]) -> None:
    if isinstance(tree, Name | Number):
        return
    counts[tree] += 1
    if counts[tree] == 1:  # the parts of a repeated tree are not repeated by that
        for child in children(tree):
            _count(child, counts)


def _is_costly(tree: Tree) -> bool:
    match tree:
        case Call():
            return tree.function in _COSTLY and _is_pure(tree)
        case Binary() | Unary(op="-"):
            return _is_pure(tree) and any(_is_costly(child) for child in children(tree))
        case _:
            return False


def _is_pure(tree: Tree) -> bool:
    match tree:
        case Call() if tree.function not in _COSTLY | _CHEAP:
            return False
        case _:
            return all(_is_pure(child) for child in children(tree))


_CHEAP = frozenset({"abs", "sign", "ceil", "floor", "clip", "int", "where", "timestep"})
