"""Refractoriness: `not_refractory` at the start of a step, and what a spike does to it.

Where only spikes set `lastspike` while running, the step of the last spike is kept beside its time,
and the comparison is one of int32 steps. Where code writes `lastspike`, times are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

import numpy as np

from ..codegen import build as b
from ..codegen.ir import Buffer, Call, DType, Expr, If, Kernel, Load, Local, Stmt
from ..equations.tree import Tree, names_in
from ..model.neurons import NeuronGroup
from ..model.variables import Array, ArrayVariable, aligned_zeros
from ..preferences import prefs
from ..solvers import Varies, evaluate
from .context import Context
from .functions import is_fixed
from .integration import varies
from .numbers import NumberScope
from .precise import event_time, has_period, is_released
from .scope import ElementScope

# the step of each neuron's last spike; a program that goes on from one network to a changed one
# finds it where it left it
_STEPS: WeakKeyDictionary[NeuronGroup, Array] = WeakKeyDictionary()
# by how much of a step `timestep` takes a step for complete before its end
_EARLY = 1e-3
# an int32 step that lies before any refractory period of interest
_LONG_AGO = -(2**30)


def lower_refractoriness(scope: ElementScope, group: NeuronGroup) -> None:
    """Append the update of `not_refractory` at the start of a step."""
    context, tree = scope.context, group.refractory_tree
    assert tree is not None  # noqa: S101 - asked by the caller
    buffer = context.variable(group, _stored(group, "not_refractory"))
    if not has_period(context, group):
        # a condition can only end refractoriness, so the old value counts
        ended = b.invert(scope.condition(tree))
        value = b.invert(b.both(b.invert(b.load(buffer, scope.index)), b.invert(ended)))
    elif group.precise:
        value = is_released(scope, group)
    elif _counts_steps(context, group):
        value = _steps_are_over(scope, group, tree)
    else:
        value = _time_is_over(scope, group, tree)
    if _follows_from_steps(context, group):
        context.derived[buffer] = lambda: _lower_not_refractory(context, group)
    local = scope.let("not_refractory", value)
    scope.bound["not_refractory"] = local
    scope.block.append(b.store(buffer, scope.index, local))


def begin_refractoriness(context: Context, group: NeuronGroup, neuron: Local) -> list[Stmt]:
    """Return the statements that begin the refractoriness of a neuron which has just spiked."""
    if "not_refractory" not in group.variables:
        return []
    active, last = _stored(group, "not_refractory"), _stored(group, "lastspike")
    time = event_time(context, group, "spike", neuron)
    body: list[Stmt] = [
        b.store(context.variable(group, active), neuron, b.const(False)),
        b.store(context.variable(group, last), neuron, time),
    ]
    if has_period(context, group) and _counts_steps(context, group):
        body.append(b.store(_lastspike_step(context, group), neuron, b.RELATIVE_STEP))
    if _follows_from_steps(context, group):
        buffer = context.variable(group, last)
        context.derived[buffer] = lambda: _lower_lastspike(context, group)
    return body


def _follows_from_steps(context: Context, group: NeuronGroup) -> bool:
    """Return whether the step of the last spike says everything about refractoriness."""
    tree = group.refractory_tree
    if tree is None or not has_period(context, group) or not _counts_steps(context, group):
        return False
    return _is_one_for_all(context, group, tree)


def _steps_taken(context: Context, group: NeuronGroup) -> tuple[Expr, Expr]:
    """Return the step at which this stretch of the run began, and the steps taken since then."""
    start = Load(
        context.constant(
            group.name, "start_step", DType.I64, lambda: group.clock.step, "at the start of the run"
        )
    )
    return start, b.sub(b.STEP, start)


def _lower_not_refractory(context: Context, group: NeuronGroup) -> Kernel:
    """Return the kernel that computes `not_refractory` as of the latest step."""
    tree, i = group.refractory_tree, b.index()
    assert tree is not None  # noqa: S101 - it follows from a period
    _, taken = _steps_taken(context, group)
    now, let_now = b.let("now", b.cast(b.sub(taken, b.const(1, DType.I64)), DType.I32))
    last, let_last = b.let("last", b.load(_lastspike_step(context, group), i))
    over = b.compare(">=", b.sub(now, last), _period(context, group, tree, DType.I32, _steps))
    value = b.both(over, b.compare("!=", last, now))
    buffer = context.variable(group, _stored(group, "not_refractory"))
    loop = b.loop(i, Load(context.size(group)), [let_last, b.store(buffer, i, value)])
    some = b.compare(">", taken, b.const(0, DType.I64))
    name, title = f"{group.name}_refractoriness", f"which neurons of '{group.name}' are refractory"
    return Kernel(name, title, (If(some, (let_now, loop)),))


def _lower_lastspike(context: Context, group: NeuronGroup) -> Kernel:
    """Return the kernel that computes the times of the last spikes of this run."""
    i = b.index()
    start, _ = _steps_taken(context, group)
    last, let_last = b.let("last", b.load(_lastspike_step(context, group), i))
    buffer = context.variable(group, _stored(group, "lastspike"))
    step = b.add(start, b.cast(last, DType.I64))
    time = b.mul(b.cast(step, DType.F64), b.DT)
    spiked = b.compare(">=", last, b.const(0, DType.I32))
    store = If(spiked, (b.store(buffer, i, time),))
    loop = b.loop(i, Load(context.size(group)), [let_last, store])
    return Kernel(f"{group.name}_spike_times", f"when '{group.name}' spiked last", (loop,))


def _stored(group: NeuronGroup, name: str) -> ArrayVariable:
    variable = group.variables[name]
    assert isinstance(variable, ArrayVariable)  # noqa: S101 - made so by the group
    return variable


def _counts_steps(context: Context, group: NeuronGroup) -> bool:
    """Return whether steps can stand for times."""
    if group.precise or prefs["legacy.refractory_timing"]:
        return False
    return not context.is_written(_stored(group, "lastspike"))


def _steps_are_over(scope: ElementScope, group: NeuronGroup, tree: Tree) -> Expr:
    """Return whether the steps of a period have passed since the step of the last spike."""
    context = scope.context
    last = b.load(_lastspike_step(context, group), scope.index)
    elapsed = b.sub(b.RELATIVE_STEP, last)
    if _is_one_for_all(context, group, tree):
        return b.compare(">=", elapsed, _period(context, group, tree, DType.I32, _steps))
    return b.compare(">=", b.cast(elapsed, DType.I64), _steps_of_each(scope, tree))


def _lastspike_step(context: Context, group: NeuronGroup) -> Buffer:
    """Return the buffer of the step of each neuron's last spike, on the scale of `relative_step`.

    It is made anew from `lastspike` when a run starts, so that no counter overflows however long
    the simulation is, and during a run after each call of Python code, which may have set
    `lastspike`.
    """
    key = (group.name, "lastspike_step")
    if key in context.buffers:
        return context.buffers[key]
    array = _STEPS.setdefault(group, aligned_zeros(group.size, np.int32))
    last, start = _stored(group, "lastspike"), [0]

    def refresh() -> int:
        clock = group.clock
        if not context.running:
            start[0] = clock.step
        elapsed = np.floor((clock.t_ - last.values) / clock.dt_ + _EARLY)
        array[:] = np.maximum(clock.step - start[0] - elapsed, _LONG_AGO)
        return 0

    context.refuse(group, ["lastspike"], "steps since the last spike are counted apart from it")
    context.constant(group.name, "lastspike_refreshed", DType.I32, refresh, reads=[last])
    return context.buffer(
        group.name,
        "lastspike_step",
        lambda: array,
        comment="step of the last spike, from the start of the run",
    )


def _time_is_over(scope: ElementScope, group: NeuronGroup, tree: Tree) -> Expr:
    """Return whether a period has passed since `lastspike`, both of them rounded to steps."""
    context = scope.context
    elapsed = b.sub(b.T, scope.read("lastspike"))
    if prefs["legacy.refractory_timing"]:
        return b.compare(">", elapsed, scope.lower(tree))
    if _is_one_for_all(context, group, tree):
        return b.compare(">=", elapsed, _period(context, group, tree, DType.F64, _rounded))
    steps = b.cast(_steps_of_each(scope, tree), DType.F64)
    return b.compare(">=", elapsed, b.mul(b.sub(steps, b.const(_EARLY)), b.DT))


def _period(
    context: Context,
    group: NeuronGroup,
    tree: Tree,
    dtype: DType,
    rounded: Callable[[float, float], float],
) -> Expr:
    """Return the one period of all neurons: steps as an integer, seconds as a float."""
    what, unit = ("steps", "") if dtype is DType.I32 else ("time", ", second")

    def formula() -> Expr:
        scope = NumberScope(context, group)
        seconds, dt = scope.let("refractory", b.cast(scope.lower(tree), DType.F64)), scope.dt
        early = b.const(_EARLY)
        if dtype is DType.I32:
            exact = scope.let("exact", b.binary("/", b.add(seconds, b.mul(early, dt)), dt))
            low, high = b.const(-(2.0**30)), b.const(2.0**30)
            raised = scope.let("raised", b.select(b.compare(">", exact, low), exact, low))
            return b.cast(b.select(b.compare("<", raised, high), raised, high), DType.I32)
        steps = b.call("floor", b.add(b.binary("/", seconds, dt), early))
        return b.mul(b.sub(steps, early), dt)

    period = context.constant(
        group.name,
        f"refractory_{what}",
        dtype,
        lambda: rounded(_shared_time(context, group, tree), group.clock.dt_),
        f"what must pass since a spike{unit}",
        context.shared_variables(group, names_in(tree)),
        formula,
    )
    return Load(period)


def _is_one_for_all(context: Context, group: NeuronGroup, tree: Tree) -> bool:
    """Return whether all neurons have the same period, which can be rounded once per run."""
    shared = all(varies(context, group, name) is Varies.SHARED for name in names_in(tree))
    return shared and is_fixed(tree)


def _steps_of_each(scope: ElementScope, tree: Tree) -> Expr:
    return Call("timestep", (b.cast(scope.lower(tree), DType.F64), b.DT), DType.I64)


def _shared_time(context: Context, group: NeuronGroup, tree: Tree) -> float:
    values = {name: context.shared_value(group, name) for name in names_in(tree)}
    return float(evaluate(tree, values))


def _steps(seconds: float, dt: float) -> int:
    return int(min(max((seconds + _EARLY * dt) / dt, -(2.0**30)), 2.0**30))


def _rounded(seconds: float, dt: float) -> float:
    """Return the time which `timestep(t - lastspike, dt) >= timestep(seconds, dt)` asks for.

    The left side counts a step as complete a thousandth before its end, and both times lie on the
    grid of steps but for their last bits: so the comparison is one of times after all.
    """
    return float((np.floor(seconds / dt + _EARLY) - _EARLY) * dt)
