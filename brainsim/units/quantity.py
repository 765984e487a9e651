"""Numbers and arrays with a physical dimension.

A `Quantity` is a NumPy array of values in base units (volt, second, ...) with a `dim`. Operators
have a short way for the everyday cases; everything else goes through `__array_ufunc__`, where
`ufuncs` decides about dimensions. A result without dimension is a plain number or array.
"""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy as np
from numpy import array, ndarray

from brainsim.units.checks import get_dimensions, is_zero, is_zero_or_infinite
from brainsim.units.dimensions import (
    DIMENSIONLESS,
    Dimension,
    DimensionMismatchError,
    get_or_create_dimension,
)
from brainsim.units.registry import UnitRegistry, best_name
from brainsim.units.ufuncs import raised, result_dimension

if TYPE_CHECKING:
    from collections.abc import Callable

    from brainsim.units.names import UnitName

_NUMBERS: Final = frozenset({float, int, np.float64})
_FIT_ALL: Final = (0, np.inf, -np.inf)
_item: Final = ndarray.item


def _scalar(value: Any, dim: Dimension) -> Any:
    """Return a number with a dimension, or the number itself if it has none."""
    if dim is DIMENSIONLESS:
        return value
    quantity = array(value).view(Quantity)
    quantity.dim = dim
    return quantity


def quantity_with_dimensions(floatval: Any, dim: Dimension) -> Any:
    """Return values in base units with a dimension, without any check and without a copy.

    Args:
        floatval: A number, array or list.
        dim: The dimension; with `DIMENSIONLESS` the values come back as they are.
    """
    if dim is DIMENSIONLESS:
        return floatval.item() if isinstance(floatval, np.generic) else floatval
    quantity = np.asarray(floatval).view(Quantity)
    quantity.dim = dim
    return quantity


def _dimension_from(dim: object) -> Dimension:
    if isinstance(dim, Dimension):
        return dim
    if isinstance(dim, Quantity):
        return dim.dim
    raise TypeError(f"'dim' has to be a dimension or a unit such as volt, not {dim!r}")


def _values(obj: Any) -> Any:
    """Return an argument of a NumPy function without its dimension."""
    if isinstance(obj, Quantity):
        return obj.view(ndarray)
    # lists may contain quantities; other classes with a dimension convert themselves
    return np.asarray(obj) if isinstance(obj, (list, tuple)) or hasattr(obj, "dim") else obj


def _is_foreign(obj: Any) -> bool:
    """Return whether a class of another package wants to handle NumPy functions itself."""
    return hasattr(type(obj), "__array_ufunc__") and not isinstance(obj, (ndarray, np.generic))


def _operand(quantity: Quantity) -> Any:
    """Return the values for an operator: a number is quicker than an array of shape ()."""
    return quantity.view(ndarray) if quantity.ndim else _item(quantity)


def _matching(name: str, compute: Callable[[Any, Any], Any]) -> Any:
    """Return an operator of operands with one dimension, which the result has as well."""
    general = getattr(ndarray, name)

    def method(self: Quantity, other: Any) -> Any:
        if isinstance(other, Quantity) and other.dim is self.dim:
            if not (self.ndim or other.ndim):
                return _scalar(compute(_item(self), _item(other)), self.dim)
            return quantity_with_dimensions(compute(_operand(self), _operand(other)), self.dim)
        return general(self, other)

    method.__name__ = name
    return method


def _powers_of_ten(text: str) -> str:
    """Return LaTeX of numbers in which exponents are powers of ten."""
    return re.sub(
        r"e([+-]?\d+)",
        lambda exponent: rf" \cdot 10^{{{int(exponent[1])}}}" if int(exponent[1]) else "",
        text,
    )


def _comparison(name: str, compute: Callable[[Any, Any], Any]) -> Any:
    """Return a comparison, whose result is plain."""
    general = getattr(ndarray, name)

    def method(self: Quantity, other: Any) -> Any:
        if isinstance(other, Quantity) and other.dim is self.dim:
            if not (self.ndim or other.ndim):
                return np.bool_(compute(_item(self), _item(other)))
            return compute(_operand(self), _operand(other))
        if type(other) in _NUMBERS and other in _FIT_ALL:
            values = _operand(self)
            return compute(values, other) if self.ndim else np.bool_(compute(values, other))
        try:
            get_dimensions(other)
        except TypeError:  # text, None: Python decides, != is True
            return NotImplemented
        return general(self, other)

    method.__name__ = name
    return method


