"""Section 14.2: which synapses `connect` makes, and in which order."""

from __future__ import annotations

from typing import Any

from probing import probe, raised


def fresh(b: Any, n_pre: int = 4, n_post: int = 5, model: str = "w : 1", **options: Any) -> Any:
    """Return synapses without connections between groups with positions."""
    source = b.NeuronGroup(n_pre, "x : metre\ny : 1\nk : integer", name="pre_side*")
    target = b.NeuronGroup(n_post, "x : metre\ny : 1\nk : integer", name="post_side*")
    for group in (source, target):
        group.x = "i*10*umetre"
        group.y = "0.5*i"
        group.k = "i % 2"
    synapses = b.Synapses(source, target, model, **options)
    synapses.add_attribute("kept")
    synapses.kept = (source, target)
    return synapses


def pairs(b: Any, *args: Any, n_pre: int = 4, n_post: int = 5, **kwargs: Any) -> Any:
    """Return sources and targets of what a call of connect makes."""
    synapses = fresh(b, n_pre, n_post)
    synapses.connect(*args, level=1, **kwargs)
    return [synapses.i[:], synapses.j[:]]


def failed(b: Any, *args: Any, **kwargs: Any) -> Any:
    """Return what a call of connect raises."""
    synapses = fresh(b)
    return raised(lambda: synapses.connect(*args, level=2, **kwargs))


@probe("14.2 connect() / connect(True)")
def all_pairs(b: Any) -> dict[str, Any]:
    return {
        "nothing": pairs(b),
        "True": pairs(b, True),
        "condition=True": pairs(b, condition=True),
        "'True'": pairs(b, "True"),
        "twice each": pairs(b, n=2, n_pre=2, n_post=2),
        "one neuron": pairs(b, n_pre=1, n_post=1),
    }


@probe("14.2 connect('cond')")
def conditions(b: Any) -> dict[str, Any]:
    limit = 2
    reach = 25 * b.umetre
    return {
        "not self": pairs(b, "i != j"),
        "keyword": pairs(b, condition="i == j"),
        "distance": pairs(b, "abs(x_pre - x_post) < 15*umetre and i != j"),
        "names": pairs(b, "j < limit or i > limit + 0"),
        "unit": pairs(b, "abs(x_pre - x_post) >= reach"),
        "modulo": pairs(b, "(i + j) % 3 == 0"),
        "integers": pairs(b, "k_pre == k_post"),
        "sizes": pairs(b, "j == (i + 1) % N_post and i < N_pre - 1"),
        "boolean functions": pairs(b, "not (i > 1) and sqrt(y_post) < 1.1"),
        "post without ending": pairs(b, "y > y_pre"),
        "none": pairs(b, "i > 10"),
        "False": pairs(b, False),
        "'False'": pairs(b, "False"),
        "used": [limit, reach],
    }


@probe("14.2 connect('cond')")
def wrong_conditions(b: Any) -> dict[str, Any]:
    return {
        "not boolean": failed(b, "i + j"),
        "for": failed(b, "k for k in range(3)"),
        "unknown": failed(b, "i == nowhere"),
        "unit": failed(b, "x_pre > 3"),
        "number": failed(b, 3),
        "array": failed(b, b.array([True, False])),
        "synaptic": failed(b, "w > 0.5"),
        "N_incoming": failed(b, "N_incoming < 3"),
        "N_outgoing": failed(b, "N_outgoing < 3"),
        "syntax": failed(b, "i =="),
    }


@probe("14.2 condition with i/j arguments")
def condition_and_indices(b: Any) -> dict[str, Any]:
    return {
        "i": failed(b, "i != j", i=[0, 1], j=[0, 1]),
        "j": failed(b, "i != j", j="i"),
        "True and i": failed(b, True, i=[0, 1], j=[0, 1]),
        "N_incoming in j": failed(b, j="N_incoming"),
        "N_incoming in p": failed(b, p="N_incoming"),
    }


@probe("14.2 connect('cond')")
def namespace_of_connect(b: Any) -> dict[str, Any]:
    synapses = fresh(b)
    synapses.connect("i == other", namespace={"other": 2})

    def inside() -> None:
        here = 3
        synapses.connect("i == here and j == 0")
        assert here == 3

    inside()

    def deeper() -> None:
        synapses.connect("i == outer and j == 0", level=1)

    outer = 1
    deeper()
    of_group = fresh(b, namespace={"mine": 0})
    of_group.connect("i == mine")
    return {
        "i": synapses.i[:],
        "j": synapses.j[:],
        "outer": outer,
        "group": [of_group.i[:], of_group.j[:]],
        "missing": raised(lambda: synapses.connect("i == outer", namespace={})),
    }


