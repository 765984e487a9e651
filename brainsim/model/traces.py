"""Traces: event-driven variables that all synapses of one neuron have in common, kept per neuron.

In the tradition every synapse has values of its own of `apre`, `apost` and `lastupdate`. Where code
and equations treat all synapses of a neuron alike, one value per neuron says the same: that after
the latest event on its side, with the time of that event. What users read is computed from it: the
value of a synapse is that at its own latest event, on either side.

Values are per neuron (`Traces.kept`) only while that is so. Whoever asks for the values of synapses
gets an array of them. The next run goes on with the values per neuron if that array still says
what they say; else with those of the synapses, which must then agree for every neuron to be kept
per neuron once more.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

import numpy as np

from ..codegen.ir import DType
from ..equations.tree import Tree, names_in
from ..preferences import prefs
from ..records import dataclass
from ..solvers.evaluate import evaluate
from .evaluate import Evaluation
from .trace_rules import TracePlan
from .variables import Array, ArrayVariable, aligned_copy, aligned_zeros

SIDES = ("pre", "post")
# stands in solutions for the time since the values were right; no name of a user looks like this
ELAPSED = "elapsed time"
LAST = "lastupdate"
_BESIDE = "traces.beside."


@dataclass(frozen=True, slots=True, eq=False)
class SideTraces:
    """The traces of the neurons on one side.

    Args:
        values: Name -> value of each neuron after its latest event.
        last: Time of that event, seconds, float64.
    """

    values: Mapping[str, Array]
    last: Array


@dataclass(frozen=True, slots=True)
class Solution:
    """How traces go on between events.

    Args:
        trees: Name -> value after the time `ELAPSED`; names that are not in it stay.
        constants: Value of every external name.
    """

    trees: Mapping[str, Tree]
    constants: Mapping[str, Any] = field(default_factory=dict)


class TraceVariable(ArrayVariable):
    """A variable of synapses whose values may be kept per neuron; see `Traces`."""

    _array: Array | None = None
    _traces: Traces | None = None
    _dtype: np.dtype[Any]

    @property
    def values(self) -> Array:
        """One value per synapse, in the order of memory."""
        if self._array is not None:
            return self._array
        assert self._traces is not None  # noqa: S101 - only traces let go of the array
        return self._traces.values_of(self)

    @values.setter
    def values(self, array: Array) -> None:
        self._array, self._dtype = array, array.dtype

    @property
    def dtype(self) -> DType:
        """Element type in kernels."""
        return DType(self._dtype.name)

    @property
    def written_out(self) -> Array | None:
        """The values of the synapses, if somebody has asked for them."""
        return self._array

    @property
    def memory(self) -> Array:
        """The array that holds all there is to know: values per neuron or per synapse."""
        kept = None if self._traces is None else self._traces.kept
        if self._array is not None or kept is None or self._traces is None:
            return self.values
        if self.name == LAST:
            return kept[SIDES[0]].last
        return kept[self._traces.sides[self.name]].values[self.name]

    @property
    def is_lifted(self) -> bool:
        """Whether the values are kept per neuron."""
        return self._traces is not None and self._traces.kept is not None

    def belong_to(self, traces: Traces) -> None:
        """Be kept by traces; there are no synapses yet."""
        self._traces, self._array = traces, None

    def drop(self) -> None:
        """Forget the values of the synapses, which the traces tell."""
        self._array = None

    def resize(self, n: int) -> None:
        """Change the number of elements; new ones are zero."""
        if self._array is not None:  # otherwise all are zero, old and new
            super().resize(n)

    def rearrange(self, order: Array) -> None:
        """Follow synapses that have moved in memory."""
        if self._array is not None:
            super().rearrange(order)


def make_traces(synapses: Any, plan: TracePlan | None) -> Traces | None:
    """Return the traces of synapses of which there are none yet, if there is a plan for them."""
    if plan is None:
        return None
    for name in (*plan.sides, LAST):
        old = synapses.variables[name]
        synapses.variables[name] = TraceVariable(old.name, old.dimensions, old.values)
    return Traces(synapses, plan.sides)


def may_lift(synapses: Any) -> bool:
    """Return whether each event reaches all synapses of a neuron at once, in steps of one clock."""
    pathways = synapses.pathways.values()
    return prefs["codegen.lift_traces"] and all(
        pathway.clock is synapses.clock
        and pathway.clock.times is None
        and pathway.queue is None
        and not pathway.in_flight.since
        and not pathway.varied
        for pathway in pathways
    )


class Traces:
    """The event-driven variables of synapses, and the time of the latest event.

    Args:
        synapses: The Synapses object; held weakly.
        sides: Name -> "pre" or "post": the side whose neurons have the variable.
    """

    def __init__(self, synapses: Any, sides: Mapping[str, str]) -> None:
        self._synapses = weakref.ref(synapses)
        self.sides = dict(sides)
        self.kept: Mapping[str, SideTraces] | None = None
        self.solution = Solution({})
        # what kernels keep beside, and the step and step size at which that was right
        self.beside: dict[str, Array] = {}
        self._beside_at: tuple[int, float] | None = None
        # while a run changes them, what is read is a copy
        self.running = False
        # whether it has been found that the values of synapses cannot be kept per neuron
        self._refused = False
        for variable in self._variables():
            variable.belong_to(self)

    @property
    def synapses(self) -> Any:
        """The Synapses object."""
        return self._synapses()

    def _variables(self) -> list[TraceVariable]:
        found = [self.synapses.variables[name] for name in (*self.sides, LAST)]
        assert all(isinstance(variable, TraceVariable) for variable in found)  # noqa: S101
        return found

    def names(self, side: str) -> tuple[str, ...]:
        """Return the variables of the neurons on one side."""
        return tuple(name for name, its in self.sides.items() if its == side)

    def group(self, side: str) -> Any:
        """Return the source or the target."""
        return self.synapses.source if side == "pre" else self.synapses.target

    # ------------------------------------------------------------------------- values of synapses

    def values_of(self, variable: TraceVariable) -> Array:
        """Return the values of all synapses, to be kept until the next run."""
        if self.kept is None:
            array = aligned_zeros(len(self.synapses.connectivity), variable.dtype.value)
        else:
            array = self._spread(variable.name)
        if not self.running:
            variable.values = array
        return array

    def _spread(self, name: str) -> Array:
        """Return what the traces say of every synapse."""
        assert self.kept is not None  # noqa: S101 - asked by the caller
        ends = {side: self._ends(side) for side in SIDES}
        latest = np.maximum(*(self.kept[side].last[ends[side]] for side in SIDES))
        if name == LAST:
            return aligned_copy(latest, np.float64)
        side = self.sides[name]
        elapsed = latest - self.kept[side].last[ends[side]]
        values = self.after(side, elapsed, ends[side])[name]
        return aligned_copy(values, self.kept[side].values[name].dtype)

    def after(self, side: str, elapsed: Any, neurons: Any = slice(None)) -> dict[str, Array]:
        """Return the values of one side some time after its latest events, without more events.

        Args:
            side: "pre" or "post".
            elapsed: Seconds since the latest event of each of the neurons.
            neurons: Which neurons; all when not given.
        """
        assert self.kept is not None  # noqa: S101 - nobody asks before they are
        state = {name: values[neurons] for name, values in self.kept[side].values.items()}

        def lookup(name: str) -> Any:
            if name == ELAPSED:
                return elapsed
            if name in state:
                return state[name]
            if name in self.solution.constants:
                return self.solution.constants[name]
            return self._constant(side, name)[neurons]

        def advanced(tree: Tree) -> Array:
            with np.errstate(all="ignore"):
                return np.asarray(evaluate(tree, {name: lookup(name) for name in names_in(tree)}))

        trees = self.solution.trees
        return {
            name: advanced(trees[name]) if name in trees else values
            for name, values in state.items()
        }

    def _constant(self, side: str, name: str) -> Array:
        """Return a constant of the synapses or of the neurons on one side, for each neuron."""
        group, n = self.group(side), len(self.group(side))
        if self.synapses.side_of(name) != "synaptic":
            bare = name.removesuffix(f"_{side}")
            bare = bare if bare in group.variables else name
            values = group.element_values(bare, np.arange(n), Evaluation(group, np.arange(n), {}))
        else:
            none = np.zeros(0, dtype=np.int64)
            values = self.synapses.element_values(name, none, Evaluation(self.synapses, none, {}))
        return np.broadcast_to(values, (n,))

    def _ends(self, side: str) -> Array:
        connectivity = self.synapses.connectivity
        ends: Array = connectivity.pre if side == "pre" else connectivity.post
        return ends

    # --------------------------------------------------------------------------- between two runs

    def start(self, step: int, dt: float, wanted: Mapping[str, tuple[int, Any]]) -> bool:
        """Note that a run starts, and return whether it can go on with what is kept beside.

        Args:
            step: The first step.
            dt: Step size, seconds.
            wanted: Name -> number and type of the elements of what is kept beside.
        """
        found = {name: (len(array), array.dtype) for name, array in self.beside.items()}
        same = found == {name: (n, np.dtype(dtype)) for name, (n, dtype) in wanted.items()}
        fits = same and self._beside_at == (step, dt)
        if not same:
            self.beside = {name: aligned_zeros(n, dtype) for name, (n, dtype) in wanted.items()}
        self.running, self._beside_at = True, None
        return fits

    def pause(self, step: int, dt: float) -> None:
        """Note that the run has ended before this step."""
        self.running, self._beside_at = False, (step, dt)

    def write_out(self) -> None:
        """Keep the values per synapse from now on, as they are."""
        if self.kept is None:
            return
        for variable in self._variables():
            variable.values  # noqa: B018 - asking makes the array
        self.kept = self._beside_at = None
        self._refused = False

    def forget(self) -> None:
        """Forget all values: they are zero until they are set."""
        self.kept = self._beside_at = None
        self._refused = False
        for variable in self._variables():
            variable.drop()

    def reconsider(self) -> None:
        """Note that the values of synapses have been set."""
        self._refused = False

    def settle(self, *, lift: bool) -> None:
        """Keep the values per neuron if that is allowed and they agree, otherwise per synapse."""
        if not lift:
            self.write_out()
            return
        variables = self._variables()
        if self.kept is not None:
            asked = [(v, v.written_out) for v in variables if v.written_out is not None]
            if all(np.array_equal(array, self._spread(v.name)) for v, array in asked):
                for variable in variables:
                    variable.drop()
                return
            self.write_out()
        if self._refused:
            return
        self.kept, self._beside_at = self._gathered(), None
        self._refused = self.kept is None
        for variable in variables if self.kept is not None else ():
            variable.drop()

    def _gathered(self) -> Mapping[str, SideTraces] | None:
        """Return the values of the neurons, or None where those of their synapses differ."""
        arrays = {v.name: v.written_out for v in self._variables()}
        times, latest = arrays[LAST], 0.0
        if times is not None and len(times):
            latest = float(times[0])
            if not (times == latest).all():
                return None
        found = {}
        for side in SIDES:
            n, values = len(self.group(side)), {}
            for name in self.names(side):
                per_neuron = aligned_zeros(n, self.synapses.variables[name].dtype.value)
                array = arrays[name]
                if array is not None:
                    ends = self._ends(side)
                    per_neuron[ends] = array
                    if not (per_neuron[ends] == array).all():
                        return None
                values[name] = per_neuron
            last = aligned_zeros(n, np.float64)
            last[:] = latest
            found[side] = SideTraces(values, last)
        return found

    # ---------------------------------------------------------------------------------- snapshots

    def capture(self) -> dict[str, Array]:
        """Return copies of the values per neuron; nothing where they are per synapse."""
        if self.kept is None:
            return {}
        state = {}
        for side, part in self.kept.items():
            state[f"traces.{side}.{LAST}"] = np.array(part.last)
            for name, values in part.values.items():
                state[f"traces.{side}.{name}"] = np.array(values)
        if self._beside_at is not None:
            state["traces.at"] = np.array(self._beside_at)
            state |= {f"{_BESIDE}{name}": np.array(each) for name, each in self.beside.items()}
        return state

    def reinstate(self, state: Mapping[str, Array]) -> None:
        """Have the values that `capture` returned, beside those of the synapses."""
        if f"traces.pre.{LAST}" not in state:
            return
        self.kept = {
            side: SideTraces(
                {
                    name: aligned_copy(
                        state[f"traces.{side}.{name}"], state[f"traces.{side}.{name}"].dtype
                    )
                    for name in self.names(side)
                },
                aligned_copy(state[f"traces.{side}.{LAST}"], np.float64),
            )
            for side in SIDES
        }
        if "traces.at" in state:
            self._beside_at = int(state["traces.at"][0]), float(state["traces.at"][1])
            self.beside = {
                name.removeprefix(_BESIDE): aligned_copy(array, array.dtype)
                for name, array in state.items()
                if name.startswith(_BESIDE)
            }


def array_of(traces: Traces, side: str, name: str) -> Callable[[], Array]:
    """Return what gives the memory of a trace, or of the times of latest events."""

    def array() -> Array:
        assert traces.kept is not None  # noqa: S101 - kernels that use it run only then
        part = traces.kept[side]
        return part.last if name == LAST else part.values[name]

    return array
