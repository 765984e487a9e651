"""Kernels of inputs: Poisson groups, given spikes, Poisson input onto a variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..codegen import build as b
from ..codegen import random
from ..codegen.ir import Buffer, Cast, DType, Expr, Fill, If, Kernel, Load, Procedure, Stmt
from ..equations import check_dimension
from ..model.inputs import PoissonGroup, PoissonInput, PoissonThresholder, SpikeGeneratorGroup
from ..model.spikes import SpikeSource
from ..model.variables import Array, Subexpression, aligned_zeros
from ..units import hertz
from .context import Context
from .numbers import NumberScope
from .parts import division_of
from .scope import ElementScope
from .spike_lists import SpikeList, note_events


def lower_poisson_group(thresholder: PoissonThresholder, context: Context) -> Kernel:
    """Return the kernel that draws the spikes of a PoissonGroup: `rand() < rates*dt`.

    Chances are small: numbers that are fine near one alone, and cheaper, tell them as well.
    """
    group: PoissonGroup = thresholder.group
    index = b.index()
    scope = ElementScope(context, group, thresholder.name, index)
    rates = group.variables["rates"]
    if isinstance(rates, Subexpression):
        check_dimension(rates.tree, hertz.dim, lambda name: context.meaning(group, name), "rates")
    rate = scope.read("rates")
    key = context.random_key(thresholder.name, "chance")
    drawn = scope.variate("uniform_of_counts", key, "chance")
    misses = b.sub(b.const(1.0, DType.F64), b.mul(rate, b.DT))
    flags = context.scratch(group.name, "spike_flag", DType.U8, group.size)
    scope.block.append(b.store(flags, index, b.compare(">=", drawn, misses)))
    body: list[Stmt] = [
        *scope.prelude,
        b.loop(index, Load(context.size(group)), scope.block),
        *note_events(context, group, "spike", flags),
    ]
    return Kernel(thresholder.name, f"draw the spikes of '{group.name}'", tuple(body))


def lower_spike_generator(group: SpikeGeneratorGroup, context: Context) -> Kernel:
    """Return the kernel that emits the spikes given for a step.

    `next` is the place of the next step with spikes; the list of steps ends with -1.
    """
    spikes = SpikeList(context, group, "spike")
    steps = context.buffer(group.name, "steps", lambda: group.steps, comment="steps with spikes")
    offsets = context.buffer(
        group.name, "offsets", lambda: group.offsets, comment="first spike of each such step"
    )
    neurons = context.buffer(group.name, "neurons", lambda: group.neurons, comment="of each spike")
    following = context.buffer(
        group.name, "next", lambda: group.next, scalar=True, comment="place in the list of steps"
    )
    period = context.constant(
        group.name, "period", DType.I64, lambda: group.period_steps[0], "in steps; 0: none"
    )
    zero, one = b.const(0, DType.I64), b.const(1, DType.I64)
    periodic = b.compare(">", Load(period), zero)
    phase = b.select(
        periodic,
        b.binary("%", b.STEP, Load(period)),
        b.STEP,
    )
    row, let_row = b.let("row", spikes.row())
    to, let_to = b.let("to", spikes.start(row))
    place, let_place = b.let("place", Load(following))
    begin, let_begin = b.let("begin", b.load(offsets, place))
    end, let_end = b.let("end", b.load(offsets, b.add(place, one)))
    k = b.index("k")
    copy = b.store(spikes.items, b.add(to, b.sub(k, begin)), b.load(neurons, k))
    after, let_after = b.let("after", b.add(place, one))
    ended = b.compare("<", b.load(steps, after), zero)
    due = If(
        b.compare("==", b.load(steps, place), phase),
        (
            let_begin,
            let_end,
            b.loop(k, end, [copy], start=begin),
            b.store(spikes.counts, row, b.sub(end, begin)),
            let_after,
            b.store(following, None, b.select(b.both(periodic, ended), zero, after)),
        ),
    )
    latest = b.store(spikes.latest, None, b.STEP)
    body: list[Stmt] = [let_row, let_to, let_place, b.store(spikes.counts, row, zero), latest, due]
    return Kernel(group.name, f"the spikes given for '{group.name}'", tuple(body))


def lower_poisson_input(source: PoissonInput, context: Context) -> Kernel:
    """Return the kernel that adds weight * Binomial(N, rate*dt) to a variable."""
    group: Any = source.target
    index = b.index()
    scope = ElementScope(context, group, source.name, index)
    scope.protects = True
    number = context.constant(source.name, "N", DType.I64, lambda: source.inputs)
    chance = context.constant(
        source.name, "p", DType.F64, lambda: min(source.rate * source.clock.dt_, 1.0)
    )
    key = context.random_key(source.name, "binomial")
    size = Load(context.size(group))
    counts = context.scratch(source.name, "events", DType.I32, group.size)
    table = context.buffer(source.name, "table", _binomial_table(source), comment="of the counts")
    if context.formulas is not None:
        _tell_chance(source, context, number, (chance, table))
    draw = Fill(counts, "binomial", key, size, (Load(number), Load(chance)), table)
    events, let_events = b.let("events", b.load(counts, index))
    scope.block.append(let_events)
    weight: Expr
    if isinstance(source.weight, float):
        weight = Load(
            context.constant(source.name, "weight", context.float_dtype, lambda: source.weight)
        )
    else:
        check_dimension(
            source.weight,
            group.variables[source.target_var].dimensions,
            lambda name: context.meaning(group, name),
            "the weight",
        )
        weight = scope.lower(source.weight)
    variable = group.variables[source.target_var]
    buffer = context.variable(group, variable)
    place = scope.index_of(group, source.target_var)
    value = b.add(b.load(buffer, place), b.mul(weight, Cast(events, context.float_dtype)))
    scope.block += b.when(scope.protection(source.target_var), [b.store(buffer, place, value)])
    division = division_of(context, group, index)
    loop = b.loop(index, size, scope.block, division=division)
    assert isinstance(group, SpikeSource)  # noqa: S101 - PoissonInput takes neurons
    title = f"Poisson input to '{source.target_var}' of '{group.name}'"
    return Kernel(source.name, title, (draw, *scope.prelude, loop))


def _tell_chance(
    source: PoissonInput, context: Context, number: Buffer, found: tuple[Buffer, Buffer]
) -> None:
    """Append the formulas of the chance of an input spike per step, and of the table of counts."""
    scope = NumberScope(context, source.target)
    rate = context.constant(source.name, "rate", DType.F64, lambda: source.rate, "of one input, Hz")
    dt = context.constant(source.name, "dt", DType.F64, lambda: source.clock.dt_)
    mean, one = scope.let("mean", b.mul(Load(rate), Load(dt))), b.const(1.0)
    p = scope.let("p", b.select(b.compare("<", mean, one), mean, one))
    chance, table = found
    scope.formulas.store(chance, p)
    scope.block.append(Procedure("binomial_table", (Load(number), p), (), (table,)))


def _binomial_table(source: PoissonInput) -> Callable[[], Array]:
    """Return what gives the table of a source's counts, made again when dt has changed."""
    kept: dict[tuple[int, float], Array] = {}

    def table() -> Array:
        key = (source.inputs, min(source.rate * source.clock.dt_, 1.0))
        if key not in kept:
            kept.clear()
            kept[key] = aligned_zeros(random.TABLE_SIZE, np.int32)
            random.write_binomial_table(*key, kept[key])
        return kept[key]

    return table
