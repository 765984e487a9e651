"""`Network.profile`: where time goes, per kernel as it really runs.

No assertion looks at how long something took, only at what was counted and how it adds up.
"""

from __future__ import annotations

import gc

import numpy as np
import pytest

import brainsim as b
from brainsim.model.magic import magic_network
from brainsim.model.profiling import Profile

STEPS = 20
DURATION = STEPS * 0.1 * b.ms


@pytest.fixture(autouse=True, params=["c", "numpy"])
def target(request):
    """Run every test on both engines."""
    before = b.prefs.codegen.target
    b.prefs.codegen.target = request.param
    b.start_scope()
    yield request.param
    b.prefs.codegen.target = before
    b.start_scope()


def ring(delay=None) -> tuple[b.Network, b.Synapses]:
    """Make 10 neurons; neurons 0 to 3 spike in every step, neuron k has k + 1 synapses."""
    group = b.NeuronGroup(10, "v : 1", threshold="i < 4", reset="v = 0", name="cells")
    synapses = b.Synapses(group, group, on_pre="v_post += 1", delay=delay, name="ring")
    synapses.connect(condition="j <= i")
    return b.Network(group, synapses), synapses


class TestCounts:
    """Calls and work are those that happened."""

    def test_every_kernel_is_there_with_what_it_had_to_do(self):
        network, _ = ring()
        found = network.profile(DURATION)
        assert isinstance(found, Profile)
        assert all(kernel.calls == STEPS for kernel in found.kernels)
        assert found["ring_pre"].work.number == STEPS * (1 + 2 + 3 + 4)
        assert found["ring_pre"].work.unit == "synaptic event"
        assert found["cells_spike_thresholder"].work.number == STEPS * 10
        assert found["cells_spike_thresholder"].work.unit == "neuron"
        assert found["cells_spike_resetter"].work.number == STEPS * 4
        assert found["cells_spike_resetter"].work.unit == "spike"
        assert found.duration == pytest.approx(float(DURATION))
        # 4 of 10 in each step of 0.1 ms
        assert found.rates == {("cells", "spike"): pytest.approx(4000.0)}

    def test_a_second_profile_tells_of_its_own_time_alone(self):
        network, _ = ring()
        network.profile(DURATION)
        found = network.profile(DURATION / 2)
        assert found["ring_pre"].calls == STEPS // 2
        assert found["ring_pre"].work.number == STEPS // 2 * 10
        assert network.t == 1.5 * DURATION

    def test_fan_out_of_delays_and_of_subgroups(self):
        group = b.NeuronGroup(10, "v : 1", threshold="i >= 6", name="cells")
        part = group[5:8]
        delayed = b.Synapses(part, group, on_pre="v_post += 1", name="delayed")
        delayed.connect(condition="j <= i")
        delayed.delay = "j*0.1*ms"
        backwards = b.Synapses(group, part, on_post="v_pre += 1", name="backwards")
        backwards.connect(condition="i < 3")
        found = b.Network(group, delayed, backwards).profile(DURATION)
        # of the part, 1 and 2 spike: 2 and 3 synapses each; backwards 3 synapses per target
        assert found["delayed_pre"].work.number == STEPS * 5
        assert found["backwards_post"].work.number == STEPS * 6

    def test_several_clocks(self):
        fast = b.NeuronGroup(2, "x : 1", threshold="x > 1", dt=0.1 * b.ms, name="fast")
        slow = b.NeuronGroup(2, "x : 1", threshold="x > 1", dt=0.5 * b.ms, name="slow")
        found = b.Network(fast, slow).profile(DURATION)
        assert found["fast_spike_thresholder"].calls == STEPS
        assert found["slow_spike_thresholder"].calls == STEPS // 5

    def test_python_functions_are_rows_too(self):
        seen = []

        @b.network_operation(name="spy")
        def spy():
            seen.append(1)

        group = b.NeuronGroup(1, "dv/dt = 1/second : 1", name="cells")
        found = b.Network(group, spy).profile(DURATION)
        assert found["spy"].calls == len(seen) == STEPS
        assert found["spy"].work.unit == "call"

    def test_other_objects(self):
        group = b.NeuronGroup(4, "dv/dt = -v/ms : 1", threshold="v > 1", name="cells")
        drive = b.PoissonInput(group, "v", 10, 100 * b.Hz, 0.1)
        noise = b.PoissonGroup(3, 100 * b.Hz, name="noise")
        rates = b.PopulationRateMonitor(group, name="rates")
        trace = b.StateMonitor(group, "v", record=True, name="trace")
        group.run_regularly("v += 0", name="regular")
        found = b.Network(group, drive, noise, rates, trace).profile(DURATION)
        assert found[drive.name].work.number == found["regular"].work.number == STEPS * 4
        assert found["noise_spike_thresholder"].work.number == STEPS * 3
        assert found["rates"].work.unit == found["trace"].work.unit == "call"


