"""The order of convergence of each method, measured on problems with known solutions."""

import math

import numpy as np
import pytest

from brainsim.equations import Equations
from brainsim.solvers import Varies, advance_values, choose, system_of

# name -> (equations, constants, start, end time, solution)
OSCILLATOR = "dx/dt = w*y : 1\ndy/dt = -w*x : 1"
LOGISTIC = "dx/dt = r*x*(1 - x) : 1"
# Hodgkin-Huxley-like: a gate follows a moving voltage with rates that depend on it
GATE = """
dm/dt = alpha*(1 - m) - beta*m : 1
dv/dt = cos(w*t)*w - k*v : 1
alpha = r*exp(v) : Hz
beta = r*exp(-v)*exprel(v) : Hz
"""
# spiral into a rest point: every equation is linear in its own variable
COUPLED = "dx/dt = -x/tau + y**2/tau : 1\ndy/dt = -y/tau - x*y/tau : 1"

PROBLEMS = {
    "oscillator": (OSCILLATOR, {"w": 2.0}, {"x": 1.0, "y": 0.5}),
    "logistic": (LOGISTIC, {"r": 3.0}, {"x": 0.2}),
    "gate": (GATE, {"r": 2.0, "w": 3.0, "k": 1.0}, {"m": 0.05, "v": 0.4}),
    "coupled": (COUPLED, {"tau": 0.7}, {"x": 0.3, "y": 1.1}),
}
END = 1.0
ORDERS = {"euler": 1, "rk2": 2, "rk4": 4, "heun": 1, "milstein": 1, "exponential_euler": 1}
# the number of steps is large enough for the leading error term to dominate by a factor of 20,
# and small enough for that term to stay 1e4 times above rounding
STEPS = {1: (200, 400, 800), 2: (80, 160, 320), 4: (20, 40, 80)}


def integrate(text, constants, start, method, steps):
    system = system_of(Equations(text), lambda _: Varies.SHARED)
    _, step = choose(system, method)
    dt = END / steps
    state = dict(start)
    for k in range(steps):
        state |= advance_values(step, {**constants, **state, "t": k * dt}, dt)
    return np.array([state[name] for name in sorted(start)])


def order(errors, steps):
    """The slope of log(error) against log(dt)."""
    return -np.polyfit(np.log(steps), np.log(errors), 1)[0]


@pytest.mark.parametrize(
    ("problem", "method"),
    [
        (problem, method)
        for problem in PROBLEMS
        for method in ORDERS
        # the logistic equation is not linear in its variable; an oscillator's equations contain no
        # own variable, there exponential Euler is Euler
        if (problem, method) != ("logistic", "exponential_euler")
    ],
)
def test_order_of_convergence(problem, method):
    """Halving the step divides the error by 2**order."""
    text, constants, start = PROBLEMS[problem]
    expected = ORDERS[method]
    steps = STEPS[expected]
    # fourth order at a step 5 times smaller than the smallest: error (1/5)**4 of the smallest one
    truth = integrate(text, constants, start, "rk4", 400)
    errors = [np.linalg.norm(integrate(text, constants, start, method, n) - truth) for n in steps]
    assert order(errors, steps) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("method", ["rk4", "exact"])
def test_reference_agrees_with_the_closed_form(method):
    """The solution of the oscillator is a rotation."""
    got = integrate(*PROBLEMS["oscillator"], method, 400)
    x = math.cos(2) + 0.5 * math.sin(2)
    y = 0.5 * math.cos(2) - math.sin(2)
    # rk4: (w dt)**4/120 * w = 2e-11 ; exact: 400 rotations, each with a rounding of 1e-16
    np.testing.assert_allclose(got, [x, y], rtol=0, atol=1e-10 if method == "rk4" else 1e-13)


@pytest.mark.parametrize("steps", [1, 3, 100])
def test_exact_has_no_error_whatever_the_step(steps):
    """Exact integration of a driven, damped chain does not depend on the step."""
    text = "dv/dt = (g - v)/tau : 1\ndg/dt = (c - g)/tau : 1"
    got = integrate(text, {"tau": 0.3, "c": 2.0}, {"v": 1.0, "g": -1.0}, "exact", steps)
    u = 1 / 0.3
    g = 2 + (-1 - 2) * math.exp(-u)
    v = 2 + (1 - 2) * math.exp(-u) + (-1 - 2) * u * math.exp(-u)
    # up to 100 steps, each with some roundings of numbers of size 2
    np.testing.assert_allclose(got, [g, v], rtol=0, atol=100 * 4 * 2.2e-16)


def test_exponential_euler_is_stable_for_large_steps():
    """With steps of 100 time constants the gate sits at its rest value, where Euler explodes."""
    text = "dm/dt = (rest - m)/tau : 1"
    values = {"rest": 0.7, "tau": 1e-4}
    assert integrate(text, values, {"m": 0.1}, "exponential_euler", 100)[0] == pytest.approx(0.7)
    assert abs(integrate(text, values, {"m": 0.1}, "euler", 100)[0]) > 1e100
