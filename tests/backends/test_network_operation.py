"""Python functions in the step loop see and change the state of the present step."""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b


@pytest.fixture(autouse=True, params=["c", "numpy"])
def target(request):
    """Run every test on the native and on the Python step loop."""
    b.defaultclock.dt = 0.1 * b.ms
    b.prefs.codegen.target = request.param
    yield request.param
    b.prefs.reset_to_defaults()


def ramp():
    return b.NeuronGroup(
        3, "dv/dt = 1*Hz : 1", threshold="v > 0.00045", reset="v = 0", method="euler"
    )


def test_the_time_is_that_of_the_present_step():
    group, times = ramp(), []
    operation = b.NetworkOperation(
        lambda t: times.append((float(t), float(group.t), float(b.defaultclock.t)))
    )
    b.Network(group, operation).run(1 * b.ms)
    expected = np.arange(10) * 1e-4
    np.testing.assert_allclose(times, np.column_stack([expected] * 3), rtol=0, atol=1e-18)


def test_it_reads_monitors_and_spikes_and_writes_variables():
    group, seen = ramp(), []
    trace = b.StateMonitor(group, "v", record=True)

    @b.network_operation(when="end")
    def look():
        seen.append((len(trace.t), group.spikes.tolist()))
        group.v[0] = 0

    b.Network(group, trace, look).run(1 * b.ms)
    assert [rows for rows, _ in seen] == list(range(1, 11))
    # neuron 0 is kept below threshold; the others cross it in the fifth step of each ramp
    assert [spikes for _, spikes in seen] == [[]] * 4 + [[1, 2]] + [[]] * 4 + [[1, 2]]


def test_a_step_size_of_its_own():
    calls = []

    @b.network_operation(dt=0.5 * b.ms)
    def note(t):
        calls.append(round(float(t) * 1e4))

    b.Network(ramp(), note).run(2 * b.ms)
    assert calls == [0, 5, 10, 15]


def test_stop_completes_the_step():
    group = ramp()
    trace = b.StateMonitor(group, "v", record=True)
    net = b.Network(group, trace)
    net.add(b.NetworkOperation(lambda t: net.stop() if t >= 0.3 * b.ms else None))
    net.run(1 * b.ms)
    assert len(trace.t) == 4
    assert float(net.t) == pytest.approx(4e-4, rel=1e-12)


def test_an_error_reaches_the_user_and_the_state_is_that_of_the_step():
    group = ramp()

    def fail(t):
        if t >= 0.2 * b.ms:
            raise RuntimeError("enough")

    net = b.Network(group, b.NetworkOperation(fail))
    with pytest.raises(RuntimeError, match="enough"):
        net.run(1 * b.ms)
    np.testing.assert_allclose(group.v[:], 2e-4, rtol=1e-12)


@pytest.mark.parametrize("function", [lambda _t, _x: None, "v += 1", None])
def test_what_is_no_function_of_the_time_is_refused(function):
    with pytest.raises(TypeError):
        b.NetworkOperation(function)


def test_a_method_is_given_to_the_class_not_to_the_decorator():
    class Experiment:
        def __init__(self):
            self.calls = 0
            self.operation = b.NetworkOperation(self.step)

        def step(self):
            self.calls += 1

    experiment = Experiment()
    b.Network(ramp(), experiment.operation).run(0.5 * b.ms)
    assert experiment.calls == 5
    with pytest.raises(TypeError, match="decorate a method"):

        class Wrong:
            @b.network_operation
            def step(self):
                """Do nothing."""


def test_inactive_operations_rest():
    calls = []
    operation = b.NetworkOperation(lambda: calls.append(1))
    net = b.Network(ramp(), operation)
    net.run(0.2 * b.ms)
    operation.active = False
    net.run(0.2 * b.ms)
    assert len(calls) == 2
