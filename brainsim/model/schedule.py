"""The slots of a time step."""

from __future__ import annotations


def slot_rank(schedule: tuple[str, ...], slot: str) -> int:
    """Return the position of a slot; each slot X has its before_X and after_X.

    Raises:
        KeyError: The schedule has no such slot.
    """
    ranks = {}
    for place, name in enumerate(schedule):
        ranks[f"before_{name}"] = 3 * place
        ranks[name] = 3 * place + 1
        ranks[f"after_{name}"] = 3 * place + 2
    if slot not in ranks:
        known = ", ".join(schedule)
        raise KeyError(f"there is no slot '{slot}' in the schedule; its slots are {known}")
    return ranks[slot]
