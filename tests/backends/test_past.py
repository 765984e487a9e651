"""Variables as they were: `v(t - d)`, in equations of neurons and of synapses, on every target."""

from __future__ import annotations

import weakref
from pathlib import Path

import numpy as np
import pytest

from brainsim import (
    Equations,
    Network,
    NeuronGroup,
    PoissonInput,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    kHz,
    ms,
    prefs,
    volt,
)
from brainsim.equations import delay_of, parse_expression, to_text
from brainsim.errors import DelayError

TARGETS = pytest.mark.parametrize("target", ["c", "cython", "numpy"])


def steps_solution(t: np.ndarray) -> np.ndarray:
    """Return the solution of x'(t) = -x(t - 1), x = 1 before 0, by the method of steps, t <= 3."""
    return np.select(
        [t <= 1, t <= 2],
        [1 - t, 1 - t + (t - 1) ** 2 / 2],
        1 - t + (t - 1) ** 2 / 2 - (t - 2) ** 3 / 6,
    )


def largest_error(method: str, dt: float, delay: float = 10.0, **options: object) -> float:
    """Return the largest error of x' = -x(t - d)/d over three delays; times in ms."""
    group = NeuronGroup(1, "dx/dt = -x(t - d)/d : 1", method=method, dt=dt * ms, **options)
    group.x = 1
    trace = StateMonitor(group, "x", record=0)
    Network(group, trace).run(3 * delay * ms, namespace={"d": delay * ms})
    return float(np.abs(trace.x[0] - steps_solution(np.asarray(trace.t) * 1e3 / delay)).max())


@pytest.mark.row("29 values at earlier times, v(t - d)")
@TARGETS
@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("rk2", 2), ("rk4", 2)])
def test_a_delay_equation_converges_to_its_solution(target, method, order):
    prefs.codegen.target = target
    errors = [largest_error(method, dt) for dt in (0.4, 0.2, 0.1)]
    measured = np.log2(np.array(errors[:-1]) / errors[1:])
    # stages between two steps are interpolated linearly, hence the order 2 of rk4; with some 100
    # steps the next order of the error changes the slope by about a hundredth
    np.testing.assert_allclose(measured, order, atol=0.05)


@pytest.mark.parametrize("delay", [9.97, 10.05])
def test_a_delay_between_two_steps_is_interpolated(delay):
    assert largest_error("rk2", 0.1, delay) < 2 * largest_error("rk2", 0.1)


@pytest.mark.parametrize(
    ("time", "delay"),
    [
        ("t - d", "d"),
        ("t", "-0.0"),
        ("t - d - 2*e", "-(-d - 2 * e)"),
        ("t + (dt/2 - d)", "-(dt / 2 - d)"),
        ("dt/2 + t - d", "-(dt / 2 - d)"),
        ("t - f(t)", "f(t)"),
        ("2*t", None),
        ("d - t", None),
        ("d", None),
    ],
)
def test_the_delay_is_kept_apart_from_the_time(time, delay):
    """So it loses no digits late in a simulation, when t is large."""
    found = delay_of(parse_expression(time))
    assert (found if found is None else to_text(found)) == delay


def ramps(**arguments: object) -> NeuronGroup:
    """Return neurons with x_i = (i + 1)*step at the start of each step."""
    group = NeuronGroup(
        4,
        """x : 1
           total : 1
           flag : boolean
           count : integer
           common : 1 (shared)
           d : second""",
        **arguments,
    )
    group.run_regularly(
        """common = t_in_timesteps
           x = (i + 1)*t_in_timesteps
           flag = t_in_timesteps % 2 == 0
           count = t_in_timesteps"""
    )
    return group


