"""Text to tokens. Input: a source. Output: names, numbers, operators and line ends with places.

Does not refuse anything: what the language does not know becomes a token of kind "bad", which
the parser reports when it gets there, so that one mistake does not hide the others.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal

from brainsim.errors import Diagnostic, ExpressionSyntaxError, Source, Span

from ..records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

TokenKind = Literal["name", "number", "op", "newline", "bad", "end"]

LARGEST_TEXT: Final = 65536  # characters; the longest published models have a few thousand


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text.

    Args:
        kind: What it is.
        text: Its characters.
        start: Place of the first character in the source.
        stop: Place after the last one.
        message: For a bad token, what is wrong with it.
        help: For a bad token, what to write instead.
    """

    kind: TokenKind
    text: str
    start: int
    stop: int
    message: str = ""
    help: str = ""


_TOKEN: Final = re.compile(
    r"""
    (?P<blank>[ \t\r\f\v]+|\#[^\n]*)
  | (?P<newline>\n)
  | (?P<number>(?:DIGITS\.?(?:DIGITS)?|\.DIGITS)(?:[eE][+-]?DIGITS)?)(?P<tail>[\w.]*)
  | (?P<name>\w+)
  | (?P<string>"[^"\n]*"?|'[^'\n]*'?)
  | (?P<op>\*\*=|//=|\*\*|//|[-+*/%]=|[<>=!]=|<>|&&|\|\||<<|>>|[-+*/%<>=(){}\[\],;:.!&|^~@?$`\\])
  | (?P<other>.)
    """.replace("DIGITS", "[0-9]+(?:_[0-9]+)*"),
    re.VERBOSE,
)

# what keyboards, word processors and PDF files put in the place of ASCII
_LOOK_ALIKES: Final = {
    "−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/",  # noqa: RUF001
    "≤": "<=", "≥": ">=", "≠": "!=", "²": "**2", "³": "**3", "√": "sqrt(...)", "∞": "inf",
    "\N{NO-BREAK SPACE}": "a blank", "π": "pi", "µ": "u", "μ": "u", "Ω": "ohm",
    "\N{OHM SIGN}": "ohm",
}  # fmt: skip


def tokenize(source: Source) -> tuple[Token, ...]:
    """Return the tokens of a text, without blanks and comments, ended by an "end" token.

    Raises:
        ExpressionSyntaxError: The text is longer than `LARGEST_TEXT` characters.
    """
    text = source.text
    if len(text) > LARGEST_TEXT:
        message = f"a text of {len(text)} characters is too long; {LARGEST_TEXT} is the limit"
        raise ExpressionSyntaxError(Diagnostic(message, help="split the model into parts"))
    tokens = [_token(match) for match in _TOKEN.finditer(text) if match.lastgroup != "blank"]
    end = tokens[-1].stop if tokens else len(text)
    return (*tokens, Token("end", "", end, end))


def _token(match: re.Match[str]) -> Token:
    text, start, stop = match.group(), match.start(), match.end()
    match match.lastgroup:
        case "tail":
            return _number(match)
        case "name" if text.isascii():
            return Token("name", text, start, stop)
        case "newline":
            return Token("newline", text, start, stop)
        case "op":
            return Token("op", text, start, stop)
        case "string":
            return _bad(match, "text in quotes has no meaning here", "write names without quotes")
        case _:
            return _foreign(match)


def _bad(match: re.Match[str], message: str, help: str = "") -> Token:
    return Token("bad", match.group(), match.start(), match.end(), message, help)


def _number(match: re.Match[str]) -> Token:
    number, tail = match.group("number"), match.group("tail")
    if not tail:
        return Token("number", number, match.start(), match.end())
    if tail[0] == ".":
        return _bad(match, f"'{match.group()}' is not a number")
    if number == "0" and tail[0] in "xXoObB":
        return _bad(match, f"'{match.group()}' is not a decimal number", "write it in decimals")
    if tail[0] == "_":
        plain = match.group().replace("_", "")
        return _bad(match, f"'{match.group()}' has a '_' not between digits", f"write {plain}")
    return _bad(
        match,
        f"'{match.group()}' is neither a number nor a name",
        f"to multiply, write {number} * {tail}; a name starts with a letter",
    )


def _foreign(match: re.Match[str]) -> Token:
    text = match.group()
    first = next((c for c in text if not c.isascii()), text[0])
    spoken = unicodedata.name(first, f"U+{ord(first):04X}").lower()
    if first in _LOOK_ALIKES:
        return _bad(match, f"this character is a {spoken}", f"write {_LOOK_ALIKES[first]}")
    if match.lastgroup == "name":
        return _bad(match, f"'{text}' is not a name", "use ASCII letters, digits and '_' only")
    return _bad(match, f"this character ({spoken}) has no meaning here")


def text_of(tokens: Sequence[Token]) -> str:
    """Return tokens as one line, with a blank where the user's text had blanks or comments."""
    words: list[str] = []
    stop = tokens[0].start if tokens else 0
    for token in tokens:
        if token.kind == "newline":
            continue
        if token.start > stop:
            words.append(" ")
        words.append(token.text)
        stop = token.stop
    return "".join(words)


def span_of(source: Source, tokens: Sequence[Token]) -> Span:
    """Return the stretch from the first to the last of some tokens, of which there is one."""
    return Span(source, tokens[0].start, tokens[-1].stop)
