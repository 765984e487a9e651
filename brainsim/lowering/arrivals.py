"""The kernel that adds what arrives in a step; see ahead.py."""

from __future__ import annotations

from ..codegen import build as b
from ..codegen.ir import Kernel, Load, Select, Stmt, Store
from .context import Context
from .scope import ElementScope
from .sums import ArrivalSums


def lower_arrivals(sums: ArrivalSums, context: Context) -> Kernel:
    """Return the kernel that adds what is due in this step to the variable."""
    context.clock = sums.clock
    i = b.index()
    scope = ElementScope(context, sums.group, sums.buffer.name, i)
    target = context.variable(sums.group, sums.variable)
    begin, let_begin = b.let(
        "begin", b.mul(b.binary("%", b.STEP, Load(sums.length)), Load(sums.size))
    )
    place = b.add(begin, i)
    old = Load(target, i)
    new = b.add(old, b.load(sums.buffer, place))
    if sums.group.is_protected(sums.variable.name):
        new = Select(scope.read("not_refractory"), new, old, old.dtype)
    body: list[Stmt] = [
        *scope.block,
        Store(target, i, new),
        b.store(sums.buffer, place, b.const(0.0)),
    ]
    title = f"what arrives at '{sums.variable.name}' of '{sums.group.name}'"
    return Kernel(f"{sums.buffer.name}_now", title, (let_begin, b.loop(i, Load(sums.size), body)))
