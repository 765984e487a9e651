"""How calls of users' functions stand in generated code, and what passes may do with them."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from brainsim.codegen import build as b
from brainsim.codegen import npmath
from brainsim.codegen.foreign import c_pieces, cython_pieces, pieces_of, verbatim
from brainsim.codegen.ir import Buffer, DType, Expr, Foreign, ForeignCall, Kernel, Load, LoopKind
from brainsim.codegen.passes import optimise
from brainsim.codegen.printers import c, cython, numpy
from brainsim.codegen.verify import IllegalKernelError, verify

N = Buffer("n", DType.I64, constant=True, scalar=True)
X = Buffer("x", DType.F64)
K = Buffer("k", DType.F64, constant=True, scalar=True)
HANDLE = Buffer("f_function", DType.U64, constant=True, scalar=True)
CODE = "double f(double x) { return x; }"
PURE = Foreign("f", c_pieces("f", CODE, {}), (), HANDLE)


def kernel(function: Foreign, *args: Expr, dtype: DType = DType.F64) -> Kernel:
    """Return `x[i] = f(...)/k` over n elements."""
    i = b.index()
    value = b.binary("/", ForeignCall(function, args or (b.load(X, i),), dtype), Load(K))
    return Kernel("fill", "call a function", (b.loop(i, Load(N), [b.store(X, i, value)]),))


def test_every_printer_converts_the_value() -> None:
    """In C an int divided by an int would lose its fraction."""
    made = kernel(PURE)
    assert "(double)bs_user_f(x[i])" in c.print_kernel(made)
    assert "<double>bs_float64_of_f(x[i])" in cython.print_kernel(made)
    assert "npmath.call(f_function, np.float64, x[i])" in numpy.print_kernel(made)


def test_the_python_function_does_not_appear_in_compiled_code() -> None:
    for printer in (c, cython):
        assert "f_function" not in printer.print_kernel(kernel(PURE))
    assert "f_function = buffers[" in numpy.print_kernel(kernel(PURE))


def test_pieces_stand_once_headers_first() -> None:
    """What a name of the user is in C ends with the user's text."""
    other = replace(PURE, name="g", c=(*PURE.c, *c_pieces("g", "int g(int x) {}", {}, ["<a.h>"])))
    text = c.print_unit([kernel(PURE), kernel(other)], "two")
    assert text.count(CODE) == 1
    assert text.index("#include <a.h>") < text.index(CODE) < text.index("int g(")
    assert text.index("int g(") < text.index("#undef f\n#undef g") < text.index("void fill")


@pytest.mark.parametrize("text", ['"a\\n";\n', '/* """ \\ */\n', "\\x41 \\u0041\n", '"\\"\\\\"\n'])
def test_c_survives_being_quoted_in_cython(text: str) -> None:
    """What Cython reads between its quotes is what the user wrote, after the first line."""
    piece = verbatim(text, "char *s")
    quoted = piece[piece.index('"""') : piece.rindex('"""') + 3]
    assert ast.literal_eval(quoted) == f"\n{text}"
    assert piece.endswith("    char *s\n")


def test_a_kernel_that_calls_cython_takes_the_lock() -> None:
    own = replace(PURE, cython=cython_pieces("cdef double f(double x):\n    return x", {}))
    assert "noexcept with gil:" in cython.print_kernel(kernel(own))
    assert "noexcept nogil:" in cython.print_kernel(kernel(PURE))
    assert "<double>f(x[i])" in cython.print_kernel(kernel(own))


def test_a_printer_refuses_what_it_cannot_call() -> None:
    only_python = replace(PURE, c=())
    for printer in (c, cython):
        with pytest.raises(NotImplementedError, match="'f' has no implementation"):
            printer.print_unit([kernel(only_python)], "none")
    assert "npmath.call(" in numpy.print_unit([kernel(only_python)], "none")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (np.array(2.5), "static double _namespace_v = 2.5;\n"),
        (np.array(True), "static bool _namespace_v = true;\n"),
        (np.array(-(2**63)), "static int64_t _namespace_v = -9223372036854775807 - 1;\n"),
        (np.array(2**64 - 1, np.uint64), "static uint64_t _namespace_v = 18446744073709551615u;\n"),
        (np.array(np.nan), 'static double _namespace_v = __builtin_nan("");\n'),
        (np.array(-np.inf), "static double _namespace_v = -__builtin_inf();\n"),
        (np.array([], float), "static double _namespace_v[1] = {\n    0\n};\n"),
        (np.array([1, 2], np.int32), "static int32_t _namespace_v[2] = {\n    1, 2\n};\n"),
    ],
)
def test_numbers_are_exact_in_c(values: Any, line: str) -> None:
    assert line in c_pieces("f", CODE, {"_v": values})


@pytest.mark.parametrize("name", ["f;", "f g", "", "1f", "f\n", "é"])
def test_names_that_are_none_never_reach_the_text(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a function"):
        c_pieces(name, CODE, {})
    with pytest.raises(IllegalKernelError):
        verify(kernel(replace(PURE, name=name)))


@pytest.mark.parametrize("header", ["", "a\nb", "<a\\b>"])
def test_headers_that_are_none_never_reach_the_text(header: str) -> None:
    with pytest.raises(ValueError, match="no name of a header"):
        c_pieces("f", CODE, {}, [header])


def test_the_kernel_language_knows_what_a_call_needs() -> None:
    assert verify(kernel(PURE))
    for wrong in (
        replace(PURE, python=replace(HANDLE, constant=False)),
        replace(PURE, vectorised=True),
    ):
        with pytest.raises(IllegalKernelError):
            verify(kernel(wrong))


def test_a_stateless_call_leaves_the_loop_and_another_stays() -> None:
    """f(k) is computed once for all; with a memory it is called for every element."""
    hoisted = c.print_kernel(optimise(kernel(PURE, Load(K))))
    assert hoisted.index("bs_user_f(") < hoisted.index("for (")
    kept = c.print_kernel(optimise(kernel(replace(PURE, stateless=False), Load(K))))
    assert kept.index("bs_user_f(") > kept.index("for (")


def test_a_compiler_is_not_told_that_calls_with_a_memory_are_independent() -> None:
    made = kernel(replace(PURE, stateless=False))
    assert made.body[0].kind is LoopKind.INDEPENDENT  # type: ignore[union-attr]
    assert "BS_INDEPENDENT" in c.print_kernel(kernel(PURE))
    assert "BS_INDEPENDENT" not in c.print_kernel(made)


def test_two_texts_of_one_name_are_refused() -> None:
    other = replace(PURE, c=("another text",))
    with pytest.raises(NotImplementedError, match="two functions of the name 'f'"):
        pieces_of([PURE, other], "c")


def test_numpy_gives_lanes_what_they_need() -> None:
    """Numbers become as many as there are lanes; types are those that were promised."""
    assert npmath.call(lambda _: 1, np.float64, np.arange(3)).tolist() == [1, 1, 1]
    assert npmath.call(lambda x: x + 0.7, np.int64, 2) == 2
    assert npmath.call(lambda x: np.array([x]), np.float64, 2.0) == 2.0
    assert npmath.call(lambda: 5, np.float64) == 5
    with pytest.raises(ValueError, match="broadcast"):
        npmath.call(lambda _: np.zeros(2), np.float64, np.arange(3))
    found = npmath.call_per_element(lambda idx: np.ones(len(idx)), np.float64, np.arange(3))
    assert found.tolist() == [1, 1, 1]
    assert npmath.call_per_element(lambda a, idx: a * len(idx), np.float64, 4, 7) == 4
