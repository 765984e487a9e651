"""Removing synapses: the others keep their values and the spikes on their way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from brainsim import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    prefs,
    seed,
)

TARGETS = pytest.mark.parametrize("target", ["c", "cython", "numpy"])


def grid(n_pre: int = 3, n_post: int = 4, **arguments: object) -> Synapses:
    """Return all pairs of two groups, each with a weight that tells them apart."""
    source = NeuronGroup(n_pre, "v : 1", threshold="v > 1", reset="v = 0")
    target = NeuronGroup(n_post, "v : 1", threshold="v > 1", reset="v = 0")
    synapses = Synapses(source, target, "w : 1", on_pre="v_post += w", **arguments)
    synapses.connect()
    synapses.w = "10*i + j"
    return synapses


def weights(synapses: Synapses) -> list[int]:
    """Return the weights by number of the synapse."""
    return [int(value) for value in synapses.w[:]]


@pytest.mark.row("29 synapses added and removed between runs")
@pytest.mark.parametrize(
    ("which", "left"),
    [
        ({"which": "i == 1 or j > 0"}, [0, 20]),
        ({"which": "w > limit"}, [0, 1, 2, 3, 10]),
        ({"which": [0, 1, 2, 3, 4, 5, 11]}, [12, 13, 20, 21, 22]),
        ({"which": -1}, [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22]),
        ({"which": (slice(None), [0, 1, 3])}, [2, 12, 22]),
        ({"i": 1}, [0, 1, 2, 3, 20, 21, 22, 23]),
        ({"j": [0, 3]}, [1, 2, 11, 12, 21, 22]),
        ({"i": [0, 1, 2], "j": [0, 1, 2]}, [1, 2, 3, 10, 12, 13, 20, 21, 23]),
        ({"i": 0, "j": [1, 2]}, [0, 3, 10, 11, 12, 13, 20, 21, 22, 23]),
        ({}, []),
        ({"which": "w < 0"}, [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]),
    ],
)
def test_what_is_removed(which, left):
    limit = 10
    synapses = grid()
    synapses.disconnect(**which)
    assert weights(synapses) == left
    assert [10 * i + j for i, j in zip(synapses.i[:], synapses.j[:], strict=True)] == left
    assert len(synapses) == synapses.N == len(left)
    assert limit == 10


def test_an_index_of_synapses_and_names_from_further_up():
    synapses = grid()
    synapses.disconnect(synapses[0, :])
    assert weights(synapses) == [10, 11, 12, 13, 20, 21, 22, 23]
    synapses.disconnect("w > most", namespace={"most": 20.5})
    assert weights(synapses) == [10, 11, 12, 13, 20]

    def wrapped():
        synapses.disconnect("w > highest", level=1)

    highest = 11.5
    wrapped()
    assert weights(synapses) == [10, 11]
    assert highest == 11.5


def test_numbers_within_pairs_begin_anew():
    synapses = grid(2, 2, multisynaptic_index="k")
    synapses.connect(i=0, j=0, n=2)
    synapses.w = "100*k + 10*i + j"
    synapses.disconnect("w == 100")
    assert weights(synapses) == [0, 1, 10, 11, 200]
    np.testing.assert_array_equal(synapses.k[:], [0, 0, 0, 0, 1])
    synapses.disconnect()
    assert len(synapses.k[:]) == 0


def network(**arguments: object) -> tuple[Network, Synapses, SpikeMonitor]:
    """Return a random network with delays and plasticity on both sides."""
    seed(7)
    group = NeuronGroup(
        30,
        """dv/dt = (1.2 + 0.02*i - v)/(10*ms) : 1
           n : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
        name="neurons",
    )
    synapses = Synapses(
        group,
        group,
        """w : 1
           on : 1
           ddx/dt = -dx/(5*ms) : 1 (event-driven)""",
        on_pre="v_post += on*w; n_post += 1; dx += 1",
        on_post="w += 0.0001*dx",
        name="synapses",
        **arguments,
    )
    synapses.connect(p=0.4)
    synapses.w = "0.01*rand()"
    synapses.on = 1
    synapses.delay = "rand()*6*ms"
    synapses.post.delay = "rand()*2*ms"
    spikes = SpikeMonitor(group, name="spikes")
    return Network(group, synapses, spikes), synapses, spikes


