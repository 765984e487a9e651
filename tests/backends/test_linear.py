"""bs_linear.h and its reference in NumPy: the same bits; compiled without warnings as C and C++."""

import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainsim.codegen import linear
from brainsim.codegen.toolchain import INCLUDE_DIRECTORY

pytestmark = pytest.mark.skipif(linear.native is None, reason="no compiled functions")

ENTRIES = st.one_of(
    st.just(0.0),
    st.floats(-1e3, 1e3),
    st.floats(-1e9, 1e9),  # stiff: time constants of nanoseconds
    st.floats(-1e-9, 1e-9),
)


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    """Draw square matrices of 1 to 8 variables: dense, singular, badly scaled, or not."""
    n = draw(st.integers(1, 8))
    matrix = np.array(draw(st.lists(ENTRIES, min_size=n * n, max_size=n * n))).reshape(n, n)
    if draw(st.booleans()):  # volts beside amperes
        units = 10.0 ** np.array(draw(st.lists(st.integers(-12, 12), min_size=n, max_size=n)))
        matrix = matrix * units[:, None] / units
    if draw(st.booleans()):  # a conserved sum
        matrix[0] = -matrix[1:].sum(axis=0)
    return matrix


def same(one, other):
    """Return whether two pairs of matrices have the same bits, NaN like NaN."""
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


@settings(deadline=None, max_examples=300)
@given(matrices(), st.sampled_from([1e-6, 1e-4, 1e-3, 0.5]))
def test_compiled_and_plain_propagators_have_the_same_bits(matrix, dt):
    """Whatever the matrix, both do the same operations in the same order."""
    assert same(linear.propagators(matrix, dt), linear.plain_propagators(matrix, dt))


@pytest.mark.parametrize("entry", [1e300, -1e308, 1e-320, np.inf, np.nan])
def test_extreme_numbers_end_and_have_the_same_bits(entry):
    """Numbers beyond all reason give what IEEE arithmetic gives, soon and without an error."""
    for matrix in (np.array([[entry]]), np.array([[entry, 1.0], [2.0, -entry]])):
        assert same(linear.propagators(matrix, 1e-3), linear.plain_propagators(matrix, 1e-3))


def test_a_matrix_of_any_form_in_memory():
    """Views, integers and transposed matrices are read by their values."""
    whole = np.arange(16.0).reshape(4, 4)
    for matrix in (whole.T, whole[::2, ::2], whole[:2, :2].astype(int)):
        copied = np.array(matrix, dtype=float, order="C")
        assert same(linear.propagators(matrix, 1e-2), linear.plain_propagators(copied, 1e-2))


def test_arrays_that_are_too_short_are_refused():
    """The compiled function does not write beyond its arrays."""
    short, long = np.zeros(3), np.zeros(4)
    work = np.zeros(linear.work_size(2))
    with pytest.raises(ValueError, match="2 variables"):
        linear.propagate(2, 1e-3, long, short, long, work)
    with pytest.raises(ValueError, match="2 variables"):
        linear.propagate(2, 1e-3, long, long.copy(), long.copy(), work[:-1])


@pytest.mark.parametrize(
    ("compiler", "suffix", "standard"), [("gcc", ".c", "c99"), ("g++", ".cpp", "c++17")]
)
def test_the_header_is_c_and_cpp_without_warnings(tmp_path, compiler, suffix, standard):
    """Written programs include it as C++, kernels as C."""
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    text = tmp_path / f"unit{suffix}"
    text.write_text('#include "bs_linear.h"\n')
    flags = [f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
    command = [compiler, *flags, f"-I{INCLUDE_DIRECTORY}", str(text)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
