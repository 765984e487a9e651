"""The preferences there are: the one table of names, defaults, checks and meanings."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import logger
from .registry import BrianPreference, Preferences

prefs = Preferences()

# as many as bs_abi.h has room for
_MOST_THREADS = 64


def _one_of(*values: Any) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in values


def _is_float_type(value: Any) -> bool:
    return np.dtype(value) in {np.dtype(np.float32), np.dtype(np.float64)}


def _is_integer_type(value: Any) -> bool:
    return np.dtype(value) in {np.dtype(np.int32), np.dtype(np.int64)}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number_of_threads(value: Any) -> bool:
    return _is_number(value) and value <= _MOST_THREADS


def _are_words(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)


def _are_macros(value: Any) -> bool:
    """Accept `[('NAME', 'value'), ('FLAG', None)]`, and plain names."""
    return isinstance(value, list | tuple) and all(
        isinstance(macro, str)
        or (
            isinstance(macro, list | tuple)
            and len(macro) == 2
            and isinstance(macro[0], str)
            and isinstance(macro[1], str | int | None)
        )
        for macro in value
    )


def _optional(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _type_name(value: Any) -> str:
    return str(np.dtype(value))


def _to_type(given: Any) -> Any:
    """Return the NumPy type of a name such as "float32"."""
    return np.dtype(given).type


def _to_words(given: Any) -> Any:
    return shlex.split(given) if isinstance(given, str) else given


def _words(docs: str, default: list[str] | None = None) -> BrianPreference:
    return BrianPreference(default or [], docs, _are_words, convert=_to_words)


_LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "DIAGNOSTIC")


def _is_level(value: Any) -> bool:
    return isinstance(value, str) and value.upper() in _LEVELS


_UNUSED = "accepted, without effect: "

prefs.register_preferences(
    "codegen",
    "How code is generated",
    target=BrianPreference(
        "auto",
        "what runs a network: 'c', 'cython', 'numpy', or 'auto': C where a compiler is found",
        _one_of("auto", "c", "cython", "numpy"),
    ),
    string_expression_target=BrianPreference(
        "numpy",
        f"{_UNUSED}strings that are run once are never compiled",
        _one_of("auto", "c", "cython", "numpy"),
    ),
    loop_invariant_optimisations=BrianPreference(
        True, "compute once, before a loop over elements, what is the same for all of them"
    ),
    lift_traces=BrianPreference(
        True,
        "keep event-driven variables of synapses once per neuron where all its synapses agree",
    ),
    lazy_plasticity=BrianPreference(
        True,
        "apply the code of spikes of the target to a synapse when its source next has an event, "
        "where that changes nothing",
    ),
    max_cache_dir_size=BrianPreference(
        1000, "size of the cache of compiled code above which old entries are removed, MB",
        _is_number,
    ),
)  # fmt: skip
prefs.register_preferences(
    "codegen.cpp",
    "The C compiler",
    compiler=BrianPreference("", "command of the C compiler; empty: found by itself"),
    extra_compile_args=BrianPreference(
        None,
        "flags added for any compiler; None: those of extra_compile_args_gcc",
        _optional(_are_words),
        convert=_to_words,
    ),
    extra_compile_args_gcc=_words(
        "flags added for GCC and Clang, unless extra_compile_args is set"
    ),
    extra_compile_args_msvc=_words(f"{_UNUSED}that compiler is not used"),
    extra_link_args=_words("flags added for the linker"),
    include_dirs=_words("folders of headers"),
    library_dirs=_words("folders of libraries, for the linker"),
    runtime_library_dirs=_words("folders of libraries, when they are loaded"),
    libraries=_words("libraries to link with"),
    headers=_words("headers to include, such as '<math.h>' or '\"mine.h\"'"),
    define_macros=BrianPreference(
        [], "macros: ('NAME', 'value'), or ('NAME', None)", _are_macros, convert=_to_words
    ),
    msvc_architecture=BrianPreference("", f"{_UNUSED}that compiler is not used"),
    msvc_vars_location=BrianPreference("", f"{_UNUSED}that compiler is not used"),
)
prefs.register_preferences(
    "codegen.generators.cpp",
    "The text of C code",
    restrict_keyword=BrianPreference(
        "__restrict", f"{_UNUSED}the C standard has the keyword restrict"
    ),
    flush_denormals=BrianPreference(
        False, "take numbers below 2.2e-308 for zero in compiled code, which is quicker"
    ),
)
prefs.register_preferences(
    "codegen.runtime.cython",
    "Cython",
    multiprocess_safe=BrianPreference(
        True, f"{_UNUSED}the cache is always safe, and needs no locks"
    ),
    cache_dir=BrianPreference(
        None,
        "folder of the cache of compiled code; None: BRAINSIM_CACHE_DIR, or that of the system",
        _optional(_is_text),
    ),
    delete_source_files=BrianPreference(
        True, f"{_UNUSED}source files are never kept beside compiled ones"
    ),
)
prefs.register_preferences(
    "codegen.runtime.numpy",
    "NumPy",
    discard_units=BrianPreference(
        False,
        f"{_UNUSED}Python functions in models get plain numbers after their units are checked",
    ),
)
prefs.register_preferences(
    "core",
    "Numbers and running",
    default_float_dtype=BrianPreference(
        np.float64, "type of float variables and of computations: float32 or float64",
        _is_float_type, _type_name, convert=_to_type,
    ),
    default_integer_dtype=BrianPreference(
        np.int32, "type of integer variables: int32 or int64", _is_integer_type, _type_name,
        convert=_to_type,
    ),
    max_memory=BrianPreference(
        None,
        "bytes that recordings, or new synapses, may need; None: 80 % of what is available",
        lambda v: v is None or (isinstance(v, int) and not isinstance(v, bool) and v >= 0),
    ),
    threads=BrianPreference(
        1,
        "threads that share the work of a step; 0: as many as there are processors, where that is "
        "found to be quicker. The results are the same",
        _is_number_of_threads,
    ),
    stop_on_keyboard_interrupt=BrianPreference(
        True, "Ctrl-C completes the present step and ends the run; False: it aborts the script"
    ),
    outdated_dependency_error=BrianPreference(
        True, f"{_UNUSED}versions of dependencies are checked when installing"
    ),
)  # fmt: skip
prefs.register_preferences(
    "core.network",
    "The network",
    default_schedule=_words(
        "slots of a time step", ["start", "groups", "thresholds", "synapses", "resets", "end"]
    ),
)
prefs.register_preferences(
    "devices.cpp_standalone",
    "Standalone programs",
    openmp_threads=BrianPreference(0, "threads of a program; 0: as core.threads says", _is_number),
    openmp_spatialneuron_strategy=BrianPreference(
        None, f"{_UNUSED}how threads share cables", _optional(_one_of("branches", "systems"))
    ),
    make_cmd_unix=BrianPreference("make", "command that builds"),
    run_cmd_unix=BrianPreference(
        "./main", "command that runs, in the folder of the project", _is_text
    ),
    extra_make_args_unix=_words("further arguments of the command that builds", ["-j"]),
    extra_make_args_windows=_words(f"{_UNUSED}arguments of nmake"),
    run_environment_variables=BrianPreference(
        {"LD_BIND_NOW": "1"}, "further environment of the program"
    ),
)
prefs.register_preferences(
    "legacy",
    "Old behaviour",
    refractory_timing=BrianPreference(
        False, "compare refractory times as floating-point numbers instead of steps"
    ),
)
prefs.register_preferences(
    "logging",
    "Messages",
    console_log_level=BrianPreference(
        "INFO", f"the least level that is shown: {', '.join(_LEVELS)}", _is_level
    ),
    file_log=BrianPreference(
        False, "also write messages to a file debug.log in a new folder for temporary files"
    ),
    file_log_level=BrianPreference(
        "DEBUG", "the least level that is written to the file", _is_level
    ),
    file_log_max_size=BrianPreference(
        10_000_000, "size in bytes above which the file begins anew; one old file is kept",
        _is_number,
    ),
    delete_log_on_exit=BrianPreference(True, "remove the file when Python ends normally"),
    std_redirection=BrianPreference(True, "whether std_silent hides what is printed"),
    std_redirection_to_file=BrianPreference(False, f"{_UNUSED}what is hidden is kept in memory"),
    save_script=BrianPreference(False, f"{_UNUSED}scripts are not copied"),
    display_brian_error_message=BrianPreference(
        True, f"{_UNUSED}faults of this package say so in their own text"
    ),
)  # fmt: skip
prefs.register_preferences(
    "GSL",
    "The GNU Scientific Library",
    directory=BrianPreference(
        None, f"{_UNUSED}the library is not needed", _optional(_is_text)
    ),
)  # fmt: skip


def _apply_logging() -> None:
    """Tell the log what it must know; it knows no preferences itself."""
    logger.configure(
        logger.Settings(
            console_level=prefs["logging.console_log_level"].upper(),
            file=prefs["logging.file_log"],
            file_level=prefs["logging.file_log_level"].upper(),
            file_bytes=prefs["logging.file_log_max_size"],
            delete_file=prefs["logging.delete_log_on_exit"],
            hides_output=prefs["logging.std_redirection"],
        )
    )


prefs.watch("logging", _apply_logging)
