"""Section 5: truth values in arithmetic, functions in all places, what real scripts write."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe, raised


def seen(action: Any) -> Any:
    """Return a result, or "refused"."""
    try:
        return action()
    except Exception:  # noqa: BLE001
        return "refused"


def run_once(b: Any, code: str, **namespace: Any) -> Any:
    """Return x after code has run once."""
    group = b.NeuronGroup(4, "x : 1\ny : 1\nok : boolean\nv : volt\nk : integer")
    group.y, group.ok, group.v = [-1, 0, 1, 2], [True, False, True, False], [1, 2, 3, 4] * b.mV
    group.k = "i - 1"
    group.run_regularly(code)
    b.Network(group).run(0.1 * b.ms, namespace=namespace)
    return group.x[:]


@probe("5 operators", "5 types")
def truth_values_in_arithmetic(b: Any) -> dict[str, Any]:
    codes = [
        "x = int(y > 0)*3",
        "x = 1 - int(ok)",
        "x = int(ok and y > 0)",
        "x = int(y == 1)",
        "x = int(not (y > 0 or ok))",
        "x = y*int(y > 0) + 2*int(y <= 0)",
        "x = int(True)",
        "x = int(y != 0)*y",
        "x = int(v > 2.5*mV)",
        "x = int(k >= 0) + int(k >= 1)",
        "x = int(ok == (y > 0))",
        "x = clip(int(y > 0), 0, 1)",
        "x = abs(int(ok) - 1)",
        "x = (y + 1)**2 * int(i % 2 == 0)",
        "x = int(1.7) + int(-1.7)",
        "x = int(y/2*3)",
    ]
    return {code: seen(lambda c=code: run_once(b, code=c)) for code in codes}


@probe("5 operators", "5 types")
def truth_values_without_int(b: Any) -> dict[str, Any]:
    """What is refused: a truth value is no number."""
    codes = ["ok = y", "ok = 3", "x = y and ok", "x = y or 1"]
    return {code: bool(raised(lambda c=code: run_once(b, code=c))["raised"]) for code in codes}


def make_gain(b: Any) -> Any:
    """Return a function of two numbers for all targets."""

    @b.implementation("cpp", "double gain(double x, double y) { return x*y + 1; }")
    @b.implementation("cython", "cdef double gain(double x, double y):\n    return x*y + 1\n")
    @b.check_units(x=1, y=1, result=1)
    def gain(x: Any, y: Any) -> Any:
        return x * y + 1

    return gain


@probe("5 implementation", "5 user function")
def functions_in_all_places(b: Any) -> dict[str, Any]:
    gain = make_gain(b)
    group = b.NeuronGroup(
        4,
        "dv/dt = gain(v, 2)/(10*ms) : 1\nw = gain(v, v) : 1\nx : 1",
        method="rk2",
        threshold="gain(v, 1) > 2.2",
        reset="v = gain(0, 0) - 1\nx += gain(1, 1)",
        refractory="gain(0, 0)*0.3*ms",
        events={"odd": "gain(x, 0) > 0 and v > 1"},
    )
    group.run_on_event("odd", "x += 0.001*gain(0, 1)")
    group.v = "gain(i, 0.25) - 1"
    group.v["gain(i, 1) > 3"] = "gain(0.1, i)"
    start = group.v[:].copy()
    synapses = b.Synapses(
        group,
        group,
        "weight : 1\ndz/dt = gain(z, -1)/ms : 1 (clock-driven)",
        on_pre="v_post += 0.01*gain(weight, 1)",
        method="euler",
    )
    synapses.connect(condition="gain(i, j) < 4", p="gain(0, 0)")
    synapses.weight = "gain(i, j)/10"
    source = b.PoissonGroup(2, rates="0*gain(i, 1)*Hz")
    spikes = b.SpikeMonitor(source)
    trace = b.StateMonitor(group, "w", record=True)
    b.run(8 * b.ms)
    return {
        "start": start,
        "v": group.v[:],
        "x": group.x[:],
        "w": group.w[:],
        "trace": trace.w[:, ::10],
        "i": synapses.i[:],
        "j": synapses.j[:],
        "weights": synapses.weight[:],
        "z": synapses.z[:],
        "spikes": int(spikes.num_spikes),
        "found": group.x["gain(i, 1) > 2"],
    }


@probe("5 Function", "5 user function")
def timed_arrays_and_functions(b: Any) -> dict[str, Any]:
    stimulus = b.TimedArray([0, 1, 4, 9] * b.nA, dt=0.5 * b.ms)
    table = b.TimedArray(np.arange(6).reshape(3, 2), dt=1 * b.ms)
    gain = make_gain(b)
    group = b.NeuronGroup(
        2,
        "dv/dt = stimulus(t)/pF : volt\ny = gain(table(t, i), 2) : 1\n"
        "I = stimulus(t + 0.5*ms) : amp",
        method="euler",
    )
    trace = b.StateMonitor(group, ["y", "I"], record=True)
    b.run(2 * b.ms)
    return {
        "v": group.v[:],
        "y": trace.y[:, ::5],
        "I": trace.I[:, ::5],
        "value": stimulus(0.7 * b.ms),
    }


@probe("5 Function")
def dynamic_implementation(b: Any) -> dict[str, Any]:
    def for_cython(_owner: Any) -> str:
        return "cdef double shifted(double x):\n    return x + 10\n"

    def for_cpp(_owner: Any) -> str:
        return "double shifted(double x) { return x + 10; }"

    function = b.Function(lambda x: x + 10, arg_units=[1], return_unit=1)
    function.implementations.add_dynamic_implementation("cython", for_cython, name="shifted")
    function.implementations.add_dynamic_implementation("cpp", for_cpp, name="shifted")
    function.implementations.add_numpy_implementation(lambda x: x + 10)
    group = b.NeuronGroup(2, "x : 1", name="the_owner", namespace={"shifted": function})
    group.run_regularly("x = shifted(i)")
    b.run(0.1 * b.ms)
    return {"x": group.x[:]}


@probe("5 default functions", "5 special names")
def usual_lines(b: Any) -> dict[str, Any]:
    """Lines of published models."""
    codes = {
        "clip": "x = clip(y + 0.5, 0, 1)",
        "gaussian": "x = exp(-((i - 2)/1.5)**2/2)",
        "modulo of t": "x = int(t % (10*ms) < 5*ms)",
        "sigmoid": "x = 1/(1 + exp(-(v - 2*mV)/(0.5*mV)))",
        "rectified": "x = clip(y, 0, inf)",
        "timestep": "x = timestep(t, dt)",
        "distance": "x = sqrt((y - i)**2 + (k - 1)**2)",
        "checkerboard": "x = (i // 2 + i % 2) % 2",
        "floor": "x = floor(i/2.0) + ceil(y/3)",
        "log": "x = log(1 + exp(y)) + log10(i + 1)",
        "sign": "x = sign(y)*abs(y)**0.5",
        "step": "x = 0.5*(1 + sign(y - 0.5))",
        "powers of ten": "x = 1e-3*y + 1E2*i + 2.5e+1",
        "units": "x = v/(1*mV) + 3*ms/second + 2*Mohm*nA/volt",
        "trigonometry": "x = sin(2*pi*i/N) + cos(pi*y)",
        "nested": "x = exp(-abs(sin(y)))*clip(i, 1, 2)",
    }
    return {key: seen(lambda c=code: run_once(b, code=c)) for key, code in codes.items()}


@probe("5 statements", "5 order of evaluation")
def stdp_code(b: Any) -> dict[str, Any]:
    taupre = taupost = 20 * b.ms
    wmax, Apre = 0.01, 0.01
    Apost = -Apre * 1.05
    Apre, Apost = Apre * wmax, Apost * wmax
    source = b.SpikeGeneratorGroup(3, [0, 1, 2, 0, 1], [1, 2, 3, 6, 7] * b.ms)
    target = b.SpikeGeneratorGroup(2, [0, 1, 0], [2, 4, 6.5] * b.ms)
    synapses = b.Synapses(
        source,
        target,
        """w : 1
        dapre/dt = -apre/taupre : 1 (event-driven)
        dapost/dt = -apost/taupost : 1 (event-driven)""",
        on_pre="""apre += Apre
        w = clip(w + apost, 0, wmax)""",
        on_post="""apost += Apost
        w = clip(w + apre, 0, wmax)""",
    )
    synapses.connect()
    synapses.w = "wmax*(0.3 + 0.1*i)"
    monitor = b.StateMonitor(synapses, ["w", "apre"], record=[0, 3], dt=1 * b.ms)
    b.run(10 * b.ms)
    return {
        "w": synapses.w[:],
        "apre": synapses.apre[:],
        "apost": synapses.apost[:],
        "trace": monitor.w,
        "last": synapses.lastupdate[:],
    }


@probe("5 special names", "4 identifiers")
def own_lastupdate(b: Any) -> dict[str, Any]:
    source = b.SpikeGeneratorGroup(2, [0, 1, 0], [1, 2, 4] * b.ms)
    target = b.NeuronGroup(1, "v : 1")
    synapses = b.Synapses(
        source,
        target,
        "lastupdate : second\nw : 1",
        on_pre="w = 1 - exp(-(t - lastupdate)/(2*ms))\nlastupdate = t\nv_post += w",
    )
    synapses.connect()
    b.run(5 * b.ms)
    plain = b.Synapses(source, target, "w : 1", on_pre="v_post += w")
    return {
        "w": synapses.w[:],
        "v": target.v[:],
        "last": synapses.lastupdate[:],
        "without": raised(lambda: plain.lastupdate),
        "event-driven too": bool(
            raised(
                lambda: b.Synapses(
                    source,
                    target,
                    "lastupdate : second\ndw/dt = -w/ms : 1 (event-driven)",
                    on_pre="w += 1",
                )
            )["raised"]
        ),
    }
