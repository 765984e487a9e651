"""Section 4: the text of equations, its units, names and mistakes."""

from __future__ import annotations

from typing import Any

from probing import probe, raised


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


def is_a(action: Any, kind: str) -> bool:
    """Return whether an action raises an error of a type; its causes do not count."""
    raises = raised(action)["raised"]
    return bool(raises) and kind in raises[0]


EXAMPLE = """
    # a comment
    dv/dt = (gL*(EL - v)     # over several lines
             + I)/C : volt   # and one behind the unit

    I = g*(Es - v)
        + I0 : amp
    g : siemens (constant)
    I0 : amp
    dm/dt = (m_inf - m)/tau_m : 1
    m_inf = 1/(1 + exp(-(v + 40*mV)/(5*mV))) : 1
    tau_m = 1*ms + 3*ms*exp(-abs(v)/(30*mV)) : second
    spiking : boolean
    count : integer (shared)
"""


@probe("4 line forms")
def mapping(b: Any) -> dict[str, Any]:
    eqs = b.Equations(EXAMPLE)
    return {
        "names": list(eqs),
        "len": len(eqs),
        "in": ["v" in eqs, "gL" in eqs],
        "types": [eqs[name].type for name in eqs],
        "varname": [eqs[name].varname for name in eqs],
        "var_type": [str(eqs[name].var_type) for name in eqs],
        "flags": {name: list(eqs[name].flags) for name in eqs},
        "dim": {name: repr(eqs[name].dim) for name in eqs},
        "expr": [str(eqs["v"].expr) != "", eqs["g"].expr is None],
        "keys": sorted(eqs.keys()),
        "items": [key == eq.varname for key, eq in eqs.items()],
        "unknown": raised(lambda: eqs["x"]),
        "read-only": raised(lambda: eqs.__setitem__("x", eqs["g"])),
        "delete": raised(lambda: eqs.__delitem__("g")),
        "unit": repr(eqs["v"].unit),
    }


@probe("4 line forms")
def values_of_lines(b: Any) -> dict[str, Any]:
    gL, EL, C, Es = 10 * b.nS, -70 * b.mV, 200 * b.pF, 0 * b.mV
    group = b.NeuronGroup(2, EXAMPLE, method="euler")
    group.v = [-60, -50] * b.mV
    group.g = 2 * b.nS
    group.I0 = "0.1*nA"
    before = {"I": group.I[:], "m_inf": group.m_inf[:], "tau_m": group.tau_m[:]}
    b.run(1 * b.ms)
    return {**before, "v": group.v[:], "m": group.m[:], "spiking": group.spiking[:]}


@probe("4 line forms")
def order_and_cycles(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "c = b*2 : 1\nb = a + 1 : 1\na = x*x : 1\nx : 1")
    group.x = [1, 2]

    def cycle() -> None:
        b.NeuronGroup(1, "a = c : 1\nc = a : 1")

    return {
        "c": group.c[:],
        "ordered": [eq.varname for eq in b.Equations("c = d*2 : 1\nd = x : 1\nx : 1").ordered],
        "cycle": raised(cycle),
        "itself": raised(lambda: b.NeuronGroup(1, "a = a + 1 : 1")),
        "cycle of Equations": raised(lambda: b.Equations("a = c : 1\nc = a : 1")),
        "empty": len(b.Equations("")),
        "comments": len(b.Equations("# nothing\n   \n# x : 1")),
        "spaces": list(b.Equations("   dx / dt=-x/(1*ms):1(unless refractory)  ")),
        "tabs": list(b.Equations("\tx\t:\tvolt\t(constant)")),
        "crlf": list(b.Equations("x : 1\r\ny : volt\r\n")),
        "colon": is_a(lambda: b.Equations("x = 3"), "EquationError"),
        "two colons": is_a(lambda: b.Equations("x : 1 : 1"), "EquationError"),
        "no unit": is_a(lambda: b.Equations("x :"), "EquationError"),
        "no expression": is_a(lambda: b.Equations("x = : 1"), "EquationError"),
        "second derivative": is_a(lambda: b.Equations("d2x/dt2 = 1 : 1"), "EquationError"),
        "dx/dy": is_a(lambda: b.Equations("dx/dy = 1 : 1"), "EquationError"),
        "d(x)/dt": is_a(lambda: b.Equations("d(x)/dt = 1 : 1"), "EquationError"),
        "mismatch": is_a(lambda: b.Equations("dx/dt = (1 : 1"), "EquationError"),
        "not text": raised(lambda: b.Equations(3)),
        "twice": raised(lambda: b.Equations("x : 1\nx : volt")),
    }


