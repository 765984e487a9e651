"""Networks for the tests of written programs: each makes its objects and says what to compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import brainsim as b

Made = tuple[list[Any], Callable[[], dict[str, Any]]]
MS = b.ms


def _spikes(monitor: Any) -> dict[str, Any]:
    return {"i": np.array(monitor.i[:]), "t": np.array(monitor.t_[:])}


def cuba() -> Made:
    """Exponential currents, refractoriness, two populations that are subgroups."""
    neurons = b.NeuronGroup(
        300,
        """dv/dt  = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
           dge/dt = -ge/(5*ms)  : volt
           dgi/dt = -gi/(10*ms) : volt""",
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=5 * MS,
        method="exact",
    )
    neurons.v = "-60*mV + 10*mV*rand()"
    excitatory = b.Synapses(neurons[:240], neurons, on_pre="ge += 4*mV")
    inhibitory = b.Synapses(neurons[240:], neurons, on_pre="gi -= 15*mV")
    excitatory.connect(p=0.1)
    inhibitory.connect(p=0.1)
    spikes = b.SpikeMonitor(neurons)
    return [neurons, excitatory, inhibitory, spikes], lambda: {
        **_spikes(spikes),
        "v": np.array(neurons.v_[:]),
        "count": np.array(spikes.count[:]),
    }


def cobahh() -> Made:
    """Hodgkin and Huxley with conductances, exponential Euler."""
    neurons = b.NeuronGroup(
        60,
        """dv/dt = (10*nS*(-60*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v)
               - 20*uS*m**3*h*(v - 50*mV) - 6*uS*n**4*(v + 90*mV))/(200*pF) : volt
           dm/dt = 0.32/mV*4*mV/exprel((-50*mV - v)/(4*mV))/ms*(1 - m)
               - 0.28/mV*5*mV/exprel((v + 23*mV)/(5*mV))/ms*m : 1
           dn/dt = 0.032/mV*5*mV/exprel((-48*mV - v)/(5*mV))/ms*(1 - n)
               - 0.5*exp((-53*mV - v)/(40*mV))/ms*n : 1
           dh/dt = 0.128*exp((-46*mV - v)/(18*mV))/ms*(1 - h)
               - 4/(1 + exp((-23*mV - v)/(5*mV)))/ms*h : 1
           dge/dt = -ge/(5*ms) : siemens
           dgi/dt = -gi/(10*ms) : siemens""",
        threshold="v > -20*mV",
        refractory=3 * MS,
        method="exponential_euler",
    )
    neurons.v = "(-65 + 5*randn())*mV"
    neurons.ge = "(randn()*1.5 + 4)*10*nS"
    synapses = b.Synapses(neurons[:48], neurons, on_pre="ge += 6*nS")
    synapses.connect(p=0.1)
    spikes = b.SpikeMonitor(neurons)
    return [neurons, synapses, spikes], lambda: {**_spikes(spikes), "v": np.array(neurons.v_[:])}


def stdp() -> Made:
    """Poisson inputs through plastic synapses with event-driven traces."""
    inputs = b.PoissonGroup(50, 40 * b.Hz)
    neurons = b.NeuronGroup(
        20,
        """dv/dt = (ge - (v + 74*mV))/(10*ms) : volt
           dge/dt = -ge/(5*ms) : volt""",
        threshold="v > -54*mV",
        reset="v = -60*mV",
        method="exact",
    )
    neurons.v = -74 * b.mV
    synapses = b.Synapses(
        inputs,
        neurons,
        """w : 1
           dapre/dt = -apre/(20*ms) : 1 (event-driven)
           dapost/dt = -apost/(20*ms) : 1 (event-driven)""",
        on_pre="""ge += w*8*mV
                  apre += 0.01
                  w = clip(w + apost, 0, 1)""",
        on_post="""apost -= 0.0105
                   w = clip(w + apre, 0, 1)""",
    )
    synapses.connect()
    synapses.w = "rand()"
    spikes = b.SpikeMonitor(neurons)
    return [inputs, neurons, synapses, spikes], lambda: {
        **_spikes(spikes),
        "w": np.array(synapses.w[:]),
        "apre": np.array(synapses.apre[:]),
    }


def poisson_input() -> Made:
    """Binomial input to a variable, and a rate that is an expression of time."""
    neurons = b.NeuronGroup(
        40, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact"
    )
    drive = b.PoissonInput(neurons, "v", 100, 15 * b.Hz, 0.1)
    waves = b.PoissonGroup(30, "30*Hz*(1 + sin(2*pi*50*Hz*t + i))")
    rate = b.PopulationRateMonitor(neurons)
    spikes, others = b.SpikeMonitor(neurons), b.SpikeMonitor(waves)
    return [neurons, drive, waves, rate, spikes, others], lambda: {
        **_spikes(spikes),
        "waves": np.array(others.t_[:]),
        "rate": np.array(rate.rate_[:]),
    }


def noise() -> Made:
    """White noise, with a spread for each neuron."""
    neurons = b.NeuronGroup(
        30,
        """dv/dt = (1.1 - v)/(10*ms) + sigma*(2/(10*ms))**.5*xi : 1
           sigma : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
    )
    neurons.sigma = "0.05*i/N"
    spikes = b.SpikeMonitor(neurons, variables="v")
    return [neurons, spikes], lambda: {**_spikes(spikes), "at": np.array(spikes.v[:])}


