"""Which pairs `Synapses.connect` makes.

    connect()                       all pairs
    connect('i != j')               pairs for which a condition holds
    connect(p=0.1)                  each pair with a probability; with a condition, those it allows
    connect(i=[0, 1], j=[5, 6])     given pairs, in this order
    connect(j='i')                  for each source one target (or i='j' the other way round)
    ...(n=2)                        several synapses per pair

All forms but the last two run over sources, then targets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..codegen import random as philox
from ..equations import Function, NameInfo, check_condition, dimension_of, parse_expression
from ..equations.tree import Tree, names_in
from ..errors import BrianObjectException, UnknownNameError
from ..units.dimensions import DIMENSIONLESS, DimensionMismatchError
from .evaluate import evaluate
from .group import Evaluation
from .namespace import caller_namespace
from .randomness import next_draw_key
from .variables import Array, ArrayVariable, ClockVariable, SizeVariable

if TYPE_CHECKING:
    from .synapses import Synapses

Pairs = tuple[Array, Array]

# pairs looked at in one go by conditions: bounds the memory of temporaries
_BLOCK = 2**20


def connect_pairs(
    synapses: Synapses,
    condition: Any,
    i: Any,
    j: Any,
    p: Any,
    n: Any,
    skip_if_invalid: bool,
    namespace: Mapping[str, Any] | None,
    level: int,
) -> Pairs:
    """Return the sources and targets of new synapses; see `Synapses.connect`."""
    names = caller_namespace(level) if namespace is None else namespace
    scope = PairScope(synapses, names)
    if condition is not None and (i is not None or j is not None):
        raise ValueError("give either a condition or i and j, not both")
    if isinstance(condition, str) and " for " in condition:
        raise ValueError(
            "a generator such as 'k for k in range(3)' is given as j=, not as condition"
        )
    if condition is False:
        return _none()
    if condition is not None and condition is not True and not isinstance(condition, str):
        raise TypeError(f"the condition must be a string or a bool, not {type(condition).__name__}")
    try:
        if i is None and j is None:
            pairs = _by_condition(scope, condition if isinstance(condition, str) else None, p)
        elif isinstance(i, str) or isinstance(j, str):
            pairs = _by_expression(scope, i, j, p, skip_if_invalid=skip_if_invalid)
        else:
            if skip_if_invalid:
                raise ValueError("skip_if_invalid needs i or j given as a string")
            pairs = _by_arrays(scope, i, j, p)
        return _repeated(scope, pairs, n)
    except (KeyError, DimensionMismatchError, IndexError) as error:
        if i is not None and not isinstance(i, str) and not isinstance(j, str):
            raise
        raise BrianObjectException(
            f"cannot connect '{synapses.name}': {error}", synapses.name
        ) from error


def _none() -> Pairs:
    return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)


class PairScope:
    """Names in connect strings, for given arrays of pairs.

    Args:
        synapses: The object that is being connected.
        namespace: External names.
    """

    def __init__(self, synapses: Synapses, namespace: Mapping[str, Any]) -> None:
        self.synapses = synapses
        self.n_pre = len(synapses.source)
        self.n_post = len(synapses.target)
        self.outside = Evaluation(synapses, np.zeros(0, dtype=np.int64), namespace)

    def meaning(self, name: str) -> NameInfo | Function:
        """Return what is known of a name.

        Raises:
            ValueError: The name counts synapses, which are just being made.
        """
        if name in {"N_incoming", "N_outgoing"}:
            raise ValueError(f"'{name}' cannot be used to make synapses: it depends on them")
        return self.outside.meaning(name)

    def value(self, tree: Tree, pre: Array, post: Array | None) -> Any:
        """Return the value of an expression for pairs; `post` is None for one value per source."""

        def lookup(name: str) -> Any:
            if name == "i":
                return pre
            if name == "j" and post is not None:
                return post
            return self._lookup(name, pre, post)

        elements = pre.astype(np.int64) * self.n_post + (0 if post is None else post)
        return evaluate(tree, lookup, elements, self.outside.functions(tree))

    def _lookup(self, name: str, pre: Array, post: Array | None) -> Any:
        synapses = self.synapses
        found = synapses.find(name)
        if found is None:
            return self.outside.lookup(name)
        owner, variable = found
        if isinstance(variable, SizeVariable):
            return owner.size_value(variable.name)
        if isinstance(variable, ClockVariable):
            return owner.clock_value(variable.name)
        if isinstance(variable, ArrayVariable) and variable.scalar:
            return variable.values[0]
        side = synapses.side_of(name)
        if side == "synaptic" or (side == "post" and post is None):
            raise UnknownNameError(f"'{name}' cannot be used to make synapses")
        neurons = pre if side == "pre" else post
        assert neurons is not None  # noqa: S101 - refused above
        return owner.element_values(variable.name, neurons, Evaluation(owner, neurons, {}))

    def number(self, value: Any, what: str) -> Tree:
        """Return a number or a dimensionless string as a tree."""
        tree = parse_expression(value if isinstance(value, str) else repr(float(value)), what)
        found = dimension_of(tree, self.meaning)
        if found is not DIMENSIONLESS:
            raise DimensionMismatchError(f"{what} must be a plain number", found)
        return tree

    def condition(self, text: str) -> Tree:
        """Return a condition as a tree.

        Raises:
            TypeError: It is no condition.
        """
        tree = parse_expression(text, f"condition of '{self.synapses.name}'")
        check_condition(tree, self.meaning)
        return tree


def _by_condition(scope: PairScope, condition: str | None, p: Any) -> Pairs:
    probability = scope.number(p, "the probability p")
    sources = np.arange(scope.n_pre, dtype=np.int32)
    if names_in(probability) <= {"i"} | _presynaptic(scope, probability):
        per_source = np.broadcast_to(
            np.asarray(scope.value(probability, sources, None), dtype=float), (scope.n_pre,)
        )
        candidates = sample_pairs(per_source, scope.n_post, next_draw_key)
        thinned = None
    else:
        candidates = sample_pairs(np.ones(scope.n_pre), scope.n_post, next_draw_key)
        thinned = probability
    tree = None if condition is None else scope.condition(condition)
    if tree is None and thinned is None:
        return _joined(candidates)
    return _joined(_filtered(scope, candidates, tree, thinned))


def _presynaptic(scope: PairScope, tree: Tree) -> set[str]:
    """Return the names in an expression that have one value per source, or one for all."""
    names = set()
    for name in names_in(tree):
        found = scope.synapses.find(name)
        if found is None or found[1].scalar or scope.synapses.side_of(name) == "pre":
            names.add(name)
    return names - {"j"}


def _filtered(
    scope: PairScope, candidates: Iterator[Pairs], tree: Tree | None, thinned: Tree | None
) -> Iterator[Pairs]:
    for pre, post in candidates:
        keep = np.ones(len(pre), dtype=bool)
        if tree is not None:
            keep &= scope.value(tree, pre, post)
        if thinned is not None:
            elements = pre.astype(np.int64) * scope.n_post + post
            chance = scope.value(thinned, pre, post)
            keep &= philox.uniform(next_draw_key(), elements, 0) < chance
        yield pre[keep], post[keep]


def _joined(pairs: Iterator[Pairs]) -> Pairs:
    parts = list(pairs)
    if not parts:
        return _none()
    pre = np.concatenate([part[0] for part in parts])
    return pre, np.concatenate([part[1] for part in parts])


def sample_pairs(probability: Array, n_post: int, key: Any) -> Iterator[Pairs]:
    """Yield pairs, source by source, each present with the probability of its source.

    The gaps between chosen targets are geometric, so the cost is that of the pairs chosen.

    Args:
        probability: One per source.
        n_post: Number of targets.
        key: Function that gives the key of a new stream of random numbers.
    """
    if (probability >= 1).all():
        rows = max(_BLOCK // max(n_post, 1), 1)
        for start in range(0, len(probability), rows):
            stop = min(start + rows, len(probability))
            pre = np.repeat(np.arange(start, stop, dtype=np.int32), n_post)
            yield pre, np.tile(np.arange(n_post, dtype=np.int32), stop - start)
        return
    if len(probability) and (probability == probability[0]).all():
        if probability[0] > 0:
            yield from _sample_grid(float(probability[0]), len(probability), n_post, key())
        return
    stream = key()
    for source, chance in enumerate(probability):
        if chance <= 0:
            continue
        if chance >= 1:
            targets = np.arange(n_post, dtype=np.int32)
        else:
            targets = _gaps(chance, n_post, stream, source << 32)
        yield np.full(len(targets), source, dtype=np.int32), targets.astype(np.int32)


def _sample_grid(p: float, n_pre: int, n_post: int, key: int) -> Iterator[Pairs]:
    """Yield pairs of the grid n_pre x n_post, each with probability p, in blocks."""
    total, place, drawn = n_pre * n_post, -1, 0
    while place < total:
        gaps = _geometric(p, key, drawn, _BLOCK)
        drawn += _BLOCK
        places = place + np.cumsum(gaps)
        place = int(places[-1])
        places = places[places < total]
        pre, post = np.divmod(places, n_post)
        yield pre.astype(np.int32), post.astype(np.int32)


def _gaps(p: float, n: int, key: int, first: int) -> Array:
    """Return the chosen ones among n, each with probability p."""
    size = int(n * p + 10 * np.sqrt(n * p) + 20)
    places = np.cumsum(_geometric(p, key, first, size)) - 1
    while places[-1] < n:
        first += size
        places = np.concatenate([places, places[-1] + np.cumsum(_geometric(p, key, first, size))])
    return places[places < n]


def _geometric(p: float, key: int, first: int, n: int) -> Array:
    """Return n distances to the next success of trials with probability p, at least 1."""
    u = 1.0 - philox.uniform(key, np.arange(first, first + n), 0)  # in (0, 1]
    gaps: Array = np.floor(np.log(u) / np.log1p(-p))
    return np.minimum(gaps, 2.0**62).astype(np.int64) + 1


def _by_arrays(scope: PairScope, i: Any, j: Any, p: Any) -> Pairs:
    if i is None or j is None:
        raise ValueError("give both i and j as integers, or one of them as a string")
    sides = []
    for values, n, name in ((i, scope.n_pre, "i"), (j, scope.n_post, "j")):
        array = np.asarray(values)
        if array.dtype.kind not in "iu" and array.size:
            raise TypeError(f"{name} must be integers, not {array.dtype}")
        if array.size and (array.min() < 0 or array.max() >= n):
            bad = array.min() if array.min() < 0 else array.max()
            raise IndexError(f"{name} contains {bad}, but that group has {n} elements")
        sides.append(array)
    pre, post = np.broadcast_arrays(*sides)
    pre, post = pre.ravel().astype(np.int32), post.ravel().astype(np.int32)
    return _thinned(scope, (pre, post), p)


def _thinned(scope: PairScope, pairs: Pairs, p: Any) -> Pairs:
    tree = scope.number(p, "the probability p")
    pre, post = pairs
    chance = np.asarray(scope.value(tree, pre, post), dtype=float)
    if (chance >= 1).all():
        return pairs
    keep = philox.uniform(next_draw_key(), np.arange(len(pre)), 0) < chance
    return pre[keep], post[keep]


def _by_expression(scope: PairScope, i: Any, j: Any, p: Any, *, skip_if_invalid: bool) -> Pairs:
    if i is not None and j is not None:
        raise TypeError("a string for i or j stands alone: the other one runs over all elements")
    text, mirrored = (j, False) if i is None else (i, True)
    if " for " in text:
        raise NotImplementedError(
            "generators ('... for k in range(...)') are not implemented yet; give i and j as arrays"
        )
    text, _, condition = text.partition(" if ")
    n_outer, n_inner = (scope.n_post, scope.n_pre) if mirrored else (scope.n_pre, scope.n_post)
    outer = np.arange(n_outer, dtype=np.int32)
    tree = scope.number(text, "the index")
    if mirrored:
        inner = scope.value(tree, np.zeros_like(outer), outer)
    else:
        inner = scope.value(tree, outer, None)
    inner = np.broadcast_to(inner, outer.shape)
    if condition:
        wanted = _allowed(scope, condition, outer, mirrored=mirrored)
        outer, inner = outer[wanted], inner[wanted]
    if inner.dtype.kind == "f" and (inner != np.floor(inner)).any():
        raise TypeError(f"'{text}' must give integers")
    inner = inner.astype(np.int64)
    valid = (inner >= 0) & (inner < n_inner)
    if not valid.all():
        if not skip_if_invalid:
            bad = inner[~valid][0]
            raise IndexError(
                f"'{text}' gives {bad}, but that group has {n_inner} elements; to leave such pairs "
                "out, give skip_if_invalid=True"
            )
        outer, inner = outer[valid], inner[valid]
    inner = inner.astype(np.int32)
    return _thinned(scope, (inner, outer) if mirrored else (outer, inner), p)


def _allowed(scope: PairScope, condition: str, outer: Array, *, mirrored: bool) -> Array:
    """Return for which elements of the side that is run over a condition holds."""
    tree = scope.condition(condition)
    value = (
        scope.value(tree, np.zeros_like(outer), outer)
        if mirrored
        else scope.value(tree, outer, None)
    )
    return np.broadcast_to(value, outer.shape)


def _repeated(scope: PairScope, pairs: Pairs, n: Any) -> Pairs:
    if isinstance(n, int) and n == 1:
        return pairs
    tree = scope.number(n, "the number n of synapses per pair")
    pre, post = pairs
    count = np.broadcast_to(np.asarray(scope.value(tree, pre, post)).astype(np.int64), pre.shape)
    return np.repeat(pre, count), np.repeat(post, count)
