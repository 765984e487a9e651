"""What a solver is given: right-hand sides, and what each name in them is during a step.

Input: `Equations`, and a function that says what a name is. Output: a `System`. Does not: resolve
names to values, check units.
"""

from __future__ import annotations

from dataclasses import field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from brainsim.equations import DIFFERENTIAL, noises_in
from brainsim.equations.tree import (
    Call,
    Name,
    Tree,
    children,
    map_children,
    to_text,
)
from brainsim.errors import Diagnostic, EquationError, Span, UnsupportedEquationsException

from ..records import dataclass
from .evaluate import FUNCTIONS
from .step import Assignment
from .terms import NonLinearError, linear_form

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from brainsim.equations import Equations


class Varies(IntEnum):
    """How a value varies; a tree varies as its worst part does.

    `SHARED`: one value for the whole group, the same during a run. `ELEMENT`: possibly one value
    per neuron, and possibly changing between steps, but not within one. `WITHIN_STEP`: changes
    while time advances from `t` to `t + dt`. `STATE`: a differential variable of the system.
    """

    SHARED = 0
    ELEMENT = 1
    WITHIN_STEP = 2
    STATE = 3


@dataclass(frozen=True, slots=True)
class Equation:
    """One differential equation, d`name`/dt = `drift` + sum of `noise` coefficients times noises.

    Args:
        name: The variable.
        drift: The right-hand side without noise, subexpressions put in.
        noise: Pairs of a noise name (`xi`, `xi_a`) and its coefficient.
        frozen: Whether it stands still while `not_refractory` is false.
        span: Where the user wrote it.
    """

    name: str
    drift: Tree
    noise: tuple[tuple[str, Tree], ...] = ()
    frozen: bool = False
    span: Span | None = field(default=None, compare=False)


NOT_REFRACTORY = Name("not_refractory")
_ALWAYS: Mapping[str, Varies] = {
    "t": Varies.WITHIN_STEP,
    "dt": Varies.SHARED,
    "pi": Varies.SHARED,
    "e": Varies.SHARED,
    "inf": Varies.SHARED,
}
_STATEFUL = frozenset({"rand", "randn", "poisson"})


