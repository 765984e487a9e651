"""Calls of functions from outside the model: given values of time, counts, code of the user."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..codegen import build as b
from ..codegen.foreign import c_pieces, cython_pieces, missing, runs_on
from ..codegen.ir import Buffer, DType, Expr, Foreign, Load, Local
from ..equations import DEFAULT_FUNCTIONS, Function, Lookup, kind_of
from ..equations.functions import Implementation
from ..equations.tree import Call as TreeCall
from ..equations.tree import Tree, functions_in
from ..errors import ArgumentTypeError, Diagnostic, Span
from ..model.group import Group
from ..model.timedarray import TimedArray
from ..preferences import prefs
from .context import Context

# what functions in C may depend on without bringing it along
_OF_C = frozenset(
    {"sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "log10", "log1p", "expm1"}
    | {"sqrt", "ceil", "floor", "abs"}
)
_KINDS = {"integer": DType.I64, "boolean": DType.BOOL}


def timed_value(
    context: Context,
    group: Group,
    called: tuple[str, TimedArray],
    args: tuple[Expr, ...],
    let: Callable[[str, Expr], Local],
) -> Expr:
    """Return a load from a table of values in time.

    Args:
        context: The lowering.
        group: The group whose code reads the value.
        called: The name in the code, and the array.
        args: Time, and the column if there are columns.
        let: Binds a value to a local.
    """
    name, array = called

    def number(what: str, dtype: DType, value: Callable[[], Any]) -> Expr:
        return Load(context.constant(group.name, f"{name}.{what}", dtype, value))

    comment = "one row per step" if array.values.ndim > 1 else "one value per step"
    table = context.buffer(
        group.name, f"{name}.values", lambda: array.flat, constant=True, comment=comment
    )
    dt = number("dt", DType.F64, lambda: array.dt)
    guard = number("guard", DType.F64, lambda: array.guard(group.clock.dt_))
    last = number("last", DType.F64, lambda: len(array.values) - 1)
    zero = b.const(0.0)
    place = let(f"{name}_place", b.add(b.binary("/", b.cast(args[0], DType.F64), dt), guard))
    # a time that is no number has the last value: it must not become an index
    inside = b.select(b.compare(">", place, zero), place, zero)
    row = let(f"{name}_row", b.cast(b.select(b.compare("<", place, last), inside, last), DType.I64))
    if len(args) == 1:
        return b.load(table, row)
    columns = number("columns", DType.I64, lambda: array.columns)
    column = let(f"{name}_column", b.cast(args[1], DType.I64))
    first = b.const(0, DType.I64)
    there = b.both(b.compare(">=", column, first), b.compare("<", column, columns))
    inner = b.add(b.mul(row, columns), b.select(there, column, first))
    return b.select(there, b.load(table, inner), b.const(float("nan")))


def foreign(context: Context, group: Group, name: str, function: Function) -> Foreign:
    """Return what generated code calls for a function of the user.

    Args:
        context: The lowering.
        group: The group whose code calls it.
        name: Its name in the model.
        function: The function.

    Raises:
        NotImplementedError: It depends on a function that has no implementation.
        TypeError: Code is no text.
        ValueError: Numbers that the code needs are none.
    """
    c, options = _pieces(name, function, "c", group)
    cython, more = _pieces(name, function, "cython", group)
    return Foreign(
        next((i.name for i in _chosen(function, "c", "cython") if i.name), name),
        c,
        cython,
        _python(context, group, name, function),
        function.stateless,
        function.auto_vectorise,
        tuple(dict.fromkeys((*options, *more))),
    )


def refuse_missing(function: Foreign, span: Span | None) -> None:
    """Refuse a function that the target which the preferences name cannot call.

    Raises:
        NotImplementedError: It cannot.
    """
    target: str = prefs["codegen.target"]
    if target == "auto" or runs_on(function, target):
        return
    available = ", ".join(f"'{t}'" for t in ("c", "cython", "numpy") if runs_on(function, t))
    help = (
        f"give it one with @implementation('{'cpp' if target == 'c' else target}', ...), or set "
        "prefs.codegen.target to 'numpy', or to 'auto', which finds a target that has all functions"
    )
    raise NotImplementedError(
        str(Diagnostic(missing(function.name, target), span, f"available: {available}", help))
    )


def checked_types(
    call: TreeCall, function: Function, args: Iterable[Expr], lookup: Lookup
) -> tuple[Expr, ...]:
    """Return the arguments in the types that a function declares.

    Args:
        call: The call.
        function: What is called.
        args: The arguments.
        lookup: What names mean. Numbers from outside the model are floats in all code, but whole
            ones may stand where an integer must.

    Raises:
        ArgumentTypeError: A number with a fraction stands where an integer must, or a number where
            a truth value must.
    """
    typed = []
    for tree, given, kind in zip(call.args, args, function.arg_types, strict=True):
        whole = kind == "integer" and kind_of(tree, lookup) == "integer"
        arg = b.cast(given, DType.I64) if whole and given.dtype.is_float else given
        found = arg.dtype
        fits = not (kind == "integer" and found.is_float)
        if kind == "boolean":
            fits = found is DType.BOOL
        if not fits:
            what = "an integer" if kind == "integer" else "a condition"
            help = "write int(...)" if kind == "integer" else "compare it with something"
            message = f"{call.function}() takes {what} here"
            raise ArgumentTypeError(Diagnostic(message, tree.span, "a number", help))
        wanted = found if found is DType.BOOL and kind != "integer" else b.wider(found)
        typed.append(b.cast(arg, DType.F64 if kind == "float" else wanted))
    return tuple(typed)


def result_type(function: Function, args: Iterable[Expr], real: DType) -> DType:
    """Return the type of a function's value; `real` is that of numbers with a fraction."""
    kinds = [_kind(arg.dtype) for arg in args]
    return _KINDS.get(function.result_kind(kinds), real)


