"""The names of the tradition's module of the same name."""

from ..model.clock import Clock, EventClock, defaultclock

__all__ = ["Clock", "EventClock", "defaultclock"]
