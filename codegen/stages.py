"""Stages: a kernel as a series of launches on a device with many threads.

Input: a kernel that is neither tiled nor divided. Output: `Stage`s, each a kernel of its own with
one thing to do, to be done one after the other. Locals are bound anew in every stage that uses
them; where what they load has changed meanwhile, a stage with one thread keeps their value before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from enum import Enum

from ..records import dataclass
from .counters import free_counters
from .ir import (
    Accumulate,
    Buffer,
    Compact,
    DType,
    Expr,
    Fill,
    For,
    ForeignCall,
    If,
    Join,
    Kernel,
    Let,
    Load,
    Local,
    LoopKind,
    Part,
    Search,
    Stmt,
    Store,
    Tiles,
)
from .passes import Fresh
from .rewrite import effects, expressions, locals_used, statements, walk, without_unused

# types of which a device can add to one element from several threads
_ADDABLE = {DType.I32, DType.I64, DType.U64, DType.F32, DType.F64}


class Way(Enum):
    """How a stage is done."""

    ONE = "by one thread"
    EACH = "a thread for each iteration"
    ROWS = "a block of threads for each iteration, a thread for each element of its row"
    BLOCK = "by one block of threads, which waits for all of them between two statements"
    FILL = "a thread for each variate"
    LIST = "two launches: flags are counted, then listed"
    JOIN = "a thread for each index"


@dataclass(frozen=True, slots=True)
class Stage:
    """One launch.

    Args:
        way: How it is done.
        kernel: What is done; its name is that of the whole kernel.
    """

    way: Way
    kernel: Kernel


@dataclass(frozen=True, slots=True)
class Staged:
    """A kernel in stages.

    Args:
        kernel: The whole.
        stages: In their order.
        kept: Scalars that hold values from one stage to the next.
    """

    kernel: Kernel
    stages: tuple[Stage, ...]
    kept: tuple[Buffer, ...]


def stage(kernel: Kernel) -> Staged:
    """Return a kernel in stages.

    Raises:
        NotImplementedError: It is tiled or divided, or it calls a function of the user.
    """
    _check(kernel)
    freed = free_counters(kernel)
    split = _Split(replace(freed, body=_undivided(freed.body)))
    split.block(split.kernel.body)
    split.flush()
    return split.result(kernel)


def promise(loop: For) -> LoopKind:
    """Return what a device may rely on: a sum whose order is given up needs no order.

    Loops with sums in what they also read, or in a type without atomic addition, keep theirs.
    """
    if loop.index.dtype is not DType.I64 or loop.kind is LoopKind.INDEPENDENT:
        return loop.kind if loop.index.dtype is DType.I64 else LoopKind.SEQUENTIAL
    inner = tuple(statements(loop.body))
    sums = {stmt.buffer for stmt in inner if isinstance(stmt, Accumulate)}
    stores = {stmt.buffer for stmt in inner if isinstance(stmt, Store)}
    loads = set(_loaded(inner))
    listed = any(isinstance(stmt, Compact) for stmt in inner)
    only_sums = loop.kind is LoopKind.ACCUMULATING or not (stores or listed)
    addable = all(buffer.dtype in _ADDABLE for buffer in sums)
    apart = not sums & (stores | loads)
    return LoopKind.ACCUMULATING if only_sums and addable and apart else LoopKind.SEQUENTIAL


def is_parallel(loop: For) -> bool:
    """Whether the iterations of a loop may be done by different threads."""
    return promise(loop) is not LoopKind.SEQUENTIAL


def holds_parallel(body: Iterable[Stmt]) -> bool:
    """Whether there is something in the statements that several threads can do."""
    return any(
        isinstance(stmt, Compact) or (isinstance(stmt, For) and is_parallel(stmt))
        for stmt in statements(body)
    )


def shared_loop(loop: For) -> For:
    """Return the loop of a nest of parallel ones whose iterations blocks share: the one of rows."""
    inner = list(actions(loop.body))
    if len(inner) == 1 and isinstance(inner[0], For):
        deeper = inner[0]
        if is_parallel(deeper) and holds_parallel(deeper.body):
            return shared_loop(deeper)
    return loop


def actions(body: Iterable[Stmt]) -> Iterator[Stmt]:
    """Yield the statements that change something or loop, also those under conditions."""
    for stmt in body:
        if isinstance(stmt, If):
            yield from actions(stmt.body)
        elif not isinstance(stmt, Let):
            yield stmt


def needs_no_barrier(loop: For) -> bool:
    """Whether a block can do the one row in the loop's body without waiting for its threads."""
    (first, *more) = actions(loop.body)
    if more or not isinstance(first, For) or not is_parallel(first) or holds_parallel(first.body):
        return False
    outside = tuple(_outside(loop.body))
    return not set(_loaded(outside)) & set(effects(first.body).writes)


