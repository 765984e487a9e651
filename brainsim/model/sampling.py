"""Random choices among the columns of the rows of a grid, as connections are made.

Input: probabilities or numbers per row, and the key of a stream. Output: the columns chosen, row by
row, ascending. Does not: know what rows and columns stand for.

A column is chosen with probability p by drawing the gaps between chosen ones, floor(log u /
log(1 - p)), so the cost is that of the columns chosen. Draw d of row r is the uniform number of
element d at step r: rows are independent, and come out the same in whatever blocks they are asked
for. A number of columns without repetition is chosen by Floyd's method (Bentley & Floyd 1987, "A
sample of brilliance"), which draws one number per column chosen.

Everything is done in native code where brainsim has been built with it, else in NumPy, with the
same result bit for bit. That needs the same logarithm, because one that differs in the last place
may move a column: both use the one of bs_math.h, which is made of correctly rounded operations
only and which codegen.random repeats in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codegen import random as philox
from ..records import dataclass
from .threads import available_cores, in_threads
from .variables import Array, aligned_copy, aligned_zeros

try:
    from .. import connectivity as native  # type: ignore[attr-defined]
except ImportError:  # built without a C compiler
    native = None

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

WIDEST = 2**31 - 1
"""Most columns of a row."""

BLOCK = 2**18
"""Pairs to look at in one go: bounds the memory of temporaries, and keeps them in the cache."""

# numbers the NumPy functions work on at a time, and flags of sampling without repetition
_NUMBERS = 2**18
_FLAGS = 2**22
# columns from which on threads are worth their start
_WORTH_THREADS = 2**20
# columns for which address space is taken at once
_ROOM = 2**31
# native rows are drawn in tiles of so many numbers, for which there must be room
_SLACK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Columns chosen in each row.

    Args:
        offsets: int64, one more than there are rows: those of row r are from offsets[r] to
            offsets[r + 1].
        columns: int32 or uint16, ascending within a row, in aligned and padded memory of their own.
    """

    offsets: Index
    columns: Array


class Gathered:
    """Columns added block by block, in one piece of aligned memory.

    It has room for as many as there may be, up to a limit, and is enlarged by doubling from there:
    what is not used yet of a large piece takes no memory, only address space. Small pieces, kept
    until the end, would leave holes everywhere between the temporary arrays.

    Args:
        dtype: Type of the columns.
        most: Most columns that may be added.
    """

    def __init__(self, dtype: npt.DTypeLike = np.int32, most: float = 0) -> None:
        self._memory = aligned_zeros(int(min(most, _ROOM)), dtype)
        self._size = 0

    def add(self, columns: Array) -> None:
        """Add columns behind the others."""
        size = self._size + len(columns)
        if size > len(self._memory):
            larger = aligned_zeros(max(size, 2 * len(self._memory)), self._memory.dtype)
            larger[: self._size] = self.columns
            self._memory = larger
        self._memory[self._size : size] = columns
        self._size = size

    @property
    def columns(self) -> Array:
        """All columns."""
        return self._memory[: self._size]


# ---------------------------------------------------------------------------- with a probability


def sample_rows(
    probability: Floats, width: Index, key: int, first: int = 0, dtype: npt.DTypeLike = np.int32
) -> Rows:
    """Choose each column of a row with the probability of the row.

    Args:
        probability: One per row; 1 and above chooses all, 0 and below or NaN none.
        width: Number of columns of each row, at most `WIDEST`.
        key: Key of the stream.
        first: Number of the first row in the stream.
        dtype: Type of the columns, int32 or uint16.
    """
    probability = np.asarray(probability, dtype=np.float64)
    scale = _scale(probability)
    width = np.ascontiguousarray(width, dtype=np.int64)
    if native is None:
        return _sample_rows(scale, width, key, first, dtype)
    # eight standard deviations: nearly always enough; if not, the rest goes into larger memory
    mean = expected(probability, width)
    columns = aligned_zeros(int(mean + 8.0 * mean**0.5) + _SLACK, dtype)
    offsets = np.zeros(len(scale) + 1, dtype=np.int64)
    row = native.sample_rows(scale, width, key, first, offsets, columns, 0)
    while row < len(scale):
        larger = aligned_zeros(2 * len(columns), dtype)
        larger[: offsets[row]] = columns[: offsets[row]]
        columns = larger
        row = native.sample_rows(scale, width, key, first, offsets, columns, row)
    return Rows(offsets, columns[: offsets[-1]])


