"""Groups whose spikes lie between two steps.

A step is taken as usual, and then mended for the few neurons for which something happens within it.
The spike is where the straight line between the old and the new value of the crossing function
passes zero. From there the neuron is taken up again: its variables are put back to that time, the
reset acts, and the rest of the step is integrated. A refractory period ends within a step in the
same way. So the reset comes before the synapses of the step, which act at its end.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..codegen import build as b
from ..codegen.ir import Buffer, Compact, DType, Expr, Kernel, Let, Load, Local, Stmt
from ..equations import check_statement_units
from ..errors import Diagnostic, UnsupportedEquationsException
from ..model.neurons import NeuronGroup, Resetter
from ..model.precise import crossing_of
from ..model.rules import is_period
from ..model.spikes import SpikeSource
from ..model.variables import ArrayVariable
from ..solvers import Step, choose, exact
from ..solvers.adaptive import AdaptiveStep
from .context import Context
from .integration import Integration, advance
from .scope import ElementScope
from .spike_lists import loop_over_spikes
from .symbolic import remember

# two times that differ by less than this part of a step are the same
_SAME = 1e-9
_ZERO, _ONE = b.const(0.0), b.const(1.0)


class PreciseBuffers:
    """What is remembered of each neuron while a step lasts.

    Attributes:
        old: Differential variable -> its value where the line to the new value begins.
        begun: Part of the step that was over there: 0, or where a refractory period ended.
        crossed: Part of that line at which the spike is.
        spike_time: Its time, in seconds.
    """

    def __init__(self, context: Context, group: NeuronGroup) -> None:
        def scratch(name: str) -> Buffer:
            return context.scratch(group.name, name, DType.F64, group.size)

        self.context, self.group = context, group
        self.old = {name: scratch(f"old_{name}") for name in differential(group)}
        self.begun = scratch("begun")
        self.crossed = scratch("crossed")
        self.spike_time = scratch("spike_time")

    def memory(self, name: str) -> Buffer:
        """Return the buffer of a variable of the group."""
        variable = self.group.variables[name]
        assert isinstance(variable, ArrayVariable)  # noqa: S101 - asked for what has memory
        return self.context.variable(self.group, variable)

    def on_the_line(self, neuron: Expr, part: Expr) -> list[tuple[str, Expr]]:
        """Return the differential variables at a part of the line from old to new values."""
        found = []
        for name, old in self.old.items():
            new, start = b.load(self.memory(name), neuron), b.load(old, neuron)
            found.append((name, b.add(start, b.mul(part, b.sub(new, start)))))
        return found


def differential(group: NeuronGroup) -> list[str]:
    """Return the names of the differential variables, in the order of the equations."""
    return [name for name in group.equations if name in group.equations.diff_eq_names]


def has_period(context: Context, group: NeuronGroup) -> bool:
    """Return whether the group is refractory for a time, and not while a condition holds."""
    tree = group.refractory_tree
    return tree is not None and is_period(tree, lambda name: context.meaning(group, name))


def partial_step(chosen: Integration) -> Step:
    """Return a step of which the length is the name `dt`, for a part of a whole step.

    Raises:
        UnsupportedEquationsException: The method chooses the length of its steps itself.
    """
    method, system, step = chosen.method, chosen.system, chosen.step
    if isinstance(step, AdaptiveStep):
        raise UnsupportedEquationsException(
            Diagnostic(
                f"'{method}' cannot begin within a step, as precise=True needs it",
                help="use a method with fixed steps, such as 'rk4' or 'exponential_euler'",
            )
        )
    if not step.propagators:
        return step
    try:
        return exact.text_step(system, {})
    except UnsupportedEquationsException:  # too intricate for a formula
        return choose(system, "rk4", None, remember)[1]


class _PartialSteps:
    """Advances single neurons by parts of a step.

    Args:
        buffers: What is remembered of the neurons.
        owner: Name of the object that runs the code.
        neuron: The neuron.
        step: The step with the name `dt` for its length.
    """

    def __init__(self, buffers: PreciseBuffers, owner: str, neuron: Local, step: Step) -> None:
        self.buffers, self.owner, self.neuron, self.step = buffers, owner, neuron, step
        self.scope = self.fresh()

    def fresh(self, bound: Mapping[str, Expr] | None = None) -> ElementScope:
        """Return a scope that appends to the same block, with these names bound."""
        group = self.buffers.group
        scope = ElementScope(self.buffers.context, group, self.owner, self.neuron, filled=False)
        if hasattr(self, "scope"):
            scope.continue_block(self.scope)
        scope.bound |= bound or {}
        return scope

    def advance(self, start: Expr, length: Expr, *, active: bool | None = None) -> None:
        """Append the integration from a time on, for some seconds."""
        context = self.buffers.context
        bound = {
            "t": b.cast(start, context.float_dtype),
            "dt": b.cast(length, context.float_dtype),
        }
        if active is not None:
            bound["not_refractory"] = b.const(active)
        advance(self.fresh(bound), self.step, self.buffers.group)


def event_time(context: Context, group: SpikeSource, event: str, neuron: Expr) -> Expr:
    """Return the time of an event of a neuron in this step."""
    if event == "spike" and isinstance(group, NeuronGroup) and group.precise:
        return b.load(PreciseBuffers(context, group).spike_time, neuron)
    return b.T


def begin_step(buffers: PreciseBuffers, scope: ElementScope) -> None:
    """Append what remembers a neuron's variables at the start of a step."""
    for name, old in buffers.old.items():
        scope.block.append(b.store(old, scope.index, b.load(buffers.memory(name), scope.index)))
    scope.block.append(b.store(buffers.begun, scope.index, _ZERO))


