"""`./main --set name=value` is the run that Python would have made with this value, bit for bit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import brainsim as b
from brainsim import Hz, ms, mV, second, um
from brainsim.devices.standalone.statefile import read_state

pytestmark = pytest.mark.skipif(
    shutil.which("make") is None or shutil.which("g++") is None, reason="no make or no g++"
)

Values = dict[str, Any]
Model = Callable[[Values], b.Network]
DURATION = 60 * ms


@pytest.fixture(autouse=True)
def defaults():
    """Every test starts and ends with the default clock, preferences and device."""
    b.defaultclock.dt = 0.1 * ms
    # bits do not depend on optimisation
    b.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j", "CXXFLAGS=-O1"]
    yield
    b.prefs.reset_to_defaults()
    b.defaultclock.dt = 0.1 * ms


def made(model: Model, values: Values) -> b.Network:
    """Return a network as it is at the start of every run."""
    b.start_scope()
    b.seed(4711)
    return model(values)


def run_here(model: Model, values: Values) -> dict[str, np.ndarray]:
    """Run a network in this process; return its spikes and states by the names of a program."""
    network = made(model, values)
    network.run(DURATION)
    found: dict[str, np.ndarray] = {}
    for obj in network:
        if isinstance(obj, b.SpikeMonitor):
            found[f"{obj.name}_i"], found[f"{obj.name}_t"] = np.array(obj.i), np.asarray(obj.t)
        elif isinstance(obj, b.NeuronGroup | b.Synapses):
            for name in obj.equations.diff_eq_names:
                found[f"{obj.name}_{name}"] = np.array(obj.get_states([name], units=False)[name])
    return found


class Written:
    """A program that has been written and compiled.

    Args:
        model: Makes the network.
        values: Of the network's parameters.
        folder: Where to.
    """

    def __init__(self, model: Model, values: Values, folder: Path) -> None:
        network = made(model, values)
        self.folder = folder
        # Poisson input has no name of the user's
        self.source = next((o.name for o in network if isinstance(o, b.PoissonInput)), "source")
        b.set_device("cpp_standalone", build_on_run=False)
        try:
            network.run(DURATION)
            b.get_device().build(directory=str(folder), run=False)
        finally:
            b.get_device().reinit()
            b.reset_device()

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it with arguments."""
        command = ["./main", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def run(self, **settings: Any) -> dict[str, np.ndarray]:
        """Run it with parameters, `__` standing for a dot; return all results by name."""
        arguments = []
        for name, value in settings.items():
            listed = ",".join(repr(float(number)) for number in np.atleast_1d(value))
            full = name.replace("__", ".").replace("source.", f"{self.source}.")
            arguments += ["--set", f"{full}={listed}"]
        done = self.call(*arguments)
        assert done.returncode == 0, done.stderr
        return read_state(self.folder / "results" / "results.bin")

    def refusal(self, *settings: str) -> str:
        """Return what it says to settings that it does not take."""
        done = self.call(*(word for setting in settings for word in ("--set", setting)))
        assert done.returncode == 1
        return done.stderr

    @property
    def kernels(self) -> str:
        """The text of its kernels."""
        return (self.folder / "kernels.cpp").read_text()


def assert_same(results: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    """Check that a program has left the bits which a run in this process has."""
    for name, values in wanted.items():
        found = results[name]
        if name.startswith("spikes_"):  # there is room for more
            found = found[: int(results["spikes_rows"][0])]
        assert np.array_equal(found, values), name


@pytest.fixture(scope="module")
def coupled(tmp_path_factory):
    """A program with a propagator of coupled variables, one period for all, and Poisson input."""
    b.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j", "CXXFLAGS=-O1"]
    return Written(coupled_model, COUPLED, tmp_path_factory.mktemp("coupled"))


COUPLED: Values = {
    "tau": 20 * ms,
    "taug": 5 * ms,
    "El": -49 * mV,
    "ref": 5 * ms,
    "k": 0.3,
    "gain": 2.0,
    "rate": 30 * Hz,
    "N": 40,
    "weight": 0.3 * mV,
}


def coupled_model(values: Values) -> b.Network:
    """Return a network of two coupled variables with noise from outside, and recurrence."""
    names = {name: values[name] for name in ("tau", "taug", "El", "ref", "k")}
    neurons = b.NeuronGroup(
        60,
        """dv/dt = (gain*g - exp(-k**3)*(v - El))/tau : volt (unless refractory)
        dg/dt = -g/taug - 0.01*(v - El)/(taug*(1 + k**2.5)) : volt
        gain : 1 (shared, constant)""",
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory="ref + 0.5*ms",
        method="exact",
        namespace=names,
        name="neurons",
    )
    neurons.v = "-60*mV + 10*mV*rand()"
    neurons.gain = values["gain"]
    source = b.PoissonInput(neurons, "g", values["N"], values["rate"], values["weight"])
    synapses = b.Synapses(neurons, neurons, on_pre="g_post += 0.1*mV", delay=1 * ms, name="back")
    synapses.connect(p=0.1)
    monitor = b.SpikeMonitor(neurons, name="spikes")
    return b.Network(neurons, source, synapses, monitor)


def test_with_nothing_set_a_program_has_the_bits_of_the_runtime(coupled):
    """What Python has computed stays as it is."""
    wanted = run_here(coupled_model, COUPLED)
    assert len(wanted["spikes_i"]) > 50
    assert_same(coupled.run(), wanted)


def test_formulas_have_the_bits_of_python(coupled):
    """A parameter that is set to what it is has no effect, although all numbers are computed."""
    assert_same(coupled.run(neurons__tau=20e-3), run_here(coupled_model, COUPLED))


@pytest.mark.parametrize(
    ("name", "value", "given"),
    [
        ("neurons__tau", 15e-3, {"tau": 15 * ms}),
        ("neurons__taug", 5.4321e-3, {"taug": 5.4321e-3 * second}),
        ("neurons__El", -48e-3, {"El": -0.048 * b.volt}),
        ("neurons__k", 0.7, {"k": 0.7}),
        ("neurons__gain", 1.7, {"gain": 1.7}),
        ("neurons__ref", 2.26e-3, {"ref": 0.00226 * second}),
        ("source__rate", 33.3, {"rate": 33.3 * Hz}),
        ("source__rate", 2e4, {"rate": 2e4 * Hz}),  # a chance of one
        ("source__N", 55, {"N": 55}),
        ("source__weight", 0.5e-3, {"weight": 0.5e-3 * b.volt}),
    ],
)
def test_a_parameter_of_the_program_is_that_of_the_script(coupled, name, value, given):
    """Spikes and states have the bits of a run in this process, and the value matters."""
    wanted = run_here(coupled_model, {**COUPLED, **given})
    results = coupled.run(**{name: value})
    assert_same(results, wanted)
    before = run_here(coupled_model, COUPLED)
    assert any(not np.array_equal(values, before[key]) for key, values in wanted.items())


def test_two_parameters_together(coupled):
    """Numbers that follow from both are computed from both."""
    given = {"tau": 15 * ms, "rate": 60 * Hz, "ref": 1 * ms}
    results = coupled.run(neurons__tau=15e-3, source__rate=60, neurons__ref=1e-3)
    assert_same(results, run_here(coupled_model, {**COUPLED, **given}))


def test_the_kernel_of_numbers_reads_like_its_formulas(coupled):
    """Whoever opens the program finds out how numbers follow from parameters."""
    text = coupled.kernels
    assert "numbers that follow from parameters, computed before the first step" in text
    assert "bs_propagators(2, neurons_dt, neurons_A, neurons_P, neurons_G, neurons_work);" in text
    assert "neurons_A[0] = " in text
    assert "const double refractory = neurons_ref + 0.5 * 0.001;" in text
    source = coupled.source
    assert f"bs_binomial_table({source}_N, p, {source}_table);" in text


def test_help_shows_parameters_with_unit_and_value(coupled):
    """One number, or the least to the greatest; not what cannot be set."""
    _, listed = coupled.call("--help").stdout.split("parameters, with")
    lines = {words[0]: words[1:] for words in map(str.split, listed.splitlines()[1:])}
    assert lines["neurons.tau"] == ["s", "0.02"]
    assert lines["neurons.k"] == ["0.3"]
    assert lines[f"{coupled.source}.rate"] == ["Hz", "30"]
    assert lines["neurons.v"][0] == "V"
    assert lines["neurons.v"][2] == "to"
    assert "neurons.N" not in lines
    assert "back.delay" not in lines


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("tau=1", "there is no parameter 'tau'; did you mean neurons.tau?"),
        ("neurons.tua=1", "did you mean neurons.tau"),
        ("nothing.of.this=1", "--help lists them"),
        ("neurons.N=3", "'neurons.N' cannot be set: sizes are fixed; change it in Python"),
        ("neurons.dt=1e-4", "the step size is fixed"),
        ("back.delay=1e-3", "'back.delay' cannot be set: what is under way"),
        ("neurons.lastspike=0", "'neurons.lastspike' cannot be set"),
        ("neurons.tau=1,2", "'neurons.tau' takes one number, not 2"),
        ("neurons.v=1,2,3", "takes one number, or one for each of its 60 elements, not 3"),
        ("neurons.tau=fast", "neurons.tau takes a number, not 'fast'"),
        ("neurons.tau=1e999", "neurons.tau takes a number"),
        ("neurons.tau=", "neurons.tau takes a number"),
        ("neurons.tau", "--set takes NAME=VALUE"),
        ("SOURCE.N=2.5", "takes whole numbers"),
        ("SOURCE.rates=2", ".rate?"),
        ("neurons.tau=0", "a coefficient of the equations of 'neurons' is not finite: check"),
    ],
)
def test_refusals_say_why_and_what_to_do(coupled, setting, said):
    """Nothing is set by halves, and nothing silently."""
    assert said in coupled.refusal(setting.replace("SOURCE", coupled.source))


