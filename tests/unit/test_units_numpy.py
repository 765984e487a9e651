"""NumPy functions and array methods of quantities, and drawing them."""

import math
from fractions import Fraction

import numpy as np
import pytest

from brainsim.units import DIMENSIONLESS, DimensionMismatchError, Quantity, get_dimensions
from brainsim.units.allunits import amp, second, volt, watt
from brainsim.units.stdunits import mA, ms, mV


def base(quantity):
    """The plain values in base units."""
    return np.asarray(quantity)


KEEPING = [
    np.abs,
    np.fabs,
    np.negative,
    np.positive,
    np.rint,
    np.floor,
    np.ceil,
    np.trunc,
    np.conj,
    np.sort,
    np.diff,
    np.cumsum,
    np.median,
    np.ravel,
    np.flip,
    np.round,
    np.ptp,
    np.nanmean,
    np.nansum,
    np.unique,
    np.average,
    np.transpose,
    np.atleast_2d,
]


@pytest.mark.parametrize("function", KEEPING, ids=lambda f: f.__name__)
def test_functions_that_keep_the_unit(function):
    x = np.array([3.0, -1.5, 2.25])
    result = function(x * volt)
    assert result.dim is volt.dim
    assert np.array_equal(base(result), function(x))


PLAIN = [
    np.sign,
    np.isnan,
    np.isinf,
    np.isfinite,
    np.signbit,
    np.logical_not,
    np.argmin,
    np.argsort,
]


@pytest.mark.parametrize(
    "function", [*PLAIN, np.any, np.all, np.count_nonzero], ids=lambda f: f.__name__
)
def test_functions_with_plain_result(function):
    x = np.array([3.0, -1.0, np.nan])
    result = function(x * volt)
    assert not isinstance(result, Quantity)
    assert np.array_equal(result, function(x), equal_nan=True)


DIMENSIONLESS_ONLY = [
    np.sin,
    np.cos,
    np.tan,
    np.arcsin,
    np.sinh,
    np.arctanh,
    np.exp,
    np.exp2,
    np.expm1,
    np.log,
    np.log2,
    np.log10,
    np.log1p,
    np.deg2rad,
]


@pytest.mark.parametrize("function", DIMENSIONLESS_ONLY, ids=lambda f: f.__name__)
def test_functions_of_pure_numbers(function):
    for q in (0.5 * mV, [0.1, 0.2] * mV):
        with pytest.raises(DimensionMismatchError, match=f"{function.__name__} expects"):
            function(q)
    assert function(0.5 * volt / volt) == function(0.5)
    assert not isinstance(function(Quantity([0.5])), Quantity)


@pytest.mark.parametrize("function", [np.arctan2, np.hypot, np.logaddexp])
def test_functions_of_two_pure_numbers(function):
    with pytest.raises(DimensionMismatchError):
        function(3 * mV, 4 * mV)
    with pytest.raises(DimensionMismatchError):
        function(3, 4 * mV)


def test_functions_that_change_the_unit():
    assert np.sqrt(4 * volt**2) == 2 * volt
    assert np.square(3 * volt) == 9 * volt**2
    assert np.reciprocal(2 * volt) == 0.5 / volt
    assert np.cbrt(8 * volt).dim is volt.dim ** Fraction(1, 3)
    assert np.multiply(2 * volt, 3 * amp) == 6 * watt
    assert np.divide(6 * watt, 3 * amp) == 2 * volt
    assert np.power(3 * volt, 2) == 9 * volt**2
    assert ([1, 2] * volt) @ ([3, 4] * amp) == 11 * watt
    assert ([1, 2] * volt).dot([3, 4] * amp) == 11 * watt
    assert np.array_equal(np.multiply.outer([1, 2] * volt, [1, 2] * amp), [[1, 2], [2, 4]] * watt)


def test_products_of_elements():
    assert ([1, 2, 3] * volt).prod() == 6 * volt**3
    assert np.prod([[1, 2], [3, 4]] * volt, axis=0).dim is volt.dim**2
    with pytest.raises(TypeError, match="different unit per element"):
        ([1, 2] * volt).cumprod()
    for reduce in (np.multiply.reduce, np.multiply.accumulate):
        with pytest.raises(TypeError, match="use the method prod"):
            reduce([1, 2] * volt)
    assert np.array_equal(Quantity([2.0, 3.0]).cumprod(), [2, 6])


def test_reductions_along_axes():
    x = np.arange(6.0).reshape(2, 3)
    q = x * volt
    assert np.array_equal(base(q.mean(axis=0)), x.mean(axis=0))
    assert np.array_equal(base(np.sum(q, axis=1, keepdims=True)), x.sum(axis=1, keepdims=True))
    assert np.array_equal(base(q.cumsum(axis=1)), x.cumsum(axis=1))
    assert q.std(ddof=1).dim is volt.dim
    assert q.ptp(axis=1).dim is volt.dim
    assert np.array_equal(base(q.trace()), x.trace())
    assert np.array_equal(base(q.diagonal()), x.diagonal())
    assert np.maximum.accumulate(q, axis=0).dim is volt.dim


