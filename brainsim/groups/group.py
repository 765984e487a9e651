"""The names of the tradition's module of the same name."""

from ..model.base import CodeRunner
from ..model.group import Group, VariableOwner

__all__ = ["CodeRunner", "Group", "VariableOwner"]
