"""Functions of users in running code: C, Cython and Python, on every target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import brainsim as b
from brainsim.errors import ArgumentTypeError, CompilerError
from brainsim.units import DimensionMismatchError, check_units, ms, mV, second, volt

TARGETS = ["c", "cython", "numpy"]


@pytest.fixture(autouse=True)
def defaults() -> Iterator[None]:
    """Start with a step of 0.1 ms; leave the preferences as they were."""
    b.defaultclock.dt = 0.1 * ms
    yield
    b.prefs.reset_to_defaults()


def one_step(equations: str, n: int = 4, **names: Any) -> Any:
    """Return the first variable of the equations, as it is at time 0."""
    group = b.NeuronGroup(n, equations, namespace=names)
    name = next(iter(group.equations.names))
    trace = b.StateMonitor(group, name, record=True)
    b.Network(group, trace).run(0.1 * ms, namespace={})
    return np.asarray(getattr(trace, name))[:, 0]


def cause_of(equations: str, **names: Any) -> BaseException:
    """Return why a group cannot run."""
    with pytest.raises(b.BrianObjectException) as raised:
        one_step(equations, **names)
    assert raised.value.__cause__ is not None
    return raised.value.__cause__


# ------------------------------------------------------------------- one C text on all the targets


@b.implementation("cpp", "double drive(double v) { return 0.02; }")
@check_units(v=volt, result=volt)
def drive(v: Any) -> Any:
    return np.full(np.shape(v), 20) * mV


@b.implementation("cpp", "static inline double limit(double v) { return _namespacehigh; }",
                  namespace={"high": 10 * mV})  # fmt: skip
@check_units(v=volt, result=volt)
def limit(v: Any) -> Any:
    return np.full(np.shape(v), 10) * mV


# the C library has a function of this name, with other arguments
@b.implementation("c", "double pause(double v, int i) { return 1e-3*(i % 3); }")
@check_units(v=volt, i=1, result=second)
def pause(v: Any, i: Any) -> Any:
    del v
    return (i % 3) * ms


@b.implementation("cpp", "bool is_even(int k) { return k % 2 == 0; }")
@b.declare_types(k="integer", result="boolean")
@check_units(k=1, result=bool)
def is_even(k: Any) -> Any:
    return np.asarray(k) % 2 == 0


@b.implementation("cpp", "inline int half(int k) { return k / 2; }")
@b.declare_types(k="integer", result="integer")
@check_units(k=1, result=1)
def half(k: Any) -> Any:
    return k // 2


@b.implementation("cpp", """
    double weighted(double x, int k)
    {
        const double *row = _namespace_table;
        return x * row[half(k)];   /* "quoted" \\ and a */
    }
    """, namespace={"_table": np.array([[1.0, 0.1], [np.inf, -2.5]])},
    dependencies={"half": half})  # fmt: skip
@check_units(x=1, k=1, result=1)
def weighted(x: Any, k: Any) -> Any:
    return x * np.array([1.0, 0.1, np.inf, -2.5])[np.asarray(k) // 2]


def everywhere() -> dict[str, Any]:
    """Functions in equations, threshold, reset, refractoriness, synapses and regular code."""
    neurons = b.NeuronGroup(
        6,
        """dv/dt = (drive(v) - v)/(10*ms) : volt
           n : 1
           w : 1
           x : 1
           even = int(is_even(i)) : 1
           quarter = half(i)/2 : 1""",
        threshold="v > limit(v)",
        reset="n += half(i + 1); v = 0*mV",
        refractory="pause(v, i)",
        method="euler",
    )
    synapses = b.Synapses(neurons, neurons, "u : 1", on_pre="w_post += half(j + 3); u += half(i)/3")
    synapses.connect("is_even(i + j) and i != j")
    neurons.x = "weighted(2, i)"
    neurons.run_regularly("x = weighted(x, 2)", dt=5 * ms)
    trace = b.StateMonitor(neurons, ["v", "n", "even", "quarter"], record=True)
    spikes = b.SpikeMonitor(neurons)
    b.Network(neurons, synapses, trace, spikes).run(20 * ms)
    return {
        "t": spikes.t_[:],
        "i": spikes.i[:],
        "v": trace.v_,
        "n": trace.n[:, -1],
        "even": trace.even[:, 0],
        "quarter": trace.quarter[:, 0],
        "w": neurons.w[:],
        "x": neurons.x[:],
        "u": synapses.u[:],
    }


def test_every_target_gives_the_same_in_all_places_of_a_model() -> None:
    found = {}
    for target in TARGETS:
        b.prefs.codegen.target = target
        found[target] = {key: np.asarray(value) for key, value in everywhere().items()}
    c = found["c"]
    # v <- v + (20 - v)/100: above 10 after the n for which 0.99**n < 1/2, that is 69
    assert c["t"][0] == pytest.approx(68 * 1e-4)
    assert c["even"].tolist() == [1, 0, 1, 0, 1, 0]
    assert c["quarter"].tolist() == [0, 0, 0.5, 0.5, 1, 1]
    # weighted() at the start, then at 0, 5, 10 and 15 ms times 0.1
    start = 2 * np.array([1, 1, 0.1, 0.1, np.inf, np.inf])
    np.testing.assert_allclose(c["x"], start * 1e-4, rtol=4 * 2.3e-16)
    # neurons 0 and 3 are never refractory: spikes every 6.9 ms, those of 2 and 5 every 8.8 ms
    assert np.bincount(c["i"]).tolist() == [2, 2, 2, 2, 2, 2]
    assert c["n"].tolist() == [0, 2, 2, 4, 4, 6]
    for target in ("cython", "numpy"):
        for key, value in c.items():
            np.testing.assert_array_equal(found[target][key], value, err_msg=f"{target} {key}")


# ------------------------------------------------------------------------------------------ Cython


@b.implementation("cython", """
cdef double tally(double x):
    global _namespace_total
    _namespace_total[0] += x + len("")
    return _namespace_total[0]
