"""However the synapses of a neuron are stored, code at spikes does the same.

The same pairs are made in a form that is recognised (all pairs, ranges) and as given pairs, which
are listed; numbers of synapses are equal, so everything must agree bit for bit. Where code depends
on the order of its synapses, plain Python says what comes out.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainsim as b
from brainsim import ms, prefs

TARGETS = pytest.mark.parametrize("target", ["c", "numpy", "cython"])
N = 12


def spiking(n, name):
    """Return neurons that spike at times of their own."""
    return b.NeuronGroup(
        n,
        """dv/dt = (1.05 + 0.05*i - v)/(4*ms) : 1
           g : 1
           h : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
        name=name,
    )


FORMS = {
    "all": {},
    "one to one": {"j": "i"},
    "range": {"j": "k for k in range(i - 2, i + 3)", "skip_if_invalid": True},
    "some without": {"j": "k for k in range(N_post) if i > 3"},
}
CODES = {
    "sum": ("g_post += w", "w += 0.01"),
    "store": ("g_post = w", "h_pre = w"),
    "read and add": (
        "g_post += 0.1*(h_post + w); h_post = 0.5*h_post + g_post",
        "w += 0.01*g_pre; g_pre = 0.5*g_pre + w",
    ),
    "plastic": (
        "g_post += w; w = clip(w + 0.1*y, 0, 9); x += 1",
        "y += 1; w = clip(w - 0.1*x, 0, 9)",
    ),
    "onto sources": ("h_pre += w; g_post += h_pre", "g_post += w"),
}


def run(arguments, code, delay, parts, ready=None):
    """Return everything that two runs give."""
    b.seed(5)
    source, target = spiking(N, "source"), spiking(N, "target")
    first, second = (source[2:9], target[3:11]) if parts else (source, target)
    synapses = b.Synapses(
        first,
        second,
        """w : 1
           dx/dt = -x/(5*ms) : 1 (event-driven)
           dy/dt = -y/(7*ms) : 1 (event-driven)""",
        on_pre=code[0],
        on_post=code[1],
        name="synapses",
    )
    synapses.connect(**arguments)
    synapses.w = "0.1 + 0.01*i + 0.001*j"
    if delay == "own":
        synapses.delay = "(i + 2*j)%5*0.3*ms"
    elif delay:
        synapses.delay = delay
    network = b.Network(source, target, synapses)
    network.run(15 * ms)
    if delay == "own":
        synapses.delay = 0.5 * ms  # and back to the order of numbers
    network.run(10 * ms)
    if ready is not None:
        ready(synapses)
    names = ("w", "x", "y")
    return [
        source.v[:],
        source.h[:],
        target.g[:],
        target.h[:],
        *(getattr(synapses, n)[:] for n in names),
    ]


@pytest.mark.parametrize(("delay", "parts"), [(None, True), ("own", False)])
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("form", FORMS)
def test_consecutive_targets_are_like_listed_ones(form, code, parts, delay):
    """Bit for bit, with C; the forms are what they should be."""
    forms = []

    def look(synapses):
        pairs = synapses.connectivity
        forms.append((pairs.intervals is not None, synapses.post.table().stride is not None))
        forms.append((synapses.i[:].tolist(), synapses.j[:].tolist()))

    wanted = run(FORMS[form], CODES[code], delay, parts, look)
    assert forms[0] == (True, form == "all")
    i, j = forms[1]
    found = run({"i": i, "j": j}, CODES[code], delay, parts, look)
    # having come back from delays of their own, given pairs may be found to be consecutive
    assert not forms[2][0] or delay == "own"
    assert forms[3] == forms[1]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


@TARGETS
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("form", ["all", "range"])
def test_all_targets_agree(form, code, target):
    """NumPy's exponential may differ by two ulp; the codes let no error grow."""
    wanted = run(FORMS[form], CODES[code], None, True)
    prefs.codegen.target = target
    for one, other in zip(run(FORMS[form], CODES[code], None, True), wanted, strict=True):
        if target == "numpy":
            np.testing.assert_allclose(one, other, rtol=1e-12)
        else:
            np.testing.assert_array_equal(one, other)


ORDERED = {
    # what the last synapse leaves, and a sum in which later ones count more
    "h_pre = w + 0*h_pre": lambda h, w: w + 0 * h,
    "h_pre = 0.5*h_pre + w": lambda h, w: 0.5 * h + w,
}


@TARGETS
@pytest.mark.parametrize("code", ORDERED)
def test_order_dependent_code_runs_by_number(code, target):
    """Given pairs in arbitrary order stand sorted in memory, but run as they were made."""
    prefs.codegen.target = target
    random = np.random.default_rng(3)
    i, j = random.integers(0, 5, (2, 40))
    relay = b.NeuronGroup(5, "h : 1", threshold="False")
    group = b.NeuronGroup(5, "h : 1\nat : 1", threshold="t_in_timesteps == at", reset="")
    group.at = [10, 1000, 1000, 10, 20]
    synapses = b.Synapses(group, relay, "w : 1", on_pre=code)
    synapses.connect(i=i, j=j)
    synapses.w = "i + 0.37*j + 0.011*N"
    synapses.w = synapses.w[:] + np.arange(40)
    weights = synapses.w[:].copy()
    b.Network(group, relay, synapses).run(3 * ms)
    h = np.zeros(5)
    for neuron in (0, 3, 4):
        for number in np.flatnonzero(i == neuron):
            h[neuron] = ORDERED[code](h[neuron], weights[number])
    np.testing.assert_array_equal(group.h[:], h)
    np.testing.assert_array_equal(synapses.w[:], weights)


