"""Section 4: equations as real scripts write them."""

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


@probe("4 identifiers", "4 line forms")
def names_of_mathematics(b: Any) -> dict[str, Any]:
    """Names which mean something in symbolic mathematics are ordinary names here."""
    found = {}
    names = [
        "I",
        "E",
        "S",
        "Q",
        "O",
        "C",
        "beta",
        "gamma",
        "zeta",
        "Chi",
        "re",
        "im",
        "oo",
        "test",
        "Lambda",
        "Integral",
        "factor",
        "sum",
        "max",
        "len",
        "lam",
        "GoldenRatio",
        "Matrix",
        "sec",
        "cot",
        "erf",
        "root",
        "Max",
        "diff",
        "sinc",
        "degree",
        "Symbol",
        "zoo",
        "true",
    ]
    for method in ("exponential_euler", "rk4"):
        for name in names:

            def run(n: str = name, m: str = method) -> Any:
                text = f"d{n}/dt = (a_{n} - {n})/tau + k_ : 1\na_{n} : 1\nk_ = 3*Hz + 0*{n}*Hz : Hz"
                text = text.replace("k_", "kk")
                group = b.NeuronGroup(1, text, method=m, namespace={"tau": 3 * b.ms})
                getattr(group, n)
                setattr(group, n, 0.5)
                setattr(group, f"a_{n}", 2)
                b.Network(group).run(1 * b.ms)
                return float(getattr(group, n)[0])

            found[f"{method} {name}"] = seen(run)
    return found


@probe("4 line forms")
def hodgkin_huxley(b: Any) -> dict[str, Any]:
    area = 20000 * b.umetre**2
    Cm = 1 * b.ufarad * b.cm**-2 * area
    gl = 5e-5 * b.siemens * b.cm**-2 * area
    El, EK, ENa = -65 * b.mV, -90 * b.mV, 50 * b.mV
    g_na = 100 * b.msiemens * b.cm**-2 * area
    g_kd = 30 * b.msiemens * b.cm**-2 * area
    VT = -63 * b.mV
    eqs = b.Equations("""
    dv/dt = (gl*(El-v) - g_na*(m*m*m)*h*(v-ENa) - g_kd*(n*n*n*n)*(v-EK) + I)/Cm : volt
    dm/dt = 0.32*(mV**-1)*4*mV/exprel((13.*mV-v+VT)/(4*mV))/ms*(1-m)
           -0.28*(mV**-1)*5*mV/exprel((v-VT-40.*mV)/(5*mV))/ms*m : 1
    dn/dt = 0.032*(mV**-1)*5*mV/exprel((15.*mV-v+VT)/(5.*mV))/ms*(1.-n)
           -.5*exp((10.*mV-v+VT)/(40.*mV))/ms*n : 1
    dh/dt = 0.128*exp((17.*mV-v+VT)/(18.*mV))/ms*(1.-h)-4./(1+exp((40.*mV-v+VT)/(5.*mV)))/ms*h : 1
    I : amp
    """)
    group = b.NeuronGroup(
        3, eqs, threshold="v > -40*mV", refractory="v > -40*mV", method="exponential_euler"
    )
    group.v = El
    group.I = "0.7*nA*i/(N - 1)"
    trace = b.StateMonitor(group, "v", record=True)
    spikes = b.SpikeMonitor(group)
    b.run(20 * b.ms)
    return {
        "v": trace.v[:, ::20],
        "count": spikes.count[:],
        "t": spikes.t[:],
        "m": group.m[:],
        "unit": str(eqs["I"].unit),
    }


@probe("4 line forms", "4 Equations(text, replacements)")
def composed_models(b: Any) -> dict[str, Any]:
    tau_m, Vr, Vt, El = 10 * b.ms, -65 * b.mV, -50 * b.mV, -60 * b.mV
    synapse = """
    dg_{name}/dt = -g_{name}/tau_{name} : siemens
    I_{name} = g_{name}*(E_{name} - v) : amp
    """
    eqs = b.Equations("dv/dt = (El - v)/tau_m + I_total/C : volt (unless refractory)")
    eqs += b.Equations(synapse.format(name="ampa"), tau_ampa=5 * b.ms, E_ampa=0 * b.mV)
    eqs += b.Equations(synapse.format(name="gaba"), tau_gaba=10 * b.ms, E_gaba=-80 * b.mV)
    eqs += "I_total = I_ampa + I_gaba + I_x : amp"
    eqs += b.Equations("I_x = A*sin(2*pi*f*t) : amp\nf : Hz", A=3 * b.pA)
    group = b.NeuronGroup(
        4,
        eqs,
        threshold="v > Vt",
        reset="v = Vr",
        refractory=2 * b.ms,
        method="euler",
        namespace={"C": 200 * b.pF},
    )
    group.v = "El + i*2*mV"
    group.g_ampa, group.g_gaba, group.f = "20*nS*i", "5*nS", "10*Hz*(i + 1)"
    spikes = b.SpikeMonitor(group)
    trace = b.StateMonitor(group, ["v", "I_total", "I_x"], record=[0, 3])
    b.run(15 * b.ms)
    return {
        "v": group.v[:],
        "spikes": spikes.i[:],
        "t": spikes.t[:],
        "names": sorted(eqs.names),
        "I": trace.I_total[:, ::15],
        "I_x": trace.I_x[:, ::30],
        "identifiers": sorted(eqs.identifiers),
    }


