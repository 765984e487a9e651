"""Embedded Runge-Kutta pairs: their coefficients, the attempts made of them, their options."""

from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement
from math import prod

import numpy as np
import pytest

from brainsim import ms, mV, volt
from brainsim.equations import Equations
from brainsim.errors import UnsupportedEquationsException
from brainsim.solvers import Varies, advance_values, system_of
from brainsim.solvers.adaptive import (
    DEFAULTS,
    ELAPSED,
    KUTTA_4,
    PART,
    PRINCE_DORMAND,
    TABLEAUS,
    UNLIMITED,
    control,
    method_step,
)
from brainsim.units import DimensionMismatchError

NAMES = sorted(TABLEAUS)


# ------------------------------------------------------------------------------ order conditions


@cache
def partitions(total, largest):
    """All ways to write a number as a sum of smaller ones, largest first."""
    if total == 0:
        return ((),)
    return tuple(
        (first, *rest)
        for first in range(min(total, largest), 0, -1)
        for rest in partitions(total - first, first)
    )


@cache
def rooted_trees(order):
    """All rooted trees with a number of nodes, each a sorted tuple of its branches."""
    found = set()
    for sizes in partitions(order - 1, order - 1):
        branches = [()]
        for size in sorted(set(sizes)):
            chosen = tuple(combinations_with_replacement(rooted_trees(size), sizes.count(size)))
            branches = [(*old, *new) for old in branches for new in chosen]
        found |= {tuple(sorted(each)) for each in branches}
    return tuple(sorted(found))


def nodes(tree):
    return 1 + sum(nodes(branch) for branch in tree)


def density(tree):
    return nodes(tree) * prod(density(branch) for branch in tree)


def elementary_weights(tableau, tree):
    """One number per stage: the elementary differential of a tree in the stages."""
    stages = [Fraction(1)] * len(tableau.matrix)
    for branch in tree:
        inner = elementary_weights(tableau, branch)
        sums = [sum((a * x for a, x in zip(r, inner, strict=False)), Fraction(0))
                for r in tableau.matrix]  # fmt: skip
        stages = [x * y for x, y in zip(stages, sums, strict=True)]
    return stages


def residual(tableau, weights, order):
    """The largest error in the conditions of all orders up to `order` (Butcher)."""
    worst = Fraction(0)
    for size in range(1, order + 1):
        for tree in rooted_trees(size):
            found = sum(
                (w * x for w, x in zip(weights, elementary_weights(tableau, tree), strict=True)),
                Fraction(0),
            )
            worst = max(worst, abs(found - Fraction(1, density(tree))))
    return worst


def test_rooted_trees_are_all_there():
    """Their numbers are those of the literature (OEIS A000081)."""
    assert [len(rooted_trees(n)) for n in range(1, 9)] == [1, 1, 2, 4, 9, 20, 48, 115]


@pytest.mark.parametrize("name", NAMES)
def test_both_methods_of_a_pair_have_their_order(name):
    """All conditions for the order hold, exactly where the coefficients are exact."""
    tableau = TABLEAUS[name]
    # Prince and Dormand give rational approximations of 18 digits; rows have entries up to 53,
    # and a condition multiplies at most a few of them, so that 1e-14 is what may be left
    allowed = Fraction(1, 10**14) if tableau is PRINCE_DORMAND else 0
    assert residual(tableau, tableau.weights, tableau.order) <= allowed
    compared = [w - e for w, e in zip(tableau.weights, tableau.error, strict=True)]
    if tableau is KUTTA_4:  # the estimate is 1/15 of the difference to one whole step
        compared = [w - 15 * e for w, e in zip(tableau.weights, tableau.error, strict=True)]
        assert residual(tableau, compared, 4) == 0
    else:
        assert residual(tableau, compared, tableau.error_order - 1) <= allowed


@pytest.mark.parametrize("name", NAMES)
def test_the_estimate_has_no_higher_order(name):
    """The compared method is worse than the order after it: the estimate does see an error."""
    tableau = TABLEAUS[name]
    compared = [w - e for w, e in zip(tableau.weights, tableau.error, strict=True)]
    assert residual(tableau, compared, tableau.error_order) > Fraction(1, 10**7)


# ------------------------------------------------------------------------------------- attempts


def make(text, **more):
    return system_of(Equations(text), lambda _: Varies.SHARED, **more)


def attempt(step, values, elapsed, part):
    """The state after one part."""
    named = {**values, ELAPSED.name: elapsed, PART.name: part}
    return advance_values(step.attempt, named, 1.0)


