"""The names of the tradition's module of the same name."""

from ..model.morphology import Cylinder, Morphology, Section, Soma

__all__ = ["Cylinder", "Morphology", "Section", "Soma"]