@dataclass(frozen=True, slots=True)
class System:
    """Differential equations which are advanced together.

    Args:
        equations: One per variable.
        varies: Says how a name varies that is no variable of the system.
        held: Functions of time (such as a `TimedArray` on the grid of the clock) whose value at
            the name `t` does not change within a step.
        stateful: Functions that give another value at each call; each call in the text is drawn
            once per element and step.
        source: The equations as the user wrote them, for methods which are functions.
        variables: The group's variables, handed on to methods which are functions.
    """

    equations: tuple[Equation, ...]
    varies: Callable[[str], Varies] = lambda _: Varies.ELEMENT
    held: frozenset[str] = frozenset()
    stateful: frozenset[str] = _STATEFUL
    source: Equations | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The differential variables, in order."""
        return tuple(equation.name for equation in self.equations)

    @property
    def frozen(self) -> frozenset[str]:
        """The variables that stand still while `not_refractory` is false."""
        return frozenset(equation.name for equation in self.equations if equation.frozen)

    @property
    def noises(self) -> tuple[str, ...]:
        """The names of all noises, in order of their first use."""
        return tuple(dict.fromkeys(n for equation in self.equations for n, _ in equation.noise))

    def of_name(self, name: str) -> Varies:
        """Return how a name varies."""
        if name in self.names:
            return Varies.STATE
        return _ALWAYS[name] if name in _ALWAYS else self.varies(name)

    def of_tree(self, tree: Tree) -> Varies:
        """Return how the value of a tree varies."""
        match tree:
            case Name():
                return self.of_name(tree.name)
            case Call():
                parts = [self.of_tree(arg) for arg in tree.args if not self._is_held(tree, arg)]
                # a function without a value in NumPy cannot be computed when a run is prepared
                least = Varies.SHARED if tree.function in FUNCTIONS else Varies.ELEMENT
                return max([least, *parts])
            case _:
                return max([self.of_tree(part) for part in children(tree)], default=Varies.SHARED)

    def _is_held(self, call: Call, arg: Tree) -> bool:
        return call.function in self.held and arg == Name("t")


def system_of(
    equations: Equations,
    varies: Callable[[str], Varies] = lambda _: Varies.ELEMENT,
    *,
    only: Collection[str] | None = None,
    refractory: bool = False,
    held: Collection[str] = (),
    stateful: Collection[str] = _STATEFUL,
    variables: Mapping[str, Any] | None = None,
) -> System:
    """Return the differential equations of a group as a system.

    Args:
        equations: All equations of the group.
        varies: How a name varies that is no differential variable of the system.
        only: The variables to advance, when not all (synapses: clock-driven or event-driven ones).
        refractory: Whether the group has refractoriness, so that `(unless refractory)` acts.
        held: Functions of time whose value at `t` does not change within a step.
        stateful: Functions that give another value at each call.
        variables: The group's variables, for methods which are functions.

    Raises:
        EquationError: A right-hand side is not a sum of noises times coefficients and a rest.
    """
    expanded = equations.substituted()
    rows = []
    for name, single in equations.items():
        if single.type != DIFFERENTIAL or single.expr is None:
            continue
        if only is not None and name not in only:
            continue
        drift, noise = split_noise(name, expanded[name])
        frozen = refractory and "unless refractory" in single.flags
        rows.append(Equation(name, drift, noise, frozen, single.expr.span))
    return System(
        tuple(rows), varies, frozenset(held), frozenset(stateful), equations, dict(variables or {})
    )


def split_noise(name: str, tree: Tree) -> tuple[Tree, tuple[tuple[str, Tree], ...]]:
    """Return the part of a right-hand side without noise, and a coefficient per noise.

    Args:
        name: The variable, for the message.
        tree: The right-hand side.

    Raises:
        EquationError: A noise does not stand as a factor of a term.
    """
    noises = noises_in(tree)
    if not noises:
        return tree, ()
    try:
        coefficients, drift = linear_form(tree, noises)
    except NonLinearError as error:
        raise EquationError(
            Diagnostic(
                f"the noise in d{name}/dt is not a factor of a term",
                error.tree.span,
                help="write the right-hand side as f + g*xi, with f and g free of xi",
            )
        ) from None
    return drift, tuple(coefficients.items())


def draw_once(system: System) -> tuple[System, tuple[Assignment, ...]]:
    """Return the system with each call of a random function drawn into a temporary.

    A solver may read a right-hand side several times; it must see the same number each time.
    """
    draws: list[Assignment] = []

    def drawn(tree: Tree) -> Tree:
        return _drawn(tree, system.stateful, draws)

    rows = tuple(
        replace(
            equation,
            drift=drawn(equation.drift),
            noise=tuple((name, drawn(tree)) for name, tree in equation.noise),
        )
        for equation in system.equations
    )
    if not draws:
        return system, ()
    names = frozenset(draw.name for draw in draws)

    def varies(name: str) -> Varies:
        return Varies.ELEMENT if name in names else system.varies(name)

    return replace(system, equations=rows, varies=varies), tuple(draws)


def _drawn(tree: Tree, stateful: frozenset[str], draws: list[Assignment]) -> Tree:
    """Return a tree with names for its random numbers, which are appended to `draws`."""
    # no inner function that calls itself: it would keep the system, and all its objects, in a cycle
    tree = map_children(tree, lambda child: _drawn(child, stateful, draws))
    if not (isinstance(tree, Call) and tree.function in stateful):
        return tree
    draws.append(Assignment(f"_draw{len(draws) + 1}", tree))
    return Name(draws[-1].name, tree.span)


def refuse_noise(system: System, method: str) -> None:
    """Refuse stochastic equations: `dv/dt = -v/tau + xi*tau**-0.5 : 1`.

    Raises:
        UnsupportedEquationsException: An equation contains noise.
    """
    for equation in system.equations:
        if equation.noise:
            raise UnsupportedEquationsException(
                Diagnostic(
                    f"'{method}' cannot integrate d{equation.name}/dt: it contains noise",
                    equation.span,
                    label=f"{equation.noise[0][0]} is white noise",
                    help="use 'euler' (additive noise), 'heun' or 'milstein'",
                )
            )


def refuse_nonlinear(equation: Equation, method: str, part: Tree, advice: str) -> Exception:
    """Return the error for a right-hand side with a part that is not linear."""
    return UnsupportedEquationsException(
        Diagnostic(
            f"'{method}' cannot integrate d{equation.name}/dt: '{to_text(part)}' is not linear",
            part.span or equation.span,
            help=advice,
        )
    )


def refuse_varying(system: System, equation: Equation, method: str, part: Tree) -> None:
    """Refuse what changes while time advances by one step: `dv/dt = -v/tau + sin(t/tau)/tau : 1`.

    Raises:
        UnsupportedEquationsException: `part`, of the right-hand side of `equation`, varies.
    """
    if system.of_tree(part) < Varies.WITHIN_STEP:
        return
    culprit = _smallest_varying(system, part)
    raise UnsupportedEquationsException(
        Diagnostic(
            f"'{method}' cannot integrate d{equation.name}/dt: "
            f"'{to_text(culprit)}' changes within a step",
            culprit.span or equation.span,
            help="put it into a subexpression flagged (constant over dt), or use 'rk4' or 'euler'",
        )
    )


def _smallest_varying(system: System, tree: Tree) -> Tree:
    for part in children(tree):
        if system.of_tree(part) >= Varies.WITHIN_STEP:
            return _smallest_varying(system, part)
    return tree
