"""The slots of a time step."""

from __future__ import annotations

from functools import lru_cache

from ..errors import Diagnostic, UnknownNameError, suggest


def slot_rank(schedule: tuple[str, ...], slot: str, owner: str) -> int:
    """Return the position of a slot; each slot X has its before_X and after_X.

    Args:
        schedule: The slots.
        slot: The slot of an object.
        owner: Name of the object, for the message.

    Raises:
        UnknownNameError: The schedule has no such slot.
    """
    ranks = _ranks(schedule)
    if slot not in ranks:
        hint = suggest(slot, ranks)
        advice = hint or f"its slots are {', '.join(schedule)}, each with before_ and after_"
        message = f"'{owner}' runs in the slot '{slot}', but the schedule has no such slot"
        raise UnknownNameError(Diagnostic(message, help=advice))
    return ranks[slot]


@lru_cache(maxsize=8)
def _ranks(schedule: tuple[str, ...]) -> dict[str, int]:
    ranks = {}
    for place, name in enumerate(schedule):
        ranks[f"before_{name}"] = 3 * place
        ranks[name] = 3 * place + 1
        ranks[f"after_{name}"] = 3 * place + 2
    return ranks
