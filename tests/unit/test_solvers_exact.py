"""Exact integration: propagators, closed forms, symbolic solutions, frozen variables, refusals."""

import re

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.codegen.linear import plain_exponential, propagators
from brainsim.equations import Equations, parse_expression
from brainsim.equations.tree import Name, names_in, to_text, walk
from brainsim.errors import UnsupportedEquationsException
from brainsim.solvers import (
    Varies,
    advance,
    advance_values,
    choose,
    evaluate,
    linear_coefficients,
    system_of,
)

# Rounding: every new value is a sum of a few products of factors which are each accurate to a few
# units in the last place, and tests compare terms of one sign: 1e-13 is 450 such units.
CLOSE = 1e-13

CUBA = """
dv/dt = (ge + gi - (v - E))/taum : 1 (unless refractory)
dge/dt = -ge/taue : 1
dgi/dt = -gi/taui : 1
"""
CUBA_VALUES = {"E": -49.0, "taum": 20e-3, "taue": 5e-3, "taui": 10e-3}


def make(text, element=(), *, refractory=False, **more):
    def varies(name):
        return Varies.ELEMENT if name in element else Varies.SHARED

    return system_of(Equations(text), varies, refractory=refractory, **more)


def texts(step):
    return {name: to_text(tree) for name, tree in step.updates}


def solved_by_mpmath(matrix, forcing, start, dt):
    """x(dt) of x' = A x + b, by the exponential of the augmented matrix with 40 digits."""
    with mpmath.workdps(40):
        n = len(matrix)
        augmented = mpmath.zeros(n + 1)
        for i in range(n):
            for j in range(n):
                augmented[i, j] = mpmath.mpf(matrix[i][j]) * mpmath.mpf(dt)
            augmented[i, n] = mpmath.mpf(forcing[i]) * mpmath.mpf(dt)
        state = mpmath.expm(augmented) * mpmath.matrix([*start, 1])
        return [float(state[i]) for i in range(n)]


# ----------------------------------------------------------------------------- linear coefficients


@pytest.mark.parametrize(
    ("text", "coefficients", "rest"),
    [
        ("(E - v)/tau", {"v": "-1 / tau"}, "E / tau"),
        ("-v", {"v": "-1"}, "0"),
        ("v", {"v": "1"}, "0"),
        ("I/C", {}, "I / C"),
        ("alpha*(1 - v) - beta*v", {"v": "-alpha - beta"}, "alpha"),
        ("(v + w)*k - (v - w)*k", {"v": "k - k", "w": "k + k"}, "0"),
        ("+v - (-w)", {"v": "1", "w": "1"}, "0"),
        ("2*v/tau", {"v": "2 / tau"}, "0"),
    ],
)
def test_linear_coefficients(text, coefficients, rest):
    """An expression becomes a coefficient per name and a rest."""
    found = linear_coefficients(parse_expression(text), {"v", "w"})
    assert found is not None
    assert {name: to_text(tree) for name, tree in found[0].items()} == coefficients
    assert to_text(found[1]) == rest


@pytest.mark.parametrize(
    "text",
    ["v*w", "v**2", "exp(v)", "1/v", "int(v > 0)", "v % 2", "v//2", "not v", "clip(v, 0, 1)"],
)
def test_what_is_not_linear_has_no_coefficients(text):
    """Products, powers and functions of the names are not linear."""
    assert linear_coefficients(parse_expression(text), {"v", "w"}) is None


@given(a=st.floats(-9, 9), b=st.floats(-9, 9), v=st.floats(-9, 9), w=st.floats(-9, 9))
def test_linear_coefficients_add_up_to_the_expression(a, b, v, w):
    """Coefficients times names plus rest is the expression."""
    values = {"a": a, "b": b, "v": v, "w": w}
    tree = parse_expression("-(v - a)*b/3 + (2 - (w - v))*a - -w")
    found = linear_coefficients(tree, {"v", "w"})
    assert found is not None
    total = evaluate(found[1], values)
    total += sum(evaluate(part, values) * values[name] for name, part in found[0].items())
    # about 20 operations on numbers up to 300
    assert total == pytest.approx(evaluate(tree, values), rel=1e-12, abs=1e-12)


