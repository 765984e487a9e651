"""Dimensions and kinds of expressions.

Input: trees, and a function which says what a name means. Output: dimensions, or all mistakes at
once, each under its smallest wrong part. A name which is not known yet (None) is believed to fit;
so the same checks run when a model is written and again when all names have values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final, TypeAlias

from brainsim.errors import (
    Diagnostic,
    ExpressionSyntaxError,
    ModelTextError,
    Span,
    UnknownNameError,
    suggest,
)
from brainsim.units.dimensions import DIMENSIONLESS, Dimension
from brainsim.units.fundamentalunits import DEFAULT_UNITS

from ..records import dataclass
from .functions import (
    DEFAULT_CONSTANTS,
    DEFAULT_FUNCTIONS,
    Function,
    Kind,
    dimension_of_unit,
)
from .mistakes import UnitMismatchError, place_of
from .past import delay_of
from .rules import no_delay, no_function, no_value, wrong_arity
from .tree import Binary, Call, Compare, Logic, Name, Number, Tree, Unary, to_text
from .unittext import SECOND, unit_name


@dataclass(frozen=True, slots=True)
class NameInfo:
    """What is known about the value of a name.

    Args:
        dim: Its dimension.
        kind: "float", "integer" or "boolean"; None if that is not known.
        value: Its value in base units, if it is one and the same constant for all elements;
            needed where it is the power of something with a unit.
        past: Whether it is a variable whose value at an earlier time may be read: `v(t - d)`.
    """

    dim: Dimension = DIMENSIONLESS
    kind: Kind | None = "float"
    value: float | None = None
    past: bool = False

    def is_like(self, other: NameInfo) -> bool:
        """Return whether code that was made for one is right for the other."""
        return self.dim is other.dim and self.kind == other.kind


Meaning: TypeAlias = Dimension | NameInfo | Function | None
Lookup: TypeAlias = Mapping[str, Meaning] | Callable[[str], Meaning]
"""What a name means that the language itself does not define; None if that is not known yet.

Raises `KeyError` for a name that means nothing.
"""
FullLookup: TypeAlias = (
    Mapping[str, Dimension | NameInfo | Function]
    | Callable[[str], Dimension | NameInfo | Function]
    | Mapping[str, Dimension]
    | Callable[[str], Dimension]
)
"""The same, when everything is known."""

_VERBS: Final = {
    "+": "add {0} and {1}",
    "-": "subtract {1} from {0}",
    "%": "take {0} modulo {1}",
    "compare": "compare {0} and {1}",
}
_LONGEST_LABEL: Final = 24
_DEFINE: Final = "define it in Python before the run, or as a parameter of the equations"


class Names:
    """The meanings of names: those of the language, then those of a lookup."""

    def __init__(self, lookup: Lookup, own: Mapping[str, Meaning] | None = None) -> None:
        self.own = dict(own or {})
        self.lookup = lookup

    def find(self, name: str) -> NameInfo | Function | None:
        """Return the meaning of a name.

        Raises:
            KeyError: It has none.
        """
        if name in self.own:
            found = self.own[name]
        elif name in DEFAULT_CONSTANTS:
            found = NameInfo(value=DEFAULT_CONSTANTS[name])
        elif name in DEFAULT_FUNCTIONS:
            found = DEFAULT_FUNCTIONS[name]
        elif name in DEFAULT_UNITS:
            found = DEFAULT_UNITS[name].dim
        else:
            found = self.lookup(name) if callable(self.lookup) else self.lookup[name]
        if isinstance(found, Dimension):
            # what has a unit is no truth value; a plain number may be one
            return NameInfo(found, None if found.is_dimensionless else "float")
        return found

    def candidates(self) -> list[str]:
        """Return names for suggestions, the model's own first."""
        looked_up = [] if callable(self.lookup) else list(self.lookup)
        return [*self.own, *looked_up, *DEFAULT_FUNCTIONS, *DEFAULT_CONSTANTS, *DEFAULT_UNITS]


