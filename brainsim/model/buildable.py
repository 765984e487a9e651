"""Networks that become programs: the public side of `Network.build`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..units import second
from .arguments import seconds_of
from .namespace import caller_namespace


class Buildable:
    """What can be compiled to a program that runs by itself."""

    def built(self, namespace: Mapping[str, Any], duration: float, directory: Any) -> Any:
        """Return a program; `duration` in seconds."""
        raise NotImplementedError

    def build(
        self,
        duration: Any = 1 * second,
        directory: Any = None,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
    ) -> Any:
        """Compile the network, as it is now, to a program that runs often and by itself.

        The network stays as it is. The program runs with other values, durations and seeds, any
        number of times, also at the same time, and in other processes.

        Args:
            duration: Simulated time, unless `run` of the program is given another one.
            directory: Folder of the project; None for a new one among temporary files.
            namespace: External names; by default those of the caller's frame.
            level: How many frames further up to look for external names.

        Returns:
            A `BuiltNetwork`, with `run(params, duration, seed, out)`.

        Raises:
            NotImplementedError: Something in the network needs Python while it runs.
            CompilerError: There is no C++ compiler, or it failed.
            BrianObjectException: From the original error, when an object cannot be prepared.
        """
        seconds = seconds_of(duration, "the duration of a run")
        names = caller_namespace(level) if namespace is None else namespace
        return self.built(names, seconds, directory)
