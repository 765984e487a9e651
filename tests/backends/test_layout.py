"""Breaking long lines of generated code changes nothing but blanks."""

from __future__ import annotations

import ast

import kernels_at_random as at_random
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.codegen.printers.c import CText
from brainsim.codegen.printers.layout import WIDTH, wrap

NAMES = st.sampled_from(["a", "neurons_v[i]", "synapses_conductance[k]", "1e-05", "-x"])
PYTHON = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "*", "//", "<", "&"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        st.tuples(inner, inner).map(lambda t: f"np.minimum({t[0]}, {t[1]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
    ),
    max_leaves=40,
)


@given(PYTHON, PYTHON, st.sampled_from([" = ", " += "]))
def test_python_keeps_its_syntax_tree(left: str, right: str, sign: str) -> None:
    line = f"neurons_v[i]{sign}{left} + {right}"
    lines = list(wrap([line], only_in_brackets=True))
    assert ast.dump(ast.parse("\n".join(lines))) == ast.dump(ast.parse(line))
    if len(line) > WIDTH:
        assert len(lines) > 1


@pytest.mark.parametrize("seed", range(20))
def test_c_keeps_its_tokens(seed: int) -> None:
    text = CText(kernel := at_random.kernel(seed))
    lines = text.block(kernel.body)
    wrapped = list(wrap(lines))
    assert "".join("".join(wrapped).split()) == "".join("".join(lines).split())
    assert wrapped == list(wrap(lines))


def test_a_choice_is_broken_at_its_signs() -> None:
    long = " + ".join(["synapses_weight[k]"] * 4)
    assert list(wrap([f"    x = condition ? {long} : {long};"])) == [
        "    x = condition",
        f"            ? {long}",
        f"            : {long};",
    ]


def test_a_python_value_gets_brackets_only_where_it_has_none() -> None:
    long = " + ".join(["synapses_weight[k]"] * 6)
    assert next(wrap([f"x = {long}"], only_in_brackets=True)).startswith("x = (synapses")
    assert next(wrap([f"x = f({long})"], only_in_brackets=True)).startswith("x = f(synapses")


def test_short_lines_and_lines_without_a_place_to_break_stay() -> None:
    assert list(wrap(["", "x = 1", "y" * 200])) == ["", "x = 1", "y" * 200]
