"""Neurons with a morphology: one element per compartment, coupled by the cable equation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..codegen.ir import DType
from ..equations import Equations
from ..equations.parse import parse_expression
from ..equations.tree import Tree, substitute
from ..units import cm, meter, ohm, second, uF
from ..units.dimensions import DIMENSIONLESS
from .arguments import checked_equations, checked_size
from .base import CodeRunner
from .morphology import Morphology
from .morphology_geometry import MEASURES
from .morphology_index import compartments_at, is_length
from .neurons import NeuronGroup
from .spatial_cable import cable_of
from .spatial_equations import Membrane, membrane_of, spatial_equations
from .subgroup import Subgroup
from .variables import Array, Subexpression

_AXES = ("x", "y", "z")
_TIME_CONSTANT = "Cm/gtot"
# sqrt(d/(4 Ri g)) of a cylinder of diameter d, whose area/(1/r_length_1 + 1/r_length_2) is
# (pi/2)**2*d**3; of other shapes the same with the cube root of what stands there
_SPACE_CONSTANT = (
    "(2/pi)**(1/3)*(area/(1/r_length_1 + 1/r_length_2))**(1/6)/(2*(Ri*gtot)**(1/2))"
)


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
            raise TypeError(f"the morphology must be a Soma, Cylinder or Section, not {morphology!r}")
        self._cells = checked_size(cells, "cells")
        self._original = morphology
        self._tree = morphology.copy()
        self._compartments = morphology.total_compartments
        self._cable = cable_of(self._tree)
        coordinates = any(section.relative is not None for section in self._tree.sections())
        given = checked_equations(model, name.rstrip("*"))
        equations = spatial_equations(
            given, coordinates=coordinates, several_cells=self._cells > 1
        )
        self._membrane = membrane_of(equations)
        super().__init__(
            self._compartments * self._cells,
            equations,
            method,
            method_options,
            self._located(threshold, threshold_location),
            reset,
            refractory,
            events,
            namespace,
            dtype,
            dt,
            clock,
            order,
            name,
        )
        self._add_variables(morphology, coordinates=coordinates)
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
        if hasattr(location, "indices"):
            numbers = self._numbers(location)
            if len(numbers) != 1:
                raise TypeError(
                    f"threshold_location is one compartment, not {len(numbers)}: take one of the "
                    "section, such as morpho.axon[0]"
                )
            location = numbers[0]
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
            name: np.concatenate([getattr(s.geometry, name) for s in sections])
            for name in MEASURES
        }
        values["distance"] = np.concatenate([np.asarray(s.distance) for s in sections])
        for axis in _AXES if coordinates else ():
            # a section without coordinates is nowhere
            parts = [getattr(s, f"{axis}_") for s in sections]
            values[axis] = np.concatenate(
                [np.full(s.n, np.nan) if p is None else p for s, p in zip(sections, parts, strict=True)]
            )
        for name, per_compartment in values.items():
            self.whole_array(self.variables[name])[:] = np.repeat(per_compartment, self._cells)  # type: ignore[arg-type]
        if self._cells > 1:
            numbers = np.arange(self.size)
            self.whole_array(self.variables["compartment"])[:] = numbers // self._cells  # type: ignore[arg-type]
            self.whole_array(self.variables["cell"])[:] = numbers % self._cells  # type: ignore[arg-type]
        for name, dimensions, text in (
            ("time_constant", second.dim, _TIME_CONSTANT),
            ("space_constant", meter.dim, _SPACE_CONSTANT),
        ):
            tree = substitute(parse_expression(text, name), {"gtot": self._membrane.gtot})
            self.variables[name] = Subexpression(name, dimensions, DType.F64, tree)

    # --------------------------------------------------------------------------------- compartments

    @property
    def morphology(self) -> Morphology:
        """A copy of the morphology as it was when the neuron was made."""
        return self._tree.copy()

    @property
    def cable(self) -> Any:
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

    def _numbers(self, item: Any) -> Array:
        """Return the numbers of compartments of a morphology element, within this neuron."""
        if self._original.root.total_compartments != self._original_size():
            raise IndexError(
                f"the morphology of '{self.name}' has changed since the neuron was made; use "
                "elements of its attribute `morphology`"
            )
        numbers = np.asarray(item.indices[:])
        section_root = getattr(item, "root", None)
        if section_root is self._original.root or section_root is None:
            numbers = numbers - self._original.first_index
        return numbers

    def _original_size(self) -> int:
        return self._compartments
