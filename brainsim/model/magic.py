"""The magic network: what the plain `run()` runs, namely what the calling frame can see."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import MagicError
from ..logger import get_logger
from ..units import second
from .base import BrianObject
from .device import Report, active_device
from .estimate import Estimate
from .namespace import caller_frame, caller_namespace
from .network import Network
from .profiling import Profile
from .representation import Table
from .scope import current_scope

logger = get_logger(__name__)


class MagicNetwork(Network):
    """The network of the plain `run()`: the objects that the calling frame can see.

    There is one, `magic_network`. It keeps no object alive, so that what a script no longer has is
    gone, and its name free.

    Raises:
        ValueError: There is one already.
    """

    def __init__(self) -> None:
        if "magic_network" in globals():
            raise ValueError("there is one magic network, magic_network: or make a Network")
        self._references: list[weakref.ref[BrianObject]] = []
        super().__init__(name="magicnetwork")

    @property
    def _objects(self) -> list[BrianObject]:
        return [obj for reference in self._references if (obj := reference()) is not None]

    @_objects.setter
    def _objects(self, objects: list[BrianObject]) -> None:
        self._references = [weakref.ref(obj) for obj in objects]

    @property
    def prepared(self) -> dict[str, Any]:
        """What a device has prepared for the latest run.

        It refers to all objects. So that it keeps none alive, only the youngest of them has it, to
        which older ones seldom refer: both are gone when the script drops that object.
        """
        objects = self._objects
        lasting = [obj for obj in objects if obj.invalidates_magic_network] or objects
        if not lasting:
            return {}
        youngest = max(lasting, key=lambda obj: obj.serial)
        if youngest._companion is None:  # noqa: SLF001 - made for this
            youngest._companion = {}  # noqa: SLF001
        return youngest._companion  # noqa: SLF001

    def add(self, *objs: Any) -> None:
        """Refuse: the magic network collects its objects itself.

        Raises:
            MagicError: Always.
        """
        del objs
        raise MagicError("objects cannot be added to the magic network: make a Network")

    def remove(self, *objs: Any) -> None:
        """Refuse: the magic network collects its objects itself.

        Raises:
            MagicError: Always.
        """
        del objs
        raise MagicError("objects cannot be removed from the magic network: make a Network")

    def update(self, objects: set[BrianObject]) -> None:
        """Take the visible objects: all new ones start at t = 0, all known ones go on.

        Raises:
            MagicError: Some have run before and some have not.
        """
        known = {obj for obj in objects if obj.network is self}
        new = {obj for obj in objects - known if obj.invalidates_magic_network}
        ordered = sorted(objects, key=lambda obj: (obj.name, obj.serial))
        for obj in ordered:
            self._check_free(obj)
        if known and new:
            raise MagicError(
                f"run() sees objects that have run before ({_names(known)}) and new ones "
                f"({_names(new)}), and cannot know whether to go on or to start anew: make a "
                "Network of what shall run, or call start_scope() before making new objects"
            )
        before = self.prepared
        if new:
            self._t = 0.0
            self.epoch = 0
            before.clear()
            self._identities.clear()
            self._numbered = 0
        self._objects = ordered
        if self.prepared is not before:
            before.clear()  # another object has it now

    def profile(
        self, duration: Any = None, namespace: Mapping[str, Any] | None = None, level: int = 0
    ) -> Profile:
        """Return where time goes; see `Network.profile`."""
        if duration is None:
            return super().profile()
        names = caller_namespace(level) if namespace is None else namespace
        visible = collect(level)
        self.update(visible)
        return super().profile(duration, names)

    def estimate(
        self,
        duration: Any = None,
        rates: Any = None,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
    ) -> Estimate:
        """Return what a run will need; see `Network.estimate`."""
        names = caller_namespace(level) if namespace is None else namespace
        visible = collect(level)
        self.update(visible)
        return super().estimate(duration, rates, names)

    def _check_dependencies(self, objects: list[BrianObject]) -> None:
        present = set(objects)
        for obj in self._objects:
            missing = [needed for needed in obj.dependencies() if needed not in present]
            if missing and obj.active:
                obj.active = False
                logger.warn(
                    f"'{obj.name}' needs '{missing[0].name}', which run() does not see here, and "
                    "is left out of the simulation",
                    "dependency_warning",
                )

    def __repr__(self) -> str:
        return f"<MagicNetwork at t={self.t}>"


def _names(objects: Iterable[BrianObject]) -> str:
    return ", ".join(sorted(obj.name for obj in objects))


magic_network = MagicNetwork()


def collect(level: int = 0) -> set[BrianObject]:
    """Return the objects that the calling frame can see, made since the last `start_scope()`."""
    frame = caller_frame(level)
    if frame is None:
        return set()
    visible = [*frame.f_globals.values(), *frame.f_locals.values()]
    return {
        obj
        for obj in visible
        if isinstance(obj, BrianObject)
        and obj.add_to_magic_network
        and obj._scope == current_scope()  # noqa: SLF001 - the scope is ours
    }


def run(
    duration: Any,
    report: Report = None,
    report_period: Any = 10 * second,
    namespace: Mapping[str, Any] | None = None,
    profile: bool | str | None = None,
    level: int = 0,
) -> None:
    """Run all objects that the calling frame can see; see `Network.run`."""
    names = caller_namespace(level) if namespace is None else namespace
    visible = collect(level)  # alive at least until the run has ended
    magic_network.update(visible)
    magic_network.run(duration, report, report_period, names, profile)


def store(name: str = "default", filename: Any = None) -> None:
    """Keep the whole state of what the calling frame can see; see `Network.store`."""
    magic_network.update(collect())
    magic_network.store(name, filename)


def restore(
    name: str = "default", filename: Any = None, restore_random_state: bool = False
) -> None:
    """Return to a state that `store` has kept; see `Network.restore`."""
    magic_network.update(collect())
    magic_network.restore(name, filename, restore_random_state)


def stop() -> None:
    """Complete the present step, then end the run that is under way."""
    magic_network._stop = True  # noqa: SLF001 - the running network may be any
    active_device().stop()


def profiling_summary(net: Network | None = None, show: int | None = None) -> Table:
    """Return a table of the time spent in each object during the last profiled run.

    Args:
        net: The network; the magic one when not given.
        show: How many objects to show; all when not given.

    Raises:
        ValueError: No run was profiled.
    """
    return (magic_network if net is None else net).profiling_summary(show)


def scheduling_summary(net: Network | None = None) -> Table:
    """Return a table of the objects in the order in which a step runs them."""
    return (magic_network if net is None else net).scheduling_summary()