def test_a_parameter_is_set_once(coupled):
    """Two values for one parameter are a mistake."""
    assert "'neurons.tau' is set twice" in coupled.refusal("neurons.tau=1", "neurons.tau=2")


# -------------------------------------------------------------------- other methods, other objects


DRIVEN: Values = {
    "tau": 10 * ms,
    "scale": 1.0,
    "table": np.array([0.5, 2.0, 1.0, 3.0, 0.0]),
    "v0": np.linspace(0, 0.9, 30),
    "period": np.linspace(1, 4, 30) * ms,
    "rates": 50 * Hz,
    "taupre": 20 * ms,
    "w": 0.1,
}


def driven_model(values: Values) -> b.Network:
    """Return neurons with a stimulus, periods of their own, and plastic input."""
    stimulus = b.TimedArray(values["table"], dt=10 * ms)
    neurons = b.NeuronGroup(
        30,
        """dv/dt = (scale*stimulus(t) - v)/tau : 1 (unless refractory)
        scale : 1 (shared)
        period : second""",
        threshold="v > 1",
        reset="v = 0",
        refractory="period",
        method="exponential_euler",
        namespace={"tau": values["tau"], "stimulus": stimulus},
        name="neurons",
    )
    neurons.v, neurons.scale, neurons.period = values["v0"], values["scale"], values["period"]
    inputs = b.PoissonGroup(20, values["rates"], name="inputs")
    plastic = b.Synapses(
        inputs,
        neurons,
        """w : 1
        dapre/dt = -apre/taupre : 1 (event-driven)
        dapost/dt = -apost/taupre : 1 (event-driven)""",
        on_pre="""v_post += w
        apre += 0.01
        w = clip(w - apost, 0, 1)""",
        on_post="""apost += 0.01
        w = clip(w + apre, 0, 1)""",
        namespace={"taupre": values["taupre"]},
        name="plastic",
    )
    plastic.connect(p=0.5)
    plastic.w = values["w"]
    monitor = b.SpikeMonitor(neurons, name="spikes")
    return b.Network(neurons, inputs, plastic, monitor)


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    """A program with a step that needs no numbers, a table of time, and plasticity."""
    b.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j", "CXXFLAGS=-O1"]
    return Written(driven_model, DRIVEN, tmp_path_factory.mktemp("driven"))


