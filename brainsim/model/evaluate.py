"""Expressions evaluated at once with NumPy: string assignments, string indices, connect strings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..equations import (
    DEFAULT_FUNCTIONS,
    Function,
    NameInfo,
    UnitMismatchError,
    check_condition,
    dimension_of,
    parse_expression,
)
from ..equations.tree import (
    Binary,
    Call,
    Compare,
    Logic,
    Name,
    Number,
    Tree,
    Unary,
    functions_in,
)
from ..equations.unittext import unit_name
from ..errors import Diagnostic, ModelTextError, UnknownNameError
from ..records import dataclass
from ..units import second
from ..units.dimensions import DIMENSIONLESS, Dimension
from .namespace import External, caller_namespace, explain_names, resolve
from .randomness import draw, next_draw_key
from .variables import Array

RANDOM_FUNCTIONS = frozenset({"rand", "randn", "poisson"})

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.true_divide,
    "//": np.floor_divide,
    "%": np.mod,
}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def evaluate(
    tree: Tree,
    lookup: Callable[[str], Any],
    elements: Any,
    functions: Mapping[str, Function] | None = None,
    keys: Callable[[], int] = next_draw_key,
) -> Any:
    """Return the value of an expression in base units.

    Args:
        tree: The expression, checked before.
        lookup: Value of a name: a number, or an array with one value per element.
        elements: int array: the numbers of the elements, which random numbers depend on.
        functions: By name, those that the language does not define.
        keys: Gives the key of each random function, in the order of evaluation.

    Raises:
        KeyError: A function is unknown.
    """
    with np.errstate(all="ignore"):
        return _Evaluator(lookup, elements, functions, keys).value(tree)


@dataclass(frozen=True, slots=True, eq=False)
class _Evaluator:
    """The arguments of `evaluate`.

    A class, because a function that calls itself from within another keeps all its arrays alive
    until the garbage collector comes.
    """

    lookup: Callable[[str], Any]
    elements: Any
    functions: Mapping[str, Function] | None
    keys: Callable[[], int]

    def value(self, node: Tree) -> Any:
        match node:
            case Number():
                return node.value
            case Name():
                return self.lookup(node.name)
            case Unary(op="not"):
                return np.logical_not(self.value(node.operand))
            case Unary(op="-"):
                return np.negative(self.value(node.operand))
            case Unary():
                return self.value(node.operand)
            case Binary(op="**"):
                return _power(self.value(node.left), self.value(node.right))
            case Binary():
                return _BINARY[node.op](self.value(node.left), self.value(node.right))
            case Compare():
                return _COMPARE[node.op](self.value(node.left), self.value(node.right))
            case Logic(op="and"):
                return np.logical_and(self.value(node.left), self.value(node.right))
            case Logic():
                return np.logical_or(self.value(node.left), self.value(node.right))
            case Call():
                return self._call(node)

    def _call(self, call: Call) -> Any:
        args = tuple(self.value(arg) for arg in call.args)
        if call.function in RANDOM_FUNCTIONS:
            return draw(call.function, self.keys(), self.elements, args)
        known = self.functions or DEFAULT_FUNCTIONS
        function = known.get(call.function) or DEFAULT_FUNCTIONS[call.function]
        if function.auto_vectorise:
            args = (*args, np.asarray(self.elements))
        return function.numpy(*args)


def _power(base: Any, exponent: Any) -> Any:
    both = np.result_type(base, exponent)
    if both.kind in "iu" and np.any(np.asarray(exponent) < 0):
        return np.power(np.asarray(base, dtype=float), exponent)
    return np.power(base, exponent)


class Evaluation:
    """Evaluates strings for elements of a group.

    Args:
        group: The group.
        indices: Elements.
        namespace: External names; None looks into the caller's frame when it is first needed.
        keys: Gives the key of each random function, in the order of evaluation.
    """

    def __init__(
        self,
        group: Any,
        indices: Array,
        namespace: Mapping[str, Any] | None,
        keys: Callable[[], int] = next_draw_key,
    ) -> None:
        self.group = group
        self.indices = indices
        self._namespace = namespace
        self._keys = keys

    @property
    def namespace(self) -> Mapping[str, Any]:
        """External names."""
        if self._namespace is None:
            self._namespace = caller_namespace()
        return self._namespace

    def within(self, group: Any, indices: Array) -> Evaluation:
        """Return the same for elements of another group; external names stay the same."""
        return Evaluation(group, indices, self._namespace, self._keys)

    def external(self, name: str) -> External | Function | None:
        """Return what an external name means."""
        return resolve(name, self.group.namespace, self.namespace)

    def meaning(self, name: str) -> NameInfo | Function:
        """Return what is known of a name.

        Raises:
            KeyError: The name is unknown.
        """
        internal: NameInfo | None = self.group.meaning(name)
        if internal is not None:
            return internal
        found = self.external(name)
        if found is None:
            raise KeyError(name)
        return found.info if isinstance(found, External) else found

    def lookup(self, name: str) -> Any:
        """Return the value of a name for the elements, in base units."""
        if self.group.find(name) is not None:
            return self.group.element_values(name, self.indices, self)
        found = self.external(name)
        if isinstance(found, External):
            return found.value
        raise self._unknown(name)

    def functions(self, tree: Tree) -> dict[str, Function]:
        """Return the functions that an expression calls; among them variables, for their past.

        Raises:
            KeyError: A function is unknown.
        """
        functions = {}
        for name in functions_in(tree):
            found = self._past(name) or self.external(name)
            if not isinstance(found, Function):
                raise self._unknown(name)
            functions[name] = found
        return functions

    def _unknown(self, name: str) -> UnknownNameError:
        error = UnknownNameError(f"'{name}' is not defined")
        self.explain(error)
        return error

    def _past(self, name: str) -> Function | None:
        """Return what gives the values of a variable at earlier times."""
        found = self.group.find(name)
        if found is None:
            return None
        owner, variable = found
        places = owner.positions(self.group.indices_for(name, self.indices))

        def before(time: Any) -> Any:
            delay = self.group.clock.t_ - np.asarray(time)
            return owner.event_source.keeper_of(variable).before(delay, places)

        return Function(before, arg_units=[second], return_unit=variable.dimensions)

    def value(self, tree: Tree) -> Any:
        """Return the value of a tree."""
        functions = self.functions(tree)
        return evaluate(tree, self.lookup, self.indices, functions, self._keys)

    def explain(self, error: ModelTextError) -> None:
        """Say in an error what undefined names may have meant."""
        group = self.group
        explain_names(error, group.known_names(), group.namespace, self.namespace)

    def text(self, text: str, dimensions: Dimension | None, name: str) -> Any:
        """Return the value of an expression that a variable is set to; see `checked`."""
        return self.value(self.checked(text, dimensions, name))

    def checked(self, text: str, dimensions: Dimension | None, name: str) -> Tree:
        """Return an expression that a variable is set to.

        Args:
            text: The expression.
            dimensions: Those that it must have; None for any.
            name: The variable.

        Raises:
            DimensionMismatchError: It has other dimensions.
            KeyError: A name is unknown.
        """
        tree = parse_expression(text, f"value for '{name}' of '{self.group.name}'")
        try:
            found = dimension_of(tree, self.meaning)
        except ModelTextError as error:
            self.explain(error)
            raise
        fits = found is dimensions or text.strip() in {"inf", "-inf"}
        if dimensions is not None and not fits:
            unit = unit_name(dimensions)
            message = f"'{name}' is {unit}, but its new value is {unit_name(found)}"
            help = f"multiply it by a quantity in {unit}" if found is DIMENSIONLESS else ""
            raise UnitMismatchError(
                Diagnostic(message, tree.span, f"this is {unit_name(found)}", help),
                dims=(found, dimensions),
            )
        return tree

    def condition(self, text: str, what: str) -> Any:
        """Return the value of a condition, one bool per element.

        Raises:
            TypeError: The expression is no condition.
            DimensionMismatchError: Units in it do not fit together.
            KeyError: A name is unknown.
        """
        tree = parse_expression(text, what)
        try:
            self._refuse_unit(tree, what)
            check_condition(tree, self.meaning, what)
        except ModelTextError as error:
            self.explain(error)
            raise
        return np.broadcast_to(self.value(tree), self.indices.shape)

    def _refuse_unit(self, tree: Tree, what: str) -> None:
        found = dimension_of(tree, self.meaning)
        if found is not DIMENSIONLESS:
            unit = unit_name(found)
            message = f"the {what} must be a condition, not a value in {unit}"
            raise UnitMismatchError(Diagnostic(message, tree.span), dims=(found,))
