"""State variables, subgroups and links where brainsim does something else than Brian2."""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b


def cells(n: int = 4) -> b.NeuronGroup:
    """Return neurons with some values."""
    group = b.NeuronGroup(n, "v : volt\nx : 1\nn : integer\nc = 2*x : 1 (constant over dt)")
    group.v = np.arange(n) * b.mV
    group.x = np.arange(n)
    return group


@pytest.mark.row("10 reading")
def test_indices_that_mean_nothing() -> None:
    """A mask has a value per neuron, and a condition is one."""
    group = cells()
    with pytest.raises(IndexError, match="needs 4 values, not 2"):
        group.v[np.array([True, False])]
    with pytest.raises(TypeError, match="not a condition"):
        group.v["n"]
    assert len(group.v[[]]) == 0


@pytest.mark.row("10 read-only")
def test_constant_subexpressions_cannot_be_set() -> None:
    """They are computed in every step."""
    with pytest.raises(TypeError, match="cannot be set"):
        cells().c = 1


@pytest.mark.row("10 arithmetic")
def test_reductions_keep_units() -> None:
    """Functions of NumPy see the unit of a view, and several truth values are no single one."""
    v = cells().v
    for function in (np.max, np.min, np.sum, np.abs, np.std):
        assert b.have_same_dimensions(function(v), b.volt)
    assert sum(v) == 6 * b.mV
    with pytest.raises(ValueError, match="truth value"):
        bool(v)


@pytest.mark.row("10 G.indices['cond'], G.indices[2:5]")
def test_indices_are_integers_relative_to_their_group() -> None:
    """They can be used as indices, and none is beyond the end."""
    group = cells(6)
    part = group[2:5]
    assert group.indices["x > 2"].dtype.kind == "i"
    assert list(part.indices[1:]) == [1, 2]
    assert list(part.x[part.indices["x > 2"]]) == [3, 4]
    assert group.indices[-1] == 5
    with pytest.raises(IndexError, match="out of range"):
        group.indices[6]
    with pytest.raises(TypeError, match="not a condition"):
        group.indices["x"]


@pytest.mark.row("11 G[a:b], G[3], G[[3,4,5]]")
def test_more_can_be_sliced() -> None:
    """Negative integers count from the end, and generators have parts."""
    group = cells()
    assert list(group[-1].x[:]) == [3]
    generator = b.SpikeGeneratorGroup(5, [0], [1] * b.ms)
    assert len(generator[1:3]) == 2


@pytest.mark.row("12 x : unit")
def test_a_variable_can_be_linked_again() -> None:
    """The last link counts."""
    first, second = cells(), cells()
    second.x = 7
    linked = b.NeuronGroup(4, "y : 1 (linked)")
    linked.y = b.linked_var(first, "x")
    assert list(linked.y[:]) == [0, 1, 2, 3]
    linked.y = b.linked_var(second, "x")
    assert list(linked.y[:]) == [7, 7, 7, 7]
    with pytest.raises(ValueError, match="is \\(linked\\)"):
        linked[1:3].y = 3
