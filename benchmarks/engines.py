"""Engines as processes. Input: what to measure. Output: records. Does not: choose or tabulate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from microcircuit import FULL_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).resolve().parent

Kind = Literal["run", "first", "storage", "build", "full", "growth"]
Precision = Literal["f64", "f32"]
Record = dict[str, Any]

# Engine name -> the project it belongs to and its code generation target.
SIMULATORS = {
    "brainsim-c": ("brainsim", "c"),
    "brainsim-cython": ("brainsim", "cython"),
    "brainsim-numpy": ("brainsim", "numpy"),
    "brian2-cython": ("brian2", "cython"),
    "brian2-numpy": ("brian2", "numpy"),
    "brian2-standalone": ("brian2", "standalone"),
}
ENGINES = (*SIMULATORS, "nest", "limit")
DEFAULT_ENGINES = ("limit", "brainsim-c", "brian2-standalone", "nest")
# What is measured of each engine: precision and number of threads; 0 lets brainsim decide.
VARIANTS: dict[str, tuple[tuple[Precision, int], ...]] = {
    "limit": (("f64", 1), ("f32", 1), ("f64", 2), ("f32", 2)),
    "brainsim-c": (("f64", 1), ("f32", 1), ("f64", 2), ("f32", 2), ("f64", 0)),
}
ORDINARY: tuple[tuple[Precision, int], ...] = (("f64", 1),)
# These take so long that one repetition has to do.
SLOW = {"brian2-numpy", "brainsim-numpy", "nest"}
# Limit programs per workload; the fastest in double precision is the reference.
LIMITS = {
    "w1": ("w1_cuba",),
    "w2": ("w2_cobahh", "w2_cobahh-poly"),
    "w3": ("w3_brunel", "w3_brunel-bitmask"),
    "w4": ("w4_stdp", "w4_stdp-lazy"),
    "w5": ("w5_microcircuit",),
    "w6": ("w6_lif", "w6_lif-block"),
}


@dataclass(frozen=True, slots=True)
class Setup:
    """Where everything is.

    Args:
        interpreters: Project name -> its Python; a missing name is a project to skip.
        limit: Folder of the built limit programs; None when there are none.
        scratch: Folder for caches, standalone projects and programs.
        timeout: Longest time for one process, seconds.
    """

    interpreters: dict[str, Path]
    limit: Path | None
    scratch: Path
    timeout: float


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to measure.

    Args:
        kind: A run loop; the first step; or, in brainsim alone: the memory of synapses, making
            them, the full-scale microcircuit, the growth of costs.
        engine: One of `ENGINES`.
        workload: Key of the workload.
        size: Number of neurons.
        seconds: Simulated time.
        cold: Start with empty caches (only for the first step).
        precision: Of floating-point numbers.
        threads: Number of threads; 0 lets the engine decide.
        repetition: Which of several equal measurements it is.
    """

    kind: Kind
    engine: str
    workload: str
    size: int
    seconds: float
    cold: bool = False
    precision: Precision = "f64"
    threads: int = 1
    repetition: int = 0

    def about(self) -> Record:
        """Return what identifies the measurement in a file of results."""
        return asdict(self)


def available(engine: str, setup: Setup) -> bool:
    """Tell whether the engine's interpreter or programs are there."""
    if engine == "limit":
        return setup.limit is not None
    project = SIMULATORS[engine][0] if engine in SIMULATORS else engine
    return project in setup.interpreters


def measure(job: Job, setup: Setup) -> list[Record]:
    """Run the processes of a job, each giving one record; failures are records too."""
    if job.engine == "limit":
        return [run_limit(variant, job, setup) for variant in LIMITS[job.workload]]
    if job.engine == "nest":
        return [run_nest(job, setup)]
    return [run_simulator(job, setup)]


def run_limit(variant: str, job: Job, setup: Setup) -> Record:
    """Run a limit program and rename what it reports."""
    if setup.limit is None:
        raise ValueError("there are no limit programs")
    # their arguments: neurons and seconds, but a scale for w5 and steps for w6
    size = job.size / FULL_SIZE if job.workload == "w5" else job.size
    extent = round(job.seconds * 1e4) if job.workload == "w6" else job.seconds
    program = setup.limit / f"{variant}_{'double' if job.precision == 'f64' else 'float'}"
    # through a shell that stays, for the peak memory of the process which starts a program is
    # counted as its own
    command = ["/bin/sh", "-c", '"$@"; exit $?', "sh", program, size, extent]
    record = start(command, job, setup, {}) | {"engine": f"limit {variant}"}
    names = {"nsyn": "synapses", "maxrss": "peak_bytes"}
    return {names.get(key, key): value for key, value in record.items()}