@pytest.mark.parametrize(
    ("name", "value", "given"),
    [
        ("neurons__tau", 8e-3, {"tau": 8 * ms}),
        ("neurons__scale", 1.3, {"scale": 1.3}),
        ("neurons__stimulus", [1, 2, 3, 1, 2], {"table": np.array([1.0, 2, 3, 1, 2])}),
        ("neurons__stimulus", 1.5, {"table": np.full(5, 1.5)}),
        ("neurons__v", np.linspace(0.9, 0, 30), {"v0": np.linspace(0.9, 0, 30)}),
        ("neurons__period", np.linspace(2, 3, 30) * 1e-3, {"period": np.linspace(2, 3, 30) * ms}),
        ("neurons__period", 2e-3, {"period": 2 * ms}),
        ("inputs__rates", 120, {"rates": 120 * Hz}),
        ("plastic__taupre", 5e-3, {"taupre": 5 * ms}),
        ("plastic__w", 0.25, {"w": 0.25}),
    ],
)
def test_parameters_that_kernels_read_themselves(driven, name, value, given):
    """Variables, one value or one per neuron, tables, rates, and time constants of traces."""
    wanted = run_here(driven_model, {**DRIVEN, **given})
    assert len(wanted["spikes_i"]) > 20
    results = driven.run(**{name: value})
    del wanted["plastic_apre"], wanted["plastic_apost"]  # kept per neuron
    assert_same(results, wanted)


