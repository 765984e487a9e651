"""Monitors: what they refuse, what they give, rates in windows and bins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import brainsim as b
from brainsim.model.rates import binned, convolved


@pytest.fixture(autouse=True)
def _numpy_target():
    b.defaultclock.dt = 0.1 * b.ms
    b.prefs.codegen.target = "numpy"
    yield
    b.prefs.reset_to_defaults()
    b.defaultclock.dt = 0.1 * b.ms


def cells():
    """Return three neurons that spike at known times."""
    return b.NeuronGroup(
        3, "dv/dt = 1/ms : 1", threshold="v > 1 + 0.5*i", reset="v = 0", method="euler", name="g"
    )


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"every": 0}, ValueError, "at least 1"),
        ({"every": 1.5}, ValueError, "integer"),
        ({"every": "2"}, TypeError, "integer"),
        ({"dtype": int}, TypeError, "float32 or float64"),
        ({"dtype": np.float16}, TypeError, "float32 or float64"),
        ({"reduce": "median"}, ValueError, "'mean', 'var', 'min', 'max', 'sum'"),
        ({"reduce": "mean", "record": False}, ValueError, "no elements"),
        ({"last": 0 * b.ms}, ValueError, "positive"),
        ({"last": 3}, b.DimensionMismatchError, "time"),
        ({"last": 1 * b.ms, "to": "x.zarr"}, ValueError, "either last= or to="),
        ({"record": [3]}, IndexError, "out of range"),
        ({"record": 0.5}, TypeError, "integers"),
        ({"variables": ["v", "vv"]}, KeyError, "'vv'"),
        ({"variables": 3}, TypeError, "names"),
    ],
)
def test_a_state_monitor_refuses_what_means_nothing(options, error, text):
    arguments = {"variables": "v", "record": True, **options}
    with pytest.raises(error, match=text):
        b.StateMonitor(cells(), **arguments)


def test_the_new_arguments_are_named():
    """So that the order of the tradition's arguments stays free to grow."""
    with pytest.raises(TypeError):
        b.StateMonitor(cells(), "v", True, None, None, "start", 0, "m", None, 2)


def test_a_reduced_monitor_has_no_elements():
    mean = b.StateMonitor(cells(), "v", True, reduce="mean", name="m")
    with pytest.raises(TypeError, match="the mean over its elements"):
        _ = mean[0]


def test_elements_are_found_by_their_index_in_any_order():
    group = cells()
    group.v = "i*0.1"
    monitor = b.StateMonitor(group, "v", record=[2, 0])
    b.Network(group, monitor).run(0.2 * b.ms)
    assert monitor[2].v[0] == 0.2
    assert monitor[0].v_.shape == (2,)
    assert monitor[[0, 2]].v[:, 0].tolist() == [0, 0.2]
    assert repr(monitor[[0, 2]]) == f"<elements [0, 2] recorded by '{monitor.name}'>"
    for wrong in (1, 3, -1):
        with pytest.raises(IndexError, match="not recorded"):
            _ = monitor[wrong]
    for wrong in ("v > 0", slice(0, 1), 1.0):
        with pytest.raises(TypeError, match="indexed by elements"):
            _ = monitor[wrong]


def test_a_monitor_of_nothing_records_times():
    group = cells()
    monitor = b.StateMonitor(group, "v", record=False)
    b.Network(group, monitor).run(0.3 * b.ms)
    assert monitor.v.shape == (0, 3)
    with pytest.raises(IndexError, match="not recorded"):
        _ = monitor[0]


def test_counting_alone_keeps_no_spikes():
    group = cells()
    counts = b.SpikeMonitor(group, record=False)
    b.Network(group, counts).run(10 * b.ms)
    assert counts.num_spikes == counts.count[:].sum() > 0
    for read in (
        lambda: counts.i,
        lambda: counts.t,
        lambda: counts.it,
        counts.spike_trains,
        lambda: counts.values("t"),
        lambda: counts.binned_rate(1 * b.ms),
        lambda: counts.smooth_rate(width=1 * b.ms),
    ):
        with pytest.raises(AttributeError):
            read()


def test_numbers_of_spikes_are_indexed_like_the_source():
    group = cells()
    spikes = b.SpikeMonitor(group, record=False)
    b.Network(group, spikes).run(10 * b.ms)
    every = spikes.count[:]
    mask = np.array([True, False, True])
    for index in (mask, [0, 2], np.array([2, 1]), slice(1, 3), -1):
        np.testing.assert_array_equal(spikes.count[index], every[index])
    np.testing.assert_array_equal(spikes.count[group[1:]], every[1:])
    with pytest.raises(IndexError):
        _ = spikes.count[3]


def test_values_are_sorted_by_element_and_hold_all_of_them():
    group = cells()
    group.v = [0, 0, -5]
    spikes = b.SpikeMonitor(group, variables=["v", "i"])
    b.Network(group, spikes).run(4 * b.ms)
    values = spikes.all_values()
    assert set(values) == {"t", "v"}
    assert [len(values["v"][k]) for k in range(3)] == spikes.count[:].tolist()
    assert spikes.count[2] == 0
    for k in range(3):
        np.testing.assert_array_equal(values["t"][k], spikes.t[spikes.i == k])
    assert b.have_same_dimensions(values["t"][2], b.second)


