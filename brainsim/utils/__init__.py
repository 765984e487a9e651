"""Tools, by the dotted names of the tradition."""

from .logger import BrianLogger, get_logger, std_silent

__all__ = ["BrianLogger", "get_logger", "std_silent"]
