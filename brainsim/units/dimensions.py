"""Physical dimensions: seven exact exponents, interned, so that `is` compares them.

The order of the exponents is length, mass, time, electric current, temperature, quantity of
substance, luminosity. Exponents are whole numbers or fractions: `second.dim**0.5` squared is
`second.dim`, not something close to it.
"""

from __future__ import annotations

import numbers
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Final, SupportsFloat, TypeAlias

from brainsim.errors import BrainsimError, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Exponent: TypeAlias = "int | Fraction"

# per axis: symbol, name of its base unit, and the other words get_or_create_dimension accepts
_AXES: Final = (
    ("m", "metre", "length metres meter meters Length"),
    ("kg", "kilogram", "mass kilograms kilogramme kilogrammes Mass"),
    ("s", "second", "time seconds Time"),
    ("A", "amp", "current ampere amperes amps Current electric_current"),
    ("K", "kelvin", "temperature kelvins Temperature"),
    ("mol", "mole", "substance moles Substance quantity_of_substance"),
    ("cd", "candle", "luminosity candles candela candelas Luminosity"),
)
# the tradition's names with blanks in them, which only a dictionary can pass
_SPOKEN: Final = {
    "Electric Current": 3,
    "electric current": 3,
    "Quantity of Substance": 5,
    "Quantity of substance": 5,
    "quantity of substance": 5,
}
_AXIS_OF: Final[dict[str, int]] = {
    word: axis
    for axis, (symbol, name, others) in enumerate(_AXES)
    for word in (symbol, name, *others.split())
} | _SPOKEN

# a float this close to a fraction with a small denominator was meant to be that fraction:
# far above rounding (2e-16), far below the spacing of such fractions (1e-6 for 1/1000)
_CLOSE: Final = 1e-12
_LARGEST_DENOMINATOR: Final = 1000


def exact_exponent(exponent: object) -> Exponent:
    """Return a number as int where it is whole, otherwise as Fraction.

    A float within 1e-12 of a fraction with a small denominator is taken for that fraction.

    Raises:
        TypeError: Not a number.
        ValueError: Not finite.
    """
    if type(exponent) is int:
        return exponent
    if isinstance(exponent, numbers.Rational):
        fraction = Fraction(int(exponent.numerator), int(exponent.denominator))
    elif isinstance(exponent, SupportsFloat) and not isinstance(exponent, str):
        number = float(exponent)
        if number - number != 0:
            raise ValueError(f"The exponent of a dimension has to be finite, not {number}")
        fraction = Fraction(number).limit_denominator(_LARGEST_DENOMINATOR)
        if abs(float(fraction) - number) > _CLOSE * max(1.0, abs(number)):
            fraction = Fraction(number)
    else:
        raise TypeError(f"The exponent of a dimension has to be a number, not {exponent!r}")
    return fraction.numerator if fraction.denominator == 1 else fraction


def format_exponent(exponent: Exponent, *, brackets: bool = True) -> str:
    """Return the text of an exponent: `2`, `-0.5`, or `(1/3)` where no short decimal is exact.

    Args:
        exponent: What to print.
        brackets: Whether a quotient stands in brackets, so that Python reads it back.
    """
    if isinstance(exponent, int):
        return str(exponent)
    number = float(exponent)
    text = repr(number)
    if exponent.denominator > _LARGEST_DENOMINATOR or Fraction(text) == exponent:
        return text
    quotient = f"{exponent.numerator}/{exponent.denominator}"
    return f"({quotient})" if brackets else quotient


