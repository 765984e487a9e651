"""The names of the tradition's module of the same name."""

from ..logger import BrianLogger, catch_logs, get_logger, std_silent

__all__ = ["BrianLogger", "catch_logs", "get_logger", "std_silent"]
