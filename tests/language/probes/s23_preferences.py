"""Section 23: preferences; section 22 as far as targets of the runtime device go."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from probing import printed, probe, raised


@contextlib.contextmanager
def _kept(b: Any, *names: str) -> Iterator[None]:
    """Give preferences their values back."""
    old = {name: b.prefs[name] for name in names}
    try:
        yield
    finally:
        for name, value in old.items():
            b.prefs[name] = value


@probe("23 access by item and attribute")
def access(b: Any) -> dict[str, Any]:
    with _kept(b, "codegen.loop_invariant_optimisations", "codegen.max_cache_dir_size"):
        b.prefs.codegen.loop_invariant_optimisations = False
        b.prefs["codegen.max_cache_dir_size"] = 7
        found = [
            b.prefs["codegen.loop_invariant_optimisations"],
            b.prefs.codegen.loop_invariant_optimisations,
            b.prefs.codegen["loop_invariant_optimisations"],
            b.prefs["codegen"]["max_cache_dir_size"],
            b.prefs.codegen.max_cache_dir_size,
        ]
        b.prefs.codegen["max_cache_dir_size"] = 8
        found.append(b.prefs["codegen.max_cache_dir_size"])
    return {
        "found": found,
        "in": [name in b.prefs for name in ("codegen.target", "codegen", "codegen.what", "what")],
        "in category": ["target" in b.prefs.codegen, "what" in b.prefs.codegen],
        "hasattr": [hasattr(b.prefs, "codegen"), hasattr(b.prefs.codegen, "what")],
        "get": [b.prefs.get("what", 3), b.prefs.get("codegen.max_cache_dir_size", 3)],
        "delete": raised(lambda: b.prefs.__delitem__("codegen.target")),
        "delete attribute": raised(lambda: delattr(b.prefs.codegen, "target")),
        "iteration": "codegen.target" in list(b.prefs),
        "of a category": "max_cache_dir_size" in list(b.prefs.codegen),
        "keys": "core.default_float_dtype" in b.prefs.keys(),  # noqa: SIM118 - the method is meant
        "deep": "cython.cache_dir" in list(b.prefs.codegen.runtime),
    }


@probe("23 unknown names", "25 preferences")
def unknown_names(b: Any) -> dict[str, Any]:
    return {
        "item": raised(lambda: b.prefs["codegen.what"]),
        "top item": raised(lambda: b.prefs["what"]),
        "attribute": raised(lambda: b.prefs.codegen.what)["raised"][0],
        "top attribute": raised(lambda: b.prefs.what)["raised"][0],
        "set item": raised(lambda: b.prefs.__setitem__("codegen.what", 1)),
        "set attribute": raised(lambda: setattr(b.prefs.codegen, "what", 1)),
        "set category": raised(lambda: b.prefs.__setitem__("codegen", 1)),
        "set category attribute": raised(lambda: setattr(b.prefs, "codegen", 1)),
        "case": raised(lambda: b.prefs["Codegen.target"]),
        "is exception": [issubclass(b.PreferenceError, Exception), b.PreferenceError.__name__],
    }


@probe("23 wrong type", "25 preferences")
def wrong_types(b: Any) -> dict[str, Any]:
    wrong = {
        "codegen.loop_invariant_optimisations": "yes",
        "codegen.max_cache_dir_size": 1.5,
        "codegen.cpp.compiler": None,
        "codegen.cpp.extra_link_args": 3,
        "core.default_float_dtype": int,
        "core.network.default_schedule": 3,
        "core.stop_on_keyboard_interrupt": "no",
        "devices.cpp_standalone.openmp_threads": "2",
        "legacy.refractory_timing": 2.0,
        "logging.console_log_level": "LOUD",
        "logging.file_log": "true",
    }
    names = list(wrong)
    with _kept(b, *names):
        return {
            name: raised(lambda name=name: b.prefs.__setitem__(name, wrong[name])) for name in names
        } | {
            "int for bool": raised(
                lambda: setattr(b.prefs.codegen, "loop_invariant_optimisations", 1)
            ),
            "float16": raised(lambda: setattr(b.prefs.core, "default_float_dtype", np.float16)),
            "dtype": raised(
                lambda: setattr(b.prefs.core, "default_float_dtype", np.dtype("float32"))
            ),
            "lower case": raised(lambda: setattr(b.prefs.logging, "console_log_level", "error")),
        }


@probe("23 files")
def files(b: Any) -> dict[str, Any]:
    """What TOML and the older format have in common."""
    text = """# a comment