def test_a_table_of_time_keeps_its_length(driven):
    """Its step and its length are part of the program."""
    said = driven.refusal("neurons.stimulus=1,2,3")
    assert "one for each of its 5 elements, not 3" in said


def test_numbers_in_single_precision_follow_from_parameters_in_double(tmp_path):
    """Python computes propagators from doubles before it rounds them, and so does a program."""
    b.prefs.core.default_float_dtype = np.float32
    program = Written(coupled_model, COUPLED, tmp_path)
    for settings, given in (
        ({}, {}),
        ({"neurons__tau": 15.1e-3}, {"tau": 0.0151 * second}),
        ({"neurons__El": -0.0481}, {"El": -0.0481 * b.volt}),
        ({"neurons__ref": 1.1e-3, "source__rate": 50}, {"ref": 1.1e-3 * second, "rate": 50 * Hz}),
    ):
        assert_same(program.run(**settings), run_here(coupled_model, {**COUPLED, **given}))


TIMES: Values = {"ref": 3 * ms, "tau": 10 * ms, "drive": 1.3}


def times_model(values: Values) -> b.Network:
    """Return refractoriness in seconds, and spikes between two steps."""
    counted = b.NeuronGroup(
        10,
        """dv/dt = (drive*(1 + 0.01*i) - v)/tau : 1 (unless refractory)
        seen : second""",
        threshold="v > 1",
        reset="v = 0; lastspike = t",  # whoever writes it makes periods times
        refractory="ref",
        method="exact",
        namespace=values,
        name="counted",
    )
    between = b.NeuronGroup(
        10,
        "dv/dt = (drive*(1 + 0.02*i) - v)/tau : 1 (unless refractory)",
        threshold="v > 1",
        reset="v = 0",
        refractory="ref",
        method="exact",
        precise=True,
        namespace=values,
        name="between",
    )
    monitor = b.SpikeMonitor(counted, name="spikes")
    return b.Network(counted, between, monitor)


