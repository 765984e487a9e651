"""The form of the rows of synapses: whether the targets of each source are consecutive."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np

from .connectivity import Connectivity
from .variables import Array, aligned_zeros


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Rows of synapses with consecutive targets.

    Args:
        first: First target of each source, int64; 0 for a source without synapses.
        full: Whether every source is connected to all targets.
    """

    first: Array
    full: bool


_known: weakref.WeakKeyDictionary[Connectivity, tuple[int, Intervals | None]]
_known = weakref.WeakKeyDictionary()


def row_form(connectivity: Connectivity) -> str:
    """Return the form of all rows.

    It is "scattered" where the synapses of a source stand apart in memory; else "listed", or
    "intervals" of targets, or "full": intervals that contain all targets.
    """
    intervals = intervals_of(connectivity)
    if intervals is not None:
        return "full" if intervals.full else "intervals"
    table = connectivity.table(by_target=False, delay_steps=None)
    return "listed" if table.synapses is None else "scattered"


def intervals_of(connectivity: Connectivity) -> Intervals | None:
    """Return the intervals if all rows are such, otherwise None."""
    known = _known.get(connectivity)
    if known is None or known[0] != connectivity.version:
        known = _known[connectivity] = (connectivity.version, _intervals(connectivity))
    return known[1]


def _intervals(connectivity: Connectivity) -> Intervals | None:
    table = connectivity.table(by_target=False, delay_steps=None)
    if table.synapses is not None:
        return None
    lengths, post = np.diff(table.offsets), connectivity.post
    # a row of n targets ends n - 1 behind its beginning
    starts = table.offsets[:-1][lengths > 0]
    if len(post):
        steps = np.diff(post) == 1
        steps[starts[1:] - 1] = True
        if not steps.all():
            return None
    first = aligned_zeros(connectivity.n_pre, np.int64)
    first[lengths > 0] = post[starts]
    return Intervals(first, bool((lengths == connectivity.n_post).all()))
