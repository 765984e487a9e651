"""The names of the tradition's module of the same name, collected from where they are defined."""

from __future__ import annotations

from brainsim.units.check_units import check_units
from brainsim.units.checks import (
    fail_for_dimension_mismatch,
    get_dimensions,
    have_same_dimensions,
    is_dimensionless,
    is_scalar_type,
)
from brainsim.units.dimensions import (
    DIMENSIONLESS,
    Dimension,
    DimensionMismatchError,
    get_or_create_dimension,
)
from brainsim.units.quantity import Quantity, quantity_with_dimensions
from brainsim.units.registry import (
    UnitRegistry,
    additional_unit_register,
    get_unit_for_display,
    standard_unit_register,
    user_unit_register,
)
from brainsim.units.unit import (
    DEFAULT_UNITS,
    Unit,
    get_unit,
    in_best_unit,
    in_unit,
    is_base_unit,
    register_new_unit,
    units_as_attributes,
)

__all__ = [
    "DEFAULT_UNITS",
    "DIMENSIONLESS",
    "Dimension",
    "DimensionMismatchError",
    "Quantity",
    "Unit",
    "UnitRegistry",
    "additional_unit_register",
    "check_units",
    "fail_for_dimension_mismatch",
    "get_dimensions",
    "get_or_create_dimension",
    "get_unit",
    "get_unit_for_display",
    "have_same_dimensions",
    "in_best_unit",
    "in_unit",
    "is_base_unit",
    "is_dimensionless",
    "is_scalar_type",
    "quantity_with_dimensions",
    "register_new_unit",
    "standard_unit_register",
    "user_unit_register",
]

__getattr__ = units_as_attributes(DEFAULT_UNITS, globals())