# ------------------------------------------------------------------------------ matrix exponential


@pytest.mark.parametrize(
    "matrix",
    [
        [[0.0]],
        [[-1e6]],
        [[0, 1], [0, 0]],
        [[0, 300], [-300, 0]],
        [[-50, 1e10], [0, -200]],
        [[-50, -1e10], [4e-8, -10]],
        [[-50, -1e10, 1e10, 0], [4e-8, -10, 0, 0], [0, 0, -200, 1], [0, 0, 0, -200]],
    ],
)
def test_propagators_are_accurate_in_every_entry(matrix):
    """P and G agree with 40 digits, also where volts and amperes differ by ten orders."""
    a = np.array(matrix, dtype=float)
    n, dt = len(a), 1e-4
    p, g = propagators(a, dt)
    for j in range(n):
        unit = np.eye(n)[j]
        # rounding errors of exp(x) grow with |x|, here at most 100
        want = solved_by_mpmath(a, np.zeros(n), unit, dt)
        np.testing.assert_allclose(p[:, j], want, rtol=3e-13, atol=0)
        want = solved_by_mpmath(a, unit, np.zeros(n), dt)
        np.testing.assert_allclose(g[:, j], want, rtol=3e-13, atol=0)


@given(st.lists(st.floats(-30, 30), min_size=9, max_size=9))
def test_exponential_of_minus_a_is_the_inverse(entries):
    """exp(A) exp(-A) = 1."""
    a = np.array(entries).reshape(3, 3) / 30
    product = plain_exponential(a) @ plain_exponential(-a)
    # norms below e^3; ten roundings in each of the entries
    np.testing.assert_allclose(product, np.eye(3), rtol=0, atol=400 * 10 * 1.2e-16)


# ----------------------------------------------------------------------------- shared coefficients


def test_cuba_becomes_few_multiplications():
    """The step of the CUBA model has only the entries that are not zero by structure."""
    name, step = choose(make(CUBA, refractory=True), "exact")
    assert name == "exact"
    assert texts(step) == {
        "v": "where(not_refractory, _P_v_v * v + _P_v_ge * ge + _P_v_gi * gi + _c_v, v)",
        "ge": "_P_ge_ge * ge",
        "gi": "_P_gi_gi * gi",
    }
    assert step.temporaries == ()
    assert step.propagators[0].reads == {"E", "taum", "taue", "taui"}


def test_cuba_step_agrees_with_the_closed_form():
    """One step of CUBA is the textbook solution, for all neurons at once."""
    dt = 1e-4
    _, step = choose(make(CUBA), "exact")
    start = {"v": np.array([-60.0, -55.0]), "ge": np.array([1.5, 0.0]), "gi": np.array([-9.0, 2.0])}
    new = advance_values(step, {**CUBA_VALUES, **start}, dt)
    tau = CUBA_VALUES
    decay = {name: np.exp(-dt / tau[name]) for name in ("taum", "taue", "taui")}
    v = tau["E"] + (start["v"] - tau["E"]) * decay["taum"]
    for g, tau_g in (("ge", "taue"), ("gi", "taui")):
        np.testing.assert_allclose(new[g], start[g] * decay[tau_g], rtol=CLOSE)
        gain = tau[tau_g] / (tau[tau_g] - tau["taum"]) * (decay[tau_g] - decay["taum"])
        v = v + start[g] * gain
    # the gain is a difference of numbers near 1, itself near dt/tau: 1e-16 / 5e-3 each
    np.testing.assert_allclose(new["v"], v, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "values", "matrix", "forcing"),
    [
        ("dx/dt = c : 1", {"c": 3.0}, [[0.0]], [3.0]),
        ("dx/dt = y*k : 1\ndy/dt = c : 1", {"k": 2.0, "c": 3.0}, [[0, 2], [0, 0]], [0, 3]),
        ("dx/dt = k*(y - x) : 1\ndy/dt = k*(x - y) : 1", {"k": 5.0}, [[-5, 5], [5, -5]], [0, 0]),
        ("dx/dt = w*y : 1\ndy/dt = -w*x : 1", {"w": 70.0}, [[0, 70], [-70, 0]], [0, 0]),
        (
            "dx/dt = (y - x)/tau : 1\ndy/dt = -y/tau + I : 1",
            {"tau": 5e-3, "I": 2.0},
            [[-200, 200], [0, -200]],
            [0, 2],
        ),
    ],
)
def test_singular_and_defective_matrices_are_no_problem(text, values, matrix, forcing):
    """Integrators, conserved sums, oscillations and equal time constants are solved exactly."""
    dt = 1e-3
    _, step = choose(make(text), "exact")
    start = {"x": 0.3, "y": 1.7}
    new = advance_values(step, {**values, **start}, dt)
    n = len(matrix)
    want = solved_by_mpmath(matrix, forcing, list(start.values())[:n], dt)
    np.testing.assert_allclose([new[v] for v in ("x", "y")[:n]], want, rtol=CLOSE)


