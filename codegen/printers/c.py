"""Printer to C99, the mother tongue. Input: kernels. Output: one translation unit.

The text also compiles as C++. It includes only our own headers (see include/).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ..fission import HEAVY, weight
from ..foreign import c_name, pieces_of
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
    Foreign,
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
from ..rewrite import (
    children,
    effects,
    foreign_functions,
    statements,
)
from .about import all_nodes, banner, clock_fields, kernel_buffers, uses_share
from .layout import wrap
from .names import comment_text, local_names, safe

name = "c"
suffix = ".c"

C_TYPES = {
    DType.BOOL: "bool",
    DType.U8: "uint8_t",
    DType.U16: "uint16_t",
    DType.I32: "int32_t",
    DType.I64: "int64_t",
    DType.U64: "uint64_t",
    DType.F32: "float",
    DType.F64: "double",
}

# each type holds the values of those before it, except for the pairs listed
_RANKS = {dtype: rank for rank, dtype in enumerate(C_TYPES)}
_INEXACT = {(DType.I32, DType.U64), (DType.I64, DType.U64), (DType.I32, DType.F32)}
_INEXACT |= {(wide, real) for wide in (DType.I64, DType.U64) for real in (DType.F32, DType.F64)}

# binding strength; Python's order differs for & and |, which are therefore always set off
TERNARY, LOGIC, COMPARE, ADD, MULTIPLY, UNARY, POWER, ATOM = range(1, 9)
INDENT = "    "
ARGUMENTS = "void *const *buffers, const bs_clock *clock, const bs_share *share"


def print_unit(kernels: Sequence[Kernel], title: str) -> str:
    """Return the translation unit of a program's kernels.

    Args:
        kernels: In the order of the schedule.
        title: One line about the program.

    Raises:
        NotImplementedError: A function of the user cannot be called from C.
    """
    head = [f"/* {comment_text(title)} */", *(f'#include "{name}"' for name in headers(kernels))]
    given = pieces_of(foreign(kernels), name)
    if given:
        head += ["", "/* functions of the user */", *given]
    return "\n".join([*head, "", *map(print_kernel, kernels)])


def foreign(kernels: Iterable[Kernel]) -> tuple[Foreign, ...]:
    """Return the functions of users that the kernels call."""
    return tuple(dict.fromkeys(f for kernel in kernels for f in foreign_functions(kernel.body)))


def headers(kernels: Sequence[Kernel]) -> list[str]:
    """Return the headers that the kernels need; each costs time to compile."""
    needed = ["bs_abi.h"]
    nodes = [node for kernel in kernels for node in all_nodes(kernel.body)]
    if any(
        isinstance(node, Call) or (isinstance(node, Binary) and node.op in {"//", "%", "**"})
        for node in nodes
    ):
        needed.append("bs_math.h")
    fills = any(isinstance(s, Fill) for kernel in kernels for s in statements(kernel.body))
    if fills or any(isinstance(node, Random) for node in nodes):
        needed.append("bs_random.h")
    called = (PROCEDURES[procedure.name].header for procedure in procedures(kernels))
    return [*needed, *(header for header in dict.fromkeys(called) if header not in needed)]


def procedures(kernels: Iterable[Kernel]) -> Iterable[Procedure]:
    """Yield the procedures that the kernels call."""
    for kernel in kernels:
        yield from (stmt for stmt in statements(kernel.body) if isinstance(stmt, Procedure))


def print_kernel(kernel: Kernel) -> str:
    """Return the function of one kernel, with a banner that names what it reads and writes."""
    text = CText(kernel)
    lines = [
        f"BS_KERNEL void {kernel_symbol(kernel)}({ARGUMENTS})",
        "{",
        *(INDENT + line for line in (*text.declarations(), *text.block(kernel.body))),
        "}\n",
    ]
    return "\n".join(["/* " + "\n * ".join(banner(kernel)), " */", *wrap(lines)])


def kernel_symbol(kernel: Kernel) -> str:
    """Return the name under which the compiled library exports the kernel."""
    return safe(kernel.name)


def operator_function(expr: Binary) -> tuple[str, DType]:
    """Return the C function of //, % or **, and the type in which it computes."""
    called = {"//": "bs_floordiv", "%": "bs_mod", "**": "bs_pow"}[expr.op]
    if expr.dtype is DType.F32:
        return f"{called}f", DType.F32
    if expr.dtype is DType.F64 or expr.op == "**":
        return called, DType.F64
    return f"{called}_int64", DType.I64


