"""The names of the tradition's module of the same name."""

from ..errors import BrianObjectException
from ..model.base import BrianObject

__all__ = ["BrianObject", "BrianObjectException"]
