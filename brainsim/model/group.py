"""Groups: named variables with one value per element, read and written from Python."""

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
    raise_all,
)
from ..equations.functions import Function
from ..equations.tree import Name, Tree, functions_in, walk
from ..equations.unittext import unit_name
from ..errors import Diagnostic, ExpressionSyntaxError, ModelTextError, UnknownNameError, suggest
from ..units import Quantity, get_dimensions
from ..units.checks import excerpt_of
from ..units.dimensions import DIMENSIONLESS, Dimension, DimensionMismatchError
from .base import BrianObject
from .evaluate import evaluate
from .linked import checked_link
from .namespace import External, caller_namespace, explain_names, resolve
from .representation import Described, Description, counted
from .states import States
from .variables import (
    Array,
    ArrayVariable,
    ClockVariable,
    Link,
    LinkedVariable,
    SizeVariable,
    Subexpression,
    Variable,
    variable_kind,
)
from .views import VariableView

_ALL = slice(None)


class Group(States, Described, BrianObject):
    """Something with variables; see `BrianObject` for the arguments."""

    takes_event_clock = False
    variables: dict[str, Variable]
    namespace: dict[str, Any]

    # attributes that are no variables may be set until this is True
    _complete = False

    # ------------------------------------------------------------------------------- elements

    @property
    def size(self) -> int:
        """Number of elements."""
        raise NotImplementedError

    def __len__(self) -> int:
        return self.size

    def positions(self, indices: Array) -> Any:
        """Return where the elements with these indices stand in memory."""
        return indices

    def size_value(self, name: str) -> int:
        """Return the value of `N` and its kin."""
        assert name == "N"  # noqa: S101 - groups with more sizes override this
        return self.size

    # --------------------------------------------------------------------------- names and values

    def find(self, name: str) -> tuple[Group, Variable] | None:
        """Return the group and variable that a name in the code of this group means, or None."""
        variable = self.variables.get(name)
        return None if variable is None else (self, variable)

    def indices_for(self, name: str, indices: Array) -> Array:
        """Return the indices, in the group that owns the variable, for elements of this group."""
        del name
        return indices

    def meaning(self, name: str) -> NameInfo | None:
        """Return what is known of a name in the code of this group; None when it is external."""
        found = self.find(name)
        return None if found is None else NameInfo(found[1].dimensions, variable_kind(found[1]))

    def known_names(self) -> list[str]:
        """Return the names that the code of this group may use, for suggestions."""
        return [name for name in self.variables if name.isidentifier() and name[0] != "_"]

    def is_shared(self, name: str) -> bool:
        """Return whether a name in the code of this group has one value for all elements."""
        found = self.find(name)
        return found is None or found[1].scalar

    def is_variable(self, name: str) -> bool:
        """Return whether a name in the code of this group is one of its variables."""
        return self.find(name) is not None

    def clock_value(self, name: str) -> float | int:
        """Return `t`, `dt` or `t_in_timesteps` of the group's clock."""
        clock = self.clock
        return {"t": clock.t_, "dt": clock.dt_, "t_in_timesteps": clock.step}[name]

    def element_values(self, name: str, indices: Array, context: Evaluation) -> Any:
        """Return the values of a variable for elements of this group, in base units."""
        found = self.find(name)
        assert found is not None  # noqa: S101 - callers ask for internal names
        owner, variable = found
        match variable:
            case SizeVariable():
                return owner.size_value(variable.name)
            case ClockVariable():
                return owner.clock_value(variable.name)
            case ArrayVariable() if variable.scalar:
                return variable.values[0]
            case ArrayVariable():
                return variable.values[owner.positions(self.indices_for(name, indices))]
            case LinkedVariable():
                return owner.linked_values(variable, self.indices_for(name, indices), context)
            case Subexpression():
                inner = Evaluation(owner, self.indices_for(name, indices), context.namespace)
                value = inner.value(variable.tree)
                if not variable.scalar and np.ndim(value) == 0:
                    value = np.full(len(indices), value)
                return value

    def linked_values(self, variable: LinkedVariable, indices: Array, context: Evaluation) -> Any:
        """Return what elements of this group see through a (linked) variable."""
        link = variable.target
        if variable.is_single:
            elements = np.zeros(len(indices), dtype=np.int64)
        elif isinstance(link.index, str):
            elements = self.element_values(link.index, indices, context)
        else:
            elements = indices if link.index is None else link.index[indices]
        inner = Evaluation(link.group, elements, context.namespace)
        values = link.group.element_values(link.name, elements, inner)
        return np.broadcast_to(values, np.shape(indices))

    def describe(self) -> Description:
        """Return what is shown in a notebook: kind, size and equations."""
        kind, equations = type(self).__name__, self.shown_equations()
        latex = equations._repr_latex_() if equations else ""
        return Description(f"{kind} '{self.name}', {counted(len(self), 'element')}", latex)

    def shown_equations(self) -> Any:
        """Return the equations as the user knows them, or None."""
        return self.equations

    # ------------------------------------------------------------------------------------ indexing

    def resolve_index(self, item: Any, namespace: Mapping[str, Any] | None) -> tuple[Array, bool]:
        """Return the indices that an index expression means, and whether it means a single one.

        Raises:
            IndexError: An index is out of range, or there are several.
            TypeError: An index is of a wrong kind.
        """
        if isinstance(item, str):
            context = Evaluation(self, np.arange(self.size), namespace)
            return np.flatnonzero(context.condition(item, f"index of '{self.name}'")), False
        if isinstance(item, VariableView):
            item = item[:]
        if isinstance(item, slice):
            return np.arange(*item.indices(self.size)), False
        if hasattr(item, "indices_in"):  # a subgroup, or an element of a morphology
            found = item.indices_in(self)
            return np.atleast_1d(found), np.ndim(found) == 0
        array = np.asarray(item)
        if array.dtype == bool:
            if array.shape != (self.size,):
                raise IndexError(
                    f"a boolean index of '{self.name}' needs {self.size} values, not {array.size}"
                )
            return np.flatnonzero(array), False
        if array.size and array.dtype.kind not in "iu":
            raise TypeError(
                f"cannot index '{self.name}' with {item!r}: use integers, a slice, a boolean array "
                "or a condition in a string"
            )
        if array.ndim > 1 or isinstance(item, tuple):
            raise IndexError(f"'{self.name}' has one index, so [{_shown(item)}] means nothing")
        array = array.astype(np.int64)
        if array.size and (array.min() < -self.size or array.max() >= self.size):
            bad = array[(array < -self.size) | (array >= self.size)].flat[0]
            raise IndexError(
                f"index {bad} is out of range: '{self.name}' has {self.size} elements, numbered "
                f"0 to {self.size - 1}"
            )
        array = np.where(array < 0, array + self.size, array)
        return np.atleast_1d(array), array.ndim == 0

    # ---------------------------------------------------------------------------- reading, writing

    def get_values(
        self, name: str, item: Any = _ALL, namespace: Mapping[str, Any] | None = None
    ) -> Any:
        """Return values of a variable in base units.

        Args:
            name: The variable.
            item: Index expression; the full slice gives the group's own memory where it can.
            namespace: External names of strings; by default those of the caller's frame.
        """
        variable = self.variables[name]
        whole = isinstance(item, slice) and item == _ALL
        if variable.scalar:
            if not whole:
                raise IndexError(f"'{name}' has one value for the whole group: use '{name}[:]'")
            context = Evaluation(self, np.zeros(1, dtype=np.int64), namespace)
            value = self.element_values(name, context.indices, context)
            return np.asarray(value).ravel()[0]
        if whole and isinstance(variable, ArrayVariable):
            return self.whole_array(variable)
        indices, single = self.resolve_index(item, namespace)
        context = Evaluation(self, indices, namespace)
        values = self.element_values(name, indices, context)
        return values[0] if single else np.array(values)

    def whole_array(self, variable: ArrayVariable) -> Array:
        """Return all values of a variable; the memory itself where the order allows it."""
        return variable.values

    def set_values(
        self,
        name: str,
        item: Any,
        value: Any,
        *,
        check_units: bool = True,
        namespace: Mapping[str, Any] | None = None,
    ) -> None:
        """Set values of a variable.

        Args:
            name: The variable.
            item: Index expression.
            value: A number, an array of matching length, or an expression as string.
            check_units: Whether the value must have the variable's dimensions.
            namespace: External names of strings; by default those of the caller's frame.

        Raises:
            TypeError: The variable is read-only, or an array is assigned to a string index.
            DimensionMismatchError: The value has other dimensions.
            ValueError: The lengths do not match.
        """
        variable = self.variables[name]
        if isinstance(variable, LinkedVariable):
            raise ValueError(  # noqa: TRY004 - the tradition's type
                f"'{name}' of '{self.name}' is (linked): it is not set itself, but assigned "
                "linked_var(...)"
            )
        if not isinstance(variable, ArrayVariable) or variable.read_only:
            raise TypeError(f"'{name}' of '{self.name}' cannot be set: {why_read_only(variable)}")
        if variable.scalar:
            self._set_scalar(variable, item, value, namespace, check_units=check_units)
            return
        indices, _ = self.resolve_index(item, namespace)
        if isinstance(value, str):
            context = Evaluation(self, indices, namespace)
            values = context.text(value, variable.dimensions, name)
        else:
            values = self._checked(variable, value, check_units=check_units)
            if isinstance(item, str) and np.ndim(values) > 0 and np.size(values) > 1:
                raise TypeError(
                    f"cannot assign an array to '{name}' where a condition selects the elements; "
                    "assign a single value or an expression in a string"
                )
        values = fitted(np.asarray(values), indices, name)
        if (isinstance(value, str) or isinstance(item, str)) and self.is_protected(name):
            # strings are code, and code does not write what stands still while refractory
            active = np.asarray(self.get_values("not_refractory"))[indices]
            indices = indices[active]
            values = values[active] if values.ndim else values
        variable.values[self.positions(indices)] = values.astype(variable.values.dtype)
        self.changed(name)

    def is_protected(self, name: str) -> bool:
        """Return whether code must not write a variable of a refractory element."""
        if self.equations is None or name not in self.equations:
            return False
        return (
            "unless refractory" in self.equations[name].flags and "not_refractory" in self.variables
        )

    def changed(self, name: str) -> None:
        """Note that the user has set a variable."""

    def _set_scalar(
        self, variable: ArrayVariable, item: Any, value: Any, namespace: Any, *, check_units: bool
    ) -> None:
        if not (isinstance(item, slice) and item == _ALL):
            raise IndexError(f"'{variable.name}' has one value: assign to the name itself or [:]")
        if isinstance(value, str):
            context = Evaluation(self, np.zeros(1, dtype=np.int64), namespace)
            raise_all(
                [
                    ExpressionSyntaxError(
                        Diagnostic(
                            f"'{variable.name}' is shared, '{node.name}' has a value per element",
                            node.span,
                            help="set it to a number, computed in Python if need be",
                        )
                    )
                    for node in walk(parse_expression(value, f"value for '{variable.name}'"))
                    if isinstance(node, Name) and not self.is_shared(node.name)
                ]
            )
            values = context.text(value, variable.dimensions, variable.name)
        else:
            values = self._checked(variable, value, check_units=check_units)
        flat = np.asarray(values).ravel()
        if flat.size != 1:
            raise ValueError(f"'{variable.name}' is shared: it takes one value, not {flat.size}")
        variable.values[0] = flat[0].astype(variable.values.dtype)
        self.changed(variable.name)

    def _checked(self, variable: ArrayVariable, value: Any, *, check_units: bool) -> Any:
        if isinstance(value, VariableView):
            value = value[:]
        values, wanted = np.asarray(value), variable.dimensions
        what = f"'{variable.name}' of '{self.name}'"
        if values.dtype.kind not in "biuf":
            raise TypeError(
                f"{what} cannot be set to {value!r}: give a number, an array of numbers, or an "
                "expression in a string"
            )
        if check_units:
            zero = values.ndim == 0 and not isinstance(value, Quantity) and value == 0
            found = get_dimensions(value)
            if not zero and found is not wanted:
                unit = "no unit" if wanted is DIMENSIONLESS else f"the unit {unit_name(wanted)}"
                raise DimensionMismatchError(
                    f"{what} has {unit}, it cannot be set to {excerpt_of(value)}", wanted, found
                )
        if variable.dtype.is_integer and not np.all(np.abs(values) < 2.0**31):
            raise ValueError(f"{what} is an integer, it cannot be set to {excerpt_of(value)}")
        return values

    # ---------------------------------------------------------------------------------- attributes

    def view(self, name: str, *, units: bool = True) -> VariableView:
        """Return the view of a variable."""
        variable = self.variables.get(name)
        if variable is None:
            hint = suggest(name, self.known_names())
            raise UnknownNameError(Diagnostic(f"'{self.name}' has no variable '{name}'", help=hint))
        return VariableView(name, self, variable.dimensions if units else None)

    def state(self, name: str, use_units: bool = True, level: int = 0) -> VariableView:
        """Return the view of a variable, with or without units.

        Raises:
            KeyError: There is no such variable.
        """
        del level
        return self.view(name, units=use_units)

    def own_variables(self) -> Mapping[str, Variable]:
        """Return the variables; none while the group is being made."""
        found: Mapping[str, Variable] = self.__dict__.get("variables", {})
        return found

    def __getattr__(self, name: str) -> Any:
        variables = self.own_variables()
        if variables and not name.startswith("_"):
            if name in variables:
                return self.view(name)
            if name.endswith("_") and name[:-1] in variables:
                return self.view(name[:-1], units=False)
            public = [known for known in dir(type(self)) if not known.startswith("_")]
            hint = suggest(name, [*variables, *public])
            raise AttributeError(
                f"'{self.name}' has no variable or attribute '{name}'; {hint}".rstrip("; ")
            )
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        variables = self.own_variables()
        if name in variables and isinstance(value, Link):
            self._link(name, value)
        elif name in variables:
            self.set_values(name, _ALL, value)
        elif name.endswith("_") and name[:-1] in variables:
            self.set_values(name[:-1], _ALL, value, check_units=False)
        elif not self._complete or name.startswith("_") or self._knows(name):
            object.__setattr__(self, name, value)
        else:
            hint = suggest(name, variables)
            raise AttributeError(
                f"'{self.name}' has no variable '{name}'{'; ' if hint else ''}{hint} (For an "
                f"attribute of your own, call add_attribute('{name}') first.)"
            )

    def _link(self, name: str, link: Link) -> None:
        variable = self.own_variables()[name]
        if not isinstance(variable, LinkedVariable):
            raise TypeError(
                f"'{name}' of '{self.name}' is not marked (linked) in the equations, so it cannot "
                "be linked to another variable"
            )
        variable.link = checked_link(self, variable, link)
        self.version += 1

    def _knows(self, name: str) -> bool:
        return name in self.__dict__ or hasattr(type(self), name)

    def add_attribute(self, name: str) -> None:
        """Allow setting an attribute that is no variable."""
        self.__dict__.setdefault(name, None)

    @property
    def indices(self) -> _Indices:
        """Integer indices for a condition or slice: `G.indices['v > 0*mV']`."""
        return _Indices(self)