def test_forcing_per_neuron_stays_in_the_step():
    """A current per neuron is multiplied in each step; the matrix is not recomputed."""
    _, step = choose(make("dv/dt = (E - v + R*I)/tau : 1\nI : 1", {"I"}), "exact")
    assert texts(step) == {"v": "_P_v_v * v + _G_v_v * _b_v"}
    current = np.array([0.0, 1.0, -20.0])
    values = {"E": -70.0, "R": 10.0, "tau": 0.02, "I": current, "v": np.full(3, -65.0)}
    new = advance_values(step, values, 1e-3)["v"]
    rest = values["E"] + values["R"] * current
    np.testing.assert_allclose(new, rest + (-65.0 - rest) * np.exp(-0.05), rtol=CLOSE)


def test_a_variable_at_rest_without_change_is_not_updated():
    """dx/dt = 0 needs no work."""
    _, step = choose(make("dx/dt = 0/second : 1\ndy/dt = -y/tau : 1"), "exact")
    assert list(texts(step)) == ["y"]


def test_names_of_numbers_do_not_collide():
    """`a_b`, `c` and `a`, `b_c` get different propagators."""
    text = "da_b/dt = (c - a_b)/tau : 1\ndc/dt = -c/tau : 1\n"
    text += "da/dt = (b_c - a)/s : 1\ndb_c/dt = -b_c/s : 1"
    _, step = choose(make(text), "exact")
    numbers = step.constants({"tau": 1.0, "s": 7.0}, 1.0)
    assert len(numbers) == sum(len(p.names) for p in step.propagators) == 6
    used = set().union(*(names_in(tree) for _, tree in step.updates))
    assert set(numbers) <= used


def test_a_time_constant_of_zero_is_reported_with_its_place():
    """A coefficient that is not finite is an error when the run is prepared."""
    _, step = choose(make("dv/dt = -v/tau : 1"), "exact")
    with pytest.raises(UnsupportedEquationsException) as error:
        step.constants({"tau": 0.0}, 1e-4)
    assert "coefficient of v in dv/dt is -inf: -1 / tau" in str(error.value)
    assert "check the values of tau" in str(error.value)


# -------------------------------------------------------------------------------- frozen variables


