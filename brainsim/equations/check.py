"""Rules about units and kinds, for equations, statements and conditions.

Each collects all mistakes, and raises them at once; see `infer` for names that are not known yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, overload

from brainsim.errors import ArgumentTypeError, Diagnostic, ExpressionSyntaxError
from brainsim.units.dimensions import DIMENSIONLESS
from brainsim.units.fundamentalunits import DEFAULT_UNITS

from .functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from .infer import Inference, NameInfo, Names, is_zero, short
from .mistakes import place_of, raise_all
from .single import DIFFERENTIAL
from .tree import Binary, Name, Number, to_text
from .unittext import SECOND, unit_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from brainsim.units.dimensions import Dimension

    from .functions import Kind
    from .infer import FullLookup, Lookup, Meaning
    from .parse import Statement
    from .single import SingleEquation
    from .tree import BinaryOp, Tree


@overload
def dimension_of(tree: Tree, lookup: FullLookup) -> Dimension: ...
@overload
def dimension_of(tree: Tree, lookup: Lookup) -> Dimension | None: ...
def dimension_of(tree: Tree, lookup: Lookup) -> Dimension | None:
    """Return the dimension of an expression; None if a name in it is not known yet.

    Args:
        tree: The expression.
        lookup: What the names in it mean.

    Raises:
        UnitMismatchError: Units in it do not fit together.
        UnknownNameError: A name means nothing.
        ExpressionSyntaxError: A function is misused, or a number stands for a condition.
    """
    inference = Inference(Names(lookup))
    dim = inference.dim(tree)
    raise_all(inference.mistakes)
    return dim


def kind_of(tree: Tree, lookup: Lookup) -> Kind:
    """Return whether an expression is boolean, integer or float; unknown names count as float."""
    return Inference(Names(lookup)).kind(tree) or "float"


def check_dimension(tree: Tree, dim: Dimension, lookup: Lookup, what: str) -> None:
    """Refuse an expression of another unit than its place needs: `refractory='2*mV'`.

    Args:
        tree: The expression.
        dim: The dimension it must have; the literal zero has any.
        lookup: What the names in it mean.
        what: The place, such as "the refractory period".

    Raises:
        UnitMismatchError: It has another one, or units in it do not fit together.
        UnknownNameError: A name means nothing.
        ExpressionSyntaxError: A function is misused, or a number stands for a condition.
    """
    inference = Inference(Names(lookup))
    _require(inference, tree, dim, what, "value")
    raise_all(inference.mistakes)


def _require(
    inference: Inference,
    tree: Tree,
    wanted: Dimension,
    what: str,
    part: str,
    advice: Callable[[Dimension], str] | None = None,
) -> None:
    """Note a tree of another dimension than wanted; the literal zero has any."""
    found = inference.dim(tree)
    if found is None or found is wanted or is_zero(tree):
        return
    message = f"{what} is {unit_name(wanted)}, but its {part} is {unit_name(found)}"
    help = advice(found) if advice else ""
    if isinstance(tree, Number):
        help = f"give the number a unit: {to_text(tree)}*{unit_name(wanted)}"
    inference.mismatch(tree, message, f"this is {unit_name(found)}", help, wanted, found)


def check_condition(tree: Tree, lookup: Lookup, what: str = "condition") -> None:
    """Refuse a number in the place of a condition: `threshold='v'`.

    Args:
        tree: The condition.
        lookup: What the names in it mean.
        what: What it is to the user, such as "threshold".

    Raises:
        ArgumentTypeError: It is not boolean.
        UnitMismatchError: Units in it do not fit together.
        UnknownNameError: A name means nothing.
        ExpressionSyntaxError: A function is misused, or a number stands for a condition.
    """
    inference = Inference(Names(lookup))
    inference.dim(tree)
    if not inference.mistakes and inference.kind(tree) not in {"boolean", None}:
        message = f"the {what} is a number, not a condition"
        help = f"compare it with something, such as {short(tree)} > ..."
        inference.mistakes.append(ArgumentTypeError(Diagnostic(message, place_of(tree), "", help)))
    raise_all(inference.mistakes)


def check_equation_units(equations: Mapping[str, SingleEquation], lookup: Lookup) -> None:
    """Refuse equations whose sides have different units: `dv/dt = -v : volt`.

    Args:
        equations: All equations of a model; they know their own variables.
        lookup: What other names mean; noise is known.

    Raises:
        UnitMismatchError: Units do not fit together.
        UnknownNameError: A name means nothing.
        ExpressionSyntaxError: A function is misused, or a number stands for a condition.
    """
    own: dict[str, Meaning] = {
        name: NameInfo(single.dimensions, single.var_type, past=single.has_memory)
        for name, single in equations.items()
    }
    noise = NameInfo(SECOND**-0.5)
    inference = Inference(Names(lookup, own))
    for single in equations.values():
        if single.expr is None:
            continue
        what, wanted, advice = single.name, single.dimensions, None
        inference.names.own = own | dict.fromkeys(single.stochastic_variables, noise)
        if single.type == DIFFERENTIAL:
            what, wanted, advice = f"d{what}/dt", wanted / SECOND, _advice(single)
        _require(inference, single.expr, wanted, what, "right-hand side", advice)
    raise_all(inference.mistakes)


def _advice(single: SingleEquation) -> Callable[[Dimension], str]:
    """Return what gives the advice on the wrong dimension of a differential equation."""

    def advice(found: Dimension) -> str:
        if found is single.dimensions:
            return "divide it by a time, such as (10*ms)"
        if single.stochastic_variables:
            return "noise has the unit second**-0.5: write sigma*xi*tau**-0.5"
        return ""

    return advice


def check_statement_units(
    statements: Sequence[Statement],
    lookup: Lookup,
    is_variable: Callable[[str], bool] | None = None,
) -> dict[str, NameInfo]:
    """Refuse assignments of another unit: `v = 3*amp`; return the temporaries.

    A name that is no variable becomes a temporary, with the unit of its first value.

    Args:
        statements: The assignments, in order.
        lookup: What names mean.
        is_variable: Whether a name is a variable of the model, so that an assignment writes it;
            by default all names are that `lookup` knows.

    Raises:
        UnitMismatchError: Units do not fit together.
        UnknownNameError: A name means nothing.
        ExpressionSyntaxError: A function is misused, a number stands for a condition, or a unit,
            a constant or a function is assigned to.
    """
    temporaries: dict[str, NameInfo] = {}
    names = Names(lookup)
    inference = Inference(names)
    for statement in statements:
        name = statement.target
        if name in DEFAULT_CONSTANTS or name in DEFAULT_FUNCTIONS or name in DEFAULT_UNITS:
            inference.mistakes.append(_assigned_to_constant(statement))
            continue
        if name in temporaries or (is_variable or _known_to(names))(name):
            _check_written(inference, statement)
        elif statement.op == "=":
            dim = inference.dim(statement.value)
            kind = inference.kind(statement.value) or "float"
            temporaries[name] = NameInfo(dim or DIMENSIONLESS, kind)
            names.own[name] = None if dim is None else temporaries[name]
        else:
            place = statement.target_span or place_of(Name(name))
            inference.unknown(name, place, f"give it a value first: {name} = ...")
            inference.dim(statement.value)
    raise_all(inference.mistakes)
    return temporaries


def _known_to(names: Names) -> Callable[[str], bool]:
    def is_known(name: str) -> bool:
        try:
            return isinstance(names.find(name), NameInfo)
        except KeyError:
            return False

    return is_known


def _assigned_to_constant(statement: Statement) -> ExpressionSyntaxError:
    name = statement.target
    table = ((DEFAULT_CONSTANTS, "constant"), (DEFAULT_FUNCTIONS, "function"))
    what = next((word for known, word in table if name in known), "unit")
    return ExpressionSyntaxError(
        Diagnostic(
            f"'{name}' is a {what} and cannot be assigned to",
            statement.target_span,
            "",
            "choose another name for the temporary",
        )
    )


def _check_written(inference: Inference, statement: Statement) -> None:
    """Check that a value fits the variable or temporary that is written."""
    target = Name(statement.target, statement.target_span)
    wanted = inference.dim(target)
    value = statement.value
    if statement.op != "=":
        value = Binary(cast("BinaryOp", statement.op[:-1]), target, value, statement.span)
    if wanted is None:
        inference.dim(value)
    else:
        _require(inference, value, wanted, statement.target, "new value")
