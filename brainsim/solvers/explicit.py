"""Explicit methods, written as the formulas of a textbook.

Input: a description such as `x_new = x + dt*f(x,t)` and a `System`. Output: a `Step`. Does not:
estimate errors or change the step size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from brainsim.equations import Statement, parse_statements
from brainsim.equations.algebra import Remember, call_at_once
from brainsim.equations.tree import (
    Binary,
    Call,
    Name,
    Number,
    Tree,
    Unary,
    children,
    map_children,
    names_in,
    substitute,
    to_text,
    walk,
)
from brainsim.errors import (
    Diagnostic,
    ExpressionSyntaxError,
    UnsupportedEquationsException,
    suggest,
)

from ..records import dataclass
from .method import Integrator
from .step import Assignment, Step, fresh
from .system import NOT_REFRACTORY, Equation, System, Varies, refuse_noise
from .terms import DT, TIME, ZERO, negated, over, plus, times, total

if TYPE_CHECKING:
    from brainsim.equations import Equations

CustomCheck = Callable[["Equations | None", Mapping[str, Any]], None]

_GIVEN = ("x", "t", "dt", "dW")
_RESULT = "x_new"
_ELEMENTARY = frozenset({"sqrt", "exp"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a description.

    Args:
        name: What it computes, for every variable.
        terms: Its terms, which are added; each may use `f(y, s)` and `g(y, s)` where y is a name.
        per_noise: Whether it has one value per noise, because a g in it is not multiplied by dW.
    """

    name: str
    terms: tuple[Tree, ...]
    per_noise: bool


class ExplicitStateUpdater(Integrator):
    """An explicit integration method, given by its formulas.

    Args:
        description: Statements `name = expression` which may use `x, t, dt, f(x,t), g(x,t), dW`
            and earlier names; the last line is `x_new = ...`. The equation is
            dx = f(x,t) dt + g(x,t) dW, where dW is normal with variance dt, one and the same in
            all lines. With several noises, terms with dW are summed over them.
        stochastic: `None` (no noise), `"additive"` (g depends on neither x nor t) or
            `"multiplicative"` (any).
        custom_check: Called with the equations and the variables of a group; raises
            `UnsupportedEquationsException` for equations that the method cannot integrate.
        name: The name to show.

    Raises:
        ExpressionSyntaxError: The description cannot be read.
        ValueError: `stochastic` is none of the three.
    """

    def __init__(
        self,
        description: str,
        stochastic: str | None = None,
        custom_check: CustomCheck | None = None,
        *,
        name: str = "explicit method",
    ) -> None:
        super().__init__(name)
        if stochastic not in {None, "additive", "multiplicative"}:
            raise ValueError(
                f"stochastic is None, 'additive' or 'multiplicative', not {stochastic!r}"
            )
        self.description = description.strip()
        self.stochastic = stochastic
        self.custom_check = custom_check
        self.lines = read_description(description)

    def __str__(self) -> str:
        """Return the description."""
        return self.description

    def check(self, system: System) -> None:
        """Refuse equations that the method cannot integrate.

        Raises:
            UnsupportedEquationsException: The noise, or what the custom check says.
        """
        if self.stochastic is None:
            refuse_noise(system, self.name)
        if self.stochastic == "additive":
            refuse_multiplicative_noise(system, self.name)
        if self.custom_check is not None:
            self.custom_check(system.source, system.variables)

    def step(
        self,
        system: System,
        options: Mapping[str, Any],  # noqa: ARG002 - it has none
        remember: Remember = call_at_once,  # noqa: ARG002 - nothing to remember
    ) -> Step:
        """Return the step of a system, see `Integrator`."""
        self.check(system)
        return _Expansion(system).step(self.lines)


def read_description(description: str) -> tuple[Line, ...]:
    """Return the lines of a description, arguments of f and g on lines of their own.

    Raises:
        ExpressionSyntaxError: A line cannot be read, uses unknown names, or the last one is not
            `x_new = ...`.
    """
    statements = parse_statements(description, "description of an integration method")
    if not statements or statements[-1].target != _RESULT:
        span = statements[-1].target_span if statements else None
        raise ExpressionSyntaxError(
            Diagnostic("the last line of a description has to be 'x_new = ...'", span)
        )
    lines: list[Line] = []
    known = list(_GIVEN)
    taken = {statement.target for statement in statements}
    for statement in statements:
        _check_line(statement, known)
        arguments: list[tuple[str, Tree]] = []
        value = _arguments_named(statement.value, arguments, taken)
        for name, argument in [*arguments, (statement.target, value)]:
            lines.append(_line(name, argument, {line.name for line in lines if line.per_noise}))
            known.append(name)
    if lines[-1].per_noise:
        raise ExpressionSyntaxError(
            Diagnostic("a term of x_new has g but no dW", statements[-1].value.span)
        )
    return tuple(lines)


