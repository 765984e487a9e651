"""A sweep from beginning to end. Input: a plan. Output: a dataset. Does not: do runs itself."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..devices.report import make_counting_reporter
from ..errors import SweepError
from ..model.arguments import seconds_of
from ..model.device import Report
from ..records import dataclass
from .dataset import make_dataset, require_xarray
from .executing import execute
from .measuring import Measure, fingerprint, make_measures
from .plan import SweepPlan
from .store import Store, open_store
from .tasks import Task

# seconds between two reports, as for runs
_PERIOD = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """How a sweep is done; see the arguments of `sweep`."""

    executor: Any
    out: Any
    resume: bool
    measure: Any
    keep: bool
    strict: bool
    report: Report
    report_period: Any


def run_sweep(plan: SweepPlan, options: Options) -> Any:
    """Return what was measured in all runs; see `sweep`."""
    require_xarray()
    measures = make_measures(plan.program, options.measure)
    _refuse_clashes(plan, measures)
    period = _PERIOD
    if options.report_period is not None:
        period = seconds_of(options.report_period, "the report period")
    with _folder(options.out) as folder:
        store = open_store(folder, plan.identity(), resume=options.resume)
        wanted = fingerprint(measures)
        tasks = [
            _task(plan, store, number, measures, options.keep)
            for number in range(plan.runs)
            if store.values(number, wanted) is None
        ]
        failures = _do(tasks, plan.runs, options, period)
        if options.strict or len(failures) == plan.runs:
            _raise(failures, plan)
        store.clear(runs=False)
        values = [store.values(number, wanted) for number in range(plan.runs)]
    return make_dataset(plan, [measure.name for measure in measures], values, failures)


def _do(tasks: Sequence[Task], runs: int, options: Options, period: float) -> dict[int, str]:
    """Do tasks, with reports; return why runs have failed, by their numbers."""
    before = runs - len(tasks)
    reporter = make_counting_reporter(options.report, period, before, runs)
    failures: dict[int, str] = {}
    completed = before

    def finished(number: int, message: str) -> None:
        nonlocal completed
        completed += 1
        if message:
            failures[number] = message
        reporter.update(completed / runs)

    try:
        execute(tasks, options.executor, finished)
    finally:
        reporter.close(completed / runs)
    return dict(sorted(failures.items()))


def _task(
    plan: SweepPlan, store: Store, number: int, measures: tuple[Measure, ...], keep: bool
) -> Task:
    return Task(
        program=plan.program,
        store=store,
        number=number,
        params=plan.params(number),
        seed=plan.seed_of(number),
        duration=plan.duration,
        threads=plan.threads,
        measures=measures,
        fingerprint=fingerprint(measures),
        keep=keep,
    )


@contextlib.contextmanager
def _folder(out: Any) -> Iterator[Path]:
    if out is not None:
        yield Path(out).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="brainsim-") as folder:
        yield Path(folder)


def _refuse_clashes(plan: SweepPlan, measures: Sequence[Measure]) -> None:
    """Refuse names that would stand for two things in the dataset."""
    taken = {*plan.shape, *(axis.name for axis in plan.axes), "repeat", "seed"}
    for measure in measures:
        if measure.name in taken:
            raise ValueError(
                f"'{measure.name}' is a dimension or a coordinate of the dataset: give what is "
                "measured another name, by measure={name: ...}"
            )
        taken.add(measure.name)


def _raise(failures: dict[int, str], plan: SweepPlan) -> None:
    if not failures:
        return
    listed = [f"run {number}: {message}" for number, message in failures.items()]
    more = f"\n... and {len(listed) - 10} more" if len(listed) > 10 else ""
    raise SweepError(
        f"{len(failures)} of {plan.runs} runs have failed\n" + "\n".join(listed[:10]) + more
    )
