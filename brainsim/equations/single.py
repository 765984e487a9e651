"""One equation of a model: what it defines, and how it is shown."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, Literal

from ..records import dataclass
from .latex import latex_name, to_latex
from .noise import noises_in
from .tree import functions_in, names_in, to_text
from .unittext import unit_of

if TYPE_CHECKING:
    from brainsim.errors import Span
    from brainsim.units.dimensions import Dimension

    from .tree import Tree
    from .unittext import VariableType

EquationType = Literal["differential equation", "subexpression", "parameter"]

DIFFERENTIAL: Final = "differential equation"
DIFFERENTIAL_EQUATION: Final = DIFFERENTIAL  # the tradition's name
SUBEXPRESSION: Final = "subexpression"
PARAMETER: Final = "parameter"


@dataclass(frozen=True, slots=True, repr=False)
class SingleEquation:
    """One definition, such as `dv/dt = (E - v)/tau : volt (unless refractory)`.

    Args:
        type: `DIFFERENTIAL`, `SUBEXPRESSION` or `PARAMETER`.
        name: The variable it defines.
        dimensions: Those of the variable, also for a differential equation.
        var_type: "float", "integer" or "boolean".
        expr: The right-hand side; None for a parameter.
        flags: In the order of the text.
        span: The whole definition in the user's text.
        name_span: The name in the user's text.
        flags_span: The flags in the user's text, with their brackets.
        code: The right-hand side as the user wrote it; "" where it was changed since.
    """

    type: EquationType
    name: str
    dimensions: Dimension
    var_type: VariableType = "float"
    expr: Tree | None = None
    flags: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    name_span: Span | None = field(default=None, compare=False, repr=False)
    flags_span: Span | None = field(default=None, compare=False, repr=False)
    code: str = field(default="", compare=False, repr=False)

    @property
    def varname(self) -> str:
        """The variable it defines (the tradition's name of `name`)."""
        return self.name

    @property
    def dim(self) -> Dimension:
        """The dimensions of the variable (the tradition's name of `dimensions`)."""
        return self.dimensions

    @property
    def unit(self) -> Any:
        """The unit of the variable, in base units."""
        return unit_of(self.dimensions)

    @property
    def identifiers(self) -> frozenset[str]:
        """All names in the right-hand side, those of functions and units too."""
        if self.expr is None:
            return frozenset()
        return names_in(self.expr) | functions_in(self.expr)

    @property
    def stochastic_variables(self) -> frozenset[str]:
        """The names of noise in the right-hand side: `xi` and those which begin with `xi_`."""
        return frozenset() if self.expr is None else noises_in(self.expr)

    @property
    def is_stored(self) -> bool:
        """Whether a subexpression has memory of its own, so that it is not put into others."""
        return "constant over dt" in self.flags or "summed" in self.flags

    @property
    def has_memory(self) -> bool:
        """Whether its variable is kept in memory of the group, so that it can have a past."""
        if self.type == SUBEXPRESSION:
            return "constant over dt" in self.flags
        return "linked" not in self.flags

    @property
    def text(self) -> str:
        """The right-hand side on one line; "" for a parameter."""
        return self.code if self.code or self.expr is None else to_text(self.expr)

    def __repr__(self) -> str:
        return f"<{self.type}: {self}>"

    def _left(self) -> str:
        return f"d{self.name}/dt" if self.type == DIFFERENTIAL else self.name

    def __str__(self) -> str:
        """Return the definition on one line, with the symbol of the unit."""
        right = f" = {self.text}" if self.expr is not None else ""
        unit = str(self.unit) if self.var_type == "float" else self.var_type
        flags = f" ({', '.join(self.flags)})" if self.flags else ""
        return f"{self._left()}{right} : {unit}{flags}"

    def latex(self) -> tuple[str, str]:
        r"""Return the two sides of the line for an `align` environment, without `\\`."""
        name = latex_name(self.name)
        left, what = name, f"unit of ${name}$"
        if self.type == DIFFERENTIAL:
            left = rf"\frac{{\mathrm{{d}}{name}}}{{\mathrm{{d}}t}}"
        right = "" if self.expr is None else f"= {to_latex(self.expr)}"
        if self.type == PARAMETER:
            what = "unit"
        flags = f", flags: {', '.join(self.flags)}" if self.flags else ""
        unit = rf"$\text{{{self.var_type}}}$"
        if self.var_type == "float":
            unit = "$1$" if self.dimensions.is_dimensionless else self.unit._repr_latex_()
        return left, rf"{right} && \text{{({what}: {unit}{flags})}}"

    def _repr_latex_(self) -> str:
        left, right = self.latex()
        return f"${left} {right.partition(' && ')[0]}$"

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:  # noqa: ARG002 - IPython's protocol
        p.text(str(self))