def timed_array() -> Made:
    """Input that was given for every neuron and time."""
    current = b.TimedArray(np.linspace(0, 3, 40).reshape(8, 5), dt=5 * MS)
    neurons = b.NeuronGroup(
        5,
        "dv/dt = (current(t, i) - v)/(10*ms) : 1",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
        namespace={"current": current},
    )
    trace = b.StateMonitor(neurons, "v", record=[0, 3], dt=0.5 * MS)
    spikes = b.SpikeMonitor(neurons)
    return [neurons, trace, spikes], lambda: {**_spikes(spikes), "v": np.array(trace.v)}


def clocks() -> Made:
    """Objects of three clocks, and code that runs now and then."""
    fine = b.NeuronGroup(
        6, "dv/dt = (1.5 - v)/(5*ms) : 1", threshold="v > 1", reset="v = 0", method="euler",
        dt=0.05 * MS,
    )  # fmt: skip
    coarse = b.NeuronGroup(
        6, "dv/dt = -v/(8*ms) : 1", threshold="v > 0.5", reset="v = 0", method="exact", dt=0.2 * MS
    )
    fine.v = "rand()"
    synapses = b.Synapses(fine, coarse, on_pre="v_post += 0.2", delay=1 * MS)
    synapses.connect()
    coarse.run_regularly("v += 0.05", dt=1 * MS)
    trace = b.StateMonitor(coarse, "v", record=True, dt=0.4 * MS)
    one, other = b.SpikeMonitor(fine), b.SpikeMonitor(coarse)
    return [fine, coarse, synapses, trace, one, other], lambda: {
        "fine": np.array(one.t_[:]),
        "coarse": np.array(other.t_[:]),
        "v": np.array(trace.v),
    }


def events() -> Made:
    """An event of the user's own, that synapses and a monitor react to."""
    neurons = b.NeuronGroup(
        10,
        """dv/dt = (1.2 - v)/(7*ms) : 1
           bursts : 1""",
        threshold="v > 1",
        reset="v = 0",
        events={"half": "v > 0.5 and v < 0.55"},
        method="exact",
    )
    neurons.v = "rand()*0.9"
    neurons.run_on_event("half", "bursts += 1")
    synapses = b.Synapses(neurons, neurons, on_pre={"kick": "v_post += 0.01"},
                          on_event={"kick": "half"})  # fmt: skip
    synapses.connect(condition="i != j")
    spikes, half = b.SpikeMonitor(neurons), b.EventMonitor(neurons, "half")
    return [neurons, synapses, spikes, half], lambda: {
        **_spikes(spikes),
        "half": np.array(half.t_[:]),
        "bursts": np.array(neurons.bursts[:]),
    }


def summed() -> Made:
    """A sum over synapses in every step, of a clock-driven variable."""
    neurons = b.NeuronGroup(
        12,
        """dv/dt = (1.2 + s - v)/(7*ms) : 1
           s : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
    )
    neurons.v = "rand()"
    synapses = b.Synapses(
        neurons,
        neurons,
        """dg/dt = -g/(4*ms) : 1 (clock-driven)
           s_post = g : 1 (summed)""",
        on_pre="g += 0.03",
        method="exact",
    )
    synapses.connect(p=0.4)
    spikes = b.SpikeMonitor(neurons)
    return [neurons, synapses, spikes], lambda: {**_spikes(spikes), "g": np.array(synapses.g[:])}


def gap_junctions() -> Made:
    """Currents through gap junctions."""
    neurons = b.NeuronGroup(
        10,
        """dv/dt = (v0 - v + gap)/(10*ms) : 1
           v0 : 1
           gap : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="euler",
    )
    neurons.v0 = "0.9 + 0.3*i/N"
    synapses = b.Synapses(
        neurons,
        neurons,
        """w : 1
           gap_post = w*(v_pre - v_post) : 1 (summed)""",
    )
    synapses.connect(condition="i != j")
    synapses.w = 0.02
    trace = b.StateMonitor(neurons, "v", record=True)
    spikes = b.SpikeMonitor(neurons)
    return [neurons, synapses, trace, spikes], lambda: {**_spikes(spikes), "v": np.array(trace.v)}


def spatial() -> Made:
    """A neuron with a dendrite."""
    morphology = b.Soma(30 * b.um)
    morphology.dendrite = b.Cylinder(length=200 * b.um, diameter=2 * b.um, n=12)
    morphology.dendrite.left = b.Cylinder(length=100 * b.um, diameter=1 * b.um, n=5)
    morphology.dendrite.right = b.Cylinder(length=80 * b.um, diameter=1 * b.um, n=5)
    neuron = b.SpatialNeuron(
        morphology=morphology,
        model="""Im = 1e-4*siemens/cm**2*(-70*mV - v) : amp/meter**2
                 current : amp (point current)""",
        Cm=1 * b.uF / b.cm**2,
        Ri=100 * b.ohm * b.cm,
        method="exponential_euler",
    )
    neuron.v = -70 * b.mV
    neuron.current[0] = 0.2 * b.nA
    trace = b.StateMonitor(neuron, "v", record=[0, 8, 20])
    return [neuron, trace], lambda: {"v": np.array(trace.v_), "end": np.array(neuron.v_[:])}


