"""Counting synapses per neuron."""

from __future__ import annotations

from typing import Any

import numpy as np

from .spikes import SpikeSource
from .variables import Array


def per_neuron(neurons: Array, group: Any) -> Array:
    """Return how often each neuron occurs, by its number in the source of a subgroup."""
    start = group.start if isinstance(group, SpikeSource) else 0
    return np.bincount(neurons + start, minlength=start + len(group))
