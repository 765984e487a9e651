"""The workloads, written once for brainsim and Brian2.

A workload is a function `(b, size) -> Network parts`, where `b` is the module of the engine. All
use the default step of 0.1 ms. Making the synapses is a step of its own, so that it can be timed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import microcircuit as pd
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Parts:
    """What a workload consists of.

    Args:
        objects: Everything but monitors, for the `Network`.
        population: The group whose rate is reported.
        connect: Makes the synapses and sets their values.
        synapses: The `Synapses` among the objects.
    """

    objects: list[Any]
    population: Any
    connect: Callable[[], None]
    synapses: list[Any]


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload and its usual extent.

    Args:
        title: One line for tables.
        build: The function which makes it.
        size: Number of neurons.
        seconds: Simulated time.
        small: A second number of neurons, to measure memory as a slope; 0 for none.
        record: Whether peers store every spike, as a user would, or only count.
        further: Other numbers of neurons whose run loops are measured, too.
        loop: Whether its run loop is measured, not only its first step.
    """

    title: str
    build: Callable[[Any, int], Parts]
    size: int
    seconds: float
    small: int
    record: bool = True
    further: tuple[int, ...] = ()
    loop: bool = True


def cuba(b: Any, size: int) -> Parts:
    """Vogels and Abbott 2005: exponential currents, 2 % connectivity, no delays."""
    neurons = b.NeuronGroup(
        size,
        """dv/dt = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
           dge/dt = -ge/(5*ms) : volt
           dgi/dt = -gi/(10*ms) : volt""",
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=5 * b.ms,
        method="exact",
    )
    neurons.v = "-60*mV + 10*mV*rand()"
    excitatory = size * 4 // 5
    scale = 4000 / size  # keeps the mean input of larger networks
    synapses = [
        b.Synapses(neurons[:excitatory], neurons, on_pre=f"ge += {1.62 * scale}*mV"),
        b.Synapses(neurons[excitatory:], neurons, on_pre=f"gi -= {9.0 * scale}*mV"),
    ]

    def connect() -> None:
        for projection in synapses:
            projection.connect(p=0.02)

    return Parts([neurons, *synapses], neurons, connect, synapses)


HODGKIN_HUXLEY = """
dv/dt = (gl*(El - v) + ge*(Ee - v) + gi*(Ei - v)
         - gna*m**3*h*(v - ENa) - gk*n**4*(v - EK))/Cm : volt
dm/dt = am*(1 - m) - bm*m : 1
dn/dt = an*(1 - n) - bn*n : 1
dh/dt = ah*(1 - h) - bh*h : 1
dge/dt = -ge/taue : siemens
dgi/dt = -gi/taui : siemens
u = (v - VT)/mV : 1
am = 1.28/exprel((13 - u)/4)/ms : Hz
bm = 1.4/exprel((u - 40)/5)/ms : Hz
an = 0.16/exprel((15 - u)/5)/ms : Hz
bn = 0.5*exp((10 - u)/40)/ms : Hz
ah = 0.128*exp((17 - u)/18)/ms : Hz
bh = 4/(1 + exp((40 - u)/5))/ms : Hz
"""


def cobahh(b: Any, size: int) -> Parts:
    """Traub-Miles Hodgkin-Huxley neurons, conductance synapses, 80 inputs per neuron."""
    area = 20000 * b.um**2
    constants = {
        "Cm": 1 * b.uF * b.cm**-2 * area,
        "gl": 5e-5 * b.siemens * b.cm**-2 * area,
        "gna": 100 * b.msiemens * b.cm**-2 * area,
        "gk": 30 * b.msiemens * b.cm**-2 * area,
        "El": -60 * b.mV,
        "EK": -90 * b.mV,
        "ENa": 50 * b.mV,
        "VT": -63 * b.mV,
        "Ee": 0 * b.mV,
        "Ei": -80 * b.mV,
        "taue": 5 * b.ms,
        "taui": 10 * b.ms,
    }
    neurons = b.NeuronGroup(
        size,
        HODGKIN_HUXLEY,
        threshold="v > -20*mV",
        refractory=3 * b.ms,
        method="exponential_euler",
        namespace=constants,
    )
    neurons.v = "-60*mV + (randn()*5 - 5)*mV"
    neurons.ge = "(randn()*1.5 + 4)*10*nS"
    neurons.gi = "(randn()*12 + 20)*10*nS"
    excitatory = size * 4 // 5
    synapses = [
        b.Synapses(neurons[:excitatory], neurons, on_pre="ge += 6*nS"),
        b.Synapses(neurons[excitatory:], neurons, on_pre="gi += 67*nS"),
    ]

    def connect() -> None:
        for projection in synapses:
            projection.connect(p=min(1.0, 80 / size))

    return Parts([neurons, *synapses], neurons, connect, synapses)


def brunel(b: Any, size: int) -> Parts:
    """Brunel 2000: delta synapses of one delay, 10 % connectivity, Poisson input per neuron."""
    neurons = b.NeuronGroup(
        size,
        "dv/dt = -v/(20*ms) : volt (unless refractory)",
        threshold="v > 20*mV",
        reset="v = 10*mV",
        refractory=2 * b.ms,
        method="exact",
    )
    excitatory = size * 4 // 5
    external = excitatory // 10
    # twice the input rate at which the mean membrane potential reaches the threshold
    rate = 2 * 20.0 / (0.1 * external * 0.020) * b.Hz
    options = {"delay": 1.5 * b.ms}
    synapses = [
        b.Synapses(neurons[:excitatory], neurons, on_pre="v += 0.1*mV", **options),
        b.Synapses(neurons[excitatory:], neurons, on_pre="v -= 0.5*mV", **options),
    ]

    def connect() -> None:
        for projection in synapses:
            projection.connect(p=0.1)

    drive = b.PoissonInput(neurons, "v", external, rate, 0.1 * b.mV)
    return Parts([neurons, *synapses, drive], neurons, connect, synapses)