def delays() -> Made:
    """A delay for every synapse: one pathway adds ahead, one reads the weight on arrival."""
    neurons = b.NeuronGroup(
        40, "dv/dt = (1.1 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact"
    )
    neurons.v = "rand()"
    synapses = b.Synapses(neurons, neurons, "w : 1", on_pre="v_post += w")
    synapses.connect(p=0.3)
    synapses.w = "0.1*rand() - 0.03"
    synapses.delay = "5*ms*rand()"
    back = b.Synapses(neurons, neurons, "w : 1", on_post="w += 0.01*v_pre", delay={"post": 2 * MS})
    back.connect(p=0.1)
    spikes = b.SpikeMonitor(neurons)
    return [neurons, synapses, back, spikes], lambda: {
        **_spikes(spikes),
        "w": np.array(back.w[:]),
    }


def subgroups() -> Made:
    """Parts of groups as source, target and recorded group."""
    neurons = b.NeuronGroup(
        20,
        """dv/dt = (rest - v)/(10*ms) : 1
           rest : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="exact",
    )
    low, high = neurons[:8], neurons[12:]
    low.rest, high.rest = 1.3, "0.7 + 0.05*i"
    synapses = b.Synapses(low, high, on_pre="v += 0.1")
    synapses.connect(j="i")
    first, last = b.SpikeMonitor(low), b.SpikeMonitor(high)
    trace = b.StateMonitor(high, "v", record=[0, 7])
    return [neurons, synapses, first, last, trace], lambda: {
        "low": np.array(first.t_[:]),
        "high": np.array(last.t_[:]),
        "i": np.array(last.i[:]),
        "v": np.array(trace.v),
    }


def refractoriness() -> Made:
    """A period for each neuron, and one that depends on the state."""
    one = b.NeuronGroup(
        8,
        """dv/dt = (1.6 - v)/(4*ms) : 1 (unless refractory)
           period : second""",
        threshold="v > 1",
        reset="v = 0",
        refractory="period",
        method="exact",
    )
    one.period = "i*ms"
    other = b.NeuronGroup(
        8,
        "dv/dt = (1.6 - v)/(4*ms) : 1",
        threshold="v > 1",
        reset="v = 0.2*i/N",
        refractory="v > 0.5",
        method="exact",
    )
    spikes, others = b.SpikeMonitor(one), b.SpikeMonitor(other)
    return [one, other, spikes, others], lambda: {
        **_spikes(spikes),
        "others": np.array(others.t_[:]),
        "last": np.array(one.lastspike_[:]),
        "active": np.array(one.not_refractory[:]),
    }


def functions() -> Made:
    """A function of the user's in C, random functions, and all the usual ones."""

    @b.implementation("cpp", "double twice(double x) { return 2.0*x; }")
    @b.check_units(x=1, result=1)
    def twice(x: Any) -> Any:
        return 2 * x

    neurons = b.NeuronGroup(
        12,
        """dv/dt = (twice(0.7) + 0.1*sin(t/ms) - v + 0.01*poisson(2))/(6*ms) : 1
           u : 1""",
        threshold="v > 1",
        reset="v = 0.1*rand() + 0.05*clip(randn(), -1, 1)",
        method="euler",
        namespace={"twice": twice},
    )
    neurons.run_regularly("u = exp(-v) + log(1 + v**2) + floor(3*v) % 2 + abs(v)", dt=1 * MS)
    spikes = b.SpikeMonitor(neurons)
    return [neurons, spikes], lambda: {
        **_spikes(spikes),
        "u": np.array(neurons.u[:]),
        "v": np.array(neurons.v[:]),
    }


def changing_delays() -> Made:
    """Delays that change while running: a queue of events that grows."""
    neurons = b.NeuronGroup(
        30, "dv/dt = (1.3 - v)/(3*ms) : 1", threshold="v > 1", reset="v = 0", method="exact"
    )
    neurons.v = "rand()"
    synapses = b.Synapses(neurons, neurons, on_pre="v_post += 0.001", max_delay=15 * MS)
    synapses.connect(p=0.5)
    synapses.delay = "10*ms*rand()"
    synapses.run_regularly("delay = 15*ms*rand()", dt=2 * MS)
    spikes = b.SpikeMonitor(neurons)
    return [neurons, synapses, spikes], lambda: {**_spikes(spikes), "v": np.array(neurons.v[:])}


MODELS: dict[str, Callable[[], Made]] = {
    model.__name__: model
    for model in (
        cuba, cobahh, stdp, poisson_input, noise, timed_array, clocks, events, summed,
        gap_junctions, spatial, delays, subgroups, refractoriness, functions, changing_delays,
    )
}  # fmt: skip
