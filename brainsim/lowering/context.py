"""What lowering collects: buffers, the arrays behind them, and numbers computed for each run."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from ..codegen.ir import Buffer, DType, Expr, Kernel, Load
from ..equations import Function, NameInfo
from ..errors import ModelTextError, UnknownNameError
from ..logger import get_logger
from ..model.clock import Clock, defaultclock
from ..model.delay_queue import DelayQueue
from ..model.delays import DelayVariable
from ..model.group import Group
from ..model.namespace import External, another_meaning, explain_names, resolve
from ..model.network import Network
from ..model.operations import written_variables
from ..model.randomness import run_key
from ..model.recording import Recording
from ..model.subgroup import whole_of
from ..model.traces import TraceVariable
from ..model.variables import (
    Array,
    ArrayVariable,
    ClockVariable,
    LinkedVariable,
    SizeVariable,
    Subexpression,
    aligned_zeros,
)
from ..preferences import prefs
from ..program import Program, Recorder
from ..records import dataclass
from ..units import get_unit
from ..units.dimensions import DIMENSIONLESS
from .formulas import Formulas
from .labels import Labels
from .sums import Sums

logger = get_logger(__name__)

# room for spikes at the start of a run: this many steps in which every neuron spikes
_FIRST_STEPS = 8


@dataclass(eq=False)
class RunConstant:
    """A number which a kernel reads and which is computed when a run starts.

    Args:
        array: One element, the memory of the buffer.
        value: Computes the number.
    """

    array: Array
    value: Callable[[], Any]

    def refresh(self) -> None:
        """Compute the number again."""
        self.array[0] = self.value()


@dataclass(eq=False)
class Watch:
    """A number that a kernel sets when it cannot go on; the run then ends after the step.

    Args:
        count: One int64, zero as long as all is well.
        error: Gives the error to raise.
    """

    count: Array
    error: Callable[[], Exception]


@dataclass(eq=False)
class Lowered:
    """A Program and what is bound to it.

    Args:
        program: The Program.
        arrays: Buffer name -> function that gives the array to use now.
        context: What refreshes the numbers.
        functions: Python functions of the schedule by owner.
    """

    program: Program
    arrays: Mapping[str, Callable[[], Array]]
    context: Context
    functions: Mapping[str, Callable[[], None]] = field(default_factory=dict)

    def reserve(self, steps: Mapping[str, int]) -> None:
        """Make room in all recordings for a number of steps of each clock.

        A recording of one row per step gets all it needs at once; one of spikes grows as they come.
        """
        for recorder in self.program.recorders:
            recording = self.context.recordings[recorder.owner]
            coming = steps[recorder.clock] if recorder.per_step == 1 else _FIRST_STEPS
            recording.expect(recording.rows_in(coming) * recorder.per_step)

    def grow(self) -> None:
        """Make room in those recordings that the next step could fill."""
        for recorder in self.program.recorders:
            recording = self.context.recordings[recorder.owner]
            recording.make_room(recorder.per_step)

    def check(self) -> None:
        """Raise the error of the first watch that a kernel has set, and set it back."""
        for watch in self.context.watches:
            if watch.count[0]:
                error = watch.error()
                watch.count[0] = 0
                raise error

    def resolve_again(self, namespace: Mapping[str, Any]) -> bool:
        """Look up all external names anew.

        Returns:
            False when one now has other dimensions or another kind, or when something else has
            changed that the code relies on, so that it must be checked and generated again.
        """
        return self.context.resolve_again(namespace)

    def release(self) -> None:
        """Let go of all objects; nothing can be run afterwards."""
        self.context.release()

    def compute_numbers(self) -> None:
        """Compute all numbers that kernels read, from the present state of the objects."""
        self.context.running = False
        self.context.sums.reserve()
        for constant in self.context.constants:
            constant.refresh()
        for start in self.context.starts:
            start()

    def pause(self) -> None:
        """Note that nothing runs any more, so that what is read is what kernels have left."""
        for lifting in self.context.liftings.values():
            lifting.pause()

    def follow(self) -> None:
        """Compute again the numbers that depend on what Python code may have set during a run."""
        self.context.running = True
        for constant in self.context.varying:
            constant.refresh()


class LogRoom:
    """A counter that must not pass a limit, as the device sees recordings.

    Args:
        count: One int64, set back to zero by kernels that complete what can wait.
        capacity: The limit.
    """

    def __init__(self, count: Array, capacity: int) -> None:
        self.count, self.capacity = count, capacity

    def rows_in(self, steps: int) -> int:
        """Return how much a run counts before it sets the counter back; it does not matter."""
        return min(steps, 1)

    def expect(self, rows: int) -> None:
        """Make room for a run: there is."""

    def make_room(self, rows: int) -> None:
        """Make room for a step: the counter has just been set back."""


class UnliftableError(Exception):
    """Code needs the values of single synapses, so that they cannot be kept per neuron."""


class Context:
    """The state of one lowering.

    Args:
        network: The network: its epoch and the identities of objects decide random numbers.
        namespace: External names of the run.
        unlifted: Names of the Synapses objects whose event-driven variables are not kept per
            neuron, although they might be.
        eager: Names of those whose code cannot wait, although it might.
        formulas: Whether numbers that are computed when a run starts are told as formulas, too.
    """

    def __init__(
        self,
        network: Network,
        namespace: Mapping[str, Any],
        unlifted: frozenset[str] = frozenset(),
        eager: frozenset[str] = frozenset(),
        *,
        formulas: bool = False,
    ) -> None:
        self.formulas = Formulas() if formulas else None
        self.unlifted, self.eager = unlifted, eager
        # what is known of the traces of Synapses objects, see lifting.py
        self.liftings: dict[str, Any] = {}
        # called when a run starts, behind the computation of numbers
        self.starts: list[Callable[[], None]] = []
        # kernels for the end of a run
        self.closing: list[Kernel] = []
        # variables that follow from others: what computes them when a run has ended
        self.derived: dict[Buffer, Callable[[], Kernel]] = {}
        # weak, so that a network and what is prepared for it are freed together at once
        self.network: Network = weakref.proxy(network)
        self.labels = Labels(network)
        self.namespace = namespace
        self.buffers: dict[tuple[str, str], Buffer] = {}
        self.arrays: dict[str, Callable[[], Array]] = {}
        self.constants: list[RunConstant] = []
        # those of them that Python code may change during a run
        self.varying: list[RunConstant] = []
        self.externals: dict[tuple[Group, str], External | Function] = {}
        # what the code relies on besides the meaning of names
        self.premises: list[Callable[[], bool]] = []
        self.recorders: list[Recorder] = []
        self.recordings: dict[str, Recording | DelayQueue | LogRoom] = {}
        self.watches: list[Watch] = []
        self.sums = Sums()
        # by the name of a buffer: whether it ascends over each row of synapses
        self.ascending: dict[str, list[Callable[[], bool]]] = {}
        # buffers of random keys: what they are made of besides the seed and the epoch
        self.key_sites: dict[str, str] = {}
        # whether numbers are computed during a run, not at its start
        self.running = False
        # that of the object which is being lowered
        self.clock: Clock = defaultclock
        self.float_dtype = DType(np.dtype(prefs["core.default_float_dtype"]).name)

    def release(self) -> None:
        """Let go of all objects."""
        kept = (self.constants, self.varying, self.arrays, self.externals, self.premises)
        more = (self.starts, self.liftings, self.recordings, self.watches, self.derived)
        for each in (*kept, *more):
            each.clear()
        self.sums.all.clear()
        self.ascending.clear()

    # -------------------------------------------------------------------------------------- buffers

    def buffer(
        self,
        owner: str,
        name: str,
        array: Callable[[], Array],
        *,
        constant: bool = False,
        scalar: bool = False,
        comment: str = "",
        scratch: bool = False,
    ) -> Buffer:
        """Return the buffer of an object's array, the same one each time it is asked for.

        Args:
            owner: Name of the object.
            name: Name within the object.
            array: Gives the array; its dtype must not change.
            constant: Nobody stores to it while running.
            scalar: It has one element.
            comment: What it holds.
            scratch: It holds nothing from one step to the next.
        """
        key = (owner, name)
        if key not in self.buffers:
            full = f"{self.labels.label(owner)}_{name.strip('_').replace('.', '_')}"
            while full in self.arrays:
                full += "_"
            dtype = DType(array().dtype.name)
            self.buffers[key] = Buffer(full, dtype, constant, scalar, comment, scratch)
            self.arrays[full] = array
        return self.buffers[key]

    def known(self, group: Group, variable: ArrayVariable) -> Buffer | None:
        """Return the buffer of a variable if code has asked for it."""
        return self.buffers.get((whole_of(group).name, variable.name.lstrip("_")))

    def variable(self, group: Group, variable: ArrayVariable) -> Buffer:
        """Return the buffer of a variable.

        Raises:
            UnliftableError: Its values are kept per neuron, see `Traces`.
        """
        lifted = isinstance(variable, TraceVariable) and variable.is_lifted
        if lifted and group.name not in self.unlifted:
            raise UnliftableError(group.name)
        if isinstance(variable, DelayVariable):
            variable.write_out()
        unit = "" if variable.dimensions is DIMENSIONLESS else str(get_unit(variable.dimensions))
        return self.buffer(
            whole_of(group).name,
            variable.name.lstrip("_"),
            lambda: variable.values,
            scalar=variable.scalar,
            comment=unit,
        )

    def constant(
        self,
        owner: str,
        name: str,
        dtype: DType,
        value: Callable[[], Any],
        comment: str = "",
        reads: Sequence[ArrayVariable] = (),
        formula: Callable[[], Expr] | None = None,
    ) -> Buffer:
        """Return the scalar buffer of a number that is computed when a run starts.

        Args:
            owner: Name of the object.
            name: Name within the object.
            dtype: Element type.
            value: Computes the number.
            comment: What it holds.
            reads: Variables that it depends on; when Python code sets one during a run, the number
                is computed again.
            formula: Gives the same number as code, where it follows from parameters.
        """
        if (owner, name) in self.buffers:
            return self.buffers[owner, name]
        array = aligned_zeros(1, dtype.value)
        number = RunConstant(array, value)
        self.constants.append(number)
        if reads:
            self.varying.append(number)
        found = self.buffer(owner, name, lambda: array, constant=True, scalar=True, comment=comment)
        if formula is not None and self.formulas is not None:
            self.formulas.store(found, formula())
        return found

    def scratch(self, owner: str, name: str, dtype: DType, n: int) -> Buffer:
        """Return a buffer for values that live for one step."""
        if (owner, name) in self.buffers:
            return self.buffers[owner, name]
        array = aligned_zeros(n, dtype.value)
        return self.buffer(owner, name, lambda: array, scratch=True)

    def random_key(self, owner: str, site: str) -> Buffer:
        """Return the key of a draw site; a new start of the network gives another one."""
        draws = f"{self.network.identity(owner)} {site}"
        key = self.constant(
            owner, f"{site}_key", DType.U64, lambda: run_key(self.network.epoch, draws)
        )
        self.key_sites[key.name] = draws
        return key

    def size(self, group: Any, name: str = "N") -> Buffer:
        """Return the number of elements of a group."""
        return self.constant(group.name, name, DType.I64, lambda: group.size_value(name))

    # ------------------------------------------------------------------------------- external names

    def external(self, group: Group, name: str) -> External | Function:
        """Return what an external name means to a group.

        Raises:
            UnknownNameError: Nothing has this name.
        """
        key = (group, name)
        if key not in self.externals:
            found = resolve(name, group.namespace, self.namespace)
            if found is None:
                raise UnknownNameError(f"'{name}' is not defined")
            self._warn_of_another(group, name, found)
            self.externals[key] = found
        return self.externals[key]

    def meaning(self, group: Group, name: str) -> NameInfo | Function:
        """Return what is known of a name in the code of a group.

        Raises:
            UnknownNameError: Nothing has this name.
        """
        internal = group.meaning(name)
        if internal is not None:
            self.warn_of_conflict(group, name)
            return internal
        found = self.external(group, name)
        return found.info if isinstance(found, External) else found

    def _warn_of_another(self, group: Group, name: str, found: External | Function) -> None:
        """Say when an external name means different things in different places."""
        other = another_meaning(name, found, group.namespace, self.namespace)
        if other is not None:
            one, two = (m.value if isinstance(m, External) else m for m in (found, other))
            logger.warn(
                f"'{name}' in the code of '{group.name}' means {one!r}; the '{name}' of the script "
                f"with the value {two!r} (in base units) is not used",
                "resolution_conflict",
                once=True,
            )

    def warn_of_conflict(self, group: Group, name: str) -> None:
        """Say when a variable of the group hides a number that may have been meant."""
        for namespace in (group.namespace, self.namespace):
            value = namespace.get(name)
            if not isinstance(value, int | float | np.number | np.ndarray):
                continue
            # these two are what scripts call their own number of neurons and step size
            if name in {"N", "dt"} and np.all(np.asarray(value) == self.shared_value(group, name)):
                continue
            shape = np.shape(value)
            what = f"that is an array of shape {shape}" if shape else f"with the value {value!r}"
            logger.warn(
                f"'{name}' is a variable of '{group.name}', and outside of it there is a "
                f"'{name}' {what}, which is not used",
                "resolution_conflict",
                once=True,
            )
            return

    def explain(self, group: Group, error: ModelTextError) -> None:
        """Say in an error about the code of a group what its undefined names may have meant."""
        explain_names(error, group.known_names(), group.namespace, self.namespace)

    def external_value(self, group: Group, name: str) -> float:
        """Return the present value of an external number."""
        found = self.externals[group, name]
        assert isinstance(found, External)  # noqa: S101 - only numbers have buffers
        return float(found.value)

    def external_number(self, group: Group, name: str) -> Buffer:
        """Return the buffer of an external number, in the float type of the run."""
        if self.float_dtype is DType.F64:
            return self.given(group, name)
        return self.constant(
            group.name,
            name,
            self.float_dtype,
            lambda: self.external_value(group, name),
            formula=lambda: Load(self.given(group, name)),
        )

    def given(self, group: Group, name: str) -> Buffer:
        """Return the buffer of an external number in double precision, as formulas need it."""
        self.external(group, name)
        key = name if self.float_dtype is DType.F64 else f"{name}.given"
        return self.constant(group.name, key, DType.F64, lambda: self.external_value(group, name))

    def known_external(self, group: Group, name: str) -> Buffer | None:
        """Return the buffer of an external number in double precision if code has asked for it."""
        key = name if self.float_dtype is DType.F64 else f"{name}.given"
        return self.buffers.get((group.name, key))

    def refuse(self, group: Group, names: Iterable[str], why: str) -> None:
        """Note what also decides about something that has no formula.

        Args:
            group: The group whose code has the names.
            names: Variables and external numbers.
            why: Why they cannot be set, and what to do.
        """
        if self.formulas is None:
            return
        for name in names:
            found = group.find(name)
            key = (group.name, name)
            if found is not None:
                key = (whole_of(found[0]).name, getattr(found[1], "name", name))
            self.formulas.refused[key] = why

    def shared_value(self, group: Group, name: str) -> float:
        """Return the present value of a name that is the same for all elements of a group."""
        found = group.find(name)
        if found is None:
            self.external(group, name)
            return self.external_value(group, name)
        owner, variable = found
        match variable:
            case SizeVariable():
                return owner.size_value(variable.name)
            case ClockVariable():
                return owner.clock_value(variable.name)
            case ArrayVariable(scalar=True):
                return float(variable.values[0])
            case ArrayVariable() | Subexpression() | LinkedVariable():
                raise UnknownNameError(f"'{name}' has one value per element")

    def shared_variables(self, group: Group, names: Iterable[str]) -> list[ArrayVariable]:
        """Return those of the names that are variables of one value which a user may set."""
        found = [group.find(name) for name in names]
        variables = [each[1] for each in found if each is not None]
        return [
            variable
            for variable in variables
            if isinstance(variable, ArrayVariable) and variable.scalar and not variable.read_only
        ]

    def is_written(self, variable: ArrayVariable) -> bool:
        """Return whether code of the network writes a variable."""
        return any(written is variable for written in written_variables(self.network))

    def ascend(self, buffers: Iterable[str]) -> bool:
        """Return whether buffers ascend over each row of synapses that kernels walk."""
        return all(check() for name in buffers for check in self.ascending.get(name, ()))

    def resolve_again(self, namespace: Mapping[str, Any]) -> bool:
        """Look up all external names anew; see `Lowered.resolve_again`."""
        for (group, name), old in self.externals.items():
            new = resolve(name, group.namespace, namespace)
            if isinstance(old, External):
                if not isinstance(new, External) or not new.info.is_like(old.info):
                    return False
                self.externals[group, name] = new
            elif new is not old:
                return False
        return all(holds() for holds in self.premises)
