"""Functions of the language: what they take, what they return, and how they are computed.

The default functions are entries of a table; a user's function is the same kind of object, made
by `Function(...)` or by the decorators `@implementation` and `@declare_types` on top of
`@check_units`. Does not: print code, draw random numbers.
"""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import numpy as np

from brainsim.units.dimensions import (
    DIMENSIONLESS,
    Dimension,
    DimensionMismatchError,
    get_or_create_dimension,
)
from brainsim.units.functions import exprel
from brainsim.units.fundamentalunits import Quantity, get_dimensions

from ..records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["boolean", "integer", "float"]
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])

ARGUMENT_TYPES: Final = ("boolean", "integer", "float", "any")
RETURN_TYPES: Final = ("boolean", "integer", "float", "highest")
_KIND_ORDER: Final[tuple[Kind, ...]] = ("boolean", "integer", "float")


@dataclass(frozen=True, slots=True)
class Implementation:
    """How a function is written for one target.

    Args:
        name: Its name in the target's code; None for the name in the model.
        code: Text of the target language, or a Python callable for the target "numpy".
        namespace: Values which the code needs, by name.
        dependencies: Functions which the code calls, by name.
        dynamic: Whether `code` is a function of the owner which returns the text.
        compiler_kwds: Headers, sources, libraries and such.
    """

    name: str | None
    code: Any
    namespace: Mapping[str, Any] | Callable[..., Any] | None = None
    dependencies: Mapping[str, Function] = field(default_factory=dict)
    dynamic: bool = False
    compiler_kwds: Mapping[str, Any] = field(default_factory=dict)


