"""Wrong models, and all that their authors are told."""

from __future__ import annotations

import pytest

import brainsim.units as u
from brainsim.equations import Equations, NameInfo, check_equation_units
from brainsim.errors import (
    ArgumentTypeError,
    BooleanUnitError,
    CyclicEquationsError,
    Diagnostic,
    EquationError,
    ExpressionSyntaxError,
    ModelTextError,
    UnknownNameError,
)

# type of the error, the model, and the whole text of the error
WRONG_MODELS = """
EquationError
dv/dt = -v/tau : mV
----
'mV' is not a base unit
  1 | dv/dt = -v/tau : mV
    |                  ^^
  help: write 'volt'; values may still be given in mV
====
EquationError
v : volt
c : nF/cm**2
----
'nF' is not a base unit
  2 | c : nF/cm**2
    |     ^^
  help: write 'farad'; values may still be given in nF
====
EquationError
v : Volt
----
'Volt' is no unit
  1 | v : Volt
    |     ^^^^
  help: did you mean 'volt'?
====
EquationError
c : molar
----
'molar' is not a base unit
  1 | c : molar
    |     ^^^^^
  help: write 'mmolar'; values may still be given in molar
====
EquationError
v : foobar
----
'foobar' is no unit
  1 | v : foobar
    |     ^^^^^^
  help: write a base unit, such as volt, amp, siemens, farad, ohm, second, hertz, or 1
====
BooleanUnitError
active : bool
----
'bool' is no unit
  1 | active : bool
    |          ^^^^
  help: write 'boolean'
====
EquationError
v : 70*volt
----
a number is no unit
  1 | v : 70*volt
    |     ^^
  help: write the unit only, or 1 alone if there is none
====
EquationError
v : volt + volt
----
this is no unit
  1 | v : volt + volt
    |     ^^^^^^^^^^^
  help: combine base units by * / ** only
====
EquationError
v : metre^2
----
'^' is not an operator
  1 | v : metre^2
    |          ^
  help: for a power write **
====
EquationError
v : volt**x
----
the power of a unit must be a number
  1 | v : volt**x
    |           ^
  help: write volt**2, or volt**0.5
====
EquationError
v : boolean*volt
----
'boolean' cannot be combined with units
  1 | v : boolean*volt
    |     ^^^^^^^
====
EquationError
dv/dt = (E - v)/tau
w : 1
----
this definition has no unit
  1 | dv/dt = (E - v)/tau
    |                    ^
  help: end it with ': volt', say, or with ': 1' if it has no unit
====
EquationError
v :
w : 1
----
there is no unit
  1 | v :
    |   ^
  help: write a unit behind the colon, such as volt, or 1 for a number without unit
====
EquationError
v, w : 1
----
a definition has one variable
  1 | v, w : 1
    |  ^
  help: write one definition per line
====
EquationError
v : 1; w : 1
----
';' cannot separate equations
  1 | v : 1; w : 1
    |      ^
  help: write one definition per line
====
EquationError
x = 1 : volt : 1
----
this definition has a second ':'
  1 | x = 1 : volt : 1
    |              ^
  help: write 'dx/dt = ... : unit', 'x = ... : unit' or 'x : unit'
====
EquationError
dv/dx = 3 : 1
----
'dv/dx' is not a derivative with respect to time
  1 | dv/dx = 3 : 1
    | ^^^^^
  help: write dv/dt for a variable v; write higher orders as several equations
====
EquationError
dv/dt : volt
----
a differential equation needs a right-hand side
  1 | dv/dt : volt
    |       ^
  help: write 'dx/dt = ... : unit', 'x = ... : unit' or 'x : unit'
====
EquationError
dv/dt = : volt
----
the expression behind '=' is missing
  1 | dv/dt = : volt
    |       ^
====
EquationError
= 3 : 1
----
a definition begins with the name of a variable
  1 | = 3 : 1
    | ^
  help: write 'dx/dt = ... : unit', 'x = ... : unit' or 'x : unit'
====
EquationError
1v : 1
----
'1v' is neither a number nor a name
  1 | 1v : 1
    | ^^
  help: to multiply, write 1 * v; a name starts with a letter
====
EquationError
v-w : 1
----
'v-w' is not the name of a variable
  1 | v-w : 1
    | ^^^
  help: write 'dx/dt = ... : unit', 'x = ... : unit' or 'x : unit'
====
EquationError
x == 3 : 1
----
'==' compares, but does not define
  1 | x == 3 : 1
    |   ^^
  help: to define, write =
====
EquationError
v : 1 (constant
w : 1
----
this bracket is never closed
  1 | v : 1 (constant
    |       ^
  help: flags end with ')'
====
EquationError
v : 1 (constant) (shared)
----
nothing may follow the flags
  1 | v : 1 (constant) (shared)
    |                  ^
  help: write all flags in one pair of brackets, separated by commas
====
EquationError
v : 1 (constant,)
----
a flag is missing here
  1 | v : 1 (constant,)
    |                 ^
====
EquationError
v : 1 (order 2)
----
'2' cannot be part of a flag
  1 | v : 1 (order 2)
    |              ^
====
ExpressionSyntaxError
dv/dt = (E - v/tau : volt
w : 1
----
this bracket is never closed
  1 | dv/dt = (E - v/tau : volt
    |         ^
  help: add the missing ')'
====
ExpressionSyntaxError
dv/dt = (E - v
dw/dt = -w/tau : 1
----
this definition has no unit
  1 | dv/dt = (E - v
    |               ^
  help: end it with ': volt', say, or with ': 1' if it has no unit
====
ExpressionSyntaxError
dv/dt = k(E - v)/tau : 1
k : 1
----
'k' is not a function
  1 | dv/dt = k(E - v)/tau : 1
    |         ^^^^^^^^
  help: to multiply, write k * (E - v)
====
ExpressionSyntaxError
dv/dt = exp(v, 2)/ms : 1
----
exp() takes 1 argument, not 2
  1 | dv/dt = exp(v, 2)/ms : 1
    |         ^^^^^^^^^
====
ExpressionSyntaxError
t : second
----
't' cannot be the name of a variable: it is the time
  1 | t : second
    | ^
  help: choose another name
====
ExpressionSyntaxError
dxi_2/dt = 0*Hz : 1
----
'xi_2' cannot be the name of a variable: it means white noise
  1 | dxi_2/dt = 0*Hz : 1
    |  ^^^^
  help: choose another name
====
ExpressionSyntaxError
lambda : 1
----
'lambda' cannot be the name of a variable: it is a word of the Python language
  1 | lambda : 1
    | ^^^^^^
  help: choose another name
====
ExpressionSyntaxError
_v : 1
----
'_v' cannot be the name of a variable: names which begin with '_' are for internal use
  1 | _v : 1
    | ^^
  help: choose another name
====
EquationError
dv/dt = -v/tau : volt
v : volt
----
'v' is defined twice
  2 | v : volt
    | ^
  help: remove this definition, or choose another name
====
ArgumentTypeError
dn/dt = 1*Hz : integer
----
'n' is integer, but it changes continuously
  1 | dn/dt = 1*Hz : integer
    | ^^^^^^^^^^^^^^^^^^^^^^
  help: write its unit behind the colon, or 1 if it has none
====
CyclicEquationsError
a = b : 1
x = 2*y : 1
y = z + 1 : 1
z = sin(x) : 1
----
'x' depends on itself: x -> y -> z -> x
  2 | x = 2*y : 1
    |     ^^^
  help: make one of them a parameter or a differential equation
====
EquationError
dv/dt = -v/tau + xi*tau**-0.5 : 1
dw/dt = -w/tau + xi*tau**-0.5 : 1
----
'xi' stands in dw/dt as well as in dv/dt
  2 | dw/dt = -w/tau + xi*tau**-0.5 : 1
    |                  ^^
  help: write xi_a and xi_b for independent noises, or xi_a twice for the same noise
====
EquationError
x = 2*xi : 1
----
the noise 'xi' stands in the subexpression 'x'
  1 | x = 2*xi : 1
    |       ^^
  help: write it in a differential equation, or name it, for example xi_1
====
EquationError
dv/dt = -v/tau + exp(xi) : 1
----
noise must be a factor of a term
  1 | dv/dt = -v/tau + exp(xi) : 1
    |                  ^^^^^^^
  help: write the right-hand side as f + g*xi, with f and g free of xi
"""

