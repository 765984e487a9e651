"""Delays in whole steps, and what will arrive in the steps to come."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .variables import Array, aligned_zeros

# synapses whose delays are rounded in one go
_CHUNK = 1 << 16


def delays_in_steps(values: Array, dt: float, last: int) -> Array:
    """Return delays as whole steps, in the smallest type that holds the longest.

    Args:
        values: Delays, seconds.
        dt: Step, seconds.
        last: The longest delay in steps.

    Returns:
        uint8, uint16 or int32 of the same length, in aligned memory.
    """
    kind: type[np.generic] = np.uint8 if last < 2**8 else np.uint16 if last < 2**16 else np.int32
    steps = aligned_zeros(len(values), kind)
    for begin in range(0, len(values), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        steps[part] = np.floor(values[part] / dt + 0.5)
    return steps


class Arrivals:
    """What will be added to a variable of a group in the steps to come.

    The sum for step s and element i is at row s % length, column i.

    Args:
        n: Number of elements.
        dtype: Type of the sums.
    """

    def __init__(self, n: int, dtype: npt.DTypeLike) -> None:
        self.n = n
        self.length = 1
        self.sums = aligned_zeros(n, dtype)

    def clear(self, length: int) -> None:
        """Set all sums to zero, for delays of fewer than `length` steps."""
        if length != self.length:
            self.length = length
            self.sums = aligned_zeros(self.n * length, self.sums.dtype)
        self.sums[:] = 0

    def clear_step(self, step: int) -> None:
        """Set the sums of one step to zero."""
        row = step % self.length
        self.sums[row * self.n : (row + 1) * self.n] = 0
