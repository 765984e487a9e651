"""Dimensions and kinds of expressions, conditions and statements."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import brainsim.units as u
from brainsim.equations import (
    DEFAULT_FUNCTIONS,
    NameInfo,
    UnitMismatchError,
    check_condition,
    check_dimension,
    check_statement_units,
    dimension_of,
    kind_of,
    parse_expression,
    parse_statements,
    to_text,
)
from brainsim.equations.tree import Binary, Call, Compare, Name, Unary
from brainsim.equations.unittext import unit_name, unit_of
from brainsim.errors import ArgumentTypeError, ExpressionSyntaxError, UnknownNameError
from brainsim.units.dimensions import DIMENSIONLESS, Dimension, DimensionMismatchError

VOLT, AMP, SECOND = u.volt.dim, u.amp.dim, u.second.dim
NAMES = {
    "v": VOLT,
    "w": VOLT,
    "E": AMP,
    "tau": NameInfo(SECOND, "float", 0.01),
    "t": SECOND,
    "dt": SECOND,
    "x": NameInfo(),
    "n": NameInfo(kind="integer"),
    "b": NameInfo(kind="boolean"),
    "two": NameInfo(kind="integer", value=2),
    "half": NameInfo(value=0.5),
    "later": None,
}


def dim(text: str):
    """Return the dimension of an expression."""
    return dimension_of(parse_expression(text), NAMES)


def refused(text: str, error: type[Exception], check=dim) -> str:
    """Return what a user is told about a wrong text."""
    with pytest.raises(error) as caught:
        check(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v + w", VOLT),
        ("v*E", VOLT * AMP),
        ("v/tau", VOLT / SECOND),
        ("-v", VOLT),
        ("v % w", VOLT),
        ("x // 2", DIMENSIONLESS),
        ("v**2", VOLT**2),
        ("v**-1", VOLT**-1),
        ("v**(1/2)", VOLT**0.5),
        ("v**(1/3)*v**(2/3)", VOLT),
        ("v**two", VOLT**2),
        ("v**(two*half + 1)", VOLT**2),
        ("v**half", VOLT**0.5),
        ("x**n", DIMENSIONLESS),
        ("2**(v/w)", DIMENSIONLESS),
        ("v > w", DIMENSIONLESS),
        ("v > w and not b", DIMENSIONLESS),
        ("v + 0", VOLT),
        ("0 - v", VOLT),
        ("v > 0", DIMENSIONLESS),
        ("v % -0.0", VOLT),
        ("3*mV", VOLT),
        ("5*nA*Mohm", VOLT),
        ("pi*e*v", VOLT),
        ("inf*volt", VOLT),
        ("(v > w)*v", VOLT),
        ("sqrt(v)", VOLT**0.5),
        ("abs(v)", VOLT),
        ("floor(v)", VOLT),
        ("sign(v)", DIMENSIONLESS),
        ("clip(v, 0, w)", VOLT),
        ("clip(0, v, w)", VOLT),
        ("exp(-v/w)", DIMENSIONLESS),
        ("int(v > w)", DIMENSIONLESS),
        ("timestep(t, dt)", DIMENSIONLESS),
        ("rand()*v", VOLT),
        ("poisson(x)", DIMENSIONLESS),
    ],
)
def test_dimensions(text, expected):
    assert dim(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("later", None),
        ("later*v", None),
        ("later + v", VOLT),
        ("later(v)", None),
        ("v**later", None),
        ("clip(later, v, w)", None),
        ("x**later", DIMENSIONLESS),
        ("later > v", DIMENSIONLESS),
        ("later and b", DIMENSIONLESS),
        ("exp(later)", DIMENSIONLESS),
    ],
)
def test_what_is_not_known_yet_is_believed_to_fit(text, expected):
    assert dim(text) is expected


# all that a user is told; the text they wrote is the line of the excerpt
UNIT_ERRORS = """
cannot subtract volt from amp
  1 | (E - v)/tau
    |  ^^^^^ E is amp, v is volt

cannot add volt and dimensionless
  1 | v + 1
    | ^^^^^ v is volt, 1 is dimensionless
  help: give the number a unit: 1*volt

cannot compare volt and dimensionless
  1 | b and v > 10
    |       ^^^^^^ v is volt, 10 is dimensionless
  help: give the number a unit: 10*volt

