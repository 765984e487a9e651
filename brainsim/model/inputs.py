"""Inputs: Poisson spike trains, given spike trains, Poisson noise on a variable."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..equations import dimension_of, parse_expression
from ..equations.tree import Tree
from ..logger import get_logger
from ..units import Quantity, get_dimensions, have_same_dimensions, hertz, second
from ..units.dimensions import DIMENSIONLESS, DimensionMismatchError
from ..units.fundamentalunits import fail_for_dimension_mismatch
from .base import BrianObject, CodeRunner
from .clock import Clock
from .neurons import clock_variables, index_variable
from .operations import Operations
from .spikes import SpikeSource
from .subgroup import Subgroup
from .variables import ArrayVariable, SizeVariable, SpikeRing, Variable, aligned_copy, aligned_zeros

logger = get_logger(__name__)


class PoissonThresholder(CodeRunner):
    """Draws the spikes of a PoissonGroup."""

    def __init__(self, group: Any, when: str) -> None:
        super().__init__(group, "spike_thresholder", when, group.order)
        self.event = "spike"


class PoissonGroup(Operations, SpikeSource):
    """Independent Poisson spike trains, at most one spike per neuron and step.

    Args:
        N: Number of neurons.
        rates: One rate, an array of N rates, or an expression evaluated in every step.
        dt: Step size of a clock of its own.
        clock: Clock.
        when: Slot of the schedule.
        order: Place within the slot.
        namespace: External names.
        name: Name.

    Raises:
        DimensionMismatchError: `rates` are no rates.
    """

    def __init__(
        self,
        N: int,
        rates: Any,
        dt: Any = None,
        clock: Clock | None = None,
        when: str = "thresholds",
        order: int = 0,
        namespace: Mapping[str, Any] | None = None,
        name: str = "poissongroup*",
        codeobj_class: Any = None,
    ) -> None:
        del codeobj_class
        super().__init__(name, dt, clock, when, order)
        self._n = int(N)
        self.namespace = dict(namespace or {})
        self.events = {"spike": "rand() < rates * dt"}
        self.rings = {"spike": SpikeRing(self._n)}
        self.rates_tree: Tree | None = None
        variables: dict[str, Variable] = {"N": SizeVariable("N"), "i": index_variable(self._n)}
        variables |= clock_variables()
        self.variables = variables
        if isinstance(rates, str):
            self.rates_tree = parse_expression(rates, f"rates of '{self.name}'")
        else:
            if not have_same_dimensions(rates, hertz):
                fail_for_dimension_mismatch(rates, hertz, "rates must be in Hz")
            values = aligned_zeros(self._n, np.float64)
            values[:] = np.asarray(rates, dtype=float)
            variables["rates"] = ArrayVariable("rates", hertz.dim, values)
        self.thresholder = {"spike": PoissonThresholder(self, when)}
        self._contained.append(self.thresholder["spike"])
        self._complete = True

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self._n

    @property
    def N(self) -> int:
        """Number of neurons."""
        return self._n

    def __getitem__(self, item: Any) -> Subgroup:
        """Return a contiguous subgroup, given by a slice."""
        if not isinstance(item, slice):
            raise TypeError("a subgroup of a PoissonGroup is made by a slice")
        return Subgroup(self, *self.slice_bounds(item))


class SpikeGeneratorGroup(SpikeSource):
    """Neurons that spike at given times.

    Args:
        N: Number of neurons.
        indices: Neuron of each spike.
        times: Time of each spike, a quantity.
        dt: Step size of a clock of its own.
        clock: Clock.
        period: Repeat the spikes with this period; 0*second: not at all.
        when: Slot of the schedule.
        order: Place within the slot.
        sorted: The spikes are sorted by time, then index.
        name: Name.

    Raises:
        ValueError: Lengths differ, an index is out of range, a time is negative, or the period is
            not longer than the last time.
    """

    def __init__(
        self,
        N: int,
        indices: Any,
        times: Any,
        dt: Any = None,
        clock: Clock | None = None,
        period: Any = 0 * second,
        when: str = "thresholds",
        order: int = 0,
        sorted: bool = False,
        name: str = "spikegeneratorgroup*",
        codeobj_class: Any = None,
    ) -> None:
        del codeobj_class
        super().__init__(name, dt, clock, when, order)
        if int(N) < 1:
            raise ValueError(f"the number of neurons must be at least 1, not {N}")
        self._n = int(N)
        self.namespace = {}
        self.events = {"spike": None}
        self.rings = {"spike": SpikeRing(self._n)}
        self.variables = {"N": SizeVariable("N"), "i": index_variable(self._n)}
        self.variables |= clock_variables()
        self.set_spikes(indices, times, period, sorted)
        # filled by before_run: spikes grouped by step, see lowering
        self.steps = aligned_zeros(0, np.int64)
        self.offsets = aligned_zeros(1, np.int64)
        self.neurons = aligned_zeros(0, np.int32)
        self.next = aligned_zeros(1, np.int64)
        self.period_steps = aligned_zeros(1, np.int64)
        self._complete = True

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self._n

    @property
    def N(self) -> int:
        """Number of neurons."""
        return self._n

    def set_spikes(
        self, indices: Any, times: Any, period: Any = 0 * second, sorted: bool = False
    ) -> None:
        """Replace the spikes; times are absolute. See the class for the arguments."""
        if not have_same_dimensions(times, second) and np.size(times):
            fail_for_dimension_mismatch(times, second, "spike times must be times")
        if not have_same_dimensions(period, second):
            fail_for_dimension_mismatch(period, second, "the period must be a time")
        neurons = np.atleast_1d(np.asarray(indices)).astype(np.int32)
        seconds = np.atleast_1d(np.asarray(times, dtype=float))
        if neurons.shape != seconds.shape:
            raise ValueError(
                f"there are {neurons.size} indices but {seconds.size} times; give one of each"
            )
        if neurons.size and (neurons.min() < 0 or neurons.max() >= self._n):
            bad = neurons.min() if neurons.min() < 0 else neurons.max()
            raise ValueError(f"index {bad} is out of range: there are {self._n} neurons")
        if seconds.size and seconds.min() < 0:
            raise ValueError("spike times cannot be negative")
        if float(period) < 0:
            raise ValueError("the period cannot be negative")
        if float(period) > 0 and seconds.size and seconds.max() >= float(period):
            raise ValueError("the period must be longer than the last spike time")
        if not sorted:
            order = np.lexsort((neurons, seconds))
            neurons, seconds = neurons[order], seconds[order]
        self._neurons, self._seconds, self._period = neurons, seconds, float(period)
        self._grouped_for: Any = None

    def before_run(self) -> None:
        """Group the spikes by step.

        Raises:
            ValueError: A neuron spikes twice in one step.
            NotImplementedError: The period is no multiple of dt.
        """
        dt, now = self.clock.dt_, self.clock.step
        steps = ((self._seconds + dt / 1000) / dt).astype(np.int64)
        order = np.lexsort((self._neurons, steps))
        steps, neurons = steps[order], self._neurons[order]
        twice = (np.diff(steps) == 0) & (np.diff(neurons) == 0)
        if twice.any():
            k = int(np.flatnonzero(twice)[0])
            raise ValueError(
                f"neuron {neurons[k]} of '{self.name}' spikes twice in the step at "
                f"{steps[k] * dt} s; use a smaller dt or remove a spike"
            )
        period = round(self._period / dt)
        if self._period and abs(self._period - period * dt) > 1e-4 * dt:
            raise NotImplementedError(
                f"the period of '{self.name}' must be a multiple of dt = {dt} s"
            )
        if not period and self._grouped_for is None and (steps < now).any():
            logger.warn(
                f"{int((steps < now).sum())} spikes of '{self.name}' lie before the start of the "
                "run and are left out",
                "ignored_spikes",
            )
        distinct, first = np.unique(steps, return_index=True)
        self.steps = aligned_copy(np.append(distinct, -1), np.int64)
        self.offsets = aligned_copy(np.append(first, len(neurons)), np.int64)
        self.neurons = aligned_copy(neurons, np.int32)
        self.period_steps[0] = period
        phase = now % period if period else now
        self.next[0] = np.searchsorted(distinct, phase)
        if period and self.next[0] == len(distinct):
            self.next[0] = 0
        self._grouped_for = dt

    def __getitem__(self, item: Any) -> Subgroup:
        """Return a contiguous subgroup, given by a slice."""
        if not isinstance(item, slice):
            raise TypeError("a subgroup of a SpikeGeneratorGroup is made by a slice")
        return Subgroup(self, *self.slice_bounds(item))


class PoissonInput(BrianObject):
    """Adds weight * Binomial(N, rate*dt) to a variable of each neuron in every step.

    Args:
        target: Group whose variable is changed.
        target_var: Name of the variable.
        N: Number of inputs per neuron.
        rate: Rate of each input.
        weight: What one input spike adds: a quantity, or an expression.
        when: Slot of the schedule.
        order: Place within the slot.

    Raises:
        KeyError: The target has no such variable.
        DimensionMismatchError: `rate` is no rate, or `weight` has other units than the variable.
    """

    def __init__(
        self,
        target: Any,
        target_var: str,
        N: int,
        rate: Any,
        weight: Any,
        when: str = "synapses",
        order: int = 0,
    ) -> None:
        super().__init__("poissoninput*", None, target.clock, when, order)
        variable = target.variables.get(target_var)
        if not isinstance(variable, ArrayVariable):
            raise KeyError(f"'{target.name}' has no variable '{target_var}'")
        if not have_same_dimensions(rate, hertz):
            fail_for_dimension_mismatch(rate, hertz, "the rate must be in Hz")
        self._target = weakref.ref(target)
        # a subgroup lives only as long as somebody holds it
        self._subgroup = target if isinstance(target, Subgroup) else None
        self.target_var = target_var
        self.inputs = int(N)
        self.rate = float(rate)
        self.weight: Tree | float
        if isinstance(weight, str):
            self.weight = parse_expression(weight, f"weight of '{self.name}'")
            found = dimension_of(self.weight, target.meaning)
            if found is not None and found is not variable.dimensions:
                raise DimensionMismatchError(
                    "the weight has other units than the variable", found, variable.dimensions
                )
        else:
            unit = Quantity.with_dimensions(1.0, variable.dimensions)
            if get_dimensions(weight) is not variable.dimensions and weight != 0:
                fail_for_dimension_mismatch(
                    weight, unit, f"the weight must have the units of '{target_var}'"
                )
            self.weight = float(weight)
        if variable.dimensions is DIMENSIONLESS and isinstance(weight, Quantity):
            self.weight = float(weight)

    @property
    def target(self) -> Any:
        """The group whose variable is changed."""
        return self._target()

    def dependencies(self) -> Iterator[BrianObject]:
        """Yield the target."""
        yield self.target.event_source if isinstance(self.target, SpikeSource) else self.target
