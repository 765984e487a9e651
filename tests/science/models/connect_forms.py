"""Which synapses each form of `connect` makes, and in which order."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Pairs, counts per neuron, and values read through pair indices."""
    source = b.NeuronGroup(6, "x : 1", threshold="x > 1", reset="")
    target = b.NeuronGroup(5, "y : 1")
    source.x = "i*i % 5"
    target.y = "2*i % 4"
    forms: dict[str, dict[str, Any]] = {
        "all": {},
        "true": {"condition": True},
        "condition": {"condition": "i != j"},
        "band": {"condition": "abs(i - j) <= 1 and i > 0"},
        "values": {"condition": "x_pre > y_post"},
        "certain": {"p": 1},
        "certain_where": {"condition": "i < j", "p": 1.0},
        "never": {"p": 0},
        "arrays": {"i": np.array([5, 0, 3, 3]), "j": np.array([1, 4, 2, 2])},
        "broadcast": {"i": 2, "j": np.arange(5)},
        "one_to_one": {"j": "i", "skip_if_invalid": True},
        "shifted": {"j": "(i + 2) % N_post"},
        "where": {"j": "i if x_pre < 3", "skip_if_invalid": True},
        "mirrored": {"i": "j"},
        "twice": {"condition": "i == 2*j", "n": 2},
        "count": {"condition": "j < 2", "n": "i % 3"},
    }
    results: dict[str, Any] = {}
    network = b.Network(source, target)
    for name, arguments in forms.items():
        synapses = b.Synapses(source, target, "w : 1", on_pre="y_post += w")
        synapses.connect(**arguments)
        network.add(synapses)
        results |= {
            f"{name}_i": synapses.i,
            f"{name}_j": synapses.j,
            f"{name}_outgoing": synapses.N_outgoing_pre,
            f"{name}_incoming": synapses.N_incoming_post,
            f"{name}_total": len(synapses),
        }
        if len(synapses):
            synapses.w = "10*i + j + 0.5*x_pre"
            results |= {f"{name}_w": synapses.w, f"{name}_per_synapse": synapses.N_incoming}
    synapses = b.Synapses(source, target, "w : 1", on_pre="y_post += w")
    synapses.connect("i == j")
    synapses.w = 1
    synapses.connect("i > j + 1")
    synapses.w["i > 3"] = "i + 0.1*j"
    synapses.w[5, 0] = 99
    synapses.w[:, 2] *= 3
    network.add(synapses)
    network.run(0.1 * b.ms)
    return results | {
        "appended_i": synapses.i,
        "appended_j": synapses.j,
        "appended_w": synapses.w,
        "row": synapses.w[4, :],
        "column": synapses.w[:, 1],
        "pair": synapses.w[5, 3],
        "none": synapses.w[0, 4],
        "string": synapses.w["i == 5 and j > 0"],
        "numbers": synapses.w[1:4],
        "y_post": synapses.y_post[:],
    }
