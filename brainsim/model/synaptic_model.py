"""What the equations of synapses may be, and the variables that they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..equations import (
    DEFAULT_FUNCTIONS,
    DIFFERENTIAL_EQUATION,
    PARAMETER,
    SUBEXPRESSION,
    Equations,
    SingleEquation,
    check_endings,
    check_event_driven,
    check_identifier,
    check_reserved_names,
    check_stateful,
)
from ..errors import EquationError
from ..units import second
from ..units.dimensions import DIMENSIONLESS
from .group import Group
from .neurons import clock_variables, equation_variable
from .rules import check_names_differ
from .variables import ArrayVariable, SizeVariable, Variable, aligned_zeros

ALLOWED_FLAGS: dict[str, tuple[str, ...]] = {
    DIFFERENTIAL_EQUATION: ("event-driven", "clock-driven"),
    SUBEXPRESSION: ("summed", "shared", "constant over dt"),
    PARAMETER: ("constant", "shared", "linked"),
}
EXCLUSIVE_FLAGS = (
    ("event-driven", "clock-driven"),
    ("summed", "shared"),
    ("summed", "constant over dt"),
    ("linked", "constant"),
    ("linked", "shared"),
)
_RESERVED_NAMES = {
    "j": "the index of the postsynaptic neuron",
    "delay": "the delay of the synapse",
    "N_incoming": "the number of synapses of the postsynaptic neuron",
    "N_outgoing": "the number of synapses of the presynaptic neuron",
}
_SIZES = ("N", "N_pre", "N_post")
COMPUTED = ("i", "j", "N_incoming", "N_outgoing")


def event_driven_names(equations: Mapping[str, SingleEquation]) -> tuple[str, ...]:
    """Return the names of the (event-driven) variables."""
    return tuple(eq.name for eq in equations.values() if "event-driven" in eq.flags)


def check_synaptic_equations(equations: Equations, source: Group, target: Group) -> None:
    """Refuse equations that synapses between two groups cannot have.

    Raises:
        ValueError: A flag does not apply, or a name stands for two variables.
        EquationError: (event-driven) equations depend on what changes between events.
        SyntaxError: A name is reserved, or a subexpression draws random numbers.
    """
    equations.check_flags(ALLOWED_FLAGS, EXCLUSIVE_FLAGS)
    check_endings(equations)
    reserved = dict(_RESERVED_NAMES)
    if event_driven_names(equations):  # else users may keep such a time themselves
        reserved["lastupdate"] = "the time of the latest event"
    check_reserved_names(equations, reserved)
    check_stateful(equations, DEFAULT_FUNCTIONS)
    check_event_driven(equations)
    check_names_differ(equations, {"pre": source, "post": target})


def synaptic_variables(
    equations: Equations, dtype: Any, multisynaptic_index: Any, owner: str
) -> dict[str, Variable]:
    """Return the variables of synapses of which there are none yet.

    Args:
        equations: Their equations.
        dtype: Float type of all float variables, or a type per variable.
        multisynaptic_index: Name of the variable that numbers the synapses of a pair, or None.
        owner: Name of the Synapses object, for messages.

    Raises:
        TypeError: `multisynaptic_index` is no name.
        EquationError: It is one of a variable.
    """
    variables: dict[str, Variable] = {name: SizeVariable(name) for name in _SIZES}
    variables |= clock_variables()
    empty = np.zeros(0, dtype=np.int32)
    for name in COMPUTED:
        variables[name] = ArrayVariable(name, DIMENSIONLESS, empty, constant=True, read_only=True)
    for eq in equations.values():
        if "summed" not in eq.flags:
            variables[eq.name] = equation_variable(eq, 0, dtype)
    if event_driven_names(equations):
        times = aligned_zeros(0, np.float64)
        variables["lastupdate"] = ArrayVariable("lastupdate", second.dim, times)
    if multisynaptic_index is not None:
        _check_multisynaptic_index(multisynaptic_index, variables, owner)
        numbers = aligned_zeros(0, np.int32)
        variables[multisynaptic_index] = ArrayVariable(
            multisynaptic_index, DIMENSIONLESS, numbers, read_only=True
        )
    return variables


def _check_multisynaptic_index(name: Any, variables: Mapping[str, Variable], owner: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"multisynaptic_index must be a name, not {name!r}")
    check_identifier(name)
    if name in variables:
        raise EquationError(
            f"'{name}' cannot be the multisynaptic_index: it is a variable of '{owner}' already"
        )
