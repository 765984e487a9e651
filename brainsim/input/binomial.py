"""The names of the tradition's module of the same name."""

from ..model.binomial import BinomialFunction

__all__ = ["BinomialFunction"]
