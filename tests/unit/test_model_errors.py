"""Operations that fail: nothing is half done, and the error says all that is known."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainsim as b
from brainsim.errors import (
    BrainsimError,
    BrianObjectException,
    UnknownNameError,
)
from brainsim.logger import catch_logs
from brainsim.model.clock import Clock
from brainsim.units import amp, ms, mV


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


# ---------------------------------------------------------------------- nothing is half done


def test_failed_assignments_leave_all_values_as_they_were():
    """A value that cannot be stored changes nothing, whatever is wrong with it."""
    neurons = group("v : volt\nk : integer\nshared : 1 (shared)")
    neurons.v = "i*mV"
    neurons.k = "i"
    neurons.shared = 7
    before = np.array(neurons.v_[:]), np.array(neurons.k[:])
    wrong: list[tuple[str, Any, Any]] = [
        ("v", slice(None), 3),
        ("v", slice(None), [1, 2] * mV),
        ("v", slice(None), "undefined*mV"),
        ("v", slice(None), "i"),
        ("v", [0, 1, 10], 3 * mV),
        ("v", "i < undefined", 3 * mV),
        ("v", "i < 3", [1, 2, 3] * mV),
        ("k", slice(None), np.nan),
        ("shared", slice(None), [1, 2]),
        ("shared", 0, 1),
    ]
    for name, item, value in wrong:
        with pytest.raises((BrainsimError, TypeError, ValueError, IndexError)):
            getattr(neurons, name)[item] = value
    assert np.array_equal(before[0], neurons.v_[:])
    assert np.array_equal(before[1], neurons.k[:])
    assert neurons.shared[:] == 7


@given(n=st.integers(0, 25))
@settings(max_examples=30, deadline=None)
def test_only_one_value_or_one_each_can_be_assigned(n):
    """An array is stored if it has one value per element or one for all, else refused."""
    neurons = group("v : 1")
    values = np.arange(float(n)) + 1
    if n in {1, 10}:
        neurons.v = values
        assert np.array_equal(neurons.v[:], np.broadcast_to(values, 10))
    else:
        with pytest.raises(ValueError, match=f"cannot assign {n} values"):
            neurons.v = values
        assert not neurons.v[:].any()


_WORDS = st.lists(
    st.sampled_from(
        ["v", "w", "i", "3", "1.5e3", "mV", "*", "+", "-", "**", "/", "(", ")", ">", "=", "==",
         "+=", "and", "not", "rand()", "exp(", ";", "\n", ",", ".", "if", "'", "#", "xi", "inf"]
    ),
    max_size=8,
).map(" ".join)  # fmt: skip


@given(text=st.one_of(_WORDS, st.text(max_size=12)))
@settings(max_examples=300, deadline=None)
def test_no_text_causes_anything_but_an_error_with_a_meaning(text):
    """Whatever stands in a threshold, a reset, an index or a value: accepted, or refused by us."""
    neurons = group("v : 1")
    answers = ["accepted"]
    with catch_logs():
        for attempt in (
            lambda: group("v : 1", threshold=text, reset=""),
            lambda: group("v : 1", threshold="v > 1", reset=text),
            lambda: neurons.run_regularly(text),
            lambda: neurons.v.__setitem__(text, 1),
            lambda: neurons.v.__setitem__(slice(None), text),
        ):
            try:
                attempt()
            except BrainsimError as error:
                answers.append(str(error))
    assert all(answer.strip() for answer in answers)


def test_a_refused_operation_is_not_part_of_the_group():
    """run_regularly and run_on_event with wrong code leave the group as it was."""
    neurons = group("v : volt", events={"burst": "v > 1*mV"})
    parts = list(neurons.contained_objects)
    structure = neurons.structure()
    for wrong in ("v = 3", "v = = 3", "i = 2"):
        with pytest.raises(BrainsimError):
            neurons.run_regularly(wrong)
        with pytest.raises(BrainsimError):
            neurons.run_on_event("burst", wrong)
    assert neurons.contained_objects == parts
    assert neurons.event_codes == {}
    assert neurons.structure() == structure
    neurons.run_on_event("burst", "v = 0*mV")  # the event is still free


def test_a_refused_schedule_of_an_event_changes_nothing():
    """Neither slot nor order of an event change when one of them is wrong."""
    neurons = spiking()
    with pytest.raises(TypeError):
        neurons.set_event_schedule("spike", when="end", order="last")
    with pytest.raises(TypeError):
        neurons.set_event_schedule("spike", when=3, order=2)
    assert (neurons.thresholder["spike"].when, neurons.thresholder["spike"].order) == (
        "thresholds",
        0,
    )


def test_a_list_with_a_wrong_member_is_not_added_at_all():
    """Network.add and Network.remove look at all arguments before they act."""
    one, two = group(), group()
    network = b.Network()
    with pytest.raises(TypeError):
        network.add(one, [two, {"a": 3}])
    assert len(network) == 0
    network.add([one, {"two": two}])
    with pytest.raises(UnknownNameError):
        network.remove(one, group())
    assert {one, two} <= set(network.objects)
    network.remove([one], two)
    assert len(network) == 0


def test_objects_are_free_again_after_a_run_that_could_not_start():
    """A run that fails before its first step binds no object to its network."""
    neurons = group("dv/dt = -v/tau : 1", method="euler")
    first = b.Network(neurons)
    with pytest.raises(BrianObjectException):
        first.run(1 * ms, namespace={})
    assert first.t_ == 0
    second_network = b.Network(neurons)
    second_network.run(1 * ms, namespace={"tau": 10 * ms})
    assert second_network.t_ == 1e-3


def test_a_magic_run_that_failed_can_be_corrected_with_a_new_object():
    """In a notebook a failed run() must not forbid to go on with objects made afterwards."""
    neurons = group("dv/dt = (1 - v)/tau : 1", method="euler")
    with pytest.raises(BrianObjectException, match="'tau' is not defined"):
        b.run(1 * ms)
    tau = 10 * ms  # noqa: F841 - read by run
    monitor = b.StateMonitor(neurons, "v", record=0)
    other = group("dv/dt = (1 - v)/tau : 1", method="euler")
    b.run(1 * ms)
    assert len(monitor.t) == 10
    assert other.v[0] == neurons.v[0] > 0


def test_a_run_that_fails_on_its_way_can_be_continued():
    """An error in a Python function leaves time, state and monitors together."""
    neurons = group("v : 1")
    neurons.run_regularly("v += 1")
    monitor = b.StateMonitor(neurons, "v", record=0)
    fail = [True]

    def operation(t: Any) -> None:
        if fail[0] and t > 0.45 * ms:
            raise RuntimeError("enough")

    network = b.Network(neurons, monitor, b.NetworkOperation(operation))
    with pytest.raises(RuntimeError, match="enough"):
        network.run(1 * ms)
    reached = network.t_
    assert 0.4e-3 < reached < 0.7e-3
    fail[0] = False
    network.run(1 * ms)
    assert network.t_ == pytest.approx(reached + 1e-3, rel=1e-12)
    # every step once, none twice
    steps = np.rint(monitor.t_[:] / 1e-4).astype(int)
    assert np.array_equal(steps, np.arange(len(steps)))


def test_refused_spikes_leave_the_earlier_ones():
    """set_spikes with wrong arguments keeps what it had."""
    source = b.SpikeGeneratorGroup(3, [0, 2], [1, 2] * ms)
    for wrong in (
        ([0, 3], [1, 2] * ms),
        ([0], [1, 2] * ms),
        ([0, 1], [1, 2]),
        ([0, 1], [1, -2] * ms),
        ([0.5, 1], [1, 2] * ms),
    ):
        with pytest.raises((BrainsimError, TypeError, ValueError)):
            source.set_spikes(*wrong)
    monitor = b.SpikeMonitor(source)
    b.Network(source, monitor).run(3 * ms)
    assert list(monitor.i[:]) == [0, 2]


def test_refused_connections_leave_the_synapses_as_they_were():
    """connect() with wrong arguments adds nothing and keeps the weights."""
    neurons = group("v : 1")
    synapses = b.Synapses(neurons, neurons, "w : 1")
    with pytest.raises(IndexError):
        synapses.connect(i=[0], j=[10])
    with pytest.raises(TypeError, match="call connect"):
        synapses.w = 1  # still unconnected
    synapses.connect(i=[0, 1], j=[1, 2])
    synapses.w = [3, 4]
    wrong: list[dict[str, Any]] = [
        {"i": [0, 10], "j": [0, 0]},
        {"i": [0, 1, 2], "j": [0, 1]},
        {"i": [0.5], "j": [0]},
        {"i": [0]},
        {"condition": "i + j"},
        {"condition": "i < undefined"},
        {"p": "undefined"},
        {"j": "i + 1"},
        {"condition": "i < j", "n": "1*mV"},
    ]
    for arguments in wrong:
        with pytest.raises((BrainsimError, TypeError, ValueError, IndexError)):
            synapses.connect(**arguments)
    assert list(synapses.i[:]) == [0, 1]
    assert list(synapses.j[:]) == [1, 2]
    assert list(synapses.w[:]) == [3, 4]


def test_refused_settings_keep_their_values():
    """A clock, a schedule, an order and a delay keep their values when new ones are wrong."""
    clock = Clock(1 * ms)
    for dt in (0 * ms, -1 * ms, 3, "1*ms", [1, 2] * ms):
        with pytest.raises((BrainsimError, TypeError, ValueError)):
            clock.dt = dt
    assert clock.dt_ == 1e-3
    network = b.Network()
    schedule = network.schedule
    for wrong in ("start", ["after_x"], [3]):
        with pytest.raises((TypeError, ValueError)):
            network.schedule = wrong
    assert network.schedule == schedule
    neurons = spiking()
    with pytest.raises(TypeError):
        neurons.order = "last"
    with pytest.raises(TypeError):
        neurons.when = 3
    assert (neurons.order, neurons.when) == (0, "start")
    synapses = b.Synapses(neurons, neurons, on_pre="v_post += 1")
    synapses.connect(j="i")
    synapses.delay = 2 * ms
    for delay in (3, 1 * mV, [1, 2] * ms, "i*mV"):
        with pytest.raises((BrainsimError, ValueError)):
            synapses.delay = delay
    assert np.array_equal(synapses.delay_[:], np.full(10, 2e-3))


def test_a_group_that_could_not_be_made_leaves_its_name_free():
    """The name of a refused object is used again, as soon as the error is forgotten."""
    for _ in range(2):
        with pytest.raises(BrainsimError):
            group("v : mV", name="layer")
    gc.collect()
    layer = group("v : volt", name="layer*")
    assert layer.name == "layer"


# --------------------------------------------------------------------------- what an error tells


def test_an_error_of_a_run_names_the_object_its_line_and_its_cause():
    """The error has the object's name as a fact, and the original error as its cause."""
    neurons = group("dv/dt = -v/tau : 1", name="cells", method="euler")
    line = neurons.made_at
    assert "test_model_errors.py" in line
    with pytest.raises(BrianObjectException) as caught:
        b.Network(neurons).run(1 * ms, namespace={})
    assert caught.value.object_name == "cells"
    assert isinstance(caught.value.__cause__, KeyError)
    assert str(caught.value).startswith(f"'cells' ({line}) cannot be run:\n'tau' is not defined")


