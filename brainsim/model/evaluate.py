"""Expressions evaluated at once with NumPy: string assignments, string indices, connect strings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..equations import DEFAULT_FUNCTIONS, Function
from ..equations.tree import Binary, Call, Compare, Logic, Name, Number, Tree, Unary
from .randomness import draw, next_draw_key

RANDOM_FUNCTIONS = frozenset({"rand", "randn", "poisson"})

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.true_divide,
    "//": np.floor_divide,
    "%": np.mod,
}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def evaluate(
    tree: Tree,
    lookup: Callable[[str], Any],
    elements: Any,
    functions: Mapping[str, Function] | None = None,
) -> Any:
    """Return the value of an expression in base units.

    Args:
        tree: The expression, checked before.
        lookup: Value of a name: a number, or an array with one value per element.
        elements: int array: the numbers of the elements, which random numbers depend on.
        functions: By name, those that the language does not define.

    Raises:
        KeyError: A function is unknown.
    """
    with np.errstate(all="ignore"):
        return _Evaluator(lookup, elements, functions).value(tree)


@dataclass(frozen=True, slots=True, eq=False)
class _Evaluator:
    """The arguments of `evaluate`.

    A class, because a function that calls itself from within another keeps all its arrays alive
    until the garbage collector comes.
    """

    lookup: Callable[[str], Any]
    elements: Any
    functions: Mapping[str, Function] | None

    def value(self, node: Tree) -> Any:
        match node:
            case Number():
                return node.value
            case Name():
                return self.lookup(node.name)
            case Unary(op="not"):
                return np.logical_not(self.value(node.operand))
            case Unary(op="-"):
                return np.negative(self.value(node.operand))
            case Unary():
                return self.value(node.operand)
            case Binary(op="**"):
                return _power(self.value(node.left), self.value(node.right))
            case Binary():
                return _BINARY[node.op](self.value(node.left), self.value(node.right))
            case Compare():
                return _COMPARE[node.op](self.value(node.left), self.value(node.right))
            case Logic(op="and"):
                return np.logical_and(self.value(node.left), self.value(node.right))
            case Logic():
                return np.logical_or(self.value(node.left), self.value(node.right))
            case Call():
                return self._call(node)

    def _call(self, call: Call) -> Any:
        args = tuple(self.value(arg) for arg in call.args)
        if call.function in RANDOM_FUNCTIONS:
            return draw(call.function, next_draw_key(), self.elements, args)
        known = self.functions or DEFAULT_FUNCTIONS
        function = known.get(call.function) or DEFAULT_FUNCTIONS[call.function]
        if function.auto_vectorise:
            args = (*args, np.asarray(self.elements))
        return function.numpy(*args)


def _power(base: Any, exponent: Any) -> Any:
    both = np.result_type(base, exponent)
    if both.kind in "iu" and np.any(np.asarray(exponent) < 0):
        return np.power(np.asarray(base, dtype=float), exponent)
    return np.power(base, exponent)
