"""`brainsim.test()`: the models with known answers, and what is said when one is wrong."""

from __future__ import annotations

import pytest

from brainsim import prefs, selftest
from brainsim import test as run_selftest


@pytest.mark.row("27 brian2.test")
def test_every_target_gives_the_known_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """Without arguments all of them; the options of the tradition are accepted."""
    prefs.codegen.target = "cython"
    assert run_selftest(long_tests=True, test_standalone=None)
    assert capsys.readouterr().out.splitlines() == ["c: ok", "cython: ok", "numpy: ok"]
    assert prefs.codegen.target == "cython", "as before"


@pytest.mark.row("27 brian2.test")
def test_a_wrong_result_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the answer is False."""

    def wrong() -> bool:
        """A model that is wrong."""
        return False

    monkeypatch.setattr(selftest, "MODELS", (wrong, selftest.firing))
    assert not run_selftest("numpy")
    assert capsys.readouterr().out == "numpy: wrong result: A model that is wrong.\n"


def test_a_target_without_compiler_fails_only_if_it_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """NumPy is enough to work with."""
    prefs.codegen.cpp.compiler = "no-such-compiler"
    assert run_selftest()
    assert not run_selftest(["numpy", "c"])
    first, _, third, _, last = capsys.readouterr().out.splitlines()
    assert first == last
    assert first.startswith("c: cannot be used here: the compiler asked for, 'no-such-compiler'")
    assert third == "numpy: ok"


def test_collectors_of_tests_leave_it_alone() -> None:
    """`from brainsim import *` in a module of tests brings its name."""
    assert run_selftest.__test__ is False
