"""Section 15: groups that emit given or random spikes."""

from __future__ import annotations

from typing import Any

from probing import logged, probe, raised


@probe("15 PoissonGroup")
def certain_and_silent(b: Any) -> dict[str, Any]:
    group = b.PoissonGroup(4, [0, 1e9, 0, 1e9] * b.Hz)
    spikes = b.SpikeMonitor(group)
    b.run(0.3 * b.ms)
    first = [spikes.i[:].copy(), spikes.t[:].copy()]
    group.rates = 0 * b.Hz
    group.rates[2] = 1e9 * b.Hz
    b.run(0.2 * b.ms)
    return {
        "first": first,
        "count": spikes.count[:],
        "rates": group.rates[:],
        "N": group.N,
        "i": group.i[:],
    }


@probe("15 PoissonGroup")
def rates_in_a_string(b: Any) -> dict[str, Any]:
    step = b.TimedArray([0, 1e9, 0] * b.Hz, dt=0.2 * b.ms)
    high = 1e9 * b.Hz
    timed = b.PoissonGroup(2, "step(t)")
    each = b.PoissonGroup(3, "high*int(i == 1)*int(t > 0.15*ms)")
    own = b.PoissonGroup(2, "other*int(i == 0)", namespace={"other": high})
    monitors = [b.SpikeMonitor(one) for one in (timed, each, own)]
    values = b.StateMonitor(each, "rates", record=[0, 1])
    net = b.Network(timed, each, own, monitors, values)
    net.run(0.7 * b.ms)
    return {
        "i": [one.i[:] for one in monitors],
        "t": [one.t[:] for one in monitors],
        "values": each.rates[:],
        "recorded": values.rates,
        "step": step(0.3 * b.ms),
        "set": raised(lambda: setattr(each, "rates", high)),
    }


@probe("15 PoissonGroup")
def rates_by_expression(b: Any) -> dict[str, Any]:
    group = b.PoissonGroup(4, 0 * b.Hz)
    group.rates = "i*10*Hz"
    first = group.rates[:].copy()
    group.rates["i > 2"] = 7 * b.Hz
    group.rates[:2] = [1, 2] * b.Hz
    group.rates_[2] = 0.5
    part = group[1:3]
    part.rates[0] = 100 * b.Hz
    return {
        "first": first,
        "rates": group.rates[:],
        "part": part.rates[:],
        "len": len(part),
        "indices": part.i[:],
        "unit": raised(lambda: setattr(group, "rates", 3)),
        "other unit": raised(lambda: setattr(group, "rates", 3 * b.mV)),
    }


@probe("15 PoissonGroup")
def wrong_rates(b: Any) -> dict[str, Any]:
    def run(**options: Any) -> Any:
        def go() -> None:
            group = b.PoissonGroup(2, **options)
            b.Network(group).run(0.1 * b.ms)

        return raised(go)

    return {
        "no unit": run(rates=3),
        "unit": run(rates=3 * b.mV),
        "length": run(rates=[1, 2, 3] * b.Hz),
        "string unit": run(rates="3*mV"),
        "string without unit": run(rates="3"),
        "unknown": run(rates="nowhere"),
        "fine": run(rates=3 * b.Hz),
        "both clocks": run(rates=3 * b.Hz, dt=1 * b.ms, clock=b.defaultclock),
    }


@probe("15 PoissonGroup")
def place_and_clock(b: Any) -> dict[str, Any]:
    group = b.PoissonGroup(2, 1e9 * b.Hz, dt=0.2 * b.ms, name="noise")
    moved = b.PoissonGroup(1, 1e9 * b.Hz, order=3)
    target = b.NeuronGroup(2, "x : 1\nlast : second")
    synapses = b.Synapses(group, target, on_pre="x += 1; last = t")
    synapses.connect(j="i")
    b.run(0.7 * b.ms)
    parts = [one.name for one in group.contained_objects]
    return {
        "x": target.x[:],
        "name": group.name,
        "parts": parts,
        "when": [group.contained_objects[0].when, moved.when],
        "order": [group.contained_objects[0].order, moved.contained_objects[0].order],
        "dt": group.dt,
        "t": group.t,
    }


@probe("15 PoissonGroup")
def statistics(b: Any) -> dict[str, Any]:
    """At most one spike per step, about as many as the rate says."""
    group = b.PoissonGroup(100, "50*Hz*(1 + int(i >= 50))")
    spikes = b.SpikeMonitor(group)
    b.run(500 * b.ms)
    counts = spikes.count[:]
    pairs = set(zip(spikes.i[:].tolist(), (spikes.t / b.defaultclock.dt).tolist(), strict=True))
    return {
        # 50 neurons * 0.5 s * 50 Hz = 1250 spikes with a standard deviation of 35: seven of them
        "slow": bool(1000 < counts[:50].sum() < 1500),
        "fast": bool(2150 < counts[50:].sum() < 2850),
        "once": len(pairs) == len(spikes.i),
    }


@probe("15 SpikeGeneratorGroup")
def given_spikes(b: Any) -> dict[str, Any]:
    indices, times = [2, 0, 1, 0, 2], [0.3, 0.1, 0.1, 0.85, 0.0] * b.ms
    group = b.SpikeGeneratorGroup(3, indices, times)
    spikes = b.SpikeMonitor(group)
    b.run(1 * b.ms)
    return {
        "i": spikes.i[:],
        "t": spikes.t[:],
        "count": spikes.count[:],
        "N": group.N,
    }


