"""The text of whole models, reviewed like source: `pytest --update-golden` accepts a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cuda_running import compile_nvcc, nvcc

import brainsim as b
from brainsim.lowering import lower_network


def cuba() -> list[Any]:
    """Exact integration, refractoriness, two projections from parts of the group."""
    neurons = b.NeuronGroup(
        10,
        """dv/dt  = (ge + gi - (v - El))/taum : volt (unless refractory)
           dge/dt = -ge/taue : volt
           dgi/dt = -gi/taui : volt""",
        threshold="v > Vt",
        reset="v = Vr",
        refractory=5 * b.ms,
        method="exact",
        name="neurons",
        namespace={
            "taum": 20 * b.ms,
            "taue": 5 * b.ms,
            "taui": 10 * b.ms,
            "El": -49 * b.mV,
            "Vt": -50 * b.mV,
            "Vr": -60 * b.mV,
        },
    )
    excitatory = b.Synapses(neurons[:8], neurons, on_pre="ge += 1.62*mV", name="excitatory")
    inhibitory = b.Synapses(neurons[8:], neurons, on_pre="gi -= 9*mV", name="inhibitory")
    excitatory.connect()
    inhibitory.connect()
    return [neurons, excitatory, inhibitory, b.SpikeMonitor(neurons, name="spikes")]


def hodgkin_huxley() -> list[Any]:
    """Exponential Euler with functions: a heavy loop, so that flags have a loop of their own."""
    neurons = b.NeuronGroup(
        5,
        """dv/dt = (gl*(El - v) - gna*m**3*h*(v - ENa) - gk*n**4*(v - EK) + I)/Cm : volt
           dm/dt = am*(1 - m) - bm*m : 1
           dn/dt = an*(1 - n) - bn*n : 1
           dh/dt = ah*(1 - h) - bh*h : 1
           u = (v + 63*mV)/mV : 1
           am = 1.28/exprel((13 - u)/4)/ms : Hz
           bm = 1.4/exprel((u - 40)/5)/ms : Hz
           ah = 0.128*exp((17 - u)/18)/ms : Hz
           bh = 4/(1 + exp((40 - u)/5))/ms : Hz
           an = 0.16/exprel((15 - u)/5)/ms : Hz
           bn = 0.5*exp((10 - u)/40)/ms : Hz
           I : amp""",
        threshold="v > -20*mV",
        refractory="v > -40*mV",
        method="exponential_euler",
        name="neurons",
        namespace={
            "Cm": 200 * b.pF,
            "gl": 10 * b.nS,
            "gna": 20 * b.usiemens,
            "gk": 6 * b.usiemens,
            "El": -60 * b.mV,
            "ENa": 50 * b.mV,
            "EK": -90 * b.mV,
        },
    )
    return [neurons, b.StateMonitor(neurons, ["v", "am"], record=[0, 3], name="trace")]


def stdp() -> list[Any]:
    """Event-driven traces, a delay per synapse, pre and post pathways, Poisson inputs."""
    inputs = b.PoissonGroup(10, "10*Hz*(1 + i)", name="inputs")
    neurons = b.NeuronGroup(
        4, "dv/dt = -v/tau : 1", threshold="v > 1", reset="v = 0", method="exact",
        name="neurons", namespace={"tau": 10 * b.ms},
    )  # fmt: skip
    synapses = b.Synapses(
        inputs,
        neurons,
        """w : 1
           dapre/dt  = -apre/taupre   : 1 (event-driven)
           dapost/dt = -apost/taupost : 1 (event-driven)""",
        on_pre="v_post += w; apre += Apre; w = clip(w + apost, 0, wmax)",
        on_post="apost += Apost; w = clip(w + apre, 0, wmax)",
        name="synapses",
        namespace={
            "taupre": 20 * b.ms,
            "taupost": 30 * b.ms,
            "Apre": 0.01,
            "Apost": -0.012,
            "wmax": 1.0,
        },
    )
    synapses.connect()
    synapses.delay = "0.1*ms*i"
    return [inputs, neurons, synapses, b.PopulationRateMonitor(neurons, name="rate")]


def cobahh() -> list[Any]:
    """Hodgkin-Huxley neurons with conductance synapses."""
    neurons = b.NeuronGroup(
        10,
        """dv/dt = (gl*(El - v) + ge*(Ee - v) + gi*(Ei - v)
                    - gna*m**3*h*(v - ENa) - gk*n**4*(v - EK))/Cm : volt
           dm/dt = am*(1 - m) - bm*m : 1
           dn/dt = an*(1 - n) - bn*n : 1
           dh/dt = ah*(1 - h) - bh*h : 1
           dge/dt = -ge/(5*ms) : siemens
           dgi/dt = -gi/(10*ms) : siemens
           am = 1.28/exprel((13 - u)/4)/ms : Hz
           bm = 1.4/exprel((u - 40)/5)/ms : Hz
           ah = 0.128*exp((17 - u)/18)/ms : Hz
           bh = 4/(1 + exp((40 - u)/5))/ms : Hz
           an = 0.16/exprel((15 - u)/5)/ms : Hz
           bn = 0.5*exp((10 - u)/40)/ms : Hz
           u = (v + 63*mV)/mV : 1""",
        threshold="v > -20*mV",
        refractory=3 * b.ms,
        method="exponential_euler",
        name="neurons",
        namespace={
            "Cm": 200 * b.pF,
            "gl": 10 * b.nS,
            "gna": 20 * b.usiemens,
            "gk": 6 * b.usiemens,
            "El": -60 * b.mV,
            "ENa": 50 * b.mV,
            "EK": -90 * b.mV,
            "Ee": 0 * b.mV,
            "Ei": -80 * b.mV,
        },
    )
    excitatory = b.Synapses(neurons[:8], neurons, on_pre="ge += 6*nS", name="excitatory")
    inhibitory = b.Synapses(neurons[8:], neurons, on_pre="gi += 67*nS", name="inhibitory")
    excitatory.connect(p=0.5)
    inhibitory.connect(p=0.5)
    return [neurons, excitatory, inhibitory, b.SpikeMonitor(neurons, name="spikes")]


def brunel() -> list[Any]:
    """Delta synapses of one delay onto a protected variable, Poisson input to every neuron."""
    neurons = b.NeuronGroup(
        10,
        "dv/dt = -v/(20*ms) : volt (unless refractory)",
        threshold="v > 20*mV",
        reset="v = 10*mV",
        refractory=2 * b.ms,
        method="exact",
        name="neurons",
    )
    options: dict[str, Any] = {"delay": 1.5 * b.ms, "namespace": {"J": 0.1 * b.mV, "g": 5}}
    excitatory = b.Synapses(neurons[:8], neurons, on_pre="v += J", name="excitatory", **options)
    inhibitory = b.Synapses(neurons[8:], neurons, on_pre="v -= g*J", name="inhibitory", **options)
    excitatory.connect(p=0.5)
    inhibitory.connect(p=0.5)
    drive = b.PoissonInput(neurons, "v", 1000, 12 * b.Hz, weight=0.1 * b.mV)
    return [neurons, excitatory, inhibitory, drive, b.SpikeMonitor(neurons, name="spikes")]


def song() -> list[Any]:
    """Plastic synapses from all inputs to all neurons, with traces that neurons have in common."""
    inputs = b.PoissonGroup(10, 15 * b.Hz, name="inputs")
    neurons = b.NeuronGroup(
        10,
        """dv/dt = (ge - (v + 74*mV))/(10*ms) : volt
           dge/dt = -ge/(5*ms) : volt""",
        threshold="v > -54*mV",
        reset="v = -60*mV",
        method="exact",
        name="neurons",
    )
    synapses = b.Synapses(
        inputs,
        neurons,
        """w : 1
           dapre/dt = -apre/(20*ms) : 1 (event-driven)
           dapost/dt = -apost/(20*ms) : 1 (event-driven)""",
        on_pre="""ge += w*0.5*mV
                  apre += 0.01
                  w = clip(w + apost, 0, 1)""",
        on_post="""apost -= 0.0105
                   w = clip(w + apre, 0, 1)""",
        name="synapses",
    )
    synapses.connect()
    return [inputs, neurons, synapses, b.SpikeMonitor(neurons, name="spikes")]


def microcircuit() -> list[Any]:
    """A weight and a delay per synapse: effects are added up ahead; two Poisson inputs."""
    neurons = b.NeuronGroup(
        10,
        """dv/dt = -(v + 65*mV)/(10*ms) + (current + constant_current)/(250*pF)
                   : volt (unless refractory)
           dcurrent/dt = -current/(0.5*ms) : amp
           constant_current : amp""",
        threshold="v > -50*mV",
        reset="v = -65*mV",
        refractory=2 * b.ms,
        method="exact",
        name="neurons",
    )
    parts = [neurons[:8], neurons[8:]]
    objects: list[Any] = [neurons]
    for name, part in zip(("excitatory", "inhibitory"), parts, strict=True):
        synapses = b.Synapses(part, neurons, "w : amp", on_pre="current += w", name=name)
        synapses.connect(i=[0, 0, 1, 1] * 50, j=[2, 3, 4, 5] * 50)
        synapses.delay = "(1 + i + 2*rand())*ms"
        rate = 8 * b.Hz
        drive = b.PoissonInput(part, "current", 160, rate, 87.8 * b.pA)
        objects += [synapses, drive]
    return [*objects, b.SpikeMonitor(neurons, name="spikes")]


def noise_and_sums() -> list[Any]:
    """Noise, a summed variable, code that depends on order, something regular."""
    neurons = b.NeuronGroup(
        6,
        """dv/dt = (drive - v)/(5*ms) + 0.2*xi*(5*ms)**-0.5 : 1
           drive : 1
           count : integer""",
        threshold="v > 0.8 + 0.1*rand()",
        reset="v *= 0.5; count += 1",
        method="euler",
        name="neurons",
    )
    neurons.run_regularly("count = count // 2", dt=1 * b.ms, name="forget")
    synapses = b.Synapses(
        neurons,
        neurons,
        """w : 1
           drive_post = w*v_pre : 1 (summed)""",
        on_pre="v_post = v_post*(1 - w)",
        delay=1 * b.ms,
        name="synapses",
    )
    synapses.connect("i != j")
    return [neurons, synapses, b.PoissonInput(neurons, "v", 20, 30 * b.Hz, weight=0.01)]


MODELS = [cuba, cobahh, brunel, song, microcircuit, hodgkin_huxley, stdp, noise_and_sums]


@pytest.mark.parametrize("model", MODELS)
def test_text_is_the_reviewed_one(model, golden):
    b.defaultclock.dt = 0.1 * b.ms
    net = b.Network(model())
    net.before_run()
    program = lower_network(net, {}).program
    golden(program.source("c"), f"program_{model.__name__}.c")


def _source_in_cuda(model: Callable[[], list[Any]]) -> str:
    b.defaultclock.dt = 0.1 * b.ms
    net = b.Network(model())
    net.before_run()
    return lower_network(net, {}, share=False, tile=False).program.source("cuda")


@pytest.mark.parametrize("model", [brunel, song, stdp])
def test_text_in_cuda_is_the_reviewed_one(model, golden):
    golden(_source_in_cuda(model), f"program_{model.__name__}.cu")


@pytest.mark.skipif(nvcc() is None, reason="needs nvcc")
@pytest.mark.parametrize("model", MODELS)
def test_nvcc_compiles_programs_without_warnings(model, tmp_path):
    assert compile_nvcc(_source_in_cuda(model), tmp_path / "unit.so", "90") == ""
