"""The methods 'exact' (also called 'linear') and 'exponential_euler'.

Input: a `System` without noise. Output: a `Step`. Does not: approximate what is not linear.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brainsim.equations.algebra import AlgebraError, Remember, call_at_once
from brainsim.equations.tree import Name, Tree
from brainsim.errors import Diagnostic, UnsupportedEquationsException

from .closed import exact_solution, relaxed
from .propagator import propagator_step
from .rows import Rows, components, is_shared, linear_rows, while_refractory
from .step import Step, merged
from .system import (
    NOT_REFRACTORY,
    Equation,
    System,
    Varies,
    refuse_noise,
    refuse_nonlinear,
    refuse_varying,
)
from .terms import DT, ZERO, NonLinearError, conditionally_linear_form, is_zero, linear_form, select

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def exact_step(system: System, remember: Remember = call_at_once, *, numeric: bool = True) -> Step:
    """Return the exact step of a linear system.

    Args:
        system: The equations.
        remember: Keeps results of symbolic algebra, see `algebra.solve_linear`.
        numeric: Whether numbers may be computed when the run is prepared; otherwise the step
            says everything in its trees.

    Raises:
        UnsupportedEquationsException: Noise, an equation that is not linear, a coefficient that
            changes within a step, or coefficients per neuron for which there is no formula.
    """
    refuse_noise(system, "exact")
    taken: set[str] = set()
    return merged(
        propagator_step(system, part, taken)
        if numeric and is_shared(system, part)
        else formula_step(part, remember)
        for part in components(linear_rows(system, "exact"))
    )


def formula_step(rows: Rows, remember: Remember) -> Step:
    """Return the exact step of coupled linear equations with coefficients per neuron.

    Raises:
        UnsupportedEquationsException: There is no formula that holds for all values.
    """
    try:
        active = exact_solution(rows, DT, remember)
        still = exact_solution(while_refractory(rows), DT, remember)
    except AlgebraError as error:
        raise no_formula(rows, "exact", str(error)) from error
    updates = {row.name: select(NOT_REFRACTORY, active[row.name], still[row.name]) for row in rows}
    return Step(updates=tuple((n, new) for n, new in updates.items() if new != Name(n)))


def no_formula(rows: Rows, method: str, reason: str) -> UnsupportedEquationsException:
    """Return the error for linear equations which depend on each other in too intricate a way."""
    names = ", ".join(row.name for row in rows)
    return UnsupportedEquationsException(
        Diagnostic(
            f"'{method}' finds no formula for the coupled equations of {names}: {reason}",
            rows[0].rate.span,
            help="make their coefficients constants or (shared) (constant) parameters, "
            "or use 'exponential_euler' or 'rk4'",
        )
    )


def exponential_euler_step(system: System) -> Step:
    """Return the exponential Euler step: exact for each variable while A and B stand still.

    x_new = x + f dt exprel(A dt) for x' = f = A x + B, all from the old values.

    Args:
        system: Equations of which each is conditionally linear in its own variable: A and B are
            functions of the others, and of the variable itself where it stands in a function.

    Raises:
        UnsupportedEquationsException: Noise, or an equation with powers of its variable.

    Source: MacGregor, Neural and Brain Modeling, Academic Press 1987, chapter 14.
    """
    refuse_noise(system, "exponential_euler")
    forms = [_form(e, "exponential_euler", conditionally_linear_form) for e in system.equations]
    return _one_by_one(system, forms)


def independent_step(system: System) -> Step:
    """Return the exact solution of each equation by itself, as if the others stood still.

    Raises:
        UnsupportedEquationsException: Noise, an equation that is not linear in its variable, or a
            right-hand side that changes with time.
    """
    refuse_noise(system, "independent")
    forms = [_form(e, "independent", _linear_in_itself) for e in system.equations]
    for equation, form in zip(system.equations, forms, strict=True):
        for part in form:
            # other variables count as constants here, but time does not
            refuse_varying(_others_still(system), equation, "independent", part)
    return _one_by_one(system, forms)


def _others_still(system: System) -> System:
    names = set(system.names)

    def varies(name: str) -> Varies:
        return Varies.ELEMENT if name in names else system.varies(name)

    return replace(system, equations=(), varies=varies)


def _one_by_one(system: System, forms: Sequence[tuple[Tree, Tree]]) -> Step:
    updates = []
    for equation, (own, rest) in zip(system.equations, forms, strict=True):
        forced = not is_zero(rest)
        new = relaxed(equation.name, equation.drift, own, forced=forced, h=DT)
        if equation.frozen:
            new = select(NOT_REFRACTORY, new, Name(equation.name))
        if new != Name(equation.name):
            updates.append((equation.name, new))
    return Step(updates=tuple(updates))


def _form(
    equation: Equation, method: str, form: Callable[[Tree, str], tuple[Tree, Tree]]
) -> tuple[Tree, Tree]:
    try:
        return form(equation.drift, equation.name)
    except NonLinearError as error:
        advice = "use 'rk4', 'rk2' or 'euler'"
        raise refuse_nonlinear(equation, method, error.tree, advice) from None


def _linear_in_itself(tree: Tree, name: str) -> tuple[Tree, Tree]:
    coefficients, rest = linear_form(tree, {name})
    return coefficients.get(name, ZERO), rest
