"""Kernels of monitors: rows appended to recordings. See `Recorder` for how memory grows."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..codegen import build as b
from ..codegen.ir import (
    Buffer,
    CompareOp,
    DType,
    Expr,
    If,
    Kernel,
    Let,
    Load,
    Local,
    LoopKind,
    Stmt,
)
from ..model.event_monitors import EventMonitor
from ..model.monitors import Monitor
from ..model.rate_monitor import PopulationRateMonitor
from ..model.state_monitor import StateMonitor
from ..model.subgroup import Subgroup, whole_of
from ..model.synapses import Synapses
from ..model.variables import aligned_zeros
from ..program import Recorder
from .context import Context
from .parts import number_of, only_inside
from .precise import event_time
from .scope import ElementScope, Scope
from .spike_lists import FIRST, LAST, SpikeList
from .synapses import SynapseScope


def _columns(monitor: Monitor, context: Context, per_step: int) -> tuple[Buffer, dict[str, Buffer]]:
    """Return the count and the columns of a recording, and register it as one that fills up."""
    recording = monitor.recording
    count = context.buffer(
        monitor.name, "rows", lambda: recording.count, scalar=True, comment="rows recorded"
    )
    columns = {
        name: context.buffer(monitor.name, name, partial(recording.arrays.__getitem__, name))
        for name in recording.arrays
    }
    names = tuple(buffer.name for buffer in columns.values())
    context.recordings[monitor.name] = recording
    context.recorders.append(
        Recorder(count.name, per_step, names, monitor.name, monitor.clock.name)
    )
    return count, columns


def _scope(context: Context, group: Any, owner: str, element: Local) -> Scope:
    if isinstance(group, Synapses):
        return SynapseScope(context, group, owner, element)
    # elements are given by their place in the memory of the source of a subgroup
    return ElementScope(context, whole_of(group), owner, element, filled=False)


def lower_state_monitor(monitor: StateMonitor, context: Context) -> Kernel:
    """Return the kernel that records variables of some elements, or statistics over them."""
    count, columns = _columns(monitor, context, 1)
    row, let_row = b.let("row", Load(count))
    body: list[Stmt] = [let_row]
    if monitor.record_variables and len(monitor.record):
        if monitor.reduce is None:
            body += _record_elements(monitor, context, columns, row)
        else:
            body += _record_statistics(monitor, context, columns, row)
    body.append(b.store(columns["t"], row, b.T))
    body.append(b.store(count, None, b.add(row, b.const(1, DType.I64))))
    if monitor.every > 1:
        every = Load(context.constant(monitor.name, "every", DType.I64, lambda: monitor.every))
        due = b.compare("==", b.binary("%", b.STEP, every), b.const(0, DType.I64))
        body = [If(due, tuple(body))]
    names = ", ".join(monitor.record_variables)
    what = names if monitor.reduce is None else f"the {monitor.reduce} of {names}"
    return Kernel(monitor.name, f"record {what} of '{monitor.source.name}'", tuple(body))


def _width(monitor: StateMonitor, context: Context) -> Expr:
    return Load(context.constant(monitor.name, "width", DType.I64, lambda: len(monitor.record)))


def _record_elements(
    monitor: StateMonitor, context: Context, columns: dict[str, Buffer], row: Expr
) -> list[Stmt]:
    """Return statements that store one value per recorded element and variable in a row."""
    elements = context.buffer(monitor.name, "elements", monitor.places, comment="recorded elements")
    k = b.index("k")
    element, let_element = b.let("element", b.load(elements, k))
    scope = _scope(context, monitor.source, monitor.name, element)
    width = _width(monitor, context)
    first, let_first = b.let("first", b.mul(row, width))
    for name in monitor.record_variables:
        value = _recorded(scope, monitor, name, element)
        scope.block.append(b.store(columns[name], b.add(first, k), value))
    return [let_first, b.loop(k, width, [let_element, *scope.block])]


def _record_statistics(
    monitor: StateMonitor, context: Context, columns: dict[str, Buffer], row: Expr
) -> list[Stmt]:
    """Return statements that store one statistic per variable, computed in double precision."""
    values = {
        name: context.scratch(monitor.name, f"{name}_values", DType.F64, len(monitor.record))
        for name in monitor.record_variables
    }
    body = _record_elements(monitor, context, values, b.const(0, DType.I64))
    for name in monitor.record_variables:
        body += _statistic(monitor, context, name, values[name])
        body.append(b.store(columns[name], row, Load(_result(monitor, context, name))))
    return body


def _result(monitor: StateMonitor, context: Context, name: str) -> Buffer:
    array = aligned_zeros(1, np.float64)
    return context.buffer(monitor.name, f"{name}_{monitor.reduce}", lambda: array, scalar=True)


def _statistic(monitor: StateMonitor, context: Context, name: str, values: Buffer) -> list[Stmt]:
    """Return statements that bring the statistic of the values to its buffer."""
    result, width, k = _result(monitor, context, name), _width(monitor, context), b.index("k")
    value: Expr = b.load(values, k)
    size = b.cast(width, DType.F64)

    def total(term: Expr) -> list[Stmt]:
        added = b.accumulate(result, None, term)
        loop = b.loop(k, width, [added], kind=LoopKind.ACCUMULATING)
        return [b.store(result, None, b.const(0.0)), loop]

    match monitor.reduce:
        case "sum":
            return total(value)
        case "mean":
            return [*total(value), b.store(result, None, b.binary("/", Load(result), size))]
        case "var":
            mean, let_mean = b.let(f"{name}_mean", b.binary("/", Load(result), size))
            deviation = b.sub(value, mean)
            return [
                *total(value),
                let_mean,
                *total(b.mul(deviation, deviation)),
                b.store(result, None, b.binary("/", Load(result), size)),
            ]
        case _:
            op: CompareOp = "<" if monitor.reduce == "min" else ">"
            better = b.select(b.compare(op, value, Load(result)), value, Load(result))
            body = [b.store(result, None, better)]
            return [
                b.store(result, None, b.load(values, b.const(0, DType.I64))),
                b.loop(k, width, body, kind=LoopKind.SEQUENTIAL),
            ]


def _recorded(scope: Scope, monitor: StateMonitor, name: str, element: Local) -> Expr:
    if name == "i" and isinstance(monitor.source, Subgroup):
        return number_of(scope.context, monitor.source, element)
    return scope.read(name)


def lower_event_monitor(monitor: EventMonitor, context: Context) -> Kernel:
    """Return the kernel that records the events of this step."""
    source = monitor.source
    spikes = SpikeList(context, source.event_source, monitor.event)
    counts = context.buffer(
        monitor.name, "counts", lambda: monitor.counts, comment="events of each element"
    )
    total = context.buffer(
        monitor.name, "total", lambda: monitor.total, scalar=True, comment="events in all"
    )
    k, neuron = b.index("k"), Local("neuron", DType.I32)
    mine = number_of(context, source, neuron)
    one = b.const(1, DType.I64)
    body: list[Stmt] = [
        b.accumulate(counts, mine, b.const(1)),
        b.accumulate(total, None, one),
    ]
    kind = LoopKind.ACCUMULATING
    if monitor.record:
        kind = LoopKind.SEQUENTIAL
        recorded = _record_event(monitor, context, neuron, mine)
        body += recorded
    body = only_inside(context, source, neuron, body)
    loop = b.loop(k, LAST, [Let(neuron, b.load(spikes.items, k)), *body], start=FIRST, kind=kind)
    title = f"record the {monitor.event}s of '{source.name}'"
    return Kernel(monitor.name, title, (*spikes.opened(), loop))


def _record_event(monitor: EventMonitor, context: Context, neuron: Local, mine: Expr) -> list[Stmt]:
    count, columns = _columns(monitor, context, len(monitor.source))
    row, let_row = b.let("row", Load(count))
    whole = monitor.source.event_source
    scope = ElementScope(context, whole, monitor.name, neuron, filled=False)
    scope.block.append(let_row)
    for name, column in columns.items():
        if name == "t":
            value = event_time(context, whole, monitor.event, neuron)
        else:
            value = mine if name == "i" else scope.read(name)
        scope.block.append(b.store(column, row, value))
    scope.block.append(b.store(count, None, b.add(row, b.const(1, DType.I64))))
    return scope.block


def lower_rate_monitor(monitor: PopulationRateMonitor, context: Context) -> Kernel:
    """Return the kernel that records the mean rate of a group: spikes / (dt * N)."""
    source = monitor.source
    count, columns = _columns(monitor, context, 1)
    spikes = SpikeList(context, source.event_source, "spike")
    line, let_line = b.let("line", spikes.row())
    row, let_row = b.let("row", Load(count))
    body: list[Stmt] = [let_line, let_row]
    number: Expr = b.load(spikes.counts, line)
    if isinstance(source, Subgroup):
        body += _count_inside(monitor, context, spikes, line)
        number = Load(_inside(monitor, context))
    size = context.constant(source.name, "size", DType.F64, lambda: len(source))
    rate = b.binary("/", b.binary("/", b.cast(number, DType.F64), b.DT), Load(size))
    body += [
        b.store(columns["rate"], row, rate),
        b.store(columns["t"], row, b.T),
        b.store(count, None, b.add(row, b.const(1, DType.I64))),
    ]
    return Kernel(monitor.name, f"record the rate of '{source.name}'", tuple(body))


def _inside(monitor: PopulationRateMonitor, context: Context) -> Buffer:
    key = (monitor.name, "inside")
    if key not in context.buffers:
        array = monitor.inside
        context.buffer(*key, lambda: array, scalar=True, comment="spikes within the subgroup")
    return context.buffers[key]


def _count_inside(
    monitor: PopulationRateMonitor, context: Context, spikes: SpikeList, line: Local
) -> list[Stmt]:
    source = monitor.source
    inside = _inside(monitor, context)
    k, neuron = b.index("k"), Local("neuron", DType.I32)
    first, let_first = b.let("first", spikes.start(line))
    last, let_last = b.let("last", b.add(first, b.load(spikes.counts, line)))
    counted = b.accumulate(inside, None, b.const(1, DType.I64))
    body: list[Stmt] = [
        Let(neuron, b.load(spikes.items, k)),
        *only_inside(context, source, neuron, [counted]),
    ]
    return [
        let_first,
        let_last,
        b.store(inside, None, b.const(0, DType.I64)),
        b.loop(k, last, body, start=first, kind=LoopKind.ACCUMULATING),
    ]
