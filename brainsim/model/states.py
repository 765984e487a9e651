"""States of groups in and out: all variables by name, in a format of the user's choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..errors import Diagnostic, UnknownNameError, suggest
from ..units import Quantity
from .importexport import format_called
from .variables import Subexpression, Variable
from .views import VariableView


class States:
    """What a group needs to give its state and to take it."""

    name: str
    variables: dict[str, Variable]

    def view(self, name: str, *, units: bool = True) -> VariableView:
        """Return the view of a variable."""
        raise NotImplementedError

    def get_states(
        self,
        vars: Iterable[str] | str | None = None,
        units: bool = True,
        format: str = "dict",
        subexpressions: bool = False,
        read_only_variables: bool = True,
        level: int = 0,
    ) -> Any:
        """Return copies of the values of variables.

        Args:
            vars: Names; all variables when not given.
            units: Whether values are quantities where they have a unit.
            format: "dict", "pandas" (a DataFrame, without units), or one of `ImportExport`.
            subexpressions: Whether those of the equations are among "all".
            read_only_variables: Whether those that cannot be set are among "all".
            level: How many frames further up to look for external names.

        Raises:
            KeyError: There is no such variable.
            NotImplementedError: There is no such format, or it has no units.
        """
        exporter = format_called(format)
        if vars is None:
            names = self.state_names(subexpressions, read_only_variables)
        else:
            names = [vars] if isinstance(vars, str) else list(vars)
        for name in names:
            self._check_state(name)
        return exporter.export_data(self, names, units=units, level=level + 1)

    def set_states(
        self, values: Any, units: bool = True, format: str = "dict", level: int = 0
    ) -> None:
        """Set variables.

        Args:
            values: Names and values, in the given format.
            units: Whether values must have the variables' units.
            format: "dict", "pandas", or one of `ImportExport`.
            level: How many frames further up to look for external names.

        Raises:
            KeyError: There is no such variable.
            TypeError: A variable is read-only.
            DimensionMismatchError: A value has other dimensions.
            NotImplementedError: There is no such format, or it has no units.
        """
        format_called(format).import_data(self, values, units=units, level=level + 1)

    def state_names(self, subexpressions: bool, read_only: bool) -> list[str]:
        """Return the names of all variables that `get_states` gives."""
        return [
            name
            for name, variable in self.variables.items()
            if not name.startswith("_")
            and (subexpressions if isinstance(variable, Subexpression) else True)
            and (read_only or not variable.read_only)
        ]

    def state_values(self, name: str, *, units: bool) -> Any:
        """Return a copy of the values of a variable, an array without axes where it is shared."""
        values = self.view(name, units=units)[:]
        # a copy: what the user takes is not changed by later runs
        return values.copy() if isinstance(values, Quantity) else np.array(values)

    def has_state(self, name: str) -> bool:
        """Return whether there is a variable to get."""
        return name in self.variables

    def _check_state(self, name: str) -> None:
        if not self.has_state(name):
            hint = suggest(name, self.state_names(subexpressions=True, read_only=True))
            raise UnknownNameError(Diagnostic(f"'{self.name}' has no variable '{name}'", help=hint))


class NetworkStates:
    """What a network needs to give the states of its objects and to take them."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError

    def __getitem__(self, name: str) -> Any:
        raise NotImplementedError

    def get_states(
        self,
        units: bool = True,
        format: str = "dict",
        subexpressions: bool = False,
        read_only_variables: bool = True,
        level: int = 0,
    ) -> dict[str, Any]:
        """Return the states of all groups and monitors by name; see `States.get_states`."""
        return {
            obj.name: obj.get_states(
                None, units, format, subexpressions, read_only_variables, level + 1
            )
            for obj in self
            if isinstance(obj, States)
        }

    def set_states(
        self, values: Any, units: bool = True, format: str = "dict", level: int = 0
    ) -> None:
        """Set the states of groups, given by their names; see `States.set_states`.

        Raises:
            KeyError: There is no object of this name, or an object has no such variable.
            TypeError: An object has no state, or a variable is read-only.
        """
        objects = {name: self[name] for name in values}
        for name, obj in objects.items():
            if not isinstance(obj, States):
                raise TypeError(f"'{name}' is a {type(obj).__name__}, which has no state to set")
            obj.set_states(values[name], units, format, level + 1)
