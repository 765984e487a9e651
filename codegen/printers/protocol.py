"""What a printer is: a module that turns kernels into text. This file lists all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..ir import Kernel
from . import c, cuda, cython, numpy


class Printer(Protocol):
    """A language of generated code."""

    @property
    def name(self) -> str:
        """What the language is called in preferences."""

    @property
    def suffix(self) -> str:
        """How files of the language end, with the dot."""

    def print_unit(self, kernels: Sequence[Kernel], title: str) -> str:
        """Return one file with the functions of the kernels, which are in the schedule's order."""


# a type checker proves here that each module is a printer
PRINTERS: tuple[Printer, ...] = (c, cython, cuda, numpy)


def get(name: str) -> Printer:
    """Return the printer of a language.

    Raises:
        ValueError: There is none for it.
    """
    for printer in PRINTERS:
        if printer.name == name:
            return printer
    known = ", ".join(f"'{printer.name}'" for printer in PRINTERS)
    raise ValueError(f"there is no printer for the language {name!r}; there are {known}")
