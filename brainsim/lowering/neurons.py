"""Kernels of groups: state update, thresholds, resets.

Input: objects of model/neurons.py. Output: kernels, one per object.
"""

from __future__ import annotations

from functools import partial

from ..codegen import build as b
from ..codegen.ir import DType, Kernel, Load, Local, Stmt
from ..equations import check_condition, check_statement_units
from ..logger import get_logger
from ..model.neurons import (
    NeuronGroup,
    Resetter,
    StateUpdater,
    Thresholder,
)
from .adaptive import Updated
from .context import Context
from .integration import advanced, integration
from .precise import (
    PreciseBuffers,
    begin_step,
    end_periods,
    find_crossing,
    has_period,
    lower_precise_reset,
    partial_step,
)
from .refractoriness import begin_refractoriness, lower_refractoriness
from .scope import ElementScope, Scope
from .spike_lists import loop_over_spikes, note_events

logger = get_logger(__name__)


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
    note = note_events(context, group, event, flags, partial(_after_event, context, group, event))
    body = [*scope.prelude, b.loop(index, size, scope.block), *note]
    return Kernel(thresholder.name, f"find the {event}s of '{group.name}'", tuple(body))


def _after_event(context: Context, group: NeuronGroup, event: str, neuron: Local) -> list[Stmt]:
    """Return the statements that start the refractoriness of an element just noted."""
    if event != "spike":
        return []
    body: list[Stmt] = []
    if group.precise:
        body += find_crossing(context, group, group.thresholder[event].name, neuron)
    return body + begin_refractoriness(context, group, neuron)


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
