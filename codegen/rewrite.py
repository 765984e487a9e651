"""Walking and rebuilding kernels: what every pass is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..records import dataclass
from .ir import (
    Accumulate,
    Binary,
    Buffer,
    Call,
    Cast,
    Clock,
    Compact,
    Compare,
    Const,
    Division,
    Expr,
    Fill,
    For,
    Foreign,
    ForeignCall,
    If,
    Join,
    Kernel,
    Let,
    Load,
    Local,
    Logic,
    Not,
    Part,
    Procedure,
    Random,
    Search,
    Select,
    Stmt,
    Store,
    Tiles,
    Unary,
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the direct operands of an expression, left to right."""
    match expr:
        case Load(index=None):
            return ()
        case Load(index=index) if index is not None:
            return (index,)
        case Unary() | Not() | Cast():
            return (expr.operand,)
        case Binary() | Compare() | Logic():
            return (expr.left, expr.right)
        case Call() | ForeignCall():
            return expr.args
        case Select():
            return (expr.condition, expr.then, expr.otherwise)
        case Random():
            return (expr.element, *expr.args)
        case Part():
            return (expr.size,)
        case Search():
            return (expr.start, expr.stop, expr.value)
        case _:
            return ()


def map_children(expr: Expr, function: Callable[[Expr], Expr]) -> Expr:
    """Return the expression with `function` applied to each direct operand."""
    match expr:
        case Load(index=index) if index is not None:
            return replace(expr, index=function(index))
        case Unary() | Not() | Cast():
            return replace(expr, operand=function(expr.operand))
        case Binary() | Compare() | Logic():
            return replace(expr, left=function(expr.left), right=function(expr.right))
        case Call() | ForeignCall():
            return replace(expr, args=tuple(map(function, expr.args)))
        case Select():
            return replace(
                expr,
                condition=function(expr.condition),
                then=function(expr.then),
                otherwise=function(expr.otherwise),
            )
        case Random():
            return replace(
                expr, element=function(expr.element), args=tuple(map(function, expr.args))
            )
        case Part():
            return replace(expr, size=function(expr.size))
        case Search():
            start, stop = function(expr.start), function(expr.stop)
            return replace(expr, start=start, stop=stop, value=function(expr.value))
        case _:
            return expr


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield every node of an expression, the root first."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def expressions(stmt: Stmt) -> tuple[Expr, ...]:
    """Return the expressions that stand directly in a statement (not those of its body)."""
    match stmt:
        case Let():
            return (stmt.value,)
        case Store() | Accumulate():
            return (stmt.value,) if stmt.index is None else (stmt.index, stmt.value)
        case For() | Tiles():
            return (stmt.start, stmt.stop)
        case If():
            return (stmt.condition,)
        case Compact():
            return (stmt.start, stmt.stop, stmt.at)
        case Fill():
            return (stmt.start, stmt.stop, *stmt.args)
        case Join():
            return (stmt.size, stmt.at)
        case Procedure():
            return stmt.args


def map_expressions(stmt: Stmt, function: Callable[[Expr], Expr]) -> Stmt:
    """Return the statement with `function` applied to its own expressions (not to its body)."""
    match stmt:
        case Let():
            return replace(stmt, value=function(stmt.value))
        case Store() | Accumulate():
            index = None if stmt.index is None else function(stmt.index)
            return replace(stmt, index=index, value=function(stmt.value))
        case For() | Tiles():
            return replace(stmt, start=function(stmt.start), stop=function(stmt.stop))
        case If():
            return replace(stmt, condition=function(stmt.condition))
        case Compact():
            start, stop = function(stmt.start), function(stmt.stop)
            return replace(stmt, start=start, stop=stop, at=function(stmt.at))
        case Fill():
            start, stop = function(stmt.start), function(stmt.stop)
            return replace(stmt, start=start, stop=stop, args=tuple(map(function, stmt.args)))
        case Join():
            return replace(stmt, size=function(stmt.size), at=function(stmt.at))
        case Procedure():
            return replace(stmt, args=tuple(map(function, stmt.args)))


def map_deep(stmt: Stmt, function: Callable[[Expr], Expr]) -> Stmt:
    """Return the statement with `function` applied to its expressions and to those of its body."""
    stmt = map_expressions(stmt, function)
    if isinstance(stmt, For | If | Tiles):
        stmt = replace(stmt, body=tuple(map_deep(inner, function) for inner in stmt.body))
    return stmt


