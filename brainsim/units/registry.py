"""Which unit a quantity is printed in.

Input: values in base units and their dimension. Output: the `UnitName` whose size suits them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from brainsim.units.dimensions import DIMENSIONLESS, Dimension, name_dimensions_with
from brainsim.units.names import UnitName, common_compounds, nameless, standard_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


class UnitRegistry:
    """Units to print with, by dimension and size.

    Args:
        known: Units that are there from the start, found by dimension.
    """

    def __init__(self, known: Callable[[Dimension], Mapping[float, UnitName]]) -> None:
        self._known = known
        self._added: dict[Dimension, dict[float, UnitName]] = {}

    def add(self, unit: UnitName) -> None:
        """Add a unit; it replaces an earlier one of the same size."""
        self._added.setdefault(unit.dim, {})[unit.value] = unit

    def names(self, dim: Dimension) -> Mapping[float, UnitName]:
        """Return the units of a dimension: size in base units -> name."""
        added = self._added.get(dim)
        return {**self._known(dim), **added} if added else self._known(dim)


def _common(dim: Dimension) -> Mapping[float, UnitName]:
    unit = common_compounds().get(dim)
    return {} if unit is None else {unit.value: unit}


standard_unit_register: Final = UnitRegistry(standard_names)
user_unit_register: Final = UnitRegistry(lambda _: {})
additional_unit_register: Final = UnitRegistry(_common)
_IN_ORDER: Final = (standard_unit_register, user_unit_register, additional_unit_register)


def coherent_name(dim: Dimension) -> UnitName:
    """Return the unit of size 1 of a dimension: "volt" rather than "metre ** 2 * kilogram ..."."""
    for register in _IN_ORDER:
        unit = register.names(dim).get(1.0)
        if unit is not None:
            return unit
    return nameless(dim)


def _shown(values: NDArray[Any]) -> NDArray[Any]:
    """Return the elements that NumPy prints: of a large array only those at its edges."""
    options = np.get_printoptions()
    edge = options["edgeitems"]
    if values.size <= options["threshold"]:
        return values
    for axis, length in enumerate(values.shape):
        if length > 2 * edge:
            values = values.take([*range(edge), *range(-edge, 0)], axis)
    return values


def best_name(values: NDArray[Any], dim: Dimension, *registers: UnitRegistry) -> UnitName:
    """Return the unit in which the values, given in base units, are easiest to read.

    The first register that knows the dimension decides. Of its units the one is taken that
    brings the geometric mean of the values closest to 10, so that scalars lie between 0.3
    and 300. Zeros, infinities, NaN, and what is not printed of a large array do not count;
    without other values the size is 1.
    """
    if dim is DIMENSIONLESS:
        return nameless(dim)
    chosen = registers or _IN_ORDER
    known = (list(found.values()) for register in chosen if (found := register.names(dim)))
    candidates = next(known, [nameless(dim)])
    if len(candidates) == 1:
        return candidates[0]
    sizes = np.abs(_shown(values))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    wanted = float(np.mean(np.log10(sizes))) - 1 if sizes.size else 0.0
    # between two equally good ones, rather 0.01 km^2 than 10000 m^2
    return min(
        candidates,
        key=lambda unit: (round(abs(unit.scale - wanted), 9), unit.scale == 0, unit.scale),
    )


def get_unit_for_display(dim: Dimension) -> str:
    """Return the symbols of the unit of size 1 of a dimension, such as "V", or "1"."""
    return coherent_name(dim).dispname


name_dimensions_with(get_unit_for_display)
