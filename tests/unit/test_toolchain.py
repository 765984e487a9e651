"""The compiler is found without work, run without a shell, and its failures are explained."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from brainsim.codegen import cache, toolchain
from brainsim.errors import CompilerError

ROOT = Path(__file__).resolve().parents[2]
ENTRY = '__attribute__((visibility("default")))'
TWICE = f"{ENTRY} double twice(double x) {{ return 2.0 * x; }}\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Give each test an empty cache, and no setting from outside."""
    directory = tmp_path / "cache"
    monkeypatch.setenv("BRAINSIM_CACHE_DIR", str(directory))
    monkeypatch.delenv("CC", raising=False)
    return directory


@pytest.fixture(scope="module")
def compiler(tmp_path_factory):
    """Return the compiler of this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINSIM_CACHE_DIR", str(tmp_path_factory.mktemp("probe") / "cache"))
        return toolchain.find_compiler()


def program(directory: Path, name: str, script: str) -> Path:
    """Write an executable shell script."""
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def forbid_processes(monkeypatch):
    """Make every start of a process a failure."""
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a process was started"))


# --- finding ------------------------------------------------------------------------------------


def test_the_compiler_of_this_machine_is_found(compiler):
    """It has a full path, a version text and the identity of the processor."""
    assert Path(compiler.command[0]).is_absolute()
    assert compiler.kind in {"gcc", "clang", "zig"}
    assert any(character.isdigit() for character in compiler.version)
    assert len(compiler.cpu) == 16


@pytest.mark.parametrize(
    ("variable_and_argument", "absent", "expected"),
    [
        (("", ""), "", "cc"),
        (("", ""), "cc", "gcc"),
        (("", ""), "cc gcc", "clang"),
        (("clang", ""), "", "clang"),
        (("clang", "gcc"), "", "gcc"),
        (("", ("clang",)), "", "clang"),
    ],
)
def test_the_order_is_argument_variable_cc_gcc_clang(
    monkeypatch, tmp_path, variable_and_argument, absent, expected
):
    """What the user says comes before what the machine has."""
    setting, asked = variable_and_argument
    for name in {"cc", "gcc", "clang"} - set(absent.split()):
        program(tmp_path / "bin", name, f"echo {name} 1.0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("CC", setting)
    assert toolchain.find_compiler(asked).command == (str(tmp_path / "bin" / expected),)


def test_a_setting_may_hold_arguments_and_spaces(tmp_path, monkeypatch):
    """Words are split as a shell would, without being one."""
    path = program(tmp_path / "a b", "my gcc", "echo gcc 1.0")
    monkeypatch.setenv("CC", f"'{path}' -m64 ';' '$(touch x)'")
    found = toolchain.find_compiler()
    assert found.command == (str(path), "-m64", ";", "$(touch x)")
    assert not Path("x").exists()
    assert found.key[-3:] == ("-m64", ";", "$(touch x)")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("gcc (Debian 12.2.0-14) 12.2.0", "gcc"),
        ("cc (GCC) 13.1 Copyright (C) 2023 Free Software Foundation, Inc.", "gcc"),
        ("Debian clang version 14.0.6", "clang"),
        ("Apple clang version 15.0.0 (clang-1500.1.0.2.5)", "clang"),
        ("tcc version 0.9.27", "gcc"),
    ],
)
def test_the_family_comes_from_the_version_text(tmp_path, text, kind):
    """The name cc says nothing."""
    path = program(tmp_path, "cc", f"echo '{text}'")
    assert toolchain.find_compiler(str(path)).kind == kind


def test_a_stub_is_passed_over(tmp_path, monkeypatch):
    """A cc that only says what to install, as on macOS, does not hide a working clang."""
    program(tmp_path / "bin", "cc", "echo no developer tools were found >&2; exit 1")
    program(tmp_path / "bin", "clang", "echo clang 15")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert Path(toolchain.find_compiler().command[0]).name == "clang"


def test_the_compiler_of_ziglang_is_the_last_resort(tmp_path, monkeypatch):
    """Its program is run directly; starting Python for it would only cost time."""
    package = tmp_path / "site" / "ziglang"
    package.parent.mkdir()
    zig = program(package, "zig", '[ "$1" = cc ] && echo clang version 18')
    (package / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.syspath_prepend(package.parent)
    found = toolchain.find_compiler()
    assert found.command == (str(zig), "cc")
    assert found.kind == "zig"
    assert "cc" in found.key


def test_without_a_compiler_the_error_says_what_to_do(tmp_path, monkeypatch):
    """Install one, or choose the target that needs none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(toolchain, "_zig_command", tuple)
    with pytest.raises(CompilerError) as caught:
        toolchain.find_compiler()
    for advice in ("apt install gcc", "brainsim-snn[compiler]", "prefs.codegen.target = 'numpy'"):
        assert advice in str(caught.value)


