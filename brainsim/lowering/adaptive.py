"""Kernels that advance each element in parts of a step, as small as its error demands.

Input: an `AdaptiveStep`. Output: the statements of a state update: a loop that starts the step of
every element, attempts over the list of those that are not done, a count of those that never got
there. Does not: choose methods.

All elements go on together, one part each per attempt. Those that are done drop out of the list,
and attempts with nobody left cost nothing. What the others have is collected side by side, so that
the loop that computes is as wide as the processor allows, and the results are put back into their
places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..codegen import build as b
from ..codegen.ir import Binary, Buffer, Compact, DType, Expr, If, Let, Load, Local, LoopKind, Stmt
from ..codegen.rewrite import bottom_up, expressions, locals_used, map_deep, statements
from ..model.group import Group
from ..model.variables import Array, ArrayVariable, aligned_zeros
from ..records import dataclass
from ..solvers.adaptive import ELAPSED, PART, AdaptiveStep, Control, IntegrationError
from ..units import second
from ..units.dimensions import DIMENSIONLESS
from .context import Context, Watch
from .scope import Scope

# a part is at most this much larger or smaller than the one before, and aims at a little less than
# the error that is allowed (Hairer, Norsett and Wanner 1993, section II.4)
_GROWTH, _SHRINKAGE, _SAFETY = 5.0, 0.2, 0.9
# the error, as a part of what is allowed, of what is infinite or not a number
_HOPELESS = 1e30
# of the elements that failed, a message names this many
_NAMED = 5
# where in the list of elements under way a loop stands
_PLACE = b.index("k")
_ZERO = b.const(0, DType.I64)


@dataclass(frozen=True, slots=True)
class Updated:
    """What a state update advances.

    Args:
        owner: Name of the state updater.
        group: The group.
        index: Number of the element.
        scope: Makes the scope of the code of one element.
    """

    owner: str
    group: Group
    index: Local
    scope: Callable[[], Scope]


class _Memory:
    """What is known of each element while its step is under way.

    Args:
        context: The lowering.
        updated: What is advanced.
        step: The step.
    """

    def __init__(self, context: Context, updated: Updated, step: AdaptiveStep) -> None:
        self.context, self.group, self.owner = context, updated.group, updated.owner
        options = step.control
        self.elapsed = self.array("elapsed", np.float64, "s, done of this step")
        self.going = self.array("going", np.uint8, "1: not at the end of the step")
        self.listed = self.array("listed", np.int32, "elements that are not at the end of the step")
        self.part = self._variable("_last_timestep", second.dim, np.float64, options.remembers)
        if options.adapts and self.part is None:
            self.part = self.array("part", np.float64, "s, size of the next part")
        self.failed = self._variable("_failed_steps", DIMENSIONLESS, np.int32, options.saves_failed)
        self.count = self._variable("_step_count", DIMENSIONLESS, np.int32, options.saves_count)
        # of one attempt, in the order of the list
        self.reached = self.array("reached", np.float64, "s, done after this part")
        self.following = self.array("following", np.float64, "s, size of the next part")
        self.variables = {name: self._buffer(name) for name, _ in step.attempt.updates}
        self.results = {
            name: self.array(f"new_{name}", np.dtype(buffer.dtype.value))
            for name, buffer in self.variables.items()
        }
        self.errors = {
            name: self.array(f"error_{name}", np.dtype(buffer.dtype.value))
            for name, buffer in self.variables.items()
        }
        left = aligned_zeros(1, np.int64)
        self.left = context.buffer(self.owner, "left", lambda: left, scalar=True)

    def array(self, name: str, dtype: Any, comment: str = "") -> Buffer:
        """Return an array with one value per element, however many there come to be."""
        group = self.group
        kept: list[Array] = [aligned_zeros(group.size_value("N"), dtype)]

        def array() -> Array:
            if len(kept[0]) != group.size_value("N"):
                kept[0] = aligned_zeros(group.size_value("N"), dtype)
            return kept[0]

        return self.context.buffer(self.owner, name, array, comment=comment)

    def _variable(self, name: str, dimensions: Any, dtype: Any, wanted: bool) -> Buffer | None:
        """Return the buffer of a variable that the user may read, which is made if it is new."""
        if not wanted:
            return None
        if name not in self.group.variables:
            values = aligned_zeros(self.group.size_value("N"), dtype)
            self.group.variables[name] = ArrayVariable(name, dimensions, values, read_only=True)
        return self._buffer(name)

    def _buffer(self, name: str) -> Buffer:
        variable = self.group.variables[name]
        assert isinstance(variable, ArrayVariable)  # noqa: S101 - made with memory
        return self.context.variable(self.group, variable)


def adaptive_statements(
    context: Context, updated: Updated, step: AdaptiveStep, start: Scope
) -> list[Stmt]:
    """Return the statements that advance all elements by one step.

    Args:
        context: The lowering.
        updated: What is advanced.
        step: The step.
        start: A scope that holds what every element does before; it is completed.
    """
    memory = _Memory(context, updated, step)
    drawn = _start_step(start, memory, step, updated.index)
    index, size = updated.index, Load(context.size(updated.group))
    count, left = Local("count", DType.I64), memory.left
    element = Let(index, b.cast(b.load(memory.listed, _PLACE), DType.I64))
    collected, (computed, judged) = _collected(
        memory, index, _attempt(updated, memory, step, drawn), _judged(updated, memory, step)
    )
    read = (expr for stmt in statements(computed) for expr in expressions(stmt))
    if any(index.name in locals_used(expr) for expr in read):
        computed.insert(0, element)
    body = (
        Compact(memory.going, size, memory.listed, _ZERO, count),
        b.store(left, None, count),
        b.loop(_PLACE, count, [element, *collected]),
        b.loop(_PLACE, count, computed),
        b.loop(_PLACE, count, judged),
        b.loop(_PLACE, count, [element, *_put_back(memory, index)]),
    )
    going = b.compare(">", Load(left), _ZERO)
    attempts = b.const(step.control.attempts, DType.I64)
    attempt = b.loop(b.index("attempt"), attempts, [If(going, body)], kind=LoopKind.SEQUENTIAL)
    return [
        *start.prelude,
        b.loop(index, size, start.block),
        b.store(left, None, size),
        attempt,
        If(going, _note_failures(context, updated, memory, step.control)),
    ]


def _start_step(
    scope: Scope, memory: _Memory, step: AdaptiveStep, index: Local
) -> dict[str, Buffer]:
    """Append what one element does at the start of its step.

    Returns:
        Where the temporaries of the whole step stand.
    """
    drawn: dict[str, Buffer] = {}
    for temporary in step.temporaries:
        value = scope.bound[temporary.name] = scope.let(
            temporary.name, scope.lower(temporary.value)
        )
        buffer = memory.array(temporary.name, np.dtype(value.dtype.value))
        scope.block.append(b.store(buffer, index, value))
        drawn[temporary.name] = buffer
    scope.block += [
        b.store(memory.elapsed, index, b.const(0.0)),
        b.store(memory.going, index, b.const(True)),
    ]
    if memory.part is not None:
        first: Expr = b.DT
        if step.control.remembers:
            last = b.load(memory.part, index)
            first = b.select(b.compare(">", last, b.const(0.0)), last, b.DT)
        scope.block.append(b.store(memory.part, index, first))
    counters = (counter for counter in (memory.failed, memory.count) if counter is not None)
    scope.block += [b.store(counter, index, b.const(0)) for counter in counters]
    return drawn


def _attempt(
    updated: Updated, memory: _Memory, step: AdaptiveStep, drawn: dict[str, Buffer]
) -> list[Stmt]:
    """Return the statements that compute what one element would have after one more part."""
    scope, index = updated.scope(), updated.index
    for name, buffer in drawn.items():
        scope.bound[name] = b.load(buffer, index)
    for name, buffer in memory.variables.items():
        scope.bound[name] = scope.let(f"old_{name}", b.load(buffer, index))
    elapsed, _, part, _ = _next(scope, memory, index)
    scope.bound[ELAPSED.name] = scope.as_float(elapsed)
    scope.bound[PART.name] = scope.as_float(part)
    for temporary in step.attempt.temporaries:
        scope.bound[temporary.name] = scope.let(temporary.name, scope.lower(temporary.value))
    for (name, value), error in zip(step.attempt.updates, step.errors, strict=True):
        scope.block += [
            b.store(memory.results[name], _PLACE, scope.lower(value)),
            b.store(memory.errors[name], _PLACE, scope.lower(error)),
        ]
    return scope.block


def _next(scope: Scope, memory: _Memory, index: Local) -> tuple[Expr, Expr, Expr, Expr]:
    """Return how much is done, the size of the next part as wished and as it is, if it is the last.

    All times in seconds. The step ends at `dt`, whatever part is wished.
    """
    elapsed = scope.let("elapsed", b.load(memory.elapsed, index))
    wanted = b.DT if memory.part is None else scope.let("wanted", b.load(memory.part, index))
    rest = scope.let("rest", b.sub(b.DT, elapsed))
    is_last = b.compare(">=", wanted, rest)
    return elapsed, wanted, scope.let("part", b.select(is_last, rest, wanted)), is_last


def _judged(updated: Updated, memory: _Memory, step: AdaptiveStep) -> list[Stmt]:
    """Return the statements that judge what an attempt has computed for one element.

    Where the part was too large the element has what it had, and the next part is smaller.
    """
    scope, index = updated.scope(), updated.index
    elapsed, wanted, part, is_last = _next(scope, memory, index)
    worst = _worst(scope, memory, step)
    good = b.compare("<=", worst, b.const(1.0))
    for name, buffer in memory.variables.items():
        new, old = b.load(memory.results[name], _PLACE), b.load(buffer, index)
        scope.block.append(b.store(memory.results[name], _PLACE, b.select(good, new, old)))
    reached = b.select(is_last, b.DT, b.add(elapsed, part))
    scope.block.append(b.store(memory.reached, _PLACE, b.select(good, reached, elapsed)))
    if memory.part is not None:
        following = _next_part(scope, (worst, part, wanted), b.both(good, is_last), step)
        scope.block.append(b.store(memory.following, _PLACE, following))
    return scope.block


def _collected(
    memory: _Memory, index: Local, *loops: list[Stmt]
) -> tuple[list[Stmt], list[list[Stmt]]]:
    """Return the statements that collect what one element has, and those that compute with it.

    Args:
        memory: Where results are.
        index: Number of the element.
        loops: Statements that read what belongs to the element where it stands.
    """
    places: dict[Buffer, Buffer] = {}

    def collected(expr: Expr) -> Expr:
        match expr:
            case Load(buffer, at) if at == index:
                if buffer not in places:
                    dtype = np.dtype(buffer.dtype.value)
                    places[buffer] = memory.array(f"old_{buffer.name}", dtype)
                return Load(places[buffer], _PLACE)
            case _:
                return expr

    rest = [[map_deep(stmt, bottom_up(collected)) for stmt in loop] for loop in loops]
    return [b.store(new, _PLACE, b.load(old, index)) for old, new in places.items()], rest


def _put_back(memory: _Memory, index: Local) -> list[Stmt]:
    """Return the statements that put what an attempt has computed into its place."""
    reached, let_reached = b.let("reached", b.load(memory.reached, _PLACE))
    good, let_good = b.let("good", b.compare(">", reached, b.load(memory.elapsed, index)))
    stores: list[Stmt] = [
        b.store(buffer, index, b.load(memory.results[name], _PLACE))
        for name, buffer in memory.variables.items()
    ]
    if memory.part is not None:
        stores.append(b.store(memory.part, index, b.load(memory.following, _PLACE)))
    if memory.count is not None:
        stores.append(b.accumulate(memory.count, index, good))
    if memory.failed is not None:
        stores.append(b.accumulate(memory.failed, index, b.invert(good)))
    return [
        let_reached,
        let_good,
        *stores,
        b.store(memory.elapsed, index, reached),
        b.store(memory.going, index, b.compare("<", reached, b.DT)),
    ]


def _worst(scope: Scope, memory: _Memory, step: AdaptiveStep) -> Expr:
    """Return the largest error as a part of what is allowed."""
    worst: Expr = b.const(0.0)
    for error, bound in zip(memory.errors.values(), step.control.bounds, strict=True):
        size = b.call("abs", b.cast(b.load(error, _PLACE), DType.F64))
        ratio = scope.let("ratio", Binary("/", size, b.const(bound), DType.F64))
        known = b.select(b.compare("<", ratio, b.const(_HOPELESS)), ratio, b.const(_HOPELESS))
        known = scope.let("known", known)
        worst = scope.let("worst", b.select(b.compare(">", known, worst), known, worst))
    return worst


def _next_part(
    scope: Scope, parts: tuple[Expr, Expr, Expr], done: Expr, step: AdaptiveStep
) -> Expr:
    """Return the size of the next part, seconds.

    Args:
        scope: The code.
        parts: The largest error, the size of this part, and the size it would have had.
        done: Whether this part completes the step, which may have cut it short.
        step: The step.
    """
    worst, part, wanted = parts
    # worst**(-1/order), as functions that every compiler makes wide; exp(inf) where the error is 0
    power = b.call("exp", b.mul(b.const(-1.0 / step.error_order), b.call("log", worst)))
    factor = scope.let("factor", b.mul(b.const(_SAFETY), power))
    bounded = b.select(b.compare(">", factor, b.const(_SHRINKAGE)), factor, b.const(_SHRINKAGE))
    grown = b.select(b.compare("<", bounded, b.const(_GROWTH)), bounded, b.const(_GROWTH))
    proposed = scope.let("proposed", b.mul(part, grown))
    longest = b.select(b.compare(">", proposed, wanted), proposed, wanted)
    following = scope.let("following", b.select(done, longest, proposed))
    return b.select(b.compare("<", following, b.DT), following, b.DT)


def _note_failures(
    context: Context, updated: Updated, memory: _Memory, options: Control
) -> tuple[Stmt, ...]:
    """Return the statements that count the elements that have not reached the end of the step."""
    failures = aligned_zeros(1, np.int64)
    group = updated.group
    listed, going = context.arrays[memory.listed.name], memory.going

    def error() -> IntegrationError:
        return _failure(group, listed()[: int(failures[0])], options)

    context.watches.append(Watch(failures, error))
    buffer = context.buffer(updated.owner, "failures", lambda: failures, scalar=True)
    size, count = Load(context.size(group)), Local("failed", DType.I64)
    return (
        Compact(going, size, memory.listed, _ZERO, count),
        b.store(buffer, None, count),
    )


def _failure(group: Group, elements: Array, options: Control) -> IntegrationError:
    named = ", ".join(str(number) for number in elements[:_NAMED])
    more = f" and {len(elements) - _NAMED} more" if len(elements) > _NAMED else ""
    start = (group.clock.step - 1) * group.clock.dt_
    advice = (
        f"in {options.attempts} parts (max_steps); allow more parts or a larger absolute_error, or "
        "look whether the equations have a solution there"
        if options.adapts
        else "without dividing it; allow a larger absolute_error, a smaller dt, or "
        "adaptable_timestep=True"
    )
    return IntegrationError(
        f"'{group.name}': the step from t = {start * 1e3:.6g} ms cannot be done {advice} "
        f"(elements {named}{more})"
    )
