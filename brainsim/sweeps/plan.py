"""The runs of a sweep. Input: a grid. Output: points, and the seed of each run. Does not: run."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..codegen.random import stream_key
from ..devices.standalone.built import BuiltNetwork
from ..errors import ArgumentTypeError, Diagnostic
from ..model.arguments import seconds_of
from ..model.variables import Array
from ..records import dataclass
from ..units import get_dimensions
from ..units.registry import get_unit_for_display

# what a program consists of, as far as its results go
_FILES = ("contents.json", "kernels.cpp", "model.cpp", "state.bin")


@dataclass(frozen=True, slots=True)
class Axis:
    """A parameter along a dimension of the grid.

    Args:
        name: As the user calls it.
        dimension: Name of the dimension.
        unit: Symbol of its unit.
        values: In base units, shape (points,), or (points, elements).
    """

    name: str
    dimension: str
    unit: str
    values: Array


@dataclass(frozen=True, slots=True, eq=False)
class SweepPlan:
    """All that decides about the results of the runs.

    Args:
        program: The program.
        shape: Length of each dimension of the grid, by its name.
        axes: The parameters that differ.
        points: Parameter -> value with units, for each point.
        repeats: Runs at each point.
        seed: What the seeds of runs follow from.
        duration: Seconds of each run; None for that of the program.
        threads: Threads of each run.
    """

    program: BuiltNetwork
    shape: dict[str, int]
    axes: tuple[Axis, ...]
    points: tuple[dict[str, Any], ...]
    repeats: int
    seed: int
    duration: Any
    threads: int

    @property
    def runs(self) -> int:
        """Number of runs; all points have their first run before any has the second."""
        return len(self.points) * self.repeats

    def params(self, run: int) -> dict[str, Any]:
        """Return the parameters of a run."""
        return self.points[run % len(self.points)]

    def seed_of(self, run: int) -> int:
        """Return the seed of a run, a function of its number and the seed alone."""
        return stream_key(self.seed, f"sweep run {run}")

    def identity(self) -> dict[str, Any]:
        """Return what must agree for runs to be the same; more of them may be added."""
        points = [
            {
                full: numbers.ravel().tolist()
                for full, numbers in (self.program.setting(*item) for item in point.items())
            }
            for point in self.points
        ]
        text = json.dumps(points, sort_keys=True)
        return {
            "program": _digest(self.program.folder),
            "points": hashlib.blake2b(text.encode(), digest_size=16).hexdigest(),
            "seed": self.seed,
            "duration": None if self.duration is None else float(self.duration),
        }


def make_plan(
    program: BuiltNetwork,
    grid: Any,
    repeats: int,
    seed: int,
    params: Mapping[str, Any] | None,
    duration: Any,
    threads: int,
) -> SweepPlan:
    """Return the runs of a sweep, having checked names and units; the arguments are those of sweep.

    Raises:
        ArgumentTypeError: The grid is no mapping and no list of mappings, or the program none.
        UnknownNameError: There is no such parameter.
        DimensionMismatchError: A value has other dimensions.
        TypeError: A parameter cannot be set.
        ValueError: A parameter is given twice, or has not as many values as elements; or there are
            no runs.
    """
    if not isinstance(program, BuiltNetwork):
        raise ArgumentTypeError(
            Diagnostic(
                f"a sweep needs a program, not {type(program).__name__}",
                help="compile the network first: prog = net.build(duration=1*second)",
            )
        )
    if int(repeats) < 1:
        raise ValueError(f"there must be at least one run at each point, not {repeats}")
    if duration is not None and seconds_of(duration, "the duration of a run") < 0:
        raise ValueError("the duration of a run must not be negative")
    fixed = dict(params or {})
    if isinstance(grid, Mapping):
        axes = tuple(_axis(program, name, values, name) for name, values in grid.items())
        shape = {axis.dimension: len(axis.values) for axis in axes}
        choices = itertools.product(*(list(values) for values in grid.values()))
        points = [dict(zip(grid, choice, strict=True)) for choice in choices]
    else:
        points = _listed(grid)
        names = points[0] if points else {}
        axes = tuple(_axis(program, name, [p[name] for p in points], "point") for name in names)
        shape = {"point": len(points)}
    if not points:
        raise ValueError("the grid has no points")
    _refuse_twins(program, [*points[0].items(), *fixed.items()])
    complete = tuple({**point, **fixed} for point in points)
    return SweepPlan(
        program, shape, axes, complete, int(repeats), int(seed), duration, int(threads)
    )


def _listed(grid: Any) -> list[dict[str, Any]]:
    """Return the points of a list of mappings."""
    if not isinstance(grid, Sequence) or not all(isinstance(point, Mapping) for point in grid):
        raise ArgumentTypeError(
            Diagnostic(
                "a grid is a mapping parameter -> values, or a list of mappings parameter -> value",
                help="sweep(prog, {'tau': [5, 10]*ms})",
            )
        )
    points = [dict(point) for point in grid]
    if any(point.keys() != points[0].keys() for point in points):
        raise ValueError("all points of a grid have the same parameters")
    return points


def _axis(program: BuiltNetwork, name: str, values: Any, dimension: str) -> Axis:
    try:
        listed = [] if isinstance(values, str) else list(values)
    except TypeError:
        listed = []
    if not listed:
        raise ArgumentTypeError(
            Diagnostic(
                f"the grid has {values!r} for '{name}', where a sequence of values is needed",
                help="give parameters with one value for all runs by params=",
            )
        )
    checked = [program.setting(name, value)[1] for value in listed]
    if len({numbers.shape for numbers in checked}) > 1 or checked[0].ndim > 1:
        raise ValueError(
            f"the values of '{name}' in the grid must all be numbers, or all as many as elements"
        )
    unit = get_unit_for_display(get_dimensions(listed[0]))
    return Axis(name, dimension, unit, np.array(checked))


def _refuse_twins(program: BuiltNetwork, items: Sequence[tuple[str, Any]]) -> None:
    """Refuse a parameter that is given twice, and names that the dataset needs."""
    full: list[str] = []
    for name, value in items:
        full.append(program.setting(name, value)[0])
        if full[-1] in full[:-1]:
            raise ValueError(f"the parameter '{full[-1]}' is given twice")
        if name in {"repeat", "seed"}:
            raise ValueError(f"give the parameter '{name}' its whole name: '{full[-1]}'")


def _digest(folder: Path) -> str:
    """Return a number that stands for the contents of a program."""
    digest = hashlib.blake2b(digest_size=16)
    for name in _FILES:
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, hashlib.blake2b).digest())
    return digest.hexdigest()
