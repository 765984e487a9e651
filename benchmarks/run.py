"""Measure brainsim, its peers and the C limit side by side and print one table.

    python benchmarks/run.py [--parts loops first memory build full growth] [--resume]

One process at a time, each measuring one thing. Every repetition visits every engine once, so that
a disturbance of the machine hits all alike. The peers' environments come from make_environments.py;
what is not there is skipped with a note. All measurements go to a JSON file, from which `--show
FILE` prints the tables again. README.md tells how to read them.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connect import forms
from engines import (
    DEFAULT_ENGINES,
    ENGINES,
    ORDINARY,
    SLOW,
    VARIANTS,
    Job,
    Record,
    Setup,
    available,
    build_limits,
    measure,
    measure_script,
)
from tables import plot_growth, report
from workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results"

PARTS = ("loops", "first", "memory", "build", "full", "growth")
FIRST = ("w1", "many")
STORAGE = ("own weight and delay", "neither", "plastic")
STORAGE_SIZES = (1_000_000, 10_000_000)
# of connect.py; what this version has not is left out
BUILDERS = ("probability", "indegree", "outdegree", "pairs", "total")
GROWTH = (1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)


def options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Measure brainsim and its peers side by side.")
    add = parser.add_argument
    add("--parts", nargs="+", default=list(PARTS), choices=PARTS, metavar="PART",
        help=f"what to measure: {', '.join(PARTS)}")  # fmt: skip
    add("--workloads", nargs="+", default=list(WORKLOADS), choices=WORKLOADS, metavar="W")
    add("--engines", nargs="+", default=list(DEFAULT_ENGINES), choices=ENGINES, metavar="ENGINE")
    add("--variants", nargs="+", metavar="f64-1t", help="only these precisions and threads")
    add("--repetitions", type=int, default=3, help="of the run loops; slow engines run once")
    add("--time-factor", type=float, default=1.0, help="multiplies the simulated times")
    add("--size-factor", type=float, default=1.0, help="multiplies the sizes")
    add("--timeout", type=float, default=300.0, help="seconds for one process")
    add("--resume", action="store_true", help="go on with the run that the JSON file is from")
    add("--keep", metavar="NAME", help="also write results/NAME.json and a plot, to be committed")
    add("--python", type=Path, default=Path(sys.executable), help="interpreter with brainsim")
    peer = os.environ.get("BRAINSIM_BRIAN2_PYTHON", ROOT / ".venv-brian2" / "bin" / "python")
    add("--brian2-python", type=Path, default=Path(peer))
    add("--nest-python", type=Path, default=ROOT / ".venv-nest" / "bin" / "python")
    add("--shared", type=Path, default=ROOT.parent / "shared", help="has bench/limit")
    add("--scratch", type=Path, default=ROOT / "build" / "benchmarks", help="caches and builds")
    add("--out", type=Path, help="JSON file; default: results.json in the scratch folder")
    add("--show", type=Path, metavar="FILE", help="only print the tables of an earlier run")
    return parser.parse_args()


def prepare(choice: argparse.Namespace) -> Setup:
    """Find the interpreters and build the limit programs."""
    interpreters = {
        "brainsim": choice.python,
        "brian2": choice.brian2_python,
        "nest": choice.nest_python,
    }
    scratch = choice.scratch.resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    if not choice.resume:
        # programs are built anew by every run: the workloads may have changed since
        shutil.rmtree(scratch / "standalone", ignore_errors=True)
    wanted = "limit" in choice.engines and "loops" in choice.parts
    return Setup(
        # not resolved: a virtual environment is found through its link
        interpreters={k: path.absolute() for k, path in interpreters.items() if path.exists()},
        limit=build_limits(choice.shared, scratch) if wanted else None,
        scratch=scratch,
        timeout=choice.timeout,
    )


# ---------------------------------------------------------------------------------- what to measure


def jobs(choice: argparse.Namespace, engines: list[str]) -> Iterator[Job]:
    """Yield everything to measure."""
    makers = {
        "loops": loop_jobs,
        "first": first_jobs,
        "memory": memory_jobs,
        "build": build_jobs,
        "full": full_jobs,
        "growth": growth_jobs,
    }
    for part in PARTS:
        if part in choice.parts:
            yield from makers[part](choice, engines)


def loop_jobs(choice: argparse.Namespace, engines: list[str]) -> Iterator[Job]:
    """Yield the run loops, engines and their variants in turn."""
    for repetition in range(choice.repetitions):
        for name in choice.workloads:
            workload = WORKLOADS[name]
            for size in (workload.size, *workload.further) if workload.loop else ():
                n = max(100, round(size * choice.size_factor))
                for engine in engines:
                    if repetition and engine in SLOW:
                        continue
                    for precision, threads in VARIANTS.get(engine, ORDINARY):
                        if choice.variants and f"{precision}-{threads}t" not in choice.variants:
                            continue
                        yield Job(
                            "run", engine, name, n, workload.seconds * choice.time_factor,
                            precision=precision, threads=threads, repetition=repetition,
                        )  # fmt: skip


def first_jobs(_choice: argparse.Namespace, engines: list[str]) -> Iterator[Job]:
    """Yield the first steps: with empty caches, then with full ones."""
    for repetition, cold in enumerate((True, True, False, False, False)):
        for name in FIRST:
            for engine in engines:
                slow = engine == "brian2-standalone" and repetition not in {0, 2}
                if engine == "limit" or (cold and engine == "nest") or slow:
                    continue
                if name != "w1" and engine == "nest":
                    continue
                size = WORKLOADS[name].size
                yield Job("first", engine, name, size, 1.0, cold=cold, repetition=repetition)


def memory_jobs(choice: argparse.Namespace, _engines: list[str]) -> Iterator[Job]:
    """Yield the bytes per synapse, two sizes of each kind."""
    for kind in STORAGE:
        for size in STORAGE_SIZES:
            yield Job("storage", "brainsim-c", kind, round(size * choice.size_factor), 0.0001)


def build_jobs(choice: argparse.Namespace, _engines: list[str]) -> Iterator[Job]:
    """Yield the ways to make synapses."""
    known = forms(20)
    for form in (form for form in BUILDERS if form in known):
        yield Job("build", "brainsim-c", form, round(12_500 * choice.size_factor), 0.0)


def full_jobs(choice: argparse.Namespace, engines: list[str]) -> Iterator[Job]:
    """Yield the full-scale microcircuit, with one thread and with two."""
    for threads in (1, 2):
        for engine, workload in (("limit", "w5"), ("brainsim-c", "microcircuit")):
            if engine in engines:
                yield Job(
                    "full", engine, workload, round(77_169 * choice.size_factor),
                    choice.time_factor, precision="f32", threads=threads,
                )  # fmt: skip


def growth_jobs(choice: argparse.Namespace, _engines: list[str]) -> Iterator[Job]:
    """Yield networks from a thousand to a million neurons."""
    for size in GROWTH:
        yield Job("growth", "brainsim-c", "growth", round(size * choice.size_factor), 0.0)


# ------------------------------------------------------------------------------------------ running


def machine(choice: argparse.Namespace) -> dict[str, Any]:
    """Describe the computer and the versions, as far as they matter for times."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": said_by([str(choice.python), "-c", "import numpy; print(numpy.__version__)"]),
        "compiler": said_by([os.environ.get("CC", "cc"), "--version"]),
        "commit": said_by(["git", "-C", str(ROOT), "describe", "--always", "--dirty"]),
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "load_at_start": os.getloadavg()[0],
    }


