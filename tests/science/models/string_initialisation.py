"""States set and read through strings, indices, slices and conditions."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, _seed: int) -> dict[str, Any]:
    """No step is taken: this is about what assignments mean."""
    neurons = b.NeuronGroup(
        10,
        """v : volt
           w : 1
           k : integer
           on : boolean
           both = v*w : volt""",
        namespace={"base": 3 * b.mV},
    )
    neurons.v = "base + i*mV"
    neurons.w = "i/N"
    neurons.k = "2.7*i"
    neurons.on = "v > 6*mV and i % 2 == 0"
    b.Network(neurons)  # an object outside of every network draws a warning
    results: dict[str, Any] = {"first_v": np.array(neurons.v[:]), "k": np.array(neurons.k[:])}
    neurons.v["i < 3 or w > 0.75"] = "-v/2"
    neurons.v["on"] = 11 * b.mV
    neurons.v[[4, 6]] = [1, 2] * b.mV
    neurons.v[-1] = 0 * b.mV
    neurons.v[7:9] += 1 * b.mV
    neurons.w *= 2
    neurons.w_[0] = 5
    neurons.k[2:5] = [7, 8, 9]
    return results | {
        "v": neurons.v,
        "w": neurons.w,
        "k_after": neurons.k,
        "on": neurons.on,
        "both": neurons.both[:],
        "both_where": neurons.both["v > 1.2*mV and not on"],
        "v_by_mask": neurons.v[np.arange(10) % 3 == 0],
        "unitless": neurons.v_[1:3],
        "indices": neurons.indices["v > 1.2*mV"],
        "sum": np.sum(neurons.v_[:]),
        "i": neurons.i,
    }