def called_functions(context: Context, group: Group) -> dict[str, Function]:
    """Return the functions that the equations of a group call, by name."""
    assert group.equations is not None  # noqa: S101 - asked of groups with equations
    names = sorted(frozenset[str]().union(*map(functions_in, group.equations.expressions)))
    found = {name: context.meaning(group, name) for name in names}
    return {name: f for name, f in found.items() if isinstance(f, Function)}


def held_functions(
    context: Context, group: Group, called: Mapping[str, Function]
) -> frozenset[str]:
    """Return which of the functions that a group calls do not change at `t` within a step."""

    def held() -> frozenset[str]:
        dt = group.clock.dt_
        return frozenset(name for name, f in called.items() if f.is_locally_constant(dt))

    now = held()
    context.premises.append(lambda: held() == now)
    return now


def is_fixed(tree: Tree) -> bool:
    """Return whether an expression calls no function but those of numbers that never change."""
    return all(
        name in DEFAULT_FUNCTIONS and DEFAULT_FUNCTIONS[name].stateless
        for name in functions_in(tree)
    )


def _kind(dtype: DType) -> Any:
    if dtype is DType.BOOL:
        return "boolean"
    return "float" if dtype.is_float else "integer"


def _python(context: Context, group: Group, name: str, function: Function) -> Buffer:
    """Return the buffer that holds a Python function, which only the NumPy target looks into."""
    key = (group.name, f"{name}.function")
    if key not in context.buffers:
        full = f"{context.labels.label(group.name)}_{name}_function"
        while full in context.arrays:
            full += "_"
        box = np.empty(1, dtype=object)
        box[0] = function.numpy
        context.arrays[full] = lambda: box
        context.buffers[key] = Buffer(full, DType.U64, constant=True, scalar=True)
    return context.buffers[key]


# ---------------------------------------------------------------------- texts of the user's code


def _chosen(function: Function, *languages: str) -> list[Implementation]:
    """Return the implementations for languages; "cpp" is the tradition's word for "c"."""
    targets = [word for tongue in languages for word in ((tongue, "cpp")[: 1 + (tongue == "c")])]
    return [function.implementations[t] for t in targets if t in function.implementations]


def _pieces(
    name: str, function: Function, language: str, group: Group
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the pieces of a function's text and the compiler's options; none without a text."""
    found = _chosen(function, language)
    if not found:
        return (), ()
    implementation = found[0]
    pieces: list[str] = []
    options: list[str] = list(_options(implementation.compiler_kwds))
    for needed, dependency in implementation.dependencies.items():
        more, its_options = _pieces(needed, dependency, language, group)
        if not more and needed not in _OF_C:
            raise NotImplementedError(
                f"the function '{name}' depends on '{needed}', which "
                f"has no implementation for the target '{language}'"
            )
        pieces += more
        options += its_options
    called = implementation.name or name
    code, numbers = _code(implementation, group), _numbers(implementation, group)
    headers = tuple(implementation.compiler_kwds.get("headers", ()))
    if language == "c":
        pieces += c_pieces(called, code, numbers, headers)
    else:
        pieces += cython_pieces(code, numbers, headers)
    return tuple(dict.fromkeys(pieces)), tuple(options)


def _code(implementation: Implementation, group: Group) -> str:
    code = implementation.code(group) if implementation.dynamic else implementation.code
    if not isinstance(code, str):
        raise TypeError(f"the code of a function is a text, not {type(code).__name__}")
    return code


def _numbers(implementation: Implementation, group: Group) -> dict[str, np.ndarray[Any, Any]]:
    namespace: Any = implementation.namespace
    if callable(namespace):
        namespace = namespace(group)
    return {key: np.asarray(value) for key, value in (namespace or {}).items()}


def _options(keywords: Mapping[str, Any]) -> Iterable[str]:
    """Yield the compiler's arguments for macros, directories, libraries, further sources."""
    for macro, value in keywords.get("define_macros", ()):
        yield f"-D{macro}" if value is None else f"-D{macro}={value}"
    for directory in keywords.get("include_dirs", ()):
        yield f"-I{Path(directory).resolve()}"
    for directory in keywords.get("library_dirs", ()):
        yield f"-L{Path(directory).resolve()}"
    for directory in keywords.get("runtime_library_dirs", ()):
        yield f"-Wl,-rpath,{directory}"
    libraries = tuple(keywords.get("libraries", ()))
    if libraries and sys.platform == "linux":
        # the linker would leave out a library that stands before the code which needs it
        yield "-Wl,--no-as-needed"
    yield from (f"-l{library}" for library in libraries)
    for source in map(Path, keywords.get("sources", ())):
        # a change of the file must change the options, by which compiled code is remembered
        yield f"-DBS_SOURCE_{hashlib.sha256(source.read_bytes()).hexdigest()[:16]}"
        yield str(source.resolve())
