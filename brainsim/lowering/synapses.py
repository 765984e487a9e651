"""The code of synapses, and kernels of their clock-driven equations and summed variables.

What happens at events is lowered in pathways.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..codegen import build as b
from ..codegen.ir import (
    Buffer,
    DType,
    Expr,
    Kernel,
    Load,
    LoopKind,
    Stmt,
)
from ..model.pathways import SummedUpdater
from ..model.synapses import Synapses
from ..model.variables import Variable, aligned_copy
from .adaptive import Updated
from .context import Context
from .integration import advanced, integration
from .parts import place_of
from .scope import ElementScope, Scope


class SynapseScope(Scope):
    """The code of synapses for one of them.

    Args:
        context: The lowering.
        synapses: The Synapses object.
        owner: Name of the object that runs the code.
        place: Where the synapse stands in memory.
        pre: Its source neuron, or None to look it up.
        post: Its target neuron, or None to look it up.
        shift: What its place and its target differ by, where the row of its source says so.
    """

    def __init__(
        self,
        context: Context,
        synapses: Synapses,
        owner: str,
        place: Expr,
        pre: Expr | None = None,
        post: Expr | None = None,
        shift: Expr | None = None,
    ) -> None:
        super().__init__(context, synapses, owner)
        self.synapses = synapses
        self.place = place
        self._pre, self._post, self._shift = pre, post, shift

    def pre(self) -> Expr:
        """Return the source neuron, relative to the source group."""
        if self._pre is None:
            self._pre = self.let("pre", endpoint(self.context, self.synapses, "i", self.place))
        return self._pre

    def post(self) -> Expr:
        """Return the target neuron, relative to the target group."""
        if self._post is None and self._shift is not None:
            self._post = self.let("post", b.add(self.place, self._shift))
        elif self._post is None:
            self._post = self.let("post", endpoint(self.context, self.synapses, "j", self.place))
        return self._post

    def index_of(self, owner: Any, name: str) -> Expr:
        """Return the place of the synapse, or of the neuron on the side that has the variable."""
        del owner
        side = self.synapses.side_of(name)
        if side == "synaptic":
            return self.place
        group: Any = self.synapses.source if side == "pre" else self.synapses.target
        neuron = self.pre() if side == "pre" else self.post()
        if isinstance(group, Synapses):
            return self._place_of(group, neuron)
        return place_of(self.context, group, neuron)

    def _place_of(self, group: Synapses, number: Expr) -> Expr:
        """Return where a synapse of a connected Synapses object stands, given its number."""
        places = self.context.buffer(
            group.name,
            "places",
            lambda: aligned_copy(group.connectivity.positions(np.arange(len(group))), np.int64),
            comment="where each synapse stands",
        )
        return b.load(places, number)

    def number_of(self, name: str) -> Expr | None:
        """Return the neurons' numbers for `i`, `j`, `i_pre`, `i_post`.

        Where synapses are the target, `i_post` and `j_post` are the neurons that those connect.
        """
        bare, _, side = name.rpartition("_")
        group: Any = {"pre": self.synapses.source, "post": self.synapses.target}.get(side)
        if isinstance(group, Synapses) and bare in {"i", "j"}:
            return endpoint(self.context, group, bare, self.index_of(group, name))
        if name in {"i", "i_pre"}:
            return b.cast(self.pre(), DType.I32)
        if name in {"j", "i_post"}:
            return b.cast(self.post(), DType.I32)
        return None

    def _internal(self, name: str, owner: Any, variable: Variable) -> Expr:
        if name in {"N_incoming", "N_outgoing"} and owner is self.synapses:
            synapses = self.synapses
            counts = self.context.buffer(
                synapses.name, name, _computed(synapses, name), comment="synapses of the neuron"
            )
            return b.load(counts, self.place)
        return super()._internal(name, owner, variable)

    def inner(self, name: str) -> Scope:
        """Return the scope of a connected group's subexpression."""
        side = self.synapses.side_of(name)
        if side == "synaptic":
            return self
        group: Any = self.synapses.source if side == "pre" else self.synapses.target
        neuron = self.pre() if side == "pre" else self.post()
        inner: Scope
        if isinstance(group, Synapses):
            place = self.let("place", self._place_of(group, neuron))
            inner = SynapseScope(self.context, group, self.owner, place)
        else:
            whole, at = group.event_source, self.index_of(group, name)
            inner = ElementScope(self.context, whole, self.owner, at, filled=False)
        inner.continue_block(self)
        return inner

    def element(self) -> Expr:
        """Return the place of the synapse."""
        return b.cast(self.place, DType.I64)

    def protection(self, name: str) -> Expr:
        """Return `not_refractory` of the neuron whose variable stands still while refractory."""
        found = self.synapses.find(name)
        assert found is not None  # noqa: S101 - the name is written to
        owner, variable = found
        if owner is self.synapses or not owner.is_protected(variable.name):
            return b.TRUE
        side = self.synapses.side_of(name)
        return self.read(f"not_refractory_{side}")

    def accumulates(self, name: str) -> bool:
        """Return whether several synapses share the variable: those of neurons, and shared ones."""
        found = self.synapses.find(name)
        assert found is not None  # noqa: S101 - the name is written to
        return self.synapses.side_of(name) != "synaptic" or found[1].scalar