def run_nest(job: Job, setup: Setup) -> Record:
    """Run a workload in NEST, which compiles nothing and so is always warm."""
    command: list[object] = [setup.interpreters["nest"], HERE / "measure_nest.py", job.workload]
    return start(command + common(job), job, setup, {})


def run_simulator(job: Job, setup: Setup) -> Record:
    """Run a workload in brainsim or Brian2, with caches of our own."""
    project, target = SIMULATORS[job.engine]
    place = f"{job.engine}-{job.workload}-{job.size}-{job.precision}-{job.threads}"
    if job.kind == "first":
        place += "-first"
    # first steps have caches of their own, so that "cold" empties nothing that is needed later
    cache = setup.scratch / "caches" / (place if job.kind == "first" else project)
    build = setup.scratch / "standalone" / f"{place}-{job.seconds:g}-{job.kind}"
    if job.cold:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.rmtree(build, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    environment = {
        "BRAINSIM_CACHE_DIR": str(cache / "brainsim"),
        "XDG_CACHE_HOME": str(cache / "xdg"),
        # the font list of matplotlib is no business of a simulator
        "MPLCONFIGDIR": str(setup.scratch / "caches" / "matplotlib"),
    }
    command: list[object] = [
        setup.interpreters[project],
        HERE / "measure.py",
        project,
        job.workload,
    ]
    command += ["--target", target, "--cache", cache / "modules", "--build", build]
    command += ["--precision", job.precision]
    command += common(job)
    if target == "standalone" and job.kind == "run":
        if not (build / "measurement.json").exists():
            made = start(command, job, setup, environment)
            if "failed" in made:
                return made
        command.append("--rerun")
    return start(command, job, setup, environment)


def measure_script(job: Job, setup: Setup) -> Record:
    """Run a script of brainsim alone; what it prints is the record."""
    size = ["--size", job.size]
    parallel = ["--threads", job.threads]
    scripts: dict[str, list[object]] = {
        "storage": ["storage.py", job.workload, *size],
        "build": [
            *("connect.py", "--here", "--engine", "brainsim", "--forms", job.workload),
            *("--repetitions", 3, *size),
        ],
        "full": [
            *("full_microcircuit.py", "--scale", job.size / FULL_SIZE),
            *("--seconds", job.seconds, *parallel),
        ],
        "growth": ["growth.py", *size, *parallel, "--precision", job.precision],
    }
    name, *rest = scripts[job.kind]
    environment = {"BRAINSIM_CACHE_DIR": str(setup.scratch / "caches" / "scripts")}
    return start([setup.interpreters["brainsim"], HERE / str(name), *rest], job, setup, environment)


def common(job: Job) -> list[object]:
    """Return the options which all measuring scripts share."""
    extent: list[object] = ["--size", job.size, "--seconds", job.seconds]
    extent += ["--threads", job.threads]
    return extent if job.kind == "run" else [*extent, "--first-step"]


def start(
    command: Sequence[object], job: Job, setup: Setup, environment: Mapping[str, str]
) -> Record:
    """Run one process and read the JSON line it prints last."""
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    # libraries of one's own process must not take the cores that are measured
    variables |= {"OMP_NUM_THREADS": str(max(job.threads, 1)), **environment}
    if job.threads > 1:  # two threads on one core would wait for each other
        variables |= {"OMP_PROC_BIND": "true", "OMP_PLACES": "cores"}
    about = job.about() | {"load": os.getloadavg()[0]}
    variables["BENCHMARK_LAUNCHED"] = repr(time.time())
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=HERE,
            env=variables,
            capture_output=True,
            text=True,
            timeout=setup.timeout,
            check=False,
        )
    except (subprocess.TimeoutExpired, FileNotFoundError) as error:
        return about | {"failed": str(error)}
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        message = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return about | {"failed": message[-1]}
    record: Record = json.loads(lines[-1])
    return record | about


def build_limits(shared: Path, scratch: Path) -> Path | None:
    """Compile the limit programs from a copy of their folder; None when there is none."""
    source = shared / "bench" / "limit"
    if not (source / "Makefile").exists():
        return None
    copy = scratch / "limit"
    shutil.copytree(source, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("build"))
    # a program that this processor cannot have is left out; the others are made
    command = ["make", "--silent", "--keep-going", "-C", str(copy)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return copy / "build"
