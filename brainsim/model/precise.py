"""Spike times between two steps: which groups can have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..equations import Equations, stateful_functions
from ..equations.tree import Binary, Compare, Tree
from ..errors import Diagnostic, ExpressionSyntaxError


def crossing_of(threshold: Tree) -> Tree:
    """Return what passes zero from below when a threshold is crossed: `v - vt` for `v > vt`.

    Raises:
        ExpressionSyntaxError: The threshold is no single comparison of values that change
            continuously.
    """
    if any(stateful_functions(threshold)):
        problem = "one that is drawn at random has no time of crossing"
    elif isinstance(threshold, Compare) and threshold.op in {">", ">="}:
        return Binary("-", threshold.left, threshold.right, threshold.span)
    elif isinstance(threshold, Compare) and threshold.op in {"<", "<="}:
        return Binary("-", threshold.right, threshold.left, threshold.span)
    else:
        problem = "the threshold must be a single comparison"
    raise ExpressionSyntaxError(
        Diagnostic(
            "the time of a spike between two steps cannot be found (precise=True)",
            threshold.span,
            problem,
            "write for example threshold='v > vt'",
        )
    )


def check_precise(equations: Equations, thresholders: Mapping[str, Any]) -> None:
    """Refuse groups whose spikes have no times between two steps.

    Raises:
        ValueError: There is no threshold.
        ExpressionSyntaxError: It is no single comparison, or an equation contains noise.
    """
    if "spike" not in thresholders:
        raise ValueError("precise=True is about spikes, but there is no threshold=")
    crossing_of(thresholders["spike"].tree)
    for single in equations.values():
        if single.stochastic_variables:
            noise = min(single.stochastic_variables)
            raise ExpressionSyntaxError(
                Diagnostic(
                    "the time of a spike between two steps cannot be found (precise=True)",
                    None if single.expr is None else single.expr.span,
                    f"'{noise}' is noise, which crosses a threshold many times within a step",
                    "leave out precise=True",
                )
            )
