"""Units in the text of equations: what stands behind the colon, and how dimensions are named."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from brainsim.errors import (
    BooleanUnitError,
    Diagnostic,
    EquationError,
    ExpressionSyntaxError,
    Span,
    suggest,
)
from brainsim.units.dimensions import DIMENSIONLESS, Dimension, get_or_create_dimension
from brainsim.units.fundamentalunits import DEFAULT_UNITS, get_unit, is_base_unit

from .mistakes import place_of
from .parse import parse_expression, parse_tokens
from .tree import Binary, Name, Number, Unary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brainsim.errors import Source

    from .tokens import Token
    from .tree import Tree

VariableType = Literal["float", "integer", "boolean"]

SECOND: Final = get_or_create_dimension(time=1)

# what users call dimensions, the first choice first; names do not depend on what ran before
_ALONE: Final = (
    *("second", "metre", "kilogram", "amp", "kelvin", "mole", "candela", "volt", "ohm", "siemens"),
    *("farad", "coulomb", "hertz", "mmolar", "joule", "watt", "newton", "pascal", "henry", "tesla"),
    *("weber", "metre**2", "metre**3", "volt**2", "amp**2", "second**2", "second**-0.5"),
)
_ABOVE: Final = (
    *("1", "volt", "amp", "siemens", "farad", "ohm", "coulomb", "mole", "mmolar", "metre"),
    *("second", "joule", "watt", "kilogram"),
)
_BELOW: Final = (
    *("/second", "/metre**2", "/metre", "/metre**3", "/volt", "/amp", "/mmolar", "/kelvin"),
    *("/mole", "/second**0.5", "/second**2", "/volt**2", "/metre**2/second", "/metre**3/second"),
    *("*metre", "*second", "*second**0.5", "*metre**2", "*volt"),
)


_COMBINED: Final = tuple(
    above + below for below in _BELOW for above in _ABOVE if (above, below[0]) != ("1", "*")
)


@cache
def _texts(texts: tuple[str, ...]) -> dict[Dimension, str]:
    """Return these texts by the dimensions that they mean; the first counts."""
    found: dict[Dimension, str] = {}
    for text in texts:
        dim = _product(parse_expression(text), lambda name: DEFAULT_UNITS[name.name].dim)
        found.setdefault(dim, text)
    return found


def unit_name(dim: Dimension) -> str:
    """Return a dimension as users write it in equations, such as "volt" or "amp/metre**2"."""
    if dim.is_dimensionless:
        return "dimensionless"
    # most units stand alone, and to read the others takes a while
    known = _texts(_ALONE).get(dim) or _texts(_COMBINED).get(dim)
    return known or repr(dim).replace(" ", "")


def unit_of(dim: Dimension) -> Any:
    """Return the unit in base units with a dimension, to be shown."""
    if dim.is_dimensionless:
        return get_unit(dim)
    return _product(parse_expression(unit_name(dim)), lambda name: DEFAULT_UNITS[name.name])


def parse_unit(
    source: Source, tokens: Sequence[Token], colon: Token
) -> tuple[Dimension, VariableType]:
    """Return the dimension and the type that a definition gives to its variable.

    Args:
        source: The text the tokens are from.
        tokens: What stands between the colon and the flags.
        colon: The colon.

    Raises:
        EquationError: It is no unit, or none of the base units.
        BooleanUnitError: It is `bool`.
    """
    if not tokens:
        span = Span(source, colon.start, colon.stop)
        help = "write a unit behind the colon, such as volt, or 1 for a number without unit"
        raise EquationError(Diagnostic("there is no unit", span, "", help))
    match [token.text for token in tokens]:
        case ["boolean"]:
            return DIMENSIONLESS, "boolean"
        case ["integer"]:
            return DIMENSIONLESS, "integer"
        case ["bool"]:
            span = Span(source, tokens[0].start, tokens[0].stop)
            raise BooleanUnitError(Diagnostic("'bool' is no unit", span, "", "write 'boolean'"))
    try:
        tree = parse_tokens(source, tokens, tokens[-1].stop)
    except ExpressionSyntaxError as error:
        raise EquationError(*error.diagnostics) from None
    if tree == Number(1):
        return DIMENSIONLESS, "float"
    return _product(tree, lambda name: _base_unit(name).dim), "float"


def _product(tree: Tree, value: Callable[[Name], Any]) -> Any:
    """Return the product of powers of base units that a tree means, as units or dimensions."""
    match tree:
        case Name():
            return value(tree)
        case Binary(op="*"):
            return _product(tree.left, value) * _product(tree.right, value)
        case Binary(op="/", left=Number(value=1)):
            return _product(tree.right, value) ** -1
        case Binary(op="/"):
            return _product(tree.left, value) / _product(tree.right, value)
        case Binary(op="**"):
            return _product(tree.left, value) ** _exponent(tree.right)
        case Number():
            raise _no_unit(
                tree, "a number is no unit", "write the unit only, or 1 alone if there is none"
            )
        case _:
            raise _no_unit(tree, "this is no unit", "combine base units by * / ** only")


def _exponent(tree: Tree) -> int | float | Fraction:
    match tree:
        case Number(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case Unary(op="-"):
            return -_exponent(tree.operand)
        case Binary(op="/", left=Number(value=int() as over), right=Number(value=int() as under)):
            if under:
                return Fraction(over, under)
    raise _no_unit(tree, "the power of a unit must be a number", "write volt**2, or volt**0.5")


def _base_unit(name: Name) -> Any:
    unit = DEFAULT_UNITS.get(name.name)
    if unit is None:
        if name.name in {"boolean", "integer", "bool"}:
            raise _no_unit(name, f"'{name.name}' cannot be combined with units", "")
        bases = [word for word, unit in DEFAULT_UNITS.items() if is_base_unit(unit)]
        help = suggest(name.name, ["boolean", "integer", *bases]) or _ADVICE
        raise _no_unit(name, f"'{name.name}' is no unit", help)
    if not is_base_unit(unit):
        help = f"write '{unit_name(unit.dim)}'; values may still be given in {name.name}"
        raise _no_unit(name, f"'{name.name}' is not a base unit", help)
    return unit


_ADVICE: Final = "write a base unit, such as volt, amp, siemens, farad, ohm, second, hertz, or 1"


def _no_unit(tree: Tree, message: str, help: str) -> EquationError:
    return EquationError(Diagnostic(message, place_of(tree), "", help))
