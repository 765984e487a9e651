"""The C compiler: find it, run it, load what it made.

Input: the text of a translation unit (C, Cython or Python). Output: a loaded library or module.
Does not: print code, or keep files; that is the work of the printers and of `cache`.

Nothing happens at import. A warm start runs no process: the compiler's version is remembered by
the time stamp of its program, and the compiled file comes from the cache. Linux and macOS are
meant to work; Windows has only been thought of.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import importlib
import importlib.util
import os
import shlex
import shutil
import signal
import sys
import sysconfig
from contextlib import redirect_stderr, suppress
from functools import cache
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from ..errors import CompilerError
from ..records import dataclass
from .cache import artifact, remember

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import ModuleType

T = TypeVar("T")
Kind = Literal["gcc", "clang", "zig"]
FileLoader = SourceFileLoader | ExtensionFileLoader

INCLUDE_DIRECTORY = Path(__file__).parent / "include"
TIMEOUT_SECONDS = 300.0

# No contraction and no -ffast-math: a sum has the same bits with every compiler and target.
# Without errno and traps, sqrt and comparisons become vector instructions; values do not change.
# Hidden symbols: the source marks its entry points, everything else may be inlined.
_FLAGS = (
    "-std=gnu11",
    "-O3",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
    "-fwrapv",
    "-fvisibility=hidden",
)
# compilers prefer half of an AVX-512 register, although arithmetic gains a fifth from all of it
_X86 = ("-march=native", "-mprefer-vector-width=512")
_SHARED = {"win32": ("-shared",)}.get(sys.platform, ("-fPIC", "-shared"))
# the symbols of the interpreter are found when the extension is loaded
_EXTENSION = {"darwin": ("-undefined", "dynamic_lookup")}.get(sys.platform, ())

_NO_COMPILER = (
    "no C compiler was found. Install one (Debian and Ubuntu: apt install gcc; macOS: "
    'xcode-select --install), or run: pip install "brainsim-snn[compiler]", or work without a '
    "compiler, more slowly: prefs.codegen.target = 'numpy'"
)
_CPU_FIELDS = {"vendor_id", "cpu family", "model", "model name", "flags", "cpu", "isa"}
_CPU_FIELDS |= {"Features", "CPU implementer", "CPU architecture", "CPU variant", "CPU part"}


@dataclass(frozen=True, slots=True)
class Compiler:
    """A C compiler that answers.

    Args:
        command: Full path of the program and the words that always follow it.
        kind: Family; a compiler of another name counts as gcc, whose options most understand.
        version: What it says about itself.
        cpu: Identity of this processor, on which the result of -march=native depends.
    """

    command: tuple[str, ...]
    kind: Kind
    version: str
    cpu: str

    @property
    def key(self) -> tuple[str, ...]:
        """What compiled code depends on; not the path, so that equal compilers share entries."""
        return ("compiler", self.kind, self.version, self.cpu, *self.command[1:])


def find_compiler(command: str | Sequence[str] = ()) -> Compiler:
    """Return the compiler to use.

    Args:
        command: Program and leading arguments, as one string or as words. When empty, the first of
            these: the environment variable CC; cc, gcc, clang; the compiler of the package ziglang.

    Raises:
        CompilerError: There is none, or the one that was asked for does not work.
    """
    if command:
        return _identify(_words(command), "the compiler asked for")
    if named := os.environ.get("CC"):
        return _identify(_words(named), "the compiler named by the environment variable CC")
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            # one that does not answer is a stub, as on macOS without the command line tools
            with suppress(CompilerError):
                return _identify((name,), "the compiler")
    if zig := _zig_command():
        return _identify(zig, "the compiler of the package ziglang")
    raise CompilerError(_NO_COMPILER)


def default_flags() -> tuple[str, ...]:
    """Return the flags with which kernels are compiled; all are part of the key in the cache."""
    on_x86 = sysconfig.get_platform().endswith(("x86_64", "amd64", "i686", "i386"))
    return (*_FLAGS, *(_X86 if on_x86 else ("-mcpu=native",)))


def compile_shared(
    source_path: Path,
    out_path: Path,
    compiler: Compiler,
    *,
    flags: Sequence[str] | None = None,
    include_dirs: Sequence[Path] = (INCLUDE_DIRECTORY,),
) -> None:
    """Compile one C file to a shared library.

    Raises:
        CompilerError: The compiler failed or took too long; `output` holds what it printed.
        OSError: The disk is full.
    """
    chosen = default_flags() if flags is None else flags
    _run(
        [
            *compiler.command,
            *(flag for flag in chosen if not flag.startswith("-l")),
            *_SHARED,
            *(f"-I{directory}" for directory in include_dirs),
            str(source_path),
            "-o",
            str(out_path),
            # linkers look only for what was asked for before
            *(flag for flag in chosen if flag.startswith("-l")),
            "-lm",
        ],
        scratch=out_path.parent,
    )
    if not out_path.is_file():
        raise CompilerError(f"the C compiler {compiler.command[0]} wrote no file {out_path}")


def compile_cython(
    pyx_path: Path,
    module_name: str,
    out_path: Path,
    compiler: Compiler,
    *,
    flags: Sequence[str] | None = None,
    include_dirs: Sequence[Path] = (INCLUDE_DIRECTORY,),
) -> None:
    """Compile one Cython file to an extension module.

    Cython runs in this process: starting another one would take as long as its work.

    Raises:
        CompilerError: Cython or Python's headers are missing, or Cython or the compiler failed.
        OSError: The disk is full.
    """
    python_include = Path(sysconfig.get_path("include"))
    if not (python_include / "Python.h").is_file():
        raise CompilerError(
            f"{python_include / 'Python.h'} is missing, which compiling Cython needs. Install the "
            "headers of Python (Debian and Ubuntu: apt install python3-dev), or choose another "
            "target: prefs.codegen.target = 'c'"
        )
    c_path = out_path.with_suffix(".c")
    _translate_cython(pyx_path, module_name, c_path)
    compile_shared(
        c_path,
        out_path,
        compiler,
        flags=(*(default_flags() if flags is None else flags), *_EXTENSION),
        include_dirs=(*include_dirs, python_include),
    )


def load_library(path: Path) -> ctypes.CDLL:
    """Return a loaded shared library.

    Raises:
        CompilerError: The system refuses to load it.
    """
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise _loading_failed(path, error) from error


def load_extension(path: Path, module_name: str) -> ModuleType:
    """Return a loaded extension module; `module_name` is the one it was compiled with.

    Raises:
        CompilerError: The system refuses to load it.
    """
    loader = ExtensionFileLoader(module_name, str(path))
    try:
        return _import(loader, path)
    except ImportError as error:
        raise _loading_failed(path, error) from error


def load_python_module(path: Path, name: str) -> ModuleType:
    """Return a module imported from a Python file, without bytecode beside it.

    Raises:
        OSError: The file cannot be read.
    """
    return _import(_PlainLoader(name, str(path)), path)


def open_library(
    source: str,
    compiler: Compiler,
    *,
    extra_flags: Sequence[str] = (),
    include_dirs: Sequence[Path] = (INCLUDE_DIRECTORY,),
) -> ctypes.CDLL:
    """Return the shared library of a C text, compiled now if the cache does not hold it.

    Args:
        source: One translation unit; entry points carry the attribute visibility("default").
        compiler: From `find_compiler`.
        extra_flags: Added to `default_flags()`; a later flag wins over an earlier one.
        include_dirs: Where its headers are; their content is part of the key.

    Raises:
        CompilerError: It cannot be compiled or loaded.
    """
    flags = (*default_flags(), *extra_flags)

    def build(path: Path) -> None:
        source_path = path.with_suffix(".c")
        source_path.write_text(source, encoding="utf-8")
        compile_shared(source_path, path, compiler, flags=flags, include_dirs=include_dirs)

    key = ("C", source, *compiler.key, "flags", *flags, "headers", *_header_key(include_dirs))
    return _load(lambda: artifact(key, ".so", build), load_library)


def open_extension(
    source: str,
    module_name: str,
    compiler: Compiler,
    *,
    extra_flags: Sequence[str] = (),
    include_dirs: Sequence[Path] = (INCLUDE_DIRECTORY,),
) -> ModuleType:
    """Return the extension module of a Cython text, compiled now if the cache does not hold it.

    Args:
        source: The text of a .pyx file.
        module_name: Name of the module, without dots.
        compiler: From `find_compiler`.
        extra_flags: Added to `default_flags()`; a later flag wins over an earlier one.
        include_dirs: Where its headers are; their content is part of the key.

    Raises:
        CompilerError: It cannot be compiled or loaded.
    """
    flags = (*default_flags(), *extra_flags)

    def build(path: Path) -> None:
        pyx_path = path.with_name(f"{module_name}.pyx")
        pyx_path.write_text(source, encoding="utf-8")
        compile_cython(
            pyx_path, module_name, path, compiler, flags=flags, include_dirs=include_dirs
        )

    suffix = str(sysconfig.get_config_var("EXT_SUFFIX"))
    key = ("Cython", module_name, source, sys.version, *compiler.key, "flags", *flags)
    key = (*key, "headers", *_header_key(include_dirs))
    return _load(
        lambda: artifact(key, suffix, build), lambda path: load_extension(path, module_name)
    )


def open_python_module(source: str, name: str) -> ModuleType:
    """Return the module of a Python text, which tracebacks find in the cache."""

    def build(path: Path) -> None:
        path.write_text(source, encoding="utf-8")

    return _load(
        lambda: artifact(("Python", source), ".py", build),
        lambda path: load_python_module(path, name),
    )


class _PlainLoader(SourceFileLoader):
    """Imports from the verified text only: bytecode beside it has no checksum."""

    def path_stats(self, path: Any) -> Any:
        raise OSError(errno.ENOTSUP, "no bytecode", path)


def _load(get: Callable[[], Path], load: Callable[[Path], T]) -> T:
    path = get()
    try:
        return load(path)
    except (CompilerError, OSError):
        if path.exists():
            raise
    return load(get())  # another process cleared the cache between the check and the loading


def _import(loader: FileLoader, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(loader.name, path, loader=loader)
    # there is always a specification when the loader is given
    module = importlib.util.module_from_spec(cast("ModuleSpec", spec))
    loader.exec_module(module)
    return module


def _loading_failed(path: Path, error: Exception) -> CompilerError:
    return CompilerError(
        f"the compiled file {path} cannot be loaded: {error}. If its file system forbids programs "
        "(noexec), set BRAINSIM_CACHE_DIR to a directory on another one"
    )


def _words(command: str | Sequence[str]) -> tuple[str, ...]:
    if isinstance(command, str):
        return tuple(shlex.split(command, posix=sys.platform != "win32"))
    return tuple(command)


def _zig_command() -> tuple[str, ...]:
    """Return the command of the compiler that the package ziglang brings, or ()."""
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        return ()
    program = shutil.which("zig", path=str(Path(spec.origin).parent))
    return (program, "cc") if program else ()


def _identify(words: tuple[str, ...], who: str) -> Compiler:
    """Return what a command is; asked only once per state of its program file."""
    program = shutil.which(words[0]) if words else None
    if program is None:
        name = words[0] if words else ""
        raise CompilerError(f"{who}, '{name}', was not found. Correct or remove the setting")
    command = (program, *words[1:])
    stamps = [_stamp(found) for word in command if (found := shutil.which(word))]
    version = remember(("compiler version", *command, *stamps), lambda: _ask_version(command))
    kind: Kind = "gcc"
    if words[-1] == "cc" and Path(program).stem == "zig":
        kind = "zig"
    elif "clang" in version.lower():
        kind = "clang"
    return Compiler(command, kind, version, _cpu_identity())


def _stamp(program: str) -> str:
    status = Path(program).stat()
    return f"{program} {status.st_mtime_ns} {status.st_size}"


def _ask_version(command: tuple[str, ...]) -> str:
    return _run([*command, "--version"], timeout=30.0).strip()


@cache
def _cpu_identity() -> str:
    """Return a digest of the processor's features, or of the machine where they cannot be read."""
    facts = ""
    with suppress(OSError), Path("/proc/cpuinfo").open("rb", buffering=0) as file:
        # one read: asking for every core can take long, and the first one says it all
        block = file.read(16384).decode("utf-8", "replace").split("\n\n")[0]
        lines = (line.partition(":") for line in block.splitlines())
        facts = "\n".join(f"{k.strip()}:{v}" for k, _, v in lines if k.strip() in _CPU_FIELDS)
    if not facts:
        import platform  # slow, and not needed on Linux

        facts = platform.node()
    return hashlib.sha256(f"{sysconfig.get_platform()}\n{facts}".encode()).hexdigest()[:16]


