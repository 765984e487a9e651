"""The kernel language on one page.

A kernel is a list of statements over typed buffers. It knows loops, loads and stores; it does not
know neurons. What there is:

    expression  Const | Local | Load | Clock | Unary | Binary | Compare | Logic | Not
                | Call | ForeignCall | Cast | Select | Random | Part | Search
    statement   Let | Store | Accumulate | For | If | Compact | Fill | Tiles | Join | Procedure
    kernel      Kernel(name, title, body)

What there is not: pointers, allocation, mutable locals, while loops, recursion, calls of kernels.
Locals are bound once. Every expression is pure except `Random`, which is a function of its key,
element and the clock's step, so that evaluating it twice gives the same number, and the call of a
`Foreign` function that is not stateless, which is evaluated once for each element, in their order.

Meaning of loops. `For` visits `start, start + 1, ..., stop - 1` in this order. Its `kind` states
what the writer of the kernel promises, and so what a printer may do:

    INDEPENDENT   an iteration stores only to elements that no other iteration loads or stores
    ACCUMULATING  as before, except for `Accumulate`, which several iterations may aim at one
                  element; contributions to one element are added in the order of the iterations
    SEQUENTIAL    nothing is promised

Meaning of shares. A kernel may be called several times for one step, at the same time on different
threads: once for each of a number of shares. What belongs to a share is said by `Part` alone; a
kernel without it is called once. `Division` says how the iterations of a loop could be shared out;
`shares.divide` makes use of it.

Division by zero, overflow and invalid operations follow IEEE 754 and never trap. `//` and `%`
follow Python's sign rule; integer arithmetic wraps. `and`, `or` evaluate both sides.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Literal

from ..records import dataclass


class DType(StrEnum):
    """Element types; the values are NumPy's names."""

    BOOL = "bool"
    U8 = "uint8"
    U16 = "uint16"
    I32 = "int32"
    I64 = "int64"
    U64 = "uint64"
    F32 = "float32"
    F64 = "float64"

    @property
    def is_float(self) -> bool:
        """Whether this is a floating-point type."""
        return self in {DType.F32, DType.F64}

    @property
    def is_integer(self) -> bool:
        """Whether this is an integer type (bool is none)."""
        return not self.is_float and self is not DType.BOOL


@dataclass(frozen=True, slots=True)
class Buffer:
    """A named array that outlives the kernel; a scalar is an array of one element.

    Args:
        name: Identifier, unique in a program, such as "neurons_v".
        dtype: Element type.
        constant: Nobody stores to it while a run lasts.
        scalar: It has exactly one element, loaded without an index.
        comment: What it holds, with its unit; shown in generated code.
        scratch: It holds nothing from one step to the next.
    """

    name: str
    dtype: DType
    constant: bool = False
    scalar: bool = False
    comment: str = ""
    scratch: bool = False


# ---------------------------------------------------------------------------------- expressions

BinaryOp = Literal["+", "-", "*", "/", "//", "%", "**", "&"]
CompareOp = Literal["<", "<=", ">", ">=", "==", "!="]
ClockField = Literal["step", "relative_step", "t", "dt"]
RandomKind = Literal["uniform", "uniform_of_counts", "normal", "poisson", "binomial"]
# the distributions of real numbers; the others are counts
CONTINUOUS: frozenset[RandomKind] = frozenset({"uniform", "uniform_of_counts", "normal"})


@dataclass(frozen=True, slots=True)
class Const:
    """A literal."""

    value: float | int | bool
    dtype: DType


@dataclass(frozen=True, slots=True)
class Local:
    """A value bound by `Let`, or a loop's index."""

    name: str
    dtype: DType


@dataclass(frozen=True, slots=True)
class Load:
    """`buffer[index]`, or the single element of a scalar buffer when `index` is None."""

    buffer: Buffer
    index: Expr | None = None

    @property
    def dtype(self) -> DType:
        """The buffer's element type."""
        return self.buffer.dtype


