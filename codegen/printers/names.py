"""Identifiers of generated code: the user's names, kept apart from the language's own."""

from __future__ import annotations

import re

from ..ir import Kernel
from ..rewrite import effects, foreign_functions, locals_bound

# keywords, types and macros of C, C++, Cython and Python, and names our own text uses
RESERVED = frozenset(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept
    const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype
    default delete do double dynamic_cast else enum explicit export extern false float for friend
    goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq
    private protected public register reinterpret_cast requires restrict return short signed sizeof
    static static_assert static_cast struct switch template this thread_local throw true try typedef
    typeid typename typeof union unsigned using virtual void volatile wchar_t while xor xor_eq
    None True False as assert async await def del elif except finally from global import in is
    lambda nonlocal pass raise with yield cdef cpdef ctypedef cimport include nogil gil NULL np
    npmath random buffers clock share step relative_step t dt main linux unix I errno INFINITY NAN
    stdin stdout stderr EOF blockIdx threadIdx blockDim gridDim warpSize given
    """.split()  # noqa: SIM905 - as a list it would fill forty lines
)
_RESERVED_PATTERN = re.compile(
    r"(bs_|BS_|_|INT|UINT)\w*|(u?int(_fast|_least|max|ptr)?\d*|size|ssize|ptrdiff|wchar|max_align)_t|\w*_(MAX|MIN)"
)


def safe(name: str) -> str:
    """Return the name, with underscores behind it where the target languages use it themselves."""
    return f"{name}_" if name in RESERVED or _RESERVED_PATTERN.fullmatch(name) else name


def local_names(kernel: Kernel) -> dict[str, str]:
    """Return the spelling of every local: its own name unless a buffer or a language has it."""
    taken = {safe(buffer.name) for buffer in effects(kernel.body).buffers}
    taken.update(function.name for function in foreign_functions(kernel.body))
    names: dict[str, str] = {}
    for name in sorted(locals_bound(kernel.body)):
        spelling = safe(name)
        while spelling in taken:
            spelling += "_"
        taken.add(spelling)
        names[name] = spelling
    return names


def comment_text(text: str) -> str:
    """Return text that cannot end a comment or a line."""
    flat = " ".join(text.split())
    return flat.replace("*/", "* /").replace("/*", "/ *").replace("\\", "/").replace("?", "")
