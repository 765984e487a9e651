"""Engines: how a Program's kernels are made callable, and the loop that calls them.

The native engine runs C or Cython kernels in the compiled step loop; the NumPy engine runs the
reference kernels in a Python loop and needs no compiler at all.
"""

from __future__ import annotations

import ctypes
import dataclasses
import importlib.util
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import IntEnum
from itertools import chain
from typing import Any, Protocol

import numpy as np

from ..codegen import toolchain
from ..codegen.denormals import DenormalFlush
from ..codegen.foreign import runs_on
from ..codegen.printers.about import kernel_buffers
from ..codegen.printers.c import foreign, kernel_symbol
from ..errors import CompilerError
from ..logger import get_logger
from ..model.variables import Array
from ..preferences import prefs
from ..program import Program, PythonCall, ScheduledKernel, needs_barrier
from ..records import dataclass
from .flags import compiler_flags, header_folders

try:
    from .. import scheduler  # type: ignore[attr-defined]
except ImportError:  # installed without a compiler
    scheduler = None

logger = get_logger(__name__)


class Reason(IntEnum):
    """Why an engine returned; the numbers are those of the compiled scheduler."""

    DONE = 0
    BUDGET = 1
    RECORDER = 2
    STOPPED = 3


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """Where a clock stands and where it ends.

    Args:
        step: Next step.
        dt: Step size, seconds.
        end: The step at which it ends.
        times: Time of each step, seconds, and infinity; None: multiples of dt.
    """

    step: int
    dt: float
    end: int
    times: Array | None = None


@dataclass(frozen=True, slots=True)
class GuardSetting:
    """A recorder: its count of rows, how many there is room for, how many a step can add."""

    count: Array
    capacity: int
    per_step: int


class Engine(Protocol):
    """Runs the schedule of a Program."""

    def bind(self, arrays: Mapping[str, Callable[[], Array]]) -> None:
        """Use these arrays from now on."""

    def share(self, shared: Sequence[bool], threads: int) -> None:
        """Let threads share entries of the schedule; 0 threads: as is quicker."""

    def guard(self, guards: Sequence[GuardSetting]) -> None:
        """Watch these recorders."""

    def start(self, clocks: Sequence[ClockSetting]) -> None:
        """Set the clocks, in the order of the Program."""

    def call(self, owner: str, step: int) -> None:
        """Run the first kernel of an object once, as in a given step."""

    def run(self, seconds: float) -> Reason:
        """Run until done, or for about this much real time."""

    def complete(self) -> None:
        """Complete what can wait, between two steps."""

    def steps(self) -> list[int]:
        """Return the step each clock has reached."""

    def stop(self) -> None:
        """End the run after the present step."""

    def clear_stop(self) -> None:
        """Forget an earlier `stop()`."""

    def times(self) -> list[float]:
        """Return the seconds spent so far in each entry of the schedule (only when profiling)."""


Calls = Mapping[str, Callable[[], None]]


def make_engine(program: Program, calls: Calls, *, profile: bool) -> Engine:
    """Return the engine that the preferences ask for.

    Args:
        program: The Program.
        calls: Python functions of its schedule, by owner.
        profile: Whether to measure the time spent in each object.

    Raises:
        CompilerError: The target needs a compiler, and there is none or it failed.
    """
    target = _able_target(program, choose_target())
    if target == "numpy":
        return NumpyEngine(program, calls)
    return NativeEngine(program, calls, _addresses(program, target), profile=profile)


def choose_target() -> str:
    """Return the target of the preferences; "auto" is C where a compiler is found, else NumPy."""
    target: str = prefs["codegen.target"]
    if target != "auto":
        if target != "numpy" and scheduler is None:
            raise CompilerError(
                f"the target '{target}' needs the compiled scheduler, which was left out when "
                "brainsim was installed without a C compiler; install one and reinstall, or set "
                "prefs.codegen.target = 'numpy'"
            )
        return target
    try:
        toolchain.find_compiler(prefs["codegen.cpp.compiler"])
    except CompilerError as error:
        logger.warn(f"running slowly, with NumPy: {error}", "no_compiler", once=True)
        return "numpy"
    if scheduler is None:
        logger.warn("running slowly, with NumPy: the compiled scheduler is missing", once=True)
        return "numpy"
    return "c"


