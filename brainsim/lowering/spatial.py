"""Kernel of the cable equation: one backward Euler step of v for all compartments and cells.

Input: `SpatialStateUpdater`. Output: a kernel. The matrix has the shape of the tree (see
model/spatial_cable.py): a loop sets up the conductances and the right-hand side, one goes from the
tips to the root, one back to the tips, and a last one stores. Cells lie side by side in memory, so
that the loops over cells are vectorised.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..codegen import build as b
from ..codegen.ir import Buffer, DType, Expr, Kernel, Load, LoopKind, Stmt
from ..model.morphology_geometry import MEASURES
from ..model.spatial import SpatialNeuron, SpatialStateUpdater
from ..model.variables import Array, ArrayVariable, aligned_copy, aligned_zeros
from ..records import dataclass
from .context import Context
from .scope import ElementScope


@dataclass(frozen=True, slots=True)
class _Matrix:
    """The buffers of the system, each with a value per node and cell unless it is about the tree.

    Args:
        outer: Nodes but the root, parents before children.
        inner: The parents of these.
        axial: Conductance between each node and its parent.
        outward: Conductance of a node to everything but its parent, then the part of the parent's
            v in the node's v.
        right: Right-hand side, then the rest of a node's v, then v.
    """

    outer: Buffer
    inner: Buffer
    axial: Buffer
    outward: Buffer
    right: Buffer


def lower_spatial_state_update(updater: SpatialStateUpdater, context: Context) -> Kernel:
    """Return the kernel that advances v by the cable equation."""
    group: SpatialNeuron = updater.group
    matrix = _matrix(updater, context)
    compartments = Load(context.size(group))
    body = [
        *_set_up(group, context, matrix, updater.name, compartments),
        *_branch_points(group, context, matrix, compartments),
        *_eliminate(group, context, matrix),
        *_substitute_back(group, context, matrix),
        *_store(group, context, matrix, compartments),
    ]
    title = f"advance v of '{group.name}' by the cable equation (backward Euler)"
    return Kernel(updater.name, title, tuple(body))


def _matrix(updater: SpatialStateUpdater, context: Context) -> _Matrix:
    group: SpatialNeuron = updater.group
    cable, owner = group.cable, updater.name
    size = cable.nodes * group.cells
    axial, outward, right = (aligned_zeros(size, np.float64) for _ in range(3))

    def refresh() -> int:
        shape = (group.compartments, group.cells)
        axial[:] = cable.axial(
            _values(group, "r_length_1").reshape(shape),
            _values(group, "r_length_2").reshape(shape),
            float(_values(group, "Ri")[0]),
        ).ravel()
        return 0

    context.refuse(
        group,
        [*MEASURES, "Ri"],
        "the conductances between compartments follow from it; change it in Python and write the "
        "program again",
    )
    # the numbers depend on what the user sets before a run
    context.constant(owner, "prepared", DType.I32, refresh)

    def buffer(name: str, array: Array, comment: str, *, is_constant: bool = True) -> Buffer:
        return context.buffer(
            owner, name, partial(_same, array), constant=is_constant, comment=comment
        )

    return _Matrix(
        outer=buffer("outer", aligned_copy(cable.outer, np.int64), "nodes, parents first"),
        inner=buffer("inner", aligned_copy(cable.inner, np.int64), "their parents"),
        axial=buffer("axial", axial, "S, from each node to its parent"),
        outward=buffer("outward", outward, "S, then a part of the parent", is_constant=False),
        right=buffer("right", right, "A, then V", is_constant=False),
    )


def _same(array: Array) -> Array:
    return array


def _values(group: SpatialNeuron, name: str) -> Array:
    variable = group.variables[name]
    assert isinstance(variable, ArrayVariable)  # noqa: S101 - parameters have memory
    return variable.values.astype(np.float64)


def _variable(group: SpatialNeuron, context: Context, name: str) -> Buffer:
    variable = group.variables[name]
    assert isinstance(variable, ArrayVariable)  # noqa: S101 - parameters have memory
    return context.variable(group, variable)


def _set_up(
    group: SpatialNeuron, context: Context, matrix: _Matrix, owner: str, stop: Expr
) -> list[Stmt]:
    """Return the loop over compartments that reads the membrane's currents."""
    index = b.index()
    scope = ElementScope(context, group, owner, index)
    gtot = scope.let("gtot", b.cast(scope.lower(group.membrane.gtot), DType.F64))
    inward = scope.let("inward", b.cast(scope.lower(group.membrane.inward), DType.F64))
    area, v = scope.read("area"), scope.read("v")
    capacity = scope.let("capacity", b.binary("/", scope.read("Cm"), b.DT))
    scope.block += [
        b.store(matrix.outward, index, b.mul(area, b.add(capacity, gtot))),
        b.store(matrix.right, index, b.mul(area, b.add(b.mul(capacity, v), inward))),
    ]
    return [*scope.prelude, b.loop(index, stop, scope.block)]


