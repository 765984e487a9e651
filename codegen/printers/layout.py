"""Line breaks of generated code: long expressions go on in the next line, further in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

WIDTH = 100
_HANG = " " * 8
# one may break before an operator, after a comma
_BREAK = re.compile(r" (?=(?:[-+*/?:&|<>]|//|[<>=!]=|if|else) )|(?<=,) ")
# from loose to tight; a comma is as loose as a choice
_SIGNS = (
    ("? ", ": ", "if ", "else "),
    ("& ", "| "),
    ("< ", "> ", "<= ", ">= ", "== ", "!= "),
    ("+ ", "- "),
    ("* ", "/ ", "// "),
)


def wrap(lines: Iterable[str], *, only_in_brackets: bool = False) -> Iterator[str]:
    """Yield the lines, those longer than `WIDTH` broken where the fewest brackets are open.

    Args:
        lines: Statements, one a line, without comments.
        only_in_brackets: Whether a line end outside brackets would end the statement (Python).
    """
    for line in lines:
        hang = line[: len(line) - len(line.lstrip())] + _HANG
        if len(line) <= WIDTH:
            parts = [line]
        else:
            parts = [_bracketed(line)] if only_in_brackets else _choices(line, hang)
        for part in parts:
            rest, depth = part, 0
            while len(rest) > WIDTH and (at := _best_break(rest, depth, only_in_brackets)):
                head = rest[:at]
                depth += _opened(head)
                yield head
                rest = hang + rest[at + 1 :]
            yield rest


def _choices(line: str, hang: str) -> list[str]:
    """Return a line with `c ? a : b` outside all brackets as three lines, others as they are."""
    places = [m.start() for m in re.finditer(r" (?=[?:] )", line) if not _opened(line[: m.start()])]
    starts, ends = [0, *(at + 1 for at in places)], [*places, len(line)]
    parts = [line[start:end] for start, end in zip(starts, ends, strict=True)]
    return [parts[0], *(hang + part for part in parts[1:])]


def _bracketed(line: str) -> str:
    """Return an assignment with brackets around its value, so that it may go on in a new line."""
    head, sign, value = (*re.split(r"( \+?= )", line, maxsplit=1), "", "")[:3]
    loose = any(not _opened(value[: match.start()]) for match in _BREAK.finditer(value))
    return f"{head}{sign}({value})" if loose else line


def _best_break(line: str, depth: int, only_in_brackets: bool) -> int:
    """Return the position of the blank to break at, 0 if there is none."""
    begin = len(line) - len(line.lstrip())
    found = [
        (depth + _opened(line[: match.start()]), _looseness(line[match.end() :]), -match.start())
        for match in _BREAK.finditer(line, begin + 1, WIDTH + 1)
    ]
    found = [place for place in found if place[0] > 0 or not only_in_brackets]
    # not too far left, so that lines are well filled
    late = [place for place in found if -place[2] > begin + (WIDTH - begin) // 3]
    return -min(late or found, default=(0, 0, 0))[2]


def _looseness(rest: str) -> int:
    """Return how tightly what stands behind a break binds to what stands before it."""
    return next((rank for rank, signs in enumerate(_SIGNS) if rest.startswith(signs)), 0)


def _opened(text: str) -> int:
    return sum(text.count(sign) for sign in "([{") - sum(text.count(sign) for sign in ")]}")