def _able_target(program: Program, target: str) -> str:
    """Return the target, or where the choice is free another one that has the user's functions."""
    if prefs["codegen.target"] != "auto" or target == "numpy":
        return target
    lacking = [f.name for f in foreign(program.kernels) if not runs_on(f, target)]
    if not lacking:
        return target
    others = all(runs_on(f, "cython") for f in foreign(program.kernels))
    if others and importlib.util.find_spec("Cython"):
        return "cython"
    names = ", ".join(f"{name}()" for name in lacking)
    logger.info(f"running with NumPy, because {names} has no implementation in C", once=True)
    return "numpy"


def _addresses(program: Program, target: str) -> dict[str, int]:
    """Return the address of every kernel, compiled now if the cache does not hold it."""
    if not program.kernels:
        return {}
    given = foreign(program.kernels)
    try:
        return _compiled(program, target, [option for f in given for option in f.options])
    except CompilerError as error:
        if not given or not error.output:
            raise
        names = ", ".join(sorted({f"{function.name}()" for function in given}))
        raise CompilerError(f"the code given for {names} does not fit", error.output) from error


def _compiled(program: Program, target: str, options: Sequence[str]) -> dict[str, int]:
    """Return the address of every kernel; `options` are further ones of the compiler."""
    compiler = toolchain.find_compiler(prefs["codegen.cpp.compiler"])
    flags, folders = (*compiler_flags(), *options), header_folders()
    source = program.source(target)
    if target == "c":
        library = toolchain.open_library(source, compiler, extra_flags=flags, include_dirs=folders)
        return {
            kernel.name: int(
                ctypes.cast(getattr(library, kernel_symbol(kernel)), ctypes.c_void_p).value or 0
            )
            for kernel in program.kernels
        }
    module = toolchain.open_extension(
        source, "brainsim_kernels", compiler, extra_flags=flags, include_dirs=folders
    )
    found: dict[str, int] = module.addresses()
    return {kernel.name: found[kernel_symbol(kernel)] for kernel in program.kernels}


