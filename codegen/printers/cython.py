"""Printer to Cython. Input: kernels. Output: the text of one extension module.

The module holds the kernels as C functions, which compute the same bits as those of the C printer,
and `addresses()`, which gives their addresses to whoever runs them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ..foreign import c_name, pieces_of, verbatim
from ..functions import FUNCTIONS, PROCEDURES
from ..ir import (
    CONTINUOUS,
    Binary,
    Buffer,
    Call,
    Clock,
    Compact,
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
    Local,
    Part,
    Random,
    Search,
    Select,
    Stmt,
    Tiles,
)
from ..rewrite import foreign_functions, own_buffers, statements
from .about import all_nodes, banner, clock_fields
from .c import (
    ARGUMENTS,
    ATOM,
    C_TYPES,
    INDENT,
    TERNARY,
    UNARY,
    CText,
    fill_function,
    foreign,
    integer_literal,
    kernel_symbol,
    operator_function,
    procedures,
)
from .layout import wrap
from .names import comment_text

name = "cython"
suffix = ".pyx"

# in memory a truth value is one byte; `bint` would be four
_TYPES = {**C_TYPES, DType.BOOL: "uint8_t"}
# what Cython reads as its own where a variable could stand
_OWN_WORDS = {"DEF", "IF", "ELIF", "ELSE", "complex", "range", "staticmethod"}
_DIRECTIVES = "language_level=3, boundscheck=False, wraparound=False, cdivision=True"


def print_unit(kernels: Sequence[Kernel], title: str) -> str:
    """Return the module of a program's kernels.

    Args:
        kernels: In the order of the schedule.
        title: One line about the program.

    Raises:
        NotImplementedError: A function of the user cannot be called from Cython.
    """
    head = [
        f"# cython: {_DIRECTIVES}",
        f"# {comment_text(title)}",
        "",
        "from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint64_t",
        "",
        'cdef extern from "bs_abi.h":',
        "    ctypedef struct bs_clock:",
        "        int64_t step",
        "        int32_t relative_step",
        "        double t",
        "        double dt",
        "    ctypedef struct bs_share:",
        "        int32_t index",
        "        int32_t count",
        *_declarations(kernels),
    ]
    given = pieces_of(foreign(kernels), name)
    if given:
        head += ["", "# functions of the user", *given, *_foreign_declarations(kernels)]
    table = [
        f'{INDENT * 2}"{kernel_symbol(k)}": <size_t><void *>{kernel_symbol(k)},' for k in kernels
    ]
    foot = [
        "\ndef addresses():",
        f'{INDENT}"""Return the addresses of the kernels by name."""',
        f"{INDENT}return {{",
        *table,
        f"{INDENT}}}\n",
    ]
    return "\n".join([*head, "", *(f"\n{print_kernel(kernel)}" for kernel in kernels), *foot])


def print_kernel(kernel: Kernel) -> str:
    """Return the function of one kernel, with a banner that names what it reads and writes."""
    text = CythonText(kernel)
    lines = [
        f"cdef void {kernel_symbol(kernel)}({ARGUMENTS}) noexcept {_lock(kernel)}:",
        *(INDENT + line for line in (*text.declarations(), *text.block(kernel.body)) or ["pass"]),
        "",
    ]
    comment = [f"# {line}" for line in banner(kernel)]
    return "\n".join([*comment, *wrap(lines, only_in_brackets=True)])


def _lock(kernel: Kernel) -> str:
    """Return what a kernel needs of Python's lock: a user's Cython may do what needs it."""
    needs_lock = any(function.cython for function in foreign_functions(kernel.body))
    return "with gil" if needs_lock else "nogil"


def _foreign_declarations(kernels: Sequence[Kernel]) -> list[str]:
    """Return what makes functions in C known to Cython, each with the type of its value.

    Cython believes what it is told of a C function, and so does not convert its value.
    """
    calls = [n for k in kernels for n in all_nodes(k.body) if isinstance(n, ForeignCall)]
    lines = []
    for function, dtype in dict.fromkeys(
        (c.function, c.dtype) for c in calls if not c.function.cython
    ):
        called, ctype = _converting(function, dtype), C_TYPES[dtype]
        macro = f"#define {called}(...) (({ctype}){c_name(function.name)}(__VA_ARGS__))\n"
        lines.append(verbatim(macro, f"{_TYPES[dtype]} {called}(...) noexcept nogil"))
    return lines


def _converting(function: Foreign, dtype: DType) -> str:
    return f"bs_{dtype}_of_{function.name}"


def _declarations(kernels: Sequence[Kernel]) -> list[str]:
    """Return declarations of exactly the C functions and macros that the kernels use."""
    headers = ("bs_abi.h", "bs_math.h", "bs_random.h", "bs_linear.h")
    found: dict[str, set[str]] = {header: set() for header in headers}
    for procedure in procedures(kernels):
        spelling = PROCEDURES[procedure.name]
        types = [C_TYPES[dtype] for dtype in spelling.args]
        types += [f"const {C_TYPES[buffer.dtype]} *" for buffer in procedure.reads]
        types += [f"{C_TYPES[buffer.dtype]} *" for buffer in procedure.writes]
        call = f"void {spelling.c}({', '.join(types)}) noexcept nogil"
        found[spelling.header].add(call)
    for kernel in kernels:
        for expr in all_nodes(kernel.body):
            for header, declaration in _needs(expr):
                found[header].add(declaration)
        for stmt in statements(kernel.body):
            if isinstance(stmt, Compact):
                call = "int64_t bs_compact(const uint8_t *, int64_t, int64_t, int32_t *)"
                found["bs_abi.h"].add(f"{call} noexcept nogil")
                call = "void bs_keep_length(int64_t *, int64_t, const bs_share *)"
                if stmt.lengths is not None:
                    found["bs_abi.h"].add(f"{call} noexcept nogil")
            if isinstance(stmt, Join):
                call = "int64_t bs_join(const int32_t *, const int64_t *, int64_t, int32_t *)"
                found["bs_abi.h"].add(f"{call} noexcept nogil")
            if isinstance(stmt, Tiles):
                found["bs_abi.h"].add("enum: BS_TILE")
            if isinstance(stmt, Fill):
                args = f"{C_TYPES[stmt.buffer.dtype]} *, int64_t, int64_t, uint64_t, int64_t"
                args += "".join(f", {C_TYPES[arg.dtype]}" for arg in stmt.args)
                args += ", const int32_t *" * (stmt.table is not None)
                found["bs_random.h"].add(f"void {fill_function(stmt)}({args}) noexcept nogil")
    lines = [f"{INDENT}{declaration}" for declaration in sorted(found.pop("bs_abi.h"))]
    for header, declarations in found.items():
        if declarations:
            lines += ["", f'cdef extern from "{header}":']
            lines += [f"{INDENT}{declaration}" for declaration in sorted(declarations)]
    return lines


def _needs(expr: Expr) -> Iterable[tuple[str, str]]:
    """Yield the header and the declaration that an expression needs."""
    match expr:
        case Const(value) if not math.isfinite(value):
            yield "bs_math.h", "double NAN '__builtin_nan(\"\")'"
            yield "bs_math.h", 'double INFINITY "__builtin_inf()"'
        case Call(function, args, dtype):
            form = "f" if dtype is DType.F32 else ""
            listed = ", ".join(C_TYPES[arg.dtype] for arg in args)
            called = f"{FUNCTIONS[function].c}{form}"
            yield "bs_math.h", f"{C_TYPES[dtype]} {called}({listed}) noexcept nogil"
        case Binary(op="//" | "%" | "**"):
            called, given = operator_function(expr)
            ctype = C_TYPES[given]
            yield "bs_math.h", f"{ctype} {called}({ctype}, {ctype}) noexcept nogil"
        case Random(kind):
            ctype = C_TYPES[DType.F64 if kind in CONTINUOUS else DType.I64]
            types = {"poisson": "double, ", "binomial": "int64_t, double, "}.get(kind, "")
            types += "uint64_t, int64_t, int64_t"
            yield "bs_random.h", f"{ctype} bs_{kind}({types}) noexcept nogil"
        case Part(side=side):
            yield "bs_abi.h", f"int64_t bs_part_{side}(int64_t, const bs_share *) noexcept nogil"
        case Search(buffer=buffer):
            called, ctype = f"bs_search_{buffer.dtype}", C_TYPES[buffer.dtype]
            types = f"const {ctype} *, int64_t, int64_t, int64_t"
            yield "bs_abi.h", f"int64_t {called}({types}) noexcept nogil"
        case _:
            pass


class CythonText(CText):
    """The statements and expressions of one kernel in Cython's spelling."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__(kernel)
        self.names = {local: self.apart(called) for local, called in self.names.items()}
        self.buffers = {buffer: self.apart(called) for buffer, called in self.buffers.items()}
        # Cython's variables belong to the function: one name for each local and type
        self.variables: dict[Local, str] = {}
        for local in _bound(kernel):
            wanted = self.names[local.name]
            if wanted in self.variables.values() and local not in self.variables:
                wanted = self.fresh(f"{wanted}_{local.dtype}")
            self.variables[local] = wanted

    def apart(self, called: str) -> str:
        """Return another name for one that Cython would read as its own."""
        return self.fresh(f"{called}_") if called in _OWN_WORDS else called

    def declarations(self) -> list[str]:
        """Return the lines that declare arguments and variables."""
        lines = self.declared_buffers()
        fields = clock_fields(self.kernel)
        lines += [f"cdef {C_TYPES[Clock(at).dtype]} {at} = clock.{at}" for at in fields]
        for dtype in DType:
            same = [called for local, called in self.variables.items() if local.dtype is dtype]
            if same:
                lines.append(f"cdef {_TYPES[dtype]} {', '.join(same)}")
        own = sorted(own_buffers(self.kernel.body), key=lambda buffer: buffer.name)
        return lines + [f"cdef {_TYPES[b.dtype]} {self.buffers[b]}[BS_TILE]" for b in own]

    def declare(self, buffer: Buffer, place: int) -> str:
        """Return the declaration of a buffer; a scalar that nobody stores to becomes a value."""
        ctype, called = _TYPES[buffer.dtype], self.buffers[buffer]
        if self.is_value(buffer):
            return f"cdef {ctype} {called} = (<const {ctype} *>buffers[{place}])[0]"
        if buffer not in self.stored:
            ctype = f"const {ctype}"
        return f"cdef {ctype} *{called} = <{ctype} *>buffers[{place}]"

    def stmt(self, stmt: Stmt) -> list[str]:
        """Return the lines of a statement."""
        match stmt:
            case Let(local, value):
                return [f"{self.expr(local)} = {self.assigned(value, local.dtype)}"]
            case If(condition, body):
                return [f"if {self.expr(condition)}:", *self.inner(body)]
            case Compact(count=count):
                head = f"{self.expr(count)} = {self.compact(stmt)}"
                return [head, *self.kept_length(stmt)]
            case Join(count=count):
                return [f"{self.expr(count)} = {self.join(stmt)}"]
            case _:
                return [line.removesuffix(";") for line in super().stmt(stmt)]

    def loop(self, loop: For) -> list[str]:
        """Return the lines of a loop."""
        bounds = f"{self.expr(loop.start)}, {self.expr(loop.stop)}"
        return [f"for {self.expr(loop.index)} in range({bounds}):", *self.inner(loop.body)]

    def tiled(self, tiles: Tiles) -> list[str]:
        """Return the lines of a loop over stretches of elements."""
        low, high = self.expr(tiles.low), self.expr(tiles.high)
        self.tiles = dict.fromkeys(tiles.scratch, tiles.low)
        compacts = [stmt for stmt in tiles.body if isinstance(stmt, Compact)]
        start, stop = self.expr(tiles.start), self.expr(tiles.stop)
        body = [f"{high} = {low} + BS_TILE if {low} + BS_TILE < {stop} else {stop}"]
        for stmt in tiles.body:
            if isinstance(stmt, Compact):
                body.append(f"{self.expr(stmt.count)} += {self.compact(stmt, appending=True)}")
            else:
                body += self.stmt(stmt)
        self.tiles = {}
        return [
            *(f"{self.expr(stmt.count)} = 0" for stmt in compacts),
            f"{low} = {start}",
            f"while {low} < {stop}:",
            *(INDENT + line for line in body),
            f"{INDENT}{low} += BS_TILE",
            *(line for stmt in compacts for line in self.kept_length(stmt)),
        ]

    def kept_length(self, stmt: Compact) -> list[str]:
        """Return the line that keeps the count of a share."""
        return [line.removesuffix(";") for line in super().kept_length(stmt)]

    def inner(self, body: Iterable[Stmt]) -> list[str]:
        """Return the lines of a nested block."""
        return super().inner(body) or [f"{INDENT}pass"]

    def bare(self, expr: Expr) -> tuple[str, int]:
        """Return an expression and how strongly it binds."""
        return (self.variables[expr], ATOM) if isinstance(expr, Local) else super().bare(expr)

    def foreign_name(self, function: Foreign, dtype: DType) -> str:
        """Return the name by which a function of the user is called."""
        return function.name if function.cython else _converting(function, dtype)

    def pointed_at(self, pointer: str) -> str:
        """Return the element that a pointer points at."""
        return f"{pointer}[0]"

    def converted(self, dtype: DType, text: str) -> str:
        """Return a conversion between number types."""
        return f"<{_TYPES[dtype]}>{text}"

    def negated(self, operand: Expr) -> tuple[str, int]:
        """Return `not operand`, which binds weakly in Python."""
        return f"(not {self.expr(operand, UNARY)})", ATOM

    def select(self, expr: Select) -> str:
        """Return the choice between two values."""
        condition, then, otherwise = (
            self.expr(part, TERNARY + 1) for part in (expr.condition, expr.then, expr.otherwise)
        )
        return f"{then} if {condition} else {otherwise}"

    def literal(self, const: Const) -> tuple[str, int]:
        """Return a literal that has exactly the value, and how strongly it binds."""
        if const.dtype is DType.BOOL:
            return str(bool(const.value)), ATOM
        if const.dtype.is_integer:
            return integer_literal(int(const.value), unsigned=const.dtype is DType.U64)
        number = float(const.value)
        text = repr(number)
        if not math.isfinite(number):
            text = "NAN" if math.isnan(number) else "INFINITY" if number > 0 else "-INFINITY"
        if const.dtype is DType.F32:
            return f"<float>({text})", UNARY
        return text, UNARY if text.startswith("-") else ATOM


def _bound(kernel: Kernel) -> Iterable[Local]:
    """Yield the locals of a kernel in the order in which they are bound."""
    for stmt in statements(kernel.body):
        match stmt:
            case Let(local=local) | For(index=local) | Compact(count=local) | Join(count=local):
                yield local
            case Tiles(low=low, high=high):
                yield from (low, high)
            case _:
                pass
