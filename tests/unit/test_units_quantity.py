"""Quantities: construction, arithmetic, comparison, elements."""

import copy
import math
import operator
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from brainsim.units import DIMENSIONLESS, DimensionMismatchError, Quantity
from brainsim.units.allunits import amp, metre, radian, second, uvolt, volt, watt
from brainsim.units.fundamentalunits import quantity_with_dimensions
from brainsim.units.stdunits import ms, mV, nS

numbers = st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-9)
arrays = hnp.arrays(
    np.float64, hnp.array_shapes(min_dims=0, max_dims=2, max_side=4), elements=numbers
)
values = st.one_of(numbers, arrays)


def base(quantity):
    """The plain values in base units."""
    return np.asarray(quantity)


# --- against plain NumPy --------------------------------------------------------------------


@given(values, numbers)
def test_sums_are_those_of_the_values(x, y):
    left, right = x * volt, y * volt
    for compute in (operator.add, operator.sub):
        assert np.array_equal(base(compute(left, right)), compute(x, y))
        assert np.array_equal(base(compute(right, left)), compute(y, x))
        assert compute(left, right).dim is volt.dim


@given(values, numbers)
def test_products_and_quotients_are_those_of_the_values(x, y):
    assume(y != 0)
    left, right = x * volt, y * amp
    assert np.array_equal(base(left * right), np.multiply(x, y))
    assert (left * right).dim is watt.dim
    assert np.array_equal(base(left / right), np.divide(x, y))
    assert (left / right).dim is volt.dim / amp.dim
    assert np.array_equal(base(left / y), np.divide(x, y))
    ratio = left / (y * volt)
    assert not isinstance(ratio, Quantity)
    assert np.array_equal(ratio, np.divide(x, y))


@given(values, numbers)
def test_comparisons_are_those_of_the_values(x, y):
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        result = compare(x * volt, y * volt)
        assert not isinstance(result, Quantity)
        assert np.array_equal(result, compare(x, y))
        assert np.array_equal(compare(y * volt, x * volt), compare(y, x))


@given(arrays.filter(lambda x: x.size > 0))
def test_reductions_are_those_of_the_values(x):
    q = x * volt
    for name in ("sum", "mean", "std", "min", "max"):
        assert np.array_equal(base(getattr(q, name)()), getattr(x, name)()), name
        assert np.array_equal(base(getattr(np, name)(q)), getattr(x, name)()), name
        assert getattr(q, name)().dim is volt.dim
    assert np.array_equal(base(q.var()), x.var())
    assert q.var().dim is volt.dim**2
    assert q.argmax() == x.argmax()


@given(values)
def test_multiplying_and_dividing_by_a_unit_gives_the_number_back(x):
    # one product and one quotient, each correctly rounded: two times half a unit in the last place
    again = (x * mV) / mV
    assert np.all(np.abs(again - x) <= 2.0**-52 * np.abs(x))


@given(arrays)
def test_pickle_and_copy_keep_everything(x):
    q = x * nS
    for again in (pickle.loads(pickle.dumps(q)), copy.copy(q), copy.deepcopy(q), q.copy()):  # noqa: S301
        assert type(again) is Quantity
        assert again.dim is nS.dim
        assert again.shape == q.shape
        assert np.array_equal(base(again), base(q))


# --- construction ---------------------------------------------------------------------------


def test_products_make_quantities():
    for q in (3 * mV, [1, 2] * mV, np.arange(3) * mV, mV * 2, (1, 2) * mV, range(3) * mV):
        assert type(q) is Quantity
        assert q.dim is volt.dim
        assert q.dtype == np.float64
    assert (3 * mV).shape == ()


def test_whole_numbers_become_floats_when_they_get_a_unit():
    assert Quantity(3, volt).dtype == np.float64
    assert Quantity([True, False], volt).dtype == np.float64
    assert (np.array([1, 2], np.int32) * volt).dtype == np.float64
    assert Quantity([1, 2]).dtype.kind == "i"
    assert Quantity(3, volt, dtype=np.float32).dtype == np.float32


def test_dimension_may_be_a_unit():
    assert Quantity(3, volt.dim) == 3 * volt
    assert Quantity(3, mV) == 3 * volt
    assert Quantity(3 * mV) == 3 * mV


