"""Synapses where brainsim deliberately differs from Brian2."""

from __future__ import annotations

import numpy as np
import pytest

from brainsim import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    exp,
    ms,
    prefs,
)
from brainsim.errors import BrianObjectException

TARGETS = pytest.mark.parametrize("target", ["c", "numpy"])


@pytest.mark.row("14.1 names in code")
@pytest.mark.parametrize("name", ["i", "j"])
def test_code_cannot_move_synapses(name: str) -> None:
    """Writing a number of a neuron would change what is connected."""
    group = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    with pytest.raises(SyntaxError, match=f"'{name}' cannot be written by code"):
        Synapses(group, group, on_pre=f"{name} = 1")


@pytest.mark.row("14.1 delay d")
@pytest.mark.parametrize("delay", ["-1*ms", "inf*ms"])
def test_effects_do_not_come_before_causes(delay: str) -> None:
    """A delay that is negative or infinite is no delay."""
    group = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    synapses = Synapses(group, group, on_pre="v += 1")
    synapses.connect()
    synapses.delay = delay
    with pytest.raises(BrianObjectException, match="cannot come before") as caught:
        Network(group, synapses).run(1 * ms)
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.row("14.1 (event-driven)")
@TARGETS
def test_coupled_event_driven_variables(target: str) -> None:
    """With x' = (y - x)/tau and y' = (x - y)/tau, x + y stays and x - y decays with tau/2."""
    prefs.codegen.target = target
    tau = 2 * ms
    source = SpikeGeneratorGroup(1, [0, 0], [0, 3] * ms)
    synapses = Synapses(
        source,
        NeuronGroup(1, "v : 1"),
        """dx/dt = (y - x)/tau : 1 (event-driven)
           dy/dt = (x - y)/tau : 1 (event-driven)""",
        on_pre="x += 1",
    )
    synapses.connect()
    net = Network(source, synapses, synapses.target)
    net.run(4 * ms, namespace={"tau": tau})
    difference = exp(-2 * 3 * ms / tau)
    # two exponentials and a handful of operations
    np.testing.assert_allclose(synapses.x[0], (1 + difference) / 2 + 1, rtol=1e-14)
    np.testing.assert_allclose(synapses.y[0], (1 - difference) / 2, rtol=1e-14)


@pytest.mark.row("14.1 (event-driven)")
@TARGETS
def test_subexpressions_see_advanced_values(target: str) -> None:
    """`twice` in code is `2*p` at that point of the code."""
    prefs.codegen.target = target
    source = SpikeGeneratorGroup(1, [0, 0], [0, 1] * ms)
    synapses = Synapses(
        source,
        NeuronGroup(1, "v : 1"),
        """dp/dt = -p/ms : 1 (event-driven)
           twice = 2*p : 1
           before : 1
           after : 1""",
        on_pre="before = twice; p += 1; after = twice",
    )
    synapses.connect()
    Network(source, synapses, synapses.target).run(2 * ms)
    # one exponential and a handful of operations
    np.testing.assert_allclose(synapses.before[0], 2 * np.exp(-1), rtol=1e-14)
    np.testing.assert_allclose(synapses.after[0], 2 * np.exp(-1) + 2, rtol=1e-14)


@pytest.mark.row("14.1 (clock-driven)")
@TARGETS
def test_recording_expressions_of_both_sides(target: str) -> None:
    """A monitor records a subexpression of variables of neurons, whatever the order of memory."""
    prefs.codegen.target = target
    source, neurons = NeuronGroup(2, "v : 1"), NeuronGroup(3, "u : 1")
    source.v, neurons.u = "10*i", "i"
    synapses = Synapses(source, neurons, "both = v_pre + u_post : 1")
    synapses.connect(i=[1, 0, 1], j=[0, 2, 2])
    monitor = StateMonitor(synapses, "both", record=True)
    Network(source, neurons, synapses, monitor).run(0.1 * ms)
    np.testing.assert_array_equal(monitor.both[:, 0], [10, 2, 12])
