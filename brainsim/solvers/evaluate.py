"""The value of a tree, in NumPy: the meaning that every other target has to match.

Input: a tree and the values of its names. Output: a number or an array. Does not: check units,
draw random numbers.
"""

from __future__ import annotations

import operator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from brainsim.codegen import npmath
from brainsim.equations import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brainsim.equations.tree import Binary, Call, Compare, Logic, Name, Number, Tree, Unary
from brainsim.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .step import Step

# functions of numbers only, random ones have no value; with the bits that kernels compute, since
# written programs compute the numbers of a run again
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: f.pyfunc for name, f in DEFAULT_FUNCTIONS.items() if f.stateless},
    **{name: getattr(npmath, name) for name in (*npmath.PLAIN, "clip", "timestep")},
    "where": np.where,
}

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": np.true_divide,
    "//": np.floor_divide,
    "%": npmath.mod,
    "**": partial(npmath.power, dtype=np.float64),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "and": np.logical_and,
    "or": np.logical_or,
}


def evaluate(
    tree: Tree,
    values: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]] = FUNCTIONS,
) -> Any:
    """Return the value of a tree.

    Args:
        tree: Any expression.
        values: Numbers or arrays that broadcast together, in base units, per name.
        functions: What is called, per function name.

    Raises:
        InternalError: A name or a function without a value; the caller has to provide them all.
    """
    match tree:
        case Number():
            return tree.value
        case Name():
            if tree.name in values:
                return values[tree.name]
            if tree.name in DEFAULT_CONSTANTS:
                return DEFAULT_CONSTANTS[tree.name]
            raise InternalError(f"the name '{tree.name}' has no value")
        case Unary("-", operand):
            return -evaluate(operand, values, functions)
        case Unary("not", operand):
            return np.logical_not(evaluate(operand, values, functions))
        case Unary(operand=operand):
            return evaluate(operand, values, functions)
        case Binary() | Compare() | Logic():
            left = evaluate(tree.left, values, functions)
            right = evaluate(tree.right, values, functions)
            # floats, so that 10**-3 has a value and integers do not overflow
            return _OPERATORS[tree.op](_as_float(left), _as_float(right))
        case Call():
            if tree.function not in functions:
                raise InternalError(f"the function '{tree.function}' has no implementation")
            return functions[tree.function](
                *(evaluate(arg, values, functions) for arg in tree.args)
            )


def _as_float(value: Any) -> Any:
    return np.asarray(value, dtype=float)[()]


def advance_values(step: Step, values: Mapping[str, Any], dt: float) -> dict[str, Any]:
    """Return the new values of the variables after one step: the reference meaning of a `Step`.

    Args:
        step: The step.
        values: Values of all names it reads, noise included, in base units; not changed.
        dt: Step size in seconds.
    """
    scope = {**values, **step.constants(values, dt), "dt": dt}
    for temporary in step.temporaries:
        scope[temporary.name] = evaluate(temporary.value, scope)
    return {name: evaluate(value, scope) for name, value in step.updates}
