"""Reference models against Brian2: recorded numbers everywhere, Brian2 itself on request.

Without Brian2 the models run on brainsim and are compared with `reference/`, which
`record_reference.py` wrote with Brian2. With BRAINSIM_BRIAN2_PYTHON set to an interpreter that has
Brian2 2.9.0 (`benchmarks/make_environments.py brian2` makes one), every model is also run on both
engines side by side, and the recordings are checked against the installed Brian2.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import brainsim

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

HERE = Path(__file__).resolve().parent
REFERENCE = HERE / "reference"
RUNNER = HERE / "run_model.py"
PEER = os.environ.get("BRAINSIM_BRIAN2_PYTHON", "")


def load_runner() -> ModuleType:
    """Import run_model.py from this folder, which is not a package."""
    spec = importlib.util.spec_from_file_location("science_run_model", RUNNER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


runner = load_runner()
DETERMINISTIC: list[str] = runner.model_names(random=False)
RANDOM: list[str] = runner.model_names(random=True)
STATISTICS: dict[str, Any] = json.loads((REFERENCE / "statistics.json").read_text())

needs_brian2 = [
    pytest.mark.brian2,
    pytest.mark.skipif(not PEER, reason="BRAINSIM_BRIAN2_PYTHON names no interpreter"),
]

# Both engines evaluate the same formulas, but not in the same order of operations, so a step
# differs by a few units in the last place: about 1e-15 of the state. The models are contracting or
# neutral apart from threshold upstrokes; over the 1000 steps or fewer between resets this adds up
# to 1e-12 at most. Upstrokes amplify it: scaling all times and voltages of a model by 1 +- 1e-13
# moves no trace by more than 3e-11 of its largest value, except the quadratic upstroke of
# `izhikevich` (9e-10), an amplification of 1e4 at most; the error per step, amplified so, stays
# below 1e-10. The bound is the 1e-9 that the project promises.
RELATIVE = 1e-9

# Two-sided 1e-4 quantile of Student's t with 14 degrees of freedom, the least that two samples of
# eight seeds have. With about 45 statistics one false alarm is expected in 200 fresh choices of
# the seeds; the seeds here are fixed.
STUDENT = 5.37
SEEDS = range(8)


@pytest.fixture(autouse=True)
def _as_found() -> Iterator[None]:
    """Leave the default clock and the scope of magic networks as they were."""
    brainsim.start_scope()
    dt = brainsim.defaultclock.dt
    yield
    brainsim.defaultclock.dt = dt
    brainsim.start_scope()


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Whole numbers and truth values are identical, traces agree on their own scale."""
    assert found.keys() == expected.keys()
    for name, want in expected.items():
        have = found[name]
        assert have.shape == want.shape, name
        if want.dtype.kind in "bui":
            np.testing.assert_array_equal(have, want, err_msg=name)
        else:
            scale = np.max(np.abs(want), initial=0.0)
            np.testing.assert_allclose(have, want, rtol=0, atol=RELATIVE * scale, err_msg=name)


def assert_same_statistics(found: list[dict[str, Any]], expected: dict[str, list[float]]) -> None:
    """Means over seeds differ by no more than the spread over seeds explains."""
    assert found[0].keys() == expected.keys()
    for name, values in expected.items():
        have, want = np.array([float(run[name]) for run in found]), np.array(values)
        freedom = len(have) + len(want) - 2
        assert freedom >= 14, "STUDENT is the quantile for two samples of eight"
        squares = np.sum((have - have.mean()) ** 2) + np.sum((want - want.mean()) ** 2)
        spread = sqrt(squares / freedom) * sqrt(1 / len(have) + 1 / len(want))
        # a statistic without spread, such as a truth value, has to agree to rounding
        bound = STUDENT * spread + 1e-12 * abs(want.mean())
        assert abs(have.mean() - want.mean()) <= bound, (
            f"{name}: {have.mean():.6g} against {want.mean():.6g}, bound {bound:.2g}"
        )