def fitted(values: Array, indices: Array, name: str) -> Array:
    """Return values in the shape of the indices, or a single one for all of them.

    Raises:
        ValueError: There is another number of values.
    """
    if values.ndim == 0 or values.shape == indices.shape:
        return values
    if values.ndim > 1:
        raise ValueError(
            f"cannot assign an array of shape {values.shape} to {indices.size} elements of "
            f"'{name}': give one value per element, in one dimension"
        )
    if values.size != 1:
        raise ValueError(
            f"cannot assign {values.size} values to {indices.size} elements of '{name}'"
        )
    first: Array = values[0]
    return first


def why_read_only(variable: Variable) -> str:
    """Return why a variable cannot be written to, and what to do."""
    match variable:
        case Subexpression(name=name):
            return f"it is defined by '{name} = ...'; change what that depends on"
        case ClockVariable():
            return "it belongs to the clock"
        case SizeVariable():
            return "it is the number of elements"
        case ArrayVariable():
            return "its values are computed or recorded"
        case LinkedVariable():
            return "it stands for a variable of another group"


def _shown(item: Any) -> str:
    return ", ".join(map(repr, item)) if isinstance(item, tuple) else repr(item)


class _Indices:
    def __init__(self, group: Group) -> None:
        self._group = group

    def __getitem__(self, item: Any) -> Array:
        return self._group.resolve_index(item, None)[0]


class Evaluation:
    """Evaluates strings for elements of a group.

    Args:
        group: The group.
        indices: Elements.
        namespace: External names; None looks into the caller's frame when it is first needed.
    """

    def __init__(self, group: Group, indices: Array, namespace: Mapping[str, Any] | None) -> None:
        self.group = group
        self.indices = indices
        self._namespace = namespace

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
        internal = self.group.meaning(name)
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

    def text(self, text: str, dimensions: Dimension, name: str) -> Any:
        """Return the value of an expression that a variable is set to.

        Args:
            text: The expression.
            dimensions: Those that it must have.
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
        if found is not dimensions and text.strip() not in {"inf", "-inf"}:
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
            check_condition(tree, self.meaning, what)
        except ModelTextError as error:
            self.explain(error)
            raise
        return np.broadcast_to(self.value(tree), self.indices.shape)
