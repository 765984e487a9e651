"""Store and restore where brainsim differs from Brian2 on purpose."""

import numpy as np
import pytest

from brainsim import Network, NeuronGroup, Synapses, ms


@pytest.mark.row("19 after restore")
def test_delays_go_back():
    """Delays are part of the state, whether there is one for all synapses or one for each."""
    group = NeuronGroup(2, "x : 1", threshold="True", reset="")
    each = Synapses(group, group, on_pre="x += 1")
    each.connect()
    each.delay = [1, 2, 3, 4] * ms
    one = Synapses(group, group, on_pre="x += 1", delay=1 * ms)
    one.connect()
    network = Network(group, each, one)
    network.run(1 * ms)
    network.store()
    each.delay[0] = 7 * ms
    one.delay = 3 * ms
    network.restore()
    assert each.delay_[:] == pytest.approx([1e-3, 2e-3, 3e-3, 4e-3])
    assert float(one.delay_[:]) == pytest.approx(1e-3)


@pytest.mark.row("19 restore_random_state=True")
def test_numpys_generator_goes_back_from_a_file(tmp_path):
    """With the normal variate that it keeps for later."""
    network = Network(NeuronGroup(1, "x : 1"))
    np.random.randn(3)  # noqa: NPY002 - the global generator is meant
    network.store(filename=tmp_path / "state")
    wanted = np.random.randn(5)  # noqa: NPY002
    network.restore(filename=tmp_path / "state", restore_random_state=True)
    assert (np.random.randn(5) == wanted).all()  # noqa: NPY002
