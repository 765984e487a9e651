"""Many runs of one program. What the two functions need is loaded when they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.device import Report


def sweep(
    prog: Any,
    grid: Any,
    repeats: int = 1,
    seed: int = 0,
    executor: Any = None,
    out: Any = None,
    resume: bool = True,
    *,
    measure: Any = None,
    params: Mapping[str, Any] | None = None,
    duration: Any = None,
    threads: int = 1,
    keep: bool = True,
    strict: bool = False,
    report: Report = None,
    report_period: Any = None,
) -> Any:
    """Run a program at all points of a grid and return what was measured.

    Results do not depend on the executor, the number of workers, or interruptions.

    Args:
        prog: A network that was built: `net.build()`.
        grid: Parameter -> its values with units, for all combinations of them; or a list of
            mappings parameter -> value, one for each point. A value is one number, or one for each
            element.
        repeats: Runs at each point, each with random numbers of its own.
        seed: That of run k at each point follows from it, and stays where repeats are added.
        executor: None for as many workers as there are processors, a number of workers, a
            `concurrent.futures` executor (also those of Dask and mpi4py), or a function that
            returns one, which is called again when a worker has died.
        out: Folder for the runs, which all workers can reach; None: one that is removed at the end.
        resume: Whether runs that the folder has are used. Otherwise they are removed.
        measure: Name of a variable of the dataset -> function from the results of a run to a number
            or an array, or "object.variable"; or a list of the latter. None: how many events each
            monitor has seen. Arrays have the same shape in all runs.
        params: Further parameters with one value for all runs.
        duration: Simulated time of each run; None for that of the program.
        threads: Threads of each run.
        keep: Whether the results of all runs stay in the folder, so that other things can be
            measured later. Otherwise only what was measured stays.
        strict: Whether runs that have failed are an error, raised when all others are done.
        report: None, "text", "stdout", "stderr", "bar", or a function (elapsed, completed, runs
            that were there before, all runs).
        report_period: Real time between two reports; 10 s if it is None.

    Returns:
        An `xarray.Dataset`: a dimension for each parameter of the grid (or "point"), with values in
        base units, and "repeat". Runs that have failed are NaN, and `attrs["failures"]` says why.

    Raises:
        ImportError: xarray is not installed.
        UnknownNameError: There is no such parameter, object or variable.
        DimensionMismatchError: A value has other dimensions.
        TypeError: A parameter cannot be set; an argument is of another kind.
        ValueError: A parameter is given twice, or has not as many values as elements; the folder
            has another sweep; what was measured has several shapes.
        SweepError: All runs have failed, or with `strict` any.
    """
    from .campaign import Options, run_sweep
    from .plan import make_plan

    plan = make_plan(prog, grid, repeats, seed, params, duration, threads)
    options = Options(executor, out, resume, measure, keep, strict, report, report_period)
    return run_sweep(plan, options)


def write_slurm_script(
    prog: Any,
    grid: Any,
    repeats: int = 1,
    seed: int = 0,
    out: Any = "sweep",
    *,
    resume: bool = True,
    params: Mapping[str, Any] | None = None,
    duration: Any = None,
    threads: int = 1,
    runs_per_task: int = 1,
    options: Sequence[str] = (),
) -> Any:
    """Write an array script for SLURM that does the runs of a sweep without Python.

    `sbatch out/sweep.sh` does all runs that the folder does not have yet. Afterwards `sweep` with
    the same arguments and this folder measures, and does what is missing.

    Args:
        prog: A network that was built, in a folder that the nodes can reach.
        grid: As in `sweep`.
        repeats: As in `sweep`.
        seed: As in `sweep`.
        out: Folder for the script and the runs, which the nodes can reach.
        resume: Whether runs that the folder has stay. Otherwise they are removed.
        params: As in `sweep`.
        duration: As in `sweep`.
        threads: As in `sweep`; each task asks for as many processors.
        runs_per_task: Runs that a task does one after the other.
        options: Further options of sbatch, such as "--time=1:00:00".

    Returns:
        The path of the script.

    Raises:
        UnknownNameError: There is no such parameter.
        DimensionMismatchError: A value has other dimensions.
        TypeError: A parameter cannot be set; an argument is of another kind.
        ValueError: There are not as many values as elements; the folder has another sweep; a path
            has tabs or line ends.
    """
    from .plan import make_plan
    from .slurm import write_script

    plan = make_plan(prog, grid, repeats, seed, params, duration, threads)
    return write_script(plan, out, runs_per_task, options, resume=resume)
