"""Sources of spikes: groups with one ring of past spikes per event."""

from __future__ import annotations

import numpy as np

from .group import Group
from .members import Members
from .past import PastKeeper
from .variables import Array, ArrayVariable, SpikeRing


class SpikeSource(Group):
    """A group whose elements emit events; each event has its own record of the latest steps."""

    rings: dict[str, SpikeRing]
    # how far back the past of variables is kept at least, seconds
    max_delay = 0.0

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
    def members(self) -> Members:
        """The elements, in the group that holds the rings."""
        return range(self.size)

    @property
    def start(self) -> int:
        """First element, in the group that holds the rings."""
        return int(self.members[0])

    @property
    def stop(self) -> int:
        """One after the last element, in the group that holds the rings."""
        return int(self.members[-1]) + 1

    def keeper_of(self, variable: ArrayVariable) -> PastKeeper:
        """Return what keeps the past of a variable; it becomes a part of the group."""
        for part in self._contained:
            if isinstance(part, PastKeeper) and part.variable is variable:
                return part
        keeper = PastKeeper(self, variable)
        self._contained.append(keeper)
        self.code_changed()
        return keeper

    def has_event(self, event: str) -> bool:
        """Return whether the elements emit this event."""
        return event in self.event_source.rings
