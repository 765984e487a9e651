"""Recordings: rows that kernels append while running, in memory that grows or keeps the latest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .clock import TOLERANCE, Clock
from .variables import Array, aligned_zeros


class Recording:
    """Rows that are appended while running, in memory that grows.

    Kernels write rows beyond `count` and raise it; the device asks for room before they need it.

    Args:
        columns: Column name -> (element type, elements per row).
        every: One row is recorded in so many steps.
    """

    def __init__(self, columns: dict[str, tuple[Any, int]], every: int = 1) -> None:
        self.count = aligned_zeros(1, np.int64)
        self.widths = {name: width for name, (_, width) in columns.items()}
        self.arrays = {name: aligned_zeros(0, dtype) for name, (dtype, _) in columns.items()}
        self.capacity = 0
        self.every = every
        # why the rows are not known, if they are not
        self.pending = ""

    def __len__(self) -> int:
        """Return the number of rows that can be read."""
        self.require()
        return int(self.count[0])

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return sum(self.widths[name] * array.itemsize for name, array in self.arrays.items())

    def rows_in(self, steps: int) -> int:
        """Return the most rows that this many steps record."""
        return -(-steps // self.every) + 1 if self.every > 1 else steps

    # ----------------------------------------------------------------------------------------- room

    def reserve(self, rows: int) -> None:
        """Make room for this many rows in all."""
        if rows <= self.capacity:
            return
        self.capacity = max(rows, 2 * self.capacity)
        for name, old in self.arrays.items():
            width = self.widths[name]
            new = aligned_zeros(self.capacity * width, old.dtype)
            used = int(self.count[0]) * width
            new[:used] = old[:used]
            self.arrays[name] = new

    def expect(self, rows: int) -> None:
        """Make room for a run that will add about this many rows."""
        self.reserve(int(self.count[0]) + rows)

    def make_room(self, rows: int) -> None:
        """Make room for a step that may add this many rows."""
        needed = int(self.count[0]) + rows
        if needed > self.capacity:
            self.reserve(2 * needed)

    def bytes_for(self, rows: int) -> int:
        """Return the bytes of memory that so many further rows need."""
        return max(int(self.count[0]) + rows - self.capacity, 0) * self.row_bytes

    def flush(self) -> None:
        """Bring what was recorded to where it belongs; called when a run has ended."""

    # ----------------------------------------------------------------------------- reading, writing

    def column(self, name: str) -> Array:
        """Return the rows recorded so far, shape (rows,) or (rows, width)."""
        return self.shaped(name, 0)

    def require(self) -> None:
        """Make sure that the rows are known.

        Raises:
            NotImplementedError: A program records them, which has not been run yet.
        """
        if self.pending:
            raise NotImplementedError(self.pending)

    def shaped(self, name: str, first: int) -> Array:
        """Return the rows in memory from `first` on."""
        self.require()
        width = self.widths[name]
        flat = self.arrays[name][first * width : int(self.count[0]) * width]
        return flat if width == 1 else flat.reshape(int(self.count[0]) - first, width)

    def append(self, row: dict[str, Any]) -> None:
        """Add one row from Python."""
        self.make_room(1)
        place = int(self.count[0])
        for name, values in row.items():
            width = self.widths[name]
            self.arrays[name][place * width : (place + 1) * width] = values
        self.count[0] += 1

    def state(self) -> dict[str, Array]:
        """Return a copy of all rows, for a snapshot."""
        return {name: np.array(self.column(name)) for name in self.arrays}

    def set_state(self, state: dict[str, Array]) -> None:
        """Hold the rows that `state` returned, and no others."""
        columns = {name: state[name] for name in self.arrays}
        rows = len(next(iter(columns.values()), ()))
        self.count[0] = 0
        self.reserve(rows)
        for name, values in columns.items():
            self.arrays[name][: values.size] = values.ravel()
        self.count[0] = rows


class LatestRecording(Recording):
    """The rows of the latest seconds; older ones are forgotten.

    The memory has twice the room that these rows need. When it is full, the rows that are still
    wanted move to its start: each row moves at most once on average, and kernels need not know.

    Args:
        columns: Column name -> (element type, elements per row); `t` is one of them.
        every: One row is recorded in so many steps.
        seconds: How long a row is kept.
        clock: The clock that drives the recording.
    """

    def __init__(
        self, columns: dict[str, tuple[Any, int]], every: int, seconds: float, clock: Clock
    ) -> None:
        super().__init__(columns, every)
        self.seconds, self.clock = seconds, clock

    @property
    def _room(self) -> int:
        kept = math.ceil(self.seconds / (self.clock.pace * self.every)) + 1
        return 2 * kept

    @property
    def _first(self) -> int:
        """The first row in memory that is still wanted."""
        count = int(self.count[0])
        if not count:
            return 0
        times = self.arrays["t"][:count]
        oldest = times[-1] - self.seconds + TOLERANCE * self.clock.pace
        return int(np.searchsorted(times, oldest))

    def __len__(self) -> int:
        return int(self.count[0]) - self._first

    def expect(self, rows: int) -> None:
        """Make room for the rows that are kept."""
        self.reserve(max(min(self._room, int(self.count[0]) + rows), self.capacity))

    def make_room(self, rows: int) -> None:
        """Forget what is too old, when there is no room left."""
        if int(self.count[0]) + rows <= self.capacity:
            return
        first, count = self._first, int(self.count[0])
        for name, array in self.arrays.items():
            width = self.widths[name]
            array[: (count - first) * width] = array[first * width : count * width].copy()
        self.count[0] = count - first
        if int(self.count[0]) + rows > self.capacity:
            self.reserve(max(self._room, int(self.count[0]) + rows))

    def bytes_for(self, rows: int) -> int:
        """Return the bytes of memory that so many further rows need."""
        return super().bytes_for(min(rows, self._room))

    def column(self, name: str) -> Array:
        """Return the rows of the latest seconds, in the order of time."""
        return self.shaped(name, self._first)
