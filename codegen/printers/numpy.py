"""Printer to NumPy, the reference meaning. Input: kernels. Output: the text of a Python module.

A loop whose iterations are independent becomes array operations: each iteration is a *lane*, an
element of the arrays. A loop within such a loop makes one lane per inner iteration, a condition
keeps some of the lanes; locals of the outer lanes are then indexed anew. A sequential loop stays a
Python loop over scalars. It does not try to be quick.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import field, replace

from ...records import dataclass
from ..functions import FUNCTIONS, PROCEDURES
from ..ir import (
    CONTINUOUS,
    Accumulate,
    Binary,
    Buffer,
    Call,
    Cast,
    Clock,
    Compact,
    Compare,
    Const,
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
    Logic,
    LoopKind,
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
from ..rewrite import children, effects, expressions, locals_used, map_expressions, statements
from .about import all_nodes, clock_fields, kernel_buffers, touched
from .c import (
    ADD,
    ATOM,
    COMPARE,
    INDENT,
    LOGIC,
    MULTIPLY,
    TERNARY,
    UNARY,
    kernel_symbol,
)
from .layout import WIDTH, wrap
from .names import comment_text, local_names, safe

name = "numpy"
suffix = ".py"

_OWN_MODULE = re.compile(r"\b(linear|npmath|random)\.\w+\(")


def print_unit(kernels: Sequence[Kernel], title: str) -> str:
    """Return the module of a program's kernels, each `def kernel(buffers, clock)`.

    `buffers` is a sequence of arrays in the order of `kernel_buffers`, `clock` an object with the
    attributes step, relative_step, t and dt.

    Args:
        kernels: In the order of the schedule.
        title: One line about the program.
    """
    bodies = [print_kernel(kernel) for kernel in kernels]
    code = [body.split('"""')[2] for body in bodies]  # without the docstring
    used = sorted({module for text in code for module in _OWN_MODULE.findall(text)})
    own = [f"\nfrom brainsim.codegen import {', '.join(used)}"] if used else []
    head = [f'"""{_quoted(title).rstrip(".")}."""', "", "import numpy as np", *own]
    return "\n".join([*head, "", *(f"\n{body}" for body in bodies)])


def print_kernel(kernel: Kernel) -> str:
    """Return the function of one kernel."""
    text = _Text(kernel)
    titles = _quoted(kernel.title).rstrip(".")
    doc = [
        *textwrap.wrap(f'"""{titles}.', WIDTH - len(INDENT)),
        "",
        *(line.replace('"', "'") for line in touched(kernel)),
        '"""',
    ]
    inner = [INDENT + line for line in text.block(kernel.body, Scope()) or ["pass"]]
    lines = [*text.declarations(), 'with np.errstate(all="ignore"):', *inner]
    return "\n".join(
        [
            f"def {kernel_symbol(kernel)}(buffers, clock):",
            *((INDENT + line).rstrip() for line in doc),
            *wrap((INDENT + line for line in lines), only_in_brackets=True),
            "",
        ]
    )


def _quoted(text: str) -> str:
    """Return text that cannot end a docstring."""
    return comment_text(text).replace('"', "'")


@dataclass
class Scope:
    """Where in the loops a statement stands.

    Args:
        spelled: Local to the variable that holds it here.
        arrays: Names of the locals that are arrays with one element per lane.
        lanes: A variable with one element per lane; empty where there are no lanes.
        whole: Whether the loop's index is a slice instead of an array.
        own: Name of the index that differs from lane to lane, if it does.
    """

    spelled: dict[str, str] = field(default_factory=dict)
    arrays: frozenset[str] = frozenset()
    lanes: str = ""
    whole: bool = False
    own: str = ""

    def copy(self, **changes: object) -> Scope:
        """Return the scope of a nested block."""
        return replace(self, spelled=dict(self.spelled), **changes)  # type: ignore[arg-type]

    def varies(self, expr: Expr) -> bool:
        """Whether an expression may differ between lanes, and so is an array."""
        return not self.arrays.isdisjoint(locals_used(expr))


