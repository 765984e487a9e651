"""The modelling language against Brian2: every probe gives what Brian2 gave.

`recorded/` holds what Brian2 2.9.0 gives, written by `record.py`. With BRAINSIM_BRIAN2_PYTHON set
to an interpreter that has Brian2, the recordings are also checked against Brian2 itself.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import brainsim

HERE = Path(__file__).resolve().parent
PEER = os.environ.get("BRAINSIM_BRIAN2_PYTHON", "")


def _load() -> ModuleType:
    """Import probing.py under the name by which the probes import it."""
    if "probing" not in sys.modules:
        spec = importlib.util.spec_from_file_location("probing", HERE / "probing.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules["probing"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["probing"])
    return sys.modules["probing"]


probing = _load()
PROBES = [(name, key) for name in probing.probe_names() for key in probing.load_probes(name)]
EVERY_PROBE = pytest.mark.parametrize(("module", "probe"), PROBES)

# Engines evaluate the same formulas in different orders of operations; a probe runs for some
# hundred steps, of which each adds a few units in the last place (1e-16), so 1e-12 of an array's
# largest value would do for contracting models. 1e-9 is the bound that the project promises.
RELATIVE = 1e-9


@pytest.fixture(autouse=True)
def _as_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Leave the default clock and the scope as they were, and no file; forget messages."""
    monkeypatch.chdir(tmp_path)
    # messages that come once come once in each probe
    monkeypatch.setattr("brainsim.logger._seen", set())
    dt = brainsim.defaultclock.dt
    yield
    brainsim.defaultclock.dt = dt
    brainsim.start_scope()


@pytest.fixture
def unused_objects_are_silent() -> None:
    """Let probes see what is said of unused objects."""


@functools.cache
def recording(module: str) -> dict[str, Any]:
    """Return what was recorded for a module."""
    path = probing.RECORDED / f"{module}.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def assert_same(found: Any, want: Any, where: str) -> None:
    """Compare results: numbers on the scale of their array, all else exactly.

    For errors the original mistake counts: its type in Brian2 must be one of the types, or of the
    base classes, of what is raised here.
    """
    assert type(found) is type(want), f"{where}: {found!r} instead of {want!r}"
    if isinstance(want, dict) and want.keys() == {"raised"}:
        if not want["raised"]:
            assert not found["raised"], f"{where}: raises {found['raised']}"
        else:
            kinds = {kind for one in found["raised"] for kind in one}
            mistake = want["raised"][-1][0]
            assert mistake in kinds, f"{where}: {found['raised']} instead of {mistake}"
    elif isinstance(want, dict) and want.get("kind") == "float":
        same = {key: value for key, value in want.items() if key != "values"}
        assert {key: value for key, value in found.items() if key != "values"} == same, where
        assert_close(found["values"], want["values"], where)
    elif isinstance(want, dict):
        assert found.keys() == want.keys(), where
        for key, value in want.items():
            assert_same(found[key], value, f"{where}.{key}")
    elif isinstance(want, list):
        assert len(found) == len(want), where
        for k, value in enumerate(want):
            assert_same(found[k], value, f"{where}[{k}]")
    elif isinstance(want, float):
        assert_close([found], [want], where)
    else:
        assert found == want, where


def assert_close(found: list[float], want: list[float], where: str) -> None:
    """Compare numbers on the scale of the largest finite one."""
    expected = np.array(want, dtype=float)
    finite = np.abs(expected[np.isfinite(expected)])
    bound = RELATIVE * finite.max(initial=0.0)
    np.testing.assert_allclose(np.array(found, float), expected, 0, bound, err_msg=where)


def test_every_module_is_recorded() -> None:
    """No probe without a recording, no recording without a probe, all from one version."""
    assert sorted(path.stem for path in probing.RECORDED.glob("*.json")) == probing.probe_names()
    for name in probing.probe_names():
        assert recording(name)["engine"] == "brian2 2.9.0"
        assert recording(name)["probes"].keys() == probing.load_probes(name).keys()


def test_comparison_notices_what_differs() -> None:
    """Types, units, shapes, values and kinds of errors are compared."""
    value = {"kind": "float", "shape": [2], "values": [1.0, 2.0], "unit": "volt"}
    assert_same(value | {"values": [1.0, 2.0 + 1e-9]}, value, "")
    for wrong in (
        value | {"values": [1.0, 2.0 + 1e-8]},
        value | {"values": [1.0, float("nan")]},
        value | {"unit": "amp"},
        value | {"shape": [2, 1]},
        value | {"kind": "integer"},
    ):
        with pytest.raises(AssertionError):
            assert_same(wrong, value, "")
    error = {"raised": [["Wrapped", "Exception"], ["KeyError", "LookupError", "Exception"]]}
    assert_same({"raised": [["Ours", "KeyError", "Exception"]]}, error, "")
    for wrong in ({"raised": []}, {"raised": [["ValueError", "Exception"]]}):
        with pytest.raises(AssertionError):
            assert_same(wrong, error, "")
    with pytest.raises(AssertionError):
        assert_same(error, {"raised": []}, "")


@pytest.mark.parametrize("target", ["c", "numpy"])
@EVERY_PROBE
def test_as_in_brian2(module: str, probe: str, target: str) -> None:
    """A probe gives on brainsim what it gave on Brian2."""
    brainsim.prefs.codegen.target = target
    # objects of an earlier probe would keep their names: a run that raised leaves cycles behind
    gc.collect()
    found = probing.run_probe(brainsim, probing.load_probes(module)[probe])
    assert_same(json.loads(json.dumps(found)), recording(module)["probes"][probe], probe)


@pytest.mark.brian2
@pytest.mark.skipif(not PEER, reason="BRAINSIM_BRIAN2_PYTHON names no interpreter")
@pytest.mark.parametrize("module", probing.probe_names())
def test_recording_is_current(module: str, tmp_path: Path) -> None:
    """Brian2 itself gives what was recorded."""
    command = [PEER, str(HERE / "record.py"), "--out", str(tmp_path), module]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    again = json.loads((tmp_path / f"{module}.json").read_text(encoding="utf-8"))
    for key, want in recording(module)["probes"].items():
        assert_same(again["probes"][key], want, key)