def recording(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the recorded arrays of a model and what is known about them."""
    with np.load(REFERENCE / f"{name}.npz", allow_pickle=False) as stored:
        arrays = {key: stored[key] for key in stored.files}
    return arrays, json.loads(str(arrays.pop("about")))


def assert_matches_recording(found: dict[str, Any], name: str) -> None:
    """Full shapes as recorded, and equal values in the columns that were kept."""
    arrays, about = recording(name)
    assert {key: list(array.shape) for key, array in found.items()} == about["shapes"]
    assert_same({key: runner.thin(array) for key, array in found.items()}, arrays)


def run_on_brian2(name: str, seed: int, folder: Path) -> dict[str, Any]:
    """Run a model in the interpreter that has Brian2."""
    out = folder / f"{name}_{seed}.npz"
    command = [PEER, str(RUNNER), "brian2", name, str(seed), str(out), "--target", "numpy"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(out, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def test_every_model_is_recorded() -> None:
    """No model without a reference, no reference without a model."""
    assert sorted(path.stem for path in REFERENCE.glob("*.npz")) == DETERMINISTIC
    assert sorted(STATISTICS["models"]) == RANDOM
    assert len(DETERMINISTIC) >= 20


def test_recordings_name_their_origin() -> None:
    """All recordings come from the version of Brian2 whose language this project speaks."""
    origins = {recording(name)[1]["engine"] for name in DETERMINISTIC}
    assert origins | {STATISTICS["engine"]} == {"Brian2 2.9.0"}


def test_recordings_are_small() -> None:
    """The folder stays below a megabyte."""
    assert sum(path.stat().st_size for path in REFERENCE.iterdir()) < 1_000_000


def test_comparison_notices_one_spike_in_another_step() -> None:
    """Spikes are compared exactly, traces on the scale of the trace."""
    want = {"x_us": np.array([100, 200]), "v": np.array([-0.07, 0.0])}
    assert_same({"x_us": np.array([100, 200]), "v": np.array([-0.07, 6e-11])}, want)
    with pytest.raises(AssertionError, match="x_us"):
        assert_same(want | {"x_us": np.array([100, 300])}, want)
    with pytest.raises(AssertionError, match="v"):
        assert_same(want | {"v": np.array([-0.07, 8e-11])}, want)
    with pytest.raises(AssertionError, match="v"):
        assert_same(want | {"v": np.array([-0.07, np.nan])}, want)


def test_comparison_of_statistics_notices_a_shift() -> None:
    """Four standard deviations of a single seed are seen, the standard error is not."""
    values = [1.0, 2.0, 3.0, 2.0, 1.0, 3.0, 2.0, 2.0]
    assert_same_statistics([{"rate": value + 0.3} for value in values], {"rate": values})
    with pytest.raises(AssertionError, match="rate"):
        assert_same_statistics([{"rate": value + 3.0} for value in values], {"rate": values})
    assert_same_statistics([{"same": True}] * 8, {"same": [1.0] * 8})
    with pytest.raises(AssertionError, match="same"):
        assert_same_statistics([{"same": False}] * 8, {"same": [1.0] * 8})


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_traces_and_spikes_equal_the_recorded_ones(name: str) -> None:
    """Traces within 1e-9 of their scale, spikes in identical steps."""
    assert_matches_recording(runner.run_model(brainsim, name), name)


@pytest.mark.parametrize("name", RANDOM)
def test_statistics_equal_the_recorded_ones(name: str) -> None:
    """Rates and moments over eight seeds lie within the spread of seeds."""
    runs = [runner.run_model(brainsim, name, seed) for seed in SEEDS]
    assert_same_statistics(runs, STATISTICS["models"][name])


class TestLive:
    """Both engines now, in their own interpreters."""

    pytestmark = needs_brian2

    def test_version(self) -> None:
        """The peer is the version that the references were recorded with."""
        code = "import brian2; print(brian2.__version__)"
        done = subprocess.run([PEER, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "2.9.0"

    @pytest.mark.parametrize("name", DETERMINISTIC)
    def test_recording_is_current(self, name: str, tmp_path: Path) -> None:
        """Brian2 itself gives what was recorded."""
        assert_matches_recording(run_on_brian2(name, 0, tmp_path), name)

    @pytest.mark.parametrize("name", DETERMINISTIC)
    def test_traces_and_spikes(self, name: str, tmp_path: Path) -> None:
        """Every column of every trace, and every spike."""
        assert_same(runner.run_model(brainsim, name), run_on_brian2(name, 0, tmp_path))

    @pytest.mark.parametrize("name", RANDOM)
    def test_statistics(self, name: str, tmp_path: Path) -> None:
        """Eight seeds on each engine."""
        runs = [run_on_brian2(name, seed, tmp_path) for seed in SEEDS]
        expected = {key: [float(run[key]) for run in runs] for key in runs[0]}
        assert_same_statistics([runner.run_model(brainsim, name, seed) for seed in SEEDS], expected)


def test_runner_writes_what_it_ran(tmp_path: Path) -> None:
    """The script form runs in a process of its own and stores plain arrays."""
    out = tmp_path / "out.npz"
    command = [sys.executable, str(RUNNER), "brainsim", "certain_poisson", "0", str(out)]
    subprocess.run(command, cwd=tmp_path, check=True)
    with np.load(out, allow_pickle=False) as stored:
        assert_matches_recording({key: stored[key] for key in stored.files}, "certain_poisson")