def _outside(body: Iterable[Stmt]) -> Iterator[Stmt]:
    """Yield locals, conditions, and loops without their bodies."""
    for stmt in body:
        yield replace(stmt, body=()) if isinstance(stmt, For | If) else stmt
        if isinstance(stmt, If):
            yield from _outside(stmt.body)


def _loaded(body: Iterable[Stmt]) -> Iterator[Buffer]:
    for stmt in body:
        for expr in expressions(stmt):
            yield from (node.buffer for node in walk(expr) if isinstance(node, Load))


def _undivided(body: Iterable[Stmt]) -> tuple[Stmt, ...]:
    """Return statements without what is said of shares, and without locals that this leaves."""
    found: list[Stmt] = []
    for stmt in body:
        match stmt:
            case For():
                found.append(replace(stmt, body=_undivided(stmt.body), division=None))
            case If():
                found.append(replace(stmt, body=_undivided(stmt.body)))
            case _:
                found.append(stmt)
    return without_unused(found)


def _check(kernel: Kernel) -> None:
    for stmt in statements(kernel.body):
        if isinstance(stmt, Tiles):
            _refuse(kernel, "is tiled: lower the network with tile=False")
        if isinstance(stmt, For) and any(_refused(stmt, inner) for inner in statements(stmt.body)):
            _refuse(kernel, "lists or fills something within a loop")
        for expr in expressions(stmt):
            for node in walk(expr):
                if isinstance(node, Part | Search):
                    _refuse(kernel, "is divided into shares: lower the network with share=False")
                if isinstance(node, ForeignCall):
                    name = node.function.name
                    _refuse(kernel, f"calls the function '{name}', which has no code in CUDA")


def _refused(loop: For, inner: Stmt) -> bool:
    """Whether something cannot be done within a loop."""
    in_order = promise(loop) is LoopKind.SEQUENTIAL
    return isinstance(inner, Fill | Join) or (isinstance(inner, Compact) and not in_order)


def _refuse(kernel: Kernel, why: str) -> None:
    raise NotImplementedError(f"kernel '{kernel.name}' cannot be printed in CUDA: it {why}")


@dataclass
class _Frame:
    """A block of the kernel that is open: the locals it has bound, behind its condition."""

    condition: Expr | None
    lets: list[Let] = field(default_factory=list)


