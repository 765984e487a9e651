"""Units: quantities of size 10**scale with a name, which they pass on when multiplied."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Final, NoReturn, Self

import numpy as np

from brainsim.units.checks import get_dimensions
from brainsim.units.dimensions import DIMENSIONLESS, Dimension
from brainsim.units.names import (
    SI_PREFIXES,
    Scale,
    UnitName,
    find,
    nameless,
    names_in_equations,
    power,
    power_of_ten,
    product,
    quotient,
    scaled,
    upright,
)
from brainsim.units.quantity import Quantity
from brainsim.units.registry import coherent_name, user_unit_register


def _unchangeable(self: Unit, other: Any) -> NoReturn:  # noqa: ARG001 - a special method's signature
    raise TypeError("Units cannot be modified in-place")


class Unit(Quantity):
    """A unit such as `mV`: a quantity that knows its name.

    Products, quotients and powers of units are units again, `str(nS*mV)` is "nS mV". Such a
    unit, and one made by `create`, is from then on used for printing quantities of its
    dimension if no standard unit exists for it.

    Args:
        value: The size in base units; it has to be 10**scale.
        dim: The dimension, or a unit which has it.
        scale: The power of ten.
        name: Python name; by default the names of the base units.
        dispname: Symbol for printing.
        latexname: LaTeX without dollar signs.
        iscompound: Whether the name needs brackets in quotients and powers.

    Raises:
        ValueError: The size is not 10**scale.
    """

    __slots__ = ("unit_name",)
    automatically_register_units: ClassVar[bool] = True

    unit_name: UnitName

    def __new__(
        cls,
        value: float,
        dim: Dimension | Quantity | None = None,
        scale: Scale = 0,
        name: str | None = None,
        dispname: str | None = None,
        latexname: str | None = None,
        iscompound: bool = False,
    ) -> Self:
        """Return the unit."""
        if np.ndim(value) != 0 or float(value) != power_of_ten(scale):
            raise ValueError(
                f"The size of a unit has to be 10**scale, not {value} with scale {scale}"
            )
        own = DIMENSIONLESS if dim is None else get_dimensions(dim)
        plain = nameless(own)
        symbol = plain.dispname if dispname is None else dispname
        return cls.from_name(
            UnitName(
                own,
                scale,
                plain.name if name is None else name,
                symbol,
                upright(symbol) if latexname is None else latexname,
                iscompound,
            )
        )

    @classmethod
    def from_name(cls, unit_name: UnitName) -> Self:
        """Return the unit of a name; it is not registered."""
        values = np.array(unit_name.value)
        values.flags.writeable = False
        unit = values.view(cls)
        unit.dim = unit_name.dim
        unit.unit_name = unit_name
        return unit

    @classmethod
    def _registered(cls, unit_name: UnitName) -> Unit:
        if cls.automatically_register_units:
            user_unit_register.add(unit_name)
        return cls.from_name(unit_name)

    def __array_finalize__(self, obj: Any) -> None:
        self.dim = getattr(obj, "dim", DIMENSIONLESS)
        self.unit_name = getattr(obj, "unit_name", _PLAIN_NUMBER)

    @staticmethod
    def create(
        dim: Dimension | Quantity,
        name: str,
        dispname: str,
        latexname: str | None = None,
        scale: Scale = 0,
    ) -> Unit:
        """Return a new unit.

        Args:
            dim: Its dimension, or a unit which has it.
            name: Python name.
            dispname: Symbol for printing.
            latexname: LaTeX without dollar signs; by default the upright symbol.
            scale: Its size in base units is 10**scale.
        """
        latex = upright(dispname) if latexname is None else latexname
        return Unit._registered(UnitName(get_dimensions(dim), scale, name, dispname, latex))

    @staticmethod
    def create_scaled_unit(baseunit: Unit, scalefactor: str) -> Unit:
        """Return a unit with an SI prefix, `create_scaled_unit(volt, "m")` for `mvolt`.

        Raises:
            ValueError: No such prefix.
        """
        if scalefactor not in SI_PREFIXES:
            known = ", ".join(prefix for prefix in SI_PREFIXES if prefix)
            raise ValueError(f"'{scalefactor}' is no SI prefix; there are {known}")
        return Unit._registered(scaled(baseunit.unit_name, scalefactor))

    name = property(lambda self: self.unit_name.name, doc="Python name, such as `mvolt`.")
    dispname = property(lambda self: self.unit_name.dispname, doc="Symbol, such as `mV`.")
    latexname = property(lambda self: self.unit_name.latexname, doc="LaTeX without dollar signs.")
    scale = property(lambda self: self.unit_name.scale, doc="The size is 10**scale.")
    iscompound = property(lambda self: self.unit_name.iscompound, doc="Whether made of units.")

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Unit):
            return Unit._registered(product(self.unit_name, other.unit_name))
        return super().__mul__(other)

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Unit):
            return Unit._registered(quotient(self.unit_name, other.unit_name))
        return super().__truediv__(other)

    def __rtruediv__(self, other: Any) -> Any:
        if isinstance(other, Quantity):  # Python asks the subclass first
            return Quantity.__truediv__(other, self)
        if isinstance(other, (int, float)) and other == 1:
            return Unit._registered(power(self.unit_name, -1))
        return super().__rtruediv__(other)

    def __pow__(self, exponent: Any, mod: None = None) -> Any:
        if isinstance(exponent, numbers.Real):
            return Unit._registered(power(self.unit_name, exponent))
        return super().__pow__(exponent)

    def __eq__(self, other: object) -> Any:
        if isinstance(other, Unit):
            return other.dim is self.dim and other.unit_name.value == self.unit_name.value
        return super().__eq__(other)

    def __ne__(self, other: object) -> Any:
        return not self == other if isinstance(other, Unit) else super().__ne__(other)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash((self.dim, self.unit_name.value))

    __iadd__ = _unchangeable
    __isub__ = _unchangeable
    __imul__ = _unchangeable
    __itruediv__ = _unchangeable
    __ifloordiv__ = _unchangeable
    __imod__ = _unchangeable
    __ipow__ = _unchangeable

    def __reduce__(self) -> Any:
        return Unit.from_name, (self.unit_name,)

    def __copy__(self) -> Unit:
        return self

    def __deepcopy__(self, memo: dict[int, Any] | None) -> Unit:
        return self

    def __str__(self) -> str:
        return self.unit_name.dispname

    def __repr__(self) -> str:
        return self.unit_name.name

    def _repr_latex_(self) -> str:
        return f"${self.unit_name.latexname}$"


_PLAIN_NUMBER: Final = nameless(DIMENSIONLESS)
Quantity.unit_from_name = Unit.from_name

_made: dict[UnitName, Unit] = {}


def unit_named(name: str) -> Unit:
    """Return the unit of a name; all spellings give the same object, `mV` is `mvolt`.

    Raises:
        KeyError: No unit has that name.
    """
    unit_name = find(name)
    unit = _made.get(unit_name)
    return _made.setdefault(unit_name, Unit.from_name(unit_name)) if unit is None else unit


class UnitTable(Mapping[str, Unit]):
    """Units by name; each is made when it is first asked for, and so is the list of names.

    Args:
        list_names: Returns the names, in order.
    """

    def __init__(self, list_names: Callable[[], tuple[str, ...]]) -> None:
        self._list_names = list_names

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self._list_names())

    def __getitem__(self, name: str) -> Unit:
        if name not in self._names:
            raise KeyError(name)
        return unit_named(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._list_names())

    def __len__(self) -> int:
        return len(self._names)


def units_as_attributes(units: Mapping[str, Unit], module: dict[str, Any]) -> Callable[[str], Unit]:
    """Return the `__getattr__` of a module that offers units.

    Args:
        units: The units by name.
        module: The `globals()` of the module; units are kept there once they were asked for.
    """

    def getattribute(name: str) -> Unit:
        unit = units.get(name)
        if unit is None:
            raise AttributeError(f"module '{module['__name__']}' has no attribute '{name}'")
        module[name] = unit
        return unit

    return getattribute


# the units that the strings of a model know
DEFAULT_UNITS: Final = UnitTable(names_in_equations)


def is_base_unit(unit: Unit) -> bool:
    """Return whether a unit has size 1, as the units of variables in equations must have.

    True for `volt`, `kilogram` and `mmolar` (mole per cubic metre), false for `gram` and `molar`.
    """
    return unit.unit_name.scale == 0


def get_unit(d: Dimension) -> Unit:
    """Return the unit of size 1 of a dimension, such as `volt`; `Unit(1)` for pure numbers."""
    return Unit.from_name(coherent_name(get_dimensions(d)))


def register_new_unit(u: Unit) -> None:
    """Use a unit for printing quantities of its dimension, where there is no standard unit.

    Raises:
        TypeError: Not a unit.
    """
    if not isinstance(u, Unit):
        raise TypeError(f"Only units can be registered, not {u!r}; see Unit.create")
    user_unit_register.add(u.unit_name)


def in_unit(x: Any, u: Unit, precision: int | None = None) -> str:
    """Return the text of a value in a unit, `in_unit(3*mV, volt)` is "0.003 V".

    Args:
        x: Quantity, or anything a quantity can be made of.
        u: The unit, of the same dimension; 1 for pure numbers.
        precision: Digits after the point; None for NumPy's print option.

    Raises:
        DimensionMismatchError: The unit has another dimension.
    """
    return Quantity(x).in_unit(u, precision)


def in_best_unit(x: Any, precision: int | None = None) -> str:
    """Return the text of a value in the unit that suits it best; arguments as `in_unit`."""
    return Quantity(x).in_best_unit(precision)
