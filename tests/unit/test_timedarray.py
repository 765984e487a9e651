"""TimedArray: values in time from Python, in strings and in equations (NumPy target)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import brainsim as b
from brainsim.errors import ArgumentTypeError, ExpressionSyntaxError, UnsupportedEquationsException
from brainsim.units import DimensionMismatchError, Hz, ms, mV, nA, second

# Brian2 2.9.0: the rows seen by a group with a step of 0.1 ms at its first steps
ROWS_SEEN = {
    0.05: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42],
    0.07: [0, 1, 2, 4, 5, 7, 8, 10, 11, 12, 14, 15, 17, 18, 20, 21, 22, 24, 25, 27, 28, 30, 31],
    0.1: list(range(23)),
    0.25: [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8, 8, 9, 9, 10, 10],
    0.33333: [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7],
    0.405: [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6],
    1.0: [0] * 10 + [1] * 10 + [2] * 3,
    3.7: [0] * 37 + [1] * 3,
}


@pytest.fixture(autouse=True)
def numpy_target() -> Iterator[None]:
    """Run everything on the NumPy target with a step of 0.1 ms."""
    b.prefs.codegen.target = "numpy"
    b.defaultclock.dt = 0.1 * ms
    yield
    b.prefs.reset_to_defaults()


def recorded(equations, duration, n=1, **names):
    """Return the values of the first variable, one row per neuron."""
    group = b.NeuronGroup(n, equations, namespace=names, method="euler")
    name = next(iter(group.equations.names))
    trace = b.StateMonitor(group, name, record=True)
    b.Network(group, trace).run(duration, namespace={})
    return np.asarray(getattr(trace, name))


# -------------------------------------------------------------------------------------- from Python


def test_a_value_lasts_from_its_time_to_the_next():
    """Before time 0 there is the first value, after the end the last one."""
    array = b.TimedArray([1, 2, 3, 4] * mV, dt=1 * ms)
    times = np.array([-5, 0, 0.9, 1, 1.5, 3.5, 4, 1e6]) * ms
    assert np.array_equal(array(times), np.array([1, 1, 1, 2, 2, 4, 4, 4]) * mV)
    assert array(0 * ms) == 1 * mV
    assert array(float("inf") * second) == 4 * mV


def test_a_time_just_short_of_a_border_by_rounding_is_on_it():
    """0.3 s is not 3 * 0.1 s in floating point."""
    array = b.TimedArray(np.arange(10), dt=0.1 * second)
    assert array(3 * 0.1 * second) == 3
    assert array(0.3 * second) == 3
    assert array(0.299999999999 * second) == 3
    assert array(0.29 * second) == 2


def test_two_dimensions_are_time_and_index():
    array = b.TimedArray(np.arange(6).reshape(3, 2) * nA, dt=0.5 * ms, name="mine")
    assert array.name == "mine"
    assert array(0.6 * ms, 1) == 3 * nA
    assert np.array_equal(array(np.array([0, 0.6]) * ms, np.array([0, 1])), [0, 3] * nA)
    with pytest.raises(IndexError):
        array(0 * ms, 2)


def test_what_is_no_time_or_has_the_wrong_arguments_is_refused():
    array = b.TimedArray([1, 2], dt=1 * ms)
    with pytest.raises(DimensionMismatchError):
        array(1)
    with pytest.raises(DimensionMismatchError):
        array(1 * mV)
    with pytest.raises(TypeError, match=r"function of t$"):
        array(1 * ms, 0)
    with pytest.raises(TypeError, match="t and i"):
        b.TimedArray([[1], [2]], dt=1 * ms)(1 * ms)


@pytest.mark.parametrize(
    ("values", "dt", "error"),
    [
        (5, 1 * ms, NotImplementedError),
        (np.zeros((2, 2, 2)), 1 * ms, NotImplementedError),
        ([], 1 * ms, ValueError),
        ([1], 0 * ms, ValueError),
        ([1], -1 * ms, ValueError),
        ([1], float("nan") * ms, ValueError),
        ([1], 1, DimensionMismatchError),
        ([1], 1 * mV, DimensionMismatchError),
        ([1j], 1 * ms, TypeError),
        (["a"], 1 * ms, TypeError),
    ],
)
def test_wrong_tables_are_refused(values, dt, error):
    with pytest.raises(error):
        b.TimedArray(values, dt)


def test_names_are_chosen_like_those_of_other_objects():
    first, second_one = b.TimedArray([1], dt=1 * ms), b.TimedArray([1], dt=1 * ms)
    assert first.name != second_one.name
    assert "1 values" in repr(first)


# ------------------------------------------------------------------------------------- in equations


@pytest.mark.parametrize("dt", ROWS_SEEN)
def test_rows_are_those_that_the_tradition_sees(dt):
    array = b.TimedArray(np.arange(400), dt=dt * ms)
    rows = ROWS_SEEN[dt]
    found = recorded("x = array(t) : 1", len(rows) * 0.1 * ms, array=array)
    assert found[0].astype(int).tolist() == rows


@given(
    multiple=st.integers(1, 1000),
    group_us=st.sampled_from([1, 7, 10, 25, 50, 100, 1000]),
    step=st.integers(0, 10**7),
)
def test_on_the_grid_the_row_is_exact(multiple, group_us, step):
    """A step that divides the array's, however long the run: the row is that of whole numbers."""
    group_dt = group_us * 1e-6
    array = b.TimedArray([0], dt=multiple * group_us * b.usecond)
    t = step * group_dt  # as the clock computes it
    row = int(t / array.dt + array.guard(group_dt))
    assert row == step // multiple