def test_lists_of_quantities():
    assert np.array_equal(base(Quantity([1 * volt, 2 * mV])), [1, 0.002])
    nested = Quantity([[1 * volt, 2 * volt], [3 * volt, 4 * volt]])
    assert nested.shape == (2, 2)
    assert nested.dim is volt.dim


def test_arrays_are_shared_unless_copied():
    x = np.ones(3)
    Quantity(x, volt)[0] = 5 * volt
    assert x[0] == 5
    Quantity(x, volt, copy=True)[0] = 7 * volt
    assert x[0] == 5


@pytest.mark.parametrize("wrong", ["3", None, {}, [1, "a"], np.array(["a"]), object()])
def test_only_numbers_can_be_quantities(wrong):
    with pytest.raises(TypeError, match="Cannot make a quantity"):
        Quantity(wrong)


@pytest.mark.parametrize("wrong", [[1 * mV, 2], [1 * mV, 0], [0, 1 * mV], [[1 * mV], [2]]])
def test_numbers_and_quantities_do_not_mix_in_lists(wrong):
    with pytest.raises(TypeError, match="Mixing quantities and non-quantities"):
        Quantity(wrong)


def test_different_units_do_not_mix_in_lists():
    with pytest.raises(DimensionMismatchError, match="units are V and s"):
        Quantity([1 * mV, 2 * ms])


@pytest.mark.parametrize("wrong", ["volt", 2, [1]])
def test_dimension_has_to_be_one(wrong):
    with pytest.raises(TypeError, match="such as volt"):
        Quantity(3, wrong)


@pytest.mark.parametrize("wrong", ["a", None, {1, 2}, (i for i in (1, 2))])
def test_other_things_do_not_multiply_with_units(wrong):
    with pytest.raises(TypeError):
        wrong * mV
    with pytest.raises(TypeError):
        mV * wrong


def test_with_dimensions():
    assert Quantity.with_dimensions(2, length=1) == 2 * metre
    assert Quantity.with_dimensions([1, 2], [1, 0, 0, 0, 0, 0, 0]).dim is metre.dim
    assert Quantity.with_dimensions(2, volt.dim) == 2 * volt
    assert Quantity.with_dimensions(2) == 2
    assert not isinstance(Quantity.with_dimensions(2), Quantity)


def test_quick_constructor():
    assert quantity_with_dimensions(3.0, volt.dim) == 3 * volt
    assert quantity_with_dimensions([3.0, 4.0], volt.dim).shape == (2,)
    assert quantity_with_dimensions(3, DIMENSIONLESS) == 3


# --- what fits together ---------------------------------------------------------------------


@pytest.mark.parametrize("zero", [0, 0.0, False, np.float32(0), np.array(0), np.zeros(2)])
def test_zero_fits_every_unit(zero):
    q = [1, 2] * mV
    assert np.array_equal(base(q + zero), base(q))
    assert np.array_equal(base(zero + q), base(q))
    assert np.array_equal(base(q - zero), base(q))
    assert np.array_equal(base(zero - q), -base(q))
    assert np.all(q > zero)
    assert np.all(zero < q)
    assert not np.any(q == zero)
    assert np.maximum(q, zero).dim is volt.dim


@pytest.mark.parametrize("limit", [math.inf, -math.inf, np.float64(math.inf), np.array(math.inf)])
def test_infinity_compares_with_every_unit_but_does_not_add(limit):
    assert (3 * mV < limit) == (limit > 0)
    assert (limit < 3 * mV) == (limit < 0)
    assert np.array_equal(np.less([1, 2] * mV, limit), [limit > 0] * 2)
    with pytest.raises(DimensionMismatchError):
        3 * mV + limit
    with pytest.raises(DimensionMismatchError):
        np.maximum(3 * mV, limit)


@pytest.mark.parametrize(
    "other", [2, math.nan, True, [0, 0], [1, 2], 3 * ms, 0 * ms, np.array([0, 1])]
)
@pytest.mark.parametrize(
    "compute",
    [operator.add, operator.sub, operator.mod, operator.lt, operator.ge, operator.eq, operator.ne],
)
def test_other_units_do_not_fit(compute, other):
    with pytest.raises(DimensionMismatchError, match="V"):
        compute(3 * mV, other)
    with pytest.raises(DimensionMismatchError, match="V"):
        compute([1, 2] * mV, other)
    with pytest.raises(DimensionMismatchError, match="V"):
        compute(other, 3 * mV)


