"""What a run does and does not do: compiling, continuing, stopping, recording, reporting."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import brainsim as b
from brainsim.codegen import toolchain
from brainsim.logger import catch_logs
from brainsim.model.variables import aligned_copy


@pytest.fixture(autouse=True)
def defaults():
    """Every test starts with the default clock and preferences."""
    b.defaultclock.dt = 0.1 * b.ms
    b.seed(99)
    yield
    b.prefs.reset_to_defaults()
    b.defaultclock.dt = 0.1 * b.ms


@pytest.fixture
def compilations(monkeypatch, tmp_path):
    """A list that grows by one with every compilation; the cache is empty at the start."""
    monkeypatch.setenv("BRAINSIM_CACHE_DIR", str(tmp_path / "cache"))
    done = []
    compile_shared = toolchain.compile_shared

    def counted(*args, **kwargs):
        done.append(args)
        return compile_shared(*args, **kwargs)

    monkeypatch.setattr(toolchain, "compile_shared", counted)
    return done


def network(n=40, tau=10 * b.ms, weight=0.3, delay=1 * b.ms):
    """A recurrent network with everything that takes numbers."""
    neurons = b.NeuronGroup(
        n,
        "dv/dt = (1.1 - v)/tau : 1 (unless refractory)",
        threshold="v > theta",
        reset="v = 0",
        refractory=2 * b.ms,
        method="exact",
        namespace={"tau": tau, "theta": 1.0},
        name="neurons",
    )
    neurons.v = "rand()"
    inputs = b.PoissonGroup(n, 20 * b.Hz, name="inputs")
    synapses = b.Synapses(inputs, neurons, "w : 1", on_pre="v += w", delay=delay, name="synapses")
    synapses.connect(p=0.2)
    synapses.w = weight
    spikes = b.SpikeMonitor(neurons, name="spikes")
    trace = b.StateMonitor(neurons, "v", record=[0, n - 1], name="trace")
    rate = b.PopulationRateMonitor(neurons, name="rate")
    return b.Network(neurons, inputs, synapses, spikes, trace, rate)


class TestCompiling:
    """Numbers are arguments of the generated code, not part of it."""

    @pytest.mark.parametrize(
        "change",
        [{"n": 77}, {"tau": 13 * b.ms}, {"weight": 0.7}, {"delay": 2.5 * b.ms}],
        ids=["N", "parameter", "weight", "delay"],
    )
    def test_another_number_compiles_nothing(self, compilations, change):
        network().run(5 * b.ms)
        assert len(compilations) == 1
        network(**change).run(5 * b.ms)
        assert len(compilations) == 1

    def test_another_duration_or_step_compiles_nothing(self, compilations):
        net = network()
        net.run(5 * b.ms)
        net.run(7.3 * b.ms)
        b.defaultclock.dt = 0.05 * b.ms
        network().run(5 * b.ms)
        assert len(compilations) == 1

    def test_changing_an_external_value_between_runs_takes_effect(self, compilations):
        group = b.NeuronGroup(1, "dv/dt = rate_of_change : 1", method="euler")
        net = b.Network(group)
        net.run(10 * b.ms, namespace={"rate_of_change": 100 * b.Hz})
        net.run(10 * b.ms, namespace={"rate_of_change": -300 * b.Hz})
        np.testing.assert_allclose(group.v[:], [1.0 - 3.0], rtol=1e-12)
        assert len(compilations) == 1

    def test_another_unit_of_an_external_value_is_checked_again(self):
        group = b.NeuronGroup(1, "dv/dt = speed : 1", method="euler")
        net = b.Network(group)
        net.run(1 * b.ms, namespace={"speed": 100 * b.Hz})
        with pytest.raises(b.BrianObjectException) as raised:
            net.run(1 * b.ms, namespace={"speed": 100 * b.mV})
        assert isinstance(raised.value.__cause__, b.DimensionMismatchError)

    def test_neither_sympy_nor_a_compiler_process_is_needed_when_warm(self, tmp_path):
        script = textwrap.dedent("""
            import sys
            import brainsim as b
            g = b.NeuronGroup(10, '''dv/dt = (ge - v)/(10*ms) : volt
                                     dge/dt = -ge/(5*ms) : volt''',
                              threshold='v > 10*mV', reset='v = 0*mV', method='exact')
            s = b.Synapses(g, g, on_pre='ge += 1*mV')
            s.connect(p=0.5)
            m = b.SpikeMonitor(g)
            b.run(1*b.ms)
            assert 'sympy' not in sys.modules
            assert 'matplotlib' not in sys.modules
            print('subprocess' in sys.modules)
            """)
        env = dict(os.environ, BRAINSIM_CACHE_DIR=str(tmp_path / "cache"))
        outputs = [
            subprocess.run(
                [sys.executable, "-c", script], env=env, check=True, capture_output=True, text=True
            ).stdout.split()
            for _ in range(2)
        ]
        assert outputs == [["True"], ["False"]]


class TestContinuing:
    """Runs follow each other as if they were one."""

    @pytest.mark.parametrize("target", ["c", "numpy"])
    def test_two_runs_give_the_bits_of_one(self, target):
        b.prefs.codegen.target = target

        def results(*durations):
            b.seed(5)
            net = network()
            for duration in durations:
                net.run(duration)
            return (
                net["spikes"].i[:].tobytes(),
                net["spikes"].t_[:].tobytes(),
                net["trace"].v_.tobytes(),
                net["rate"].rate_[:].tobytes(),
            )

        assert results(40 * b.ms) == results(13.4 * b.ms, 26.6 * b.ms)

    def test_a_prepared_run_lowers_nothing(self, monkeypatch):
        net = network()
        net.run(1 * b.ms)
        from brainsim.devices import runtime

        def refuse(*_args, **_kwargs):
            raise AssertionError("lowered again")

        monkeypatch.setattr(runtime, "lower_network", refuse)
        net.run(1 * b.ms)
        net["neurons"].v = 0.5
        net.run(1 * b.ms)

    def test_a_further_run_binds_only_what_has_moved(self):
        b.prefs.codegen.target = "c"
        net = network()
        net.remove(net["spikes"], net["trace"], net["rate"])  # recordings may grow
        net.run(1 * b.ms)
        engine, bound = net.prepared["fused"].engine, []

        class Watched:
            def __init__(self, loop):
                self.loop = loop

            def __getattr__(self, name):
                return getattr(self.loop, name)

            def bind(self, task, pointers):
                bound.append(task)
                self.loop.bind(task, pointers)

        engine.loop = Watched(engine.loop)
        net.run(0.1 * b.ms)
        assert not bound
        variable = net["neurons"].variables["v"]
        variable.values = aligned_copy(np.full(variable.size, -7.0), variable.values.dtype)
        net.run(0.1 * b.ms)
        tasks = [k for k, names in enumerate(engine.buffers) if "neurons_v" in names]
        assert bound == tasks
        assert bound
        assert np.all(net["neurons"].v_[:] < -6)

    def test_a_duration_between_two_steps_is_rounded_up_and_no_step_runs_twice(self):
        group = b.NeuronGroup(1, "n : 1")
        group.run_regularly("n += 1")
        net = b.Network(group)
        net.run(0.25 * b.ms)
        assert group.n[0] == 3
        assert float(net.t) == pytest.approx(0.25e-3, rel=1e-12)
        net.run(0.25 * b.ms)
        assert group.n[0] == 5

    @pytest.mark.row("20 independence")
    def test_monitors_may_be_added_between_magic_runs_and_change_no_random_number(self):
        def spikes(*, extra):
            b.start_scope()
            b.seed(3)
            group = b.NeuronGroup(20, "v : 1", threshold="rand() < 0.05", reset="")
            monitor = b.SpikeMonitor(group)
            b.run(5 * b.ms)
            late = b.StateMonitor(group, "v", record=True) if extra else None
            b.run(5 * b.ms)
            assert late is None or len(late.t) == 50
            return monitor.i[:].tobytes() + monitor.t_[:].tobytes()

        assert spikes(extra=False) == spikes(extra=True)


def once_it_runs(net, action):
    """Call a function from another thread as soon as the network has done a step."""

    def wait():
        while net["trace"].recording.count[0] == 0:
            time.sleep(0.01)
        action()

    threading.Thread(target=wait, daemon=True).start()


class TestStopping:
    """A run ends after a whole step, and can be continued."""

    def test_stop_from_another_thread_ends_at_a_step_boundary(self):
        net = network()
        net.run(0 * b.ms)
        once_it_runs(net, net.stop)
        net.run(1000 * b.second)
        assert 0 < float(net.t) < 1000
        steps = float(net.t) / 1e-4
        assert steps == pytest.approx(round(steps), abs=1e-3)
        assert len(net["trace"].t) == round(steps) == len(net["rate"].t)

    @pytest.mark.parametrize("target", ["c", "numpy"])
    def test_ctrl_c_ends_the_run_with_everything_consistent(self, target):
        b.prefs.codegen.target = target
        net = network()
        net.run(0 * b.ms)
        once_it_runs(net, lambda: os.kill(os.getpid(), signal.SIGINT))
        with catch_logs() as messages:
            net.run(1000 * b.second)
        assert any("interrupted" in name for _, name, _ in messages)
        steps = round(float(net.t) / 1e-4)
        assert len(net["trace"].t) == steps == len(net["rate"].t)
        net.run(1 * b.ms)
        assert len(net["trace"].t) == steps + 10

    def test_ctrl_c_ends_the_whole_command_where_commands_are_entered(self, monkeypatch):
        """A loop over runs would go on otherwise, and keep results that are cut short."""
        monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
        net = network()
        net.run(0 * b.ms)
        once_it_runs(net, lambda: os.kill(os.getpid(), signal.SIGINT))
        with catch_logs(), pytest.raises(KeyboardInterrupt, match="after a whole step, at t = "):
            net.run(1000 * b.second)
        steps = round(float(net.t) / 1e-4)
        assert 0 < steps < 1e7
        assert len(net["trace"].t) == steps == len(net["rate"].t)
        net.run(1 * b.ms)
        assert len(net["trace"].t) == steps + 10

    @pytest.mark.parametrize("target", ["c", "numpy"])
    def test_a_stop_before_the_first_step_is_not_forgotten(self, target):
        """Found by a test that hung: the flag was cleared when the loop started."""
        b.prefs.codegen.target = target
        net = network()
        net.run(0 * b.ms)
        engine = net.prepared["fused"].engine
        start = engine.start

        def start_late(clocks):
            net.stop()
            start(clocks)

        engine.start = start_late
        net.run(1000 * b.second)
        assert float(net.t) == 0

    def test_the_handler_of_ctrl_c_is_given_back(self):
        before = signal.getsignal(signal.SIGINT)
        network().run(1 * b.ms)
        assert signal.getsignal(signal.SIGINT) is before


class TestRecording:
    """Recordings grow while running, without losing or repeating a row."""

    @pytest.mark.parametrize("target", ["c", "numpy"])
    def test_every_neuron_spiking_in_every_step_is_recorded(self, target):
        b.prefs.codegen.target = target
        n, steps = 30, 700
        group = b.NeuronGroup(n, "v : 1", threshold="v > -1", reset="")
        spikes = b.SpikeMonitor(group, variables="v")
        net = b.Network(group, spikes)
        net.run(steps * 0.1 * b.ms)
        assert spikes.num_spikes == n * steps
        np.testing.assert_array_equal(spikes.i[:], np.tile(np.arange(n), steps))
        np.testing.assert_allclose(spikes.t_[:], np.repeat(np.arange(steps) * 1e-4, n), atol=1e-12)
        np.testing.assert_array_equal(spikes.count[:], steps)
        assert len(spikes.all_values()["v"][n - 1]) == steps

    def test_memory_of_an_empty_recording_is_small(self):
        group = b.NeuronGroup(100_000, "v : 1", threshold="v > 1", reset="")
        spikes = b.SpikeMonitor(group)
        b.Network(group, spikes).run(10 * b.ms)
        assert len(spikes.t) == 0

    def test_recorded_arrays_do_not_change_under_the_users_hands(self):
        net = network()
        net.run(10 * b.ms)
        trace, times = net["trace"].v, np.array(net["trace"].t)
        kept = trace.copy()
        net.run(10 * b.ms)
        np.testing.assert_array_equal(trace, kept)
        assert len(net["trace"].t) == 2 * len(times)


class TestReporting:
    """`report=` tells how far a run is."""

    def test_text_goes_to_stdout(self, capsys):
        network().run(10 * b.ms, report="text")
        out = capsys.readouterr().out.splitlines()
        assert out[0] == "Starting simulation at t=0. s for a duration of 10. ms"
        assert out[-1].startswith("10. ms (100%) simulated in ")

    def test_a_function_is_called_at_the_start_and_at_the_end(self):
        calls = []
        network().run(10 * b.ms, report=lambda *args: calls.append(args))
        assert [call[1] for call in calls] == [0.0, 1.0]
        assert [float(call[3]) for call in calls] == [0.01, 0.01]

    def test_an_unknown_report_is_refused(self):
        with pytest.raises(ValueError, match="report must be"):
            network().run(1 * b.ms, report="shout")

    def test_profiling_names_every_object(self):
        net = network()
        net.run(10 * b.ms, profile=True)
        names = {name for name, _ in net.profiling_info}
        assert {"neurons_stateupdater", "neurons_spike_thresholder", "synapses_pre"} <= names
        assert all(float(time_spent) >= 0 for _, time_spent in net.profiling_info)

    def test_profiling_does_not_change_the_result(self):
        def spikes(profile):
            b.seed(8)
            net = network()
            net.run(30 * b.ms, profile=profile)
            return net["spikes"].i[:].tobytes(), net["spikes"].t_[:].tobytes()

        assert spikes(profile=True) == spikes(profile=False)


def test_errors_in_one_run_leave_the_network_usable():
    """An undefined name is reported; once it is defined, the run goes on from the same state."""
    group = b.NeuronGroup(1, "dv/dt = a : 1", method="euler")
    group.v = 2
    net = b.Network(group)
    with pytest.raises(b.BrianObjectException) as raised:
        net.run(1 * b.ms, namespace={})
    assert isinstance(raised.value.__cause__, KeyError)
    net.run(1 * b.ms, namespace={"a": 1000 * b.Hz})
    np.testing.assert_allclose(group.v[:], 3.0, rtol=1e-12)


def test_many_networks_leave_no_memory_behind():
    """Building, running and dropping a network over and over does not grow the process.

    The first rounds fill caches; afterwards 150 rounds may add at most 200 kB each, which separates
    a leaked network (its arrays alone take 13 MB) from the allocator's noise.
    """

    def resident():
        gc.collect()
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("needs /proc")
    for _ in range(30):
        network(n=2000).run(1 * b.ms)
    before = resident()
    for _ in range(150):
        network(n=2000).run(1 * b.ms)
    assert (resident() - before) / 150 < 200_000


def test_time_of_a_long_run_is_exact():
    """T is step * dt, not a sum of a million dts."""
    group = b.NeuronGroup(1, "last : second")
    group.run_regularly("last = t")
    b.Network(group).run(100 * b.second)
    assert group.last_[0] == 999_999 * 1e-4
    assert time.monotonic() > 0


class TestInvalidValues:
    """Values that are no numbers are reported after a run, at little cost for short ones."""

    def test_a_large_group_is_looked_at_after_some_steps(self):
        group = b.NeuronGroup(100_001, "dv/dt = v/ms : 1", method="euler", name="large")
        group.v[5] = np.nan
        net = b.Network(group)
        with catch_logs() as messages:
            net.run(1 * b.ms)
        assert not messages
        with catch_logs() as messages:
            net.run(9 * b.ms)
        assert [name.rpartition(".")[2] for _, name, _ in messages] == ["invalid_values"]

    def test_a_small_group_is_looked_at_after_every_run(self):
        group = b.NeuronGroup(2, "dv/dt = v/ms : 1", method="euler", name="small")
        group.v[1] = np.nan
        with catch_logs() as messages:
            b.Network(group).run(0.1 * b.ms)
        assert [name.rpartition(".")[2] for _, name, _ in messages] == ["invalid_values"]
