"""Counting events instead of adding weights one by one, where all events add the same.

Code such as `v_post += 0.1*mV` adds the same amount at every synapse. Where many events arrive in a
step it is quicker to count them per target, and to add the amount as often as that at once: counts
take half the memory of sums, and conditions such as "unless refractory" are evaluated once per
neuron instead of once per event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..codegen import build as b
from ..codegen.ir import (
    Accumulate,
    Buffer,
    Cast,
    Division,
    DType,
    Expr,
    For,
    If,
    Let,
    Load,
    Local,
    LoopKind,
    Random,
    Select,
    Stmt,
    Store,
)
from ..codegen.rewrite import bottom_up, expressions, locals_used, map_deep, statements, walk
from ..model.pathways import SynapticPathway
from ..model.subgroup import whole_of
from ..model.synapses import Synapses
from ..model.variables import Array, aligned_zeros
from ..records import dataclass
from .context import Context
from .parts import place_of

# events per target in a step from which on counting is quicker: to look at a target costs about as
# much as half an event (measured for conditional additions)
_FEW = 0.5


@dataclass(frozen=True, slots=True)
class Additions:
    """What every event adds: the same amount, to variables of its target.

    Args:
        target: Binds the local that holds the target's number.
        block: What an event does, apart from finding out its target.
    """

    target: Let
    block: tuple[Stmt, ...]


def equal_additions(block: list[Stmt], place: Local, mine: Expr) -> Additions | None:
    """Return what the code of a pathway adds, if it only adds, and the same at all synapses.

    Args:
        block: The code for one synapse.
        place: Where the synapse stands.
        mine: The neuron that triggers the code.
    """
    if not block or not isinstance(block[0], Let):
        return None
    find, rest = block[0], block[1:]
    sums = [stmt for stmt in statements(rest) if isinstance(stmt, Accumulate)]
    if not sums or not all(isinstance(stmt, Let | If | Accumulate) for stmt in statements(rest)):
        return None
    used = locals_used(find.value)
    if place.name not in used or _mentioned(rest) & (used | locals_used(mine)):
        return None
    of_target = _depending(rest, find.local.name)
    if any(stmt.index is None or locals_used(stmt.value) & of_target for stmt in sums):
        return None
    summed = {stmt.buffer for stmt in sums}
    if any(_changes(expr, summed) for stmt in statements(rest) for expr in expressions(stmt)):
        return None
    return Additions(find, tuple(rest))


def _mentioned(block: list[Stmt]) -> set[str]:
    """Return the names of the locals that statements use."""
    used = (locals_used(expr) for stmt in statements(block) for expr in expressions(stmt))
    return set().union(*used)


def _depending(block: list[Stmt], name: str) -> set[str]:
    """Return a local and those bound to values that depend on it."""
    found = {name}
    for stmt in statements(block):
        if isinstance(stmt, Let) and locals_used(stmt.value) & found:
            found.add(stmt.local.name)
    return found


def _changes(expr: Expr, summed: set[Buffer]) -> bool:
    """Return whether an expression may differ between two events of a step at one target."""
    return any(
        isinstance(node, Random) or (isinstance(node, Load) and node.buffer in summed)
        for node in walk(expr)
    )


def event_counts(context: Context, pathway: SynapticPathway) -> Buffer:
    """Return the buffer with the number of events at each target, zero between kernels.

    It has an element for each neuron of the whole, in case the target is a subgroup.
    """
    whole = whole_of(pathway.target)
    return context.buffer(
        pathway.name,
        "events",
        _zeros(whole.size),
        comment="events at each target, zero when all have been added",
    )


def _zeros(n: int) -> Callable[[], Array]:
    array = aligned_zeros(n, np.int32)
    return lambda: array


def many_events(context: Context, pathway: SynapticPathway, spikes: Expr) -> Expr:
    """Return the condition that so many spikes reach most targets.

    Args:
        context: The lowering.
        pathway: The pathway.
        spikes: Number of spikes due in this step.
    """
    synapses: Synapses = pathway.group
    enough = context.constant(
        pathway.name,
        "many",
        DType.I64,
        lambda: int(_FEW * len(pathway.target) * len(pathway.triggering) / max(len(synapses), 1)),
        "spikes from which on events are counted",
    )
    return b.compare(">", spikes, Load(enough))


def count_event(
    context: Context, pathway: SynapticPathway, additions: Additions, counts: Buffer
) -> list[Stmt]:
    """Return the code that counts an event at one synapse."""
    target = additions.target
    place = place_of(context, pathway.target, target.local)
    return [target, Accumulate(counts, place, b.const(1, DType.I32))]


def add_counted(
    context: Context, pathway: SynapticPathway, additions: Additions, counts: Buffer
) -> For:
    """Return the loop over targets that adds what their events add, and sets the counts back."""
    found = additions.target.local
    j, number = b.index("j"), Local("number", DType.I32)
    size, place = Load(context.size(pathway.target)), place_of(context, pathway.target, j)
    block = tuple(map_deep(stmt, _with_index(found, j)) for stmt in additions.block)
    if any(found.name in locals_used(e) for stmt in statements(block) for e in expressions(stmt)):
        block = (Let(found, b.cast(j, found.dtype)), *block)
    body: list[Stmt] = [
        Let(number, b.load(counts, place)),
        *_times(block, number),
        Store(counts, place, b.const(0, DType.I32)),
    ]
    division = Division(Load(context.size(whole_of(pathway.target))), place)
    return b.loop(j, size, body, kind=LoopKind.INDEPENDENT, division=division)


def _with_index(target: Local, j: Local) -> Callable[[Expr], Expr]:
    """Return what puts the loop's index for the target wherever something is looked up.

    An index that went through a narrower type would keep the loop from being vectorised.
    """

    def looked_up(expr: Expr) -> Expr:
        match expr:
            case Cast(operand=Local(name=name), dtype=DType.I64) if name == target.name:
                return j
            case Load(index=Local(name=name)) if name == target.name:
                return replace(expr, index=j)
            case _:
                return expr

    replaced = bottom_up(looked_up)

    def whole(expr: Expr) -> Expr:
        # the index of a statement is an expression of its own
        return j if expr == target else replaced(expr)

    return whole


def _times(block: tuple[Stmt, ...], number: Local, condition: Expr = b.TRUE) -> list[Stmt]:
    """Return statements with every addition done as often as `number` says.

    Args:
        block: Locals, conditions and additions.
        number: How often.
        condition: Where; a choice of values rather than a branch, so that loops are vectorised.
    """
    done: list[Stmt] = []
    for stmt in block:
        match stmt:
            case If():
                done += _times(stmt.body, number, b.both(condition, stmt.condition))
            case Accumulate():
                old = Load(stmt.buffer, stmt.index)
                amount = b.mul(stmt.value, b.cast(number, stmt.value.dtype))
                some = b.both(condition, b.compare(">", number, b.const(0, DType.I32)))
                new = Select(some, b.add(old, amount), old, old.dtype)
                done.append(Store(stmt.buffer, stmt.index, new))
            case _:
                done.append(stmt)
    return done
