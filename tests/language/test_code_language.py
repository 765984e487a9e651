"""Expressions and statements where brainsim accepts more than Brian2, or less; see rows/05.toml."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from brainsim import (
    Function,
    Network,
    NeuronGroup,
    Synapses,
    check_units,
    implementation,
    ms,
    mV,
    prefs,
)
from brainsim.utils.logger import catch_logs


@pytest.fixture(autouse=True)
def _on_numpy() -> None:
    prefs.codegen.target = "numpy"


def after(code: str) -> list[Any]:
    """Return x and y after code has run once."""
    group = NeuronGroup(3, "x : 1\ny : 1\nv : volt")
    group.x, group.y, group.v = [4, 5, 6], [2, 2, 3], [-1, 0, 1] * mV
    group.run_regularly(code)
    Network(group).run(0.1 * ms)
    return [group.x[:].tolist(), group.y[:].tolist()]


@pytest.mark.row("5 operators")
def test_zero_fits_every_unit_in_comparisons() -> None:
    """As it does in Python, and in sums."""
    assert after("x = int(v > 0)\ny = int(0 <= v)") == [[0, 0, 1], [0, 1, 1]]


@pytest.mark.row("5 statements")
def test_all_assignment_operators_and_comments_anywhere() -> None:
    """What reads well is legal."""
    code = "# first\nx **= 2\n# second; third\nx //= y  # fourth\ny = (x\n  + 1)\n"
    assert after(code) == [[8, 12, 12], [9, 13, 13]]


@pytest.mark.row("5 statements")
@pytest.mark.parametrize("target", ["i", "t", "dt", "N", "mV", "pi", "sin"])
def test_names_with_a_meaning_cannot_be_assigned_to(target: str) -> None:
    """A temporary of that name would hide it."""
    with pytest.raises(SyntaxError, match=f"'{target}'"):
        after(f"{target} = 3")


@pytest.mark.row("5 user function")
def test_functions_with_units_in_subexpressions() -> None:
    """They are no random functions, so nothing hinders their use more than once in a step."""

    @check_units(x=1, result=1)
    def square(x: Any) -> Any:
        return x**2

    group = NeuronGroup(3, "dv/dt = s/ms : 1\ns = square(i) : 1", method="euler")
    Network(group).run(0.1 * ms, namespace={"square": square})
    assert np.allclose(group.v, [0, 0.1, 0.4], 1e-15)


@pytest.mark.row("5 user function")
def test_a_function_that_is_not_there_is_named() -> None:
    """Also where a subexpression is read, or used in a string."""
    group = NeuronGroup(2, "w = nothing(x) : 1\nx : 1")
    for use in (lambda: group.w[:], lambda: setattr(group, "x", "w")):
        with pytest.raises(KeyError, match="'nothing' is not defined"):
            use()


@pytest.mark.row("5 Function", "5 implementation")
def test_what_cannot_work_is_refused_when_it_is_written() -> None:
    """Rather than when it is run."""
    with pytest.raises(ValueError, match="names for 2"):
        Function(lambda x: x, arg_units=[1], return_unit=1, arg_names=["x", "y"])
    with pytest.raises(ValueError, match="needs code"):
        implementation("cpp")


@pytest.mark.row("4 identifiers")
@pytest.mark.parametrize("name", ["E", "I", "S", "Q", "beta", "gamma", "zeta", "re", "Max", "true"])
def test_names_of_mathematics_are_ordinary_names(name: str) -> None:
    """The exact solution of dx/dt = (a - x)/tau, whatever x is called."""
    group = NeuronGroup(1, f"d{name}/dt = (a - {name})/(5*ms) : 1\na : 1", method="exact")
    setattr(group, name, 0.5)
    group.a = 2
    Network(group).run(1 * ms)
    # ten steps, each a product and a sum of rounded numbers
    assert np.allclose(getattr(group, name), 2 - 1.5 * np.exp(-0.2), 1e-14)


@pytest.mark.row("5 operators")
def test_not_is_for_truth_values() -> None:
    """As and and or are; int() turns truth values into numbers."""
    assert after("x = int(not v > 0)") == [[1, 1, 0], [2, 2, 3]]
    with pytest.raises(SyntaxError, match="is a number"):
        after("x = int(not y)")


@pytest.mark.row("5 order of evaluation")
@pytest.mark.parametrize("target", ["c", "cython", "numpy"])
def test_code_that_depends_on_the_order_runs_synapse_by_synapse(target: str) -> None:
    """In the order of their numbers, without a warning."""
    prefs.codegen.target = target
    source = NeuronGroup(4, "s : 1", threshold="s > 0", reset="s = 0")
    source.s = 1
    sink = NeuronGroup(2, "v : 1\nu : 1")
    synapses = Synapses(
        source, sink, "w : 1", on_pre="v_post += w; w = v_post\nu_post = 2*u_post + w"
    )
    synapses.connect()
    synapses.w = weights = np.arange(1.0, 9.0)
    with catch_logs() as logs:
        Network(source, sink, synapses).run(0.1 * ms)
    v, u = np.zeros(2), np.zeros(2)
    for k in range(8):
        v[k % 2] += weights[k]
        weights[k] = v[k % 2]
        u[k % 2] = 2 * u[k % 2] + weights[k]
    assert np.array_equal(sink.v, v)
    assert np.array_equal(sink.u, u)
    assert np.array_equal(synapses.w, weights)
    assert not logs
