"""All units with all SI prefixes: `metre`, `umetre2`, `Zvolt`, ... about two thousand names."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from brainsim.units.names import full_names
from brainsim.units.unit import UnitTable, units_as_attributes

__all__ = list(full_names())
__all__ += ["celsius"]


class _Celsius:
    """What stands in the place of degrees Celsius, which have no zero in common with kelvin."""

    def _refuse(self, _: object) -> NoReturn:
        raise TypeError(
            "There is no unit 'celsius': it could mean a temperature or a difference of "
            "temperatures. Write kelvin for a difference, and add zero_celsius from "
            "brainsim.units.constants for a temperature"
        )

    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = _refuse


celsius: Final[Any] = _Celsius()
__getattr__ = units_as_attributes(UnitTable(full_names), globals())
