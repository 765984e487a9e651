"""Embedded Runge-Kutta methods: steps that come with an estimate of their own error.

Input: a `Tableau` and a `System`. Output: an `AdaptiveStep`, one attempt to advance by a part of
`dt`, with the error of each variable. Does not: choose the size of the parts, or loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from brainsim.equations.tree import Call, Name, Number, Tree, map_children
from brainsim.errors import BrainsimError, suggest
from brainsim.units import get_dimensions
from brainsim.units.dimensions import DIMENSIONLESS, DimensionMismatchError

from ..records import dataclass
from .step import Assignment, Step, share_calls
from .system import NOT_REFRACTORY, System, refuse_noise
from .terms import TIME, plus, select, times, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ELAPSED = Name("_elapsed")
PART = Name("_part")

# where the user sets no limit, there is one nevertheless: kernels do not loop for ever
UNLIMITED = 10_000

DEFAULTS: Mapping[str, Any] = {
    "adaptable_timestep": True,
    "absolute_error": 1e-6,
    "absolute_error_per_variable": None,
    "max_steps": 100,
    "use_last_timestep": True,
    "save_failed_steps": False,
    "save_step_count": False,
}


class IntegrationError(BrainsimError, RuntimeError):
    """A method that adapts its step size cannot keep its error below the bound."""


class MethodOptionError(BrainsimError, ValueError):
    """A method option whose value makes no sense."""


class MethodOptionTypeError(BrainsimError, TypeError):
    """A method option of the wrong type."""


class UnknownErrorVariableError(BrainsimError, KeyError):
    """A bound of the error for something that is no differential variable."""

    def __str__(self) -> str:
        """Return the message without the quotes that a KeyError adds."""
        return str(self.args[0])


# ----------------------------------------------------------------------------------------- tableaus


@dataclass(frozen=True, slots=True)
class Tableau:
    """The coefficients of an explicit Runge-Kutta pair.

    Stage s evaluates k_s = f(x + h sum_j matrix[s][j] k_j, t + nodes[s] h); the step adds
    h sum_s weights[s] k_s, and its error is about h sum_s error[s] k_s.

    Args:
        order: Order of what is added.
        error_order: The error estimate goes to zero as h to this power.
        matrix: One row per stage, of the stages before it.
        weights: One per stage.
        error: One per stage.
    """

    order: int
    error_order: int
    matrix: tuple[tuple[Fraction, ...], ...]
    weights: tuple[Fraction, ...]
    error: tuple[Fraction, ...]

    @property
    def nodes(self) -> tuple[Fraction, ...]:
        """The time of each stage as a part of h: the sum of its row."""
        return tuple(sum(row, Fraction(0)) for row in self.matrix)


def _numbers(text: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(word) for word in text.split())


def _pair(order: int, error_order: int, rows: str, weights: str, other: str) -> Tableau:
    """Return a pair from its rows (one per line, the first stage left out) and two sets of weights.

    Args:
        order: Order of the first set of weights.
        error_order: One more than the smaller of both orders.
        rows: The matrix.
        weights: Of what is added.
        other: Of what it is compared with.
    """
    matrix = tuple(_numbers(line) for line in rows.strip().splitlines())
    added, compared = _numbers(weights), _numbers(other)
    error = tuple(one - two for one, two in zip(added, compared, strict=True))
    return Tableau(order, error_order, ((), *matrix), added, error)


def _doubled(tableau: Tableau) -> Tableau:
    """Return two steps of half the size, compared with one whole step (Richardson).

    The error of the two is what both results differ by, divided by 2**order - 1.
    """
    rows, weights, count = tableau.matrix, tableau.weights, len(tableau.weights)
    none, half = (Fraction(0),) * (count - 1), Fraction(1, 2)
    # stages of the whole step, then of the first half (whose first stage is shared), then of the
    # second half, which starts from the end of the first
    first = [(*(half * a for a in row[:1]), *none, *(half * a for a in row[1:])) for row in rows]
    end = (half * weights[0], *none, *(half * w for w in weights[1:]))
    second = [(*end, *(half * a for a in row)) for row in rows]
    both = (*end, *(half * w for w in weights))
    whole = (*weights, *(Fraction(0),) * (len(both) - count))
    error = tuple((b - w) / (2**tableau.order - 1) for b, w in zip(both, whole, strict=True))
    return Tableau(tableau.order, tableau.order + 1, (*rows, *first[1:], *second), both, error)


KUTTA_3 = _pair(
    3,
    3,
    """
    1/2
    -1 2
    """,
    "1/6 2/3 1/6",
    "0 1 0",
)
"""Kutta's method of order 3, compared with the midpoint rule. Kutta, Z. Math. Phys. 46 (1901)."""

