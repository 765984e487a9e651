"""Morphologies where brainsim differs from Brian2 on purpose."""

import pytest

from brainsim import Cylinder, Morphology, Soma, um


def soma_with(count, kind=None):
    """Return a soma from which so many sections grow."""
    points = [(1, "soma", 0, 0, 0, 20, -1)]
    points += [(k, kind, 10 * k, 5, 0, 1, 1) for k in range(2, 2 + count)]
    return Morphology.from_points(points)


@pytest.mark.row("21 building")
@pytest.mark.parametrize(("count", "names"), [(2, "LR"), (3, "123")])
def test_sections_without_a_type_have_short_names(count, names):
    """Not None, of which there would be several."""
    cell = soma_with(count)
    assert [cell[name].n for name in names] == [1] * count


@pytest.mark.row("21 building")
def test_coordinates_that_are_there_stay():
    """Unless they are to be overwritten."""
    cell = Soma(30 * um, x=0 * um, y=0 * um, z=0 * um)
    cell.a = Cylinder(1 * um, 2, x=[0, 10] * um, y=[0, 0] * um, z=[0, 0] * um)
    assert (cell.generate_coordinates().a.end_x == [5, 10] * um).all()


@pytest.mark.row("21 tree")
def test_a_section_belongs_to_one_tree():
    """A copy can be attached elsewhere."""
    cell = Soma(30 * um)
    cell.L = Cylinder(1 * um, 2, length=10 * um)
    with pytest.raises(ValueError, match=r"copy\(\)"):
        cell.R = cell.L
    with pytest.raises(TypeError):
        cell.other = 3
    cell.R = cell.L.copy()
    assert cell.total_compartments == 5


@pytest.mark.row("21 indexing")
def test_indices_before_the_first_compartment_are_refused():
    """As behind the last."""
    with pytest.raises(IndexError):
        Cylinder(1 * um, 10, length=100 * um)[-11]
