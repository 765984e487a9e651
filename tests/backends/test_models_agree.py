"""Whole models give the same numbers on every target.

C and Cython agree bit for bit: both call the same functions of bs_math.h and bs_random.h, and the
compiler may not contract or reorder. NumPy has its own elementary functions, accurate to an ulp or
two, so traces agree to rounding, and spikes agree except where a network amplifies the last bit.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import brainsim as b

SCIENCE = Path(__file__).resolve().parents[1] / "science"
SPEC = importlib.util.spec_from_file_location("run_model", SCIENCE / "run_model.py")
assert SPEC is not None
assert SPEC.loader is not None
reference_models = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference_models)

DETERMINISTIC = [
    "adaptive_exponential",
    "delays_by_array",
    "event_driven_kinds",
    "functions_and_operators",
    "hodgkin_huxley",
    "integer_and_boolean",
    "izhikevich",
    "lif_refractory",
    "pathway_order",
    "spike_generator",
]


def cuba() -> dict[str, Any]:
    """Run a small CUBA network: random initial values and connections, chaotic after a while."""
    neurons = b.NeuronGroup(
        400,
        """dv/dt  = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
           dge/dt = -ge/(5*ms)  : volt
           dgi/dt = -gi/(10*ms) : volt""",
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=5 * b.ms,
        method="exact",
    )
    neurons.v = "-60*mV + 10*mV*rand()"
    excitatory = b.Synapses(neurons[:320], neurons, on_pre="ge += 3*mV")
    inhibitory = b.Synapses(neurons[320:], neurons, on_pre="gi -= 15*mV")
    excitatory.connect(p=0.1)
    inhibitory.connect(p=0.1)
    spikes = b.SpikeMonitor(neurons)
    trace = b.StateMonitor(neurons, "v", record=[0, 399])
    b.Network(neurons, excitatory, inhibitory, spikes, trace).run(60 * b.ms)
    return {"i": spikes.i[:], "t": spikes.t_[:], "v": trace.v_}


def noise() -> dict[str, Any]:
    """Additive and multiplicative noise in three solvers, random resets."""
    out = {}
    for method, noise_term in (("euler", "0.2"), ("heun", "0.3*x"), ("milstein", "0.3*x")):
        group = b.NeuronGroup(
            50,
            f"dx/dt = (1.2 - x)/(5*ms) + {noise_term}*xi*(5*ms)**-0.5 : 1",
            threshold="x > 1.3",
            reset="x = 0.2*rand()",
            method=method,
        )
        group.x = "rand()"
        trace = b.StateMonitor(group, "x", record=True)
        spikes = b.SpikeMonitor(group)
        b.Network(group, trace, spikes).run(30 * b.ms)
        out |= {f"{method}_x": trace.x_, f"{method}_i": spikes.i[:], f"{method}_t": spikes.t_[:]}
    return out


def poisson() -> dict[str, Any]:
    """Poisson groups of constant and changing rates, Poisson input, counts drawn in statements."""
    fixed = b.PoissonGroup(60, rates=80 * b.Hz)
    moving = b.PoissonGroup(60, rates="(40 + 30*sin(2*pi*t/(20*ms)) + i)*Hz")
    target = b.NeuronGroup(20, "dv/dt = -v/(10*ms) : 1\n n : integer", method="exact")
    # named, because the order of equal places in the schedule is that of names
    one = b.Synapses(fixed, target, on_pre="v += 0.1*rand()", name="one")
    two = b.Synapses(moving, target, on_pre="v += 0.1; n += poisson(2.5)", name="two")
    one.connect(p=0.3)
    two.connect("abs(i - 3*j) < 4")
    drive = b.PoissonInput(target, "v", 50, 40 * b.Hz, weight=0.05)
    target.run_regularly("n += poisson(v + 12)", dt=1 * b.ms)
    spikes = [b.SpikeMonitor(fixed), b.SpikeMonitor(moving)]
    trace = b.StateMonitor(target, ["v", "n"], record=True)
    b.Network(fixed, moving, target, one, two, drive, spikes, trace).run(40 * b.ms)
    return {
        "fixed": spikes[0].i[:],
        "fixed_t": spikes[0].t_[:],
        "moving": spikes[1].i[:],
        "v": trace.v_,
        "n": trace.n,
    }


def stdp() -> dict[str, Any]:
    """Event-driven spike-timing dependent plasticity with random weights and delays."""
    inputs = b.PoissonGroup(80, 40 * b.Hz)
    neurons = b.NeuronGroup(
        10,
        """dv/dt = (ge - v)/(10*ms) : 1
           dge/dt = -ge/(5*ms) : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="exact",
    )
    synapses = b.Synapses(
        inputs,
        neurons,
        """w : 1
           dapre/dt  = -apre/(20*ms)  : 1 (event-driven)
           dapost/dt = -apost/(20*ms) : 1 (event-driven)""",
        on_pre="ge += w; apre += 0.05; w = clip(w + apost, 0, 1)",
        on_post="apost -= 0.055; w = clip(w + apre, 0, 1)",
    )
    synapses.connect()
    synapses.w = "0.6*rand()"
    synapses.delay = "2*ms*rand()"
    spikes = b.SpikeMonitor(neurons)
    b.Network(inputs, neurons, synapses, spikes).run(100 * b.ms)
    return {"i": spikes.i[:], "t": spikes.t_[:], "w": synapses.w[:]}


