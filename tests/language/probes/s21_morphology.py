"""Section 21: morphologies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from probing import probe, raised

_NAMES = ("area", "volume", "length", "diameter", "distance", "end_distance", "r_length_1",
          "r_length_2")  # fmt: skip
_COORDINATES = ("x", "y", "z", "start_x", "start_y", "start_z", "end_x", "end_y", "end_z")


def _look(section: Any, *names: str) -> dict[str, Any]:
    found: dict[str, Any] = {"n": int(section.n), "type": getattr(section, "type", None)}
    for name in names or _NAMES:
        value = getattr(section, name)
        found[name] = None if value is None else value
    return found


@probe("21 Soma")
def somas(b: Any) -> dict[str, Any]:
    soma = b.Soma(diameter=30 * b.um)
    placed = b.Soma(20 * b.um, x=1 * b.um, y=2 * b.um, z=3 * b.um)
    return {
        "plain": _look(soma),
        "coordinates": [soma.x, soma.y, soma.start_x],
        "placed": _look(placed, "area", "x", "y", "z", "start_x", "end_x", "end_z"),
        "type": b.Soma(30 * b.um, type="dend").type,
        "partly": _look(b.Soma(20 * b.um, x=1 * b.um), "x", "y", "z"),
        "number": raised(lambda: b.Soma(3)),
        "volt": raised(lambda: b.Soma(3 * b.mV)),
        "several": raised(lambda: b.Soma([1, 2] * b.um)),
        "missing": raised(b.Soma),
        "total": [int(soma.total_compartments), int(soma.total_sections)],
        "repr": repr(soma),
        "repr placed": repr(placed),
    }


@probe("21 Cylinder")
def cylinders(b: Any) -> dict[str, Any]:
    plain = b.Cylinder(diameter=2 * b.um, n=4, length=40 * b.um)
    placed = b.Cylinder(1 * b.um, 2, x=[0, 3] * b.um, y=[0, 4] * b.um, z=[1, 1] * b.um, type="axon")
    return {
        "plain": _look(plain),
        "one": _look(b.Cylinder(diameter=1 * b.um, length=10 * b.um)),
        "placed": _look(placed, "length", *_COORDINATES),
        "start_diameter": plain.start_diameter,
        "end_diameter": plain.end_diameter,
        "coordinates": [plain.x, plain.end_x],
        "partly placed": _look(b.Cylinder(1 * b.um, 2, x=[0, 3] * b.um), "length", "x", "y", "z"),
        "both": raised(lambda: b.Cylinder(1 * b.um, 1, length=3 * b.um, x=[0, 1] * b.um)),
        "neither": raised(lambda: b.Cylinder(1 * b.um, 1)),
        "several diameters": raised(lambda: b.Cylinder([1, 2] * b.um, 2, length=3 * b.um)),
        "several lengths": raised(lambda: b.Cylinder(1 * b.um, 2, length=[3, 4] * b.um)),
        "number": raised(lambda: b.Cylinder(1, 2, length=3 * b.um)),
        "n": raised(lambda: b.Cylinder(1 * b.um, 0, length=3 * b.um)),
        "three points": raised(lambda: b.Cylinder(1 * b.um, 1, x=[0, 1, 2] * b.um)),
        "repr": repr(plain),
        "coordinates of points": placed.coordinates,
        "start": placed.start_coordinates if hasattr(placed, "start_coordinates") else None,
    }


@probe("21 Section")
def sections(b: Any) -> dict[str, Any]:
    cones = b.Section(diameter=[10, 5, 1] * b.um, n=2, length=[20, 30] * b.um)
    placed = b.Section(
        diameter=[10, 5, 1] * b.um,
        n=2,
        x=[0, 10, 10] * b.um,
        y=[0, 0, 20] * b.um,
        z=[0, 0, 5] * b.um,
    )
    return {
        "cones": _look(cones),
        "diameters": [cones.start_diameter, cones.end_diameter, cones.diameter],
        "placed": _look(placed, "length", "area", "distance", *_COORDINATES),
        "one length": raised(lambda: b.Section([1, 2, 3] * b.um, n=2, length=10 * b.um)),
        "one diameter": raised(lambda: b.Section(1 * b.um, n=2, length=[10, 20] * b.um)),
        "wrong lengths": raised(lambda: b.Section([1, 2, 3] * b.um, n=2, length=[1, 2, 3] * b.um)),
        "wrong diameters": raised(lambda: b.Section([1, 2] * b.um, n=2, length=[1, 2] * b.um)),
        "both": raised(lambda: b.Section([1, 2] * b.um, n=1, length=[1] * b.um, x=[0, 1] * b.um)),
        "neither": raised(lambda: b.Section([1, 2] * b.um, n=1)),
        "repr": repr(cones),
    }


def _drawn(section: Any) -> list[str]:
    """Return the lines of the drawing of a tree."""
    return [line.rstrip() for line in str(section.topology()).splitlines()]


def _tree(b: Any) -> Any:
    morphology = b.Soma(diameter=30 * b.um)
    morphology.axon = b.Cylinder(diameter=1 * b.um, n=10, length=100 * b.um)
    morphology.dend = b.Section(diameter=[3, 2, 1] * b.um, n=2, length=[20, 30] * b.um)
    morphology.dend.L = b.Cylinder(diameter=1 * b.um, n=3, length=60 * b.um)
    morphology.dend.R = b.Cylinder(diameter=1 * b.um, n=2, length=40 * b.um)
    morphology.dend.L.L = b.Cylinder(diameter=0.5 * b.um, n=1, length=5 * b.um)
    morphology.dend.L.R = b.Cylinder(diameter=0.5 * b.um, n=2, length=5 * b.um)
    return morphology


@probe("21 tree")
def trees(b: Any) -> dict[str, Any]:
    morphology = _tree(b)
    return {
        "totals": [int(morphology.total_compartments), int(morphology.total_sections)],
        "indices": [
            morphology.indices[:],
            morphology.axon.indices[:],
            morphology.dend.indices[:],
            morphology.dend.L.indices[:],
            morphology.dend.LL.indices[:],
            morphology.dend.LR.indices[:],
            morphology.dend.R.indices[:],
        ],
        "same": [
            morphology["axon"].n == morphology.axon.n,
            morphology.dend["LL"].n == morphology.dend.L.L.n,
            "axon" in morphology if hasattr(type(morphology), "__contains__") else True,
        ],
        "distances": [morphology.dend.distance, morphology.dend.L.distance,
                      morphology.dend.LR.distance, morphology.dend.LR.end_distance],
        "unknown": raised(lambda: morphology.what),
        "unknown item": raised(lambda: morphology["what"]),
        "unknown chain": raised(lambda: morphology.dend.RL),
        "unknown short": raised(lambda: morphology.dend.R.R),
        "children": [c.type for c in morphology.children],
        "parents": [morphology.parent is None, morphology.axon.parent is not None],
        "len": raised(lambda: len(morphology)),
        "topology": _drawn(morphology),
        "twice": raised(lambda: setattr(morphology, "axon", b.Soma(1 * b.um))),
    }  # fmt: skip


@probe("21 tree")
def changing_trees(b: Any) -> dict[str, Any]:
    morphology = _tree(b)
    del morphology.dend.L
    found = [int(morphology.total_compartments), morphology.dend.R.indices[:]]
    morphology.dend.L = b.Cylinder(diameter=1 * b.um, n=1, length=60 * b.um)
    found += [morphology.dend.L.indices[:], morphology.dend.R.indices[:]]
    cable = b.Cylinder(diameter=1 * b.um, n=2, length=10 * b.um)
    cable.L = b.Cylinder(diameter=1 * b.um, n=2, length=10 * b.um)
    cable.L.distal = b.Cylinder(diameter=1 * b.um, n=1, length=10 * b.um)
    one = b.Cylinder(diameter=1 * b.um, n=2, length=10 * b.um)
    first = b.Soma(10 * b.um)
    first.a = one
    second = b.Soma(20 * b.um)
    return {
        "found": found,
        "cable": [cable.distance, cable.L.distance, cable.L.distal.distance],
        "deleted": raised(lambda: delattr(morphology, "what")),
        "soma as child": raised(lambda: setattr(cable, "s", b.Soma(3 * b.um))),
    }


@probe("21 attributes")
def attributes(b: Any) -> dict[str, Any]:
    morphology = _tree(b)
    placed = b.Soma(30 * b.um, x=1 * b.um, y=0 * b.um, z=0 * b.um)
    placed.a = b.Cylinder(1 * b.um, 2, x=[0, 10] * b.um, y=[0, 0] * b.um, z=[0, 0] * b.um)
    placed.a.b = b.Section(
        [1, 1, 0.5] * b.um, n=2, x=[0, 5, 10] * b.um, y=[0, 5, 5] * b.um, z=[0, 0, 0] * b.um
    )
    return {
        "dend": _look(morphology.dend),
        "L": _look(morphology.dend.L),
        "soma": _look(morphology),
        "placed": _look(placed.a, *_COORDINATES),
        "below": _look(placed.a.b, "length", "distance", *_COORDINATES),
        "coordinates": placed.a.b.coordinates,
        "without": [morphology.axon.x, morphology.axon.coordinates],
        "unit": [repr(morphology.axon.area.dim), repr(morphology.axon.volume.dim)],
        "read-only": raised(lambda: setattr(morphology.axon, "area", 3 * b.um**2)),
    }


@probe("21 indexing")
def indexing(b: Any) -> dict[str, Any]:
    morphology = _tree(b)
    axon = morphology.axon
    return {
        "one": [axon[3].indices[:], axon[-1].indices[:], axon[0].length],
        "slice": [axon[2:5].indices[:], axon[:2].indices[:], axon[7:].indices[:]],
        "distance": [axon[25 * b.um].indices[:], axon[0 * b.um].indices[:]],
        "range": [
            axon[25 * b.um : 60 * b.um].indices[:],
            axon[: 30 * b.um].indices[:],
            axon[70 * b.um :].indices[:],
            axon[20 * b.um : 30 * b.um].indices[:],
        ],
        "indices": [
            axon.indices[3],
            axon.indices[2:5],
            int(axon.indices[25 * b.um]),
            axon.indices[25 * b.um : 60 * b.um],
            axon.indices[-1],
        ],
        "sub": _look(axon[2:5], "area", "distance", "length"),
        "n": int(axon[2:5].n),
        "soma": [morphology[0].indices[:], morphology.indices[0]],
        "outside": raised(lambda: axon[10]),
        "beyond": raised(lambda: axon[110 * b.um]),
        "beyond range": raised(lambda: axon[50 * b.um : 200 * b.um]),
        "below zero": raised(lambda: axon[-1 * b.um]),
        "empty": raised(lambda: axon[5:5]),
        "reversed": raised(lambda: axon[5:2]),
        "step": raised(lambda: axon[::2]),
        "mixed": raised(lambda: axon[2 : 30 * b.um]),
        "volt": raised(lambda: axon[3 * b.mV]),
        "float": raised(lambda: axon[3.5]),
        "number in a range": raised(lambda: axon[3.0:5.0]),
        "list": raised(lambda: axon[[1, 2]]),
        "outside indices": raised(lambda: axon.indices[10]),
        "text": raised(lambda: axon.indices["x"]),
    }


_SWC = """# a small cell
1 1 0 0 0 10 -1
2 3 0 20 0 2 1
3 3 0 40 0 1.5 2
4 3 10 50 0 1 3
5 3 15 60 0 1 4
6 3 -10 50 0 1 3
7 2 0 -20 0 1 1
8 2 0 -40 0 1 7
"""


@probe("21 building")
def from_files(b: Any) -> dict[str, Any]:
    Path("probe_cell.swc").write_text(_SWC, encoding="utf-8")
    try:
        one = b.Morphology.from_file("probe_cell.swc")
        two = b.Morphology.from_swc_file("probe_cell.swc")
        cylinder = raised(lambda: b.Morphology.from_file("probe_cell.swc", spherical_soma=False))
        Path("probe_cell.txt").write_text(_SWC, encoding="utf-8")
        suffix = raised(lambda: b.Morphology.from_file("probe_cell.txt"))
    finally:
        os.remove("probe_cell.swc")
        Path("probe_cell.txt").unlink(missing_ok=True)
    return {
        "topology": _drawn(one),
        "totals": [int(one.total_compartments), int(one.total_sections)],
        "soma": _look(one, "area", "diameter", "x", "y"),
        "dend": _look(one.dend, "area", "length", "x", "y", "distance", "diameter"),
        "children": [_drawn(two.dend), int(two.axon.n)],
        "branches": [_look(s, "length", "y", "end_x") for s in one.dend.children],
        "suffix": suffix,
        "missing": raised(lambda: b.Morphology.from_file("probe_no_file.swc")),
        "cylindrical": cylinder,
    }


@probe("21 building")
def from_points(b: Any) -> dict[str, Any]:
    points = [
        (1, "soma", 0, 0, 0, 20, -1),
        (2, "dend", 0, 30, 0, 2, 1),
        (3, "dend", 0, 60, 0, 1, 2),
        (4, "dend", 10, 70, 0, 1, 3),
        (5, "dend", -10, 70, 0, 1, 3),
        (6, "axon", 0, -30, 0, 1, 1),
        (7, "dend", 30, 0, 0, 1, 1),
    ]
    cell = b.Morphology.from_points(points)
    soma3 = [
        (1, "soma", 0, 0, 0, 20, -1),
        (2, "soma", 0, -10, 0, 20, 1),
        (3, "soma", 0, 10, 0, 20, 1),
        (4, "axon", 0, 30, 0, 1, 1),
    ]
    return {
        "topology": _drawn(cell),
        "dend": [_look(cell.dend, "length", "x", "y"), int(cell.dend2.n)],
        "children": [int(s.n) for s in cell.dend.children],
        "soma of three": _look(b.Morphology.from_points(soma3), "area", "diameter"),
        "kinds": [type(cell).__name__, type(cell.dend).__name__],
        "short": raised(lambda: b.Morphology.from_points([(1, 2, 3)])),
        "no parent": raised(
            lambda: b.Morphology.from_points([(1, "soma", 0, 0, 0, 20, -1),
                                              (2, "dend", 0, 1, 0, 1, 7)])
        ),
        "twice": raised(
            lambda: b.Morphology.from_points([(1, "soma", 0, 0, 0, 20, -1),
                                              (1, "dend", 0, 1, 0, 1, 1)])
        ),
    }  # fmt: skip


@probe("21 building")
def generated_coordinates(b: Any) -> dict[str, Any]:
    morphology = _tree(b)
    placed = morphology.generate_coordinates()
    again = morphology.generate_coordinates()
    known = b.Soma(30 * b.um, x=0 * b.um, y=0 * b.um, z=0 * b.um)
    known.a = b.Cylinder(1 * b.um, 2, x=[0, 10] * b.um, y=[0, 0] * b.um, z=[0, 0] * b.um)
    lengths = np.sqrt(
        np.asarray(placed.dend.L.end_x - placed.dend.L.start_x) ** 2
        + np.asarray(placed.dend.L.end_y - placed.dend.L.start_y) ** 2
        + np.asarray(placed.dend.L.end_z - placed.dend.L.start_z) ** 2
    )
    return {
        "original": [morphology.axon.x],
        "copy": placed is not morphology,
        "same": bool(np.array_equal(np.asarray(placed.dend.x), np.asarray(again.dend.x))),
        "lengths": bool(np.allclose(lengths, np.asarray(morphology.dend.L.length))),
        "totals": [int(placed.total_compartments), int(placed.total_sections)],
        "area": placed.dend.area,
        "finite": bool(np.isfinite(np.asarray(placed.axon.coordinates)).all()),
        "overwrite": known.generate_coordinates(overwrite_existing=True).a.length,
        "random": raised(lambda: morphology.generate_coordinates(section_randomness=10.0,
                                                                 compartment_randomness=5.0)),
        "child starts at the end": bool(
            np.allclose(np.asarray(placed.dend.L.start_x)[0], np.asarray(placed.dend.end_x)[-1])
        ),
    }  # fmt: skip


@probe("21 building")
def copies(b: Any) -> dict[str, Any]:
    morphology = _tree(b)
    copied = morphology.copy() if hasattr(morphology, "copy") else morphology
    return {"types": [type(morphology).__name__, type(morphology.axon).__name__,
                      type(morphology.dend).__name__, type(morphology.axon[2:4]).__name__],
            "n": int(copied.total_compartments)}  # fmt: skip
