"""Izhikevich's simple neuron, four parameter sets, integrated by forward Euler."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Regular spiking, intrinsically bursting, chattering and fast spiking cells."""
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        4,
        """dv/dt = (0.04/ms/mV)*v**2 + (5/ms)*v + 140*mV/ms - u + drive : volt
           du/dt = a*(b*v - u) : volt/second
           drive : volt/second (constant)
           a : Hz (constant)
           b : Hz (constant)
           c : volt (constant)
           d : volt/second (constant)""",
        threshold="v >= 30*mV",
        reset="v = c; u += d",
        method="euler",
    )
    neurons.a = [0.02, 0.02, 0.02, 0.1] / b.ms
    neurons.b = 0.2 / b.ms
    neurons.c = [-65, -55, -50, -65] * b.mV
    neurons.d = [8, 4, 2, 2] * b.mV / b.ms
    neurons.drive = 10 * b.mV / b.ms
    neurons.v = -65 * b.mV
    neurons.u = "b*v"
    traces = b.StateMonitor(neurons, ["v", "u"], record=True)
    spikes = b.SpikeMonitor(neurons, variables=["v", "u"])
    b.Network(neurons, traces, spikes).run(100 * b.ms)
    return {
        "v": traces.v,
        "u": traces.u,
        "spikes": spikes,
        "v_at_spike": spikes.v,
        "u_at_spike": spikes.u,
    }
