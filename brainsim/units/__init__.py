"""Quantities with physical units.

`__all__` is what the star import brings: the classes and functions of `fundamentalunits`, the
unit-aware NumPy functions, and the units with usual prefixes. More names are in `allunits`.
"""

from __future__ import annotations

from brainsim.units.functions import (
    UNIT_AWARE_FUNCTIONS as UNIT_AWARE_FUNCTIONS,
)
from brainsim.units.functions import (
    arange,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctanh,
    cos,
    cosh,
    diagonal,
    dot,
    exp,
    expm1,
    exprel,
    linspace,
    log,
    log1p,
    log10,
    ones_like,
    ptp,
    ravel,
    sin,
    sinh,
    tan,
    tanh,
    trace,
    where,
    zeros_like,
)
from brainsim.units.fundamentalunits import (
    DEFAULT_UNITS as DEFAULT_UNITS,
)
from brainsim.units.fundamentalunits import (
    DIMENSIONLESS as DIMENSIONLESS,
)
from brainsim.units.fundamentalunits import (
    Dimension as Dimension,
)
from brainsim.units.fundamentalunits import (
    DimensionMismatchError,
    Quantity,
    Unit,
    check_units,
    get_dimensions,
    get_or_create_dimension,
    get_unit,
    have_same_dimensions,
    in_best_unit,
    in_unit,
    is_dimensionless,
    is_scalar_type,
    register_new_unit,
)
from brainsim.units.fundamentalunits import (
    fail_for_dimension_mismatch as fail_for_dimension_mismatch,
)
from brainsim.units.fundamentalunits import (
    is_base_unit as is_base_unit,
)
from brainsim.units.fundamentalunits import (
    quantity_with_dimensions as quantity_with_dimensions,
)
from brainsim.units.names import STAR_NAMES
from brainsim.units.unit import UnitTable, units_as_attributes

__all__ = [
    "DimensionMismatchError",
    "Quantity",
    "Unit",
    "arange",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "check_units",
    "cos",
    "cosh",
    "diagonal",
    "dot",
    "exp",
    "expm1",
    "exprel",
    "get_dimensions",
    "get_or_create_dimension",
    "get_unit",
    "have_same_dimensions",
    "in_best_unit",
    "in_unit",
    "is_dimensionless",
    "is_scalar_type",
    "linspace",
    "log",
    "log1p",
    "log10",
    "ones_like",
    "ptp",
    "ravel",
    "register_new_unit",
    "sin",
    "sinh",
    "tan",
    "tanh",
    "trace",
    "where",
    "zeros_like",
]
__all__ += list(STAR_NAMES)

__getattr__ = units_as_attributes(UnitTable(lambda: STAR_NAMES), globals())
