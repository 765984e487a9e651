"""Sweeps give the same dataset by any executor, in any order, and however they were disturbed."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sweeping
from sweeping import GRID, MEASURE, REPEATS, SEED

import brainsim as b
from brainsim import Hz, ms, mV, second
from brainsim.devices.standalone.built import BuiltNetwork
from brainsim.errors import SweepError
from brainsim.sweeps.measuring import Measure, fingerprint
from brainsim.sweeps.plan import make_plan

xr = pytest.importorskip("xarray")
pytestmark = pytest.mark.skipif(
    shutil.which("make") is None or shutil.which("g++") is None, reason="needs make and g++"
)
SCRIPT = Path(sweeping.__file__)
RUNS = 8


class Nobody(Executor):
    """Does nothing, and fails a test that asks it to."""

    def submit(self, *_args: Any, **_options: Any) -> Future[Any]:
        raise AssertionError("everything had been done")


class Backwards(Executor):
    """Does what it was given from the last to the first, when it is asked for the last one."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Any]] = []

    def submit(self, function: Any, /, *args: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, functools.partial(function, *args, **options)))
        if len(self.waiting) == RUNS:
            for each, call in reversed(self.waiting):
                each.set_result(call())
        return future


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> BuiltNetwork:
    """A program in a folder whose name has a space and a letter beyond ASCII."""
    return sweeping.build(tmp_path_factory.mktemp("net") / "ein Prögramm")


@pytest.fixture(scope="module")
def undisturbed(program) -> Any:
    """The dataset of a sweep in one thread."""
    return swept(program, executor=1)


def swept(program: BuiltNetwork, **options: Any) -> Any:
    """Return the dataset of the sweep of this module."""
    given = {"repeats": REPEATS, "seed": SEED, "measure": MEASURE, **options}
    return b.sweep(program, GRID, **given)


def assert_same_bits(one: Any, other: Any) -> None:
    """Check that two datasets are the same, bit for bit."""
    assert one.identical(other)
    for name, variable in one.variables.items():
        assert variable.dtype == other[name].dtype, name
        assert variable.values.tobytes() == other[name].values.tobytes(), name