def test_error_shows_what_was_calculated():
    with pytest.raises(DimensionMismatchError, match=r"3\. mV \+ 2\. ms, .* \(units are V and s\)"):
        3 * mV + 2 * ms
    with pytest.raises(DimensionMismatchError, match=r"\.\.\."):
        np.arange(1e6) * mV + 1
    with pytest.raises(DimensionMismatchError, match="maximum of"):
        np.maximum(3 * mV, 1)


@pytest.mark.parametrize("other", ["a", None, object()])
def test_anything_may_be_compared_for_equality(other):
    assert (3 * mV == other) is False
    assert (3 * mV != other) is True
    assert ([1, 2] * mV == other) is False
    with pytest.raises(TypeError):
        3 * mV < other  # noqa: B015
    with pytest.raises(TypeError):
        3 * mV + other


def test_lists_take_part_in_arithmetic():
    assert np.array_equal(base(3 * volt + [1 * volt, 2 * volt]), [4, 5])
    assert np.array_equal(3 * volt == [3 * volt, 2 * volt], [True, False])
    assert np.array_equal([1, 2] / (2 * volt), [0.5, 1] / volt)


# --- results --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (10 * mV / mV, float),
        ((10 * mV) / (5 * mV), float),
        (2 * radian, float),
        ((3 * mV) ** 0, float),
        ([1, 2] * mV / mV, np.ndarray),
        (3 * mV > 0, np.bool_),
        ([1, 2] * mV > 0 * mV, np.ndarray),
        (np.exp(-(10 * ms) / (20 * ms)), np.float64),
        (10 * mV // mV, float),
    ],
)
def test_results_without_dimension_are_plain(value, kind):
    assert type(value) is kind


