"""Preferences that reach the compiler and the generated code, and the cache of what it made."""

from __future__ import annotations

import platform

import numpy as np
import pytest

from brainsim import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    brian_prefs,
    check_cache,
    check_units,
    clear_cache,
    get_local_namespace,
    implementation,
    ms,
    prefs,
)
from brainsim.codegen import cache
from brainsim.devices.flags import compiler_flags, header_folders
from brainsim.errors import CompilerError
from brainsim.logger import DIAGNOSTIC, catch_logs


@pytest.fixture(autouse=True)
def _defaults():
    """Compile C; put everything back."""
    prefs.reset_to_defaults()
    prefs.codegen.target = "c"
    yield
    prefs.reset_to_defaults()


def test_flags():
    """Those for GCC count unless there are some for any compiler; C++ standards are left out."""
    cpp = prefs.codegen.cpp
    assert compiler_flags() == ()
    cpp.extra_compile_args_gcc = ["-g", "-std=c++11"]
    assert compiler_flags() == ("-g",)
    cpp.extra_compile_args = ["-O1"]
    assert compiler_flags() == ("-O1",)
    cpp.define_macros = [("A", "1"), ("B", None), ("C", ""), "D", ["E", 2]]
    cpp.headers = ["<cmath>", '"mine.h"', "<sys/types.h>"]
    cpp.library_dirs, cpp.runtime_library_dirs = ["/l"], ["/r"]
    cpp.extra_link_args, cpp.libraries = ["-Wl,-O1"], ["m"]
    assert compiler_flags() == (
        *("-O1", "-DA=1", "-DB", "-DC", "-DD", "-DE=2"),
        *("-include", "math.h", "-include", "mine.h", "-include", "sys/types.h"),
        *("-L/l", "-Wl,-rpath,/r", "-Wl,-O1", "-lm"),
    )
    cpp.include_dirs = ["/i"]
    assert [folder.as_posix() for folder in header_folders()[1:]] == ["/i"]


@pytest.mark.parametrize("target", ["c", "cython"])
def test_headers_folders_macros_and_libraries_are_used(tmp_path, target, compile_c):
    """A function of a header calls one of a library; editing the header compiles anew."""
    library = compile_c('__attribute__((visibility("default"))) double bs_deep(double x)'
                        " { return x + 1; }")  # fmt: skip
    path = tmp_path / "libdeepfive.so"
    with open(library._name, "rb") as file:  # noqa: PTH123 - it is a string
        path.write_bytes(file.read())
    header = tmp_path / "five_of_mine.h"
    text = (
        "double bs_deep(double);\nstatic inline double five(double x) {{ return {} * bs_deep(x); }}"
    )
    cpp = prefs.codegen.cpp
    prefs.codegen.target = target
    cpp.include_dirs, cpp.headers = [str(tmp_path)], ["<five_of_mine.h>"]
    cpp.library_dirs = cpp.runtime_library_dirs = [str(tmp_path)]
    cpp.libraries, cpp.define_macros = ["deepfive"], [("FACTOR", "5")]

    @implementation("cpp", "double times_five(double x) { return five(x); }")
    @check_units(x=1, result=1)
    def times_five(x):
        return 5 * (x + 1)

    for factor, expected in (("FACTOR", 10), ("(1 + FACTOR)", 12)):
        header.write_text(text.format(factor))
        group = NeuronGroup(1, "v : 1")
        group.run_regularly("v = times_five(1.0)")
        Network(group).run(0.1 * ms)
        assert group.v[0] == expected


def test_wrong_flags_are_reported_with_what_the_compiler_said():
    """And what to do."""
    prefs.codegen.cpp.extra_compile_args = ["-fno-such-flag"]
    group = NeuronGroup(1, "dv/dt = -v/ms : 1", method="euler")
    with pytest.raises(CompilerError, match="no-such-flag"):
        Network(group).run(0.1 * ms)


@pytest.mark.parametrize("target", ["c", "numpy"])
def test_loop_invariant_optimisations(target):
    """Without them the loop computes again what does not change; the values are the same."""
    prefs.codegen.target = target
    sources, values = [], []
    for on in (True, False):
        prefs.codegen.loop_invariant_optimisations = on
        group = NeuronGroup(
            5, "dv/dt = exp(k)*v/(3*ms) : 1\nk : 1 (shared)", method="euler", name="optimised"
        )
        group.v, group.k = "i", -0.5
        network = Network(group)
        sources.append(network.program().source(target))
        network.run(1 * ms)
        values.append(group.v[:].copy())
        del group, network
    loops = [source.partition("for (")[2] for source in sources] if target == "c" else sources
    if target == "c":
        assert [loop.count("exp(") for loop in loops] == [0, 1]
    # the products are grouped differently: a few roundings in each of 10 steps
    np.testing.assert_allclose(values[0], values[1], rtol=100 * np.finfo(float).eps)


