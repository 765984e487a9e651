"""The names of the tradition's module of the same name."""

from ..model.subgroup import Subgroup

__all__ = ["Subgroup"]
