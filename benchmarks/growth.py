"""How costs grow: nanoseconds per neuron and per synaptic event, for one number of neurons.

    python growth.py --size NEURONS [--threads N] [--precision f64|f32]

Integrate-and-fire neurons with exponential currents, 100 synapses each, at about 10 spikes per
second, whatever the size. One process, one line of JSON; `net.profile()` tells the two costs apart.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from measure import memory

import brainsim as b

FAN_OUT = 100
# neurons times steps of a measurement, so that it takes about a second
WORK = 3e8


def main() -> None:
    """Measure one size and print."""
    parser = argparse.ArgumentParser(description="Measure the cost per neuron and per event.")
    parser.add_argument("--size", type=int, required=True, help="number of neurons")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", choices=("f64", "f32"), default="f64")
    choice = parser.parse_args()
    if choice.precision == "f32":
        b.prefs.core.default_float_dtype = np.float32
    if choice.threads != 1 or "core.threads" in b.prefs:
        b.prefs.core.threads = choice.threads
    b.seed(4711)
    n = choice.size
    neurons = b.NeuronGroup(
        n,
        """dv/dt = (g + drive - v)/(20*ms) : 1 (unless refractory)
           dg/dt = -g/(5*ms) : 1
           drive : 1 (constant, shared)""",
        threshold="v > 1",
        reset="v = 0",
        refractory=5 * b.ms,
        method="exact",
        name="neurons",
    )
    neurons.v = "rand()"
    neurons.drive = 1.0091  # a spike every 100 ms
    synapses = b.Synapses(neurons, neurons, on_pre="g_post += 1e-9", name="synapses")
    synapses.connect(j=f"k for k in sample(N_post, size={min(FAN_OUT, n)})")
    network = b.Network(neurons, synapses, b.SpikeMonitor(neurons, record=False))
    steps = int(np.clip(WORK / n, 300, 20_000))
    network.run(20 * b.ms)
    network.profile(10 * b.ms)  # compiled, and warm
    found = network.profile(steps * 0.1 * b.ms)
    print(
        json.dumps(
            {
                "run_s": found.seconds,
                "steps": steps,
                "rate_hz": found.rates["neurons", "spike"],
                "synapses": len(synapses),
                "ns_per_neuron": found["neurons_stateupdater"].nanoseconds,
                "ns_per_event": found["synapses_pre"].nanoseconds,
                "peak_bytes": memory("VmHWM"),
            }
        )
    )


if __name__ == "__main__":
    main()
