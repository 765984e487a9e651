"""Clocks, the order within a step, and what a network holds: each as in the tradition."""

from __future__ import annotations

import gc

import pytest

from brainsim import (
    Clock,
    MagicError,
    Network,
    NetworkOperation,
    NeuronGroup,
    StateMonitor,
    Synapses,
    collect,
    defaultclock,
    magic_network,
    ms,
    mV,
    prefs,
    run,
    second,
    start_scope,
    us,
)
from brainsim.logger import catch_logs
from brainsim.units import DimensionMismatchError


@pytest.fixture(autouse=True)
def _numpy():
    """Run without a compiler, and leave the default clock as it was."""
    prefs.codegen.target = "numpy"
    start_scope()
    yield
    prefs.reset_to_defaults()
    defaultclock.dt = 0.1 * ms
    start_scope()


def noting(notes, name, **kwargs):
    """Return an object that notes its name whenever it runs."""
    return NetworkOperation(lambda: notes.append(name), name=name, **kwargs)


# ------------------------------------------------------------------------------------------ order


def test_objects_of_several_clocks_run_merged_in_the_order_of_the_schedule():
    """Coarse clocks run at the beginning of their interval."""
    order = []
    network = Network(
        noting(order, "a", dt=1 * ms, when="end"),
        noting(order, "b", dt=0.5 * ms, when="start"),
        noting(order, "c", dt=1 * ms, when="start", order=-1),
    )
    network.run(2 * ms)
    assert order == ["c", "b", "a", "b", "c", "b", "a", "b"]


def test_ties_are_broken_by_name_as_a_plain_string():
    """Capital letters first, and x10 before x9."""
    order = []
    Network([noting(order, name) for name in ("x10", "x9", "B", "a")]).run(0.1 * ms)
    assert order == ["B", "a", "x10", "x9"]


def test_slots_and_then_orders_decide():
    """Each slot has its before_ and after_."""
    order = []
    places = [("after_end", 0), ("before_start", 5), ("start", -1), ("start", 1), ("groups", -9)]
    objects = [
        noting(order, f"n{k}", when=when, order=number) for k, (when, number) in enumerate(places)
    ]
    Network(objects).run(0.1 * ms)
    assert order == ["n1", "n2", "n3", "n4", "n0"]


@pytest.mark.parametrize("difference", [0, 50, 90])
def test_times_within_a_ten_thousandth_of_dt_are_the_same(difference):
    """So the slots decide, although the clocks differ by some nanoseconds."""
    order = []
    network = Network(
        noting(order, "a", dt=1 * ms),
        noting(order, "b", dt=1 * ms + difference * 1e-9 * second, when="end"),
        noting(order, "c", dt=1 * ms, when="resets"),
    )
    network.run(2 * ms)
    assert "".join(order) == "acbacb"


def test_times_further_apart_are_not_the_same():
    """The second steps are 0.2 us apart, which is more than 1e-4 of 1 ms."""
    order = []
    network = Network(
        noting(order, "a", dt=1 * ms, when="end"), noting(order, "b", dt=1 * ms + 0.2 * us)
    )
    network.run(1.5 * ms)
    assert "".join(order) == "baab"


def test_when_and_order_may_be_set_before_a_run_and_between_runs():
    """The next run follows."""
    order = []
    first, second_one = noting(order, "a"), noting(order, "b")
    network = Network(first, second_one)
    first.when = "end"
    network.run(0.1 * ms)
    second_one.when = "end"
    second_one.order = -1
    first.order = -2
    network.run(0.1 * ms)
    assert order == ["b", "a", "a", "b"]


def test_when_must_be_a_string_and_order_an_integer():
    """In the constructor and afterwards."""
    operation = noting([], "a")
    for make in (
        lambda: setattr(operation, "when", 3),
        lambda: setattr(operation, "order", "first"),
        lambda: noting([], "b", when=3),
    ):
        with pytest.raises(TypeError):
            make()


