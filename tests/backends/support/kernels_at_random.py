"""Random kernels from a seed, in every form the kernel language has, and arrays to run them on.

Three styles:

    EXACT      + - * / comparisons, selects, casts and integers: all targets give the same bits
    FUNCTIONS  stored values are also products of functions of bounded arguments: the targets
               differ by a few units in the last place, and nothing can amplify the difference
    POSITIVE   only + * / and powers of positive numbers: relative errors stay small, so that a
               rewriting which rounds differently can be judged
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np

from brainsim.codegen import build as b
from brainsim.codegen.ir import (
    Accumulate,
    Binary,
    Buffer,
    Call,
    Cast,
    Compact,
    Const,
    DType,
    Expr,
    If,
    Kernel,
    Let,
    Load,
    Local,
    LoopKind,
    Not,
    Random,
    Select,
    Stmt,
    Store,
    Unary,
)
from brainsim.codegen.verify import verify

F64, F32, I32, I64 = DType.F64, DType.F32, DType.I32, DType.I64
U8, U16, U64, BOOL = DType.U8, DType.U16, DType.U64, DType.BOOL
Arrays = dict[str, Any]
SIZE = 37
INTEGER_LIMIT = 2**30


class Style(Enum):
    """What random kernels compute with."""

    EXACT = "exact"
    FUNCTIONS = "functions"
    POSITIVE = "positive"


def _constant(name: str, dtype: DType = F64) -> Buffer:
    return Buffer(name, dtype, constant=True)


def _state(name: str, dtype: DType = F64) -> Buffer:
    return Buffer(name, dtype)


X, Y, F = _constant("x"), _constant("y"), _constant("f", F32)
NUM, SMALL = _constant("num", I32), _constant("small", U16)
WHERE, MASK, BITS = _constant("where", I64), _constant("mask", BOOL), _constant("bits", U8)
ROW, TARGET, W = _constant("row", I32), _constant("target", I32), _constant("w")
A, B_, G, M = _state("a"), _state("b"), _state("g", F32), _state("m", I32)
Q, FLAGS, EDGE = _state("q", BOOL), _state("flags", U8), _state("edge")
ACC, CNT, OUT = _state("acc"), _state("cnt", I64), _state("out", I32)
N = Buffer("N", I32, constant=True, scalar=True)
TAU = Buffer("tau", F64, constant=True, scalar=True)
KEY = Buffer("key", U64, constant=True, scalar=True)
TOTAL = Buffer("total", F64, scalar=True)

# each within 1 ulp of the exact value in C (bs_math.h) and 4 in NumPy, on [0.25, 4]
FUNCTIONS_OF_ONE = ("exp", "expm1", "exprel", "log1p", "sqrt", "tanh", "sinh", "cosh", "arctan")
ROUNDING = ("floor", "ceil", "abs", "sign")


def arrays(seed: int) -> Arrays:
    """Return the content of all buffers."""
    rng = np.random.default_rng([seed, 1])
    lengths = rng.integers(0, 4, SIZE)
    row = np.concatenate([[0], np.cumsum(lengths)])
    n = int(row[-1])
    return {
        "x": rng.uniform(0.5, 2, SIZE),
        "y": rng.uniform(0.5, 2, SIZE),
        "f": rng.uniform(0.5, 2, SIZE),
        "num": rng.integers(-9, 10, SIZE),
        "small": rng.integers(0, 300, SIZE),
        "where": rng.integers(0, SIZE, SIZE),
        "mask": rng.random(SIZE) < 0.5,
        "bits": rng.random(SIZE) < 0.3,
        "row": row,
        "target": rng.integers(0, SIZE, n),
        "w": rng.uniform(0.5, 2, n),
        "a": rng.uniform(0.5, 2, SIZE),
        "b": rng.uniform(0.5, 2, SIZE),
        "g": rng.uniform(0.5, 2, SIZE),
        "m": rng.integers(-9, 10, SIZE),
        "q": rng.random(SIZE) < 0.5,
        "flags": rng.random(SIZE) < 0.3,
        "edge": rng.uniform(0.5, 2, n),
        "acc": rng.uniform(0.5, 2, SIZE),
        "cnt": rng.integers(0, 9, SIZE),
        "out": np.zeros(2 * SIZE),
        "N": SIZE,
        "tau": 1.7,
        "key": 0xFEDCBA9876543210,
        "total": 0.5,
    }


def kernel(seed: int, style: Style = Style.EXACT, name: str = "kernel") -> Kernel:
    """Return the random kernel of a seed."""
    return verify(_Maker(seed, style).kernel(name))


class _Maker:
    """Grows expressions and statements."""

    def __init__(self, seed: int, style: Style) -> None:
        self.rng = np.random.default_rng([seed, 0])
        self.style = style
        self.count = 0
        self.locals: list[Local] = []
        self.bounds: dict[str, int] = {}
        self.index: Local | None = None
        self.edge: Local | None = None

    def pick(self, options: Any) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    # ----------------------------------------------------------------------------- statements

    def kernel(self, name: str) -> Kernel:
        forms: Any = (
            self.independent,
            self.scattering,
            self.sequential,
            self.over_edges,
            self.loops_in_steps,
            self.steps_in_lanes,
        )
        if self.style is Style.FUNCTIONS:
            forms = (self.independent, self.scattering, self.over_edges)
        body: list[Stmt] = []
        if self.chance(0.6):
            body.append(self.let(F64))
        body += [self.pick(forms)() for _ in range(int(self.rng.integers(1, 4)))]
        if self.chance(0.3):
            body.append(Store(TOTAL, None, self.real(2)))
        if self.style is Style.EXACT and self.chance(0.3):
            body += self.compaction()
        return Kernel(name, f"A random kernel: {name}", tuple(body))

    def compaction(self) -> list[Stmt]:
        count = Local(self.name("n"), I64)
        found = Compact(FLAGS, b.load(N), OUT, b.const(int(self.rng.integers(9)), I64), count)
        return [found, Store(CNT, b.const(0, I64), count)]

    def let(self, dtype: DType) -> Let:
        name = self.name("u")
        if dtype is I32:
            value, self.bounds[name] = self.integer(2, I32)
        else:
            value = {F64: self.real, BOOL: self.truth, F32: self.single}[dtype](2)
        let = Let(Local(name, dtype), value)
        self.locals.append(let.local)
        return let

    def loop(self, body: Any, kind: LoopKind, stop: Expr | None = None) -> Stmt:
        """Return a loop over elements; `body` is made with its index in scope."""
        before, outer = list(self.locals), self.index
        self.index = b.index(self.name("i"))
        made = body()
        loop = b.loop(self.index, stop or b.load(N), made, kind=kind)
        self.locals, self.index = before, outer
        return loop

    def edges(self, body: Any, kind: LoopKind) -> Stmt:
        """Return a loop over the edges of the present element."""
        assert self.index is not None
        before = list(self.locals)
        self.edge = b.index(self.name("k"))
        made = body()
        last = b.load(ROW, b.add(self.index, b.const(1, I64)))
        loop = b.loop(self.edge, last, made, start=b.load(ROW, self.index), kind=kind)
        self.locals, self.edge = before, None
        return loop

    def own_stores(self) -> list[Stmt]:
        """Return statements that store to the present element only."""
        out: list[Stmt] = []
        for _ in range(int(self.rng.integers(1, 5))):
            form = self.rng.random()
            if form < 0.35:
                out.append(self.let(self.pick((F64, F64, BOOL, I32, F32))))
            elif form < 0.75:
                out.append(self.own_store())
            elif form < 0.85:
                out.append(Accumulate(self.pick((A, B_)), self.index, self.real(2)))
            else:
                condition, before = self.truth(1), list(self.locals)
                body = (*self.own_stores(), self.own_store())
                out.append(If(condition, body))
                self.locals = before
        return [*out, self.own_store()]

    def own_store(self) -> Stmt:
        if self.style is not Style.EXACT:
            return Store(self.pick((A, B_)), self.index, self.result())
        buffer = self.pick((A, B_, G, M, Q, FLAGS))
        return b.store(buffer, self.index, self.value_for(buffer))

    def value_for(self, buffer: Buffer) -> Expr:
        match buffer.dtype:
            case DType.F64:
                return self.real(3)
            case DType.F32:
                return self.single(3)
            case DType.I32:
                return self.int32(3)
            case _:
                return self.truth(3)

    def independent(self) -> Stmt:
        return self.loop(self.own_stores, LoopKind.INDEPENDENT)

    def scattering(self) -> Stmt:
        def body() -> list[Stmt]:
            at = self.pick((b.load(WHERE, self.index), b.const(3, I64)))
            added = Accumulate(ACC, at, self.value())
            counted = Accumulate(CNT, b.load(WHERE, self.index), b.const(1, I64))
            mine = self.own_stores() if self.chance(0.5) else []
            chosen: list[Stmt] = [If(self.truth(1), (counted,))] if self.chance(0.5) else [counted]
            again = [Accumulate(ACC, b.load(WHERE, self.index), self.value())]
            return [*mine, added, *chosen, *(again if self.chance(0.3) else [])]

        return self.loop(body, LoopKind.ACCUMULATING)

    def over_edges(self) -> Stmt:
        def inner() -> list[Stmt]:
            out: list[Stmt] = [self.let(F64)] if self.chance(0.5) else []
            added: Stmt = Accumulate(ACC, b.load(TARGET, self.edge), self.value())
            if self.chance(0.4):
                added = If(self.truth(1), (added,))
            stored = Store(EDGE, self.edge, self.value())
            return [*out, added, *([stored] if self.chance(0.6) else [])]

        def body() -> list[Stmt]:
            lets: list[Stmt] = [self.let(F64)] if self.chance(0.7) else []
            within: list[Stmt] = [self.edges(inner, LoopKind.ACCUMULATING)]
            if self.chance(0.3):
                within = [If(self.truth(1), tuple(within))]
            return [*lets, *within, *(self.own_stores() if self.chance(0.3) else [])]

        return self.loop(body, LoopKind.ACCUMULATING)

    def sequential(self) -> Stmt:
        def body() -> list[Stmt]:
            other = b.binary("%", b.add(self.index, b.const(5, I64)), b.load(N))
            stores = [Store(A, other, self.value()), *self.own_stores()]
            running = Store(TOTAL, None, b.mul(b.add(b.load(TOTAL), self.value()), b.const(0.5)))
            return [*stores, running, Accumulate(ACC, other, b.load(TOTAL))]

        return self.loop(body, LoopKind.SEQUENTIAL)

    def loops_in_steps(self) -> Stmt:
        def body() -> list[Stmt]:
            lets: list[Stmt] = [self.let(F64)]
            return [*lets, self.pick((self.independent, self.scattering, self.over_edges))()]

        return self.loop(body, LoopKind.SEQUENTIAL, b.const(3, I64))

    def steps_in_lanes(self) -> Stmt:
        def inner() -> list[Stmt]:
            return [Store(EDGE, self.edge, self.value()), Accumulate(A, self.index, self.value())]

        def body() -> list[Stmt]:
            return [*self.own_stores(), self.edges(inner, LoopKind.SEQUENTIAL)]

        return self.loop(body, LoopKind.INDEPENDENT)

    # ---------------------------------------------------------------------------- expressions

    def result(self) -> Expr:
        """Return a value to store that no further arithmetic will use."""
        if self.style is Style.POSITIVE:
            return self.real(4)
        return b.mul(self.function(), b.mul(self.function(), self.exact_inputs()))

    def value(self) -> Expr:
        return self.real(3)

    def function(self) -> Expr:
        """Return a function of an argument between 1/4 and 4."""
        # the argument is the same in all targets, and nothing is subtracted afterwards
        inner = b.call("clip", self.exact_inputs(), b.const(0.25), b.const(4.0))
        if self.chance(0.15):
            return b.binary("**", inner, self.pick((b.const(2.5), b.const(3.0), b.const(-1.5))))
        return b.call(self.pick(FUNCTIONS_OF_ONE), inner)

    def exact_inputs(self) -> Expr:
        """Return an expression of constant buffers only, whose bits all targets share."""
        left, right = (b.load(self.pick((X, Y)), self.position()) for _ in range(2))
        return b.binary(self.pick(("+", "*", "/")), left, right)

    def position(self) -> Expr:
        if self.index is None:
            return b.const(int(self.rng.integers(SIZE)), I64)
        return self.index if self.chance(0.7) else b.load(WHERE, self.index)

    def known(self, dtype: DType) -> list[Expr]:
        """Return the locals of a type."""
        return [local for local in self.locals if local.dtype is dtype]

    def real_leaf(self) -> Expr:
        options: list[Expr] = [
            b.const(float(np.round(self.rng.uniform(0.5, 2), 3))),
            b.load(self.pick((X, Y)), self.position()),
            b.load(TAU),
            *self.known(F64),
        ]
        if self.index is not None:
            options.append(b.load(self.pick((A, B_)), self.index))
        if self.edge is not None:
            options += [b.load(W, self.edge), b.load(X, b.load(TARGET, self.edge))]
        if self.style is Style.EXACT:
            options += [b.T, b.DT, Cast(self.int_leaf()[0], F64), Cast(self.truth(0), F64)]
            element = self.index or b.const(5, I64)
            options.append(Random("uniform", KEY, element, (), F64))
            options.append(Cast(b.load(F, self.position()), F64))
        return self.pick(options)

    def real(self, depth: int) -> Expr:
        if depth == 0 or self.chance(0.15):
            return self.real_leaf()
        left, right = self.real(depth - 1), self.real(depth - 1)
        if self.style is not Style.EXACT:
            form = self.rng.random()
            if form < 0.15 and self.style is Style.POSITIVE:
                return b.binary("**", left, b.const(self.pick((2.0, 3.0, -1.0, 0.5, -2.0))))
            if form < 0.3:
                return b.binary("/", left, self.pick((b.load(TAU), b.const(3.0), right)))
            # never a product of many factors, which could leave the range
            if form < 0.6:
                return b.mul(self.real_leaf(), b.binary("/", left, b.add(left, b.const(1.0))))
            return b.add(left, right)
        return self.exact_real(left, right, depth)

    def exact_real(self, left: Expr, right: Expr, depth: int) -> Expr:
        form = self.rng.random()
        if form < 0.6:
            return b.binary(self.pick(("+", "-", "*", "/")), left, right)
        if form < 0.7:
            return Select(self.truth(depth - 1), left, right, F64)
        if form < 0.75:
            return Unary(left)
        if form < 0.83:
            return b.call(self.pick(ROUNDING), left)
        if form < 0.88:
            return b.call(self.pick(("minimum", "maximum")), left, right)
        if form < 0.93:
            return b.call("clip", left, b.const(-1.5), b.call("abs", right))
        if form < 0.96:
            return Binary(self.pick(("//", "%")), left, right, F64)
        return Cast(Call("timestep", (left, b.const(0.125)), I64), F64)

    def single(self, depth: int) -> Expr:
        """Return a float32 expression."""
        if depth == 0 or self.chance(0.2):
            options: list[Expr] = [Const(0.7, F32), Load(F, self.position()), *self.known(F32)]
            options += [Cast(self.real_leaf(), F32), Cast(self.int_leaf()[0], F32)]
            if self.index is not None:
                options.append(Load(G, self.index))
            return self.pick(options)
        left, right = self.single(depth - 1), self.single(depth - 1)
        if self.chance(0.2):
            return Select(self.truth(1), left, right, F32)
        return Binary(self.pick(("+", "-", "*", "/")), left, right, F32)

    def int_leaf(self) -> tuple[Expr, int]:
        options: list[tuple[Expr, int]] = [
            (b.const(int(self.rng.integers(-9, 10))), 9),
            (b.load(NUM, self.position()), 9),
            (Cast(b.load(SMALL, self.position()), I32), 300),
            (b.RELATIVE_STEP, 17),
            *((local, self.bounds[local.name]) for local in self.locals if local.dtype is I32),
        ]
        return self.pick(options)

    def integer(self, depth: int, dtype: DType) -> tuple[Expr, int]:
        """Return an expression and a bound of its magnitude: overflow has no meaning in C."""
        if depth == 0 or self.chance(0.15):
            leaf, bound = self.int_leaf()
            return b.cast(leaf, dtype), bound
        (left, p), (right, q) = self.integer(depth - 1, dtype), self.integer(depth - 1, dtype)
        op = self.pick(("+", "-", "*", "//", "%", "select", "neg", "cut", "**"))
        match op:
            case "select":
                return Select(self.truth(1), left, right, dtype), max(p, q)
            case "neg":
                return Unary(left), p
            case "cut":
                real = self.real(1)
                small = b.compare("<", b.call("abs", real), b.const(30.0))
                return Cast(Select(small, real, b.const(7.0), F64), dtype), 30
            case "**":
                bound = p**2
                expr: Expr = Binary("**", left, Const(2, dtype), dtype)
            case "*":
                bound, expr = p * q, Binary("*", left, right, dtype)
            case _:
                bound, expr = p + q + 1, Binary(op, left, right, dtype)
        return (expr, bound) if bound < INTEGER_LIMIT else (left, p)

    def int32(self, depth: int) -> Expr:
        return self.integer(depth, I32)[0]

    def truth(self, depth: int) -> Expr:
        if depth == 0 or self.chance(0.15):
            options: list[Expr] = [b.load(MASK, self.position()), *self.known(BOOL)]
            options += [Cast(b.load(BITS, self.position()), BOOL), b.const(self.chance(0.5))]
            if self.style is not Style.EXACT:
                options = [b.compare("<", self.exact_inputs(), b.load(TAU))]
            return self.pick(options)
        if self.style is not Style.EXACT:
            return b.compare("<", self.exact_inputs(), b.load(TAU))
        op = self.pick(("<", "<=", ">", ">=", "==", "!="))
        form = self.rng.random()
        if form < 0.35:
            return b.compare(op, self.real(depth - 1), self.real(depth - 1))
        if form < 0.5:
            left, right = self.integer(depth, I64)[0], self.integer(depth - 1, I32)[0]
            return b.compare(op, left, right)
        if form < 0.8:
            both = (self.truth(depth - 1), self.truth(depth - 1))
            return b.both(*both) if self.chance(0.5) else Not(b.both(*both))
        return Not(self.truth(depth - 1))
