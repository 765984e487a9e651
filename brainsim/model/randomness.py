"""Seeds and keys of the counter-based random numbers.

Every random number is a function of (key, element, step). Keys are made from the seed and a name:
of the object and use site for draws while running, of a running number for draws in assignments
and connections. Nothing depends on the target, the number of threads or the order of kernels.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ..codegen import random as philox
from ..records import dataclass

try:
    from .. import connectivity as native  # type: ignore[attr-defined]
except ImportError:  # built without a C compiler
    native = None

Seed = int

# consecutive elements from which on it is worth looking whether they are
_RUN = 64


@dataclass
class RandomState:
    """The seed, and how many streams have been handed out since it was set.

    Args:
        seed: 64-bit seed.
        draws: Assignments and connections that drew so far.
        seeded: How often the seed has been set.
        epochs: Networks that started (or restarted) so far.
    """

    seed: int
    draws: int = 0
    epochs: int = 0
    seeded: int = 0

    def numbers(self) -> tuple[int, int, int]:
        """Return the seed and the counters."""
        return self.seed, self.draws, self.epochs

    def set_numbers(self, seed: int, draws: int, epochs: int) -> None:
        """Take the seed and the counters that `numbers` returned."""
        self.seed, self.draws, self.epochs = seed, draws, epochs


def _entropy() -> int:
    return int.from_bytes(os.urandom(8), "little")


state = RandomState(_entropy())


def seed(seed: int | None = None) -> None:
    """Seed all random numbers of the simulator, and NumPy's global generator.

    Args:
        seed: An integer; None takes one from the operating system.

    Raises:
        TypeError: `seed` is neither an integer nor None.
    """
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int | np.integer)):
        raise TypeError(f"the seed must be an integer or None, not {type(seed).__name__}")
    state.seed = _entropy() if seed is None else int(seed) & (2**64 - 1)
    state.draws = 0
    state.epochs = 0
    state.seeded += 1
    np.random.seed(state.seed & (2**32 - 1))  # noqa: NPY002 - the tradition seeds the global one


def numpy_state() -> dict[str, Any]:
    """Return the state of NumPy's global generator as arrays, none if it is one of a script's."""
    state: Any = np.random.get_state()  # noqa: NPY002 - see seed
    if not isinstance(state, tuple):
        return {}
    _, key, *rest = state
    return {"numpy_key": np.asarray(key), "numpy_rest": np.array(rest, dtype=np.float64)}


def set_numpy_state(arrays: dict[str, Any]) -> None:
    """Let NumPy's global generator go on from a state that `numpy_state` returned, if any."""
    if "numpy_key" not in arrays:
        return
    place, has_normal, normal = arrays["numpy_rest"].tolist()
    np.random.set_state(  # noqa: NPY002 - see seed
        ("MT19937", arrays["numpy_key"], int(place), int(has_normal), normal)
    )


def next_epoch() -> int:
    """Return the number of a new start of a network: the same model run again draws anew."""
    state.epochs += 1
    return state.epochs


def next_draw_key() -> int:
    """Return the key of the next assignment or connection that draws."""
    state.draws += 1
    return philox.stream_key(state.seed, f"draw {state.draws}")


def run_key(epoch: int, site: str) -> int:
    """Return the key of a draw site in a running network.

    Args:
        epoch: Number of the network's start.
        site: Object and use site; see `Network.identity`.
    """
    return philox.stream_key(state.seed, f"run {epoch} {site}")


def _is_run(elements: Any) -> bool:
    """Return whether elements are consecutive, and enough of them."""
    if isinstance(elements, range):
        return elements.step == 1
    return elements.ndim == 1 and len(elements) >= _RUN and bool((np.diff(elements) == 1).all())


def run_of(elements: Any, key: int, fill: str, reference: Callable[..., Any]) -> Any:
    """Return the variates of elements, natively where they are consecutive ones.

    Args:
        elements: The elements' numbers, a range or an int64 array.
        key: Key of the stream.
        fill: Name of the native function.
        reference: The function in NumPy that gives the same bits.
    """
    if native is None or not _is_run(elements):
        return reference(key, np.asarray(elements, dtype=np.int64), 0)
    out = np.empty(len(elements))
    getattr(native, fill)(out, key, int(elements[0]))
    return out


def draw(function: str, key: int, elements: Any, args: tuple[Any, ...]) -> Any:
    """Return the variates of `elements` for a random function of the language."""
    if not isinstance(elements, range):
        elements = np.asarray(elements, dtype=np.int64)
    match function:
        case "rand":
            return run_of(elements, key, "fill_uniform", philox.uniform)
        case "randn":
            return run_of(elements, key, "fill_normal", philox.normal)
        case "poisson":
            elements = np.asarray(elements, dtype=np.int64)
            lam = np.broadcast_to(np.asarray(args[0], dtype=float), elements.shape)
            return philox.poisson(lam, key, elements, 0)
        case _:
            raise KeyError(function)
