"""The number of threads changes nothing: not a bit of any state, nor of any spike.

Parts of a group begin at multiples of 64 elements, so the networks have some hundreds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainsim as b
from brainsim.devices.engines import NativeEngine
from brainsim.lowering import lower_network
from brainsim.program import PythonCall, ScheduledKernel

# 0: one thread or as many as there are processors, by turns; 5: more than many machines have
THREADS = (2, 3, 4, 5, 0)
Model = Callable[[], dict[str, Any]]
State = dict[str, Any]


def state_of(*objects: Any) -> State:
    """Return everything that objects and monitors hold."""
    found: State = {}
    for k, obj in enumerate(objects):
        for name, variable in getattr(obj, "variables", {}).items():
            if hasattr(variable, "values"):
                found[f"{k} {name}"] = np.array(variable.values)
        if isinstance(obj, b.SpikeMonitor):
            found |= {f"{k} i": np.array(obj.i[:]), f"{k} t": np.array(obj.t_[:])}
        if isinstance(obj, b.StateMonitor):
            found |= {f"{k} {name}": getattr(obj, f"{name}_") for name in obj.record_variables}
        if isinstance(obj, b.PopulationRateMonitor):
            found[f"{k} rate"] = np.array(obj.rate_[:])
    return found


def with_threads(model: Model, threads: int) -> State:
    """Return what a model gives with a number of threads."""
    b.start_scope()
    b.defaultclock.dt = 0.1 * b.ms
    b.seed(4321)
    b.prefs.core.threads = threads
    return model()


def assert_same(one: State, other: State) -> None:
    """Check that two states have the same bits."""
    assert one.keys() == other.keys()
    differing = [name for name in one if not np.array_equal(one[name], other[name], equal_nan=True)]
    assert differing == []


def lif(size: int, **options: Any) -> Any:
    """Return noisy neurons that spike often."""
    group = b.NeuronGroup(
        size,
        """dv/dt = (1.1 + 0.2*sin(0.7*i) + g - v)/(10*ms) + 0.2*xi*ms**-0.5 : 1 (unless refractory)
           dg/dt = -g/(5*ms) : 1""",
        threshold="v > 1",
        reset="v = 0.3*rand()",
        refractory=1 * b.ms,
        method="euler",
        **options,
    )
    group.v = "rand()"
    return group


def noisy_network() -> State:
    """One delay, noise, refractoriness, a reset with random numbers, subgroups, monitors."""
    group = lif(500)
    pre = b.Synapses(group[:310], group[70:430], "w : 1", on_pre="g += w", delay=0.7 * b.ms)
    pre.connect(p=0.1)
    pre.w = "0.05*rand()"
    drive = b.PoissonInput(group[100:413], "g", 20, 50 * b.Hz, 0.05)
    regular = b.PoissonGroup(300, 40 * b.Hz)
    onto = b.Synapses(regular, group, on_pre="v += 0.01*rand()")
    onto.connect(p=0.05)
    monitors = [
        b.SpikeMonitor(group),
        b.StateMonitor(group, "v", record=[0, 63, 64, 499]),
        b.PopulationRateMonitor(group[50:300]),
    ]
    objects = [group, pre, drive, regular, onto, *monitors]
    b.Network(*objects).run(15 * b.ms)
    return state_of(*objects)


def plastic_network() -> State:
    """Event-driven plasticity, a delay per synapse, an own delay for the spikes of the target."""
    inputs, group = b.PoissonGroup(200, 100 * b.Hz), lif(300)
    synapses = b.Synapses(
        inputs,
        group,
        """w : 1
           da/dt = -a/(20*ms) : 1 (event-driven)
           dc/dt = -c/(20*ms) : 1 (event-driven)""",
        on_pre="g += 0.1*w; a += 0.01; w = clip(w + c, 0, 1)",
        on_post="c -= 0.0105; w = clip(w + a, 0, 1)",
    )
    synapses.connect(p=0.3)
    synapses.w = "rand()"
    synapses.pre.delay = "2*ms*rand()"
    synapses.post.delay = 0.3 * b.ms
    spikes = b.SpikeMonitor(group)
    b.Network(inputs, group, synapses, spikes).run(20 * b.ms)
    return state_of(inputs, group, synapses, spikes)


def unordered_network() -> State:
    """Targets that do not ascend, code whose order matters, code that writes to the source."""
    group = lif(300)
    targets = np.arange(300)[::-1]
    down = b.Synapses(group, group, on_pre="g += 0.1")
    down.connect(i=np.repeat(np.arange(20), 300), j=np.tile(targets, 20))
    setting = b.Synapses(group, group, on_pre="g_post = 0.5*g_post + 0.01*i")
    setting.connect(p=0.05)
    back = b.Synapses(group, group, on_pre="g_pre -= 0.01", on_post="v_pre += 0.001")
    back.connect(p=0.05)
    spikes = b.SpikeMonitor(group)
    b.Network(group, down, setting, back, spikes).run(12 * b.ms)
    return state_of(group, down, setting, back, spikes)


def clocks_and_calls() -> State:
    """Several clocks, Python functions during the run, code that runs regularly, a clock of xi."""
    fast, slow = lif(200), lif(260, dt=0.25 * b.ms)
    across = b.Synapses(fast, slow, on_pre="g += 0.1")
    across.connect(p=0.1)
    slow[70:210].run_regularly("g = 0.9*g + 0.01*rand()", dt=1 * b.ms)
    seen: list[int] = []

    @b.network_operation(dt=0.5 * b.ms)
    def look() -> None:
        seen.append(int(np.sum(fast.v > 0.5)))
        fast.g[7] = 0.2

    spikes = [b.SpikeMonitor(fast), b.SpikeMonitor(slow)]
    b.Network(fast, slow, across, look, *spikes).run(15 * b.ms)
    return {"seen": np.array(seen), **state_of(fast, slow, across, *spikes)}


def summed_and_linked() -> State:
    """Summed variables, clock-driven synapses, linked variables, events of one's own."""
    group = b.NeuronGroup(
        300,
        """dv/dt = (1.2 + s - v)/(10*ms) : 1
           s : 1
           u : 1 (linked)""",
        threshold="v > 1",
        reset="v = 0",
        events={"half": "v > 0.5 and v < 0.6"},
        method="euler",
    )
    other = lif(300)
    group.u = b.linked_var(other, "v")
    group.v = "rand()"
    group.run_on_event("half", "v += 0.01*u")
    synapses = b.Synapses(
        other,
        group,
        """dx/dt = -x/(3*ms) : 1 (clock-driven)
           s_post = x*v_pre : 1 (summed)""",
        on_pre="x += 0.1",
        method="exact",
    )
    synapses.connect(p=0.05)
    spikes, half = b.SpikeMonitor(group), b.EventMonitor(group, "half", record=False)
    b.Network(group, other, synapses, spikes, half).run(10 * b.ms)
    return {"half": np.array(half.count), **state_of(group, other, synapses, spikes)}


