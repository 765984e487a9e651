"""Messages to the user: the standard library's logging under the name "brainsim".

Warnings and information are printed as `WARNING    message [brainsim.module.name]`. Each message
has a name, so that it can be switched off: `BrianLogger.suppress_name('method_choice')`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

DIAGNOSTIC = 5
_suppressed: set[str] = set()
_seen: set[tuple[str, str]] = set()


class _Console(logging.StreamHandler):  # type: ignore[type-arg]
    """Prints to whatever stderr is at the moment, which a notebook replaces."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{record.levelname:10s} {record.getMessage()} [{record.name}]"


_root = logging.getLogger("brainsim")
_root.setLevel(DIAGNOSTIC)
_root.propagate = False
_console = _Console()
_console.setFormatter(_Formatter())
_console.setLevel(logging.INFO)
_root.addHandler(_console)
logging.addLevelName(DIAGNOSTIC, "DIAGNOSTIC")


class Logger:
    """Writes messages of one module.

    Args:
        name: Name of the module.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def _log(self, level: int, message: str, name_suffix: str | None, *, once: bool) -> None:
        full = f"{self.name}.{name_suffix}" if name_suffix else self.name
        parts = full.split(".")
        if any(part in _suppressed for part in (full, parts[-1])):
            return
        if any(full == name or full.startswith(f"{name}.") for name in _suppressed):
            return
        if once:
            if (full, message) in _seen:
                return
            _seen.add((full, message))
        logging.getLogger(full).log(level, message)

    def error(self, msg: str, name_suffix: str | None = None, once: bool = False) -> None:
        """Report an error."""
        self._log(logging.ERROR, msg, name_suffix, once=once)

    def warn(self, msg: str, name_suffix: str | None = None, once: bool = False) -> None:
        """Report something that is probably not meant."""
        self._log(logging.WARNING, msg, name_suffix, once=once)

    warning = warn

    def info(self, msg: str, name_suffix: str | None = None, once: bool = False) -> None:
        """Report something useful to know."""
        self._log(logging.INFO, msg, name_suffix, once=once)

    def debug(self, msg: str, name_suffix: str | None = None, once: bool = False) -> None:
        """Report something for developers."""
        self._log(logging.DEBUG, msg, name_suffix, once=once)

    def diagnostic(self, msg: str, name_suffix: str | None = None, once: bool = False) -> None:
        """Report details for developers."""
        self._log(DIAGNOSTIC, msg, name_suffix, once=once)


def get_logger(name: str) -> Logger:
    """Return the logger of a module; names start with "brainsim."."""
    return Logger(name if name.startswith("brainsim") else f"brainsim.{name}")


class BrianLogger:
    """Switches for what the console shows."""

    @staticmethod
    def log_level_diagnostic() -> None:
        """Show everything."""
        _console.setLevel(DIAGNOSTIC)

    @staticmethod
    def log_level_debug() -> None:
        """Show debug messages and above."""
        _console.setLevel(logging.DEBUG)

    @staticmethod
    def log_level_info() -> None:
        """Show information and above (the default)."""
        _console.setLevel(logging.INFO)

    @staticmethod
    def log_level_warn() -> None:
        """Show warnings and errors."""
        _console.setLevel(logging.WARNING)

    @staticmethod
    def log_level_error() -> None:
        """Show errors only."""
        _console.setLevel(logging.ERROR)

    @staticmethod
    def suppress_hierarchy(name: str, filter_log_file: bool = False) -> None:
        """Hide all messages of a module and the modules below it."""
        del filter_log_file  # no log file is written
        _suppressed.add(name)

    @staticmethod
    def suppress_name(name: str, filter_log_file: bool = False) -> None:
        """Hide the messages of one name, such as 'resolution_conflict'."""
        del filter_log_file
        _suppressed.add(name)

    @staticmethod
    def initialize() -> None:
        """Do nothing: the log needs no preparation."""


class _Catcher(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[tuple[str, str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append((record.levelname, record.name, record.getMessage()))


@contextmanager
def catch_logs(log_level: int = logging.WARNING) -> Iterator[list[tuple[str, str, str]]]:
    """Collect messages as (level, name, message) instead of printing them."""
    catcher = _Catcher(log_level)
    _root.removeHandler(_console)
    _root.addHandler(catcher)
    try:
        yield catcher.messages
    finally:
        _root.removeHandler(catcher)
        _root.addHandler(_console)
