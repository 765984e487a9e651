"""SpatialNeuron from Python: variables, sections as subgroups, indices, and wrong models."""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b
from brainsim import Cylinder, Section, Soma, SpatialNeuron, um
from brainsim.errors import EquationError

IM = "Im = gL*(EL - v) : amp/meter**2\ngL : siemens/meter**2\nI : amp (point current)"
NOTHING = "Im = 0*amp/meter**2 : amp/meter**2"
EL = -70 * b.mV


@pytest.fixture(autouse=True)
def _own_scope():
    """Keep the neurons of one test out of the others."""
    b.start_scope()


@pytest.fixture
def morpho():
    """Return a soma with an axon of four compartments that branches, and a dendrite of two."""
    tree = Soma(30 * um)
    tree.axon = Cylinder(diameter=1 * um, n=4, length=100 * um)
    tree.axon.L = Cylinder(diameter=1 * um, n=2, length=10 * um)
    tree.axon.R = Cylinder(diameter=1 * um, n=2, length=10 * um)
    tree.dend = Section(diameter=[2, 1, 3] * um, n=2, length=[20, 30] * um)
    return tree


def elements(group):
    """Return the elements of a subgroup in the neuron."""
    return list(range(group.start, group.stop))


def test_compartments_have_the_measures_of_the_morphology(morpho):
    neuron = SpatialNeuron(morpho, NOTHING)
    assert len(neuron) == neuron.N == neuron.compartments == 11
    for name in ("area", "length", "diameter", "volume", "distance", "r_length_1", "r_length_2"):
        expected = np.concatenate([np.asarray(getattr(s, name)) for s in morpho.sections()])
        np.testing.assert_array_equal(neuron.get_values(name), expected)
        assert getattr(neuron, name).dim is getattr(morpho, name).dim
    assert (neuron.v[:] == 0 * b.mV).all()
    assert neuron.Cm[3] == 0.9 * b.uF / b.cm**2
    # products of the same numbers in another order
    assert float(neuron.Ri) == pytest.approx(1.5, rel=1e-15)
    with pytest.raises(AttributeError, match="no variable or attribute 'x'"):
        neuron.x  # noqa: B018


def test_coordinates_are_variables_where_there_are_any():
    morpho = Soma(30 * um)
    morpho.axon = Cylinder(diameter=1 * um, n=2, x=[0, 10] * um)
    neuron = SpatialNeuron(morpho, NOTHING)
    np.testing.assert_allclose(neuron.x_[:], [np.nan, 2.5e-6, 7.5e-6], rtol=1e-15)


def test_time_and_space_constants_belong_to_the_membrane(morpho):
    neuron = SpatialNeuron(morpho, IM)
    neuron.gL = 1 * b.siemens / b.meter**2
    np.testing.assert_allclose(neuron.time_constant / b.ms, 9, rtol=1e-14)
    # sqrt(d/(4 Ri g)) of cylinders
    expected = np.sqrt(1e-6 / (4 * 1.5))
    np.testing.assert_allclose(neuron.axon.space_constant_[:], expected, rtol=1e-14)
    one = Soma(30 * um)
    one.ax = Section(diameter=[3, 1] * um, n=1, length=[20] * um)
    two = SpatialNeuron(one, IM, Ri=100 * b.ohm * b.cm)
    two.gL = [1, 4] * b.siemens / b.meter**2
    # as printed by Brian2
    np.testing.assert_allclose(two.space_constant / b.mmetre, [14.40977202, 0.33707167], rtol=1e-8)
    np.testing.assert_allclose(two.time_constant / b.ms, [9, 2.25], rtol=1e-14)


def test_point_currents_are_added_per_area(morpho):
    neuron = SpatialNeuron(morpho, IM)
    neuron.gL = 1 * b.siemens / b.meter**2
    neuron.I[2] = 1 * b.nA
    current = neuron.Im[:] / (b.amp / b.meter**2)
    assert current[1] == pytest.approx(-0.07, rel=1e-14)
    # -0.07 A/m**2 and 1 nA on pi*1 um*25 um
    assert current[2] == pytest.approx(-0.07 + 1e-9 / (np.pi * 25e-12), rel=1e-14)
    assert "I / area" in str(neuron.equations["Im"])


