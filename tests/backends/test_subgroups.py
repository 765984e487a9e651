"""Subgroups with gaps behave as the same elements of the whole group do, on every target."""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b
from brainsim import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    prefs,
)
from brainsim.lowering import lower_network

TARGETS = pytest.mark.parametrize("target", ["c", "cython", "numpy"])
CHOSEN = [1, 2, 5, 8]
RECEIVERS = [0, 3, 4, 9]


def neurons(name: str = "neurons*") -> NeuronGroup:
    """Return ten neurons, each with a rate of its own."""
    group = NeuronGroup(
        10,
        """dv/dt = (1.2 + 0.1*i - v + g)/(10*ms) : 1
           dg/dt = -g/(5*ms) : 1
           total : 1
           received : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
        name=name,
    )
    group.v = "0.05*i"
    return group


@pytest.mark.row("29 subgroups with gaps")
@TARGETS
def test_synapses_between_parts_are_those_between_their_elements(target):
    prefs.codegen.target = target
    results = []
    for by_parts in (True, False):
        group = neurons()
        source = group[CHOSEN] if by_parts else group
        goal = group[RECEIVERS] if by_parts else group
        synapses = Synapses(
            source,
            goal,
            """w : 1
               total_post = w*v_pre : 1 (summed)""",
            on_pre="g_post += w; received_post += 1",
            on_post="w += 0.001",
        )
        if by_parts:
            synapses.connect()
        else:
            pre, post = np.meshgrid(CHOSEN, RECEIVERS, indexing="ij")
            synapses.connect(i=pre.ravel(), j=post.ravel())
        synapses.w = 0.02 * np.arange(16)
        synapses.delay = np.arange(16) % 5 * 0.1 * ms
        spikes, trace = SpikeMonitor(group), StateMonitor(group, ["g", "total"], record=RECEIVERS)
        net = Network(group, synapses, spikes, trace)
        net.run(20 * ms)
        synapses.delay = 1.5 * ms  # with events under way
        net.run(20 * ms)
        results.append((spikes.i[:], spikes.t[:], trace.g, trace.total, group.received[:]))
    assert len(results[0][0]) > 20
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.row("29 subgroups with gaps")
@TARGETS
def test_monitors_of_a_part_show_its_elements_by_their_number_in_it(target):
    prefs.codegen.target = target
    group = neurons()
    part = group[CHOSEN]
    every, some = SpikeMonitor(group, variables="v"), SpikeMonitor(part, variables="v")
    rate = PopulationRateMonitor(part)
    trace = StateMonitor(part, ["v", "i"], record=[0, 3])
    whole = StateMonitor(group, "v", record=[1, 8])
    Network(group, every, some, rate, trace, whole).run(50 * ms)
    inside = np.isin(every.i[:], CHOSEN)
    np.testing.assert_array_equal(np.array(CHOSEN)[some.i[:]], every.i[:][inside])
    np.testing.assert_array_equal(some.t[:], every.t[:][inside])
    np.testing.assert_array_equal(some.v, every.v[inside])
    np.testing.assert_array_equal(some.count[:], every.count[:][CHOSEN])
    np.testing.assert_array_equal(trace.v, whole.v)
    assert set(trace.i[0]) == {0}
    assert set(trace.i[1]) == {3}
    # rate*dt*N summed over steps is the number of spikes
    total = np.sum(np.asarray(rate.rate)) * 1e-4 * len(CHOSEN)
    np.testing.assert_allclose(total, some.num_spikes, rtol=1e-12)


@TARGETS
def test_operations_and_inputs_reach_only_the_part(target):
    prefs.codegen.target = target
    group = NeuronGroup(10, "x : 1\ny : 1")
    part = group[::3]
    part.run_regularly("x += 1 + i", dt=1 * ms)
    poisson = PoissonInput(group["i > 6"], "y", N=1, rate=10000 * Hz, weight=1)
    Network(group, poisson).run(3 * ms)
    np.testing.assert_array_equal(group.x[:], [3, 0, 0, 6, 0, 0, 9, 0, 0, 12])
    # the probability of a spike in 0.1 ms is one
    np.testing.assert_array_equal(group.y[:], [0] * 7 + [30] * 3)


@pytest.mark.row("29 subgroups with gaps")
@TARGETS
def test_parts_of_inputs(target):
    prefs.codegen.target = target
    given = SpikeGeneratorGroup(6, [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6] * ms)
    certain = PoissonGroup(6, rates=10000 * Hz)
    goal = NeuronGroup(3, "n : 1\nm : 1")
    from_given = Synapses(given[[0, 3, 5]], goal, on_pre="n += 1")
    from_given.connect(j="i")
    from_certain = Synapses(certain[1::2], goal, on_pre="m += 1")
    from_certain.connect("i == j and i > 0")
    Network(given, certain, goal, from_given, from_certain).run(5 * ms)
    np.testing.assert_array_equal(goal.n[:], [1, 1, 0])
    np.testing.assert_array_equal(goal.m[:], [0, 50, 50])


def test_reading_and_writing():
    group = NeuronGroup(10, "x : 1")
    part = group[[1, 4, 6]]
    part.x = "10*i"
    part.x[2] += 1
    np.testing.assert_array_equal(group.x[:], [0, 0, 0, 0, 10, 0, 21, 0, 0, 0])
    np.testing.assert_array_equal(part.x[:], [0, 10, 21])
    np.testing.assert_array_equal(part.i[:], [0, 1, 2])
    np.testing.assert_array_equal(group.x[part], [0, 10, 21])
    assert part.N == len(part) == 3


@pytest.mark.row("29 subgroups with gaps")
def test_parts_of_parts():
    group = NeuronGroup(20, "x : 1")
    group.x = "i"
    part = group[::2]
    np.testing.assert_array_equal(part[2:5].x[:], [4, 6, 8])
    np.testing.assert_array_equal(part[[0, 9]].x[:], [0, 18])
    np.testing.assert_array_equal(part["x > 13"].x[:], [14, 16, 18])
    np.testing.assert_array_equal(group[5:15][::5].x[:], [5, 10])
    np.testing.assert_array_equal(part.x[part[1:3]], [2, 4])
    with pytest.raises(IndexError, match="has elements outside"):
        _ = part.x[group[[2, 3]]]


@pytest.mark.row("11 G[a:b], G[3], G[[3,4,5]]")
def test_contiguous_elements_need_no_table():
    group = NeuronGroup(10, "x : 1")
    for item in ([3, 4, 5], slice(3, 6), "i >= 3 and i < 6", np.isin(np.arange(10), [3, 4, 5])):
        part = group[item]
        assert part.contiguous
        assert (part.start, part.stop) == (3, 6)
    assert not group[[3, 5]].contiguous
    assert (group[[3, 5]].start, group[[3, 5]].stop) == (3, 6)
    assert "with 2 elements from 3 to 6" in repr(group[[3, 5]])


def test_an_array_has_one_buffer():
    """Two names of one array would hide from the compiler, and from fusion, that they meet."""
    group = b.NeuronGroup(10, "x : 1\ny : 1")
    part, other = group[2:7], group[1:3]
    runners = (part.run_regularly("x += y"), other.run_regularly("y = 2*x"))
    network = b.Network(group, *runners, group.run_regularly("x += 1"))
    lowered = lower_network(network, {})
    starts = [
        array.__array_interface__["data"][0]
        for array in (give() for give in lowered.arrays.values())
        if array.size
    ]
    assert len(starts) == len(set(starts))
