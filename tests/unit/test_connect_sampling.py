"""Random connections: what they are distributed like, and that they are the same everywhere."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainsim as b
from brainsim.codegen import random as philox
from brainsim.model import rows, sampling
from brainsim.model.sampling import Rows, sample_rows, sample_sizes

KEY = 0x1234567890ABCDEF


def upper(degrees):
    """Return a bound that a chi-squared variate exceeds with probability below 1e-9.

    Laurent & Massart 2000, lemma 1: P(X >= k + 2 sqrt(k x) + 2 x) <= exp(-x), with x = 21.
    """
    return degrees + 2 * math.sqrt(degrees * 21) + 42


def rows_of(rows: Rows):
    """Return the columns of each row as lists."""
    return [rows.columns[start:stop].tolist() for start, stop in pairwise(rows.offsets)]


def without_native(function, *args):
    """Return what a function of `sampling` gives with NumPy alone."""
    native, sampling.native = sampling.native, None
    try:
        return function(*args)
    finally:
        sampling.native = native


# ------------------------------------------------------------------------------------- distribution


P, N_ROWS, WIDTH = 0.1, 2000, 1000


@pytest.fixture(scope="module")
def chosen():
    """Return a matrix of what is chosen."""
    rows = sample_rows(np.full(N_ROWS, P), np.full(N_ROWS, WIDTH), KEY)
    matrix = np.zeros((N_ROWS, WIDTH), dtype=bool)
    matrix[np.repeat(np.arange(N_ROWS), np.diff(rows.offsets)), rows.columns] = True
    return matrix


class TestProbability:
    """The bounds are exceeded once in 1e9 keys or less; the key is fixed."""

    def test_the_number_of_pairs_is_binomial(self, chosen):
        """Within 6.2 standard deviations (normal approximation: 1e-9)."""
        n = chosen.size
        assert abs(chosen.sum() - n * P) < 6.2 * math.sqrt(n * P * (1 - P))

    @pytest.mark.parametrize("axis", [0, 1])
    def test_rows_and_columns_have_binomial_counts(self, chosen, axis):
        """Their squared deviations add up to chi-squared: neither too much nor too little."""
        n = chosen.shape[axis]
        counts = chosen.sum(axis=axis)
        deviation = ((counts - n * P) ** 2 / (n * P * (1 - P))).sum()
        degrees = len(counts)
        # the lower tail: P(X <= k - 2 sqrt(k x)) <= exp(-x), same source
        assert degrees - 2 * math.sqrt(degrees * 21) < deviation < upper(degrees)

    def test_gaps_are_geometric(self, chosen):
        """Distances within the first half of a row, far from its end, by chi-squared."""
        most = 40
        counts = np.zeros(most + 1)
        for row in chosen:
            places = np.flatnonzero(row)
            gaps = np.diff(places)[places[:-1] < WIDTH // 2] - 1
            counts += np.bincount(np.minimum(gaps, most), minlength=most + 1)
        # a gap may be cut by the end of the row with probability 0.9^500: never
        chances = P * (1 - P) ** np.arange(most + 1)
        chances[most] = (1 - P) ** most
        expected = counts.sum() * chances
        assert ((counts - expected) ** 2 / expected).sum() < upper(most)

    @pytest.mark.parametrize("shift", [(0, 1), (1, 0), (1, 1), (0, 7), (64, 0)])
    def test_neighbours_are_independent(self, chosen, shift):
        """The number of pairs chosen together: mean n p^2, variance from shared members."""
        down, right = shift
        first = chosen[: N_ROWS - down, : WIDTH - right]
        n = first.size
        together = (first & chosen[down:, right:]).sum()
        # each product shares a member with at most two others, covariance p^3 - p^4
        variance = n * P**2 * (1 - P**2) + 2 * n * (P**3 - P**4)
        assert abs(together - n * P**2) < 6.2 * math.sqrt(variance)

    def test_rare_and_frequent_ones(self):
        """Probabilities near 0 and near 1, by the number chosen (6.2 standard deviations)."""
        for p in (1e-6, 1e-4, 0.5, 0.999):
            width = np.full(100, 1_000_000 if p < 0.01 else 10_000)
            found = len(sample_rows(np.full(100, p), width, KEY).columns)
            mean = width.sum() * p
            assert abs(found - mean) < 6.2 * math.sqrt(mean * (1 - p)) + 1

    def test_each_row_has_its_own_probability(self):
        """Counts of rows by chi-squared."""
        p = np.linspace(0.05, 0.95, 400)
        counts = np.diff(sample_rows(p, np.full(400, 2000), KEY).offsets)
        assert ((counts - 2000 * p) ** 2 / (2000 * p * (1 - p))).sum() < upper(400)


def test_subsets_of_a_size_are_equally_likely():
    """All ten pairs of five columns, by chi-squared with nine degrees of freedom."""
    n = 20_000
    rows = sample_sizes(np.full(n, 2), np.full(n, 5), KEY)
    pairs = rows.columns.reshape(n, 2).astype(int)
    assert (pairs[:, 0] < pairs[:, 1]).all()
    counts = np.bincount(pairs[:, 0] * 5 + pairs[:, 1], minlength=25)
    counts = counts[counts > 0]
    assert len(counts) == 10
    assert ((counts - n / 10) ** 2 / (n / 10)).sum() < upper(9)


def test_all_columns_are_chosen_equally_often():
    """Without repetition: covariances are negative, so chi-squared bounds from above."""
    n, width, size = 3000, 200, 50
    rows = sample_sizes(np.full(n, size), np.full(n, width), KEY)
    counts = np.bincount(rows.columns, minlength=width)
    q = size / width
    assert ((counts - n * q) ** 2 / (n * q * (1 - q))).sum() < upper(width)


# --------------------------------------------------------------------------------------- the layout


def test_rows_follow_the_documented_layout():
    """Draw d of row r is the uniform number of element d at step r; the gap is a logarithm."""
    p, width, first = 0.3, 50, 1000
    rows = rows_of(sample_rows(np.full(5, p), np.full(5, width), KEY, first))
    for r, columns in enumerate(rows):
        u = philox.uniform(KEY, np.arange(60), first + r)
        wanted, place = [], -1
        for number in u:
            place += 1 + math.floor(math.log(1.0 - number) / math.log1p(-p))
            if place >= width:
                break
            wanted.append(place)
        assert columns == wanted


def test_sizes_follow_the_documented_layout():
    """Floyd's method with the uniform numbers of the row."""
    width, size, first = 20, 8, 7
    rows = rows_of(sample_sizes(np.full(4, size), np.full(4, width), KEY, first))
    for r, columns in enumerate(rows):
        wanted = set()
        for k, u in enumerate(philox.uniform(KEY, np.arange(size), first + r)):
            last = width - size + k
            pick = int(u * (last + 1))
            wanted.add(last if pick in wanted else pick)
        assert columns == sorted(wanted)


