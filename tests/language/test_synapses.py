"""Synapses where brainsim deliberately differs from Brian2."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from brainsim import (
    DimensionMismatchError,
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


@pytest.mark.row("14.1 code forms")
@TARGETS
def test_subexpressions_see_what_the_code_has_changed(target: str) -> None:
    """As in resets and in run_regularly, a subexpression stands for its text."""
    prefs.codegen.target = target
    source = SpikeGeneratorGroup(1, [0], [0] * ms)
    neurons = NeuronGroup(1, "x : 1\ny = 10*x : 1")
    synapses = Synapses(
        source,
        neurons,
        "w : 1\nz = 2*w : 1\na : 1\nc : 1\nd : 1",
        on_pre="a = z; w += 1; c = z; x_post += 1; d = y_post",
    )
    synapses.connect()
    Network(source, synapses, neurons).run(0.1 * ms)
    assert (synapses.a[0], synapses.c[0], synapses.d[0]) == (0, 2, 10)


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


def ring() -> Synapses:
    """Return synapses between 4 neurons, 0 to 1, 1 to 2, 2 to 3, three times each."""
    group = NeuronGroup(4, "u : 1\nx : metre", name="ring_group*")
    synapses = Synapses(group, group, "w : 1\ng : 1 (shared)", multisynaptic_index="k")
    synapses.connect(j="i + 1", n=3, skip_if_invalid=True)
    synapses.w = "100*i + 10*j + k"
    return synapses


@pytest.fixture
def synapses() -> Iterator[Synapses]:
    """Synapses whose groups live as long as the test."""
    found = ring()
    groups = (found.source, found.target)
    yield found
    del groups


@pytest.mark.row("14.3 multisynaptic_index='k'")
def test_three_indices(synapses: Synapses) -> None:
    """The third index is the number within the pair."""
    assert synapses.w[1, 2, 1].tolist() == [121]
    assert synapses.w[0, 1, :2].tolist() == [10, 11]
    assert synapses.w[:, :, 2].tolist() == [12, 122, 232]
    assert synapses.w[2, 3, [0, 2]].tolist() == [230, 232]
    with pytest.raises(TypeError):
        synapses.k = 0


@pytest.mark.row("14.3 S.w[k], S.w[a:b], S.w[array]")
def test_booleans_select_synapses(synapses: Synapses) -> None:
    """As for groups, a truth value per synapse selects those where it is true."""
    assert synapses.w[synapses.w[:] > 200].tolist() == [230, 231, 232]
    assert synapses.w[synapses.i == 1].tolist() == [120, 121, 122]
    synapses.w[(synapses.k[:] > 0) & (synapses.j[:] < 3)] = -1
    assert synapses.w[:].tolist() == [10, -1, -1, 120, -1, -1, 230, 231, 232]
    with pytest.raises(IndexError):
        synapses.w[[True, False]]


@pytest.mark.row("14.3 S.w[i, j], slices, arrays, subgroups, ints")
def test_sides_of_a_pair(synapses: Synapses) -> None:
    """Each side is indexed as its group is."""
    assert synapses.w[-1, :].tolist() == []
    assert synapses.w[-2, 3].tolist() == [230, 231, 232]
    synapses.source.u = "i"
    assert synapses.w["u > 0.5 and u < 1.5", :].tolist() == [120, 121, 122]
    for pair in ((4, 0), (0, 4), ([0, 4], 0), (-5, 0)):
        with pytest.raises(IndexError):
            synapses.w[pair]


@pytest.mark.row("14.3 S.w['cond']")
def test_numbers_are_no_conditions(synapses: Synapses) -> None:
    """A string index must be true or false for each synapse."""
    with pytest.raises(TypeError):
        synapses.w["i + 1"]


@pytest.mark.row("14.3 write before connect")
def test_shared_variables_need_no_synapses() -> None:
    """They have memory from the start."""
    group = NeuronGroup(2, "v : 1")
    synapses = Synapses(group, group, "g : 1 (shared)")
    synapses.g = 3
    assert synapses.g[:] == 3


@pytest.mark.row("14.2 i=array, j=array", "14.2 n=")
def test_what_more_connect_takes() -> None:
    """Empty lists, all integer types, probabilities of given pairs; n beside a condition."""
    group = NeuronGroup(4, "k : integer")
    group.k = "i % 2"
    for arguments, i, j in (
        ({"i": [], "j": []}, [], []),
        ({"i": np.array([1, 2], np.int8), "j": np.array([3, 0], np.uint64)}, [1, 2], [3, 0]),
        ({"i": [0, 1, 2], "j": [2, 1, 0], "p": "int(i != j)"}, [0, 2], [2, 0]),
        ({"condition": "i == j", "n": "k_pre + 1"}, [0, 1, 1, 2, 3, 3], [0, 1, 1, 2, 3, 3]),
        ({"condition": "i == j", "n": "i - 2"}, [3], [3]),
    ):
        synapses = Synapses(group, group)
        synapses.connect(**arguments)
        assert synapses.i[:].tolist() == i
        assert synapses.j[:].tolist() == j


@pytest.mark.row("14.2 j='expr'", "14.2 n=")
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"j": "x_pre"}, DimensionMismatchError),
        ({"j": "i if i"}, TypeError),
        ({"n": "x_pre"}, DimensionMismatchError),
    ],
)
def test_what_connect_refuses(arguments: dict[str, str], error: type[Exception]) -> None:
    """Units and numbers where an index or a condition belongs are mistakes."""
    group = NeuronGroup(2, "x : metre")
    synapses = Synapses(group, group)
    with pytest.raises(error):
        synapses.connect(**arguments)
