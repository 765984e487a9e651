"""Every illegal form of a kernel is refused; each test shows one."""

from __future__ import annotations

import math
from typing import Any

import pytest
from kernels_at_random import Style, kernel
from kernels_by_hand import EXAMPLES

from brainsim.codegen import build as b
from brainsim.codegen.ir import (
    Accumulate,
    Binary,
    Buffer,
    Call,
    Cast,
    Compact,
    Compare,
    Const,
    DType,
    Expr,
    Fill,
    For,
    If,
    Kernel,
    Let,
    Load,
    Local,
    Logic,
    LoopKind,
    Not,
    Random,
    Select,
    Stmt,
    Store,
    Unary,
)
from brainsim.codegen.verify import IllegalKernelError, verify

F64, F32, I32, I64 = DType.F64, DType.F32, DType.I32, DType.I64
U8, U16, U64, BOOL = DType.U8, DType.U16, DType.U64, DType.BOOL
V, W = Buffer("v", F64), Buffer("w", F64, constant=True)
FLAGS, LIST, TRUTHS = Buffer("flags", U8), Buffer("list", I32), Buffer("truths", BOOL)
TOTAL = Buffer("total", F64, scalar=True)
N = Buffer("N", I32, constant=True, scalar=True)
KEY = Buffer("key", U64, constant=True, scalar=True)
i = b.index("i")
ZERO, ONE = Const(0, I64), Const(1, I64)
COUNT = Local("count", I64)
TRUE = b.TRUE


def _wrong(*body: Stmt, name: str = "k") -> str:
    with pytest.raises(IllegalKernelError) as caught:
        verify(Kernel(name, "", body))
    assert str(caught.value).startswith(f"kernel {name}: ")
    return str(caught.value)


@pytest.mark.parametrize("name", EXAMPLES)
def test_kernels_written_by_hand_are_legal(name: str) -> None:
    assert verify(EXAMPLES[name].kernel) is EXAMPLES[name].kernel


@pytest.mark.parametrize("style", Style)
def test_random_kernels_are_legal(style: Style) -> None:
    for seed in range(10):
        verify(kernel(seed, style))


# ------------------------------------------------------------------------------------ statements

ILLEGAL_STATEMENTS: dict[str, tuple[Stmt, ...]] = {
    "x is not bound here": (Store(V, ZERO, Local("x", F64)),),
    "local i is not bound here with type int32": (
        b.loop(i, ONE, [Store(V, Local("i", I32), b.T)]),
    ),
    "local i is not bound here": (b.loop(i, ONE, []), Store(V, i, b.T)),
    "local x is not bound here": (
        If(TRUE, (Let(Local("x", F64), b.T),)),
        Store(V, ZERO, Local("x", F64)),
    ),
    "local x is bound twice": (Let(Local("x", F64), b.T), Let(Local("x", F64), b.T)),
    "local i is bound twice": (b.loop(i, ONE, [b.loop(i, ONE, [])]),),
    "local count is bound twice": (
        Let(COUNT, ONE),
        Compact(FLAGS, ONE, LIST, ZERO, COUNT),
    ),
    "x is bound to a value of another type": (Let(Local("x", F64), ONE),),
    "w is constant": (Store(W, ZERO, b.T),),
    "N is constant": (Accumulate(N, None, b.const(1)),),
    "v is used with the wrong kind of index": (Store(V, None, b.T),),
    "total is used with the wrong kind of index": (Accumulate(TOTAL, ZERO, b.T),),
    "v is used with an index that is no integer": (Store(V, b.T, b.T),),
    "cannot add to truths": (Accumulate(TRUTHS, ZERO, TRUE),),
    "a bound of a loop is no integer": (b.loop(i, b.T, []),),
    "a bound of a loop": (b.loop(Local("x", F64), ONE, []),),
    "a bound of a loop is": (b.loop(i, ONE, [], start=TRUE),),
    "a condition is not boolean": (If(ONE, ()),),
    "w is no array of flags": (Compact(W, ONE, LIST, ZERO, COUNT),),
    "bit is no array of flags": (Compact(Buffer("bit", U8, scalar=True), ONE, LIST, ZERO, COUNT),),
    "indices cannot be written to v": (Compact(FLAGS, ONE, V, ZERO, COUNT),),
    "indices cannot be written to fixed": (
        Compact(FLAGS, ONE, Buffer("fixed", I32, constant=True), ZERO, COUNT),
    ),
    "a bound of a compaction is no integer": (Compact(FLAGS, b.T, LIST, ZERO, COUNT),),
    "a bound of a compaction": (Compact(FLAGS, ONE, LIST, TRUE, COUNT),),
    "the count count is not int64": (Compact(FLAGS, ONE, LIST, ZERO, Local("count", I32)),),
    "cannot fill list": (Fill(LIST, "normal", KEY, ONE),),
    "cannot fill w": (Fill(W, "normal", KEY, ONE),),
    "cannot fill total": (Fill(TOTAL, "normal", KEY, ONE),),
    "N is no key of a random stream": (Fill(V, "normal", N, ONE),),
    "a bound of a fill is no integer": (Fill(V, "normal", KEY, b.T),),
    "two different buffers are called v": (
        Store(V, ZERO, Cast(Load(Buffer("v", I32), ZERO), F64)),
    ),
    "'a b' is not an identifier": (Store(Buffer("a b", F64), ZERO, b.T),),
    "'x;' is not an identifier": (Let(Local("x;", F64), b.T),),
    "'µ' is not an identifier": (Store(Buffer("µ", F64), ZERO, b.T),),
}