def fill_function(fill: Fill) -> str:
    """Return the C function that fills a buffer with variates."""
    return f"bs_fill_{fill.kind}{'f' * (fill.buffer.dtype is DType.F32)}"


class CText:
    """The statements and expressions of one kernel.

    The Cython printer overrides spellings, never what is computed or in which order.
    """

    # what stands before a field of the clock, lists flags, says that pointers do not overlap
    clock, compacts, restrict = "clock->", "bs_compact", "BS_RESTRICT "

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.names = local_names(kernel)
        self.bytes = _bytes_apart(kernel)
        self.stored = frozenset(effects(kernel.body).writes)
        self.arguments = kernel_buffers(kernel)
        self.buffers = {buffer: safe(buffer.name) for buffer in effects(kernel.body).buffers}
        # where the first element of a buffer of the function's own stands, while within tiles
        self.tiles: dict[Buffer, Local] = {}
        self.python = {function.python for function in foreign_functions(kernel.body)}

    # ------------------------------------------------------------------------------- statements

    def declarations(self) -> list[str]:
        """Return the lines that give names to the arguments."""
        lines = self.declared_buffers()
        fields = clock_fields(self.kernel)
        lines += [
            f"const {C_TYPES[Clock(field).dtype]} {field} = {self.clock}{field};"
            for field in fields
        ]
        lines += ["(void)buffers;"] * (not self.arguments) + ["(void)clock;"] * (not fields)
        lines += ["(void)share;"] * (not uses_share(self.kernel))
        return lines

    def declared_buffers(self) -> list[str]:
        """Return the declarations of all buffers but Python functions."""
        return [
            self.declare(buffer, place)
            for place, buffer in enumerate(self.arguments)
            if buffer not in self.python
        ]

    def declare(self, buffer: Buffer, place: int) -> str:
        """Return the declaration of a buffer; a scalar that nobody stores to becomes a value."""
        ctype, called = C_TYPES[buffer.dtype], self.buffers[buffer]
        if buffer in self.bytes:
            ctype = "uint8_t"
        if self.is_value(buffer):
            return f"const {ctype} {called} = *(const {ctype} *)buffers[{place}];"
        if buffer not in self.stored:
            ctype = f"const {ctype}"
        return f"{ctype} *{self.restrict}{called} = ({ctype} *)buffers[{place}];"

    def is_value(self, buffer: Buffer) -> bool:
        """Whether the kernel reads a scalar once, at its start."""
        return buffer.scalar and buffer not in self.stored

    def block(self, body: Iterable[Stmt]) -> list[str]:
        """Return the lines of a block."""
        return [line for stmt in body for line in self.stmt(stmt)]

    def inner(self, body: Iterable[Stmt]) -> list[str]:
        """Return the lines of a nested block."""
        return [INDENT + line for line in self.block(body)]

    def stmt(self, stmt: Stmt) -> list[str]:
        """Return the lines of a statement."""
        match stmt:
            case Let(local, value):
                ctype = C_TYPES[local.dtype]
                return [f"const {ctype} {self.expr(local)} = {self.assigned(value, local.dtype)};"]
            case Store(buffer, at, value):
                return [f"{self.place(buffer, at)} = {self.assigned(value, buffer.dtype)};"]
            case Accumulate(buffer, at, value):
                return [f"{self.place(buffer, at)} += {self.assigned(value, buffer.dtype)};"]
            case If(condition, body):
                return [f"if ({self.expr(condition)}) {{", *self.inner(body), "}"]
            case For():
                return self.loop(stmt)
            case Compact(count=count):
                head = f"const int64_t {self.expr(count)} = {self.compact(stmt)};"
                return [head, *self.kept_length(stmt)]
            case Fill():
                return [f"{self.fill(stmt)};"]
            case Tiles():
                return self.tiled(stmt)
            case Join(count=count):
                return [f"const int64_t {self.expr(count)} = {self.join(stmt)};"]
            case Procedure(called, args, reads, writes):
                buffers = ", ".join(self.buffers[buffer] for buffer in (*reads, *writes))
                return [f"{PROCEDURES[called].c}({self.listed(args)}, {buffers});"]

    def loop(self, loop: For) -> list[str]:
        """Return the lines of a loop."""
        # a function that keeps something between calls makes iterations depend on each other
        apart = all(function.stateless for function in foreign_functions(loop.body))
        pragma = ["BS_INDEPENDENT"] if loop.kind is LoopKind.INDEPENDENT and apart else []
        return [*pragma, self.heading(loop), *self.inner(loop.body), "}"]

    def heading(self, loop: For, offset: str = "", step: str = "") -> str:
        """Return the line that begins a loop, of every `step`-th iteration from `offset` on."""
        ctype, i = C_TYPES[loop.index.dtype], self.expr(loop.index)
        start, stop = self.expr(loop.start), self.expr(loop.stop, COMPARE + 1)
        if offset:
            zero = loop.start == Const(0, loop.start.dtype)
            start = offset if zero else f"{self.expr(loop.start, ADD)} + {offset}"
        bound = ""
        if not self.is_fixed(loop.stop):
            # the bound is a local, so that no store in the body can force reading it again
            bound, stop = f", {(name := self.fresh(f'{i}_stop'))} = {stop}", name
        next_one = f"{i} += {step}" if step else f"{i}++"
        return f"for ({ctype} {i} = {start}{bound}; {i} < {stop}; {next_one}) {{"

    def is_fixed(self, bound: Expr) -> bool:
        """Whether a loop may compare with the bound itself: a signed value with a name."""
        match bound:
            case Const() | Local() | Clock():
                return bound.dtype is not DType.U64
            case Load(buffer):
                return self.is_value(buffer) and bound.dtype is not DType.U64
            case _:
                return False

    def fresh(self, wanted: str) -> str:
        """Return a name that neither a local nor a buffer has."""
        taken = {*self.names.values(), *self.buffers.values()}
        while wanted in taken:
            wanted += "_"
        return wanted

    def tiled(self, tiles: Tiles) -> list[str]:
        """Return the lines of a loop over stretches of elements."""
        low, high = self.expr(tiles.low), self.expr(tiles.high)
        self.tiles = dict.fromkeys(tiles.scratch, tiles.low)
        lines = [
            f"BS_ALIGNED {C_TYPES[b.dtype]} {self.buffers[b]}[BS_TILE];" for b in tiles.scratch
        ]
        compacts = [stmt for stmt in tiles.body if isinstance(stmt, Compact)]
        lines += [f"int64_t {self.expr(stmt.count)} = 0;" for stmt in compacts]
        stop = self.expr(tiles.stop, COMPARE + 1)
        start = f"int64_t {low} = {self.expr(tiles.start)}"
        if not self.is_fixed(tiles.stop):
            bound = self.fresh(f"{low}_stop")
            start, stop = f"{start}, {bound} = {stop}", bound
        body = [f"const int64_t {high} = {low} + BS_TILE < {stop} ? {low} + BS_TILE : {stop};"]
        for stmt in tiles.body:
            if isinstance(stmt, Compact):
                body.append(f"{self.expr(stmt.count)} += {self.compact(stmt, appending=True)};")
            else:
                body += self.stmt(stmt)
        head = f"for ({start}; {low} < {stop}; {low} += BS_TILE) {{"
        self.tiles = {}
        lines += [head, *(INDENT + line for line in body), "}"]
        return lines + [line for stmt in compacts for line in self.kept_length(stmt)]

    def compact(self, stmt: Compact, *, appending: bool = False) -> str:
        """Return the call that lists the set flags."""
        out = self.buffers[stmt.out]
        if stmt.at != Const(0, stmt.at.dtype):
            out += f" + {self.expr(stmt.at, ADD + 1)}"
        if appending:
            out += f" + {self.expr(stmt.count)}"
        flags = self.pointer(stmt.flags, stmt.start)
        given = f"{flags}, {self.expr(stmt.start)}, {self.number(stmt)}, {out}"
        return f"{self.compacts}({given})"

    def number(self, stmt: Compact) -> str:
        """Return how many flags there are to look at."""
        number = self.expr(stmt.stop, ADD)
        if stmt.start == Const(0, stmt.start.dtype):
            return number
        return f"{number} - {self.expr(stmt.start, ADD + 1)}"

    def pointer(self, buffer: Buffer, at: Expr) -> str:
        """Return a pointer to an element."""
        called = self.buffers[buffer]
        if at == Const(0, at.dtype) or self.tiles.get(buffer) == at:
            return called
        return f"{called} + {self.expr(at, ADD + 1)}"

    def kept_length(self, stmt: Compact) -> list[str]:
        """Return the line that keeps the count of a share."""
        if stmt.lengths is None:
            return []
        count, lengths = self.expr(stmt.count), self.buffers[stmt.lengths]
        return [f"bs_keep_length({lengths}, {count}, share);"]

    def join(self, stmt: Join) -> str:
        """Return the call that brings lists together."""
        pieces, lengths = self.buffers[stmt.pieces], self.buffers[stmt.lengths]
        out = self.pointer(stmt.out, stmt.at)
        return f"bs_join({pieces}, {lengths}, {self.expr(stmt.size)}, {out})"

    def fill(self, stmt: Fill) -> str:
        """Return the call that fills a buffer with variates."""
        key = self.place(stmt.key, None)
        start, stop = self.expr(stmt.start), self.expr(stmt.stop)
        more = [self.expr(arg) for arg in stmt.args]
        if stmt.table is not None:
            more.append(self.buffers[stmt.table])
        out = self.buffers[stmt.buffer]
        if stmt.buffer in self.tiles:
            out += f" - {self.expr(self.tiles[stmt.buffer])}"
        listed = ", ".join([out, start, stop, key, "step", *more])
        return f"{fill_function(stmt)}({listed})"

    def place(self, buffer: Buffer, at: Expr | None) -> str:
        """Return the lvalue of an element."""
        called = self.buffers[buffer]
        if buffer in self.tiles and at is not None:
            return f"{called}[{self.expr(at, ADD)} - {self.expr(self.tiles[buffer])}]"
        if at is not None:
            return f"{called}[{self.expr(at)}]"
        return called if self.is_value(buffer) else self.pointed_at(called)

    def assigned(self, value: Expr, dtype: DType) -> str:
        """Return the right-hand side of an assignment, which converts; losses are spelt out."""
        if isinstance(value, Cast) and _is_widening(value.operand.dtype, value.dtype):
            value = value.operand
        if value.dtype is dtype or _is_widening(value.dtype, dtype):
            return self.expr(value)
        return self.bare(Cast(value, dtype))[0]

    # ------------------------------------------------------------------------------ expressions

    def expr(self, expr: Expr, least: int = 0) -> str:
        """Return an expression, in parentheses where it binds more weakly than `least`."""
        text, strength = self.bare(expr)
        return f"({text})" if strength < least else text

    def bare(self, expr: Expr) -> tuple[str, int]:
        """Return an expression and how strongly it binds."""
        match expr:
            case Const():
                return self.literal(expr)
            case Local(called):
                return self.names[called], ATOM
            case Load(buffer, at):
                return self.place(buffer, at), ATOM if at or self.is_value(buffer) else UNARY
            case Clock(field):
                return field, ATOM
            case Unary(operand):
                return f"-{self.expr(operand, UNARY + 1)}", UNARY
            case Binary():
                return self.binary(expr)
            case Compare(op, left, right):
                return f"{self.expr(left, ADD)} {op} {self.expr(right, ADD)}", COMPARE
            case Logic():
                return self.logic(expr), LOGIC
            case Not(operand):
                return self.negated(operand)
            case Cast():
                return self.cast(expr)
            case Select():
                return self.select(expr), TERNARY
            case Call(function, args, dtype):
                form = "f" if dtype is DType.F32 else ""
                return f"{FUNCTIONS[function].c}{form}({self.listed(args)})", ATOM
            case ForeignCall(function, args, dtype):
                called = self.foreign_name(function, dtype)
                return self.converted(dtype, f"{called}({self.listed(args)})"), UNARY
            case Random():
                return self.random(expr)
            case Part(size, side):
                return f"bs_part_{side}({self.expr(size)}, share)", ATOM
            case Search(buffer, start, stop, value):
                listed = self.listed((start, stop, value))
                return f"bs_search_{buffer.dtype}({self.buffers[buffer]}, {listed})", ATOM

    def binary(self, expr: Binary) -> tuple[str, int]:
        """Return arithmetic; floor division, remainder and power are functions."""
        if expr.op in {"//", "%", "**"}:
            called, given = operator_function(expr)
            return self.as_type(expr.dtype, f"{called}({self.listed(children(expr))})", given)
        if expr.op == "&":
            return f"({self.expr(expr.left, ATOM)} & {self.expr(expr.right, ATOM)})", ATOM
        strength = ADD if expr.op in "+-" else MULTIPLY
        left, right = self.expr(expr.left, strength), self.expr(expr.right, strength + 1)
        if expr.dtype in {DType.I64, DType.U64} and _is_int(expr.left) and _is_int(expr.right):
            left = self.converted(expr.dtype, self.expr(expr.left, UNARY))
        return f"{left} {expr.op} {right}", strength

    def logic(self, expr: Logic) -> str:
        """Return `and`/`or` as & and |, which leave loops free of branches."""
        sign = "&" if expr.op == "and" else "|"
        chained = isinstance(expr.left, Logic) and expr.left.op == expr.op
        left = self.expr(expr.left, LOGIC if chained else ATOM)
        return f"{left} {sign} {self.expr(expr.right, ATOM)}"

    def cast(self, expr: Cast) -> tuple[str, int]:
        """Return a conversion."""
        if expr.dtype is expr.operand.dtype:
            return self.bare(expr.operand)
        if expr.dtype is DType.BOOL:
            return f"{self.expr(expr.operand, ADD)} != 0", COMPARE
        return self.converted(expr.dtype, self.expr(expr.operand, UNARY)), UNARY

    def random(self, expr: Random) -> tuple[str, int]:
        """Return the call that gives one variate."""
        args = [*(self.expr(arg) for arg in expr.args), self.place(expr.key, None)]
        args += [self.expr(expr.element), "step"]
        given = DType.F64 if expr.kind in CONTINUOUS else DType.I64
        return self.as_type(expr.dtype, f"bs_{expr.kind}({', '.join(args)})", given)

    def as_type(self, dtype: DType, call: str, given: DType) -> tuple[str, int]:
        """Return a call whose result has type `given` as `dtype`."""
        return (call, ATOM) if dtype is given else (self.converted(dtype, call), UNARY)

    def listed(self, args: Iterable[Expr]) -> str:
        """Return arguments."""
        return ", ".join(self.expr(arg) for arg in args)

    # ------------------------------------------------------------------- spellings of C itself

    def foreign_name(self, function: Foreign, dtype: DType) -> str:
        """Return the name by which a function of the user is called."""
        del dtype
        return c_name(function.name)

    def pointed_at(self, pointer: str) -> str:
        """Return the element that a pointer points at."""
        return f"*{pointer}"

    def converted(self, dtype: DType, text: str) -> str:
        """Return a conversion between number types."""
        return f"({C_TYPES[dtype]}){text}"

    def negated(self, operand: Expr) -> tuple[str, int]:
        """Return `not operand`."""
        return f"!{self.expr(operand, UNARY)}", UNARY

    def select(self, expr: Select) -> str:
        """Return the choice between two values."""
        condition, then, otherwise = (
            self.expr(part, TERNARY + 1) for part in (expr.condition, expr.then, expr.otherwise)
        )
        return f"{condition} ? {then} : {otherwise}"

    def literal(self, const: Const) -> tuple[str, int]:
        """Return a literal that has exactly the value, and how strongly it binds."""
        return literal(const)


