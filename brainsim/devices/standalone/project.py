"""The folder of a written program: sources, build files, values at the start.

Input: an image and its parameters. Output: files. Does not: compile or run.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...codegen.ir import Kernel
from ...codegen.printers import cuda
from ...codegen.printers.c import foreign, print_unit
from ...codegen.toolchain import INCLUDE_DIRECTORY
from ...records import dataclass
from .contents import contents_of, orders_of
from .parameters import parameters_of
from .plan import Plan
from .results import CONTENTS, STATE
from .statefile import write_state
from .tables import model_tables

SOURCES = ("main.cpp", "simulation.cpp", "library.cpp")
HEADERS = ("simulation.hpp", "blake2b.hpp", "memory.hpp", "network.h")
KERNEL_HEADERS = ("bs_abi.h", "bs_math.h", "bs_random.h", "bs_linear.h", "bs_loop.h", "bs_team.h")
CUDA_HEADERS = ("bs_cuda.h",)

# as kernels are compiled at run time: the same bits
_KERNEL_FLAGS = "-fno-math-errno -fno-trapping-math -ffp-contract=off -fwrapv"

_MAKEFILE = """\
# Builds the program with any compiler of C++17: make, or make CXX=clang++.
# -march=native is for the processor of this machine; leave it out to copy the program elsewhere.
CXXFLAGS = -O3 -march=native
override CXXFLAGS += -std=c++17 -Wall -Wextra -fPIC -pthread -Iinclude {more}
KERNEL_FLAGS = {kernel_flags}
LDLIBS = -lm {libraries}
LINK = $(CXX) $(CXXFLAGS)
{cuda}HEADERS = $(wildcard *.hpp *.h include/*.h)

main: main.o simulation.o model.o kernels.o {memory}{objects}
\t$(LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# the network for other programs, see network.h; make library
library: libnetwork.so
libnetwork.so: library.o simulation.o model.o kernels.o {memory}{objects}
\t$(LINK) $(LDFLAGS) -shared -o $@ $^ $(LDLIBS)

# what runs the kernels needs no optimisation beyond the first
main.o library.o simulation.o model.o memory.o: override CXXFLAGS += -O1
kernels.o: override CXXFLAGS += $(KERNEL_FLAGS)
%.o: %.cpp $(HEADERS)
\t$(CXX) $(CXXFLAGS) -c -o $@ $<

clean:
\trm -f main libnetwork.so *.o
.PHONY: clean library
"""

# for a GPU: NVCC=/path/to/nvcc GPU=sm_90 to choose another compiler or kind of GPU
_CUDA_RULES = """\
NVCC = nvcc
GPU = native
NVCCFLAGS = -std=c++17 -O3 -fmad=false -arch=$(GPU) -Iinclude -Xcompiler -fPIC
LINK = $(NVCC) -arch=$(GPU)
%.o: %.cu $(HEADERS)
\t$(NVCC) $(NVCCFLAGS) -c -o $@ $<
"""

_CMAKE = """\
cmake_minimum_required(VERSION 3.10)
project(brainsim_network CXX)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
find_package(Threads REQUIRED)
add_executable(main main.cpp simulation.cpp model.cpp kernels.cpp memory.cpp{sources})
target_include_directories(main PRIVATE include)
target_compile_options(main PRIVATE -Wall -Wextra)
set_source_files_properties(kernels.cpp PROPERTIES COMPILE_OPTIONS
  "-O3;-march=native;{kernel_flags}")
target_link_libraries(main PRIVATE Threads::Threads m{libraries})

# the network for other programs, see network.h
add_library(network SHARED EXCLUDE_FROM_ALL
  library.cpp simulation.cpp model.cpp kernels.cpp memory.cpp{sources})
target_include_directories(network PRIVATE include)
target_link_libraries(network PRIVATE Threads::Threads m{libraries})
"""

_README = """\
# {name}

A network that brainsim has written as a C++ program. It needs a compiler of C++17, and no Python.

    make                 # or: cmake -S . -B build && cmake --build build
    ./main --help        # the options, and the parameters with their units
    ./main --out results

`kernels.cpp` holds the equations as code, one function for each part of a time step, with what it
reads and writes above it. `model.cpp` says in which order they are called and with which arrays,
`simulation.cpp` calls them, `main.cpp` reads the command line. `state.bin` holds the values at the
start: all variables, and who is connected to whom.

`--set name=value` changes a parameter for a run; the kernel `numbers` then computes what follows
from it. Values that strings have set in Python (`G.v = '...'`) are in `state.bin` and stay as they
are.

The results are read back in Python by `brainsim.load_results('.')`.

`make library` builds `libnetwork.so`, with which programs in C and C++ run the network themselves:
see `network.h`.
"""


@dataclass(frozen=True, slots=True)
class Extras:
    """What the user adds to a project.

    Args:
        sources: Further source files.
        flags: Further flags of the compiler.
        libraries: Further flags of the linker.
        code: Slot of main.cpp -> lines of C++.
    """

    sources: tuple[Path, ...] = ()
    flags: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    code: Mapping[str, str] | None = None


def new_folder(given: Any) -> Path:
    """Return the folder of a project: the given one, or a new one for temporary files."""
    return Path(tempfile.mkdtemp(prefix="brainsim-") if given is None else given)


def write_project(folder: Path, plan: Plan, extras: Extras) -> None:
    """Write all files of a project; those which have not changed are left alone.

    Args:
        folder: The folder; made if it is missing.
        plan: The network, and its runs.
        extras: What the user adds.

    Raises:
        OSError: A file cannot be written.
        NotImplementedError: A function of the user has no C++ code.
    """
    parameters = parameters_of(plan)
    kernels = [kernel for phase in plan.phases for kernel in phase.kernels]
    _write_common(folder, plan, extras)
    _write_kernels(folder, plan, kernels)
    _write_build_files(folder, plan, kernels, extras)
    _write(folder / "model.cpp", model_tables(plan, parameters))
    _write(folder / "README.md", _README.format(name=plan.name))
    contents = contents_of(plan, parameters)
    _write(folder / CONTENTS, json.dumps(contents, indent=1) + "\n")
    write_state(folder / STATE, {**plan.state(), **orders_of(plan)})


def _write_common(folder: Path, plan: Plan, extras: Extras) -> None:
    """Write what all programs have in common, and the sources of the user."""
    include = folder / "include"
    include.mkdir(parents=True, exist_ok=True)
    own = Path(__file__).parent / "cpp"
    for name in (*SOURCES, "memory_cuda.cu" if plan.cuda else "memory.cpp"):
        _write(folder / name, _with_code((own / name).read_text(), extras.code or {}))
    for name in HEADERS:
        _write(folder / name, (own / name).read_text())
    for name in (*KERNEL_HEADERS, *(CUDA_HEADERS if plan.cuda else ())):
        _write(include / name, (INCLUDE_DIRECTORY / name).read_text())
    for path in extras.sources:
        if path.resolve() != (folder / path.name).resolve():
            shutil.copyfile(path, folder / path.name)


def _write_kernels(folder: Path, plan: Plan, kernels: Sequence[Kernel]) -> None:
    if plan.cuda:
        numbers = [phase.numbers for phase in plan.phases if phase.numbers is not None]
        launched = [kernel for kernel in kernels if kernel not in numbers]
        _write(folder / "kernels.cpp", print_unit(numbers, "generated by brainsim"))
        _write(folder / "kernels_cuda.cu", cuda.print_unit(launched, "generated by brainsim"))
    else:
        _write(folder / "kernels.cpp", print_unit(kernels, "generated by brainsim"))


def _write_build_files(folder: Path, plan: Plan, kernels: Sequence[Kernel], extras: Extras) -> None:
    given = foreign(kernels)
    flags = [*extras.flags, *(option for function in given for option in function.options)]
    compiling = [flag for flag in flags if not flag.startswith(("-l", "-L", "-Wl"))]
    linking = [*extras.libraries, *(flag for flag in flags if flag.startswith(("-l", "-L", "-Wl")))]
    more = [path.name for path in extras.sources]
    objects = "".join(f" {Path(name).stem}.o" for name in more)
    _write(
        folder / "Makefile",
        _MAKEFILE.format(
            more=" ".join(map(_in_make, compiling)),
            kernel_flags=_KERNEL_FLAGS,
            libraries=" ".join(map(_in_make, linking)),
            objects=objects,
            memory="memory_cuda.o kernels_cuda.o" if plan.cuda else "memory.o",
            cuda=_CUDA_RULES if plan.cuda else "",
        ),
    )
    _write(
        folder / "CMakeLists.txt",
        _CMAKE.format(
            sources="".join(f" {name}" for name in more),
            kernel_flags=_KERNEL_FLAGS.replace(" ", ";"),
            libraries="".join(f" {flag}" for flag in linking),
        ),
    )


def _write(path: Path, text: str) -> None:
    """Write a file unless it has this text already, so that make does nothing for it."""
    try:
        if path.read_text() == text:
            return
    except (OSError, UnicodeDecodeError):
        pass
    path.write_text(text)


def _in_make(flag: str) -> str:
    """Return a flag as it stands in a Makefile."""
    return "'" + flag.replace("'", "'\\''").replace("$", "$$") + "'"


_SLOT = "// slot: "


def _with_code(text: str, code: Mapping[str, str]) -> str:
    """Return main.cpp with the user's code in its slots."""
    lines = []
    for line in text.splitlines(keepends=True):
        if not line.strip().startswith(_SLOT):
            lines.append(line)
        elif given := code.get(line.strip().removeprefix(_SLOT)):
            lines.append(given.rstrip("\n") + "\n")
    return "".join(lines)