@pytest.mark.row("29 values at earlier times, v(t - d)")
@TARGETS
def test_synapses_read_their_neurons_with_a_delay_each(target):
    prefs.codegen.target = target
    group = ramps()
    synapses = Synapses(
        group,
        group,
        """lag : second (constant)
           total_post = x_pre(t - lag) - x_post(t - 0.2*ms) : 1 (summed)""",
    )
    synapses.connect(i=[0, 1, 2, 3, 3], j=[1, 2, 3, 0, 0])
    synapses.lag = [0, 0.1, 0.25, 0.5, 1] * ms
    trace = StateMonitor(group, "total", record=True, when="end")
    Network(group, synapses, trace).run(3 * ms)
    k = np.arange(30)

    def ramp(i: int, back: float) -> np.ndarray:
        return (i + 1) * np.maximum(k - back, 0)

    np.testing.assert_allclose(trace.total[1], ramp(0, 0) - ramp(1, 2), rtol=1e-12)
    np.testing.assert_allclose(trace.total[2], ramp(1, 1) - ramp(2, 2), rtol=1e-12)
    np.testing.assert_allclose(trace.total[3], ramp(2, 2.5) - ramp(3, 2), rtol=1e-9)
    expected = ramp(3, 5) + ramp(3, 10) - 2 * ramp(0, 2)
    np.testing.assert_allclose(trace.total[0], expected, rtol=1e-12)


@TARGETS
def test_kinds_of_variables(target):
    prefs.codegen.target = target
    group = ramps()
    reader = NeuronGroup(1, "x : 1\nflag : boolean\ncount : integer\ncommon : 1\nn : integer")
    synapses = Synapses(
        group,
        reader,
        """x_post = x_pre(t - 0.25*ms) : 1 (summed)
           common_post = common_pre(t - 0.5*ms) : 1 (summed)
           n_post = count_pre(t - 0.25*ms) : integer (summed)
           count_post = int(flag_pre(t - 0.3*ms)) : integer (summed)""",
    )
    synapses.connect(i=3, j=0)
    trace = StateMonitor(reader, ["x", "n", "count", "common"], record=0, when="end")
    Network(group, reader, synapses, trace).run(1 * ms)
    np.testing.assert_allclose(trace.x[0][3:], 4 * (np.arange(3, 10) - 2.5), rtol=1e-9)
    # whole numbers and truth values have nothing in between: the earlier of two steps counts
    np.testing.assert_array_equal(trace.n[0][3:], np.arange(3, 10) - 3)
    np.testing.assert_array_equal(trace.count[0][3:], (np.arange(3, 10) - 3) % 2 == 0)
    np.testing.assert_array_equal(trace.common[0][5:], np.arange(5))


@pytest.mark.row("29 values at earlier times, v(t - d)")
@TARGETS
def test_code_of_all_kinds_reads_the_past(target):
    prefs.codegen.target = target
    group = NeuronGroup(
        3,
        """dv/dt = 1/ms : 1
           before : 1
           now : 1
           at_event : 1
           sum = v + v(t - 1*ms) : 1""",
        threshold="v > 1.95 + i and v(t) < 1.95 + i",
        reset="before = v(t - 0.3*ms); now = v(t)",
        events={"late": "v(t - 1*ms) > 1.95 + i and v(t - 1.1*ms) < 1.95 + i"},
        method="euler",
    )
    group.run_on_event("late", "at_event = v(t - 1*ms)")
    synapses = Synapses(group, group, "w : 1", on_pre="w = v_post(t - 0.7*ms) - v_pre(t - 0.2*ms)")
    synapses.connect(j="i")
    spikes = SpikeMonitor(group)
    trace = StateMonitor(group, "sum", record=0)
    Network(group, synapses, spikes, trace).run(5.95 * ms)
    # v is k/10 at the start of step k, and crosses 1.95 + i in step 19 + 10*i
    np.testing.assert_array_equal(spikes.i[:], [0, 1, 2])
    np.testing.assert_allclose(spikes.t / ms, [1.9, 2.9, 3.9])
    np.testing.assert_allclose(group.before[:], [1.6, 2.6, 3.6], rtol=1e-12)
    np.testing.assert_allclose(group.now[:], [1.9, 2.9, 3.9], rtol=1e-12)
    np.testing.assert_allclose(synapses.w[:], -0.5, rtol=1e-12)
    np.testing.assert_allclose(group.at_event[:], [2.0, 3.0, 4.0], rtol=1e-12)
    k = np.arange(60) / 10
    np.testing.assert_allclose(trace.sum[0], k + np.maximum(k - 1, 0), rtol=1e-12)
    # from Python it is the same
    np.testing.assert_allclose(group.sum[:], 2 * 6.0 - 1.0, rtol=1e-12)
    group.before = "v(t - 0.45*ms)"
    np.testing.assert_allclose(group.before[:], 6.0 - 0.45, rtol=1e-9)


