"""Content-addressed store of compiled kernels and of remembered results, shared without locks.

Input: the parts of a key, and a function that builds what they name.
Output: a file or a value whose checksum has just been verified.
Does not: know compilers, or decide what belongs into a key.

Layout of the cache directory, which only its owner can write:

    entries/ab/cdef.../code.so        what was built, here a shared library
    entries/ab/cdef.../manifest.json  its SHA-256 and its size; the time stamp is that of last use
    work/                             unfinished builds and damaged entries, swept after a day

An entry is built in `work/`, flushed to the disk and moved into place as a whole directory, so it
is there completely or not at all. Of several processes that build the same entry one wins and the
others discard their work: building twice is cheaper than a lock on a network file system. No
trouble with the cache stops a run: when the directory cannot be used, a private temporary one
takes its place, with one warning.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

# part of every key: another release never meets the entries of this one; equal to the version of
# the package (tests/test_packaging.py)
VERSION = "0.1.0"

_MANIFEST = "manifest.json"
_HOUR = 3600.0
_DAY = 24 * _HOUR
# a look at all entries costs milliseconds, so it comes with the first and each 64th store
_STORES_PER_TRIM = 64
# room below the limit, so that the next stores need not remove anything
_TRIM_TO = 0.9


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What the cache holds.

    Args:
        directory: Where it is.
        entries: Number of compiled files and remembered results.
        total_bytes: Their size.
        limit_bytes: The size above which the least recently used entries are removed.
    """

    directory: Path
    entries: int
    total_bytes: int
    limit_bytes: int


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    size: int
    used: float


@dataclass(slots=True)
class _State:
    directory: str = ""
    limit_bytes: int = 10**9
    stores: int = 0


_state = _State()


def artifact(key_parts: Iterable[str], suffix: str, build: Callable[[Path], None]) -> Path:
    """Return a verified file, built now if the cache does not hold it.

    Load the file at once: another process may remove an entry that was not used for an hour.

    Args:
        key_parts: All that the content depends on, such as the source text, the compiler's
            version, its flags and the processor. The version of brainsim is added.
        suffix: End of the file's name, such as ".so".
        build: Writes the file at the path it is given; its directory is private and may hold
            intermediate files. Called at most twice, and not at all for a known key.

    Raises:
        OSError: Not even the temporary directory can be written.
        Exception: Whatever `build` raises; nothing is stored then.
    """
    key = _key(suffix, key_parts)
    root = cache_directory()
    try:
        return _lookup(root, key, suffix) or _store(root, key, suffix, build)
    except OSError as error:
        private = _private_directory()
        if root == private:
            raise
        _warn_fallback(str(root), _reason(error))
        return _lookup(private, key, suffix) or _store(private, key, suffix, build)


def remember(key_parts: Iterable[str], compute: Callable[[], T]) -> T:
    """Return the remembered result for a key, computed now if it is new.

    Args:
        key_parts: All that the result depends on, a version of the algorithm included.
        compute: Returns numbers, strings, booleans, None, and lists and dictionaries of these.

    Raises:
        TypeError: The result would not come back from JSON as it is, such as a tuple.
        ValueError: The result holds NaN or infinity.
    """

    def build(path: Path) -> None:
        value = compute()
        text = json.dumps(value, allow_nan=False)
        if json.loads(text) != value:
            raise TypeError(f"only JSON values can be remembered, not {value!r}")
        path.write_text(text, encoding="utf-8")

    value: T = json.loads(artifact(key_parts, ".json", build).read_bytes())
    return value


def cache_directory() -> Path:
    """Return the cache directory, made if it does not exist.

    It is the one that `set_directory` was given, or that the environment variable
    BRAINSIM_CACHE_DIR names; otherwise it is the user's cache directory of the system. A directory
    that is not ours, or that others can write, is refused: a private temporary one takes its place,
    with a warning.
    """
    try:
        root = _configured_directory()
        _prepare(root)
    except (OSError, RuntimeError) as error:  # RuntimeError: the user has no home directory
        _warn_fallback(_named_directory() or "of this user", _reason(error))
        return _private_directory()
    return root


