"""Values that change with time in steps, given beforehand: a function of `t` in the model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..equations import Function
from ..units import Quantity, get_dimensions, get_unit, second
from ..units.dimensions import DIMENSIONLESS, DimensionMismatchError
from .naming import Nameable
from .variables import Array, aligned_copy

# the index of a value may be this much too large, in steps of the array: t/dt is rounded
_GUARD = 1e-3
# a ratio of two time steps is a whole number if it is one to this much
_WHOLE = 1e-6


class TimedArray(Nameable, Function):
    """A step function of time: value k from k dt until (k + 1) dt, the last one for ever.

    In a model `name(t)`, or `name(t, i)` where there is one column for each i; called from Python
    with quantities it gives a quantity. Before time 0 it has its first value.

    Args:
        values: One row per time step; shape (n,), or (n, columns).
        dt: Time step of the rows.
        name: Unique name.

    Raises:
        DimensionMismatchError: `dt` is no time.
        NotImplementedError: The values have no dimension or more than two.
        TypeError: The values are no real numbers.
        ValueError: There are no values, or `dt` is not positive.
    """

    def __init__(self, values: Any, dt: Quantity, name: str | None = None) -> None:
        self.dim = get_dimensions(values)
        self.dt = _checked_step(dt)
        table = _checked_table(values)
        # aligned memory for the kernels; `values` shows the same memory in its shape
        self.flat: Array = aligned_copy(table, np.float64)
        self.values: Array = self.flat.reshape(table.shape)
        Nameable.__init__(self, "timedarray*" if name is None else name)
        columns = table.ndim - 1
        Function.__init__(
            self,
            self._quantity,
            arg_units=[second, 1][: 1 + columns],
            arg_names=["t", "i"][: 1 + columns],
            return_unit=1 if self.dim is DIMENSIONLESS else get_unit(self.dim),
            arg_types=["float", "integer"][: 1 + columns],
        )
        self.implementations.add_implementation("numpy", self._plain)

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.values.shape))
        return (
            f"<TimedArray '{self.name}': {shape} values, dt = {Quantity(self.dt, dim=second.dim)}>"
        )

    @property
    def columns(self) -> int:
        """Number of values per time step."""
        return 1 if self.values.ndim == 1 else int(self.values.shape[1])

    def is_locally_constant(self, dt: float) -> bool:
        """Return whether `dt` (seconds) divides the array's, so that no step sees two values."""
        ratio = self.dt / dt
        return ratio >= 1 - _WHOLE and abs(ratio - round(ratio)) < _WHOLE * ratio

    def guard(self, dt: float) -> float:
        """Return what is added to t/`self.dt` against rounding, in a group with step `dt` seconds.

        It is between 1/32 and 1/16 of the group's step, so that it never matters but at a border.
        """
        parts = max(2.0 ** math.ceil(math.log2(8 * self.dt / dt)), 1.0)
        return 0.5 / parts

    def _plain(self, t: Any, *column: Any) -> Any:
        """Return values for times in seconds."""
        with np.errstate(all="ignore"):
            place = np.nan_to_num(np.asarray(t) / self.dt + _GUARD)
        row = np.clip(place, 0, len(self.values) - 1).astype(np.int64)
        return self.values[(row, *(np.asarray(i).astype(np.int64) for i in column))]

    def _quantity(self, t: Any, *column: Any) -> Any:
        """Return values with their unit; see the class."""
        if len(column) != self.values.ndim - 1:
            wanted = "t" if self.values.ndim == 1 else "t and i"
            raise TypeError(f"'{self.name}' is a function of {wanted}")
        if get_dimensions(t) is not second.dim:
            raise DimensionMismatchError(
                f"'{self.name}' is a function of time, give it a time", get_dimensions(t)
            )
        plain = self._plain(np.asarray(t), *(np.asarray(i) for i in column))
        return plain if self.dim is DIMENSIONLESS else Quantity(plain, dim=self.dim)


def _checked_step(dt: Any) -> float:
    if get_dimensions(dt) is not second.dim:
        raise DimensionMismatchError(
            "the dt of a TimedArray is a time, such as 1*ms", get_dimensions(dt)
        )
    step = float(dt)
    if not 0 < step < math.inf:
        raise ValueError(f"the dt of a TimedArray must be positive, it is {dt}")
    return step


def _checked_table(values: Any) -> Array:
    table = np.asarray(values)
    if table.ndim not in {1, 2}:
        raise NotImplementedError(
            "a TimedArray has values for each time, or for each time and index: shape (n,) or "
            f"(n, columns), not {table.shape}"
        )
    if table.dtype.kind not in "biuf":
        raise TypeError(f"a TimedArray has real numbers as values, not {table.dtype}")
    if not table.size:
        raise ValueError("a TimedArray needs at least one value")
    return table
