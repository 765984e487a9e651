"""Trees of named sections: adding, finding, deleting and copying them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from ..errors import suggest

_SHORT_NAMES = frozenset("LR123456789")


class Children:
    """The sections at the end of a section, in the order in which they were added."""

    def __init__(self) -> None:
        self._named: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self._named)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._named.values())

    def __contains__(self, name: object) -> bool:
        return self._key(name) is not None

    def __getitem__(self, name: str) -> Any:
        key = self._key(name)
        if key is None:
            raise KeyError(name)
        return self._named[key]

    def _key(self, name: object) -> str | None:
        """Return the name of a child, which may also be given by its number: "1", "2", ..."""
        if not isinstance(name, str):
            return None
        if name not in self._named and name in _SHORT_NAMES and name.isdigit():
            names = list(self._named)
            return names[int(name) - 1] if int(name) <= len(names) else None
        return name if name in self._named else None

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in order."""
        return tuple(self._named)

    def name(self, child: Any) -> str:
        """Return the name of a child.

        Raises:
            ValueError: It is none of the children.
        """
        for name, other in self._named.items():
            if other is child:
                return name
        raise ValueError("this section is no child of the other one")

    def add(self, name: str, child: Any) -> None:
        """Note a child; `SectionTree.attach` is what checks it."""
        self._named[name] = child

    def remove(self, child: Any) -> None:
        """Forget a child."""
        del self._named[self.name(child)]

    def __repr__(self) -> str:
        return f"<{len(self)} children: {self._named!r}>"


class SectionTree:
    """A section in a tree: it knows where it begins and what begins at its end."""

    def __init__(self) -> None:
        self._parent: Self | None = None
        self._children = Children()

    @property
    def parent(self) -> Self | None:
        """The section at whose end this one begins; None for the root."""
        return self._parent

    @property
    def children(self) -> Children:
        """The sections at the end of this one."""
        return self._children

    @property
    def root(self) -> Self:
        """The section from which the whole tree grows."""
        section = self
        while section.parent is not None:
            section = section.parent
        return section

    def sections(self) -> Iterator[Self]:
        """Yield this section and all that grow from it, depth first."""
        waiting: list[Self] = [self]
        while waiting:
            section = waiting.pop()
            yield section
            waiting += reversed(list(section.children))

    @property
    def total_sections(self) -> int:
        """Number of sections of the subtree."""
        return sum(1 for _ in self.sections())

    def __len__(self) -> int:
        raise TypeError(
            "the length of a morphology could mean several things: use n, total_compartments, "
            "total_sections or length"
        )

    def __bool__(self) -> bool:
        return True

    # ------------------------------------------------------------------------------------- by name

    def subtree(self, name: str) -> Any:
        """Return a child, or a descendant whose short names are chained: "LRL".

        Raises:
            AttributeError: There is none.
        """
        if name in self._children:
            return self._children[name]
        if len(name) > 1 and _SHORT_NAMES.issuperset(name):
            section: Any = self
            for short in name:
                section = section.subtree(short)
            return section
        hint = suggest(name, self._children.names)
        known = ", ".join(map(repr, self._children.names)) or "none"
        raise AttributeError(
            f"there is no section '{name}' here; {hint or f'the sections that begin here: {known}'}"
        )

    def attach(self, name: str, child: Any) -> None:
        """Let a section begin at the end of this one.

        Args:
            name: Its name; short names may be chained, "LRL" adds "L" to "LR".
            child: A section that belongs to no other one.

        Raises:
            AttributeError: The name is taken, has a meaning, or its beginning does not exist.
            TypeError: It is no section.
            ValueError: It belongs to a morphology already.
        """
        if not isinstance(child, SectionTree):
            raise TypeError(f"'{name}' must be a Soma, Cylinder or Section, not {child!r}")
        if len(name) > 1 and _SHORT_NAMES.issuperset(name):
            self.subtree(name[:-1]).attach(name[-1], child)
            return
        if name in self._children:
            raise AttributeError(f"there is a section '{name}' here already; delete it first")
        if not name or name.startswith("_") or hasattr(self.__class__, name):
            raise AttributeError(f"a section cannot be called '{name}': the name has a meaning")
        if child.parent is not None or child is self.root:
            raise ValueError(
                f"the section for '{name}' belongs to a morphology already; "
                "use its copy() to add one like it"
            )
        self._children.add(name, child)
        child.move_below(self)

    def move_below(self, parent: Any) -> None:
        """Note where the section begins; `attach` is what checks it."""
        self.__dict__["_parent"] = parent

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.subtree(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") and not isinstance(value, SectionTree):
            object.__setattr__(self, name, value)
        elif hasattr(self.__class__, name) and not isinstance(value, SectionTree):
            raise AttributeError(f"'{name}' of a section cannot be set")
        else:
            self.attach(name, value)

    def __delattr__(self, name: str) -> None:
        section = self.subtree(name)
        section.parent.children.remove(section)
        section.move_below(None)

    def __setitem__(self, item: str, child: Any) -> None:
        if not isinstance(item, str):
            raise TypeError(f"a section is added under a name, not {item!r}")
        self.attach(item, child)

    def __delitem__(self, item: str) -> None:
        delattr(self, item)

    # ------------------------------------------------------------------------------------- copying

    def copy_section(self) -> Self:
        """Return the section alone, without parent and children."""
        copy = self.__class__.__new__(self.__class__)
        copy.__dict__.update(self.__dict__, _parent=None, _children=Children())
        return copy

    def copy(self) -> Self:
        """Return the section and its subtree, without the parent."""
        copies: dict[int, Self] = {}
        for section in self.sections():
            copies[id(section)] = section.copy_section()
            parent = section.parent
            if section is not self and parent is not None:
                name = parent.children.name(section)
                copies[id(parent)].children.add(name, copies[id(section)])
                copies[id(section)].move_below(copies[id(parent)])
        return copies[id(self)]
