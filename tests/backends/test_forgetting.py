"""What a plain `run()` has prepared goes with the objects of the script."""

from __future__ import annotations

import gc
import weakref

import pytest

import brainsim as b
from brainsim.model.magic import magic_network

MODEL = "dv/dt = -v/(10*ms) : 1"


@pytest.fixture(autouse=True)
def scope():
    """Let each test see nothing but its own objects."""
    b.start_scope()
    yield
    b.start_scope()


def run_once() -> dict[str, weakref.ref]:
    """Run a network that nobody keeps; return weak references to its objects."""
    group = b.NeuronGroup(4, MODEL, threshold="v > 1", name="forgotten")
    synapses = b.Synapses(group, group, "w : 1", on_pre="v += w", name="forgotten_synapses")
    synapses.connect()
    monitor = b.SpikeMonitor(group)
    b.run(1 * b.ms)
    return {
        "group": weakref.ref(group),
        "synapses": weakref.ref(synapses),
        "monitor": weakref.ref(monitor),
    }


def alive(found: dict[str, weakref.ref]) -> list[str]:
    gc.collect()
    return [name for name, reference in found.items() if reference() is not None]


def test_objects_of_a_function_that_has_ended_are_gone():
    """Without a next run: their memory is free, and so are their names."""
    assert alive(run_once()) == []
    assert magic_network.prepared == {}
    assert b.NeuronGroup(1, MODEL, name="forgotten*").name == "forgotten"


def test_a_monitor_that_is_kept_does_not_keep_the_network():
    def run_and_return() -> tuple[b.SpikeMonitor, weakref.ref]:
        group = b.NeuronGroup(4, "v : 1", threshold="v < 1")
        monitor = b.SpikeMonitor(group)
        b.run(0.2 * b.ms)
        return monitor, weakref.ref(group)

    monitor, group = run_and_return()
    gc.collect()
    assert group() is None
    assert monitor.num_spikes == 8


def test_synapses_that_are_dropped_leave_the_group_behind():
    group = b.NeuronGroup(4, MODEL, threshold="v > 1")

    def connect_and_run() -> weakref.ref:
        synapses = b.Synapses(group, group, on_pre="v += 1")
        synapses.connect()
        b.run(1 * b.ms)
        return weakref.ref(synapses)

    synapses = connect_and_run()
    gc.collect()
    assert synapses() is None
    b.run(1 * b.ms)  # the group goes on alone
    assert magic_network.t == 2 * b.ms
    assert group in magic_network.objects


def test_what_was_prepared_is_used_again_while_the_objects_live():
    group = b.NeuronGroup(4, MODEL)
    b.run(1 * b.ms)
    first = magic_network.prepared["fused"]
    gc.collect()
    b.run(1 * b.ms)
    assert magic_network.prepared["fused"] is first
    del group


def test_new_objects_forget_what_was_prepared_for_others_that_are_alive():
    group = b.NeuronGroup(4, MODEL)
    b.run(1 * b.ms)
    first = weakref.ref(magic_network.prepared["fused"])
    b.start_scope()
    other = b.NeuronGroup(4, MODEL)
    b.run(1 * b.ms)
    gc.collect()
    assert first() is None
    del group, other


def test_objects_of_an_earlier_scope_keep_nothing_of_a_later_one():
    group = b.NeuronGroup(4, MODEL)
    b.run(1 * b.ms)
    b.start_scope()
    assert alive(run_once()) == []
    del group


def test_where_the_youngest_object_is_hidden_another_takes_over():
    group = b.NeuronGroup(4, MODEL, threshold="v > 1")
    synapses = b.Synapses(group, group, on_pre="v += 1")
    synapses.connect()
    b.run(1 * b.ms)
    hidden = [synapses]
    first = weakref.ref(magic_network.prepared["fused"])
    del synapses
    b.run(1 * b.ms)
    gc.collect()
    assert first() is None
    del hidden
    b.run(1 * b.ms)
    assert magic_network.t == 3 * b.ms


def test_a_scope_without_objects_prepares_nothing():
    b.run(1 * b.ms)
    assert magic_network.prepared == {}