def _header_key(include_dirs: Iterable[Path]) -> Iterable[str]:
    """Return digests of all headers, so that an edited one is never mixed with old code."""
    for directory in include_dirs:
        for header in sorted(directory.glob("*.h")):
            yield header.name
            yield hashlib.sha256(header.read_bytes()).hexdigest()


def _translate_cython(pyx_path: Path, module_name: str, c_path: Path) -> None:
    try:
        translator = importlib.import_module("Cython.Compiler.Main")
        compile_error = importlib.import_module("Cython.Compiler.Errors").CompileError
    except ImportError as error:
        raise CompilerError(
            'Cython is not installed. Run: pip install "brainsim-snn[cython]", or choose another '
            "target: prefs.codegen.target = 'c'"
        ) from error
    options = translator.CompilationOptions(output_file=str(c_path), language_level=3)
    printed = StringIO()
    try:
        with redirect_stderr(printed):  # Cython has no other way to say what is wrong
            result = translator.compile(
                str(pyx_path), options=options, full_module_name=module_name
            )
        failed = result.num_errors > 0
    except compile_error as error:
        failed = True
        printed.write(str(error))
    if failed:
        raise CompilerError(
            f"Cython failed on the generated file {pyx_path.name}. This is a bug in brainsim; "
            "please report it with your script",
            printed.getvalue(),
        )


