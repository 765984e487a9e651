"""Fixtures for all tests: golden files, the C compiler, kernels of every target."""

from __future__ import annotations

import ctypes
import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from brainsim.codegen import toolchain
from brainsim.codegen.ir import Kernel
from brainsim.codegen.printers import cython, numpy
from brainsim.model.base import BrianObject
from brainsim.model.clock import defaultclock
from brainsim.model.scope import start_scope
from brainsim.preferences import prefs

# the machine's own settings do not change what tests see
for _name in [name for name in os.environ if name.startswith("BRAINSIM_")]:
    if _name not in {"BRAINSIM_BRIAN2_PYTHON", "BRAINSIM_CACHE_DIR"}:
        del os.environ[_name]
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="brainsim-no-settings-")

# a busy machine may take its time; in CI the examples are the same in every run
settings.register_profile("patient", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("patient")

# every kernel that a test lowers is checked before and after each pass
os.environ["BRAINSIM_VERIFY"] = "1"

HERE = Path(__file__).parent
GOLDEN = HERE / "golden" / "kernels"
sys.path.append(str(HERE / "backends" / "support"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that accepts what is printed now as golden, and one for long tests."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")
    parser.addoption(
        "--every-target", action="store_true", help="compile all examples with Cython, too"
    )


@pytest.fixture(autouse=True)
def unused_objects_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide what is said of unused objects: when those of other tests die is a matter of chance."""
    monkeypatch.delattr(BrianObject, "__del__")


@pytest.fixture(autouse=True)
def fresh_surroundings() -> Iterator[None]:
    """Give every test a clock at time zero, default preferences, and a scope of its own."""
    start_scope()
    defaultclock.move_to(0, 1e-4)
    prefs.reset_to_defaults()
    yield
    prefs.reset_to_defaults()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file of tests/golden/kernels, or write it with --update-golden."""

    def check(text: str, name: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        advice = f"review it and run: pytest --update-golden {request.node.nodeid}"
        assert path.is_file(), f"there is no {path.name}; {advice}"
        assert text == path.read_text(encoding="utf-8"), f"{path.name} has changed; {advice}"

    return check


@pytest.fixture(scope="session")
def compiler() -> toolchain.Compiler:
    """Return the C compiler that the package would use."""
    return toolchain.find_compiler()


@pytest.fixture(scope="session")
def compile_c(
    compiler: toolchain.Compiler, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., ctypes.CDLL]:
    """Return a function that compiles a C text, warnings being errors, and loads it."""
    folder, number = tmp_path_factory.mktemp("c"), itertools.count()

    def build(text: str, *extra_flags: str) -> ctypes.CDLL:
        source = folder / f"unit{next(number)}.c"
        source.write_text(text, encoding="utf-8")
        library = source.with_suffix(".so")
        flags = (*toolchain.default_flags(), "-Wall", "-Wextra", "-Werror", *extra_flags)
        toolchain.compile_shared(source, library, compiler, flags=flags)
        return toolchain.load_library(library)

    return build


@pytest.fixture(scope="session")
def build_cython(
    compiler: toolchain.Compiler, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., ModuleType]:
    """Return a function that compiles kernels with Cython into one extension module."""
    folder, number = tmp_path_factory.mktemp("cython"), itertools.count()

    def build(kernels: list[Kernel], *extra_flags: str) -> ModuleType:
        name = f"unit{next(number)}"
        source = folder / f"{name}.pyx"
        source.write_text(cython.print_unit(kernels, "test"), encoding="utf-8")
        out = source.with_suffix(".so")
        flags = (*toolchain.default_flags(), *extra_flags)
        toolchain.compile_cython(source, name, out, compiler, flags=flags)
        return toolchain.load_extension(out, name)

    return build


@pytest.fixture(scope="session")
def build_numpy(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., ModuleType]:
    """Return a function that imports the NumPy module of kernels."""
    folder, number = tmp_path_factory.mktemp("numpy"), itertools.count()

    def build(kernels: list[Kernel]) -> ModuleType:
        source = folder / f"unit{next(number)}.py"
        source.write_text(numpy.print_unit(kernels, "test"), encoding="utf-8")
        return toolchain.load_python_module(source, source.stem)

    return build
