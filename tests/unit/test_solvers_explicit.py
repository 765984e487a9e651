"""Explicit methods: descriptions, the steps and texts they give, what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.equations import Equations
from brainsim.equations.tree import to_text
from brainsim.errors import ExpressionSyntaxError, UnsupportedEquationsException
from brainsim.solvers import (
    ExplicitStateUpdater,
    Varies,
    advance_values,
    choose,
    euler,
    exact,
    exponential_euler,
    heun,
    milstein,
    rk2,
    rk4,
    system_of,
)

LEAK = "dv/dt = (E - v)/tau : 1"
ADDITIVE = "dv/dt = (E - v)/tau + s*xi*tau**-0.5 : 1"
MULTIPLICATIVE = "dv/dt = (E - v)/tau + v*xi*tau**-0.5 : 1"
TWO_NOISES = "dv/dt = xi_a*v + xi_b : 1"
COMMON_NOISE = "dv/dt = xi_a*v : 1\ndw/dt = xi_a*w : 1"


def make(text, element=(), **more):
    def varies(name):
        return Varies.ELEMENT if name in element else Varies.SHARED

    return system_of(Equations(text), varies, **more)


def texts(step):
    return {t.name: to_text(t.value) for t in step.temporaries} | {
        name: to_text(tree) for name, tree in step.updates
    }


# ------------------------------------------------------------------------------------ descriptions


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("", "the last line of a description has to be 'x_new = ...'"),
        ("y = x + dt*f(x,t)", "the last line of a description has to be 'x_new = ...'"),
        ("x_new = x\nz = x", "the last line of a description has to be 'x_new = ...'"),
        ("x_new = x + dt*foo", "unknown name 'foo'"),
        ("k1 = dt*f(x,t)\nx_new = x + k11", "did you mean 'k1'?"),
        ("x_new = x + dt*h(x,t)", "unknown function 'h'"),
        ("x_new = x + f(x,t,dt)", "'f' has two arguments, x and t"),
        ("x = x + dt*f(x,t)\nx_new = x", "'x' cannot be assigned here"),
        ("k = f(x,t)\nk = f(k,t)\nx_new = k", "'k' cannot be assigned here"),
        ("x_new += f(x,t)", "'x_new' cannot be assigned here"),
        ("x_new = x + g(x,t)", "a term of x_new has g but no dW"),
        ("x_new = (x + dW)*(x + dW)", "multiply out '(x + dW) * (x + dW)'"),
        ("x_new = x + dt*f(x,t", "("),
    ],
)
def test_wrong_descriptions_are_refused_when_they_are_made(description, message):
    """A description that makes no sense is a syntax error that says what is wrong."""
    with pytest.raises(ExpressionSyntaxError) as error:
        ExplicitStateUpdater(description)
    assert message in str(error.value)


def test_unknown_kind_of_noise():
    """`stochastic` is one of three."""
    with pytest.raises(ValueError, match="not 'foo'"):
        ExplicitStateUpdater("x_new = x", stochastic="foo")


def test_the_time_may_be_left_out():
    """f(x) is f(x,t)."""
    system = make("dv/dt = t/tau : 1")
    assert ExplicitStateUpdater("x_new = x + dt*f(x)").step(system, {}) == euler.step(system, {})


def test_description_is_shown():
    """`str` of a method is its formula, `repr` its name."""
    assert str(rk2) == "k = dt*f(x,t)\n    x_new = x + dt*f(x + k/2, t + dt/2)"
    assert repr(rk2) == "<integration method 'rk2'>"


def test_names_of_arguments_do_not_clash_with_lines():
    """A line may have the name that an argument would have been given."""
    method = ExplicitStateUpdater("at1 = dt*f(x,t)\nat2 = at1/2\nx_new = x + dt*f(x + at2, t)")
    midpoint = ExplicitStateUpdater("k = dt*f(x,t)\nx_new = x + dt*f(x + k/2, t)")
    values = {"E": 1.0, "tau": 0.5, "v": 0.25}
    system = make(LEAK)
    got = advance_values(method.step(system, {}), values, 0.1)
    assert got == advance_values(midpoint.step(system, {}), values, 0.1)


# ------------------------------------------------------------------------------------------- steps


def test_euler_keeps_the_users_arithmetic():
    """The right-hand side appears as it was written."""
    _, step = choose(make(LEAK), "euler")
    assert texts(step) == {"v": "v + dt * ((E - v) / tau)"}


def test_rk4_agrees_with_the_formula_written_by_hand():
    """One step of the classical method for two coupled, time-dependent equations."""
    text = "dx/dt = y*sin(w*t) - x : 1\ndy/dt = cos(x) - y**2 : 1"
    _, step = choose(make(text), "rk4")

    def f(x, t):
        return np.array([x[1] * np.sin(3 * t) - x[0], np.cos(x[0]) - x[1] ** 2])

    x, t, h = np.array([0.3, 0.7]), 0.2, 0.05
    k1 = h * f(x, t)
    k2 = h * f(x + k1 / 2, t + h / 2)
    k3 = h * f(x + k2 / 2, t + h / 2)
    k4 = h * f(x + k3, t + h)
    want = x + (k1 + 2 * k2 + 2 * k3 + k4) / 6
    new = advance_values(step, {"x": x[0], "y": x[1], "t": t, "w": 3.0}, h)
    # some tens of roundings of numbers below 1
    np.testing.assert_allclose([new["x"], new["y"]], want, rtol=1e-14)


def test_all_values_are_computed_from_the_old_ones():
    """Coupled equations do not see half-updated values, with any method."""
    text = "dx/dt = -y/tau : 1\ndy/dt = x/tau : 1"
    for method in ("euler", "rk2", "rk4", "heun", "milstein", "exponential_euler", "exact"):
        swapped = "\n".join(reversed(text.split("\n")))
        values = {"x": 0.3, "y": 0.9, "tau": 0.4}
        one = advance_values(choose(make(text), method)[1], values, 0.1)
        other = advance_values(choose(make(swapped), method)[1], values, 0.1)
        assert one == pytest.approx(other, rel=1e-15)


def test_stages_see_their_own_time():
    """T is the time at the start of the step; later stages add dt/2 and dt."""
    assert texts(choose(make("dv/dt = t/tau : 1"), "rk4")[1])["_k4_v"] == "dt * ((t + dt) / tau)"


def test_only_what_is_needed_is_computed():
    """Arguments of stages that no right-hand side reads are left out."""
    _, step = choose(make("dx/dt = y/tau : 1\ndy/dt = -y/tau : 1"), "rk4")
    assert not any(t.name.startswith("_at") and t.name.endswith("_x") for t in step.temporaries)


def test_frozen_variables_stand_still_in_all_stages():
    """The right-hand side of a flagged variable is multiplied by int(not_refractory)."""
    text = "dv/dt = (g - v)/tau : 1 (unless refractory)\ndg/dt = (v - g)/tau : 1"
    values = {"v": 0.3, "g": 1.0, "tau": 0.1, "not_refractory": np.array([True, False])}
    for method in ("euler", "rk2", "rk4", "heun", "milstein", "exponential_euler"):
        new = advance_values(choose(make(text, refractory=True), method)[1], values, 0.05)
        assert new["v"][1] == 0.3
        assert new["v"][0] > 0.3
        # what depends on the frozen variable sees it constant
        held = advance_values(
            choose(make("dg/dt = (v - g)/tau : 1"), method)[1], {**values, "v": 0.3}, 0.05
        )
        assert np.broadcast_to(new["g"], 2)[1] == pytest.approx(held["g"], rel=1e-15)


def test_frozen_variables_get_no_noise():
    """Noise is part of the right-hand side that stands still."""
    _, step = choose(make(f"{ADDITIVE} (unless refractory)", refractory=True), "euler")
    values = {"v": 0.3, "E": 0.0, "s": 5.0, "tau": 0.1, "xi": 1.7, "not_refractory": False}
    assert advance_values(step, values, 0.01)["v"] == 0.3


@given(v=st.floats(-100, 100), tau=st.floats(1e-3, 10), dt=st.floats(1e-6, 1e-3))
def test_all_methods_agree_for_small_steps(v, tau, dt):
    """For small dt/tau all methods give the same new value, to second order."""
    values = {"v": v, "E": 1.0, "tau": tau, "t": 0.0}
    want = 1 + (v - 1) * np.exp(-dt / tau)
    for method in ("euler", "rk2", "rk4", "heun", "milstein", "exponential_euler", "exact"):
        new = advance_values(choose(make(LEAK), method)[1], values, dt)["v"]
        # the error of Euler is (dt/tau)**2/2 times the change; rounding of |v| + 1
        bound = 0.5 * (dt / tau) ** 2 * abs(v - 1) * np.exp(dt / tau) + 1e-15 * (abs(v) + 1)
        assert abs(new - want) <= bound


# ------------------------------------------------------------------------------------------- noise


def test_euler_with_noise():
    """DW is sqrt(dt) times a standard normal number per element."""
    _, step = choose(make(ADDITIVE), "euler")
    assert step.noise == ("xi",)
    assert texts(step) == {
        "_dW_xi": "sqrt(dt) * xi",
        "v": "v + dt * ((E - v) / tau) + s * tau**-0.5 * _dW_xi",
    }


def test_the_same_noise_name_is_the_same_number():
    """A noise that drives two equations is drawn once."""
    _, step = choose(make("dv/dt = xi_a : 1\ndw/dt = xi_a - xi_b : 1"), "euler")
    assert step.noise == ("xi_a", "xi_b")
    new = advance_values(step, {"v": 0.0, "w": 0.0, "xi_a": 2.0, "xi_b": 5.0}, 0.25)
    assert new == {"v": 1.0, "w": -1.5}


def test_heun_sums_over_all_noises():
    """The predictor of the stochastic Heun method moves with all noises."""
    _, step = choose(make("dv/dt = a*v*xi_a + b*v*xi_b - v/tau : 1"), "heun")
    v, a, b, tau, dt, xi_a, xi_b = 0.8, 0.3, -0.7, 0.2, 0.01, 1.1, -0.4
    noise = (a * xi_a + b * xi_b) * np.sqrt(dt)
    want = v - dt * v / tau + 0.5 * noise * (v + (v + v * noise))
    values = {"v": v, "a": a, "b": b, "tau": tau, "xi_a": xi_a, "xi_b": xi_b}
    # some ten roundings
    assert advance_values(step, values, dt)["v"] == pytest.approx(want, rel=1e-14)


def test_milstein_agrees_with_the_formula():
    """For dx = a x dW the correction is that of Milstein in the sense of Stratonovich."""
    _, step = choose(make("dv/dt = a*v*xi : 1"), "milstein")
    v, a, dt, xi = 0.8, 0.3, 0.01, 1.1
    noise = np.sqrt(dt) * xi
    # the derivative of a x is exact also in the derivative-free form
    want = v + a * v * noise + 0.5 * a * a * v * noise**2
    new = advance_values(step, {"v": v, "a": a, "xi": xi}, dt)["v"]
    # the difference of g at two places is 6 % of g: 20 units of rounding in a term of 4e-4
    assert new == pytest.approx(want, rel=1e-15)


def test_milstein_moves_each_noise_by_itself():
    """With one noise per equation, the support of one noise does not contain the other."""
    text = "dv/dt = a*w*xi_a : 1\ndw/dt = b*v*xi_b : 1"
    _, step = choose(make(text), "milstein")
    new = advance_values(step, {"v": 2.0, "w": 3.0, "a": 1.0, "b": 1.0, "xi_a": 1, "xi_b": 2}, 0.01)
    # g of v does not depend on v, so there is no correction
    assert new == pytest.approx({"v": 2.0 + 3.0 * 0.1, "w": 3.0 + 2.0 * 0.2}, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "method", "message"),
    [
        (ADDITIVE, "rk2", "it contains noise"),
        (ADDITIVE, "rk4", "it contains noise"),
        (ADDITIVE, "exponential_euler", "it contains noise"),
        (ADDITIVE, "independent", "it contains noise"),
        (MULTIPLICATIVE, "euler", "its noise is multiplicative, the factor of xi is"),
        ("dv/dt = xi*sin(t/tau)*tau**-0.5 : 1", "euler", "its noise is multiplicative"),
        ("dv/dt = xi*w : 1\ndw/dt = -w/tau : 1", "euler", "its noise is multiplicative"),
        (TWO_NOISES, "milstein", "its noise is not diagonal (xi_a and xi_b)"),
        (COMMON_NOISE, "milstein", "its noise is not diagonal (xi_a also drives v)"),
    ],
)
def test_noise_that_a_method_cannot_take(text, method, message):
    """Each method says which noise it cannot integrate, and what can."""
    with pytest.raises(UnsupportedEquationsException) as error:
        choose(make(text), method)
    assert f"'{method}' cannot integrate d" in str(error.value)
    assert message in str(error.value)
    assert "help: use 'heun'" in str(error.value) or "help: use 'euler'" in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "dv/dt = -v/tau + xi*w : 1\nw : Hz**0.5",
        "dv/dt = -v/tau + xi*w : 1\nw = v*Hz**0.5 : Hz**0.5 (constant over dt)",
        "dv/dt = -v/tau + xi_a*w + xi_b*w : 1\nw : Hz**0.5",
        LEAK,
    ],
)
def test_additive_noise_may_depend_on_what_holds_in_a_step(text):
    """Parameters and (constant over dt) values may scale the noise of Euler's method."""
    assert choose(make(text, {"w"}), "euler")[0] == "euler"


