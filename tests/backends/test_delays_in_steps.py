"""Delays kept as whole steps do what delays kept in seconds do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import brainsim as b
from brainsim.model import bulk
from brainsim.model.delays import DelayVariable

TARGETS = pytest.mark.parametrize("target", ["c", "cython", "numpy"])
SECONDS, STEPS = {"delay": np.float64}, {"delay": "uint8"}


@pytest.fixture(autouse=True)
def defaults():
    """Every test starts with the default clock and preferences."""
    b.defaultclock.dt = 0.1 * b.ms
    yield
    b.prefs.reset_to_defaults()
    b.defaultclock.dt = 0.1 * b.ms


def synapses_of(n: int = 10, dtype: object = STEPS, **options: object) -> b.Synapses:
    """Return synapses from all of n neurons to all of them."""
    group = b.NeuronGroup(n, "v : 1", threshold="v > 1e9", name="cells*")
    options = {"on_pre": "v_post += 1"} | options
    synapses = b.Synapses(group, group, "w : 1", dtype=dtype, **options)
    synapses.connect()
    return synapses


def kept(synapses: b.Synapses, name: str = "delay") -> np.ndarray:
    """Return the array that holds delays."""
    return synapses.variables[name].memory


# ------------------------------------------------------------------------------------------- forms


@pytest.mark.parametrize(
    ("preference", "dtype", "wanted"),
    [
        (np.float64, None, np.float64),
        (np.float32, None, np.uint8),
        (np.float64, np.float32, np.uint8),
        (np.float32, np.float64, np.float64),
        (np.float64, {"w": np.float32}, np.float64),
        (np.float32, {"w": np.float64}, np.uint8),
        (np.float32, SECONDS, np.float64),
        (np.float64, {"delay": np.int32}, np.uint8),
        (np.float64, {"delay": np.float32}, np.uint8),
    ],
)
def test_the_float_type_decides_unless_the_delay_has_its_own(preference, dtype, wanted):
    """Seconds in double precision, whole steps in single precision."""
    b.prefs.core.default_float_dtype = preference
    synapses = synapses_of(dtype=dtype)
    synapses.delay = "i*ms"
    assert kept(synapses).dtype == wanted


@pytest.mark.parametrize("dtype", [{"delay": bool}, {"delay": complex}, {"delay": "float16"}])
def test_other_types_are_refused(dtype):
    """With a message that says which there are."""
    with pytest.raises(TypeError, match=r"'delay' is kept in float64, or as whole steps"):
        synapses_of(dtype=dtype)


def test_each_pathway_has_a_type_of_its_own():
    """By the name of the variable; `pre` is called delay."""
    codes = {"pre": "v_post += 1", "late": "v_post += 2"}
    synapses = synapses_of(on_pre=codes, on_post="v += 3", dtype={"late.delay": int})
    for pathway in (synapses.pre, synapses.late, synapses.post):
        pathway.delay = "(i + 1)*ms"
    forms = [kept(synapses, name).dtype for name in ("delay", "late.delay", "post.delay")]
    assert forms == [np.float64, np.uint8, np.float64]
    assert np.array_equal(synapses.late.delay[:], synapses.post.delay[:])


def test_delays_that_may_change_or_are_fixed_stay_seconds():
    """Code writes the ones, and one value takes no memory."""
    changing = synapses_of(max_delay=5 * b.ms)
    changing.delay = 1.234 * b.ms
    fixed = synapses_of(delay=1.234 * b.ms)
    for synapses in (changing, fixed):
        assert kept(synapses).dtype == np.float64
        assert (synapses.delay_[:] == 1.234e-3).all()


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [(255, "uint8"), (256, "uint16"), (65535, "uint16"), (65536, "int32"), (2**31 - 1, "int32")],
)
def test_the_longest_delay_makes_the_type(steps, wanted):
    """It grows when it must, and keeps what is there."""
    synapses = synapses_of()
    synapses.delay = "j*ms"
    synapses.delay[3] = steps * b.defaultclock.dt
    assert kept(synapses).dtype == wanted
    expected = np.tile(10.0 * np.arange(10), 10)
    expected[3] = steps
    assert np.array_equal(kept(synapses), expected)
    assert np.array_equal(synapses.delay_[:], expected * b.defaultclock.dt_)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    delays=st.lists(st.floats(0, 1.0), min_size=4, max_size=4),
    dt=st.sampled_from([1e-4, 1e-3, 2.5e-5, 0.3e-3]),
)
def test_what_is_read_is_what_a_run_takes(delays, dt):
    """The nearest whole step, halves upwards, as where delays are seconds."""
    b.defaultclock.dt = dt * b.second
    steps, seconds = synapses_of(2), synapses_of(2, SECONDS)
    for synapses in (steps, seconds):
        synapses.delay = np.array(delays) * b.second
    assert np.array_equal(seconds.delay_[:], delays)
    assert np.array_equal(steps.delay_[:], np.floor(np.array(delays) / dt + 0.5) * dt)
    assert steps.pre.delay_range() == seconds.pre.delay_range()
    if steps.pre.varied:
        assert np.array_equal(steps.pre.delay_steps(), seconds.pre.delay_steps())
    steps.delay = steps.delay[:]
    assert np.array_equal(steps.delay_[:], np.floor(np.array(delays) / dt + 0.5) * dt)


# --------------------------------------------------------------------------------- ways of writing


def test_parts_are_written_like_those_of_any_variable():
    """By number, pair, condition, array; in place; from the delays themselves."""
    found = []
    for dtype in (STEPS, SECONDS):
        synapses = synapses_of(dtype=dtype)
        synapses.delay = 1 * b.ms
        synapses.delay["i == j"] = "(i + 1)*ms"
        synapses.delay[1, :] = np.arange(10) * b.ms
        synapses.delay[5:8] = [30, 0, 2] * b.ms
        synapses.delay += 0.5 * b.ms
        synapses.delay[50:] *= 2
        synapses.delay["j == 3"] = "delay + 1*ms"
        synapses.delay_[9] = 7e-3
        synapses.w = "delay/ms"
        states = synapses.get_states(["delay"], units=False)["delay"]
        found.append((synapses.delay_[:], synapses.w[:], synapses.delay_["w > 3"], states))
        assert synapses.delay[0] == found[-1][0][0] * b.second
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("cores", [1, 3])
@pytest.mark.parametrize(
    "text", ["(i + 1)*ms", "5*ms*rand()", "exp(i/8.0)*ms", "delay + (j + 1)*ms", "(i - 20)*ms"]
)
def test_chunks_are_written_side_by_side(text, cores, monkeypatch):
    """Types grow on the way, or all delays become seconds, and nothing written is lost."""
    monkeypatch.setattr(bulk, "available_cores", lambda: cores)
    found = []
    for chunk in (10**9, 7):
        monkeypatch.setattr(bulk, "CHUNK", chunk)
        b.seed(5)
        synapses = synapses_of(50)
        synapses.delay = 2 * b.ms
        synapses.delay = text
        found.append(synapses.delay_[:])
    assert np.array_equal(*found)


def test_connecting_again_and_disconnecting():
    """New delays are zero, those of removed synapses go, the others stay theirs."""
    found = []
    for dtype in (STEPS, SECONDS):
        synapses = synapses_of(dtype=dtype)
        synapses.delay = "(10*i + j)*ms"
        synapses.connect(i=[3, 1], j=[2, 2])
        synapses.delay[-1] = 900 * b.ms
        synapses.disconnect("j == 5")
        synapses.disconnect(0)
        found.append(synapses.delay_[:])
    assert np.array_equal(*np.round(np.array(found), 9))
    assert len(found[0]) == 91


# ------------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize("wrong", [-0.04 * b.ms, -1 * b.second, np.inf * b.ms, np.nan * b.ms])
def test_what_is_no_delay_is_refused_by_the_run(wrong):
    """As where delays are seconds: at the same moment, in the same words; then it can be mended."""
    messages = []
    for dtype in (STEPS, SECONDS):
        synapses = synapses_of(dtype=dtype, name="projection")
        synapses.delay = "(i + 1)*ms"
        synapses.delay[7] = wrong
        assert np.array_equal(synapses.delay_[7], float(wrong), equal_nan=True)
        network = b.Network(synapses.source, synapses)
        with pytest.raises(b.BrianObjectException) as caught:
            network.run(1 * b.ms)
        messages.append(str(caught.value.__cause__))
        synapses.delay[7] = 2 * b.ms
        network.run(1 * b.ms)
        del network
    assert messages[0] == messages[1]
    assert "effects cannot come before their causes" in messages[0]


def test_mended_delays_are_steps_again():
    """From the next run on."""
    synapses = synapses_of()
    synapses.delay = "(i - 1)*ms"
    assert kept(synapses).dtype == np.float64
    synapses.delay = "(i + 1)*ms"
    assert np.array_equal(synapses.delay_[:10], np.full(10, 1e-3))
    b.Network(synapses.source, synapses).run(1 * b.ms)
    assert kept(synapses).dtype == np.uint8
    assert synapses.delay_[-1] == 100 * b.defaultclock.dt_


def test_no_synapses_no_delays():
    """Nothing to write, nothing to read, nothing to run."""
    group = b.NeuronGroup(3, "v : 1", threshold="v > 1")
    synapses = b.Synapses(group, group, on_pre="v_post += 1", dtype=STEPS)
    with pytest.raises(TypeError, match="no synapses yet"):
        synapses.delay = 1 * b.ms
    synapses.connect(i=[], j=[])
    synapses.delay = "1*ms"
    b.Network(group, synapses).run(1 * b.ms)
    assert len(synapses.delay) == 0
    assert synapses.pre.shown_delay() == ""


# -------------------------------------------------------------------------------------------- runs


class Story:
    """A network whose delays change while events are under way.

    Args:
        dtype: Of the synapses; all of 40 sources to all of 20 targets.
        statement: What synapses do; weights are whole numbers, so sums in any order are the same.
    """

    def __init__(self, dtype: object, statement: str = "x_post += w") -> None:
        self.random = np.random.default_rng(3)
        times = 2 * np.sort(self.random.choice(300, 200, replace=False))
        sources = self.random.integers(0, 40, 200)
        self.source = b.SpikeGeneratorGroup(
            *(40, sources, times * 0.1 * b.ms), when="thresholds", name="source"
        )
        self.target = b.NeuronGroup(20, "x : 1", name="target")
        self.synapses = b.Synapses(
            *(self.source, self.target, "w : 1", statement), dtype=dtype, name="both"
        )
        self.synapses.connect()
        self.synapses.w = self.random.integers(-4, 9, len(self.synapses))
        self.draw()
        self.trace = b.StateMonitor(self.target, "x", record=True, name="trace")
        self.network = b.Network(self.source, self.target, self.synapses, self.trace)

    def draw(self) -> None:
        """Give all synapses new delays."""
        self.synapses.delay = self.random.uniform(0, 6e-3, len(self.synapses)) * b.second

    def tell(self) -> np.ndarray:
        """Run with changes between, and return what happened."""
        self.network.run(13 * b.ms)
        assert self.synapses.pre.ahead == ("+=" in self.synapses.pre.code)
        self.synapses.delay["j == 3"] = 4 * b.ms
        self.network.run(7.3 * b.ms)
        self.draw()
        self.network.run(5 * b.ms)
        self.synapses.disconnect("j == 2")
        self.network.run(5 * b.ms)
        self.synapses.connect(i=[0, 1], j=[2, 2])
        self.synapses.delay[-2:] = 40 * b.ms  # from one byte to two
        self.network.run(50 * b.ms)
        return np.array(self.trace.x)


@TARGETS
@pytest.mark.parametrize("statement", ["x_post += w", "x_post = x_post + w", "x_post += delay/ms"])
def test_runs_are_those_of_delays_in_seconds(target, statement):
    """Added up ahead or looked up; with events under way when delays and synapses change."""
    b.prefs.codegen.target = target
    stories = [Story(dtype, statement) for dtype in (STEPS, SECONDS)]
    if "delay/ms" in statement:  # both are to read whole steps
        seconds = stories[1].synapses
        seconds.delay = np.floor(seconds.delay_[:] / 1e-4 + 0.5) * 1e-4 * b.second
        for story in stories:
            story.random = np.random.default_rng(8)
            story.draw = lambda: None
    one, other = (story.tell() for story in stories)
    assert np.abs(one).max() > 1
    np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_kernels_that_add_up_ahead_read_the_array_itself():
    """There is no second copy; delays written later are others."""
    story = Story(STEPS)
    story.network.run(1 * b.ms)
    pathway, delays = story.synapses.pre, story.synapses.variables["delay"]
    assert pathway.ahead
    assert pathway.steps_of_synapses() is delays.memory
    before = np.array(delays.memory)
    lent = pathway.steps_of_synapses()
    story.synapses.delay = 1 * b.ms
    assert np.array_equal(lent, before)
    assert (delays.memory == 10).all()


def test_delays_that_code_uses_are_seconds():
    """Code that reads or writes them has the memory itself."""
    found = []
    for dtype in (STEPS, SECONDS):
        synapses = synapses_of(dtype=dtype, on_pre="v_post += 0*delay/ms; delay += 1*ms")
        synapses.delay = "(i + 1)*ms"
        synapses.source.v = "2e9*(i == 4)"
        recorded = b.StateMonitor(synapses, "delay", record=True)
        network = b.Network(synapses.source, synapses, recorded)
        network.run(6.05 * b.ms)
        assert kept(synapses).dtype == np.float64
        synapses.delay[0] = 1.26 * b.ms
        network.run(1 * b.ms)
        trace = np.array(recorded.delay[5])
        network.remove(recorded)
        synapses.disconnect("j == 1")
        network.run(1 * b.ms)
        found.append((synapses.delay_[1:], trace))
        wanted = 1.3e-3 if dtype is STEPS else 1.26e-3
        np.testing.assert_allclose(synapses.delay_[0], wanted)
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    assert found[0][0].max() > 11e-3


# --------------------------------------------------------------------------------- other step sizes


def test_another_step_size_rounds_the_times_anew():
    """Times stay where they are multiples of the new step, in a longer or a shorter type."""
    synapses = synapses_of()
    synapses.delay = "(i + 1)*2*ms"
    network = b.Network(synapses.source, synapses)
    network.run(1 * b.ms)
    before = synapses.delay_[:]
    for dt, steps, form in ((0.025, 800, "uint16"), (0.5, 40, "uint8"), (1e-4, 200_000, "int32")):
        b.defaultclock.dt = dt * b.ms
        np.testing.assert_allclose(synapses.delay_[:], before)
        assert synapses.pre.delay_range()[1] == steps
        assert synapses.pre.delay_steps().max() == steps
        assert kept(synapses).dtype == form
    np.testing.assert_allclose(synapses.delay_[:], before)
    b.defaultclock.dt = 3 * b.ms
    synapses.delay[0] = 9 * b.ms
    wanted = np.floor(before / 3e-3 + 0.5) * 3e-3
    wanted[0] = 9e-3
    np.testing.assert_allclose(synapses.delay_[:], wanted)


def test_too_many_steps_are_kept_as_times():
    """Whatever a step size makes of them, nothing overflows."""
    synapses = synapses_of()
    synapses.delay = "(i + 1)*1e4*second"
    b.defaultclock.dt = 1e-6 * b.ms
    synapses.delay[0] = 1 * b.ms
    assert kept(synapses).dtype == np.float64
    np.testing.assert_allclose(synapses.delay_[[0, 1, 99]], [1e-3, 1e4, 1e5])


def test_events_under_way_when_the_step_size_changes():
    """They arrive as they do where delays are seconds."""
    found = []
    for dtype in (STEPS, SECONDS):
        b.defaultclock.dt = 0.1 * b.ms
        story = Story(dtype)
        story.synapses.delay = "(i % 6)*ms"
        story.network.run(20 * b.ms)
        b.defaultclock.dt = 0.2 * b.ms
        story.network.run(20 * b.ms)
        found.append(np.array(story.trace.x))
    assert np.array_equal(*found)
    assert np.abs(found[0]).max() > 1


# --------------------------------------------------------------------------------------- snapshots


@pytest.mark.parametrize("one", [STEPS, SECONDS])
@pytest.mark.parametrize("other", [STEPS, SECONDS])
def test_snapshots_go_from_any_form_to_any(one, other, tmp_path):
    """With the step size that the delays had, whatever there is now; what follows is the same."""
    path = tmp_path / "snapshots"
    story = Story(one)
    story.network.run(20 * b.ms)
    story.network.store("here", filename=path)
    before = story.synapses.delay_[:]
    story.network.run(20 * b.ms)
    wanted = np.array(story.target.x)
    del story
    again = Story(other)
    again.synapses.delay = "300*ms"
    again.network.run(1 * b.ms)
    b.defaultclock.dt = 0.7 * b.ms
    again.synapses.delay = "i*10*ms"
    again.network.restore("here", filename=path)
    # what is in seconds is rounded where it becomes steps
    near = 0.05e-3 * (1 + 1e-9) if one is SECONDS and other is STEPS else 1e-12
    np.testing.assert_allclose(again.synapses.delay_[:], before, rtol=0, atol=near)
    again.network.run(20 * b.ms)
    assert np.array_equal(again.target.x[:], wanted)


def test_a_snapshot_of_delays_that_are_none():
    """Is one of them as they are."""
    synapses = synapses_of()
    synapses.delay = "(i - 1)*ms"
    network = b.Network(synapses.source, synapses)
    network.store()
    synapses.delay = 3 * b.ms
    network.restore()
    np.testing.assert_allclose(synapses.delay_[:], np.repeat(np.arange(-1, 9), 10) * 1e-3)


# ------------------------------------------------------------------------------------------ memory


def test_a_synapse_with_weight_and_delay_takes_seven_bytes():
    """Two for the target, four, one; and tables of the neurons, 8 bytes per row."""
    b.prefs.core.default_float_dtype = np.float32
    group = b.NeuronGroup(1000, "v : 1", threshold="v > 1")
    synapses = b.Synapses(group, group, "w : 1", on_pre="v_post += w")
    synapses.connect(total=200_000)
    synapses.w, synapses.delay = "rand()", "5*ms*rand()"
    needed = b.Network(group, synapses).estimate(1 * b.ms)
    bytes_of = {use.what: use.bytes for use in needed.memory if use.name == synapses.name}
    assert synapses.pre.ahead
    assert bytes_of["delay"] < 1.01 * len(synapses)
    assert sum(bytes_of.values()) < 7.2 * len(synapses)
    assert isinstance(synapses.variables["delay"], DelayVariable)


def test_an_estimate_leaves_traces_per_neuron():
    """Counting asks for what is there, not for what can be computed from it."""
    group = b.NeuronGroup(30, "v : 1", threshold="v > 1")
    model = "w : 1\ndapre/dt = -apre/(20*ms) : 1 (event-driven)"
    synapses = b.Synapses(group, group, model, on_pre="apre += 1; v_post += w", on_post="w += apre")
    synapses.connect()
    b.Network(group, synapses).estimate(1 * b.ms)
    traces = [synapses.variables[name] for name in ("apre", "lastupdate")]
    assert all(each.is_lifted and each.written_out is None for each in traces)
