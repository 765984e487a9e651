"""Section 3: how quantities and units are printed, and the helpers around units."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from probing import probe, raised


def both(value: Any) -> list[str]:
    """Return str and repr."""
    return [str(value), repr(value)]


def forget_compound_units(b: Any) -> None:
    """Forget which units scripts have made so far: they are used for printing."""
    register = importlib.import_module(f"{b.__name__}.units.fundamentalunits").user_unit_register
    for name in ("units", "units_for_dimensions", "_added"):
        getattr(register, name, {}).clear()


@probe("3 printing")
def scalars(b: Any) -> dict[str, Any]:
    forget_compound_units(b)
    values = {
        "3 mV": 3 * b.mV,
        "0": 0 * b.mV,
        "1 V": 1 * b.volt,
        "1000": 1000 * b.volt,
        "0.9999": 0.9999 * b.volt,
        "1e-3": 1e-3 * b.volt,
        "1e-15": 1e-15 * b.volt,
        "1e-30": 1e-30 * b.volt,
        "1e30": 1e30 * b.volt,
        "negative": -70 * b.mV,
        "pi": np.pi * b.ms,
        "third": b.second / 3,
        "nan": np.nan * b.mV,
        "nS": 100 * b.nS,
        "Mohm": 5e6 * b.ohm,
        "kHz": 2500 * b.Hz,
        "per ms": 1 / b.ms,
        "nA": 0.5 * b.nA,
        "uF/cm2": 1 * b.uF / b.cm**2,
        "msiemens/cm2": 36 * b.msiemens / b.cm**2,
        "um2": 20000 * b.um**2,
        "cm": 3 * b.cm,
        "mM": 5 * b.mM,
        "molar": 2 * b.molar,
        "kg": 3 * b.kilogram,
        "gram": 3 * b.gram,
        "K": 300 * b.kelvin,
        "mol": 2 * b.mole,
        "ohm cm": 150 * b.ohm * b.cm,
        "V/s": 3 * b.mV / b.ms,
        "mV ms": 3 * b.mV * b.ms,
        "noise": 2 * b.second**-0.5,
        "square": (3 * b.mV) ** 2,
        "J": 1 * b.joule,
        "S/F": b.nS / b.pF,
        "A/F": b.nA / b.pF,
        "1/V": 1 / b.mV,
        "m/s": 2 * b.metre / b.second,
        "A/m2": 3 * b.amp / b.metre**2,
    }
    return {key: both(value) for key, value in values.items()}


@probe("3 printing")
def arrays(b: Any) -> dict[str, Any]:
    forget_compound_units(b)
    values = {
        "nS": [1, 2, 3] * b.nS,
        "wide": [1e-3, 1] * b.volt,
        "wider": [1e-9, 1, 1e3] * b.volt,
        "zeros": np.zeros(3) * b.mV,
        "with zero": [0, 5] * b.mV,
        "matrix": np.array([[1.0, 2.0], [3.0, 4.5]]) * b.pA,
        "one": [3] * b.mV,
        "empty": np.array([]) * b.mV,
        "negative": [-70, -55.5] * b.mV,
        "long": np.arange(2000) * b.ms,
        "compound": [1, 2] * b.mV * b.ms,
        "nan": [np.nan, 1] * b.mV,
        "fractions": np.array([1, 2, 3]) / 3 * b.ms,
        "large": [1e6, 2e6] * b.ohm,
        "element": ([1, 2] * b.mV)[0],
        "integers": b.Quantity([1, 2]),
    }
    return {key: both(value) for key, value in values.items()}


@probe("3 printing")
def units(b: Any) -> dict[str, Any]:
    forget_compound_units(b)
    values = {
        "mV": b.mV,
        "nS*mV": b.nS * b.mV,
        "volt/second": b.volt / b.second,
        "ms**2": b.ms**2,
        "metre**-2": b.metre**-2,
        "1/second": 1 / b.second,
        "second**-1": b.second**-1,
        "uF/cm**2": b.uF / b.cm**2,
        "nested": b.siemens / (b.metre**2 * b.volt),
        "long": b.mV / b.ms / b.nS,
        "root": b.second**0.5,
        "Hz": b.Hz,
        "kgram": b.kgram,
        "ohm*cm": b.ohm * b.cm,
        "um**2": b.um**2,
        "um2": b.um2,
        "squared": (b.mV * b.ms) ** 2,
        "ratio": b.mV / b.volt,
        "same": b.mV / b.mV,
    }
    return {key: [*both(value), float(value)] for key, value in values.items()}


@probe("3 printing")
def evaluates_back(b: Any) -> dict[str, Any]:
    forget_compound_units(b)
    everything = importlib.import_module(f"{b.__name__}.units.allunits")
    names = {name: getattr(everything, name) for name in everything.__all__}
    names |= {"array": np.array}
    values = [3 * b.mV, [1, 2] * b.nS, -70.123456789 * b.mV, 36 * b.msiemens / b.cm**2]
    back = [eval(repr(value), names) for value in values]  # noqa: S307 - our own text
    return {
        "equal": [bool(np.all(one == two)) for one, two in zip(values, back, strict=True)],
        "fstring": f"v = {3 * b.mV}, {[1, 2] * b.ms}",
        "latex": [(3 * b.mV)._repr_latex_(), b.mV._repr_latex_(), (b.nS / b.cm)._repr_latex_()],
        "latex array": ([1, 2] * b.mV)._repr_latex_(),
    }


@probe("3 helpers")
def in_unit(b: Any) -> dict[str, Any]:
    forget_compound_units(b)
    q = 3.123456 * b.mV
    a = [1.5, 2.25] * b.mV
    return {
        "unit": b.in_unit(q, b.volt),
        "mV": b.in_unit(q, b.mV),
        "precision": b.in_unit(q, b.mV, 3),
        "named": b.in_unit(q, b.uV if hasattr(b, "uV") else b.uvolt, precision=2),
        "array": b.in_unit(a, b.uvolt),
        "number": b.in_unit(3.5, b.Unit(1.0)),
        "wrong": raised(lambda: b.in_unit(q, b.amp)),
        "method": q.in_unit(b.volt),
        "method python": q.in_unit(b.volt, python_code=True),
        "precision method": q.in_unit(b.mV, 2),
        "best": b.in_best_unit(0.00123456 * b.volt),
        "best precision": b.in_best_unit(0.00123456 * b.volt, 2),
        "best number": b.in_best_unit(3.5),
        "best array": b.in_best_unit([0.001, 0.002] * b.volt),
        "best method": (0.00123456 * b.volt).in_best_unit(),
        "best method precision": (0.00123456 * b.volt).in_best_unit(3),
        "best python": (0.00123456 * b.volt).in_best_unit(python_code=True),
        "given units": (0.5 * b.volt).in_best_unit(3),
        "integer": b.in_best_unit(10 * b.ms),
    }


@probe("3 helpers")
def dimensions(b: Any) -> dict[str, Any]:
    forget_compound_units(b)
    get = b.get_dimensions
    return {
        "get": [repr(get(x)) for x in (3 * b.mV, 3, 3.5, [1, 2] * b.nS, b.volt, np.ones(2))],
        "text": [str(get(b.volt)), str(get(3)), str(get(b.metre**2)), repr(get(b.amp / b.metre))],
        "same": [
            b.have_same_dimensions(3 * b.mV, 2 * b.volt),
            b.have_same_dimensions(3 * b.mV, 2 * b.amp),
            b.have_same_dimensions(3, 4.5),
            b.have_same_dimensions(3 * b.mV, 2),
            (3 * b.mV).has_same_dimensions(b.volt),
            (3 * b.mV).has_same_dimensions(3),
        ],
        "dimensionless": [
            b.is_dimensionless(3),
            b.is_dimensionless(3 * b.mV),
            b.is_dimensionless(b.mV / b.volt),
            b.is_dimensionless([1, 2]),
            (3 * b.mV).is_dimensionless,
        ],
        "scalar type": [
            b.is_scalar_type(x) for x in (3, 3.5, 3 * b.mV, [1, 2], np.ones(2), "3", True)
        ],
        "get_unit": [repr(b.get_unit(get(x))) for x in (b.mV, b.metre / b.second, b.nS / b.cm)],
        "of dimension": repr(b.get_unit(b.volt.dim)),
        "with_dimensions": b.Quantity.with_dimensions(2.0, length=1),
        "two": b.Quantity.with_dimensions([1.0, 2.0], length=1, time=-1),
        "by dimension": b.Quantity.with_dimensions(2.0, get(b.volt)),
        "create": repr(b.get_or_create_dimension(length=1, time=-2)),
        "create list": repr(b.get_or_create_dimension([1, 0, -1, 0, 0, 0, 0])),
        "identical": b.get_or_create_dimension(length=1) is b.metre.dim,
        "short": b.get_or_create_dimension(m=1, s=-1) is (b.metre / b.second).dim,
        "wrong": raised(lambda: b.get_or_create_dimension([1, 2])),
        "unknown": raised(lambda: b.get_or_create_dimension(lenth=1)),
        "dimensions": (3 * b.mV).dimensions is b.volt.dim,
        "product": repr(b.volt.dim * b.amp.dim),
        "quotient": repr(b.volt.dim / b.amp.dim),
        "power": repr(b.volt.dim**2),
        "get_dimension": [b.volt.dim.get_dimension("time"), b.volt.dim.get_dimension("length")],
        "text of": raised(lambda: get("abc")),
        "none of": raised(lambda: get(None)),
    }


@probe("3 Unit")
def unit_objects(b: Any) -> dict[str, Any]:
    forget_compound_units(b)
    Unit, volt = b.Unit, b.volt
    hundredth = Unit.create_scaled_unit(volt, "c")
    own = Unit.create(b.get_dimensions(b.metre), "yardstick", "yd", scale=-1)
    return {
        "is": [isinstance(b.mV, Unit), isinstance(3 * b.mV, Unit), isinstance(b.mV, b.Quantity)],
        "name": [b.mV.name, b.mV.dispname, b.mV.latexname, b.mV.scale],
        "compound": [(b.nS * b.mV).name, (b.nS * b.mV).dispname, (b.nS * b.mV).scale],
        "iscompound": [b.mV.iscompound, (b.nS * b.mV).iscompound, (b.ms**2).iscompound],
        "power": [(b.ms**2).name, (b.ms**2).dispname, (b.ms**2).scale],
        "divided": [(b.mV / b.ms).name, (b.mV / b.ms).dispname],
        "scaled": [*both(hundredth), float(hundredth)],
        "own": [*both(own), float(own), *both(3 * own)],
        "product types": [
            type(x).__name__ for x in (b.nS * b.mV, 3 * b.mV, b.mV / b.ms, b.mV**2, 1 / b.ms)
        ],
        "product with quantity": type(b.mV * (3 * b.mV)).__name__,
        "equal": [b.mV == b.mvolt, b.mV == b.volt, b.mV == 1e-3 * b.volt],
        "compare": raised(lambda: b.mV == b.amp),
        "in-place": raised(lambda: b.mV.__imul__(3)),
        "assign": raised(lambda: b.mV.__setitem__((), 3)),
        "add": b.mV + b.mV,
        "float": float(b.mV),
        "dimension": repr(b.mV.dim),
        "hash": isinstance(hash(b.mV), int),
        "one": [repr(Unit(1.0)), str(Unit(1.0))],
        "made": [*both(Unit.create_scaled_unit(b.siemens, "f"))],
    }


@probe("3 Unit")
def registered_unit(b: Any) -> dict[str, Any]:
    forget_compound_units(b)
    oersted = b.Unit.create(
        b.get_dimensions(b.amp / b.metre), name="oersteds", dispname="Oe", latexname=r"\mathrm{Oe}"
    )
    before = both(3 * b.amp / b.metre)
    b.register_new_unit(oersted)
    after = both(3 * b.amp / b.metre)
    small = both(3e-4 * b.amp / b.metre)
    forget_compound_units(b)
    return {"before": before, "after": after, "small": small}
