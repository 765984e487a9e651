"""The names of the tradition's module of the same name."""

from ..model.inputs import SpikeGeneratorGroup

__all__ = ["SpikeGeneratorGroup"]
