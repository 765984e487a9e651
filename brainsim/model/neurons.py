"""Groups of neurons: equations, threshold, reset, refractoriness, custom events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..codegen.ir import DType
from ..equations import (
    DEFAULT_FUNCTIONS,
    DIFFERENTIAL_EQUATION,
    PARAMETER,
    SUBEXPRESSION,
    Equations,
    SingleEquation,
    check_condition,
    check_endings,
    check_equation_units,
    check_reserved_names,
    check_shared,
    check_stateful,
    parse_expression,
    parse_statements,
)
from ..equations.parse import Statement
from ..equations.tree import Name, Tree, functions_in
from ..errors import EquationError
from ..logger import get_logger
from ..preferences import prefs
from ..units import get_dimensions, second
from ..units.dimensions import DIMENSIONLESS, DimensionMismatchError
from .arguments import (
    checked_code,
    checked_equations,
    checked_namespace,
    checked_size,
    seconds_of,
)
from .base import CodeRunner
from .linked import check_link_indices
from .members import members_of
from .operations import Operations
from .past import keep_pasts
from .precise import check_precise
from .representation import Description, dedented
from .rules import check_code, is_period
from .spikes import SpikeSource
from .subgroup import Subgroup
from .variables import (
    Array,
    ArrayVariable,
    ClockVariable,
    LinkedVariable,
    SizeVariable,
    SpikeRing,
    Subexpression,
    Variable,
    aligned_zeros,
)

logger = get_logger(__name__)

ALLOWED_FLAGS: dict[str, tuple[str, ...]] = {
    DIFFERENTIAL_EQUATION: ("unless refractory",),
    SUBEXPRESSION: ("shared", "constant over dt"),
    PARAMETER: ("constant", "shared", "linked"),
}
EXCLUSIVE_FLAGS = (("linked", "constant"), ("linked", "shared"))
_REFRACTORY_NAMES = {"lastspike": "the time of the last spike"}
NEVER = -1e4  # seconds: the initial `lastspike`


class StateUpdater(CodeRunner):
    """Integrates the differential equations of a group (slot groups)."""

    def __init__(self, group: Any, method: Any, options: Mapping[str, Any] | None) -> None:
        super().__init__(group, "stateupdater", "groups", group.order)
        self.method = method
        self.method_options = options


class SubexpressionUpdater(CodeRunner):
    """Evaluates the (constant over dt) subexpressions of a group (slot before_start)."""

    def __init__(self, group: Any) -> None:
        super().__init__(group, "subexpression_update", "before_start", group.order)


class Thresholder(CodeRunner):
    """Finds the elements that have an event in this step.

    Args:
        group: The group.
        event: Name of the event.
        condition: Boolean expression.
    """

    def __init__(self, group: Any, event: str, condition: str) -> None:
        when = "thresholds" if event == "spike" else "after_thresholds"
        super().__init__(group, f"{event}_thresholder", when, group.order)
        self.event = event
        self.what = "threshold" if event == "spike" else f"event '{event}'"
        self.tree: Tree = parse_expression(condition, f"{self.what} of '{group.name}'")

    def after_run(self) -> None:
        """Leave no spikes of a past run in `group.spikes`."""
        self.group.rings[self.event].forget_latest()


class Resetter(CodeRunner):
    """Runs statements for the elements that had an event in this step.

    Args:
        group: The group.
        event: Name of the event.
        code: Statements.
        when: Slot of the schedule.
        order: Place within the slot.
    """

    def __init__(
        self, group: Any, event: str, code: str, when: str = "resets", order: int | None = None
    ) -> None:
        super().__init__(group, f"{event}_resetter", when, group.order if order is None else order)
        self.event = event
        self.code = code
        what = "reset" if event == "spike" else f"code of event '{event}'"
        source = f"{what} of '{group.name}'"
        self.statements: tuple[Statement, ...] = parse_statements(checked_code(code, what), source)


class NeuronGroup(Operations, SpikeSource):
    """Neurons with the same equations.

    Args:
        N: Number of neurons, at least 1.
        model: Equations.
        method: Name of an integration method, a method object, or several to try in order.
        method_options: Options of the method.
        threshold: Condition for a spike, evaluated after each step's integration.
        reset: Statements for neurons that spiked, run at the end of the step.
        refractory: False, a time, or a string: a time or a condition "stay refractory while".
        events: Further events: name -> condition.
        namespace: External names, used before those of the caller of `run`.
        dtype: Float type of all float variables, or a type per variable.
        dt: Step size of an own clock.
        clock: Clock.
        order: Place within the slots.
        name: Name; by default neurongroup, neurongroup_1, ...
        codeobj_class: Ignored.
        max_delay: How far back `v(t - d)` may reach, in this group's equations and in others'; by
            default as far as the delays do when a run starts.
        precise: Whether spikes have times between two steps, where the threshold is crossed. The
            reset then acts at that time, and refractory periods end at theirs. What a spike does
            to other neurons stays on the grid of steps.

    Raises:
        ValueError: N < 1, a flag that does not apply, both dt and clock, or a reset without
            threshold.
        TypeError: N is no number or model no equations.
        EquationError: The equations cannot be read.
        DimensionMismatchError: Units do not fit together.
    """

    def __init__(
        self,
        N: int,
        model: str | Equations,
        method: Any = ("exact", "euler", "heun"),
        method_options: Mapping[str, Any] | None = None,
        threshold: str | None = None,
        reset: str | None = None,
        refractory: Any = False,
        events: Mapping[str, str] | None = None,
        namespace: Mapping[str, Any] | None = None,
        dtype: Any = None,
        dt: Any = None,
        clock: Any = None,
        order: int = 0,
        name: str = "neurongroup*",
        codeobj_class: Any = None,
        max_delay: Any = None,
        precise: bool = False,
    ) -> None:
        del codeobj_class  # one code generator serves all objects
        super().__init__(name, dt, clock, "start", order)
        self._n = checked_size(N)
        if max_delay is not None:
            self.max_delay = seconds_of(max_delay, f"max_delay of '{self.name}'")
        self.equations = checked_equations(model, self.name)
        self.equations.check_flags(ALLOWED_FLAGS, EXCLUSIVE_FLAGS)
        check_endings(self.equations)
        check_stateful(self.equations, DEFAULT_FUNCTIONS)
        self.namespace = checked_namespace(namespace)
        self.events = _checked_events(events, threshold)
        self.refractory = refractory
        self.refractory_tree = _refractory_tree(refractory, self.name)
        if self.refractory_tree is not None:
            check_reserved_names(self.equations, _REFRACTORY_NAMES, EquationError)
        self.event_codes: dict[str, str] = {}
        if reset is not None and "spike" not in self.events:
            raise ValueError(
                f"unknown event 'spike': '{self.name}' has a reset but no threshold; give it one, "
                "such as threshold='v > -50*mV'"
            )
        self._warn_about_events(reset)
        self.precise = bool(precise)
        self.variables = _make_variables(self, dtype)
        self.rings = {event: SpikeRing(self._n) for event in self.events}
        self._make_parts(method, method_options, reset)
        self.thresholder = {p.event: p for p in self._contained if isinstance(p, Thresholder)}
        self.resetter = {p.event: p for p in self._contained if isinstance(p, Resetter)}
        self.check_model()
        self._complete = True

    def _make_parts(self, method: Any, options: Any, reset: str | None) -> None:
        if any(eq.type == SUBEXPRESSION and "constant over dt" in eq.flags for eq in self._eqs()):
            self._contained.append(SubexpressionUpdater(self))
        self.state_updater = StateUpdater(self, method, options)
        self._contained.append(self.state_updater)
        self._contained += [
            Thresholder(self, event, condition) for event, condition in self.events.items()
        ]
        if reset is not None:
            self.event_codes["spike"] = reset
            # a precise reset acts at the spike, right after monitors have seen it
            place = ("thresholds", self.order + 2) if self.precise else ("resets", None)
            self._contained.append(Resetter(self, "spike", reset, *place))

    def _eqs(self) -> list[SingleEquation]:
        return list(self.equations.values())

    def _warn_about_events(self, reset: str | None) -> None:
        condition = self.events.get("spike")
        if condition is not None and reset is None and self.refractory_tree is None:
            tree = parse_expression(condition, f"threshold of '{self.name}'")
            if "rand" not in functions_in(tree):
                logger.warn(
                    f"'{self.name}' has a threshold but neither a reset nor a refractory period, "
                    "so a neuron spikes in every step above threshold; if that is meant, give "
                    "reset=''",
                    "only_threshold",
                )
        if self.refractory_tree is None and any(
            "unless refractory" in eq.flags for eq in self._eqs()
        ):
            logger.warn(
                f"'{self.name}' has equations marked (unless refractory) but no refractory=",
                "no_refractory",
            )

    def check_model(self) -> None:
        """Check all code as far as its names are known.

        Raises:
            DimensionMismatchError: Units do not fit together.
            TypeError: A threshold is no condition, or the refractory period neither time nor
                condition.
            SyntaxError: Code writes something read-only or shared, or a shared subexpression
                refers to values per element.
        """
        check_shared(self.equations, self.may_be_shared)
        check_equation_units(self.equations, self.meaning)
        for thresholder in self.thresholder.values():
            check_condition(thresholder.tree, self.meaning, thresholder.what)
        if self.precise:
            check_precise(self.equations, self.thresholder)
        if self.refractory_tree is not None:
            is_period(self.refractory_tree, self.meaning)
        for resetter in self.resetter.values():
            check_code(resetter.statements, self)
        conditions = [thresholder.tree for thresholder in self.thresholder.values()]
        keep_pasts(self, [*self.equations.expressions, *conditions])

    def before_run(self) -> None:
        """Check what code could not: where links lead.

        Raises:
            IndexError: The index variable of a link points outside its source.
        """
        check_link_indices(self)

    def describe(self) -> Description:
        """Return what is shown in a notebook: equations, thresholds and what follows them."""
        details = [
            ("threshold" if k == "spike" else f"event {k}", v) for k, v in self.events.items()
        ]
        details += [
            ("reset" if event == "spike" else f"on event {event}", dedented(code))
            for event, code in self.event_codes.items()
        ]
        if self.refractory is not False:
            details.append(("refractory", str(self.refractory)))
        return replace(super().describe(), details=tuple(details))

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self._n

    def __getitem__(self, item: Any) -> Subgroup:
        """Return a subgroup: `G[10:20]`, `G[3]`, `G[[3, 4, 8]]`, `G[::2]`, `G['x > 0*um']`."""
        return Subgroup.of(self, members_of(self, item))

    def run_on_event(
        self, event: str, code: str, when: str = "after_resets", order: int | None = None
    ) -> Resetter:
        """Run statements for the elements that had an event in this step.

        Raises:
            ValueError: There is no such event, or it has code already.
        """
        self._check_event(event)
        if event in self.event_codes:
            raise ValueError(f"the event '{event}' of '{self.name}' has code already")
        part = Resetter(self, event, code, when, order)
        check_code(part.statements, self)
        self.event_codes[event] = code
        self._contained.append(part)
        self.resetter[event] = part
        self.code_changed()
        return part

    def set_event_schedule(
        self, event: str, when: str = "after_thresholds", order: int | None = None
    ) -> None:
        """Move the check of an event to another slot.

        Raises:
            ValueError: There is no such event.
        """
        self._check_event(event)
        thresholder, previous = self.thresholder[event], self.thresholder[event].when
        thresholder.when = when
        try:
            thresholder.order = self.order if order is None else order
        except TypeError:
            thresholder.when = previous
            raise

    def _check_event(self, event: str) -> None:
        if event not in self.events:
            known = ", ".join(f"'{name}'" for name in self.events) or "none"
            raise ValueError(f"unknown event '{event}' of '{self.name}'; its events are: {known}")


# ------------------------------------------------------------------------------ checks of arguments


def _checked_events(events: Mapping[str, str] | None, threshold: str | None) -> dict[str, str]:
    checked = dict(events or {})
    for name, condition in checked.items():
        if not str(name).isidentifier():
            raise TypeError(f"the name of an event must be an identifier, not {name!r}")
        if not isinstance(condition, str):
            raise TypeError(f"the condition of event '{name}' must be a string")
    if threshold is not None:
        if "spike" in checked:
            raise ValueError("give either threshold= or the event 'spike', not both")
        if not isinstance(threshold, str):
            raise TypeError(
                f"the threshold must be a condition such as 'v > -50*mV', not {threshold!r}"
            )
        checked = {"spike": threshold, **checked}
    return checked


def _refractory_tree(refractory: Any, name: str) -> Tree | None:
    """Return the expression of the refractory period; times become a number of seconds."""
    if refractory is False or refractory is None:
        return None
    if isinstance(refractory, str):
        return parse_expression(refractory, f"refractory period of '{name}'")
    try:
        dimensions = get_dimensions(refractory)
    except TypeError:
        raise TypeError(
            f"the refractory period must be a time or a string, not {refractory!r}"
        ) from None
    if dimensions is DIMENSIONLESS:
        raise TypeError(
            f"the refractory period of '{name}' must be a time such as 3*ms, not {refractory!r}"
        )
    if dimensions is not second.dim:
        raise DimensionMismatchError(
            f"the refractory period of '{name}' must be a time, or a string", dimensions
        )
    if np.ndim(refractory):
        raise TypeError(
            "the refractory period must be one time; for a period per neuron add a parameter such "
            "as 'ref : second' to the model and give refractory='ref'"
        )
    return Name("_refractory")


# ------------------------------------------------------------------------------------- variables


_DTYPES: dict[str, tuple[str, ...]] = {
    "float": ("float64", "float32"),
    "integer": ("int32", "int64"),
    "boolean": ("bool",),
}


def variable_dtype(eq: SingleEquation, dtype: Any) -> np.dtype[Any]:
    """Return the element type of the variable of an equation.

    Args:
        eq: The equation.
        dtype: Float type of all float variables, or a type per variable.

    Raises:
        TypeError: The variable cannot have this type.
    """
    defaults = {
        "float": prefs["core.default_float_dtype"],
        "integer": prefs["core.default_integer_dtype"],
        "boolean": bool,
    }
    chosen = None
    if isinstance(dtype, Mapping):
        chosen = dtype.get(eq.name)
    elif eq.var_type == "float":
        chosen = dtype
    found: np.dtype[Any] = np.dtype(defaults[eq.var_type] if chosen is None else chosen)
    if found.name not in _DTYPES[eq.var_type]:
        known = " or ".join(_DTYPES[eq.var_type])
        raise TypeError(f"'{eq.name}' is {eq.var_type}, so its type is {known}, not {found}")
    return found


def equation_variable(eq: SingleEquation, n: int, dtype: Any) -> Variable:
    """Return the variable of one equation.

    Args:
        eq: The equation.
        n: Number of elements of the group.
        dtype: Float type of all float variables, or a type per variable.
    """
    if "linked" in eq.flags:
        return LinkedVariable(eq.name, eq.dimensions)
    kind = variable_dtype(eq, dtype)
    scalar = "shared" in eq.flags
    if eq.type == SUBEXPRESSION and "constant over dt" not in eq.flags:
        assert eq.expr is not None  # noqa: S101 - subexpressions have one
        return Subexpression(eq.name, eq.dimensions, DType(kind.name), eq.expr, scalar)
    return ArrayVariable(
        eq.name,
        eq.dimensions,
        aligned_zeros(1 if scalar else n, kind),
        scalar=scalar,
        constant="constant" in eq.flags,
        read_only=eq.type == SUBEXPRESSION,
    )


def clock_variables() -> dict[str, Variable]:
    """Return `t`, `dt` and `t_in_timesteps`."""
    return {
        "t": ClockVariable("t", second.dim),
        "dt": ClockVariable("dt", second.dim),
        "t_in_timesteps": ClockVariable("t_in_timesteps", DIMENSIONLESS),
    }


def index_variable(n: int) -> ArrayVariable:
    """Return the variable `i`."""
    indices: Array = aligned_zeros(n, np.int32)
    indices[:] = np.arange(n)
    return ArrayVariable("i", DIMENSIONLESS, indices, constant=True, read_only=True)


def _make_variables(group: NeuronGroup, dtype: Any) -> dict[str, Variable]:
    n = group.size
    variables: dict[str, Variable] = {"N": SizeVariable("N"), "i": index_variable(n)}
    variables |= clock_variables()
    for eq in group.equations.values():
        variables[eq.name] = equation_variable(eq, n, dtype)
    if group.refractory_tree is not None:
        active = aligned_zeros(n, bool)
        active[:] = True
        last = aligned_zeros(n, np.float64)
        last[:] = NEVER
        variables["not_refractory"] = ArrayVariable("not_refractory", DIMENSIONLESS, active)
        variables["lastspike"] = ArrayVariable("lastspike", second.dim, last)
    if group.refractory_tree == Name("_refractory"):
        period = aligned_zeros(1, np.float64)
        period[0] = float(group.refractory)
        variables["_refractory"] = ArrayVariable(
            "_refractory", second.dim, period, scalar=True, constant=True, read_only=True
        )
    return variables
