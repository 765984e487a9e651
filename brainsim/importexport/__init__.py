"""Import and export, by the dotted names of the tradition."""

from .importexport import ImportExport

__all__ = ["ImportExport"]
