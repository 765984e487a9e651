"""Section 14.1: pathways, their order, and delays."""

from __future__ import annotations

from typing import Any

from probing import logged, probe, raised

SPIKING = {"threshold": "v > 0.5", "reset": "v = 0"}


def firing(b: Any, n: int = 3, name: str = "source", **options: Any) -> Any:
    """Return neurons that all spike in the first step."""
    group = b.NeuronGroup(n, "v : 1\nu : 1", name=name, **{**SPIKING, **options})
    group.v = 1
    return group


@probe("14.1 on_pre, on_post")
def both_sides(b: Any) -> dict[str, Any]:
    source, target = firing(b), firing(b, 2, "target")
    target.v = [1, 0]
    synapses = b.Synapses(
        source,
        target,
        "a : 1\nc : 1",
        on_pre="a += 1; u_pre += 1",
        on_post="c += 1; u_post += 1",
        name="both_sides",
    )
    synapses.connect()
    b.run(0.2 * b.ms)
    return {
        "a": synapses.a[:],
        "c": synapses.c[:],
        "u": [source.u[:], target.u[:]],
        "names": [synapses.pre.name, synapses.post.name],
        "contained": sorted(one.name for one in synapses.contained_objects),
    }


@probe("14.1 on_pre, on_post", "14.1 order")
def several_pathways(b: Any) -> dict[str, Any]:
    source, target = firing(b), firing(b, 2, "target")
    synapses = b.Synapses(
        source,
        target,
        "a : 1",
        on_pre={"up": "a += 1", "double": "a *= 2"},
        on_post={"post": "a -= 10", "again": "a *= 3"},
        name="several",
    )
    synapses.connect()
    b.run(0.1 * b.ms)
    return {
        "a": synapses.a[:],
        "orders": [getattr(synapses, name).order for name in ("up", "double", "post", "again")],
        "when": [getattr(synapses, name).when for name in ("up", "double", "post", "again")],
        "names": [synapses.up.name, synapses.again.name],
        "no pre": raised(lambda: synapses.pre),
        "no delay": raised(lambda: synapses.delay),
    }


@probe("14.1 on_pre, on_post")
def missing_events(b: Any) -> dict[str, Any]:
    silent = b.NeuronGroup(1, "v : 1")
    source = b.NeuronGroup(2, "v : 1", events={"ping": "v > 1"})
    return {
        "pre": raised(lambda: b.Synapses(silent, silent, on_pre="v += 1")),
        "post": raised(lambda: b.Synapses(source, silent, on_post="v_pre += 1")),
        "event": raised(lambda: b.Synapses(source, source, on_pre="v += 1", on_event="pong")),
        "spike": raised(lambda: b.Synapses(source, source, on_pre="v += 1")),
        "fine": raised(lambda: b.Synapses(source, source, on_pre="v += 1", on_event="ping")),
        "label": raised(
            lambda: b.Synapses(source, source, on_pre="v += 1", on_event={"other": "ping"})
        ),
    }