def _in_place(name: str, compute: Callable[[Any, Any], Any]) -> Any:
    """Return an in-place operator: arrays change where they are, scalars are replaced."""
    general = getattr(ndarray, name)

    def method(self: Quantity, other: Any) -> Any:
        return general(self, other) if self.ndim else compute(self, other)

    method.__name__ = name
    return method


def _keeping(name: str) -> Any:
    """Return an array method whose result has the dimension of the array."""
    of_values = getattr(ndarray, name)

    def method(self: Quantity, *args: Any, **kwds: Any) -> Any:
        out = kwds.get("out")
        if isinstance(out, Quantity):
            kwds["out"] = _storage(out, self.dim)
        values = of_values(self.view(ndarray), *args, **kwds)
        return values if self.dim is DIMENSIONLESS else quantity_with_dimensions(values, self.dim)

    method.__name__ = name
    method.__doc__ = f"Return `numpy.ndarray.{name}` of the values, with the same dimension."
    return method


def _plain(name: str) -> Any:
    """Return an array method whose result is plain."""
    of_values = getattr(ndarray, name)

    def method(self: Quantity, *args: Any, **kwds: Any) -> Any:
        return of_values(self.view(ndarray), *args, **kwds)

    method.__name__ = name
    method.__doc__ = f"Return `numpy.ndarray.{name}` of the values."
    return method


def _storage(out: Any, dim: Dimension | None) -> Any:
    """Return the plain array behind an `out=` argument.

    Raises:
        DimensionMismatchError: The result would be stored as something else than it is.
    """
    if not isinstance(out, Quantity):
        return out
    if dim is not out.dim:
        raise DimensionMismatchError(
            "The result has another unit than the array given as 'out'",
            dim or DIMENSIONLESS,
            out.dim,
        )
    return out.view(ndarray)


