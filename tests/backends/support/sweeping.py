"""A small program for sweeps, what is measured of it, and sweeps in processes of their own.

As a script: sweeping.py EXECUTOR PROGRAM OUT does the sweep of `GRID`.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import brainsim as b
from brainsim.devices.standalone.built import BuiltNetwork

GRID = {"tau": [5, 10] * b.ms, "neurons.drive": [0.9, 1.2]}
REPEATS = 2
SEED = 5


def build(folder: Path) -> BuiltNetwork:
    """Return a program of noisy neurons; the same one each time."""
    b.start_scope()
    b.seed(11)
    b.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j", "CXXFLAGS=-O1"]
    group = b.NeuronGroup(
        20,
        """dv/dt = (drive - v)/tau + 0.2*xi/sqrt(tau) + slope : 1
           drive : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
        name="neurons",
        namespace={"tau": 10 * b.ms, "slope": 0 * b.Hz},
    )
    group.v = "rand()"
    spikes = b.SpikeMonitor(group, name="spikes")
    return b.Network(group, spikes).build(duration=30 * b.ms, directory=folder)


def rate(results: Any) -> Any:
    """Return the mean rate, with its unit."""
    return results["spikes"].num_spikes / 20 / (30 * b.ms)


def final(results: Any) -> Any:
    """Return the state at the end, one number per neuron."""
    return results["neurons"].v


def latest(results: Any) -> Any:
    """Return the time of the last spike."""
    return results["spikes"].t.max()


MEASURE = {"rate": rate, "final": final, "count": "spikes.num_spikes"}


def slowly(results: Any) -> Any:
    """Return the number of spikes, in no hurry."""
    time.sleep(0.2)
    return results["spikes"].num_spikes


def deadly(flag: str, last: float, results: Any) -> Any:
    """Return the number of spikes; the first caller whose last value is this one is killed."""
    if float(results["neurons"].v[0]) == last and not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return results["spikes"].num_spikes


def always_deadly(last: float, results: Any) -> Any:
    """Return the number of spikes; who measures the run with this last value is killed."""
    if float(results["neurons"].v[0]) == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return results["spikes"].num_spikes


def _dask(options: dict[str, Any]) -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        b.sweep(executor=client.get_executor(), **options)


def _mpi(options: dict[str, Any]) -> None:
    from mpi4py.futures import MPIPoolExecutor

    with MPIPoolExecutor() as executor:
        b.sweep(executor=executor, **options)


def main(kind: str, program: str, out: str) -> None:
    """Do the sweep in one of several ways."""
    options: dict[str, Any] = {
        "prog": BuiltNetwork(Path(program)),
        "grid": GRID,
        "repeats": REPEATS,
        "seed": SEED,
        "out": out,
        "measure": MEASURE,
    }
    match kind:
        case "dask":
            _dask(options)
        case "mpi":
            _mpi(options)
        case "processes":
            with ProcessPoolExecutor(2) as executor:
                b.sweep(executor=executor, **options)
        case "slow":
            b.sweep(executor=2, **options | {"measure": {"slowly": slowly}})
        case "slow processes":
            make = functools.partial(ProcessPoolExecutor, 2)
            b.sweep(executor=make, **options | {"measure": {"slowly": slowly}})
        case "endless":
            b.sweep(executor=2, **options, duration=1e7 * b.second)


if __name__ == "__main__":
    main(*sys.argv[1:])