def _computed(synapses: Synapses, name: str) -> Any:
    kept: dict[int, Any] = {}

    def array() -> Any:
        version = synapses.connectivity.version
        if version not in kept:
            kept.clear()
            kept[version] = np.ascontiguousarray(synapses.computed(name), dtype=np.int32)
        return kept[version]

    return array


def endpoint(context: Context, synapses: Synapses, name: str, place: Expr) -> Expr:
    """Return the source ("i") or the target ("j") of the synapse at a place, int32."""
    if name == "j":
        buffer = targets_of(context, synapses)
    else:
        connectivity = synapses.connectivity
        buffer = context.buffer(
            synapses.name, "pre", lambda: connectivity.pre, comment="source of each synapse"
        )
    return b.cast(b.load(buffer, place), DType.I32)


def targets_of(context: Context, synapses: Synapses) -> Buffer:
    """Return the buffer of the targets of synapses."""
    connectivity = synapses.connectivity
    return context.buffer(
        synapses.name, "post", lambda: connectivity.targets, comment="target of each synapse"
    )


# -------------------------------------------------------------------------- clock-driven and summed


def lower_synaptic_state_update(updater: Any, context: Context) -> Kernel:
    """Return the kernel that advances the clock-driven equations of synapses by one step."""
    synapses: Synapses = updater.group
    place = b.index("synapse")
    scope = SynapseScope(context, synapses, updater.name, place)
    chosen = integration(updater, synapses, context)

    def again() -> Scope:
        return SynapseScope(context, synapses, updater.name, place)

    body = advanced(scope, chosen.step, Updated(updater.name, synapses, place, again))
    title = f"advance '{synapses.name}' by one step ({chosen.method})"
    return Kernel(updater.name, title, tuple(body))


def lower_summed(updater: SummedUpdater, context: Context) -> Kernel:
    """Return the kernel that sums an expression over the synapses of each neuron."""
    synapses: Synapses = updater.group
    group: Any = updater.target
    variable = group.variables[updater.variable]
    buffer = context.variable(group, variable)
    i, place = b.index("i"), b.index("synapse")
    target_scope = ElementScope(context, group, updater.name, i)
    clear = b.store(buffer, target_scope.index_of(group, updater.variable), b.const(0.0))
    scope = SynapseScope(context, synapses, updater.name, place)
    assert updater.equation.expr is not None  # noqa: S101 - a subexpression has one
    value = scope.lower(updater.equation.expr)
    place_of_sum = scope.index_of(group, updater.equation.name)
    scope.block.append(b.accumulate(buffer, place_of_sum, value))
    body: list[Stmt] = [
        b.loop(i, Load(context.size(group)), [*target_scope.block, clear]),
        b.loop(place, Load(context.size(synapses)), scope.block, kind=LoopKind.ACCUMULATING),
    ]
    return Kernel(updater.name, f"sum '{updater.equation.name}' of '{synapses.name}'", tuple(body))
