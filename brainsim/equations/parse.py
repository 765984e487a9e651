"""Tokens to trees. Input: text of an expression or of statements. Output: trees with spans.

Operators bind as in Python. A Pratt parser, because it needs two frames per level of brackets;
the limits keep every later pass, which may recurse over the tree, within Python's stack.
Does not know what names mean: that is `check`.
"""

from __future__ import annotations

import keyword
from dataclasses import field
from typing import TYPE_CHECKING, Final, Literal, cast

from brainsim.errors import Diagnostic, ExpressionSyntaxError, Source, Span

from ..records import dataclass
from .mistakes import raise_all
from .tokens import Token, span_of, tokenize
from .tree import Binary, Call, Compare, Logic, Name, Number, Unary, children

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .tree import BinaryOp, CompareOp, LogicOp, Tree, UnaryOp

DEEPEST_NESTING: Final = 100  # brackets and prefixes within each other
DEEPEST_TREE: Final = 200  # also counts the terms of a sum, which need no brackets
MOST_NODES: Final = 10_000
LARGEST_INTEGER: Final = 2**63 - 1  # int64

AssignmentOp = Literal["=", "+=", "-=", "*=", "/=", "//=", "%=", "**="]

_COMPARISONS: Final = frozenset(("<", "<=", ">", ">=", "==", "!="))
_ASSIGNMENTS: Final = frozenset(("=", "+=", "-=", "*=", "/=", "//=", "%=", "**="))
_NOT, _UNARY, _POWER = 3, 7, 8
_STRENGTH: Final = {
    "or": 1,
    "and": 2,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "//": 6,
    "%": 6,
    "**": _POWER,
}
_STRENGTH.update(dict.fromkeys(_COMPARISONS, 4))
_WORDS: Final = frozenset(("and", "or", "not"))