CLASSES = {
    cls.__name__: cls
    for cls in (
        ArgumentTypeError,
        BooleanUnitError,
        CyclicEquationsError,
        EquationError,
        ExpressionSyntaxError,
        UnknownNameError,
    )
}


def blocks(text: str) -> list:
    """Return type, model and error text of each block."""
    found = []
    for block in text.strip().split("\n====\n"):
        question, answer = block.split("\n----\n")
        kind, model = question.split("\n", 1)
        found.append(pytest.param(kind, model, answer, id=model.replace("\n", "; ")[:40]))
    return found


@pytest.mark.parametrize(("kind", "model", "answer"), blocks(WRONG_MODELS))
def test_wrong_models(kind, model, answer):
    with pytest.raises(ModelTextError) as caught:
        Equations(model)
    assert str(caught.value) == answer
    assert type(caught.value).__name__ == kind or "no unit" in answer


@pytest.mark.parametrize(
    ("model", "error"),
    [
        ("v : mV", EquationError),
        ("v : bool", TypeError),
        ("dv/dt = 1 : integer", TypeError),
        ("t : second", SyntaxError),
        ("x = a b : 1", SyntaxError),
        ("x = y : 1\ny = x : 1", ValueError),
    ],
)
def test_errors_are_also_the_builtin_types_that_old_scripts_catch(model, error):
    with pytest.raises(error):
        Equations(model)