def test_rows_do_not_depend_on_the_rows_asked_for():
    """A part of the rows is the same as within the whole."""
    p, width = np.linspace(0, 1, 30), np.full(30, 40)
    whole = rows_of(sample_rows(p, width, KEY))
    assert rows_of(sample_rows(p[10:20], width[10:20], KEY, 10)) == whole[10:20]
    size = np.arange(30)
    whole = rows_of(sample_sizes(size, width, KEY))
    assert rows_of(sample_sizes(size[10:20], width[10:20], KEY, 10)) == whole[10:20]


PROBABILITIES = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 2.0, math.nan, 5e-324, 1e-300, 1e-17, 1 - 2**-53, 0.5]),
    st.floats(0, 1),
)


@pytest.mark.skipif(sampling.native is None, reason="the compiled builders are missing")
class TestNative:
    """The compiled functions give the same bits as NumPy."""

    @given(
        st.lists(st.tuples(PROBABILITIES, st.integers(0, 300)), max_size=8),
        st.integers(0, 2**64 - 1),
        st.integers(0, 2**31),
    )
    def test_probabilities(self, rows, key, first):
        """Of any size, for rows of any width."""
        p, width = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], dtype=np.int64)
        fast = sample_rows(p, width, key, first)
        slow = without_native(sample_rows, p, width, key, first)
        np.testing.assert_array_equal(fast.offsets, slow.offsets)
        np.testing.assert_array_equal(fast.columns, slow.columns)
        assert fast.columns.dtype == slow.columns.dtype == np.int32

    @given(
        st.lists(st.tuples(st.integers(0, 700), st.integers(0, 100)), max_size=6),
        st.integers(0, 2**64 - 1),
    )
    def test_sizes(self, rows, key):
        """Of any number of columns, up to all of them."""
        width = np.array([max(r) for r in rows], dtype=np.int64)
        size = np.array([min(r) for r in rows], dtype=np.int64)
        fast = sample_sizes(size, width, key)
        slow = without_native(sample_sizes, size, width, key)
        np.testing.assert_array_equal(fast.offsets, slow.offsets)
        np.testing.assert_array_equal(fast.columns, slow.columns)
        for columns, n, wide in zip(rows_of(fast), size, width, strict=True):
            assert len(set(columns)) == n
            assert columns == sorted(columns)
            assert all(0 <= column < wide for column in columns)

    def test_many_columns(self):
        """More than one tile of random numbers per row."""
        p, width = np.array([0.9, 0.01, 1.0, 0.0, 0.5]), np.full(5, 20_000)
        fast, slow = sample_rows(p, width, KEY), without_native(sample_rows, p, width, KEY)
        np.testing.assert_array_equal(fast.columns, slow.columns)
        size = np.array([0, 1, 600, 20_000, 19_999])
        fast, slow = sample_sizes(size, width, KEY), without_native(sample_sizes, size, width, KEY)
        np.testing.assert_array_equal(fast.columns, slow.columns)

    @pytest.mark.parametrize("slack", [0, 1, 300])
    def test_too_little_room_is_enlarged(self, slack, monkeypatch):
        """If more columns are chosen than expected, the rest goes into larger memory."""
        p, width = np.full(40, 0.5), np.full(40, 1000)
        wanted = sample_rows(p, width, KEY)
        monkeypatch.setattr(sampling, "_SLACK", slack)
        monkeypatch.setattr(sampling, "clipped", lambda p: p * 0.01)
        found = sample_rows(p, width, KEY)
        np.testing.assert_array_equal(found.offsets, wanted.offsets)
        np.testing.assert_array_equal(found.columns, wanted.columns)

    @given(st.integers(0, 2**62), st.integers(0, 700))
    def test_uniform_runs(self, first, n):
        """They are the numbers of the elements."""
        fast = sampling.uniform_run(KEY, first, n)
        np.testing.assert_array_equal(fast, without_native(sampling.uniform_run, KEY, first, n))

    @given(st.integers(0, 5), st.integers(0, 130), st.floats(0, 1), st.integers(0, 2**30))
    def test_masks(self, height, width, density, first):
        """Columns and counts of a mask."""
        mask = np.random.default_rng(1).random((height, width)) < density
        fast_counts, slow_counts = np.ones((2, height), dtype=np.int64)
        fast = sampling.chosen_columns(mask, first, fast_counts)
        slow = without_native(sampling.chosen_columns, mask, first, slow_counts)
        np.testing.assert_array_equal(fast, slow)
        np.testing.assert_array_equal(fast_counts, slow_counts)
        np.testing.assert_array_equal(fast_counts, 1 + mask.sum(axis=1))


