"""Section 15: Python functions and statements that run in every step of a clock."""

from __future__ import annotations

from typing import Any

from probing import probe, raised


@probe("15 @network_operation / @network_operation")
def called_in_every_step(b: Any) -> dict[str, Any]:
    calls: list[Any] = []
    group = b.NeuronGroup(2, "dv/dt = 1/ms : 1", method="euler")

    @b.network_operation
    def without() -> None:
        calls.append(["without", float(group.v[0])])

    @b.network_operation(dt=0.2 * b.ms, when="end", order=1)
    def with_time(t: Any) -> None:
        calls.append(["with", float(t / b.ms), float(group.v[0])])

    b.run(0.4 * b.ms)
    return {
        "calls": calls,
        "when": [without.when, with_time.when],
        "order": [without.order, with_time.order],
        "dt": [without.clock.dt, with_time.clock.dt],
        "kind": isinstance(without, b.NetworkOperation),
    }


@probe("15 @network_operation / @network_operation")
def names_decide_ties(b: Any) -> dict[str, Any]:
    """Whatever the function is called, it runs before a StateMonitor of automatic name."""
    group = b.NeuronGroup(1, "v : 1")

    @b.network_operation
    def zebra() -> None:
        group.v += 1

    values = b.StateMonitor(group, "v", record=0)
    named = b.NetworkOperation(lambda: None, name="given")
    b.run(0.2 * b.ms)
    return {"v": values.v[0], "starts": zebra.name.startswith("networkoperation"), "n": named.name}


