"""The page of compatibility claims what tests show, and nothing else."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _load() -> ModuleType:
    path = Path(__file__).resolve().parent / "compatibility.py"
    spec = importlib.util.spec_from_file_location("language_compatibility", path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[spec.name])
    return sys.modules[spec.name]


compatibility = _load()
ROWS = [row for section in compatibility.read_sections() for row in section.rows]


def test_every_row_is_shown_by_a_test() -> None:
    """A row without a test claims what nobody has seen."""
    carried = compatibility.carriers()
    assert not [
        row.label for row in ROWS if not row.open and not compatibility.tests_of(row, carried)
    ]


def test_every_label_is_a_row() -> None:
    """A label with a slip of the pen would be lost."""
    known = {row.label for row in ROWS}
    assert len(known) == len(ROWS)
    assert not sorted(compatibility.carriers().keys() - known)
    assert not [row.label for row in ROWS if set(row.see) - known]


def test_nothing_is_missing() -> None:
    """Every row is there, in one way or another."""
    assert not [row.label for row in ROWS if row.open]


def test_the_page_is_current() -> None:
    """The page is what the rows and the tests say now."""
    advice = "run: python tests/language/compatibility.py"
    assert compatibility.PAGE.read_text(encoding="utf-8") == compatibility.page(), advice


@pytest.mark.parametrize("text", ["@probe('1 a', '1 b')\ndef f(b): pass", "import pytest"])
def test_labels_are_read_from_decorators(text: str, tmp_path: Path) -> None:
    """Labels stand in decorators of functions."""
    path = tmp_path / "sample.py"
    path.write_text(text, encoding="utf-8")
    assert list(compatibility.labels_of(path)) == (["1 a", "1 b"] if "probe" in text else [])
