"""Shares: a kernel's work divided so that several threads can do it, however many they are.

`divide` looks at what a kernel touches. Where each iteration of its loops changes nothing but what
belongs to one element of a group (a neuron, the synapses onto it), the iterations can be shared out
by these elements. Each sum then has the same terms in the same order for any number of shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace

from ..records import dataclass
from . import build as b
from .ir import (
    Accumulate,
    Binary,
    Buffer,
    Cast,
    Compact,
    Const,
    Division,
    DType,
    Expr,
    Fill,
    For,
    If,
    Join,
    Kernel,
    Let,
    Load,
    Local,
    LoopKind,
    Part,
    Procedure,
    Search,
    Select,
    Stmt,
    Store,
    Tiles,
)
from .rewrite import (
    bottom_up,
    effects,
    expressions,
    foreign_functions,
    locals_bound,
    locals_used,
    statements,
    walk,
    without_unused,
)

# what a share has of a buffer: the name of the size that is divided, and in which way
Own = tuple[str, str]
_ZERO = Const(0, DType.I64)


@dataclass(frozen=True, slots=True)
class Divided:
    """A kernel that can be called for each of several shares.

    Args:
        kernel: What is done by each share.
        rest: What is done once, after all shares; None where nothing is left.
        own: Buffers of which a share touches only what belongs to it.
        ascending: Buffers that must ascend over each row for this to be so.
    """

    kernel: Kernel
    rest: Kernel | None
    own: dict[Buffer, Own]
    ascending: frozenset[Buffer]


class _NotDivisibleError(Exception):
    """A share would touch what belongs to another one."""


def divide(kernel: Kernel) -> Divided | None:
    """Return the kernel divided, or None where it must be done as a whole.

    The statements of the kernel's body that can be divided come first, those that cannot follow in
    a kernel of their own, if that order changes nothing.
    """
    if foreign_functions(kernel.body):
        return None  # what a user's function does, nobody knows
    try:
        return _divided(kernel)
    except _NotDivisibleError:
        return None


def _divided(kernel: Kernel) -> Divided | None:
    inner = [stmt for stmt in kernel.body if _can_be_divided(stmt)]
    rest = [stmt for stmt in kernel.body if not isinstance(stmt, Let) and stmt not in inner]
    if not inner:
        return None
    _check_order(kernel, inner, rest)
    sharing = _Sharing(kernel)
    body: list[Stmt] = []
    for stmt in kernel.body:
        if isinstance(stmt, Let) or stmt in inner:
            body += sharing.statement(stmt, None)
    sharing.check()
    bounds = [Let(local, part) for part, local in sharing.parts.items()]
    # the bounds of parts stand first: they depend on nothing
    first = Kernel(kernel.name, kernel.title, without_unused([*bounds, *body]))
    last = None
    if rest:
        lets_and_rest = [s for s in kernel.body if isinstance(s, Let) or s in rest]
        title = f"what is done once, after all shares of {kernel.name}"
        last = Kernel(f"{kernel.name}_end", title, without_unused(lets_and_rest))
    return Divided(first, last, sharing.own(), frozenset(sharing.ascending))


def _can_be_divided(stmt: Stmt) -> bool:
    """Whether a statement of a kernel's body loops over elements in some way that could be."""
    match stmt:
        case Tiles() | Fill() | Compact():
            return stmt.start == _ZERO
        case For():
            return _is_marked(stmt) or _implicit(stmt) is not None
        case If():
            return _is_marked(stmt)
        case _:
            return False


def _is_marked(stmt: Stmt) -> bool:
    """Whether a loop says how it can be shared out."""
    return any(isinstance(s, For) and s.division is not None for s in statements((stmt,)))