# -------------------------------------------------------------------------------------- in a model

# with the mean and the standard deviation of the number of pairs among 20 x 20
BINOMIAL = 400 * 0.3, math.sqrt(400 * 0.3 * 0.7)
# 0.02, 0.04, ..., 0.4: mean 0.21; the variance is below that of 0.21 everywhere
SLOPE = 400 * 0.21, math.sqrt(400 * 0.21 * 0.79)
RANDOM = {
    "p": ({"p": 0.3}, *BINOMIAL),
    "p of source": ({"p": "0.02*(i + 1)"}, *SLOPE),
    "p of target": ({"p": "0.02*(j + 1)"}, *SLOPE),
    "condition and p": ({"condition": "i < 10", "p": 0.6}, 120, math.sqrt(200 * 0.6 * 0.4)),
    "random condition": ({"condition": "rand() < 0.3"}, *BINOMIAL),
    "pairs": ({"i": np.arange(400) % 20, "j": np.arange(400) // 20, "p": 0.3}, *BINOMIAL),
    "sample p": ({"j": "k for k in sample(N_post, p=0.3)"}, *BINOMIAL),
    "sample size": ({"j": "k for k in sample(N_post, size=6)"}, 120, 0),
    "mirrored": ({"i": "k for k in sample(N_pre, size=6)"}, 120, 0),
    "random if": ({"j": "k for k in range(N_post) if rand() < 0.3"}, *BINOMIAL),
    "random index": ({"j": "int(rand()*N_post) for k in range(6)"}, 120, 0),
}


def connected(arguments, seed):
    """Return the pairs of 20 x 20 neurons under a seed."""
    b.seed(seed)
    group = b.NeuronGroup(20, "x : 1")
    made = b.Synapses(group, group)
    made.connect(**arguments)
    return list(zip(made.i[:].tolist(), made.j[:].tolist(), strict=True))


@pytest.mark.parametrize("form", RANDOM)
def test_a_seed_makes_connections_repeatable(form, monkeypatch):
    """Same seed, same pairs, with or without the compiled builders; another seed, other pairs."""
    arguments = RANDOM[form][0]
    pairs = connected(arguments, 1)
    assert connected(arguments, 1) == pairs
    assert connected(arguments, 2) != pairs
    monkeypatch.setattr(sampling, "native", None)
    monkeypatch.setattr(rows, "native", None)
    assert connected(arguments, 1) == pairs


@pytest.mark.parametrize("form", RANDOM)
def test_about_as_many_pairs_as_asked_for(form):
    """Within 6.2 standard deviations of the mean."""
    arguments, mean, deviation = RANDOM[form]
    assert abs(len(connected(arguments, 5)) - mean) <= 6.2 * deviation


def test_two_calls_draw_anew():
    """The second connect() of a script does not repeat the first one."""
    b.seed(1)
    group = b.NeuronGroup(50, "x : 1")
    made = b.Synapses(group, group)
    made.connect(p=0.5)
    first = len(made)
    made.connect(p=0.5)
    one, other = made.i[:first], made.i[first:]
    assert one.tolist() != other.tolist()


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from([0.0, 0.2, 0.7, 1.0]))
def test_connections_are_row_major_and_within_range(n_pre, n_post, p):
    """Whatever the sizes of the groups."""
    made = b.Synapses(b.NeuronGroup(n_pre, "x : 1"), b.NeuronGroup(n_post, "x : 1"))
    made.connect(p=p)
    places = made.i[:].astype(int) * n_post + made.j[:]
    assert (np.diff(places) > 0).all()
    assert ((made.j[:] >= 0) & (made.j[:] < n_post)).all()
    assert p not in {0.0, 1.0} or len(made) == p * n_pre * n_post


def test_a_probability_next_to_zero_overflows_quietly():
    """Found by hypothesis: the distance to the next synapse is beyond the largest number."""
    rows = sampling.sample_rows(np.array([1.0, 2.2250738585072014e-308]), np.array([55, 0]), key=0)
    assert np.diff(rows.offsets).tolist() == [55, 0]
