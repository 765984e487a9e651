"""store() and restore(): the whole state, in memory and in files."""

from __future__ import annotations

import errno
import os
import zipfile

import numpy as np
import pytest

import brainsim as b


@pytest.fixture(autouse=True, params=["c", "numpy"])
def target(request):
    """Run every test on the native and on the Python step loop."""
    b.defaultclock.dt = 0.1 * b.ms
    b.prefs.codegen.target = request.param
    b.seed(17)
    yield request.param
    b.prefs.reset_to_defaults()
    b.defaultclock.dt = 0.1 * b.ms


def network():
    """Return a network with everything that has state: also spikes that are under way."""
    neurons = b.NeuronGroup(
        20,
        "dv/dt = (1.2 - v)/(8*ms) + 0.1*xi*(8*ms)**-0.5 : 1 (unless refractory)",
        threshold="v > 1",
        reset="v = 0",
        refractory="1*ms + 0.05*ms*i",
        method="euler",
        name="neurons",
    )
    neurons.v = "i/N"
    inputs = b.PoissonGroup(10, 100 * b.Hz, name="inputs")
    given = b.SpikeGeneratorGroup(2, [0, 1, 0], [1, 6.5, 12] * b.ms, period=15 * b.ms, name="given")
    synapses = b.Synapses(
        inputs,
        neurons,
        """w : 1
           da/dt = -a/(5*ms) : 1 (event-driven)""",
        on_pre="v_post += w; a += 1",
        on_post="w = clip(w - 0.01*a, 0, 1)",
        name="synapses",
    )
    synapses.connect(p=0.5)
    synapses.w = "0.1*rand()"
    synapses.delay = "3*ms*rand()"
    fixed = b.Synapses(given, neurons, on_pre="v_post += 0.2", delay=4 * b.ms, name="fixed")
    fixed.connect()
    spikes = b.SpikeMonitor(neurons, variables="v", name="spikes")
    trace = b.StateMonitor(neurons, "v", record=[0, 7], name="trace")
    rate = b.PopulationRateMonitor(neurons, name="rate")
    return b.Network(neurons, inputs, given, synapses, fixed, spikes, trace, rate)


def results(net):
    values = {
        "t": net.t_,
        "i": net["spikes"].i[:],
        "times": net["spikes"].t_[:],
        "values": net["spikes"].v[:],
        "count": net["spikes"].count[:],
        "trace": net["trace"].v_,
        "rate": net["rate"].rate_[:],
        "v": net["neurons"].v[:],
        "w": net["synapses"].w[:],
        "pairs": net["synapses"].i[:],
        "delay": net["synapses"].delay_[:],
    }
    return {key: np.array(value) for key, value in values.items()}


def assert_equal(first, second):
    for key, value in first.items():
        assert value.tobytes() == second[key].tobytes(), key


def test_going_back_with_the_random_state_repeats_everything():
    net = network()
    net.run(10.3 * b.ms)
    net.store()
    net.run(20 * b.ms)
    first = results(net)
    net.restore(restore_random_state=True)
    assert float(net.t) == pytest.approx(10.3e-3, rel=1e-12)
    net.run(20 * b.ms)
    assert_equal(first, results(net))


def test_going_back_without_it_gives_another_trial():
    net = network()
    net.store()
    net.run(20 * b.ms)
    first = results(net)
    net.restore()
    net.run(20 * b.ms)
    assert results(net)["trace"].tobytes() != first["trace"].tobytes()


def test_seeding_after_going_back_repeats_a_trial():
    net = network()
    net.store()
    trials = []
    for _ in range(2):
        net.restore()
        b.seed(4)
        net.run(15 * b.ms)
        trials.append(results(net))
    assert_equal(*trials)


def test_recordings_are_those_of_the_snapshot():
    net = network()
    net.run(5 * b.ms)
    net.store("early")
    before = results(net)
    net.run(5 * b.ms)
    net.restore("early")
    assert_equal(before, results(net))


def test_a_file_continues_in_a_network_made_again(tmp_path):
    path = tmp_path / "snapshots.npz"
    net = network()
    net.run(10 * b.ms)
    net.store("middle", filename=path)
    net.run(10 * b.ms)
    expected = results(net)
    del net
    b.seed(12345)
    again = network()  # other random weights and delays, which the snapshot replaces
    again.restore("middle", filename=path, restore_random_state=True)
    again.run(10 * b.ms)
    assert_equal(expected, results(again))


def test_a_file_holds_several_snapshots(tmp_path):
    path = tmp_path / "two.npz"
    net = network()
    net.store("start", filename=path)
    net.run(3 * b.ms)
    net.store("later", filename=str(path))
    net.restore("start", filename=path)
    assert float(net.t) == 0
    net.restore("later", filename=path)
    assert float(net.t) == pytest.approx(3e-3)


def test_a_full_disk_leaves_the_earlier_file(tmp_path, monkeypatch):
    path = tmp_path / "kept.npz"
    net = network()
    net.store(filename=path)
    before = path.read_bytes()
    net.run(1 * b.ms)

    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        net.store(filename=path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["kept.npz"]


@pytest.mark.parametrize("damage", ["cut", "foreign", "text"])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "bad.npz"
    net = network()
    net.store(filename=path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "foreign":
        np.savez(path, a=np.zeros(3))
    else:
        path.write_text("not an archive")
    state = results(net)
    with pytest.raises(ValueError, match="no snapshots that can be read"):
        net.restore(filename=path)
    assert_equal(state, results(net))


@pytest.mark.row("19 store")
def test_a_file_never_holds_objects(tmp_path):
    """Arrays of objects would be pickles; the archive has plain arrays only."""
    path = tmp_path / "plain.npz"
    network().store(filename=path)
    with zipfile.ZipFile(path) as archive:
        assert all(name.endswith(".npy") for name in archive.namelist())
    with np.load(path, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_what_does_not_fit_is_refused():
    net = network()
    with pytest.raises(KeyError, match="no snapshot 'nothing'"):
        net.restore("nothing")
    net.store()
    net.add(b.NeuronGroup(1, "u : 1", name="extra"))
    with pytest.raises(KeyError, match="the snapshot lacks extra"):
        net.restore()
    net.remove(net["extra"], net["rate"])
    with pytest.raises(KeyError, match="the network lacks rate"):
        net.restore()


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(FileNotFoundError):
        network().restore(filename=tmp_path / "nowhere.npz")


def test_the_magic_network_stores_before_the_first_run():
    b.start_scope()
    group = b.NeuronGroup(2, "dv/dt = 1/second : 1", method="euler")
    trace = b.StateMonitor(group, "v", record=True)
    b.store()
    for start in (0.0, 5.0):
        b.restore()
        group.v = start
        b.run(2 * b.ms)
        assert len(trace.t) == 20
        assert trace.v[0, 0] == start
    assert float(b.magic_network.t) == pytest.approx(2e-3)


def test_another_step_size_comes_back():
    group = b.NeuronGroup(1, "n : 1")
    group.run_regularly("n += 1")
    net = b.Network(group)
    net.run(1 * b.ms)
    net.store()
    b.defaultclock.dt = 0.5 * b.ms
    net.run(1 * b.ms)
    assert group.n[0] == 12
    net.restore()
    assert float(b.defaultclock.dt) == pytest.approx(1e-4)
    net.run(1 * b.ms)
    assert group.n[0] == 20
