"""Section 16: monitors of spikes, of events, and of rates."""

from __future__ import annotations

import importlib
import logging
from typing import Any

from probing import probe, raised


def firing(b: Any, n: int = 3, **options: Any) -> Any:
    """Return neurons with periods of 5, 3 and 2 steps."""
    group = b.NeuronGroup(
        n,
        "dv/dt = rate : 1\nrate : hertz\nu : volt\nm = 2*v : 1\ng : 1 (shared)",
        threshold="v > 0.95",
        reset="v = 0; u += 1*mV",
        method="euler",
        **options,
    )
    group.rate = [2, 3.4, 5][:n] / b.ms
    group.g = 7
    return group


@probe("16 SpikeMonitor")
def recorded_spikes(b: Any) -> dict[str, Any]:
    group = firing(b)
    spikes = b.SpikeMonitor(group)
    b.run(1 * b.ms)
    return {
        "i": spikes.i[:],
        "t": spikes.t[:],
        "t_": spikes.t_[:],
        "it": list(spikes.it),
        "it_": list(spikes.it_),
        "count": spikes.count[:],
        "kinds": [str(spikes.i[:].dtype), str(spikes.count[:].dtype), str(spikes.t_[:].dtype)],
        "num": int(spikes.num_spikes),
        "N": spikes.N[:],
        "trains": {str(k): v for k, v in spikes.spike_trains().items()},
        "keys": [int(k) for k in spikes.spike_trains()],
        "of one": spikes.t[spikes.i == 1],
        "some": [spikes.i[2], spikes.t[-1], spikes.t[1:3], spikes.count[1]],
        "string": [spikes.t["i == 2"], spikes.i["t > 0.5*ms"]],
        "arithmetic": [spikes.t / b.ms, spikes.count / (1 * b.ms)],
        "source": spikes.source.name == group.name,
    }


@probe("16 SpikeMonitor")
def values_at_spikes(b: Any) -> dict[str, Any]:
    group = firing(b)
    spikes = b.SpikeMonitor(group, variables=["v", "u", "m"])
    one = b.SpikeMonitor(group, variables="v")
    shared = b.SpikeMonitor(group, variables="g")
    b.run(1 * b.ms)
    return {
        "v": spikes.v[:],
        "u": spikes.u[:],
        "m": spikes.m[:],
        "u_": spikes.u_[:],
        "one": one.v[:],
        "shared": shared.g[:],
        "values": {str(k): v for k, v in spikes.values("u").items()},
        "times": {str(k): v for k, v in spikes.values("t").items()},
        "all": {
            name: {str(k): v for k, v in found.items()}
            for name, found in spikes.all_values().items()
        },
        "unknown": raised(lambda: b.SpikeMonitor(group, variables="z")),
        "not recorded": raised(lambda: one.values("u")),
        "attribute": raised(lambda: one.u),
    }


@probe("16 SpikeMonitor")
def before_the_reset_and_synapses(b: Any) -> dict[str, Any]:
    group = firing(b, 1)
    target = b.NeuronGroup(1, "v : 1", threshold="v > 0.5", reset="v = 0")
    synapses = b.Synapses(group, target, on_pre="v += 1")
    synapses.connect()
    default = b.SpikeMonitor(group, variables="v")
    late = b.SpikeMonitor(group, variables="v", when="end")
    ordered = b.SpikeMonitor(group, variables="v", when="resets", order=-1)
    received = b.SpikeMonitor(target, variables="v")
    b.run(1.2 * b.ms)
    return {
        "v": [one.v[:] for one in (default, late, ordered, received)],
        "t": [one.t[:] for one in (default, late, received)],
        "when": [one.when for one in (default, late, ordered)],
        "order": [one.order for one in (default, late, ordered)],
    }


@probe("16 SpikeMonitor")
def only_counts(b: Any) -> dict[str, Any]:
    group = firing(b)
    counts = b.SpikeMonitor(group, record=False)
    b.run(1 * b.ms)
    return {
        "count": counts.count[:],
        "num": int(counts.num_spikes),
        "i": raised(lambda: counts.i),
        "t": raised(lambda: counts.t),
        "it": raised(lambda: counts.it),
        "trains": raised(counts.spike_trains),
        "values": raised(lambda: counts.values("t")),
        "all": raised(counts.all_values),
    }


