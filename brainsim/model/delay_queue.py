"""The queue of a pathway whose delays change while running: events by the step they are due in.

Elsewhere the lists of past spikes are the delay line, and the delay of a synapse is looked up when
its event arrives. Where delays change, they count when the spike leaves, so each event is put into
the queue then.

One chain of nodes per step hangs from a *root*, in the order in which events were put in; the roots
are nodes 0 to `length - 1`, used round and round. The other nodes hold one synapse each; those not
in use stand on a stack.
"""

from __future__ import annotations

import numpy as np

from .variables import Array, aligned_zeros

# nodes are numbered by int32
_MOST_NODES = 2**31 - 1


class DelayQueue:
    """Events under way; kernels put them in and take them out.

    It stands beside the recordings of a run, whose interface it has, since it needs more memory
    when it fills up.

    Attributes:
        length: Number of roots: the longest delay in steps, and one.
        following: int32, per node: the next node of its chain; of a root the first.
        last: int32, per root: the last node of its chain; the root itself when it is empty.
        waiting: int64, per root: number of events.
        synapse: int32, per node: place of the synapse in memory.
        unused: int32: the nodes not in use stand from `count` on.
        count: int64, one element: number of events.
    """

    def __init__(self) -> None:
        self.count = aligned_zeros(1, np.int64)
        self.n_synapses = 0
        self.clear(1, 0)

    def clear(self, length: int, n_synapses: int) -> None:
        """Forget all events.

        Args:
            length: The longest delay in steps, and one.
            n_synapses: Number of synapses: the most events that one step can add.

        Raises:
            MemoryError: There are too many synapses.
        """
        self.length, self.n_synapses = length, n_synapses
        self.count[0] = 0
        self.last = aligned_zeros(length, np.int32)
        self.last[:] = np.arange(length)
        self.waiting = aligned_zeros(length, np.int64)
        self.following = aligned_zeros(length, np.int32)
        self.synapse = aligned_zeros(length, np.int32)
        self.unused = aligned_zeros(0, np.int32)
        self._grow(n_synapses)

    def put(self, due: Array, places: Array) -> None:
        """Put events in.

        Args:
            due: Step in which each event is due, from the present step to `length - 1` later.
            places: Place of its synapse in memory.
        """
        self._grow(int(self.count[0]) + len(due) + self.n_synapses)
        for root, place in zip((due % self.length).tolist(), places.tolist(), strict=True):
            node = self.unused[self.count[0]]
            self.following[self.last[root]] = self.last[root] = node
            self.synapse[node] = place
            self.waiting[root] += 1
            self.count[0] += 1

    def events(self, now: int) -> tuple[Array, Array]:
        """Return the due step and the synapse's place of all events; `now` is the next step."""
        due, places = [], []
        for step in range(now, now + self.length):
            node = step % self.length
            for _ in range(int(self.waiting[node])):
                node = int(self.following[node])
                due.append(step)
                places.append(self.synapse[node])
        return np.array(due, dtype=np.int64), np.array(places, dtype=np.int64)

    def _grow(self, nodes: int) -> None:
        """Make sure that there are so many nodes besides the roots."""
        old = len(self.unused)
        if nodes <= old:
            return
        if self.length + nodes > _MOST_NODES:
            raise MemoryError(f"{nodes} events under way are too many for one pathway")
        self.following = _longer(self.following, self.length + nodes)
        self.synapse = _longer(self.synapse, self.length + nodes)
        self.unused = _longer(self.unused, nodes)
        self.unused[old:] = np.arange(self.length + old, self.length + nodes)

    # ----------------------------------------------------------------- the interface of recordings

    @property
    def capacity(self) -> int:
        """Number of events above which the next step might find no room."""
        return len(self.unused) - self.n_synapses + 1

    def rows_in(self, steps: int) -> int:
        """Return 0: how many events a run adds is not known before."""
        del steps
        return 0

    def expect(self, rows: int) -> None:
        """Do nothing: room is made when it is needed."""

    def make_room(self, rows: int) -> None:
        """Make room for a step that may put in an event for each synapse."""
        del rows
        if int(self.count[0]) >= self.capacity:
            self._grow(2 * int(self.count[0]) + self.n_synapses)


def _longer(array: Array, n: int) -> Array:
    longer = aligned_zeros(n, array.dtype)
    longer[: len(array)] = array
    return longer
