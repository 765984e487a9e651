"""Effects added up ahead arrive as those that are looked up: the same events, the same sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import brainsim as b
from brainsim.model import ahead
from brainsim.model.pathways import SynapticPathway

TARGETS = pytest.mark.parametrize("target", ["c", "cython", "numpy"])


class Story:
    """A network whose weights are whole numbers, so that sums in any order are the same bits.

    Args:
        model: Equations of the targets, with a variable `x` to which synapses add.
        options: Of the targets.
        sources: Number of sources, which spike by themselves.
        targets: Number of targets.
        spread: Delays are 0 to spread - 1 steps.
        statement: What synapses do.
    """

    def __init__(
        self,
        model: str = "x : 1",
        options: dict[str, object] | None = None,
        sources: int = 60,
        targets: int = 20,
        spread: int = 30,
        statement: str = "x_post += w",
    ) -> None:
        self.random = np.random.default_rng(5)
        self.spread = spread
        times = np.sort(self.random.choice(1000, 300, replace=True))
        self.source = b.SpikeGeneratorGroup(
            sources,
            self.random.integers(0, sources, 300),
            times * 0.1 * b.ms,
            when="thresholds",
            name="source",
        )
        self.target = b.NeuronGroup(targets, model, name="target", **(options or {}))
        self.synapses = [
            b.Synapses(self.source[: sources // 2], self.target, "w : 1", on_pre=statement),
            b.Synapses(self.source[sources // 2 :], self.target, "w : 1", on_pre=statement),
        ]
        for synapses in self.synapses:
            synapses.connect()
            self.draw(synapses)
        self.trace = b.StateMonitor(self.target, "x", record=True)
        self.spikes = b.SpikeMonitor(self.target) if options else None
        self.network = b.Network(self.source, self.target, *self.synapses, self.trace)
        if self.spikes is not None:
            self.network.add(self.spikes)

    def draw(self, synapses: b.Synapses) -> None:
        """Give synapses new weights and delays."""
        synapses.w = self.random.integers(-4, 9, len(synapses))
        synapses.delay = self.random.integers(0, self.spread, len(synapses)) * b.defaultclock.dt

    def result(self) -> list[np.ndarray]:
        """Return what happened."""
        spikes = [] if self.spikes is None else [self.spikes.i[:], self.spikes.t_[:]]
        return [self.trace.x, *spikes, np.array(self.target.x)]


def both_ways(monkeypatch, target, tell):
    """Return what a story gives when effects are added ahead, and when they are looked up."""
    b.prefs.codegen.target = target
    results = []
    for few in (ahead._FEW, 10**9):
        monkeypatch.setattr(ahead, "_FEW", few)
        b.defaultclock.dt = 0.1 * b.ms
        results.append(tell(few < 10**9))
    return results


def assert_same(results):
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def assert_ahead(story, expected):
    assert [s.pre.ahead for s in story.synapses] == [expected] * len(story.synapses)


@TARGETS
def test_events_arrive_as_they_would(monkeypatch, target):
    def tell(expected):
        story = Story()
        story.network.run(100 * b.ms)
        assert_ahead(story, expected)
        return story.result()

    results = both_ways(monkeypatch, target, tell)
    assert np.unique(results[0][0]).size > 100
    assert_same(results)


@TARGETS
def test_events_under_way_follow_what_holds_when_they_arrive(monkeypatch, target):
    """Weights, delays and synapses change between runs, while spikes are under way."""

    def tell(expected):
        story = Story()
        first, second = story.synapses
        story.network.run(20.5 * b.ms)
        first.w = 100  # events under way take the new weight
        story.network.run(10 * b.ms)
        story.draw(second)  # those under way keep their old delays
        story.network.run(0.1 * b.ms)
        second.pre.delay[: len(second) // 2] += 1 * b.ms
        story.network.run(9 * b.ms)
        first.connect(i=[3, 4], j=[5, 6])
        first.w[-2:] = 1000
        story.network.run(10 * b.ms)
        first.disconnect("i == 3")
        story.network.run(10 * b.ms)
        b.defaultclock.dt = 0.05 * b.ms
        story.network.run(10 * b.ms)
        assert_ahead(story, expected)
        return story.result()

    assert_same(both_ways(monkeypatch, target, tell))


@TARGETS
def test_stored_and_restored(monkeypatch, target):
    def tell(expected):
        story = Story()
        story.network.run(33.3 * b.ms)
        story.network.store()
        story.network.run(20 * b.ms)
        once = np.array(story.target.x)
        story.network.restore()
        story.network.run(20 * b.ms)
        assert_ahead(story, expected)
        np.testing.assert_array_equal(once, story.target.x)
        return story.result()

    assert_same(both_ways(monkeypatch, target, tell))


@TARGETS
def test_protected_variables_are_looked_at_on_arrival(monkeypatch, target):
    """Refractory targets miss what arrives, not what is emitted, meanwhile."""
    options = {"threshold": "x > 40", "reset": "x = 0", "refractory": 2 * b.ms}

    def tell(expected):
        story = Story("dx/dt = 0/second : 1 (unless refractory)", options)
        story.network.run(100 * b.ms)
        assert_ahead(story, expected)
        return story.result()

    results = both_ways(monkeypatch, target, tell)
    assert len(results[0][1]) > 50
    assert_same(results)


@TARGETS
def test_inactive_pathways_add_nothing(monkeypatch, target):
    def tell(expected):
        story = Story()
        story.network.run(20 * b.ms)
        story.synapses[0].active = False
        story.network.run(2 * b.ms)
        story.synapses[0].active = True
        story.network.run(20 * b.ms)
        assert_ahead(story, expected)
        return story.result()

    assert_same(both_ways(monkeypatch, target, tell))


def test_two_variables_and_a_subgroup_of_targets(monkeypatch):
    def tell(expected):
        story = Story("x : 1\ny : 1", statement="x_post += w; y_post -= 2*w + w**2")
        part = b.Synapses(story.source, story.target[5:15], "w : 1", on_pre="y_post += w")
        part.connect()
        story.draw(part)
        story.network.add(part)
        story.network.run(60 * b.ms)
        assert part.pre.ahead is expected
        return [*story.result(), np.array(story.target.y)]

    assert_same(both_ways(monkeypatch, "c", tell))


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    spread=st.integers(2, 300),
    pieces=st.lists(st.integers(0, 120), min_size=1, max_size=4),
    number=st.integers(0, 2**31),
)
def test_any_delays_in_any_pieces(monkeypatch, spread, pieces, number):
    def tell(expected):
        story = Story(spread=spread)
        story.random = np.random.default_rng(number)
        for synapses in story.synapses:
            story.draw(synapses)
        for piece in pieces:
            story.network.run(piece * 0.1 * b.ms)
        assert expected == any(s.pre.ahead for s in story.synapses)
        return story.result()

    assert_same(both_ways(monkeypatch, "numpy", tell))


@pytest.mark.parametrize(
    ("statement", "model"),
    [
        ("x_post = w", "w : 1"),
        ("x_post += w*rand()", "w : 1"),
        ("x_post += w*x_post", "w : 1"),
        ("x_post += w; w += 1", "w : 1"),
        ("x_post += w*t/second", "w : 1"),
        ("x_post += w", "dw/dt = -w/second : 1 (clock-driven)"),
        ("x_post += w", "dw/dt = -w/second : 1 (event-driven)"),
        ("x_post *= w", "w : 1"),
    ],
)
def test_other_code_is_looked_up(statement, model):
    source = b.SpikeGeneratorGroup(40, [0], [1] * b.ms)
    target = b.NeuronGroup(1, "x : 1")
    synapses = b.Synapses(source, target, model, on_pre=statement)
    synapses.connect()
    synapses.delay = np.arange(40) * 0.1 * b.ms
    b.Network(source, target, synapses).run(1 * b.ms)
    assert not synapses.pre.ahead


def test_what_others_write_or_python_may_change_is_looked_up():
    source = b.SpikeGeneratorGroup(40, [0], [1] * b.ms)
    target = b.NeuronGroup(1, "x : 1")
    synapses = b.Synapses(source, target, "w : 1", on_pre="x_post += w")
    synapses.connect()
    synapses.delay = np.arange(40) * 0.1 * b.ms
    network = b.Network(source, target, synapses)
    network.run(1 * b.ms)
    assert synapses.pre.ahead
    network.add(b.NetworkOperation(lambda: None, dt=1 * b.ms))
    network.run(1 * b.ms)
    assert not synapses.pre.ahead
    network.remove(*(obj for obj in network.objects if isinstance(obj, b.NetworkOperation)))
    network.add(synapses.run_regularly("w += 1", dt=1 * b.ms))
    network.run(1 * b.ms)
    assert not synapses.pre.ahead


def test_what_has_been_found_out_is_kept_until_it_changes(monkeypatch):
    """A further run looks neither at all delays nor at the code again."""
    story = Story(spread=20)
    story.network.run(5 * b.ms)
    looks = []
    monkeypatch.setattr(
        SynapticPathway,
        "_checked_range",
        lambda self, look=SynapticPathway._checked_range: looks.append("delays") or look(self),
    )
    check = ahead._code_may_add_ahead
    monkeypatch.setattr(
        ahead, "_code_may_add_ahead", lambda *args: looks.append("code") or check(*args)
    )
    story.network.run(0.1 * b.ms)
    story.synapses[0].w = 3
    story.network.run(0.1 * b.ms)
    assert not looks
    story.synapses[0].delay[0] = 2.5 * b.ms
    story.network.run(0.1 * b.ms)
    assert looks == ["delays"]
    assert story.synapses[0].pre.delay_range() == (0, 25)
    story.synapses[1].pre.order = 5
    story.network.run(0.1 * b.ms)
    assert looks == ["delays", "code", "code"]
    story.synapses[1].delay[0] = -1 * b.ms
    with pytest.raises(b.BrianObjectException, match="effects cannot come before"):
        story.network.run(0.1 * b.ms)


@TARGETS
def test_weights_written_into_memory_count_for_what_is_under_way(target):
    """No assignment tells of it, so the sums are made anew in any case."""
    b.prefs.codegen.target = target
    source = b.SpikeGeneratorGroup(40, np.arange(40), np.full(40, 0.1) * b.ms)
    neurons = b.NeuronGroup(1, "x : 1")
    synapses = b.Synapses(source, neurons, "w : 1", on_pre="x_post += w")
    synapses.connect()
    synapses.delay = np.arange(1, 41) * 0.1 * b.ms
    synapses.w = 1
    network = b.Network(source, neurons, synapses)
    network.run(1 * b.ms)  # steps 0 to 9: delays of up to 8 steps are over
    assert synapses.pre.ahead
    assert neurons.x[0] == 8
    weights = synapses.variables["w"].values
    for step in range(10, 45):
        weights[:] = step
        network.run(0.1 * b.ms)
        assert neurons.x[0] == 8 + sum(range(10, min(step, 41) + 1))


def test_a_reader_in_between_sees_what_has_arrived(monkeypatch):
    """Code between two pathways reads the variable: what came first has been added by then."""

    def tell(expected):
        story = Story("x : 1\nseen : 1")
        first, second = story.synapses
        first.pre.order, second.pre.order = -3, -1
        story.network.add(
            story.target.run_regularly("seen = 2*seen + x", when="synapses", order=-2)
        )
        story.network.run(5 * b.ms)
        assert_ahead(story, expected)
        return [*story.result(), np.array(story.target.seen)]

    assert_same(both_ways(monkeypatch, "c", tell))


def test_bytes_hold_short_delays():
    for longest, kind in ((255, np.uint8), (256, np.uint16), (2**16, np.int32)):
        source = b.SpikeGeneratorGroup(40000, [0], [1] * b.ms)
        target = b.NeuronGroup(1, "x : 1")
        synapses = b.Synapses(source, target, "w : 1", on_pre="x_post += w")
        synapses.connect()
        synapses.delay = "0.1*ms*(i % 3)"
        synapses.delay[7] = longest * 0.1 * b.ms
        b.Network(source, target, synapses).run(0.1 * b.ms)
        steps = synapses.pre.steps_of_synapses()
        assert steps.dtype == kind
        assert steps[7] == longest


@pytest.mark.parametrize("threads", [2, 3, 4])
def test_threads_add_the_same_sums(threads):
    """Weights are fractions here, so that another order of additions would show."""

    def tell(count):
        b.prefs.core.threads = count
        story = Story(targets=400)
        for synapses in story.synapses:
            synapses.w = story.random.normal(size=len(synapses))
        story.network.run(50 * b.ms)
        summary = story.network.program().summary()
        assert_ahead(story, True)
        adding = [
            line for line in summary.splitlines() if "code 'pre'" in line or "arrives" in line
        ]
        assert len(adding) == 3
        assert not any(" once " in line for line in adding)
        return story.result()

    assert_same([tell(1), tell(threads)])
