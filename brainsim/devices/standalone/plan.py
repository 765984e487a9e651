"""The runs that a program will make, one after the other.

Python does nothing of the runs: the arrays keep what they were set to. So for each run a program
needs what has been set since the one before, and the code, where the network has changed.

Input: networks before each of their runs. Output: phases (code) and runs (values). Does not: write
files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

import numpy as np

from ...codegen.ir import Kernel
from ...lowering.context import Lowered
from ...model.device import RunOptions
from ...model.group import Group
from ...model.inputs import SpikeGeneratorGroup
from ...model.network import Network
from ...model.variables import Array, ArrayVariable
from ...preferences import prefs
from ...program import ScheduledKernel
from ...records import dataclass
from .image import Image, make_image

_PENDING = (
    "this value is computed by the program, which has not been run yet: read it behind "
    "device.build() or, with build_on_run=True, behind run()"
)
# ends of the names of buffers that hold what is under way from one step to the next
_LASTING = ("_list", "_arriving")


@dataclass(eq=False)
class Slot:
    """An array of the program, which several buffers of different phases may stand for.

    Args:
        name: Its name in the program.
        live: The array in Python.
        start: What it holds when the program starts.
        known: What it holds as far as Python knows; None once a kernel has written to it.
    """

    name: str
    live: Array
    start: Array
    known: Array | None


@dataclass(frozen=True, eq=False)
class Phase:
    """The code of one or several runs.

    Args:
        image: The network at the start of the first of them.
        slots: Name of a buffer -> number of its slot.
        suffix: What its kernels have behind their names.
        code: What it is made of, besides its arrays.
    """

    image: Image
    slots: Mapping[str, int]
    suffix: str
    code: object

    @property
    def scheduled(self) -> list[ScheduledKernel]:
        """The kernels of a step, in their order."""
        return [_renamed_item(item, self.suffix) for item in self.image.kernels]

    @property
    def closing(self) -> list[Kernel]:
        """The kernels that complete what can wait."""
        return [_renamed(kernel, self.suffix) for kernel in self.image.program.closing]

    @property
    def numbers(self) -> Kernel | None:
        """The kernel that computes numbers which follow from parameters."""
        kernel = self.image.program.numbers
        return None if kernel is None else _renamed(kernel, self.suffix)

    @property
    def kernels(self) -> list[Kernel]:
        """All kernels."""
        numbers = [] if self.numbers is None else [self.numbers]
        return [*(item.kernel for item in self.scheduled), *self.closing, *numbers]


@dataclass(frozen=True, eq=False)
class Run:
    """A run.

    Args:
        network: The network.
        phase: Number of its phase.
        start: Time at its start, seconds.
        steps: Step of each clock at its start, by name.
        ends: Step of each clock at its end.
        bases: Step of each clock at the start of the network's first run.
        epoch: Number of the network's start.
        values: Number of a slot -> places (None for all) and values that are set before.
    """

    network: Network
    phase: int
    start: float
    steps: Mapping[str, int]
    ends: Mapping[str, int]
    bases: Mapping[str, int]
    epoch: int
    values: Mapping[int, tuple[Array | None, Array]]


@dataclass(eq=False)
class Plan:
    """The runs that a program will make, of one network or of several, one after the other.

    Args:
        cuda: Whether kernels are launched on a GPU.
    """

    cuda: bool = False
    slots: list[Slot] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    # step size and times of the steps of each clock, by name
    dts: dict[str, float] = field(default_factory=dict)
    ticks: dict[str, Array] = field(default_factory=dict)
    # what a network was lowered to for its latest run, and for which structure
    _lowered: dict[Network, tuple[Any, Lowered]] = field(default_factory=dict)

    @property
    def networks(self) -> list[Network]:
        """The networks, in the order of their first runs."""
        return list(self._lowered)

    @property
    def name(self) -> str:
        """Name of the first network."""
        return self.networks[0].name

    def add(self, network: Network, duration: float, options: RunOptions) -> None:
        """Add a run of a network, which is prepared for it.

        Raises:
            NotImplementedError: Something cannot be done without Python.
        """
        structure = (prefs.version, network.structure())
        before, old = self._lowered.get(network, (None, None))
        same = old is not None and structure == before and old.resolve_again(options.namespace)
        image = make_image(network, options.namespace, old if same else None, cuda=self.cuda)
        self._note_clocks(network)
        steps = {clock.name: clock.step for clock in network.clocks()}
        bases = next((run.bases for run in self.runs if run.network is network), {})
        bases = {**steps, **bases}
        _count_from(bases, network, image)
        values = self._changes(network)
        phase = self._phase(image, values)
        self._lowered[network] = (structure, image.lowered)
        until = network.t_ + duration
        ends = {c.name: max(c.steps_before(until), c.step) for c in network.clocks()}
        run = Run(network, phase, network.t_, steps, ends, bases, network.epoch, values)
        self.runs.append(run)
        slots = self.phases[phase].slots
        for name in image.written:
            self.slots[slots[name]].known = None
        _set_pending(network, {id(image.arrays[name]) for name in image.written}, _PENDING)

    def state(self) -> dict[str, Array]:
        """Return the entries of the state file: arrays, and what belongs to clocks and runs."""
        entries = {slot.name: slot.start for slot in self.slots}
        entries["@dts"] = np.array(list(self.dts.values()), dtype=np.float64)
        entries |= {f"@ticks {clock}": times for clock, times in self.ticks.items()}
        tables: dict[str, list[list[int]]] = {"@steps": [], "@ends": [], "@bases": []}
        for run in self.runs:
            for name, found in zip(tables, (run.steps, run.ends, run.bases), strict=True):
                # clocks that nobody uses in a run stand still
                tables[name].append([found.get(clock, 0) for clock in self.dts])
        entries |= {name: np.array(rows, np.int64).ravel() for name, rows in tables.items()}
        entries["@times"] = np.array([run.start for run in self.runs], dtype=np.float64)
        entries["@phases"] = np.array([run.phase for run in self.runs], dtype=np.int64)
        entries["@epochs"] = np.array([run.epoch for run in self.runs], dtype=np.int64)
        for k, run in enumerate(self.runs):
            for number, (places, values) in run.values.items():
                entry = f"@run {k} {self.slots[number].name}"
                entries[entry] = values
                if places is not None:
                    entries[f"{entry}@places"] = np.asarray(places, dtype=np.int64)
        return entries

    def settle(self) -> None:
        """Note that all values are known again."""
        for network in self.networks:
            _set_pending(network, None, "")
        for phase in self.phases:
            phase.image.lowered.pause()

    def _note_clocks(self, network: Network) -> None:
        for clock in network.clocks():
            if self.dts.setdefault(clock.name, clock.pace) != clock.pace:
                raise NotImplementedError(
                    f"the step size of '{clock.name}' changes between two runs of a program, which "
                    "counts steps from its start: give the later objects a clock of their own"
                )
            if clock.times is not None:
                self.ticks[clock.name] = np.array(clock.times, dtype=np.float64)

    def _phase(self, image: Image, values: dict[int, tuple[Array | None, Array]]) -> int:
        """Return the number of the phase with this code, made if it is new; note new values."""
        by_array = {id(slot.live): k for k, slot in enumerate(self.slots)}
        taken = {slot.name for slot in self.slots}
        slots: dict[str, int] = {}
        for name, live in image.arrays.items():
            number = by_array.get(id(live))
            if number is None:
                self._check_lasting(name)
                number = self._same_number(name, live, image)
            if number is None:
                number = len(self.slots)
                full = name if name not in taken else f"{name}@{len(self.phases)}"
                taken.add(full)
                copy = np.array(live)
                self.slots.append(Slot(full, live, copy, copy))
            else:
                slot = self.slots[number]
                if slot.known is not None and not _equal(slot.known, live):
                    values[number] = (None, np.array(live))
                    slot.known = values[number][1]
            slots[name] = number
        code = _code(image)
        for k, phase in enumerate(self.phases):
            if phase.slots == slots and phase.code == code:
                return k
        suffix = f"_phase{len(self.phases)}" if self.phases else ""
        self.phases.append(Phase(image, slots, suffix, code))
        return len(self.phases) - 1

    def _check_lasting(self, name: str) -> None:
        """Refuse new memory for spikes and sums under way, whose content only the program knows."""
        if name.endswith(_LASTING) and any(slot.name == name for slot in self.slots):
            raise NotImplementedError(
                "a program cannot have longer delays from one of its runs to the next: set them "
                f"before the first run (this is about '{name}')"
            )

    def _same_number(self, name: str, live: Array, image: Image) -> int | None:
        """Return the slot of a number that is computed for each run, if there is one by its name.

        Its array is another one whenever the network is lowered, but no kernel writes to it.
        """
        if len(live) != 1 or name in image.written:
            return None
        for k, slot in enumerate(self.slots):
            fits = len(slot.live) == 1 and slot.live.dtype == live.dtype
            if slot.name == name and fits and slot.known is not None:
                return k
        return None

    def _changes(self, network: Network) -> dict[int, tuple[Array | None, Array]]:
        """Return what the user has set in arrays whose values Python does not know."""
        written = _written_by_user(network)
        # where the spikes that were given go on is found anew before each run
        given = [obj for obj in network if isinstance(obj, SpikeGeneratorGroup)]
        written |= {id(group.next): np.zeros(1, dtype=np.int64) for group in given}
        changes: dict[int, tuple[Array | None, Array]] = {}
        for number, slot in enumerate(self.slots):
            places = written.get(id(slot.live))
            if slot.known is None and places is not None:
                changes[number] = (places, slot.live[places])
        return changes


def _count_from(bases: Mapping[str, int], network: Network, image: Image) -> None:
    """Let the counters of relative steps go on from the first run of a network.

    Python computes them for a run that starts now.
    """
    for obj in network:
        for name, is_start in (("start_step", True), ("lastspike_step", False)):
            buffer = image.lowered.context.buffers.get((obj.name, name))
            if buffer is not None and buffer.name in image.arrays:
                past = obj.clock.step - bases[obj.clock.name]
                image.arrays[buffer.name][:] += -past if is_start else past


def _set_pending(network: Network, arrays: set[int] | None, text: str) -> None:
    """Say why variables and recordings are not known; those with other arrays stay as they are."""
    for obj in network:
        if not isinstance(obj, Group):
            continue
        for variable in obj.variables.values():
            if not isinstance(variable, ArrayVariable):
                continue
            if arrays is None or id(variable.values) in arrays:
                variable.pending = text
                variable.changes = [] if text else None
        recording = getattr(obj, "recording", None)
        if recording is not None:
            recording.pending = text


def _equal(one: Array, other: Array) -> bool:
    return len(one) == len(other) and one.tobytes() == np.ascontiguousarray(other).tobytes()


def _code(image: Image) -> tuple[str, object]:
    """Return what a phase is made of, besides its arrays."""
    recorders = tuple(
        (each.growth, each.every, each.limit, each.widths) for each in image.recorders
    )
    return image.program.source("c"), (image.shared, recorders)


def _written_by_user(network: Network) -> dict[int, Array]:
    """Return the places that the user has set since the last run, by the identity of the array."""
    found: dict[int, Array] = {}
    for obj in network:
        if not isinstance(obj, Group):
            continue
        for variable in obj.variables.values():
            if isinstance(variable, ArrayVariable) and variable.changes is not None:
                if variable.changes:
                    found[id(variable.values)] = np.unique(np.concatenate(variable.changes))
                variable.changes = []
    return found


def _renamed(kernel: Kernel, suffix: str) -> Kernel:
    """Return a kernel with something behind its name, which no kernel of another phase has."""
    return replace(kernel, name=kernel.name + suffix) if suffix else kernel


def _renamed_item(item: ScheduledKernel, suffix: str) -> ScheduledKernel:
    return replace(item, kernel=_renamed(item.kernel, suffix))
