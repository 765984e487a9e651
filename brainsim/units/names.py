"""The names of units as data: what a unit is called, how it is shown, what it measures.

A `UnitName` is a record without arithmetic on numbers; `unit.Unit` is the array that calculates.
Thousands of names exist (base units x SI prefixes x powers), so they are composed when asked for.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from brainsim.records import dataclass
from brainsim.units.dimensions import (
    DIMENSIONLESS,
    Dimension,
    exact_exponent,
    format_exponent,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Scale: TypeAlias = "int | float"

SI_PREFIXES: Final[dict[str, int]] = {
    "y": -24,
    "z": -21,
    "a": -18,
    "f": -15,
    "p": -12,
    "n": -9,
    "u": -6,
    "m": -3,
    "c": -2,
    "d": -1,
    "": 0,
    "da": 1,
    "h": 2,
    "k": 3,
    "M": 6,
    "G": 9,
    "T": 12,
    "P": 15,
    "E": 18,
    "Z": 21,
    "Y": 24,
}
# no scientist writes hectovolts: these are never chosen for printing and not known in equations
UNUSUAL_PREFIXES: Final = frozenset({"c", "d", "da", "h"})

# name, symbol, scale (power of ten), exponents of m kg s A K mol cd; where two units have the
# same dimension and size, the first is used for printing
_BASES: Final = (
    ("metre", "m", 0, (1, 0, 0, 0, 0, 0, 0)),
    ("meter", "m", 0, (1, 0, 0, 0, 0, 0, 0)),
    ("kilogram", "kg", 0, (0, 1, 0, 0, 0, 0, 0)),
    ("kilogramme", "kg", 0, (0, 1, 0, 0, 0, 0, 0)),
    ("gram", "g", -3, (0, 1, 0, 0, 0, 0, 0)),
    ("gramme", "g", -3, (0, 1, 0, 0, 0, 0, 0)),
    ("second", "s", 0, (0, 0, 1, 0, 0, 0, 0)),
    ("amp", "A", 0, (0, 0, 0, 1, 0, 0, 0)),
    ("ampere", "A", 0, (0, 0, 0, 1, 0, 0, 0)),
    ("kelvin", "K", 0, (0, 0, 0, 0, 1, 0, 0)),
    ("mole", "mol", 0, (0, 0, 0, 0, 0, 1, 0)),
    ("mol", "mol", 0, (0, 0, 0, 0, 0, 1, 0)),
    ("molar", "M", 3, (-3, 0, 0, 0, 0, 1, 0)),
    ("candle", "cd", 0, (0, 0, 0, 0, 0, 0, 1)),
    ("radian", "rad", 0, (0, 0, 0, 0, 0, 0, 0)),
    ("steradian", "sr", 0, (0, 0, 0, 0, 0, 0, 0)),
    ("hertz", "Hz", 0, (0, 0, -1, 0, 0, 0, 0)),
    ("newton", "N", 0, (1, 1, -2, 0, 0, 0, 0)),
    ("pascal", "Pa", 0, (-1, 1, -2, 0, 0, 0, 0)),
    ("joule", "J", 0, (2, 1, -2, 0, 0, 0, 0)),
    ("watt", "W", 0, (2, 1, -3, 0, 0, 0, 0)),
    ("coulomb", "C", 0, (0, 0, 1, 1, 0, 0, 0)),
    ("volt", "V", 0, (2, 1, -3, -1, 0, 0, 0)),
    ("farad", "F", 0, (-2, -1, 4, 2, 0, 0, 0)),
    ("ohm", "ohm", 0, (2, 1, -3, -2, 0, 0, 0)),
    ("siemens", "S", 0, (-2, -1, 3, 2, 0, 0, 0)),
    ("weber", "Wb", 0, (2, 1, -2, -1, 0, 0, 0)),
    ("tesla", "T", 0, (0, 1, -2, -1, 0, 0, 0)),
    ("henry", "H", 0, (2, 1, -2, -2, 0, 0, 0)),
    ("lumen", "lm", 0, (0, 0, 0, 0, 0, 0, 1)),
    ("lux", "lx", 0, (-2, 0, 0, 0, 0, 0, 1)),
    ("becquerel", "Bq", 0, (0, 0, -1, 0, 0, 0, 0)),
    ("gray", "Gy", 0, (2, 0, -2, 0, 0, 0, 0)),
    ("sievert", "Sv", 0, (2, 0, -2, 0, 0, 0, 0)),
    ("katal", "kat", 0, (0, 0, -1, 0, 0, 1, 0)),
    ("liter", "l", -3, (3, 0, 0, 0, 0, 0, 0)),
    ("litre", "l", -3, (3, 0, 0, 0, 0, 0, 0)),
)
_WITHOUT_PREFIX: Final = frozenset({"kilogram", "kilogramme", "kelvin"})
_WITHOUT_POWER: Final = frozenset({"liter", "litre"})
_POWERS: Final = (1, 2, 3)

# short names, and the full name of the same unit
ABBREVIATIONS: Final[dict[str, str]] = {
    "Hz": "hertz",
    "kHz": "khertz",
    "MHz": "Mhertz",
    "mV": "mvolt",
    "mA": "mamp",
    "uA": "uamp",
    "nA": "namp",
    "pA": "pamp",
    "uF": "ufarad",
    "nF": "nfarad",
    "pF": "pfarad",
    "mS": "msiemens",
    "uS": "usiemens",
    "nS": "nsiemens",
    "ms": "msecond",
    "us": "usecond",
    "cm": "cmetre",
    "cm2": "cmetre2",
    "cm3": "cmetre3",
    "mm": "mmetre",
    "mm2": "mmetre2",
    "mm3": "mmetre3",
    "um": "umetre",
    "um2": "umetre2",
    "um3": "umetre3",
    "mM": "mmolar",
    "uM": "umolar",
    "nM": "nmolar",
}
_OTHER_NAMES: Final = {"candela": "candle"}

# compound units of physics without a name of their own
_QUOTIENTS: Final = (
    ("joule", "kelvin"),
    ("joule", "mole"),
    ("joule", "kilogram * kelvin"),
    ("joule", "mole * kelvin"),
    ("watt", "metre * kelvin"),
    ("watt", "metre ** 2"),
    ("volt", "metre ** 3"),
    ("coulomb", "metre ** 2"),
    ("coulomb", "metre ** 3"),
    ("coulomb", "kilogram"),
    ("farad", "metre"),
    ("henry", "metre"),
    ("gray", "second"),
    ("katal", "metre ** 3"),
)

# what `from brainsim import *` brings besides the abbreviations
_STAR_PREFIXED: Final = (
    "amp coulomb farad gram gramme hertz joule liter litre meter metre molar mole ohm pascal "
    "second siemens volt watt"
)
STAR_NAMES: Final[tuple[str, ...]] = (
    "kilogram",
    "kelvin",
    *(prefix + base for base in _STAR_PREFIXED.split() for prefix in ("", *"pnumkMGT")),
    "cmetre",
    "cmeter",
    *ABBREVIATIONS,
)


def power_of_ten(scale: Scale) -> float:
    """Return 10**scale, correctly rounded for whole scales."""
    return float(f"1e{scale}") if isinstance(scale, int) else 10.0**scale


@dataclass(frozen=True, slots=True)
class UnitName:
    """What a unit is called and what it measures.

    Args:
        dim: Its dimension.
        scale: Its size in base units is 10**scale.
        name: Python name or expression of names, such as "mvolt" or "mvolt / msecond".
        dispname: Symbols, such as "mV" or "mV/ms".
        latexname: The symbols as LaTeX, without dollar signs.
        iscompound: Whether it needs brackets inside a quotient or a power.
    """

    dim: Dimension
    scale: Scale
    name: str
    dispname: str
    latexname: str
    iscompound: bool = False

    @property
    def value(self) -> float:
        """The size in base units, 10**scale."""
        return power_of_ten(self.scale)


def upright(symbol: str) -> str:
    """Return the LaTeX of a symbol."""
    return rf"\mathrm{{{symbol}}}"


def scaled(base: UnitName, prefix: str) -> UnitName:
    """Return the name of a unit with an SI prefix.

    Raises:
        KeyError: No such prefix.
    """
    lead = upright(r"\mu" if prefix == "u" else prefix) if prefix else ""
    return UnitName(
        base.dim,
        base.scale + SI_PREFIXES[prefix],
        prefix + base.name,
        prefix + base.dispname,
        lead + base.latexname,
    )


def _bracketed(unit: UnitName) -> tuple[str, str]:
    if unit.iscompound:
        return f"({unit.name})", f"({unit.dispname})"
    return unit.name, unit.dispname


def product(left: UnitName, right: UnitName) -> UnitName:
    """Return the name of `left * right`."""
    return UnitName(
        left.dim * right.dim,
        left.scale + right.scale,
        f"{left.name} * {right.name}",
        f"{left.dispname} {right.dispname}",
        rf"{left.latexname}\,{right.latexname}",
        iscompound=True,
    )


def quotient(left: UnitName, right: UnitName) -> UnitName:
    """Return the name of `left / right`."""
    (left_name, left_symbol), (right_name, right_symbol) = _bracketed(left), _bracketed(right)
    return UnitName(
        left.dim / right.dim,
        left.scale - right.scale,
        f"{left_name} / {right_name}",
        f"{left_symbol}/{right_symbol}",
        rf"\frac{{{left.latexname}}}{{{right.latexname}}}",
        iscompound=True,
    )


def power(base: UnitName, exponent: object) -> UnitName:
    """Return the name of `base ** exponent`."""
    name, symbol = _bracketed(base)
    latex = rf"\left({base.latexname}\right)" if base.iscompound else base.latexname
    exact = exact_exponent(exponent)
    scale = base.scale * exact
    text = format_exponent(exact)
    return UnitName(
        base.dim**exact,
        int(scale) if scale == int(scale) else float(scale),
        f"{name} ** {text}",
        f"{symbol}^{text}",
        f"{latex}^{{{format_exponent(exact, brackets=False)}}}",
        iscompound=True,
    )


def nameless(dim: Dimension) -> UnitName:
    """Return the coherent unit of a dimension, named by its base units."""
    if dim is DIMENSIONLESS:
        return UnitName(dim, 0, "Unit(1)", "1", "1")
    return UnitName(dim, 0, repr(dim), str(dim), dim.latex())


def _spell(row: int, prefix: str, exponent: int) -> UnitName:
    name, symbol, scale, exponents = _BASES[row]
    unit = scaled(UnitName(Dimension(exponents), scale, name, symbol, upright(symbol)), prefix)
    if exponent == 1:
        return unit
    return UnitName(
        unit.dim**exponent,
        unit.scale * exponent,
        f"{unit.name}{exponent}",
        f"{unit.dispname}^{exponent}",
        f"{unit.latexname}^{exponent}",
    )


@cache
def _spellings() -> dict[str, tuple[int, str, int]]:
    """Return every full name: row of the table of base units, prefix, power."""
    return {
        f"{prefix}{base[0]}{exponent if exponent > 1 else ''}": (row, prefix, exponent)
        for row, base in enumerate(_BASES)
        for prefix in (("",) if base[0] in _WITHOUT_PREFIX else SI_PREFIXES)
        for exponent in ((1,) if base[0] in _WITHOUT_POWER else _POWERS)
    }


@cache
def find(name: str) -> UnitName:
    """Return the unit of a name such as "mV", "mvolt" or "umetre2".

    The same record for all spellings of one name.

    Raises:
        KeyError: No unit has that name.
    """
    full = ABBREVIATIONS.get(name) or _OTHER_NAMES.get(name)
    return find(full) if full else _spell(*_spellings()[name])


def full_names() -> tuple[str, ...]:
    """Return the names of all units, without the abbreviations."""
    return (*_spellings(), *_OTHER_NAMES)


@cache
def names_in_equations() -> tuple[str, ...]:
    """Return the names of units which the strings of a model know.

    Rare prefixes are left out, because `damp` or `camp` are good names for variables.
    """
    return (
        *(
            name
            for name, (row, prefix, _) in _spellings().items()
            if prefix not in UNUSUAL_PREFIXES or _BASES[row][0] in _WITHOUT_POWER
        ),
        *_OTHER_NAMES,
        *ABBREVIATIONS,
    )


@cache
def _rows_by_dimension() -> dict[Dimension, list[tuple[int, int]]]:
    rows: dict[Dimension, list[tuple[int, int]]] = {}
    for row, (name, _, _, exponents) in enumerate(_BASES):
        if any(exponents) and name not in _WITHOUT_POWER:
            for exponent in _POWERS:
                dim = Dimension(exponents) ** exponent
                rows.setdefault(dim, []).append((row, exponent))
    return rows


@cache
def standard_names(dim: Dimension) -> Mapping[float, UnitName]:
    """Return the units of a dimension that quantities are printed in: size -> name."""
    found: dict[float, UnitName] = {}
    for row, exponent in _rows_by_dimension().get(dim, ()):
        single = _BASES[row][0] in _WITHOUT_PREFIX
        for prefix in ("",) if single else SI_PREFIXES:
            if prefix not in UNUSUAL_PREFIXES:
                unit = _spell(row, prefix, exponent)
                found.setdefault(unit.value, unit)
    return found


def _denominator(text: str) -> UnitName:
    match text.split():
        case [base, "**", exponent]:
            return power(find(base), int(exponent))
        case [left, "*", right]:
            return product(find(left), find(right))
        case _:
            return find(text)


@cache
def common_compounds() -> Mapping[Dimension, UnitName]:
    """Return compound units for printing where neither a name nor a user's unit fits."""
    units = [quotient(find(left), _denominator(right)) for left, right in _QUOTIENTS]
    units.append(product(find("pascal"), find("second")))
    return {unit.dim: unit for unit in units}
