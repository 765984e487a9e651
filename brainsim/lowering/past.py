"""Reading variables as they were: `v(t - d)`; and the kernel that keeps their values."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from ..codegen import build as b
from ..codegen.ir import Buffer, DType, Expr, If, Kernel, Load, Local, Stmt
from ..equations import DEFAULT_FUNCTIONS, Function, stateful_functions
from ..equations.tree import Tree, functions_in, names_in
from ..errors import UnknownNameError
from ..model.evaluate import Evaluation, evaluate
from ..model.past import ON_THE_GRID, ON_THE_GRID_FLOAT32, PastKeeper
from ..model.variables import ArrayVariable, aligned_zeros
from ..records import dataclass
from .context import Context, Watch

_ZERO, _ONE = b.const(0, DType.I64), b.const(1, DType.I64)


class PastBuffers:
    """The buffers of a variable's past.

    Args:
        context: The lowering.
        keeper: What keeps it.
    """

    def __init__(self, context: Context, keeper: PastKeeper) -> None:
        owner = keeper.name
        # first of all numbers, because it makes the room that the others describe
        if (owner, "reach") not in context.buffers:
            context.constant(owner, "reach", DType.I64, _room_maker(context, keeper))
        self.values = context.buffer(
            owner, "values", lambda: keeper.values, comment="values in the latest steps"
        )
        self.latest = context.buffer(
            owner, "latest", lambda: keeper.latest, scalar=True, comment="step of the newest row"
        )
        self.first = context.buffer(
            owner, "first", lambda: keeper.first, scalar=True, comment="the first step kept"
        )
        self.length = Load(
            context.constant(owner, "length", DType.I64, lambda: keeper.length, "number of rows")
        )
        self.width = Load(context.constant(owner, "width", DType.I64, lambda: keeper.width))
        self.dt = Load(context.constant(owner, "dt", DType.F64, lambda: keeper.clock.dt_))

    def value(self, steps: Expr, place: Expr) -> Expr:
        """Return the value at a place, so many steps before the newest row (int64)."""
        # the first step stands for all before it
        oldest = b.sub(Load(self.latest), Load(self.first))
        kept = b.select(b.compare("<", steps, oldest), steps, oldest)
        row = b.binary("%", b.sub(Load(self.latest), kept), self.length)
        return b.load(self.values, b.add(b.mul(row, self.width), b.cast(place, DType.I64)))


def _room_maker(context: Context, keeper: PastKeeper) -> Callable[[], int]:
    """Return what makes room for the longest delay of all readers, and for `max_delay`."""
    longest = [
        _longest(context, reference, delay)
        for reference, delay in keeper.readers
        if _names_are_known(context, reference(), delay)
    ]

    for reference, delay in keeper.readers:
        group = reference()
        if group is not None:
            context.refuse(
                group,
                names_in(delay) | functions_in(delay),
                "how many past values are kept follows from it; change it in Python and write the "
                "program again",
            )

    def make_room() -> int:
        keeper.make_room(max([keeper.group.max_delay, *(seconds() for seconds in longest)]))
        return keeper.length

    return make_room


def _names_are_known(context: Context, group: Any, delay: Tree) -> bool:
    """Return whether a delay can be computed when a run starts: without temporaries and draws."""
    if group is None or any(stateful_functions(delay)):
        return False
    names = [n for n in names_in(delay) | functions_in(delay) if group.find(n) is None]
    try:
        for name in names:
            if name not in DEFAULT_FUNCTIONS:
                context.external(group, name)
    except UnknownNameError:
        return False
    return True


def _longest(context: Context, reference: weakref.ref[Any], delay: Tree) -> Callable[[], float]:
    """Return what gives the longest present delay over the elements of a group, in seconds."""

    def longest() -> float:
        group = reference()
        if group is None:
            return 0.0
        elements = np.arange(len(group))
        inner = Evaluation(group, elements, {})

        def value(name: str) -> Any:
            if group.find(name) is not None:
                return group.element_values(name, elements, inner)
            return context.external_value(group, name)

        functions = {
            name: function
            for name in functions_in(delay)
            if isinstance(function := context.externals.get((group, name)), Function)
        }
        seconds = np.asarray(evaluate(delay, value, elements, functions), dtype=float)
        return float(seconds[np.isfinite(seconds)].max(initial=0.0))

    return longest


def lower_past_keeper(keeper: PastKeeper, context: Context) -> Kernel:
    """Return the kernel that keeps the values of a variable at the start of a step."""
    buffers = PastBuffers(context, keeper)
    i = b.index()
    variable = context.variable(keeper.group, keeper.variable)
    start, let_start = b.let("start", b.mul(b.binary("%", b.STEP, buffers.length), buffers.width))
    begins = If(
        b.compare("<", Load(buffers.latest), _ZERO), (b.store(buffers.first, None, b.STEP),)
    )
    copy = b.store(buffers.values, b.add(start, i), b.load(variable, i))
    return Kernel(
        keeper.name,
        f"keep '{keeper.variable.name}' of '{keeper.group.name}'",
        (
            let_start,
            begins,
            b.loop(i, buffers.width, [copy]),
            b.store(buffers.latest, None, b.STEP),
        ),
    )


@dataclass(frozen=True, slots=True)
class PastRead:
    """One place in code that reads the past of a variable.

    Args:
        keeper: What keeps the variable.
        now: The time `t` of the code, float64.
        delay: How long before it, in seconds, float64.
        place: Where the element's value stands in a row.
        present: The present value.
        fixed: Whether the delay stays what it was when the run started.
    """

    keeper: PastKeeper
    now: Expr
    delay: Expr
    place: Expr
    present: Expr
    fixed: bool


def past_value(
    context: Context, read: PastRead, let: Callable[[str, Expr], Local], block: list[Stmt]
) -> Expr:
    """Return the value of a variable at an earlier time, interpolated between two steps.

    Args:
        context: The lowering.
        read: What is read.
        let: Binds a value to a local.
        block: The code of the element, to which the check of the delay is appended.
    """
    buffers = PastBuffers(context, read.keeper)
    # the reader may run at another clock, or before the row of this step is kept
    lag = b.sub(b.mul(b.cast(Load(buffers.latest), DType.F64), buffers.dt), read.now)
    back = let("back", b.binary("/", b.add(read.delay, lag), buffers.dt))
    reach = b.cast(b.sub(buffers.length, _ONE), DType.F64)
    inside = b.both(b.compare(">=", back, b.const(-1.5)), b.compare("<=", back, reach))
    if not read.fixed:
        inside = let("inside", inside)
        missed = b.cast(b.invert(inside), DType.I64)
        block.append(b.accumulate(_watch(context, read.keeper), None, missed))
    earlier = b.both(inside, b.compare(">", back, b.const(0.0)))
    safe = let("safe", b.select(earlier, back, b.const(0.0)))
    near = ON_THE_GRID if context.float_dtype is DType.F64 else ON_THE_GRID_FLOAT32
    whole = let("whole", b.cast(b.call("floor", b.add(safe, b.const(near))), DType.I64))
    part = let("part", b.sub(safe, b.cast(whole, DType.F64)))
    value = _between(buffers, whole, part, read.place, near)
    kept = b.both(
        b.compare(">=", back, b.const(-near)), b.compare(">=", Load(buffers.latest), _ZERO)
    )
    return b.select(kept, value, read.present)


def _between(buffers: PastBuffers, whole: Expr, part: Expr, place: Expr, near: float) -> Expr:
    """Return a value between two steps; where there is nothing between, the earlier one."""
    one = buffers.value(whole, place)
    other = buffers.value(b.add(whole, _ONE), place)
    between = b.compare(">", part, b.const(near))
    if not one.dtype.is_float:
        return b.select(between, other, one)
    mixed = b.add(one, b.mul(b.cast(part, one.dtype), b.sub(other, one)))
    return b.select(between, mixed, one)


def is_fixed_delay(group: Any, delay: Tree, bound: Collection[str]) -> bool:
    """Return whether a delay stays what it was when the run started.

    Args:
        group: The group in whose code it stands.
        delay: The delay.
        bound: Names that stand for values computed in the code.
    """
    if any(stateful_functions(delay)):
        return False
    for name in names_in(delay):
        found = group.find(name)
        if name in bound or name == "t":
            return False
        if found is not None and isinstance(found[1], ArrayVariable) and not found[1].constant:
            return False
    return True


def _watch(context: Context, keeper: PastKeeper) -> Buffer:
    """Return what counts the reads that reach too far."""
    known = (keeper.name, "out_of_reach") in context.buffers
    missed = aligned_zeros(1, np.int64)
    buffer = context.buffer(
        keeper.name, "out_of_reach", lambda: missed, scalar=True, comment="reads too far back"
    )
    if not known:
        context.watches.append(Watch(missed, keeper.out_of_reach))
    return buffer