class Implementations(Mapping[str, Implementation]):
    """The implementations of one function by target, such as "numpy", "cython" or "cpp"."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._by_target: dict[str, Implementation] = {}

    def __getitem__(self, target: str) -> Implementation:
        try:
            return self._by_target[target]
        except KeyError:
            known = ", ".join(self._by_target) or "none"
            raise KeyError(
                f"no implementation for the target '{target}'; available: {known}"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_target)

    def __len__(self) -> int:
        return len(self._by_target)

    def add_implementation(
        self,
        target: str,
        code: Any,
        namespace: Any = None,
        dependencies: Mapping[str, Function] | None = None,
        availability_check: Callable[[], None] | None = None,
        name: str | None = None,
        compiler_kwds: Mapping[str, Any] | None = None,
        *,
        dynamic: bool = False,
    ) -> None:
        """Store code for a target.

        Args:
            target: "cpp", "cython" or "numpy".
            code: Text which defines the function.
            namespace: Values which the code needs, by name.
            dependencies: Functions which the code calls, by name.
            availability_check: Called at once; raises `NotImplementedError` where this
                implementation cannot work.
            name: Name of the function in the code, if it differs from the name in the model.
            compiler_kwds: Headers, sources, libraries and such.
            dynamic: See `add_dynamic_implementation`.
        """
        if availability_check is not None:
            availability_check()
        self._by_target[target] = Implementation(
            name, code, namespace, dict(dependencies or {}), dynamic, dict(compiler_kwds or {})
        )

    def add_dynamic_implementation(
        self,
        target: str,
        code: Callable[..., Any],
        namespace: Any = None,
        dependencies: Mapping[str, Function] | None = None,
        availability_check: Callable[[], None] | None = None,
        name: str | None = None,
        compiler_kwds: Mapping[str, Any] | None = None,
    ) -> None:
        """Store a function which returns the code when the owner of the model is known."""
        self.add_implementation(
            target,
            code,
            namespace,
            dependencies,
            availability_check,
            name,
            compiler_kwds,
            dynamic=True,
        )

    def add_numpy_implementation(
        self,
        wrapped_func: Callable[..., Any],
        dependencies: Mapping[str, Function] | None = None,
        discard_units: bool | None = None,
        compiler_kwds: Mapping[str, Any] | None = None,
    ) -> None:
        """Store a Python function as the implementation for the target "numpy".

        Args:
            wrapped_func: Takes and returns arrays.
            dependencies: Functions which it calls, by name.
            discard_units: Whether it works with plain values in base units; otherwise it is
                given quantities, and what it returns is checked.
            compiler_kwds: Not used by this target.
        """
        function = self._function
        original = getattr(wrapped_func, "_orig_func", wrapped_func)
        plain = without_units(original) if discard_units else function.with_quantities(original)
        self.add_implementation(
            "numpy", plain, dependencies=dependencies, compiler_kwds=compiler_kwds
        )


class Function:
    """A function which can be used in equations and other texts of a model.

    Args:
        pyfunc: The Python function.
        sympy_func: What symbolic algebra may put in its place.
        arg_units: One entry per argument: a unit, `1` for none, `bool` for a truth value, None
            for anything, or the name of another argument for "the same unit as that one".
            Taken from `@check_units` if None.
        arg_names: Names of the arguments, for entries of `arg_units` which are names.
        return_unit: A unit, `1`, `bool`, or a function from the dimensions of the arguments to
            that of the value.
        arg_types: "boolean", "integer", "float" or "any" per argument; all "any" if None.
        return_type: "boolean", "integer", "float" or "highest" (of the arguments).
        stateless: Whether the same arguments always give the same value.
        auto_vectorise: Whether the NumPy implementation takes a last argument
            `_vectorisation_idx`, an array as long as the result should be.

    Raises:
        ValueError: Units are missing, or a type or an argument name is unknown.
    """

    def __init__(
        self,
        pyfunc: Callable[..., Any],
        sympy_func: Any = None,
        arg_units: Sequence[Any] | None = None,
        arg_names: Sequence[str] | None = None,
        return_unit: Any = None,
        arg_types: Sequence[str] | None = None,
        return_type: str | None = None,
        stateless: bool = True,
        auto_vectorise: bool = False,
    ) -> None:
        self.pyfunc = pyfunc
        self.sympy_func = sympy_func
        self.stateless = stateless
        self.auto_vectorise = auto_vectorise
        self.arg_units = _declared(pyfunc, "arg_units", arg_units)
        self.arg_names = _argument_names(pyfunc, arg_names, len(self.arg_units))
        self.return_unit = return_unit
        if return_unit is None:
            self.return_unit = _declared(pyfunc, "return_unit", return_unit)
        self.arg_types = _argument_types(pyfunc, arg_types, len(self.arg_units))
        self.return_type = _return_type(pyfunc, return_type, self.return_unit)
        self._check_names()
        self.implementations = Implementations(self)

    def _check_names(self) -> None:
        for unit in self.arg_units:
            if isinstance(unit, str) and unit not in self.arg_names:
                raise ValueError(
                    f"{self.name}: an argument should have the same unit as '{unit}', "
                    f"but the arguments are {', '.join(self.arg_names)}"
                )

    @property
    def name(self) -> str:
        """Name of the Python function."""
        return str(getattr(self.pyfunc, "__name__", repr(self.pyfunc)))

    def __call__(self, *args: Any) -> Any:
        """Call the Python function."""
        return self.pyfunc(*args)

    def __repr__(self) -> str:
        return f"<Function {self.name}({', '.join(self.arg_names)})>"

    @property
    def arity(self) -> int:
        """Number of arguments."""
        return len(self.arg_units)

    @property
    def numpy(self) -> Callable[..., Any]:
        """The implementation on arrays in base units.

        Raises:
            NotImplementedError: It is given as text, which is never run.
        """
        if "numpy" not in self.implementations:
            self.implementations.add_numpy_implementation(self.pyfunc)
        code: Callable[..., Any] = self.implementations["numpy"].code
        if not callable(code):
            raise NotImplementedError(
                f"the function '{self.name}' is given as text for the target 'numpy': give the "
                "Python function itself"
            )
        return code

    def is_locally_constant(self, dt: float) -> bool:  # noqa: ARG002 - for subclasses
        """Return whether the value at the name `t` stays the same within a step of `dt` seconds."""
        return False

    def result_dimension(self, dims: Sequence[Dimension]) -> Dimension:
        """Return the dimension of the value, given those of the arguments."""
        if callable(self.return_unit) and self.return_unit is not bool:
            return dimension_of_unit(self.return_unit(*dims))
        return dimension_of_unit(self.return_unit)

    def result_kind(self, kinds: Sequence[Kind]) -> Kind:
        """Return the kind of the value, given those of the arguments."""
        if self.return_type == "highest":
            return max(kinds, key=_KIND_ORDER.index, default="boolean")
        return next(kind for kind in _KIND_ORDER if kind == self.return_type)

    def with_quantities(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of plain values in base units that calls one of quantities.

        It raises `DimensionMismatchError` if the value has another unit than declared.
        """
        fixed = [self._argument_dimension(index) for index in range(self.arity)]
        unit = self.return_unit
        wanted = None if callable(unit) and unit is not bool else dimension_of_unit(unit)

        def plain(*args: Any) -> Any:
            # a function which is vectorised automatically gets one more argument
            dims = [*fixed, *([DIMENSIONLESS] * (len(args) - len(fixed)))]
            values = [
                arg if dim.is_dimensionless else Quantity(arg, dim=dim)
                for arg, dim in zip(args, dims, strict=True)
            ]
            value = function(*values)
            found = get_dimensions(value)
            if wanted is not None and found is not wanted:
                raise DimensionMismatchError(f"{self.name}() returned another unit", found, wanted)
            return np.asarray(value)

        return plain

    def _argument_dimension(self, index: int) -> Dimension:
        unit = self.arg_units[index]
        seen = {index}
        while isinstance(unit, str):
            index = self.arg_names.index(unit)
            if index in seen:
                return DIMENSIONLESS
            seen.add(index)
            unit = self.arg_units[index]
        return DIMENSIONLESS if unit is None else dimension_of_unit(unit)


