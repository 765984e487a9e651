"""Kernels divided into shares: what can be, what cannot, and that the number changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.codegen import build as b
from brainsim.codegen import toolchain
from brainsim.codegen.ir import (
    LENGTH_STRIDE,
    MAX_SHARES,
    Buffer,
    Compact,
    Division,
    DType,
    Expr,
    Fill,
    For,
    Join,
    Kernel,
    Let,
    Load,
    Local,
    LoopKind,
    Stmt,
)
from brainsim.codegen.printers import get
from brainsim.codegen.shares import divide
from brainsim.codegen.tiles import tile_loops
from brainsim.codegen.verify import verify
from brainsim.model.rows import rows_ascend
from tests.backends.support.running import address_in, run_native

N = Buffer("N", DType.I64, constant=True, scalar=True)
FEW = Buffer("few", DType.I64, constant=True, scalar=True)
SHIFT = Buffer("shift", DType.I64, constant=True, scalar=True)
KEY = Buffer("key", DType.U64, constant=True, scalar=True)
V, W = Buffer("v", DType.F64), Buffer("w", DType.F64)
FLAGS = Buffer("flags", DType.U8, scratch=True)
NOISE = Buffer("noise", DType.F64, scratch=True)
FRESH, LIST = Buffer("fresh", DType.I32), Buffer("list", DType.I32)
LENGTHS = Buffer("lengths", DType.I64)
COUNT = Buffer("count", DType.I64, scalar=True)
ROWS, POST = Buffer("rows", DType.I64), Buffer("post", DType.I32)
ZERO, I = b.const(0, DType.I64), b.index()
SIZE = Load(N)


def _kernel(*body: Stmt) -> Kernel:
    return verify(Kernel("k", "a kernel", body))


def _loop(*body: Stmt) -> For:
    return b.loop(I, SIZE, list(body))


def spiking() -> Kernel:
    """Return a noisy step, whose elements above one are set to zero and listed."""
    listed, total, k = Local("listed", DType.I64), Local("total", DType.I64), b.index("k")
    neuron, let_neuron = b.let("neuron", b.load(FRESH, k))
    reset = [let_neuron, b.store(V, neuron, b.const(0.0))]
    return _kernel(
        Fill(NOISE, "normal", KEY, SIZE),
        _loop(
            b.store(V, I, b.add(b.load(V, I), b.load(NOISE, I))),
            b.store(FLAGS, I, b.compare(">", b.load(V, I), b.const(1.0))),
        ),
        Compact(FLAGS, SIZE, FRESH, ZERO, listed, lengths=LENGTHS),
        b.loop(k, listed, reset, division=Division(SIZE, b.load(FRESH, k))),
        Join(FRESH, LENGTHS, SIZE, LIST, ZERO, total),
        b.store(COUNT, None, total),
    )


def delivering(target: Expr | None = None) -> Kernel:
    """Return the walk over the rows of all listed spikes."""
    k, s = b.index("k"), b.index("s")
    neuron, let_neuron = b.let("neuron", b.load(LIST, s))
    post, let_post = b.let("target", b.load(POST, k))
    row = b.loop(
        k,
        b.load(ROWS, b.add(b.cast(neuron, DType.I64), b.const(1, DType.I64))),
        [let_post, b.accumulate(V, target or post, b.load(W, k))],
        start=b.load(ROWS, neuron),
        kind=LoopKind.ACCUMULATING,
        division=Division(SIZE, b.load(POST, k)),
    )
    over = b.loop(s, Load(COUNT), [let_neuron, row], kind=LoopKind.ACCUMULATING)
    return _kernel(over)


def _memory(size: int) -> dict[str, Any]:
    rng = np.random.default_rng(size)
    degree = 7
    return {
        "N": size,
        "few": size // 2,
        "shift": size // 3,
        "key": 99,
        "v": rng.uniform(-2, 2, size),
        "w": rng.uniform(-1, 1, degree * size),
        "flags": np.zeros(size, np.uint8),
        "noise": np.zeros(size),
        "fresh": np.zeros(size, np.int32),
        "list": np.arange(size, dtype=np.int32)[::3].repeat(3)[:size],
        "lengths": np.zeros(MAX_SHARES * LENGTH_STRIDE, np.int64),
        "count": len(range(0, size, 3)),
        "rows": np.arange(size + 1) * degree,
        "post": np.sort(rng.integers(0, max(size, 1), (size, degree)), axis=1).ravel(),
    }


def _compiled(*kernels: Kernel) -> Any:
    text = get("c").print_unit(kernels, "")
    return toolchain.open_library(text, toolchain.find_compiler())


@pytest.mark.parametrize("shares", [1, 2, 3, 7, MAX_SHARES])
@pytest.mark.parametrize("size", [0, 1, 64, 65, 1000, 3001])
@pytest.mark.parametrize("made", [spiking, delivering])
def test_any_number_of_shares_in_any_order_gives_the_same_bits(
    made: Any, size: int, shares: int
) -> None:
    whole = made()
    for kernel in (whole, tile_loops(whole, frozenset({FLAGS, NOISE}))):
        divided = divide(kernel)
        assert divided is not None
        verify(divided.kernel)
        content = _memory(size)
        alone = run_native(address_in(_compiled(whole), "k"), whole, content)
        order = [(k, shares) for k in reversed(range(shares))]
        first = run_native(
            address_in(_compiled(divided.kernel), "k"), divided.kernel, content, order
        )
        if divided.rest is not None:
            verify(divided.rest)
            library = _compiled(divided.rest)
            last = run_native(address_in(library, "k_end"), divided.rest, {**content, **first})
            first |= last
        for name in {"v", "list", "count"} & alone.keys():
            count = alone["count"][0] if name == "list" and made is spiking else None
            assert np.array_equal(alone[name][:count], first[name][:count]), name


def test_a_loop_over_a_part_of_a_group_is_shared_by_the_whole() -> None:
    place = b.add(I, Load(SHIFT))
    part = b.loop(
        I,
        Load(FEW),
        [b.store(V, place, b.add(b.load(V, place), b.const(1.0)))],
        division=Division(SIZE, place),
    )
    divided = divide(_kernel(part))
    assert divided is not None
    assert divided.own == {V: ("N", "place")}
    for shares in (1, 2, 5):
        content = _memory(700)
        result = run_native(
            address_in(_compiled(divided.kernel), "k"),
            divided.kernel,
            content,
            [(k, shares) for k in range(shares)],
        )
        expected = content["v"].copy()
        expected[700 // 3 : 700 // 3 + 350] += 1
        assert np.array_equal(result["v"], expected)


def test_what_a_share_touches_is_told() -> None:
    divided = divide(delivering())
    assert divided is not None
    assert divided.rest is None
    assert divided.ascending == {POST}
    assert divided.own[V] == ("N", "place")
    assert divided.own[W] == ("N", "item")
    assert LIST not in divided.own  # each share looks at all spikes


@pytest.mark.parametrize(
    "kernel",
    [
        delivering(b.const(3, DType.I64)),
        delivering(Local("neuron", DType.I32)),
        _kernel(_loop(b.store(V, I, b.load(V, b.sub(SIZE, b.add(I, b.const(1, DType.I64))))))),
        _kernel(b.loop(I, SIZE, [b.accumulate(COUNT, None, b.const(1, DType.I64))])),
        _kernel(b.store(COUNT, None, ZERO)),
        _kernel(
            b.store(COUNT, None, SIZE),
            Let(Local("c", DType.I64), Load(COUNT)),
            _loop(b.store(V, I, b.cast(Local("c", DType.I64), DType.F64))),
        ),
    ],
    ids=["one element", "source", "other elements", "a sum", "no loop", "order"],
)
def test_what_meets_the_elements_of_others_is_not_divided(kernel: Kernel) -> None:
    assert divide(kernel) is None


@given(st.data())
def test_rows_ascend_where_sorting_them_changes_nothing(data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(st.integers(0, 5), max_size=4), max_size=5))
    targets = np.array([target for row in rows for target in row], np.int32)
    offsets = np.cumsum([0, *map(len, rows)])
    assert rows_ascend(offsets, targets) == all(row == sorted(row) for row in rows)
