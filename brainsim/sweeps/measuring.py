"""What is measured of a run. Input: results. Output: arrays with dimensions. Does not: run."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType
from typing import Any

import numpy as np

from ..devices.standalone.built import BuiltNetwork
from ..devices.standalone.results import Results
from ..errors import ArgumentTypeError, Diagnostic, UnknownNameError, suggest
from ..records import dataclass
from ..units import get_dimensions
from .store import Values

_EVENTS = "num_events"


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured.

    Args:
        name: Of the variable of the dataset.
        what: A function of the results, or "object.variable".
    """

    name: str
    what: str | Callable[[Results], Any]

    def of(self, results: Results) -> Any:
        """Return the value, with units if it has any."""
        if isinstance(self.what, str):
            owner, _, variable = self.what.rpartition(".")
            return getattr(results[owner], variable)
        return self.what(results)


def make_measures(program: BuiltNetwork, given: Any) -> tuple[Measure, ...]:
    """Return what is to be measured, having checked the names.

    Args:
        program: The program.
        given: As the argument of `sweep`.

    Raises:
        ArgumentTypeError: It is something else.
        UnknownNameError: There is no such object or variable in the results.
        ValueError: Nothing is said, and there is no monitor of events; or a name is taken.
    """
    outcomes = program.outcomes
    if given is None:
        counting = [name for name, has in outcomes.items() if "count" in has]
        found = [Measure(name, f"{name}.{_EVENTS}") for name in counting]
        if not found:
            raise ValueError("no monitor counts events: say by measure= what is wanted of each run")
        return tuple(found)
    if isinstance(given, Mapping):
        measures = [Measure(str(name), what) for name, what in given.items()]
    elif isinstance(given, Sequence) and not isinstance(given, str):
        measures = [Measure(str(what), what) for what in given]
    else:
        measures = []
    if not measures or not all(isinstance(m.what, str) or callable(m.what) for m in measures):
        raise ArgumentTypeError(
            Diagnostic(
                "measure= takes a mapping name -> function, or names such as 'spikes.count'",
                help="measure={'rate': rate}, with a function rate(results)",
            )
        )
    for measure in measures:
        if isinstance(measure.what, str):
            _check(measure.what, outcomes)
    return tuple(measures)


def _check(text: str, outcomes: Mapping[str, tuple[str, ...]]) -> None:
    owner, _, variable = text.rpartition(".")
    if owner not in outcomes:
        hint = suggest(owner, list(outcomes))
        message = f"there are no results of an object '{owner}' ('{text}')"
        raise UnknownNameError(Diagnostic(message, help=hint))
    known = outcomes[owner]
    if variable not in known and not ("count" in known and variable in {_EVENTS, "num_spikes"}):
        hint = suggest(variable, list(known))
        raise UnknownNameError(
            Diagnostic(f"the results of '{owner}' have no '{variable}'", help=hint)
        )


def measure_all(results: Results, measures: Sequence[Measure]) -> Values:
    """Return what is measured of a run.

    Raises:
        TypeError: Something is no number.
    """
    found: Values = {}
    for measure in measures:
        value = measure.of(results)
        array = np.array(value)
        if array.dtype.kind not in "biufc":
            raise TypeError(f"'{measure.name}' is no number and no array of numbers: {value!r}")
        exponents = get_dimensions(value).exponents
        found[measure.name] = (array, tuple(float(exponent) for exponent in exponents))
    return found


def fingerprint(measures: Sequence[Measure]) -> str:
    """Return a text that differs for other measures, and for functions with other code.

    The functions that it calls by a global name are not looked at.
    """
    seen: set[int] = set()
    words = [word for measure in measures for word in (measure.name, *_words(measure.what, seen))]
    return hashlib.blake2b("\0".join(words).encode(), digest_size=16).hexdigest()


def _words(what: Any, seen: set[int]) -> Iterator[str]:
    """Yield what stands for a function or a value that it holds, the same in all processes."""
    parts: list[Any] = []
    match what:
        case functools.partial():
            parts = [
                what.func,
                *what.args,
                *(x for pair in sorted(what.keywords.items()) for x in pair),
            ]
        case CodeType():
            yield what.co_code.hex()
            parts = [*what.co_names, *what.co_consts]
        case tuple() | list():
            parts = list(what)
        case frozenset():
            yield repr(sorted(map(repr, what)))
        case str() | int() | float() | complex() | bytes() | None:
            yield repr(what)
        case np.ndarray():
            yield f"{what.dtype} {what.shape} {what.tobytes().hex()}"
        case _ if hasattr(what, "__code__") and id(what) not in seen:
            # functions may hold themselves
            seen.add(id(what))
            held = inspect.getclosurevars(what).nonlocals if inspect.isfunction(what) else {}
            parts = [what.__code__, what.__defaults__, *(x for pair in held.items() for x in pair)]
        case _:
            yield f"{type(what).__module__}.{type(what).__qualname__}"
    for part in parts:
        yield from _words(part, seen)
