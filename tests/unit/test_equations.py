"""Equations: forms of definitions, the mapping, replacements, what they know about themselves."""

from __future__ import annotations

import contextlib
import copy
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainsim.units as u
from brainsim.equations import (
    DIFFERENTIAL,
    PARAMETER,
    SUBEXPRESSION,
    Equations,
    Expression,
    SingleEquation,
    check_equation_units,
    noise_factors,
    parse_expression,
    to_latex,
    to_text,
)
from brainsim.equations.latex import latex_name
from brainsim.equations.tree import Binary, Name, Number, Unary
from brainsim.errors import BrainsimError, EquationError
from brainsim.units.dimensions import DIMENSIONLESS
from brainsim.units.fundamentalunits import DEFAULT_UNITS

MODEL = """
# an integrate-and-fire neuron
dv/dt = (ge + I
         + x - v)/tau  # leak
        + sigma*xi*tau**-0.5 : volt (unless refractory)
dge/dt = -ge/taue : volt
x = 2*ge : volt
y = x + v : volt (constant over dt, shared)
tau : second (constant)
I : volt
n : integer
b : boolean (shared, constant)
c : farad/meter**2
"""


def test_the_three_forms():
    eqs = Equations(MODEL)
    assert list(eqs) == ["v", "ge", "x", "y", "tau", "I", "n", "b", "c"]
    assert [eq.type for eq in eqs.values()] == [
        *[DIFFERENTIAL] * 2,
        *[SUBEXPRESSION] * 2,
        *[PARAMETER] * 5,
    ]
    assert eqs["v"].flags == ("unless refractory",)
    assert eqs["y"].flags == ("constant over dt", "shared")
    assert eqs["v"].expr == parse_expression("(ge + I + x - v)/tau + sigma*xi*tau**-0.5")
    assert eqs["tau"].expr is None
    assert eqs["c"].dimensions is u.farad.dim / u.metre.dim**2
    assert (eqs["n"].var_type, eqs["b"].var_type, eqs["v"].var_type) == (
        "integer",
        "boolean",
        "float",
    )


def test_places_in_the_text():
    eqs = Equations(MODEL, source_name="equations of 'neurons'")
    v = eqs["v"]
    assert v.span.source.name == "equations of 'neurons'"
    assert MODEL[v.name_span.start : v.name_span.stop] == "v"
    assert MODEL[v.flags_span.start : v.flags_span.stop] == "(unless refractory)"
    assert MODEL[v.span.start : v.span.stop].startswith("dv/dt")
    assert MODEL[v.span.start : v.span.stop].endswith("refractory)")


@pytest.mark.parametrize(
    "text",
    [
        "dv/dt = a + b : 1",
        "dv/dt=a+b:1",
        "dv / dt = a + b : 1",
        "d v/dt = a + b : 1",
        "\tdv/dt\n =\n a\n + b\n :\n 1\r\n",
        "dv/dt = a +\n b : 1",
        "dv/dt = a # x : 1\n + b : 1 # (flag)",
    ],
)
def test_blanks_lines_and_comments_do_not_matter(text):
    assert Equations(text) == Equations("dv/dt = a + b : 1")


@pytest.mark.parametrize(
    ("unit", "dim"),
    [
        ("1", DIMENSIONLESS),
        ("volt", u.volt.dim),
        ("farad/meter**2", u.farad.dim / u.metre.dim**2),
        ("1/second", u.hertz.dim),
        ("Hz", u.hertz.dim),
        ("second**-1", u.hertz.dim),
        ("volt**0.5", u.volt.dim**0.5),
        ("second**(1/2)", u.second.dim**0.5),
        ("volt / (second*metre)", u.volt.dim / u.second.dim / u.metre.dim),
        ("(volt)", u.volt.dim),
        ("amp*second", u.coulomb.dim),
        ("mmolar", u.mmolar.dim),
        ("mM", u.mmolar.dim),
        ("kilogram", u.kilogram.dim),
        ("radian", DIMENSIONLESS),
    ],
)
def test_units(unit, dim):
    assert Equations(f"v : {unit}")["v"].dimensions is dim
    assert Equations(f"v : {unit} (constant)")["v"].flags == ("constant",)
    assert Equations(f"v : {unit}(constant)")["v"].dimensions is dim


@pytest.mark.parametrize(
    "text",
    [
        "v : 1 (constant over dt, event-driven)",
        "v : 1 ( constant  over dt ,event - driven )",
        "v : 1 (constant over dt,\n event-driven)",
        "v : 1\n(constant over dt, event-driven)",
    ],
)
def test_flags(text):
    assert Equations(text)["v"].flags == ("constant over dt", "event-driven")


