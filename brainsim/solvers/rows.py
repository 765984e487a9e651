"""Linear systems of equations taken apart: x_i' = sum of a_ij x_j + b_i.

Input: a `System`. Output: `Row`s, in groups that do not depend on each other. Does not: solve.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..records import dataclass
from .system import Equation, System, Varies, refuse_nonlinear, refuse_varying
from .terms import ZERO, NonLinearError, is_zero, linear_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brainsim.equations.tree import Tree


@dataclass(frozen=True, slots=True)
class Row:
    """One linear equation.

    Args:
        name: The variable.
        coefficients: What stands before each variable it depends on, per second.
        forcing: The rest.
        rate: The whole right-hand side, as the user wrote it.
        frozen: Whether it stands still while `not_refractory` is false.
    """

    name: str
    coefficients: Mapping[str, Tree]
    forcing: Tree
    rate: Tree
    frozen: bool = False

    @property
    def own(self) -> Tree:
        """The coefficient of the variable itself."""
        return self.coefficients.get(self.name, ZERO)

    @property
    def is_forced(self) -> bool:
        """Whether there is a term without any variable."""
        return not is_zero(self.forcing)


Rows = tuple[Row, ...]


def linear_rows(system: System, method: str) -> Rows:
    """Return the equations as rows of a linear system.

    Args:
        system: Equations without noise.
        method: The name of the method, for messages.

    Raises:
        UnsupportedEquationsException: An equation is not linear in the variables, or a
            coefficient changes within a step.
    """
    advice = "use 'exponential_euler', 'rk4' or 'euler'"
    names = system.names
    return tuple(_row(system, equation, names, method, advice) for equation in system.equations)


def _row(system: System, equation: Equation, names: Sequence[str], method: str, advice: str) -> Row:
    try:
        coefficients, forcing = linear_form(equation.drift, names)
    except NonLinearError as error:
        raise refuse_nonlinear(equation, method, error.tree, advice) from None
    coefficients = {name: part for name, part in coefficients.items() if not is_zero(part)}
    for part in (*coefficients.values(), forcing):
        refuse_varying(system, equation, method, part)
    return Row(equation.name, coefficients, forcing, equation.drift, equation.frozen)


def while_refractory(rows: Rows) -> Rows:
    """Return the rows as they are while the flagged variables stand still."""
    return tuple(
        replace(row, coefficients={}, forcing=ZERO, rate=ZERO) if row.frozen else row
        for row in rows
    )


def components(rows: Rows) -> tuple[Rows, ...]:
    """Return the rows in groups which do not depend on each other, in the order of the rows."""
    group = {row.name: row.name for row in rows}
    for row in rows:
        for other in row.coefficients:
            joined, kept = group[row.name], group[other]
            group = {name: kept if g == joined else g for name, g in group.items()}
    return tuple(
        tuple(row for row in rows if group[row.name] == g) for g in dict.fromkeys(group.values())
    )


def reach(rows: Rows) -> dict[str, frozenset[str]]:
    """Return, per variable, the variables on which its new value depends, itself first of all."""
    result = {row.name: frozenset({row.name, *row.coefficients}) for row in rows}
    for _ in rows:
        result = {
            name: frozenset().union(*(result[other] for other in seen))
            for name, seen in result.items()
        }
    return result


def is_shared(system: System, rows: Rows) -> bool:
    """Return whether all coefficients are the same for the whole group and during a run."""
    return all(
        system.of_tree(part) == Varies.SHARED for row in rows for part in row.coefficients.values()
    )