@probe("4 line forms")
def odd_layouts(b: Any) -> dict[str, Any]:
    texts = {
        "no blanks": "dx/dt=-x/ms:1\ny=x*2:1",
        "many blanks": "  dx / dt   =   - x / ms   :   1  ",
        "comment with colon": "x : 1  # this : is a comment\ny : volt # (constant)",
        "comment line in the middle": "dx/dt = -x/ms\n  # why\n  + 1/ms : 1",
        "unit with blanks": "x : volt / second\ny : siemens / metre ** 2",
        "flag without blank": "x : 1(constant)",
        "empty brackets": "x : 1 ()",
        "tabs and lines": "\n\n\tx : 1\n\n\ty : 1\n",
        "brackets over lines": "y = (x +\n 3) : 1\nx : 1",
        "operator at end": "y = x +\n 3 : 1\nx : 1",
        "operator at start": "y = x\n + 3 : 1\nx : 1",
        "unit on next line": "x :\n volt",
        "flags on next line": "x : 1\n(constant)",
        "backslash": "y = x \\\n + 3 : 1\nx : 1",
        "semicolon at end": "x : 1;",
        "upper case": "dX/dt = -X/ms : 1",
        "underscores": "dx_1_a/dt = -x_1_a/ms : 1",
        "digits": "dv2/dt = -v2/ms : 1",
        "d variable": "dd/dt = -d/ms : 1",
        "dt variable": "ddx/dt = -dx/ms : 1",
        "name with d": "ddelta/dt = -delta/ms : 1",
        "parameter named dx": "dx : 1",
        "unit one point": "x : 1.0",
        "power with hat": "x : volt^2",
        "product without star": "x : volt second",
        "german": "größe : 1",
    }

    def shape(text: str) -> Any:
        eqs = b.Equations(text)
        return [[name, eqs[name].type, repr(eqs[name].dim), list(eqs[name].flags)] for name in eqs]

    return {key: seen(lambda t=text: shape(t)) for key, text in texts.items()}


@probe("4 flags", "4 (constant over dt)", "4 (shared)")
def flags_together(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(
        2,
        "drive = 3 + t/ms : 1 (shared, constant over dt)\n"
        "k : 1 (shared, constant)\n"
        "dv/dt = (k*drive - v)/(2*ms) : 1\n"
        "w = v + 1 : 1 (constant over dt)",
        method="euler",
    )
    group.k = 2
    trace = b.StateMonitor(group, ["drive", "v", "w"], record=True)
    b.run(0.5 * b.ms)
    return {
        "v": trace.v[:],
        "w": trace.w[:],
        "drive": np.asarray(trace.drive).ravel(),
        "shape": list(np.asarray(trace.drive).shape),
        "now": group.drive[:],
        "k": group.k[:],
        "of Equations": [b.Equations("x : 1 (shared, constant)")["x"].flags],
    }


@probe("4 xi, xi_name")
def noise_properties(b: Any) -> dict[str, Any]:
    """The standard deviation after T of dv/dt = sigma*xi is sigma*sqrt(T): 1000 values, 5 sigma."""
    found = {}
    for method in ("euler", "heun", "milstein"):
        group = b.NeuronGroup(
            1000, "dv/dt = 2*xi*ms**-0.5 : 1\ndw/dt = -w/ms + xi_2*ms**-0.5 : 1", method=method
        )
        b.Network(group).run(1 * b.ms)
        spread = float(np.std(group.v[:]))
        correlation = float(np.corrcoef(group.v[:], group.w[:])[0, 1])
        found[method] = [
            abs(spread - 2) < 5 * 2 / np.sqrt(2000),
            abs(correlation) < 5 / np.sqrt(1000),
        ]
    return {key: [bool(x) for x in value] for key, value in found.items()} | {
        "wrong method": raised(
            lambda: b.Network(b.NeuronGroup(1, "dv/dt = xi*ms**-0.5 : 1", method="rk4")).run(
                0.1 * b.ms
            )
        ),
        "exact": raised(
            lambda: b.Network(b.NeuronGroup(1, "dv/dt = xi*ms**-0.5 : 1", method="exact")).run(
                0.1 * b.ms
            )
        ),
        "multiplicative heun": raised(
            lambda: b.Network(b.NeuronGroup(1, "dv/dt = v*xi*ms**-0.5 : 1", method="heun")).run(
                0.1 * b.ms
            )
        ),
    }
