"""Text to trees and back: operators, limits, statements, and the errors a user reads."""

from __future__ import annotations

import ast
import contextlib
import functools
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainsim.equations import (
    Expression,
    Statement,
    Statements,
    parse_expression,
    parse_statements,
    to_text,
)
from brainsim.equations.parse import DEEPEST_NESTING, DEEPEST_TREE, MOST_NODES
from brainsim.equations.tokens import LARGEST_TEXT
from brainsim.equations.tree import (
    Binary,
    Call,
    Compare,
    Logic,
    Name,
    Number,
    Unary,
    substitute,
    walk,
    without_spans,
)
from brainsim.errors import BrainsimError, ExpressionSyntaxError

A, B, C = Name("a"), Name("b"), Name("c")

names = st.sampled_from(["a", "b", "v", "tau", "g_Na", "x1", "mV"])
numbers = st.one_of(
    st.integers(0, 2**63 - 1),
    st.floats(0, allow_nan=False, allow_infinity=False),
    st.booleans(),
)


def joined(parts: st.SearchStrategy) -> st.SearchStrategy:
    """Return trees whose parts are the given trees."""
    arithmetic = ["+", "-", "*", "/", "//", "%", "**"]
    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "+", "not"]), parts),
        st.builds(Binary, st.sampled_from(arithmetic), parts, parts),
        st.builds(Compare, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), parts, parts),
        st.builds(Logic, st.sampled_from(["and", "or"]), parts, parts),
        st.builds(Call, st.sampled_from(["f", "exp", "clip"]), st.lists(parts).map(tuple)),
    )


trees = st.recursive(st.builds(Name, names) | st.builds(Number, numbers), joined, max_leaves=12)


def error_of(text: str, parse=parse_expression) -> str:
    """Return the text of the syntax error in a text."""
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(text)
    return str(caught.value)


def overflows(tree) -> bool:
    """Return whether a tree holds a power of integer literals, which may need too many bits."""
    powers = [t for t in walk(tree) if isinstance(t, Binary) and t.op == "**"]
    return any(isinstance(p.left, Number) for p in powers)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b*c", Binary("+", A, Binary("*", B, C))),
        ("a - b - c", Binary("-", Binary("-", A, B), C)),
        ("a / b * c", Binary("*", Binary("/", A, B), C)),
        ("a ** b ** c", Binary("**", A, Binary("**", B, C))),
        ("-a**b", Unary("-", Binary("**", A, B))),
        ("a**-b", Binary("**", A, Unary("-", B))),
        ("-a*b", Binary("*", Unary("-", A), B)),
        ("a // b % c", Binary("%", Binary("//", A, B), C)),
        ("(a + b)*c", Binary("*", Binary("+", A, B), C)),
        ("a < b + c", Compare("<", A, Binary("+", B, C))),
        ("(a < b) == c", Compare("==", Compare("<", A, B), C)),
        ("not a == b", Unary("not", Compare("==", A, B))),
        ("a or b and not c", Logic("or", A, Logic("and", B, Unary("not", C)))),
        ("f(a, b + c)", Call("f", (A, Binary("+", B, C)))),
        ("f(a, )", Call("f", (A,))),
        ("rand()", Call("rand", ())),
        ("True", Number(True)),
        ("1", Number(1)),
        ("1.", Number(1.0)),
        (".5", Number(0.5)),
        ("1e3", Number(1000.0)),
        ("1.5E-3", Number(0.0015)),
        ("  (a\n + b) # sum\n", Binary("+", A, B)),
    ],
)
def test_operators_bind_as_in_python(text, tree):
    assert parse_expression(text) == tree


@given(trees)
def test_text_of_a_tree_parses_back_to_it(tree):
    if overflows(tree):
        return
    assert parse_expression(to_text(tree)) == tree


@given(trees)
def test_python_groups_a_text_in_the_same_way(tree):
    # an independent parser as the judge of priorities and of the numbers
    if not overflows(tree):
        text = to_text(tree)
        assert parse_expression(text) == python_tree(ast.parse(text, mode="eval").body)


def test_literals_of_different_kind_are_different():
    assert len({Number(1), Number(1.0), Number(True)}) == 3


