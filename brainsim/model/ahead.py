"""Which pathways may add up their effects ahead: at emission, in sums for the steps to come.

With one delay per synapse there are two ways to deliver events. Looking back, each step walks the
synapses of every past spike whose delay is over: that runs any code, but reads the synapses of a
spike in as many pieces as there are delays. Looking ahead, a spike's synapses are walked once, when
it is emitted, and what each of them will add is put into the sum for the step in which it is due.
The second way is open to code that only adds values which stand still while a run lasts; it needs
no order of the synapses by delay, and one byte for a delay of up to 255 steps.

The sums are no state of their own: at the start of a run they are made anew from the lists of past
spikes, with the values that synapses have then. So both ways give the same, to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..equations.functions import DEFAULT_FUNCTIONS
from ..equations.tree import Tree, functions_in, names_in
from .base import PREPARATION_ERRORS, BrianObject, cannot_run
from .inputs import PoissonThresholder
from .neurons import Thresholder
from .operations import written_variables
from .pathways import SynapticPathway
from .spikes import SpikeSource
from .variables import ArrayVariable, Subexpression

# synapses per target from which the sums pay: each step looks at the sum of every target, which
# costs about as much as the pieces of a tenth of a spike per neuron and second
_FEW = 32
# the sums may take so many times the memory of the targets, delays and one weight
_ROOM = 4
_BYTES = 7


class Deliveries:
    """Decides for the pathways of a network whether effects are added up when spikes are emitted.

    What follows from the code and the order of the objects is found out once and kept until one of
    them changes.
    """

    def __init__(self) -> None:
        self._known_for: Any = None
        # serial numbers of the pathways whose code allows it
        self._able: frozenset[int] = frozenset()

    def choose(self, objects: list[BrianObject]) -> None:
        """Decide for every pathway.

        Args:
            objects: All objects of a network in the order in which a step runs them.

        Raises:
            BrianObjectException: Delays are negative, or too long.
        """
        key = tuple((obj.serial, BrianObject.structure(obj)) for obj in objects)
        pathways = [obj for obj in objects if isinstance(obj, SynapticPathway) and obj.active]
        if key != self._known_for:
            written = set(written_variables(objects))
            able = (p.serial for p in pathways if _code_may_add_ahead(p, objects, written))
            self._able, self._known_for = frozenset(able), key
        chosen: dict[Any, list[SynapticPathway]] = {}
        for pathway in pathways:
            pathway.ahead = False
            if pathway.serial in self._able and _varied(pathway):
                chosen.setdefault(pathway.target.event_source, []).append(pathway)
        for group, candidates in chosen.items():
            pays = _pays(len(group), candidates)
            for pathway in candidates:
                pathway.ahead = pays


def _varied(pathway: SynapticPathway) -> bool:
    """Return whether delays differ, in steps.

    Raises:
        BrianObjectException: Delays are negative, or too long.
    """
    try:
        return pathway.varied
    except PREPARATION_ERRORS as error:
        raise cannot_run(pathway, error) from error


def _pays(targets: int, pathways: list[SynapticPathway]) -> bool:
    """Return whether sums for each of so many targets are worth their time and memory."""
    synapses = sum(len(pathway.group) for pathway in pathways)
    longest = max(pathway.delay_range()[1] for pathway in pathways)
    room = 8 * (longest + 1) * targets
    return synapses >= _FEW * targets and room <= _ROOM * _BYTES * synapses


def _code_may_add_ahead(
    pathway: SynapticPathway, objects: list[BrianObject], written: set[ArrayVariable]
) -> bool:
    """Return whether effects may be added up when spikes are emitted, where delays differ.

    Args:
        pathway: The pathway.
        objects: All objects of the network.
        written: The variables that their statements write.
    """
    synapses: Any = pathway.group
    if pathway.side != "pre" or pathway.queue is not None:
        return False
    if synapses.event_driven or not isinstance(synapses.target, SpikeSource):
        return False
    if not all(_only_adds(synapses, statement) for statement in pathway.statements):
        return False
    if any(obj.active and hasattr(type(obj), "call_python") for obj in objects):
        return False  # which might change weights or delays while spikes are under way
    read = set(_read(synapses, [s.value for s in pathway.statements]))
    return not read & written and _noted_before(pathway, objects)


def _only_adds(synapses: Any, statement: Any) -> bool:
    """Return whether a statement adds what stands still to a variable of the targets."""
    found = synapses.find(statement.target)
    if found is None or statement.op not in {"+=", "-="}:
        return False
    owner, variable = found
    if not isinstance(variable, ArrayVariable) or variable.scalar or variable.read_only:
        return False
    if synapses.side_of(statement.target) != "post" or not isinstance(owner, SpikeSource):
        return False
    if owner.event_source is not synapses.target.event_source:
        return False  # a linked variable
    trees = _trees(synapses, statement.value)
    return variable.dtype.is_float and all(_stands_still(synapses, tree) for tree in trees)


def _trees(synapses: Any, tree: Tree) -> Iterator[Tree]:
    """Yield a tree and those of the subexpressions that it uses."""
    yield tree
    for name in names_in(tree):
        found = synapses.find(name)
        if found is not None and isinstance(found[1], Subexpression):
            yield from _trees(synapses, found[1].tree)


def _stands_still(synapses: Any, tree: Tree) -> bool:
    """Return whether nothing but external numbers and parameters of the synapses is read."""
    for name in functions_in(tree):
        if name not in DEFAULT_FUNCTIONS or not DEFAULT_FUNCTIONS[name].stateless:
            return False
    for name in names_in(tree):
        found = synapses.find(name)
        if found is None:
            continue  # an external number
        owner, variable = found
        if owner is not synapses or not isinstance(variable, ArrayVariable | Subexpression):
            return False
        if name in synapses.equations.diff_eq_names:
            return False
    return True


def _read(synapses: Any, values: list[Tree]) -> Iterator[ArrayVariable]:
    for value in values:
        for tree in _trees(synapses, value):
            for name in names_in(tree):
                found = synapses.find(name)
                if found is not None and isinstance(found[1], ArrayVariable):
                    yield found[1]


def _noted_before(pathway: SynapticPathway, objects: list[BrianObject]) -> bool:
    """Return whether a step's events are known when the pathway runs in that step."""
    source = pathway.triggering.event_source
    places = [
        place
        for place, obj in enumerate(objects)
        if obj is source
        or (isinstance(obj, Thresholder | PoissonThresholder) and obj.owner is source)
    ]
    return max(places) < objects.index(pathway)