def test_the_cache_can_be_looked_at_and_emptied(tmp_path, monkeypatch):
    """For each target, though they share it."""
    monkeypatch.setenv("BRAINSIM_CACHE_DIR", str(tmp_path / "cache"))
    cache.remember(("something",), lambda: 3)
    with catch_logs(DIAGNOSTIC) as messages:
        check_cache("cython")
        prefs.codegen.max_cache_dir_size = 0
        check_cache("numpy")
        clear_cache("cython")
        check_cache()
    assert [(m[0], m[1].rpartition(".")[2]) for m in messages] == [
        ("INFO", "cache_size"), ("WARNING", "cache_size"), ("INFO", "cache_size"),
    ]  # fmt: skip
    assert "1 entries" in messages[0][2]
    assert "0 entries" in messages[2][2]
    for ask in (check_cache, clear_cache):
        with pytest.raises(ValueError, match="nonsense"):
            ask("nonsense")


def test_get_local_namespace():
    """The names of the caller, or of the caller's caller; local ones win."""
    pytest_ = "local"

    def inner():
        return get_local_namespace(0), get_local_namespace(level=1)

    own, outer = inner()
    assert "pytest_" not in own
    assert outer["pytest_"] == pytest_
    assert own["np"] is outer["np"] is np
    pytest_ = outer["__name__"]
    assert pytest_ == __name__
    assert get_local_namespace()["pytest_"] == pytest_


def test_the_old_name_of_the_preferences_says_the_new_one():
    """Scripts of before 2013 use it."""
    with pytest.raises(AttributeError, match=r"write prefs\.codegen"):
        brian_prefs.codegen  # noqa: B018
    with pytest.raises(AttributeError, match=r"prefs\.weave = 3"):
        brian_prefs.weave = 3


@pytest.mark.parametrize("target", ["c", "numpy"])
@pytest.mark.parametrize(
    ("legacy", "dt", "period", "number"),
    [
        (False, 0.1, 0.3, 67), (False, 0.1, 0.7, 29), (False, 0.25, 1.0, 20),
        (True, 0.1, 0.3, 54), (True, 0.1, 0.7, 27), (True, 0.25, 1.0, 18),
    ],
)  # fmt: skip
def test_refractory_timing(target, legacy, dt, period, number):
    """The old way compares times as numbers, and is a step late; counts are those of Brian2."""
    prefs.codegen.target = target
    prefs.legacy.refractory_timing = legacy
    group = NeuronGroup(
        1,
        "dv/dt = 1/ms : 1 (unless refractory)",
        threshold="v > 0.05",
        reset="v = 0",
        refractory=period * ms,
        method="euler",
        dt=dt * ms,
    )
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(20 * ms)
    assert spikes.num_spikes == number


def test_the_preference_moves_the_cache(tmp_path, monkeypatch):
    """What is compiled goes there; None leaves it to the environment again."""
    monkeypatch.setenv("BRAINSIM_CACHE_DIR", str(tmp_path / "environment"))
    prefs.codegen.runtime.cython.cache_dir = str(tmp_path / "preference")
    prefs.codegen.target = "c"
    Network(NeuronGroup(1, "dx/dt = -x/(1*ms) : 1", method="euler")).run(0.1 * ms)
    assert any((tmp_path / "preference").rglob("*.so"))
    assert not (tmp_path / "environment").exists()
    prefs.codegen.runtime.cython.cache_dir = None
    Network(NeuronGroup(1, "dx/dt = -x/(1*ms) : 1", method="euler")).run(0.1 * ms)
    assert (tmp_path / "environment").exists()


@pytest.mark.skipif(
    platform.machine().lower() not in {"x86_64", "amd64", "arm64", "aarch64"},
    reason="other processors have other modes, or none",
)
@pytest.mark.parametrize("target", ["c", "cython"])
def test_numbers_below_the_smallest_normal_one_are_zero_on_demand(target):
    """In compiled code only: NumPy keeps them before, after and in another network."""
    prefs.codegen.target = target
    smallest = np.finfo(float).tiny
    found = {}
    for flush in (True, False):
        prefs.codegen.generators.cpp.flush_denormals = flush
        group = NeuronGroup(1, "x : 1")
        group.run_regularly("x = 0.5*x")
        group.x = smallest
        Network(group).run(0.1 * ms)
        found[flush] = float(group.x[0])
        assert smallest * np.array([0.5])[0] > 0
    assert found == {True: 0.0, False: 0.5 * smallest}
