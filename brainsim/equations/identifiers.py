"""Names of variables: which ones a model may define."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, Final

from brainsim.errors import Diagnostic, ExpressionSyntaxError
from brainsim.units.fundamentalunits import DEFAULT_UNITS

from .functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from .noise import is_noise

if TYPE_CHECKING:
    from brainsim.errors import Span

_REFRACTORY: Final = "it belongs to the refractory mechanism"
SPECIAL_NAMES: Final = {
    "t": "it is the time",
    "dt": "it is the length of a time step",
    "t_in_timesteps": "it is the number of time steps",
    "i": "it is the index of the neuron or of the presynaptic neuron",
    "N": "it is the number of elements",
    "not_refractory": _REFRACTORY,
    "refractory": _REFRACTORY,
    "refractory_until": _REFRACTORY,
}


def why_illegal(name: str) -> str:
    """Return why a model may not define a variable of this name, or ""."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return "a name has ASCII letters, digits and '_', and begins with a letter"
    if name.startswith("_"):
        return "names which begin with '_' are for internal use"
    if keyword.iskeyword(name):
        return "it is a word of the Python language"
    if is_noise(name):
        return "it means white noise"
    if name in DEFAULT_FUNCTIONS:
        return "it is a function"
    if name in DEFAULT_CONSTANTS:
        return "it is a constant"
    if name in DEFAULT_UNITS:
        return "it is a unit"
    return SPECIAL_NAMES.get(name, "")


def check_identifier(name: str, span: Span | None = None) -> None:
    """Refuse a name which a model may not define.

    Raises:
        ExpressionSyntaxError: The name is illegal or has a meaning of its own.
    """
    reason = why_illegal(name)
    if reason:
        message = f"'{name}' cannot be the name of a variable: {reason}"
        raise ExpressionSyntaxError(Diagnostic(message, span, "", "choose another name"))
