"""How much memory and time a network needs, told before it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from html import escape
from typing import Any

import numpy as np

from ..records import dataclass
from ..units import hertz, second
from .arguments import require_dimensions, seconds_of
from .base import BrianObject
from .event_monitors import EventMonitor
from .memory import available_memory, size_text
from .monitors import Monitor
from .namespace import caller_namespace
from .network_operation import NetworkOperation
from .pathways import SynapticPathway
from .representation import Table
from .spikes import SpikeSource
from .streaming import StreamedRecording
from .synapses import Synapses
from .trial import Rates, Trial, rate_for, try_in_a_copy
from .variables import Array, ArrayVariable, SpikeRing

# a page of memory, which is what the system hands out
_PAGE = 4096


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Memory of one kind that an object needs.

    Args:
        name: Name of the object.
        what: What it is for.
        bytes: How much.
    """

    name: str
    what: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run of a network needs.

    Args:
        duration: Simulated time, seconds.
        memory: What objects hold at the end of the run, largest objects first.
        growing: Further memory that the largest recording needs for a moment, while it grows.
        available: Memory that the process could still get when the network was ready to run.
        held: The part of `memory` that was there already.
        seconds: Real time of the run; None where it could not be measured, see `notes`.
        compile_seconds: Real time that it took to make the code; near zero where it was known.
        rates: Events per element and second that the times are for, by "group event".
        notes: What the numbers assume.
    """

    duration: float
    memory: tuple[MemoryUse, ...]
    growing: int
    available: int
    held: int
    seconds: float | None
    compile_seconds: float
    rates: Mapping[str, float]
    notes: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """Memory that the network needs at the end of the run."""
        return sum(use.bytes for use in self.memory)

    @property
    def peak_bytes(self) -> int:
        """The most memory that it needs at a time."""
        return self.bytes + self.growing

    @property
    def fits(self) -> bool:
        """Whether there is as much."""
        return self.peak_bytes - self.held <= self.available

    def table(self) -> Table:
        """Return the numbers as a table."""
        rows = [(use.name, use.what, size_text(use.bytes)) for use in self.memory]
        rows.append(("all", "at the end of the run", size_text(self.bytes)))
        if self.growing:
            rows.append(("", "for a moment", size_text(self.growing)))
        more = size_text(max(self.peak_bytes - self.held, 0))
        verdict = f"{more} more of {size_text(self.available)}"
        rows.append(("", "" if self.fits else "does not fit", verdict))
        if self.seconds is not None:
            pace = self.seconds / self.duration if self.duration else 0.0
            rows.append(("time", f"{pace:.3g} s per second", f"{self.seconds:.3g} s"))
        rows.append(("", "to make the code", f"{self.compile_seconds:.2g} s"))
        title = f"Estimate for {self.duration * second}"
        return Table(title, ("object", "what", "needs"), tuple(rows), frozenset({2}))

    def __str__(self) -> str:
        return "\n".join([str(self.table()), *self.notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return self.table()._repr_html_() + notes


# ---------------------------------------------------------------------------------------- memory


def arrays_in(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Array]]:
    """Yield the arrays that an object of this package holds, with the names that lead to them.

    Other objects of the network, which it only refers to, are not looked into.
    """
    seen: set[int] = set()
    waiting: list[tuple[tuple[str, ...], Any]] = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, np.ndarray):
            yield path, value
        else:
            waiting += [((*path, name), part) for name, part in _parts(value, inner=bool(path))]


def _parts(value: Any, *, inner: bool) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(str(key), part) for key, part in value.items()]
    if isinstance(value, list | tuple):
        return [("", part) for part in value]
    own = type(value).__module__.startswith("brainsim.model")
    if not own or (inner and isinstance(value, BrianObject)):
        return []
    if isinstance(value, ArrayVariable):
        return [("values", value.memory)]  # what others see may be computed from that
    if is_dataclass(value):
        return [(field.name, getattr(value, field.name, None)) for field in fields(value)]
    return list(vars(value).items()) if hasattr(value, "__dict__") else []


def _memory_of(array: Array) -> tuple[int, int]:
    """Return what identifies the memory behind an array, and its size in bytes."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return id(array), array.nbytes


