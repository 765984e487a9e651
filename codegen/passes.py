"""Passes: functions from kernel to kernel that keep the meaning (to rounding) and make it quicker.

`optimise` applies them in order. Each pass is one function below, with the form it rewrites in its
docstring. None of them knows a printer.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import field, replace
from functools import partial

from ..records import dataclass
from .fission import split_flags, split_scatters
from .ir import (
    Accumulate,
    Binary,
    Call,
    Cast,
    Clock,
    Compact,
    Const,
    DType,
    Expr,
    Fill,
    For,
    ForeignCall,
    If,
    Kernel,
    Let,
    Load,
    Local,
    LoopKind,
    Random,
    Select,
    Stmt,
    Store,
    Unary,
)
from .rewrite import (
    bottom_up,
    effects,
    expressions,
    locals_bound,
    locals_used,
    map_children,
    map_deep,
    map_expressions,
    rename_locals,
    replace_body,
    walk,
)
from .verify import verify

MAX_POWER = 16  # x**16 is five multiplications; beyond, pow is as quick


# ------------------------------------------------------------------------------------------ fold


def fold_constants(kernel: Kernel) -> Kernel:
    """Compute float arithmetic of literals: `2.0*3.0` becomes `6.0`; `x*1` and `x/1` become `x`."""
    fold = bottom_up(_fold)
    return replace_body(kernel, (map_deep(stmt, fold) for stmt in kernel.body))


def _fold(expr: Expr) -> Expr:
    match expr:
        case Unary(operand=Const(value=value, dtype=dtype)) if dtype.is_float or (
            dtype in {DType.I32, DType.I64} and value > -(2**31)
        ):
            return Const(-value, dtype)
        case Cast(operand=Const(value=value) as operand, dtype=DType.F64) if (
            operand.dtype is not DType.F32  # whose value is the nearest float32
        ):
            return Const(float(value), DType.F64)
        case Binary(op="*" | "/", left=left, right=Const(value=1)) if left.dtype is expr.dtype:
            return left
        case Binary(op="*", left=Const(value=1), right=right) if right.dtype is expr.dtype:
            return right
        case Binary(left=Const(), right=Const(), dtype=DType.F64):
            return _fold_binary(expr)
        case Select(condition=Const(value=value)):
            return expr.then if value else expr.otherwise
        case _:
            return expr


def _fold_binary(expr: Binary) -> Expr:
    assert isinstance(expr.left, Const)  # noqa: S101 - stated by the caller's pattern
    assert isinstance(expr.right, Const)  # noqa: S101
    left, right = float(expr.left.value), float(expr.right.value)
    match expr.op:
        case "+":
            value = left + right
        case "-":
            value = left - right
        case "*":
            value = left * right
        case "/" if right != 0:
            value = left / right
        case _:
            return expr
    return Const(value, DType.F64) if math.isfinite(value) else expr


# ---------------------------------------------------------------------------------------- powers


def expand_powers(kernel: Kernel) -> Kernel:
    """Write small powers as products: `x**3` becomes `x*x*x`, `x**-1` `1/x`, `x**0.5` `sqrt(x)`."""
    fresh = Fresh(kernel, "p")
    return replace_body(kernel, _expand_block(kernel.body, fresh))


def _expand_block(body: Iterable[Stmt], fresh: Fresh) -> tuple[Stmt, ...]:
    out: list[Stmt] = []
    for stmt in body:
        bases: dict[Expr, Let] = {}
        expanded = map_expressions(stmt, bottom_up(partial(_power, bases=bases, fresh=fresh)))
        out += bases.values()
        if isinstance(expanded, For | If):
            expanded = replace(expanded, body=_expand_block(expanded.body, fresh))
        out.append(expanded)
    return tuple(out)


def _power(expr: Expr, bases: dict[Expr, Let], fresh: Fresh) -> Expr:
    match expr:
        case Binary(op="**", left=base, right=Const(value=exponent), dtype=dtype):
            if exponent == 0.5 and dtype.is_float:
                return Call("sqrt", (base,), dtype)
            if not float(exponent).is_integer() or not 1 <= abs(exponent) <= MAX_POWER:
                return expr
            if exponent < 0 and not dtype.is_float:
                return expr
        case _:
            return expr
    if not isinstance(base, Local):
        if base not in bases:
            bases[base] = Let(fresh.local(base.dtype), base)
        base = bases[base].local
    product = _product(base, abs(int(exponent)), dtype)
    return product if exponent > 0 else Binary("/", Const(1.0, dtype), product, dtype)


def _product(base: Expr, exponent: int, dtype: DType) -> Expr:
    """Return base**exponent by repeated squaring; the C compiler shares the equal factors."""
    if exponent == 1:
        return base
    half = _product(base, exponent // 2, dtype)
    square = Binary("*", half, half, dtype)
    return square if exponent % 2 == 0 else Binary("*", square, base, dtype)


# ----------------------------------------------------------------------------------- reciprocals


def join_divisions(kernel: Kernel) -> Kernel:
    """Write `a/exprel(x)` as `a*bernoulli(x)`, which divides once instead of twice.

    bernoulli(x) = x/(exp(x) - 1), and 1 at 0, as rates of Hodgkin and Huxley's kind need.
    """
    return replace_body(kernel, (map_deep(stmt, _BERNOULLI) for stmt in kernel.body))


def _bernoulli(expr: Expr) -> Expr:
    match expr:
        case Binary(op="/", left=left, right=Call(function="exprel", args=args, dtype=dtype)) if (
            dtype is expr.dtype
        ):
            return Binary("*", left, Call("bernoulli", args, dtype), dtype)
        case _:
            return expr


_BERNOULLI = bottom_up(_bernoulli)


def multiply_by_reciprocals(kernel: Kernel) -> Kernel:
    """Divide once before the loop: `x / c` with c the same in every iteration becomes `x * (1/c)`.

    A division costs as much as ten multiplications. The result may differ in the last bit, so
    divisions that feed an integer, a floor or a remainder stay: `int(i/49)` must give 1 for i = 49.
    """

    def rewrite(stmt: Stmt, invariant: Callable[[Expr], bool]) -> Stmt:
        return map_expressions(stmt, lambda e: _reciprocal(e, invariant))

    return replace_body(kernel, _in_loops(kernel.body, rewrite))


def _reciprocal(expr: Expr, invariant: Callable[[Expr], bool]) -> Expr:
    match expr:
        case Cast(dtype=dtype) if not dtype.is_float:
            return expr
        case Call(function="floor" | "ceil" | "timestep") | Binary(op="//" | "%"):
            return expr
        case Binary(op="/", left=left, right=right, dtype=dtype) if (
            dtype.is_float
            and not isinstance(left, Cast | Const)
            and invariant(right)
            and not invariant(left)
            and not (isinstance(right, Const) and not 1e-300 < abs(right.value) < 1e300)
        ):
            one = Binary("/", Const(1.0, dtype), right, dtype)
            return Binary("*", _reciprocal(left, invariant), _fold(one), dtype)
        case _:
            return map_children(expr, lambda child: _reciprocal(child, invariant))


def _in_loops(
    body: Iterable[Stmt], rewrite: Callable[[Stmt, Callable[[Expr], bool]], Stmt]
) -> tuple[Stmt, ...]:
    """Apply `rewrite(stmt, invariant)` to the statements of every loop, innermost loops first."""
    out: list[Stmt] = []
    for stmt in body:
        match stmt:
            case For():
                inner = _in_loops(stmt.body, rewrite)
                invariant = _invariance(stmt)
                out.append(replace(stmt, body=tuple(_rewrite_all(inner, rewrite, invariant))))
            case If():
                out.append(replace(stmt, body=_in_loops(stmt.body, rewrite)))
            case _:
                out.append(stmt)
    return tuple(out)


def _rewrite_all(
    body: Iterable[Stmt],
    rewrite: Callable[[Stmt, Callable[[Expr], bool]], Stmt],
    invariant: Callable[[Expr], bool],
) -> Iterable[Stmt]:
    for stmt in body:
        new = rewrite(stmt, invariant)
        if isinstance(new, For | If):
            new = replace(new, body=tuple(_rewrite_all(new.body, rewrite, invariant)))
        yield new


def _invariance(loop: For) -> Callable[[Expr], bool]:
    """Return the test whether an expression has the same value in every iteration of the loop."""
    bound = locals_bound((loop,))
    written = set(effects(loop.body).writes)

    def invariant(expr: Expr) -> bool:
        for node in walk(expr):
            match node:
                case Local(name=name) if name in bound:
                    return False
                case Load(buffer=buffer) if buffer in written:
                    return False
                case Random():
                    return False
                case ForeignCall(function=function) if not function.stateless:
                    return False
                case _:
                    pass
        return True

    return invariant


# ----------------------------------------------------------------------------------------- hoist


def hoist_invariants(kernel: Kernel) -> Kernel:
    """Compute before a loop what does not change in it: `exp(-dt/tau)` becomes a local `c1`."""
    fresh = Fresh(kernel, "c")
    return replace_body(kernel, _hoist_block(kernel.body, fresh))


def _hoist_block(body: Iterable[Stmt], fresh: Fresh) -> tuple[Stmt, ...]:
    out: list[Stmt] = []
    for stmt in body:
        match stmt:
            case For():
                # the outermost loop first: what it shares with an inner one is computed once
                hoisted: dict[Expr, Let] = {}
                inner = tuple(_hoist_stmts(stmt.body, _invariance(stmt), hoisted, fresh))
                out += hoisted.values()
                out.append(replace(stmt, body=_hoist_block(inner, fresh)))
            case If():
                out.append(replace(stmt, body=_hoist_block(stmt.body, fresh)))
            case _:
                out.append(stmt)
    return tuple(out)


def _hoist_stmts(
    body: Iterable[Stmt],
    invariant: Callable[[Expr], bool],
    hoisted: dict[Expr, Let],
    fresh: Fresh,
) -> Iterable[Stmt]:
    """Yield the statements of a loop with invariant subtrees replaced by hoisted locals.

    Statements of nested loops and conditions are searched as well: what is invariant in the outer
    loop may stand in the bounds or the body of the inner one.
    """

    def hoist(expr: Expr) -> Expr:
        if isinstance(expr, Const | Local | Clock) or (isinstance(expr, Load) and not expr.index):
            return expr
        # a load may be out of bounds where the loop runs no iteration or a condition protects it
        if invariant(expr) and not any(isinstance(n, Load) and n.index for n in walk(expr)):
            if expr not in hoisted:
                hoisted[expr] = Let(fresh.local(expr.dtype), expr)
            return hoisted[expr].local
        return map_children(expr, hoist)

    for stmt in body:
        new = map_expressions(stmt, hoist)
        if isinstance(new, For | If):
            new = replace(new, body=tuple(_hoist_stmts(new.body, invariant, hoisted, fresh)))
        yield new


@dataclass
class Fresh:
    """A supply of local names that the kernel does not use yet: c1, c2, ..."""

    kernel: Kernel
    prefix: str
    count: int = 0
    used: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.used = locals_bound(self.kernel.body)

    def local(self, dtype: DType) -> Local:
        """Return a new local."""
        while True:
            self.count += 1
            name = f"{self.prefix}{self.count}"
            if name not in self.used:
                return Local(name, dtype)


# -------------------------------------------------------------------------------------- optimise

PIPELINE: tuple[Callable[[Kernel], Kernel], ...] = (
    fold_constants,
    expand_powers,
    join_divisions,
    multiply_by_reciprocals,
    hoist_invariants,
    fold_constants,
    split_flags,
    split_scatters,
)


def optimise(kernel: Kernel, *, hoist: bool = True) -> Kernel:
    """Apply all passes of `PIPELINE`; with BRAINSIM_VERIFY=1 check the kernel after each.

    Args:
        kernel: The kernel.
        hoist: Whether to compute before a loop what it repeats.
    """
    checked = os.environ.get("BRAINSIM_VERIFY") == "1"
    for run in PIPELINE:
        if run is hoist_invariants and not hoist:
            continue
        kernel = run(verify(kernel) if checked else kernel)
    return verify(kernel) if checked else kernel


# ------------------------------------------------------------------------------------ loop fusion


def fuse_kernels(first: Kernel, second: Kernel, name: str) -> Kernel | None:
    """Return one kernel that does `first`, then `second`, in one loop; None where that is unsafe.

    The last loop of `first` and the first loop of `second` become one. Both must be INDEPENDENT,
    have equal bounds, and touch the buffers that one of them stores to only at their own index.
    """
    head_loops = [k for k, stmt in enumerate(first.body) if isinstance(stmt, For)]
    tail_loops = [k for k, stmt in enumerate(second.body) if isinstance(stmt, For)]
    if not head_loops or not tail_loops:
        return None
    a, b = head_loops[-1], tail_loops[0]
    one, other = first.body[a], second.body[b]
    assert isinstance(one, For)  # noqa: S101 - selected above
    assert isinstance(other, For)  # noqa: S101
    # looked at first: most pairs of kernels differ here, and to give new names takes longer
    if not _same_domain(one, other):
        return None
    tail = _apart_from(first, second)
    two = tail[b]
    assert isinstance(two, For)  # noqa: S101 - the same statement with other names
    if not _elementwise(one, two):
        return None
    between = (*first.body[a + 1 :], *tail[:b])
    # what stands between the loops moves before them, so it may depend on nothing in the first
    if any(not isinstance(stmt, Let) for stmt in between):
        return None
    if effects(between).conflicts_with(effects((one,))):
        return None
    body_two = rename_locals(two.body, {two.index.name: one.index.name})
    fused = replace(one, body=(*one.body, *body_two))
    return Kernel(
        name,
        f"{first.title}; {second.title}",
        (*first.body[:a], *between, fused, *tail[b + 1 :]),
    )


def _apart_from(first: Kernel, second: Kernel) -> tuple[Stmt, ...]:
    """Return the body of `second` without the names that `first` binds."""
    mine, theirs = locals_bound(first.body), locals_bound(second.body)
    names: dict[str, str] = {}
    for old in sorted(mine & theirs):
        new = f"{old}_2"
        while new in mine | theirs or new in names.values():
            new += "_"
        names[old] = new
    return rename_locals(second.body, names)


def _same_domain(one: For, two: For) -> bool:
    return (
        one.kind is two.kind is LoopKind.INDEPENDENT
        and one.start == two.start
        and one.stop == two.stop
        and one.index.dtype is two.index.dtype
        and not any(locals_used(bound) for bound in (one.start, one.stop))
        and set(effects((replace(one, body=()),)).reads).isdisjoint(effects(one.body).writes)
    )


def _elementwise(one: For, two: For) -> bool:
    """Whether the loops meet in a buffer only at equal indices."""
    first, second = effects(one.body), effects(two.body)
    shared = (set(first.writes) & set(second.buffers)) | (set(second.writes) & set(first.buffers))
    return all(
        index == loop.index
        for loop in (one, two)
        for buffer, index in _accesses(loop.body)
        if buffer in shared
    )


def _accesses(body: Iterable[Stmt]) -> Iterable[tuple[object, Expr | None]]:
    for stmt in body:
        match stmt:
            case Store() | Accumulate():
                yield stmt.buffer, stmt.index
            case Compact() | Fill():
                yield from ((buffer, None) for buffer in effects((stmt,)).buffers)
            case _:
                pass
        for expr in expressions(stmt):
            for node in walk(expr):
                if isinstance(node, Load):
                    yield node.buffer, node.index
        if isinstance(stmt, For | If):
            yield from _accesses(stmt.body)


__all__ = [
    "PIPELINE",
    "Fresh",
    "expand_powers",
    "fold_constants",
    "fuse_kernels",
    "hoist_invariants",
    "join_divisions",
    "multiply_by_reciprocals",
    "optimise",
]
