"""Section 13: methods of one's own, methods as functions, and options."""

from __future__ import annotations

import importlib
from typing import Any

from probing import probe, raised


def base(b: Any) -> Any:
    """Return the class at which methods are registered."""
    return importlib.import_module(f"{b.__name__}.stateupdaters.base").StateUpdateMethod


def after(b: Any, model: str, method: Any, duration: float = 2.0, options: Any = None) -> Any:
    """Return the variables of a group after a run from 1."""
    group = b.NeuronGroup(2, model, method=method, method_options=options)
    for name in group.equations.diff_eq_names:
        setattr(group, name, [1, 0.5])
    b.Network(group).run(duration * b.ms)
    return [group.state(name)[:] for name in sorted(group.equations.diff_eq_names)]


@probe("13 callables")
def functions_as_methods(b: Any) -> dict[str, Any]:
    """A function gets equations, variables and options, and returns code."""
    seen: dict[str, Any] = {}

    def halves(equations: Any, variables: Any, method_options: Any = None) -> str:
        seen["names"] = sorted(equations.diff_eq_names)
        seen["variables"] = [name in variables for name in ("v", "w", "nobody")]
        seen["options"] = method_options
        return "v = 0.5*v + w\nw = 2*w"

    class Method(base(b)):  # type: ignore[misc]
        def __call__(self, *_: Any, **__: Any) -> str:
            return "tmp = v + dt/ms; new = w - tmp; w = new*i; v = tmp"

    model = "dv/dt = -v/ms : 1\ndw/dt = -w/ms : 1"
    return {
        "function": after(b, model, halves, 0.3),
        "seen": seen,
        "object": after(b, model, Method(), 0.3),
        "wrong": raised(lambda: after(b, model, lambda *_: "v = nobody")),
        "list": after(b, model, (b.exact, halves), 0.3),
    }


@probe("13 callables")
def methods_called(b: Any) -> dict[str, Any]:
    """Methods give code when called; their code does what they do."""

    def code(method: Any, model: str) -> Any:
        return method(b.Equations(model))

    linear = "dv/dt = (w - v)/ms : 1\ndw/dt = -w/(2*ms) : 1"

    def same(method: Any, model: str = linear) -> Any:
        text = code(method, model)
        return after(b, model, lambda *_: text, 0.5)

    return {
        "euler": same(b.euler),
        "rk2": same(b.rk2),
        "rk4": same(b.rk4),
        "heun": same(b.heun),
        "exact": same(b.exact),
        "linear": same(b.linear),
        "pair": same(b.exact, "dv/dt = w/ms : 1\ndw/dt = (-2*v - 3*w)/ms : 1"),
        "exponential_euler": same(b.exponential_euler),
        "text": isinstance(code(b.euler, linear), str),
        "refused": raised(lambda: code(b.exact, "dv/dt = -v**2/ms : 1")),
        "noise": raised(lambda: code(b.rk4, "dv/dt = -v/ms + xi*ms**-0.5 : 1")),
        "objects": after(b, linear, b.rk4, 0.5),
    }


@probe("13 ExplicitStateUpdater")
def explicit_updaters(b: Any) -> dict[str, Any]:
    ralston = b.ExplicitStateUpdater(
        """
        k = dt*f(x, t)
        x_new = x + k/4 + 3*dt/4*f(x + 2*k/3, t + 2*dt/3)
        """
    )
    forward = b.ExplicitStateUpdater("x_new = x + dt*f(x, t)")
    noisy = b.ExplicitStateUpdater("x_new = x + dt*f(x,t) + g(x,t)*dW", stochastic="additive")
    stages = b.ExplicitStateUpdater(
        """
        k1 = dt*f(x,t)
        k2 = dt*f(x + k1/2, t + dt/2)
        k3 = dt*f(x - k1 + 2*k2, t + dt)
        x_new = x + (k1 + 4*k2 + k3)/6
        """
    )
    nonlinear = "dv/dt = (v - v**3/3 - w)/ms : 1\ndw/dt = (v + sin(t/ms))/(5*ms) : 1"
    noise = "dv/dt = -v/ms + s*xi*ms**-0.5 : 1\ns : 1"
    multiplicative = "dv/dt = -v/ms + v*xi*ms**-0.5 : 1"
    return {
        "ralston": after(b, nonlinear, ralston),
        "euler": after(b, nonlinear, forward),
        "kutta": after(b, nonlinear, stages),
        "noise": after(b, noise, noisy),
        "noise refused": raised(lambda: after(b, noise, ralston)),
        "multiplicative refused": raised(lambda: after(b, multiplicative, noisy)),
        "code": isinstance(ralston(b.Equations("dv/dt = -v/ms : 1")), str),
    }


@probe("13 ExplicitStateUpdater")
def wrong_descriptions(b: Any) -> dict[str, Any]:
    def make(text: str) -> dict[str, Any]:
        return raised(lambda: b.ExplicitStateUpdater(text))

    return {
        "syntax": make("x_new = x + + "),
        "no result": make("k = dt*f(x,t)"),
        "right": make("x_new = x + dt*f(x,t)"),
        "empty": make(""),
    }


@probe("13 ExplicitStateUpdater")
def custom_checks(b: Any) -> dict[str, Any]:
    kind = importlib.import_module(f"{b.__name__}.stateupdaters.base").UnsupportedEquationsException

    def no_w(equations: Any, _variables: Any) -> None:
        if "w" in equations.diff_eq_names:
            raise kind("no w")

    checked = b.ExplicitStateUpdater("x_new = x + dt*f(x,t)", custom_check=no_w)
    return {
        "right": after(b, "dv/dt = -v/ms : 1", checked),
        "wrong": raised(lambda: after(b, "dw/dt = -w/ms : 1", checked)),
    }


@probe("13 ExplicitStateUpdater")
def registered(b: Any) -> dict[str, Any]:
    """A registered method has a name, once."""
    method = b.ExplicitStateUpdater("x_new = x + 2*dt*f(x,t)")
    methods = base(b)
    methods.register("twice_as_fast", method)
    try:
        return {
            "by name": after(b, "dv/dt = -v/ms : 1", "twice_as_fast"),
            "again": raised(lambda: methods.register("twice_as_fast", method)),
            "taken": raised(lambda: methods.register("euler", method)),
            "known": sorted(methods.stateupdaters)[:3],
        }
    finally:
        del methods.stateupdaters["twice_as_fast"]


@probe("13 method_options")
def options(b: Any) -> dict[str, Any]:
    linear, nonlinear = "dv/dt = -v/ms : 1", "dv/dt = -v**2/ms : 1"
    return {
        "simplify": after(b, linear, "exact", options={"simplify": False}),
        "simplified": after(b, linear, "exact", options={"simplify": True}),
        "empty": after(b, linear, "euler", options={}),
        "None": after(b, linear, "euler", options=None),
        "unknown": raised(lambda: after(b, linear, "exact", options={"nothing": 1})),
        "none known": raised(lambda: after(b, linear, "euler", options={"simplify": True})),
        "rk4": raised(lambda: after(b, nonlinear, "rk4", options={"absolute_error": 1})),
    }
