"""Building and taking apart arithmetic trees.

Input: trees. Output: trees, in which zeros, ones and double signs are gone. Does not: reorder the
user's arithmetic; only what the solvers add themselves is tidied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainsim.equations.tree import Binary, Call, Name, Number, Tree, Unary, names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

ZERO = Number(0)
ONE = Number(1)
DT = Name("dt")
TIME = Name("t")


def is_number(tree: Tree, value: float) -> bool:
    """Return whether the tree is this very literal."""
    match tree:
        case Number(value=bool()):
            return False
        case Number():
            return tree.value == value
        case _:
            return False


def is_zero(tree: Tree) -> bool:
    """Return whether the tree is 0 whatever its names mean: `0`, `-0`, `0*x`, `x*0`, `0/x`."""
    match tree:
        case Unary("-" | "+", operand):
            return is_zero(operand)
        case Binary("*", left, right):
            return is_zero(left) or is_zero(right)
        case Binary("/", left, _):
            return is_zero(left)
        case _:
            return is_number(tree, 0)


def negated(tree: Tree) -> Tree:
    """Return `-tree`, without a double sign; the sign of a literal factor changes in place."""
    match tree:
        case Binary("-", left, right):
            return Binary("-", right, left)
        case Binary("/" | "*" as op, Number() as left, right):
            return Binary(op, Unary("-", left), right)
    positive = _without_sign(tree)
    if positive is not None:
        return positive
    return ZERO if is_number(tree, 0) else Unary("-", tree)


def total(terms: Iterable[Tree]) -> Tree:
    """Return the sum, added from left to right; 0 of nothing."""
    result: Tree = ZERO
    for term in terms:
        result = plus(result, term)
    return result


def plus(left: Tree, right: Tree) -> Tree:
    """Return `left + right`."""
    if is_number(left, 0):
        return right
    if is_number(right, 0):
        return left
    positive = _without_sign(right)
    return Binary("+", left, right) if positive is None else Binary("-", left, positive)


def _without_sign(tree: Tree) -> Tree | None:
    """Return what a leading minus stands before, or None without one."""
    match tree:
        case Unary("-", operand):
            return operand
        case Binary("*" | "/" as op, left, right):
            inner = _without_sign(left)
            return None if inner is None else Binary(op, inner, right)
        case _:
            return None


def minus(left: Tree, right: Tree) -> Tree:
    """Return `left - right`."""
    return plus(left, negated(right))


def times(left: Tree, right: Tree) -> Tree:
    """Return `left * right`, with the sign in front: `(-1/tau)*dt` is `-dt/tau`."""
    if is_number(left, 0) or is_number(right, 0):
        return ZERO
    if is_number(left, 1):
        return right
    if is_number(right, 1):
        return left
    match left, right:
        case Unary("-", operand), _:
            return negated(times(operand, right))
        case _, Unary("-", operand):
            return negated(times(left, operand))
        case Binary("/", Number() | Unary("-", Number()) as numerator, denominator), _:
            return Binary("/", times(numerator, right), denominator)
        case _:
            return Binary("*", left, right)


def over(left: Tree, right: Tree) -> Tree:
    """Return `left / right`."""
    if is_number(left, 0):
        return ZERO
    return left if is_number(right, 1) else Binary("/", left, right)


def select(condition: Tree, active: Tree, otherwise: Tree) -> Tree:
    """Return `where(condition, active, otherwise)`, or the value alone when both are the same."""
    return active if active == otherwise else Call("where", (condition, active, otherwise))


class NonLinearError(Exception):
    """A subtree that is not linear in the names asked about; the caller says what that means.

    Args:
        tree: The smallest offending subtree.
    """

    def __init__(self, tree: Tree) -> None:
        super().__init__("not linear")
        self.tree = tree


LinearForm = tuple[dict[str, Tree], Tree]


def linear_coefficients(tree: Tree, names: Collection[str]) -> LinearForm | None:
    """Return a tree as a sum of names times coefficients and a rest; None if it is no such sum.

    Args:
        tree: Any expression.
        names: The names in which it should be linear; names that do not occur have no coefficient.
    """
    try:
        return linear_form(tree, names)
    except NonLinearError:
        return None


def linear_form(tree: Tree, names: Collection[str]) -> LinearForm:
    """Return the coefficient of each name and the rest.

    Args:
        tree: Any expression.
        names: The names in which it should be linear.

    Raises:
        NonLinearError: It is not linear.
    """

    def form(tree: Tree) -> LinearForm:
        return linear_form(tree, names)

    def free(tree: Tree) -> bool:
        return names_in(tree).isdisjoint(names)

    match tree:
        case Name() if tree.name in names:
            return {tree.name: ONE}, ZERO
        case _ if free(tree):
            return {}, tree
        case Unary("-", operand):
            return _each(form(operand), negated)
        case Unary("+", operand):
            return form(operand)
        case Binary("+", left, right):
            return _merged(form(left), form(right))
        case Binary("-", left, right):
            return _merged(form(left), _each(form(right), negated))
        case Binary("*", left, right) if free(left):
            return _each(form(right), lambda part: times(left, part))
        case Binary("*", left, right) if free(right):
            return _each(form(left), lambda part: times(part, right))
        case Binary("/", left, right) if free(right):
            return _each(form(left), lambda part: over(part, right))
        case _:
            raise NonLinearError(tree)


def conditionally_linear_form(tree: Tree, name: str) -> tuple[Tree, Tree]:
    """Return A and B of a right-hand side A x + B, in which both may depend on x by functions.

    `v*exp(v) + tanh(v)` has A = exp(v) and B = tanh(v): a method that holds both during a step
    may read them from the old value. A power of x itself has no such form.

    Args:
        tree: Any expression.
        name: The variable x.

    Raises:
        NonLinearError: A power of the variable, a product of sums that contain it, or A = 0 in
            spite of the variable: `exp(v)` alone.
    """
    own, rest = _own_and_rest(tree, name)
    if is_number(own, 0) and name in names_in(rest):
        raise NonLinearError(rest)
    return own, rest


def _own_and_rest(tree: Tree, name: str) -> tuple[Tree, Tree]:
    if name not in names_in(tree):
        return ZERO, tree

    def form(part: Tree) -> tuple[Tree, Tree]:
        return _own_and_rest(part, name)

    match tree:
        case Name():
            return ONE, ZERO
        case Unary("-", operand):
            own, rest = form(operand)
            return negated(own), negated(rest)
        case Unary("+", operand):
            return form(operand)
        case Binary("+", left, right):
            (own, rest), (other, more) = form(left), form(right)
            return plus(own, other), plus(rest, more)
        case Binary("-", left, right):
            (own, rest), (other, more) = form(left), form(right)
            return plus(own, negated(other)), plus(rest, negated(more))
        case Binary("*", left, right):
            return _product(tree, form(left), form(right))
        case Binary("/", left, right) if right != Name(name):
            own, rest = form(left)
            return (ZERO, tree) if is_number(own, 0) else (over(own, right), over(rest, right))
        case Binary("**", base, _) if is_number(form(base)[0], 0):
            return ZERO, tree
        case Binary("/" | "**"):
            raise NonLinearError(tree)
        case _:
            return ZERO, tree


def _product(tree: Binary, left: tuple[Tree, Tree], right: tuple[Tree, Tree]) -> tuple[Tree, Tree]:
    match is_number(left[0], 0), is_number(right[0], 0):
        case True, True:
            return ZERO, tree
        case True, False:
            return times(tree.left, right[0]), times(tree.left, right[1])
        case False, True:
            return times(left[0], tree.right), times(left[1], tree.right)
        case _:
            raise NonLinearError(tree)


def _each(form: LinearForm, change: Callable[[Tree], Tree]) -> LinearForm:
    coefficients, rest = form
    return {name: change(part) for name, part in coefficients.items()}, (
        rest if is_number(rest, 0) else change(rest)
    )


def _merged(first: LinearForm, second: LinearForm) -> LinearForm:
    coefficients = dict(first[0])
    for name, part in second[0].items():
        coefficients[name] = plus(coefficients.get(name, ZERO), part)
    return coefficients, plus(first[1], second[1])
