"""Delays that change while running: a spike takes the delay its synapse has when it leaves."""

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
    mA,
    ms,
    network_operation,
    prefs,
    seed,
)
from brainsim.errors import BrianObjectException, DelayError
from brainsim.units import DimensionMismatchError

TARGETS = pytest.mark.parametrize("target", ["c", "cython", "numpy"])


def arrivals(synapses: Synapses, *others: object, until: float = 10) -> list[float]:
    """Return the times in ms, once per event, at which a target's `n` shows an arrival.

    An event due in step k changes `n` at the end of that step, so step k + 1 shows it.
    """
    trace = StateMonitor(synapses.target, "n", record=0)
    Network(synapses.source, synapses.target, synapses, trace, *others).run(until * ms)
    steps = np.diff(trace.n[0]).astype(int)
    return [round(0.1 * step, 1) for step, count in enumerate(steps) for _ in range(count)]


def pair(times: list[float], on_pre: str = "n += 1", n: int = 1, **arguments: object) -> Synapses:
    """Return one synapse per spike source onto a counting neuron."""
    source = SpikeGeneratorGroup(n, np.zeros(len(times), dtype=int), np.array(times) * ms)
    target = NeuronGroup(1, "n : 1")
    synapses = Synapses(source, target, on_pre=on_pre, **arguments)
    synapses.connect()
    return synapses


@pytest.mark.row("29 delays that change while running (max_delay=)")
@TARGETS
def test_the_delay_counts_when_the_spike_leaves(target):
    prefs.codegen.target = target
    synapses = pair([1, 2, 3], on_pre="n += 1; delay -= 0.5*ms", max_delay=3 * ms)
    synapses.delay = 2.5 * ms
    # leaving at 1, 2 and 3 ms; the first arrives at 3.5 ms, so that all three left with 2.5 ms
    assert arrivals(synapses) == [3.5, 4.5, 5.5]
    assert float(synapses.delay[0] / ms) == pytest.approx(1.0)


@pytest.mark.row("29 delays that change while running (max_delay=)")
@TARGETS
def test_a_later_spike_may_overtake_or_meet_an_earlier_one(target):
    prefs.codegen.target = target
    synapses = pair([1, 2, 3], max_delay=5 * ms)
    synapses.delay = 4 * ms
    shorter = synapses.run_regularly("delay -= 1.5*ms*int(t > 0*ms)", dt=1.5 * ms)
    # 4 ms at 1 ms, 2.5 ms at 2 ms, 1 ms at 3 ms (run_regularly acts before the spikes of its step)
    assert arrivals(synapses, shorter) == [4.0, 4.5, 5.0]
    both = pair([1, 2], max_delay=5 * ms)
    both.delay = 2 * ms
    once = both.run_regularly("delay = (2 - int(t > 1*ms))*ms", dt=1.5 * ms)
    assert arrivals(both, once) == [3.0, 3.0]


@TARGETS
def test_delays_may_be_set_from_python_while_running(target):
    prefs.codegen.target = target
    synapses = pair([1, 2, 3], max_delay=5 * ms)
    synapses.delay = 1 * ms

    @network_operation(dt=2 * ms)
    def longer(t):
        synapses.delay = (1 + int(t / ms)) * ms

    assert arrivals(synapses, longer) == [2.0, 5.0, 6.0]


@TARGETS
def test_one_delay_for_all_may_change_too(target):
    prefs.codegen.target = target
    synapses = pair([1, 3], delay=1 * ms, max_delay=2 * ms)
    twice = synapses.run_regularly("delay = 2*ms", dt=2 * ms)
    twice.when = "end"
    assert arrivals(synapses, twice) == [3.0, 5.0]
    with pytest.raises(DimensionMismatchError):
        synapses.delay = 3 * mA


