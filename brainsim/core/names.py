"""The names of the tradition's module of the same name."""

from ..model.naming import Nameable

__all__ = ["Nameable"]