def test_an_unknown_slot_is_a_key_error_at_run():
    """With the slot that was probably meant."""
    with pytest.raises(KeyError, match="did you mean 'start'"):
        Network(noting([], "a", when="strat")).run(0.1 * ms)


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (["thresholds", "start"], ["thresholds", "start"]),
        (("start",), ["start"]),
        ([], []),
        (None, ["start", "groups", "thresholds", "synapses", "resets", "end"]),
    ],
)
def test_the_schedule_can_be_set(value, result):
    """A list of slots, or None for that of the preferences."""
    network = Network()
    network.schedule = ["end"]
    network.schedule = value
    assert list(network.schedule) == result


@pytest.mark.parametrize(
    ("value", "error"),
    [([1], TypeError), (3, TypeError), (["before_a"], ValueError), (["x", "after_x"], ValueError)],
)
def test_schedules_that_are_refused(value, error):
    """And the old one stays."""
    network = Network()
    network.schedule = ["end"]
    with pytest.raises(error):
        network.schedule = value
    assert list(network.schedule) == ["end"]


def test_the_schedule_decides_the_order():
    """Also that of the preferences."""
    order = []
    objects = [noting(order, "a", when="start"), noting(order, "b", when="end")]
    network = Network(objects)
    network.schedule = ["end", "start"]
    network.run(0.1 * ms)
    network.schedule = None
    network.run(0.1 * ms)
    prefs.core.network.default_schedule = ["end", "middle", "start"]
    network.run(0.1 * ms)
    assert "".join(order) == "baabba"


# ------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("duration", "first", "both"),
    [
        (0.25, 3, 5), (0.3, 3, 6), (0.30000001, 3, 6), (0.3001, 4, 7), (0.31, 4, 7),
        (0.399999, 4, 8), (0.05, 1, 1),
    ],
)  # fmt: skip
def test_durations_between_steps(duration, first, both):
    """A run does all steps that start before its end; no step is done twice, none is left out."""
    order = []
    network = Network(noting(order, "a", dt=0.1 * ms))
    network.run(duration * ms)
    assert len(order) == first
    assert network.t_ == pytest.approx(duration * 1e-3, rel=1e-15)
    network.run(duration * ms)
    assert len(order) == both


@pytest.mark.parametrize(
    ("ran", "dt", "steps"),
    [(0.3, 0.1, 9), (0.3, 0.15, 7), (0.4, 0.2, 7), (0.3, 0.3, 5), (0.3, 0.05, 15),
     (0.3, 0.100000001, 9)],
)  # fmt: skip
def test_dt_changes_between_runs(ran, dt, steps):
    """Where the present time is a multiple of the new one."""
    order = []
    operation = noting(order, "a", dt=0.1 * ms)
    network = Network(operation)
    network.run(ran * ms)
    operation.clock.dt = dt * ms
    network.run(0.6 * ms)
    assert len(order) == steps
    assert network.t_ == pytest.approx((ran + 0.6) * 1e-3, rel=1e-12)


@pytest.mark.parametrize("dt", [0.2, 0.07, 0.4, 0.1001])
def test_a_dt_that_does_not_fit_the_present_time_is_refused(dt):
    """And the old one can be used again."""
    order = []
    operation = noting(order, "a", dt=0.1 * ms)
    network = Network(operation)
    network.run(0.3 * ms)
    operation.clock.dt = dt * ms
    with pytest.raises(ValueError, match="no multiple"):
        network.run(0.1 * ms)
    operation.clock.dt = 0.1 * ms
    network.run(0.1 * ms)
    assert len(order) == 4


def test_the_default_clock_drives_all_without_their_own():
    """Changing its dt changes theirs."""
    group = NeuronGroup(1, "v : 1")
    own = NeuronGroup(1, "v : 1", dt=0.05 * ms)
    defaultclock.dt = 0.2 * ms
    assert (group.dt[:], own.dt[:]) == (0.2 * ms, 0.05 * ms)
    Network(group).run(1 * ms)
    assert defaultclock.t == 1 * ms


