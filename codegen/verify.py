"""The legal forms of kernels. Run after every pass in tests, and when BRAINSIM_VERIFY=1."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .functions import FUNCTIONS, PROCEDURES
from .ir import (
    CONTINUOUS,
    Accumulate,
    Binary,
    Buffer,
    Call,
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
from .rewrite import children, effects, expressions, locals_bound, locals_used, statements

# C computes with narrower types as int, NumPy does not: they are for memory only
_ARITHMETIC = {DType.I32, DType.I64, DType.U64, DType.F32, DType.F64}
_SEARCHED = {DType.U16, DType.I32}
_RANGES = {
    DType.U8: (0, 2**8),
    DType.U16: (0, 2**16),
    DType.I32: (-(2**31), 2**31),
    DType.I64: (-(2**63), 2**63),
    DType.U64: (0, 2**64),
}
_VARIATE_ARGUMENTS: dict[str, tuple[DType, ...]] = {
    "uniform": (),
    "uniform_of_counts": (),
    "normal": (),
    "poisson": (DType.F64,),
    "binomial": (DType.I64, DType.F64),
}


class IllegalKernelError(AssertionError):
    """A kernel breaks a rule of the kernel language; this is a fault of the pass that made it."""


def verify(kernel: Kernel) -> Kernel:
    """Return the kernel unchanged.

    Raises:
        IllegalKernelError: A local is used before it is bound or bound twice, a type does not
            fit, a constant buffer is stored to, two buffers share a name, a name is no
            identifier, or a loop does not keep the promise of its kind.
    """
    _check_names(kernel)
    _check_block(kernel, kernel.body, {})
    for stmt in statements(kernel.body):
        if isinstance(stmt, For) and stmt.kind is not LoopKind.SEQUENTIAL:
            _check_promise(kernel, stmt)
    return kernel


def _fail(kernel: Kernel, message: str) -> None:
    raise IllegalKernelError(f"kernel {kernel.name}: {message}")


def _check_names(kernel: Kernel) -> None:
    names: dict[str, Buffer] = {}
    for buffer in effects(kernel.body).buffers:
        if names.setdefault(buffer.name, buffer) != buffer:
            _fail(kernel, f"two different buffers are called {buffer.name}")
    for name in (kernel.name, *names, *sorted(locals_bound(kernel.body))):
        if not _is_identifier(name):
            _fail(kernel, f"{name!r} is not an identifier")


def _is_identifier(name: str) -> bool:
    return name.isidentifier() and name.isascii()


def _check_promise(kernel: Kernel, loop: For) -> None:
    """Check that iterations do not all store to one and the same element."""
    bound = locals_bound((loop,))
    for stmt in statements(loop.body):
        if not isinstance(stmt, Store | Accumulate):
            continue
        if isinstance(stmt, Accumulate) and loop.kind is LoopKind.ACCUMULATING:
            continue
        if stmt.index is None or bound.isdisjoint(locals_used(stmt.index)):
            _fail(kernel, f"every iteration of a parallel loop stores to one {stmt.buffer.name}")


def _check_block(kernel: Kernel, body: Iterable[Stmt], scope: dict[str, DType]) -> None:
    scope = dict(scope)
    for stmt in body:
        for expr in expressions(stmt):
            _check_expr(kernel, expr, scope)
        match stmt:
            case Let():
                _bind(kernel, stmt.local, scope)
                if stmt.local.dtype is not stmt.value.dtype:
                    _fail(kernel, f"{stmt.local.name} is bound to a value of another type")
            case Store() | Accumulate():
                _check_target(kernel, stmt.buffer, stmt.index)
                if isinstance(stmt, Accumulate) and stmt.buffer.dtype is DType.BOOL:
                    _fail(kernel, f"cannot add to {stmt.buffer.name}, which is boolean")
            case For():
                _check_integers(kernel, "a loop", stmt.index, stmt.start, stmt.stop)
                inner = dict(scope)
                _bind(kernel, stmt.index, inner)
                _check_block(kernel, stmt.body, inner)
            case If():
                if stmt.condition.dtype is not DType.BOOL:
                    _fail(kernel, "a condition is not boolean")
                _check_block(kernel, stmt.body, scope)
            case Compact():
                _check_compact(kernel, stmt)
                _bind(kernel, stmt.count, scope)
            case Fill():
                _check_fill(kernel, stmt)
            case Tiles():
                _check_tiles(kernel, stmt, scope)
            case Join():
                _check_join(kernel, stmt)
                _bind(kernel, stmt.count, scope)
            case Procedure():
                _check_procedure(kernel, stmt)


def _check_tiles(kernel: Kernel, stmt: Tiles, scope: dict[str, DType]) -> None:
    """Check tiles and their body; counts are bound for what stands behind the tiles."""
    _check_integers(kernel, "tiles", stmt.start, stmt.stop, stmt.low, stmt.high)
    for part in stmt.body:
        if not isinstance(part, For | Fill | Compact) or (
            (part.start, part.stop) != (stmt.low, stmt.high)
        ):
            _fail(kernel, "tiles hold something else than a pass over their elements")
        inner = {**scope, stmt.low.name: stmt.low.dtype, stmt.high.name: stmt.high.dtype}
        _check_block(kernel, (part,), inner)
        if isinstance(part, Compact):
            _bind(kernel, part.count, scope)
    _bind(kernel, stmt.low, dict(scope))
    _bind(kernel, stmt.high, dict(scope))
    held = [part.buffer for part in stmt.body if isinstance(part, Fill)]
    held += [s.buffer for s in statements(stmt.body) if isinstance(s, Store)]
    if not set(stmt.scratch) <= set(held):
        _fail(kernel, "scratch of tiles is never written")


def _check_join(kernel: Kernel, stmt: Join) -> None:
    _check_integers(kernel, "a join", stmt.size, stmt.at)
    _check_list(kernel, stmt.out)
    _check_lengths(kernel, stmt.lengths)
    if stmt.pieces.dtype is not DType.I32 or stmt.pieces.scalar:
        _fail(kernel, f"{stmt.pieces.name} is no array of indices")
    _check_count(kernel, stmt.count)


def _check_procedure(kernel: Kernel, stmt: Procedure) -> None:
    if stmt.name not in PROCEDURES:
        _fail(kernel, f"unknown procedure {stmt.name}")
    wanted = PROCEDURES[stmt.name]
    if tuple(arg.dtype for arg in stmt.args) != wanted.args:
        _fail(kernel, f"the arguments of {stmt.name} have a wrong type")
    if tuple(buffer.dtype for buffer in (*stmt.reads, *stmt.writes)) != wanted.buffers:
        _fail(kernel, f"the buffers of {stmt.name} have a wrong type")
    for buffer in stmt.writes:
        if buffer.constant or buffer in stmt.reads:
            _fail(kernel, f"{stmt.name} cannot write {buffer.name}")


def _check_list(kernel: Kernel, out: Buffer) -> None:
    if out.dtype is not DType.I32 or out.scalar or out.constant:
        _fail(kernel, f"indices cannot be written to {out.name}")


def _check_lengths(kernel: Kernel, lengths: Buffer) -> None:
    if lengths.dtype is not DType.I64 or lengths.scalar or lengths.constant:
        _fail(kernel, f"{lengths.name} cannot keep the counts of shares")


def _check_count(kernel: Kernel, count: Local) -> None:
    if count.dtype is not DType.I64:
        _fail(kernel, f"the count {count.name} is not int64")


def _check_compact(kernel: Kernel, stmt: Compact) -> None:
    _check_integers(kernel, "a compaction", stmt.start, stmt.stop, stmt.at)
    if stmt.flags.dtype is not DType.U8 or stmt.flags.scalar:
        _fail(kernel, f"{stmt.flags.name} is no array of flags")
    _check_list(kernel, stmt.out)
    if stmt.lengths is not None:
        _check_lengths(kernel, stmt.lengths)
    _check_count(kernel, stmt.count)


def _check_fill(kernel: Kernel, stmt: Fill) -> None:
    _check_integers(kernel, "a fill", stmt.start, stmt.stop)
    _check_key(kernel, stmt.key)
    # a single-precision number would lose what tells uniform numbers of counts near one apart
    exact = {"binomial": DType.I32, "poisson": DType.I64, "uniform_of_counts": DType.F64}
    dtype = stmt.buffer.dtype
    fits = dtype is exact[stmt.kind] if stmt.kind in exact else dtype.is_float
    if not fits or stmt.buffer.scalar or stmt.buffer.constant:
        _fail(kernel, f"cannot fill {stmt.buffer.name}")
    types = {"binomial": (DType.I64, DType.F64), "poisson": (DType.F64,)}.get(stmt.kind, ())
    tabled = stmt.kind == "binomial"
    if tuple(arg.dtype for arg in stmt.args) != types or (stmt.table is not None) != tabled:
        _fail(kernel, f"a {stmt.kind} fill has other arguments")


def _check_key(kernel: Kernel, key: Buffer) -> None:
    if key.dtype is not DType.U64 or not key.scalar:
        _fail(kernel, f"{key.name} is no key of a random stream")


def _check_integers(kernel: Kernel, what: str, *values: Expr) -> None:
    if not all(value.dtype.is_integer for value in values):
        _fail(kernel, f"a bound of {what} is no integer")


def _bind(kernel: Kernel, local: Local, scope: dict[str, DType]) -> None:
    if local.name in scope:
        _fail(kernel, f"local {local.name} is bound twice")
    scope[local.name] = local.dtype


def _check_target(kernel: Kernel, buffer: Buffer, index: Expr | None) -> None:
    if buffer.constant:
        _fail(kernel, f"{buffer.name} is constant but stored to")
    _check_index(kernel, buffer, index)


def _check_index(kernel: Kernel, buffer: Buffer, index: Expr | None) -> None:
    if buffer.scalar != (index is None):
        _fail(kernel, f"{buffer.name} is used with the wrong kind of index")
    if index is not None and not index.dtype.is_integer:
        _fail(kernel, f"{buffer.name} is used with an index that is no integer")


def _check_expr(kernel: Kernel, expr: Expr, scope: dict[str, DType]) -> None:
    for child in children(expr):
        _check_expr(kernel, child, scope)
    match expr:
        case Const():
            _check_literal(kernel, expr)
        case Local():
            if scope.get(expr.name) is not expr.dtype:
                _fail(kernel, f"local {expr.name} is not bound here with type {expr.dtype}")
        case Load():
            _check_index(kernel, expr.buffer, expr.index)
        case Unary() | Binary():
            _check_arithmetic(kernel, expr)
        case Compare():
            if expr.left.dtype is not expr.right.dtype:
                _fail(kernel, f"operands of {expr.op} differ in type")
        case Logic() | Not():
            if any(child.dtype is not DType.BOOL for child in children(expr)):
                _fail(kernel, "an operand of and/or/not is not boolean")
        case Select():
            if expr.condition.dtype is not DType.BOOL or not (
                expr.then.dtype is expr.otherwise.dtype is expr.dtype
            ):
                _fail(kernel, "the branches of a select differ in type")
        case Call():
            _check_call(kernel, expr)
        case ForeignCall():
            _check_foreign_call(kernel, expr)
        case Random():
            _check_variate(kernel, expr)
        case Part():
            _check_integers(kernel, "a part", expr.size)
        case Search():
            _check_integers(kernel, "a search", expr.start, expr.stop, expr.value)
            if expr.buffer.scalar or expr.buffer.dtype not in _SEARCHED:
                _fail(kernel, f"{expr.buffer.name} cannot be searched")
        case _:
            pass


def _check_literal(kernel: Kernel, const: Const) -> None:
    value, dtype = const.value, const.dtype
    if isinstance(value, bool) != (dtype is DType.BOOL):
        fits = False
    elif dtype in _RANGES:
        low, high = _RANGES[dtype]
        fits = isinstance(value, int) and low <= value < high
    else:
        fits = dtype is not DType.F32 or not math.isfinite(value) or abs(value) < 2.0**128
    if not fits:
        _fail(kernel, f"{value!r} is no {dtype}")


def _check_arithmetic(kernel: Kernel, expr: Unary | Binary) -> None:
    op = expr.op if isinstance(expr, Binary) else "-"
    if {child.dtype for child in children(expr)} != {expr.dtype}:
        _fail(kernel, f"operands of {op} differ in type")
    if expr.dtype not in _ARITHMETIC:
        _fail(kernel, f"there is no {op} of {expr.dtype}")
    if op == "/" and not expr.dtype.is_float:
        _fail(kernel, "a division of integers is not /")
    if op == "&" and expr.dtype.is_float:
        _fail(kernel, "there is no & of floats")
    if op in {"//", "%", "**"} and expr.dtype is DType.U64:
        _fail(kernel, f"there is no {op} of {expr.dtype}")


def _check_call(kernel: Kernel, call: Call) -> None:
    if call.function not in FUNCTIONS:
        _fail(kernel, f"unknown function {call.function}")
    # counts steps, all others compute in one type
    takes = DType.F64 if call.function == "timestep" else call.dtype
    if any(arg.dtype is not takes for arg in call.args) or not takes.is_float:
        _fail(kernel, f"the arguments of {call.function} have a wrong type")
    if call.function == "timestep" and call.dtype is not DType.I64:
        _fail(kernel, "timestep gives int64")


def _check_foreign_call(kernel: Kernel, call: ForeignCall) -> None:
    function = call.function
    if not _is_identifier(function.name):
        _fail(kernel, f"{function.name!r} is not an identifier")
    if not (function.python.scalar and function.python.constant):
        _fail(kernel, f"{function.python.name} holds no function")
    if function.vectorised and not (call.args and call.args[-1].dtype.is_integer):
        _fail(kernel, f"{function.name} is not given the number of the element")


def _check_variate(kernel: Kernel, expr: Random) -> None:
    _check_key(kernel, expr.key)
    _check_integers(kernel, "a random variate", expr.element)
    takes = _VARIATE_ARGUMENTS[expr.kind]
    if tuple(arg.dtype for arg in expr.args) != takes:
        _fail(kernel, f"the arguments of {expr.kind} have a wrong type")
    continuous = expr.kind in CONTINUOUS
    if expr.dtype not in _ARITHMETIC or expr.dtype.is_float != continuous:
        _fail(kernel, f"{expr.kind} gives no {expr.dtype}")