def bottom_up(function: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    """Return the function that applies `function` to every node, operands first."""

    def rebuild(expr: Expr) -> Expr:
        return function(map_children(expr, rebuild))

    return rebuild


def statements(body: Iterable[Stmt]) -> Iterator[Stmt]:
    """Yield all statements, those of nested bodies after their owner."""
    for stmt in body:
        yield stmt
        if isinstance(stmt, For | If | Tiles):
            yield from statements(stmt.body)


@dataclass(frozen=True, slots=True)
class Effects:
    """What a piece of a kernel loads and stores, in order of first appearance."""

    reads: tuple[Buffer, ...]
    writes: tuple[Buffer, ...]

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """All buffers, those read first."""
        return tuple(dict.fromkeys((*self.reads, *self.writes)))

    def conflicts_with(self, other: Effects) -> bool:
        """Whether changing the order of the two pieces could change a result."""
        mine, theirs = set(self.writes), set(other.writes)
        return bool(mine & theirs or mine & set(other.reads) or theirs & set(self.reads))


def effects(body: Iterable[Stmt]) -> Effects:
    """Return what the statements load and store; an accumulation does both."""
    reads: dict[Buffer, None] = {}
    writes: dict[Buffer, None] = {}
    for stmt in statements(body):
        for expr in expressions(stmt):
            for node in walk(expr):
                if isinstance(node, Load | Search):
                    reads[node.buffer] = None
                elif isinstance(node, Random):
                    reads[node.key] = None
                elif isinstance(node, ForeignCall):
                    reads[node.function.python] = None
        match stmt:
            case Store():
                writes[stmt.buffer] = None
            case Accumulate():
                reads[stmt.buffer] = writes[stmt.buffer] = None
            case Compact():
                reads[stmt.flags] = writes[stmt.out] = None
                if stmt.lengths is not None:
                    writes[stmt.lengths] = None
            case Join():
                reads[stmt.pieces] = reads[stmt.lengths] = writes[stmt.out] = None
            case Procedure():
                reads.update(dict.fromkeys(stmt.reads))
                writes.update(dict.fromkeys(stmt.writes))
            case Fill():
                reads[stmt.key] = writes[stmt.buffer] = None
                if stmt.table is not None:
                    reads[stmt.table] = None
            case _:
                pass
    return Effects(tuple(reads), tuple(writes))


def own_buffers(body: Iterable[Stmt]) -> frozenset[Buffer]:
    """Return the buffers that are memory of the function itself: the scratch of tiles."""
    return frozenset(
        buffer for stmt in statements(body) if isinstance(stmt, Tiles) for buffer in stmt.scratch
    )


def foreign_functions(body: Iterable[Stmt]) -> tuple[Foreign, ...]:
    """Return the functions of users that the statements call, in order of first appearance."""
    found: dict[Foreign, None] = {}
    for stmt in statements(body):
        for expr in expressions(stmt):
            found.update((n.function, None) for n in walk(expr) if isinstance(n, ForeignCall))
    return tuple(found)


def locals_bound(body: Iterable[Stmt]) -> frozenset[str]:
    """Return the names of all locals bound anywhere in the statements."""
    names = set()
    for stmt in statements(body):
        match stmt:
            case Let():
                names.add(stmt.local.name)
            case For():
                names.add(stmt.index.name)
            case Tiles():
                names |= {stmt.low.name, stmt.high.name}
            case Compact() | Join():
                names.add(stmt.count.name)
            case _:
                pass
    return frozenset(names)


def locals_used(expr: Expr) -> frozenset[str]:
    """Return the names of the locals that an expression refers to."""
    return frozenset(node.name for node in walk(expr) if isinstance(node, Local))


def without_unused(body: Iterable[Stmt]) -> tuple[Stmt, ...]:
    """Return the statements without the locals that nothing behind them uses.

    Only the locals of this block are looked at, not those of nested ones.
    """
    used: set[str] = set()
    kept: list[Stmt] = []
    for stmt in reversed(tuple(body)):
        if isinstance(stmt, Let) and stmt.local.name not in used:
            continue
        kept.append(stmt)
        for inner in statements((stmt,)):
            for expr in (*expressions(inner), *_division_of(inner)):
                used |= locals_used(expr)
    return tuple(reversed(kept))


def _division_of(stmt: Stmt) -> tuple[Expr, ...]:
    """Return the expressions that say how a loop could be shared out."""
    found = stmt.division if isinstance(stmt, For | Tiles) else None
    if found is None:
        return ()
    return (found.place,) if found.item is None else (found.place, found.item)


def rename_locals(body: tuple[Stmt, ...], names: dict[str, str]) -> tuple[Stmt, ...]:
    """Return the statements with locals renamed, where bound and where used."""

    def local(old: Local) -> Local:
        return replace(old, name=names.get(old.name, old.name))

    def expr(node: Expr) -> Expr:
        return local(node) if isinstance(node, Local) else map_children(node, expr)

    def division(old: Division | None) -> Division | None:
        if old is None:
            return None
        item = None if old.item is None else expr(old.item)
        return Division(expr(old.size), expr(old.place), item)

    def stmt(old: Stmt) -> Stmt:
        new = map_expressions(old, expr)
        match new:
            case Let():
                return replace(new, local=local(new.local))
            case For():
                body = tuple(map(stmt, new.body))
                shared = division(new.division)
                return replace(new, index=local(new.index), body=body, division=shared)
            case Tiles():
                body, shared = tuple(map(stmt, new.body)), division(new.division)
                low, high = local(new.low), local(new.high)
                return replace(new, low=low, high=high, body=body, division=shared)
            case If():
                return replace(new, body=tuple(map(stmt, new.body)))
            case Compact() | Join():
                return replace(new, count=local(new.count))
            case _:
                return new

    return tuple(map(stmt, body))


def replace_body(kernel: Kernel, body: Iterable[Stmt]) -> Kernel:
    """Return the kernel with another body."""
    return replace(kernel, body=tuple(body))


def is_constant(expr: Expr) -> bool:
    """Whether an expression has one value all through a kernel, wherever it stands in it."""
    for node in walk(expr):
        match node:
            case Load(buffer=buffer, index=index):
                if index is not None or not buffer.constant:
                    return False
            case Const() | Clock() | Unary() | Binary() | Cast() | Call():
                pass
            case _:
                return False
    return True
