"""White noise in equations: `xi` and names which begin with `xi_`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainsim.errors import Diagnostic, EquationError

from .mistakes import place_of
from .tree import Binary, Name, Unary, functions_in, names_in

if TYPE_CHECKING:
    from .tree import Tree


def is_noise(name: str) -> bool:
    """Return whether a name means white noise."""
    return name == "xi" or name.startswith("xi_")


def noises_in(tree: Tree) -> frozenset[str]:
    """Return the names of noise in an expression."""
    return frozenset(name for name in names_in(tree) if is_noise(name))


def noise_factors(tree: Tree) -> dict[str, frozenset[str]]:
    """Return, for each noise, the names of variables and functions that it is multiplied by.

    Raises:
        EquationError: A noise is not a factor of a term, as in `xi**2` or `exp(xi)`.
    """
    if not noises_in(tree):
        return {}
    match tree:
        case Name():
            return {tree.name: frozenset()}
        case Unary(op="-" | "+"):
            return noise_factors(tree.operand)
        case Binary(op="+" | "-"):
            left, right = noise_factors(tree.left), noise_factors(tree.right)
            return {
                n: left.get(n, frozenset()) | right.get(n, frozenset()) for n in {**left, **right}
            }
        case Binary(op="*") if not noises_in(tree.left):
            return _times(noise_factors(tree.right), tree.left)
        case Binary(op="*" | "/") if not noises_in(tree.right):
            return _times(noise_factors(tree.left), tree.right)
        case _:
            raise EquationError(
                Diagnostic(
                    "noise must be a factor of a term",
                    place_of(tree),
                    "",
                    "write the right-hand side as f + g*xi, with f and g free of xi",
                )
            )


def _times(factors: dict[str, frozenset[str]], tree: Tree) -> dict[str, frozenset[str]]:
    names = names_in(tree) | functions_in(tree)
    return {noise: found | names for noise, found in factors.items()}
