"""The names of the tradition's module of the same name."""

from ..model.importexport import ImportExport

__all__ = ["ImportExport"]
