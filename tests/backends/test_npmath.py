"""npmath against definitions: what generated NumPy code calls."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.codegen import npmath

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # kernels switch them off
moderate = st.floats(-1e6, 1e6)
integers = st.integers(-(2**31), 2**31 - 1)


@pytest.mark.parametrize("x", [-700.0, -40.0, -1.0, -1e-9, 1e-300, 1e-9, 0.5, 30.0, 700.0, 713.0])
def test_exprel_is_exp_minus_one_over_x(x: float) -> None:
    with mpmath.workdps(40):
        exact = float(mpmath.expm1(x) / x)
    # expm1 4 ulp, division 1 ulp; the split form: twice exp at 4 ulp and two operations
    assert abs(npmath.exprel(x) - exact) <= 11 * np.spacing(exact)


def test_exprel_at_its_ends() -> None:
    found = npmath.exprel(np.array([0.0, -0.0, np.inf, -np.inf, np.nan]))
    np.testing.assert_array_equal(found, [1, 1, np.inf, 0, np.nan])
    assert npmath.exprel(np.float32(2.0)).dtype == np.float32


@given(moderate, moderate, moderate)
def test_clip_limits_and_lets_the_upper_limit_win(x: float, low: float, high: float) -> None:
    assert npmath.clip(x, low, high) == min(max(x, low), high)


def test_clip_keeps_nan_and_ignores_limits_that_are_nan() -> None:
    assert np.isnan(npmath.clip(np.nan, 0.0, 1.0))
    assert npmath.clip(0.5, np.nan, np.nan) == 0.5


@given(st.integers(0, 10**9), st.sampled_from([1e-4, 1e-5, 5e-5, 1e-3, 0.1]))
def test_timestep_counts_whole_steps(step: int, dt: float) -> None:
    assert npmath.timestep(step * dt, dt) == step


def test_timestep_of_extreme_times_is_capped() -> None:
    times = np.array([np.inf, -np.inf, np.nan, 1e300])
    expected = [2**51, -(2**51), -(2**51), 2**51]
    assert npmath.timestep(times, 1e-4).tolist() == expected
    assert npmath.timestep(np.array([0.25]), 0.1).dtype == np.int64


@given(integers, integers)
def test_mod_of_integers_has_the_sign_of_the_divisor(a: int, d: int) -> None:
    expected = a % d if d else 0
    assert npmath.mod(np.int64(a), np.int64(d)) == expected


@given(moderate, moderate.filter(lambda x: abs(x) > 1e-6))
def test_mod_of_floats_is_pythons(a: float, d: float) -> None:
    assert npmath.mod(np.float64(a), d) == a % d


def test_mod_of_a_huge_quotient_is_nan() -> None:
    assert np.isnan(npmath.mod(np.float64(2.0**60), 1.0))


@given(st.integers(-40, 40), st.integers(0, 9))
def test_power_of_integers_is_an_integer(base: int, exponent: int) -> None:
    found = npmath.power(np.array([base]), exponent, np.int64)
    assert found.dtype == np.int64
    assert found[0] == base**exponent


def test_negative_powers_of_integers_lose_their_fraction() -> None:
    assert npmath.power(np.array([1, -1, 2, 3]), -1, np.int32).tolist() == [1, -1, 0, 0]


@given(st.lists(st.tuples(st.integers(-3, 9), st.integers(-3, 9)), max_size=8))
def test_nested_lists_the_iterations_of_inner_loops_in_order(bounds: list[tuple[int, int]]) -> None:
    lanes = np.arange(len(bounds))
    starts, stops = np.array(bounds, np.int32).reshape(-1, 2).T
    parent, inner = npmath.nested(lanes, starts, stops)
    expected = [(p, k) for p, (start, stop) in enumerate(bounds) for k in range(start, stop)]
    assert list(zip(parent.tolist(), inner.tolist(), strict=True)) == expected


def test_nested_takes_one_bound_for_all_lanes() -> None:
    parent, inner = npmath.nested(np.zeros(2), 3, np.int32(5))
    assert (parent.tolist(), inner.tolist()) == ([0, 0, 1, 1], [3, 4, 3, 4])
    assert npmath.nested(np.zeros(0), 3, 5)[1].shape == (0,)


def test_compact_lists_the_set_flags_before_the_end() -> None:
    flags, out = np.array([1, 0, 1, 1, 1], np.uint8), np.full(6, -1, np.int32)
    assert npmath.compact(flags, 0, 4, out, 2) == 3
    assert out.tolist() == [-1, -1, 0, 2, 3, -1]
    assert npmath.compact(flags, 0, 0, out, 0) == 0
