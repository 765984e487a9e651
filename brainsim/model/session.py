"""What concerns a whole session: its names, its settings, its cache of compiled code."""

from __future__ import annotations

from typing import Any, NoReturn

from ..codegen import cache
from ..logger import get_logger
from ..preferences import prefs
from ..units import ms
from .clock import defaultclock
from .namespace import caller_frame
from .scope import start_scope

logger = get_logger(__name__)

# they share one cache
_TARGETS = ("c", "cython", "numpy")


def _apply_cache_preferences() -> None:
    """Tell the cache what it must know; it knows no preferences itself."""
    cache.set_size_limit(int(prefs["codegen.max_cache_dir_size"]) * 2**20)
    cache.set_directory(prefs["codegen.runtime.cython.cache_dir"] or "")


prefs.watch("codegen", _apply_cache_preferences)


def get_local_namespace(level: int = 0) -> dict[str, Any]:
    """Return the names that the calling frame can see: its own, and the global ones.

    Args:
        level: How many frames further up to look.
    """
    frame = caller_frame(level)
    return {} if frame is None else {**frame.f_globals, **frame.f_locals}


def restore_initial_state() -> None:
    """Let everything be as after the import: preferences, the default clock, the magic network.

    Preferences are again what the environment and the user's file say; objects made so far are
    hidden from the plain `run()`.
    """
    prefs.reset_to_initial()
    defaultclock.dt = 0.1 * ms
    start_scope()


def check_cache(target: str = "c") -> None:
    """Say how much compiled code is kept, and where.

    Args:
        target: "c", "cython" or "numpy"; they share one cache.

    Raises:
        ValueError: There is no such target.
    """
    _require_target(target)
    info = cache.cache_info()
    megabytes = info.total_bytes / 2**20
    message = f"the cache {info.directory} holds {info.entries} entries, {megabytes:.1f} MB"
    limit = prefs["codegen.max_cache_dir_size"]
    if megabytes > limit:
        logger.warn(
            f"{message}, more than prefs.codegen.max_cache_dir_size, {limit} MB: old entries go "
            "with the next one that is stored; clear_cache() removes all of them",
            "cache_size",
        )
    else:
        logger.info(message, "cache_size")


def clear_cache(target: str = "c") -> None:
    """Remove all compiled code that is kept; what has been loaded goes on running.

    Args:
        target: "c", "cython" or "numpy"; they share one cache.

    Raises:
        ValueError: There is no such target.
    """
    _require_target(target)
    cache.clear_cache()


def _require_target(target: str) -> None:
    prefs.load()  # they may say where the cache is
    if target not in _TARGETS:
        raise ValueError(f"there is no target '{target}' with a cache, only {', '.join(_TARGETS)}")


class NumpyCodeObject:
    """Stands for the target "numpy" where the tradition takes `codeobj_class=`.

    Accepted without effect: all objects of a network run on `prefs.codegen.target`.
    """

    class_name = "numpy"


class CythonCodeObject:
    """Stands for the target "cython" where the tradition takes `codeobj_class=`.

    Accepted without effect: all objects of a network run on `prefs.codegen.target`.
    """

    class_name = "cython"


class _Renamed:
    """Stands for the old name of the preferences, and says the new one."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"'brian_prefs' is now called 'prefs': write prefs.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"'brian_prefs' is now called 'prefs': write prefs.{name} = {value!r}")


brian_prefs = _Renamed()
