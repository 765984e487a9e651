"""Objects that run at given times: `run_at`, and monitors and operations on an EventClock."""

from __future__ import annotations

import numpy as np
import pytest

from brainsim import (
    EventClock,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
    mV,
    prefs,
    second,
    seed,
    us,
)
from brainsim.units import DimensionMismatchError


@pytest.fixture(params=["c", "cython", "numpy"])
def target(request):
    """Run a test on each target."""
    prefs.codegen.target = request.param
    yield request.param
    prefs.reset_to_defaults()


@pytest.fixture
def _numpy():
    """Run without a compiler."""
    prefs.codegen.target = "numpy"
    yield
    prefs.reset_to_defaults()


def ramp(n=1, **kwargs):
    """Return neurons whose v is the number of milliseconds that have passed."""
    return NeuronGroup(n, "dv/dt = 1/ms : 1\nx : 1", method="euler", **kwargs)


@pytest.mark.row("15 group.run_at")
@pytest.mark.usefixtures("target")
def test_statements_run_at_their_times_and_at_no_other():
    """At the start of the step that begins then, for all elements, in any order of times."""
    group = ramp(3)
    operation = group.run_at("x += v + 10*i", [0.5, 0.2, 0] * ms)
    trace = StateMonitor(group, "x", record=True, when="end")
    Network(group, trace).run(1 * ms)
    assert operation.name == f"{group.name}_run_at"
    steps = np.arange(10)
    # v is 0, 0.2 and 0.5 when the statements run
    expected = 0.2 * (steps >= 2) + 0.5 * (steps >= 5)
    runs = 1.0 + (steps >= 2) + (steps >= 5)
    np.testing.assert_allclose(trace.x, expected + 10 * np.arange(3)[:, None] * runs, rtol=1e-12)


@pytest.mark.row("15 group.run_at")
@pytest.mark.usefixtures("target")
def test_times_between_steps():
    """The statements run between the steps around them; `t` is the given time exactly."""
    group = ramp()
    group.run_at("x = t/ms", [0.2505] * ms)
    order = []
    seen = NetworkOperation(lambda t: order.append((float(t), float(group.x[0]))), when="end")
    Network(group, seen).run(0.5 * ms)
    assert [x for _, x in order] == pytest.approx([0, 0, 0, 0.2505, 0.2505], rel=1e-15)


@pytest.mark.row("15 group.run_at")
@pytest.mark.usefixtures("target")
def test_two_runs_lose_and_repeat_nothing():
    """Wherever the first one ends, also between steps."""
    times = [0, 0.1, 0.25, 0.3, 0.35, 0.9] * ms
    for first in (0.1, 0.25, 0.26, 0.3, 0.9):
        group = ramp()
        group.run_at("x += 1", times)
        ticks = []
        clock = EventClock(times)
        network = Network(
            group, NetworkOperation(lambda t, seen=ticks: seen.append(t), clock=clock)
        )
        network.run(first * ms)
        # a time that is the end belongs to the next run
        assert group.x[0] == np.sum(np.asarray(times) < first * 1e-3 - 1e-9)
        network.run((1 - first) * ms)
        assert group.x[0] == 6
        np.testing.assert_array_equal([float(t) for t in ticks], np.asarray(times))


@pytest.mark.usefixtures("target")
def test_a_monitor_at_given_times():
    """It has one column for each of them, with the exact time."""
    group = ramp(2)
    monitor = StateMonitor(group, "v", record=[1], clock=EventClock([0.7, 0.3, 5] * ms))
    network = Network(group, monitor)
    network.run(1 * ms)
    np.testing.assert_allclose(monitor.t_, [0.3e-3, 0.7e-3], rtol=1e-15)
    np.testing.assert_allclose(monitor.v, [[0.3, 0.7]], rtol=1e-12)
    network.run(5 * ms)
    assert monitor.N == 3


@pytest.mark.usefixtures("target")
def test_order_and_slot_decide_at_a_time_that_is_shared():
    """Objects of both clocks run merged in one order, as with several step sizes."""
    group = ramp()
    group.run_at("x = 3", [0.1] * ms, order=2, name="b")
    group.run_at("x *= 5", [0.1] * ms, when="end", name="a")
    group.run_regularly("x += 1", order=3, name="c")
    Network(group).run(0.2 * ms)
    assert group.x[0] == 20


@pytest.mark.usefixtures("target")
def test_random_numbers_are_drawn_anew_each_time():
    """And are the same ones for the same seed."""
    drawn = []
    for _ in range(2):
        seed(3)
        group = ramp()
        group.run_at("x = x*10 + floor(10*rand())", np.arange(6) * 0.15 * ms)
        Network(group).run(1 * ms)
        drawn.append(f"{int(group.x[0]):06d}")
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) > 1


