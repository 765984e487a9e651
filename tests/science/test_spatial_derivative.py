"""Derivatives of expressions: against differences of higher precision, and what has none."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from brainsim.equations import parse_expression
from brainsim.equations.tree import names_in
from brainsim.model.evaluate import evaluate
from brainsim.solvers.derivative import derivative, linearised

SMOOTH = [
    "3*v - 2",
    "-v/4 + (+v)*5",
    "v**3",
    "v**-2",
    "v**0.5",
    "2**v",
    "v**v",
    "a*v**2/(1 + v)",
    "exp(-v/2)*v",
    "expm1(v)",
    "log(v) + log10(v) + log1p(v)",
    "sqrt(1 + v**2)",
    "sin(v) + cos(2*v) + tan(v/3)",
    "sinh(v) - cosh(v) + tanh(v)",
    "arcsin(v/3) + arccos(v/4) + arctan(v)",
    "exprel(v)",
    "1/exprel((v - 1)/2)",
    "1/(1 + exp(-(v - a)/0.3))",
]


def value(tree, **names):
    """Return the value of a tree."""
    return np.asarray(evaluate(tree, names.__getitem__, np.zeros(1)))


@pytest.mark.parametrize("text", SMOOTH)
@pytest.mark.parametrize("v", [0.3, 1.0, 1.7])
def test_the_derivative_is_the_limit_of_differences(text, v):
    """Central differences of step 1e-5: their error is h**2 f''' / 6, and rounding over h."""
    tree = parse_expression(text)
    h = 1e-5
    difference = (value(tree, v=v + h, a=1.4) - value(tree, v=v - h, a=1.4)) / (2 * h)
    found = value(derivative(tree, "v"), v=v, a=1.4)
    # f and f''' are below 200 here, so h**2*f'''/6 < 4e-9 and eps*f/h < 5e-9
    np.testing.assert_allclose(found, difference, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("x", [0.0, 1e-300, -1e-9, 1e-3, 0.0199, 0.0201, -0.5, 3.0, -40.0, 100.0])
def test_exprel_has_an_accurate_derivative_everywhere(x):
    """Also at 0, where numerator and denominator vanish."""
    with mpmath.workdps(60):
        # (x e**x - e**x + 1)/x**2
        exact = mpmath.mpf("0.5")
        if x != 0:
            y = mpmath.mpf(x)
            exact = (y * mpmath.exp(y) - mpmath.expm1(y)) / y**2 if abs(y) > 1e-12 else exact
    found = float(value(derivative(parse_expression("exprel(v)"), "v"), v=x))
    # coth(y) - 1/y loses a factor 1/y = 100 of its rounding at the border of the series
    assert found == pytest.approx(float(exact), rel=200 * np.finfo(float).eps)


def test_literal_exponents_stay_literal():
    """Units allow a base with a dimension only under a literal exponent."""
    assert derivative(parse_expression("v**2"), "v") == parse_expression("2*v")
    assert derivative(parse_expression("v**3"), "v") == parse_expression("3*v**2")


def test_jumps_count_as_constants_in_int():
    tree = parse_expression("int(v > 1)*v")
    slope, intercept = linearised(tree, "v")
    assert value(slope, v=2.0) == 1
    assert value(intercept, v=2.0) == 0
    assert value(derivative(parse_expression("a"), "v")) == 0


def test_a_linear_expression_is_taken_apart_exactly():
    slope, intercept = linearised(parse_expression("g*(E - v) + h*v + c"), "v")
    assert "v" not in names_in(slope) | names_in(intercept)
    numbers = {"g": 2.0, "E": 3.0, "h": 5.0, "c": 7.0}
    assert value(slope, **numbers) == 3
    assert value(intercept, **numbers) == 13


def test_a_tangent_touches():
    tree = parse_expression("exp(v) + v**2")
    slope, intercept = linearised(tree, "v")
    touching = value(slope, v=0.7) * 0.7 + value(intercept, v=0.7)
    # a sum and a difference of numbers near 2
    assert touching == pytest.approx(float(value(tree, v=0.7)), rel=1e-15)


@pytest.mark.parametrize(
    "text", ["abs(v)", "sign(v)", "floor(v)", "ceil(v)", "clip(v, 0, 1)", "v % 2", "v // 2", "f(v)"]
)
def test_what_is_not_smooth_is_refused_at_its_place(text):
    with pytest.raises(TypeError, match="no derivative") as error:
        derivative(parse_expression(f"1 + {text}"), "v")
    assert "^" * len(text) in str(error.value)
