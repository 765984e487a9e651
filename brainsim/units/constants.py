"""Physical constants: CODATA 2014, as in the tradition.

Source: Mohr, Newell and Taylor, CODATA recommended values of the fundamental physical constants:
2014, Rev. Mod. Phys. 88, 035009 (2016). Values that were exact by definition are given exactly.
"""

from __future__ import annotations

from math import pi
from typing import Final

from brainsim.units.quantity import Quantity

__all__ = [
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

# dimensions instead of products of units, which would be taken for units to print with


def _constant(value: float, **exponents: int) -> Quantity:
    quantity: Quantity = Quantity.with_dimensions(value, **exponents)
    return quantity


avogadro_constant: Final = _constant(6.022140857e23, mol=-1)
boltzmann_constant: Final = _constant(1.38064852e-23, m=2, kg=1, s=-2, K=-1)
electric_constant: Final = _constant(8.854187817e-12, m=-3, kg=-1, s=4, A=2)
electron_mass: Final = _constant(9.10938356e-31, kg=1)
elementary_charge: Final = _constant(1.6021766208e-19, s=1, A=1)
faraday_constant: Final = _constant(96485.33289, s=1, A=1, mol=-1)
gas_constant: Final = _constant(8.3144598, m=2, kg=1, s=-2, K=-1, mol=-1)
magnetic_constant: Final = _constant(4e-7 * pi, m=1, kg=1, s=-2, A=-2)
molar_mass_constant: Final = _constant(1e-3, kg=1, mol=-1)
zero_celsius: Final = _constant(273.15, K=1)
