"""Networks and clocks where brainsim differs from Brian2 on purpose."""

import pytest

from brainsim import (
    Clock,
    Network,
    NetworkOperation,
    NeuronGroup,
    magic_network,
    ms,
    run,
    scheduling_summary,
    start_scope,
)


@pytest.mark.row("17 Network(*objs, name='network*'), add, remove")
@pytest.mark.row("25 object used in a second network")
def test_an_object_may_return_to_its_network():
    """What has been removed can be added to the same network again, and goes on."""
    group = NeuronGroup(1, "x : 1")
    group.run_regularly("x += 1")
    other = NeuronGroup(1, "x : 1")
    network = Network(group, other)
    network.run(0.2 * ms)
    network.remove(group)
    network.run(0.2 * ms)
    network.add(group)
    network.run(0.2 * ms)
    assert group.x[0] == 4


@pytest.mark.row("17 net.schedule")
@pytest.mark.parametrize("wrong", ["groups", [1], 3])
def test_a_schedule_is_a_list_of_names(wrong):
    """A string is no list of its letters."""
    with pytest.raises(TypeError):
        Network().schedule = wrong


@pytest.mark.row("17 collect(level=0), start_scope(), magic_network")
@pytest.mark.row("17 scheduling_summary")
def test_the_magic_network_can_be_looked_at_after_a_run():
    """It still has the objects of the run."""
    start_scope()
    group = NeuronGroup(1, "x : 1", name="looked_at")
    run(0.1 * ms)
    assert "looked_at" in magic_network
    assert magic_network["looked_at"] is group
    assert "clock dt" in str(scheduling_summary())


@pytest.mark.row("18 obj.when, obj.order")
@pytest.mark.parametrize("wrong", [3, None, ["start"]])
def test_a_slot_is_a_name_at_once(wrong):
    """The mistake is found where it is made, not when the network runs."""
    operation = NetworkOperation(lambda: None)
    with pytest.raises(TypeError, match="name of a slot"):
        operation.when = wrong


@pytest.mark.row("18 changing dt between runs")
def test_the_time_must_be_a_multiple_of_the_new_dt_only():
    """It need not be one of the old dt: a run of 1 ms may have had steps of 0.3 ms."""
    clock = Clock(0.3 * ms)
    group = NeuronGroup(1, "x : 1", clock=clock)
    group.run_regularly("x += 1")
    network = Network(group)
    network.run(1 * ms)
    clock.dt = 0.1 * ms
    network.run(1 * ms)
    assert group.x[0] == 4 + 10


@pytest.mark.row("18 defaultclock.dt")
def test_the_time_of_a_clock_is_read_only():
    """A clock moves when a run does."""
    clock = Clock(0.1 * ms)
    with pytest.raises(TypeError, match="cannot be set"):
        clock.t[:] = 1 * ms
    with pytest.raises(IndexError, match=r"use timestep\[:\]"):
        clock.timestep[0]


@pytest.mark.row("17 magic run(...)")
def test_a_wrong_report_is_refused_where_nothing_runs():
    """Arguments are checked before the objects."""
    start_scope()
    with pytest.raises(ValueError, match="report must be"):
        run(1 * ms, report="what")
