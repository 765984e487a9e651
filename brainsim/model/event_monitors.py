"""Monitors of events: which elements had one, and when."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UnknownNameError
from ..units import Quantity, hertz, second
from ..units.dimensions import DIMENSIONLESS
from .monitors import (
    Monitor,
    column,
    recorded_type,
    require_event,
    variable_names,
    with_dimensions,
)
from .rates import convolved, steps_per_bin, window_values
from .recording import Recording
from .representation import Description, counted
from .variables import Array, ArrayVariable, SizeVariable, Variable, aligned_zeros


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
        require_event(source, event)
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
        # seconds; NaN while running. Its clock may be one that other networks move, too
        self.recorded_until = aligned_zeros(1, np.float64)
        names = variable_names(variables or [])
        self.record_variables = tuple(name for name in names if name not in {"i", "t"})
        columns: dict[str, tuple[Any, int]] = {"i": (np.int32, 1), "t": (np.float64, 1)}
        kinds: dict[str, Variable] = {
            "i": column("i", DIMENSIONLESS),
            "t": column("t", second.dim),
        }
        for variable_name in self.record_variables:
            dtype, dimensions = recorded_type(source, variable_name)
            columns[variable_name] = (dtype, 1)
            kinds[variable_name] = column(variable_name, dimensions)
        self.recording = Recording(columns if self.record else {})
        self.variables = kinds if self.record else {}
        self.variables["N"] = SizeVariable("N")
        self.variables["count"] = ArrayVariable("count", DIMENSIONLESS, self.counts, read_only=True)
        self._complete = True

    @property
    def size(self) -> int:
        """Number of events."""
        self.recording.require()
        return int(self.total[0])

    def before_run(self) -> None:
        """Note that from now on the clock says how much has been recorded."""
        super().before_run()
        self.recorded_until[0] = np.nan

    def after_run(self) -> None:
        """Note how much has been recorded."""
        super().after_run()
        if np.isnan(self.recorded_until[0]):
            self.recorded_until[0] = self.clock.reached

    @property
    def num_events(self) -> int:
        """Number of events."""
        return self.size

    def whole_array(self, variable: ArrayVariable) -> Array:
        """Return all rows of a column, or the number of events per element."""
        if variable.name != "count":
            return super().whole_array(variable)
        self.recording.require()
        return self.counts

    def element_values(self, name: str, indices: Array, context: Any) -> Any:
        """Return rows of a column, or numbers of events."""
        if name == "count":
            self.recording.require()
            return self.counts[indices]
        return super().element_values(name, indices, context)

    def get_values(self, name: str, item: Any = slice(None), namespace: Any = None) -> Any:
        """Return values of a column; see `Group.get_values`."""
        if name != "count" or (isinstance(item, slice) and item == slice(None)):
            return super().get_values(name, item, namespace)
        # there is one number for each element of the source, which tells what an index means
        indices, single = self.source.resolve_index(item, namespace)
        return self.counts[indices[0] if single else indices]

    def bytes_until(self, until: float) -> int:
        """Return 0: nobody knows how many events there will be."""
        del until
        return 0

    def describe(self) -> Description:
        """Return what is shown in a notebook: how many events there were."""
        what = counted(self.size, "spike" if self.event == "spike" else "event")
        of = "" if self.event == "spike" else f" '{self.event}'"
        kind = type(self).__name__
        return Description(f"{kind} '{self.name}' of '{self.source.name}', {what}{of}")

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
            k: with_dimensions(column[bounds[k] : bounds[k + 1]], dimensions)
            for k in range(len(self.counts))
        }

    def all_values(self) -> dict[str, dict[int, Any]]:
        """Return `values` of all recorded variables."""
        self._require_recording("t")
        return {name: self.values(name) for name in self.recording.arrays if name != "i"}

    def smooth_rate(self, window: Any = "gaussian", width: Any = None) -> Quantity:
        """Return the smoothed rate of every element, shape (elements, steps).

        Args:
            window: "gaussian", "flat" or an array of odd length; see `PopulationRateMonitor`.
            width: A time.

        Raises:
            TypeError: A named window needs a width, an array takes none.
            NotImplementedError: The window is unknown.
            AttributeError: Only numbers of events are recorded.
        """
        kernel = window_values(window, width, self.clock.dt_)
        smooth = convolved(self._rates(1), kernel / kernel.sum())
        return Quantity(smooth, dim=hertz.dim)

    def binned_rate(self, bin_size: Any) -> tuple[Quantity, Quantity]:
        """Return the starts of bins, and the mean rate of every element in each of them.

        Args:
            bin_size: A time, a multiple of the step size.

        Returns:
            Times, shape (bins,), and rates, shape (elements, bins), from time 0 on; a last bin that
            is not complete is left out.

        Raises:
            ValueError: The size is no multiple of the step size.
            AttributeError: Only numbers of events are recorded.
        """
        steps = steps_per_bin(bin_size, self.clock.dt_)
        rates = self._rates(steps)
        starts = np.arange(rates.shape[1]) * steps * self.clock.dt_
        return Quantity(starts, dim=second.dim), Quantity(rates, dim=hertz.dim)

    def _rates(self, steps: int) -> Array:
        """Return the rates of all elements in bins of so many steps."""
        self._require_recording("t")
        dt = self.clock.dt_
        until = float(self.recorded_until[0])
        until = self.clock.reached if np.isnan(until) else until
        at = np.rint(self.recording.column("t") / dt).astype(np.int64) // steps
        shape = (len(self.counts), round(until / dt) // steps)
        inside = at < shape[1]
        flat = self.recording.column("i")[inside].astype(np.int64) * shape[1] + at[inside]
        counts = np.bincount(flat, minlength=shape[0] * shape[1])
        return counts.reshape(shape) / (steps * dt)

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
