"""Errors that come earlier, or that Brian2 does not report."""

import numpy as np
import pytest

from brainsim import (
    DimensionMismatchError,
    NetworkOperation,
    NeuronGroup,
    SpatialNeuron,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
)


def group(**options):
    return NeuronGroup(3, "v : volt\nx : 1", **options)


@pytest.mark.row("25 incompatible dimensions anywhere")
def test_both_dimensions_are_told():
    """And a refractory period is looked at when the group is made."""
    with pytest.raises(DimensionMismatchError) as caught:
        mV + ms
    assert [repr(dim) for dim in caught.value.dims[1:]] == ["second"]
    with pytest.raises(DimensionMismatchError):
        group(threshold="x > 1", refractory=3 * mV)


@pytest.mark.row(
    "25 forbidden variable names, expression syntax, stateful subexpression without flag, "
    "shared referring to non-shared"
)
@pytest.mark.parametrize("code", ["x =", "x", "for k in range(3): x = k", "if x > 1: x = 0"])
def test_what_is_no_statement_is_a_syntax_error_when_the_group_is_made(code):
    """As what is no expression is."""
    with pytest.raises(SyntaxError):
        group(threshold="x > 1", reset=code)


@pytest.mark.row(
    "25 wrong argument type, read-only variable, non-boolean threshold, non-string code, writing "
    "before connect"
)
@pytest.mark.parametrize(
    "make",
    [
        lambda: group(threshold="x > 1", reset=3),
        lambda: group().run_regularly(3),
        lambda: NetworkOperation(3),
        lambda: Synapses(3, group()),
        lambda: SpikeMonitor(3),
        lambda: StateMonitor(3, "v", record=True),
        lambda: SpatialNeuron(3, "Im = 0*amp/meter**2 : amp/meter**2"),
    ],
)
def test_arguments_are_looked_at_when_an_object_is_made(make):
    """With one type for all that is of a wrong type."""
    with pytest.raises(TypeError):
        make()


@pytest.mark.row(
    "25 index out of range, non-contiguous subgroup, index of unrecorded neuron, synapse indices"
)
def test_indices_of_no_neuron_are_refused():
    """A mask of another length, and a pair beyond the groups."""
    with pytest.raises(IndexError):
        group().x[np.array([True, False])]
    source = group(threshold="x > 1", reset="")
    synapses = Synapses(source, source, "w : 1")
    synapses.connect()
    with pytest.raises(IndexError):
        synapses.w[0, 5]