cannot take volt modulo second
  1 | v % tau
    | ^^^^^^^ v is volt, tau is second

a power must be a number without unit, not volt
  1 | 2**v
    |    ^ v is volt

cannot add watt and volt/second
  1 | x*(v*E + v/tau)
    |    ^^^^^^^^^^^ v*E is watt, v/tau is volt/second

cannot add volt and amp
  1 | v + w + v*two*half + x*E - v
    | ^^^^^^^^^^^^^^^^^^^^^^^^ v + w + v*two*half is volt, x*E is amp

exp() takes a number without unit, not volt
  1 | exp(v)
    |     ^ v is volt
  help: divide it by something in volt

timestep() takes second, not volt
  1 | timestep(v, dt)
    |          ^ v is volt

clip() needs the same unit for these arguments
  1 | clip(v, 1, w)
    | ^^^^^^^^^^^^^ v is volt, 1 is dimensionless
  help: give the number a unit: 1*volt
""".strip().split("\n\n")


@pytest.mark.parametrize("answer", UNIT_ERRORS)
def test_unit_errors_point_at_the_smallest_wrong_part(answer):
    line = answer.splitlines()[1].removeprefix("  1 | ")
    # old scripts catch the type of the units package
    assert refused(line, DimensionMismatchError) == answer


SYNTAX_ERRORS = """
'tau' is not a function
  1 | tau(v - w)
    | ^^^^^^^^^^
  help: to multiply, write tau * (v - w)

'mV' is not a function
  1 | 3*mV(v)
    |   ^^^^^
  help: to multiply, write mV * v

'exp' is a function, not a value
  1 | 2*exp
    |   ^^^
  help: call it: exp(...)

exp() takes 1 argument, not 2
  1 | exp(x, 2)
    | ^^^^^^^^^

rand() takes no arguments, not 1
  1 | rand(n)
    | ^^^^^^^

clip() takes 3 arguments, not none
  1 | clip()
    | ^^^^^^

'v' is a number, but 'and', 'or' and 'not' combine conditions
  1 | b and v
    |       ^
  help: compare it with something, such as x > 0

the unit of 'v**n' is not fixed: 'n' is not a constant
  1 | v**n
    |    ^
  help: use a number, or a constant without unit

the unit of 'v**rand()' is not fixed: 'rand()' is not a constant
  1 | v**rand()
    |    ^^^^^^
  help: use a number, or a constant without unit

the unit of 'v**(1/0)' is not fixed: its power cannot be computed
  1 | v**(1/0)
    |     ^^^
  help: use a number, or a constant without unit

the unit of 'v**inf' is not fixed: inf is no power of a unit
  1 | v**inf
    |    ^^^
  help: use a number, or a constant without unit

the unit of 'v**((-8.0)**0.5)' is not fixed: its power is complex
  1 | v**((-8.0)**0.5)
    |     ^^^^^^^^^^^
  help: use a number, or a constant without unit
