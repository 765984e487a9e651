"""Section 15: Poisson input, binomial numbers, timed arrays."""

from __future__ import annotations

from typing import Any

from probing import probe, raised


@probe("15 PoissonInput")
def certain_input(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(3, "v : volt\nx : 1\nweight : volt")
    group.weight = "i*mV"
    b.PoissonInput(group, "v", N=0, rate=1e4 * b.Hz, weight=1 * b.mV)
    fixed = b.PoissonInput(group, "v", N=7, rate=1e4 * b.Hz, weight=2 * b.mV)
    each = b.PoissonInput(group, "v", N=2, rate=1e4 * b.Hz, weight="weight*3")
    plain = b.PoissonInput(group[1:], "x", N=3, rate=1e4 * b.Hz, weight=0.5)
    b.run(0.2 * b.ms)
    return {
        "v": group.v[:],
        "x": group.x[:],
        "when": [fixed.when, fixed.order],
        "order": [each.when, plain.order],
    }


@probe("15 PoissonInput")
def protected_while_refractory(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        1,
        "dv/dt = 0/ms : 1 (unless refractory)\nu : 1",
        threshold="v > 1.5",
        reset="v = 0",
        refractory=0.3 * b.ms,
    )
    onto_v = b.PoissonInput(group, "v", N=1, rate=1e4 * b.Hz, weight=1)
    onto_u = b.PoissonInput(group, "u", N=1, rate=1e4 * b.Hz, weight=1, when="end", order=2)
    values = b.StateMonitor(group, ["v", "u"], record=0)
    b.run(1.2 * b.ms)
    return {
        "v": values.v[0],
        "u": values.u[0],
        "when": [onto_u.when, onto_u.order, onto_v.when],
    }


@probe("15 PoissonInput")
def names_in_weights(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "v : volt")
    j = 3 * b.mV
    inputs = b.PoissonInput(group, "v", 4, 1e4 * b.Hz, "j*(i + 1) + t/second*volt")
    b.run(0.2 * b.ms)
    return {"v": group.v[:], "j": j, "clock": inputs.clock is group.clock}


@probe("15 PoissonInput")
def wrong_inputs(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "v : volt\nw = 2*v : volt\ng : volt (shared)")

    def make(*args: Any, **options: Any) -> Any:
        def go() -> None:
            inputs = b.PoissonInput(group, *args, **options)
            b.Network(group, inputs).run(0 * b.ms)

        return raised(go)

    return {
        "unit of rate": make("v", 1, 1 * b.mV, 1 * b.mV),
        "no unit of rate": make("v", 1, 3, 1 * b.mV),
        "unit of weight": make("v", 1, 1 * b.Hz, 1),
        "unit of string": make("v", 1, 1 * b.Hz, "1"),
        "unknown name": make("v", 1, 1 * b.Hz, "nowhere"),
        "unknown variable": make("z", 1, 1 * b.Hz, 1 * b.mV),
        "name": make("v", 1, 1 * b.Hz, 1 * b.mV, name="noise"),
        "fine": make("v", 1, 1 * b.Hz, 1 * b.mV),
    }


@probe("15 PoissonInput")
def clock_is_that_of_the_target(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "v : 1", dt=0.2 * b.ms)
    inputs = b.PoissonInput(group, "v", N=1, rate=5e3 * b.Hz, weight=1)
    b.run(0.7 * b.ms)
    return {"v": group.v[:], "dt": inputs.clock.dt}


@probe("15 PoissonInput")
def statistics(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1000, "few : 1\nmany : 1")
    inputs = [
        b.PoissonInput(group, "few", N=10, rate=1000 * b.Hz, weight=2),
        b.PoissonInput(group, "many", N=1000, rate=1000 * b.Hz, weight=1),
    ]
    net = b.Network(group, inputs)
    net.run(1 * b.ms)
    few, many = group.few[:], group.many[:]
    # 10 steps * 10 inputs * 0.1 = 10 +- 3 events, 1000 neurons: the mean is 10 +- 0.095, twice
    # that for the weight; and 10 * 1000 * 0.1 = 1000 +- 30, the mean of 1000 is that +- 0.95;
    # bounds are seven standard deviations, those of the standard deviations 7/sqrt(2000)
    return {
        "mean": [bool(abs(few.mean() - 20) < 1.4), bool(abs(many.mean() - 1000) < 7)],
        "spread": [bool(5 < few.std() < 7), bool(25 < many.std() < 35)],
        "independent": len(set(many.tolist())) > 50,
    }


@probe("15 BinomialFunction")
def certain_numbers(b: Any) -> dict[str, Any]:
    all_of_them = b.BinomialFunction(n=6, p=1.0, approximate=False)
    none_of_them = b.BinomialFunction(n=6, p=0.0, approximate=False)
    group = b.NeuronGroup(3, "v : 1\nu : 1")
    group.v = "all_of_them() + i"
    assigned = group.v[:].copy()
    group.run_regularly("v += all_of_them(); u = none_of_them()")
    b.run(0.2 * b.ms)
    return {
        "assigned": assigned,
        "v": group.v[:],
        "u": group.u[:],
        "used": [all_of_them is not none_of_them],
    }


@probe("15 BinomialFunction")
def draws(b: Any) -> dict[str, Any]:
    exact = b.BinomialFunction(n=4, p=0.5, approximate=False)
    normal = b.BinomialFunction(n=1000, p=0.5)
    small = b.BinomialFunction(n=4, p=0.5)
    group = b.NeuronGroup(2000, "x : 1\ny : 1\nz : 1\ntotal : 1")
    group.run_regularly("x = exact(); y = normal(); z = small(); total += exact()")
    b.run(0.2 * b.ms)
    x, y, z = group.x[:], group.y[:], group.z[:]
    used = [exact, normal, small]
    # standard errors of the means of 2000 draws: 1/sqrt(2000) = 0.022, 15.8/sqrt(2000) = 0.35
    return {
        "values": sorted(set(x.tolist())),
        "small": sorted(set(z.tolist())),
        "mean": [bool(abs(x.mean() - 2) < 0.16), bool(abs(y.mean() - 500) < 2.5)],
        "spread": [bool(0.9 < x.std() < 1.1), bool(14 < y.std() < 18)],
        "used": len(used),
    }


@probe("15 TimedArray(values, dt, name=None)")
def called_from_python(b: Any) -> dict[str, Any]:
    one = b.TimedArray([1, 2, 4, 8], dt=1 * b.ms)
    volts = b.TimedArray([1, 2, 4] * b.mV, dt=0.1 * b.ms)
    two = b.TimedArray([[1, 2, 3], [4, 5, 6]], dt=1 * b.ms)
    times = [-1, 0, 0.999, 1, 1.5, 2.9999, 3, 3.99, 4, 100] * b.ms
    return {
        "times": one(times),
        "one": one(2.5 * b.ms),
        "volts": volts([0, 0.1, 0.2, 0.25, 1] * b.ms),
        "two": [two(0 * b.ms, 1), two(1.2 * b.ms, 0), two(9 * b.ms, 2)],
        "several": two([0, 1] * b.ms, [2, 1]),
        "row": two(0 * b.ms, b.arange(3)),
        "no unit": raised(lambda: one(1)),
        "other unit": raised(lambda: one(1 * b.mV)),
        "column missing": raised(lambda: two(0 * b.ms)),
        "column too much": raised(lambda: one(0 * b.ms, 1)),
        "values": [one.values, volts.values],
        "dt": one.dt,
    }


@probe("15 TimedArray(values, dt, name=None)")
def rounding_at_borders(b: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    steps = b.TimedArray(b.arange(100.0), dt=0.1 * b.ms)
    slow = b.TimedArray(b.arange(40.0), dt=0.3 * b.ms)
    fast = b.TimedArray(b.arange(200.0), dt=0.05 * b.ms)
    odd = b.TimedArray(b.arange(200.0), dt=0.07 * b.ms)
    for name, dt in {"same": 0.1, "coarse": 0.3, "fine": 0.05, "odd": 0.07}.items():
        group = b.NeuronGroup(
            1, "a = steps(t) : 1\nc = slow(t) : 1\nd = fast(t) : 1\ng = odd(t) : 1", dt=dt * b.ms
        )
        values = b.StateMonitor(group, ["a", "c", "d", "g"], record=0)
        b.Network(group, values).run(3 * b.ms)
        found[name] = [values.a[0], values.c[0], values.d[0], values.g[0]]
    return found | {"used": [steps.dt, slow.dt, fast.dt, odd.dt]}


@probe("15 TimedArray(values, dt, name=None)")
def in_equations(b: Any) -> dict[str, Any]:
    current = b.TimedArray([0, 1, 2, 0] * b.nA, dt=0.5 * b.ms)
    matrix = b.TimedArray(b.arange(8).reshape(4, 2) * b.mV, dt=0.5 * b.ms)
    tau = 1 * b.ms
    resistance = 10 * b.Mohm
    exact = b.NeuronGroup(1, "dv/dt = (-v + resistance*current(t))/tau : volt", method="exact")
    euler = b.NeuronGroup(2, "dv/dt = (matrix(t, i) - v)/tau : volt", method="euler")
    column = b.NeuronGroup(
        2, "k : integer (constant)\nx = matrix(t, k) : volt\ny : volt", name="column"
    )
    column.k = [1, 0]
    column.run_regularly("y += matrix(t, k)", dt=0.5 * b.ms)
    monitors = [b.StateMonitor(one, "v", record=True) for one in (exact, euler)]
    values = b.StateMonitor(column, ["x", "y"], record=True)
    b.Network(exact, euler, column, monitors, values).run(2.4 * b.ms)
    return {
        "exact": monitors[0].v[:, ::3],
        "euler": monitors[1].v[:, ::3],
        "x": values.x[:, ::5],
        "y": values.y[:, ::5],
        "used": [tau, resistance, current.dt, matrix.dt],
    }


@probe("15 TimedArray(values, dt, name=None)")
def in_strings(b: Any) -> dict[str, Any]:
    ta = b.TimedArray([3, 5, 7], dt=1 * b.ms)
    grid = b.TimedArray([[1, 2, 3], [4, 5, 6]], dt=1 * b.ms)
    group = b.NeuronGroup(3, "x : 1\ny : 1")
    group.x = "ta(i*ms)"
    first = group.x[:].copy()
    b.run(1.5 * b.ms)
    group.y = "grid(t, i)"
    group.x = "ta(t)"
    group.y["x == ta(1*ms)"] = "grid(t, i) * 10"
    return {"first": first, "x": group.x[:], "y": group.y[:], "used": [ta.dt, grid.dt]}


@probe("15 TimedArray(values, dt, name=None)")
def in_thresholds_and_synapses(b: Any) -> dict[str, Any]:
    gate = b.TimedArray([0, 1, 0, 1], dt=0.2 * b.ms)
    weight = b.TimedArray([1, 10, 100, 1000], dt=0.2 * b.ms)
    source = b.NeuronGroup(1, "v : 1", threshold="gate(t) > 0.5", reset="v += weight(t)")
    target = b.NeuronGroup(1, "x : 1")
    synapses = b.Synapses(source, target, on_pre="x += weight(t)")
    synapses.connect()
    b.run(1 * b.ms)
    return {"v": source.v[:], "x": target.x[:], "used": [gate.dt, weight.dt]}


@probe("15 TimedArray(values, dt, name=None)")
def wrong_arrays(b: Any) -> dict[str, Any]:
    step = b.TimedArray([1, 2] * b.mV, dt=1 * b.ms)
    odd = b.TimedArray([1, 2] * b.mV, dt=0.15 * b.ms)
    wide = b.TimedArray([[1, 2], [3, 4]], dt=1 * b.ms)

    def run(model: str, **options: Any) -> Any:
        def go() -> None:
            group = b.NeuronGroup(2, model, **options)
            names = {"step": step, "odd": odd, "wide": wide}
            b.Network(group).run(0.1 * b.ms, namespace=names)

        return raised(go)

    return {
        "no dt": raised(lambda: b.TimedArray([1, 2])),
        "unit of dt": raised(lambda: b.TimedArray([1, 2], dt=1 * b.mV)),
        "three dimensions": raised(lambda: b.TimedArray([[[1, 2]]], dt=1 * b.ms)),
        "unit": run("dv/dt = step(t)/ms : 1", method="euler"),
        "argument": run("dv/dt = step(3*mV)/ms : volt", method="euler"),
        "no argument": run("dv/dt = step/ms : volt", method="euler"),
        "column missing": run("dv/dt = wide(t)/ms : 1", method="euler"),
        "column too much": run("dv/dt = step(t, i)/ms : volt", method="euler"),
        "odd exact": run("dv/dt = (odd(t) - v)/ms : volt", method="exact"),
        "odd euler": run("dv/dt = (odd(t) - v)/ms : volt", method="euler"),
        "fine": run("dv/dt = (step(t) - v)/ms : volt", method="exact"),
    }


@probe("15 TimedArray(values, dt, name=None)")
def names_and_changes(b: Any) -> dict[str, Any]:
    named = b.TimedArray([1, 2], dt=1 * b.ms, name="stimulus")
    group = b.NeuronGroup(1, "x = ta(t) : 1\ny : 1", namespace={"ta": named})
    group.run_regularly("y = x")
    b.run(0.2 * b.ms)
    first = group.y[:].copy()
    group.namespace["ta"] = b.TimedArray([7, 8], dt=1 * b.ms)
    b.run(0.2 * b.ms)
    return {"name": named.name, "first": first, "y": group.y[:]}
