"""Names from outside a model where brainsim does more than Brian2; see rows/06.toml."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from brainsim import Network, NeuronGroup, ms, prefs
from brainsim.core.functions import DEFAULT_FUNCTIONS
from brainsim.utils.logger import catch_logs


@pytest.fixture(autouse=True)
def _on_numpy() -> None:
    prefs.codegen.target = "numpy"


def warnings_of(net: Network, namespace: dict[str, Any]) -> list[str]:
    """Return the texts of the warnings of a run."""
    with catch_logs() as logs:
        net.run(0.1 * ms, namespace=namespace)
    return [message for _, _, message in logs]


@pytest.mark.row("6 level=")
def test_get_states_looks_as_many_frames_up_as_it_is_told() -> None:
    """For the external names of subexpressions."""
    factor = 3

    def y(group: NeuronGroup, level: int, form: str) -> list[float]:
        factor = 5  # noqa: F841
        states = group.get_states(["y"], units=False, format=form, level=level)
        return list(states["y"])

    group = NeuronGroup(2, "y = factor*x : 1\nx : 1")
    group.x = 1
    for form in ("dict", "pandas"):
        assert y(group, 0, form) == [5, 5]
        assert y(group, 1, form) == [factor, factor]
    everything = Network(group).get_states(units=False, subexpressions=True, level=0)
    assert everything[group.name]["y"].tolist() == [3, 3]


@pytest.mark.row("6 warnings")
def test_the_warning_shows_both_values() -> None:
    """Each such name once."""
    group = NeuronGroup(1, "dv/dt = (q + 0*q)/ms : 1", method="euler", namespace={"q": 1.5})
    net = Network(group)
    (text,) = warnings_of(net, {"q": 2})
    assert "1.5" in text
    assert "2" in text
    assert not warnings_of(net, {"q": 2}), "nothing new"


@pytest.mark.row("6 warnings")
def test_names_of_the_star_import_are_no_conflict() -> None:
    """They mean the same as in the language, and so does NumPy's function of the same name."""
    import brainsim

    arguments = {"clip": "(v, 0, 1)", "timestep": "(t, dt)", "rand": "()", "randn": "()"}
    lines = [
        f"y_{name} = {name}{arguments.get(name, '(v)')} : 1 (constant over dt)"
        for name in DEFAULT_FUNCTIONS
    ]
    text = "\n".join([*lines, "z = pi + e + v/inf + i/N : 1", "dv/dt = z*dt/ms/ms : 1"])
    net = Network(NeuronGroup(3, text, method="euler"))
    star = {name: getattr(brainsim, name) for name in brainsim.__all__}
    own = {"N": 3, "dt": 0.1 * ms}
    assert not warnings_of(net, {**vars(np), **star, **own})
