"""Inputs, by the dotted names of the tradition."""

from .binomial import BinomialFunction
from .poissongroup import PoissonGroup
from .poissoninput import PoissonInput
from .spikegeneratorgroup import SpikeGeneratorGroup
from .timedarray import TimedArray

__all__ = ["BinomialFunction", "PoissonGroup", "PoissonInput", "SpikeGeneratorGroup", "TimedArray"]
