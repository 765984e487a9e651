"""Monitors where brainsim deliberately differs from Brian2."""

from __future__ import annotations

import numpy as np
import pytest

from brainsim import Network, PopulationRateMonitor, SpikeGeneratorGroup, ms


@pytest.mark.row("16 PopulationRateMonitor")
def test_a_smoothed_rate_is_as_long_as_the_rate() -> None:
    """Outside of the recording the rate counts as zero, however long the window is."""
    group = SpikeGeneratorGroup(1, [0], [0.2] * ms)
    rate = PopulationRateMonitor(group)
    Network(group, rate).run(0.5 * ms)
    smooth = rate.smooth_rate("flat", 1.3 * ms)
    # one spike of 1/dt = 10 kHz in a window of 13 steps, wherever it stands
    np.testing.assert_allclose(np.asarray(smooth), np.full(5, 1e4 / 13), rtol=1e-14)
