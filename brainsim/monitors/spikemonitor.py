"""The names of the tradition's module of the same name."""

from ..model.event_monitors import EventMonitor, SpikeMonitor

__all__ = ["EventMonitor", "SpikeMonitor"]
