"""Trees to kernel expressions: the one place where a name of the language becomes a load."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..codegen import build as b
from ..codegen.functions import FUNCTIONS
from ..codegen.ir import (
    Buffer,
    Call,
    DType,
    Expr,
    Fill,
    ForeignCall,
    Let,
    Load,
    Local,
    LoopKind,
    Random,
    Select,
    Stmt,
    Unary,
)
from ..codegen.rewrite import is_constant
from ..equations import Function, delay_of
from ..equations.parse import Statement
from ..equations.tree import Binary, Compare, Logic, Name, Number, Tree
from ..equations.tree import Call as TreeCall
from ..equations.tree import Unary as TreeUnary
from ..errors import ArgumentTypeError, Diagnostic, ExpressionSyntaxError, Span
from ..model.binomial import BinomialFunction
from ..model.clock import TOLERANCE
from ..model.group import Group
from ..model.namespace import External, resolve_default
from ..model.subgroup import whole_of
from ..model.timedarray import TimedArray
from ..model.variables import (
    ArrayVariable,
    ClockVariable,
    LinkedVariable,
    SizeVariable,
    Subexpression,
    Variable,
)
from .context import Context
from .functions import checked_types, foreign, refuse_missing, result_type, timed_value
from .parts import place_of
from .past import PastRead, is_fixed_delay, past_value

_CLOCK: dict[str, Expr] = {"t": b.T, "dt": b.DT, "t_in_timesteps": b.STEP}
_DRAWS = {"rand": "uniform", "randn": "normal"}
_KEEPS_INTEGERS = frozenset({"abs", "sign", "ceil", "floor"})


class Scope:
    """The code of one group for one element, as it is being written.

    Statements are appended to `block` in order. Subclasses say where the values of the element
    stand.

    Args:
        context: The lowering.
        group: The group whose names the code uses.
        owner: Name of the object that runs the code; draw sites are named after it.
    """

    def __init__(self, context: Context, group: Group, owner: str) -> None:
        self.context = context
        self.group = group
        self.owner = owner
        # the type of numbers with a fraction
        self.real = context.float_dtype
        self.block: list[Stmt] = []
        # statements that must stand before the loop over elements
        self.prelude: list[Stmt] = []
        self.bound: dict[str, Expr] = {}
        # what a loop over elements may promise, where several may write one element of another
        # group; None for what its statements tell
        self.kind: LoopKind | None = None
        self._subexpressions: dict[str, Local] = {}
        self._names: dict[str, int] = {}
        self._draws = 0

    def continue_block(self, other: Scope) -> None:
        """Append to the block of another scope, with one supply of local names."""
        self.block, self._names = other.block, other._names

    # --------------------------------------------------------------------------- where values stand

    def index_of(self, owner: Any, name: str) -> Expr:
        """Return the place of the element's value of a variable in the owner's memory."""
        raise NotImplementedError

    def number_of(self, name: str) -> Expr | None:
        """Return the number of the element, for names such as `i`; None for other names."""
        raise NotImplementedError

    def element(self) -> Expr:
        """Return the number which the element's random numbers depend on."""
        raise NotImplementedError

    def protection(self, name: str) -> Expr:
        """Return the condition under which code may write a variable of the element."""
        del name
        return b.TRUE

    def accumulates(self, name: str) -> bool:
        """Return whether several elements may write the variable in one step."""
        del name
        return False

    # -------------------------------------------------------------------------------------- reading

    def lower(self, tree: Tree) -> Expr:
        """Return the kernel expression of a tree."""
        match tree:
            case Number(value):
                return self._number(value)
            case Name(name):
                return self.read(name)
            case TreeUnary(op="not", operand=operand):
                return b.invert(self._boolean(operand))
            case TreeUnary(op="-", operand=operand):
                return _negative(self.lower(operand))
            case TreeUnary(operand=operand):
                return self.lower(operand)
            case Binary(op, left, right):
                return b.binary(op, self.lower(left), self.lower(right))
            case Compare(op, left, right):
                return b.compare(op, self.lower(left), self.lower(right))
            case Logic(op="and", left=left, right=right):
                return b.both(self._boolean(left), self._boolean(right))
            case Logic(left=left, right=right):
                return b.invert(
                    b.both(b.invert(self._boolean(left)), b.invert(self._boolean(right)))
                )
            case TreeCall():
                return self._call(tree)

    def _number(self, value: float | bool) -> Expr:
        if isinstance(value, float):
            return b.const(value, self.real)
        return b.const(value)

    def _boolean(self, tree: Tree) -> Expr:
        value = self.lower(tree)
        if value.dtype is not DType.BOOL:
            raise ArgumentTypeError(
                Diagnostic(
                    "and, or, not and conditions need truth values",
                    tree.span,
                    "a number",
                    "compare it with something, for example x != 0",
                )
            )
        return value

    def condition(self, tree: Tree) -> Expr:
        """Return the kernel expression of a condition.

        Raises:
            TypeError: It is no condition.
        """
        return self._boolean(tree)

    def read(self, name: str) -> Expr:
        """Return the value of a name."""
        if name in self.bound:
            return self.bound[name]
        found = self.group.find(name)
        if found is None:
            return self._external(name)
        number = self.number_of(name)
        if number is not None:
            return number
        return self._internal(name, *found)

    def _internal(self, name: str, owner: Any, variable: Variable) -> Expr:
        match variable:
            case ArrayVariable():
                return b.load(self.context.variable(owner, variable), self.index_of(owner, name))
            case Subexpression():
                return self._subexpression(name, variable)
            case LinkedVariable():
                return self._through(name, owner, variable).read(variable.target.name)
            case ClockVariable():
                return self.as_float(self.clock_field(owner, variable.name))
            case SizeVariable():
                return Load(self.context.size(owner, variable.name))

    def clock_field(self, owner: Any, name: str) -> Expr:
        """Return `t`, `dt` or `t_in_timesteps` of a group's clock, in double precision.

        The code may run at ticks of another clock. Between its own ticks, a clock stands at the
        next one.
        """
        ticking = self.context.clock
        if owner.clock is ticking or (name == "t" and ticking.times is not None):
            return _CLOCK[name]
        dt = Load(self.context.constant(owner.name, "dt", DType.F64, lambda: owner.clock.dt_))
        if name == "dt":
            return dt
        passed = b.sub(b.binary("/", b.T, dt), b.const(TOLERANCE))
        step = b.cast(b.call("ceil", passed), DType.I64)
        return step if name == "t_in_timesteps" else b.mul(b.cast(step, DType.F64), dt)

    def as_float(self, value: Expr) -> Expr:
        """Return a float value in the float type of the run; others as they are."""
        return b.cast(value, self.real) if value.dtype.is_float else value

    def _through(self, name: str, owner: Any, variable: LinkedVariable) -> Scope:
        """Return the scope of the element for which a (linked) variable of `owner` stands."""
        link, place = variable.target, self.index_of(owner, name)
        element: Expr = b.cast(place, DType.I64)
        if variable.is_single:
            element = b.const(0, DType.I64)
        elif isinstance(link.index, str):
            number = owner.variables[link.index]
            element = b.cast(b.load(self.context.variable(owner, number), place), DType.I64)
        elif link.index is not None:
            index = self.context.buffer(
                owner.name, f"{variable.name}_index", lambda: variable.target.index
            )
            element = b.load(index, place)
        return self._beside(ElementScope(self.context, link.group, self.owner, element))

    def _beside(self, inner: ElementScope) -> ElementScope:
        """Return another scope of the same kernel, with one supply of names."""
        inner.continue_block(self)
        inner.filled = False
        return inner

    def _subexpression(self, name: str, variable: Subexpression) -> Expr:
        if name not in self._subexpressions:
            value = b.cast(self.inner(name).lower(variable.tree), variable.dtype)
            self._subexpressions[name] = self.let(name, value)
        return self._subexpressions[name]

    def inner(self, name: str) -> Scope:
        """Return the scope in which the subexpression `name` is read (its group's own names)."""
        del name
        return self

    def _external(self, name: str) -> Expr:
        found = self.context.external(self.group, name)
        if not isinstance(found, External):
            raise NotImplementedError(f"the function '{name}' cannot be used without arguments")
        if resolve_default(name) is not None:  # units and mathematical constants never change
            return b.const(found.value, self.real)
        return self._external_number(name)

    def _external_number(self, name: str) -> Expr:
        return Load(self.context.external_number(self.group, name))

    def _call(self, call: TreeCall) -> Expr:
        name = call.function
        if self.group.find(name) is not None:
            return self._past(call)
        if name in _DRAWS or name == "poisson":
            return self.draw(name, tuple(self.lower(arg) for arg in call.args))
        if name == "where":
            condition, then, otherwise = call.args
            return b.select(self._boolean(condition), self.lower(then), self.lower(otherwise))
        args = [self.lower(arg) for arg in call.args]
        if name == "int":
            kind = DType.I32 if args[0].dtype is DType.BOOL else DType.I64
            return args[0] if args[0].dtype.is_integer else b.cast(args[0], kind)
        if name in _KEEPS_INTEGERS and not args[0].dtype.is_float:
            return _integer_function(name, b.cast(args[0], b.wider(args[0].dtype)))
        if name == "timestep":
            doubles = tuple(b.cast(arg, DType.F64) for arg in args)
            return Call("timestep", doubles, DType.I64)
        if name not in FUNCTIONS:
            return self._function(call, args)
        dtype = b.wider(*(arg.dtype for arg in args))
        return b.call(name, *args, dtype=dtype if dtype.is_float else self.real)

    def _past(self, call: TreeCall) -> Expr:
        """Return the value that a variable had at an earlier time: `v(t - d)`."""
        name = call.function
        found, delay = self.group.find(name), delay_of(call.args[0])
        assert found is not None  # noqa: S101 - asked by the caller
        assert delay is not None  # noqa: S101 - the check of units has refused all else
        owner, variable = found
        assert isinstance(variable, ArrayVariable)  # noqa: S101 - likewise
        read = PastRead(
            whole_of(owner).keeper_of(variable),
            now=self.clock_field(self.group, "t"),
            delay=b.cast(self.lower(delay), DType.F64),
            place=b.const(0, DType.I64) if variable.scalar else self.index_of(owner, name),
            present=self.read(name),
            fixed=is_fixed_delay(self.group, delay, self.bound),
        )
        return past_value(self.context, read, self.let, self.block)

    def _function(self, call: TreeCall, args: list[Expr]) -> Expr:
        """Return the call of a function that the language does not define."""
        name, context = call.function, self.context
        function = context.external(self.group, name)
        if not isinstance(function, Function):
            raise ArgumentTypeError(Diagnostic(f"'{name}' is a number, no function", call.span))
        typed = checked_types(
            call, function, args, lambda name: self.context.meaning(self.group, name)
        )
        match function:
            case TimedArray():
                value = timed_value(context, self.group, (name, function), typed, self.let)
                return self.as_float(value)
            case BinomialFunction():
                return self._binomial(name, function)
        used = foreign(context, self.group, name, function)
        refuse_missing(used, call.span)
        given = (*typed, self.element()) if function.auto_vectorise else typed
        value = ForeignCall(used, given, result_type(function, args, self.real))
        # called once per element, whatever becomes of the code that reads it
        return value if function.stateless else self.let(name, value)

    # -------------------------------------------------------------------------------- random draws

    def _binomial(self, name: str, function: BinomialFunction) -> Expr:
        """Return a number of successes, or the normal variate that takes its place."""
        self._draws += 1
        site, context, group = f"binomial_{self._draws}", self.context, self.group

        def number(what: str, dtype: DType, value: Callable[[], float]) -> Expr:
            return Load(context.constant(group.name, f"{name}.{what}", dtype, value))

        key = context.random_key(self.owner, site)
        if function.is_normal:
            mean = number("mean", DType.F64, lambda: function.mean)
            spread = number("spread", DType.F64, lambda: function.spread)
            drawn = b.add(mean, b.mul(spread, self.variate("normal", key, site)))
            return self.as_float(drawn)
        args = (
            number("n", DType.I64, lambda: function.n),
            number("p", DType.F64, lambda: function.p),
        )
        counted = self.let("drawn", Random("binomial", key, self.element(), args, DType.I64))
        return b.cast(counted, self.real)

    def draw(self, function: str, args: tuple[Expr, ...]) -> Expr:
        """Return a random variate of the element, drawn anew in every step."""
        self._draws += 1
        key = self.context.random_key(self.owner, f"{function}_{self._draws}")
        if function == "poisson":
            return self.count(b.cast(args[0], DType.F64), key, f"{function}_{self._draws}")
        kind = "uniform" if function == "rand" else "normal"
        return self.as_float(self.variate(kind, key, f"{function}_{self._draws}"))

    def variate(self, kind: Any, key: Buffer, site: str) -> Expr:
        """Return a uniform or normal variate of the element."""
        del site
        return self.let("drawn", Random(kind, key, self.element(), (), DType.F64))

    def count(self, lam: Expr, key: Buffer, site: str) -> Expr:
        """Return a Poisson variate of the element."""
        del site
        return self.let("drawn", Random("poisson", key, self.element(), (lam,), DType.I64))

    # -------------------------------------------------------------------------------------- writing

    def let(self, name: str, value: Expr) -> Local:
        """Bind a value to a local named after `name`."""
        local = Local(self.fresh(name), value.dtype)
        self.block.append(Let(local, value))
        return local

    def fresh(self, name: str) -> str:
        """Return a local name that the code does not use yet."""
        name = name.strip("_") or "value"
        count = self._names.get(name, 0) + 1
        self._names[name] = count
        return name if count == 1 else f"{name}_{count}"

    def statements(self, statements: tuple[Statement, ...]) -> None:
        """Append statements, each seeing what those before it have stored."""
        for statement in statements:
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        """Append one statement.

        Raises:
            TypeError: It writes to something that is read-only.
        """
        name = statement.target
        found = None if name in self.bound else self.group.find(name)
        if found is None:
            self._assign_temporary(statement)
            return
        buffer, index = self._destination(name, statement.target_span)
        value = self.lower(statement.value)
        write = self._write(statement, name, buffer, index, value)
        condition = self.protection(name)
        self.block += b.when(condition, [write])
        self._subexpressions.clear()

    def _destination(self, name: str, span: Span | None) -> tuple[Buffer, Expr]:
        """Return where a variable of the element is written.

        Raises:
            ExpressionSyntaxError: It is read-only, or linked to a value for all elements.
        """
        found = self.group.find(name)
        assert found is not None  # noqa: S101 - the caller has asked
        owner, variable = found
        if isinstance(variable, LinkedVariable) and not variable.is_single:
            self.kind = LoopKind.SEQUENTIAL
            inner = self._through(name, owner, variable)
            return inner._destination(variable.target.name, span)  # noqa: SLF001 - the same class
        if not isinstance(variable, ArrayVariable) or variable.read_only:
            what = "one for all elements" if isinstance(variable, LinkedVariable) else "read-only"
            message = f"'{name}' cannot be written by code: it is {what}"
            raise ExpressionSyntaxError(Diagnostic(message, span))
        return self.context.variable(owner, variable), self.index_of(owner, name)

    def _write(
        self, statement: Statement, name: str, buffer: Buffer, index: Expr, value: Expr
    ) -> Stmt:
        if statement.op in {"+=", "-="} and self.accumulates(name):
            signed = value if statement.op == "+=" else _negative(value)
            return b.accumulate(buffer, index, signed)
        if statement.op != "=":
            operator: Any = statement.op[:-1]
            value = b.binary(operator, b.load(buffer, index), value)
        return b.store(buffer, index, value)

    def _assign_temporary(self, statement: Statement) -> None:
        value = self.lower(statement.value)
        if statement.op != "=":
            operator: Any = statement.op[:-1]
            value = b.binary(operator, self.read(statement.target), value)
        self.bound[statement.target] = self.let(statement.target, value)