class Dimension:
    """The exponents of a physical dimension, made by `get_or_create_dimension` only.

    Equal dimensions are the same object, so `==` is `is`. Immutable, hashable, and the same
    object again after pickling and copying. Products, quotients and powers are remembered.
    """

    __slots__ = ("__weakref__", "_dims", "_over", "_powers", "_times", "is_dimensionless")
    _known: ClassVar[dict[tuple[Exponent, ...], Dimension]] = {}

    _dims: tuple[Exponent, ...]
    _times: dict[Dimension, Dimension]
    _over: dict[Dimension, Dimension]
    _powers: dict[object, Dimension]
    is_dimensionless: bool

    def __new__(  # noqa: PYI034 - an interned class has no subclasses
        cls, exponents: Sequence[object] = (0,) * 7
    ) -> Dimension:
        """Return the one object with these seven exponents."""
        dims = tuple(exact_exponent(e) for e in exponents)
        if len(dims) != len(_AXES):
            raise TypeError(f"A dimension has exactly 7 exponents, not {len(dims)}")
        known = cls._known.get(dims)
        if known is not None:
            return known
        new = object.__new__(cls)
        for name, value in (
            ("_dims", dims),
            ("_times", {}),
            ("_over", {}),
            ("_powers", {}),
            ("is_dimensionless", not any(dims)),
        ):
            object.__setattr__(new, name, value)
        # setdefault is atomic, so two threads get the same object
        return cls._known.setdefault(dims, new)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A dimension cannot be changed (attribute '{name}')")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"A dimension cannot be changed (attribute '{name}')")

    @property
    def dim(self) -> Dimension:
        """The dimension itself, so that dimensions may stand where quantities do."""
        return self

    @property
    def exponents(self) -> tuple[Exponent, ...]:
        """The seven exponents: m, kg, s, A, K, mol, cd."""
        return self._dims

    def get_dimension(self, name: str) -> Exponent:
        """Return the exponent along one axis, such as "length", "metre" or "m".

        Raises:
            KeyError: No axis has that name.
        """
        return self._dims[_AXIS_OF[name]]

    def __mul__(self, other: Dimension) -> Dimension:
        try:
            return self._times[other]
        except (KeyError, TypeError):
            if not isinstance(other, Dimension):
                return NotImplemented
        product = Dimension([a + b for a, b in zip(self._dims, other._dims, strict=True)])
        self._times[other] = product
        return product

    def __truediv__(self, other: Dimension) -> Dimension:
        try:
            return self._over[other]
        except (KeyError, TypeError):
            if not isinstance(other, Dimension):
                return NotImplemented
        quotient = Dimension([a - b for a, b in zip(self._dims, other._dims, strict=True)])
        self._over[other] = quotient
        return quotient

    def __pow__(self, exponent: object) -> Dimension:
        try:
            return self._powers[exponent]
        except (KeyError, TypeError):  # TypeError: an array of shape () cannot be hashed
            exact = exact_exponent(exponent)
        power = Dimension([a * exact for a in self._dims])
        # scripts that sweep exponents must not fill the memory
        if len(self._powers) < _LARGEST_DENOMINATOR:
            self._powers[exact] = power
        return power

    def __reduce__(self) -> tuple[Callable[..., Dimension], tuple[tuple[Exponent, ...]]]:
        return get_or_create_dimension, (self._dims,)

    def _text(self, column: int, power: str, glue: str, *, brackets: bool) -> str:
        return glue.join(
            axis[column] + ("" if e == 1 else f"{power}{format_exponent(e, brackets=brackets)}")
            for axis, e in zip(_AXES, self._dims, strict=True)
            if e != 0
        )

    def __str__(self) -> str:
        """Return symbols of the base units, such as "m^2 kg s^-3 A^-1", or "1"."""
        return self._text(0, "^", " ", brackets=True) or "1"

    def __repr__(self) -> str:
        """Return names of the base units, such as "metre * second ** -1"."""
        return self._text(1, " ** ", " * ", brackets=True) or "Dimension()"

    def latex(self) -> str:
        r"""Return LaTeX without dollar signs, such as `\mathrm{m}\,\mathrm{s}^{-1}`."""
        factors = [
            rf"\mathrm{{{axis[0]}}}"
            + ("" if e == 1 else f"^{{{format_exponent(e, brackets=False)}}}")
            for axis, e in zip(_AXES, self._dims, strict=True)
            if e != 0
        ]
        return r"\,".join(factors) or "1"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


def get_or_create_dimension(*args: Sequence[object], **kwds: object) -> Dimension:
    """Return the dimension with the given exponents.

    Args:
        *args: One sequence of seven numbers, in the order length, mass, time, current,
            temperature, substance, luminosity.
        **kwds: Or exponents by name: the words of that list, the names of the base units
            (singular or plural) or their symbols (m, kg, s, A, K, mol, cd).

    Raises:
        TypeError: Not exactly seven numbers.
        KeyError: A keyword that names no dimension.
    """
    if args:
        if len(args) != 1 or kwds or isinstance(args[0], (str, dict)):
            raise TypeError("Need one sequence of exactly 7 items, or keywords")
        try:
            exponents = list(args[0])
        except TypeError:
            raise TypeError("Need one sequence of exactly 7 items, or keywords") from None
        return Dimension(exponents)
    by_axis: list[object] = [0] * len(_AXES)
    for name, exponent in kwds.items():
        if name not in _AXIS_OF:
            raise KeyError(f"'{name}' names no dimension; {suggest(name, _AXIS_OF)}".rstrip("; "))
        by_axis[_AXIS_OF[name]] = exponent
    return Dimension(by_axis)


DIMENSIONLESS: Final = Dimension()

# symbols of units for error messages; the module that names units fills it
_symbol_of: Callable[[Dimension], str] = str


def name_dimensions_with(symbol_of: Callable[[Dimension], str]) -> None:
    """Set the function which error messages use to name a dimension."""
    global _symbol_of  # noqa: PLW0603 - units build on dimensions; this is the one way back
    _symbol_of = symbol_of


class DimensionMismatchError(BrainsimError):
    """Quantities whose dimensions do not fit together.

    Args:
        description: What was tried, one sentence without a full stop.
        dims: The dimensions concerned.
    """

    def __init__(self, description: str, *dims: Dimension) -> None:
        # all arguments go to the base class, so that the error can be pickled
        super().__init__(description, *dims)
        self.desc = description
        self.dims = dims

    def __str__(self) -> str:
        """Return the description and the units of the dimensions."""
        names = [_symbol_of(dim) for dim in self.dims]
        match names:
            case []:
                return self.desc
            case [name]:
                return f"{self.desc} (unit is {name})."
            case [left, right]:
                return f"{self.desc} (units are {left} and {right})."
            case _:
                return f"{self.desc} (units are {' '.join(f'({name})' for name in names)})."