@pytest.mark.parametrize("element", [(), ("taum", "taue", "taui")])
@pytest.mark.parametrize("frozen", ["v", "ge", "v ge", "v ge gi"])
def test_frozen_variables_stand_still_and_the_others_see_them_so(frozen, element):
    """While refractory, flagged variables keep their value; what depends on them is still exact."""
    flagged = CUBA.replace(" (unless refractory)", "")
    for name in frozen.split():
        flagged = re.sub(f"(d{name}/dt.*)", r"\1 (unless refractory)", flagged)
    _, step = choose(make(flagged, element, refractory=True), "exact")
    dt = 1e-3
    start = {"v": -60.0, "ge": 1.5, "gi": -9.0}
    active = np.array([True, False])
    new = advance_values(step, {**CUBA_VALUES, **start, "not_refractory": active}, dt)
    rates = {name: 1 / CUBA_VALUES[name] for name in ("taum", "taue", "taui")}
    matrix = [[-rates["taum"], rates["taum"], rates["taum"]], [0, -rates["taue"], 0]]
    matrix += [[0, 0, -rates["taui"]]]
    forcing = [CUBA_VALUES["E"] * rates["taum"], 0, 0]
    for which, held in enumerate(([], frozen.split())):
        still = [name in held for name in ("v", "ge", "gi")]
        a = [[0.0] * 3 if s else row for row, s in zip(matrix, still, strict=True)]
        b = [0.0 if s else part for part, s in zip(forcing, still, strict=True)]
        want = solved_by_mpmath(a, b, list(start.values()), dt)
        got = [np.broadcast_to(new[name], 2)[which] for name in ("v", "ge", "gi")]
        np.testing.assert_allclose(got, want, rtol=CLOSE)


def test_flag_without_refractoriness_does_nothing():
    """`(unless refractory)` in a group without refractoriness is an ordinary equation."""
    _, step = choose(make(CUBA, refractory=False), "exact")
    assert not any("not_refractory" in text for text in texts(step).values())


# ------------------------------------------------------------------------- coefficients per neuron


def test_time_constant_per_neuron_has_a_closed_form():
    """A leak per neuron is solved with one exprel, also where the leak is zero."""
    _, step = choose(make("dv/dt = I - k*v : 1\nk : Hz\nI : Hz", {"k", "I"}), "exact")
    assert texts(step) == {"v": "v + (I - k * v) * (dt * exprel(-(k * dt)))"}
    k = np.array([0.0, 1.0, 1e-9, 500.0])
    new = advance_values(step, {"k": k, "I": 3.0, "v": 2.0}, 0.01)["v"]
    want = [solved_by_mpmath([[-rate]], [3.0], [2.0], 0.01)[0] for rate in k]
    np.testing.assert_allclose(new, want, rtol=CLOSE)


def test_decay_per_neuron_is_a_single_exponential():
    """-x/tau becomes x*exp(-dt/tau)."""
    _, step = choose(make("dx/dt = -x/tau : 1\ntau : second", {"tau"}), "exact")
    assert texts(step) == {"x": "x * exp(-dt / tau)"}


@pytest.mark.parametrize("tau_s", [5e-3, 20e-3, 20e-3 * (1 + 1e-9), 20e-3 * (1 + 1e-4), 1.0])
def test_alpha_synapse_with_time_constants_per_neuron(tau_s):
    """A chain x -> g -> v with a constant current is exact, also where time constants coincide."""
    text = "dv/dt = (g - v + I)/taum : 1\ndg/dt = (x - g)/tau : 1\ndx/dt = -x/tau : 1\n"
    _, step = choose(make(text, {"I", "taum", "tau"}), "exact")
    dt, taum = 1e-3, 20e-3
    values = {"v": -0.2, "g": 0.4, "x": 1.3, "I": 0.7, "taum": taum, "tau": tau_s}
    new = advance_values(step, values, dt)
    m, s = 1 / taum, 1 / tau_s
    matrix = [[-m, m, 0], [0, -s, s], [0, 0, -s]]
    want = solved_by_mpmath(matrix, [0.7 * m, 0, 0], [-0.2, 0.4, 1.3], dt)
    # near coinciding rates the divided difference is good to 3e-11, in a term that makes 1 % of v
    tolerance = 1e-12 if abs(tau_s - taum) < 1e-5 else CLOSE
    np.testing.assert_allclose([new[n] for n in ("v", "g", "x")], want, rtol=tolerance)


