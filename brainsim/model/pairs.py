"""Expressions in `connect`: what names mean there, and their values for pairs of neurons.

`i` and `j` are the indices of the source and the target, `x_pre` and `x_post` variables of theirs;
a bare `x` is one of the target. Nothing that belongs to single synapses can be used, because the
synapses are just being made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..equations import (
    DEFAULT_FUNCTIONS,
    Function,
    NameInfo,
    check_condition,
    check_dimension,
    kind_of,
)
from ..equations.tree import Name, Tree, functions_in, names_in, walk
from ..errors import ArgumentTypeError, Diagnostic, ModelTextError
from ..logger import get_logger
from ..units import Quantity
from ..units.dimensions import DIMENSIONLESS
from .evaluate import RANDOM_FUNCTIONS, Evaluation, evaluate
from .group import Group
from .memory import check_synapses
from .namespace import External
from .rows import target_type
from .synaptic_model import COMPUTED
from .variables import Array, ArrayVariable

logger = get_logger(__name__)

Index = npt.NDArray[np.int64]

_PARTNERS = {"i": "pre", "j": "post"}


class PairDependencyError(ModelTextError, ValueError):
    """A part of a connect string that depends on what it is to decide."""


class PairNames(Mapping[str, NameInfo | Function]):
    """The meanings of names in connect strings.

    Args:
        synapses: The Synapses object that is being connected.
        outside: Looks up external names.
        iterator: Name that a generator runs over a range.
    """

    def __init__(self, synapses: Group, outside: Evaluation, iterator: str | None) -> None:
        self.synapses, self.outside, self.iterator = synapses, outside, iterator

    def __getitem__(self, name: str) -> NameInfo | Function:
        if name == self.iterator:
            return NameInfo(DIMENSIONLESS, "integer")
        info = self.outside.meaning(name)
        found = self.outside.external(name) if self.synapses.find(name) is None else None
        if isinstance(found, External) and type(found.value) is int and isinstance(info, NameInfo):
            return replace(info, kind="integer")
        return info

    def __iter__(self) -> Iterator[str]:
        synapses: Any = self.synapses
        yield from ("i", "j", *([self.iterator] if self.iterator else []))
        yield from (f"{name}_pre" for name in synapses.source.variables)
        yield from (f"{name}_post" for name in synapses.target.variables)
        for namespace in (self.outside.group.namespace, self.outside.namespace):
            yield from (k for k, v in namespace.items() if isinstance(v, int | float | Quantity))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class PairScope:
    """Checks and evaluates the expressions of one call of `connect`.

    Args:
        synapses: The Synapses object that is being connected.
        namespace: External names.
        iterator: Name that a generator runs over a range.
    """

    def __init__(
        self, synapses: Group, namespace: Mapping[str, Any], iterator: str | None = None
    ) -> None:
        self.synapses: Any = synapses
        self.n_pre, self.n_post = len(self.synapses.source), len(self.synapses.target)
        self.outside = Evaluation(synapses, np.zeros(0, dtype=np.int64), namespace)
        self.iterator = iterator
        self.names = PairNames(synapses, self.outside, iterator)
        self._columns: dict[str, Any] = {}
        self._warned = False

    def check_room(self, new: float, each: int | None = None) -> None:
        """Refuse more synapses than memory can hold, counting their variables.

        Args:
            new: Number of synapses to be added.
            each: Bytes of a synapse besides its variables; by default those of its target.

        Raises:
            MemoryError: There are too many.
        """
        if each is None or len(self.synapses):
            each = np.dtype(target_type(self.n_post)).itemsize
        bytes_of = {"targets": each} if each else {}
        for name, variable in self.synapses.variables.items():
            if isinstance(variable, ArrayVariable) and not variable.scalar and name not in COMPUTED:
                bytes_of[name] = variable.memory.dtype.itemsize
        rows = self.n_pre + self.n_post
        check_synapses(self.synapses.name, len(self.synapses) + new, bytes_of, rows)

    # --------------------------------------------------------------------------------------- checks

    def check_number(self, tree: Tree, what: str) -> None:
        """Refuse what is no plain number.

        Raises:
            DimensionMismatchError: It has a unit.
            PairDependencyError: It depends on the synapses to be made.
            UnknownNameError: A name means nothing.
        """
        self._check_names(tree)
        check_dimension(tree, DIMENSIONLESS, self.names, what)

    def check_integer(self, tree: Tree, what: str) -> None:
        """Refuse what is no integer, such as `N/2`.

        Raises:
            ArgumentTypeError: It is a float or a truth value.
        """
        self.check_number(tree, what)
        if kind_of(tree, self.names) != "integer":
            message, help = f"{what} must be an integer", "write int(...) or a//b"
            raise ArgumentTypeError(Diagnostic(message, tree.span, "", help))

    def check_condition(self, tree: Tree) -> None:
        """Refuse what is no condition.

        Raises:
            ArgumentTypeError: It is a number.
        """
        self._check_names(tree)
        check_condition(tree, self.names)

    def check_independent(self, tree: Tree, sides: frozenset[str], what: str) -> None:
        """Refuse a part that depends on a side that is not decided yet.

        Args:
            tree: The part.
            sides: What it must not depend on, see `side`.
            what: What it is to the user.

        Raises:
            PairDependencyError: It does.
        """
        for node in walk(tree):
            if isinstance(node, Name) and self.side(node.name) in sides:
                message = f"{what} cannot depend on '{node.name}', which is not known yet there"
                help = "put what depends on it into the 'if' at the end"
                raise PairDependencyError(Diagnostic(message, node.span, "", help))

    def _check_names(self, tree: Tree) -> None:
        for node in walk(tree):
            if isinstance(node, Name) and self.side(node.name) == "synaptic":
                message = f"'{node.name}' cannot be used to make synapses: it depends on them"
                raise PairDependencyError(Diagnostic(message, node.span))
        if "N" in names_in(tree) and not self._warned:
            self._warned = True
            logger.warn(
                f"in connect of '{self.synapses.name}' N is the number of synapses that there are, "
                f"{len(self.synapses)}; the numbers of neurons are N_pre and N_post",
                "number_of_synapses",
            )

    # ---------------------------------------------------------------------------------------- names

    def side(self, name: str) -> str:
        """Return "pre", "post", "synaptic", "iterator", or "" for one value for all pairs."""
        if name == self.iterator:
            return "iterator"
        if name in _PARTNERS:
            return _PARTNERS[name]
        found = self.synapses.find(name)
        if found is None or found[1].scalar:
            return ""
        side: str = self.synapses.side_of(name)
        return side

    def sides(self, tree: Tree) -> frozenset[str]:
        """Return the sides that the value of an expression depends on, besides "": see `side`.

        A random number makes it depend on both.
        """
        found = {self.side(name) for name in names_in(tree)} - {""}
        if functions_in(tree) & RANDOM_FUNCTIONS:
            found |= {"pre", "post"}
        return frozenset(found)

    def reads_variable(self, tree: Tree, side: str) -> bool:
        """Return whether an expression needs a variable of a side, not just its index."""
        return any(self.side(name) == side for name in names_in(tree) - set(_PARTNERS))

    # --------------------------------------------------------------------------------------- values

    def value(
        self,
        tree: Tree,
        pre: Array,
        post: Array,
        iterator: Any = None,
        elements: Array | None = None,
    ) -> Any:
        """Return the value of an expression for pairs, of a shape that broadcasts with theirs.

        Args:
            tree: The expression, checked before.
            pre: Sources, int64.
            post: Targets, int64, of a shape that broadcasts with that of `pre`.
            iterator: Value of the name that runs over a range.
            elements: Numbers which random numbers depend on; by default one per pair.
        """
        called = self.outside.functions(tree)
        own = {name: code for name, code in called.items() if name not in DEFAULT_FUNCTIONS}
        shape = np.broadcast_shapes(pre.shape, post.shape)
        if own and len(shape) > 1:
            # a function of the user may not expect arrays that broadcast
            pre, post = (np.broadcast_to(side, shape).ravel() for side in (pre, post))
        numbered = any(function.auto_vectorise for function in own.values())
        if elements is None and (numbered or functions_in(tree) & RANDOM_FUNCTIONS):
            elements = pre * self.n_post + post
        fixed = {"i": pre, "j": post}
        if self.iterator is not None:
            fixed[self.iterator] = iterator

        def lookup(name: str) -> Any:
            return fixed[name] if name in fixed else self._lookup(name, pre, post)

        value = evaluate(tree, lookup, elements, own)
        return np.reshape(value, shape) if own and np.size(value) > 1 else value

    def _lookup(self, name: str, pre: Array, post: Array) -> Any:
        if self.synapses.find(name) is None:
            return self.outside.lookup(name)
        side = self.synapses.side_of(name)
        if side == "synaptic":
            return self.outside.lookup(name)
        column = self._column(name, side)
        if np.ndim(column) == 0:
            return column
        return column[pre if side == "pre" else post]

    def _column(self, name: str, side: str) -> Any:
        """Return the values of a variable for all neurons of a side."""
        if name not in self._columns:
            group = self.synapses.source if side == "pre" else self.synapses.target
            bare = name.removesuffix(f"_{side}")
            if bare not in group.variables:
                bare = name
            everyone = np.arange(len(group))
            context = Evaluation(group, everyone, self.outside.namespace)
            self._columns[name] = group.element_values(bare, everyone, context)
        return self._columns[name]


def whole(values: Array) -> Index:
    """Return values as integers, cut off towards zero; NaN becomes -1, which is no index."""
    if values.dtype.kind == "f":
        values = np.clip(np.nan_to_num(values, nan=-1.0), -(2.0**62), 2.0**62)
    return values.astype(np.int64)
