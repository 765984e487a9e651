"""Kernels of pathways whose delays change while running; see model/delay_queue.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..codegen import build as b
from ..codegen.ir import Buffer, DType, Expr, For, If, Load, Local, LoopKind, Stmt
from ..errors import DelayError
from ..model.delay_queue import DelayQueue
from ..model.pathways import SynapticPathway
from ..model.variables import Array, ArrayVariable, aligned_zeros
from ..program import Recorder
from ..units import Quantity, second
from .context import Context, Watch

_ONE = b.const(1, DType.I64)


class QueueBuffers:
    """The buffers of a pathway's queue.

    Args:
        context: The lowering.
        pathway: The pathway.
        queue: Its queue.
    """

    def __init__(self, context: Context, pathway: SynapticPathway, queue: DelayQueue) -> None:
        owner = pathway.name

        def array(name: str, comment: str, *, scalar: bool = False) -> Buffer:
            return context.buffer(
                owner, name, lambda: getattr(queue, name), scalar=scalar, comment=comment
            )

        self.following = array("following", "next node of each node's chain")
        self.last = array("last", "last node of the chain of each step")
        self.waiting = array("waiting", "number of events due in each step")
        self.synapse = array("synapse", "synapse of each node")
        self.unused = array("unused", "nodes not in use")
        self.count = array("count", "number of events under way", scalar=True)
        self.length = Load(
            context.constant(owner, "length", DType.I64, lambda: queue.length, "number of chains")
        )
        node = aligned_zeros(1, np.int32)
        self.node = context.buffer(owner, "node", lambda: node, scalar=True, comment="present node")
        context.recordings[owner] = queue
        context.recorders.append(Recorder(self.count.name, 1, (), owner, pathway.clock.name))


def put_event(
    context: Context, pathway: SynapticPathway, buffers: QueueBuffers, place: Expr
) -> list[Stmt]:
    """Return the statements that put the event of a synapse at its place into the queue."""
    variable = pathway.group.variables[pathway.delay_name]
    assert isinstance(variable, ArrayVariable)  # noqa: S101 - made so by the pathway
    delay = b.cast(b.load(context.variable(pathway.group, variable), place), DType.F64)
    in_steps = b.add(b.binary("/", delay, b.DT), b.const(0.5))
    rounded, let_rounded = b.let("rounded", b.call("floor", in_steps))
    fits = b.both(
        b.compare(">=", rounded, b.const(0.0)),
        b.compare("<", rounded, b.cast(buffers.length, DType.F64)),
    )
    fitting, let_fitting = b.let("fits", fits)
    steps = b.cast(b.select(fitting, rounded, b.const(0.0)), DType.I64)
    root, let_root = b.let("root", b.binary("%", b.add(b.STEP, steps), buffers.length))
    node, let_node = b.let("node", b.load(buffers.unused, Load(buffers.count)))
    return [
        let_rounded,
        let_fitting,
        If(b.invert(fitting), (b.store(_watch(context, pathway), None, b.add(place, _ONE)),)),
        let_root,
        let_node,
        b.store(buffers.following, b.load(buffers.last, root), node),
        b.store(buffers.last, root, node),
        b.store(buffers.synapse, node, place),
        b.accumulate(buffers.waiting, root, _ONE),
        b.accumulate(buffers.count, None, _ONE),
    ]


def take_events(buffers: QueueBuffers, place: Local, body: list[Stmt]) -> list[Stmt]:
    """Return the statements that run the body for each event due now, binding its place."""
    root, let_root = b.let("root", b.binary("%", b.STEP, buffers.length))
    node, let_node = b.let("node", b.load(buffers.following, Load(buffers.node)))
    left, let_left = b.let("left", b.sub(Load(buffers.count), _ONE))
    place_now, let_place = b.let(place.name, b.cast(b.load(buffers.synapse, node), DType.I64))
    assert place_now == place  # noqa: S101 - the body was written for this local
    loop: For = b.loop(
        b.index("event"),
        b.load(buffers.waiting, root),
        [
            let_node,
            b.store(buffers.node, None, node),
            let_place,
            *body,
            let_left,
            b.store(buffers.unused, left, node),
            b.store(buffers.count, None, left),
        ],
        kind=LoopKind.SEQUENTIAL,
    )
    return [
        let_root,
        b.store(buffers.node, None, root),
        loop,
        b.store(buffers.waiting, root, b.const(0, DType.I64)),
        b.store(buffers.last, root, root),
    ]


def _watch(context: Context, pathway: SynapticPathway) -> Buffer:
    """Return what a kernel sets, to a synapse's place and one, when its delay does not fit."""
    wrong: Array = aligned_zeros(1, np.int64)
    known = (pathway.name, "wrong_delay") in context.buffers
    buffer = context.buffer(
        pathway.name, "wrong_delay", lambda: wrong, scalar=True, comment="synapse whose delay is"
    )
    if not known:
        context.watches.append(Watch(wrong, _error_of(pathway, wrong)))
    return buffer


def _error_of(pathway: SynapticPathway, wrong: Array) -> Callable[[], Exception]:
    def error() -> Exception:
        place = int(wrong[0]) - 1
        values = pathway.group.variables[pathway.delay_name].values
        delay = values[0] if len(values) == 1 else values[place]
        number = int(pathway.group.connectivity.numbers()[place])
        return DelayError(
            f"the delay of synapse {number} in the pathway '{pathway.label}' of "
            f"'{pathway.group.name}' has become {Quantity(delay, dim=second.dim)}; it must stay "
            f"between 0 s and max_delay={Quantity(pathway.max_delay, dim=second.dim)}"
        )

    return error
