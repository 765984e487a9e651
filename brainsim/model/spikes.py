"""Sources of spikes: groups with one ring of past spikes per event."""

from __future__ import annotations

from typing import Any

import numpy as np

from .group import Group
from .variables import Array, SpikeRing


class SpikeSource(Group):
    """A group whose elements emit events; each event has its own record of the latest steps."""

    rings: dict[str, SpikeRing]

    @property
    def spikes(self) -> Array:
        """Indices of the elements that spiked in the latest step, ascending; none after a run."""
        return self.latest("spike")

    def latest(self, event: str) -> Array:
        """Return the elements that had an event in the latest step of a run."""
        ring = self.rings[event]
        step = int(ring.latest[0])
        return ring.spikes_of(step).copy() if step >= 0 else np.zeros(0, dtype=np.int32)

    @property
    def event_source(self) -> SpikeSource:
        """The group that holds the rings (the parent of a subgroup)."""
        return self

    @property
    def start(self) -> int:
        """First element, in the group that holds the rings."""
        return 0

    @property
    def stop(self) -> int:
        """One after the last element, in the group that holds the rings."""
        return self.size

    def has_event(self, event: str) -> bool:
        """Return whether the elements emit this event."""
        return event in self.event_source.rings

    def slice_bounds(self, item: Any) -> tuple[int, int]:
        """Return the bounds of a contiguous subgroup.

        Raises:
            IndexError: The elements are not contiguous, none, or out of range.
            TypeError: The index has a wrong kind.
        """
        n = self.size
        if isinstance(item, slice):
            start, stop, step = item.indices(n)
            if step != 1:
                raise IndexError(
                    f"a subgroup of '{self.name}' must be contiguous: its slice cannot have a step"
                )
            if start >= stop:
                ends = ["" if end is None else str(end) for end in (item.start, item.stop)]
                raise IndexError(
                    f"the slice [{':'.join(ends)}] of '{self.name}' is empty: it has {n} elements"
                )
            return start, stop
        if isinstance(item, bool | str | float):
            raise TypeError(f"a subgroup is made by a slice or integers, not {item!r}")
        array = np.atleast_1d(np.asarray(item))
        if array.size and (array.dtype.kind not in "iu" or array.ndim > 1):
            raise TypeError(f"a subgroup is made by a slice or integers, not {item!r}")
        array = np.where(array < 0, array + n, array)
        if array.size == 0 or (array < 0).any() or (array >= n).any():
            raise IndexError(
                f"the index {item!r} is empty or out of range: '{self.name}' has {n} elements, "
                f"numbered 0 to {n - 1}"
            )
        if (np.diff(array) != 1).any():
            raise IndexError(
                f"a subgroup of '{self.name}' must be contiguous and ascending, not {item!r}"
            )
        return int(array[0]), int(array[-1]) + 1
