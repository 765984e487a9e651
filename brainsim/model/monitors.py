"""Monitors: what is recorded while a network runs."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import Diagnostic, UnknownNameError, suggest
from ..logger import get_logger
from ..units import Quantity, hertz, second
from ..units.dimensions import DIMENSIONLESS, Dimension
from .arguments import seconds_of
from .base import BrianObject
from .clock import Clock
from .group import Group
from .spikes import SpikeSource
from .variables import (
    Array,
    ArrayVariable,
    ClockVariable,
    SizeVariable,
    Variable,
    aligned_copy,
    aligned_zeros,
)

logger = get_logger(__name__)

# above this many products (about 5 ms), a convolution is done by Fourier transforms
_MOST_PRODUCTS = 10_000_000


class Recording:
    """Rows that are appended while running, in memory that grows.

    Args:
        columns: Column name -> (element type, elements per row).
    """

    def __init__(self, columns: dict[str, tuple[Any, int]]) -> None:
        self.count = aligned_zeros(1, np.int64)
        self.widths = {name: width for name, (_, width) in columns.items()}
        self.arrays = {name: aligned_zeros(0, dtype) for name, (dtype, _) in columns.items()}
        self.capacity = 0

    def __len__(self) -> int:
        return int(self.count[0])

    def reserve(self, rows: int) -> None:
        """Make room for this many rows in all."""
        if rows <= self.capacity:
            return
        self.capacity = max(rows, 2 * self.capacity)
        for name, old in self.arrays.items():
            width = self.widths[name]
            new = aligned_zeros(self.capacity * width, old.dtype)
            used = len(self) * width
            new[:used] = old[:used]
            self.arrays[name] = new

    def column(self, name: str) -> Array:
        """Return the rows recorded so far, shape (rows,) or (rows, width)."""
        width = self.widths[name]
        flat = self.arrays[name][: len(self) * width]
        return flat if width == 1 else flat.reshape(-1, width)


class Monitor(Group):
    """A group whose variables are recordings; see `BrianObject` for the arguments."""

    invalidates_magic_network = False
    recording: Recording

    def __init__(
        self, source: Any, name: str, dt: Any, clock: Clock | None, when: str, order: int
    ) -> None:
        if not isinstance(source, Group):
            kind = type(source).__name__
            raise TypeError(f"a monitor records a group such as NeuronGroup, not {kind}")
        super().__init__(name, dt, clock or (source.clock if dt is None else None), when, order)
        self._source = weakref.ref(source)
        # a subgroup lives only as long as somebody holds it
        self._subgroup = source if source.add_to_magic_network is False else None
        self.namespace = {}

    @property
    def source(self) -> Any:
        """The group that is recorded.

        Raises:
            ReferenceError: The group has been deleted.
        """
        source = self._source()
        if source is None:
            raise ReferenceError(f"the group recorded by '{self.name}' has been deleted")
        return source

    @property
    def size(self) -> int:
        """Number of rows recorded."""
        return len(self.recording)

    @property
    def N(self) -> int:
        """Number of rows recorded."""
        return self.size

    def size_value(self, name: str) -> int:
        """Return N, the number of rows."""
        del name
        return self.size

    def whole_array(self, variable: ArrayVariable) -> Array:
        """Return all rows of a column, as they are now."""
        rows: Array = self.recording.column(variable.name).view()
        rows.flags.writeable = False
        return rows

    def element_values(self, name: str, indices: Array, context: Any) -> Any:
        """Return rows of a column."""
        if isinstance(self.variables[name], ArrayVariable):
            return self.recording.column(name)[indices]
        return super().element_values(name, indices, context)

    def dependencies(self) -> Iterator[BrianObject]:
        """Yield the group that is recorded."""
        yield self.source.event_source if isinstance(self.source, SpikeSource) else self.source

    def reinit(self) -> None:
        """Refuse: a monitor is not emptied.

        Raises:
            NotImplementedError: Always; make a new monitor, or use store and restore.
        """
        raise NotImplementedError("make a new monitor, or use store() and restore()")


def _column(name: str, dimensions: Dimension) -> ArrayVariable:
    # the rows are kept by the recording; the variable only says what they are
    return ArrayVariable(name, dimensions, np.zeros(0), read_only=True)


class EventMonitor(Monitor):
    """Records which elements had an event, and when.

    Args:
        source: Group that emits the event.
        event: Name of the event.
        variables: Variables to record at each event.
        record: Whether to keep the events; with False only their number is counted.
        when: Slot of the schedule; by default that of the event.
        order: Place within the slot; by default directly after the event.
        name: Name.

    Raises:
        ValueError: The source has no such event, or `order` is given without `when`.
    """

    def __init__(
        self,
        source: Any,
        event: str,
        variables: Any = None,
        record: bool = True,
        when: str | None = None,
        order: int | None = None,
        name: str = "eventmonitor*",
        codeobj_class: Any = None,
    ) -> None:
        del codeobj_class
        if when is None and order is not None:
            raise ValueError("an order needs a when: give both")
        _require_event(source, event)
        if when is None:
            emitter = getattr(source.event_source, "thresholder", {}).get(
                event, source.event_source
            )
            when, order = emitter.when, emitter.order + 1
        super().__init__(source, name, None, None, when, order or 0)
        self.event = event
        self.record = bool(record)
        self.counts = aligned_zeros(len(source), np.int32)
        self.total = aligned_zeros(1, np.int64)
        names = _variable_names(variables or [])
        self.record_variables = tuple(name for name in names if name not in {"i", "t"})
        columns: dict[str, tuple[Any, int]] = {"i": (np.int32, 1), "t": (np.float64, 1)}
        kinds: dict[str, Variable] = {
            "i": _column("i", DIMENSIONLESS),
            "t": _column("t", second.dim),
        }
        for variable_name in self.record_variables:
            dtype, dimensions = recorded_type(source, variable_name)
            columns[variable_name] = (dtype, 1)
            kinds[variable_name] = _column(variable_name, dimensions)
        self.recording = Recording(columns if self.record else {})
        self.variables = kinds if self.record else {}
        self.variables["N"] = SizeVariable("N")
        self.variables["count"] = ArrayVariable("count", DIMENSIONLESS, self.counts, read_only=True)
        self._complete = True

    @property
    def size(self) -> int:
        """Number of events."""
        return int(self.total[0])

    @property
    def num_events(self) -> int:
        """Number of events."""
        return self.size

    def whole_array(self, variable: ArrayVariable) -> Array:
        """Return all rows of a column, or the number of events per element."""
        return self.counts if variable.name == "count" else super().whole_array(variable)

    def element_values(self, name: str, indices: Array, context: Any) -> Any:
        """Return rows of a column, or numbers of events."""
        if name == "count":
            return self.counts[indices]
        return super().element_values(name, indices, context)

    def resolve_index(self, item: Any, namespace: Any) -> tuple[Array, bool]:
        """Return rows; `count` is indexed by element."""
        return super().resolve_index(item, namespace)

    def get_values(self, name: str, item: Any = slice(None), namespace: Any = None) -> Any:
        """Return values of a column; see `Group.get_values`."""
        if name == "count":
            return self.counts[item] if item != slice(None) else self.counts
        return super().get_values(name, item, namespace)

    @property
    def it(self) -> tuple[Any, Any]:
        """Indices and times of all events."""
        return self.i[:], self.t[:]

    @property
    def it_(self) -> tuple[Array, Array]:
        """Indices and times (plain seconds) of all events."""
        return self.i[:], self.t_[:]

    def event_trains(self) -> dict[int, Quantity]:
        """Return the event times of every element."""
        return self.values("t")

    def values(self, var: str) -> dict[int, Any]:
        """Return the values of a recorded variable for every element, in order of time."""
        self._require_recording(var)
        order = np.argsort(self.recording.column("i"), kind="stable")
        column = self.recording.column(var)[order]
        bounds = np.r_[0, np.cumsum(self.counts)]
        dimensions = self.variables[var].dimensions
        return {
            k: _quantity(column[bounds[k] : bounds[k + 1]], dimensions)
            for k in range(len(self.counts))
        }

    def all_values(self) -> dict[str, dict[int, Any]]:
        """Return `values` of all recorded variables."""
        return {name: self.values(name) for name in self.recording.arrays if name != "i"}

    def _require_recording(self, var: str) -> None:
        if not self.record:
            raise AttributeError(f"'{self.name}' counts only: it was made with record=False")
        if var not in self.recording.arrays:
            recorded = ", ".join(f"'{name}'" for name in self.recording.arrays)
            raise UnknownNameError(f"'{self.name}' does not record '{var}', only {recorded}")

    def __getattr__(self, name: str) -> Any:
        if name in {"i", "t", "i_", "t_"} and not self.__dict__.get("record", True):
            raise AttributeError(f"'{self.name}' counts only: it was made with record=False")
        return super().__getattr__(name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, recording event '{self.event}' from '{self.source.name}'>"


class SpikeMonitor(EventMonitor):
    """Records spikes; see `EventMonitor`."""

    def __init__(
        self,
        source: Any,
        variables: Any = None,
        record: bool = True,
        when: str | None = None,
        order: int | None = None,
        name: str = "spikemonitor*",
        codeobj_class: Any = None,
    ) -> None:
        super().__init__(source, "spike", variables, record, when, order, name, codeobj_class)

    @property
    def num_spikes(self) -> int:
        """Number of spikes."""
        return self.size

    def spike_trains(self) -> dict[int, Quantity]:
        """Return the spike times of every neuron."""
        return self.event_trains()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, recording from '{self.source.name}'>"


class StateMonitor(Monitor):
    """Records variables of some elements in every step.

    Args:
        source: Group that is recorded.
        variables: A name, several, or True for all of the model.
        record: Elements: True (all), False (none), an integer or several.
        dt: Step size of a clock of its own.
        clock: Clock; the source's when neither is given.
        when: Slot of the schedule.
        order: Place within the slot.
        name: Name.

    Raises:
        KeyError: The source has no such variable.
        IndexError: An element is out of range.
        TypeError: The source is no group, or `variables` are no names.
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
    ) -> None:
        del codeobj_class
        super().__init__(source, name, dt, clock, when, order)
        if variables is True and source.equations is None:
            raise TypeError(f"'{source.name}' has no equations: name the variables to record")
        names = list(source.equations.names) if variables is True else _variable_names(variables)
        self.record_variables = tuple(names)
        self.record = _recorded_elements(source, record)
        columns: dict[str, tuple[Any, int]] = {"t": (np.float64, 1)}
        kinds: dict[str, Variable] = {"t": _column("t", second.dim), "N": SizeVariable("N")}
        for variable_name in names:
            dtype, dimensions = recorded_type(source, variable_name)
            columns[variable_name] = (dtype, len(self.record))
            kinds[variable_name] = _column(variable_name, dimensions)
            found = source.find(variable_name)
            if found[1].scalar and len(self.record) > 1 and variable_name != "t":
                logger.warn(
                    f"'{variable_name}' of '{source.name}' is shared: each recorded element has "
                    "the same values",
                    "shared_variable",
                )
        self.recording = Recording(columns)
        self.variables = kinds
        self._complete = True

    def places(self) -> Array:
        """Return where the recorded elements stand in memory now (synapses may have moved)."""
        return aligned_copy(self.source.positions(self.record), np.int64)

    def recorded(self, name: str) -> Array:
        """Return what was recorded of a variable, shape (recorded elements, times)."""
        rows = self.recording.column(name)
        shape = (self.size, len(self.record))
        return np.ascontiguousarray(rows.reshape(shape).T)

    def record_single_timestep(self) -> None:
        """Record the present state, such as the final one, as one more column.

        Raises:
            TypeError: Nothing has been recorded yet.
        """
        if not self.size:
            raise TypeError("record_single_timestep() needs a run before it")
        row = self.size
        self.recording.reserve(row + 1)
        for name in self.record_variables:
            width = len(self.record)
            values = np.broadcast_to(self.source.get_values(name)[...], (len(self.source),))
            self.recording.arrays[name][row * width : (row + 1) * width] = values[self.record]
        self.recording.arrays["t"][row] = self.clock.t_
        self.recording.count[0] += 1

    def __getattr__(self, name: str) -> Any:
        names = self.__dict__.get("record_variables", ())
        if name in names and name != "t":
            return _quantity(self.recorded(name), self.variables[name].dimensions)
        if name.endswith("_") and name[:-1] in names and name != "t_":
            return self.recorded(name[:-1])
        return super().__getattr__(name)

    def __getitem__(self, item: Any) -> _RecordedElements:
        """Return the recordings of elements, given by their index in the source."""
        wanted = np.asarray(item.indices_in(self.source) if hasattr(item, "indices_in") else item)
        if wanted.dtype.kind not in "iu":
            raise TypeError("a StateMonitor is indexed by elements of its source")
        places = []
        for element in np.atleast_1d(wanted):
            found = np.flatnonzero(self.record == element)
            if not len(found):
                raise IndexError(f"element {element} is not recorded by '{self.name}'")
            places.append(int(found[0]))
        return _RecordedElements(self, places[0] if wanted.ndim == 0 else np.array(places))

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}, recording {list(self.record_variables)!r} "
            f"from '{self.source.name}'>"
        )


