"""One measurement of brainsim or Brian2: one process, one workload, one line of JSON.

    python measure.py ENGINE WORKLOAD --target c|cython|numpy|standalone [options]

ENGINE is `brainsim` or `brian2`. The driver (run.py) starts this in the engine's interpreter and
puts the time of the start into BENCHMARK_LAUNCHED, so that the time to the first step counts from
the launch of the process. Times are seconds, sizes bytes.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np

LAUNCHED = float(os.environ.get("BENCHMARK_LAUNCHED", time.time()))
REPEATS = 5

Record = dict[str, Any]


def options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Measure one workload on one engine.")
    parser.add_argument("engine", choices=("brainsim", "brian2"))
    parser.add_argument("workload")
    parser.add_argument("--target", choices=("c", "cython", "numpy", "standalone"), required=True)
    parser.add_argument("--size", type=int, required=True, help="number of neurons")
    parser.add_argument("--seconds", type=float, required=True, help="simulated time")
    parser.add_argument("--threads", type=int, default=1, help="0: the engine decides")
    parser.add_argument("--precision", choices=("f64", "f32"), default="f64")
    parser.add_argument("--first-step", action="store_true", help="stop after one step")
    parser.add_argument("--build", type=Path, help="folder for standalone projects")
    parser.add_argument("--rerun", action="store_true", help="run the program built there again")
    parser.add_argument("--cache", type=Path, help="folder for Brian2's compiled modules")
    return parser.parse_args()


def memory(field: str) -> int:
    """Return the resident memory of this process now (VmRSS) or at its peak (VmHWM).

    The peak of `getrusage` would include the process which started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024


def configure(b: Any, choice: argparse.Namespace) -> None:
    """Select target, threads and folders before any object exists."""
    if choice.target == "standalone":
        if choice.threads > 1:
            b.prefs.devices.cpp_standalone.openmp_threads = choice.threads
        b.set_device("cpp_standalone", directory=str(choice.build), build_on_run=False)
    else:
        b.prefs.codegen.target = choice.target
        if choice.engine == "brian2" and choice.cache is not None:
            b.prefs.codegen.runtime.cython.cache_dir = str(choice.cache)
        if choice.engine == "brainsim" and (choice.threads != 1 or "core.threads" in b.prefs):
            b.prefs.core.threads = choice.threads
    if choice.precision == "f32":
        b.prefs.core.default_float_dtype = np.float32
    b.seed(4711)
    b.defaultclock.dt = 0.1 * b.ms


def run_directly(b: Any, network: Any, monitor: Any, choice: argparse.Namespace) -> Record:
    """Take the first step, then the measured run, then some runs of a single step; estimate it."""
    network.run(0.1 * b.ms)
    record: Record = {"first_step_s": time.time() - LAUNCHED, "prepared_bytes": memory("VmRSS")}
    if choice.first_step:
        return record
    before = monitor.num_spikes
    started, used = time.perf_counter(), time.process_time()
    network.run(choice.seconds * b.second)
    record["run_s"] = time.perf_counter() - started
    record["cpu_s"] = time.process_time() - used
    record["rate_hz"] = (monitor.num_spikes - before) / choice.size / choice.seconds
    repeats = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        network.run(0.1 * b.ms)
        repeats.append(time.perf_counter() - started)
    record["repeat_s"] = min(repeats)
    if choice.engine == "brainsim":
        record["estimated_s"] = network.estimate(choice.seconds * b.second).seconds
    return record


def run_standalone(b: Any, network: Any, monitor: Any, choice: argparse.Namespace) -> Record:
    """Generate, compile and run the C++ project."""
    network.run(0.1 * b.ms if choice.first_step else choice.seconds * b.second)
    started = time.perf_counter()
    b.device.build(directory=str(choice.build), compile=True, run=False, debug=False)
    record: Record = {"compile_s": time.perf_counter() - started}
    b.device.run(directory=str(choice.build), with_output=False, run_args=[])
    record["run_s"] = float(b.device._last_run_time)  # noqa: SLF001 - the only public trace is text
    if choice.first_step:
        record["first_step_s"] = time.time() - LAUNCHED
    else:
        record["rate_hz"] = monitor.num_spikes / choice.size / choice.seconds
    return record


def measure(choice: argparse.Namespace) -> Record:
    """Build the workload and run it."""
    started = time.perf_counter()
    b = importlib.import_module(choice.engine)
    record: Record = {"import_s": time.perf_counter() - started, "version": b.__version__}
    from workloads import WORKLOADS

    configure(b, choice)
    workload = WORKLOADS[choice.workload]
    started = time.perf_counter()
    parts = workload.build(b, choice.size)
    built, before = time.perf_counter(), memory("VmRSS")
    parts.connect()
    record |= {"build_s": built - started, "connect_s": time.perf_counter() - built}
    record["connect_bytes"] = memory("VmRSS") - before
    monitor = b.SpikeMonitor(parts.population, record=workload.record)
    network = b.Network(*parts.objects, monitor)
    run = run_standalone if choice.target == "standalone" else run_directly
    record |= run(b, network, monitor, choice)
    record["synapses"] = sum(len(projection) for projection in parts.synapses)
    record["peak_bytes"] = memory("VmHWM")
    if choice.target == "standalone":
        (choice.build / "measurement.json").write_text(json.dumps(record))
    return record


def rerun(build: Path) -> Record:
    """Run a standalone program once more; what only its script knows is remembered."""
    kept = json.loads((build / "measurement.json").read_text())
    with subprocess.Popen([str(build / "main")], cwd=build, stdout=subprocess.DEVNULL) as program:
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        raise subprocess.CalledProcessError(program.returncode, str(build / "main"))
    known = {key: kept[key] for key in ("version", "synapses", "rate_hz") if key in kept}
    run_s = float((build / "results" / "last_run_info.txt").read_text().split()[0])
    return known | {"run_s": run_s, "peak_bytes": usage.ru_maxrss * 1024}


def main() -> None:
    """Measure and print."""
    choice = options()
    record = rerun(choice.build) if choice.rerun else measure(choice)
    print(json.dumps(record))


if __name__ == "__main__":
    main()
