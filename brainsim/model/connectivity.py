"""Which synapse connects what: compact arrays in the order in which kernels walk them.

Synapses have a number: the order of creation, which users see. They stand in memory in *storage
order*: by source, then delay, then number. `position[k]` is where synapse k stands; it is None while
the two orders are the same, which they are after `connect()` or `connect(p=...)` without delays of
their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .variables import Array, aligned_copy

Index = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class DelayTable:
    """Where the synapses of a source with one delay stand.

    Args:
        first: Smallest delay in steps.
        count: Number of delays: first, first + 1, ..., first + count - 1.
        offsets: int64, n_sources * count + 1 elements: the synapses of source i with delay first + d
            are those from offsets[i * count + d] to the next.
        synapses: Storage positions in this order; None when they are 0, 1, 2, ...
    """

    first: int
    count: int
    offsets: Array
    synapses: Array | None

    @property
    def last(self) -> int:
        """Largest delay in steps."""
        return self.first + self.count - 1


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


class Connectivity:
    """The pairs of a Synapses object.

    Args:
        n_pre: Number of sources.
        n_post: Number of targets.
    """

    def __init__(self, n_pre: int, n_post: int) -> None:
        self.n_pre = n_pre
        self.n_post = n_post
        self.pre: Array = np.zeros(0, dtype=np.int32)
        self.post: Array = aligned_copy(self.pre, np.int32)
        self.position: Index | None = None
        # raised by one whenever synapses are added or move
        self.version = 0

    def __len__(self) -> int:
        return len(self.post)

    def append(self, pre: Array, post: Array) -> None:
        """Add synapses behind the existing ones; both arrays are int, relative to the groups.

        Raises:
            MemoryError: There would be more than 2**40 synapses.
        """
        old = len(self)
        if old + len(pre) > 2**40:
            raise MemoryError(f"{old + len(pre)} synapses are too many for this machine")
        self.pre = np.concatenate([self.pre, np.asarray(pre, dtype=np.int32)])
        self.post = aligned_copy(np.concatenate([self.post, post]), np.int32)
        if self.position is not None:
            self.position = np.concatenate([self.position, np.arange(old, len(self))])
        self.version += 1

    def positions(self, numbers: Array) -> Array:
        """Return where the synapses with these numbers stand in memory."""
        return numbers if self.position is None else self.position[numbers]

    def sort(self, delay_steps: Array | None) -> Index | None:
        """Put the synapses in storage order.

        Args:
            delay_steps: Delay of each synapse in steps, in the present order of memory.

        Returns:
            The old place of each synapse in the new order, by which every array of one value per
            synapse must be rearranged; None when nothing moved.
        """
        number = self.numbers()
        keys = (number, self.pre) if delay_steps is None else (number, delay_steps, self.pre)
        if _is_sorted(keys):
            return None
        old_place: Index = np.lexsort(keys)
        self.pre = self.pre[old_place]
        self.post = aligned_copy(self.post[old_place], np.int32)
        position = np.empty(len(self), dtype=np.int64)
        position[number[old_place]] = np.arange(len(self))
        self.position = None if _is_sorted((position,)) else position
        self.version += 1
        return old_place

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
        """
        neuron = self.post if by_target else self.pre
        n = self.n_post if by_target else self.n_pre
        first, count = 0, 1
        if delay_steps is not None and len(delay_steps):
            first = int(delay_steps.min())
            count = int(delay_steps.max()) - first + 1
        row = neuron.astype(np.int64) * count
        if delay_steps is not None:
            row += delay_steps - first
        offsets = np.zeros(n * count + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=n * count), out=offsets[1:])
        synapses = None
        if not _is_sorted((row,)):
            # ties by number, so that events are handled in the order of the tradition
            synapses = np.lexsort((self.numbers(), row))
        return DelayTable(
            first,
            count,
            aligned_copy(offsets, np.int64),
            None if synapses is None else aligned_copy(synapses, _index_type(len(self))),
        )


def _index_type(n: int) -> type[np.int32 | np.int64]:
    return np.int32 if n < 2**31 else np.int64


def _is_sorted(keys: tuple[Array, ...]) -> bool:
    """Return whether the places are in order; the last key is the most important one."""
    if len(keys[0]) < 2:
        return True
    tied = np.ones(len(keys[0]) - 1, dtype=bool)
    for key in reversed(keys):
        less = key[1:] < key[:-1]
        if (tied & less).any():
            return False
        tied &= key[1:] == key[:-1]
    return True
