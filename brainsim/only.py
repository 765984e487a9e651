"""The star import without NumPy and pylab: `from brainsim.only import *`."""

import typing as _typing

import brainsim as _brainsim

if _typing.TYPE_CHECKING:
    from brainsim import *  # noqa: F403 - with more names than there are, which does no harm
else:
    globals().update(_brainsim._own)  # noqa: SLF001 - it is made for this
