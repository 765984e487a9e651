"""`connect(total=)`, `in_degree=`, `out_degree=`: numbers, distributions, the same everywhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainsim as b
from brainsim.model import memory, randomness, rows, sampling

KEY = 0x1234567890ABCDEF


def upper(degrees):
    """Return a bound that a chi-squared variate exceeds with probability below 1e-9.

    Laurent & Massart 2000, lemma 1: P(X >= k + 2 sqrt(k x) + 2 x) <= exp(-x), with x = 21.
    """
    return degrees + 2 * math.sqrt(degrees * 21) + 42


def made(n_pre, n_post, **arguments):
    """Return synapses between two groups, connected."""
    b.seed(7)
    synapses = b.Synapses(b.NeuronGroup(n_pre, "x : 1"), b.NeuronGroup(n_post, "x : 1"))
    synapses.connect(**arguments)
    return synapses


def pairs(synapses):
    """Return sources and targets as lists."""
    return synapses.i[:].tolist(), synapses.j[:].tolist()


FORMS = {
    "total": {"total": 700},
    "out": {"out_degree": 9},
    "out, repeated": {"out_degree": 30, "multapses": True},
    "in": {"in_degree": 9},
    "in, repeated": {"in_degree": 50, "multapses": True},
}


@pytest.mark.parametrize("form", FORMS)
def test_numbers_and_order(form):
    """As many as asked for, numbered by source, then target; only repeated ones occur twice."""
    arguments = FORMS[form]
    synapses = made(40, 20, **arguments)
    i, j = (np.array(side) for side in pairs(synapses))
    places = i * 20 + j
    assert (np.diff(places) >= (0 if "total" in arguments or "multapses" in arguments else 1)).all()
    assert i.min() >= 0
    assert i.max() < 40
    assert j.min() >= 0
    assert j.max() < 20
    if "total" in arguments:
        assert len(synapses) == 700
    elif "out_degree" in arguments:
        assert np.bincount(i).tolist() == [arguments["out_degree"]] * 40
    else:
        assert np.bincount(j).tolist() == [arguments["in_degree"]] * 20
    assert synapses.connectivity.rows_ascend
    assert synapses.connectivity.in_order
    assert synapses.connectivity.targets.dtype == np.uint16


@pytest.mark.parametrize("form", FORMS)
def test_the_same_without_compiled_builders_and_with_other_threads(form, monkeypatch):
    """One seed, one result."""
    wanted = pairs(made(40, 20, **FORMS[form]))
    monkeypatch.setattr(sampling, "_WORTH_THREADS", 0)
    monkeypatch.setattr(sampling, "available_cores", lambda: 3)
    assert pairs(made(40, 20, **FORMS[form])) == wanted
    for module in (sampling, rows, randomness):
        monkeypatch.setattr(module, "native", None)
    assert pairs(made(40, 20, **FORMS[form])) == wanted


def test_a_total_is_multinomial():
    """Counts of sources and of targets, and of pairs, by chi-squared."""
    n_pre, n_post, total = 37, 23, 200_000
    i, j = (np.array(side) for side in pairs(made(n_pre, n_post, total=total)))
    for places, n in ((i, n_pre), (j, n_post), (i * n_post + j, n_pre * n_post)):
        counts = np.bincount(places, minlength=n)
        assert ((counts - total / n) ** 2 / (total / n)).sum() < upper(n - 1)


def test_counts_of_rows_vary_as_binomial_ones_do():
    """Over many keys the count of one row has the variance n q (1 - q).

    The sample variance of m binomial counts deviates by a relative sqrt(2/m + (kurtosis)/m), here
    below 0.0315; 6.2 times that is the bound.
    """
    m, n, total = 2000, 10, 1000
    counts = np.array([sampling.split(total, n, key) for key in range(m)])
    assert (counts.sum(axis=1) == total).all()
    variance = total * 0.1 * 0.9
    for row in counts.T:
        assert abs(row.mean() - 100) < 6.2 * math.sqrt(variance / m)
        assert abs(row.var() / variance - 1) < 6.2 * math.sqrt(2.01 / m)


def test_sources_of_an_in_degree_are_equally_likely():
    """Without repetition: covariances are negative, so chi-squared bounds from above."""
    n_pre, n_post, degree = 50, 4000, 10
    counts = np.bincount(pairs(made(n_pre, n_post, in_degree=degree))[0], minlength=n_pre)
    mean, q = n_post * degree / n_pre, degree / n_pre
    assert ((counts - mean) ** 2 / (mean * (1 - q))).sum() < upper(n_pre)


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 400), max_size=6),
    st.integers(1, 100_000),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**40),
)
def test_repeated_draws_follow_the_documented_layout(counts, width, key, first):
    """Draw d of row r is the uniform number of element d at step r, times the width, cut off."""
    kind = rows.target_type(width)
    found = sampling.sample_repeated(np.array(counts, dtype=np.int64), width, key, first, kind)
    assert found.columns.dtype == kind
    assert np.diff(found.offsets).tolist() == counts
    for r, (begin, end) in enumerate(zip(found.offsets, found.offsets[1:], strict=False)):
        u = sampling.philox.uniform(key, np.arange(end - begin), first + r)
        assert found.columns[begin:end].tolist() == sorted((u * width).astype(int).tolist())


@given(st.integers(0, 2**45), st.integers(1, 300), st.integers(0, 2**64 - 1))
def test_a_split_loses_nothing(total, n, key):
    """Counts add up, none is negative, and NumPy gives the same."""
    counts = sampling.split(total, n, key)
    assert len(counts) == n
    assert counts.sum() == total
    assert counts.min() >= 0
    native, sampling.native = sampling.native, None
    try:
        assert sampling.split(total, n, key).tolist() == counts.tolist()
    finally:
        sampling.native = native


def test_nothing_is_a_number_too():
    """No synapses, or no neurons for none."""
    for name in ("total", "in_degree", "out_degree"):
        assert len(made(3, 4, **{name: 0})) == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"total": 5, "in_degree": 2}, ValueError, "give one of total"),
        ({"multapses": True}, ValueError, "give one of total"),
        ({"total": 5, "multapses": False}, ValueError, "with repetition"),
        ({"total": -1}, ValueError, "total cannot be -1"),
        ({"total": 2.5}, TypeError, "total must be an integer"),
        ({"total": [1, 2]}, TypeError, "total must be an integer"),
        ({"total": True}, TypeError, "total must be an integer"),
        ({"out_degree": 5}, ValueError, "more than the 4 neurons"),
        ({"in_degree": 4}, ValueError, "more than the 3 neurons"),
        ({"total": 5, "p": 0.5}, ValueError, "stand alone"),
        ({"total": 5, "condition": "i != j"}, ValueError, "stand alone"),
        ({"in_degree": 2, "n": 2}, ValueError, "stand alone"),
        ({"out_degree": 2, "i": [0], "j": [0]}, ValueError, "stand alone"),
    ],
    ids=str,
)
def test_what_is_refused(arguments, error, message):
    """With what is wrong in the message, and no synapses made."""
    with pytest.raises(error, match=message):
        made(3, 4, **arguments)


@pytest.mark.parametrize("arguments", [{"total": 10**9}, {"in_degree": 400}, {"out_degree": 400}])
def test_more_than_memory_can_hold_is_refused(arguments, monkeypatch):
    """Before it is allocated; two bytes for each target."""
    monkeypatch.setattr(memory, "available_memory", lambda: 400_000)
    monkeypatch.setattr(memory, "_SMALL", 0)
    with pytest.raises(MemoryError, match="of 2 bytes, which need"):
        made(500, 500, **arguments)


def test_a_wide_group_has_wide_targets():
    """65536 targets fit into 16 bits, one more do not."""
    for n, kind in ((2**16, np.uint16), (2**16 + 1, np.int32)):
        synapses = made(2, n, total=50_000)
        assert synapses.connectivity.targets.dtype == kind
        assert synapses.j[:].dtype == np.int32
        assert synapses.j[:].max() > n - 100


@pytest.mark.skipif(sampling.native is None, reason="the compiled builders are missing")
def test_every_level_of_instructions_gives_the_same_bits():
    """As far as this processor has them."""
    native = sampling.native
    found = []
    try:
        for level in range(3):
            if native.use_level(level):
                uniform, normal = np.empty((2, 1001))
                native.fill_uniform(uniform, KEY, 3)
                native.fill_normal(normal, KEY, 3)
                drawn = sampling.sample_rows(np.full(5, 0.1), np.full(5, 3000), KEY)
                found.append((uniform.tolist(), normal.tolist(), drawn.columns.tolist()))
    finally:
        for level in range(3):
            native.use_level(level)
    assert all(one == found[0] for one in found)
    assert not native.use_level(3)