class _Text:
    """The statements and expressions of one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.names = local_names(kernel)
        self.stored = frozenset(effects(kernel.body).writes)
        self.taken = {safe(buffer.name) for buffer in effects(kernel.body).buffers}
        self.taken.update(self.names.values())

    # ------------------------------------------------------------------------------- statements

    def declarations(self) -> list[str]:
        """Return the lines that give names to the arguments."""
        lines = []
        for place, buffer in enumerate(kernel_buffers(self.kernel)):
            element = "[0]" if self.is_value(buffer) else ""
            lines.append(f"{safe(buffer.name)} = buffers[{place}]{element}")
        fields = clock_fields(self.kernel)
        return lines + [f"{at} = np.{Clock(at).dtype}(clock.{at})" for at in fields]

    def is_value(self, buffer: Buffer) -> bool:
        """Whether the kernel reads a scalar once, at its start."""
        return buffer.scalar and buffer not in self.stored

    def fresh(self, wanted: str) -> str:
        """Return a variable name that is not in use."""
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}{count}"
        self.taken.add(name)
        return name

    def block(self, body: Iterable[Stmt], scope: Scope) -> list[str]:
        """Return the lines of a block; locals that it binds are added to the scope."""
        return [line for stmt in body for line in self.stmt(stmt, scope)]

    def inner(self, body: Iterable[Stmt], scope: Scope) -> list[str]:
        """Return the indented lines of a block."""
        return [INDENT + line for line in self.block(body, scope.copy()) or ["pass"]]

    def stmt(self, stmt: Stmt, scope: Scope) -> list[str]:
        """Return the lines of a statement."""
        match stmt:
            case Let():
                return [self.let(stmt, scope)]
            case Store(buffer, at, value):
                place = f"{safe(buffer.name)}[{self.position(at, scope)}]"
                return [f"{place} = {self.stored_value(value, buffer.dtype, scope)}"]
            case Accumulate():
                return [self.accumulate(stmt, scope)]
            case For():
                return self.loop(stmt, scope)
            case If():
                return self.condition(stmt, scope)
            case Compact():
                return self.compact(stmt, scope)
            case Join(pieces, lengths, size, out, at, count):
                spelled = scope.spelled[count.name] = self.names[count.name]
                args = [safe(pieces.name), safe(lengths.name), self.expr(size, scope)]
                args += [safe(out.name), self.expr(at, scope)]
                return [f"{spelled} = npmath.join({', '.join(args)})"]
            case Fill(buffer, kind, key, stop, more, start=start):
                begin, end = self.expr(start, scope), self.expr(stop, scope)
                numbers, stretch = f"np.arange({begin}, {end})", f"{begin}:{end}"
                if start == Const(0, start.dtype):
                    numbers, stretch = f"np.arange({end})", f":{end}"
                args = [self.expr(arg, scope) for arg in more]
                args += [self.place(key, None, scope), numbers, "step"]
                return [f"{safe(buffer.name)}[{stretch}] = random.{kind}({', '.join(args)})"]
            case Tiles():
                return self.tiled(stmt, scope)
            case Procedure(called, numbers, reads, writes):
                given = [self.expr(number, scope) for number in numbers]
                given += [safe(buffer.name) for buffer in (*reads, *writes)]
                return [f"{PROCEDURES[called].numpy}({', '.join(given)})"]

    def compact(self, stmt: Compact, scope: Scope) -> list[str]:
        """Return the lines that list the set flags."""
        spelled = scope.spelled[stmt.count.name] = self.names[stmt.count.name]
        bounds = [self.expr(bound, scope) for bound in (stmt.start, stmt.stop)]
        args = [safe(stmt.flags.name), *bounds, safe(stmt.out.name), self.expr(stmt.at, scope)]
        lines = [f"{spelled} = npmath.compact({', '.join(args)})"]
        if stmt.lengths is not None:
            lines.append(f"{safe(stmt.lengths.name)}[:2] = {spelled}, 1")
        return lines

    def tiled(self, tiles: Tiles, scope: Scope) -> list[str]:
        """Return the lines of tiles: a single one, of all elements."""
        stop = self.expr(tiles.stop, scope)
        # the bounds are spelled as what they are, so that loops are still seen to be over all
        scope.spelled[tiles.low.name] = self.expr(tiles.start, scope)
        scope.spelled[tiles.high.name] = stop
        lines = [
            f"{safe(buffer.name)} = np.zeros({stop}, np.{buffer.dtype})" for buffer in tiles.scratch
        ]
        ends: dict[Expr, Expr] = {tiles.low: tiles.start, tiles.high: tiles.stop}
        for stmt in tiles.body:
            lines += self.stmt(map_expressions(stmt, lambda end: ends.get(end, end)), scope)
        return lines

    def let(self, stmt: Let, scope: Scope) -> str:
        """Return a binding."""
        text = self.typed(stmt.value, scope)
        # a slice is a view, which a later store would change
        if isinstance(stmt.value, Load) and stmt.value.buffer in self.stored and scope.whole:
            text += ".copy()" * scope.varies(stmt.value)
        if scope.varies(stmt.value):
            scope.arrays |= {stmt.local.name}
        spelled = scope.spelled[stmt.local.name] = self.names[stmt.local.name]
        return f"{spelled} = {text}"

    def accumulate(self, stmt: Accumulate, scope: Scope) -> str:
        """Return an addition; lanes that meet in one element come one after the other."""
        value = self.stored_value(stmt.value, stmt.buffer.dtype, scope)
        position = self.position(stmt.index, scope)
        alone = isinstance(stmt.index, Local) and stmt.index.name == scope.own
        if alone or not scope.lanes:
            return f"{safe(stmt.buffer.name)}[{position}] += {value}"
        return f"np.add.at({safe(stmt.buffer.name)}, {position}, {value})"

    def position(self, at: Expr | None, scope: Scope) -> str:
        """Return the index of a store, one per lane."""
        text = "0" if at is None else self.expr(at, scope)
        if scope.lanes and (at is None or not scope.varies(at)):
            return f"np.full(len({scope.lanes}), {text})"
        return text

    def stored_value(self, value: Expr, dtype: DType, scope: Scope) -> str:
        """Return a value to be stored; a truth value is 0 or 1 in every type without a cast."""
        if isinstance(value, Cast) and value.operand.dtype is DType.BOOL:
            value = value.operand
        if value.dtype in {dtype, DType.BOOL}:
            return self.expr(value, scope)
        return self.bare(Cast(value, dtype), scope)[0]

    def loop(self, loop: For, scope: Scope) -> list[str]:
        """Return the lines of a loop."""
        index = self.names[loop.index.name]
        if scope.lanes:
            return self.nested_lanes(loop, scope)
        start, stop = self.expr(loop.start, scope), self.expr(loop.stop, scope)
        inner = scope.copy()
        inner.spelled[loop.index.name] = index
        numbers = f"np.arange({start}, {stop}{self.index_type(loop)})"
        if _is_sequential(loop):
            return [f"for {index} in {numbers}:", *self.inner(loop.body, inner)]
        inner.lanes, inner.own = index, loop.index.name
        inner.arrays |= {loop.index.name}
        inner.whole = _is_whole(loop)
        if inner.whole:
            numbers = f"np.s_[{start}:{stop}]"
        return [f"{index} = {numbers}", *self.block(loop.body, inner)]

    def index_type(self, loop: For) -> str:
        """Return the argument that gives an index its type, where the bounds do not."""
        wanted = {bound.dtype for bound in (loop.start, loop.stop) if not isinstance(bound, Const)}
        return "" if wanted == {loop.index.dtype} else f", dtype=np.{loop.index.dtype}"

    def nested_lanes(self, loop: For, scope: Scope) -> list[str]:
        """Return the lines of a loop within lanes: one lane per inner iteration."""
        index = self.names[loop.index.name]
        parent = self.fresh(f"of_{index}")
        bounds = f"{self.expr(loop.start, scope)}, {self.expr(loop.stop, scope)}"
        inner, again = self.reindexed(loop.body, scope, parent, index)
        lines = [f"{parent if again else '_'}, {index} = npmath.nested({scope.lanes}, {bounds})"]
        if loop.index.dtype is not DType.I64:
            lines.append(f"{index} = {index}.astype(np.{loop.index.dtype})")
        inner.spelled[loop.index.name] = index
        inner.arrays |= {loop.index.name}
        inner.lanes, inner.own = index, ""
        return [*lines, *again, *self.block(loop.body, inner)]

    def condition(self, stmt: If, scope: Scope) -> list[str]:
        """Return the lines of a condition, which keeps some of the lanes."""
        test = self.expr(stmt.condition, scope)
        if not scope.varies(stmt.condition):
            return [f"if {test}:", *self.inner(stmt.body, scope)]
        kept = self.fresh("kept")
        inner, again = self.reindexed(stmt.body, scope, kept, kept)
        inner.lanes = kept
        return [f"{kept} = np.flatnonzero({test})", *again, *self.block(stmt.body, inner)]

    def reindexed(
        self, body: Sequence[Stmt], scope: Scope, lanes: str, ending: str
    ) -> tuple[Scope, list[str]]:
        """Return the scope of new lanes, and the lines that carry the locals over to them."""
        used = {node.name: node for node in all_nodes(body) if isinstance(node, Local)}
        inner, lines = scope.copy(whole=False), []
        for local in used:
            if local in scope.arrays:
                old = scope.spelled[local]
                inner.spelled[local] = self.fresh(f"{self.names[local]}_{ending}")
                lines.append(f"{inner.spelled[local]} = {old}[{lanes}]")
        return inner, lines

    # ------------------------------------------------------------------------------ expressions

    def place(self, buffer: Buffer, at: Expr | None, scope: Scope) -> str:
        """Return an element."""
        if at is None:
            return safe(buffer.name) + ("" if self.is_value(buffer) else "[0]")
        return f"{safe(buffer.name)}[{self.expr(at, scope)}]"

    def expr(self, expr: Expr, scope: Scope, least: int = 0) -> str:
        """Return an expression, in parentheses where it binds more weakly than `least`."""
        text, strength = self.bare(expr, scope)
        return f"({text})" if strength < least else text

    def typed(self, expr: Expr, scope: Scope, least: int = 0) -> str:
        """Return an expression whose value is NumPy's: Python's numbers raise and do not wrap."""
        if _is_python_number(expr):
            return f"np.{_numpy_type(expr.dtype)}({self.expr(expr, scope)})"
        return self.expr(expr, scope, least)

    def pair(
        self, left: Expr, right: Expr, scope: Scope, least: tuple[int, int]
    ) -> tuple[str, str]:
        """Return two operands, of which at least one is a NumPy value."""
        first = self.typed if _is_python_number(right) else self.expr
        return first(left, scope, least[0]), self.expr(right, scope, least[1])

    def bare(self, expr: Expr, scope: Scope) -> tuple[str, int]:
        """Return an expression and how strongly it binds."""
        match expr:
            case Const():
                return _literal(expr)
            case Local(called):
                return scope.spelled[called], ATOM
            case Load(buffer, at):
                return self.place(buffer, at, scope), ATOM
            case Clock(at):
                return at, ATOM
            case Unary(operand):
                return f"-{self.expr(operand, scope, UNARY + 1)}", UNARY
            case Binary():
                return self.binary(expr, scope)
            case Compare(op, left, right):
                texts = self.pair(left, right, scope, (ADD, ADD))
                return f"{texts[0]} {op} {texts[1]}", COMPARE
            case Logic():
                return self.logic(expr, scope), LOGIC
            case Not(operand):
                return f"~{self.typed(operand, scope, UNARY)}", UNARY
            case Cast():
                return self.cast(expr, scope)
            case Select():
                return self.select(expr, scope)
            case Call(function, args):
                listed = ", ".join(self.expr(arg, scope) for arg in args)
                return f"{FUNCTIONS[function].numpy}({listed})", ATOM
            case ForeignCall():
                return self.foreign(expr, scope), ATOM
            case Random():
                return self.random(expr, scope), ATOM
            case Part(size, side):
                # the only share has everything
                whole = {"begin": "0", "limit": str(2**62)}
                return (whole[side], ATOM) if side in whole else self.bare(size, scope)
            case Search(buffer, start, stop, value):
                listed = ", ".join(self.expr(arg, scope) for arg in (start, stop, value))
                return f"npmath.search({safe(buffer.name)}, {listed})", ATOM

    def binary(self, expr: Binary, scope: Scope) -> tuple[str, int]:
        """Return arithmetic."""
        match expr.op:
            case "%":
                left, right = self.pair(expr.left, expr.right, scope, (0, 0))
                return f"npmath.mod({left}, {right})", ATOM
            case "&":
                left, right = self.pair(expr.left, expr.right, scope, (ATOM, ATOM))
                return f"({left} & {right})", ATOM
            case "**":
                args = f"{self.expr(expr.left, scope)}, {self.expr(expr.right, scope)}"
                return f"npmath.power({args}, np.{expr.dtype})", ATOM
            case "+" | "-":
                strength = ADD
            case _:
                strength = MULTIPLY
        left, right = self.pair(expr.left, expr.right, scope, (strength, strength + 1))
        return f"{left} {expr.op} {right}", strength

    def logic(self, expr: Logic, scope: Scope) -> str:
        """Return `and`/`or` of arrays."""
        sign = "&" if expr.op == "and" else "|"
        chained = isinstance(expr.left, Logic) and expr.left.op == expr.op
        least = (LOGIC if chained else UNARY, UNARY)
        return f" {sign} ".join(self.pair(expr.left, expr.right, scope, least))

    def cast(self, expr: Cast, scope: Scope) -> tuple[str, int]:
        """Return a conversion."""
        if expr.dtype is expr.operand.dtype:
            return self.bare(expr.operand, scope)
        if expr.dtype is DType.BOOL:
            return f"{self.typed(expr.operand, scope, ADD)} != 0", COMPARE
        return f"{self.typed(expr.operand, scope, ATOM)}.astype(np.{expr.dtype})", ATOM

    def select(self, expr: Select, scope: Scope) -> tuple[str, int]:
        """Return the choice between two values."""
        if scope.varies(expr):
            condition = self.expr(expr.condition, scope)
            # two of Python's integers would make an array of 64-bit ones
            plain = self.typed if expr.dtype is DType.I32 else self.expr
            then, otherwise = plain(expr.then, scope), self.expr(expr.otherwise, scope)
            return f"np.where({condition}, {then}, {otherwise})", ATOM
        condition = self.expr(expr.condition, scope, TERNARY + 1)
        then, otherwise = (
            self.typed(part, scope, TERNARY + 1) for part in (expr.then, expr.otherwise)
        )
        return f"{then} if {condition} else {otherwise}", TERNARY

    def foreign(self, expr: ForeignCall, scope: Scope) -> str:
        """Return the call of a user's function."""
        how = "call_per_element" if expr.function.vectorised else "call"
        called = self.place(expr.function.python, None, scope)
        args = [called, f"np.{_numpy_type(expr.dtype)}"]
        args += [self.expr(arg, scope) for arg in expr.args]
        return f"npmath.{how}({', '.join(args)})"

    def random(self, expr: Random, scope: Scope) -> str:
        """Return variates."""
        args = [*(self.expr(arg, scope) for arg in expr.args), self.place(expr.key, None, scope)]
        args += [self.expr(expr.element, scope), "step"]
        text = f"random.{expr.kind}({', '.join(args)})"
        given = DType.F64 if expr.kind in CONTINUOUS else DType.I64
        return text if expr.dtype is given else f"{text}.astype(np.{expr.dtype})"