def clipped(probability: Floats) -> Floats:
    """Return probabilities within [0, 1], NaN as 0."""
    return np.nan_to_num(np.clip(probability, 0.0, 1.0))


def expected(probability: Floats, length: npt.NDArray[np.int64]) -> float:
    """Return how many of so many elements, each chosen with its row's probability, are expected.

    A scalar product would be that of a BLAS library, whose threads go on for a tenth of a second,
    on the processors that a run needs.
    """
    return float((clipped(probability) * length).sum())


def blocks(sizes: npt.NDArray[Any]) -> Iterator[slice]:
    """Yield stretches of rows that have about `BLOCK` elements together, at least one row each."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        limit = (ends[start - 1] if start else 0) + BLOCK
        stop = max(int(np.searchsorted(ends, limit, side="right")), start + 1)
        yield slice(start, stop)
        start = stop


def _scale(probability: Floats) -> Floats:
    """Return 1 / log(1 - p), by which log u is multiplied; 0 for all columns, -inf for none."""
    with np.errstate(all="ignore"):  # what lies outside (0, 1) is replaced
        scale = 1.0 / philox._log1p(-probability)  # noqa: SLF001 - see the top of this module
    return np.where(probability >= 1, 0.0, np.where(probability > 0, scale, -np.inf))


def _sample_rows(scale: Floats, width: Index, key: int, first: int, dtype: npt.DTypeLike) -> Rows:
    """Do the same with NumPy, in blocks of rows."""
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = np.where(scale == 0, width, np.minimum(width / -scale, width))
    most = float(draws.max(initial=0.0))
    n = int(most + 6.0 * most**0.5) + 2
    size = max(_NUMBERS // n, 1)
    counts, found = np.zeros(len(scale), dtype=np.int64), Gathered(dtype)
    for start in range(0, len(scale), size):
        rows = slice(start, start + size)
        places = _places(scale[rows, None], width[rows, None], key, first + start, n)
        chosen = places < width[rows, None]
        counts[rows] = chosen.sum(axis=1)
        found.add(places[chosen])
    return Rows(np.concatenate([[0], np.cumsum(counts)]), found.columns)


def _places(scale: Floats, width: Index, key: int, first: int, n: int) -> Index:
    """Return the chosen columns of rows, each row followed by at least one beyond its width."""
    while True:
        u = 1.0 - _uniform_rows(key, first, len(scale), n)
        with np.errstate(invalid="ignore", over="ignore"):  # no column: 0 * -inf, or too far
            ratio = philox._log(u) * scale  # noqa: SLF001 - see the top of this module
        gaps = np.where(np.isneginf(scale), width, np.minimum(ratio, width))
        places: Index = np.cumsum(gaps.astype(np.int64) + 1, axis=1) - 1
        if (places[:, -1:] >= width).all():
            return places
        n *= 2


def _uniform_rows(key: int, first: int, rows: int, n: int) -> Floats:
    """Return the uniform numbers of elements 0 to n - 1 at the steps of some rows, (rows, n)."""
    counter = np.zeros((rows, -(-n // 2), 4), dtype=np.uint64)
    counter[:, :, 0] = np.arange(counter.shape[1])
    counter[:, :, 2] = np.arange(first, first + rows)[:, None]
    words = philox.philox4x32(counter, (key & 0xFFFFFFFF, key >> 32)).astype(np.uint64)
    numbers = words[:, :, 0::2] | words[:, :, 1::2] << np.uint64(32)
    upper = (numbers >> np.uint64(11)).astype(np.float64)
    return upper.reshape(rows, -1)[:, :n] * 2.0**-53


# ------------------------------------------------------------------------------ with a given number


def sample_sizes(
    size: Index, width: Index, key: int, first: int = 0, dtype: npt.DTypeLike = np.int32
) -> Rows:
    """Choose a number of columns of each row without repetition, all subsets equally likely.

    Args:
        size: How many of each row, from 0 to its width.
        width: Number of columns of each row, at most `WIDEST`.
        key: Key of the stream.
        first: Number of the first row in the stream.
        dtype: Type of the columns, int32 or uint16.
    """
    offsets = np.concatenate([[0], np.cumsum(size, dtype=np.int64)])
    width = np.ascontiguousarray(width, dtype=np.int64)
    if native is None:
        return Rows(offsets, _sample_sizes(np.asarray(size), width, key, first, dtype))
    columns = aligned_zeros(int(offsets[-1]), dtype)

    def fill(rows: slice, part: Index, out: Array) -> None:
        native.sample_sizes(part, width[rows], key, first + rows.start, out)

    in_parallel(offsets, columns, fill)
    return Rows(offsets, columns)


def in_parallel(
    offsets: Index, columns: Array, fill: Callable[[slice, Index, Array], None]
) -> None:
    """Fill rows with columns, stretches of rows in threads of their own.

    Args:
        offsets: Where each row begins.
        columns: All columns.
        fill: Gets some rows, where each of them begins in a stretch of columns, and the stretch.
    """
    n = available_cores() if len(columns) >= _WORTH_THREADS else 1
    bounds = np.searchsorted(offsets, np.linspace(0, len(columns), n + 1)[1:-1]).tolist()
    bounds = [0, *bounds, len(offsets) - 1]

    def part(start: int, stop: int) -> None:
        begin, end = int(offsets[start]), int(offsets[stop])
        fill(slice(start, stop), offsets[start : stop + 1] - begin, columns[begin:end])

    in_threads([partial(part, start, stop) for start, stop in pairwise(bounds)])


def _sample_sizes(size: Index, width: Index, key: int, first: int, dtype: npt.DTypeLike) -> Array:
    block = max(_FLAGS // max(int(width.max(initial=0)), 1), 1)
    found = Gathered(dtype)
    for start in range(0, len(size), block):
        rows = slice(start, start + block)
        taken = _taken(size[rows], width[rows], key, first + start)
        found.add(np.nonzero(taken)[1])
    return found.columns


def _taken(size: Index, width: Index, key: int, first: int) -> npt.NDArray[np.bool_]:
    """Return which columns of some rows are chosen."""
    taken = np.zeros((len(size), int(width.max(initial=0))), dtype=bool)
    numbers = _uniform_rows(key, first, len(size), int(size.max(initial=0)))
    for k, u in enumerate(numbers.T):
        rows = np.flatnonzero(size > k)
        last = width[rows] - size[rows] + k
        pick = (u[rows] * (last + 1)).astype(np.int64)
        taken[rows, np.where(taken[rows, pick], last, pick)] = True
    return taken


# --------------------------------------------------------------------------------- by a condition


def uniform_run(key: int, first: int, n: int) -> Floats:
    """Return the uniform numbers of n elements from `first` on, step 0."""
    if native is None:
        numbers: Floats = philox.uniform(key, np.arange(first, first + n), 0)
        return numbers
    out = np.empty(n)
    native.fill_uniform(out, key, first)
    return out


# ----------------------------------------------------------------------------- with a total number


def sample_repeated(
    counts: Index, width: int, key: int, first: int = 0, dtype: npt.DTypeLike = np.int32
) -> Rows:
    """Choose columns of each row, all equally likely, with repetition; ascending.

    Args:
        counts: How many of each row.
        width: Number of columns, from 1 to `WIDEST`.
        key: Key of the stream: draw d of row r is the uniform number of element d at step r.
        first: Number of the first row in the stream.
        dtype: Type of the columns, int32 or uint16.
    """
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    columns = aligned_zeros(int(offsets[-1]), dtype)

    def fill(rows: slice, part: Index, out: Array) -> None:
        if native is not None:
            native.sample_repeated(part, width, key, first + rows.start, out)
            return
        for row, (begin, end) in enumerate(pairwise(part.tolist()), first + rows.start):
            drawn = philox.uniform(key, np.arange(end - begin), row) * width
            out[begin:end] = np.sort(drawn.astype(np.int64))

    in_parallel(offsets, columns, fill)
    return Rows(offsets, columns)


def split(total: int, n: int, key: int) -> Index:
    """Return how many of a number of things fall into each of n equal boxes: multinomial counts.

    The boxes are halved again and again, and the things in each part divided by a binomial draw
    (Devroye 1986, "Non-uniform random variate generation", chapter XI.1.4). Draw d of the stream is
    the binomial number of element d, the parts counted from left to right, level after level.
    """
    sizes, counts = np.array([n], dtype=np.int64), np.array([total], dtype=np.int64)
    drawn = 0
    while sizes.max(initial=0) > 1:
        left = sizes // 2
        fallen = _binomials(counts, left / sizes, key, drawn)
        drawn += len(sizes)
        sizes = np.stack([left, sizes - left], axis=1).ravel()
        counts = np.stack([fallen, counts - fallen], axis=1).ravel()
        there = sizes > 0
        sizes, counts = sizes[there], counts[there]
    return counts


def transposed(
    parts: Sequence[slice], drawn: Callable[[slice], Rows], n: int, dtype: npt.DTypeLike
) -> Rows:
    """Return for each column the rows that chose it, ascending.

    Args:
        parts: Stretches of rows.
        drawn: Gives the columns (int32) of a stretch, the same ones each time; it is asked twice,
            so that never more than one stretch must be kept.
        n: Number of columns.
        dtype: Type of the numbers of rows, int32 or uint16.
    """
    counts = np.zeros(n, dtype=np.int64)
    for part in parts:
        counts += np.bincount(drawn(part).columns, minlength=n)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    out, place = aligned_zeros(int(offsets[-1]), dtype), offsets[:-1].copy()
    for part in parts:
        rows = drawn(part)
        if native is not None:
            native.scatter_rows(rows.offsets, rows.columns, part.start, place, out)
            continue
        number = np.repeat(np.arange(part.start, part.stop), np.diff(rows.offsets))
        order = np.argsort(rows.columns, kind="stable")
        found = np.bincount(rows.columns, minlength=n)
        before = np.cumsum(found) - found
        column = rows.columns[order]
        out[place[column] + np.arange(len(order)) - before[column]] = number[order]
        place += found
    return Rows(offsets, out)


def _binomials(n: Index, p: Floats, key: int, first: int) -> Index:
    if native is None:
        found: Index = philox.binomial(n, p, key, np.arange(first, first + len(n)), 0)
        return found
    out = np.empty(len(n), dtype=np.int64)
    native.draw_binomials(n, p, key, first, out)
    return out


def chosen_columns(
    mask: npt.NDArray[np.bool_], first: int, counts: Index, dtype: npt.DTypeLike = np.int32
) -> Array:
    """Return the columns set in a mask, row by row.

    Args:
        mask: One flag per column, (rows, columns).
        first: Number of the first column.
        counts: The number of columns set in each row is added to it.
        dtype: Type of the columns, int32 or uint16.
    """
    if native is None:
        counts += mask.sum(axis=1)
        return (np.nonzero(mask)[1] + first).astype(dtype)
    out = np.empty(np.count_nonzero(mask), dtype=dtype)
    native.chosen_columns(np.ascontiguousarray(mask).view(np.uint8), first, counts, out)
    return out


def repeated(columns: Array, times: Array | int) -> Array:
    """Return each column several times, in aligned memory."""
    return aligned_copy(np.repeat(columns, times), columns.dtype)