def _branch_points(
    group: SpatialNeuron, context: Context, matrix: _Matrix, first: Expr
) -> list[Stmt]:
    """Return the loop over nodes without membrane."""
    if group.cable.nodes == group.cable.n:
        return []
    index = b.index("node")
    body: list[Stmt] = [
        b.store(matrix.outward, index, b.const(0.0)),
        b.store(matrix.right, index, b.const(0.0)),
    ]
    return [b.loop(index, _count(group, context, "nodes"), body, start=first)]


def _count(group: SpatialNeuron, context: Context, what: str) -> Expr:
    counts = {
        "nodes": lambda: group.cable.nodes * group.cells,
        "links": lambda: len(group.cable.outer),
        "cells": lambda: group.cells,
    }
    return Load(context.constant(group.name, what, DType.I64, counts[what]))


def _eliminate(group: SpatialNeuron, context: Context, matrix: _Matrix) -> list[Stmt]:
    """Return the loop from the tips to the root, and the solution at the root."""
    links = _count(group, context, "links")
    k = b.index("k")
    link, let_link = b.let("link", b.sub(b.sub(links, b.const(1, DType.I64)), k))
    outer, let_outer = b.let("outer", b.load(matrix.outer, link))
    inner, let_inner = b.let("inner", b.load(matrix.inner, link))

    def one(cell: Expr | None) -> list[Stmt]:
        node, parent = _at(group, context, outer, cell), _at(group, context, inner, cell)
        axial, let_axial = b.let("axial", b.load(matrix.axial, node))
        outward, let_outward = b.let("outward", b.load(matrix.outward, node))
        right, let_right = b.let("right", b.load(matrix.right, node))
        total, let_total = b.let("total", b.add(outward, axial))
        part, let_part = b.let("part", b.binary("/", axial, total))
        return [
            *(let_axial, let_outward, let_right, let_total, let_part),
            # the two conductances in series, without the difference of large numbers that
            # elimination would take where axial is much larger than outward
            b.store(
                matrix.outward, parent, b.add(b.load(matrix.outward, parent), b.mul(part, outward))
            ),
            b.store(matrix.right, parent, b.add(b.load(matrix.right, parent), b.mul(part, right))),
            b.store(matrix.outward, node, part),
            b.store(matrix.right, node, b.binary("/", right, total)),
        ]

    def root(cell: Expr | None) -> list[Stmt]:
        node: Expr = b.const(0, DType.I64) if cell is None else cell
        value = b.binary("/", b.load(matrix.right, node), b.load(matrix.outward, node))
        return [b.store(matrix.right, node, value)]

    body = [let_link, let_outer, let_inner, *_for_cells(group, context, one)]
    return [
        b.loop(k, links, body, kind=LoopKind.SEQUENTIAL),
        *_for_cells(group, context, root),
    ]


def _substitute_back(group: SpatialNeuron, context: Context, matrix: _Matrix) -> list[Stmt]:
    """Return the loop from the root to the tips."""
    k = b.index("k")
    outer, let_outer = b.let("outer", b.load(matrix.outer, k))
    inner, let_inner = b.let("inner", b.load(matrix.inner, k))

    def one(cell: Expr | None) -> list[Stmt]:
        node, parent = _at(group, context, outer, cell), _at(group, context, inner, cell)
        from_parent = b.mul(b.load(matrix.outward, node), b.load(matrix.right, parent))
        return [b.store(matrix.right, node, b.add(b.load(matrix.right, node), from_parent))]

    body = [let_outer, let_inner, *_for_cells(group, context, one)]
    return [b.loop(k, _count(group, context, "links"), body, kind=LoopKind.SEQUENTIAL)]


def _at(group: SpatialNeuron, context: Context, node: Expr, cell: Expr | None) -> Expr:
    """Return the place of a node's value for a cell; for one cell that is the node."""
    if cell is None:
        return node
    return b.add(b.mul(node, _count(group, context, "cells")), cell)


def _for_cells(group: SpatialNeuron, context: Context, body: Any) -> list[Stmt]:
    """Return the statements for one cell, or a loop over cells."""
    if group.cells == 1:
        statements: list[Stmt] = body(None)
        return statements
    cell = b.index("cell")
    return [b.loop(cell, _count(group, context, "cells"), body(cell))]


def _store(group: SpatialNeuron, context: Context, matrix: _Matrix, stop: Expr) -> list[Stmt]:
    """Return the loop that stores v and the capacitive current, Cm (v' - v)/dt."""
    index = b.index()
    v, current = _variable(group, context, "v"), _variable(group, context, "Ic")
    capacity = b.load(_variable(group, context, "Cm"), index)
    new, let_new = b.let("new_v", b.load(matrix.right, index))
    change = b.sub(new, b.load(v, index))
    body: list[Stmt] = [
        let_new,
        b.store(current, index, b.binary("/", b.mul(capacity, change), b.DT)),
        b.store(v, index, new),
    ]
    return [b.loop(index, stop, body)]