def _is_sequential(loop: For) -> bool:
    """Whether a loop must go on one iteration after the other."""
    if loop.kind is LoopKind.SEQUENTIAL:
        return True
    inside = list(statements(loop.body))
    flat = not any(isinstance(stmt, For) for stmt in inside)
    added: set[Buffer] = set()
    for stmt in inside:
        match stmt:
            case For(kind=LoopKind.SEQUENTIAL) | Compact() | Fill() | Tiles() | Join():
                return True
            case Accumulate(buffer, at) if not (flat and at == loop.index):
                # two additions to one element take turns, iteration by iteration
                if buffer in added:
                    return True
                added.add(buffer)
            case _:
                pass
    return False


def _is_whole(loop: For) -> bool:
    """Whether a slice can stand for the index: it is used alone, for whole stretches of buffers."""
    whole = loop.start == Const(0, loop.start.dtype) or (
        isinstance(loop.start, Part) and loop.start.side == "begin"
    )
    if not whole or not isinstance(loop.stop, Load | Local | Const | Part):
        return False
    for stmt in loop.body:
        if isinstance(stmt, For | If):
            return False
        if isinstance(stmt, Store | Accumulate) and stmt.index != loop.index:
            return False
        parts = [stmt.value] if isinstance(stmt, Store | Accumulate) else expressions(stmt)
        if any(_uses_alone(part, loop.index) for part in parts):
            return False
    return True


