"""The names of the tradition's module of the same name."""

from ..model.rate_monitor import PopulationRateMonitor

__all__ = ["PopulationRateMonitor"]
