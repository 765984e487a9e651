"""The folder of a sweep: which runs it has. Does not: run, or know what values mean.

A run that is complete has the folder `run-00012`, which gets its name in one go: what is in it is
whole. `run-00012.part-...` is an attempt, under way or given up. `sweep.json` says of which sweep
the runs are.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..devices.standalone.results import RESULTS
from ..model.variables import Array
from ..records import dataclass

IDENTITY, MEASURED = "sweep.json", "measured.npz"
_RUN = re.compile(r"run-\d{5,}(\.part-.*)?")

# what was measured: name -> values and the exponents of their dimensions
Values = dict[str, tuple[Array, tuple[float, ...]]]


@dataclass(frozen=True, slots=True)
class Store:
    """The folder of a sweep.

    Args:
        folder: The folder.
        mark: What the attempts of this call have in their names.
    """

    folder: Path
    mark: str

    def run(self, number: int) -> Path:
        """Return the folder of a complete run."""
        return self.folder / f"run-{number:05d}"

    def simulated(self, number: int) -> bool:
        """Return whether there are the results of a run."""
        return (self.run(number) / RESULTS).is_file()

    def attempt(self, number: int) -> Path:
        """Make a folder for a run."""
        path = self.folder / f"run-{number:05d}.part-{self.mark}-{secrets.token_hex(4)}"
        path.mkdir()
        return path

    def attempts(self) -> Counter[int]:
        """Return for each run how many attempts of this call have begun and not ended."""
        begun = self.folder.glob(f"run-*.part-{self.mark}-*")
        return Counter(int(path.name[4:].partition(".")[0]) for path in begun)

    def complete(self, number: int, attempt: Path) -> None:
        """Let an attempt be the run, unless another one has been quicker."""
        try:
            attempt.rename(self.run(number))
        except OSError:
            if not self.run(number).is_dir():
                raise

    def forget(self, number: int) -> None:
        """Remove a run."""
        shutil.rmtree(self.run(number), ignore_errors=True)

    def clear(self, *, runs: bool) -> None:
        """Remove attempts that were given up, and all runs if they are not wanted."""
        for path in self.folder.iterdir():
            match = _RUN.fullmatch(path.name)
            if match and (runs or match[1]):
                shutil.rmtree(path, ignore_errors=True)

    def values(self, number: int, wanted: str) -> Values | None:
        """Return what was measured of a run; None if it was something else or nothing.

        Args:
            number: The run.
            wanted: The fingerprint of what is to be measured.
        """
        try:
            # NumPy leaves damaged files open which it has opened
            with (
                (self.run(number) / MEASURED).open("rb") as stream,
                np.load(stream, allow_pickle=False) as file,
            ):
                if str(file["fingerprint"]) != wanted:
                    return None
                return {
                    str(name): (file[f"value{k}"], tuple(file[f"dimensions{k}"].tolist()))
                    for k, name in enumerate(file["names"])
                }
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
            return None


def write_values(folder: Path, values: Values, fingerprint: str) -> None:
    """Write what was measured, in one go."""
    arrays: dict[str, Any] = {"fingerprint": np.array(fingerprint), "names": np.array(list(values))}
    for k, (value, dimensions) in enumerate(values.values()):
        arrays |= {f"value{k}": value, f"dimensions{k}": np.array(dimensions)}
    draft = folder / f"{secrets.token_hex(4)}.part.npz"
    try:
        np.savez(draft, **arrays)
        draft.replace(folder / MEASURED)
    finally:
        draft.unlink(missing_ok=True)


def open_store(folder: Path, identity: Mapping[str, Any], *, resume: bool) -> Store:
    """Return the folder of a sweep, made if it is missing.

    Args:
        folder: The folder.
        identity: What is the same for all its runs.
        resume: Whether runs that it has are used; otherwise they are removed.

    Raises:
        ValueError: It has the runs of another sweep.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder, secrets.token_hex(4))
    file = folder / IDENTITY
    if not resume:
        file.unlink(missing_ok=True)
        store.clear(runs=True)
    if file.is_file():
        found = json.loads(file.read_text(encoding="utf-8"))
        differing = [name for name, value in identity.items() if found.get(name) != value]
        if differing:
            raise ValueError(
                f"{folder} has the runs of another sweep: its {' and '.join(differing)} "
                f"{'is' if len(differing) == 1 else 'are'} not the same. Use another folder, or "
                "resume=False to remove these runs. A script that calls seed() before it makes "
                "the network builds the same program when it is started again"
            )
        return store
    draft = folder / f"{IDENTITY}.{store.mark}"
    draft.write_text(json.dumps(dict(identity), indent=1) + "\n", encoding="utf-8")
    draft.replace(file)
    return store