@pytest.mark.parametrize("setting", ["no-such-compiler", "/no/such/compiler -m64", "''", " "])
def test_a_compiler_that_was_asked_for_must_exist(monkeypatch, setting):
    """No other one is taken silently; the error names the setting."""
    monkeypatch.setenv("CC", setting)
    with pytest.raises(CompilerError, match=r"environment variable CC.* was not found"):
        toolchain.find_compiler()
    with pytest.raises(CompilerError, match=r"asked for.* was not found"):
        toolchain.find_compiler(setting)


def test_a_compiler_that_was_asked_for_must_answer(tmp_path):
    """What it prints is part of the error."""
    path = program(tmp_path, "gcc", "echo licence has expired; exit 3")
    with pytest.raises(CompilerError, match=r"exit status 3[\s\S]*licence has expired") as caught:
        toolchain.find_compiler(str(path))
    assert "licence has expired" in caught.value.output


def test_a_program_that_is_none_is_explained(tmp_path):
    """An executable file of a wrong format cannot be started."""
    path = tmp_path / "gcc"
    path.write_bytes(b"\x7fELF nonsense")
    path.chmod(0o755)
    with pytest.raises(CompilerError, match="cannot be started"):
        toolchain.find_compiler(str(path))


def test_the_version_is_asked_only_once(tmp_path, monkeypatch):
    """A warm start runs no process; a changed program is asked again."""
    path = program(tmp_path, "gcc", "echo gcc 1")
    first = toolchain.find_compiler(str(path))
    with monkeypatch.context() as patch:
        forbid_processes(patch)
        assert toolchain.find_compiler(str(path)) == first
    program(tmp_path, "gcc", "echo gcc 12")
    assert toolchain.find_compiler(str(path)).version == "gcc 12"


def test_the_key_does_not_depend_on_the_path(tmp_path):
    """The same compiler in another place makes the same code."""
    one, two = (
        toolchain.find_compiler(str(program(tmp_path / name, "gcc", "echo gcc 1"))) for name in "ab"
    )
    assert one != two
    assert one.key == two.key