codegen.max_cache_dir_size = 5
[legacy]
refractory_timing = 0 == 1
""".replace("0 == 1", "false" if b.__name__ == "brainsim" else "False")
    with _kept(b, "codegen.max_cache_dir_size", "legacy.refractory_timing"):
        b.prefs.read_preference_file(io.StringIO(text))
        found = [b.prefs.codegen.max_cache_dir_size, b.prefs.legacy.refractory_timing]

        def read(line: str) -> Any:
            return raised(lambda: b.prefs.read_preference_file(io.StringIO(line)))

        return {
            "found": found,
            "unknown": read("codegen.what = 1\n"),
            "wrong type": read('codegen.max_cache_dir_size = "x"\n'),
            "nonsense": read("codegen\n"),
            "text": read('codegen.cpp.compiler = ""\n'),
            "empty": read(""),
            "blank": read("\n# nothing\n"),
        }


@probe("23 reset_to_defaults, as_file, defaults_as_file")
def texts(b: Any) -> dict[str, Any]:
    with _kept(b, "codegen.target", "codegen.max_cache_dir_size", "logging.console_log_level"):
        b.prefs.codegen.max_cache_dir_size = 77
        now, defaults = b.prefs.as_file, b.prefs.defaults_as_file
        b.prefs.reset_to_defaults()
        return {
            "value": b.prefs.codegen.max_cache_dir_size,
            "as_file": ["77" in now, "[codegen]" in now, "max_cache_dir_size = 77" in now],
            "defaults": ["77" in defaults, "max_cache_dir_size = 1000" in defaults],
            "sections": [f"[{name}]" in now for name in ("core", "logging", "codegen.cpp")],
            "target": b.prefs.codegen.target,
        }


@probe("23 reset_to_defaults, as_file, defaults_as_file")
def text_gives_the_same_values(b: Any) -> dict[str, Any]:
    with _kept(b, *b.prefs):
        b.prefs.codegen.max_cache_dir_size = 77
        text = b.prefs.as_file
        b.prefs.reset_to_defaults()
        b.prefs.read_preference_file(io.StringIO(text))
        return {"value": b.prefs.codegen.max_cache_dir_size}


@probe("23 register_preferences")
def registering(b: Any) -> dict[str, Any]:
    script = """
def tried(action):
    try:
        action()
    except Exception as error:
        print(type(error).__name__)
    else:
        print("nothing raised")

