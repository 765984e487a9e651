"""Light wrappers of code strings, under the tradition's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .latex import to_latex
from .parse import parse_expression, parse_statements
from .tree import functions_in, names_in, to_text

if TYPE_CHECKING:
    from .parse import Statement
    from .tree import Tree


class Expression:
    """An expression such as `(E - v)/tau`.

    Args:
        code: Its text.
        tree: Or its tree.

    Raises:
        ExpressionSyntaxError: The text is no expression.
        TypeError: There is neither a text nor a tree.
    """

    __slots__ = ("code", "tree")

    def __init__(self, code: str | None = None, tree: Tree | None = None) -> None:
        if tree is None:
            if code is None:
                raise TypeError("an expression is made from a text or a tree")
            tree = parse_expression(code)
        self.tree = tree
        self.code = to_text(tree) if code is None else code

    @property
    def identifiers(self) -> frozenset[str]:
        """All names, those of functions and units too."""
        return names_in(self.tree) | functions_in(self.tree)

    def __str__(self) -> str:
        return self.code

    def __repr__(self) -> str:
        return f"Expression({self.code!r})"

    def __eq__(self, other: object) -> bool:
        return self.tree == other.tree if isinstance(other, Expression) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.tree)

    def _repr_latex_(self) -> str:
        return f"${to_latex(self.tree)}$"


class Statements:
    """Assignments such as `v = v_r; w += b`.

    Args:
        code: Their text.

    Raises:
        ExpressionSyntaxError: A part of the text is no assignment.
    """

    __slots__ = ("code", "statements")

    def __init__(self, code: str) -> None:
        self.code = code
        self.statements: tuple[Statement, ...] = parse_statements(code)

    @property
    def identifiers(self) -> frozenset[str]:
        """All names, those of targets, functions and units too."""
        targets = frozenset(statement.target for statement in self.statements)
        return targets.union(*(names_in(s.value) | functions_in(s.value) for s in self.statements))

    def __str__(self) -> str:
        return self.code

    def __repr__(self) -> str:
        return f"Statements({self.code!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Statements):
            return NotImplemented
        return self.statements == other.statements

    def __hash__(self) -> int:
        return hash(self.statements)