def cache_info() -> CacheInfo:
    """Return where the cache is, what it holds and what it may hold."""
    root = cache_directory()
    entries = list(_entries(root))
    return CacheInfo(root, len(entries), sum(e.size for e in entries), _state.limit_bytes)


def clear_cache() -> None:
    """Remove all entries; libraries that are loaded stay usable, and builds under way finish."""
    root = cache_directory()
    for entry in list(_entries(root)):
        _remove(root, entry.path)
    _sweep(root, older_than=_HOUR)


def set_directory(directory: str) -> None:
    """Choose where the cache is from now on; "" leaves it to the environment and the system."""
    _state.directory = directory


def set_size_limit(limit_bytes: int) -> None:
    """Set the size in bytes above which the least recently used entries are removed.

    Raises:
        ValueError: The limit is negative.
    """
    if limit_bytes < 0:
        raise ValueError(f"the size limit of the cache is {limit_bytes}; it cannot be negative")
    _state.limit_bytes = limit_bytes


def trim(limit_bytes: int) -> None:
    """Remove least recently used entries until the cache is below a size, and old unfinished work.

    Entries used within the last hour stay, whatever the limit: a process may be about to load them.
    """
    root = cache_directory()
    entries = sorted(_entries(root), key=lambda e: e.used)
    total = sum(e.size for e in entries)
    if total > limit_bytes:
        for entry in entries:
            # the distance in time, so that entries from the future (a wrong clock) can go, too
            if total <= _TRIM_TO * limit_bytes or abs(time.time() - entry.used) < _HOUR:
                continue
            _remove(root, entry.path)
            total -= entry.size
    _sweep(root, older_than=_DAY)


def _key(suffix: str, key_parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in (VERSION, suffix, *key_parts):
        data = part.encode("utf-8", "surrogatepass")
        # with its length, so that ("ab", "c") and ("a", "bc") differ
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def _entry_path(root: Path, key: str) -> Path:
    return root / "entries" / key[:2] / key[2:]


def _manifest(path: Path) -> dict[str, str | int]:
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def _lookup(root: Path, key: str, suffix: str) -> Path | None:
    """Return the verified file of an entry; a damaged entry is moved away."""
    entry = _entry_path(root, key)
    if not entry.is_dir():
        return None
    path = entry / f"code{suffix}"
    manifest = entry / _MANIFEST
    try:
        sound = json.loads(manifest.read_bytes()) == _manifest(path)
        used = manifest.stat().st_mtime
    except (OSError, ValueError, RecursionError):
        sound = False
    if not sound:
        _quarantine(root, entry)
        return None
    if abs(time.time() - used) > _HOUR / 6:  # written rarely, for the sake of network file systems
        with suppress(OSError):
            os.utime(manifest)
    return path


def _quarantine(root: Path, entry: Path) -> None:
    with suppress(FileNotFoundError):  # another process was quicker
        _move_to_work(root, entry)
        warnings.warn(
            f"a file in the cache of brainsim was damaged and is built again: {entry}",
            RuntimeWarning,
            stacklevel=4,
        )


def _store(root: Path, key: str, suffix: str, build: Callable[[Path], None]) -> Path:
    """Build an entry apart and move it into place; a lost race gives the winner's file."""
    work = root / "work"
    work.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=work))
    try:
        built = scratch / f"code{suffix}"
        build(built)
        finished = scratch / "entry"
        finished.mkdir()
        path = finished / built.name
        built.replace(path)
        manifest = finished / _MANIFEST
        manifest.write_text(json.dumps(_manifest(path)), encoding="utf-8")
        for written in (path, manifest, finished):
            _flush(written)
        stored = _publish(root, key, suffix, finished)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if _state.stores % _STORES_PER_TRIM == 0:
        with suppress(OSError):
            trim(_state.limit_bytes)
    _state.stores += 1
    return stored