@dataclass(frozen=True, slots=True)
class Clock:
    """A field of the clock that drives the kernel.

    `step` counts from the network's time zero, `relative_step` (int32) from the start of the
    present stretch of the run; `t` = step * dt and `dt` are in seconds.
    """

    field: ClockField

    @property
    def dtype(self) -> DType:
        """float64 for times, int64 for `step`, int32 for `relative_step`."""
        return {"step": DType.I64, "relative_step": DType.I32}.get(self.field, DType.F64)


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`."""

    operand: Expr

    @property
    def dtype(self) -> DType:
        """The operand's type."""
        return self.operand.dtype


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic; both operands are converted to `dtype` first."""

    op: BinaryOp
    left: Expr
    right: Expr
    dtype: DType


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison in the wider of the two types."""

    op: CompareOp
    left: Expr
    right: Expr

    @property
    def dtype(self) -> DType:
        """Always bool."""
        return DType.BOOL


@dataclass(frozen=True, slots=True)
class Logic:
    """`left and right` or `left or right`, both evaluated."""

    op: Literal["and", "or"]
    left: Expr
    right: Expr

    @property
    def dtype(self) -> DType:
        """Always bool."""
        return DType.BOOL


@dataclass(frozen=True, slots=True)
class Not:
    """Logical negation."""

    operand: Expr

    @property
    def dtype(self) -> DType:
        """Always bool."""
        return DType.BOOL


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `functions.py`, by name."""

    function: str
    args: tuple[Expr, ...]
    dtype: DType


@dataclass(frozen=True, slots=True)
class Foreign:
    """A function which a user wrote in the target languages; their texts are trusted.

    A text is given as pieces (headers, numbers, other functions, at last the function itself) of
    which each stands once in the generated code, however many functions need it.

    Args:
        name: Its name in the texts.
        c: Pieces of C; none where it cannot be called from C.
        cython: Pieces of Cython; none where that of C is to be used.
        python: Scalar constant buffer whose element is a Python function; only the NumPy target
            reads it, as an object, so that its element type means nothing.
        stateless: Whether equal arguments always give equal values.
        vectorised: Whether the last argument is the number of the element.
        options: Arguments of the compiler: directories, libraries, more sources.
    """

    name: str
    c: tuple[str, ...]
    cython: tuple[str, ...]
    python: Buffer
    stateless: bool = True
    vectorised: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignCall:
    """A call of a user's function, whose value is converted to `dtype`."""

    function: Foreign
    args: tuple[Expr, ...]
    dtype: DType


@dataclass(frozen=True, slots=True)
class Cast:
    """Conversion; a float becomes an integer by cutting off its fraction."""

    operand: Expr
    dtype: DType


@dataclass(frozen=True, slots=True)
class Select:
    """`then` where `condition`, else `otherwise`; both are evaluated."""

    condition: Expr
    then: Expr
    otherwise: Expr
    dtype: DType


@dataclass(frozen=True, slots=True)
class Random:
    """A random variate: a function of (key, element, the clock's step), see bs_random.h.

    Args:
        kind: Distribution.
        key: Scalar uint64 buffer with the stream's key.
        element: int64 expression: number of the neuron or synapse.
        args: Parameters: (lam,) of poisson, (n, p) of binomial.
        dtype: Float for uniform and normal, an integer type for the others.
    """

    kind: RandomKind
    key: Buffer
    element: Expr
    args: tuple[Expr, ...]
    dtype: DType


@dataclass(frozen=True, slots=True)
class Part:
    """Where the part of `size` elements begins or ends that belongs to the present share.

    Parts begin at multiples of 64; that of the only share is everything. The `limit` is the end,
    but that of the last share lies beyond all 32-bit numbers, so that nothing must be searched.
    """

    size: Expr
    side: Literal["begin", "end", "limit"]

    @property
    def dtype(self) -> DType:
        """Always int64."""
        return DType.I64


@dataclass(frozen=True, slots=True)
class Search:
    """The first place of an ascending stretch, start .. stop - 1, that holds at least `value`.

    `stop` where there is none. The buffer holds integers of at most 32 bits, none negative.
    """

    buffer: Buffer
    start: Expr
    stop: Expr
    value: Expr

    @property
    def dtype(self) -> DType:
        """Always int64."""
        return DType.I64


Expr = (
    Const
    | Local
    | Load
    | Clock
    | Unary
    | Binary
    | Compare
    | Logic
    | Not
    | Call
    | ForeignCall
    | Cast
    | Select
    | Random
    | Part
    | Search
)

# ----------------------------------------------------------------------------------- statements


class LoopKind(Enum):
    """What the writer of a loop promises; see the module's docstring."""

    INDEPENDENT = "independent"
    ACCUMULATING = "accumulating"
    SEQUENTIAL = "sequential"


@dataclass(frozen=True, slots=True)
class Let:
    """Bind a local for the rest of the enclosing block."""

    local: Local
    value: Expr


@dataclass(frozen=True, slots=True)
class Store:
    """`buffer[index] = value` (converted to the buffer's type)."""

    buffer: Buffer
    index: Expr | None
    value: Expr


@dataclass(frozen=True, slots=True)
class Accumulate:
    """`buffer[index] += value`."""

    buffer: Buffer
    index: Expr | None
    value: Expr


@dataclass(frozen=True, slots=True)
class Division:
    """How the iterations of a loop can be shared out, so that shares never meet in an element.

    An iteration belongs to the share in whose part of `size` elements its `place` lies.

    Args:
        size: Number of elements of the group that is divided.
        place: Element of that group which the iteration may change, in terms of the index of the
            loop and of what is bound around it: a local bound around it, the index, the index plus
            or minus something, or an element of a buffer that ascends over the whole loop.
        item: What else belongs to the iteration alone, such as the number of a synapse; the index
            unless given.
    """

    size: Expr
    place: Expr
    item: Expr | None = None


@dataclass(frozen=True, slots=True)
class For:
    """A counting loop; `start` and `stop` are evaluated once, before the loop."""

    index: Local
    start: Expr
    stop: Expr
    body: tuple[Stmt, ...]
    kind: LoopKind = LoopKind.INDEPENDENT
    division: Division | None = None


@dataclass(frozen=True, slots=True)
class If:
    """Run the body where the condition holds."""

    condition: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Compact:
    """Write the indices of the set flags among `flags[start:stop]`, ascending, to `out[at:]`.

    Binds `count`, the number of indices written (int64); within `Tiles` for what stands behind
    them, the number of all tiles. `flags` is a uint8 buffer of zeros and ones.

    Args:
        flags: The flags.
        stop: End of the elements.
        out: int32 buffer.
        at: Where the first index is written.
        count: The local to bind.
        start: First element, a multiple of 64.
        lengths: int64 buffer that keeps the counts of all shares for `Join`.
    """

    flags: Buffer
    stop: Expr
    out: Buffer
    at: Expr
    count: Local
    start: Expr = Const(0, DType.I64)
    lengths: Buffer | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """Fill `buffer[start:stop]` with the variates of elements start .. stop - 1.

    Args:
        buffer: Float for uniform and normal variates, float64 for the uniform ones of counts,
            int32 for binomial, int64 for Poisson.
        kind: Distribution.
        key: Scalar uint64 buffer with the stream's key.
        stop: End of the elements.
        args: (n, p) of binomial, (lam,) of Poisson.
        table: Of binomial: what `random.binomial_table` gives, int32; 0 where it has no table.
        start: First element.
    """

    buffer: Buffer
    kind: RandomKind
    key: Buffer
    stop: Expr
    args: tuple[Expr, ...] = ()
    table: Buffer | None = None
    start: Expr = Const(0, DType.I64)


@dataclass(frozen=True, slots=True)
class Tiles:
    """Run the body for one stretch of elements after the other, each small enough for a cache.

    The stretches are low .. high - 1, in ascending order; together they are start .. stop - 1.

    Args:
        low: Bound to the first element of a stretch.
        high: Bound to its end.
        start: First element, a multiple of 64.
        stop: End of the elements.
        body: For, Fill and Compact with the bounds `low` and `high`, which meet in a buffer that
            one of them stores to only at equal indices.
        scratch: Buffers that hold nothing before and after a stretch: the function's own.
        division: As of a loop over the elements.
    """

    low: Local
    high: Local
    start: Expr
    stop: Expr
    body: tuple[Stmt, ...]
    scratch: tuple[Buffer, ...] = ()
    division: Division | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """Bring the indices that the shares of a `Compact` have written together, in their order.

    Args:
        pieces: What the shares wrote to, each from the beginning of its part on.
        lengths: What `Compact` kept there.
        size: Number of elements that were divided.
        out: int32 buffer.
        at: Where the first index is written.
        count: Bound to the number of all indices (int64).
    """

    pieces: Buffer
    lengths: Buffer
    size: Expr
    out: Buffer
    at: Expr
    count: Local


@dataclass(frozen=True, slots=True)
class Procedure:
    """Call a procedure of `functions.py`, which reads and writes whole buffers.

    Args:
        name: Its name there.
        args: Numbers.
        reads: Buffers that it reads.
        writes: Buffers that it writes; what they hold otherwise does not matter.
    """

    name: str
    args: tuple[Expr, ...]
    reads: tuple[Buffer, ...]
    writes: tuple[Buffer, ...]


# a buffer of `lengths` has this many elements for each share, so that no two meet in a cache line
LENGTH_STRIDE = 8
MAX_SHARES = 64

Stmt = Let | Store | Accumulate | For | If | Compact | Fill | Tiles | Join | Procedure


@dataclass(frozen=True, slots=True)
class Kernel:
    """One function of generated code, called once per step.

    Args:
        name: Identifier, unique in a program, such as "neurons_stateupdater".
        title: One line for the reader of the generated code.
        body: Statements.
    """

    name: str
    title: str
    body: tuple[Stmt, ...]
