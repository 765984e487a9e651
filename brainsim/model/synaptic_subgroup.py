"""Chosen synapses: what `S[i, j]` gives, an index for variables and for monitors."""

from __future__ import annotations

from typing import Any

from .variables import Array


class SynapticSubgroup:
    """The synapses that an index expression meant when it was made.

    Args:
        synapses: The Synapses object.
        numbers: Numbers of the synapses.
    """

    def __init__(self, synapses: Any, numbers: Array) -> None:
        self.synapses = synapses
        self._numbers = numbers
        self._total = len(synapses)

    def indices_in(self, group: Any) -> Array:
        """Return the numbers of the synapses, to index `group` by them.

        Raises:
            TypeError: They belong to another object.
            RuntimeError: Synapses were added since.
        """
        if group is not self.synapses:
            raise TypeError(
                f"these are synapses of '{self.synapses.name}', they do not index '{group.name}'"
            )
        if len(self.synapses) != self._total:
            raise RuntimeError(
                f"synapses of '{self.synapses.name}' have been added since this index was made: "
                "make it again"
            )
        return self._numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self)} synapses of '{self.synapses.name}'>"
