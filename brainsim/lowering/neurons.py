"""Kernels of groups: state update, thresholds, resets, regular operations.

Input: objects of model/neurons.py and model/operations.py. Output: kernels, one per object.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ..codegen import build as b
from ..codegen.ir import Buffer, Call, Compact, DType, Expr, For, Kernel, Let, Load, Local, Stmt
from ..equations import check_condition, check_statement_units
from ..equations.tree import Tree, names_in
from ..logger import get_logger
from ..model.evaluate import evaluate
from ..model.group import Group
from ..model.neurons import (
    NeuronGroup,
    Resetter,
    StateUpdater,
    SubexpressionUpdater,
    Thresholder,
)
from ..model.operations import RunRegularly
from ..model.rules import is_period
from ..model.spikes import SpikeSource
from ..model.variables import ArrayVariable, SizeVariable
from ..preferences import prefs
from ..solvers import Step, Varies, choose, system_of
from ..solvers.adaptive import AdaptiveStep
from ..solvers.step import Constants
from .adaptive import Updated, adaptive_statements
from .context import Context
from .functions import called_functions, held_functions, is_fixed
from .scope import ElementScope, Scope
from .symbolic import remember

logger = get_logger(__name__)

# by how much of a step `timestep` takes a step for complete before its end
_EARLY = 1e-3


# -------------------------------------------------------------------------------------- integration


def lower_state_update(updater: StateUpdater, context: Context) -> Kernel:
    """Return the kernel that advances the differential equations of a group by one step."""
    group = updater.group
    index = b.index()
    scope = ElementScope(context, group, updater.name, index)
    method, step = integration_step(updater, group, context)
    if isinstance(group, NeuronGroup) and group.refractory_tree is not None:
        lower_refractoriness(scope, group)

    def again() -> Scope:
        return ElementScope(context, group, updater.name, index, filled=False)

    body = advanced(scope, step, Updated(updater.name, group, index, again))
    return Kernel(updater.name, f"advance '{group.name}' by one step ({method})", tuple(body))


def integration_step(updater: StateUpdater, group: Group, context: Context) -> tuple[str, Step]:
    """Return the method and the step it makes for the equations of a group."""
    equations = group.equations
    only = [
        eq.name
        for eq in equations.values()
        if eq.name in equations.diff_eq_names and "event-driven" not in eq.flags
    ]
    called = called_functions(context, group)
    held = held_functions(context, group, called)
    system = system_of(
        equations,
        lambda name: _varies(context, group, name),
        only=only,
        refractory="not_refractory" in group.variables,
        held=held,
        stateful=[name for name, f in called.items() if not f.stateless],
        variables=group.variables,
    )
    method, step = choose(system, updater.method, updater.method_options, remember)
    if isinstance(updater.method, list | tuple):
        logger.info(
            f"no integration method was given for '{group.name}'; '{method}' is used",
            "method_choice",
            once=True,
        )
    return method, step


def _varies(context: Context, group: Group, name: str) -> Varies:
    found = group.find(name)
    if found is None:
        context.external(group, name)
        return Varies.SHARED
    owner, variable = found
    if isinstance(variable, SizeVariable):
        return Varies.SHARED
    if isinstance(variable, ArrayVariable) and owner is group and variable.scalar:
        fixed = variable.constant and not context.is_written(variable)
        return Varies.SHARED if fixed else Varies.ELEMENT
    return Varies.ELEMENT


def advanced(scope: Scope, step: Step, updated: Updated) -> list[Stmt]:
    """Return the statements that advance all elements by a step.

    Args:
        scope: The code of one element, with what it does before; it is completed.
        step: The step.
        updated: What is advanced.
    """
    if isinstance(step, AdaptiveStep):
        return adaptive_statements(scope.context, updated, step, scope)
    advance(scope, step, updated.group)
    size = Load(scope.context.size(updated.group))
    return [*scope.prelude, b.loop(updated.index, size, scope.block)]


def advance(scope: Scope, step: Step, group: Group) -> None:
    """Append a step: noise, temporaries, all new values, then all stores."""
    context = scope.context
    for name in step.noise:
        key = context.random_key(scope.owner, name)
        scope.bound[name] = scope.as_float(scope.variate("normal", key, name))
    for propagator in step.propagators:
        for name in propagator.reads:
            context.shared_value(group, name)  # resolves the name
        numbers = _Numbers(propagator, context, group)
        shared = context.shared_variables(group, propagator.reads)
        for name in propagator.names:
            number = partial(numbers.value, name)
            buffer = context.constant(group.name, name, context.float_dtype, number, reads=shared)
            scope.bound[name] = Load(buffer)
    for temporary in step.temporaries:
        scope.bound[temporary.name] = scope.let(temporary.name, scope.lower(temporary.value))
    updates = [(name, scope.let(f"new_{name}", scope.lower(value))) for name, value in step.updates]
    for name, value in updates:
        variable = group.variables[name]
        assert isinstance(variable, ArrayVariable)  # noqa: S101 - differential variables have memory
        buffer = context.variable(group, variable)
        scope.block.append(b.store(buffer, scope.index_of(group, name), value))


class _Numbers:
    """The numbers of a propagator, computed together when the first one is asked for.

    Args:
        propagator: The recipe.
        context: Gives the values it reads.
        group: The group whose names it uses.
    """

    def __init__(self, propagator: Constants, context: Context, group: Group) -> None:
        self.propagator, self.context, self.group = propagator, context, group
        self.numbers: dict[str, float] = {}
        self.made_for: tuple[dict[str, float], float] | None = None

    def value(self, name: str) -> float:
        """Return a number; the first name of the propagator computes all of them anew."""
        if name == self.propagator.names[0]:
            reads = self.propagator.reads
            values = {read: self.context.shared_value(self.group, read) for read in reads}
            dt = self.group.clock.dt_
            if self.made_for != (values, dt):
                self.numbers = self.propagator.compute(values, dt)
                self.made_for = (values, dt)
        return self.numbers[name]


# --------------------------------------------------------------------------------- refractoriness


def lower_refractoriness(scope: ElementScope, group: NeuronGroup) -> None:
    """Append the update of `not_refractory` at the start of a step."""
    context, tree = scope.context, group.refractory_tree
    assert tree is not None  # noqa: S101 - asked by the caller
    active = group.variables["not_refractory"]
    assert isinstance(active, ArrayVariable)  # noqa: S101 - made so by the group
    buffer = context.variable(group, active)
    if is_period(tree, lambda name: context.meaning(group, name)):
        value = _time_is_over(scope, group, tree)
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
    shared = all(_varies(context, group, name) is Varies.SHARED for name in names_in(tree))
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


def lower_spike_times(context: Context, group: NeuronGroup, event: str) -> list[Stmt]:
    """Return the statements that start refractoriness for the elements just noted."""
    if "not_refractory" not in group.variables:
        return []
    spikes = SpikeList(context, group, event)
    k = b.index("k")
    first, count = Local("first", DType.I64), Local("count", DType.I64)
    neuron, let_neuron = b.let("neuron", b.load(spikes.items, k))
    active, last = group.variables["not_refractory"], group.variables["lastspike"]
    assert isinstance(active, ArrayVariable)  # noqa: S101 - made so by the group
    assert isinstance(last, ArrayVariable)  # noqa: S101
    body: list[Stmt] = [
        let_neuron,
        b.store(context.variable(group, active), neuron, b.const(False)),
        b.store(context.variable(group, last), neuron, b.T),
    ]
    return [b.loop(k, b.add(first, count), body, start=first)]


def loop_over_spikes(
    context: Context, source: SpikeSource, event: str, scope: Scope, neuron: Local
) -> list[Stmt]:
    """Return the code of a scope run for every element of this step's list; binds `neuron`."""
    spikes = SpikeList(context, source, event)
    row, let_row = b.let("row", spikes.row())
    first, let_first = b.let("first", spikes.start(row))
    last, let_last = b.let("last", b.add(first, b.load(spikes.counts, row)))
    k = b.index("k")
    body = [Let(neuron, b.load(spikes.items, k)), *scope.block]
    return [let_row, let_first, let_last, b.loop(k, last, body, start=first, kind=scope.kind)]


