"""Rules for the code of groups: what it may write, and what conditions and periods must be.

They are checked when a group is made, as far as names are known then, and again before a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..equations import (
    Lookup,
    SingleEquation,
    Statement,
    Tree,
    check_condition,
    check_statement_units,
    dimension_of,
    raise_all,
)
from ..equations.tree import Name, names_in, walk
from ..equations.unittext import unit_name
from ..errors import ArgumentTypeError, Diagnostic, ExpressionSyntaxError, ModelTextError, suggest
from ..logger import get_logger
from ..units import second
from .group import Group, why_read_only
from .namespace import explain_names
from .past import keep_pasts
from .variables import ArrayVariable, LinkedVariable

logger = get_logger(__name__)

Rule = Callable[[Sequence[Statement], Group], Iterator[ModelTextError]]


def read_only_is_kept(statements: Sequence[Statement], group: Group) -> Iterator[ModelTextError]:
    """Forbidden: `reset='i = 0'`."""
    for statement in statements:
        found = group.find(statement.target)
        # what a (linked) variable stands for is known later
        if found is None or isinstance(found[1], LinkedVariable):
            continue
        if isinstance(found[1], ArrayVariable) and not found[1].read_only:
            continue
        message = f"'{statement.target}' cannot be written by code: {why_read_only(found[1])}"
        yield ExpressionSyntaxError(Diagnostic(message, statement.target_span))


def shared_is_not_written(
    statements: Sequence[Statement], group: Group
) -> Iterator[ModelTextError]:
    """Forbidden: `reset='v = 0; total += 1'` with a shared `total`."""
    for statement in statements:
        found = group.find(statement.target)
        if found is not None and found[1].scalar:
            message = f"'{statement.target}' is shared, but this code runs for single elements"
            help = f"write '{statement.target}' in run_regularly() or a network_operation"
            yield ExpressionSyntaxError(Diagnostic(message, statement.target_span, "", help))


def shared_comes_first(statements: Sequence[Statement], group: Group) -> Iterator[ModelTextError]:
    """Forbidden: `run_regularly('v = 0; total = 1')` and `run_regularly('total += v')`."""
    first = ""
    temporaries: set[str] = set()
    for statement in statements:
        name = statement.target
        found = group.find(name)
        if found is None or not found[1].scalar:
            first = first or name
            if found is None:
                temporaries.add(name)
        elif first:
            message = f"'{name}' is shared, but follows '{first}', which has a value per element"
            help = "write shared variables first"
            yield ExpressionSyntaxError(Diagnostic(message, statement.target_span, "", help))
        else:
            yield from _values_per_element(statement, group, temporaries)


def _values_per_element(
    statement: Statement, group: Group, temporaries: set[str]
) -> Iterator[ModelTextError]:
    """Yield a mistake for each value per element that a shared variable is set from."""
    for node in walk(statement.value):
        if isinstance(node, Name) and (node.name in temporaries or not group.is_shared(node.name)):
            message = f"'{statement.target}' is shared, but '{node.name}' has a value per element"
            help = "compute it in Python, for example in a network_operation"
            yield ExpressionSyntaxError(Diagnostic(message, node.span, "", help))


class NameClashError(ModelTextError, ValueError):
    """A name that stands for a variable of synapses and for one of a group they connect."""


def check_names_differ(
    equations: Mapping[str, SingleEquation], groups: Mapping[str, Group]
) -> None:
    """Forbidden: `w : 1` in synapses and in their source.

    Args:
        equations: Those of the synapses.
        groups: The connected groups by side, "pre" and "post".

    Raises:
        NameClashError: A name is defined on both sides.
    """
    mistakes = []
    for single in equations.values():
        clashes = [side for side, group in groups.items() if single.name in group.variables]
        if clashes and "summed" not in single.flags:
            group = groups[clashes[0]]
            message = f"'{single.name}' is a variable of '{group.name}', too"
            help = f"choose another name here; that variable is {single.name}_{clashes[0]}"
            mistakes.append(NameClashError(Diagnostic(message, single.name_span, "", help)))
    raise_all(mistakes)


FOR_SINGLE_ELEMENTS: tuple[Rule, ...] = (read_only_is_kept, shared_is_not_written)
FOR_ALL_ELEMENTS: tuple[Rule, ...] = (read_only_is_kept, shared_comes_first)


def useless_temporaries(statements: Sequence[Statement], group: Group) -> Iterator[Statement]:
    """Yield statements without effect: `reset='V = -70*mV'`, where the variable is called `v`."""
    for place, statement in enumerate(statements):
        later = statements[place + 1 :]
        if group.find(statement.target) is None and not any(
            statement.target in names_in(after.value) for after in later
        ):
            yield statement


def _warn_of_useless(statements: Sequence[Statement], group: Group) -> None:
    for statement in useless_temporaries(statements, group):
        where = "code" if statement.target_span is None else statement.target_span.source.name
        hint = suggest(statement.target, group.known_names())
        logger.warn(
            f"the {where} sets '{statement.target}', which is no variable and is not used "
            f"afterwards{'; ' if hint else ''}{hint}",
            "useless_statement",
        )


def check_code(
    statements: Sequence[Statement], group: Group, rules: Sequence[Rule] = FOR_SINGLE_ELEMENTS
) -> None:
    """Check what statements write, and their units as far as names are known.

    Statements without effect are warned of.

    Raises:
        ExpressionSyntaxError: They write something that is read-only, or shared.
        DimensionMismatchError: Units do not fit together.
    """
    raise_all([mistake for rule in rules for mistake in rule(statements, group)])
    try:
        check_statement_units(statements, group.meaning, group.is_variable)
    except ModelTextError as error:
        explain_names(error, group.known_names())
        raise
    keep_pasts(group, [statement.value for statement in statements])
    _warn_of_useless(statements, group)


def is_period(tree: Tree, lookup: Lookup) -> bool:
    """Return whether a refractory period is a time, or not known yet; else it is a condition.

    Raises:
        ArgumentTypeError: It is neither.
        DimensionMismatchError: Units in it do not fit together.
    """
    found = dimension_of(tree, lookup)
    if found is None or found is second.dim:
        return True
    try:
        check_condition(tree, lookup)
    except ArgumentTypeError:
        raise ArgumentTypeError(
            Diagnostic(
                "the refractory period must be a time or a condition",
                tree.span,
                f"this is {unit_name(found)}",
                help="write for example refractory=5*ms, or refractory='v > -20*mV'",
            )
        ) from None
    return False