@pytest.mark.parametrize("message", ILLEGAL_STATEMENTS)
def test_an_illegal_statement_is_refused(message: str) -> None:
    assert message in _wrong(*ILLEGAL_STATEMENTS[message])


def test_an_illegal_name_of_a_kernel_is_refused() -> None:
    assert "'a-b' is not an identifier" in _wrong(name="a-b")


def test_illegal_statements_are_found_in_nested_blocks() -> None:
    bad = Store(W, i, b.T)
    assert "constant" in _wrong(b.loop(i, ONE, [If(TRUE, (b.loop(b.index("k"), i, [bad]),))]))


# ----------------------------------------------------------------------------------- expressions

ILLEGAL_EXPRESSIONS: dict[str, Expr] = {
    "w is used with the wrong kind of index": Load(W, None),
    "N is used with the wrong kind of index": Load(N, ZERO),
    "w is used with an index that is no integer": Load(W, b.T),
    "operands of + differ in type": Binary("+", b.T, ONE, F64),
    "operands of * differ in type": Binary("*", ONE, ONE, F64),
    "operands of - differ": Unary(TRUE),
    "there is no + of bool": Binary("+", TRUE, TRUE, BOOL),
    "there is no * of uint16": Binary("*", Const(1, U16), Const(1, U16), U16),
    "there is no - of uint8": Unary(Const(1, U8)),
    "a division of integers is not /": Binary("/", ONE, ONE, I64),
    "there is no // of uint64": Binary("//", Const(1, U64), Const(1, U64), U64),
    "operands of < differ in type": Compare("<", b.T, ONE),
    "an operand of and/or/not is not boolean": Logic("and", TRUE, ONE),
    "an operand of and/or/not": Not(ONE),
    "the branches of a select differ in type": Select(TRUE, ONE, b.T, F64),
    "the branches of a select": Select(ONE, b.T, b.T, F64),
    "the branches of a select differ": Select(TRUE, b.T, b.T, F32),
    "unknown function system": Call("system", (b.T,), F64),
    "the arguments of exp have a wrong type": Call("exp", (ONE,), F64),
    "the arguments of abs have a wrong type": Call("abs", (ONE,), I64),
    "the arguments of timestep have a wrong type": Call("timestep", (ONE, ONE), I64),
    "timestep gives int64": Call("timestep", (b.T, b.DT), F64),
    "N is no key of a random stream": Random("uniform", N, ONE, (), F64),
    "a bound of a random variate is no integer": Random("uniform", KEY, b.T, (), F64),
    "the arguments of uniform have a wrong type": Random("uniform", KEY, ONE, (b.T,), F64),
    "the arguments of poisson have a wrong type": Random("poisson", KEY, ONE, (ONE,), I32),
    "the arguments of binomial have a wrong type": Random("binomial", KEY, ONE, (b.T,), I32),
    "normal gives no int32": Random("normal", KEY, ONE, (), I32),
    "poisson gives no float64": Random("poisson", KEY, ONE, (b.T,), F64),
    "poisson gives no uint8": Random("poisson", KEY, ONE, (b.T,), U8),
}


