"""Section 16: monitors of variables."""

from __future__ import annotations

from typing import Any

from probing import logged, probe, raised


def ramp(b: Any, n: int = 4, **options: Any) -> Any:
    """Return neurons whose v grows by i + 1 per millisecond."""
    return b.NeuronGroup(
        n,
        """dv/dt = (i + 1)*volt/ms : volt
           x : 1
           n : integer
           flag : boolean
           g : 1 (shared)
           twice = 2*v : volt
           half = x/2 : 1""",
        threshold="v > 0.35*volt",
        reset="v = 0*volt; n += 1; flag = not flag",
        method="euler",
        **options,
    )


@probe("16 StateMonitor")
def what_is_recorded(b: Any) -> dict[str, Any]:
    group = ramp(b)
    group.x = "i*i"
    every = b.StateMonitor(group, True, record=[0, 2])
    one = b.StateMonitor(group, "v", record=1)
    several = b.StateMonitor(group, ["v", "n", "flag", "twice", "half"], record=True)
    nothing = b.StateMonitor(group, "v", record=False)
    strided = b.StateMonitor(group, "v", record=b.array([3, 1]))
    b.run(0.6 * b.ms)
    return {
        "names": sorted(every.record_variables),
        "every": [every.n, every.half],
        "one": one.v,
        "several": {name: getattr(several, name) for name in ("v", "n", "flag", "twice", "half")},
        "nothing": [nothing.v, nothing.t[:]],
        "strided": [strided.v, strided.record],
        "records": [every.record, one.record, several.record, nothing.record],
    }


@probe("16 StateMonitor")
def ways_to_name_elements(b: Any) -> dict[str, Any]:
    group = ramp(b, 5)
    forms = [(1, 3), [4, 0], range(1, 4), b.array([2]), b.arange(5)[1::2], 2, b.np.int32(3), [1, 1]]
    monitors = [b.StateMonitor(group, ("x",), record=form) for form in forms]
    group.x = "i*i"
    net = b.Network(group, monitors)
    net.run(0.1 * b.ms)
    return {"record": [one.record for one in monitors], "x": [one.x[:, 0] for one in monitors]}


@probe("16 StateMonitor")
def wrong_arguments(b: Any) -> dict[str, Any]:
    group = ramp(b)
    return {
        "variable": raised(lambda: b.StateMonitor(group, "z", record=True)),
        "second variable": raised(lambda: b.StateMonitor(group, ["v", "z"], record=True)),
        "record missing": raised(lambda: b.StateMonitor(group, "v")),
        "out of range": raised(lambda: b.StateMonitor(group, "v", record=4)),
        "out of range in list": raised(lambda: b.StateMonitor(group, "v", record=[0, 4])),
        "both clocks": raised(
            lambda: b.StateMonitor(group, "v", record=0, dt=1 * b.ms, clock=b.defaultclock)
        ),
        "slot": raised(lambda: b.StateMonitor(group, "v", record=0, when=3)),
        "read-only": raised(lambda: setattr(b.StateMonitor(group, "v", record=0), "t", 3 * b.ms)),
    }


@probe("16 StateMonitor")
def clocks_and_places(b: Any) -> dict[str, Any]:
    group = ramp(b, dt=0.2 * b.ms)
    default = b.StateMonitor(group, "v", record=0)
    coarse = b.StateMonitor(group, "v", record=0, dt=0.4 * b.ms)
    fine = b.StateMonitor(group, ["v"], record=0, dt=0.1 * b.ms)
    shared = b.StateMonitor(group, "v", record=0, clock=group.clock, when="end")
    middle = [
        b.StateMonitor(group, "v", record=0, when=slot) for slot in ("after_groups", "resets")
    ]
    b.run(1.2 * b.ms)
    return {
        "v": [one.v[0] for one in (default, coarse, fine, shared, *middle)],
        "t": [one.t[:] for one in (default, coarse, fine, shared)],
        "when": [default.when, shared.when],
        "order": default.order,
        "dt": [one.clock.dt for one in (default, coarse, fine)],
        "name": default.name.startswith("statemonitor"),
    }


@probe("16 recorded time and value")
def before_the_step(b: Any) -> dict[str, Any]:
    group = ramp(b, 1)
    values = b.StateMonitor(group, ["v", "x", "n"], record=True)
    b.run(0.3 * b.ms)
    group.x = 5
    b.run(0.25 * b.ms)
    b.run(0.2 * b.ms)
    return {"t": values.t[:], "v": values.v[0], "x": values.x[0], "n": values.n[0]}


