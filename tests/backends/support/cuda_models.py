"""Whole models that the CUDA text is compared on, all small, with every kind of object.

Sums in these models do not depend on their order: all terms of a sum are equal, or they are whole
multiples of a power of two with few digits. So all arrays agree with those of C in every bit, but
where `ROUNDED` says otherwise. All objects have names, since names decide random numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brainsim as b


def cuba(n: int = 400, p: float = 0.1, weights: tuple[float, float] = (3.0, 15.0)) -> list[Any]:
    """Return exponential currents, equal weights in mV, refractoriness."""
    neurons = b.NeuronGroup(
        n,
        """dv/dt  = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
           dge/dt = -ge/(5*ms)  : volt
           dgi/dt = -gi/(10*ms) : volt""",
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=5 * b.ms,
        method="exact",
        name="neurons",
    )
    neurons.v = "-60*mV + 10*mV*rand()"
    most = n * 4 // 5
    given = dict(zip(("we", "wi"), weights * b.mV, strict=True))
    excitatory, inhibitory = (
        b.Synapses(part, neurons, on_pre=code, name=name, namespace=given)
        for part, code, name in (
            (neurons[:most], "ge += we", "excitatory"),
            (neurons[most:], "gi -= wi", "inhibitory"),
        )
    )
    excitatory.connect(p=p)
    inhibitory.connect(p=p)
    return [neurons, excitatory, inhibitory, b.SpikeMonitor(neurons, name="spikes")]


def cobahh() -> list[Any]:
    """Return Hodgkin-Huxley neurons with conductances, and a monitor of states."""
    neurons = b.NeuronGroup(
        200,
        """dv/dt = (gl*(El - v) + ge*(0*mV - v) + gi*(-80*mV - v)
                    - gna*m**3*h*(v - 50*mV) - gk*n**4*(v + 90*mV) + 300*pA)/Cm : volt
           dm/dt = am*(1 - m) - bm*m : 1
           dn/dt = an*(1 - n) - bn*n : 1
           dh/dt = ah*(1 - h) - bh*h : 1
           dge/dt = -ge/(5*ms) : siemens
           dgi/dt = -gi/(10*ms) : siemens
           u = (v + 63*mV)/mV : 1
           am = 1.28/exprel((13 - u)/4)/ms : Hz
           bm = 1.4/exprel((u - 40)/5)/ms : Hz
           ah = 0.128*exp((17 - u)/18)/ms : Hz
           bh = 4/(1 + exp((40 - u)/5))/ms : Hz
           an = 0.16/exprel((15 - u)/5)/ms : Hz
           bn = 0.5*exp((10 - u)/40)/ms : Hz""",
        threshold="v > -20*mV",
        refractory=3 * b.ms,
        method="exponential_euler",
        name="neurons",
        namespace={
            "Cm": 200 * b.pF, "gl": 10 * b.nS, "gna": 20 * b.usiemens, "gk": 6 * b.usiemens,
            "El": -60 * b.mV,
        },
    )  # fmt: skip
    neurons.v = "-65*mV + 10*mV*rand()"
    excitatory = b.Synapses(neurons[:160], neurons, on_pre="ge += 6*nS", name="excitatory")
    inhibitory = b.Synapses(neurons[160:], neurons, on_pre="gi += 67*nS", name="inhibitory")
    excitatory.connect(p=0.05)
    inhibitory.connect(p=0.05)
    trace = b.StateMonitor(neurons, ["v", "am"], record=[0, 7, 199], name="trace")
    return [neurons, excitatory, inhibitory, b.SpikeMonitor(neurons, name="spikes"), trace]


def brunel() -> list[Any]:
    """Return delta synapses with a delay, onto neurons that may be refractory; Poisson input."""
    neurons = b.NeuronGroup(
        500,
        "dv/dt = -v/(20*ms) : volt (unless refractory)",
        threshold="v > 20*mV",
        reset="v = 10*mV",
        refractory=2 * b.ms,
        method="exact",
        name="neurons",
    )
    neurons.v = "20*mV*rand()"
    options: dict[str, Any] = {"delay": 1.5 * b.ms, "namespace": {"J": 0.5 * b.mV, "g": 5}}
    excitatory = b.Synapses(neurons[:400], neurons, on_pre="v += J", name="excitatory", **options)
    inhibitory = b.Synapses(neurons[400:], neurons, on_pre="v -= g*J", name="inhibitory", **options)
    excitatory.connect(p=0.1)
    inhibitory.connect(p=0.1)
    drive = b.PoissonInput(neurons, "v", 1000, 12 * b.Hz, weight=0.1 * b.mV)
    rate = b.PopulationRateMonitor(neurons, name="rate")
    return [neurons, excitatory, inhibitory, drive, b.SpikeMonitor(neurons, name="spikes"), rate]


def stdp() -> list[Any]:
    """Return plastic synapses with event-driven traces that neurons have in common."""
    return _plastic(1.0)


def sparse() -> list[Any]:
    """Return the same with rows that have gaps."""
    return _plastic(0.4)


def _plastic(p: float) -> list[Any]:
    inputs = b.PoissonGroup(200, 30 * b.Hz, name="inputs")
    neurons = b.NeuronGroup(
        20,
        """dv/dt = (ge - (v + 74*mV))/(10*ms) : volt
           dge/dt = -ge/(5*ms) : volt""",
        threshold="v > -54*mV",
        reset="v = -60*mV",
        method="exact",
        name="neurons",
    )
    neurons.v = -60 * b.mV
    synapses = b.Synapses(
        inputs,
        neurons,
        """w : 1
           dapre/dt = -apre/(20*ms) : 1 (event-driven)
           dapost/dt = -apost/(20*ms) : 1 (event-driven)""",
        on_pre="""ge += w*gain*mV
                  apre += 0.01
                  w = clip(w + apost, 0, 1)""",
        on_post="""apost -= 0.0105
                   w = clip(w + apre, 0, 1)""",
        name="synapses",
        namespace={"gain": 2 / p},
    )
    synapses.connect(p=p)
    synapses.w = "rand()"
    return [inputs, neurons, synapses, b.SpikeMonitor(neurons, name="spikes")]


def stdp_with_delays() -> list[Any]:
    """Return plastic synapses with a delay each, whose traces they hold themselves."""
    inputs = b.PoissonGroup(50, "20*Hz + i*Hz", name="inputs")
    neurons = b.NeuronGroup(
        20, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact",
        name="neurons",
    )  # fmt: skip
    synapses = b.Synapses(
        inputs,
        neurons,
        """w : 1
           dapre/dt  = -apre/(20*ms)  : 1 (event-driven)
           dapost/dt = -apost/(30*ms) : 1 (event-driven)""",
        on_pre="v_post += w; apre += 0.01; w = clip(w + apost, 0, 1)",
        on_post="apost -= 0.012; w = clip(w + apre, 0, 1)",
        name="synapses",
    )
    synapses.connect(p=0.5)
    synapses.w = "0.5*rand()"
    synapses.delay = "0.1*ms*(i % 20) + 1*ms*rand()"
    return [inputs, neurons, synapses, b.SpikeMonitor(neurons, name="spikes")]


def poisson() -> list[Any]:
    """Return Poisson groups with a rate for all and one each, and a large input."""
    equal = b.PoissonGroup(300, 50 * b.Hz, name="equal")
    each = b.PoissonGroup(300, "i*Hz", name="each")
    neurons = b.NeuronGroup(100, "dv/dt = -v/(10*ms) : 1", method="exact", name="neurons")
    often = b.PoissonInput(neurons, "v", 2000, 400 * b.Hz, weight=0.125)
    rare = b.PoissonInput(neurons[20:], "v", 10, 10 * b.Hz, weight=0.25)
    monitors = [b.SpikeMonitor(g, name=f"{g.name}_spikes") for g in (equal, each)]
    return [equal, each, neurons, often, rare, *monitors]


def noise() -> list[Any]:
    """Return noise, a random threshold and reset, something regular, a function of time."""
    neurons = b.NeuronGroup(
        301,
        """dv/dt = (drive(t) - v)/(5*ms) + 0.4*xi*(5*ms)**-0.5 : 1
           count : integer""",
        threshold="v > 0.8 + 0.1*rand()",
        reset="v = 0.2*randn(); count += 1",
        method="euler",
        name="neurons",
        namespace={"drive": b.TimedArray([0.5, 1.0, 0.2, 0.9], dt=10 * b.ms, name="drive")},
    )
    neurons.run_regularly("count = count // 2 + poisson(2.5)", dt=1 * b.ms, name="forget")
    return [neurons, b.SpikeMonitor(neurons, "v", name="spikes")]


def gaps() -> list[Any]:
    """Return gap junctions: a summed variable, whose terms differ."""
    neurons = b.NeuronGroup(
        50,
        """dv/dt = (1.2 + 0.2*sin(2*pi*i/N) + gap - v)/(10*ms) : 1
           gap : 1""",
        threshold="v > 1", reset="v = 0", method="euler", name="neurons",
    )  # fmt: skip
    neurons.v = "i/N"
    junctions = b.Synapses(
        neurons, neurons, """w : 1
        gap_post = w*(v_pre - v_post) : 1 (summed)""", name="junctions",
    )  # fmt: skip
    junctions.connect("i != j", p=0.2)
    junctions.w = 0.02
    return [neurons, junctions, b.SpikeMonitor(neurons, name="spikes")]


def ahead() -> list[Any]:
    """Return a weight and a delay per synapse, added up ahead; weights are multiples of 2^-6."""
    return _delayed(0.25)


def back() -> list[Any]:
    """Return so few synapses with delays that past spikes are looked at again."""
    return _delayed(0.1)


def _delayed(p: float) -> list[Any]:
    neurons = b.NeuronGroup(
        200,
        """dv/dt = (1.05 + 0.2*rate + current - v)/(10*ms) : 1 (unless refractory)
           dcurrent/dt = -current/(2*ms) : 1
           rate : 1""",
        threshold="v > 1",
        reset="v = 0",
        refractory=2 * b.ms,
        method="euler",
        name="neurons",
    )
    neurons.v, neurons.rate = "rand()", "rand()"
    synapses = b.Synapses(neurons, neurons, "w : 1", on_pre="current += w", name="synapses")
    synapses.connect(p=p)
    synapses.w = "floor(8*rand() - 4)/64"
    synapses.delay = "0.5*ms + 3*ms*rand()"
    return [neurons, synapses, b.SpikeMonitor(neurons, name="spikes")]


def order() -> list[Any]:
    """Return synapses whose effects depend on their order, and refractoriness by a condition."""
    neurons = b.NeuronGroup(
        100,
        "dv/dt = (1.5 - v)/(10*ms) : 1",
        threshold="v > 1",
        reset="v = -0.5",
        refractory="v < 0",
        method="exact",
        name="neurons",
    )
    neurons.v = "rand()"
    synapses = b.Synapses(
        neurons, neurons, "w : 1", on_pre="v_post = v_post*(1 - w) + 0.01", delay=1 * b.ms,
        name="synapses",
    )  # fmt: skip
    synapses.connect(p=0.2)
    synapses.w = "0.2*rand()"
    release = b.Synapses(neurons, neurons, on_pre="v_post += 0.125*(rand() < 0.3)", name="release")
    release.connect(p=0.05)
    return [neurons, synapses, release, b.SpikeMonitor(neurons, name="spikes")]


def events() -> list[Any]:
    """Return an event besides the spike, subgroups, generated spikes, and what they record."""
    neurons = b.NeuronGroup(
        100,
        """dv/dt = (I - v)/(10*ms) : 1
           I : 1
           low : integer""",
        threshold="v > 1",
        reset="v = 0",
        events={"rise": "v > 0.5 and v < 0.6"},
        method="exact",
        name="neurons",
    )
    neurons.I = "0.5 + i/N"
    neurons.run_on_event("rise", "low += 1")
    generator = b.SpikeGeneratorGroup(
        10, [k % 10 for k in range(40)], [1.7 * k for k in range(40)] * b.ms, name="generator"
    )
    synapses = b.Synapses(generator, neurons[10:90], on_pre="v += 0.25", name="synapses")
    synapses.connect(p=0.3)
    on_rise = b.Synapses(
        neurons[:50], neurons[50:], on_pre="v -= 0.0625", on_event="rise", name="on_rise"
    )
    on_rise.connect(p=0.1)
    return [
        neurons, generator, synapses, on_rise,
        b.EventMonitor(neurons, "rise", ["v", "low"], name="rises"),
        b.SpikeMonitor(neurons[20:60], name="spikes"),
        b.StateMonitor(neurons, "v", record=True, name="trace", dt=1 * b.ms),
    ]  # fmt: skip


def functions() -> list[Any]:
    """Return a group whose equations call all elementary functions."""
    neurons = b.NeuronGroup(
        257,
        """dx/dt = (sin(y) + cos(3*y) + tanh(x) + arctan(x*y) + clip(x, -1, 1))/(5*ms) : 1
           dy/dt = (log(1 + x**2) - exp(-y**2) + sqrt(abs(x)) - y + sign(x)*floor(y))/(5*ms) : 1
           z = abs(x)**1.7 + log10(2 + y**2) + expm1(-abs(x)) + sinh(x/9) + cosh(y/9) : 1
           w = arcsin(x/(1 + abs(x))) + arccos(y/(1 + abs(y))) + tan(x/9) + (x % 0.7) + ceil(y) : 1
           seen : 1
           whole : integer""",
        method="rk4",
        name="neurons",
    )
    neurons.x, neurons.y = "randn()", "randn()"
    neurons.run_regularly("seen = z + w; whole = int(10*z) // 3 + i % 7", dt=1 * b.ms, name="look")
    return [neurons]


def adaptive() -> list[Any]:
    """Return a stiff system whose steps are divided as errors demand, attempt by attempt."""
    neurons = b.NeuronGroup(
        77,
        """dx/dt = y/(5*ms) : 1
           dy/dt = (mu*(1 - x**2)*y - x)/(5*ms) : 1
           mu : 1""",
        threshold="x > 1", reset="y *= 0.5", refractory="x > 0.5", method="gsl_rkf45",
        name="neurons",
    )  # fmt: skip
    neurons.x, neurons.y, neurons.mu = "randn()", "randn()", "10*rand()"
    return [neurons, b.SpikeMonitor(neurons, name="spikes")]


def single() -> list[Any]:
    """Return a network in single precision."""
    before = b.prefs.core.default_float_dtype
    b.prefs.core.default_float_dtype = "float32"
    try:
        objects = cuba()
        drive = b.NeuronGroup(
            100, "dv/dt = (exp(-v) - v)/(10*ms) + xi/(10*ms)**0.5 : 1", method="euler", name="drive"
        )
    finally:
        b.prefs.core.default_float_dtype = before
    return [*objects, drive]


MODELS: tuple[Callable[[], list[Any]], ...] = (
    cuba, cobahh, brunel, stdp, sparse, stdp_with_delays, poisson, noise, gaps, ahead, back, order,
    events, functions, adaptive, single,
)  # fmt: skip
# sums of terms that differ: they agree to rounding
ROUNDED = frozenset({"stdp", "sparse", "gaps", "back"})


def build(model: Callable[[], list[Any]]) -> Any:
    """Return a network of a model, the same one whenever it is asked for."""
    b.start_scope()
    b.seed(4)
    b.defaultclock.dt = 0.1 * b.ms
    return b.Network(model())
