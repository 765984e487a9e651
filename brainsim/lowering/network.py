"""From a network to a Program: one call per object, in the order of the schedule, then fusion.

Input: Network. Output: Lowered (a Program and what is bound to it). Does not: choose solvers, print
code, run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..codegen.ir import Kernel
from ..codegen.passes import fuse_kernels, optimise
from ..codegen.rewrite import Effects, effects
from ..codegen.tiles import only_in_one, tile_loops
from ..equations import Function, NameInfo, check_equation_units, check_stateful
from ..equations.tree import functions_in, names_in
from ..errors import BrianObjectException, ModelTextError
from ..model.base import PREPARATION_ERRORS, BrianObject, cannot_run
from ..model.event_monitors import EventMonitor
from ..model.group import Group
from ..model.inputs import PoissonInput, PoissonThresholder, SpikeGeneratorGroup
from ..model.network import Network
from ..model.neurons import (
    NeuronGroup,
    Resetter,
    StateUpdater,
    SubexpressionUpdater,
    Thresholder,
)
from ..model.operations import RunRegularly
from ..model.past import PastKeeper
from ..model.pathways import SummedUpdater, SynapticPathway
from ..model.rate_monitor import PopulationRateMonitor
from ..model.spatial import SpatialStateUpdater
from ..model.spikes import SpikeSource
from ..model.state_monitor import StateMonitor
from ..model.synapses import Synapses
from ..preferences import prefs
from ..program import Graph, Program, Projection, PythonCall, ScheduledKernel
from .ahead import closed_by
from .arrivals import lower_arrivals
from .context import Context, Lowered, UnliftableError
from .derived import without_derived
from .inputs import lower_poisson_group, lower_poisson_input, lower_spike_generator
from .lifting import is_lifted
from .monitors import lower_event_monitor, lower_rate_monitor, lower_state_monitor
from .neurons import lower_reset, lower_state_update, lower_threshold
from .operations import lower_run_regularly, lower_subexpression_update
from .past import lower_past_keeper
from .pathways import lower_pathway
from .plasticity import impatient, lower_lifted_pathway
from .sharing import divide_schedule
from .spatial import lower_spatial_state_update
from .sums import ArrivalSums
from .synapses import lower_summed, lower_synaptic_state_update


def _lower_any_state_update(updater: StateUpdater, context: Context) -> Kernel:
    if isinstance(updater.group, Synapses):
        return lower_synaptic_state_update(updater, context)
    return lower_state_update(updater, context)


def _lower_any_pathway(pathway: SynapticPathway, context: Context) -> Kernels:
    if is_lifted(context, pathway.group):
        return lower_lifted_pathway(pathway, context)
    return lower_pathway(pathway, context)


Kernels = Kernel | tuple[Kernel, ...]

# one line per kind of object that does something in a step
LOWERINGS: dict[type, Callable[[Any, Context], Kernels]] = {
    StateUpdater: _lower_any_state_update,
    SpatialStateUpdater: lower_spatial_state_update,
    SubexpressionUpdater: lower_subexpression_update,
    Thresholder: lower_threshold,
    Resetter: lower_reset,
    RunRegularly: lower_run_regularly,
    SynapticPathway: _lower_any_pathway,
    SummedUpdater: lower_summed,
    PoissonThresholder: lower_poisson_group,
    SpikeGeneratorGroup: lower_spike_generator,
    PastKeeper: lower_past_keeper,
    PoissonInput: lower_poisson_input,
    StateMonitor: lower_state_monitor,
    EventMonitor: lower_event_monitor,
    PopulationRateMonitor: lower_rate_monitor,
}


def lower_network(
    network: Network,
    namespace: Mapping[str, Any],
    *,
    fuse: bool = True,
    share: bool = True,
    formulas: bool = False,
    tile: bool = True,
) -> Lowered:
    """Return the Program of a network and what is bound to it.

    Args:
        network: A network whose objects are prepared (`Network.before_run`).
        namespace: External names.
        fuse: Whether kernels of different objects may become one loop.
        share: Whether kernels are divided for several threads.
        formulas: Whether the program has a kernel that computes numbers which follow from
            parameters.
        tile: Whether passes over the same elements are made tile by tile.

    Raises:
        BrianObjectException: From the original error, when the code of an object is wrong.
        NotImplementedError: Two summed variables have the same target.
    """
    _check_summed(network)
    unlifted: frozenset[str] = frozenset()
    eager: frozenset[str] = frozenset()
    if any(obj.active and hasattr(type(obj), "call_python") for obj in network):
        # Python code may read and write whatever it likes
        unlifted = frozenset(obj.name for obj in network if isinstance(obj, Synapses))
    while True:
        context = Context(network, namespace, unlifted, eager, formulas=formulas)
        try:
            lowered = _lowered(network, context, fuse=fuse, share=share, tile=tile)
        except UnliftableError as needed:
            unlifted |= {str(needed)}
            context.release()
            continue
        hurried = impatient(context, lowered.program.schedule)
        if not hurried:
            return lowered
        eager |= hurried
        context.release()


def _lowered(network: Network, context: Context, *, fuse: bool, share: bool, tile: bool) -> Lowered:
    """Return the Program of a network, in a context that knows what is kept where."""
    _check_equations(network, context)
    items: list[ScheduledKernel | PythonCall] = []
    functions: dict[str, Callable[[], None]] = {}
    for obj in network.sorted_objects:
        if not obj.active:
            continue
        if hasattr(type(obj), "call_python"):
            items.append(PythonCall(obj.name, obj.clock.name, obj.when, obj.order))
            functions[obj.name] = obj.call_python  # type: ignore[attr-defined]
            continue
        lowering = next((LOWERINGS[kind] for kind in type(obj).__mro__ if kind in LOWERINGS), None)
        if lowering is not None:
            for kernel in _lower_object(lowering, obj, context):
                for sums in closed_by(context, kernel):
                    _insert_arrivals(items, sums, context)
                if kernel.body:
                    place = (obj.name, obj.clock.name, obj.when, obj.order)
                    items.append(ScheduledKernel(kernel, *place))
    for sums in context.sums.open.values():
        _insert_arrivals(items, sums, context)
    context.sums.open.clear()
    # the caller's names may well include the network itself, which would keep it alive
    context.namespace = {}
    schedule = tuple(fuse_schedule(items) if fuse else items)
    schedule = tuple(_optimised(item) for item in schedule)
    schedule = tuple(without_derived(schedule, context))
    if tile:
        schedule = tuple(_tiled(schedule))
    if share:
        schedule = tuple(divide_schedule(schedule))
    closing = tuple(optimise(_labelled(kernel, context)) for kernel in context.closing)
    numbers = None
    if context.formulas is not None:
        scheduled = [item.kernel for item in schedule if isinstance(item, ScheduledKernel)]
        numbers = context.formulas.kernel(frozenset(k.name for k in (*scheduled, *closing)))
    program = Program(
        network.name,
        schedule,
        tuple(clock.name for clock in network.clocks()),
        tuple(context.recorders),
        _graph(network),
        closing,
        numbers,
    )
    return Lowered(program, context.arrays, context, functions)


def _insert_arrivals(
    items: list[ScheduledKernel | PythonCall], sums: ArrivalSums, context: Context
) -> None:
    """Put the kernel that takes what arrives in a step behind the last pathway that adds to it."""
    last = sums.pathways[-1]
    place = next(k for k, item in enumerate(items) if item.owner == last.name)
    kernel = _labelled(lower_arrivals(sums, context), context)
    item = ScheduledKernel(kernel, last.name, last.clock.name, last.when, last.order)
    items.insert(place + 1, item)


def _check_summed(network: Network) -> None:
    """Refuse two summed variables that would overwrite each other."""
    seen: list[SummedUpdater] = []
    for obj in network:
        if not isinstance(obj, SummedUpdater):
            continue
        for other in seen:
            if obj.variable == other.variable and _overlap(obj.target, other.target):
                raise NotImplementedError(
                    f"'{other.owner.name}' and '{obj.owner.name}' both set '{obj.variable}' of "
                    f"'{obj.target.name}' to a sum: give each a variable of its own, and add them "
                    "in the equations"
                )
        seen.append(obj)


def _overlap(one: Any, other: Any) -> bool:
    """Return whether two groups, or parts of groups, have elements in common."""
    if not (isinstance(one, SpikeSource) and isinstance(other, SpikeSource)):
        return one is other
    same = one.event_source is other.event_source
    return same and bool(np.intersect1d(one.members, other.members).size)


def _check_equations(network: Network, context: Context) -> None:
    """Check all equations, now that external names are known, also those that no kernel needs."""
    for obj in network:
        if not isinstance(obj, Group) or obj.equations is None or not obj.active:
            continue
        group = obj

        def meaning(name: str, group: Group = group) -> NameInfo | Function:
            return context.meaning(group, name)

        try:
            check_equation_units(group.equations, meaning)
            trees = group.equations.expressions
            for name in sorted({name for tree in trees for name in names_in(tree)}):
                if group.is_variable(name):
                    context.warn_of_conflict(group, name)
            found = {name: meaning(name) for tree in trees for name in functions_in(tree)}
            functions = {name: f for name, f in found.items() if isinstance(f, Function)}
            check_stateful(group.equations, functions)
        except PREPARATION_ERRORS as error:
            raise _explained(obj, error, context) from error


def _explained(obj: BrianObject, error: Exception, context: Context) -> BrianObjectException:
    """Return the error about an object, with what its undefined names may have meant."""
    group = obj.target if isinstance(obj, PoissonInput) else obj.owner
    if isinstance(error, ModelTextError) and isinstance(group, Group):
        context.explain(group, error)
    return cannot_run(obj, error)


def _lower_object(
    lowering: Callable[[Any, Context], Kernels], obj: BrianObject, context: Context
) -> list[Kernel]:
    context.clock = obj.clock
    try:
        found = lowering(obj, context)
    except PREPARATION_ERRORS as error:
        raise _explained(obj, error, context) from error
    return [_labelled(each, context) for each in (found if isinstance(found, tuple) else (found,))]


def _labelled(kernel: Kernel, context: Context) -> Kernel:
    """Return a kernel with names that do not depend on how many objects there were before."""
    labels = context.labels
    return Kernel(labels.label(kernel.name), labels.in_text(kernel.title), kernel.body)


def _optimised(item: ScheduledKernel | PythonCall) -> ScheduledKernel | PythonCall:
    if isinstance(item, PythonCall):
        return item
    hoist = prefs["codegen.loop_invariant_optimisations"]
    return replace(item, kernel=optimise(item.kernel, hoist=hoist))


def _tiled(
    items: Sequence[ScheduledKernel | PythonCall],
) -> Iterator[ScheduledKernel | PythonCall]:
    """Yield the schedule with kernels whose passes over the same elements are made together."""
    private = only_in_one([item.kernel for item in items if isinstance(item, ScheduledKernel)])
    for item in items:
        if isinstance(item, ScheduledKernel):
            yield replace(item, kernel=tile_loops(item.kernel, private))
        else:
            yield item


def fuse_schedule(
    items: list[ScheduledKernel | PythonCall],
) -> list[ScheduledKernel | PythonCall]:
    """Return the schedule with kernels merged into earlier ones where that changes nothing.

    A kernel moves up to an earlier one with the same clock and the same loop, when nothing that
    runs between them touches what it touches.
    """
    done: list[ScheduledKernel | PythonCall] = []
    # what each of them touches; a Python function may touch anything
    touched: list[Effects | None] = []
    for item in items:
        now: Effects | None = None
        place = None
        if isinstance(item, ScheduledKernel):
            now = effects(item.kernel.body)
            place = _place_to_fuse(done, touched, item, now)
        if place is None:
            done.append(item)
            touched.append(now)
        else:
            k, fused = place
            done[k], touched[k] = fused, effects(fused.kernel.body)
    return done


def _place_to_fuse(
    done: list[ScheduledKernel | PythonCall],
    touched: list[Effects | None],
    item: ScheduledKernel,
    now: Effects,
) -> tuple[int, ScheduledKernel] | None:
    for place in range(len(done) - 1, -1, -1):
        earlier, before = done[place], touched[place]
        if before is None or isinstance(earlier, PythonCall):
            return None
        if earlier.clock == item.clock:
            fused = fuse_kernels(earlier.kernel, item.kernel, earlier.kernel.name)
            if fused is not None:
                names = (*earlier.fused, item.owner)
                return place, ScheduledKernel(
                    fused, earlier.owner, earlier.clock, earlier.slot, earlier.order, names
                )
        if now.conflicts_with(before):
            return None
    return None


def _graph(network: Network) -> Graph:
    populations = {
        obj.name: "" if obj.equations is None else str(obj.equations)
        for obj in network
        if isinstance(obj, NeuronGroup | SpikeSource)
    }
    projections = tuple(
        Projection(obj.name, obj.source.name, obj.target.name)
        for obj in network
        if isinstance(obj, Synapses)
    )
    return Graph(populations, projections)
