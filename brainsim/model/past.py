"""The past of variables: what `v(t - d)` reads, in equations of any group.

The group that has the variable keeps the values that it had at the start of the latest steps. How
many are kept follows from the delays when a run starts; between two steps a value is interpolated.
Before the first step the variable is taken to have had the value of the first step.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..equations import delay_of
from ..equations.tree import Call, Tree, walk
from ..errors import DelayError, Diagnostic, ExpressionSyntaxError
from ..units import Quantity, second
from .base import CodeRunner
from .variables import Array, ArrayVariable, aligned_zeros

# a delay that differs from a multiple of dt by less than this part of a step is that multiple
ON_THE_GRID = 1e-8
ON_THE_GRID_FLOAT32 = 1e-4
# steps kept beyond the longest delay: the present one, the one before for interpolation, rounding
_SPARE = 3


class PastKeeper(CodeRunner):
    """Keeps the values of a variable in the latest steps (slot before_groups).

    Args:
        group: The group that has the variable.
        variable: The variable.

    Attributes:
        readers: Group (held weakly) and delay of each place that reads the past.
        values: One row of values per step kept, round and round.
        length: Number of rows.
        latest: int64, one element: the step of the newest row; -1 before the first.
        first: int64, one element: the step of the oldest row ever kept.
    """

    def __init__(self, group: Any, variable: ArrayVariable) -> None:
        super().__init__(group, f"{variable.name}_past", "before_groups")
        self.variable = variable
        self.readers: list[tuple[weakref.ref[Any], Tree]] = []
        self.dt: float | None = None
        self.latest = aligned_zeros(1, np.int64)
        self.first = aligned_zeros(1, np.int64)
        self.forget(1)

    @property
    def width(self) -> int:
        """Number of values per row."""
        return len(self.variable.values)

    def forget(self, length: int) -> None:
        """Keep nothing yet, with room for so many steps."""
        self.length = length
        self.latest[0], self.first[0] = -1, 0
        self.values = aligned_zeros(length * self.width, self.variable.values.dtype)

    def steps(self) -> Array:
        """Return the steps that can be read, oldest first."""
        latest = int(self.latest[0])
        return np.arange(max(latest - self.length + 1, int(self.first[0])), latest + 1)

    def rows(self) -> Array:
        """Return a copy of the values of `steps`, one row per step."""
        table: Array = self.values.reshape(self.length, self.width)
        rows: Array = table[self.steps() % self.length]
        return rows

    def keep(self, steps: Array, rows: Array) -> None:
        """Hold these rows, of ascending steps."""
        self.latest[0], self.first[0] = steps[-1], steps[0]
        self.values.reshape(self.length, self.width)[steps % self.length] = rows

    def make_room(self, seconds: float) -> None:
        """Make sure that what was `seconds` ago can be read in the coming run."""
        self._follow_dt()
        length = int(seconds / self.clock.dt_ + ON_THE_GRID_FLOAT32) + _SPARE
        if length <= self.length:
            return
        steps, rows = self.steps(), self.rows()
        self.forget(length)
        if len(steps):
            self.keep(steps, rows)

    def _follow_dt(self) -> None:
        """Interpolate the values kept, if dt has changed since the last run."""
        old, self.dt = self.dt, self.clock.dt_
        steps, rows = self.steps(), self.rows()
        if old is None or old == self.dt or not len(steps):
            return
        times = np.append(steps * old, self.clock.t_)
        rows = np.vstack([rows, self.variable.values])
        new_steps = np.arange(int(np.ceil(times[0] / self.dt)), self.clock.step)
        self.forget(max(self.length, len(new_steps)))
        if len(new_steps):
            new_rows = [np.interp(new_steps * self.dt, times, column) for column in rows.T]
            self.keep(new_steps, np.transpose(new_rows))

    def before(self, delay: Array, places: Array) -> Array:
        """Return the values a time before now, as generated code does.

        Args:
            delay: Seconds, shape of `places` or a single one.
            places: Elements in memory.

        Raises:
            DelayError: Nothing is kept, or not from so long ago.
        """
        present = self.variable.values[0 if self.variable.scalar else places]
        if not len(self.steps()):
            return np.broadcast_to(present, np.shape(places))
        newest = int(self.latest[0])
        back = np.asarray(delay) / self.clock.dt_ + (newest - self.clock.t_ / self.clock.dt_)
        if np.any(back > self.length - 1) or np.any(back < -1.5):
            raise self.out_of_reach()
        whole = np.floor(np.maximum(back, 0) + ON_THE_GRID).astype(np.int64)
        part = np.where(back - whole > ON_THE_GRID, back - whole, 0)
        oldest = newest - int(self.steps()[0])
        table = self.values.reshape(self.length, self.width)
        column = 0 if self.variable.scalar else places
        one = table[(newest - np.minimum(whole, oldest)) % self.length, column]
        other = table[(newest - np.minimum(whole + 1, oldest)) % self.length, column]
        if self.variable.values.dtype.kind != "f":
            value = np.where(part > 0, other, one)
        else:
            value = one + part * (other - one)
        return np.where(back < -ON_THE_GRID, present, value)

    def out_of_reach(self) -> DelayError:
        """Return the error for a delay that is negative or longer than what is kept."""
        kept = Quantity((self.length - _SPARE) * self.clock.dt_, dim=second.dim)
        name, group = self.variable.name, self.group.name
        return DelayError(
            f"a delay d in {name}(t - d) has become negative, or longer than the {kept} for which "
            f"'{name}' of '{group}' is kept; if delays grow while running, say how long they can "
            f"become: NeuronGroup(..., max_delay=...)"
        )


def keep_pasts(group: Any, trees: Iterable[Tree]) -> None:
    """Let variables be kept whose past is read in the code of a group.

    Args:
        group: The group whose code it is.
        trees: Expressions; those of other groups' variables included.

    Raises:
        ExpressionSyntaxError: The past of a variable of synapses is read.
    """
    for tree in trees:
        for call in walk(tree):
            found = group.find(call.function) if isinstance(call, Call) else None
            if not isinstance(call, Call) or found is None:
                continue
            owner, variable = found
            delay = delay_of(call.args[0])
            if delay is None or not isinstance(variable, ArrayVariable):
                continue  # a mistake, which the check of units explains
            whole = getattr(owner, "event_source", None)
            if whole is None:
                message = f"'{call.function}' has no past: it is a variable of synapses"
                help = "only values of neurons are kept; make it a variable of these"
                raise ExpressionSyntaxError(Diagnostic(message, call.span, "", help))
            whole.keeper_of(variable).readers.append((weakref.ref(group), delay))
