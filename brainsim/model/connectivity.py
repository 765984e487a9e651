"""Which synapse connects what: compact arrays in the order in which kernels walk them.

Synapses have a number: the order of creation, which users see. They stand in memory in *storage
order*: by source, then delay, then number. `position[k]` is where synapse k stands; it is None
while the two orders are the same, which they are after `connect()` or `connect(p=...)` without
delays of their own.

While synapses stand source by source, only the offset of each source is kept; `pre` is written out
when it is asked for, and lives as long as somebody uses it. So a synapse without variables of its
own takes the four bytes of its target.

Sorting counts instead of comparing. The native functions and those of NumPy that stand in for them
give the same arrays.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .variables import Array, aligned_copy, aligned_zeros

try:
    from .. import connectivity as native  # type: ignore[attr-defined]
except ImportError:  # built without a C compiler
    native = None

Index = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class DelayTable:
    """Where the synapses of a source with one delay stand.

    Args:
        first: Smallest delay in steps.
        count: Number of delays: first, first + 1, ..., first + count - 1.
        offsets: int64, n_sources * count + 1 elements: the synapses of source i with delay
            first + d are those from offsets[i * count + d] to the next.
        synapses: Storage positions in this order; None when they are 0, 1, 2, ...
        steps: Delay of each synapse in steps, in the order of memory, where synapses of one source
            are not split by delay: then offsets has n_sources + 1 elements.
    """

    first: int
    count: int
    offsets: Array
    synapses: Array | None
    steps: Array | None = None

    @property
    def last(self) -> int:
        """Largest delay in steps."""
        return self.first + self.count - 1

    def due(self, sources: Array, emitted: int, now: int) -> Iterator[tuple[Array, Array]]:
        """Yield the due steps and places of the synapses that spikes reach in step `now` or later.

        Args:
            sources: Sources of the spikes, ascending.
            emitted: The step in which they spiked.
            now: The step.
        """
        if self.steps is not None:
            places = self._listed(sources)
            due = emitted + self.steps[places].astype(np.int64)
            yield due[due >= now], places[due >= now]
            return
        for delay in range(max(now - emitted, self.first), self.last + 1):
            places = self._listed(sources * self.count + (delay - self.first))
            yield np.full(len(places), emitted + delay), places

    def _listed(self, rows: Array) -> Array:
        """Return the places of the synapses of rows, int64."""
        parts = [
            np.arange(self.offsets[row], self.offsets[row + 1], dtype=np.int64) for row in rows
        ]
        places = np.concatenate([np.zeros(0, dtype=np.int64), *parts])
        return places if self.synapses is None else self.synapses[places]


@dataclass(frozen=True, slots=True, eq=False)
class InFlight:
    """Events that were under way when delays or synapses changed; they arrive as they would have.

    Args:
        since: Step of the change: spikes from then on follow the present delays.
        offsets: int64: the events due in step since + k are those from offsets[k] to the next.
        numbers: Number of the synapse of each event.
    """

    since: int
    offsets: Array
    numbers: Array

    @property
    def span(self) -> int:
        """Number of steps in which events are due."""
        return len(self.offsets) - 1


NOTHING_IN_FLIGHT = InFlight(0, aligned_copy([0], np.int64), aligned_copy([], np.int64))


def in_flight(since: int, due: Array, numbers: Array) -> InFlight:
    """Return events grouped by the step in which they are due, otherwise in the given order."""
    if not len(due):
        return InFlight(since, aligned_copy([0], np.int64), aligned_copy([], np.int64))
    order = np.argsort(due, kind="stable")
    counts = np.bincount(due - since)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return InFlight(since, aligned_copy(offsets, np.int64), aligned_copy(numbers[order], np.int64))


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


Sources = Array | SourceRows


class Connectivity:
    """The pairs of a Synapses object.

    Args:
        n_pre: Number of sources.
        n_post: Number of targets.
    """

    def __init__(self, n_pre: int, n_post: int) -> None:
        self.n_pre = n_pre
        self.n_post = n_post
        self.post: Array = aligned_zeros(0, np.int32)
        self.position: Array | None = None
        # raised by one whenever synapses are added or move
        self.version = 0
        # whether the synapses of a source stand by delay, rather than by number
        self._by_delay = False
        self._sources: Sources = SourceRows.of_counts(np.zeros(n_pre, dtype=np.int64))
        self._written_out: weakref.ref[Array] | None = None

    def __len__(self) -> int:
        return len(self.post)

    @property
    def pre(self) -> Array:
        """Source of each synapse, int32, in the order of memory."""
        if not isinstance(self._sources, SourceRows):
            return self._sources
        known = self._written_out() if self._written_out is not None else None
        if known is None:
            known = aligned_copy(self._sources.written_out(), np.int32)
            self._written_out = weakref.ref(known)
        return known

    def _set_sources(self, sources: Sources) -> None:
        self._sources, self._written_out = sources, None

    def append(self, pre: Sources, post: Array) -> None:
        """Add synapses behind the existing ones.

        Args:
            pre: Sources, relative to their group.
            post: Targets, likewise; kept as they are, not copied, where their memory allows it.

        Raises:
            MemoryError: There would be more than 2**40 synapses.
        """
        old = len(self)
        n = old + len(pre)
        if n > 2**40:
            raise MemoryError(f"{n} synapses are too many for this machine")
        if old == 0:
            self._set_sources(pre if isinstance(pre, SourceRows) else _as_rows(pre, self.n_pre))
            self.post = post if _is_padded(post) else aligned_copy(post, np.int32)
        else:
            added = pre.written_out() if isinstance(pre, SourceRows) else pre
            self._set_sources(aligned_copy(np.concatenate([self.pre, added]), np.int32))
            self.post = aligned_copy(np.concatenate([self.post, post]), np.int32)
        if self.position is not None:
            new = np.arange(old, n, dtype=self.position.dtype)
            self.position = np.concatenate([self.position, new]).astype(_index_type(n), copy=False)
        self.version += 1

    def replace(self, pre: Array, post: Array, position: Array | None) -> None:
        """Take other synapses instead of the present ones, all arrays in storage order."""
        self._set_sources(_as_rows(pre, self.n_pre))
        self.post = aligned_copy(post, np.int32)
        self.position = position
        self.version += 1

    def keep(self, places: Array) -> None:
        """Remove synapses; the others keep their order, in memory and by number.

        Args:
            places: Whether the synapse at each place in memory stays.
        """
        position = None
        if self.position is not None:
            new_places = np.cumsum(places) - 1
            old_places = self.position[places[self.position]]
            position = new_places[old_places].astype(_index_type(len(old_places)))
        self.replace(self.pre[places], self.post[places], position)

    def positions(self, numbers: Array) -> Array:
        """Return where the synapses with these numbers stand in memory, int64."""
        if self.position is None:
            return numbers
        return self.position[numbers].astype(np.int64, copy=False)

    def sort(self, delay_steps: Array | None) -> Array | None:
        """Put the synapses in storage order.

        Args:
            delay_steps: Delay of each synapse in steps, in the present order of memory.

        Returns:
            The old place of each synapse in the new order, by which every array of one value per
            synapse must be rearranged; None when nothing moved.

        Raises:
            MemoryError: There are too many sources with too many delays.
        """
        if self.position is None and delay_steps is None and isinstance(self._sources, SourceRows):
            return None
        pre, (first, count) = self.pre, _span(delay_steps)
        if self.position is None and in_rows(pre, delay_steps, first, count):
            self._set_sources(_as_rows(pre, self.n_pre))
            return None
        self._by_delay = count > 1
        offsets = row_offsets(pre, delay_steps, first, count, self.n_pre)
        moved = row_move(pre, delay_steps, first, count, offsets, self.position, self.post)
        if self.position is not None and _counts_up(moved.order):
            return None
        back = self.position is not None and _counts_up(moved.position)
        self.position = None if back else moved.position
        self.post = moved.post
        self._set_sources(SourceRows(aligned_copy(offsets[::count], np.int64)))
        self.version += 1
        return moved.order

    def numbers(self) -> Index:
        """Return the number of the synapse at each place in memory."""
        if self.position is None:
            return np.arange(len(self))
        numbers = np.empty(len(self), dtype=np.int64)
        numbers[self.position] = np.arange(len(self))
        return numbers

    def table(self, *, by_target: bool, delay_steps: Array | None) -> DelayTable:
        """Return where the synapses of each source (or target) stand, split by delay.

        Args:
            by_target: Look the synapses up by their target, as post pathways do.
            delay_steps: Delay of each synapse in steps in the order of memory; None for no split.

        Raises:
            MemoryError: There are too many neurons with too many delays.
        """
        sources = self._sources
        by_number = self.position is None or not self._by_delay
        if isinstance(sources, SourceRows) and not by_target and delay_steps is None and by_number:
            return DelayTable(0, 1, sources.offsets, None)
        neuron, n = (self.post, self.n_post) if by_target else (self.pre, self.n_pre)
        first, count = _span(delay_steps)
        offsets = row_offsets(neuron, delay_steps, first, count, n)
        if self.position is None and in_rows(neuron, delay_steps, first, count):
            return DelayTable(first, count, offsets, None)
        # ties by number, so that events are handled in the order of the tradition
        synapses = row_order(neuron, delay_steps, first, count, offsets, self.position)
        return DelayTable(first, count, offsets, None if _counts_up(synapses) else synapses)


def _as_rows(pre: Array, n: int) -> Sources:
    """Return sources as rows if they ascend, otherwise in aligned memory."""
    pre = np.ascontiguousarray(pre, dtype=np.int32)
    if in_rows(pre, None, 0, 1):
        return SourceRows(row_offsets(pre, None, 0, 1, n))
    return aligned_copy(pre, np.int32)


def _span(delay_steps: Array | None) -> tuple[int, int]:
    """Return the smallest delay and the number of delays up to the largest."""
    if delay_steps is None or not len(delay_steps):
        return 0, 1
    first = int(delay_steps.min())
    return first, int(delay_steps.max()) - first + 1


def _index_type(n: int) -> type[np.int32 | np.int64]:
    return np.int32 if n < 2**31 else np.int64


def _counts_up(places: Array) -> bool:
    """Return whether places are 0, 1, 2, ..."""
    return bool((places == np.arange(len(places), dtype=places.dtype)).all())


def _is_padded(array: Array) -> bool:
    """Return whether kernels may use an int32 array where it is, see `aligned_zeros`."""
    start, memory = array.__array_interface__["data"][0], array.base
    if array.dtype != np.int32 or not array.flags.c_contiguous or start % _VECTOR:
        return False
    if not isinstance(memory, np.ndarray) or not array.flags.writeable:
        return False
    stop = start + -(-max(array.nbytes, 1) // (4 * _VECTOR)) * 4 * _VECTOR
    return bool(stop <= memory.__array_interface__["data"][0] + memory.nbytes)


# bytes of the widest vector, which is also the number of elements memory is padded to
_VECTOR = 64


# ------------------------------------------------------------------------------------------- rows

# A row is a neuron, or a neuron with one of its delays: neuron * count + delay - first.


def row_offsets(neuron: Array, delay_steps: Array | None, first: int, count: int, n: int) -> Index:
    """Return where the synapses of each row stand when they are sorted by row, aligned int64.

    Args:
        neuron: Neuron of each synapse, int32.
        delay_steps: Delay of each synapse, int64; None for one row per neuron.
        first: Smallest delay.
        count: Number of delays.
        n: Number of neurons.

    Raises:
        MemoryError: There are too many rows.
    """
    check_memory(
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
    kind = _index_type(len(neuron))
    if native is not None:
        order = aligned_zeros(len(neuron), kind)
        native.order_rows(neuron, delay_steps, first, count, offsets[:-1].copy(), order, position)
        return order
    row = _rows(neuron, delay_steps, first, count)
    if position is None:
        return aligned_copy(np.argsort(row, kind="stable"), kind)
    return aligned_copy(position[np.argsort(row[position], kind="stable")], kind)


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """Synapses in another order.

    Args:
        order: The old place of the synapse at each new place.
        position: The new place of the synapse with each number.
        post: The targets in the new order, in aligned memory.
    """

    order: Array
    position: Array
    post: Array


def row_move(
    neuron: Array,
    delay_steps: Array | None,
    first: int,
    count: int,
    offsets: Index,
    position: Array | None,
    post: Array,
) -> Move:
    """Return synapses by row, then number; arguments as for `row_order`, and their targets."""
    kind = _index_type(len(neuron))
    if native is not None:
        order, new_position = np.empty(len(post), kind), np.empty(len(post), kind)
        new_post, next_place = aligned_zeros(len(post), np.int32), offsets[:-1].copy()
        native.move_rows(
            *(neuron, delay_steps, first, count, next_place, order, position),
            *(new_position, post, new_post),
        )
        return Move(order, new_position, new_post)
    order = row_order(neuron, delay_steps, first, count, offsets, position)
    new_place = np.empty_like(order)
    new_place[order] = np.arange(len(order), dtype=kind)
    new_position = new_place if position is None else new_place[position]
    return Move(order, new_position, aligned_copy(post[order], np.int32))


def _rows(neuron: Array, delay_steps: Array | None, first: int, count: int) -> Index:
    row = neuron.astype(np.int64) * count
    return row if delay_steps is None else row + (delay_steps - first)


# ----------------------------------------------------------------------------------------- memory


def physical_memory() -> int | None:
    """Return the memory of this machine in bytes, None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def check_memory(needed: float, what: str, advice: str) -> None:
    """Refuse what needs more than four fifths of the machine's memory, before it is begun.

    Args:
        needed: Bytes.
        what: What they are for; goes into the message.
        advice: What to do instead.

    Raises:
        MemoryError: It needs more.
    """
    available = physical_memory()
    if available is not None and needed > 0.8 * available:
        raise MemoryError(
            f"{what} need about {needed / 1e9:.3g} GB, but this machine has "
            f"{available / 1e9:.3g} GB of memory; {advice}"
        )
