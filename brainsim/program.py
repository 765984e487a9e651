"""The Program: one network as typed buffers, kernels and a schedule.

Input of every device, output of lowering. A Program is a value: it holds no arrays and no objects
of the user. The arrays are bound to its buffers by name when it is run.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .codegen.ir import Buffer, Kernel
from .codegen.rewrite import effects


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
    """

    kernel: Kernel
    owner: str
    clock: str
    slot: str
    order: int
    fused: tuple[str, ...] = ()


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
    """

    name: str
    schedule: tuple[ScheduledKernel | PythonCall, ...]
    clocks: tuple[str, ...]
    recorders: tuple[Recorder, ...] = ()
    graph: Graph = field(default_factory=Graph)

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """All kernels in the order of the schedule."""
        return tuple(item.kernel for item in self.schedule if isinstance(item, ScheduledKernel))

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """All buffers in the order of first use."""
        found: dict[Buffer, None] = {}
        for kernel in self.kernels:
            found.update(dict.fromkeys(effects(kernel.body).buffers))
        return tuple(found)

    def source(self, language: str = "c") -> str:
        """Return the generated code.

        Args:
            language: "c", "cython" or "numpy".

        Raises:
            ValueError: There is no printer for this language.
        """
        from .codegen import printers

        return printers.get(language).print_unit(self.kernels, f"network '{self.name}'")

    def summary(self) -> str:
        """Return the schedule and the buffers as text."""
        lines = [f"program of network '{self.name}'", "", "schedule"]
        for item in self.schedule:
            title = item.kernel.title if isinstance(item, ScheduledKernel) else "Python function"
            place = f"{item.slot} ({item.order:+d})"
            lines.append(f"  {place:22s} {item.clock:14s} {item.owner:32s} {title}")
        lines += ["", "buffers"]
        for buffer in self.buffers:
            kind = "constant" if buffer.constant else "state"
            shape = "scalar" if buffer.scalar else "array"
            text = f"  {buffer.name:32s} {buffer.dtype:8s} {shape:7s} {kind:9s} {buffer.comment}"
            lines.append(text.rstrip())
        return "\n".join(lines)
