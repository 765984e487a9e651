"""Refractoriness that is computed when somebody looks is what it would be if always stored."""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b

TARGETS = pytest.mark.parametrize("target", ["c", "cython", "numpy"])


def neurons(refractory: object = 2 * b.ms) -> b.NeuronGroup:
    """Return neurons that spike every few milliseconds, each at times of its own."""
    group = b.NeuronGroup(
        70,
        "dv/dt = (1.5 + 0.01*i - v)/(3*ms) : 1 (unless refractory)",
        threshold="v > 1",
        reset="v = 0",
        refractory=refractory,
        method="exact",
    )
    group.v = np.linspace(0, 1, 70)
    return group


def stored(network: b.Network) -> set[str]:
    """Return which of the two variables code of the step stores."""
    code = network.program().source("c").split("which neurons of")[0].split("spiked last")[0]
    return {name for name in ("not_refractory", "lastspike") if f"_{name}[" in code}


def outcome(group: b.NeuronGroup) -> tuple[np.ndarray, ...]:
    return np.array(group.v), np.array(group.not_refractory), np.array(group.lastspike_)


@TARGETS
@pytest.mark.parametrize("refractory", [2 * b.ms, 0.05 * b.ms, 0 * b.ms])
def test_between_runs_everything_is_as_if_stored(target, refractory):
    b.prefs.codegen.target = target
    free, watched = neurons(refractory), neurons(refractory)
    monitor = b.StateMonitor(watched, ["not_refractory", "lastspike"], record=[0])
    nets = [b.Network(free), b.Network(watched, monitor)]
    for pieces in (0.1, 5, 0, 3.3, 20):
        for net in nets:
            net.run(pieces * b.ms)
        for one, other in zip(outcome(free), outcome(watched), strict=True):
            np.testing.assert_array_equal(one, other)
    assert stored(nets[0]) == set()
    assert stored(nets[1]) == {"not_refractory", "lastspike"}
    assert len(np.unique(free.lastspike_)) > 10


def test_what_the_user_sets_counts():
    """In the middle of a simulation: `lastspike` begins a period, as it always has."""
    group = neurons()
    network = b.Network(group)
    network.run(1 * b.ms)
    group.lastspike[:35] = network.t
    before = np.array(group.v)
    network.run(1 * b.ms)
    np.testing.assert_array_equal(group.v[:35], before[:35])
    assert (group.v[35:] != before[35:]).any()


def test_a_python_function_sees_present_values():
    group = neurons()
    seen = []

    @b.network_operation(dt=1 * b.ms)
    def look() -> None:
        seen.append((float(b.defaultclock.t / b.ms), np.array(group.lastspike_)))

    spikes = b.SpikeMonitor(group)
    network = b.Network(group, look, spikes)
    network.run(20 * b.ms)
    assert stored(network) == {"not_refractory", "lastspike"}
    for time, last in seen:
        for neuron, times in spikes.spike_trains().items():
            past = [t for t in 1000 * np.asarray(times) if t < time - 0.05]
            if past:
                assert last[neuron] * 1000 == pytest.approx(past[-1])


def test_a_report_sees_present_values():
    group = neurons()
    seen = []

    def report(_elapsed, _completed, _start, _duration) -> None:
        seen.append(np.array(group.lastspike_))

    b.Network(group).run(50 * b.ms, report=report)
    np.testing.assert_array_equal(seen[-1], group.lastspike_)


@pytest.mark.parametrize(
    ("refractory", "extra"),
    [
        ("v > 0.9", ""),
        ("(1 + 0.01*i)*ms", ""),
        (2 * b.ms, "reset reads"),
        (2 * b.ms, "synapses read"),
    ],
)
def test_where_code_reads_them_they_are_stored(refractory, extra):
    group = neurons(refractory)
    network = b.Network(group)
    if extra == "reset reads":
        network.add(group.run_regularly("v += 1e-9*int(lastspike > 0*second)", dt=1 * b.ms))
    if extra == "synapses read":
        synapses = b.Synapses(group, group, on_pre="v_post += 1e-9")
        synapses.connect(j="i")
        network.add(synapses)
    network.run(1 * b.ms)
    assert stored(network)
