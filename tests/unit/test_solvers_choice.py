"""The choice of a method: names, tuples, functions, options, and what is shared in a step."""

import math

import pytest

from brainsim.equations import Equations, parse_expression
from brainsim.equations.tree import to_text
from brainsim.errors import BrainsimError, EquationError, UnsupportedEquationsException
from brainsim.logger import catch_logs
from brainsim.solvers import (
    Assignment,
    StateUpdateMethod,
    Step,
    System,
    Varies,
    advance_values,
    choose,
    euler,
    exact,
    share_calls,
    system_of,
)
from brainsim.solvers.adaptive import AdaptiveStep

DEFAULT = ("exact", "euler", "heun")
SPATIAL = ("exact", "exponential_euler", "rk2", "heun")
GATING = (
    "dm/dt = a*(1 - m) - b*m : 1\na = exp(v/s)/ms : Hz\nb = exp(-v/s)/ms : Hz\ndv/dt = -v/tau : 1"
)


def make(text, **more):
    return system_of(Equations(text), lambda _: Varies.SHARED, **more)


@pytest.fixture
def registered():
    """Register a method for one test."""
    names = []

    def register(name, method):
        StateUpdateMethod.register(name, method)
        names.append(name)

    yield register
    for name in names:
        del StateUpdateMethod.stateupdaters[name]


# -------------------------------------------------------------------------------- names and tuples


@pytest.mark.parametrize("name", ["euler", "EULER", "Rk4", "Exponential_Euler", "linear", "exact"])
def test_names_have_no_case(name):
    """Method names are found whatever their case."""
    assert choose(make("dv/dt = -v/tau : 1"), name)[1].updates


@pytest.mark.parametrize(
    ("name", "hint"),
    [("eulr", "did you mean 'euler'?"), ("zzz", "the methods are: exact, linear,")],
)
def test_unknown_names(name, hint):
    """An unknown name is a ValueError which suggests the nearest."""
    with pytest.raises(ValueError, match="there is no integration method") as error:
        choose(make("dv/dt = -v/tau : 1"), name)
    assert hint in str(error.value)
    assert isinstance(error.value, BrainsimError)


@pytest.mark.parametrize(
    ("text", "default", "spatial"),
    [
        ("dv/dt = -v/tau : 1", "exact", "exact"),
        ("dv/dt = 1/tau : 1", "euler", "exponential_euler"),
        (GATING, "euler", "exponential_euler"),
        ("dv/dt = -v**3/tau : 1", "euler", "rk2"),
        ("dv/dt = -v/tau + sin(t/tau)/tau : 1", "euler", "exponential_euler"),
        ("dv/dt = -v/tau + xi*tau**-0.5 : 1", "euler", "heun"),
        ("dv/dt = -v/tau + v*xi*tau**-0.5 : 1", "heun", "heun"),
        ("dv/dt = -v/tau + sin(t/tau)*xi*tau**-0.5 : 1", "heun", "heun"),
    ],
)
def test_the_first_suitable_method_is_chosen(text, default, spatial):
    """The traditional order of methods gives the traditional choice."""
    assert choose(make(text), DEFAULT)[0] == default
    assert choose(make(text), list(SPATIAL))[0] == spatial


@pytest.mark.row("13 'exact' (= 'linear')", "13 default choice")
@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("dv/dt = -v/tau : 1\ndw/dt = 1/tau : 1", "euler"),  # singular
        ("dv/dt = (w - v)/tau : 1\ndw/dt = (v - w)/tau : 1", "euler"),  # singular
        ("dv/dt = w/tau : 1\ndw/dt = (-v - w)/tau : 1", "euler"),  # exp(i sqrt(3)/2 t/tau)
        ("dv/dt = b*v - om*w : 1\ndw/dt = om*v + b*w : 1", "exact"),  # written as cos(om t)
        ("dv/dt = w/tau : 1\ndw/dt = (-k*v - w)/tau : 1", "exact"),  # real for some k
        ("dv/dt = (rand() - v)/tau : 1", "euler"),
        ("dv/dt = (int(w > 1) - v)/tau : 1\nw : 1", "euler"),
        ("dv/dt = (abs(w) - v)/tau : 1\nw : 1", "exact"),
    ],
)
def test_exact_by_itself_is_for_what_algebra_solves(text, chosen):
    """Chosen from several, 'exact' refuses what it does in the tradition; by name it does not."""
    system = make(text)
    assert choose(system, DEFAULT)[0] == chosen
    assert choose(system, "exact")[0] == "exact"


