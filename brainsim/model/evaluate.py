"""Expressions evaluated at once with NumPy: string assignments, string indices, connect strings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

    def value(node: Tree) -> Any:
        match node:
            case Number():
                return node.value
            case Name():
                return lookup(node.name)
            case Unary(op="not"):
                return np.logical_not(value(node.operand))
            case Unary(op="-"):
                return np.negative(value(node.operand))
            case Unary():
                return value(node.operand)
            case Binary(op="**"):
                return _power(value(node.left), value(node.right))
            case Binary():
                return _BINARY[node.op](value(node.left), value(node.right))
            case Compare():
                return _COMPARE[node.op](value(node.left), value(node.right))
            case Logic(op="and"):
                return np.logical_and(value(node.left), value(node.right))
            case Logic():
                return np.logical_or(value(node.left), value(node.right))
            case Call(function=name) if name in RANDOM_FUNCTIONS:
                args = tuple(value(arg) for arg in node.args)
                return draw(name, next_draw_key(), elements, args)
            case Call(function=name):
                args = tuple(value(arg) for arg in node.args)
                known = functions or DEFAULT_FUNCTIONS
                function = known[name] if name in known else DEFAULT_FUNCTIONS[name]
                if function.auto_vectorise:
                    args = (*args, np.asarray(elements))
                return function.numpy(*args)

    with np.errstate(all="ignore"):
        return value(tree)


def _power(base: Any, exponent: Any) -> Any:
    both = np.result_type(base, exponent)
    if both.kind in "iu" and np.any(np.asarray(exponent) < 0):
        return np.power(np.asarray(base, dtype=float), exponent)
    return np.power(base, exponent)
