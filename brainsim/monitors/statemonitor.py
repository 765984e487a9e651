"""The names of the tradition's module of the same name."""

from ..model.state_monitor import StateMonitor

__all__ = ["StateMonitor"]