""", namespace={"_total": np.zeros(1)})  # fmt: skip
@check_units(x=1, result=1)
def tally(x: Any) -> Any:
    return np.cumsum(x)


tally.stateless = False


@b.implementation(
    "cython", "cdef int middle(int lo, int hi) noexcept nogil:\n    return (lo + hi)//2"
)
@b.implementation("cpp", "int middle(int lo, int hi) { return (lo + hi)/2; }")
@b.declare_types(lo="integer", hi="integer", result="integer")
@check_units(lo=1, hi=1, result=1)
def middle(lo: Any, hi: Any) -> Any:
    return (lo + hi) // 2


def test_cython_code_may_use_python_and_keep_state() -> None:
    """A function with state is called once per neuron, in their order."""
    b.prefs.codegen.target = "cython"
    group = b.NeuronGroup(3, "x : 1\n m : 1")
    group.run_regularly("x = tally(i + 1)\n m = middle(i, 7)/2")
    b.Network(group).run(0.2 * ms)
    assert group.x[:].tolist() == [7, 9, 12]
    assert group.m[:].tolist() == [1.5, 2, 2]


def test_c_code_may_keep_state() -> None:
    code = "static double total; double sum(double x) { total += x; return total; }"
    total = b.Function(np.cumsum, arg_units=[1], return_unit=1, stateless=False)
    total.implementations.add_implementation("cpp", code, name="sum")
    b.prefs.codegen.target = "c"
    group = b.NeuronGroup(3, "x : 1", namespace={"total": total})
    group.run_regularly("x = total(i + 1)")
    b.Network(group).run(0.2 * ms)
    assert group.x[:].tolist() == [7, 9, 12]


# ------------------------------------------------------------------------------------------ Python


@check_units(x=1, result=1)
def twice(x: Any) -> Any:
    return 2 * x


@check_units(x=1, result=1)
def three(x: Any) -> float:
    del x
    return 3.0


@pytest.mark.parametrize("target", ["c", "cython"])
def test_compiled_targets_refuse_a_function_in_python(target: str) -> None:
    """The text points at the call, and says which targets there are."""
    b.prefs.codegen.target = target
    error = cause_of("x = 1 + twice(i) : 1", twice=twice)
    assert isinstance(error, NotImplementedError)
    assert f"'twice' has no implementation for the target '{target}'" in str(error)
    assert "^^^^^^^^ available: 'numpy'" in str(error)
    assert "@implementation(" in str(error)


def test_the_automatic_target_is_one_that_has_all_functions() -> None:
    b.prefs.codegen.target = "auto"
    assert one_step("x = twice(i) : 1", twice=twice).tolist() == [0, 2, 4, 6]
    assert one_step("x = tally(1) : 1 (constant over dt)", tally=tally)[0] > 0


def test_a_number_for_all_is_given_to_each() -> None:
    b.prefs.codegen.target = "numpy"
    group = b.NeuronGroup(4, "x : 1\n y : 1", namespace={"three": three})
    group.run_regularly("s = three(i); x = s; y = three(x)*s")
    b.Network(group).run(0.1 * ms, namespace={})
    assert group.x[:].tolist() == [3] * 4
    assert group.y[:].tolist() == [9] * 4


def test_quantities_go_in_and_out_and_are_checked() -> None:
    b.prefs.codegen.target = "numpy"

    @check_units(x=volt, result=volt)
    def more(x: Any) -> Any:
        return x + 1 * mV

    @check_units(x=volt, result=volt)
    def wrong(x: Any) -> Any:
        return x / mV

    assert np.allclose(one_step("x = more(i*mV) : volt", more=more), [1e-3, 2e-3, 3e-3, 4e-3])
    group = b.NeuronGroup(2, "x : volt", namespace={"wrong": wrong})
    group.run_regularly("x = wrong(x)")
    with pytest.raises(DimensionMismatchError):
        b.Network(group).run(0.1 * ms)


@b.implementation("numpy", discard_units=True)
@check_units(x=volt, result=volt)
def plain(x: Any) -> Any:
    assert not isinstance(x, b.Quantity)
    return x + mV


def test_values_go_in_and_out_where_units_are_discarded() -> None:
    """Units of the module are plain numbers inside the function."""
    b.prefs.codegen.target = "numpy"
    found = one_step("x = plain(i*mV) : volt", n=2, plain=plain)
    assert found.tolist() == [1e-3, 2e-3]


def test_the_number_of_elements_is_given_to_a_function_that_vectorises() -> None:
    """In running code, in assignments, and in conditions of connect."""
    b.prefs.codegen.target = "numpy"
    seen: list[int] = []

    def numbered(a: Any, _vectorisation_idx: Any) -> Any:
        seen.append(len(_vectorisation_idx))
        return a + np.arange(len(_vectorisation_idx))

    count = b.Function(numbered, arg_units=[1], return_unit=1, auto_vectorise=True, stateless=False)
    names = {"count": count}
    assert one_step("x = count(5) : 1 (constant over dt)", **names).tolist() == [5, 6, 7, 8]
    group = b.NeuronGroup(3, "x : 1", threshold="x >= 0", reset="x = count(x)", namespace=names)
    group.x = "count(2)"
    assert group.x[:].tolist() == [2, 3, 4]
    b.Network(group).run(0.1 * ms)
    assert group.x[:].tolist() == [2, 4, 6]
    synapses = b.Synapses(group, group, namespace=names)
    synapses.connect("count(0) % 2 == 0")
    assert len(synapses) == 5
    assert set(seen) == {4, 3, 9}


def test_compiled_code_is_given_the_number_of_the_element() -> None:
    b.prefs.codegen.target = "c"
    tens = b.Function(lambda k: 10 * k, arg_units=[], return_unit=1, auto_vectorise=True)
    tens.implementations.add_implementation("cpp", "int tens(int k) { return 10*k; }")
    assert one_step("x = tens()/4 : 1", tens=tens).tolist() == [0, 2.5, 5, 7.5]


def test_a_function_of_random_numbers_draws_once_for_all_stages_of_a_method() -> None:
    """rk4 reads the right-hand side four times, and must see one number."""
    b.prefs.codegen.target = "numpy"
    calls: list[int] = []

    def noisy(x: Any) -> Any:
        calls.append(1)
        return x

    f = b.Function(noisy, arg_units=[1], return_unit=1, stateless=False)
    group = b.NeuronGroup(1, "dx/dt = f(2)/ms : 1", method="rk4", namespace={"f": f})
    b.Network(group).run(0.3 * ms)
    assert len(calls) == 3
    assert group.x[0] == pytest.approx(0.6)


# ------------------------------------------------------------------------------------------ wrong


@pytest.mark.parametrize(
    ("equations", "error"),
    [
        ("x = half(i + 0.5) : 1", ArgumentTypeError),
        ("x = half(i*mV) : 1", DimensionMismatchError),
        ("x = drive(v) : 1\n v : volt", DimensionMismatchError),
        ("x = half(i, i) : 1", SyntaxError),
        ("x = bare(i) : 1", KeyError),
        ("x = number(i) : 1", Exception),
    ],
)
def test_wrong_calls_are_refused(equations: str, error: type[Exception]) -> None:
    names = {"half": half, "drive": drive, "bare": lambda x: x, "number": 3}
    assert isinstance(cause_of(equations, **names), error)


def test_a_truth_value_is_asked_for_where_one_is_declared() -> None:
    @b.declare_types(x="boolean", result="boolean")
    @check_units(x=1, result=bool)
    def inverse(x: Any) -> Any:
        return ~x

    b.prefs.codegen.target = "numpy"
    assert one_step("x = int(inverse(i > 1)) : 1", inverse=inverse).tolist() == [1, 1, 0, 0]
    assert isinstance(cause_of("x = int(inverse(i)) : 1", inverse=inverse), ArgumentTypeError)


def test_text_for_numpy_is_never_run() -> None:
    b.prefs.codegen.target = "numpy"
    f = b.Function(abs, arg_units=[1], return_unit=1)
    f.implementations.add_implementation("numpy", "def f(x): return x")
    assert isinstance(cause_of("x = f(i) : 1", f=f), NotImplementedError)


def test_code_that_does_not_compile_is_named() -> None:
    """The compiler's own words follow; nobody is asked to report a bug."""
    b.prefs.codegen.target = "c"
    broken = b.Function(abs, arg_units=[1], return_unit=1)
    broken.implementations.add_implementation("cpp", "double broken(double x) { return y; }")
    with pytest.raises(CompilerError, match=r"code given for broken\(\)") as raised:
        one_step("x = broken(i) : 1", broken=broken)
    assert "undeclared" in raised.value.output
    assert "bug" not in str(raised.value)


