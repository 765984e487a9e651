"""What a StateMonitor records besides all: every k-th step, float32, statistics, the latest."""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b

NAMES = ["v", "k", "q", "u", "s"]


@pytest.fixture(autouse=True, params=["c", "numpy"])
def target(request):
    """Run every test on the native and on the Python step loop."""
    b.defaultclock.dt = 0.1 * b.ms
    b.prefs.codegen.target = request.param
    b.seed(5)
    yield request.param
    b.prefs.reset_to_defaults()
    b.defaultclock.dt = 0.1 * b.ms


def neurons(n=7):
    """Return neurons with a variable of every kind."""
    group = b.NeuronGroup(
        n,
        """dv/dt = (1 - v)/(10*ms) + 0.1*xi*(10*ms)**-0.5 : 1
           k : integer
           q : boolean
           u = v*2*mV : volt
           s = 3.5*mV : volt (shared)""",
        threshold="v > 0.5",
        reset="v = 0",
        method="euler",
    )
    group.v = "i*0.01"
    group.k = "i - 3"
    group.q = "i > 3"
    return group


@pytest.mark.row("29 monitors: every=, dtype=, reduce=, last=, to=")
@pytest.mark.parametrize("reduce", ["mean", "var", "min", "max", "sum"])
def test_statistics_over_elements_are_those_of_numpy(reduce):
    group = neurons()
    whole = b.StateMonitor(group, NAMES, record=True)
    reduced = b.StateMonitor(group, NAMES, record=[0, 2, 5], reduce=reduce)
    net = b.Network(group, whole, reduced)
    net.run(5 * b.ms)
    net.run(2 * b.ms)
    for name in NAMES:
        values = np.asarray(getattr(whole, name))[[0, 2, 5]]
        expected = getattr(np, reduce)(values, axis=0)
        found = np.asarray(getattr(reduced, name))
        assert found.shape == (70,)
        # two orders of adding three numbers differ by a few roundings of 2**-53, of the largest
        # number or (var) of its square
        scale = max(np.abs(values).max(), np.abs(values.astype(float) ** 2).max())
        np.testing.assert_allclose(found, expected, rtol=0, atol=8 * 2**-53 * scale)


def test_statistics_have_units():
    group = neurons()
    mean, var = (b.StateMonitor(group, "u", True, reduce=what) for what in ("mean", "var"))
    b.Network(group, mean, var).run(1 * b.ms)
    assert b.have_same_dimensions(mean.u, b.volt)
    assert b.have_same_dimensions(var.u, b.volt**2)
    assert mean.u_.dtype == float


def test_statistics_of_integers_and_truth_values_keep_their_type():
    group = neurons()
    found = {r: b.StateMonitor(group, ["k", "q"], True, reduce=r) for r in ("min", "max", "sum")}
    b.Network(group, found.values()).run(0.2 * b.ms)
    assert [found[r].k_.tolist() for r in found] == [[-3, -3], [3, 3], [0, 0]]
    assert [found[r].q_.tolist() for r in found] == [[False, False], [True, True], [3, 3]]
    assert found["sum"].q_.dtype == np.int64


def test_a_single_recorded_element_is_its_own_mean_and_has_no_variance():
    group = neurons()
    whole = b.StateMonitor(group, "v", [4])
    mean, var = (b.StateMonitor(group, "v", 4, reduce=what) for what in ("mean", "var"))
    b.Network(group, whole, mean, var).run(1 * b.ms)
    np.testing.assert_array_equal(mean.v, whole.v[0])
    np.testing.assert_array_equal(var.v, np.zeros(10))


@pytest.mark.row("29 monitors: every=, dtype=, reduce=, last=, to=")
def test_every_third_step_from_step_zero_across_runs():
    group = neurons()
    whole = b.StateMonitor(group, "v", record=True)
    thinned = b.StateMonitor(group, "v", record=True, every=3)
    net = b.Network(group, whole, thinned)
    for duration in (1, 0.1, 2.5):
        net.run(duration * b.ms)
    np.testing.assert_array_equal(thinned.v, whole.v[:, ::3])
    np.testing.assert_array_equal(thinned.t_[:], whole.t_[::3])


