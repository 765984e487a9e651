"""What several threads can share: loops that say how, and the schedule with its kernels divided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..codegen import build as b
from ..codegen.ir import Buffer, Division, DType, Expr, Load, Local
from ..codegen.rewrite import effects
from ..codegen.shares import divide
from ..model.pathways import SynapticPathway
from ..model.rows import rows_ascend
from ..model.spikes import SpikeSource
from ..model.variables import Array
from ..program import PythonCall, ScheduledKernel, Share
from .context import Context
from .parts import place_of
from .synapses import targets_of

Item = ScheduledKernel | PythonCall


def row_division(
    context: Context, pathway: SynapticPathway, listed: Local, offsets: Buffer, synapse: Expr
) -> Division | None:
    """Return how the loop over a row of synapses is shared out: by their targets.

    Args:
        context: The lowering.
        pathway: The pathway.
        listed: Index of the loop.
        offsets: Where each row starts.
        synapse: The place of the synapse, in terms of that index.
    """
    target = pathway.group.target
    if not isinstance(target, SpikeSource):
        return None
    size = Load(context.size(target.event_source))
    if pathway.side == "post":
        return Division(size, Local("neuron", DType.I32), synapse)
    if synapse != listed:
        return None
    post = targets_of(context, pathway.group)
    ascends = context.ascending.setdefault(post.name, [])
    ascends.append(_Ascent(context.arrays[post.name], context.arrays[offsets.name]))
    return Division(size, place_of(context, target, b.load(post, listed)))


def interval_division(
    context: Context, synapses: Any, listed: Local, shift: Local
) -> Division | None:
    """Return how the loop over a row with consecutive targets is shared out: by these.

    Args:
        context: The lowering.
        synapses: The Synapses object.
        listed: Index of the loop: the place of the synapse.
        shift: The target of a synapse minus its place.
    """
    target = synapses.target
    if not isinstance(target, SpikeSource):
        return None
    size = Load(context.size(target.event_source))
    return Division(size, place_of(context, target, b.add(listed, shift)))


class _Ascent:
    """Whether targets ascend over each row; looked at again only when the arrays are others."""

    def __init__(self, targets: Callable[[], Array], offsets: Callable[[], Array]) -> None:
        self._targets, self._offsets = targets, offsets
        self._known: tuple[Array, Array, bool] | None = None

    def __call__(self) -> bool:
        targets, offsets = self._targets(), self._offsets()
        known = self._known
        if known is None or known[0] is not targets or known[1] is not offsets:
            known = self._known = (targets, offsets, rows_ascend(offsets, targets))
        return known[2]


def divide_schedule(items: Sequence[Item]) -> list[Item]:
    """Return the schedule with those kernels divided that can be.

    What is done once moves behind divided kernels that it has nothing to do with, so that threads
    wait for each other less often.
    """
    names = {item.kernel.name for item in items if isinstance(item, ScheduledKernel)}
    divided = [part for item in items for part in _divided(item, names)]
    done: list[Item] = []
    for item in divided:
        place = len(done)
        if isinstance(item, ScheduledKernel) and _is_shared(item):
            while place > 0 and _may_pass(done[place - 1], item):
                place -= 1
            if place > 0 and not _is_shared(done[place - 1]):
                place = len(done)  # it would only part what is done once
        done.insert(place, item)
    return done


def _is_shared(item: Item) -> bool:
    return isinstance(item, ScheduledKernel) and item.share is not None


def _may_pass(earlier: Item, item: ScheduledKernel) -> bool:
    if isinstance(earlier, PythonCall) or earlier.share is not None:
        return False
    return not effects(earlier.kernel.body).conflicts_with(effects(item.kernel.body))


def _divided(item: Item, names: set[str]) -> list[Item]:
    found = divide(item.kernel) if isinstance(item, ScheduledKernel) else None
    if found is None or isinstance(item, PythonCall):
        return [item]
    share = Share(found.own, frozenset(buffer.name for buffer in found.ascending))
    first = replace(item, kernel=found.kernel, share=share)
    if found.rest is None:
        return [first]
    name = found.rest.name
    while name in names:
        name += "_"
    names.add(name)
    return [first, replace(item, kernel=replace(found.rest, name=name), fused=())]
