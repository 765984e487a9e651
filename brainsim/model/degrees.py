"""Random pairs of which a number is given: `connect(total=...)`, `in_degree=`, `out_degree=`.

    connect(total=100)          so many synapses; source and target of each are any neurons
    connect(out_degree=10)      for each source so many different targets
    connect(in_degree=10)       for each target so many different sources
    ...(multapses=True)         not necessarily different ones

All of them number the synapses by source, then target, and are drawn row by row from counter-based
streams, so that nothing depends on how many threads draw them. Autapses are not left out.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from ..records import dataclass
from .group import Group
from .pairs import PairScope
from .randomness import next_draw_key
from .rows import SourceRows, target_type
from .sampling import (
    Index,
    Rows,
    blocks,
    sample_repeated,
    sample_sizes,
    split,
    transposed,
)
from .variables import Array


@dataclass(frozen=True, slots=True)
class Counted:
    """What was given to `connect`, None for what was not.

    Args:
        total: Number of synapses.
        in_degree: Number of synapses of each target.
        out_degree: Number of synapses of each source.
        multapses: Whether a pair may have several; with `total` it always may.
    """

    total: Any = None
    in_degree: Any = None
    out_degree: Any = None
    multapses: bool | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) is not None for field in fields(self))


def counted_pairs(synapses: Group, counted: Counted) -> tuple[SourceRows, Array]:
    """Return the sources and targets of synapses of which a number is given.

    Args:
        synapses: The Synapses object.
        counted: Which number.

    Raises:
        TypeError: A number is no integer.
        ValueError: Several numbers are given, or one that cannot be.
        MemoryError: The synapses would not fit into memory.
    """
    names = [n for n in ("total", "in_degree", "out_degree") if getattr(counted, n) is not None]
    if len(names) != 1:
        raise ValueError("give one of total, in_degree and out_degree")
    name, multapses = names[0], bool(counted.multapses)
    number = _checked(name, getattr(counted, name))
    scope = PairScope(synapses, {})
    if name == "total":
        if counted.multapses is False:
            raise ValueError(
                "total= draws pairs with repetition; without several synapses for a pair give p=, "
                "in_degree= or out_degree="
            )
        return _by_total(scope, number)
    n_rows, n_columns = scope.n_pre, scope.n_post
    if name == "in_degree":
        n_rows, n_columns = n_columns, n_rows
    if not multapses and number > n_columns:
        raise ValueError(
            f"{name}={number} is more than the {n_columns} neurons there are to choose from; "
            "multapses=True lets pairs have several synapses"
        )
    _check_choice(number, n_columns)
    scope.check_room(float(number) * n_rows)
    degrees, key = np.full(n_rows, number, dtype=np.int64), next_draw_key()
    kind = target_type(scope.n_post)
    if name == "out_degree":
        rows = _drawn(degrees, n_columns, key, 0, kind, multapses=multapses)
        return SourceRows(rows.offsets), rows.columns

    def of_targets(part: slice) -> Rows:
        return _drawn(degrees[part], n_columns, key, part.start, np.int32, multapses=multapses)

    rows = transposed(list(blocks(degrees)), of_targets, scope.n_pre, kind)
    return SourceRows(rows.offsets), rows.columns


def _checked(name: str, value: Any) -> int:
    """Return a number of synapses as int.

    Raises:
        TypeError: It is no integer.
        ValueError: It is negative.
    """
    array = np.asarray(value)
    if array.ndim or array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if array < 0:
        raise ValueError(f"{name} cannot be {value}")
    return int(array)


def _check_choice(number: int, n: int) -> None:
    if number and not n:
        raise ValueError("there are no neurons to choose from")


def _by_total(scope: PairScope, total: int) -> tuple[SourceRows, Array]:
    scope.check_room(total)
    _check_choice(total, min(scope.n_pre, scope.n_post))
    kind = target_type(scope.n_post)
    counts_key, key = next_draw_key(), next_draw_key()
    counts = split(total, scope.n_pre, counts_key)
    rows = sample_repeated(counts, scope.n_post, key, dtype=kind)
    return SourceRows(rows.offsets), rows.columns


def _drawn(
    degrees: Index, width: int, key: int, first: int, dtype: Any, *, multapses: bool
) -> Rows:
    """Return so many columns for each row."""
    if multapses:
        return sample_repeated(degrees, width, key, first, dtype)
    return sample_sizes(degrees, np.full(len(degrees), width), key, first, dtype)
