"""Short names of units: `mV`, `nS`, `ms`, `Hz`, `um2`, ..."""

from __future__ import annotations

from brainsim.units.names import ABBREVIATIONS
from brainsim.units.unit import UnitTable, units_as_attributes

__all__ = list(ABBREVIATIONS)

stdunits = UnitTable(lambda: tuple(ABBREVIATIONS))
__getattr__ = units_as_attributes(stdunits, globals())