def _check_line(statement: Statement, known: list[str]) -> None:
    """Refuse a line that makes no sense: `x = f(x,t)` or `k = dt*h(x)`."""
    if statement.op != "=" or statement.target in known:
        raise ExpressionSyntaxError(
            Diagnostic(
                f"'{statement.target}' cannot be assigned here",
                statement.target_span,
                help="each line gives a new name with '='",
            )
        )
    for node in walk(statement.value):
        if isinstance(node, Name) and node.name not in known:
            hint = suggest(node.name, known) or "use x, t, dt, dW, f(x,t), g(x,t) or earlier names"
            raise ExpressionSyntaxError(
                Diagnostic(f"unknown name '{node.name}'", node.span, help=hint)
            )
        if isinstance(node, Call) and node.function not in {"f", "g", *_ELEMENTARY}:
            raise ExpressionSyntaxError(
                Diagnostic(f"unknown function '{node.function}'", node.span, help="use f and g")
            )
        if isinstance(node, Call) and node.function in {"f", "g"} and len(node.args) > 2:
            raise ExpressionSyntaxError(
                Diagnostic(f"'{node.function}' has two arguments, x and t", node.span)
            )


def _arguments_named(tree: Tree, arguments: list[tuple[str, Tree]], taken: set[str]) -> Tree:
    """Return the tree with f and g of names only; the arguments go to lines of their own."""
    tree = map_children(tree, lambda child: _arguments_named(child, arguments, taken))
    match tree:
        case Call("f" | "g" as function, (argument, *rest)):
            time = rest[0] if rest else TIME
            if not isinstance(argument, Name):
                name = next((name for name, known in arguments if known == argument), "")
                if not name:
                    name = fresh(f"at{len(taken)}", taken)
                    arguments.append((name, argument))
                argument = Name(name)
            return Call(function, (argument, time), tree.span)
        case _:
            return tree


def _line(name: str, tree: Tree, per_noise: set[str]) -> Line:
    terms = tuple(_terms(tree, per_noise))
    loose = any(_is_noisy(term, per_noise) and "dW" not in names_in(term) for term in terms)
    return Line(name, terms, loose)


def _is_noisy(tree: Tree, per_noise: set[str]) -> bool:
    match tree:
        case Name(name):
            return name == "dW" or name in per_noise
        case Call("g"):
            return True
        case _:
            return any(_is_noisy(child, per_noise) for child in children(tree))


def _terms(tree: Tree, per_noise: set[str]) -> Iterator[Tree]:
    """Yield the terms of a sum; factors without noise are multiplied out."""

    def noisy(tree: Tree) -> bool:
        return _is_noisy(tree, per_noise)

    match tree:
        case Binary("+", left, right):
            yield from _terms(left, per_noise)
            yield from _terms(right, per_noise)
        case Binary("-", left, right):
            yield from _terms(left, per_noise)
            yield from (negated(term) for term in _terms(right, per_noise))
        case Unary("-", operand):
            yield from (negated(term) for term in _terms(operand, per_noise))
        case Binary("*", left, right) if noisy(right) and not noisy(left):
            yield from (Binary("*", left, term) for term in _terms(right, per_noise))
        case Binary("*" | "/" as op, left, right) if noisy(left) and not noisy(right):
            yield from (Binary(op, term, right) for term in _terms(left, per_noise))
        case _:
            _check_term(tree, per_noise)
            yield tree


def _check_term(tree: Tree, per_noise: set[str]) -> None:
    """Refuse products of sums with and without noise: `(x + dW)*(x + dW)`."""
    if not _is_noisy(tree, per_noise):
        return
    for node in walk(tree):
        is_sum = isinstance(node, Binary) and node.op in {"+", "-"}
        if is_sum and len({_is_noisy(part, per_noise) for part in children(node)}) > 1:
            raise ExpressionSyntaxError(
                Diagnostic(f"multiply out '{to_text(tree)}'", tree.span or node.span)
            )