MODELS = [noisy_network, plastic_network, unordered_network, clocks_and_calls, summed_and_linked]


@pytest.mark.parametrize("model", MODELS)
def test_any_number_of_threads_gives_the_same_bits(model: Model) -> None:
    alone = with_threads(model, 1)
    for threads in THREADS:
        assert_same(alone, with_threads(model, threads))


def test_cython_kernels_can_be_shared_as_well() -> None:
    b.prefs.codegen.target = "cython"
    assert_same(with_threads(noisy_network, 1), with_threads(noisy_network, 3))


@given(st.data())
@settings(max_examples=12)
def test_any_network_gives_the_same_bits(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 400))
    delay = data.draw(st.sampled_from(["0*ms", "1.3*ms", "2*ms*rand()"]))
    chance = data.draw(st.sampled_from([0.02, 0.3]))
    first, last = sorted(data.draw(st.tuples(st.integers(0, size), st.integers(0, size))))
    part = slice(first, last) if last > first else slice(None)
    code = data.draw(st.sampled_from(["g += 0.1", "g += w; w *= 0.9", "v_post = 0.5*v_post + w"]))

    def model() -> State:
        group = lif(size)
        synapses = b.Synapses(group, group[part], "w : 1", on_pre=code)
        synapses.connect(p=chance)
        synapses.w = "0.1*rand()"
        synapses.delay = delay
        spikes = b.SpikeMonitor(group)
        b.Network(group, synapses, spikes).run(8 * b.ms)
        return state_of(group, synapses, spikes)

    threads = data.draw(st.sampled_from(THREADS))
    assert_same(with_threads(model, 1), with_threads(model, threads))


def test_the_number_may_change_between_runs_and_a_network_be_restored() -> None:
    def model(*numbers: int) -> State:
        group = lif(400)
        synapses = b.Synapses(group, group, on_pre="g += 0.05", delay=1.1 * b.ms)
        synapses.connect(p=0.1)
        spikes = b.SpikeMonitor(group)
        net = b.Network(group, synapses, spikes)
        for k, number in enumerate(numbers):
            b.prefs.core.threads = number
            net.run(3 * b.ms)
            if k == 1:
                net.store("middle")
        net.restore("middle")
        net.run(3 * b.ms)
        return state_of(group, synapses, spikes)

    alone = with_threads(lambda: model(1, 1, 1, 1), 1)
    assert_same(alone, with_threads(lambda: model(1, 3, 2, 4), 1))
    assert_same(alone, with_threads(lambda: model(0, 2, 0, 1), 1))


