"""Which device runs networks: `set_device`, `get_device`, `device`, in the tradition's manner.

`all_devices` has a line per device, which is made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from ..errors import Diagnostic, UnknownNameError, suggest
from ..logger import get_logger
from ..model.device import active_device, use_device
from ..model.session import restore_initial_state

logger = get_logger(__name__)


def _runtime() -> Any:
    from .runtime import RuntimeDevice

    return RuntimeDevice()


def _standalone() -> Any:
    from .standalone.device import StandaloneDevice

    return StandaloneDevice()


def _cuda() -> Any:
    from .standalone.device import CUDAStandaloneDevice

    return CUDAStandaloneDevice()


class _Devices(Mapping[str, Any]):
    """Devices by name, made when they are first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._makers:
            known = ", ".join(f"'{each}'" for each in self._makers)
            hint = suggest(str(name), list(self._makers))
            raise UnknownNameError(
                Diagnostic(f"there is no device {name!r}; there are {known}", help=hint)
            )
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __setitem__(self, name: str, device: Any) -> None:
        self._makers[name] = lambda: device
        self._made[name] = device

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def made(self) -> list[Any]:
        """Return the devices that somebody has asked for."""
        return list(self._made.values())


all_devices = _Devices(
    {"runtime": _runtime, "cpp_standalone": _standalone, "cuda_standalone": _cuda}
)
# what was in use before, with its options
_previous: list[tuple[Any, bool, dict[str, Any]]] = []


class _Dummy:
    """Accepts everything and does nothing, as what the device in use does not have."""

    def __getattr__(self, name: str) -> _Dummy:
        return self

    def __call__(self, *_args: Any, **_options: Any) -> _Dummy:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __getitem__(self, item: Any) -> _Dummy:
        return self

    def __setitem__(self, item: Any, value: Any) -> None:
        pass


class _Current:
    """Stands for the device in use, whichever it is."""

    def __getattr__(self, name: str) -> Any:
        current = active_device()
        if hasattr(current, name):
            return getattr(current, name)
        if name.startswith("_") or name == "shape":
            raise AttributeError(f"the device in use has no attribute '{name}'")
        logger.warn(f"the device in use has nothing called '{name}': it is ignored")
        return _Dummy()


device = _Current()


def get_device() -> Any:
    """Return the device in use."""
    return active_device()


def set_device(device: Any, build_on_run: bool = True, **options: Any) -> None:
    """Let a device run all networks from now on.

    Args:
        device: "runtime", "cpp_standalone", or a device.
        build_on_run: Whether `run` compiles and runs at once, where a program is written.
        options: For `device.build`.

    Raises:
        UnknownNameError: There is no device of this name.
    """
    chosen = all_devices[device] if isinstance(device, str) else device
    _remember()
    _use(chosen, build_on_run, options)


def reset_device(device: Any = None) -> None:
    """Go back to another device, with the options that it had.

    Args:
        device: A device or its name; None for the one before the present one.
    """
    if device is not None:
        chosen = all_devices[device] if isinstance(device, str) else device
        _use(chosen, chosen.build_on_run, dict(chosen.options))
    elif _previous:
        _use(*_previous.pop())
    else:
        _use(all_devices["runtime"], True, {})


def _remember() -> None:
    old = active_device()
    _previous.append((old, old.build_on_run, dict(old.options)))


def _use(device: Any, build_on_run: bool, options: Mapping[str, Any]) -> None:
    use_device(device)
    device.activate(build_on_run=build_on_run, **options)


def reinit_devices() -> None:
    """Let all devices forget what they have prepared, and start anew with the present one."""
    for each in all_devices.made():
        each.reinit()
    reset_device(active_device())
    restore_initial_state()


def reinit_and_delete() -> None:
    """Do what `reinit_devices` does, and remove the folder of the last program."""
    folder_of = active_device()
    if hasattr(folder_of, "delete"):
        folder_of.delete(directory=True, force=True)
    reinit_devices()