def test_all_mistakes_of_a_model_are_reported_at_once():
    model = """
dv/dt = (E - v)/tau ; volt
dw/dt = a[3] : 1
t : second
q : mV
x = y : 1
y = x : 1
u = exp : 1
good : 1
"""
    with pytest.raises(EquationError) as caught:
        Equations(model, source_name="equations of 'neurons'")
    lines = [d.span.source.text.count("\n", 0, d.span.start) for d in caught.value.diagnostics]
    assert lines == [1, 2, 3, 4, 5, 7]
    assert all(isinstance(d, Diagnostic) for d in caught.value.diagnostics)
    assert str(caught.value).count("in equations of 'neurons'") == 6


@pytest.mark.parametrize(
    "model",
    [
        "\n".join(f"x{i + 1} = x{i} + x{i} : 1" for i in range(40)),
        "\n".join(f"x{i + 1} = -x{i} : 1" for i in range(300)),
        "dv/dt = x300/ms : 1\n" + "\n".join(f"x{i + 1} = -x{i} : 1" for i in range(300)),
    ],
)
def test_subexpressions_that_explode_are_refused(model):
    with pytest.raises(EquationError, match="is too large with its subexpressions put in"):
        Equations(model)


def test_stored_subexpressions_do_not_explode():
    Equations("\n".join(f"x{i + 1} = x{i} + x{i} : 1 (constant over dt)" for i in range(40)))


KNOWN = {
    "E": NameInfo(u.amp.dim),
    "tau": NameInfo(u.second.dim, "float", 0.01),
    "Cm": NameInfo(u.farad.dim),
    "later": None,
}

WRONG_UNITS = """
DimensionMismatchError
dv/dt = (E - v)/tau : volt
----
cannot subtract volt from amp
  1 | dv/dt = (E - v)/tau : volt
    |          ^^^^^ E is amp, v is volt
====
DimensionMismatchError
dv/dt = -v : volt
----
dv/dt is volt/second, but its right-hand side is volt
  1 | dv/dt = -v : volt
    |         ^^ this is volt
  help: divide it by a time, such as (10*ms)
====
DimensionMismatchError
dv/dt = -v/tau + xi*volt : volt
----
cannot add volt/second and volt/second**0.5
  1 | dv/dt = -v/tau + xi*volt : volt
    |         ^^^^^^^^^^^^^^^^ -v/tau is volt/second, xi*volt is volt/second**0.5
====
DimensionMismatchError
dv/dt = xi : 1
----
dv/dt is hertz, but its right-hand side is second**-0.5
  1 | dv/dt = xi : 1
    |         ^^ this is second**-0.5
  help: noise has the unit second**-0.5: write sigma*xi*tau**-0.5
====
DimensionMismatchError
I : amp/metre**2
dv/dt = I/Cm : volt
----
dv/dt is volt/second, but its right-hand side is volt/metre**2/second
  2 | dv/dt = I/Cm : volt
    |         ^^^^ this is volt/metre**2/second
====
DimensionMismatchError
x = 5 : volt
----
x is volt, but its right-hand side is dimensionless
  1 | x = 5 : volt
    |     ^ this is dimensionless
  help: give the number a unit: 5*volt
====
KeyError
dv/dt = -v/tua : 1
----
'tua' is not defined
  1 | dv/dt = -v/tua : 1
    |            ^^^
  help: did you mean 'tau'?
====
KeyError
dv/dt = -gv/tau + g_k/tau : 1
g_K : 1
----
'gv' is not defined
  1 | dv/dt = -gv/tau + g_k/tau : 1
    |          ^^
  help: did you mean 'v'?

'g_k' is not defined
  1 | dv/dt = -gv/tau + g_k/tau : 1
    |                   ^^^
  help: did you mean 'g_K'?
====
DimensionMismatchError
x = later + E : amp
dw/dt = later*w : volt
v = x + w : volt
----
cannot add amp and volt
  3 | v = x + w : volt
    |     ^^^^^ x is amp, w is volt
"""


@pytest.mark.parametrize(("kind", "model", "answer"), blocks(WRONG_UNITS))
def test_wrong_units_and_unknown_names(kind, model, answer):
    error = {"KeyError": KeyError, "DimensionMismatchError": u.DimensionMismatchError}[kind]
    with pytest.raises(error) as caught:
        check_equation_units(Equations(model), KNOWN)
    assert str(caught.value) == answer


def test_mistakes_in_several_equations_are_reported_at_once():
    eqs = Equations("dv/dt = (E - v)/tau : volt\ndw/dt = -w/tua : 1\nx = v : amp")
    with pytest.raises(u.DimensionMismatchError) as caught:
        check_equation_units(eqs, KNOWN)
    assert [d.message for d in caught.value.diagnostics] == [
        "cannot subtract volt from amp",
        "'tua' is not defined",
        "x is amp, but its right-hand side is volt",
    ]
