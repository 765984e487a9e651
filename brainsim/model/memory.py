"""Whether there is as much memory as recordings and synapses need."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..preferences import prefs

if TYPE_CHECKING:
    from .monitors import Monitor

# the part of the free memory that recordings may take
_SHARE = 0.8
# less than this is not worth asking the system for, bytes
_SMALL = 2**26
_CGROUP = Path("/sys/fs/cgroup")
# what is called how in the second and in the first version of control groups
_CGROUP_FILES = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file",
    ),
)


def available_memory() -> int:
    """Return the bytes that this process can still get: of the machine, or of its control group."""
    found = [_of_machine(), *(_of_group(*names) for names in _CGROUP_FILES)]
    return min(value for value in found if value is not None)


def _of_machine() -> int:
    with suppress(OSError, KeyError):
        kilobytes = _fields(Path("/proc/meminfo"))["MemAvailable:"]
        return kilobytes * 1024
    with suppress(AttributeError, OSError, ValueError):  # as on macOS
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 2**62


def _of_group(limit: str, usage: str, stat: str, cached: str) -> int | None:
    with suppress(OSError, ValueError, KeyError):
        most = int((_CGROUP / limit).read_text(encoding="ascii"))
        used = int((_CGROUP / usage).read_text(encoding="ascii"))
        # pages of files that the system gives back when they are needed
        return max(most - used + _fields(_CGROUP / stat)[cached], 0)
    return None


def _fields(path: Path) -> dict[str, int]:
    lines = path.read_text(encoding="ascii").splitlines()
    return {words[0]: int(words[1]) for words in map(str.split, lines) if len(words) > 1}


def check_memory(monitors: Iterable[Monitor], until: float) -> None:
    """Refuse a run whose recordings will not fit into memory.

    Only monitors whose number of rows is known beforehand count.

    Args:
        monitors: Those that will record.
        until: End of the run in seconds.

    Raises:
        MemoryError: They need more than 80 % of what is available, or than the preference
            `core.max_memory` allows.
    """
    needs = {monitor: monitor.bytes_until(until) for monitor in monitors}
    total = sum(needs.values())
    if total <= _SMALL and prefs["core.max_memory"] is None:
        return
    allowed, limit = _allowed()
    if total <= allowed:
        return
    largest = max(needs, key=lambda monitor: needs[monitor])
    others = "" if needs[largest] == total else f", and all monitors together {size_text(total)}"
    raise MemoryError(
        f"'{largest.name}' will need {size_text(needs[largest])} of memory for this run{others}, "
        f"but {limit}. Record fewer elements or variables, or give a StateMonitor every=, "
        "dtype=float32, reduce=, last= or to=; or set prefs.core.max_memory to at least "
        f"{total} bytes"
    )


def check_synapses(name: str, number: float, each: Mapping[str, int], neurons: int) -> None:
    """Refuse synapses that will not fit into memory, before any are made.

    Args:
        name: Name of the Synapses object.
        number: How many there would be.
        each: What one needs: name -> bytes.
        neurons: Number of rows of the tables of synapses.

    Raises:
        MemoryError: They need more than 80 % of what is available, or than the preference
            `core.max_memory` allows.
    """
    parts = {what: number * size for what, size in each.items()} | {"tables": 8.0 * neurons}
    total = sum(parts.values())
    if total <= _SMALL and prefs["core.max_memory"] is None:
        return
    allowed, limit = _allowed()
    if total <= allowed:
        return
    listed = ", ".join(
        f"{what} {size_text(size)}" for what, size in parts.items() if size > total / 1000
    )
    raise MemoryError(
        f"'{name}' would have {number:.4g} synapses of {sum(each.values())} bytes, which need "
        f"{size_text(total)} of memory ({listed}), but {limit}; make fewer of them (a smaller p, a "
        "narrower condition), or give them fewer variables of their own (shared ones, or "
        "dtype=float32). Nothing has been made"
    )


def check_room(needed: float, what: str, advice: str) -> None:
    """Refuse what will not fit into memory, before it is begun.

    Args:
        needed: Bytes.
        what: What they are for; goes into the message.
        advice: What to do instead.

    Raises:
        MemoryError: It needs more than 80 % of what is available, or than the preference
            `core.max_memory` allows.
    """
    if needed <= _SMALL and prefs["core.max_memory"] is None:
        return
    allowed, limit = _allowed()
    if needed > allowed:
        raise MemoryError(f"{what} need {size_text(needed)} of memory, but {limit}; {advice}")


def _allowed() -> tuple[int, str]:
    """Return how many bytes something new may take, and why."""
    given: int | None = prefs["core.max_memory"]
    if given is not None:
        return given, f"the preference core.max_memory allows {size_text(given)}"
    allowed = int(_SHARE * available_memory())
    return allowed, f"80 % of the memory that is available are {size_text(allowed)}"


def size_text(number: float) -> str:
    """Return a number of bytes for people: "3.2 kB", "2.1 GB"."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.0f} bytes"
