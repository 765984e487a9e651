"""Passes over the same elements become tiles where that changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from brainsim.codegen import build as b
from brainsim.codegen import toolchain
from brainsim.codegen.ir import (
    Buffer,
    Compact,
    DType,
    Fill,
    For,
    Kernel,
    Let,
    Load,
    Local,
    Stmt,
    Tiles,
)
from brainsim.codegen.printers import get
from brainsim.codegen.tiles import only_in_one, tile_loops
from brainsim.codegen.verify import verify
from tests.backends.support.running import address_in, run_native, run_numpy, same_bits

N = Buffer("N", DType.I64, constant=True, scalar=True)
M = Buffer("M", DType.I64, constant=True, scalar=True)
KEY = Buffer("key", DType.U64, constant=True, scalar=True)
V, W = Buffer("v", DType.F64), Buffer("w", DType.F64)
NOISE = Buffer("noise", DType.F64, scratch=True)
FLAGS = Buffer("flags", DType.U8, scratch=True)
LIST = Buffer("list", DType.I32)
LENGTHS = Buffer("lengths", DType.I64)
COUNT = Buffer("count", DType.I64, scalar=True)
I, LISTED = b.index(), Local("listed", DType.I64)
ALL = frozenset({V, W, NOISE, FLAGS, LIST})


def _loop(*body: Stmt, size: Buffer = N) -> For:
    return b.loop(I, Load(size), list(body))


def _kernel(*body: Stmt) -> Kernel:
    return verify(Kernel("k", "a kernel", body))


NOISY = _kernel(
    Fill(NOISE, "normal", KEY, Load(N)),
    _loop(
        b.store(V, I, b.add(b.load(V, I), b.load(NOISE, I))),
        b.store(FLAGS, I, b.compare(">", b.load(V, I), b.const(1.0))),
    ),
    Compact(FLAGS, Load(N), LIST, b.const(0, DType.I64), LISTED, lengths=LENGTHS),
    b.store(COUNT, None, LISTED),
)


def test_variates_state_flags_and_list_become_tiles_with_scratch_of_their_own() -> None:
    tiled = verify(tile_loops(NOISY, ALL))
    (tiles, _) = tiled.body
    assert isinstance(tiles, Tiles)
    assert len(tiles.body) == 3
    assert set(tiles.scratch) == {NOISE, FLAGS}


@pytest.mark.parametrize("size", [0, 1, 63, 1023, 1024, 1025, 4000])
def test_tiles_give_the_same(size: int) -> None:
    tiled = tile_loops(NOISY, ALL)
    content = {
        "N": size,
        "key": 77,
        "v": np.linspace(-1.0, 2.0, size),
        "noise": np.zeros(size),
        "flags": np.zeros(size, np.uint8),
        "list": np.zeros(size, np.int32),
        "lengths": np.zeros(16, np.int64),
        "count": 0,
    }
    results = []
    for kernel in (NOISY, tiled):
        module = toolchain.open_python_module(get("numpy").print_unit([kernel], ""), "tiles")
        results.append(run_numpy(module.k, kernel, content))
        library = toolchain.open_library(get("c").print_unit([kernel], ""), _compiler())
        results.append(run_native(address_in(library, "k"), kernel, content))
    kept = ("v", "list", "count", "lengths")
    first = {name: results[0][name] for name in kept}
    assert results[0]["count"][0] == np.count_nonzero(results[0]["v"] > 1)
    for other in results[1:]:
        assert same_bits(first, {name: other[name] for name in kept}) == []


def _compiler() -> toolchain.Compiler:
    return toolchain.find_compiler("")


def _is_tiled(*body: Stmt) -> bool:
    return any(isinstance(stmt, Tiles) for stmt in tile_loops(_kernel(*body), ALL).body)


def test_what_meets_at_other_elements_stays_apart() -> None:
    write = _loop(b.store(V, I, b.load(W, I)))
    turned = b.sub(b.sub(Load(N), I), b.const(1, DType.I64))
    assert _is_tiled(write, _loop(b.store(W, I, b.load(V, I))))
    assert not _is_tiled(write, _loop(b.store(W, I, b.load(V, turned))))
    assert not _is_tiled(write, _loop(b.store(W, I, b.load(V, I)), size=M))
    # what is listed stands at other places
    listing = Compact(FLAGS, Load(N), LIST, b.const(0, DType.I64), LISTED)
    assert not _is_tiled(listing, _loop(b.store(W, I, b.cast(b.load(LIST, I), DType.F64))))


def test_a_local_between_passes_moves_before_them_or_parts_them() -> None:
    first, second = _loop(b.store(V, I, b.load(W, I))), _loop(b.store(W, I, b.const(0.0)))
    zero = b.const(0, DType.I64)
    assert _is_tiled(first, Let(Local("c", DType.I64), Load(N)), second)
    assert not _is_tiled(first, Let(Local("c", DType.F64), b.load(V, zero)), second)


def test_memory_that_others_use_or_that_keeps_something_is_no_scratch() -> None:
    tiles = tile_loops(NOISY, frozenset()).body[0]
    assert isinstance(tiles, Tiles)
    assert tiles.scratch == ()
    kept = _kernel(
        _loop(b.store(V, I, b.load(NOISE, I)), b.store(NOISE, I, b.const(1.0))),
        _loop(b.store(W, I, b.load(NOISE, I))),
    )
    tiles = tile_loops(kept, ALL).body[0]
    assert isinstance(tiles, Tiles)
    assert tiles.scratch == ()
    assert only_in_one([kept, NOISY]) == {W, KEY, FLAGS, LIST, LENGTHS, COUNT}
