"""Spike times between two steps (`precise=True`), against closed solutions, on every target."""

from __future__ import annotations

import numpy as np
import pytest

from brainsim import (
    EventMonitor,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    prefs,
)

TARGETS = pytest.mark.parametrize("target", ["c", "cython", "numpy"])
DRIVEN = "dv/dt = (1.5 - v)/(10*ms) : 1"


def spikes_of(model: str, dt: float, time: float = 200.0, **arguments: object) -> np.ndarray:
    """Return the spike times in ms of one neuron."""
    group = NeuronGroup(1, model, dt=dt * ms, precise=True, **arguments)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(time * ms)
    return np.asarray(spikes.t) * 1e3


def order_of(errors: list[float]) -> np.ndarray:
    """Return the orders between errors of steps that are halved each time."""
    return np.log2(np.array(errors[:-1]) / errors[1:])


@pytest.mark.row("29 spike times between steps (precise=True)")
@pytest.mark.parametrize("refractory", [0.0, 2.03, 0.03])
@pytest.mark.parametrize(("method", "order"), [("exact", 2), ("rk4", 2), ("rk2", 2), ("euler", 1)])
def test_spike_times_converge_to_the_closed_solution(method, order, refractory):
    # from 0 to the threshold 1 in 10 ms * log(1.5/0.5); the errors of all intervals add up
    interval = 10 * np.log(3) + refractory
    model, period = DRIVEN, {}
    if refractory:
        model, period = f"{DRIVEN} (unless refractory)", {"refractory": refractory * ms}
    errors = []
    for dt in (0.4, 0.2, 0.1, 0.05):
        times = spikes_of(model, dt, threshold="v > 1", reset="v = 0", method=method, **period)
        expected = interval * np.arange(1, len(times) + 1) - refractory
        errors.append(float(np.abs(times - expected).max()))
    # where a crossing lies within its step moves the error by up to its own size; over all halvings
    # the mean slope shows the order
    measured = order_of(errors).mean()
    assert abs(measured - order) < 0.25, errors


@pytest.mark.parametrize("method", ["exact", "rk2"])
def test_targets_find_the_same_times(method):
    found = []
    for target in ("c", "cython", "numpy"):
        prefs.codegen.target = target
        found.append(
            spikes_of(
                f"{DRIVEN} (unless refractory)",
                *(0.1, 100.0),
                threshold="v > 1",
                reset="v = 0",
                refractory=0.77 * ms,
                method=method,
            )
        )
    np.testing.assert_array_equal(found[0], found[1])
    # NumPy's order of operations differs in the last bits
    np.testing.assert_allclose(found[0], found[2], rtol=1e-12)


def test_without_it_spikes_lie_on_the_grid_and_errors_are_of_first_order():
    group = NeuronGroup(1, DRIVEN, threshold="v > 1", reset="v = 0", method="exact")
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(200 * ms)
    steps = np.asarray(spikes.t) / 1e-4
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)
    expected = 10 * np.log(3) * np.arange(1, len(spikes.t) + 1)
    coarse = np.abs(np.asarray(spikes.t) * 1e3 - expected).max()
    fine = spikes_of(DRIVEN, 0.1, threshold="v > 1", reset="v = 0", method="exact")
    assert coarse > 0.1
    # the line between two steps is off by v''/v'*dt**2/8 at most, and v''/v' is -1/tau: 1.25e-4 ms
    assert np.abs(fine - expected).max() < 1.25e-4 * len(fine)


def test_reset_acts_at_the_spike_on_all_variables():
    """An adaptation that jumps at spikes decays from their times on, not from the next step."""
    model = """dv/dt = (3 - w - v)/(10*ms) : 1
               dw/dt = -w/(50*ms) : 1"""
    arguments = {"threshold": "v > 1", "reset": "v = 0; w += 0.5", "method": "rk4"}
    fine = spikes_of(model, 0.001, 60.0, **arguments)
    errors = [
        float(np.abs(spikes_of(model, dt, 60.0, **arguments)[:8] - fine[:8]).max())
        for dt in (0.4, 0.2, 0.1, 0.05)
    ]
    assert abs(order_of(errors).mean() - 2) < 0.3, errors


