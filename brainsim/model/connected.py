"""Variables of connected groups seen from the synapses: `S.v_post`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..units import Quantity
from ..units.dimensions import DIMENSIONLESS
from .evaluation import Evaluation


class ConnectedView:
    """`S.v_post`: a variable of a connected group, one value per synapse.

    Args:
        synapses: The Synapses object.
        name: Name of the variable, with its ending.
    """

    def __init__(self, synapses: Any, name: str) -> None:
        self._synapses, self._name = synapses, name

    def __getitem__(self, item: Any) -> Any:
        numbers, single = self._synapses.resolve_index(item, None)
        context = Evaluation(self._synapses, numbers, None)
        values = self._synapses.element_values(self._name, numbers, context)
        info = self._synapses.meaning(self._name)
        values = values[0] if single else np.array(values)
        if info is None or info.dim is DIMENSIONLESS:
            return values
        return Quantity(values, dim=info.dim)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        del copy
        return np.array(self[:], dtype=dtype)

    def __len__(self) -> int:
        return len(self._synapses)

    def __repr__(self) -> str:
        return f"<{self._synapses.name}.{self._name}: {self[:]!r}>"
