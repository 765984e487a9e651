"""Mistakes in a model's text: how they are collected, and the one about units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainsim.errors import Diagnostic, ModelTextError, Source, Span
from brainsim.units.dimensions import Dimension, DimensionMismatchError

from .tree import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .tree import Tree


class UnitMismatchError(ModelTextError, DimensionMismatchError):
    """Units in a model's text that do not fit together.

    Args:
        diagnostics: The mistakes, in the order of the text.
        dims: The dimensions of the first one.
    """

    def __init__(self, *diagnostics: Diagnostic | str, dims: tuple[Dimension, ...] = ()) -> None:
        super().__init__(*diagnostics)
        self.dims = dims

    def __str__(self) -> str:
        """Return all diagnostics, each with its excerpt."""
        return ModelTextError.__str__(self)


def raise_all(mistakes: Sequence[ModelTextError]) -> None:
    """Raise all mistakes as one error of the type of the first in the text, if there are any.

    Raises:
        ModelTextError: There is a mistake.
    """
    if not mistakes:
        return
    ordered = sorted(mistakes, key=_place)
    first = ordered[0]
    # dict.fromkeys: a wrong subexpression may be met twice
    diagnostics = dict.fromkeys(d for mistake in ordered for d in mistake.diagnostics)
    if isinstance(first, UnitMismatchError):
        raise UnitMismatchError(*diagnostics, dims=first.dims)
    raise type(first)(*diagnostics)


def _place(mistake: ModelTextError) -> int:
    span = mistake.diagnostics[0].span if mistake.diagnostics else None
    return span.start if span else 0


def place_of(tree: Tree) -> Span:
    """Return where a tree stands: its span, or its own text if no user wrote it."""
    if tree.span is not None:
        return tree.span
    text = to_text(tree)
    return Span(Source(text), 0, len(text))
