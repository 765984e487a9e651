"""Compiling and running a written program.

Input: the folder of a project. Output: the program, and what it prints. Does not: write sources or
read results.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ...errors import CompilerError
from ...preferences import prefs

# a message of the program to us, not to the user
_MARK = "completed "


class ProgramError(RuntimeError):
    """A written program could not go on.

    Args:
        message: What it said.
        status: Its exit status; the number of a signal that ended it, below zero.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def compile_project(
    folder: Path, *, clean: bool = False, debug: bool = False, target: str = ""
) -> None:
    """Compile a project with make.

    Args:
        folder: The project.
        clean: Whether everything is compiled anew.
        debug: Whether the program is made for a debugger.
        target: What is made; the program unless it is given.

    Raises:
        CompilerError: There is no make, or the compiler failed.
    """
    standalone = prefs.devices.cpp_standalone
    make = [*shlex.split(standalone["make_cmd_unix"]), *standalone["extra_make_args_unix"]]
    if prefs["codegen.cpp.compiler"]:
        make.append(f"CXX={cxx(prefs['codegen.cpp.compiler'])}")
    if debug:
        make.append("CXXFLAGS=-O0 -g")
    for what in (["clean"] if clean or debug else []) + [target]:
        command = [*make, *([what] if what else [])]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        except OSError as error:
            raise CompilerError(
                f"cannot start '{make[0]}' to compile the project in {folder}: {error.strerror}; "
                "install make and a C++ compiler, or set prefs.devices.cpp_standalone.make_cmd_unix"
            ) from error
        if done.returncode:
            output = done.stdout + done.stderr
            raise CompilerError(f"the project in {folder} does not compile", output)


def cxx(compiler: str) -> str:
    """Return the C++ compiler that belongs to a C compiler."""
    known = {"gcc": "g++", "clang": "clang++", "cc": "c++", "unix": "c++"}
    path = Path(compiler)
    stem, _, version = path.name.partition("-")
    name = known.get(stem, stem) + (f"-{version}" if version else "")
    return str(path.with_name(name))


def run_program(
    folder: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    show: bool,
    update: Callable[[float], None] | None = None,
) -> int:
    """Run a program in its folder and return its exit status.

    Ctrl-C ends the program after a step; its results are written all the same.

    Args:
        folder: The project.
        arguments: Of the program.
        environment: Further variables of its environment.
        show: Whether its output is printed.
        update: Told now and then the fraction that is completed.

    Raises:
        ProgramError: It could not go on.
        Exception: What `update` raises; the program is ended.
    """
    command = [*shlex.split(prefs["devices.cpp_standalone.run_cmd_unix"]), *arguments]
    if update is not None:
        command.append("--progress=numbers")
    errors: list[str] = []
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # so that Ctrl-C reaches it through us alone
        start_new_session=True,
    ) as program:
        assert program.stdout is not None  # noqa: S101 - asked for
        while True:
            try:
                line = program.stdout.readline()
            except KeyboardInterrupt:
                program.send_signal(signal.SIGINT)
                continue
            if not line:
                break
            if line.startswith(_MARK):
                if update is not None:
                    try:
                        update(float(line.removeprefix(_MARK)))
                    except BaseException:
                        program.kill()
                        raise
                continue
            errors = [*errors[-20:], line]
            if show:
                sys.stdout.write(line)
    if program.returncode not in {0, 130}:
        text = "".join(errors).strip().removeprefix("error: ")
        status = program.returncode
        raise ProgramError(text or f"the program ended with the status {status}", status)
    return program.returncode
