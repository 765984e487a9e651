"""A small ring with excitation nearby and inhibition further away."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Fan-in of many synapses in one step: repeated targets add up, in the order of synapses."""
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        24,
        """dv/dt = (drive + g - v)/(10*ms) : volt (unless refractory)
           dg/dt = -g/(3*ms) : volt
           drive : volt (constant)""",
        threshold="v > 15*mV",
        reset="v = 2*mV",
        refractory=1.5 * b.ms,
        method="exact",
    )
    neurons.drive = "17*mV + 3*mV*sin(2*pi*i/N)"
    neurons.v = "14*mV*i/N"
    distance = "abs((i - j + 12) % 24 - 12)"
    near = b.Synapses(neurons, neurons, "w : volt", on_pre="g_post += w", delay=1.1 * b.ms)
    near.connect(f"i != j and {distance} < 3")
    near.w = f"2*mV/({distance} + 1)"
    far = b.Synapses(neurons, neurons, on_pre="g_post -= 0.4*mV")
    far.connect(f"{distance} >= 3 and {distance} < 8")
    traces = b.StateMonitor(neurons, ["v", "g"], record=range(0, 24, 5))
    spikes = b.SpikeMonitor(neurons)
    b.Network(neurons, near, far, traces, spikes).run(60 * b.ms)
    return {
        "v": traces.v,
        "g": traces.g,
        "spikes": spikes,
        "count": spikes.count,
        "sizes": [len(near), len(far)],
    }
