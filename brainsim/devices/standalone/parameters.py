"""Parameters of a written program: what can be changed on its command line.

These are the values that kernels load: variables of groups, and numbers of the script. What also
decides about numbers that Python computes, such as the factors of an exact step, is refused.
"""

from __future__ import annotations

from ...equations import Function
from ...model.group import Group
from ...model.subgroup import Subgroup
from ...model.variables import ArrayVariable
from ...records import dataclass
from ...units import get_unit
from ...units.dimensions import DIMENSIONLESS, Dimension
from .plan import Plan


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter.

    Args:
        name: Such as "neurons.tau".
        unit: That of the numbers which are given, "" for none.
        buffer: The buffer that holds it; "" where it cannot be set.
        refusal: Why it cannot.
    """

    name: str
    unit: str
    buffer: str
    refusal: str = ""


def parameters_of(plan: Plan) -> list[Parameter]:
    """Return all parameters of the first run, in the order of objects."""
    network, phase = plan.networks[0], plan.phases[0]
    image, context = phase.image, phase.image.lowered.context
    found: dict[str, Parameter] = {}
    for obj in network:
        if not isinstance(obj, Group) or isinstance(obj, Subgroup):
            continue
        for name, variable in obj.variables.items():
            if not isinstance(variable, ArrayVariable) or variable.read_only:
                continue
            buffer = context.known(obj, variable)
            if buffer is not None and buffer.name in image.arrays:
                key = f"{obj.name}.{name}"
                found[key] = Parameter(key, _unit(variable.dimensions), buffer.name)
    for (group, name), external in context.externals.items():
        if isinstance(external, Function):
            continue
        buffer = context.buffers.get((group.name, name))
        if buffer is not None and buffer.name in image.arrays:
            key = f"{group.name}.{name}"
            found.setdefault(key, Parameter(key, _unit(external.dimensions), buffer.name))
    return list(found.values())


def _unit(dimensions: Dimension) -> str:
    return "" if dimensions is DIMENSIONLESS else str(get_unit(dimensions))
