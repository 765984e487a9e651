"""Where preferences come from besides scripts: the user's file, in TOML, and the environment.

Input: the file, the environment. Output: `Given` values, not yet checked, and TOML text for people.
Does not: know which preferences there are.
"""

from __future__ import annotations

import json
import math
import os
import stat
import sys
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import PreferenceError
from ..logger import get_logger
from ..records import dataclass

logger = get_logger(__name__)

FILE_NAME = "preferences.toml"
PREFIX = "BRAINSIM_"
# a file of preferences has some hundred lines; a larger one is something else
_MOST_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Given:
    """A value that was found.

    Args:
        name: Dotted name of the preference, or of something that is none.
        value: A value of TOML, or the text of an environment variable.
        origin: Where it was found, for messages.
        is_text: Whether it is a text that stands for a value of the preference's type.
    """

    name: str
    value: Any
    origin: str
    is_text: bool = False


# ------------------------------------------------------------------------------------ environment


def variable_name(name: str) -> str:
    """Return the environment variable of a preference: `codegen.target` is BRAINSIM_CODEGEN_TARGET.

    Dots and underscores look alike in it; no two preferences differ in these alone.
    """
    return PREFIX + name.replace(".", "_").upper()


def from_environment(names: Mapping[str, Any]) -> Iterator[Given]:
    """Yield the values in the environment; an empty variable counts as none.

    Args:
        names: All preferences, by dotted name.
    """
    known = {variable_name(name): name for name in names}
    categories = {f"{PREFIX}{name.partition('.')[0].upper()}_" for name in names}
    for variable, text in os.environ.items():
        if not variable.startswith(PREFIX) or not text:
            continue
        if variable in known:
            origin = f"the environment variable {variable}"
            yield Given(known[variable], text, origin, is_text=True)
        elif variable.startswith(tuple(categories)):
            logger.warn(
                f"the environment variable {variable} means no preference",
                "unknown_preference",
                once=True,
            )


# ------------------------------------------------------------------------------------------- file


def user_file() -> Path | None:
    """Return where the user's preferences are kept, whether or not there is such a file.

    It is `brainsim/preferences.toml` in the folder that the system has for this: $XDG_CONFIG_HOME
    or ~/.config, on macOS ~/Library/Application Support, on Windows %LOCALAPPDATA%.
    """
    try:
        return _user_folder() / "brainsim" / FILE_NAME
    except RuntimeError:  # nobody knows the home directory
        return None


def _user_folder() -> Path:
    match sys.platform:
        case "darwin":
            return Path.home() / "Library" / "Application Support"
        case "win32":
            local = os.environ.get("LOCALAPPDATA")
            return Path(local) if local else Path.home() / "AppData" / "Local"
    configured = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    # the XDG specification tells programs to ignore a relative path
    return configured if configured.is_absolute() else Path.home() / ".config"


def from_user_file(tables: Container[str] = ()) -> Iterator[Given]:
    """Yield the values in the user's file, if there is one that nobody else can have written.

    Args:
        tables: Names of preferences that are tables themselves.

    Raises:
        PreferenceError: It is not TOML.
    """
    path = user_file()
    if path is None:
        return
    try:
        text = _read_own(path)
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        logger.warn(f"the preferences in {path} are ignored: {reason}", "ignored_file", once=True)
        return
    yield from from_toml(text, str(path), tables)


def _read_own(path: Path) -> str:
    """Return the text of a file, if it is ours.

    Raises:
        OSError: It is no plain file, belongs to another user, or can be written by others.
    """
    # not to wait for the other end of a pipe
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is no plain file")
        if status.st_size > _MOST_BYTES:
            raise OSError("it is larger than 1 MB")
        if sys.platform != "win32":
            if status.st_uid != os.geteuid():
                raise PermissionError("it belongs to another user")
            if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise PermissionError("other users can write to it; run chmod go-w on it")
        return file.read().decode("utf-8")


def from_toml(text: str, origin: str, tables: Container[str] = ()) -> Iterator[Given]:
    """Yield the values in a text of TOML, `[codegen]` and `target = "numpy"`, say.

    Args:
        text: The text.
        origin: Where it stands, for messages.
        tables: Names of preferences that are tables themselves.

    Raises:
        PreferenceError: It is not TOML.
    """
    import tomllib  # not needed where there is no file

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PreferenceError(
            f"{origin} is not TOML: {error}. Write lines such as codegen.target = 'numpy'"
        ) from None
    for name, value in _flat(table, "", tables):
        yield Given(name, value, origin)


def _flat(
    table: Mapping[str, Any], prefix: str, tables: Container[str]
) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and name not in tables:
            yield from _flat(value, f"{name}.", tables)
        else:
            yield name, value


# ------------------------------------------------------------------------------------------- text


def toml_value(value: Any) -> str | None:
    """Return a value as TOML writes it; None where TOML has no such value."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value) if math.isfinite(value) else str(value)
        case str():
            # JSON's strings are TOML's, but for one character
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            parts = [toml_value(part) for part in value]
            return f"[{', '.join(part or '' for part in parts)}]" if None not in parts else None
        case dict():
            pairs = {toml_value(str(key)): toml_value(part) for key, part in value.items()}
            inside = ", ".join(f"{key} = {part}" for key, part in pairs.items())
            return f"{{{inside}}}" if None not in pairs.values() else None
        case type():
            return f'"{value.__name__}"'
    return None
