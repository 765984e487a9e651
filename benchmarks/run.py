"""Measure brainsim, its peers and the C limit side by side and print one table.

    python benchmarks/run.py [--workloads w1 w2 ...] [--engines ...] [--what run first memory]

Every repetition visits every engine once, so that a disturbance of the machine hits all alike. The
peers' environments come from make_environments.py; what is not there is skipped with a note. All
measurements go to a JSON file, from which `--show FILE` prints the tables again. README.md tells
how to read them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines import (
    DEFAULT_ENGINES,
    ENGINES,
    SLOW,
    Job,
    Record,
    Setup,
    available,
    build_limits,
    measure,
)
from tables import report
from workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent


def options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Measure brainsim and its peers side by side.")
    add = parser.add_argument
    add("--workloads", nargs="+", default=list(WORKLOADS), choices=WORKLOADS, metavar="W")
    add("--engines", nargs="+", default=list(DEFAULT_ENGINES), choices=ENGINES, metavar="ENGINE")
    add(
        "--what",
        nargs="+",
        default=["run", "first", "memory"],
        choices=("run", "first", "memory"),
        help="run loops, times to the first step, bytes per synapse",
    )
    add("--repetitions", type=int, default=3, help="of the run loops; slow engines run once")
    add("--first", nargs="+", default=["w1"], choices=WORKLOADS, metavar="W")
    add("--time-factor", type=float, default=1.0, help="multiplies the simulated times")
    add("--size-factor", type=float, default=1.0, help="multiplies the numbers of neurons")
    add("--threads", type=int, default=1)
    add("--timeout", type=float, default=300.0, help="seconds for one process")
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
    # programs are built anew by every run: the workloads may have changed since
    shutil.rmtree(scratch / "standalone", ignore_errors=True)
    return Setup(
        # not resolved: a virtual environment is found through its link
        interpreters={k: path.absolute() for k, path in interpreters.items() if path.exists()},
        limit=build_limits(choice.shared, scratch) if "limit" in choice.engines else None,
        scratch=scratch,
        threads=choice.threads,
        timeout=choice.timeout,
    )


def jobs(choice: argparse.Namespace, engines: list[str]) -> Iterator[Job]:
    """Yield everything to measure, engines in turn."""
    extent = {
        key: (max(100, round(w.size * choice.size_factor)), w.seconds * choice.time_factor)
        for key, w in WORKLOADS.items()
    }
    if "run" in choice.what:
        for repetition in range(choice.repetitions):
            for workload in choice.workloads:
                for engine in engines:
                    if repetition == 0 or engine not in SLOW:
                        yield Job("run", engine, workload, *extent[workload])
    if "first" in choice.what:
        for cold in (True, False, False):
            for workload in choice.first:
                for engine in engines:
                    if engine != "limit" and not (cold and engine == "nest"):
                        yield Job("first", engine, workload, *extent[workload], cold=cold)
    if "memory" in choice.what:
        for workload in choice.workloads:
            small = round(WORKLOADS[workload].small * choice.size_factor)
            for engine in engines if small else ():
                for size in (small, extent[workload][0]):
                    yield Job("memory", engine, workload, size, 0.001)


def machine() -> dict[str, Any]:
    """Describe the computer, as far as it matters for times."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }


def progress(record: Record) -> str:
    """Return one line about a record."""
    keys = ("run_s", "rate_hz", "first_step_s", "prepared_bytes", "failed")
    values = [
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key in keys
        if (value := record.get(key)) is not None
    ]
    temperature = " cold" if record["cold"] else ""
    return f"{record['kind']}{temperature} {record['workload']} {record['engine']}: " + ", ".join(
        values
    )


def save(path: Path, content: dict[str, Any]) -> None:
    """Write the file in one go, so that an interrupted run leaves the former state."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(content, indent=1) + "\n")
    draft.replace(path)


def main() -> None:
    """Measure, write the JSON file and print the tables."""
    choice = options()
    titles = {key: workload.title for key, workload in WORKLOADS.items()}
    if choice.show:
        print(report(json.loads(choice.show.read_text())["measurements"], titles))
        return
    setup = prepare(choice)
    engines = [engine for engine in choice.engines if available(engine, setup)]
    for engine in choice.engines:
        if engine not in engines:
            print(f"skipped: {engine} is not on this machine (see benchmarks/README.md)")
    out = choice.out or setup.scratch / "results.json"
    about = machine() | {"load_at_start": os.getloadavg()[0], "threads": choice.threads}
    records: list[Record] = []
    started = time.perf_counter()
    for job in jobs(choice, engines):
        for record in measure(job, setup):
            records.append(record)
            print(progress(record), flush=True)
        save(out, {"machine": about, "measurements": records})
    print(f"\n{about['processor']}, {about['cores']} cores, {choice.threads} thread(s)")
    print(report(records, titles))
    print(f"\n{time.perf_counter() - started:.0f} s; measurements in {out}")


if __name__ == "__main__":
    main()