""".strip().split("\n\n")


@pytest.mark.parametrize("answer", SYNTAX_ERRORS)
def test_misused_functions_and_numbers(answer):
    line = answer.splitlines()[1].removeprefix("  1 | ")
    assert refused(line, SyntaxError) == answer


def test_huge_powers_of_units_are_refused_quickly():
    assert "cannot be computed" in refused("v**(9.0**9.0**9)", ExpressionSyntaxError)


def test_all_mistakes_are_reported_at_once_each_name_once():
    text = "foo + exp(v) + bar*foo + tua"
    assert refused(text, UnknownNameError) == (
        "'foo' is not defined\n"
        f"  1 | {text}\n"
        "    | ^^^\n"
        "  help: did you mean 'floor'?\n\n"
        "exp() takes a number without unit, not volt\n"
        f"  1 | {text}\n"
        "    |           ^ v is volt\n"
        "  help: divide it by something in volt\n\n"
        "'bar' is not defined\n"
        f"  1 | {text}\n"
        "    |                ^^^\n"
        "  help: define it in Python before the run, or as a parameter of the equations\n\n"
        "'tua' is not defined\n"
        f"  1 | {text}\n"
        "    |                          ^^^\n"
        "  help: did you mean 'tau'?"
    )


def test_an_unknown_name_is_a_key_error():
    assert "did you mean 'exp'?" in refused("epx(x)", KeyError)


def test_lookups_may_be_functions():
    def lookup(name: str) -> Dimension:
        return {"a": VOLT}[name]

    assert dimension_of(parse_expression("a*mV"), lookup) is VOLT**2
    with pytest.raises(UnknownNameError):
        dimension_of(parse_expression("b"), lookup)


def test_trees_without_source_are_shown_as_text():
    tree = Binary("+", Name("v"), Binary("*", Name("E"), Name("x")))
    with pytest.raises(UnitMismatchError, match=r"1 \| v \+ E \* x"):
        dimension_of(tree, NAMES)


def test_unit_errors_keep_their_dimensions_and_survive_pickling():
    with pytest.raises(UnitMismatchError) as caught:
        dim("v + E")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert caught.value.dims == copy.dims == (VOLT, AMP)
    assert str(copy) == str(caught.value)


unit_trees = st.recursive(
    st.sampled_from(["v", "w", "E", "tau", "x"]).map(Name) | st.just(parse_expression("2.0")),
    lambda parts: st.one_of(
        st.builds(Unary, st.just("-"), parts),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), parts, parts),
        st.builds(
            Binary, st.just("**"), parts, st.sampled_from(["2", "0.5"]).map(parse_expression)
        ),
        st.builds(Call, st.sampled_from(["abs", "sqrt", "exp"]), parts.map(lambda part: (part,))),
        st.builds(Compare, st.just("<"), parts, parts),
    ),
    max_leaves=8,
)


def calculated(tree):
    """Return the value of a tree as calculated with quantities."""
    values = {"v": 1 * u.volt, "w": 2 * u.volt, "E": 3 * u.amp, "tau": 4 * u.second, "x": 5.0}
    match tree:
        case Name():
            return values[tree.name]
        case Unary():
            return -calculated(tree.operand)
        case Compare():
            return float(calculated(tree.left) < calculated(tree.right))
        case Call():
            return DEFAULT_FUNCTIONS[tree.function].pyfunc(calculated(tree.args[0]))
        case Binary():
            left, right = calculated(tree.left), calculated(tree.right)
            operation = {
                "+": lambda: left + right,
                "-": lambda: left - right,
                "*": lambda: left * right,
                "/": lambda: left / right,
                "**": lambda: abs(left) ** right,  # a negative base has the same dimension
            }[tree.op]
            return operation()
        case _:
            return tree.value


@given(unit_trees)
def test_dimensions_are_those_of_quantities(tree):
    with np.errstate(all="ignore"):
        try:
            value = calculated(tree)
        except DimensionMismatchError:
            with pytest.raises(DimensionMismatchError):
                dimension_of(tree, NAMES)
            return
        except (ZeroDivisionError, OverflowError):
            return
    # quantities accept the value 0 with any unit, expressions the literal 0 only
    try:
        found = dimension_of(tree, NAMES)
    except DimensionMismatchError:
        assert "-" in to_text(tree) or "<" in to_text(tree)
        return
    assert found is u.get_dimensions(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1", "integer"),
        ("1.0", "float"),
        ("True", "boolean"),
        ("n + 1", "integer"),
        ("n*x", "float"),
        ("n/2", "float"),
        ("n//2", "integer"),
        ("n % 2", "integer"),
        ("n**2", "integer"),
        ("n**0.5", "float"),
        ("b + b", "integer"),
        ("-b", "integer"),
        ("-n", "integer"),
        ("b", "boolean"),
        ("not n", "boolean"),
        ("n > 1 and b", "boolean"),
        ("int(x)", "integer"),
        ("abs(n)", "integer"),
        ("abs(x)", "float"),
        ("clip(n, 0, 1.0)", "float"),
        ("clip(n, 0, 1)", "integer"),
        ("sign(n)", "integer"),
        ("floor(n)", "float"),
        ("exp(n)", "float"),
        ("poisson(x)", "integer"),
        ("rand()", "float"),
        ("timestep(t, dt)", "integer"),
        ("later", "float"),
        ("pi", "float"),
    ],
)
def test_kinds(text, kind):
    assert kind_of(parse_expression(text), NAMES) == kind


@pytest.mark.parametrize("text", ["v > w", "b", "not b", "True", "later", "v > later and b"])
def test_conditions(text):
    check_condition(parse_expression(text), NAMES)


@pytest.mark.parametrize("text", ["v", "n", "x", "1", "int(b)", "b + b", "rand()"])
def test_numbers_are_no_conditions(text):
    def check(text):
        check_condition(parse_expression(text), NAMES, "threshold")

    answer = refused(text, ArgumentTypeError, check)
    assert answer.startswith("the threshold is a number, not a condition")
    assert f"such as {text} > ..." in answer


def test_values_of_unknown_kind_may_stand_in_conditions():
    check_condition(parse_expression("flag and v > w"), {**NAMES, "flag": DIMENSIONLESS})
    with pytest.raises(ExpressionSyntaxError):
        check_condition(parse_expression("flag and v"), {**NAMES, "flag": DIMENSIONLESS})


def test_a_value_must_have_the_dimension_of_its_place():
    check_dimension(parse_expression("2*w"), VOLT, NAMES, "v")
    check_dimension(parse_expression("0"), VOLT, NAMES, "v")
    with pytest.raises(UnitMismatchError) as caught:
        check_dimension(parse_expression("2"), VOLT, NAMES, "v")
    assert str(caught.value) == (
        "v is volt, but its value is dimensionless\n"
        "  1 | 2\n"
        "    | ^ this is dimensionless\n"
        "  help: give the number a unit: 2*volt"
    )


def statements(text: str, is_variable=None):
    """Return the temporaries of statements."""
    return check_statement_units(parse_statements(text), NAMES, is_variable)


def test_statements_define_temporaries():
    found = statements("v += 2*mV; y = v*2; flag = y > v; v = y; k = n + 1; w = 0; later2 = later")
    assert found == {
        "y": NameInfo(VOLT),
        "flag": NameInfo(DIMENSIONLESS, "boolean"),
        "k": NameInfo(DIMENSIONLESS, "integer"),
        "later2": NameInfo(),
    }


def test_an_external_constant_may_be_hidden_by_a_temporary():
    assert statements("tau = 3*volt; v = tau", {"v"}.__contains__) == {"tau": NameInfo(VOLT)}
    assert "tau is second" in refused("tau = 3*volt", UnitMismatchError, statements)


STATEMENT_ERRORS = """
v is volt, but its new value is amp
  1 | v = 3*amp
    |     ^^^^^ this is amp