def stdp(b: Any, size: int) -> Parts:
    """Song, Miller and Abbott 2000: Poisson inputs onto all neurons through plastic synapses."""
    inputs = b.PoissonGroup(1000, 15 * b.Hz)
    neurons = b.NeuronGroup(
        size,
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
        on_pre="""ge += w*0.5*mV
                  apre += 0.01
                  w = clip(w + apost, 0, 1)""",
        on_post="""apost -= 0.0105
                   w = clip(w + apre, 0, 1)""",
    )

    def connect() -> None:
        synapses.connect()
        synapses.w = "rand()"

    return Parts([inputs, neurons, synapses], neurons, connect, [synapses])


def cortex(b: Any, size: int) -> Parts:
    """Potjans and Diesmann 2014, scaled: weights and delays of their own for every synapse."""
    circuit = pd.scaled(size / pd.FULL_SIZE)
    ends = np.concatenate([[0], np.cumsum(circuit.neurons)])
    neurons = b.NeuronGroup(
        int(ends[-1]),
        """dv/dt = -(v + 65*mV)/(10*ms) + (current + constant_current)/(250*pF)
                   : volt (unless refractory)
           dcurrent/dt = -current/(0.5*ms) : amp
           constant_current : amp""",
        threshold="v > -50*mV",
        reset="v = -65*mV",
        refractory=2 * b.ms,
        method="exact",
    )
    populations = [neurons[int(ends[k]) : int(ends[k + 1])] for k in range(8)]
    drives = []
    for k, population in enumerate(populations):
        population.constant_current = circuit.current_pa[k] * b.pA
        population.v = f"({pd.START_MV[k]} + {pd.START_SPREAD_MV[k]}*randn())*mV"
        number, weight = int(circuit.external[k]), circuit.external_pa * b.pA
        rate = pd.EXTERNAL_HZ * b.Hz
        drives.append(b.PoissonInput(population, "current", number, rate, weight))
    synapses = [
        b.Synapses(population, neurons, "w : amp", on_pre="current += w")
        for population in populations
    ]
    drawn = pd.projections(circuit, seed=1)

    def connect() -> None:
        for projection, values in zip(synapses, drawn, strict=True):
            projection.connect(i=values.source, j=values.target)
            projection.w = values.weight_pa * b.pA
            projection.delay = values.delay_ms * b.ms
        drawn.clear()  # what remains in memory afterwards belongs to the engine

    return Parts([neurons, *drives, *synapses], neurons, connect, synapses)


def state_update(b: Any, size: int) -> Parts:
    """Unconnected integrate-and-fire neurons."""
    neurons = b.NeuronGroup(
        size,
        "dv/dt = (21*mV - v)/(20*ms) : volt (unless refractory)",
        threshold="v > 20*mV",
        reset="v = 0*mV",
        refractory=2 * b.ms,
        method="exact",
    )
    neurons.v = "20*mV*rand()"
    return Parts([neurons], neurons, lambda: None, [])


def many_objects(b: Any, size: int) -> Parts:
    """Ten groups and twenty Synapses objects: much to prepare, little to compute."""
    groups = [
        b.NeuronGroup(
            size // 10,
            f"""dv/dt = (ge + gi - v + {k}*mV)/(20*ms) : volt (unless refractory)
                dge/dt = -ge/(5*ms) : volt
                dgi/dt = -gi/(10*ms) : volt""",
            threshold="v > 10*mV",
            reset="v = 0*mV",
            refractory=(2 + k) * b.ms,
            method="exact",
        )
        for k in range(10)
    ]
    synapses = [
        b.Synapses(
            groups[k % 10],
            groups[(3 * k + 1) % 10],
            "w : volt",
            on_pre="ge += w" if k % 2 else "gi -= w",
            delay=(1 + k % 3) * b.ms,
        )
        for k in range(20)
    ]

    def connect() -> None:
        for projection in synapses:
            projection.connect(p=0.1)
            projection.w = "rand()*mV"

    return Parts([*groups, *synapses], groups[0], connect, synapses)


WORKLOADS = {
    "w1": Workload("CUBA, exponential currents, 2 %", cuba, 4000, 4.0, 0, further=(20_000,)),
    "w2": Workload("COBAHH, Hodgkin-Huxley, 80 inputs", cobahh, 4000, 0.5, 0),
    "w3": Workload("Brunel, delta synapses, delay 1.5 ms, 10 %", brunel, 12500, 0.5, 5000),
    "w4": Workload("STDP, 1000 inputs to all, event-driven traces", stdp, 1000, 5.0, 400),
    "w5": Workload("microcircuit, own weights and delays", cortex, 7717, 0.5, 4000),
    "w6": Workload("state update alone", state_update, 1_000_000, 0.05, 0, record=False),
    "many": Workload("ten groups, twenty Synapses objects", many_objects, 1000, 0.1, 0, loop=False),
}
