"""Section 5: statements, and the order in which they take effect."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe, raised

MODEL = "x : 1\ny : 1\nv : volt\nw : volt\nk : integer\nok : boolean"


def seen(action: Any) -> Any:
    """Return a result, or "refused"."""
    try:
        return action()
    except Exception:  # noqa: BLE001
        return "refused"


def after(b: Any, code: str, *names: str) -> Any:
    """Return variables after code has run once."""
    group = b.NeuronGroup(4, MODEL)
    group.x, group.y, group.k = [1, 2, -3, 0.5], [4, -1, 2, 0], [3, -2, 5, 1]
    group.v, group.w, group.ok = [1, 2, 3, 4] * b.mV, [5, 6, 7, 8] * b.mV, [True, False] * 2
    group.run_regularly(code)
    b.Network(group).run(0.1 * b.ms)
    return [getattr(group, name)[:] for name in names or ("x", "y", "v", "w")]


@probe("5 statements")
def assignments(b: Any) -> dict[str, Any]:
    codes = {
        "lines": "x = y\ny = 3\n",
        "semicolons": "x = 1; y = x + 1; v = 2*mV;",
        "mixed": "x = 1; y = 2\nv = w ; w = v",
        "swap": "z = x; x = y; y = z",
        "comments": "x = 2  # set\ny = x*2",
        "empty lines": "\nx = 2\n\ny = x*2\n",
        "modulo": "y %= 3",
        "in-place": "x += 1; y -= 2; v *= 2; w /= 4",
        "in-place of volts": "v += 1*mV; w -= v",
        "temporary": "a = v + w; b_ = a*2; v = b_ - w",
        "temporary twice": "a = x; a = a + y; a += 1; x = a",
        "temporary in place": "a = w; a += v; w = a",
        "integer": "k_ = 7; x = k_/2; y = k_//2",
        "boolean": "c = x > 0; y = int(c); x = 3*int(not c)",
        "several signs": "x = -(-x)",
        "index": "x = i; y = N - i",
        "self": "x = x*x",
        "nested": "x = clip(exp(y)*sin(x), 0, 1)",
        "many temporaries": "a = x; c = a + 1; d = c*a; f = d - c; x = f; y = a + c + d",
    }
    return {key: seen(lambda c=code: after(b, c)) for key, code in codes.items()}


@probe("5 statements")
def types_of_targets(b: Any) -> dict[str, Any]:
    return {
        "integer": seen(lambda: after(b, "k = k + 1", "k")),
        "integer in place": seen(lambda: after(b, "k += 2; k *= 3", "k")),
        "truncated": seen(lambda: after(b, "k = x*1.75", "k")),
        "boolean": seen(lambda: after(b, "ok = x > 0 and not ok", "ok")),
        "boolean as number": seen(lambda: after(b, "x = int(ok)*2; k = int(ok)", "x", "k")),
        "modulo": seen(lambda: after(b, "k = k % 3", "k")),
    }


@probe("5 statements")
def refused(b: Any) -> dict[str, Any]:
    codes = [
        "x = ",
        "x",
        "x == 3",
        "3 = x",
        "x + y = 3",
        "x = y = 3",
        "x, y = 1, 2",
        "v = 3",
        "v = x",
        "v += 1",
        "x += 1*mV",
        "v *= w",
        "x **= 2*mV",
        "a = v; a = x",
        "a = v; a += 1",
        "unknown += 1",
        "x = unknown",
        "if x > 0: y = 1",
        "for j in x: y",
        "x = y if ok else 0",
        "print(x)",
        "x[0] = 3",
        "del x",
        "import os",
        "x = lambda: 3",
        "pass",
        "v = 1*mV + 1*ms",
        "x = v/w + v",
        "x++",
        "x =+ ",
        "x := 3",
        "v %= 3",
        "x = 1 2",
        "_a = 3; x = _a",
        "xi = 3",
        "x = xi",
    ]
    return {code: bool(raised(lambda c=code: after(b, c))["raised"]) for code in codes}


@probe("5 statements")
def types_of_mistakes(b: Any) -> dict[str, Any]:
    codes = [
        "v = 3",
        "v = x",
        "v += 1",
        "x = unknown",
        "v = 1*mV + 1*ms",
        "a = v; a = x",
        "x = y if ok else 0",
        "v *= w",
    ]
    return {code: raised(lambda c=code: after(b, c)) for code in codes}


@probe("5 statements")
def in_all_places(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        3,
        "dv/dt = 1/ms : 1\nn : integer\ncount : 1\nlast : second",
        threshold="v >= 0.5 - 1e-9",
        method="euler",
        reset="v = 0  # back\nn += 1; last = t\nd = 2*count; count = d + 1",
        events={"high": "v > 0.35"},
    )
    group.v = "i*0.1"
    group.run_on_event("high", "count += 10; e_ = v; count += e_*0")
    target = b.NeuronGroup(2, "g : 1\nh : 1")
    synapses = b.Synapses(
        group,
        target,
        "w : 1\nz : 1",
        on_pre="""
                          f = w*2   # a temporary
                          g_post += f
                          w = clip(w + 0.5, 0, 3); z = t/ms
                          h_post = z
                          """,
    )
    synapses.connect()
    synapses.w = "1 + i + 0.1*j"
    b.run(1.2 * b.ms)
    return {
        "v": group.v[:],
        "n": group.n[:],
        "count": group.count[:],
        "last": group.last[:],
        "g": target.g[:],
        "h": target.h[:],
        "w": synapses.w[:],
        "z": synapses.z[:],
    }


@probe("5 order of evaluation")
def repeated_targets(b: Any) -> dict[str, Any]:
    found = {}
    codes = {
        "add": "v_post += w",
        "subtract": "v_post -= w",
        "multiply": "v_post *= w",
        "add expression": "v_post += w*x_pre",
        "both": "v_post += w; u_post += 2*w",
        "pre": "y_pre += w",
        "own": "w += 1; v_post += w",
        "last": "v_post = 3",
        "count": "v_post += 1; w = v_post*0 + w",
        "two sums": "v_post += w\nv_post += 1",
        "minus and plus": "v_post += w\nv_post -= 0.25",
    }
    for key, code in codes.items():
        source = b.SpikeGeneratorGroup(4, [0, 1, 2, 3, 1, 3], [0, 0, 0, 0, 0.3, 0.3] * b.ms)
        relay = b.NeuronGroup(
            4, "x : 1\ny : 1\nspiking : 1", threshold="spiking > 0", reset="spiking = 0"
        )
        relay.x = "i + 1"
        feed = b.Synapses(source, relay, on_pre="spiking_post = 1")
        feed.connect(j="i")
        target = b.NeuronGroup(3, "v : 1\nu : 1")
        target.v = 1
        synapses = b.Synapses(relay, target, "w : 1", on_pre=code)
        synapses.connect(i=[0, 0, 1, 2, 3, 3, 3, 1], j=[0, 1, 0, 0, 2, 0, 0, 1])
        synapses.w = "0.5 + 0.25*i + 0.125*j"
        b.Network(source, relay, feed, target, synapses).run(1 * b.ms)
        found[key] = [target.v[:], target.u[:], synapses.w[:], relay.y[:]]
    return found


@probe("5 order of evaluation")
def order_of_synapses(b: Any) -> dict[str, Any]:
    """Code whose result depends on the order is run synapse by synapse."""
    found = {}
    codes = {
        "maximum": "v_post = clip(v_post + w, 0, 1.5)",
        "linear": "v_post = v_post*0.5 + w",
        "condition": "v_post += w*int(v_post < 2)",
        "last wins": "v_post = w",
        "divide": "v_post /= w",
    }
    for key, code in codes.items():
        group = b.NeuronGroup(4, "s : 1", threshold="s > 0", reset="s = 0")
        group.s = 1
        target = b.NeuronGroup(2, "v : 1")
        target.v = 1
        synapses = b.Synapses(group, target, "w : 1", on_pre=code)
        synapses.connect()
        synapses.w = "0.25*(i + 1) + 0.5*j"
        b.Network(group, target, synapses).run(0.2 * b.ms)
        found[key] = [target.v[:], synapses.w[:]]
    return found


@probe("5 order of evaluation")
def for_each_element(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(4, "x : 1\ny : 1\nlink : 1 (linked)\ntotal : 1 (shared)")
    other = b.NeuronGroup(1, "s : 1")
    other.s = 3
    group.link = b.linked_var(other, "s", index=np.zeros(4, dtype=int))
    group.x, group.y = [1, 2, 3, 4], [10, 20, 30, 40]
    group.run_regularly("x = y + link; y = x*2; x = x + y", order=0, name="first")
    group.run_regularly("y += x", order=1, name="second")
    group.run_regularly("x -= 1", order=-1, name="zeroth")
    b.run(0.2 * b.ms)
    return {"x": group.x[:], "y": group.y[:]}


@probe("5 Expression, Statements")
def code_strings(b: Any) -> dict[str, Any]:
    expression = b.Expression("(E - v)/tau  + sin(x)")
    statements = b.Statements("v = v_r\nw += b*mV")
    return {
        "code": [expression.code, statements.code],
        "str": [str(expression), str(statements)],
        "identifiers": [sorted(expression.identifiers), sorted(statements.identifiers)],
        "equal": [
            b.Expression("a + b") == b.Expression("a + b"),
            b.Expression("a") == b.Expression("b"),
        ],
        "repr": [repr(b.Expression("a + b")), "Statements(" in repr(statements)],
        "nothing": raised(b.Expression),
        "hash": len({b.Expression("a + b"), b.Expression("a + b")}),
        "of equations": str(b.Equations("x = 2*y : 1")["x"].expr.code).replace(" ", ""),
        "in equations": [name for name, _ in b.Equations("dv/dt = -v/tau : 1").diff_eq_expressions],
        "text": [
            e.code.replace(" ", "")
            for _, e in b.Equations("x = 2*y : 1\ndv/dt = -v/tau : 1").eq_expressions
        ],
    }