@pytest.mark.row("29 spike times between steps (precise=True)")
def test_state_after_a_spike_is_integrated_to_the_end_of_the_step():
    """dv/dt = 1/ms from 0 with threshold 0.95: the spike is at 0.95 ms, the rest has 0.05 ms."""
    group = NeuronGroup(
        1, "dv/dt = 1/ms : 1", threshold="v > 0.95", reset="v = 0", method="euler", precise=True
    )
    spikes = SpikeMonitor(group, variables="v")
    trace = StateMonitor(group, "v", record=0)
    Network(group, spikes, trace).run(1.2 * ms)
    np.testing.assert_allclose(spikes.t / ms, [0.95], rtol=1e-12)
    np.testing.assert_allclose(trace.v[0][-3:], [0.9, 0.05, 0.15], rtol=1e-12)
    # what monitors see with the spike is the value at the end of the step, before the reset
    np.testing.assert_allclose(spikes.v, [1.0], rtol=1e-12)


@pytest.mark.parametrize(
    ("threshold", "model", "expected"),
    [
        ("v > vt", "dv/dt = 1/ms : 1\ndvt/dt = -1/ms : 1", 2.53 / 2),
        ("vt < v", "dv/dt = 1/ms : 1\ndvt/dt = -1/ms : 1", 2.53 / 2),
        ("v >= 0.5*vt", "dv/dt = 1/ms : 1\nvt : 1", 1.265),
        ("gap <= 0", "dv/dt = 1/ms : 1\nvt : 1\ngap = vt - v : 1", 2.53),
    ],
)
def test_both_sides_of_the_comparison_count(threshold, model, expected):
    group = NeuronGroup(1, model, threshold=threshold, reset="v = -10", precise=True)
    group.vt = 2.53
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(4 * ms)
    np.testing.assert_allclose(spikes.t / ms, [expected], rtol=1e-9)


@TARGETS
def test_lifted_by_a_synapse_a_neuron_spikes_at_that_time(target):
    prefs.codegen.target = target
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    group = NeuronGroup(
        2, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact", precise=True
    )
    synapses = Synapses(source, group, on_pre="v += 2")
    synapses.connect()
    spikes = SpikeMonitor(group)
    Network(source, group, synapses, spikes).run(3 * ms)
    # the input acts at the end of the step of 1 ms, that is at 1.1 ms
    np.testing.assert_allclose(spikes.t / ms, [1.1, 1.1], rtol=1e-12)
    np.testing.assert_array_equal(spikes.i[:], [0, 1])


@TARGETS
def test_input_that_arrives_in_the_step_of_a_spike_is_kept(target):
    """The reset is at the spike, the input at the end of the step: it is not wiped out."""
    prefs.codegen.target = target
    source = SpikeGeneratorGroup(1, [0], [0.9] * ms)
    group = NeuronGroup(
        1, "dv/dt = 1/ms : 1", threshold="v > 0.95", reset="v = 0", method="euler", precise=True
    )
    synapses = Synapses(source, group, on_pre="v += 0.25")
    synapses.connect()
    Network(source, group, synapses).run(1 * ms)
    np.testing.assert_allclose(group.v[:], [0.3], rtol=1e-12)


@pytest.mark.row("29 spike times between steps (precise=True)")
def test_lastspike_and_periods_per_neuron():
    group = NeuronGroup(
        3,
        """dv/dt = 1/ms : 1 (unless refractory)
           du/dt = 1/ms : 1
           rest : second""",
        threshold="v > 0.951",
        reset="v = 0",
        refractory="rest",
        method="euler",
        precise=True,
    )
    group.rest = [0.02, 0.5, 1.234] * ms
    spikes, trace = SpikeMonitor(group), StateMonitor(group, ["v", "u"], record=True)
    Network(group, spikes, trace).run(6 * ms)
    for k, rest in enumerate([0.02, 0.5, 1.234]):
        times = spikes.t[spikes.i[:] == k] / ms
        np.testing.assert_allclose(times, 0.951 + (0.951 + rest) * np.arange(len(times)), rtol=1e-9)
        assert float(group.lastspike[k] / ms) == pytest.approx(times[-1])
        # at all times v is how long the neuron has been out of its refractory period
        t = np.asarray(trace.t) * 1e3
        since = np.array([now - max([0, *(times[times < now] + rest)]) for now in t])
        np.testing.assert_allclose(trace.v[k], np.maximum(since, 0), atol=1e-9)
        # what is not refractory does not notice
        np.testing.assert_allclose(trace.u[k], t, atol=1e-9)


