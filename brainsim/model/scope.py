"""Which objects the magic network may see: those created since the last `start_scope()`."""

from __future__ import annotations

_scope = [0]


def current_scope() -> int:
    """Return the number of the present scope."""
    return _scope[0]


def start_scope() -> None:
    """Hide all objects created so far from the magic network."""
    _scope[0] += 1
