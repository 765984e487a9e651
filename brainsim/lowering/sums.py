"""The sums of effects that will arrive in the steps to come, of all variables of a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field

from ..codegen.ir import Buffer
from ..model.arrivals import Arrivals
from ..model.clock import Clock
from ..model.pathways import SynapticPathway
from ..model.spikes import SpikeSource
from ..model.variables import ArrayVariable
from ..records import dataclass


@dataclass(eq=False)
class ArrivalSums:
    """The sums for one variable, and the pathways that add to them.

    Args:
        group: The group that has the variable.
        variable: The variable.
        clock: That of the pathways.
        arrivals: The sums.
        buffer: The buffer that holds them.
        length: Scalar buffer: for how many steps there are sums.
        size: Scalar buffer: number of elements.
        pathways: The pathways, in the order of the schedule.
    """

    group: SpikeSource
    variable: ArrayVariable
    clock: Clock
    arrivals: Arrivals
    buffer: Buffer
    length: Buffer
    size: Buffer
    pathways: list[SynapticPathway] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """For how many steps sums are needed."""
        return max(pathway.delay_range()[1] for pathway in self.pathways) + 1


@dataclass(eq=False)
class Sums:
    """All sums of a network.

    Args:
        all: Each of them.
        open: Those that the next pathway may add to, by the buffer of the variable: nothing has
            looked at the variable since.
    """

    all: list[ArrivalSums] = field(default_factory=list)
    open: dict[Buffer, ArrivalSums] = field(default_factory=dict)

    def reserve(self) -> None:
        """Give all sums room for the present delays; `make` makes them what they should be."""
        for sums in self.all:
            sums.arrivals.reserve(sums.steps)

    def make(self, add: Callable[[str, int], None]) -> None:
        """Make the sums from the lists of past spikes, as a run that starts needs them.

        Args:
            add: Runs the kernel of a pathway as in a given step: it is called with the name of the
                pathway and the step.
        """
        for clock in {sums.clock for sums in self.all}:
            mine = [sums for sums in self.all if sums.clock is clock]
            pathways = dict.fromkeys(p for sums in mine for p in sums.pathways)
            self._make(mine, pathways, clock.step, add)

    def _make(
        self,
        mine: list[ArrivalSums],
        pathways: Iterable[SynapticPathway],
        now: int,
        add: Callable[[str, int], None],
    ) -> None:
        emitted: dict[int, list[str]] = {}
        for pathway in pathways:
            for step in pathway.steps_under_way(now):
                emitted.setdefault(step, []).append(pathway.name)
        first = min(emitted, default=now)
        # what is due in a past step is over when that step comes, so its row is cleared there,
        # whatever it has held before; all other rows are cleared here
        for sums in mine:
            for step in range(now, first + sums.arrivals.length):
                sums.arrivals.clear_step(step)
        for step in range(first, now):
            for name in emitted.get(step, ()):
                add(name, step)
            for sums in mine:
                sums.arrivals.clear_step(step)
