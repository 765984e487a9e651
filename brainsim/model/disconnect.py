"""Which synapses `Synapses.disconnect` means, and how the others close the gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .connectivity import InFlight, in_flight
from .namespace import caller_namespace
from .synaptic_index import number_pairs
from .variables import Array


def chosen_synapses(
    synapses: Any, which: Any, i: Any, j: Any, namespace: Mapping[str, Any] | None, level: int
) -> Array:
    """Return the numbers of the synapses to remove; see `Synapses.disconnect`.

    Raises:
        ValueError: Both an index and i or j are given, or their shapes do not fit.
        TypeError, IndexError, KeyError, SyntaxError: The index means no synapses.
    """
    if which is not None and (i is not None or j is not None):
        raise ValueError("give either a condition or index, or i and j, not both")
    if which is not None:
        names = caller_namespace(level) if namespace is None else namespace
        numbers: Array = synapses.resolve_index(which, names)[0]
        return numbers
    if i is None and j is None:
        return np.arange(len(synapses))
    sources = None if i is None else synapses.source.resolve_index(i, namespace)[0]
    targets = None if j is None else synapses.target.resolve_index(j, namespace)[0]
    order = synapses.connectivity.positions(np.arange(len(synapses)))
    pre, post = synapses.connectivity.pre_at(order), synapses.connectivity.post_at(order)
    if targets is None:
        return np.flatnonzero(np.isin(pre, sources))  # type: ignore[arg-type]  # one of them is given
    if sources is None:
        return np.flatnonzero(np.isin(post, targets))
    try:
        sources, targets = np.broadcast_arrays(sources, targets)
    except ValueError:
        raise ValueError(
            f"i has {len(sources)} elements and j {len(targets)}: give as many of each, or one"
        ) from None
    n_post = len(synapses.target)
    pairs = sources.astype(np.int64) * n_post + targets
    return np.flatnonzero(np.isin(pre.astype(np.int64) * n_post + post, pairs))


def remove_synapses(synapses: Any, chosen: Array) -> None:
    """Remove the synapses with these numbers."""
    if not len(chosen):
        return
    kept = np.ones(len(synapses), dtype=bool)
    kept[chosen] = False
    for pathway in synapses.pathways.values():
        pathway.keep_in_flight(always=True)
        pathway.forget(without(pathway.in_flight, kept))
    if synapses.trace_state is not None:
        synapses.trace_state.write_out()
    places = kept[synapses.connectivity.numbers()]
    synapses.connectivity.keep(places)
    for variable in synapses.variables_per_synapse():
        variable.keep(places)
    number_pairs(synapses)
    synapses.note_new_delays()
    synapses.renumbered += 1


def without(late: InFlight, kept: Array) -> InFlight:
    """Return events under way without those of removed synapses, by the others' new numbers.

    Args:
        late: The events.
        kept: Whether each synapse stays, by its old number.
    """
    due = np.repeat(np.arange(late.span), np.diff(late.offsets)) + late.since
    stay = kept[late.numbers]
    new_numbers = np.cumsum(kept) - 1
    return in_flight(late.since, due[stay], new_numbers[late.numbers[stay]])
