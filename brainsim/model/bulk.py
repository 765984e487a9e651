"""String assignments to very many elements: `S.w = 'w0*(1 + 0.1*randn())'` for 3e8 synapses.

The expression is evaluated chunk by chunk, so that temporaries stay in the cache, straight into the
memory of the variable, and chunks side by side in threads. Every random function gets one key for
all chunks, and numbers depend on the element only: the values are those of one evaluation at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from ..equations import DEFAULT_FUNCTIONS
from ..equations.tree import Tree, names_in
from .evaluate import Evaluation, evaluate
from .randomness import next_draw_key
from .threads import available_cores, in_threads
from .variables import ArrayVariable, ClockVariable, SizeVariable

CHUNK = 2**14
"""Elements of a chunk: several arrays of so many doubles fit into the second-level cache."""


class _Keys:
    """Hands out keys of random streams, in the order of the first evaluation also to later ones."""

    def __init__(self) -> None:
        self.known: list[int] = []

    def first(self) -> int:
        """Return a new key."""
        self.known.append(next_draw_key())
        return self.known[-1]

    def again(self) -> Any:
        """Return a function that gives the keys of the first evaluation, one by one."""
        return iter(self.known).__next__


def assign_in_chunks(
    group: Any, variable: ArrayVariable, text: str, namespace: Mapping[str, Any] | None, unit: Any
) -> bool:
    """Set all elements of a variable to the values of an expression, if that can be done so.

    Args:
        group: The group that has the variable; element k stands at place k of its memory.
        variable: The variable.
        text: The expression.
        namespace: External names; None looks into the caller's frame.
        unit: Dimensions that the expression must have; None for any.

    Returns:
        Whether it has been done; if not, nothing has happened.

    Raises:
        DimensionMismatchError: The expression has other dimensions.
        KeyError: A name is unknown.
    """
    keys, size = _Keys(), variable.size
    if size <= CHUNK:
        return False
    context = Evaluation(group, np.arange(CHUNK), namespace, keys.first)
    tree = context.checked(text, unit, variable.name)
    if not _is_elementwise(context, tree):
        return False
    # in this thread, since it may look into the caller's frame
    variable.put(slice(0, CHUNK), context.value(tree))
    bounds = np.linspace(CHUNK, size, available_cores() + 1).astype(int).tolist()
    fixed, functions = _fixed(context, tree), context.functions(tree)

    def stripe(start: int, stop: int) -> None:
        for begin in range(start, stop, CHUNK):
            end = min(begin + CHUNK, stop)
            run = range(begin, end)

            def lookup(name: str, run: range = run) -> Any:
                if name in fixed:
                    return fixed[name]
                return group.element_values(name, np.arange(run.start, run.stop), context)

            values = evaluate(tree, lookup, run, functions, keys.again())
            variable.put(slice(begin, end), values)

    in_threads([partial(stripe, start, stop) for start, stop in pairwise(bounds)])
    return True


def _fixed(context: Evaluation, tree: Tree) -> dict[str, Any]:
    """Return the values of the names that have one value for all elements."""
    group = context.group
    single = [name for name in names_in(tree) if group.find(name) is None or group.is_shared(name)]
    return {name: context.lookup(name) for name in single}


def _is_elementwise(context: Evaluation, tree: Tree) -> bool:
    """Return whether an element's value surely depends on itself only, whoever is evaluated too."""
    called = context.functions(tree)
    if any(function is not DEFAULT_FUNCTIONS.get(name) for name, function in called.items()):
        return False
    for name in names_in(tree):
        found = context.group.find(name)
        known = found is None or isinstance(found[1], ArrayVariable | ClockVariable | SizeVariable)
        if not known:
            return False
    return bool(context.group.in_memory_order(names_in(tree)))