def test_no_equations():
    assert len(Equations("")) == len(Equations(" # nothing\n")) == 0
    assert str(Equations("")) == ""
    assert Equations("").stochastic_type is None


def test_text_shows_subexpressions_then_differential_equations_then_parameters():
    assert str(Equations(MODEL)).splitlines() == [
        "x = 2*ge : V",
        "y = x + v : V (constant over dt, shared)",
        "dge/dt = -ge/taue : V",
        "dv/dt = (ge + I + x - v)/tau + sigma*xi*tau**-0.5 : V (unless refractory)",
        "I : V",
        "b : boolean (shared, constant)",
        "c : F/(m^2)",
        "n : integer",
        "tau : s (constant)",
    ]
    assert repr(Equations("v : 1\nw : 1")) == "<Equations of v, w>"
    assert repr(Equations("v : volt")["v"]) == "<parameter: v : V>"


def test_what_equations_know():
    eqs = Equations(MODEL)
    assert eqs.names == set(eqs)
    assert eqs.diff_eq_names == {"v", "ge"}
    assert eqs.subexpr_names == {"x", "y"}
    assert eqs.eq_names == {"v", "ge", "x", "y"}
    assert eqs.parameter_names == {"tau", "I", "n", "b", "c"}
    assert eqs.identifiers == {"sigma", "taue", "xi"}
    assert eqs.dimensions["ge"] is u.volt.dim
    assert eqs.diff_eq_expressions == [
        ("v", Expression("(ge + I + x - v)/tau + sigma*xi*tau**-0.5")),
        ("ge", Expression("-ge/taue")),
    ]
    assert [name for name, _ in eqs.eq_expressions] == ["v", "ge", "x", "y"]


def test_what_a_single_equation_knows_under_the_names_of_the_tradition():
    v = Equations(MODEL)["v"]
    assert (v.varname, v.dim, v.unit) == ("v", u.volt.dim, u.volt)
    assert v.identifiers == {"ge", "I", "x", "v", "tau", "sigma", "xi"}
    assert v.stochastic_variables == {"xi"}


def test_subexpressions_come_after_those_they_refer_to():
    eqs = Equations("x = y*2 : 1\ny = z + 1 : 1\nz = k : 1\ndv/dt = x/second : 1\nk : 1")
    assert [eq.name for eq in eqs.ordered] == ["z", "y", "x", "v", "k"]


def test_a_long_chain_of_subexpressions_is_no_problem_while_it_is_small():
    chain = "\n".join(f"x{i + 1} = x{i} : 1" for i in range(2500))
    eqs = Equations(chain)
    assert [eq.name for eq in eqs.ordered][:2] == ["x1", "x2"]
    assert eqs.substituted() == {}


def test_dependencies_name_the_way():
    eqs = Equations("dv/dt = x/tau : 1\nx = 2*y : 1\ny = k : 1\nk : 1")
    found = [(d.equation.name, d.via) for d in eqs.dependencies["v"]]
    assert found == [("x", ()), ("y", ("x",)), ("k", ("x", "y"))]


def test_substituted_right_hand_sides():
    eqs = Equations(
        """
        dv/dt = (x + s - v)/tau : 1
        dw/dt = y/tau : 1
        x = 2*y : 1
        y = w + k : 1
        s = rand() + y : 1 (constant over dt)
        k : 1
        """
    )
    trees = {name: to_text(tree) for name, tree in eqs.substituted().items()}
    assert trees == {"v": "(2 * (w + k) + s - v) / tau", "w": "(w + k) / tau"}
    listed = eqs.get_substituted_expressions(include_subexpressions=True)
    assert [(name, str(tree)) for name, tree in listed] == [
        ("y", "w + k"),
        ("x", "2 * (w + k)"),
        ("s", "rand() + (w + k)"),
        ("v", "(2 * (w + k) + s - v) / tau"),
        ("w", "(w + k) / tau"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("dv/dt = -v : 1", None),
        ("dv/dt = xi : 1", "additive"),
        ("dv/dt = -v + sigma*xi/tau**.5 - xi_2 : 1", "additive"),
        ("dv/dt = xi*k : 1\nk : 1", "additive"),
        ("dv/dt = x*xi : 1\nx = k*2 : 1", "additive"),
        ("dv/dt = x*xi : 1\nx = v : 1 (constant over dt)", "additive"),
        ("dv/dt = v*xi : 1", "multiplicative"),
        ("dv/dt = -(1 + t/second)*xi : 1", "multiplicative"),
        ("dv/dt = xi*w : 1\ndw/dt = -w : 1", "multiplicative"),
        ("dv/dt = xi_1 + x*xi_2 : 1\nx = 2*y : 1\ny = v : 1", "multiplicative"),
    ],
)
def test_kind_of_noise(text, kind):
    eqs = Equations(text)
    assert eqs.stochastic_type == kind
    assert eqs.is_stochastic == (kind is not None)


