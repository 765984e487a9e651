"""The CUDA printer: its text, what it refuses, what nvcc says of it, kernels in an emulation."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cuda_models
import kernels_at_random as at_random
import kernels_by_hand as by_hand
import numpy as np
import pytest
from cuda_running import TAIL, compile_emulated, compile_nvcc, nvcc
from running import address_in, run_native, same_bits

import brainsim as b
from brainsim.codegen import build
from brainsim.codegen.ir import (
    Buffer,
    DType,
    Fill,
    For,
    Foreign,
    ForeignCall,
    If,
    Join,
    Kernel,
    Local,
    LoopKind,
)
from brainsim.codegen.printers import c, cuda
from brainsim.codegen.tiles import tile_loops
from brainsim.lowering import lower_network

# the oldest and the newest kind of GPU that nvcc 13 knows and people have many of
ARCHS = ("75", "90")


def _source(objects: list[Any]) -> str:
    b.defaultclock.dt = 0.1 * b.ms
    network = b.Network(objects)
    network.before_run()
    return lower_network(network, {}, share=False, tile=False).program.source("cuda")


# --------------------------------------------------------------------------------------------- text


def test_names_of_cuda_are_kept_apart() -> None:
    i, n = build.index("threadIdx"), Buffer("given", DType.I64, constant=True, scalar=True)
    x = Buffer("blockDim", DType.F64)
    loop = build.loop(i, build.load(n), [build.store(x, i, build.const(1.0))])
    text = cuda.print_unit([Kernel("gridDim", "names", (loop,))], "names")
    assert "blockDim_[threadIdx_] = 1.0;" in text
    assert "void gridDim_(" in text
    assert "given_ = *(const int64_t *)buffers[0];" in text


def test_single_statements_behind_a_list_keep_their_order() -> None:
    n, total = (Buffer(name, DType.I64, scalar=True) for name in ("n", "total"))
    count = Local("count", DType.I64)
    pieces, out = (Buffer(name, DType.I32) for name in ("pieces", "out"))
    lengths = Buffer("lengths", DType.I64)
    join = Join(pieces, lengths, build.const(9, DType.I64), out, build.const(0, DType.I64), count)
    more = If(build.compare(">", build.load(n), build.const(3, DType.I64)), (
        build.store(total, None, build.load(n)),
    ))  # fmt: skip
    text = cuda.print_unit([Kernel("k", "k", (join, build.store(n, None, count), more))], "order")
    lines = [line.strip() for line in text.splitlines()]
    begin = lines.index("if (bs_is_first()) {")
    assert lines[begin + 1 : begin + 4] == ["*n = count;", "if (*n > 3) {", "*total = *n;"]


# ----------------------------------------------------------------------------------------- refusals


def test_shares_are_refused() -> None:
    network = b.Network(cuda_models.brunel())
    network.before_run()
    program = lower_network(network, {}, tile=False).program
    with pytest.raises(NotImplementedError, match=r"is divided into shares.*share=False"):
        program.source("cuda")


def test_tiles_are_refused() -> None:
    kernel = tile_loops(by_hand.EXAMPLES["unreliable"].kernel, frozenset())
    with pytest.raises(NotImplementedError, match=r"'synapses_pre' cannot .* is tiled.*tile=False"):
        cuda.print_unit([kernel], "tiled")


def test_functions_of_the_user_are_refused() -> None:
    python = Buffer("f_python", DType.F64, constant=True, scalar=True)
    function = Foreign("f", ("double f(double x) { return x; }",), (), python)
    i, n = build.index(), Buffer("n", DType.I64, constant=True, scalar=True)
    x = Buffer("x", DType.F64)
    value = ForeignCall(function, (build.load(x, i),), DType.F64)
    kernel = Kernel("k", "k", (build.loop(i, build.load(n), [build.store(x, i, value)]),))
    with pytest.raises(NotImplementedError, match=r"'k' cannot .* function 'f', which has no code"):
        cuda.print_unit([kernel], "function")


def test_fills_within_loops_are_refused() -> None:
    i, n = build.index(), Buffer("n", DType.I64, constant=True, scalar=True)
    key = Buffer("key", DType.U64, constant=True, scalar=True)
    fill = Fill(Buffer("x", DType.F64), "normal", key, build.load(n))
    loop = For(i, build.const(0, DType.I64), build.load(n), (fill,), LoopKind.SEQUENTIAL)
    with pytest.raises(NotImplementedError, match=r"lists or fills something within a loop"):
        cuda.print_unit([Kernel("k", "k", (loop,))], "fill")


def test_the_preferences_know_no_target_cuda() -> None:
    with pytest.raises(b.PreferenceError):
        b.prefs.codegen.target = "cuda"


# ------------------------------------------------------------------------------------------- nvcc


needs_nvcc = pytest.mark.skipif(nvcc() is None, reason="needs nvcc")


@needs_nvcc
def test_nvcc_compiles_all_functions_and_variates_without_warnings(tmp_path: Path) -> None:
    for model in (cuda_models.functions, cuda_models.poisson, cuda_models.single):
        assert compile_nvcc(_source(model()), tmp_path / f"{model.__name__}.so", *ARCHS) == ""


@needs_nvcc
def test_nvcc_compiles_kernels_by_hand_without_warnings(tmp_path: Path) -> None:
    kernels = [replace(e.kernel, name=name) for name, e in by_hand.EXAMPLES.items()]
    text = cuda.print_unit(kernels, "by hand") + TAIL
    assert compile_nvcc(text, tmp_path / "unit.so", *ARCHS) == ""


# ---------------------------------------------------------------------------------------- emulation


def _kernels() -> dict[str, tuple[Kernel, dict[str, Any]]]:
    found = {
        f"hand_{name}": (e.kernel, e.arrays(np.random.default_rng(5)))
        for name, e in by_hand.EXAMPLES.items()
    }
    for seed in range(64):
        found[f"exact_{seed}"] = (at_random.kernel(seed), at_random.arrays(seed))
    for seed in range(24):
        kernel = at_random.kernel(seed, at_random.Style.FUNCTIONS)
        found[f"functions_{seed}"] = (kernel, at_random.arrays(seed))
    return {n: (replace(kernel, name=n), content) for n, (kernel, content) in found.items()}


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
@pytest.mark.parametrize("backwards", [0, 1])
def test_emulated_kernels_give_the_bits_of_c(
    backwards: int, tmp_path: Path, compile_c: Callable[..., ctypes.CDLL]
) -> None:
    """Apart from sums, whose terms come in another order."""
    kernels = _kernels()
    listed = [kernel for kernel, _ in kernels.values()]
    path = tmp_path / "unit.so"
    lax = ("-Wno-unused-variable", "-Wno-unused-but-set-variable")
    compile_emulated(cuda.print_unit(listed, "all"), path)
    emulated = ctypes.CDLL(str(path))
    ctypes.c_int.in_dll(emulated, "emulated_backwards").value = backwards
    in_c = compile_c(c.print_unit(listed, "all"), "-O1", *lax)
    sums = {"acc", "neurons_ge"}
    for name, (kernel, content) in kernels.items():
        expected = run_native(address_in(in_c, name), kernel, content)
        found = run_native(address_in(emulated, name), kernel, content)
        assert set(same_bits(expected, found)) <= sums, name
        for each in sums & set(expected):
            # at most 111 terms, none larger than 1e6 times the sum of them all here
            np.testing.assert_allclose(found[each], expected[each], rtol=111 * 1e6 * 2.3e-16)
