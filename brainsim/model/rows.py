"""Synapses row by row: arrays that say where rows begin, and sorting into rows.

A row is a neuron, or a neuron with one of its delays: neuron * count + delay - first. Sorting
counts instead of comparing. The native functions and those of NumPy that stand in for them give the
same arrays.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..records import dataclass
from .memory import check_room
from .variables import Array, aligned_copy, aligned_zeros

try:
    from .. import connectivity as native  # type: ignore[attr-defined]
except ImportError:  # built without a C compiler
    native = None

Index = npt.NDArray[np.int64]


def target_type(n_post: int) -> type[np.uint16 | np.int32]:
    """Return the type in which targets are stored: 16 bits where they suffice."""
    return np.uint16 if n_post <= 2**16 else np.int32


def place_type(n: int) -> type[np.int32 | np.int64]:
    """Return the type for places of n synapses."""
    return np.int32 if n < 2**31 else np.int64


# -------------------------------------------------------------------------- sources, targets by row


@dataclass(frozen=True, slots=True, eq=False)
class SourceRows:
    """Sources of synapses which come source by source: where those of each begin.

    Args:
        offsets: int64: those of source i are from offsets[i] to offsets[i + 1].
    """

    offsets: Index

    @classmethod
    def of_counts(cls, counts: Array) -> SourceRows:
        """Return the rows of sources with these numbers of synapses."""
        offsets = aligned_zeros(len(counts) + 1, np.int64)
        np.cumsum(counts, out=offsets[1:])
        return cls(offsets)

    def __len__(self) -> int:
        return int(self.offsets[-1])

    def written_out(self) -> Array:
        """Return the source of each synapse, int32."""
        counts = np.diff(self.offsets)
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    def of_run(self, start: int, stop: int) -> Array:
        """Return the sources of the synapses from place `start` to `stop`, int32."""
        first = int(np.searchsorted(self.offsets, start, side="right")) - 1
        last = int(np.searchsorted(self.offsets, stop, side="left"))
        ends = np.clip(self.offsets[first : last + 1], start, stop)
        return np.repeat(np.arange(first, last, dtype=np.int32), np.diff(ends))


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Targets of synapses where those of each source are consecutive, so that none is stored.

    Args:
        offsets: As for `SourceRows`.
        shifts: int64, one per source: the target of synapse k of source i is k + shifts[i].
    """

    offsets: Index
    shifts: Index

    @classmethod
    def of_all(cls, n_pre: int, n_post: int) -> Intervals:
        """Return the targets where each source reaches all of them."""
        offsets = aligned_copy(np.arange(n_pre + 1) * n_post, np.int64)
        return cls(offsets, aligned_copy(-offsets[:-1], np.int64))

    @classmethod
    def found_in(cls, offsets: Index, targets: Array) -> Intervals | None:
        """Return the targets of rows in this form, or None where some are not consecutive."""
        if not _steps_by_one(offsets, targets):
            return None
        shifts = aligned_zeros(len(offsets) - 1, np.int64)
        filled = np.flatnonzero(np.diff(offsets))
        starts = offsets[filled]
        shifts[filled] = targets[starts].astype(np.int64) - starts
        return cls(aligned_copy(offsets, np.int64), shifts)

    def __len__(self) -> int:
        return int(self.offsets[-1])

    def written_out(self, dtype: npt.DTypeLike) -> Array:
        """Return the target of each synapse in aligned memory."""
        out = aligned_zeros(len(self), dtype)
        if native is not None:
            native.write_intervals(self.offsets, self.shifts, out)
        elif len(out):
            out[:] = np.arange(len(out)) + np.repeat(self.shifts, np.diff(self.offsets))
        return out

    def of_run(self, start: int, stop: int, sources: Array) -> Array:
        """Return the targets of the synapses from place `start` to `stop`, which have `sources`."""
        return (np.arange(start, stop) + self.shifts[sources]).astype(np.int32)

    def common(self) -> range | None:
        """Return the targets which each source has; None where they differ, or there are none."""
        counts = np.diff(self.offsets)
        if not len(counts) or not counts[0] or (counts != counts[0]).any():
            return None
        first = self.offsets[:-1] + self.shifts
        if (first != first[0]).any():
            return None
        return range(int(first[0]), int(first[0] + counts[0]))


Sources = Array | SourceRows
Targets = Array | Intervals


def _steps_by_one(offsets: Index, targets: Array) -> bool:
    """Return whether the targets of each row are consecutive."""
    if native is not None:
        return bool(native.rows_step(offsets, np.ascontiguousarray(targets), exact=True))
    steps = np.diff(targets.astype(np.int64)) == 1
    return bool(_within_rows(offsets, steps).all())


def rows_ascend(offsets: Index, targets: Array) -> bool:
    """Return whether the targets of each row never descend."""
    if native is not None:
        return bool(native.rows_step(offsets, np.ascontiguousarray(targets), exact=False))
    steps = np.diff(targets.astype(np.int64)) >= 0
    return bool(_within_rows(offsets, steps).all())


