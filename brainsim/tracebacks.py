"""Errors in notebooks: the line of the cell that is concerned, and the message.

IPython asks an error for its own text by `_render_traceback_`. What lies between the user's line
and the place where a mistake was found is of no interest to the user, who made it elsewhere.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

_PACKAGE = __name__.partition(".")[0]


class ShownBriefly(BaseException):
    """An error that IPython shows without the frames of this package.

    After `%xmode Verbose` they are shown, too.
    """

    shown_briefly = True

    def _render_traceback_(self) -> Any:
        from IPython import get_ipython  # who calls this has it

        formatter = get_ipython().InteractiveTB
        trace = self.__traceback__
        if not self.shown_briefly or formatter.mode == "Verbose":
            return formatter.structured_traceback(type(self), self, trace)
        cause, suppressed = self.__cause__, self.__suppress_context__
        if cause is not None and str(cause) in str(self):
            self.__cause__ = None  # it would be read twice
        try:
            return formatter.structured_traceback(type(self), self, users_part(trace))
        finally:
            self.__cause__, self.__suppress_context__ = cause, suppressed


def users_part(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of this package."""
    parts = []
    while trace is not None:
        parts.append(trace)
        trace = trace.tb_next
    kept: TracebackType | None = None
    for part in reversed(parts):
        module = str(part.tb_frame.f_globals.get("__name__"))
        if module.partition(".")[0] != _PACKAGE:
            kept = TracebackType(kept, part.tb_frame, part.tb_lasti, part.tb_lineno)
    return kept
