"""What runs networks, as networks see it, and how they ask for a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from ..records import dataclass
from .profiling import Measured
from .variables import Array

# networks know their device, not the other way round
Network = Any

Report = str | Callable[[Any, float, Any, Any], None] | None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run is done.

    Args:
        report: None, "text", "stdout", "stderr", "bar", or a function (elapsed, completed, start,
            duration).
        report_period: Seconds of real time between two reports.
        namespace: External names.
        profile: What to measure: "", "objects" or "kernels".
    """

    report: Report
    report_period: float
    namespace: Mapping[str, Any]
    profile: Measured


class Device(Protocol):
    """What runs networks.

    Attributes:
        build_on_run: Whether `run` does all there is to do.
        options: Those of `set_device`.
    """

    build_on_run: bool
    options: dict[str, Any]

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Become the device in use."""

    def reinit(self) -> None:
        """Forget what was prepared."""

    def advance(self, network: Network, duration: float, options: RunOptions) -> None:
        """Advance the network by `duration` seconds, and its clocks with it."""

    def arrays(self, network: Network, options: RunOptions) -> Iterable[Array]:
        """Make the network ready to run, and return the arrays that its kernels use."""

    def program(self, network: Network, namespace: Mapping[str, Any]) -> Any:
        """Return the Program of the network."""

    def build_network(
        self, network: Network, options: RunOptions, duration: float, directory: Any
    ) -> Any:
        """Return a program of the network that runs by itself."""

    def stop(self) -> None:
        """End a run that is under way after the present step."""


_device: list[Device] = []


def use_device(device: Device) -> None:
    """Let a device run all networks from now on."""
    _device[:] = [device]


def active_device() -> Device:
    """Return the device that runs networks."""
    return _device[0]