def _uses_alone(expr: Expr, index: Local) -> bool:
    """Whether an expression uses the index otherwise than as the index of a load."""
    if isinstance(expr, Load) and expr.index == index:
        return False
    return expr == index or any(_uses_alone(child, index) for child in children(expr))


def _is_python_number(expr: Expr) -> bool:
    """Whether the printed expression is a number of Python, not of NumPy."""
    match expr:
        case Const(dtype=dtype):
            return dtype in {DType.BOOL, DType.I32, DType.I64, DType.F64}
        case Unary(operand):
            return _is_python_number(operand)
        case _:
            return False


def _numpy_type(dtype: DType) -> str:
    return "bool_" if dtype is DType.BOOL else str(dtype)


def _literal(const: Const) -> tuple[str, int]:
    """Return a literal that has exactly the value, and how strongly it binds."""
    if const.dtype is DType.BOOL:
        return str(bool(const.value)), ATOM
    number = float(const.value) if const.dtype.is_float else int(const.value)
    if const.dtype.is_float and not math.isfinite(number):
        text = "np.nan" if math.isnan(number) else ("np.inf" if number > 0 else "-np.inf")
    else:
        text = repr(number)
    if const.dtype not in {DType.I32, DType.I64, DType.F64}:
        return f"np.{const.dtype}({text})", ATOM
    return text, UNARY if text.startswith("-") else ATOM
