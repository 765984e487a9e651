"""The parts that all objects share, by the dotted names of the tradition."""

from . import (
    base,
    clocks,
    functions,
    magic,
    names,
    namespace,
    network,
    operations,
    preferences,
    spikesource,
    tracking,
    variables,
)

__all__ = [
    "base",
    "clocks",
    "functions",
    "magic",
    "names",
    "namespace",
    "network",
    "operations",
    "preferences",
    "spikesource",
    "tracking",
    "variables",
]
