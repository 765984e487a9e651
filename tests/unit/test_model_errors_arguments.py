"""Wrong arguments of model objects: each is refused at once, with the tradition's type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import brainsim as b
from brainsim.errors import EquationError
from brainsim.model.clock import Clock
from brainsim.units import Hz, ms, mV, nA, second, volt


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    """No compiler is needed; clocks and preferences are as in a new session."""
    b.start_scope()
    b.prefs["codegen.target"] = "numpy"
    b.defaultclock.dt = 0.1 * ms
    yield
    b.prefs.reset_to_defaults()
    b.defaultclock.dt = 0.1 * ms


def group(model: str = "v : volt", n: int = 10, **keywords: Any) -> Any:
    """Return a group of neurons without warnings about its threshold."""
    return b.NeuronGroup(n, model, **keywords)


def spiking(model: str = "v : 1", n: int = 10, **keywords: Any) -> Any:
    """Return a group of neurons with a threshold."""
    return b.NeuronGroup(n, model, threshold="v > 1", reset="v = 0", **keywords)


RATE = 1 * Hz


def synapses(*arguments: Any, **keywords: Any) -> Any:
    """Return synapses of a group with threshold."""
    return b.Synapses(spiking(), *arguments, **keywords)


def poisson(*arguments: Any) -> Any:
    """Return an input to a group without threshold."""
    return b.PoissonInput(group(), *arguments)


def spikes(*arguments: Any, **keywords: Any) -> Any:
    """Return a group with given spikes."""
    return b.SpikeGeneratorGroup(*arguments, **keywords)


def recorded(*arguments: Any, **keywords: Any) -> Any:
    """Return a monitor of a group."""
    return b.StateMonitor(group(), *arguments, **keywords)


def smoothed(*arguments: Any) -> Any:
    """Return the smoothed rate of a group."""
    return b.PopulationRateMonitor(spiking()).smooth_rate(*arguments)


def run(*arguments: Any, **keywords: Any) -> Any:
    """Run a group."""
    b.Network(group()).run(*arguments, **keywords)


Case = tuple[type[Exception], str, Callable[[], Any]]

GROUPS: list[Case] = [
    (TypeError, "number of neurons must be an integer, not the text", lambda: group(n="10")),
    (TypeError, "number of neurons must be an integer, not None", lambda: group(n=None)),
    (TypeError, "number of neurons must be an integer, not inf", lambda: group(n=np.inf)),
    (ValueError, "integer of at least 1, not 0", lambda: group(n=0)),
    (ValueError, "integer of at least 1, not -3", lambda: group(n=-3)),
    (ValueError, "integer of at least 1, not 2.5", lambda: group(n=2.5)),
    (TypeError, "must be a string or Equations, not int", lambda: group(3)),
    (TypeError, "namespace must be a dictionary", lambda: group(namespace="tau")),
    (ValueError, "starts with an underscore", lambda: group(namespace={"_x": 1})),
    (TypeError, "a name must be a string", lambda: group(name=3)),
    (ValueError, "'for' cannot be a name", lambda: group(name="for")),
    (TypeError, "order must be an integer", lambda: group(order="first")),
    (TypeError, "order must be an integer", lambda: group(order=1.5)),
    (TypeError, "clock must be a Clock", lambda: group(clock=0.1 * ms)),
    (b.DimensionMismatchError, "step size dt", lambda: group(dt=3)),
    (TypeError, "step size dt must be a single time", lambda: group(dt=[1, 2] * ms)),
    (ValueError, "step size dt must be positive", lambda: group(dt=0 * ms)),
    (ValueError, "step size dt must be positive", lambda: group(dt=-1 * ms)),
    (TypeError, "its type is float64 or float32, not int64", lambda: group(dtype=np.int64)),
    (TypeError, "its type is float64 or float32, not int64", lambda: group(dtype={"v": np.int64})),
    (TypeError, "threshold must be a condition", lambda: group(threshold=True)),
    (TypeError, "reset must be a string", lambda: group(threshold="v > 1*mV", reset=3)),
    (TypeError, "must be an identifier", lambda: group(events={3: "v > 1*mV"})),
    (TypeError, "must be an identifier", lambda: group(events={"a b": "v > 1*mV"})),
    (TypeError, "event 'a' must be a string", lambda: group(events={"a": 3})),
    (TypeError, "refractory period", lambda: spiking(refractory=True)),
    (TypeError, "refractory period", lambda: spiking(refractory=5)),
    (TypeError, "refractory period must be a time", lambda: spiking(refractory=object)),
    (TypeError, "must be one time", lambda: spiking(refractory=[1, 2] * ms)),
    (
        EquationError,
        "the time of the last spike",
        lambda: spiking("v : 1\nlastspike : second", refractory=1 * ms),
    ),
    (SyntaxError, "exclude each other", lambda: group("x : 1 (linked, constant)")),
    (SyntaxError, "exclude each other", lambda: group("x : 1 (linked, shared)")),
    (TypeError, "code to run regularly must be a string", lambda: group().run_regularly(3)),
    (
        ValueError,
        "either a clock or dt",
        lambda: group().run_regularly("v = 0*mV", dt=1 * ms, clock=b.defaultclock),
    ),
    (ValueError, "its events are: none", lambda: group().run_on_event("spike", "v = 0*mV")),
    (ValueError, "its events are: 'spike'", lambda: spiking().set_event_schedule("burst")),
    (ValueError, "has code already", lambda: spiking().run_on_event("spike", "v = 0")),
    (KeyError, "has no variable 'w'", lambda: group().state("w")),
    (AttributeError, "has no variable or attribute 'w'", lambda: group().w),
]

SUBGROUPS: list[Case] = [
    (IndexError, "must ascend", lambda: group()[::-1]),
    (IndexError, "must ascend", lambda: group()[[3, 2, 1]]),
    (IndexError, "must ascend, each once", lambda: group()[[1, 1]]),
    (IndexError, r"the slice \[5:5\] of .* is empty", lambda: group()[5:5]),
    (IndexError, "means no element", lambda: group()[5:5:2]),
    (IndexError, "index 10 is out of range", lambda: group()[10]),
    (IndexError, "index -11 is out of range", lambda: group()[-11]),
    (IndexError, "means no element", lambda: group()[[]]),
    (IndexError, "means no element", lambda: group()["v > 0*mV"]),
    (IndexError, "has one index", lambda: group()[[[1, 2], [2, 3]]]),
    (IndexError, "needs 10 values", lambda: group()[True]),
    (TypeError, "use integers, a slice", lambda: group()[1.5]),
    (b.DimensionMismatchError, "must be a condition", lambda: group()["v"]),
    (KeyError, "'speed' is not defined", lambda: group()["speed > 2"]),
]

INPUTS: list[Case] = [
    (ValueError, "at least 0, not -1", lambda: b.PoissonGroup(-1, 1 * Hz)),
    (ValueError, "at least 0, not 2.5", lambda: b.PoissonGroup(2.5, 1 * Hz)),
    (TypeError, "rates of .* must be a quantity", lambda: b.PoissonGroup(2, None)),
    (b.DimensionMismatchError, "unit hertz", lambda: b.PoissonGroup(2, 1 * ms)),
    (ValueError, "3 rates for the 2 neurons", lambda: b.PoissonGroup(2, [1, 2, 3] * Hz)),
    (b.DimensionMismatchError, "rates is hertz", lambda: b.PoissonGroup(2, "i")),
    (ValueError, "at least 1, not 0", lambda: spikes(0, [], [] * ms)),
    (TypeError, "must be integers", lambda: spikes(2, [0.5], [1] * ms)),
    (TypeError, "must be integers", lambda: spikes(2, ["a"], [1] * ms)),
    (ValueError, "out of range", lambda: spikes(2, [-1], [1] * ms)),
    (ValueError, "out of range", lambda: spikes(2, [2**40], [1] * ms)),
    (ValueError, "times must be 0 s or later", lambda: spikes(2, [0], [np.nan] * ms)),
    (ValueError, "times must be 0 s or later", lambda: spikes(2, [0], [-1] * ms)),
    (TypeError, "must be a quantity", lambda: spikes(2, [0], ["1"])),
    (ValueError, "1 indices but 2 times", lambda: spikes(2, [0], [1, 2] * ms)),
    (b.DimensionMismatchError, "the period", lambda: spikes(2, [0], [1] * ms, period=3)),
    (ValueError, "the period of .* cannot be", lambda: spikes(2, [0], [1] * ms, period=-3 * ms)),
    (ValueError, "must be longer", lambda: spikes(2, [0], [3] * ms, period=3 * ms)),
    (TypeError, "the target must be a group", lambda: b.PoissonInput(3, "v", 1, 1 * Hz, 1)),
    (KeyError, "has no variable 'w'", lambda: poisson("w", 1, 1 * Hz, 1)),
    (TypeError, "nothing can be added to 'i'", lambda: poisson("i", 1, 1 * Hz, 1)),
    (
        TypeError,
        "nothing can be added to 'x'",
        lambda: b.PoissonInput(group("x = 1 : 1"), "x", 1, RATE, 1),
    ),
    (TypeError, "is shared", lambda: b.PoissonInput(group("x : 1 (shared)"), "x", 1, RATE, 1)),
    (ValueError, "number of inputs", lambda: poisson("v", -1, 1 * Hz, 1 * mV)),
    (ValueError, "number of inputs", lambda: poisson("v", 1.5, 1 * Hz, 1 * mV)),
    (ValueError, "must be one rate", lambda: poisson("v", 1, -1 * Hz, 1 * mV)),
    (ValueError, "must be one rate", lambda: poisson("v", 1, [1, 2] * Hz, 1 * mV)),
    (TypeError, "the weight", lambda: poisson("v", 1, 1 * Hz, None)),
    (TypeError, "must be one value", lambda: poisson("v", 1, 1 * Hz, [1, 2] * mV)),
    (b.DimensionMismatchError, "the weight is volt", lambda: poisson("v", 1, 1 * Hz, "2*i")),
]

SYNAPSES: list[Case] = [
    (TypeError, "the source must be a group", lambda: b.Synapses("neurons")),
    (TypeError, "the target must be a group", lambda: b.Synapses(group(), 3)),
    (TypeError, "must be a string or Equations", lambda: synapses(model=3)),
    (TypeError, "namespace must be a dictionary", lambda: synapses(namespace=3)),
    (TypeError, "code 'pre' of .* must be a string", lambda: synapses(on_pre=3)),
    (TypeError, "code 'a' of .* must be a string", lambda: synapses(on_pre={"a": None})),
    (ValueError, "that name is taken", lambda: synapses(on_pre={"delay": "v += 1"})),
    (ValueError, "that name is taken", lambda: synapses(on_pre={"source": "v += 1"})),
    (ValueError, "that name is taken", lambda: synapses(model="w : 1", on_pre={"w": "v += 1"})),
    (ValueError, "cannot be a name", lambda: synapses(on_pre={"my path": "v += 1"})),
    (
        ValueError,
        "did you forget to give it a threshold",
        lambda: b.Synapses(group(), on_pre="v += 1*mV"),
    ),
    (ValueError, "has no such event", lambda: synapses(on_pre="v += 1", on_event="burst")),
    (ValueError, "an event for 'a'", lambda: synapses(on_pre="v += 1", on_event={"a": "spike"})),
    (TypeError, "one delay for all", lambda: synapses(on_pre="v += 1", delay=[1, 2] * ms)),
    (TypeError, "must be a quantity", lambda: synapses(on_pre="v += 1", delay="2*ms")),
    (ValueError, "the delay 'pre' .* cannot be", lambda: synapses(on_pre="v += 1", delay=-1 * ms)),
    (ValueError, "a delay for 'post'", lambda: synapses(on_pre="v += 1", delay={"post": 1 * ms})),
    (TypeError, "must be a name", lambda: synapses(multisynaptic_index=3)),
    (SyntaxError, "cannot be the name", lambda: synapses(multisynaptic_index="a b")),
    (EquationError, "a variable of", lambda: synapses(model="k : 1", multisynaptic_index="k")),
    (SyntaxError, "index of the postsynaptic", lambda: synapses(model="j : 1")),
    (
        SyntaxError,
        "time of the latest event",
        lambda: synapses(model="dx/dt = -x/ms : 1 (event-driven)\nlastupdate : second"),
    ),
    (ValueError, "ends in '_pre' or '_post'", lambda: synapses(model="x_pre : 1")),
    (ValueError, "is a variable of", lambda: synapses(model="v : 1")),
    (
        ValueError,
        "exclude each other",
        lambda: synapses(model="dx/dt = -x/ms : 1 (event-driven, clock-driven)"),
    ),
    (AttributeError, "has no pathway 'pre'", lambda: synapses().delay),
    (TypeError, "old|connect", lambda: synapses(connect=True)),
]

MONITORS: list[Case] = [
    (TypeError, "a monitor records a group", lambda: b.StateMonitor(3, "v", record=True)),
    (TypeError, "must be names, not 3", lambda: recorded(3, record=True)),
    (TypeError, "must be names", lambda: recorded([3], record=True)),
    (KeyError, "has no variable 'w'", lambda: recorded("w", record=True)),
    (
        TypeError,
        "has no equations",
        lambda: b.StateMonitor(b.PoissonGroup(1, 1 * Hz), True, record=True),
    ),
    (IndexError, "index 10 is out of range", lambda: recorded("v", record=10)),
    (TypeError, "cannot index", lambda: recorded("v", record=1.5)),
    (TypeError, "when must be the name", lambda: recorded("v", record=True, when=3)),
    (TypeError, "indexed by elements", lambda: recorded("v", record=True)["v"]),
    (IndexError, "is not recorded", lambda: recorded("v", record=3)[4]),
    (TypeError, "needs a run before", lambda: recorded("v", record=3).record_single_timestep()),
    (TypeError, "have events to record", lambda: b.SpikeMonitor(3)),
    (TypeError, "have events to record", lambda: b.PopulationRateMonitor(None)),
    (ValueError, "has no event 'burst'", lambda: b.EventMonitor(spiking(), "burst")),
    (ValueError, "order needs a when", lambda: b.SpikeMonitor(spiking(), order=3)),
    # the tradition raises ValueError here, and KeyError for a StateMonitor; this is both
    (ValueError, "has no variable 'w'", lambda: b.SpikeMonitor(spiking(), variables="w")),
    (KeyError, "does not record 'w', only 'i', 't'", lambda: b.SpikeMonitor(spiking()).values("w")),
    (AttributeError, "counts only", lambda: b.SpikeMonitor(spiking(), record=False).t),
    (AttributeError, "counts only", lambda: b.SpikeMonitor(spiking(), record=False).values("t")),
    (TypeError, "cannot be set", lambda: setattr(b.SpikeMonitor(spiking()), "count", 3)),
    (NotImplementedError, "make a new monitor", lambda: b.SpikeMonitor(spiking()).reinit()),
    (NotImplementedError, "unknown window", lambda: smoothed("sinc", 1 * ms)),
    (TypeError, "has its own width", lambda: smoothed(np.ones(3), 1 * ms)),
    (TypeError, "of odd length", lambda: smoothed(np.ones(4))),
    (ValueError, "cannot be 0. s", lambda: smoothed("flat", 0 * second)),
]

RUNS: list[Case] = [
    (TypeError, "must be a quantity", lambda: run("1*ms")),
    (TypeError, "must be a quantity", lambda: run(None)),
    (TypeError, "must be a single time", lambda: run([1, 2] * ms)),
    (b.DimensionMismatchError, "unit second", lambda: run(1 * volt)),
    (ValueError, "a run cannot last", lambda: run(-1 * ms)),
    (ValueError, "a run cannot last", lambda: run(np.nan * ms)),
    (ValueError, "a run cannot last", lambda: run(np.inf * ms)),
    (ValueError, "report must be", lambda: run(1 * ms, report="words")),
    (b.DimensionMismatchError, "report period", lambda: run(1 * ms, report_period=3)),
    (TypeError, "namespace must be a dictionary", lambda: run(1 * ms, namespace=3)),
    (TypeError, "a network is made of objects", lambda: b.Network(group(), "neurons")),
    (TypeError, "a network is made of objects", lambda: b.Network(None)),
    (TypeError, "a network is made of objects", lambda: b.Network([1, 2])),
    (KeyError, "is not in the network", lambda: b.Network().remove(group())),
    (KeyError, "there is no object 'v'", lambda: b.Network()["v"]),
    (TypeError, "are found by name", lambda: b.Network()[0]),
    (KeyError, "there is no object 'v'", lambda: b.Network().__delitem__("v")),
    (TypeError, "list of slot names", lambda: setattr(b.Network(), "schedule", "start")),
    (ValueError, "name only X", lambda: setattr(b.Network(), "schedule", ["before_start"])),
    (ValueError, "no profiling information", lambda: b.Network().profiling_info),
    (TypeError, "single time", lambda: Clock([1, 2] * ms)),
    (TypeError, "must be a quantity", lambda: Clock("1*ms")),
    (ValueError, "must be positive", lambda: Clock(np.nan * ms)),
]

VALUES: list[Case] = [
    (TypeError, "cannot be set to None", lambda: setattr(group(), "v", None)),
    (TypeError, "cannot be set to 1j", lambda: setattr(group("v : 1"), "v", 1j)),
    (TypeError, "cannot be set to", lambda: setattr(group("v : 1"), "v", {})),
    (b.DimensionMismatchError, "has the unit volt", lambda: setattr(group(), "v", 1 * nA)),
    (b.DimensionMismatchError, "has no unit", lambda: setattr(group("v : 1"), "v", 1 * nA)),
    # a zero fits every unit, and so does an array of zeros; a list and the string '0' do not
    (b.DimensionMismatchError, "has the unit volt", lambda: setattr(group(), "v", [0] * 10)),
    (b.DimensionMismatchError, "'v' is volt", lambda: setattr(group(), "v", "0")),
    (ValueError, "3 values to 10 elements", lambda: setattr(group("v : 1"), "v", [1, 2, 3])),
    (ValueError, "0 values to 10 elements", lambda: setattr(group("v : 1"), "v", [])),
    (ValueError, r"shape \(2, 5\)", lambda: setattr(group("v : 1"), "v", np.ones((2, 5)))),
    (ValueError, "is an integer", lambda: setattr(group("k : integer"), "k", np.nan)),
    (ValueError, "is an integer", lambda: setattr(group("k : integer"), "k", 1e12)),
    (ValueError, "takes one value", lambda: setattr(group("v : 1 (shared)"), "v", [1, 2])),
    (SyntaxError, "has a value per element", lambda: setattr(group("v : 1 (shared)"), "v", "i")),
    (TypeError, "it belongs to the clock", lambda: setattr(group(), "t", 1 * ms)),
    (IndexError, "index -11 is out of range", lambda: group().v[-11]),
    (IndexError, "has one index", lambda: group().v[1, 2]),
    (TypeError, "cannot index", lambda: group().v[1.0]),
    (TypeError, "cannot index", lambda: group().v[None]),
    (TypeError, "cannot index", lambda: group().v[["a"]]),
    (IndexError, "boolean index .* needs 10 values, not 2", lambda: group().v[[True, False]]),
    (IndexError, "use 'v\\[:\\]'", lambda: group("v : 1 (shared)").v[0]),
]


@pytest.mark.parametrize(
    ("kind", "text", "wrong"),
    [
        pytest.param(*case, id=f"{table}-{place}")
        for table, cases in {
            "group": GROUPS,
            "subgroup": SUBGROUPS,
            "input": INPUTS,
            "synapses": SYNAPSES,
            "monitor": MONITORS,
            "run": RUNS,
            "value": VALUES,
        }.items()
        for place, case in enumerate(cases)
    ],
)
def test_wrong_argument_is_refused_with_its_type(
    kind: type[Exception], text: str, wrong: Callable[[], Any]
) -> None:
    """Each wrong argument is refused at once, with the tradition's type and a clear text."""
    with pytest.raises(kind, match=text):
        wrong()