def start(kind: str, program: BuiltNetwork, out: Path, *before: str) -> subprocess.Popen[str]:
    """Start the sweep in a process with a group of its own."""
    words = [*before, str(SCRIPT), kind, str(program.folder), str(out)]
    search = [str(Path(b.__file__).parents[1]), str(SCRIPT.parent)]
    return subprocess.Popen(
        words,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(search),
            # mpirun asks whether root may use it, also in containers
            "OMPI_ALLOW_RUN_AS_ROOT": "1",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def complete(out: Path) -> list[Path]:
    """Return the folders of complete runs."""
    return sorted(path for path in out.glob("run-*") if ".part" not in path.name)


def wait_for(number: int, out: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a sweep has completed some runs."""
    while len(complete(out)) < number:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.005)


def children(parent: int) -> list[int]:
    """Return the processes that a process has started, where that can be found out."""
    files = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(word) for file in files for word in file.read_text().split()]


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill a process and those that it started in its group."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


# ------------------------------------------------------------------------------ what comes out


def test_the_dataset_has_the_grid_and_units(undisturbed):
    assert dict(undisturbed.sizes) == {
        "tau": 2,
        "neurons.drive": 2,
        "repeat": REPEATS,
        "final_0": 20,
    }
    assert undisturbed.tau.values.tolist() == [5e-3, 1e-2]
    assert undisturbed.tau.attrs == {"units": "s"}
    assert undisturbed["neurons.drive"].attrs == {"units": "1"}
    assert undisturbed.rate.attrs == {"units": "Hz"}
    assert undisturbed["count"].dtype.kind == "i"
    assert undisturbed.final.dims == ("tau", "neurons.drive", "repeat", "final_0")
    assert undisturbed.attrs == {"sweep_seed": SEED, "failures": []}
    # the runs differ: neither streams nor parameters are used twice
    assert len(np.unique(undisturbed.final.values[..., 0])) == RUNS
    assert len(np.unique(undisturbed.seed.values)) == RUNS


def test_each_run_can_be_done_alone(program, undisturbed):
    """With the parameters and the seed that the dataset has for it."""
    for tau in (0, 1):
        for repeat in range(REPEATS):
            at = {"tau": tau, "neurons.drive": 1, "repeat": repeat}
            place = undisturbed.isel(at)
            alone = program.run(
                {"tau": float(place.tau) * second, "drive": float(place["neurons.drive"])},
                seed=int(place.seed),
            )
            assert alone["spikes"].num_spikes == int(place["count"])
            assert alone["neurons"].v_.tobytes() == place.final.values.tobytes()


def test_repeats_are_added_to_those_there_are(program, undisturbed, tmp_path):
    few = swept(program, repeats=1, out=tmp_path)
    old = {path: path.stat().st_mtime_ns for path in complete(tmp_path)}
    assert few.final.values.tobytes() == undisturbed.final.values[:, :, :1].tobytes()
    assert_same_bits(swept(program, out=tmp_path), undisturbed)
    assert len(old) == 4
    assert all(path.stat().st_mtime_ns == then for path, then in old.items())


def test_a_list_of_points_and_parameters_of_all_runs(program, undisturbed):
    points = [{"tau": 5 * ms}, {"tau": 10 * ms}, {"tau": 20 * ms}]
    found = b.sweep(program, points, 1, SEED, params={"drive": 1.2}, measure=MEASURE)
    assert dict(found.sizes) == {"point": 3, "repeat": 1, "final_0": 20}
    assert found.tau.dims == ("point",)
    assert found.tau.values.tolist() == [5e-3, 1e-2, 2e-2]
    # run k has its seed whatever its parameters are
    assert int(found.seed[2, 0]) == int(undisturbed.seed[1, 0, 0])


@pytest.mark.parametrize("many", [5, 1000])
def test_values_for_each_element(program, tmp_path, monkeypatch, many):
    """Also more of them than a command line takes, which go to a file."""
    monkeypatch.setattr("brainsim.devices.standalone.built._MANY", many)
    drives = [np.linspace(0, 1.5, 20), np.full(20, 1.2)]
    found = b.sweep(program, {"neurons.drive": drives}, measure=["spikes.count"])
    assert found["neurons.drive_values"].shape == (2, 20)
    assert found["neurons.drive_values"].dims == ("neurons.drive", "neurons.drive_element")
    alone = program.run({"drive": drives[0]}, seed=int(found.seed[0, 0]))
    assert found["spikes.count"].values[0, 0].tolist() == alone["spikes"].count_.tolist()
    script = b.write_slurm_script(program, {"neurons.drive": drives}, out=tmp_path)
    assert [run_task(script, number).returncode for number in "01"] == [0, 0]
    assert (tmp_path / "values").exists() == (many == 5)
    options = {"measure": ["spikes.count"], "out": tmp_path}
    assert_same_bits(b.sweep(program, {"neurons.drive": drives}, **options), found)


def test_events_are_counted_unless_something_else_is_asked_for(program, undisturbed):
    found = swept(program, measure=None)
    assert list(found.data_vars) == ["spikes"]
    assert found.spikes.values.tolist() == undisturbed["count"].values.tolist()


def test_duration_and_threads(program):
    grid = {"tau": [5 * ms]}
    measure = {"latest": sweeping.latest}
    options = {"params": {"drive": 1.2}, "duration": 100 * ms, "threads": 2}
    found = b.sweep(program, grid, measure=measure, **options)
    # the program was built for 30 ms
    assert 0.03 < float(found.latest[0, 0]) < 0.1
    assert found.latest.attrs == {"units": "s"}


# ------------------------------------------------------------------------------ executors


@pytest.mark.parametrize(
    "executor",
    [
        None,
        3,
        functools.partial(ThreadPoolExecutor, 2),
        functools.partial(ProcessPoolExecutor, 2),
        Backwards,
    ],
    ids=["default", "three", "new threads", "new processes", "new backwards"],
)
def test_workers_and_their_order_do_not_matter(program, undisturbed, executor):
    if executor is Backwards:
        executor = Backwards()
    assert_same_bits(swept(program, executor=executor), undisturbed)


def test_an_executor_of_the_user_stays_open(program, undisturbed):
    with ThreadPoolExecutor(2) as executor:
        assert_same_bits(swept(program, executor=executor), undisturbed)
        assert executor.submit(int, "7").result() == 7


def in_another_process(kind: str, program: BuiltNetwork, out: Path, *before: str) -> Any:
    """Do the sweep in a process; return what it has left, of which nothing is done again."""
    process = start(kind, program, out, *before)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return swept(program, out=out, executor=Nobody())


def test_a_pool_of_processes(program, undisturbed, tmp_path):
    assert_same_bits(
        in_another_process("processes", program, tmp_path, sys.executable), undisturbed
    )


@pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="needs distributed")
def test_dask(program, undisturbed, tmp_path):
    """Two worker processes."""
    assert_same_bits(in_another_process("dask", program, tmp_path, sys.executable), undisturbed)


@pytest.mark.skipif(
    importlib.util.find_spec("mpi4py") is None or shutil.which("mpirun") is None,
    reason="needs mpi4py and mpirun, see tests/install_mpi.sh",
)
def test_mpi(program, undisturbed, tmp_path):
    """Two workers and the process that gives them work."""
    words = ["mpirun", "--oversubscribe", "-n", "3", sys.executable, "-m", "mpi4py.futures"]
    assert_same_bits(in_another_process("mpi", program, tmp_path, *words), undisturbed)


@pytest.mark.parametrize("wrong", ["two", 1.5, object()])
def test_what_is_no_executor_is_refused(program, wrong):
    with pytest.raises(TypeError, match="has no submit"):
        swept(program, executor=wrong)


# ------------------------------------------------------------------------------ disturbances


def value_of(undisturbed: Any, tau: int, drive: int, repeat: int) -> float:
    """Return what a run can be told by: the last value of its first neuron."""
    return float(undisturbed.final.values[tau, drive, repeat, 0])


def test_a_killed_worker_costs_its_run(program, undisturbed, tmp_path):
    last = value_of(undisturbed, 1, 0, 0)
    measure = {"deadly": functools.partial(sweeping.deadly, str(tmp_path / "flag"), last)}
    out = tmp_path / "out"
    make = functools.partial(ProcessPoolExecutor, 2)
    found = swept(program, executor=make, measure=measure, out=out)
    assert (tmp_path / "flag").exists()
    assert found.deadly.values.tolist() == undisturbed["count"].values.tolist()
    assert found.attrs == undisturbed.attrs
    assert len(complete(out)) == len(list(out.glob("run-*"))) == RUNS


def test_a_pool_of_the_user_that_breaks_is_not_the_end(program, undisturbed, tmp_path):
    """Those who own the pool are told, and go on with a new one."""
    last = value_of(undisturbed, 1, 0, 0)
    measure = {"deadly": functools.partial(sweeping.deadly, str(tmp_path / "flag"), last)}
    options = {"measure": measure, "out": tmp_path / "out"}
    with ProcessPoolExecutor(1) as pool, pytest.raises(BrokenExecutor, match="call sweep again"):
        swept(program, executor=pool, **options)
    assert 0 < len(complete(tmp_path / "out")) < RUNS
    with ProcessPoolExecutor(1) as pool:
        found = swept(program, executor=pool, **options)
    assert found.deadly.values.tolist() == undisturbed["count"].values.tolist()


def test_a_run_that_always_kills_its_worker_fails_alone(program, undisturbed):
    measure = {"deadly": functools.partial(sweeping.always_deadly, value_of(undisturbed, 0, 1, 1))}
    found = swept(program, executor=functools.partial(ProcessPoolExecutor, 2), measure=measure)
    expected = undisturbed["count"].values.astype(float)
    expected[0, 1, 1] = np.nan
    assert np.array_equal(found.deadly.values, expected, equal_nan=True)
    # points have their first runs before they have their second
    assert found.attrs["failures"] == ["run 5: its worker has died 3 times"]


def killing(folder: Path, times: int) -> None:
    """Have the first programs be killed before they do anything."""
    folder.mkdir()
    flags = " || ".join(f"mkdir '{folder}/{k}' 2>/dev/null" for k in range(times))
    script = folder / "main.sh"
    script.write_text(f'#!/bin/sh\nif {flags}; then kill -9 $$; fi\nexec ./main "$@"\n')
    script.chmod(0o755)
    b.prefs.devices.cpp_standalone.run_cmd_unix = str(script)


def test_a_killed_program_is_run_again(program, undisturbed, tmp_path):
    killing(tmp_path / "two", 2)
    assert_same_bits(swept(program, executor=1), undisturbed)
    assert len(list((tmp_path / "two").iterdir())) == 3


def test_a_program_that_is_killed_again_and_again_has_failed(program, tmp_path):
    killing(tmp_path / "three", 3)
    found = swept(program, executor=1)
    assert found.attrs["failures"] == ["run 0: ProgramError: the program ended with the status -9"]
    assert np.isnan(found["count"].values).sum() == 1


@pytest.mark.parametrize("kind", ["slow", "slow processes"])
def test_a_killed_sweep_goes_on(program, undisturbed, tmp_path, kind):
    """What it had completed is not done again, and the dataset is that of an undisturbed one.

    A worker of the pool is killed before.
    """
    measure = {"slowly": sweeping.slowly}
    whole = swept(program, measure=measure, executor=1)
    process = start(kind, program, tmp_path, sys.executable)
    wait_for(2, tmp_path, process)
    if kind == "slow processes" and children(process.pid):
        os.kill(children(process.pid)[0], signal.SIGKILL)
        wait_for(3, tmp_path, process)
    kill_group(process)
    before = {path: (path / "results.bin").stat().st_mtime_ns for path in complete(tmp_path)}
    assert 2 <= len(before) < RUNS
    assert_same_bits(swept(program, measure=measure, out=tmp_path), whole)
    after = {path: (path / "results.bin").stat().st_mtime_ns for path in complete(tmp_path)}
    assert before.items() <= after.items()
    assert whole.slowly.values.tolist() == undisturbed["count"].values.tolist()


def programs(out: Path) -> int:
    """Return how many programs are running whose results go to a folder."""
    found = 0
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        # processes come and go
        with contextlib.suppress(OSError):
            words = line.read_bytes().split(b"\0")
            found += words[0] == b"./main" and any(str(out).encode() in word for word in words)
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_programs_end_with_the_sweep_and_no_run_is_half_done(program, tmp_path, number):
    process = start("endless", program, tmp_path, sys.executable)
    while programs(tmp_path) < 2:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)
    process.send_signal(number)
    said, _ = process.communicate()
    assert process.returncode != 0
    assert number == signal.SIGKILL or "KeyboardInterrupt" in said
    while programs(tmp_path):
        time.sleep(0.01)
    assert not complete(tmp_path)


def test_a_program_that_was_told_to_end_has_no_result(program, tmp_path):
    """It leaves what it has reached, which is not what was asked for."""
    script = tmp_path / "main.sh"
    script.write_text('#!/bin/sh\n./main "$@" &\nsleep 0.3\nkill $!\nwait $!\n')
    script.chmod(0o755)
    b.prefs.devices.cpp_standalone.run_cmd_unix = str(script)
    with pytest.raises(SweepError, match="stopped before it had come to its end"):
        b.sweep(program, {"tau": [5 * ms]}, duration=1e7 * second)


# ------------------------------------------------------------------------------ failures


def choosy(results: Any) -> Any:
    """Refuse what has few spikes."""
    if results["spikes"].num_spikes < 40:
        raise RuntimeError("too few spikes")
    return results["spikes"].num_spikes


def test_failed_runs_are_nan_and_named(program, undisturbed, tmp_path):
    counts = undisturbed["count"].values
    few = counts < 40
    assert 0 < few.sum() < RUNS
    found = swept(program, measure={"choosy": choosy}, out=tmp_path)
    assert np.array_equal(found.choosy.values, np.where(few, np.nan, counts), equal_nan=True)
    assert len(found.attrs["failures"]) == few.sum()
    assert all("RuntimeError: too few spikes" in text for text in found.attrs["failures"])
    assert len(list(tmp_path.glob("run-*"))) == RUNS - few.sum()
    with pytest.raises(SweepError, match=rf"{few.sum()} of 8 runs have failed\nrun \d"):
        swept(program, measure={"choosy": choosy}, out=tmp_path, strict=True)


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        ({"x": lambda _results: "three"}, "'x' is no number"),
        ({"x": lambda results: results["spike"]}, "did you mean 'spikes'"),
        ({"x": lambda _results: 1 // 0}, "ZeroDivisionError"),
    ],
)
def test_where_all_runs_fail_that_is_an_error(program, measure, message):
    with pytest.raises(SweepError, match=message):
        b.sweep(program, {"tau": [5 * ms]}, measure=measure)


def test_arrays_differ_in_shape(program):
    with pytest.raises(ValueError, match=r"'spikes.t' differs in shape between runs: \(\d+,\) and"):
        b.sweep(program, {"neurons.drive": [0.5, 1.5]}, measure=["spikes.t"])


@pytest.mark.parametrize(
    ("grid", "options", "error", "message"),
    [
        ({"taau": [5 * ms]}, {}, KeyError, "did you mean"),
        ({"tau": [5 * mV]}, {}, b.DimensionMismatchError, "neurons.tau"),
        ({"tau": [5 * ms, 3]}, {}, b.DimensionMismatchError, "neurons.tau"),
        ({"tau": 5 * ms}, {}, TypeError, "a sequence of values"),
        ({"tau": []}, {}, TypeError, "a sequence of values"),
        ({"tau": "5*ms"}, {}, TypeError, "a sequence of values"),
        (["tau"], {}, TypeError, "a list of mappings"),
        ([], {}, ValueError, "no points"),
        ([{"tau": 5 * ms}, {"drive": 1}], {}, ValueError, "the same parameters"),
        ({"drive": [1, [1] * 20]}, {}, ValueError, "must all be numbers"),
        ({"tau": [5 * ms], "neurons.tau": [5 * ms]}, {}, ValueError, "given twice"),
        ({"tau": [5 * ms]}, {"params": {"neurons.tau": 5 * ms}}, ValueError, "given twice"),
        ({"tau": [5 * ms]}, {"params": {"drive": 5 * ms}}, b.DimensionMismatchError, "drive"),
        ({"neurons.dt": [5 * ms]}, {}, TypeError, "the step size is fixed"),
        ({"drive": [[1] * 19]}, {}, ValueError, "its 20 elements, not 19"),
        ({"tau": [5 * ms]}, {"repeats": 0}, ValueError, "at least one run"),
        ({"tau": [5 * ms]}, {"duration": -1 * ms}, ValueError, "negative"),
        ({"tau": [5 * ms]}, {"duration": 3}, b.DimensionMismatchError, "duration"),
        ({"tau": [5 * ms]}, {"measure": ["spike.count"]}, KeyError, "did you mean 'spikes'"),
        ({"tau": [5 * ms]}, {"measure": ["spikes.cuont"]}, KeyError, "did you mean 'count'"),
        ({"tau": [5 * ms]}, {"measure": "spikes.count"}, TypeError, "a mapping name"),
        ({"tau": [5 * ms]}, {"measure": {"x": 3}}, TypeError, "a mapping name"),
        ({"tau": [5 * ms]}, {"measure": {"tau": choosy}}, ValueError, "another name"),
        ({"tau": [5 * ms]}, {"measure": {"seed": choosy}}, ValueError, "another name"),
    ],
)
def test_mistakes_are_found_before_anything_runs(program, grid, options, error, message, tmp_path):
    with pytest.raises(error, match=message):
        b.sweep(program, grid, out=tmp_path / "out", executor=Nobody(), **options)
    assert not list(tmp_path.glob("out/run-*"))


def test_a_network_that_is_not_built_is_refused():
    with pytest.raises(TypeError, match=r"net.build\(duration"):
        b.sweep(b.Network(), {"tau": [5 * ms]})


def test_without_xarray_the_message_says_how_to_get_it(program, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r"brainsim-snn\[sweep\]"):
        swept(program, executor=Nobody())


# ------------------------------------------------------------------------------ the folder


def test_the_same_script_builds_the_same_program(program, tmp_path):
    """So that a sweep goes on where the script is started again."""
    plans = [
        make_plan(one, GRID, 1, SEED, None, None, 1)
        for one in (program, sweeping.build(tmp_path / "again"))
    ]
    assert plans[0].identity() == plans[1].identity()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"seed": 6}, "seed"),
        ({"duration": 3 * ms}, "duration"),
        ({"params": {"slope": 20 * Hz}}, "points"),
    ],
)
def test_runs_of_another_sweep_are_not_used(program, tmp_path, change, what):
    first = swept(program, out=tmp_path)
    with pytest.raises(ValueError, match=rf"another sweep: its {what} is not the same"):
        swept(program, out=tmp_path, **change)
    other = swept(program, out=tmp_path, resume=False, **change)
    assert not other.equals(first)
    assert len(complete(tmp_path)) == RUNS


def test_something_else_is_measured_without_running_again(program, undisturbed, tmp_path):
    swept(program, out=tmp_path, measure={"rate": sweeping.rate})
    b.prefs.devices.cpp_standalone.run_cmd_unix = "false"
    assert_same_bits(swept(program, out=tmp_path), undisturbed)


def test_results_need_not_stay(program, undisturbed, tmp_path):
    """Then other things are measured by running again."""
    found = swept(program, out=tmp_path, keep=False)
    assert_same_bits(found, undisturbed)
    assert not list(tmp_path.glob("*/results.bin"))
    assert_same_bits(swept(program, out=tmp_path, executor=Nobody()), undisturbed)
    again = swept(program, out=tmp_path, measure={"rate": sweeping.rate})
    assert again.rate.values.tobytes() == undisturbed.rate.values.tobytes()


@pytest.mark.parametrize("data", [b"PK\3\4 nothing", b"", b"nothing"])
def test_a_damaged_file_of_values_is_measured_again(program, undisturbed, tmp_path, data):
    swept(program, out=tmp_path)
    (tmp_path / "run-00003" / "measured.npz").write_bytes(data)
    assert_same_bits(swept(program, out=tmp_path), undisturbed)


def test_functions_are_told_apart_by_their_code():
    def of(what: Any) -> str:
        return fingerprint([Measure("x", what)])

    def again(results: Any) -> Any:
        return again(results)

    def power(exponent: Any) -> Any:
        return lambda results: len(results) ** exponent

    assert of(lambda results: len(results) + 1) == of(lambda results: len(results) + 1)
    assert of(lambda results: len(results) + 1) != of(lambda results: len(results) + 2)
    assert of(lambda results: len(results) + 1) != of(lambda results: sum(results) + 1)
    assert of(power(2)) != of(power(3))
    assert of(power(2)) == of(power(2))
    # also what they hold, whichever process it is in
    assert of(power(choosy)) == of(power(choosy)) != of(power(of))
    assert of(power(np.ones(3))) == of(power(np.ones(3))) != of(power(np.ones(4)))
    assert of(functools.partial(max, 1)) != of(functools.partial(max, 2))
    assert of("a.b") != of("a.c")
    assert of(again) == of(again)
    assert of(len) == of(len)


# ------------------------------------------------------------------------------ reports, SLURM


def test_reports_count_the_runs_of_the_whole_sweep(program, tmp_path, capsys):
    calls: list[tuple[float, int, int]] = []

    def note(_elapsed: Any, completed: float, before: Any, runs: Any) -> None:
        calls.append((completed, int(before), int(runs)))

    swept(program, repeats=1, out=tmp_path, report=note, report_period=0 * ms)
    assert [round(completed * 4) for completed, *_ in calls] == [0, 1, 2, 3, 4, 4]
    swept(program, out=tmp_path, report="text", report_period=0 * ms)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Starting 8 runs, 4 of which are there"
    assert said[1].startswith("5 of 8 runs (62%) in ")
    assert said[-1].startswith("8 of 8 runs (100%) in ")
    swept(program, out=tmp_path, report="bar", measure=None)
    assert "8/8 runs" in capsys.readouterr().err


def tasks_of(script: Path) -> list[str]:
    """Return the numbers of the tasks that a script asks for."""
    (line,) = (one for one in script.read_text().splitlines() if one.startswith("#SBATCH --array="))
    first, last = line.partition("=")[2].split("-")
    return [str(k) for k in range(int(first), int(last) + 1)]


def run_task(script: Path, number: str) -> subprocess.CompletedProcess[str]:
    """Run one task as SLURM would, from elsewhere and without Python to be found."""
    return subprocess.run(
        ["/bin/sh", str(script)],
        env={"SLURM_ARRAY_TASK_ID": number, "SLURM_JOB_ID": "17", "PATH": "/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("per_task", [1, 3])
def test_a_script_for_slurm_leaves_what_the_sweep_collects(
    program, undisturbed, tmp_path, per_task
):
    out = tmp_path / "Läufe 'hier' $HOME"
    script = b.write_slurm_script(
        program, GRID, REPEATS, SEED, out, runs_per_task=per_task, options=["--time=1:00:00"]
    )
    assert "#SBATCH --time=1:00:00\n" in script.read_text()
    numbers = tasks_of(script)
    assert len(numbers) == -(-RUNS // per_task)
    for number in reversed(numbers):
        done = run_task(script, number)
        assert done.returncode == 0, done.stderr
    assert len(complete(out)) == len(list(out.glob("run-*"))) == RUNS
    b.prefs.devices.cpp_standalone.run_cmd_unix = "false"
    assert_same_bits(swept(program, out=out), undisturbed)


def test_tasks_for_slurm_do_what_is_missing_and_the_sweep_the_rest(program, undisturbed, tmp_path):
    script = b.write_slurm_script(program, GRID, REPEATS, SEED, tmp_path)
    for number in ("1", "2"):
        assert run_task(script, number).returncode == 0
    stamp = (tmp_path / "run-00001" / "results.bin").stat().st_mtime_ns
    assert run_task(script, "1").returncode == 0
    assert_same_bits(swept(program, out=tmp_path), undisturbed)
    assert (tmp_path / "run-00001" / "results.bin").stat().st_mtime_ns == stamp


def test_a_failed_task_for_slurm_says_so_and_leaves_no_run(program, tmp_path):
    script = b.write_slurm_script(program, {"drive": [1.0]}, out=tmp_path)
    lines = tmp_path / "runs.txt"
    lines.write_text(lines.read_text().replace("drive", "drove"))
    done = run_task(script, "0")
    assert done.returncode == 1
    assert "run-00000 has failed" in done.stderr
    assert "drove" in done.stderr
    assert not complete(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runs_per_task": 0}, "at least one run"),
        ({"options": ["--time=1\nrm -r /"]}, "line ends"),
        ({"out": "a\tb"}, "tabs"),
    ],
)
def test_what_cannot_stand_in_a_script_is_refused(program, options, message):
    with pytest.raises(ValueError, match=message):
        b.write_slurm_script(program, GRID, **options)
