"""Code that adds up effects ahead; see model/ahead.py.

A pathway's kernel walks the spikes of the present step and adds what each synapse contributes to
the sum for the step in which it is due. After the last of the pathways that add to one variable, a
kernel of its own adds the sums of the present step to the variable (arrivals.py).
"""

from __future__ import annotations

from collections.abc import Callable

from ..codegen import build as b
from ..codegen.ir import (
    Accumulate,
    Buffer,
    DType,
    Expr,
    If,
    Kernel,
    Load,
    Stmt,
    Store,
)
from ..codegen.rewrite import effects, expressions, statements, walk
from ..model.arrivals import Arrivals
from ..model.pathways import SynapticPathway
from ..model.spikes import SpikeSource
from ..model.variables import ArrayVariable
from .context import Context
from .sums import ArrivalSums


def sums_of(context: Context, pathway: SynapticPathway, target: Buffer) -> ArrivalSums:
    """Return the sums to which a pathway adds what a variable of its targets will get."""
    found = context.sums.open.get(target)
    if found is None or found.clock is not pathway.clock:
        found = context.sums.open[target] = _new_sums(context, pathway, target)
        context.sums.all.append(found)
    if pathway not in found.pathways:
        found.pathways.append(pathway)
    return found


def _new_sums(context: Context, pathway: SynapticPathway, target: Buffer) -> ArrivalSums:
    group = pathway.target.event_source
    variable = next(
        each
        for each in group.variables.values()
        if isinstance(each, ArrayVariable) and context.known(group, each) is target
    )
    arrivals = Arrivals(group.size, variable.dtype.value)
    name, number = f"{variable.name}_arriving", 1
    while (group.name, name) in context.buffers:
        number += 1
        name = f"{variable.name}_arriving_{number}"
    buffer = context.buffer(
        group.name, name, lambda: arrivals.sums, comment="sums due in the next steps"
    )
    length = context.constant(
        group.name, f"{name}_steps", DType.I64, lambda: arrivals.length, "rows of those sums"
    )
    size = context.size(group)
    return ArrivalSums(group, variable, pathway.clock, arrivals, buffer, length, size)


def closed_by(context: Context, kernel: Kernel) -> list[ArrivalSums]:
    """Return the sums that must have arrived before a kernel, which looks at the variable.

    One that only adds to the variable does not look at it.
    """
    writes = effects(kernel.body).writes
    looked_at = {
        *(stmt.buffer for stmt in statements(kernel.body) if isinstance(stmt, Store)),
        *(
            node.buffer
            for stmt in statements(kernel.body)
            for expr in expressions(stmt)
            for node in walk(expr)
            if isinstance(node, Load)
        ),
    }
    closed = [
        target
        for target, sums in context.sums.open.items()
        if target in looked_at or _gate(context, sums.group) in writes
    ]
    return [context.sums.open.pop(target) for target in closed]


def _gate(context: Context, group: SpikeSource) -> Buffer | None:
    """Return the buffer that says where protected variables may be changed."""
    gate = group.variables.get("not_refractory")
    return context.variable(group, gate) if isinstance(gate, ArrayVariable) else None


def added_ahead(
    context: Context,
    pathway: SynapticPathway,
    block: list[Stmt],
    delay: Expr,
    fresh: Callable[[str], str],
) -> list[Stmt]:
    """Return the code of an event, adding to sums instead of to variables.

    Args:
        context: The lowering.
        pathway: The pathway.
        block: What its code does at one synapse: additions, perhaps under conditions, which are
            those of the moment of arrival and looked at then.
        delay: Delay of the synapse in steps, int64.
        fresh: Gives names of locals that the code does not use.
    """
    done: list[Stmt] = []
    for stmt in block:
        match stmt:
            case If():
                done += added_ahead(context, pathway, list(stmt.body), delay, fresh)
            case Accumulate():
                done += _added(sums_of(context, pathway, stmt.buffer), stmt, delay, fresh)
            case _:
                done.append(stmt)
    return done


def _added(
    sums: ArrivalSums, stmt: Accumulate, delay: Expr, fresh: Callable[[str], str]
) -> list[Stmt]:
    assert stmt.index is not None  # noqa: S101 - shared variables are not added to ahead
    length, size = Load(sums.length), Load(sums.size)
    due, let_due = b.let(fresh("due"), b.add(b.binary("%", b.STEP, length), delay))
    back = b.select(b.compare(">=", due, length), b.sub(due, length), due)
    arrival, let_arrival = b.let(fresh("arrival"), back)
    place = b.add(b.mul(arrival, size), b.cast(stmt.index, DType.I64))
    return [let_due, let_arrival, b.accumulate(sums.buffer, place, stmt.value)]