def _kind(part: BrianObject, path: tuple[str, ...]) -> str:
    """Return what an array of an object, or of a part of one, is for."""
    if isinstance(part, SynapticPathway):
        return "tables"
    if isinstance(part, Synapses):
        return path[1] if path[0] == "variables" else "connections"
    return "recording" if isinstance(part, Monitor) else "state"


class _Book:
    """Collects uses of memory, each memory once."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self.uses: dict[tuple[str, str], int] = {}

    def add(self, name: str, what: str, number: int) -> None:
        """Note a use of memory."""
        if number:
            self.uses[name, what] = self.uses.get((name, what), 0) + number

    def add_arrays(
        self, name: str, arrays: Iterable[tuple[tuple[str, ...], Array]],
        kind: Callable[[tuple[str, ...]], str],
    ) -> None:  # fmt: skip
        """Note arrays, those that are not known yet."""
        for path, array in arrays:
            key, size = _memory_of(array)
            if key not in self._seen:
                self._seen.add(key)
                self.add(name, kind(path), size)

    def skip(self, array: Array) -> None:
        """Count an array as known."""
        self._seen.add(_memory_of(array)[0])


def _ring_bytes(ring: SpikeRing, spikes: float) -> int:
    """Return the memory of a ring that spikes touch, with so many of them in each step."""
    most = min(ring.n, spikes + 4 * np.sqrt(spikes) + 1)
    row = min(most * 4 + _PAGE, ring.n * 4) if ring.length > 1 else ring.n * 4
    return int(min(ring.length * row, ring.items.nbytes) + ring.counts.nbytes)


def _expected_rows(monitor: Monitor, until: float, rates: Mapping[str, float]) -> int:
    """Return how many rows a monitor will have at a time in seconds."""
    if isinstance(monitor, EventMonitor):
        going = max(until - monitor.clock.reached, 0.0)
        rate = rates.get(f"{monitor.source.name} {monitor.event}", 0.0)
        return len(monitor) + int(rate * len(monitor.counts) * going)
    width = monitor.recording.row_bytes or 1
    return int(monitor.recording.count[0]) + monitor.bytes_until(until) // width


def memory_uses(
    objects: Iterable[BrianObject], working: Iterable[Array], until: float,
    rates: Mapping[str, float],
) -> tuple[tuple[MemoryUse, ...], int]:  # fmt: skip
    """Return the memory that objects hold at a time, and what the largest growing one adds.

    Args:
        objects: Prepared objects, those that the user made.
        working: Arrays of the kernels.
        until: Time in seconds.
        rates: Events per element and second, by "group event".
    """
    book, growing = _Book(), 0
    for obj in objects:
        if isinstance(obj, SpikeSource):
            for event, ring in getattr(obj, "rings", {}).items():
                book.skip(ring.items)
                book.skip(ring.counts)
                rate = rates.get(f"{obj.name} {event}", 0.0)
                book.add(obj.name, "past spikes", _ring_bytes(ring, rate * ring.n * obj.clock.pace))
        if isinstance(obj, Monitor):
            for array in obj.recording.arrays.values():
                book.skip(array)
            recording = obj.recording
            used = int(recording.count[0]) * recording.row_bytes
            if isinstance(recording, StreamedRecording):
                size = min(recording.capacity, recording.chunk) * recording.row_bytes
            else:
                size = _expected_rows(obj, until, rates) * recording.row_bytes
                if isinstance(obj, EventMonitor) and size > used:
                    growing = max(growing, size // 2)
            book.add(obj.name, "recording", size)
    for obj in objects:
        for part in (obj, *obj.contained_objects):
            book.add_arrays(obj.name, arrays_in(part), partial(_kind, part))
    book.add_arrays("kernels", ((("",), array) for array in working), lambda _: "numbers")
    totals: dict[str, int] = {}
    for (name, _), size in book.uses.items():
        totals[name] = totals.get(name, 0) + size
    uses = [MemoryUse(name, what, size) for (name, what), size in book.uses.items()]
    uses.sort(key=lambda use: (-totals[use.name], use.name, -use.bytes))
    return tuple(uses), growing


def held_bytes(objects: Iterable[BrianObject]) -> int:
    """Return the memory that objects hold at present."""
    book = _Book()
    for obj in objects:
        for part in (obj, *obj.contained_objects):
            book.add_arrays(obj.name, arrays_in(part), lambda _: "")
    return sum(book.uses.values())


# ------------------------------------------------------------------------------ what networks offer


def _plain_rates(rates: Any) -> Rates:
    """Return rates in hertz.

    Raises:
        DimensionMismatchError: A rate has another unit.
        ValueError: It is negative.
    """
    if rates is None:
        return None
    if isinstance(rates, Mapping):
        return {name: _hertz(rate, f"the rate of '{name}'") for name, rate in rates.items()}
    return _hertz(rates, "the rate")


def _hertz(rate: Any, what: str) -> float:
    require_dimensions(rate, hertz.dim, what, "10*Hz")
    value = float(rate)
    if not 0 <= value < np.inf:
        raise ValueError(f"{what} cannot be {rate}")
    return value


def _why_no_trial(objects: Iterable[BrianObject]) -> str:
    """Return why a network must not be tried; "" where it may be."""
    for obj in objects:
        if isinstance(obj, NetworkOperation):
            return f"'{obj.name}' is Python code, which may do anything"
        if isinstance(obj, Monitor) and isinstance(obj.recording, StreamedRecording):
            return f"'{obj.name}' writes to a file"
    return ""


class Estimated:
    """What a network offers to find out beforehand what a run needs."""

    def estimate(
        self: Any,
        duration: Any = None,
        rates: Any = None,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
    ) -> Estimate:
        """Return how much memory and time a run will need; nothing of the network changes.

        The network is made ready to run, its code is compiled, and it runs for a moment, up to
        about half a second, in a copy of this process.

        Args:
            duration: Simulated time; one second when not given.
            rates: How often neurons spike: one rate for all groups, or name of the group -> rate;
                by default as often as in the moment that is tried.
            namespace: External names; by default those of the caller's frame.
            level: How many frames further up to look for external names.

        Raises:
            DimensionMismatchError: `duration` is no time, or a rate is none.
            ValueError: One of them is negative.
            BrianObjectException: From the original error, when an object cannot be prepared.
        """
        seconds = 1.0 if duration is None else seconds_of(duration, "the duration of a run")
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"a run cannot last {duration}")
        plain = _plain_rates(rates)
        names = caller_namespace(level) if namespace is None else namespace
        objects = [obj for obj in self.objects if obj.active]
        begun = time.perf_counter()
        working = self.ready(names)
        compiling = time.perf_counter() - begun
        available = available_memory()
        trial, notes = _trial(self, names, seconds, plain)
        known = dict(trial.rates) if trial else {}
        for obj in self:
            for event in getattr(obj, "rings", {}):
                given = rate_for(obj, plain)
                if given is not None:
                    known[f"{obj.name} {event}"] = given
        uses, growing = memory_uses(objects, working, self.t_ + seconds, known)
        return Estimate(
            seconds,
            uses,
            growing,
            available,
            held_bytes(objects),
            trial.pace * seconds if trial else None,
            compiling,
            known,
            notes,
        )


def _trial(
    network: Any, names: Mapping[str, Any], seconds: float, rates: Rates
) -> tuple[Trial | None, tuple[str, ...]]:
    """Return what a trial found, if there can be one, and what its numbers assume."""
    why = _why_no_trial(network)
    if not why and any(obj.active for obj in network):
        try:
            found = try_in_a_copy(network, names, seconds, rates)
        except OSError as error:
            why = str(error)
        else:
            notes = [f"time measured over {found.simulated * second}"]
            whole = {obj.name for obj in network}
            seen = [f"{k} {v:.3g} Hz" for k, v in found.rates.items() if k.split()[0] in whole]
            if seen:
                notes.append(f"seen there: {', '.join(seen)}")
            if found.assumed:
                names_of = ", ".join(found.assumed)
                notes.append(f"no events seen there, their cost is assumed: {names_of}")
            return found, tuple(notes)
    return None, (f"time not measured: {why}",) if why else ()
