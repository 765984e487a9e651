"""Symbolic algebra: translation to sympy and back, linear systems, time limits, remembering."""

import json
import subprocess
import sys
import time

import pytest
import sympy

from brainsim.equations import parse_expression
from brainsim.equations.algebra import (
    AlgebraError,
    OutOfTimeError,
    Translation,
    solve_linear,
    within,
)
from brainsim.equations.tree import Name, to_text
from brainsim.solvers import evaluate
from brainsim.solvers.evaluate import FUNCTIONS

H = Name("h")
SPIN = [[parse_expression("0"), Name("w")], [parse_expression("-w"), parse_expression("0")]]


@pytest.mark.parametrize(
    "text",
    [
        "a + b*c/d - a**3",
        "-a/(b - c)*2.5",
        "exp(-a)*sin(b) + cosh(c)",
        "a*f(b, c) + (a > b)*rand() - (a % b)",
        "0.1*a + a/10",
        "3",
        "a**-2",
        "1e-300*a",
        "sqrt(4)*a + sqrt(c)/a**0.5",
    ],
)
def test_translation_keeps_the_value(text):
    """A tree that went through sympy has the value it had."""
    translation = Translation()
    tree = parse_expression(text)
    back = translation.to_tree(translation.to_sympy(tree))
    functions = {"f": lambda x, y: x - 2 * y, "rand": lambda: 0.25}
    values = {"a": 1.7, "b": -0.6, "c": 0.35, "d": 2.2}
    want = evaluate(tree, values, {**FUNCTIONS, **functions})
    # sympy adds the terms in another order
    assert evaluate(back, values, {**FUNCTIONS, **functions}) == pytest.approx(want, rel=1e-14)


def test_roots_of_what_may_be_negative_are_refused():
    """Nothing that may be complex comes back."""
    a, b = sympy.symbols("a b", real=True)
    for expression in (sympy.sqrt(a), 1 / sympy.sqrt(a - b), sympy.sqrt(-4), sympy.Abs(a)):
        with pytest.raises(AlgebraError, match="not real"):
            Translation().to_tree(expression)
    assert to_text(Translation().to_tree(sympy.sqrt(a**2 + 1))) == "(a**2 + 1)**(1 / 2)"


def test_rotation():
    """The exponential of a rotation matrix is sine and cosine."""
    solution = solve_linear(SPIN, [False, True], H)
    assert [[to_text(entry) for entry in row] for row in solution.P] == [
        ["cos(h * w)", "sin(h * w)"],
        ["-sin(h * w)", "cos(h * w)"],
    ]
    assert [to_text(row[0]) for row in solution.G] == ["0", "0"]


def test_answers_are_remembered_as_text():
    """`remember` gets a key and may answer with the text of an earlier call."""
    store = {}

    def remember(key, compute):
        if key not in store:
            store[key] = compute()
        return store[key]

    first = solve_linear(SPIN, [False, False], H, remember)
    (text,) = store.values()
    assert json.loads(text)["P"][0][0] == "cos(_h*w)".replace("*", " * ")

    def refuse(_key, _compute):
        return text

    assert solve_linear(SPIN, [False, False], H, refuse) == first
    solve_linear(SPIN, [True, False], H, remember)
    assert len(store) == 2


def test_refusals_are_remembered_too():
    """A system without a real solution need not be tried again."""
    matrix = [[Name("a"), Name("b")], [Name("c"), Name("d")]]
    store = {}

    def remember(key, compute):
        return store.setdefault(key, store.get(key) or compute())

    for _ in range(2):
        with pytest.raises(AlgebraError, match="not real"):
            solve_linear(matrix, [False, False], H, remember)
    assert "error" in json.loads(next(iter(store.values())))


def test_large_systems_are_refused_at_once():
    """Nobody wants the formula for ten coupled variables."""
    matrix = [[Name(f"a{i}{j}") for j in range(10)] for i in range(10)]
    with pytest.raises(AlgebraError, match="more than 6 variables"):
        solve_linear(matrix, [False] * 10, H)


def test_time_is_limited():
    """Pure Python code is given up when its time is over, and the profiler is put back."""

    def endless():
        while True:
            sum(range(10))

    before = sys.getprofile()
    start = time.monotonic()
    with pytest.raises(OutOfTimeError, match=r"within 0\.05 s"):
        within(0.05, endless)
    # two orders of magnitude of slack for a busy machine
    assert time.monotonic() - start < 5
    assert sys.getprofile() is before
    assert within(5, lambda: 3) == 3


def test_running_out_of_time_is_not_remembered():
    """On a faster day there may be an answer."""
    store = {}

    def remember(key, compute):
        store[key] = compute()
        return store[key]

    matrix = [[Name(f"a{i}{j}") for j in range(4)] for i in range(4)]
    with pytest.raises(OutOfTimeError):
        solve_linear(matrix, [True] * 4, H, remember, seconds=1e-3)
    assert store == {}


def test_sympy_is_imported_only_when_it_is_needed():
    """Solving the usual models does not pay for sympy."""
    code = (
        "import sys\n"
        "from brainsim.equations import Equations\n"
        "from brainsim.solvers import choose, system_of\n"
        "choose(system_of(Equations('dv/dt = (g - v)/tau : 1\\ndg/dt = -g/tau : 1')), 'exact')\n"
        "sys.exit('sympy' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
