"""Section 14.1: the equations of synapses, and what names in their code mean."""

from __future__ import annotations

from typing import Any

from probing import logged, probe, raised

TWO = "v : 1\nu : 1"
SPIKING = {"threshold": "v > 0.5", "reset": "v = 0"}


def pair(b: Any, n_pre: int = 3, n_post: int = 4) -> tuple[Any, Any]:
    """Return a source whose neurons all spike in the first step, and a target."""
    source = b.NeuronGroup(n_pre, TWO, name="source", **SPIKING)
    source.v = 1
    source.u = "10*(i + 1)"
    target = b.NeuronGroup(n_post, TWO, name="target", **SPIKING)
    target.u = "100*(i + 1)"
    return source, target


@probe("14.1 target default")
def target_default(b: Any) -> dict[str, Any]:
    source, _ = pair(b)
    synapses = b.Synapses(source, on_pre="u_post += 1")
    synapses.connect()
    b.run(0.1 * b.ms)
    return {
        "same": synapses.target is source,
        "u": source.u[:],
        "sizes": [synapses.N_pre, synapses.N_post],
        "N": len(synapses),
    }


@probe("14.1 target default")
def kinds_of_sources(b: Any) -> dict[str, Any]:
    _, target = pair(b)
    generator = b.SpikeGeneratorGroup(3, [0, 2], [0, 0.1] * b.ms)
    poisson = b.PoissonGroup(2, 1e9 * b.Hz)
    from_generator = b.Synapses(generator, target, on_pre="u += 1")
    from_generator.connect(j="i")
    from_poisson = b.Synapses(poisson, target[2:], on_pre="u += 10")
    from_poisson.connect(j="i")
    within = b.Synapses(poisson[1:], target[1:3], on_pre="u += 0.5")
    within.connect(i=[0, 0], j=[0, 1])
    b.run(0.2 * b.ms)
    return {"u": target.u[:]}


@probe("14.1 target default")
def synapses_as_target(b: Any) -> dict[str, Any]:
    source, target = pair(b)
    driven = b.Synapses(source, target, "w : 1", on_pre="u += w", name="driven")
    driven.connect(i=[2, 0, 0, 1], j=[0, 1, 2, 3])
    driven.w = "k1 * i + j"
    modulator = b.SpikeGeneratorGroup(4, [0, 1, 3], [0, 0, 0.1] * b.ms)
    onto = b.Synapses(modulator, driven, "g : 1", on_pre="w_post += g", name="onto")
    onto.connect(j="i")
    onto.g = "100*(j + 1)"
    b.run(0.3 * b.ms)
    return {
        "w": driven.w[:],
        "j": onto.j[:],
        "w_post": onto.w_post[:],
        "sizes": [onto.N_pre == 4, bool(onto.N_post == 4), onto.N_post[:]],
        "u": target.u[:],
    }


synapses_as_target.__globals__["k1"] = 10


@probe("14.1 target default")
def sums_from_and_onto_synapses(b: Any) -> dict[str, Any]:
    """Synapses that grow after others have been connected to them."""
    group = b.NeuronGroup(3, "v : 1\ntotal : 1", name="growing_group")
    group.v = "i + 1"
    middle = b.Synapses(group, group, "w : 1\nx : 1")
    away = b.Synapses(middle, group, "total_post = w_pre : 1 (summed)")
    onto = b.Synapses(group, middle, "x_post = v_pre : 1 (summed)")
    middle.connect("i != j")
    middle.w = "10*i + j"
    away.connect(i=[5, 0, 2, 3, 5], j=[2, 0, 1, 1, 2])
    onto.connect(j="k for k in range(N_post) if k % 3 == i")
    net = b.Network(group, middle, away, onto)
    net.run(0.2 * b.ms)
    first = [group.total[:].copy(), middle.x[:].copy()]
    middle.connect(i=0, j=0)
    middle.w[6] = 7
    away.connect(i=6, j=0)
    onto.connect(i=2, j=6)
    net.run(0.1 * b.ms)
    return {"first": first, "total": group.total[:], "x": middle.x[:]}


@probe("14.1 target default")
def wrong_source(b: Any) -> dict[str, Any]:
    source, target = pair(b)
    return {
        "no source": raised(b.Synapses),
        "connect=": raised(lambda: b.Synapses(source, target, connect=True)),
        "unknown argument": raised(lambda: b.Synapses(source, target, weight=3)),
    }


