"""Tasks given to executors. Input: tasks. Output: which are done. Does not: know what they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ThreadPoolExecutor,
    as_completed,
)
from threading import Event
from typing import Any

from ..errors import ArgumentTypeError, Diagnostic
from ..model.threads import available_cores
from .tasks import ATTEMPTS, Task, perform

# told the number of a run and why it has failed, "" if it has not
Finished = Callable[[int, str], None]


def execute(tasks: Sequence[Task], executor: Any, finished: Finished) -> None:
    """Do all tasks.

    Args:
        tasks: The tasks.
        executor: As the argument of `sweep`.
        finished: Called for each task when it is done, in this thread.

    Raises:
        ArgumentTypeError: It is no executor.
        BrokenExecutor: Workers have died, and there is no function that makes new ones.
    """
    if executor is None or isinstance(executor, int):
        threads = max((task.threads for task in tasks), default=1)
        workers = max(available_cores() // max(threads, 1), 1) if executor is None else executor
        _in_threads(tasks, workers, finished)
    elif hasattr(executor, "submit"):
        left = _submit(tasks, executor, finished)
        if left:
            raise BrokenExecutor(
                f"workers have died, and {len(left)} runs are left: call sweep again with the same "
                "folder, or give it a function that makes executors, which is then called again"
            )
    elif callable(executor):
        _with_new_ones(tasks, executor, finished)
    else:
        raise ArgumentTypeError(
            Diagnostic(
                f"the executor is {executor!r}, which has no submit()",
                help="None, a number of workers, or an executor of concurrent.futures",
            )
        )


def _in_threads(tasks: Sequence[Task], workers: int, finished: Finished) -> None:
    """Do tasks in threads of this process: the work is that of the programs which they start."""
    stop = Event()
    with ThreadPoolExecutor(workers, "sweep") as pool:
        try:
            _collect({pool.submit(perform, task, stop): task for task in tasks}, finished)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _submit(tasks: Sequence[Task], executor: Executor, finished: Finished) -> list[Task]:
    """Do tasks; return those that are left because workers have died."""
    futures: dict[Future[str], Task] = {}
    left: list[Task] = []
    try:
        for k, task in enumerate(tasks):
            try:
                futures[executor.submit(perform, task)] = task
            except BrokenExecutor:
                left = list(tasks[k:])
                break
        return _collect(futures, finished) + left
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def _collect(futures: dict[Future[str], Task], finished: Finished) -> list[Task]:
    """Report tasks as they are done; return those that a broken executor has left."""
    left = []
    for future in as_completed(futures):
        try:
            message = future.result()
        except BrokenExecutor:
            left.append(futures[future])
            continue
        except Exception as error:  # noqa: BLE001 - that of the executor about this task
            message = f"{type(error).__name__}: {error}"
        finished(futures[future].number, message)
    return sorted(left, key=lambda task: task.number)


def _with_new_ones(tasks: Sequence[Task], make: Callable[[], Executor], finished: Finished) -> None:
    """Do tasks with an executor that is replaced when workers have died.

    Tasks under way then are tried again, alone, so that it is known which of them ends its worker.
    """
    left = list(tasks)
    begun = Counter[int]()
    while left:
        fresh = [task for task in left if not begun[task.number]]
        turn = fresh or left[:1]
        with make() as executor:
            broken = {task.number for task in _submit(turn, executor, finished)}
        begun = turn[0].store.attempts()
        done = {task.number for task in turn} - broken
        left = [task for task in left if task.number not in done]
        suspect = turn[0]
        if not fresh and broken and begun[suspect.number] >= ATTEMPTS:
            finished(suspect.number, f"its worker has died {ATTEMPTS} times")
            left.remove(suspect)
        elif broken and not done and not any(begun[number] for number in broken):
            raise BrokenExecutor("the workers die before they begin")
