"""`load_results`, without loading what writes programs before somebody asks for results."""

from __future__ import annotations

from typing import Any


def load_results(path: Any = "output", results_directory: str = "results") -> Any:
    """Read the results of a program; see `brainsim.devices.standalone.results`.

    Args:
        path: The folder of the project.
        results_directory: The folder of the results, seen from there.

    Raises:
        FileNotFoundError: There is no such project, or it has not been run.
        StateFileError: A file is damaged, or is one of another version.
    """
    from .standalone import results

    return results.load_results(path, results_directory)
