"""The names of the tradition's module of the same name."""

from ..solvers import ExplicitStateUpdater, euler, heun, milstein, rk2, rk4

__all__ = ["ExplicitStateUpdater", "euler", "heun", "milstein", "rk2", "rk4"]
