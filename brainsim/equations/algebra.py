"""Symbolic algebra: the only module that uses sympy, which is imported at the first need.

Input: trees. Output: trees. Sympy objects are built node by node and read node by node, never from
or through strings. Does not: decide what to solve (see `solvers`).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from ..records import dataclass
from .parse import parse_expression
from .tree import Binary, Call, Name, Number, Tree, Unary, substitute, to_text

if TYPE_CHECKING:
    from types import FrameType

T = TypeVar("T")
Remember = Callable[[str, Callable[[], str]], str]

SECONDS = 5.0  # longest time for one question
_LARGEST_SYSTEM = 6
_LARGEST_EXACT = 2**53  # integers up to here are doubles
_TIME = "_h"

# what sympy may rearrange; a root stays opaque, because the user knows that it is real
_FUNCTIONS = frozenset({"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh"})


class AlgebraError(Exception):
    """There is no symbolic answer, or none in time; the text says why."""


class OutOfTimeError(AlgebraError):
    """No symbolic answer in time; on another day there may be one, so this is not remembered."""


def call_at_once(_key: str, compute: Callable[[], str]) -> str:
    """Compute without remembering: the default for `remember` arguments."""
    return compute()


@dataclass(slots=True)
class Translation:
    """Trees to sympy and back; what sympy need not understand becomes a symbol of its own.

    Args:
        opaque: The subtrees that became symbols, by the name of the symbol.
    """

    opaque: dict[str, Tree] = field(default_factory=dict)

    def to_sympy(self, tree: Tree) -> Any:
        """Return a tree as a sympy expression; all names stand for real numbers other than 0."""
        import sympy

        match tree:
            case Number(value=bool()):
                return self._symbol(tree)
            case Number(value=float(value)) if value not in (float("inf"), float("-inf")):
                exact = Fraction(repr(value))  # 0.1 is a tenth, so that equal terms cancel
                return sympy.Rational(exact.numerator, exact.denominator)
            case Number(value=int(value)):
                return sympy.Integer(value)
            case Name(name):
                return sympy.Symbol(name, real=True, zero=False)
            case Unary("-", operand):
                return -self.to_sympy(operand)
            case Unary("+", operand):
                return self.to_sympy(operand)
            case Binary("+" | "-" | "*" | "/" as op, left, right):
                return _arithmetic(op, self.to_sympy(left), self.to_sympy(right))
            case Binary("**", left, Number(value=int(power))) if abs(power) <= 16:
                return self.to_sympy(left) ** power
            case Call(function, (arg,)) if function in _FUNCTIONS:
                return getattr(sympy, function)(self.to_sympy(arg))
            case _:
                return self._symbol(tree)

    def _symbol(self, tree: Tree) -> Any:
        import sympy

        known = (name for name, opaque in self.opaque.items() if opaque == tree)
        name = next(known, f"_opaque{len(self.opaque) + 1}")
        self.opaque[name] = tree
        return sympy.Symbol(name, real=True, zero=False)

    def to_tree(self, expression: Any) -> Tree:
        """Return a sympy expression as a tree.

        Raises:
            AlgebraError: It contains what has no counterpart, such as the imaginary unit, or the
                square root of something that may be negative.
        """
        return substitute(_to_tree(expression), self.opaque)


def _arithmetic(op: str, left: Any, right: Any) -> Any:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right


def _to_tree(expression: Any) -> Tree:
    import sympy

    match expression:
        case sympy.Symbol():
            return Name(expression.name)
        case sympy.Rational():
            return _fraction(int(expression.p), int(expression.q))
        case sympy.Float():
            return Number(float(expression))
        case sympy.Add():
            return _sum([_to_tree(term) for term in _ordered(expression)])
        case sympy.Mul():
            return _product(_ordered(expression))
        case sympy.Pow():
            return _power(expression.base, expression.exp)
        case sympy.Function() if type(expression).__name__ in _FUNCTIONS:
            name = type(expression).__name__
            return Call(name, tuple(_to_tree(arg) for arg in expression.args))
        case _ if expression in (sympy.pi, sympy.E):
            return Name("pi" if expression == sympy.pi else "e")
        case _:
            raise AlgebraError("the solution is not real for all values of the constants")


def _ordered(expression: Any) -> list[Any]:
    # the order of arguments in memory may differ from run to run
    return list(
        expression.as_ordered_terms() if expression.is_Add else expression.as_ordered_factors()
    )


def _fraction(numerator: int, denominator: int) -> Tree:
    if max(abs(numerator), denominator) > _LARGEST_EXACT:
        return Number(numerator / denominator)
    size: Tree = Number(abs(numerator))
    value = Unary("-", size) if numerator < 0 else size
    return value if denominator == 1 else Binary("/", value, Number(denominator))


def _sum(terms: Sequence[Tree]) -> Tree:
    result = terms[0]
    for term in terms[1:]:
        match term:
            case Unary("-", operand):
                result = Binary("-", result, operand)
            case _:
                result = Binary("+", result, term)
    return result


def _product(factors: Sequence[Any]) -> Tree:
    above: Tree | None = None
    below: Tree | None = None
    negative = False
    for factor in factors:
        if factor.is_Rational and factor < 0:
            negative, factor = not negative, -factor  # noqa: PLW2901
        if factor == 1:
            continue
        if factor.is_Pow and factor.exp.is_Rational and factor.exp < 0:
            inverse = _power(factor.base, -factor.exp)
            below = inverse if below is None else Binary("*", below, inverse)
        else:
            tree = _to_tree(factor)
            above = tree if above is None else Binary("*", above, tree)
    result = Number(1) if above is None else above
    result = result if below is None else Binary("/", result, below)
    return Unary("-", result) if negative else result


def _power(base: Any, exponent: Any) -> Tree:
    if exponent.is_Integer:
        if exponent < 0:
            return Binary("/", Number(1), _power(base, -exponent))
        tree = _to_tree(base)
        return tree if exponent == 1 else Binary("**", tree, Number(int(exponent)))
    if not base.is_nonnegative:
        raise AlgebraError("the solution is not real for all values of the constants")
    return Binary("**", _to_tree(base), _to_tree(exponent))


@dataclass(frozen=True, slots=True)
class LinearSolution:
    """The solution of x' = A x + b over a time h: x_new = P x + G b.

    Args:
        P: Trees, n rows of n.
        G: Trees, n rows of n; columns of variables without forcing are 0.
    """

    P: tuple[tuple[Tree, ...], ...]
    G: tuple[tuple[Tree, ...], ...]


def solve_linear(
    matrix: Sequence[Sequence[Tree]],
    forced: Sequence[bool],
    h: Tree,
    remember: Remember = call_at_once,
    seconds: float = SECONDS,
) -> LinearSolution:
    """Return the exact solution of a linear system, symbolically.

    Args:
        matrix: A, n rows of n, constant while time passes.
        forced: For which variables there is a b.
        h: The time passed.
        remember: Called with a key and a function that computes a text; may return the text of an
            earlier call with the same key instead of computing again.
        seconds: Time after which to give up.

    Raises:
        AlgebraError: There is no real solution in elementary functions, or none in time.
    """
    if len(matrix) > _LARGEST_SYSTEM:
        raise AlgebraError(f"more than {_LARGEST_SYSTEM} variables depend on each other")
    question = [[to_text(entry) for entry in row] for row in matrix]
    key = json.dumps(["solve_linear", 1, question, [bool(f) for f in forced]])
    answer = json.loads(
        remember(key, lambda: json.dumps(_answer(matrix, forced, seconds), sort_keys=True))
    )
    if "error" in answer:
        raise AlgebraError(str(answer["error"]))

    def trees(texts: Sequence[Sequence[str]]) -> tuple[tuple[Tree, ...], ...]:
        return tuple(
            tuple(substitute(parse_expression(text), {_TIME: h}) for text in row) for row in texts
        )

    return LinearSolution(trees(answer["P"]), trees(answer["G"]))


def is_written_with_imaginary_unit(
    matrix: Sequence[Sequence[Tree]], remember: Remember = call_at_once, seconds: float = SECONDS
) -> bool:
    """Return whether sympy's exponential of a matrix contains the imaginary unit.

    Args:
        matrix: Coefficients, n rows of n.
        remember: See `solve_linear`.
        seconds: Time after which to give up.

    Raises:
        AlgebraError: There is no exponential, or none in time.
    """

    def answer() -> str:
        import sympy

        translation = Translation()
        entries = sympy.Matrix([[translation.to_sympy(entry) for entry in row] for row in matrix])
        # numbers that may be zero, as in the tradition: what is known of them decides the form
        plain = {old: sympy.Symbol(old.name, real=True) for old in entries.free_symbols}
        entries = entries.xreplace(plain)
        try:
            exponential = (entries * sympy.Symbol(_TIME, real=True, positive=True)).exp()
        except (NotImplementedError, ValueError, TypeError, ArithmeticError) as error:
            raise AlgebraError("sympy finds no matrix exponential") from error
        return json.dumps(bool(exponential.has(sympy.I)))

    question = [[to_text(entry) for entry in row] for row in matrix]
    key = json.dumps(["imaginary_exponential", 1, question])
    return bool(json.loads(remember(key, lambda: within(seconds, answer))))


def _answer(
    matrix: Sequence[Sequence[Tree]], forced: Sequence[bool], seconds: float
) -> dict[str, Any]:
    try:
        return within(seconds, lambda: _exponential(matrix, forced))
    except OutOfTimeError:
        raise
    except AlgebraError as error:
        return {"error": str(error)}


def _exponential(matrix: Sequence[Sequence[Tree]], forced: Sequence[bool]) -> dict[str, Any]:
    """Return P and G as texts, from the exponential of the matrix with a column per forcing."""
    import sympy

    n, columns = len(matrix), [j for j, is_forced in enumerate(forced) if is_forced]
    translation = Translation()
    augmented = sympy.zeros(n + len(columns))
    for i, row in enumerate(matrix):
        for j, entry in enumerate(row):
            augmented[i, j] = translation.to_sympy(entry)
    for k, j in enumerate(columns):
        augmented[j, n + k] = 1
    h = sympy.Symbol(_TIME, positive=True)
    try:
        solution = (augmented * h).exp()
    except (NotImplementedError, ValueError, TypeError, ArithmeticError) as error:
        raise AlgebraError("sympy finds no matrix exponential") from error
    texts = [[to_text(translation.to_tree(entry)) for entry in solution[i, :]] for i in range(n)]
    g = [["0"] * n for _ in range(n)]
    for i in range(n):
        for k, j in enumerate(columns):
            g[i][j] = texts[i][n + k]
    return {"P": [row[:n] for row in texts], "G": g}


class _TimeUpError(BaseException):
    """Raised within sympy; no `except Exception` there may swallow it."""


def within(seconds: float, function: Callable[[], T]) -> T:
    """Return the result of a pure-Python function, given up after a time.

    Works in any thread and on any system, unlike a signal: time is looked at when a function is
    called.

    Raises:
        OutOfTimeError: The time was up.
    """
    end = time.monotonic() + seconds

    def watch(_frame: FrameType, _event: str, _arg: Any) -> None:
        if time.monotonic() > end:
            raise _TimeUpError

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        return function()
    except _TimeUpError:
        raise OutOfTimeError(f"sympy found no solution within {seconds:g} s") from None
    finally:
        sys.setprofile(before)
