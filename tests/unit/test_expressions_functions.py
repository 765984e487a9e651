"""Functions of the language, and those that users define."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import brainsim.units as u
from brainsim.equations import (
    DEFAULT_CONSTANTS,
    DEFAULT_FUNCTIONS,
    Function,
    NameInfo,
    check_condition,
    declare_types,
    dimension_of,
    implementation,
    parse_expression,
)
from brainsim.errors import ExpressionSyntaxError
from brainsim.units.dimensions import DimensionMismatchError

VOLT, AMP = u.volt.dim, u.amp.dim
NAMES = {
    "v": VOLT,
    "w": VOLT,
    "E": AMP,
    "x": NameInfo(),
    "b": NameInfo(kind="boolean"),
}


def test_default_functions_on_arrays():
    x = np.array([-1.5, 0.0, 2.0])
    for name in ("sin", "cos", "tanh", "exp", "floor", "ceil", "abs", "sign", "expm1"):
        # these are NumPy's own, whatever their accuracy is
        np.testing.assert_array_equal(DEFAULT_FUNCTIONS[name].numpy(x), getattr(np, name)(x))
    np.testing.assert_array_equal(DEFAULT_FUNCTIONS["int"].numpy(x), [-1, 0, 2])
    np.testing.assert_array_equal(DEFAULT_FUNCTIONS["clip"].numpy(x, -1, 1), [-1, 0, 1])
    assert DEFAULT_FUNCTIONS["int"].numpy(True) == 1


def test_exprel_is_exact_near_zero_and_finite_far_away():
    exprel = DEFAULT_FUNCTIONS["exprel"].numpy
    assert exprel(0.0) == 1
    assert exprel(-np.inf) == 0
    assert exprel(np.inf) == np.inf
    # 1 + x/2 + x**2/6: the next term is below half a unit in the last place; 2 ulp for expm1 and /
    x = 1e-5
    assert math.isclose(exprel(x), 1 + x / 2 + x * x / 6, rel_tol=2 * 2.3e-16)


@given(st.integers(0, 10**9), st.floats(1e-6, 1e-2))
def test_timestep_counts_steps_despite_rounding(n, dt):
    # n*dt is off by 1e-16 of its size, so 1e9 steps are off by 1e-7 of a step: less than 1e-3
    assert DEFAULT_FUNCTIONS["timestep"].numpy(n * dt, dt) == n


def test_random_functions_are_not_drawn_in_python():
    for name in ("rand", "randn", "poisson"):
        assert not DEFAULT_FUNCTIONS[name].stateless
        with pytest.raises(TypeError, match=r"use numpy\.random"):
            DEFAULT_FUNCTIONS[name]()
    assert all(
        f.stateless for n, f in DEFAULT_FUNCTIONS.items() if "rand" not in n and n != "poisson"
    )


def test_the_tables_of_the_language_cannot_be_changed():
    with pytest.raises(TypeError):
        DEFAULT_FUNCTIONS["f"] = None
    assert dict(DEFAULT_CONSTANTS) == {"pi": math.pi, "e": math.e, "inf": math.inf}


@u.check_units(x=u.volt, k=1, result=u.amp)
def current(x, k):
    """Return a current, calculated with quantities."""
    return x * k * 2 * u.siemens


def test_a_function_with_units_is_usable():
    function = Function(current)
    assert function.arity == 2
    assert function.name == "current"
    assert function(1 * u.volt, 3) == 6 * u.amp
    tree = parse_expression("current(v, 3) + E")
    assert dimension_of(tree, {**NAMES, "current": function}) is AMP
    np.testing.assert_array_equal(function.numpy(np.array([1.0, 2.0]), 3), [6.0, 12.0])


def test_a_function_that_returns_another_unit_than_declared_is_caught():
    wrong = Function(lambda x: x, arg_units=[u.volt], return_unit=u.amp)
    with pytest.raises(DimensionMismatchError, match="returned another unit"):
        wrong.numpy(1.0)


def test_a_function_may_give_its_unit_by_a_function():
    square = Function(lambda x: x**2, arg_units=[None], return_unit=lambda dim: dim**2)
    assert dimension_of(parse_expression("sq(v)"), {**NAMES, "sq": square}) is VOLT**2
    assert square.numpy(3.0) == 9.0


def test_arguments_may_have_the_unit_of_each_other():
    larger = Function(
        np.maximum,
        arg_units=[u.volt, "a"],
        arg_names=["a", "b"],
        return_unit=u.volt,
    )
    assert larger.numpy(1.0, 2.0) == 2.0
    assert repr(larger) == "<Function maximum(a, b)>"
    assert not larger.is_locally_constant(1e-4)


def test_a_function_may_take_and_return_conditions():
    both = Function(lambda a, b: a & b, arg_units=[bool, bool], return_unit=bool)
    names = {**NAMES, "both": both}
    check_condition(parse_expression("both(b, v > w)"), names)
    with pytest.raises(ExpressionSyntaxError):
        dimension_of(parse_expression("both(b, x)"), names)


def test_functions_without_units_are_refused():
    with pytest.raises(ValueError, match="does not say which units"):
        Function(lambda x: x)
    with pytest.raises(ValueError, match="give 'return_unit'"):
        Function(lambda x: x, arg_units=[1])


@pytest.mark.parametrize(
    "arguments",
    [
        {"arg_types": ["complex"]},
        {"return_type": "complex"},
        {"arg_types": ["float", "float"]},
        {"arg_names": ["x", "y"]},
        {"return_type": "boolean"},
        {"arg_units": ["y"], "arg_names": ["x"]},
        {"arg_names": ["x"], "arg_types": ["float", "any"]},
    ],
)
def test_inconsistent_functions_are_refused(arguments):
    with pytest.raises(ValueError, match=r"."):
        Function(lambda x: x, **{"arg_units": [1], "return_unit": 1, **arguments})


SCALE = 3 * u.mV


def test_implementations_are_stored_by_target():
    @implementation("cpp", "double f(double x) { return x; }", headers=["<cmath>"])
    @implementation("numpy", discard_units=True)
    @u.check_units(x=u.volt, result=u.volt)
    def f(x):
        return x + SCALE

    assert isinstance(f, Function)
    assert set(f.implementations) == {"cpp", "numpy"}
    assert f.implementations["cpp"].compiler_kwds == {"headers": ["<cmath>"]}
    # with plain values, the global quantity is a plain value, too
    assert f.numpy(1.0) == 1.003
    assert f(1 * u.volt) == 1.003 * u.volt
    with pytest.raises(KeyError, match="available: numpy, cpp"):
        f.implementations["cython"]


def test_implementations_may_be_added_later():
    f = Function(current)
    f.implementations.add_dynamic_implementation("cpp", lambda owner: f"// {owner}", name="g")
    assert f.implementations["cpp"].dynamic
    f.implementations.add_numpy_implementation(lambda x, k: x - k, discard_units=True)
    assert f.numpy(3.0, 1.0) == 2.0
    with pytest.raises(NotImplementedError):
        f.implementations.add_implementation("c", "", availability_check=unavailable)


def unavailable():
    """Say that an implementation does not work here."""
    raise NotImplementedError


def test_implementation_needs_code_or_numpy():
    with pytest.raises(ValueError, match="needs code"):
        implementation("cpp")
    with pytest.raises(TypeError, match="discard_units"):
        implementation("cpp", "code", discard_units=True)


def test_types_can_be_declared():
    @declare_types(a="integer", result="highest")
    @u.check_units(a=1, b=1, result=1)
    def f(a, b):
        return a + b

    function = Function(f)
    assert function.arg_types == ("integer", "any")
    assert function.result_kind(["integer", "boolean"]) == "integer"
    for wrong in ({"a": "complex"}, {"result": "any"}):
        with pytest.raises(ValueError, match="is no type of values"):
            declare_types(**wrong)
    with pytest.raises(ValueError, match="there is no argument 'q'"):
        declare_types(q="integer")(f)
