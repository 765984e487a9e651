"""The names of the tradition's module of the same name."""

from ..solvers import exponential_euler

__all__ = ["exponential_euler"]
