"""Integration methods, by the dotted names of the tradition."""

from ..solvers import gsl_rk2, gsl_rk4, gsl_rk8pd, gsl_rkck, gsl_rkf45
from .base import StateUpdateMethod
from .exact import exact, independent, linear
from .explicit import ExplicitStateUpdater, euler, heun, milstein, rk2, rk4
from .exponential_euler import exponential_euler

__all__ = [
    "ExplicitStateUpdater",
    "StateUpdateMethod",
    "euler",
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
    "milstein",
    "rk2",
    "rk4",
]
