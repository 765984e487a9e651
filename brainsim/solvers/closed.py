"""Exact steps in closed form, for coefficients that differ between neurons.

Input: rows. Output: trees of new values after a time h. Does not: decide when to use them.
"""

from __future__ import annotations

from itertools import pairwise
from math import factorial
from typing import TYPE_CHECKING

from brainsim.equations.algebra import Remember, call_at_once, solve_linear
from brainsim.equations.tree import Binary, Call, Compare, Name, Number, Tree, Unary

from .pair import pair_form
from .rows import Row, Rows, components
from .terms import ONE, ZERO, is_number, minus, over, plus, times, total

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LONGEST = 4  # variables in a row; the formula doubles with each
# For rates p, q with d = |p - q| h the quotient loses 1e-16/d to cancellation, and its limit at
# their mean is wrong by about d**2/10: both are near 1e-11 here.
_NEAR = 1e-5


def relaxed(name: str, rate: Tree, own: Tree, *, forced: bool, h: Tree) -> Tree:
    """Return the solution of x' = a x + b after a time h, for constant a and b.

    It is x + (a x + b) h exprel(a h): exact at rest (no change where the rate is 0), valid for
    a = 0, one call of expm1 and one division.

    Args:
        name: x.
        rate: a x + b, as the user wrote it.
        own: a.
        forced: Whether b is there; without it the solution is x exp(a h).
        h: Time passed.
    """
    x = Name(name)
    if is_number(own, 0):
        return plus(x, times(rate, h)) if forced else x
    exponent = times(own, h)
    if not forced:
        return times(x, Call("exp", (exponent,)))
    # the right factor stays one subtree: it is often the same in every step, and then hoisted
    return plus(x, Binary("*", rate, times(h, Call("exprel", (exponent,)))))


def closed_form(rows: Rows, h: Tree) -> dict[str, Tree] | None:
    """Return the exact new values when no variable acts back on itself through others, else None.

    Each way i <- j <- ... <- k along which variables act on each other adds the product of the
    coefficients on the way, times a divided difference of exp(. h) at the rates of the variables
    on the way, times x_k; and, with a rate of 0 more, times b_k.

    Args:
        rows: A linear system.
        h: Time passed.

    Source: G. Opitz, Steigungsmatrizen, Z. Angew. Math. Mech. 44 (1964).
    """
    by_name = {row.name: row for row in rows}
    ways = {row.name: list(_ways(by_name, (row.name,))) for row in rows}
    if any(len(w) > _LONGEST or w[-1] in w[:-1] for each in ways.values() for w in each):
        return None
    solution = {}
    for row in rows:
        fed = ways[row.name]
        rate = row.rate if not fed else plus(times(row.own, Name(row.name)), row.forcing)
        terms = [relaxed(row.name, rate, row.own, forced=row.is_forced, h=h)]
        for way in fed:
            source = by_name[way[-1]]
            rates = [by_name[name].own for name in way]
            gain: Tree = ONE
            for to, of in pairwise(way):
                gain = times(gain, by_name[to].coefficients[of])
            terms.append(times(times(gain, Name(source.name)), _difference(rates, h)))
            if source.is_forced:
                terms.append(times(times(gain, source.forcing), _difference([*rates, ZERO], h)))
        solution[row.name] = total(terms)
    return solution


def _ways(by_name: Mapping[str, Row], way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the ways that go on from this one; none goes on behind a circle or a great length."""
    for other in by_name[way[-1]].coefficients:
        if other != way[-1]:
            longer = (*way, other)
            yield longer
            if other not in way and len(longer) <= _LONGEST:
                yield from _ways(by_name, longer)


def _difference(rates: Sequence[Tree], h: Tree) -> Tree:
    """Return the divided difference of exp(rate h) at some rates, which may coincide."""
    first, last = rates[0], next((rate for rate in rates if rate != rates[0]), None)
    if last is None:
        order = len(rates) - 1
        power = over(Binary("**", h, Number(order)), Number(factorial(order)))
        return times(h if order == 1 else power, _exp(first, h))
    if len(rates) == 2:
        growth = times(h, _exp(last, h))
        return times(growth, Call("exprel", (times(minus(first, last), h),)))
    without_last = list(rates)
    without_last.remove(last)
    quotient = minus(_difference(without_last, h), _difference(rates[1:], h))
    gap = minus(first, last)
    if _differ(first, last):
        return over(quotient, gap)
    close = [rate for rate in rates if rate in (first, last)]
    middle = over(total(close), Number(len(close)))  # where errors of first order cancel
    limit = _difference([middle if rate in close else rate for rate in rates], h)
    near = Compare("<", Call("abs", (times(gap, h),)), Number(_NEAR))
    return Call("where", (near, limit, over(quotient, Call("where", (near, ONE, gap)))))


def _exp(rate: Tree, h: Tree) -> Tree:
    return ONE if is_number(rate, 0) else Call("exp", (times(rate, h),))


def _differ(first: Tree, last: Tree) -> bool:
    """Return whether two rates can never have the same value: 1/tau is not 0."""
    match (last, first) if is_number(first, 0) else (first, last):
        case Binary("/", Number() | Unary("-", Number()), _), zero:
            return is_number(zero, 0)
        case _:
            return False


def exact_solution(rows: Rows, h: Tree, remember: Remember = call_at_once) -> dict[str, Tree]:
    """Return the exact new values of a linear system after a time h, as trees.

    Args:
        rows: A linear system whose coefficients do not change meanwhile.
        h: Time passed.
        remember: Keeps results of symbolic algebra, see `solve_linear`.

    Raises:
        AlgebraError: There is neither a closed form nor a symbolic solution.
    """
    solution: dict[str, Tree] = {}
    for part in components(rows):
        form = closed_form(part, h)
        if form is None:
            form = pair_form(part, h) if len(part) == 2 else _symbolic(part, h, remember)
        solution |= form
    return solution


def _symbolic(rows: Rows, h: Tree, remember: Remember) -> dict[str, Tree]:
    matrix = [[row.coefficients.get(other.name, ZERO) for other in rows] for row in rows]
    answer = solve_linear(matrix, [row.is_forced for row in rows], h, remember)
    return {
        row.name: total(
            [times(p, Name(other.name)) for p, other in zip(answer.P[i], rows, strict=True)]
            + [times(g, other.forcing) for g, other in zip(answer.G[i], rows, strict=True)]
        )
        for i, row in enumerate(rows)
    }