def _negative(value: Expr) -> Expr:
    return Unary(b.cast(value, b.wider(value.dtype)))


def _integer_function(name: str, value: Expr) -> Expr:
    zero, one = b.const(0, value.dtype), b.const(1, value.dtype)
    if name == "abs":
        return Select(b.compare("<", value, zero), Unary(value), value, value.dtype)
    if name == "sign":
        positive = b.select(b.compare(">", value, zero), one, zero)
        return Select(b.compare("<", value, zero), Unary(one), positive, value.dtype)
    return value


class ElementScope(Scope):
    """The code of a group for element `i` of a loop over all elements.

    Args:
        context: The lowering.
        group: The group.
        owner: Name of the object that runs the code.
        index: Number of the element within the group.
        filled: Whether random numbers are drawn for all elements before the loop, which is quicker
            than one by one when every element needs them.
    """

    def __init__(
        self, context: Context, group: Group, owner: str, index: Expr, *, filled: bool = True
    ) -> None:
        super().__init__(context, group, owner)
        self.index = index
        # a place that is the element's number, so that random numbers may be drawn in one go
        self.filled = filled and place_of(context, group, index) is index
        self.protects = False

    def index_of(self, owner: Any, name: str) -> Expr:
        """Return the element's place: its number, or that in the source of a subgroup."""
        del owner, name
        return place_of(self.context, self.group, self.index)

    def inner(self, name: str) -> Scope:
        """Return the scope of a subexpression, which in a subgroup is that of the whole group."""
        whole = getattr(self.group, "event_source", self.group)
        if whole is self.group:
            return self
        place = self.index_of(self.group, name)
        return self._beside(ElementScope(self.context, whole, self.owner, place))

    def number_of(self, name: str) -> Expr | None:
        """Return the number for `i`."""
        return b.cast(self.index, DType.I32) if name == "i" else None

    def element(self) -> Expr:
        """Return the element's number."""
        return b.cast(self.index_of(self.group, ""), DType.I64)

    def variate(self, kind: Any, key: Buffer, site: str) -> Expr:
        """Return a variate; all elements' variates are drawn before the loop."""
        if not self.filled:
            return super().variate(kind, key, site)
        scratch = self.context.scratch(self.owner, site, DType.F64, self.group.size)
        self.prelude.append(Fill(scratch, kind, key, Load(self.context.size(self.group))))
        return Load(scratch, self.index)

    def count(self, lam: Expr, key: Buffer, site: str) -> Expr:
        """Return a Poisson variate; with one mean for all, all are drawn before the loop."""
        if not (self.filled and is_constant(lam)):
            return super().count(lam, key, site)
        scratch = self.context.scratch(self.owner, site, DType.I64, self.group.size)
        size = Load(self.context.size(self.group))
        self.prelude.append(Fill(scratch, "poisson", key, size, (lam,)))
        return Load(scratch, self.index)

    def protection(self, name: str) -> Expr:
        """Return `not_refractory` for variables that stand still while refractory."""
        if not self.protects or not self.group.is_protected(name):
            return b.TRUE
        return self.read("not_refractory")