@pytest.mark.parametrize("text", [ADDITIVE, MULTIPLICATIVE, TWO_NOISES, COMMON_NOISE, LEAK])
def test_heun_takes_any_noise(text):
    """The stochastic Heun method refuses nothing."""
    assert choose(make(text), "heun")[0] == "heun"


def test_custom_check_sees_equations_and_variables():
    """A custom check may refuse; it is given the equations and the variables."""
    seen = []

    def check(equations, variables):
        seen.append((equations, variables))
        raise UnsupportedEquationsException("not on a Tuesday")

    method = ExplicitStateUpdater("x_new = x + dt*f(x,t)", custom_check=check)
    with pytest.raises(UnsupportedEquationsException, match="Tuesday"):
        choose(make(LEAK, variables={"v": 1}), method)
    assert seen == [(Equations(LEAK), {"v": 1})]


# ------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("method", "text", "code"),
    [
        (euler, LEAK, "_v = v + dt * ((E - v) / tau)\nv = _v"),
        (exact, LEAK, "_v = v + (E - v) / tau * (dt * exprel(-dt / tau))\nv = _v"),
        (exact, "dx/dt = -x/tau : 1", "_x = x * exp(-dt / tau)\nx = _x"),
        (
            exponential_euler,
            "dm/dt = a*(1 - m) - b*m : 1",
            "_m = m + (a * (1 - m) - b * m) * (dt * exprel((-a - b) * dt))\nm = _m",
        ),
        (
            euler,
            ADDITIVE,
            (
                "xi = randn()\n_dW_xi = sqrt(dt) * xi\n"
                "_v = v + dt * ((E - v) / tau) + s * tau**-0.5 * _dW_xi\nv = _v"
            ),
        ),
        (
            rk2,
            "dv/dt = -v/tau : 1",
            "_k_v = dt * (-v / tau)\n_at2_v = v + _k_v / 2\n_v = v + dt * (-_at2_v / tau)\nv = _v",
        ),
    ],
)
def test_integrators_called_directly_give_code(method, text, code):
    """`euler(equations)` is the code of one step, to read and to change."""
    assert method(Equations(text)) == code


@pytest.mark.parametrize("method", [euler, rk2, rk4, heun, milstein, exponential_euler, exact])
def test_code_of_a_method_is_a_method(method):
    """The code of an integrator, given back by a function, does what the integrator does."""
    text = "dv/dt = (g - v)/tau : 1\ndg/dt = -g/tau_g : 1"
    values = {"v": 0.3, "g": 1.0, "tau": 0.1, "tau_g": 0.04}
    system = make(text)
    _, own = choose(system, method)
    _, from_code = choose(system, lambda equations, *_: method(equations))
    got = advance_values(from_code, values, 0.05)
    # propagators and formulas round differently
    assert got == pytest.approx(advance_values(own, values, 0.05), rel=1e-14)
