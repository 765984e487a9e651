"""Small constructors, so that lowering reads like pseudocode."""

from __future__ import annotations

from .ir import (
    Accumulate,
    Binary,
    BinaryOp,
    Buffer,
    Call,
    Cast,
    Clock,
    Compare,
    CompareOp,
    Const,
    Division,
    DType,
    Expr,
    For,
    If,
    Let,
    Load,
    Local,
    Logic,
    LoopKind,
    Not,
    Select,
    Stmt,
    Store,
)

_RANK = {
    DType.BOOL: 0,
    DType.U8: 1,
    DType.U16: 2,
    DType.I32: 3,
    DType.I64: 4,
    DType.U64: 5,
    DType.F32: 6,
    DType.F64: 7,
}

STEP = Clock("step")
RELATIVE_STEP = Clock("relative_step")
T = Clock("t")
DT = Clock("dt")
TRUE = Const(value=True, dtype=DType.BOOL)


def wider(*types: DType) -> DType:
    """Return the type that holds values of all the given types (arithmetic on bools is int32)."""
    widest = max(types, key=_RANK.__getitem__)
    return DType.I32 if _RANK[widest] < _RANK[DType.I32] else widest


def const(value: float | bool, dtype: DType | None = None) -> Const:
    """Return a literal: bool, int32 or int64, or float64, unless a type is given."""
    if dtype is None:
        if isinstance(value, bool):
            dtype = DType.BOOL
        elif isinstance(value, int):
            dtype = DType.I32 if abs(value) < 2**31 else DType.I64
        else:
            dtype = DType.F64
    return Const(value, dtype)


def cast(expr: Expr, dtype: DType) -> Expr:
    """Return the expression converted to a type; nothing is added when it has it already."""
    if expr.dtype is dtype:
        return expr
    if isinstance(expr, Const) and dtype.is_float:
        return Const(float(expr.value), dtype)
    if isinstance(expr, Const) and dtype.is_integer and expr.dtype.is_integer:
        return Const(int(expr.value), dtype)
    return Cast(expr, dtype)


def binary(op: BinaryOp, left: Expr, right: Expr) -> Expr:
    """Return arithmetic in the wider type; `/` is floating-point whatever the operands are."""
    dtype = wider(left.dtype, right.dtype)
    if op == "/" and not dtype.is_float:
        dtype = DType.F64
    return Binary(op, cast(left, dtype), cast(right, dtype), dtype)


def add(left: Expr, right: Expr) -> Expr:
    """Return `left + right`."""
    return binary("+", left, right)


def sub(left: Expr, right: Expr) -> Expr:
    """Return `left - right`."""
    return binary("-", left, right)


def mul(left: Expr, right: Expr) -> Expr:
    """Return `left * right`."""
    return binary("*", left, right)


def compare(op: CompareOp, left: Expr, right: Expr) -> Expr:
    """Return a comparison in the wider type."""
    dtype = wider(left.dtype, right.dtype)
    return Compare(op, cast(left, dtype), cast(right, dtype))


def both(left: Expr, right: Expr) -> Expr:
    """Return `left and right`."""
    if left == TRUE:
        return right
    return left if right == TRUE else Logic("and", left, right)


def invert(operand: Expr) -> Expr:
    """Return `not operand`."""
    return operand.operand if isinstance(operand, Not) else Not(operand)


def select(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    """Return `then if condition else otherwise` in the wider type."""
    dtype = then.dtype if then.dtype is otherwise.dtype else wider(then.dtype, otherwise.dtype)
    return Select(condition, cast(then, dtype), cast(otherwise, dtype), dtype)


def call(function: str, *args: Expr, dtype: DType = DType.F64) -> Expr:
    """Return a function call whose arguments are converted to `dtype`."""
    return Call(function, tuple(cast(arg, dtype) for arg in args), dtype)


def load(buffer: Buffer, index: Expr | None = None) -> Expr:
    """Return `buffer[index]`, or the value of a scalar buffer."""
    return Load(buffer, None if buffer.scalar else index)


def store(buffer: Buffer, index: Expr | None, value: Expr) -> Stmt:
    """Return `buffer[index] = value`."""
    return Store(buffer, None if buffer.scalar else index, cast(value, buffer.dtype))


def accumulate(buffer: Buffer, index: Expr | None, value: Expr) -> Stmt:
    """Return `buffer[index] += value`."""
    return Accumulate(buffer, None if buffer.scalar else index, cast(value, buffer.dtype))


def let(name: str, value: Expr) -> tuple[Local, Let]:
    """Return a fresh local and the statement that binds it."""
    local = Local(name, value.dtype)
    return local, Let(local, value)


def index(name: str = "i") -> Local:
    """Return a loop index."""
    return Local(name, DType.I64)


def loop(
    over: Local,
    stop: Expr,
    body: list[Stmt],
    *,
    start: Expr | None = None,
    kind: LoopKind | None = None,
    division: Division | None = None,
) -> For:
    """Return a loop from `start` (zero) to `stop`.

    Its kind is by default INDEPENDENT, or ACCUMULATING where it adds to a single number.
    """
    if kind is None:
        sums = any(isinstance(stmt, Accumulate) and stmt.index is None for stmt in body)
        kind = LoopKind.ACCUMULATING if sums else LoopKind.INDEPENDENT
    return For(over, start or Const(0, DType.I64), stop, tuple(body), kind, division)


def when(condition: Expr, body: list[Stmt]) -> list[Stmt]:
    """Return the body under a condition, or the body itself where the condition is always true."""
    return body if condition == TRUE else [If(condition, tuple(body))]
