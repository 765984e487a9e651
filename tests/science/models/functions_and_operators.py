"""The functions, constants and operators of the expression language."""

from __future__ import annotations

from typing import Any

EXPRESSIONS = {
    "sine": "sin(x) + cos(2*x) + tan(x/3)",
    "hyperbolic": "sinh(x) - cosh(x/2) + tanh(x)",
    "inverse": "arcsin(x/5) + arccos(x/6) + arctan(x)",
    "exponential": "exp(-x) + expm1(x/10)",
    "logarithm": "log(x + 5) + log10(x + 6) + log1p(x/7)",
    "relative": "exprel(x) + exprel(0*x)",
    "root": "sqrt(abs(x)) + abs(x - 1)",
    "signs": "sign(x) + sign(x - x)",
    "whole": "floor(x) + 10*ceil(x) + 100*int(x)",
    "clipped": "clip(x, -1.5, 1.25)",
    "power": "x**2 + x**3 - (x + 4)**0.5 + 2**x",
    "negated": "-x**2 + -(-x)",
    "divided": "x/3 + 7/2 + k/2 + i/4",
    "floored": "x//0.7 + 7//2 + (-7)//2 + k//2",
    "remainder": "x % 0.7 + (-7) % 3 + k % 3 + (-x) % 1.1",
    "compared": "int(x > 1) + 2*int(x <= 0) + 4*int(x == 2.0) + 8*int(x != 2.0)",
    "logic": "int(x > 0 and not (x > 1 or k == 2)) + 2*int(not x > 0)",
    "mixed": "(1 + 2*x - x/4)*-3 + pi*e/N",
    "times": "timestep(t, dt) + t/ms + t_in_timesteps + dt/ms",
}


def run(b: Any, _seed: int) -> dict[str, Any]:
    """Every function at positive, zero and negative arguments, as subexpressions over time."""
    b.defaultclock.dt = 0.1 * b.ms
    equations = "dx/dt = 0.31/ms : 1\n k : integer\n"
    equations += "".join(f"{name} = {text} : 1\n" for name, text in EXPRESSIONS.items())
    neurons = b.NeuronGroup(5, equations, method="euler")
    neurons.x = "-3 + 1.0*i"
    neurons.k = "i - 2"
    at_start = {
        f"start_{name}": getattr(neurons, name)[:] for name in EXPRESSIONS if name != "times"
    }
    traces = b.StateMonitor(neurons, list(EXPRESSIONS), record=True)
    b.Network(neurons, traces).run(4 * b.ms)
    return at_start | {name: getattr(traces, name) for name in EXPRESSIONS}