class _Expansion:
    """Writes the lines of a description out for each variable of one system."""

    def __init__(self, system: System) -> None:
        self.equations = {e.name: _while_active(e) for e in system.equations}
        self.noises = system.noises
        self.taken: set[str] = set()
        self.temporaries: list[Assignment] = []
        # the tree that stands for a line's value, per (line, variable, noise or "")
        self.values: dict[tuple[str, str, str], Tree] = {}
        self.per_noise: set[str] = set()
        self.increments = {
            noise: self._temporary(f"_dW_{noise}", times(Call("sqrt", (DT,)), Name(noise)))
            for noise in self.noises
        }

    def step(self, lines: tuple[Line, ...]) -> Step:
        for line in lines[:-1]:
            for variable in self.equations:
                for noise in self.noises if line.per_noise else ("",):
                    value = self._line_value(line, variable, noise)
                    base = f"_{line.name}_{variable}_{noise}".rstrip("_")
                    self.values[line.name, variable, noise] = self._temporary(base, value)
            if line.per_noise:
                self.per_noise.add(line.name)
        updates = tuple((v, self._line_value(lines[-1], v, "")) for v in self.equations)
        updates = tuple((v, new) for v, new in updates if new != Name(v))
        return Step(_needed(self.temporaries, updates), updates, self.noises)

    def _temporary(self, base: str, value: Tree) -> Tree:
        if isinstance(value, Name | Number):
            return value
        name = fresh(base, self.taken)
        self.temporaries.append(Assignment(name, value))
        return Name(name)

    def _line_value(self, line: Line, variable: str, noise: str) -> Tree:
        parts = []
        for term in line.terms:
            if not _is_noisy(term, self.per_noise):
                parts.append(self._expanded(term, variable, noise))
            elif "dW" in names_in(term):
                parts += [self._expanded(term, variable, each) for each in self.noises]
            else:
                parts.append(self._expanded(term, variable, noise))
        return total(parts)

    def _expanded(self, tree: Tree, variable: str, noise: str) -> Tree:
        def expanded(tree: Tree) -> Tree:
            return self._expanded(tree, variable, noise)

        match tree:
            case Name("dW"):
                return self.increments[noise]
            case Name(name):
                return self._value(name, variable, noise)
            case Unary("-", operand):
                return negated(expanded(operand))
            case Binary("+", left, right):
                return plus(expanded(left), expanded(right))
            case Binary("-", left, right):
                return plus(expanded(left), negated(expanded(right)))
            case Binary("*", left, right):
                return times(expanded(left), expanded(right))
            case Binary("/", left, right):
                return over(expanded(left), expanded(right))
            case Call("f" | "g" as function, (Name(at), time)):
                return self._rate(function, at, time, variable, noise)
            case _:
                return map_children(tree, expanded)

    def _value(self, name: str, variable: str, noise: str) -> Tree:
        if name == "x":
            return Name(variable)
        if name in _GIVEN:
            return Name(name)
        return self.values[name, variable, noise if name in self.per_noise else ""]

    def _rate(self, function: str, at: str, time: Tree, variable: str, noise: str) -> Tree:
        equation = self.equations[variable]
        tree = equation.drift if function == "f" else dict(equation.noise).get(noise, ZERO)
        if at == "x" and time == TIME:
            return tree
        places = {name: self._value(at, name, noise) for name in self.equations}
        return substitute(tree, {**places, "t": time})


def _while_active(equation: Equation) -> Equation:
    if not equation.frozen:
        return equation
    active = Call("int", (NOT_REFRACTORY,))
    noise = tuple((name, Binary("*", g, active)) for name, g in equation.noise)
    return Equation(equation.name, Binary("*", equation.drift, active), noise, True, equation.span)


def _needed(
    temporaries: list[Assignment], updates: tuple[tuple[str, Tree], ...]
) -> tuple[Assignment, ...]:
    read = {name for _, value in updates for name in names_in(value)}
    kept = []
    for temporary in reversed(temporaries):
        if temporary.name in read:
            kept.append(temporary)
            read |= names_in(temporary.value)
    return tuple(reversed(kept))


