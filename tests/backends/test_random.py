"""Random numbers: known answers, C against NumPy, fills against single draws, distributions.

Statistical tests use fixed seeds, so they pass or fail for good. Their limits are those of a true
random sequence: 5 standard errors (a chance of 6e-7 per comparison) or a p-value of 1e-5.
"""

from __future__ import annotations

import ctypes
import math
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.codegen import random

INCLUDE = Path(__file__).parents[2] / "codegen" / "include"
FLAGS = ("-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-fPIC", "-shared")
STRICT = ("-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}")
IS_X86 = platform.machine() in {"x86_64", "AMD64"}
KEY = random.stream_key(1, "test")

SOURCE = """
#include "bs_random.h"
#ifdef __cplusplus
#define BS_EXPORT extern "C"
#else
#define BS_EXPORT
#endif
#define FILL(name, type) \\
    BS_EXPORT void fill_##name(type *out, int64_t begin, int64_t end, uint64_t key, \\
                               int64_t step) { bs_fill_##name(out, begin, end, key, step); }
FILL(uniform, double)
FILL(normal, double)
FILL(uniformf, float)
FILL(uniform_of_counts, double)
FILL(normalf, float)
#define EACH(name, type, parameters, call) \\
    BS_EXPORT void each_##name(type *out, const int64_t *element, int64_t n, uint64_t key, \\
                               int64_t step parameters) \\
    { for (int64_t i = 0; i < n; i++) out[i] = call; }
#define COMMA ,
EACH(uniform, double, , bs_uniform(key, element[i], step))
EACH(normal, double, , bs_normal(key, element[i], step))
EACH(poisson, int64_t, COMMA double lam, bs_poisson(lam, key, element[i], step))
EACH(binomial, int64_t, COMMA int64_t trials COMMA double p,
     bs_binomial(trials, p, key, element[i], step))
EACH(uniform_of_counts, double, , bs_uniform_of_counts(key, element[i], step))
BS_EXPORT void fill_poisson_int64(int64_t *out, int64_t begin, int64_t end, uint64_t key,
                                  int64_t step, double lam)
{ bs_fill_poisson(out, begin, end, key, step, lam); }
BS_EXPORT void fill_binomial_int32(int32_t *out, int64_t begin, int64_t end, uint64_t key,
                                   int64_t step, int64_t n, double p, const int32_t *table)
{ bs_fill_binomial(out, begin, end, key, step, n, p, table); }
BS_EXPORT void poisson_table(int32_t *table, double lam)
{ if (lam > 0.0) bs_make_poisson_table_(table, lam); }
BS_EXPORT void philox(const uint32_t *counter, const uint32_t *key, uint32_t *out)
{ bs_philox4x32(counter, key, out); }
"""


def build(directory: Path, *command: str) -> ctypes.CDLL:
    """Compile the draws into a library."""
    text, library = directory / "draws.c", directory / "draws.so"
    text.write_text(SOURCE)
    language = ["-x", "c++"] if "++" in command[0] else []
    argv = [command[0], *FLAGS, *STRICT, *command[1:], *language, str(text), "-lm"]
    argv += ["-o", str(library)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="module")
def native(tmp_path_factory) -> ctypes.CDLL:
    return build(tmp_path_factory.mktemp("random"), "cc", "-std=gnu11", "-march=native")