_KUTTA_4 = _pair(
    4,
    5,
    """
    1/2
    0 1/2
    0 0 1
    """,
    "1/6 1/3 1/3 1/6",
    "0 0 0 0",
)

KUTTA_4 = _doubled(_KUTTA_4)
"""The classical method of order 4, two half steps compared with a whole one.

Kutta, Z. Math. Phys. 46 (1901); Hairer, Norsett and Wanner, Solving Ordinary Differential Equations
I, 2nd ed. 1993, section II.4.
"""

FEHLBERG = _pair(
    5,
    5,
    """
    1/4
    3/32 9/32
    1932/2197 -7200/2197 7296/2197
    439/216 -8 3680/513 -845/4104
    -8/27 2 -3544/2565 1859/4104 -11/40
    """,
    "16/135 0 6656/12825 28561/56430 -9/50 2/55",
    "25/216 0 1408/2565 2197/4104 -1/5 0",
)
"""Order 5, compared with order 4. Fehlberg, NASA Technical Report R-315 (1969), table III."""

CASH_KARP = _pair(
    5,
    5,
    """
    1/5
    3/40 9/40
    3/10 -9/10 6/5
    -11/54 5/2 -70/27 35/27
    1631/55296 175/512 575/13824 44275/110592 253/4096
    """,
    "37/378 0 250/621 125/594 0 512/1771",
    "2825/27648 0 18575/48384 13525/55296 277/14336 1/4",
)
"""Order 5, compared with order 4. Cash and Karp, ACM Trans. Math. Softw. 16 (1990), 201."""

PRINCE_DORMAND = _pair(
    8,
    8,
    """
    1/18
    1/48 1/16
    1/32 0 3/32
    5/16 0 -75/64 75/64
    3/80 0 0 3/16 3/20
    29443841/614563906 0 0 77736538/692538347 -28693883/1125000000 23124283/1800000000
    16016141/946692911 0 0 61564180/158732637 22789713/633445777 545815736/2771057229 \
-180193667/1043307555
    39632708/573591083 0 0 -433636366/683701615 -421739975/2616292301 100302831/723423059 \
790204164/839813087 800635310/3783071287
    246121993/1340847787 0 0 -37695042795/15268766246 -309121744/1061227803 -12992083/490766935 \
6005943493/2108947869 393006217/1396673457 123872331/1001029789
    -1028468189/846180014 0 0 8478235783/508512852 1311729495/1432422823 -10304129995/1701304382 \
-48777925059/3047939560 15336726248/1032824649 -45442868181/3398467696 3065993473/597172653
    185892177/718116043 0 0 -3185094517/667107341 -477755414/1098053517 -703635378/230739211 \
5731566787/1027545527 5232866602/850066563 -4093664535/808688257 3962137247/1805957418 \
65686358/487910083
    403863854/491063109 0 0 -5068492393/434740067 -411421997/543043805 652783627/914296604 \
11173962825/925320556 -13158990841/6184727034 3936647629/1978049680 -160528059/685178525 \
248638103/1413531060 0
    """,
    "14005451/335480064 0 0 0 0 -59238493/1068277825 181606767/758867731 561292985/797845732 "
    "-1041891430/1371343529 760417239/1151165299 118820643/751138087 -528747749/2220607170 1/4",
    "13451932/455176623 0 0 0 0 -808719846/976000145 1757004468/5645159321 656045339/265891186 "
    "-3867574721/1518517206 465885868/322736535 53011238/667516719 2/45 0",
)
"""Order 8, compared with order 7: RK8(7)13M.

Prince and Dormand, J. Comput. Appl. Math. 7 (1981), 67; the numbers are rational approximations,
good to 17 digits.
"""

