"""The monitor of variables: their values in every step, or what summarises them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..logger import get_logger
from ..units import get_unit, second
from ..units.dimensions import DIMENSIONLESS, Dimension
from .arguments import checked_size, seconds_of
from .clock import Clock
from .monitors import Monitor, column, recorded_type, variable_names, with_dimensions
from .recording import LatestRecording, Recording
from .representation import Description
from .streaming import StreamedRecording
from .variables import Array, ArrayVariable, SizeVariable, Variable, aligned_copy

logger = get_logger(__name__)

# the statistics over the recorded elements; each as NumPy computes it
REDUCTIONS: dict[str, Callable[[Array], Any]] = {
    "mean": np.mean,
    "var": np.var,
    "min": np.min,
    "max": np.max,
    "sum": np.sum,
}


class StateMonitor(Monitor):
    """Records variables of some elements in every step.

    Args:
        source: Group that is recorded.
        variables: A name, several, or True for all of the model.
        record: Elements: True (all), False (none), an integer or several, or `S[i, j]`.
        dt: Step size of a clock of its own.
        clock: Clock; the source's when neither is given.
        when: Slot of the schedule.
        order: Place within the slot.
        name: Name.
        every: Record in the steps 0, every, 2*every, ... of the clock.
        dtype: Float type in which float variables are kept; their own when not given.
        reduce: "mean", "var" (of the population), "min", "max" or "sum" over the recorded elements,
            one value per step; its variance has the square of the unit.
        last: A time: keep only the rows of so many latest seconds.
        to: Folder of a Zarr store to which the rows are written while running.

    Raises:
        KeyError: The source has no such variable.
        IndexError: An element is out of range.
        TypeError: The source is no group, or `variables` are no names, or `dtype` no float type.
        ValueError: An argument is out of range, or both `last` and `to` are given.
        ImportError: `to` is given and Zarr is not installed.
        FileExistsError: There is something called `to` already.
    """

    def __init__(
        self,
        source: Any,
        variables: Any,
        record: Any,
        dt: Any = None,
        clock: Clock | None = None,
        when: str = "start",
        order: int = 0,
        name: str = "statemonitor*",
        codeobj_class: Any = None,
        *,
        every: int = 1,
        dtype: Any = None,
        reduce: str | None = None,
        last: Any = None,
        to: Any = None,
    ) -> None:
        del codeobj_class
        super().__init__(source, name, dt, clock, when, order)
        if variables is True and source.equations is None:
            raise TypeError(f"'{source.name}' has no equations: name the variables to record")
        names = list(source.equations.names) if variables is True else variable_names(variables)
        self.record_variables = list(names)
        self.record = _recorded_elements(source, record)
        self._made_for = getattr(source, "renumbered", 0)
        self.reduce = self._checked_reduction(reduce)
        self.every = checked_size(every, "steps from one record to the next")
        columns: dict[str, tuple[Any, int]] = {"t": (np.float64, 1)}
        kinds: dict[str, Variable] = {"t": column("t", second.dim), "N": SizeVariable("N")}
        width = len(self.record) if reduce is None else 1
        for variable_name in names:
            kind, dimensions = self._column_type(variable_name, dtype)
            columns[variable_name] = (kind, width)
            kinds[variable_name] = column(variable_name, dimensions)
            if source.find(variable_name)[1].scalar and width > 1 and variable_name != "t":
                logger.warn(
                    f"'{variable_name}' of '{source.name}' is shared: each recorded element has "
                    "the same values",
                    "shared_variable",
                    once=True,
                )
        self.variables = kinds
        self.recording = self._make_recording(columns, last, to)
        self._complete = True

    def _checked_reduction(self, reduce: Any) -> str | None:
        if reduce is None:
            return None
        if reduce not in REDUCTIONS:
            known = ", ".join(f"'{name}'" for name in REDUCTIONS)
            raise ValueError(f"reduce must be one of {known}, not {reduce!r}")
        if not len(self.record):
            raise ValueError(f"there is no {reduce} of no elements: record some, or all with True")
        return str(reduce)

    def _column_type(self, name: str, dtype: Any) -> tuple[Any, Dimension]:
        """Return the element type and dimensions in which a variable is recorded."""
        kind, dimensions = recorded_type(self.source, name)
        wanted = None if dtype is None else np.dtype(dtype)
        if wanted not in {None, np.dtype(np.float32), np.dtype(np.float64)}:
            raise TypeError(f"values are recorded as float32 or float64, not as {dtype!r}")
        if self.reduce == "sum" and np.dtype(kind).kind != "f":
            return np.int64, dimensions
        if self.reduce in {"mean", "var"} and np.dtype(kind).kind != "f":
            kind = np.float64
        if self.reduce == "var":
            dimensions **= 2
        return wanted if wanted is not None and np.dtype(kind).kind == "f" else kind, dimensions

    def _make_recording(self, columns: dict[str, tuple[Any, int]], last: Any, to: Any) -> Recording:
        if last is not None and to is not None:
            raise ValueError("give either last= or to=: what goes to disk is kept whole")
        if last is not None:
            seconds = seconds_of(last, "the time to keep, last=,")
            if not 0 < seconds < np.inf:
                raise ValueError(f"the time to keep must be positive, not {last}")
            return LatestRecording(columns, self.every, seconds, self.clock)
        if to is not None:
            attributes: dict[str, dict[str, Any]] = {
                name: {"unit": str(get_unit(variable.dimensions))}
                for name, variable in self.variables.items()
                if isinstance(variable, ArrayVariable) and variable.dimensions is not DIMENSIONLESS
            }
            attributes[""] = {
                "source": self.source.name,
                "record": self.record.tolist(),
                "reduce": self.reduce,
            }
            return StreamedRecording(columns, self.every, Path(to), attributes)
        return Recording(columns, self.every)

    def before_run(self) -> None:
        """Prepare for a run.

        Raises:
            RuntimeError: Synapses have been removed, so that the recorded ones are others now.
        """
        super().before_run()
        if getattr(self.source, "renumbered", 0) != self._made_for:
            raise RuntimeError(
                f"synapses of '{self.source.name}' have been removed since '{self.name}' was made, "
                "so that their numbers mean others: make a new monitor, and remove this one"
            )

    # -------------------------------------------------------------------------------------- reading

    def places(self) -> Array:
        """Return where the recorded elements stand in memory now (synapses may have moved)."""
        return aligned_copy(self.source.positions(self.record), np.int64)

    def recorded(self, name: str) -> Array:
        """Return what was recorded of a variable.

        Returns:
            Shape (recorded elements, times), or (times,) for a reduced monitor.
        """
        rows = self.recording.column(name)
        if self.reduce is not None:
            return np.array(rows)
        return np.ascontiguousarray(rows.reshape(len(rows), len(self.record)).T)

    def whole_array(self, variable: ArrayVariable) -> Array:
        """Return all rows of a column, shape (times, recorded elements) or (times,)."""
        rows = super().whole_array(variable)
        if variable.name in self.record_variables and self.reduce is None:
            return rows.reshape(len(rows), len(self.record))
        return rows

    def record_single_timestep(self) -> None:
        """Record the present state, such as the final one, as one more column.

        Raises:
            TypeError: Nothing has been recorded yet.
        """
        if not self.size:
            raise TypeError("record_single_timestep() needs a run before it")
        # the next tick of an EventClock may be far away
        clock = self.clock if self.clock.times is None else self.source.clock
        row: dict[str, Any] = {"t": clock.now}
        for name in self.record_variables:
            values = np.broadcast_to(self.source.get_values(name)[...], (len(self.source),))
            chosen = values[self.record]
            row[name] = chosen if self.reduce is None else REDUCTIONS[self.reduce](chosen)
        self.recording.append(row)
        self.recording.flush()

    def __getattr__(self, name: str) -> Any:
        names = self.__dict__.get("record_variables", ())
        if name in names and name != "t":
            return with_dimensions(self.recorded(name), self.variables[name].dimensions)
        if name.endswith("_") and name[:-1] in names and name != "t_":
            return self.recorded(name[:-1])
        return super().__getattr__(name)

    def __getitem__(self, item: Any) -> _RecordedElements:
        """Return the recordings of elements, given by their index in the source.

        Raises:
            IndexError: An element is not recorded.
            TypeError: The index is no number, no list of numbers, no `S[i, j]`, or the monitor is
                reduced.
            RuntimeError: Synapses were added since `S[i, j]` was made.
        """
        if self.reduce is not None:
            raise TypeError(
                f"'{self.name}' records the {self.reduce} over its elements, none of its own"
            )
        wanted = np.asarray(item.indices_in(self.source) if hasattr(item, "indices_in") else item)
        if wanted.dtype.kind not in "iu" or wanted.ndim > 1:
            raise TypeError(
                f"'{self.name}' is indexed by elements of its source: a number, a list of numbers, "
                "or S[i, j] for synapses"
            )
        order = np.argsort(self.record, kind="stable")
        place = np.searchsorted(self.record, wanted, sorter=order)
        found = order[np.minimum(place, len(order) - 1)] if len(order) else np.zeros_like(place)
        missing = (
            self.record[found] != wanted if len(order) else np.ones(np.shape(wanted), dtype=bool)
        )
        if np.any(missing):
            element = np.atleast_1d(wanted)[np.atleast_1d(missing)][0]
            raise IndexError(f"element {element} is not recorded by '{self.name}'")
        return _RecordedElements(self, found, item)

    def describe(self) -> Description:
        """Return what is shown in a notebook: variables, elements and times."""
        details = [
            ("variables", ", ".join(self.record_variables)),
            ("elements", f"{len(self.record)} of {len(self.source)}"),
        ]
        if self.reduce is not None:
            details.append(("reduced to", self.reduce))
        if self.every > 1:
            details.append(("every", f"{self.every} steps"))
        return replace(super().describe(), details=tuple(details))

    def __repr__(self) -> str:
        what = "" if self.reduce is None else f" the {self.reduce} of"
        return (
            f"<{type(self).__name__}, recording{what} {self.record_variables!r} "
            f"from '{self.source.name}'>"
        )


class _RecordedElements:
    """`M[k]`: the recordings of one element or of several."""

    def __init__(self, monitor: StateMonitor, places: Any, item: Any) -> None:
        self._monitor, self._places, self._item = monitor, places, item

    def __getattr__(self, name: str) -> Any:
        if name in {"t", "t_"}:
            return getattr(self._monitor, name)[:]
        bare = name.removesuffix("_")
        if bare not in self._monitor.record_variables:
            return getattr(self._monitor, name)  # which says what is wrong
        # only the rows that are asked for are copied
        monitor = self._monitor
        rows = monitor.recording.column(bare).reshape(monitor.size, len(monitor.record))
        values = np.ascontiguousarray(rows[:, self._places].T)
        if bare != name:
            return values
        return with_dimensions(values, monitor.variables[name].dimensions)

    def __repr__(self) -> str:
        return f"<elements {self._item!r} recorded by '{self._monitor.name}'>"


def _recorded_elements(source: Any, record: Any) -> Array:
    if record is True:
        return np.arange(len(source))
    if record is False or record is None:
        return np.zeros(0, dtype=np.int64)
    # elsewhere a tuple is an index of several dimensions
    wanted = list(record) if isinstance(record, tuple) else record
    indices: Array = source.resolve_index(wanted, None)[0]
    return indices
