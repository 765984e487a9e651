"""Programs do what the runtime does, bit for bit: they run the same kernels in the same order."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import MODELS

import brainsim as b

pytestmark = pytest.mark.skipif(
    shutil.which("make") is None or shutil.which("g++") is None, reason="needs make and g++"
)
DURATION = 80 * b.ms


@pytest.fixture(autouse=True)
def runtime_afterwards() -> Iterator[None]:
    """Every test begins and ends with the runtime device, on one thread."""
    b.prefs.codegen.target = "c"
    b.set_device("runtime")
    yield
    b.all_devices["cpp_standalone"].reinit()
    b.set_device("runtime")
    b.prefs.reset_to_defaults()


def simulated(model: Callable[[], Any]) -> Callable[[], dict[str, Any]]:
    """Run a model on the device in use; return what gives the values to compare."""
    b.start_scope()
    b.seed(20)
    b.defaultclock.dt = 0.1 * b.ms
    objects, outcome = model()
    network = b.Network(*objects)
    network.run(DURATION)
    return lambda: outcome() if network else {}


def program(folder: Path, **options: Any) -> Any:
    """Have programs written to a folder from now on; return the device."""
    b.set_device("cpp_standalone", directory=folder, **options)
    device = b.get_device()
    device.reinit()
    return device


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, values in expected.items():
        assert found[name].dtype == values.dtype, name
        assert found[name].tobytes() == values.tobytes(), name


@pytest.mark.row("22 standalone, one run")
@pytest.mark.parametrize("name", MODELS)
def test_a_program_has_the_bits_of_the_runtime(name: str, tmp_path: Path) -> None:
    """Also on 2 and 4 threads, of the same program."""
    expected = simulated(MODELS[name])()
    assert all(values.size for values in expected.values())
    device = program(tmp_path)
    outcome = simulated(MODELS[name])
    assert_same(outcome(), expected)
    for threads in (2, 4):
        b.prefs.core.threads = threads
        device.run(with_output=False)
        assert_same(outcome(), expected)
