"""The names of the tradition's module of the same name."""

from ..model.timedarray import TimedArray

__all__ = ["TimedArray"]
