"""Dataclasses that are quick to define; see docs/decisions/0034.

`dataclass` is that of the standard library, to readers and type checkers alike, and `field`,
`fields`, `replace` and `match` work as they do there. But the standard library writes the text of
every method of every class and compiles it while the module is imported, which took nearly half of
the time to import brainsim. Here one function serves all classes.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from reprlib import recursive_repr
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(
        cls: type | None = None,
        /,
        *,
        repr: bool = True,
        eq: bool = True,
        frozen: bool = False,
        slots: bool = False,
        kw_only: bool = False,
    ) -> Any:
        """Return the class as a dataclass, or a decorator that does so.

        Args:
            cls: The class.
            repr: Whether it is shown with its fields.
            eq: Whether objects with equal fields are equal; if frozen, they have equal hashes.
            frozen: Whether fields cannot be assigned to.
            slots: Whether objects have room for their fields only.
            kw_only: Whether fields are given by name only.
        """

        def wrap(plain: type) -> type:
            return _complete(plain, repr, eq, frozen, slots=slots, kw_only=kw_only)

        return wrap if cls is None else wrap(cls)


__all__ = ["dataclass"]

_set = object.__setattr__


def _complete(plain: type, repr: bool, eq: bool, frozen: bool, **options: bool) -> type:
    """Return the class with the methods it asks for; those that it has itself stay."""
    own = set(vars(plain))
    cls: type = dataclasses.dataclass(init=False, repr=False, eq=False, **options)(plain)
    fields = dataclasses.fields(cls)
    methods: dict[str, Any] = {"__init__": _initialiser(cls, fields)}
    if repr:
        methods["__repr__"] = _shower(tuple(f.name for f in fields if f.repr))
    if eq:
        methods |= _comparison(tuple(f.name for f in fields if f.compare), hashable=frozen)
    if frozen:
        methods |= _protection(cls, frozenset(f.name for f in fields))
    for name, method in methods.items():
        if method is not None:
            method.__name__, method.__qualname__ = name, f"{cls.__qualname__}.{name}"
    if frozen and options["slots"]:
        methods |= {"__getstate__": _state, "__setstate__": _set_state}
    for name, method in methods.items():
        # a class with __eq__ has __hash__, too, which is None unless it says otherwise
        if name not in own or (name == "__hash__" and vars(plain)["__hash__"] is None):
            setattr(cls, name, method)
    return cls


def _initialiser(cls: type, fields: tuple[Any, ...]) -> Callable[..., None]:
    given = [f for f in fields if f.init]
    # those that are given by position come first
    given.sort(key=lambda f: f.kw_only)
    names, number = tuple(f.name for f in given), len(given)
    setters = tuple(_setter(cls, name) for name in names)
    places = sum(not f.kw_only for f in given)
    preset = {f.name: f.default for f in given if f.default is not dataclasses.MISSING}
    made = {f.name: f.default_factory for f in given}
    finish = getattr(cls, "__post_init__", None)

    def completed(args: tuple[Any, ...], options: dict[str, Any]) -> list[Any]:
        values = list(args)
        for name in names[len(args) :]:
            if name in options:
                values.append(options.pop(name))
            elif name in preset:
                values.append(preset[name])
            elif made[name] is not dataclasses.MISSING:
                values.append(made[name]())
            else:
                raise TypeError(f"{cls.__name__}() needs a value for '{name}'")
        if options:
            name = next(iter(options))
            what = "more than one value for" if name in names else "no field"
            raise TypeError(f"{cls.__name__}() has {what} '{name}'")
        return values

    def initialise(self: Any, /, *args: Any, **options: Any) -> None:
        if len(args) > places:
            raise TypeError(f"{cls.__name__}() takes {places} values by position, not {len(args)}")
        values = completed(args, options) if options or len(args) != number else args
        for put, value in zip(setters, values, strict=True):
            put(self, value)
        if finish is not None:
            finish(self)

    return initialise


def _setter(cls: type, name: str) -> Callable[[Any, Any], None]:
    """Return what sets a field whatever `__setattr__` says."""
    slot = getattr(cls, name, None)
    if isinstance(slot, MemberDescriptorType):
        return slot.__set__
    return lambda self, value: _set(self, name, value)


def _shower(names: tuple[str, ...]) -> Callable[[Any], str]:
    @recursive_repr()
    def show(self: Any) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"

    return show


def _comparison(names: tuple[str, ...], *, hashable: bool) -> dict[str, Any]:
    values: Callable[[Any], Any]
    match names:
        case ():
            values = lambda _: ()  # noqa: E731
        case (name,):
            get = attrgetter(name)
            values = lambda self: (get(self),)  # noqa: E731
        case _:
            values = attrgetter(*names)

    def equal(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return bool(values(self) == values(other))

    def number(self: Any) -> int:
        return hash(values(self))

    return {"__eq__": equal, "__hash__": number if hashable else None}


def _protection(cls: Any, names: frozenset[str]) -> dict[str, Any]:
    """Return the methods that refuse changes."""

    def protected(self: Any, name: str) -> bool:
        return type(self) is cls or name in names

    def assign(self: Any, name: str, value: Any) -> None:
        if protected(self, name):
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete(self: Any, name: str) -> None:
        if protected(self, name):
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return {"__setattr__": assign, "__delattr__": delete}


def _state(self: Any) -> dict[str, Any]:
    return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}


def _set_state(self: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        _set(self, name, value)
