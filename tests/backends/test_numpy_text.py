"""The NumPy printer's meaning: what a loop of lanes does is what a loop over scalars would do."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from running import run_numpy

from brainsim.codegen import build as b
from brainsim.codegen.ir import (
    Accumulate,
    Binary,
    Buffer,
    Cast,
    Const,
    DType,
    Expr,
    If,
    Kernel,
    Load,
    LoopKind,
    Not,
    Stmt,
    Store,
    Unary,
)
from brainsim.codegen.printers import numpy
from brainsim.codegen.verify import verify

F64, F32, I32, I64 = DType.F64, DType.F32, DType.I32, DType.I64
U8, U16, U64, BOOL = DType.U8, DType.U16, DType.U64, DType.BOOL
Run = Callable[..., dict[str, Any]]

X, Y, OUT = Buffer("x", F64), Buffer("y", F64), Buffer("out", F64)
AT = Buffer("at", I64, constant=True)
N = Buffer("N", I32, constant=True, scalar=True)
TOTAL = Buffer("total", F64, scalar=True)
i, k = b.index("i"), b.index("k")


@pytest.fixture(scope="module")
def run(build_numpy: Callable[[list[Kernel]], ModuleType]) -> Run:
    def run_statements(*body: Stmt, **content: Any) -> dict[str, Any]:
        kernel = verify(Kernel("kernel", "A test", body))
        return run_numpy(build_numpy([kernel]).kernel, kernel, content)

    return run_statements


def _text(*body: Stmt) -> str:
    return numpy.print_kernel(verify(Kernel("kernel", "A test", body)))


def test_a_local_keeps_its_value_when_its_buffer_is_stored_to(run: Run) -> None:
    old, bind = b.let("old", b.load(X, i))
    loop = b.loop(i, b.load(N), [bind, b.store(X, i, b.const(7.0)), b.store(Y, i, old)])
    found = run(loop, x=[1.0, 2.0], y=[0.0, 0.0], N=2)
    assert (found["x"].tolist(), found["y"].tolist()) == ([7, 7], [1, 2])


def test_a_loop_over_whole_buffers_uses_slices_and_copies_only_what_is_stored() -> None:
    old, bind_old = b.let("old", b.load(X, i))
    other, bind_other = b.let("other", b.load(Y, i))
    body = [bind_old, bind_other, b.store(X, i, b.add(old, other))]
    text = _text(b.loop(i, b.load(N), body))
    assert "i = np.s_[0:N]" in text
    assert "old = x[i].copy()" in text
    assert "other = y[i]\n" in text


def test_a_loop_that_computes_with_its_index_uses_an_array() -> None:
    assert "np.arange(0, N, dtype=np.int64)" in _text(b.loop(i, b.load(N), [b.store(X, i, i)]))


@pytest.mark.parametrize("n", [0, -3])
def test_a_loop_without_iterations_does_nothing(run: Run, n: int) -> None:
    last = b.sub(b.load(N), b.const(1))
    whole = b.loop(i, last, [b.store(X, i, b.const(9.0))])
    part = b.loop(i, last, [b.store(X, b.load(AT, i), b.const(9.0))])
    found = run(whole, part, x=[1.0, 2.0, 3.0], at=[0, 1, 2], N=n)
    assert found["x"].tolist() == [1, 2, 3]


def test_additions_to_one_element_keep_the_order_of_the_iterations(run: Run) -> None:
    values = [1e16, 1.0, -1e16, 1.0, 3.0, 1e-3]
    loop = b.loop(
        i, b.load(N), [Accumulate(OUT, b.load(AT, i), b.load(X, i))], kind=LoopKind.ACCUMULATING
    )
    expected = 0.0
    for value in values:
        expected += value
    found = run(loop, x=values, at=[1] * 6, out=[0.0, 0.0], N=6)
    assert found["out"].tolist() == [0, expected]


def test_two_additions_per_iteration_take_turns(run: Run) -> None:
    """Adding all first terms before all second terms would round differently."""
    one, two = [1e16, 1.0, 1.0], [-1e16, 1.0, 1.0]
    body: list[Stmt] = [
        Accumulate(OUT, b.load(AT, i), b.load(X, i)),
        Accumulate(OUT, b.load(AT, i), b.load(Y, i)),
    ]
    loop = b.loop(i, b.load(N), body, kind=LoopKind.ACCUMULATING)
    expected = 0.0
    for first, second in zip(one, two, strict=True):
        expected = expected + first + second
    found = run(loop, x=one, y=two, at=[0, 0, 0], out=[0.0], N=3)
    assert found["out"].tolist() == [expected]


def test_additions_to_a_scalar_and_to_one_fixed_element(run: Run) -> None:
    body: list[Stmt] = [
        Accumulate(TOTAL, None, b.const(0.5)),
        Accumulate(OUT, b.const(1, I64), b.load(X, i)),
    ]
    loop = b.loop(i, b.load(N), body, kind=LoopKind.ACCUMULATING)
    found = run(loop, x=[1.0, 2.0, 4.0], out=[0.0, 0.0], total=1.0, N=3)
    assert (found["total"].tolist(), found["out"].tolist()) == ([2.5], [0, 7])


def test_conditions_within_conditions_keep_the_right_lanes(run: Run) -> None:
    double, bind = b.let("double", b.mul(b.load(X, i), b.const(2.0)))
    inner = If(b.compare("<", double, b.const(9.0)), (b.store(OUT, i, double),))
    outer = If(b.compare(">", b.load(X, i), b.const(2.0)), (inner, b.store(Y, i, double)))
    loop = b.loop(i, b.load(N), [bind, outer, b.store(X, i, Unary(double))])
    found = run(loop, x=[1.0, 3.0, 4.0, 5.0], y=[0.0] * 4, out=[0.0] * 4, N=4)
    assert found["out"].tolist() == [0, 6, 8, 0]
    assert found["y"].tolist() == [0, 6, 8, 10]
    assert found["x"].tolist() == [-2, -6, -8, -10]


def test_a_condition_that_is_the_same_for_all_lanes_stays_a_condition(run: Run) -> None:
    early = b.compare("<", b.T, b.const(1.0))
    loop = b.loop(i, b.load(N), [If(early, (b.store(X, i, b.const(1.0)),))])
    assert run(loop, x=[0.0, 0.0], N=2)["x"].tolist() == [1, 1]
    late = b.loop(i, b.load(N), [If(Not(early), (b.store(X, i, b.const(1.0)),))])
    assert run(late, x=[0.0, 0.0], N=2)["x"].tolist() == [0, 0]


def test_nested_loops_see_the_locals_of_their_own_iteration(run: Run) -> None:
    scale, bind = b.let("scale", b.load(Y, i))
    value = b.add(b.mul(scale, b.load(X, k)), i)
    inner = b.loop(k, b.add(i, b.const(2, I64)), [b.store(OUT, k, value)], start=b.mul(i, i))
    loop = b.loop(i, b.const(3, I64), [bind, inner, b.store(Y, i, b.const(0.0))])
    found = run(loop, x=[1.0, 2.0, 3.0, 4.0], y=[10.0, 20.0, 30.0], out=[0.0] * 4)
    # i = 0: k = 0, 1; i = 1: k = 1, 2; i = 2: no iteration, since 4 > 3
    assert found["out"].tolist() == [10, 41, 61, 0]
    assert found["y"].tolist() == [0, 0, 0]


def test_a_sequential_loop_sees_what_earlier_iterations_stored(run: Run) -> None:
    previous = b.load(X, b.sub(i, b.const(1, I64)))
    body = [b.store(X, i, b.add(b.load(X, i), previous))]
    loop = b.loop(i, b.load(N), body, start=b.const(1, I64), kind=LoopKind.SEQUENTIAL)
    assert run(loop, x=[1.0, 2.0, 3.0, 4.0], N=4)["x"].tolist() == [1, 3, 6, 10]


def test_an_index_has_the_type_of_its_local(run: Run) -> None:
    out = Buffer("big", I64)
    index = b.index()
    square = Binary("*", b.add(index, b.const(2**31, I64)), b.const(4, I64), I64)
    for kind in (LoopKind.INDEPENDENT, LoopKind.SEQUENTIAL):
        loop = b.loop(index, b.load(N), [b.store(out, index, square)], kind=kind)
        assert run(loop, big=[0, 0], N=2)["big"].tolist() == [2**33, 2**33 + 4]


# ------------------------------------------------------------------------------------ arithmetic


@pytest.mark.parametrize(
    ("expr", "dtype", "expected"),
    [
        (b.binary("/", b.const(1.0), b.const(0.0)), F64, np.inf),
        (b.binary("/", b.const(-1.0), Unary(b.const(0.0))), F64, np.inf),
        (b.binary("//", b.const(7), b.const(0)), I32, 0),
        (b.binary("%", b.const(7), b.const(0)), I32, 0),
        (b.binary("//", b.const(-7), b.const(2)), I32, -4),
        (b.binary("%", b.const(-7), b.const(2)), I32, 1),
        (b.binary("%", b.const(-7.5), b.const(2.0)), F64, 0.5),
        (b.binary("//", b.const(1.0), b.const(0.1)), F64, 9.0),
        (b.binary("**", b.const(-8.0), b.const(1 / 3)), F64, np.nan),
        (b.binary("**", b.const(0.0), b.const(-1.0)), F64, np.inf),
        (b.binary("**", b.binary("**", b.const(3.0), b.const(2.0)), b.const(0.5)), F64, 3.0),
        (b.binary("**", Unary(b.const(3.0)), b.const(2.0)), F64, 9.0),
        (Unary(b.binary("**", b.const(3.0), b.const(2.0))), F64, -9.0),
        (b.binary("**", b.const(2.0), b.const(-2.0)), F64, 0.25),
        (b.binary("**", b.const(2), b.const(-1)), I32, 0),
        (Binary("*", b.const(2**30), b.const(4), I32), I32, 0),
        (Binary("+", b.const(2**31 - 1), b.const(1), I32), I32, -(2**31)),
        (Cast(b.const(-2.9), I32), I32, -2),
        (Cast(b.const(2.9), I64), I64, 2),
        (Cast(b.const(300), U8), U8, 44),
        (Cast(b.const(-0.5), BOOL), BOOL, True),
        (Unary(Const(1, U64)), U64, 2**64 - 1),
        (Binary("/", Const(1.0, F32), Const(3.0, F32), F32), F32, float(np.float32(1) / 3)),
        (Not(b.const(value=True)), BOOL, False),
        (b.select(b.const(value=True), b.const(1.0), b.const(2.0)), F64, 1.0),
        (Const(float("inf"), F64), F64, np.inf),
        (Const(float("nan"), F32), F32, np.nan),
    ],
)
def test_numbers_of_python_behave_as_numbers_of_c(
    run: Run, expr: Expr, dtype: DType, expected: object
) -> None:
    result = Buffer("result", dtype, scalar=True)
    stored = run(b.store(result, None, expr), result=0)["result"]
    np.testing.assert_array_equal(stored, [expected])


def test_integers_wrap_in_lanes_and_in_sequence(run: Run) -> None:
    big = Buffer("m", I32)
    double = Binary("*", Load(big, i), b.const(2), I32)
    for kind in (LoopKind.INDEPENDENT, LoopKind.SEQUENTIAL):
        loop = b.loop(i, b.load(N), [Store(big, i, double)], kind=kind)
        assert run(loop, m=[2**30, 5], N=2)["m"].tolist() == [-(2**31), 10]


def test_a_choice_between_two_literals_has_the_type_of_the_choice(run: Run) -> None:
    out = Buffer("m", I32)
    chosen = b.select(b.compare(">", b.load(X, i), b.const(0.0)), b.const(2**30), b.const(3))
    loop = b.loop(i, b.load(N), [Store(out, i, Binary("*", chosen, b.const(4), I32))])
    assert run(loop, m=[0, 0], x=[1.0, -1.0], N=2)["m"].tolist() == [0, 12]


def test_values_are_converted_when_stored(run: Run) -> None:
    small, flag = Buffer("small", U16), Buffer("flag", BOOL)
    body = [Store(small, i, b.load(X, i)), Store(flag, i, b.load(X, i))]
    found = run(b.loop(i, b.load(N), body), small=[0, 0], flag=[0, 0], x=[3.9, 0.0], N=2)
    assert found["small"].tolist() == [3, 0]
    assert found["flag"].tolist() == [True, False]


def test_the_module_imports_only_what_it_uses() -> None:
    plain = Kernel("plain", "random.uniform(1) in a title is no call", (b.store(TOTAL, None, b.T),))
    assert "import" not in numpy.print_kernel(plain)
    module = numpy.print_unit([plain], "m")
    assert "brainsim" not in module
    assert "import numpy as np" in module
