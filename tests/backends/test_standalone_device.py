"""The device `cpp_standalone`: building, several runs, other values, results, and refusals."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import brainsim as b
from brainsim.devices.standalone.building import ProgramError
from brainsim.devices.standalone.statefile import StateFileError, read_state, write_state
from brainsim.errors import CompilerError

needs_compiler = pytest.mark.skipif(
    shutil.which("make") is None or shutil.which("g++") is None, reason="needs make and g++"
)
MS = b.ms
MAKE, CMAKE = shutil.which("make") or "", shutil.which("cmake") or ""


@pytest.fixture(autouse=True)
def runtime_afterwards() -> Iterator[None]:
    """Every test begins and ends with the runtime device."""
    b.prefs.codegen.target = "c"
    b.set_device("runtime")
    yield
    b.all_devices["cpp_standalone"].reinit()
    b.set_device("runtime")
    b.prefs.reset_to_defaults()


def standalone(**options: Any) -> Any:
    """Write programs from now on; return the device."""
    b.set_device("cpp_standalone", **options)
    device = b.get_device()
    device.reinit()
    return device


def network(drive: float = 1.3, tau: Any = 10 * MS) -> tuple[b.Network, Any, Any]:
    """Return a network of noisy neurons, its group and its spikes."""
    b.start_scope()
    b.seed(5)
    b.defaultclock.dt = 0.1 * MS
    neurons = b.NeuronGroup(
        20,
        """dv/dt = (drive - v)/tau + 0.1*xi/sqrt(tau) : 1 (unless refractory)
           drive : 1
           tau : second (constant, shared)""",
        threshold="v > 1",
        reset="v = 0",
        refractory=2 * MS,
        method="euler",
        name="neurons",
    )
    neurons.drive, neurons.tau = drive, tau
    neurons.v = "rand()"
    spikes = b.SpikeMonitor(neurons, name="spikes")
    return b.Network(neurons, spikes), neurons, spikes


def times(spikes: Any) -> bytes:
    return np.array(spikes.t_[:]).tobytes() + np.array(spikes.i[:]).tobytes()


# ------------------------------------------------------------------------------- the device in use


@pytest.mark.row("22 set_device")
def test_the_device_in_use_and_the_one_before():
    assert b.get_device() is b.all_devices["runtime"]
    b.set_device("cpp_standalone", directory="somewhere", build_on_run=False)
    chosen = b.get_device()
    assert chosen is b.all_devices["cpp_standalone"]
    assert (chosen.build_on_run, chosen.options) == (False, {"directory": "somewhere"})
    b.set_device("runtime")
    b.reset_device()
    assert b.get_device() is chosen
    assert (chosen.build_on_run, chosen.options) == (False, {"directory": "somewhere"})


def test_an_unknown_device_is_named():
    with pytest.raises(KeyError, match="did you mean 'cpp_standalone'"):
        b.set_device("cpp_standalon")


def test_what_the_runtime_device_lacks_is_ignored_with_a_warning(caplog):
    assert b.device.build(directory="x", compile=True) is not None
    assert "nothing called 'build'" in caplog.text
    assert not Path("x").exists()
    with pytest.raises(AttributeError):
        b.device._private  # noqa: B018


# ------------------------------------------------------------------------------------- state files


def test_state_files_give_back_what_was_written(tmp_path):
    arrays = {
        "a": np.arange(7.0),
        "no elements": np.zeros(0, np.int32),
        "β": np.array([True, False]),
        "targets": np.arange(100, dtype=np.uint16),
    }
    write_state(tmp_path / "s.bin", arrays)
    found = read_state(tmp_path / "s.bin")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("keep", [0, 10, 30, 100])
def test_damaged_state_files_are_refused(tmp_path, keep):
    path = tmp_path / "s.bin"
    write_state(path, {"a": np.arange(7.0)})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(StateFileError):
        read_state(path)


# ----------------------------------------------------------------------------------- one program


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, bytes]:
    """A program in a folder whose name needs care, and the spikes it must give."""
    if shutil.which("make") is None or shutil.which("g++") is None:
        pytest.skip("needs make and g++")
    b.set_device("runtime")
    net, _, spikes = network()
    net.run(30 * MS)
    expected = times(spikes)
    folder = tmp_path_factory.mktemp("project") / "a folder é"
    device = standalone(directory=folder)
    net, _, spikes = network()
    net.run(30 * MS)
    assert times(spikes) == expected
    device.reinit()
    b.set_device("runtime")
    return folder, expected


def run_by_hand(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["./main", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_copied_project_is_built_by_make_alone(built, tmp_path):
    """Its results are read back without the network."""
    folder, expected = built
    copy = tmp_path / "elsewhere ü"
    shutil.copytree(folder, copy)
    subprocess.run([MAKE, "clean"], cwd=copy, check=True, capture_output=True)
    shutil.rmtree(copy / "results")
    made = subprocess.run([MAKE, "-j2"], cwd=copy, check=True, capture_output=True, text=True)
    assert "warning" not in made.stdout + made.stderr
    assert run_by_hand(copy).returncode == 0
    found = b.load_results(copy)
    assert times(found["spikes"]) == expected
    assert found["spikes"].num_spikes == len(found["spikes"].t)
    assert b.have_same_dimensions(found["spikes"].t, b.second)
    trains = found["spikes"].spike_trains()
    assert sum(map(len, trains.values())) == found["spikes"].num_spikes
    assert found["neurons"].v.shape == (20,)
    assert found["neurons"].tau == 10 * MS
    with pytest.raises(KeyError, match="did you mean 'neurons'"):
        found["neuron"]
    with pytest.raises(AttributeError, match="have no 'w'"):
        found["neurons"].w  # noqa: B018


def test_results_that_are_not_there(tmp_path, built):
    folder, _ = built
    with pytest.raises(FileNotFoundError, match="no project"):
        b.load_results(tmp_path)
    with pytest.raises(FileNotFoundError, match="no results"):
        b.load_results(folder, "nowhere")


def test_options_of_the_command_line(built):
    folder, expected = built
    assert run_by_hand(folder, "--threads", "3", "--out=three/deep").returncode == 0
    assert times(b.load_results(folder, "three/deep")["spikes"]) == expected
    assert run_by_hand(folder, "--duration", "10e-3", "--out", "short").returncode == 0
    short = b.load_results(folder, "short")["spikes"]
    whole = b.load_results(folder)["spikes"]
    assert 0 < short.num_spikes < whole.num_spikes
    assert np.array_equal(short.t_, whole.t_[whole.t_ < 9.95e-3])
    assert run_by_hand(folder, "--set", "neurons.drive=0.0", "--out", "still").returncode == 0
    assert b.load_results(folder, "still")["spikes"].num_spikes < short.num_spikes
    shown = run_by_hand(folder, "--help").stdout
    assert "neurons.drive" in shown
    assert "--threads" in shown
    told = run_by_hand(folder, "--progress", "--out", "told").stdout
    assert "100 % done" in told


def test_another_seed_is_that_of_the_runtime(built):
    """The draws while running follow from it; the values at the start are in the state file."""
    folder, expected = built
    assert run_by_hand(folder, "--seed", "5", "--out", "same").returncode == 0
    assert times(b.load_results(folder, "same")["spikes"]) == expected
    assert run_by_hand(folder, "--seed", "6", "--out", "other").returncode == 0
    assert times(b.load_results(folder, "other")["spikes"]) != expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "neurons.w=1"], "no parameter 'neurons.w'"),
        (["--set", "neurons.drive=1,2"], "one for each of its 20 elements, not 2"),
        (["--set", "neurons.drive=much"], "takes a number"),
        (["--set", "neurons.drive"], "NAME=VALUE"),
        (["--sed", "3"], "no option --sed"),
        (["--seed"], "needs a value"),
        (["--duration", "-1"], "at least 0"),
        (["--state", "main.cpp"], "no state file"),
        (["--state", "nothing.bin"], "cannot open nothing.bin"),
        (["--values", "results/seconds.txt"], "no state file"),
    ],
)
def test_wrong_options_are_explained(built, arguments, words):
    done = run_by_hand(built[0], *arguments)
    assert done.returncode == 1
    assert words in done.stderr


def test_ctrl_c_ends_a_program_after_a_step(built):
    """What was reached is in the results."""
    folder, _ = built
    with subprocess.Popen(
        ["./main", "--duration", "1e6", "--out", "stopped"], cwd=folder, stderr=subprocess.PIPE
    ) as running:
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        _, error = running.communicate(timeout=30)
    assert running.returncode == 130
    assert b"stopped after a whole step" in error
    assert b.load_results(folder, "stopped")["spikes"].num_spikes > 100


@pytest.mark.skipif(not CMAKE, reason="needs cmake")
def test_cmake_builds_it_too(built, tmp_path):
    folder, expected = built
    copy = tmp_path / "cmake"
    shutil.copytree(folder, copy)
    for command in ([CMAKE, "-S", ".", "-B", "build"], [CMAKE, "--build", "build"]):
        subprocess.run(command, cwd=copy, check=True, capture_output=True)
    subprocess.run([copy / "build/main", "--state", "state.bin"], cwd=copy, check=True)
    assert times(b.load_results(copy)["spikes"]) == expected


@needs_compiler
@pytest.mark.row("22 OpenMP")
def test_the_preference_sets_the_number_of_threads(tmp_path, capfd):
    """It is that of a tool which the program does not need."""
    b.prefs.devices.cpp_standalone.run_cmd_unix = "/bin/echo"
    b.prefs.devices.cpp_standalone.openmp_threads = 3
    device = standalone(build_on_run=False)
    net, *_ = network()
    net.run(1 * MS)
    with pytest.raises(FileNotFoundError):  # for echo writes no results
        device.build(directory=tmp_path)
    assert "--threads 3" in capfd.readouterr().out
    assert "openmp" not in (tmp_path / "Makefile").read_text()


# ------------------------------------------------------------------------------------ several runs


@needs_compiler
@pytest.mark.row("22 several runs")
def test_several_runs_are_those_of_the_runtime(tmp_path):
    """Values set in between, for all or some; a monitor that begins later; a part that ends."""

    def script(build: Any) -> list[bytes]:
        net, neurons, spikes = network()
        net.run(10 * MS)
        neurons.drive[:10] = 2.0
        neurons.v[3] = 0.5
        later = b.StateMonitor(neurons, "v", record=[0, 3])
        net.add(later)
        net.run(10 * MS)
        neurons.v = np.linspace(0, 0.9, 20)
        neurons.tau = 5 * MS
        later.active = False
        net.run(10 * MS)
        build()
        return [times(spikes), np.array(later.v).tobytes(), np.array(neurons.v[:]).tobytes()]

    expected = script(lambda: None)
    device = standalone(build_on_run=False)
    assert script(lambda: device.build(directory=tmp_path)) == expected
    assert len(device.plan.runs) == 3


@needs_compiler
def test_several_networks_in_one_program(tmp_path):
    def script(build: Any) -> list[bytes]:
        one, _, first = network()
        other = b.NeuronGroup(
            3, "dv/dt = (2 - v)/(5*ms) : 1", threshold="v > 1", reset="v = 0", method="exact"
        )
        second = b.SpikeMonitor(other)
        one.run(10 * MS)
        b.Network(other, second).run(20 * MS)
        one.run(5 * MS)
        build()
        return [times(first), times(second)]

    expected = script(lambda: None)
    device = standalone(build_on_run=False)
    assert script(lambda: device.build(directory=tmp_path)) == expected


@pytest.mark.row("22 reading before the run")
def test_values_of_the_program_are_not_known_before_it_has_run():
    standalone(build_on_run=False)
    net, neurons, spikes = network()
    assert neurons.v[:].shape == (20,)
    net.run(10 * MS)
    assert neurons.drive[0] == 1.3
    for read in (
        lambda: neurons.v[:],
        lambda: neurons.v[2],
        lambda: spikes.t[:],
        lambda: spikes.num_spikes,
        lambda: setattr(neurons, "v", "v + 1"),
    ):
        with pytest.raises(NotImplementedError, match="has not been run yet"):
            read()
    b.defaultclock.dt = 0.2 * MS
    with pytest.raises(NotImplementedError, match="step size"):
        net.run(10 * MS)


@needs_compiler
def test_when_a_program_can_be_built(tmp_path):
    device = standalone(build_on_run=False)
    with pytest.raises(RuntimeError, match="nothing to build"):
        device.build(directory=tmp_path)
    with pytest.raises(RuntimeError, match="no program yet"):
        device.run()
    net, _, spikes = network()
    net.run(5 * MS)
    with pytest.raises(TypeError, match="within the project"):
        device.build(directory=tmp_path, results_directory=str(tmp_path))
    device.build(directory=tmp_path, compile=False)
    assert (tmp_path / "kernels.cpp").exists()
    assert not (tmp_path / "main").exists()
    for again in (lambda: net.run(5 * MS), lambda: device.build(directory=tmp_path)):
        with pytest.raises(RuntimeError, match="has been built"):
            again()
    device.reinit()
    device.activate(directory=tmp_path)
    with pytest.raises(RuntimeError, match="built by run"):
        device.build()
    net, _, spikes = network()
    net.run(5 * MS)
    assert spikes.num_spikes > 0


# ------------------------------------------------------------------------------------ other values


@needs_compiler
@pytest.mark.row("22 device.run")
def test_other_values_without_compiling(tmp_path):
    drives = np.linspace(1, 3, 20)
    net, _, spikes = network(drives, 5 * MS)
    net.run(20 * MS)
    expected = times(spikes)
    device = standalone(directory=tmp_path)
    net, neurons, spikes = network()
    net.run(20 * MS)
    first, program = times(spikes), (tmp_path / "main").stat().st_mtime_ns
    device.run(run_args={neurons.drive: drives, neurons.tau: 5 * MS})
    assert times(spikes) == expected
    device.run()
    assert times(spikes) == first
    device.run(run_args={"neurons.drive": drives, "neurons.tau": 5 * MS})
    assert times(spikes) == expected
    device.run(run_args=["neurons.drive=0", "--threads=2"])
    assert times(spikes) != first
    assert (tmp_path / "main").stat().st_mtime_ns == program
    for wrong, error in (
        ({3: 4}, TypeError),
        ([3], TypeError),
        ({neurons.tau: 5 * b.mV}, b.DimensionMismatchError),
        ({neurons.drive: [1, 2]}, ValueError),
        ({"nobody.v": 1}, KeyError),
    ):
        with pytest.raises(error):
            device.run(run_args=wrong)
    with pytest.raises(NotImplementedError, match="set when the program starts"):
        device.apply_run_args()


@needs_compiler
def test_another_timed_array(tmp_path):
    def spikes_with(values: list[float], run: Any) -> bytes:
        b.start_scope()
        b.defaultclock.dt = 0.1 * MS
        current = b.TimedArray(values, dt=5 * MS)
        neurons = b.NeuronGroup(
            1, "dv/dt = (current(t) - v)/(3*ms) : 1", threshold="v > 1", reset="v = 0",
            method="euler", namespace={"current": current},
        )  # fmt: skip
        spikes = b.SpikeMonitor(neurons)
        b.Network(neurons, spikes).run(15 * MS)
        run(current)
        return times(spikes)

    expected = spikes_with([3.0, 0.0, 2.0], lambda _: None)
    device = standalone(directory=tmp_path)
    found = spikes_with(
        [0.0, 1.0, 0.0], lambda array: device.run(run_args={array: [3.0, 0.0, 2.0]})
    )
    assert found == expected


# ------------------------------------------------------------------------------- refused, and more


@pytest.mark.row("22 not available")
def test_python_in_the_loop_is_refused(tmp_path):
    standalone(directory=tmp_path)
    net, *_ = network()

    @b.network_operation
    def look() -> None:
        pass

    net.add(look)
    with pytest.raises(NotImplementedError, match="Python function that is called while running"):
        net.run(5 * MS)
    net.remove(look)
    with pytest.raises(NotImplementedError, match="report='text'"):
        net.run(5 * MS, report=lambda *_: None)
    assert not (tmp_path / "main").exists()


@needs_compiler
def test_a_compiler_that_fails(tmp_path):
    device = standalone(build_on_run=False)
    net, *_ = network()
    net.run(1 * MS)
    device.insert_code("main", "this is no C++")
    with pytest.raises(CompilerError) as error:
        device.build(directory=tmp_path)
    assert "this is no C++" in error.value.output
    with pytest.raises(ValueError, match="no slot 'middle'"):
        device.insert_code("middle", "")


def test_there_is_no_make(tmp_path):
    device = standalone(build_on_run=False)
    net, *_ = network()
    net.run(1 * MS)
    b.prefs.devices.cpp_standalone.make_cmd_unix = "no-such-make"
    with pytest.raises(CompilerError, match="no-such-make"):
        device.build(directory=tmp_path)


@needs_compiler
def test_code_of_the_user_in_the_main_program(tmp_path, capfd):
    device = standalone(build_on_run=False)
    net, *_ = network()
    net.run(1 * MS)
    for slot in ("main", "before_start", "after_start", "before_network_run", "after_network_run",
                 "before_end", "after_end"):  # fmt: skip
        device.insert_code(slot, f'std::puts("at {slot}");')
    device.build(directory=tmp_path)
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("at ")]
    assert lines == ["at main", "at before_start", "at after_start", "at before_network_run",
                     "at after_network_run", "at before_end", "at after_end"]  # fmt: skip


@needs_compiler
@pytest.mark.row("22 device.delete")
def test_deleting_what_was_written(tmp_path):
    folder = tmp_path / "project"
    device = standalone(directory=folder)
    net, *_ = network()
    net.run(1 * MS)
    note = folder / "note.txt"
    note.write_text("mine")
    device.delete()
    assert list(folder.iterdir()) == [note]
    device.delete(force=True)
    assert not folder.exists()


@needs_compiler
def test_restored_state_goes_on_in_a_program(tmp_path):
    """Also spikes that are under way."""

    def script() -> bytes:
        b.start_scope()
        b.seed(2)
        b.defaultclock.dt = 0.1 * MS
        neurons = b.NeuronGroup(
            30, "dv/dt = (1.2 - v)/(5*ms) : 1", threshold="v > 1", reset="v = 0", method="exact",
            name="neurons",
        )  # fmt: skip
        neurons.v = "rand()"
        synapses = b.Synapses(neurons, neurons, on_pre="v_post += 0.02", name="synapses")
        synapses.connect(p=0.3)
        synapses.delay = "rand()*6*ms"
        spikes = b.SpikeMonitor(neurons, name="spikes")
        net = b.Network(neurons, synapses, spikes, name="net")
        path = tmp_path / "state"
        if not path.exists():
            net.run(20 * MS)
            net.store(filename=path)
        else:
            net.restore(filename=path)
        net.run(20 * MS)
        return times(spikes)

    expected = script()
    standalone(directory=tmp_path / "project")
    assert script() == expected


@needs_compiler
def test_single_precision(tmp_path):
    b.prefs.core.default_float_dtype = np.float32
    net, neurons, spikes = network()
    net.run(20 * MS)
    expected = times(spikes) + np.array(neurons.v[:]).tobytes()
    standalone(directory=tmp_path)
    net, neurons, spikes = network()
    net.run(20 * MS)
    assert neurons.v[:].dtype == np.float32
    assert times(spikes) + np.array(neurons.v[:]).tobytes() == expected


def test_importing_brainsim_loads_nothing_of_it():
    code = "import sys, brainsim; print(any('standalone' in name for name in sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(Path(b.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "False"


# ------------------------------------------------------------------------- compiled once, run often


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Any:
    """A network that has been built by the runtime device."""
    if shutil.which("make") is None or shutil.which("g++") is None:
        pytest.skip("needs make and g++")
    b.set_device("runtime")
    net, *_ = network()
    return net.build(20 * MS, tmp_path_factory.mktemp("built") / "a program ö")


def test_a_built_network_runs_with_other_values(program):
    drives = np.linspace(1, 3, 20)
    for params, values in (
        ({}, ()),
        ({"neurons.drive": drives, "tau": 5 * MS}, (drives, 5 * MS)),
        ({"drive": 2}, (2.0,)),
    ):
        net, neurons, spikes = network(*values)
        net.run(20 * MS)
        found = program.run(params)
        assert times(found["spikes"]) == times(spikes)
        assert np.array_equal(found["neurons"].v_, neurons.v[:])


def test_building_changes_nothing(tmp_path):
    """The network runs afterwards as if nothing had been."""
    net, _, spikes = network()
    net.run(20 * MS)
    expected = times(spikes)
    net, neurons, spikes = network()
    if shutil.which("make"):
        net.build(directory=tmp_path)
    assert net.t == 0 * MS
    assert neurons.v[:].any()
    net.run(20 * MS)
    assert times(spikes) == expected


def test_built_networks_run_at_the_same_time(program, tmp_path):
    """With durations and seeds of their own, also in other processes."""
    copy = pickle.loads(pickle.dumps(program))  # noqa: S301 - our own
    alone = [times(program.run(seed=k, duration=30 * MS)["spikes"]) for k in range(6)]
    assert len(set(alone)) == 6
    with ThreadPoolExecutor(3) as pool:
        jobs = [
            pool.submit(copy.run, seed=k, duration=30 * MS, out=tmp_path / str(k)) for k in range(6)
        ]
        assert [times(job.result()["spikes"]) for job in jobs] == alone
    assert times(b.load_results(program.folder, tmp_path / "3")["spikes"]) == alone[3]


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"neurons.drives": 1}, KeyError, "did you mean 'neurons.drive'"),
        ({"tau": 5 * b.mV}, b.DimensionMismatchError, "neurons.tau"),
        ({"drive": [1, 2]}, ValueError, "one for each of its 20 elements, not 2"),
        ({"neurons.N": 3}, TypeError, "sizes are fixed"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_runs(program, params, error, words, tmp_path):
    with pytest.raises(error, match=words):
        program.run(params, out=tmp_path)
    assert not (tmp_path / "results.bin").exists()


EMBEDDED = """
#include <stdio.h>
#include "network.h"
int main(int argc, char **argv)
{
    bs_network *network = bs_open(argv[argc - 1]);
    const double drive = 2.0, none[2] = {0.0, 0.0};
    int64_t n;
    if (network == NULL) return 1;
    if (bs_set(network, "neurons.drive", none, 2)) puts(bs_error());
    if (bs_set(network, "neurons.drive", &drive, 1) || bs_run(network, 1)) {
        puts(bs_error());
        return 1;
    }
    const int64_t *total = (const int64_t *)bs_get(network, "spikes_total", "i8", &n);
    printf("%lld\\n", (long long)*total);
    if (bs_get(network, "spikes_total", "f8", &n) == NULL) puts(bs_error());
    bs_close(network);
    return 0;
}
"""


@pytest.mark.parametrize(("compiler", "source"), [("gcc", "main.c"), ("g++", "main.cpp")])
def test_a_program_in_c_runs_the_network(program, tmp_path, compiler, source):
    library = program.export_library(tmp_path / "library")
    assert {path.name for path in library.parent.iterdir()} == {
        "libnetwork.so", "network.h", "state.bin",
    }  # fmt: skip
    (tmp_path / source).write_text(EMBEDDED)
    command = [
        str(shutil.which(compiler)), "-Wall", "-Wextra", "-Werror", source, "-Ilibrary",
        "-Llibrary", "-lnetwork", f"-Wl,-rpath,{library.parent}", "-o", "program",
    ]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run(
        [tmp_path / "program", library.parent / "state.bin"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    wrong, number, absent = done.stdout.splitlines()
    assert int(number) == program.run({"drive": 2})["spikes"].num_spikes
    assert "20 elements, not 2" in wrong
    assert "no array spikes_total" in absent


# ---------------------------------------------------------------------------------------- on a GPU

NVCC = shutil.which("nvcc")


@pytest.mark.skipif(NVCC is None, reason="needs nvcc")
def test_a_program_for_a_gpu(tmp_path, caplog):
    """It is compiled; where there is a GPU it has the bits of the runtime, else it says what is."""
    net, _, spikes = network()
    net.run(10 * MS)
    expected = times(spikes)
    b.set_device("cuda_standalone", directory=tmp_path)
    device = b.get_device()
    device.reinit()
    assert "experimental" in caplog.text
    net, _, spikes = network()
    if shutil.which("nvidia-smi"):
        net.run(10 * MS)
        assert times(spikes) == expected
    else:
        with pytest.raises(ProgramError, match="CUDA"):
            net.run(10 * MS)
    assert (tmp_path / "kernels_cuda.cu").is_file()
    device.reinit()


def test_functions_of_the_user_are_refused_on_a_gpu(tmp_path):
    @b.implementation("cpp", "double twice(double x) { return 2.0*x; }")
    @b.check_units(x=1, result=1)
    def twice(x: Any) -> Any:
        return 2 * x

    b.start_scope()
    neurons = b.NeuronGroup(2, "dv/dt = twice(1 - v)/ms : 1", method="euler")
    b.set_device("cuda_standalone", directory=tmp_path)
    b.get_device().reinit()
    with pytest.raises(NotImplementedError, match="twice"):
        b.Network(neurons).run(1 * MS, namespace={"twice": twice})
    b.get_device().reinit()