@pytest.mark.parametrize("name", NAMES)
def test_one_attempt_has_the_order_of_the_method(name):
    """The error of one part of an oscillator goes with the power order + 1 of its size."""
    step = method_step(name, make("dx/dt = w*y : 1\ndy/dt = -w*x : 1"), DEFAULTS)
    sizes = np.array([0.8, 0.4])
    start = {"x": 1.0, "y": 0.0, "w": 1.0, "t": 0.0}
    errors = [
        np.hypot(new["x"] - np.cos(h), new["y"] + np.sin(h))
        for h in sizes
        for new in [attempt(step, start, 0.0, h)]
    ]
    slope = np.log(errors[0] / errors[1]) / np.log(2)
    # the next term of the series is smaller by h, so the slope is known to a part of one order;
    # it may be larger, because linear equations do not see all conditions
    assert slope > TABLEAUS[name].order + 0.6


def test_time_moves_within_the_step():
    """Stages see `t` plus what is done plus their own part of the part."""
    step = method_step("gsl_rkf45", make("dx/dt = t**3 : 1"), DEFAULTS)
    new = attempt(step, {"x": 0.0, "t": 2.0}, 0.5, 0.25)
    # a polynomial of degree 3 is integrated exactly by order 5, to rounding
    assert new["x"] == pytest.approx((2.75**4 - 2.5**4) / 4, rel=1e-14)


def test_functions_held_within_a_step_keep_their_time():
    """A value of the grid does not jump at the end of a step."""
    system = make("dx/dt = input(t)*t : 1", held=["input"])
    step = method_step("gsl_rk2", system, DEFAULTS)
    texts = [str(t.value) for t in step.attempt.temporaries]
    assert sum("input(t)" in text for text in texts) == 3


def test_noise_is_refused():
    """The methods are for equations without noise; the message says what to use."""
    with pytest.raises(UnsupportedEquationsException, match="contains noise") as error:
        method_step("gsl_rk2", make("dv/dt = -v/tau + xi*tau**-0.5 : 1"), DEFAULTS)
    assert "'gsl_rk2' cannot integrate dv/dt" in str(error.value)


# -------------------------------------------------------------------------------------- options


class Variable:
    """What the options ask of a variable."""

    dimensions = volt.dim


SYSTEM = make("dv/dt = -v/tau : volt\ndw/dt = -w/tau : 1", variables={"v": Variable()})


def chosen(**options):
    return control({**DEFAULTS, **options}, SYSTEM)


@pytest.mark.row("13 'gsl'", "13 method_options")
def test_options_have_their_traditional_defaults():
    """Absolute error 1e-6 in base units, a hundred parts, memory of the size."""
    assert chosen() == control(DEFAULTS, SYSTEM)
    assert chosen().bounds == (1e-6, 1e-6)
    assert (chosen().attempts, chosen().adapts, chosen().remembers) == (100, True, True)
    assert not chosen().saves_count
    assert not chosen().saves_failed


def test_bounds_per_variable():
    """A variable may have a bound of its own, in its units."""
    assert chosen(absolute_error_per_variable={"v": 2 * mV}).bounds == (0.002, 1e-6)
    assert chosen(absolute_error=1e-3, absolute_error_per_variable={}).bounds == (1e-3, 1e-3)


def test_limits():
    """No limit means a large one; a step that is not divided has one part."""
    assert chosen(max_steps=0).attempts == UNLIMITED
    assert chosen(max_steps=np.int64(7)).attempts == 7
    fixed = chosen(adaptable_timestep=False)
    assert (fixed.attempts, fixed.remembers) == (1, False)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"absolute_error": 0.0}, ValueError, "positive and finite"),
        ({"absolute_error": -1.0}, ValueError, "positive and finite"),
        ({"absolute_error": float("nan")}, ValueError, "positive and finite"),
        ({"absolute_error": float("inf")}, ValueError, "positive and finite"),
        ({"absolute_error": "small"}, TypeError, "is a number"),
        ({"absolute_error": 1 * mV}, DimensionMismatchError, "has other units"),
        ({"absolute_error_per_variable": {"v": 1 * ms}}, DimensionMismatchError, "other units"),
        ({"absolute_error_per_variable": {"v": 1e-3}}, DimensionMismatchError, "other units"),
        ({"absolute_error_per_variable": {"potential": 1}}, KeyError, "variables are: 'v', 'w'"),
        ({"absolute_error_per_variable": 1e-3}, TypeError, "is a dictionary"),
        ({"max_steps": -1}, ValueError, "at least 0"),
        ({"max_steps": 2.5}, TypeError, "whole number"),
        ({"max_steps": True}, TypeError, "whole number"),
        ({"adaptable_timestep": 3}, TypeError, "True or False"),
        ({"save_step_count": "yes"}, TypeError, "True or False"),
    ],
)
def test_options_that_make_no_sense(options, error, text):
    """Each option is checked, and the message says what it may be."""
    with pytest.raises(error, match=text):
        chosen(**options)
