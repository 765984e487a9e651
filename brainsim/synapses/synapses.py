"""The names of the tradition's module of the same name."""

from ..model.synapses import Synapses

__all__ = ["Synapses"]
