"""The names of the tradition's module of the same name."""

from ..model.neurons import NeuronGroup

__all__ = ["NeuronGroup"]
