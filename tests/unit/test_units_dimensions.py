"""Dimensions: exact exponents, one object for each, algebra of an Abelian group."""

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.errors import BrainsimError
from brainsim.units import (
    DIMENSIONLESS,
    Dimension,
    DimensionMismatchError,
    get_or_create_dimension,
)
from brainsim.units.allunits import metre, second, volt

exponents = st.lists(
    st.one_of(
        st.integers(-5, 5), st.fractions(-3, 3, max_denominator=12), st.sampled_from([0.5, -1.5])
    ),
    min_size=7,
    max_size=7,
)
dimensions = exponents.map(get_or_create_dimension)


@given(dimensions, dimensions, dimensions)
def test_products_are_associative_and_commutative(a, b, c):
    assert (a * b) * c is a * (b * c)
    assert a * b is b * a
    assert a * DIMENSIONLESS is a


@given(dimensions, dimensions)
def test_quotient_undoes_product(a, b):
    assert a * b / b is a
    assert (a / a) is DIMENSIONLESS


@given(dimensions, st.fractions(-4, 4, max_denominator=9).filter(bool))
def test_powers_are_exact(a, p):
    assert (a**p) ** (1 / p) is a
    assert a**2 is a * a
    assert a**-1 is DIMENSIONLESS / a
    assert a**0 is DIMENSIONLESS


@given(dimensions)
def test_pickle_and_copy_give_the_same_object(a):
    assert pickle.loads(pickle.dumps(a)) is a  # noqa: S301 - our own bytes
    assert copy.deepcopy(a) is a
    assert copy.copy(a) is a


@given(exponents)
def test_equal_exponents_give_the_same_object(values):
    assert get_or_create_dimension(values) is get_or_create_dimension([float(v) for v in values])


def test_floats_that_mean_fractions_become_fractions():
    assert (second.dim**0.1) ** 10 is second.dim
    assert (volt.dim ** (1 / 3)) ** 3 is volt.dim
    assert (volt.dim ** (1 / 3)).get_dimension("m") == Fraction(2, 3)


def test_other_floats_are_kept_as_they_are():
    dim = second.dim**0.123456789
    assert float(dim.get_dimension("s")) == 0.123456789
    assert str(dim) == "s^0.123456789"


@pytest.mark.parametrize("exponent", [2, 2.0, np.int32(2), np.float32(2), Fraction(2), np.array(2)])
def test_exponent_may_be_any_single_number(exponent):
    assert second.dim**exponent is second.dim * second.dim


@pytest.mark.parametrize("exponent", ["2", None, [2], np.array([2, 3])])
def test_exponent_has_to_be_a_number(exponent):
    with pytest.raises(TypeError):
        second.dim**exponent


@pytest.mark.parametrize("exponent", [float("nan"), float("inf")])
def test_exponent_has_to_be_finite(exponent):
    with pytest.raises(ValueError, match="finite"):
        second.dim**exponent


@pytest.mark.parametrize("other", [2, 2.0, "m", None])
def test_dimensions_multiply_with_dimensions_only(other):
    with pytest.raises(TypeError):
        second.dim * other
    with pytest.raises(TypeError):
        second.dim / other
    assert second.dim != other


TEXTS = [
    ([0] * 7, "1", "Dimension()"),
    ([1, 0, 0, 0, 0, 0, 0], "m", "metre"),
    (
        [2, 1, -3, -1, 0, 0, 0],
        "m^2 kg s^-3 A^-1",
        "metre ** 2 * kilogram * second ** -3 * amp ** -1",
    ),
    ([0, 0, -0.5, 0, 0, 0, 0], "s^-0.5", "second ** -0.5"),
    ([1, 0.5, -1.5, -0.5, 0, 0, 0], "m kg^0.5 s^-1.5 A^-0.5", None),
    ([0, 0, 0, 0, 5, 6, 7], "K^5 mol^6 cd^7", "kelvin ** 5 * mole ** 6 * candle ** 7"),
    ([Fraction(1, 3), 0, 0, 0, 0, 0, 0], "m^(1/3)", "metre ** (1/3)"),
]