def test_a_clock():
    """Time is a product of integers and dt, never a sum."""
    order = []
    clock = Clock(0.1 * ms, name="tick")
    Network(noting(order, "a", clock=clock)).run(100 * ms)
    assert clock.timestep == 1000
    assert clock.t_ == 1000 * 1e-4
    assert (clock.dt, clock.dt_, clock.name) == (0.1 * ms, 1e-4, "tick")
    assert repr(clock) == "Clock(dt=100. * usecond, name='tick')"
    for name in ("t", "timestep"):
        with pytest.raises(AttributeError):
            setattr(clock, name, 3)


@pytest.mark.parametrize(
    ("dt", "error"),
    [(1, DimensionMismatchError), (1 * mV, DimensionMismatchError), ([1, 2] * ms, TypeError),
     ("1*ms", TypeError), (0 * ms, ValueError), (-1 * ms, ValueError)],
)  # fmt: skip
def test_step_sizes_that_are_refused(dt, error):
    """By clocks and objects alike."""
    with pytest.raises(error):
        Clock(dt)
    clock = Clock(1 * ms)
    with pytest.raises(error):
        clock.dt = dt
    assert clock.dt == 1 * ms


def test_a_clock_and_dt_exclude_each_other():
    """And a clock is a Clock."""
    with pytest.raises(ValueError, match="not both"):
        noting([], "a", dt=1 * ms, clock=Clock(1 * ms))
    with pytest.raises(TypeError, match="must be a Clock"):
        noting([], "a", clock=3)


def test_very_many_steps_are_warned_of(monkeypatch):
    """From about 1e12 on, step * dt is no longer what users expect."""
    monkeypatch.setattr("brainsim.logger._seen", set())
    clock = Clock(0.1 * ms)
    with catch_logs() as messages:
        clock.steps_before(2.0**39 * 1e-4)
        assert not messages
        clock.steps_before(2.0**41 * 1e-4)
    assert messages[0][1].endswith("many_timesteps")


# --------------------------------------------------------------------------------------- networks


def test_containers_of_any_kind():
    """Lists in lists, tuples, values of dictionaries, generators."""
    names = ["a", "b", "c", "d", "e"]
    one, two, three, four, five = (noting([], name) for name in names)
    network = Network([[one]], (two,), {"key": three}, (obj for obj in [four]))
    network.add({"list": [five]})
    assert sorted(obj.name for obj in network) == names
    network.remove([one, (two,)], {"x": three})
    assert sorted(obj.name for obj in network.objects) == ["d", "e"]


@pytest.mark.parametrize("thing", [3, "abc", None, [[3]], {"a": "b"}])
def test_other_things_are_refused(thing):
    """Whole or not at all."""
    network, good = Network(), noting([], "a")
    with pytest.raises(TypeError):
        Network(thing)
    with pytest.raises(TypeError):
        network.add(good, thing)
    assert len(network) == 0
    network.add(good)
    with pytest.raises(TypeError):
        network.remove(thing)


def test_adding_twice_and_removing_what_is_not_there():
    """The first does nothing, the second is a KeyError."""
    operation = noting([], "a")
    network = Network(operation)
    network.add(operation)
    assert len(network) == 1
    network.remove(operation)
    with pytest.raises(KeyError):
        network.remove(operation)


def test_objects_by_name():
    """Those contained in others too; no name is a KeyError, no string a TypeError."""
    group = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0", name="G")
    network = Network(group)
    assert network["G"] is group
    assert "G" in network
    assert len(network) == len(list(network)) == len(network.sorted_objects) > 1
    for part in group.contained_objects:
        assert network[part.name] is part
    assert "H" not in network
    with pytest.raises(KeyError, match="'H'"):
        network["H"]
    with pytest.raises(TypeError, match="by name"):
        network[0]
    with pytest.raises(TypeError, match="by name"):
        del network[0]
    with pytest.raises(KeyError):
        del network["H"]
    del network["G"]
    assert len(network) == 0


