"""Coordinates for morphologies without them, so that they can be drawn.

Each section goes on in the direction of its parent; siblings spread in the plane in a fan, or in a
full circle around a soma.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..records import dataclass
from .variables import Array

_UP = np.array([0.0, 1.0, 0.0])
_NORMAL = np.array([0.0, 0.0, 1.0])
# the angle between the outermost of several siblings behind a section that is no sphere
_FAN = np.pi / 3


@dataclass(frozen=True, slots=True)
class Layout:
    """How to lay out sections.

    Args:
        section_randomness: Scale of the random angles of sections, in degrees.
        compartment_randomness: Scale of the random angles of compartments, in degrees.
        overwrite: Whether sections which have coordinates get new ones.
    """

    section_randomness: float
    compartment_randomness: float
    overwrite: bool


def lay_out(root: Any, layout: Layout) -> Iterator[tuple[Any, Array]]:
    """Yield the sections without coordinates, each with its nodes relative to its parent's end.

    Args:
        root: The root of a tree of sections.
        layout: How to lay them out.
    """
    directions: dict[int, Array] = {}
    for section in root.sections():
        parent = None if section is root else section.parent
        direction = _UP if parent is None else _away(section, parent, directions)
        old = section.coordinates_
        if old is not None and not layout.overwrite:
            span = old[-1] - old[0]
            norm = float(np.linalg.norm(span))
            directions[id(section)] = span / norm if norm else direction
            continue
        direction = _turned(direction, layout.section_randomness)
        directions[id(section)] = direction
        yield section, _nodes(section, parent, direction, layout)


def _away(section: Any, parent: Any, directions: dict[int, Array]) -> Array:
    """Return the direction of a section among its siblings."""
    siblings = list(parent.children)
    place = next(k for k, sibling in enumerate(siblings) if sibling is section)
    count = len(siblings)
    onwards = directions[id(parent)]
    if _is_sphere(parent):
        angle = 2 * np.pi * place / count
        return _rotated(-_UP if parent.parent is None else onwards, _NORMAL, -angle)
    if count == 1:
        return onwards
    return _rotated(onwards, _NORMAL, _FAN * (0.5 - place / (count - 1)))


def _is_sphere(section: Any) -> bool:
    return not hasattr(section.__class__, "start_diameter")


def _nodes(section: Any, parent: Any, direction: Array, layout: Layout) -> Array:
    if _is_sphere(section):
        return np.zeros((2, 3))
    first = np.zeros(3)
    if parent is not None and _is_sphere(parent):
        first = direction * float(parent.diameter[0]) / 2  # on the surface
    nodes = [first]
    for length in np.asarray(section.length):
        step = _turned(direction, layout.compartment_randomness)
        nodes.append(nodes[-1] + float(length) * step)
    return np.array(nodes)


def _turned(direction: Array, degrees: float) -> Array:
    """Return a direction turned by a random angle about a random axis perpendicular to it."""
    if not degrees:
        return direction
    axis = np.cross(direction, np.random.standard_normal(3))  # noqa: NPY002 - a drawing, not a model
    angle = np.deg2rad(np.random.exponential(degrees))  # noqa: NPY002
    return _rotated(direction, axis / np.linalg.norm(axis), float(angle))


def _rotated(vector: Array, axis: Array, angle: float) -> Array:
    """Return a vector rotated about a unit axis (Rodrigues' formula)."""
    along = axis * (axis @ vector) * (1 - np.cos(angle))
    turned: Array = vector * np.cos(angle) + np.cross(axis, vector) * np.sin(angle) + along
    return turned