def _implicit(stmt: For | Tiles | Fill | Compact) -> Division | None:
    """Return the division of a pass over all elements, 0 .. N - 1."""
    given = stmt.division if isinstance(stmt, For | Tiles) else None
    if given is not None:
        return given
    stop = stmt.stop
    whole = isinstance(stop, Load) and stop.index is None and stop.buffer.constant
    if stmt.start != _ZERO or not whole:
        return None
    if isinstance(stmt, For):
        simple = stmt.kind is LoopKind.INDEPENDENT and stmt.index.dtype is DType.I64
        return Division(stop, stmt.index) if simple and not _is_marked(stmt) else None
    return Division(stop, stmt.low if isinstance(stmt, Tiles) else Local("low", DType.I64))


def _check_order(kernel: Kernel, inner: Sequence[Stmt], rest: Sequence[Stmt]) -> None:
    """Raise where it matters that something of the rest comes before something divided."""
    lets = [stmt for stmt in kernel.body if isinstance(stmt, Let)]
    loaded = set(effects(lets).reads)
    if loaded & (set(effects(inner).writes) | set(effects(rest).writes)):
        raise _NotDivisibleError
    counts = {stmt.count.name for stmt in statements(inner) if isinstance(stmt, Compact)}
    for stmt in statements((*rest, *lets)):
        if any(counts & locals_used(expr) for expr in expressions(stmt)):
            raise _NotDivisibleError
    for place, stmt in enumerate(kernel.body):
        if stmt in rest:
            later = [other for other in kernel.body[place + 1 :] if other in inner]
            if effects((stmt,)).conflicts_with(effects(later)):
                raise _NotDivisibleError


@dataclass
class _Owner:
    """The elements that the code at hand may touch: those of one iteration of a divided loop."""

    size: str
    place: Expr
    item: Expr

    def of(self, index: Expr | None) -> Own | None:
        """Return what an access to an index of a buffer is; None: to what belongs to others."""
        if index is None:
            return None
        if index == self.place:
            return (self.size, "place")
        if self._is_place_in_row(index):
            return (self.size, "row")
        return (self.size, "item") if index == self.item else None

    def _is_place_in_row(self, index: Expr) -> bool:
        """Whether an index is that of the element in some row of a table: row * size + place."""
        match index:
            case Binary(op="+", left=Binary(op="*", right=Load(buffer=size)), right=place):
                return size.name == self.size and place == self.place
            case _:
                return False


