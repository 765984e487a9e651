"""The page docs/compatibility.md, made from the rows of the language and the tests that carry them.

    python tests/language/compatibility.py          # writes the page

`rows/` lists the rows, section by section. A test carries rows as `@probe("11 semantics")` or
`@pytest.mark.row("11 semantics")`: number of the section, space, name of the row. A row says
`differs` where brainsim deliberately does something else, `open` where something is not there yet,
and `see` where the tests of other rows show it.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs" / "compatibility.md"
ROWS = Path(__file__).resolve().parent / "rows"

DECORATORS = ("probe", "pytest.mark.row")

INTRODUCTION = """\
# Compatibility

What of the modelling language of the Brian2 tradition works, row by row. This page is made from the
tests: behind each row stands how many tests carry its name, and in which files. Tests in
`tests/language/` compare with what Brian2 2.9.0 gives; most others compare with an analytic
answer or state the behaviour in numbers. [Coming from Brian2](guide/coming_from_brian2.md) says
the same in a minute. Written by `python tests/language/compatibility.py`; do not edit by hand.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A behaviour of the language.

    Args:
        section: Number of its section, such as "14.2".
        name: Its name.
        differs: How and why brainsim differs; empty where it does not.
        open: What is missing; empty where nothing is.
        see: Labels of the rows whose tests show it.
    """

    section: str
    name: str
    differs: str = ""
    open: str = ""
    see: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What tests carry."""
        return f"{self.section} {self.name}"

    @property
    def state(self) -> str:
        """One cell of the page."""
        if self.open:
            return f"not yet: {self.open}" if self.section == "22" else "a matter of section 22"
        return f"differs: {self.differs}" if self.differs else "works"


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the language."""

    number: str
    title: str
    rows: tuple[Row, ...]


def read_sections() -> list[Section]:
    """Return all sections in order."""
    sections = []
    for path in sorted(ROWS.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["section"]:
            number = entry["number"]
            rows = tuple(
                Row(number, **{**row, "see": tuple(row.get("see", ()))}) for row in entry["row"]
            )
            sections.append(Section(number, entry["title"], rows))
    return sections


def labels_of(path: Path) -> Iterator[str]:
    """Yield the labels that the tests of a file carry, as texts or by names of the module."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    named = {
        target.id: stmt.value.value
        for stmt in module.body
        if isinstance(stmt, ast.Assign) and isinstance(stmt.value, ast.Constant)
        for target in stmt.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        for call in node.decorator_list:
            if isinstance(call, ast.Call) and ast.unparse(call.func) in DECORATORS:
                for argument in call.args:
                    name = argument.id if isinstance(argument, ast.Name) else ""
                    yield named[name] if name else ast.literal_eval(argument)


def carriers() -> dict[str, list[Path]]:
    """Return label -> the file of each test that carries it."""
    found: dict[str, list[Path]] = {}
    for path in sorted(TESTS.rglob("*.py")):
        for label in labels_of(path):
            found.setdefault(label, []).append(path)
    return found


def tests_of(row: Row, carried: dict[str, list[Path]]) -> list[Path]:
    """Return the file of each test that shows a row."""
    return [path for label in (row.label, *row.see) for path in carried.get(label, [])]


def page() -> str:
    """Return the text of the page."""
    carried = carriers()
    parts = [INTRODUCTION]
    for section in read_sections():
        lines = [
            f"\n## {section.number}. {section.title}\n",
            "| row | state | tests |",
            "|---|---|---|",
        ]
        for row in section.rows:
            paths = tests_of(row, carried)
            files = sorted({path.relative_to(TESTS).as_posix() for path in paths})
            shown = ", ".join(f"`{file}`" for file in files[:3]) + ", ..." * (len(files) > 3)
            cells = (_cell(row.name), _cell(row.state), f"{len(paths)}: {shown}" if paths else "0")
            lines.append(f"| {' | '.join(cells)} |")
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
