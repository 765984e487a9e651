"""Two variables that act on each other, with coefficients per neuron."""

import numpy as np
import pytest

from brainsim.codegen.linear import propagators
from brainsim.equations import Equations
from brainsim.solvers import Varies, advance_values, choose, system_of

H = 1e-4
TEXT = "dv/dt = a*v + b*w + f : 1\ndw/dt = c*v + d*w + g : 1"


def stepped(a, b, c, d):
    """Return P and G of the step, read off its values."""
    system = system_of(Equations(TEXT), lambda _: Varies.ELEMENT)
    name, step = choose(system, "exact")
    assert name == "exact"
    columns = []
    for which in ("v", "w", "f", "g"):
        values = {"v": 0.0, "w": 0.0, "f": 0.0, "g": 0.0, "a": a, "b": b, "c": c, "d": d}
        values[which] = 1.0
        new = advance_values(step, values, H)
        columns.append([new["v"], new["w"]])
    matrix = np.array(columns).T
    return matrix[:, :2], matrix[:, 2:]


CASES = {
    "real": (-100.0, 20.0, 30.0, -200.0),
    "complex": (-100.0, -900.0, 900.0, -50.0),
    "pure rotation": (0.0, -900.0, 900.0, 0.0),
    "critical": (-100.0, 25.0, -25.0, -150.0),
    "nearly critical": (-100.0, 25.0, -25.0 + 1e-7, -150.0),
    "singular": (-100.0, 100.0, 200.0, -200.0),
    "singular and symmetric": (-100.0, 100.0, 100.0, -100.0),
    "slow": (-1e-3, 2e-3, 3e-3, -2e-3),
    "slow rotation": (-1e-3, -2e-3, 3e-3, -2e-3),
    "very fast": (-3e5, 1e5, 2e5, -2e5),
    "unequal": (-1e5, 3.0, 4.0, -1.0),
    "growing": (50.0, 40.0, -90.0, 20.0),
    "at the border": (-6.0, 8.0, -8.0, -6.0),
    "acts on nothing": (-100.0, 0.0, 30.0, -200.0),
    "zero": (0.0, 0.0, 0.0, 0.0),
}


@pytest.mark.row("13 'exact' (= 'linear')")
@pytest.mark.parametrize("case", CASES)
def test_the_formula_is_the_matrix_exponential(case):
    """P and G are those of the numerical exponential of the matrix.

    Both lose a few units in the last place, 1e-16, per squaring (of which there are up to ten) and
    1e-16/(rate h) at the borders between the cases, where rate h is 1e-3: 1e-12 covers both.
    """
    a, b, c, d = CASES[case]
    want_p, want_g = propagators(np.array([[a, b], [c, d]]), H)
    found_p, found_g = stepped(a, b, c, d)
    np.testing.assert_allclose(found_p, want_p, rtol=0, atol=1e-12 * np.abs(want_p).max())
    np.testing.assert_allclose(found_g, want_g, rtol=0, atol=1e-12 * np.abs(want_g).max())


def test_neurons_of_all_kinds_side_by_side():
    """The values of one neuron do not spoil those of another."""
    coefficients = np.array(list(CASES.values())).T
    with np.errstate(all="raise", under="ignore"):
        found_p, found_g = stepped(*coefficients)
    assert np.isfinite(found_p).all()
    assert np.isfinite(found_g).all()
