"""Flags of the C compiler, from the preferences `codegen.cpp`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..codegen.toolchain import INCLUDE_DIRECTORY
from ..preferences import prefs

_CPP_HEADER = re.compile(r"^c(float|limits|math|stdint|stdio|stdlib|string|time)$")


def compiler_flags() -> tuple[str, ...]:
    """Return what the preferences add to the flags with which kernels are compiled."""
    cpp = prefs.codegen.cpp
    asked = cpp["extra_compile_args"]
    if asked is None:
        asked = cpp["extra_compile_args_gcc"]
    return (
        # scripts made for C++ name its standard, which compilers of C refuse
        *(flag for flag in asked if not flag.startswith("-std=c++")),
        *(_macro(macro) for macro in cpp["define_macros"]),
        *_headers(cpp["headers"]),
        *(f"-L{folder}" for folder in cpp["library_dirs"]),
        *(f"-Wl,-rpath,{folder}" for folder in cpp["runtime_library_dirs"]),
        *cpp["extra_link_args"],
        *(f"-l{library}" for library in cpp["libraries"]),
    )


def header_folders() -> tuple[Path, ...]:
    """Return where headers are, ours first; their content decides what is compiled anew."""
    return (INCLUDE_DIRECTORY, *map(Path, prefs["codegen.cpp.include_dirs"]))


def _macro(macro: Any) -> str:
    if isinstance(macro, str):
        return f"-D{macro}"
    name, value = macro
    return f"-D{name}" if value in {None, ""} else f"-D{name}={value}"


def _headers(headers: list[str]) -> Iterator[str]:
    for header in headers:
        yield "-include"
        # <cmath> is what C++ calls <math.h>
        yield _CPP_HEADER.sub(r"\1.h", header.strip('<>" '))