def test_sums_onto_targets_need_no_list():
    """Code that adds to its targets walks memory as it is, though numbers do not ascend in it."""
    random = np.random.default_rng(3)
    i, j = random.integers(0, 5, (2, 40))
    group = b.NeuronGroup(5, "g : 1", threshold="True", reset="")
    for code, listed in (("g_post += w", False), ("g_pre += w", True), ("g_post += g_pre", True)):
        synapses = b.Synapses(group, group, "w : 1", on_pre=code)
        synapses.connect(i=i, j=j)
        synapses.before_run()
        assert not synapses.connectivity.by_number
        assert (synapses.pre.table().synapses is not None) == listed


@TARGETS
def test_groups_around_the_limit_of_16_bits(target):
    """The last neuron of groups of 65536 and 65537 is reached."""
    prefs.codegen.target = target
    for n in (2**16, 2**16 + 1):
        source = b.NeuronGroup(3, "u : 1", threshold="True", reset="")
        goal = b.NeuronGroup(n, "g : 1")
        listed = b.Synapses(source, goal, on_pre="g_post += 1")
        listed.connect(i=[2, 0, 1], j=[n - 1, 0, n - 1])
        everyone = b.Synapses(source, goal, on_pre="g_post += 10")
        everyone.connect()
        b.Network(source, goal, listed, everyone).run(0.1 * ms)
        assert goal.g[0] == 31
        assert goal.g[n - 1] == 32
        assert (goal.g[1 : n - 1] == 30).all()


def test_targets_that_become_too_many_for_16_bits():
    """Synapses onto synapses, of which there are more and more: nothing binds a wrong type."""
    n = 2**16
    source = b.NeuronGroup(1, "u : 1", threshold="True", reset="")
    goal = b.NeuronGroup(n + 10, "u : 1")
    first = b.Synapses(source, goal, "g : 1")
    first.connect(i=0, j=np.arange(n))
    second = b.Synapses(source, first, on_pre="g_post += 1")
    second.connect(i=[0], j=[n - 1])
    network = b.Network(source, goal, first, second)
    network.run(0.1 * ms)
    assert second.connectivity.targets.dtype == np.uint16
    first.connect(i=0, j=np.arange(n, n + 10))
    second.connect(i=[0], j=[n + 9])
    network.run(0.1 * ms)
    assert second.connectivity.targets.dtype == np.int32
    assert first.g[n - 1] == 2
    assert first.g[n + 9] == 1
    assert first.g[:].sum() == 3


def test_forms_survive_store_and_restore_and_go_with_changes():
    """A restored network has the rows that it had; removing or adding synapses lists them."""
    source, goal = spiking(5, "source"), spiking(6, "goal")
    synapses = b.Synapses(source, goal, "w : 1", on_pre="g_post += w", name="synapses")
    synapses.connect()
    synapses.w = "i + j"
    network = b.Network(source, goal, synapses)
    network.run(5 * ms)
    network.store()
    pairs = synapses.connectivity
    network.run(5 * ms)
    wanted = goal.g[:].copy()
    network.restore()
    assert pairs.intervals is not None
    network.run(5 * ms)
    np.testing.assert_array_equal(goal.g[:], wanted)
    synapses.disconnect("i == 2 and j == 2")
    assert pairs.intervals is None
    assert len(synapses) == 29
    assert list(zip(synapses.i[:], synapses.j[:], strict=True)) == [
        (i, j) for i in range(5) for j in range(6) if (i, j) != (2, 2)
    ]
    network.restore()
    synapses.connect(i=0, j=0)
    assert pairs.intervals is None
    assert synapses.j[:].tolist() == [*list(range(6)) * 5, 0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(0, 3)), max_size=5))
def test_ranges_of_any_kind(bounds):
    """Whatever ranges sources have: what is stored is what was asked for."""
    low = [a for a, _, _ in bounds] + [0] * (5 - len(bounds))
    high = [z for _, z, _ in bounds] + [0] * (5 - len(bounds))
    step = [s + 1 for _, _, s in bounds] + [1] * (5 - len(bounds))
    group = b.NeuronGroup(5, "low : integer\nhigh : integer\nstep : integer")
    group.low, group.high, group.step = low, high, step
    goal = b.NeuronGroup(7, "x : 1")
    synapses = b.Synapses(group, goal)
    synapses.connect(j="k for k in range(low_pre, high_pre, step_pre)")
    wanted = [(i, j) for i in range(5) for j in range(low[i], high[i], step[i])]
    assert list(zip(synapses.i[:], synapses.j[:], strict=True)) == wanted
    consecutive = all(z[1] - a[1] == 1 for a, z in itertools.pairwise(wanted) if a[0] == z[0])
    pairs = synapses.connectivity
    assert not wanted or (pairs.intervals is not None) == consecutive
    places = np.arange(len(wanted))[1:-1]
    assert pairs.post_at(places).tolist() == [j for _, j in wanted][1:-1]
    assert pairs.pre_at(places).tolist() == [i for i, _ in wanted][1:-1]
    assert pairs.post_at(places[::-1]).tolist() == [j for _, j in wanted][1:-1][::-1]
    assert (
        synapses.N_outgoing_pre.tolist()
        == np.bincount([i for i, _ in wanted], minlength=5).tolist()
    )
    assert (
        synapses.N_incoming_post.tolist()
        == np.bincount([j for _, j in wanted], minlength=7).tolist()
    )