@probe("15 SpikeGeneratorGroup")
def times_between_steps(b: Any) -> dict[str, Any]:
    times = [0.0, 0.04, 0.0999, 0.09999, 0.15, 0.2999999, 0.3, 0.30001] * b.ms
    group = b.SpikeGeneratorGroup(8, range(8), times)
    spikes = b.SpikeMonitor(group)
    coarse = b.SpikeGeneratorGroup(3, [0, 1, 2], [0.1, 0.2, 0.55] * b.ms, dt=0.2 * b.ms)
    others = b.SpikeMonitor(coarse)
    b.run(1 * b.ms)
    return {"i": spikes.i[:], "t": spikes.t[:], "coarse": [others.i[:], others.t[:]]}


@probe("15 SpikeGeneratorGroup")
def periods(b: Any) -> dict[str, Any]:
    group = b.SpikeGeneratorGroup(2, [0, 1, 0], [0, 0.1, 0.3] * b.ms, period=0.5 * b.ms)
    spikes = b.SpikeMonitor(group)
    b.run(1.2 * b.ms)
    b.run(0.7 * b.ms)
    first = [spikes.i[:].copy(), spikes.t[:].copy()]
    group.set_spikes([1, 1], [0.1, 0.2] * b.ms, period=0.4 * b.ms)
    b.run(1 * b.ms)
    return {"first": first, "i": spikes.i[:], "t": spikes.t[:]}


@probe("15 SpikeGeneratorGroup")
def what_was_given(b: Any) -> dict[str, Any]:
    group = b.SpikeGeneratorGroup(3, [1, 0, 2], [0, 1, 0.5] * b.ms, period=5 * b.ms)
    first = [group.period[:], group.spike_time[:], group.neuron_index[:]]
    group.set_spikes([2], [3] * b.ms)
    return {
        "first": first,
        "then": [group.period[:], group.spike_time[:], group.neuron_index[:]],
        "written": raised(lambda: setattr(group, "period", 2 * b.ms)),
    }


@probe("15 SpikeGeneratorGroup")
def new_spikes(b: Any) -> dict[str, Any]:
    group = b.SpikeGeneratorGroup(3, [0, 1], [0.1, 0.8] * b.ms)
    spikes = b.SpikeMonitor(group)
    b.run(0.5 * b.ms)
    group.set_spikes([2, 0, 1], [1.2, 0.6, 0.9] * b.ms)
    with logged(b) as fine:
        b.run(1 * b.ms)
    group.set_spikes([2, 0, 1], [1.0, 0.2, 2.0] * b.ms)
    with logged(b) as early:
        b.run(1 * b.ms)
    return {"i": spikes.i[:], "t": spikes.t[:], "fine": fine, "early": early}


@probe("15 SpikeGeneratorGroup")
def several_runs(b: Any) -> dict[str, Any]:
    group = b.SpikeGeneratorGroup(2, [0, 1, 0, 1], [0.1, 0.35, 0.35, 1.05] * b.ms)
    spikes = b.SpikeMonitor(group)
    for _ in range(4):
        b.run(0.3 * b.ms)
    return {"i": spikes.i[:], "t": spikes.t[:]}


@probe("15 SpikeGeneratorGroup")
def wrong_spikes(b: Any) -> dict[str, Any]:
    def make(n: int, indices: Any, times: Any, **options: Any) -> Any:
        def go() -> None:
            group = b.SpikeGeneratorGroup(n, indices, times, **options)
            b.Network(group).run(0.1 * b.ms)

        return raised(go)

    return {
        "twice in a step": make(2, [0, 0], [0.1, 0.14] * b.ms),
        "twice in a step, sorted": make(2, [0, 0], [0.1, 0.1] * b.ms, sorted=True),
        "index": make(2, [2], [0.1] * b.ms),
        "negative index": make(2, [-1], [0.1] * b.ms),
        "negative time": make(2, [0], [-0.1] * b.ms),
        "lengths": make(2, [0, 1], [0.1] * b.ms),
        "unit": make(2, [0], [0.1]),
        "other unit": make(2, [0], [0.1] * b.mV),
        "short period": make(2, [0], [0.5] * b.ms, period=0.4 * b.ms),
        "equal period": make(2, [0], [0.5] * b.ms, period=0.5 * b.ms),
        "odd period": make(2, [0], [0.1] * b.ms, period=0.25 * b.ms),
        "negative period": make(2, [0], [0.1] * b.ms, period=-1 * b.ms),
        "no spikes": make(2, [], [] * b.ms),
        "floats": make(2, [0.0, 1.0], [0.1, 0.2] * b.ms),
        "fine": make(2, [0, 1], [0.1, 0.1] * b.ms),
    }


@probe("15 SpikeGeneratorGroup")
def sorted_beforehand(b: Any) -> dict[str, Any]:
    group = b.SpikeGeneratorGroup(
        3, [0, 2, 1], [0.1, 0.1, 0.4] * b.ms, sorted=True, when="start", order=2, name="given"
    )
    spikes = b.SpikeMonitor(group)
    b.run(0.6 * b.ms)
    return {
        "i": spikes.i[:],
        "t": spikes.t[:],
        "name": group.name,
        "when": group.when,
        "order": group.order,
        "monitor": [spikes.when, spikes.order],
    }


@probe("15 SpikeGeneratorGroup")
def into_synapses_and_rates(b: Any) -> dict[str, Any]:
    group = b.SpikeGeneratorGroup(2, [0, 1, 0], [0, 0.2, 0.3] * b.ms)
    target = b.NeuronGroup(2, "x : 1")
    synapses = b.Synapses(group, target, "w : 1", on_pre="x += w", delay=0.1 * b.ms)
    synapses.connect(j="i")
    synapses.w = "i + 1"
    rate = b.PopulationRateMonitor(group)
    values = b.StateMonitor(target, "x", record=True)
    b.run(0.6 * b.ms)
    return {"rate": rate.rate[:], "x": values.x}
