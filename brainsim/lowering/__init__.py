"""From a network to a Program: the only place that knows both neurons and loops."""

from .context import Lowered
from .network import lower_network

__all__ = ["Lowered", "lower_network"]