def test_no_suitable_method():
    """When all refuse, the error says why each of them did."""
    with pytest.raises(ValueError, match="no integration method suits") as error:
        choose(make("dv/dt = v*xi_1 - xi_2*v : 1"), ("exact", "euler"))
    assert "'exact' cannot integrate dv/dt: it contains noise" in str(error.value)
    assert "'euler' cannot integrate dv/dt: its noise is multiplicative" in str(error.value)
    assert not isinstance(error.value, UnsupportedEquationsException)


def test_unknown_names_in_a_tuple_are_not_passed_over():
    """A misspelt candidate is an error even if an earlier one suits."""
    with pytest.raises(ValueError, match="did you mean 'rk4'"):
        choose(make("dv/dt = -v/tau : 1"), ("exact", "rk4s"))


def test_without_differential_equations_there_is_nothing_to_do():
    """A group of parameters has an empty step with any method."""
    assert choose(make("v : 1"), DEFAULT) == ("exact", Step())


@pytest.mark.parametrize("name", ["gsl", "gsl_rk2", "gsl_rk4", "gsl_rkf45", "GSL_rk8pd"])
def test_adaptive_methods_make_steps_without_text(name):
    """A step with parts of its own size is no list of statements; options are those of the user."""
    system = make("dv/dt = -v/tau : 1")
    found, step = choose(system, name, {"absolute_error": 1e-9})
    assert isinstance(step, AdaptiveStep)
    assert step.control.bounds == (1e-9,)
    with pytest.raises(UnsupportedEquationsException, match="has no text"):
        StateUpdateMethod.stateupdaters[found](Equations("dv/dt = -v/tau : 1"))
    with pytest.raises(KeyError, match="did you mean 'absolute_error'"):
        choose(system, name, {"absolut_error": 1e-9})


@pytest.mark.row("13 'independent'")
def test_independent_warns_and_solves_each_equation_alone():
    """'independent' is deprecated: it holds the other variables still."""
    text = "dv/dt = (w - v)/tau : 1\ndw/dt = -w/tau : 1"
    with catch_logs() as logs:
        name, step = choose(make(text), "independent")
    assert name == "independent"
    assert [message for _, _, message in logs] in (
        ["method 'independent' is deprecated; use 'exact' or 'exponential_euler'"],
        [],  # said before, in this process
    )
    assert step == choose(make(text), "exponential_euler")[1]
    with pytest.raises(UnsupportedEquationsException, match="'t' changes within a step"):
        choose(make("dv/dt = (t/tau - v)/tau : 1"), "independent")
    with pytest.raises(UnsupportedEquationsException, match="is not linear"):
        choose(make("dv/dt = -v**2/tau : 1"), "independent")


# ------------------------------------------------------------------------------- exponential Euler


def test_exponential_euler_of_gating_variables():
    """A gating variable relaxes with its rates at the old voltage; calls are made once."""
    _, step = choose(make(GATING), "exponential_euler")
    calls = [text for tree in step.trees() for text in [to_text(tree)] if "exp(" in text]
    assert sum(text.count("exp(v / s)") for text in calls) == 1
    values = {"m": 0.2, "v": 0.3, "s": 1.0, "ms": 1e-3, "tau": 0.01}
    new = advance_values(step, values, 1e-4)["m"]
    a, b = math.exp(0.3) * 1e3, math.exp(-0.3) * 1e3
    rest = a / (a + b)
    assert new == pytest.approx(rest + (0.2 - rest) * math.exp(-(a + b) * 1e-4), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("dx/dt = -x/tau : 1", "x * exp(-dt / tau)"),
        ("dx/dt = c/tau : 1", "x + c / tau * dt"),
        ("dx/dt = -x*exp(t/tau)/tau : 1", "x * exp(-exp(t / tau) / tau * dt)"),
        ("dx/dt = -x*int(x > 0)/tau : 1", "x * exp(-int(x > 0) / tau * dt)"),
        ("dx/dt = -x*exp(x)/tau : 1", "x * exp(-exp(x) / tau * dt)"),
        ("dx/dt = -(x*2)*exp(x)**2 : 1", "x * exp(-2 * exp(x)**2 * dt)"),
    ],
)
def test_exponential_euler_forms(text, new):
    """Without forcing it is one exp; without decay it is Euler's method."""
    assert {n: to_text(tree) for n, tree in choose(make(text), "exponential_euler")[1].updates} == {
        "x": new
    }


