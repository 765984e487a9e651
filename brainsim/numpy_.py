"""NumPy, with the functions that look at units in place of its own.

`import brainsim.numpy_ as np` is NumPy but for `np.linspace(0*mV, 10*mV, 11)`, which keeps the unit,
`np.exp(10*mV)`, which is an error, and the like: `brainsim.units.UNIT_AWARE_FUNCTIONS`.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

import numpy as _numpy

from .units import functions as _functions

if _TYPE_CHECKING:
    from numpy import *  # noqa: F403

    from .units.functions import *  # noqa: F403
else:
    # what is loaded; NumPy imports some of its submodules when they are first asked for
    globals().update({n: value for n, value in vars(_numpy).items() if not n.startswith("_")})
    globals().update({n: getattr(_functions, n) for n in _functions.UNIT_AWARE_FUNCTIONS})
    __all__ = sorted({*_numpy.__all__, *_functions.UNIT_AWARE_FUNCTIONS})


def __getattr__(name: str) -> _Any:
    return getattr(_numpy, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(_numpy)})
