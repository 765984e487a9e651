"""Groups: named variables with one value per element, read and written from Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..codegen.ir import DType
from ..equations import (
    NameInfo,
    check_shared,
    parse_expression,
    raise_all,
)
from ..equations.tree import Name, walk
from ..equations.unittext import unit_name
from ..errors import Diagnostic, ExpressionSyntaxError, UnknownNameError, suggest
from ..units import Quantity, get_dimensions
from ..units.checks import excerpt_of
from ..units.dimensions import DIMENSIONLESS, DimensionMismatchError
from .base import BrianObject
from .bulk import assign_in_chunks
from .evaluate import Evaluation
from .linked import checked_link, linked_array, linked_values, set_linked
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
from .views import Count, VariableView

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

    @property
    def N(self) -> Count:
        """Number of elements."""
        return Count(self.size)

    def __len__(self) -> int:
        return self.size

    def positions(self, indices: Array) -> Any:
        """Return where the elements with these indices stand in memory."""
        return indices

    def in_memory_order(self, names: Iterable[str]) -> bool:
        """Return whether elements, with the values of names, stand in memory by their number."""
        del names
        return True

    def size_value(self, name: str) -> int:
        """Return the value of `N` and its kin."""
        assert name == "N"  # noqa: S101 - groups with more sizes override this
        return self.size

    # --------------------------------------------------------------------------- names and values

    def find(self, name: str) -> tuple[Group, Variable] | None:
        """Return the group and variable that a name in the code of this group means, or None."""
        variable = self.variables.get(name)
        return None if variable is None else (self, variable)

    def found(self, name: str) -> tuple[Group, Variable]:
        """Return what a name means.

        Raises:
            KeyError: It means nothing here.
        """
        known = self.find(name)
        if known is None:
            hint = suggest(name, self.known_names())
            raise UnknownNameError(Diagnostic(f"'{self.name}' has no variable '{name}'", help=hint))
        return known

    def indices_for(self, name: str, indices: Array) -> Array:
        """Return the indices, in the group that owns the variable, for elements of this group."""
        del name
        return indices

    def meaning(self, name: str) -> NameInfo | None:
        """Return what is known of a name in the code of this group; None when it is external."""
        found = self.find(name)
        if found is None:
            return None
        variable, past = found[1], isinstance(found[1], ArrayVariable)
        return NameInfo(variable.dimensions, variable_kind(variable), past=past)

    def known_names(self) -> list[str]:
        """Return the names that the code of this group may use, for suggestions."""
        return [name for name in self.variables if name.isidentifier() and name[0] != "_"]

    def is_shared(self, name: str) -> bool:
        """Return whether a name in the code of this group has one value for all elements."""
        found = self.find(name)
        return found is None or found[1].scalar

    def may_be_shared(self, name: str) -> bool:
        """Return whether a name has, or once it is linked may have, one value for all elements."""
        match self.find(name):
            case _, LinkedVariable() as linked:
                return linked.link is None or linked.is_single
            case _:
                return self.is_shared(name)

    def is_variable(self, name: str) -> bool:
        """Return whether a name in the code of this group is one of its variables."""
        return self.find(name) is not None

    def clock_value(self, name: str) -> float | int:
        """Return `t`, `dt` or `t_in_timesteps` of the group's clock."""
        clock = self.clock
        return {"t": clock.now, "dt": clock.dt_, "t_in_timesteps": clock.step}[name]

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
                return variable.take(0)
            case ArrayVariable():
                return variable.take(owner.positions(self.indices_for(name, indices)))
            case LinkedVariable():
                return linked_values(owner, variable, self.indices_for(name, indices), context)
            case Subexpression():
                inner = context.within(owner, self.indices_for(name, indices))
                value = inner.value(variable.tree)
                if not variable.scalar and np.ndim(value) == 0:
                    value = np.full(len(indices), value)
                return value

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
        owner, variable = self.found(name)
        whole = isinstance(item, slice) and item == _ALL
        if variable.scalar:
            if not whole:
                raise IndexError(f"'{name}' has one value for the whole group: use '{name}[:]'")
            context = Evaluation(self, np.zeros(1, dtype=np.int64), namespace)
            value = self.element_values(name, context.indices, context)
            return np.asarray(value).ravel()[0]
        if whole and isinstance(variable, ArrayVariable) and owner is self:
            return self.whole_array(variable)
        if whole and isinstance(variable, LinkedVariable):
            array = linked_array(self, variable)
            if array is not None:
                return array
        indices, single = self.resolve_index(item, namespace)
        context = Evaluation(self, indices, namespace)
        values = self.element_values(name, indices, context)
        return values[0] if single else np.array(values)

    def whole_array(self, variable: ArrayVariable) -> Array:
        """Return all values of a variable; the memory itself where the order allows it."""
        variable.require()
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
        owner, variable = self.found(name)
        if isinstance(variable, LinkedVariable):
            self._set_linked(variable, item, value, namespace, check_units=check_units)
            return
        if not isinstance(variable, ArrayVariable) or variable.read_only:
            raise TypeError(f"'{name}' of '{self.name}' cannot be set: {why_read_only(variable)}")
        if variable.scalar:
            self._set_scalar(variable, item, value, namespace, check_units=check_units)
            return
        if isinstance(value, str) and isinstance(item, slice) and item == _ALL and owner is self:
            unit = variable.dimensions if check_units else None
            protected = self.is_protected(variable.name)
            if not protected and assign_in_chunks(self, variable, value, namespace, unit):
                self.changed(variable.name)
                return
        indices, _ = self.resolve_index(item, namespace)
        context = Evaluation(self, indices, namespace)
        values = self._new_values(variable, item, value, context, check_units=check_units)
        indices = self.indices_for(name, indices)
        if (isinstance(value, str) or isinstance(item, str)) and owner.is_protected(variable.name):
            # strings are code, and code does not write what stands still while refractory
            active = np.asarray(owner.get_values("not_refractory"))[indices]
            indices = indices[active]
            values = values[active] if values.ndim else values
        variable.put(owner.positions(indices), values)
        owner.changed(variable.name)

    def is_protected(self, name: str) -> bool:
        """Return whether code must not write a variable of a refractory element."""
        if self.equations is None or name not in self.equations:
            return False
        return (
            "unless refractory" in self.equations[name].flags and "not_refractory" in self.variables
        )

    def changed(self, name: str) -> None:
        """Note that the user has set a variable."""

    def _new_values(
        self,
        variable: ArrayVariable | LinkedVariable,
        item: Any,
        value: Any,
        context: Evaluation,
        *,
        check_units: bool,
    ) -> Array:
        """Return what elements are set to: a value for each, or one for all."""
        name = variable.name
        if isinstance(value, str):
            values = context.text(value, variable.dimensions if check_units else None, name)
        else:
            values = self._checked(variable, value, check_units=check_units)
            if isinstance(item, str) and np.ndim(values) > 0 and np.size(values) > 1:
                raise TypeError(
                    f"cannot assign an array to '{name}' where a condition selects the elements; "
                    "assign a single value or an expression in a string"
                )
        return fitted(np.asarray(values), context.indices, name)

    def _set_linked(
        self, variable: LinkedVariable, item: Any, value: Any, namespace: Any, *, check_units: bool
    ) -> None:
        indices = np.zeros(1, np.int64)
        if not variable.scalar:
            indices, _ = self.resolve_index(item, namespace)
        elif not (isinstance(item, slice) and item == _ALL):
            raise IndexError(f"'{variable.name}' stands for one value: assign to [:]")
        context = Evaluation(self, indices, namespace)
        values = self._new_values(variable, item, value, context, check_units=check_units)
        set_linked(self, variable, context, values)

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
            wanted = variable.dimensions if check_units else None
            values = context.text(value, wanted, variable.name)
        else:
            values = self._checked(variable, value, check_units=check_units)
        flat = np.asarray(values).ravel()
        if flat.size != 1:
            raise ValueError(f"'{variable.name}' is shared: it takes one value, not {flat.size}")
        variable.put(slice(0, 1), flat[0].astype(variable.values.dtype))
        self.changed(variable.name)

    def _checked(
        self, variable: ArrayVariable | LinkedVariable, value: Any, *, check_units: bool
    ) -> Any:
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
            found = get_dimensions(value)
            if found is not wanted and not _fits_any_unit(value):
                unit = "no unit" if wanted is DIMENSIONLESS else f"the unit {unit_name(wanted)}"
                raise DimensionMismatchError(
                    f"{what} has {unit}, it cannot be set to {excerpt_of(value)}", wanted, found
                )
        if variable.dtype.is_integer and not np.all(np.abs(values) <= _largest(variable.dtype)):
            raise ValueError(f"{what} is an integer, it cannot be set to {excerpt_of(value)}")
        return values

    # ---------------------------------------------------------------------------------- attributes

    def view(self, name: str, *, units: bool = True) -> VariableView:
        """Return the view of a variable."""
        return VariableView(name, self, self.found(name)[1].dimensions if units else None)

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
        # a variable may be called like something that the constructor sets
        if not self._complete or name.startswith("_"):
            object.__setattr__(self, name, value)
        elif name in variables and isinstance(value, Link):
            self._link(name, value)
        elif isinstance(variables.get(name), LinkedVariable):
            raise ValueError(
                f"'{name}' of '{self.name}' is (linked): it is not set itself, but assigned "
                "linked_var(...)"
            )
        elif name in variables:
            self.set_values(name, _ALL, value)
        elif name.endswith("_") and name[:-1] in variables:
            self.set_values(name[:-1], _ALL, value, check_units=False)
        elif self._knows(name):
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
        before, variable.link = variable.link, checked_link(self, variable, link)
        try:
            check_shared(self.equations, self.may_be_shared)
        except ExpressionSyntaxError:
            variable.link = before
            raise
        alone = link.index is None and len(link.group) == 1 < len(self)
        variable.scalar = link.group.is_shared(link.name) or alone
        self.code_changed()

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


def _fits_any_unit(value: Any) -> bool:
    """Return whether a value is a zero, or an array of zeros, without unit."""
    if isinstance(value, Quantity):
        return False
    return bool((np.ndim(value) == 0 or isinstance(value, np.ndarray)) and not np.any(value))


def _largest(dtype: DType) -> int:
    return int(np.iinfo(dtype.value).max)


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


# the tradition's name of what has variables, whether or not it runs
VariableOwner = Group


class _Indices:
    def __init__(self, group: Group) -> None:
        self._group = group

    def __getitem__(self, item: Any) -> Any:
        found, single = self._group.resolve_index(item, None)
        return found[0] if single else found
