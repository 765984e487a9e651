"""Ctrl-C while a network runs: the present step is completed, so that the network can go on."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..logger import get_logger
from ..preferences import prefs
from ..records import dataclass

logger = get_logger("brainsim.devices.runtime")


@dataclass(slots=True)
class CtrlC:
    """Whether Ctrl-C was pressed during a run."""

    pressed: bool = False


@contextmanager
def completing_steps(stop: Callable[[], None]) -> Iterator[CtrlC]:
    """Let Ctrl-C call `stop`, which ends the run after the present step; a second one aborts."""
    ctrl_c = CtrlC()
    handles = (
        prefs["core.stop_on_keyboard_interrupt"]
        and threading.current_thread() is threading.main_thread()
    )
    if not handles:
        yield ctrl_c
        return
    # None is a handler that was not installed by Python
    previous: Any = signal.getsignal(signal.SIGINT) or signal.default_int_handler

    def interrupt(_signum: int, _frame: Any) -> None:
        logger.warn("interrupted: the run ends after the present step", "interrupted")
        ctrl_c.pressed = True
        stop()
        signal.signal(signal.SIGINT, previous)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield ctrl_c
    finally:
        signal.signal(signal.SIGINT, previous)


def in_session() -> bool:
    """Return whether somebody enters commands or cells, who means all of it when pressing Ctrl-C.

    A script goes on after a run that was interrupted, and saves what there is.
    """
    ipython = sys.modules.get("IPython")
    return hasattr(sys, "ps1") or (ipython is not None and ipython.get_ipython() is not None)
