"""What monitors of events and rates record; the numbers are those that Brian2 2.9.0 gives."""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b


@pytest.fixture(autouse=True, params=["c", "numpy"])
def target(request):
    """Run every test on the native and on the Python step loop."""
    b.defaultclock.dt = 0.1 * b.ms
    b.prefs.codegen.target = request.param
    yield request.param
    b.prefs.reset_to_defaults()


def cells():
    """Return neurons that climb by 0.1 in each step, to thresholds of 1 to 1.5."""
    return b.NeuronGroup(
        6,
        """dv/dt = 1/ms : 1
           w = 2*v : 1""",
        threshold="v > 1 + i*0.1",
        reset="v = 0",
        events={"half": "v > 0.5 and v <= 0.6"},
        method="euler",
        name="cells",
    )


def in_ms(times):
    return np.round(times / b.ms, 6).tolist()


def test_spikes_have_the_values_before_the_reset_and_pauses_are_not_counted():
    group = cells()
    spikes = b.SpikeMonitor(group, ["v", "w"])
    net = b.Network(group, spikes)
    net.run(2 * b.ms)
    spikes.active = False
    net.run(1.1 * b.ms)
    spikes.active = True
    net.run(0.5 * b.ms)
    assert spikes.i[:].tolist() == [0, 1, 2, 3, 4, 5, 0, 1]
    assert in_ms(spikes.t) == [1.0, 1.1, 1.2, 1.3, 1.3, 1.4, 3.2, 3.5]
    expected = [1.1, 1.2, 1.3, 1.4, 1.4, 1.5, 1.1, 1.2]
    # at most 15 additions of 0.1, each rounded by less than 2**-53 of 2
    np.testing.assert_allclose(spikes.v, expected, rtol=0, atol=32 * 2**-53)
    np.testing.assert_allclose(spikes.w, 2 * spikes.v[:], rtol=0, atol=0)
    assert spikes.count[:].tolist() == [2, 2, 1, 1, 1, 1]
    assert spikes.N == spikes.num_spikes == len(spikes) == 8


def test_custom_events_are_recorded_with_values_and_trains():
    group = cells()
    part = group[2:5]
    events = b.EventMonitor(group, "half", "v")
    of_part = b.EventMonitor(part, "half")
    b.Network(group, events, of_part).run(2 * b.ms)
    assert events.i[:].tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4]
    assert in_ms(events.t) == [*[0.5] * 6, 1.6, 1.7, 1.8, 1.9, 1.9]
    assert events.num_events == 11
    assert {k: len(times) for k, times in events.event_trains().items()} == {
        **dict.fromkeys(range(5), 2),
        5: 1,
    }
    # six additions of 0.1
    np.testing.assert_allclose(np.concatenate([*events.values("v").values()]), 0.6, rtol=2**-50)
    inside = (events.i >= 2) & (events.i < 5)
    np.testing.assert_array_equal(of_part.i, events.i[inside] - 2)
    np.testing.assert_array_equal(of_part.t_[:], events.t_[:][inside])
    assert of_part.count[:].tolist() == [2, 2, 2]


def test_rates_of_a_group_and_of_its_part():
    group = cells()
    part = group[2:5]
    whole, of_part = b.PopulationRateMonitor(group), b.PopulationRateMonitor(part)
    b.Network(group, whole, of_part).run(1.5 * b.ms)
    # spikes per neuron and step of 0.1 ms
    spikes = np.array([1, 1, 1, 2, 1])
    np.testing.assert_allclose(whole.rate[10:] / b.Hz, spikes / 6 / 1e-4, rtol=4 * 2**-53)
    np.testing.assert_allclose(
        of_part.rate[10:] / b.Hz, np.array([0, 0, 1, 2, 0]) / 3 / 1e-4, rtol=4 * 2**-53
    )
    assert whole.rate_[:10].tolist() == [0] * 10


def test_schedules_are_those_of_the_events():
    group = cells()
    spikes, events = b.SpikeMonitor(group), b.EventMonitor(group, "half")
    rate, trace = b.PopulationRateMonitor(group), b.StateMonitor(group, "v", True)
    found = [(m.when, m.order) for m in (spikes, events, rate, trace)]
    assert found == [("thresholds", 1), ("after_thresholds", 1), ("end", 0), ("start", 0)]
    moved = b.SpikeMonitor(group, when="end", order=4)
    assert (moved.when, moved.order) == ("end", 4)


def test_a_monitor_after_the_reset_sees_what_the_reset_left():
    group = cells()
    late = b.SpikeMonitor(group, "v", when="end")
    b.Network(group, late).run(1.5 * b.ms)
    assert late.v[:].tolist() == [0] * 6


def test_own_steps_and_slots():
    group = cells()
    coarse = b.StateMonitor(group, "v", 0, dt=0.3 * b.ms)
    late = b.StateMonitor(group, "v", 0, when="end")
    b.Network(group, coarse, late).run(1 * b.ms)
    assert in_ms(coarse.t) == [0, 0.3, 0.6, 0.9]
    np.testing.assert_allclose(late.v[0], np.arange(1, 11) / 10, rtol=2**-50)


def test_an_event_is_recorded_by_index_within_columns():
    group = cells()
    spikes = b.SpikeMonitor(group, "v")
    b.Network(group, spikes).run(2 * b.ms)
    assert in_ms(spikes.t[2:4]) == [1.2, 1.3]
    assert spikes.count[1:3].tolist() == [1, 1]
    assert spikes.i["t > 1.25*ms"].tolist() == [3, 4, 5]
    np.testing.assert_array_equal(spikes.v["i == 1"], spikes.v[:][1:2])
