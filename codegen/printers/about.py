"""What a kernel uses: buffers, fields of the clock, and the lines above its text that say so."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ..ir import (
    Buffer,
    Clock,
    ClockField,
    Compact,
    Expr,
    Fill,
    Kernel,
    Part,
    Random,
    Stmt,
)
from ..rewrite import effects, expressions, foreign_functions, own_buffers, statements, walk
from .layout import WIDTH
from .names import comment_text, safe


def all_nodes(body: Iterable[Stmt]) -> Iterable[Expr]:
    """Yield every node of every expression in the statements."""
    for stmt in statements(body):
        for expr in expressions(stmt):
            yield from walk(expr)


def kernel_buffers(kernel: Kernel) -> tuple[Buffer, ...]:
    """Return the buffers of a kernel in the order of its `buffers` argument."""
    own = own_buffers(kernel.body)
    return tuple(buffer for buffer in effects(kernel.body).buffers if buffer not in own)


def uses_share(kernel: Kernel) -> bool:
    """Return whether a kernel asks which share of the work it is to do."""
    return any(isinstance(node, Part) for node in all_nodes(kernel.body)) or any(
        isinstance(stmt, Compact) and stmt.lengths is not None for stmt in statements(kernel.body)
    )


def banner(kernel: Kernel) -> list[str]:
    """Return the title, in one or more lines, and what `touched` gives."""
    return [*textwrap.wrap(comment_text(kernel.title), WIDTH - 5), *touched(kernel)]


def touched(kernel: Kernel) -> list[str]:
    """Return lines such as "updates neurons_v: membrane potential, V"."""
    found = effects(kernel.body)
    functions = {function.python for function in foreign_functions(kernel.body)}
    lines = []
    for buffer in kernel_buffers(kernel):
        if buffer in functions:
            continue
        read, written = buffer in found.reads, buffer in found.writes
        verb = "updates" if read and written else "reads  " if read else "writes "
        what = comment_text(buffer.comment)
        lines.append(f"{verb} {safe(buffer.name)}" + (f": {what}" if what else ""))
    return lines


def clock_fields(kernel: Kernel) -> list[ClockField]:
    """Return the fields of the clock which the kernel uses, in a fixed order."""
    nodes = list(all_nodes(kernel.body))
    used = {node.field for node in nodes if isinstance(node, Clock)}
    if any(isinstance(node, Random) for node in nodes) or any(
        isinstance(stmt, Fill) for stmt in statements(kernel.body)
    ):
        used.add("step")
    fields: tuple[ClockField, ...] = ("step", "relative_step", "t", "dt")
    return [field for field in fields if field in used]