def _run(argv: list[str], timeout: float = TIMEOUT_SECONDS, scratch: Path | None = None) -> str:
    """Run a compiler and return what it printed; its children end with it, whatever happens."""
    import subprocess  # slow to import, and a warm start does not need it

    environment = {**os.environ, "LC_ALL": "C"}
    if scratch is not None:
        environment["TMPDIR"] = str(scratch)
    name = argv[0]
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=scratch,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise CompilerError(f"the C compiler {name} cannot be started: {error}") from error
    with process:
        try:
            output = process.communicate(timeout=timeout)[0].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            _kill_group(process.pid)
            raise CompilerError(
                f"the C compiler {name} did not finish within {timeout:g} s and was stopped"
            ) from None
        except BaseException:
            _kill_group(process.pid)
            raise
    if process.returncode != 0:
        if os.strerror(errno.ENOSPC) in output:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise CompilerError(
            f"the C compiler {name} failed (exit status {process.returncode}) at: "
            f"{shlex.join(argv[1:])}\nIf you set compiler flags, remove them and try again; "
            "prefs.codegen.target = 'numpy' works without a compiler",
            output[:8000],
        )
    return output


def _kill_group(leader: int) -> None:
    """Kill a process and the processes it started; the leader leads its own session."""
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            os.kill(leader, signal.SIGTERM)
        else:
            os.killpg(leader, signal.SIGKILL)