def test_remainder_and_floor():
    assert (2.5 * volt) % volt == 0.5 * volt
    assert (2.5 * volt) // volt == 2
    assert ((2.5 * volt) // 2) == 1 * volt
    assert np.fmod(2.5 * volt, 1 * volt) == 0.5 * volt


@pytest.mark.parametrize("exponent", [2, 0.5, -1, 3.0, np.array(2), Fraction(1, 3), 2 * mV / mV])
def test_powers(exponent):
    q = (3 * volt) ** exponent
    assert q.dim is volt.dim ** Fraction(float(exponent)).limit_denominator(10)
    # one power on each side: equal but for the last place
    assert float(q) == pytest.approx(3 ** float(exponent), rel=1e-15)


@pytest.mark.parametrize("wrong", [[1, 2], np.array([2]), "a"])
def test_exponent_of_a_quantity_is_one_number(wrong):
    with pytest.raises(TypeError):
        (3 * mV) ** wrong


def test_exponent_has_no_unit():
    with pytest.raises(DimensionMismatchError, match="exponent"):
        (3 * mV) ** (2 * mV)
    with pytest.raises(DimensionMismatchError, match="exponent"):
        2 ** (3 * mV)
    assert 2 ** (3 * mV / mV) == 8


def test_numbers_without_unit_take_arrays_of_exponents():
    assert np.array_equal(Quantity([2.0, 3.0]) ** [1, 2], [2, 9])


def test_division_by_zero_is_that_of_numpy():
    for divide in (lambda: 5 * volt / 0, lambda: [5] * volt / 0, lambda: 5 * volt / (0 * second)):
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            assert np.all(np.isinf(divide()))


def test_conversion():
    assert float(3 * mV) == 0.003
    assert int(3 * volt) == 3
    assert complex(3 * volt) == 3
    assert bool(0 * mV) is False
    assert bool(1 * mV) is True
    with pytest.raises(ValueError, match="ambiguous"):
        bool([1, 2] * mV)
    for convert in (np.array, np.asarray):
        assert type(convert([1, 2] * mV)) is np.ndarray
    assert type(np.asanyarray([1, 2] * mV)) is Quantity
    with pytest.raises(TypeError, match="__round__"):
        round(3 * mV, 2)
    with pytest.raises(TypeError):
        hash(3 * mV)


def test_sum_and_maximum_of_python():
    assert sum([1, 2] * mV) == 3 * mV
    assert sum([1 * mV, 2 * mV]) == 3 * mV
    assert max(1 * mV, 200 * uvolt) == 1 * mV
    assert sorted([3, 1] * mV) == [1 * mV, 3 * mV]
    assert abs(-3 * mV) == 3 * mV


# --- in place -------------------------------------------------------------------------------


def test_arrays_change_in_place():
    a = [1, 2] * volt
    other_name = a
    a += 1 * volt
    a *= 2
    a -= [1, 1] * volt
    a /= 3
    assert other_name is a
    assert np.array_equal(base(a), [1, 5 / 3])


def test_scalars_are_replaced():
    a = 3 * volt
    other_name = a
    a += 1 * volt
    a *= 2 * amp
    assert a == 8 * watt
    assert other_name == 3 * volt


def test_in_place_change_of_unit_leaves_other_names_alone():
    a = [1, 2] * volt
    other_name = a
    a *= 2 * amp
    assert np.array_equal(base(a), [2, 4])
    assert a.dim is watt.dim
    assert np.array_equal(base(other_name), [1, 2])
    assert other_name.dim is volt.dim
    other_name /= volt
    assert type(other_name) is np.ndarray


def test_in_place_needs_the_same_unit():
    a = [1, 2] * volt
    plain = np.ones(2)
    with pytest.raises(DimensionMismatchError):
        a += 1 * ms
    with pytest.raises(DimensionMismatchError):
        a += 1
    with pytest.raises(DimensionMismatchError):
        plain += volt
    assert np.array_equal(base(a), [1, 2])
    assert np.array_equal(plain, [1, 1])


def test_plain_array_times_unit_in_place_becomes_a_quantity():
    a = np.ones(2)
    a *= mV
    assert a.dim is volt.dim


# --- elements -------------------------------------------------------------------------------


def test_indexing():
    q = np.arange(10.0) * volt
    for key in (3, -1, np.int64(3), np.array(3)):
        assert type(q[key]) is Quantity
        assert q[key].shape == ()
        assert q[key].dim is volt.dim
    for key in (slice(2), slice(None, None, 2), [1, 2], q > 5 * volt, ..., None):
        assert q[key].dim is volt.dim
        assert np.array_equal(base(q[key]), base(q)[key])
    assert ([[1, 2], [3, 4]] * volt)[0, 1] == 2 * volt
    with pytest.raises(IndexError):
        q[10]
    with pytest.raises(IndexError):
        (3 * mV)[0]
    assert [x.dim for x in [1, 2] * mV] == [volt.dim] * 2


def test_slices_are_views():
    q = np.arange(4.0) * volt
    q[1:][0] = 7 * volt
    q[2:] += 1 * volt
    assert np.array_equal(base(q), [0, 7, 3, 4])


def test_assignment():
    q = [1, 2] * volt
    q[0] = 3 * mV
    assert q[0] == 3 * mV
    q[:] = [3 * volt, 4 * volt]
    assert np.array_equal(base(q), [3, 4])
    q[q > 3 * volt] = 0
    assert np.array_equal(base(q), [3, 0])


@pytest.mark.parametrize("wrong", [3, math.inf, math.nan, [0, 0], np.zeros(2), 3 * ms, 0 * ms])
def test_assignment_needs_the_same_unit_or_scalar_zero(wrong):
    q = [1, 2] * volt
    for assign in (q.__setitem__, q.put):
        with pytest.raises(DimensionMismatchError, match="Inconsistent units"):
            assign([0, 1], wrong)
    assert np.array_equal(base(q), [1, 2])


def test_item_tolist_fill_put():
    q = [[1, 2], [3, 4]] * volt
    assert q.item(1, 1) == 4 * volt
    assert q.item(0).dim is volt.dim
    assert q.tolist() == [[1 * volt, 2 * volt], [3 * volt, 4 * volt]]
    assert (3 * volt).tolist() == 3 * volt
    q.put([0], 9 * volt)
    assert q[0, 0] == 9 * volt
    q.fill(2 * volt)
    assert np.all(q == 2 * volt)
    q.fill(0)
    with pytest.raises(DimensionMismatchError):
        q.fill(2)
