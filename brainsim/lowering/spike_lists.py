"""The lists of past spikes: how kernels write and walk them; see `SpikeRing`."""

from __future__ import annotations

from collections.abc import Callable

from ..codegen import build as b
from ..codegen.ir import (
    LENGTH_STRIDE,
    MAX_SHARES,
    Buffer,
    Compact,
    Division,
    DType,
    Expr,
    Join,
    Let,
    Load,
    Local,
    Stmt,
)
from ..model.spikes import SpikeSource
from .context import Context
from .scope import Scope


class SpikeList:
    """The list of a ring that belongs to one step.

    Args:
        context: The lowering.
        source: The group that holds the ring.
        event: Name of the event.
    """

    def __init__(self, context: Context, source: SpikeSource, event: str) -> None:
        ring = source.rings[event]
        self.items = context.buffer(
            source.name,
            f"{event}_list",
            lambda: ring.items,
            comment=f"{event}s of the latest steps",
        )
        self.counts = context.buffer(
            source.name, f"{event}_count", lambda: ring.counts, comment="length of each list"
        )
        self.latest = context.buffer(
            source.name, f"{event}_step", lambda: ring.latest, scalar=True, comment="of that list"
        )
        self.mask = context.constant(
            source.name, f"{event}_mask", DType.I64, lambda: ring.length - 1, "lists kept, less one"
        )
        self.size = context.size(source)

    def row(self, delay: Expr | None = None) -> Expr:
        """Return the row of the step that lies `delay` steps back."""
        step = b.STEP if delay is None else b.sub(b.STEP, delay)
        return b.binary("&", step, Load(self.mask))

    def start(self, row: Expr) -> Expr:
        """Return where the list of a row starts."""
        return b.mul(row, Load(self.size))

    def opened(self, delay: Expr | None = None, name: str = "line") -> list[Stmt]:
        """Return the statements that bind a row, and the bounds `first` and `last` of its list."""
        row, let_row = b.let(name, self.row(delay))
        first, let_first = b.let("first", self.start(row))
        _, let_last = b.let("last", b.add(first, b.load(self.counts, row)))
        return [let_row, let_first, let_last]


# the bounds that `SpikeList.opened` binds
FIRST, LAST = Local("first", DType.I64), Local("last", DType.I64)


def note_events(
    context: Context,
    group: SpikeSource,
    event: str,
    flags: Buffer,
    code: Callable[[Local], list[Stmt]] = lambda _neuron: [],
) -> list[Stmt]:
    """Return the statements that turn flags into the list of this step.

    Each share of the elements lists its own events first; then the lists are brought together.

    Args:
        context: The lowering.
        group: The group that has the events.
        event: Name of the event.
        flags: One per element.
        code: Gives what is done to an element that had the event.
    """
    spikes = SpikeList(context, group, event)
    fresh = context.scratch(group.name, f"{event}_new", DType.I32, group.size)
    lengths = context.scratch(group.name, f"{event}_lengths", DType.I64, MAX_SHARES * LENGTH_STRIDE)
    zero, listed = b.const(0, DType.I64), Local("listed", DType.I64)
    size, count = Load(spikes.size), Local("count", DType.I64)
    k = b.index("k")
    neuron, let_neuron = b.let("neuron", b.load(fresh, k))
    body = code(neuron)
    each = b.loop(k, listed, [let_neuron, *body], division=Division(size, b.load(fresh, k)))
    row, let_row = b.let("row", spikes.row())
    return [
        Compact(flags, size, fresh, zero, listed, lengths=lengths),
        *([each] if body else []),
        let_row,
        Join(fresh, lengths, size, spikes.items, spikes.start(row), count),
        b.store(spikes.counts, row, count),
        b.store(spikes.latest, None, b.STEP),
    ]


def loop_over_spikes(
    context: Context, source: SpikeSource, event: str, scope: Scope, neuron: Local
) -> list[Stmt]:
    """Return the code of a scope run for every element of this step's list; binds `neuron`."""
    spikes, k = SpikeList(context, source, event), b.index("k")
    body = [Let(neuron, b.load(spikes.items, k)), *scope.block]
    division = Division(Load(spikes.size), b.load(spikes.items, k))
    loop = b.loop(k, LAST, body, start=FIRST, kind=scope.kind, division=division)
    return [*spikes.opened(name="row"), loop]
