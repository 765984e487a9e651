"""Splitting loops, so that what can be vectorised is not held up by what cannot.

Flags: a vectoriser that meets a store of one byte in a loop over doubles takes as many elements at
once as fill a vector of bytes, eight times as many as it has registers for. In a loop with much
arithmetic everything then spills. A second, light loop over the same elements costs less.

Scatters: additions to elements that iterations share are done one by one, and everything in the
same loop with them. Alone, the rest is as quick as a state update.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .ir import (
    Accumulate,
    Binary,
    Call,
    DType,
    Expr,
    For,
    ForeignCall,
    If,
    Kernel,
    Let,
    Load,
    LoopKind,
    Select,
    Stmt,
    Store,
)
from .rewrite import (
    expressions,
    foreign_functions,
    locals_used,
    replace_body,
    walk,
    without_unused,
)

# in simple operations per element; below, all of a loop stays in registers (measured: 12 for an
# integrate-and-fire neuron, which splitting makes slower, 250 for Hodgkin-Huxley)
HEAVY = 60
_WEIGHTS = {"/": 4, "//": 10, "%": 10, "**": 40}
_CALL = 12


def split_flags(kernel: Kernel) -> Kernel:
    """Store flags in a loop of their own: `v[i] = ...; flag[i] = v[i] > 1` becomes two loops."""
    body: list[Stmt] = []
    for stmt in kernel.body:
        body += _split(stmt) if isinstance(stmt, For) else [stmt]
    return replace_body(kernel, body)


def split_scatters(kernel: Kernel) -> Kernel:
    """Scatter in a loop of its own: `g[j] += w; a *= exp(d)` over synapses becomes two loops.

    Additions to elements that several iterations share cannot be vectorised, and keep what stands
    beside them from it. What is left without them is INDEPENDENT.
    """
    return replace_body(kernel, _split_inner(kernel.body))


def _split_inner(body: Iterable[Stmt]) -> tuple[Stmt, ...]:
    out: list[Stmt] = []
    for stmt in body:
        if isinstance(stmt, If) or (
            isinstance(stmt, For) and any(isinstance(s, For | If) for s in stmt.body)
        ):
            out.append(replace(stmt, body=_split_inner(stmt.body)))
        elif isinstance(stmt, For):
            out += _split_scatter(stmt)
        else:
            out.append(stmt)
    return tuple(out)


def _split_scatter(loop: For) -> list[Stmt]:
    if loop.kind is not LoopKind.ACCUMULATING:
        return [loop]
    scatters = [stmt for stmt in loop.body if isinstance(stmt, Accumulate)]
    rest = without_unused([stmt for stmt in loop.body if not isinstance(stmt, Accumulate)])
    if not scatters or weight(rest) < _CALL or not all(isinstance(s, Let | Store) for s in rest):
        return [loop]
    light = _slice(list(scatters), loop.body)
    summed = {stmt.buffer for stmt in scatters}
    if any(summed & (_loaded(s) | ({s.buffer} if isinstance(s, Store) else set())) for s in rest):
        return [loop]
    parts: list[Stmt] = [
        replace(loop, body=tuple(light)),
        replace(loop, body=rest, kind=LoopKind.INDEPENDENT),
    ]
    if _sees_no_store(light, loop.body, earlier=True):
        return parts
    return parts[::-1] if _sees_no_store(light, loop.body, earlier=False) else [loop]


def _sees_no_store(part: list[Stmt], body: tuple[Stmt, ...], *, earlier: bool) -> bool:
    """Whether what a part loads is not stored by what precedes (or follows) it in the body."""
    moved = {id(stmt) for stmt in part}
    for place, stmt in enumerate(body):
        if id(stmt) in moved:
            others = body[:place] if earlier else body[place + 1 :]
            stored = {other.buffer for other in others if isinstance(other, Store)}
            if stored & _loaded(stmt):
                return False
    return True


def weight(body: Iterable[Stmt]) -> int:
    """Return about how many simple operations an element costs."""
    return sum(_cost(node) for stmt in body for expr in expressions(stmt) for node in walk(expr))


def _cost(node: Expr) -> int:
    match node:
        case Call() | ForeignCall():
            return _CALL
        case Binary(op=op):
            return _WEIGHTS.get(op, 1)
        case Select():
            return 1
        case _:
            return 0


def _split(loop: For) -> list[Stmt]:
    simple = all(isinstance(stmt, Let | Store) for stmt in loop.body) and all(
        function.stateless for function in foreign_functions(loop.body)
    )
    if loop.kind is not LoopKind.INDEPENDENT or not simple or weight(loop.body) < HEAVY:
        return [loop]
    flags = [stmt for stmt in loop.body if _is_flag(stmt)]
    later = [stmt for stmt in flags if _can_wait(stmt, loop.body)]
    light = _slice(later, loop.body)
    if not later or weight(light) > weight(loop.body) // 4:
        return [loop]
    heavy = [stmt for stmt in loop.body if not any(stmt is flag for flag in later)]
    return [replace(loop, body=without_unused(heavy)), replace(loop, body=tuple(light))]


def _is_flag(stmt: Stmt) -> bool:
    return isinstance(stmt, Store) and stmt.buffer.dtype in {DType.BOOL, DType.U8}


def _slice(stores: list[Stmt], body: tuple[Stmt, ...]) -> list[Stmt]:
    """Return the stores and the locals they need, in the order of the body."""
    needed: set[str] = set()
    kept: list[Stmt] = []
    for stmt in reversed(body):
        is_store = any(stmt is store for store in stores)
        if is_store or (isinstance(stmt, Let) and stmt.local.name in needed):
            kept.insert(0, stmt)
            needed |= _names(stmt)
    return kept


def _names(stmt: Stmt) -> frozenset[str]:
    return frozenset[str]().union(*(locals_used(expr) for expr in expressions(stmt)))


def _can_wait(flag: Stmt, body: tuple[Stmt, ...]) -> bool:
    """Whether a store gives the same when it and what it needs come after the whole body.

    What it loads must not be stored later on, and nobody but other flags may load what it stores.
    """
    slice_of_flag = _slice([flag], body)
    moved = {id(stmt) for stmt in slice_of_flag}
    for place, stmt in enumerate(body):
        if id(stmt) in moved:
            stored = {later.buffer for later in body[place + 1 :] if isinstance(later, Store)}
            stored -= {flag.buffer} if isinstance(flag, Store) else set()
            if stored & _loaded(stmt):
                return False
    assert isinstance(flag, Store)  # noqa: S101 - `_is_flag` said so
    return not any(
        flag.buffer in _loaded(stmt)
        for stmt in body
        if not _is_flag(stmt) and id(stmt) not in moved
    )


def _loaded(stmt: Stmt) -> set[object]:
    return {
        node.buffer for expr in expressions(stmt) for node in walk(expr) if isinstance(node, Load)
    }
