"""Exact steps whose coefficients are the same for all neurons: x_new = P x + G b.

Input: rows with shared coefficients. Output: a `Step` whose numbers P and G are computed from the
values of the constants when a run is prepared, by a matrix exponential; no symbolic solution, and
no special case for singular matrices. Does not: handle coefficients per neuron (see closed.py).
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING, Literal

import numpy as np

from brainsim.codegen.linear import propagators
from brainsim.equations import DEFAULT_CONSTANTS
from brainsim.equations.tree import Name, Tree, names_in, to_text
from brainsim.errors import Diagnostic, UnsupportedEquationsException

from ..records import dataclass
from .evaluate import evaluate
from .rows import Row, Rows, reach, while_refractory
from .step import Assignment, Step, fresh
from .system import NOT_REFRACTORY, System, Varies
from .terms import ZERO, select, times, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Part = Literal["P", "G", "c"]


@dataclass(frozen=True, slots=True)
class Propagator:
    """A recipe for numbers in a step, computed when a run is prepared.

    Args:
        variables: The variables of the system, n of them.
        matrix: The coefficients a_ij that are not zero, as (i, j, tree), per second.
        forcing: Per variable, the part of b that is the same for all neurons; 0 for none.
        outputs: Which number each name means: `P` and `G` at (i, j), or `c` = G b at (i, 0).
    """

    variables: tuple[str, ...]
    matrix: tuple[tuple[int, int, Tree], ...]
    forcing: tuple[Tree, ...]
    outputs: Mapping[str, tuple[Part, int, int]]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the numbers, as they stand in the trees."""
        return tuple(self.outputs)

    @property
    def reads(self) -> frozenset[str]:
        """The names whose values are needed."""
        trees = [*(tree for _, _, tree in self.matrix), *self.forcing]
        return frozenset[str]().union(*map(names_in, trees)) - {"dt"} - DEFAULT_CONSTANTS.keys()

    @property
    def forced(self) -> tuple[int, ...]:
        """The variables with a part of b that is the same for all neurons."""
        return tuple(i for i, tree in enumerate(self.forcing) if tree != ZERO)

    def compute(self, values: Mapping[str, float], dt: float) -> dict[str, float]:
        """Return the numbers for a step of `dt` seconds.

        Args:
            values: The value of each name in `reads`, in base units.
            dt: Step size in seconds.

        Raises:
            UnsupportedEquationsException: A coefficient is not finite.
        """
        scope = {**values, "dt": dt}
        matrix = np.zeros((len(self.variables), len(self.variables)))
        with np.errstate(all="ignore"):
            for i, j, tree in self.matrix:
                matrix[i, j] = self._coefficient(i, j, tree, scope)
            forcing = [float(evaluate(tree, scope)) for tree in self.forcing]
            p, g = propagators(matrix, dt)
            constant = np.array([_sum(row, forcing, self.forced) for row in g])
        parts = {"P": p, "G": g, "c": constant[:, None]}
        return {name: float(parts[part][i, j]) for name, (part, i, j) in self.outputs.items()}

    def _coefficient(self, i: int, j: int, tree: Tree, scope: Mapping[str, float]) -> float:
        value = float(evaluate(tree, scope))
        if not np.isfinite(value):
            raise UnsupportedEquationsException(
                Diagnostic(
                    f"the coefficient of {self.variables[j]} in d{self.variables[i]}/dt "
                    f"is {value}: {to_text(tree)}",
                    tree.span,
                    help="check the values of " + ", ".join(sorted(names_in(tree))),
                )
            )
        return value


def _sum(row: np.ndarray, forcing: Sequence[float], forced: Sequence[int]) -> float:
    # a forcing of inf or nan spoils only the variables that depend on it
    terms = [float(row[j]) * forcing[j] if row[j] != 0 else 0.0 for j in forced]
    # one by one: `sum` of newer Pythons compensates for rounding
    return reduce(operator.add, terms) if terms else 0.0


class _Writer:
    """Writes the new values of one version of a system, and remembers the numbers it names."""

    def __init__(self, rows: Rows, system: System, taken: set[str], mark: str) -> None:
        self.rows = rows
        self.shared = {row.name for row in rows if system.of_tree(row.forcing) == Varies.SHARED}
        self.reach = reach(rows)
        self.index = {row.name: i for i, row in enumerate(rows)}
        self.taken = taken
        self.mark = mark
        self.outputs: dict[str, tuple[Part, int, int]] = {}

    def number(self, part: Part, to: str, of: str = "") -> Tree:
        base = f"_{part}{self.mark}_{to}" + (f"_{of}" if of else "")
        name = fresh(base, self.taken)
        self.outputs[name] = (part, self.index[to], self.index[of] if of else 0)
        return Name(name)

    def new_value(self, row: Row) -> Tree:
        """Return P x + G b for one variable, of which only what is not zero by structure."""
        seen = [other for other in self.rows if other.name in self.reach[row.name]]
        seen.sort(key=lambda other: other.name != row.name)
        terms: list[Tree] = []
        for other in seen:
            if other is row and not self._moves_itself(row):
                terms.append(Name(row.name))
            else:
                terms.append(times(self.number("P", row.name, other.name), Name(other.name)))
        for other in seen:
            if other.is_forced and other.name not in self.shared:
                factor = Name(forcing_name(other.name))
                terms.append(times(self.number("G", row.name, other.name), factor))
        if any(other.is_forced and other.name in self.shared for other in seen):
            terms.append(self.number("c", row.name))
        return total(terms)

    def _moves_itself(self, row: Row) -> bool:
        return any(row.name in self.reach[other] for other in row.coefficients)

    def propagator(self) -> Propagator:
        """Return the recipe for the numbers named so far."""
        return Propagator(
            variables=tuple(row.name for row in self.rows),
            matrix=tuple(
                (self.index[row.name], self.index[name], tree)
                for row in self.rows
                for name, tree in row.coefficients.items()
            ),
            forcing=tuple(row.forcing if row.name in self.shared else ZERO for row in self.rows),
            outputs=self.outputs,
        )


def forcing_name(variable: str) -> str:
    """Return the name of the temporary that holds the forcing of a variable per neuron."""
    return f"_b_{variable}"


def propagator_step(system: System, rows: Rows, taken: set[str]) -> Step:
    """Return the exact step of a linear system with shared coefficients.

    Args:
        system: Tells which forcing is shared.
        rows: The equations; frozen ones stand still while `not_refractory` is false.
        taken: Names of numbers that the step has already; grows.

    Source: Rotter and Diesmann, Exact digital simulation of time-invariant linear systems, Biol.
    Cybern. 81 (1999).
    """
    active = _Writer(rows, system, taken, "")
    still = _Writer(while_refractory(rows), system, taken, "r")
    updates = []
    for row, stopped in zip(rows, still.rows, strict=True):
        new = active.new_value(row)
        if row.frozen:
            new = select(NOT_REFRACTORY, new, Name(row.name))
        elif any(other.frozen and other.name in active.reach[row.name] for other in rows):
            new = select(NOT_REFRACTORY, new, still.new_value(stopped))
        if new != Name(row.name):
            updates.append((row.name, new))
    temporaries = tuple(
        Assignment(forcing_name(row.name), row.forcing)
        for row in rows
        if row.is_forced and row.name not in active.shared
    )
    writers = [writer for writer in (active, still) if writer.outputs]
    return Step(temporaries, tuple(updates), (), tuple(w.propagator() for w in writers))
