"""Functions that users wrote in C or Cython: their texts, ready for the printers.

Input: a text and the numbers it needs. Output: pieces of text for `ir.Foreign`. The texts come from
the user's script and are as trusted as the script itself; nothing here looks into them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from .ir import Foreign

# what the code of a user may take for granted
PRELUDE = "#include <math.h>\n#include <stdint.h>\n#include <stdlib.h>\n"
# by this the tradition names the numbers in a function's namespace
PREFIX = "_namespace"

_C_NAMES = {
    "bool": "bool",
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
    "float32": "float",
    "float64": "double",
}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RENAMED = re.compile(r"^#define (\w+) bs_user_\1$", re.MULTILINE)
_CPP_HEADER = re.compile(r"<c(float|limits|math|stdint|stdio|stdlib|string|time)>")
_PER_LINE = 6
# lines around C in Cython
_FRAME = {"cdef extern from *:", '"""', "pass", ""}


def c_pieces(
    name: str,
    code: str,
    numbers: Mapping[str, NDArray[np.generic]],
    headers: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return the pieces of a function in C.

    In the text the function has its own name, outside another one, so that it may be called like a
    function of the C library: `gamma`, `index`, `time`.

    Args:
        name: Its name in the text.
        code: The text.
        numbers: Arrays and scalars which it reads as `_namespace` followed by the key.
        headers: What it includes, such as "<float.h>".

    Raises:
        ValueError: The name or a key is no identifier, a header no header, or numbers have a type
            that C does not know.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"'{name}' is no name of a function")
    return (
        PRELUDE,
        *(_include(header) for header in headers),
        *(_numbers(key, values) for key, values in numbers.items()),
        # the second declaration makes an inline function one that can be called (C99 6.7.4)
        f"#define {name} {c_name(name)}\n{code.strip()}\nextern __typeof__({name}) {name};\n",
    )


def c_name(name: str) -> str:
    """Return the name in C, outside the user's text, of a function that is called `name` in it."""
    return f"bs_user_{name}"


def cython_pieces(
    code: str,
    numbers: Mapping[str, NDArray[np.generic]],
    headers: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return the pieces of a function in Cython; see `c_pieces`."""
    pieces = [verbatim(piece) for piece in (PRELUDE, *map(_include, headers))]
    for key, values in numbers.items():
        star = "*" if np.ndim(values) else ""
        declared = f"{_cython_type(values)} {star}{PREFIX}{key}"
        pieces.append(verbatim(_numbers(key, values), declared))
    return (*pieces, f"{code.strip()}\n")


def verbatim(text: str, *declarations: str) -> str:
    """Return Cython that contains C, and declares some of what the C defines."""
    quoted = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    declared = "\n".join(f"    {line}" for line in declarations or ("pass",))
    return f'cdef extern from *:\n    """\n{quoted}"""\n{declared}\n'


def pieces_of(functions: Iterable[Foreign], language: str) -> list[str]:
    """Return the pieces of all functions, each once, in an order in which they can stand.

    Args:
        functions: Functions of a program.
        language: "c" or "cython".

    Raises:
        NotImplementedError: A function cannot be called from the language, or two functions have
            the same name.
    """
    found: dict[str, None] = {}
    by_name: dict[str, tuple[str, ...]] = {}
    renamed: dict[str, None] = {}
    for function in functions:
        pieces = function.cython if language == "cython" and function.cython else function.c
        if not pieces:
            raise NotImplementedError(missing(function.name, language))
        if by_name.setdefault(function.name, pieces) != pieces:
            raise NotImplementedError(
                f"there are two functions of the name '{function.name}' in one network: give one "
                "of them another name"
            )
        if pieces is function.c:
            renamed.update(dict.fromkeys(_RENAMED.findall("".join(pieces))))
            if language == "cython":
                pieces = tuple(verbatim(piece) for piece in pieces)
        found.update(dict.fromkeys(pieces))
    if renamed:
        end = "".join(f"#undef {name}\n" for name in renamed)
        found[end if language == "c" else verbatim(end)] = None
    # no name of a user may change what a header says
    return sorted(found, key=lambda piece: not _only_includes(piece))


def runs_on(function: Foreign, language: str) -> bool:
    """Return whether generated code in a language can call a function."""
    match language:
        case "c":
            return bool(function.c)
        case "cython":
            return bool(function.c or function.cython)
        case _:
            return True


def missing(name: str, language: str) -> str:
    """Return the message about a function that a target cannot call."""
    return f"the function '{name}' has no implementation for the target '{language}'"


def _only_includes(piece: str) -> bool:
    lines = {line.strip() for line in piece.splitlines()} - _FRAME
    return all(line.startswith("#include") for line in lines)


def _include(header: str) -> str:
    # <cmath> is what C++ calls <math.h>
    header = _CPP_HEADER.sub(r"<\1.h>", header.strip())
    bare = not header.startswith(("<", '"'))
    if "\n" in header or "\\" in header or not header:
        raise ValueError(f"{header!r} is no name of a header")
    return f'#include "{header}"\n' if bare else f"#include {header}\n"


def _numbers(key: str, values: NDArray[np.generic]) -> str:
    """Return the C definition of a scalar or of an array, whose memory is that of its rows."""
    if not _IDENTIFIER.fullmatch(key):
        raise ValueError(f"'{key}' in the namespace of a function is no identifier")
    ctype, array = _c_type(values), np.asarray(values)
    texts = [_number(value) for value in array.ravel().tolist()]
    if not array.ndim:
        return f"static {ctype} {PREFIX}{key} = {texts[0]};\n"
    rows = [", ".join(texts[k : k + _PER_LINE]) for k in range(0, len(texts), _PER_LINE)]
    listed = ",\n    ".join(rows)
    return f"static {ctype} {PREFIX}{key}[{max(len(texts), 1)}] = {{\n    {listed or '0'}\n}};\n"


def _number(value: float | bool) -> str:
    """Return a literal that has exactly the value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if value >= 2**63:
            return f"{value}u"
        return str(value) if value > -(2**63) else f"{value + 1} - 1"
    if np.isnan(value):
        return '__builtin_nan("")'
    if np.isinf(value):
        return "__builtin_inf()" if value > 0 else "-__builtin_inf()"
    return repr(value)


def _c_type(values: NDArray[np.generic]) -> str:
    name = np.asarray(values).dtype.name
    if name not in _C_NAMES:
        raise ValueError(f"a function in C cannot be given numbers of the type {name}")
    return _C_NAMES[name]


def _cython_type(values: NDArray[np.generic]) -> str:
    # in Cython a truth value of one byte is no bint
    return {"bool": "unsigned char"}.get(_c_type(values), _c_type(values))
