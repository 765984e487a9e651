"""Monitors, by the dotted names of the tradition."""

from .ratemonitor import PopulationRateMonitor
from .spikemonitor import EventMonitor, SpikeMonitor
from .statemonitor import StateMonitor

__all__ = ["EventMonitor", "PopulationRateMonitor", "SpikeMonitor", "StateMonitor"]
