"""Morphologies: trees of sections, each a row of compartments.

Input: measures, coordinates or points. Output: a tree with numbered compartments. Does not: know
about equations or currents (see spatial.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..units import Quantity
from .morphology_arguments import (
    AXES,
    checked_count,
    either_length_or_coordinates,
    node_distances,
    positive,
    relative_nodes,
    several_lengths,
    single_coordinate,
    single_length,
)
from .morphology_geometry import Geometry, cones, in_metres, sphere
from .morphology_index import compartments_at
from .morphology_layout import Layout, lay_out
from .morphology_parts import NodeCoordinate, SectionIndices, SubMorphology, elements_in
from .morphology_text import topology_lines
from .morphology_tree import SectionTree
from .swc import Branch, branches_of, read_swc
from .variables import Array


class Morphology(SectionTree):
    """A section and what branches off at its end: the base of `Soma`, `Cylinder` and `Section`.

    Compartments are numbered depth first in the order in which sections were added. Coordinates
    are given relative to the end of the parent, if that has coordinates, and read in absolute ones.

    Args:
        geometry: Measures of the compartments.
        relative: Coordinates of the nodes in metres, (n + 1, 3), relative to the parent's end.
        type: What it is, such as "soma" or "axon".
    """

    # a name with an underscore at its end gives plain numbers, in metres
    start_x, start_x_, x, x_, end_x, end_x_ = (NodeCoordinate() for _ in range(6))
    start_y, start_y_, y, y_, end_y, end_y_ = (NodeCoordinate() for _ in range(6))
    start_z, start_z_, z, z_, end_z, end_z_ = (NodeCoordinate() for _ in range(6))

    def __init__(self, geometry: Geometry, relative: Array | None, type: str | None) -> None:
        if self.__class__ is Morphology:
            raise TypeError("make a Soma, a Cylinder or a Section, or use Morphology.from_file()")
        super().__init__()
        self._geometry = geometry
        self._relative = relative
        self._type_name = type

    @property
    def type(self) -> str | None:
        """What the section is, such as "soma" or "axon"."""
        return self._type_name

    @property
    def n(self) -> int:
        """Number of compartments of this section."""
        return len(self._geometry.length)

    @property
    def total_compartments(self) -> int:
        """Number of compartments of the subtree."""
        return sum(section.n for section in self.sections())

    def __getitem__(self, item: Any) -> Any:
        """Return a subtree by name, or compartments by number or distance from the start."""
        if isinstance(item, str):
            return self.subtree(item)
        return SubMorphology(self, *compartments_at(item, self._geometry.length))

    @property
    def indices(self) -> SectionIndices:
        """Numbers of compartments in the whole tree: `indices[:]`, `indices[10*um]`."""
        return SectionIndices(self)

    @property
    def first_index(self) -> int:
        """Number of the first compartment in the whole tree."""
        number = 0
        for section in self.root.sections():
            if section is self:
                break
            number += section.n
        return number

    def indices_in(self, group: Any) -> Any:
        """Return the elements of this section (not its subtree) in a `SpatialNeuron`."""
        return elements_in(group, self, 0, self.n)

    # ------------------------------------------------------------------------------------ measures

    @property
    def geometry(self) -> Geometry:
        """All measures of the compartments, in metres."""
        return self._geometry

    @property
    def diameter(self) -> Quantity:
        """Diameter of each compartment (in the middle, where it varies), (n,), metre."""
        return in_metres(self._geometry.diameter)

    @property
    def length(self) -> Quantity:
        """Length of each compartment, (n,), metre."""
        return in_metres(self._geometry.length)

    @property
    def area(self) -> Quantity:
        """Surface of each compartment without its ends, (n,), metre**2."""
        return in_metres(self._geometry.area, 2)

    @property
    def volume(self) -> Quantity:
        """Volume of each compartment, (n,), metre**3."""
        return in_metres(self._geometry.volume, 3)

    @property
    def r_length_1(self) -> Quantity:
        """Ri divided by the axial resistance of each first half, (n,), metre."""
        return in_metres(self._geometry.r_length_1)

    @property
    def r_length_2(self) -> Quantity:
        """Ri divided by the axial resistance of each second half, (n,), metre."""
        return in_metres(self._geometry.r_length_2)

    @property
    def path_length(self) -> float:
        """How much farther from the root the section ends than it begins, in metres."""
        return float(self._geometry.length.sum())

    @property
    def start_distance(self) -> float:
        """Distance of the start of the section from the root along the tree, in metres."""
        distance, section = 0.0, self.parent
        while section is not None:
            distance += section.path_length
            section = section.parent
        return distance

    @property
    def distance(self) -> Quantity:
        """Distance of the middle of each compartment from the root along the tree, (n,), metre."""
        length = self._geometry.length
        return in_metres(self.start_distance + np.cumsum(length) - length / 2)

    @property
    def end_distance(self) -> Quantity:
        """Distance of the end of the section from the root, metre; 0 for a soma as root."""
        return in_metres(self.start_distance + self.path_length)

    # --------------------------------------------------------------------------------- coordinates

    @property
    def relative(self) -> Array | None:
        """Nodes in metres, (n + 1, 3), relative to the parent's end; None without coordinates."""
        return self._relative

    @property
    def coordinates_(self) -> Array | None:
        """Nodes between compartments, (n + 1, 3), in metres; None without coordinates.

        They begin where the parent ends; a parent without coordinates stands for the point 0.
        """
        if self._relative is None:
            return None
        ends: list[Array] = []
        section = self.parent
        while section is not None and section.relative is not None:
            ends.insert(0, section.relative[-1])
            section = section.parent
        return np.sum(ends, axis=0) + self._relative if ends else self._relative.copy()

    @property
    def coordinates(self) -> Quantity | None:
        """Nodes between compartments, (n + 1, 3), metre; None without coordinates."""
        nodes = self.coordinates_
        return None if nodes is None else in_metres(nodes)

    # -------------------------------------------------------------------------------------- others

    def topology(self) -> Topology:
        """Return a drawing of the tree; shown when it is the last line of a notebook's cell."""
        return Topology("\n".join(topology_lines(self)))

    def generate_coordinates(
        self,
        section_randomness: float = 0.0,
        compartment_randomness: float = 0.0,
        overwrite_existing: bool = False,
    ) -> Self:
        """Return a copy with coordinates for drawing; random numbers are NumPy's.

        Args:
            section_randomness: How much the direction of each section varies: the scale, in
                degrees, of exponentially distributed angles.
            compartment_randomness: The same for each compartment.
            overwrite_existing: Whether sections which have coordinates get new ones.
        """
        layout = Layout(section_randomness, compartment_randomness, overwrite=overwrite_existing)
        result = self.copy()
        for section, nodes in lay_out(result, layout):
            section.place_at(nodes)
        return result

    def place_at(self, nodes: Array) -> None:
        """Set the coordinates in metres, (n + 1, 3), relative to the parent's end."""
        self._relative = nodes

    @staticmethod
    def from_points(points: Iterable[Sequence[Any]], spherical_soma: bool = True) -> Morphology:
        """Return the morphology of reconstructed points.

        Args:
            points: (index, type, x, y, z, diameter, parent) each, lengths in micrometres.
            spherical_soma: Whether one soma point, or three in the standard form, mean a sphere.

        Raises:
            ValueError: The points form no tree, or the root has a single point.
        """
        return _from_branches(branches_of(points, spherical_soma=spherical_soma))

    @staticmethod
    def from_swc_file(filename: Any, spherical_soma: bool = True) -> Morphology:
        """Return the morphology in a file in SWC format; see `from_points`."""
        return Morphology.from_points(read_swc(filename), spherical_soma)

    @staticmethod
    def from_file(filename: Any, spherical_soma: bool = True) -> Morphology:
        """Return the morphology in a file, whose format its ending tells; see `from_points`.

        Raises:
            NotImplementedError: The ending is not `.swc`.
        """
        if Path(filename).suffix.lower() != ".swc":
            raise NotImplementedError(f"only SWC files (.swc) can be read, not {filename}")
        return Morphology.from_swc_file(filename, spherical_soma)


