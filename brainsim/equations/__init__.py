"""The language of models: text to checked trees.

Input: text of equations, expressions and statements. Output: trees whose nodes know their place in
the text, and `Equations`. Does not: choose a solver, look up values, generate code.
"""

from __future__ import annotations

from .check import (
    check_condition,
    check_dimension,
    check_equation_units,
    check_statement_units,
    dimension_of,
    kind_of,
)
from .codestrings import Expression, Statements
from .equations import Dependency, Equations
from .functions import (
    DEFAULT_CONSTANTS,
    DEFAULT_FUNCTIONS,
    Function,
    Implementation,
    Kind,
    declare_types,
    implementation,
)
from .identifiers import check_identifier
from .infer import Lookup, NameInfo, kind_of_value
from .latex import to_latex
from .mistakes import UnitMismatchError, raise_all
from .noise import is_noise, noise_factors, noises_in
from .parse import Statement, parse_expression, parse_statements
from .past import delay_of
from .rules import (
    check_endings,
    check_event_driven,
    check_flags,
    check_reserved_names,
    check_shared,
    check_stateful,
    stateful_functions,
)
from .single import DIFFERENTIAL, DIFFERENTIAL_EQUATION, PARAMETER, SUBEXPRESSION, SingleEquation
from .tree import Tree, to_text

__all__ = [
    "DEFAULT_CONSTANTS",
    "DEFAULT_FUNCTIONS",
    "DIFFERENTIAL",
    "DIFFERENTIAL_EQUATION",
    "PARAMETER",
    "SUBEXPRESSION",
    "Dependency",
    "Equations",
    "Expression",
    "Function",
    "Implementation",
    "Kind",
    "Lookup",
    "NameInfo",
    "SingleEquation",
    "Statement",
    "Statements",
    "Tree",
    "UnitMismatchError",
    "check_condition",
    "check_dimension",
    "check_endings",
    "check_equation_units",
    "check_event_driven",
    "check_flags",
    "check_identifier",
    "check_reserved_names",
    "check_shared",
    "check_stateful",
    "check_statement_units",
    "declare_types",
    "delay_of",
    "dimension_of",
    "implementation",
    "is_noise",
    "kind_of",
    "kind_of_value",
    "noise_factors",
    "noises_in",
    "parse_expression",
    "parse_statements",
    "raise_all",
    "stateful_functions",
    "to_latex",
    "to_text",
]