class _RecordedElements:
    """`M[k]`: the recordings of one element or of several."""

    def __init__(self, monitor: StateMonitor, places: Any) -> None:
        self._monitor, self._places = monitor, places

    def __getattr__(self, name: str) -> Any:
        if name in {"t", "t_"}:
            return getattr(self._monitor, name)
        return getattr(self._monitor, name)[self._places]


class PopulationRateMonitor(Monitor):
    """Records the mean firing rate of a group in every step.

    Args:
        source: Group.
        name: Name.
        dtype: Float type of the rates.
    """

    def __init__(
        self,
        source: Any,
        name: str = "ratemonitor*",
        codeobj_class: Any = None,
        dtype: Any = np.float64,
    ) -> None:
        del codeobj_class
        _require_event(source, "spike")
        super().__init__(source, name, None, None, "end", 0)
        self.recording = Recording({"t": (np.float64, 1), "rate": (dtype, 1)})
        # spikes within a subgroup in the present step
        self.inside = aligned_zeros(1, np.int64)
        self.variables = {
            "t": _column("t", second.dim),
            "rate": _column("rate", hertz.dim),
            "N": SizeVariable("N"),
        }
        self._complete = True

    def smooth_rate(self, window: Any = "gaussian", width: Any = None) -> Quantity:
        """Return the rate smoothed by a window, as long as `rate`.

        Args:
            window: "gaussian" (width is its standard deviation), "flat" (width is its length), or
                an array of odd length.
            width: A time.

        Raises:
            TypeError: A named window needs a width, an array takes none.
            NotImplementedError: The window is unknown.
        """
        kernel = _window(window, width, self.clock.dt_)
        smooth = _convolved(self.recording.column("rate"), kernel / kernel.sum())
        return Quantity(smooth, dim=hertz.dim)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, recording {self.source.name}>"


