"""The grammar of generators: parts, and a caret under what is wrong."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.equations.tree import Number, to_text
from brainsim.errors import ExpressionSyntaxError
from brainsim.model.generators import parse_generator


@pytest.mark.parametrize(
    ("text", "element", "condition"),
    [
        ("i", "i", None),
        ("i + 1 if i < 3", "i + 1", "i < 3"),
        ("int(rand()*N_post)", "int(rand() * N_post)", None),
    ],
)
def test_without_a_range(text, element, condition):
    """An expression, perhaps with a condition."""
    found = parse_generator(text)
    assert to_text(found.element) == element
    assert found.range is None
    assert (found.condition and to_text(found.condition)) == condition


@pytest.mark.parametrize(
    ("text", "low", "high", "step"),
    [
        ("k for k in range(5)", "0", "5", "1"),
        ("k for k in range(i - 1, i + 2)", "i - 1", "i + 2", "1"),
        ("k for k in range(clip(i, 0, 3), 9, -2) if k > 1", "clip(i, 0, 3)", "9", "-2"),
        ("k for k in range(\n    5,\n    6)\n\n", "5", "6", "1"),
    ],
)
def test_ranges(text, low, high, step):
    """One to three arguments, which may be any expressions, also over several lines."""
    over = parse_generator(text).range
    assert over is not None
    assert [to_text(part) for part in (over.low, over.high, over.step)] == [low, high, step]
    assert (over.name, over.chosen, over.amount) == ("k", "all", None)


@pytest.mark.parametrize(
    ("text", "chosen", "amount"),
    [
        ("k for k in sample(N_post, p=0.1)", "p", "0.1"),
        ("k for k in sample(2, N_post, p=x_pre/(1 + x_pre)) if k != i", "p", "x_pre / (1 + x_pre)"),
        ("k for k in sample(0, N_post, 2, size=min_size)", "size", "min_size"),
    ],
)
def test_samples(text, chosen, amount):
    """A probability or a size, by name."""
    over = parse_generator(text).range
    assert over is not None
    assert over.amount is not None
    assert (over.chosen, to_text(over.amount)) == (chosen, amount)


MISTAKES = [
    ("k for k in rang(3)", "rang", "range(...) or sample(...)"),
    ("k for k in [1, 2]", "[", "range(...) or sample(...)"),
    ("k for k", " ", "'in' is missing"),
    ("k for k of range(3)", "of", "'in' is missing"),
    ("k for", " ", "a name is missing"),
    ("k for 3 in range(3)", "3 in", "a name is missing"),
    ("k for if in range(3)", "if", "a name is missing"),
    ("j for j in range(3)", "j in", "counts neurons already"),
    ("i for i in range(3)", "i in", "counts neurons already"),
    ("exp for exp in range(3)", "exp in", "is a function"),
    ("pi for pi in range(3)", "pi in", "is a constant"),
    ("mV for mV in range(3)", "mV in", "is a unit"),
    ("for k in range(3)", "for", "the expression is empty"),
    ("if i > 1", "if", "the expression is empty"),
    ("i if", " ", "the expression is empty"),
    ("", " ", "the expression is empty"),
    ("k for k in range()", "range", "takes a high"),
    ("k for k in range(1, 2, 3, 4)", "range", "takes a high"),
    ("k for k in range(1,, 2)", ", 2", "the expression is empty"),
    ("k for k in range(1,)", ")", "the expression is empty"),
    ("k for k in range(low=1, high=3)", "low", "no argument 'low'"),
    ("k for k in range(3, step=2)", "step", "no argument 'step'"),
    ("k for k in sample(4)", "sample", "a probability or a size"),
    ("k for k in sample(4, 0.5)", "sample", "a probability or a size"),
    ("k for k in sample(4, size=2, p=0.5)", "sample", "a probability or a size"),
    ("k for k in sample(p=0.5)", "sample", "takes a high"),
    ("k for k in sample(p=0.5, 4)", "4)", "come last"),
    ("k for k in sample(4, q=2)", "q", "no argument 'q'"),
    ("k for k in sample(4, p=1, p=1)", "p=1)", "given twice"),
    ("k for k in sample(4, p=)", ")", "the expression is empty"),
    ("k for k in range(3", "(3", "never closed"),
    ("k for k in range(3) + 1", "+", "nothing but 'if' can follow"),
    ("k for k in range(3) for l in range(2)", "for l", "one 'for'"),
    ("k for k in range(3) if k < 2 if k > 0", "if k > 0", "one 'if'"),
    ("k if i > 1 for k in range(3)", "if", "comes last"),
    ("(k for k in range(2))", "for", "without brackets"),
    ("k = 2 for k in range(2)", "=", "to compare, write =="),
]


@pytest.mark.parametrize(("text", "place", "words"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_mistakes_are_shown(text, place, words):
    """The caret stands at the first wrong token, behind the text where something is missing."""
    with pytest.raises(ExpressionSyntaxError) as raised:
        parse_generator(text, "j of 'synapses'")
    message = str(raised.value)
    assert words in message
    line = next(line for line in message.splitlines() if line.startswith("    |"))
    start = text.find(place) if place.strip() else len(text.rstrip())
    assert line.index("^") == len("  1 | ") + start


@given(st.text(alphabet="ijk()=,+0 forinsample\n", max_size=40))
def test_any_text_is_parsed_or_refused(text):
    """There is no other kind of error, and no endless loop."""
    with suppress(ExpressionSyntaxError):
        parse_generator(text)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=3))
def test_arguments_keep_their_order(values):
    """Low, high, step as for Python's range, with the same defaults."""
    text = f"k for k in range({', '.join(map(str, values))})"
    over = parse_generator(text).range
    assert over is not None
    # a slice takes its arguments in the same order, with None for what is not given
    python = slice(*values)
    wanted = (python.start or 0, python.stop, 1 if python.step is None else python.step)
    assert (over.low, over.high, over.step) == tuple(Number(value) for value in wanted)
