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
from .ahead import added_ahead
from .context import Context
from .counting import add_counted, count_event, equal_additions, event_counts, many_events
from .delay_queue import QueueBuffers, put_event, take_events
from .integration import varies
from .parts import number_of, only_inside
from .rows import loop_over_row, scope_in_row
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
    elif pathway.ahead:
        loops = _loops_ahead(context, pathway, neuron, place)
    else:
        scope = scope_in_row(context, pathway, place, mine)
        lower_event(scope, pathway)
        loops = _loops_over_synapses(context, pathway, neuron, place, scope.block)
        if pathway.in_flight.since:
            loops = [*_loop_over_in_flight(context, pathway), *loops]
    return Kernel(pathway.name, f"code '{pathway.label}' of '{synapses.name}'", tuple(loops))


def _loops_over_synapses(
    context: Context,
    pathway: SynapticPathway,
    neuron: Local,
    place: Local,
    block: list[Stmt],
) -> list[Stmt]:
    """Return the loops that run code for the synapses of all events due in this step.

    Where all events of a step add the same, there are two ways, see counting.py.
    """
    mine = number_of(context, pathway.triggering, neuron)

    def walked(code: list[Stmt]) -> list[Stmt]:
        kind = loop_kind(code, place)
        rows = loop_over_row(context, pathway, mine, place, code, kind)
        return loop_over_events(context, pathway, neuron, rows, kind)

    # for a while after a change of delays, spikes of different steps follow different ones
    simple = not pathway.split and not pathway.in_flight.since
    additions = equal_additions(block, place, mine) if simple else None
    if additions is None:
        return walked(block)
    counts = event_counts(context, pathway)
    *opened, one_by_one = walked(block)
    counted = walked(count_event(context, pathway, additions, counts))[-1]
    many, let_many = b.let("many", many_events(context, pathway, b.sub(LAST, FIRST)))
    return [
        *opened,
        let_many,
        If(many, (counted, add_counted(context, pathway, additions, counts))),
        If(b.invert(many), (one_by_one,)),
    ]


def _event_scope(context: Context, pathway: SynapticPathway, place: Local) -> SynapseScope:
    """Return the code of a pathway for one synapse."""
    scope = SynapseScope(context, pathway.group, pathway.name, place)
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


def _loops_ahead(
    context: Context, pathway: SynapticPathway, neuron: Local, place: Local
) -> list[Stmt]:
    """Return the loops of a pathway whose effects are added up when spikes are emitted."""
    mine = number_of(context, pathway.triggering, neuron)
    steps = context.buffer(
        pathway.name, "steps", pathway.steps_of_synapses, comment="delay of each synapse"
    )
    delay = b.cast(b.load(steps, place), DType.I64)
    scope = scope_in_row(context, pathway, place, mine)
    lower_event(scope, pathway)
    code = added_ahead(context, pathway, scope.block, delay, scope.fresh)
    kind = LoopKind.ACCUMULATING
    rows = loop_over_row(context, pathway, mine, place, code, kind)
    loops = loop_over_events(context, pathway, neuron, rows, kind)
    if pathway.in_flight.since:
        loops = [*_loop_over_in_flight(context, pathway), *loops]
    return loops


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
    delay: Expr | None = None if pathway.ahead else Load(first_delay)
    if pathway.split and delay is not None:
        delay = b.add(delay, Local("delay", DType.I64))
    rows = only_inside(context, group, neuron, rows)
    s = b.index("spike")
    body: list[Stmt] = [Let(neuron, b.load(spikes.items, s)), *rows]
    loop = b.loop(s, LAST, body, start=FIRST, kind=kind)
    if kind is LoopKind.INDEPENDENT:
        # different spikes walk different rows, but a compiler has no use for that promise
        loop = replace(loop, kind=LoopKind.ACCUMULATING)
    due: list[Stmt] = [*spikes.opened(delay), loop]
    if pathway.in_flight.since and delay is not None:
        # spikes from before a change of delays follow the old ones, see _loop_over_in_flight
        recent = b.compare(">=", b.sub(b.STEP, delay), _since(context, pathway))
        due = [If(recent, tuple(due))]
    if not pathway.split:
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
    block = scope.block
    if pathway.ahead:
        now = b.const(0, DType.I64)
        block = added_ahead(context, pathway, block, now, scope.fresh)
    kind = loop_kind(block, place)
    body: list[Stmt] = [Let(place, b.load(places, k)), *block]
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
