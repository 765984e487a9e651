"""Parts of Synapses that run by themselves: pathways and summed variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..equations import SingleEquation, UnitMismatchError, parse_statements
from ..equations.unittext import unit_name
from ..errors import Diagnostic, FlagError
from ..logger import get_logger
from ..units import Quantity, second
from .arguments import checked_code, seconds_of
from .base import CodeRunner
from .connectivity import NOTHING_IN_FLIGHT, DelayTable, InFlight, in_flight
from .delay_queue import DelayQueue
from .delays import DelayVariable, delays_in_steps, in_whole_steps
from .group import why_read_only
from .representation import span_of
from .spikes import SpikeSource
from .subgroup import Subgroup
from .synaptic_order import takes_any_order
from .variables import Array, ArrayVariable, Variable, aligned_zeros

logger = get_logger(__name__)


class SummedUpdater(CodeRunner):
    """Adds up an expression over the synapses of each neuron (just before the target integrates).

    Args:
        synapses: The Synapses object.
        equation: The (summed) equation; its name ends in _pre or _post.

    Raises:
        FlagError: The name does not end so, or the target has no such parameter.
        DimensionMismatchError: The parameter has another unit.
    """

    def __init__(self, synapses: Any, equation: SingleEquation) -> None:
        self.equation = equation
        self.variable, _, self.side = equation.name.rpartition("_")
        self.target: Any = synapses.target if self.side == "post" else synapses.source
        _check_summed(equation, self.variable, self.side, self.target)
        super().__init__(
            synapses,
            f"summed_variable_{equation.name}",
            "groups",
            self.target.order - 1,
            self.target.clock,
        )


def _check_summed(equation: SingleEquation, variable: str, side: str, target: Any) -> None:
    """Refuse a sum that has no variable of a neuron to go to."""
    if side not in {"pre", "post"} or not variable:
        message = f"the name of the sum '{equation.name}' does not say where it goes"
        help = f"write {equation.name}_post = ..., or {equation.name}_pre = ..."
        raise FlagError(Diagnostic(message, equation.name_span, "", help))
    goal = target.variables.get(variable)
    if goal is None:
        message = f"'{equation.name}' is a sum for '{variable}', but '{target.name}' has none"
        unit = "1" if equation.dimensions.is_dimensionless else unit_name(equation.dimensions)
        help = f"add the parameter '{variable} : {unit}' to its equations"
        raise FlagError(Diagnostic(message, equation.name_span, "", help))
    why = _why_no_sum(target, goal)
    if why:
        message = f"'{equation.name}' cannot be summed into '{variable}' of '{target.name}': {why}"
        help = f"make '{variable}' a parameter with a value per neuron"
        raise FlagError(Diagnostic(message, equation.name_span, "", help))
    if goal.dimensions is not equation.dimensions:
        message = (
            f"'{equation.name}' is {unit_name(equation.dimensions)}, but '{variable}' of "
            f"'{target.name}' is {unit_name(goal.dimensions)}"
        )
        dims = (equation.dimensions, goal.dimensions)
        raise UnitMismatchError(Diagnostic(message, equation.span), dims=dims)


def _why_no_sum(target: Any, goal: Variable) -> str:
    """Return why a variable cannot be set to sums in every step; nothing where it can."""
    if not isinstance(goal, ArrayVariable) or goal.read_only:
        return why_read_only(goal)
    if goal.scalar:
        return "it is shared by all"
    if target.equations is not None and goal.name in target.equations.diff_eq_names:
        return "its differential equation sets it"
    return ""


class SynapticPathway(CodeRunner):
    """Code that runs for the synapses of each neuron that had an event, after a delay.

    Args:
        synapses: The Synapses object.
        label: Its name within the object, such as "pre".
        side: "pre" or "post": the side whose events trigger it.
        code: Statements.
        event: Name of the event.
        delay: Delay of all synapses, or None for one delay per synapse.
        max_delay: Longest delay, where delays may change while running; None where they stay.
        dtype: Float type of the synapses, or a type per variable; see `in_whole_steps`.
    """

    def __init__(
        self,
        synapses: Any,
        label: str,
        side: str,
        code: str,
        event: str,
        delay: Any,
        max_delay: Any = None,
        dtype: Any = None,
    ) -> None:
        self.label, self.side, self.event, self.code = label, side, event, code
        self.triggering: SpikeSource = synapses.source if side == "pre" else synapses.target
        if not isinstance(self.triggering, SpikeSource) or not self.triggering.has_event(event):
            hint = "; did you forget to give it a threshold?" if event == "spike" else ""
            raise ValueError(
                f"the code '{label}' of '{synapses.name}' runs at each event '{event}' of "
                f"'{self.triggering.name}', which has no such event{hint}"
            )
        super().__init__(
            synapses, label, "synapses", -1 if side == "pre" else 1, self.triggering.clock
        )
        self.statements = parse_statements(code, f"on_{label} of '{synapses.name}'")
        self.delay_name = "delay" if label == "pre" else f"{label}.delay"
        self.fixed_delay = delay is not None
        if delay is not None:
            if np.ndim(delay):
                raise TypeError(
                    "delay= takes one delay for all synapses; for one delay per synapse leave it "
                    f"out and set '{synapses.name}.{label}.delay' after connect()"
                )
            if not isinstance(delay, Quantity):
                raise TypeError(
                    f"the delay '{label}' of '{synapses.name}' must be a quantity such as 1*ms, "
                    f"not {delay!r}"
                )
            values = aligned_zeros(1, np.float64)
            values[0] = self._checked_delay(delay, "delay")
            synapses.variables[self.delay_name] = ArrayVariable(
                self.delay_name, second.dim, values, scalar=True
            )
        fixed = delay is not None or max_delay is not None
        self.whole_steps = in_whole_steps(self.delay_name, dtype) and not fixed
        self.max_delay = 0.0
        self.queue: DelayQueue | None = None
        if max_delay is not None:
            self.max_delay = self._checked_delay(max_delay, "max_delay")
            self.queue = DelayQueue()
            self.need_delays()
        # whether effects are added up when spikes are emitted; the network decides for each run
        self.ahead = False
        self._range: tuple[Any, tuple[int, int]] | None = None
        self._table: tuple[Any, DelayTable] | None = None
        self.in_flight: InFlight = NOTHING_IN_FLIGHT

    def _checked_delay(self, delay: Any, what: str) -> float:
        name = f"the {what} '{self.label}' of '{self.group.name}'"
        seconds = seconds_of(delay, name)
        if not 0 <= seconds < np.inf:
            raise ValueError(f"{name} cannot be {delay}")
        return seconds

    def before_run(self) -> None:
        """Warn where the clock of the events is not that of everything they reach."""
        synapses: Any = self.group
        other = self.target
        if self.clock.dt_ == synapses.clock.dt_ == other.clock.dt_:
            return
        logger.warn(
            f"the code '{self.label}' of '{synapses.name}' runs, and its delays are rounded, in "
            f"steps of '{self.triggering.name}', {self.clock.dt}; but the dt of '{synapses.name}' "
            f"is {synapses.clock.dt} and that of '{other.name}' is {other.clock.dt}",
            "synapses_dt_mismatch",
            once=True,
        )

    def need_delays(self) -> None:
        """Give the delays memory, which they have from when they are first asked for."""
        synapses = self.group
        if self.delay_name in synapses.variables:
            return
        if self.whole_steps:
            variable: ArrayVariable = DelayVariable(self.delay_name, self.clock, len(synapses))
        else:
            values = aligned_zeros(len(synapses), np.float64)
            variable = ArrayVariable(self.delay_name, second.dim, values)
        synapses.variables[self.delay_name] = variable

    @property
    def delay(self) -> Any:
        """View of the delays, one per synapse or one for all."""
        self.need_delays()
        return self.group.view(self.delay_name)

    @delay.setter
    def delay(self, value: Any) -> None:
        self.delay[:] = value

    def _delays(self) -> ArrayVariable | None:
        """Return the variable of the delays, if there is one and it has values."""
        variable = self.group.variables.get(self.delay_name)
        assert variable is None or isinstance(variable, ArrayVariable)  # noqa: S101 - made here
        return variable if variable is not None and variable.size else None

    def shown_delay(self) -> str:
        """Return the delay as text, or the least and the largest one; "" for none."""
        variable = self._delays()
        if variable is None or not any(variable.extent()):
            return ""
        return span_of(Quantity(variable.extent(), dim=second.dim))

    @property
    def delay_(self) -> Any:
        """View of the delays as plain numbers, in seconds."""
        self.need_delays()
        return self.group.view(self.delay_name, units=False)

    @delay_.setter
    def delay_(self, value: Any) -> None:
        self.delay_[:] = value

    @property
    def synapses(self) -> Any:
        """The Synapses object."""
        return self.group

    @property
    def source(self) -> SpikeSource:
        """The group whose events trigger the code."""
        return self.triggering

    @property
    def target(self) -> Any:
        """The group on the other side."""
        synapses: Any = self.group
        return synapses.target if self.side == "pre" else synapses.source

    def delay_range(self) -> tuple[int, int]:
        """Return the smallest and the largest delay in steps of the triggering group.

        Where delays change while running it is (0, 0): the queue knows when events are due.

        Raises:
            ValueError: A delay is negative, or longer than `max_delay`.
        """
        key = self._delays_key()
        if self._range is None or self._range[0] != key:
            self._range = (key, self._checked_range())
        return self._range[1]

    def _checked_range(self) -> tuple[int, int]:
        variable = self._delays()
        if variable is None:
            return 0, 0
        limit = np.inf
        if self.queue is not None:
            limit = (self._queue_length() - 0.5) * self.clock.dt_
        least, most = variable.extent()
        if not (least >= 0 and most < limit):
            wrong = least if not least >= 0 else most
            reason = "effects cannot come before their causes"
            if self.queue is not None and wrong > 0:
                reason = f"max_delay is {Quantity(self.max_delay, dim=second.dim)}"
            raise ValueError(
                f"the delay of a synapse in the pathway '{self.label}' is "
                f"{Quantity(wrong, dim=second.dim)}, but {reason}"
            )
        if self.queue is not None:
            return 0, 0
        dt = self.clock.dt_
        return int(np.floor(least / dt + 0.5)), int(np.floor(most / dt + 0.5))

    @property
    def varied(self) -> bool:
        """Whether delays differ, in steps."""
        first, last = self.delay_range()
        return first < last

    @property
    def split(self) -> bool:
        """Whether the synapses of a neuron stand in rows by delay."""
        return self.varied and not self.ahead

    def delay_steps(self) -> Array | None:
        """Return the delay of each synapse in steps, in the order of memory; None for one delay."""
        if not self.varied:
            return None
        variable = self._delays()
        assert variable is not None  # noqa: S101 - delays vary
        if isinstance(variable, DelayVariable):
            return variable.steps()
        return delays_in_steps(variable.values, self.clock.dt_, self.delay_range()[1])

    def _queue_length(self) -> int:
        """Return the longest delay in steps, and one."""
        return int(np.floor(self.max_delay / self.clock.dt_ + 0.5)) + 1

    def fill_queue(self) -> None:
        """Put the events that were under way at a change into a new queue."""
        if self.queue is None:
            return
        kept, self.in_flight = self.in_flight, NOTHING_IN_FLIGHT
        due = np.repeat(np.arange(kept.span), np.diff(kept.offsets)) + kept.since
        longest = int(due.max(initial=0)) - self.clock.step
        self.queue.clear(max(self._queue_length(), longest + 1), len(self.group))
        self.queue.put(due, self.group.connectivity.positions(kept.numbers))

    def order_of_events(self) -> Array:
        """Return the storage positions of the synapses in the order of `table`."""
        synapses = self.table().synapses
        assert synapses is not None  # noqa: S101 - only asked for where the order differs
        return synapses

    def steps_of_synapses(self) -> Array:
        """Return the delay of each synapse in steps, in the order of memory."""
        steps = self.table().steps
        assert steps is not None  # noqa: S101 - only asked for where effects are added up ahead
        return steps

    def structure(self) -> Any:
        """Return what the pathway's code depends on: how delays are kept, the form of rows."""
        ahead: Any = None
        form: Any = ("waits", self.group.connectivity.version)
        if not self._may_wait():
            table = self.table()
            ahead = None if table.steps is None else table.steps.dtype
            form = table.synapses is None, table.stride is None
        return (*super().structure(), self.varied, ahead, form, self.in_flight.since > 0)

    def _may_wait(self) -> bool:
        """Whether the code may need no list of synapses, which takes time and memory to make."""
        synapses: Any = self.group
        lifted = synapses.trace_state is not None and synapses.trace_state.kept is not None
        return lifted and synapses.trace_plan.lazy == self.label

    def first_delay(self) -> int:
        """Return the smallest delay in steps."""
        return self.delay_range()[0]

    def _delays_key(self) -> tuple[int, int, float]:
        """Return what the delays in steps depend on."""
        synapses: Any = self.group
        return synapses.connectivity.version, synapses.delays_version, self.clock.dt_

    def _key(self) -> tuple[int, int, float, bool]:
        """Return what the order of the synapses in `table` depends on."""
        return (*self._delays_key(), self.ahead)

    def keep_in_flight(self, *, always: bool = False) -> None:
        """Keep the events under way when delays, synapses or dt have changed since the last run.

        Args:
            always: Keep them although nothing has changed yet.
        """
        now, key = self.clock.step, self._key()
        if self._table is None or now == 0 or (self._table[0] == key and not always):
            return
        (_, _, old_dt, _), table = self._table
        # the step at which the change happens, counted as the last run did
        then = round(now * self.clock.dt_ / old_dt)
        due, numbers = self._under_way(table, then)
        if old_dt != self.clock.dt_:
            due = np.rint(due * (old_dt / self.clock.dt_)).astype(np.int64)
        self.in_flight = in_flight(now, np.maximum(due, now), numbers)

    def late_events(self) -> InFlight:
        """Return the events under way that the lists of past spikes do not tell."""
        if self.queue is None or self._table is None:
            return self.in_flight
        now = self.clock.step
        return in_flight(now, *self._under_way(self._table[1], now))

    def forget(self, in_flight: InFlight) -> None:
        """Forget the last run, except for these events under way."""
        self._table = None
        self.in_flight = in_flight

    def _under_way(self, table: DelayTable, now: int) -> tuple[Array, Array]:
        """Return the due steps and synapse numbers of events emitted before step `now`."""
        ring = self.triggering.event_source.rings[self.event]
        number = self.group.connectivity.numbers()
        kept = self.in_flight
        late = np.repeat(np.arange(kept.span), np.diff(kept.offsets)) + kept.since
        found = [(late[late >= now], kept.numbers[late >= now])]
        if self.queue is not None:
            steps, places = self.queue.events(now)
            found.append((steps, number[places]))
        for emitted in range(max(now - table.last, kept.since), now):
            neurons = ring.spikes_of(emitted).astype(np.int64)
            if isinstance(self.triggering, Subgroup):
                neurons = self.triggering.numbers()[neurons].astype(np.int64)
                neurons = neurons[neurons >= 0]
            for due, places in table.due(neurons, emitted, now):
                found.append((due, number[places]))
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])

    def steps_under_way(self, now: int) -> list[int]:
        """Return the past steps, ascending, whose spikes may have effects in step `now` or later.

        Those that the change of a delay has made late do not count, see `late_events`.
        """
        first = max(now - self.delay_range()[1], self.in_flight.since, 0)
        steps = np.arange(first, now)
        ring = self.triggering.event_source.rings[self.event]
        found: list[int] = steps[ring.counts[steps % ring.length] > 0].tolist()
        return found

    def table(self) -> DelayTable:
        """Return where the synapses of each triggering neuron stand."""
        synapses: Any = self.group
        key = self._key()
        if self._table is None or self._table[0] != key:
            first, last = self.delay_range()
            steps = self.delay_steps()
            table = synapses.connectivity.table(
                by_target=self.side == "post",
                delay_steps=None if steps is None or self.ahead else steps.astype(np.int64),
                any_order=self.side == "pre" and takes_any_order(self),
            )
            kept = steps if self.ahead else None
            table = replace(table, first=first, count=last - first + 1, steps=kept)
            self._table = (key, table)
        return self._table[1]


