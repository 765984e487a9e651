"""The unit-aware NumPy functions of the star import, and units of Python functions."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import brainsim.units
from brainsim.units import (
    UNIT_AWARE_FUNCTIONS,
    DimensionMismatchError,
    Quantity,
    arange,
    check_units,
    diagonal,
    dot,
    exprel,
    linspace,
    ones_like,
    ptp,
    ravel,
    trace,
    where,
    zeros_like,
)
from brainsim.units.allunits import amp, hertz, second, volt, watt
from brainsim.units.stdunits import ms, mV, nS

OF_NUMBERS = (
    "sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh arctanh exp expm1 log log10 log1p"
)


def base(quantity):
    """The plain values in base units."""
    return np.asarray(quantity)


def test_list_of_replaced_functions():
    assert len(UNIT_AWARE_FUNCTIONS) == 28
    for name in UNIT_AWARE_FUNCTIONS:
        assert callable(getattr(brainsim.units, name))
        assert name == "exprel" or hasattr(np, name)


@pytest.mark.parametrize("name", OF_NUMBERS.split())
def test_functions_of_pure_numbers(name):
    function, reference = getattr(brainsim.units, name), getattr(np, name)
    for x in (0.5, [0.1, 0.2], np.array([0.3]), 0.5 * mV / mV, Quantity(0.25)):
        assert np.array_equal(function(x), reference(np.asarray(x)))
        assert not isinstance(function(x), Quantity)
    for wrong in (0.5 * mV, [0.1, 0.2] * mV, [0.1 * mV], mV):
        with pytest.raises(DimensionMismatchError, match=f"{name} expects a dimensionless"):
            function(wrong)
    with pytest.raises(TypeError):
        function("a")
    out = np.zeros(1)
    assert function([0.5], out=out) is out
    assert function.__name__ == name


@given(st.floats(-700, 700))
def test_exprel_against_many_digits(x):
    with mpmath.workdps(60):
        exact = float(mpmath.expm1(mpmath.mpf(x)) / x) if x else 1.0
    # expm1 within one unit in the last place, the quotient within half of one
    assert float(exprel(x)) == pytest.approx(exact, rel=2 * 2.0**-52)


def test_exprel_at_the_edges():
    assert exprel(0) == 1
    assert exprel(1e3) == math.inf
    assert exprel(-1e3) == pytest.approx(1e-3)
    assert np.isnan(exprel(np.nan))
    assert np.array_equal(exprel([0, 0.0]), [1, 1])
    assert exprel(np.zeros((2, 2))).shape == (2, 2)
    with pytest.raises(DimensionMismatchError, match="exprel"):
        exprel(3 * mV)


def test_range():
    assert np.array_equal(arange(5), np.arange(5))
    assert arange(5).dtype == np.arange(5).dtype
    assert np.array_equal(arange(1, 5, 2), [1, 3])
    assert np.array_equal(arange(start=1, stop=5, step=2), [1, 3])
    assert np.array_equal(arange(5, step=2), [0, 2, 4])
    for q in (
        arange(0 * volt, 5 * volt, 1 * volt),
        arange(5 * volt, step=1 * volt),
        arange(0, 5 * volt, 1 * volt),
        arange(stop=5 * volt, step=1 * volt),
    ):
        assert q.dim is volt.dim
        assert np.array_equal(base(q), [0, 1, 2, 3, 4])
    assert arange(0 * mV, 5 * mV, 1 * mV, dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize(
    "wrong",
    [
        (5 * mV,),
        (0 * mV, 5 * mV),
        (0, 5 * mV, 1),
        (1 * mV, 5 * mV, 1),
        (1 * mV, 5 * ms, 1 * mV),
        (1, 5 * mV, 1 * mV),
        (0, 5, 1 * mV),
    ],
)
def test_range_of_one_unit(wrong):
    with pytest.raises(DimensionMismatchError, match="arange"):
        arange(*wrong)


def test_range_arguments():
    for args, kwds in (((), {}), ((1, 2, 3, 4), {}), ((1, 5), {"stop": 5}), ((1,), {"stop": 5})):
        with pytest.raises(TypeError):
            arange(*args, **kwds)


def test_linspace():
    q = linspace(1 * volt, 5 * volt, 5)
    assert q.dim is volt.dim
    assert np.array_equal(base(q), [1, 2, 3, 4, 5])
    assert linspace(0 * mV, 5 * mV).shape == (50,)
    assert linspace(0 * mV, 5 * mV, num=4, endpoint=False).shape == (4,)
    assert np.array_equal(linspace(1, 5, 3), [1, 3, 5])
    values, step = linspace(0 * volt, 4 * volt, 3, retstep=True)
    assert values.dim is step.dim is volt.dim
    assert step == 2 * volt


def test_linspace_from_plain_zero_gives_plain_numbers():
    x = linspace(0, 4 * volt, 3)
    assert type(x) is np.ndarray
    assert np.array_equal(x, [0, 2, 4])


@pytest.mark.parametrize("wrong", [(0 * mV, 5), (1 * mV, 5 * ms), (1, 5 * mV)])
def test_linspace_of_one_unit(wrong):
    with pytest.raises(DimensionMismatchError, match="linspace"):
        linspace(*wrong, 6)


def test_where():
    q = [1, 2, 3] * volt
    large = q > 2 * volt
    assert np.array_equal(base(where(large, q, -q)), [-1, -2, 3])
    assert where(large, q, 0).dim is where(large, 0, q).dim is volt.dim
    assert np.array_equal(where(large)[0], [2])
    assert np.array_equal(where(large, 1, 0), [0, 0, 1])
    for other in (1, 1 * second):
        with pytest.raises(DimensionMismatchError, match="x and y"):
            where(large, q, other)


def test_like():
    q = [1, 2] * mV
    for x in (q, [1, 2], 3 * mV, 3):
        assert type(ones_like(x)) is type(zeros_like(x)) is np.ndarray
        assert np.all(ones_like(x) == 1)
        assert np.all(zeros_like(x) == 0)


def test_matrices():
    q = [[1, 2], [3, 4]] * volt
    assert trace(q) == 5 * volt
    assert np.array_equal(base(diagonal(q)), [1, 4])
    assert np.array_equal(base(ravel(q)), [1, 2, 3, 4])
    assert ptp(q) == 3 * volt
    assert ptp(q, axis=0).dim is ravel(q).dim is diagonal(q).dim is volt.dim
    plain = [[1, 2], [3, 4]]
    assert (trace(plain), ptp(plain)) == (5, 3)
    assert np.array_equal(diagonal(plain), [1, 4])
    assert np.array_equal(ravel(plain), [1, 2, 3, 4])


def test_dot():
    assert dot([1, 2] * volt, [3, 4] * amp) == 11 * watt
    assert dot([1, 2], [3, 4] * amp) == 11 * amp
    assert dot([1, 2], [3, 4]) == 11
    assert dot([1, 2] * volt, [3, 4] / volt) == 11


# --- check_units ----------------------------------------------------------------------------


@check_units(v=volt, n=1, flag=bool, text=str, anything=None, w="v", result=volt)
def _function(v, n=1, flag=False, text="", anything=None, w=0.0 * volt):  # noqa: ARG001
    """Docstring."""
    return n * v


def test_right_arguments_pass():
    assert _function(3 * mV) == 3 * mV
    assert _function(3 * mV, 2) == 6 * mV
    assert _function(v=3 * mV, n=2, flag=True, text="t", anything=object(), w=1 * volt) == 6 * mV
    assert np.array_equal(_function([1, 2] * mV, [2, 2]), [2, 4] * mV)
    assert _function(3 * mV, flag=np.True_) == 3 * mV


@pytest.mark.parametrize(
    ("args", "kwds", "message"),
    [
        ((3,), {}, "unit volt for argument 'v' but got '3'"),
        ((0,), {}, "argument 'v'"),
        ((3 * ms,), {}, r"unit volt for argument 'v' but got '3\. ms' \(unit is s\)"),
        (([1, 2],), {}, "argument 'v'"),
        ((math.inf,), {}, "argument 'v'"),
        ((3 * mV, 2 * mV), {}, "unit 1 for argument 'n'"),
        ((3 * mV,), {"n": 2 * mV}, "unit 1 for argument 'n'"),
        (
            (3 * mV,),
            {"w": 2 * ms},
            r"'w' to have the same units as argument 'v' \(units are s and V\)",
        ),
        ((3 * mV,), {"w": 2}, "same units"),
    ],
)
def test_wrong_units_name_function_and_argument(args, kwds, message):
    with pytest.raises(DimensionMismatchError, match=f"'_function'.*{message}"):
        _function(*args, **kwds)


@pytest.mark.parametrize(
    ("kwds", "message"),
    [
        ({"flag": 1}, "boolean value for argument 'flag'"),
        ({"flag": np.array([True])}, "boolean value for argument 'flag'"),
        ({"text": 3}, "text for argument 'text'"),
        ({"n": object()}, "'n' .* is not a quantity"),
    ],
)
def test_wrong_types_are_type_errors(kwds, message):
    with pytest.raises(TypeError, match=message):
        _function(3 * mV, **kwds)


def test_text_and_none_pass_for_every_argument():
    function = check_units(x=volt, y=bool, z="x")(lambda x, y=None, z=None: (x, y, z))
    assert function("v_rest", "a > b", "w") == ("v_rest", "a > b", "w")
    assert function(None) == (None, None, None)
    assert function(3 * mV, None, "w") == (3 * mV, None, "w")
    assert function("v", None, 3 * mV)[2] == 3 * mV


def test_defaults_are_not_checked():
    assert check_units(x=volt)(lambda x=3: x)() == 3


def test_methods_and_variable_arguments():
    class Thing:
        @check_units(x=volt)
        def method(self, x, *args, **kwds):
            return x, args, kwds

    assert Thing().method(3 * mV, 1, z=2) == (3 * mV, (1,), {"z": 2})
    with pytest.raises(DimensionMismatchError, match="'method'"):
        Thing().method(3 * ms)


@pytest.mark.parametrize("unit", [mV, 3 * mV, volt.dim])
def test_any_unit_of_the_dimension_will_do(unit):
    function = check_units(x=unit)(lambda x: x)
    assert function(3 * volt) == 3 * volt
    with pytest.raises(DimensionMismatchError):
        function(3 * ms)


@pytest.mark.parametrize("result", [second, 1, lambda d: d**2])
def test_wrong_result(result):
    function = check_units(x=volt, result=result)(lambda x: x)
    with pytest.raises(
        DimensionMismatchError, match=r"return value of function '<lambda>'.*3\. mV"
    ):
        function(3 * mV)


def test_result_computed_from_the_arguments():
    square = check_units(x=None, result=lambda d: d**2)(lambda x: x * x)
    assert square(3 * volt) == 9 * volt**2
    assert square(3) == 9
    product = check_units(x=volt, y=None, result=lambda a, b: a * b)(lambda x, y: x * y)
    assert product(3 * volt, y=2 * amp) == 6 * watt
    text = check_units(_=None, result=lambda d: d)(lambda _: 3 * mV)
    assert text("a") == 3 * mV


def test_boolean_result():
    assert check_units(x=volt, result=bool)(lambda x: x > 0)(3 * mV)
    with pytest.raises(TypeError, match="boolean value"):
        check_units(_=volt, result=bool)(lambda _: 1)(3 * mV)


def test_result_without_unit_is_not_checked():
    assert check_units(_=volt, result=None)(lambda _: "anything")(3 * mV) == "anything"


@pytest.mark.parametrize("wrong", [int, list, object(), {}])
def test_specification_has_to_be_a_unit(wrong):
    with pytest.raises(TypeError, match="'x' should be a unit, 1, bool, str, None"):
        check_units(x=wrong)(lambda x: x)


def test_reference_to_an_unknown_argument():
    with pytest.raises(TypeError, match=r"no argument of that name\. did you mean 'voltage'"):
        check_units(y="voltge")(lambda voltage, y: voltage * y)


def test_function_tells_equations_about_its_units():
    function = check_units(x=volt, y="x", result=hertz)(lambda x, y, z: (x, y, z))
    assert function._arg_names == ("x", "y", "z")
    assert function._arg_units == [volt, "x", None]
    assert function._return_unit is hertz
    assert function._returns_bool is False
    assert check_units(x=1, result=bool)(lambda x: x > 0)._returns_bool is True
    assert _function.__doc__ == "Docstring."
    assert _function.__name__ == "_function"
    assert callable(_function._orig_func)


def test_errors_of_the_function_come_through():
    with pytest.raises(TypeError, match="missing"):
        _function()
    with pytest.raises(ZeroDivisionError):
        check_units(g=nS)(lambda g: int(g / nS) // 0)(3 * nS)


def test_exprel_at_the_ends():
    assert np.array_equal(exprel([-np.inf, 0, 800, np.inf]), [0, 1, np.inf, np.inf])
    assert np.isnan(exprel(np.nan))
