"""The Program: one network as typed buffers, kernels and a schedule.

Input of every device, output of lowering. A Program is a value: it holds no arrays and no objects
of the user. The arrays are bound to its buffers by name when it is run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from .codegen.ir import Buffer, Kernel
from .codegen.rewrite import effects, own_buffers
from .codegen.shares import Own
from .records import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """What is known of a kernel that can be called for each of several shares.

    Args:
        own: For each buffer of which a share touches only its own elements: which those are.
        ascending: Names of the buffers that must ascend over each row of synapses.
    """

    own: Mapping[Buffer, Own]
    ascending: frozenset[str]


@dataclass(frozen=True, slots=True)
class ScheduledKernel:
    """A kernel and its place in the time step.

    Args:
        kernel: What is done.
        owner: Name of the object it belongs to, such as "neurons_stateupdater".
        clock: Name of the clock that drives it.
        slot: Slot of the schedule, such as "groups" or "before_start".
        order: Place within the slot; ties are broken by owner, then by position.
        fused: Owners of the kernels that fusion has merged into this one.
        share: What can be done at the same time by several threads; None: nothing.
    """

    kernel: Kernel
    owner: str
    clock: str
    slot: str
    order: int
    fused: tuple[str, ...] = ()
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class PythonCall:
    """A Python function called once per step, such as a network operation.

    Args:
        owner: Name of the object; the device finds the function under this name.
        clock: Name of the clock that drives it.
        slot: Slot of the schedule.
        order: Place within the slot.
    """

    owner: str
    clock: str
    slot: str
    order: int


@dataclass(frozen=True, slots=True)
class Recorder:
    """A buffer that fills up while running; the device stops before it is full.

    Args:
        count: Scalar int64 buffer: how many rows are filled.
        per_step: The most rows that one step can add.
        arrays: Names of the buffers that hold the rows.
        owner: Name of the monitor.
        clock: Name of its clock.
    """

    count: str
    per_step: int
    arrays: tuple[str, ...]
    owner: str
    clock: str


@dataclass(frozen=True, slots=True)
class Projection:
    """Synapses between two populations, for devices that map graphs.

    Args:
        name: Name of the Synapses object.
        source: Name of the population that sends spikes.
        target: Name of the population that is changed.
    """

    name: str
    source: str
    target: str


def needs_barrier(
    schedule: Sequence[ScheduledKernel | PythonCall], shared: Sequence[bool]
) -> list[bool]:
    """Return before which entries of the schedule all shares of the earlier ones must be done.

    Entries that are done as a whole are done while all threads wait, so they part what is before
    them from what is behind them. The last element says whether the end of a step needs a barrier
    of its own.

    Args:
        schedule: Kernels and Python calls.
        shared: Which of them several threads share.
    """
    barriers: list[bool] = []
    opened: list[_Touched] = []
    first: list[_Touched] | None = None
    for item, is_shared in zip(schedule, shared, strict=True):
        if not is_shared or isinstance(item, PythonCall):
            barriers.append(True)
            first = opened if first is None else first
            opened = []
            continue
        touched = _touched_by(item)
        barriers.append(any(_meet(earlier, touched) for earlier in opened))
        if barriers[-1]:
            first = opened if first is None else first
            opened = []
        opened.append(touched)
    again = opened if first is None else first
    ends = first is None or any(_meet(one, other) for one in opened for other in again)
    return [*barriers, ends]


@dataclass(frozen=True, slots=True)
class _Touched:
    """What a kernel touches: all buffers, those it stores to, and in which the shares are apart."""

    buffers: frozenset[Buffer]
    writes: frozenset[Buffer]
    ways: Mapping[Buffer, Own]


def _touched_by(item: ScheduledKernel) -> _Touched:
    found = effects(item.kernel.body)
    ways = {} if item.share is None else item.share.own
    return _Touched(frozenset(found.buffers), frozenset(found.writes), ways)


def _meet(one: _Touched, other: _Touched) -> bool:
    """Return whether shares of two kernels may meet in an element that one of them stores to."""
    stored = one.buffers & other.buffers & (one.writes | other.writes)
    return any(
        one.ways.get(buffer) is None or one.ways[buffer] != other.ways.get(buffer)
        for buffer in stored
    )


@dataclass(frozen=True, slots=True)
class Graph:
    """What the Program came from: populations by name with their equations, and projections."""

    populations: dict[str, str] = field(default_factory=dict)
    projections: tuple[Projection, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """One network, ready for a device.

    Args:
        name: Name of the network.
        schedule: Kernels and Python calls in the order in which a step runs them.
        clocks: Names of the clocks.
        recorders: Buffers that fill up while running.
        graph: The populations and projections it came from.
        closing: Kernels that complete what can wait: to be run between two steps before somebody
            reads the variables, when a recorder is full, and when a run ends.
        numbers: Kernel that computes the numbers which follow from parameters, to be run before the
            first step when a parameter has changed; only programs that run without Python have it.
    """

    name: str
    schedule: tuple[ScheduledKernel | PythonCall, ...]
    clocks: tuple[str, ...]
    recorders: tuple[Recorder, ...] = ()
    graph: Graph = field(default_factory=Graph)
    closing: tuple[Kernel, ...] = ()
    numbers: Kernel | None = None

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """All kernels in the order of the schedule, then those that are run between steps."""
        scheduled = [item.kernel for item in self.schedule if isinstance(item, ScheduledKernel)]
        return (*scheduled, *self.closing, *(() if self.numbers is None else (self.numbers,)))

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """All buffers in the order of first use."""
        found: dict[str, Buffer] = {}
        for kernel in self.kernels:
            own = own_buffers(kernel.body)
            for buffer in effects(kernel.body).buffers:
                if buffer not in own:
                    found.setdefault(buffer.name, buffer)
        return tuple(found.values())

    def source(self, language: str = "c") -> str:
        """Return the generated code.

        Args:
            language: "c", "cython", "numpy", or "cuda" for a network lowered without shares and
                tiles.

        Raises:
            ValueError: There is no printer for this language.
            NotImplementedError: The language lacks something that a kernel needs.
        """
        from .codegen import printers

        return printers.get(language).print_unit(self.kernels, "generated by brainsim")

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:  # noqa: ARG002 - IPython's protocol
        p.text(self.summary())

    def summary(self) -> str:
        """Return the schedule and the buffers as text.

        Of several threads, each does its share of what is `shared`; what `waits` is shared, too,
        but begins when all threads have done what precedes it; what is done `once` is done by one
        thread while the others wait.
        """
        lines = [f"program of network '{self.name}'", "", "schedule"]
        shared = [isinstance(item, ScheduledKernel) and bool(item.share) for item in self.schedule]
        barriers = needs_barrier(self.schedule, shared)
        for item, is_shared, barrier in zip(self.schedule, shared, barriers, strict=False):
            title = item.kernel.title if isinstance(item, ScheduledKernel) else "Python function"
            place = f"{item.slot} ({item.order:+d})"
            how = ("waits" if barrier else "shared") if is_shared else "once"
            lines.append(f"  {place:22s} {item.clock:14s} {how:6s} {item.owner:32s} {title}")
        lines += [f"  {'between steps':44s} {'':32s} {kernel.title}" for kernel in self.closing]
        lines += ["", "buffers"]
        for buffer in self.buffers:
            kind = "constant" if buffer.constant else "state"
            shape = "scalar" if buffer.scalar else "array"
            text = f"  {buffer.name:32s} {buffer.dtype:8s} {shape:7s} {kind:9s} {buffer.comment}"
            lines.append(text.rstrip())
        return "\n".join(lines)