def make_pathways(
    synapses: Any, codes: tuple[Any, Any], on_event: Any, delay: Any, max_delay: Any, dtype: Any
) -> Iterator[SynapticPathway]:
    """Yield the pathways of a Synapses object from what its constructor was given.

    Args:
        synapses: The Synapses object.
        codes: `on_pre` and `on_post`.
        on_event: Event of all pathways, or label -> event.
        delay: Delay of the pathway `pre`, or label -> delay.
        max_delay: Likewise the longest delay.
        dtype: Float type of the synapses, or a type per variable.

    Raises:
        ValueError: A label is taken, or something is given for a pathway that is not there.
    """
    delays, longest = _by_label(delay), _by_label(max_delay)
    events = dict(on_event) if isinstance(on_event, Mapping) else {}
    default = "spike" if isinstance(on_event, Mapping) else on_event
    labels: list[str] = []
    for side, code in zip(("pre", "post"), codes, strict=True):
        if code is None or code == "":
            continue  # no code, no pathway
        given = dict(code) if isinstance(code, Mapping) else {side: code}
        for label, text in given.items():
            checked_code(text, f"code '{label}' of '{synapses.name}'")
            taken = (*labels, *synapses.variables, *vars(synapses))
            if label in taken or hasattr(type(synapses), label):
                raise ValueError(
                    f"a pathway of '{synapses.name}' cannot be called '{label}': that name is taken"
                )
            labels.append(label)
            yield SynapticPathway(
                *(synapses, label, side, text, events.pop(label, default)),
                *(delays.pop(label, None), longest.pop(label, None), dtype),
            )
    unknown = {
        label: what
        for what, values in (("a delay", delays), ("a max_delay", longest), ("an event", events))
        for label, value in values.items()
        if value is not None
    }
    for label, what in unknown.items():
        known = ", ".join(f"'{name}'" for name in labels) or "none"
        raise ValueError(
            f"there is {what} for '{label}', but '{synapses.name}' has no such pathway; its "
            f"pathways are: {known}"
        )


def note_written_delays(synapses: Any) -> None:
    """Let delays that code has changed count from the next run on, as in the tradition."""
    pathway = synapses.pathways.get("pre")
    if pathway is None or pathway.queue is not None:
        return
    codes = [part.statements for part in synapses.contained_objects if isinstance(part, CodeRunner)]
    if any(statement.target == "delay" for code in codes for statement in code):
        logger.warn(
            f"code of '{synapses.name}' changes delays, which counts from the next run on; for an "
            "effect within a run say how long delays can become: Synapses(..., max_delay=...)",
            "delay_written",
            once=True,
        )
        synapses.note_new_delays()


def _by_label(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {"pre": value}
