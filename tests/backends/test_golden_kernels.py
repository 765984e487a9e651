"""The generated text itself, reviewed like source: tests/golden/kernels."""

from __future__ import annotations

from collections.abc import Callable

import kernels_by_hand as by_hand
import pytest

from brainsim.codegen import printers
from brainsim.codegen.printers.layout import WIDTH
from brainsim.codegen.printers.protocol import PRINTERS, Printer
from brainsim.codegen.verify import verify

# not .py, so that tools for our own source leave the file alone
ENDINGS = {".c": ".c", ".pyx": ".pyx", ".cu": ".cu", ".py": ".py.txt"}


@pytest.mark.parametrize("printer", PRINTERS, ids=lambda printer: printer.name)
@pytest.mark.parametrize("name", by_hand.EXAMPLES)
def test_text_is_the_reviewed_one(
    golden: Callable[[str, str], None], name: str, printer: Printer
) -> None:
    kernel = verify(by_hand.EXAMPLES[name].kernel)
    text = printer.print_unit([kernel], f"example '{name}'")
    golden(text, f"{name}{ENDINGS[printer.suffix]}")


@pytest.mark.parametrize("printer", PRINTERS, ids=lambda printer: printer.name)
def test_text_is_the_same_each_time_and_fits_the_page(printer: Printer) -> None:
    kernels = [example.kernel for example in by_hand.EXAMPLES.values()]
    text = printer.print_unit(kernels, "all")
    assert text == printer.print_unit(kernels, "all")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("printer", PRINTERS, ids=lambda printer: printer.name)
def test_a_program_without_kernels_can_be_printed(printer: Printer) -> None:
    assert printer.print_unit([], "empty")


def test_printers_are_found_by_name() -> None:
    names = ("c", "cython", "cuda", "numpy")
    assert [printers.get(name).suffix for name in names] == [".c", ".pyx", ".cu", ".py"]


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'fortran'; there are 'c', 'cython', 'cuda', 'numpy'"):
        printers.get("fortran")
