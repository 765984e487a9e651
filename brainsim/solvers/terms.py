"""Building and taking apart arithmetic trees.

Input: trees. Output: trees, in which zeros, ones and double signs are gone. Does not: reorder the
user's arithmetic; only what the solvers add themselves is tidied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainsim.equations.tree import Binary, Call, Name, Number, Tree, Unary, children, names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

ZERO = Number(0)
ONE = Number(1)
DT = Name("dt")
TIME = Name("t")

# derivative zero almost everywhere: constant while another variable moves a little
_PIECEWISE_CONSTANT = frozenset({"int", "sign", "floor", "ceil", "timestep"})


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


def linear_form(
    tree: Tree, names: Collection[str], *, piecewise_constant: bool = False
) -> LinearForm:
    """Return the coefficient of each name and the rest.

    Args:
        tree: Any expression.
        names: The names in which it should be linear.
        piecewise_constant: Whether `int(v > 0)` and the like count as constants, although they
            read a name.

    Raises:
        NonLinearError: It is not linear.
    """

    def form(tree: Tree) -> LinearForm:
        return linear_form(tree, names, piecewise_constant=piecewise_constant)

    def free(tree: Tree) -> bool:
        return _is_free(tree, names, piecewise_constant)

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


def _is_free(tree: Tree, names: Collection[str], piecewise_constant: bool) -> bool:
    if not piecewise_constant:
        return names_in(tree).isdisjoint(names)
    match tree:
        case Call() if tree.function in _PIECEWISE_CONSTANT:
            return True
        case Name():
            return tree.name not in names
        case _:
            return all(_is_free(child, names, True) for child in children(tree))


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