def test_every_node_knows_its_place():
    text = "(E - v)/tau + exp( -x )"
    tree = parse_expression(text, "equations")
    spans = {text[n.span.start : n.span.stop] for n in walk(tree)}
    assert spans == {text, "(E - v)/tau", "E - v", "E", "v", "tau", "exp( -x )", "-x", "x"}
    assert {n.span.source.name for n in walk(tree)} == {"equations"}


def test_substitution_is_not_repeated_and_needs_no_brackets():
    tree = substitute(parse_expression("a*b"), {"a": parse_expression("b + 1"), "b": A})
    assert to_text(tree) == "(b + 1) * a"


def test_trees_can_be_freed_from_their_source():
    assert all(n.span is None for n in walk(without_spans(parse_expression("f(a) + 2"))))


SYMBOLS = {
    type(ast.parse(f"a {sign} b", mode="eval").body.op): sign
    for sign in ("+", "-", "*", "/", "//", "%", "**", "and", "or")
}
SYMBOLS |= {
    type(ast.parse(f"a {sign} b", mode="eval").body.ops[0]): sign
    for sign in ("<", "<=", ">", ">=", "==", "!=")
}
SYMBOLS |= {type(ast.parse(f"{sign} a", mode="eval").body.op): sign for sign in ("-", "+", "not")}


def python_tree(node):
    """Return the tree of a syntax tree of Python's own parser."""
    match node:
        case ast.Constant():
            return Number(node.value)
        case ast.Name():
            return Name(node.id)
        case ast.UnaryOp():
            return Unary(symbol(node.op), python_tree(node.operand))
        case ast.BinOp():
            return Binary(symbol(node.op), python_tree(node.left), python_tree(node.right))
        case ast.Compare():
            (op,), (right,) = node.ops, node.comparators
            return Compare(symbol(op), python_tree(node.left), python_tree(right))
        case ast.BoolOp():
            operands = [python_tree(value) for value in node.values]
            return functools.reduce(lambda a, b: Logic(symbol(node.op), a, b), operands)
        case ast.Call():
            return Call(node.func.id, tuple(python_tree(arg) for arg in node.args))


def symbol(op):
    """Return the spelling of an operator of Python's syntax trees."""
    return SYMBOLS[type(op)]


def test_deep_brackets_are_refused():
    deep = DEEPEST_NESTING
    assert parse_expression("(" * (deep - 1) + "a" + ")" * (deep - 1)) == A
    assert "more than 100 levels" in error_of("(" * deep + "a" + ")" * deep)
    assert "more than 100 levels" in error_of("-" * deep + "a")


def test_long_sums_are_refused():
    assert len(list(walk(parse_expression("+".join("a" * DEEPEST_TREE))))) == 399
    assert "more than 200 operations" in error_of("+".join("a" * (DEEPEST_TREE + 1)))


def test_large_expressions_are_refused():
    row = "+".join("a" * 150)
    text = f"f({','.join([row] * 34)})"
    assert len(text) < LARGEST_TEXT
    assert MOST_NODES < 34 * 299
    assert "too many operations" in error_of(text)


def test_long_texts_are_refused():
    assert "too long" in error_of(" " * (LARGEST_TEXT + 1))


@pytest.mark.parametrize(
    "text", ["9**9**9", "2**63", "(-2)**64", "(3*3)**40", "9" * 60000, "1e999", "2**(2**9)"]
)
def test_numbers_beyond_64_bits_are_refused_quickly(text):
    start = time.perf_counter()
    error_of(text)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("text", ["2**62", "1**999999999", "0**5", "2**-3", "9.0**9**9", "a**99"])
def test_other_powers_are_accepted(text):
    parse_expression(text)


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_any_text_gives_a_tree_or_an_error_of_ours(text):
    for parse in (parse_expression, parse_statements):
        with contextlib.suppress(BrainsimError):
            parse(text)


@settings(max_examples=300)
@given(st.lists(st.sampled_from([*"()+-*/<=,;:\n .", "**", "not", "and", "a", "f(", "1", "e"])))
def test_any_words_give_a_tree_or_an_error_of_ours(words):
    for parse in (parse_expression, parse_statements):
        with contextlib.suppress(BrainsimError):
            parse(" ".join(words))


