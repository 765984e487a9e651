"""Members of a part of a group: which of its elements belong to it.

Members ascend. They are a range where they are contiguous, which costs nothing and lets generated
code count instead of looking up; otherwise an int32 array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .variables import Array, aligned_copy, aligned_zeros

if TYPE_CHECKING:
    from .group import Group

Members = range | Array


def members_of(group: Group, item: Any) -> Members:
    """Return the elements of a group that an index means.

    Args:
        group: The group.
        item: A slice, an integer, an array of integers or of truth values, a condition in a string,
            a subgroup, or an element of a morphology.

    Raises:
        IndexError: There are none, they are out of range, do not ascend, or one occurs twice.
        TypeError: The index has a wrong kind.
    """
    if isinstance(item, slice) and item.step in {None, 1}:
        start, stop, _ = item.indices(group.size)
        if start >= stop:
            ends = ["" if end is None else str(end) for end in (item.start, item.stop)]
            raise IndexError(
                f"the slice [{':'.join(ends)}] of '{group.name}' is empty: it has {group.size} "
                "elements"
            )
        return range(start, stop)
    found, _ = group.resolve_index(item, None)
    if not len(found):
        raise IndexError(f"{item!r} means no element of '{group.name}': a subgroup has some")
    steps = np.diff(found)
    if (steps <= 0).any():
        raise IndexError(
            f"the elements of a subgroup of '{group.name}' must ascend, each once, not {item!r}; "
            "sort them with numpy.unique()"
        )
    if (steps == 1).all():
        return range(int(found[0]), int(found[-1]) + 1)
    return aligned_copy(found, np.int32)


def members_within(outer: Members, inner: Members) -> Members:
    """Return the members of a part of a part, in the group of the outer one."""
    if isinstance(outer, range) and isinstance(inner, range):
        return outer[inner.start : inner.stop]
    return aligned_copy(np.asarray(outer)[np.asarray(inner)], np.int32)


def numbers_within(members: Members, n: int) -> Array:
    """Return the number of each of `n` elements among the members, -1 for those that are none."""
    numbers = aligned_zeros(n, np.int32)
    numbers[:] = -1
    numbers[np.asarray(members)] = np.arange(len(members))
    return numbers
