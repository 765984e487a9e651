"""The results of a program, for scripts that do not have the network.

Input: the folder of a project. Output: objects with the variables and recordings under their usual
names. Does not: know the network that the program came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import Diagnostic, UnknownNameError, suggest
from ...model.variables import Array
from ...units import Quantity, get_or_create_dimension
from .contents import VERSION
from .statefile import StateFileError, read_state

STATE, RESULTS, CONTENTS = "state.bin", "results.bin", "contents.json"


class Result:
    """What is known of one object: its variables, or what it has recorded.

    Variables are attributes with units, `v`, and without, `v_`: shape (elements,), or one number
    for a shared one; of a StateMonitor (recorded elements, times).
    """

    def __init__(self, name: str, kind: str, values: dict[str, tuple[Array, Any]]) -> None:
        self.name, self.kind = name, kind
        self._values = values

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("_values", {})
        if name in values:
            array, dimension = values[name]
            return Quantity(array, dim=dimension)
        if name.endswith("_") and name[:-1] in values:
            return values[name[:-1]][0]
        raise AttributeError(f"the results of '{self.__dict__.get('name')}' have no '{name}'")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._values]

    @property
    def num_spikes(self) -> int:
        """Number of events that a monitor has seen."""
        return int(self._values["count"][0].sum())

    num_events = num_spikes

    def spike_trains(self) -> dict[int, Quantity]:
        """Return the times of the events of every element.

        Raises:
            AttributeError: It has recorded no events.
        """
        order = np.argsort(self.i_, kind="stable")
        ends = np.cumsum(np.bincount(self.i_, minlength=len(self.count_)))
        times = np.split(self.t_[order], ends[:-1])
        return {k: Quantity(t, dim=self._values["t"][1]) for k, t in enumerate(times)}

    event_trains = spike_trains

    def __repr__(self) -> str:
        return f"<results of {self.kind} '{self.name}': {', '.join(self._values)}>"


class Results(Mapping[str, Result]):
    """The results of a program by the name of the object."""

    def __init__(self, objects: dict[str, Result]) -> None:
        self._objects = objects

    def __getitem__(self, name: str) -> Result:
        if name not in self._objects:
            hint = suggest(name, list(self._objects))
            raise UnknownNameError(
                Diagnostic(f"there are no results of an object '{name}'", help=hint)
            )
        return self._objects[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)

    def __repr__(self) -> str:
        return f"<results of {', '.join(self._objects)}>"


def load_results(path: Any = "output", results_directory: str = "results") -> Results:
    """Read the results of a program.

    Args:
        path: The folder of the project.
        results_directory: The folder of the results, seen from there.

    Returns:
        The results by the name of the object: `load_results('output')['spikemonitor'].t`.

    Raises:
        FileNotFoundError: There is no such project, or it has not been run.
        StateFileError: A file is damaged, or is one of another version.
    """
    folder = Path(path)
    results = folder / results_directory / RESULTS
    for file, what in ((folder / CONTENTS, "no project"), (results, "no results of a run")):
        if not file.is_file():
            raise FileNotFoundError(f"there is {what} in {folder}: {file} is missing")
    contents = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
    if contents.get("version") != VERSION:
        raise StateFileError(f"{folder} was written by another version of brainsim")
    arrays = {**read_state(folder / STATE), **read_state(results)}
    make = {True: _recorded, False: _stored}
    return Results(
        {
            name: Result(name, entry["kind"], make["columns" in entry](entry, arrays))
            for name, entry in contents["objects"].items()
        }
    )


def _dimension(entry: Mapping[str, Any]) -> Any:
    return get_or_create_dimension(entry["dimensions"])


def _stored(entry: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, tuple[Array, Any]]:
    """Return the variables of a group."""
    found = {}
    for name, variable in entry["variables"].items():
        values = arrays[variable["array"]]
        if "order" in variable:
            values = values[arrays[variable["order"]]]
        found[name] = (values[0] if variable["shared"] else values, _dimension(variable))
    return found


def _recorded(
    entry: Mapping[str, Any], arrays: Mapping[str, Array]
) -> dict[str, tuple[Array, Any]]:
    """Return the columns of a monitor."""
    found: dict[str, tuple[Array, Any]] = {}
    number = get_or_create_dimension([0] * 7)
    rows = int(arrays[entry["rows"]][0]) if "rows" in entry else 0
    first = 0
    if "last" in entry and rows:
        times = arrays[entry["columns"]["t"]["array"]][:rows]
        first = int(np.searchsorted(times, times[-1] - entry["last"] * (1 - 1e-12)))
    for name, column in entry["columns"].items():
        width = column["width"]
        values = arrays[column["array"]][first * width : rows * width]
        if "record" in entry and name != "t" and not entry["reduced"]:
            values = values.reshape(rows - first, len(entry["record"])).T
        found[name] = (values, _dimension(column))
    if "counts" in entry:
        found["count"] = (arrays[entry["counts"]], number)
    if "record" in entry:
        found["record"] = (np.array(entry["record"]), number)
    return found