def _convolved(values: Array, kernel: Array) -> Array:
    """Return values convolved with a kernel of odd length, as if zero outside; as many as given."""
    half, n = len(kernel) // 2, len(values)
    if n * len(kernel) < _MOST_PRODUCTS:
        whole: Array = np.convolve(values, kernel)
    else:
        size = n + len(kernel) - 1
        whole = np.fft.irfft(np.fft.rfft(values, size) * np.fft.rfft(kernel, size), size)
    return whole[half : half + n]


def _window(window: Any, width: Any, dt: float) -> Array:
    if isinstance(window, str):
        if width is None:
            raise TypeError(f"the window '{window}' needs a width")
        seconds = seconds_of(width, "the width of a window")
        if not seconds > 0:
            raise ValueError(f"the width of a window cannot be {width}")
        if window == "gaussian":
            half = int(np.round(2 * seconds / dt))
            times = np.arange(-half, half + 1) * dt
            bell: Array = np.exp(-(times**2) / (2 * seconds**2))
            return bell
        if window == "flat":
            steps = int(seconds / 2 / dt) * 2 + 1
            used = steps * dt
            if abs(used - seconds) > 1e-9 * seconds:
                logger.info(f"the width of the window is {used * 1e3:g} ms", "adjusted_width")
            return np.ones(steps)
        raise NotImplementedError(f"unknown window '{window}': use 'gaussian', 'flat' or an array")
    if width is not None:
        raise TypeError("a window given as array has its own width")
    array = np.asarray(window, dtype=float)
    if array.ndim != 1 or len(array) % 2 == 0:
        raise TypeError("a window must be a one-dimensional array of odd length")
    return array


