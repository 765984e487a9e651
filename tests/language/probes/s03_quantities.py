"""Section 3: units and quantities, their names and their arithmetic."""

from __future__ import annotations

import copy
import importlib
import pickle
from typing import Any

import numpy as np
from probing import probe, raised

BASE = """
    metre meter kilogram second amp ampere kelvin mole mol candle radian steradian hertz newton
    pascal joule watt coulomb volt farad ohm siemens weber tesla henry lumen lux becquerel gray
    sievert katal gram gramme liter litre molar
""".split()  # noqa: SIM905
PREFIXED = """
    amp coulomb farad gram gramme hertz joule liter litre meter metre molar mole ohm pascal second
    siemens volt watt
""".split()  # noqa: SIM905
ABBREVIATIONS = """
    Hz kHz MHz mV mA uA nA pA uF nF pF mS uS nS ms us cm cm2 cm3 mm mm2 mm3 um um2 um3 mM uM nM
""".split()  # noqa: SIM905
ALL_PREFIXES = "y z a f p n u m c d da h k M G T P E Z Y".split()  # noqa: SIM905


def described(unit: Any) -> list[Any]:
    """Return value, dimension and spellings of a unit."""
    return [float(unit), repr(unit.dim), str(unit), repr(unit)]


@probe("3 base and derived units")
def base_units(b: Any) -> dict[str, Any]:
    everything = importlib.import_module(f"{b.__name__}.units.allunits")
    return {name: described(getattr(everything, name)) for name in BASE}


@probe("3 base and derived units")
def units_of_the_package(b: Any) -> dict[str, Any]:
    names = [f"{prefix}{name}" for name in PREFIXED for prefix in ["", *"pnumkMGT"]]
    known = [name for name in names if hasattr(b, name)]
    single = [name for name in BASE if isinstance(getattr(b, name, None), b.Quantity)]
    return {
        "prefixed": known,
        "values": np.array([float(getattr(b, name)) for name in known]),
        "single": single,
        "cm": [float(b.cmetre), float(b.cmeter)],
        "kgram": described(b.kgram),
        "no celsius": hasattr(b, "celsius"),
        "no prefix of kilogram": hasattr(b, "mkilogram"),
    }


@probe(
    "3 base and derived units",
    "2 brian2.units and its modules",
)
def all_prefixes(b: Any) -> dict[str, Any]:
    everything = importlib.import_module(f"{b.__name__}.units.allunits")
    names = [f"{prefix}{unit}" for prefix in ALL_PREFIXES for unit in ("volt", "metre2", "gram3")]
    return {
        "names": len(set(everything.__all__)) > 2000,
        "values": np.array([float(getattr(everything, name)) for name in names]),
        "umetre2": described(everything.umetre2),
        "cmeter3": described(everything.cmeter3),
        "Zvolt": described(everything.Zvolt),
        "daohm": described(everything.daohm),
        "celsius": raised(lambda: 3 * everything.celsius),
    }


@probe("3 abbreviations in the star import")
def abbreviations(b: Any) -> dict[str, Any]:
    standard = importlib.import_module(f"{b.__name__}.units.stdunits")
    letters = [n for n in "VASFHCJWNKLMm" if isinstance(getattr(b, n, None), b.Quantity)]
    return {
        **{name: described(getattr(b, name)) for name in ABBREVIATIONS},
        "stdunits": sorted(n for n in ABBREVIATIONS if getattr(standard, n) == getattr(b, n)),
        "one letter": letters,
        "Mohm": described(b.Mohm),
        "pamp": described(b.pamp),
        "uvolt": described(b.uvolt),
        "same": [b.mV == b.mvolt, b.nS == b.nsiemens, b.um == b.umetre],
    }


