"""The methods by name, and the choice among them.

Input: a `System` and what the user wrote as `method=`. Output: the name of the method, and a
`Step`. Adding a method: write an `Integrator`, and one line in `_METHODS`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from brainsim.equations.algebra import Remember, call_at_once
from brainsim.equations.tree import Name
from brainsim.errors import Diagnostic, UnsupportedEquationsException

from .adaptive import DEFAULTS, TABLEAUS, method_step
from .automatic import refuse_what_algebra_cannot
from .explicit import euler, heun, milstein, rk2, rk4
from .linear import exact_step, exponential_euler_step, independent_step
from .method import Choice, Integrator, Method, StateUpdateMethod, first_suitable
from .step import Step, from_code, share_calls
from .system import NOT_REFRACTORY, System, draw_once
from .terms import select

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class _Exact(Integrator):
    def step(
        self, system: System, options: Mapping[str, Any], remember: Remember = call_at_once
    ) -> Step:
        del options  # `simplify` is accepted; there is nothing left to simplify
        return exact_step(system, remember)

    def text_step(self, system: System, options: Mapping[str, Any]) -> Step:
        del options
        return exact_step(system, numeric=False)


class _OneByOne(Integrator):
    def __init__(self, name: str, solve: Callable[[System], Step], **more: Any) -> None:
        super().__init__(name, **more)
        self._solve = solve

    def step(
        self, system: System, options: Mapping[str, Any], remember: Remember = call_at_once
    ) -> Step:
        del options, remember
        return self._solve(system)


class _Adaptive(Integrator):
    def step(
        self, system: System, options: Mapping[str, Any], remember: Remember = call_at_once
    ) -> Step:
        del remember
        return method_step(self.name, system, options)

    def text_step(self, system: System, options: Mapping[str, Any]) -> Step:
        del system, options
        raise UnsupportedEquationsException(
            Diagnostic(
                f"'{self.name}' has no text: how many parts a step has depends on its error",
                help="use 'rk4', whose steps are always the same statements",
            )
        )


exact = linear = _Exact("exact", {"simplify": True})
independent = _OneByOne(
    "independent", independent_step, deprecated="use 'exact' or 'exponential_euler'"
)
exponential_euler = _OneByOne("exponential_euler", exponential_euler_step)
gsl_rk2, gsl_rk4, gsl_rkf45, gsl_rkck, gsl_rk8pd = (_Adaptive(name, DEFAULTS) for name in TABLEAUS)

_METHODS: Mapping[str, Method] = {
    "exact": exact,
    "linear": linear,
    "independent": independent,
    "exponential_euler": exponential_euler,
    "euler": euler,
    "rk2": rk2,
    "rk4": rk4,
    "heun": heun,
    "milstein": milstein,
    "gsl": gsl_rkf45,
    "gsl_rk2": gsl_rk2,
    "gsl_rk4": gsl_rk4,
    "gsl_rkf45": gsl_rkf45,
    "gsl_rkck": gsl_rkck,
    "gsl_rk8pd": gsl_rk8pd,
}
for _name, _method in _METHODS.items():
    StateUpdateMethod.register(_name, _method)


def choose(
    system: System,
    method: Choice,
    options: Mapping[str, Any] | None = None,
    remember: Remember = call_at_once,
) -> tuple[str, Step]:
    """Return the name of a method and its step for a system.

    Args:
        system: The equations.
        method: A name (in any case), a method, or several of them, tried in this order.
        options: The user's options for the method.
        remember: Keeps results of symbolic algebra, see `algebra.solve_linear`.

    Raises:
        UnsupportedEquationsException: The one method given cannot integrate the equations.
        ValueError: None of several methods can, or a name is unknown.
        KeyError: An option is unknown.
    """
    prepared, draws = draw_once(system)
    several = isinstance(method, list | tuple) and len(method) > 1

    def step(candidate: Method, options: Mapping[str, Any]) -> Step:
        if several and candidate is exact:
            refuse_what_algebra_cannot(system, remember)
        if isinstance(candidate, Integrator):
            made = candidate.step(prepared, options, remember)
            return share_calls(replace(made, temporaries=(*draws, *made.temporaries)))
        code = candidate(system.source, system.variables, options)
        made = from_code(code, system.names, "code of the integration method")
        return _frozen_kept(made, system.frozen)

    if not system.equations:
        return first_suitable(method, options, lambda *_: Step())
    return first_suitable(method, options, step)


def _frozen_kept(step: Step, frozen: frozenset[str]) -> Step:
    """Return the step of code that knows nothing of refractoriness, with flagged variables kept."""
    updates = tuple(
        (name, select(NOT_REFRACTORY, new, Name(name)) if name in frozen else new)
        for name, new in step.updates
    )
    return replace(step, updates=updates)