def test_two_functions_of_one_name_in_a_network_are_refused() -> None:
    b.prefs.codegen.target = "c"
    groups = []
    for k in (1, 2):
        f = b.Function(abs, arg_units=[1], return_unit=1)
        f.implementations.add_implementation("cpp", f"double f(double x) {{ return {k}; }}")
        group = b.NeuronGroup(1, "x : 1", namespace={"f": f})
        group.run_regularly("x = f(x)")
        groups.append(group)
    with pytest.raises(NotImplementedError, match="two functions of the name 'f'"):
        b.Network(*groups).run(0.1 * ms)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"code": 5}, TypeError),
        ({"code": "int f(int x) { return x; }", "namespace": {"a b": 1}}, ValueError),
        ({"code": "int f(int x) { return x; }", "namespace": {"a": ["s"]}}, ValueError),
        ({"code": "int f(int x) { return x; }", "dependencies": {"twice": b.Function(twice)}},
         NotImplementedError),
        ({"code": "int f(int x) { return x; }", "compiler_kwds": {"headers": ["<a\nb>"]}},
         ValueError),
    ],
)  # fmt: skip
def test_implementations_that_cannot_work_are_refused(
    given: dict[str, Any], error: type[Exception]
) -> None:
    b.prefs.codegen.target = "c"
    f = b.Function(abs, arg_units=[1], return_unit=1)
    f.implementations.add_implementation("cpp", **given)
    assert isinstance(cause_of("x = f(i) : 1", f=f), error)


