"""From differential equations to one step of integration.

Input: `Equations` and what each name in them is (`system_of`). Output: a `Step`, chosen by
`choose`. Does not: know about groups, devices or loops.
"""

from .evaluate import advance_values, evaluate
from .event_driven import advance
from .explicit import ExplicitStateUpdater, euler, heun, milstein, rk2, rk4
from .method import Integrator, NoSuitableMethodError, StateUpdateMethod
from .propagator import Propagator
from .registry import (
    choose,
    exact,
    exponential_euler,
    gsl_rk2,
    gsl_rk4,
    gsl_rk8pd,
    gsl_rkck,
    gsl_rkf45,
    independent,
    linear,
)
from .step import Assignment, Step, share_calls, to_code
from .system import Equation, System, Varies, draw_once, system_of
from .terms import linear_coefficients

__all__ = [
    "Assignment",
    "Equation",
    "ExplicitStateUpdater",
    "Integrator",
    "NoSuitableMethodError",
    "Propagator",
    "StateUpdateMethod",
    "Step",
    "System",
    "Varies",
    "advance",
    "advance_values",
    "choose",
    "draw_once",
    "euler",
    "evaluate",
    "exact",
    "exponential_euler",
    "gsl_rk2",
    "gsl_rk4",
    "gsl_rk8pd",
    "gsl_rkck",
    "gsl_rkf45",
    "heun",
    "independent",
    "linear",
    "linear_coefficients",
    "milstein",
    "rk2",
    "rk4",
    "share_calls",
    "system_of",
    "to_code",
]