@pytest.mark.row("29 synapses added and removed between runs")
@TARGETS
@pytest.mark.parametrize("longest", [None, {"pre": 7 * ms, "post": 3 * ms}])
def test_a_removed_synapse_is_like_one_that_does_nothing(target, longest):
    prefs.codegen.target = target
    results = []
    for by_removal in (True, False):
        net, synapses, spikes = network(max_delay=longest)
        net.run(14 * ms)
        gone = np.arange(len(synapses)) % 3 == 0
        if by_removal:
            synapses.disconnect(np.flatnonzero(gone))
            gone = gone[~gone]
        else:
            synapses.on[gone] = 0
        net.run(10 * ms)
        results.append((spikes.i[:], spikes.t[:], synapses.w[:][~gone], synapses.dx[:][~gone]))
    (i, t, w, x), (other_i, other_t, other_w, other_x) = results
    assert len(i) > 30
    np.testing.assert_array_equal(w, other_w)
    np.testing.assert_array_equal(x, other_x)
    np.testing.assert_array_equal(i, other_i)
    np.testing.assert_array_equal(np.asarray(t), np.asarray(other_t))


@pytest.mark.row("29 synapses added and removed between runs")
@TARGETS
def test_events_under_way_arrive_except_through_removed_synapses(target):
    prefs.codegen.target = target
    source = SpikeGeneratorGroup(1, [0, 0], [1, 2] * ms)
    goal = NeuronGroup(4, "n : 1")
    synapses = Synapses(source, goal, on_pre="n += 1")
    synapses.connect()
    synapses.delay = [5, 4, 3, 2] * ms
    net = Network(source, goal, synapses)
    net.run(2.5 * ms)
    synapses.disconnect(j=[1, 3])
    synapses.connect(i=0, j=3)
    net.run(10 * ms)
    # the new synapse to 3 has seen no spike, and what was under way to 3 is lost
    np.testing.assert_array_equal(goal.n[:], [2, 0, 2, 0])


@pytest.mark.row("29 synapses added and removed between runs")
@TARGETS
def test_growing_and_shrinking_compiles_nothing(target, monkeypatch):
    prefs.codegen.target = target
    net, synapses, _ = network()
    net.run(5 * ms)
    for round_ in range(3):
        synapses.disconnect("rand() < 0.1")
        synapses.connect(i=[round_], j=[5])
        net.run(1 * ms)  # now with events under way
    monkeypatch.setattr("brainsim.devices.runtime.lower_network", None)
    for round_ in range(3):
        synapses.disconnect("rand() < 0.1")
        synapses.connect(i=[round_], j=[5])
        net.run(1 * ms)


def test_a_snapshot_after_a_removal(tmp_path: Path):
    net, synapses, spikes = network()
    net.run(14 * ms)
    synapses.disconnect("i == 3")
    net.store(filename=tmp_path / "snapshot")
    net.run(10 * ms)
    first = (spikes.i[:].copy(), synapses.w[:].copy(), len(synapses))
    net.restore(filename=tmp_path / "snapshot")
    net.run(10 * ms)
    np.testing.assert_array_equal(spikes.i[:], first[0])
    np.testing.assert_array_equal(synapses.w[:], first[1])
    assert len(synapses) == first[2]


def test_what_was_made_for_other_numbers_is_refused():
    synapses = grid()
    index, trace = synapses[0, :], StateMonitor(synapses, "w", record=[0, 11])
    onto = Synapses(synapses.source, synapses, on_pre="w += 1")
    onto.connect(i=0, j=11)
    net = Network(synapses.source, synapses.target, synapses, trace)
    net.run(0 * ms)
    synapses.disconnect("i == 0")
    with pytest.raises(RuntimeError, match="added or removed"):
        _ = synapses.w[index]
    with pytest.raises(RuntimeError, match="make a new monitor"):
        net.run(0 * ms)
    net.remove(trace)
    net.run(0 * ms)
    net.add(onto)
    with pytest.raises(RuntimeError, match="make it again"):
        net.run(0 * ms)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (ValueError, {"which": "i == 0", "i": 1}),
        (ValueError, {"i": [0, 1], "j": [0, 1, 2]}),
        (IndexError, {"which": [12]}),
        (IndexError, {"i": 3}),
        (KeyError, {"which": "weight > 3"}),
        (TypeError, {"which": 1.5}),
    ],
)
def test_wrong_arguments_remove_nothing(kind, arguments):
    synapses = grid()
    with pytest.raises(kind):
        synapses.disconnect(**arguments)
    assert len(synapses) == 12