def test_an_error_in_python_code_ends_the_run_and_the_next_one_works() -> None:
    b.prefs.core.threads = 3
    group, calls = lif(300), []

    @b.network_operation
    def fail() -> None:
        calls.append(1)
        if len(calls) == 5:
            raise ValueError("enough")

    net = b.Network(group, fail)
    with pytest.raises(ValueError, match="enough"):
        net.run(10 * b.ms)
    net.run(1 * b.ms)
    assert len(calls) == 15


def test_stop_ends_the_run_after_the_present_step() -> None:
    b.prefs.core.threads = 2
    group = lif(300)

    @b.network_operation(when="start")
    def look(t: Any) -> None:
        if t >= 2 * b.ms:
            b.stop()

    net = b.Network(group, look)
    net.run(10 * b.ms)
    assert net.t / b.ms == pytest.approx(2.1)


def test_a_run_within_a_run_has_one_thread_and_works() -> None:
    b.prefs.core.threads = 2
    inner_group, outer_group = lif(200), lif(200)
    inner = b.Network(inner_group)

    @b.network_operation(dt=1 * b.ms)
    def nest() -> None:
        inner.run(1 * b.ms)

    b.Network(outer_group, nest).run(3 * b.ms)
    assert inner.t / b.ms == pytest.approx(3)


def test_recordings_grow_and_long_runs_come_back_to_python() -> None:
    def model() -> State:
        group = b.NeuronGroup(300, "v : 1", threshold="True")
        spikes = b.SpikeMonitor(group)
        trace = b.StateMonitor(group, "v", record=[3])
        b.Network(group, spikes, trace).run(30 * b.ms)
        assert spikes.num_spikes == 300 * 300
        return state_of(group, spikes, trace)

    assert_same(with_threads(model, 1), with_threads(model, 2))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_makes_its_own_threads() -> None:
    alone, before = with_threads(noisy_network, 1), with_threads(noisy_network, 2)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            assert_same(alone, with_threads(noisy_network, 2))
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert_same(alone, before)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no affinity here")
def test_the_thread_may_run_where_it_could_before() -> None:
    allowed = os.sched_getaffinity(0)
    with_threads(noisy_network, 2)
    assert os.sched_getaffinity(0) == allowed


@pytest.mark.parametrize("value", [-1, 65, 1.5, True, "two"])
def test_what_is_no_number_of_threads_is_refused(value: object) -> None:
    with pytest.raises(b.errors.PreferenceError, match=r"core\.threads"):
        b.prefs.core.threads = value


def _shared(network: Any) -> dict[str, bool]:
    network.before_run()
    items = lower_network(network, {}).program.schedule
    return {
        item.kernel.name: item.share is not None
        for item in items
        if isinstance(item, ScheduledKernel)
    }


def test_what_can_be_shared_is_and_what_cannot_is_not() -> None:
    group = lif(300, name="n")
    plain = b.Synapses(group, group, on_pre="g += 0.1", name="plain")
    source = b.Synapses(group, group, on_pre="g_pre += 0.1", name="source")
    both = b.Synapses(group, group, "w : 1", on_pre="g += w", on_post="w *= 0.9", name="both")
    for synapses in (plain, source, both):
        synapses.connect(p=0.1)
    monitor = b.SpikeMonitor(group, name="m")
    shared = _shared(b.Network(group, plain, source, both, monitor))
    assert shared == {
        "n_stateupdater": True,
        "n_stateupdater_end": False,
        "m": False,
        "plain_pre": True,
        "source_pre": False,
        "both_pre": True,
        "both_post": True,
        "n_spike_resetter": True,
    }


def test_a_step_of_a_plain_network_has_two_places_where_threads_wait() -> None:
    group = lif(300)
    synapses = b.Synapses(group, group, on_pre="g += 0.1")
    synapses.connect(p=0.1)
    net = b.Network(group, synapses)
    net.before_run()
    schedule = lower_network(net, {}).program.schedule
    assert not any(isinstance(item, PythonCall) for item in schedule)
    shared = [isinstance(item, ScheduledKernel) and item.share is not None for item in schedule]
    from brainsim.program import needs_barrier

    assert shared == [True, False, True, True]
    # only where the spikes of all are brought together
    assert needs_barrier(schedule, shared) == [False, True, False, False, False]
    assert needs_barrier(schedule, [False] * 4) == [True] * 4 + [False]


def test_native_engine_is_used() -> None:
    b.prefs.core.threads = 2
    group = lif(200)
    net = b.Network(group)
    net.run(1 * b.ms)
    (prepared,) = net.prepared.values()
    assert isinstance(prepared.engine, NativeEngine)
    assert prepared.engine.loop.threads == 2
