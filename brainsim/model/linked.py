"""Linked variables: names for the variables of other groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import Diagnostic, UnknownNameError, suggest
from ..units import Quantity
from ..units.fundamentalunits import fail_for_dimension_mismatch
from .variables import Array, ArrayVariable, Link, LinkedVariable, aligned_copy
from .views import VariableView


def linked_var(group_or_variable: Any, name: str | None = None, index: Any = None) -> Link:
    """Return a reference to a variable, to be assigned to a (linked) variable.

    Args:
        group_or_variable: A group, or one of its variables such as `G.v`.
        name: Name of the variable, when a group is given.
        index: Which element of the source each element is linked to: an int array, or the name of
            an integer variable of the group that links. Not needed for groups of the same size, or
            for a source with a single value.

    Raises:
        KeyError: The group has no such variable.
        ValueError: A group is given without a name.
        TypeError: Neither a group nor a variable is given.
    """
    if isinstance(group_or_variable, VariableView):
        return Link(group_or_variable.group, group_or_variable.name, index)
    if not hasattr(type(group_or_variable), "find"):
        raise TypeError("linked_var takes a group and a name, or a variable such as G.v")
    if name is None:
        raise ValueError("linked_var needs the name of a variable: linked_var(group, 'v')")
    if group_or_variable.find(name) is None:
        group = group_or_variable
        hint = suggest(str(name), group.known_names())
        raise UnknownNameError(Diagnostic(f"'{group.name}' has no variable '{name}'", help=hint))
    return Link(group_or_variable, name, index)


def checked_link(group: Any, variable: LinkedVariable, link: Link) -> Link:
    """Return the link, with its index as an aligned array, if the variable may have it.

    Args:
        group: The group that links.
        variable: Its (linked) variable.
        link: The link.

    Raises:
        NotImplementedError: The source is a synaptic variable.
        DimensionMismatchError: It has other dimensions.
        ValueError: The sizes differ and no index is given, or an index is out of range.
        TypeError: The index has a wrong type or length.
    """
    source = link.group.find(link.name)[1]
    if hasattr(link.group, "connectivity"):
        raise NotImplementedError("a variable cannot be linked to one of synapses")
    if source.dimensions is not variable.dimensions:
        fail_for_dimension_mismatch(
            Quantity(1.0, variable.dimensions),
            Quantity(1.0, source.dimensions),
            f"'{variable.name}' of '{group.name}' and '{link.name}' of '{link.group.name}' differ "
            "in units",
        )
    if isinstance(link.index, str):
        number = group.variables.get(link.index)
        if not isinstance(number, ArrayVariable) or number.values.dtype.kind not in "iu":
            raise TypeError(f"the index '{link.index}' must be an integer variable")
        return link
    if link.index is not None:
        return Link(link.group, link.name, _checked_index(group, variable, link))
    if not source.scalar and len(link.group) not in {1, len(group)}:
        raise ValueError(
            f"'{group.name}' has {len(group)} elements and '{link.group.name}' "
            f"{len(link.group)}: say with index= which element belongs to which"
        )
    return link


def _checked_index(group: Any, variable: LinkedVariable, link: Link) -> Array:
    index = np.asarray(link.index)
    if index.dtype.kind not in "iu":
        raise TypeError(f"the index of '{variable.name}' must be integers, not {index.dtype}")
    if index.shape != (len(group),):
        raise TypeError(
            f"the index of '{variable.name}' must be one-dimensional with {len(group)} elements, "
            f"not of shape {index.shape}"
        )
    if index.min() < 0 or index.max() >= len(link.group):
        raise ValueError(
            f"the index of '{variable.name}' must lie between 0 and {len(link.group) - 1}"
        )
    return aligned_copy(index, np.int64)


def check_link_indices(group: Any) -> None:
    """Refuse to run with index variables of links that point outside their source.

    Raises:
        IndexError: A value is out of range; generated code would read foreign memory.
    """
    for variable in group.variables.values():
        if not isinstance(variable, LinkedVariable) or variable.link is None:
            continue
        index, source = variable.link.index, variable.link.group
        if not isinstance(index, str):
            continue
        values = group.variables[index].values
        wrong = values[(values < 0) | (values >= len(source))]
        if len(wrong):
            raise IndexError(
                f"'{index}' links '{variable.name}' to element {wrong[0]} of '{source.name}', "
                f"which has {len(source)} elements"
            )