def test_two_objects_of_one_name():
    """Are found when the network is to run."""
    network = Network(noting([], "twin"), noting([], "twin"))
    with pytest.raises(ValueError, match="'twin'"):
        network.run(0 * ms)


def test_an_object_that_has_run_cannot_run_in_another_network():
    """It may be put into several before."""
    operation = noting([], "a")
    first, second_one = Network(operation), Network(operation)
    first.run(0 * ms)
    with pytest.raises(RuntimeError, match="already run"):
        second_one.run(0 * ms)
    with pytest.raises(RuntimeError):
        Network(operation)


def test_what_objects_depend_on_must_be_in_the_network():
    """A ValueError that names both."""
    group = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0", name="needed")
    synapses = Synapses(group, group, on_pre="v += 1", name="links")
    synapses.connect()
    with pytest.raises(ValueError, match="'links' needs 'needed'"):
        Network(synapses).run(0 * ms)
    with pytest.raises(ValueError, match="needs 'needed'"):
        Network(StateMonitor(group, "v", record=True)).run(0 * ms)


@pytest.mark.parametrize(
    ("duration", "error"),
    [(-1 * ms, ValueError), (1, DimensionMismatchError), (1 * mV, DimensionMismatchError)],
)
def test_durations_that_are_refused(duration, error):
    """Negative ones, and what is no time."""
    with pytest.raises(error):
        Network().run(duration)


@pytest.mark.parametrize("report", ["loud", 3])
def test_reports_that_are_refused(report):
    """Before anything runs."""
    order = []
    with pytest.raises((ValueError, TypeError), match="report"):
        Network(noting(order, "a")).run(1 * ms, report=report)
    assert not order


def test_the_time_cannot_be_set():
    """It belongs to the runs."""
    network = Network()
    for name in ("t", "name"):
        with pytest.raises(AttributeError):
            setattr(network, name, 1 * ms)


# ------------------------------------------------------------------------------------------ magic


def test_collect_finds_what_the_frame_sees():
    """Local and global names, not the insides of lists, of this frame or one further up."""

    def inner():
        lowest = NeuronGroup(1, "v : 1", name="lowest")
        hidden = [NeuronGroup(1, "v : 1", name="hidden")]
        assert len(hidden) == 1
        assert lowest in collect()
        return names(collect()), names(collect(level=1))

    def outer():
        middle = NeuronGroup(1, "v : 1", name="middle")
        assert middle in collect()
        return inner()

    def names(objects):
        return {obj.name for obj in objects}

    assert outer() == ({"lowest"}, {"middle"})
    gc.collect()


def test_run_looks_further_up_with_level():
    """For functions that wrap it: objects and names are those of their caller."""

    def wrapped_run():
        rate = 0
        run(1 * ms, level=1)
        return rate

    rate = 2
    group = NeuronGroup(1, "dv/dt = rate/ms : 1", method="euler")
    wrapped_run()
    assert group.v[0] == pytest.approx(rate)


def test_old_and_new_objects_together():
    """The magic network cannot know whether to go on or to start anew."""
    old = noting([], "old")
    run(0.1 * ms)
    new = noting([], "new")
    with pytest.raises(MagicError, match=r"old.*new"):
        run(0.1 * ms)
    del old
    gc.collect()
    run(0.1 * ms)
    assert magic_network.t == 0.1 * ms
    assert new.clock.timestep == 1


def test_the_magic_network_collects_by_itself():
    """Nothing is added by hand."""
    operation = noting([], "a")
    with pytest.raises(MagicError):
        magic_network.add(operation)
    with pytest.raises(MagicError):
        magic_network.remove(operation)
