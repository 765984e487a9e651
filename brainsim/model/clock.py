"""Clocks: an integer step counter and a step size."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..logger import get_logger
from ..units import Quantity, second
from ..units.dimensions import DIMENSIONLESS
from .arguments import require_dimensions, seconds_of
from .naming import Nameable
from .views import VariableView

logger = get_logger(__name__)

# two times are the same grid point when they differ by less than this fraction of dt
TOLERANCE = 1e-4
# beyond this many steps, t = step * dt is rounded to more than the tolerance
_MANY_STEPS = 2**40


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
    def t(self) -> VariableView:
        """Present time, second; `[:]` is its value."""
        return VariableView("t", self, second.dim)

    @property
    def t_(self) -> VariableView:
        """Present time in seconds, without units."""
        return VariableView("t", self, None)

    @property
    def timestep(self) -> VariableView:
        """Number of the present step."""
        return VariableView("timestep", self, DIMENSIONLESS)

    def get_values(self, name: str, item: Any = None, namespace: Any = None) -> Any:
        """Return what a view shows, see `Group.get_values`.

        Raises:
            IndexError: `item` is no full slice.
        """
        del namespace
        if item != slice(None):
            raise IndexError(f"'{name}' of '{self.name}' is one value: use {name}[:]")
        return np.int64(self.step) if name == "timestep" else np.float64(self.now)

    def set_values(self, name: str, item: Any, value: Any, **options: Any) -> None:
        """Refuse: the time is what has been simulated.

        Raises:
            TypeError: Always.
        """
        del item, value, options
        raise TypeError(f"'{name}' of '{self.name}' cannot be set: a clock moves when a run does")

    @property
    def now(self) -> float:
        """Present time in seconds, as a plain number."""
        return self.step * self._dt

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
        steps = int(np.ceil(t / self._dt - TOLERANCE))
        if steps > _MANY_STEPS:
            logger.warn(
                f"a run until {Quantity(t, dim=second.dim)} with the step size {self.dt} takes "
                f"{steps} steps, so many that times are no longer exact multiples of it",
                "many_timesteps",
                once=True,
            )
        return steps

    @property
    def reached(self) -> float:
        """The time, in seconds, up to which this clock's objects have run."""
        return self.now

    @property
    def pace(self) -> float:
        """What counts as one step when times are compared, in seconds."""
        return self._dt

    @property
    def times(self) -> Any:
        """Times of all steps in seconds, then infinity; None where they are multiples of dt."""
        return None

    def __repr__(self) -> str:
        return f"Clock(dt={self.dt!r}, name={self.name!r})"


class EventClock(Clock):
    """A clock that ticks at given times, for objects that run only then.

    Its times need not be multiples of any step size. Objects of other clocks run along with it
    where their times agree within 1e-4 of the default clock's dt; otherwise its objects run between
    their steps.

    Args:
        times: Times from the start of the simulation, in any order.
        name: Name; a trailing `*` appends a number when needed.

    Raises:
        DimensionMismatchError: `times` are no times.
        TypeError: `times` are no numbers.
        ValueError: A time is given twice, or is negative or not finite.
    """

    def __init__(self, times: Any, name: str = "eventclock*") -> None:
        if np.size(times):
            require_dimensions(times, second.dim, "the times of an EventClock", "[1, 5]*ms")
        seconds = np.sort(np.asarray(times, dtype=np.float64).ravel())
        if not (np.isfinite(seconds) & (seconds >= 0)).all():
            raise ValueError(f"an EventClock needs times of 0 s or later, not {times}")
        twice = np.flatnonzero(np.diff(seconds) == 0)
        if twice.size:
            found = Quantity(seconds[twice[0]], dim=second.dim)
            raise ValueError(f"an EventClock ticks once at each time, but {found} is given twice")
        # the end is a time that never comes
        self._times = np.append(seconds, np.inf)
        super().__init__(Quantity.with_dimensions(1.0, second.dim), name)

    @property
    def dt(self) -> Quantity:
        """An EventClock has none.

        Raises:
            TypeError: Always.
        """
        raise TypeError(_no_dt(self.name))

    @dt.setter
    def dt(self, value: Any) -> None:
        del value
        raise TypeError(_no_dt(self.name))

    @property
    def dt_(self) -> float:
        """An EventClock has none.

        Raises:
            TypeError: Always.
        """
        raise TypeError(_no_dt(self.name))

    @property
    def now(self) -> float:
        """Time of the present or next tick in seconds; infinity after the last."""
        return float(self._times[self.step])

    @property
    def reached(self) -> float:
        """The time of the latest tick, in seconds."""
        return float(self._times[self.step - 1]) if self.step else 0.0

    @property
    def pace(self) -> float:
        """What counts as one step when times are compared, in seconds."""
        return defaultclock.dt_

    @property
    def times(self) -> Any:
        """Times of all ticks in seconds, then infinity."""
        return self._times

    def set_time(self, t: float) -> None:
        """Move to the first tick that is not before a time in seconds."""
        self.step = self.steps_before(t)

    def move_to(self, step: int, dt: float) -> None:
        """Move to a tick."""
        del dt
        self.step = step

    def steps_before(self, t: float) -> int:
        """Return the number of ticks before a time (seconds)."""
        return int(np.searchsorted(self._times, t - TOLERANCE * self.pace))

    def __repr__(self) -> str:
        return f"EventClock({len(self._times) - 1} times, name={self.name!r})"


def _no_dt(name: str) -> str:
    return (
        f"'{name}' ticks at given times and has no step size: give a Clock to what advances in "
        "steps, and the EventClock to what runs now and then"
    )


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