def pointer(array: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def given_as(parameter: Any) -> Any:
    """Return a distribution's parameter as ctypes wants it."""
    if isinstance(parameter, np.ndarray):
        return pointer(parameter)
    return ctypes.c_double(parameter) if isinstance(parameter, float) else ctypes.c_int64(parameter)


def each(library: ctypes.CDLL, name: str, element: Any, key: int, step: int, *parameters: Any):
    """Draw one variate per element by the function for single draws."""
    elements = np.ascontiguousarray(element, np.int64)
    counts = name in {"poisson", "binomial"}
    out = np.empty(elements.shape, np.int64 if counts else np.float64)
    getattr(library, f"each_{name}")(
        pointer(out),
        pointer(elements),
        ctypes.c_int64(elements.size),
        ctypes.c_uint64(key),
        ctypes.c_int64(step),
        *map(given_as, parameters),
    )
    return out


def fill(library: ctypes.CDLL, name: str, begin: int, end: int, key: int, step: int, *parameters):
    """Fill out[begin .. end) of an array of end + 8 elements, the others keeping -7."""
    kinds = {"f": np.float32, "_int32": np.int32, "_int64": np.int64}
    dtype = next((d for suffix, d in kinds.items() if name.endswith(suffix)), np.float64)
    out = np.full(end + 8, -7, dtype)
    getattr(library, f"fill_{name}")(
        pointer(out),
        ctypes.c_int64(begin),
        ctypes.c_int64(end),
        ctypes.c_uint64(key),
        ctypes.c_int64(step),
        *map(given_as, parameters),
    )
    return out


# ------------------------------------------------------------------------------------- generator

# published with Random123 (Salmon et al. 2011), file kat_vectors, philox4x32 with 10 rounds
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip


def words(text: str) -> Any:
    return np.array([int(word, 16) for word in text.split()], dtype=np.uint32)


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_philox_gives_the_published_blocks(native, counter, key, expected):
    out = np.zeros(4, np.uint32)
    native.philox(pointer(words(counter)), pointer(words(key)), pointer(out))
    assert np.array_equal(out, words(expected))
    assert np.array_equal(random.philox4x32(words(counter), words(key)), words(expected))


def test_philox_takes_arrays_of_counters():
    counters = np.arange(24, dtype=np.uint32).reshape(2, 3, 4)
    blocks = random.philox4x32(counters, [5, 6])
    assert blocks.shape == (2, 3, 4)
    assert np.array_equal(blocks[1, 2], random.philox4x32(counters[1, 2], [5, 6]))


def test_layout_of_counter_key_and_variates():
    """The words of the header's layout, spelt out; changing this changes published results."""
    key, element, step = 0x1122334455667788, 0x0000ABCDEF012345, 0x0000000123456789
    block = random.philox4x32([0xF78091A2, 0x55E6, 0x23456789, 0x1], [0x55667788, 0x11223344])
    assert element >> 1 == 0x55E6F78091A2
    odd, even = (int(block[3]) << 32 | int(block[2]), int(block[1]) << 32 | int(block[0]))
    assert random.uniform(key, element, step) == (odd >> 11) * 2.0**-53
    assert random.uniform(key, element - 1, step) == (even >> 11) * 2.0**-53


def test_layout_of_words_of_counts():
    """Four elements share a block; one word in 4096 is refined by a number of another block."""
    key, step = 0x1122334455667788, 0x0000000123456789
    low, high = [0x55667788, 0x11223344], [0x23456789, 0x1]
    elements = np.arange(0x0000ABCDEF010000, 0x0000ABCDEF010000 + 40_000)
    found = random.uniform_of_counts(key, elements, step)
    refined = 0
    for block in range(elements[0] >> 2, (elements[-1] >> 2) + 1):
        words = random.philox4x32([block & 0xFFFFFFFF, block >> 32, *high], low)
        for lane, word in enumerate(words.tolist()):
            element = 4 * block + lane
            expected = word * 2.0**-32
            if word >= 2**32 - 2**20:
                other = 2**47 + element // 2
                more = random.philox4x32([other & 0xFFFFFFFF, other >> 32, *high], low).tolist()
                number = more[2 * (lane & 1)] | more[2 * (lane & 1) + 1] << 32
                expected = 1 - 2.0**-12 + (number >> 23) * 2.0**-53
                refined += 1
            assert found[element - elements[0]] == expected
    assert refined > 3


GOLDEN_KEY = 0xB207C7465989F526
GOLDEN_UNIFORM = [0.6277283990842837, 0.27903786850287593, 0.26633571734259154, 0.9212392596472494]
GOLDEN_NORMAL = [-0.17509597956760442, 0.9490188518327661, 1.4315042195388001, -0.7725224985999968]
GOLDEN_POISSON = [4, 3, 3, 1, 3, 1, 6, 5, 3, 5, 2, 2, 2, 4, 2, 3]
GOLDEN_LARGE_POISSON = [10060, 9868, 10067, 9752]
GOLDEN_BINOMIAL = [691, 719, 690, 735]


def test_numbers_are_those_of_the_first_release():
    """Fixed for ever: same seed, same spikes, on every machine and in every version."""
    key = random.stream_key(42, "neurons_stateupdater xi")
    assert key == GOLDEN_KEY
    elements = np.arange(4)
    assert random.uniform(key, elements, 7).tolist() == GOLDEN_UNIFORM
    assert random.normal(key, elements, 7).tolist() == GOLDEN_NORMAL
    assert random.poisson(2.5, key, np.arange(16), 7).tolist() == GOLDEN_POISSON
    assert random.poisson(1e4, key, elements, 7).tolist() == GOLDEN_LARGE_POISSON
    assert random.binomial(1000, 0.7, key, elements, 7).tolist() == GOLDEN_BINOMIAL


@given(st.integers(), st.integers(), st.text(max_size=20), st.text(max_size=20))
def test_keys_tell_seeds_and_names_apart(seed, other_seed, name, other_name):
    key = random.stream_key(seed, name)
    assert 0 <= key < 2**64
    if (seed, name) != (other_seed, other_name):
        assert key != random.stream_key(other_seed, other_name)
    assert key == random.stream_key(seed, name)


# ---------------------------------------------------------------------------------- C and NumPy

KEYS = st.integers(0, 2**64 - 1)
STEPS = st.integers(0, 2**63 - 1)
ELEMENTS = st.lists(st.integers(0, 2**48 - 1), min_size=1, max_size=40)
MEANS = st.floats(0, 40) | st.floats(0, 1e12) | st.sampled_from([29.999999, 30.0, 1e15, 1e18])
CHANCES = st.floats(0, 1) | st.sampled_from([1e-300, 1e-12, 0.5, 1 - 1e-12])


@given(key=KEYS, step=STEPS, elements=ELEMENTS)
@pytest.mark.parametrize("name", ["uniform", "normal", "uniform_of_counts"])
def test_c_and_numpy_give_the_same_bits(native, name, key, step, elements):
    """Also the normal ones: sqrt, log, sin and cos are the same operations in both."""
    expected = getattr(random, name)(key, elements, step)
    assert each(native, name, elements, key, step).tobytes() == expected.tobytes()


def test_many_normal_numbers_are_the_same_in_c_and_numpy(native):
    elements = np.arange(300_000)
    assert np.array_equal(each(native, "normal", elements, KEY, 3), random.normal(KEY, elements, 3))


@given(key=KEYS, step=STEPS, elements=ELEMENTS, lam=MEANS)
def test_c_and_numpy_give_the_same_poisson_counts(native, key, step, elements, lam):
    expected = random.poisson(lam, key, elements, step)
    assert np.array_equal(each(native, "poisson", elements, key, step, lam), expected)


@given(key=KEYS, step=STEPS, elements=ELEMENTS, n=st.integers(0, 10**15), p=CHANCES)
def test_c_and_numpy_give_the_same_binomial_counts(native, key, step, elements, n, p):
    expected = random.binomial(n, p, key, elements, step)
    assert np.array_equal(each(native, "binomial", elements, key, step, n, p), expected)
    assert expected.min() >= 0
    assert expected.max() <= n


@given(lam=st.lists(MEANS, min_size=5, max_size=5), key=KEYS)
def test_parameters_may_differ_per_element(lam, key):
    together = random.poisson(lam, key, np.arange(5), 1)
    assert together.tolist() == [random.poisson(m, key, i, 1) for i, m in enumerate(lam)]


def test_shapes_follow_the_elements():
    assert np.ndim(random.uniform(KEY, 3, 0)) == 0
    assert random.normal(KEY, np.arange(6).reshape(2, 3), 0).shape == (2, 3)
    assert random.poisson(np.ones((2, 1)), KEY, np.arange(3), 0).shape == (2, 3)
    assert random.uniform(KEY, [], 0).shape == (0,)
    assert random.poisson(1.0, KEY, np.zeros(0, np.int64), 0).dtype == np.int64


# ----------------------------------------------------------------------------- fills and tables


@given(begin=st.integers(0, 600), length=st.integers(0, 600), key=KEYS, step=STEPS)
@pytest.mark.parametrize("name", ["uniform", "normal", "uniform_of_counts"])
def test_fills_give_the_bits_of_single_draws(native, name, begin, length, key, step):
    """Any stretch, odd ends included, and nothing is written outside it."""
    end = begin + length
    got = fill(native, name, begin, end, key, step)
    expected = np.full(end + 8, -7.0)
    expected[begin:end] = each(native, name, np.arange(begin, end), key, step)
    assert got.tobytes() == expected.tobytes()
    if name == "uniform_of_counts":
        return  # has no single precision, which would lose what it is fine in
    narrow = fill(native, f"{name}f", begin, end, key, step)
    assert np.array_equal(narrow, expected.astype(np.float32))


SMALL_MEANS = [0.0, 1e-18, 1e-9, 1e-5, 2.0**-12, 0.01, 0.5, 2.0, 9.9, 20.0, 29.99]


@pytest.mark.parametrize("lam", SMALL_MEANS)
def test_filled_poisson_counts_are_single_draws(native, lam):
    elements = np.arange(20_001)
    expected = random.poisson(lam, KEY, elements, 4)
    assert np.array_equal(each(native, "poisson", elements, KEY, 4, lam), expected)
    got = fill(native, "poisson_int64", 1, elements.size, KEY, 4, lam)
    assert np.array_equal(got[1:-8], expected[1:])
    assert (got[[0, *range(-8, 0)]] == -7).all()


BINOMIALS = [(0, 0.3), (1, 0.5), (5, 0.0), (7, 0.5), (50, 0.4), (1000, 0.02), (10**12, 1e-12),
             (1000, 1e-8), (3, 1e-300)]  # fmt: skip


@pytest.mark.parametrize(("n", "p"), [*BINOMIALS, (50, 0.9), (1000, 0.4), (-3, 0.4), (8, math.nan)])
def test_filled_binomial_counts_are_single_draws(native, n, p):
    """Also where there is no table: for a large mean or a probability above a half."""
    table = random.binomial_table(n, p) if (n, p) in BINOMIALS else np.zeros(1, np.int32)
    elements = np.arange(20_001)
    expected = random.binomial(n, p, KEY, elements, 4)
    assert np.array_equal(each(native, "binomial", elements, KEY, 4, n, p), expected)
    got = fill(native, "binomial_int32", 0, elements.size, KEY, 4, n, p, table)
    assert np.array_equal(got[:-8], expected)
    assert (got[-8:] == -7).all()


@given(
    begin=st.integers(0, 1200),
    length=st.integers(0, 1200),
    key=KEYS,
    step=STEPS,
    lam=st.floats(0, 31) | st.floats(0, 1e-3),
)
def test_any_stretch_of_counts_can_be_filled(native, begin, length, key, step, lam):
    """Odd ends included, and nothing is written outside it."""
    end = begin + length
    got = fill(native, "poisson_int64", begin, end, key, step, lam)
    expected = np.full(end + 8, -7)
    expected[begin:end] = random.poisson(lam, key, np.arange(begin, end), step)
    assert np.array_equal(got, expected)


def test_refined_words_decide_large_counts(native):
    """Elements whose word lies in the last 4096th, on all ways: one fill, single draws, NumPy."""
    elements = np.arange(200_000)
    u = random.uniform_of_counts(KEY, elements, 5)
    refined = elements[u >= 1 - 2.0**-12]
    # a 4096th of 200,000 is 49 with a standard deviation of 7
    assert abs(len(refined) - 200_000 / 4096) < 5 * 7
    # refined numbers are uniform in the last 4096th, and on a finer grid than words
    assert_kolmogorov(np.sort((u[refined] - (1 - 2.0**-12)) * 4096))
    assert (u[refined] * 2.0**32 % 1 != 0).all()
    assert (u * 2.0**53 % 1 == 0).all()
    assert u.max() < 1
    counts = fill(native, "poisson_int64", 0, elements.size, KEY, 5, 2.0**-20)[:-8]
    assert np.array_equal(counts, random.poisson(2.0**-20, KEY, elements, 5))
    # exp(-2^-20) lies above 1 - 2^-12: only refined words can give a count
    assert set(elements[counts > 0]) <= set(refined)
    counts = fill(native, "poisson_int64", 0, elements.size, KEY, 5, 2.0)[:-8]
    # P(count <= 7) = 0.99890 and P(count <= 8) = 0.99976 > 1 - 2^-12 = 0.999756 for a mean of 2
    assert counts[refined].min() >= 8
    assert np.delete(counts, refined).max() == 8


@given(lam=st.floats(0, 30, exclude_max=True))
def test_tables_are_sound(native, lam):
    """Thresholds rise, are those of cumulative probabilities, and are the same in C."""
    table = random.poisson_table(lam)
    thresholds = table[1:].astype(np.int64) + 2**31
    assert table[0] == len(thresholds) <= 64
    assert (np.diff(thresholds) >= 0).all()
    with mpmath.workdps(30):
        term = cumulative = mpmath.exp(-mpmath.mpf(lam))
        for k, threshold in enumerate(thresholds.tolist(), start=1):
            # rounded upwards to a whole word; the sum itself is good to (k + 4 + 2 lam) 2^-54
            error = (k + 4 + 2 * lam) * 2.0**-22
            assert -error <= threshold - cumulative * 2**32 <= 1 + error
            term *= lam / mpmath.mpf(k)
            cumulative += term
        # the next one is left to refined words
        assert cumulative >= 1 - 2.0**-12 - 2.0**-45
    if lam > 0:
        made = np.zeros(65, np.int32)
        native.poisson_table(pointer(made), ctypes.c_double(lam))
        assert np.array_equal(made[: len(table)], table)


@given(n=st.integers(0, 10**15), mean=st.floats(0, 30, exclude_max=True))
def test_binomial_tables_fit(n, mean):
    p = min(mean / max(n, 1), 0.5)
    if n * p < random.INVERSION_MEAN:
        table = random.binomial_table(n, p)
        assert table[0] == len(table) - 1 <= min(n, 64)
        assert (np.diff(table[1:].astype(np.int64)) >= 0).all()


@pytest.mark.parametrize("mean", [2.0**-11, 2.0**-12, 2.0**-13, 1e-6, 0.3, 4.0, 29.0])
def test_mean_of_counts_is_within_a_millionth(mean):
    """The expected count, from the thresholds and the sum of probabilities alone.

    A threshold is rounded up by less than 2^-32 where at least 2^-12 lies above it: P(count > k)
    and the sum of these, the mean, are too small by less than 2^-20 relative. Refined numbers are
    multiples of 2^-53, and the sum of probabilities is wrong by less than (k + 4 + 2 lam) 2^-54:
    nothing beside 2^-32.
    """
    table = random.poisson_table(mean)
    above = [1 - (int(t) + 2**31) * 2.0**-32 for t in table[1:]]
    with mpmath.workdps(30):
        term = cumulative = mpmath.exp(-mpmath.mpf(mean))
        for k in range(1, 120):
            if k > table[0]:
                above.append(1 - cumulative)
            term *= mean / mpmath.mpf(k)
            cumulative += term
        assert abs(mpmath.fsum(above) - mean) <= mean * 2.0**-20


@pytest.mark.parametrize("lam", [-1.0, 30.0, math.nan, math.inf])
def test_a_table_outside_its_range_is_refused(lam):
    with pytest.raises(ValueError, match="0 <= mean < 30"):
        random.poisson_table(lam)


@pytest.mark.parametrize(("n", "p"), [(-1, 0.1), (10, 0.6), (1000, 0.1), (10, -0.1), (3, math.nan)])
def test_a_binomial_table_outside_its_range_is_refused(n, p):
    with pytest.raises(ValueError, match="n p < 30"):
        random.binomial_table(n, p)


# ------------------------------------------------------------------------------------- extremes


@pytest.mark.parametrize(
    ("lam", "expected"),
    [(0.0, 0), (-0.0, 0), (-3.0, 0), (math.nan, 0), (-math.inf, 0), (1e-300, 0)],
)
def test_poisson_means_that_are_no_means_give_zero(native, lam, expected):
    assert (each(native, "poisson", np.arange(100), KEY, 0, lam) == expected).all()
    assert (fill(native, "poisson_int64", 0, 100, KEY, 0, lam)[:100] == expected).all()
    assert (random.poisson(lam, KEY, np.arange(100), 0) == expected).all()


def test_huge_poisson_means_stay_in_range(native):
    for lam in (1e18, 2.0**62, 1e30, math.inf):
        counts = each(native, "poisson", np.arange(1000), KEY, 0, lam)
        mean = min(lam, 2.0**62)
        assert np.array_equal(counts, random.poisson(lam, KEY, np.arange(1000), 0))
        # a thousand counts stay within 6 standard deviations (a chance of 2e-6)
        assert np.abs(counts.astype(float) - mean).max() < 6 * math.sqrt(mean)


@pytest.mark.parametrize(
    ("n", "p", "expected"),
    [(0, 0.5, 0), (-4, 0.5, 0), (9, 0.0, 0), (9, -0.1, 0), (9, math.nan, 0), (9, 1.0, 9),
     (9, 1.5, 9), (2**62, 1.0, 2**62), (10**15, 1e-300, 0)],
)  # fmt: skip
def test_binomial_at_its_ends(native, n, p, expected):
    assert (each(native, "binomial", np.arange(50), KEY, 0, n, p) == expected).all()
    assert (random.binomial(n, p, KEY, np.arange(50), 0) == expected).all()


# ------------------------------------------------------------------------------ every build alike


def draws(library: ctypes.CDLL) -> bytes:
    """Return many variates of all kinds as bytes."""
    elements = np.arange(3001)
    found = [fill(library, name, 3, 3001, KEY, 9) for name in ("uniform", "normalf", "normal")]
    found += [each(library, name, elements, KEY, 9) for name in ("uniform", "normal")]
    found += [each(library, "poisson", elements, KEY, 9, lam) for lam in (0.7, 25.0, 80.0, 1e9)]
    found += [each(library, "binomial", elements, KEY, 9, 900, p) for p in (0.01, 0.3, 0.8)]
    found += [
        fill(library, "poisson_int64", 3, 3001, KEY, 9, lam) for lam in (1e-4, 0.7, 25.0, 80.0)
    ]
    table = random.binomial_table(900, 0.01)
    found.append(fill(library, "binomial_int32", 3, 3001, KEY, 9, 900, 0.01, table))
    return b"".join(a.tobytes() for a in found)


def other_builds() -> list[tuple[str, ...]]:
    """Return compiler commands whose results must be the same."""
    builds = [("cc", "-std=gnu11", "-O0")]
    if IS_X86:
        builds += [("cc", "-std=gnu11", f"-march=x86-64{v}") for v in ("", "-v3")]
    if shutil.which("g++"):
        builds.append(("g++", "-std=gnu++17", "-march=native"))
    if shutil.which("clang"):
        builds.append(("clang", "-std=gnu11", "-march=native"))
    return builds


@pytest.mark.parametrize("command", other_builds(), ids=" ".join)
def test_every_compiler_and_instruction_set_draws_the_same(native, tmp_path, command):
    assert draws(build(tmp_path, *command)) == draws(native)


# --------------------------------------------------------------------------------- distributions

N = 200_000


def tail_of_chi_square(statistic: float, freedom: int) -> float:
    return float(mpmath.gammainc(freedom / 2, statistic / 2, mpmath.inf, regularized=True))


def assert_distribution(counts: Any, log_pmf: Any, mean: float, deviation: float) -> None:
    """Compare a histogram with the exact probabilities: chi-square over bins of 25 or more."""
    low = max(0, math.floor(mean - 12 * deviation - 12))
    values = np.arange(low, math.ceil(mean + 12 * deviation + 12) + 1)
    expected = np.exp(log_pmf(values)) * counts.size
    seen = np.bincount(np.clip(counts - low, 0, len(values) - 1), minlength=len(values))
    at_least = max(25.0, counts.size / 200)
    bin_of = np.minimum(np.floor(np.cumsum(expected) / at_least), np.sum(expected) // at_least - 1)
    edges = np.flatnonzero(np.diff(bin_of, prepend=-1))
    seen, expected = np.add.reduceat(seen, edges), np.add.reduceat(expected, edges)
    keep = expected > 0
    statistic = float(np.sum((seen - expected)[keep] ** 2 / expected[keep]))
    if keep.sum() > 1:
        assert tail_of_chi_square(statistic, int(keep.sum()) - 1) > 1e-5


def assert_moments(counts: Any, mean: float, variance: float, fourth: float) -> None:
    """Compare mean and variance; `fourth` is the fourth central moment."""
    n = counts.size
    assert abs(counts.mean() - mean) <= 5 * math.sqrt(variance / n)
    error = math.sqrt((fourth - variance**2) / n)
    assert abs(((counts - mean) ** 2).mean() - variance) <= 5 * error


log_factorial = np.vectorize(lambda k: math.lgamma(k + 1.0), otypes=[float])


@pytest.mark.parametrize(
    "lam", [0.0, 2e-4, 3e-4, 0.01, 0.5, 2.0, 9.9, 10.0, 29.9, 30.0, 50.0, 1e3, 1e6]
)
def test_poisson_counts_have_their_distribution(native, lam):
    counts = each(native, "poisson", np.arange(N), KEY, 11, lam)
    assert_moments(counts, lam, lam, lam + 3 * lam**2)
    if lam:
        # lgamma loses lam log(lam) 2^-53, about 2e-9 at 1e6: nothing beside 1 / sqrt(N)
        assert_distribution(
            counts, lambda k: k * math.log(lam) - lam - log_factorial(k), lam, math.sqrt(lam)
        )


@pytest.mark.parametrize(
    ("n", "p"),
    [(1, 0.3), (10, 0.5), (40, 0.7), (1000, 0.002), (1000, 0.0299), (1000, 0.03), (100, 0.4),
     (1000, 0.98), (10_000, 0.3), (10_000_000, 0.5)],
)  # fmt: skip
def test_binomial_counts_have_their_distribution(native, n, p):
    counts = each(native, "binomial", np.arange(N), KEY, 12, n, p)
    variance = n * p * (1 - p)
    fourth = variance * (1 + 3 * (n - 2) * p * (1 - p))
    assert_moments(counts, n * p, variance, fourth)

    def log_pmf(k: Any) -> Any:
        inside = np.clip(k, 0, n)
        ways = math.lgamma(n + 1.0) - log_factorial(inside) - log_factorial(n - inside)
        value = ways + inside * math.log(p) + (n - inside) * math.log1p(-p)
        return np.where(k > n, -np.inf, value)

    assert_distribution(counts, log_pmf, n * p, math.sqrt(variance))


def assert_kolmogorov(cumulative: Any) -> None:
    """Kolmogorov-Smirnov distance of sorted cumulative values, below its 1e-5 point 2.47/sqrt(n).

    The tail is 2 exp(-2 x^2) at x = distance sqrt(n) (Kolmogorov 1933).
    """
    n = cumulative.size
    grid = np.arange(n + 1) / n
    distance = max((cumulative - grid[:-1]).max(), (grid[1:] - cumulative).max())
    assert distance <= 2.47 / math.sqrt(n)


def test_uniform_numbers_are_uniform(native):
    u = each(native, "uniform", np.arange(N), KEY, 13)
    assert u.min() >= 0
    assert u.max() < 1
    assert_kolmogorov(np.sort(u))
    # each of the 53 bits is set half of the time
    numbers = (u * 2.0**53).astype(np.uint64)
    shares = [np.mean((numbers >> np.uint64(bit)) & np.uint64(1)) for bit in range(53)]
    assert np.abs(np.array(shares) - 0.5).max() <= 5 * 0.5 / math.sqrt(N)


def test_normal_numbers_are_normal(native):
    x = each(native, "normal", np.arange(N), KEY, 14)
    cumulative = np.vectorize(lambda v: 0.5 * math.erfc(-v / math.sqrt(2)))
    for part in (x, x[::2], x[1::2]):
        assert_kolmogorov(np.sort(cumulative(part)))
    # the moments 1 to 4 are 0, 1, 0, 3; the variance of x^k is E x^2k - (E x^k)^2
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((x**power).mean() - mean) <= 5 * math.sqrt(variance / N)


def correlation(a: Any, b: Any) -> float:
    return float(np.corrcoef(a, b)[0, 1])


@pytest.mark.parametrize("name", ["uniform", "normal"])
def test_neighbours_are_independent(native, name):
    """Elements, steps and keys next to each other: the correlation is within 5 / sqrt(n).

    The squares as well: the two numbers of a Box-Muller pair share their radius.
    """
    elements = np.arange(N)
    x = each(native, name, elements, KEY, 20)
    later = each(native, name, elements, KEY, 21)
    other = each(native, name, elements, KEY + 1, 20)
    centred = x - x.mean()
    for y in (later, other):
        assert abs(correlation(x, y)) <= 5 / math.sqrt(N)
        assert abs(correlation(centred**2, (y - y.mean()) ** 2)) <= 5 / math.sqrt(N)
    for lag in (1, 2, 3, 64, 128):
        assert abs(correlation(x[lag:], x[:-lag])) <= 5 / math.sqrt(N - lag)
        assert abs(correlation(centred[lag:] ** 2, centred[:-lag] ** 2)) <= 5 / math.sqrt(N - lag)


def test_steps_of_one_element_are_independent(native):
    steps = np.array([each(native, "uniform", [5], KEY, s)[0] for s in range(5000)])
    assert_kolmogorov(np.sort(steps))
    assert abs(correlation(steps[1:], steps[:-1])) <= 5 / math.sqrt(4999)


def test_counts_of_neighbours_are_independent(native):
    for lam in (2.0, 100.0):
        counts = each(native, "poisson", np.arange(N), KEY, 22, lam)
        assert abs(correlation(counts[1:], counts[:-1])) <= 5 / math.sqrt(N - 1)
