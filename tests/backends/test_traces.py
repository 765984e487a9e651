"""Traces kept per neuron, and code that waits for the next event of the source: nothing changes.

Every rule runs with traces per synapse, as written; with traces per neuron; and with code of the
target's spikes applied row by row. The spikes do not depend on the weights, so that results may
differ by rounding alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainsim as b
from brainsim import prefs
from brainsim.lowering import plasticity

N_PRE, N_POST, STEPS = 13, 11, 400
PER_SYNAPSE, PER_NEURON, ROW_BY_ROW = (False, False), (True, False), (True, True)


@dataclass(frozen=True)
class Rule:
    """Equations and code of synapses.

    Args:
        model: Equations.
        on_pre: Code of events of the source.
        on_post: Code of events of the target.
        lazy: Whether the code of the target can wait.
        settings: Values set before the run.
    """

    model: str
    on_pre: str
    on_post: str
    lazy: bool = True
    settings: tuple[tuple[str, str], ...] = ()


PAIR = """w : 1
    dapre/dt = -apre/taupre : 1 (event-driven)
    dapost/dt = -apost/(15*ms) : 1 (event-driven)"""
TRIPLET = """w : 1
    dr1/dt = -r1/(16.8*ms) : 1 (event-driven)
    dr2/dt = -r2/(101*ms) : 1 (event-driven)
    do1/dt = -o1/(33.7*ms) : 1 (event-driven)
    do2/dt = -o2/(125*ms) : 1 (event-driven)"""
RULES = {
    "additive": Rule(
        PAIR,
        "g += w; apre += 0.01; w = clip(w + apost, 0, 1)",
        "apost -= 0.0105; w = clip(w + apre, 0, 1)",
    ),
    "multiplicative": Rule(
        PAIR,
        "g += w; apre += 0.1; w = w + apost*w",
        "apost -= 0.1; w = w + apre*(1 - w)",
    ),
    "weight-dependent": Rule(
        PAIR,
        "g += w; apre = apre + 0.1; w = clip(w - 0.3*abs(apost)*w**0.4, 0, 1)",
        "apost += -0.1; w = clip(w + apre*(1 - w)**0.4, 0, 1)",
    ),
    "nearest neighbours": Rule(
        PAIR,
        "g += w; apre = 0.01; w = clip(w + apost, 0, 1)",
        "apost = -0.0105; w = clip(w + apre, 0, 1)",
    ),
    "triplets": Rule(
        TRIPLET,
        "g += w; w = clip(w - o1*(7e-3 + 2.3e-3*r2), 0, 1); r1 += 1; r2 += 1",
        "w = clip(w + r1*(5e-3 + 6.2e-3*o2), 0, 1); o1 += 1; o2 += 1",
    ),
    "a trace of a trace": Rule(
        """w : 1
           dx/dt = (y - x)/(10*ms) : 1 (event-driven)
           dy/dt = (0.1 - y)/(5*ms) : 1 (event-driven)
           dz/dt = -z/(5*ms) : 1 (event-driven)""",
        "y += 0.1; w -= 0.1*z; g += w",
        "z += 0.1; w += 0.1*x",
    ),
    "statements in between": Rule(
        PAIR + "\ntwice = 2*apre : 1\nlimit : 1 (shared, constant)",
        """amount = 0.01*dt/ms
           apre += amount
           change = twice
           apre += amount
           w = clip(w + change*apost + twice, 0, limit)
           g += w""",
        "part = 0.01; apost -= part; w = clip(w + apre*part, 0, limit); apost *= 0.9",
        settings=(("limit", "0.7"),),
    ),
    "constants of neurons": Rule(
        """w : 1
           dapre/dt = -apre/decay_pre : 1 (event-driven)
           dapost/dt = -apost/decay_post : 1 (event-driven)""",
        "apre += size_pre; w += apost*size_post; g += w",
        "apost -= size_post; w += apre*size_pre",
        lazy=False,
    ),
    "constants of neurons beside traces": Rule(
        PAIR,
        "apre += size_pre; w += apost*size_post; g += w",
        "apost -= size_post; w += apre*size_pre*size_post",
    ),
    "code of the target that reaches neurons": Rule(
        PAIR, "apre += 0.1; w += apost; g += w", "apost -= 0.1; w += apre; g_pre += w", lazy=False
    ),
    "the time": Rule(
        PAIR,
        "apre += t/second; w += apost; g += w",
        "apost -= t/second; w += apre*t/second",
        lazy=False,
    ),
}


def network(rule, pairs="all", delays=(0, 0), dtype=None):
    """Return a network; its spikes do not depend on the weights."""
    b.start_scope()
    b.seed(5)
    equations = """dphase/dt = speed : 1
                   speed : Hz (constant)
                   decay : second (constant)
                   size : 1 (constant)
                   g : 1"""
    groups = []
    for name, n, slowest in (("sources", N_PRE, 60), ("targets", N_POST, 90)):
        group = b.NeuronGroup(
            n, equations, threshold="phase > 1", reset="phase = 0", method="euler", name=name,
            dtype=dtype,
        )  # fmt: skip
        group.speed = f"{slowest}*Hz + 13.7*Hz*i"
        group.phase = "rand()"
        group.decay = "5*ms + 1*ms*i"
        group.size = "0.01 + 0.001*i"
        groups.append(group)
    sources, targets = groups
    synapses = b.Synapses(
        sources, targets, rule.model, on_pre=rule.on_pre, on_post=rule.on_post, name="synapses",
        delay={"pre": delays[0] * b.ms, "post": delays[1] * b.ms},
        namespace={"taupre": 20 * b.ms}, dtype=dtype,
    )  # fmt: skip
    connect(synapses, pairs)
    synapses.w = "0.2 + 0.6*rand()"
    for name, value in rule.settings:
        setattr(synapses, name, float(value))
    return b.Network(sources, targets, synapses)


def connect(synapses, pairs):
    """Connect in one of the ways."""
    match pairs:
        case "all":
            synapses.connect()
        case "some":
            synapses.connect(p=0.4)
        case "twice":
            synapses.connect(p=0.5, n=2)
        case "intervals":
            synapses.connect(j="k for k in range(i - 2, i + 3)", skip_if_invalid=True)
        case "any order":
            rng = np.random.default_rng(3)
            synapses.connect(i=rng.integers(0, N_PRE, 60), j=rng.integers(0, N_POST, 60))


def outcome(net, how, target="c", durations=(STEPS,), between=None):
    """Return what a network has become after some runs."""
    prefs.codegen.lift_traces, prefs.codegen.lazy_plasticity = how
    prefs.codegen.target = target
    for k, steps in enumerate(durations):
        if k and between is not None:
            between(net)
        net.run(steps * b.defaultclock.dt)
    return values(net)


def values(net):
    """Return all that users can read."""
    synapses = net["synapses"]
    names = ("w", "lastupdate", *synapses.event_driven)
    found = {name: np.array(synapses.get_values(name)) for name in names}
    return found | {f"g of {name}": np.array(net[name].g) for name in ("sources", "targets")}


def is_lifted(net):
    """Return whether traces are kept per neuron."""
    return net["synapses"].trace_state is not None and net["synapses"].trace_state.kept is not None


def is_lazy(net):
    """Return whether code waits for the next event of the source."""
    return bool(net.program().closing)


def assert_close(found, expected, dtype=np.float64):
    """Compare results of two ways to do the same.

    A trace that decays step by step is wrong by at most one rounding per step, relative to its
    value at the event: STEPS * eps. Each of at most 2 * 40 events (the quickest neuron has 262 Hz
    for 40 ms and two sides) adds such an error, times at most 10 for the sizes of traces and for
    products of three of them, to a weight, and a rounding of its own; sums over 30 synapses to g.
    """
    eps = np.finfo(dtype).eps
    for name, value in expected.items():
        if name == "lastupdate":
            np.testing.assert_array_equal(found[name], value)
        else:
            scale = max(np.abs(value).max(initial=0), 1)
            bound = 80 * 10 * STEPS * eps * scale * (30 if name[0] == "g" else 1)
            np.testing.assert_allclose(found[name], value, rtol=0, atol=bound, err_msg=name)


@pytest.mark.parametrize("pairs", ["all", "some", "twice", "intervals", "any order"])
@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_the_same_in_every_way(name, pairs):
    """For all-to-all, sparse, multiple and neighbouring synapses, and pairs in any order."""
    rule = RULES[name]
    expected = outcome(network(rule, pairs), PER_SYNAPSE)
    for how in (PER_NEURON, ROW_BY_ROW):
        net = network(rule, pairs)
        assert_close(outcome(net, how), expected)
        assert is_lifted(net)
        assert is_lazy(net) == (how == ROW_BY_ROW and rule.lazy)


@pytest.mark.parametrize("delays", [(0.3, 0), (0, 0.7), (1.1, 0.2), (0.4, 0.4)])
@pytest.mark.parametrize("name", ["additive", "triplets"])
def test_with_delays(name, delays):
    """Before the code of the source, of the target, or of both."""
    rule = RULES[name]
    expected = outcome(network(rule, delays=delays), PER_SYNAPSE)
    for how in (PER_NEURON, ROW_BY_ROW):
        net = network(rule, delays=delays)
        assert_close(outcome(net, how), expected)
        assert is_lifted(net)


@pytest.mark.parametrize("name", ["additive", "triplets", "a trace of a trace"])
def test_targets_agree(name):
    """C, Cython and NumPy: the first two in every bit."""
    rule = RULES[name]
    for how in (PER_NEURON, ROW_BY_ROW):
        c = outcome(network(rule), how, "c")
        cython = outcome(network(rule), how, "cython")
        for key, value in c.items():
            assert value.tobytes() == cython[key].tobytes(), key
        assert_close(outcome(network(rule), how, "numpy"), c)


def test_numpy_does_not_wait():
    """Entry by entry, NumPy would be slow."""
    net = network(RULES["additive"])
    outcome(net, ROW_BY_ROW, "numpy")
    assert is_lifted(net)
    assert not is_lazy(net)


@pytest.mark.parametrize("pairs", ["all", "some"])
@pytest.mark.parametrize("how", [PER_NEURON, ROW_BY_ROW])
def test_several_runs_are_one(how, pairs):
    """In every bit, whenever rows catch up."""
    rule = RULES["triplets"]
    whole = outcome(network(rule, pairs), how)
    parts = outcome(network(rule, pairs), how, durations=(1, 99, 150, 0, 150))
    for key, value in whole.items():
        assert value.tobytes() == parts[key].tobytes(), key


@pytest.mark.parametrize("how", [PER_NEURON, ROW_BY_ROW])
def test_reading_between_runs_changes_nothing(how):
    """Values per synapse that are only read leave those per neuron as they are."""
    whole = outcome(network(RULES["additive"]), how)
    net = network(RULES["additive"])
    parts = outcome(net, how, durations=(100, 200, 100), between=values)
    assert is_lifted(net)
    for key, value in whole.items():
        assert value.tobytes() == parts[key].tobytes(), key


@pytest.mark.parametrize("how", [PER_NEURON, ROW_BY_ROW])
@pytest.mark.parametrize(
    "change",
    [
        "apre = 0",
        "w = 0.5",
        "apost = '0.1*rand()'",
        "lastupdate = 0.01*second",
        "apre = 0.5",
    ],
)
def test_values_set_between_runs(how, change):
    """They hold from then on, whether or not they still agree for all synapses of a neuron."""
    name, _, text = change.partition(" = ")

    def between(net):
        b.seed(11)
        value = text.strip("'") if text[0] == "'" else eval_number(text)
        setattr(net["synapses"], name, value)

    def eval_number(text):
        number, _, unit = text.partition("*")
        return float(number) * (b.second if unit else 1)

    expected = outcome(network(RULES["additive"]), PER_SYNAPSE, "c", (150, 250), between)
    found = outcome(network(RULES["additive"]), how, "c", (150, 250), between)
    assert_close(found, expected)


def test_values_set_before_the_first_run():
    """Equal ones are kept per neuron, others per synapse."""
    for text, lifted in (("0.1", True), ("0.1*i", True), ("0.1*j", False), ("0.1*rand()", False)):
        results = []
        for how in (PER_SYNAPSE, PER_NEURON, ROW_BY_ROW):
            net = network(RULES["additive"])
            net["synapses"].apre = text
            results.append(outcome(net, how))
            assert is_lifted(net) == (lifted and how != PER_SYNAPSE)
        for found in results[1:]:
            assert_close(found, results[0])


@pytest.mark.parametrize("delays", [(0, 0), (1.5, 0), (0.3, 2.7)])
def test_new_synapses_between_runs(delays):
    """They have traces of their own, zero, while those of the others go on, and events arrive."""

    def between(net):
        net["synapses"].connect(i=[0, 1, 2], j=[3, 3, 3])

    expected = outcome(
        network(RULES["additive"], delays=delays), PER_SYNAPSE, "c", (150, 250), between
    )
    for how in (PER_NEURON, ROW_BY_ROW):
        net = network(RULES["additive"], delays=delays)
        assert_close(outcome(net, how, "c", (150, 250), between), expected)
        assert not is_lifted(net)


def test_removed_synapses_between_runs():
    """The values of the others stay."""

    def between(net):
        net["synapses"].disconnect("i == 3 or j == 4")

    expected = outcome(network(RULES["additive"]), PER_SYNAPSE, "c", (150, 250), between)
    for how in (PER_NEURON, ROW_BY_ROW):
        found = outcome(network(RULES["additive"]), how, "c", (150, 250), between)
        assert_close(found, expected)


def test_another_step_size_between_runs():
    """Times of events count in seconds."""

    def between(_net):
        b.defaultclock.dt = 0.05 * b.ms

    expected = outcome(network(RULES["triplets"]), PER_SYNAPSE, "c", (200, 300), between)
    b.defaultclock.dt = 0.1 * b.ms
    for how in (PER_NEURON, ROW_BY_ROW):
        found = outcome(network(RULES["triplets"]), how, "c", (200, 300), between)
        b.defaultclock.dt = 0.1 * b.ms
        assert_close(found, expected)


def test_another_constant_between_runs():
    """What has decayed before has done so with the old one."""

    def between(net):
        net["synapses"].namespace["taupre"] = 7 * b.ms

    expected = outcome(network(RULES["additive"]), PER_SYNAPSE, "c", (200, 200), between)
    for how in (PER_NEURON, ROW_BY_ROW):
        found = outcome(network(RULES["additive"]), how, "c", (200, 200), between)
        assert_close({k: found[k] for k in ("lastupdate",)}, {"lastupdate": expected["lastupdate"]})


@pytest.mark.parametrize("how", [PER_NEURON, ROW_BY_ROW])
@pytest.mark.parametrize("in_file", [True, False])
def test_store_and_restore(how, in_file, tmp_path):
    """A restored run goes on as the first one did, in every bit, and per neuron."""
    net = network(RULES["triplets"])
    filename = tmp_path / "state" if in_file else None
    outcome(net, how, durations=(150,))
    net.store("here", filename)
    first = outcome(net, how, durations=(250,))
    net.restore("here", filename)
    again = outcome(net, how, durations=(250,))
    assert is_lifted(net)
    for key, value in first.items():
        assert value.tobytes() == again[key].tobytes(), key


def test_a_snapshot_is_read_in_another_process(tmp_path):
    """There the traces are per synapse until they agree again; the values are the same."""
    net = network(RULES["additive"])
    outcome(net, ROW_BY_ROW, durations=(150,))
    net.store("here", tmp_path / "state")
    first = outcome(net, ROW_BY_ROW, durations=(250,))
    other = network(RULES["additive"])
    other.restore("here", tmp_path / "state")
    assert_close(outcome(other, ROW_BY_ROW, durations=(250,)), first)


@pytest.mark.parametrize("part", [slice(2, 9), [1, 4, 5, 8]])
def test_subgroups(part):
    """As source and as target, of neighbours and of others."""

    def parts():
        net = network(RULES["additive"])
        rule = RULES["additive"]
        net.remove(net["synapses"])
        sources, targets = net["sources"][part], net["targets"][part]
        synapses = b.Synapses(
            sources, targets, rule.model, on_pre=rule.on_pre, on_post=rule.on_post,
            name="synapses", namespace={"taupre": 20 * b.ms},
        )  # fmt: skip
        synapses.connect()
        synapses.w = "0.2 + 0.6*rand()"
        net.add(synapses)
        return net

    expected = outcome(parts(), PER_SYNAPSE)
    for how in (PER_NEURON, ROW_BY_ROW):
        net = parts()
        assert_close(outcome(net, how), expected)
        assert is_lifted(net)
        assert is_lazy(net) == (how == ROW_BY_ROW)


def test_one_group_onto_itself():
    """With code that reads what it adds to: rows run as written."""

    def recurrent():
        b.start_scope()
        b.seed(5)
        neurons = b.NeuronGroup(
            9, "dphase/dt = speed : 1\nspeed : Hz (constant)\ng : 1\nh : 1",
            threshold="phase > 1", reset="phase = 0", method="euler", name="sources",
        )  # fmt: skip
        neurons.speed = "60*Hz + 30*Hz*i"
        neurons.g, neurons.h = "i", 1
        synapses = b.Synapses(
            neurons, neurons, PAIR, name="synapses", namespace={"taupre": 20 * b.ms},
            on_pre="g_post += 0.01*w*g_pre; h_post += 0.1*h_post*w; apre += 0.01; w += apost",
            on_post="apost -= 0.01; w += apre",
        )  # fmt: skip
        synapses.connect()
        synapses.w = "rand()"
        return b.Network(neurons, synapses)

    def run(how, target):
        prefs.codegen.lift_traces, prefs.codegen.lazy_plasticity = how
        prefs.codegen.target = target
        net = recurrent()
        net.run(STEPS * b.defaultclock.dt)
        return {n: np.array(net["sources"].get_values(n)) for n in ("g", "h")}

    expected = run(PER_SYNAPSE, "c")
    for how in (PER_NEURON, ROW_BY_ROW):
        for target in ("c", "numpy"):
            for name, value in run(how, target).items():
                # h and g grow by products of about 400 factors, each rounded a few times
                np.testing.assert_allclose(value, expected[name], rtol=1e-11)


@pytest.mark.parametrize("how", [PER_NEURON, ROW_BY_ROW])
def test_single_precision(how):
    """The same bounds hold with the larger rounding."""
    rule = RULES["additive"]
    expected = outcome(network(rule, dtype=np.float32), PER_SYNAPSE)
    found = outcome(network(rule, dtype=np.float32), how)
    assert found["w"].dtype == np.float32
    assert_close(found, expected, np.float32)


# --------------------------------------------------------------------- what must not be kept


UNLIKE = {
    "a decay per synapse": Rule(
        "w : 1\ntau : second\ndapre/dt = -apre/tau : 1 (event-driven)",
        "apre += 0.1; g += w", "w += apre", settings=(("tau", "0.02"),),
    ),
    "an increment per synapse": Rule(
        "w : 1\ndapre/dt = -apre/(20*ms) : 1 (event-driven)", "apre += w; g += w", "w += apre"
    ),
    "an increment through a temporary": Rule(
        "w : 1\ndapre/dt = -apre/(20*ms) : 1 (event-driven)", "x = w; apre += x; g += w",
        "w += apre",
    ),
    "a random increment": Rule(
        "w : 1\ndapre/dt = -apre/(20*ms) : 1 (event-driven)", "apre += rand(); g += w", "w += apre"
    ),
    "written by both sides": Rule(
        "w : 1\ndc/dt = -c/(20*ms) : 1 (event-driven)", "c += 1; g += w", "c += 2; w += 0.1*c"
    ),
    "an increment that depends on the other side": Rule(
        "w : 1\ndx/dt = -x/(20*ms) : 1 (event-driven)\ndy/dt = -y/(20*ms) : 1 (event-driven)",
        "x += 1 + y; g += w", "y += 0.1; w += x",
    ),
    "an equation that depends on the other side": Rule(
        "w : 1\ndx/dt = (y-x)/(20*ms) : 1 (event-driven)\ndy/dt = -y/(20*ms) : 1 (event-driven)",
        "x += 1; g += w", "y += 0.1; w += x",
    ),
    "an increment by a variable of the neuron": Rule(
        "w : 1\ndx/dt = -x/(20*ms) : 1 (event-driven)", "x += phase_post; g += w", "w += 0.1*x"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNLIKE)
def test_rules_whose_synapses_differ_stay_as_they_are(name):
    """Not a bit changes."""
    results = []
    for how in (PER_SYNAPSE, ROW_BY_ROW):
        net = network(Rule(UNLIKE[name].model, UNLIKE[name].on_pre, UNLIKE[name].on_post))
        for setting, value in UNLIKE[name].settings:
            net["synapses"].set_values(setting, slice(None), float(value), check_units=False)
        results.append(outcome(net, how))
        assert not is_lifted(net)
        assert not is_lazy(net)
    for key, value in results[0].items():
        assert value.tobytes() == results[1][key].tobytes(), key


def test_delays_per_synapse_stay_as_they_are():
    """Events then reach the synapses of a neuron at different times."""
    results = []
    for how in (PER_SYNAPSE, ROW_BY_ROW):
        rule = RULES["additive"]
        net = network(rule)
        net.remove(net["synapses"])
        synapses = b.Synapses(
            net["sources"], net["targets"], rule.model, on_pre=rule.on_pre, on_post=rule.on_post,
            name="synapses", namespace={"taupre": 20 * b.ms},
        )  # fmt: skip
        synapses.connect()
        synapses.w = "0.2 + 0.6*rand()"
        synapses.delay = "0.1*ms*j"
        net.add(synapses)
        results.append(outcome(net, how))
        assert not is_lifted(net)
    for key, value in results[0].items():
        assert value.tobytes() == results[1][key].tobytes(), key


def with_state_monitor_of_a_trace(net):
    return b.StateMonitor(net["synapses"], "apre", record=True, name="reader")


def with_state_monitor_of_a_weight(net):
    return b.StateMonitor(net["synapses"], "w", record=True, name="reader")


def with_python_code(net):
    seen = []

    @b.network_operation(name="reader")
    def look():
        seen.append(np.array(net["synapses"].w))

    return look


READERS = {
    "a recorded trace": (with_state_monitor_of_a_trace, False),
    "a recorded weight": (with_state_monitor_of_a_weight, True),
    "Python code": (with_python_code, False),
}


@pytest.mark.parametrize("name", READERS)
def test_those_who_read_while_running_see_what_they_should(name):
    """Then values stay per synapse, or code does not wait."""
    make, lifted = READERS[name]
    results, records = [], []
    for how in (PER_SYNAPSE, ROW_BY_ROW):
        net = network(RULES["additive"])
        reader = make(net)
        net.add(reader)
        results.append(outcome(net, how))
        assert not is_lazy(net)
        if isinstance(reader, b.StateMonitor):
            records.append({"record": np.array(reader.get_states()[reader.record_variables[0]])})
    assert_close(results[1], results[0])
    if records:
        assert_close(records[1], records[0])
    del lifted


def test_weights_set_while_running():
    """By code that runs regularly: it finds each row as it should be."""

    def regularly():
        net = network(RULES["additive"])
        net["synapses"].run_regularly("w = clip(w*1.01, 0, 1)", dt=1 * b.ms)
        return net

    expected = outcome(regularly(), PER_SYNAPSE)
    net = regularly()
    assert_close(outcome(net, ROW_BY_ROW), expected)
    assert is_lifted(net)
    assert not is_lazy(net)


def test_summed_weights():
    """A sum over synapses in every step needs all of them."""

    def summed():
        rule = RULES["additive"]
        return network(Rule(rule.model + "\ng_post = w : 1 (summed)", "apre += 0.01", rule.on_post))

    expected = outcome(summed(), PER_SYNAPSE)
    net = summed()
    assert_close(outcome(net, ROW_BY_ROW), expected)
    assert not is_lazy(net)


def test_reports_see_present_weights():
    """A function that is called with the progress may read them."""
    results = []
    for how in (PER_SYNAPSE, ROW_BY_ROW):
        prefs.codegen.lift_traces, prefs.codegen.lazy_plasticity = how
        net = network(RULES["additive"])
        net.run(10 * b.ms)
        seen = []
        net.run(30 * b.ms, report=lambda *_: seen.append(np.array(net["synapses"].w)))  # noqa: B023
        results.append({"w": seen[-1]})
    assert_close(results[1], results[0])


def test_two_pathways_of_the_source():
    """Each brings rows up to date before it touches them."""
    rule = RULES["additive"]
    code = {"pre": rule.on_pre, "late": "w = clip(w + 0.1*apost, 0, 1); apre += 0.001"}

    def two():
        net = network(rule)
        net.remove(net["synapses"])
        synapses = b.Synapses(
            net["sources"], net["targets"], rule.model, on_pre=code, on_post=rule.on_post,
            name="synapses", namespace={"taupre": 20 * b.ms}, delay={"late": 2.5 * b.ms},
        )  # fmt: skip
        synapses.connect()
        synapses.w = "0.2 + 0.6*rand()"
        net.add(synapses)
        return net

    expected = outcome(two(), PER_SYNAPSE)
    net = two()
    assert_close(outcome(net, ROW_BY_ROW), expected)
    assert is_lazy(net)


@pytest.mark.parametrize("slots", [("synapses", "thresholds"), ("resets", "synapses")])
def test_the_target_first(slots):
    """Another order within the step: the code of the target runs before that of the source."""

    def reordered():
        net = network(RULES["triplets"])
        net["synapses"].pre.when, net["synapses"].post.when = slots
        return net

    expected = outcome(reordered(), PER_SYNAPSE)
    for how in (PER_NEURON, ROW_BY_ROW):
        assert_close(outcome(reordered(), how), expected)


@pytest.mark.parametrize("pairs", ["all", "some"])
def test_a_log_that_fills_up(monkeypatch, pairs):
    """All rows catch up then, without changing a bit; short tables make them do so more often."""
    whole = outcome(network(RULES["triplets"], pairs), ROW_BY_ROW)
    monkeypatch.setattr(plasticity, "_PER_TARGET", 1)
    monkeypatch.setattr(plasticity, "_LEAST", 1)
    monkeypatch.setattr(plasticity, "_PER_LIST", 2)
    full = outcome(network(RULES["triplets"], pairs), ROW_BY_ROW)
    for key, value in whole.items():
        assert value.tobytes() == full[key].tobytes(), key
    monkeypatch.setattr(plasticity, "_LONGEST", 64)
    assert_close(outcome(network(RULES["triplets"], pairs), ROW_BY_ROW), whole)


def test_traces_that_vanish_are_zero():
    """Numbers below the smallest normal ones would be slow."""
    net = network(Rule(PAIR.replace("15*ms", "0.01*ms"), "g += w*apost; apre += 1", "apost += 1"))
    net.run(STEPS * b.defaultclock.dt)
    assert np.isfinite(np.array(net["targets"].g)).all()


def test_memory_per_synapse():
    """A plastic synapse holds its weight and nothing of its traces."""
    net = network(RULES["additive"])
    outcome(net, ROW_BY_ROW)
    net.run(0 * b.ms)
    assert net["synapses"].post._table is None
    held = [v for v in net["synapses"].variables.values() if hasattr(v, "written_out")]
    assert len(held) == 3
    assert all(variable.written_out is None for variable in held)


# ------------------------------------------------------------------------------------- random rules

SOURCE = st.sampled_from(["apre += 0.1", "apre = 0.2", "apre = 0.5*apre + 0.1", "apre *= 1.1"])
TARGET = st.sampled_from(["apost -= 0.1", "apost = -0.2", "apost = 0.5*apost - 0.1"])
CHANGES = st.sampled_from(
    [
        "w = clip(w + 0.1*apre, 0, 1)",
        "w = clip(w + apost*w, 0, 1)",
        "w += 0.01*apre*apost",
        "w = 0.9*w + 0.1*apre",
        "x = apre + apost; w = clip(w + 0.1*x, 0, 1)",
        "w = w - 0.01",
    ]
)


@settings(max_examples=12)
@given(
    pre=st.permutations([0, 1, 2]),
    post=st.permutations([0, 1]),
    parts=st.tuples(SOURCE, TARGET, CHANGES, CHANGES),
    pairs=st.sampled_from(["all", "some", "intervals"]),
)
def test_random_rules(pre, post, parts, pairs):
    """Statements in any order."""
    source, target, one, other = parts
    code = ["g += w", source, one]
    rule = Rule(PAIR, "; ".join(code[k] for k in pre), "; ".join([target, other][k] for k in post))
    expected = outcome(network(rule, pairs), PER_SYNAPSE)
    for how in (PER_NEURON, ROW_BY_ROW):
        assert_close(outcome(network(rule, pairs), how), expected)