@probe("16 recorded time and value")
def one_more(b: Any) -> dict[str, Any]:
    group = ramp(b, 2)
    values = b.StateMonitor(group, ["v", "twice", "g"], record=[1])
    early = raised(values.record_single_timestep)
    b.run(0.3 * b.ms)
    values.record_single_timestep()
    first = [values.t[:].copy(), values.v.copy(), values.twice.copy()]
    group.v = 7 * b.volt
    values.record_single_timestep()
    return {"early": early, "first": first, "t": values.t[:], "v": values.v, "N": values.N[:]}


@probe("16 M.v")
def shapes_and_units(b: Any) -> dict[str, Any]:
    group = ramp(b)
    values = b.StateMonitor(group, ["v", "x"], record=[1, 3])
    empty = [list(values.v.shape), len(values.t)]
    b.run(0.3 * b.ms)
    return {
        "empty": empty,
        "v": values.v,
        "v_": values.v_,
        "x": values.x,
        "t": values.t[:],
        "t_": values.t_[:],
        "times": values.t / b.ms,
        "by source": values[3].v,
        "by source without unit": values[3].v_,
        "list": values[[3, 1]].v,
        "by position": [values.v[0], values.v[1][2], values.v[:, -1]],
        "t of one": values[1].t[:],
        "N": values.N[:],
        "len t": len(values.t),
        "record": values.record,
        "variables": list(values.record_variables),
        "not recorded": raised(lambda: values[0]),
        "not recorded in list": raised(lambda: values[[1, 2]]),
        "no such variable": raised(lambda: values.twice),
        "no such variable of one": raised(lambda: values[1].twice),
        "string": raised(lambda: values["i == 1"]),
    }


@probe("16 M.v")
def data_are_copies(b: Any) -> dict[str, Any]:
    group = ramp(b, 1)
    values = b.StateMonitor(group, "v", record=True)
    b.run(0.2 * b.ms)
    taken, times = values.v, values.t[:]
    b.run(0.2 * b.ms)
    return {"taken": taken, "times": times, "now": values.v}


