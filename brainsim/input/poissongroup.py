"""The names of the tradition's module of the same name."""

from ..model.inputs import PoissonGroup

__all__ = ["PoissonGroup"]