@probe("3 Quantity")
def constructor(b: Any) -> dict[str, Any]:
    volt = b.volt
    scalar = b.Quantity(3.0, dim=volt.dim)
    array = b.Quantity([1, 2, 3] * b.mV)
    return {
        "scalar": scalar,
        "none": b.Quantity(3.5),
        "shape": list(scalar.shape),
        "ndim": scalar.ndim,
        "kind": isinstance(scalar, np.ndarray),
        "dtypes": [str(x.dtype) for x in (scalar, 2 * volt, np.arange(3) * volt, [1, 2] * volt)],
        "dtype": str(b.Quantity([1, 2], volt, dtype=np.float32).dtype),
        "array": array,
        "of array": b.Quantity(np.array([[1.0, 2.0]]), dim=volt.dim),
        "list": b.Quantity([1 * volt, 2 * volt]),
        "mixed list": raised(lambda: b.Quantity([1 * volt, 2 * b.amp])),
        "half list": raised(lambda: b.Quantity([1 * volt, 2])),
        "text": raised(lambda: b.Quantity("3")),
    }


@probe("3 Quantity")
def making_and_indexing(b: Any) -> dict[str, Any]:
    q = np.array([[1.0, 2.0], [3.0, 4.0]]) * b.mV
    items = list(q[0])
    return {
        "list": [1, 2] * b.nS,
        "tuple": (1, 2) * b.nS,
        "reverse": b.nS * [1, 2],
        "divided": [1, 2] / b.ms,
        "element": q[0, 1],
        "is quantity": isinstance(q[0, 1], b.Quantity),
        "row": q[1],
        "mask": q[q > 2 * b.mV],
        "slice": q[:, 0],
        "fancy": q[[1, 0]],
        "iterated": [isinstance(x, b.Quantity) for x in items],
        "len": len(q),
        "len scalar": raised(lambda: len(3 * b.mV)),
        "index scalar": raised(lambda: (3 * b.mV)[0]),
        "item": q.item(0),
        "tolist": q.tolist()[0][1],
        "flat": q.flatten(),
        "T": q.T,
        "reshape": q.reshape(4),
        "repeat": q.repeat(2),
        "astype": [str(q.astype(np.float32).dtype), q.astype(np.float32).dim == q.dim],
        "copy": q.copy(),
    }


@probe("3 Quantity", "3 conversion")
def copies_and_pickles(b: Any) -> dict[str, Any]:
    q = [1, 2] * b.mV
    copied = copy.deepcopy(q)
    copied[0] = 5 * b.mV
    again = pickle.loads(pickle.dumps(q))  # noqa: S301 - our own
    unit = pickle.loads(pickle.dumps(b.mV))  # noqa: S301
    return {
        "copied": copied,
        "original": q,
        "again": again,
        "unit": unit,
        "dim": pickle.loads(pickle.dumps(b.volt.dim)) is b.volt.dim,  # noqa: S301
        "forced": b.Quantity(3.0, force_quantity=True),
        "shared": np.shares_memory(b.Quantity(q, copy=False), q),
        "not shared": np.shares_memory(b.Quantity(q, copy=True), q),
    }


@probe("3 arithmetic")
def products(b: Any) -> dict[str, Any]:
    a, c = [1.0, 2.0] * b.mV, [3.0, 4.0] * b.nS
    return {
        "mul": a * c,
        "div": a / c,
        "floordiv": (7 * b.mV) // (2 * b.mV),
        "mod": (7 * b.mV) % (2 * b.mV),
        "divmod": raised(lambda: divmod(7 * b.mV, 2 * b.mV)),
        "sqrt": np.sqrt(4 * b.mV**2),
        "square": np.square(a),
        "reciprocal": np.reciprocal(a),
        "dot": np.dot(a, c),
        "method dot": a.dot(c),
        "b dot": b.dot(a, c),
        "matmul": (np.eye(2) * b.nS) @ a,
        "neg": -a,
        "abs": abs(-a),
        "pos": +a,
        "cube": a**3,
        "int array": np.array([1, 2]) * b.mV,
        "right": 1 / a,
        "numpy scalar": np.float64(3) * b.mV,
        "int scalar": np.int32(3) * b.mV,
    }


