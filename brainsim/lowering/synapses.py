"""Kernels of synapses: pathways, clock-driven equations, summed variables.

A pathway walks the spikes whose delay is over: for each of them the row of its synapses. With one
delay per synapse, rows are split by delay, and for each delay the list of that many steps back is
walked; so the lists of past spikes are the whole delay line, and events arrive in the order of the
tradition: by spike time, then neuron, then synapse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

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
from ..model.pathways import SummedUpdater, SynapticPathway
from ..model.synapses import Synapses
from ..model.variables import ArrayVariable, Variable, aligned_copy
from ..solvers import advance as event_driven_advance
from ..solvers import system_of
from .adaptive import Updated
from .context import Context
from .delay_queue import QueueBuffers, put_event, take_events
from .integration import advanced, integration, varies
from .parts import number_of, only_inside, place_of
from .scope import ElementScope, Scope
from .spike_lists import FIRST, LAST, SpikeList
from .symbolic import remember


class SynapseScope(Scope):
    """The code of synapses for one of them.

    Args:
        context: The lowering.
        synapses: The Synapses object.
        owner: Name of the object that runs the code.
        place: Where the synapse stands in memory.
        pre: Its source neuron, or None to look it up.
        post: Its target neuron, or None to look it up.
    """

    def __init__(
        self,
        context: Context,
        synapses: Synapses,
        owner: str,
        place: Expr,
        pre: Expr | None = None,
        post: Expr | None = None,
    ) -> None:
        super().__init__(context, synapses, owner)
        self.synapses = synapses
        self.place = place
        self._pre, self._post = pre, post

    def pre(self) -> Expr:
        """Return the source neuron, relative to the source group."""
        if self._pre is None:
            self._pre = self.let(
                "pre", b.load(endpoint(self.context, self.synapses, "i"), self.place)
            )
        return self._pre

    def post(self) -> Expr:
        """Return the target neuron, relative to the target group."""
        if self._post is None:
            self._post = self.let(
                "post", b.load(endpoint(self.context, self.synapses, "j"), self.place)
            )
        return self._post

    def index_of(self, owner: Any, name: str) -> Expr:
        """Return the place of the synapse, or of the neuron on the side that has the variable."""
        del owner
        side = self.synapses.side_of(name)
        if side == "synaptic":
            return self.place
        group: Any = self.synapses.source if side == "pre" else self.synapses.target
        neuron = self.pre() if side == "pre" else self.post()
        if isinstance(group, Synapses):
            return self._place_of(group, neuron)
        return place_of(self.context, group, neuron)

    def _place_of(self, group: Synapses, number: Expr) -> Expr:
        """Return where a synapse of a connected Synapses object stands, given its number."""
        places = self.context.buffer(
            group.name,
            "places",
            lambda: aligned_copy(group.connectivity.positions(np.arange(len(group))), np.int64),
            comment="where each synapse stands",
        )
        return b.load(places, number)

    def number_of(self, name: str) -> Expr | None:
        """Return the neurons' numbers for `i`, `j`, `i_pre`, `i_post`.

        Where synapses are the target, `i_post` and `j_post` are the neurons that those connect.
        """
        bare, _, side = name.rpartition("_")
        group: Any = {"pre": self.synapses.source, "post": self.synapses.target}.get(side)
        if isinstance(group, Synapses) and bare in {"i", "j"}:
            return b.load(endpoint(self.context, group, bare), self.index_of(group, name))
        if name in {"i", "i_pre"}:
            return b.cast(self.pre(), DType.I32)
        if name in {"j", "i_post"}:
            return b.cast(self.post(), DType.I32)
        return None

    def _internal(self, name: str, owner: Any, variable: Variable) -> Expr:
        if name in {"N_incoming", "N_outgoing"} and owner is self.synapses:
            synapses = self.synapses
            counts = self.context.buffer(
                synapses.name, name, _computed(synapses, name), comment="synapses of the neuron"
            )
            return b.load(counts, self.place)
        return super()._internal(name, owner, variable)

    def inner(self, name: str) -> Scope:
        """Return the scope of a connected group's subexpression."""
        side = self.synapses.side_of(name)
        if side == "synaptic":
            return self
        group: Any = self.synapses.source if side == "pre" else self.synapses.target
        neuron = self.pre() if side == "pre" else self.post()
        inner: Scope
        if isinstance(group, Synapses):
            place = self.let("place", self._place_of(group, neuron))
            inner = SynapseScope(self.context, group, self.owner, place)
        else:
            whole, at = group.event_source, self.index_of(group, name)
            inner = ElementScope(self.context, whole, self.owner, at, filled=False)
        inner.continue_block(self)
        return inner

    def element(self) -> Expr:
        """Return the place of the synapse."""
        return b.cast(self.place, DType.I64)

    def protection(self, name: str) -> Expr:
        """Return `not_refractory` of the neuron whose variable stands still while refractory."""
        found = self.synapses.find(name)
        assert found is not None  # noqa: S101 - the name is written to
        owner, variable = found
        if owner is self.synapses or not owner.is_protected(variable.name):
            return b.TRUE
        side = self.synapses.side_of(name)
        return self.read(f"not_refractory_{side}")

    def accumulates(self, name: str) -> bool:
        """Return whether several synapses share the variable: those of neurons, and shared ones."""
        found = self.synapses.find(name)
        assert found is not None  # noqa: S101 - the name is written to
        return self.synapses.side_of(name) != "synaptic" or found[1].scalar


