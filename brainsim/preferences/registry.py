"""The mechanism of preferences: registering, checking, reading and setting them."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

from ..errors import PreferenceError, suggest
from ..logger import before_first_message, get_logger
from ..records import dataclass
from .sources import Given, from_environment, from_toml, from_user_file, toml_value

logger = get_logger(__name__)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WORDS = {"1": True, "true": True, "yes": True, "on": True}
_WORDS |= {"0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class BrianPreference:
    """A preference.

    Args:
        default: Its value unless set.
        docs: One sentence.
        validator: Whether a value is allowed; by default any value of the default's type.
        representor: How a value is shown to people.
        convert: Makes a value of what a file or the environment holds.
    """

    default: Any
    docs: str
    validator: Callable[[Any], bool] | None = None
    representor: Callable[[Any], str] = repr
    convert: Callable[[Any], Any] | None = None

    def check(self, name: str, value: Any) -> None:
        """Raise a PreferenceError when the value is not allowed."""
        try:
            allowed = self._is_of_type(value) if self.validator is None else self.validator(value)
        except Exception:  # noqa: BLE001 - the validator met something it was not made for
            allowed = False
        if not allowed:
            raise PreferenceError(
                f"{value!r} is no value for the preference '{name}' ({self.docs}); "
                f"its default is {self.representor(self.default)}"
            )

    def _is_of_type(self, value: Any) -> bool:
        if isinstance(value, bool) is not isinstance(self.default, bool):
            return False
        if isinstance(self.default, float) and isinstance(value, int):
            return True
        return isinstance(value, type(self.default))

    def read(self, given: Given) -> Any:
        """Return the value that a file or the environment gives.

        Raises:
            PreferenceError: It gives none that is allowed.
        """
        value = given.value
        try:
            if self.convert is not None:
                value = self.convert(value)
            elif given.is_text:
                value = _typed(value, self.default)
            self.check(given.name, value)
        except (ValueError, KeyError, TypeError, PreferenceError):
            raise PreferenceError(
                f"{given.origin} sets the preference '{given.name}' ({self.docs}) to "
                f"{given.value!r}, which is no value for it; its default is "
                f"{self.representor(self.default)}"
            ) from None
        return value


def _typed(text: str, default: Any) -> Any:
    match default:
        case bool():
            return _WORDS[text.strip().lower()]
        case int():
            return int(text)
        case float():
            return float(text)
        case list() | tuple():
            return shlex.split(text)
    return text


class _Named(MutableMapping[str, Any]):
    """Preferences by name: items raise KeyError where attributes raise AttributeError."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delitem__(self, name: str) -> None:
        raise PreferenceError(f"'{name}' cannot be deleted; see prefs.reset_to_defaults()")

    def __delattr__(self, name: str) -> None:
        del self[name]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __dir__(self) -> list[str]:
        """Return the names that can follow the dot, for completion."""
        return [*super().__dir__(), *dict.fromkeys(name.partition(".")[0] for name in self)]


