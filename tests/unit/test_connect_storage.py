"""How connectivity is stored: sorting, tables of rows, positions; against plain Python."""

from __future__ import annotations

import gc
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainsim.model import rows as storage
from brainsim.model.connectivity import Connectivity, SourceRows

N_PRE, N_POST = 4, 5
PAIRS = st.lists(st.tuples(st.integers(0, N_PRE - 1), st.integers(0, N_POST - 1)), max_size=12)
DELAYS = st.one_of(st.none(), st.integers(0, 3), st.lists(st.integers(0, 6), min_size=1))


def pair_arrays(pairs):
    """Return sources and targets of a list of pairs."""
    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def delays_of(numbers, choice):
    """Return a delay per synapse number, or None."""
    if choice is None:
        return None
    values = [choice] if isinstance(choice, int) else choice
    return np.array([values[number % len(values)] for number in numbers], dtype=np.int64)


def rows(table, order):
    """Return the synapse numbers of every row of a table; `order` has the number at each place."""
    return [order[table.places(row)].tolist() for row in range(len(table.offsets) - 1)]


@pytest.fixture(params=["native", "numpy"])
def builders(request, monkeypatch):
    """Run with the compiled builders, and without them."""
    if request.param == "numpy":
        monkeypatch.setattr(storage, "native", None)
    elif storage.native is None:
        pytest.skip("the compiled builders are missing")


def check(pairs_of_calls, delay_choices):
    """Connect and sort again and again; look at everything after each step."""
    found = Connectivity(N_PRE, N_POST)
    made: list[tuple[int, int]] = []
    values = np.zeros(0)
    for pairs, choice in zip(pairs_of_calls, delay_choices, strict=True):
        pre, post = pair_arrays(pairs)
        found.append(pre, post)
        made += pairs
        # a variable of the synapses, in the order of memory: the number of each
        values = np.concatenate([values, np.arange(len(values), len(made))])
        np.testing.assert_array_equal(found.numbers(), values)
        delays = delays_of(found.numbers(), choice)
        version = found.version
        moved = found.sort(delays)
        if moved is None:
            assert found.version == version
        else:
            assert found.version == version + 1
            values = values[moved]
        check_order(found, made, choice, values)
        check_tables(found, made, choice)


def check_order(found, made, choice, values):
    """Storage order: by source, delay, number; positions and numbers are inverse."""
    numbers = found.numbers()
    np.testing.assert_array_equal(numbers, values)
    np.testing.assert_array_equal(found.positions(np.arange(len(made))), np.argsort(numbers))
    assert [(int(i), int(j)) for i, j in zip(found.pre, found.post, strict=True)] == [
        made[number] for number in numbers
    ]
    delay = delays_of(numbers, choice)
    keys = [
        (made[number][0], 0 if delay is None else delay[place], made[number][1], number)
        for place, number in enumerate(numbers)
    ]
    in_order = [key[:2] for key in keys]
    assert in_order == sorted(in_order)
    assert (found.position is None) == (numbers.tolist() == sorted(numbers))
    # as it was made by source (and delay) it stays, otherwise it is sorted by target, too
    assert found.position is None or keys == sorted(keys)
    assert found.rows_ascend == (keys == sorted(keys))
    assert found.pre.dtype == found.post.dtype == np.int32
    assert found.targets.dtype == np.uint16
    np.testing.assert_array_equal(found.targets, found.post)


def check_tables(found, made, choice):
    """Rows of sources and targets, with one delay and with several."""
    numbers = found.numbers()
    choices = (None, delays_of(numbers, choice), delays_of(numbers, [3, 1, 2]))
    for by_target, delays, any_order in itertools.product((False, True), choices, (False, True)):
        table = found.table(by_target=by_target, delay_steps=delays, any_order=any_order)
        first, count = 0, 1
        if delays is not None and len(delays):
            first, count = int(delays.min()), int(np.ptp(delays)) + 1
        assert (table.first, table.count, table.last) == (first, count, first + count - 1)
        wanted: list[list[int]] = [[] for _ in range((N_POST if by_target else N_PRE) * count)]
        for place, number in enumerate(numbers):
            delay = 0 if delays is None else int(delays[place]) - first
            wanted[made[number][by_target] * count + delay].append(int(number))
        # by number, or at least each target by itself
        found_rows = rows(table, numbers)
        if any_order and not by_target:
            assert [sorted(row) for row in found_rows] == [sorted(row) for row in wanted]
            for row in found_rows:
                for target in range(N_POST):
                    same = [number for number in row if made[number][1] == target]
                    assert same == sorted(same)
        else:
            assert found_rows == [sorted(row) for row in wanted]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_storage_agrees_with_plain_python(data):
    """Any sequence of connect() and run() with any delays, compiled and not."""
    calls = data.draw(st.lists(st.tuples(PAIRS, DELAYS), min_size=1, max_size=3))
    native = storage.native
    try:
        for storage.native in {native, None}:
            check([pairs for pairs, _ in calls], [choice for _, choice in calls])
    finally:
        storage.native = native