def test_factors_of_noise():
    tree = parse_expression("-a*(xi/b - c*xi_1) + f(v)")
    assert noise_factors(tree) == {"xi": {"a", "b"}, "xi_1": {"a", "c"}}


def test_equations_can_be_added():
    eqs = Equations("dv/dt = -v/tau : volt") + Equations("tau : second") + "w : 1"
    assert list(eqs) == ["v", "tau", "w"]
    with pytest.raises(EquationError, match="'w' is defined twice"):
        eqs + "w : volt"
    with pytest.raises(TypeError):
        eqs + 3


def test_equality_ignores_order_and_spelling():
    one, other = Equations("v : volt\nx = a+b : 1"), Equations("x = a + b : 1\nv : volt # unit")
    assert one == other
    assert hash(one) == hash(other)
    assert one != Equations("v : volt")
    assert one != "v : volt"


def test_equations_cannot_be_changed():
    eqs = Equations(MODEL)
    with pytest.raises(TypeError):
        eqs["v"] = eqs["ge"]
    with pytest.raises(AttributeError):
        eqs["v"].name = "w"


def pickled(value):
    """Return a copy made by pickling."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_equations_survive_copying_and_pickling(copied):
    eqs = Equations(MODEL)
    assert copied(eqs) == eqs
    assert str(copied(eqs)) == str(eqs)


def test_equations_are_made_of_text_or_equations():
    single = SingleEquation(PARAMETER, "k", DIMENSIONLESS)
    assert Equations([single]) == Equations("k : 1")
    for wrong in (3, ["k : 1"], None):
        with pytest.raises(TypeError):
            Equations(wrong)


# ------------------------------------------------------------------------------- replacements


def text_of(eqs: Equations, name: str = "v") -> str:
    """Return a right-hand side."""
    return to_text(eqs[name].expr)


def test_names_replace_names():
    eqs = Equations("dv/dt = (x - v)/tau : volt\nx : volt", v="w", tau="tau_m", other="nothing")
    assert str(eqs) == "dw/dt = (x - w)/tau_m : V\nx : V"


def test_replaced_names_may_be_exchanged():
    eqs = Equations("dv/dt = w/ms : 1\ndw/dt = -v/ms : 1", v="w", w="v")
    assert eqs == Equations("dw/dt = v/ms : 1\ndv/dt = -w/ms : 1")


def test_expressions_and_functions_replace_names():
    eqs = Equations("dv/dt = a*f(v) : 1", a="b + c", f="sin")
    assert text_of(eqs) == "(b + c) * sin(v)"


@pytest.mark.row("4 Equations(text, replacements)")
def test_replacements_keep_the_text_around_them():
    eqs = Equations(
        "x = a*b : 1\ny = c*d : 1\nz = a_b*1e3*e3 : 1", a="k", b=-2, d=10 * u.ms, e3="u"
    )
    assert str(eqs) == "x = k*(-2) : 1\ny = c*(10.0 * msecond) : 1\nz = a_b*1e3*u : 1"
    called = Equations("x = f(a)*b : 1", f=3)
    assert str(called) == "x = f(a) * b : 1", "a number cannot be called"


@pytest.mark.row("4 attributes")
def test_the_right_side_of_an_equation_is_text_too():
    expr = Equations("dv/dt = (E-v)/tau : volt")["v"].expr
    assert str(expr) == expr.code == "(E - v) / tau"
    assert expr.identifiers == {"E", "v", "tau"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (-3, "-3"),
        (2.5, "2.5"),
        (np.float64(0.1), "0.1"),
        (np.int32(4), "4"),
        (True, "True"),
        (-np.inf, "-inf"),
        (10**20, "1e+20"),
        (10 * u.ms, "10.0 * msecond"),
        (-70 * u.mV, "-70.0 * mvolt"),
        (u.mV, "1.0 * mvolt"),
        (np.array(2.0) * u.nS, "2.0 * nsiemens"),
        (0.25 * u.farad / u.metre**2, "0.25 * farad / metre**2"),
        (2 * u.second**-0.5, "2.0 * second**-0.5"),
    ],
)
def test_values_replace_names(value, text):
    eqs = Equations("dv/dt = tau : 1", tau=value)
    assert text_of(eqs).replace("(", "").replace(")", "") == text
    # what it means is exactly the value
    tree = eqs["v"].expr
    assert evaluated(tree) == float(value)


def evaluated(tree) -> float:
    """Return the value of products and powers of numbers and units in base units."""
    match tree:
        case Number():
            return tree.value
        case Name():
            return np.inf if tree.name == "inf" else float(DEFAULT_UNITS[tree.name])
        case Unary():
            return -evaluated(tree.operand)
        case Binary():
            operation = {"*": operator.mul, "/": operator.truediv, "**": operator.pow}[tree.op]
            return operation(evaluated(tree.left), evaluated(tree.right))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_value_keeps_all_its_digits(value):
    eqs = Equations("dv/dt = tau : 1", tau=value * u.mV)
    assert evaluated(eqs["v"].expr) == float(value * u.mV)


@pytest.mark.parametrize("wrong", [[1, 2], np.array([1.0, 2.0]) * u.mV, None, 3j, float("nan"), {}])
def test_other_values_cannot_replace(wrong):
    with pytest.raises(TypeError, match="'a' can be replaced by"):
        Equations("dv/dt = a : 1", a=wrong)


def test_values_cannot_replace_variables():
    with pytest.raises(ValueError, match="'v' is defined by the equations"):
        Equations("dv/dt = -v/ms : 1", v=3)


def test_replacements_must_be_legal_and_unique():
    with pytest.raises(SyntaxError, match="'volt' cannot be the name of a variable"):
        Equations("v : 1", v="volt")
    with pytest.raises(SyntaxError, match="neither a number nor a name"):
        Equations("v : 1", v="1a")
    with pytest.raises(EquationError, match="'w' is defined twice"):
        Equations("v : 1\nw : 1", v="w")


def test_substitute_makes_new_equations():
    eqs = Equations("dv/dt = -v/tau : 1")
    assert eqs.substitute(tau=10 * u.ms)["v"].identifiers == {"v", "msecond"}
    assert eqs == Equations("dv/dt = -v/tau : 1")


# --------------------------------------------------------------------------------------- units


HH = """
dv/dt = (gl*(El-v) + ge*(Ee-v) - g_na*(m*m*m)*h*(v-ENa) - g_kd*(n*n*n*n)*(v-EK))/Cm : volt
dm/dt = alpha_m*(1-m)-beta_m*m : 1
dn/dt = alpha_n*(1-n)-beta_n*n : 1
dh/dt = alpha_h*(1-h)-beta_h*h : 1
dge/dt = -ge*(1./taue) : siemens
alpha_m = 0.32*(mV**-1)*4*mV/exprel((13*mV-v+VT)/(4*mV))/ms : Hz
beta_m = 0.28*(mV**-1)*5*mV/exprel((v-VT-40*mV)/(5*mV))/ms : Hz
alpha_h = 0.128*exp((17*mV-v+VT)/(18*mV))/ms : Hz
beta_h = 4./(1+exp((40*mV-v+VT)/(5*mV)))/ms : Hz
alpha_n = 0.032*(mV**-1)*5*mV/exprel((15*mV-v+VT)/(5*mV))/ms : Hz
beta_n = .5*exp((10*mV-v+VT)/(40*mV))/ms : Hz
"""
EXTERNAL = {
    **dict.fromkeys(("gl", "g_na", "g_kd"), u.siemens.dim),
    **dict.fromkeys(("El", "Ee", "ENa", "EK", "VT"), u.volt.dim),
    "Cm": u.farad.dim,
    "taue": u.second.dim,
}


def test_a_published_model_has_consistent_units():
    check_equation_units(Equations(HH), EXTERNAL)
    check_equation_units(Equations(MODEL), {"sigma": u.volt.dim, "taue": u.second.dim})


@pytest.mark.parametrize("name", sorted(EXTERNAL))
def test_one_wrong_unit_is_found_and_one_unknown_is_not(name):
    check_equation_units(Equations(HH), {**EXTERNAL, name: None})
    with pytest.raises(u.DimensionMismatchError):
        check_equation_units(Equations(HH), {**EXTERNAL, name: u.kelvin.dim})
    with pytest.raises(KeyError, match=f"'{name}' is not defined"):
        check_equation_units(Equations(HH), {k: v for k, v in EXTERNAL.items() if k != name})


def test_noise_has_a_unit_in_differential_equations_only():
    check_equation_units(Equations("dv/dt = xi*second**-0.5 : 1"), {})
    with pytest.raises(u.DimensionMismatchError):
        check_equation_units(Equations("dv/dt = xi : 1"), {})


# --------------------------------------------------------------------------------------- shown


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("(a - b)/tau_m", r"\frac{a - b}{\tau_{m}}"),
        ("a*(b + c)", r"a\,\left(b + c\right)"),
        ("2*3", r"2 \cdot 3"),
        ("a**(b + c)", r"a^{b + c}"),
        ("(a/b)**2", r"\left(\frac{a}{b}\right)^{2}"),
        ("-a", "-a"),
        (
            "exp(-x) + foo_bar(x, y)",
            r"\exp\left(-x\right) + \operatorname{foo\_bar}\left(x, y\right)",
        ),
        ("sqrt(x) + abs(y)", r"\sqrt{x} + \left|y\right|"),
        ("floor(x) + ceil(y)", r"\left\lfloor x \right\rfloor + \left\lceil y \right\rceil"),
        ("a // b", r"\left\lfloor \frac{a}{b} \right\rfloor"),
        ("a % b", r"a \bmod b"),
        ("a <= b and not c != d", r"a \le b \wedge \neg c \ne d"),
        ("True or 1e-3 > x1", r"\mathrm{True} \vee 0.001 > x_{1}"),
        ("1e-9*mV", r"1 \cdot 10^{-9}\,\mathrm{m}\mathrm{V}"),
        ("-inf*ohm", r"-\infty\,\mathrm{ohm}"),
    ],
)
def test_latex_of_expressions(text, latex):
    assert to_latex(parse_expression(text)) == latex


def test_latex_of_names():
    assert latex_name("g_Na_max") == r"g_{\mathit{Na},\mathit{max}}"
    assert latex_name("__") == r"\_"


def test_equations_in_notebooks():
    eqs = Equations("dv/dt = -v/tau : volt (unless refractory)\ntau : second\nb : boolean\nk : 1")
    assert eqs._repr_latex_() == (
        r"\begin{align*}\frac{\mathrm{d}v}{\mathrm{d}t} &= \frac{-v}{\tau} && "
        r"\text{(unit of $v$: $\mathrm{V}$, flags: unless refractory)}\\" + "\n"
        r"\tau & && \text{(unit: $\mathrm{s}$)}\\" + "\n"
        r"b & && \text{(unit: $\text{boolean}$)}\\" + "\n"
        r"k & && \text{(unit: $1$)}\end{align*}"
    )
    assert eqs["v"]._repr_latex_() == r"$\frac{\mathrm{d}v}{\mathrm{d}t} = \frac{-v}{\tau}$"
    assert Expression("a/b")._repr_latex_() == r"$\frac{a}{b}$"


def test_equations_in_terminals():
    shown = []
    printer = type("Printer", (), {"text": lambda _, text: shown.append(text)})()
    eqs = Equations("v : volt")
    eqs._repr_pretty_(printer, cycle=False)
    eqs["v"]._repr_pretty_(printer, cycle=False)
    assert shown == ["v : V", "v : V"]


# ---------------------------------------------------------------------------------- hostile text


WORDS = [
    "dv/dt",
    "v",
    "w",
    "=",
    ":",
    "1",
    "volt",
    "(",
    ")",
    "\n",
    ",",
    ";",
    "#",
    "xi",
    "+",
    "/",
    "**",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=30))
def test_any_words_give_equations_or_an_error_of_ours(words):
    with contextlib.suppress(BrainsimError):
        eqs = Equations(" ".join(words))
        assert Equations("\n".join(definition(eq) for eq in eqs.values())) == eqs


def definition(eq: SingleEquation) -> str:
    """Return a definition as text which can be read again."""
    left = f"d{eq.name}/dt" if eq.type == DIFFERENTIAL else eq.name
    right = "" if eq.expr is None else f" = {to_text(eq.expr)}"
    unit = repr(eq.unit) if not eq.dimensions.is_dimensionless else "1"
    flags = f" ({', '.join(eq.flags)})" if eq.flags else ""
    return f"{left}{right} : {unit}{flags}"


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_any_text_gives_equations_or_an_error_of_ours(text):
    with contextlib.suppress(BrainsimError):
        Equations(text)
