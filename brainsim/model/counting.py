"""Counting synapses per neuron."""

from __future__ import annotations

from typing import Any

import numpy as np

from .spikes import SpikeSource
from .variables import Array


def per_neuron(counts: Array, group: Any) -> Array:
    """Return counts of the neurons of a group by their number in the source of a subgroup."""
    start = group.start if isinstance(group, SpikeSource) else 0
    behind = max(len(group) - len(counts), 0)
    return np.concatenate([np.zeros(start, np.int64), counts, np.zeros(behind, np.int64)])