class TestBins:
    def test_rates_of_the_population_and_of_every_neuron(self):
        group = cells()
        spikes, rate = b.SpikeMonitor(group), b.PopulationRateMonitor(group)
        b.Network(group, spikes, rate).run(10.5 * b.ms)
        starts, each = spikes.binned_rate(2 * b.ms)
        times, mean = rate.binned_rate(2 * b.ms)
        # the last half millisecond fills no bin; k times dt is the time of step k
        np.testing.assert_array_equal(starts / b.second, np.arange(0, 100, 20) * 1e-4)
        np.testing.assert_array_equal(times, starts)
        for k in range(3):
            counts, _ = np.histogram(spikes.t[spikes.i == k] / b.ms + 0.05, np.arange(0, 11, 2))
            # counts divided by 2 ms, whose product with dt is rounded once
            np.testing.assert_allclose(each[k] / b.Hz, counts / 2e-3, rtol=4 * 2**-53)
        # sums of at most 20 rates
        np.testing.assert_allclose(mean, each.mean(axis=0), rtol=32 * 2**-53)

    def test_a_bin_of_one_step_is_the_rate_itself(self):
        group = cells()
        rate = b.PopulationRateMonitor(group)
        b.Network(group, rate).run(3 * b.ms)
        np.testing.assert_array_equal(rate.binned_rate(0.1 * b.ms)[1], rate.rate[:])

    @pytest.mark.parametrize("size", [0, 0.05, 0.25, -1, np.inf])
    def test_bins_are_multiples_of_the_step(self, size):
        group = cells()
        rate, spikes = b.PopulationRateMonitor(group), b.SpikeMonitor(group)
        for monitor in (rate, spikes):
            with pytest.raises(ValueError, match=r"multiple of the step size 0\.1 ms"):
                monitor.binned_rate(size * b.ms)

    def test_a_bin_is_a_time(self):
        with pytest.raises(b.DimensionMismatchError):
            b.PopulationRateMonitor(cells()).binned_rate(3)

    def test_bins_beyond_the_run_are_none(self):
        group = cells()
        spikes, rate = b.SpikeMonitor(group), b.PopulationRateMonitor(group)
        b.Network(group, spikes, rate).run(1 * b.ms)
        assert spikes.binned_rate(2 * b.ms)[1].shape == (3, 0)
        assert rate.binned_rate(2 * b.ms)[1].shape == (0,)

    @pytest.mark.parametrize("later", [1, 20])
    def test_bins_do_not_depend_on_what_runs_later(self, later):
        """The default clock is moved by other networks, too."""
        group = cells()
        spikes = b.SpikeMonitor(group)
        net = b.Network(group, spikes)
        net.run(4 * b.ms)
        before = spikes.binned_rate(2 * b.ms)[1]
        net.store()
        net.run(4 * b.ms)
        twice = spikes.binned_rate(2 * b.ms)[1]
        b.Network(cells()).run(later * b.ms)
        np.testing.assert_array_equal(spikes.binned_rate(2 * b.ms)[1], twice)
        assert twice.shape == (3, 4)
        net.restore()
        b.Network(cells()).run(later * b.ms)
        np.testing.assert_array_equal(spikes.binned_rate(2 * b.ms)[1], before)

    def test_bins_can_be_asked_for_while_running(self):
        group = cells()
        spikes = b.SpikeMonitor(group)
        shapes = []

        @b.network_operation(dt=2 * b.ms)
        def ask():
            shapes.append(spikes.binned_rate(1 * b.ms)[1].shape[1])

        b.Network(group, spikes, ask).run(5 * b.ms)
        assert shapes == [0, 2, 4]

    @given(arrays.arrays(float, st.integers(0, 50), elements=st.floats(0, 1e4)), st.integers(1, 9))
    def test_bins_keep_the_sum_of_whole_bins(self, values, steps):
        means = binned(values, steps)
        assert len(means) == len(values) // steps
        whole = values[: len(means) * steps]
        # at most 50 numbers below 1e4 are added, each addition rounded by 2**-53 of the sum
        assert abs(means.sum() * steps - whole.sum()) <= 60 * 5e5 * 2**-53


class TestSmoothing:
    def test_the_mean_over_neurons_is_the_rate_of_the_population(self):
        group = cells()
        spikes, rate = b.SpikeMonitor(group), b.PopulationRateMonitor(group)
        b.Network(group, spikes, rate).run(10 * b.ms)
        for options in ({"width": 1 * b.ms}, {"window": "flat", "width": 0.5 * b.ms}):
            each = spikes.smooth_rate(**options)
            assert each.shape == (3, 100)
            together = rate.smooth_rate(**options) / b.Hz
            # sums of at most 41 products, in another order
            np.testing.assert_allclose(
                each.mean(axis=0) / b.Hz, together, rtol=0, atol=64 * 2**-53 * 1e4
            )

    def test_mistakes_in_windows(self):
        spikes = b.SpikeMonitor(cells())
        for options, error in (
            ({}, TypeError),
            ({"window": "box", "width": 1 * b.ms}, NotImplementedError),
            ({"window": np.ones(4)}, TypeError),
            ({"window": np.ones(3), "width": 1 * b.ms}, TypeError),
        ):
            with pytest.raises(error):
                spikes.smooth_rate(**options)

    def test_rows_are_smoothed_each_for_itself(self):
        rows = np.arange(12.0).reshape(3, 4)
        kernel = np.array([1.0, 2.0, 1.0])
        smooth = convolved(rows, kernel)
        for row, expected in zip(rows, smooth, strict=True):
            np.testing.assert_array_equal(convolved(row, kernel), expected)
        assert convolved(np.zeros((3, 0)), kernel).shape == (3, 0)
