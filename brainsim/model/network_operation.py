"""Python functions called once per step while a network runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .base import BrianObject
from .clock import Clock


class NetworkOperation(BrianObject):
    """A Python function that runs in every step of a clock.

    It may read and write the variables of groups, read monitors, and call `stop()`. The step loop
    waits for it, so a network with one runs at the speed of Python.

    Args:
        function: Called without arguments, or with the time of the clock.
        dt: Step size of a clock of its own.
        clock: Clock; the default clock when neither is given.
        when: Slot of the schedule.
        order: Place within the slot.
        name: Name.

    Raises:
        TypeError: `function` cannot be called, or takes more than one argument.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        dt: Any = None,
        clock: Clock | None = None,
        when: str = "start",
        order: int = 0,
        name: str = "networkoperation*",
    ) -> None:
        self.takes_time = _takes_time(function)
        super().__init__(name, dt, clock, when, order)
        self.function = function

    def call_python(self) -> None:
        """Call the function, with the present time of the clock if it takes an argument."""
        if self.takes_time:
            self.function(self.clock.t[:])
        else:
            self.function()


def _takes_time(function: Callable[..., Any]) -> bool:
    """Return whether a function takes one argument, rather than none."""
    if not callable(function):
        raise TypeError(f"a network operation must be a function, not {type(function).__name__}")
    parameters = inspect.signature(function).parameters.values()
    needed = [
        p
        for p in parameters
        if p.default is p.empty and p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}
    ]
    if len(needed) > 1:
        hint = ""
        if needed[0].name == "self":
            hint = "; for a method, write NetworkOperation(self.method) in the constructor"
        raise TypeError(
            f"a network operation takes no argument or one, the time, but "
            f"'{getattr(function, '__name__', function)}' takes {len(needed)}{hint}"
        )
    if needed and needed[0].name == "self":
        raise TypeError(
            "@network_operation cannot decorate a method: write NetworkOperation(self.method) in "
            "the constructor"
        )
    return len(needed) == 1


def network_operation(*args: Any, **kwargs: Any) -> Any:
    """Make a function a `NetworkOperation`: `@network_operation` or `@network_operation(dt=1*ms)`.

    Args:
        args: The function, when used without parentheses.
        kwargs: Arguments of `NetworkOperation`.

    Raises:
        TypeError: Something else than a function is given, or the function takes more than one
            argument.
    """
    if len(args) == 1 and callable(args[0]) and not kwargs:
        return NetworkOperation(args[0])
    if args:
        raise TypeError("@network_operation takes keyword arguments only, such as dt=1*ms")

    def decorate(function: Callable[..., Any]) -> NetworkOperation:
        return NetworkOperation(function, **kwargs)

    return decorate