@probe("15 @network_operation / @network_operation")
def changing_the_model(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(3, "dv/dt = (I - v)/ms : 1\nI : 1", method="euler")
    values = b.StateMonitor(group, ["v", "I"], record=True)

    @b.network_operation(dt=0.3 * b.ms)
    def feed(t: Any) -> None:
        group.I = "i + t/ms"
        group.I[2] = 3 * t / b.ms
        group.v[1] = 10

    b.run(0.9 * b.ms)
    return {"v": values.v[:, ::2], "I": values.I[:, ::2]}


@probe("15 @network_operation / @network_operation")
def places_in_the_step(b: Any) -> dict[str, Any]:
    seen: list[Any] = []
    group = b.NeuronGroup(
        1, "dv/dt = 1/ms : 1", threshold="v > 0.05", reset="v = 0", method="euler"
    )
    slots = ["before_start", "start", "groups", "thresholds", "synapses", "resets", "end"]
    slots += ["after_end", "after_groups", "before_resets"]

    def watch(slot: str) -> Any:
        return b.NetworkOperation(
            lambda: seen.append([slot, float(group.v[0])]), when=slot, name=slot
        )

    net = b.Network(group, [watch(slot) for slot in slots])
    net.run(0.2 * b.ms)
    return {"seen": seen, "default": b.NetworkOperation(lambda: None).when}


@probe("15 @network_operation / @network_operation")
def methods(b: Any) -> dict[str, Any]:
    class Model:
        def __init__(self) -> None:
            self.group = b.NeuronGroup(1, "v : 1")
            self.seen: list[float] = []
            self.operation = b.NetworkOperation(self.watch, dt=0.1 * b.ms)
            self.other = b.NetworkOperation(self.nothing)
            self.net = b.Network(self.group, self.operation, self.other)

        def watch(self, t: Any) -> None:
            self.seen.append(float(t / b.ms))

        def nothing(self) -> None:
            self.group.v += 1

    model = Model()
    model.net.run(0.3 * b.ms)
    return {"seen": model.seen, "v": model.group.v[:]}


@probe("15 @network_operation / @network_operation")
def wrong_functions(b: Any) -> dict[str, Any]:
    def two(x: Any, t: Any) -> None:
        del x, t

    class Model:
        def method(self) -> None:
            pass

        def timed(self, t: Any) -> None:
            pass

    return {
        "two arguments": raised(lambda: b.network_operation(two)),
        "two arguments in parentheses": raised(lambda: b.network_operation(dt=1 * b.ms)(two)),
        "method with time": raised(lambda: b.network_operation(Model.timed)),
        "both clocks": raised(
            lambda: b.network_operation(dt=1 * b.ms, clock=b.defaultclock)(lambda: None)
        ),
        "unknown slot": raised(
            lambda: b.Network(b.NetworkOperation(lambda: None, when="nowhere")).run(0.1 * b.ms)
        ),
    }


@probe("15 @network_operation / @network_operation")
def active_and_errors(b: Any) -> dict[str, Any]:
    calls: list[int] = []

    @b.network_operation
    def count() -> None:
        calls.append(1)

    b.run(0.2 * b.ms)
    count.active = False
    b.run(0.3 * b.ms)
    count.active = True
    b.run(0.1 * b.ms)

    def failing() -> None:
        raise ZeroDivisionError("on purpose")

    net = b.Network(b.NetworkOperation(failing))
    return {"calls": len(calls), "error": raised(lambda: net.run(0.1 * b.ms))["raised"][-1][:1]}


@probe("15 @network_operation / @network_operation")
def stopping(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dv/dt = 1/ms : 1", method="euler")

    @b.network_operation
    def halt(t: Any) -> None:
        if t > 0.25 * b.ms:
            b.stop()

    net = b.Network(group, halt)
    net.run(1 * b.ms)
    return {"v": group.v[:], "t": net.t}


@probe("15 @network_operation / @network_operation")
def monitors_inside(b: Any) -> dict[str, Any]:
    seen: list[Any] = []
    group = b.NeuronGroup(
        2, "dv/dt = 1/ms : 1", threshold="v > 0.15", reset="v = 0", method="euler"
    )
    spikes = b.SpikeMonitor(group)
    values = b.StateMonitor(group, "v", record=[0])

    @b.network_operation(when="end")
    def look() -> None:
        seen.append([int(spikes.num_spikes), len(values.t), float(values.v[0][-1])])

    b.run(0.5 * b.ms)
    return {"seen": seen}


@probe("15 group.run_regularly")
def statements_for_all(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        3, "dv/dt = 1/ms : 1\nx : 1\nn : integer\nlast : second\ng : 1 (shared)", method="euler"
    )
    gain = 2
    operation = group.run_regularly(
        """y = gain*(i + 1)
           x += y   # a temporary
           n += 1
           last = t""",
        dt=0.2 * b.ms,
    )
    group.run_regularly("g += 1", name="shared_operation")
    values = b.StateMonitor(group, ["x", "n", "last"], record=[1])
    b.run(0.7 * b.ms)
    first = [group.x[:].copy(), group.n[:].copy(), group.last[:].copy(), group.g[:]]
    operation.active = False
    b.run(0.3 * b.ms)
    return {
        "first": first,
        "x": group.x[:],
        "g": group.g[:],
        "values": [values.x[0], values.n[0], values.last[0]],
        "when": operation.when,
        "order": operation.order,
        "dt": operation.clock.dt,
        "name": [operation.name.replace(group.name, "group"), "shared_operation" in operation.name],
        "gain": gain,
    }


@probe("15 group.run_regularly")
def times_of_other_clocks(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "a : second\nc : second\nk : integer", dt=0.2 * b.ms)
    group.run_regularly("a = t; c = dt; k = t_in_timesteps", dt=0.1 * b.ms)
    other = b.NeuronGroup(1, "a : second\nc : second\nk : integer")
    other.run_regularly("a = t; c = dt; k = t_in_timesteps", dt=0.25 * b.ms)
    clock = b.Clock(dt=0.1 * b.ms)
    names = ["a", "c", "k"]
    values = [
        b.StateMonitor(one, names, record=0, clock=clock, when="end") for one in (group, other)
    ]
    net = b.Network(group, other, values)
    net.run(1 * b.ms)
    return {f"{name}{k}": getattr(values[k], name)[0] for name in names for k in (0, 1)}


@probe("15 group.run_regularly")
def places_and_order(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        1, "dv/dt = 1/ms : 1\nx : 1", threshold="v > 10", reset="v = 0", method="euler"
    )
    group.run_regularly("x = 10*x + 1", when="end", order=2, name="first")
    group.run_regularly("x = 10*x + 2", when="end", order=1, name="second")
    group.run_regularly("x = 10*x + 3", when="end", order=1, name="another")
    group.run_regularly("v = 5", when="after_groups")
    b.run(0.1 * b.ms)
    return {"x": group.x[:], "v": group.v[:]}


@probe("15 group.run_regularly")
def on_other_objects(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(6, "x : 1\ny : 1")
    group.x = "i"
    part = group[2:5]
    part.run_regularly("x = 100 + i; y = N", dt=0.2 * b.ms)
    source = b.PoissonGroup(3, 0 * b.Hz)
    source.run_regularly("rates = rates + (i + 1)*Hz")
    synapses = b.Synapses(
        group,
        source,
        """w : 1
           z : 1
           total : 1 (shared)
           twice = 2*w : 1""",
    )
    synapses.connect(i=[5, 0, 3, 5], j=[0, 1, 2, 2])
    synapses.run_regularly("w += x_pre + twice + j\nz = N_incoming", when="end")
    synapses.run_regularly("total += 1")
    synapses.run_regularly("y_pre += 1; y_pre += w", name="accumulating", when="after_end")
    b.run(0.3 * b.ms)
    return {
        "x": group.x[:],
        "y": group.y[:],
        "rates": source.rates[:],
        "w": synapses.w[:],
        "z": synapses.z[:],
        "total": synapses.total[:],
    }


@probe("15 group.run_regularly")
def wrong_code(b: Any) -> dict[str, Any]:
    def attempt(code: Any, **options: Any) -> Any:
        def go() -> None:
            group = b.NeuronGroup(2, "v : volt\nx : 1\ng : 1 (shared)\ns = 2*x : 1")
            group.run_regularly(code, **options)
            b.Network(group).run(0.1 * b.ms)

        return raised(go)

    return {
        "unit": attempt("v = 3"),
        "unknown": attempt("x = nowhere"),
        "subexpression": attempt("s = 3"),
        "both clocks": attempt("x = 1", dt=1 * b.ms, clock=b.defaultclock),
        "shared from elements": attempt("g = x"),
        "shared after elements": attempt("x = 1; g = 2"),
        "fine": attempt("g = 2; x = 1"),
    }


@probe("15 group.run_regularly")
def with_refractoriness_and_randomness(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        2,
        "dv/dt = 0/ms : 1 (unless refractory)\nx : 1\nu : 1",
        threshold="i == 0 and t < 0.05*ms",
        reset="",
        refractory=0.3 * b.ms,
    )
    group.run_regularly("v += 1; x += 1; u = rand()")
    b.run(0.6 * b.ms)
    u = group.u[:]
    return {"v": group.v[:], "x": group.x[:], "differ": bool(u[0] != u[1])}
