"""Plasticity row by row: the code of spikes of the target is applied when a source next has one.

A spike of the target would visit one synapse in each row, far apart in memory. Instead it is noted
in a log, and a row catches up when its source next has an event, while it is in the cache anyway;
or when the log is full, when somebody is about to read the synapses, and when the run ends. That
is exact where the code touches nothing but its synapse, traces and constants: the traces of the
target are noted in the log, those of the source follow from their values at its latest event and
the number of steps since, by tables of everything in the solution that depends on time. The tables
are finite, so at multiples of their length all rows catch up, and the traces are taken anew there.
When else rows catch up makes no difference to any bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..codegen import build as b
from ..codegen.ir import Buffer, DType, Expr, If, Kernel, Let, Load, Local, LoopKind, Stmt
from ..codegen.rewrite import effects, without_unused
from ..equations.parse import Statement
from ..equations.tree import Name, Tree, map_children, names_in
from ..model.pathways import SynapticPathway
from ..model.traces import ELAPSED
from ..model.variables import Array, ArrayVariable, aligned_zeros
from ..program import PythonCall, Recorder, ScheduledKernel
from ..solvers.evaluate import evaluate
from .context import Context, LogRoom
from .lifting import (
    Lifting,
    TraceScope,
    TraceStores,
    first_targets,
    lifting_of,
    lower_decays,
    lower_rows,
    lower_trace_update,
    row_bounds,
)
from .numbers import NumberScope
from .parts import number_of
from .pathways import loop_over_events
from .synapses import endpoint

# length of the tables in steps; at its multiples, all rows catch up
_LONGEST = 1 << 14
# room in the log: for this many spikes of each target, and at least for so many in all
_PER_TARGET, _LEAST = 16, 1 << 14
# spikes of one target, where rows are listed
_PER_LIST = 16
_ZERO, _ONE = b.const(0, DType.I64), b.const(1, DType.I64)


def lower_lifted_pathway(pathway: SynapticPathway, context: Context) -> tuple[Kernel, ...]:
    """Return the kernels of a pathway whose traces are kept per neuron, in their order."""
    lifting = lifting_of(context, pathway.group)
    kernels: list[Kernel | None] = []
    if not lifting.decays:
        lifting.decays = True
        kernels.append(lower_decays(lifting, pathway.name))
    if not lifting.lazy:
        kernels += [lower_rows(lifting, pathway), lower_trace_update(lifting, pathway)]
    elif pathway.side == "post":
        kernels.append(lower_trace_update(lifting, pathway, log_of(lifting)))
    else:
        log = log_of(lifting)
        kernels += [
            lower_catching_up(log, pathway),
            lower_rows(lifting, pathway),
            lower_trace_update(lifting, pathway, CaughtUp(log)),
        ]
    return tuple(kernel for kernel in kernels if kernel is not None)


def impatient(context: Context, schedule: Iterable[ScheduledKernel | PythonCall]) -> frozenset[str]:
    """Return the names of Synapses whose code cannot wait: other code would see the difference."""
    found: set[str] = set()
    for name, lifting in context.liftings.items():
        if not lifting.lazy:
            continue
        parts = {pathway.name for pathway in lifting.synapses.pathways.values()}
        waiting = log_of(lifting).waiting_buffers
        for item in schedule:
            if isinstance(item, ScheduledKernel) and not {item.owner, *item.fused} <= parts:
                others = effects(item.kernel.body)
                found |= {name for buffer in others.buffers if buffer in waiting}
    return frozenset(found)


class Log(TraceStores):
    """The spikes of the target that rows have not seen yet, as kernels see them.

    Args:
        lifting: The traces.
    """

    kind = LoopKind.SEQUENTIAL

    def __init__(self, lifting: Lifting) -> None:
        self.lifting, self.synapses = lifting, lifting.synapses
        self.pathway: SynapticPathway = self.synapses.pathways[lifting.plan.lazy]
        self.statements, read = _about_synapses(lifting, self.pathway.statements)
        self.pre = _with_needs(lifting, read)
        self.post = [name for name in lifting.traces.names("post") if name in read]
        self.factors: dict[Tree, str] = {}
        self.trees = {
            name: self._tabulated(lifting.trees[name]) for name in self.pre if name in lifting.trees
        }
        n_pre, n_post = len(self.synapses.source), len(self.synapses.target)
        self.capacity = max(_PER_TARGET * n_post, _LEAST) + n_post
        self._arrays: dict[str, Array] = {
            "target": aligned_zeros(self.capacity, np.int32),
            "step": aligned_zeros(self.capacity, np.int64),
            "count": aligned_zeros(1, np.int64),
            "age": aligned_zeros(1, np.int64),
            "seen": aligned_zeros(n_pre, np.int64),
        }
        lifting.beside["since"] = (n_pre, np.int64)
        if lifting.intervals is None:
            self._arrays["recent"] = aligned_zeros(n_post * _PER_LIST, np.int32)
            self._arrays["fresh"] = aligned_zeros(n_post, np.int32)
            self._arrays["most"] = aligned_zeros(1, np.int64)
        for name in self.post:
            self._arrays[f"{name}.log"] = aligned_zeros(self.capacity, lifting.dtype(name).value)
        for name in self.pre:
            lifting.beside[f"{name}.then"] = (n_pre, lifting.dtype(name).value)
        for table in self.factors.values():
            self._arrays[table] = aligned_zeros(_LONGEST + 1, lifting.context.float_dtype.value)
        self._tables_for: Any = None
        if lifting.context.formulas is not None:
            self._tell_tables()
        lifting.context.starts.append(self._start)
        self._watch("count", self.capacity, n_post)
        self._watch("age", _LONGEST, 1)
        if lifting.intervals is None:
            self._watch("most", _PER_LIST, 1)
        lifting.context.closing.append(lower_closing(self))

    def _tabulated(self, tree: Tree) -> Tree:
        """Return a solution with the name of a table for each part that depends on time alone."""
        names = names_in(tree)
        if ELAPSED in names and not names & set(self.lifting.traces.sides):
            return Name(self.factors.setdefault(tree, f"table {len(self.factors) + 1}"))
        return map_children(tree, self._tabulated)

    def _watch(self, name: str, capacity: int, per_step: int) -> None:
        context, count = self.lifting.context, self._arrays[name]
        owner = f"{self.synapses.name} {name}"
        context.recordings[owner] = LogRoom(count, capacity)
        context.recorders.append(
            Recorder(self.scalar(name).name, per_step, (), owner, self.lifting.clock.name)
        )

    # ---------------------------------------------------------------------------------- run starts

    def _start(self) -> None:
        """Start with an empty log."""
        clock = self.lifting.clock
        for name in {"count", "seen", "fresh", "most"} & set(self._arrays):
            self._arrays[name][:] = 0
        self._arrays["age"][:] = clock.step % _LONGEST
        self._fill_tables(clock.dt_)

    def rebase(self) -> None:
        """Let the traces of sources go on from their values now."""
        lifting, clock = self.lifting, self.lifting.clock
        beside = lifting.traces.beside
        beside["since"][:] = clock.step
        values = lifting.values_at("pre", clock.now)
        for name in self.pre:
            beside[f"{name}.then"][:] = values[name]

    def _fill_tables(self, dt: float) -> None:
        constants = dict(self.lifting.traces.solution.constants)
        shared = {
            name: self.lifting.context.shared_value(self.synapses, name)
            for tree in self.factors
            for name in names_in(tree) - {ELAPSED}
        }
        if self._tables_for == (dt, constants, shared):
            return
        self._tables_for = (dt, constants, shared)
        values = {**shared, ELAPSED: dt * np.arange(_LONGEST + 1)}
        for tree, table in self.factors.items():
            self._arrays[table][:] = evaluate(tree, values)

    def _tell_tables(self) -> None:
        """Append the formulas of the tables."""
        scope = NumberScope(self.lifting.context, self.synapses)
        for tree, table in self.factors.items():
            code, scope.block = scope.block, []
            k = b.index(scope.fresh("k"))
            scope.bound[ELAPSED] = b.mul(scope.dt, b.cast(k, DType.F64))
            value = scope.lower(tree)
            store = b.store(self.buffer(table), k, value)
            code.append(b.loop(k, b.const(_LONGEST + 1, DType.I64), [*scope.block, store]))
            scope.block = code

    # -------------------------------------------------------------------------------------- memory

    def buffer(self, name: str) -> Buffer:
        """Return the buffer of one of the arrays."""
        array = self._arrays[name]
        return self.lifting.context.buffer(
            self.synapses.name,
            f"log.{name.replace(' ', '_')}",
            lambda: array,
            scalar=name in {"count", "age", "most"},
            comment=_COMMENTS.get(name, ""),
        )

    def then(self, name: str) -> Buffer:
        """Return the buffer of the value from which a trace of the source goes on."""
        return self.lifting.kept_beside(f"{name}.then", "trace from which a source goes on")

    @property
    def since(self) -> Buffer:
        """The buffer of the step at which sources had these values."""
        return self.lifting.kept_beside("since", "step at which sources had these traces")

    def scalar(self, name: str) -> Buffer:
        """Return the buffer of a counter."""
        return self.buffer(name)

    @property
    def waiting_buffers(self) -> frozenset[Buffer]:
        """The variables of synapses that may not be what they will be."""
        variables = [self.synapses.variables[name] for name in self.lifting.plan.waiting]
        context = self.lifting.context
        return frozenset(
            context.variable(self.synapses, variable)
            for variable in variables
            if isinstance(variable, ArrayVariable)
        )

    def emptied(self) -> list[Stmt]:
        """Return the statements that empty the log."""
        body: list[Stmt] = [b.store(self.buffer("count"), None, _ZERO)]
        if self.lifting.intervals is None:
            target, size = b.index("target"), Load(self.lifting.context.size(self.synapses.target))
            body.append(b.loop(target, size, [b.store(self.buffer("fresh"), target, _ZERO)]))
            body.append(b.store(self.buffer("most"), None, _ZERO))
        return body

    # ------------------------------------------------------------------- at an event of the target

    def before(self, scope: TraceScope, neuron: Expr) -> None:
        """Note a spike of the target, and the traces that its code reads."""
        place = scope.let("entry", Load(self.buffer("count")))
        scope.block.append(b.store(self.buffer("target"), place, neuron))
        scope.block.append(b.store(self.buffer("step"), place, b.STEP))
        for name in self.post:
            scope.block.append(b.store(self.buffer(f"{name}.log"), place, scope.bound[name]))
        scope.block.append(b.store(self.buffer("count"), None, b.add(place, _ONE)))
        if self.lifting.intervals is None:
            self._list_by_target(scope, neuron, place)

    def _list_by_target(self, scope: TraceScope, neuron: Expr, entry: Expr) -> None:
        """Add an entry to those of its target, by which listed rows find it."""
        fresh, most = self.buffer("fresh"), self.buffer("most")
        nth = scope.let("nth", b.cast(b.load(fresh, neuron), DType.I64))
        scope.block.append(b.store(self.buffer("recent"), b.add(self._list(neuron), nth), entry))
        longer = scope.let("longer", b.add(nth, _ONE))
        scope.block.append(b.store(fresh, neuron, longer))
        longest = b.select(b.compare(">", longer, Load(most)), longer, Load(most))
        scope.block.append(b.store(most, None, longest))

    @staticmethod
    def _list(target: Expr) -> Expr:
        """Return where the entries of a target begin."""
        return b.mul(b.cast(target, DType.I64), b.const(_PER_LIST, DType.I64))

    def each_step(self) -> Iterable[Stmt]:
        """Count the steps."""
        age = self.buffer("age")
        return (b.store(age, None, b.add(Load(age), _ONE)),)

    # --------------------------------------------------------------------------------- catching up

    def catch_up(self, owner: str, source: Expr) -> list[Stmt]:
        """Return the loop that brings the row of a source up to date."""
        number, let_source = b.let("source", b.cast(source, DType.I64))
        entry, place = b.index("entry"), b.index("synapse")
        scope = self.lifting.scope(owner, place, pre=number, post=Local("target", DType.I32))
        then = {name: b.load(self.then(name), number) for name in self.pre}
        steps = b.sub(b.load(self.buffer("step"), entry), b.load(self.since, number))
        self._bind(scope, then, entry, steps)
        scope.statements(self.statements)
        by_entry = self.lifting.intervals is not None
        loop = self._over_entries if by_entry else self._over_synapses
        body = list(without_unused(scope.block))
        return list(without_unused([let_source, *loop(number, body)]))

    def _over_synapses(self, source: Expr, body: list[Stmt]) -> list[Stmt]:
        """Return the loop over a listed row: each synapse looks for entries of its target."""
        entry, place, nth = b.index("entry"), b.index("synapse"), b.index("nth")
        target = Local("target", DType.I32)
        start, stop = row_bounds(self.lifting, source)
        seen, let_seen = b.let("seen", b.load(self.buffer("seen"), source))
        listed = b.load(self.buffer("recent"), b.add(self._list(target), nth))
        entries = b.loop(
            nth,
            b.cast(b.load(self.buffer("fresh"), target), DType.I64),
            [
                Let(entry, b.cast(listed, DType.I64)),
                If(b.compare(">=", entry, seen), tuple(body)),
            ],
            kind=LoopKind.SEQUENTIAL,
        )
        found = endpoint(self.lifting.context, self.synapses, "j", place)
        row: list[Stmt] = [Let(target, found), entries]
        # a synapse changes nothing but its own variables
        return [let_seen, b.loop(place, stop, row, start=start, kind=LoopKind.ACCUMULATING)]

    def _over_entries(self, source: Expr, body: list[Stmt]) -> list[Stmt]:
        """Return the loop over entries, each of which tells its place in a row of an interval."""
        entry, place = b.index("entry"), b.index("synapse")
        target = Local("target", DType.I32)
        start, stop = row_bounds(self.lifting, source)
        begin, let_begin = b.let("begin", start)
        first, let_first = b.let("first_target", b.load(first_targets(self.lifting), source))
        shift, let_shift = b.let("shift", b.sub(begin, first))
        intervals = self.lifting.intervals
        assert intervals is not None  # noqa: S101 - part of what makes code wait
        if not intervals.full:
            inside = b.both(b.compare(">=", target, first), b.compare("<", place, stop))
            body = [If(inside, tuple(body))]
        bind_target = Let(target, b.load(self.buffer("target"), entry))
        bind_place = Let(place, b.add(b.cast(target, DType.I64), shift))
        loop = b.loop(
            entry,
            Load(self.buffer("count")),
            list(without_unused([bind_target, bind_place, *body])),
            start=b.load(self.buffer("seen"), source),
            kind=LoopKind.SEQUENTIAL,
        )
        return list(without_unused([let_begin, let_first, let_shift, loop]))

    def _bind(self, scope: TraceScope, then: dict[str, Expr], entry: Expr, steps: Expr) -> None:
        """Bind the traces to their values at an entry of the log."""
        steps = scope.let("steps", steps)
        for table in self.factors.values():
            scope.bound[table] = b.load(self.buffer(table), steps)
        scope.bound |= then
        new = {
            name: scope.let(name, b.cast(scope.lower(tree), self.lifting.dtype(name)))
            for name, tree in self.trees.items()
        }
        scope.bound |= new
        for name in self.post:
            scope.bound[name] = b.load(self.buffer(f"{name}.log"), entry)


class CaughtUp(TraceStores):
    """Notes that rows have caught up, and the traces from which they will go on.

    Args:
        log: The log.
    """

    def __init__(self, log: Log) -> None:
        self.log = log

    def after(self, scope: TraceScope, neuron: Expr) -> None:
        """Append to the code of a source."""
        log = self.log
        for name in log.pre:
            scope.block.append(b.store(log.then(name), neuron, scope.bound[name]))
        scope.block.append(b.store(log.since, neuron, b.STEP))
        scope.block.append(b.store(log.buffer("seen"), neuron, Load(log.buffer("count"))))


_COMMENTS = {
    "target": "neuron of each spike",
    "step": "step of each spike",
    "count": "spikes in the log",
    "age": "steps since all rows have caught up",
    "seen": "spikes that each row has seen",
    "recent": "of each target, its spikes in the log",
    "fresh": "of each target, their number",
    "most": "the largest of these numbers",
}


def log_of(lifting: Lifting) -> Log:
    """Return the log of synapses, the same each time it is asked for."""
    if lifting.log is None:
        lifting.log = Log(lifting)
    found: Log = lifting.log
    return found


def _about_synapses(
    lifting: Lifting, statements: tuple[Statement, ...]
) -> tuple[tuple[Statement, ...], set[str]]:
    """Return the statements on which variables of synapses depend, and what they need to know."""
    kept: list[Statement] = []
    needed: set[str] = set()
    for statement in reversed(statements):
        if statement.target not in {*needed, *lifting.plan.waiting}:
            continue
        kept.append(statement)
        if statement.op == "=":
            needed.discard(statement.target)
        needed |= lifting.names_read(statement.value)
    return tuple(kept[::-1]), needed


def _with_needs(lifting: Lifting, read: set[str]) -> list[str]:
    """Return the traces of the source among names, with those on which their decay depends."""
    names = lifting.traces.names("pre")
    wanted = read & set(names)
    while True:
        needed = wanted.union(*(names_in(lifting.trees[n]) for n in wanted if n in lifting.trees))
        needed &= set(names)
        if needed == wanted:
            return [name for name in names if name in wanted]
        wanted = needed


def lower_catching_up(log: Log, pathway: SynapticPathway) -> Kernel:
    """Return the kernel that brings the rows of all sources with an event up to date."""
    context, neuron = log.lifting.context, Local("neuron", DType.I32)
    mine = number_of(context, pathway.triggering, neuron)
    rows = log.catch_up(log.pathway.name, mine)
    # rows of different sources have nothing in common
    loops = loop_over_events(context, pathway, neuron, rows, LoopKind.ACCUMULATING)
    title = f"code '{log.pathway.label}' of '{log.synapses.name}', for sources with an event"
    name = f"{context.labels.label(pathway.name)}_catching_up"
    return Kernel(name, title, tuple(loops))


def lower_closing(log: Log) -> Kernel:
    """Return the kernel that brings all rows up to date, and empties the log."""
    lifting, i = log.lifting, b.index("i")
    context = lifting.context
    size = Load(context.size(log.synapses.source))
    rows = log.catch_up(log.pathway.name, i)
    context.clock = lifting.clock
    scope = lifting.scope(log.pathway.name, i, pre=i)
    lifting.bring_up_to_date(scope, "pre", i)
    for name in log.pre:
        scope.block.append(b.store(log.then(name), i, scope.bound[name]))
    scope.block.append(b.store(log.since, i, b.STEP))
    age, let_age = b.let("age", b.binary("%", b.STEP, b.const(_LONGEST, DType.I64)))
    rebase = b.loop(i, size, list(without_unused(scope.block)))
    body = [
        b.loop(i, size, rows, kind=LoopKind.ACCUMULATING),
        b.loop(i, size, [b.store(log.buffer("seen"), i, _ZERO)]),
        *log.emptied(),
        let_age,
        b.store(log.buffer("age"), None, age),
        If(b.compare("==", age, _ZERO), (rebase,)),
    ]
    title = f"code '{log.pathway.label}' of '{log.synapses.name}', for all sources"
    name = f"{context.labels.label(log.pathway.name)}_all_rows"
    return Kernel(name, title, tuple(body))