def test_every_follows_a_clock_whose_step_changes():
    group = neurons()
    thinned = b.StateMonitor(group, "v", record=True, every=2)
    b.defaultclock.dt = 0.5 * b.ms
    b.Network(group, thinned).run(4 * b.ms)
    # steps 0, 2, 4, 6 of half a millisecond
    np.testing.assert_array_equal(thinned.t_[:], np.array([0, 2, 4, 6]) * 5e-4)


@pytest.mark.row("29 monitors: every=, dtype=, reduce=, last=, to=")
def test_float32_halves_the_memory_of_float_variables_alone():
    group = neurons()
    whole = b.StateMonitor(group, NAMES, record=[1, 2])
    short = b.StateMonitor(group, NAMES, record=[1, 2], dtype=np.float32)
    b.Network(group, whole, short).run(2 * b.ms)
    assert short.v_.dtype == np.float32
    assert short.k_.dtype == np.int32
    assert short.q_.dtype == bool
    np.testing.assert_array_equal(short.v_, whole.v_.astype(np.float32))
    assert short.t_[:].dtype == np.float64


@pytest.mark.row("29 monitors: every=, dtype=, reduce=, last=, to=")
def test_the_last_millisecond_is_ten_rows_in_order():
    group = neurons()
    whole = b.StateMonitor(group, "v", record=True)
    latest = b.StateMonitor(group, "v", record=True, last=1 * b.ms)
    net = b.Network(group, whole, latest)
    for duration in (0.5, 2, 37.7, 0.1):
        net.run(duration * b.ms)
        n = min(10, len(whole.t))
        assert n == latest.N
        np.testing.assert_array_equal(latest.v, whole.v[:, -n:])
        np.testing.assert_array_equal(latest.t_[:], whole.t_[-n:])
    # twice the rows that are kept, and one more each for rounding
    assert latest.recording.capacity <= 22


def test_the_last_seconds_survive_store_and_restore():
    group = neurons()
    latest = b.StateMonitor(group, "v", [0, 1], last=1 * b.ms)
    net = b.Network(group, latest)
    net.run(3 * b.ms)
    kept = latest.v[:]
    net.store()
    net.run(2 * b.ms)
    net.restore()
    np.testing.assert_array_equal(latest.v, kept)
    net.run(5 * b.ms)
    assert latest.N == 10


def test_every_and_last_and_reduce_go_together():
    group = neurons()
    whole = b.StateMonitor(group, "v", record=True)
    m = b.StateMonitor(group, "v", True, every=4, last=2 * b.ms, reduce="max", dtype=np.float32)
    b.Network(group, whole, m).run(10 * b.ms)
    # of the steps 0, 4, ... 96, those later than 9.6 ms - 2 ms
    np.testing.assert_array_equal(m.v, whole.v[:, 80:97:4].max(axis=0).astype(np.float32))


def test_a_single_time_step_is_added_to_each_kind():
    group = neurons()
    kinds = [
        b.StateMonitor(group, "v", [1, 3]),
        b.StateMonitor(group, "v", [1, 3], last=0.5 * b.ms),
        b.StateMonitor(group, "v", [1, 3], reduce="mean"),
    ]
    b.Network(group, kinds).run(1 * b.ms)
    for monitor in kinds:
        monitor.record_single_timestep()
        assert monitor.t_[-1] == pytest.approx(1e-3, rel=1e-15)
    np.testing.assert_array_equal(kinds[0].v[:, -1], group.v[[1, 3]])
    np.testing.assert_array_equal(kinds[1].v[:, -1], group.v[[1, 3]])
    assert kinds[2].v[-1] == np.mean(group.v[[1, 3]])
    assert [monitor.N for monitor in kinds] == [11, 5, 11]