@probe("14.2 p=")
def certain_probabilities(b: Any) -> dict[str, Any]:
    return {
        "one": pairs(b, p=1),
        "zero": pairs(b, p=0),
        "more": pairs(b, p=1.5),
        "string one": pairs(b, p="1.0"),
        "presynaptic": pairs(b, p="int(i > 1)"),
        "both": pairs(b, p="1.0*(i == j)"),
        "with condition": pairs(b, "i < j", p="1.0*(k_post == 0)"),
        "condition only": pairs(b, "i < j", p=1),
        "no condition": pairs(b, p="int(abs(x_pre - x_post) < 15*umetre)"),
        "given pairs": pairs(b, i=[0, 1, 2], j=[2, 1, 0], p=1),
        "given pairs, none": pairs(b, i=[0, 1, 2], j=[2, 1, 0], p=0),
    }


@probe("14.2 p=")
def wrong_probabilities(b: Any) -> dict[str, Any]:
    return {
        "unit": failed(b, p=0.5 * b.ms),
        "unit in string": failed(b, p="x_pre"),
        "unknown": failed(b, p="nowhere"),
        "array": failed(b, p=[0.1, 0.2]),
    }


@probe("14.2 p=")
def random_pairs_keep_the_rules(b: Any) -> dict[str, Any]:
    synapses = fresh(b, 50, 60)
    synapses.connect("i != j", p=0.3)
    i, j = synapses.i[:].astype(int), synapses.j[:].astype(int)
    number = i * 60 + j
    conditional = fresh(b, 50, 60)
    conditional.connect("abs(i - j) < 5 and i != j", p="0.5 + 0.1*(i % 2)")
    near = abs(conditional.i[:].astype(int) - conditional.j[:].astype(int))
    return {
        "ascending": bool((number[1:] > number[:-1]).all()),
        "no autapse": bool((i != j).all()),
        "between": bool(600 < len(synapses) < 1200),
        "near": bool((near < 5).all() and (near > 0).all()),
    }


@probe("14.2 i=array, j=array")
def given_pairs(b: Any) -> dict[str, Any]:
    return {
        "lists": pairs(b, i=[3, 0, 3, 1], j=[0, 4, 0, 2]),
        "one to several": pairs(b, i=2, j=[4, 0, 1]),
        "several to one": pairs(b, i=[3, 0], j=1),
        "single": pairs(b, i=1, j=2),
        "arrays": pairs(b, i=b.arange(3), j=b.array([0, 2, 4])),
        "range": pairs(b, i=list(range(3)), j=0),
        "n": pairs(b, i=[1, 0], j=[2, 3], n=2),
        "int32": pairs(b, i=b.array([1, 2], dtype="int32"), j=b.array([1, 2], dtype="int64")),
    }


@probe("14.2 i=array, j=array")
def wrong_pairs(b: Any) -> dict[str, Any]:
    return {
        "floats": failed(b, i=[0.0, 1.0], j=[0, 1]),
        "float j": failed(b, i=[0, 1], j=1.0),
        "shapes": failed(b, i=[0, 1, 2], j=[0, 1]),
        "dimensions": failed(b, i=[[0, 1], [2, 3]], j=[0, 1]),
        "source out of range": failed(b, i=[0, 4], j=[0, 1]),
        "target out of range": failed(b, i=[0, 1], j=[0, 5]),
        "negative": failed(b, i=[-1, 1], j=[0, 1]),
        "skip_if_invalid": failed(b, i=[0, 9], j=[0, 1], skip_if_invalid=True),
        "n string": failed(b, i=[0, 1], j=[0, 1], n="2"),
        "booleans": failed(b, i=[True, False], j=[0, 1]),
    }


@probe("14.2 only i or only j as integers")
def half_a_pair(b: Any) -> dict[str, Any]:
    return {
        "i": failed(b, i=[0, 1]),
        "j": failed(b, j=[0, 1]),
        "i number": failed(b, i=0),
        "j number": failed(b, j=2),
    }


