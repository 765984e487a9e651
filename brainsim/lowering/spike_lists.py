"""The lists of past spikes: how kernels write and walk them; see `SpikeRing`."""

from __future__ import annotations

from ..codegen import build as b
from ..codegen.ir import Buffer, Compact, DType, Expr, Let, Load, Local, Stmt
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
        self.length = context.constant(
            source.name, f"{event}_lists", DType.I64, lambda: ring.length, "number of lists kept"
        )
        self.size = context.size(source)

    def row(self, delay: Expr | None = None) -> Expr:
        """Return the row of the step that lies `delay` steps back."""
        step: Expr = b.STEP
        if delay is not None:
            # a delay is smaller than the number of lists, so the sum is never negative
            step = b.add(b.STEP, b.sub(Load(self.length), delay))
        return b.binary("%", step, Load(self.length))

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


def note_events(context: Context, group: SpikeSource, event: str, flags: Buffer) -> list[Stmt]:
    """Return the statements that turn flags into the list of this step."""
    spikes = SpikeList(context, group, event)
    row, let_row = b.let("row", spikes.row())
    first, let_first = b.let("first", spikes.start(row))
    count = Local("count", DType.I64)
    return [
        let_row,
        let_first,
        Compact(flags, Load(context.size(group)), spikes.items, first, count),
        b.store(spikes.counts, row, count),
        b.store(spikes.latest, None, b.STEP),
    ]


def loop_over_spikes(
    context: Context, source: SpikeSource, event: str, scope: Scope, neuron: Local
) -> list[Stmt]:
    """Return the code of a scope run for every element of this step's list; binds `neuron`."""
    spikes, k = SpikeList(context, source, event), b.index("k")
    body = [Let(neuron, b.load(spikes.items, k)), *scope.block]
    loop = b.loop(k, LAST, body, start=FIRST, kind=scope.kind)
    return [*spikes.opened(name="row"), loop]
