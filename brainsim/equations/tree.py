"""Expression trees: immutable, in the order of the user's text, each node with its source span.

Equality and hashing ignore spans: two trees are equal when they mean the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import Literal

from ..errors import Span
from ..records import dataclass

BinaryOp = Literal["+", "-", "*", "/", "//", "%", "**"]
CompareOp = Literal["<", "<=", ">", ">=", "==", "!="]
LogicOp = Literal["and", "or"]
UnaryOp = Literal["-", "+", "not"]


class Node:
    """What all nodes can say of themselves: their text, and which names are in it."""

    __slots__ = ()

    def __str__(self) -> str:
        return to_text(self)  # type: ignore[arg-type]

    @property
    def code(self) -> str:
        """The text."""
        return str(self)

    @property
    def identifiers(self) -> frozenset[str]:
        """All names, those of functions and units too."""
        return names_in(self) | functions_in(self)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A literal; `value` is an int, a float or a bool (`True`, `False`)."""

    value: float | int | bool
    span: Span | None = field(default=None, compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        """Return whether value and kind are the same: `1`, `1.0` and `True` are three literals."""
        if not isinstance(other, Number):
            return NotImplemented
        return type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable, constant or unit."""

    name: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x`, `+x` or `not x`."""

    op: UnaryOp
    operand: Tree
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Arithmetic of two operands; `/` is always floating-point division."""

    op: BinaryOp
    left: Tree
    right: Tree
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """A comparison; chains such as `a < b < c` are refused by the parser."""

    op: CompareOp
    left: Tree
    right: Tree
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`a and b` or `a or b`."""

    op: LogicOp
    left: Tree
    right: Tree
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function call."""

    function: str
    args: tuple[Tree, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


Tree = Number | Name | Unary | Binary | Compare | Logic | Call

# binding strength, as in Python; used for parentheses when a tree is shown
_STRENGTH = {"or": 1, "and": 2, "not": 3, "compare": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6}
_STRENGTH |= {"%": 6, "unary": 7, "**": 8, "atom": 9}


def children(tree: Tree) -> tuple[Tree, ...]:
    """Return the direct subtrees, left to right."""
    match tree:
        case Unary():
            return (tree.operand,)
        case Binary() | Compare() | Logic():
            return (tree.left, tree.right)
        case Call():
            return tree.args
        case _:
            return ()


def walk(tree: Tree) -> Iterator[Tree]:
    """Yield every node, the root first."""
    yield tree
    for child in children(tree):
        yield from walk(child)


def names_in(tree: Tree) -> frozenset[str]:
    """Return the names of variables, constants and units (not of functions)."""
    return frozenset(node.name for node in walk(tree) if isinstance(node, Name))


def functions_in(tree: Tree) -> frozenset[str]:
    """Return the names of the functions called."""
    return frozenset(node.function for node in walk(tree) if isinstance(node, Call))


def map_children(tree: Tree, function: Callable[[Tree], Tree]) -> Tree:
    """Return the node with `function` applied to each direct subtree."""
    match tree:
        case Unary():
            return replace(tree, operand=function(tree.operand))
        case Binary() | Compare() | Logic():
            return replace(tree, left=function(tree.left), right=function(tree.right))
        case Call():
            return replace(tree, args=tuple(function(arg) for arg in tree.args))
        case _:
            return tree


def substitute(tree: Tree, replacements: Mapping[str, Tree]) -> Tree:
    """Return the tree with names replaced by trees; replacements are not searched again."""
    if isinstance(tree, Name):
        return replacements.get(tree.name, tree)
    return map_children(tree, lambda child: substitute(child, replacements))


def without_spans(tree: Tree) -> Tree:
    """Return the tree with no reference to its source."""
    bare = map_children(tree, without_spans)
    return replace(bare, span=None)


def _strength(tree: Tree) -> int:
    match tree:
        case Binary() | Logic():
            return _STRENGTH[tree.op]
        case Compare():
            return _STRENGTH["compare"]
        case Unary():
            return _STRENGTH["not"] if tree.op == "not" else _STRENGTH["unary"]
        case Number() if not isinstance(tree.value, bool) and tree.value < 0:
            return _STRENGTH["unary"]
        case _:
            return _STRENGTH["atom"]


def to_text(tree: Tree) -> str:
    """Return the tree as text that parses back to an equal tree."""

    def wrapped(child: Tree, least: int) -> str:
        text = to_text(child)
        return f"({text})" if _strength(child) < least else text

    own = _strength(tree)
    match tree:
        case Number():
            return repr(tree.value)
        case Name():
            return tree.name
        case Unary():
            gap = " " if tree.op == "not" else ""
            return f"{tree.op}{gap}{wrapped(tree.operand, own)}"
        case Binary(op="**"):
            return f"{wrapped(tree.left, own + 1)}**{wrapped(tree.right, _STRENGTH['unary'])}"
        case Binary():
            return f"{wrapped(tree.left, own)} {tree.op} {wrapped(tree.right, own + 1)}"
        case Compare():
            return f"{wrapped(tree.left, own + 1)} {tree.op} {wrapped(tree.right, own + 1)}"
        case Logic():
            return f"{wrapped(tree.left, own)} {tree.op} {wrapped(tree.right, own + 1)}"
        case Call():
            return f"{tree.function}({', '.join(to_text(arg) for arg in tree.args)})"
