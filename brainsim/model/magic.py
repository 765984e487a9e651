"""The magic network: what the plain `run()` runs, namely what the calling frame can see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import MagicError
from ..logger import get_logger
from ..units import second
from .base import BrianObject
from .namespace import caller_frame, caller_namespace
from .network import Network, Report, active_device
from .representation import Table
from .scope import current_scope

logger = get_logger(__name__)


class MagicNetwork(Network):
    """The network of the plain `run()`: the objects that the calling frame can see."""

    def __init__(self) -> None:
        super().__init__(name="magicnetwork")

    def add(self, *objs: Any) -> None:
        """Refuse: the magic network collects its objects itself.

        Raises:
            MagicError: Always.
        """
        if objs:
            raise MagicError("objects cannot be added to the magic network: make a Network")

    def remove(self, *objs: Any) -> None:
        """Refuse: the magic network collects its objects itself.

        Raises:
            MagicError: Always.
        """
        if objs:
            raise MagicError("objects cannot be removed from the magic network: make a Network")

    def update(self, objects: set[BrianObject]) -> None:
        """Take the visible objects: all new ones start at t = 0, all known ones go on.

        Raises:
            MagicError: Some have run before and some have not.
        """
        deciding = [obj for obj in objects if obj.invalidates_magic_network]
        known = [obj for obj in deciding if obj.network is self]
        for obj in sorted(objects, key=lambda obj: obj.name):
            self._check_free(obj)
        if known and len(known) != len(deciding):
            new = sorted(obj.name for obj in deciding if obj not in known)
            old = sorted(obj.name for obj in known)
            raise MagicError(
                f"run() sees objects that have run before ({', '.join(old)}) and new ones "
                f"({', '.join(new)}), and cannot know whether to go on or to start anew: make a "
                "Network of what shall run, or call start_scope() before making new objects"
            )
        if not known and deciding:
            self._t = 0.0
            self.epoch = 0
            self.prepared.clear()
            self._identities.clear()
            self._numbered = 0
        self._objects = sorted(objects, key=lambda obj: obj.name)

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
    profile: bool | None = None,
    level: int = 0,
) -> None:
    """Run all objects that the calling frame can see; see `Network.run`."""
    names = caller_namespace(level) if namespace is None else namespace
    magic_network.update(collect(level))
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
    return (net or magic_network).profiling_summary(show)


def scheduling_summary(net: Network | None = None) -> Table:
    """Return a table of the objects in the order in which a step runs them."""
    return (net or magic_network).scheduling_summary()
