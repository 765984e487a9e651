"""Names of objects: given by the user, or the lowest free number among living objects."""

from __future__ import annotations

import keyword
import re
import weakref
from typing import Any, Self

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_living: weakref.WeakValueDictionary[str, Nameable] = weakref.WeakValueDictionary()
_tracked: set[weakref.ref[Any]] = set()


class Trackable:
    """Something whose living instances can be listed."""

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Return a new instance, after noting it."""
        instance = super().__new__(cls)
        _tracked.add(weakref.ref(instance, _tracked.discard))
        return instance

    @classmethod
    def __instances__(cls) -> set[weakref.ref[Self]]:
        """Return weak references to the living instances of this class and of those below it."""
        return {ref for ref in list(_tracked) if isinstance(ref(), cls)}


class Nameable(Trackable):
    """Something with a name.

    Args:
        name: An identifier; with a trailing `*` the name itself when no living object has it, else
            with `_1`, `_2`, ... appended.

    Raises:
        ValueError: The name is no identifier.
        TypeError: The name is no string.
    """

    def __init__(self, name: str) -> None:
        self._name = choose_name(name)
        # whether the user chose the name, rather than the numbering of living objects
        self.named_by_user = not name.endswith("*")
        _living[self._name] = self

    @property
    def name(self) -> str:
        """The unique name."""
        return self._name


def choose_name(name: Any) -> str:
    """Return the name which a new object gets, see `Nameable`."""
    if not isinstance(name, str):
        raise TypeError(f"a name must be a string, not {type(name).__name__}")
    base = name.rstrip("*")
    if not _IDENTIFIER.fullmatch(base) or keyword.iskeyword(base):
        raise ValueError(
            f"'{base}' cannot be a name: a name has only letters, digits and underscores, and "
            "starts with no digit"
        )
    if not name.endswith("*") or base not in _living:
        return base
    number = 1
    while f"{base}_{number}" in _living:
        number += 1
    return f"{base}_{number}"