@given(
    array_us=st.integers(1, 3000),
    group_us=st.sampled_from([1, 10, 25, 100]),
    step=st.integers(0, 10**5),
)
def test_off_the_grid_the_row_is_early_by_less_than_a_sixteenth_of_a_step(array_us, group_us, step):
    """Else by less than half a row, where rows are shorter than an eighth of a step."""
    array = b.TimedArray([0], dt=array_us * b.usecond)
    place = Fraction(step * group_us, array_us)
    row = int(step * group_us * 1e-6 / array.dt + array.guard(group_us * 1e-6))
    early = (
        max(Fraction(group_us, 16 * array_us), Fraction(1, 2))
        if (8 * array_us < group_us)
        else Fraction(group_us, 16 * array_us)
    )
    # a rounding error of 4 ulp of the place, which is below 1e7
    assert int(place) <= row <= int(place + early + Fraction(1, 10**8))


def test_an_index_takes_each_neuron_to_its_column():
    """A column that does not exist gives NaN."""
    array = b.TimedArray(np.arange(6).reshape(3, 2) * nA, dt=0.2 * ms)
    found = recorded("x = array(t, i) : amp", 0.6 * ms, n=3, array=array) / float(nA)
    assert np.allclose(found[:2], [[0, 0, 2, 2, 4, 4], [1, 1, 3, 3, 5, 5]])
    assert np.isnan(found[2]).all()
    negative = recorded("x = array(t, i - 1) : amp", 0.2 * ms, n=2, array=array)
    assert np.isnan(negative[0]).all()
    assert negative[1, 0] == 0
    fixed = recorded("x = array(t, 1) : amp", 0.2 * ms, n=2, array=array) / float(nA)
    assert np.allclose(fixed, 1)


def test_whole_numbers_from_outside_make_an_index():
    array = b.TimedArray([[1, 2, 3]] * Hz, dt=1 * ms)
    group = b.PoissonGroup(6, "array(t, i // per_column)")
    network = b.Network(group)
    per_column = 2
    network.run(0.1 * ms)
    np.testing.assert_array_equal(group.rates[:] / Hz, [1, 1, 2, 2, 3, 3])
    per_column = np.int64(3)
    network.run(0.1 * ms)
    per_column = 2.0
    with pytest.raises(b.BrianObjectException, match="takes an integer"):
        network.run(0.1 * ms)
    del array, per_column


def test_any_expression_may_be_the_time():
    """A time that is no number has the last value instead of a place outside the table."""
    array = b.TimedArray([1, 2, 3], dt=0.1 * ms)
    found = recorded("x = array(t - 0.1*ms) : 1", 0.5 * ms, array=array)
    assert found[0].tolist() == [1, 1, 2, 3, 3]
    lost = recorded("x = array(t*(t/t)) : 1", 0.2 * ms, array=array)
    assert lost[0].tolist() == [3, 2]


@pytest.mark.parametrize(
    ("equations", "error"),
    [
        ("x = array(t) : amp", DimensionMismatchError),
        ("x = array(2*mV) : volt", DimensionMismatchError),
        ("x = array(t, i) : volt", ExpressionSyntaxError),
        ("x = table(t, i + 0.5) : volt", ArgumentTypeError),
        ("x = array : volt", Exception),
    ],
)
def test_wrong_use_in_equations_is_refused(equations, error):
    arrays = {
        "array": b.TimedArray([1] * mV, dt=1 * ms),
        "table": b.TimedArray([[1]] * mV, dt=1 * ms),
    }
    with pytest.raises(b.BrianObjectException) as raised:
        recorded(equations, 1 * ms, **arrays)
    assert isinstance(raised.value.__cause__, error)


