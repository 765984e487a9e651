"""Time of a sweep of CUBA networks with one worker and with more.

python benchmarks/sweep.py --runs 64 --workers 1 2
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import workloads

import brainsim as b


def built(size: int, duration: float, folder: Path) -> tuple[Any, str]:
    """Return the program of a CUBA network, and the name of its neurons."""
    b.seed(1)
    parts = workloads.cuba(b, size)
    parts.connect()
    network = b.Network(*parts.objects, b.SpikeMonitor(parts.population, name="spikes"))
    return network.build(duration * b.second, folder), parts.population.name


def main() -> None:
    """Print the seconds that each number of workers takes, and how many times fewer that is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=64)
    parser.add_argument("--size", type=int, default=4000)
    parser.add_argument("--duration", type=float, default=4.0, help="simulated seconds of a run")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repetitions", type=int, default=3)
    given = parser.parse_args()
    seconds: dict[int, float] = {}
    datasets = []
    with tempfile.TemporaryDirectory() as folder:
        prog, neurons = built(given.size, given.duration, Path(folder) / "program")
        # a little to either side of the usual period
        grid = {f"{neurons}.refractory": np.linspace(4.5, 5.5, given.runs) * b.ms}
        b.sweep(prog, {name: values[:1] for name, values in grid.items()})  # imports what it needs
        for _ in range(given.repetitions):
            for workers in given.workers:
                start = time.perf_counter()
                datasets.append(b.sweep(prog, grid, executor=workers))
                taken = time.perf_counter() - start
                seconds[workers] = min(taken, seconds.get(workers, taken))
    assert all(data.identical(datasets[0]) for data in datasets)
    first = seconds[given.workers[0]]
    for workers, taken in seconds.items():
        print(f"{workers} workers: {taken:.2f} s, {first / taken:.2f} times as fast")


if __name__ == "__main__":
    main()
