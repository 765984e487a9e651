"""Strings that are evaluated for elements of a group: indices and values.

Input: a group, elements, text. Output: values in base units.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..equations import (
    NameInfo,
    UnitMismatchError,
    check_condition,
    dimension_of,
    parse_expression,
)
from ..equations.functions import Function
from ..equations.tree import Tree, functions_in
from ..equations.unittext import unit_name
from ..errors import Diagnostic, ModelTextError, UnknownNameError
from ..units.dimensions import DIMENSIONLESS, Dimension
from .evaluate import evaluate
from .namespace import External, caller_namespace, explain_names, resolve
from .variables import Array


class Evaluation:
    """Evaluates strings for elements of a group.

    Args:
        group: The group.
        indices: Elements.
        namespace: External names; None looks into the caller's frame when it is first needed.
    """

    def __init__(self, group: Any, indices: Array, namespace: Mapping[str, Any] | None) -> None:
        self.group = group
        self.indices = indices
        self._namespace = namespace

    def within(self, group: Any, indices: Array) -> Evaluation:
        """Return the same for elements of another group; external names stay the same."""
        return Evaluation(group, indices, self._namespace)

    @property
    def namespace(self) -> Mapping[str, Any]:
        """External names."""
        if self._namespace is None:
            self._namespace = caller_namespace()
        return self._namespace

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
        error = UnknownNameError(f"'{name}' is not defined")
        self.explain(error)
        raise error

    def functions(self, tree: Tree) -> dict[str, Function]:
        """Return the functions that an expression calls."""
        found = {name: self.external(name) for name in functions_in(tree)}
        return {name: f for name, f in found.items() if isinstance(f, Function)}

    def value(self, tree: Tree) -> Any:
        """Return the value of a tree."""
        return evaluate(tree, self.lookup, self.indices, self.functions(tree))

    def explain(self, error: ModelTextError) -> None:
        """Say in an error what undefined names may have meant."""
        group = self.group
        explain_names(error, group.known_names(), group.namespace, self.namespace)

    def text(self, text: str, dimensions: Dimension | None, name: str) -> Any:
        """Return the value of an expression that a variable is set to.

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
        return self.value(tree)

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