def recurrent(**arguments: object) -> tuple[Network, Synapses, SpikeMonitor]:
    """Return a random network with plasticity on both sides, its synapses and its spikes."""
    seed(3)
    group = NeuronGroup(
        20,
        """dv/dt = (1.2 + 0.05*i - v)/(10*ms) : 1
           g : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
        name="neurons",
    )
    synapses = Synapses(
        group,
        group,
        """w : 1
           latest : second""",
        on_pre={"pre": "v_post += w*v_post; latest = t", "late": "g_post += 1"},
        on_post="w *= 0.99; g_pre += w",
        name="synapses",
        **arguments,
    )
    synapses.connect(p=0.5)
    synapses.w = "0.02*rand()"
    synapses.delay = "rand()*5*ms"
    synapses.late.delay = "rand()*3*ms"
    synapses.post.delay = "rand()*2*ms"
    spikes = SpikeMonitor(group, name="spikes")
    return Network(group, synapses, spikes), synapses, spikes


@pytest.mark.row("29 delays that change while running (max_delay=)")
@TARGETS
def test_unchanged_delays_give_what_they_give_without_a_queue(target):
    prefs.codegen.target = target
    results = []
    for longest in (None, {"pre": 6 * ms, "late": 3 * ms, "post": 2 * ms}):
        net, synapses, spikes = recurrent(max_delay=longest)
        net.run(20 * ms)
        synapses.delay = 2 * ms  # events under way keep their delays
        net.run(3 * ms)
        synapses.connect(i=0, j=[1, 2])
        net.run(20 * ms)
        results.append(
            (spikes.i[:], spikes.t[:], synapses.w[:], synapses.latest[:], synapses.target.g[:])
        )
    assert len(results[0][0]) > 50
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.row("29 delays that change while running (max_delay=)")
@pytest.mark.parametrize("to_file", [False, True])
def test_events_under_way_are_stored_and_restored(to_file, tmp_path: Path):
    path = tmp_path / "snapshot" if to_file else None
    net, synapses, spikes = recurrent(max_delay=6 * ms)
    change = synapses.run_regularly("delay = clip(delay + 0.1*ms*(i - j), 0*ms, 6*ms)", dt=1 * ms)
    assert change.name in net
    net.run(15 * ms)
    net.store(filename=path)
    net.run(15 * ms)
    first = (spikes.i[:].copy(), np.array(spikes.t[:]), synapses.w[:].copy())
    net.restore(filename=path)
    net.run(15 * ms)
    for one, other in zip(first, (spikes.i[:], spikes.t[:], synapses.w[:]), strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


@TARGETS
def test_the_queue_grows(target):
    prefs.codegen.target = target
    source = NeuronGroup(3, "v : 1", threshold="True", reset="")
    goal = NeuronGroup(4, "n : 1")
    synapses = Synapses(source, goal, on_pre="n += 1", max_delay=20 * ms)
    synapses.connect()
    synapses.delay = "(i + 1)*5*ms"
    Network(source, goal, synapses).run(30 * ms)
    # 300 steps, of which the spikes of the last 50, 100 and 150 have not arrived
    np.testing.assert_array_equal(goal.n[:], [250 + 200 + 150] * 4)


def test_delays_that_do_not_fit_are_refused():
    synapses = pair([1], max_delay=2 * ms)
    net = Network(synapses.source, synapses.target, synapses)
    synapses.delay = 2.04 * ms  # rounds to 2 ms
    net.run(0 * ms)
    synapses.delay = 2.06 * ms
    with pytest.raises(BrianObjectException, match=r"is 2.06 ms, but max_delay is 2. ms"):
        net.run(1 * ms)
    synapses.delay = -1 * ms
    with pytest.raises(BrianObjectException, match="cannot come before their causes"):
        net.run(1 * ms)
    for wrong in (-1 * ms, float("inf") * ms):
        with pytest.raises(ValueError, match=r"the max_delay 'pre' .* cannot be"):
            pair([1], max_delay=wrong)
    with pytest.raises(ValueError, match="there is a max_delay for 'late'"):
        pair([1], max_delay={"late": 2 * ms})
    with pytest.raises(DimensionMismatchError):
        pair([1], max_delay=2)


@pytest.mark.row("29 delays that change while running (max_delay=)")
@TARGETS
@pytest.mark.parametrize("code", ["delay = 3*ms", "delay = -1*ms", "delay = 0*ms/0"])
def test_delays_that_leave_their_range_end_the_run(target, code):
    prefs.codegen.target = target
    synapses = pair([1, 2], on_pre=f"n += 1; {code}", max_delay=2 * ms)
    net = Network(synapses.source, synapses.target, synapses)
    with pytest.raises(DelayError, match="the delay of synapse 0 in the pathway 'pre'"):
        net.run(5 * ms)
    # the spike of the step that ends the run is the second one
    assert float(net.t / ms) == pytest.approx(2.1)
