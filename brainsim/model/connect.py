"""Which pairs `Synapses.connect` makes.

    connect()                       all pairs
    connect('i != j')               pairs for which a condition holds
    connect(p=0.1)                  each pair with a probability; with a condition, those it allows
    connect(i=[0, 1], j=[5, 6])     given pairs, in this order
    connect(j='i')                  for each source one target
    connect(j='k for k in range(i - 3, i + 4) if k != i', skip_if_invalid=True)
                                    for each source several targets, see `generators`
    connect(j='k for k in sample(N_post, size=10)')
                                    for each source a random choice; (..., p=0.1) with a probability
    connect(total=1000)         a number of synapses, or of those of each neuron: see `degrees`
    ...(n=2)                        several synapses per pair

The first three and those with j= run over sources, then targets; i='...' is the mirror image of
j='...' and runs over targets, then sources. Large grids are worked on in blocks, so that temporary
memory stays small. Input: the arguments of `connect`. Output: sources and targets. Does not: add
them to the synapses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..equations import parse_expression
from ..equations.tree import Number, Tree
from ..units import get_dimensions
from .degrees import Counted, counted_pairs
from .generated import generated_pairs
from .group import Group
from .namespace import caller_namespace
from .pairs import PairScope, whole
from .randomness import next_draw_key
from .rows import Intervals, SourceRows, Sources, Targets, target_type
from .sampling import (
    BLOCK,
    Gathered,
    blocks,
    chosen_columns,
    clipped,
    repeated,
    sample_rows,
    uniform_run,
)
from .variables import Array, aligned_copy, aligned_zeros

Pairs = tuple[Sources, Targets]


def connect_pairs(
    synapses: Group,
    condition: Any,
    i: Any,
    j: Any,
    p: Any,
    n: Any,
    skip_if_invalid: bool,
    namespace: Mapping[str, Any] | None,
    level: int,
    counted: Counted,
) -> Pairs:
    """Return the sources and targets of new synapses; see `Synapses.connect`.

    Raises:
        TypeError: An argument is of a kind that does not describe connections.
        ValueError: Arguments cannot be combined, or a string depends on what it is to decide.
        IndexError: There is no neuron with a given index.
        BrianObjectException: From an IndexError, where a string gives such an index.
        SyntaxError, KeyError, DimensionMismatchError: A string cannot be understood.
        MemoryError: The synapses would not fit into memory; nothing has been allocated yet.
    """
    _check_arguments(condition, i, j, p, n)
    if counted:
        given = (condition, i, j, p, n, skip_if_invalid)
        if any(value is not None for value in given[:3]) or given[3:] != (1, 1, False):
            raise ValueError(
                "total, in_degree and out_degree stand alone: they cannot be combined with a "
                "condition, i, j, p, n or skip_if_invalid"
            )
        return counted_pairs(synapses, counted)
    names = caller_namespace(level) if namespace is None else namespace
    scope = PairScope(synapses, names)
    if condition is False:
        return _none(scope)
    if isinstance(i, str) or isinstance(j, str):
        if not isinstance(p, str) and p == 1:
            pairs = generated_pairs(synapses, names, i, j, skip_if_invalid=skip_if_invalid)
        else:
            raise ValueError(
                "p cannot be combined with a string for i or j; write "
                "'k for k in sample(N_post, p=...)', or 'if rand() < ...' at its end"
            )
    elif i is None and j is None:
        pairs = _by_condition(scope, condition if isinstance(condition, str) else None, p)
    elif skip_if_invalid:
        raise ValueError("skip_if_invalid needs i or j given as a string")
    elif isinstance(n, str):
        raise TypeError("with i and j given as integers n is a number, not a string")
    else:
        pairs = _by_arrays(scope, i, j, p)
    return _repeated(scope, pairs, n)


def _check_arguments(condition: Any, i: Any, j: Any, p: Any, n: Any) -> None:
    if condition is not None and (i is not None or j is not None):
        raise ValueError("give either a condition or i and j, not both")
    if not (condition is None or isinstance(condition, str | bool | np.bool_)):
        raise TypeError(
            f"the condition must be a string or a bool, not {type(condition).__name__}; "
            "for given pairs write connect(i=..., j=...)"
        )
    if isinstance(condition, str) and re.search(r"\bfor\b", condition):
        raise ValueError(f"a generator is given as j=: write connect(j='{condition}')")
    if not isinstance(p, str) and not _is_plain(p, "biuf"):
        raise TypeError(f"p must be a number or a string, not {p!r}")
    if not isinstance(n, str) and not _is_plain(n, "biu"):
        raise TypeError(f"n must be an integer or a string, not {n!r}")
    if (isinstance(i, str) and j is not None) or (isinstance(j, str) and i is not None):
        raise TypeError("a string for i or j stands alone: the other one runs over all elements")


def _is_plain(value: Any, kinds: str) -> bool:
    """Return whether something is one number of some NumPy kinds, without unit."""
    array = np.asarray(value)
    return array.ndim == 0 and array.dtype.kind in kinds and get_dimensions(value).is_dimensionless


def _none(scope: PairScope) -> Pairs:
    none = np.zeros(scope.n_pre, dtype=np.int64)
    return SourceRows.of_counts(none), aligned_zeros(0, target_type(scope.n_post))


# ------------------------------------------------------------------------ conditions, probabilities


def _by_condition(scope: PairScope, condition: str | None, p: Any) -> Pairs:
    chance = _parsed_number(scope, p, "the probability p")
    tree = None
    if condition is not None:
        tree = parse_expression(condition, f"condition of '{scope.synapses.name}'")
        scope.check_condition(tree)
    if "post" in scope.sides(chance):
        return _grid(scope, tree, chance)
    sources = np.arange(scope.n_pre)
    value = scope.value(chance, sources, np.zeros(1, dtype=np.int64))
    probability = np.broadcast_to(np.asarray(value, dtype=float), sources.shape)
    if tree is None:
        return _sampled(scope, probability)
    if (probability >= 1).all():
        return _grid(scope, tree, None)
    return _sampled_and_filtered(scope, probability, tree)


def _parsed_number(scope: PairScope, value: Any, what: str) -> Tree:
    if not isinstance(value, str):
        return Number(float(value))
    tree = parse_expression(value, what)
    scope.check_number(tree, what)
    return tree


def _sampled(scope: PairScope, probability: Array) -> Pairs:
    """Choose each pair with the probability of its source."""
    number = clipped(probability).sum() * scope.n_post
    if (probability >= 1).all():
        scope.check_room(number, each=0)
        everything = Intervals.of_all(scope.n_pre, scope.n_post)
        return SourceRows(everything.offsets), everything
    scope.check_room(number)
    width = np.full(scope.n_pre, scope.n_post)
    kind = target_type(scope.n_post)
    rows = sample_rows(probability, width, next_draw_key(), dtype=kind)
    return SourceRows(rows.offsets), rows.columns


def _grid(scope: PairScope, tree: Tree | None, chance: Tree | None) -> Pairs:
    """Look at all pairs: keep those for which a condition holds, each with a probability."""
    key = 0 if chance is None else next_draw_key()
    kind = target_type(scope.n_post)
    counts = np.zeros(scope.n_pre, dtype=np.int64)
    found = Gathered(kind, scope.n_pre * scope.n_post)
    for rows, columns in _tiles(scope.n_pre, scope.n_post):
        pre = np.arange(rows.start, rows.stop)[:, None]
        post = np.arange(columns.start, columns.stop)[None, :]
        shape = (len(pre), post.shape[1])
        mask = np.ones(shape, dtype=bool)
        if tree is not None:
            mask &= scope.value(tree, pre, post)
        if chance is not None:
            first = rows.start * scope.n_post + columns.start
            drawn = uniform_run(key, first, mask.size).reshape(shape)
            mask &= drawn < scope.value(chance, pre, post)
        found.add(chosen_columns(mask, columns.start, counts[rows], kind))
        scope.check_room(counts.sum())
    return SourceRows.of_counts(counts), found.columns


def _tiles(n_rows: int, n_columns: int) -> Iterator[tuple[slice, slice]]:
    """Yield blocks of a grid, row by row: several whole rows, or a part of one."""
    width = min(n_columns, BLOCK)
    height = BLOCK // width if width else 1
    for row in range(0, n_rows, height):
        for column in range(0, n_columns, max(width, 1)):
            yield (
                slice(row, min(row + height, n_rows)),
                slice(column, min(column + width, n_columns)),
            )


def _sampled_and_filtered(scope: PairScope, probability: Array, tree: Tree) -> Pairs:
    """Choose pairs with the probability of their source, keep those a condition allows."""
    key = next_draw_key()
    kind = target_type(scope.n_post)
    counts = np.zeros(scope.n_pre, dtype=np.int64)
    found = Gathered(kind, scope.n_pre * scope.n_post)
    for rows in blocks(clipped(probability) * scope.n_post):
        width = np.full(rows.stop - rows.start, scope.n_post)
        chosen = sample_rows(probability[rows], width, key, rows.start, kind)
        pre = np.repeat(np.arange(rows.start, rows.stop), np.diff(chosen.offsets))
        post = chosen.columns.astype(np.int64)
        keep = np.broadcast_to(scope.value(tree, pre, post), pre.shape).astype(bool)
        counts[rows] = np.bincount(pre[keep] - rows.start, minlength=len(width))
        found.add(chosen.columns[keep])
        scope.check_room(counts.sum())
    return SourceRows.of_counts(counts), found.columns


# ------------------------------------------------------------------------------------- given pairs


def _by_arrays(scope: PairScope, i: Any, j: Any, p: Any) -> Pairs:
    if i is None or j is None:
        raise ValueError("give both i and j as integers, or one of them as a string")
    synapses: Any = scope.synapses
    sources = _given(i, "i", synapses.source, scope.n_pre)
    targets = _given(j, "j", synapses.target, scope.n_post)
    if sources.size != targets.size and 1 not in {sources.size, targets.size}:
        raise ValueError(
            f"i and j are the two ends of each synapse, but there are {sources.size} and "
            f"{targets.size} of them; give as many of both, or one"
        )
    pre, post = np.broadcast_arrays(sources, targets)
    scope.check_room(pre.size)
    tree = _parsed_number(scope, p, "the probability p")
    if isinstance(tree, Number) and tree.value >= 1:
        return aligned_copy(pre, np.int32), aligned_copy(post, target_type(scope.n_post))
    wide = pre.astype(np.int64), post.astype(np.int64)
    keep = uniform_run(next_draw_key(), 0, pre.size) < scope.value(tree, *wide)
    return pre[keep].astype(np.int32), aligned_copy(post[keep], target_type(scope.n_post))


def _given(values: Any, name: str, group: Group, n: int) -> Array:
    """Return indices as an array of one dimension, checked.

    Raises:
        TypeError: They are no integers.
        ValueError: They have several dimensions.
        IndexError: There is no such neuron.
    """
    if hasattr(values, "_indices"):  # a section of a morphology
        values = values._indices()  # noqa: SLF001 - the tradition's protocol
    elif hasattr(values, "indices_in"):  # a subgroup
        values = values.indices_in(group)
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and (array.size or array.dtype == object):
        raise TypeError(f"{name} must be integers, not {array.dtype}")
    if array.ndim > 1:
        raise ValueError(f"{name} must have one dimension, not {array.ndim}")
    if array.size and (array.min() < 0 or array.max() >= n):
        bad = array.min() if array.min() < 0 else array.max()
        raise IndexError(f"{name} contains {bad}, but '{group.name}' has {n} elements")
    return np.atleast_1d(array)


# ------------------------------------------------------------------------ several synapses a pair


def _repeated(scope: PairScope, pairs: Pairs, n: Any) -> Pairs:
    """Return pairs with each repeated n times, one behind the other.

    Raises:
        ValueError: n is a negative number; negative values of a string count as 0.
    """
    pre, post = pairs
    if isinstance(n, str):
        tree = _parsed_number(scope, n, "the number n of synapses per pair")
        sources = pre.written_out() if isinstance(pre, SourceRows) else pre
        post = _listed(scope, post)
        value = scope.value(tree, sources.astype(np.int64), post.astype(np.int64))
        count = np.broadcast_to(np.maximum(whole(np.asarray(value)), 0), post.shape)
    elif n < 0:
        raise ValueError(f"there cannot be {n} synapses per pair")
    elif n == 1:
        return pairs
    else:
        post = _listed(scope, post)
        count = np.broadcast_to(np.int64(n), post.shape)
    scope.check_room(count.sum())
    if not isinstance(pre, SourceRows):
        return np.repeat(pre, count), repeated(post, count)
    ends = np.concatenate([[0], np.cumsum(count)])
    return SourceRows(aligned_copy(ends[pre.offsets], np.int64)), repeated(post, count)


def _listed(scope: PairScope, post: Targets) -> Array:
    """Return targets as an array."""
    return post.written_out(target_type(scope.n_post)) if isinstance(post, Intervals) else post
