"""TimedArray and BinomialFunction in models, on every target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import brainsim as b
from brainsim.lowering import lower_network
from brainsim.units import Hz, ms, nA

TARGETS = ["c", "cython", "numpy"]


@pytest.fixture(autouse=True)
def defaults() -> Iterator[None]:
    """Start with a step of 0.1 ms; leave the preferences as they were."""
    b.defaultclock.dt = 0.1 * ms
    yield
    b.prefs.reset_to_defaults()


def on_every_target(model: Any) -> dict[str, dict[str, Any]]:
    """Return what a model gives on each target with one seed."""
    found = {}
    for target in TARGETS:
        b.prefs.codegen.target = target
        b.seed(7)
        found[target] = {key: np.asarray(value) for key, value in model().items()}
    return found


# Brian2 2.9.0: dx/dt = -x/ms + ta(t) with a new row in each of the first four steps, to 8 digits
STAGES = {
    "euler": [0, 0.1, 0.29, 0.561, 0.9049, 1.21441, 1.492969, 1.7436721],
    "rk2": [0, 0.095, 0.275975, 0.53475738, 0.86395542, 1.16187966, 1.43150109, 1.67550849],
    "rk4": [0, 0.11182917, 0.30817889, 0.58100598, 0.906366, 1.20076395, 1.46714625, 1.70817894],
    "exact": [0, 0.09516258, 0.27643183, 0.53561361, 0.86529356, 1.16360032, 1.43351944,
              1.67775235],
}  # fmt: skip


def driven() -> dict[str, Any]:
    """Given values in solvers, thresholds, resets, refractoriness, rates, synapses."""
    ramp = b.TimedArray(np.array([1, 2, 3, 4]) * 1000 * Hz, dt=0.1 * ms)
    table = b.TimedArray(np.arange(12).reshape(4, 3) * nA, dt=0.3 * ms)
    level = b.TimedArray([0.5, 5], dt=2 * ms)
    rest = b.TimedArray([1, 3] * ms, dt=2 * ms)
    rates = b.TimedArray(np.array([[0, 10000], [10000, 0]]) * Hz, dt=1 * ms)
    gain = b.TimedArray([1, 10, 100], dt=1 * ms)
    names = {"ramp": ramp, "table": table, "level": level, "rest": rest, "frequencies": rates}
    names["gain"] = gain
    found: dict[str, Any] = {}
    objects: list[Any] = []
    traces = {}
    for method in STAGES:
        equations = "dx/dt = -x/ms + ramp(t) : 1"
        objects.append(b.NeuronGroup(1, equations, method=method, namespace=names))
        traces[method] = b.StateMonitor(objects[-1], "x", record=True)
    columns = b.NeuronGroup(4, "I = table(t, i) : amp", namespace=names)
    traces["I"] = b.StateMonitor(columns, "I", record=True)
    firing = b.NeuronGroup(
        2,
        "dv/dt = 1/ms : 1",
        threshold="v > level(t)",
        reset="v = -level(t)/10",
        refractory="rest(t)",
        method="euler",
        namespace=names,
    )
    sources = b.PoissonGroup(2, rates="frequencies(t, i)", namespace=names)
    targets = b.NeuronGroup(2, "w : 1")
    synapses = b.Synapses(sources, targets, on_pre="w_post += gain(t)", namespace=names)
    synapses.connect(j="i")
    spikes = {"firing": b.SpikeMonitor(firing), "sources": b.SpikeMonitor(sources)}
    objects += [columns, firing, sources, targets, synapses, *traces.values(), *spikes.values()]
    b.Network(*objects).run(3 * ms)
    for method in STAGES:
        found[method] = traces[method].x[0]
    found["I"] = traces["I"].I_ * 1e9
    for name, monitor in spikes.items():
        found[f"{name}_t"] = np.round(monitor.t_[:] * 1e4).astype(int)
        found[f"{name}_i"] = monitor.i[:]
    found["w"] = targets.w[:]
    return found


def test_given_values_mean_the_same_everywhere() -> None:
    found = on_every_target(driven)
    c = found["c"]
    for method, values in STAGES.items():
        # the digits printed
        np.testing.assert_allclose(c[method][:8], values, rtol=0, atol=5e-9, err_msg=method)
    rows = np.minimum(np.arange(30) // 3, 3)
    np.testing.assert_allclose(c["I"][:3], (3 * rows + np.arange(3)[:, None]))
    assert np.isnan(c["I"][3]).all()
    # v is 0.1 more each step, above 0.5 after the sixth; reset to -0.05, above again before 2 ms
    assert c["firing_t"].tolist()[:2] == [5, 5]
    # a rate of 10 kHz is a spike in every step of 0.1 ms; the last row lasts
    assert c["sources_t"].tolist() == list(range(30))
    assert c["sources_i"].tolist() == [1] * 10 + [0] * 20
    assert c["w"].tolist() == [10 * 10 + 10 * 100, 10]
    for target in ("cython", "numpy"):
        for key, value in c.items():
            # NumPy's exp in 'exact' may differ by 1 ulp; the sums have at most 30 terms below 4
            bound = 0 if target == "cython" else 1e-13
            np.testing.assert_allclose(found[target][key], value, rtol=0, atol=bound, err_msg=key)


def test_single_precision_takes_given_values_too() -> None:
    """Times are still doubles: the borders of rows stay where they are."""
    b.prefs.core.default_float_dtype = np.float32
    for target in ("c", "numpy"):
        b.prefs.codegen.target = target
        array = b.TimedArray([0.1, 0.2, 0.3], dt=0.3 * ms)
        group = b.NeuronGroup(1, "x = array(t) : 1", namespace={"array": array})
        trace = b.StateMonitor(group, "x", record=True)
        b.Network(group, trace).run(0.9 * ms)
        assert trace.x.dtype == np.float32
        expected = np.float32([0.1] * 3 + [0.2] * 3 + [0.3] * 3)
        assert trace.x[0].tolist() == expected.tolist()


def test_the_number_of_rows_and_values_do_not_change_the_code() -> None:
    """Only the numbers that the kernels read differ."""
    texts = []
    for n in (3, 500):
        array = b.TimedArray(np.arange(n), dt=n * ms)
        group = b.NeuronGroup(2, "dx/dt = array(t)/second : 1", method="euler", name="cells")
        net = b.Network(group)
        net.before_run()
        texts.append(lower_network(net, {"array": array}).program.source("c"))
        del group, net
    assert texts[0] == texts[1]
    assert "cells_array_values[" in texts[0]


# ---------------------------------------------------------------------------------------- binomial


def counts() -> dict[str, Any]:
    few = b.BinomialFunction(10, 0.3, approximate=True)
    many = b.BinomialFunction(1000, 0.4, approximate=False)
    normal = b.BinomialFunction(1000, 0.4)
    group = b.NeuronGroup(
        2000,
        """a = few() : 1 (constant over dt)
           b : 1
           c : 1""",
        threshold="few() == 20",
        namespace={"few": few, "many": many, "normal": normal},
    )
    group.run_regularly("b = many(); c = normal()")
    trace = b.StateMonitor(group, "a", record=True)
    b.Network(group, trace).run(0.2 * ms)
    return {"a": trace.a, "b": group.b[:], "c": group.c[:]}


def test_counts_follow_the_distribution_on_every_target() -> None:
    """Means within 5 standard errors: sqrt(n p (1 - p)/2000); new numbers in each step."""
    found = on_every_target(counts)
    c = found["c"]
    assert abs(c["a"].mean() - 3) < 5 * np.sqrt(2.1 / 4000)
    assert abs(c["b"].mean() - 400) < 5 * np.sqrt(240 / 2000)
    assert abs(c["c"].mean() - 400) < 5 * np.sqrt(240 / 2000)
    # the variance of a sample variance of n normal numbers is 2 sigma**4/n
    assert abs(c["b"].var() - 240) < 5 * 240 * np.sqrt(2 / 2000)
    assert abs(c["c"].var() - 240) < 5 * 240 * np.sqrt(2 / 2000)
    assert np.array_equal(c["a"], np.round(c["a"]))
    assert np.array_equal(c["b"], np.round(c["b"]))
    assert not np.array_equal(c["c"], np.round(c["c"]))
    assert c["a"].min() == 0
    assert not np.array_equal(c["a"][:, 0], c["a"][:, 1])
    for target in ("cython", "numpy"):
        for key, value in c.items():
            np.testing.assert_array_equal(found[target][key], value, err_msg=f"{target} {key}")


def test_assignments_draw_for_each_element_and_follow_the_seed() -> None:
    draws = {"few": b.BinomialFunction(10, 0.3), "normal": b.BinomialFunction(1000, 0.4)}
    group = b.NeuronGroup(500, "x : 1", namespace=draws)
    values = []
    for _ in range(2):
        b.seed(3)
        group.x = "few() + 1000*normal()"
        values.append(group.x[:].copy())
    assert np.array_equal(values[0], values[1])
    assert len(set(values[0])) == 500
    b.seed(3)
    assert draws["few"]() in range(11)
    assert 200 < draws["normal"]() < 600


def test_only_a_flagged_subexpression_may_draw() -> None:
    few = b.BinomialFunction(10, 0.3)
    group = b.NeuronGroup(2, "x = few() : 1", namespace={"few": few})
    with pytest.raises(b.BrianObjectException) as raised:
        b.Network(group).run(0.1 * ms)
    assert isinstance(raised.value.__cause__, SyntaxError)


@pytest.mark.parametrize(
    ("n", "p", "error"),
    [
        (-1, 0.5, ValueError),
        (10, 1.5, ValueError),
        (10, float("nan"), ValueError),
        (10.5, 0.5, TypeError),
        (True, 0.5, TypeError),
        (10, "0.5", TypeError),
    ],
)
def test_wrong_parameters_of_a_binomial_are_refused(n: Any, p: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        b.BinomialFunction(n, p)


def test_extreme_binomials_are_certain() -> None:
    for n, p, value in ((0, 0.5, 0), (10, 0, 0), (10, 1, 10)):
        assert b.BinomialFunction(n, p)() == value
    assert "n = 10, p = 1" in repr(b.BinomialFunction(10, 1))
