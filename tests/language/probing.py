"""Probes of the modelling language: small functions that run on brainsim and on Brian2 alike.

A probe takes the imported module of an engine and returns a dictionary of what it saw: numbers,
arrays, quantities, strings, truth values, lists of these, or `raised(...)`. It is labelled with the
rows of the language that it examines, see `rows/`. `record.py` keeps what Brian2 gives, and
`test_probes.py` compares.

This module is imported by the interpreter that has Brian2, so it needs NumPy alone.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
PROBES = HERE / "probes"
RECORDED = HERE / "recorded"

Probe = Callable[[Any], dict[str, Any]]


def probe(*rows: str) -> Callable[[Probe], Probe]:
    """Label a function as a probe of rows, such as "11 semantics": section, then name."""

    def label(function: Probe) -> Probe:
        function.rows = rows  # type: ignore[attr-defined]
        return function

    return label


def raised(action: Callable[[], Any]) -> dict[str, Any]:
    """Return the types of what an action raises, outermost first, each with its base classes.

    The last type is that of the original mistake; engines may differ in what they wrap around it.
    """
    try:
        action()
    except BaseException as error:  # noqa: BLE001 - whatever it is goes into the result
        chain: list[BaseException] = []
        current: BaseException | None = error
        while current is not None:
            chain.append(current)
            current = current.__cause__
        return {"raised": [[kind.__name__ for kind in type(one).__mro__] for one in chain]}
    return {"raised": []}


@contextlib.contextmanager
def logged(b: Any) -> Iterator[list[str]]:
    """Yield a list that receives the names (without modules) of the warnings of the block."""
    names: list[str] = []
    gc.collect()  # what was dropped before warns before
    logger = importlib.import_module(f"{b.__name__}.utils.logger")
    with logger.catch_logs() as caught:
        yield names
    names += [name.rpartition(".")[2] for _, name, _ in caught]


def printed(b: Any, script: str) -> dict[str, list[str]]:
    """Return the lines that a script prints in a process of its own, the engine called ENGINE.

    The script finds the engine as `b`, its preferences as `prefs` and a logger as `log`.
    """
    start = f"""
import {b.__name__} as b
prefs, log = b.prefs, b.get_logger("{b.__name__}.probe")
prefs.codegen.target = "numpy"
"""
    paths = [str(Path(b.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-W", "ignore", "-c", start + script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return {
        name: text.replace(b.__name__, "ENGINE").splitlines()
        for name, text in (("out", done.stdout), ("err", done.stderr))
    }


@contextlib.contextmanager
def cables(b: Any) -> Iterator[None]:
    """Let Brian2 compile what it runs: with NumPy it needs SciPy for cable equations."""
    old = b.prefs.codegen.target
    if b.__name__ == "brian2":
        b.prefs.codegen.target = "cython"
    try:
        yield
    finally:
        b.prefs.codegen.target = old


def probe_names() -> list[str]:
    """Return the sorted names of the modules of probes."""
    return sorted(path.stem for path in PROBES.glob("s*.py"))


def load_probes(name: str) -> dict[str, Probe]:
    """Return the probes of a module by name."""
    if str(HERE) not in sys.path:
        sys.path.append(str(HERE))
    spec = importlib.util.spec_from_file_location(f"probes_{name}", PROBES / f"{name}.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(PROBES / f"{name}.py")
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {key: value for key, value in vars(module).items() if hasattr(value, "rows")}


def run_probe(b: Any, function: Probe) -> dict[str, Any]:
    """Run a probe in fresh surroundings and return its results as plain values for JSON."""
    b.start_scope()
    b.defaultclock.dt = 0.1 * b.ms
    b.seed(1234)
    return {key: plain(value) for key, value in function(b).items()}


def plain(value: Any) -> Any:
    """Return a value as JSON knows it; a quantity becomes its base value and its dimension."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        entries = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain(entry) for entry in entries]
    if isinstance(value, type):
        return value.__name__
    dimension = getattr(value, "dim", None)
    array = np.asarray(value)
    kind = {"b": "boolean", "i": "integer", "u": "integer", "f": "float"}.get(array.dtype.kind)
    if kind is None:
        raise TypeError(f"a probe cannot return {value!r}")
    found = {"kind": kind, "shape": list(array.shape), "values": array.ravel().tolist()}
    if dimension is not None and repr(dimension) != "Dimension()":
        found["unit"] = repr(dimension)
    return found
