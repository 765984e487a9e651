"""What a StateMonitor can record, of whom, how often and at which place in the step."""

from __future__ import annotations

from typing import Any


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Subexpressions, index lists, own steps, slots and orders, and data added between runs."""
    b.defaultclock.dt = 0.1 * b.ms
    neurons = b.NeuronGroup(
        5,
        """dv/dt = (2 + 0.5*i - v)/tau : 1
           tau = (3 + i)*ms : second
           distance = abs(v - 1)*gain : 1
           gain : 1
           above = v > 0.5 : boolean""",
        threshold="v > 1",
        reset="v = 0.1",
        method="euler",
    )
    neurons.gain = "1 + i"
    monitors = {
        "one": b.StateMonitor(neurons, "v", record=2),
        "some": b.StateMonitor(neurons, ["distance", "tau", "above"], record=[4, 1]),
        "all": b.StateMonitor(neurons, True, record=[0]),
        "slow": b.StateMonitor(neurons, "v", record=True, dt=0.5 * b.ms),
        "end": b.StateMonitor(neurons, "v", record=[0, 3], when="end"),
        "after_groups": b.StateMonitor(neurons, "v", record=[0, 3], when="after_groups"),
        "resets": b.StateMonitor(neurons, "v", record=[0, 3], when="before_resets"),
        "own_clock": b.StateMonitor(neurons, "v", record=[1], clock=b.Clock(0.3 * b.ms)),
    }
    network = b.Network(neurons, list(monitors.values()))
    network.run(6 * b.ms)
    late = b.StateMonitor(neurons, "v", record=[0])
    network.add(late)
    network.run(6 * b.ms)
    results = {f"{name}_t": monitor.t for name, monitor in monitors.items()}
    results |= {f"{name}_v": monitors[name].v for name in monitors if name not in {"some", "all"}}
    some = monitors["some"]
    return results | {
        "distance": some.distance,
        "tau": some.tau,
        "above": some.above,
        "by_index": some[4].distance,
        "gain": monitors["all"].gain,
        "late_t": late.t,
        "late_v": late.v,
    }
