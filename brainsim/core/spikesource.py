"""The names of the tradition's module of the same name."""

from ..model.spikes import SpikeSource

__all__ = ["SpikeSource"]