def said_by(command: list[str]) -> str:
    """Return the first line that a program prints; "" where it cannot be asked."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return ""
    return (done.stdout.splitlines() or [""])[0]


def progress(record: Record) -> str:
    """Return one line about a record."""
    keys = ("run_s", "rate_hz", "first_step_s", "bytes", "build_s", "ns_per_event", "failed")
    values = [
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key in keys
        if (value := record.get(key)) is not None
    ]
    what = [record["kind"], record["workload"], str(record["size"]), record["engine"]]
    what += [f"{record['precision']}-{record['threads']}t"] + ["cold"] * record["cold"]
    return f"{' '.join(what)}: " + ", ".join(values)


def save(path: Path, content: dict[str, Any]) -> None:
    """Write the file in one go, so that an interrupted run leaves the former state."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(content, indent=1) + "\n")
    draft.replace(path)


def measured_already(records: list[Record], job: Job) -> bool:
    """Return whether a job has been done, without a failure."""
    about = job.about()
    identity = [key for key in about if key != "engine"]
    return any(
        all(record.get(key) == about[key] for key in identity)
        # a limit program is named after its variant
        and record["engine"].split()[0] == job.engine
        and "failed" not in record
        for record in records
    )


@contextmanager
def alone(scratch: Path) -> Iterator[None]:
    """Refuse to measure while another run.py does.

    Raises:
        SystemExit: It does.
    """
    with (scratch / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit("another benchmarks/run.py measures; wait for it") from None
        yield


def run_all(choice: argparse.Namespace, setup: Setup, out: Path) -> dict[str, Any]:
    """Measure everything that is asked for and not in the file yet; return what is in it then."""
    engines = [engine for engine in choice.engines if available(engine, setup)]
    for engine in choice.engines:
        if engine not in engines:
            print(f"skipped: {engine} is not on this machine (see benchmarks/README.md)")
    content: dict[str, Any] = {"machine": machine(choice), "measurements": []}
    if choice.resume and out.exists():
        content = json.loads(out.read_text())
        content["measurements"] = [r for r in content["measurements"] if "failed" not in r]
    records: list[Record] = content["measurements"]
    for job in jobs(choice, engines):
        if choice.resume and measured_already(records, job):
            continue
        ordinary = job.kind in {"run", "first"}
        for record in measure(job, setup) if ordinary else [measure_script(job, setup)]:
            records.append(record)
            print(progress(record), flush=True)
        save(out, content)
    return content


def main() -> None:
    """Measure, write the JSON file and print the tables."""
    choice = options()
    titles = {key: workload.title for key, workload in WORKLOADS.items()}
    if choice.show:
        print(report(json.loads(choice.show.read_text()), titles))
        return
    setup = prepare(choice)
    out = choice.out or setup.scratch / "results.json"
    started = time.perf_counter()
    with alone(setup.scratch):
        content = run_all(choice, setup, out)
    print("\n" + report(content, titles))
    if choice.keep:
        RESULTS.mkdir(exist_ok=True)
        save(RESULTS / f"{choice.keep}.json", content)
        plot_growth(content["measurements"], RESULTS / f"{choice.keep}-growth.svg")
    print(f"\n{time.perf_counter() - started:.0f} s; measurements in {out}")


if __name__ == "__main__":
    main()