class _Split:
    """The splitting of one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.stages: list[Stage] = []
        self.kept: list[Buffer] = []
        self.frames = [_Frame(None)]
        self.fresh = Fresh(kernel, "held")
        # single statements that wait for a stage of their own
        self.scalars: list[Stmt] = []
        # how often each local is still to be used
        self.coming = Counter(
            name
            for stmt in statements(kernel.body)
            for expr in expressions(stmt)
            for name in locals_used(expr)
        )
        # the list that the last stage has made, if nothing has come behind it
        self.last: tuple[Compact | Join, Store] | None = None

    def result(self, kernel: Kernel) -> Staged:
        """Return the whole kernel in stages, without values that nobody reads again."""
        read = {buffer for each in self.stages for buffer in effects(each.kernel.body).reads}
        kept = tuple(buffer for buffer in self.kept if buffer in read)
        useless = set(self.kept) - set(kept)
        stages = [
            Stage(each.way, replace(each.kernel, body=_without(each.kernel.body, useless)))
            for each in self.stages
        ]
        return Staged(kernel, tuple(each for each in stages if each.kernel.body), kept)

    def block(self, body: Iterable[Stmt]) -> None:
        """Go through the statements of an open block."""
        for stmt in body:
            match stmt:
                case Let():
                    if set(self.loads(stmt.value)) & set(effects(self.scalars).writes):
                        self.flush()
                    self.note_use((stmt,))
                    self.frames[-1].lets.append(stmt)
                case Store() | Accumulate():
                    self.wait(stmt)
                case If() if not _is_wide(stmt.body):
                    self.wait(stmt)
                case If():
                    self.condition(stmt)
                case For() if _way(stmt) is Way.ONE:
                    self.wait(stmt)
                case For() | Fill():
                    self.flush()
                    self.wide(_way(stmt) if isinstance(stmt, For) else Way.FILL, stmt)
                case Compact() | Join():
                    self.flush()
                    self.listed(stmt)
                case Tiles():
                    raise AssertionError  # `_check` has looked

    def wait(self, stmt: Stmt) -> None:
        """Let a statement wait for others that one thread can do with it."""
        self.note_use(statements((stmt,)))
        self.scalars.append(stmt)

    def note_use(self, body: Iterable[Stmt]) -> None:
        """Note that statements, without what is nested in them, have been met."""
        for stmt in body:
            for expr in expressions(stmt):
                self.coming.subtract(locals_used(expr))

    def condition(self, stmt: If) -> None:
        """Go through a block that has something to do for many threads."""
        self.flush()
        self.last = None
        holds = self.fresh.local(DType.BOOL)
        self.note_use((replace(stmt, body=()),))
        self.frames[-1].lets.append(Let(holds, stmt.condition))
        self.frames.append(_Frame(holds))
        self.block(stmt.body)
        self.flush()
        self.frames.pop()
        self.last = None

    def wide(self, way: Way, stmt: For | Fill) -> None:
        """Add the stage of a loop or of a fill."""
        written = set(effects((stmt,)).writes)
        if any(written & set(self.loads(expr)) for expr in expressions(stmt)):
            # not every thread begins before the first one stores
            for bound in (stmt.start, stmt.stop):
                local = self.fresh.local(bound.dtype)
                self.frames[-1].lets.append(Let(local, bound))
                self.coming[local.name] += 1
                side = "start" if bound is stmt.start else "stop"
                stmt = replace(stmt, **{side: local})  # type: ignore[arg-type]
        self.emit(way, (stmt,))
        self.note_use(statements((stmt,)))

    def listed(self, stmt: Compact | Join) -> None:
        """Add a stage that makes a list, and keep its length."""
        buffer = self.keeping(stmt.count)
        keep = Store(buffer, None, stmt.count)
        self.emit(Way.LIST if isinstance(stmt, Compact) else Way.JOIN, (stmt, keep))
        self.note_use((stmt,))
        self.frames[-1].lets.append(Let(stmt.count, Load(buffer)))
        self.last = (stmt, keep)

    def keeping(self, local: Local) -> Buffer:
        """Return a scalar that keeps a value from one stage to the next."""
        name = f"kept_{len(self.kept)}_in_{self.kernel.name}"
        self.kept.append(Buffer(name, local.dtype, scalar=True, comment=local.name))
        return self.kept[-1]

    def flush(self) -> None:
        """Give the single statements that wait a stage."""
        if not self.scalars:
            return
        waiting, self.scalars = tuple(self.scalars), []
        if not self.joined(waiting):
            self.emit(Way.ONE, waiting)

    def joined(self, waiting: tuple[Stmt, ...]) -> bool:
        """Let the stage of a list do single statements that have nothing to do with the rest."""
        if self.last is None:
            return False
        listing, keep = self.last
        written = effects(waiting).writes
        if any(set(self.loads(let.value)) & set(written) for let in self.used_later()):
            return False
        lets = [let for let in self.lets() if let.local != listing.count]
        prefix = without_unused([*lets, listing, *waiting])
        needed = [stmt for stmt in prefix if isinstance(stmt, Let)]
        if any(listing.count.name in locals_used(let.value) for let in needed):
            return False
        first, then = effects([*needed, listing]), effects(waiting)
        if set(first.buffers) & set(then.writes):
            return False
        if set(effects((listing,)).writes) & {*then.reads, *effects(needed).reads}:
            return False
        self.stages.pop()
        self.frames[-1].lets = [let for let in self.frames[-1].lets if let.local != listing.count]
        way = Way.LIST if isinstance(listing, Compact) else Way.JOIN
        self.emit(way, (listing, keep, *waiting))
        self.frames[-1].lets.append(Let(listing.count, Load(keep.buffer)))
        return True

    # ----------------------------------------------------------------------------------- locals

    def lets(self) -> list[Let]:
        """Return all locals in scope, in their order."""
        return [let for frame in self.frames for let in frame.lets]

    def loads(self, expr: Expr) -> Iterator[Buffer]:
        """Yield the buffers that a value depends on, also by way of locals."""
        bound = {let.local.name: let.value for let in self.lets()}
        for node in walk(expr):
            if isinstance(node, Load):
                yield node.buffer
            elif isinstance(node, Local) and node.name in bound:
                yield from self.loads(bound[node.name])

    def used_later(self) -> list[Let]:
        """Return the locals in scope that are used after what has been met."""
        needed = {name for name, count in self.coming.items() if count > 0}
        needed |= {
            frame.condition.name for frame in self.frames if isinstance(frame.condition, Local)
        }
        found: list[Let] = []
        for let in reversed(self.lets()):
            if let.local.name in needed:
                found.append(let)
                needed |= locals_used(let.value)
        return found

    def keep(self, written: Iterable[Buffer]) -> None:
        """Keep what locals are that will be used again, before a stage changes what they load."""
        changed = set(written)
        later = {let.local.name for let in self.used_later()}
        for depth, frame in enumerate(self.frames):
            # a local of an outer block is used behind the inner one, whose condition may not hold
            due = [
                let
                for let in frame.lets
                if let.local.name in later and changed & set(self.loads(let.value))
            ]
            if not due:
                continue
            kept = {let.local.name: self.keeping(let.local) for let in due}
            stores = [Store(kept[let.local.name], None, let.local) for let in due]
            self.stages.append(Stage(Way.ONE, self.wrapped(stores, depth)))
            frame.lets = [
                Let(let.local, Load(kept[let.local.name])) if let in due else let
                for let in frame.lets
            ]

    # ----------------------------------------------------------------------------------- stages

    def emit(self, way: Way, body: tuple[Stmt, ...]) -> None:
        """Add a stage."""
        self.keep(effects(body).writes)
        self.stages.append(Stage(way, self.wrapped(body)))
        self.last = None

    def wrapped(self, body: Iterable[Stmt], depth: int | None = None) -> Kernel:
        """Return a kernel of statements, with the locals they need and under their conditions.

        Args:
            body: The statements.
            depth: In which of the open blocks they stand; the innermost one unless given.
        """
        inner = tuple(body)
        for frame in reversed(self.frames[: None if depth is None else depth + 1]):
            inner = without_unused([*frame.lets, *inner])
            if frame.condition is not None:
                inner = (If(frame.condition, inner),)
        return replace(self.kernel, body=inner)


def _is_wide(body: Iterable[Stmt]) -> bool:
    """Whether statements have something to do for more than one thread."""
    inner = tuple(statements(body))
    return holds_parallel(inner) or any(isinstance(s, Fill | Join) for s in inner)


def _way(loop: For) -> Way:
    kind = promise(loop)
    wide = holds_parallel(loop.body)
    if kind is LoopKind.SEQUENTIAL:
        return Way.BLOCK if wide else Way.ONE
    return Way.ROWS if wide and kind is LoopKind.ACCUMULATING else Way.EACH


def _without(body: Iterable[Stmt], buffers: set[Buffer]) -> tuple[Stmt, ...]:
    """Return statements without the stores to some scalars."""
    found: list[Stmt] = []
    for stmt in body:
        if isinstance(stmt, Store) and stmt.buffer in buffers:
            continue
        if isinstance(stmt, If):
            inner = _without(stmt.body, buffers)
            if inner:
                found.append(replace(stmt, body=inner))
            continue
        found.append(stmt)
    return without_unused(found)
