"""Rules about flags, names and functions that a group applies to its equations."""

from __future__ import annotations

import pytest

from brainsim.equations import (
    DEFAULT_FUNCTIONS,
    DIFFERENTIAL,
    PARAMETER,
    SUBEXPRESSION,
    Equations,
    check_endings,
    check_event_driven,
    check_identifier,
    check_reserved_names,
    check_shared,
    check_stateful,
    parse_expression,
    stateful_functions,
)
from brainsim.equations.identifiers import why_illegal
from brainsim.errors import (
    EquationError,
    ExpressionSyntaxError,
    FlagError,
    NameEndingError,
)

ALLOWED = {
    DIFFERENTIAL: ("unless refractory",),
    SUBEXPRESSION: ("shared", "constant over dt"),
    PARAMETER: ("constant", "shared", "linked"),
}
EXCLUSIVE = [("linked", "constant"), ("linked", "shared")]


def test_flags_that_apply_are_accepted():
    Equations(
        "dv/dt = -v/ms : 1 (unless refractory)\n"
        "x = 2*k : 1 (shared, constant over dt)\n"
        "k : 1 (shared, constant)\n"
        "w : 1 (linked)"
    ).check_flags(ALLOWED, EXCLUSIVE)


# all that a user is told; the text they wrote is the line of the excerpt
FLAG_ERRORS = """
a differential equation cannot have the flag 'unless refractroy'
  1 | dv/dt = -v/ms : 1 (unless refractroy)
    |                   ^^^^^^^^^^^^^^^^^^^
  help: did you mean 'unless refractory'?

a parameter cannot have the flag 'event-driven'
  1 | k : 1 (event-driven)
    |       ^^^^^^^^^^^^^^
  help: allowed here: (constant), (shared), (linked)

a parameter cannot have the flag 'scalar'
  1 | k : 1 (scalar)
    |       ^^^^^^^^
  help: write (shared)
""".strip().split("\n\n")


def test_linked_variables_have_no_other_flag():
    with pytest.raises(SyntaxError, match="'linked' and 'shared' exclude each other"):
        Equations("k : 1 (linked, shared)").check_flags(ALLOWED, EXCLUSIVE)


@pytest.mark.parametrize("answer", FLAG_ERRORS)
def test_other_flags_are_refused(answer):
    line = answer.splitlines()[1].removeprefix("  1 | ")
    with pytest.raises(FlagError) as caught:
        Equations(line).check_flags(ALLOWED, EXCLUSIVE)
    assert str(caught.value) == answer


def test_where_no_flags_are_allowed_the_advice_is_to_remove_them():
    with pytest.raises(ValueError, match="help: remove it"):
        Equations("k : 1 (constant)").check_flags({})


@pytest.mark.parametrize("name", ["v_pre", "w_post"])
def test_names_of_connected_groups_are_refused(name):
    with pytest.raises(NameEndingError, match=f"'{name}' ends in '_pre' or '_post'"):
        check_endings(Equations(f"{name} : 1"))


def test_summed_variables_may_name_connected_groups():
    check_endings(Equations("v_pre = 2*w : 1 (summed)\nw : 1\npre : 1"))


def test_reserved_names_are_refused():
    reserved = {"j": "the index of the postsynaptic neuron", "delay": "the delay"}
    check_reserved_names(Equations("k : 1"), reserved)
    with pytest.raises(SyntaxError) as caught:
        check_reserved_names(Equations("k : 1\nj : 1"), reserved)
    assert str(caught.value) == (
        "'j' cannot be the name of a variable: it is the index of the postsynaptic neuron\n"
        "  2 | j : 1\n"
        "    | ^\n"
        "  help: choose another name"
    )


def test_shared_subexpressions_of_shared_values_are_accepted():
    eqs = Equations("x = 2*k + N + tau : 1 (shared)\nk : 1 (shared)\ny = v : 1\nv : 1")
    check_shared(eqs, lambda name: name != "i")


@pytest.mark.parametrize("term", ["v", "i", "y"])
def test_shared_subexpressions_of_other_values_are_refused(term):
    eqs = Equations(f"x = 2*{term} : 1 (shared)\ny = v : 1\nv : 1")
    with pytest.raises(ExpressionSyntaxError, match=f"'x' is shared, but '{term}' has a value per"):
        check_shared(eqs, lambda name: name != "i")


def test_random_subexpressions_must_be_stored():
    check_stateful(
        Equations("x = rand() : 1 (constant over dt)\ny = sin(x) : 1"), DEFAULT_FUNCTIONS
    )
    check_stateful(Equations("dv/dt = rand()/ms : 1"), DEFAULT_FUNCTIONS)
    with pytest.raises(SyntaxError) as caught:
        check_stateful(Equations("x = 2*rand() : 1"), DEFAULT_FUNCTIONS)
    assert str(caught.value) == (
        "rand() would give another value at each use\n"
        "  1 | x = 2*rand() : 1\n"
        "    |       ^^^^^^\n"
        "  help: give 'x' the flag (constant over dt)"
    )


def test_stateful_functions_of_an_expression():
    assert stateful_functions(parse_expression("rand() + sin(randn()) + f(2)")) == {"rand", "randn"}


@pytest.mark.parametrize(
    "text",
    [
        "dw/dt = a/ms : 1 (clock-driven)\nda/dt = -a/ms : 1 (event-driven)",
        "dw/dt = a/ms : 1\nda/dt = -a/ms : 1 (event-driven)",
        "dw/dt = x/ms : 1\nx = 2*y : 1\ny = a : 1\nda/dt = -a/ms : 1 (event-driven)",
        "v_post = 2*a : 1 (summed)\nda/dt = -a/ms : 1 (event-driven)",
    ],
)
def test_what_is_needed_in_every_step_cannot_depend_on_what_is_not(text):
    with pytest.raises(EquationError, match=r"but depends on 'a' \(event-driven\)"):
        check_event_driven(Equations(text))


def test_event_driven_equations_may_depend_on_each_other_and_on_parameters():
    check_event_driven(
        Equations(
            "da/dt = (k - a)/ms : 1 (event-driven)\n"
            "db/dt = a/ms : 1 (event-driven)\n"
            "dw/dt = k/ms : 1 (clock-driven)\n"
            "k : 1"
        )
    )


@pytest.mark.parametrize("name", ["v", "g_Na", "V2", "d", "dv", "lastspike", "j", "delay", "x_i"])
def test_ordinary_names(name):
    assert why_illegal(name) == ""
    Equations.check_identifier(name)


@pytest.mark.parametrize(
    "name",
    [
        *("t", "dt", "t_in_timesteps", "i", "N", "xi", "xi_1", "xi_", "_x", "1x", "a b", "", "ä"),
        *("not_refractory", "refractory", "refractory_until", "volt", "mV", "sin", "int", "pi"),
        *("e", "inf", "if", "True", "None", "and", "x\n"),
    ],
)
def test_names_with_a_meaning_of_their_own(name):
    with pytest.raises(SyntaxError, match="cannot be the name of a variable: "):
        check_identifier(name)