@pytest.mark.usefixtures("_numpy")
class TestWithoutCompiler:
    """What does not depend on the target."""

    def test_subgroups_and_synapses_have_it(self):
        """As they have run_regularly; TimedArrays and names of the caller may be used."""
        group = NeuronGroup(4, "v : volt", threshold="v > 1*volt", reset="")
        step = 2 * mV  # noqa: F841 - the statements use it
        values = TimedArray([1, 2] * mV, dt=1 * ms)  # noqa: F841
        part = group[1:3]
        part.run_at("v = step + values(t)", [1.5] * ms)
        synapses = Synapses(group, group, "w : 1")
        synapses.connect(j="i")
        synapses.run_at("w = i + 1", [0.5] * ms)
        Network(group, synapses).run(2 * ms)
        np.testing.assert_allclose(group.v_, [0, 4e-3, 4e-3, 0])
        np.testing.assert_array_equal(synapses.w, [1, 2, 3, 4])

    def test_active_switches_it_off(self):
        """Times that pass meanwhile do not come back."""
        group = ramp()
        operation = group.run_at("x += 1", [0.1, 0.3, 0.5] * ms)
        network = Network(group)
        operation.active = False
        network.run(0.2 * ms)
        operation.active = True
        network.run(0.4 * ms)
        assert group.x[0] == 2

    def test_store_and_restore(self):
        """Going back in time brings the times back."""
        group = ramp()
        group.run_at("x += 1", [0.1, 0.3, 0.5] * ms)
        network = Network(group)
        network.run(0.2 * ms)
        network.store()
        network.run(0.5 * ms)
        assert group.x[0] == 3
        network.restore()
        assert group.x[0] == 1
        network.run(0.5 * ms)
        assert group.x[0] == 3

    def test_stopping_between_steps(self):
        """The time reached is that of the objects that have run."""
        group = ramp()
        network = Network(group)
        network.add(NetworkOperation(network.stop, clock=EventClock([0.25, 3] * ms)))
        network.run(1 * ms)
        assert network.t_ == pytest.approx(0.3e-3)
        network.run(0.1 * ms)
        assert network.t_ == pytest.approx(0.4e-3)

    def test_a_network_of_nothing_else(self):
        """Only what happens takes time, so years may pass."""
        ticks = []
        clock = EventClock([1, 1e9] * second)
        network = Network(NetworkOperation(ticks.append, clock=clock))
        network.run(2e9 * second)
        assert ticks == [1 * second, 1e9 * second]
        assert network.t == 2e9 * second

    def test_no_times_at_all(self):
        """An empty list is a list."""
        group = ramp()
        group.run_at("x += 1", [] * ms)
        group.run_at("x += 1", [])
        Network(group).run(0.3 * ms)
        assert group.x[0] == 0

    def test_a_time_a_little_beside_a_step_is_that_step(self):
        """Within 1e-4 of the step size, on either side."""
        for shift in (-5e-9, 5e-9):
            group = ramp()
            group.run_at("x = v", [300 * us + shift * second])
            Network(group).run(1 * ms)
            assert group.x[0] == pytest.approx(0.3, rel=1e-12)

    @pytest.mark.parametrize(
        ("times", "error", "words"),
        [
            ([1, 2, 1] * ms, ValueError, "1. ms is given twice"),
            ([-1, 2] * ms, ValueError, "0 s or later"),
            ([np.inf] * ms, ValueError, "0 s or later"),
            ([np.nan] * ms, ValueError, "0 s or later"),
            ([1, 2], DimensionMismatchError, "times"),
            ([1, 2] * mV, DimensionMismatchError, "times"),
        ],
    )
    def test_times_that_are_refused(self, times, error, words):
        """When the object is made, with the reason."""
        with pytest.raises(error, match=words):
            EventClock(times)
        with pytest.raises(error, match=words):
            ramp().run_at("x = 1", times)

    def test_code_is_checked_at_once(self):
        """As for run_regularly."""
        with pytest.raises(TypeError, match="code to run at times must be a string"):
            ramp().run_at(3, [1] * ms)
        with pytest.raises(SyntaxError, match="run_at of"):
            ramp().run_at("x = 1 +", [1] * ms)

    @pytest.mark.parametrize(
        "make",
        [
            lambda clock: NeuronGroup(1, "v : 1", clock=clock),
            lambda clock: PoissonGroup(1, 0 / second, clock=clock),
            lambda clock: Synapses(ramp(), clock=clock),
        ],
    )
    def test_groups_need_steps_of_one_size(self, make):
        """An EventClock has no dt to integrate with."""
        with pytest.raises(TypeError, match="steps of one size"):
            make(EventClock([1, 2] * ms))

    def test_an_event_clock_by_itself(self):
        """It has a name, a time, a tick; and no dt."""
        clock = EventClock([2, 1] * ms, name="bell")
        assert (clock.t, clock.timestep, clock.name) == (1 * ms, 0, "bell")
        assert repr(clock) == "EventClock(2 times, name='bell')"
        for ask in (lambda: clock.dt, lambda: clock.dt_, lambda: setattr(clock, "dt", 1 * ms)):
            with pytest.raises(TypeError, match="no step size"):
                ask()

    def test_the_schedule_says_so(self):
        """Where other objects have their dt."""
        group = ramp()
        group.run_at("x = 1", [1] * ms)
        table = Network(group).scheduling_summary()
        assert "given times" in str(table)
