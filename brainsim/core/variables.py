"""The names of the tradition's module of the same name."""

from ..model.linked import linked_var

__all__ = ["linked_var"]