@probe("14.1 on_pre, on_post")
def custom_events(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(
        2, "v : 1\nu : 1", threshold="v > 0.5", reset="v = 0", events={"ping": "u > 2.5"}
    )
    source.v, source.u = [1, 0], [0, 3]
    target = b.NeuronGroup(2, "x : 1\ny : 1")
    synapses = b.Synapses(
        source,
        target,
        on_pre={"pre": "x += 1", "other": "y += 1"},
        on_event={"other": "ping"},
    )
    synapses.connect(j="i")
    all_ping = b.Synapses(source, target, on_pre="y += 10", on_event="ping")
    all_ping.connect(j="i")
    b.run(0.3 * b.ms)
    return {"x": target.x[:], "y": target.y[:]}


@probe("14.1 order")
def order_of_pathways(b: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for case, orders in {"default": None, "swapped": (1, 0), "equal": (0, 0)}.items():
        source = firing(b, 1)
        synapses = b.Synapses(
            source, source, "a : 1", on_pre="a = 2*a + 1", on_post="a = 3*a", name="s"
        )
        synapses.connect()
        synapses.a = 1
        if orders is not None:
            synapses.pre.order, synapses.post.order = orders
        b.Network(source, synapses).run(0.1 * b.ms)
        found[case] = synapses.a[:]
    return found


@probe("14.1 order")
def order_by_name(b: Any) -> dict[str, Any]:
    source = firing(b, 1)
    objects = [source]
    target = b.NeuronGroup(1, "x : 1")
    for k in (1, 2, 10):
        synapses = b.Synapses(source, target, on_pre=f"x = 10*x + {k}", name=f"synapses_{k}")
        synapses.connect()
        objects.append(synapses)
    net = b.Network(target, objects)
    net.run(0.1 * b.ms)
    names = [one.name for one in net.sorted_objects if one.name.endswith("pre")]
    return {"x": target.x[:], "names": names}


@probe("14.1 order")
def order_of_object_is_inherited(b: Any) -> dict[str, Any]:
    source = firing(b, 1)
    target = b.NeuronGroup(1, "x : 1")
    late = b.Synapses(source, target, on_pre="x = 10*x + 1", name="a", order=5)
    early = b.Synapses(source, target, on_pre="x = 10*x + 2", name="z")
    late.connect()
    early.connect()
    b.Network(source, target, late, early).run(0.1 * b.ms)
    return {"x": target.x[:], "orders": [late.order, late.pre.order, early.pre.order]}


@probe("14.1 order")
def when_can_be_set(b: Any) -> dict[str, Any]:
    source = firing(b, 1)
    synapses = b.Synapses(source, source, on_pre="v += 0.25")
    synapses.connect()
    synapses.pre.when = "after_resets"
    b.run(0.1 * b.ms)
    return {"v": source.v[:], "when": synapses.pre.when}


@probe("14.1 which clock")
def clock_of_the_source(b: Any) -> dict[str, Any]:
    clock = b.Clock(dt=0.2 * b.ms)
    source = b.NeuronGroup(1, "v : 1", threshold="v > 0.5", reset="", clock=clock)
    source.v = 1
    target = b.NeuronGroup(1, "x : 1\ny : 1", dt=0.3 * b.ms)
    synapses = b.Synapses(
        source,
        target,
        "a : second\nc : second\nn : 1",
        on_pre="a = t; c = dt; n += 1; y = t/ms",
        name="foreign",
    )
    synapses.connect()
    with logged(b) as names:
        b.run(0.7 * b.ms)
    return {
        "a": synapses.a[:],
        "c": synapses.c[:],
        "n": synapses.n[:],
        "y": target.y[:],
        "dt": [synapses.clock.dt, synapses.pre.clock.dt],
        "warned": sorted(set(names)),
    }


@probe("14.1 which clock")
def clock_of_its_own(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(1, "v : 1", threshold="v > 0.5", reset="", dt=0.2 * b.ms)
    source.v = 1
    with logged(b) as names:
        synapses = b.Synapses(
            source,
            source,
            """dx/dt = 1/ms : 1 (clock-driven)
               a : second
               c : second
               k : integer
               n : 1""",
            on_pre="a = t; c = dt; k = t_in_timesteps; n += 1",
            dt=0.1 * b.ms,
            method="euler",
        )
        synapses.connect()
        b.run(0.5 * b.ms)
    return {
        "a": synapses.a[:],
        "c": synapses.c[:],
        "k": synapses.k[:],
        "n": synapses.n[:],
        "x": synapses.x[:],
        "dt": [synapses.clock.dt, synapses.pre.clock.dt],
        "warned": sorted(set(names)),
    }


@probe("14.1 which clock")
def clocks_of_both_sides(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(1, "v : 1", threshold="True", reset="", dt=0.2 * b.ms)
    target = b.NeuronGroup(1, "v : 1", threshold="True", reset="", dt=0.5 * b.ms)
    synapses = b.Synapses(
        source,
        target,
        """a : second
           c : second
           n : 1
           m : 1
           da : second
           dc : second
           dx/dt = -x/ms : 1 (event-driven)""",
        on_pre="a = t; n += 1; da = dt; x += 1",
        on_post="c = t; m += 1; dc = dt",
    )
    synapses.connect()
    b.run(1.1 * b.ms)
    return {
        "times": [synapses.a[:], synapses.c[:]],
        "dts": [synapses.da[:], synapses.dc[:]],
        "numbers": [synapses.n[:], synapses.m[:]],
        "x": synapses.x[:],
        "lastupdate": synapses.lastupdate[:],
    }


@probe("14.1 which clock")
def clock_ahead(b: Any) -> dict[str, Any]:
    """The clock of the synapses is coarser than that of their source."""
    source = b.NeuronGroup(1, "v : 1", threshold="True", reset="")
    target = b.NeuronGroup(1, "y = t/ms : 1\nx : 1", dt=0.5 * b.ms)
    synapses = b.Synapses(
        source,
        target,
        """a : second
           k : integer
           y_there : 1
           dz/dt = -z/ms : 1 (event-driven)
           x_post = t/ms : 1 (summed)""",
        on_pre="a = t; k = t_in_timesteps; y_there = y_post; z += 1",
        dt=0.3 * b.ms,
    )
    synapses.connect()
    names = ["a", "k", "y_there", "z", "lastupdate"]
    values = b.StateMonitor(synapses, names, record=0, dt=0.1 * b.ms, when="end")
    sums = b.StateMonitor(target, "x", record=0, when="end")
    b.run(0.8 * b.ms)
    b.run(0.3 * b.ms)
    return {name: getattr(values, name)[0] for name in names} | {"x": sums.x[0]}


@probe("14.1 one pathway, one step")
def order_of_events(b: Any) -> dict[str, Any]:
    source = b.SpikeGeneratorGroup(3, [2, 0, 1, 0], [0, 0.1, 0.1, 0.3] * b.ms)
    target = b.NeuronGroup(1, "x : 1")
    synapses = b.Synapses(source, target, "label : 1", on_pre="x = 10*x + label")
    synapses.connect(i=[1, 0, 2, 0], j=0)
    synapses.label = [1, 2, 3, 4]
    synapses.delay = [0.3, 0.3, 0.4, 0.3] * b.ms
    values = b.StateMonitor(target, "x", record=0)
    b.run(0.9 * b.ms)
    return {"x": values.x[0]}


@probe("14.1 one pathway, one step")
def order_with_one_delay(b: Any) -> dict[str, Any]:
    source = firing(b, 4)
    target = b.NeuronGroup(2, "x : 1")
    synapses = b.Synapses(source, target, "label : 1", on_pre="x = 10*x + label")
    synapses.connect(i=[3, 1, 2, 0, 1], j=[0, 0, 0, 0, 1])
    synapses.label = "i + 1"
    b.run(0.1 * b.ms)
    return {"x": target.x[:]}


@probe("14.1 one pathway, one step")
def order_beside_a_pathway_with_delays(b: Any) -> dict[str, Any]:
    """The delays of one pathway do not change the order in which another one acts."""
    source, target = firing(b, 3), firing(b, 2, "target")
    synapses = b.Synapses(
        source,
        target,
        "label : 1",
        on_pre={"pre": "", "other": "u_post = 10*u_post + label"},
        on_post="u_pre = 10*u_pre + label",
    )
    synapses.connect(i=[2, 0, 0, 1, 0, 2], j=[0, 1, 0, 1, 1, 0])
    synapses.label = [1, 2, 3, 4, 5, 6]
    synapses.pre.delay = [0.1, 0.3, 0.2, 0, 0, 0] * b.ms
    synapses.post.delay = [0.2, 0.1, 0, 0, 0, 0.1] * b.ms
    b.run(0.5 * b.ms)
    return {"target": target.u[:], "source": source.u[:]}


@probe("14.1 delay 0")
def same_step(b: Any) -> dict[str, Any]:
    source = b.SpikeGeneratorGroup(1, [0], [0.2] * b.ms)
    target = b.NeuronGroup(1, "dv/dt = 0/ms : 1", threshold="v > 0.5", reset="v = 0")
    synapses = b.Synapses(source, target, on_pre="v += 1")
    synapses.connect()
    values = b.StateMonitor(target, "v", record=0)
    at_end = b.StateMonitor(target, "v", record=0, when="end")
    spikes = b.SpikeMonitor(target)
    b.run(0.6 * b.ms)
    return {"start": values.v[0], "end": at_end.v[0], "spikes": spikes.t[:]}


@probe("14.1 delay 0")
def input_is_lost_in_the_reset(b: Any) -> dict[str, Any]:
    source, target = firing(b, 1), firing(b, 1, "target")
    synapses = b.Synapses(source, target, on_pre="v += 0.25; u += 1")
    synapses.connect()
    b.run(0.1 * b.ms)
    return {"v": target.v[:], "u": target.u[:]}


@probe("14.1 delay 0")
def chain(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(5, "v : 1", threshold="v > 0.5", reset="v = 0")
    group.v[0] = 1
    synapses = b.Synapses(group, group, on_pre="v += 1")
    synapses.connect(j="i + 1", skip_if_invalid=True)
    spikes = b.SpikeMonitor(group)
    b.run(1 * b.ms)
    return {"i": spikes.i[:], "t": spikes.t[:]}


@probe("14.1 delay d")
def rounding(b: Any) -> dict[str, Any]:
    source = firing(b, 1)
    delays = [0, 0.04, 0.05, 0.06, 0.14, 0.15, 0.16, 0.25, 0.35, 0.949]
    target = b.NeuronGroup(len(delays), "x : second")
    synapses = b.Synapses(source, target, on_pre="x = t")
    synapses.connect()
    synapses.delay = delays * b.ms
    b.run(1.2 * b.ms)
    return {"x": target.x[:], "delay": synapses.delay[:]}


@probe("14.1 delay d")
def rounding_with_dt_of_the_source(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(1, "v : 1", threshold="v > 0.5", reset="v = 0", dt=0.2 * b.ms)
    source.v = 1
    target = b.NeuronGroup(5, "x : second")
    synapses = b.Synapses(source, target, on_pre="x = t")
    synapses.connect()
    synapses.delay = [0, 0.09, 0.1, 0.3, 0.31] * b.ms
    b.run(1 * b.ms)
    return {"x": target.x[:]}


@probe("14.1 delay=")
def one_for_all(b: Any) -> dict[str, Any]:
    source = firing(b)
    target = b.NeuronGroup(3, "x : second\ny : second")
    synapses = b.Synapses(
        source,
        target,
        on_pre={"pre": "x = t", "late": "y = t"},
        delay={"pre": 0.3 * b.ms, "late": 0.5 * b.ms},
    )
    before = [synapses.delay[:], synapses.late.delay[:]]
    synapses.connect(j="i")
    b.run(1 * b.ms)
    first = [target.x[:].copy(), target.y[:].copy()]
    source.v = 1
    synapses.delay = 0.1 * b.ms
    synapses.late.delay = "0.2*ms"
    b.run(1 * b.ms)
    return {
        "before": before,
        "first": first,
        "second": [target.x[:], target.y[:]],
        "array": raised(lambda: setattr(synapses, "delay", [1, 2, 3] * b.ms))["raised"][:1],
        "string": raised(lambda: setattr(synapses, "delay", "i*ms")),
        "unit": raised(lambda: setattr(synapses, "delay", 3 * b.mV)),
    }


@probe("14.1 delay=")
def wrong(b: Any) -> dict[str, Any]:
    source = firing(b)

    def make(**options: Any) -> Any:
        return raised(lambda: b.Synapses(source, source, on_pre="u += 1", **options))

    return {
        "unit": make(delay=3 * b.mV),
        "no unit": make(delay=3),
        "array": make(delay=[1, 2] * b.ms),
        "label": make(delay={"late": 1 * b.ms}),
        "label unit": make(delay={"pre": 1 * b.mV}),
        "string": make(delay="1*ms"),
        "fine": make(delay={"pre": 1 * b.ms}),
        "no pathway": raised(lambda: b.Synapses(source, source, delay=1 * b.ms)),
        "only post": raised(lambda: b.Synapses(source, source, on_post="u += 1", delay=1 * b.ms)),
    }


@probe("14.1 delay=")
def one_per_synapse(b: Any) -> dict[str, Any]:
    source = firing(b)
    target = firing(b, 2, "target")
    synapses = b.Synapses(source, target, "a : second\nc : second", on_pre="a = t", on_post="c = t")
    synapses.connect()
    fresh = synapses.delay[:]
    synapses.delay = "(i + j)*0.1*ms"
    synapses.delay[1, :] = 0.7 * b.ms
    synapses.post.delay = "0.1*ms + 0.2*ms*i"
    b.run(1 * b.ms)
    return {
        "fresh": fresh,
        "pre": synapses.pre.delay[:],
        "delay": synapses.delay[:],
        "post": synapses.post.delay[:],
        "some": synapses.delay["i == 1"],
        "two": synapses.delay[1, 0],
        "a": synapses.a[:],
        "c": synapses.c[:],
    }


@probe("14.1 delay=")
def without_units(b: Any) -> dict[str, Any]:
    source = firing(b)
    synapses = b.Synapses(source, source, on_pre="u += 1", on_post="u += 1")
    synapses.connect(j="i")
    first = synapses.delay_[:].copy()
    synapses.delay_ = [0.001, 0.002, 0.003]
    synapses.post.delay_ = "0.001*second*(i + 1)"
    synapses.pre.delay_[1] = 0.5
    one = b.Synapses(source, source, on_pre="u += 1", delay=2 * b.ms)
    one.connect()
    one.delay_ = 0.004
    return {
        "first": first,
        "pre": synapses.delay[:],
        "post": synapses.post.delay_[:],
        "one": one.pre.delay_[:],
        "ends": [synapses.pre.source is source, synapses.post.target is source],
        "synapses": synapses.pre.synapses.name == synapses.name,
        "no pre": raised(lambda: b.Synapses(source, source, on_post="u += 1").delay_),
    }


@probe("14.1 delay=")
def before_connect(b: Any) -> dict[str, Any]:
    source = firing(b)
    synapses = b.Synapses(source, source, "w : 1", on_pre="u += 1", on_post="u += 1")
    only_post = b.Synapses(source, source, on_post="u += 1")
    only_post.connect()
    return {
        "set": raised(lambda: setattr(synapses, "delay", 1 * b.ms)),
        "string": raised(lambda: setattr(synapses, "delay", "1*ms")),
        "post": raised(lambda: setattr(synapses.post, "delay", 1 * b.ms)),
        "no pre": raised(lambda: only_post.delay),
        "set no pre": raised(lambda: setattr(only_post, "delay", 1 * b.ms)),
        "post only": only_post.post.delay[:],
    }


@probe("14.1 delay=")
def changed_between_runs(b: Any) -> dict[str, Any]:
    source = b.SpikeGeneratorGroup(2, [0, 1, 0, 1], [0, 0.1, 0.5, 0.6] * b.ms)
    target = b.NeuronGroup(2, "x : 1")
    synapses = b.Synapses(source, target, on_pre="x += 1")
    synapses.connect(j="i")
    synapses.delay = [0.4, 0.8] * b.ms
    values = b.StateMonitor(target, "x", record=True)
    b.run(0.3 * b.ms)
    synapses.delay = [1.0, 0.2] * b.ms
    b.run(0.4 * b.ms)
    synapses.delay = "0.1*ms"
    b.run(1.3 * b.ms)
    return {"x": values.x}


@probe("14.1 several objects on one variable")
def two_objects(b: Any) -> dict[str, Any]:
    source = firing(b)
    target = b.NeuronGroup(3, "x : 1")
    first = b.Synapses(source, target, "w : 1", on_pre="x += w", name="first")
    second = b.Synapses(source, target, "w : 1", on_pre="x = 2*x + w", name="second")
    both = b.Synapses(
        source, target, "w : 1", on_pre={"one": "x += w", "two": "x += 10*w"}, name="both"
    )
    for synapses in (first, second, both):
        synapses.connect("i <= j")
        synapses.w = "i + 1"
    b.run(0.1 * b.ms)
    return {"x": target.x[:]}


@probe("14.1 code forms")
def accumulation(b: Any) -> dict[str, Any]:
    source = firing(b, 4)
    target = b.NeuronGroup(2, "x : 1\ny : 1\nz : 1\nn : integer")
    target.x, target.y, target.z = 1, 1, 1
    synapses = b.Synapses(source, target, "w : 1", on_pre="x += w; y *= w; z -= w**2; n += 1")
    synapses.connect("i != 2*j + 1")
    synapses.w = "i + 2"
    b.run(0.1 * b.ms)
    return {name: getattr(target, name)[:] for name in "xyzn"}


@probe("14.1 code forms")
def writes_of_all_kinds(b: Any) -> dict[str, Any]:
    source = firing(b, 3)
    target = b.NeuronGroup(3, "x : 1\nlast : second")
    synapses = b.Synapses(
        source,
        target,
        "w : 1\ng : 1 (shared)\nonce : boolean",
        on_pre="""x_post = 3
                  u_pre = 5
                  last = t
                  once = not once
                  w = int(once) * (t/ms + 1) * g""",
    )
    synapses.connect()
    synapses.g = 2
    b.run(0.1 * b.ms)
    return {
        "x": target.x[:],
        "u": source.u[:],
        "last": target.last[:],
        "once": synapses.once[:],
        "w": synapses.w[:],
        "g": synapses.g[:],
    }


@probe("14.1 code forms")
def shared_variables_are_written_elsewhere(b: Any) -> dict[str, Any]:
    source = firing(b, 3)

    def attempt(code: str) -> Any:
        def go() -> None:
            synapses = b.Synapses(source, source, "w : 1\ng : 1 (shared)", on_pre=code)
            synapses.connect()
            b.Network(source, synapses).run(0.1 * b.ms)

        return raised(go)

    return {"from synapse": attempt("g = w"), "second": attempt("w = 1; g = 3")}


@probe("14.1 code forms")
def refractory_targets(b: Any) -> dict[str, Any]:
    source = b.SpikeGeneratorGroup(1, [0] * 6, b.arange(6) * 0.1 * b.ms)
    target = b.NeuronGroup(
        1,
        "dv/dt = 0/ms : 1 (unless refractory)\nu : 1",
        threshold="v > 0.9",
        reset="v = 0",
        refractory=0.25 * b.ms,
    )
    synapses = b.Synapses(source, target, on_pre="v += 0.6; u += 1")
    synapses.connect()
    values = b.StateMonitor(target, ["v", "u"], record=0)
    b.run(1 * b.ms)
    return {"v": values.v[0], "u": values.u[0]}


@probe("14.1 inactive/empty")
def never_connected(b: Any) -> dict[str, Any]:
    source = firing(b)
    synapses = b.Synapses(source, source, "w : 1", on_pre="u += 1")
    net = b.Network(source, synapses)
    first = raised(lambda: net.run(0.1 * b.ms))
    synapses.active = False
    second = raised(lambda: net.run(0.1 * b.ms))
    return {"connect": first, "inactive": second, "u": source.u[:]}


@probe("14.1 inactive/empty")
def no_synapses(b: Any) -> dict[str, Any]:
    source = firing(b)
    synapses = b.Synapses(
        source, source, "w : 1\ndx/dt = -x/ms : 1 (clock-driven)", on_pre="u += 1", method="euler"
    )
    synapses.connect("i > 5")
    none = b.Synapses(source, source, "w : 1", on_pre="u += 1")
    none.connect(False)
    b.run(0.2 * b.ms)
    return {
        "u": source.u[:],
        "N": [len(synapses), len(none)],
        "w": synapses.w[:],
        "i": none.i[:],
    }


@probe("14.1 inactive/empty")
def inactive(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(2, "u : 1\nx : 1", threshold="True", reset="")
    synapses = b.Synapses(
        source, source, "x_post = 1 : 1 (summed)", on_pre={"a": "u += 1", "c": "u += 10"}
    )
    synapses.connect(j="i")
    synapses.a.active = False
    b.run(0.2 * b.ms)
    first = [source.u[:].copy(), source.x[:].copy()]
    synapses.active = False
    b.run(0.2 * b.ms)
    parts = [one.active for one in synapses.contained_objects]
    synapses.active = True
    source.x = 7
    b.run(0.1 * b.ms)
    return {"first": first, "parts": parts, "u": source.u[:], "x": source.x[:]}