cannot add volt and dimensionless
  1 | v += 1
    | ^^^^^^ v is volt, 1 is dimensionless
  help: give the number a unit: 1*volt

v is volt, but its new value is volt**2
  1 | v *= w
    | ^^^^^^ this is volt**2

y is volt, but its new value is amp
  1 | y = v; y = E
    |            ^ this is amp

'y' is not defined
  1 | y += 1
    | ^
  help: give it a value first: y = ...

'mV' is a unit and cannot be assigned to
  1 | mV = 1
    | ^^
  help: choose another name for the temporary

'exp' is a function and cannot be assigned to
  1 | exp = 1
    | ^^^
  help: choose another name for the temporary

'pi' is a constant and cannot be assigned to
  1 | pi = 3
    | ^^
  help: choose another name for the temporary
""".strip().split("\n\n")


@pytest.mark.parametrize("answer", STATEMENT_ERRORS)
def test_wrong_statements(answer):
    line = answer.splitlines()[1].removeprefix("  1 | ")
    with pytest.raises((UnitMismatchError, UnknownNameError, ExpressionSyntaxError)) as caught:
        statements(line)
    assert str(caught.value) == answer


def test_all_wrong_statements_are_reported_at_once():
    with pytest.raises(UnitMismatchError) as caught:
        statements("v = E\nw = E\nx = exp(q)")
    assert len(caught.value.diagnostics) == 3


@pytest.mark.parametrize(
    ("unit", "name"),
    [
        (u.volt, "volt"),
        (u.hertz, "hertz"),
        (u.volt / u.second, "volt/second"),
        (u.siemens / u.metre**2, "siemens/metre**2"),
        (u.farad / u.metre**2, "farad/metre**2"),
        (u.ohm * u.metre, "ohm*metre"),
        (u.second**-0.5, "second**-0.5"),
        (u.mmolar, "mmolar"),
        (u.amp**3, "amp**3"),
        (u.volt**5, "metre**10*kilogram**5*second**-15*amp**-5"),
    ],
)
def test_dimensions_are_named_as_users_write_them(unit, name):
    assert unit_name(unit.dim) == name
    assert unit_of(unit.dim).dim is unit.dim
    assert unit_name(DIMENSIONLESS) == "dimensionless"