class NativeEngine:
    """Compiled kernels in the compiled step loop."""

    def __init__(
        self, program: Program, calls: Calls, addresses: Mapping[str, int], *, profile: bool
    ) -> None:
        self.program = program
        place = {clock: k for k, clock in enumerate(program.clocks)}
        tasks = [
            (addresses[item.kernel.name] if isinstance(item, ScheduledKernel) else 0,
             place[item.clock])
            for item in program.schedule
        ]  # fmt: skip
        functions = {
            k: _without_argument(calls[item.owner])
            for k, item in enumerate(program.schedule)
            if isinstance(item, PythonCall)
        }
        self.place = _places(program)
        self.loop = scheduler.StepLoop(tasks, [1.0] * len(place), functions)
        self.loop.profile = profile
        closing = [(addresses[kernel.name], 0) for kernel in program.closing]
        self.closing = scheduler.StepLoop(closing, [1.0], {}) if closing else None
        self.buffers = [
            [buffer.name for buffer in kernel_buffers(item.kernel)]
            if isinstance(item, ScheduledKernel)
            else []
            for item in program.schedule
        ]
        self.closing_buffers = [
            [buffer.name for buffer in kernel_buffers(kernel)] for kernel in program.closing
        ]
        self._names = dict.fromkeys(chain(*self.buffers, *self.closing_buffers))
        # the arrays in use, which live as long as kernels may use them, and where they are
        self._bound: dict[str, Array] = {}
        self._address: dict[str, int] = {}
        self._barriers: dict[tuple[bool, ...], list[bool]] = {}
        flushes = prefs["codegen.generators.cpp.flush_denormals"]
        compiler = prefs["codegen.cpp.compiler"]
        self._mode: Callable[[], AbstractContextManager[None]]
        self._mode = DenormalFlush(toolchain.find_compiler(compiler)) if flushes else nullcontext

    def bind(self, arrays: Mapping[str, Callable[[], Array]]) -> None:
        """Use these arrays from now on."""
        moved = set()
        for name in self._names:
            array = arrays[name]()
            if array is not self._bound.get(name):
                self._bound[name] = array
                self._address[name] = array.__array_interface__["data"][0]
                moved.add(name)
        if not moved:
            return
        loops = [(self.loop, k, names) for k, names in enumerate(self.buffers)]
        loops += [(self.closing, k, names) for k, names in enumerate(self.closing_buffers)]
        for loop, k, names in loops:
            if not moved.isdisjoint(names):
                addresses = [self._address[name] for name in names]
                loop.bind(k, np.array(addresses, dtype=np.uintp))

    def share(self, shared: Sequence[bool], threads: int) -> None:
        """Let threads share entries of the schedule; 0 threads: as is quicker."""
        key = tuple(shared)
        if key not in self._barriers:
            self._barriers[key] = needs_barrier(self.program.schedule, shared)
        self.loop.share(shared, self._barriers[key])
        self.loop.threads = threads

    def guard(self, guards: Sequence[GuardSetting]) -> None:
        """Watch these recorders."""
        self.loop.set_guards(
            [(g.count.__array_interface__["data"][0], g.capacity, g.per_step) for g in guards]
        )

    def start(self, clocks: Sequence[ClockSetting]) -> None:
        """Set the clocks, in the order of the Program."""
        self.dts = [clock.dt for clock in clocks]
        for k, clock in enumerate(clocks):
            self.loop.set_times(k, clock.times)
            self.loop.set_clock(k, clock.step, 0, clock.dt, clock.end)

    def call(self, owner: str, step: int) -> None:
        """Run the first kernel of an object once, as in a given step."""
        self.loop.call(self.place[owner], step)

    def run(self, seconds: float) -> Reason:
        """Run until done, or for about this much real time."""
        with self._mode():
            return Reason(self.loop.run(int(seconds * 1e9)))

    def complete(self) -> None:
        """Complete what can wait, between two steps."""
        if self.closing is not None:
            step = self.loop.clock_step(0)
            self.closing.set_clock(0, step, 0, self.dts[0], step + 1)
            with self._mode():
                self.closing.run(1 << 62)

    def steps(self) -> list[int]:
        """Return the step each clock has reached."""
        return [self.loop.clock_step(k) for k in range(len(self.program.clocks))]

    def stop(self) -> None:
        """End the run after the present step."""
        self.loop.stop()

    def clear_stop(self) -> None:
        """Forget an earlier `stop()`."""
        self.loop.clear_stop()

    def times(self) -> list[float]:
        """Return the seconds spent so far in each entry of the schedule."""
        return [nanoseconds * 1e-9 for nanoseconds in self.loop.times()]


def _places(program: Program) -> dict[str, int]:
    """Return the place in the schedule of the first kernel of each object."""
    places: dict[str, int] = {}
    for place, item in enumerate(program.schedule):
        places.setdefault(item.owner, place)
    return places


def _without_argument(function: Callable[[], None]) -> Callable[[int], None]:
    return lambda _step: function()


@dataclass
class _Clock:
    """A clock as NumPy kernels see it."""

    step: int = 0
    relative_step: int = 0
    dt: float = 1.0
    end: int = 0
    times: Array | None = None

    @property
    def t(self) -> float:
        """Seconds."""
        return self.step * self.dt if self.times is None else float(self.times[self.step])