class Quantity(np.ndarray[Any, np.dtype[Any]]):
    """Values with a physical dimension.

    Usually written as a product, `3 * mV` or `[1, 2] * nS`.

    Args:
        arr: Number, array, quantity or (nested) list of numbers or of quantities; in base units.
        dim: Dimension or unit; without it, that of `arr`.
        dtype: Type of the values. Whole numbers become float64 if they get a dimension.
        copy: Whether to copy the values of an array.
        force_quantity: Accepted for scripts of the tradition, without effect.

    Raises:
        TypeError: The values are no numbers, or numbers and quantities are mixed.
        DimensionMismatchError: A list of quantities with different dimensions.
    """

    __slots__ = ("dim",)
    __array_priority__: ClassVar[float] = 1000.0
    # makes a unit from a name; set by the module of units, which builds on this one
    unit_from_name: ClassVar[Callable[[UnitName], Any]]

    dim: Dimension

    def __new__(
        cls,
        arr: Any,
        dim: Dimension | Quantity | None = None,
        dtype: Any = None,
        copy: bool = False,
        force_quantity: bool = False,  # noqa: ARG004 - part of the traditional signature
    ) -> Self:
        """Return the quantity."""
        try:
            own = get_dimensions(arr)
        except TypeError as error:
            raise TypeError(f"Cannot make a quantity of {arr!r}: {error}") from None
        values = array(_values(arr), dtype=dtype) if copy else np.asarray(_values(arr), dtype=dtype)
        if values.dtype.kind not in "fciub":
            raise TypeError(f"Cannot make a quantity of {arr!r}: the values are no numbers")
        chosen = own if dim is None else _dimension_from(dim)
        if dtype is None and chosen is not DIMENSIONLESS and values.dtype.kind in "iub":
            values = values.astype(np.float64)
        quantity = values.view(cls)
        quantity.dim = chosen
        return quantity

    def __array_finalize__(self, obj: Any) -> None:
        self.dim = getattr(obj, "dim", DIMENSIONLESS)

    @staticmethod
    def with_dimensions(value: Any, *args: Any, **kwds: Any) -> Any:
        """Return values in base units with a dimension given as `get_or_create_dimension` does.

        Args:
            value: Number, array or list.
            *args: A dimension, or seven exponents.
            **kwds: Exponents by name, such as `length=1`.
        """
        dim = (
            args[0]
            if len(args) == 1 and isinstance(args[0], Dimension)
            else get_or_create_dimension(*args, **kwds)
        )
        return value if dim is DIMENSIONLESS else Quantity(value, dim)

    def __reduce__(self) -> Any:
        return Quantity, (np.asarray(self), self.dim, self.dtype)

    def __deepcopy__(self, memo: dict[int, Any] | None) -> Any:
        return self.copy()

    # --- dimensions ---------------------------------------------------------------------------

    @property
    def dimensions(self) -> Dimension:
        """The dimension, the same as `dim`."""
        return self.dim

    @property
    def is_dimensionless(self) -> bool:
        """Whether the values are pure numbers."""
        return self.dim is DIMENSIONLESS

    def has_same_dimensions(self, obj: Any) -> bool:
        """Return whether something has the same dimension."""
        return get_dimensions(obj) is self.dim

    # --- arithmetic ---------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwds: Any) -> Any:
        """Apply a NumPy function to the values; `ufuncs.RULES` give the dimension."""
        if any(_is_foreign(x) for x in inputs):
            return NotImplemented
        dim = result_dimension(ufunc, method, inputs)
        values = [_values(x) for x in inputs]
        compute = getattr(ufunc, method)
        out = kwds.pop("out", (None,))[0]
        if out is not None:
            if out is inputs[0] and isinstance(out, Quantity) and dim is not out.dim:
                # other names of this array must not see numbers of another unit
                return quantity_with_dimensions(compute(*values, **kwds), dim or DIMENSIONLESS)
            kwds["out"] = (_storage(out, dim),)
        result = compute(*values, **kwds)
        if isinstance(out, Quantity):
            return out
        return result if dim is None or result is None else quantity_with_dimensions(result, dim)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Quantity):
            dim = self.dim * other.dim
            if not (self.ndim or other.ndim):
                return _scalar(_item(self) * _item(other), dim)
            return quantity_with_dimensions(_operand(self) * _operand(other), dim)
        if type(other) in _NUMBERS and not self.ndim:
            return _scalar(_item(self) * other, self.dim)
        if type(other) in _NUMBERS or type(other) is ndarray:
            return quantity_with_dimensions(self.view(ndarray) * other, self.dim)
        return super().__mul__(other)

    def __rmul__(self, other: Any) -> Any:
        if type(other) in _NUMBERS and not self.ndim:
            return _scalar(_item(self) * other, self.dim)
        if type(other) in _NUMBERS or type(other) is ndarray:
            return quantity_with_dimensions(other * self.view(ndarray), self.dim)
        return super().__rmul__(other)

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Quantity):
            dim = self.dim / other.dim
            if self.ndim:
                return quantity_with_dimensions(self.view(ndarray) / _operand(other), dim)
            # Python raises where NumPy divides by zero
            if not other.ndim and (divisor := _item(other)) != 0:
                return _scalar(_item(self) / divisor, dim)
            return quantity_with_dimensions(self.view(ndarray) / other.view(ndarray), dim)
        if type(other) in _NUMBERS and other != 0 and not self.ndim:
            return _scalar(_item(self) / other, self.dim)
        if type(other) in _NUMBERS or type(other) is ndarray:
            return quantity_with_dimensions(self.view(ndarray) / other, self.dim)
        return super().__truediv__(other)

    def __rtruediv__(self, other: Any) -> Any:
        if type(other) in _NUMBERS or type(other) is ndarray:
            return quantity_with_dimensions(other / self.view(ndarray), DIMENSIONLESS / self.dim)
        return super().__rtruediv__(other)

    def __pow__(self, exponent: Any, mod: None = None) -> Any:
        dim = raised(np.power, (self, exponent))
        # a fraction is exact for the dimension, but unknown to NumPy
        number = float(exponent) if isinstance(exponent, Fraction) else _values(exponent)
        return quantity_with_dimensions(self.view(ndarray) ** number, dim)

    def __neg__(self) -> Any:
        return quantity_with_dimensions(-self.view(ndarray), self.dim)

    __add__ = _matching("__add__", operator.add)
    __sub__ = _matching("__sub__", operator.sub)
    __lt__ = _comparison("__lt__", operator.lt)
    __le__ = _comparison("__le__", operator.le)
    __gt__ = _comparison("__gt__", operator.gt)
    __ge__ = _comparison("__ge__", operator.ge)
    __eq__ = _comparison("__eq__", operator.eq)
    __ne__ = _comparison("__ne__", operator.ne)
    # mutable, like every array
    __hash__ = None
    __iadd__ = _in_place("__iadd__", operator.add)
    __isub__ = _in_place("__isub__", operator.sub)
    __imul__ = _in_place("__imul__", operator.mul)
    __itruediv__ = _in_place("__itruediv__", operator.truediv)
    __ifloordiv__ = _in_place("__ifloordiv__", operator.floordiv)
    __imod__ = _in_place("__imod__", operator.mod)
    __ipow__ = _in_place("__ipow__", operator.pow)

    # --- elements -----------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        element = super().__getitem__(key)
        return element if isinstance(element, Quantity) else _scalar(element, self.dim)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, self._accepted(value, "Inconsistent units in assignment"))

    def _accepted(self, value: Any, message: str) -> Any:
        """Return the plain values of something of the same dimension, or a scalar zero."""
        dim = get_dimensions(value)
        if dim is not self.dim and not (
            dim is DIMENSIONLESS and np.ndim(value) == 0 and is_zero(value)
        ):
            raise DimensionMismatchError(message, self.dim, dim)
        return _values(value)

    def item(self, *args: Any) -> Any:
        """Return one element as scalar quantity."""
        return _scalar(_item(self, *args), self.dim)

    def tolist(self) -> Any:
        """Return a (nested) list of scalar quantities."""
        return (
            [element.tolist() for element in self] if self.ndim else _scalar(_item(self), self.dim)
        )

    def fill(self, values: Any) -> None:
        """Set all elements to a scalar of the same dimension."""
        super().fill(self._accepted(values, "Inconsistent units in fill"))

    def put(self, indices: Any, values: Any, *args: Any, **kwds: Any) -> None:
        """Set elements by flat index to values of the same dimension."""
        super().put(indices, self._accepted(values, "Inconsistent units in put"), *args, **kwds)

    # --- methods of arrays --------------------------------------------------------------------

    cumsum = _keeping("cumsum")
    diagonal = _keeping("diagonal")
    max = _keeping("max")
    mean = _keeping("mean")
    min = _keeping("min")
    ravel = _keeping("ravel")
    round = _keeping("round")
    std = _keeping("std")
    sum = _keeping("sum")
    trace = _keeping("trace")
    all = _plain("all")
    any = _plain("any")
    argmax = _plain("argmax")
    argmin = _plain("argmin")
    argpartition = _plain("argpartition")
    argsort = _plain("argsort")
    nonzero = _plain("nonzero")

    def ptp(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Return maximum minus minimum, with the same dimension."""
        values = np.ptp(self.view(ndarray), axis, _storage(out, self.dim), keepdims)
        return quantity_with_dimensions(values, self.dim)

    def var(self, *args: Any, **kwds: Any) -> Any:
        """Return the variance, in the square of the dimension."""
        return quantity_with_dimensions(self.view(ndarray).var(*args, **kwds), self.dim**2)

    def prod(self, *args: Any, **kwds: Any) -> Any:
        """Return the product of elements, in the dimension to the power of their number."""
        values = self.view(ndarray).prod(*args, **kwds)
        return quantity_with_dimensions(values, self.dim ** (self.size // max(np.size(values), 1)))

    def cumprod(self, *args: Any, **kwds: Any) -> Any:
        """Return cumulative products of plain numbers.

        Raises:
            TypeError: With a dimension, every element would have a different one.
        """
        if self.dim is not DIMENSIONLESS:
            raise TypeError(
                "cumprod of quantities with units would give a different unit per element"
            )
        return self.view(ndarray).cumprod(*args, **kwds)

    def clip(  # type: ignore[override]
        self, a_min: Any = None, a_max: Any = None, *args: Any, **kwds: Any
    ) -> Any:
        """Return the values limited to a range of the same dimension (zero and inf fit all)."""
        for limit in (a_min, a_max):
            if limit is not None and get_dimensions(limit) is not self.dim:
                if is_zero_or_infinite(limit) and get_dimensions(limit) is DIMENSIONLESS:
                    continue
                raise DimensionMismatchError(
                    "Inconsistent units in clip", self.dim, get_dimensions(limit)
                )
        values = self.view(ndarray).clip(_values(a_min), _values(a_max), *args, **kwds)
        return quantity_with_dimensions(values, self.dim)

    def dot(self, other: Any, **kwds: Any) -> Any:  # type: ignore[override]
        """Return the dot product, in the product of the dimensions."""
        values = self.view(ndarray).dot(_values(other), **kwds)
        return quantity_with_dimensions(values, self.dim * get_dimensions(other))

    def searchsorted(self, v: Any, *args: Any, **kwds: Any) -> Any:
        """Return where values of the same dimension would be inserted."""
        accepted = self._accepted(v, "Inconsistent units in searchsorted")
        return self.view(ndarray).searchsorted(accepted, *args, **kwds)

    # --- text ---------------------------------------------------------------------------------

    def _text(self, unit: UnitName, precision: int | None, *, python_code: bool) -> str:
        values = self.view(ndarray) / unit.value
        if self.ndim == 0:
            # a scalar looks like the element of an array: "3.", not "3.0"
            text = np.array_str(values.reshape(1), precision=precision)[1:-1].strip()
        elif python_code:
            text = np.array_repr(values, precision=precision)
        else:
            text = np.array_str(values, precision=precision)
        if unit.dim is not DIMENSIONLESS:
            return f"{text} * {unit.name}" if python_code else f"{text} {unit.dispname}"
        return f"Quantity({text})" if python_code else text

    def in_unit(self, u: Any, precision: int | None = None, python_code: bool = False) -> str:
        """Return the text of the values in a unit.

        Args:
            u: The unit.
            precision: Digits after the point; None for NumPy's print option.
            python_code: Whether Python should be able to read it.

        Raises:
            DimensionMismatchError: The unit has another dimension.
        """
        if get_dimensions(u) is not self.dim:
            raise DimensionMismatchError(
                'Non-matching unit for method "in_unit"', self.dim, get_dimensions(u)
            )
        name = getattr(u, "unit_name", None)
        if name is not None:
            return self._text(name, precision, python_code=python_code)
        if self.dim is DIMENSIONLESS:
            return Quantity(self.view(ndarray) / u).in_best_unit(precision, python_code)
        raise TypeError(f"in_unit needs a unit such as mV, not {u!r}")

    def get_best_unit(self, *regs: UnitRegistry) -> Any:
        """Return the unit in which the values are printed."""
        return Quantity.unit_from_name(best_name(self.view(ndarray), self.dim, *regs))

    def in_best_unit(
        self, precision: int | None = None, python_code: bool = False, *regs: UnitRegistry
    ) -> str:
        """Return the text of the values in the unit that suits them best."""
        unit = best_name(self.view(ndarray), self.dim, *regs)
        return self._text(unit, precision, python_code=python_code)

    def __str__(self) -> str:
        return self.in_best_unit()

    def __repr__(self) -> str:
        return self.in_best_unit(python_code=True)

    def __format__(self, format_spec: str) -> str:
        """Return the text with unit, or with a format the number in base units."""
        if not format_spec:
            return str(self)
        return super().__format__(format_spec) if self.ndim else format(_item(self), format_spec)

    def _repr_latex_(self) -> str | None:
        unit = best_name(self.view(ndarray), self.dim)
        values = self.view(ndarray) / unit.value
        if self.ndim > 2:
            return None  # notebooks then show the plain text
        if self.ndim == 0:
            # errors of rounding are not shown, as in the text
            text = _powers_of_ten(str(float(f"{values.item():.10g}")))
        else:
            rows = np.array2string(values, separator=" & ").replace("...", r"\dots")
            cells = rows.strip("[]").replace("] &\n", "\\\\\n").replace("[", "").replace("]", "")
            text = rf"\left[\begin{{matrix}}{_powers_of_ten(cells)}\end{{matrix}}\right]"
        return f"${text}$" if unit.dim is DIMENSIONLESS else rf"${text}\,{unit.latexname}$"