def test_exponential_euler_does_not_move_at_rest():
    """Where the right-hand side is 0 the variable keeps every bit."""
    _, step = choose(make("dv/dt = (E - v)/tau : 1"), "exponential_euler")
    rest = 0.1 + 0.2
    assert advance_values(step, {"v": rest, "E": rest, "tau": 0.3}, 0.1)["v"] == rest


@pytest.mark.parametrize(
    "rate",
    [
        "-exp(v)",
        "-v**2",
        "v*(1 - v)",
        "1/v",
        "-(v + 1)**2",
        "-(v*exp(v))**2",
        "v*(exp(v)*v + 1)",
        "v**0.5",
    ],
)
def test_exponential_euler_refuses_what_is_not_conditionally_linear(rate):
    """Each equation has to be linear in its own variable, outside of functions."""
    text = f"dv/dt = ({rate})/tau : 1"
    with pytest.raises(UnsupportedEquationsException, match="is not linear"):
        choose(make(text), "exponential_euler")


# ----------------------------------------------------------------------------------------- options


def test_options_of_exact():
    """`simplify` is the option of 'exact'."""
    system = make("dv/dt = -v/tau : 1")
    assert choose(system, "exact", {"simplify": False}) == choose(system, exact)


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        (
            "euler",
            {"simplify": True},
            "method 'euler' has no option 'simplify'; its options are: none",
        ),
        ("exact", {"simplfy": True}, "did you mean 'simplify'?"),
        ("exact", {"zzz": 1}, "its options are: 'simplify'"),
        (("euler", "rk2"), {"simplify": True}, "method 'euler' has no option 'simplify'"),
    ],
)
def test_unknown_options(method, options, message):
    """An unknown option is a KeyError that names the known ones."""
    with pytest.raises(KeyError) as error:
        choose(make("dv/dt = -v/tau : 1"), method, options)
    assert message in str(error.value)


def test_options_are_for_the_candidates_that_know_them():
    """Of several methods, one that does not know an option may still be chosen."""
    assert choose(make("dv/dt = -v**2/tau : 1"), DEFAULT, {"simplify": True})[0] == "euler"


# ----------------------------------------------------------------------- functions and registering


def test_a_function_as_method():
    """A function gets equations, variables and options, and returns statements."""
    seen = []

    def forward(equations, variables, method_options):
        seen.append((equations, variables, method_options))
        return "change = -dt*v/tau  # of this step\nv += change; v *= 2"

    text = "dv/dt = -v/tau : 1"
    name, step = choose(make(text, variables={"v": 0}), forward, {"anything": 1})
    assert name == "forward"
    assert seen == [(Equations(text), {"v": 0}, {"anything": 1})]
    assert advance_values(step, {"v": 1.0, "tau": 0.5}, 0.1) == {"v": 1.6}


def test_statements_run_one_after_the_other():
    """Later statements see what earlier ones assigned, also for variables."""
    text = "dv/dt = -v/tau : 1\ndw/dt = -w/tau : 1"
    _, step = choose(make(text), lambda *_, **__: "v = w\nw = v + 1\nv = v + w")
    assert advance_values(step, {"v": 7.0, "w": 2.0}, 0.1) == {"v": 5.0, "w": 3.0}


