"""`Equations`: the checked equations of a model, a read-only mapping from name to equation."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from brainsim.errors import EquationError, Source  # noqa: F401 - a dotted name of the tradition
from brainsim.units.fundamentalunits import DEFAULT_UNITS, Quantity, get_dimensions

from .codestrings import Expression
from .definitions import read_definitions
from .identifiers import check_identifier
from .mistakes import raise_all
from .noise import noise_factors
from .parse import LARGEST_INTEGER, parse_expression
from .rules import RULES, check_flags, subexpression_order
from .single import DIFFERENTIAL, PARAMETER, SUBEXPRESSION, EquationType, SingleEquation
from .tree import (
    Binary,
    Call,
    Name,
    Number,
    Tree,
    Unary,
    functions_in,
    map_children,
    names_in,
    to_text,
    without_spans,
)
from .unittext import unit_name

if TYPE_CHECKING:
    from brainsim.errors import ModelTextError
    from brainsim.units.dimensions import Dimension

_SHOWN_FIRST: Final = {SUBEXPRESSION: 0, DIFFERENTIAL: 1, PARAMETER: 2}


class Dependency(NamedTuple):
    """An equation that another one depends on.

    Args:
        equation: The one it depends on.
        via: Names of the equations in between, in order; () if it refers to it directly.
    """

    equation: SingleEquation
    via: tuple[str, ...]


class Equations(Mapping[str, SingleEquation]):
    """Equations of a model; immutable.

    Args:
        eqns: Their text, or single equations.
        source_name: What the text is to the user, such as "equations of 'neurons'".
        replacements: What to put in the place of names: a string is another name (or an
            expression), anything else a value with or without unit. Names which do not occur are
            ignored.

    Raises:
        ModelTextError: All mistakes of the text, as one error of the type of the first one:
            EquationError, ExpressionSyntaxError, FlagError, CyclicEquationsError,
            BooleanUnitError, ArgumentTypeError.
        ValueError: A value is to replace a variable that the equations define.
        TypeError: An argument is of a wrong type.
    """

    __slots__ = ("_singles",)

    def __init__(
        self, eqns: str | Iterable[SingleEquation], *, source_name: str = "", **replacements: Any
    ) -> None:
        if isinstance(eqns, str):
            self._singles = _checked(*read_definitions(Source(eqns, source_name)))
        else:
            singles = tuple(eqns)
            if not all(isinstance(single, SingleEquation) for single in singles):
                raise TypeError(f"equations are made from a string, not from {eqns!r}")
            self._singles = _checked(singles, [])
        if replacements:
            self._singles = dict(self.substitute(**replacements))

    # ------------------------------------------------------------------------------- the mapping

    def __getitem__(self, name: str) -> SingleEquation:
        return self._singles[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._singles)

    def __len__(self) -> int:
        return len(self._singles)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Equations):
            return NotImplemented
        return self._singles == other._singles

    def __hash__(self) -> int:
        return hash(frozenset(self._singles.values()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (
            tuple(
                (s.type, s.name, s.dimensions, s.var_type, s.text, s.flags) for s in self.values()
            ),
        )

    # ---------------------------------------------------------------------------------- new ones

    def __add__(self, other: Equations | str) -> Equations:
        """Return the equations of both; a name defined in both is an `EquationError`."""
        if isinstance(other, str):
            other = Equations(other)
        if not isinstance(other, Equations):
            return NotImplemented
        return Equations([*self.values(), *other.values()])

    def substitute(self, **replacements: Any) -> Equations:
        """Return the equations with names replaced; see the constructor."""
        trees = {name: _replacement(name, value) for name, value in replacements.items()}
        renamed: dict[str, str] = {}
        for name in self._singles:
            tree = trees.get(name)
            if isinstance(tree, Name):
                check_identifier(tree.name, tree.span)
                renamed[name] = tree.name
            elif tree is not None:
                raise ValueError(
                    f"'{name}' is defined by the equations, so only another name can replace it, "
                    f"not {replacements[name]!r}"
                )
        singles = [_substituted(single, trees, renamed) for single in self.values()]
        return Equations(singles)

    # ------------------------------------------------------------------------------------- names

    def _of_type(self, *types: EquationType) -> frozenset[str]:
        return frozenset(name for name, single in self.items() if single.type in types)

    @property
    def expressions(self) -> list[Tree]:
        """The right-hand sides."""
        return [single.expr for single in self.values() if single.expr is not None]

    @property
    def names(self) -> frozenset[str]:
        """The names of all variables."""
        return frozenset(self)

    @property
    def diff_eq_names(self) -> frozenset[str]:
        """The variables defined by differential equations."""
        return self._of_type(DIFFERENTIAL)

    @property
    def subexpr_names(self) -> frozenset[str]:
        """The variables defined by subexpressions."""
        return self._of_type(SUBEXPRESSION)

    @property
    def eq_names(self) -> frozenset[str]:
        """The variables with a right-hand side."""
        return self._of_type(DIFFERENTIAL, SUBEXPRESSION)

    @property
    def parameter_names(self) -> frozenset[str]:
        """The variables without a right-hand side."""
        return self._of_type(PARAMETER)

    @property
    def dimensions(self) -> dict[str, Dimension]:
        """The dimensions of each variable."""
        return {name: single.dimensions for name, single in self.items()}

    @property
    def identifiers(self) -> frozenset[str]:
        """The names used but not defined here, those of functions and units too."""
        used = frozenset[str]().union(*(single.identifiers for single in self.values()))
        return used - self.names

    # ------------------------------------------------------------------------------- right sides

    def _expressions(self, *types: EquationType) -> list[tuple[str, Expression]]:
        return [
            (name, Expression(single.text, single.expr))
            for name, single in self.items()
            if single.type in types
        ]

    @property
    def diff_eq_expressions(self) -> list[tuple[str, Expression]]:
        """Names and right-hand sides of the differential equations."""
        return self._expressions(DIFFERENTIAL)

    @property
    def eq_expressions(self) -> list[tuple[str, Expression]]:
        """Names and right-hand sides of all equations that have one."""
        return self._expressions(DIFFERENTIAL, SUBEXPRESSION)

    def substituted(self) -> dict[str, Tree]:
        """Return the right-hand sides of the differential equations, subexpressions put in.

        Subexpressions which are stored, those flagged (constant over dt) or (summed), stay names.
        """
        expanded = self._expanded()
        return {name: expanded[name] for name, s in self.items() if s.type == DIFFERENTIAL}

    def get_substituted_expressions(
        self, variables: Any = None, include_subexpressions: bool = False
    ) -> list[tuple[str, Expression]]:
        """Return names and right-hand sides of differential equations, subexpressions put in.

        Args:
            variables: Not needed; taken for the tradition's sake.
            include_subexpressions: Whether to return those of the subexpressions, too.
        """
        del variables
        expanded = self._expanded()
        return [
            (single.name, Expression(tree=expanded[single.name]))
            for single in self.ordered
            if single.type == DIFFERENTIAL
            or (include_subexpressions and single.type == SUBEXPRESSION)
        ]

    def _expanded(self) -> dict[str, Tree]:
        trees: dict[str, Tree] = {}
        inlined: dict[str, Tree] = {}
        for single in self.ordered:
            if single.expr is None:
                continue
            trees[single.name] = _renamed(single.expr, inlined)
            if single.type == SUBEXPRESSION and not single.is_stored:
                inlined[single.name] = trees[single.name]
        return trees

    @property
    def ordered(self) -> list[SingleEquation]:
        """Subexpressions in the order of evaluation, differential equations, parameters."""
        singles = tuple(self.values())
        order, _ = subexpression_order(singles)
        rest = sorted(
            (s for s in singles if s.type != SUBEXPRESSION),
            key=lambda s: (_SHOWN_FIRST[s.type], s.name),
        )
        return [*(self[name] for name in order), *rest]

    @property
    def dependencies(self) -> dict[str, list[Dependency]]:
        """For each equation, what it depends on, directly or via others."""
        return {single.name: self._dependencies(single) for single in self.ordered if single.expr}

    def _dependencies(self, single: SingleEquation) -> list[Dependency]:
        found: dict[str, Dependency] = {}
        queue: list[tuple[SingleEquation, tuple[str, ...]]] = [(single, ())]
        for current, via in queue:
            if current.expr is None:
                continue
            for name in sorted(names_in(current.expr) & self.names):
                if name not in found:
                    found[name] = Dependency(self[name], via)
                    queue.append((self[name], (*via, name)))
        return list(found.values())

    # ------------------------------------------------------------------------------------- noise

    @property
    def stochastic_variables(self) -> frozenset[str]:
        """The names of all noises."""
        return frozenset[str]().union(*(s.stochastic_variables for s in self.values()))

    @property
    def is_stochastic(self) -> bool:
        """Whether there is noise."""
        return bool(self.stochastic_variables)

    @property
    def stochastic_type(self) -> str | None:
        """None without noise, "additive" if its strength never changes, or "multiplicative"."""
        varying = {"t", *self.diff_eq_names}
        for single in self.ordered:  # subexpressions come before what refers to them
            if single.type != SUBEXPRESSION or single.is_stored:
                continue
            if not varying.isdisjoint(single.identifiers):
                varying.add(single.name)
        strengths = [
            names for tree in self.substituted().values() for names in noise_factors(tree).values()
        ]
        if not strengths:
            return None
        additive = all(varying.isdisjoint(names) for names in strengths)
        return "additive" if additive else "multiplicative"

    # ------------------------------------------------------------------------------------ checks

    def check_flags(
        self,
        allowed_flags: Mapping[str, Iterable[str]],
        incompatible_flags: Iterable[tuple[str, ...]] | None = None,
    ) -> None:
        """Refuse flags that do not apply.

        Args:
            allowed_flags: For each type of equation, the flags it may have.
            incompatible_flags: Sets of flags which exclude each other.

        Raises:
            FlagError: A flag does not exist, does not apply, or excludes another one.
        """
        allowed = {kind: tuple(flags) for kind, flags in allowed_flags.items()}
        check_flags(self, allowed, tuple(incompatible_flags or ()))

    @staticmethod
    def check_identifier(identifier: str) -> None:
        """Refuse a name which a model may not define.

        Raises:
            ExpressionSyntaxError: The name is illegal or has a meaning of its own.
        """
        check_identifier(identifier)

    # ------------------------------------------------------------------------------------- shown

    def __str__(self) -> str:
        """Return one line per equation: subexpressions, differential equations, parameters."""
        return "\n".join(str(single) for single in self.ordered)

    def __repr__(self) -> str:
        return f"<Equations of {', '.join(self) or 'nothing'}>"

    def _repr_latex_(self) -> str:
        lines = []
        for single in self.values():
            left, right = single.latex()
            lines.append(f"{left} &{right}")
        body = "\\\\\n".join(lines)
        return f"\\begin{{align*}}{body}\\end{{align*}}"

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:  # noqa: ARG002 - IPython's protocol
        p.text(str(self))


def _checked(
    singles: Iterable[SingleEquation], mistakes: list[ModelTextError]
) -> dict[str, SingleEquation]:
    """Return the equations by name after all rules; raise all mistakes at once."""
    all_singles = tuple(singles)
    for rule in RULES:
        mistakes.extend(rule(all_singles))
    raise_all(mistakes)
    return {single.name: single for single in all_singles}


def _restored(rows: Iterable[tuple[Any, ...]]) -> Equations:
    """Return equations from a pickle."""
    return Equations(
        SingleEquation(
            kind, name, dim, var_type, parse_expression(text) if text else None, flags, code=text
        )
        for kind, name, dim, var_type, text, flags in rows
    )


def _replacement(name: str, value: Any) -> Tree:
    """Return what is put in the place of a name."""
    if isinstance(value, str):
        return parse_expression(value, f"replacement of '{name}'")
    if isinstance(value, bool | np.bool_):
        return Number(bool(value))
    if np.ndim(value) == 0 and isinstance(value, int | float | np.number | np.ndarray):
        number = np.asarray(value).item()
        if isinstance(number, int | float) and not math.isnan(number):
            return _value(value, number)
    raise TypeError(
        f"'{name}' can be replaced by a name, a number or a quantity, not by {value!r} "
        f"of type {type(value).__name__}"
    )


def _value(value: Any, number: float) -> Tree:
    """Return the tree of a value in base units, shown in a unit that suits it."""
    dim = get_dimensions(value)
    if dim.is_dimensionless:
        return _number(number)
    unit = value.get_best_unit() if isinstance(value, Quantity) else None
    name = getattr(unit, "name", "")
    if unit is not None and name in DEFAULT_UNITS:
        shown = float(f"{number / float(unit):.15g}")
        if shown * float(unit) == number:
            return Binary("*", _number(shown), Name(name))
    return Binary("*", _number(number), without_spans(parse_expression(unit_name(dim))))


def _number(number: float) -> Tree:
    if abs(number) == math.inf:
        return Name("inf") if number > 0 else Unary("-", Name("inf"))
    if abs(number) > LARGEST_INTEGER:
        number = float(number)
    return Number(number) if number >= 0 else Unary("-", Number(-number))


def _renamed(tree: Tree, trees: Mapping[str, Tree]) -> Tree:
    """Return a tree with names replaced, those of called functions too."""
    match tree:
        case Name():
            return trees.get(tree.name, tree)
        case Call():
            new = trees.get(tree.function)
            function = new.name if isinstance(new, Name) else tree.function
            args = tuple(_renamed(arg, trees) for arg in tree.args)
            return replace(tree, function=function, args=args)
        case _:
            return map_children(tree, lambda child: _renamed(child, trees))


def _substituted(
    single: SingleEquation, trees: Mapping[str, Tree], renamed: Mapping[str, str]
) -> SingleEquation:
    name = renamed.get(single.name, single.name)
    expr = None if single.expr is None else _renamed(single.expr, trees)
    return replace(single, name=name, expr=expr, code=_reworded(single, trees))


def _reworded(single: SingleEquation, trees: Mapping[str, Tree]) -> str:
    """Return the user's text with names replaced; "" where that would be another expression."""
    called = frozenset() if single.expr is None else functions_in(single.expr)
    if any(name in trees and not isinstance(trees[name], Name) for name in called):
        return ""

    def text(word: re.Match[str]) -> str:
        tree = trees.get(word[0])
        if tree is None:
            return word[0]
        return tree.name if isinstance(tree, Name) else f"({to_text(tree)})"

    # not the exponent of a number
    return re.sub(r"(?<![\w.])[A-Za-z_]\w*", text, single.code)
