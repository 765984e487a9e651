"""Messages to the user: the standard library's logging under the name "brainsim".

Warnings and information are printed as `WARNING    message [brainsim.module.name]`. Each message
has a name, so that it can be switched off: `BrianLogger.suppress_name('method_choice')`.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import IO

from .records import dataclass

DIAGNOSTIC = 5
logging.addLevelName(DIAGNOSTIC, "DIAGNOSTIC")

# names of messages, and of modules with a dot behind, that the console does not show; the file
# lacks those of the second set
_suppressed: set[str] = set()
_suppressed_in_file: set[str] = set()
_seen: set[tuple[str, str]] = set()
_preparations: list[Callable[[], None]] = []


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen about messages; the preferences `logging.*` are these.

    Args:
        console_level: Name of the least level that is shown.
        file: Whether messages are also written to a file.
        file_level: Name of the least level that is written.
        file_bytes: Size above which the file begins anew; one old file is kept.
        delete_file: Whether it is removed when Python ends normally.
        hides_output: Whether `std_silent` hides anything.
    """

    console_level: str = "INFO"
    file: bool = False
    file_level: str = "DEBUG"
    file_bytes: int = 10_000_000
    delete_file: bool = True
    hides_output: bool = True


def _is_in(name: str, suppressed: set[str]) -> bool:
    return any(
        f"{name}.".startswith(one) if one.endswith(".") else f".{name}".endswith(f".{one}")
        for one in suppressed
    )


class _Console(logging.StreamHandler):  # type: ignore[type-arg]
    """Prints to whatever stderr is at the moment, which a notebook replaces."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not _is_in(record.name, _suppressed)

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


# --------------------------------------------------------------------------------------- settings


@dataclass(slots=True)
class _State:
    settings: Settings = Settings()
    file: logging.Handler | None = None


_state = _State()


def configure(settings: Settings) -> None:
    """Show and write messages as these settings say.

    Raises:
        OSError: The file cannot be written.
    """
    old, _state.settings = _state.settings, settings
    if settings.console_level != old.console_level:
        _console.setLevel(settings.console_level)
    if settings != old and _state.file is not None:
        _root.removeHandler(_state.file)
        _state.file.close()
        _state.file = None
    if settings.file and _state.file is None:
        _state.file = _open_file(settings)
        _root.addHandler(_state.file)


def log_file() -> Path | None:
    """Return the file that messages are written to, None where there is none."""
    file = _state.file
    return Path(file.baseFilename) if isinstance(file, logging.FileHandler) else None


def before_first_message(prepare: Callable[[], None]) -> None:
    """Call a function once, before the first message is shown or written."""
    if prepare not in _preparations:
        _preparations.append(prepare)


def _open_file(settings: Settings) -> logging.Handler:
    """Return a handler for a file in a new folder that only the user can enter."""
    from logging.handlers import RotatingFileHandler  # slow, and rarely asked for

    folder = Path(tempfile.mkdtemp(prefix="brainsim-log-"))
    file = RotatingFileHandler(
        folder / "debug.log", maxBytes=settings.file_bytes, backupCount=1, encoding="utf-8"
    )
    file.setLevel(settings.file_level)
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)-10s %(name)s: %(message)s"))
    process = os.getpid()

    def belongs(record: logging.LogRecord) -> bool:
        # forked children would mix their lines into the file of the first process
        return os.getpid() == process and not _is_in(record.name, _suppressed_in_file)

    def remove() -> None:
        if os.getpid() == process:
            file.close()
            shutil.rmtree(folder, ignore_errors=True)

    file.addFilter(belongs)
    if settings.delete_file:
        atexit.register(remove)
    return file


# --------------------------------------------------------------------------------------- messages


class BrianLogger:
    """Writes messages of one module; its static methods choose what the console shows.

    Args:
        name: Name of the module.
    """

    def __init__(self, name: str = "brainsim") -> None:
        self.name = name

    def _log(self, level: int, message: str, name_suffix: str | None, *, once: bool) -> None:
        while _preparations:
            _preparations.pop()()
        full = f"{self.name}.{name_suffix}" if name_suffix else self.name
        if once:
            if (full, message) in _seen:
                return
            _seen.add((full, message))
        logging.getLogger(full).log(level, "%s", message)

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
        """Hide all messages of a module and the modules below it.

        Args:
            name: Such as 'brainsim.model'.
            filter_log_file: Whether to keep them from the file, too.
        """
        _suppressed.add(f"{name}.")
        if filter_log_file:
            _suppressed_in_file.add(f"{name}.")

    @staticmethod
    def suppress_name(name: str, filter_log_file: bool = False) -> None:
        """Hide the messages of one name.

        Args:
            name: Such as 'method_choice'.
            filter_log_file: Whether to keep them from the file, too.
        """
        _suppressed.add(name)
        if filter_log_file:
            _suppressed_in_file.add(name)

    @staticmethod
    def initialize() -> None:
        """Show messages on the console again, where another library has reset the log."""
        _root.setLevel(DIAGNOSTIC)
        if _console not in _root.handlers:
            _root.addHandler(_console)


def get_logger(name: str = "brainsim") -> BrianLogger:
    """Return the logger of a module; names start with "brainsim."."""
    own = name == "brainsim" or name.startswith("brainsim.")
    return BrianLogger(name if own else f"brainsim.{name}")


# --------------------------------------------------------------------------------------- catching


class _Catcher(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[tuple[str, str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append((record.levelname, record.name, record.getMessage()))


@contextmanager
def catch_logs(log_level: int = logging.WARNING) -> Iterator[list[tuple[str, str, str]]]:
    """Collect messages as (level, name, message) instead of showing them.

    Names that are hidden from the console are collected, too.

    Args:
        log_level: The least level that is collected.
    """
    catcher = _Catcher(log_level)
    ours = [h for h in _root.handlers if h in {_console, _state.file} or isinstance(h, _Catcher)]
    for handler in ours:
        _root.removeHandler(handler)
    _root.addHandler(catcher)
    try:
        yield catcher.messages
    finally:
        _root.removeHandler(catcher)
        for handler in ours:
            _root.addHandler(handler)


class std_silent:  # noqa: N801 - the tradition's name
    """Hides what a block prints, compilers and C code included; a failure shows it.

    Args:
        alwaysprint: Whether not to hide anything.
    """

    def __init__(self, alwaysprint: bool = False) -> None:
        self._hides = not alwaysprint and _state.settings.hides_output
        self._stack = ExitStack()
        self._python = StringIO()
        self._system: IO[bytes] | None = None

    def __enter__(self) -> None:
        if not self._hides:
            return
        self._system = self._stack.enter_context(tempfile.TemporaryFile())
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, ValueError):
                stream.flush()
        for descriptor in (1, 2):
            self._redirect(descriptor, self._system)
        # a notebook's streams are no files of the system
        self._stack.enter_context(redirect_stdout(self._python))
        self._stack.enter_context(redirect_stderr(self._python))

    def _redirect(self, descriptor: int, file: IO[bytes]) -> None:
        try:
            saved = os.dup(descriptor)
        except OSError:  # closed, as in a program without a console
            return
        os.dup2(file.fileno(), descriptor)

        def restore() -> None:
            os.dup2(saved, descriptor)
            os.close(saved)

        self._stack.callback(restore)

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        printed = b""
        if self._system is not None:
            self._system.seek(0)
            printed = self._system.read() if kind is not None else b""
        self._stack.close()
        text = self._python.getvalue() + printed.decode("utf-8", "replace")
        if kind is not None and text:
            sys.stderr.write(text)
