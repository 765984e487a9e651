"""The names of the tradition's module of the same name."""

from ..errors import MagicError
from ..model.magic import MagicNetwork, collect, magic_network, restore, run, stop, store
from ..model.scope import start_scope

__all__ = [
    "MagicError",
    "MagicNetwork",
    "collect",
    "magic_network",
    "restore",
    "run",
    "start_scope",
    "stop",
    "store",
]