@pytest.mark.parametrize(("values", "symbols", "names"), TEXTS)
def test_text(values, symbols, names):
    dim = get_or_create_dimension(values)
    assert str(dim) == symbols
    assert names is None or repr(dim) == names


def test_latex():
    assert volt.dim._repr_latex_() == (
        r"$\mathrm{m}^{2}\,\mathrm{kg}\,\mathrm{s}^{-3}\,\mathrm{A}^{-1}$"
    )
    assert DIMENSIONLESS._repr_latex_() == "$1$"


@pytest.mark.parametrize(
    "words",
    [
        {"length": 1, "mass": 2},
        {"metre": 1, "kilogram": 2},
        {"meters": 1, "kilograms": 2},
        {"m": 1, "kg": 2},
    ],
)
def test_keywords(words):
    assert get_or_create_dimension(**words) is get_or_create_dimension([1, 2, 0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("word", "symbol"),
    [
        ("time", "s"),
        ("seconds", "s"),
        ("current", "A"),
        ("amp", "A"),
        ("ampere", "A"),
        ("temperature", "K"),
        ("substance", "mol"),
        ("moles", "mol"),
        ("luminosity", "cd"),
        ("candle", "cd"),
        ("candela", "cd"),
    ],
)
def test_words_for_the_axes(word, symbol):
    dim = get_or_create_dimension(**{word: 1})
    assert str(dim) == symbol
    assert dim.get_dimension(word) == 1


def test_without_arguments_there_is_no_dimension():
    assert get_or_create_dimension() is DIMENSIONLESS


def test_misspelt_word_is_named_with_a_suggestion():
    with pytest.raises(KeyError, match=r"'lenght' names no dimension; did you mean 'length'"):
        get_or_create_dimension(lenght=1)
    with pytest.raises(KeyError):
        DIMENSIONLESS.get_dimension("foo")


@pytest.mark.parametrize(
    "wrong", [([1, 0],), (1, 0, 0, 0, 0, 0, 0), ("1000000",), (5,), ([0] * 8,)]
)
def test_exactly_seven_exponents(wrong):
    with pytest.raises(TypeError, match="7"):
        get_or_create_dimension(*wrong)


def test_dimensions_cannot_be_changed():
    with pytest.raises(AttributeError):
        volt.dim.is_dimensionless = True
    with pytest.raises(AttributeError):
        del volt.dim._dims


def test_dimension_stands_for_itself():
    assert volt.dim.dim is volt.dim
    assert volt.dim.exponents == (2, 1, -3, -1, 0, 0, 0)
    assert not volt.dim.is_dimensionless
    assert DIMENSIONLESS.is_dimensionless
    assert isinstance(volt.dim, Dimension)
    assert {volt.dim: 1}[volt.dim**1] == 1


@pytest.mark.parametrize(
    ("dims", "text"),
    [
        ((), "Cannot do that"),
        ((volt.dim,), "Cannot do that (unit is V)."),
        ((volt.dim, second.dim), "Cannot do that (units are V and s)."),
        ((volt.dim, DIMENSIONLESS), "Cannot do that (units are V and 1)."),
        ((volt.dim, metre.dim, second.dim), "Cannot do that (units are (V) (m) (s))."),
    ],
)
def test_mismatch_error_names_the_units(dims, text):
    error = DimensionMismatchError("Cannot do that", *dims)
    assert str(error) == text
    assert error.desc == "Cannot do that"
    assert error.dims == dims
    assert isinstance(error, BrainsimError)


def test_mismatch_error_can_be_pickled():
    error = DimensionMismatchError("Cannot do that", volt.dim, second.dim)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (str(again), again.dims) == (str(error), error.dims)
