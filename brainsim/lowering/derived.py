"""Variables that follow from others are not stored in every step where no code reads them.

`not_refractory` follows from the step of the last spike, and `lastspike` is that step as a time.
While running, only the state update that computes them may need them. Where no other kernel and no
Python function reads them, they are computed once, when somebody outside looks: when the run ends,
and before a user's report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from ..codegen.ir import Buffer, Expr, For, If, Kernel, Load, Local, Stmt, Store
from ..codegen.rewrite import bottom_up, effects, map_expressions, replace_body
from ..program import PythonCall, ScheduledKernel
from .context import Context

Item = ScheduledKernel | PythonCall


def without_derived(items: Sequence[Item], context: Context) -> list[Item]:
    """Return the schedule without stores that only the outside would look at.

    Kernels that make up for them are added to those which the context has for the end of a run.
    """
    done = list(items)
    if any(isinstance(item, PythonCall) for item in items) or len(context.network.clocks()) > 1:
        return done
    for buffer, make_up in context.derived.items():
        forwarded = [_map(item, _forwarded, buffer) for item in done]
        kernels = [item.kernel for item in forwarded if isinstance(item, ScheduledKernel)]
        if any(buffer in _read(kernel) for kernel in (*kernels, *context.closing)):
            continue
        done = [_map(item, _without_stores, buffer) for item in forwarded]
        context.closing.append(make_up())
    return done


def _map(item: Item, change: Callable[[Kernel, Buffer], Kernel], buffer: Buffer) -> Item:
    if isinstance(item, PythonCall):
        return item
    return replace(item, kernel=change(item.kernel, buffer))


def _read(kernel: Kernel) -> tuple[Buffer, ...]:
    return effects(kernel.body).reads


def _forwarded(kernel: Kernel, buffer: Buffer) -> Kernel:
    """Return the kernel with the value just stored to an element instead of a load of it."""
    return replace_body(kernel, _forward(kernel.body, buffer, None))


def _forward(body: Iterable[Stmt], buffer: Buffer, known: Store | None) -> tuple[Stmt, ...]:
    out: list[Stmt] = []
    for stmt in body:
        new = map_expressions(stmt, bottom_up(partial(_look_up, known)))
        if isinstance(new, For | If):
            inside = None if isinstance(new, For) else known
            new = replace(new, body=_forward(new.body, buffer, inside))
            if buffer in effects(new.body).writes:
                known = None
        elif isinstance(new, Store) and new.buffer is buffer:
            known = new if isinstance(new.value, Local) else None
        out.append(new)
    return tuple(out)


def _look_up(known: Store | None, expr: Expr) -> Expr:
    """Return the value that an element is known to have, in the place of a load of it."""
    if known is None or not isinstance(expr, Load):
        return expr
    return known.value if expr == Load(known.buffer, known.index) else expr


def _without_stores(kernel: Kernel, buffer: Buffer) -> Kernel:
    """Return the kernel without its stores to a buffer."""
    return replace_body(kernel, _pruned(kernel.body, buffer))


def _pruned(body: Iterable[Stmt], buffer: Buffer) -> Iterable[Stmt]:
    for stmt in body:
        if isinstance(stmt, For | If):
            inner = tuple(_pruned(stmt.body, buffer))
            if inner or not stmt.body:
                yield replace(stmt, body=inner)
        elif not (isinstance(stmt, Store) and stmt.buffer is buffer):
            yield stmt