prefs.register_preferences(
    "mine",
    "preferences of a probe",
    number=b.BrianPreference(1, "a number"),
    word=b.BrianPreference("x", "a word", validator=lambda value: value in ("x", "y")),
    shown=b.BrianPreference([1], "a list", representor=lambda value: "[1]"),
)
print(prefs.mine.number, prefs.mine.word, prefs.mine.shown, prefs["mine.number"])
prefs.mine.number = 3
prefs.mine.word = "y"
prefs.register_preferences("mine.deep", "below", flag=b.BrianPreference(False, "a flag"))
print(prefs.mine.number, prefs.mine.word, prefs.mine.deep.flag, "[mine]" in prefs.as_file)
tried(lambda: setattr(prefs.mine, "number", "three"))
tried(lambda: setattr(prefs.mine, "number", 2.5))
tried(lambda: setattr(prefs.mine, "word", "z"))
tried(lambda: setattr(prefs.mine, "what", "z"))
tried(lambda: prefs.register_preferences("mine", "docs"))
tried(lambda: prefs.register_preferences("mine", "docs", new=b.BrianPreference(1, "d")))
prefs.reset_to_defaults()
print(prefs.mine.number, prefs.mine.word, prefs.mine.shown)
tried(lambda: prefs.register_preferences("bad", "docs", **{"1a": b.BrianPreference(1, "d")}))
check = b.BrianPreference(1, "d", validator=lambda value: False)
tried(lambda: prefs.register_preferences("worse", "docs", one=check))
"""
    return {"out": printed(b, script)["out"]}


_NAMES = [
    "codegen.target",
    "codegen.string_expression_target",
    "codegen.loop_invariant_optimisations",
    "codegen.max_cache_dir_size",
    "codegen.cpp.compiler",
    "codegen.cpp.extra_compile_args",
    "codegen.cpp.extra_compile_args_gcc",
    "codegen.cpp.extra_compile_args_msvc",
    "codegen.cpp.extra_link_args",
    "codegen.cpp.include_dirs",
    "codegen.cpp.library_dirs",
    "codegen.cpp.runtime_library_dirs",
    "codegen.cpp.libraries",
    "codegen.cpp.headers",
    "codegen.cpp.define_macros",
    "codegen.cpp.msvc_architecture",
    "codegen.cpp.msvc_vars_location",
    "codegen.runtime.cython.multiprocess_safe",
    "codegen.runtime.cython.cache_dir",
    "codegen.runtime.cython.delete_source_files",
    "codegen.runtime.numpy.discard_units",
    "codegen.generators.cpp.restrict_keyword",
    "codegen.generators.cpp.flush_denormals",
    "core.default_float_dtype",
    "core.default_integer_dtype",
    "core.network.default_schedule",
    "core.stop_on_keyboard_interrupt",
    "core.outdated_dependency_error",
    "devices.cpp_standalone.openmp_threads",
    "devices.cpp_standalone.openmp_spatialneuron_strategy",
    "devices.cpp_standalone.make_cmd_unix",
    "devices.cpp_standalone.run_cmd_unix",
    "devices.cpp_standalone.extra_make_args_unix",
    "devices.cpp_standalone.extra_make_args_windows",
    "devices.cpp_standalone.run_environment_variables",
    "legacy.refractory_timing",
    "logging.file_log",
    "logging.file_log_level",
    "logging.console_log_level",
    "logging.delete_log_on_exit",
    "logging.save_script",
    "logging.std_redirection",
    "logging.std_redirection_to_file",
    "logging.display_brian_error_message",
    "logging.file_log_max_size",
    "GSL.directory",
]

# those whose defaults are facts about the engine
_ENGINE = [
    "codegen.cpp.extra_compile_args_gcc",
    "codegen.cpp.extra_compile_args_msvc",
    "codegen.generators.cpp.restrict_keyword",
    "codegen.cpp.library_dirs",
    "codegen.cpp.include_dirs",
    "codegen.cpp.runtime_library_dirs",
    "core.outdated_dependency_error",
    "logging.file_log",
    "logging.save_script",
    "logging.std_redirection_to_file",
    "codegen.cpp.headers",
    "codegen.cpp.msvc_architecture",
    "codegen.cpp.msvc_vars_location",
]


@probe("23 names and defaults")
def names_and_defaults(b: Any) -> dict[str, Any]:
    with _kept(b, *b.prefs):
        b.prefs.reset_to_defaults()
        defaults = {name: b.prefs[name] for name in _NAMES if name not in _ENGINE}
    shown = {
        name: value.__name__ if isinstance(value, type) else str(value)
        for name, value in defaults.items()
    }
    return {"missing": [name for name in _NAMES if name not in b.prefs], "defaults": shown}


@probe("23 names and defaults")
def common_settings(b: Any) -> dict[str, Any]:
    """Lines that stand at the top of many scripts."""
    settings = {
        "codegen.target": ["numpy", "cython", "auto"],
        "codegen.string_expression_target": ["numpy", "cython"],
        "codegen.cpp.extra_compile_args": [["-O2"], None],
        "codegen.cpp.extra_compile_args_gcc": [["-w", "-O3", "-ffast-math", "-march=native"]],
        "codegen.cpp.compiler": ["gcc", ""],
        "codegen.cpp.headers": [['"mine.h"'], []],
        "codegen.cpp.define_macros": [[("NAME", "1")], [("FLAG", None)]],
        "codegen.runtime.cython.cache_dir": ["/somewhere", None],
        "codegen.runtime.cython.multiprocess_safe": [False],
        "codegen.runtime.numpy.discard_units": [True],
        "codegen.generators.cpp.flush_denormals": [True],
        "core.default_float_dtype": [np.float32, np.float64],
        "core.default_integer_dtype": [np.int64, np.int32],
        "devices.cpp_standalone.openmp_threads": [4],
        "devices.cpp_standalone.openmp_spatialneuron_strategy": ["branches", "systems", None],
        "devices.cpp_standalone.extra_make_args_unix": [["-j4"], []],
        "devices.cpp_standalone.run_environment_variables": [{"A": "1"}],
        "logging.console_log_level": ["DEBUG", "INFO", "WARNING", "ERROR"],
        "logging.file_log": [False],
        "logging.display_brian_error_message": [False],
        "logging.std_redirection": [False, True],
        "GSL.directory": [None],
    }
    refused = []
    with _kept(b, *settings):
        for name, values in settings.items():
            refused += [
                f"{name} = {value}"
                for value in values
                if raised(lambda n=name, v=value: b.prefs.__setitem__(n, v))["raised"]
            ]
    return {"refused": refused}


@probe("23 core.default_float_dtype = float32")
def single_precision(b: Any) -> dict[str, Any]:
    """Numbers that single precision represents exactly."""
    with _kept(b, "core.default_float_dtype"):
        b.prefs.core.default_float_dtype = np.float32
        group = b.NeuronGroup(
            2,
            "dx/dt = k/second : 1\nk : 1\nn : integer\nw : volt\nflag : boolean\ny = x*2 : 1",
            threshold="x > 100",
            reset="x = 0",
            refractory=1 * b.ms,
            method="euler",
            dt=0.5 * b.second,
            name="group",
        )
        group.k = [1, 2**-20]
        group.x = 1
        target = b.NeuronGroup(1, "z : 1", dt=0.5 * b.second, name="target")
        synapses = b.Synapses(group, target, "s : 1", on_pre="z += s", name="syn")
        synapses.connect()
        trace = b.StateMonitor(group, ["x", "y"], record=True, dt=0.5 * b.second, name="trace")
        net = b.Network(group, target, synapses, trace)
        net.run(2 * b.second)
        kinds = {
            name: str(np.asarray(value).dtype)
            for name, value in {
                "x": group.x[:],
                "n": group.n[:],
                "w": group.w[:],
                "flag": group.flag[:],
                "t": group.t[:],
                "s": synapses.s[:],
                "trace.x": trace.x,
                "trace.t": trace.t[:],
                "lastspike": group.lastspike[:],
            }.items()
        }
        return {"kinds": kinds, "x": np.asarray(group.x[:], float), "second": group.x[1] == 1}


@probe("23 core.default_float_dtype = float32")
def single_precision_elsewhere(b: Any) -> dict[str, Any]:
    with _kept(b, "core.default_float_dtype"):
        b.prefs.core.default_float_dtype = np.float32
        values = b.TimedArray([0.1, 0.2], dt=1 * b.ms)
        group = b.NeuronGroup(1, "x : 1", name="group")
        group.x = 0.1
        other = b.NeuronGroup(1, "x : 1", dtype=np.float64, name="other")
        some = b.NeuronGroup(1, "x : 1\ny : 1", dtype={"x": np.float64}, name="some")
        other.x = 0.1
        poisson = b.PoissonGroup(2, 10 * b.Hz, name="poisson")
        found = {
            "rounded": float(group.x[0]) == 0.1,
            "as float32": np.float32(float(group.x[0])) == np.float32(0.1),
            "own": [str(np.asarray(v).dtype) for v in (other.x[:], some.x[:], some.y[:])],
            "exact": float(other.x[0]) == 0.1,
            "clock": str(np.asarray(poisson.t[:]).dtype),
            "timed": values(0.5 * b.ms) is not None,
        }
    later = b.NeuronGroup(1, "x : 1", name="later")
    return found | {"later": str(np.asarray(later.x[:]).dtype)}


@probe("22 runtime target")
def targets(b: Any) -> dict[str, Any]:
    """All targets give the same."""
    results = []
    with _kept(b, "codegen.target", "codegen.string_expression_target"):
        for target in ("numpy", "cython", "auto"):
            b.prefs.codegen.target = target
            b.prefs.codegen.string_expression_target = "numpy" if target == "numpy" else "cython"
            group = b.NeuronGroup(
                4,
                "dv/dt = (a*sin(t/ms) - v)/(3*ms) : 1\na : 1",
                threshold="v > 0.3",
                reset="v = 0",
                method="rk4",
                name="group",
            )
            group.a = "1 + i**2 + i//2 + exp(-i)"
            synapses = b.Synapses(group, group, "w : 1", on_pre="v_post += w/(1 + i % 3)",
                                  name="syn")  # fmt: skip
            synapses.connect(condition="i != j")
            synapses.w = "0.01*(i - j)"
            trace = b.StateMonitor(group, "v", record=True, name="trace")
            net = b.Network(group, synapses, trace)
            net.run(5 * b.ms)
            results.append(np.asarray(trace.v)[:, ::5].copy())
    scale = np.abs(results[0]).max()
    return {
        "numpy": results[0],
        "agree": [bool(np.abs(r - results[0]).max() < 1e-10 * scale) for r in results[1:]],
    }