def test_a_condition_that_ends_refractoriness_is_checked_at_steps():
    group = NeuronGroup(
        1,
        "dv/dt = 1/ms : 1",
        threshold="v > 0.95",
        refractory="v > 0.95 and v < 2.95",
        method="euler",
        precise=True,
    )
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(4 * ms)
    # above the threshold when the condition ends, in the step that begins at 3 ms
    np.testing.assert_allclose(spikes.t[:2] / ms, [0.95, 3.0], rtol=1e-9)


def test_exact_without_a_formula_takes_another_method_for_parts_of_steps():
    """Four coupled variables, whose eigenvalues have no formula."""
    model = """dv/dt = (1.2 - v + 0.1*a)/(10*ms) : 1
               da/dt = (0.3*v - a + 0.2*b)/(7*ms) : 1
               db/dt = (0.1*a - b + 0.3*c)/(5*ms) : 1
               dc/dt = (0.2*v - c + 0.1*b)/(3*ms) : 1"""
    arguments = {"threshold": "v > 1", "reset": "v = 0"}
    exact = spikes_of(model, 0.1, 100.0, method="exact", **arguments)
    reference = spikes_of(model, 0.01, 100.0, method="rk4", **arguments)
    assert len(exact) == len(reference) > 3
    # errors of second order add up: (0.1/0.01)**2 times that of the reference
    assert np.abs(exact - reference).max() < 0.01


def test_other_events_stay_on_the_grid():
    group = NeuronGroup(
        1,
        "dv/dt = 1/ms : 1",
        threshold="v > 0.95",
        reset="v = 0",
        events={"half": "v > 0.45 and v < 0.55"},
        method="euler",
        precise=True,
    )
    events = EventMonitor(group, "half")
    Network(group, events).run(0.9 * ms)
    np.testing.assert_allclose(events.t / ms, [0.4], rtol=1e-9)


def test_single_precision_keeps_the_times_in_double():
    prefs.core.default_float_dtype = np.float32
    times = spikes_of(DRIVEN, 0.1, threshold="v > 1", reset="v = 0", method="exact")
    expected = 10 * np.log(3) * np.arange(1, len(times) + 1)
    # the state is known to 6e-8 and rises by 0.05 per ms at the threshold: 1e-6 ms a spike, besides
    # the 2e-3 ms of interpolation
    assert np.abs(times - expected).max() < 3e-3


def test_a_snapshot_goes_on_alike():
    group = NeuronGroup(
        1,
        f"{DRIVEN} (unless refractory)",
        threshold="v > 1",
        reset="v = 0",
        refractory=1.23 * ms,
        precise=True,
        method="exact",
        name="group",
    )
    spikes = SpikeMonitor(group, name="spikes")
    net = Network(group, spikes)
    net.run(25 * ms)
    net.store()
    net.run(50 * ms)
    first = np.array(spikes.t)
    net.restore()
    net.run(50 * ms)
    np.testing.assert_array_equal(spikes.t, first)


@pytest.mark.row("29 spike times between steps (precise=True)")
@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({}, ValueError, "there is no threshold="),
        ({"threshold": "v > 1 and v < 2"}, SyntaxError, "must be a single comparison"),
        ({"threshold": "v != 1"}, SyntaxError, "must be a single comparison"),
        ({"threshold": "v > rand()"}, SyntaxError, "drawn at random"),
    ],
)
def test_what_has_no_crossing_is_refused(arguments, kind, text):
    with pytest.raises(kind, match=text):
        NeuronGroup(1, DRIVEN, reset="v = 0" if arguments else None, precise=True, **arguments)


def test_noise_and_adaptive_methods_are_refused():
    noisy = "dv/dt = (1 - v)/(10*ms) + xi*(10*ms)**-0.5 : 1"
    with pytest.raises(SyntaxError, match="'xi' is noise"):
        NeuronGroup(1, noisy, threshold="v > 1", reset="v = 0", precise=True)
    group = NeuronGroup(
        1, DRIVEN, threshold="v > 1", reset="v = 0", method="gsl_rkf45", precise=True
    )
    with pytest.raises(Exception, match="cannot begin within a step"):
        Network(group).run(1 * ms)
