"""Preferences: named values with defaults and a check, such as `prefs.codegen.target`.

Values are set in scripts. Nothing is read from the current folder and nothing is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import PreferenceError, suggest


@dataclass(frozen=True, slots=True)
class BrianPreference:
    """A preference.

    Args:
        default: Its value unless set.
        docs: One sentence.
        validator: Whether a value is allowed; by default any value of the default's type.
    """

    default: Any
    docs: str
    validator: Callable[[Any], bool] | None = None

    def check(self, name: str, value: Any) -> None:
        """Raise a PreferenceError when the value is not allowed."""
        allowed = (
            self.validator(value)
            if self.validator is not None
            else isinstance(value, type(self.default))
        )
        if not allowed:
            raise PreferenceError(
                f"{value!r} is no value for the preference '{name}' ({self.docs}); "
                f"its default is {self.default!r}"
            )


class Preferences(MutableMapping[str, Any]):
    """All preferences, by dotted name or attribute."""

    def __init__(self) -> None:
        object.__setattr__(self, "_known", {})
        object.__setattr__(self, "_values", {})
        object.__setattr__(self, "version", 0)

    def register_preferences(
        self, category: str, docs: str, **preferences: BrianPreference
    ) -> None:
        """Add preferences under `category.name`; their defaults are in force at once."""
        del docs  # shown by the documentation, which reads the registry
        for name, preference in preferences.items():
            self._known[f"{category}.{name}"] = preference

    def __getitem__(self, name: str) -> Any:
        if name in self._known:
            return self._values.get(name, self._known[name].default)
        if any(known.startswith(f"{name}.") for known in self._known):
            return PreferenceCategory(self, name)
        raise KeyError(
            f"there is no preference '{name}'; {suggest(name, self._known)}".rstrip("; ")
        )

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self._known:
            hint = suggest(name, self._known)
            raise PreferenceError(f"there is no preference '{name}'; {hint}".rstrip("; "))
        self._known[name].check(name, value)
        self._values[name] = value
        object.__setattr__(self, "version", self.version + 1)

    def __delitem__(self, name: str) -> None:
        raise PreferenceError("preferences cannot be deleted; see prefs.reset_to_defaults()")

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def reset_to_defaults(self) -> None:
        """Give every preference its default again."""
        self._values.clear()
        object.__setattr__(self, "version", self.version + 1)


class PreferenceCategory:
    """The preferences below a dotted name, as attributes."""

    def __init__(self, preferences: Preferences, name: str) -> None:
        object.__setattr__(self, "_preferences", preferences)
        object.__setattr__(self, "_name", name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self._preferences[f"{self._name}.{name}"]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._preferences[f"{self._name}.{name}"] = value

    __getitem__ = __getattr__
    __setitem__ = __setattr__


prefs = Preferences()


def _one_of(*values: Any) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in values


def _is_float_type(value: Any) -> bool:
    return np.dtype(value) in {np.dtype(np.float32), np.dtype(np.float64)}


prefs.register_preferences(
    "codegen",
    "How code is generated",
    target=BrianPreference(
        "auto",
        "what runs a network: 'c', 'cython', 'numpy', or 'auto': C where a compiler is found",
        _one_of("auto", "c", "cython", "numpy"),
    ),
    string_expression_target=BrianPreference(
        "numpy", "what evaluates string assignments", _one_of("numpy", "auto")
    ),
    loop_invariant_optimisations=BrianPreference(True, "compute before a loop what it repeats"),
    max_cache_dir_size=BrianPreference(1000, "largest size of the cache of compiled code, MB"),
)
prefs.register_preferences(
    "codegen.cpp",
    "The C compiler",
    compiler=BrianPreference("", "command of the C compiler; empty: found by itself"),
    extra_compile_args=BrianPreference(
        None, "flags added for the compiler", lambda v: v is None or isinstance(v, list | tuple)
    ),
)
prefs.register_preferences(
    "core",
    "Numbers and running",
    default_float_dtype=BrianPreference(np.float64, "type of float variables", _is_float_type),
    default_integer_dtype=BrianPreference(
        np.int32, "type of integer variables", lambda v: np.dtype(v).kind == "i"
    ),
    stop_on_keyboard_interrupt=BrianPreference(
        True, "Ctrl-C completes the present step and ends the run"
    ),
)
prefs.register_preferences(
    "core.network",
    "The network",
    default_schedule=BrianPreference(
        ["start", "groups", "thresholds", "synapses", "resets", "end"],
        "slots of a time step",
        lambda v: isinstance(v, list | tuple) and all(isinstance(slot, str) for slot in v),
    ),
)
prefs.register_preferences(
    "legacy",
    "Old behaviour",
    refractory_timing=BrianPreference(
        False, "compare refractory times as floating-point numbers instead of steps"
    ),
)
