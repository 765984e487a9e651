"""Synaptic variables that are brought up to date when an event arrives.

Input: the event-driven equations of a group of synapses. Output: their values at the time `t` of
the event, from those at `lastupdate`. Does not: say when `lastupdate` is set.
"""

from __future__ import annotations

from brainsim.equations.algebra import AlgebraError, Remember, call_at_once
from brainsim.equations.tree import Binary, Name, Tree
from brainsim.errors import Diagnostic, UnsupportedEquationsException

from .closed import exact_solution
from .linear import no_formula
from .rows import linear_rows
from .system import System, refuse_noise

_ELAPSED = Binary("-", Name("t"), Name("lastupdate"))
_METHOD = "event-driven"
_ADVICE = "use (clock-driven)"


def advance(
    system: System, remember: Remember = call_at_once, elapsed: Tree = _ELAPSED
) -> tuple[tuple[str, Tree], ...]:
    """Return the exact values some time later, all read before any is stored.

    Args:
        system: The event-driven equations.
        remember: Keeps results of symbolic algebra.
        elapsed: The time that has passed; by default `t - lastupdate`.

    Raises:
        UnsupportedEquationsException: An equation is not linear, changes with time in another way
            than by its variables, contains noise, or has no exact solution.
    """
    try:
        refuse_noise(system, _METHOD)
        rows = linear_rows(system, _METHOD)
    except UnsupportedEquationsException as error:
        raise UnsupportedEquationsException(
            *(Diagnostic(d.message, d.span, d.label, _ADVICE) for d in error.diagnostics)
        ) from None
    try:
        solution = exact_solution(rows, elapsed, remember)
    except AlgebraError as error:
        diagnostic = no_formula(rows, _METHOD, str(error)).diagnostics[0]
        raise UnsupportedEquationsException(
            Diagnostic(diagnostic.message, diagnostic.span, help=_ADVICE)
        ) from error
    return tuple((name, new) for name, new in solution.items() if new != Name(name))