def test_sections_are_subgroups_with_their_subtrees(morpho):
    neuron = SpatialNeuron(morpho, IM)
    assert elements(neuron.axon) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert elements(neuron.axon.main) == [1, 2, 3, 4]
    assert elements(neuron.axon.L) == elements(neuron.axon.L.main) == [5, 6]
    assert elements(neuron.main) == [0]
    assert elements(neuron.dend) == [9, 10]
    assert neuron.axon.L.i[:].tolist() == [0, 1]
    neuron.axon.gL = 2 * b.siemens / b.meter**2
    neuron.axon.R.gL = 3 * b.siemens / b.meter**2
    assert neuron.gL_[:].tolist() == [0, 2, 2, 2, 2, 2, 2, 3, 3, 0, 0]
    neuron.axon.v["i > 2"] = 5 * b.mV
    assert neuron.v_[:].tolist() == [0, 0, 0, 0, *[0.005] * 5, 0, 0]
    with pytest.raises(AttributeError, match="no variable or attribute 'axom'"):
        neuron.axom  # noqa: B018
    with pytest.raises(AttributeError, match="no variable 'foo'"):
        neuron.axon.foo = 3


def test_parts_are_given_by_number_by_length_and_by_the_morphology(morpho):
    neuron = SpatialNeuron(morpho, NOTHING)
    assert elements(neuron[2:5]) == [2, 3, 4]
    assert elements(neuron[0]) == [0]
    assert elements(neuron.axon[2:6]) == [3, 4, 5, 6]
    assert elements(neuron.axon[10 * um : 50 * um]) == [1, 2]
    assert elements(neuron.axon[30 * um]) == [2]
    assert elements(neuron.dend.main[1]) == [10]
    assert elements(neuron[morpho.axon]) == [1, 2, 3, 4]
    assert elements(neuron[morpho.axon[10 * um : 30 * um]]) == [1, 2]
    assert elements(neuron.axon[morpho.axon.R]) == [7, 8]
    with pytest.raises(IndexError):
        neuron.axon[200 * um]
    with pytest.raises(IndexError, match="no part"):
        neuron.axon[morpho.dend]
    with pytest.raises(KeyError, match="'axon' is not defined"):
        neuron["axon"]


def test_elements_of_the_morphology_are_indices(morpho):
    neuron = SpatialNeuron(morpho, NOTHING)
    neuron.v = "i*mV"
    np.testing.assert_allclose(neuron.v[morpho.dend] / b.mV, [9, 10], rtol=1e-14)
    assert neuron.v[morpho.dend[0]] / b.mV == pytest.approx(9, rel=1e-14)
    assert np.ndim(neuron.v[morpho]) == 0
    neuron.v[morpho.axon[0:2]] = 50 * b.mV
    assert neuron.v_[:3].tolist() == [0, 0.05, 0.05]
    monitor = b.StateMonitor(neuron, "v", record=morpho.axon)
    assert monitor.record.tolist() == [1, 2, 3, 4]
    assert b.StateMonitor(neuron.axon, "v", record=morpho.axon[2]).record.tolist() == [2]
    group = b.NeuronGroup(1, "v : 1")
    with pytest.raises(TypeError, match="not made from a morphology"):
        group.v[morpho.axon]


def test_synapses_connect_to_places(morpho):
    neuron = SpatialNeuron(morpho, NOTHING, threshold="v > 0*mV", reset="")
    synapses = b.Synapses(neuron, neuron, on_pre="v += 1*mV")
    synapses.connect(i=0, j=morpho.axon[30 * um])
    synapses.connect(i=0, j=morpho.axon.L)
    assert synapses.j[:].tolist() == [2, 5, 6]


def test_a_changed_morphology_is_noticed(morpho):
    neuron = SpatialNeuron(morpho, NOTHING)
    morpho.dend.L = Cylinder(1 * um, 1, 9 * um)
    assert len(neuron) == 11
    with pytest.raises(IndexError, match="changed"):
        neuron.v[morpho.dend]
    np.testing.assert_array_equal(neuron.v[neuron.morphology.dend], [0, 0] * b.volt)
    with pytest.raises(AttributeError):
        neuron.dend.L  # noqa: B018


def test_a_subtree_can_be_a_neuron(morpho):
    neuron = SpatialNeuron(morpho.axon, NOTHING)
    assert len(neuron) == 8
    assert elements(neuron.L) == [4, 5]
    assert elements(neuron.main) == [0, 1, 2, 3]
    neuron.v = "i*mV"
    np.testing.assert_allclose(neuron.v[morpho.axon.R] / b.mV, [6, 7], rtol=1e-14)