@probe("3 arithmetic")
def sums(b: Any) -> dict[str, Any]:
    mV, amp = b.mV, b.amp
    return {
        "add": 3 * mV + 2 * b.volt,
        "sub": [1, 2] * mV - 1 * mV,
        "zero": 3 * mV + 0,
        "zero left": 0 - 3 * mV,
        "zero float": 3 * mV + 0.0,
        "sum": sum([1 * mV, 2 * mV]),
        "maximum": np.maximum([1, 5] * mV, 3 * mV),
        "minimum": np.minimum([1, 5] * mV, 0),
        "zero array": raised(lambda: [1, 2] * mV + np.zeros(2)),
        "one": raised(lambda: 3 * mV + 1),
        "other": raised(lambda: 3 * mV + 2 * amp),
        "minus": raised(lambda: 3 * mV - 2 * amp),
        "mod": raised(lambda: 3 * mV % (2 * amp)),
        "maximum of others": raised(lambda: np.maximum(3 * mV, 2 * amp)),
        "infinite": raised(lambda: 3 * mV + np.inf),
        "list": raised(lambda: [1, 2] * mV + [1, 2]),
        "text": raised(lambda: 3 * mV + "3"),
    }


@probe("3 arithmetic")
def comparisons(b: Any) -> dict[str, Any]:
    mV, amp = b.mV, b.amp
    v = [-1, 0, 1] * mV
    return {
        "zero": v > 0,
        "zero left": 0 <= v,  # noqa: SIM300
        "inf": v < np.inf,
        "minus inf": v > -np.inf,
        "equal": v == 0 * mV,
        "not equal": v != 1 * mV,
        "equal zero": v == 0,
        "same": 1000 * mV == 1 * b.volt,
        "nan": raised(lambda: v < np.nan),  # noqa: PLW0177
        "one": raised(lambda: v < 1),
        "other": raised(lambda: v < 1 * amp),
        "equal other": raised(lambda: v == 1 * amp),
        "not equal other": raised(lambda: v != 1 * amp),
        "scalar equal other": raised(lambda: 1 * mV == 1 * amp),
        "type": [type(x).__name__ for x in (v > 0, 1 * mV > 0 * mV)],
        "sorted": sorted([3 * mV, 1 * mV, 2 * mV])[1],
        "max": max(3 * mV, 1 * mV),
        "allclose": raised(lambda: np.allclose(v, v)),
        "allclose, atol": bool(np.allclose(v, v, atol=1e-3 * mV)),
        "array equal": bool(np.array_equal(v, v)),
        "isclose": raised(lambda: np.isclose(v, v)),
        "in": 1 * mV in v,
    }


@probe("3 dimensionless results")
def plain_results(b: Any) -> dict[str, Any]:
    mV, ms = b.mV, b.ms
    results = {
        "ratio": 10 * mV / mV,
        "array": [1, 2] * mV / mV,
        "product": 3 * ms * (2 * b.Hz),
        "strip": np.arange(3) * ms / ms,
        "root": (4 * mV**2) ** 0.5 / mV,
        "power": (3 * mV) ** 0,
        "log": b.log(10 * mV / mV),
    }
    return {
        **results,
        "types": [type(x).__name__ for x in results.values()],
        "quantities": [isinstance(x, b.Quantity) for x in results.values()],
        "forced": [str(b.Quantity(3.0)), repr(b.Quantity(3.0))],
        "forced array": [str(b.Quantity([3.0, 4.0])), repr(b.Quantity([3.0, 4.0]))],
    }


@probe("3 powers")
def powers(b: Any) -> dict[str, Any]:
    return {
        "half": b.second**0.5,
        "text": [str(b.second**0.5), repr(b.second**0.5), str(b.second**-0.5)],
        "back": (b.second**0.5) ** 2,
        "third": (8 * b.metre**3) ** (1 / 3),
        "negative": (2 * b.mV) ** -2,
        "array": np.array([1, 2]) * b.mV**2,
        "of array": ([1, 2] * b.mV) ** 2,
        "np": np.power(2 * b.mV, 3),
        "dimensionless quantity": (2 * b.mV) ** b.Quantity(2.0),
        "unit exponent": raised(lambda: (2 * b.mV) ** (2 * b.mV)),
        "array exponent": raised(lambda: (2 * b.mV) ** np.array([1, 2])),
        "plain base": 2 ** b.Quantity(3.0),
        "base and unit": raised(lambda: 2 ** (3 * b.mV)),
    }


