"""Synapses, by the dotted names of the tradition."""

from .synapses import Synapses

__all__ = ["Synapses"]
