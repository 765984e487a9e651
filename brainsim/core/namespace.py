"""The names of the tradition's module of the same name."""

from ..equations import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from ..model.session import get_local_namespace
from ..units import DEFAULT_UNITS

__all__ = ["DEFAULT_CONSTANTS", "DEFAULT_FUNCTIONS", "DEFAULT_UNITS", "get_local_namespace"]