class TestFusion:
    """The kernels are those of an ordinary run."""

    def test_fused_kernels_are_one_row(self):
        group = b.NeuronGroup(3, "dv/dt = -v/ms : 1", threshold="v > 1", name="cells")
        network = b.Network(group)
        fused = network.profile(DURATION)
        assert fused["cells_stateupdater"] is fused["cells_spike_thresholder"]
        assert fused["cells_stateupdater"].objects == (
            "cells_stateupdater",
            "cells_spike_thresholder",
        )
        network.run(DURATION, profile=True)
        apart = network.profile()
        assert apart["cells_stateupdater"].objects == ("cells_stateupdater",)
        assert {name for name, _ in network.profiling_info} == {
            "cells_stateupdater",
            "cells_spike_thresholder",
        }

    def test_the_result_is_that_of_an_ordinary_run(self):
        def spikes(profiled: bool) -> tuple[bytes, bytes, float]:
            b.seed(3)
            group = b.NeuronGroup(20, "dv/dt = (2 - v)/(5*ms) + xi*ms**-0.5 : 1",
                                  threshold="v > 1", reset="v = 0", method="euler")  # fmt: skip
            network = b.Network(group, monitor := b.SpikeMonitor(group))
            for _ in range(2):
                if profiled:
                    network.profile(DURATION)
                else:
                    network.run(DURATION)
            return monitor.i[:].tobytes(), monitor.t_[:].tobytes(), float(network.t)

        assert spikes(profiled=True) == spikes(profiled=False)

    def test_nothing_is_left_in_the_network(self):
        network, _ = ring()
        names = [obj.name for obj in network]
        network.profile(DURATION)
        gc.collect()
        assert [obj.name for obj in network] == names
        assert not any("profile" in name for name in network.program().summary().split())

    def test_an_ordinary_run_measures_nothing(self, target):
        network, _ = ring()
        network.run(DURATION)
        engine = network.prepared["fused"].engine
        if target == "c":
            assert not engine.loop.profile
            assert not any(engine.times())


class TestTable:
    def test_text_and_html(self):
        network, _ = ring()
        found = network.profile(DURATION)
        lines = str(found).splitlines()
        assert lines[0].startswith("2. ms simulated in ")
        assert any(line.startswith("ring_pre ") for line in lines)
        assert lines[-1].startswith("(between kernels)")
        assert "<table" in found._repr_html_()
        assert "ring_pre" in found._repr_html_()

    def test_times_add_up(self):
        network, _ = ring()
        found = network.profile(50 * b.ms)
        parts = sum(kernel.seconds for kernel in found.kernels) + found.counting + found.rest
        # what is measured apart lies within the whole; only rounding is left
        assert parts == pytest.approx(found.seconds, rel=1e-9)
        times = [kernel.seconds for kernel in found.kernels]
        assert times == sorted(times, reverse=True)


class TestWrongAndExtreme:
    def test_before_any_measured_run(self):
        network, _ = ring()
        with pytest.raises(ValueError, match="no run was measured"):
            network.profile()
        network.run(DURATION, profile=True)
        network.run(DURATION)
        with pytest.raises(ValueError, match="no run was measured"):
            network.profile()

    def test_kernels_give_no_time_per_object(self):
        network, _ = ring()
        network.run(DURATION, profile="kernels")
        assert network.profile().duration == pytest.approx(float(DURATION))
        with pytest.raises(ValueError, match="profile=True"):
            network.profiling_info  # noqa: B018

    def test_no_steps(self):
        network, _ = ring()
        found = network.profile(0 * b.ms)
        assert all(kernel.calls == kernel.work.number == 0 for kernel in found.kernels)
        assert all(kernel.nanoseconds == 0 for kernel in found.kernels)
        assert found.rates == {}
        assert "(between kernels)" in str(found)

    def test_an_empty_network(self):
        found = b.Network().profile(DURATION)
        assert found.kernels == ()
        assert found.duration == 0
        assert str(found)

    def test_no_synapses(self):
        group = b.NeuronGroup(2, "v : 1", threshold="v > 1")
        synapses = b.Synapses(group, group, on_pre="v += 1", name="none")
        synapses.connect(condition="False")
        found = b.Network(group, synapses).profile(DURATION)
        assert found["none_pre"].work.number == 0

    def test_inactive_objects_are_no_rows(self):
        network, synapses = ring()
        synapses.active = False
        with pytest.raises(KeyError, match="ring_pre"):
            network.profile(DURATION)["ring_pre"]

    def test_unknown_names_say_what_there_is(self):
        network, _ = ring()
        with pytest.raises(KeyError, match="cells_spike_thresholder"):
            network.profile(DURATION)["cell"]

    @pytest.mark.parametrize(("value", "error"), [("all", ValueError), (3.5, TypeError)])
    def test_what_cannot_be_measured(self, value, error):
        network, _ = ring()
        with pytest.raises(error, match="profile must be"):
            network.run(DURATION, profile=value)
        assert network.t == 0 * b.ms

    def test_an_error_in_a_measured_run_leaves_the_network_as_it_was(self):
        network, _ = ring()

        @b.network_operation
        def fail():
            raise RuntimeError("on purpose")

        network.add(fail)
        with pytest.raises(RuntimeError, match="on purpose"):
            network.profile(DURATION)
        network.remove(fail)
        assert network.profile(DURATION)["ring_pre"].calls == STEPS

    def test_stopped_early(self):
        network, _ = ring()

        @b.network_operation
        def end():
            if network.t >= 0 * b.ms:
                network.stop()

        network.add(end)
        found = network.profile(DURATION)
        assert {kernel.calls for kernel in found.kernels} == {1}
        assert found.duration == pytest.approx(1e-4)

    def test_the_magic_network(self):
        group = b.NeuronGroup(3, "v : 1", threshold="v < 1", name="cells")
        b.run(DURATION, profile="kernels")
        assert magic_network.profile()["cells_spike_thresholder"].calls == STEPS
        b.run(DURATION)
        assert group.v[:].size == 3
        np.testing.assert_allclose(float(magic_network.t), 2 * float(DURATION))
