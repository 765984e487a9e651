"""Objects found by `run` itself, external names looked up where `run` is called."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """A constant of the calling function changes between two runs."""
    b.start_scope()
    b.defaultclock.dt = 0.1 * b.ms
    tau = 7 * b.ms
    level = 0.9
    neurons = b.NeuronGroup(
        3,
        """dv/dt = (1.2 + bias - v)/tau : 1
           bias : 1""",
        threshold="v > level",
        reset="v = 0",
        method="exact",
    )
    scale = 0.2
    neurons.bias = "scale*i"
    synapses = b.Synapses(neurons, neurons, on_pre="v_post -= kick", delay=0.5 * b.ms)
    synapses.connect("i != j")
    traces = b.StateMonitor(neurons, "v", record=True)
    kick = 0.05
    b.run(20 * b.ms)
    tau = 3 * b.ms
    kick = 0.2
    spikes = b.SpikeMonitor(neurons)  # a monitor may come later
    b.run(20 * b.ms)
    del tau, level, scale, kick  # the strings above used them
    return {"t": traces.t, "v": traces.v, "spikes": spikes, "bias": neurons.bias}
