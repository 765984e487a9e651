"""The monitor of a group's mean firing rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..units import Quantity, hertz, second
from .monitors import Monitor, column, require_event
from .rates import binned, convolved, steps_per_bin, window_values
from .recording import Recording
from .variables import SizeVariable, aligned_zeros


class PopulationRateMonitor(Monitor):
    """Records the mean firing rate of a group in every step.

    Args:
        source: Group.
        name: Name.
        dtype: Float type of the rates.
    """

    def __init__(
        self,
        source: Any,
        name: str = "ratemonitor*",
        codeobj_class: Any = None,
        dtype: Any = np.float64,
    ) -> None:
        del codeobj_class
        require_event(source, "spike")
        super().__init__(source, name, None, None, "end", 0)
        self.recording = Recording({"t": (np.float64, 1), "rate": (dtype, 1)})
        # spikes within a subgroup in the present step
        self.inside = aligned_zeros(1, np.int64)
        self.variables = {
            "t": column("t", second.dim),
            "rate": column("rate", hertz.dim),
            "N": SizeVariable("N"),
        }
        self._complete = True

    def smooth_rate(self, window: Any = "gaussian", width: Any = None) -> Quantity:
        """Return the rate smoothed by a window, as long as `rate`.

        Args:
            window: "gaussian" (width is its standard deviation), "flat" (width is its length), or
                an array of odd length.
            width: A time.

        Raises:
            TypeError: A named window needs a width, an array takes none.
            NotImplementedError: The window is unknown.
        """
        kernel = window_values(window, width, self.clock.dt_)
        smooth = convolved(self.recording.column("rate"), kernel / kernel.sum())
        return Quantity(smooth, dim=hertz.dim)

    def binned_rate(self, bin_size: Any) -> tuple[Quantity, Quantity]:
        """Return the starts of bins, and the mean rate in each of them.

        Args:
            bin_size: A time, a multiple of the step size.

        Returns:
            Times and rates, both of shape (bins,); a last bin that is not complete is left out.

        Raises:
            ValueError: The size is no multiple of the step size.
        """
        steps = steps_per_bin(bin_size, self.clock.dt_)
        rates = binned(self.recording.column("rate"), steps)
        starts = self.recording.column("t")[::steps][: len(rates)]
        return Quantity(np.array(starts), dim=second.dim), Quantity(rates, dim=hertz.dim)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, recording {self.source.name}>"
