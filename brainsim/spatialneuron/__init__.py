"""Neurons in space, by the dotted names of the tradition."""

from .morphology import Cylinder, Morphology, Section, Soma
from .spatialneuron import SpatialNeuron

__all__ = ["Cylinder", "Morphology", "Section", "Soma", "SpatialNeuron"]