@dataclass
class _Sharing:
    """The rewriting of one kernel, and what it has found so far.

    Args:
        kernel: The kernel.
    """

    kernel: Kernel
    parts: dict[Part, Local] = field(default_factory=dict)
    ascending: set[Buffer] = field(default_factory=set)
    meaning: dict[str, Expr] = field(default_factory=dict)
    counts: set[str] = field(default_factory=set)
    touched: dict[Buffer, set[Own | None]] = field(default_factory=dict)
    written: set[Buffer] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)

    def check(self) -> None:
        """Raise where a share would store to what another one uses."""
        for buffer in self.written:
            if len(self.touched[buffer]) != 1 or None in self.touched[buffer]:
                raise _NotDivisibleError

    def own(self) -> dict[Buffer, Own]:
        """Return the buffers of which a share touches only what belongs to it."""
        found = {}
        for buffer, ways in self.touched.items():
            (way, *others) = ways
            if way is not None and not others:
                found[buffer] = way
        return found

    def part(self, size: Expr, side: str) -> Local:
        """Return the local that holds where the part of this share begins or ends."""
        part = Part(size, side)  # type: ignore[arg-type]
        if part not in self.parts:
            self.parts[part] = self.fresh(side)
        return self.parts[part]

    def fresh(self, name: str) -> Local:
        """Return a local that nobody has bound yet."""
        taken = locals_bound(self.kernel.body) | self.taken
        while name in taken:
            name += "_"
        self.taken.add(name)
        return Local(name, DType.I64)

    def named(self, start: Expr, stop: Expr) -> tuple[list[Stmt], Expr, Expr]:
        """Return bounds as locals, with what binds them, where they are choices between values."""
        if not isinstance(start, Select):
            return [], start, stop
        first, last = self.fresh("first"), self.fresh("last")
        return [Let(first, start), Let(last, stop)], first, last

    # ------------------------------------------------------------------------------ statements

    def block(self, body: Iterable[Stmt], owner: _Owner | None) -> tuple[Stmt, ...]:
        """Return the statements, divided."""
        return tuple(new for stmt in body for new in self.statement(stmt, owner))

    def statement(self, stmt: Stmt, owner: _Owner | None) -> list[Stmt]:
        """Return a statement, divided, having noted what it touches."""
        for expr in expressions(stmt):
            self.loads(expr, owner)
        match stmt:
            case Let():
                self.meaning[stmt.local.name] = self.plain(stmt.value)
                return [stmt]
            case Store() | Accumulate():
                index = None if stmt.index is None else self.plain(stmt.index)
                self.note(stmt.buffer, owner.of(index) if owner else None, written=True)
                return [stmt]
            case If():
                return [replace(stmt, body=self.block(stmt.body, owner))]
            case For():
                return self.loop(stmt, owner)
            case Fill() | Compact() | Tiles():
                return self.elements(stmt)
            case Join() | Procedure():
                raise _NotDivisibleError

    def loop(self, loop: For, owner: _Owner | None) -> list[Stmt]:
        """Return a loop; where it can be shared out, with the bounds of a share."""
        division = loop.division
        if division is None and owner is None and loop in self.kernel.body:
            division = _implicit(loop)
        if division is None or owner is not None:
            return [replace(loop, body=self.block(loop.body, owner))]
        size = self.size(division.size)
        place = self.plain(division.place)
        item = loop.index if division.item is None else self.plain(division.item)
        own = _Owner(size, place, item)
        if isinstance(loop.stop, Local) and loop.stop.name in self.counts:
            # over what this share has listed itself
            begin = self.part(division.size, "begin")
            shared = replace(loop, start=begin, stop=b.add(begin, loop.stop))
            own = _Owner(size, place, Local(loop.index.name, DType.I64))
            return [replace(shared, body=self.block(loop.body, own))]
        return self.bounded(replace(loop, body=self.block(loop.body, own)), division)

    def bounded(self, loop: For, division: Division) -> list[Stmt]:
        """Return a loop with the bounds of a share."""
        if loop.index.name not in locals_used(division.place):
            place = division.place
            begin, limit = (self.part(division.size, side) for side in ("begin", "limit"))
            inside = b.both(b.compare(">=", place, begin), b.compare("<", place, limit))
            return [If(inside, (loop,))]
        start, stop = self.bounds(loop.index, loop.start, loop.stop, division)
        lets, start, stop = self.named(start, stop)
        return [*lets, replace(loop, start=start, stop=stop)]

    def bounds(
        self, index: Local, start: Expr, stop: Expr, division: Division
    ) -> tuple[Expr, Expr]:
        """Return the bounds of a share of the iterations start .. stop - 1."""
        place: Expr = _bare(division.place)
        shift: Expr = _ZERO
        if isinstance(place, Binary) and place.op == "+":
            shift = place.right
            place = _bare(place.left)
        if place == index and shift == _ZERO and (start, stop) == (_ZERO, division.size):
            return self.part(division.size, "begin"), self.part(division.size, "end")
        low, high = (
            side if shift == _ZERO else b.sub(side, shift)
            for side in (self.part(division.size, name) for name in ("begin", "limit"))
        )
        if place == index:
            return _within(low, start, stop), _within(high, start, stop)
        if isinstance(place, Load) and place.index == index:
            self.ascending.add(place.buffer)
            first, last = (Search(place.buffer, start, stop, value) for value in (low, high))
            return first, last
        raise _NotDivisibleError

    def elements(self, stmt: Fill | Compact | Tiles) -> list[Stmt]:
        """Return a pass over elements with the bounds of a share."""
        division = _implicit(stmt)
        if division is None:
            raise _NotDivisibleError
        size = self.size(division.size)
        low = stmt.low if isinstance(stmt, Tiles) else Local("low", DType.I64)
        if low.name not in locals_used(division.place):
            raise _NotDivisibleError
        start, stop = self.bounds(low, stmt.start, stmt.stop, division)
        lets, start, stop = self.named(start, stop)
        simple = division.place == low
        way: Own = (size, "place" if simple else "item")
        if not isinstance(stmt, Tiles):
            return [*lets, self.one_pass(stmt, way, start, stop, start)]
        body = tuple(self.within(part, way, size, start) for part in stmt.body)
        return [*lets, replace(stmt, start=start, stop=stop, body=body)]

    def within(self, part: Stmt, way: Own, size: str, start: Expr) -> Stmt:
        """Return a pass of tiles."""
        if isinstance(part, Fill | Compact):
            return self.one_pass(part, way, part.start, part.stop, start)
        assert isinstance(part, For)  # noqa: S101 - `verify` has looked
        place = self.plain(part.index if part.division is None else part.division.place)
        own = _Owner(size, place, part.index)
        return replace(part, body=self.block(part.body, own))

    def one_pass(
        self, stmt: Fill | Compact, way: Own, start: Expr, stop: Expr, begin: Expr
    ) -> Stmt:
        """Return a fill or a compaction, having noted what it touches."""
        if isinstance(stmt, Fill):
            self.note(stmt.buffer, way, written=True)
            return replace(stmt, start=start, stop=stop)
        if stmt.at != _ZERO or way[1] != "place":
            raise _NotDivisibleError
        self.note(stmt.flags, way)
        for buffer in effects((stmt,)).writes:
            self.note(buffer, (way[0], "item"), written=True)
        self.counts.add(stmt.count.name)
        return replace(stmt, start=start, stop=stop, at=begin)

    # ----------------------------------------------------------------------------- expressions

    def loads(self, expr: Expr, owner: _Owner | None) -> None:
        """Note the buffers that an expression reads."""
        for node in walk(expr):
            if isinstance(node, Load):
                index = None if node.index is None else self.plain(node.index)
                self.note(node.buffer, owner.of(index) if owner else None)

    def note(self, buffer: Buffer, way: Own | None, *, written: bool = False) -> None:
        """Note an access to a buffer."""
        self.touched.setdefault(buffer, set()).add(way)
        if written:
            self.written.add(buffer)

    def plain(self, expr: Expr) -> Expr:
        """Return an index in terms of the indices of loops, without conversions of integers."""

        def resolve(node: Expr) -> Expr:
            if isinstance(node, Local) and node.name in self.meaning:
                return self.meaning[node.name]
            return _simpler(node)

        return bottom_up(resolve)(expr)

    def size(self, size: Expr) -> str:
        """Return the name of the number of elements that is divided."""
        if not isinstance(size, Load):
            raise _NotDivisibleError
        return size.buffer.name


def _bare(expr: Expr) -> Expr:
    """Return an integer without its conversions to other integer types."""
    while isinstance(expr, Cast) and expr.operand.dtype.is_integer:
        expr = expr.operand
    return expr


def _simpler(node: Expr) -> Expr:
    match node:
        case Cast(operand=operand) if operand.dtype.is_integer and node.dtype.is_integer:
            return operand
        case Binary(op="+", left=Binary(op="-", left=inner, right=taken), right=added) if (
            taken == added
        ):
            return inner
        case Local() if node.dtype is DType.I32:
            return replace(node, dtype=DType.I64)
        case _:
            return node


def _within(value: Expr, start: Expr, stop: Expr) -> Expr:
    """Return the value, or the nearest of the bounds where it lies outside of them."""
    least = b.select(b.compare("<", value, start), start, value)
    return b.select(b.compare(">", value, stop), stop, least)


__all__ = ["Divided", "Own", "divide"]
