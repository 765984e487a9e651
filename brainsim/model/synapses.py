"""Synapses: connections between groups, with equations and with code that spikes trigger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..equations import (
    DIFFERENTIAL_EQUATION,
    Equations,
    check_equation_units,
    check_shared,
)
from ..logger import get_logger
from .arguments import checked_equations, checked_namespace
from .base import BrianObject
from .clock import Clock
from .connect import connect_pairs
from .connectivity import Connectivity
from .counting import per_neuron
from .degrees import Counted
from .disconnect import chosen_synapses, remove_synapses
from .evaluate import Evaluation
from .group import Group
from .linked import check_link_indices
from .neurons import StateUpdater, SubexpressionUpdater
from .operations import Operations
from .past import keep_pasts
from .pathways import SummedUpdater, SynapticPathway, make_pathways, note_written_delays
from .representation import Description, counted, dedented
from .row_forms import row_form
from .rules import check_code
from .spikes import SpikeSource
from .synaptic_index import SynapticSubgroup, number_pairs, pair_index
from .synaptic_model import (
    COMPUTED,
    check_synaptic_equations,
    event_driven_names,
    synaptic_variables,
)
from .trace_rules import plan_traces
from .traces import make_traces, may_lift
from .variables import Array, ArrayVariable, Variable
from .views import Count

logger = get_logger(__name__)


class Synapses(Operations, Group):
    """Synapses from the elements of a source to those of a target.

    Args:
        source: Group whose spikes trigger `on_pre`.
        target: Group that is changed; the source when not given.
        model: Equations of the synapses.
        on_pre: Statements run when a spike of the source arrives; or label -> statements.
        pre: Old name of `on_pre`.
        on_post: Statements run when the target spikes; or label -> statements.
        post: Old name of `on_post`.
        connect: Not accepted any more; call `connect()`.
        delay: Delay of all synapses of the pathway `pre`; or label -> delay.
        on_event: Event that triggers all pathways; or label -> event.
        multisynaptic_index: Name of a variable that numbers the synapses of each pair.
        namespace: External names.
        dtype: Float type of all float variables, or a type per variable. Delays per synapse are
            whole steps in memory where it, or the preference, is float32; by itself a type for
            `delay` or `label.delay` decides: float64 for seconds, an integer for whole steps.
        codeobj_class: Ignored.
        dt: Step size of a clock of its own (for the equations, not for the pathways).
        clock: Clock.
        order: Place within the slots.
        method: Integration method of (clock-driven) equations.
        method_options: Options of the method.
        name: Name; by default synapses, synapses_1, ...
        max_delay: Longest delay of the pathway `pre`, or label -> longest delay. The delays of
            these pathways may change while running: each spike takes the delay that its synapse
            has when it leaves. In code, `delay` is that of the pathway `pre`.

    Raises:
        ValueError: A triggering group has no such event, a delay is out of range, or a name stands
            for two variables.
        TypeError: `connect=` is given.
        EquationError: The equations cannot be read.
        DimensionMismatchError: Units do not fit together.
    """

    def __init__(
        self,
        source: Any,
        target: Any = None,
        model: str | Equations | None = None,
        on_pre: str | Mapping[str, str] | None = None,
        pre: Any = None,
        on_post: str | Mapping[str, str] | None = None,
        post: Any = None,
        connect: Any = None,
        delay: Any = None,
        on_event: str | Mapping[str, str] = "spike",
        multisynaptic_index: str | None = None,
        namespace: Mapping[str, Any] | None = None,
        dtype: Any = None,
        codeobj_class: Any = None,
        dt: Any = None,
        clock: Clock | None = None,
        order: int = 0,
        method: Any = ("exact", "euler", "heun"),
        method_options: Mapping[str, Any] | None = None,
        name: str = "synapses*",
        max_delay: Any = None,
    ) -> None:
        del codeobj_class
        if connect is not None:
            raise TypeError("the connect argument is not accepted any more: call connect()")
        for group, side in ((source, "source"), (source if target is None else target, "target")):
            if not isinstance(group, Group):
                kind = type(group).__name__
                raise TypeError(f"the {side} must be a group such as NeuronGroup, not {kind}")
        super().__init__(name, dt, clock, "start", order)
        self.source = source
        self.target = source if target is None else target
        self.namespace = checked_namespace(namespace)
        self.equations = checked_equations("" if model is None else model, self.name)
        check_synaptic_equations(self.equations, self.source, self.target)
        self.connectivity = Connectivity(len(self.source), len(self.target))
        self.delays_version = 0
        # raised by one whenever the numbers of synapses mean others than before
        self.renumbered = 0
        self._made_for = self._numbering()
        # what the storage order and the rings were made for
        self._sorted_for: tuple[Any, ...] = ()
        self.connected = False
        self.variables = synaptic_variables(self.equations, dtype, multisynaptic_index, self.name)
        self.multisynaptic_index = multisynaptic_index
        on_pre, on_post = _deprecated("pre", pre, on_pre), _deprecated("post", post, on_post)
        self.pathways: dict[str, SynapticPathway] = {}
        for pathway in make_pathways(self, (on_pre, on_post), on_event, delay, max_delay, dtype):
            self.pathways[pathway.label] = pathway
            self._contained.append(pathway)
        self._make_updaters(method, method_options)
        self.check_model()
        self.trace_plan = plan_traces(self)
        self.trace_state = make_traces(self, self.trace_plan)
        self._complete = True

    # -------------------------------------------------------------------------------- construction

    def _make_updaters(self, method: Any, options: Any) -> None:
        if any("constant over dt" in eq.flags for eq in self.equations.values()):
            self._contained.append(SubexpressionUpdater(self))
        self.state_updater: StateUpdater | None = None
        clock_driven = [
            eq.name
            for eq in self.equations.values()
            if eq.type == DIFFERENTIAL_EQUATION and "event-driven" not in eq.flags
        ]
        unflagged = [n for n in clock_driven if "clock-driven" not in self.equations[n].flags]
        if unflagged:
            logger.info(
                f"the equations of '{self.name}' for {', '.join(unflagged)} are integrated in "
                "every step; say (clock-driven) if that is meant, (event-driven) if not",
                "clock_driven",
                once=True,
            )
        if clock_driven:
            self.state_updater = StateUpdater(self, method, options)
            self._contained.append(self.state_updater)
        self.summed_updaters = {}
        for eq in self.equations.values():
            if "summed" in eq.flags:
                self.summed_updaters[eq.name] = SummedUpdater(self, eq)
                self._contained.append(self.summed_updaters[eq.name])

    def check_model(self) -> None:
        """Check all code as far as its names are known.

        Raises:
            DimensionMismatchError: Units do not fit together.
            SyntaxError: Code writes something read-only or shared, or a shared subexpression
                refers to values per synapse.
        """
        check_shared(self.equations, self.may_be_shared)
        check_equation_units(self.equations, self.meaning)
        for pathway in self.pathways.values():
            check_code(pathway.statements, self)
        keep_pasts(self, self.equations.expressions)

    # ---------------------------------------------------------------------------------------- names

    @property
    def event_driven(self) -> tuple[str, ...]:
        """Names of the (event-driven) variables."""
        return event_driven_names(self.equations)

    def find(self, name: str) -> tuple[Group, Variable] | None:
        """Return what a name in synaptic code means: synaptic, `_pre`, `_post`, postsynaptic."""
        if name == "delay" and "pre" in self.pathways:
            self.pathways["pre"].need_delays()
        if name in self.variables:
            return self, self.variables[name]
        bare, _, side = name.rpartition("_")
        group: Any = {"pre": self.source, "post": self.target}.get(side)
        if group is None or bare not in group.variables:
            if name in {"i", "j"} or name not in self.target.variables:
                return None
            group, bare = self.target, name
        found: tuple[Group, Variable] | None = group.find(bare)
        return found

    def known_names(self) -> list[str]:
        """Return the names that synaptic code may use."""
        groups = {"_pre": self.source, "_post": self.target, "": self.target}
        connected = [name + end for end, group in groups.items() for name in group.known_names()]
        return [*super().known_names(), *connected]

    def side_of(self, name: str) -> str:
        """Return whether an internal name is "synaptic", "pre" or "post"."""
        if name in self.variables:
            return "synaptic"
        bare, _, side = name.rpartition("_")
        if side == "pre" and bare in self.source.variables:
            return "pre"
        return "post"

    def indices_for(self, name: str, indices: Array) -> Array:
        """Return the indices in the group that owns the variable."""
        side = self.side_of(name)
        if side == "synaptic":
            return indices
        pairs, places = self.connectivity, self.connectivity.positions(indices)
        return pairs.pre_at(places) if side == "pre" else pairs.post_at(places)

    def element_values(self, name: str, indices: Array, context: Evaluation) -> Any:
        """Return values for synapses; i, j and numbers of synapses are computed."""
        if name in COMPUTED:
            return self.computed_at(name, self.connectivity.positions(np.asarray(indices)))
        bare, _, side = name.rpartition("_")
        if self.side_of(name) != "synaptic" and bare in {"i", "j"}:
            group = self.source if side == "pre" else self.target
            return group.element_values(bare, self.indices_for(name, indices), context)
        return super().element_values(name, indices, context)

    def computed(self, name: str) -> Array:
        """Return `i`, `j`, `N_incoming` or `N_outgoing` in the order of memory, int32."""
        pairs = self.connectivity
        match name:
            case "i":
                return pairs.pre
            case "j":
                return pairs.post
            case "N_outgoing":
                return pairs.counts(by_target=False).astype(np.int32)[pairs.pre]
            case _:
                return pairs.counts(by_target=True).astype(np.int32)[pairs.targets]

    def computed_at(self, name: str, places: Array) -> Array:
        """Return the same at some places in memory."""
        pairs = self.connectivity
        match name:
            case "i":
                return pairs.pre_at(places)
            case "j":
                return pairs.post_at(places)
            case _:
                return self.computed(name)[places]

    @property
    def N_pre(self) -> Count:
        """Number of elements of the source."""
        return Count(len(self.source))

    @property
    def N_post(self) -> Count:
        """Number of elements of the target."""
        return Count(len(self.target))

    @property
    def N_outgoing_pre(self) -> Array:
        """Number of synapses of each neuron of the source; before a subgroup stand zeros."""
        return per_neuron(self.connectivity.counts(by_target=False), self.source)

    @property
    def N_incoming_post(self) -> Array:
        """Number of synapses onto each neuron of the target; before a subgroup stand zeros."""
        return per_neuron(self.connectivity.counts(by_target=True), self.target)

    def size_value(self, name: str) -> int:
        """Return N, N_pre or N_post."""
        return {"N": self.size, "N_pre": len(self.source), "N_post": len(self.target)}[name]

    # ------------------------------------------------------------------------------------- elements

    @property
    def size(self) -> int:
        """Number of synapses."""
        return len(self.connectivity)

    def positions(self, indices: Array) -> Any:
        """Return where the synapses with these numbers stand in memory."""
        return self.connectivity.positions(np.asarray(indices))

    def in_memory_order(self, names: Iterable[str]) -> bool:
        """Return whether synapses stand by number, and no name needs a count of them."""
        return self.connectivity.in_order and not {"N_incoming", "N_outgoing"} & set(names)

    def whole_array(self, variable: ArrayVariable) -> Array:
        """Return all values by synapse number; the memory itself unless the order differs."""
        position = self.connectivity.position
        if variable.name in COMPUTED:
            values = self.computed(variable.name)
            return values if position is None else values[position]
        found: Array = variable.values if position is None else variable.take(position)
        return found

    def resolve_index(self, item: Any, namespace: Mapping[str, Any] | None) -> tuple[Array, bool]:
        """Return the numbers of the synapses meant by a number, a condition or a pair `[i, j]`."""
        if isinstance(item, tuple):
            return pair_index(self, item, namespace), False
        return super().resolve_index(item, namespace)

    def __getitem__(self, item: Any) -> SynapticSubgroup:
        """Return the synapses that an index means, to index variables and monitors with."""
        return SynapticSubgroup(self, self.resolve_index(item, None)[0])

    def set_values(self, name: str, item: Any, value: Any, **options: Any) -> None:
        """Set values of a variable; see `Group.set_values`.

        Raises:
            TypeError: There are no synapses yet.
        """
        if not self.connected and not self.found(name)[1].scalar:
            raise TypeError(f"'{self.name}' has no synapses yet: call connect() first")
        super().set_values(name, item, value, **options)

    def note_new_delays(self) -> None:
        """Note that all delays may have changed."""
        self.delays_version += 1

    def changed(self, name: str) -> None:
        """Note that delays have changed."""
        if name == "delay" or name.endswith(".delay"):
            self.delays_version += 1
        if self.trace_state is not None:
            self.trace_state.reconsider()

    @property
    def delay(self) -> Any:
        """Delays of the pathway `pre`, one per synapse or one for all.

        Raises:
            AttributeError: There is no such pathway.
        """
        if "pre" not in self.pathways:
            raise AttributeError  # Python then asks __getattr__, which says why
        return self.pathways["pre"].delay

    @delay.setter
    def delay(self, value: Any) -> None:
        self.delay[:] = value

    def __getattr__(self, name: str) -> Any:
        pathways = self.__dict__.get("pathways")
        if pathways is not None:
            if name == "delay":
                raise AttributeError(f"'{self.name}' has no pathway 'pre', so it has no delay")
            if name == "delay_" and "pre" in pathways:
                return pathways["pre"].delay_
            if name in pathways:
                return pathways[name]
            known, units = self._connected(name)
            if known:
                return self.view(known, units=units)
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        known, units = ("", True)
        if self._complete and not self._knows(name):
            known, units = self._connected(name)
        if known:
            self.set_values(known, slice(None), value, check_units=units)
        elif name == "delay_" and self._complete:
            self.delay_[:] = value
        else:
            super().__setattr__(name, value)

    def _connected(self, name: str) -> tuple[str, bool]:
        """Return which variable of neurons an attribute is, if any, and whether it has its unit."""
        for known, units in ((name, True), (name.removesuffix("_"), False)):
            if self.find(known) is not None and self.side_of(known) != "synaptic":
                return known, units
        return "", True

    def describe(self) -> Description:
        """Return what is shown in a notebook: equations, and the code of each pathway."""
        size = counted(self.size, "synapse")
        title = f"Synapses '{self.name}' from '{self.source.name}' to '{self.target.name}', {size}"
        details = []
        for label, pathway in self.pathways.items():
            at = "" if pathway.event == "spike" else f" at {pathway.event}"
            details.append((f"on_{pathway.side} ({label}){at}", dedented(pathway.code)))
            if pathway.shown_delay():
                details.append((f"delay ({label})", pathway.shown_delay()))
        return replace(super().describe(), title=title, details=tuple(details))

    def state_names(self, subexpressions: bool, read_only: bool) -> list[str]:
        """Return the names of all variables, also of those of the connected groups."""
        names = dict.fromkeys(super().state_names(subexpressions, read_only))
        for side, group in (("_pre", self.source), ("_post", self.target), ("", self.target)):
            connected = group.state_names(subexpressions, read_only)
            names |= dict.fromkeys(name + side for name in connected)
        return list(names)

    def has_state(self, name: str) -> bool:
        """Return whether there is a variable to get, of the synapses or of a connected group."""
        return self.find(name) is not None

    # --------------------------------------------------------------------------------- connections

    def connect(
        self,
        condition: Any = None,
        i: Any = None,
        j: Any = None,
        p: Any = 1.0,
        n: Any = 1,
        skip_if_invalid: bool = False,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
        *,
        total: int | None = None,
        in_degree: int | None = None,
        out_degree: int | None = None,
        multapses: bool | None = None,
    ) -> None:
        """Add synapses; see `brainsim.model.connect` and `degrees` for all forms.

        Args:
            condition: String over i, j, `x_pre`, `x_post`; True or None for all pairs.
            i: Sources: integers, or a string over j.
            j: Targets: integers, or a string over i.
            p: Probability of each pair: a number or a string.
            n: Number of synapses per pair.
            skip_if_invalid: Leave out pairs out of range instead of refusing them.
            namespace: External names; by default those of the caller's frame.
            level: How many frames further up to look for them.
            total: Number of synapses; source and target of each are drawn from all neurons.
            in_degree: Number of synapses of each target, from sources drawn at random.
            out_degree: Number of synapses of each source, to targets drawn at random.
            multapses: Whether in_degree and out_degree may draw a pair several times.

        Raises:
            TypeError, ValueError, IndexError: The arguments do not describe connections.
        """
        pre, post = connect_pairs(
            *(self, condition, i, j, p, n, skip_if_invalid, namespace, level),
            Counted(total, in_degree, out_degree, multapses),
        )
        self.connected = True
        if len(pre) == 0:
            return
        # another Synapses object that is connected may have grown
        self.connectivity.resize(len(self.source), len(self.target))
        if self.trace_state is not None:
            self.trace_state.write_out()
        self.connectivity.append(pre, post)
        for variable in self.variables_per_synapse():
            variable.resize(len(self.connectivity))
        number_pairs(self)
        self.delays_version += 1

    def disconnect(
        self,
        which: Any = None,
        i: Any = None,
        j: Any = None,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
    ) -> None:
        """Remove synapses; the others keep their values and their order, and close the gaps.

        Spikes on their way through a removed synapse are lost, all others arrive. Indices `S[...]`
        and monitors of these synapses that were made before cannot be used any more, since numbers
        now mean other synapses.

        Args:
            which: Condition in a string, or whatever else `S.w[...]` takes; None with no i and j
                for all synapses.
            i: Sources whose synapses go; with j the pairs i[0] to j[0], i[1] to j[1], ...
            j: Targets, likewise.
            namespace: External names; by default those of the caller's frame.
            level: How many frames further up to look for them.

        Raises:
            TypeError, ValueError, IndexError: The arguments do not describe synapses.
        """
        remove_synapses(self, chosen_synapses(self, which, i, j, namespace, level))

    def variables_per_synapse(self) -> Iterator[ArrayVariable]:
        """Yield the variables with one value per synapse in memory."""
        for name, variable in self.variables.items():
            if name in COMPUTED or not isinstance(variable, ArrayVariable):
                continue
            if not variable.scalar:
                yield variable

    def before_run(self) -> None:
        """Put the synapses in storage order and make room for the delays.

        Raises:
            TypeError: `connect()` has not been called.
        """
        check_link_indices(self)
        self._check_ends()
        note_written_delays(self)
        if not self.connected and self.active:
            raise TypeError(
                f"'{self.name}' has no synapses: call connect() before run(), or set active=False"
            )
        self._sort()
        if self.trace_state is not None:
            self.trace_state.settle(lift=may_lift(self))

    def _sort(self) -> None:
        """Put the synapses in storage order and make room for the delays."""
        dts = (self.clock.dt_, *(pathway.clock.dt_ for pathway in self.pathways.values()))
        ahead = tuple(pathway.ahead for pathway in self.pathways.values())
        key = (self.connectivity.version, self.delays_version, *dts, *ahead)
        if key == self._sorted_for:
            return
        for pathway in self.pathways.values():
            pathway.keep_in_flight()
        moved = self.connectivity.sort(self._steps_to_sort_by())
        if moved is not None:
            for variable in self.variables_per_synapse():
                variable.rearrange(moved)
        for pathway in self.pathways.values():
            source = pathway.triggering.event_source
            longest = pathway.delay_range()[1]
            source.rings[pathway.event].reserve(longest + 1, pathway.clock.step)
            pathway.fill_queue()
        self._sorted_for = (self.connectivity.version, *key[1:])

    def _steps_to_sort_by(self) -> Array | None:
        """Return the delays by which the synapses of a source stand; None for no such order."""
        for pathway in self.pathways.values():
            if pathway.varied and pathway.side == "pre" and not pathway.ahead:
                steps = pathway.delay_steps()
                return None if steps is None else steps.astype(np.int64)
        return None

    def _check_ends(self) -> None:
        """Refuse synapses onto synapses whose numbers now mean others.

        Raises:
            RuntimeError: They do.
        """
        if self._made_for != self._numbering():
            raise RuntimeError(
                f"synapses that '{self.name}' connects have been removed since it was made, so "
                "that its numbers mean others: make it again"
            )

    def _numbering(self) -> tuple[int, ...]:
        """Return what changes when synapses that this object connects get other numbers."""
        ends = (self.source, self.target)
        return tuple(end.renumbered for end in ends if isinstance(end, Synapses))

    def structure(self) -> Any:
        """Return what the code of synapses depends on: the forms of targets and of traces."""
        lifted = self.trace_state is not None and self.trace_state.kept is not None
        form = self.connectivity.structure()
        return (*super().structure(), form, lifted, lifted and row_form(self.connectivity))

    def dependencies(self) -> Iterator[BrianObject]:
        """Yield the groups that this object connects."""
        for group in (self.source, self.target):
            yield group.event_source if isinstance(group, SpikeSource) else group


def _deprecated(name: str, old: Any, new: Any) -> Any:
    if old is None:
        return new
    if new is not None:
        raise TypeError(f"give either {name}= or on_{name}=, not both")
    logger.warn(f"the argument '{name}' is now called 'on_{name}'", f"deprecated_{name}", once=True)
    return old
