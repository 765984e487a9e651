"""What 'exact' leaves to the next method when it is one of several to choose from.

Input: a `System`. Does not: integrate. `exact` solves every linear system, and where a user asks
for it by name, it does. Which method is taken when none is named must be that of the tradition,
or the same script would give other numbers: there, symbolic algebra has to succeed.
"""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING

import numpy as np

from brainsim.equations.algebra import AlgebraError, Remember, is_written_with_imaginary_unit
from brainsim.equations.tree import Call, Compare, Logic, Name, Tree, map_children, walk
from brainsim.errors import Diagnostic, UnsupportedEquationsException

from .evaluate import evaluate
from .rows import Rows, components, linear_rows, reach
from .system import System, refuse_noise
from .terms import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator

# a determinant that is zero for this many sets of values is zero for all
_SAMPLES = 12
# the determinant of a singular matrix of a few rows is zero to within rounding, 1e-15 of its scale
_SINGULAR = 1e-9


def refuse_what_algebra_cannot(system: System, remember: Remember) -> None:
    """Refuse linear systems that symbolic algebra does not solve by way of the inverse matrix.

    Raises:
        UnsupportedEquationsException: A random number or a comparison among the coefficients, a
            singular matrix, or one whose exponential is written with the imaginary unit.
    """
    refuse_noise(system, "exact")
    for equation in system.equations:
        for node in walk(equation.drift):
            drawn = isinstance(node, Call) and node.function in system.stateful
            if drawn or isinstance(node, Compare | Logic):
                raise _left("it has a random number or a comparison", node)
    rows = linear_rows(system, "exact")
    for part in components(rows):
        samples = list(_samples(part))
        if all(_is_singular(matrix) for matrix in samples):
            raise _left("their matrix is singular", part[0].rate)
        if _acts_back(part) and not any(_is_real(matrix) for matrix in samples):
            _refuse_imaginary(part, remember)


def _left(reason: str, tree: Tree) -> UnsupportedEquationsException:
    message = f"'exact' is not taken by itself for these equations: {reason}"
    return UnsupportedEquationsException(
        Diagnostic(message, tree.span, help="say method='exact' if it is meant")
    )


def _samples(rows: Rows) -> Iterator[np.ndarray]:
    """Yield the matrix of coefficients for several sets of values of its names."""
    for number in range(_SAMPLES):
        values = _Values(number)
        with np.errstate(all="ignore"):
            yield np.array(
                [
                    [
                        evaluate(_named(row.coefficients.get(other.name, ZERO)), values)
                        for other in rows
                    ]
                    for row in rows
                ],
                dtype=float,
            )


class _Values(dict[str, float]):
    """A value for every name that is asked for, between 1/2 and 2, of either sign."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> float:
        random = np.random.default_rng([self._number, zlib.crc32(name.encode())])
        return float(random.choice([-1.0, 1.0]) * 2 ** random.uniform(-1, 1))


def _named(tree: Tree) -> Tree:
    """Return a tree in which names stand for the values of functions."""
    match tree:
        case Call():
            return Name(repr(tree))
        case _:
            return map_children(tree, _named)


def _is_singular(matrix: np.ndarray) -> bool:
    scale = math.prod(float(np.linalg.norm(row)) for row in matrix)
    return not np.isfinite(scale) or abs(np.linalg.det(matrix)) <= _SINGULAR * scale


def _is_real(matrix: np.ndarray) -> bool:
    if not np.isfinite(matrix).all():
        return True
    values = np.linalg.eigvals(matrix)
    return bool((np.abs(values.imag) <= _SINGULAR * np.abs(values)).all())


def _acts_back(rows: Rows) -> bool:
    """Return whether some variable acts on itself through another one."""
    seen = reach(rows)
    return any(
        other != row.name and row.name in seen[other] for row in rows for other in row.coefficients
    )


def _refuse_imaginary(rows: Rows, remember: Remember) -> None:
    matrix = [[row.coefficients.get(other.name, ZERO) for other in rows] for row in rows]
    try:
        imaginary = is_written_with_imaginary_unit(matrix, remember)
    except AlgebraError as error:
        raise _left(str(error), rows[0].rate) from error
    if imaginary:
        raise _left("their solution is found by way of complex numbers", rows[0].rate)