def test_clip():
    q = [3, 1, 2] * volt
    assert np.array_equal(base(q.clip(1.5 * volt, 2.5 * volt)), [2.5, 1.5, 2])
    assert np.array_equal(base(np.clip(q, 0, 2 * volt)), [2, 1, 2])
    assert np.array_equal(base(q.clip(None, 2 * volt)), [2, 1, 2])
    assert np.array_equal(base(q.clip(1.5 * volt, math.inf)), [3, 1.5, 2])
    for limits in ((1, 2), (1 * ms, 2 * volt), (0 * volt, 2)):
        with pytest.raises(DimensionMismatchError, match="clip"):
            q.clip(*limits)


def test_searchsorted():
    q = [1, 2, 3] * volt
    assert q.searchsorted(2.5 * volt) == 2
    with pytest.raises(DimensionMismatchError):
        q.searchsorted(2)


def test_output_arrays():
    out = np.zeros(2) * volt
    assert np.add([1, 2] * volt, 1 * volt, out=out) is out
    assert np.array_equal(base(out), [2, 3])
    plain = np.zeros(2)
    np.add([1, 2] * volt, 1 * volt, out=plain)
    assert np.array_equal(plain, [2, 3])
    assert np.mean([1, 3] * volt, out=np.zeros(()) * volt) == 2 * volt
    for wrong in (np.zeros(2) * second, np.zeros(2) * watt):
        with pytest.raises(DimensionMismatchError, match="out"):
            np.add([1, 2] * volt, 1 * volt, out=wrong)


def test_unbuffered_addition():
    q = np.zeros(3) * volt
    np.add.at(q, [0, 0, 2], 2 * volt)
    assert np.array_equal(base(q), [4, 0, 2])
    with pytest.raises(DimensionMismatchError):
        np.add.at(q, [0], 2 * second)


@pytest.mark.parametrize("function", [np.bitwise_and, np.left_shift, np.ldexp, np.heaviside])
def test_functions_without_meaning_say_what_to_do(function):
    with pytest.raises(TypeError, match="cannot be used on quantities; divide by a unit"):
        function(3 * mV, 2)


def test_concatenate_accepts_quantities_and_drops_the_unit():
    joined = np.concatenate([[1, 2] * volt, [3] * volt])
    assert np.array_equal(base(joined), [1, 2, 3])
    assert get_dimensions(joined) is DIMENSIONLESS
    assert np.array_equal(np.array([1 * volt, 2 * volt]), [1, 2])


def test_shape_methods_keep_the_unit():
    q = np.arange(6.0) * volt
    for shaped in (
        q.reshape(2, 3),
        q.reshape(2, 3).T,
        q.flatten(),
        q.repeat(2),
        q.take([1]),
        q[None].squeeze(),
        q.astype(np.float32),
        np.tile(q, 2),
        np.broadcast_to(q, (2, 6), subok=True),
    ):
        assert shaped.dim is volt.dim


class _Foreign:
    """A class that handles NumPy functions itself."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwds):
        return "mine"


class _View:
    """A class with a dimension that converts itself, as views on model variables do."""

    dim = volt.dim

    def __array__(self, dtype=None, copy=None):
        return np.array([1.0, 2.0])


def test_other_classes_take_part():
    assert np.add(3 * mV, _Foreign()) == "mine"
    total = np.add(1 * volt, _View())
    assert np.array_equal(base(total), [2, 3])
    assert total.dim is volt.dim
    with pytest.raises(DimensionMismatchError):
        np.add(1 * second, _View())


def test_float32_values_stay_float32_in_products_with_numbers():
    q = Quantity(np.ones(2, np.float32), volt)
    assert (q * 2).dtype == np.float32
    assert (q / volt).dtype == np.float32


def test_matplotlib_accepts_quantities_everywhere():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from brainsim.units.matplotlib_converter import register_with_matplotlib

    fig, axes = plt.subplots()
    t, v = np.arange(5.0) * ms, np.arange(5.0) * mV
    axes.plot(t, v)  # works without help
    register_with_matplotlib()
    (line,) = axes.plot(t, v, ".")
    axes.plot(3 * ms, 2 * mV, "o")
    axes.plot([1 * ms, 2 * ms], [1 * mV, 2 * mV])
    axes.axhline(2 * mV)
    axes.axvspan(1 * ms, 2 * ms)
    axes.errorbar(t, v, yerr=v)
    axes.fill_between(t, 0 * mV, v)
    axes.hist(v)
    axes.set_xlim(0 * ms, 5 * ms)
    axes.imshow([[1, 2], [3, 4]] * mA)
    fig.canvas.draw()
    assert np.array_equal(np.asarray(line.get_xdata(orig=False)), base(t))
    plt.close(fig)
