"""The equations of neurons with a morphology: what the user writes, and what is added to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..equations import DIFFERENTIAL, PARAMETER, SUBEXPRESSION, Equations, SingleEquation, raise_all
from ..equations.tree import Binary, Name, Tree, names_in, substitute
from ..equations.unittext import unit_name
from ..errors import ArgumentTypeError, Diagnostic, EquationError
from ..records import dataclass
from ..solvers.derivative import linearised
from ..solvers.terms import negated
from ..units import amp, meter
from ..units.dimensions import DimensionMismatchError

_POINT_CURRENT = "point current"
_FLAGS = {
    DIFFERENTIAL: (_POINT_CURRENT, "unless refractory"),
    SUBEXPRESSION: (_POINT_CURRENT, "shared", "constant over dt"),
    PARAMETER: (_POINT_CURRENT, "constant", "shared", "linked"),
}
_ADDED = """
v : volt
area : meter**2 (constant)
length : meter (constant)
diameter : meter (constant)
volume : meter**3 (constant)
distance : meter (constant)
r_length_1 : meter (constant)
r_length_2 : meter (constant)
Cm : farad/meter**2 (constant)
Ri : ohm*meter (constant, shared)
Ic : amp/meter**2
"""
_COORDINATES = """
x : meter (constant)
y : meter (constant)
z : meter (constant)
"""
_SEVERAL_CELLS = """
compartment : integer (constant)
cell : integer (constant)
"""


@dataclass(frozen=True, slots=True)
class Membrane:
    """The current through the membrane per area, linear in v: Im is about inward - gtot*v.

    Args:
        gtot: Conductance per area.
        inward: Current per area at v = 0 (the tangent's, where Im is not linear).
    """

    gtot: Tree
    inward: Tree


def spatial_equations(given: Equations, *, coordinates: bool, several_cells: bool) -> Equations:
    """Return the equations with point currents in `Im` and with the variables of compartments.

    Args:
        given: The equations of the user.
        coordinates: Whether compartments have coordinates.
        several_cells: Whether there are several cells.

    Raises:
        TypeError: `Im` is missing, no subexpression, or has flags.
        DimensionMismatchError: `Im` or a point current has other dimensions.
        FlagError: A flag does not apply.
        EquationError: The equations define a variable that is added here.
    """
    _check_im(given)
    given.check_flags(_FLAGS)
    singles = dict(given)
    im = singles["Im"].expr
    assert im is not None  # noqa: S101 - subexpressions have one
    for name, single in given.items():
        if _POINT_CURRENT in single.flags:
            _check_point_current(single)
            im = Binary("+", im, Binary("/", Name(name), Name("area")))
            flags = tuple(flag for flag in single.flags if flag != _POINT_CURRENT)
            singles[name] = replace(single, flags=flags)
    if im is not singles["Im"].expr:
        singles["Im"] = replace(singles["Im"], expr=im, code="")
    added = Equations(
        _ADDED + (_COORDINATES if coordinates else "") + (_SEVERAL_CELLS if several_cells else "")
    )
    raise_all(
        [
            EquationError(
                Diagnostic(
                    f"'{name}' is defined by the morphology or the cable equation already",
                    given[name].name_span,
                    help="remove this definition, or choose another name",
                )
            )
            for name in added
            if name in given
        ]
    )
    return Equations(list(singles.values())) + added


def _check_im(given: Equations) -> None:
    advice = "define it as a subexpression: Im = gL*(EL - v) : amp/meter**2"
    if "Im" not in given:
        message = "the current through the membrane, 'Im', is not defined"
        raise ArgumentTypeError(Diagnostic(message, help=advice))
    single = given["Im"]
    if single.type != SUBEXPRESSION:
        message = f"'Im' is a {single.type}, not a subexpression"
        raise ArgumentTypeError(Diagnostic(message, single.span, help=advice))
    if single.flags:
        message = "'Im' cannot have flags: it is computed when v is"
        raise ArgumentTypeError(Diagnostic(message, single.flags_span or single.span))
    wanted = (amp / meter**2).dim
    if single.dimensions is not wanted:
        raise DimensionMismatchError(
            f"'Im' is a current per area, in {unit_name(wanted)}; a current in amp, as that of an "
            "electrode, is a variable with the flag (point current)",
            single.dimensions,
            wanted,
        )


def _check_point_current(single: SingleEquation) -> None:
    if single.dimensions is not amp.dim:
        raise DimensionMismatchError(
            f"the point current '{single.name}' must be in amp", single.dimensions, amp.dim
        )


def membrane_of(equations: Equations) -> Membrane:
    """Return the current through the membrane, linearised in v.

    Raises:
        TypeError: `Im` has no derivative with respect to v.
    """
    im = equations["Im"].expr
    assert im is not None  # noqa: S101 - subexpressions have one
    moving = {
        name: single.expr
        for name, single in equations.items()
        if single.type == SUBEXPRESSION and single.expr is not None and not single.is_stored
    }
    slope, inward = linearised(_with_v(im, moving), "v")
    return Membrane(negated(slope), inward)


def _with_v(tree: Tree, moving: Mapping[str, Tree]) -> Tree:
    """Return the tree with those subexpressions put in that depend on v."""
    used = {name: _with_v(moving[name], moving) for name in names_in(tree) & moving.keys()}
    return substitute(tree, {name: part for name, part in used.items() if "v" in names_in(part)})
