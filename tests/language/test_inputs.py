"""Inputs where brainsim deliberately differs from Brian2."""

from __future__ import annotations

import numpy as np
import pytest

from brainsim import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    kHz,
    ms,
)


@pytest.mark.row("15 PoissonGroup")
def test_spikes_are_drawn_in_the_slot_of_the_group() -> None:
    """Drawn at the end of a step, a spike reaches its targets in the next one."""
    late = PoissonGroup(1, 1e9 * Hz, when="end")
    target = NeuronGroup(1, "x : 1")
    synapses = Synapses(late, target, on_pre="x += 1", delay=0.1 * ms)
    synapses.connect()
    Network(late, target, synapses).run(0.5 * ms)
    assert target.x[0] == 4


@pytest.mark.row("15 SpikeGeneratorGroup")
def test_parts_of_a_spike_generator() -> None:
    """Slices are subgroups; indices must be whole numbers."""
    group = SpikeGeneratorGroup(4, [0, 1, 2, 3], [0, 0, 0.1, 0.1] * ms)
    part = group[1:3]
    monitor = SpikeMonitor(part)
    target = NeuronGroup(4, "x : 1")
    synapses = Synapses(part, target, on_pre="x += 1")
    synapses.connect(i=[0, 1], j=[2, 3])
    Network(group, monitor, target, synapses).run(0.3 * ms)
    assert monitor.i[:].tolist() == [0, 1]
    assert target.x[:].tolist() == [0, 0, 1, 1]
    with pytest.raises(TypeError):
        SpikeGeneratorGroup(2, [0.5], [0] * ms)


@pytest.mark.row("15 PoissonInput")
def test_the_probability_follows_dt() -> None:
    """With rate*dt = 1 in both runs every input comes in every step."""
    group = NeuronGroup(2, "v : 1", dt=0.2 * ms)
    inputs = PoissonInput(group, "v", N=3, rate=10 * kHz, weight=1)
    net = Network(group, inputs)
    net.run(0.4 * ms)
    group.clock.dt = 0.1 * ms
    net.run(0.4 * ms)
    np.testing.assert_array_equal(group.v[:], 3 * (2 + 4))
