"""Kernels of groups: state update, thresholds, resets.

Input: objects of model/neurons.py. Output: kernels, one per object.
"""

from __future__ import annotations

import numpy as np

from ..codegen import build as b
from ..codegen.ir import Call, DType, Expr, Kernel, Load, Local, Stmt
from ..equations import check_condition, check_statement_units
from ..equations.tree import Tree, names_in
from ..logger import get_logger
from ..model.evaluate import evaluate
from ..model.neurons import (
    NeuronGroup,
    Resetter,
    StateUpdater,
    Thresholder,
)
from ..model.variables import ArrayVariable
from ..preferences import prefs
from ..solvers import Varies
from .adaptive import Updated
from .context import Context
from .functions import is_fixed
from .integration import advanced, integration, varies
from .precise import (
    PreciseBuffers,
    begin_step,
    end_periods,
    event_time,
    find_crossing,
    has_period,
    is_released,
    lower_precise_reset,
    partial_step,
)
from .scope import ElementScope, Scope
from .spike_lists import SpikeList, loop_over_spikes, note_events

logger = get_logger(__name__)

# by how much of a step `timestep` takes a step for complete before its end
_EARLY = 1e-3


# -------------------------------------------------------------------------------------- integration


def lower_state_update(updater: StateUpdater, context: Context) -> Kernel:
    """Return the kernel that advances the differential equations of a group by one step."""
    group = updater.group
    index = b.index()
    scope = ElementScope(context, group, updater.name, index)
    chosen = integration(updater, group, context)
    precise = isinstance(group, NeuronGroup) and group.precise
    if precise:
        begin_step(PreciseBuffers(context, group), scope)
    if isinstance(group, NeuronGroup) and group.refractory_tree is not None:
        lower_refractoriness(scope, group)

    def again() -> Scope:
        return ElementScope(context, group, updater.name, index, filled=False)

    body = advanced(scope, chosen.step, Updated(updater.name, group, index, again))
    if precise and has_period(context, group):
        body += end_periods(context, group, updater.name, partial_step(chosen))
    title = f"advance '{group.name}' by one step ({chosen.method})"
    return Kernel(updater.name, title, tuple(body))


# --------------------------------------------------------------------------------- refractoriness


def lower_refractoriness(scope: ElementScope, group: NeuronGroup) -> None:
    """Append the update of `not_refractory` at the start of a step."""
    context, tree = scope.context, group.refractory_tree
    assert tree is not None  # noqa: S101 - asked by the caller
    active = group.variables["not_refractory"]
    assert isinstance(active, ArrayVariable)  # noqa: S101 - made so by the group
    buffer = context.variable(group, active)
    if has_period(context, group):
        value = is_released(scope, group) if group.precise else _time_is_over(scope, group, tree)
    else:
        # a condition can only end refractoriness, so the old value counts
        ended = b.invert(scope.condition(tree))
        value = b.invert(b.both(b.invert(b.load(buffer, scope.index)), b.invert(ended)))
    local = scope.let("not_refractory", value)
    scope.bound["not_refractory"] = local
    scope.block.append(b.store(buffer, scope.index, local))


def _time_is_over(scope: ElementScope, group: NeuronGroup, tree: Tree) -> Expr:
    """Return whether a period has passed since the last spike, both of them rounded to steps."""
    context = scope.context
    elapsed = b.sub(b.T, scope.read("lastspike"))
    if prefs["legacy.refractory_timing"]:
        return b.compare(">", elapsed, scope.lower(tree))
    shared = all(varies(context, group, name) is Varies.SHARED for name in names_in(tree))
    if shared and is_fixed(tree):
        # one period for all: rounded once per run
        period = context.constant(
            group.name,
            "refractory_time",
            DType.F64,
            lambda: _rounded(_shared_time(context, group, tree), group.clock.dt_),
            "what must pass since a spike, second",
            context.shared_variables(group, names_in(tree)),
        )
        return b.compare(">=", elapsed, Load(period))
    steps = Call("timestep", (b.cast(scope.lower(tree), DType.F64), b.DT), DType.I64)
    period_of_each = b.mul(b.sub(b.cast(steps, DType.F64), b.const(_EARLY)), b.DT)
    return b.compare(">=", elapsed, period_of_each)