def test_lines_and_semicolons_separate():
    text = "v = 0; w += b # jump\n\nx = (a\n + b);"
    assert parse_statements(text) == (
        Statement("v", "=", Number(0)),
        Statement("w", "+=", B),
        Statement("x", "=", Binary("+", A, B)),
    )


@pytest.mark.parametrize("op", ["=", "+=", "-=", "*=", "/=", "//=", "%=", "**="])
def test_all_assignments(op):
    assert parse_statements(f"v {op} a") == (Statement("v", op, A),)


def test_nothing_is_no_statement():
    assert parse_statements(" \n# comment\n;") == ()


def test_places():
    text = "v = 0\n  ge += w*2"
    second = parse_statements(text, "on_pre of 'S'")[1]
    assert text[second.span.start : second.span.stop] == "ge += w*2"
    assert text[second.target_span.start : second.target_span.stop] == "ge"
    assert second.span.source.name == "on_pre of 'S'"


def test_all_mistakes_are_reported_at_once():
    text = "v = (a\nw = 2\nv == 3\nx = y = 1"
    assert error_of(text, parse_statements) == (
        "this bracket is never closed\n"
        "  1 | v = (a\n"
        "    |     ^\n"
        "  help: add the missing ')'\n\n"
        "this compares, but does not assign\n"
        "  3 | v == 3\n"
        "    |   ^^\n"
        "  help: write =\n\n"
        "a statement has one assignment\n"
        "  4 | x = y = 1\n"
        "    |       ^\n"
        "  help: write one statement per variable; to compare, write =="
    )


@pytest.mark.parametrize(
    ("text", "message", "caret", "help"),
    [
        ("if v: w = 1", "'if' is not part of the language", 0, "every statement is"),
        ("v", "this statement assigns nothing", 0, "such as v = ..."),
        ("print(v)", "this statement assigns nothing", 5, "write the result to a variable"),
        ("v++", "'++' is not an operator", 1, "write v += 1"),
        ("v |= 1", "'|=' is not an operator", 2, ""),
        ("v := 1", "':=' is not an operator", 2, "write ="),
        ("v, w = 0, 0", "a statement has one variable on its left", 1, "one statement per"),
        ("v[0] = 1", "indexing is not part of the language", 1, "one value per neuron"),
        ("v.x = 1", "attributes are not part of the language", 1, "a name of its own"),
        ("3 = v", "a statement begins with the name of a variable", 0, ""),
        ("= v", "a statement begins with the name of a variable", 0, ""),
        ("v =", "the expression is empty", 3, ""),
        ("'v' = 2", "text in quotes has no meaning here", 0, "without quotes"),
        ("lambda = 3", "'lambda' is not part of the language", 0, ""),
    ],
)
def test_what_is_no_assignment(text, message, caret, help):
    lines = error_of(text, parse_statements).splitlines()
    assert lines[:2] == [message, f"  1 | {text}"]
    assert lines[2].index("^") == caret + 6
    assert help in lines[-1]


def test_statements_must_be_text():
    with pytest.raises(TypeError, match="expected a string, not 3"):
        parse_statements(3)