# what is not in the language: (what was found, what to write)
_REFUSED: Final = {
    "if": ("'if' is not part of the language", "multiply by int(condition), or use clip"),
    "else": ("'else' is not part of the language", "multiply by int(condition), or use clip"),
    "lambda": ("'lambda' is not part of the language", "define a function in Python"),
    "None": ("'None' has no meaning here", ""),
    "^": ("'^' is not an operator", "for a power write **"),
    "&": ("bit operations are not part of the language", "write 'and'"),
    "&&": ("'&&' is not an operator", "write 'and'"),
    "|": ("bit operations are not part of the language", "write 'or'"),
    "||": ("'||' is not an operator", "write 'or'"),
    "~": ("bit operations are not part of the language", "write 'not'"),
    "!": ("'!' is not an operator", "write 'not'"),
    "<<": ("bit operations are not part of the language", "write * 2**n"),
    ">>": ("bit operations are not part of the language", "write // 2**n"),
    "<>": ("'<>' is not an operator", "write !="),
    "=": ("'=' cannot stand within an expression", "to compare, write =="),
    ".": ("attributes are not part of the language", "give the value a name of its own"),
    "[": ("indexing is not part of the language", "use a variable with one value per neuron"),
    "]": ("']' has no meaning here", ""),
    "{": ("'{' has no meaning here", "use round brackets"),
    "}": ("'}' has no meaning here", "use round brackets"),
    ")": ("')' closes no bracket", "remove it, or add the missing '('"),
    ";": ("';' cannot stand within an expression", "only statements are separated by ';'"),
    ":": ("':' cannot stand within an expression", ""),
    "\\": ("'\\' has no meaning here", "put a long expression in brackets to go on in a new line"),
    "@": ("'@' is not an operator", "write *"),
    "?": ("'?' is not an operator", "multiply by int(condition), or use clip"),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """An assignment such as `v += w`.

    Args:
        target: Name of the variable that is written.
        op: `=` or an in-place operator.
        value: The right-hand side.
        span: The whole statement.
        target_span: The target.
    """

    target: str
    op: AssignmentOp
    value: Tree
    span: Span | None = field(default=None, compare=False, repr=False)
    target_span: Span | None = field(default=None, compare=False, repr=False)


def mistake(source: Source, token: Token, message: str, help: str = "") -> ExpressionSyntaxError:
    """Return the error of a token; a bad token knows its message itself."""
    if token.kind == "bad":
        message, help = token.message, token.help
    # the end of a text has no character of its own
    stop = max(token.stop, token.start + 1)
    return ExpressionSyntaxError(Diagnostic(message, Span(source, token.start, stop), "", help))


class _Parser:
    """Reads one expression from tokens without line ends."""

    def __init__(self, source: Source, tokens: Sequence[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.at = 0
        self.nesting = 0
        self.unclosed = _unclosed(tokens)

    def whole(self) -> Tree:
        tree = self.expression(0)
        if self.here.kind != "end":
            raise self.unexpected()
        _check_size(tree, self.source)
        return tree

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def span(self, start: int) -> Span:
        return Span(self.source, start, self.tokens[self.at - 1].stop)

    def error(self, token: Token, message: str, help: str = "") -> ExpressionSyntaxError:
        return mistake(self.source, token, message, help)

    def expression(self, least: int) -> Tree:
        """Read operands joined by operators that bind at least so strongly."""
        self.nesting += 1
        if self.nesting > DEEPEST_NESTING:
            raise self.error(
                self.here,
                f"more than {DEEPEST_NESTING} levels of nesting",
                "split the expression by subexpressions",
            )
        start = self.here.start
        left = self.prefix(least)
        while (strength := self.strength()) >= max(least, 1):
            op = self.take()
            # ** is the only operator that groups to the right; its right side may have a sign
            right = self.expression(_UNARY if op.text == "**" else strength + 1)
            left = _join(op.text, left, right, self.span(start))
            if op.text in _COMPARISONS and self.here.text in _COMPARISONS:
                raise self.error(
                    self.here,
                    "comparisons cannot be chained",
                    "write 'a < b and b < c' instead of 'a < b < c'",
                )
        self.nesting -= 1
        return left

    def strength(self) -> int:
        token = self.here
        return _STRENGTH.get(token.text, 0) if token.kind in {"op", "name"} else 0

    def prefix(self, least: int) -> Tree:
        token = self.here
        if token.kind == "op" and token.text in {"-", "+"}:
            self.take()
            return Unary(
                cast("UnaryOp", token.text), self.expression(_UNARY), self.span(token.start)
            )
        if token.kind == "name" and token.text == "not":
            if least > _NOT:
                raise self.error(
                    token,
                    "'not' cannot follow an operator of this kind",
                    "put it in brackets: (not ...)",
                )
            self.take()
            return Unary("not", self.expression(_NOT), self.span(token.start))
        return self.atom()

    def atom(self) -> Tree:
        token = self.here
        match token.kind:
            case "number":
                self.take()
                return _number(self.source, token)
            case "name" if token.text in {"True", "False"}:
                self.take()
                return Number(token.text == "True", self.span(token.start))
            case "name" if not keyword.iskeyword(token.text):
                self.take()
                if self.here.text == "(":
                    return self.call(token)
                return Name(token.text, self.span(token.start))
            case "op" if token.text == "(":
                return self.bracket()
        raise self.no_value()

    def bracket(self) -> Tree:
        opening = self.take()
        if self.here.text == ")":
            raise self.error(self.here, "there is nothing in these brackets")
        tree = self.expression(0)
        self.close(opening)
        return tree

    def call(self, name: Token) -> Tree:
        opening = self.take()
        args: list[Tree] = []
        while self.here.text != ")":
            if self.here.text in {"*", "**"}:
                raise self.error(self.here, f"arguments cannot be unpacked with '{self.here.text}'")
            args.append(self.expression(0))
            if self.here.text != ",":
                break
            self.take()
        if self.here.text == "=":
            raise self.error(
                self.here,
                "functions take their arguments by position",
                "remove the argument's name; to compare, write ==",
            )
        self.close(opening)
        return Call(name.text, tuple(args), self.span(name.start))

    def close(self, opening: Token) -> None:
        if self.here.text == ")":
            self.take()
        elif opening.start in self.unclosed and self.here.kind != "bad":
            raise self.error(opening, "this bracket is never closed", "add the missing ')'")
        elif self.here.text == ",":
            raise self.error(self.here, "a list of values in brackets has no meaning here")
        else:
            raise self.unexpected()

    def no_value(self) -> ExpressionSyntaxError:
        """Return the error of a token that cannot begin a value."""
        token = self.here
        before = self.tokens[self.at - 1].text if self.at else ""
        if token.kind == "end" or (token.text == ")" and before):
            after = f"a value is missing after '{before}'"
            return self.error(token, after if before else "the expression is empty")
        if token.text in _STRENGTH:
            return self.error(token, f"'{token.text}' has no value on its left")
        return self.refused(token) or self.error(token, f"expected a value, found '{token.text}'")

    def unexpected(self) -> ExpressionSyntaxError:
        """Return the error of a token that cannot follow a complete value."""
        token = self.here
        before = self.tokens[self.at - 1].text
        if error := self.refused(token):
            return error
        if token.kind in {"name", "number"} or token.text == "(":
            return self.error(
                token, f"no operator between '{before}' and '{token.text}'", "to multiply, write *"
            )
        return self.error(token, f"'{token.text}' cannot stand here")

    def refused(self, token: Token) -> ExpressionSyntaxError | None:
        """Return the error of what is nowhere in the language."""
        if token.kind == "bad":
            return self.error(token, "")
        if token.text in _REFUSED:
            return self.error(token, *_REFUSED[token.text])
        if token.text in _ASSIGNMENTS:
            return self.error(token, f"'{token.text}' cannot stand within an expression")
        if token.text not in _WORDS and keyword.iskeyword(token.text):
            return self.error(token, f"'{token.text}' is not part of the language")
        return None


def _join(op: str, left: Tree, right: Tree, span: Span) -> Tree:
    if op in _COMPARISONS:
        return Compare(cast("CompareOp", op), left, right, span)
    if op in _WORDS:
        return Logic(cast("LogicOp", op), left, right, span)
    return Binary(cast("BinaryOp", op), left, right, span)


def _number(source: Source, token: Token) -> Number:
    text = token.text.replace("_", "")
    span = Span(source, token.start, token.stop)
    if not text.isdigit():
        value = float(text)
        if value == float("inf"):
            raise mistake(source, token, f"'{text}' is too large for a number", "write inf")
        return Number(value, span)
    if text[0] == "0" and text.strip("0"):
        raise mistake(source, token, f"'{text}' starts with a zero", f"write {text.lstrip('0')}")
    # compared as text first: turning thousands of digits into an integer takes long
    if len(text) > 19 or int(text) > LARGEST_INTEGER:
        short = text if len(text) < 30 else f"{text[:20]}..."
        raise mistake(source, token, f"'{short}' needs more than 64 bits", "write it as 1e20, say")
    return Number(int(text), span)


def _unclosed(tokens: Sequence[Token]) -> frozenset[int]:
    """Return where the opening brackets stand that are never closed."""
    opened: list[int] = []
    for token in tokens:
        if token.text == "(":
            opened.append(token.start)
        elif token.text == ")" and opened:
            opened.pop()
    return frozenset(opened)


def _check_size(tree: Tree, source: Source) -> None:
    """Refuse a tree which later passes could not walk, and integer powers that overflow.

    Raises:
        ExpressionSyntaxError: The tree is too deep or too large.
    """
    nodes = 0
    level = [tree]
    for _ in range(DEEPEST_TREE):
        nodes += len(level)
        level = [child for node in level for child in children(node)]
        if not level:
            break
    span = tree.span or Span(source, 0, len(source.text))
    if level or nodes > MOST_NODES:
        message = (
            f"more than {DEEPEST_TREE} operations in a row" if level else "too many operations"
        )
        help = "split the expression by subexpressions"
        raise ExpressionSyntaxError(Diagnostic(message, span, "", help))
    _integer_value(tree)


def _integer_value(tree: Tree) -> int | None:
    """Return the value of an expression of integer literals, None of any other.

    Raises:
        ExpressionSyntaxError: A power of literals has more than 64 bits, such as `9**9**9`.
    """
    values = [_integer_value(child) for child in children(tree)]
    match tree, values:
        case Number(value=int() as value), _ if not isinstance(value, bool):
            return value
        case Unary(op="-"), [int() as value]:
            return -value
        case Binary(op="**"), [int() as base, int() as exponent]:
            if exponent < 0:
                return None
            if abs(base) > 1 and exponent * (abs(base).bit_length() - 1) >= 63:
                message = "this power of integers needs more than 64 bits"
                help = "write the base with a decimal point"
                raise ExpressionSyntaxError(Diagnostic(message, tree.span, "", help))
            return int(base**exponent)
        case Binary(op="*"), [int() as left, int() as right]:
            product = left * right
            return product if abs(product) <= LARGEST_INTEGER else None
        case _:
            return None


def parse_tokens(source: Source, tokens: Sequence[Token], end: int) -> Tree:
    """Return the tree of some tokens; line ends among them count as blanks.

    Args:
        source: The text the tokens are from.
        tokens: All tokens of the expression.
        end: Where something is missing if the expression stops too early.

    Raises:
        ExpressionSyntaxError: The tokens are no expression.
    """
    words = [token for token in tokens if token.kind not in {"newline", "end"}]
    return _Parser(source, [*words, Token("end", "", end, end)]).whole()


def parse_expression(text: str, source_name: str = "") -> Tree:
    """Return the tree of one expression, such as `(E - v)/tau`.

    Line ends are allowed around it and within brackets only.

    Args:
        text: The expression.
        source_name: What it is to the user, such as "threshold of 'neurons'".

    Raises:
        ExpressionSyntaxError: The text is not one expression of the language.
        TypeError: The text is not a string.
    """
    source = _source(text, source_name)
    tokens = [token for token in tokenize(source) if token.kind != "end"]
    while tokens and tokens[0].kind == "newline":
        tokens = tokens[1:]
    while tokens and tokens[-1].kind == "newline":
        tokens.pop()
    end = tokens[-1].stop if tokens else 0
    if any(token.kind == "newline" for token in _outside_brackets(tokens)):
        next_line = next(t for t in _outside_brackets(tokens) if t.kind == "newline").stop
        token = next(t for t in tokens if t.start >= next_line and t.kind != "newline")
        raise mistake(
            source,
            token,
            "an expression ends with its line",
            "put it in brackets to go on in the next line",
        )
    return parse_tokens(source, tokens, end)


def _outside_brackets(tokens: Sequence[Token]) -> list[Token]:
    depth = 0
    found = []
    for token in tokens:
        depth = max(0, depth + (token.text == "(") - (token.text == ")"))
        if depth == 0:
            found.append(token)
    return found


def _source(text: str, name: str) -> Source:
    if not isinstance(text, str):
        raise TypeError(f"expected a string, not {text!r} of type {type(text).__name__}")
    return Source(text, name)


def parse_statements(text: str, source_name: str = "") -> tuple[Statement, ...]:
    """Return the assignments in a text, one per line or separated by `;`.

    Args:
        text: The statements; a line end within brackets does not end a statement.
        source_name: What they are to the user, such as "reset of 'neurons'".

    Raises:
        ExpressionSyntaxError: A part of the text is no assignment; all mistakes at once.
        TypeError: The text is not a string.
    """
    source = _source(text, source_name)
    statements: list[Statement] = []
    mistakes: list[ExpressionSyntaxError] = []
    for tokens in _split_statements(tokenize(source)):
        try:
            statements.append(_statement(source, tokens))
        except ExpressionSyntaxError as error:
            mistakes.append(error)
    raise_all(mistakes)
    return tuple(statements)


def _split_statements(tokens: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    depth = 0
    for index, token in enumerate(tokens):
        depth = max(0, depth + (token.text == "(") - (token.text == ")"))
        ends_line = token.kind == "newline"
        if token.text == ";" or (ends_line and (depth == 0 or _assigns(tokens[index + 1 :][:2]))):
            parts.append([])
            depth = 0
        elif not ends_line and token.kind != "end":
            parts[-1].append(token)
    return [part for part in parts if part]


def _assigns(tokens: Sequence[Token]) -> bool:
    """Return whether an assignment begins here: within brackets, a sign that one was left open."""
    return len(tokens) == 2 and tokens[0].kind == "name" and tokens[1].text in _ASSIGNMENTS


def _statement(source: Source, tokens: list[Token]) -> Statement:
    target, *rest = tokens
    if target.kind != "name":
        raise mistake(source, target, "a statement begins with the name of a variable")
    if keyword.iskeyword(target.text):
        raise mistake(
            source,
            target,
            f"'{target.text}' is not part of the language",
            "every statement is an assignment, such as v = 0*mV",
        )
    if not rest or rest[0].text not in _ASSIGNMENTS:
        raise _no_assignment(source, target, rest)
    op, *words = rest
    for word in _outside_brackets(words):
        if word.text in _ASSIGNMENTS:
            raise mistake(
                source,
                word,
                "a statement has one assignment",
                "write one statement per variable; to compare, write ==",
            )
    span = span_of(source, tokens)
    value = parse_tokens(source, words, span.stop)
    return Statement(
        target.text, cast("AssignmentOp", op.text), value, span, span_of(source, [target])
    )


def _no_assignment(source: Source, target: Token, rest: list[Token]) -> ExpressionSyntaxError:
    name = target.text
    where = rest[0] if rest else target
    match [token.text for token in rest]:
        case ["==", *_]:
            return mistake(source, where, "this compares, but does not assign", "write =")
        case [":", "=", *_]:
            return mistake(source, where, "':=' is not an operator", "write =")
        case ["+", "+"] | ["-", "-"] as signs:
            help = f"write {name} {signs[0]}= 1"
            return mistake(source, where, f"'{signs[0]}{signs[0]}' is not an operator", help)
        case [",", *_]:
            return mistake(
                source,
                where,
                "a statement has one variable on its left",
                "write one statement per variable",
            )
        case ["[" | ".", *_] as texts:
            return mistake(source, where, *_REFUSED[texts[0]])
        case ["&" | "|" | "^" | "@" | "<<" | ">>" as sign, "=", *_]:
            return mistake(source, where, f"'{sign}=' is not an operator")
        case ["(", *_]:
            return mistake(
                source,
                where,
                "this statement assigns nothing",
                "write the result to a variable, such as v = ...",
            )
        case [*_]:
            return mistake(
                source,
                where,
                "this statement assigns nothing",
                f"write an assignment, such as {name} = ...",
            )
