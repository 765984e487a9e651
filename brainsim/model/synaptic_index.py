"""Indices of synapses: pairs `[i, j]`, numbers within a pair, and `S[i, j]` as an index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .variables import Array, ArrayVariable


class SynapticSubgroup:
    """The synapses that an index expression meant when it was made.

    Args:
        synapses: The Synapses object.
        numbers: Numbers of the synapses.
    """

    def __init__(self, synapses: Any, numbers: Array) -> None:
        self.synapses = synapses
        self._numbers = numbers
        self._made_for = (len(synapses), synapses.renumbered)

    def indices_in(self, group: Any) -> Array:
        """Return the numbers of the synapses, to index `group` by them.

        Raises:
            TypeError: They belong to another object.
            RuntimeError: Synapses were added or removed since.
        """
        if group is not self.synapses:
            raise TypeError(
                f"these are synapses of '{self.synapses.name}', they do not index '{group.name}'"
            )
        if (len(self.synapses), self.synapses.renumbered) != self._made_for:
            raise RuntimeError(
                f"synapses of '{self.synapses.name}' have been added or removed since this index "
                "was made: make it again"
            )
        return self._numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self)} synapses of '{self.synapses.name}'>"


def pair_index(synapses: Any, item: tuple[Any, ...], namespace: Mapping[str, Any] | None) -> Array:
    """Return the numbers of the synapses that `[i, j]` or `[i, j, k]` means.

    Raises:
        IndexError: There are more parts, or k without `multisynaptic_index`.
    """
    if len(item) > 3:
        raise IndexError("synapses are indexed by [number], [i, j] or [i, j, k]")
    pairs = synapses.connectivity
    order = pairs.positions(np.arange(synapses.size))
    chosen = np.ones(synapses.size, dtype=bool)
    sides = ((synapses.source, pairs.pre_at), (synapses.target, pairs.post_at))
    for (group, neurons_at), part in zip(sides, item, strict=False):
        wanted = np.zeros(len(group), dtype=bool)
        wanted[group.resolve_index(part, namespace)[0]] = True
        chosen &= wanted[neurons_at(order)]
    if len(item) == 3:
        if synapses.multisynaptic_index is None:
            raise IndexError("an index [i, j, k] needs multisynaptic_index=")
        numbers = synapses.view(synapses.multisynaptic_index)[:]
        last = item[2]
        if isinstance(last, slice):
            last = np.arange(numbers.max(initial=0) + 1)[last]
        chosen &= np.isin(numbers, np.asarray(last))
    return np.flatnonzero(chosen)


def number_pairs(synapses: Any) -> None:
    """Number the synapses of each pair 0, 1, ... in the variable `multisynaptic_index`, if any."""
    if synapses.multisynaptic_index is None or not synapses.size:
        return
    size, pairs = synapses.size, synapses.connectivity
    order = pairs.positions(np.arange(size))
    pair = pairs.pre_at(order).astype(np.int64) * len(synapses.target) + pairs.post_at(order)
    by_pair = np.argsort(pair, kind="stable")
    first = np.r_[True, np.diff(pair[by_pair]) != 0]
    start = np.maximum.accumulate(np.where(first, np.arange(size), 0))
    variable = synapses.variables[synapses.multisynaptic_index]
    assert isinstance(variable, ArrayVariable)  # noqa: S101 - made so by the constructor
    variable.values[order[by_pair]] = np.arange(size) - start
