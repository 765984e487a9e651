"""Points of a reconstructed neuron, and the sections between its branch points.

Input: a file in SWC format, or points. Output: sections as plain numbers. Does not: build a
morphology.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..logger import get_logger
from ..records import dataclass

logger = get_logger(__name__)

# by the format's definition; all other numbers mean nothing that is agreed upon
TYPES = {1: "soma", 2: "axon", 3: "dend", 4: "apic"}
_COLUMNS = 7
# how far the outer points of a three-point soma may lie from one radius
_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the reconstruction.

    Args:
        index: Its number, which other points refer to.
        kind: "soma", "axon", ..., or None.
        place: x, y, z in micrometres.
        diameter: In micrometres.
        parent: Number of the point before it, or a negative number for the first one.
    """

    index: int
    kind: str | None
    place: tuple[float, float, float]
    diameter: float
    parent: int


@dataclass(slots=True)
class Branch:
    """Points in a row, from a branch point (or the root) to the next one or an end.

    Args:
        kind: What its points are.
        points: At least one.
        sphere: Whether its only point stands for a sphere.
        children: The branches at its end.
    """

    kind: str | None
    points: list[Point]
    sphere: bool = False
    children: list[Branch] = field(default_factory=list)


def read_swc(filename: Any) -> list[tuple[Any, ...]]:
    """Return the points of an SWC file, with diameters in the place of radii.

    Args:
        filename: Path of the file.

    Raises:
        ValueError: A line does not consist of seven numbers.
        FileNotFoundError: There is no such file.
    """
    points: list[tuple[Any, ...]] = []
    text = Path(filename).read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        entries = line.partition("#")[0].split()
        if not entries:
            continue
        if len(entries) != _COLUMNS:
            raise ValueError(
                f"line {number} of {filename} has {len(entries)} entries; a line of an SWC file "
                f"has {_COLUMNS}: index, type, x, y, z, radius, parent"
            )
        try:
            x, y, z, radius = (float(entry) for entry in entries[2:6])
            index, kind, parent = (int(float(entries[k])) for k in (0, 1, 6))
        except (ValueError, OverflowError):
            raise ValueError(f"line {number} of {filename} is not made of numbers") from None
        points.append((index, TYPES.get(kind), x, y, z, 2 * radius, parent))
    return points


def branches_of(points: Iterable[Sequence[Any]], *, spherical_soma: bool = True) -> Branch:
    """Return the root of the tree of branches that points form.

    Args:
        points: (index, type, x, y, z, diameter, parent) each, lengths in micrometres; parents
            come before their children.
        spherical_soma: Whether one soma point, or three points in the standard form, mean a sphere.

    Raises:
        ValueError: The points form no tree.
    """
    checked = _checked(points)
    if spherical_soma:
        checked = _with_single_soma(checked)
    children: dict[int, list[Point]] = {point.index: [] for point in checked}
    for point in checked[1:]:
        children[point.parent].append(point)
    single = sum(point.kind == "soma" for point in checked) == 1
    root = Branch(checked[0].kind, [checked[0]])
    root.sphere = spherical_soma and single and root.kind == "soma"
    waiting = [root]
    while waiting:
        branch = waiting.pop()
        _extend(branch, children)
        branch.children = [Branch(c.kind, [c]) for c in children[branch.points[-1].index]]
        waiting += branch.children
    return root


def _extend(branch: Branch, children: dict[int, list[Point]]) -> None:
    """Append the points that follow without a branch and without a change of type."""
    following = children[branch.points[-1].index]
    while len(following) == 1 and following[0].kind == branch.kind:
        branch.points.append(following[0])
        following = children[following[0].index]


def _checked(points: Iterable[Sequence[Any]]) -> list[Point]:
    checked: list[Point] = []
    seen: set[int] = set()
    for entries in points:
        if len(entries) != _COLUMNS:
            raise ValueError(
                f"a point has {_COLUMNS} values (index, type, x, y, z, diameter, parent), "
                f"not {len(entries)}"
            )
        index, kind, x, y, z, diameter, parent = entries
        if isinstance(kind, int | np.integer):
            kind = TYPES.get(int(kind))
        place = (float(x), float(y), float(z))
        point = Point(int(index), kind or None, place, float(diameter), int(parent))
        if point.index in seen:
            raise ValueError(f"two points have the index {point.index}")
        if checked and point.parent not in seen:
            raise ValueError(
                f"point {point.index} follows point {point.parent}, which does not come before it: "
                "list parents before their children, and only one point without a parent"
            )
        if not (np.isfinite([*place, point.diameter]).all() and point.diameter > 0):
            raise ValueError(f"point {point.index} has no finite place or no positive diameter")
        seen.add(point.index)
        checked.append(point)
    if not checked:
        raise ValueError("there are no points")
    return checked


def _with_single_soma(points: list[Point]) -> list[Point]:
    """Return the points with a three-point soma replaced by its centre.

    Source: the standard of neuromorpho.org: the second and third point lie one radius away from the
    first on opposite sides, so that the cylinder through them has the area of the sphere.
    """
    somas = [point for point in points if point.kind == "soma"]
    first = points[0]
    if len(somas) <= 1:
        return points
    if len(somas) != 3 or somas != points[:3] or any(p.parent != first.index for p in somas[1:]):
        logger.warn(
            f"the {len(somas)} points of the soma are taken as they are; only one point, or three "
            "points at the beginning in the standard form, become a sphere",
            "soma_compartments",
        )
        return points
    radius = first.diameter / 2
    distances = [float(np.linalg.norm(np.subtract(p.place, first.place))) for p in somas[1:]]
    if any(abs(distance - radius) > _TOLERANCE * radius for distance in distances):
        raise ValueError(
            f"the second and third point of a soma of three must lie one radius, {radius:g} um, "
            f"from the first, not {distances[0]:g} um and {distances[1]:g} um; use "
            "spherical_soma=False to take the points as they are"
        )
    replaced = {point.index for point in somas[1:]}
    return [
        replace(p, parent=first.index) if p.parent in replaced else p
        for p in points
        if p.index not in replaced
    ]
