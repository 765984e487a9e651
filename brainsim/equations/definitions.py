"""Text of equations to single equations. Input: a source. Output: definitions, and mistakes.

Splits the text into definitions line by line, so that one which is wrong does not take the next
ones with it. Does not: compare definitions with each other; that is `rules`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brainsim.errors import Diagnostic, EquationError, ModelTextError, Span

from .parse import parse_tokens
from .single import DIFFERENTIAL, PARAMETER, SUBEXPRESSION, SingleEquation
from .tokens import span_of, text_of, tokenize
from .unittext import parse_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brainsim.errors import Source

    from .single import EquationType
    from .tokens import Token

_FORMS: Final = "write 'dx/dt = ... : unit', 'x = ... : unit' or 'x : unit'"


def read_definitions(source: Source) -> tuple[list[SingleEquation], list[ModelTextError]]:
    """Return the definitions of a text that can be read, and the mistakes in the others.

    Raises:
        ExpressionSyntaxError: The text is too long.
    """
    singles: list[SingleEquation] = []
    mistakes: list[ModelTextError] = []
    for tokens in _split(tokenize(source)):
        try:
            singles.append(_definition(source, tokens))
        except ModelTextError as error:
            mistakes.append(error)
    return singles, mistakes


def _split(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the tokens of each definition, without line ends."""
    lines: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == "newline":
            lines.append([])
        elif token.kind != "end":
            lines[-1].append(token)
    parts: list[list[Token]] = []
    for line in filter(None, lines):
        if parts and not _begins(line, parts[-1]):
            parts[-1].extend(line)
        else:
            parts.append(list(line))
    return parts


def _begins(line: list[Token], before: list[Token]) -> bool:
    """Return whether a line begins a new definition, given the tokens of the one before."""
    if _is_complete(before):
        return line[0].text != "("  # flags may stand in a line of their own
    kinds = [token.kind for token in line[:4]]
    match [token.text for token in line[:4]]:
        # '=' occurs nowhere within an expression, so something was left open before
        case [_, "=", *_] | [_, "/", _, "="]:
            return kinds[0] == "name"
        case [_, ":" | ",", *_]:
            last = before[-1]
            return kinds[0] == "name" and (_is_operand(last) or last.text == ":")
        case _:
            return False


def _is_complete(tokens: list[Token]) -> bool:
    texts = [token.text for token in tokens]
    if ":" not in texts:
        return False
    tail = texts[texts.index(":") + 1 :]
    return bool(tail) and tail.count("(") <= tail.count(")") and _is_operand(tokens[-1])


def _is_operand(token: Token) -> bool:
    return token.kind in {"name", "number", "bad"} or token.text in {")", ";"}


def _error(source: Source, token: Token, message: str, help: str = "") -> EquationError:
    if token.kind == "bad":
        message, help = token.message, token.help
    return EquationError(Diagnostic(message, Span(source, token.start, token.stop), "", help))


def _definition(source: Source, tokens: list[Token]) -> SingleEquation:
    texts = [token.text for token in tokens]
    if ";" in texts:
        raise _error(
            source,
            tokens[texts.index(";")],
            "';' cannot separate equations",
            "write one definition per line",
        )
    if ":" not in texts:
        raise _no_unit(source, tokens)
    at = texts.index(":")
    head, colon, tail = tokens[:at], tokens[at], tokens[at + 1 :]
    if ":" in texts[at + 1 :]:
        second = tail[texts[at + 1 :].index(":")]
        raise _error(source, second, "this definition has a second ':'", _FORMS)
    left, equals, right = _sides(head)
    if not left:
        raise _error(source, tokens[0], "a definition begins with the name of a variable", _FORMS)
    kind, name = _left_side(source, left, equals is not None, colon)
    expr = None
    if equals is not None:
        if not right:
            raise _error(source, equals, "the expression behind '=' is missing")
        expr = parse_tokens(source, right, right[-1].stop)
    unit, flags = _tail(tail)
    dimensions, var_type = parse_unit(source, unit, colon)
    return SingleEquation(
        type=kind,
        name=name.source.text[name.start : name.stop],
        dimensions=dimensions,
        var_type=var_type,
        expr=expr,
        flags=_flags(source, flags),
        span=span_of(source, tokens),
        name_span=name,
        flags_span=span_of(source, flags) if flags else None,
        code=text_of(right),
    )


