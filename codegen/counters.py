"""Counters: loops that fill a recording, made free of their order.

    for k in first..last:               base = rows
        row = rows                      for k in first..last:
        record[row] = ...        ->         row = base + (k - first)
        rows = row + 1                      record[row] = ...
                                        rows = base + (last - first)

A loop in which nothing else hangs together is then one whose iterations only meet in sums.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from . import build as b
from .ir import (
    Accumulate,
    Buffer,
    DType,
    Expr,
    For,
    If,
    Kernel,
    Let,
    Load,
    Local,
    LoopKind,
    Stmt,
    Store,
)
from .passes import Fresh
from .rewrite import effects, expressions, replace_body, statements, walk


def free_counters(kernel: Kernel) -> Kernel:
    """Return the kernel with loops that only count and record ACCUMULATING."""
    return replace_body(kernel, _block(kernel.body, Fresh(kernel, "base")))


def _block(body: Iterable[Stmt], fresh: Fresh) -> tuple[Stmt, ...]:
    done: list[Stmt] = []
    for stmt in body:
        if isinstance(stmt, If):
            done.append(replace(stmt, body=_block(stmt.body, fresh)))
        elif isinstance(stmt, For) and stmt.kind is LoopKind.SEQUENTIAL:
            done += _freed(stmt, fresh)
        else:
            done.append(stmt)
    return tuple(done)


def _freed(loop: For, fresh: Fresh) -> list[Stmt]:
    """Return a loop without its counters; the loop itself where something else has an order."""
    if loop.index.dtype is not DType.I64:
        return [loop]
    counters = {
        stmt.local: stmt.value.buffer
        for stmt in loop.body
        if isinstance(stmt, Let) and isinstance(stmt.value, Load) and _counts(loop, stmt)
    }
    if not counters or not _only_records(loop, counters):
        return [loop]
    passed = b.sub(loop.index, loop.start)
    number = b.select(
        b.compare(">", loop.stop, loop.start), b.sub(loop.stop, loop.start), b.const(0, DType.I64)
    )
    before: list[Stmt] = []
    behind: list[Stmt] = []
    values: dict[Local, Expr] = {}
    for row, counter in counters.items():
        base = fresh.local(DType.I64)
        before.append(Let(base, Load(counter)))
        values[row] = b.add(base, passed)
        behind.append(Store(counter, None, b.add(base, number)))
    body = [
        Let(stmt.local, values[stmt.local])
        if isinstance(stmt, Let) and stmt.local in values
        else stmt
        for stmt in loop.body
        if not (isinstance(stmt, Store) and stmt.buffer in counters.values())
    ]
    return [*before, replace(loop, body=tuple(body), kind=LoopKind.ACCUMULATING), *behind]


def _counts(loop: For, row: Let) -> bool:
    """Whether a local of the loop is a counter that every iteration raises by one."""
    if not isinstance(row.value, Load) or row.value.index is not None:
        return False
    counter = row.value.buffer
    raised = Store(counter, None, b.add(row.local, b.const(1, DType.I64)))
    loads = [buffer for stmt in statements(loop.body) for buffer in _loaded(stmt)]
    stores = [stmt for stmt in statements(loop.body) if counter in effects((stmt,)).writes]
    simple = raised in loop.body and stores == [raised] and loads.count(counter) == 1
    return (
        counter.dtype is DType.I64
        and simple
        and counter not in set(_loaded(replace(loop, body=())))
    )


def _only_records(loop: For, counters: dict[Local, Buffer]) -> bool:
    """Whether all that the loop stores, apart from sums, stands at a counter's value."""
    inner = list(statements(loop.body))
    if not all(isinstance(stmt, Let | If | Store | Accumulate) for stmt in inner):
        return False
    stores = [s for s in inner if isinstance(s, Store) and s.buffer not in counters.values()]
    rows: dict[Buffer, Expr | None] = {}
    if any(
        rows.setdefault(s.buffer, s.index) != s.index or s.index not in counters for s in stores
    ):
        return False
    sums = {stmt.buffer for stmt in inner if isinstance(stmt, Accumulate)}
    loads = {buffer for stmt in inner for buffer in _loaded(stmt)} - set(counters.values())
    exact = all(not buffer.dtype.is_float for buffer in sums)
    return exact and not loads & (sums | set(rows)) and not sums & set(rows)


def _loaded(stmt: Stmt) -> list[Buffer]:
    nodes = [node for expr in expressions(stmt) for node in walk(expr)]
    return [node.buffer for node in nodes if isinstance(node, Load)]


__all__ = ["free_counters"]
