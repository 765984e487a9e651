"""Lets matplotlib draw quantities everywhere, in base units.

Most plots work without it, because quantities are arrays; calls such as `axhline(-50*mV)` do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from brainsim.units.quantity import Quantity
from brainsim.units.unit import Unit


def register_with_matplotlib() -> None:
    """Tell matplotlib how to convert quantities; imports `matplotlib.units`."""
    import matplotlib.units

    if Quantity in matplotlib.units.registry:
        return  # axes remember their converter and refuse another one

    class Converter(matplotlib.units.ConversionInterface):
        """Takes the values in base units."""

        @staticmethod
        def convert(value: Any, _unit: Any, _axis: Any) -> Any:
            """Return the values of a quantity, or of a list of quantities."""
            return np.asarray(value)[()]

    matplotlib.units.registry[Quantity] = matplotlib.units.registry[Unit] = Converter()