@pytest.mark.parametrize("message", ILLEGAL_EXPRESSIONS)
def test_an_illegal_expression_is_refused(message: str) -> None:
    expr = ILLEGAL_EXPRESSIONS[message]
    stored = Store(Buffer("result", expr.dtype), ZERO, expr)
    found = _wrong(stored)
    if message.startswith("operands of - differ"):
        message = "there is no - of bool"
    assert message in found
    # wherever it stands
    condition = Compare("==", expr, expr)
    assert message in _wrong(If(condition, ()))
    assert message in _wrong(Let(Local("x", BOOL), Not(condition)))


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (2**31, I32),
        (-(2**31) - 1, I32),
        (2**63, I64),
        (-1, U64),
        (2**64, U64),
        (256, U8),
        (-1, U16),
        (0.5, I32),
        (1, BOOL),
        (True, I32),
        (True, F64),
        (1e300, F32),
    ],
)
def test_a_literal_outside_its_type_is_refused(value: Any, dtype: DType) -> None:
    assert "is no " in _wrong(Store(Buffer("x", dtype), ZERO, Const(value, dtype)))


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(-(2**31), I32), (2**63 - 1, I64), (2**64 - 1, U64), (0, U8), (1, F64), (math.inf, F32)],
)
def test_a_literal_at_the_end_of_its_type_is_legal(value: Any, dtype: DType) -> None:
    verify(Kernel("k", "", (Store(Buffer("x", dtype), ZERO, Const(value, dtype)),)))


# ---------------------------------------------------------------------------------- the promises


def _loop(stmt: Stmt, kind: LoopKind) -> Stmt:
    return For(i, ZERO, b.load(N), (stmt,), kind)


def test_iterations_that_store_to_one_element_are_refused_unless_sequential() -> None:
    for stmt in (Store(TOTAL, None, b.T), Store(V, Const(3, I64), b.T)):
        for kind in (LoopKind.INDEPENDENT, LoopKind.ACCUMULATING):
            assert "every iteration" in _wrong(_loop(stmt, kind))
            assert "every iteration" in _wrong(_loop(If(TRUE, (stmt,)), kind))
        verify(Kernel("k", "", (_loop(stmt, LoopKind.SEQUENTIAL),)))


def test_additions_to_one_element_need_an_accumulating_loop() -> None:
    for stmt in (Accumulate(TOTAL, None, b.T), Accumulate(V, ZERO, b.T)):
        assert "every iteration" in _wrong(_loop(stmt, LoopKind.INDEPENDENT))
        for kind in (LoopKind.SEQUENTIAL, LoopKind.ACCUMULATING):
            verify(Kernel("k", "", (_loop(stmt, kind),)))


def test_an_inner_loop_must_keep_the_promise_of_the_outer_one() -> None:
    inner = For(b.index("k"), ZERO, ONE, (Store(TOTAL, None, b.T),), LoopKind.SEQUENTIAL)
    assert "every iteration" in _wrong(_loop(inner, LoopKind.INDEPENDENT))


def test_sibling_blocks_may_use_one_name() -> None:
    block = If(TRUE, (Let(Local("x", F64), b.T), Store(V, ZERO, Local("x", F64))))
    verify(Kernel("k", "", (block, block, b.loop(i, ONE, []), b.loop(i, ONE, []))))