@probe("4 units")
def units(b: Any) -> dict[str, Any]:
    def unit(text: str) -> Any:
        eq = b.Equations(f"x : {text}")["x"]
        return [repr(eq.dim), str(eq.var_type)]

    right = words("""
        1 volt amp farad/meter**2 siemens/metre**2 second**-1 Hz hertz meter metre
        boolean integer mmolar mM kilogram mole kelvin ohm*metre volt/second second**0.5
        1/second radian coulomb volt**2*second joule watt meter**-2 newton*meter
        molar/1000
    """)
    wrong = [
        "mV",
        "nS",
        "bool",
        "float",
        "int",
        "cm",
        "uF/cm**2",
        "2",
        "2*volt",
        "unknown",
        "volt/0",
        "ms",
        "uM",
        "molar/second",
        "dimensionless",
        "volt mV",
        "x",
        "gram",
        "volt**x",
        "kHz",
        "celsius",
        "volt*",
        "um",
    ]
    return {
        **{text: raised(lambda t=text: unit(t)) for text in right},
        **{f"{text}: found": unit(text) for text in right if text != "molar/1000"},
        **{f"{text}: wrong": raised(lambda t=text: unit(t)) for text in wrong},
    }


@probe("4 units")
def unit_texts_name_the_base_unit(b: Any) -> dict[str, Any]:
    def text_of(unit: str, *words: str) -> list[bool]:
        try:
            b.Equations(f"x : {unit}")
        except Exception as error:  # noqa: BLE001
            return [word in str(error) for word in words]
        return []

    return {
        "mV": text_of("mV", "volt"),
        "bool": text_of("bool", "boolean"),
        "derivative": repr(b.Equations("dx/dt = 1*mV/ms : volt")["x"].dim),
        "wrong derivative": raised(
            lambda: b.Network(
                b.NeuronGroup(1, "dx/dt = 1*mV/ms : volt/second", method="euler")
            ).run(0.1 * b.ms)
        ),
        "concentration": repr(b.Equations("c : mmolar")["c"].dim),
    }


@probe("4 several definitions in one line")
def several(b: Any) -> dict[str, Any]:
    return {
        "comma": is_a(lambda: b.Equations("v, w : 1"), "EquationError"),
        "semicolon": is_a(lambda: b.Equations("v : 1; w : 1"), "EquationError"),
        "equations": is_a(
            lambda: b.Equations("dv/dt = 1/second : 1; dw/dt = 1/second : 1"), "EquationError"
        ),
        "two assignments": raised(lambda: b.Equations("v = w = 3 : 1")),
        "line continued": list(b.Equations("x = 1 +\n 2\n + 3 : 1")),
        "name alone": is_a(lambda: b.Equations("v\nw : 1"), "EquationError"),
    }


@probe("4 identifiers")
def identifiers(b: Any) -> dict[str, Any]:
    wrong = words("""
        _x x_pre x_post t dt t_in_timesteps xi xi_x i N not_refractory refractory
        refractory_until volt mV sin clip e pi inf rand lambda if for exp randn timestep
        True None and abs def meter int poisson ms lastspike xpre pre x__y X1 I j S
        delay
    """)
    return {
        **{name: raised(lambda n=name: b.Equations(f"{n} : 1")) for name in wrong},
        **{
            f"group {name}": raised(lambda n=name: b.NeuronGroup(1, f"{n} : 1"))
            for name in ("x_pre", "j", "lastspike", "spikes", "equations", "name", "delay", "clock")
        },
        **{
            f"text {name}": is_a(lambda n=name: b.Equations(f"{n} : 1"), "EquationError")
            for name in ("é", "3x", "x.y", "x-y")
        },
        "in expression": raised(lambda: b.NeuronGroup(1, "x = _y : 1").x[:]),
    }


@probe("4 identifiers")
def identifiers_of_synapses(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "v : 1", threshold="v > 1", reset="")
    names = [
        "i",
        "j",
        "delay",
        "w_pre",
        "w_post",
        "N_pre",
        "lastupdate",
        "t",
        "xi",
        "w",
        "v_x",
        "pre",
        "post",
    ]
    return {name: raised(lambda n=name: b.Synapses(group, group, f"{n} : 1")) for name in names}


def text_of(action: Any) -> str:
    """Return the text of an error."""
    try:
        action()
    except Exception as error:  # noqa: BLE001
        return str(error)
    return ""


@probe("4 text differences")
def texts(b: Any) -> dict[str, Any]:
    wrong = text_of(lambda: b.Equations("x : 1\ndv/dt = (3 : 1"))
    group = b.NeuronGroup(1, "dv/dt = -v/tau_unknown : 1", name="with_mistake", method="euler")
    net = b.Network(group)
    unknown = raised(lambda: net.run(0.1 * b.ms))
    text = text_of(lambda: net.run(0.1 * b.ms))
    return {
        "caret": "^" in wrong or len(wrong) > 0,
        "type": raised(lambda: b.Equations("x : 1\ndv/dt = (3 : 1")),
        "unknown": unknown,
        "outermost": unknown["raised"][0][0],
        "names": ["with_mistake" in text],
        "text of unit": "volt" in text_of(lambda: b.Equations("v : mV")),
    }
