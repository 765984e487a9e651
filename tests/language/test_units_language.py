"""Units where brainsim does more than Brian2, and what needs matplotlib; see rows/03.toml."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from brainsim import Quantity, get_dimensions, metre, ms, mV, nA, plt, volt

mpl.use("Agg")


@pytest.mark.row("3 Quantity")
def test_whole_numbers_with_a_unit_are_floating_point():
    """However they get it; a type that is asked for is kept."""
    for made in (
        Quantity([1, 2], volt),
        Quantity([1, 2], dim=volt.dim),
        Quantity.with_dimensions([1, 2], volt.dim),
        [1, 2] * volt,
        np.array([1, 2]) * volt,
    ):
        assert made.dtype == np.float64
        made[0] = 2.5 * volt
        assert made[0] == 2.5 * volt
    assert Quantity([1, 2], volt, dtype=np.int32).dtype == np.int32
    assert Quantity([1, 2]).dtype.kind == "i"


@pytest.mark.row("3 functions")
def test_more_functions_of_quantities():
    """Those which have a meaning for units, although the tradition refuses them."""
    q = np.array([3.0, -1.0, np.nan]) * mV
    assert np.array_equal(np.signbit(q), [False, True, False])
    assert np.nanmax(np.fabs(q)) == 3 * mV
    assert np.fmax(q, 0 * mV)[2] == 0 * mV
    assert np.nan_to_num(q)[2] == 0 * mV
    assert np.cbrt(8 * metre**3) == 2 * metre
    assert np.multiply.outer(q[:2], [1, 2] * nA).dim is (volt * nA).dim
    assert np.add.accumulate(q[:2])[1] == 2 * mV


@pytest.mark.row("3 printing")
def test_infinity_and_fractional_exponents_are_readable():
    """A unit that suits the finite values; a whole exponent without a decimal point."""
    assert str(np.inf * mV) == "inf V"
    assert str([np.inf, 1e-3] * volt) == "[inf  1.] mV"
    assert repr(get_dimensions((4 * metre**4) ** 0.5)) == "metre ** 2"


@pytest.mark.row("3 matplotlib", "1 matplotlib through the star import or pyplot")
def test_quantities_can_be_drawn():
    """In base units, by all functions that take arrays; beside plain numbers."""
    figure, axes = plt.subplots()
    (line,) = axes.plot(np.arange(3) * ms, [1, 2, 3] * mV)
    axes.axhline(-50 * mV)
    axes.axvline(2 * ms)
    axes.plot([0, 1], [0, 1])
    axes.scatter([1, 2] * ms, [1, 2] * mV)
    axes.set_xlim(0 * ms, 10 * ms)
    axes.fill_between([0, 1] * ms, 0 * mV, [1, 2] * mV)
    axes.errorbar([1, 2] * ms, [1, 2] * mV, yerr=[0.1, 0.2] * mV)
    axes.hist([1, 2, 3] * ms)
    axes.vlines([1, 2] * ms, 0 * mV, 1 * mV)
    figure.canvas.draw()
    x, y = line.get_data(orig=False)
    assert np.allclose(x, [0, 0.001, 0.002], 1e-15)
    assert np.allclose(y, [0.001, 0.002, 0.003], 1e-15)
    assert axes.get_xlim() == (0.0, 0.01)
    plt.close(figure)