class Topology(str):
    """The drawing of a tree, shown as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


# ------------------------------------------------------------------------------ kinds of sections


class Soma(Morphology):
    """A sphere, all at one potential.

    Args:
        diameter: Its diameter.
        x: Coordinates of its centre; those not given are 0 if another one is given.
        y: As x.
        z: As x.
        type: What it is.

    Raises:
        TypeError: An argument is no single value.
        DimensionMismatchError: An argument is no length.
        ValueError: The diameter is not positive.
    """

    def __init__(
        self, diameter: Any, x: Any = None, y: Any = None, z: Any = None, type: str | None = "soma"
    ) -> None:
        width = single_length(diameter, "diameter")
        place = None
        if any(value is not None for value in (x, y, z)):
            given = zip(AXES, (x, y, z), strict=True)
            point = [
                0.0 if value is None else single_coordinate(value, name) for name, value in given
            ]
            place = np.array([point, point])
        super().__init__(sphere(width), place, type)

    @property
    def path_length(self) -> float:
        """A sphere adds nothing to the distance from the root."""
        return 0.0

    @property
    def distance(self) -> Quantity:
        """Distance from the root along the tree, (1,), metre; 0 for the root itself."""
        return in_metres(np.array([self.start_distance]))

    def __repr__(self) -> str:
        relative = self.relative
        place = "" if relative is None else _coordinate_text(relative[:1])
        return f"Soma(diameter={self.diameter[0]!r}{place})"


class Section(Morphology):
    """A row of truncated cones.

    Args:
        diameter: Diameters of the n + 1 nodes.
        n: Number of compartments.
        length: Lengths of the n compartments.
        x: Coordinates of the n + 1 nodes in place of lengths, relative to the end of the parent.
        y: As x.
        z: As x.
        start_diameter: Ignored; the first diameter is the one at the start.
        origin: Ignored; coordinates are relative to the end of the parent.
        type: What it is.

    Raises:
        TypeError: Neither lengths nor coordinates, or both, or a wrong number of values.
        DimensionMismatchError: An argument is no length.
        ValueError: n < 1, or a diameter or length is not positive.
    """

    def __init__(
        self,
        diameter: Any,
        n: int = 1,
        length: Any = None,
        x: Any = None,
        y: Any = None,
        z: Any = None,
        start_diameter: Any = None,
        origin: Any = None,
        type: str | None = None,
    ) -> None:
        del start_diameter, origin
        count = checked_count(n)
        widths = several_lengths(diameter, "diameter", count + 1)
        relative = relative_nodes((x, y, z), count + 1)
        if (length is None) == (relative is None):
            raise either_length_or_coordinates(length)
        lengths = (
            several_lengths(length, "length", count)
            if relative is None
            else node_distances(relative)
        )
        self._set(widths, lengths, relative, type)

    def _set(self, widths: Array, lengths: Array, relative: Array | None, kind: str | None) -> None:
        self._widths = positive(widths, "diameter")
        geometry = cones(widths[:-1], widths[1:], positive(lengths, "length"))
        super().__init__(geometry, relative, kind)

    @property
    def start_diameter(self) -> Quantity:
        """Diameter where each compartment begins, (n,), metre."""
        return in_metres(self._widths[:-1])

    @property
    def end_diameter(self) -> Quantity:
        """Diameter where each compartment ends, (n,), metre."""
        return in_metres(self._widths[1:])

    def _shown_diameter(self) -> Any:
        return in_metres(self._widths)

    def __repr__(self) -> str:
        if self.relative is None:
            size = f", length={in_metres(self.path_length)!r}"
        else:
            size = _coordinate_text(self._shown_nodes(self.relative))
        kind = "" if self.type is None else f", type={self.type!r}"
        name = self.__class__.__name__
        return f"{name}(diameter={self._shown_diameter()!r}, n={self.n}{size}{kind})"

    def _shown_nodes(self, relative: Array) -> Array:
        return relative


class Cylinder(Section):
    """A cylinder, cut into compartments of equal length.

    Args:
        diameter: Its diameter.
        n: Number of compartments.
        length: Its length.
        x: Coordinates of start and end in place of the length, relative to the end of the parent.
        y: As x.
        z: As x.
        type: What it is.

    Raises:
        TypeError: Neither length nor coordinates, or both, or a wrong number of values.
        DimensionMismatchError: An argument is no length.
        ValueError: n < 1, or the diameter or the length is not positive.
    """

    def __init__(
        self,
        diameter: Any,
        n: int = 1,
        length: Any = None,
        x: Any = None,
        y: Any = None,
        z: Any = None,
        type: str | None = None,
    ) -> None:
        count = checked_count(n)
        widths = np.full(count + 1, single_length(diameter, "diameter"))
        ends = relative_nodes((x, y, z), 2)
        if (length is None) == (ends is None):
            raise either_length_or_coordinates(length)
        relative = None
        if ends is None:
            total = single_length(length, "length")
        else:
            total = float(node_distances(ends)[0])
            relative = ends[0] + np.linspace(0, 1, count + 1)[:, None] * (ends[1] - ends[0])
        self._set(widths, np.full(count, total / count), relative, type)

    def _shown_diameter(self) -> Any:
        return self.diameter[0]

    def _shown_nodes(self, relative: Array) -> Array:
        return relative[[0, -1]]


# ------------------------------------------------------------------------------------- from points


def _from_branches(root: Branch) -> Morphology:
    """Return the morphology of branches; the first compartment reaches back to the parent's end."""
    first = root.points[0]
    tree: Morphology
    if root.sphere:
        x, y, z = (in_metres(value * 1e-6) for value in first.place)
        tree = Soma(in_metres(first.diameter * 1e-6), x=x, y=y, z=z)
    elif len(root.points) == 1:
        raise ValueError(
            "the root has a single point: it is no section; a single point of type 'soma' is a "
            "sphere, unless spherical_soma=False"
        )
    else:
        tree = _section(root, None)
    waiting = [(root, tree)]
    while waiting:
        branch, section = waiting.pop()
        for name, child in zip(_names(branch.children), branch.children, strict=True):
            section[name] = _section(child, branch)
            waiting.append((child, section[name]))
    return tree


