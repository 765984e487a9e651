"""Numbers of successes as a function in the model, drawn anew for each element and time step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..codegen import random
from ..equations import Function
from .naming import Nameable
from .randomness import next_draw_key

# from this many expected successes, and failures, on, a normal distribution comes close
_MANY = 5


class BinomialFunction(Nameable, Function):
    """A function without arguments that draws from a binomial distribution: `name()` in a model.

    Args:
        n: Number of trials.
        p: Probability of success in each.
        approximate: Whether a normal distribution of the same mean and variance may take its place
            where n p > 5 and n (1 - p) > 5; its values are no whole numbers, and may be negative.
        name: Unique name.

    Raises:
        TypeError: `n` is no integer, or `p` no number.
        ValueError: `n` is negative, or `p` not in [0, 1].
    """

    def __init__(self, n: int, p: float, approximate: bool = True, name: str = "binomial*") -> None:
        self.n, self.p = _checked(n, p)
        variance = self.n * self.p * (1 - self.p)
        self.mean, self.spread = self.n * self.p, math.sqrt(variance)
        self.is_normal = bool(approximate) and min(self.mean, self.n - self.mean) > _MANY
        Nameable.__init__(self, name)
        Function.__init__(
            self,
            self._draw,
            arg_units=[],
            arg_names=[],
            return_unit=1,
            stateless=False,
            auto_vectorise=True,
        )
        self.implementations.add_implementation("numpy", self._draw)

    def __repr__(self) -> str:
        return f"<BinomialFunction '{self.name}': n = {self.n}, p = {self.p}>"

    def __call__(self, *args: Any) -> Any:
        """Draw once, or for an array of elements."""
        return self._draw(*args) if args else float(self._draw(np.zeros(1))[0])

    def _draw(self, elements: Any) -> Any:
        """Draw one number for each element, from the seeded streams of assignments."""
        numbers = np.asarray(elements, dtype=np.int64)
        if self.is_normal:
            return self.mean + self.spread * random.normal(next_draw_key(), numbers, 0)
        return random.binomial(self.n, self.p, next_draw_key(), numbers, 0).astype(np.float64)


def _checked(n: Any, p: Any) -> tuple[int, float]:
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise TypeError(f"the number of trials is an integer, not {n!r}")
    if not isinstance(p, int | float | np.number):
        raise TypeError(f"the probability is a number, not {p!r}")
    if n < 0 or not 0 <= p <= 1:
        raise ValueError(f"a binomial distribution needs n >= 0 and 0 <= p <= 1, not {n} and {p}")
    return int(n), float(p)
