"""How much memory there is, and the refusal of what would need more, before it is begun."""

from __future__ import annotations

import os


def physical_memory() -> int | None:
    """Return the memory of this machine in bytes, None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def check_memory(needed: float, what: str, advice: str) -> None:
    """Refuse what needs more than four fifths of the machine's memory, before it is begun.

    Args:
        needed: Bytes.
        what: What they are for; goes into the message.
        advice: What to do instead.

    Raises:
        MemoryError: It needs more.
    """
    available = physical_memory()
    if available is not None and needed > 0.8 * available:
        raise MemoryError(
            f"{what} need about {needed / 1e9:.3g} GB, but this machine has "
            f"{available / 1e9:.3g} GB of memory; {advice}"
        )
