"""The names of the tradition's module of the same name."""

from ..solvers import exact, independent, linear

__all__ = ["exact", "independent", "linear"]
