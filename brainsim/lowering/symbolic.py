"""Results of symbolic algebra, remembered on disk so that a warm start need not import sympy."""

from __future__ import annotations

from collections.abc import Callable

from ..codegen import cache


def remember(key: str, compute: Callable[[], str]) -> str:
    """Return the result of a computation, from the cache where an earlier run has stored it.

    Args:
        key: Says completely what is computed.
        compute: Computes it.
    """
    return str(cache.remember(("symbolic", key), compute))
