"""Section 14: the delay of a synapse is a variable that its code may read and write."""

from __future__ import annotations

from typing import Any

from probing import probe


def _pair(b: Any, on_pre: str) -> tuple[Any, Any, Any]:
    source = b.SpikeGeneratorGroup(1, [0, 0, 0], [1, 2, 7] * b.ms)
    target = b.NeuronGroup(1, "n : 1")
    return source, target, b.Synapses(source, target, "w : 1", on_pre=on_pre)


@probe("14.1 names in code", "14.1 delay d")
def read(b: Any) -> dict[str, Any]:
    source, target, synapses = _pair(b, "n += 1; w = delay/ms")
    synapses.connect()
    without = b.Network(source, target, synapses)
    without.run(3 * b.ms)
    return {"w": synapses.w[:], "delay": synapses.delay[:]}


@probe("14.1 delay d")
def read_what_was_set(b: Any) -> dict[str, Any]:
    source, target, synapses = _pair(b, "n += 1; w = delay/ms")
    synapses.connect(n=2)
    synapses.delay = [0.3, 1.5] * b.ms
    b.Network(source, target, synapses).run(4 * b.ms)
    return {"w": synapses.w[:], "n": target.n[:]}


@probe("14.1 delay d")
def written_by_code_it_counts_from_the_next_run_on(b: Any) -> dict[str, Any]:
    source, target, synapses = _pair(b, "n += 1; delay += 1*ms")
    synapses.connect()
    trace = b.StateMonitor(target, "n", record=0)
    network = b.Network(source, target, synapses, trace)
    network.run(5 * b.ms)
    network.run(6 * b.ms)
    return {"n": trace.n[0], "delay": synapses.delay[:]}


@probe("14.1 on_pre, on_post")
def empty_code_makes_no_pathway(b: Any) -> dict[str, Any]:
    spiking = b.NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0")
    silent = b.NeuronGroup(1, "v : 1")
    one = b.Synapses(spiking, silent, on_pre="v += 1", on_post="")
    other = b.Synapses(silent, spiking, on_pre="", on_post="v += 1")
    return {"one": hasattr(one, "delay"), "other": hasattr(other, "delay")}


@probe("10 G.v, G.v_")
def values_of_a_variable(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(3, "v : volt\ns : 1 (shared)")
    group.v, group.s = [1, 2, 3] * b.mV, 5
    before = group.variables["v"].get_value().copy()
    group.variables["v"].set_value([4.0, 5.0, 6.0])
    return {"before": before, "after": group.v[:]}
