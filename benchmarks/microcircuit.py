"""The cortical microcircuit of Potjans and Diesmann at a fraction of its size.

Source of the numbers: T. C. Potjans and M. Diesmann, Cerebral Cortex 24 (2014) 785-806, tables 4
and 5. Neurons and in-degrees shrink by the same factor k; following S. J. van Albada, M. Helias
and M. Diesmann, PLoS Comput. Biol. 11 (2015) e1004490, weights grow by 1/sqrt(k) and a constant
current replaces the mean of the input that is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# populations, from L2/3 to L6, excitatory and inhibitory in turn
NEURONS = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
FULL_SIZE = int(NEURONS.sum())
# probability that a pair is connected at least once, rows are targets
PROBABILITY = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443],
    ]
)
EXTERNAL = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
EXTERNAL_HZ = 8.0
MEAN_HZ = np.array([0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523])
START_MV = np.array([-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43])
START_SPREAD_MV = np.array([5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48])
WEIGHT_PA, INHIBITION, SYNAPSE_MS = 87.8, -4.0, 0.5
# mean and standard deviation, of excitatory and of inhibitory delays
DELAY_MS = ((1.5, 0.75), (0.75, 0.375))


@dataclass(frozen=True, slots=True)
class Microcircuit:
    """A scaled circuit.

    Args:
        neurons: Neurons per population, (8,).
        synapses: Number of synapses, (target, source), (8, 8).
        weight_pa: Mean weight, (target, source), (8, 8).
        external: External inputs per neuron, (8,).
        external_pa: Weight of an external input.
        current_pa: Constant current per neuron, (8,).
    """

    neurons: Array
    synapses: Array
    weight_pa: Array
    external: Array
    external_pa: float
    current_pa: Array


@dataclass(frozen=True, slots=True)
class Projection:
    """All synapses of one source population, with indices in the whole network for targets."""

    source: Array
    target: Array
    weight_pa: Array
    delay_ms: Array


def scaled(factor: float) -> Microcircuit:
    """Return the circuit with neurons and in-degrees multiplied by `factor`."""
    pairs = np.outer(NEURONS, NEURONS).astype(float)
    in_degree = np.log1p(-PROBABILITY) / np.log1p(-1 / pairs) / NEURONS[:, None]
    weight = np.where(np.arange(8) % 2 == 0, WEIGHT_PA, INHIBITION * WEIGHT_PA) * np.ones((8, 1))
    weight[0, 2] *= 2  # the paper doubles L4e -> L2/3e
    lost_pa_per_s = (in_degree * weight * MEAN_HZ).sum(axis=1) + EXTERNAL * EXTERNAL_HZ * WEIGHT_PA
    neurons = np.maximum(1, np.rint(NEURONS * factor)).astype(int)
    return Microcircuit(
        neurons=neurons,
        synapses=np.rint(in_degree * factor * neurons[:, None]).astype(int),
        weight_pa=weight / np.sqrt(factor),
        external=np.rint(EXTERNAL * factor).astype(int),
        external_pa=WEIGHT_PA / float(np.sqrt(factor)),
        current_pa=(1 - np.sqrt(factor)) * SYNAPSE_MS * 1e-3 * lost_pa_per_s,
    )


def projections(circuit: Microcircuit, seed: int) -> list[Projection]:
    """Draw the synapses of each source population: pairs with replacement, clipped normals."""
    random = np.random.default_rng(seed)
    ends = np.concatenate([[0], np.cumsum(circuit.neurons)])
    drawn = []
    for source in range(8):
        counts = circuit.synapses[:, source]
        total = int(counts.sum())
        targets = [random.integers(ends[k], ends[k + 1], counts[k]) for k in range(8)]
        mean = np.repeat(circuit.weight_pa[:, source], counts)
        weight = random.normal(mean, 0.1 * np.abs(mean))
        delay = random.normal(*DELAY_MS[source % 2], total)
        drawn.append(
            Projection(
                source=random.integers(0, circuit.neurons[source], total),
                target=np.concatenate(targets),
                weight_pa=np.where(mean > 0, np.maximum(weight, 0), np.minimum(weight, 0)),
                delay_ms=np.maximum(delay, 0.1),
            )
        )
    return drawn
