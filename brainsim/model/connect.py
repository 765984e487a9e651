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
    ...(n=2)                        several synapses per pair

The first three and those with j= run over sources, then targets; i='...' is the mirror image of
j='...' and runs over targets, then sources. Large grids are worked on in blocks, so that temporary
memory stays small. Input: the arguments of `connect`. Output: sources and targets. Does not: add
them to the synapses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..equations import parse_expression
from ..equations.tree import Number, Tree
from ..errors import BrianObjectException
from ..units import get_dimensions
from .connectivity import Sources, SourceRows, check_memory
from .generators import Generator, Range, parse_generator
from .group import Group
from .namespace import caller_namespace
from .pairs import PairScope
from .randomness import next_draw_key
from .sampling import (
    WIDEST,
    all_rows,
    chosen_columns,
    expected,
    joined,
    repeated,
    sample_rows,
    sample_sizes,
    uniform_run,
)
from .variables import Array, ArrayVariable

Pairs = tuple[Sources, Array]
Index = npt.NDArray[np.int64]

# pairs looked at in one go: bounds the memory of temporaries, and keeps them in the cache
_BLOCK = 2**18
_POST_AND_NAME = frozenset({"post", "iterator"})
_PRE_AND_NAME = frozenset({"pre", "iterator"})


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
    names = caller_namespace(level) if namespace is None else namespace
    scope = PairScope(synapses, names)
    if condition is False:
        return _none(scope)
    if isinstance(i, str) or isinstance(j, str):
        if not isinstance(p, str) and p == 1:
            scope, pairs = _by_generator(synapses, names, i, j, skip_if_invalid=skip_if_invalid)
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
    if isinstance(condition, str) and "for" in condition.split():
        raise ValueError(f"a generator is given as j=: write connect(j='{condition}')")
    if not isinstance(p, str) and not _is_plain(p, "biuf"):
        raise TypeError(f"p must be a number or a string, not {p!r}")
    if not isinstance(n, str) and not _is_plain(n, "biu"):
        raise TypeError(f"n must be an integer or a string, not {n!r}")
    if isinstance(i, str) and j is not None or isinstance(j, str) and i is not None:
        raise TypeError("a string for i or j stands alone: the other one runs over all elements")


def _is_plain(value: Any, kinds: str) -> bool:
    """Return whether something is one number of some NumPy kinds, without unit."""
    array = np.asarray(value)
    return array.ndim == 0 and array.dtype.kind in kinds and get_dimensions(value).is_dimensionless


def _none(scope: PairScope) -> Pairs:
    return SourceRows.of_counts(np.zeros(scope.n_pre, dtype=np.int64)), joined([])


def _check_room(scope: PairScope, new: float) -> None:
    """Refuse more synapses than memory can hold, counting their variables.

    Raises:
        MemoryError: There are too many.
    """
    synapses: Any = scope.synapses
    total = len(synapses) + new
    each = np.dtype(np.int32).itemsize + sum(
        variable.values.dtype.itemsize
        for name, variable in synapses.variables.items()
        if isinstance(variable, ArrayVariable)
        and not variable.scalar
        and name not in {"i", "j", "N_incoming", "N_outgoing"}
    )
    check_memory(
        total * each,
        f"{total:.4g} synapses of {each} bytes",
        "make fewer of them (a smaller p, a narrower condition), or give them fewer variables of "
        "their own (shared ones, or dtype=float32)",
    )


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
    width = np.full(scope.n_pre, scope.n_post)
    _check_room(scope, expected(probability, width))
    if (probability >= 1).all():
        rows = all_rows(scope.n_pre, scope.n_post)
    else:
        rows = sample_rows(probability, width, next_draw_key())
    return SourceRows(rows.offsets), rows.columns


def _grid(scope: PairScope, tree: Tree | None, chance: Tree | None) -> Pairs:
    """Look at all pairs: keep those for which a condition holds, each with a probability."""
    key = 0 if chance is None else next_draw_key()
    counts, parts = np.zeros(scope.n_pre, dtype=np.int64), []
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
        parts.append(chosen_columns(mask, columns.start, counts[rows]))
        _check_room(scope, counts.sum())
    return SourceRows.of_counts(counts), joined(parts)