def _within_rows(offsets: Index, steps: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return what holds between neighbours, with True between different rows."""
    steps = steps.copy()
    borders = offsets[1:-1]
    borders = borders[(borders > 0) & (borders <= len(steps))]
    steps[borders - 1] = True
    return steps


# ----------------------------------------------------------------------------------------- sorting


def row_offsets(neuron: Array, delay_steps: Array | None, first: int, count: int, n: int) -> Index:
    """Return where the synapses of each row stand when they are sorted by row, aligned int64.

    Args:
        neuron: Neuron of each synapse, int32 or uint16.
        delay_steps: Delay of each synapse, int64; None for one row per neuron.
        first: Smallest delay.
        count: Number of delays.
        n: Number of neurons.

    Raises:
        MemoryError: There are too many rows.
    """
    check_room(
        8.0 * n * count,
        f"delays that span {count} steps for each of {n} neurons",
        "round the delays, shorten the longest, or enlarge dt",
    )
    offsets: Index = aligned_zeros(n * count + 1, np.int64)
    if native is not None:
        native.count_rows(neuron, delay_steps, first, count, offsets)
    else:
        row = _rows(neuron, delay_steps, first, count)
        np.cumsum(np.bincount(row, minlength=n * count), out=offsets[1:])
    return offsets


def in_rows(neuron: Array, delay_steps: Array | None, first: int, count: int) -> bool:
    """Return whether synapses stand row by row; arguments as for `row_offsets`."""
    if native is not None:
        return bool(native.in_rows(neuron, delay_steps, first, count))
    row = _rows(neuron, delay_steps, first, count)
    return bool((row[1:] >= row[:-1]).all())


def row_order(
    neuron: Array,
    delay_steps: Array | None,
    first: int,
    count: int,
    offsets: Index,
    position: Array | None,
) -> Array:
    """Return the places of synapses by row, then number; aligned, int32 where that suffices.

    Args:
        neuron: As for `row_offsets`.
        delay_steps: As for `row_offsets`.
        first: As for `row_offsets`.
        count: As for `row_offsets`.
        offsets: What `row_offsets` gave.
        position: Place of the synapse with each number; None for 0, 1, 2, ...
    """
    kind = place_type(len(neuron))
    if native is not None:
        order = aligned_zeros(len(neuron), kind)
        native.order_rows(neuron, delay_steps, first, count, offsets[:-1].copy(), order, position)
        return order
    row = _rows(neuron, delay_steps, first, count)
    if position is None:
        return aligned_copy(np.argsort(row, kind="stable"), kind)
    return aligned_copy(position[np.argsort(row[position], kind="stable")], kind)


def _rows(neuron: Array, delay_steps: Array | None, first: int, count: int) -> Index:
    row = neuron.astype(np.int64) * count
    return row if delay_steps is None else row + (delay_steps - first)


def as_rows(pre: Sources, n: int) -> Sources:
    """Return sources as rows if they ascend, otherwise in aligned memory."""
    if isinstance(pre, SourceRows):
        return pre
    pre = np.ascontiguousarray(pre, dtype=np.int32)
    if in_rows(pre, None, 0, 1):
        return SourceRows(row_offsets(pre, None, 0, 1, n))
    return fitting(pre, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """Synapses in another order: by source, delay, target, number.

    Args:
        offsets: Where those of each source begin, aligned int64.
        order: The old place of the synapse at each new place.
        targets: The targets in the new order, in aligned memory.
    """

    offsets: Index
    order: Array
    targets: Array


def sorted_rows(
    pre: Array, targets: Array, delay_steps: Array | None, position: Array | None, n_pre: int
) -> Move:
    """Return synapses by source, delay, target and number.

    Args:
        pre: Source of each synapse in the present order, int32.
        targets: Target of each, as it is stored.
        delay_steps: Delay of each, int64; None where all are equal.
        position: Present place of the synapse with each number; None for 0, 1, 2, ...
        n_pre: Number of sources.
    """
    offsets = row_offsets(pre, None, 0, 1, n_pre)
    if native is not None:
        order = np.empty(len(pre), place_type(len(pre)))
        new_targets = aligned_zeros(len(targets), targets.dtype)
        native.move_rows(targets, pre, offsets[:-1].copy(), order, position, new_targets)
        native.sort_within_rows(offsets, delay_steps, order, new_targets)
        return Move(offsets, order, new_targets)
    order = row_order(pre, None, 0, 1, offsets, position)
    keys = [targets[order], pre[order]]
    if delay_steps is not None:
        keys.insert(1, delay_steps[order])
    order = order[np.lexsort(keys)]
    return Move(offsets, order, aligned_copy(targets[order], targets.dtype))


def moved_positions(order: Array, position: Array | None) -> Array:
    """Return where the synapse with each number stands in a new order.

    Args:
        order: The old place of the synapse at each new place.
        position: The old place of the synapse with each number; None for 0, 1, 2, ...
    """
    place = np.empty_like(order)
    if native is not None:
        native.invert(order, place)
    else:
        place[order] = np.arange(len(order), dtype=order.dtype)
    return place if position is None else place[position]


def ascends_in_rows(offsets: Index, values: Array) -> bool:
    """Return whether values, such as numbers of synapses, ascend within each row."""
    if native is not None:
        return bool(native.ascends_in_rows(offsets, values))
    return bool(_within_rows(offsets, values[1:] >= values[:-1]).all())


def counts_up(places: Array) -> bool:
    """Return whether places are 0, 1, 2, ..."""
    return bool((places == np.arange(len(places), dtype=places.dtype)).all())


def fitting(values: Array, dtype: npt.DTypeLike) -> Array:
    """Return values of a type in memory that kernels may use: themselves, or else a copy."""
    return values if is_padded(values, dtype) else aligned_copy(values, dtype)


def is_padded(array: Array, dtype: npt.DTypeLike) -> bool:
    """Return whether kernels may use an array of a type where it is, see `aligned_zeros`."""
    start, memory = array.__array_interface__["data"][0], array.base
    if array.dtype != dtype or not array.flags.c_contiguous or start % _VECTOR:
        return False
    if not isinstance(memory, np.ndarray) or not array.flags.writeable:
        return False
    whole = array.itemsize * _VECTOR
    stop = start + -(-max(array.nbytes, 1) // whole) * whole
    return bool(stop <= memory.__array_interface__["data"][0] + memory.nbytes)


# bytes of the widest vector, which is also the number of elements memory is padded to
_VECTOR = 64
