"""Reports on the progress of a run: lines of text, a bar, or the user's function."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from ..model.device import Report, RunOptions
from ..units import Quantity, second
from ..units.dimensions import DIMENSIONLESS, Dimension


class Reporter(Protocol):
    """Told now and then how far a run is."""

    # whether a function of the user is called, which may read variables
    calls_user: bool

    def update(self, completed: float) -> None:
        """Note the fraction completed."""

    def close(self, completed: float) -> None:
        """Note the end, at the fraction completed."""


class _Silent:
    calls_user = False

    def update(self, completed: float) -> None:
        """Do nothing."""

    def close(self, completed: float) -> None:
        """Do nothing."""


class _Lines:
    """Calls a function at the start, every period, and at the end."""

    def __init__(
        self,
        function: Callable[[Any, float, Any, Any], None],
        start: float,
        period: float,
        dimension: Dimension = second.dim,
    ) -> None:
        self.function = function
        self.calls_user = not isinstance(function, TextReport)
        self.start, self.dimension = start, dimension
        self.period = period
        self.begun = self.last = time.monotonic()

    def open(self, duration: float) -> None:
        self.duration = duration
        self._call(0.0)

    def _call(self, completed: float) -> None:
        elapsed = time.monotonic() - self.begun
        start, duration = (
            Quantity.with_dimensions(x, self.dimension) for x in (self.start, self.duration)
        )
        self.function(Quantity.with_dimensions(elapsed, second.dim), completed, start, duration)

    def update(self, completed: float) -> None:
        if time.monotonic() - self.last >= self.period:
            self.last = time.monotonic()
            self._call(completed)

    def close(self, completed: float) -> None:
        self._call(completed)


class _Bar:
    """A progress bar; in a notebook a graphical one.

    Args:
        duration: What there is to do.
        done: Format of what is done.
    """

    calls_user = False

    def __init__(self, duration: float, done: str) -> None:
        with warnings.catch_warnings():
            # a notebook without ipywidgets gets a bar of text: nothing to warn of
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm

        self.duration = duration
        self.bar = tqdm(
            total=duration,
            file=_stream_of_bar(),
            unit="s",
            bar_format="{percentage:3.0f}% |{bar}| " + done + " [{elapsed}<{remaining}]",
            leave=True,
        )

    def update(self, completed: float) -> None:
        self.bar.update(completed * self.duration - self.bar.n)

    def close(self, completed: float) -> None:
        self.update(completed)
        self.bar.close()


def _stream_of_bar() -> TextIO:
    """Return the error stream, or in a notebook, which shows that in red, the other one."""
    in_notebook = type(sys.stderr).__module__.startswith("ipykernel")
    return sys.stdout if in_notebook else sys.stderr


def make_reporter(options: RunOptions, start: float, duration: float) -> Reporter:
    """Return the reporter that a run asked for.

    Args:
        options: The run's options.
        start: Time at which the run starts, seconds.
        duration: Length of the run, seconds.
    """
    report = options.report
    if report is None:
        return _Silent()
    if report == "bar":
        try:
            return _Bar(duration, "{n:.2f}/{total:.2f} s simulated")
        except ImportError:
            report = "text"
    function = report if callable(report) else TextReport(_stream(report))
    lines = _Lines(function, start, options.report_period)
    lines.open(duration)
    return lines


def make_counting_reporter(report: Report, period: float, start: int, runs: int) -> Reporter:
    """Return a reporter of many runs, told the fraction of them that is completed.

    Args:
        report: As that of a run; a function is given numbers of runs in place of times.
        period: Seconds of real time between two reports.
        start: Runs that had been completed before.
        runs: All runs.
    """
    if report is None:
        return _Silent()
    if report == "bar":
        try:
            return _Bar(runs, "{n:.0f}/{total:.0f} runs")
        except ImportError:
            report = "text"
    function = report if callable(report) else CountReport(_stream(report))
    lines = _Lines(function, start, period, DIMENSIONLESS)
    lines.open(runs)
    return lines


def _stream(report: Any) -> TextIO:
    """Return the stream that is meant, as it is now: notebooks and tests replace it."""
    return sys.stderr if report == "stderr" else sys.stdout


class CountReport:
    """Writes how many runs are completed, a line each time.

    Args:
        stream: What to write to.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __call__(self, elapsed: Any, completed: float, start: Any, duration: Any) -> None:
        """Write a line; `start` runs of `duration` were completed before."""
        seconds, first, runs = float(elapsed), int(start), int(duration)
        done = round(completed * runs)
        if completed == 0.0:
            before = f", {first} of which are there" if first else ""
            text = f"Starting {runs} runs{before}"
        else:
            text = f"{done} of {runs} runs ({completed:.0%}) in {_duration(seconds)}"
            if first < done < runs:
                left = seconds / (done - first) * (runs - done)
                text += f", estimated {_duration(left)} remaining."
        self.stream.write(text + "\n")
        self.stream.flush()


class TextReport:
    """Writes reports as lines of text; can be given as `report=` of a run.

    Args:
        stream: What to write to, such as `sys.stdout` or an open file.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __call__(self, elapsed: Any, completed: float, start: Any, duration: Any) -> None:
        """Write a line: the start of a run, or how far it is.

        Args:
            elapsed: Time that it took so far.
            completed: Fraction that is done.
            start: Time in the model at which the run starts.
            duration: Length of the run.
        """
        if completed == 0.0:
            text = f"Starting simulation at t={start} for a duration of {duration}"
        else:
            seconds = float(elapsed)
            text = f"{completed * duration} ({completed:.0%}) simulated in {_duration(seconds)}"
            if completed < 1.0:
                left = seconds / completed * (1 - completed)
                text += f", estimated {_duration(left)} remaining."
        self.stream.write(text + "\n")
        self.stream.flush()


def _duration(seconds: float) -> str:
    """Return a duration for people: "0.4s", "12s", "3m 5s", "2h 0m 1s"."""
    if seconds < 1:
        return f"{seconds:.2g}s" if seconds >= 0.01 else "< 1s"
    whole = round(seconds)
    parts = [(whole // 3600, "h"), (whole // 60 % 60, "m"), (whole % 60, "s")]
    while len(parts) > 1 and parts[0][0] == 0:
        parts.pop(0)
    return " ".join(f"{n}{unit}" for n, unit in parts)