def test_chain_of_integrators_per_neuron():
    """Rates of zero, some by structure and some by value, have their limits."""
    text = "dx/dt = a*y : 1\ndy/dt = c - k*y : 1\nk : Hz"
    _, step = choose(make(text, {"a", "c", "k"}), "exact")
    k = np.array([0.0, 3.0])
    new = advance_values(step, {"a": 2.0, "c": 5.0, "k": k, "x": 0.1, "y": 0.2}, 0.1)
    for i, rate in enumerate(k):
        want = solved_by_mpmath([[0, 2], [0, -rate]], [0, 5], [0.1, 0.2], 0.1)
        # one cancellation of terms of size dt against their difference dt^2 k / 2: 1e-16 / 0.15
        np.testing.assert_allclose([new["x"][i], new["y"][i]], want, rtol=CLOSE)


def test_oscillator_per_neuron_is_solved_symbolically():
    """Frequencies per neuron give sine and cosine."""
    _, step = choose(make("dx/dt = w*y : 1\ndy/dt = -w*x : 1\nw : Hz", {"w"}), "exact")
    w = np.array([1.0, 50.0, -3.0])
    new = advance_values(step, {"w": w, "x": 1.0, "y": 0.5}, 0.01)
    np.testing.assert_allclose(new["x"], np.cos(w * 0.01) + 0.5 * np.sin(w * 0.01), rtol=CLOSE)
    np.testing.assert_allclose(new["y"], 0.5 * np.cos(w * 0.01) - np.sin(w * 0.01), rtol=CLOSE)


def test_solutions_that_may_be_complex_are_refused():
    """Three variables with parameters per neuron have no formula that is real for all values."""
    text = "dv/dt = (u - v - w)/taum : 1\ndw/dt = (a*v - w)/tauw : 1\ndu/dt = -u/tauw : 1\na : 1"
    with pytest.raises(UnsupportedEquationsException, match="coupled equations of v, w"):
        choose(make(text, {"a"}), "exact")
    # with shared parameters there is nothing to refuse
    _, step = choose(make(text), "exact")
    values = {"taum": 0.01, "tauw": 0.1, "a": 4.0, "v": 1.0, "w": 0.5, "u": 0.0}
    new = advance_values(step, values, 1e-3)
    want = solved_by_mpmath([[-100, -100], [40, -10]], [0, 0], [1.0, 0.5], 1e-3)
    np.testing.assert_allclose([new["v"], new["w"]], want, rtol=CLOSE)


def test_step_shares_what_is_shared_only():
    """A function that NumPy does not know cannot be computed in advance."""
    _, step = choose(make("dv/dt = -v*gain(3)/tau : 1"), "exact")
    assert texts(step) == {"v": "v * exp(-gain(3) / tau * dt)"}


# ---------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dv/dt = -v**2/tau : 1", "'v**2' is not linear"),
        ("dv/dt = -v*w/tau : 1\ndw/dt = -w/tau : 1", "'-v * w' is not linear"),
        ("dv/dt = -v/tau + exp(v)/tau : 1", "'exp(v)' is not linear"),
        ("dv/dt = -v/tau + sin(t/tau)/tau : 1", "'t' changes within a step"),
        ("dv/dt = -v*t/tau**2 : 1", "'t' changes within a step"),
        ("dv/dt = -v/tau + xi*tau**-0.5 : 1", "it contains noise"),
        ("dv/dt = -w*v/tau : 1\nw = v : 1", "'-w * v' is not linear"),
        ("dv/dt = -w*v/tau : 1\nw = cos(t/tau) : 1", "'t' changes within a step"),
        ("dv/dt = -v/tau + stim(t)/tau : 1", "'t' changes within a step"),
    ],
)
def test_exact_refuses_with_the_reason(text, message):
    """What cannot be solved exactly is refused, with the equation and the part to change."""
    with pytest.raises(UnsupportedEquationsException) as error:
        choose(make(text), "exact")
    if "w = v" in text:
        message = "is not linear"
    assert "'exact' cannot integrate dv/dt" in str(error.value)
    assert message in str(error.value)
    assert "^" in str(error.value)
    assert "help: " in str(error.value)


def test_refusal_points_at_the_users_token():
    """The caret stands under the part that is not linear."""
    with pytest.raises(UnsupportedEquationsException) as error:
        choose(make("dv/dt = (E - v + exp(v/d))/tau : 1"), "exact")
    assert str(error.value) == (
        "'exact' cannot integrate dv/dt: 'exp(v / d)' is not linear\n"
        "  1 | dv/dt = (E - v + exp(v/d))/tau : 1\n"
        "    |                  ^^^^^^^^\n"
        "  help: use 'exponential_euler', 'rk4' or 'euler'"
    )


