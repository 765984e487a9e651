"""Kernels of pathways: what the code of synapses does at the events due in a step.

A pathway walks the spikes whose delay is over: for each of them the row of its synapses. With one
delay per synapse, rows are split by delay, and for each delay the list of that many steps back is
walked; so the lists of past spikes are the whole delay line, and events arrive in the order of the
tradition: by spike time, then neuron, then synapse.
"""

from __future__ import annotations

from dataclasses import replace

from ..codegen import build as b
from ..codegen.ir import (
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
from ..codegen.rewrite import expressions, statements, walk
from ..equations import check_statement_units
from ..model.pathways import SynapticPathway
from ..model.synapses import Synapses
from ..model.variables import ArrayVariable
from ..solvers import advance as event_driven_advance
from ..solvers import system_of
from .context import Context
from .delay_queue import QueueBuffers, put_event, take_events
from .integration import varies
from .parts import number_of, only_inside
from .spike_lists import FIRST, LAST, SpikeList
from .symbolic import remember
from .synapses import SynapseScope


def lower_pathway(pathway: SynapticPathway, context: Context) -> Kernel:
    """Return the kernel that runs a pathway's code for all events due in this step."""
    synapses: Synapses = pathway.group
    place, neuron = b.index("synapse"), Local("neuron", DType.I32)
    mine = number_of(context, pathway.triggering, neuron)
    check_statement_units(
        pathway.statements, lambda name: context.meaning(synapses, name), synapses.is_variable
    )
    if pathway.queue is not None:
        loops = _loops_with_queue(context, pathway, neuron, place)
    else:
        scope = _event_scope(context, pathway, place, mine)
        kind = loop_kind(scope.block, place)
        rows = loop_over_row(context, pathway, mine, place, scope.block, kind)
        loops = loop_over_events(context, pathway, neuron, rows, kind)
        if pathway.in_flight.since:
            loops = [*_loop_over_in_flight(context, pathway), *loops]
    return Kernel(pathway.name, f"code '{pathway.label}' of '{synapses.name}'", tuple(loops))


def _event_scope(
    context: Context, pathway: SynapticPathway, place: Local, mine: Expr | None = None
) -> SynapseScope:
    """Return the code of a pathway for one synapse; `mine` is its triggering neuron, if known."""
    ends = {pathway.side: mine}
    scope = SynapseScope(
        context, pathway.group, pathway.name, place, pre=ends.get("pre"), post=ends.get("post")
    )
    lower_event(scope, pathway)
    return scope


def _loops_with_queue(
    context: Context, pathway: SynapticPathway, neuron: Local, place: Local
) -> list[Stmt]:
    """Return the loops of a pathway whose delays change: spikes go in, events that are due out."""
    assert pathway.queue is not None  # noqa: S101 - asked by the caller
    buffers = QueueBuffers(context, pathway, pathway.queue)
    kind = LoopKind.SEQUENTIAL
    mine = number_of(context, pathway.triggering, neuron)
    put = put_event(context, pathway, buffers, place)
    rows = loop_over_row(context, pathway, mine, place, put, kind)
    scope = _event_scope(context, pathway, place)
    return [
        *loop_over_events(context, pathway, neuron, rows, kind),
        *take_events(buffers, place, scope.block),
    ]


def lower_event(scope: SynapseScope, pathway: SynapticPathway) -> None:
    """Append what happens at one synapse: event-driven variables, then the pathway's code."""
    synapses, context = scope.synapses, scope.context
    names = synapses.event_driven
    if names:
        system = system_of(
            synapses.equations,
            lambda name: varies(context, synapses, name),
            only=names,
            variables=synapses.variables,
        )
        updates = [
            (name, scope.let(f"now_{name}", scope.lower(value)))
            for name, value in event_driven_advance(system, remember)
        ]
        for name, value in updates:
            scope.block.append(b.store(_memory(scope, name), scope.place, value))
    scope.statements(pathway.statements)
    if names:
        now = scope.clock_field(synapses, "t")
        scope.block.append(b.store(_memory(scope, "lastupdate"), scope.place, now))


def _memory(scope: SynapseScope, name: str) -> Buffer:
    variable = scope.synapses.variables[name]
    assert isinstance(variable, ArrayVariable)  # noqa: S101 - event-driven variables have memory
    return scope.context.variable(scope.synapses, variable)


def loop_kind(body: list[Stmt], place: Local) -> LoopKind:
    """Return what the loops over synapses may promise.

    Code whose result depends on the order of the synapses is run one by one: when it stores to a
    neuron's variable, or reads one that it also accumulates to.
    """
    accumulated, read = set(), set()
    for stmt in statements(body):
        if isinstance(stmt, Store) and stmt.index != place:
            return LoopKind.SEQUENTIAL
        if isinstance(stmt, Accumulate) and stmt.index != place:
            accumulated.add(stmt.buffer)
        for expr in expressions(stmt):
            read |= {node.buffer for node in walk(expr) if isinstance(node, Load)}
    if accumulated & read:
        return LoopKind.SEQUENTIAL
    return LoopKind.ACCUMULATING if accumulated else LoopKind.INDEPENDENT


def loop_over_row(
    context: Context,
    pathway: SynapticPathway,
    mine: Expr,
    place: Local,
    body: list[Stmt],
    kind: LoopKind,
) -> list[Stmt]:
    """Return the loop over the synapses of one neuron (with one delay, where they differ)."""
    listed = place
    if pathway.table().synapses is not None:
        listed = b.index("k")
        order = context.buffer(
            pathway.name,
            "synapses",
            pathway.order_of_events,
            comment="synapses in the order of their events",
        )
        body = [Let(place, b.cast(b.load(order, listed), DType.I64)), *body]
    offsets = context.buffer(
        pathway.name,
        "rows",
        lambda: pathway.table().offsets,
        comment="first synapse of each neuron" + (" and delay" * _varied(pathway)),
    )
    row = b.cast(mine, DType.I64)
    if _varied(pathway):
        count = context.constant(
            pathway.name, "delays", DType.I64, lambda: pathway.table().count, "number of delays"
        )
        row = b.add(b.mul(row, Load(count)), Local("delay", DType.I64))
    row, let_row = b.let("row", row)
    stop = b.load(offsets, b.add(row, b.const(1, DType.I64)))
    return [let_row, b.loop(listed, stop, body, start=b.load(offsets, row), kind=kind)]


def _varied(pathway: SynapticPathway) -> bool:
    return not isinstance(pathway.delay_steps(), int)


def loop_over_events(
    context: Context,
    pathway: SynapticPathway,
    neuron: Local,
    rows: list[Stmt],
    kind: LoopKind,
) -> list[Stmt]:
    """Return the loops over the spikes due in this step: over delays, then over spikes."""
    group = pathway.triggering
    spikes = SpikeList(context, group.event_source, pathway.event)
    first_delay = context.constant(
        pathway.name, "delay", DType.I64, pathway.first_delay, "smallest delay, steps"
    )
    delay: Expr = Load(first_delay)
    if _varied(pathway):
        delay = b.add(delay, Local("delay", DType.I64))
    rows = only_inside(context, group, neuron, rows)
    s = b.index("spike")
    body: list[Stmt] = [Let(neuron, b.load(spikes.items, s)), *rows]
    loop = b.loop(s, LAST, body, start=FIRST, kind=kind)
    if kind is LoopKind.INDEPENDENT:
        # different spikes walk different rows, but a compiler has no use for that promise
        loop = replace(loop, kind=LoopKind.ACCUMULATING)
    due: list[Stmt] = [*spikes.opened(delay), loop]
    if pathway.in_flight.since:
        # spikes from before a change of delays follow the old ones, see _loop_over_in_flight
        recent = b.compare(">=", b.sub(b.STEP, delay), _since(context, pathway))
        due = [If(recent, tuple(due))]
    if not _varied(pathway):
        return due
    return [_loop_over_delays(context, pathway, due)]


def _since(context: Context, pathway: SynapticPathway) -> Expr:
    return Load(
        context.constant(
            pathway.name, "since", DType.I64, lambda: pathway.in_flight.since, "step of the change"
        )
    )


def _loop_over_in_flight(context: Context, pathway: SynapticPathway) -> list[Stmt]:
    """Return the loop over events that were under way when delays or synapses changed."""
    synapses: Synapses = pathway.group
    offsets = context.buffer(
        pathway.name,
        "late_rows",
        lambda: pathway.in_flight.offsets,
        comment="first late event of each step",
    )
    places = context.buffer(
        pathway.name,
        "late",
        lambda: synapses.connectivity.positions(pathway.in_flight.numbers),
        comment="synapses of events under way at the change",
    )
    span = context.constant(pathway.name, "late_steps", DType.I64, lambda: pathway.in_flight.span)
    late, let_late = b.let("late", b.sub(b.STEP, _since(context, pathway)))
    k, place = b.index("event"), b.index("late_synapse")
    scope = _event_scope(context, pathway, place)
    kind = loop_kind(scope.block, place)
    body: list[Stmt] = [Let(place, b.load(places, k)), *scope.block]
    stop = b.load(offsets, b.add(late, b.const(1, DType.I64)))
    loop = b.loop(k, stop, body, start=b.load(offsets, late), kind=kind)
    return [let_late, If(b.compare("<", late, Load(span)), (loop,))]


def _loop_over_delays(context: Context, pathway: SynapticPathway, due: list[Stmt]) -> For:
    """Return the loop over delays, longest first, so that older spikes are handled first."""
    back = b.index("back")
    count = context.constant(
        pathway.name, "delays", DType.I64, lambda: pathway.table().count, "number of delays"
    )
    delay = Local("delay", DType.I64)
    let_delay = Let(delay, b.sub(b.sub(Load(count), b.const(1, DType.I64)), back))
    return b.loop(back, Load(count), [let_delay, *due], kind=LoopKind.SEQUENTIAL)
