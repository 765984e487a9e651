"""Whatever a model calls its variables, the generated code compiles and means the same."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from running import address_in, run_native, run_numpy

from brainsim.codegen import build as b
from brainsim.codegen import toolchain
from brainsim.codegen.ir import Buffer, DType, If, Kernel, Store
from brainsim.codegen.printers import c
from brainsim.codegen.verify import verify

# keywords of the languages, names from their libraries, and names that our own text uses
NAMES = """
    auto bool break char class complex const delete double export float for goto int long
    namespace new operator register restrict short signed static struct switch template this
    typename union and or not is None True lambda nonlocal yield print exec def cdef nogil
    range slice list abs staticmethod IF ELSE DEF bint object fused readonly api NULL EOF I
    M_PI INFINITY NAN errno linux exp sqrt gamma j0 y1 index memcpy size_t int32_t uint8_t
    bs_exp BS_RESTRICT _x __y x_t np npmath random buffers clock step relative_step t dt
    kept of_i i_stop n_ MAX x_MAX main
""".split()  # noqa: SIM905 - a hundred quotes are hard to read
ZERO = b.const(0, DType.I64)


def _kernel(number: int, name: str) -> Kernel:
    """Return a kernel in which a buffer, a local and a loop's index all have one name."""
    buffer = Buffer(name, DType.F64)
    local, bind = b.let(name, b.add(b.T, b.call("exp", b.DT)))
    i = b.index(name)
    scope = If(b.compare("<", b.DT, b.T), (bind, Store(buffer, ZERO, local)))
    loop = b.loop(i, b.const(4), [Store(buffer, i, b.cast(i, DType.F64))], start=b.const(2))
    return verify(Kernel(f"k{number}", f"Names called {name}", (scope, loop)))


KERNELS = {name: _kernel(number, name) for number, name in enumerate(NAMES)}


def test_all_targets_take_any_name(
    compile_c: Callable[..., ctypes.CDLL],
    build_cython: Callable[..., ModuleType],
    build_numpy: Callable[..., ModuleType],
) -> None:
    kernels = list(KERNELS.values())
    library = compile_c(c.print_unit(kernels, "names"), "-O0")
    addresses = build_cython(kernels, "-O0").addresses()
    module = build_numpy(kernels)
    for name, kernel in KERNELS.items():
        content = {name: np.full(4, 5.0)}
        in_c = run_native(address_in(library, kernel.name), kernel, content)[name]
        in_cython = run_native(addresses[kernel.name], kernel, content)[name]
        in_numpy = run_numpy(getattr(module, kernel.name), kernel, content)[name]
        assert in_c.tolist()[1:] == [5, 2, 3]
        assert in_c.tolist() == in_cython.tolist()
        # one exponential: 1 ulp in C, 4 in NumPy
        np.testing.assert_allclose(in_numpy, in_c, rtol=5 * np.finfo(float).eps)


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no g++")
def test_names_are_no_problem_in_cplusplus(tmp_path: Path) -> None:
    path = tmp_path / "names.cpp"
    path.write_text(c.print_unit(list(KERNELS.values()), "names"), encoding="utf-8")
    argv = ["g++", "-std=gnu++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    result = subprocess.run(
        [*argv, f"-I{toolchain.INCLUDE_DIRECTORY}", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
