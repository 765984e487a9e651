"""What will arrive in the steps to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .variables import aligned_zeros

if TYPE_CHECKING:
    import numpy.typing as npt


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

    def reserve(self, length: int) -> None:
        """Have room for delays of fewer than `length` steps; the sums may be anything then."""
        if length != self.length:
            self.length = length
            self.sums = aligned_zeros(self.n * length, self.sums.dtype)

    def clear_step(self, step: int) -> None:
        """Set the sums of one step to zero."""
        row = step % self.length
        self.sums[row * self.n : (row + 1) * self.n] = 0