def _no_unit(source: Source, tokens: list[Token]) -> EquationError:
    if len(tokens) == 1 and tokens[0].kind == "bad":
        return _error(source, tokens[0], "")
    end = tokens[-1].stop
    help = "end it with ': volt', say, or with ': 1' if it has no unit"
    span = Span(source, end, end + 1)
    return EquationError(Diagnostic("this definition has no unit", span, "", help))


def _sides(head: list[Token]) -> tuple[list[Token], Token | None, list[Token]]:
    for index, token in enumerate(head):
        if token.text == "=":
            return head[:index], token, head[index + 1 :]
    return head, None, []


def _left_side(
    source: Source, left: list[Token], has_right_side: bool, colon: Token
) -> tuple[EquationType, Span]:
    """Return what is defined, and where its name stands."""
    for token in left:
        if token.kind == "bad":
            raise _error(source, token, "")
    if left[0].kind != "name":
        raise _error(source, left[0], "a definition begins with the name of a variable", _FORMS)
    first = left[0]
    match [token.text for token in left]:
        case [_]:
            kind: EquationType = SUBEXPRESSION if has_right_side else PARAMETER
            return kind, Span(source, first.start, first.stop)
        case [derivative, "/", "dt"] if derivative.startswith("d") and derivative != "d":
            name = Span(source, first.start + 1, first.stop)
        case ["d", _, "/", "dt"] if left[1].kind == "name":
            name = Span(source, left[1].start, left[1].stop)
        case texts:
            raise _bad_left_side(source, left, texts)
    if not has_right_side:
        raise _error(source, colon, "a differential equation needs a right-hand side", _FORMS)
    return DIFFERENTIAL, name


def _bad_left_side(source: Source, left: list[Token], texts: list[str]) -> EquationError:
    if "," in texts:
        comma = left[texts.index(",")]
        return _error(
            source, comma, "a definition has one variable", "write one definition per line"
        )
    if "==" in texts:
        return _error(
            source,
            left[texts.index("==")],
            "'==' compares, but does not define",
            "to define, write =",
        )
    whole = span_of(source, left)
    if "/" in texts and texts[0].startswith("d"):
        message = f"'{text_of(left)}' is not a derivative with respect to time"
        help = "write dv/dt for a variable v; write higher orders as several equations"
        return EquationError(Diagnostic(message, whole, "", help))
    message = f"'{text_of(left)}' is not the name of a variable"
    return EquationError(Diagnostic(message, whole, "", _FORMS))


def _tail(tail: list[Token]) -> tuple[list[Token], list[Token]]:
    """Return the tokens of the unit, and those of the flags with their brackets."""
    depth = 0
    for index, token in enumerate(tail):
        # a bracket behind an operator groups units, one behind a unit holds flags
        if token.text == "(" and depth == 0 and index and _is_operand(tail[index - 1]):
            return tail[:index], tail[index:]
        depth += (token.text == "(") - (token.text == ")")
    return tail, []


def _flags(source: Source, tokens: list[Token]) -> tuple[str, ...]:
    if not tokens:
        return ()
    texts = [token.text for token in tokens]
    if ")" not in texts:
        help = "flags end with ')'"
        raise _error(source, tokens[0], "this bracket is never closed", help)
    close = texts.index(")")
    if close != len(tokens) - 1:
        help = "write all flags in one pair of brackets, separated by commas"
        raise _error(source, tokens[close + 1], "nothing may follow the flags", help)
    flags: list[str] = []
    words: list[str] = []
    for token in tokens[1:]:
        if token.text in {",", ")"}:
            if not words:
                raise _error(source, token, "a flag is missing here")
            flags.append(" ".join(words).replace(" - ", "-"))
            words = []
        elif token.kind == "name" or token.text == "-":
            words.append(token.text)
        else:
            raise _error(source, token, f"'{token.text}' cannot be part of a flag")
    return tuple(flags)
