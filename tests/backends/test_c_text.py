"""The C printer's text: it compiles everywhere without warnings, and says exactly what is meant."""

from __future__ import annotations

import ctypes
import math
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import kernels_by_hand as by_hand
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import address_in, run_native

from brainsim.codegen import build as b
from brainsim.codegen import toolchain
from brainsim.codegen.ir import (
    Accumulate,
    Binary,
    Buffer,
    Const,
    DType,
    Expr,
    Kernel,
    LoopKind,
    Select,
    Store,
    Unary,
)
from brainsim.codegen.passes import optimise
from brainsim.codegen.printers import c
from brainsim.codegen.printers.names import safe
from brainsim.codegen.verify import verify

WARNINGS = ("-Wall", "-Wextra", "-Werror")
F64, F32, I32, I64, U64 = DType.F64, DType.F32, DType.I32, DType.I64, DType.U64


@pytest.fixture(scope="module")
def all_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with all kernels written by hand."""
    kernels = [replace(e.kernel, name=f"k_{name}") for name, e in by_hand.EXAMPLES.items()]
    path = tmp_path_factory.mktemp("examples") / "examples.c"
    path.write_text(c.print_unit(kernels, "all examples"), encoding="utf-8")
    return path


def _compile(command: list[str], path: Path, *flags: str) -> str:
    include = f"-I{toolchain.INCLUDE_DIRECTORY}"
    argv = [*command, *flags, include, "-c", str(path), "-o", str(path.with_suffix(".o"))]
    result = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stderr


def test_text_compiles_as_c_without_warnings(
    all_examples: Path, compiler: toolchain.Compiler
) -> None:
    _compile([*compiler.command], all_examples, *toolchain.default_flags(), *WARNINGS)


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no g++")
def test_text_compiles_as_cplusplus_without_warnings(all_examples: Path) -> None:
    _compile(["g++", "-x", "c++"], all_examples, "-std=gnu++17", "-O1", *WARNINGS)


@pytest.mark.skipif(shutil.which("clang") is None, reason="there is no clang")
def test_text_compiles_with_clang_without_warnings(all_examples: Path) -> None:
    # a loop that it cannot vectorise is no mistake
    _compile(["clang"], all_examples, "-std=gnu11", "-O3", *WARNINGS, "-Wno-pass-failed")


@pytest.mark.parametrize("name", ["lif_update", "fused"])
def test_state_update_is_vectorised(
    name: str, compiler: toolchain.Compiler, tmp_path: Path
) -> None:
    if compiler.kind != "gcc":
        pytest.skip("the report is gcc's")
    path = tmp_path / "update.c"
    path.write_text(c.print_unit([by_hand.EXAMPLES[name].kernel], name), encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    loop = next(number for number, line in enumerate(lines, 1) if "for (" in line)
    report = _compile([*compiler.command], path, *toolchain.default_flags(), "-fopt-info-vec")
    assert re.search(rf"update\.c:{loop}:\d+: optimized: loop vectorized", report), report


# ------------------------------------------------------------------------------------- literals


@given(st.floats())
def test_float_literals_are_exact(value: float) -> None:
    text, _ = c.literal(Const(value, F64))
    if math.isfinite(value):
        assert math.copysign(1, float(text)) == math.copysign(1, value)
        assert float(text) == value
    else:
        assert ("nan" in text) == math.isnan(value)
        assert ("inf" in text) == math.isinf(value)


def _values(
    compile_c: Callable[..., ctypes.CDLL], expressions: list[Expr], dtype: DType
) -> list[float]:
    """Return the values that C computes for expressions without buffers."""
    out = Buffer("out", dtype)
    stores = tuple(b.store(out, b.const(k, I64), e) for k, e in enumerate(expressions))
    kernel = verify(Kernel("values", "Store literals", stores))
    library = compile_c(c.print_unit([kernel], "literals"), "-Wno-overflow")
    content = {"out": np.zeros(len(expressions))}
    found: list[float] = run_native(address_in(library, "values"), kernel, content)["out"].tolist()
    return found


def test_extreme_literals_keep_their_value(compile_c: Callable[..., ctypes.CDLL]) -> None:
    reals = [0.0, -0.0, 5e-324, 1.7976931348623157e308, -1e-5, math.inf, -math.inf, 0.1]
    assert _values(compile_c, [Const(x, F64) for x in reals], F64) == reals
    assert math.copysign(1, _values(compile_c, [Const(-0.0, F64)], F64)[0]) == -1
    assert math.isnan(_values(compile_c, [Const(math.nan, F64)], F64)[0])
    singles = [0.10000000149011612, 3.4028234663852886e38, math.inf]
    assert _values(compile_c, [Const(x, F32) for x in singles], F32) == singles
    integers = [-(2**63), 2**63 - 1, -(2**31), 2**31, 0, -1]
    assert _values(compile_c, [Const(x, I64) for x in integers], I64) == integers
    assert _values(compile_c, [Const(-(2**31), I32)], I32) == [-(2**31)]
    unsigned = [2**64 - 1, 2**63, 0]
    assert _values(compile_c, [Const(x, U64) for x in unsigned], U64) == unsigned


def test_small_literals_of_wide_types_are_computed_in_the_wide_type(
    compile_c: Callable[..., ctypes.CDLL],
) -> None:
    big = Const(100_000, I64)
    chosen = Select(b.compare("<", b.T, b.DT), Const(3, I64), big, I64)
    products = [
        Binary("*", big, big, I64),
        Binary("*", Unary(big), big, I64),
        Binary("*", chosen, chosen, I64),
        Binary("+", Binary("*", big, big, I64), Const(1, I64), I64),
    ]
    expected = [10**10, -(10**10), 10**10, 10**10 + 1]
    assert _values(compile_c, products, I64) == expected


def test_a_negative_literal_is_apart_from_a_minus_before_it() -> None:
    assert c.CText(Kernel("k", "", ())).expr(Unary(Const(-2.0, F64))) == "-(-2.0)"


# --------------------------------------------------------------------------------- parentheses


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (b.sub(b.T, b.sub(b.DT, b.T)), "t - (dt - t)"),
        (b.sub(b.sub(b.T, b.DT), b.T), "t - dt - t"),
        (b.mul(b.add(b.T, b.DT), b.T), "(t + dt) * t"),
        (b.binary("/", b.T, b.mul(b.DT, b.T)), "t / (dt * t)"),
        (Unary(b.add(b.T, b.DT)), "-(t + dt)"),
        (Unary(Unary(b.T)), "-(-t)"),
        (b.mul(Unary(b.T), b.DT), "-t * dt"),
        (b.compare("<", b.add(b.T, b.DT), b.T), "t + dt < t"),
        (b.both(b.compare("<", b.T, b.DT), b.TRUE), "t < dt"),
        (
            b.both(
                b.both(b.compare("<", b.T, b.DT), b.invert(b.compare(">", b.T, b.DT))),
                b.compare("==", b.T, b.DT),
            ),
            "(t < dt) & (!(t > dt)) & (t == dt)",
        ),
        (
            b.compare("==", b.compare("<", b.T, b.DT), b.const(False)),
            "(int32_t)(t < dt) == (int32_t)false",
        ),
        (b.mul(b.select(b.compare("<", b.T, b.DT), b.T, b.DT), b.T), "(t < dt ? t : dt) * t"),
        (b.cast(b.add(b.T, b.DT), I32), "(int32_t)(t + dt)"),
        (b.binary("%", b.T, b.DT), "bs_mod(t, dt)"),
        (b.binary("//", b.STEP, b.const(3)), "bs_floordiv_int64(step, 3)"),
        (
            b.binary("//", b.RELATIVE_STEP, b.const(3)),
            "(int32_t)bs_floordiv_int64(relative_step, 3)",
        ),
    ],
)
def test_parentheses_stand_where_c_needs_them(expr: Expr, text: str) -> None:
    assert c.CText(Kernel("k", "", ())).expr(expr) == text


# ------------------------------------------------------------------------------------- hostility


def test_no_text_of_the_user_can_end_a_comment(compile_c: Callable[..., ctypes.CDLL]) -> None:
    nasty = 'a */ int x; /* b // \\\n c ??/ "quoted" % \x00 d'.replace("\x00", "")
    out = Buffer("out", F64, comment=nasty)
    kernel = Kernel("k", nasty, (Store(out, Const(0, I64), b.T),))
    compile_c(c.print_unit([kernel], nasty))


def test_a_loop_bound_that_a_store_changes_is_evaluated_once(
    compile_c: Callable[..., ctypes.CDLL],
) -> None:
    n = Buffer("n", I64, scalar=True)
    i = b.index()
    grow = Accumulate(n, None, b.const(1, I64))
    kernel = verify(Kernel("grow", "", (b.loop(i, b.load(n), [grow], kind=LoopKind.SEQUENTIAL),)))
    library = compile_c(c.print_unit([kernel], "loop"))
    assert run_native(address_in(library, "grow"), kernel, {"n": 5})["n"].tolist() == [10]


def test_names_of_loop_bounds_do_not_clash(compile_c: Callable[..., ctypes.CDLL]) -> None:
    i = b.index("i")
    stop, bind_stop = b.let("i_stop", b.const(7.0))
    out = Buffer("out", F64)
    count = Buffer("count", I64)
    loop = b.loop(i, b.load(count, b.const(0, I64)), [bind_stop, b.store(out, i, stop)])
    kernel = verify(Kernel("k", "", (loop,)))
    library = compile_c(c.print_unit([kernel], "bounds"))
    found = run_native(address_in(library, "k"), kernel, {"out": np.zeros(4), "count": [3]})
    assert found["out"].tolist() == [7, 7, 7, 0]


def test_optimised_text_of_the_lif_model_is_short() -> None:
    """The loop holds no division and no exponential."""
    text = c.print_kernel(optimise(by_hand.lif_update()))
    loop = text[text.index("for (") :]
    assert "/" not in loop
    assert "bs_exp" not in loop
    assert safe("neurons_v") in loop
