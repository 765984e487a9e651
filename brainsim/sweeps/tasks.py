"""One run of a sweep, in whichever process. Input: a task. Output: files. Does not: know others."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

from ..devices.standalone.building import ProgramError, run_program
from ..devices.standalone.built import BuiltNetwork
from ..devices.standalone.results import RESULTS, Results, load_results
from ..preferences import prefs
from ..records import dataclass
from .measuring import Measure, measure_all
from .store import Store, write_values

# how often a run is tried whose program or worker was killed
ATTEMPTS = 3


class StoppedError(Exception):
    """The sweep is given up, and with it this run."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A run to do. It can be sent to other processes.

    Args:
        program: The program.
        store: Where the run goes.
        number: Of the run.
        params: Parameters with units.
        seed: Of its random numbers.
        duration: Simulated time; None for that of the program.
        threads: Of the program.
        measures: What is measured.
        fingerprint: Stands for that.
        keep: Whether the results stay.
    """

    program: BuiltNetwork
    store: Store
    number: int
    params: dict[str, Any]
    seed: int
    duration: Any
    threads: int
    measures: tuple[Measure, ...]
    fingerprint: str
    keep: bool


def perform(task: Task, stop: Event | None = None) -> str:
    """Do a run and write what was measured; return "", or why it has failed.

    Args:
        task: The run.
        stop: Set when the sweep is given up.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _perform(task, stop)
        except ProgramError as error:
            # killed from outside, perhaps for want of memory
            if error.status < 0 and attempt < ATTEMPTS:
                continue
            return f"ProgramError: {error}"
        except Exception as error:  # noqa: BLE001 - whatever the user's function raises
            return f"{type(error).__name__}: {error}"
        break
    return ""


def _perform(task: Task, stop: Event | None) -> None:
    with _attempt(task) as folder:
        if task.store.simulated(task.number):
            # by SLURM, or earlier, for something else to be measured
            _measure(task, task.store.run(task.number))
            return
        # what is there has too little
        task.store.forget(task.number)
        _simulate(task, folder, stop)
        _measure(task, folder)
        task.store.complete(task.number, folder)


@contextlib.contextmanager
def _attempt(task: Task) -> Iterator[Path]:
    """Make a folder, which is left behind only where this process dies."""
    folder = task.store.attempt(task.number)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _simulate(task: Task, folder: Path, stop: Event | None) -> None:
    def look(_completed: float) -> None:
        if stop is not None and stop.is_set():
            raise StoppedError

    look(0.0)
    arguments = task.program.arguments(task.params, task.duration, task.seed, folder, task.threads)
    environment = prefs["devices.cpp_standalone.run_environment_variables"]
    # a program that reports, and whose reader has died, dies by its next report
    status = run_program(task.program.folder, arguments, environment, show=False, update=look)
    if status:
        raise StoppedError("the program was stopped before it had come to its end")


def _measure(task: Task, folder: Path) -> None:
    results: Results = load_results(task.program.folder, folder)
    write_values(folder, measure_all(results, task.measures), task.fingerprint)
    if not task.keep:
        (folder / RESULTS).unlink(missing_ok=True)