def lower_reset(resetter: Resetter, context: Context) -> Kernel:
    """Return the kernel that runs statements for the elements that had an event."""
    group: NeuronGroup = resetter.group
    neuron = Local("neuron", DType.I32)
    scope = ElementScope(context, group, resetter.name, neuron, filled=False)
    check_statement_units(
        resetter.statements, lambda name: context.meaning(group, name), group.is_variable
    )
    scope.statements(resetter.statements)
    body = loop_over_spikes(context, group, resetter.event, scope, neuron)
    title = f"reset '{group.name}'" if resetter.event == "spike" else f"after {resetter.event}"
    return Kernel(resetter.name, title, tuple(body))


# ------------------------------------------------------------------------------- regular operations


def lower_subexpression_update(updater: SubexpressionUpdater, context: Context) -> Kernel:
    """Return the kernel that evaluates (constant over dt) subexpressions into their memory."""
    group = updater.group
    index = b.index()
    scope = ElementScope(context, group, updater.name, index)
    shared = ElementScope(context, group, updater.name, b.const(0, DType.I64), filled=False)
    for name, eq in group.equations.items():
        if "constant over dt" not in eq.flags:
            continue
        variable = group.variables[name]
        chosen = shared if variable.scalar else scope
        value = chosen.lower(eq.expr)
        buffer = context.variable(group, variable)
        chosen.block.append(b.store(buffer, chosen.index_of(group, name), value))
    loop: list[Stmt] = (
        [b.loop(index, Load(context.size(group)), scope.block)] if scope.block else []
    )
    body = [*shared.block, *scope.prelude, *loop]
    return Kernel(updater.name, f"subexpressions of '{group.name}'", tuple(body))


def lower_run_regularly(operation: RunRegularly, context: Context) -> Kernel:
    """Return the kernel that runs statements for all elements of a group."""
    group = operation.elements
    index = b.index()
    scope = ElementScope(context, group, operation.name, index)
    scope.protects = True
    shared = ElementScope(context, group, operation.name, b.const(0, DType.I64), filled=False)
    shared.foreign_clock = scope.foreign_clock = operation.clock is not group.clock
    check_statement_units(
        operation.statements, lambda name: context.meaning(group, name), group.is_variable
    )
    for statement in operation.statements:
        found = group.find(statement.target)
        chosen = shared if found is not None and found[1].scalar else scope
        chosen.statement(statement)
    loop: list[For] = []
    if scope.block:
        loop = [b.loop(index, Load(context.size(group)), scope.block, kind=scope.kind)]
    body = [*shared.block, *scope.prelude, *loop]
    times = "regularly" if operation.clock.times is None else "at given times"
    return Kernel(operation.name, f"run {times} for '{group.name}'", tuple(body))
