"""Procedures that kernels call: every target does the same, and illegal calls are refused."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from running import address_in, run_native, run_numpy, same_bits

from brainsim.codegen import build as b
from brainsim.codegen import linear, random
from brainsim.codegen.ir import Buffer, Const, DType, Expr, Kernel, Load, Procedure
from brainsim.codegen.printers import c
from brainsim.codegen.rewrite import effects, expressions, map_expressions
from brainsim.codegen.shares import divide
from brainsim.codegen.verify import IllegalKernelError, verify

F64, I32, I64 = DType.F64, DType.I32, DType.I64
A, P, G, WORK = (Buffer(name, F64) for name in ("A", "P", "G", "work"))
TABLE, OUT = Buffer("table", I32), Buffer("out", F64, scalar=True)
CHANCE = Buffer("chance", F64, constant=True, scalar=True)
TRIALS = Buffer("trials", I64, constant=True, scalar=True)
N = b.const(3, I64)
PROPAGATE = Procedure("propagators", (N, b.const(1e-3)), (A,), (P, G, WORK))
TABULATE = Procedure("binomial_table", (Load(TRIALS), Load(CHANCE)), (), (TABLE,))


def test_a_propagator_is_the_same_on_every_target(
    build_numpy: Callable[..., ModuleType],
    build_cython: Callable[..., ModuleType],
    compile_c: Callable[..., ctypes.CDLL],
) -> None:
    """What it writes can be read behind it."""
    store = b.store(OUT, None, Load(P, b.const(4, I64)))
    kernel = verify(Kernel("advance", "", (PROPAGATE, store)))
    matrix = np.random.default_rng(1).normal(size=(3, 3)) * 1e3
    zeros = np.zeros(9)
    work = np.zeros(linear.work_size(3))
    content = {"A": matrix.ravel(), "P": zeros, "G": zeros, "work": work, "out": [0.0]}
    library = compile_c(c.print_unit([kernel], "advance"))
    in_c = run_native(address_in(library, "advance"), kernel, content)
    in_cython = run_native(build_cython([kernel]).addresses()["advance"], kernel, content)
    in_numpy = run_numpy(build_numpy([kernel]).advance, kernel, content)
    p, g = linear.plain_propagators(matrix, 1e-3)
    for found in (in_c, in_cython, in_numpy):
        del found["work"]
        assert found["P"].tolist() == p.ravel().tolist()
        assert found["G"].tolist() == g.ravel().tolist()
        assert found["out"][0] == p[1, 1]
    assert same_bits(in_c, in_numpy) == same_bits(in_c, in_cython) == []


@pytest.mark.parametrize(
    ("n", "p"),
    [(0, 0.5), (1, 0.0), (1, 0.5), (50, 0.1), (10**6, 2e-5), (40, 0.499), (1000, 0.02999)],
)
def test_a_table_of_counts_is_that_of_python(
    build_numpy: Callable[..., ModuleType],
    compile_c: Callable[..., ctypes.CDLL],
    n: int,
    p: float,
) -> None:
    """The compiled table has the thresholds of `binomial_table`."""
    kernel = verify(Kernel("tabulate", "", (TABULATE,)))
    content = {"trials": [n], "chance": [p], "table": np.zeros(random.TABLE_SIZE, np.int32)}
    library = compile_c(c.print_unit([kernel], "tabulate"))
    found = run_native(address_in(library, "tabulate"), kernel, content)["table"]
    wanted = random.binomial_table(n, p)
    assert found[: len(wanted)].tolist() == wanted.tolist()
    in_numpy = run_numpy(build_numpy([kernel]).tabulate, kernel, content)["table"]
    assert in_numpy.tolist() == found.tolist()


@pytest.mark.parametrize(("n", "p"), [(-1, 0.1), (10, 0.6), (10, -0.1), (100, 0.3), (5, np.nan)])
def test_there_is_no_table_for_other_numbers(
    compile_c: Callable[..., ctypes.CDLL], n: int, p: float
) -> None:
    """A large mean, or what is no distribution, has an empty one, which nobody looks at."""
    kernel = verify(Kernel("tabulate", "", (TABULATE,)))
    table = np.full(random.TABLE_SIZE, 7, np.int32)
    content = {"trials": [n], "chance": [p], "table": table}
    library = compile_c(c.print_unit([kernel], "tabulate"))
    assert run_native(address_in(library, "tabulate"), kernel, content)["table"][0] == 0
    random.write_binomial_table(n, p, table)
    assert table[0] == 0


def test_walking_sees_arguments_and_buffers() -> None:
    """Effects tell all buffers, and passes reach the numbers."""
    found = effects((PROPAGATE,))
    assert (found.reads, found.writes) == ((A,), (P, G, WORK))
    assert expressions(PROPAGATE) == (N, b.const(1e-3))

    def doubled(expr: Expr) -> Expr:
        return Const(expr.value * 2, expr.dtype) if isinstance(expr, Const) else expr

    changed = map_expressions(PROPAGATE, doubled)
    assert isinstance(changed, Procedure)
    assert changed.args == (b.const(6, I64), b.const(2e-3))


def test_a_kernel_with_a_procedure_is_not_divided() -> None:
    """It works on whole buffers."""
    assert divide(Kernel("advance", "", (PROPAGATE,))) is None


@pytest.mark.parametrize(
    ("stmt", "message"),
    [
        (Procedure("nothing", (), (), ()), "unknown procedure nothing"),
        (Procedure("propagators", (N,), (A,), (P, G, WORK)), "arguments of propagators"),
        (Procedure("propagators", PROPAGATE.args, (A,), (P, G)), "buffers of propagators"),
        (Procedure("propagators", PROPAGATE.args, (TABLE,), (P, G, WORK)), "buffers of"),
        (Procedure("propagators", PROPAGATE.args, (A,), (A, G, WORK)), "cannot write A"),
        (
            Procedure("binomial_table", TABULATE.args, (), (Buffer("t", I32, constant=True),)),
            "cannot write t",
        ),
    ],
)
def test_illegal_calls_are_refused(stmt: Procedure, message: str) -> None:
    """Names, types, and buffers that cannot be written."""
    with pytest.raises(IllegalKernelError, match=message):
        verify(Kernel("k", "", (stmt,)))
