"""The names of the tradition's module of the same name."""

from ..devices.report import TextReport
from ..model.magic import profiling_summary, scheduling_summary
from ..model.network import Network

__all__ = ["Network", "TextReport", "profiling_summary", "scheduling_summary"]
