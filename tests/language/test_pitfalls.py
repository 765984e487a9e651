"""Pitfalls where brainsim differs from Brian2 on purpose."""

import pytest

from brainsim import Network, NeuronGroup, ms, mV


@pytest.mark.row("28 13. 0 fits every unit")
def test_a_literal_zero_fits_in_code_and_equations():
    """As it does in Python."""
    group = NeuronGroup(
        1, "dv/dt = -v/(1*ms) + 0 : volt", threshold="v > 0", reset="v = 0", method="euler"
    )
    group.v = 3 * mV
    Network(group).run(0.1 * ms)
    assert group.v[0] == 0 * mV


@pytest.mark.row("28 23. exact notices what is constant over dt")
def test_exact_solves_systems_with_a_singular_matrix():
    """Here x' = y and y' = 1 from x = 1 and y = 0, so that x = 1 + t**2/2."""
    group = NeuronGroup(1, "dx/dt = y/ms : 1\ndy/dt = 1/ms : 1", method="exact")
    group.x = 1
    Network(group).run(0.5 * ms)
    # five steps of a few roundings each
    assert group.x[0] == pytest.approx(1.125, rel=1e-14)
    assert group.y[0] == pytest.approx(0.5, rel=1e-14)