def test_exact_integration_takes_rows_that_last_for_whole_steps():
    """dx/dt = -x/tau + I(t)/tau, piece by piece: x <- I + (x - I) exp(-dt/tau)."""
    values = np.sin(np.arange(20))
    array = b.TimedArray(values, dt=0.2 * ms)
    group = b.NeuronGroup(1, "dx/dt = (array(t) - x)/(3*ms) : 1", method="exact")
    trace = b.StateMonitor(group, "x", record=True)
    b.Network(group, trace).run(5 * ms, namespace={"array": array})
    expected, x = [], 0.0
    for step in range(50):
        expected.append(x)
        held = values[min(step // 2, 19)]
        x = held + (x - held) * np.exp(-0.1 / 3)
    # 50 steps of three operations, 1.1e-16 each, of values below 1
    np.testing.assert_allclose(trace.x[0], expected, rtol=0, atol=5e-14)


def test_exact_integration_refuses_rows_that_end_within_a_step():
    array = b.TimedArray([1, 2], dt=0.25 * ms)
    group = b.NeuronGroup(1, "dx/dt = (array(t) - x)/(3*ms) : 1", method="exact")
    with pytest.raises(b.BrianObjectException) as raised:
        b.Network(group).run(1 * ms, namespace={"array": array})
    assert isinstance(raised.value.__cause__, UnsupportedEquationsException)


@pytest.mark.parametrize(
    ("array_ms", "held"), [(0.1, True), (0.3, True), (0.25, False), (0.05, False), (1e4, True)]
)
def test_constant_over_a_step_means_a_multiple_of_it(array_ms, held):
    assert b.TimedArray([1], dt=array_ms * ms).is_locally_constant(1e-4) is held


def test_a_coefficient_may_change_with_time():
    """dx/dt = -x*r(t), exactly: x(0.2 ms) = exp(-(1 + 2)*0.1)."""
    rate = b.TimedArray(np.array([1000, 2000]) * Hz, dt=0.1 * ms)
    group = b.NeuronGroup(1, "dx/dt = -x*rate(t) : 1", method="exact")
    group.x = 1
    b.Network(group).run(0.2 * ms, namespace={"rate": rate})
    assert group.x[0] == pytest.approx(np.exp(-0.3), rel=1e-15)


# --------------------------------------------------------------------------------------- elsewhere


def test_strings_and_conditions_use_it_at_once():
    array = b.TimedArray([5, 6] * mV, dt=1 * ms)
    table = b.TimedArray([[1, 2, 3]], dt=1 * ms)
    group = b.NeuronGroup(3, "v : volt\n x : 1", namespace={"array": array, "table": table})
    group.v = "array(t)*(i + 1)"
    group.x = "table(t, i)"
    assert np.array_equal(group.v, [5, 10, 15] * mV)
    assert group.x[:].tolist() == [1, 2, 3]
    group.x["array(t + 1*ms) > 5*mV"] = "-1"
    assert group.x[:].tolist() == [-1, -1, -1]


def test_changed_values_count_in_the_next_run():
    """The memory of the table is shared with the kernels."""
    array = b.TimedArray([1.0, 2.0], dt=0.1 * ms)
    group = b.NeuronGroup(1, "x : 1", namespace={"array": array})
    group.run_regularly("x = array(t)")
    net = b.Network(group)
    net.run(0.2 * ms)
    assert group.x[0] == 2
    array.values[1] = 7
    net.run(0.1 * ms)
    assert group.x[0] == 7


def test_another_array_of_the_same_name_is_another_function():
    group = b.NeuronGroup(1, "x : 1")
    group.run_regularly("x = array(t)")
    net = b.Network(group)
    for value in (1.0, 4.0):
        array = b.TimedArray([value], dt=1 * ms)
        net.run(0.1 * ms, namespace={"array": array})
        assert group.x[0] == value


def test_a_new_step_size_counts():
    """What is held is decided anew when dt changes."""
    array = b.TimedArray([1, 2, 3, 4], dt=0.2 * ms)
    clock = b.Clock(dt=0.1 * ms)
    equations = "dx/dt = array(t)/ms - x/ms : 1"
    group = b.NeuronGroup(1, equations, method="exact", clock=clock, namespace={"array": array})
    net = b.Network(group)
    net.run(0.4 * ms)
    clock.dt = 0.08 * ms
    with pytest.raises(b.BrianObjectException) as raised:
        net.run(0.4 * ms)
    assert isinstance(raised.value.__cause__, UnsupportedEquationsException)