def _bytes_apart(kernel: Kernel) -> frozenset[Buffer]:
    """Return the truth values that are bytes in C, those that no loop with much arithmetic touches.

    gcc 12 does not vectorise loops that load `bool`, which light loops should be. Of a heavy one it
    would unroll as many iterations as a vector has bytes, and compile for minutes.
    """
    found, heavy = set(effects(kernel.body).buffers), set[Buffer]()
    for stmt in statements(kernel.body):
        if isinstance(stmt, For) and weight(statements(stmt.body)) >= HEAVY:
            heavy |= set(effects(stmt.body).buffers)
    return frozenset(buffer for buffer in found - heavy if buffer.dtype is DType.BOOL)


def _is_widening(old: DType, new: DType) -> bool:
    """Whether every value of one type is a value of the other."""
    return _RANKS[old] < _RANKS[new] and (old, new) not in _INEXACT


def _is_int(expr: Expr) -> bool:
    """Whether C computes a 64-bit expression in `int`, as it does for small literals."""
    match expr:
        case Const(value):
            return -(2**31) < value < 2**31
        case Unary(operand):
            return _is_int(operand)
        case Select(_, then, otherwise):
            return _is_int(then) and _is_int(otherwise)
        case _:
            return False


def literal(const: Const) -> tuple[str, int]:
    """Return a literal that has exactly the value, and how strongly it binds."""
    if const.dtype is DType.BOOL:
        return ("true" if const.value else "false"), ATOM
    if const.dtype.is_integer:
        return integer_literal(int(const.value), unsigned=const.dtype is DType.U64)
    number, form = float(const.value), "f" if const.dtype is DType.F32 else ""
    if math.isnan(number):
        return f'__builtin_nan{form}("")', ATOM
    text = f"__builtin_inf{form}()" if math.isinf(number) else f"{abs(number)!r}{form}"
    return (f"-{text}", UNARY) if math.copysign(1.0, number) < 0 else (text, ATOM)


def integer_literal(value: int, *, unsigned: bool) -> tuple[str, int]:
    """Return an integer; the smallest ones are no literals, since C reads the sign apart."""
    if value in {-(2**31), -(2**63)}:
        return f"{value + 1} - 1", ADD
    text = str(value) + ("u" if unsigned and value >= 2**63 else "")
    return text, UNARY if value < 0 else ATOM