def refuse_multiplicative_noise(system: System, method: str) -> None:
    """Refuse noise whose size depends on a variable or on time: `dv/dt = v*xi*tau**-0.5 : 1`.

    Raises:
        UnsupportedEquationsException: There is such noise.
    """
    for equation in system.equations:
        for noise, size in equation.noise:
            if system.of_tree(size) >= Varies.WITHIN_STEP:
                raise UnsupportedEquationsException(
                    Diagnostic(
                        f"'{method}' cannot integrate d{equation.name}/dt: its noise is "
                        f"multiplicative, the factor of {noise} is '{to_text(size)}'",
                        equation.span,
                        help="use 'heun' or 'milstein' (Stratonovich)",
                    )
                )


def refuse_shared_noise(system: System, method: str) -> None:
    """Refuse noise that is not diagonal: two noises in one equation, or one noise in two.

    Raises:
        UnsupportedEquationsException: The noise is not diagonal.
    """
    seen: dict[str, str] = {}
    for equation in system.equations:
        names = [name for name, _ in equation.noise]
        other = next((seen[name] for name in names if name in seen), None)
        if len(names) > 1 or other is not None:
            what = " and ".join(names) if len(names) > 1 else f"{names[0]} also drives {other}"
            raise UnsupportedEquationsException(
                Diagnostic(
                    f"'{method}' cannot integrate d{equation.name}/dt: its noise is not diagonal "
                    f"({what})",
                    equation.span,
                    help="use 'heun', or 'euler' for additive noise",
                )
            )
        seen.update(dict.fromkeys(names, equation.name))


class _DiagonalNoise(ExplicitStateUpdater):
    def check(self, system: System) -> None:
        super().check(system)
        refuse_shared_noise(system, self.name)


euler = ExplicitStateUpdater(
    "x_new = x + dt*f(x,t) + g(x,t)*dW", stochastic="additive", name="euler"
)
"""Forward Euler; Euler-Maruyama with additive noise.

Source: Maruyama, Continuous Markov processes and stochastic equations, Rend. Circ. Mat. Palermo 4
(1955).
"""

rk2 = ExplicitStateUpdater(
    """
    k = dt*f(x,t)
    x_new = x + dt*f(x + k/2, t + dt/2)
    """,
    name="rk2",
)
"""The midpoint rule. Source: Runge, Math. Ann. 46 (1895)."""

rk4 = ExplicitStateUpdater(
    """
    k1 = dt*f(x,t)
    k2 = dt*f(x + k1/2, t + dt/2)
    k3 = dt*f(x + k2/2, t + dt/2)
    k4 = dt*f(x + k3, t + dt)
    x_new = x + (k1 + 2*k2 + 2*k3 + k4)/6
    """,
    name="rk4",
)
"""The classical Runge-Kutta method. Source: Kutta, Z. Math. Phys. 46 (1901)."""

heun = ExplicitStateUpdater(
    """
    x_support = x + g(x,t)*dW
    g_support = g(x_support, t + dt)
    x_new = x + dt*f(x,t) + 0.5*dW*(g(x,t) + g_support)
    """,
    stochastic="multiplicative",
    name="heun",
)
"""Stochastic Heun method, in the sense of Stratonovich.

Source: Rümelin, Numerical treatment of stochastic differential equations, SIAM J. Numer. Anal. 19
(1982).
"""

milstein = _DiagonalNoise(
    """
    x_up = x + sqrt(dt)*g(x,t)
    x_down = x - sqrt(dt)*g(x,t)
    g_up = g(x_up, t)
    g_down = g(x_down, t)
    x_new = x + dt*f(x,t) + g(x,t)*dW + (g_up - g_down)/(4*sqrt(dt))*dW**2
    """,
    stochastic="multiplicative",
    name="milstein",
)
"""Derivative-free Milstein method for diagonal noise, in the sense of Stratonovich.

The difference is central: a one-sided one is wrong by a term of order sqrt(dt), which dW**2 - dt of
the Ito form averages out, but dW**2 does not; the strong order would be 1/2
(`tests/science/test_convergence_noise.py`).

Source: Kloeden and Platen, Numerical Solution of Stochastic Differential Equations, Springer 1992,
sections 10.3 and 11.1.
"""