@pytest.mark.usefixtures("builders")
def test_sorted_synapses_stay_where_they_are():
    """What comes source by source is neither moved nor listed."""
    found = Connectivity(3, 3)
    found.append(np.array([0, 0, 2]), np.array([1, 2, 0]))
    assert found.sort(None) is None
    assert found.sort(np.array([1, 1, 5])) is None
    table = found.table(by_target=False, delay_steps=None)
    assert table.synapses is None
    assert table.offsets.tolist() == [0, 2, 2, 3]
    assert found.position is None


@pytest.mark.usefixtures("builders")
def test_equal_delays_again_bring_back_the_first_order():
    """Synapses sorted by delay return to the order of their numbers."""
    found = Connectivity(1, 3)
    found.append(np.zeros(3, dtype=int), np.array([0, 1, 2]))
    assert found.sort(np.array([2, 1, 0])).tolist() == [2, 1, 0]
    assert found.post.tolist() == [2, 1, 0]
    assert found.sort(None).tolist() == [2, 1, 0]
    assert found.post.tolist() == [0, 1, 2]
    assert found.position is None


def test_sources_are_not_kept_while_nobody_looks():
    """Rows take one offset per source; the array lives as long as it is used."""
    found = Connectivity(1000, 1000)
    found.append(np.repeat(np.arange(1000), 10), np.tile(np.arange(10), 1000))
    pre = found.pre
    assert found.pre is pre
    assert pre.__array_interface__["data"][0] % 64 == 0
    del pre
    gc.collect()
    assert found._pre._known is not None
    assert found._pre._known() is None
    assert found.pre[-1] == 999


def test_rows_are_taken_over_without_a_copy():
    """Targets in aligned memory become the memory of the synapses; others are copied."""
    aligned = storage.aligned_copy([1, 0, 1], np.uint16)
    rows = SourceRows.of_counts(np.array([2, 1]))
    found = Connectivity(2, 2)
    found.append(rows, aligned)
    assert found.targets is aligned
    assert found.pre.tolist() == [0, 0, 1]
    for other in (np.array([1, 0, 1], dtype=np.uint16), np.array([1, 0, 1]), aligned[::-1]):
        found = Connectivity(2, 2)
        found.append(rows, other)
        assert not np.shares_memory(found.targets, other)
        assert found.post.tolist() == other.tolist()
        assert found.targets.__array_interface__["data"][0] % 64 == 0


def test_a_view_at_the_end_of_memory_is_copied():
    """Kernels may read whole vectors, so memory must go on behind the last element."""
    raw = storage.aligned_zeros(64, np.int32)
    assert storage.is_padded(raw, np.int32)
    assert storage.is_padded(raw[:10], np.int32)
    assert not storage.is_padded(raw[32:], np.int32)  # aligned, but ends with the memory
    assert not storage.is_padded(raw[1:3], np.int32)
    assert not storage.is_padded(raw.astype(np.int64), np.int32)


def test_too_many_synapses_are_refused():
    """Before anything is allocated."""

    class Endless(SourceRows):
        def __len__(self) -> int:
            return 2**40 + 1

    found = Connectivity(2, 2)
    with pytest.raises(MemoryError):
        found.append(Endless(np.zeros(3, dtype=np.int64)), np.zeros(0, dtype=np.int32))


@pytest.mark.usefixtures("builders")
def test_no_synapses_at_all():
    """Empty arrays everywhere."""
    found = Connectivity(3, 2)
    found.append(np.zeros(0, dtype=int), np.zeros(0, dtype=int))
    assert found.sort(None) is None
    assert found.sort(np.zeros(0, dtype=np.int64)) is None
    table = found.table(by_target=True, delay_steps=np.zeros(0, dtype=np.int64))
    assert table.offsets.tolist() == [0, 0, 0]
    assert len(found) == 0
