"""The functions of the kernel language: each exists on every target and has the same values there.

That the C functions are right is tested elsewhere; here C is compared with NumPy, which says what
the functions mean at zero, infinity and NaN.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from running import Arrays, address_in, run_native, run_numpy, same_bits, ulps

from brainsim.codegen import build as b
from brainsim.codegen.functions import FUNCTIONS
from brainsim.codegen.ir import (
    Binary,
    Buffer,
    Call,
    Const,
    DType,
    Expr,
    Fill,
    Kernel,
    Load,
    Random,
    Store,
)
from brainsim.codegen.printers import c
from brainsim.codegen.verify import verify

F64, F32, I32, I64, U64 = DType.F64, DType.F32, DType.I32, DType.I64, DType.U64
N = Buffer("N", I64, constant=True, scalar=True)
KEY = Buffer("key", U64, constant=True, scalar=True)
i = b.index()

ARITY = {"clip": 3, "minimum": 2, "maximum": 2, "timestep": 2}
EXACT = {"floor", "ceil", "abs", "sign", "clip", "minimum", "maximum", "timestep", "sqrt"}
# bs_math.h states at most 2 ulp, NumPy at most 4
FUNCTION_ULPS = 6.0

_SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, math.inf, -math.inf, math.nan, 1e-300, -1e-300, 5e-324]
_SPECIAL += [
    2.0,
    -2.0,
    3.7,
    -3.7,
    20.0,
    -20.0,
    709.0,
    -744.0,
    1e10,
    -1e10,
    1e300,
    -1e300,
    2.5,
    1e-5,
]


def _arguments(function: str, dtype: DType, count: int) -> list[Any]:
    """Return arrays of arguments: every pair of special ones, and random ones."""
    rng = np.random.default_rng(3)
    special = np.array(_SPECIAL)
    if function in {"sin", "cos", "tan"}:
        # bs_math.h gives NaN from 2**51 on
        special = special[~(np.abs(special) > 2.0**51) | ~np.isfinite(special)]
    grids = [g.ravel() for g in np.meshgrid(*[special] * min(count, 2))]
    grids = (grids * 2)[:count]
    random = [rng.normal(scale=rng.choice([0.3, 3.0, 30.0], 400)) for _ in range(count)]
    kind = str(dtype)
    with np.errstate(all="ignore"):
        return [np.concatenate(pair).astype(kind) for pair in zip(grids, random, strict=True)]


def _function_kernel(function: str, dtype: DType) -> tuple[Kernel, Arrays]:
    takes = F64 if function == "timestep" else dtype
    given = I64 if function == "timestep" else dtype
    count = ARITY.get(function, 1)
    buffers = [Buffer(f"x{number}", takes) for number in range(count)]
    call = Call(function, tuple(Load(buffer, i) for buffer in buffers), given)
    loop = b.loop(i, b.load(N), [Store(Buffer("out", given), i, call)])
    arguments = _arguments(function, takes, count)
    content = {f"x{number}": values for number, values in enumerate(arguments)}
    size = len(arguments[0])
    return verify(Kernel(f"{function}_{given}", function, (loop,))), {
        **content,
        "out": np.zeros(size),
        "N": size,
    }


def _operator_kernel(name: str, expr: Expr, content: Arrays) -> tuple[Kernel, Arrays]:
    size = len(next(iter(content.values())))
    loop = b.loop(i, b.load(N), [Store(Buffer("out", expr.dtype), i, expr)])
    # the key's size is one, whatever the other arrays' is
    rest = {"out": np.zeros(size), "N": size, "key": 0x123456789ABCDEF}
    return verify(Kernel(name, name, (loop,))), {**content, **rest}


def _operators() -> dict[str, tuple[Kernel, Arrays]]:
    found = {}
    for dtype in (F64, F32):
        x, y = _arguments("//", dtype, 2)
        left, right = Load(Buffer("x", dtype), i), Load(Buffer("y", dtype), i)
        for word, op in (("floordiv", "//"), ("mod", "%"), ("pow", "**"), ("div", "/")):
            name = f"{word}_{dtype}"
            expr = Binary(op, left, right, dtype)  # type: ignore[arg-type]
            with np.errstate(all="ignore"):
                # from 2**53 on the digits of a quotient mean nothing, and bs_math.h says so
                sensible = ~(np.abs(x / y) >= 2.0**53) | (word not in {"floordiv", "mod"})
            found[name] = _operator_kernel(name, expr, {"x": x[sensible], "y": y[sensible]})
    for dtype in (I32, I64):
        info = np.iinfo(str(dtype))
        edge = [0, 1, -1, 2, -2, 7, -7, 10**6, info.max, info.min, info.min + 1]
        m, n = (grid.ravel() for grid in np.meshgrid(edge, edge))
        left, right = Load(Buffer("m", dtype), i), Load(Buffer("n", dtype), i)
        for word, op in (("floordiv", "//"), ("mod", "%")):
            name = f"{word}_{dtype}"
            expr = Binary(op, left, right, dtype)  # type: ignore[arg-type]
            found[name] = _operator_kernel(name, expr, {"m": m, "n": n})
        small = np.arange(-12, 13)
        for exponent in (0, 1, 2, 3, 5, 7):
            name = f"pow{exponent}_{dtype}"
            power = Binary("**", left, b.cast(b.const(exponent), dtype), dtype)
            found[name] = _operator_kernel(name, power, {"m": small})
    return found


def _variates() -> dict[str, tuple[Kernel, Arrays]]:
    lam = Buffer("lam", F64)
    kinds: dict[str, tuple[tuple[Expr, ...], tuple[DType, ...]]] = {
        "uniform": ((), (F64, F32)),
        "normal": ((), (F64, F32)),
        "poisson": ((Load(lam, i),), (I64, I32)),
        "binomial": ((b.const(40, I64), b.const(0.3)), (I64, I32)),
    }
    found = {}
    for kind, (args, types) in kinds.items():
        for dtype in types:
            name = f"{kind}_{dtype}"
            expr = Random(kind, KEY, i, args, dtype)  # type: ignore[arg-type]
            content = {"lam": np.repeat([0.0, 0.5, 5.0, 50.0], 25)}
            found[name] = _operator_kernel(name, expr, content)
    return found


FUNCTION_KERNELS = {
    f"{name}_{dtype}": _function_kernel(name, dtype)
    for name in FUNCTIONS
    for dtype in ((F64,) if name == "timestep" else (F64, F32))
}
OPERATOR_KERNELS = _operators()
VARIATE_KERNELS = _variates()
ALL = {**FUNCTION_KERNELS, **OPERATOR_KERNELS, **VARIATE_KERNELS}


@pytest.fixture(scope="module")
def both(
    compile_c: Callable[..., ctypes.CDLL], build_numpy: Callable[..., ModuleType]
) -> Callable[[str], tuple[Arrays, Arrays]]:
    kernels = [kernel for kernel, _ in ALL.values()]
    library = compile_c(c.print_unit(kernels, "functions"), "-O1")
    module = build_numpy(kernels)

    def run(name: str) -> tuple[Arrays, Arrays]:
        kernel, content = ALL[name]
        in_c = run_native(address_in(library, kernel.name), kernel, content)
        return in_c, run_numpy(getattr(module, kernel.name), kernel, content)

    return run


@pytest.mark.parametrize("name", FUNCTION_KERNELS)
def test_functions_have_the_same_values_in_c_and_numpy(
    both: Callable[[str], tuple[Arrays, Arrays]], name: str
) -> None:
    in_c, in_numpy = both(name)
    if name.rpartition("_")[0] in EXACT:
        assert same_bits(in_c, in_numpy) == []
    assert ulps(in_c["out"], in_numpy["out"]) <= FUNCTION_ULPS


@pytest.mark.parametrize("name", OPERATOR_KERNELS)
def test_operators_have_the_same_values_in_c_and_numpy(
    both: Callable[[str], tuple[Arrays, Arrays]], name: str
) -> None:
    in_c, in_numpy = both(name)
    if name.startswith("pow_"):
        assert ulps(in_c["out"], in_numpy["out"]) <= FUNCTION_ULPS
    else:
        assert same_bits(in_c, in_numpy) == []


@pytest.mark.parametrize("name", VARIATE_KERNELS)
def test_random_numbers_are_the_same_in_c_and_numpy(
    both: Callable[[str], tuple[Arrays, Arrays]], name: str
) -> None:
    in_c, in_numpy = both(name)
    assert same_bits(in_c, in_numpy) == []
    assert len(np.unique(in_c["out"])) > 10


MEANS = (-1.0, 0.1, 3.0, 14.0, 29.0, 50.0)
VARIATES = [(kind, (), dtype) for kind in ("uniform", "normal") for dtype in (F64, F32)]
VARIATES += [("poisson", (b.const(mean),), DType.I64) for mean in MEANS]


@pytest.mark.parametrize(("kind", "args", "dtype"), VARIATES)
def test_filling_a_buffer_gives_the_variates_of_its_elements(
    build_numpy: Callable[..., ModuleType],
    compile_c: Callable[..., ctypes.CDLL],
    kind: Any,
    args: tuple[Const, ...],
    dtype: DType,
) -> None:
    out, single = Buffer("out", dtype), Buffer("single", dtype)
    one_by_one = Store(single, i, Random(kind, KEY, i, args, dtype))
    kernel = Kernel(
        "fill", "", (Fill(out, kind, KEY, b.load(N), args), b.loop(i, b.load(N), [one_by_one]))
    )
    content = {"out": np.zeros(301), "single": np.zeros(301), "N": 300, "key": 5}
    library = compile_c(c.print_unit([verify(kernel)], "fill"), "-O1")
    in_c = run_native(address_in(library, "fill"), kernel, content)
    in_numpy = run_numpy(build_numpy([kernel]).fill, kernel, content)
    assert same_bits(in_c, in_numpy) == []
    assert in_c["out"].tolist() == in_c["single"].tolist()
    assert in_c["out"][300] == 0
