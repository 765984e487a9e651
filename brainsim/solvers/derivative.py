"""Derivatives of trees.

Input: a tree and a name. Output: a tree. Does not: simplify beyond zeros and ones, or approximate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainsim.equations.tree import (
    Binary,
    Call,
    Compare,
    Name,
    Number,
    Tree,
    Unary,
    names_in,
    to_text,
)
from brainsim.errors import ArgumentTypeError, Diagnostic

from .terms import ONE, ZERO, linear_coefficients, minus, negated, over, plus, times

if TYPE_CHECKING:
    from collections.abc import Callable

_TWO = Number(2)
_HALF = Number(0.5)


def linearised(tree: Tree, name: str) -> tuple[Tree, Tree]:
    """Return slope and intercept of the tangent: `tree` is about `slope*name + intercept`.

    Args:
        tree: An expression.
        name: The variable; the tangent touches at its present value.

    Raises:
        TypeError: There is no derivative.
    """
    form = linear_coefficients(tree, {name})
    if form is not None:
        return form[0].get(name, ZERO), form[1]
    slope = derivative(tree, name)
    return slope, minus(tree, times(slope, Name(name)))


def derivative(tree: Tree, name: str) -> Tree:
    """Return the derivative of an expression; other names count as constants.

    `int(...)` has the derivative zero, which it has everywhere but where it jumps.

    Args:
        tree: An expression.
        name: The variable.

    Raises:
        TypeError: There is no derivative.
    """

    def of(tree: Tree) -> Tree:
        return derivative(tree, name)

    if name not in names_in(tree):
        return ZERO
    match tree:
        case Name():
            return ONE
        case Unary("+", operand):
            return of(operand)
        case Unary("-", operand):
            return negated(of(operand))
        case Binary("+", left, right):
            return plus(of(left), of(right))
        case Binary("-", left, right):
            return minus(of(left), of(right))
        case Binary("*", left, right):
            return plus(times(of(left), right), times(left, of(right)))
        case Binary("/", left, right):
            return minus(over(of(left), right), times(over(tree, right), of(right)))
        case Binary("**", base, exponent):
            return _of_power(tree, base, exponent, of)
        case Call("int", _):
            return ZERO
        case Call(function, (arg,)) if function in _FUNCTIONS:
            return times(_FUNCTIONS[function](arg), of(arg))
        case _:
            raise ArgumentTypeError(
                Diagnostic(
                    f"'{to_text(tree)}' has no derivative with respect to {name}",
                    tree.span,
                    help=f"write it with functions that are smooth in {name}, such as exp, tanh "
                    "or exprel, or compute it in a subexpression flagged (constant over dt)",
                )
            )


def _of_power(tree: Tree, base: Tree, exponent: Tree, of: Callable[[Tree], Tree]) -> Tree:
    # a base with units has a literal exponent, which stays one
    slope = times(times(exponent, _power(base, _one_less(exponent))), of(base))
    growth = of(exponent)
    if growth == ZERO:
        return slope
    return plus(slope, times(times(tree, Call("log", (base,))), growth))


def _one_less(exponent: Tree) -> Tree:
    match exponent:
        case Number(value) if not isinstance(value, bool):
            return Number(value - 1)
        case Unary("-", Number(value)) if not isinstance(value, bool):
            return Unary("-", Number(value + 1))
        case _:
            return Binary("-", exponent, ONE)


def _power(base: Tree, exponent: Tree) -> Tree:
    match exponent:
        case Number(0):
            return ONE
        case Number(1):
            return base
        case _:
            return Binary("**", base, exponent)


# ------------------------------------------------------------------- derivatives of the functions


def _call(function: str) -> Callable[[Tree], Tree]:
    return lambda x: Call(function, (x,))


def _one_minus_square(x: Tree) -> Tree:
    return Binary("-", ONE, Binary("**", x, _TWO))


def _inverse_of(function: Callable[[Tree], Tree]) -> Callable[[Tree], Tree]:
    return lambda x: Binary("/", ONE, function(x))


def _of_exprel(x: Tree) -> Tree:
    """Return exprel'(x) = exprel(x) (1 + L(x/2))/2, with Langevin's L(y) = coth(y) - 1/y.

    Near 0, where coth and 1/y cancel, L is its series y/3 - y**3/45 + 2 y**5/945.
    """
    y = times(_HALF, x)
    near = Call("int", (Compare("<", Call("abs", (y,)), Number(0.01)),))
    # the other formula is evaluated near 0, too, but not at its pole
    z = plus(y, near)
    far = minus(over(ONE, Call("tanh", (z,))), over(ONE, z))
    square = times(y, y)
    inner = minus(over(ONE, Number(45)), times(over(_TWO, Number(945)), square))
    series = times(y, minus(over(ONE, Number(3)), times(square, inner)))
    langevin = plus(times(near, series), times(Binary("-", ONE, near), far))
    return times(_HALF, times(Call("exprel", (x,)), plus(ONE, langevin)))


def _root_of_one_minus_square(x: Tree) -> Tree:
    return Call("sqrt", (_one_minus_square(x),))


_FUNCTIONS: dict[str, Callable[[Tree], Tree]] = {
    "exp": _call("exp"),
    "expm1": _call("exp"),
    "exprel": _of_exprel,
    "log": lambda x: over(ONE, x),
    "log10": lambda x: over(ONE, times(x, Call("log", (Number(10),)))),
    "log1p": lambda x: over(ONE, Binary("+", ONE, x)),
    "sqrt": lambda x: over(_HALF, Call("sqrt", (x,))),
    "sin": _call("cos"),
    "cos": lambda x: negated(Call("sin", (x,))),
    "tan": lambda x: Binary("+", ONE, Binary("**", Call("tan", (x,)), _TWO)),
    "sinh": _call("cosh"),
    "cosh": _call("sinh"),
    "tanh": lambda x: _one_minus_square(Call("tanh", (x,))),
    "arcsin": _inverse_of(_root_of_one_minus_square),
    "arccos": lambda x: negated(_inverse_of(_root_of_one_minus_square)(x)),
    "arctan": lambda x: over(ONE, Binary("+", ONE, Binary("**", x, _TWO))),
}