@probe("16 SpikeMonitor")
def wrong_arguments(b: Any) -> dict[str, Any]:
    silent = b.NeuronGroup(2, "v : 1")
    group = firing(b)
    return {
        "no threshold": raised(lambda: b.SpikeMonitor(silent)),
        "order alone": raised(lambda: b.SpikeMonitor(group, order=1)),
        "argument": raised(lambda: b.SpikeMonitor(group, colour=1)),
        "written": raised(lambda: setattr(b.SpikeMonitor(group), "count", 3)),
    }


@probe("16 SpikeMonitor")
def nothing_recorded(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    spikes = b.SpikeMonitor(group, variables="v")
    before = [spikes.i[:], spikes.t[:], int(spikes.num_spikes), spikes.count[:]]
    b.run(0.2 * b.ms)
    return {
        "before": before,
        "i": spikes.i[:],
        "v": spikes.v[:],
        "trains": {str(k): v for k, v in spikes.spike_trains().items()},
        "values": {str(k): v for k, v in spikes.values("v").items()},
    }


@probe("16 SpikeMonitor")
def plotting_idioms(b: Any) -> dict[str, Any]:
    group = firing(b)
    spikes = b.SpikeMonitor(group)
    b.run(1.5 * b.ms)
    trains = spikes.spike_trains()
    intervals = b.diff(trains[2])
    late = spikes.t > 0.8 * b.ms
    return {
        "x": b.array(spikes.t / b.ms),
        "y": b.array(spikes.i),
        "sorted": [spikes.i[:][b.argsort(spikes.i[:], kind="stable")], b.unique(spikes.i)],
        "intervals": intervals,
        "rate": spikes.num_spikes / (1.5 * b.ms) / len(group),
        "late": [spikes.i[late], spikes.t[late]],
        "rates": spikes.count[:] / (1.5 * b.ms),
        "busiest": int(b.argmax(spikes.count)),
        "some": b.array([float(one) for one in spikes.t]),
        "bins": b.np.histogram(spikes.t / b.ms, bins=[0, 0.5, 1, 1.5])[0],
        "mean": float(b.mean(spikes.t / b.ms)),
        "length": [len(spikes.t), len(spikes.i)],
    }


@probe("16 SpikeMonitor")
def of_generators_and_synapses(b: Any) -> dict[str, Any]:
    generator = b.SpikeGeneratorGroup(3, [2, 0, 1], [0, 0.1, 0.1] * b.ms)
    poisson = b.PoissonGroup(2, [0, 1e9] * b.Hz)
    monitors = [b.SpikeMonitor(one) for one in (generator, poisson, poisson[1:])]
    counts = b.SpikeMonitor(generator, record=False)
    rates = b.SpikeMonitor(poisson, variables="rates")
    net = b.Network(generator, poisson, monitors, counts, rates)
    net.run(0.3 * b.ms)
    return {
        "i": [one.i[:] for one in monitors],
        "t": [one.t[:] for one in monitors],
        "count": [one.count[:] for one in (*monitors, counts)],
        "rates": rates.rates[:],
    }


@probe("16 EventMonitor")
def custom_events(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        2,
        "dv/dt = (i + 1)/ms : 1\nlast : second",
        threshold="v > 10",
        reset="v = 0",
        events={"high": "v > 0.35", "never": "v > 100"},
        method="euler",
    )
    group.run_on_event("high", "v = 0; last = t")
    events = b.EventMonitor(group, "high", variables="v")
    never = b.EventMonitor(group, "never")
    spikes = b.EventMonitor(group, "spike")
    counts = b.EventMonitor(group, "high", record=False)
    late = b.EventMonitor(group, "high", "v", when="end")
    b.run(0.9 * b.ms)
    return {
        "i": events.i[:],
        "t": events.t[:],
        "v": events.v[:],
        "late": late.v[:],
        "num": [int(one.num_events) for one in (events, never, spikes, counts)],
        "count": counts.count[:],
        "trains": {str(k): v for k, v in events.event_trains().items()},
        "values": {str(k): v for k, v in events.values("v").items()},
        "it": list(events.it),
        "when": [events.when, late.when, spikes.when],
        "order": [events.order, late.order, spikes.order],
        "event": events.event,
        "last": group.last[:],
        "kind": isinstance(b.SpikeMonitor(group), b.EventMonitor),
        "unknown": raised(lambda: b.EventMonitor(group, "other")),
        "spike trains": raised(lambda: events.spike_trains),
    }


@probe("16 EventMonitor")
def moved_events(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dv/dt = 1/ms : 1", events={"high": "v > 0.15"}, method="euler")
    group.set_event_schedule("high", when="start", order=2)
    group.run_on_event("high", "v = 0")
    events = b.EventMonitor(group, "high", variables="v")
    b.run(0.9 * b.ms)
    return {"t": events.t[:], "v": events.v[:], "place": [events.when, events.order]}


@probe("16 PopulationRateMonitor")
def rate_of_each_step(b: Any) -> dict[str, Any]:
    group = firing(b)
    rate = b.PopulationRateMonitor(group)
    b.run(0.8 * b.ms)
    b.run(0.4 * b.ms)
    return {
        "rate": rate.rate[:],
        "rate_": rate.rate_[:],
        "t": rate.t[:],
        "N": rate.N[:],
        "place": [rate.when, rate.order],
        "mean": b.mean(rate.rate[:]),
        "in Hz": (rate.rate / b.Hz)[:4],
        "name": rate.name.startswith("ratemonitor"),
        "no threshold": len(raised(lambda: b.PopulationRateMonitor(b.NeuronGroup(1, "v : 1")))) > 0,
    }


@probe("16 PopulationRateMonitor")
def smoothed(b: Any) -> dict[str, Any]:
    group = firing(b)
    rate = b.PopulationRateMonitor(group)
    b.run(1.2 * b.ms)
    return {
        "gaussian": rate.smooth_rate(window="gaussian", width=0.1 * b.ms),
        "default": rate.smooth_rate(width=0.13 * b.ms),
        "flat": rate.smooth_rate(window="flat", width=0.3 * b.ms),
        "flat, rounded": rate.smooth_rate("flat", 0.6 * b.ms),
        "array": rate.smooth_rate(window=b.array([1, 2, 1])),
        "single": rate.smooth_rate(window=b.array([5.0])),
        "no width": raised(lambda: rate.smooth_rate("gaussian")),
        "no width for flat": raised(lambda: rate.smooth_rate("flat")),
        "unknown": raised(lambda: rate.smooth_rate("triangular", 1 * b.ms)),
        "even": raised(lambda: rate.smooth_rate(b.array([1, 1]))),
        "two dimensions": raised(lambda: rate.smooth_rate(b.ones((3, 3)))),
        "array and width": raised(lambda: rate.smooth_rate(b.array([1, 2, 1]), 1 * b.ms)),
        "unit": raised(lambda: rate.smooth_rate("flat", 3 * b.mV)),
        "number": raised(lambda: rate.smooth_rate(3)),
    }


@probe("16 PopulationRateMonitor")
def rounded_widths(b: Any) -> dict[str, Any]:
    group = firing(b)
    rate = b.PopulationRateMonitor(group)
    b.run(1 * b.ms)
    logger = importlib.import_module(f"{b.__name__}.utils.logger")
    found: dict[str, Any] = {}
    for width in (0.1, 0.2, 0.3, 0.35, 0.4, 0.5, 0.7):
        with logger.catch_logs(log_level=logging.INFO) as caught:
            smooth = rate.smooth_rate("flat", width * b.ms)
        found[str(width)] = [smooth, [name.rpartition(".")[2] for _, name, _ in caught]]
    return found


@probe("16 subgroups")
def rates_of_parts(b: Any) -> dict[str, Any]:
    group = firing(b)
    parts = [group[:1], group[1:], group[2:3]]
    rates = [b.PopulationRateMonitor(one) for one in parts]
    spikes = [b.SpikeMonitor(one) for one in parts]
    events = b.EventMonitor(parts[1], "spike", variables=["v", "u"])
    net = b.Network(group, rates, spikes, events)
    net.run(1 * b.ms)
    return {
        "rates": [one.rate[:] for one in rates],
        "i": [one.i[:] for one in spikes],
        "count": [one.count[:] for one in spikes],
        "num": [int(one.num_spikes) for one in spikes],
        "v": events.v[:],
        "trains": {str(k): v for k, v in spikes[1].spike_trains().items()},
    }


@probe("16 active")
def counting_pauses(b: Any) -> dict[str, Any]:
    group = firing(b)
    spikes = b.SpikeMonitor(group)
    b.run(0.6 * b.ms)
    spikes.active = False
    b.run(0.6 * b.ms)
    spikes.active = True
    b.run(0.6 * b.ms)
    trains = spikes.spike_trains()
    return {
        "i": spikes.i[:],
        "t": spikes.t[:],
        "count": spikes.count[:],
        "trains": {str(k): v for k, v in trains.items()},
    }
