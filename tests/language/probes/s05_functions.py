"""Section 5: functions of the user."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from probing import probe, raised


def on_numpy(b: Any, action: Any) -> Any:
    """Return what an action gives with the target numpy."""
    before = b.prefs.codegen.target
    b.prefs.codegen.target = "numpy"
    try:
        return action()
    finally:
        b.prefs.codegen.target = before


@probe("5 user function")
def python_function(b: Any) -> dict[str, Any]:
    seen: list[Any] = []

    @b.check_units(v=b.volt, x=1, result=b.Hz)
    def rate(v: Any, x: Any) -> Any:
        seen.append([b.have_same_dimensions(v, b.volt), type(v).__name__])
        return 100 * b.Hz * (v / (10 * b.mV)) + x * b.Hz

    group = b.NeuronGroup(3, "v : volt\ndu/dt = rate(v, 1) : 1", method="euler")
    other = b.NeuronGroup(3, "r = rate(v, i) : Hz\nv : volt", namespace={"rate": rate})
    group.v = other.v = [10, 20, 30] * b.mV

    def run() -> Any:
        first = other.r[:]
        b.Network(group).run(0.2 * b.ms, namespace={"rate": rate})
        return [first, group.u[:]]

    return {
        "values": on_numpy(b, run),
        "saw quantities": all(same for same, _ in seen),
        "directly": rate(10 * b.mV, 2),
        "wrong unit": raised(lambda: rate(10 * b.nA, 2)),
        "wrong unit in equations": on_numpy(
            b,
            lambda: raised(
                lambda: b.Network(
                    b.NeuronGroup(
                        1, "du/dt = rate(3*nA, 1) : 1", method="euler", namespace={"rate": rate}
                    )
                ).run(0.1 * b.ms)
            ),
        ),
        "wrong result in equations": on_numpy(
            b,
            lambda: raised(
                lambda: b.Network(
                    b.NeuronGroup(
                        1,
                        "du/dt = rate(3*mV, 1)*volt : 1",
                        method="euler",
                        namespace={"rate": rate},
                    )
                ).run(0.1 * b.ms)
            ),
        ),
        "too few": on_numpy(
            b,
            lambda: bool(
                raised(
                    lambda: b.Network(
                        b.NeuronGroup(
                            1, "du/dt = rate(3*mV) : 1", method="euler", namespace={"rate": rate}
                        )
                    ).run(0.1 * b.ms)
                )["raised"]
            ),
        ),
    }


@probe("5 user function")
def function_without_units(b: Any) -> dict[str, Any]:
    def square(x: Any) -> Any:
        return x**2

    group = b.NeuronGroup(2, "y = square(x) : 1\nx : 1")
    return {
        "subexpression": on_numpy(b, lambda: raised(lambda: group.y[:])),
        "assignment": on_numpy(b, lambda: raised(lambda: setattr(group, "x", "square(2)"))),
        "builtin": on_numpy(
            b, lambda: bool(raised(lambda: setattr(group, "x", "max(2, 3)"))["raised"])
        ),
        "function": square(2),
    }


@probe("5 user function")
def discarded_units(b: Any) -> dict[str, Any]:
    seen: list[str] = []
    scale = 3 * b.mV

    @b.implementation("numpy", discard_units=True)
    @b.check_units(v=b.volt, result=b.volt)
    def add(v: Any) -> Any:
        seen.append(type(v).__name__)
        return v + 0.001

    @b.check_units(v=b.volt, result=b.volt)
    def with_units(v: Any) -> Any:
        return v + scale

    group = b.NeuronGroup(2, "w = add(v) : volt\nu = with_units(v) : volt\nv : volt")
    group.v = [1, 2] * b.mV
    group.namespace.update(add=add, with_units=with_units)
    return {
        "w": on_numpy(b, lambda: group.w[:]),
        "u": on_numpy(b, lambda: group.u[:]),
        "no quantity": "Quantity" not in seen,
        "in statements": on_numpy(b, lambda: statements(b, add)),
    }


def statements(b: Any, add: Any) -> Any:
    group = b.NeuronGroup(
        2, "v : volt", threshold="add(v) > 2.5*mV", reset="v = add(add(v))", namespace={"add": add}
    )
    group.v = [1, 2] * b.mV
    b.Network(group).run(0.1 * b.ms)
    return group.v[:]


def doubling(b: Any) -> Any:
    """Return a function for all targets."""

    @b.implementation("cpp", "double twice(double x) { return 2*x; }")
    @b.implementation("cython", "cdef double twice(double x):\n    return 2*x\n")
    @b.check_units(x=None, result=lambda x: x)
    def twice(x: Any) -> Any:
        return 2 * x

    return twice


@probe("5 implementation")
def implementations(b: Any) -> dict[str, Any]:
    twice = doubling(b)
    group = b.NeuronGroup(
        3,
        "dv/dt = (twice(w) - v)/(10*ms) : volt\nw : volt\nz = twice(w) : volt",
        threshold="twice(v) > 2.9*mV",
        reset="v = twice(0*mV)",
        method="euler",
    )
    group.w = [1, 2, 3] * b.mV
    group.v = "twice(w)/4"
    b.run(5 * b.ms)
    return {
        "v": group.v[:],
        "z": group.z[:],
        "type": isinstance(twice, b.Function),
        "python": twice(3 * b.mV),
        "targets": sorted(t for t in ("cpp", "cython") if t in twice.implementations),
        "name": twice.pyfunc.__name__ if hasattr(twice, "pyfunc") else "",
    }


@probe("5 implementation")
def missing_implementation(b: Any) -> dict[str, Any]:
    @b.implementation("some_target", "code")
    @b.check_units(x=1, result=1)
    def f(x: Any) -> Any:
        return x

    def run() -> Any:
        b.Network(b.NeuronGroup(1, "dv/dt = f(v)/ms : 1", method="euler", namespace={"f": f})).run(
            0.1 * b.ms
        )

    def without_units() -> Any:
        @b.implementation("cpp", "double g(double x) { return x; }")
        def g(x: Any) -> Any:
            return x

        return g

    return {
        "numpy falls back to Python": on_numpy(b, lambda: raised(run)),
        "no units": raised(without_units),
        "discard_units elsewhere": raised(
            lambda: b.implementation("cpp", "x", discard_units=True)(f)
        ),
    }


@probe("5 implementation")
def namespaces_and_dependencies(b: Any) -> dict[str, Any]:
    table = np.array([1.0, 4.0, 9.0])

    @b.implementation("cpp", "double inner(double x) { return x + 1; }")
    @b.implementation("cython", "cdef double inner(double x):\n    return x + 1\n")
    @b.check_units(x=1, result=1)
    def inner(x: Any) -> Any:
        return x + 1

    @b.implementation(
        "cpp", "double outer(double x) { return 2*inner(x); }", dependencies={"inner": inner}
    )
    @b.implementation(
        "cython",
        "cdef double outer(double x):\n    return 2*inner(x)\n",
        dependencies={"inner": inner},
    )
    @b.check_units(x=1, result=1)
    def outer(x: Any) -> Any:
        return 2 * inner(x)

    @b.implementation("cpp", "double look(double x) { return (x + 1)*(x + 1); }")
    @b.implementation("cython", "cdef double look(double x):\n    return (x + 1)*(x + 1)\n")
    @b.implementation("numpy", discard_units=True)
    @b.check_units(x=1, result=1)
    def look(x: Any) -> Any:
        return table[np.asarray(x, dtype=int)]

    group = b.NeuronGroup(3, "y : 1\nz : 1")
    group.run_regularly("y = outer(i); z = look(i)")
    b.run(0.1 * b.ms)
    return {"y": group.y[:], "z": group.z[:]}


@probe("5 Function")
def function_objects(b: Any) -> dict[str, Any]:
    cube = b.Function(lambda x: x**3, arg_units=[1], return_unit=1, arg_names=["x"])
    cube.implementations.add_numpy_implementation(lambda x: x**3)
    cube.implementations.add_implementation(
        "cython", "cdef double cube(double x):\n    return x**3\n", name="cube"
    )
    cube.implementations.add_implementation(
        "cpp", "double cube(double x) { return x*x*x; }", name="cube"
    )
    group = b.NeuronGroup(3, "y : 1\nz = cube(i) : 1")
    group.run_regularly("y = cube(i + 1)")
    b.run(0.1 * b.ms)

    def wrong(**kwds: Any) -> Any:
        return raised(lambda: b.Function(lambda x: x, **kwds))

    return {
        "y": group.y[:],
        "z": group.z[:],
        "call": cube(3),
        "is_locally_constant": cube.is_locally_constant(b.ms),
        "stateless": cube.stateless,
        "auto_vectorise": cube.auto_vectorise,
        "no units": wrong(),
        "no return unit": wrong(arg_units=[1]),
        "no argument units": wrong(return_unit=1),
        "wrong type": wrong(arg_units=[1], return_unit=1, arg_types=["double"]),
    }


@probe("5 Function")
def vectorised_function(b: Any) -> dict[str, Any]:
    sizes: list[int] = []

    def counted(_vectorisation_idx: Any) -> Any:
        sizes.append(int(np.size(_vectorisation_idx)))
        return np.arange(np.size(_vectorisation_idx), dtype=float)

    function = b.Function(
        counted, arg_units=[], return_unit=1, auto_vectorise=True, stateless=False
    )
    function.implementations.add_numpy_implementation(counted)
    group = b.NeuronGroup(4, "x : 1\ny : 1", namespace={"counted": function})

    def run() -> Any:
        group.x = "counted() + 0.5"
        group.run_regularly("y = counted()*2")
        b.Network(group).run(0.1 * b.ms)
        return [group.x[:], group.y[:]]

    return {
        "values": on_numpy(b, run),
        "sizes": sizes,
        "stateful in subexpression": raised(
            lambda: b.Network(
                b.NeuronGroup(
                    2,
                    "x = counted() : 1\ndv/dt = x/ms : 1",
                    method="euler",
                    namespace={"counted": function},
                )
            ).run(0.1 * b.ms)
        ),
    }


@probe("5 Function")
def declared_types(b: Any) -> dict[str, Any]:
    @b.implementation("cpp", "int half(int k) { return k/2; }")
    @b.implementation("cython", "cdef int half(int k):\n    return k//2\n")
    @b.declare_types(k="integer", result="integer")
    @b.check_units(k=1, result=1)
    def half(k: Any) -> Any:
        return k // 2

    group = b.NeuronGroup(4, "k : integer\ny = half(i)/2 : 1\nok : boolean")
    group.k = "half(i) + 1"
    group.run_regularly("k = k + half(i)")
    b.run(0.1 * b.ms)
    return {
        "k": group.k[:],
        "y": group.y[:],
        "wrong type": raised(lambda: b.declare_types(k="double")(lambda k: k)),
        "wrong result": raised(lambda: b.declare_types(result="double")(lambda k: k)),
        "unknown argument": raised(lambda: b.declare_types(m="integer")(lambda k: k)),
    }


@probe("5 Function", "2 dotted names scripts do use")
def timestep(b: Any) -> dict[str, Any]:
    functions = importlib.import_module(f"{b.__name__}.core.functions")
    t = [0, 0.1, 0.29999999, 0.3, 0.30000001, 1.25] * b.ms
    return {
        "values": functions.timestep(t, 0.1 * b.ms),
        "scalar": int(functions.timestep(1 * b.ms, 0.1 * b.ms)),
        "negative": functions.timestep([-0.1, -1] * b.ms, 0.1 * b.ms),
        "default": sorted(functions.DEFAULT_FUNCTIONS.keys()) == sorted(b.DEFAULT_FUNCTIONS.keys()),
        "in Python": float(b.DEFAULT_FUNCTIONS["exp"](1.0)),
    }