def release_time(scope: ElementScope, group: NeuronGroup) -> Expr:
    """Return when the refractory period of a neuron ends."""
    assert group.refractory_tree is not None  # noqa: S101 - asked by the caller
    period = b.cast(scope.lower(group.refractory_tree), DType.F64)
    return b.add(b.cast(scope.read("lastspike"), DType.F64), period)


def is_released(scope: ElementScope, group: NeuronGroup) -> Expr:
    """Return whether the period is over at the start of the step."""
    end = b.add(b.T, b.mul(b.const(_SAME), b.DT))
    return b.compare("<=", release_time(scope, group), end)


def end_periods(context: Context, group: NeuronGroup, owner: str, step: Step) -> list[Stmt]:
    """Return the statements that take up the neurons whose period ends within this step."""
    buffers, index = PreciseBuffers(context, group), b.index()
    scope = ElementScope(context, group, owner, index, filled=False)
    release = scope.let("release", release_time(scope, group))
    soon = b.compare("<", release, b.add(b.T, b.mul(b.const(1 - _SAME), b.DT)))
    refractory = b.invert(b.load(buffers.memory("not_refractory"), index))
    flags = context.scratch(group.name, "released_flag", DType.U8, group.size)
    listed = context.scratch(group.name, "released", DType.I32, group.size)
    scope.block.append(b.store(flags, index, b.both(refractory, soon)))
    size, count = Load(context.size(group)), Local("released", DType.I64)
    k, neuron = b.index("k"), Local("neuron", DType.I32)
    parts = _PartialSteps(buffers, owner, neuron, step)
    inner = parts.scope
    release = inner.let("release", release_time(inner, group))
    part = inner.let("part", b.binary("/", b.sub(release, b.T), b.DT))
    for name, value in buffers.on_the_line(neuron, part):
        there = inner.let(f"then_{name}", value)
        inner.block.append(b.store(buffers.old[name], neuron, there))
        inner.block.append(b.store(buffers.memory(name), neuron, there))
    inner.block.append(b.store(buffers.begun, neuron, part))
    inner.block.append(b.store(buffers.memory("not_refractory"), neuron, b.TRUE))
    parts.advance(release, b.mul(b.sub(_ONE, part), b.DT), active=True)
    return [
        b.loop(index, size, scope.block),
        Compact(flags, size, listed, b.const(0, DType.I64), count),
        b.loop(k, count, [Let(neuron, b.load(listed, k)), *inner.block]),
    ]


def find_crossing(context: Context, group: NeuronGroup, owner: str, neuron: Local) -> list[Stmt]:
    """Return the statements that find the time of a neuron's spike within this step."""
    buffers = PreciseBuffers(context, group)
    tree = crossing_of(group.thresholder["spike"].tree)
    before = ElementScope(context, group, owner, neuron, filled=False)
    for name, old in buffers.old.items():
        before.bound[name] = before.as_float(b.load(old, neuron))
    below = before.let("below", b.cast(before.lower(tree), DType.F64))
    after = ElementScope(context, group, owner, neuron, filled=False)
    after.continue_block(before)
    above = after.let("above", b.cast(after.lower(tree), DType.F64))
    # above the threshold from the start of the step on: synapses have lifted it there
    part = b.select(b.compare("<", below, _ZERO), b.binary("/", below, b.sub(below, above)), _ZERO)
    crossed = after.let("crossed", part)
    begun = b.load(buffers.begun, neuron)
    elapsed = b.mul(b.add(begun, b.mul(b.sub(_ONE, begun), crossed)), b.DT)
    return [
        *after.block,
        b.store(buffers.crossed, neuron, crossed),
        b.store(buffers.spike_time, neuron, b.add(b.T, elapsed)),
    ]


def lower_precise_reset(resetter: Resetter, context: Context, step: Step) -> Kernel:
    """Return the kernel that takes up neurons at their spikes: reset, then the rest of the step."""
    group: NeuronGroup = resetter.group
    neuron = Local("neuron", DType.I32)
    buffers = PreciseBuffers(context, group)
    parts = _PartialSteps(buffers, resetter.name, neuron, step)
    scope = parts.scope
    crossed = scope.let("crossed", b.load(buffers.crossed, neuron))
    time = scope.let("spike_time", b.load(buffers.spike_time, neuron))
    for name, value in buffers.on_the_line(neuron, crossed):
        scope.block.append(b.store(buffers.memory(name), neuron, value))
    check_statement_units(
        resetter.statements, lambda name: context.meaning(group, name), group.is_variable
    )
    reset = parts.fresh()
    reset.statements(resetter.statements)
    scope.kind = reset.kind
    rest = scope.let("rest", b.sub(b.add(b.T, b.DT), time))
    if has_period(context, group):
        period = b.sub(release_time(parts.fresh(), group), time)
        still = scope.let("still", b.select(b.compare("<", period, rest), period, rest))
        parts.advance(time, still, active=False)
        parts.advance(b.add(time, still), b.sub(rest, still), active=True)
        over = b.compare("<", still, rest)
        scope.block.append(b.store(buffers.memory("not_refractory"), neuron, over))
    else:
        active = None if group.refractory_tree is None else False
        parts.advance(time, rest, active=active)
    body = loop_over_spikes(context, group, resetter.event, scope, neuron)
    return Kernel(resetter.name, f"reset '{group.name}' at its spikes", tuple(body))
