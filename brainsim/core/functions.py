"""The names of the tradition's module of the same name."""

from ..equations.functions import (
    DEFAULT_CONSTANTS,
    DEFAULT_FUNCTIONS,
    Function,
    declare_types,
    implementation,
    timestep,
)
from ..units.functions import exprel

__all__ = [
    "DEFAULT_CONSTANTS",
    "DEFAULT_FUNCTIONS",
    "Function",
    "declare_types",
    "exprel",
    "implementation",
    "timestep",
]
