"""Inputs: Poisson spike trains, given spike trains, Poisson noise on a variable."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..codegen.ir import DType
from ..equations import check_dimension, parse_expression
from ..equations.tree import Tree
from ..equations.unittext import unit_name
from ..errors import Diagnostic, UnknownNameError, suggest
from ..logger import get_logger
from ..units import Quantity, hertz, second
from ..units.checks import is_zero
from ..units.dimensions import DIMENSIONLESS
from .arguments import checked_namespace, checked_size, require_dimensions, seconds_of
from .base import BrianObject, CodeRunner
from .clock import Clock
from .group import why_read_only
from .members import members_of
from .neurons import clock_variables, index_variable
from .operations import Operations
from .past import keep_pasts
from .representation import Description, span_of
from .spikes import SpikeSource
from .subgroup import Subgroup
from .variables import (
    Array,
    ArrayVariable,
    SizeVariable,
    SpikeRing,
    Subexpression,
    Variable,
    aligned_copy,
    aligned_zeros,
)

logger = get_logger(__name__)


class PoissonThresholder(CodeRunner):
    """Draws the spikes of a PoissonGroup."""

    def __init__(self, group: Any, when: str) -> None:
        super().__init__(group, "spike_thresholder", when, group.order)
        self.event = "spike"

    def after_run(self) -> None:
        """Leave no spikes of a past run in `group.spikes`."""
        self.group.rings[self.event].forget_latest()


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
        ValueError: N is no integer of at least 0, or there is another number of rates.
        TypeError: `rates` are no numbers.
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
        self._n = checked_size(N, least=0)
        self.namespace = checked_namespace(namespace)
        self.events = {"spike": "rand() < rates * dt"}
        self.rings = {"spike": SpikeRing(self._n)}
        self.rates_text = ""
        variables: dict[str, Variable] = {"N": SizeVariable("N"), "i": index_variable(self._n)}
        variables |= clock_variables()
        self.variables = variables
        if isinstance(rates, str):
            self.rates_text = rates
            tree = parse_expression(rates, f"rates of '{self.name}'")
            check_dimension(tree, hertz.dim, self.meaning, "rates")
            variables["rates"] = Subexpression("rates", hertz.dim, DType.F64, tree)
        else:
            require_dimensions(rates, hertz.dim, f"the rates of '{self.name}'", "20*Hz")
            if np.ndim(rates) and np.shape(rates) != (self._n,):
                raise ValueError(
                    f"there are {np.size(rates)} rates for the {self._n} neurons of '{self.name}'; "
                    "give one for all, or one each"
                )
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

    def describe(self) -> Description:
        """Return what is shown in a notebook: how many neurons, and their rates."""
        rates = self.rates_text or span_of(self.rates[:])
        return replace(super().describe(), details=(("rates", rates),))

    def __getitem__(self, item: Any) -> Subgroup:
        """Return a subgroup; see `NeuronGroup`."""
        return Subgroup.of(self, members_of(self, item))


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
        self._n = checked_size(N)
        self.namespace = {}
        self.events = {"spike": None}
        self.rings = {"spike": SpikeRing(self._n)}
        self.variables = {"N": SizeVariable("N"), "i": index_variable(self._n)}
        self.variables |= clock_variables()
        self._cycle = aligned_zeros(1, np.float64)
        self.variables["period"] = ArrayVariable(
            "period", second.dim, self._cycle, scalar=True, read_only=True
        )
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

    def describe(self) -> Description:
        """Return what is shown in a notebook: how many neurons, and their spikes."""
        details = [("spikes", str(len(self._seconds)))]
        period = float(self._cycle[0])
        if period:
            details.append(("period", str(Quantity(period, dim=second.dim))))
        return replace(super().describe(), details=tuple(details))

    def set_spikes(
        self, indices: Any, times: Any, period: Any = 0 * second, sorted: bool = False
    ) -> None:
        """Replace the spikes; times are absolute. See the class for the arguments."""
        if np.size(times):
            require_dimensions(times, second.dim, f"the spike times of '{self.name}'", "5*ms")
        cycle = seconds_of(period, f"the period of '{self.name}'")
        neurons = np.atleast_1d(np.asarray(indices))
        if neurons.dtype.kind not in "biuf" or (neurons != np.floor(neurons)).any():
            raise TypeError(f"the indices of '{self.name}' must be integers, not {indices!r}")
        seconds = np.atleast_1d(np.asarray(times, dtype=float))
        if neurons.shape != seconds.shape:
            raise ValueError(
                f"'{self.name}' has {neurons.size} indices but {seconds.size} times; give one of "
                "each per spike"
            )
        if neurons.size and (neurons.min() < 0 or neurons.max() >= self._n):
            bad = neurons.min() if neurons.min() < 0 else neurons.max()
            raise ValueError(
                f"index {bad} is out of range: '{self.name}' has {self._n} neurons, numbered 0 to "
                f"{self._n - 1}"
            )
        if not (np.isfinite(seconds) & (seconds >= 0)).all():
            bad = seconds[~(np.isfinite(seconds) & (seconds >= 0))][0]
            when = Quantity(bad, dim=second.dim)
            raise ValueError(f"'{self.name}' has a spike at {when}; times must be 0 s or later")
        if not 0 <= cycle < np.inf:
            raise ValueError(f"the period of '{self.name}' cannot be {period}")
        if cycle > 0 and seconds.size and seconds.max() >= cycle:
            raise ValueError(
                f"the period of '{self.name}', {period}, must be longer than the time of its last "
                f"spike, {Quantity(seconds.max(), dim=second.dim)}"
            )
        if not sorted:
            order = np.lexsort((neurons, seconds))
            neurons, seconds = neurons[order], seconds[order]
        self._neurons, self._seconds = neurons.astype(np.int32), seconds
        self._cycle[0] = cycle
        self._grouped_for: Any = None

    @property
    def given(self) -> tuple[Array, Array, float]:
        """The spikes given: neurons, times in seconds, and the period in seconds (0: none)."""
        return self._neurons, self._seconds, float(self._cycle[0])

    @property
    def neuron_index(self) -> Array:
        """Neuron of each spike given, in the order of time."""
        return self._neurons.copy()

    @property
    def spike_time(self) -> Quantity:
        """Time of each spike given, in the order of time."""
        return Quantity(self._seconds, dim=second.dim, copy=True)

    def give(self, neurons: Array, seconds: Array, period: float) -> None:
        """Take spikes as `given` returns them."""
        self._neurons, self._seconds = neurons, seconds
        self._cycle[0] = period
        self._grouped_for = self.clock.dt_

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
                f"{Quantity(steps[k] * dt, dim=second.dim)}; use a smaller dt or remove a spike"
            )
        cycle = float(self._cycle[0])
        period = round(cycle / dt)
        if cycle and abs(cycle - period * dt) > 1e-4 * dt:
            raise NotImplementedError(
                f"the period of '{self.name}' must be a multiple of its dt, which is "
                f"{self.clock.dt}"
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
        """Return a subgroup; see `NeuronGroup`."""
        return Subgroup.of(self, members_of(self, item))


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
        TypeError: The target is no group of neurons, the variable cannot be written to, or an
            argument is no number.
        DimensionMismatchError: `rate` is no rate, or `weight` has other units than the variable.
        ValueError: `N` is no integer of at least 0, or `rate` is negative.
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
        if not isinstance(target, SpikeSource):
            kind = type(target).__name__
            raise TypeError(f"the target must be a group such as NeuronGroup, not {kind}")
        super().__init__("poissoninput*", None, target.clock, when, order)
        variable = _written_variable(target, target_var)
        require_dimensions(rate, hertz.dim, "the rate of a PoissonInput", "20*Hz")
        if np.ndim(rate) or not 0 <= float(rate) < np.inf:
            raise ValueError(f"the rate of a PoissonInput must be one rate >= 0 Hz, not {rate}")
        self._target = weakref.ref(target)
        # a subgroup lives only as long as somebody holds it
        self._subgroup = target if isinstance(target, Subgroup) else None
        self.target_var = target_var
        self.inputs = checked_size(N, "inputs", least=0)
        self.rate = float(rate)
        self.weight: Tree | float
        if isinstance(weight, str):
            self.weight = parse_expression(weight, f"weight of '{self.name}'")
            check_dimension(self.weight, variable.dimensions, target.meaning, "the weight")
            keep_pasts(target, [self.weight])
        else:
            what = f"the weight of an input to '{target_var}' of '{target.name}'"
            if not is_zero(weight):
                example = f"0.1*{unit_name(variable.dimensions)}"
                require_dimensions(
                    weight,
                    variable.dimensions,
                    what,
                    "0.1" if variable.dimensions is DIMENSIONLESS else example,
                )
            if np.ndim(weight):
                raise TypeError(f"{what} must be one value, or an expression in a string")
            self.weight = float(weight)

    @property
    def target(self) -> Any:
        """The group whose variable is changed."""
        return self._target()


def _written_variable(target: Any, name: Any) -> ArrayVariable:
    """Return the variable that the input is added to.

    Raises:
        KeyError: There is none of this name.
        TypeError: It cannot be written to.
    """
    variable = target.variables.get(name)
    if variable is None:
        hint = suggest(str(name), target.known_names())
        raise UnknownNameError(Diagnostic(f"'{target.name}' has no variable '{name}'", help=hint))
    if not isinstance(variable, ArrayVariable) or variable.read_only:
        raise TypeError(
            f"nothing can be added to '{name}' of '{target.name}': {why_read_only(variable)}"
        )
    if variable.scalar:
        raise TypeError(f"'{name}' of '{target.name}' is shared, but each neuron has its own input")
    return variable
