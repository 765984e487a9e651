"""Whether the synapses of a source may take their turn in any order when a spike reaches them.

Synapses stand in memory by target. Code like `v_post += w` does the same in whatever order those of
one source come, as long as several onto one target keep theirs. Code whose result could depend on
more runs by number, the order in which the synapses were made.
"""

from __future__ import annotations

from typing import Any

from ..equations import DEFAULT_FUNCTIONS
from ..equations.tree import Tree, functions_in, names_in
from .subgroup import whole_of
from .variables import ArrayVariable, LinkedVariable, Subexpression


def takes_any_order(pathway: Any) -> bool:
    """Return whether the result of a pathway's code surely does not depend on the order.

    That is so if it writes nothing but variables with a value per synapse or per target, and reads
    no variable of the source which it writes as one of the target.
    """
    synapses = pathway.group
    names = [statement.target for statement in pathway.statements]
    if not all(_is_apart(synapses, name) for name in names):
        return False
    onto_targets = any(synapses.side_of(name) == "post" for name in names)
    trees = [statement.value for statement in pathway.statements]
    trees += [eq.expr for eq in synapses.equations.values() if eq.expr is not None]
    return all(_reads_apart(synapses, tree, onto_targets=onto_targets) for tree in trees)


def _is_apart(synapses: Any, name: str) -> bool:
    """Return whether a variable has a value per synapse, or per target."""
    found = synapses.find(name)
    if found is None or not isinstance(found[1], ArrayVariable) or found[1].scalar:
        return False
    side = synapses.side_of(name)
    return side == "synaptic" or (side == "post" and not hasattr(synapses.target, "connectivity"))


def _reads_apart(synapses: Any, tree: Tree, *, onto_targets: bool) -> bool:
    """Return whether what an expression reads is not written for another synapse of the source."""
    if not functions_in(tree) <= set(DEFAULT_FUNCTIONS):
        return False
    if not onto_targets:
        return True
    one_memory = whole_of(synapses.source) is whole_of(synapses.target)
    for name in names_in(tree):
        found = synapses.find(name)
        if found is None:
            continue
        side = synapses.side_of(name)
        if isinstance(found[1], LinkedVariable) or (side == "pre" and one_memory):
            return False
        if isinstance(found[1], Subexpression) and side != "synaptic":
            return False
    return True
