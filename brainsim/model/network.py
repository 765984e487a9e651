"""Networks: which objects run together, for how long, in which order.

Running itself is the work of a device (see `Device`): this module decides what runs and checks it.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import Diagnostic, UnknownNameError, suggest
from ..logger import get_logger
from ..preferences import prefs
from ..units import Quantity, second
from .ahead import Deliveries
from .arguments import seconds_of
from .base import PREPARATION_ERRORS, BrianObject, cannot_run
from .buildable import Buildable
from .clock import Clock
from .device import Report, RunOptions, active_device
from .estimate import Estimated
from .memory import check_memory
from .monitors import Monitor
from .namespace import caller_namespace
from .naming import Nameable
from .profiling import Profiled, what_to_measure
from .randomness import next_epoch, numpy_state, set_numpy_state
from .randomness import state as random_state
from .representation import Described, Description, Table
from .schedule import slot_rank
from .snapshot import Snapshot, capture, check_names, read_snapshots, reinstate, write_snapshots
from .spikes import SpikeSource
from .states import NetworkStates
from .variables import Array

logger = get_logger(__name__)

# a variable beyond this has surely blown up (volt, siemens, plain numbers alike)
_ABSURD = 1e50
# to look at so many values takes 0.1 ms
_MANY_VALUES = 100_000
_FEW_STEPS = 100

# names of entries in a snapshot that no object can have
_NETWORK = "*network*"


def _clock_key(clock: Clock) -> str:
    return f"*clock* {clock.name}"


class Network(NetworkStates, Profiled, Estimated, Buildable, Described, Nameable):
    """Objects that run together.

    Args:
        objs: Objects, or containers of objects, to any depth.
        name: Name.

    Raises:
        TypeError: Something is neither an object nor a container.
    """

    def __init__(self, *objs: Any, name: str = "network*") -> None:
        super().__init__(name)
        self._objects: list[BrianObject] = []
        self._schedule: tuple[str, ...] | None = None
        self._t = 0.0
        self._stop = False
        # steps since the values of variables were last looked at
        self._unchecked = 0
        self.epoch = 0
        self._seeded = -1
        # weak, for the magic network
        self._identities: MutableMapping[BrianObject, str] = weakref.WeakKeyDictionary()
        self._numbered = 0
        self._snapshots: dict[str, Snapshot] = {}
        self._prepared: dict[str, Any] = {}
        self._deliveries = Deliveries()
        for obj in objs:
            self.add(obj)

    # -------------------------------------------------------------------------------------- objects

    def add(self, *objs: Any) -> None:
        """Add objects or containers of objects.

        Raises:
            RuntimeError: An object has already run in another network.
            TypeError: Something is neither an object nor a container.
        """
        new = list(_flattened(objs))  # all are looked at before the first is added
        for obj in new:
            self._check_free(obj)
        for obj in new:
            if obj not in self._objects:
                self._objects.append(obj)

    def _check_free(self, obj: BrianObject) -> None:
        if obj.network not in {None, self}:
            raise RuntimeError(
                f"'{obj.name}' has already run in the network '{obj.network.name}': use that one, "
                "or make a new object"
            )

    def remove(self, *objs: Any) -> None:
        """Remove objects or containers of objects.

        Raises:
            UnknownNameError: An object is not in the network.
            TypeError: Something is neither an object nor a container.
        """
        old = list(_flattened(objs))
        for obj in old:
            if obj not in self._objects:
                raise UnknownNameError(f"'{obj.name}' is not in the network '{self.name}'")
        self._objects = [obj for obj in self._objects if obj not in old]

    @property
    def objects(self) -> list[BrianObject]:
        """The objects that were added, without those that are contained in them."""
        return list(self._objects)

    @property
    def sorted_objects(self) -> list[BrianObject]:
        """All objects in the order in which a step runs them."""
        schedule = self.schedule
        # not of the network itself, whose length would be asked for, too
        return sorted(
            self._with_parts(),
            key=lambda obj: (slot_rank(schedule, obj.when, obj.name), obj.order, obj.name),
        )

    def __getitem__(self, name: str) -> BrianObject:
        if not isinstance(name, str):
            raise TypeError(f"objects of a network are found by name, not by {type(name).__name__}")
        for obj in self:
            if obj.name == name:
                return obj
        hint = suggest(name, [obj.name for obj in self])
        raise UnknownNameError(
            Diagnostic(f"there is no object '{name}' in the network '{self.name}'", help=hint)
        )

    def __delitem__(self, name: str) -> None:
        self.remove(self[name])

    def __contains__(self, name: object) -> bool:
        return any(obj.name == name for obj in self)

    def __len__(self) -> int:
        return len(self._with_parts())

    def __iter__(self) -> Iterator[BrianObject]:
        """Iterate over all objects, those contained in others too."""
        return iter(self._with_parts())

    def _with_parts(self) -> list[BrianObject]:
        """Return all objects, those contained in others too."""
        # not by a recursive inner function, which would keep all objects alive in a cycle
        found: dict[BrianObject, None] = {}
        waiting = list(reversed(self._objects))
        while waiting:
            obj = waiting.pop()
            found[obj] = None
            waiting += reversed(obj.contained_objects)
        return list(found)

    # ----------------------------------------------------------------------------------------- time

    @property
    def t(self) -> Quantity:
        """Present time."""
        return Quantity(self._t, second.dim)

    @property
    def t_(self) -> float:
        """Present time in seconds, as a plain number."""
        return self._t

    @property
    def schedule(self) -> tuple[str, ...]:
        """Slots of a time step; set to None for the preference's."""
        if self._schedule is not None:
            return self._schedule
        return tuple(prefs["core.network.default_schedule"])

    @schedule.setter
    def schedule(self, value: Any) -> None:
        if value is None:
            self._schedule = None
            return
        if isinstance(value, str) or not all(isinstance(slot, str) for slot in value):
            raise TypeError("the schedule must be a list of slot names")
        if any(slot.startswith(("before_", "after_")) for slot in value):
            raise ValueError("slots before_X and after_X exist for every slot X: name only X")
        self._schedule = tuple(value)

    # ------------------------------------------------------------------------------------------ run

    @property
    def prepared(self) -> dict[str, Any]:
        """What a device has prepared for this network, to be used again while nothing changes."""
        return self._prepared

    def run(
        self,
        duration: Any,
        report: Report = None,
        report_period: Any = 10 * second,
        namespace: Mapping[str, Any] | None = None,
        profile: bool | str | None = None,
        level: int = 0,
    ) -> None:
        """Advance the network.

        Args:
            duration: A time.
            report: "text" (or "stdout", "stderr") for a line now and then, "bar" for a progress
                bar, or a function (elapsed, completed, start, duration).
            report_period: Real time between two reports.
            namespace: External names; by default those of the caller's frame.
            profile: Whether to measure the time spent in each object, see `profiling_info`; or
                "kernels", to measure the kernels as they really run, see `profile`.
            level: How many frames further up to look for external names.

        Raises:
            DimensionMismatchError: `duration` is no time.
            TypeError: `report` is neither a string nor a function.
            ValueError: `duration` is negative, or two objects have the same name.
            BrianObjectException: From the original error, when an object cannot be prepared.
        """
        seconds = seconds_of(duration, "the duration of a run")
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"a run cannot last {duration}")
        _check_report(report)
        period = seconds_of(report_period, "the report period")
        if namespace is not None and not isinstance(namespace, Mapping):
            raise TypeError(f"the namespace must be a dictionary, not {namespace!r}")
        names = caller_namespace(level) if namespace is None else namespace
        options = RunOptions(report, period, names, what_to_measure(profile))
        with self.measuring(options.profile):
            self._run(seconds, options)

    def _run(self, seconds: float, options: RunOptions) -> None:
        if not self._objects:
            return  # no clock, no time
        before = [(obj, obj.network) for obj in self]
        monitors = [obj for obj, _ in before if isinstance(obj, Monitor) and obj.active]
        steps: dict[Clock, int] = {}
        try:
            self.before_run()
            steps = {clock: clock.step for clock in self.clocks()}
            check_memory(monitors, self._t + seconds)
            self._stop = False
            active_device().advance(self, seconds, options)
        except BaseException:
            if all(clock.step == first for clock, first in steps.items()):
                for obj, network in before:  # nothing has run: the objects are as free as they were
                    obj.join(network)
            else:
                self._t = self._reached()
            raise
        finally:
            for obj in self:
                obj.after_run()
        self._t = self._reached() if self._stop else self._t + seconds
        self._unchecked += max((clock.step - first for clock, first in steps.items()), default=0)
        self.check_values()

    def before_run(self) -> None:
        """Check the objects, set the clocks, and let every object prepare itself."""
        if self._seeded != random_state.seeded or not self.epoch:
            self.epoch, self._seeded = next_epoch(), random_state.seeded
        objects = self._with_parts()
        self._identify()
        self._check_names(objects)
        self._check_dependencies(objects)
        for obj in objects:
            self._check_free(obj)
        for obj in objects:
            obj.join(self)
        for clock in self.clocks():
            clock.set_time(self._t)
        self._deliveries.choose(self.sorted_objects)
        for obj in objects:
            if not obj.active:
                continue
            try:
                obj.before_run()
            except PREPARATION_ERRORS as error:
                raise cannot_run(obj, error) from error
        self._settle_rings(objects)

    def _settle_rings(self, objects: list[BrianObject]) -> None:
        for obj in objects:
            if isinstance(obj, SpikeSource):
                for ring in obj.rings.values():
                    ring.settle(obj.clock.dt_)

    def built(self, namespace: Mapping[str, Any], duration: float, directory: Any) -> Any:
        """Return a program of this network, see `build`."""
        options = RunOptions(None, float("inf"), namespace, "")
        before = [(obj, obj.network) for obj in self]
        try:
            self.before_run()
            return active_device().build_network(self, options, duration, directory)
        finally:
            for obj, network in before:
                obj.join(network)

    def ready(self, namespace: Mapping[str, Any]) -> list[Array]:
        """Do all that precedes the first step, and return the arrays that kernels use.

        The objects are as free afterwards as they were, to run in this network or another.
        """
        if not self._objects:
            return []
        before = [(obj, obj.network) for obj in self]
        try:
            self.before_run()
            options = RunOptions(None, float("inf"), namespace, "")
            return list(active_device().arrays(self, options))
        finally:
            for obj, network in before:
                obj.join(network)

    def structure(self) -> Any:
        """Return what generated code depends on; equal values mean equal code."""
        return (self.schedule, tuple(obj.structure() for obj in self))

    def note_stop(self) -> None:
        """Note that the run was ended before its time."""
        self._stop = True

    def _identify(self) -> None:
        """Give each new object an identity that does not depend on automatic names.

        It is the name that the user chose, or the number in the order of creation; monitors do not
        count, so that adding one changes no random number.
        """
        new = [obj for obj in self._objects if obj not in self._identities]
        for obj in sorted(new, key=lambda obj: obj.serial):
            if obj.named_by_user:
                self._identities[obj] = obj.name
            elif obj.invalidates_magic_network:
                self._identities[obj] = f"#{self._numbered}"
                self._numbered += 1

    def identity(self, name: str) -> str:
        """Return what random numbers of an object depend on, instead of its name."""
        for obj, identity in self._identities.items():
            if obj.name == name:
                return identity
            for place, part in enumerate(obj.contained_objects):
                if part.name == name:
                    return f"{identity} part {place}"
        return name

    def clocks(self) -> list[Clock]:
        """Return the clocks of all objects, in order of first use."""
        return list(dict.fromkeys(obj.clock for obj in self))

    def _reached(self) -> float:
        """Return the time, in seconds, of the first step that has not been run."""
        clocks = self.clocks()
        following = min((clock.now for clock in clocks), default=self._t)
        if following < float("inf"):
            return following
        return max(clock.reached for clock in clocks)  # the last of the given times is past

    def _check_names(self, objects: list[BrianObject]) -> None:
        seen: dict[str, BrianObject] = {}
        for obj in objects:
            if seen.setdefault(obj.name, obj) is not obj:
                raise ValueError(
                    f"two objects of the network are called '{obj.name}' (one from "
                    f"{seen[obj.name].made_at}, one from {obj.made_at}): give one another name="
                )

    def _check_dependencies(self, objects: list[BrianObject]) -> None:
        present = set(objects)
        for obj in objects:
            for needed in obj.dependencies():
                if needed not in present and obj.active:
                    raise ValueError(
                        f"'{obj.owner.name}' needs '{needed.name}', which is not in the network: "
                        "add it"
                    )

    # ------------------------------------------------------------------------------ store, restore

    def store(self, name: str = "default", filename: Any = None) -> None:
        """Keep the whole state: variables, synapses, recordings, spikes under way, the time.

        Args:
            name: Under which it is kept; several may be kept side by side.
            filename: Keep it in this file, beside other snapshots in it, instead of in memory.

        Raises:
            OSError: The file cannot be written; what it held before is untouched.
        """
        snapshot = {obj.name: capture(obj) for obj in self}
        snapshot |= {_clock_key(clock): capture(clock) for clock in self.clocks()}
        snapshot[_NETWORK] = {
            "t": np.array([self._t]),
            "epoch": np.array([self.epoch, self._seeded], dtype=np.int64),
            "random": np.array(random_state.numbers(), dtype=np.uint64),
            **numpy_state(),
        }
        if filename is None:
            self._snapshots[name] = snapshot
            return
        path = Path(filename)
        others = read_snapshots(path) if path.exists() else {}
        write_snapshots(path, {**others, name: snapshot})

    def restore(
        self, name: str = "default", filename: Any = None, restore_random_state: bool = False
    ) -> None:
        """Return to a state that `store` has kept.

        Args:
            name: Under which it was kept.
            filename: File in which it was kept.
            restore_random_state: Whether the random numbers that follow are those that followed the
                snapshot, NumPy's included; by default they are new ones, so that trials differ.

        Raises:
            KeyError: There is no such snapshot, or it is one of another network.
            FileNotFoundError: There is no such file.
            ValueError: The file holds no snapshots, or is damaged.
        """
        kept = self._snapshots if filename is None else read_snapshots(Path(filename))
        if name not in kept:
            raise KeyError(f"there is no snapshot '{name}'; there are {sorted(kept) or 'none'}")
        snapshot = kept[name]
        objects = {obj.name: obj for obj in self}
        clocks = {_clock_key(clock): clock for clock in self.clocks()}
        check_names(snapshot, [*objects, *clocks, _NETWORK])
        for key, obj in {**clocks, **objects}.items():
            reinstate(obj, snapshot[key])
        state = snapshot[_NETWORK]
        self._t = float(state["t"][0])
        if restore_random_state:
            random_state.set_numbers(*map(int, state["random"]))
            set_numpy_state(state)
            self.epoch, self._seeded = int(state["epoch"][0]), random_state.seeded
        else:
            self.epoch, self._seeded = next_epoch(), random_state.seeded

    def stop(self) -> None:
        """Complete the present step, then end the run."""
        self._stop = True
        active_device().stop()

    def check_values(self) -> None:
        """Warn about variables that are not a number or absurdly large.

        Large groups are looked at only after some steps, so that many short runs cost no more.
        """
        checked = [
            (obj, name, obj.variables[name].memory)  # type: ignore[attr-defined]
            for obj in self._objects
            for name in (() if obj.equations is None else obj.equations.diff_eq_names)
        ]
        if self._unchecked < _FEW_STEPS and sum(len(v) for *_, v in checked) > _MANY_VALUES:
            return
        self._unchecked = 0
        for obj, name, values in checked:
            # one pass over the memory, without temporaries in the usual case
            low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
            if not (low > -_ABSURD and high < _ABSURD):
                logger.warn(
                    f"'{name}' of '{obj.name}' contains NaN or values beyond 1e50 after the "
                    "run; check units and parameters, or use a smaller dt",
                    "invalid_values",
                    once=True,
                )

    # ------------------------------------------------------------------------------- introspection

    def program(self, namespace: Mapping[str, Any] | None = None) -> Any:
        """Return what would run: buffers, kernels and their order, see `Program`."""
        names = caller_namespace() if namespace is None else namespace
        self.before_run()
        return active_device().program(self, names)

    def scheduling_summary(self) -> Table:
        """Return a table of the objects in the order in which a step runs them."""
        header = ("object", "part of", "clock dt", "when", "order", "active")
        rows = tuple(
            (
                obj.name,
                obj.owner.name,
                str(obj.clock.dt) if obj.clock.times is None else "given times",
                obj.when,
                str(obj.order),
                "yes" if obj.active else "no",
            )
            for obj in self.sorted_objects
            if not obj.runs_by_parts
        )
        return Table("", header, rows, frozenset({4}))

    def describe(self) -> Description:
        """Return what is shown in a notebook: the time and the objects."""
        details = tuple((obj.name, type(obj).__name__) for obj in self._objects)
        return Description(f"Network '{self.name}' at t = {self.t}", details=details)

    def __repr__(self) -> str:
        names = ", ".join(repr(obj.name) for obj in self._objects)
        return f"<Network {self.name!r} at t={self.t}, containing: {names}>"


def _check_report(report: Any) -> None:
    if report is None or callable(report) or report in ("text", "stdout", "stderr", "bar"):
        return
    kind = ValueError if isinstance(report, str) else TypeError
    raise kind(f"report must be 'text', 'stdout', 'stderr', 'bar' or a function, not {report!r}")


def _flattened(objs: Iterable[Any]) -> Iterator[BrianObject]:
    """Yield the objects in containers of any depth.

    Raises:
        TypeError: Something is neither an object nor a container.
    """
    for obj in objs:
        if isinstance(obj, BrianObject):
            yield obj
        elif isinstance(obj, str) or not (isinstance(obj, Mapping) or np.iterable(obj)):
            raise TypeError(
                "a network is made of objects such as NeuronGroup, or lists of them, not of "
                f"{type(obj).__name__}"
            )
        else:
            yield from _flattened(obj.values() if isinstance(obj, Mapping) else obj)