def test_given_times_can_be_thinned_and_forgotten_too():
    group = neurons()
    times = b.EventClock([0, 0.2, 0.25, 0.6, 3, 3.4, 3.9] * b.ms)
    whole = b.StateMonitor(group, "v", [0, 1], clock=times)
    thinned = b.StateMonitor(group, "v", [0, 1], clock=times, every=2)
    latest = b.StateMonitor(group, "v", [0, 1], clock=times, last=1 * b.ms)
    b.Network(group, whole, thinned, latest).run(5 * b.ms)
    np.testing.assert_array_equal(thinned.t_[:], whole.t_[::2])
    np.testing.assert_array_equal(latest.t_[:], whole.t_[4:])
    np.testing.assert_array_equal(latest.v, whole.v[:, 4:])
    latest.record_single_timestep()
    # the time that the neurons have reached
    assert latest.t_[-1] == group.t_[:]


def test_a_pause_leaves_a_gap():
    group = neurons()
    monitor = b.StateMonitor(group, "v", True)
    spikes = b.SpikeMonitor(group)
    net = b.Network(group, monitor, spikes)
    net.run(1 * b.ms)
    monitor.active = spikes.active = False
    net.run(1 * b.ms)
    assert monitor.N == 10
    monitor.active = spikes.active = True
    net.run(1 * b.ms)
    # the clock's time of step k is k times dt
    np.testing.assert_array_equal(monitor.t_[:], np.r_[0:10, 20:30] * b.defaultclock.dt_)


def test_a_subgroup_is_reduced_over_its_own_elements():
    group = neurons()
    part = group[2:5]
    whole = b.StateMonitor(group, "v", True)
    mean = b.StateMonitor(part, ["v", "i"], True, reduce="max")
    b.Network(group, whole, mean).run(1 * b.ms)
    np.testing.assert_array_equal(mean.v, whole.v[2:5].max(axis=0))
    np.testing.assert_array_equal(mean.i, np.full(10, 2))


class TestSynapses:
    @pytest.fixture
    def synapses(self):
        group = b.NeuronGroup(4, "v : 1", threshold="v > 1", reset="", name="cells")
        synapses = b.Synapses(group, group, "w : 1", on_pre="w += 1", name="syn")
        synapses.connect("i != j")
        synapses.w = "10*i + j"
        # kept here: the network holds its objects, these hold their groups
        return group, synapses

    def test_pairs_choose_what_is_recorded(self, synapses):
        group, syn = synapses
        row = b.StateMonitor(syn, "w", record=syn[1, :])
        whole = b.StateMonitor(syn, "w", record=True)
        b.Network(group, syn, row, whole).run(0.3 * b.ms)
        assert row.w[:, 0].tolist() == [10, 12, 13]
        assert row[syn[1, 2:]].w[:, 0].tolist() == [12, 13]
        assert row[syn["i == 1 and j == 0"]].w.shape == (1, 3)
        assert whole[syn[:, 3]].w[:, 0].tolist() == [3, 13, 23]

    def test_synapses_that_are_not_recorded_are_an_index_error(self, synapses):
        group, syn = synapses
        row = b.StateMonitor(syn, "w", record=syn[1, :])
        b.Network(group, syn, row).run(0.1 * b.ms)
        with pytest.raises(IndexError, match="not recorded"):
            _ = row[syn[2, :]]

    def test_an_index_is_stale_when_synapses_were_added(self, synapses):
        _, syn = synapses
        index = syn[1, :]
        row = b.StateMonitor(syn, "w", record=index)
        syn.connect(i=0, j=0)
        with pytest.raises(RuntimeError, match="added or removed since"):
            _ = row[index]
        with pytest.raises(RuntimeError, match="added or removed since"):
            b.StateMonitor(syn, "w", record=index)

    def test_the_index_of_other_synapses_is_refused(self, synapses):
        group, syn = synapses
        other = b.Synapses(group, group, "w : 1")
        other.connect()
        with pytest.raises(TypeError, match="do not index"):
            b.StateMonitor(other, "w", record=syn[0, :])

    def test_an_index_works_on_variables(self, synapses):
        _, syn = synapses
        assert syn.w[syn[2, :]].tolist() == [20, 21, 23]
        syn.w[syn[:, 0]] = 0
        assert syn.w[:, 0].tolist() == [0, 0, 0]
        assert len(syn[2, :]) == 3
        assert repr(syn[2, :]) == "<SynapticSubgroup, 3 synapses of 'syn'>"
