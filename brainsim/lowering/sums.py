"""The sums of effects that will arrive in the steps to come, of all variables of a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..codegen.ir import Buffer
from ..model.arrivals import Arrivals
from ..model.clock import Clock
from ..model.pathways import SynapticPathway
from ..model.spikes import SpikeSource
from ..model.variables import ArrayVariable


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

    def clear(self) -> None:
        """Set all sums to zero, and give them room for the present delays."""
        for sums in self.all:
            sums.arrivals.clear(sums.steps)

    def make(self, add: Callable[[str, int], None]) -> None:
        """Make the cleared sums from the lists of past spikes, as a run that starts needs them.

        Args:
            add: Runs the kernel of a pathway as in a given step: it is called with the name of the
                pathway and the step.
        """
        for clock in {sums.clock for sums in self.all}:
            mine = [sums for sums in self.all if sums.clock is clock]
            pathways = list(dict.fromkeys(p for sums in mine for p in sums.pathways))
            longest = max(sums.steps for sums in mine)
            for step in range(max(clock.step - longest, 0), clock.step):
                for pathway in pathways:
                    if pathway.has_effects_under_way(step, clock.step):
                        add(pathway.name, step)
                for sums in mine:
                    sums.arrivals.clear_step(step)
