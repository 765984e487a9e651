"""The names of the tradition's module of the same name."""

from ..model.naming import Trackable

__all__ = ["Trackable"]
