"""Generators, the texts of `connect(j=...)`: `k for k in range(i - 3, i + 4) if k != i`.

Input: text. Output: its parts as trees. Does not: know what names mean, or make pairs.

    EXPRESSION [if CONDITION]
    EXPRESSION for NAME in range([LOW,] HIGH[, STEP]) [if CONDITION]
    EXPRESSION for NAME in sample([LOW,] HIGH[, STEP], p=PROBABILITY) [if CONDITION]
    EXPRESSION for NAME in sample([LOW,] HIGH[, STEP], size=NUMBER) [if CONDITION]
"""

from __future__ import annotations

import keyword
from typing import Literal

from ..equations import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from ..equations.parse import mistake, parse_tokens
from ..equations.tokens import Token, tokenize
from ..equations.tree import Number, Tree
from ..errors import ExpressionSyntaxError, Source
from ..records import dataclass
from ..units import DEFAULT_UNITS

_EXAMPLE = "write it like 'k for k in range(i - 3, i + 4) if k != i'"
_ZERO, _ONE = Number(0), Number(1)


@dataclass(frozen=True, slots=True)
class Range:
    """What the name of a generator runs over.

    Args:
        name: The name.
        low: First value.
        high: End, not included.
        step: Distance of the values.
        chosen: What is taken of them: all, each with a probability, or a number of them.
        amount: The probability or the number; None for all.
    """

    name: str
    low: Tree
    high: Tree
    step: Tree
    chosen: Literal["all", "p", "size"] = "all"
    amount: Tree | None = None


@dataclass(frozen=True, slots=True)
class Generator:
    """The parts of a generator.

    Args:
        element: The expression that gives the index of the other neuron.
        range: What its name runs over; None when there is no `for`.
        condition: Which pairs are made; None for all.
    """

    element: Tree
    range: Range | None
    condition: Tree | None


def parse_generator(text: str, source_name: str = "") -> Generator:
    """Return the parts of a generator.

    Args:
        text: Its text.
        source_name: What it is to the user, such as "j of 'synapses'".

    Raises:
        ExpressionSyntaxError: The text is no generator.
    """
    return _Parser(Source(text, source_name)).generator()


class _Parser:
    def __init__(self, source: Source) -> None:
        self.source = source
        found = tokenize(source)
        self.tokens = [token for token in found if token.kind not in {"newline", "end"}]
        self.end = Token("end", "", found[-1].start, found[-1].stop)

    def at(self, place: int) -> Token:
        return self.tokens[place] if place < len(self.tokens) else self.end

    def error(self, place: int, message: str, help: str = _EXAMPLE) -> ExpressionSyntaxError:
        return mistake(self.source, self.at(place), message, help)

    def tree(self, start: int, stop: int) -> Tree:
        return parse_tokens(self.source, self.tokens[start:stop], self.at(stop).start)

    def words(self, word: str) -> list[int]:
        """Return where a word stands outside all brackets."""
        depth, places = 0, []
        for place, token in enumerate(self.tokens):
            depth += (token.text == "(") - (token.text == ")")
            if depth <= 0 and token.kind == "name" and token.text == word:
                places.append(place)
        return places

    def generator(self) -> Generator:
        loops, conditions = self.words("for"), self.words("if")
        if len(loops) > 1:
            raise self.error(loops[1], "a generator has one 'for'")
        if len(conditions) > 1:
            raise self.error(conditions[1], "a generator has one 'if'", "join conditions by 'and'")
        stop = conditions[0] if conditions else len(self.tokens)
        if loops and loops[0] > stop:
            raise self.error(stop, "the 'if' of a generator comes last")
        inside = [k for k, token in enumerate(self.tokens) if token.text == "for"]
        if inside and not loops:
            raise self.error(inside[0], "a generator stands without brackets around it")
        element = self.tree(0, loops[0] if loops else stop)
        over = self.range(loops[0] + 1, stop) if loops else None
        condition = self.tree(stop + 1, len(self.tokens)) if conditions else None
        return Generator(element, over, condition)

    def range(self, start: int, stop: int) -> Range:
        """Read what comes between 'for' and 'if'."""
        name = self.name(start)
        if self.at(start + 1).text != "in":
            raise self.error(start + 1, f"'in' is missing after 'for {name}'")
        kind = self.at(start + 2).text
        if kind not in {"range", "sample"} or self.at(start + 3).text != "(":
            raise self.error(start + 2, "a name runs over range(...) or sample(...)")
        if self.closing(start + 3) != stop - 1:
            raise self.error(
                self.closing(start + 3) + 1, f"nothing but 'if' can follow {kind}(...)"
            )
        positional, named = self.arguments(start + 4, stop - 1, kind)
        if not 1 <= len(positional) <= 3:
            message = f"{kind}() takes a high, or a low and a high, or a low, a high and a step"
            raise self.error(start + 2, message)
        # low is 0 unless there are two, step is 1 unless there are three
        low, high, step = [_ZERO, *positional, _ONE][len(positional) > 1 :][:3]
        if kind == "range":
            return Range(name, low, high, step)
        if len(named) != 1:
            message = "sample() takes either a probability or a size"
            raise self.error(start + 2, message, "write sample(N_post, p=0.1) or (..., size=10)")
        ((chosen, amount),) = named.items()
        return Range(name, low, high, step, "p" if chosen == "p" else "size", amount)

    def name(self, place: int) -> str:
        """Return the name that runs over something, which must not mean anything else."""
        token = self.at(place)
        if token.kind != "name" or keyword.iskeyword(token.text):
            raise self.error(place, "a name is missing after 'for'")
        if token.text in {"i", "j"}:
            raise self.error(place, f"'{token.text}' counts neurons already", "use another name")
        for table, what in (
            (DEFAULT_CONSTANTS, "constant"),
            (DEFAULT_FUNCTIONS, "function"),
            (DEFAULT_UNITS, "unit"),
        ):
            if token.text in table:
                raise self.error(
                    place, f"'{token.text}' is a {what}", "use another name, such as k"
                )
        return token.text

    def closing(self, opening: int) -> int:
        """Return where a bracket is closed."""
        depth = 0
        for place in range(opening, len(self.tokens)):
            depth += (self.tokens[place].text == "(") - (self.tokens[place].text == ")")
            if depth == 0:
                return place
        raise self.error(opening, "this bracket is never closed", "add the missing ')'")

    def arguments(self, start: int, stop: int, kind: str) -> tuple[list[Tree], dict[str, Tree]]:
        """Return the arguments between two places: those by position, those by name."""
        positional: list[Tree] = []
        named: dict[str, Tree] = {}
        for first, last in self.pieces(start, stop):
            if self.at(first + 1).text != "=":
                if named:
                    raise self.error(first, "arguments by name come last")
                positional.append(self.tree(first, last))
                continue
            name = self.at(first).text
            if kind == "range" or name not in {"p", "size"}:
                raise self.error(first, f"{kind}() has no argument '{name}'")
            if name in named:
                raise self.error(first, f"'{name}' is given twice")
            named[name] = self.tree(first + 2, last)
        return positional, named

    def pieces(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Return the stretches between commas; none when there is nothing at all."""
        if start == stop:
            return []
        depth, cuts = 0, [start - 1]
        for place in range(start, stop):
            depth += (self.tokens[place].text == "(") - (self.tokens[place].text == ")")
            if depth == 0 and self.tokens[place].text == ",":
                cuts.append(place)
        return [(a + 1, b) for a, b in zip(cuts, [*cuts[1:], stop], strict=True)]
