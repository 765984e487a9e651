"""Views: what `group.v` gives. They read and write the group's memory, with or without units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..units import Quantity, get_unit
from ..units.dimensions import DIMENSIONLESS, Dimension


class VariableView(NDArrayOperatorsMixin):
    """A variable of a group, for reading and writing from Python.

    Args:
        name: Name of the variable.
        group: The group through which it is seen (it decides what an index means).
        dimensions: Dimensions; None for the form without units.
    """

    __slots__ = ("__weakref__", "dim_or_none", "group", "name")

    def __init__(self, name: str, group: Any, dimensions: Dimension | None) -> None:
        self.name = name
        self.group = group
        self.dim_or_none = dimensions

    def __getitem__(self, item: Any) -> Any:
        if item is Ellipsis or (
            isinstance(item, tuple) and any(part is None or part is Ellipsis for part in item)
        ):
            return self[:][item]  # plotting adds axes this way
        values = self.group.get_values(self.name, item)
        if self.dim_or_none is None or self.dim_or_none is DIMENSIONLESS:
            return values
        return Quantity(values, dim=self.dim_or_none, copy=False)

    def __setitem__(self, item: Any, value: Any) -> None:
        self.group.set_values(self.name, item, value, check_units=self.dim_or_none is not None)

    def get_item(self, item: Any, level: int = 0, namespace: Any = None) -> Any:
        """Return elements; `namespace` gives the external names of a string index."""
        del level  # the caller is found without counting frames
        values = self.group.get_values(self.name, item, namespace)
        if self.dim_or_none is None or self.dim_or_none is DIMENSIONLESS:
            return values
        return Quantity(values, dim=self.dim_or_none, copy=False)

    def set_item(self, item: Any, value: Any, level: int = 0, namespace: Any = None) -> None:
        """Set elements; `namespace` gives the external names of strings."""
        del level
        check = self.dim_or_none is not None
        self.group.set_values(self.name, item, value, check_units=check, namespace=namespace)

    @property
    def dim(self) -> Dimension:
        """Dimensions."""
        return DIMENSIONLESS if self.dim_or_none is None else self.dim_or_none

    @property
    def unit(self) -> Any:
        """The base unit."""
        return get_unit(self.dim)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole variable."""
        return np.shape(self[:])

    @property
    def ndim(self) -> int:
        """Number of axes of the whole variable."""
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return np.asarray(self[:]).dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        del copy  # always a copy: later runs must not change what the user took
        return np.array(self[:], dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        result = getattr(ufunc, method)(*(_plain(x) for x in inputs), **kwargs)
        if out is None:
            return result
        if len(out) == 1 and out[0] is self:
            self[:] = result
            return self
        return NotImplemented

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        del types
        return func(*_plain_all(args), **{key: _plain_all(val) for key, val in kwargs.items()})

    def __len__(self) -> int:
        return len(np.atleast_1d(np.asarray(self[:])))

    def __iter__(self) -> Iterator[Any]:
        return iter(self[:])

    def __float__(self) -> float:
        return float(np.asarray(self[:]))

    def __int__(self) -> int:
        return int(np.asarray(self[:]))

    def __bool__(self) -> bool:
        return bool(self[:])

    def __format__(self, spec: str) -> str:
        return format(self[:], spec)

    __hash__ = object.__hash__

    def _repr_latex_(self) -> str | None:
        values = self[:]
        return values._repr_latex_() if isinstance(values, Quantity) else None

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        del cycle  # a view contains no other objects
        p.text(repr(self))

    def __repr__(self) -> str:
        suffix = "_" if self.dim_or_none is None else ""
        values = self[:]
        shown = values.item() if isinstance(values, np.generic) else values
        return f"<{self.group.name}.{self.name}{suffix}: {shown!r}>"


def _plain(value: Any) -> Any:
    return value[:] if isinstance(value, VariableView) else value


def _plain_all(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_plain_all(item) for item in value)
    return _plain(value)
