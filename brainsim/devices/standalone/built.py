"""Networks that are compiled once and run often: `program = network.build()`.

Input: a network. Output: a program that runs with other values, durations and seeds, any number of
times and also at the same time. Does not: change the network.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import Diagnostic, UnknownNameError, suggest
from ...model.arguments import seconds_of
from ...model.device import RunOptions
from ...model.network import Network
from ...model.variables import Array
from ...preferences import prefs
from ...records import dataclass
from ...units import DimensionMismatchError, get_dimensions, get_or_create_dimension
from .building import compile_project, run_program
from .plan import Plan
from .project import Extras, new_folder, write_project
from .results import CONTENTS, Results, load_results

# numbers beyond which values go to the program by a file
_MANY = 1000


@dataclass(frozen=True, slots=True)
class BuiltNetwork:
    """A program of a network. It can be sent to other processes: it is the name of a folder.

    Args:
        folder: The project.
    """

    folder: Path

    @property
    def parameters(self) -> dict[str, str]:
        """What `run` can set: name -> unit of the numbers, "" for none."""
        listed = self._contents()["parameters"]
        return {entry["name"]: entry["unit"] for entry in listed if not entry["refusal"]}

    @property
    def outcomes(self) -> dict[str, tuple[str, ...]]:
        """What there is in results: name of an object -> its variables, or what it records."""
        found = {}
        for name, entry in self._contents()["objects"].items():
            columns = [*entry.get("columns", ()), *entry.get("variables", ())]
            extra = [word for word in ("counts", "record") if word in entry]
            found[name] = (*columns, *(word.replace("counts", "count") for word in extra))
        return found

    def run(
        self,
        params: Mapping[str, Any] | None = None,
        duration: Any = None,
        seed: int | None = None,
        out: Any = None,
        threads: int = 1,
    ) -> Results:
        """Run the network from the state it was built with.

        Args:
            params: Parameter -> value with units; one for all elements, or one for each. "tau"
                stands for "neurons.tau" where only one object has a parameter of this name.
            duration: Simulated time; the one that the program was built with if it is None.
            seed: Of the draws while running; None for that of the script.
            out: Folder of the results; made if it is missing. None: they are read into memory.
            threads: Threads of the program; 0: as many as are quicker.

        Returns:
            The results by the name of the object, see `load_results`.

        Raises:
            UnknownNameError: There is no such parameter.
            TypeError: A parameter cannot be set.
            DimensionMismatchError: A value has other dimensions.
            ValueError: There are not as many values as elements, or the duration is negative.
            ProgramError: The program could not go on.
        """
        if out is None:
            with tempfile.TemporaryDirectory(prefix="brainsim-") as folder:
                found = self.run(params, duration, seed, folder, threads)
                return found.in_memory()
        place = Path(out).resolve()
        arguments = self.arguments(params, duration, seed, place, threads)
        environment = prefs["devices.cpp_standalone.run_environment_variables"]
        run_program(self.folder, arguments, environment, show=False)
        return load_results(self.folder, place)

    def arguments(
        self,
        params: Mapping[str, Any] | None = None,
        duration: Any = None,
        seed: int | None = None,
        out: Any = "results",
        threads: int = 1,
    ) -> list[str]:
        """Return the arguments of the program for a run; they are those of `run`.

        The folder of the results is made, and receives values that are too many for a command line.

        Raises:
            UnknownNameError: There is no such parameter.
            DimensionMismatchError: A value has other dimensions.
            TypeError: A parameter cannot be set.
            ValueError: There are not as many values as elements.
        """
        place = Path(out).resolve()
        place.mkdir(parents=True, exist_ok=True)
        arguments = ["--out", str(place), "--threads", str(int(threads))]
        if duration is not None:
            arguments += ["--duration", repr(seconds_of(duration, "the duration of a run"))]
        if seed is not None:
            arguments += ["--seed", str(int(seed) & (2**64 - 1))]
        for name, value in (params or {}).items():
            full, numbers = self.setting(name, value)
            texts = [repr(float(number)) for number in numbers.ravel()]
            given = ",".join(texts)
            if len(texts) > _MANY:
                file = place / f"{full}.txt"
                file.write_text("\n".join(texts), encoding="ascii")
                given = f"@{file}"
            arguments += ["--set", f"{full}={given}"]
        return arguments

    def setting(self, name: str, value: Any) -> tuple[str, Array]:
        """Return the full name of a parameter, and its values in base units.

        Raises:
            UnknownNameError: There is no such parameter.
            DimensionMismatchError: The value has other dimensions.
            TypeError: It cannot be set.
            ValueError: There are not as many values as elements.
        """
        entry = self._parameter(name)
        if entry["refusal"]:
            raise TypeError(f"the parameter '{entry['name']}' cannot be set: {entry['refusal']}")
        dimension = get_or_create_dimension(entry["dimensions"])
        if get_dimensions(value) is not dimension:
            raise DimensionMismatchError(
                f"the parameter '{entry['name']}' cannot be set to {value}",
                dimension,
                get_dimensions(value),
            )
        numbers = np.asarray(value, dtype=float)
        if numbers.size not in {1, entry["size"]}:
            raise ValueError(
                f"the parameter '{entry['name']}' takes one number, or one for each of its "
                f"{entry['size']} elements, not {numbers.size}"
            )
        return entry["name"], numbers

    def export_library(self, folder: Any) -> Path:
        """Build the network as a shared library for programs in C and C++.

        Args:
            folder: Where `libnetwork.so`, `network.h` and the state file `state.bin` are put.

        Returns:
            The library.

        Raises:
            CompilerError: The compiler failed.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        compile_project(self.folder, target="library")
        for name in ("libnetwork.so", "network.h", "state.bin"):
            (target / name).write_bytes((self.folder / name).read_bytes())
        return target / "libnetwork.so"

    def _contents(self) -> dict[str, Any]:
        text = (self.folder / CONTENTS).read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text)
        return found

    def _parameter(self, name: str) -> dict[str, Any]:
        listed = self._contents()["parameters"]
        entries: dict[str, dict[str, Any]] = {entry["name"]: entry for entry in listed}
        if name in entries:
            return entries[name]
        short = [full for full in entries if full.partition(".")[2] == name]
        if len(short) == 1:
            return entries[short[0]]
        if short:
            raise UnknownNameError(f"'{name}' may mean {' or '.join(short)}: give the whole name")
        hint = suggest(name, [*entries, *(full.partition(".")[2] for full in entries)])
        raise UnknownNameError(Diagnostic(f"there is no parameter '{name}'", help=hint))


def build_network(
    network: Network, options: RunOptions, duration: float, folder: Any
) -> BuiltNetwork:
    """Return the program of a network that is prepared to run.

    Args:
        network: The network; it is as it was afterwards.
        options: External names, among others.
        duration: Simulated time of the program, seconds, unless `run` is given another one.
        folder: Where the project is written; None for a new folder for temporary files.

    Raises:
        NotImplementedError: Something in the network cannot be done without Python.
        CompilerError: The compiler failed.
    """
    path = new_folder(folder).resolve()
    plan = Plan()
    plan.add(network, duration, options)
    plan.settle()
    write_project(path, plan, Extras())
    compile_project(path)
    return BuiltNetwork(path)
