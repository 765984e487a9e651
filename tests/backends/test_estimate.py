"""`Network.estimate`: memory against what the process takes, time against what a run takes."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import brainsim as b
from brainsim.model import trial
from brainsim.model.estimate import Estimate
from brainsim.model.magic import magic_network
from brainsim.model.profiling import KernelTime, Profile, Work
from brainsim.units import DimensionMismatchError

FOOTPRINT = Path(__file__).parent / "support" / "footprint.py"


@pytest.fixture(autouse=True)
def scope():
    """Let each test see nothing but its own objects."""
    b.start_scope()
    yield
    b.start_scope()


def cells(n=100, name="cells") -> b.NeuronGroup:
    """Return neurons of which one in fifty spikes in a step, at random."""
    return b.NeuronGroup(n, "v : 1", threshold="rand() < 0.02", reset="v = 0", name=name)


def uses(found: Estimate) -> dict[tuple[str, str], int]:
    return {(use.name, use.what): use.bytes for use in found.memory}


# ----------------------------------------------------------------------------------------- memory


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("plain_synapses", 10),
        ("own_weights_and_delays", 4),
        ("plastic", 3),
        ("neurons", 2),
        ("traces", 100),
        ("spikes", 600),
    ],
)
def test_memory_is_what_the_process_takes(kind, size):
    """Within a factor of 1.25, for networks of 40 to 100 MB.

    The arrays are counted exactly, to the byte. What can differ is small temporary arrays that the
    C library keeps (it is told to give back those above 256 kB, which it else does not always),
    pages that nothing has touched yet, and Python objects: about 8 MB together, a fifth of the
    smallest of these networks.
    """
    printed = subprocess.run(
        [sys.executable, FOOTPRINT, kind, str(size)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": "262144"},
    ).stdout
    found = json.loads(printed.splitlines()[-1])
    assert found["grown"] > 35e6
    assert 1 / 1.25 < found["estimated"] / found["grown"] < 1.25


class TestMemory:
    def test_arrays_are_counted_to_the_byte(self):
        group = b.NeuronGroup(6400, "dv/dt = -v/ms : 1\nw : 1", name="cells")
        found = b.Network(group).estimate()
        # two variables of doubles and the index; each is aligned and padded by 64 bytes
        assert uses(found)["cells", "state"] - 6400 * (8 + 8 + 4) in range(1000)

    def test_each_kind_of_memory_has_a_row(self):
        group = cells()
        synapses = b.Synapses(group, group, "w : 1", on_pre="v += w", name="syn")
        synapses.connect()
        synapses.delay = "rand()*ms"
        spikes = b.SpikeMonitor(group, name="spikes")
        found = uses(b.Network(group, synapses, spikes).estimate(100 * b.ms))
        assert found["syn", "w"] in range(80_000, 81_000)
        for row in (
            ("cells", "state"), ("cells", "past spikes"), ("syn", "connections"),
            ("syn", "delay"), ("syn", "tables"), ("spikes", "recording"),
        ):  # fmt: skip
            assert found[row] > 0

    def test_a_recording_grows_with_the_duration(self):
        group = b.NeuronGroup(10, "dv/dt = -v/ms : 1")
        trace = b.StateMonitor(group, "v", record=True, name="trace")
        network = b.Network(group, trace)
        one, ten = (uses(network.estimate(t * b.ms))["trace", "recording"] for t in (100, 1000))
        # 11 doubles per step of 0.1 ms
        assert ten - one == pytest.approx(9000 * 88, abs=1000)

    def test_rates_decide_how_many_spikes_are_expected(self):
        group = cells()
        spikes = b.SpikeMonitor(group, name="spikes")
        network = b.Network(group, spikes)
        low, high = (
            uses(network.estimate(1 * b.second, rates=rate * b.Hz))["spikes", "recording"]
            for rate in (10, 110)
        )
        # 100 neurons, an int32 and a double per spike
        assert high - low == 100 * 100 * 12
        by_name = network.estimate(1 * b.second, rates={"cells": 110 * b.Hz})
        assert uses(by_name)["spikes", "recording"] == high

    def test_what_does_not_fit_is_said(self):
        group = b.NeuronGroup(1000, "dv/dt = -v/ms : 1")
        network = b.Network(group, b.StateMonitor(group, "v", record=True))
        found = network.estimate(1e6 * b.second)
        assert not found.fits
        assert "does not fit" in str(found)
        assert network.estimate(1 * b.ms).fits

    def test_memory_of_the_past_run_counts(self):
        group = cells()
        spikes = b.SpikeMonitor(group, name="spikes")
        network = b.Network(group, spikes)
        network.run(100 * b.ms)
        found = uses(network.estimate(0 * b.ms))
        assert found["spikes", "recording"] >= spikes.N * 12


# ------------------------------------------------------------------------------------------- time


class TestTime:
    """How far estimates are from runs is a column of `benchmarks/run.py`: tests do not time."""

    def test_it_is_time_per_simulated_time(self, monkeypatch):
        monkeypatch.setattr(
            trial,
            "_measured",
            lambda *_: {"pace": 0.5, "simulated": 1.0, "rates": {}, "assumed": []},
        )
        network = b.Network(cells())
        assert network.estimate(4 * b.second).seconds == 2.0
        assert network.estimate().seconds == 0.5

    def test_the_rates_of_the_trial_are_those_of_the_model(self):
        group = cells(2000, "others")
        synapses = b.Synapses(group, group, on_pre="v += 1")
        synapses.connect(p=0.01)
        rate = b.Network(group, synapses).estimate(1 * b.second).rates["others spike"]
        # one in fifty in each of at least 10 steps of 0.1 ms: 400 spikes or more, 5 sigma
        assert rate == pytest.approx(200, rel=0.25)

    @pytest.mark.parametrize(
        ("rates", "expected"),
        [(None, 1.0), (40.0, 4.0), ({"cells": 20.0}, 2.0), ({"another": 20.0}, 1.0), (0.0, 0.0)],
    )
    def test_costs_of_events_are_scaled_to_the_rates(self, rates, expected):
        group = cells()
        synapses = b.Synapses(group, group, on_pre="v += 1", name="syn")
        synapses.connect()
        network = b.Network(group, synapses)
        pathway = KernelTime("syn_pre", ("syn_pre",), "clock", 10, 1.0, Work(5, "synaptic event"))
        update = KernelTime(
            "cells_spike_thresholder", ("cells",), "clock", 10, 1.0, Work(1000, "neuron")
        )
        profile = Profile(1.0, 2.0, (pathway, update), 0.0, {("cells", "spike"): 10.0})
        assert trial.at_rates(pathway, network, profile, rates) == (expected, True)
        assert trial.at_rates(update, network, profile, rates) == (1.0, True)

    def test_unseen_events_cost_what_is_assumed(self):
        group = cells(100)
        synapses = b.Synapses(group, group, on_pre="v += 1", name="syn")
        synapses.connect()
        network = b.Network(group, synapses)
        silent = KernelTime("syn_pre", ("syn_pre",), "clock", 10, 1.0, Work(0, "synaptic event"))
        profile = Profile(2.0, 2.0, (silent,), 0.0, {("cells", "spike"): 0.0})
        seconds, known = trial.at_rates(silent, network, profile, 10.0)
        # 10 spikes per second of each of 100 neurons with 100 synapses, for two seconds
        assert seconds == pytest.approx(1.0 + 2e-9 * 10 * 100 * 100 * 2)
        assert not known

    def test_where_nothing_spikes_the_cost_is_assumed_and_that_is_said(self):
        group = b.NeuronGroup(100, "v : 1", threshold="v > 1", reset="v = 0", name="cells")
        synapses = b.Synapses(group, group, on_pre="v += 1", name="syn")
        synapses.connect()
        network = b.Network(group, synapses)
        assert "assumed" not in str(network.estimate())
        text = str(network.estimate(rates=10 * b.Hz))
        assert "their cost is assumed: " in text
        assert "syn_pre" in text

    def test_code_is_made_once(self):
        network = b.Network(cells())
        network.estimate(10 * b.ms)
        prepared = network.prepared["fused"]
        network.run(1 * b.ms)
        assert network.prepared["fused"] is prepared


# ----------------------------------------------------------------------------------- no trace left


class TestNothingChanges:
    def test_values_time_and_random_numbers(self):
        def spikes(estimated: bool) -> tuple[bytes, bytes]:
            b.seed(11)
            group = cells()
            monitor = b.SpikeMonitor(group)
            network = b.Network(group, monitor)
            for _ in range(2):
                if estimated:
                    before = float(network.t)
                    network.estimate(50 * b.ms, rates=20 * b.Hz)
                    assert network.t_ == before
                network.run(10 * b.ms)
            return monitor.i[:].tobytes(), monitor.t_[:].tobytes()

        assert spikes(estimated=True) == spikes(estimated=False)

    def test_the_objects_stay_free(self):
        group = cells()
        b.Network(group).estimate(1 * b.ms)
        b.Network(group).run(1 * b.ms)  # another network than the one that was asked

    def test_nothing_is_printed_and_no_process_remains(self, capfd):
        b.Network(cells()).estimate(1 * b.ms)
        gc.collect()
        assert capfd.readouterr().out == ""
        with pytest.raises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)


# -------------------------------------------------------------------------------- wrong and extreme


class TestWrongAndExtreme:
    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ({"duration": 3}, DimensionMismatchError),
            ({"duration": -1 * b.ms}, ValueError),
            ({"duration": np.inf * b.second}, ValueError),
            ({"rates": 3 * b.ms}, DimensionMismatchError),
            ({"rates": -3 * b.Hz}, ValueError),
            ({"rates": {"cells": 10}}, DimensionMismatchError),
        ],
        ids=str,
    )
    def test_wrong_arguments(self, arguments, error):
        with pytest.raises(error):
            b.Network(cells()).estimate(**arguments)

    def test_an_error_in_the_model_is_that_of_a_run(self):
        group = b.NeuronGroup(1, "dv/dt = -v/unknown : 1")
        with pytest.raises(b.BrianObjectException):
            b.Network(group).estimate()

    def test_an_empty_network(self):
        found = b.Network().estimate(1 * b.second)
        assert found.bytes == 0
        assert found.seconds is None
        assert found.fits
        assert str(found)

    def test_no_time_at_all(self):
        found = b.Network(cells()).estimate(0 * b.ms)
        assert found.seconds == 0
        assert found.bytes > 0

    def test_python_code_is_not_tried(self):
        seen = []

        @b.network_operation(name="spy")
        def spy():
            seen.append(1)

        found = b.Network(cells(), spy).estimate()
        assert found.seconds is None
        assert "'spy' is Python code" in str(found)
        assert seen == []

    def test_a_trial_that_fails_or_cannot_be_is_said(self, monkeypatch):
        network = b.Network(cells())

        def fail(*_):
            raise ZeroDivisionError("on purpose")

        monkeypatch.setattr(trial, "_measured", fail)
        assert "time not measured: ZeroDivisionError: on purpose" in str(network.estimate())
        monkeypatch.setattr(trial, "_measured", lambda *_: time.sleep(60))
        monkeypatch.setattr(trial, "_PATIENCE", 0.2)
        assert "took too long" in str(network.estimate())
        monkeypatch.delattr(os, "fork")
        found = network.estimate()
        assert "cannot copy a process" in str(found)
        assert found.seconds is None
        assert found.bytes > 0

    def test_without_a_compiler(self):
        before = b.prefs.codegen.target
        b.prefs.codegen.target = "numpy"
        try:
            assert b.Network(cells()).estimate(10 * b.ms).seconds > 0
        finally:
            b.prefs.codegen.target = before

    def test_the_magic_network(self):
        group = cells(name="seen")
        assert ("seen", "state") in uses(magic_network.estimate(10 * b.ms))
        b.run(1 * b.ms)
        assert ("seen", "state") in uses(magic_network.estimate(10 * b.ms))
        found = magic_network.profile(1 * b.ms)
        assert found["seen_spike_thresholder"].calls == 10
        del group


def test_text_and_html():
    group = cells(100_000)
    found = b.Network(group).estimate(1 * b.second)
    lines = str(found).splitlines()
    assert lines[0] == "Estimate for 1. s"
    assert any(line.startswith("cells") for line in lines)
    assert "<table" in found._repr_html_()
    assert "time measured over" in found._repr_html_()