TABLEAUS: Mapping[str, Tableau] = {
    "gsl_rk2": KUTTA_3,
    "gsl_rk4": KUTTA_4,
    "gsl_rkf45": FEHLBERG,
    "gsl_rkck": CASH_KARP,
    "gsl_rk8pd": PRINCE_DORMAND,
}


# ------------------------------------------------------------------------------------------ options


@dataclass(frozen=True, slots=True)
class Control:
    """How the size of the parts of a step is chosen.

    Args:
        bounds: The largest error per part, one for each variable in order, in base units.
        attempts: The most parts per step, those included that are done again because of their
            error; 1 where the whole step is to be done at once.
        adapts: Whether the step may be divided.
        remembers: Whether a step starts with the size with which the last one ended.
        saves_failed: Whether the number of parts done again is kept, as `_failed_steps`.
        saves_count: Whether the number of parts is kept, as `_step_count`.
    """

    bounds: tuple[float, ...]
    attempts: int
    adapts: bool
    remembers: bool
    saves_failed: bool
    saves_count: bool


def control(options: Mapping[str, Any], system: System) -> Control:
    """Return the checked options of a method.

    Raises:
        TypeError: An option has the wrong type.
        ValueError: A bound is not positive, or `max_steps` negative.
        KeyError: A bound is given for something that is no variable.
        DimensionMismatchError: A bound has other units than its variable.
    """
    flags = {
        name: _flag(name, options[name])
        for name in ("adaptable_timestep", "use_last_timestep", "save_failed_steps")
    }
    adapts = flags["adaptable_timestep"]
    return Control(
        bounds=_bounds(options, system),
        attempts=_attempts(options["max_steps"]) if adapts else 1,
        adapts=adapts,
        remembers=flags["use_last_timestep"] and adapts,
        saves_failed=flags["save_failed_steps"],
        saves_count=_flag("save_step_count", options["save_step_count"]),
    )


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise MethodOptionTypeError(f"the option '{name}' is True or False, not {value!r}")
    return bool(value)


