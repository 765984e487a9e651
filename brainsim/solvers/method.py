"""What an integration method is, and the table of methods by name.

Input: names, methods. Output: methods. Does not: integrate.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from brainsim.equations.algebra import Remember, call_at_once
from brainsim.errors import BrainsimError, UnsupportedEquationsException, suggest
from brainsim.logger import get_logger

from .step import Step, to_code
from .system import System, system_of

if TYPE_CHECKING:
    from brainsim.equations import Equations

T = TypeVar("T")
Method = Callable[..., str]
Choice = str | Method | list[Any] | tuple[Any, ...]
_logger = get_logger(__name__)


class NoSuitableMethodError(BrainsimError, ValueError):
    """None of the methods to choose from can integrate the equations."""


class UnknownMethodError(BrainsimError, ValueError):
    """A method name that nobody registered."""


class UnknownOptionError(BrainsimError, KeyError):
    """A method option that the method does not have."""

    def __str__(self) -> str:
        """Return the message without the quotes that a KeyError adds."""
        return str(self.args[0])


class MethodNameTakenError(BrainsimError, ValueError):
    """A second registration of a method name."""


class StateUpdateMethod(ABC):
    """A way to advance differential equations by one time step.

    A subclass, or any function with the arguments of `__call__`, can be given as `method=`; it
    returns statements that advance all variables by `dt`.
    """

    stateupdaters: ClassVar[dict[str, Method]] = {}

    @abstractmethod
    def __call__(
        self,
        equations: Equations,
        variables: Mapping[str, Any] | None = None,
        method_options: Mapping[str, Any] | None = None,
    ) -> str:
        """Return statements that advance the equations by one step.

        Args:
            equations: The equations of the group.
            variables: The group's variables by name.
            method_options: The user's options.

        Raises:
            UnsupportedEquationsException: The method cannot integrate these equations.
        """

    @staticmethod
    def register(name: str, method: Method) -> None:
        """Make a method known under a name.

        Raises:
            MethodNameTakenError: The name is taken.
            ValueError: `method` cannot be called.
        """
        if not callable(method):
            raise UnknownMethodError(
                f"a method is a function or a StateUpdateMethod, not {type(method).__name__}"
            )
        if name.lower() in StateUpdateMethod.stateupdaters:
            raise MethodNameTakenError(f"there is already a method with the name '{name}'")
        StateUpdateMethod.stateupdaters[name.lower()] = method

    @staticmethod
    def apply_stateupdater(
        equations: Equations,
        variables: Mapping[str, Any] | None,
        method: Choice,
        method_options: Mapping[str, Any] | None = None,
        group_name: str | None = None,  # noqa: ARG004 - part of the traditional signature
    ) -> str:
        """Return the statements of a method, or of the first suitable one of several.

        Args:
            equations: The equations of a group.
            variables: The group's variables.
            method: A name, a method, or several of them.
            method_options: Options of the method.
            group_name: Not used; part of the traditional signature.

        Raises:
            UnsupportedEquationsException: The method cannot integrate the equations.
            ValueError: None of several methods can, or a name is unknown.
            KeyError: An option is unknown.
        """

        def code(candidate: Method, options: Mapping[str, Any]) -> str:
            return candidate(equations, variables, options)

        return first_suitable(method, method_options, code)[1]


class Integrator(StateUpdateMethod):
    """A method of this package: makes a `Step` without going through text.

    Args:
        name: The name to show.
        options: The options it knows, with their defaults.
        deprecated: What to use instead; empty when the method is not deprecated.
    """

    def __init__(
        self, name: str, options: Mapping[str, Any] | None = None, deprecated: str = ""
    ) -> None:
        self.name = name
        self.options = dict(options or {})
        self.deprecated = deprecated

    @abstractmethod
    def step(
        self, system: System, options: Mapping[str, Any], remember: Remember = call_at_once
    ) -> Step:
        """Return the step of a system.

        Args:
            system: The equations.
            options: All options of the method.
            remember: Keeps results of symbolic algebra.

        Raises:
            UnsupportedEquationsException: The method cannot integrate these equations.
        """

    def text_step(self, system: System, options: Mapping[str, Any]) -> Step:
        """Return a step that says everything in its trees."""
        return self.step(system, options)

    def __call__(
        self,
        equations: Equations,
        variables: Mapping[str, Any] | None = None,
        method_options: Mapping[str, Any] | None = None,
    ) -> str:
        """Return statements that advance the equations by one step, see `StateUpdateMethod`."""
        options = known_options(self, method_options)
        return to_code(self.text_step(system_of(equations, variables=variables), options))

    def __repr__(self) -> str:
        """Return the name."""
        return f"<integration method '{self.name}'>"


def known_options(method: Method, given: Mapping[str, Any] | None) -> Any:
    """Return a method's options, the given ones in the place of their defaults.

    Methods that are not of this package get what was given.

    Raises:
        UnknownOptionError: The method has no such option.
    """
    if not isinstance(method, Integrator):
        return given
    given = dict(given or {})
    for name in given:
        if name not in method.options:
            known = ", ".join(map(repr, method.options)) or "none"
            hint = suggest(name, method.options) or f"its options are: {known}"
            raise UnknownOptionError(f"method '{method.name}' has no option '{name}'; {hint}")
    return {**method.options, **given}


def method_named(name: str) -> Method:
    """Return the method registered under a name, whatever its case.

    Raises:
        UnknownMethodError: There is none.
    """
    methods = StateUpdateMethod.stateupdaters
    if name.lower() not in methods:
        hint = suggest(name, methods) or f"the methods are: {', '.join(methods)}"
        raise UnknownMethodError(f"there is no integration method '{name}'; {hint}")
    return methods[name.lower()]


def first_suitable(
    method: Choice,
    options: Mapping[str, Any] | None,
    use: Callable[[Method, Mapping[str, Any]], T],
) -> tuple[str, T]:
    """Return the name of the first method that does not refuse, and what came of using it.

    Args:
        method: A name, a method, or several of them.
        options: The user's options; of several methods, at least one has to know them.
        use: Called with a method and its options; may refuse.

    Raises:
        UnsupportedEquationsException: The one method given refuses.
        ValueError: All of several methods refuse, or a name is unknown.
        KeyError: An option is unknown.
    """
    if not isinstance(method, list | tuple):
        name, candidate = _resolved(method)
        return name, use(candidate, known_options(candidate, options))
    candidates = _with_known_options([_resolved(each) for each in method], options)
    refusals: list[str] = []
    for name, candidate, known in candidates:
        try:
            return name, use(candidate, known)
        except UnsupportedEquationsException as error:
            refusals.append(str(error))
    raise NoSuitableMethodError(
        "no integration method suits these equations\n" + "\n".join(refusals)
    )


def _with_known_options(
    candidates: Iterable[tuple[str, Method]], options: Mapping[str, Any] | None
) -> list[tuple[str, Method, dict[str, Any]]]:
    """Return the candidates with their options; they may be meant for only one of them."""
    result = []
    unknown: list[UnknownOptionError] = []
    for name, candidate in candidates:
        try:
            known = known_options(candidate, options)
        except UnknownOptionError as error:
            unknown.append(error)
            known = known_options(candidate, None)
        result.append((name, candidate, known))
    if unknown and len(unknown) == len(result):
        raise unknown[0]
    return result


def _resolved(method: str | Method) -> tuple[str, Method]:
    candidate = method_named(method) if isinstance(method, str) else method
    if isinstance(candidate, Integrator):
        if candidate.deprecated:
            message = f"method '{candidate.name}' is deprecated; {candidate.deprecated}"
            _logger.warning(message, "deprecated", once=True)
        return candidate.name, candidate
    name = method if isinstance(method, str) else getattr(method, "__name__", "")
    return name or type(candidate).__name__, candidate
