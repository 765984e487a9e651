"""Tiles: passes over the same elements are done for one stretch of them after the other.

A kernel that fills an array with variates, advances the state, stores flags and lists them goes
over its elements several times. Elements by the million do not stay in a cache from one pass to the
next; a thousand of them do. What is only handed from pass to pass needs no memory beyond the tile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .ir import (
    Accumulate,
    Buffer,
    Compact,
    Const,
    Division,
    DType,
    Fill,
    For,
    If,
    Kernel,
    Let,
    Load,
    Local,
    LoopKind,
    Stmt,
    Store,
    Tiles,
)
from .rewrite import (
    effects,
    expressions,
    foreign_functions,
    locals_bound,
    locals_used,
    rename_locals,
    replace_body,
    statements,
    walk,
)

# a pass over the elements 0 .. stop - 1
Pass = For | Fill | Compact


def tile_loops(kernel: Kernel, private: frozenset[Buffer]) -> Kernel:
    """Return the kernel with successive passes over the same elements made tile by tile.

    Args:
        kernel: The kernel.
        private: Buffers that no other kernel uses.
    """
    out: list[Stmt] = []
    group: list[Pass] = []

    def close() -> None:
        out.extend(_tiled(kernel, group, private) if len(group) > 1 else group)
        group.clear()

    for stmt in kernel.body:
        if isinstance(stmt, For | Fill | Compact) and _is_pass(stmt):
            if not all(_may_join(earlier, stmt) for earlier in group):
                close()
            group.append(stmt)
        elif isinstance(stmt, Let) and _is_apart(stmt, group):
            out.append(stmt)  # before the passes
        else:
            close()
            out.append(stmt)
    close()
    return replace_body(kernel, out)


def _is_pass(stmt: Pass) -> bool:
    if stmt.start != Const(0, stmt.start.dtype):
        return False
    if locals_used(stmt.stop) or not isinstance(stmt.stop, Load) or stmt.stop.index is not None:
        return False
    if isinstance(stmt, Fill | Compact):
        return True
    apart = all(function.stateless for function in foreign_functions(stmt.body))
    return stmt.kind is LoopKind.INDEPENDENT and stmt.index.dtype is DType.I64 and apart


def _is_apart(let: Let, group: Sequence[Pass]) -> bool:
    """Whether a local may as well be bound before the passes."""
    written = set(effects(group).writes)
    loaded = {node.buffer for node in walk(let.value) if isinstance(node, Load)}
    return not written & loaded and not locals_used(let.value) & locals_bound(group)


def _may_join(one: Pass, two: Pass) -> bool:
    """Whether two passes may be done tile by tile: they meet in a buffer only at equal indices."""
    if one.stop != two.stop or locals_bound((one,)) & _outer_locals(two):
        return False
    if not _same_place(one, two):
        return False
    first, second = effects((one,)), effects((two,))
    shared = (set(first.writes) & set(second.buffers)) | (set(second.writes) & set(first.buffers))
    return all(own for part in (one, two) for buffer, own in accesses(part) if buffer in shared)


def _outer_locals(stmt: Pass) -> frozenset[str]:
    """Return the locals that a pass takes from around it."""
    used = frozenset[str]().union(
        *(locals_used(e) for s in statements((stmt,)) for e in expressions(s))
    )
    return used - locals_bound((stmt,))


def _same_place(one: Pass, two: Pass) -> bool:
    """Whether loops that can be shared out are shared out alike."""
    divisions = [_division(part) for part in (one, two) if isinstance(part, For)]
    return len(divisions) < 2 or divisions[0] == divisions[1]


def _division(loop: For, index: str = "low") -> Division | None:
    """Return the division of a loop in terms of another index."""
    (renamed,) = rename_locals((replace(loop, body=()),), {loop.index.name: index})
    assert isinstance(renamed, For)  # noqa: S101 - it was one
    return renamed.division


def accesses(stmt: Pass) -> Iterator[tuple[Buffer, bool]]:
    """Yield the buffers that a pass touches, and whether at the present element only."""
    match stmt:
        case Fill():
            yield stmt.buffer, True
            yield from ((buffer, False) for buffer in effects((stmt,)).reads)
        case Compact():
            yield stmt.flags, True
            yield from ((buffer, False) for buffer in effects((stmt,)).writes)
        case For():
            for inner in statements(stmt.body):
                if isinstance(inner, Store | Accumulate):
                    yield inner.buffer, inner.index == stmt.index
                for expr in expressions(inner):
                    for node in walk(expr):
                        if isinstance(node, Load):
                            yield node.buffer, node.index == stmt.index


def _tiled(kernel: Kernel, group: Sequence[Pass], private: frozenset[Buffer]) -> list[Stmt]:
    low, high = (Local(_fresh(kernel, name), DType.I64) for name in ("low", "high"))
    body = tuple(replace(stmt, start=low, stop=high) for stmt in group)
    outside = effects(stmt for stmt in kernel.body if stmt not in group).buffers
    scratch = [
        buffer
        for buffer in effects(group).writes
        if buffer.scratch and buffer in private and buffer not in outside
    ]
    scratch = [buffer for buffer in scratch if _is_set_first(buffer, group)]
    divisions = [_division(stmt, low.name) for stmt in group if isinstance(stmt, For)]
    division = divisions[0] if divisions else None
    return [Tiles(low, high, group[0].start, group[0].stop, body, tuple(scratch), division)]


def _fresh(kernel: Kernel, name: str) -> str:
    taken = locals_bound(kernel.body)
    while name in taken:
        name += "_"
    return name


def _is_set_first(buffer: Buffer, group: Sequence[Pass]) -> bool:
    """Whether every element of a buffer is stored before it is loaded, and only at its index."""
    if not all(own for stmt in group for touched, own in accesses(stmt) if touched == buffer):
        return False
    first = next(stmt for stmt in group if buffer in effects((stmt,)).buffers)
    if isinstance(first, Fill):
        return True
    for stmt in first.body if isinstance(first, For) else ():
        loads = effects((stmt,)).reads
        if buffer in loads or isinstance(stmt, For | If):
            return False
        if isinstance(stmt, Store) and stmt.buffer == buffer:
            return True
    return False


def only_in_one(kernels: Sequence[Kernel]) -> frozenset[Buffer]:
    """Return the buffers that a single one of the kernels uses."""
    seen: set[Buffer] = set()
    twice: set[Buffer] = set()
    for kernel in kernels:
        touched = set(effects(kernel.body).buffers)
        twice |= seen & touched
        seen |= touched
    return frozenset(seen - twice)


__all__ = ["accesses", "only_in_one", "tile_loops"]
