"""The exact step of two variables that act on each other, with coefficients per neuron.

Input: two rows. Output: trees of new values after a time h. Does not: handle more variables.

For A = [[a, b], [c, d]] let m be the mean and r half the difference of a and d, and D = r^2 + b c.
Then exp(A s) = e^(m s) (C(s) + S(s) (A - m)), with C' = D S, S' = C, C(0) = 1, S(0) = 0: sinh and
cosh for a positive D, sin and cos for a negative one. All cases stand side by side in the formula,
since neurons may differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainsim.equations.tree import Binary, Call, Compare, Name, Number, Tree

from ..records import dataclass
from .terms import ONE, ZERO, minus, over, plus, times, total

if TYPE_CHECKING:
    from .rows import Row, Rows

# Below this, (rate h)^2 counts as small. Quotients lose 1e-16/(rate h), and series that end after
# four terms are wrong by (rate h)^4: both are near 1e-13 at rate h = 1e-3.
_SMALL = Number(1e-6)
_HALF, _TWO = Number(0.5), Number(2)


def pair_form(rows: Rows, h: Tree) -> dict[str, Tree]:
    """Return the new values of two variables after a time h."""
    first, second = rows
    pair = _Pair(
        first.own,
        first.coefficients.get(second.name, ZERO),
        second.coefficients.get(first.name, ZERO),
        second.own,
        h,
    )
    p, g = pair.exponential(), pair.integral()
    return {row.name: _new_value(rows, p[k], g[k]) for k, row in enumerate(rows)}


def _new_value(rows: Rows, p: tuple[Tree, Tree], g: tuple[Tree, Tree]) -> Tree:
    moved = [times(factor, Name(row.name)) for factor, row in zip(p, rows, strict=True)]
    pushed = [_pushed(factor, row) for factor, row in zip(g, rows, strict=True)]
    return total([*moved, *pushed])


def _pushed(factor: Tree, row: Row) -> Tree:
    return times(factor, row.forcing) if row.is_forced else ZERO


def _where(condition: Tree, then: Tree, otherwise: Tree) -> Tree:
    return Call("where", (condition, then, otherwise))


def _squared(tree: Tree) -> Tree:
    return Binary("**", tree, _TWO)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A matrix of two rows, and the time h for which it acts."""

    a: Tree
    b: Tree
    c: Tree
    d: Tree
    h: Tree

    @property
    def mean(self) -> Tree:
        """The mean m of the rates."""
        return times(_HALF, plus(self.a, self.d))

    @property
    def half(self) -> Tree:
        """Half the difference r of the rates."""
        return times(_HALF, minus(self.a, self.d))

    @property
    def discriminant(self) -> Tree:
        """D, positive where both eigenvalues are real."""
        return plus(_squared(self.half), times(self.b, self.c))

    @property
    def root(self) -> Tree:
        """The square root of the absolute value of D."""
        return Call("sqrt", (Call("abs", (self.discriminant,)),))

    def cosine(self) -> Tree:
        """Return C(h)."""
        angle, real = times(self.root, self.h), Compare(">", self.discriminant, ZERO)
        return _where(real, Call("cosh", (angle,)), Call("cos", (angle,)))

    def sine(self) -> Tree:
        """Return S(h)."""
        angle, real = times(self.root, self.h), Compare(">", self.discriminant, ZERO)
        square = times(self.discriminant, _squared(self.h))
        near = Compare("<", Call("abs", (square,)), _SMALL)
        wave = _where(real, Call("sinh", (angle,)), Call("sin", (angle,)))
        series = plus(ONE, over(square, Number(6)))
        return times(self.h, _where(near, series, over(wave, _where(near, ONE, angle))))

    def _matrix(self, even: Tree, odd: Tree) -> tuple[tuple[Tree, Tree], tuple[Tree, Tree]]:
        """Return `even` + `odd` (A - m)."""
        return (
            (plus(even, times(self.half, odd)), times(self.b, odd)),
            (times(self.c, odd), minus(even, times(self.half, odd))),
        )

    def exponential(self) -> tuple[tuple[Tree, Tree], tuple[Tree, Tree]]:
        """Return exp(A h)."""
        growth = Call("exp", (times(self.mean, self.h),))
        return self._matrix(times(growth, self.cosine()), times(growth, self.sine()))

    def integral(self) -> tuple[tuple[Tree, Tree], tuple[Tree, Tree]]:
        """Return the integral of exp(A s) from 0 to h.

        Real eigenvalues that differ: their own integrals. Else, where A h is not small, the
        integral by parts, over the determinant; where it is small, a series.
        """
        m, h, D = self.mean, self.h, self.discriminant
        apart = Compare(">", times(D, _squared(h)), _SMALL)
        size = times(plus(_squared(m), Call("abs", (D,))), _squared(h))
        small = Compare("<", size, _SMALL)
        even_apart, odd_apart = self._of_eigenvalues(apart)
        even_parts, odd_parts = self._by_parts(small)
        even_small, odd_small = self._series()
        even = _where(apart, even_apart, _where(small, even_small, even_parts))
        odd = _where(apart, odd_apart, _where(small, odd_small, odd_parts))
        return self._matrix(even, odd)

    def _of_eigenvalues(self, apart: Tree) -> tuple[Tree, Tree]:
        # elsewhere the root is no eigenvalue, and its exponential might overflow
        root = _where(apart, self.root, ONE)
        up = times(self.h, Call("exprel", (times(plus(self.mean, root), self.h),)))
        down = times(self.h, Call("exprel", (times(minus(self.mean, root), self.h),)))
        return times(_HALF, plus(up, down)), over(minus(up, down), times(_TWO, root))

    def _by_parts(self, small: Tree) -> tuple[Tree, Tree]:
        m, D = self.mean, self.discriminant
        growth = Call("exp", (times(m, self.h),))
        determinant = _where(small, ONE, minus(_squared(m), D))
        even = minus(
            times(growth, minus(times(m, self.cosine()), times(D, self.sine()))),
            m,
        )
        odd = plus(times(growth, minus(times(m, self.sine()), self.cosine())), ONE)
        # where the eigenvalues are apart this is not used, and the determinant may be zero
        safe = _where(Compare("==", determinant, ZERO), ONE, determinant)
        return over(even, safe), over(odd, safe)

    def _series(self) -> tuple[Tree, Tree]:
        m, h, D = self.mean, self.h, self.discriminant
        even = [
            ONE,
            over(times(m, h), _TWO),
            over(times(plus(_squared(m), D), _squared(h)), Number(6)),
        ]
        odd = [
            _HALF,
            over(times(m, h), Number(3)),
            over(times(plus(times(Number(3), _squared(m)), D), _squared(h)), Number(24)),
        ]
        return times(h, total(even)), times(_squared(h), total(odd))
