"""The names of the tradition's module of the same name."""

from ..model.spatial import SpatialNeuron

__all__ = ["SpatialNeuron"]
