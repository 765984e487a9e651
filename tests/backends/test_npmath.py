"""npmath against definitions: what generated NumPy code calls."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import address_in, run_native, same_bits

from brainsim.codegen import build as b
from brainsim.codegen import npmath
from brainsim.codegen.ir import Buffer, DType, Kernel
from brainsim.codegen.printers import c

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # kernels switch them off
FORMS = (DType.F64, DType.F32)
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


def arguments(dtype: type) -> np.ndarray:
    """Return ordinary numbers, and those at which functions end."""
    rng = np.random.default_rng(3)
    ends = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, 709.8, -745.2, 1e6, -1e300]
    x = np.concatenate([ends, rng.normal(size=1003), np.exp(rng.uniform(-40, 40, 400))])
    return x.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", npmath.PLAIN)
def test_native_functions_are_those_of_numpy_to_rounding(name: str, dtype: type) -> None:
    """Both are within 4 units of the exact value; only NumPy's sine has a range without end."""
    x = arguments(dtype)
    found, plain = getattr(npmath, name)(x), npmath.PLAIN[name](x)
    assert found.dtype == plain.dtype == dtype
    if name in {"sin", "cos", "tan"}:
        found, plain = found[np.abs(x) < 2.0**51], plain[np.abs(x) < 2.0**51]
    # where exprel and bernoulli of NumPy divide, each of four operations adds what it rounds
    tolerance = 11 if name in {"exprel", "bernoulli"} else 8
    same = (found == plain) | (np.isnan(found) & np.isnan(plain))
    assert (same | (np.abs(found - plain) <= tolerance * np.spacing(np.abs(plain)))).all()


@pytest.mark.skipif(npmath.native is None, reason="brainsim was installed without a compiler")
@pytest.mark.parametrize("name", npmath.PLAIN)
def test_native_functions_have_the_bits_of_compiled_kernels(
    library: ctypes.CDLL, name: str
) -> None:
    """The same number in any place of an array, alone, and in an array of another layout."""
    function = getattr(npmath, name)
    for form in FORMS:
        x = arguments(np.dtype(form).type)
        kernel = applying(name, form)
        content = {"size": x.size, "x": x, "out": np.zeros_like(x)}
        expected = run_native(address_in(library, kernel.name), kernel, content)["out"]
        matrix = np.asfortranarray(x[:1400].reshape(20, 70))
        for found in (
            function(x),
            function(x[::-1])[::-1],
            np.array([function(v) for v in x[:40]], x.dtype),
            function(matrix).ravel(),
        ):
            assert same_bits({"": found}, {"": expected[: found.size]}) == []


@pytest.fixture(scope="module")
def library(compile_c: Callable[..., ctypes.CDLL]) -> ctypes.CDLL:
    kernels = [applying(name, form) for name in npmath.PLAIN for form in FORMS]
    return compile_c(c.print_unit(kernels, "test"))


def applying(name: str, form: DType) -> Kernel:
    """Return the kernel out[i] = name(x[i])."""
    i, size = b.index(), Buffer("size", DType.I64, constant=True, scalar=True)
    x, out = Buffer("x", form, constant=True), Buffer("out", form)
    value = b.call(name, b.load(x, i), dtype=form)
    loop = b.loop(i, b.load(size), [b.store(out, i, value)])
    return Kernel(f"apply_{name}_{form}", "apply a function", (loop,))


@pytest.mark.parametrize("name", npmath.PLAIN)
def test_functions_take_numbers_and_arrays_of_any_shape(name: str) -> None:
    function = getattr(npmath, name)
    assert isinstance(function(0.5), np.float64)
    assert isinstance(function(np.float32(0.5)), np.float32)
    assert isinstance(function(np.array(0.5)), np.float64)
    assert function(np.array([1, 1])).tolist() == [function(1.0)] * 2
    assert function(np.zeros((0, 3))).shape == (0, 3)
    assert function(np.ones((2, 1, 3), np.float32)).shape == (2, 1, 3)


def test_powers_are_computed_in_their_type() -> None:
    assert npmath.power(2.0, 10.0, np.float64) == 1024
    assert npmath.power(np.float32(2), np.float32(0.5), np.float32).dtype == np.float32
    assert npmath.power(np.array([[2.0], [3.0]]), np.array([1.0, 2.0]), np.float64).tolist() == [
        [2.0, 4.0],
        [3.0, 9.0],
    ]
    assert npmath.power(np.zeros(0), 2.0, np.float64).shape == (0,)
    assert npmath.power(np.int32(3), np.int32(4), np.int64) == 81
    assert npmath.power(np.int32(-3), np.int32(3), np.int32) == -27


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
