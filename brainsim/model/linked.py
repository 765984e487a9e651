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


def elements_of(group: Any, variable: LinkedVariable, indices: Array, context: Any) -> Array:
    """Return the elements of the source for which elements of the group that links stand."""
    link = variable.target
    if variable.is_single:
        return np.zeros(len(indices), dtype=np.int64)
    if isinstance(link.index, str):
        elements: Array = group.element_values(link.index, indices, context)
        return elements
    return indices if link.index is None else link.index[indices]


def linked_values(group: Any, variable: LinkedVariable, indices: Array, context: Any) -> Any:
    """Return what elements of a group see through a (linked) variable."""
    link, elements = variable.target, elements_of(group, variable, indices, context)
    inner = context.within(link.group, elements)
    values = link.group.element_values(link.name, elements, inner)
    return np.broadcast_to(values, np.shape(indices))


def linked_array(group: Any, variable: LinkedVariable) -> Array | None:
    """Return the memory of the source, where a variable of a group stands for it one to one."""
    link = variable.target
    if link.index is not None or variable.is_single or len(link.group) != len(group):
        return None
    array: Array = link.group.get_values(link.name)
    return array


def set_linked(group: Any, variable: LinkedVariable, context: Any, values: Array) -> None:
    """Set what elements of a group stand for.

    Args:
        group: The group that links, or a subgroup of it.
        variable: Its (linked) variable.
        context: The elements of the group.
        values: One for each of them, or one for all.

    Raises:
        TypeError: The source is read-only.
    """
    link, whole = variable.target, getattr(group, "event_source", group)
    places = group.positions(context.indices) if whole is not group else context.indices
    elements = elements_of(whole, variable, places, context.within(whole, places))
    item = slice(None) if link.group.is_shared(link.name) else elements
    link.group.set_values(link.name, item, values, check_units=False)


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
        TypeError: The index has a wrong type or length, or is an array for synapses.
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
        if number is None:
            raise ValueError(f"'{group.name}' has no variable '{link.index}' to be an index")
        if not isinstance(number, ArrayVariable) or number.values.dtype.kind not in "iu":
            raise TypeError(f"the index '{link.index}' must be an integer variable")
        return link
    if link.index is not None and hasattr(group, "connectivity"):
        raise TypeError(
            "synapses come and go, so they are linked by the name of an index variable, not by an "
            "array"
        )
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
    """Refuse to run without links, and with index variables that point outside their source.

    Raises:
        UnlinkedVariableError: A variable is not linked.
        IndexError: A value is out of range; generated code would read foreign memory.
    """
    for variable in group.variables.values():
        if not isinstance(variable, LinkedVariable):
            continue
        index, source = variable.target.index, variable.target.group
        if not isinstance(index, str):
            continue
        values = group.variables[index].values
        wrong = values[(values < 0) | (values >= len(source))]
        if len(wrong):
            raise IndexError(
                f"'{index}' links '{variable.name}' to element {wrong[0]} of '{source.name}', "
                f"which has {len(source)} elements"
            )
