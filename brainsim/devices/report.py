"""Reports on the progress of a run: lines of text, a bar, or the user's function."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from ..model.device import RunOptions
from ..units import Quantity, second


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
        self, function: Callable[[Any, float, Any, Any], None], start: float, options: RunOptions
    ) -> None:
        self.function = function
        self.calls_user = not isinstance(function, TextReport)
        self.start = start
        self.period = options.report_period
        self.begun = self.last = time.monotonic()

    def open(self, duration: float) -> None:
        self.duration = duration
        self._call(0.0)

    def _call(self, completed: float) -> None:
        elapsed = time.monotonic() - self.begun
        quantities = [
            Quantity.with_dimensions(x, second.dim) for x in (elapsed, self.start, self.duration)
        ]
        self.function(quantities[0], completed, quantities[1], quantities[2])

    def update(self, completed: float) -> None:
        if time.monotonic() - self.last >= self.period:
            self.last = time.monotonic()
            self._call(completed)

    def close(self, completed: float) -> None:
        self._call(completed)


class _Bar:
    """A progress bar; in a notebook a graphical one."""

    calls_user = False

    def __init__(self, duration: float) -> None:
        with warnings.catch_warnings():
            # a notebook without ipywidgets gets a bar of text: nothing to warn of
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm

        self.duration = duration
        self.bar = tqdm(
            total=duration,
            file=_stream_of_bar(),
            unit="s",
            bar_format="{percentage:3.0f}% |{bar}| {n:.2f}/{total:.2f} s simulated "
            "[{elapsed}<{remaining}]",
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
            return _Bar(duration)
        except ImportError:
            report = "text"
    # the stream is that of the moment: notebooks and tests replace it
    stream = sys.stderr if report == "stderr" else sys.stdout
    function = report if callable(report) else TextReport(stream)
    lines = _Lines(function, start, options)
    lines.open(duration)
    return lines


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
