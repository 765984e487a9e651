"""Where the time of a run went: per kernel as it really runs, or per object as in the tradition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from ..records import dataclass
from ..units import Quantity, second
from .base import BrianObject, CodeRunner
from .event_monitors import EventMonitor
from .inputs import PoissonInput
from .namespace import caller_namespace
from .neurons import Resetter
from .pathways import SynapticPathway
from .representation import Table
from .spikes import SpikeSource
from .synapses import Synapses
from .variables import Array

# what is measured: nothing, each object in a loop of its own, or the kernels as they really run
Measured = Literal["", "objects", "kernels"]


def what_to_measure(profile: Any) -> Measured:
    """Return what the argument `profile` of `run` asks for.

    Raises:
        ValueError: It is another string than "objects" or "kernels".
        TypeError: It is neither a truth value nor a string.
    """
    if isinstance(profile, str):
        if profile not in {"objects", "kernels"}:
            raise ValueError(f"profile must be True, 'objects' or 'kernels', not '{profile}'")
        return "kernels" if profile == "kernels" else "objects"
    if profile is not None and not isinstance(profile, int | np.bool_):
        raise TypeError(f"profile must be True, 'objects' or 'kernels', not {profile!r}")
    return "objects" if profile else ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a device measured of one entry of the schedule.

    Args:
        owner: Name of the object.
        fused: Names of further objects whose work is in the same loop.
        clock: Name of the clock that drives it.
        calls: How often it was called.
        seconds: Real time spent in it.
    """

    owner: str
    fused: tuple[str, ...]
    clock: str
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """How much there was to do.

    Args:
        number: How many of them.
        unit: One of "neuron" and "synapse" (elements times steps), "spike", "synaptic event", and
            "call", where nothing better is known.
    """

    number: int
    unit: str


