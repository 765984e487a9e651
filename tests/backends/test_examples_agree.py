"""The first steps of every example give the same numbers on every target.

An example runs as its user would run it, until it has taken a number of steps; then all variables
of its network and all that monitors have recorded are compared. C and Cython agree bit for bit,
NumPy to rounding.
"""

from __future__ import annotations

import contextlib
import runpy
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

import brainsim as b
from brainsim.devices.runtime import RuntimeDevice
from brainsim.model import naming
from brainsim.model.event_monitors import EventMonitor
from brainsim.model.recording import Recording
from brainsim.model.variables import ArrayVariable

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.py"))
# packages of the extra "examples", by the example that needs one
NEEDS = {"diehl_cook_2015": "sklearn"}
# what Cython is tried on unless all is asked for: each has something that the models of
# test_models_agree.py lack, and compiling all takes minutes
SAMPLE = {"clopath_2010", "diehl_cook_2015", "kuramoto", "rallpack3", "short_term_plasticity"}
STEPS = 100

# An operation errs by 2 ulp at most, 4.4e-16 of its result. The longest right-hand sides have some
# 50 operations, taken four times in a step by rk4, and each of 100 steps keeps or shrinks earlier
# errors: 1e-11 of the largest value. Upstrokes of spikes stretch errors by the ratio of slopes
# before and after, 100 at most (see test_models_agree.py).
ROUNDING = 1e-9


class EnoughError(Exception):
    """The example has taken its steps."""


def values_in(network: b.Network) -> Iterator[tuple[str, np.ndarray]]:
    """Yield all variables and recordings of a network."""
    for number, obj in enumerate(network.objects):
        place = f"object {number}, {type(obj).__name__}"
        for name, variable in getattr(obj, "variables", {}).items():
            if isinstance(variable, ArrayVariable):
                yield f"{place}, {name}", np.array(variable.values)
        recording = getattr(obj, "recording", None)
        if isinstance(recording, Recording):
            for name, array in recording.arrays.items():
                rows = len(recording) * recording.widths[name]
                yield f"{place}, recorded {name}", np.array(array[:rows])
        if isinstance(obj, EventMonitor):
            yield f"{place}, counts", np.array(obj.counts)


def first_steps(path: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Run an example on a target until it has taken some steps; return all that there is then."""
    values: dict[str, np.ndarray] = {}
    taken = 0
    run = RuntimeDevice.advance

    def shortened(device: RuntimeDevice, network: Any, duration: float, options: Any) -> None:
        nonlocal taken
        dt = min(clock.dt_ for clock in network.clocks())
        steps = min(round(duration / dt), STEPS - taken)
        taken += steps
        run(device, network, steps * dt, options)
        if taken >= STEPS:
            values.update(values_in(network))
            raise EnoughError

    b.start_scope()
    b.defaultclock.dt = 0.1 * b.ms
    b.prefs.codegen.target = target
    b.seed(1)
    with monkeypatch.context() as patch:
        patch.setattr(RuntimeDevice, "advance", shortened)
        # names decide the order of objects in the schedule: all runs are to have the same ones
        patch.setattr(naming, "_living", weakref.WeakValueDictionary())
        patch.setattr(sys, "argv", [str(path)])
        with contextlib.suppress(EnoughError):
            runpy.run_path(str(path), run_name="__main__")
    assert values, "the example ended before it had taken its steps"
    return values


@pytest.fixture(autouse=True)
def _fresh_simulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    dt = b.defaultclock.dt
    yield
    b.prefs.reset_to_defaults()
    b.defaultclock.dt = dt
    b.start_scope()
    plt.close("all")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_numpy_agrees_to_rounding(path, monkeypatch):
    if path.stem in NEEDS:
        pytest.importorskip(NEEDS[path.stem])
    expected = first_steps(path, "c", monkeypatch)
    found = first_steps(path, "numpy", monkeypatch)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if value.dtype.kind == "f":
            bound = ROUNDING * np.abs(value).max(initial=1e-300)
            np.testing.assert_allclose(found[key], value, rtol=0, atol=bound, err_msg=key)
        else:
            np.testing.assert_array_equal(found[key], value, err_msg=key)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_cython_gives_the_bits_of_c(path, monkeypatch, request):
    if path.stem not in SAMPLE and not request.config.getoption("--every-target"):
        pytest.skip("run pytest --every-target to compile all examples with Cython")
    if path.stem in NEEDS:
        pytest.importorskip(NEEDS[path.stem])
    expected = first_steps(path, "c", monkeypatch)
    found = first_steps(path, "cython", monkeypatch)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert value.tobytes() == found[key].tobytes(), key
