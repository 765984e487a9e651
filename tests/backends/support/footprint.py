"""Run as a program: how much a network adds to this process, and what its estimate says.

    python footprint.py KIND SIZE

Prints one line of JSON: the growth of the resident memory, the estimated bytes.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any

import brainsim as b

DECAY = "dv/dt = -v/(10*ms) : 1"


def resident() -> int:
    """Return the resident memory of this process, bytes."""
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


def plain_synapses(size: int) -> list[Any]:
    """Return synapses without anything of their own, a million per size."""
    group = b.NeuronGroup(1000, DECAY, threshold="v > 1", reset="v = 0")
    synapses = b.Synapses(group, group, on_pre="v_post += 0.001")
    for _ in range(size):
        synapses.connect()
    return [group, synapses]


def own_weights_and_delays(size: int) -> list[Any]:
    """Return synapses with a weight and a delay each, a million per size."""
    group = b.NeuronGroup(1000, DECAY, threshold="v > 1", reset="v = 0")
    synapses = b.Synapses(group, group, "w : 1", on_pre="v_post += w")
    for _ in range(size):
        synapses.connect()
    synapses.w = "rand()*0.001"
    synapses.delay = "rand()*5*ms"
    return [group, synapses]


def plastic(size: int) -> list[Any]:
    """Return plastic synapses, a million per size."""
    group = b.NeuronGroup(1000, DECAY, threshold="v > 1", reset="v = 0")
    synapses = b.Synapses(
        group,
        group,
        """w : 1
           da/dt = -a/(20*ms) : 1 (event-driven)
           db/dt = -b/(20*ms) : 1 (event-driven)""",
        on_pre="v_post += w; a += 1; w = clip(w + b, 0, 1)",
        on_post="b -= 1; w = clip(w + a, 0, 1)",
    )
    for _ in range(size):
        synapses.connect()
    return [group, synapses]


def neurons(size: int) -> list[Any]:
    """Return unconnected neurons, a million per size; about half of them spike at once."""
    model = f"{DECAY} (unless refractory)\ndg/dt = -g/ms : 1"
    options = {"threshold": "v > 1", "reset": "v = 0", "refractory": 2 * b.ms}
    group = b.NeuronGroup(size * 1_000_000, model, **options)
    group.v = "2*rand()"
    return [group]


def traces(size: int) -> list[Any]:
    """Return a StateMonitor that records 1000 doubles per size and step."""
    group = b.NeuronGroup(size * 1000, DECAY)
    return [group, b.StateMonitor(group, "v", record=True)]


def spikes(size: int) -> list[Any]:
    """Return a SpikeMonitor of 1000 neurons per size which spike in one of ten steps."""
    group = b.NeuronGroup(size * 1000, "v : 1", threshold="rand() < 0.1", reset="v = 0")
    return [group, b.SpikeMonitor(group)]


KINDS = {
    f.__name__: f
    for f in (plain_synapses, own_weights_and_delays, plastic, neurons, traces, spikes)
}


def warm_up(kind: str) -> None:
    """Run a small network of a kind, so that code and libraries are there already."""
    # in a function of its own, whose names are gone when it ends
    network = b.Network(KINDS[kind](1))
    network.estimate(1 * b.ms)
    network.run(1 * b.ms)


def main() -> None:
    """Measure one kind."""
    kind, size = sys.argv[1], int(sys.argv[2])
    warm_up(kind)
    before = resident()
    network = b.Network(KINDS[kind](size))
    found = network.estimate(5 * b.ms)
    network.run(5 * b.ms)
    sys.stdout.write(json.dumps({"grown": resident() - before, "estimated": found.bytes}) + "\n")


if __name__ == "__main__":
    main()