def _attempts(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise MethodOptionTypeError(f"the option 'max_steps' is a whole number, not {value!r}")
    if value < 0:
        raise MethodOptionError(f"the option 'max_steps' is at least 0 (no limit), not {value}")
    return min(int(value) or UNLIMITED, UNLIMITED)


def _bounds(options: Mapping[str, Any], system: System) -> tuple[float, ...]:
    general = _bound("absolute_error", options["absolute_error"])
    special = options["absolute_error_per_variable"]
    special = {} if special is None else special
    if not isinstance(special, Mapping):
        raise MethodOptionTypeError(
            "the option 'absolute_error_per_variable' is a dictionary such as {'v': 1*uV}, not "
            f"{special!r}"
        )
    for name in special:
        if name not in system.names:
            known = ", ".join(map(repr, system.names))
            hint = suggest(str(name), system.names) or f"the variables are: {known}"
            raise UnknownErrorVariableError(
                f"'absolute_error_per_variable' has a bound for '{name}', which is no variable "
                f"that the method integrates; {hint}"
            )
    return tuple(
        _bound(f"absolute_error_per_variable['{name}']", special[name], system.variables.get(name))
        if name in special
        else general
        for name in system.names
    )


def _bound(what: str, value: Any, variable: Any = None) -> float:
    """Return a bound in base units; where a variable is given, its units must be those."""
    wanted = DIMENSIONLESS if variable is None else variable.dimensions
    try:
        given, number = get_dimensions(value), float(np.asarray(value))
    except (TypeError, ValueError):
        raise MethodOptionTypeError(f"the option '{what}' is a number, not {value!r}") from None
    if given is not wanted:
        raise DimensionMismatchError(f"the option '{what}' has other units", given, wanted)
    if not 0 < number < math.inf:
        raise MethodOptionError(f"the option '{what}' is positive and finite, not {value!r}")
    return number


# -------------------------------------------------------------------------------------------- steps


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveStep(Step):
    """How all variables of a group advance by one step `dt`, in parts of a size that adapts itself.

    The temporaries are those of the whole step. The trees of `attempt` and `errors` read `_elapsed`
    and `_part` (seconds): the part of the step that is done, and the size of the next one.

    Args:
        attempt: How the variables advance by one part.
        errors: What each new value is wrong by, in the order of `attempt.updates`.
        error_order: The errors go to zero as `_part` to this power.
        control: How parts are chosen.
    """

    attempt: Step
    errors: tuple[Tree, ...]
    error_order: int
    control: Control


def adaptive_step(tableau: Tableau, name: str, system: System, chosen: Control) -> AdaptiveStep:
    """Return the step of a system by an embedded method.

    Args:
        tableau: The method.
        name: What it is called, for messages.
        system: The equations.
        chosen: How the size of the parts is chosen.

    Raises:
        UnsupportedEquationsException: An equation contains noise.
    """
    refuse_noise(system, name)
    temporaries: list[Assignment] = []
    rates: dict[str, list[Tree]] = {variable: [] for variable in system.names}
    for stage, (row, node) in enumerate(zip(tableau.matrix, tableau.nodes, strict=True), 1):
        places: dict[str, Tree] = {}
        for variable in system.names:
            where = plus(Name(variable), times(PART, _weighted(row, rates[variable])))
            if where != Name(variable):
                temporaries.append(Assignment(f"_at{stage}_{variable}", where))
                where = Name(temporaries[-1].name)
            places[variable] = where
        time = plus(plus(TIME, ELAPSED), times(Number(float(node)), PART))
        moved = _replacer(system, {**places, "t": time})
        for equation in system.equations:
            rate = moved(equation.drift)
            if equation.frozen:
                rate = select(NOT_REFRACTORY, rate, Number(0.0))
            temporaries.append(Assignment(f"_k{stage}_{equation.name}", rate))
        for variable in system.names:
            rates[variable].append(Name(f"_k{stage}_{variable}"))
    updates = tuple(
        (variable, plus(Name(variable), times(PART, _weighted(tableau.weights, rates[variable]))))
        for variable in system.names
    )
    errors = tuple(times(PART, _weighted(tableau.error, rates[v])) for v in system.names)
    attempt = share_calls(Step(tuple(temporaries), updates))
    return AdaptiveStep(
        attempt=attempt, errors=errors, error_order=tableau.error_order, control=chosen
    )


def _weighted(weights: Sequence[Fraction], rates: Iterable[Tree]) -> Tree:
    """Return the sum of the rates that have a weight."""
    pairs = zip(weights, rates, strict=True)
    return total(times(Number(float(weight)), rate) for weight, rate in pairs if weight)


def _replacer(system: System, values: Mapping[str, Tree]) -> Callable[[Tree], Tree]:
    """Return the function that puts the values of a stage into a tree.

    Functions of time that are held within a step keep their `t`: their next value belongs to the
    next step, and its jump would never look small to an error estimate.
    """

    def replaced(tree: Tree) -> Tree:
        match tree:
            case Name(name):
                return values.get(name, tree)
            case Call(function, args) if function in system.held:
                kept = tuple(arg if arg == TIME else replaced(arg) for arg in args)
                return Call(function, kept, tree.span)
            case _:
                return map_children(tree, replaced)

    return replaced


def method_step(name: str, system: System, options: Mapping[str, Any]) -> AdaptiveStep:
    """Return the step of a system by the method with a name of `TABLEAUS`.

    Raises:
        UnsupportedEquationsException: An equation contains noise.
        ValueError, TypeError, KeyError: An option makes no sense, see `control`.
    """
    refuse_noise(system, name)
    return adaptive_step(TABLEAUS[name], name, system, control(options, system))