def test_code_of_a_function_keeps_frozen_variables():
    """(unless refractory) holds for methods that know nothing of it."""
    text = "dv/dt = -v/tau : 1 (unless refractory)\ndw/dt = -w/tau : 1"
    _, step = choose(make(text, refractory=True), lambda *_: "v = 0; w = 0")
    values = {"v": 7.0, "w": 2.0, "not_refractory": False}
    assert advance_values(step, values, 0.1) == {"v": 7.0, "w": 0}


def test_registering_a_method(registered):
    """A registered name is found, whatever its case; a name can be taken once."""
    registered("backward", lambda *_, **__: "v = v/(1 + dt/tau)")
    name, step = choose(make("dv/dt = -v/tau : 1"), "Backward")
    assert name == "Backward"
    assert advance_values(step, {"v": 1.0, "tau": 1.0}, 1.0) == {"v": 0.5}
    with pytest.raises(ValueError, match="already a method with the name 'euler'"):
        StateUpdateMethod.register("euler", euler)
    with pytest.raises(ValueError, match="not int"):
        StateUpdateMethod.register("three", 3)


def test_apply_stateupdater_gives_code():
    """The traditional entry point returns the code of the first suitable method."""
    equations = Equations("dv/dt = -v**2/tau : 1")
    code = StateUpdateMethod.apply_stateupdater(equations, {}, ["exact", "rk2"])
    assert code.endswith("\nv = _v")
    assert StateUpdateMethod.apply_stateupdater(equations, {}, "euler", group_name="g") == euler(
        equations
    )


# ------------------------------------------------------------------------------- systems and steps


def test_noise_has_to_be_a_factor():
    """xi**2 is no white noise: the equations are wrong, whatever the method."""
    with pytest.raises(EquationError):
        make("dv/dt = -v/tau + xi**2 : 1")


def test_subexpressions_are_put_in_unless_they_are_stored():
    """Ordinary subexpressions move within a step; (constant over dt) ones are names."""
    text = "dv/dt = (a + b)/tau : 1\na = 2*c : 1\nc = v : 1\nb = v : 1 (constant over dt)"
    (equation,) = make(text).equations
    assert to_text(equation.drift) == "(2 * v + b) / tau"


def test_how_trees_vary():
    """A tree varies as its worst part does."""
    kinds = {"g": Varies.SHARED, "p": Varies.ELEMENT}
    system = System((), kinds.__getitem__, held=frozenset({"stim"}))
    for text, varies in {
        "1": Varies.SHARED,
        "g*exp(-dt/g)*pi": Varies.SHARED,
        "g + p": Varies.ELEMENT,
        "unheard_of(g)": Varies.ELEMENT,
        "stim(t)": Varies.ELEMENT,
        "stim(t, p)": Varies.ELEMENT,
        "stim(t + g)": Varies.WITHIN_STEP,
        "sin(t)": Varies.WITHIN_STEP,
    }.items():
        assert system.of_tree(parse_expression(text)) == varies


def test_repeated_calls_are_computed_once():
    """Elementary functions of equal arguments are shared; random numbers are not."""
    tree = parse_expression("exp(a)*b + exp(a)*b + rand() + rand() + f(a) + f(a) + a*b + a*b")
    step = share_calls(Step((Assignment("_s1", parse_expression("2*exp(a)")),), (("x", tree),)))
    assert [(t.name, to_text(t.value)) for t in step.temporaries] == [
        ("_s1_", "exp(a)"),
        ("_s1", "2 * _s1_"),
        ("_s2", "_s1_ * b"),
    ]
    new = "_s2 + _s2 + rand() + rand() + f(a) + f(a) + a * b + a * b"
    assert to_text(step.updates[0][1]) == new


def test_steps_are_the_same_each_time():
    """Generated text must not change from run to run: names and order are stable."""
    text = "dv/dt = (g + h - v)/tau : 1\ndg/dt = -g/tg : 1\ndh/dt = -h/th : 1"
    one, two = (choose(make(text), "exact")[1] for _ in range(2))
    assert one == two
    assert one.propagators == two.propagators
