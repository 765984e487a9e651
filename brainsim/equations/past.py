"""Values at earlier times: `v(t - d)` is what the variable v was, a time d before.

In the tree it is a call whose function is the name of a variable.
"""

from __future__ import annotations

from .tree import Binary, Name, Number, Tree, Unary


def delay_of(time: Tree) -> Tree | None:
    """Return how far before `t` a time lies, as in `t - d`; None if it is no such difference.

    The delay is kept apart, because the difference of two times that are large loses digits.
    """
    later = _since_now(time)
    if later is None:
        return None
    return later.operand if isinstance(later, Unary) else Unary("-", later, later.span)


def _since_now(time: Tree) -> Tree | None:
    """Return a time minus `t`."""
    match time:
        case Name("t"):
            return Number(0.0, time.span)
        case Unary("+", operand):
            return _since_now(operand)
        case Binary("-", left, right):
            since = _since_now(left)
            if since is None:
                return None
            minus = Unary("-", right, right.span)
            return minus if _is_zero(since) else Binary("-", since, right, time.span)
        case Binary("+", left, right):
            since, other = _since_now(left), right
            if since is None:
                since, other = _since_now(right), left
            if since is None:
                return None
            return other if _is_zero(since) else Binary("+", since, other, time.span)
        case _:
            return None


def _is_zero(tree: Tree) -> bool:
    return isinstance(tree, Number) and tree.value == 0