def test_one_place_can_be_the_only_one_to_spike(morpho):
    options = {"threshold": "v > 0*mV", "reset": ""}
    for place in (3, morpho.axon[2], morpho.axon[2:3]):
        neuron = SpatialNeuron(morpho, NOTHING, threshold_location=place, **options)
        assert neuron.events["spike"] == "(v > 0*mV) and i == 3"
    with pytest.raises(TypeError, match="one compartment, not 4"):
        SpatialNeuron(morpho, NOTHING, threshold_location=morpho.axon, **options)
    with pytest.raises(IndexError, match="0 to 10"):
        SpatialNeuron(morpho, NOTHING, threshold_location=30, **options)
    with pytest.raises(TypeError, match="number or an element"):
        SpatialNeuron(morpho, NOTHING, threshold_location="v > 0*mV", **options)


def test_capacitance_is_given_per_compartment_and_checked(morpho):
    values = np.arange(1, 12) * b.uF / b.cm**2
    np.testing.assert_array_equal(SpatialNeuron(morpho, NOTHING, Cm=values).Cm[:], values)
    several = SpatialNeuron(morpho, NOTHING, Cm=values, cells=2)
    np.testing.assert_array_equal(several.Cm_[:], np.repeat(np.asarray(values), 2))
    with pytest.raises(b.DimensionMismatchError):
        SpatialNeuron(morpho, NOTHING, Cm=3)
    with pytest.raises(b.DimensionMismatchError):
        SpatialNeuron(morpho, NOTHING, Ri=3)


@pytest.mark.row("29 many cells of one morphology in one group")
def test_cells_lie_side_by_side(morpho):
    neuron = SpatialNeuron(morpho, IM, cells=3)
    assert (neuron.cells, neuron.compartments, len(neuron)) == (3, 11, 33)
    assert neuron.cell_indices(1).tolist() == list(range(1, 33, 3))
    assert elements(neuron.axon.main) == list(range(3, 15))
    assert neuron.cell[:6].tolist() == [0, 1, 2, 0, 1, 2]
    assert neuron.compartment[:6].tolist() == [0, 0, 0, 1, 1, 1]
    neuron.v["cell == 2 and compartment > 8"] = 1 * b.mV
    assert np.flatnonzero(neuron.v_[:]).tolist() == [29, 32]
    assert neuron.v_[morpho.dend[0]].tolist() == [0, 0, 0.001]
    np.testing.assert_array_equal(
        neuron.distance_[neuron.cell_indices(2)], SpatialNeuron(morpho, IM).distance_[:]
    )
    with pytest.raises(IndexError, match="no cell 3"):
        neuron.cell_indices(3)
    with pytest.raises(ValueError, match="cells"):
        SpatialNeuron(morpho, IM, cells=0)


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        ("w : 1", TypeError, "'Im', is not defined"),
        ("Im : amp/meter**2", TypeError, "not a subexpression"),
        ("dIm/dt = -Im/ms : amp/meter**2", TypeError, "not a subexpression"),
        (f"{NOTHING} (constant over dt)", TypeError, "flags"),
        (f"{NOTHING} (shared)", TypeError, "flags"),
        ("Im = 1*nA : amp", b.DimensionMismatchError, "point current"),
        ("Im = 1*nA : amp/meter**2", b.DimensionMismatchError, "Im"),
        (f"{NOTHING}\nv : volt", EquationError, "'v' is defined by"),
        (f"{NOTHING}\ndv/dt = -v/ms : volt", EquationError, "'v' is defined by"),
        (f"{NOTHING}\narea : 1", EquationError, "'area' is defined by"),
        (f"{NOTHING}\nI : 1 (point current)", b.DimensionMismatchError, "in amp"),
        (f"{NOTHING}\nI : amp (point curent)", ValueError, "point current"),
        ("Im = abs(v)*siemens/meter**2 : amp/meter**2", TypeError, "no derivative"),
        ("Im = clip(v, 0*mV, mV)*siemens/meter**2 : amp/meter**2", TypeError, "no derivative"),
        ("Im = floor(v/mV)*amp/meter**2 : amp/meter**2", TypeError, "no derivative"),
        ("Im = (v/mV) % 2*amp/meter**2 : amp/meter**2", TypeError, "no derivative"),
    ],
)
def test_wrong_models_are_refused(morpho, model, error, message):
    with pytest.raises(error, match=message):
        SpatialNeuron(morpho, model)


def test_other_things_than_morphologies_are_refused():
    for thing in (5, None, "cell.swc"):
        with pytest.raises(TypeError, match="morphology"):
            SpatialNeuron(thing, NOTHING)
    with pytest.raises(TypeError, match="model"):
        SpatialNeuron(Soma(30 * um), 5)
