"""Groups of neurons where brainsim does something else than Brian2, and what random numbers do."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

import brainsim as b
from brainsim.logger import catch_logs

RAMP = "dv/dt = 1/ms : 1"


@pytest.fixture
def unused_objects_are_silent() -> None:
    """Let these tests see what is said of unused objects."""


def unused(make: Any) -> list[str]:
    """Return the names of the messages about an object that is made and deleted."""
    gc.collect()
    with catch_logs() as logs:
        made = make()
        del made
        gc.collect()
    return [name.rpartition(".")[2] for _, name, _ in logs]


@pytest.mark.row("7 unused objects")
def test_unused_objects() -> None:
    """Inputs are missed like groups; monitors and objects that could not be made are not."""
    group = b.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    wanted = {
        "generator": lambda: b.SpikeGeneratorGroup(1, [0], [0] * b.ms),
        "input": lambda: b.PoissonInput(group, "v", 1, 1 * b.Hz, 1),
    }
    for make in wanted.values():
        assert unused(make) == ["unused_brian_object"]
    assert unused(lambda: b.SpikeMonitor(group)) == []
    assert unused(lambda: group[1:]) == []

    def failing() -> None:
        with pytest.raises(ValueError, match="unknown event"):
            b.NeuronGroup(2, "v : 1", reset="v = 0")

    assert unused(failing) == []
    b.Network(group).run(0 * b.ms)


@pytest.mark.row("7 names")
def test_words_of_python_are_no_names() -> None:
    """They could not be used in generated code."""
    with pytest.raises(ValueError, match="cannot be a name"):
        b.NeuronGroup(1, "v : 1", name="class")


@pytest.mark.row("7 dtype")
def test_types_that_are_not_there() -> None:
    """int32 and int64 run, on all targets; other integers and half precision are refused."""
    for dtype in (np.int8, np.int16, np.uint32):
        with pytest.raises(TypeError, match="its type is int32 or int64"):
            b.NeuronGroup(1, "n : integer", dtype={"n": dtype})
    with pytest.raises(TypeError, match="its type is float64 or float32"):
        b.NeuronGroup(1, "v : 1", dtype=np.float16)


@pytest.mark.row("7 dtype")
@pytest.mark.parametrize("target", ["c", "cython", "numpy"])
def test_long_integers(target: str) -> None:
    """64 bits hold what 32 do not."""
    b.prefs.codegen.target = target
    group = b.NeuronGroup(2, "n : integer\nm : integer", dtype={"n": np.int64})
    group.n = 2**40
    group.run_regularly("n += n + 3; m = n // 34359738368")
    b.Network(group).run(0.2 * b.ms)
    assert list(group.n[:]) == [2**42 + 9] * 2
    assert list(group.m[:]) == [128] * 2


@pytest.mark.row(
    "7 reset",
    "7 group.run_regularly, run_on_event, set_event_schedule, get_states, set_states, state",
)
def test_code_cannot_write_what_is_read_only() -> None:
    """Neither the number of a neuron nor that of all neurons can be changed by code."""
    for code in ("i = 0", "N = 3", "t = 0*ms", "s = 1"):
        with pytest.raises(SyntaxError, match="cannot be written by code"):
            b.NeuronGroup(1, "v : 1\ns = v : 1", threshold="v > 1", reset=code)
        with pytest.raises(SyntaxError, match="cannot be written by code"):
            b.NeuronGroup(1, "v : 1\ns = v : 1").run_regularly(code)


@pytest.mark.row("8 refractory=")
def test_periods_that_mean_something_here() -> None:
    """None is no period, and an infinite one never ends."""
    none = b.NeuronGroup(1, RAMP, threshold="v > 0.95", reset="v = 0", refractory=None)
    ever = b.NeuronGroup(
        1, RAMP, threshold="v > 0.95", reset="v = 0", refractory=float("inf") * b.second
    )
    counts = [b.SpikeMonitor(none), b.SpikeMonitor(ever)]
    b.Network(none, ever, counts).run(3 * b.ms)
    assert [int(one.count[0]) for one in counts] == [3, 0]
    with pytest.raises(TypeError, match="refractory period"):
        b.NeuronGroup(1, RAMP, threshold="v > 1", refractory=3)


@pytest.mark.row("8 time form evaluated when")
def test_a_random_period_is_drawn_in_every_step() -> None:
    """With a period of R rand(), R = 10 steps, the intervals have a known distribution.

    A neuron that is still refractory k steps after its spike becomes free then with probability
    p_k = min(k + 1, 10)/10: that the period drawn, rounded down to whole steps, is at most k. So
    the interval is k with probability p_k (1 - p_1)...(1 - p_(k-1)).
    """
    b.seed(1)
    group = b.NeuronGroup(500, "", threshold="True", reset="", refractory="rand()*1*ms")
    spikes = b.SpikeMonitor(group)
    b.Network(group, spikes).run(200 * b.ms)
    intervals = np.concatenate([np.diff(t / b.ms) * 10 for t in spikes.spike_trains().values()])
    p = np.minimum(np.arange(1, 10) + 1, 10) / 10
    chance = p * np.cumprod([1, *(1 - p)])[:-1]
    k = np.arange(1, 10)
    mean = (k * chance).sum()
    deviation = np.sqrt(((k - mean) ** 2 * chance).sum() / len(intervals))
    # five standard deviations: wrong by chance in one of two million runs
    assert abs(intervals.mean() - mean) < 5 * deviation


@pytest.mark.row("8 preference legacy.refractory_timing")
def test_legacy_timing_of_strings() -> None:
    """A string may be a time with this preference, too."""
    b.prefs.legacy.refractory_timing = True
    group = b.NeuronGroup(2, "", threshold="True", reset="", refractory="(0.45 + 0.1*i)*ms")
    spikes = b.SpikeMonitor(group)
    b.Network(group, spikes).run(1 * b.ms)
    np.testing.assert_allclose(spikes.spike_trains()[0] / b.ms, [0, 0.5], atol=1e-9)
    np.testing.assert_allclose(spikes.spike_trains()[1] / b.ms, [0, 0.6], atol=1e-9)


@pytest.mark.row("9 EventMonitor(source, event, ...)")
def test_events_of_a_subgroup_are_recorded_in_their_step() -> None:
    """A monitor of a part sees the same as one of the whole group."""
    group = b.NeuronGroup(3, RAMP, events={"high": "v > 0.25"}, method="euler")
    part = group[1:]
    whole, some = b.EventMonitor(group, "high"), b.EventMonitor(part, "high")
    b.Network(group, whole, some).run(0.5 * b.ms)
    np.testing.assert_array_equal(some.t[some.i == 0], whole.t[whole.i == 1])


@pytest.mark.row("9 Synapses")
def test_events_for_pathways_that_do_not_exist() -> None:
    """A misspelt label is an error."""
    group = b.NeuronGroup(2, RAMP, threshold="v > 1", reset="", events={"high": "v > 0.5"})
    with pytest.raises(ValueError, match="no such pathway"):
        b.Synapses(group, group, on_pre="v_post += 1", on_event={"other": "high"})
