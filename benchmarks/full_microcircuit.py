"""The cortical microcircuit at full size (77,169 neurons, 299 million synapses) in brainsim.

    python full_microcircuit.py --threads 2 --seconds 1 [--scale 1.0]

Single precision. One Synapses object per pair of populations, with a fixed total number of
synapses, weights and delays drawn by strings. One process, one line of JSON: how long the network
took to make (everything up to the end of the first step), a simulated second, the peak of memory.
"""

from __future__ import annotations

import argparse
import inspect
import json
import time
from typing import Any

import microcircuit as pd
import numpy as np
from measure import memory

import brainsim as b

STEP_MS = 0.1


def populations(circuit: pd.Microcircuit) -> tuple[Any, list[Any], list[Any]]:
    """Return all neurons, the eight populations, and their external inputs."""
    ends = np.concatenate([[0], np.cumsum(circuit.neurons)])
    neurons = b.NeuronGroup(
        int(ends[-1]),
        """dv/dt = -(v + 65*mV)/(10*ms) + (current + constant_current)/(250*pF)
                   : volt (unless refractory)
           dcurrent/dt = -current/(0.5*ms) : amp
           constant_current : amp""",
        threshold="v > -50*mV",
        reset="v = -65*mV",
        refractory=2 * b.ms,
        method="exact",
    )
    parts = [neurons[int(ends[k]) : int(ends[k + 1])] for k in range(8)]
    drives = []
    for k, part in enumerate(parts):
        part.constant_current = circuit.current_pa[k] * b.pA
        part.v = f"({pd.START_MV[k]} + {pd.START_SPREAD_MV[k]}*randn())*mV"
        number, weight = int(circuit.external[k]), circuit.external_pa * b.pA
        drives.append(b.PoissonInput(part, "current", number, pd.EXTERNAL_HZ * b.Hz, weight))
    return neurons, parts, drives


def connect(projection: Any, total: int, random: np.random.Generator) -> None:
    """Make a fixed total number of synapses, sources and targets drawn with replacement."""
    if "total" in inspect.signature(projection.connect).parameters:
        projection.connect(total=total)
        return
    ends = (len(projection.source), len(projection.target))
    i, j = (random.integers(0, n, total, dtype=np.int32) for n in ends)
    projection.connect(i=i, j=j)


def projections(circuit: pd.Microcircuit, parts: list[Any]) -> list[Any]:
    """Return the synapses of all pairs of populations that are connected."""
    random = np.random.default_rng(1)
    made = []
    for source in range(8):
        mean, spread = pd.DELAY_MS[source % 2]
        for target in range(8):
            total = int(circuit.synapses[target, source])
            if not total:
                continue
            weight = float(circuit.weight_pa[target, source])
            low, high = ("0", "inf") if weight > 0 else ("-inf", "0")
            projection = b.Synapses(
                parts[source], parts[target], "w : amp", on_pre="current += w", dtype=np.float32
            )
            connect(projection, total, random)
            projection.w = f"clip({weight}*(1 + 0.1*randn()), {low}, {high})*pA"
            projection.delay = f"clip({mean} + {spread}*randn(), {STEP_MS}, inf)*ms"
            made.append(projection)
    return made


def main() -> None:
    """Make the network, run it, and print."""
    parser = argparse.ArgumentParser(description="Measure the full-scale microcircuit.")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0, help="simulated time")
    parser.add_argument("--scale", type=float, default=1.0, help="of neurons and in-degrees")
    choice = parser.parse_args()
    b.prefs.core.default_float_dtype = np.float32
    if choice.threads != 1 or "core.threads" in b.prefs:
        b.prefs.core.threads = choice.threads
    b.seed(4711)
    circuit = pd.scaled(choice.scale)
    started = time.perf_counter()
    neurons, parts, drives = populations(circuit)
    synapses = projections(circuit, parts)
    made = time.perf_counter()
    monitor = b.SpikeMonitor(neurons)
    network = b.Network(neurons, *drives, *synapses, monitor)
    network.run(STEP_MS * b.ms)
    ready = time.perf_counter()
    network.run(0.1 * b.second)  # the start is not typical
    before, begun = monitor.num_spikes, time.perf_counter()
    network.run(choice.seconds * b.second)
    ended = time.perf_counter()
    print(
        json.dumps(
            {
                "connect_s": made - started,
                "build_s": ready - started,
                "run_s": ended - begun,
                "run_per_second": (ended - begun) / choice.seconds,
                "rate_hz": (monitor.num_spikes - before) / len(neurons) / choice.seconds,
                "neurons": len(neurons),
                "synapses": sum(len(projection) for projection in synapses),
                "peak_bytes": memory("VmHWM"),
            }
        )
    )


if __name__ == "__main__":
    main()
