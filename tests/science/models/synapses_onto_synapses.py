"""Synapses whose targets are synapses: the target's number counts, wherever it stands in memory."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Modulate weights of synapses that delays and unsorted sources rearrange."""
    b.defaultclock.dt = 0.1 * b.ms
    source = b.SpikeGeneratorGroup(3, [0, 1, 2, 0], [0.0, 1.0, 2.0, 3.0] * b.ms)
    modulator = b.SpikeGeneratorGroup(2, [0, 1, 0], [0.5, 1.5, 2.5] * b.ms)
    neurons = b.NeuronGroup(2, "v : 1")
    synapses = b.Synapses(source, neurons, "w : 1\n tripled = 3*w : 1", on_pre="v_post += w")
    synapses.connect(i=[2, 0, 1, 0], j=[0, 1, 1, 0])
    synapses.w = "1 + i + 10*j"
    synapses.delay = "0.1*ms*(1 + (2*i + j) % 3)"
    modulation = b.Synapses(
        modulator, synapses, "g : 1", on_pre="w_post += g + 0.01*tripled_post + 0.1*i_post"
    )
    modulation.connect(i=[0, 1, 1], j=[0, 1, 3])
    modulation.g = "10 + j"
    trace = b.StateMonitor(synapses, "w", record=True)
    b.Network(source, modulator, neurons, synapses, modulation, trace).run(5 * b.ms)
    return {"w": trace.w, "final": synapses.w, "v": neurons.v, "seen": modulation.w_post}
