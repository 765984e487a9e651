"""The cable equation of a tree of compartments, as a matrix that is solved from the tips inwards.

Input: a morphology, and the numbers of its compartments. Output: the order of elimination and the
coefficients. Does not: know the membrane's currents, or run.

Each compartment is a node of a tree. Where several sections begin at the end of another one there
is a further node, without membrane, at which the axial currents sum to zero. The backward Euler
step of node k with the parent p and the children c,

    area Cm (v' - v)/dt = area (inward - gtot v') + G_k (v'_p - v'_k) + sum of G_c (v'_c - v'_k),

is a linear system whose matrix has the shape of the tree, so that elimination from the tips to the
root fills in nothing and takes time in proportion to the number of nodes.

Source: Hines 1984, Int. J. Biomed. Comput. 15:69.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..records import dataclass
from .variables import Array


@dataclass(frozen=True, slots=True, eq=False)
class Cable:
    """The tree of nodes of a morphology: its n compartments, then its branch points.

    Args:
        n: Number of compartments.
        outer: All nodes but the root, parents before their children, (nodes - 1,) int64.
        inner: The parent of each of these, (nodes - 1,) int64.
    """

    n: int
    outer: Array
    inner: Array

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.outer) + 1

    def axial(self, r_length_1: Array, r_length_2: Array, resistivity: float) -> Array:
        """Return the conductance between each node and its parent, (nodes, cells), siemens.

        Args:
            r_length_1: Ri over resistance of the first halves, (n, cells), metre.
            r_length_2: The same of the second halves.
            resistivity: Ri, in ohm metre.
        """
        # a branch point adds no resistance of its own
        shape = (self.nodes, r_length_1.shape[1])
        first, second, conductance = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        first[: self.n], second[: self.n] = 1 / r_length_1, 1 / r_length_2
        halves = first[self.outer] + second[self.inner]
        conductance[self.outer] = 1 / (resistivity * halves)
        return conductance


def cable_of(morphology: Any) -> Cable:
    """Return the nodes of a morphology."""
    n = morphology.total_compartments
    outer: list[int] = []
    inner: list[int] = []
    behind: dict[int, int] = {}  # the node at which the children of a section begin
    first, node = 0, n
    for section in morphology.sections():
        begins = [] if section is morphology else [behind[id(section.parent)]]
        chain = [*begins, *range(first, first + section.n)]
        inner += chain[:-1]
        outer += chain[1:]
        first += section.n
        behind[id(section)] = chain[-1]
        if len(section.children) > 1:
            inner.append(chain[-1])
            outer.append(node)
            behind[id(section)] = node
            node += 1
    return Cable(n, np.array(outer, dtype=np.int64), np.array(inner, dtype=np.int64))
