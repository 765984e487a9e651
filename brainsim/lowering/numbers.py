"""Code of numbers that are the same for all elements of a group; see formulas.py.

The operations are those of `solvers.evaluate`, which computes the same numbers in this process: all
arithmetic is in double precision, in the order of the trees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..codegen import build as b
from ..codegen.ir import Buffer, DType, Expr, Load, LoopKind, Procedure
from ..codegen.linear import work_size
from ..errors import Diagnostic, UnknownNameError, UnsupportedEquationsException
from ..model.group import Group
from ..model.variables import ArrayVariable, SizeVariable, Variable, aligned_zeros
from ..solvers import Propagator
from .context import Context, Watch
from .formulas import Formulas
from .scope import Scope


class NumberScope(Scope):
    """The code of a group for no element: shared variables, and numbers from outside.

    Args:
        context: A lowering with formulas, to which the statements are appended.
        group: The group whose names the code uses.
    """

    def __init__(self, context: Context, group: Group) -> None:
        super().__init__(context, group, group.name)
        assert context.formulas is not None  # noqa: S101 - asked by the caller
        self.formulas: Formulas = context.formulas
        self.block, self._names = self.formulas.block, self.formulas.names
        self.real = DType.F64

    @property
    def dt(self) -> Expr:
        """The step of the group's clock, in seconds."""
        return self.clock_field(self.group, "dt")

    def number_of(self, name: str) -> Expr | None:
        """Return None: there is no element."""
        del name
        return None

    def clock_field(self, owner: Any, name: str) -> Expr:
        """Return `dt`; there is no present time."""
        if name != "dt":
            raise UnknownNameError(f"'{name}' is no constant")
        return Load(self.context.constant(owner.name, "dt", DType.F64, lambda: owner.clock.dt_))

    def _number(self, value: float | bool) -> Expr:
        return b.const(value if isinstance(value, bool) else float(value))

    def _internal(self, name: str, owner: Any, variable: Variable) -> Expr:
        if isinstance(variable, ArrayVariable) and variable.scalar:
            value: Expr = Load(self.context.variable(owner, variable))
        elif isinstance(variable, SizeVariable):
            value = Load(self.context.size(owner, variable.name))
        else:
            return super()._internal(name, owner, variable)
        return value if value.dtype is DType.BOOL else b.cast(value, DType.F64)

    def _external_number(self, name: str) -> Expr:
        return Load(self.context.given(self.group, name))

    def index_of(self, owner: Any, name: str) -> Expr:
        """Refuse what has a value per element."""
        raise UnknownNameError(f"'{name}' of '{owner.name}' has one value per element")


def tell_propagator(
    context: Context,
    group: Group,
    propagator: Propagator,
    numbers: Mapping[str, Buffer],
    mark: str,
) -> None:
    """Append the formulas of a propagator's numbers.

    Args:
        context: A lowering with formulas.
        group: The group whose names it uses.
        propagator: The recipe.
        numbers: The buffer of each of its names.
        mark: Tells it from other propagators of the group.
    """
    scope = NumberScope(context, group)
    n = len(propagator.variables)

    def matrix(name: str, size: int, comment: str = "") -> Buffer:
        array = aligned_zeros(size, np.float64)
        return context.buffer(
            group.name, f"_{name}{mark}", lambda: array, comment=comment, scratch=True
        )

    a = matrix("A", n * n, "coefficients of the equations, row by row, per second")
    p, g = matrix("P", n * n, "exp(A dt)"), matrix("G", n * n, "its integral over a step")
    work = matrix("work", work_size(n))
    for i, j, tree in propagator.matrix:
        scope.block.append(b.store(a, b.const(i * n + j, DType.I64), scope.lower(tree)))
    _check_finite(scope, a, n * n, mark, propagator)
    size = b.const(n, DType.I64)
    scope.block.append(Procedure("propagators", (size, scope.dt), (a,), (p, g, work)))
    forcing: dict[int, Expr] = {}
    if any(part == "c" for part, _, _ in propagator.outputs.values()):
        for j in propagator.forced:
            value = b.cast(scope.lower(propagator.forcing[j]), DType.F64)
            forcing[j] = scope.let(f"b_{propagator.variables[j]}", value)
    for name, (part, i, j) in propagator.outputs.items():
        entry: Expr = Load(p if part == "P" else g, b.const(i * n + j, DType.I64))
        value = _response(g, i * n, forcing) if part == "c" else entry
        scope.formulas.store(numbers[name], value)


def _response(g: Buffer, row: int, forcing: Mapping[int, Expr]) -> Expr:
    """Return a row of G times the forcing; where G is zero, the forcing does not matter."""
    zero = b.const(0.0)
    total: Expr | None = None
    for j, force in forcing.items():
        entry = Load(g, b.const(row + j, DType.I64))
        term = b.select(b.compare("!=", entry, zero), b.mul(entry, force), zero)
        total = term if total is None else b.add(total, term)
    return zero if total is None else total


def _check_finite(
    scope: NumberScope, a: Buffer, size: int, mark: str, propagator: Propagator
) -> None:
    """Append the check that all coefficients are finite, without which no step can be made."""
    context, group = scope.context, scope.group
    message = f"a coefficient of the equations of '{group.name}' is not finite"
    if propagator.reads:
        message += ": check the values of " + ", ".join(sorted(propagator.reads))
    count = aligned_zeros(1, np.int64)
    found = context.buffer(
        group.name, f"_infinite{mark}", lambda: count, scalar=True, comment=message
    )
    context.watches.append(Watch(count, lambda: UnsupportedEquationsException(Diagnostic(message))))
    k = b.index(scope.fresh("k"))
    finite = b.compare("<", b.call("abs", b.load(a, k)), b.const(float("inf")))
    bad = b.accumulate(found, None, b.invert(finite))
    scope.block.append(b.loop(k, b.const(size, DType.I64), [bad], kind=LoopKind.ACCUMULATING))