@pytest.mark.parametrize(
    "text",
    [
        "dv/dt = -w*v/tau : 1\nw = v : 1 (constant over dt)",
        "dv/dt = -w*v/tau : 1\nw = cos(t/tau) : 1 (constant over dt)",
        "dv/dt = -v/tau + stim(t)/tau : 1",
        "dv/dt = -v*lastspike/tau**2 : 1",
        "dv/dt = -v/tau + rand()/tau : 1",
    ],
)
def test_what_holds_during_a_step_is_accepted(text):
    """(constant over dt), aligned functions of time and random draws are constants of a step."""
    name, _ = choose(make(text, {"w", "lastspike"}, held={"stim"}), "exact")
    assert name == "exact"


def test_a_random_draw_is_the_same_wherever_it_is_read():
    """rand() in an equation is drawn once per step, although the solution reads it twice."""
    _, step = choose(make("dv/dt = (I - v)*rand()/tau : 1", {"I"}), "exact")
    calls = [node for tree in step.trees() for node in walk(tree) if to_text(node) == "rand()"]
    assert len(calls) == 1
    assert step.temporaries[0].name == "_draw1"


# ------------------------------------------------------------------------------------ event-driven


@pytest.mark.parametrize(
    ("text", "advanced"),
    [
        ("dx/dt = -x/tau : 1", {"x": "x * exp((lastupdate - t) / tau)"}),
        (
            "dx/dt = (1 - x)/tau : 1",
            {"x": "x + (1 - x) / tau * ((t - lastupdate) * exprel((lastupdate - t) / tau))"},
        ),
        ("dx/dt = k : 1", {"x": "x + k * (t - lastupdate)"}),
        ("dx/dt = 0/tau : 1", {}),
    ],
)
def test_event_driven_variables_advance_exactly(text, advanced):
    """Event-driven variables are brought from `lastupdate` to `t` in one expression."""
    assert {n: to_text(tree) for n, tree in advance(make(text))} == advanced


def test_event_driven_variables_may_depend_on_each_other():
    """A chain of event-driven variables, and two that act on each other, are advanced exactly."""
    values = {"a": 1.0, "b": 0.25, "t": 0.5, "lastupdate": 0.47, "tau": 0.02, "taub": 0.05}
    for back in (0, 50):
        text = f"da/dt = -a/tau - {back}*b : 1\ndb/dt = (a - b)/taub : 1"
        new = dict(advance(make(text)))
        matrix = [[-50, -back], [20, -20]]
        want = solved_by_mpmath(matrix, [0, 0], [1.0, 0.25], values["t"] - 0.47)
        got = [evaluate(new[name], values) for name in ("a", "b")]
        np.testing.assert_allclose(got, want, rtol=CLOSE)


@pytest.mark.parametrize(
    "text",
    [
        "dx/dt = -x**2/tau : 1",
        "dx/dt = -x/tau + t/tau**2 : 1",
        "dx/dt = -x/tau + xi*tau**-0.5 : 1",
        "dx/dt = (z - x - y)/tau : 1\ndy/dt = (x - y)/taub : 1\ndz/dt = -z/taub : 1",
    ],
)
def test_event_driven_equations_without_solution_are_refused(text):
    """What has no exact solution is refused, with the way out."""
    with pytest.raises(UnsupportedEquationsException, match=r"use \(clock-driven\)") as error:
        advance(make(text))
    assert "'event-driven'" in str(error.value)


def test_system_takes_only_the_variables_asked_for():
    """The other differential equations of synapses are names like any other."""
    text = "da/dt = -a/tau : 1 (event-driven)\ndb/dt = -b/tau : 1 (clock-driven)"
    system = system_of(Equations(text), only={"a"})
    assert system.names == ("a",)
    assert advance(system)[0][1] != Name("a")