def _shared_time(context: Context, group: NeuronGroup, tree: Tree) -> float:
    return float(evaluate(tree, lambda name: context.shared_value(group, name), np.zeros(1)))


def _rounded(seconds: float, dt: float) -> float:
    """Return the time which `timestep(t - lastspike, dt) >= timestep(seconds, dt)` asks for.

    The left side counts a step as complete a thousandth before its end, and both times lie on the
    grid of steps but for their last bits: so the comparison is one of times after all.
    """
    return float((np.floor(seconds / dt + _EARLY) - _EARLY) * dt)


# --------------------------------------------------------------------------------------- thresholds


def lower_threshold(thresholder: Thresholder, context: Context) -> Kernel:
    """Return the kernel that finds the elements above threshold and notes them."""
    group: NeuronGroup = thresholder.group
    event = thresholder.event
    index = b.index()
    scope = ElementScope(context, group, thresholder.name, index)
    check_condition(thresholder.tree, lambda name: context.meaning(group, name), thresholder.what)
    condition = scope.condition(thresholder.tree)
    if event == "spike" and "not_refractory" in group.variables:
        condition = b.both(condition, scope.read("not_refractory"))
    flags = context.scratch(group.name, f"{event}_flag", DType.U8, group.size)
    scope.block.append(b.store(flags, index, condition))
    size = Load(context.size(group))
    note = note_events(context, group, event, flags)
    after = lower_spike_times(context, group, event) if event == "spike" else []
    body = [*scope.prelude, b.loop(index, size, scope.block), *note, *after]
    return Kernel(thresholder.name, f"find the {event}s of '{group.name}'", tuple(body))


def lower_spike_times(context: Context, group: NeuronGroup, event: str) -> list[Stmt]:
    """Return the statements that start refractoriness for the elements just noted."""
    spikes = SpikeList(context, group, event)
    k = b.index("k")
    first, count = Local("first", DType.I64), Local("count", DType.I64)
    neuron, let_neuron = b.let("neuron", b.load(spikes.items, k))
    body: list[Stmt] = []
    if group.precise:
        body += find_crossing(context, group, group.thresholder[event].name, neuron)
    if "not_refractory" in group.variables:
        active, last = group.variables["not_refractory"], group.variables["lastspike"]
        assert isinstance(active, ArrayVariable)  # noqa: S101 - made so by the group
        assert isinstance(last, ArrayVariable)  # noqa: S101
        time = event_time(context, group, event, neuron)
        body.append(b.store(context.variable(group, active), neuron, b.const(False)))
        body.append(b.store(context.variable(group, last), neuron, time))
    return [b.loop(k, b.add(first, count), [let_neuron, *body], start=first)] if body else []


def lower_reset(resetter: Resetter, context: Context) -> Kernel:
    """Return the kernel that runs statements for the elements that had an event."""
    group: NeuronGroup = resetter.group
    if group.precise and resetter.event == "spike":
        assert group.state_updater is not None  # noqa: S101 - every group of neurons has one
        step = partial_step(integration(group.state_updater, group, context))
        return lower_precise_reset(resetter, context, step)
    neuron = Local("neuron", DType.I32)
    scope = ElementScope(context, group, resetter.name, neuron, filled=False)
    check_statement_units(
        resetter.statements, lambda name: context.meaning(group, name), group.is_variable
    )
    scope.statements(resetter.statements)
    body = loop_over_spikes(context, group, resetter.event, scope, neuron)
    title = f"reset '{group.name}'" if resetter.event == "spike" else f"after {resetter.event}"
    return Kernel(resetter.name, title, tuple(body))
