"""Passes keep the meaning of kernels, and do what their docstrings say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import kernels_at_random as at_random
import kernels_by_hand as by_hand
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels_at_random import Style
from running import run_numpy, same_bits, ulps

from brainsim.codegen import build as b
from brainsim.codegen import npmath
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
    Fill,
    For,
    If,
    Kernel,
    Let,
    Load,
    Local,
    LoopKind,
    Random,
    Stmt,
    Store,
    Unary,
)
from brainsim.codegen.passes import (
    PIPELINE,
    expand_powers,
    fold_constants,
    fuse_kernels,
    hoist_invariants,
    join_divisions,
    multiply_by_reciprocals,
    optimise,
)
from brainsim.codegen.rewrite import expressions, statements, walk
from brainsim.codegen.verify import verify

F64, F32, I32, I64, U64 = DType.F64, DType.F32, DType.I32, DType.I64, DType.U64
X, Y, OUT = Buffer("x", F64), Buffer("y", F64), Buffer("out", F64)
TAU = Buffer("tau", F64, constant=True, scalar=True)
RATE = Buffer("rate", F64, constant=True, scalar=True)
TOTAL = Buffer("total", F64, scalar=True)
N = Buffer("N", I32, constant=True, scalar=True)
KEY = Buffer("key", U64, constant=True, scalar=True)
i, k = b.index("i"), b.index("k")
x, y, tau = b.load(X, i), b.load(Y, i), b.load(TAU)
SEEDS = range(20)

# A kernel of style POSITIVE has at most three loops of sequential depth 37 at the worst, but a
# value passes through the division that bounds it (a/(a + 1)) at each step, so that errors of
# earlier steps do not grow. Within one step: 60 operations, each at most 1 ulp on each side (pow of
# NumPy 4), and a power multiplies a relative error by at most 3, three times one inside the other.
ROUNDING_ULPS = 60 * (2 + 4) * 3**3


Build = Callable[[list[Kernel]], ModuleType]


def _pairs(change: Callable[[Kernel], Kernel], style: Style) -> list[tuple[Kernel, Kernel]]:
    kernels = [at_random.kernel(seed, style, f"k{seed}") for seed in SEEDS]
    return [(kernel, replace(change(kernel), name=f"{kernel.name}_new")) for kernel in kernels]


def _results(build: Build, pairs: list[tuple[Kernel, Kernel]]) -> list[tuple[Any, Any]]:
    module = build([kernel for pair in pairs for kernel in pair])
    found = []
    for seed, (old, new) in zip(SEEDS, pairs, strict=True):
        content = at_random.arrays(seed)
        found.append(
            (
                run_numpy(getattr(module, old.name), old, content),
                run_numpy(getattr(module, new.name), new, content),
            )
        )
    return found


@pytest.mark.parametrize("change", [fold_constants, hoist_invariants])
def test_folding_and_hoisting_change_no_bit(
    build_numpy: Build, change: Callable[[Kernel], Kernel]
) -> None:
    pairs = _pairs(change, Style.EXACT)
    assert sum(old.body != new.body for old, new in pairs) > len(pairs) // 2
    for old, new in _results(build_numpy, pairs):
        assert same_bits(new, old) == []


@pytest.mark.parametrize("change", [expand_powers, multiply_by_reciprocals, optimise])
def test_other_passes_change_the_rounding_only(
    build_numpy: Build, change: Callable[[Kernel], Kernel]
) -> None:
    pairs = _pairs(change, Style.POSITIVE)
    assert sum(old.body != new.body for old, new in pairs) > len(pairs) // 2
    for old, new in _results(build_numpy, pairs):
        assert max(ulps(new[name], old[name]) for name in new) <= ROUNDING_ULPS


@pytest.mark.parametrize("style", Style)
def test_kernels_are_legal_after_each_pass(style: Style) -> None:
    for seed in SEEDS:
        kernel = at_random.kernel(seed, style)
        for change in PIPELINE:
            kernel = verify(change(kernel))


@pytest.mark.parametrize("style", Style)
def test_optimising_twice_is_optimising_once(style: Style) -> None:
    for seed in SEEDS:
        once = optimise(at_random.kernel(seed, style))
        assert optimise(once) == once


# ----------------------------------------------------------------------------------------- helpers


def _loop(*body: Stmt, kind: LoopKind = LoopKind.INDEPENDENT) -> Stmt:
    return b.loop(i, b.load(N), list(body), kind=kind)


def _kernel(*body: Stmt) -> Kernel:
    return verify(Kernel("k", "A test", body))


def _stored(change: Callable[[Kernel], Kernel], expr: Expr) -> Expr:
    """Return what becomes of an expression that a loop stores."""
    out = OUT if expr.dtype is F64 else Buffer("out", expr.dtype)
    changed = verify(change(_kernel(_loop(Store(out, i, expr)))))
    return [s.value for s in statements(changed.body) if isinstance(s, Store)][-1]


def _lets(kernel: Kernel) -> list[Expr]:
    """Return the values that a kernel binds before its first loop."""
    first = next(n for n, stmt in enumerate(kernel.body) if isinstance(stmt, For))
    return [stmt.value for stmt in kernel.body[:first] if isinstance(stmt, Let)]


# ------------------------------------------------------------------------------------------ fold


@pytest.mark.parametrize(
    ("expr", "folded"),
    [
        (b.mul(b.const(2.0), b.const(3.0)), b.const(6.0)),
        (b.add(x, b.sub(b.const(2.0), b.const(3.0))), b.add(x, b.const(-1.0))),
        (b.mul(x, b.const(1.0)), x),
        (b.mul(b.const(1.0), x), x),
        (b.binary("/", x, b.const(1.0)), x),
        (Unary(b.const(2.0)), b.const(-2.0)),
        (Unary(b.const(2)), b.const(-2)),
        (Cast(b.const(3), F64), b.const(3.0)),
        (b.select(b.TRUE, x, y), x),
        (b.select(b.const(value=False), x, y), y),
        (Unary(Unary(b.const(1.5))), b.const(1.5)),
    ],
)
def test_literals_are_folded(expr: Expr, folded: Expr) -> None:
    assert _stored(fold_constants, expr) == folded


@pytest.mark.parametrize(
    "expr",
    [
        b.binary("/", b.const(1.0), b.const(0.0)),
        b.mul(b.const(1e300), b.const(1e300)),
        b.add(b.const(1), b.const(2)),
        Binary("+", Const(0.1, F32), Const(0.2, F32), F32),
        Unary(Const(1, U64)),
        Unary(Const(-(2**31), I32)),
        Cast(Const(0.1, F32), F64),
        b.mul(b.const(0.0), x),
        b.add(x, b.const(0.0)),
        b.binary("//", b.const(7.0), b.const(2.0)),
    ],
)
def test_what_could_change_a_value_is_not_folded(expr: Expr) -> None:
    assert _stored(fold_constants, expr) == expr


@given(st.floats(), st.floats(), st.sampled_from(["+", "-", "*", "/"]))
def test_folding_rounds_as_the_machine_does(left: float, right: float, op: Any) -> None:
    folded = _stored(fold_constants, Binary(op, b.const(left), b.const(right), F64))
    with np.errstate(all="ignore"):
        ufunc = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}[op]
        expected = float(ufunc(np.float64(left), np.float64(right)))
    # `x * 1` and `x / 1` give x also where x is not finite
    if isinstance(folded, Const) and not math.isnan(expected):
        assert folded.value == expected
        assert math.copysign(1, folded.value) == math.copysign(1, expected)


# ---------------------------------------------------------------------------------------- powers


def _powers(kernel: Kernel) -> int:
    return sum(
        isinstance(n, Binary) and n.op == "**"
        for s in statements(kernel.body)
        for e in expressions(s)
        for n in walk(e)
    )


@pytest.mark.parametrize("exponent", [1, 2, 3, 4, 7, 16, -1, -2, -16])
def test_small_powers_become_products(build_numpy: Build, exponent: int) -> None:
    base, bind = b.let("base", x)
    kernel = _kernel(_loop(bind, Store(OUT, i, b.binary("**", base, b.const(float(exponent))))))
    changed = verify(expand_powers(kernel))
    assert _powers(changed) == 0
    content = {"x": [1.5, -2.0, 0.5, 3.0], "out": np.zeros(4), "N": 4}
    found = run_numpy(build_numpy([changed]).k, changed, content)["out"]
    exact = np.array(content["x"]) ** float(exponent)
    # repeated squaring: an error of n/2 ulp for the n-th power, one for 1/x, and 4 ulp of pow
    assert ulps(found, exact) <= abs(exponent) / 2 + 1 + 4


def test_integer_powers_stay_integer() -> None:
    base = Local("base", I32)
    m = Buffer("m", I32)
    power = Binary("**", base, b.const(3), I32)
    kernel = _kernel(_loop(Let(base, b.load(m, i)), Store(m, i, power)))
    changed = verify(expand_powers(kernel))
    assert _powers(changed) == 0
    negative = Binary("**", base, b.const(-2), I32)
    kernel = _kernel(_loop(Let(base, b.load(m, i)), Store(m, i, negative)))
    assert expand_powers(kernel) == kernel


def test_the_root_is_a_function() -> None:
    assert _stored(expand_powers, b.binary("**", x, b.const(0.5))) == Call("sqrt", (x,), F64)


@pytest.mark.parametrize("exponent", [0.0, 1.5, 17.0, -17.0, math.inf, -math.inf, math.nan, 1e300])
def test_other_powers_stay(exponent: float) -> None:
    expr = b.binary("**", x, b.const(exponent))
    assert _stored(expand_powers, expr) == expr


def test_the_base_of_a_power_is_computed_once() -> None:
    base = b.add(x, y)
    twice = b.mul(b.binary("**", base, b.const(2.0)), b.binary("**", base, b.const(3.0)))
    changed = expand_powers(_kernel(_loop(Store(OUT, i, twice))))
    assert [s.value for s in statements(changed.body) if isinstance(s, Let)] == [base]


def test_powers_within_powers_and_in_conditions() -> None:
    square = b.binary("**", b.binary("**", x, b.const(2.0)), b.const(2.0))
    kernel = _kernel(_loop(If(b.compare("<", square, b.const(2.0)), (Store(OUT, i, square),))))
    assert _powers(verify(expand_powers(kernel))) == 0


# ----------------------------------------------------------------------------------- reciprocals


def test_a_quotient_by_exprel_divides_once() -> None:
    """Whatever stands above it; in either float type, but only where both have the same."""
    for dtype in (F64, F32):
        given, out = b.load(Buffer("g", dtype), i), Buffer("to", dtype)
        quotient = b.binary("/", b.const(1.28, dtype), b.call("exprel", given, dtype=dtype))
        product = b.mul(b.const(1.28, dtype), b.call("bernoulli", given, dtype=dtype))
        old, new = (_kernel(_loop(Store(out, i, value))) for value in (quotient, product))
        assert verify(join_divisions(old)) == new
        nested = b.add(quotient, b.binary("/", given, quotient))
        assert _stored(join_divisions, nested) == b.add(product, b.binary("/", given, product))
    mixed = b.binary("/", x, b.call("exprel", b.load(Buffer("g", F32), i), dtype=F32))
    assert _stored(join_divisions, mixed) == mixed


@given(st.lists(st.floats(-800, 800), min_size=1) | st.just([0.0, -0.0, 1e-310, -1e-18]))
def test_a_joined_division_keeps_its_value(numbers: list[float]) -> None:
    """Of 1/exprel(x) each factor is within 2 units, and so is bernoulli(x)."""
    given = np.array(numbers)
    with np.errstate(all="ignore"):
        apart, joined = 1 / npmath.exprel(given), npmath.bernoulli(given)
        normal = (apart > 1e-300) & (apart < 1e300)
    assert (np.abs(apart - joined)[normal] <= 8 * np.spacing(apart[normal])).all()
    assert (joined[~normal] <= 1e-299).all()


def _divisions(expr: Expr) -> int:
    return sum(isinstance(node, Binary) and node.op == "/" for node in walk(expr))


def test_division_by_an_invariant_becomes_a_product_with_its_reciprocal() -> None:
    reciprocal = b.binary("/", b.const(1.0), tau)
    assert _stored(multiply_by_reciprocals, b.binary("/", x, tau)) == b.mul(x, reciprocal)
    assert _stored(multiply_by_reciprocals, b.binary("/", x, b.const(8.0))) == b.mul(
        x, b.const(0.125)
    )


@pytest.mark.parametrize(
    "expr",
    [
        # integers: int(i/49) must be 1 for i = 49
        Cast(b.binary("/", x, tau), I32),
        b.binary("/", Cast(i, F64), tau),
        b.call("floor", b.binary("/", x, tau)),
        b.call("ceil", b.binary("/", x, tau)),
        b.binary("//", b.binary("/", x, tau), b.const(2.0)),
        b.binary("%", b.binary("/", x, tau), b.const(2.0)),
        Call("timestep", (b.binary("/", x, tau), b.DT), I64),
        # not invariant, or invariant as a whole
        b.binary("/", x, y),
        b.binary("/", b.T, tau),
        b.binary("/", b.const(1.0), tau),
        # the reciprocal would overflow or vanish
        b.binary("/", x, b.const(1e-310)),
        b.binary("/", x, b.const(1e305)),
        b.binary("/", x, b.const(0.0)),
        b.binary("/", x, b.const(math.inf)),
        b.binary("/", x, b.const(math.nan)),
    ],
)
def test_divisions_that_must_stay(expr: Expr) -> None:
    assert _stored(multiply_by_reciprocals, expr) == expr


def test_division_by_a_random_number_or_by_what_the_loop_stores_stays() -> None:
    drawn = b.binary("/", x, Random("uniform", KEY, b.const(3, I64), (), F64))
    assert _stored(multiply_by_reciprocals, drawn) == drawn
    running = Store(TOTAL, None, b.add(b.load(TOTAL), x))
    divided = Store(OUT, i, b.binary("/", x, b.load(TOTAL)))
    kernel = _kernel(_loop(running, divided, kind=LoopKind.SEQUENTIAL))
    assert multiply_by_reciprocals(kernel) == kernel


def test_the_integer_part_of_49_49ths_is_one(build_numpy: Build) -> None:
    m = Buffer("m", I32)
    width = b.binary("/", b.cast(i, F64), tau)
    kernel = optimise(_kernel(_loop(Store(m, i, Cast(width, I32)))))
    found = run_numpy(build_numpy([kernel]).k, kernel, {"m": np.zeros(50), "N": 50, "tau": 49.0})
    assert found["m"][49] == 1


def test_reciprocals_reach_conditions_and_inner_loops() -> None:
    added = Accumulate(OUT, i, b.binary("/", x, tau))
    inner = b.loop(k, b.const(2, I64), [added], kind=LoopKind.ACCUMULATING)
    guarded = If(b.compare("<", b.binary("/", x, tau), b.const(1.0)), (inner,))
    kernel = optimise(_kernel(_loop(guarded, kind=LoopKind.ACCUMULATING)))
    loop = next(stmt for stmt in kernel.body if isinstance(stmt, For))
    assert sum(_divisions(e) for s in statements((loop,)) for e in expressions(s)) == 0
    assert _lets(kernel) == [b.binary("/", b.const(1.0), tau)]


# ----------------------------------------------------------------------------------------- hoist


def test_invariants_are_computed_before_the_loop() -> None:
    decay = b.call("exp", b.binary("/", Unary(b.DT), tau))
    kernel = hoist_invariants(_kernel(_loop(Store(OUT, i, b.mul(x, decay)))))
    assert _lets(kernel) == [decay]
    assert _stored(hoist_invariants, b.mul(x, decay)) == b.mul(x, Local("c1", F64))


def test_equal_invariants_share_a_local_and_names_in_use_are_avoided() -> None:
    decay = b.call("exp", tau)
    mine, bind = b.let("c1", x)
    body = [bind, Store(OUT, i, b.mul(mine, decay)), Store(Y, i, b.mul(y, decay))]
    kernel = verify(hoist_invariants(_kernel(_loop(*body))))
    assert _lets(kernel) == [decay]
    assert isinstance(kernel.body[0], Let)
    assert kernel.body[0].local.name == "c2"


@pytest.mark.parametrize(
    "expr",
    [
        b.add(x, b.load(OUT, b.const(0, I64))),
        b.mul(x, b.load(Y, b.const(0, I64))),
        b.mul(x, tau),
        b.mul(x, b.T),
        b.mul(x, b.const(2.0)),
        b.add(Random("normal", KEY, b.const(1, I64), (), F64), x),
    ],
)
def test_names_literals_loads_of_elements_and_variates_stay(expr: Expr) -> None:
    """A load may be out of bounds where the loop has no iterations."""
    assert _stored(hoist_invariants, expr) == expr


def test_what_the_loop_stores_is_not_invariant() -> None:
    running = Store(TOTAL, None, b.add(b.mul(b.load(TOTAL), b.load(TOTAL)), x))
    kernel = _kernel(_loop(running, kind=LoopKind.SEQUENTIAL))
    assert hoist_invariants(kernel) == kernel


def test_invariants_leave_all_loops_they_are_invariant_in() -> None:
    outermost, middle = b.mul(tau, b.DT), b.mul(b.cast(i, F64), tau)
    value = b.add(b.add(outermost, middle), b.load(X, k))
    inner = b.loop(k, b.load(N), [Store(Y, k, value)])
    kernel = verify(hoist_invariants(_kernel(_loop(inner, kind=LoopKind.SEQUENTIAL))))
    assert _lets(kernel) == [outermost]
    loop = kernel.body[-1]
    assert isinstance(loop, For)
    # one local for the sum: no chain of locals that only rename each other
    assert [s.value for s in loop.body if isinstance(s, Let)] == [b.add(Local("c1", F64), middle)]


def test_invariants_are_found_in_conditions_and_bounds() -> None:
    stop = b.binary("//", b.load(N), b.const(2))
    guarded = If(b.compare("<", x, b.mul(tau, b.DT)), (Store(OUT, i, x),))
    inner = b.loop(k, stop, [Accumulate(OUT, i, b.load(X, k))], kind=LoopKind.SEQUENTIAL)
    kernel = verify(hoist_invariants(_kernel(_loop(guarded, inner, kind=LoopKind.SEQUENTIAL))))
    assert _lets(kernel) == [b.mul(tau, b.DT), stop]


# ---------------------------------------------------------------------------------------- fusing


def _fuse(first: tuple[Stmt, ...], second: tuple[Stmt, ...]) -> Kernel | None:
    return fuse_kernels(
        verify(Kernel("first", "One", first)), verify(Kernel("second", "Two", second)), "both"
    )


COPY = Store(Y, i, x)
SQUARE = Store(X, i, b.mul(x, x))


def test_fused_loops_do_first_one_then_the_other() -> None:
    fused = _fuse((_loop(SQUARE),), (_loop(COPY),))
    assert fused == Kernel("both", "One; Two", (_loop(SQUARE, COPY),))
    verify(fused)


def test_fusing_keeps_what_stands_before_and_behind() -> None:
    lead, trail = b.let("lead", b.mul(tau, b.DT)), Store(TOTAL, None, b.T)
    between, other = b.let("between", tau), b.let("lead", b.DT)
    first = (lead[1], _loop(Store(X, i, lead[0])), between[1])
    second = (other[1], _loop(Store(Y, i, other[0])), trail)
    fused = _fuse(first, second)
    assert fused is not None
    verify(fused)
    names = [s.local.name for s in statements(fused.body) if isinstance(s, Let)]
    assert names == ["lead", "between", "lead_2"]
    assert fused.body[-1] == trail
    assert sum(isinstance(s, For) for s in fused.body) == 1


def test_names_made_for_fusing_are_new() -> None:
    one, two = b.let("u", x), b.let("u_2", y)
    first = (_loop(one[1], two[1], Store(X, i, b.add(one[0], two[0]))),)
    fused = _fuse(first, (_loop(one[1], two[1], Store(Y, i, b.mul(one[0], two[0]))),))
    assert fused is not None
    verify(fused)


def test_fused_lif_gives_the_same_bits_as_its_parts(build_numpy: Build) -> None:
    update, threshold = by_hand.lif_update(), by_hand.threshold()
    fused = fuse_kernels(update, threshold, "fused")
    assert fused is not None
    module = build_numpy([update, threshold, fused])
    content = by_hand.neurons(np.random.default_rng(1))
    middle = {**content, **run_numpy(module.neurons_stateupdater, update, content)}
    expected = {**middle, **run_numpy(module.neurons_thresholder, threshold, middle)}
    found = run_numpy(module.fused, fused, content)
    assert same_bits(found, expected) == []
    assert found["neurons_spiking"].any()


def test_reading_a_shared_buffer_anywhere_is_no_conflict() -> None:
    at = Buffer("at", I64, constant=True)
    z = Buffer("z", F64, constant=True)
    gather = Store(Y, i, b.load(z, b.load(at, i)))
    assert _fuse((_loop(Store(X, i, b.load(z, i))),), (_loop(gather),)) is not None


SHIFTED = b.add(i, b.const(1, I64))
REFUSED: dict[str, tuple[tuple[Stmt, ...], tuple[Stmt, ...]]] = {
    "the second reads elsewhere": ((_loop(SQUARE),), (_loop(Store(Y, i, b.load(X, SHIFTED))),)),
    "the second stores elsewhere": ((_loop(COPY),), (_loop(Store(X, SHIFTED, b.T)),)),
    "the first stores elsewhere": ((_loop(Store(X, SHIFTED, b.T)),), (_loop(COPY),)),
    "the second reads one element": (
        (_loop(SQUARE),),
        (_loop(Store(Y, i, b.load(X, b.const(0, I64)))),),
    ),
    "the second reads within an inner loop": (
        (_loop(SQUARE),),
        (_loop(b.loop(k, b.load(N), [Accumulate(Y, i, b.load(X, k))], kind=LoopKind.SEQUENTIAL)),),
    ),
    "the second reads in a condition": (
        (_loop(SQUARE),),
        (_loop(If(b.compare("<", b.load(X, SHIFTED), b.T), (Store(Y, i, b.T),))),),
    ),
    "other bounds": ((_loop(SQUARE),), (b.loop(i, b.const(3, I64), [COPY]),)),
    "another start": ((_loop(SQUARE),), (b.loop(i, b.load(N), [COPY], start=b.const(1, I64)),)),
    "another type of index": (
        (_loop(SQUARE),),
        (b.loop(Local("i", I32), b.load(N), [Store(Y, Local("i", I32), b.T)]),),
    ),
    "the first is sequential": ((_loop(SQUARE, kind=LoopKind.SEQUENTIAL),), (_loop(COPY),)),
    "the second accumulates": ((_loop(SQUARE),), (_loop(COPY, kind=LoopKind.ACCUMULATING),)),
    "no loop in the first": ((Store(TOTAL, None, b.T),), (_loop(COPY),)),
    "no loop in the second": ((_loop(SQUARE),), (Store(TOTAL, None, b.T),)),
    "a store between the loops": ((_loop(SQUARE), Store(TOTAL, None, b.T)), (_loop(COPY),)),
    "a local between the loops that reads the first": (
        (_loop(SQUARE), b.let("u", b.load(X, b.const(0, I64)))[1]),
        (_loop(COPY),),
    ),
    "the first fills what the second reads, in its loop": (
        (_loop(Fill(X, "normal", KEY, b.load(N)), Store(OUT, i, b.T)),),
        (_loop(COPY),),
    ),
    "the second lists what the first stores, in its loop": (
        (_loop(Store(Buffer("flags", DType.U8), i, b.TRUE)),),
        (
            _loop(
                Compact(
                    Buffer("flags", DType.U8),
                    b.load(N),
                    Buffer("list", I32),
                    b.const(0, I64),
                    Local("n", I64),
                )
            ),
        ),
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_unsafe_fusing_is_refused(why: str) -> None:
    assert _fuse(*REFUSED[why]) is None


def test_fusing_is_refused_when_the_first_loop_changes_the_bound() -> None:
    n = Buffer("n", I64)
    bound = Load(n, b.const(0, I64))
    first = b.loop(i, bound, [Store(n, i, b.const(5, I64))])
    assert _fuse((first,), (b.loop(i, bound, [COPY]),)) is None


def test_fusing_is_refused_when_bounds_are_locals() -> None:
    """Equal names of locals may mean different values in two kernels."""
    stop, bind = b.let("stop", b.load(N))
    other = Let(stop, b.const(3))
    assert _fuse((bind, b.loop(i, stop, [SQUARE])), (other, b.loop(i, stop, [COPY]))) is None


# ------------------------------------------------------------------------------------ all at once


def test_the_loop_of_an_optimised_state_update_has_no_division_and_no_exponential() -> None:
    kernel = optimise(by_hand.lif_update())
    loop = next(stmt for stmt in kernel.body if isinstance(stmt, For))
    nodes = [n for s in statements((loop,)) for e in expressions(s) for n in walk(e)]
    assert not any(isinstance(n, Call) or (isinstance(n, Binary) and n.op == "/") for n in nodes)
