"""Sums of effects that will arrive in the steps to come; see model/ahead.py.

A pathway's kernel walks the spikes of the present step and adds what each synapse contributes to
the sum for the step in which it is due. After the last of the pathways that add to one variable, a
kernel of its own adds the sums of the present step to the variable (arrivals.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..codegen import build as b
from ..codegen.ir import (
    Accumulate,
    Buffer,
    DType,
    Expr,
    If,
    Kernel,
    Load,
    Stmt,
    Store,
)
from ..codegen.rewrite import effects, expressions, statements, walk
from ..model.arrivals import Arrivals
from ..model.clock import Clock
from ..model.pathways import SynapticPathway
from ..model.spikes import SpikeSource
from ..model.variables import ArrayVariable

if TYPE_CHECKING:
    from .context import Context


@dataclass(eq=False)
class ArrivalSums:
    """The sums for one variable, and the pathways that add to them.

    Args:
        group: The group that has the variable.
        variable: The variable.
        clock: That of the pathways.
        arrivals: The sums.
        buffer: The buffer that holds them.
        length: Scalar buffer: for how many steps there are sums.
        size: Scalar buffer: number of elements.
        pathways: The pathways, in the order of the schedule.
    """

    group: SpikeSource
    variable: ArrayVariable
    clock: Clock
    arrivals: Arrivals
    buffer: Buffer
    length: Buffer
    size: Buffer
    pathways: list[SynapticPathway] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """For how many steps sums are needed."""
        return max(pathway.delay_range()[1] for pathway in self.pathways) + 1


class Ahead:
    """The sums of a network while it is lowered.

    Args:
        context: The lowering.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.all: list[ArrivalSums] = []
        # those that the next pathway may add to: nothing has looked at the variable since
        self._open: dict[Buffer, ArrivalSums] = {}

    def of(self, pathway: SynapticPathway, target: Buffer) -> ArrivalSums:
        """Return the sums to which a pathway adds what a variable of its targets will get."""
        found = self._open.get(target)
        if found is None or found.clock is not pathway.clock:
            found = self._open[target] = self._new(pathway, target)
            self.all.append(found)
        if pathway not in found.pathways:
            found.pathways.append(pathway)
        return found

    def _new(self, pathway: SynapticPathway, target: Buffer) -> ArrivalSums:
        context, group = self.context, pathway.target.event_source
        variable = next(
            each
            for each in group.variables.values()
            if isinstance(each, ArrayVariable) and context.known(group, each) is target
        )
        arrivals = Arrivals(group.size, variable.dtype.value)
        name, number = f"{variable.name}_arriving", 1
        while (group.name, name) in context.buffers:
            number += 1
            name = f"{variable.name}_arriving_{number}"
        buffer = context.buffer(
            group.name, name, lambda: arrivals.sums, comment="sums due in the next steps"
        )
        length = context.constant(
            group.name, f"{name}_steps", DType.I64, lambda: arrivals.length, "rows of those sums"
        )
        size = context.size(group)
        return ArrivalSums(group, variable, pathway.clock, arrivals, buffer, length, size)

    def note(self, kernel: Kernel) -> list[ArrivalSums]:
        """Return the sums that must have arrived before a kernel, which looks at the variable.

        One that only adds to the variable does not look at it.
        """
        writes = effects(kernel.body).writes
        looked_at = {
            *(stmt.buffer for stmt in statements(kernel.body) if isinstance(stmt, Store)),
            *(
                node.buffer
                for stmt in statements(kernel.body)
                for expr in expressions(stmt)
                for node in walk(expr)
                if isinstance(node, Load)
            ),
        }
        closed = [
            target
            for target, sums in self._open.items()
            if target in looked_at or self._gate(sums.group) in writes
        ]
        return [self._open.pop(target) for target in closed]

    def _gate(self, group: SpikeSource) -> Buffer | None:
        """Return the buffer that says where protected variables may be changed."""
        gate = group.variables.get("not_refractory")
        return self.context.variable(group, gate) if isinstance(gate, ArrayVariable) else None

    def clear(self) -> None:
        """Set all sums to zero, and give them room for the present delays."""
        for sums in self.all:
            sums.arrivals.clear(sums.steps)

    def make_sums(self, add: Callable[[str, int], None]) -> None:
        """Make the cleared sums from the lists of past spikes, as a run that starts needs them.

        Args:
            add: Runs the kernel of a pathway as in a given step: it is called with the name of the
                pathway and the step.
        """
        for clock in {sums.clock for sums in self.all}:
            mine = [sums for sums in self.all if sums.clock is clock]
            pathways = list(dict.fromkeys(p for sums in mine for p in sums.pathways))
            longest = max(sums.steps for sums in mine)
            for step in range(max(clock.step - longest, 0), clock.step):
                for pathway in pathways:
                    if pathway.has_effects_under_way(step, clock.step):
                        add(pathway.name, step)
                for sums in mine:
                    sums.arrivals.clear_step(step)

    def rest(self) -> list[ArrivalSums]:
        """Return the sums that still have to arrive."""
        rest = list(self._open.values())
        self._open.clear()
        return rest


def added_ahead(
    ahead: Ahead,
    pathway: SynapticPathway,
    block: list[Stmt],
    delay: Expr,
    fresh: Callable[[str], str],
) -> list[Stmt]:
    """Return the code of an event, adding to sums instead of to variables.

    Args:
        ahead: The sums of the network.
        pathway: The pathway.
        block: What its code does at one synapse: additions, perhaps under conditions, which are
            those of the moment of arrival and looked at then.
        delay: Delay of the synapse in steps, int64.
        fresh: Gives names of locals that the code does not use.
    """
    done: list[Stmt] = []
    for stmt in block:
        match stmt:
            case If():
                done += added_ahead(ahead, pathway, list(stmt.body), delay, fresh)
            case Accumulate():
                done += _added(ahead.of(pathway, stmt.buffer), stmt, delay, fresh)
            case _:
                done.append(stmt)
    return done


def _added(
    sums: ArrivalSums, stmt: Accumulate, delay: Expr, fresh: Callable[[str], str]
) -> list[Stmt]:
    assert stmt.index is not None  # noqa: S101 - shared variables are not added to ahead
    length, size = Load(sums.length), Load(sums.size)
    due, let_due = b.let(fresh("due"), b.add(b.binary("%", b.STEP, length), delay))
    back = b.select(b.compare(">=", due, length), b.sub(due, length), due)
    arrival, let_arrival = b.let(fresh("arrival"), back)
    place = b.add(b.mul(arrival, size), b.cast(stmt.index, DType.I64))
    return [let_due, let_arrival, b.accumulate(sums.buffer, place, stmt.value)]