def test_a_weight_of_poisson_input_reads_the_past():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1\nx : 1", method="euler")
    certain = PoissonInput(group, "x", N=1, rate=10 * kHz, weight="v(t - 0.5*ms)")
    Network(group, certain).run(1 * ms)
    assert group.x[0] == pytest.approx(0.1 + 0.2 + 0.3 + 0.4)


@TARGETS
def test_parts_of_groups_and_other_clocks(target):
    prefs.codegen.target = target
    group = ramps(dt=0.2 * ms)
    part = group[[1, 3]]
    reader = NeuronGroup(2, "total : 1", dt=0.1 * ms)
    synapses = Synapses(part, reader, "total_post = x_pre(t - 0.5*ms) : 1 (summed)")
    synapses.connect(j="i")
    trace = StateMonitor(reader, "total", record=True, when="end")
    Network(group, reader, synapses, trace).run(3 * ms)
    expected = np.maximum(np.arange(30) / 2 - 2.5, 0)
    np.testing.assert_allclose(trace.total[0], 2 * expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(trace.total[1], 4 * expected, rtol=0, atol=1e-6)


def test_delays_in_single_precision():
    prefs.core.default_float_dtype = np.float32
    group = NeuronGroup(1, "x : 1\ny = x(t - 40*ms) : 1")
    group.run_regularly("x = t_in_timesteps")
    trace = StateMonitor(group, "y", record=0, when="end")
    Network(group, trace).run(60 * ms)
    np.testing.assert_array_equal(trace.y[0], np.maximum(np.arange(600) - 400, 0))


def test_several_runs_changed_delays_and_changed_steps():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\ny = x(t - d) : 1", method="euler")
    trace = StateMonitor(group, "y", record=0)
    net = Network(group, trace)
    net.run(5 * ms, namespace={"d": 1 * ms})
    # of a longer delay only what was kept can be known; what is older counts as the oldest
    net.run(5 * ms, namespace={"d": 3 * ms})
    defaultclock.dt = 0.05 * ms
    try:
        net.run(5 * ms, namespace={"d": 3 * ms})
    finally:
        defaultclock.dt = 0.1 * ms
    t = np.asarray(trace.t) * 1e3
    lag = np.where(t < 4.99, 1.0, 3.0)
    expected = np.maximum(t - lag, 0)
    known = (t < 4.99) | (t > 6.99)
    np.testing.assert_allclose(trace.y[0][known], expected[known], rtol=0, atol=1e-9)
    assert (trace.y[0][~known] >= expected[~known]).all()


@pytest.mark.row("29 values at earlier times, v(t - d)")
@pytest.mark.parametrize("to_file", [False, True])
def test_the_past_is_stored_and_restored(to_file, tmp_path: Path):
    path = tmp_path / "snapshot" if to_file else None
    group = NeuronGroup(1, "dx/dt = -x(t - 10*ms)/(5*ms) : 1", method="rk2", name="group")
    group.x = 1
    trace = StateMonitor(group, "x", record=0, name="trace")
    net = Network(group, trace)
    net.run(15 * ms)
    net.store(filename=path)
    net.run(15 * ms)
    first = np.array(trace.x)
    net.restore(filename=path)
    net.run(15 * ms)
    np.testing.assert_array_equal(trace.x, first)


@pytest.mark.row("29 values at earlier times, v(t - d)")
@TARGETS
def test_delays_that_grow_while_running_need_room(target):
    prefs.codegen.target = target

    def growing(**arguments: object) -> tuple[NeuronGroup, Network]:
        group = NeuronGroup(
            2,
            """dx/dt = 1/ms : 1
               y = x(t - d) : 1
               z : 1
               d : second""",
            method="euler",
            **arguments,
        )
        group.run_regularly("d += 0.1*ms; z = y")
        return group, Network(group)

    group, net = growing(max_delay=2 * ms)
    net.run(1.5 * ms)
    # in the last step, 14, d is 1.5 ms; before the start x was 0
    np.testing.assert_allclose(group.z[:], 0, atol=1e-12)
    with pytest.raises(DelayError, match=r"longer than the 2. ms for which 'x' .* is kept"):
        net.run(5 * ms)
    _, net = growing()
    with pytest.raises(DelayError, match="max_delay"):
        net.run(5 * ms)
    assert float(net.t / ms) < 1


def test_the_future_is_refused():
    group = NeuronGroup(1, "x : 1\ny : 1\nd : second")
    group.d = -1 * ms
    group.run_regularly("y = x(t - d)")
    with pytest.raises(DelayError, match="negative"):
        Network(group).run(1 * ms)


def test_a_delay_may_come_from_functions_and_constants():
    lags = TimedArray([0.2, 0.5] * ms, dt=1 * ms)
    group = NeuronGroup(
        1, "dx/dt = 1/ms : 1\ny = x(t - 2*lags(t) + extra) : 1", method="euler", max_delay=2 * ms
    )
    trace = StateMonitor(group, "y", record=0, when="end")
    Network(group, trace).run(2 * ms, namespace={"lags": lags, "extra": 0.1 * ms})
    k = np.arange(20) / 10
    lag = np.where(k < 0.95, 0.3, 0.9)
    np.testing.assert_allclose(trace.y[0], np.maximum(k - lag, 0), rtol=1e-9, atol=1e-9)


def test_names_of_variables_may_be_replaced():
    eqs = Equations("dx/dt = -x(t - d)/tau : volt", x="v", tau=10 * ms)
    assert "v(t - d)" in str(eqs)
    group = NeuronGroup(1, eqs, method="euler", namespace={"d": 1 * ms})
    group.v = 1 * volt
    Network(group).run(1 * ms)
    assert float(group.v[0] / volt) == pytest.approx(0.9)


def test_memory_is_what_the_delay_needs():
    group = NeuronGroup(1000, "dx/dt = -x(t - 5*ms)/ms : 1", method="euler")
    Network(group).run(1 * ms)
    keeper = next(part for part in group.contained_objects if "past" in part.name)
    assert 50 < keeper.length < 60
    assert keeper.values.nbytes == keeper.length * 1000 * 8


def test_readers_are_freed():
    group = NeuronGroup(2, "x : 1\ntotal : 1")

    def run_and_forget() -> weakref.ref[Synapses]:
        synapses = Synapses(group, group, "total_post = x_pre(t - 1*ms) : 1 (summed)")
        synapses.connect()
        Network(group, synapses).run(1 * ms)
        return weakref.ref(synapses)

    assert run_and_forget()() is None


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("dx/dt = -x(3 - y)/ms : 1\ny : 1", "'x' is not a function"),
        ("dx/dt = -x(t)*x(t, t)/ms : 1", "'x' is not a function"),
        ("dx/dt = -x(2*t)/ms : 1", "'x' is not a function"),
        ("dx/dt = -x(5*ms - t)/ms : 1", "'x' is not a function"),
        ("dx/dt = -y(t - 5*ms)/ms : 1\ny = 2*x : 1", "flagged"),
        ("dx/dt = -y(t - 5*ms)/ms : 1\ny : 1 (linked)", "(linked)"),
        ("dx/dt = -pi(t - 5*ms)/ms : 1", "'pi' is not a function"),
        ("dx/dt = -x(t - y)/ms : 1\ny : 1", "cannot subtract"),
    ],
)
def test_mistakes_are_explained_when_the_model_is_written(model, text):
    with pytest.raises(Exception, match=text.replace("(", r"\(").replace(")", r"\)")):
        NeuronGroup(1, model)


def test_the_past_of_synapses_is_refused():
    group = NeuronGroup(1, "x : 1", threshold="x > 1", reset="")
    with pytest.raises(SyntaxError, match="it is a variable of synapses"):
        Synapses(group, group, "w : 1\ny = w(t - 1*ms) : 1")
    with pytest.raises(SyntaxError, match="it is a variable of synapses"):
        Synapses(group, group, "w : 1", on_pre="x += w(t - 1*ms)")