def test_periods_in_seconds_and_spikes_between_steps(tmp_path):
    """Other ways to lower refractoriness read the same parameters."""
    program = Written(times_model, TIMES, tmp_path)
    for value in (3e-3, 1.25e-3, 0.0):
        given = {**TIMES, "ref": value * second}
        wanted = run_here(times_model, given)
        assert_same(program.run(counted__ref=value, between__ref=value), wanted)
    wanted = run_here(times_model, {**TIMES, "tau": 7e-3 * second})
    assert_same(program.run(counted__tau=7e-3, between__tau=7e-3), wanted)


def test_a_parameter_holds_in_all_runs_of_a_program(tmp_path):
    """Numbers are computed for each run; what the script sets in between counts from there on."""

    def run(tau: Any, device: str | None) -> Any:
        b.start_scope()
        b.seed(4711)
        names = {"tau": tau, "El": 0.9}
        group = b.NeuronGroup(
            5, "dv/dt = (El - v)/tau : 1", method="exact", namespace=names, name="neurons"
        )
        network = b.Network(group)
        if device is not None:
            b.set_device(device, build_on_run=False)
        network.run(10 * ms)
        group.namespace["El"] = 0.5
        network.run(10 * ms)
        if device is not None:
            b.get_device().build(directory=str(tmp_path), run=False)
            b.get_device().reinit()
            b.reset_device()
            return None
        return np.array(group.v)

    run(20 * ms, "cpp_standalone")
    setting = ["--set", "neurons.tau=0.015", "--set", "neurons.El=0.7"]
    command = ["./main", *setting]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tau, v = 0.015, np.zeros(5)
    for rest in (0.7, 0.5):
        v = rest + (v - rest) * np.exp(-10e-3 / tau)
    found = read_state(tmp_path / "results" / "results.bin")["neurons_v"]
    assert np.allclose(found, v, rtol=1e-12, atol=0)
    done = subprocess.run(command[:3], cwd=tmp_path, capture_output=True, text=True, check=False)
    found = read_state(tmp_path / "results" / "results.bin")["neurons_v"]
    assert np.array_equal(found, run(15 * ms, None))


def apart_model(values: Values) -> b.Network:
    """Return what decides about more than numbers: the past, shapes, synapses not in order."""
    neurons = b.NeuronGroup(
        4,
        "dv/dt = (1 - v(t - lag))/(10*ms) : 1",
        method="euler",
        namespace={"lag": values["lag"], "strength": 1.0},
        name="neurons",
    )
    part = neurons[1:]
    source = b.PoissonInput(part, "v", 5, 20 * Hz, "0.1*strength")
    cell = b.SpatialNeuron(
        b.Cylinder(diameter=1 * um, length=100 * um, n=5),
        "Im = 1*siemens/meter**2*(-70*mV - v) : amp/meter**2",
        name="cell",
    )
    synapses = b.Synapses(neurons, neurons, "w : 1", name="mixed")
    synapses.connect(i=[3, 0, 2, 1], j=[0, 1, 2, 3])
    updates = neurons.run_regularly("v += 0.01*rand()", name="updates")
    follower = synapses.run_regularly("w += 0.1", name="follower")
    return b.Network(neurons, source, cell, synapses, updates, follower)


def test_what_has_no_formula_is_refused_with_the_reason(tmp_path):
    """Room for the past, shapes of cells, and lists for synapses in another order."""
    program = Written(apart_model, {"lag": 2 * ms}, tmp_path)
    assert "how many past values are kept follows from it" in program.refusal("neurons.lag=1e-3")
    for name in ("Ri", "diameter", "length", "r_length_1"):
        assert "conductances between compartments" in program.refusal(f"cell.{name}=1")
    assert f"{program.source}.weight' cannot be set: it is an expression" in program.refusal(
        f"{program.source}.weight=1"
    )
    # what the expression is made of belongs to the part of the group that the input goes to
    assert ".strength" in program.call("--help").stdout
    said = program.refusal("mixed.w=1,2,3,4")
    assert "'mixed.w' takes one number for all elements" in said
    assert np.allclose(program.run(mixed__w=2.0)["mixed_w"], 2.0 + 0.1 * 600)
