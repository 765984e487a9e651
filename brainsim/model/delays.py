"""Delays of synapses, kept as whole steps.

Delays are rounded to steps before they count, so steps are all that a run needs: one byte per
synapse up to 255 of them, where seconds take eight. `DelayVariable` keeps them so, together with
the step size for which they were rounded, and is read and written in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codegen.ir import DType
from ..preferences import prefs
from ..units import second
from .clock import Clock
from .variables import Array, ArrayVariable, aligned_copy, aligned_zeros

# synapses whose delays are rounded in one go
_CHUNK = 1 << 16
_MOST = np.iinfo(np.int32).max
# chunks of one assignment are written by several threads; held for moments only
_WRITING = Lock()


def in_whole_steps(name: str, dtype: Any) -> bool:
    """Return whether delays of their own are kept as whole steps.

    Args:
        name: Name of the variable of delays.
        dtype: The float type of all float variables of synapses, or a type per variable; None for
            the preference.

    Raises:
        TypeError: Delays cannot have this type.
    """
    chosen = dtype.get(name) if isinstance(dtype, Mapping) else dtype
    kind = np.dtype(prefs["core.default_float_dtype"] if chosen is None else chosen)
    if kind.name not in {"float32", "float64"} and kind.kind not in "iu":
        raise TypeError(
            f"'{name}' is kept in float64, or as whole steps where its type is float32 or an "
            f"integer type, not in {kind}"
        )
    return str(kind.name) != "float64"


def step_type(last: float) -> type[np.generic]:
    """Return the smallest type for delays of up to so many steps: uint8, uint16 or int32."""
    return np.uint8 if last < 2**8 else np.uint16 if last < 2**16 else np.int32


def rounded(seconds: Array, dt: float) -> Array:
    """Return delays in whole steps, as floats."""
    steps: Array = np.asarray(seconds / dt)
    steps += 0.5
    return np.floor(steps, out=steps)


def delays_in_steps(values: Array, dt: float, last: int) -> Array:
    """Return delays as whole steps, in the smallest type that holds the longest.

    Args:
        values: Delays, seconds.
        dt: Step, seconds.
        last: The longest delay in steps.

    Returns:
        uint8, uint16 or int32 of the same length, in aligned memory.
    """
    steps = aligned_zeros(len(values), step_type(last))
    for begin in range(0, len(values), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        steps[part] = rounded(values[part], dt)
    return steps


class DelayVariable(ArrayVariable):
    """One delay per synapse, in whole steps of a clock.

    What is assigned is rounded for the step size of that moment. Delays that are no steps
    (negative, infinite, no number) are kept as they are, all delays then in seconds, so that the
    run that refuses them can name them. Delays that code uses are in seconds, too.

    Args:
        name: Its name.
        clock: That of the events to be delayed.
        n: Number of synapses; their delays are zero.
    """

    # steps (uint8, uint16, int32) of `_dt` seconds, or seconds (float64)
    _kept: Array
    # whether somebody has the steps and relies on them: then they are not changed but replaced
    _lent: bool = False
    _used_by_code: bool = False

    def __init__(self, name: str, clock: Clock, n: int) -> None:
        self._clock, self._dt = clock, clock.dt_
        super().__init__(name, second.dim, aligned_zeros(0, np.float64))
        self.resize(n)

    @property
    def values(self) -> Array:
        """The delays in seconds, in the order of memory: a copy, unless code uses them."""
        seconds: Array = self.take(slice(None))
        return seconds

    @values.setter
    def values(self, seconds: Array) -> None:
        self._kept, self._lent = aligned_zeros(len(seconds), np.uint8), False
        self.put(slice(None), seconds)

    @property
    def dtype(self) -> DType:
        """Type of the delays in kernels."""
        return DType.F64

    @property
    def memory(self) -> Array:
        """The array that holds the delays: steps, or seconds."""
        return self._kept

    @property
    def size(self) -> int:
        """Number of delays."""
        return len(self._kept)

    @property
    def _in_seconds(self) -> bool:
        return self._kept.dtype.kind == "f"

    # ------------------------------------------------------------------------------------ elements

    def take(self, places: Any) -> Any:
        """Return delays at places in memory, seconds."""
        kept = self._kept
        if kept.dtype.kind == "f":
            return kept[places]
        return np.multiply(kept[places], self._dt, dtype=np.float64)

    def put(self, places: Any, values: npt.ArrayLike) -> None:
        """Set delays at places in memory, in seconds, to the nearest whole steps."""
        seconds = np.asarray(values, dtype=np.float64)
        with np.errstate(all="ignore"):
            steps = rounded(seconds, self._clock.dt_)
            # no number is neither
            last = float(steps.max(initial=0))
            fits = bool(seconds.min(initial=0) >= 0) and last <= _MOST
        with _WRITING:
            self._follow_dt()
            if fits and not self._in_seconds:
                self._make_room(last)
                self._kept[places] = steps
                return
            self._to_seconds()
            right = (seconds >= 0) & (steps <= _MOST)
            self._kept[places] = np.where(right, steps * self._dt, seconds)

    def set_value(self, value: npt.ArrayLike) -> None:
        """Set all delays, in seconds."""
        self.put(slice(None), value)

    def extent(self) -> tuple[float, float]:
        """Return the shortest and the longest delay, seconds; there is at least one."""
        unit = 1.0 if self._in_seconds else self._dt
        return float(self._kept.min()) * unit, float(self._kept.max()) * unit

    def resize(self, n: int) -> None:
        """Change the number of delays; new ones are zero."""
        old = self._kept
        self._kept, self._lent = aligned_zeros(n, old.dtype), False
        kept = min(n, len(old))
        self._kept[:kept] = old[:kept]

    def rearrange(self, order: Array) -> None:
        """Put delays elsewhere: at each new place that from the old place in `order`."""
        self._select(order)

    def keep(self, places: Array) -> None:
        """Keep the delays at places in memory only."""
        self._select(places)

    def _select(self, places: Array) -> None:
        self._kept, self._lent = aligned_copy(self._kept[places], self._kept.dtype), False

    # --------------------------------------------------------------------------------------- forms

    def steps(self) -> Array:
        """Return the delays in steps of the present step size: uint8, uint16 or int32.

        They must be steps: neither negative nor infinite. The array stays as it is when delays
        change.
        """
        self._follow_dt()
        if self._in_seconds:
            steps = self._as_steps(self._kept)
            if self._used_by_code:
                return steps
            self._kept = steps
        self._lent = True
        return self._kept

    def write_out(self) -> None:
        """Let code use the delays: keep them in seconds from now on."""
        self._used_by_code = True
        self._to_seconds()

    def _as_steps(self, seconds: Array) -> Array:
        last = int(rounded(seconds.max(initial=0), self._dt))
        return delays_in_steps(seconds, self._dt, last)

    def _to_seconds(self) -> None:
        if not self._in_seconds:
            self._kept, self._lent = aligned_copy(self.values, np.float64), False

    def _follow_dt(self) -> None:
        """Round anew if the step size has changed, the times that there are."""
        old, self._dt = self._dt, self._clock.dt_
        if old == self._dt or self._in_seconds:
            return
        last = float(rounded(self._kept.max(initial=0) * np.float64(old), self._dt))
        steps = aligned_zeros(self.size, step_type(last) if last <= _MOST else np.float64)
        unit = 1.0 if last <= _MOST else self._dt  # else too long for steps
        for begin in range(0, self.size, _CHUNK):
            part = slice(begin, begin + _CHUNK)
            steps[part] = rounded(self._kept[part] * old, self._dt) * unit
        self._kept, self._lent = steps, False

    def _make_room(self, last: float) -> None:
        """Let delays of so many steps be written."""
        wider = last > np.iinfo(self._kept.dtype).max
        if wider or self._lent:
            kind = step_type(last) if wider else self._kept.dtype
            self._kept, self._lent = aligned_copy(self._kept, kind), False

    # ---------------------------------------------------------------------------------- snapshots

    def capture(self) -> dict[str, Array]:
        """Return a copy of the delays, and the seconds that their unit stands for."""
        unit = 1.0 if self._in_seconds else self._dt
        return {self.name: np.array(self._kept), _unit_of(self.name): np.array([unit])}

    def reinstate(self, state: Mapping[str, Array]) -> None:
        """Have the delays that `capture` returned, perhaps that of a plain variable."""
        values, unit = state[self.name], state.get(_unit_of(self.name))
        if unit is None or values.dtype.kind == "f":
            self.values = values
            return
        self._dt, self._lent = float(unit[0]), False
        self._kept = aligned_copy(values, step_type(int(values.max(initial=0))))
        if self._used_by_code:
            self._to_seconds()


def delays_in_seconds(name: str, state: Mapping[str, Array]) -> dict[str, Array]:
    """Return what a plain variable of delays has in a snapshot, whoever has made it."""
    unit = state.get(_unit_of(name), np.ones(1))
    return {name: np.multiply(state[name], unit[0], dtype=np.float64)}


def _unit_of(name: str) -> str:
    return f"{name}.unit"
