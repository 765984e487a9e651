"""What brainsim is to reach. The tables of run.py say where it does and where it does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A bound.

    Args:
        bound: The number.
        least: Whether it is a lower bound, instead of an upper one.
    """

    bound: float
    least: bool = False

    def text(self) -> str:
        """Return the bound for a table."""
        return f"{'>=' if self.least else '<='} {self.bound:g}"

    def verdict(self, value: float | None) -> str:
        """Return "ok" or "misses", or "" where nothing was measured."""
        if value is None:
            return ""
        met = value >= self.bound if self.least else value <= self.bound
        return "ok" if met else "misses"


# run loop, f64, one thread: time as a multiple of the best limit program
LIMIT_RATIO = {
    "w1": Target(1.5),
    "w2": Target(1.5),
    "w6": Target(1.5),
    "w3": Target(2.0),
    "w4": Target(2.0),
    "w5": Target(2.0),
}
# a peer's time as a multiple of ours, f64, as many threads
FASTER_THAN_PEER = Target(1.0, least=True)
FASTER_THAN_STANDALONE = {name: Target(3.0, least=True) for name in ("w3", "w4", "w5")}
# f64 / f32, one thread
SINGLE_PRECISION = {name: Target(1.8, least=True) for name in ("w1", "w2", "w6")}
# one thread / two threads, f64, by workload and number of neurons
TWO_THREADS = {
    ("w1", 20_000): Target(1.6, least=True),
    ("w2", 4000): Target(1.6, least=True),
    ("w5", 7717): Target(1.6, least=True),
}
FULL_TWO_THREADS = Target(1.6, least=True)
# the full-scale microcircuit, f32, two threads: build and run as multiples of the limit program,
# and the peak of memory in GB
FULL_LIMIT = Target(2.5)
FULL_PEAK = Target(3.0)
# threads=0 / one thread
AUTOMATIC = Target(1.05)
# bytes per synapse, resident
STORAGE = {
    "own weight and delay": Target(8.0),
    "neither": Target(2.5),
    "plastic": Target(12.0),
}
# millions of synapses per second, connect() and ordering
BUILDING = Target(20.0, least=True)
# CUBA: seconds from the launch of the process to the end of the first step
FIRST_COLD, FIRST_WARM = Target(0.9), Target(0.3)
# ten groups and twenty Synapses objects, likewise
MANY_COLD = Target(2.5)
# milliseconds of a run() of one step that follows another one
REPEAT = Target(1.0)
