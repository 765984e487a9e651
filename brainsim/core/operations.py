"""The names of the tradition's module of the same name."""

from ..model.network_operation import NetworkOperation, network_operation

__all__ = ["NetworkOperation", "network_operation"]