@probe("14.2 j='expr'")
def one_target(b: Any) -> dict[str, Any]:
    shift = 1
    return {
        "i": pairs(b, j="i"),
        "i + shift": pairs(b, j="i + shift"),
        "condition": pairs(b, j="i + 1 if i % 2 == 0"),
        "wrap": pairs(b, j="(i + 3) % N_post"),
        "constant": pairs(b, j="2"),
        "variable": pairs(b, j="k_pre + 1"),
        "skip": pairs(b, j="i + 3", skip_if_invalid=True),
        "skip below": pairs(b, j="i - 2", skip_if_invalid=True),
        "n": pairs(b, j="i", n=2),
        "n string": pairs(b, j="i", n="i"),
        "int": pairs(b, j="int(i/2)"),
        "used": shift,
    }


@probe("14.2 j='expr'")
def one_source(b: Any) -> dict[str, Any]:
    return {
        "j": pairs(b, i="j", skip_if_invalid=True),
        "j % N": pairs(b, i="j % N_pre"),
        "condition": pairs(b, i="j if j < 3"),
        "post variable": pairs(b, i="k_post"),
        "range": pairs(b, i="k for k in range(1, 4) if k != j", skip_if_invalid=True),
        "n": pairs(b, i="j % 2", n=2),
    }


@probe("14.2 j='expr'")
def wrong_targets(b: Any) -> dict[str, Any]:
    return {
        "out of range": failed(b, j="i + 3"),
        "negative": failed(b, j="i - 1"),
        "source": failed(b, i="j"),
        "both strings": failed(b, i="j", j="i"),
        "string and array": failed(b, i=[0, 1], j="i"),
        "unknown": failed(b, j="nowhere"),
        "float": failed(b, j="i*1.0"),
        "syntax": failed(b, j="i +"),
    }


@probe("14.2 j='expr for k in range")
def ranges(b: Any) -> dict[str, Any]:
    far = 2
    return {
        "high": pairs(b, j="k for k in range(3)"),
        "low, high": pairs(b, j="k for k in range(1, i + 1)"),
        "step": pairs(b, j="k for k in range(0, N_post, 2)"),
        "down": pairs(b, j="k for k in range(4, 0, -2)"),
        "neighbours": pairs(b, j="k for k in range(i - 1, i + 2) if k != i", skip_if_invalid=True),
        "i in condition": pairs(b, j="i + k for k in range(-1, 2) if i + k >= 0 and i + k < 5"),
        "expression": pairs(b, j="2*k + i % 2 for k in range(2)"),
        "names": pairs(b, j="k for k in range(far) if k + far <= i + 1"),
        "variables": pairs(b, j="kk for kk in range(k_pre, 3) if x_pre < 25*umetre"),
        "post variables": pairs(b, j="m for m in range(5) if x_post > x_pre"),
        "j in condition": pairs(b, j="2*m for m in range(3) if j > i"),
        "n": pairs(b, j="k for k in range(i)", n=2),
        "empty": pairs(b, j="k for k in range(0)"),
        "repeated": pairs(b, j="1 for k in range(2)"),
        "used": far,
    }


@probe("14.2 j='expr for k in range")
def wrong_ranges(b: Any) -> dict[str, Any]:
    return {
        "out of range": failed(b, j="k for k in range(6)"),
        "post in range": failed(b, j="k for k in range(k_post)"),
        "j in range": failed(b, j="k for k in range(j)"),
        "no range": failed(b, j="k for k in [1, 2]"),
        "other function": failed(b, j="k for k in arange(3)"),
        "four arguments": failed(b, j="k for k in range(0, 3, 1, 1)"),
        "no arguments": failed(b, j="k for k in range()"),
        "two loops": failed(b, j="k for k in range(2) for m in range(2)"),
        "tuple": failed(b, j="k for k, m in range(2)"),
    }


@probe("14.2 ... in sample")
def samples_of_all(b: Any) -> dict[str, Any]:
    return {
        "p one": pairs(b, j="k for k in sample(N_post, p=1)"),
        "p zero": pairs(b, j="k for k in sample(N_post, p=0)"),
        "size all": pairs(b, j="k for k in sample(0, N_post, size=5)"),
        "size zero": pairs(b, j="k for k in sample(N_post, size=0)"),
        "step": pairs(b, j="k for k in sample(0, N_post, 2, size=3)"),
        "step p": pairs(b, j="k for k in sample(1, N_post, 2, p=1)"),
        "p of source": pairs(b, j="k for k in sample(N_post, p=int(i > 1))"),
        "size of source": pairs(b, j="k for k in sample(i, size=i)"),
        "clipped": pairs(b, j="k for k in sample(3, size=4)", skip_if_invalid=True),
        "clipped below": pairs(b, j="k for k in sample(2, size=2*i - 2)", skip_if_invalid=True),
        "condition": pairs(b, j="k for k in sample(N_post, p=1) if k != i"),
        "i": pairs(b, i="k for k in sample(N_pre, size=4)"),
        "i p": pairs(b, i="k for k in sample(2, N_pre, p=1) if j > 1"),
    }


