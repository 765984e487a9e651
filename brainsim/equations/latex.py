"""Trees as LaTeX, in the order of the user's text, for notebooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..units import DEFAULT_UNITS
from .tree import Binary, Call, Compare, Logic, Name, Number, Unary

if TYPE_CHECKING:
    from .tree import Tree

_GREEK: Final = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Upsilon",
        "Phi",
        "Psi",
        "Omega",
    ]
)
_FUNCTIONS: Final = frozenset(
    ["sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "exp"]
)
_COMPARE: Final = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"}
_LOGIC: Final = {"and": r"\wedge", "or": r"\vee"}
_STRENGTH: Final = {"or": 1, "and": 2, "not": 3, "compare": 4, "+": 5, "-": 5, "*": 6, "%": 6}
_STRENGTH.update({"unary": 7, "**": 8, "/": 9, "//": 9, "atom": 9})


def latex_name(name: str) -> str:
    """Return a variable's name, with Greek letters, subscripts and numbers set as such."""
    parts = [part for part in name.split("_") if part]
    if not parts:
        return r"\_"
    stem, *rest = parts
    split = re.fullmatch(r"([A-Za-z]+?)([0-9]+)", stem)
    letters, digits = split.groups() if split else (stem, "")
    subscripts = ",".join(_letters(part) for part in (digits, *rest) if part)
    return f"{_letters(letters)}_{{{subscripts}}}" if subscripts else _letters(letters)


def _letters(word: str) -> str:
    if word in _GREEK:
        return rf"\{word}"
    return word if len(word) == 1 or word.isdigit() else rf"\mathit{{{word}}}"


def _strength(tree: Tree) -> int:
    match tree:
        case Binary() | Logic():
            return _STRENGTH[tree.op]
        case Compare():
            return _STRENGTH["compare"]
        case Unary():
            return _STRENGTH["not"] if tree.op == "not" else _STRENGTH["unary"]
        case _:
            return _STRENGTH["atom"]


def to_latex(tree: Tree) -> str:
    """Return LaTeX for mathematics mode."""

    def wrapped(child: Tree, least: int) -> str:
        text = to_latex(child)
        return rf"\left({text}\right)" if _strength(child) < least else text

    own = _strength(tree)
    match tree:
        case Number():
            return _number(tree.value)
        case Name(name="inf"):
            return r"\infty"
        case Name() if tree.name in DEFAULT_UNITS:
            return str(DEFAULT_UNITS[tree.name].latexname)
        case Name():
            return latex_name(tree.name)
        case Unary(op="not"):
            return rf"\neg {wrapped(tree.operand, own)}"
        case Unary():
            return f"{tree.op}{wrapped(tree.operand, own)}"
        case Binary(op="/"):
            return rf"\frac{{{to_latex(tree.left)}}}{{{to_latex(tree.right)}}}"
        case Binary(op="**"):
            # a fraction as a base needs brackets, although it binds like an atom elsewhere
            fraction = isinstance(tree.left, Binary) and tree.left.op == "/"
            return f"{wrapped(tree.left, 10 if fraction else 9)}^{{{to_latex(tree.right)}}}"
        case Binary(op="//"):
            fraction_text = to_latex(Binary("/", tree.left, tree.right))
            return rf"\left\lfloor {fraction_text} \right\rfloor"
        case Binary(op="*", right=Number()):
            return rf"{wrapped(tree.left, own)} \cdot {wrapped(tree.right, own + 1)}"
        case Binary():
            sign = {"*": r"\,", "%": r" \bmod "}.get(tree.op, f" {tree.op} ")
            return f"{wrapped(tree.left, own)}{sign}{wrapped(tree.right, own + 1)}"
        case Compare():
            return f"{wrapped(tree.left, 5)} {_COMPARE[tree.op]} {wrapped(tree.right, 5)}"
        case Logic():
            return f"{wrapped(tree.left, own)} {_LOGIC[tree.op]} {wrapped(tree.right, own + 1)}"
        case Call():
            return _call(tree)


def _number(value: float) -> str:
    if isinstance(value, bool):
        return rf"\mathrm{{{value}}}"
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def _call(call: Call) -> str:
    args = [to_latex(arg) for arg in call.args]
    match call.function, args:
        case "sqrt", [arg]:
            return rf"\sqrt{{{arg}}}"
        case "abs", [arg]:
            return rf"\left|{arg}\right|"
        case "floor", [arg]:
            return rf"\left\lfloor {arg} \right\rfloor"
        case "ceil", [arg]:
            return rf"\left\lceil {arg} \right\rceil"
    name = call.function
    escaped = name.replace("_", r"\_")
    spelled = rf"\{name}" if name in _FUNCTIONS else rf"\operatorname{{{escaped}}}"
    return rf"{spelled}\left({', '.join(args)}\right)"
