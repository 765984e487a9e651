"""Pairs that a generator makes: `connect(j='k for k in range(i - 3, i + 4) if k != i')`.

Input: the text of a generator (see `generators`). Output: sources and targets. With j= a generator
runs over the sources, the outer neurons, and gives for each of them some targets, the inner ones;
with i= it is the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..equations.tree import Name, Number, Tree, functions_in
from ..errors import BrianObjectException
from ..records import dataclass
from .evaluate import RANDOM_FUNCTIONS
from .generators import Generator, Range, parse_generator
from .group import Group
from .pairs import PairScope, whole
from .randomness import next_draw_key
from .rows import Intervals, SourceRows, Sources, Targets, as_rows, target_type
from .sampling import (
    WIDEST,
    Gathered,
    Index,
    blocks,
    clipped,
    expected,
    repeated,
    sample_rows,
    sample_sizes,
)
from .variables import Array

Pairs = tuple[Sources, Targets]

_POST_AND_NAME = frozenset({"post", "iterator"})
_PRE_AND_NAME = frozenset({"pre", "iterator"})


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
        # several candidates may be the same pair, but each draws random numbers of its own
        value = scope.value(tree, pre, post, iterator, np.arange(len(outer)))
        return np.broadcast_to(value, outer.shape)


def generated_pairs(
    synapses: Group, names: Mapping[str, Any], i: Any, j: Any, *, skip_if_invalid: bool
) -> Pairs:
    """Return the sources and targets that a generator makes.

    Args:
        synapses: The Synapses object.
        names: External names.
        i: A generator of sources for each target, or None.
        j: A generator of targets for each source, or None.
        skip_if_invalid: Leave out indices out of range, instead of refusing them.

    Raises:
        BrianObjectException: From an IndexError, where it gives an index out of range.
        TypeError, ValueError, SyntaxError, KeyError: It cannot be understood.
        MemoryError: The synapses would not fit into memory.
    """
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
    kind = target_type(scope.n_post)
    if mirrored:
        pairs: Pairs = inner, repeated(np.arange(scope.n_post, dtype=kind), counts)
    else:
        pairs = SourceRows.of_counts(counts), inner
    return pairs if _is_random(generator) else _consecutive(pairs, scope.n_pre)


def _is_random(generator: Generator) -> bool:
    """Return whether the pairs are drawn, so that the form they have is none that they keep."""
    drawn = generator.range is not None and generator.range.chosen != "all"
    trees = [generator.element, *([generator.condition] if generator.condition else [])]
    return drawn or any(functions_in(tree) & RANDOM_FUNCTIONS for tree in trees)


def _consecutive(pairs: Pairs, n_pre: int) -> Pairs:
    """Return pairs without a list of targets, where those of each source are consecutive."""
    sources, targets = as_rows(pairs[0], n_pre), pairs[1]
    if not isinstance(sources, SourceRows) or isinstance(targets, Intervals):
        return sources, targets
    return sources, Intervals.found_in(sources.offsets, targets) or targets


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
        scope.check_independent(tree, direction.unknown, f"the '{what}' of the range")
        scope.check_integer(tree, f"the '{what}' of the range")
    if over.amount is not None:
        scope.check_independent(over.amount, direction.unknown, f"'{over.chosen}' of the sample")
        scope.check_number(over.amount, f"'{over.chosen}' of the sample")


def _run(scope: PairScope, generator: Generator, direction: _Direction) -> tuple[Index, Array]:
    """Return the number of pairs of each outer neuron, and the inner neurons in aligned memory."""
    direct = _columns_as_drawn(scope, generator, direction)
    if direct is not None:
        return direct
    counts = np.zeros(direction.n_outer, dtype=np.int64)
    found = Gathered(np.int32 if direction.mirrored else target_type(direction.n_inner))
    for rows, outer, iterator in _candidates(scope, generator.range, direction):
        kept, inner = _valid(scope, generator, direction, outer, iterator)
        counts[rows] = np.bincount(kept - rows.start, minlength=rows.stop - rows.start)
        found.add(inner)
        scope.check_room(counts.sum())
    return counts, found.columns


def _columns_as_drawn(
    scope: PairScope, generator: Generator, direction: _Direction
) -> tuple[Index, Array] | None:
    """Return the pairs of 'k for k in sample(N_post, ...)' without looking at each of them.

    None for other generators.
    """
    over = generator.range
    plain = over is not None and over.chosen != "all" and generator.condition is None
    if not plain or over is None or generator.element != Name(over.name):
        return None
    if (over.low, over.step) != (Number(0), Number(1)) or functions_in(over.high):
        return None
    everyone, nobody = np.arange(direction.n_outer), np.zeros(1, dtype=np.int64)
    high = direction.value(scope, over.high, everyone, nobody).astype(np.int64)
    length = np.maximum(high, 0)
    if length.max(initial=0) > direction.n_inner or over.amount is None:
        return None
    amount = direction.value(scope, over.amount, everyone, nobody)
    kind = np.int32 if direction.mirrored else target_type(direction.n_inner)
    if over.chosen == "p":
        probability = amount.astype(float)
        scope.check_room(expected(probability, length))
        rows = sample_rows(probability, length, next_draw_key(), dtype=kind)
    else:
        size = _sample_size(amount, length, direction)
        scope.check_room(size.sum())
        rows = sample_sizes(size, length, next_draw_key(), dtype=kind)
    return np.diff(rows.offsets), rows.columns


def _candidates(
    scope: PairScope, over: Range | None, direction: _Direction
) -> Iterator[tuple[slice, Index, Any]]:
    """Yield blocks of outer neurons, the neurons repeated, and values of the generator's name."""
    everyone = np.arange(direction.n_outer)
    if over is None:
        for rows in blocks(np.ones(direction.n_outer)):
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
        for rows in blocks(length):
            offsets = np.concatenate([[0], np.cumsum(length[rows])])
            yield rows, offsets, np.arange(offsets[-1]) - np.repeat(offsets[:-1], length[rows])
        return
    key = next_draw_key()
    if over.chosen == "p":
        probability = amount.astype(float)
        for rows in blocks(clipped(probability) * length):
            chosen = sample_rows(probability[rows], length[rows], key, rows.start)
            yield rows, chosen.offsets, chosen.columns.astype(np.int64)
        return
    size = _sample_size(amount, length, direction)
    for rows in blocks(size):
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
    inner = whole(direction.value(scope, generator.element, outer, nobody, iterator))
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
            f"'{direction.text}' gives {here} = {inner[k]} for {there} = {outer[k]}, but that "
            f"group has {direction.n_inner} elements; to leave such pairs out, give "
            "skip_if_invalid=True"
        )
    return inside
