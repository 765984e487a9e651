"""Whole models by their CUDA text, emulated on the host; `check_cuda.py` runs them on a GPU."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cuda_models
import numpy as np
import pytest
from cuda_running import CudaDevice, compile_emulated, differences, state_of

import brainsim as b
from brainsim.model.device import active_device, use_device

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
DURATION = 20 * b.ms


@pytest.fixture(autouse=True)
def device_of_before() -> Iterator[None]:
    """Let the usual device run what comes after a test."""
    before = active_device()
    yield
    use_device(before)


class Build:
    """Compiles a text once, and loads it with the order in which threads are emulated."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.backwards = folder, 0
        self.paths: dict[str, Path] = {}

    def __call__(self, text: str) -> ctypes.CDLL:
        path = self.paths.setdefault(text, self.folder / f"unit{len(self.paths)}.so")
        if not path.exists():
            compile_emulated(text, path)
        library = ctypes.CDLL(str(path))
        ctypes.c_int.in_dll(library, "emulated_backwards").value = self.backwards
        return library


def _run(model: Callable[[], list[Any]], slot: str) -> dict[str, Any]:
    network = cuda_models.build(model)
    network.run(DURATION)
    return state_of(network, slot)


@pytest.mark.parametrize("model", cuda_models.MODELS, ids=lambda model: model.__name__)
def test_models_agree_with_c_in_whatever_order_threads_run(
    model: Callable[[], list[Any]], tmp_path: Path
) -> None:
    expected = _run(model, "fused")
    build = Build(tmp_path)
    use_device(CudaDevice(build))
    rounded = model.__name__ in cuda_models.ROUNDED
    for build.backwards in (0, 1):
        found = _run(model, "cuda")
        if not rounded:
            assert differences(expected, found) == []
            continue
        assert expected.keys() == found.keys()
        for name, array in expected.items():
            assert array.shape == found[name].shape
            # at most 200 terms in a sum, 200 steps, and what is added up leaks or is limited
            bound = 200 * 200 * np.finfo(float).eps * max(1.0, float(np.abs(array).max(initial=0)))
            assert np.abs(array.astype(float) - found[name]).max(initial=0) <= bound, name


def test_python_functions_see_and_change_what_kernels_do(tmp_path: Path) -> None:
    def model() -> list[Any]:
        group = b.NeuronGroup(50, "dv/dt = -v/(10*ms) : 1", method="exact", name="neurons")
        seen = []

        @b.network_operation(dt=1 * b.ms, name="kick")
        def kick() -> None:
            seen.append(float(group.v[7]))
            group.v[3] += 1.0

        return [group, kick]

    expected = _run(model, "fused")
    use_device(CudaDevice(Build(tmp_path)))
    assert differences(expected, _run(model, "cuda")) == []
    assert expected["neurons_v"][3] > 5