# --------------------------------------------------------------------------------------- compiling


def test_headers_macros_directories_and_sources_reach_the_compiler(tmp_path: Any) -> None:
    (tmp_path / "own.h").write_text("double own(double);\n#define STEP 0.5\n")
    source = tmp_path / "own.c"
    source.write_text('#include "own.h"\ndouble own(double x) { return x + STEP; }\n')
    f = b.Function(abs, arg_units=[1], return_unit=1)
    f.implementations.add_implementation(
        "cpp",
        "double f(double x) { return own(x)*SCALE + FLT_RADIX - DBL_MIN; }",
        compiler_kwds={
            "headers": ["own.h", "<cfloat>"],
            "define_macros": [("SCALE", "10"), ("EMPTY", None)],
            "include_dirs": [str(tmp_path)],
            "sources": [str(source)],
            "libraries": ["m"],
        },
    )
    for target in ("c", "cython"):
        b.prefs.codegen.target = target
        assert one_step("x = f(i) : 1", f=f).tolist() == [7, 17, 27, 37], target


def test_a_second_run_prepares_nothing_anew() -> None:
    """Names that mean the same functions leave the code as it is."""
    b.prefs.codegen.target = "numpy"
    group = b.NeuronGroup(2, "x : 1")
    group.run_regularly("x = twice(x + 1)")
    net = b.Network(group)
    net.run(0.1 * ms)
    before = dict(net.prepared)
    net.run(0.1 * ms)
    assert {key: id(value) for key, value in before.items()} == {
        key: id(value) for key, value in net.prepared.items()
    }
    assert group.x[:].tolist() == [6, 6]
