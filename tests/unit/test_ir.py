"""The kernel language: types, constructors, walking and rebuilding."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.codegen import build as b
from brainsim.codegen.ir import (
    Accumulate,
    Binary,
    Buffer,
    Call,
    Cast,
    Clock,
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
    Not,
    Random,
    Store,
)
from brainsim.codegen.rewrite import (
    bottom_up,
    children,
    effects,
    expressions,
    locals_bound,
    locals_used,
    map_children,
    map_deep,
    rename_locals,
    replace_body,
    statements,
    walk,
)

F64, F32, I32, I64, BOOL = DType.F64, DType.F32, DType.I32, DType.I64, DType.BOOL
V, W, FLAGS, OUT = Buffer("v", F64), Buffer("w", F64), Buffer("flags", DType.U8), Buffer("o", I32)
KEY = Buffer("key", DType.U64, constant=True, scalar=True)
N = Buffer("N", I32, constant=True, scalar=True)
i, k = b.index("i"), b.index("k")


def _everything() -> Kernel:
    """Return a kernel with every kind of expression and statement."""
    drawn = Random("poisson", KEY, i, (b.load(V, i),), I32)
    chosen = b.select(
        b.both(b.compare("<", b.load(V, i), b.T), Not(b.TRUE)),
        b.call("exp", b.sub(b.DT, b.load(W, i))),
        b.cast(drawn, F64),
    )
    value, bind = b.let("value", chosen)
    inner = b.loop(k, i, [Accumulate(W, k, b.binary("**", value, b.const(2.0)))])
    body = [bind, If(b.compare(">", value, b.const(0.0)), (Store(V, i, value), inner))]
    count = Local("count", I64)
    return Kernel(
        "everything",
        "All nodes",
        (
            Fill(V, "normal", KEY, b.load(N)),
            b.loop(i, b.load(N), body, kind=LoopKind.ACCUMULATING),
            Compact(FLAGS, b.load(N), OUT, b.const(0, I64), count),
            Store(OUT, count, b.RELATIVE_STEP),
        ),
    )


def test_every_type_is_bool_integer_or_float() -> None:
    for dtype in DType:
        assert [dtype is BOOL, dtype.is_integer, dtype.is_float].count(True) == 1


def test_nodes_cannot_be_changed_and_compare_by_value() -> None:
    with pytest.raises(FrozenInstanceError):
        b.const(1.0).value = 2.0  # type: ignore[misc]
    assert _everything() == _everything()
    assert len({b.const(1.0), b.const(1.0), b.load(V, i), b.load(V, i)}) == 2


def test_clock_fields_have_types() -> None:
    types = [Clock("step"), Clock("relative_step"), Clock("t"), Clock("dt")]
    assert [clock.dtype for clock in types] == [I64, I32, F64, F64]


# ------------------------------------------------------------------------------------- building


@given(st.lists(st.sampled_from(list(DType)), min_size=1))
def test_the_wider_type_is_at_least_int32_and_does_not_depend_on_order(types: list[DType]) -> None:
    assert b.wider(*types) is b.wider(*reversed(types))
    assert b.wider(*types) not in {BOOL, DType.U8, DType.U16}


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(True, BOOL), (3, I32), (-(2**31) + 1, I32), (2**31, I64), (2**40, I64), (0.5, F64)],
)
def test_a_literal_gets_the_natural_type(value: float, dtype: DType) -> None:
    assert b.const(value) == Const(value, dtype)


def test_arithmetic_converts_to_the_wider_type() -> None:
    mixed = b.add(b.const(1), b.load(V, i))
    assert mixed == Binary("+", Const(1.0, F64), Load(V, i), F64)
    assert b.mul(b.RELATIVE_STEP, b.STEP).dtype is I64


def test_division_is_floating_point() -> None:
    assert b.binary("/", b.const(1), b.const(2)) == Binary(
        "/", Const(1.0, F64), Const(2.0, F64), F64
    )
    assert b.binary("//", b.const(1), b.const(2)).dtype is I32


def test_comparisons_and_choices_have_equal_operands() -> None:
    comparison = b.compare("<", b.RELATIVE_STEP, b.load(V, i))
    assert [child.dtype for child in children(comparison)] == [F64, F64]
    choice = b.select(b.TRUE, b.const(1), b.const(2.0))
    assert choice.dtype is F64
    assert b.select(b.TRUE, b.TRUE, b.TRUE).dtype is BOOL


def test_trivial_logic_is_left_out() -> None:
    condition = b.compare("<", b.T, b.DT)
    assert b.both(b.TRUE, condition) == condition == b.both(condition, b.TRUE)
    assert b.invert(b.invert(condition)) == condition
    assert b.when(b.TRUE, [Store(V, i, b.T)]) == [Store(V, i, b.T)]
    assert b.when(condition, [Store(V, i, b.T)]) == [If(condition, (Store(V, i, b.T),))]


def test_scalars_are_loaded_and_stored_without_an_index() -> None:
    assert b.load(N, i) == Load(N, None)
    total = Buffer("total", F64, scalar=True)
    assert b.store(total, i, b.const(1)) == Store(total, None, Const(1.0, F64))
    assert b.accumulate(total, i, b.T) == Accumulate(total, None, b.T)


def test_stored_values_are_converted() -> None:
    assert b.store(OUT, i, b.T) == Store(OUT, i, Cast(b.T, I32))


def test_arguments_of_functions_are_converted() -> None:
    assert b.call("exp", b.const(1)) == Call("exp", (Const(1.0, F64),), F64)


# -------------------------------------------------------------------------------------- walking


def _nodes(kernel: Kernel) -> list[Expr]:
    return [n for s in statements(kernel.body) for e in expressions(s) for n in walk(e)]


def test_walking_reaches_every_node_and_statement() -> None:
    kernel = _everything()
    found = {type(node).__name__ for node in _nodes(kernel)}
    assert found >= {"Const", "Local", "Load", "Clock", "Binary", "Compare", "Logic", "Not", "Call"}
    assert found >= {"Cast", "Select", "Random"}
    kinds = [type(stmt).__name__ for stmt in statements(kernel.body)]
    assert kinds == ["Fill", "For", "Let", "If", "Store", "For", "Accumulate", "Compact", "Store"]


def test_rebuilding_with_the_identity_changes_nothing() -> None:
    kernel = _everything()
    for node in _nodes(kernel):
        assert map_children(node, lambda child: child) == node
    rebuilt = replace_body(kernel, (map_deep(s, bottom_up(lambda e: e)) for s in kernel.body))
    assert rebuilt == kernel


def test_rebuilding_visits_operands_before_their_owner() -> None:
    seen: list[Expr] = []

    def note(expr: Expr) -> Expr:
        seen.append(expr)
        return expr

    expr = b.add(b.mul(b.T, b.DT), b.T)
    bottom_up(note)(expr)
    assert seen == [b.T, b.DT, b.mul(b.T, b.DT), b.T, expr]


def test_replacing_reaches_loop_bounds_and_indices() -> None:
    kernel = _everything()
    longer = bottom_up(lambda e: Load(Buffer("M", I32, scalar=True)) if e == b.load(N) else e)
    changed = replace_body(kernel, (map_deep(s, longer) for s in kernel.body))
    assert "N" not in {buffer.name for buffer in effects(changed.body).buffers}


def test_effects_list_reads_and_writes_in_order_of_appearance() -> None:
    found = effects(_everything().body)
    assert [buffer.name for buffer in found.reads] == ["N", "key", "v", "w", "flags"]
    assert [buffer.name for buffer in found.writes] == ["v", "w", "o"]
    assert [buffer.name for buffer in found.buffers] == ["N", "key", "v", "w", "flags", "o"]


def test_pieces_conflict_when_one_stores_what_the_other_touches() -> None:
    stores_v, reads_v = effects([Store(V, i, b.T)]), effects([Store(W, i, b.load(V, i))])
    reads_n = effects([b.loop(i, b.load(N), [])])
    assert stores_v.conflicts_with(stores_v)
    assert stores_v.conflicts_with(reads_v)
    assert reads_v.conflicts_with(stores_v)
    assert not reads_n.conflicts_with(stores_v)
    assert not reads_n.conflicts_with(reads_n)


def test_locals_bound_and_used() -> None:
    assert locals_bound(_everything().body) == {"i", "k", "value", "count"}
    assert locals_used(b.add(i, b.mul(k, i))) == {"i", "k"}


def test_renaming_locals_renames_where_bound_and_where_used() -> None:
    body = _everything().body
    renamed = rename_locals(body, {"i": "row", "value": "x", "count": "n", "other": "o"})
    assert locals_bound(renamed) == {"row", "k", "x", "n"}
    used = {n.name for n in _nodes(Kernel("r", "", renamed)) if isinstance(n, Local)}
    assert used == {"row", "x", "k", "n"}
    assert rename_locals(renamed, {"row": "i", "x": "value", "n": "count"}) == body


def test_a_loop_starts_at_zero_unless_told() -> None:
    loop = b.loop(i, b.load(N), [])
    assert loop == For(i, Const(0, I64), Load(N, None), (), LoopKind.INDEPENDENT)
    assert isinstance(b.let("x", b.T)[1], Let)
