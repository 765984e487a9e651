"""Pathways of synapses whose event-driven variables are kept per neuron; see `model/traces.py`.

The row loop of a pathway reads the traces of its triggering neuron, brought up to date once per
event, and those of the other side, which a light loop keeps up to date in every step. A second
kernel, over the neurons that had an event, then writes their traces. So what is the same for all
synapses of a row is computed once, and nothing that a row loop reads changes in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..codegen import build as b
from ..codegen.ir import (
    Buffer,
    DType,
    Expr,
    Kernel,
    Load,
    Local,
    LoopKind,
    Stmt,
)
from ..codegen.rewrite import without_unused
from ..equations.parse import Statement
from ..equations.tree import Name, Tree, names_in
from ..model.namespace import External
from ..model.pathways import SynapticPathway
from ..model.row_forms import row_form, row_starts
from ..model.synapses import Synapses
from ..model.trace_rules import TracePlan
from ..model.traces import ELAPSED, LAST, Solution, Traces, array_of
from ..model.variables import Subexpression, aligned_zeros
from ..preferences import prefs
from ..solvers import advance as event_driven_advance
from ..solvers import system_of
from .context import Context, UnliftableError
from .integration import varies
from .parts import number_of
from .pathways import loop_kind, loop_over_events
from .rows import ends_in_row, loop_over_row, reserve_names
from .symbolic import remember
from .synapses import SynapseScope

_OTHER = {"pre": "post", "post": "pre"}
# a value that decays is zero from here on, before its arithmetic becomes slow
_TINY = {DType.F32: 1e-37, DType.F64: 1e-300}


def is_lifted(context: Context, synapses: Synapses) -> bool:
    """Return whether the event-driven variables of synapses are kept per neuron."""
    traces = synapses.trace_state
    return traces is not None and traces.kept is not None and synapses.name not in context.unlifted


def lifting_of(context: Context, synapses: Synapses) -> Lifting:
    """Return what is known of the traces of synapses, the same each time it is asked for."""
    if synapses.name not in context.liftings:
        context.liftings[synapses.name] = Lifting(context, synapses)
    found: Lifting = context.liftings[synapses.name]
    return found


class Lifting:
    """The traces of a Synapses object in one lowering.

    Args:
        context: The lowering.
        synapses: The Synapses object.
    """

    def __init__(self, context: Context, synapses: Synapses) -> None:
        assert synapses.trace_plan is not None  # noqa: S101 - they are lifted
        assert synapses.trace_state is not None  # noqa: S101
        self.context, self.synapses = context, synapses
        self.plan: TracePlan = synapses.trace_plan
        self.traces: Traces = synapses.trace_state
        if any(context.is_written(variable) for variable in self.plan.constants):
            raise UnliftableError(synapses.name)
        self.clock = synapses.clock
        self.trees = self._solution()
        self.lazy = self._is_lazy()
        # made by plasticity.py when it is first needed
        self.log: Any = None
        self.intervals = row_starts(synapses.connectivity)
        self.dense = {side: self._read_in_steps(side) for side in ("pre", "post")}
        # what kernels keep beside the traces: name -> number and type of the elements
        self.beside: dict[str, tuple[int, Any]] = {
            f"{name}.now": (len(self.traces.group(side)), self.dtype(name).value)
            for side, names in self.dense.items()
            for name in names
        }
        context.starts.append(self._start)
        context.premises.append(self._notes_constants)
        self._notes_constants()
        # whether the loop that keeps traces up to date has been written
        self.decays = False

    def _solution(self) -> dict[str, Tree]:
        synapses, context = self.synapses, self.context
        system = system_of(
            synapses.equations,
            lambda name: varies(context, synapses, name),
            only=synapses.event_driven,
            variables=synapses.variables,
        )
        return dict(event_driven_advance(system, remember, Name(ELAPSED)))

    def _is_lazy(self) -> bool:
        if not self.plan.lazy or self.synapses.name in self.context.eager:
            return False
        if not prefs["codegen.lazy_plasticity"] or prefs["codegen.target"] == "numpy":
            return False
        # rows must be places in memory that follow each other
        return row_form(self.synapses.connectivity) != "scattered"

    def _read_in_steps(self, side: str) -> tuple[str, ...]:
        """Return the traces of one side which row loops of the other side read, and their needs."""
        wanted: set[str] = set()
        for pathway in self.synapses.pathways.values():
            if pathway.side != side and not (self.lazy and pathway.label == self.plan.lazy):
                for statement in pathway.statements:
                    wanted |= self.names_read(statement.value)
        names = self.traces.names(side)
        wanted &= set(names)
        while True:
            needed = wanted.union(*(names_in(self.trees[n]) for n in wanted if n in self.trees))
            needed &= set(names)
            if needed == wanted:
                return tuple(name for name in names if name in wanted)
            wanted = needed

    def names_read(self, tree: Tree) -> set[str]:
        """Return the names in a tree, and in the subexpressions of synapses that it reads."""
        found: set[str] = set()
        for name in names_in(tree):
            found.add(name)
            variable = self.synapses.variables.get(name)
            if isinstance(variable, Subexpression):
                found |= self.names_read(variable.tree)
        return found

    # ---------------------------------------------------------------------------------- run starts

    def _notes_constants(self) -> bool:
        """Tell the traces how they go on, for those who read them between runs."""
        names = {name for tree in self.trees.values() for name in names_in(tree)} - {ELAPSED}
        external = {
            name: self.context.external(self.synapses, name)
            for name in names
            if self.synapses.find(name) is None
        }
        constants = {n: found.value for n, found in external.items() if isinstance(found, External)}
        self.traces.solution = Solution(self.trees, constants)
        return True

    def _start(self) -> None:
        """Bring up to date what is kept beside, unless a run goes on where the last one ended."""
        clock = self.clock
        if self.traces.start(clock.step, clock.dt_, self.beside):
            return
        beside = self.traces.beside
        for side, names in self.dense.items():
            if names:
                # the loop that keeps them up to date comes before all else in the first step
                values = self.values_at(side, clock.now - clock.dt_)
                for name in names:
                    beside[f"{name}.now"][:] = values[name]
        if self.log is not None:
            self.log.rebase()

    def pause(self) -> None:
        """Note that a run has ended."""
        self.traces.pause(self.clock.step, self.clock.dt_)

    def values_at(self, side: str, time: float) -> dict[str, Any]:
        """Return the values of one side at a time in seconds."""
        assert self.traces.kept is not None  # noqa: S101 - they are lifted
        return self.traces.after(side, time - self.traces.kept[side].last)

    # -------------------------------------------------------------------------------------- memory

    def dtype(self, name: str) -> DType:
        """Return the element type of a trace."""
        variable = self.synapses.variables[name]
        dtype: DType = variable.dtype  # type: ignore[union-attr]
        return dtype

    def buffer(self, side: str, name: str) -> Buffer:
        """Return the buffer of a trace after the latest event, or of the time of that event."""
        comment = f"{side} trace after its latest event"
        if name == LAST:
            comment = f"time of the latest {side} event"
        return self.context.buffer(
            self.synapses.name,
            f"{side}.last" if name == LAST else f"{side}.{name}",
            array_of(self.traces, side, name),
            comment=comment,
        )

    def dense_buffer(self, name: str) -> Buffer:
        """Return the buffer of a trace that is kept up to date."""
        return self.kept_beside(f"{name}.now", "trace in this step")

    def kept_beside(self, name: str, comment: str) -> Buffer:
        """Return the buffer of something that kernels keep beside the traces."""
        n, dtype = self.beside[name]
        traces = self.traces

        def array() -> Any:
            # until the first run starts there is nothing yet
            return traces.beside[name] if name in traces.beside else aligned_zeros(n, dtype)

        return self.context.buffer(self.synapses.name, name, array, comment=comment)

    # ---------------------------------------------------------------------------------------- code

    def scope(self, owner: str, place: Expr, **ends: Expr) -> TraceScope:
        """Return the code of one synapse, or of a neuron where `place` is not used.

        Args:
            owner: Name of the object that runs the code.
            place: Where the synapse stands in memory.
            ends: What is known of its neurons, see `SynapseScope`.
        """
        return TraceScope(self, owner, place, **ends)

    def bring_up_to_date(self, scope: TraceScope, side: str, neuron: Expr) -> None:
        """Bind the traces of a neuron on one side to their values now."""
        now = scope.clock_field(self.synapses, "t")
        since = b.sub(now, b.load(self.buffer(side, LAST), neuron))
        old = {name: b.load(self.buffer(side, name), neuron) for name in self.traces.names(side)}
        self.advance(scope, scope.let("elapsed", scope.as_float(since)), old)

    def advance(self, scope: TraceScope, elapsed: Expr, old: dict[str, Expr]) -> None:
        """Bind traces to their values some time after those in `old`."""
        scope.bound[ELAPSED] = elapsed
        for name, value in old.items():
            scope.bound[name] = scope.let(f"old_{name}", value)
        new = {
            name: scope.let(f"now_{name}", b.cast(scope.lower(self.trees[name]), self.dtype(name)))
            for name in old
            if name in self.trees
        }
        scope.bound |= new


class TraceScope(SynapseScope):
    """The code of synapses in which traces are locals, or kept up to date per neuron.

    Args:
        lifting: The traces.
        owner: Name of the object that runs the code.
        place: Where the synapse stands in memory.
        ends: What is known of its neurons, see `SynapseScope`.
    """

    def __init__(self, lifting: Lifting, owner: str, place: Expr, **ends: Expr) -> None:
        super().__init__(lifting.context, lifting.synapses, owner, place, **ends)
        self.lifting = lifting

    def read(self, name: str) -> Expr:
        """Return the value of a name."""
        side = self.lifting.plan.sides.get(name)
        if side is None or name in self.bound:
            return super().read(name)
        neuron = self.pre() if side == "pre" else self.post()
        return b.load(self.lifting.dense_buffer(name), neuron)

    def _assign_temporary(self, statement: Statement) -> None:
        super()._assign_temporary(statement)
        name = statement.target
        if name in self.lifting.plan.sides:
            value = self.bound[name]
            dtype = self.lifting.dtype(name)
            if value.dtype is not dtype:
                self.bound[name] = self.let(name, b.cast(value, dtype))
            self._subexpressions.clear()


# ----------------------------------------------------------------------------------------- kernels


def lower_decays(lifting: Lifting, owner: str) -> Kernel | None:
    """Return the kernel that keeps traces up to date which row loops of the other side read."""
    context = lifting.context
    body: list[Stmt] = []
    for side, names in lifting.dense.items():
        changing = [name for name in names if name in lifting.trees]
        if not changing:
            continue
        i = b.index("i")
        scope = lifting.scope(owner, i, **{side: i})
        lifting.advance(
            scope,
            scope.as_float(b.DT),
            {name: b.load(lifting.dense_buffer(name), i) for name in names},
        )
        for name in changing:
            value = scope.bound[name]
            tiny = b.const(_TINY[value.dtype], value.dtype)
            small = b.compare("<", b.call("abs", value, dtype=value.dtype), tiny)
            value = b.select(small, b.const(0.0, value.dtype), value)
            scope.block.append(b.store(lifting.dense_buffer(name), i, value))
        body.append(b.loop(i, Load(context.size(lifting.traces.group(side))), scope.block))
    if not body:
        return None
    name = f"{context.labels.label(lifting.synapses.name)}_traces"
    title = f"let the traces of '{lifting.synapses.name}' decay"
    return Kernel(name, title, tuple(body))


def lower_rows(lifting: Lifting, pathway: SynapticPathway) -> Kernel | None:
    """Return the kernel that runs a pathway's code for all synapses of the neurons with events.

    None where the code only changes traces.
    """
    context, synapses = lifting.context, lifting.synapses
    place, neuron = b.index("synapse"), Local("neuron", DType.I32)
    mine = number_of(context, pathway.triggering, neuron)
    scope = lifting.scope(pathway.name, place, **ends_in_row(pathway, mine))
    reserve_names(scope)
    lifting.bring_up_to_date(scope, pathway.side, mine)
    common, scope.block = scope.block, []
    scope.statements(pathway.statements)
    body = list(without_unused(scope.block))
    if not body:
        return None
    kind = loop_kind(body, place)
    loop = loop_over_row(context, pathway, mine, place, body, kind)
    loops = loop_over_events(context, pathway, neuron, list(without_unused([*common, *loop])), kind)
    return Kernel(pathway.name, f"code '{pathway.label}' of '{synapses.name}'", tuple(loops))


def row_bounds(lifting: Lifting, row: Expr) -> tuple[Expr, Expr]:
    """Return the places of the first synapse of a source and of that behind the last one."""
    connectivity = lifting.synapses.connectivity
    offsets = lifting.context.buffer(
        lifting.synapses.name,
        "rows",
        lambda: connectivity.table(by_target=False, delay_steps=None, any_order=True).offsets,
        comment="first synapse of each source",
    )
    return b.load(offsets, row), b.load(offsets, b.add(row, b.const(1, DType.I64)))


def first_targets(lifting: Lifting) -> Buffer:
    """Return the buffer of the first target of each source, where targets are consecutive."""

    def first() -> Any:
        found = row_starts(lifting.synapses.connectivity)
        assert found is not None  # noqa: S101 - part of what the code depends on
        return found.first

    return lifting.context.buffer(
        lifting.synapses.name, "first_target", first, comment="first target of each source"
    )


def lower_trace_update(
    lifting: Lifting, pathway: SynapticPathway, more: TraceStores | None = None
) -> Kernel:
    """Return the kernel that changes the traces of the neurons with events.

    Args:
        lifting: The traces.
        pathway: The pathway.
        more: What else is stored for each such neuron.
    """
    context, side = lifting.context, pathway.side
    neuron = Local("neuron", DType.I32)
    mine = number_of(context, pathway.triggering, neuron)
    scope = lifting.scope(pathway.name, mine, **{side: mine})
    lifting.bring_up_to_date(scope, side, mine)
    if more is not None:
        more.before(scope, mine)
    scope.statements(lifting.plan.statements[pathway.label])
    for name in lifting.traces.names(side):
        value = scope.bound[name]
        scope.block.append(b.store(lifting.buffer(side, name), mine, value))
        if name in lifting.dense[side]:
            scope.block.append(b.store(lifting.dense_buffer(name), mine, value))
    now = scope.clock_field(lifting.synapses, "t")
    scope.block.append(b.store(lifting.buffer(side, LAST), mine, now))
    if more is not None:
        more.after(scope, mine)
    kind = LoopKind.ACCUMULATING if more is None else more.kind
    loops = loop_over_events(context, pathway, neuron, list(without_unused(scope.block)), kind)
    title = f"traces at '{pathway.label}' events of '{lifting.synapses.name}'"
    name = f"{context.labels.label(pathway.name)}_traces"
    return Kernel(name, title, (*loops, *(() if more is None else more.each_step())))


class TraceStores:
    """What is stored beside traces when a neuron has an event; by default nothing."""

    kind = LoopKind.ACCUMULATING

    def before(self, scope: TraceScope, neuron: Expr) -> None:
        """Append to the code of a neuron, before its traces change."""

    def after(self, scope: TraceScope, neuron: Expr) -> None:
        """Append to the code of a neuron, when they have changed."""

    def each_step(self) -> Iterable[Stmt]:
        """Return statements to be run once per step, behind the loop over neurons."""
        return ()
