"""Morphologies where brainsim differs from Brian2 on purpose."""

import numpy as np
import pytest

from brainsim import (
    Cylinder,
    DimensionMismatchError,
    Morphology,
    Network,
    Soma,
    SpatialNeuron,
    cm,
    ms,
    mV,
    nA,
    ohm,
    siemens,
    uF,
    um,
)


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


@pytest.mark.row("21 SpatialNeuron")
def test_the_membrane_current_is_checked_when_the_neuron_is_made():
    """Its unit, and that it has no flag and an expression."""
    with pytest.raises(DimensionMismatchError):
        SpatialNeuron(Soma(30 * um), "Im = 3*volt : volt")
    for model in ("Im : amp/meter**2", "Im = 0*amp/meter**2 : amp/meter**2 (constant over dt)"):
        with pytest.raises(TypeError):
            SpatialNeuron(Soma(30 * um), model)


def solved(neuron, current, steps):
    """Return v after backward Euler in extended precision: a soma with two sections of two.

    The membrane has Cm = 1 uF/cm**2 and a leak of 1 siemens/meter**2 to -70 mV, Ri is 1 ohm meter.
    """
    extended = np.longdouble
    area, one, two = (
        np.asarray(getattr(neuron, name)[:]).astype(extended)
        for name in ("area", "r_length_1", "r_length_2")
    )
    branch = 5
    links = [(0, branch, two[0]), (1, branch, one[1]), (3, branch, one[3])]
    links += [(k, k + 1, 1 / (1 / two[k] + 1 / one[k + 1])) for k in (1, 3)]
    capacity, leak, rest = extended("0.01") / extended("1e-4"), extended(1), extended("-0.07")
    matrix = np.zeros((6, 6), dtype=extended)
    matrix[range(5), range(5)] = (capacity + leak) * area
    for i, j, conductance in links:
        matrix[[i, j], [i, j]] += conductance
        matrix[[i, j], [j, i]] -= conductance
    rows = np.hstack([matrix, np.eye(6, dtype=extended)])
    for k in range(6):
        rows[k] /= rows[k, k]
        for other in set(range(6)) - {k}:
            rows[other] -= rows[other, k] * rows[k]
    v = np.full(5, rest)
    for _ in range(steps):
        right = np.append((capacity * v + leak * rest) * area + current, 0)
        v = (rows[:, 6:] @ right)[:5]
    return v.astype(float)


@pytest.mark.row("21 integration")
@pytest.mark.skipif(np.finfo(np.longdouble).eps > 1e-18, reason="no extended precision")
def test_a_soma_costs_few_digits():
    """Its conductance of 1 siemens is some 1e7 times that of its membrane in one step."""
    cell = Soma(30 * um)
    cell.axon = Cylinder(1 * um, 2, length=40 * um)
    cell.dend = Cylinder(2 * um, 2, length=30 * um)
    neuron = SpatialNeuron(
        cell,
        "Im = 1*siemens/meter**2*(-70*mV - v) : amp/meter**2\nI : amp (point current)",
        Cm=1 * uF / cm**2,
        Ri=100 * ohm * cm,
    )
    neuron.v = -70 * mV
    neuron.I[0] = 0.1 * nA
    Network(neuron).run(2 * ms, namespace={"siemens": siemens})
    current = np.array([1e-10, 0, 0, 0, 0])
    # what is rounded in 1 siemens, 1e-16, is 4e-10 of Cm*area/dt = 2.8e-7 siemens, and so of what
    # the potential has moved, which is less than a tenth of the potential
    np.testing.assert_allclose(np.asarray(neuron.v), solved(neuron, current, 20), rtol=4e-11)