def _publish(root: Path, key: str, suffix: str, finished: Path) -> Path:
    entry = _entry_path(root, key)
    entry.parent.mkdir(parents=True, exist_ok=True)
    try:
        finished.rename(entry)
    except OSError:  # another process was quicker, or the disk is in trouble
        winner = _lookup(root, key, suffix)
        if winner is not None:
            return winner
        finished.rename(entry)
    _flush(entry.parent)
    return entry / f"code{suffix}"


def _flush(path: Path) -> None:
    """Write a file or a directory through to the disk."""
    if path.is_dir() and sys.platform == "win32":
        return  # Windows cannot open directories
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _move_to_work(root: Path, entry: Path) -> Path:
    work = root / "work"
    work.mkdir(parents=True, exist_ok=True)
    return entry.rename(work / f"old-{os.getpid()}-{time.monotonic_ns()}")


def _remove(root: Path, entry: Path) -> None:
    """Remove an entry: it vanishes as a whole first."""
    with suppress(OSError):
        shutil.rmtree(_move_to_work(root, entry), ignore_errors=True)


def _sweep(root: Path, older_than: float) -> None:
    """Remove what killed processes left, and damaged entries."""
    with suppress(OSError):
        for leftover in (root / "work").iterdir():
            with suppress(OSError):
                if abs(time.time() - leftover.stat().st_mtime) > older_than:
                    shutil.rmtree(leftover, ignore_errors=True)


def _entries(root: Path) -> Iterator[_Entry]:
    for entry in (root / "entries").glob("*/*"):
        with suppress(OSError):  # removed meanwhile
            files = [file.stat() for file in entry.iterdir()]
            used = max((file.st_mtime for file in files), default=0.0)
            yield _Entry(entry, sum(file.st_size for file in files), used)


def _named_directory() -> str:
    return _state.directory or os.environ.get("BRAINSIM_CACHE_DIR", "")


def _configured_directory() -> Path:
    named = _named_directory()
    if named:
        return Path(named).expanduser().absolute()
    match sys.platform:
        case "darwin":
            return Path.home() / "Library" / "Caches" / "brainsim"
        case "win32":
            local = os.environ.get("LOCALAPPDATA")
            return (Path(local) if local else Path.home() / "AppData/Local") / "brainsim" / "Cache"
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # the XDG specification tells programs to ignore a relative path
    return (configured if configured.is_absolute() else Path.home() / ".cache") / "brainsim"


def _prepare(root: Path) -> None:
    """Make the directory, or check that nobody else can write into it.

    Raises:
        OSError: It cannot be made, belongs to another user, or can be written by others.
    """
    try:
        status = root.stat()
    except FileNotFoundError:
        root.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            root.mkdir(mode=0o700)
        status = root.stat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError("it is not a directory")
    if sys.platform == "win32":
        return  # access is by lists, inherited from the user's own directory
    if status.st_uid != os.geteuid():
        raise PermissionError("it belongs to another user, who could put foreign code there")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError("other users can write there; run chmod go-w on it")


@cache
def _private_directory() -> Path:
    path = Path(tempfile.mkdtemp(prefix="brainsim-"))
    atexit.register(_remove_private, path, os.getpid())
    return path


def _remove_private(path: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a forked child, whose parent still uses the directory
        shutil.rmtree(path, ignore_errors=True)


def _reason(error: Exception) -> str:
    """Return what is wrong, without the name of a temporary file, so that it is said once."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


@cache
def _warn_fallback(directory: str, reason: str) -> None:
    warnings.warn(
        f"brainsim cannot use the cache directory {directory}: {reason}. What it compiles is kept "
        "in a temporary directory until the end of this process; to keep it longer, set "
        "BRAINSIM_CACHE_DIR to a directory of your own",
        RuntimeWarning,
        stacklevel=4,
    )
