"""The runtime device: runs a network in this process.

A network is prepared once and used again while nothing changes but numbers: then a run costs no
lowering and no compiling.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from ..errors import RunInterrupted
from ..lowering import Lowered, lower_network
from ..model.clock import Clock
from ..model.device import RunOptions
from ..model.network import Network
from ..model.profiling import Measurement
from ..model.variables import Array
from ..preferences import prefs
from ..program import Program, ScheduledKernel
from ..records import dataclass
from ..units import Quantity, second
from .engines import ClockSetting, Engine, GuardSetting, Reason, choose_target, make_engine
from .interrupt import CtrlC, completing_steps, in_session
from .report import Reporter, make_reporter

# how long the loop runs before Python looks after progress and Ctrl-C, seconds
_BUDGET = 0.05
# an int32 counts the steps of one stretch
_STRETCH = 2**30


@dataclass(eq=False)
class Prepared:
    """A network that is ready to run.

    Args:
        structure: What the code depends on.
        lowered: The Program and its arrays.
        engine: The compiled kernels and their loop.
    """

    structure: Any
    lowered: Lowered
    engine: Engine

    def __del__(self) -> None:
        # the numbers of a Program refer to each other through their context: without this, the
        # arrays of a dropped network would wait for the garbage collector
        self.lowered.release()


def _measurements(
    prepared: Prepared, before: Sequence[float], taken: Mapping[str, int]
) -> tuple[Measurement, ...]:
    """Return what was measured since `times` gave `before`; `taken` are the steps of the clocks."""
    return tuple(
        Measurement(
            item.owner,
            item.fused if isinstance(item, ScheduledKernel) else (),
            item.clock,
            taken[item.clock],
            after - earlier,
        )
        for item, earlier, after in zip(
            prepared.lowered.program.schedule, before, prepared.engine.times(), strict=True
        )
    )


def _shared(lowered: Lowered, threads: int) -> list[bool]:
    """Return which entries of the schedule several threads can share as things are now."""
    shares = [
        item.share if isinstance(item, ScheduledKernel) else None
        for item in lowered.program.schedule
    ]
    # to look at all synapses takes time, which one thread need not spend
    return [
        share is not None and threads != 1 and lowered.context.ascend(share.ascending)
        for share in shares
    ]


class RuntimeDevice:
    """Compiles and runs networks in this process."""

    # it has no program to build
    build_on_run = True

    def __init__(self) -> None:
        self._running: Engine | None = None
        self.options: dict[str, Any] = {}

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Become the device in use; there is nothing to choose."""
        del build_on_run
        self.options = options

    def reinit(self) -> None:
        """Forget nothing: each network keeps what was prepared for it."""

    def program(self, network: Network, namespace: Mapping[str, Any]) -> Program:
        """Return the Program of a network."""
        return lower_network(network, namespace).program

    def arrays(self, network: Network, options: RunOptions) -> list[Array]:
        """Make the network ready to run, and return the arrays that its kernels use."""
        return [array() for array in self.prepare(network, options).lowered.arrays.values()]

    def build_network(
        self, network: Network, options: RunOptions, duration: float, directory: Any
    ) -> Any:
        """Return a program of the network, see `Network.build`."""
        from .standalone.built import build_network

        return build_network(network, options, duration, directory)

    def stop(self) -> None:
        """End a run that is under way after the present step."""
        if self._running is not None:
            self._running.stop()

    def advance(self, network: Network, duration: float, options: RunOptions) -> None:
        """Advance the network by `duration` seconds, and its clocks with it.

        Raises:
            RunInterrupted: After a whole step, for Ctrl-C where somebody enters commands.
        """
        prepared = self.prepare(network, options)
        start = network.t_
        clocks = network.clocks()
        ends = [max(clock.steps_before(start + duration), clock.step) for clock in clocks]
        done = start
        first = [clock.step for clock in clocks]
        spent, begun = prepared.engine.times(), time.perf_counter()
        with self._in_charge(prepared.engine) as ctrl_c:
            reporter = make_reporter(options, start, duration)
            while True:
                stretch = [
                    min(end, clock.step + _STRETCH) for clock, end in zip(clocks, ends, strict=True)
                ]
                reason = self._stretch(clocks, prepared, stretch, reporter, (start, duration))
                done = max((clock.reached for clock in clocks), default=start)
                finished = all(c.step >= end for c, end in zip(clocks, ends, strict=True))
                if reason is Reason.STOPPED or finished:
                    break
        stopped = reason is Reason.STOPPED
        if stopped:
            network.note_stop()
        reporter.close(min((done - start) / duration, 1.0) if stopped and duration else 1.0)
        if options.profile:
            network.loop_seconds = time.perf_counter() - begun
            taken = {c.name: c.step - old for c, old in zip(clocks, first, strict=True)}
            network.measurements = _measurements(prepared, spent, taken)
        if ctrl_c.pressed and in_session():
            t = Quantity(done, second.dim)
            raise RunInterrupted(f"the run ended after a whole step, at t = {t}, and can go on")

    def prepare(self, network: Network, options: RunOptions) -> Prepared:
        """Return the network ready to run; what an earlier run prepared is used where it fits."""
        structure = (prefs.version, network.structure())
        slot = options.profile or "fused"
        old = network.prepared.get(slot)
        if (
            isinstance(old, Prepared)
            and old.structure == structure
            and old.lowered.resolve_again(options.namespace)
        ):
            return old
        share = choose_target() != "numpy"
        fuse = options.profile != "objects"
        lowered = lower_network(network, options.namespace, fuse=fuse, share=share)
        calls = {
            owner: partial(self._call, weakref.proxy(network), lowered, function)
            for owner, function in lowered.functions.items()
        }
        engine = make_engine(lowered.program, calls, profile=bool(options.profile))
        network.prepared[slot] = prepared = Prepared(structure, lowered, engine)
        return prepared

    def _call(self, network: Network, lowered: Lowered, function: Callable[[], None]) -> None:
        """Call a Python function of the schedule with all clocks at the present step."""
        assert self._running is not None  # noqa: S101 - only a running engine calls
        for clock, step in zip(network.clocks(), self._running.steps(), strict=True):
            clock.step = step
        function()
        lowered.follow()

    def _stretch(
        self,
        clocks: Sequence[Clock],
        prepared: Prepared,
        ends: list[int],
        reporter: Reporter,
        interval: tuple[float, float],
    ) -> Reason:
        """Run all clocks to these steps; they are short enough for 32-bit counters."""
        engine, lowered = prepared.engine, prepared.lowered
        lowered.compute_numbers()
        steps = {clock.name: end - clock.step for clock, end in zip(clocks, ends, strict=True)}
        lowered.reserve(steps)
        self._bind(prepared)
        engine.start(
            [
                ClockSetting(c.step, c.pace, end, c.times)
                for c, end in zip(clocks, ends, strict=True)
            ]
        )
        lowered.context.sums.make(engine.call)
        start, duration = interval
        try:
            while True:
                reason = engine.run(_BUDGET)
                for clock, step in zip(clocks, engine.steps(), strict=True):
                    clock.step = step
                lowered.check()
                if reason is Reason.RECORDER:
                    engine.complete()
                    lowered.grow()
                    self._bind(prepared)
                elif reason is not Reason.BUDGET:
                    return reason
                if reporter.calls_user:
                    engine.complete()
                reached = max((clock.reached for clock in clocks), default=start)
                reporter.update((reached - start) / duration if duration else 1.0)
        finally:
            for clock, step in zip(clocks, engine.steps(), strict=True):
                clock.step = step
            engine.complete()
            lowered.pause()

    @staticmethod
    def _bind(prepared: Prepared) -> None:
        lowered = prepared.lowered
        prepared.engine.bind(lowered.arrays)
        guards = [
            GuardSetting(
                lowered.arrays[recorder.count](),
                lowered.context.recordings[recorder.owner].capacity,
                recorder.per_step,
            )
            for recorder in lowered.program.recorders
        ]
        threads = prefs["core.threads"]
        prepared.engine.share(_shared(lowered, threads), threads)
        guards += [GuardSetting(watch.count, 0, 0) for watch in lowered.context.watches]
        prepared.engine.guard(guards)

    @contextmanager
    def _in_charge(self, engine: Engine) -> Iterator[CtrlC]:
        """Let `stop()` and Ctrl-C end the run after the present step; a second Ctrl-C aborts."""
        # only here: a stop that comes before the first step must not be forgotten
        engine.clear_stop()
        outer, self._running = self._running, engine
        try:
            with completing_steps(engine.stop) as ctrl_c:
                yield ctrl_c
        finally:
            self._running = outer