def dimension_of_unit(unit: Any) -> Dimension:
    """Return the dimension of an entry of `arg_units`: a unit, a dimension, `1` or `bool`.

    Raises:
        TypeError: It is something else.
    """
    if unit is bool or (isinstance(unit, int | float) and unit == 1):
        return DIMENSIONLESS
    dim = getattr(unit, "dim", None)
    if not isinstance(dim, Dimension):
        raise TypeError(f"{unit!r} is no unit; write a unit, or 1 for a number without one")
    return dim


def _declared(pyfunc: Callable[..., Any], what: str, given: Any) -> Any:
    declared = getattr(pyfunc, f"_{what}", None) if given is None else given
    if declared is None:
        name = getattr(pyfunc, "__name__", repr(pyfunc))
        raise ValueError(
            f"the function '{name}' does not say which units it takes and returns; give '{what}', "
            "or put @check_units above it"
        )
    return tuple(declared) if what == "arg_units" else declared


def _argument_names(
    pyfunc: Callable[..., Any], names: Sequence[str] | None, n: int
) -> tuple[str, ...]:
    names = getattr(pyfunc, "_arg_names", None) if names is None else names
    if names is None:
        names = [f"argument {index + 1}" for index in range(n)]
    if len(names) != n:
        raise ValueError(f"there are units for {n} arguments, but names for {len(names)}")
    return tuple(names)


def _argument_types(
    pyfunc: Callable[..., Any], given: Sequence[str] | None, n: int
) -> tuple[str, ...]:
    kinds = getattr(pyfunc, "_arg_types", None) if given is None else given
    kinds = ["any"] * n if kinds is None else kinds
    for kind in kinds:
        _refuse_unknown_type(kind, ARGUMENT_TYPES)
    if len(kinds) != n:
        raise ValueError(f"there are units for {n} arguments, but types for {len(kinds)}")
    return tuple(kinds)


def _return_type(pyfunc: Callable[..., Any], given: str | None, return_unit: Any) -> str:
    kind = getattr(pyfunc, "_return_type", None) if given is None else given
    if kind is None:
        kind = "boolean" if return_unit is bool else "float"
    _refuse_unknown_type(kind, RETURN_TYPES)
    if (return_unit is bool) != (kind == "boolean"):
        raise ValueError("a function returns 'boolean' if, and only if, its return unit is bool")
    return str(kind)


def _refuse_unknown_type(kind: Any, known: Iterable[str]) -> None:
    if kind not in known:
        raise ValueError(f"{kind!r} is no type of values; the types are {', '.join(known)}")