@probe("14.1 names in code")
def bare_names_are_postsynaptic(b: Any) -> dict[str, Any]:
    source, target = pair(b)
    synapses = b.Synapses(source, target, "w : 1\nx : 1", on_pre="u += w\nx = u_pre + v_post")
    synapses.connect("i != j")
    synapses.w = 1
    b.run(0.1 * b.ms)
    return {"u": target.u[:], "source": source.u[:], "x": synapses.x[0]}


@probe("14.1 names in code")
def names_of_numbers(b: Any) -> dict[str, Any]:
    source, target = pair(b)
    synapses = b.Synapses(
        source,
        target,
        "a : 1\nc : 1\nd : 1\nq : 1\nf : 1\ng : 1\nh : 1",
        on_pre="a = i\nc = j\nd = N\nq = N_pre\nf = N_post\ng = N_incoming\nh = N_outgoing",
    )
    synapses.connect("i + j < 4")
    b.run(0.1 * b.ms)
    return {name: getattr(synapses, name)[:] for name in "acdqfgh"}


@probe("14.1 names in code")
def numbers_of_the_neurons(b: Any) -> dict[str, Any]:
    source, target = pair(b)
    synapses = b.Synapses(source, target, "a : 1\nc : 1", on_pre="a = i_pre\nc = i_post")
    synapses.connect("i != j")
    b.run(0.1 * b.ms)
    return {"a": synapses.a[:], "c": synapses.c[:]}


@probe("14.1 names in code")
def names_that_clash(b: Any) -> dict[str, Any]:
    source, target = pair(b)
    only_post = b.NeuronGroup(1, "z : 1")
    return {
        "both": raised(lambda: b.Synapses(source, target, "v : 1")),
        "target": raised(lambda: b.Synapses(source, only_post, "z : 1")),
        "source": raised(lambda: b.Synapses(source, only_post, "u : 1")),
        "subexpression": raised(lambda: b.Synapses(source, target, "v = 3 : 1")),
        "own _pre": raised(lambda: b.Synapses(source, target, "w_pre : 1")),
        "own _post": raised(lambda: b.Synapses(source, target, "w_post : 1")),
        "i": raised(lambda: b.Synapses(source, target, "i : 1")),
        "j": raised(lambda: b.Synapses(source, target, "j : 1")),
        "delay": raised(lambda: b.Synapses(source, target, "delay : second")),
        "t": raised(lambda: b.Synapses(source, target, "t : second")),
        "N": raised(lambda: b.Synapses(source, target, "N : 1")),
    }


@probe("14.1 names in code")
def unknown_names(b: Any) -> dict[str, Any]:
    source, target = pair(b)

    def attempt(model: str, on_pre: str) -> Any:
        def go() -> None:
            synapses = b.Synapses(source, target, model, on_pre=on_pre)
            synapses.connect()
            b.Network(source, target, synapses).run(0.1 * b.ms)

        return raised(go)

    return {
        "name": attempt("w : 1", "u += nowhere"),
        "pre": attempt("w : 1", "u += nowhere_pre"),
        "unit": attempt("w : volt", "u += w"),
        "read-only post": attempt("w : 1", "t = 3*second"),
        "subexpression": attempt("w = 1 : 1", "w = 3"),
    }


@probe("14.1 names in code")
def old_names_of_arguments(b: Any) -> dict[str, Any]:
    source, target = pair(b)
    with logged(b) as names:
        synapses = b.Synapses(source, target, "w : 1", pre="u += 1", post="w += 1")
    synapses.connect()
    b.run(0.1 * b.ms)
    return {"u": target.u[:], "warned": sorted(set(names))}


@probe("14.1 names in code")
def external_names(b: Any) -> dict[str, Any]:
    source, target = pair(b)
    gain = 3
    synapses = b.Synapses(
        source, target, "w = gain*j : 1", on_pre="u += w*other", namespace={"other": 7}
    )
    synapses.connect(j="i")
    b.run(0.1 * b.ms)
    source.v = 1
    gain = 4
    b.run(0.1 * b.ms)
    return {"u": target.u[:], "w": synapses.w[:], "used": gain}


@probe("14.1 code forms")
def statements(b: Any) -> dict[str, Any]:
    source, target = pair(b)
    synapses = b.Synapses(
        source,
        target,
        "w : 1\nn : integer\nawake : boolean",
        on_pre="""
        step = 0.5*(j + 1); w = clip(w + step, 0, 1)
        u_post -= w   # another
        n += 1
        awake = w > 0.6
        v_post = 0.25 * int(awake)
        """,
    )
    synapses.connect(j="i")
    b.run(0.1 * b.ms)
    return {
        "w": synapses.w[:],
        "n": synapses.n[:],
        "awake": synapses.awake[:],
        "u": target.u[:],
        "v": target.v[:],
    }
