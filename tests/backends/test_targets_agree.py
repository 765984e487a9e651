"""Each kernel means the same on every target: C, Cython and NumPy run it on the same arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType

import kernels_at_random as at_random
import kernels_by_hand as by_hand
import numpy as np
import pytest
from kernels_at_random import Style
from running import Arrays, address_in, run_native, run_numpy, same_bits, ulps

from brainsim.codegen import npmath
from brainsim.codegen.ir import Kernel
from brainsim.codegen.printers import c

EXACT_SEEDS = range(64)
FUNCTION_SEEDS = range(24)
# Longest chain in a kernel of style FUNCTIONS: three loops of at most 60 operations and 3 * 37
# additions to one element. An operation on positive numbers adds at most 1 ulp, a function at most
# 1 (C) + 4 (NumPy), and none amplifies a relative error by more than 4 (exp at 4).
FUNCTION_ULPS = 3 * 60 * 5 * 4 + 3 * 37


# compiled as a user's network is; the others without optimisation: the same bits, sooner
OPTIMISED = [f"hand_{name}" for name in by_hand.EXAMPLES] + [f"exact_{seed}" for seed in range(12)]


@dataclass(frozen=True)
class Targets:
    """All kernels, compiled once for each target."""

    c: dict[str, int]
    cython: dict[str, int]
    numpy: ModuleType


def _named_kernels() -> dict[str, Kernel]:
    kernels = {f"hand_{name}": e.kernel for name, e in by_hand.EXAMPLES.items()}
    for seed in EXACT_SEEDS:
        kernels[f"exact_{seed}"] = at_random.kernel(seed)
    for seed in FUNCTION_SEEDS:
        kernels[f"functions_{seed}"] = at_random.kernel(seed, Style.FUNCTIONS)
    return {name: replace(kernel, name=name) for name, kernel in kernels.items()}


KERNELS = _named_kernels()


@pytest.fixture(scope="module")
def targets(
    compile_c: Callable[..., ctypes.CDLL],
    build_cython: Callable[..., ModuleType],
    build_numpy: Callable[..., ModuleType],
) -> Targets:
    addresses: dict[str, int] = {}
    # random kernels bind locals that they do not use
    lax = ("-Wno-unused-variable", "-Wno-unused-but-set-variable")
    others = [name for name in KERNELS if name not in OPTIMISED]
    for names, flags in ((OPTIMISED, lax), (others, ("-O0", *lax))):
        library = compile_c(c.print_unit([KERNELS[name] for name in names], "test"), *flags)
        addresses.update({name: address_in(library, name) for name in names})
    kernels = list(KERNELS.values())
    return Targets(addresses, build_cython(kernels, "-O0").addresses(), build_numpy(kernels))


def _run_all(targets: Targets, name: str, content: Arrays) -> tuple[Arrays, Arrays, Arrays]:
    kernel = KERNELS[name]
    return (
        run_native(targets.c[name], kernel, content),
        run_native(targets.cython[name], kernel, content),
        run_numpy(getattr(targets.numpy, name), kernel, content),
    )


@pytest.mark.parametrize("seed", EXACT_SEEDS)
def test_random_kernels_without_functions_give_the_same_bits(targets: Targets, seed: int) -> None:
    in_c, in_cython, in_numpy = _run_all(targets, f"exact_{seed}", at_random.arrays(seed))
    assert same_bits(in_c, in_cython) == []
    assert same_bits(in_c, in_numpy) == []


@pytest.mark.parametrize("seed", FUNCTION_SEEDS)
def test_random_kernels_with_functions_agree_to_rounding(targets: Targets, seed: int) -> None:
    """Bit for bit, unless NumPy's own functions stand for those that were not compiled."""
    in_c, in_cython, in_numpy = _run_all(targets, f"functions_{seed}", at_random.arrays(seed))
    assert same_bits(in_c, in_cython) == []
    if npmath.native is not None:
        assert same_bits(in_c, in_numpy) == []
    assert {
        name: ulps(in_c[name], in_numpy[name]) <= FUNCTION_ULPS for name in in_c
    } == dict.fromkeys(in_c, True)


@pytest.mark.parametrize("name", by_hand.EXAMPLES)
def test_kernels_written_by_hand_agree(targets: Targets, name: str) -> None:
    example = by_hand.EXAMPLES[name]
    content = example.arrays(np.random.default_rng(5))
    in_c, in_cython, in_numpy = _run_all(targets, f"hand_{name}", content)
    assert same_bits(in_c, in_cython) == []
    if not example.functions or npmath.native is not None:
        assert same_bits(in_c, in_numpy) == []
    # one exponential (1 ulp in C, 4 in NumPy) and five roundings on each side, where the largest
    # term of a sum is at most 4 times its result
    assert max(ulps(in_c[n], in_numpy[n]) for n in in_c) <= 4 * (1 + 4 + 2 * 5)


@pytest.mark.parametrize("name", by_hand.EXAMPLES)
def test_kernels_written_by_hand_do_something(targets: Targets, name: str) -> None:
    example = by_hand.EXAMPLES[name]
    content = example.arrays(np.random.default_rng(5))
    result = run_numpy(getattr(targets.numpy, f"hand_{name}"), KERNELS[f"hand_{name}"], content)
    assert any(not np.array_equal(result[n], np.atleast_1d(content[n])) for n in result)
