"""The names of the tradition's module of the same name."""

from ..model.inputs import PoissonInput

__all__ = ["PoissonInput"]