def _tiles(n_rows: int, n_columns: int) -> Iterator[tuple[slice, slice]]:
    """Yield blocks of a grid, row by row: several whole rows, or a part of one."""
    width = min(n_columns, _BLOCK)
    height = _BLOCK // width if width else 1
    for row in range(0, n_rows, height):
        for column in range(0, n_columns, max(width, 1)):
            yield (
                slice(row, min(row + height, n_rows)),
                slice(column, min(column + width, n_columns)),
            )


def _sampled_and_filtered(scope: PairScope, probability: Array, tree: Tree) -> Pairs:
    """Choose pairs with the probability of their source, keep those a condition allows."""
    key = next_draw_key()
    counts, parts = np.zeros(scope.n_pre, dtype=np.int64), []
    mean = np.nan_to_num(np.clip(probability, 0.0, 1.0)) * scope.n_post
    for rows in _blocks(mean):
        width = np.full(rows.stop - rows.start, scope.n_post)
        chosen = sample_rows(probability[rows], width, key, rows.start)
        pre = np.repeat(np.arange(rows.start, rows.stop), np.diff(chosen.offsets))
        post = chosen.columns.astype(np.int64)
        keep = np.broadcast_to(scope.value(tree, pre, post), pre.shape).astype(bool)
        counts[rows] = np.bincount(pre[keep] - rows.start, minlength=len(width))
        parts.append(chosen.columns[keep])
        _check_room(scope, counts.sum())
    return SourceRows.of_counts(counts), joined(parts)