def test_the_processor_is_part_of_the_key(compiler, monkeypatch):
    """A cache on a shared file system never gives code for another processor."""
    toolchain._cpu_identity.cache_clear()
    here = toolchain._cpu_identity()
    real = Path.open

    def other(path: Path, *args: object, **kwargs: object):
        return real(Path("/dev/null") if str(path) == "/proc/cpuinfo" else path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", other)
    toolchain._cpu_identity.cache_clear()
    elsewhere = toolchain._cpu_identity()
    toolchain._cpu_identity.cache_clear()
    assert compiler.cpu == here != elsewhere


# --- compiling C --------------------------------------------------------------------------------


def test_a_c_text_becomes_a_library(compiler):
    """The marked entry point is there, other functions are hidden."""
    library = toolchain.open_library(TWICE + "int hidden(void) { return 1; }", compiler)
    library.twice.restype = ctypes.c_double
    library.twice.argtypes = [ctypes.c_double]
    assert library.twice(21.0) == 42.0
    assert not hasattr(library, "hidden")


def test_a_warm_start_runs_no_process(compiler, monkeypatch):
    """The second request for the same text comes from the cache."""
    toolchain.open_library(TWICE, compiler)
    forbid_processes(monkeypatch)
    assert toolchain.open_library(TWICE, compiler).twice is not None


def test_flags_headers_and_compiler_are_part_of_the_key(compiler, tmp_path):
    """A change of any of them compiles again."""
    header = tmp_path / "include" / "value.h"
    header.parent.mkdir()
    source = f'#include "value.h"\n{ENTRY} int value(void) {{ return VALUE; }}\n'
    values = []
    for number in (1, 2):
        header.write_text(f"#define VALUE {number}\n")
        library = toolchain.open_library(source, compiler, include_dirs=[header.parent])
        values.append(library.value())
    header.write_text("")
    flagged = toolchain.open_library(
        source, compiler, extra_flags=["-DVALUE=3"], include_dirs=[header.parent]
    )
    assert [*values, flagged.value()] == [1, 2, 3]


def test_sums_are_not_contracted(compiler):
    """a*b + c rounds twice, as on every other target, even where the processor could fuse."""
    source = f"{ENTRY} double f(double a, double b, double c) {{ return a * b + c; }}\n"
    function = toolchain.open_library(source, compiler).f
    function.restype = ctypes.c_double
    function.argtypes = [ctypes.c_double] * 3
    # (1 + 2**-30)**2 = 1 + 2**-29 + 2**-60; rounding the product drops the last term
    a = 1.0 + 2.0**-30
    assert function(a, a, -(1.0 + 2.0**-29)) == 0.0


def test_infinities_and_nan_survive_the_flags(compiler):
    """Nothing of -ffast-math is in the default flags."""
    source = f"{ENTRY} int f(double x) {{ return x != x; }}\n"
    function = toolchain.open_library(source, compiler).f
    function.argtypes = [ctypes.c_double]
    assert function(float("nan")) == 1
    assert not any("fast" in flag or "finite" in flag for flag in toolchain.default_flags())


def test_a_mistake_in_the_source_is_shown(compiler, own_cache):
    """The error holds the compiler's own words and says what to do; nothing is stored."""
    with pytest.raises(CompilerError) as caught:
        toolchain.open_library("int f(void) { return undeclared; }", compiler)
    assert "undeclared" in caught.value.output
    assert "exit status 1" in str(caught.value)
    assert "prefs.codegen.target = 'numpy'" in str(caught.value)
    assert list((own_cache / "work").iterdir()) == []


def test_a_flag_that_does_not_exist_is_shown(compiler):
    """The command is part of the message."""
    with pytest.raises(CompilerError, match="-fno-such-flag"):
        toolchain.open_library(TWICE, compiler, extra_flags=["-fno-such-flag"])


def test_names_are_arguments_and_never_a_shell_text(compiler, tmp_path):
    """Spaces, quotes, dollars and umlauts in paths are harmless."""
    odd = tmp_path / "a b; touch pwned 'ü' $(touch pwned)"
    odd.mkdir()
    source = odd / "k.c"
    source.write_text('#include "v.h"\n' + TWICE)
    (odd / "v.h").write_text("")
    toolchain.compile_shared(source, odd / "k.so", compiler, include_dirs=[odd])
    assert toolchain.load_library(odd / "k.so").twice is not None
    assert not list(tmp_path.rglob("pwned"))


def test_warnings_are_no_errors(compiler):
    """A compiler that talks but succeeds has succeeded."""
    source = "#warning talk\n" + TWICE
    assert toolchain.open_library(source, compiler).twice is not None


def fake(tmp_path: Path, script: str) -> toolchain.Compiler:
    """Return a compiler that answers, and then runs a script."""
    path = program(tmp_path, "cc", f'[ "$1" = --version ] && echo cc 1 && exit 0\n{script}')
    return toolchain.find_compiler(str(path))


def test_a_compiler_that_hangs_is_stopped_with_its_children(tmp_path, monkeypatch):
    """Nothing of it runs on."""
    mark = tmp_path / "still running"
    hanging = fake(tmp_path, f'(sleep 2; touch "{mark}") & sleep 60')
    monkeypatch.setattr(toolchain._run, "__defaults__", (0.3, None))
    start = time.monotonic()
    with pytest.raises(CompilerError, match=r"did not finish within 0.3 s"):
        toolchain.open_library(TWICE, hanging)
    assert time.monotonic() - start < 2.0
    time.sleep(2.2)
    assert not mark.exists()


def test_an_interrupt_stops_the_compiler(tmp_path, monkeypatch):
    """Ctrl-C while compiling comes through, and the compiler is gone."""
    mark = tmp_path / "group"
    hanging = fake(tmp_path, f'echo $$ > "{mark}"; sleep 60')
    real = subprocess.Popen.communicate

    def communicate(process: subprocess.Popen[bytes], *args: object, **kwargs: object):
        if mark.parent.name in str(process.args) and "--version" not in process.args:
            while not mark.exists() or not mark.read_text():
                time.sleep(0.01)
            raise KeyboardInterrupt
        return real(process, *args, **kwargs)

    monkeypatch.setattr(subprocess.Popen, "communicate", communicate)
    with pytest.raises(KeyboardInterrupt):
        toolchain.open_library(TWICE, hanging)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_compiler_that_writes_nothing_is_an_error(tmp_path):
    """Exit status 0 alone is no success."""
    with pytest.raises(CompilerError, match="wrote no file"):
        toolchain.open_library(TWICE, fake(tmp_path, "exit 0"))


def test_a_compiler_that_crashes_is_an_error(tmp_path):
    """The signal is in the message."""
    with pytest.raises(CompilerError, match="exit status -9"):
        toolchain.open_library(TWICE, fake(tmp_path, "kill -9 $$"))


def test_a_compiler_that_writes_nonsense_is_an_error(tmp_path):
    """The system refuses to load such a file; the error says what may help."""
    writer = fake(tmp_path, 'while [ "$1" != -o ]; do shift; done; echo nonsense > "$2"')
    with pytest.raises(CompilerError, match=r"cannot be loaded.*BRAINSIM_CACHE_DIR"):
        toolchain.open_library(TWICE, writer)


def test_a_full_disk_while_compiling_leads_to_the_temporary_directory(
    compiler, tmp_path, own_cache
):
    """What the compiler says about the disk is understood, and it is tried elsewhere."""
    script = f"""
        case "$PWD" in "{own_cache}"*) echo 'No space left on device'; exit 1;; esac
        exec {compiler.command[0]} "$@"
    """
    with pytest.warns(RuntimeWarning, match="No space left"):
        library = toolchain.open_library(TWICE, fake(tmp_path, script))
    assert not Path(library._name).is_relative_to(own_cache)


def test_output_that_is_no_text_is_harmless(tmp_path):
    """Compilers print file names in any encoding, and sometimes a great deal."""
    noisy = fake(tmp_path, "head -c 1000000 /dev/zero | tr '\\0' '\\377'; exit 1")
    with pytest.raises(CompilerError) as caught:
        toolchain.open_library(TWICE, noisy)
    assert len(caught.value.output) <= 8000


def test_an_entry_that_vanishes_before_loading_is_built_again(compiler, monkeypatch):
    """Another process may clear the cache at any moment."""
    real = toolchain.load_library
    vanished = []

    def load(path: Path) -> ctypes.CDLL:
        if not vanished:
            vanished.append(path)
            shutil.rmtree(path.parent)
        return real(path)

    monkeypatch.setattr(toolchain, "load_library", load)
    assert toolchain.open_library(TWICE, compiler).twice is not None
    assert vanished


# --- Cython and Python --------------------------------------------------------------------------


def test_a_cython_text_becomes_a_module(compiler, monkeypatch):
    """It sees the headers, its symbols are its own, and a warm start runs no process."""
    source = """
cdef extern from *:
    '''
    static inline double plus_one(double x) { return x + 1.0; }
    '''
    double plus_one(double x) nogil

def total(double[::1] values):
    cdef double s = 0
    cdef Py_ssize_t k
    for k in range(values.shape[0]):
        s += plus_one(values[k])
    return s
"""
    module = toolchain.open_extension(source, "kernels", compiler, extra_flags=["-O0"])
    assert module.__name__ == "kernels"
    assert module.total(np.arange(4.0)) == 10.0
    forbid_processes(monkeypatch)
    again = toolchain.open_extension(source, "kernels", compiler, extra_flags=["-O0"])
    assert again.total(np.zeros(3)) == 3.0


def test_a_mistake_in_cython_is_shown(compiler, capfd):
    """What Cython prints is in the error, not on the terminal."""
    with pytest.raises(CompilerError, match="undeclared name") as caught:
        toolchain.open_extension("def f(x):\n    return x + undeclared\n", "kernels", compiler)
    assert "kernels.pyx:2" in caught.value.output
    assert capfd.readouterr() == ("", "")


def test_without_cython_the_error_says_what_to_install(compiler, monkeypatch):
    """Cython is an extra."""
    monkeypatch.setitem(sys.modules, "Cython.Compiler.Main", None)
    with pytest.raises(CompilerError, match=r"brainsim-snn\[cython\]"):
        toolchain.open_extension("x = 1\n", "kernels", compiler)


def test_without_python_headers_the_error_says_what_to_install(compiler, monkeypatch):
    """Debian ships them apart."""
    monkeypatch.setattr(toolchain.sysconfig, "get_path", lambda _: "/nowhere")
    with pytest.raises(CompilerError, match="python3-dev"):
        toolchain.open_extension("x = 1\n", "kernels", compiler)


def test_an_extension_of_another_name_is_refused(compiler, tmp_path):
    """A module is loaded under the name it was compiled with."""
    source = tmp_path / "one.pyx"
    source.write_text("x = 1\n")
    toolchain.compile_cython(source, "one", tmp_path / "one.so", compiler, flags=["-O0"])
    assert toolchain.load_extension(tmp_path / "one.so", "one").x == 1
    with pytest.raises(CompilerError, match="cannot be loaded"):
        toolchain.load_extension(tmp_path / "one.so", "two")


def test_a_python_text_becomes_a_module_that_tracebacks_show(own_cache):
    """It is imported from the cache, without bytecode, and stays out of sys.modules."""
    module = toolchain.open_python_module("def f(x):\n    return 1 / x  # π\n", "step")
    assert module.f(2) == 0.5
    with pytest.raises(ZeroDivisionError) as caught:
        module.f(0)
    assert "1 / x  # π" in str(caught.traceback[-1].statement)
    assert "step" not in sys.modules
    assert not list(own_cache.rglob("__pycache__"))


def test_planted_bytecode_is_not_read(own_cache):
    """Only the text has a checksum, so only the text is read."""
    path = Path(str(toolchain.open_python_module("x = 1\n", "step").__file__))
    planted = path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc"
    planted.parent.mkdir()
    planted.write_bytes(b"nonsense")
    assert toolchain.open_python_module("x = 1\n", "step").x == 1
    assert planted.read_bytes() == b"nonsense"
    assert planted.is_relative_to(own_cache)


# --- cost ---------------------------------------------------------------------------------------


def test_importing_starts_nothing():
    """No process, no Cython, no compiler search at import."""
    code = """
        import sys
        import brainsim.codegen.toolchain
        print([name for name in ("subprocess", "Cython", "sympy") if name in sys.modules])
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "[]\n"


def test_damage_to_a_library_is_noticed_before_it_is_loaded(compiler, own_cache):
    """Loading a truncated library would end the process with a bus error."""
    library = Path(toolchain.open_library(TWICE, compiler)._name)
    data = library.read_bytes()
    library.unlink()  # the loaded file itself stays whole
    library.write_bytes(data[: len(data) // 3])
    with pytest.warns(RuntimeWarning, match="damaged"):
        toolchain.open_library(TWICE, compiler)
    assert library.read_bytes() == data
    assert cache.cache_directory() == own_cache
