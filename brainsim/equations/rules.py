"""Rules for the equations of one model, apart from units: one function per rule.

The rules in `RULES` hold for all equations and are checked when `Equations` are made. The
`check_...` functions need to know the kind of group, and are called when the group is made.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final

from brainsim.errors import (
    ArgumentTypeError,
    CyclicEquationsError,
    Diagnostic,
    EquationError,
    ExpressionSyntaxError,
    FlagError,
    ModelTextError,
    NameEndingError,
    suggest,
)
from brainsim.units.fundamentalunits import DEFAULT_UNITS

from .functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from .identifiers import check_identifier
from .mistakes import place_of, raise_all
from .noise import noise_factors
from .parse import DEEPEST_TREE
from .past import delay_of
from .single import DIFFERENTIAL, PARAMETER, SUBEXPRESSION
from .tree import Binary, Call, Name, children, functions_in, names_in, to_text, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from brainsim.errors import Span

    from .functions import Function
    from .single import SingleEquation
    from .tree import Tree

    Rule = Callable[[Sequence[SingleEquation]], Iterator[ModelTextError]]

_LARGEST_EXPANSION: Final = 100_000


def names_are_legal(singles: Sequence[SingleEquation]) -> Iterator[ModelTextError]:
    """Forbidden: `t : second`."""
    for single in singles:
        try:
            check_identifier(single.name, single.name_span)
        except ExpressionSyntaxError as error:
            yield error


def names_are_unique(singles: Sequence[SingleEquation]) -> Iterator[ModelTextError]:
    """Forbidden: `v : 1` twice."""
    seen: set[str] = set()
    for single in singles:
        if single.name in seen:
            message = f"'{single.name}' is defined twice"
            help = "remove this definition, or choose another name"
            yield EquationError(Diagnostic(message, single.name_span, "", help))
        seen.add(single.name)


def differential_variables_are_floats(
    singles: Sequence[SingleEquation],
) -> Iterator[ModelTextError]:
    """Forbidden: `dv/dt = 1*Hz : integer`."""
    for single in singles:
        if single.type == DIFFERENTIAL and single.var_type != "float":
            message = f"'{single.name}' is {single.var_type}, but it changes continuously"
            help = "write its unit behind the colon, or 1 if it has none"
            yield ArgumentTypeError(Diagnostic(message, single.span, "", help))


def noise_is_differential(singles: Sequence[SingleEquation]) -> Iterator[ModelTextError]:
    """Forbidden: `x = xi : 1`; a noise with a name may go through a subexpression."""
    for single in singles:
        if single.type == SUBEXPRESSION and single.expr is not None:
            for name in _names_named(single.expr, {"xi"}):
                message = f"the noise 'xi' stands in the subexpression '{single.name}'"
                help = "write it in a differential equation, or name it, for example xi_1"
                yield EquationError(Diagnostic(message, name.span, "", help))


def plain_noise_occurs_once(singles: Sequence[SingleEquation]) -> Iterator[ModelTextError]:
    """Forbidden: `dv/dt = xi*Hz**0.5 : 1` together with `dw/dt = xi*Hz**0.5 : 1`."""
    first = ""
    for single in singles:
        if single.type != DIFFERENTIAL or single.expr is None:
            continue
        found = _names_named(single.expr, {"xi"})
        if found and first:
            message = f"'xi' stands in d{single.name}/dt as well as in d{first}/dt"
            help = "write xi_a and xi_b for independent noises, or xi_a twice for the same noise"
            yield EquationError(Diagnostic(message, found[0].span, "", help))
        elif found:
            first = single.name


def noise_is_linear(singles: Sequence[SingleEquation]) -> Iterator[ModelTextError]:
    """Forbidden: `dv/dt = xi**2 : 1`."""
    for single in singles:
        if single.expr is not None:
            try:
                noise_factors(single.expr)
            except EquationError as error:
                yield error


def calls_are_of_functions(singles: Sequence[SingleEquation]) -> Iterator[ModelTextError]:
    """Forbidden: `dv/dt = k(E - v) : 1` together with `k : 1`, and `exp(a, b)`, and `2*exp`."""
    variables = {single.name for single in singles}
    for single in singles:
        if single.expr is not None:
            yield from misused_functions(single.expr, variables)


def misused_functions(tree: Tree, variables: Iterable[str]) -> Iterator[ExpressionSyntaxError]:
    """Yield a mistake for each value that is called, and each default function called wrongly.

    A variable may be called with a time before `t`, for the value that it had then.
    """
    names = frozenset(variables)
    for node in walk(tree):
        if isinstance(node, Call):
            if node.function in names:
                if len(node.args) != 1 or delay_of(node.args[0]) is None:
                    yield no_function(node, is_time=False, past=True)
            elif node.function in DEFAULT_CONSTANTS or node.function in DEFAULT_UNITS:
                yield no_function(node, is_time=False, past=False)
            elif node.function in DEFAULT_FUNCTIONS:
                yield from wrong_arity(node, DEFAULT_FUNCTIONS[node.function])
        elif isinstance(node, Name) and node.name in DEFAULT_FUNCTIONS:
            yield no_value(node)


def no_function(call: Call, *, is_time: bool, past: bool) -> ExpressionSyntaxError:
    """Return the mistake of calling a variable, a constant or a unit.

    Args:
        call: The call.
        is_time: Whether it has one argument, which is a time, so that a delay was meant.
        past: Whether it is a variable whose past can be read.
    """
    arg = call.args[0] if len(call.args) == 1 else Name("...")
    help = f"to multiply, write {to_text(Binary('*', Name(call.function), arg))}"
    if past and "t" in names_in(arg):
        help += f"; to read its value at an earlier time, {call.function}(t - 5*ms)"
    elif is_time:
        help = (
            "only variables with memory have a past: not subexpressions, unless they are flagged "
            "(constant over dt), nor (linked) variables"
        )
    message = f"'{call.function}' is not a function"
    return ExpressionSyntaxError(Diagnostic(message, place_of(call), "", help))


def no_delay(call: Call) -> ExpressionSyntaxError:
    """Return the mistake of reading a variable at a time that is not given as `t` minus a delay."""
    message = f"the time at which '{call.function}' is read must be t minus a delay"
    help = f"write for example {call.function}(t - 5*ms)"
    return ExpressionSyntaxError(Diagnostic(message, place_of(call.args[0]), "", help))


def no_value(name: Name) -> ExpressionSyntaxError:
    """Return the mistake of using a function without calling it."""
    help = f"call it: {name.name}(...)"
    return ExpressionSyntaxError(
        Diagnostic(f"'{name.name}' is a function, not a value", place_of(name), "", help)
    )


def wrong_arity(call: Call, function: Function) -> Iterator[ExpressionSyntaxError]:
    """Yield a mistake if a function is called with too few or too many arguments."""
    given, wanted = len(call.args), function.arity
    if given != wanted:
        plural = "argument" if wanted == 1 else "arguments"
        message = f"{call.function}() takes {wanted or 'no'} {plural}, not {given or 'none'}"
        yield ExpressionSyntaxError(Diagnostic(message, place_of(call)))


def subexpressions_are_not_circular(
    singles: Sequence[SingleEquation],
) -> Iterator[ModelTextError]:
    """Forbidden: `x = y : 1` together with `y = x : 1`."""
    by_name = {single.name: single for single in singles}
    for circle in subexpression_order(singles)[1]:
        first = by_name[circle[0]]
        chain = " -> ".join((*circle, circle[0]))
        message = f"'{circle[0]}' depends on itself: {chain}"
        help = "make one of them a parameter or a differential equation"
        span = None if first.expr is None else place_of(first.expr)
        yield CyclicEquationsError(Diagnostic(message, span, "", help))


def subexpression_order(
    singles: Sequence[SingleEquation],
) -> tuple[list[str], list[list[str]]]:
    """Return the names of subexpressions, each after those it refers to, and the circles."""
    used = {
        single.name: names_in(single.expr)
        for single in singles
        if single.type == SUBEXPRESSION and single.expr is not None
    }
    circles: list[list[str]] = []
    while True:
        graph = {name: [n for n in used if n in names] for name, names in used.items()}
        try:
            return list(TopologicalSorter(graph).static_order()), circles
        except CycleError as error:
            # the circle begins with its first name in the text, and follows the references
            names = error.args[1][:0:-1]
            start = min(range(len(names)), key=lambda at: list(used).index(names[at]))
            circles.append(names[start:] + names[:start])
            used = {name: refers for name, refers in used.items() if name not in names}


def expansion_is_bounded(singles: Sequence[SingleEquation]) -> Iterator[ModelTextError]:
    """Forbidden: `x1 = x0 + x0 : 1` up to `x40 = x39 + x39 : 1`."""
    by_name = {s.name: s for s in singles if s.expr is not None}
    sizes: dict[str, tuple[int, int]] = {}

    def size(tree: Tree) -> tuple[int, int]:
        """Return the number of nodes and the depth of a tree with subexpressions put in."""
        if isinstance(tree, Name):
            return sizes.get(tree.name, (1, 1))
        parts = [size(child) for child in children(tree)]
        return 1 + sum(n for n, _ in parts), 1 + max((depth for _, depth in parts), default=0)

    order, _ = subexpression_order(singles)
    for name in dict.fromkeys([*order, *by_name]):
        single = by_name[name]
        nodes, depth = size(single.expr) if single.expr is not None else (1, 1)
        if nodes > _LARGEST_EXPANSION or depth > DEEPEST_TREE:
            message = f"'{name}' is too large with its subexpressions put in"
            help = "give a subexpression the flag (constant over dt), or make it a parameter"
            yield EquationError(Diagnostic(message, single.span, "", help))
        elif single.type == SUBEXPRESSION and not single.is_stored:
            sizes[name] = (nodes, depth)


RULES: Final[tuple[Rule, ...]] = (
    names_are_legal,
    names_are_unique,
    differential_variables_are_floats,
    noise_is_differential,
    plain_noise_occurs_once,
    noise_is_linear,
    calls_are_of_functions,
    subexpressions_are_not_circular,
    expansion_is_bounded,
)


def _names_named(tree: Tree, names: Iterable[str]) -> list[Name]:
    wanted = set(names)
    return [node for node in walk(tree) if isinstance(node, Name) and node.name in wanted]


def check_flags(
    equations: Mapping[str, SingleEquation],
    allowed: Mapping[str, Sequence[str]],
    incompatible: Sequence[tuple[str, ...]] = (),
) -> None:
    """Refuse flags that do not apply: `v : 1 (unless refractory)`.

    Args:
        equations: The equations of a group.
        allowed: For each type of equation, the flags it may have.
        incompatible: Sets of flags which exclude each other.

    Raises:
        FlagError: A flag does not exist, does not apply, or excludes another one.
        ExpressionSyntaxError: A (linked) variable has another flag.
    """
    mistakes = [
        kind(Diagnostic(message, single.flags_span or single.span, "", help))
        for single in equations.values()
        for kind, message, help in _wrong_flags(single, allowed, incompatible)
    ]
    raise_all(mistakes)


def _wrong_flags(
    single: SingleEquation,
    allowed: Mapping[str, Sequence[str]],
    incompatible: Sequence[tuple[str, ...]],
) -> Iterator[tuple[type[ModelTextError], str, str]]:
    known = allowed.get(single.type, ())
    for flag in single.flags:
        if flag not in known:
            choice = ", ".join(f"({name})" for name in known)
            help = suggest(flag, known) or (f"allowed here: {choice}" if choice else "remove it")
            if flag == "scalar":
                help = "write (shared)"
            yield FlagError, f"a {single.type} cannot have the flag '{flag}'", help
    for flags in incompatible:
        present = [flag for flag in flags if flag in single.flags]
        if len(present) > 1:
            together = " and ".join(f"'{flag}'" for flag in present)
            # the types of the tradition
            kind = ExpressionSyntaxError if "linked" in present else FlagError
            yield kind, f"the flags {together} exclude each other", "remove one of them"


def check_endings(equations: Mapping[str, SingleEquation]) -> None:
    """Refuse names that mean variables of connected groups: `v_post : 1`.

    Raises:
        NameEndingError: A name ends in `_pre` or `_post`.
    """
    raise_all(
        [
            NameEndingError(
                Diagnostic(
                    f"'{single.name}' ends in '_pre' or '_post'",
                    single.name_span,
                    "",
                    "these endings mean the groups that synapses connect; choose another name",
                )
            )
            for single in equations.values()
            if single.name.endswith(("_pre", "_post")) and "summed" not in single.flags
        ]
    )


def check_reserved_names(
    equations: Mapping[str, SingleEquation],
    reserved: Mapping[str, str],
    error: type[ModelTextError] = ExpressionSyntaxError,
) -> None:
    """Refuse names that a kind of group defines itself: `j : 1` in synapses.

    Args:
        equations: The equations of a group.
        reserved: Each name, and what it is, such as "the index of the postsynaptic neuron".
        error: The type of the mistake.

    Raises:
        ExpressionSyntaxError: A name is reserved.
    """
    mistakes: list[ModelTextError] = []
    for single in equations.values():
        if single.name in reserved:
            meaning = reserved[single.name]
            message = f"'{single.name}' cannot be the name of a variable: it is {meaning}"
            help = "choose another name"
            mistakes.append(error(Diagnostic(message, single.name_span, "", help)))
    raise_all(mistakes)


def check_shared(equations: Mapping[str, SingleEquation], is_shared: Callable[[str], bool]) -> None:
    """Refuse shared subexpressions of values per element: `x = 2*v : 1 (shared)`.

    Args:
        equations: The equations of a group.
        is_shared: Whether a name that the equations do not define, or that is (linked), is one
            value for the group.

    Raises:
        ExpressionSyntaxError: A shared subexpression refers to a value per element.
    """
    mistakes: list[ExpressionSyntaxError] = []
    for single in equations.values():
        if single.type != SUBEXPRESSION or "shared" not in single.flags or single.expr is None:
            continue
        for node in walk(single.expr):
            if not isinstance(node, Name):
                continue
            other = equations.get(node.name)
            # what a (linked) variable stands for is known to the group
            if other is None or "linked" in other.flags:
                shared = is_shared(node.name)
            else:
                shared = "shared" in other.flags
            if not shared:
                message = f"'{single.name}' is shared, but '{node.name}' has a value per element"
                help = f"remove the flag (shared), or make '{node.name}' shared, too"
                mistakes.append(ExpressionSyntaxError(Diagnostic(message, node.span, "", help)))
    raise_all(mistakes)


def check_stateful(
    equations: Mapping[str, SingleEquation], functions: Mapping[str, Function]
) -> None:
    """Refuse random subexpressions that would differ at each use: `x = rand() : 1`.

    Args:
        equations: The equations of a group.
        functions: The functions they call, by name.

    Raises:
        ExpressionSyntaxError: A subexpression without the flag `(constant over dt)` calls a
            stateful function.
    """
    mistakes: list[ExpressionSyntaxError] = []
    for single in equations.values():
        if single.type != SUBEXPRESSION or single.expr is None or single.is_stored:
            continue
        for node in walk(single.expr):
            if isinstance(node, Call) and node.function in functions:
                if functions[node.function].stateless:
                    continue
                message = f"{node.function}() would give another value at each use"
                help = f"give '{single.name}' the flag (constant over dt)"
                mistakes.append(
                    ExpressionSyntaxError(Diagnostic(message, place_of(node), "", help))
                )
    raise_all(mistakes)


def check_event_driven(equations: Mapping[str, SingleEquation]) -> None:
    """Refuse `dw/dt = a : 1 (clock-driven)` together with `da/dt = -a/tau : 1 (event-driven)`.

    And the other way round: what an (event-driven) equation depends on must not change between
    events.

    Raises:
        EquationError: An equation that is needed in every step depends on one that is only
            advanced at events, or the latter on the former.
    """
    mistakes: list[EquationError] = []
    for single in equations.values():
        kind = _pace(single)
        if kind is None or single.expr is None:
            continue
        at_events = kind == "event-driven"
        for name, span in _uses(single.expr, equations):
            other = "event-driven" if "event-driven" in equations[name].flags else "clock-driven"
            if at_events == (other == "event-driven"):
                continue
            message = f"'{single.name}' is {kind}, but depends on '{name}' ({other})"
            changed = single.name if at_events else name
            help = f"make '{changed}' (clock-driven)"
            mistakes.append(EquationError(Diagnostic(message, span, "", help)))
    raise_all(mistakes)


def _pace(single: SingleEquation) -> str | None:
    """Return when the value of an equation is computed; None where that is when it is used."""
    if "summed" in single.flags:
        return "summed"
    if single.type != DIFFERENTIAL:
        return None
    return "event-driven" if "event-driven" in single.flags else "clock-driven"


def _uses(
    tree: Tree, equations: Mapping[str, SingleEquation], at: Span | None = None
) -> Iterator[tuple[str, Span | None]]:
    """Yield variables that an expression refers to, also by subexpressions, and where."""
    for node in walk(tree):
        if not isinstance(node, Name) or node.name not in equations:
            continue
        single = equations[node.name]
        span = at or node.span
        if single.type == SUBEXPRESSION and single.expr is not None:
            yield from _uses(single.expr, equations, span)
        elif single.type != PARAMETER:
            yield node.name, span


def stateful_functions(tree: Tree) -> frozenset[str]:
    """Return the default functions in an expression that give another value at each call."""
    return frozenset(
        name
        for name in functions_in(tree)
        if name in DEFAULT_FUNCTIONS and not DEFAULT_FUNCTIONS[name].stateless
    )