def _blocks(sizes: npt.NDArray[Any]) -> Iterator[slice]:
    """Yield stretches of rows that have about `_BLOCK` elements together, at least one row each."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        limit = (ends[start - 1] if start else 0) + _BLOCK
        stop = max(int(np.searchsorted(ends, limit, side="right")), start + 1)
        yield slice(start, stop)
        start = stop


# ------------------------------------------------------------------------------------- given pairs


def _by_arrays(scope: PairScope, i: Any, j: Any, p: Any) -> Pairs:
    if i is None or j is None:
        raise ValueError("give both i and j as integers, or one of them as a string")
    synapses: Any = scope.synapses
    pre, post = np.broadcast_arrays(
        _given(i, "i", synapses.source, scope.n_pre), _given(j, "j", synapses.target, scope.n_post)
    )
    _check_room(scope, pre.size)
    tree = _parsed_number(scope, p, "the probability p")
    if isinstance(tree, Number) and tree.value >= 1:
        return pre.astype(np.int32), joined([post])
    wide = pre.astype(np.int64), post.astype(np.int64)
    keep = uniform_run(next_draw_key(), 0, pre.size) < scope.value(tree, *wide)
    return pre[keep].astype(np.int32), joined([post[keep]])


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


# -------------------------------------------------------------------------------------- generators


@dataclass(frozen=True, slots=True)
class _Direction:
    """Over which neurons a generator runs: the outer ones; it gives the inner ones.

    Args:
        mirrored: It gives sources, and runs over targets.
        n_outer: Number of neurons it runs over.
        n_inner: Number of neurons it may give.
        text: The generator, for messages.
        skip: Whether indices out of range are left out.
    """

    mirrored: bool
    n_outer: int
    n_inner: int
    text: str
    skip: bool

    @property
    def unknown(self) -> frozenset[str]:
        """What its range and sample size cannot depend on."""
        return _PRE_AND_NAME if self.mirrored else _POST_AND_NAME

    @property
    def inner(self) -> str:
        """The side it gives."""
        return "pre" if self.mirrored else "post"

    def value(
        self, scope: PairScope, tree: Tree, outer: Index, inner: Index, iterator: Any = None
    ) -> Any:
        """Return the value of an expression, one for each outer neuron."""
        pre, post = (inner, outer) if self.mirrored else (outer, inner)
        value = scope.value(tree, pre, post, iterator)
        return np.broadcast_to(value, outer.shape)


def _by_generator(
    synapses: Group, names: Mapping[str, Any], i: Any, j: Any, *, skip_if_invalid: bool
) -> tuple[PairScope, Pairs]:
    mirrored = j is None
    text, letter = (i, "i") if mirrored else (j, "j")
    generator = parse_generator(text, f"{letter} of '{synapses.name}'")
    scope = PairScope(synapses, names, generator.range.name if generator.range else None)
    sizes = (scope.n_post, scope.n_pre) if mirrored else (scope.n_pre, scope.n_post)
    direction = _Direction(mirrored, *sizes, text, skip_if_invalid)
    _check_generator(scope, generator, direction)
    try:
        counts, inner = _run(scope, generator, direction)
    except (IndexError, ZeroDivisionError) as error:
        raise BrianObjectException(
            f"cannot connect '{synapses.name}': {error}", synapses.name
        ) from error
    if not mirrored:
        return scope, (SourceRows.of_counts(counts), inner)
    return scope, (inner, repeated(np.arange(scope.n_post, dtype=np.int32), counts))


def _check_generator(scope: PairScope, generator: Generator, direction: _Direction) -> None:
    scope.check_number(generator.element, "the index")
    unknown = direction.unknown - {"iterator"}
    scope.check_independent(generator.element, unknown, "the index")
    if generator.condition is not None:
        scope.check_condition(generator.condition)
    over = generator.range
    if over is None:
        return
    for tree, what in ((over.low, "low"), (over.high, "high"), (over.step, "step")):
        scope.check_independent(tree, direction.unknown, f"the {what} end of the range")
        scope.check_integer(tree, f"the '{what}' of the range")
    if over.amount is not None:
        scope.check_independent(over.amount, direction.unknown, f"'{over.chosen}' of the sample")
        scope.check_number(over.amount, f"'{over.chosen}' of the sample")


def _run(scope: PairScope, generator: Generator, direction: _Direction) -> tuple[Index, Array]:
    """Return the number of pairs of each outer neuron, and the inner neurons in aligned memory."""
    counts, parts = np.zeros(direction.n_outer, dtype=np.int64), []
    for rows, outer, iterator in _candidates(scope, generator.range, direction):
        kept, inner = _valid(scope, generator, direction, outer, iterator)
        counts[rows] = np.bincount(kept - rows.start, minlength=rows.stop - rows.start)
        parts.append(inner.astype(np.int32))
        _check_room(scope, counts.sum())
    return counts, joined(parts)


def _candidates(
    scope: PairScope, over: Range | None, direction: _Direction
) -> Iterator[tuple[slice, Index, Any]]:
    """Yield blocks of outer neurons, the neurons repeated, and values of the generator's name."""
    everyone = np.arange(direction.n_outer)
    if over is None:
        for rows in _blocks(np.ones(direction.n_outer)):
            yield rows, everyone[rows], None
        return

    nobody = np.zeros(1, dtype=np.int64)

    def values(tree: Tree) -> Any:
        return direction.value(scope, tree, everyone, nobody)

    low, high, step = (values(tree).astype(np.int64) for tree in (over.low, over.high, over.step))
    if (step == 0).any():
        raise ZeroDivisionError(f"the step of the range in '{direction.text}' is 0")
    length = np.maximum(-((low - high) // step), 0)
    if length.max(initial=0) > WIDEST:
        raise IndexError(f"the range in '{direction.text}' has {length.max()} values")
    amount = None if over.amount is None else values(over.amount)
    for rows, offsets, places in _choices(over, length, amount, direction):
        outer = np.repeat(everyone[rows], np.diff(offsets))
        yield rows, outer, low[outer] + step[outer] * places


def _choices(
    over: Range, length: Index, amount: Any, direction: _Direction
) -> Iterator[tuple[slice, Index, Index]]:
    """Yield blocks of rows, their offsets, and the places chosen in the range of each row."""
    if over.chosen == "all":
        for rows in _blocks(length):
            offsets = np.concatenate([[0], np.cumsum(length[rows])])
            yield rows, offsets, np.arange(offsets[-1]) - np.repeat(offsets[:-1], length[rows])
        return
    key = next_draw_key()
    if over.chosen == "p":
        probability = amount.astype(float)
        for rows in _blocks(np.nan_to_num(np.clip(probability, 0.0, 1.0)) * length):
            chosen = sample_rows(probability[rows], length[rows], key, rows.start)
            yield rows, chosen.offsets, chosen.columns.astype(np.int64)
        return
    size = _sample_size(amount, length, direction)
    for rows in _blocks(size):
        chosen = sample_sizes(size[rows], length[rows], key, rows.start)
        yield rows, chosen.offsets, chosen.columns.astype(np.int64)


def _sample_size(amount: Any, length: Index, direction: _Direction) -> Index:
    """Return how many are taken of each range.

    Raises:
        IndexError: A size is negative or larger than the range, and must not be skipped.
    """
    size: Index = amount.astype(np.int64)
    wrong = (size < 0) | (size > length)
    if wrong.any() and not direction.skip:
        k = int(np.flatnonzero(wrong)[0])
        raise IndexError(
            f"cannot sample {size[k]} of {length[k]} values in '{direction.text}'; to take as many "
            "as there are, give skip_if_invalid=True"
        )
    return np.clip(size, 0, length)


def _valid(
    scope: PairScope, generator: Generator, direction: _Direction, outer: Index, iterator: Any
) -> tuple[Index, Index]:
    """Return the candidates which the condition allows, as outer and inner neurons.

    Raises:
        IndexError: An index is out of range and must not be skipped.
    """
    nobody = np.zeros(1, dtype=np.int64)
    inner = _whole(direction.value(scope, generator.element, outer, nobody, iterator))
    condition = generator.condition
    # a variable of a neuron can only be read where there is the neuron
    early = condition is None or scope.reads_variable(condition, direction.inner)
    if early or direction.skip:
        inside = _inside(inner, outer, direction)
        outer, inner = outer[inside], inner[inside]
        iterator = None if iterator is None else iterator[inside]
    if condition is not None:
        keep = direction.value(scope, condition, outer, inner, iterator)
        outer, inner = outer[keep], inner[keep]
        _inside(inner, outer, direction)
    return outer, inner


def _whole(values: Any) -> Index:
    """Return values as integers, cut off; NaN becomes -1, which is no index."""
    if values.dtype.kind == "f":
        values = np.clip(np.nan_to_num(values, nan=-1.0), -(2.0**62), 2.0**62)
    whole: Index = values.astype(np.int64)
    return whole


def _inside(inner: Index, outer: Index, direction: _Direction) -> Array:
    """Return which indices are in range.

    Raises:
        IndexError: One is not, and must not be skipped.
    """
    inside: Array = (inner >= 0) & (inner < direction.n_inner)
    if not direction.skip and not inside.all():
        k = int(np.flatnonzero(~inside)[0])
        here, there = ("i", "j") if direction.mirrored else ("j", "i")
        raise IndexError(
            f"'{direction.text}' gives {here} = {inner[k]} for {there} = {outer[k]}, but that group "
            f"has {direction.n_inner} elements; to leave such pairs out, give skip_if_invalid=True"
        )
    return inside


# --------------------------------------------------------------------------- several synapses a pair


def _repeated(scope: PairScope, pairs: Pairs, n: Any) -> Pairs:
    """Return pairs with each repeated n times, one behind the other; a negative string counts 0."""
    pre, post = pairs
    if not isinstance(n, str):
        if n == 1:
            return pairs
        if n < 0:
            raise ValueError(f"there cannot be {n} synapses per pair")
        _check_room(scope, len(post) * int(n))
        count = np.full(len(post), int(n))
    else:
        tree = _parsed_number(scope, n, "the number n of synapses per pair")
        sources = pre.written_out() if isinstance(pre, SourceRows) else pre
        value = _pairwise(scope, tree, sources, post)
        count = np.maximum(value, 0)
        _check_room(scope, count.sum())
    if not isinstance(pre, SourceRows):
        return np.repeat(pre, count), repeated(post, count)
    ends = np.concatenate([[0], np.cumsum(count)])
    return SourceRows(ends[pre.offsets]), repeated(post, count)
