"""The strong order of the stochastic methods, along Brownian paths with known solutions."""

import numpy as np
import pytest

from brainsim.equations import Equations
from brainsim.solvers import Varies, advance_values, choose, system_of

PATHS = 2000
FINE = 512
COARSENINGS = (1, 2, 4, 8, 16)


def increments(names, seed):
    """Brownian increments on the finest grid over one second, per noise: (FINE, PATHS)."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=(FINE, PATHS)) * FINE**-0.5 for name in names}


def integrate(problem, method, paths, coarsening):
    text, constants, start = problem
    system = system_of(Equations(text), lambda _: Varies.SHARED)
    _, step = choose(system, method)
    steps = FINE // coarsening
    dt = 1 / steps
    noise = {n: w.reshape(steps, coarsening, PATHS).sum(axis=1) for n, w in paths.items()}
    state = {name: np.full(PATHS, value) for name, value in start.items()}
    for k in range(steps):
        drawn = {name: noise[name][k] * dt**-0.5 for name in step.noise}
        state |= advance_values(step, {**constants, **state, **drawn, "t": k * dt}, dt)
    return state


def strong_order(problem, method, paths, truth):
    """The slope of log(mean error at the end) against log(dt).

    The mean of 2000 absolute errors is known to about 2 %, and errors at different steps belong to
    the same paths: over a factor of 16 in dt the slope is known to 0.01.
    """
    errors = []
    for coarsening in COARSENINGS:
        state = integrate(problem, method, paths, coarsening)
        errors.append(np.mean(np.abs(state["x"] - truth)))
    return np.polyfit(np.log(COARSENINGS), np.log(errors), 1)[0]


GEOMETRIC = "dx/dt = a*x + b*x*xi : 1"
ARCS = "dx/dt = b*sqrt(1 + x**2)*xi : 1"
TWO_NOISES = "dx/dt = a*x + b*x*xi_1 + c*x*xi_2 : 1"


@pytest.mark.row("13 dW", "13 'euler'")
def test_euler_with_additive_noise_has_strong_order_one():
    """An Ornstein-Uhlenbeck process; the truth is summed up exactly on a grid 16 times finer."""
    paths = increments(["xi"], 1)
    fine = {"xi": paths["xi"]}
    k, s, steps = 3.0, 0.5, FINE // COARSENINGS[-1]
    # the exact solution needs the integral of exp(k u) dW, here with the midpoint of each interval:
    # an error of (k/FINE)**1.5 s, 1 % of the error of Euler's method at the finest grid used
    times = (np.arange(FINE) + 0.5) / FINE
    truth = 1.0 * np.exp(-k) + s * (np.exp(-k * (1 - times))[:, None] * fine["xi"]).sum(axis=0)
    assert steps == 32
    order = strong_order(
        ("dx/dt = -k*x + s*xi : 1", {"k": k, "s": s}, {"x": 1.0}), "euler", paths, truth
    )
    assert order == pytest.approx(1.0, abs=0.1)


@pytest.mark.row("13 'heun'", "13 'milstein'")
@pytest.mark.parametrize("method", ["milstein", "heun"])
def test_geometric_brownian_motion_in_the_sense_of_stratonovich(method):
    """The solution of dx = a x dt + b x o dW is x0 exp(a t + b W), reached with order one."""
    paths = increments(["xi"], 2)
    truth = np.exp(0.3 + 0.6 * paths["xi"].sum(axis=0))
    order = strong_order((GEOMETRIC, {"a": 0.3, "b": 0.6}, {"x": 1.0}), method, paths, truth)
    assert order == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("method", ["milstein", "heun"])
def test_nonlinear_noise(method):
    """The equation dx = b sqrt(1 + x^2) o dW has the solution sinh(b W + arcsinh x0)."""
    paths = increments(["xi"], 3)
    truth = np.sinh(0.7 * paths["xi"].sum(axis=0) + np.arcsinh(0.4))
    order = strong_order((ARCS, {"b": 0.7}, {"x": 0.4}), method, paths, truth)
    assert order == pytest.approx(1.0, abs=0.1)


def test_heun_with_two_noises():
    """With commuting noises the stochastic Heun method keeps order one."""
    paths = increments(["xi_1", "xi_2"], 4)
    w = {name: each.sum(axis=0) for name, each in paths.items()}
    truth = np.exp(0.2 + 0.5 * w["xi_1"] - 0.4 * w["xi_2"])
    constants = {"a": 0.2, "b": 0.5, "c": -0.4}
    order = strong_order((TWO_NOISES, constants, {"x": 1.0}), "heun", paths, truth)
    assert order == pytest.approx(1.0, abs=0.1)


def test_milstein_with_one_noise_per_equation():
    """Independent equations with a noise each keep order one."""
    text = "dx/dt = b*x*xi_1 : 1\ndy/dt = -c*y*xi_2 : 1"
    paths = increments(["xi_1", "xi_2"], 5)
    truth = np.exp(0.5 * paths["xi_1"].sum(axis=0))
    order = strong_order(
        (text, {"b": 0.5, "c": 0.3}, {"x": 1.0, "y": 1.0}), "milstein", paths, truth
    )
    assert order == pytest.approx(1.0, abs=0.1)


@pytest.mark.row("13 dW")
def test_stationary_variance_of_the_ornstein_uhlenbeck_process():
    """The variance of dx = -x/tau dt + s sqrt(2/tau) dW is s^2, for Euler s^2/(1 - dt/(2 tau))."""
    system = system_of(Equations("dx/dt = -x/tau + s*sqrt(2/tau)*xi : 1"), lambda _: Varies.SHARED)
    _, step = choose(system, "euler")
    rng = np.random.default_rng(6)
    neurons, tau, s, dt = 20000, 0.01, 1.5, 1e-3
    x = np.zeros(neurons)
    for _ in range(100):  # ten time constants
        values = {"tau": tau, "s": s, "x": x, "xi": rng.normal(size=neurons)}
        x = advance_values(step, values, dt)["x"]
    want = s**2 / (1 - dt / (2 * tau))
    # the variance of n normal numbers has a standard error of sqrt(2/n) = 1 %: 4 of them, and the
    # start, which has decayed to exp(-20)
    assert np.var(x) == pytest.approx(want, rel=0.04)
