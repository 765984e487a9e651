"""Groups, by the dotted names of the tradition."""

from .group import CodeRunner, Group, VariableOwner
from .neurongroup import NeuronGroup
from .subgroup import Subgroup

__all__ = ["CodeRunner", "Group", "NeuronGroup", "Subgroup", "VariableOwner"]
