"""Other values for a run of a program that has been built: `device.run(run_args=...)`.

Input: variables or TimedArrays with values, or arguments of the command line. Output: arguments of
the command line, some of which name a file of values. Does not: run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...model.timedarray import TimedArray
from ...model.variables import Array
from ...model.views import VariableView
from .plan import Plan
from .results import STATE
from .statefile import read_state, write_state


def run_arguments(plan: Plan, folder: Path, results: Path, given: Any) -> list[str]:
    """Return the arguments with which a program runs with other values.

    Args:
        plan: The runs of the program.
        folder: Its project.
        results: The folder of its results, seen from there.
        given: Variable (`group.v`), its name ("group.v") or TimedArray -> value; or texts such as
            "group.v=0.5", and options of the program.

    Raises:
        TypeError: A key is neither a variable nor a TimedArray.
        DimensionMismatchError: A value has other dimensions.
        ValueError: There are not as many values as elements.
    """
    if not isinstance(given, Mapping):
        return _texts([given] if isinstance(given, str) else given)
    start = read_state(folder / STATE)
    _go_back(plan, start)
    for key, value in given.items():
        _set(plan, key, value)
    first = plan.runs[0]
    phase = plan.phases[first.phase]
    phase.image.lowered.compute_numbers()
    changed: dict[str, Array] = {}
    for name, number in phase.slots.items():
        slot, live = plan.slots[number], phase.image.lowered.arrays[name]()
        if live.tobytes() != np.ascontiguousarray(start[slot.name]).tobytes():
            changed[slot.name] = live
    (folder / results).mkdir(parents=True, exist_ok=True)
    write_state(folder / results / "values.bin", changed)
    return ["--values", str(results / "values.bin")]


def _texts(given: Iterable[Any]) -> list[str]:
    arguments: list[str] = []
    for text in given:
        if not isinstance(text, str):
            raise TypeError(f"run_args are texts, or values by variable, not {text!r}")
        arguments += [text] if text.startswith("-") else ["--set", text]
    return arguments


def _go_back(plan: Plan, start: Mapping[str, Array]) -> None:
    """Let all objects be as they were when the program was written."""
    plan.settle()
    first = plan.runs[0]
    for clock in first.network.clocks():
        clock.step = first.steps[clock.name]
    phase = plan.phases[first.phase]
    for name, number in phase.slots.items():
        live, old = phase.image.lowered.arrays[name](), start[plan.slots[number].name]
        live[:] = 0
        live[: len(old)] = old[: len(live)]


def _set(plan: Plan, key: Any, value: Any) -> None:
    if isinstance(key, TimedArray):
        values = np.asarray(value, dtype=key.values.dtype)
        if values.shape != key.values.shape:
            raise ValueError(
                f"the TimedArray '{key.name}' has values of shape {key.values.shape}, not "
                f"{values.shape}"
            )
        key.values[...] = values
    elif isinstance(key, VariableView):
        key[:] = value
    elif isinstance(key, str) and key.count(".") == 1:
        owner, name = key.split(".")
        plan.runs[0].network[owner].set_values(name, slice(None), value)  # type: ignore[attr-defined]
    else:
        raise TypeError(
            f"run_args are values by variable, such as {{neurons.v: 0*mV}}, by its name or by "
            f"TimedArray, not by {key!r}"
        )