@probe("14.2 ... in sample")
def samples_keep_the_rules(b: Any) -> dict[str, Any]:
    synapses = fresh(b, 40, 100)
    synapses.connect(j="k for k in sample(N_post, size=10)")
    j = synapses.j[:].reshape(40, 10).astype(int)
    stepped = fresh(b, 40, 100)
    stepped.connect(j="k for k in sample(10, 90, 5, p=0.4) if k != 20")
    return {
        "rows": synapses.i[:],
        "ascending": bool((j[:, 1:] > j[:, :-1]).all()),
        "differ": len({tuple(row) for row in j}) > 30,
        "steps": sorted(set(stepped.j[:].astype(int).tolist())),
        "sorted": bool((stepped.i[1:] >= stepped.i[:-1]).all()),
    }


@probe("14.2 ... in sample")
def wrong_samples(b: Any) -> dict[str, Any]:
    return {
        "too many": failed(b, j="k for k in sample(3, size=4)"),
        "negative": failed(b, j="k for k in sample(3, size=-1)"),
        "neither": failed(b, j="k for k in sample(3)"),
        "both": failed(b, j="k for k in sample(3, p=0.1, size=2)"),
        "other keyword": failed(b, j="k for k in sample(3, q=0.1)"),
        "outside": failed(b, j="k for k in sample(20, p=1)"),
        "p= beside": failed(b, j="k for k in sample(3, p=0.5)", p=0.5),
    }


@probe("14.2 i= and generator j= together")
def both_given(b: Any) -> dict[str, Any]:
    return {
        "array and generator": failed(b, i=[0, 1], j="k for k in range(2)"),
        "number and generator": failed(b, i=0, j="k for k in range(2)"),
        "generator and array": failed(b, i="k for k in range(2)", j=[0, 1]),
        "two generators": failed(b, i="k for k in range(2)", j="k for k in range(2)"),
    }


@probe("14.2 n=")
def several_per_pair(b: Any) -> dict[str, Any]:
    twice = 2
    return {
        "number": pairs(b, "i == j", n=3),
        "string": pairs(b, "i < 3 and j < 3", n="i + j"),
        "name": pairs(b, j="i", n="twice"),
        "zero": pairs(b, n=0),
        "variable": pairs(b, "i == j", n="k_pre + 1"),
        "used": twice,
    }


@probe("14.2 n=")
def wrong_numbers(b: Any) -> dict[str, Any]:
    return {
        "unit": failed(b, n=2 * b.mV),
        "unknown": failed(b, n="nowhere"),
        "float": failed(b, n=1.5),
    }


@probe("14.2 order of synapses")
def appended(b: Any) -> dict[str, Any]:
    synapses = fresh(b, 3, 3, "w : 1\nn : integer")
    synapses.connect("i == j")
    synapses.w = "10*i + j"
    synapses.connect(i=[2, 0], j=[0, 1])
    between = synapses.w[:].copy()
    synapses.w[3:] = [5, 6]
    synapses.connect(i="j", n=2)
    return {
        "between": between,
        "w": synapses.w[:],
        "i": synapses.i[:],
        "j": synapses.j[:],
        "n": synapses.n[:],
    }


@probe("14.2 order of synapses")
def matrices(b: Any) -> dict[str, Any]:
    synapses = fresh(b, 3, 4)
    synapses.connect()
    weights = b.arange(12).reshape(3, 4) * 1.0
    synapses.w = weights.flatten()
    by_target = fresh(b, 3, 4)
    by_target.connect(i="k for k in range(N_pre)")
    by_target.w = weights.T.flatten()
    sources, targets = (weights > 5).nonzero()
    sparse = fresh(b, 3, 4)
    sparse.connect(i=sources, j=targets)
    sparse.w = weights[sources, targets]
    full = b.zeros((3, 4))
    full[sparse.i[:], sparse.j[:]] = sparse.w[:]
    return {
        "one": synapses.w[1, 2],
        "row": synapses.w[2, :],
        "column": synapses.w[:, 1],
        "by_target": [by_target.w[1, 2], by_target.w[2, :], by_target.i[:], by_target.j[:]],
        "full": full,
        "flattened": raised(lambda: setattr(synapses, "w", weights)),
    }


