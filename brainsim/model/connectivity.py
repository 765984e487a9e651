"""Which synapse connects what: compact arrays in the order in which kernels walk them.

Synapses have a number: the order of creation, which users see. They stand in memory in *storage
order*: by source, then delay, target, number. `position[k]` is where synapse k stands; it is None
while the two orders are the same. Synapses that are made source by source, all by one call, stay as
they are made until they get delays of their own.

While synapses stand source by source, only the offset of each source is kept, and where the targets
of each source are consecutive only the first of them (see `rows.Intervals`); `pre` and `post` are
written out when they are asked for, and live as long as somebody uses them. Targets take two bytes
where there are at most 65536 of them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator

import numpy as np

from ..records import dataclass
from .rows import (
    Index,
    Intervals,
    SourceRows,
    Sources,
    Targets,
    as_rows,
    ascends_in_rows,
    counts_up,
    fitting,
    in_rows,
    moved_positions,
    place_type,
    row_offsets,
    row_order,
    rows_ascend,
    sorted_rows,
    target_type,
)
from .variables import Array, aligned_copy, aligned_zeros


@dataclass(frozen=True, slots=True)
class Stride:
    """Synapses of a row at equal distances: the m-th of row r stands at m * step + r - low.

    Args:
        step: Distance of two synapses of a row.
        low: First row that has synapses.
    """

    step: int
    low: int


@dataclass(frozen=True, slots=True, eq=False)
class DelayTable:
    """Where the synapses of a source with one delay stand; rows of targets likewise.

    Args:
        first: Smallest delay in steps.
        count: Number of delays: first, first + 1, ..., first + count - 1.
        offsets: int64, n_sources * count + 1 elements: the synapses of source i with delay
            first + d are those from offsets[i * count + d] to the next.
        synapses: Storage positions in this order; None when they are 0, 1, 2, ..., or strided.
        stride: Where they stand at equal distances: synapse k of row r is the one at
            (k - offsets[r]) * step + r - low, and its source is k - offsets[r].
        steps: Delay of each synapse in steps, in the order of memory, where synapses of a source
            are not split by delay: then offsets has n_sources + 1 elements.
    """

    first: int
    count: int
    offsets: Array
    synapses: Array | None
    stride: Stride | None = None
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

    def _listed(self, rows: Array) -> Index:
        """Return the places of the synapses of several rows, one after the other, int64."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *(self.places(int(r)) for r in rows)])

    def places(self, row: int) -> Index:
        """Return where the synapses of a row stand, int64."""
        listed: Index = np.arange(self.offsets[row], self.offsets[row + 1], dtype=np.int64)
        if self.stride is not None:
            listed = (listed - self.offsets[row]) * self.stride.step + (row - self.stride.low)
        if self.synapses is not None:
            listed = self.synapses[listed].astype(np.int64)
        return listed


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


class _Passing:
    """An array that is made when it is asked for, and lives as long as somebody uses it."""

    def __init__(self) -> None:
        self._known: weakref.ref[Array] | None = None

    def get(self, make: Callable[[], Array]) -> Array:
        """Return the array, made anew if nobody uses one."""
        known = self._known() if self._known is not None else None
        if known is None:
            known = make()
            self._known = weakref.ref(known)
        return known


