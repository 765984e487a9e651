"""The measures of compartments: spheres and truncated cones, and how current flows along them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..records import dataclass
from ..units import Quantity, meter
from .variables import Array

# in metres: the resistance inside an isopotential compartment is next to nothing
ISOPOTENTIAL = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """The measures of the compartments of a section, in metres; each has the shape (n,).

    The axial resistance of the first half of a compartment is Ri/r_length_1, that of its second
    half Ri/r_length_2.
    """

    diameter: Array
    length: Array
    area: Array
    volume: Array
    r_length_1: Array
    r_length_2: Array

    def part(self, start: int, stop: int) -> Geometry:
        """Return the measures of the compartments `start` to `stop`."""
        return Geometry(**{name: getattr(self, name)[start:stop] for name in MEASURES})


MEASURES = ("diameter", "length", "area", "volume", "r_length_1", "r_length_2")


def sphere(diameter: float) -> Geometry:
    """Return the measures of a sphere of a diameter in metres, all at one potential."""
    measures: dict[str, Any] = {
        "diameter": diameter,
        "length": diameter,
        "area": np.pi * diameter**2,
        "volume": np.pi * diameter**3 / 6,
        "r_length_1": ISOPOTENTIAL,
        "r_length_2": ISOPOTENTIAL,
    }
    return Geometry(**{name: np.array([value]) for name, value in measures.items()})


def cones(start: Array, end: Array, length: Array) -> Geometry:
    """Return the measures of truncated cones.

    The mean diameter stands for the compartment as a whole. A half compartment of length L/2 has
    the resistance of a cone between the diameters a and b, which is 4 Ri (L/2) / (pi a b).

    Args:
        start: Diameters where the compartments begin, in metres, shape (n,).
        end: Diameters where they end.
        length: Lengths.
    """
    middle = (start + end) / 2
    slope = (start - end) ** 2 / 4 + length**2
    return Geometry(
        diameter=middle,
        length=length,
        area=np.pi / 2 * (start + end) * np.sqrt(slope),
        volume=np.pi * length * (start**2 + start * end + end**2) / 12,
        r_length_1=np.pi / 2 * start * middle / length,
        r_length_2=np.pi / 2 * middle * end / length,
    )


def in_metres(values: Any, power: int = 1) -> Quantity:
    """Return numbers as a quantity in metre, or in metre to a power."""
    return Quantity(values, dim=(meter**power).dim)