MODELS: dict[str, Any] = {
    **dict.fromkeys(DETERMINISTIC),
    "cuba": cuba,
    "noise": noise,
    "poisson": poisson,
    "stdp": stdp,
}


def run_on(target: str, name: str) -> dict[str, Any]:
    """Run a model on a target with a fixed seed."""
    b.prefs.codegen.target = target
    b.seed(20261122)
    b.defaultclock.dt = 0.1 * b.ms
    try:
        model = MODELS[name]
        results = model() if model else reference_models.run_model(b, name)
    finally:
        b.prefs.reset_to_defaults()
    return {key: np.asarray(value) for key, value in results.items()}


@pytest.fixture(scope="module")
def reference() -> dict[str, dict[str, Any]]:
    """Results of the C target, each model run once."""
    return {}


def on_c(reference: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    if name not in reference:
        reference[name] = run_on("c", name)
    return reference[name]


@pytest.mark.parametrize("name", MODELS)
def test_cython_gives_the_bits_of_c(name, reference):
    expected = on_c(reference, name)
    found = run_on("cython", name)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert value.tobytes() == found[key].tobytes(), key


@pytest.mark.parametrize("name", MODELS)
def test_numpy_agrees_to_rounding(name, reference):
    """No model here is long enough for a last bit to move a spike.

    Rounding: an error of 2 ulp (4.4e-16) per operation and step, at most 10 operations and 2000
    steps, each of which keeps or shrinks earlier errors: 2e-11 of the largest value. Only the
    quadratic upstroke of a spike (Izhikevich) stretches errors, by its slope of about 100.
    """
    expected = on_c(reference, name)
    found = run_on("numpy", name)
    for key, value in expected.items():
        if value.dtype.kind == "f":
            bound = (2e-9 if name == "izhikevich" else 2e-11) * np.abs(value).max(initial=1e-300)
            np.testing.assert_allclose(found[key], value, rtol=0, atol=bound, err_msg=key)
        else:
            np.testing.assert_array_equal(found[key], value, err_msg=key)


@pytest.mark.parametrize("name", ["cuba", "noise", "poisson", "stdp"])
@pytest.mark.row("20 seed(n=None)")
def test_the_seed_decides(name):
    """The same seed gives the same bits again, another one other numbers."""
    first, again = run_on("c", name), run_on("c", name)
    for key, value in first.items():
        assert value.tobytes() == again[key].tobytes(), key
    b.seed(1)
    other = MODELS[name]()
    assert any(np.asarray(other[key]).tobytes() != first[key].tobytes() for key in first)