class UnknownVariableError(UnknownNameError, ValueError):
    """A variable to record that the group does not have."""


def _require_event(source: Any, event: str) -> None:
    """Refuse to record events of something that has none."""
    if not isinstance(source, SpikeSource):
        kind = type(source).__name__
        raise TypeError(f"only groups such as NeuronGroup have events to record, not {kind}")
    if not source.has_event(event):
        hint = "; did you forget to give it a threshold?" if event == "spike" else ""
        raise ValueError(f"'{source.name}' has no event '{event}'{hint}")


def _variable_names(variables: Any) -> list[str]:
    names = [variables] if isinstance(variables, str) else variables
    if not isinstance(names, list | tuple | set) or not all(isinstance(n, str) for n in names):
        raise TypeError(f"the variables to record must be names, not {variables!r}")
    return list(names)


def _quantity(values: Array, dimensions: Dimension) -> Any:
    return values if dimensions is DIMENSIONLESS else Quantity(values, dim=dimensions, copy=False)


def _recorded_elements(source: Any, record: Any) -> Array:
    if record is True:
        return np.arange(len(source))
    if record is False or record is None:
        return np.zeros(0, dtype=np.int64)
    indices: Array = source.resolve_index(record, None)[0]
    return indices


def recorded_type(source: Any, name: str) -> tuple[Any, Dimension]:
    """Return the element type and dimensions of a variable to record.

    Raises:
        UnknownVariableError: The source has no such variable.
    """
    found = source.find(name)
    if found is None:
        hint = suggest(name, source.known_names())
        raise UnknownVariableError(
            Diagnostic(f"'{source.name}' has no variable '{name}' to record", help=hint)
        )
    variable = found[1]
    if isinstance(variable, ClockVariable):
        return (np.int64 if name == "t_in_timesteps" else np.float64), variable.dimensions
    if isinstance(variable, SizeVariable):
        return np.int64, variable.dimensions
    return np.dtype(str(variable.dtype)), variable.dimensions
