"""The functions that kernels may call: their spelling in each language.

The C spellings are defined in include/bs_math.h; the NumPy spellings are evaluated with `np` and
this package's `npmath` in scope.
"""

from __future__ import annotations

from ..records import dataclass
from .ir import DType


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a function is written.

    Args:
        c: Name in C; the float32 form has the suffix f.
        numpy: Name in NumPy code.
    """

    c: str
    numpy: str


@dataclass(frozen=True, slots=True)
class ProcedureSpelling:
    """How a procedure is written; its arguments are numbers, then buffers.

    Args:
        c: Name in C.
        header: Where it is defined.
        numpy: Name in NumPy code.
        args: Types of its numbers.
        buffers: Element types of the buffers, those read first.
    """

    c: str
    header: str
    numpy: str
    args: tuple[DType, ...]
    buffers: tuple[DType, ...]


PROCEDURES: dict[str, ProcedureSpelling] = {
    # number of variables, dt; A; P, G, work
    "propagators": ProcedureSpelling(
        "bs_propagators",
        "bs_linear.h",
        "linear.propagate",
        (DType.I64, DType.F64),
        (DType.F64,) * 4,
    ),
    # n, p; the table
    "binomial_table": ProcedureSpelling(
        "bs_binomial_table",
        "bs_random.h",
        "random.write_binomial_table",
        (DType.I64, DType.F64),
        (DType.I32,),
    ),
}

FUNCTIONS: dict[str, Spelling] = {
    "exp": Spelling("bs_exp", "npmath.exp"),
    "expm1": Spelling("bs_expm1", "npmath.expm1"),
    "exprel": Spelling("bs_exprel", "npmath.exprel"),
    "bernoulli": Spelling("bs_bernoulli", "npmath.bernoulli"),
    "log": Spelling("bs_log", "npmath.log"),
    "log10": Spelling("bs_log10", "npmath.log10"),
    "log1p": Spelling("bs_log1p", "npmath.log1p"),
    "sqrt": Spelling("bs_sqrt", "np.sqrt"),
    "sin": Spelling("bs_sin", "npmath.sin"),
    "cos": Spelling("bs_cos", "npmath.cos"),
    "tan": Spelling("bs_tan", "npmath.tan"),
    "sinh": Spelling("bs_sinh", "npmath.sinh"),
    "cosh": Spelling("bs_cosh", "npmath.cosh"),
    "tanh": Spelling("bs_tanh", "npmath.tanh"),
    "arcsin": Spelling("bs_arcsin", "npmath.arcsin"),
    "arccos": Spelling("bs_arccos", "npmath.arccos"),
    "arctan": Spelling("bs_arctan", "npmath.arctan"),
    "floor": Spelling("bs_floor", "np.floor"),
    "ceil": Spelling("bs_ceil", "np.ceil"),
    "abs": Spelling("bs_abs", "np.abs"),
    "sign": Spelling("bs_sign", "np.sign"),
    "clip": Spelling("bs_clip", "npmath.clip"),
    "minimum": Spelling("bs_minimum", "np.minimum"),
    "maximum": Spelling("bs_maximum", "np.maximum"),
    "timestep": Spelling("bs_timestep", "npmath.timestep"),
}
