"""Loops over the synapses of one neuron, in each form in which a row of them may be stored.

    as they are    for synapse in rows[r]..rows[r + 1]
    intervals      likewise; their targets are consecutive, so post = synapse + shift, not loaded
    listed         for k in rows[r]..rows[r + 1]: synapse = synapses[k]
    strided        for source in 0..number of sources: synapse = source * step + base

Where each synapse of a row is known to have another neuron, the loop over the row is free to go on
in any order or side by side, although different rows meet in the same neurons.
"""

from __future__ import annotations

from ..codegen import build as b
from ..codegen.ir import (
    Accumulate,
    Binary,
    Buffer,
    Cast,
    Compact,
    Const,
    DType,
    Expr,
    Fill,
    For,
    Let,
    Load,
    Local,
    LoopKind,
    Stmt,
    Store,
)
from ..codegen.rewrite import expressions, locals_bound, locals_used, statements, walk
from ..model.pathways import SynapticPathway
from .context import Context
from .sharing import interval_division, row_division
from .synapses import SynapseScope

_SHIFT, _BASE = Local("shift", DType.I64), Local("base", DType.I64)
_SOURCE = Local("source", DType.I64)


def scope_in_row(
    context: Context, pathway: SynapticPathway, place: Local, mine: Expr
) -> SynapseScope:
    """Return the scope of a synapse in the row of its triggering neuron `mine`."""
    ends = ends_in_row(pathway, mine)
    scope = SynapseScope(context, pathway.group, pathway.name, place, **ends)
    reserve_names(scope)
    return scope


def ends_in_row(pathway: SynapticPathway, mine: Expr) -> dict[str, Expr]:
    """Return what `SynapseScope` is to know of a synapse in the row of its triggering neuron."""
    ends: dict[str, Expr] = {pathway.side: mine}
    if _is_strided(pathway):
        ends["pre"] = _SOURCE
    elif _is_interval(pathway):
        ends["shift"] = _SHIFT
    return ends


def reserve_names(scope: SynapseScope) -> None:
    """Let no local of the code have the name of one that loops over rows bind."""
    for local in (_SHIFT, _BASE, _SOURCE):
        scope.fresh(local.name)


def loop_over_row(
    context: Context,
    pathway: SynapticPathway,
    mine: Expr,
    place: Local,
    body: list[Stmt],
    kind: LoopKind,
) -> list[Stmt]:
    """Return the loop over the synapses of one neuron (with one delay, where they differ)."""
    kind = _kind_within(pathway, body, place, kind)
    row, before = _row(context, pathway, mine)
    offsets = context.buffer(
        pathway.name,
        "rows",
        lambda: pathway.table().offsets,
        comment="first synapse of each neuron" + (" and delay" * pathway.split),
    )
    start, stop = b.load(offsets, row), b.load(offsets, b.add(row, b.const(1, DType.I64)))
    if _is_strided(pathway):
        step, low = _stride(context, pathway)
        synapse = b.add(b.mul(_SOURCE, step), _BASE)
        before.append(Let(_BASE, b.sub(row, low)))
        division = row_division(context, pathway, _SOURCE, offsets, synapse)
        body, count = [Let(place, synapse), *body], b.sub(stop, start)
        return [*before, b.loop(_SOURCE, count, body, kind=kind, division=division)]
    listed, synapse = place, place
    if pathway.table().synapses is not None:
        listed = b.index("k")
        order = context.buffer(
            pathway.name,
            "synapses",
            pathway.order_of_events,
            comment="synapses in the order of their events",
        )
        synapse = b.cast(b.load(order, listed), DType.I64)
        body = [Let(place, synapse), *body]
    if _is_interval(pathway):
        before.append(Let(_SHIFT, b.load(_shifts(context, pathway), mine)))
        division = interval_division(context, pathway.group, place, _SHIFT)
    else:
        division = row_division(context, pathway, listed, offsets, synapse)
    return [*before, b.loop(listed, stop, body, start=start, kind=kind, division=division)]


def _row(context: Context, pathway: SynapticPathway, mine: Expr) -> tuple[Local, list[Stmt]]:
    """Return the number of a neuron's row, and what binds it."""
    row = b.cast(mine, DType.I64)
    if pathway.split:
        count = context.constant(
            pathway.name, "delays", DType.I64, lambda: pathway.table().count, "number of delays"
        )
        row = b.add(b.mul(row, Load(count)), Local("delay", DType.I64))
    local, let_row = b.let("row", row)
    return local, [let_row]


def _is_strided(pathway: SynapticPathway) -> bool:
    return pathway.table().stride is not None


def _is_interval(pathway: SynapticPathway) -> bool:
    """Return whether the synapses of a source have consecutive places and targets."""
    consecutive = pathway.group.connectivity.intervals is not None
    return pathway.side == "pre" and consecutive and pathway.table().synapses is None


def _stride(context: Context, pathway: SynapticPathway) -> tuple[Expr, Expr]:
    """Return the distance of two synapses onto one target, and the first target."""

    def step() -> int:
        stride = pathway.table().stride
        return 0 if stride is None else stride.step

    def low() -> int:
        stride = pathway.table().stride
        return 0 if stride is None else stride.low

    return (
        Load(context.constant(pathway.name, "step", DType.I64, step, "distance of synapses")),
        Load(context.constant(pathway.name, "low", DType.I64, low, "first target")),
    )


def _shifts(context: Context, pathway: SynapticPathway) -> Buffer:
    synapses = pathway.group
    return context.buffer(
        synapses.name,
        "shifts",
        lambda: synapses.connectivity.intervals.shifts,
        comment="target of a synapse minus its place",
    )


# ------------------------------------------------------------------------ what loops may promise


def _kind_within(
    pathway: SynapticPathway, body: list[Stmt], place: Local, kind: LoopKind
) -> LoopKind:
    """Return what the loop over one row may promise, given what that over all events may.

    It is INDEPENDENT where every synapse of a row has a neuron of its own and everything written
    belongs to the synapse or to that neuron, and is not read of another one.
    """
    if _is_strided(pathway):
        apart = _same_for_each(body, {place.name, _SOURCE.name})
    else:
        apart = _is_interval(pathway) and _same_for_each(body, {place.name, "post"})
    return LoopKind.INDEPENDENT if apart else kind


def _same_for_each(body: list[Stmt], own: set[str]) -> bool:
    """Return whether iterations touch elements of their own in every buffer that they write."""
    written: dict[Buffer, Expr | None] = {}
    inside = locals_bound(body)
    for stmt in statements(body):
        if isinstance(stmt, For | Compact | Fill):
            return False
        if isinstance(stmt, Store | Accumulate):
            if stmt.index is None or not _is_own(stmt.index, own, inside):
                return False
            if written.setdefault(stmt.buffer, stmt.index) != stmt.index:
                return False
    loads = [
        node
        for stmt in statements(body)
        for expr in expressions(stmt)
        for node in walk(expr)
        if isinstance(node, Load)
    ]
    return all(written.get(load.buffer, load.index) == load.index for load in loads)


def _is_own(index: Expr, own: set[str], inside: frozenset[str]) -> bool:
    """Return whether an index is another one in each iteration: `post`, or `post + start`."""
    match index:
        case Local(name=name):
            return name in own
        case Cast(operand=operand):
            return _is_own(operand, own, inside)
        case Binary(op="+" | "-", left=left, right=right):
            fixed = isinstance(right, Const | Load) and locals_used(right).isdisjoint(inside | own)
            return fixed and _is_own(left, own, inside)
        case _:
            return False
