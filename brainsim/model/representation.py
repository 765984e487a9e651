"""How objects show themselves in notebooks and on the screen: tables and descriptions.

Objects say what is to be shown (`describe`); this module says how it looks.
"""

from __future__ import annotations

from html import escape
from typing import Any

from ..records import dataclass
from ..units import Quantity

_LEFT = "text-align: left"
_RIGHT = "text-align: right; font-variant-numeric: tabular-nums"


@dataclass(frozen=True)
class Table:
    """A table, as text and as HTML.

    Args:
        title: What it shows; "" for none.
        header: Names of the columns; none for a table without.
        rows: Texts of the cells.
        numbers: Columns that are aligned to the right.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()

    def __str__(self) -> str:
        lines = [self.title, "=" * len(self.title)] if self.title else []
        all_rows = (self.header, *self.rows) if self.header else self.rows
        widths = [max(map(len, column)) for column in zip(*all_rows, strict=True)]
        gap, rule = (" | ", "-+-") if self.header else ("  ", "")
        for row in all_rows:
            cells = [
                cell.rjust(width) if k in self.numbers and row is not self.header
                else cell.ljust(width)
                for k, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]  # fmt: skip
            lines.append(gap.join(cells).rstrip())
            if row is self.header:
                lines.append(rule.join("-" * width for width in widths))
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = [f"<b>{escape(self.title)}</b>"] if self.title else []
        parts.append("<table>")
        if self.header:
            parts.append(f"<thead>{self._html_row(self.header, 'th')}</thead>")
        parts += ["<tbody>", *(self._html_row(row, "td") for row in self.rows), "</tbody></table>"]
        return "\n".join(parts)

    def _html_row(self, row: tuple[str, ...], tag: str) -> str:
        cells = [
            f'<{tag} style="{_RIGHT if k in self.numbers else _LEFT}">{escape(cell)}</{tag}>'
            for k, cell in enumerate(row)
        ]
        return f"<tr>{''.join(cells)}</tr>"


@dataclass(frozen=True)
class Description:
    """What an object shows of itself in a notebook.

    Args:
        title: One line.
        latex: Equations in LaTeX's align environment, or "".
        details: Pairs of what it is and code or numbers.
    """

    title: str
    latex: str = ""
    details: tuple[tuple[str, str], ...] = ()

    def html(self) -> str:
        """Return it as HTML; notebooks typeset the LaTeX in it."""
        parts = [f"<p><b>{escape(self.title)}</b></p>"]
        if self.latex:
            # & and < are special in both languages; HTML is read first
            parts.append(f"<div>{escape(self.latex)}</div>")
        if self.details:
            rows = "\n".join(
                f'<tr><td style="{_LEFT}; vertical-align: top">{escape(what)}</td>'
                f'<td style="{_LEFT}"><code style="white-space: pre">{escape(text)}</code>'
                "</td></tr>"
                for what, text in self.details
            )
            parts.append(f"<table><tbody>\n{rows}\n</tbody></table>")
        return "\n".join(parts)


class Described:
    """Something that notebooks show by its description."""

    def describe(self) -> Description:
        """Return what is shown in a notebook."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return self.describe().html()

    def _repr_latex_(self) -> str | None:
        return self.describe().latex or None

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        # what contains itself is shown by its kind alone
        p.text(f"{type(self).__name__}(...)" if cycle else repr(self))


def span_of(values: Quantity) -> str:
    """Return the one value that all have, or the least and the largest."""
    low, high = values.min(), values.max()
    return str(low) if low == high else f"{low} to {high}"


def counted(number: int, what: str) -> str:
    """Return "1 spike" or "2 spikes"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def dedented(code: str) -> str:
    """Return code as its author would write it alone: without common indentation."""
    lines = [line.strip() for line in code.strip().splitlines()]
    return "\n".join(line for line in lines if line)