class NumpyEngine:
    """Reference kernels in a Python loop."""

    def __init__(self, program: Program, calls: Calls) -> None:
        self.program = program
        self.calls = calls
        source = program.source("numpy")
        module: Any = None
        if program.kernels:
            module = toolchain.open_python_module(source, "brainsim_kernels")
        self.clocks = [_Clock() for _ in program.clocks]
        place = {clock: k for k, clock in enumerate(program.clocks)}
        self.tasks: list[tuple[Any, Any, int]] = [
            (
                getattr(module, kernel_symbol(item.kernel))
                if isinstance(item, ScheduledKernel)
                else None,
                item,
                place[item.clock],
            )
            for item in program.schedule
        ]
        self.place = _places(program)
        self.closing = [getattr(module, kernel_symbol(kernel)) for kernel in program.closing]
        self.bound: list[list[Array]] = []
        self.bound_closing: list[list[Array]] = []
        self.guards: Sequence[GuardSetting] = ()
        self.spent = [0.0] * len(self.tasks)
        self.stopped = False

    def bind(self, arrays: Mapping[str, Callable[[], Array]]) -> None:
        """Use these arrays from now on."""
        self.bound = [
            [arrays[buffer.name]() for buffer in kernel_buffers(item.kernel)]
            if isinstance(item, ScheduledKernel)
            else []
            for _, item, _ in self.tasks
        ]
        self.bound_closing = [
            [arrays[buffer.name]() for buffer in kernel_buffers(kernel)]
            for kernel in self.program.closing
        ]

    def share(self, shared: Sequence[bool], threads: int) -> None:
        """Do everything on this thread: it is the reference."""

    def guard(self, guards: Sequence[GuardSetting]) -> None:
        """Watch these recorders."""
        self.guards = guards

    def start(self, clocks: Sequence[ClockSetting]) -> None:
        """Set the clocks, in the order of the Program."""
        for clock, setting in zip(self.clocks, clocks, strict=True):
            clock.step, clock.relative_step = setting.step, 0
            clock.dt, clock.end, clock.times = setting.dt, setting.end, setting.times

    def call(self, owner: str, step: int) -> None:
        """Run the first kernel of an object once, as in a given step."""
        place = self.place[owner]
        kernel, _, clock = self.tasks[place]
        kernel(self.bound[place], dataclasses.replace(self.clocks[clock], step=step))

    def run(self, seconds: float) -> Reason:
        """Run until done, or for about this much real time."""
        deadline = time.monotonic() + seconds
        while True:
            if self.stopped:
                return Reason.STOPPED
            going = [clock for clock in self.clocks if clock.step < clock.end]
            if not going:
                return Reason.DONE
            if any(int(g.count[0]) + g.per_step > g.capacity for g in self.guards):
                return Reason.RECORDER
            if time.monotonic() > deadline:
                return Reason.BUDGET
            now = min(clock.t for clock in going)
            due = [
                clock.step < clock.end and clock.t - now < 1e-4 * clock.dt for clock in self.clocks
            ]
            self._step(due)
            for clock, is_due in zip(self.clocks, due, strict=True):
                if is_due:
                    clock.step += 1
                    clock.relative_step += 1

    def _step(self, due: list[bool]) -> None:
        for k, (kernel, item, clock) in enumerate(self.tasks):
            if not due[clock]:
                continue
            before = time.perf_counter()
            if kernel is None:
                self.calls[item.owner]()
            else:
                kernel(self.bound[k], self.clocks[clock])
            self.spent[k] += time.perf_counter() - before

    def complete(self) -> None:
        """Complete what can wait, between two steps."""
        for kernel, arrays in zip(self.closing, self.bound_closing, strict=True):
            kernel(arrays, self.clocks[0])

    def steps(self) -> list[int]:
        """Return the step each clock has reached."""
        return [clock.step for clock in self.clocks]

    def stop(self) -> None:
        """End the run after the present step."""
        self.stopped = True

    def clear_stop(self) -> None:
        """Forget an earlier `stop()`."""
        self.stopped = False

    def times(self) -> list[float]:
        """Return the seconds spent so far in each entry of the schedule."""
        return list(self.spent)