@probe("16 M.v")
def shared_variables(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(3, "only_here : 1 (shared)\ntwice = 2*only_here : 1 (shared)")
    group.only_here = 2
    with logged(b) as names:
        several = b.StateMonitor(group, "only_here", record=[0, 2])
    with logged(b) as fine:
        one = b.StateMonitor(group, ["only_here", "twice"], record=0)
    group.run_regularly("only_here += 1")
    b.run(0.3 * b.ms)
    return {
        "several": several.only_here,
        "one": [one.only_here, one.twice],
        "warned": [len(names), len(fine)],
    }


@probe("16 M.v")
def plotting_idioms(b: Any) -> dict[str, Any]:
    group = ramp(b, 3)
    values = b.StateMonitor(group, ["v", "x"], record=True)
    b.run(0.5 * b.ms)
    window = (values.t > 0.15 * b.ms) & (values.t < 0.35 * b.ms)
    return {
        "window": window,
        "selected": values.v[0][window],
        "columns": values.v[:, window],
        "mean": b.mean(values.v, axis=0),
        "transposed": values.v.T,
        "in mV": values.v[1] / b.mV,
        "last": values.v[:, -1],
        "maximum": float((values.v / b.volt).max()),
        "where": b.where(values.v[0] > 0.15 * b.volt)[0],
        "loop": [float(one) for one in values.v_[2]],
        "difference": b.diff(values.t / b.ms),
    }


@probe("16 subgroups")
def of_parts(b: Any) -> dict[str, Any]:
    group = ramp(b, 6)
    group.x = "i"
    part = group[2:5]
    values = b.StateMonitor(part, ["v", "x", "half"], record=[0, 2])
    every = b.StateMonitor(part, "x", record=True)
    spikes = b.SpikeMonitor(part, variables="x")
    rate = b.PopulationRateMonitor(part)
    b.run(0.6 * b.ms)
    return {
        "v": values.v,
        "x": [values.x, every.x, values.half],
        "one": values[2].x,
        "missing": raised(lambda: values[3]),
        "record": [values.record, every.record],
        "i": spikes.i[:],
        "t": spikes.t[:],
        "count": spikes.count[:],
        "spiked x": spikes.x[:],
        "trains": {str(k): v for k, v in spikes.spike_trains().items()},
        "rate": rate.rate[:],
    }


@probe("16 StateMonitor")
def of_synapses(b: Any) -> dict[str, Any]:
    source = b.SpikeGeneratorGroup(2, [0, 1, 0], [0, 0.1, 0.3] * b.ms)
    target = b.NeuronGroup(2, "x : 1")
    synapses = b.Synapses(source, target, "w : 1\nboth = w + i : 1\nc : 1", on_pre="w += 1")
    synapses.connect()
    synapses.w = "10*i + j"
    synapses.delay = "0.1*ms*(1 - j)"
    every = b.StateMonitor(synapses, ["w", "both"], record=True)
    some = b.StateMonitor(synapses, "w", record=[3, 0])
    row = b.StateMonitor(synapses, "w", record=synapses[1, :])
    by_string = b.StateMonitor(synapses, "w", record=synapses["j == 1"])
    b.run(0.5 * b.ms)
    return {
        "w": every.w,
        "both": every.both,
        "some": [some.w, some[3].w, some.record],
        "row": [row.w, row.record],
        "string": [by_string.w, by_string[synapses[0, 1]].w],
    }


@probe("16 StateMonitor")
def of_other_objects(b: Any) -> dict[str, Any]:
    poisson = b.PoissonGroup(2, [1, 2] * b.Hz)
    group = b.NeuronGroup(2, "x : 1", threshold="x > 1", reset="x = 0", refractory=0.2 * b.ms)
    group.x[1] = 2
    rates = b.StateMonitor(poisson, "rates", record=True)
    special = b.StateMonitor(group, ["lastspike", "not_refractory", "x"], record=True)
    clocked = b.StateMonitor(group, ["i"], record=[1])
    b.run(0.5 * b.ms)
    return {
        "rates": rates.rates,
        "last": special.lastspike,
        "free": special.not_refractory,
        "x": special.x,
        "i": clocked.i,
        "times": clocked.t[:],
    }


@probe("16 magic")
def added_between_runs(b: Any) -> dict[str, Any]:
    group = ramp(b, 1)
    b.run(0.2 * b.ms)
    late = b.StateMonitor(group, "v", record=True)
    spikes = b.SpikeMonitor(group)
    rate = b.PopulationRateMonitor(group)
    b.run(0.3 * b.ms)
    del late
    again = b.StateMonitor(group, "v", record=True)
    b.run(0.2 * b.ms)
    return {
        "t": again.t[:],
        "v": again.v,
        "spikes": [spikes.t[:], spikes.count[:]],
        "rate": [rate.t[:], rate.rate[:]],
        "now": b.defaultclock.t,
    }


@probe("16 magic")
def only_monitors_are_new(b: Any) -> dict[str, Any]:
    group = ramp(b, 1)
    b.run(0.2 * b.ms)
    group_2 = ramp(b, 1)

    def mixture() -> None:
        b.run(0.1 * b.ms)
        assert group is not group_2

    error = raised(mixture)
    return {"frame": error, "mixture": raised(lambda: [b.run(0.1 * b.ms), group, group_2])}


@probe("16 active")
def pausing(b: Any) -> dict[str, Any]:
    group = ramp(b, 1)
    values = b.StateMonitor(group, "v", record=True)
    spikes = b.SpikeMonitor(group)
    rate = b.PopulationRateMonitor(group)
    monitors = (values, spikes, rate)
    b.run(0.3 * b.ms)
    for one in monitors:
        one.active = False
    b.run(0.4 * b.ms)
    for one in monitors:
        one.active = True
    b.run(0.3 * b.ms)
    return {
        "t": values.t[:],
        "v": values.v,
        "spikes": [spikes.t[:], spikes.count[:]],
        "rate": rate.t[:],
        "active": values.active,
    }


@probe("16 no reset")
def emptying(b: Any) -> dict[str, Any]:
    group = ramp(b, 1)
    values = b.StateMonitor(group, "v", record=True)
    spikes = b.SpikeMonitor(group)
    rate = b.PopulationRateMonitor(group)
    b.store()
    b.run(0.3 * b.ms)
    errors = [raised(one.reinit) for one in (values, spikes, rate)]
    b.restore()
    empty = [values.t[:].copy(), spikes.t[:].copy(), rate.rate[:].copy()]
    b.run(0.2 * b.ms)
    return {"errors": errors, "empty": empty, "t": values.t[:], "rate": rate.t[:]}
