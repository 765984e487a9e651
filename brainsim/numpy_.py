"""NumPy, with the functions that look at units in place of its own.

`import brainsim.numpy_ as np` is NumPy, except that `np.linspace(0*mV, 10*mV, 11)` keeps the unit,
`np.exp(10*mV)` is an error, and the like: see `brainsim.units.UNIT_AWARE_FUNCTIONS`.
"""

import typing as _typing

import numpy as np

from .units import functions as _functions

if _typing.TYPE_CHECKING:
    from numpy import *  # noqa: F403

    from .units.functions import *  # type: ignore[assignment, no-redef]  # noqa: F403
else:
    # what is loaded; NumPy imports some of its submodules when they are first asked for
    globals().update({n: value for n, value in vars(np).items() if not n.startswith("_")})
    globals().update({n: getattr(_functions, n) for n in _functions.UNIT_AWARE_FUNCTIONS})
    __all__ = sorted({*np.__all__, *_functions.UNIT_AWARE_FUNCTIONS})  # noqa: PLE0605


def __getattr__(name: str) -> _typing.Any:
    return getattr(np, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(np)})
