"""Morphologies: measures, trees, indices, coordinates, points. Literals were taken from Brian2."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import brainsim as b
from brainsim import Cylinder, DimensionMismatchError, Morphology, Section, Soma, um

# results of one to three roundings of numbers with 16 digits
CLOSE = {"rtol": 1e-14}
SWC = """# a cell
 1 1 0 0 0 15 -1
2 2 5 0 0 0.5 1
3 2 10 0 0 1 2

4 3 0 20 0 1 1   # the dendrite
5 4 0 30 0 1 4
6 3 0 30 10 1 4
7 5 0 40 10 1 6
8 0 0 50 10 1 7
9 6 50 50 10 1 6
"""


def cell():
    """Return a soma with a branched dendrite and an axon."""
    morpho = Soma(30 * um)
    morpho.axon = Cylinder(diameter=1 * um, n=10, length=100 * um)
    morpho.dend = Cylinder(diameter=2 * um, n=5, length=50 * um)
    morpho.dend.L = Cylinder(diameter=1 * um, n=2, length=20 * um)
    morpho.dend.R = Section(diameter=[1, 2, 3, 1] * um, n=3, length=[5, 10, 25] * um)
    morpho.axon.L = Section(diameter=[1, 0.5, 0.2] * um, n=2, length=[5, 6] * um)
    return morpho


# ------------------------------------------------------------------------------------- measures


def test_a_soma_is_a_sphere_at_one_potential():
    soma = Soma(30 * um)
    np.testing.assert_allclose(soma.area / um**2, [2827.4333882308138], **CLOSE)
    np.testing.assert_allclose(soma.volume / um**3, [14137.166941154068], **CLOSE)
    assert soma.length[0] == soma.diameter[0] == 30 * um
    assert soma.distance[0] == soma.end_distance == 0 * um
    assert soma.r_length_1[0] == soma.r_length_2[0] == 1 * b.metre
    assert (soma.n, soma.total_compartments, soma.total_sections) == (1, 1, 1)
    assert soma.type == "soma"
    with pytest.raises(AttributeError, match="start_diameter"):
        soma.start_diameter  # noqa: B018


def test_a_cylinder_is_cut_into_equal_parts():
    cylinder = Cylinder(diameter=1 * um, n=4, length=100 * um)
    np.testing.assert_allclose(cylinder.area / um**2, [78.53981633974483] * 4, **CLOSE)
    np.testing.assert_allclose(cylinder.volume / um**3, [19.634954084936208] * 4, **CLOSE)
    np.testing.assert_allclose(cylinder.distance / um, [12.5, 37.5, 62.5, 87.5], **CLOSE)
    # Brian2 shows 62.83185307 nm
    np.testing.assert_allclose(cylinder.r_length_1 / um, [np.pi / 2 / 25] * 4, **CLOSE)
    np.testing.assert_allclose(cylinder.r_length_2 / um, [np.pi / 2 / 25] * 4, **CLOSE)
    assert cylinder.end_distance / um == pytest.approx(100, rel=1e-14)
    assert cylinder.type is None
    assert cylinder.x is None
    assert cylinder.coordinates is None


def test_a_section_is_a_row_of_cones():
    section = Section(diameter=[4, 3, 2, 1] * um, n=3, length=[10, 20, 30] * um)
    # as many digits as were printed
    eight_digits = {"rtol": 1e-8}
    np.testing.assert_allclose(
        section.area / um**2, [110.09310176, 157.1287124, 141.391303], **eight_digits
    )
    np.testing.assert_allclose(
        section.volume / um**3, [96.86577349, 99.48376736, 54.97787144], **eight_digits
    )
    np.testing.assert_allclose(
        section.r_length_1 / um, [2.19911486, 0.58904862, 0.15707963], rtol=1e-7
    )
    np.testing.assert_allclose(
        section.r_length_2 / um, [1.64933614, 0.39269908, 0.07853982], rtol=1e-7
    )
    np.testing.assert_allclose(section.diameter / um, [3.5, 2.5, 1.5], **CLOSE)
    np.testing.assert_allclose(section.start_diameter / um, [4, 3, 2], **CLOSE)
    np.testing.assert_allclose(section.end_diameter / um, [3, 2, 1], **CLOSE)
    np.testing.assert_allclose(section.distance / um, [5, 20, 45], **CLOSE)


@given(
    st.lists(st.floats(0.1, 100), min_size=2, max_size=8),
    st.floats(0.1, 1000),
)
def test_cones_conserve_volume_and_resistance_of_a_cylinder(widths, length):
    """A section of equal diameters is the cylinder; any section has positive measures."""
    n = len(widths) - 1
    section = Section(np.array(widths) * um, n, np.full(n, length / n) * um)
    for name in ("area", "volume", "r_length_1", "r_length_2"):
        assert (np.asarray(getattr(section, name)) > 0).all()
    same = Section(np.full(n + 1, widths[0]) * um, n, np.full(n, length / n) * um)
    cylinder = Cylinder(widths[0] * um, n, length * um)
    for name in ("area", "volume", "r_length_1", "diameter", "distance"):
        # a few roundings in different order
        np.testing.assert_allclose(getattr(same, name), getattr(cylinder, name), rtol=1e-13)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Soma(30), DimensionMismatchError, "diameter"),
        (lambda: Soma([1, 2] * um), TypeError, "single value"),
        (lambda: Soma(30 * um, x=[1, 2] * um), TypeError, "single value"),
        (lambda: Soma(-3 * um), ValueError, "positive"),
        (lambda: Soma("big"), TypeError, "10\\*um"),
        (lambda: Cylinder(1 * um, 2), TypeError, "length, or coordinates"),
        (lambda: Cylinder(1 * um, 2, 9 * um, x=[0, 9] * um), TypeError, "not both"),
        (lambda: Cylinder(1 * um, 2, x=[0, 1, 2] * um), TypeError, "2 values"),
        (lambda: Cylinder([1, 2] * um, 2, 9 * um), TypeError, "single value"),
        (lambda: Cylinder(1 * um, 0, 9 * um), ValueError, "at least one"),
        (lambda: Cylinder(1 * um, 2.5, 9 * um), TypeError, "integer"),
        (lambda: Cylinder(1 * um, 2, 9), DimensionMismatchError, "length"),
        (lambda: Cylinder(1 * um, 2, 9 * b.mV), DimensionMismatchError, "length"),
        (lambda: Cylinder(1 * um, 2, np.inf * um), ValueError, "finite"),
        (lambda: Section([4, 3, 2] * um, 3, [1, 2, 3] * um), TypeError, "4 values"),
        (lambda: Section([4, 3] * um, 1, 10 * um), TypeError, "1 values"),
        (lambda: Section([4, -3] * um, 1, [10] * um), ValueError, "positive"),
        (lambda: Section([4, 3] * um, 1, [0] * um), ValueError, "positive"),
        (Morphology, TypeError, "missing"),
        (lambda: Morphology(None, None, None), TypeError, "from_file"),
    ],
)
def test_wrong_measures_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


# ------------------------------------------------------------------------------------- the tree


def test_compartments_are_numbered_depth_first():
    morpho = cell()
    assert (morpho.total_compartments, morpho.total_sections) == (23, 6)
    assert morpho.indices[:].tolist() == [0]
    assert morpho.axon.indices[:].tolist() == list(range(1, 11))
    assert morpho.axon.L.indices[:].tolist() == [11, 12]
    assert morpho.dend.indices[:].tolist() == [13, 14, 15, 16, 17]
    assert morpho.dend.L.indices[:].tolist() == [18, 19]
    assert morpho.dend.R.indices[:].tolist() == [20, 21, 22]


def test_distances_are_measured_from_the_end_of_the_soma():
    morpho = cell()
    np.testing.assert_allclose(morpho.axon.L.distance / um, [102.5, 108], **CLOSE)
    np.testing.assert_allclose(morpho.dend.R.distance / um, [52.5, 60, 77.5], **CLOSE)
    assert morpho.dend.R.end_distance / um == pytest.approx(90, rel=1e-14)


def test_short_names_can_be_chained():
    root = Cylinder(1 * um, 1, 9 * um)
    root.L = Cylinder(1 * um, 1, 9 * um)
    root.LR = Cylinder(1 * um, 1, 8 * um)
    root.LR1 = Cylinder(1 * um, 1, 7 * um)
    assert root.LR is root.L.R
    assert root["LR1"] is root.L.R["1"]
    assert root.L["1"] is root.L.R  # numbers count the children
    assert root.total_sections == 4
    with pytest.raises(AttributeError, match="no section 'R'"):
        root.RL = Cylinder(1 * um, 1, 9 * um)


def test_sections_can_be_deleted_and_added_again():
    morpho = cell()
    axon_end = morpho.axon.L
    del morpho.axon.L
    assert morpho.total_compartments == 21
    assert axon_end.parent is None
    morpho["dend"]["apic"] = axon_end
    assert morpho.dend.apic.indices[:].tolist() == [21, 22]
    assert morpho.dend.children.names == ("L", "R", "apic")
    assert morpho.children.name(morpho.axon) == "axon"
    assert len(morpho.children) == 2


def test_wrong_trees_are_refused():
    morpho = cell()
    with pytest.raises(AttributeError, match="did you mean 'axon'"):
        morpho.axom  # noqa: B018
    with pytest.raises(AttributeError, match="already"):
        morpho.axon = Cylinder(1 * um, 1, 9 * um)
    with pytest.raises(AttributeError, match="has a meaning"):
        morpho.x = Cylinder(1 * um, 1, 9 * um)
    with pytest.raises(AttributeError, match="cannot be set"):
        morpho.area = 3
    with pytest.raises(TypeError, match="Soma, Cylinder or Section"):
        morpho.other = 5
    with pytest.raises(TypeError, match="under a name"):
        morpho[3] = Cylinder(1 * um, 1, 9 * um)
    with pytest.raises(ValueError, match="belongs to a morphology already"):
        morpho.other = morpho.dend.L
    with pytest.raises(ValueError, match="belongs to a morphology already"):
        morpho.dend.L.again = morpho
    with pytest.raises(TypeError, match="total_compartments"):
        len(morpho)
    with pytest.raises(AttributeError, match="no section 'foo'"):
        del morpho.foo


def test_a_copy_is_independent():
    morpho = cell()
    copy = morpho.copy()
    del copy.dend.L
    assert (morpho.total_compartments, copy.total_compartments) == (23, 21)
    assert copy.dend is not morpho.dend
    lone = morpho.dend.copy_section()
    assert lone.parent is None
    assert len(lone.children) == 0


def test_the_topology_is_drawn():
    lines = str(cell().topology()).splitlines()
    assert lines == [
        "( )  [root]",
        "   `----------|  .axon",
        "               `--|  .axon.L",
        "   `-----|  .dend",
        "          `--|  .dend.L",
        "          `---|  .dend.R",
    ]


# -------------------------------------------------------------------------------------- indices


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (10 * um, [2]),
        (9.9999999999 * um, [2]),
        (99.999 * um, [10]),
        (0 * um, [1]),
        (100 * um, [10]),
        (3, [4]),
        (-1, [10]),
        (slice(None), list(range(1, 11))),
        (slice(2, 5), [3, 4, 5]),
        (slice(2, 20), [3, 4, 5, 6, 7, 8, 9, 10]),
        (slice(5, 2), []),
        (slice(10 * um, 50 * um), [2, 3, 4, 5]),
        (slice(15 * um, 55 * um), [2, 3, 4, 5, 6]),
        (slice(None, 50 * um), [1, 2, 3, 4, 5]),
        (slice(50 * um, None), [6, 7, 8, 9, 10]),
        (slice(14 * um, 16 * um), [2]),
        (slice(10 * um, 10 * um), []),
        (slice(50 * um, 10 * um), []),
        (slice(90 * um, 200 * um), [10]),
    ],
)
def test_compartments_are_found_by_number_and_by_distance(item, expected):
    axon = cell().axon
    assert np.atleast_1d(axon.indices[item]).tolist() == expected
    assert axon[item].indices[:].tolist() == expected
    assert axon[item].n == len(axon[item]) == len(expected)


def test_a_part_of_a_section_has_measures():
    part = cell().dend.R[5 * um : 20 * um]
    np.testing.assert_allclose(part.distance / um, [60, 77.5], **CLOSE)
    np.testing.assert_allclose(part.length / um, [10, 25], **CLOSE)
    assert part.x is None
    with pytest.raises(AttributeError, match="no 'parent'"):
        part.parent  # noqa: B018
    with pytest.raises(IndexError, match="only"):
        part.indices[1]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        (100.1 * um, IndexError),
        (-1 * um, IndexError),
        (10, IndexError),
        (-11, IndexError),
        (slice(None, None, 2), TypeError),
        ([1, 2], TypeError),
        (1.5, TypeError),
        (True, TypeError),
        (1 * b.mV, TypeError),
        (slice(1, 50 * um), TypeError),
        (slice(10 * um, 50 * um, 3 * um), TypeError),
    ],
)
def test_wrong_indices_are_refused(item, error):
    axon = cell().axon
    with pytest.raises(error):
        axon[item]
    with pytest.raises(error):
        axon.indices[item]


# ---------------------------------------------------------------------------------- coordinates


def test_coordinates_are_given_relative_to_the_end_of_the_parent():
    morpho = Soma(30 * um, x=10 * um, y=5 * um)
    morpho.axon = Cylinder(diameter=1 * um, n=2, x=[0, 100] * um)
    morpho.axon.L = Section([3, 2, 1] * um, 2, x=[0, 10, 20] * um, z=[0, 10, 10] * um)
    morpho.far = Cylinder(diameter=1 * um, n=2, x=[20, 100] * um)
    np.testing.assert_allclose(morpho.axon.start_x / um, [10, 60], **CLOSE)
    np.testing.assert_allclose(morpho.axon.x_, [35e-6, 85e-6], **CLOSE)
    np.testing.assert_allclose(morpho.axon.end_x / um, [60, 110], **CLOSE)
    np.testing.assert_allclose(morpho.axon.y / um, [5, 5], **CLOSE)
    np.testing.assert_allclose(
        morpho.axon.L.coordinates / um, [[110, 5, 0], [120, 5, 10], [130, 5, 10]], **CLOSE
    )
    np.testing.assert_allclose(morpho.axon.L.length / um, [np.sqrt(200), 10], **CLOSE)
    np.testing.assert_allclose(morpho.far.distance / um, [20, 60], **CLOSE)
    assert morpho.x[0] == 10 * um
    assert morpho.z[0] == 0 * um


def test_a_parent_without_coordinates_stands_for_the_origin():
    morpho = Cylinder(diameter=1 * um, n=2, length=10 * um)
    morpho.L = Cylinder(diameter=1 * um, n=2, x=[0, 10] * um)
    np.testing.assert_allclose(morpho.L.x / um, [2.5, 7.5], **CLOSE)
    assert morpho.start_x is None


def test_generated_coordinates_fan_out():
    morpho = Soma(30 * um)
    morpho.axon = Cylinder(diameter=1 * um, n=2, length=100 * um)
    morpho.dend = Cylinder(diameter=1 * um, n=2, length=100 * um)
    morpho.dend.L = Cylinder(diameter=1 * um, n=2, length=100 * um)
    morpho.dend.R = Cylinder(diameter=1 * um, n=2, length=100 * um)
    drawn = morpho.generate_coordinates()
    assert morpho.dend.x is None
    # sines of multiples of pi are zero to 1e-16 of a length of 1e-4
    close = {"atol": 1e-18}
    np.testing.assert_allclose(drawn.axon.end_y_, [-65e-6, -115e-6], **close)
    np.testing.assert_allclose(drawn.dend.end_y_, [65e-6, 115e-6], **close)
    np.testing.assert_allclose(drawn.dend.L.end_x_[-1], -50e-6, **close)
    np.testing.assert_allclose(drawn.dend.R.end_x_[-1], 50e-6, **close)
    np.testing.assert_allclose(drawn.dend.length, morpho.dend.length)
    lone = Cylinder(diameter=1 * um, n=2, length=100 * um).generate_coordinates()
    np.testing.assert_allclose(lone.end_y_, [50e-6, 100e-6], **close)


def test_generated_coordinates_can_be_random_and_replace_others():
    morpho = Soma(30 * um, x=5 * um)
    morpho.axon = Cylinder(diameter=1 * um, n=20, length=100 * um)
    np.random.seed(3)  # noqa: NPY002 - drawings use NumPy's global numbers
    drawn = morpho.generate_coordinates(section_randomness=20, compartment_randomness=20)
    assert drawn.x[0] == 5 * um
    steps = np.linalg.norm(np.diff(drawn.axon.coordinates_, axis=0), axis=1)
    # the norm of a rotated vector: roundings of coordinates up to 100 um
    np.testing.assert_allclose(steps, 5e-6, rtol=1e-12)
    assert np.abs(drawn.axon.z_).max() > 0
    assert morpho.generate_coordinates(overwrite_existing=True).x[0] == 0 * um


# --------------------------------------------------------------------------------------- points


def test_points_become_sections_between_branch_points():
    points = [
        (1, "soma", 0, 0, 0, 30, -1),
        (2, "soma", 0, 15, 0, 30, 1),
        (3, "soma", 0, -15, 0, 30, 1),
        (4, "axon", 5, 0, 0, 1, 1),
        (5, "axon", 10, 0, 0, 2, 4),
        (6, "dend", 20, 5, 0, 1, 1),
        (7, "dend", 30, 5, 0, 1, 6),
        (8, "dend", 30, 10, 0, 1, 6),
        (9, "dend", 40, 10, 0, 1, 8),
    ]
    morpho = Morphology.from_points(points)
    assert isinstance(morpho, Soma)
    assert [section.n for section in morpho.sections()] == [1, 2, 1, 1, 2]
    assert morpho.dend.children.names == ("dend", "dend2")
    np.testing.assert_allclose(morpho.axon.start_diameter / um, [1, 1], **CLOSE)
    np.testing.assert_allclose(morpho.axon.end_diameter / um, [1, 2], **CLOSE)
    np.testing.assert_allclose(
        morpho.dend.dend2.coordinates / um, [[20, 5, 0], [30, 10, 0], [40, 10, 0]], **CLOSE
    )
    np.testing.assert_allclose(morpho.dend.dend2.distance / um, [26.20569807, 36.79586802], 1e-8)


def test_points_without_a_soma_begin_with_a_section():
    points = [
        (1, "dend", 1, 2, 3, 3, -1),
        (2, "dend", 5, 2, 3, 1, 1),
        (3, "axon", 10, 2, 3, 2, 2),
        (4, "axon", 20, 2, 3, 1, 3),
    ]
    morpho = Morphology.from_points(points)
    assert morpho.type == "dend"
    np.testing.assert_allclose(morpho.coordinates / um, [[1, 2, 3], [5, 2, 3]], **CLOSE)
    np.testing.assert_allclose(morpho.diameter / um, [2], **CLOSE)
    # behind anything but a soma a section begins as wide as its parent ends
    np.testing.assert_allclose(morpho.axon.start_diameter / um, [1, 2], **CLOSE)


def test_sections_without_types_have_short_names():
    two = [(1, None, 0, 0, 0, 3, -1), (2, None, 5, 0, 0, 1, 1)]
    two += [(3, None, 10, 0, 0, 2, 2), (4, "", 20, 5, 0, 1, 2)]
    assert Morphology.from_points(two).children.names == ("L", "R")
    three = [*two, (5, 0, 20, 15, 0, 1, 2)]
    assert Morphology.from_points(three).children.names == ("1", "2", "3")


def test_a_soma_of_several_points_is_a_section(caplog):
    points = [(1, "soma", 0, 0, 0, 30, -1), (2, "soma", 0, 15, 0, 30, 1)]
    points += [(3, "soma", 0, 30, 0, 30, 2), (4, "axon", 5, 0, 0, 1, 3)]
    morpho = Morphology.from_points(points)
    assert isinstance(morpho, Section)
    assert morpho.n == 2
    assert morpho.axon.coordinates_[0, 1] == pytest.approx(30e-6)
    del caplog


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([(1, "soma", 0, 0, 0, 30, -1), (1, "axon", 10, 0, 0, 2, 1)], "index 1"),
        ([(1, "soma", 0, 0, 0, 30, -1), (2, "dend", 5, 0, 0, 1, 7)], "point 7"),
        ([(1, "soma", 0, 0, 0, 30, -1), (2, "dend", 5, 0, 0, 1)], "7 values"),
        ([(1, "soma", 0, 0, 0, 30, -1), (2, "dend", 5, 0, 0, 0, 1)], "positive"),
        ([(1, "soma", 0, 0, 0, 30, -1), (2, "dend", 0, 0, 0, 1, 1)], "point 2 lies where"),
        ([(1, "soma", 0, 0, 0, 30, -1), (2, "dend", 5, 0, 0, 1, -1)], "without a parent"),
        ([(1, "dend", 0, 0, 0, 30, -1)], "single point"),
        ([], "no points"),
    ],
)
def test_wrong_points_are_refused(points, message):
    with pytest.raises(ValueError, match=message):
        Morphology.from_points(points)


def test_a_soma_of_three_points_must_have_the_standard_form():
    points = [(1, "soma", 0, 0, 0, 30, -1), (2, "soma", 0, 15, 0, 30, 1)]
    good = [*points, (3, "soma", 0, -15.1, 0, 30, 1), (4, "axon", 5, 0, 0, 1, 2)]
    assert isinstance(Morphology.from_points(good), Soma)
    bad = [*points, (3, "soma", 0, -10, 0, 30, 1), (4, "axon", 5, 0, 0, 1, 1)]
    with pytest.raises(ValueError, match="10 um"):
        Morphology.from_points(bad)
    with pytest.raises(ValueError, match="single point"):
        Morphology.from_points([(1, "soma", 0, 0, 0, 30, -1)], spherical_soma=False)


def test_an_swc_file_is_read(tmp_path):
    file = tmp_path / "cell.swc"
    file.write_text(SWC)
    morpho = Morphology.from_file(file)
    assert [path.split()[-1] for path in str(morpho.topology()).splitlines()] == [
        *("[root]", ".axon", ".dend", ".dend.apic", ".dend.dend"),
        *(".dend.dend.L", ".dend.dend.R"),
    ]
    np.testing.assert_allclose(morpho.axon.diameter / um, [1, 1.5], **CLOSE)
    assert Morphology.from_swc_file(str(file)).total_compartments == morpho.total_compartments


@pytest.mark.parametrize("text", ["1 1 0 0 0 15\n", "1 1 0 0 zero 15 -1\n", "# nothing\n"])
def test_wrong_swc_files_are_refused(tmp_path, text):
    file = tmp_path / "cell.swc"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"line 1|no points"):
        Morphology.from_file(file)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(NotImplementedError, match=r"\.swc"):
        Morphology.from_file(tmp_path / "cell.asc")
    with pytest.raises(FileNotFoundError):
        Morphology.from_file(tmp_path / "none.swc")
