"""Parameters of a written program: what can be changed on its command line.

These are variables of groups, numbers of the script, and the numbers of inputs. What follows from
them is computed again by the program (see lowering/formulas.py). What also decides about something
that only Python computes is listed with the reason why it cannot be set.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...codegen.ir import Buffer
from ...equations import Function
from ...lowering.context import Context
from ...model.base import BrianObject
from ...model.group import Group
from ...model.inputs import PoissonInput
from ...model.namespace import External, resolve_default
from ...model.network import Network
from ...model.subgroup import Subgroup
from ...model.synapses import Synapses
from ...model.timedarray import TimedArray
from ...model.traces import TraceVariable
from ...model.variables import (
    ArrayVariable,
    ClockVariable,
    LinkedVariable,
    SizeVariable,
    Subexpression,
    Variable,
)
from ...records import dataclass
from ...units import get_unit, hertz, second
from ...units.dimensions import DIMENSIONLESS, Dimension
from .plan import Plan

_AGAIN = "change it in Python and write the program again"
_DELAY = f"what is under way, and in which order, is laid out for the delays; {_AGAIN}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter.

    Args:
        name: Such as "neurons.tau".
        dimensions: Those of the numbers which are given, in base units.
        buffer: The buffer that holds it; "" where it cannot be set.
        refusal: Why it cannot.
        single: It takes one number for all elements only.
    """

    name: str
    dimensions: Dimension
    buffer: str
    refusal: str = ""
    single: bool = False

    @property
    def unit(self) -> str:
        """The unit of the numbers, "" for none."""
        return "" if self.dimensions is DIMENSIONLESS else str(get_unit(self.dimensions))


def parameters_of(plan: Plan) -> list[Parameter]:
    """Return all parameters of all networks, in the order of objects."""
    refused: dict[tuple[str, str], str] = {}
    for other in plan.phases:
        formulas = other.image.lowered.context.formulas
        refused |= {} if formulas is None else formulas.refused
    found: dict[str, Parameter] = {}
    for network in plan.networks:
        # its first run: what is in the later ones, too, is in the same places there
        phase = plan.phases[next(run.phase for run in plan.runs if run.network is network)]
        slots = {name: plan.slots[k].name for name, k in phase.slots.items()}
        finder = _Finder(phase.image.lowered.context, slots, refused)
        for obj in network:
            for parameter in (*finder.of_object(obj), *finder.externals(obj)):
                found.setdefault(parameter.name, parameter)
        for group in finder.hidden(network):
            for parameter in finder.externals(group):
                found.setdefault(parameter.name, parameter)
    return list(found.values())


@dataclass(frozen=True, eq=False)
class _Finder:
    """Finds the parameters of objects.

    Args:
        context: The lowering of a network for its first run.
        slots: Name of a buffer -> its name in the program.
        refused: Owner and name -> why it cannot be set.
    """

    context: Context
    slots: dict[str, str]
    refused: dict[tuple[str, str], str]

    def of_object(self, obj: BrianObject) -> Iterator[Parameter]:
        """Yield the parameters that an object has."""
        if isinstance(obj, PoissonInput):
            yield from self._of_input(obj)
        if not isinstance(obj, Group) or isinstance(obj, Subgroup):
            return
        for name in _delays(obj):
            yield self._parameter((obj.name, name), second.dim, None, _DELAY)
        # users number synapses as they were made, in memory they are in the order of events
        mixed = isinstance(obj, Synapses) and not obj.connectivity.in_order
        for name, variable in obj.variables.items():
            if (name.startswith("_") and name != "_refractory") or _is_time(variable):
                continue
            single = mixed and isinstance(variable, ArrayVariable) and not variable.scalar
            buffer, reason = None, _nature(obj, name, variable)
            if isinstance(variable, ArrayVariable) and not reason:
                buffer = self.context.known(obj, variable)
                if buffer in self.context.derived:
                    reason = "it follows from the last spikes"
            yield self._parameter(
                (obj.name, name.lstrip("_")), variable.dimensions, buffer, reason, single=single
            )

    def externals(self, obj: BrianObject) -> Iterator[Parameter]:
        """Yield the numbers and functions of the script that the code of a group uses."""
        for (group, name), external in self.context.externals.items():
            if group is not obj or resolve_default(name) is not None:
                continue
            key = (group.name, name)
            if isinstance(external, External):
                buffer = self.context.known_external(group, name)
                yield self._parameter(key, external.dimensions, buffer)
            elif isinstance(external, TimedArray):
                buffer = self.context.buffers.get((group.name, f"{name}.values"))
                yield self._parameter(key, external.dim, buffer)
            elif isinstance(external, Function):
                yield self._parameter(key, DIMENSIONLESS, None, f"it is a function; {_AGAIN}")

    def hidden(self, network: Network) -> Iterator[Group]:
        """Yield the groups whose code is used without them, such as a subgroup with input."""
        objects = set(network)
        yield from dict.fromkeys(g for g, _ in self.context.externals if g not in objects)

    def _of_input(self, source: PoissonInput) -> Iterator[Parameter]:
        variable: Any = source.target.variables[source.target_var]
        kinds = {"N": DIMENSIONLESS, "rate": hertz.dim, "weight": variable.dimensions}
        for name, dimensions in kinds.items():
            buffer = self.context.buffers.get((source.name, name))
            reason = "" if name != "weight" or buffer else "it is an expression"
            yield self._parameter((source.name, name), dimensions, buffer, reason)

    def _parameter(
        self,
        key: tuple[str, str],
        dimensions: Dimension,
        buffer: Buffer | None,
        reason: str = "",
        *,
        single: bool = False,
    ) -> Parameter:
        name = ".".join(key)
        reason = self.refused.get(key, reason)
        slot = "" if buffer is None else self.slots.get(buffer.name, "")
        if not reason and not slot:
            reason = "no code of the program reads it"
        return Parameter(name, dimensions, "" if reason else slot, reason, single and not reason)


def _delays(group: Group) -> list[str]:
    pathways = group.pathways.values() if isinstance(group, Synapses) else ()
    return [pathway.delay_name for pathway in pathways]


def _is_time(variable: Variable) -> bool:
    return isinstance(variable, ClockVariable) and variable.name != "dt"


def _nature(group: Group, name: str, variable: Variable) -> str:
    """Return why a variable cannot be set because of what it is; "" if it can."""
    if name in _delays(group):
        return _DELAY
    match variable:
        case SizeVariable():
            return f"sizes are fixed; {_AGAIN}"
        case ClockVariable():
            return f"the step size is fixed; {_AGAIN}"
        case Subexpression():
            return "it is an expression: set what it is made of"
        case LinkedVariable():
            return "it stands for a variable of another group: set that one"
        case TraceVariable() if variable.is_lifted:
            return f"its values are kept per neuron; {_AGAIN}"
        case ArrayVariable() if variable.read_only and name != "_refractory":
            return "it is read-only"
    return ""
