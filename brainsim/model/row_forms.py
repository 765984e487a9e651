"""The form of the rows of synapses: whether the targets of each source are consecutive."""

from __future__ import annotations

from ..records import dataclass
from .connectivity import Connectivity
from .variables import Array, aligned_copy


@dataclass(frozen=True, slots=True, eq=False)
class RowStarts:
    """Rows of synapses with consecutive targets.

    Args:
        first: First target of each source, int64; meaningless for a source without synapses.
        full: Whether every source is connected to all targets.
    """

    first: Array
    full: bool


def row_form(connectivity: Connectivity) -> str:
    """Return the form of all rows.

    It is "scattered" where the synapses of a source stand apart in memory; else "listed", or
    "intervals" of targets, or "full": intervals that contain all targets.
    """
    starts = row_starts(connectivity)
    if starts is not None:
        return "full" if starts.full else "intervals"
    table = connectivity.table(by_target=False, delay_steps=None, any_order=True)
    return "listed" if table.synapses is None else "scattered"


def row_starts(connectivity: Connectivity) -> RowStarts | None:
    """Return where the targets of each row begin if they are consecutive, otherwise None."""
    intervals = connectivity.intervals
    table = connectivity.table(by_target=False, delay_steps=None, any_order=True)
    if intervals is None or table.synapses is not None:
        return None
    first = aligned_copy(intervals.offsets[:-1] + intervals.shifts, intervals.shifts.dtype)
    return RowStarts(first, intervals.common() == range(connectivity.n_post))
