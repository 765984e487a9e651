"""Variables of groups: what they are, and the arrays that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codegen.ir import DType
from ..equations.functions import Kind
from ..equations.tree import Tree
from ..errors import BrainsimError
from ..records import dataclass
from ..units.dimensions import DIMENSIONLESS, Dimension

Array = npt.NDArray[Any]

# kernels may read whole vectors beyond the end, so memory is padded; see bs_abi.h
_PAD = 64


def aligned_zeros(n: int, dtype: npt.DTypeLike) -> Array:
    """Return an array of zeros, aligned to 64 bytes and padded to a multiple of 64 elements.

    Args:
        n: Number of elements.
        dtype: Element type.
    """
    kind = np.dtype(dtype)
    size = max(-(-n // _PAD), 1) * _PAD * kind.itemsize
    raw = np.zeros(size + _PAD, dtype=np.uint8)
    offset = -raw.__array_interface__["data"][0] % _PAD
    return raw[offset : offset + size].view(kind)[:n]


def aligned_copy(values: npt.ArrayLike, dtype: npt.DTypeLike) -> Array:
    """Return the values in aligned, padded memory."""
    source = np.asarray(values)
    out = aligned_zeros(source.size, dtype)
    out[:] = source.ravel()
    return out


@dataclass(eq=False)
class ArrayVariable:
    """A variable with memory.

    Args:
        name: Its name in equations.
        dimensions: Its dimensions.
        values: One element per neuron or synapse, or one for all when `scalar`.
        scalar: Shared by the whole group.
        constant: Does not change during a run.
        read_only: Cannot be set by the user.
        changes: Where a device wants to know it, the places that were set since it last asked.
        pending: Why the values are not known; "" if they are.
    """

    name: str
    dimensions: Dimension
    values: Array
    scalar: bool = False
    constant: bool = False
    read_only: bool = False
    changes: list[Array] | None = None
    pending: str = ""

    @property
    def dtype(self) -> DType:
        """Element type in kernels."""
        return DType(self.values.dtype.name)

    @property
    def memory(self) -> Array:
        """The array that holds all there is to know, to look for odd values in it."""
        return self.values

    @property
    def size(self) -> int:
        """Number of elements."""
        return len(self.values)

    def take(self, places: Any) -> Any:
        """Return elements at places in memory, in base units."""
        self.require()
        return self.values[places]

    def put(self, places: Any, values: npt.ArrayLike) -> None:
        """Set elements at places in memory, in base units."""
        self.values[places] = values
        if self.changes is not None:
            self.changes.append(np.arange(self.size)[places].ravel())

    def require(self) -> None:
        """Make sure that the values are known.

        Raises:
            NotImplementedError: A program computes them, which has not been run yet.
        """
        if self.pending:
            raise NotImplementedError(self.pending)

    def get_value(self) -> Array:
        """Return the memory itself, in base units: one element per neuron or synapse in it."""
        return self.values

    def set_value(self, value: npt.ArrayLike) -> None:
        """Set all elements, in base units; for synapses in the order of memory."""
        self.put(slice(None), value)

    def resize(self, n: int) -> None:
        """Change the number of elements; new ones are zero."""
        old = self.values
        self.values = aligned_zeros(n, old.dtype)
        kept = min(n, len(old))
        self.values[:kept] = old[:kept]

    def rearrange(self, order: Array) -> None:
        """Put elements elsewhere: at each new place that from the old place in `order`."""
        self.values[:] = self.values[order]

    def keep(self, places: Array) -> None:
        """Keep the elements at places in memory only."""
        self.values = aligned_copy(self.values[places], self.values.dtype)

    def extent(self) -> tuple[float, float]:
        """Return the least and the largest value; there is at least one."""
        return float(self.values.min()), float(self.values.max())

    def capture(self) -> dict[str, Array]:
        """Return copies of all arrays that make up its state, by name."""
        return {self.name: np.array(self.values)}

    def reinstate(self, state: Mapping[str, Array]) -> None:
        """Have the state that `capture` returned."""
        values = state[self.name]
        if self.size != len(values):
            self.resize(len(values))
        self.values[:] = values


@dataclass(frozen=True, eq=False)
class Subexpression:
    """A name for an expression.

    Args:
        name: Its name in equations.
        dimensions: Its dimensions.
        dtype: float64, int32 or bool.
        tree: The expression.
        scalar: Shared by the whole group.
    """

    name: str
    dimensions: Dimension
    dtype: DType
    tree: Tree
    scalar: bool = False
    read_only: bool = True


@dataclass(frozen=True, eq=False)
class ClockVariable:
    """`t`, `dt` or `t_in_timesteps` of the clock of a group."""

    name: str
    dimensions: Dimension
    scalar: bool = True
    read_only: bool = True


@dataclass(frozen=True, eq=False)
class SizeVariable:
    """`N` and its kin: a number of elements, asked from the group."""

    name: str
    dimensions: Dimension = DIMENSIONLESS
    scalar: bool = True
    read_only: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class Link:
    """What `linked_var` gives: the variable to link to, and which of its elements.

    Args:
        group: The group that has the variable.
        name: Name of the variable.
        index: None for one to one (or one to all), an int array with one element per element of the
            group that links, or the name of an integer variable of that group.
    """

    group: Any
    name: str
    index: Any = None


class UnlinkedVariableError(BrainsimError, TypeError, KeyError):
    """A (linked) variable that has not been linked; a TypeError when read, a KeyError in a run."""

    def __str__(self) -> str:
        """Return the message without the quotation marks that a KeyError adds."""
        return str(self.args[0])


@dataclass(eq=False)
class LinkedVariable:
    """A variable that stands for one of another group; it has no memory of its own.

    Args:
        name: Its name in equations.
        dimensions: Its dimensions.
        link: What it stands for; None until it is assigned.
        scalar: It stands for one value, so that it is seen as one.
    """

    name: str
    dimensions: Dimension
    link: Link | None = None
    scalar: bool = False
    read_only: bool = True

    @property
    def target(self) -> Link:
        """What it stands for.

        Raises:
            UnlinkedVariableError: It has not been linked yet.
        """
        if self.link is None:
            raise UnlinkedVariableError(
                f"'{self.name}' is a (linked) variable without a link: assign linked_var(...) to it"
            )
        return self.link

    @property
    def source(self) -> tuple[Any, Variable]:
        """The group and the variable it stands for."""
        link = self.target
        found: tuple[Any, Variable] = link.group.find(link.name)
        return found

    @property
    def dtype(self) -> DType:
        """Element type in kernels."""
        variable = self.source[1]
        return DType.F64 if isinstance(variable, ClockVariable | SizeVariable) else variable.dtype

    @property
    def is_single(self) -> bool:
        """Whether all elements stand for the same value."""
        return self.source[1].scalar or len(self.target.group) == 1


Variable = ArrayVariable | Subexpression | ClockVariable | SizeVariable | LinkedVariable


def variable_kind(variable: Variable) -> Kind:
    """Return whether a variable holds truth values, integers or floats."""
    match variable:
        case LinkedVariable() if variable.link is None:
            return "float"
        case ArrayVariable() | Subexpression() | LinkedVariable():
            if variable.dtype is DType.BOOL:
                return "boolean"
            return "float" if variable.dtype.is_float else "integer"
        case ClockVariable():
            return "integer" if variable.name == "t_in_timesteps" else "float"
        case SizeVariable():
            return "integer"


@dataclass(eq=False)
class SpikeRing:
    """The spikes of the latest steps: the delay line of all pathways with this source.

    The list of step s stands in row s % length; length is a power of two, so that a row is found
    without a division. Rows of the memory that no spike has touched cost nothing, since the
    operating system hands out zeroed pages when they are first written.

    Args:
        n: Number of neurons: the most spikes a step can have.
    """

    n: int
    length: int = 1
    dt: float | None = None

    def __post_init__(self) -> None:
        self.items = aligned_zeros(self.n * self.length, np.int32)
        self.counts = aligned_zeros(self.length, np.int64)
        # the step of the latest list; before the first one, -1
        self.latest = aligned_zeros(1, np.int64)
        self.latest[0] = -1

    def reserve(self, length: int, step: int) -> None:
        """Make room for the lists of `length` steps, keeping those of the steps before `step`.

        Args:
            length: Longest delay in steps plus one.
            step: The step that comes next.

        Raises:
            MemoryError: The lists would need more than 2**40 bytes of address space.
        """
        if length <= self.length:
            return
        length = 1 << (length - 1).bit_length()
        if self.n * length > 2**38:
            raise MemoryError(
                f"delays need the spikes of {self.n} neurons in {length} steps, too long a "
                "record of past spikes; shorten the delays or enlarge dt"
            )
        old_items, old_counts, old_length = self.items, self.counts, self.length
        latest = int(self.latest[0])
        self.length = length
        self.__post_init__()
        self.latest[0] = latest
        for past in range(max(step - old_length, 0), step):
            count = old_counts[past % old_length]
            start, old_start = past % length * self.n, past % old_length * self.n
            self.items[start : start + count] = old_items[old_start : old_start + count]
            self.counts[past % length] = count

    def spikes_of(self, step: int) -> Array:
        """Return the neurons that spiked in a step, ascending."""
        row = step % self.length
        return self.items[row * self.n : row * self.n + int(self.counts[row])]

    def forget_latest(self) -> None:
        """Have no latest list; all lists stay where they are for those who count steps."""
        self.latest[0] = -1

    def settle(self, dt: float) -> None:
        """Forget the past when the step size has changed; pathways have kept what is under way."""
        if self.dt not in {None, dt}:
            self.counts[:] = 0
            self.forget_latest()
        self.dt = dt