@probe("14.2 order of synapses")
def numbers_stay_with_delays(b: Any) -> dict[str, Any]:
    source = b.NeuronGroup(3, "v : 1", threshold="v > 0.5", reset="v = 0")
    target = b.NeuronGroup(3, "x : 1")
    synapses = b.Synapses(source, target, "w : 1", on_pre="x = 10*x + w")
    synapses.connect()
    synapses.w = "3*i + j + 1"
    synapses.delay = "0.1*ms*(3 - j)*(i + 1)"
    source.v = 1
    b.run(0.5 * b.ms)
    synapses.connect(i=[1], j=[1])
    synapses.w[9] = 20
    synapses.delay[9] = 0.2 * b.ms
    source.v = 1
    b.run(1 * b.ms)
    return {
        "i": synapses.i[:],
        "j": synapses.j[:],
        "w": synapses.w[:],
        "delay": synapses.delay[:],
        "x": target.x[:],
    }


@probe("14.2 subgroups")
def relative_indices(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(10, "x : 1\nv : 1", threshold="v > 0.5", reset="v = 0", name="whole")
    group.x = "i"
    first, second = group[2:5], group[6:10]
    synapses = b.Synapses(first, second, "w : 1\nseen : 1", on_pre="x_post += 100; seen = x_pre")
    synapses.connect("i != j")
    synapses.w = "x_pre*10 + x_post"
    given = b.Synapses(first, group, on_pre="x_post += 1000")
    given.connect(i=[0, 2], j=[0, 9])
    more = b.Synapses(group, second, "w : 1", on_post="w += 1")
    more.connect(j="i - 5", skip_if_invalid=True)
    group.v[3:8] = 1
    b.run(0.1 * b.ms)
    return {
        "i": synapses.i[:],
        "j": synapses.j[:],
        "w": synapses.w[:],
        "seen": synapses.seen[:],
        "x": group.x[:],
        "sizes": [synapses.N_pre, synapses.N_post, given.N_post],
        "x_post": synapses.x_post[:],
        "more": [more.i[:], more.j[:], more.w[:]],
        "outside": raised(lambda: given.connect(i=[3], j=[0])),
        "string": synapses.w["x_pre == 3"],
        "numbers": [synapses.N_outgoing[:], synapses.N_incoming[:]],
    }


@probe("14.2 subgroups")
def sizes_in_strings(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(10, "x : 1", name="whole")
    group.x = "i"
    synapses = b.Synapses(group[2:5], group[6:10], "w : 1")
    synapses.connect("j == N_post - 1 - i and i < N_pre - 1")
    synapses.connect(j="k for k in range(N_post) if k + i == N_post")
    synapses.w = "N_pre + 10*N_post + 100*N_outgoing + 1000*N_incoming"
    generated = b.Synapses(group[2:5], group[6:10])
    generated.connect(j="k for k in range(4) if x_post == x_pre + 5")
    mirrored = b.Synapses(group[2:5], group[6:10])
    mirrored.connect(i="k for k in range(3) if x_post != x_pre + 5 and j > 1")
    return {
        "i": synapses.i[:],
        "j": synapses.j[:],
        "w": synapses.w[:],
        "generated": [generated.i[:], generated.j[:]],
        "mirrored": [mirrored.i[:], mirrored.j[:]],
    }


@probe("14.2 subgroups")
def numbers_per_neuron(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(8, "x : 1", name="whole")
    synapses = b.Synapses(group[1:4], group[5:8], "w : 1")
    synapses.connect(i=[0, 0, 2], j=[0, 1, 1])
    whole = b.Synapses(group, group)
    whole.connect(i=[0, 0, 2], j=[7, 1, 1])
    return {
        "outgoing": synapses.N_outgoing_pre,
        "incoming": synapses.N_incoming_post,
        "whole": [whole.N_outgoing_pre, whole.N_incoming_post],
        "per synapse": [synapses.N_outgoing[:], synapses.N_incoming[:]],
    }