def without_units(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same Python function, seeing plain values in base units for global quantities."""
    if not isinstance(function, types.FunctionType):
        return function
    plain = {
        name: np.asarray(value)[()] if isinstance(value, Quantity) else value
        for name, value in function.__globals__.items()
    }
    copy = types.FunctionType(
        function.__code__, plain, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def implementation(
    target: str,
    code: str | None = None,
    namespace: Mapping[str, Any] | None = None,
    dependencies: Mapping[str, Function] | None = None,
    discard_units: bool | None = None,
    name: str | None = None,
    **compiler_kwds: Any,
) -> Callable[[Callable[..., Any]], Function]:
    """Give a function with units (`@check_units`) an implementation for a target.

    The outermost decorator; several may be stacked.

    Args:
        target: "cpp", "cython" or "numpy".
        code: Text that defines the function; None for "numpy" takes the Python function itself.
        namespace: Values which the code needs, by name.
        dependencies: Functions which the code calls, by name.
        discard_units: Whether the Python function takes plain values in base units.
        name: Name of the function in the code, if it differs from the name in the model.
        compiler_kwds: headers, sources, define_macros, libraries, include_dirs, library_dirs,
            runtime_library_dirs.

    Raises:
        TypeError: `discard_units` is given for another target than "numpy", or with code.
        ValueError: There is no code for another target than "numpy".
    """
    python = target == "numpy" and code is None
    if discard_units is not None and not python:
        raise TypeError("'discard_units' belongs to the target 'numpy' without code")
    if code is None and not python:
        raise ValueError(f"the target '{target}' needs code")

    def decorate(function: Callable[..., Any]) -> Function:
        full = function if isinstance(function, Function) else Function(function)
        if python:
            full.implementations.add_numpy_implementation(
                full.pyfunc, dependencies, discard_units, compiler_kwds
            )
        else:
            full.implementations.add_implementation(
                target, code, namespace, dependencies, None, name, compiler_kwds
            )
        return full

    return decorate


def declare_types(**types_: str) -> Callable[[AnyFunction], AnyFunction]:
    """Declare the types of a function's arguments and of its `result`.

    Args:
        types_: "boolean", "integer", "float" or "any" per argument name; for `result` also
            "highest", the highest type of the arguments.

    Raises:
        ValueError: A type or an argument is unknown.
    """
    result = types_.pop("result", None)
    if result is not None:
        _refuse_unknown_type(result, RETURN_TYPES)
    for kind in types_.values():
        _refuse_unknown_type(kind, ARGUMENT_TYPES)

    def decorate(function: AnyFunction) -> AnyFunction:
        original = getattr(function, "_orig_func", function)
        names = tuple(inspect.signature(original).parameters)
        for name in types_:
            if name not in names:
                raise ValueError(f"there is no argument '{name}', only {', '.join(names)}")
        declared: Any = function
        # the attributes by which the tradition annotates functions; see check_units
        declared._arg_types = tuple(types_.get(name, "any") for name in names)  # noqa: SLF001
        declared._return_type = result  # noqa: SLF001
        return function

    return decorate


def timestep(t: Any, dt: Any) -> Any:
    """Return the number of whole time steps in `t`, safe against rounding of `t`."""
    return np.asarray((t + 1e-3 * dt) / dt).astype(np.int64)[()]


def _int(x: Any) -> Any:
    return np.asarray(x).astype(np.int64)[()]


def _drawn_by_the_engine(*_: Any) -> Any:
    raise TypeError("this function draws its numbers in a simulation; in Python use numpy.random")


_SECOND: Final = get_or_create_dimension(time=1)


def _plain(pyfunc: Callable[..., Any], return_type: str = "float") -> Function:
    return Function(pyfunc, arg_units=[1], return_unit=1, return_type=return_type)


def _same_unit(pyfunc: Callable[..., Any], return_type: str) -> Function:
    return Function(pyfunc, arg_units=[None], return_unit=lambda x: x, return_type=return_type)


def _random(arg_units: Sequence[Any], return_type: str) -> Function:
    return Function(
        _drawn_by_the_engine,
        arg_units=arg_units,
        return_unit=1,
        return_type=return_type,
        stateless=False,
        auto_vectorise=True,
    )


DEFAULT_FUNCTIONS: Final[Mapping[str, Function]] = types.MappingProxyType(
    {
        **{
            name: _plain(getattr(np, name))
            for name in (
                *("sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan"),
                *("exp", "log", "log10", "log1p", "expm1"),
            )
        },
        "exprel": _plain(exprel),
        "sqrt": Function(np.sqrt, arg_units=[None], return_unit=lambda x: x**0.5),
        "abs": _same_unit(np.abs, "highest"),
        "sign": Function(np.sign, arg_units=[None], return_unit=1, return_type="highest"),
        "ceil": _same_unit(np.ceil, "float"),
        "floor": _same_unit(np.floor, "float"),
        "clip": Function(
            np.clip,
            arg_units=[None, "a", "a"],
            arg_names=["a", "a_min", "a_max"],
            return_unit=lambda a, _low, _high: a,
            return_type="highest",
        ),
        "int": _plain(_int, "integer"),
        "timestep": Function(
            timestep,
            arg_units=[_SECOND, _SECOND],
            arg_names=["t", "dt"],
            return_unit=1,
            return_type="integer",
        ),
        "rand": _random([], "float"),
        "randn": _random([], "float"),
        "poisson": _random([1], "integer"),
    }
)

DEFAULT_CONSTANTS: Final[Mapping[str, float]] = types.MappingProxyType(
    {
        "pi": float(np.pi),
        "e": math.e,
        "inf": float(np.inf),
    }
)