class Inference:
    """Finds the dimensions of trees, and collects the mistakes on the way."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.mistakes: list[ModelTextError] = []
        self._unknown: set[str] = set()

    def dim(self, tree: Tree) -> Dimension | None:
        """Return the dimension of a tree; None if it is not known, or wrong."""
        match tree:
            case Number():
                return DIMENSIONLESS
            case Name():
                return self._name(tree)
            case Unary(op="not"):
                self.require_condition(tree.operand)
                return DIMENSIONLESS
            case Unary():
                return self.dim(tree.operand)
            case Binary(op="**"):
                return self._power(tree)
            case Binary():
                return self._arithmetic(tree)
            case Compare():
                self._same(tree, tree.left, tree.right, "compare")
                return DIMENSIONLESS
            case Logic():
                self.require_condition(tree.left)
                self.require_condition(tree.right)
                return DIMENSIONLESS
            case Call():
                return self._call(tree)

    def _name(self, name: Name) -> Dimension | None:
        try:
            found = self.names.find(name.name)
        except KeyError:
            self.unknown(name.name, place_of(name))
            return None
        if isinstance(found, Function):
            self.mistakes.append(no_value(name))
            return None
        return None if found is None else found.dim

    def unknown(self, name: str, span: Span, advice: str = _DEFINE) -> None:
        """Note that a name means nothing, once for each name."""
        if name in self._unknown:
            return
        self._unknown.add(name)
        help = suggest(name, self.names.candidates()) or advice
        self.mistakes.append(
            UnknownNameError(Diagnostic(f"'{name}' is not defined", span, "", help))
        )

    def mismatch(self, tree: Tree, message: str, label: str, help: str, *dims: Dimension) -> None:
        """Note that units do not fit together."""
        diagnostic = Diagnostic(message, place_of(tree), label, help)
        self.mistakes.append(UnitMismatchError(diagnostic, dims=dims))

    def _same(self, tree: Tree, left: Tree, right: Tree, verb: str) -> Dimension | None:
        """Return the dimension of two operands that need the same one."""
        one, other = self.dim(left), self.dim(right)
        # the literal zero fits any unit
        if one is None or is_zero(left):
            return other
        if other is None or one is other or is_zero(right):
            return one
        message = f"cannot {_VERBS[verb].format(unit_name(one), unit_name(other))}"
        label = f"{short(left)} is {unit_name(one)}, {short(right)} is {unit_name(other)}"
        self.mismatch(tree, message, label, _missing_unit(left, right, one, other), one, other)
        return None

    def _arithmetic(self, tree: Binary) -> Dimension | None:
        if tree.op in _VERBS:
            return self._same(tree, tree.left, tree.right, tree.op)
        left, right = self.dim(tree.left), self.dim(tree.right)
        if left is None or right is None:
            return None
        return left * right if tree.op == "*" else left / right

    def _power(self, tree: Binary) -> Dimension | None:
        base, exponent = self.dim(tree.left), self.dim(tree.right)
        if exponent is not None and not exponent.is_dimensionless:
            message = f"a power must be a number without unit, not {unit_name(exponent)}"
            label = f"{short(tree.right)} is {unit_name(exponent)}"
            self.mismatch(tree.right, message, label, "", exponent)
            return None
        if base is None or base.is_dimensionless:
            return base
        if exponent is None:
            return None
        try:
            value = self._constant(tree.right)
        except NotConstantError as error:
            message = f"the unit of '{short(tree)}' is not fixed: {error}"
            help = "use a number, or a constant without unit"
            self.mistakes.append(
                ExpressionSyntaxError(Diagnostic(message, place_of(tree.right), "", help))
            )
            return None
        return None if value is None else base**value

    def _constant(self, tree: Tree) -> float | Fraction | None:
        """Return the value of a constant expression; None if a name in it is not known yet.

        Raises:
            NotConstantError: It has no value, or none that is finite.
        """
        match tree:
            case Number():
                return int(tree.value) if isinstance(tree.value, bool) else tree.value
            case Name():
                found = self.names.find(tree.name)
                if found is None:
                    return None
                if not isinstance(found, NameInfo) or found.value is None:
                    raise NotConstantError(f"'{tree.name}' is not a constant")
                return _finite(found.value)
            case Unary(op="-" | "+"):
                value = self._constant(tree.operand)
                return value if value is None or tree.op == "+" else -value
            case Binary():
                left, right = self._constant(tree.left), self._constant(tree.right)
                return None if left is None or right is None else _folded(tree.op, left, right)
            case _:
                raise NotConstantError(f"'{short(tree)}' is not a constant")

    def _call(self, call: Call) -> Dimension | None:
        dims = [self.dim(arg) for arg in call.args]
        try:
            function = self.names.find(call.function)
        except KeyError:
            span = place_of(call)
            name_stop = span.start + len(call.function)
            self.unknown(call.function, Span(span.source, span.start, name_stop))
            return None
        if function is None:
            return None
        if not isinstance(function, Function):
            return self._past(call, function, dims)
        wrong = list(wrong_arity(call, function))
        self.mistakes.extend(wrong)
        if wrong:
            return None
        for index in range(function.arity):
            self._argument(call, function, index, dims)
        if callable(function.return_unit) and function.return_unit is not bool:
            known = [dim for dim in dims if dim is not None]
            return function.result_dimension(known) if len(known) == len(dims) else None
        return function.result_dimension(())

    def _past(
        self, call: Call, variable: NameInfo, dims: list[Dimension | None]
    ) -> Dimension | None:
        """Return the dimension of `v(t - d)`: that of the variable."""
        is_time = len(dims) == 1 and (dims[0] is None or dims[0] is SECOND)
        if not is_time or not variable.past:
            self.mistakes.append(no_function(call, is_time=is_time, past=variable.past))
            return None
        if delay_of(call.args[0]) is None:
            self.mistakes.append(no_delay(call))
            return None
        return variable.dim

    def _argument(
        self, call: Call, function: Function, index: int, dims: list[Dimension | None]
    ) -> None:
        """Check one argument of a call; a zero takes the unit of the others."""
        arg, dim, unit = call.args[index], dims[index], function.arg_units[index]
        if unit is bool:
            self.require_condition(arg)
            return
        if unit is None or dim is None or is_zero(arg):
            return
        label = f"{short(arg)} is {unit_name(dim)}"
        if isinstance(unit, str):
            other = function.arg_names.index(unit)
            wanted = dims[other]
            if wanted is None or wanted is dim:
                return
            if is_zero(call.args[other]):
                dims[other] = dim
                return
            message = f"{call.function}() needs the same unit for these arguments"
            label = f"{short(call.args[other])} is {unit_name(wanted)}, {label}"
            help = _missing_unit(call.args[other], arg, wanted, dim)
            self.mismatch(call, message, label, help, wanted, dim)
            return
        wanted = dimension_of_unit(unit)
        if wanted is dim:
            return
        if wanted.is_dimensionless:
            message = f"{call.function}() takes a number without unit, not {unit_name(dim)}"
            help = f"divide it by something in {unit_name(dim)}"
        else:
            message = f"{call.function}() takes {unit_name(wanted)}, not {unit_name(dim)}"
            help = ""
        self.mismatch(arg, message, label, help, wanted, dim)

    # -------------------------------------------------------------------------------------- kinds

    def require_condition(self, tree: Tree) -> None:
        """Check an operand of `and`, `or`, `not`, which must be true or false."""
        self.dim(tree)
        if self.kind(tree) not in {"boolean", None}:
            message = f"'{short(tree)}' is a number, but 'and', 'or' and 'not' combine conditions"
            help = "compare it with something, such as x > 0"
            self.mistakes.append(
                ExpressionSyntaxError(Diagnostic(message, place_of(tree), "", help))
            )

    def kind(self, tree: Tree) -> Kind | None:
        """Return the kind of a tree; None if it depends on a name that is not known."""
        match tree:
            case Number():
                return kind_of_value(tree.value)
            case Name():
                return self._kind_of_name(tree.name)
            case Unary(op="not") | Compare() | Logic():
                return "boolean"
            case Unary():
                return _at_least_integer(self.kind(tree.operand))
            case Binary(op="/"):
                return "float"
            case Binary():
                kinds = (self.kind(tree.left), self.kind(tree.right))
                if "float" in kinds or None in kinds:
                    return "float"
                return "integer"
            case Call():
                return self._kind_of_call(tree)

    def _found(self, name: str) -> NameInfo | Function | None:
        try:
            return self.names.find(name)
        except KeyError:
            return None

    def _kind_of_name(self, name: str) -> Kind | None:
        found = self._found(name)
        return found.kind if isinstance(found, NameInfo) else None

    def _kind_of_call(self, call: Call) -> Kind | None:
        function = self._found(call.function)
        if not isinstance(function, Function):
            return None if function is None else function.kind
        return function.result_kind([self.kind(arg) or "float" for arg in call.args])


class NotConstantError(Exception):
    """The power of something with a unit has no fixed value."""


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise NotConstantError(f"{value} is no power of a unit")
    return value


def _folded(op: str, left: float | Fraction, right: float | Fraction) -> float | Fraction:
    """Return the value of an operation on constants, exactly for whole numbers."""
    try:
        match op:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/" if isinstance(left, float) or isinstance(right, float):
                return left / right
            case "/":
                return Fraction(left) / Fraction(right)
            case "//":
                return left // right
            case "%":
                return left % right
            case _:
                # in floating point, because exact powers may have millions of digits
                power = float(left) ** float(right)
    except (OverflowError, ZeroDivisionError):
        raise NotConstantError("its power cannot be computed") from None
    if isinstance(power, complex):
        raise NotConstantError("its power is complex")
    return int(power) if power.is_integer() else power


def is_zero(tree: Tree) -> bool:
    """Return whether a tree is the literal zero, which fits any unit."""
    match tree:
        case Number(value=value):
            return not isinstance(value, bool) and value == 0
        case Unary(op="-" | "+", operand=operand):
            return is_zero(operand)
        case _:
            return False


def kind_of_value(value: object) -> Kind:
    """Return the kind of a Python number."""
    if isinstance(value, bool):
        return "boolean"
    return "integer" if isinstance(value, int) else "float"


def _at_least_integer(kind: Kind | None) -> Kind | None:
    return "integer" if kind == "boolean" else kind


def short(tree: Tree) -> str:
    """Return a tree as the user wrote it, shortened for messages."""
    span = place_of(tree)
    text = " ".join(span.source.text[span.start : span.stop].split())
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 3]}..."


def _missing_unit(left: Tree, right: Tree, one: Dimension, other: Dimension) -> str:
    """Return advice for a number that was written without its unit."""
    for tree, dim, wanted in ((left, one, other), (right, other, one)):
        literal = tree.operand if isinstance(tree, Unary) else tree
        if isinstance(literal, Number) and dim.is_dimensionless:
            return f"give the number a unit: {to_text(tree)}*{unit_name(wanted)}"
    return ""