class Connectivity:
    """The pairs of a Synapses object.

    Args:
        n_pre: Number of sources.
        n_post: Number of targets.
    """

    def __init__(self, n_pre: int, n_post: int) -> None:
        self.n_pre = n_pre
        self.n_post = n_post
        # place by number, or else number by place, of which the other follows; None where equal
        self._position: Array | None = None
        self._numbers: Array | None = None
        # raised by one whenever synapses are added or move
        self.version = 0
        # whether numbers ascend within the rows of each source (and delay) in memory
        self.by_number = True
        # rows of the sources' delays, where the synapses of a source stand by delay
        self._delay_rows: Index | None = None
        self._set(
            SourceRows.of_counts(np.zeros(n_pre, dtype=np.int64)),
            aligned_zeros(0, target_type(n_post)),
        )

    def __len__(self) -> int:
        return len(self._targets)

    def _set(self, sources: Sources, targets: Targets) -> None:
        self._sources, self._targets = sources, targets
        self._pre, self._post, self._listed = _Passing(), _Passing(), _Passing()
        self._ascends: bool | None = None

    # ------------------------------------------------------------------------------------- looking

    @property
    def pre(self) -> Array:
        """Source of each synapse, int32, in the order of memory."""
        sources = self._sources
        if not isinstance(sources, SourceRows):
            return sources
        return self._pre.get(lambda: aligned_copy(sources.written_out(), np.int32))

    @property
    def post(self) -> Array:
        """Target of each synapse, int32, in the order of memory."""
        targets = self._targets
        if isinstance(targets, Intervals):
            return self._post.get(lambda: targets.written_out(np.int32))
        if targets.dtype == np.int32:
            return targets
        return self._post.get(lambda: aligned_copy(targets, np.int32))

    @property
    def targets(self) -> Array:
        """Target of each synapse as kernels read it, uint16 or int32, in the order of memory."""
        targets = self._targets
        if not isinstance(targets, Intervals):
            return targets
        return self._listed.get(lambda: targets.written_out(target_type(self.n_post)))

    @property
    def intervals(self) -> Intervals | None:
        """The targets where those of each source are consecutive; None where they are listed."""
        return self._targets if isinstance(self._targets, Intervals) else None

    @property
    def rows_ascend(self) -> bool:
        """Whether the targets of each source (and delay, if they stand by delay) ascend."""
        if self._ascends is None:
            sources, targets = self._sources, self._targets
            self._ascends = isinstance(sources, SourceRows) and (
                isinstance(targets, Intervals) or rows_ascend(sources.offsets, targets)
            )
        return self._ascends

    @property
    def position(self) -> Array | None:
        """Where the synapse with each number stands in memory; None for 0, 1, 2, ..."""
        if self._numbers is not None:
            self._position, self._numbers = moved_positions(self._numbers, None), None
        return self._position

    @position.setter
    def position(self, position: Array | None) -> None:
        self._position, self._numbers = position, None

    @property
    def in_order(self) -> bool:
        """Whether synapses stand in memory by number."""
        return self._position is None and self._numbers is None

    def pre_at(self, places: Array) -> Array:
        """Return the sources of the synapses at some places, int32."""
        if isinstance(self._sources, SourceRows) and _is_run(places):
            return self._sources.of_run(int(places[0]), int(places[-1]) + 1)
        return self.pre[places]

    def post_at(self, places: Array) -> Array:
        """Return the targets of the synapses at some places, int32."""
        targets = self._targets
        if not isinstance(targets, Intervals):
            return targets[places].astype(np.int32, copy=False)
        if _is_run(places):
            start, stop = int(places[0]), int(places[-1]) + 1
            return targets.of_run(start, stop, self.pre_at(places))
        return self.post[places]

    def counts(self, *, by_target: bool) -> Array:
        """Return the number of synapses of each source (or target), int64."""
        if not by_target and isinstance(self._sources, SourceRows):
            counts = np.zeros(self.n_pre, dtype=np.int64)
            own = np.diff(self._sources.offsets)
            counts[: len(own)] = own
            return counts
        neuron, n = (self.targets, self.n_post) if by_target else (self.pre, self.n_pre)
        return np.diff(row_offsets(neuron, None, 0, 1, n))

    def structure(self) -> tuple[type[np.generic], bool]:
        """Return what generated code depends on: the type of targets, and their form."""
        return target_type(self.n_post), self.intervals is not None

    # ------------------------------------------------------------------------------------ changing

    def resize(self, n_pre: int, n_post: int) -> None:
        """Take other numbers of neurons, of groups that have grown."""
        self.n_pre, self.n_post = n_pre, n_post
        if not isinstance(self._targets, Intervals):
            self._set(self._sources, fitting(self._targets, target_type(n_post)))

    def append(self, pre: Sources, post: Targets) -> None:
        """Add synapses behind the existing ones.

        Args:
            pre: Sources, relative to their group.
            post: Targets, likewise; kept as they are, not copied, where their memory allows it.

        Raises:
            MemoryError: There would be more than 2**40 synapses.
        """
        old, kind = len(self), target_type(self.n_post)
        n = old + len(pre)
        if n > 2**40:
            raise MemoryError(f"{n} synapses are too many for this machine")
        if old == 0:
            sources = as_rows(pre, self.n_pre)
            self._set(sources, post if isinstance(post, Intervals) else fitting(post, kind))
        else:
            added = pre.written_out() if isinstance(pre, SourceRows) else pre
            listed = post.written_out(kind) if isinstance(post, Intervals) else post
            sources = aligned_copy(np.concatenate([self.pre, added]), np.int32)
            both = np.concatenate([self.targets, listed.astype(kind, copy=False)])
            self._set(sources, aligned_copy(both, kind))
        if self.position is not None:
            new = np.arange(old, n, dtype=self.position.dtype)
            self.position = np.concatenate([self.position, new]).astype(place_type(n), copy=False)
        self.version += 1

    def replace(
        self, pre: Array, post: Array, position: Array | None, *, consecutive: bool = False
    ) -> None:
        """Take other synapses instead of the present ones, all arrays in storage order.

        Args:
            pre: Sources.
            post: Targets.
            position: Place of the synapse with each number; None for 0, 1, 2, ...
            consecutive: Whether the targets of each source may be consecutive.
        """
        sources = as_rows(pre, self.n_pre)
        listed = aligned_copy(post, target_type(self.n_post))
        targets: Targets = listed
        if consecutive and isinstance(sources, SourceRows):
            targets = Intervals.found_in(sources.offsets, listed) or listed
        self._set(sources, targets)
        self.position = position
        self.by_number = position is None
        self._delay_rows = None
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
            position = new_places[old_places].astype(place_type(len(old_places)))
        self.replace(self.pre[places], self.targets[places], position)

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
        if self.in_order and delay_steps is None and isinstance(self._sources, SourceRows):
            return None
        pre, (first, count) = self.pre, _span(delay_steps)
        rows = row_offsets(pre, delay_steps, first, count, self.n_pre)
        if self.in_order and in_rows(pre, delay_steps, first, count):
            self._set(as_rows(pre, self.n_pre), self._targets)
            if count > 1:
                self._ascends = rows_ascend(rows, self.targets)
            return None
        position = self.position
        if count == 1 and position is not None and in_rows(pre[position], None, 0, 1):
            return self._take_back(position, rows)
        moved = sorted_rows(pre, self.targets, delay_steps, position, self.n_pre)
        self._delay_rows = rows if count > 1 else None
        in_order = self.in_order
        stays = not in_order and counts_up(moved.order)
        if not stays:
            if in_order:
                self._numbers = moved.order
            else:
                self.position = moved_positions(moved.order, position)
            self._set(SourceRows(moved.offsets), moved.targets)
            self.version += 1
        self._ascends = True
        self.by_number = ascends_in_rows(rows, self.numbers())
        return None if stays else moved.order

    def _take_back(self, order: Array, offsets: Index) -> Array:
        """Let the synapses stand by number, which is by source."""
        targets = aligned_copy(self.targets[order], self.targets.dtype)
        self._set(SourceRows(offsets), Intervals.found_in(offsets, targets) or targets)
        self.position, self.by_number, self._delay_rows = None, True, None
        self.version += 1
        return order

    def numbers(self) -> Array:
        """Return the number of the synapse at each place in memory, int32 or int64."""
        if self.in_order:
            return np.arange(len(self))
        if self._numbers is not None:
            return self._numbers
        numbers = np.empty(len(self), dtype=np.int64)
        numbers[self.position] = np.arange(len(self))
        return numbers

    def table(
        self, *, by_target: bool, delay_steps: Array | None, any_order: bool = False
    ) -> DelayTable:
        """Return where the synapses of each source (or target) stand, split by delay.

        Args:
            by_target: Look the synapses up by their target, as post pathways do.
            delay_steps: Delay of each synapse in steps in the order of memory; None for no split.
            any_order: Whether those of a row may come in another order than that of their numbers,
                as long as the ones with the same target keep it.

        Raises:
            MemoryError: There are too many neurons with too many delays.
        """
        plain = delay_steps is None and self.in_order
        if plain and by_target and (strided := self._strided()) is not None:
            return strided
        sources = self._sources
        fits = plain or (self._delay_rows is None and (any_order or self.by_number))
        if isinstance(sources, SourceRows) and not by_target and delay_steps is None and fits:
            return DelayTable(0, 1, sources.offsets, None)
        neuron, n = (self.targets, self.n_post) if by_target else (self.pre, self.n_pre)
        first, count = _span(delay_steps)
        offsets = row_offsets(neuron, delay_steps, first, count, n)
        as_sorted = self._delay_rows is not None and np.array_equal(offsets, self._delay_rows)
        as_is = self.in_order or (any_order and as_sorted and not by_target)
        if as_is and in_rows(neuron, delay_steps, first, count):
            return DelayTable(first, count, offsets, None)
        # ties by number, so that events are handled in the order of the tradition
        synapses = row_order(neuron, delay_steps, first, count, offsets, self.position)
        return DelayTable(first, count, offsets, None if counts_up(synapses) else synapses)

    def _strided(self) -> DelayTable | None:
        """Return the table of targets where all sources have the same consecutive ones."""
        common = None if self.intervals is None else self.intervals.common()
        if common is None or len(common) == 1 or common.stop > self.n_post:
            return None
        counts = np.zeros(self.n_post, dtype=np.int64)
        counts[common.start : common.stop] = self.n_pre
        offsets = SourceRows.of_counts(counts).offsets
        return DelayTable(0, 1, offsets, None, Stride(len(common), common.start))


def _span(delay_steps: Array | None) -> tuple[int, int]:
    """Return the smallest delay and the number of delays up to the largest."""
    if delay_steps is None or not len(delay_steps):
        return 0, 1
    first = int(delay_steps.min())
    return first, int(delay_steps.max()) - first + 1


def _is_run(places: Array) -> bool:
    """Return whether places are consecutive."""
    n = len(places)
    return (
        n > 0 and int(places[-1]) - int(places[0]) == n - 1 and bool((np.diff(places) == 1).all())
    )
