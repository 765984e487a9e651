"""Simulations in several processes, as scripts do to try many parameters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = '''
import multiprocessing
import sys

from brainsim import *

prefs.codegen.target = sys.argv[2]


def spikes_with(current):
    """Return the number of spikes of a neuron of its own, and where they are."""
    start_scope()
    group = NeuronGroup(1, "dv/dt = (I - v)/(10*ms) : 1\\nI : 1", threshold="v > 1",
                        reset="v = 0", method="exact")
    group.I = current
    monitor = SpikeMonitor(group)
    run(50*ms)
    return int(monitor.num_spikes), monitor.t/ms


shared = NeuronGroup(2, "dv/dt = rate : 1\\nrate : Hz", method="euler", name="shared")
network = Network(shared)
network.store()


def advanced(number):
    """Return what the network of the parent process does in this one."""
    network.restore()
    shared.rate = number*Hz
    network.run(10*ms)
    return [round(float(v), 9) for v in shared.v]


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        for number, times in pool.map(spikes_with, [0.5, 1.5, 2, 4]):
            print(number, [round(float(t), 1) for t in times[:2]])
        print([v for v in pool.map(advanced, [100, 200, 300])])
'''


@pytest.mark.row("1 multiprocessing / joblib")
@pytest.mark.parametrize("target", ["c", "numpy"])
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_pool_of_processes(start: str, target: str, tmp_path: Path) -> None:
    """Each builds its own network, or runs the one that was there before the fork."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(path), start, target]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )
    assert done.returncode == 0, done.stderr
    # from v = 0 to 1 in 10 ms*log(I/(I - 1)): 10.99, 6.93, 2.88 ms; the spike has the time of
    # the beginning of the step in which the threshold was crossed
    assert done.stdout.splitlines() == [
        "0 []",
        "4 [10.9, 21.9]",
        "7 [6.9, 13.9]",
        "17 [2.8, 5.7]",
        "[[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]",
    ], done.stderr
