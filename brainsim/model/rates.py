"""Rates smoothed by windows and averaged in bins."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..logger import get_logger
from .arguments import seconds_of
from .variables import Array

logger = get_logger(__name__)

# above this many products (about 5 ms), a convolution is done by Fourier transforms
_MOST_PRODUCTS = 10_000_000


def convolved(values: Array, kernel: Array) -> Array:
    """Return values convolved with a kernel of odd length, as if zero outside; as many as given.

    Args:
        values: Shape (steps,), or (elements, steps): each row for itself.
        kernel: Shape (odd number of steps,).
    """
    if values.ndim > 1:
        rows = [convolved(row, kernel) for row in values]
        return np.reshape(rows, values.shape)
    half, n = len(kernel) // 2, len(values)
    if not n:
        return np.zeros(0)
    if n * len(kernel) < _MOST_PRODUCTS:
        whole: Array = np.convolve(values, kernel)
    else:
        size = n + len(kernel) - 1
        whole = np.fft.irfft(np.fft.rfft(values, size) * np.fft.rfft(kernel, size), size)
    return whole[half : half + n]


def window_values(window: Any, width: Any, dt: float) -> Array:
    """Return the values of a window, an odd number of them.

    Args:
        window: "gaussian" (width is its standard deviation), "flat" (width is its length), or an
            array of odd length.
        width: A time; None for an array.
        dt: Step size in seconds.

    Raises:
        TypeError: A named window needs a width, an array takes none and must have odd length.
        ValueError: The width is not positive.
        NotImplementedError: The window is unknown.
    """
    if isinstance(window, str):
        if width is None:
            raise TypeError(f"the window '{window}' needs a width")
        seconds = seconds_of(width, "the width of a window")
        if not seconds > 0:
            raise ValueError(f"the width of a window cannot be {width}")
        if window == "gaussian":
            half = int(np.round(2 * seconds / dt))
            times = np.arange(-half, half + 1) * dt
            bell: Array = np.exp(-(times**2) / (2 * seconds**2))
            return bell
        if window == "flat":
            steps = int(seconds / 2 / dt) * 2 + 1
            used = steps * dt
            if abs(used - seconds) > 1e-9 * seconds:
                logger.info(
                    f"the window has {used * 1e3:g} ms, an odd number of steps, instead of {width}",
                    "adjusted_width",
                    once=True,
                )
            return np.ones(steps)
        raise NotImplementedError(f"unknown window '{window}': use 'gaussian', 'flat' or an array")
    if width is not None:
        raise TypeError("a window given as array has its own width")
    array = np.asarray(window, dtype=float)
    if array.ndim != 1 or len(array) % 2 == 0:
        raise TypeError("a window must be a one-dimensional array of odd length")
    return array


def steps_per_bin(bin_size: Any, dt: float) -> int:
    """Return the number of steps in a bin.

    Raises:
        DimensionMismatchError: The size is no time.
        ValueError: It is no multiple of the step size.
    """
    seconds = seconds_of(bin_size, "the size of a bin")
    steps = round(seconds / dt) if np.isfinite(seconds) else 0
    # steps count as equal within 1e-4 dt, as everywhere
    if steps < 1 or abs(seconds / dt - steps) > 1e-4:
        raise ValueError(
            f"the size of a bin must be a multiple of the step size {dt * 1e3:g} ms, not {bin_size}"
        )
    return steps


def binned(values: Array, steps: int) -> Array:
    """Return the means of so many values each; those that fill no bin are left out."""
    bins = len(values) // steps
    means: Array = values[: bins * steps].reshape(bins, steps).mean(axis=1)
    return means