def test_names_of_the_group_s_namespace_and_variables_are_suggested():
    """A misspelt name is compared with variables, namespaces and functions."""
    neurons = group("dv/dt = -v/tau_mem : 1", namespace={"tau_membrane": 1 * ms}, method="euler")
    with pytest.raises(BrianObjectException, match="did you mean 'tau_membrane'"):
        b.Network(neurons).run(1 * ms, namespace={})
    target = group("conductance : siemens", 3)
    synapses = b.Synapses(spiking(), target, "w : siemens", on_pre="conductance += w*facto")
    synapses.connect()
    network = b.Network(synapses, target, synapses.source)
    with pytest.raises(BrianObjectException, match="did you mean 'factor'"):
        network.run(1 * ms, namespace={"factor": 3, "weights": [1, 2]})
    with pytest.raises(UnknownNameError, match="did you mean 'conductance_post'"):
        b.Synapses(spiking(), target, on_pre="conductance_pots += 1*siemens")


def test_a_name_that_stands_for_something_else_is_explained():
    """Lists, arrays, texts and functions without units are named for what they are."""
    neurons = group("dv/dt = -v/tau : 1", method="euler")
    network = b.Network(neurons)
    for value, text in (
        (np.array([1, 2]) * ms, r"'tau' is an array of shape \(2,\)(.|\n)*add 'tau : second'"),
        (np.array([1.0, 2.0]), "add 'tau : 1' to the equations"),
        ([1, 2], "'tau' is of type list, but a number is needed"),
        ("10*ms", "'tau' is of type str, but a number is needed"),
        (None, "'tau' is of type NoneType, but a number is needed"),
        (lambda: 3, "'tau' is a Python function without units"),
    ):
        with pytest.raises(BrianObjectException, match=text):
            network.run(1 * ms, namespace={"tau": value})


def test_several_mistakes_of_an_object_are_reported_together():
    """All undefined names and wrong units of equations come in one error."""
    neurons = group("dv/dt = (a - v)/b : volt\nx = v + c : volt", method="euler")
    with pytest.raises(BrianObjectException) as caught:
        b.Network(neurons).run(1 * ms, namespace={"b": 3 * ms, "c": 3 * amp})
    assert "'a' is not defined" in str(caught.value)
    assert "cannot add volt and amp" in str(caught.value)


def test_code_without_effect_is_warned_of():
    """An assignment to a name that is no variable and is never read deserves a warning."""
    with catch_logs() as logs:
        spiking()
        group("v : 1", threshold="v > 1", reset="x = 2*v; v = x - 2")
    assert not logs
    with catch_logs() as logs:
        group("v : 1", threshold="v > 1", reset="V = 0; v = 1")
    [(level, name, text)] = logs
    assert level == "WARNING"
    assert name.endswith("useless_statement")
    assert text.endswith(
        "sets 'V', which is no variable and is not used afterwards; did you mean 'v'?"
    )