class Preferences(_Named):
    """All preferences, by dotted name or attribute.

    The environment and the user's file are read when a preference is first asked for.
    """

    version: int

    def __init__(self) -> None:
        keep = object.__setattr__
        keep(self, "_known", {})
        keep(self, "_categories", {})
        keep(self, "_watchers", {})
        # what scripts have set
        keep(self, "_script", {})
        # what the environment and the file say; None until they have been read
        keep(self, "_outer", None)
        # raised by one with each change, for those who keep what they made of preferences
        keep(self, "version", 0)
        # the environment may ask for debug messages, and messages come before the first question
        before_first_message(self.load)

    def register_preferences(
        self, category: str, docs: str, **preferences: BrianPreference
    ) -> None:
        """Add preferences under `category.name`.

        Args:
            category: Dotted name of a new category.
            docs: One sentence about it.
            preferences: The preferences by name.

        Raises:
            PreferenceError: The category is there already, a name is none that can follow a dot,
                or a default is not allowed.
        """
        if category in self._categories:
            raise PreferenceError(f"the category '{category}' has been registered before")
        for name, preference in preferences.items():
            if not _NAME.fullmatch(name):
                raise PreferenceError(
                    f"'{name}' cannot be the name of a preference: a name starts with a letter and "
                    "has only letters, digits and underscores"
                )
            preference.check(f"{category}.{name}", preference.default)
        self._categories[category] = docs
        self._known.update({f"{category}.{name}": p for name, p in preferences.items()})
        object.__setattr__(self, "_outer", None)

    def watch(self, category: str, react: Callable[[], None]) -> None:
        """Call a function whenever a preference of a category may have changed."""
        self._watchers[category] = react

    # ------------------------------------------------------------------------------------- values

    def __getitem__(self, name: str) -> Any:
        if name in self._script:
            return self._script[name]
        if name not in self._known:
            if self._is_category(name):
                return PreferenceCategory(self, name)
            raise KeyError(self._unknown(name))
        self.load()
        value = self._outer.get(name, self._known[name].default)
        if isinstance(value, list | dict):
            # scripts append to lists, which must not change the default
            value = self._script[name] = value.copy()
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self._known:
            if self._is_category(name):
                raise PreferenceError(f"'{name}' is a category: set one of its preferences")
            raise PreferenceError(self._unknown(name))
        self._known[name].check(name, value)
        self._script[name] = value
        self._changed(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def _is_category(self, name: object) -> bool:
        return any(known.startswith(f"{name}.") for known in self._known)

    def _unknown(self, name: str) -> str:
        hint = suggest(name, self._known)
        return f"there is no preference '{name}'; {hint}".rstrip("; ")

    def _changed(self, name: str = "") -> None:
        self._count_change()
        for category, react in self._watchers.items():
            if not name or name.startswith(f"{category}."):
                react()

    def _count_change(self) -> None:
        object.__setattr__(self, "version", self.version + 1)

    def reset_to_defaults(self) -> None:
        """Give every preference its default, whatever scripts, the environment or files say."""
        self._script.clear()
        object.__setattr__(self, "_outer", {})
        self._changed()

    def reset_to_initial(self) -> None:
        """Forget what scripts have set; the environment and the user's file are read again."""
        self._script.clear()
        object.__setattr__(self, "_outer", None)
        self._count_change()
        before_first_message(self.load)

    # ------------------------------------------------------------------------ environment and file

    def load(self) -> None:
        """Read the environment and the user's file, unless that has been done.

        Raises:
            PreferenceError: They hold a value that is not allowed; the message says where.
        """
        if self._outer is not None:
            return
        # at once, so that a message on the way does not come back here
        outer: dict[str, Any] = {}
        object.__setattr__(self, "_outer", outer)
        try:
            given = [*from_user_file(self._tables()), *from_environment(self._known)]
            found = self._read(given, strict=False)
        except PreferenceError:
            object.__setattr__(self, "_outer", None)
            raise
        outer.update(found)
        self._changed()

    def read_preference_file(self, file: Any) -> None:
        """Set what a file of TOML says, as if the script had set it.

        Args:
            file: A path, or an open file.

        Raises:
            PreferenceError: It is not TOML, or holds an unknown name or a value that is not
                allowed; nothing is set then.
            OSError: It cannot be read.
        """
        if hasattr(file, "read"):
            text, origin = file.read(), str(getattr(file, "name", "the file"))
        else:
            text, origin = Path(file).read_text(encoding="utf-8"), str(file)
        text = text.decode("utf-8") if isinstance(text, bytes) else text
        given = from_toml(text, origin, self._tables())
        for name, value in self._read([*given], strict=True).items():
            self[name] = value

    def _read(self, given: list[Given], *, strict: bool) -> dict[str, Any]:
        """Return the values by name; a later one wins."""
        found = {}
        for one in given:
            if one.name in self._known:
                found[one.name] = self._known[one.name].read(one)
            else:
                message = f"{one.origin}: {self._unknown(one.name)}"
                if strict:
                    raise PreferenceError(message)
                logger.warn(message, "unknown_preference", once=True)
        return found

    def _tables(self) -> set[str]:
        return {name for name, p in self._known.items() if isinstance(p.default, dict)}

    # --------------------------------------------------------------------------------------- text

    @property
    def as_file(self) -> str:
        """All preferences as a file of TOML, with their present values."""
        return self._as_file(dict(self))

    @property
    def defaults_as_file(self) -> str:
        """All preferences as a file of TOML, with their defaults."""
        return self._as_file({name: p.default for name, p in self._known.items()})

    def _as_file(self, values: dict[str, Any]) -> str:
        lines = []
        for category, docs in self._categories.items():
            lines += [f"# {docs}", f"[{category}]", ""]
            for name, preference in self._known.items():
                above, _, last = name.rpartition(".")
                if above != category:
                    continue
                lines += textwrap.wrap(
                    preference.docs, 96, initial_indent="# ", subsequent_indent="# "
                )
                text = toml_value(values[name])
                lines += [f"# {last} =  (none)" if text is None else f"{last} = {text}", ""]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return _table(self)

    def __repr__(self) -> str:
        categories = dict.fromkeys(name.partition(".")[0] for name in self)
        return f"<preferences: {', '.join(categories)}>"


class PreferenceCategory(_Named):
    """The preferences below a dotted name, by the rest of their names or as attributes.

    Args:
        preferences: All preferences.
        name: The dotted name.
    """

    def __init__(self, preferences: Preferences, name: str) -> None:
        object.__setattr__(self, "_preferences", preferences)
        object.__setattr__(self, "_name", name)

    def __getitem__(self, name: str) -> Any:
        return self._preferences[f"{self._name}.{name}"]

    def __setitem__(self, name: str, value: Any) -> None:
        self._preferences[f"{self._name}.{name}"] = value

    def __iter__(self) -> Iterator[str]:
        prefix = f"{self._name}."
        return (name.removeprefix(prefix) for name in self._preferences if name.startswith(prefix))

    def __contains__(self, name: object) -> bool:
        return f"{self._name}.{name}" in self._preferences

    def _repr_html_(self) -> str:
        return _table(self)

    def __repr__(self) -> str:
        return f"<preferences '{self._name}': {', '.join(self)}>"


def _table(preferences: Preferences | PreferenceCategory) -> str:
    """Return a table of HTML."""
    import html  # slow, and only notebooks need it

    inside = isinstance(preferences, PreferenceCategory)
    prefix = f"{preferences._name}." if inside else ""  # noqa: SLF001 - of this module
    everything = preferences._preferences if inside else preferences  # noqa: SLF001
    rows = []
    for name, value in preferences.items():
        known = everything._known[f"{prefix}{name}"]  # noqa: SLF001
        cells = (f"{prefix}{name}", known.representor(value), known.docs)
        rows.append(tuple(map(html.escape, cells)))
    # notebooks set cells of tables to the right, which is for numbers
    td, th = '<td style="text-align: left">', '<th style="text-align: left">'
    head = "".join(f"{th}{word}</th>" for word in ("preference", "value", "meaning"))
    body = "".join(f"<tr>{''.join(f'{td}{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
