"""Formats in which states come out of groups and go into them: dictionaries, pandas, users' own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from ..errors import suggest


class ImportExport(ABC):
    """A format of states; subclass it and `register` an instance to add one.

    The functions get a group whose variables are read by `group.state_values(name, units)` and
    written by `group.state(name, use_units=units)[:] = values`.
    """

    methods: ClassVar[dict[str, ImportExport]] = {}

    @property
    @abstractmethod
    def name(self) -> str:
        """The name by which users ask for the format."""

    @staticmethod
    @abstractmethod
    def export_data(
        group: Any, variables: Iterable[str], units: bool = True, level: int = 0
    ) -> Any:
        """Return the values of variables in this format."""

    @staticmethod
    @abstractmethod
    def import_data(group: Any, data: Any, units: bool = True, level: int = 0) -> None:
        """Set variables to values in this format."""

    @staticmethod
    def register(importerexporter: ImportExport) -> None:
        """Add a format.

        Raises:
            ValueError: It is no instance of a subclass, or there is one of this name already.
        """
        if not isinstance(importerexporter, ImportExport):
            raise ValueError(  # noqa: TRY004 - the tradition's type
                "register takes an instance of a subclass of ImportExport, not "
                f"{importerexporter!r}"
            )
        name = importerexporter.name
        if name in ImportExport.methods:
            raise ValueError(f"there is a format called '{name}' already")
        ImportExport.methods[name] = importerexporter


def format_called(name: str) -> ImportExport:
    """Return the format of this name.

    Raises:
        NotImplementedError: There is none.
    """
    if name not in ImportExport.methods:
        hint = suggest(str(name), ImportExport.methods)
        known = ", ".join(f"'{known}'" for known in ImportExport.methods)
        raise NotImplementedError(
            f"there is no format '{name}', only {known}{'; ' if hint else ''}{hint}"
        )
    return ImportExport.methods[name]


class DictImportExport(ImportExport):
    """Dictionaries: name -> values, quantities where there are units."""

    @property
    def name(self) -> str:
        """The format's name."""
        return "dict"

    @staticmethod
    def export_data(
        group: Any, variables: Iterable[str], units: bool = True, level: int = 0
    ) -> dict[str, Any]:
        """Return a dictionary of copies."""
        return {name: group.state_values(name, units=units, level=level) for name in variables}

    @staticmethod
    def import_data(
        group: Any, data: Mapping[str, Any], units: bool = True, level: int = 0
    ) -> None:
        """Set the variables that the dictionary names.

        Raises:
            KeyError: The group has no such variable.
            TypeError: A variable is read-only, or the data are no dictionary.
            DimensionMismatchError: A value has other dimensions.
        """
        del level
        if not isinstance(data, Mapping):
            raise TypeError(f"states are a dictionary of names and values, not {data!r}")
        views = {name: group.state(name, use_units=units) for name in data}
        for name, view in views.items():
            view[:] = data[name]


class PandasImportExport(ImportExport):
    """DataFrames: a column per variable, a row per element, without units.

    Values per element and time, such as those of a StateMonitor, give a column `name_k` for each
    recorded element k, and a row per time.
    """

    @property
    def name(self) -> str:
        """The format's name."""
        return "pandas"

    @staticmethod
    def export_data(
        group: Any, variables: Iterable[str], units: bool = True, level: int = 0
    ) -> Any:
        """Return a DataFrame.

        Raises:
            NotImplementedError: Units are wanted.
            ImportError: pandas is not installed.
            ValueError: The variables differ in length.
        """
        if units:
            raise NotImplementedError("a DataFrame has no units: use units=False")
        pandas = _pandas()
        columns: dict[str, Any] = {}
        for name in variables:
            values = group.state_values(name, units=False, level=level)
            if values.ndim < 2:
                columns[name] = values
                continue
            for place, element in enumerate(group.record):
                columns[f"{name}_{element}"] = values[:, place]
        lengths = {name: len(values) for name, values in columns.items() if values.ndim}
        if len(set(lengths.values())) > 1:
            raise ValueError(
                f"the variables of '{group.name}' differ in length ({lengths}): name those that "
                "are to make a table, get_states([...])"
            )
        rows = max(lengths.values(), default=1)
        return pandas.DataFrame(
            {name: np.broadcast_to(values, rows).copy() for name, values in columns.items()}
        )

    @staticmethod
    def import_data(group: Any, data: Any, units: bool = True, level: int = 0) -> None:
        """Set the variables that the columns name; a shared one takes the first value.

        Raises:
            NotImplementedError: Units are wanted.
            KeyError: The group has no such variable.
            TypeError: A variable is read-only.
        """
        if units:
            raise NotImplementedError("a DataFrame has no units: use units=False")
        values = {
            str(name): np.asarray(data[name])[:1] if group.is_shared(str(name)) else data[name]
            for name in data.columns
        }
        arrays = {name: np.asarray(column) for name, column in values.items()}
        DictImportExport.import_data(group, arrays, units=False, level=level)


def _pandas() -> Any:
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "the format 'pandas' needs the package pandas: pip install 'brainsim-snn[pandas]'"
        ) from error
    return pd


ImportExport.register(DictImportExport())
ImportExport.register(PandasImportExport())
