"""Events that all add the same are counted where many arrive, with the result of adding them."""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b
from brainsim.lowering import counting

TARGETS = pytest.mark.parametrize("target", ["c", "cython", "numpy"])


def spikes(n: int, number: int) -> b.SpikeGeneratorGroup:
    """Return sources of which few or many spike in a step, by turns."""
    random = np.random.default_rng(3)
    steps = np.repeat(np.arange(100), np.where(np.arange(100) % 3 == 0, number, 2))
    chosen = np.concatenate(
        [random.choice(n, number if step % 3 == 0 else 2, replace=False) for step in range(100)]
    )
    return b.SpikeGeneratorGroup(n, chosen, steps * 0.1 * b.ms)


def both_ways(monkeypatch, target, tell):
    """Return what happens when events are counted, and when they are added one by one."""
    b.prefs.codegen.target = target
    results = []
    for few in (counting._FEW, 1e9):
        monkeypatch.setattr(counting, "_FEW", few)
        results.append(tell())
    return results


def is_counted(network: b.Network) -> bool:
    return "events" in network.program().summary()


@TARGETS
@pytest.mark.parametrize("delay", [0, 1.5])
def test_counted_events_add_up(monkeypatch, target, delay):
    """Whole numbers: sums in any order are the same bits."""

    def tell():
        source = spikes(50, 40)
        group = b.NeuronGroup(30, "x : 1\ny : 1")
        synapses = b.Synapses(
            source, group, on_pre="x_post += 3; y_post -= 2*k", delay=delay * b.ms,
            namespace={"k": 5.0},
        )  # fmt: skip
        synapses.connect(p=0.5)
        trace = b.StateMonitor(group, ["x", "y"], record=True)
        network = b.Network(source, group, synapses, trace)
        network.run(10 * b.ms)
        assert is_counted(network)
        return trace.x, trace.y

    b.seed(1)
    one, other = both_ways(monkeypatch, target, lambda: (b.seed(1), tell())[1])
    for counted, added in zip(one, other, strict=True):
        assert np.unique(added).size > 100
        np.testing.assert_array_equal(counted, added)


def test_events_under_way_at_a_change_of_the_delay_are_counted_once(monkeypatch):
    def tell():
        source = spikes(50, 40)
        group = b.NeuronGroup(30, "x : 1")
        synapses = b.Synapses(source, group, on_pre="x_post += 1", delay=1 * b.ms)
        synapses.connect()
        network = b.Network(source, group, synapses)
        network.run(5 * b.ms)
        synapses.delay = 0.3 * b.ms
        network.run(5 * b.ms)
        return (np.array(group.x),)

    (counted,), (added,) = both_ways(monkeypatch, "c", tell)
    np.testing.assert_array_equal(counted, added)


@TARGETS
def test_refractory_targets_miss_what_arrives(monkeypatch, target):
    def tell():
        b.seed(1)
        source = spikes(50, 40)
        group = b.NeuronGroup(
            30,
            "dv/dt = 0/second : 1 (unless refractory)",
            threshold="v > 60",
            reset="v = 0",
            refractory=0.5 * b.ms,
        )
        part = group[5:25]
        synapses = b.Synapses(source, part, on_pre="v += 2")
        synapses.connect(p=0.7)
        monitor = b.SpikeMonitor(group)
        network = b.Network(source, group, synapses, monitor)
        network.run(10 * b.ms)
        assert is_counted(network)
        return np.array(monitor.i), np.array(monitor.t_), np.array(group.v)

    one, other = both_ways(monkeypatch, target, tell)
    assert len(one[0]) > 30
    for counted, added in zip(one, other, strict=True):
        np.testing.assert_array_equal(counted, added)


@TARGETS
def test_fractions_agree_to_rounding(monkeypatch, target):
    """N w is rounded twice, the sum of n times w n times: they differ by n half units at most."""

    def tell():
        b.seed(1)
        source = spikes(50, 40)
        group = b.NeuronGroup(30, "x : 1")
        synapses = b.Synapses(source, group, on_pre="x_post += 0.1")
        synapses.connect()
        synapses.connect(i=[1, 1, 1], j=[2, 2, 2])
        b.Network(source, group, synapses).run(10 * b.ms)
        return np.array(group.x)

    counted, added = both_ways(monkeypatch, target, tell)
    events = np.rint(added / 0.1)
    assert (np.abs(counted - added) <= events * np.spacing(added)).all()


@pytest.mark.parametrize(
    "statement",
    [
        "x_post += w",
        "x_post += 1 + rand()",
        "x_post += y_post",
        "x_post += 0.5*x_post",
        "x_post += 1; y_post += x_post",
        "x_post += k_pre",
        "x_post = 1",
        "x_post += 1; w += 1",
        "x_pre += 1",
        "x_post += j",
    ],
)
def test_other_code_is_not_counted(statement):
    source = b.NeuronGroup(5, "x : 1\nk : 1", threshold="x > 1")
    group = b.NeuronGroup(5, "x : 1\ny : 1")
    synapses = b.Synapses(source, group, "w : 1", on_pre=statement)
    synapses.connect()
    network = b.Network(source, group, synapses)
    network.run(0.1 * b.ms)
    assert not is_counted(network)


def test_an_infinite_weight_reaches_only_those_that_have_an_event():
    """0 times infinity is no number."""
    source = spikes(50, 40)
    group = b.NeuronGroup(30, "x : 1")
    synapses = b.Synapses(source, group, on_pre="x_post += inf")
    synapses.connect("j % 2 == 0")
    network = b.Network(source, group, synapses)
    network.run(1 * b.ms)
    assert is_counted(network)
    np.testing.assert_array_equal(group.x, np.where(np.arange(30) % 2 == 0, np.inf, 0))


@pytest.mark.parametrize("threads", [2, 3, 4])
@pytest.mark.parametrize("part", [slice(None), slice(70, 330)])
def test_threads_count_the_same_events(threads, part):
    def tell(count):
        b.prefs.core.threads = count
        b.seed(1)
        source = spikes(50, 40)
        group = b.NeuronGroup(400, "x : 1")
        synapses = b.Synapses(source, group[part], on_pre="x_post += 0.1")
        synapses.connect(p=0.5)
        network = b.Network(source, group, synapses)
        network.run(10 * b.ms)
        assert is_counted(network)
        (line,) = (
            line for line in network.program().summary().splitlines() if "code 'pre'" in line
        )
        assert " once " not in line
        return np.array(group.x)

    np.testing.assert_array_equal(tell(1), tell(threads))
