"""Bytes per synapse of brainsim: one kind of synapses, one process, one line of JSON.

    python storage.py KIND --size SYNAPSES

The memory that the process gains from before the synapses are made to after the first step, and at
its peak. `run.py` divides the difference of two sizes by the difference of the numbers of synapses.
"""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import memory

import brainsim as b

if TYPE_CHECKING:
    from collections.abc import Callable

NEURONS = 10_000
TRACES = """
w : 1
dapre/dt = -apre/(20*ms) : 1 (event-driven)
dapost/dt = -apost/(20*ms) : 1 (event-driven)
"""


def own(group: Any) -> tuple[Any, Callable[[], None]]:
    """Return synapses with a weight in float32 and a delay of their own."""
    synapses = b.Synapses(group, group, "w : 1", on_pre="v_post += w", dtype=np.float32)

    def values() -> None:
        synapses.w = "0.001*(1 + 0.1*randn())"
        synapses.delay = "clip(1.5 + 0.75*randn(), 0.1, 10)*ms"

    return synapses, values


def neither(group: Any) -> tuple[Any, Callable[[], None]]:
    """Return synapses with one weight and one delay for all."""
    return b.Synapses(group, group, on_pre="v_post += 0.001", delay=1.5 * b.ms), lambda: None


def plastic(group: Any) -> tuple[Any, Callable[[], None]]:
    """Return plastic synapses: a weight in float32, two traces, no delay."""
    synapses = b.Synapses(
        group,
        group,
        TRACES,
        on_pre="v_post += w*0.001; apre += 0.01; w = clip(w + apost, 0, 1)",
        on_post="apost -= 0.0105; w = clip(w + apre, 0, 1)",
        dtype=np.float32,
    )

    def values() -> None:
        synapses.w = "rand()"

    return synapses, values


KINDS = {"own weight and delay": own, "neither": neither, "plastic": plastic}


def main() -> None:
    """Measure one kind and print."""
    parser = argparse.ArgumentParser(description="Measure the memory of synapses.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--size", type=int, required=True, help="number of synapses, about")
    choice = parser.parse_args()
    decay = "dv/dt = -v/(10*ms) : 1"
    group = b.NeuronGroup(NEURONS, decay, threshold="v > 1", reset="v = 0", method="exact")
    group.v = "rand()*1.01"
    synapses, values = KINDS[choice.kind](group)
    before = memory("VmRSS")
    synapses.connect(p=choice.size / NEURONS**2)
    values()
    b.Network(group, synapses).run(0.1 * b.ms)
    gained = {"bytes": memory("VmRSS") - before, "peak": memory("VmHWM") - before}
    print(json.dumps({"synapses": len(synapses), "load": os.getloadavg()[0], **gained}))


if __name__ == "__main__":
    main()