# all that a user is told; the text they wrote is the line of the excerpt
# ruff: noqa: RUF001 - a minus sign that is none is one of the mistakes
GOLDEN = """
this bracket is never closed
  1 | k(v - vr
    |  ^
  help: add the missing ')'

no operator between 'a' and 'b'
  1 | a b
    |   ^
  help: to multiply, write *

no operator between '2' and '('
  1 | 2(v + 1)
    |  ^
  help: to multiply, write *

'2v' is neither a number nor a name
  1 | 2v
    | ^^
  help: to multiply, write 2 * v; a name starts with a letter

'^' is not an operator
  1 | v^2
    |  ^
  help: for a power write **

bit operations are not part of the language
  1 | a & b
    |   ^
  help: write 'and'

'!' is not an operator
  1 | !a
    | ^
  help: write 'not'

'=' cannot stand within an expression
  1 | a = b
    |   ^
  help: to compare, write ==

comparisons cannot be chained
  1 | a < b < c
    |       ^
  help: write 'a < b and b < c' instead of 'a < b < c'

'if' is not part of the language
  1 | 1 if v > 0 else 2
    |   ^^
  help: multiply by int(condition), or use clip

'?' is not an operator
  1 | v > 1 ? 2 : 3
    |       ^
  help: multiply by int(condition), or use clip

indexing is not part of the language
  1 | v[0]
    |  ^
  help: use a variable with one value per neuron

attributes are not part of the language
  1 | G.v
    |  ^
  help: give the value a name of its own

text in quotes has no meaning here
  1 | 'v'
    | ^^^
  help: write names without quotes

functions take their arguments by position
  1 | f(x=3)
    |    ^
  help: remove the argument's name; to compare, write ==

arguments cannot be unpacked with '*'
  1 | f(*x)
    |   ^

a list of values in brackets has no meaning here
  1 | (a, b)
    |   ^

'not' cannot follow an operator of this kind
  1 | a == not b
    |      ^^^
  help: put it in brackets: (not ...)

')' closes no bracket
  1 | a)
    |  ^
  help: remove it, or add the missing '('

a value is missing after '+'
  1 | a +
    |    ^

'*' has no value on its left
  1 | * a
    | ^

expected a value, found ','
  1 | f(a,,b)
    |     ^

there is nothing in these brackets
  1 | ()
    |  ^

';' cannot stand within an expression
  1 | a; b
    |  ^
  help: only statements are separated by ';'

this character is a minus sign
  1 | a − b
    |   ^
  help: write -

'0x10' is not a decimal number
  1 | 0x10
    | ^^^^
  help: write it in decimals

'1__000' has a '_' not between digits
  1 | 1__000
    | ^^^^^^
  help: write 1000

'017' starts with a zero
  1 | 017
    | ^^^
  help: write 17

'naïve' is not a name
  1 | naïve
    | ^^^^^
  help: use ASCII letters, digits and '_' only

'@' is not an operator
  1 | a @ b
    |   ^
  help: write *

'is' is not part of the language
  1 | a is None
    |   ^^

expected a value, found '$'
  1 | $a
    | ^

'世' is not a name
  1 | 世 + 1
    | ^
  help: use ASCII letters, digits and '_' only

this character (horizontal ellipsis) has no meaning here
  1 | a …
    |   ^
""".strip().split("\n\n")


@pytest.mark.parametrize("answer", GOLDEN)
def test_an_error_says_what_and_where_and_what_to_do(answer):
    line = answer.splitlines()[1]
    assert error_of(line.removeprefix("  1 | ")) == answer


def test_an_expression_ends_with_its_line():
    assert error_of("a\n+ b") == (
        "an expression ends with its line\n"
        "  2 | + b\n"
        "    | ^\n"
        "  help: put it in brackets to go on in the next line"
    )


def test_the_empty_expression_is_refused():
    assert error_of("").startswith("the expression is empty")


def test_an_error_names_its_source():
    with pytest.raises(SyntaxError, match="in threshold of 'neurons'"):
        parse_expression("v >", "threshold of 'neurons'")


@given(st.text(string.printable, max_size=30))
def test_numbers_are_read_as_python_reads_them(text):
    # whatever is accepted as a literal has Python's value
    try:
        tree = parse_expression(text)
    except ExpressionSyntaxError:
        return
    if isinstance(tree, Number):
        assert repr(ast.literal_eval(text.split("#")[0].strip(" \n\t\r\f\v()"))) == repr(tree.value)


def test_expressions_know_their_names():
    expression = Expression("exp(v/mV) + x")
    assert expression.identifiers == {"exp", "v", "mV", "x"}
    assert str(expression) == "exp(v/mV) + x"
    assert repr(expression) == "Expression('exp(v/mV) + x')"


def test_expressions_are_equal_if_they_mean_the_same_text():
    assert Expression("a+b") == Expression("a + b")
    assert len({Expression("a+b"), Expression("a + b"), Expression("b + a")}) == 2
    assert Expression(tree=Binary("+", A, B)).code == "a + b"


def test_statements_know_their_names():
    statements = Statements("v = v_r; w += b")
    assert statements.identifiers == {"v", "v_r", "w", "b"}
    assert statements == Statements("v=v_r\nw+=b")


@pytest.mark.parametrize("wrong", ["", "a = 3", "a +"])
def test_wrong_expressions_are_refused(wrong):
    with pytest.raises(SyntaxError):
        Expression(wrong)


def test_neither_text_nor_tree_is_refused():
    with pytest.raises(TypeError):
        Expression()
    with pytest.raises(TypeError):
        Expression(3)
