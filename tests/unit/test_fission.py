"""Loops are split where that changes nothing: flags from heavy ones, scatters from all."""

from __future__ import annotations

from brainsim.codegen import build as b
from brainsim.codegen.fission import HEAVY, split_flags, split_scatters, weight
from brainsim.codegen.ir import Buffer, DType, For, Kernel, LoopKind, Stmt
from brainsim.codegen.verify import verify

N = Buffer("n", DType.I64, constant=True, scalar=True)
V = Buffer("v", DType.F64)
U = Buffer("u", DType.F64)
FLAG = Buffer("flag", DType.U8)
ACTIVE = Buffer("active", DType.BOOL)
I = b.index()


def heavy_value():
    """Return an expression that costs more than HEAVY."""
    value = b.load(V, I)
    for _ in range(HEAVY // 12 + 1):
        value = b.call("exp", value)
    return value


def kernel(*body: Stmt) -> Kernel:
    return Kernel("k", "a loop", (b.loop(I, b.load(N), list(body)),))


def loops(made: Kernel) -> list[For]:
    return [stmt for stmt in made.body if isinstance(stmt, For)]


def above():
    return b.compare(">", b.load(V, I), b.const(1.0))


def test_a_flag_after_the_arithmetic_gets_a_loop_of_its_own():
    made = split_flags(kernel(b.store(V, I, heavy_value()), b.store(FLAG, I, above())))
    first, second = loops(verify(made))
    assert first.body == (b.store(V, I, heavy_value()),)
    assert second.body == (b.store(FLAG, I, above()),)


def test_locals_go_where_they_are_needed():
    local, let = b.let("active", b.compare(">", b.load(U, I), b.const(0.0)))
    new, let_new = b.let("new_v", b.select(local, heavy_value(), b.load(V, I)))
    body = [let, b.store(ACTIVE, I, local), let_new, b.store(V, I, new)]
    first, second = loops(verify(split_flags(kernel(*body))))
    assert first.body == (let, let_new, b.store(V, I, new))
    assert second.body == (let, b.store(ACTIVE, I, local))


def test_a_light_loop_stays_whole():
    whole = kernel(b.store(V, I, b.mul(b.load(V, I), b.const(0.9))), b.store(FLAG, I, above()))
    assert weight(loops(whole)[0].body) < HEAVY
    assert split_flags(whole) == whole


def test_a_flag_of_the_old_value_stays():
    """Computed later, it would see the new value."""
    whole = kernel(b.store(FLAG, I, above()), b.store(V, I, heavy_value()))
    assert split_flags(whole) == whole


def test_a_flag_that_the_arithmetic_reads_stays():
    whole = kernel(
        b.store(ACTIVE, I, b.compare(">", b.load(U, I), b.const(0.0))),
        b.store(V, I, b.select(b.load(ACTIVE, I), heavy_value(), b.load(V, I))),
    )
    assert split_flags(whole) == whole


def test_a_flag_may_read_another_flag():
    body = [
        b.store(ACTIVE, I, b.compare(">", b.load(U, I), b.const(0.0))),
        b.store(V, I, heavy_value()),
        b.store(FLAG, I, b.both(above(), b.load(ACTIVE, I))),
    ]
    first, second = loops(verify(split_flags(kernel(*body))))
    assert first.body == (body[1],)
    assert second.body == (body[0], body[2])


def test_a_flag_as_costly_as_the_arithmetic_stays():
    costly = b.compare(">", heavy_value(), b.const(1.0))
    whole = kernel(b.store(U, I, heavy_value()), b.store(FLAG, I, costly))
    assert split_flags(whole) == whole


def test_splitting_again_changes_nothing():
    once = split_flags(kernel(b.store(V, I, heavy_value()), b.store(FLAG, I, above())))
    assert split_flags(once) == once


J = Buffer("target", DType.I32)
G = Buffer("g", DType.F64)


def synapses(*body: Stmt) -> Kernel:
    loop = b.loop(I, b.load(N), list(body), kind=LoopKind.ACCUMULATING)
    return Kernel("k", "a row of synapses", (loop,))


def scatter(value=None):
    return b.accumulate(G, b.load(J, I), b.load(V, I) if value is None else value)


def decay():
    return b.store(U, I, b.mul(b.load(U, I), b.call("exp", b.load(U, I))))


def kinds(made: Kernel) -> list[LoopKind]:
    return [loop.kind for loop in loops(verify(made))]


def test_a_scatter_of_old_values_comes_first():
    made = split_scatters(synapses(decay(), scatter(), b.store(V, I, b.load(U, I))))
    assert kinds(made) == [LoopKind.ACCUMULATING, LoopKind.INDEPENDENT]
    assert loops(made)[0].body == (scatter(),)


def test_a_scatter_of_new_values_comes_last():
    made = split_scatters(synapses(decay(), scatter(b.load(U, I))))
    assert kinds(made) == [LoopKind.INDEPENDENT, LoopKind.ACCUMULATING]


def test_a_scatter_between_two_stores_of_what_it_reads_stays():
    whole = synapses(decay(), scatter(b.load(U, I)), decay())
    assert split_scatters(whole) == whole


def test_a_scatter_beside_little_work_stays():
    whole = synapses(scatter(), b.store(V, I, b.load(U, I)))
    assert split_scatters(whole) == whole


def test_locals_of_a_scatter_go_with_it():
    local, let = b.let("post", b.load(J, I))
    added = b.accumulate(G, local, b.load(V, I))
    made = split_scatters(synapses(decay(), let, added))
    assert loops(verify(made))[0].body == (let, added)
    assert loops(made)[1].body == (decay(),)


def test_work_that_reads_the_sum_stays_with_the_scatter():
    whole = synapses(scatter(), b.store(U, I, b.call("exp", b.load(G, b.load(J, I)))))
    assert split_scatters(whole) == whole
