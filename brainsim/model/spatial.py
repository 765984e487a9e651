"""Neurons with a morphology: one element per compartment, coupled by the cable equation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..codegen.ir import DType
from ..equations import Equations, parse_expression
from ..equations.tree import substitute
from ..units import Quantity, cm, get_dimensions, meter, ohm, second, uF
from .arguments import checked_equations, checked_size
from .base import CodeRunner
from .members import Members, members_of, members_within
from .morphology import Morphology
from .morphology_geometry import MEASURES
from .morphology_index import compartments_at, is_length
from .neurons import NeuronGroup
from .representation import Description, counted
from .spatial_cable import Cable, cable_of
from .spatial_equations import Membrane, membrane_of, spatial_equations
from .subgroup import Subgroup
from .variables import Array, ArrayVariable, Subexpression

_AXES = ("x", "y", "z")
_TIME_CONSTANT = "Cm/gtot"
# sqrt(d/(4 Ri g)) of a cylinder of diameter d, whose area/(1/r_length_1 + 1/r_length_2) is
# (pi/2)**2*d**3; of other shapes the same with the cube root of what stands there
_SPACE_CONSTANT = "(2/pi)**(1/3)*(area/(1/r_length_1 + 1/r_length_2))**(1/6)/(2*(Ri*gtot)**(1/2))"


class SpatialStateUpdater(CodeRunner):
    """Advances v by the cable equation (slot groups, after the other equations)."""

    def __init__(self, group: Any) -> None:
        super().__init__(group, "spatialstateupdater", "groups", group.order + 1)


class SpatialNeuron(NeuronGroup):
    """One or several neurons of the same morphology, an element per compartment.

    In each step all differential equations advance by `method` with the old v; then v advances by
    backward Euler of the cable equation, with the current through the membrane linearised in v.

    With several cells, element `compartment*cells + cell` belongs to the compartment `compartment`
    of the cell `cell`; these are variables, and sections, slices by length and elements of the
    morphology stand for the same compartments of all cells.

    Args:
        morphology: The tree of sections; later changes of it do not matter.
        model: Equations; they define `Im`, the inward current per area, and use `v`. Variables in
            amp with the flag (point current) are added to it.
        threshold: Condition for a spike.
        refractory: False, a time, or a string: a time or a condition "stay refractory while".
        reset: Statements for compartments that spiked.
        events: Further events: name -> condition.
        threshold_location: The only compartment that spikes: its number or a morphology element.
        dt: Step size of an own clock.
        clock: Clock.
        order: Place within the slots.
        Cm: Capacitance per area, one value or one per compartment.
        Ri: Resistivity inside.
        name: Name; by default spatialneuron, spatialneuron_1, ...
        dtype: Float type of all float variables, or a type per variable.
        namespace: External names, used before those of the caller of `run`.
        method: Integration method of the differential equations.
        method_options: Options of the method.
        cells: Number of cells with this morphology.

    Raises:
        TypeError: There is no morphology, `Im` is not defined as it must be or has no derivative
            with respect to v, or threshold_location is more than one compartment.
        EquationError: The equations define `v` or another variable that is added.
        DimensionMismatchError: Units do not fit together.
        IndexError: There is no compartment threshold_location.
    """

    def __init__(
        self,
        morphology: Any = None,
        model: Any = None,
        threshold: str | None = None,
        refractory: Any = False,
        reset: str | None = None,
        events: Mapping[str, str] | None = None,
        threshold_location: Any = None,
        dt: Any = None,
        clock: Any = None,
        order: int = 0,
        Cm: Any = 0.9 * uF / cm**2,
        Ri: Any = 150 * ohm * cm,
        name: str = "spatialneuron*",
        dtype: Any = None,
        namespace: Mapping[str, Any] | None = None,
        method: Any = ("exact", "exponential_euler", "rk2", "heun"),
        method_options: Mapping[str, Any] | None = None,
        cells: int = 1,
    ) -> None:
        if not isinstance(morphology, Morphology):
            raise TypeError(
                f"the morphology must be a Soma, Cylinder or Section, not {morphology!r}"
            )
        self._cells = checked_size(cells, "cells")
        self._original = morphology
        self._tree = morphology.copy()
        self._compartments = morphology.total_compartments
        self._cable = cable_of(self._tree)
        coordinates = any(section.relative is not None for section in self._tree.sections())
        self._given = checked_equations(model, name.rstrip("*"))
        equations = spatial_equations(
            self._given, coordinates=coordinates, several_cells=self._cells > 1
        )
        self._membrane = membrane_of(equations)
        super().__init__(
            self._compartments * self._cells,
            equations,
            method=method,
            method_options=method_options,
            threshold=self._located(threshold, threshold_location),
            reset=reset,
            refractory=refractory,
            events=events,
            namespace=namespace,
            dtype=dtype,
            dt=dt,
            clock=clock,
            order=order,
            name=name,
        )
        self._add_variables(morphology, coordinates=coordinates)
        if np.ndim(Cm) == 1 and len(Cm) == self._compartments:
            Cm = Quantity(np.repeat(np.asarray(Cm), self._cells), dim=get_dimensions(Cm))
        self.Cm = Cm
        self.Ri = Ri

    def _make_parts(self, method: Any, options: Any, reset: str | None) -> None:
        super()._make_parts(method, options, reset)
        self.diffusion_state_updater = SpatialStateUpdater(self)
        self._contained.append(self.diffusion_state_updater)

    def _located(self, threshold: str | None, location: Any) -> str | None:
        """Return the threshold, restricted to one compartment if asked for."""
        if location is None or not isinstance(threshold, str):
            return threshold
        if hasattr(location, "indices_in"):
            found = np.unique(np.atleast_1d(location.indices_in(self)) // self._cells)
            if len(found) != 1:
                raise TypeError(
                    f"threshold_location is one compartment, not {len(found)}: take one of the "
                    "section, such as morpho.axon[0]"
                )
            location = found[0]
        if isinstance(location, bool) or not isinstance(location, int | np.integer):
            raise TypeError(
                f"threshold_location is a number or an element of the morphology, not {location!r}"
            )
        if not 0 <= location < self._compartments:
            raise IndexError(
                f"threshold_location is {location}, but the compartments are numbered 0 to "
                f"{self._compartments - 1}"
            )
        place = f"compartment == {location}" if self._cells > 1 else f"i == {location}"
        return f"({threshold}) and {place}"

    def _add_variables(self, morphology: Morphology, *, coordinates: bool) -> None:
        sections = list(morphology.sections())
        values: dict[str, Any] = {
            name: np.concatenate([getattr(s.geometry, name) for s in sections]) for name in MEASURES
        }
        values["distance"] = np.concatenate([np.asarray(s.distance) for s in sections])
        for axis in _AXES if coordinates else ():
            # a section without coordinates is nowhere
            parts = [getattr(s, f"{axis}_") for s in sections]
            values[axis] = np.concatenate(
                [
                    np.full(s.n, np.nan) if p is None else p
                    for s, p in zip(sections, parts, strict=True)
                ]
            )
        if self._cells > 1:
            numbers = np.arange(self._compartments)
            values["compartment"] = numbers
            values["cell"] = np.zeros_like(numbers)
        for name, per_compartment in values.items():
            variable = self.variables[name]
            assert isinstance(variable, ArrayVariable)  # noqa: S101 - parameters have memory
            variable.values[:] = np.repeat(per_compartment, self._cells)
            if name == "cell":
                variable.values[:] = np.tile(np.arange(self._cells), self._compartments)
        for name, dimensions, text in (
            ("time_constant", second.dim, _TIME_CONSTANT),
            ("space_constant", meter.dim, _SPACE_CONSTANT),
        ):
            tree = substitute(parse_expression(text, name), {"gtot": self._membrane.gtot})
            self.variables[name] = Subexpression(name, dimensions, DType.F64, tree)

    # --------------------------------------------------------------------------------- compartments

    def describe(self) -> Description:
        """Return what is shown in a notebook: also how many cells and compartments there are."""
        size = counted(self._compartments, "compartment")
        if self._cells > 1:
            size = f"{self._cells} cells of {size}"
        return replace(super().describe(), title=f"{type(self).__name__} '{self.name}', {size}")

    def shown_equations(self) -> Equations:
        """Return the equations as they were given: those of the morphology are always the same."""
        return self._given

    @property
    def morphology(self) -> Morphology:
        """A copy of the morphology as it was when the neuron was made."""
        return self._tree.copy()

    @property
    def cable(self) -> Cable:
        """The nodes of the cable equation, see `Cable`."""
        return self._cable

    @property
    def membrane(self) -> Membrane:
        """The current through the membrane, linearised in v."""
        return self._membrane

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self._cells

    @property
    def compartments(self) -> int:
        """Number of compartments of each cell."""
        return self._compartments

    def cell_indices(self, cell: int) -> Array:
        """Return the elements of one cell, in the order of its compartments.

        Raises:
            IndexError: There is no such cell.
        """
        if not 0 <= cell < self._cells:
            raise IndexError(f"there is no cell {cell}: '{self.name}' has {self._cells}, from 0")
        return np.arange(cell, self.size, self._cells)

    def first_compartment(self, section: Morphology) -> int:
        """Return the number of the first compartment of a section of this neuron's morphology.

        The section may also be one of a copy of the morphology.

        Raises:
            IndexError: It is of another morphology, or the morphology has changed.
        """
        above: Morphology | None = section
        while above is not None and above is not self._original:
            above = above.parent
        whole = section.root if above is None else above
        if whole.total_compartments != self._compartments:
            raise IndexError(
                "these compartments are not of the neuron's morphology, or it has changed since "
                "the neuron was made; use elements of the neuron's attribute `morphology`"
            )
        return section.first_index - whole.first_index

    def elements_of(self, section: Morphology, start: int, stop: int) -> Array:
        """Return the elements of the compartments `start` to `stop` of a section, of all cells."""
        first = self.first_compartment(section)
        return np.arange((first + start) * self._cells, (first + stop) * self._cells)

    def __getitem__(self, item: Any) -> Subgroup:
        """Return a subgroup: `N[3]`, `N[2:5]`, `N[morpho.axon]`, `N[10*um:50*um]` of the root."""
        return Subgroup.of(self, _members(self, self._tree, item))

    def __getattr__(self, name: str) -> Any:
        """Return a variable, or the subtree that begins with a section."""
        return _section_or_variable(self, name) or super().__getattr__(name)

    @property
    def main(self) -> SpatialSubgroup:
        """The compartments of the root section."""
        return SpatialSubgroup(self, self._tree, whole=False)


class SpatialSubgroup(Subgroup):
    """The compartments of a section and, unless it is `main`, of all that grows from it.

    Args:
        source: The neuron.
        section: The section in the neuron's copy of the morphology.
        whole: Whether the sections that grow from it belong to it.
    """

    def __init__(self, source: SpatialNeuron, section: Morphology, *, whole: bool = True) -> None:
        self._section = section
        count = section.total_compartments if whole else section.n
        first = source.first_compartment(section)
        super().__init__(source, first * source.cells, (first + count) * source.cells)

    @property
    def main(self) -> SpatialSubgroup:
        """The compartments of the section alone."""
        return SpatialSubgroup(self.source, self._section, whole=False)

    def __getitem__(self, item: Any) -> Subgroup:
        """Return a part: by numbers, or by distances from the start of the section."""
        return Subgroup.of(self.source, _members(self, self._section, item))

    def __getattr__(self, name: str) -> Any:
        """Return a variable, or the subtree that begins with a section."""
        return _section_or_variable(self, name) or super().__getattr__(name)


def _section_or_variable(group: Any, name: str) -> SpatialSubgroup | None:
    """Return the subgroup of a section; None where the name means a variable or nothing."""
    variables = group.own_variables()
    section = group.__dict__.get("_section") or group.__dict__.get("_tree")
    if not variables or name in variables or name.startswith("_"):
        return None
    try:
        found = section.subtree(name)
    except AttributeError:
        return None
    return SpatialSubgroup(group.event_source, found)


def _members(group: Any, section: Morphology, item: Any) -> Members:
    """Return the elements of a part of a group, in the neuron."""
    if _is_place(item):
        cells = group.event_source.cells
        start, stop = compartments_at(item, section.geometry.length)
        item = slice(start * cells, stop * cells)
    return members_within(group.members, members_of(group, item))


def _is_place(item: Any) -> bool:
    ends = (item.start, item.stop) if isinstance(item, slice) else (item,)
    return any(end is not None and is_length(end) for end in ends)
