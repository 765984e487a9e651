"""Section 4: noise that goes through subexpressions, random numbers for shared variables."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe


@probe("4 xi, xi_name")
def named_noise_in_a_subexpression(b: Any) -> dict[str, Any]:
    """Two variables that read it see the same noise, so their difference has none."""
    group = b.NeuronGroup(
        3,
        """dv/dt = (1 + current - v)/(10*ms) : 1
        du/dt = (current - u)/(10*ms) : 1
        current = strength*sqrt(10*ms)*xi_common : 1
        strength : 1""",
        method="euler",
    )
    group.strength = [0.1, 1.0, 0.0]
    b.Network(group).run(2 * b.ms)
    u = np.asarray(group.u[:])
    return {
        "difference": group.v[:] - group.u[:],
        "moved": [bool(value != 0) for value in u],
        "type": group.equations.stochastic_type,
    }


@probe("4 (shared)", "15 group.run_regularly")
def random_numbers_for_shared_variables(b: Any) -> dict[str, Any]:
    """A shared variable is set from one random number for the whole group."""
    group = b.NeuronGroup(3, "s : 1 (shared)\nk : integer (shared)\nv : 1")
    group.run_regularly("s = rand()\nk = int(floor(rand()*10))\nv = rand()", dt=b.defaultclock.dt)
    states = b.StateMonitor(group, ["s", "k"], record=0)
    b.Network(group, states).run(3 * b.ms)
    s, k = np.asarray(states.s[0]), np.asarray(states.k[0])
    return {
        "range": bool(np.all((s >= 0) & (s < 1))),
        "distinct": len(np.unique(s[1:])),
        "integers": bool(np.all((k >= 0) & (k < 10))),
        "apart": bool(float(np.asarray(group.s)) not in group.v[:]),
    }