@probe("3 in-place")
def in_place(b: Any) -> dict[str, Any]:
    mV, ms = b.mV, b.ms
    a = [1.0, 2.0, 3.0] * mV
    alias = a
    a += 1 * mV
    a *= 2
    view = a[1:]
    view -= 1 * mV
    scalar = 3 * mV
    same = scalar
    scalar += 1 * mV
    c = [1.0, 2.0] * mV
    c[0] = 7 * mV
    c[1:] = 0

    def wrong_unit() -> None:
        c[0] = 3 * ms

    def plain() -> None:
        c[:] = 3

    def wrong_sum() -> None:
        d = [1.0, 2.0] * mV
        d += 3 * ms

    d = [1.0, 2.0] * mV
    d /= 2
    e = [4.0, 5.0] * mV
    e **= 2
    return {
        "alias": alias,
        "shares": np.shares_memory(alias, a),
        "scalar": scalar,
        "same": same,
        "c": c,
        "d": d,
        "e": e,
        "wrong unit": raised(wrong_unit),
        "plain": raised(plain),
        "wrong sum": raised(wrong_sum),
        "after": c,
    }


@probe("3 in-place")
def in_place_changes_unit(b: Any) -> dict[str, Any]:
    a = [1.0, 2.0] * b.mV
    a *= 3 * b.nS
    c = 2 * b.mV
    c *= 3 * b.ms
    d = 2 * b.mV
    d /= b.mV
    filled = np.zeros(3) * b.mV
    filled.fill(2 * b.mV)
    filled[filled > 1 * b.mV] = 5 * b.mV
    filled.put([0], 1 * b.mV)
    return {
        "a": a,
        "c": c,
        "d": d,
        "filled": filled,
        "fill": raised(lambda: filled.fill(2 * b.ms)),
        "put": raised(lambda: filled.put([0], 1 * b.ms)),
    }


@probe("3 conversion")
def conversions(b: Any) -> dict[str, Any]:
    q = 3 * b.mV
    a = [1, 2] * b.mV
    return {
        "float": float(q),
        "int": int(3 * b.volt),
        "bool": [bool(0 * b.mV), bool(q)],
        "asarray": np.asarray(a),
        "array": np.array(a),
        "types": [type(np.asarray(a)).__name__, type(np.array(a)).__name__],
        "Quantity": b.Quantity(a),
        "asanyarray": np.asanyarray(a),
        "f-string": f"{q}",
        "spec": f"{q:.5f}",
        "int spec": f"{q:g}",
        "percent": "%g" % q,  # noqa: UP031
        "format": "{}".format(a),  # noqa: UP032
        "float of array": raised(lambda: float(a)),
        "bool of array": raised(lambda: bool(a)),
        "index": raised(lambda: [1, 2, 3][b.Quantity(1)]),
        "hash": raised(lambda: hash(q)),
        "set": raised(lambda: {q: 1}),
        "complex": raised(lambda: complex(q)),
    }


@probe(
    "3 constants",
    "2 brian2.units and its modules",
)
def constants(b: Any) -> dict[str, Any]:
    found = importlib.import_module(f"{b.__name__}.units.constants")
    names = [
        "avogadro_constant",
        "boltzmann_constant",
        "electric_constant",
        "electron_mass",
        "elementary_charge",
        "faraday_constant",
        "gas_constant",
        "magnetic_constant",
        "molar_mass_constant",
        "zero_celsius",
    ]
    R, F, zero = found.gas_constant, found.faraday_constant, found.zero_celsius
    temperature = zero + 36 * b.kelvin
    nernst = R * temperature / F * b.log(140 / 5.0)
    return {
        **{name: getattr(found, name) for name in names},
        "text": [str(R), str(F), repr(zero)],
        "nernst": nernst,
        "not in the package": [hasattr(b, name) for name in names],
        "public": sorted(n for n in dir(found) if n in names),
    }