def _section(branch: Branch, parent: Branch | None) -> Section:
    points = list(branch.points)
    if parent is not None:
        points.insert(0, parent.points[-1])
    places = np.array([point.place for point in points]) * 1e-6
    widths = np.array([point.diameter for point in points]) * 1e-6
    if parent is not None and parent.kind == "soma":
        widths[0] = widths[1]  # a neurite does not begin as wide as the soma
    for point, distance in zip(points[1:], node_distances(places), strict=True):
        if distance == 0:
            raise ValueError(
                f"point {point.index} lies where point {point.parent} lies: remove one of them"
            )
    # the first node of the root is absolute, all others are relative to the parent's last point
    x, y, z = (in_metres(axis) for axis in (places - (0 if parent is None else places[0])).T)
    return Section(in_metres(widths), len(points) - 1, x=x, y=y, z=z, type=branch.kind)


def _coordinate_text(nodes: Array) -> str:
    values = nodes[0] if len(nodes) == 1 else nodes.T
    return "".join(f", {name}={in_metres(v)!r}" for name, v in zip(AXES, values, strict=True))


def _names(branches: Sequence[Branch]) -> list[str]:
    """Return names of siblings: the type, numbered from the second on, else L and R, or 1, 2, 3."""
    names: list[str] = []
    bare = sum(branch.kind is None for branch in branches)
    short = iter("LR") if bare <= 2 else (str(k) for k in range(1, bare + 1))
    for branch in branches:
        name = next(short) if branch.kind is None else branch.kind
        number = 1
        while name in names:
            number += 1
            name = f"{branch.kind}{number}"
        names.append(name)
    return names
