"""Kernels of what groups of all kinds do for each element: subexpressions, operations.

Input: objects of model/neurons.py and model/operations.py. Output: kernels, one per object.
"""

from __future__ import annotations

from typing import Any

from ..codegen import build as b
from ..codegen.ir import DType, Expr, Kernel, Load, Stmt
from ..equations import check_statement_units
from ..model.neurons import SubexpressionUpdater
from ..model.operations import RunRegularly
from ..model.synapses import Synapses
from .context import Context
from .parts import division_of
from .pathways import loop_kind
from .scope import ElementScope, Scope
from .synapses import SynapseScope


def lower_subexpression_update(updater: SubexpressionUpdater, context: Context) -> Kernel:
    """Return the kernel that evaluates (constant over dt) subexpressions into their memory."""
    group = updater.group
    code = _Code(context, group, updater.name)
    for name, eq in group.equations.items():
        if "constant over dt" not in eq.flags:
            continue
        variable = group.variables[name]
        scope = code.scope_for(name)
        value = scope.lower(eq.expr)
        buffer = context.variable(group, variable)
        scope.block.append(b.store(buffer, scope.index_of(group, name), value))
    return Kernel(updater.name, f"subexpressions of '{group.name}'", code.body())


def lower_run_regularly(operation: RunRegularly, context: Context) -> Kernel:
    """Return the kernel that runs statements for all elements of a group."""
    group = operation.elements
    code = _Code(context, group, operation.name, protects=True)
    check_statement_units(
        operation.statements, lambda name: context.meaning(group, name), group.is_variable
    )
    for statement in operation.statements:
        code.scope_for(statement.target).statement(statement)
    times = "regularly" if operation.clock.times is None else "at given times"
    return Kernel(operation.name, f"run {times} for '{group.name}'", code.body())


class _Code:
    """What is done once for the whole group, then for each of its elements.

    Args:
        context: The lowering.
        group: The group.
        owner: Name of the object that runs the code.
        protects: Whether variables that stand still while refractory are not written.
    """

    def __init__(self, context: Context, group: Any, owner: str, *, protects: bool = False) -> None:
        self._context, self._group = context, group
        self._index = b.index("synapse") if isinstance(group, Synapses) else b.index()
        first = b.const(0, DType.I64)
        self._scope = self._make(owner, self._index, filled=True, protects=protects)
        # an owner of its own: what it draws is not what the first element draws
        self._shared = self._make(f"{owner}_shared", first, filled=False, protects=protects)

    def _make(self, owner: str, index: Expr, *, filled: bool, protects: bool) -> Scope:
        if isinstance(self._group, Synapses):
            return SynapseScope(self._context, self._group, owner, index)
        scope = ElementScope(self._context, self._group, owner, index, filled=filled)
        scope.protects = protects
        return scope

    def scope_for(self, name: str) -> Scope:
        """Return the scope of a statement that sets a variable or a temporary."""
        found = self._group.find(name)
        return self._shared if found is not None and found[1].scalar else self._scope

    def body(self) -> tuple[Stmt, ...]:
        """Return all statements."""
        scope = self._scope
        loop: list[Stmt] = []
        if scope.block:
            kind = scope.kind
            if isinstance(self._group, Synapses):
                kind = loop_kind(scope.block, self._index)
            stop = Load(self._context.size(self._group))
            division = division_of(self._context, self._group, self._index)
            loop = [b.loop(self._index, stop, scope.block, kind=kind, division=division)]
        return (*self._shared.block, *scope.prelude, *loop)
