"""Kernels in stages: what is done by how many threads, and what is kept from one to the next."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from brainsim.codegen import build as b
from brainsim.codegen.counters import free_counters
from brainsim.codegen.ir import (
    Accumulate,
    Buffer,
    Compact,
    DType,
    Fill,
    For,
    If,
    Join,
    Kernel,
    Let,
    Local,
    LoopKind,
    Stmt,
    Store,
)
from brainsim.codegen.rewrite import effects, statements
from brainsim.codegen.stages import Staged, Way, needs_no_barrier, promise, shared_loop, stage
from brainsim.codegen.verify import verify

F64, I32, I64, U8, U16 = DType.F64, DType.I32, DType.I64, DType.U8, DType.U16
N = Buffer("n", I64, constant=True, scalar=True)
X, Y = Buffer("x", F64), Buffer("y", F64)
TOTAL, ROWS = Buffer("total", F64, scalar=True), Buffer("rows", I64, scalar=True)
FLAGS, LIST, LENGTHS = Buffer("flags", U8), Buffer("list", I32), Buffer("lengths", I64)
PIECES, OFFSETS = Buffer("pieces", I32), Buffer("offsets", I64, constant=True)
KEY = Buffer("key", DType.U64, constant=True, scalar=True)
i, k, s = b.index("i"), b.index("k"), b.index("s")
ONE = b.const(1, I64)


def staged(*body: Stmt) -> Staged:
    """Return a kernel in stages, each of which is legal."""
    found = stage(verify(Kernel("kernel", "title", body)))
    for each in found.stages:
        verify(each.kernel)
    return found


def ways(found: Staged) -> list[Way]:
    return [each.way for each in found.stages]


def written(found: Staged) -> list[list[str]]:
    return [[buffer.name for buffer in effects(e.kernel.body).writes] for e in found.stages]


def double(x: Buffer = X) -> For:
    return b.loop(i, b.load(N), [b.store(x, i, b.mul(b.load(x, i), b.const(2.0)))])


def rows(kind: LoopKind, inner: Sequence[Stmt], inner_kind: LoopKind) -> For:
    """Return a loop over rows, with a loop over the elements of each."""
    start, stop = b.load(OFFSETS, s), b.load(OFFSETS, b.add(s, ONE))
    row = b.loop(k, stop, list(inner), start=start, kind=inner_kind)
    return b.loop(s, b.load(N), [row], kind=kind)


SUM = Accumulate(Y, k, b.const(1.0))
SEQUENTIAL, ACCUMULATING = LoopKind.SEQUENTIAL, LoopKind.ACCUMULATING
INDEPENDENT = LoopKind.INDEPENDENT


# ---------------------------------------------------------------------------------- who does what


def test_each_loop_is_a_stage_and_single_statements_share_one() -> None:
    found = staged(
        double(), b.store(TOTAL, None, b.const(0.0)), b.store(ROWS, None, ONE), double(Y)
    )
    assert ways(found) == [Way.EACH, Way.ONE, Way.EACH]
    assert written(found) == [["x"], ["total", "rows"], ["y"]]
    assert found.kept == ()


def test_a_row_has_a_block() -> None:
    found = staged(rows(ACCUMULATING, [SUM], ACCUMULATING))
    assert ways(found) == [Way.ROWS]


def test_rows_whose_elements_need_an_order_have_a_thread_each() -> None:
    later = b.store(X, k, b.add(b.load(X, b.sub(k, ONE)), b.const(1.0)))
    assert ways(staged(rows(ACCUMULATING, [later], SEQUENTIAL))) == [Way.EACH]


def test_rows_that_need_an_order_are_done_by_one_block() -> None:
    found = staged(rows(SEQUENTIAL, [b.store(X, k, b.const(1.0))], INDEPENDENT))
    assert ways(found) == [Way.BLOCK]


def test_what_needs_an_order_is_done_by_one_thread() -> None:
    mean = b.store(TOTAL, None, b.mul(b.load(TOTAL), b.load(X, i)))
    assert ways(staged(b.loop(i, b.load(N), [mean], kind=SEQUENTIAL))) == [Way.ONE]


def test_sums_alone_need_no_order() -> None:
    loop = rows(SEQUENTIAL, [SUM], SEQUENTIAL)
    assert promise(loop) is ACCUMULATING
    assert ways(staged(loop)) == [Way.ROWS]


def test_sums_in_what_is_read_keep_their_order() -> None:
    seen = Accumulate(Y, k, b.load(Y, s))
    assert promise(b.loop(k, b.load(N), [seen], kind=ACCUMULATING)) is SEQUENTIAL


def test_sums_of_a_type_that_cannot_be_added_at_once_keep_their_order() -> None:
    small = Accumulate(Buffer("small", U16), k, b.const(1))
    assert promise(b.loop(k, b.load(N), [small], kind=ACCUMULATING)) is SEQUENTIAL


def test_the_loop_that_blocks_share_is_that_of_rows() -> None:
    inner = rows(ACCUMULATING, [SUM], ACCUMULATING)
    outer = b.loop(b.index("delay"), b.load(N), [inner], kind=ACCUMULATING)
    assert shared_loop(outer) is inner
    both = b.loop(b.index("delay"), b.load(N), [inner, SUM_OF_ALL], kind=ACCUMULATING)
    assert shared_loop(both) is both


SUM_OF_ALL = Accumulate(TOTAL, None, b.const(1.0))


def test_a_block_waits_where_a_row_changes_what_it_looks_at() -> None:
    assert needs_no_barrier(rows(ACCUMULATING, [SUM], ACCUMULATING))
    first, let_first = b.let("first", b.load(X, s))
    body = [let_first, b.loop(k, b.load(N), [b.store(X, k, first)])]
    assert not needs_no_barrier(b.loop(s, b.load(N), body, kind=ACCUMULATING))
    twice = b.loop(s, b.load(N), [double(), double(Y)], kind=ACCUMULATING)
    assert not needs_no_barrier(twice)


# -------------------------------------------------------------------------------- what is kept


def test_values_are_kept_before_they_change() -> None:
    row, let_row = b.let("row", b.load(ROWS))
    copy = b.loop(i, b.load(N), [b.store(Y, b.add(row, i), b.load(X, i))])
    found = staged(let_row, copy, b.store(ROWS, None, b.add(row, ONE)))
    assert ways(found) == [Way.EACH, Way.ONE]
    assert found.kept == ()

    found = staged(let_row, b.store(ROWS, None, b.add(row, ONE)), copy)
    assert ways(found) == [Way.ONE, Way.ONE, Way.EACH]
    (kept,) = found.kept
    assert written(found) == [[kept.name], ["rows"], ["y"]]
    assert kept in effects(found.stages[2].kernel.body).reads


def test_what_a_loop_changes_is_not_looked_at_by_its_late_threads() -> None:
    """The bound of the loop, and a local, are elements that the loop itself changes."""
    ends = Buffer("ends", I64)
    first, let_first = b.let("first", b.load(ends, b.const(0, I64)))
    body = [b.store(ends, i, b.add(b.load(ends, i), first))]
    found = staged(let_first, b.loop(i, b.load(ends, b.const(3, I64)), body))
    assert ways(found) == [Way.ONE, Way.EACH]
    assert len(found.kept) == 2
    (loop,) = (s for s in found.stages[1].kernel.body if isinstance(s, For))
    assert isinstance(loop.stop, Local)


def test_locals_of_outer_blocks_are_kept_whether_or_not_inner_ones_are_entered() -> None:
    row, let_row = b.let("row", b.load(ROWS))
    inner = If(b.compare(">", b.load(TOTAL), b.const(0.0)), (_filled(), double()))
    found = staged(let_row, inner, b.store(LENGTHS, row, ONE))
    keeping = next(each for each in found.stages if each.kernel.body[-1:] and _keeps(each, found))
    assert not any(isinstance(stmt, If) for stmt in keeping.kernel.body)


def _filled() -> Stmt:
    return b.store(ROWS, None, ONE)


def _keeps(each: object, found: Staged) -> bool:
    body = each.kernel.body  # type: ignore[attr-defined]
    return any(isinstance(s, Store) and s.buffer in found.kept for s in statements(body))


def test_a_condition_is_asked_once_where_its_block_changes_it() -> None:
    block = (double(), b.store(TOTAL, None, b.const(-1.0)), double(Y))
    found = staged(If(b.compare(">", b.load(TOTAL), b.const(0.0)), block))
    assert ways(found) == [Way.EACH, Way.ONE, Way.ONE, Way.EACH]
    assert written(found)[2] == ["total"]
    (kept,) = found.kept
    assert kept in effects(found.stages[3].kernel.body).reads


# ------------------------------------------------------------------------------------------- lists


def test_single_statements_join_the_list_that_they_have_nothing_to_do_with() -> None:
    count = Local("count", I64)
    join = Join(PIECES, LENGTHS, b.load(N), LIST, b.const(0, I64), count)
    found = staged(join, b.store(Buffer("counts", I64), b.const(2, I64), count))
    assert ways(found) == [Way.JOIN]
    assert found.kept == ()
    found = staged(join, b.store(LENGTHS, b.const(0, I64), count))
    assert ways(found) == [Way.JOIN, Way.ONE]


def test_the_length_of_a_list_is_kept_for_what_comes_behind_it() -> None:
    count = Local("count", I64)
    compact = Compact(FLAGS, b.load(N), LIST, b.const(0, I64), count)
    noise = Fill(X, "normal", KEY, b.load(N))
    found = staged(compact, noise, b.loop(k, count, [b.store(Y, k, b.load(X, k))]))
    assert ways(found) == [Way.LIST, Way.FILL, Way.EACH]
    assert len(found.kept) == 1


# ---------------------------------------------------------------------------------------- counters


def _recording(*more: Stmt, times: Buffer = Y) -> For:
    row, let_row = b.let("row", b.load(ROWS))
    body = [let_row, b.store(times, row, b.T), *more, b.store(ROWS, None, b.add(row, ONE))]
    return b.loop(k, b.load(N), body, start=ONE, kind=SEQUENTIAL)


def test_a_loop_that_records_is_done_by_many_threads() -> None:
    found = staged(_recording(Accumulate(LENGTHS, k, ONE)))
    assert ways(found) == [Way.EACH, Way.ONE]
    assert written(found) == [["y", "lengths"], ["rows"]]


@pytest.mark.parametrize(
    "more",
    [
        b.store(X, k, b.load(Y, k)),
        b.store(TOTAL, None, b.load(X, k)),
        Accumulate(TOTAL, None, b.load(X, k)),
        b.store(ROWS, None, ONE),
        Let(Local("again", I64), b.load(ROWS)),
    ],
    ids=["reads what it records", "last value", "rounded sum", "sets the counter", "reads it"],
)
def test_a_loop_that_does_more_keeps_its_order(more: Stmt) -> None:
    kernel = Kernel("kernel", "title", (_recording(more),))
    assert free_counters(kernel) == kernel
