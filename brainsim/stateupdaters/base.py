"""The names of the tradition's module of the same name."""

from ..errors import UnsupportedEquationsException
from ..solvers import StateUpdateMethod

__all__ = ["StateUpdateMethod", "UnsupportedEquationsException"]
