"""Numbers too small for full precision: whether the processor keeps them or takes them for zero.

They slow down arithmetic by a factor of ten to a hundred on many processors. What is switched is
the mode of a thread of the processor, so it is switched back before anything else runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .toolchain import Compiler, open_library

_SOURCE = """\
#include "bs_abi.h"
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

/* Set the mode of this thread and return the one before. With `flush`, denormal operands and
 * results are zero; without it the mode becomes `mode`. Other processors keep what they do. */
BS_KERNEL uint64_t bs_denormals(int flush, uint64_t mode)
{
#if defined(__SSE2__)
    const uint64_t before = _mm_getcsr();
    _mm_setcsr((unsigned int)(flush ? before | 0x8040u : mode)); /* FTZ and DAZ */
    return before;
#elif defined(__aarch64__)
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    const uint64_t after = flush ? before | (UINT64_C(1) << 24) : mode; /* FZ */
    __asm__ volatile("msr fpcr, %0" : : "r"(after));
    return before;
#else
    (void)flush;
    return mode;
#endif
}
"""


class DenormalFlush:
    """Takes denormal numbers for zero while a block runs.

    Args:
        compiler: From `find_compiler`.

    Raises:
        CompilerError: The few lines that switch the mode cannot be compiled or loaded.
    """

    def __init__(self, compiler: Compiler) -> None:
        from ctypes import c_int, c_uint64

        self._switch = open_library(_SOURCE, compiler).bs_denormals
        self._switch.argtypes = [c_int, c_uint64]
        self._switch.restype = c_uint64

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Take them for zero until the block ends."""
        before = self._switch(1, 0)
        try:
            yield
        finally:
            self._switch(0, before)
