"""Names in generated code: the user's, or numbers that depend on the network alone.

The automatic name of an object depends on which others happen to be alive (`neurongroup_7`). The
code must not: the same network made again is the same text, so that nothing is compiled again.
"""

from __future__ import annotations

import re

from ..model.base import BrianObject
from ..model.network import Network

_NUMBER = re.compile(r"_\d+$")
_QUOTED = re.compile(r"'(\w+)'")
_SUBGROUP = re.compile(r"(\w+?)_subgroup(_\d+)?")


class Labels:
    """The names that the objects of a network have in its code.

    Args:
        network: The network.
    """

    def __init__(self, network: Network) -> None:
        self._labels: dict[str, str] = {}
        taken = {obj.name for obj in network if obj.named_by_user}
        for obj in sorted(network.objects, key=lambda obj: obj.serial):
            label = obj.name
            if not obj.named_by_user:
                label = _first_free(_NUMBER.sub("", obj.name), taken)
                taken.add(label)
            self._labels[obj.name] = label
            for part in obj.contained_objects:
                self._labels[part.name] = self._of_part(part, obj, label, taken)

    @staticmethod
    def _of_part(part: BrianObject, whole: BrianObject, label: str, taken: set[str]) -> str:
        """Return the label of a part: that of the whole with a suffix, or its own name."""
        if part.name.startswith(f"{whole.name}_"):
            return label + part.name.removeprefix(whole.name)
        if part.named_by_user:
            return part.name
        own = _first_free(_NUMBER.sub("", part.name), taken)
        taken.add(own)
        return own

    def label(self, name: str) -> str:
        """Return the name in the code of the object called `name`; of others, the name itself."""
        if name not in self._labels:
            part = _SUBGROUP.fullmatch(name)
            if part is None or part[1] not in self._labels:
                return name
            base = f"{self._labels[part[1]]}_subgroup"
            self._labels[name] = _first_free(base, set(self._labels.values()))
        return self._labels[name]

    def in_text(self, text: str) -> str:
        """Return a text with the quoted names in it replaced by labels."""
        return _QUOTED.sub(lambda match: f"'{self.label(match[1])}'", text)


def _first_free(base: str, taken: set[str]) -> str:
    name, number = base, 0
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name
