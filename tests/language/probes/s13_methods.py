"""Section 13: integration methods, what each does in a step and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe, raised

LINEAR = "dv/dt = (u + drive - v)/(10*ms) : 1\ndu/dt = -u/(5*ms) : 1\ndrive : 1"
NONLINEAR = "dv/dt = (v - v**3/3 - w)/(2*ms) : 1\ndw/dt = (v + 0.7 - 0.8*w)/(20*ms) : 1"
GATING = """
dv/dt = (-g*m**3*(v - 1) - v)/(2*ms) : 1
dm/dt = alpha*(1 - m) - beta*m : 1
alpha = exp(v)/ms : Hz
beta = 1.5*exp(-v)/ms : Hz
g : 1
"""


THREE = """
dv/dt = (a + c - v)/(9*ms) : 1
da/dt = -a/(5*ms) : 1
dc/dt = -c/(3*ms) : 1
"""


def run(b: Any, model: str, method: Any, duration: float = 2.0, **values: Any) -> dict[str, Any]:
    """Return the variables of a group of two after a run from 1 and 0.5."""
    options = values.pop("options", None)
    names = values.pop("namespace", {})
    group = b.NeuronGroup(2, model, method=method, method_options=options, namespace=names)
    for name in group.equations.diff_eq_names:
        setattr(group, name, [1, 0.5])
    for name, value in values.items():
        setattr(group, name, value)
    b.Network(group).run(duration * b.ms)
    return {name: group.state(name)[:] for name in sorted(group.equations.diff_eq_names)}


def refused(b: Any, model: str, method: Any, **more: Any) -> dict[str, Any]:
    """Return what is raised when the method is used, the cause of what wraps it last."""
    return raised(lambda: run(b, model, method, **more))


def deterministic(b: Any, method: str) -> dict[str, Any]:
    """Return runs of equations without noise."""
    return {
        "linear": run(b, LINEAR, method, drive=[0, 2]),
        "time": run(b, "dv/dt = -v/(10*ms) + sin(2*pi*t/(3*ms))/ms : 1", method),
        "nonlinear": run(b, NONLINEAR, method),
        "gating": run(b, GATING, method, g=[1, 2]),
        "constant": run(b, "dv/dt = 3/ms : 1", method),
        "units": run(b, "dv/dt = (10*mV - v*volt)/(5*ms*volt) : 1", method),
        "subexpression": run(b, "dv/dt = x/ms : 1\nx = -v*y : 1\ny = 1 + i : 1", method),
    }


@probe("13 'exact' (= 'linear')")
def exact(b: Any) -> dict[str, Any]:
    """Linear systems, with constants of every kind."""
    array = b.TimedArray([1, 2, 3, 0], dt=0.4 * b.ms)
    found = {
        name: run(b, model, "exact", **values)
        for name, (model, values) in {
            "decay": ("dv/dt = -v/(10*ms) : 1", {}),
            "chain": (LINEAR, {"drive": [0, 2]}),
            "external": ("dv/dt = (e0 - v)/tau : 1",
                         {"namespace": {"e0": 3, "tau": 4 * b.ms}}),
            "per neuron": ("dv/dt = (e0 - v)/tau : 1\ne0 : 1\ntau : second (constant)",
                           {"e0": [1, 2], "tau": [3, 4] * b.ms}),
            "shared": ("dv/dt = (e0 - v)/tau : 1\ne0 : 1 (shared)\ntau : second (shared)",
                       {"e0": 2, "tau": 3 * b.ms}),
            "two tau": ("dg/dt = (h - g)/t1 : 1\ndh/dt = -h/t2 : 1\nt1 : second\nt2 : second",
                        {"t1": [6, 3] * b.ms, "t2": [5, 4] * b.ms}),
            "alpha": ("dg/dt = (h - g)/(5*ms) : 1\ndh/dt = -h/(5*ms) : 1", {}),
            "rotation": ("dx/dt = b0*x - om*y : 1\ndy/dt = om*x + b0*y : 1",
                         {"namespace": {"b0": -100 * b.Hz, "om": 900 * b.Hz}}),
            "feedback": ("dv/dt = (-2*v + w)/(4*ms) : 1\ndw/dt = (v - 3*w)/(4*ms) : 1", {}),
            "three": (THREE, {}),
            "timed": ("dv/dt = (array(t) - v)/(3*ms) : 1", {"namespace": {"array": array}}),
            "function": ("dv/dt = (exp(x) - v)/((1 + abs(x))*ms) : 1\nx : 1", {"x": [0, 1]}),
            "held": ("dv/dt = (x - v)/(3*ms) : 1\nx = sin(t/ms) : 1 (constant over dt)", {}),
            "i": ("dv/dt = (i + N - v)/(3*ms) : 1", {}),
        }.items()
    }  # fmt: skip
    found["linear"] = run(b, "dv/dt = -v/(10*ms) : 1", "linear")
    found["case"] = run(b, "dv/dt = -v/(10*ms) : 1", "Exact")
    return found


@probe("13 'exact' (= 'linear')")
def exact_refuses(b: Any) -> dict[str, Any]:
    array = b.TimedArray([1, 2, 3, 0], dt=0.15 * b.ms)
    return {
        "nonlinear": refused(b, "dv/dt = -v**2/ms : 1", "exact"),
        "product": refused(b, "dv/dt = -v*w/ms : 1\ndw/dt = -w/ms : 1", "exact"),
        "function": refused(b, "dv/dt = -exp(v)/ms : 1", "exact"),
        "time": refused(b, "dv/dt = -v/ms + t/ms**2 : 1", "exact"),
        "sine": refused(b, "dv/dt = sin(t/ms)/ms - v/ms : 1", "exact"),
        "noise": refused(b, "dv/dt = -v/ms + xi*ms**-0.5 : 1", "exact"),
        "timed": refused(
            b, "dv/dt = (array(t) - v)/(3*ms) : 1", "exact", namespace={"array": array}
        ),
        "clip": refused(b, "dv/dt = -clip(v, 0, 1)/ms : 1", "exact"),
        "linear": refused(b, "dv/dt = -v**2/ms : 1", "linear"),
    }


@probe("13 'exponential_euler'")
def exponential_euler(b: Any) -> dict[str, Any]:
    return {
        "linear": run(b, LINEAR, "exponential_euler", drive=[0, 2]),
        "gating": run(
            b,
            "dv/dt = (m*(1 - v) - v)/(2*ms) : 1\ndm/dt = a*(1 - m) - m/ms : 1\na = exp(v)/ms : Hz",
            "exponential_euler",
        ),
        "conditionally": run(
            b, "dv/dt = -v*w/(2*ms) : 1\ndw/dt = -w*v/(3*ms) : 1", "exponential_euler"
        ),
        "rotation": run(b, "dv/dt = w/ms : 1\ndw/dt = -v/ms : 1", "exponential_euler"),
        "time": run(b, "dv/dt = (sin(t/ms) - v)/(2*ms) : 1", "exponential_euler"),
        "constant": run(b, "dv/dt = 3/ms : 1", "exponential_euler"),
        "nonlinear": refused(b, "dv/dt = -v**2/ms : 1", "exponential_euler"),
        "clip": refused(b, "dv/dt = -clip(v, 0, 1)/ms : 1", "exponential_euler"),
        "noise": refused(b, "dv/dt = -v/ms + xi*ms**-0.5 : 1", "exponential_euler"),
    }


@probe("13 'euler'")
def euler(b: Any) -> dict[str, Any]:
    return {
        **deterministic(b, "euler"),
        "no noise": run(b, "dv/dt = -v/ms + s*xi*ms**-0.5 : 1\ns : 1", "euler"),
        "multiplicative": refused(b, "dv/dt = -v/ms + v*xi*ms**-0.5 : 1", "euler"),
        "time noise": refused(b, "dv/dt = -v/ms + t/ms*xi*ms**-0.5 : 1", "euler"),
        "hidden": refused(b, "dv/dt = -v/ms + s*xi*ms**-0.5 : 1\ns = 2*v : 1", "euler"),
    }


@probe("13 'rk2'")
def rk2(b: Any) -> dict[str, Any]:
    noise = refused(b, "dv/dt = -v/ms + xi*ms**-0.5 : 1", "rk2")
    return {**deterministic(b, "rk2"), "noise": noise}


@probe("13 'rk4'")
def rk4(b: Any) -> dict[str, Any]:
    noise = refused(b, "dv/dt = -v/ms + xi*ms**-0.5 : 1", "rk4")
    return {**deterministic(b, "rk4"), "noise": noise}


@probe("13 'heun'")
def heun(b: Any) -> dict[str, Any]:
    several = "dv/dt = -v/ms + s*v*xi_1*ms**-0.5 + s*xi_2*ms**-0.5 : 1\ns : 1"
    return {**deterministic(b, "heun"), "no noise": run(b, several, "heun")}


@probe("13 'milstein'")
def milstein(b: Any) -> dict[str, Any]:
    one = "dv/dt = -v/ms + s*v*xi*ms**-0.5 : 1\ns : 1"
    two = "dv/dt = -v/ms + s*v*xi_1*ms**-0.5 + s*xi_2*ms**-0.5 : 1\ns : 1"
    shared = "dv/dt = -v/ms + v*xi_1*ms**-0.5 : 1\ndw/dt = -w/ms + w*xi_1*ms**-0.5 : 1"
    own = "dv/dt = -v/ms + v*xi_1*ms**-0.5 : 1\ndw/dt = -w/ms + w*xi_2*ms**-0.5 : 1"
    return {
        **deterministic(b, "milstein"),
        "no noise": run(b, one, "milstein"),
        "two noises": refused(b, two, "milstein"),
        "shared noise": refused(b, shared, "milstein"),
        "own noises": refused(b, own, "milstein"),
    }


@probe("13 'independent'")
def independent(b: Any) -> dict[str, Any]:
    """Each equation alone, where it depends on no other."""
    return {
        "decay": run(b, "dv/dt = -v/(10*ms) : 1", "independent"),
        "two": run(b, "dv/dt = (1 - v)/(3*ms) : 1\ndw/dt = -w/(4*ms) : 1", "independent"),
        "parameter": run(b, "dv/dt = (a - v)/(3*ms) : 1\na : 1", "independent", a=[2, 3]),
        "constant": run(b, "dv/dt = 3/ms : 1", "independent"),
        "noise": refused(b, "dv/dt = -v/ms + xi*ms**-0.5 : 1", "independent"),
    }


@probe("13 simultaneity")
def simultaneity(b: Any) -> dict[str, Any]:
    """One step of a swap: every method uses old values for all equations."""
    swap = "dv/dt = (w - v)/dt : 1\ndw/dt = (v - w)/dt : 1"
    names = ("euler", "rk2", "rk4", "heun", "exponential_euler")
    found = {name: run(b, swap, name, 0.1, w=[5, -2]) for name in names}
    three = "da/dt = b0/ms : 1\ndb0/dt = c/ms : 1\ndc/dt = -a/ms : 1"
    return {**found, **{f"three {name}": run(b, three, name) for name in names}}


@probe("13 t in equations")
def time_in_equations(b: Any) -> dict[str, Any]:
    """`t` is the start of the step, and later in the stages of methods with several."""
    model = "dv/dt = t/ms**2 : 1\ndw/dt = int(t >= 0.45*ms)/ms : 1"
    names = ("euler", "rk2", "rk4", "heun", "exponential_euler")
    return {name: run(b, model, name, 1.0, v=0, w=0) for name in names}


@probe("13 default choice")
def default_choice(b: Any) -> dict[str, Any]:
    """Which method is taken shows in the numbers."""
    models = {
        "linear": "dv/dt = -v/(2*ms) : 1",
        "nonlinear": "dv/dt = -v**2/(2*ms) : 1",
        "time": "dv/dt = -v/(2*ms) + t/ms**2 : 1",
        "conditionally": "dv/dt = -v*w/(2*ms) : 1\ndw/dt = -w*v/(3*ms) : 1",
        "constant": "dv/dt = 3/ms : 1",
        "singular": "dv/dt = w/ms : 1\ndw/dt = 1/ms : 1",
        "counter": "dv/dt = -v/(2*ms) : 1\ndw/dt = 1/ms : 1",
        "leak to each other": "dv/dt = (w - v)/ms : 1\ndw/dt = (v - w)/ms : 1",
        "oscillator": "dv/dt = w/ms : 1\ndw/dt = -v/ms : 1",
        "damped": "dv/dt = w/ms : 1\ndw/dt = (-v - w)/ms : 1",
        "rotation": "dv/dt = b0*v - om*w : 1\ndw/dt = om*v + b0*w : 1",
        "overdamped": "dv/dt = w/ms : 1\ndw/dt = (-2*v - 3*w)/ms : 1",
        "critical": "dv/dt = w/ms : 1\ndw/dt = (-v - 2*w)/ms : 1",
        "comparison in rate": "dv/dt = -(1 + int(a > 0))*v/(2*ms) : 1\na : 1",
        "boolean": "dv/dt = (int(on) - v)/(2*ms) : 1\non : boolean",
        "functions": "dv/dt = (abs(a) + sign(a) + floor(a) + a % 2 - v)/(2*ms) : 1\na : 1",
        "per neuron": "dv/dt = (a - v)/tp : 1\na : 1\ntp = (1 + i)*ms : second",
        "refractory": "dv/dt = -v/(2*ms) : 1 (unless refractory)",
        "pair per neuron": """dv/dt = (3 + i - v - w)/ms : 1
            dw/dt = (a*v - w)/(3*ms) : 1
            a = -0.5 - i : 1""",
        "parameter in a pair": """dv/dt = w/ms : 1
            dw/dt = (-2*v - k*w)/ms : 1
            k : 1 (constant)""",
    }
    names = {"b0": -100 * b.Hz, "om": 900 * b.Hz}
    several = ("exact", "euler", "heun")
    found = {}
    for key, model in models.items():
        values = {"k": [3, 5]} if "k : 1" in model else {}
        found[key] = run(b, model, several, namespace=names, **values)
    return found


@probe("13 default choice")
def other_choices(b: Any) -> dict[str, Any]:
    """A group without method= does the same, and any list may be given."""
    group = b.NeuronGroup(2, "dv/dt = -v/(2*ms) : 1\ndw/dt = -w**2/ms : 1")
    group.v = group.w = 1
    b.Network(group).run(1 * b.ms)
    nonlinear = "dv/dt = -v**2/(2*ms) : 1"
    return {
        "group": [group.v[:], group.w[:]],
        "list": run(b, nonlinear, ["exact", "rk4"]),
        "first": run(b, nonlinear, ("rk2", "exact")),
        "one": run(b, nonlinear, ("rk4",)),
        "none": raised(lambda: run(b, nonlinear, ("exact", "linear"))),
        "unknown": raised(lambda: run(b, nonlinear, ("nothing", "rk4"))),
        "upper case": run(b, nonlinear, ("EXACT", "RK4")),
    }


@probe("13 explicit unsuitable choice")
def unsuitable(b: Any) -> dict[str, Any]:
    return {
        "exact": refused(b, "dv/dt = -v**2/ms : 1", "exact"),
        "noise": refused(b, "dv/dt = -v/ms + xi*ms**-0.5 : 1", "rk4"),
        "unknown": refused(b, "dv/dt = -v/ms : 1", "nothing"),
        "typo": refused(b, "dv/dt = -v/ms : 1", "eulr"),
        "number": refused(b, "dv/dt = -v/ms : 1", 5),
        "upper case": run(b, "dv/dt = -v/ms : 1", "EULER"),
        "mixed case": run(b, "dv/dt = -v/ms : 1", "Exponential_Euler"),
    }


@probe("13 dW")
def noise_is_checked(b: Any) -> dict[str, Any]:
    """Units of noise, names of noise, and which equations may use it."""

    def used(model: str, method: Any = ("exact", "euler", "heun")) -> dict[str, Any]:
        return raised(lambda: run(b, model, method, 0.1))

    return {
        "plain": used("dv/dt = -v/ms + xi*ms**-0.5 : 1"),
        "unit": used("dv/dt = -v/ms + xi/ms : 1"),
        "no unit": used("dv/dt = -v/ms + xi : 1"),
        "volt": used("dv/dt = -v/ms + 3*mV*xi*sqrt(2/ms) : volt"),
        "plain twice": used("dv/dt = xi*ms**-0.5 : 1\ndw/dt = xi*ms**-0.5 : 1"),
        "named twice": used("dv/dt = xi_a*ms**-0.5 : 1\ndw/dt = xi_a*ms**-0.5 : 1"),
        "in subexpression": used("dv/dt = x/ms : 1\nx = xi*ms**0.5 : 1"),
        "two": used("dv/dt = -v/ms + xi_1*ms**-0.5 + xi_2*ms**-0.5 : 1"),
        "multiplicative": used("dv/dt = -v/ms + v*xi*ms**-0.5 : 1"),
        "threshold": raised(
            lambda: b.Network(b.NeuronGroup(1, "v : 1", threshold="xi > 0", reset="")).run(0 * b.ms)
        ),
    }


@probe("13 dW")
def noise_moves(b: Any) -> dict[str, Any]:
    """The same name is the same noise, other names and other neurons have their own."""
    group = b.NeuronGroup(
        50,
        """da/dt = xi_1*ms**-0.5 : 1
        db0/dt = 2*xi_1*ms**-0.5 : 1
        dc/dt = xi_2*ms**-0.5 : 1
        dd/dt = xi_1*ms**-0.5 + xi_2*ms**-0.5 : 1""",
        method="euler",
    )
    b.Network(group).run(1 * b.ms)
    a, double, c, both = group.a[:], group.b0[:], group.c[:], group.d[:]
    return {
        "same": bool(np.allclose(double, 2 * a)),
        "sum": bool(np.allclose(both, a + c)),
        "independent": abs(np.corrcoef(a, c)[0, 1]) < 0.9,
        "neurons": len(np.unique(a)),
        "moved": bool(np.all(a != 0)),
    }


@probe("13 event-driven synapses")
def event_driven(b: Any) -> dict[str, Any]:
    generator = b.SpikeGeneratorGroup(1, [0] * 3, [0, 1.3, 2] * b.ms)
    target = b.NeuronGroup(2, "y : 1\nz : 1")
    synapses = b.Synapses(
        generator,
        target,
        """dx/dt = -x/(2*ms) : 1 (event-driven)
        du/dt = (0.5 - u)/tau : 1 (event-driven)
        tau : second""",
        on_pre="x += 1; y_post += x; u += 0.1; z_post += u",
    )
    synapses.connect()
    synapses.tau = [1, 3] * b.ms
    b.run(3 * b.ms)

    def wrong(equation: str) -> dict[str, Any]:
        def action() -> None:
            made = b.Synapses(generator, target, equation, on_pre="x += 1")
            made.connect()
            b.Network(generator, target, made).run(0.1 * b.ms)

        return raised(action)

    return {
        "x": synapses.x[:],
        "u": synapses.u[:],
        "y": target.y[:],
        "z": target.z[:],
        "lastupdate": synapses.lastupdate[:],
        "nonlinear": wrong("dx/dt = -x**2/ms : 1 (event-driven)"),
        "noise": wrong("dx/dt = -x/ms + xi*ms**-0.5 : 1 (event-driven)"),
        "pair": wrong("dx/dt = (-x-w)/ms : 1 (event-driven)\ndw/dt = (x-w)/ms : 1 (event-driven)"),
        "coupled": wrong("dx/dt = w/ms : 1 (event-driven)\ndw/dt = -w/ms : 1 (event-driven)"),
    }


@probe("13 'exponential_euler'")
def exponential_euler_with_functions_of_the_variable(b: Any) -> dict[str, Any]:
    """What stands in a function counts as constant during a step: instantaneous gates."""
    gate = "dv/dt = (-g*(0.5*(1 + tanh((v + 0.2)/0.3)))**3*(v - 1) - v + exp(-v))/(2*ms) : 1\n"
    inlined = "dv/dt = (-g*m*(v - 1) - v)/(2*ms) : 1\nm = a/(a + 1.5*exp(-v)) : 1\na = exp(v) : 1\n"
    squared = "dv/dt = (v**2 - g)/(2*ms) : 1\n"
    return {
        "gate": run(b, gate + "g : 1", "exponential_euler", g=[0.4, 3.0]),
        "inlined": run(b, inlined + "g : 1", "exponential_euler", g=[0.4, 3.0]),
        "squared": raised(lambda: run(b, squared + "g : 1", "exponential_euler", g=[0.4, 3.0])),
    }