@dataclass(frozen=True, slots=True)
class KernelTime:
    """The time spent in one entry of the schedule.

    Args:
        name: Name of the object that the kernel, or the Python function, belongs to.
        objects: Names of all objects whose work it does: more than one where loops were fused.
        clock: Name of the clock that drives it.
        calls: How often it was called.
        seconds: Real time spent in it; each call is measured with an error of about 60 ns, that of
            reading the system's clock.
        work: What there was to do in all calls together.
    """

    name: str
    objects: tuple[str, ...]
    clock: str
    calls: int
    seconds: float
    work: Work

    @property
    def nanoseconds(self) -> float:
        """Real time per unit of work, nanoseconds; 0 where there was nothing to do."""
        return 1e9 * self.seconds / self.work.number if self.work.number else 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the time of a run went.

    Args:
        duration: Simulated time, seconds.
        seconds: Real time of the whole loop.
        kernels: All entries of the schedule, the one that took longest first.
        counting: Real time spent on counting events for this table, within `seconds`.
        rates: Events per element and second, by name of the group and of the event.
    """

    duration: float
    seconds: float
    kernels: tuple[KernelTime, ...]
    counting: float
    rates: Mapping[tuple[str, str], float]

    def __getitem__(self, name: str) -> KernelTime:
        """Return the kernel that does the work of an object.

        Raises:
            KeyError: None does.
        """
        for kernel in self.kernels:
            if name in kernel.objects:
                return kernel
        known = ", ".join(name for kernel in self.kernels for name in kernel.objects)
        raise KeyError(f"no kernel does the work of '{name}'; those of {known or 'none'} ran")

    @property
    def rest(self) -> float:
        """Real time spent in no kernel: the loop itself, and growing recordings."""
        return max(self.seconds - self.counting - sum(k.seconds for k in self.kernels), 0.0)

    def table(self) -> Table:
        """Return the kernels as a table."""
        total = self.seconds or 1.0
        rows = [
            (
                ", ".join(kernel.objects),
                str(kernel.calls),
                f"{1e3 * kernel.seconds:.3f} ms",
                f"{100 * kernel.seconds / total:.1f} %",
                f"{kernel.nanoseconds:.3g} ns per {kernel.work.unit}" if kernel.work.number else "",
            )
            for kernel in self.kernels
        ]
        others = (("(counting events)", self.counting), ("(between kernels)", self.rest))
        rows += [
            (name, "", f"{1e3 * spent:.3f} ms", f"{100 * spent / total:.1f} %", "")
            for name, spent in others
        ]
        title = f"{Quantity(self.duration, dim=second.dim)} simulated in {self.seconds:.3g} s"
        header = ("kernel", "calls", "time", "share", "each")
        return Table(title, header, tuple(rows), frozenset({1, 2, 3}))

    def __str__(self) -> str:
        return str(self.table())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


# ----------------------------------------------------------------------------------- counting work


class EventCounters:
    """Counts the events of a network while its kernels are measured.

    Args:
        network: The network.
    """

    def __init__(self, network: Iterable[BrianObject]) -> None:
        # by the id of the group, which the monitors keep alive
        self._monitors: dict[tuple[int, str], EventMonitor] = {}
        for obj in network:
            found = event_of(obj)
            if found is not None and (id(found[0]), found[1]) not in self._monitors:
                monitor = EventMonitor(*found, record=False, name="profile_counter*")
                self._monitors[id(found[0]), found[1]] = monitor

    @property
    def monitors(self) -> list[EventMonitor]:
        """The monitors that count."""
        return list(self._monitors.values())

    def rates(self, seconds: float) -> dict[tuple[str, str], float]:
        """Return the events per element and second, by name of the group and of the event."""
        return {
            (monitor.source.name, monitor.event): monitor.size / len(monitor.counts) / seconds
            for monitor in self.monitors
            if seconds > 0
        }

    def work_of(self, obj: BrianObject, calls: int) -> Work:
        """Return what an object had to do in this many calls."""
        found = event_of(obj)
        if found is not None:
            events = self._monitors[id(found[0]), found[1]].counts
            if isinstance(obj, SynapticPathway):
                return Work(int(events @ fan_out(obj)), "synaptic event")
            return Work(int(events.sum()), "spike")
        match obj:
            case PoissonInput():
                return Work(len(obj.target) * calls, "neuron")
            case CodeRunner():
                unit = "synapse" if isinstance(obj.owner, Synapses) else "neuron"
                return Work(len(obj.owner) * calls, unit)  # type: ignore[arg-type]
            case _:
                return Work(calls, "call")


def fan_out(pathway: SynapticPathway) -> Array:
    """Return the number of synapses that an event of each triggering neuron reaches."""
    table = pathway.table()
    return np.diff(table.offsets[:: table.count])


def event_of(obj: BrianObject) -> tuple[SpikeSource, str] | None:
    """Return the group and the event that decide how much an object has to do, if any do."""
    match obj:
        case SynapticPathway():
            return obj.triggering, obj.event
        case Resetter():
            return obj.group, obj.event
        case EventMonitor():
            return obj.source, obj.event
        case _:
            return None


# ------------------------------------------------------------------------------ what networks offer


class Profiled:
    """What a network offers to find out where its time goes."""

    # real time per object and of all kernels in the last run that measured them
    profiling_times: dict[str, float] | None = None
    _profile: Profile | None = None
    # what the device measured in the last run, and how long its loop took, seconds
    measurements: tuple[Measurement, ...] = ()
    loop_seconds = 0.0

    @contextmanager
    def measuring(self: Any, what: Measured) -> Iterator[None]:
        """Let a run be measured: forget the last one, count events meanwhile.

        Args:
            what: What the run measures.
        """
        self.profiling_times = self._profile = None
        self.measurements, self.loop_seconds = (), 0.0
        if not what:
            yield
            return
        counters = EventCounters(obj for obj in list(self) if obj.active)
        before, self._objects = list(self._objects), [*self._objects, *counters.monitors]
        start = self.t_
        try:
            yield
        finally:
            self._objects = before
        objects = {obj.name: obj for obj in self}
        names = {monitor.name for monitor in counters.monitors}
        kernels = [
            KernelTime(
                found.owner,
                (found.owner, *found.fused),
                found.clock,
                found.calls,
                found.seconds,
                counters.work_of(objects[found.owner], found.calls),
            )
            for found in self.measurements
            if found.owner not in names
        ]
        counting = sum(found.seconds for found in self.measurements if found.owner in names)
        self._profile = Profile(
            self._t - start,
            self.loop_seconds,
            tuple(sorted(kernels, key=lambda kernel: -kernel.seconds)),
            counting,
            counters.rates(self._t - start),
        )
        if what == "objects":
            self.profiling_times = {kernel.name: kernel.seconds for kernel in kernels}

    def profile(
        self: Any,
        duration: Any = None,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
    ) -> Profile:
        """Return where time goes, kernel by kernel, as they really run: fused where they are.

        Args:
            duration: Advance the network by this time, as `run` does, and measure; without it, the
                last run is told of, which must have measured: `run(..., profile="kernels")`, or
                `profile=True`, where each object has a loop of its own.
            namespace: External names; by default those of the caller's frame.
            level: How many frames further up to look for external names.

        Raises:
            ValueError: No run was measured.
        """
        if duration is not None:
            names = caller_namespace(level) if namespace is None else namespace
            self.run(duration, namespace=names, profile="kernels")
        found: Profile | None = self._profile
        if found is None:
            raise ValueError(
                "no run was measured: give profile() a duration, or call run(..., "
                "profile='kernels') first"
            )
        return found

    @property
    def profiling_info(self) -> list[tuple[str, Quantity]]:
        """Time spent in each object during the last profiled run, longest first.

        Raises:
            ValueError: No run was profiled.
        """
        if self.profiling_times is None:
            raise ValueError("there is no profiling information: call run(..., profile=True)")
        ranked = sorted(self.profiling_times.items(), key=lambda item: -item[1])
        return [(name, Quantity.with_dimensions(t, second.dim)) for name, t in ranked]

    def profiling_summary(self, show: int | None = None) -> Table:
        """Return a table of the time spent in each object during the last profiled run.

        Args:
            show: How many objects to show; all when not given.

        Raises:
            ValueError: No run was profiled.
        """
        info = self.profiling_info
        total = sum(float(t) for _, t in info) or 1.0
        rows = tuple(
            (name, f"{1e3 * float(t):.3f} ms", f"{100 * float(t) / total:.2f} %")
            for name, t in info[:show]
        )
        return Table("Profiling summary", (), rows, frozenset({1, 2}))
