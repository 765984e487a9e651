"""One step of integration as code of one element: the choice of a method, then its assignments."""

from __future__ import annotations

from functools import partial

from ..codegen import build as b
from ..codegen.ir import Load, Stmt
from ..logger import get_logger
from ..model.group import Group
from ..model.neurons import StateUpdater
from ..model.variables import ArrayVariable, SizeVariable
from ..records import dataclass
from ..solvers import Propagator, Step, Varies, choose, system_of
from ..solvers.adaptive import AdaptiveStep
from ..solvers.system import System
from .adaptive import Updated, adaptive_statements
from .context import Context
from .functions import called_functions, held_functions
from .numbers import tell_propagator
from .scope import Scope
from .symbolic import remember

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Integration:
    """How the equations of a group are integrated.

    Args:
        method: Name of the method.
        system: The equations.
        step: Their step.
    """

    method: str
    system: System
    step: Step


def integration(updater: StateUpdater, group: Group, context: Context) -> Integration:
    """Return the method and the step it makes for the equations of a group.

    Raises:
        UnsupportedEquationsException, ValueError: No method that was given can integrate them.
    """
    equations = group.equations
    only = [
        eq.name
        for eq in equations.values()
        if eq.name in equations.diff_eq_names and "event-driven" not in eq.flags
    ]
    called = called_functions(context, group)
    held = held_functions(context, group, called)
    system = system_of(
        equations,
        lambda name: varies(context, group, name),
        only=only,
        refractory="not_refractory" in group.variables,
        held=held,
        stateful=[name for name, f in called.items() if not f.stateless],
        variables=group.variables,
    )
    method, step = choose(system, updater.method, updater.method_options, remember)
    if isinstance(updater.method, list | tuple) and system.equations:
        logger.info(
            f"no integration method was given for '{group.name}'; '{method}' is used",
            "method_choice",
            once=True,
        )
    return Integration(method, system, step)


def varies(context: Context, group: Group, name: str) -> Varies:
    """Return how the value of a name in the code of a group varies."""
    found = group.find(name)
    if found is None:
        context.external(group, name)
        return Varies.SHARED
    owner, variable = found
    if isinstance(variable, SizeVariable):
        return Varies.SHARED
    if isinstance(variable, ArrayVariable) and owner is group and variable.scalar:
        fixed = variable.constant and not context.is_written(variable)
        return Varies.SHARED if fixed else Varies.ELEMENT
    return Varies.ELEMENT


def advanced(scope: Scope, step: Step, updated: Updated) -> list[Stmt]:
    """Return the statements that advance all elements by a step.

    Args:
        scope: The code of one element, with what it does before; it is completed.
        step: The step.
        updated: What is advanced.
    """
    if isinstance(step, AdaptiveStep):
        return adaptive_statements(scope.context, updated, step, scope)
    advance(scope, step, updated.group)
    size = Load(scope.context.size(updated.group))
    return [*scope.prelude, b.loop(updated.index, size, scope.block)]


def advance(scope: Scope, step: Step, group: Group) -> None:
    """Append a step: noise, temporaries, all new values, then all stores."""
    context = scope.context
    for name in step.noise:
        key = context.random_key(scope.owner, name)
        scope.bound[name] = scope.as_float(scope.variate("normal", key, name))
    for place, propagator in enumerate(step.propagators):
        for name in propagator.reads:
            context.shared_value(group, name)  # resolves the name
        assert isinstance(propagator, Propagator)  # noqa: S101 - there are no others
        _bind_numbers(scope, propagator, group, str(place or ""))
    for temporary in step.temporaries:
        scope.bound[temporary.name] = scope.let(temporary.name, scope.lower(temporary.value))
    updates = [(name, scope.let(f"new_{name}", scope.lower(value))) for name, value in step.updates]
    for name, value in updates:
        variable = group.variables[name]
        assert isinstance(variable, ArrayVariable)  # noqa: S101 - differential variables have memory
        buffer = context.variable(group, variable)
        scope.block.append(b.store(buffer, scope.index_of(group, name), value))


def _bind_numbers(scope: Scope, propagator: Propagator, group: Group, mark: str) -> None:
    """Bind the names of a propagator's numbers to their buffers.

    Args:
        scope: The code of one element.
        propagator: The recipe for the numbers.
        group: The group whose names it uses.
        mark: Tells it from other propagators of the group.
    """
    context = scope.context
    numbers = _Numbers(propagator, context, group)
    shared = context.shared_variables(group, propagator.reads)
    is_new = (group.name, propagator.names[0]) not in context.buffers
    buffers = {
        name: context.constant(
            group.name, name, context.float_dtype, partial(numbers.value, name), reads=shared
        )
        for name in propagator.names
    }
    scope.bound |= {name: Load(buffer) for name, buffer in buffers.items()}
    if is_new and context.formulas is not None:
        tell_propagator(context, group, propagator, buffers, mark)


class _Numbers:
    """The numbers of a propagator, computed together when the first one is asked for.

    Args:
        propagator: The recipe.
        context: Gives the values it reads.
        group: The group whose names it uses.
    """

    def __init__(self, propagator: Propagator, context: Context, group: Group) -> None:
        self.propagator, self.context, self.group = propagator, context, group
        self.numbers: dict[str, float] = {}
        self.made_for: tuple[dict[str, float], float] | None = None

    def value(self, name: str) -> float:
        """Return a number; the first name of the propagator computes all of them anew."""
        if name == self.propagator.names[0]:
            reads = self.propagator.reads
            values = {read: self.context.shared_value(self.group, read) for read in reads}
            dt = self.group.clock.dt_
            if self.made_for != (values, dt):
                self.numbers = self.propagator.compute(values, dt)
                self.made_for = (values, dt)
        return self.numbers[name]
