"""Elements of subgroups: where they stand in their source, and which of its elements they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..codegen import build as b
from ..codegen.ir import Division, DType, Expr, If, Load, Local, Stmt
from ..model.subgroup import Subgroup
from .context import Context


def place_of(context: Context, group: Any, element: Expr) -> Expr:
    """Return where an element of a group stands in the memory of the whole."""
    if not isinstance(group, Subgroup):
        return element
    if group.contiguous:
        return b.add(element, _bound(context, group, "start")) if group.start else element
    members = context.buffer(
        group.name, "members", lambda: np.asarray(group.members), comment="elements of the subgroup"
    )
    return b.load(members, element)


def number_of(context: Context, group: Any, element: Expr) -> Expr:
    """Return the number in a group of an element of the whole; negative or too large: outside."""
    if not isinstance(group, Subgroup):
        return element
    if group.contiguous:
        return b.sub(element, _bound(context, group, "start")) if group.start else element
    numbers = context.buffer(
        group.name, "numbers", group.numbers, comment="of each neuron in the subgroup, or -1"
    )
    return b.load(numbers, element)


def division_of(context: Context, group: Any, index: Local) -> Division | None:
    """Return how a loop over a group is shared out by the elements of the whole, if it can be.

    A loop over a whole group needs no saying.
    """
    if not isinstance(group, Subgroup) or not group.contiguous:
        return None
    return Division(Load(context.size(group.source)), place_of(context, group, index))


def only_inside(context: Context, group: Any, element: Expr, body: list[Stmt]) -> list[Stmt]:
    """Return statements which run only where an element of the whole belongs to a group."""
    if not isinstance(group, Subgroup):
        return body
    if not group.contiguous:
        number = number_of(context, group, element)
        return [If(b.compare(">=", number, b.const(0, DType.I32)), tuple(body))]
    inside = b.compare("<", element, _bound(context, group, "stop"))
    if group.start:
        inside = b.both(b.compare(">=", element, _bound(context, group, "start")), inside)
    return [If(inside, tuple(body))]


def _bound(context: Context, group: Subgroup, side: str) -> Expr:
    return Load(context.constant(group.name, side, DType.I64, lambda: getattr(group, side)))