def _computed(synapses: Synapses, name: str) -> Any:
    kept: dict[int, Any] = {}

    def array() -> Any:
        version = synapses.connectivity.version
        if version not in kept:
            kept.clear()
            kept[version] = np.ascontiguousarray(synapses.computed(name), dtype=np.int32)
        return kept[version]

    return array


def endpoint(context: Context, synapses: Synapses, name: str) -> Buffer:
    """Return the buffer of each synapse's source ("i") or target ("j")."""
    connectivity = synapses.connectivity
    if name == "j":
        return context.buffer(
            synapses.name, "post", lambda: connectivity.post, comment="target of each synapse"
        )
    return context.buffer(
        synapses.name, "pre", lambda: connectivity.pre, comment="source of each synapse"
    )


# ----------------------------------------------------------------------------------------- pathways


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
        rows = _loop_over_row(context, pathway, mine, place, scope.block, kind)
        loops = _loop_over_events(context, pathway, neuron, rows, kind)
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
    rows = _loop_over_row(context, pathway, mine, place, put, kind)
    scope = _event_scope(context, pathway, place)
    return [
        *_loop_over_events(context, pathway, neuron, rows, kind),
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


def _loop_over_row(
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


def _loop_over_events(
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
        pathway.name, "delay", DType.I64, lambda: pathway.table().first, "smallest delay, steps"
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


# -------------------------------------------------------------------------- clock-driven and summed


def lower_synaptic_state_update(updater: Any, context: Context) -> Kernel:
    """Return the kernel that advances the clock-driven equations of synapses by one step."""
    synapses: Synapses = updater.group
    place = b.index("synapse")
    scope = SynapseScope(context, synapses, updater.name, place)
    chosen = integration(updater, synapses, context)

    def again() -> Scope:
        return SynapseScope(context, synapses, updater.name, place)

    body = advanced(scope, chosen.step, Updated(updater.name, synapses, place, again))
    title = f"advance '{synapses.name}' by one step ({chosen.method})"
    return Kernel(updater.name, title, tuple(body))


def lower_summed(updater: SummedUpdater, context: Context) -> Kernel:
    """Return the kernel that sums an expression over the synapses of each neuron."""
    synapses: Synapses = updater.group
    group: Any = updater.target
    variable = group.variables[updater.variable]
    buffer = context.variable(group, variable)
    i, place = b.index("i"), b.index("synapse")
    target_scope = ElementScope(context, group, updater.name, i)
    clear = b.store(buffer, target_scope.index_of(group, updater.variable), b.const(0.0))
    scope = SynapseScope(context, synapses, updater.name, place)
    assert updater.equation.expr is not None  # noqa: S101 - a subexpression has one
    value = scope.lower(updater.equation.expr)
    place_of_sum = scope.index_of(group, updater.equation.name)
    scope.block.append(b.accumulate(buffer, place_of_sum, value))
    body: list[Stmt] = [
        b.loop(i, Load(context.size(group)), [*target_scope.block, clear]),
        b.loop(place, Load(context.size(synapses)), scope.block, kind=LoopKind.ACCUMULATING),
    ]
    return Kernel(updater.name, f"sum '{updater.equation.name}' of '{synapses.name}'", tuple(body))
