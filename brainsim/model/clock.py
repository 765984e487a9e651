"""Clocks: an integer step counter and a step size."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..units import Quantity, second
from .arguments import seconds_of
from .naming import Nameable

# two times are the same grid point when they differ by less than this fraction of dt
TOLERANCE = 1e-4


class Clock(Nameable):
    """A step counter; its time is `timestep * dt`, never a sum of many dts.

    Args:
        dt: Step size, a time greater than zero.
        name: Name; a trailing `*` appends a number when needed.

    Raises:
        DimensionMismatchError: `dt` is not a time.
        TypeError: `dt` is no number, or there are several.
        ValueError: `dt` is not positive.
    """

    def __init__(self, dt: Any, name: str = "clock*") -> None:
        super().__init__(name)
        self._dt = _step_size(dt)
        self.step = 0
        self._last_dt = self._dt

    @property
    def dt(self) -> Quantity:
        """Step size, second; may be changed between runs."""
        return Quantity(self._dt, second.dim)

    @dt.setter
    def dt(self, value: Any) -> None:
        self._dt = _step_size(value)

    @property
    def dt_(self) -> float:
        """Step size in seconds, as a plain number."""
        return self._dt

    @property
    def t(self) -> Quantity:
        """Present time, second."""
        return Quantity(self.t_, second.dim)

    @property
    def t_(self) -> float:
        """Present time in seconds, as a plain number."""
        return self.step * self._dt

    @property
    def timestep(self) -> int:
        """Number of the present step."""
        return self.step

    def set_time(self, t: float) -> None:
        """Move to a time, which must be a multiple of dt.

        Args:
            t: Seconds.

        Raises:
            ValueError: `t` is no multiple of dt (within 1e-4 dt).
        """
        if self._last_dt == self._dt and self.steps_before(t) == self.step:
            return  # a run may have ended between two grid points
        step = round(t / self._dt)
        if abs(t - step * self._dt) > TOLERANCE * self._dt:
            raise ValueError(
                f"the last run ended at {Quantity(t, dim=second.dim)}, which is no multiple of the "
                f"step size of '{self.name}', {self.dt}; change dt only at a time that both share"
            )
        self.step = step
        self._last_dt = self._dt

    def move_to(self, step: int, dt: float) -> None:
        """Move to a step of a step size in seconds, whatever they were."""
        self._dt = self._last_dt = dt
        self.step = step

    def steps_before(self, t: float) -> int:
        """Return the number of steps that start before a time (seconds): the next step's number."""
        return int(np.ceil(t / self._dt - TOLERANCE))

    def __repr__(self) -> str:
        return f"Clock(dt={self.dt!r}, name={self.name!r})"


def _step_size(dt: Any) -> float:
    value = seconds_of(dt, "the step size dt")
    if not value > 0 or not np.isfinite(value):
        raise ValueError(f"the step size dt must be positive, not {dt}")
    return value


class _DefaultClock(Clock):
    """The clock of all objects that have none of their own."""

    def __init__(self) -> None:
        super().__init__(Quantity.with_dimensions(1e-4, second.dim), name="defaultclock")


defaultclock = _DefaultClock()
